//! Folds, periods and vintages.

use super::section;
use crate::{
    report::{Axis, Block, Chart, Dot, DotRow, Dots, Line, Section, Series, Table, number},
    validate::{CrossValidation, Part, Vintage},
};

/// Curves that four dashes can tell apart.
const CURVES_MAX: usize = 4;

/// The AUC and KS of each fold, and their means.
#[must_use]
pub fn cross(cross: &CrossValidation) -> Vec<Section> {
    let text = format!(
        "{} folds, {} times: mean AUC {}, standard deviation over folds {}; mean KS {}. Everything, binning and selection \
         included, was done anew inside each fold. The intervals of the means allow for folds sharing the rows they learn from.",
        cross.k,
        cross.repeats,
        number::estimate(&cross.auc, number::auc),
        number::auc(cross.auc_deviation),
        number::estimate(&cross.ks, number::auc),
    );
    let mut rows: Vec<DotRow> = vec![];
    for tried in &cross.folds {
        let dot = Dot { value: tried.auc, interval: None };
        let label = match cross.repeats {
            1 => format!("fold {}", tried.fold + 1),
            _ => format!("repeat {}", tried.repeat + 1),
        };
        match rows.last_mut().filter(|row| row.label == label) {
            Some(row) => row.dots.push(dot),
            None => rows.push(DotRow { label, dots: vec![dot] }),
        }
    }
    rows.push(DotRow { label: "mean".to_owned(), dots: vec![super::dot(&cross.auc)] });
    let chart = Dots {
        title: "AUC of each fold, and the mean with its interval".to_owned(),
        x: Axis::number("AUC on the fold's rows"),
        rows,
        references: vec![],
    };
    let mut table = Table::new("Folds", &["repeat", "fold>", "rows>", "bads>", "AUC>", "KS>"]);
    table.rows.extend(cross.folds.iter().map(|tried| {
        vec![
            (tried.repeat + 1).to_string(),
            (tried.fold + 1).to_string(),
            number::rows(tried.rows),
            number::rows(tried.bads),
            number::auc(tried.auc),
            number::auc(tried.ks),
        ]
    }));
    let mut section = section("", "cross-validation", vec![text]);
    section.text.extend(cross.upside_down.iter().map(|one| format!("Mind that {}.", one.text)));
    section.blocks = vec![Block::Chart(Chart::Dots(chart)), Block::Table(table)];
    vec![section]
}

/// AUC and bad rate by what the rows were parted by (`period`, `institution`); no section without parts.
#[must_use]
pub fn parts(parts: &[Part], by: &str) -> Vec<Section> {
    if parts.is_empty() {
        return vec![];
    }
    let name = |one: &Part| if one.name.is_empty() { "(none)".to_owned() } else { one.name.clone() };
    let rows = |dot: fn(&Part) -> Option<Dot>| {
        parts.iter().map(|one| DotRow { label: name(one), dots: dot(one).into_iter().collect() }).collect()
    };
    let auc = Dots {
        title: format!("AUC by {by}"),
        x: Axis::number("AUC, with its interval"),
        rows: rows(|one| one.auc.as_ref().map(super::dot)),
        references: vec![(0.5, "no better than chance".to_owned())],
    };
    let rate = Dots {
        title: format!("Bad rate by {by}"),
        x: Axis::share("bad rate, with its interval"),
        rows: rows(|one| Some(super::dot(&one.bad_rate))),
        references: vec![],
    };
    let columns = [by, "rows>", "bads>", "bad rate>", "expected>", "mean score>", "AUC (interval)>", "KS>"];
    let mut table = Table::new(&format!("Score and outcome by {by}"), &columns);
    table.rows.extend(parts.iter().map(|one| {
        vec![
            name(one),
            number::rows(one.rows),
            number::rows(one.bads),
            number::share(one.bad_rate.value),
            number::or_none(one.expected, number::share),
            number::plain(one.mean_score),
            one.auc.map_or_else(|| number::NONE.to_owned(), |auc| number::estimate(&auc, number::auc)),
            number::or_none(one.ks, number::auc),
        ]
    }));
    let mut section = section("", &format!("by {by}"), vec![]);
    section.blocks = vec![Block::Chart(Chart::Dots(auc)), Block::Chart(Chart::Dots(rate)), Block::Table(table)];
    vec![section]
}

/// Bad rates by month of application, and how they ripened in the largest vintages; no section without vintages.
#[must_use]
pub fn vintages(vintages: &[Vintage]) -> Vec<Section> {
    if vintages.is_empty() {
        return vec![];
    }
    let mut table = Table::new("Months of application", &["month", "rows>", "bads so far>", "bad rate>", "interval>"]);
    table.rows.extend(vintages.iter().map(|one| {
        vec![
            one.month.clone(),
            number::rows(one.rows),
            number::rows(one.bads),
            number::share(one.bad_rate.value),
            number::interval(&one.bad_rate, number::share),
        ]
    }));
    let mut largest: Vec<&Vintage> = vintages.iter().filter(|one| !one.curve.is_empty()).collect();
    largest.sort_by(|a, b| b.rows.cmp(&a.rows).then(a.month.cmp(&b.month)));
    largest.truncate(CURVES_MAX);
    largest.sort_by(|a, b| a.month.cmp(&b.month));
    let curve = |one: &&Vintage| Series {
        name: one.month.clone(),
        // A rate of some of the rows is too high: bads are known longest.
        points: one
            .curve
            .iter()
            .filter(|age| age.complete)
            .filter_map(|age| Some((f64::from(age.months), age.bad_rate?)))
            .collect(),
        ..Series::default()
    };
    let chart = Line {
        title: "Bad rate by age of the loans, in the largest months of application".to_owned(),
        x: Axis::number("months since application"),
        y: Axis::share("bad by then"),
        series: largest.iter().map(curve).collect(),
        ..Line::default()
    };
    let mut section = section("", "vintages", vec![]);
    if chart.series.iter().any(|series| !series.points.is_empty()) {
        section.blocks.push(Block::Chart(Chart::Line(chart)));
    }
    section.blocks.push(Block::Table(table));
    vec![section]
}
