//! A challenger beside the score that decides today.

use super::section;
use crate::{
    metrics::Change,
    report::{Axis, Block, Chart, Line, Section, Series, Table, number},
    validate::{Against, Direction, DualMatrix, SwapSet},
};

/// Most characteristics that are named as what moved a swap set.
const MOVED_MAX: usize = 10;

/// AUC side by side, equal approval and equal bad rate, who changes sides, and both scores crossed.
#[must_use]
pub fn against(against: &Against) -> Vec<Section> {
    vec![discrimination(against), trade(against), swaps(against), matrix(&against.matrix)]
}

fn discrimination(against: &Against) -> Section {
    let direction = match against.direction {
        Direction::HigherIsSafer => "higher",
        Direction::LowerIsSafer => "lower",
    };
    let text = format!(
        "{} applications have both scores, {} of them bad; {} without an incumbent score are left out. Of the incumbent, {} \
         is safer.",
        number::rows(against.n),
        number::rows(against.bads),
        number::rows(against.without_incumbent),
        direction
    );
    let verdict = match (against.auc.difference.lower, against.auc.difference.upper) {
        (Some(lower), _) if 0.0 < lower => "The challenger ranks better than chance explains.",
        (_, Some(upper)) if upper < 0.0 => "The challenger ranks worse than chance explains.",
        _ => "The difference may be chance.",
    };
    let level = number::level(against.level);
    let mut table = Table::new(&format!("AUC with {level} intervals, paired"), &["score", "AUC>", "interval>"]);
    let auc = &against.auc;
    let row = |(name, value, ends): (&str, f64, Option<(f64, f64)>)| {
        let interval = ends.map_or(number::NONE.to_owned(), |(low, high)| number::span(low, high, number::auc));
        vec![name.to_owned(), number::auc(value), interval]
    };
    let Change { value, lower, upper } = auc.difference;
    table.rows = vec![
        row(("challenger", auc.first.value, Some((auc.first.lower, auc.first.upper)))),
        row(("incumbent", auc.second.value, Some((auc.second.lower, auc.second.upper)))),
        row(("challenger less incumbent", value, lower.zip(upper))),
    ];
    let test = match auc.z.zip(auc.p) {
        Some((z, p)) => {
            format!("DeLong's test of no difference: z = {}, {}. {verdict}", number::fixed(z, 2), number::chance(p))
        }
        None => format!("No test of no difference: one row of a class, or no spread. {verdict}"),
    };
    let mut section = section("Against the incumbent", "discrimination", vec![text, test]);
    section.blocks.push(Block::Table(table));
    section
}

fn change(change: &Change) -> String {
    match (change.lower, change.upper) {
        (Some(lower), Some(upper)) => {
            format!("{} ({})", number::share(change.value), number::span(lower, upper, number::share))
        }
        _ => number::share(change.value),
    }
}

fn trade(against: &Against) -> Section {
    let series = |name: &str, points: Vec<(f64, f64)>| Series { name: name.to_owned(), points, ..Series::default() };
    let rates = &against.equal_approval;
    let chart = Line {
        title: "Bad rate of the approved when both approve as many".to_owned(),
        x: Axis::whole("share approved"),
        y: Axis::share("bad rate of the approved"),
        series: vec![
            series("challenger", rates.iter().map(|row| (row.approval_rate, row.challenger)).collect()),
            series("incumbent", rates.iter().map(|row| (row.approval_rate, row.incumbent)).collect()),
        ],
        ..Line::default()
    };
    let columns = ["share approved>", "challenger's bad rate>", "incumbent's bad rate>", "difference (interval)>"];
    let mut approval = Table::new("Bad rates at equal approval; below 0, the challenger's are better", &columns);
    approval.rows.extend(rates.iter().map(|row| {
        let share = number::share;
        vec![share(row.approval_rate), share(row.challenger), share(row.incumbent), change(&row.change)]
    }));
    let columns = ["bad rate>", "challenger approves>", "incumbent approves>", "difference (interval)>"];
    let mut bad_rate = Table::new("Approvals at equal bad rate; above 0, the challenger approves more", &columns);
    bad_rate.rows.extend(against.equal_bad_rate.iter().map(|row| {
        let share = number::share;
        vec![share(row.bad_rate), share(row.challenger), share(row.incumbent), change(&row.change)]
    }));
    let mut section = section("Against the incumbent", "approval and bad rate", vec![]);
    section.blocks = vec![Block::Chart(Chart::Line(chart)), Block::Table(approval), Block::Table(bad_rate)];
    section
}

