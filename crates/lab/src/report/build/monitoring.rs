//! Has the population moved since the model was made.

use super::{binning::word, section};
use crate::{
    monitor::{self, Distribution, Matured, Monitoring, Shift, Unit as Counted, Verdict},
    report::{Axis, Block, Chart, DotRow, Dots, Row, Rows, Section, Table, number},
    run::Head,
};

/// Checks that are shares of one by their unit, and written as measures are everywhere.
const AS_MEASURES: [&str; 3] = ["auc", "ks", "auc_drop"];

/// Checks with their limits, indices beside what chance would do, the distributions, and what became of the loans.
#[must_use]
pub fn monitoring(found: &Monitoring) -> Vec<Section> {
    let mut sections = vec![checks(found), indices(found)];
    let pairs = found.mixes.iter().chain(&found.characteristics);
    sections.extend(pairs.filter_map(|one| distribution(one, one.shift.as_ref()?)));
    let matured = [("baseline", &found.baseline_matured), ("current run", &found.current_matured)];
    sections.extend(matured.into_iter().filter_map(|(name, one)| Some(loans(name, one.as_ref()?))));
    sections
}

fn checks(found: &Monitoring) -> Section {
    let verdict = match found.verdict {
        Verdict::Fail => "A gate closed.",
        Verdict::Warn => "No gate closed, but there are warnings.",
        Verdict::Pass => "Every check is within its limits.",
        Verdict::Shown => "No check has a limit.",
    };
    let mut text = vec![verdict.to_owned()];
    if found.significance < 1.0 {
        text[0] += &format!(
            " A change that chance alone makes with a probability of {} or more closes no gate: beyond a gate it is a warning, beyond a \
             limit for warnings alone it is passed over. A check of several subjects shares that probability out among them. AUC, KS, \
             the drop of the AUC and the order of the bands have an interval of {} in its place, the whole of which must be beyond.",
            number::chosen(found.significance),
            number::level(1.0 - found.significance)
        );
    }
    if !found.made_differently.is_empty() {
        text.push(format!("The runs were not made alike: {}.", found.made_differently.join(", ")));
    }
    text.extend(found.notes.iter().map(|note| format!("Note: {note}.")));
    let mut runs = Table::new("The runs", &["", "baseline", "current run"]);
    let row = |name: &str, of: &dyn Fn(&Head) -> String| vec![name.to_owned(), of(&found.baseline), of(&found.current)];
    runs.rows = vec![
        row("run", &|head| head.run_id.clone()),
        row("model", &|head| head.model_id.clone()),
        row("engine", &|head| head.engine_version.clone()),
        row("applications", &|head| number::count(head.applications)),
        row("scored", &|head| number::count(head.scored)),
        row("mean score", &|head| number::or_none(head.score_mean, |mean| number::fixed(mean, 1))),
    ];
    let columns = [
        "check",
        "subject",
        "verdict",
        "baseline>",
        "current>",
        "value>",
        "by chance>",
        "p>",
        "warn>",
        "gate>",
        "interval>",
    ];
    let mut table = Table::new("Checks and their limits", &columns);
    table.rows = found.checks.iter().map(check).collect();
    let mut section = section("", "checks", text);
    let mut meanings = Table::new("What the checks measure", &["check", "what"]);
    let shown = monitor::CHECKS.iter().filter(|check| found.checks.iter().any(|row| row.check == check.name));
    meanings.rows = shown.map(|check| vec![check.name.to_owned(), check.what.to_owned()]).collect();
    section.blocks = vec![Block::Table(runs), Block::Table(table), Block::Table(meanings)];
    section
}

fn check(row: &monitor::Row) -> Vec<String> {
    let write = match row.unit {
        Counted::Index => |number: f64| number::fixed(number, 4),
        Counted::Share | Counted::Relative => number::share as fn(f64) -> String,
        Counted::Points => |number: f64| number::fixed(number, 1),
        Counted::PerMillion | Counted::Count => number::plain,
    };
    let write = if AS_MEASURES.contains(&row.check) { number::auc } else { write };
    let cell = |value: Option<f64>| number::or_none(value, write);
    let chosen = match row.unit {
        Counted::Share | Counted::Relative if !AS_MEASURES.contains(&row.check) => number::level as fn(f64) -> String,
        _ => number::chosen,
    };
    let limit = |value: Option<f64>| number::or_none(value, chosen);
    let interval = match (row.lower, row.upper) {
        (Some(lower), Some(upper)) => number::span(lower, upper, write),
        (_, Some(upper)) => format!("up to {}", write(upper)),
        _ => number::NONE.to_owned(),
    };
    vec![
        row.check.to_owned(),
        row.subject.clone(),
        word(&row.verdict),
        cell(row.baseline),
        cell(row.current),
        cell(row.value),
        cell(row.noise),
        number::or_none(row.p, number::p),
        limit(row.warn),
        limit(row.gate),
        interval,
    ]
}

