//! What each cut-off would have approved.

use super::{section, spread};
use crate::{
    report::{Axis, Block, Chart, Line, Mark, Section, Series, Table, number},
    validate::{Cutoff, Validation},
};

/// Most rows of the table on the page.
const ROWS_MAX: usize = 20;
/// Cut-offs that approve fewer say nothing in a picture but how wide an interval can be.
const APPROVED_MIN: usize = 20;

pub(super) fn strategy(validation: &Validation, title: &str) -> Section {
    let best = validation.strategy.iter().position(|row| row.best);
    let mut text = vec![
        "Approving every score from a cut-off up. The outcomes are those of loans that were made: what declined applications \
         would have done is not in them."
            .to_owned(),
    ];
    if let Some(row) = best.map(|at| &validation.strategy[at]) {
        text.push(format!(
            "Most profitable: from {} up, which approves {} at a bad rate of {} and earns {} an application.",
            number::plain(row.cutoff),
            number::share(row.approval_rate),
            number::share(row.bad_rate.value),
            number::or_none(row.profit_per_application, number::plain),
        ));
    }
    let mut section = section(title, "cut-offs", text);
    let drawn: Vec<&Cutoff> = {
        let many: Vec<&Cutoff> = validation.strategy.iter().filter(|row| APPROVED_MIN <= row.rows).collect();
        if many.is_empty() { validation.strategy.iter().collect() } else { many }
    };
    section.blocks.push(Block::Chart(Chart::Line(bad_rates(&drawn, best.map(|at| &validation.strategy[at])))));
    section.blocks.extend(profit(&drawn).map(|chart| Block::Chart(Chart::Line(chart))));
    section.blocks.push(Block::Table(table(validation, best)));
    section
}

fn bad_rates(drawn: &[&Cutoff], best: Option<&Cutoff>) -> Line {
    // By ascending approval rate.
    let rows = || drawn.iter().rev();
    let top = drawn.iter().map(|row| row.bad_rate.value).fold(0.0, f64::max);
    let mark = best.filter(|row| APPROVED_MIN <= row.rows).map(|row| Mark {
        x: row.approval_rate,
        from: 0.0,
        to: top,
        label: format!("most profitable, from {} up", number::plain(row.cutoff)),
    });
    Line {
        title: "Bad rate of the approved by approval rate, with its interval".to_owned(),
        x: Axis::whole("share approved"),
        y: Axis::share("bad rate of the approved"),
        series: vec![Series {
            name: String::new(),
            points: rows().map(|row| (row.approval_rate, row.bad_rate.value)).collect(),
            step: false,
            band: rows().map(|row| (row.bad_rate.lower, row.bad_rate.upper)).collect(),
        }],
        diagonal: None,
        marks: mark.into_iter().collect(),
    }
}

fn profit(drawn: &[&Cutoff]) -> Option<Line> {
    let points = drawn.iter().rev().map(|row| Some((row.approval_rate, row.profit_per_application?)));
    let points = points.collect::<Option<Vec<(f64, f64)>>>()?;
    let y = Axis { covers: Some((0.0, 0.0)), ..Axis::number("expected profit an application of all") };
    Some(Line {
        title: "Expected profit by approval rate".to_owned(),
        x: Axis::whole("share approved"),
        y,
        series: vec![Series { name: String::new(), points, ..Series::default() }],
        ..Line::default()
    })
}

fn table(validation: &Validation, best: Option<usize>) -> Table {
    let paid = validation.strategy.iter().any(|row| row.profit_per_application.is_some());
    let decimals = number::decimals(validation.strategy.iter().filter_map(|row| row.profit_per_application));
    let places = spread(validation.strategy.len(), ROWS_MAX, best);
    let mut columns = vec![
        "cut-off",
        "approved>",
        "share approved>",
        "bad rate>",
        "interval>",
        "bad rate of declined>",
        "bads declined>",
        "goods declined>",
    ];
    if paid {
        columns.push("profit an application>");
    }
    let some = if places.len() < validation.strategy.len() { ", some of them" } else { "" };
    let mut table = Table::new(&format!("Cut-offs{some}, lowest first"), &columns);
    table.rows.extend(places.into_iter().map(|at| {
        let row = &validation.strategy[at];
        let mut cells = vec![
            format!("{}{}", number::plain(row.cutoff), if row.best { " (most profitable)" } else { "" }),
            number::rows(row.rows),
            number::share(row.approval_rate),
            number::share(row.bad_rate.value),
            number::interval(&row.bad_rate, number::share),
            number::or_none(row.declined_bad_rate, number::share),
            number::share(row.bads_declined),
            number::share(row.goods_declined),
        ];
        if paid {
            cells.push(row.profit_per_application.map_or_else(String::new, |one| number::fixed(one, decimals)));
        }
        cells
    }));
    table
}
