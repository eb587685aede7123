//! Cards of several segments, and groups that were left out of learning in turn.

use super::section;
use crate::{
    report::{Axis, Block, Chart, Dot, DotRow, Dots, Section, Table, number},
    scorecard::SegmentedCard,
    validate::GroupTried,
};

/// Which segment is scored by which card, and why.
#[must_use]
pub fn segments(cards: &SegmentedCard) -> Vec<Section> {
    let text = "The first segment whose conditions all hold scores an application. All cards stand on one scale, and each was \
                brought to the odds observed on rows that it had not seen, so that a score means the same whichever card gave it."
        .to_owned();
    let mut table =
        Table::new("Segments", &["segment", "when", "card", "rows>", "bads>", "odds (slope, shift)>", "note"]);
    table.rows.extend(cards.routes.iter().map(|route| {
        let rule = cards.asked.segments.iter().find(|one| one.name == route.segment);
        let when = rule.map_or("every other application".to_owned(), |rule| {
            rule.when.iter().map(|when| when.words()).collect::<Vec<_>>().join("; and ")
        });
        let alignment = cards.cards.get(&route.card).and_then(|card| card.alignment);
        let odds = alignment.map_or_else(
            || number::NONE.to_owned(),
            |line| format!("{}, {}", number::fixed(line.slope, 2), number::fixed(line.intercept, 2)),
        );
        vec![
            route.segment.clone(),
            when,
            route.card.clone(),
            number::rows(route.rows),
            number::rows(route.bads),
            odds,
            route.why.clone().unwrap_or_default(),
        ]
    }));
    let mut section = section("", "segments", vec![text]);
    section.blocks.push(Block::Table(table));
    vec![section]
}

/// What models are worth on groups that they did not learn from; no section without groups.
#[must_use]
pub fn by_group(groups: &[GroupTried]) -> Vec<Section> {
    if groups.is_empty() {
        return vec![];
    }
    let text = "Each group was left out in turn: everything, binning and selection included, was learnt anew from all others and \
                tried on it."
        .to_owned();
    let row = |one: &GroupTried| DotRow {
        label: one.group.clone(),
        dots: one.auc.as_ref().map(super::dot).into_iter().collect::<Vec<Dot>>(),
    };
    let chart = Dots {
        title: "AUC on each group left out".to_owned(),
        x: Axis::number("AUC, with its interval"),
        rows: groups.iter().map(row).collect(),
        references: vec![(0.5, "no better than chance".to_owned())],
    };
    let mut table =
        Table::new("Groups left out", &["group", "learnt from>", "rows>", "bads>", "AUC (interval)>", "KS>"]);
    table.rows.extend(groups.iter().map(|one| {
        vec![
            one.group.clone(),
            number::rows(one.learnt),
            number::rows(one.rows),
            number::rows(one.bads),
            match (&one.why, one.auc) {
                (Some(why), _) => format!("no model: {why}"),
                (None, Some(auc)) => number::estimate(&auc, number::auc),
                (None, None) => number::NONE.to_owned(),
            },
            number::or_none(one.ks, number::auc),
        ]
    }));
    let mut section = section("", "groups left out", vec![text]);
    section.blocks = vec![Block::Chart(Chart::Dots(chart)), Block::Table(table)];
    vec![section]
}