fn indices(found: &Monitoring) -> Section {
    let mut section = section(
        "",
        "stability indices",
        vec![format!(
            "The tick on a bar is what the index is on average when nothing has changed; a bar that ends near it says nothing. \
             An empty bin counts as {} applications.",
            number::chosen(found.empty_cell)
        )],
    );
    let limits = |name: &str| {
        let row = found.checks.iter().find(|row| row.check == name);
        let limit =
            |value: Option<f64>, word: &str| value.map(|value| (value, format!("{word} {}", number::chosen(value))));
        row.into_iter().flat_map(move |row| [limit(row.warn, "warning"), limit(row.gate, "gate")]).flatten().collect()
    };
    let mixes = chart("Stability index of the score and the mixes", &found.mixes, limits("psi_score"));
    let characteristics = chart("Stability index of each characteristic", &found.characteristics, limits("csi"));
    section.blocks = [mixes, characteristics].into_iter().flatten().collect();
    section
}

fn chart(title: &str, of: &[Distribution], references: Vec<(f64, String)>) -> Option<Block> {
    let rows = of.iter().filter_map(|one| {
        let shift = one.shift.as_ref()?;
        Some(Row { label: one.subject.clone(), values: vec![shift.psi], mark: Some(shift.noise) })
    });
    let rows: Vec<Row> = rows.collect();
    (!rows.is_empty()).then(|| {
        Block::Chart(Chart::Rows(Rows {
            title: title.to_owned(),
            x: Axis::number("population stability index"),
            series: vec!["index".to_owned()],
            rows,
            mark: "by chance".to_owned(),
            references,
        }))
    })
}

fn distribution(of: &Distribution, shift: &Shift) -> Option<Section> {
    let bar = |bin: &monitor::BinShift| Row {
        label: bin.bin.clone(),
        values: vec![bin.baseline_share, bin.current_share],
        mark: None,
    };
    let chart = Rows {
        title: format!("Distribution of {}", of.subject),
        x: Axis::share("share of applications"),
        series: vec!["baseline".to_owned(), "current run".to_owned()],
        rows: shift.bins.iter().map(bar).collect(),
        ..Rows::default()
    };
    let columns = ["bin", "baseline>", "current>", "baseline's share>", "current share>", "adds to the index>"];
    let mut table = Table::new(&format!("Distribution of {}", of.subject), &columns);
    table.rows.extend(shift.bins.iter().map(|bin| {
        vec![
            bin.bin.clone(),
            number::count(bin.baseline),
            number::count(bin.current),
            number::share(bin.baseline_share),
            number::share(bin.current_share),
            number::fixed(bin.psi, 4),
        ]
    }));
    let test = shift.test.map(|test| {
        format!(
            " Chi-square {} on {} degrees of freedom, {}.",
            number::fixed(test.statistic, 2),
            number::or_none(test.freedom, number::plain),
            number::chance(test.p)
        )
    });
    let text = format!(
        "Index {}, by chance {}.{}",
        number::fixed(shift.psi, 4),
        number::fixed(shift.noise, 4),
        test.unwrap_or_default()
    );
    let mut section = section("Shift", &of.subject, vec![text]);
    section.blocks = vec![Block::Chart(Chart::Rows(chart)), Block::Table(table)];
    (!shift.bins.is_empty()).then_some(section)
}

fn loans(name: &str, matured: &Matured) -> Section {
    let text = format!(
        "{} applications with outcomes, {} of them bad. AUC {}, KS {}.",
        number::count(matured.applications),
        number::count(matured.bads),
        matured
            .told
            .auc
            .as_ref()
            .map_or_else(|| number::or_none(None, number::auc), |auc| number::estimate(auc, number::auc)),
        number::or_none(matured.told.ks, number::auc),
    );
    let rows = matured.bands.iter().map(|band| DotRow { label: band.band.clone(), dots: vec![super::dot(&band.rate)] });
    let chart = Dots {
        title: format!("Bad rate by band, {name}"),
        x: Axis::share("bad rate, with its 95 % interval"),
        rows: rows.collect(),
        references: vec![],
    };
    let columns = ["band", "applications>", "bads>", "bad rate>", "95 % interval>", "expected>"];
    let mut table = Table::new(&format!("Bands, {name}, safest first"), &columns);
    table.rows.extend(matured.bands.iter().map(|band| {
        vec![
            band.band.clone(),
            number::count(band.applications),
            number::count(band.bads),
            number::share(band.rate.value),
            number::interval(&band.rate, number::share),
            number::or_none(band.calibration.map(|one| one.expected), number::share),
        ]
    }));
    let mut section = section("Outcomes", name, vec![text]);
    section.blocks = vec![Block::Chart(Chart::Dots(chart)), Block::Table(table)];
    section
}