fn swaps(against: &Against) -> Section {
    let swaps = &against.swaps;
    let from = |cutoff: Option<f64>| cutoff.map_or("nowhere".to_owned(), number::plain);
    let text = format!(
        "The challenger approves from {}, {} of all; the incumbent from {} towards its safer side, {} of all. A coarse score \
         approves fewer than were asked for, and the sets are then of unequal approvals.",
        from(swaps.challenger_cutoff),
        number::share(swaps.challenger_approval),
        from(swaps.incumbent_cutoff),
        number::share(swaps.incumbent_approval)
    );
    let mut table = Table::new("Who changes sides", &["applications", "rows>", "bads>", "bad rate>", "interval>"]);
    let sets = [
        ("approved by the challenger alone", &swaps.swapped_in),
        ("approved by the incumbent alone", &swaps.swapped_out),
        ("approved by both", &swaps.kept),
        ("declined by both", &swaps.declined),
    ];
    table.rows.extend(sets.iter().map(|(name, set)| {
        let rate = set.bad_rate.map_or_else(
            || [number::NONE.to_owned(), number::NONE.to_owned()],
            |rate| [number::share(rate.value), number::interval(&rate, number::share)],
        );
        [(*name).to_owned(), number::rows(set.rows), number::rows(set.bads)].into_iter().chain(rate).collect()
    }));
    let mut section = section("Against the incumbent", "swap sets", vec![text]);
    section.blocks.push(Block::Table(table));
    section.blocks.extend(sets.iter().take(2).filter_map(|(name, set)| moved(name, set)));
    section
}

fn moved(name: &str, set: &SwapSet) -> Option<Block> {
    let caption = format!("What sets apart those {name}, furthest first");
    let columns = ["characteristic", "mean contribution>", "less the mean of all>"];
    let mut table = Table::new(&caption, &columns);
    let row =
        |one: &crate::validate::Moved| vec![one.name.clone(), number::plain(one.mean), number::plain(one.difference)];
    table.rows = set.moved.iter().take(MOVED_MAX).map(row).collect();
    (!table.rows.is_empty()).then_some(Block::Table(table))
}

fn matrix(matrix: &DualMatrix) -> Section {
    let places = |count: usize| (1..=count).map(move |at| (at, count));
    let name = |(at, count): (usize, usize)| match at {
        1 => "1 (riskiest)".to_owned(),
        at if at == count => format!("{at} (safest)"),
        at => at.to_string(),
    };
    let wide = matrix.cells.first().map_or(0, Vec::len);
    let incumbent: Vec<String> = places(wide).map(|place| format!("incumbent {}>", name(place))).collect();
    let columns: Vec<&str> = ["challenger"].into_iter().chain(incumbent.iter().map(String::as_str)).collect();
    let mut table = Table::new("Bad rate (rows) by quantile of both scores", &columns);
    let cell = |cell: &crate::validate::DualCell| match cell.bad_rate {
        Some(rate) => format!("{} ({})", number::share(rate.value), number::rows(cell.rows)),
        None => number::NONE.to_owned(),
    };
    let rows = matrix.cells.iter().zip(places(matrix.cells.len()));
    table.rows = rows.map(|(row, place)| [name(place)].into_iter().chain(row.iter().map(cell)).collect()).collect();
    let text =
        "Where rows of one quantile of the incumbent differ by the challenger's, the challenger knows something more.";
    let mut section = section("Against the incumbent", "both scores crossed", vec![text.to_owned()]);
    section.blocks.push(Block::Table(table));
    section
}
