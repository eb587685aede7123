//! Characteristics and their bins.

use crate::{
    binning::{Bin, Binned, TableRow},
    metrics::bad_rate,
    report::{BinRow, Bins, Block, Chart, Dot, Section, Table, number},
};

/// Level of the intervals of bad rates.
const LEVEL: f64 = 0.95;

/// A section a characteristic, with its bin chart and its table.
#[must_use]
pub fn binning(binned: &[Binned]) -> Vec<Section> {
    binned.iter().map(|one| characteristic(one, None)).collect()
}

/// The bins of one characteristic, and the points of each (in the order of [`Binned::all`]) where a card gives them.
pub(super) fn characteristic(binned: &Binned, points: Option<&[i64]>) -> Section {
    let table = binned.table();
    let rows: Vec<((usize, &Bin), &TableRow)> = binned.shown().zip(&table.rows).collect();
    let chart = Bins {
        title: format!("Bins of {}", binned.name),
        rows: rows.iter().map(|((_, bin), row)| bar(bin, row)).collect(),
        all: Some(table.totals.event_rate),
    };
    let mut columns = vec!["bin", "rows>", "share>", "goods>", "bads>", "bad rate>", "WoE>", "IV>"];
    if points.is_some() {
        columns.push("points>");
    }
    let mut shown = Table::new(&format!("Bins of {}", binned.name), &columns);
    shown.rows.extend(rows.iter().map(|((at, _), row)| {
        let points = points.map(|points| points.get(*at).map_or_else(String::new, |one| whole(*one)));
        cells(row, points)
    }));
    shown.rows.push(cells(&table.totals, points.map(|_| String::new())));
    let text = format!(
        "Information value {}, Gini {}, KS {}; trend of the bad rate: {}.",
        number::auc(table.iv),
        number::auc(table.gini),
        number::auc(table.ks),
        word(&table.trend),
    );
    let blocks = vec![Block::Chart(Chart::Bins(chart)), Block::Table(shown)];
    Section { heading: binned.name.clone(), text: vec![text], blocks }
}

fn bar(bin: &Bin, row: &TableRow) -> BinRow {
    let exact = bad_rate(bin.bad_rows, bin.rows, LEVEL).ok();
    // An exact interval of the rows is no interval of a weighted rate.
    let interval = exact.filter(|exact| (exact.value - row.event_rate).abs() < 1e-9).map(|one| (one.lower, one.upper));
    BinRow {
        label: row.bin.clone(),
        share: row.count_share,
        rate: (bin.rows != 0).then_some(Dot { value: row.event_rate, interval }),
        neutral: row.neutral,
    }
}

fn cells(row: &TableRow, points: Option<String>) -> Vec<String> {
    let woe = match (row.woe, row.neutral) {
        (Some(_), true) => "0 (neutral)".to_owned(),
        (woe, _) => woe.map_or_else(String::new, number::auc),
    };
    let cells = [
        row.bin.clone(),
        number::count(row.count),
        number::share(row.count_share),
        number::weight(row.non_event),
        number::weight(row.event),
        number::share(row.event_rate),
        woe,
        number::auc(row.iv),
    ];
    cells.into_iter().chain(points).collect()
}

fn whole(points: i64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "points are below 1,000")]
    let points = points as f64;
    number::fixed(points, 0)
}

/// A word of an enum as files write it, with spaces.
pub(super) fn word(value: &impl serde::Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word.replace('_', " "),
        _ => String::new(),
    }
}
