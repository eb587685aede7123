//! Groups beside each other, offline.

use super::section;
use crate::{
    fairness::{Fairness, GroupRow},
    report::{Block, Section, Table, number},
};

/// Approvals and scores of groups against the reference group's.
#[must_use]
pub fn fairness(found: &Fairness) -> Vec<Section> {
    let text = format!(
        "{} scored applications, with an outcome or without, of which {} have no group. The adverse impact ratio (AIR) is a \
         group's approval rate over that of `{}`; four fifths is a screen, no finding. The standardised mean difference (SMD) is \
         the difference of mean scores over the standard deviation of all.",
        number::rows(found.labelled + found.unlabelled),
        number::rows(found.unlabelled),
        found.reference,
    );
    let columns =
        ["group", "rows>", "approved>", "AIR (interval)>", "four fifths", "p of equal rates>", "SMD (interval)>"];
    let caption = format!("Groups with {} intervals", number::level(found.level));
    let mut table = Table::new(&caption, &columns);
    table.rows = found.rows.iter().filter(|row| row.segment.is_empty()).map(cells).collect();
    let withheld = match found.withheld_groups() {
        names if names.is_empty() => None,
        names => Some(format!("Withheld, fewer than {} rows: {}.", found.minimum, names.join(", "))),
    };
    let mut section = section("", "fairness, offline", [text].into_iter().chain(withheld).collect());
    section.blocks.push(Block::Table(table));
    vec![section]
}

fn cells(row: &GroupRow) -> Vec<String> {
    let with = |value: f64, ends: Option<(f64, f64)>| match ends {
        Some((lower, upper)) => format!("{} ({})", number::auc(value), number::span(lower, upper, number::auc)),
        None => number::auc(value),
    };
    let none = || number::NONE.to_owned();
    let air = row.compared.and_then(|one| one.air);
    let passes = |one: bool| if one { "reached" } else { "not reached" };
    vec![
        row.group.clone(),
        number::rows(row.rows),
        number::share(row.approval_rate),
        air.map_or_else(none, |air| with(air.value, air.lower.zip(air.upper))),
        air.map_or_else(none, |air| passes(air.four_fifths).to_owned()),
        row.compared.and_then(|one| one.p).map_or_else(none, number::p),
        row.smd.map_or_else(none, |smd| with(smd.value, smd.lower.zip(smd.upper))),
    ]
}
