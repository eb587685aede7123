//! Sections from results, on results small enough to read.

use std::collections::BTreeMap;

use cashline_core::{
    attribute::definition::{Compliance, Risk},
    time::Day,
    value::Missing,
};

use super::*;
use crate::{
    binning as bin,
    metrics::Draws,
    monitor::{self, Gates, Outcomes},
    run::{
        self, Run,
        tests::{earn, scored},
    },
    sample::{self, Key, Sample, Values},
    scorecard,
    select::{Facts, Method},
    validate::{self, AgainstOptions, Economics, Scorer},
};

const NO_DRAWS: Draws = Draws { count: 0, seed: 0 };

fn page(sections: Vec<Section>) -> String {
    render(&Report { sections, ..Report::default() }).expect("a page")
}

fn headings(sections: &[Section]) -> Vec<&str> {
    sections.iter().map(|one| one.heading.as_str()).collect()
}

fn table<'a>(sections: &'a [Section], caption: &str) -> &'a Table {
    let found = sections.iter().flat_map(|one| &one.blocks).find_map(|block| match block {
        Block::Table(table) if table.caption.starts_with(caption) => Some(table),
        _ => None,
    });
    found.unwrap_or_else(|| panic!("no table {caption}"))
}

fn chart<'a>(sections: &'a [Section], title: &str) -> &'a Chart {
    let found = sections.iter().flat_map(|one| &one.blocks).find_map(|block| match block {
        Block::Chart(chart) if chart.title().starts_with(title) => Some(chart),
        _ => None,
    });
    found.unwrap_or_else(|| panic!("no chart {title}"))
}

fn line<'a>(sections: &'a [Section], title: &str) -> &'a Line {
    let Chart::Line(line) = chart(sections, title) else { panic!("{title} is no line") };
    line
}

/// The first row whose first cell is `name`, without thin spaces.
fn cells(table: &Table, name: &str) -> String {
    let row = table.rows.iter().find(|row| row[0] == name).unwrap_or_else(|| panic!("no row {name}"));
    row.join("|").replace('\u{202f}', "")
}

/// Ten applications: scores 1 to 10, of which 1, 2 and 4 went bad.
fn ten(economics: Option<Economics>) -> validate::Validation {
    let score: Vec<f64> = (1..=10).map(f64::from).collect();
    let bad: Vec<bool> = (1..=10).map(|at| [1, 2, 4].contains(&at)).collect();
    let probability: Vec<f64> = (1..=10).map(|at| 0.6 - 0.05 * f64::from(at)).collect();
    let options = validate::Options { draws: NO_DRAWS, buckets: 5, economics, ..validate::Options::default() };
    validate::validate(&score, Some(&probability), &bad, None, &options).expect("a validation")
}

#[test]
fn a_validation_shows_the_numbers_that_ten_rows_give_by_hand() {
    let sections = validation(&ten(None), "Test");
    assert_eq!(
        headings(&sections),
        [
            "Test: measures",
            "Test: discrimination",
            "Test: gains and lift",
            "Test: calibration",
            "Test: distribution of the score",
            "Test: cut-offs"
        ]
    );
    // Of 21 pairs of a good and a bad, all but (3, 4) stand right: 20 / 21 = 0.952; Gini 19 / 21.
    assert!(cells(table(&sections, "Measures with 95"), "AUC").starts_with("AUC|0.952|"));
    assert!(cells(table(&sections, "Measures with 95"), "Gini").starts_with("Gini|0.905|"));
    // Up to a score of 4 all bads and one good of seven: 1 - 1/7 = 0.857. No draws, no interval.
    assert!(cells(table(&sections, "Measures with 95"), "KS").starts_with("KS|0.857|–|none|"));
    let said = sections[1].text[0].as_str();
    assert!(said.starts_with("AUC 0.952 (") && said.ends_with("; KS 0.857."), "{said}");
    let roc = line(&sections, "ROC curve");
    let third = 1.0 / 3.0;
    assert_eq!(roc.series[0].points[..3], [(0.0, 0.0), (0.0, third), (0.0, 2.0 * third)]);
    // Riskiest fifth: scores 1 and 2, both bad; lift (2/3) / (2/10) = 3.33.
    assert_eq!(cells(table(&sections, "Gains"), "1 to 2"), "1 to 2|2|0|2|100.0%|3.33|66.7%|20.0%|3.33|0.667");
    let ks = line(&sections, "Cumulative shares");
    assert_eq!(ks.marks.len(), 1);
    // Below 5 stand all bads and one good.
    assert!((ks.marks[0].x - 5.0).abs() < 1e-12 && (ks.marks[0].to - 1.0).abs() < 1e-12, "{:?}", ks.marks);
    assert_eq!(ks.marks[0].label, "KS 0.857");
    // From 5 up: six goods of ten rows, no bad; declined 3 bads of 4.
    let row = cells(table(&sections, "Cut-offs"), "5");
    assert!(row.starts_with("5|6|60.0%|0.0%|") && row.ends_with("|75.0%|100.0%|14.3%"), "{row}");
    assert!(page(sections).contains("Test: measures"));
}

#[test]
fn without_probabilities_there_is_no_calibration_and_without_money_no_profit() {
    let score = [1.0, 2.0, 3.0, 4.0];
    let options = validate::Options { draws: NO_DRAWS, ..validate::Options::default() };
    let found = validate::validate(&score, None, &[true, false, true, false], None, &options).expect("a validation");
    let sections = validation(&found, "");
    assert_eq!(headings(&sections)[..3], ["Measures", "Discrimination", "Gains and lift"]);
    assert!(!page(sections).contains("profit"));
    let paid = validation(&ten(Some(Economics { gain_per_good: 1.0, loss_per_bad: 5.0 })), "");
    // From 5 up: six goods earn 6 over ten rows; one more good and one bad would lose 4.
    assert!(cells(table(&paid, "Cut-offs"), "5 (most profitable)").ends_with("|0.6000"));
    assert_eq!(line(&paid, "Expected profit").series[0].points.len(), 10);
}

#[test]
fn a_challenger_stands_beside_the_incumbent() {
    let challenger: Vec<f64> = (1..=40).map(f64::from).collect();
    let bad: Vec<bool> = (1..=40).map(|at| at <= 10).collect();
    // The incumbent knows nothing of the order but parity; one row has none.
    let incumbent: Vec<Option<f64>> = (1..=40).map(|at| (at != 40).then(|| f64::from(at % 7))).collect();
    let options = AgainstOptions { draws: NO_DRAWS, quantiles: 3, ..AgainstOptions::default() };
    let found = validate::against(&challenger, &incumbent, &bad, None, None, &options).expect("a comparison");
    let sections = against(&found);
    assert_eq!(sections.len(), 4);
    assert!(sections[0].text[0].starts_with("39 applications have both scores, 10 of them bad; 1 without"));
    assert!(cells(table(&sections, "AUC"), "challenger").starts_with("challenger|1.000|"));
    let matrix = table(&sections, "Bad rate (rows)");
    assert_eq!((matrix.rows.len(), matrix.columns.len()), (3, 4));
    assert_eq!(matrix.columns[1].name, "incumbent 1 (riskiest)");
    let sets = table(&sections, "Who changes sides");
    let rows: usize = sets.rows.iter().map(|row| row[1].parse::<usize>().expect("a count")).sum();
    assert_eq!(rows, 39, "every row is in one of the sets");
    page(sections);
}

fn sample_of(cells: Vec<sample::Number>, bad: Vec<bool>) -> Sample {
    let key = |row: usize| Key { applicant_id: format!("{row:05}"), as_of: 0, application_id: format!("{row:05}") };
    Sample {
        keys: (0..bad.len()).map(key).collect(),
        weight: vec![1.0; bad.len()],
        segment: vec![String::new(); bad.len()],
        columns: vec![sample::Column { name: "overdraft_days".to_owned(), values: Values::Numbers(cells) }],
        bad,
    }
}

/// The 400 rows of the module's example: 80 each of 0, 1, 2, 3 days and of no history, with 4, 8, 16, 24 and 20 bads.
fn overdrafts() -> Sample {
    let (mut cells, mut bad) = (vec![], vec![]);
    for (cell, bads) in [(Ok(0.0), 4), (Ok(1.0), 8), (Ok(2.0), 16), (Ok(3.0), 24), (Err(Missing::NotEnoughHistory), 20)]
    {
        cells.extend([cell; 80]);
        bad.extend((0..80).map(|row| row < bads));
    }
    sample_of(cells, bad)
}

fn binned() -> bin::Binned {
    let sample = overdrafts();
    let options = bin::Options { trend: bin::Trend::Ascending, bins_max: 3, bads_min: 1, ..bin::Options::default() };
    bin::fit(&sample.columns[0], &sample.bad, &sample.weight, &options).expect("bins")
}

#[test]
fn a_characteristic_shows_each_bin_that_holds_a_row() {
    let sections = binning(&[binned()]);
    assert_eq!(headings(&sections), ["overdraft_days"]);
    let bins = table(&sections, "Bins of");
    let names: Vec<&str> = bins.rows.iter().map(|row| row[0].as_str()).collect();
    assert_eq!(names, ["(-inf, 1)", "[1, 2)", "[2, inf)", "missing: not_enough_history", "totals"]);
    // ln((76/328) / (4/72)) = 1.428; 5 % bad.
    assert!(cells(bins, "(-inf, 1)").starts_with("(-inf, 1)|80|20.0%|76|4|5.0%|1.428|"));
    assert!(cells(bins, "totals").starts_with("totals|400|100.0%|328|72|18.0%||"));
    let Chart::Bins(drawn) = chart(&sections, "Bins of") else { panic!("no bins") };
    assert_eq!(drawn.rows.len(), 4);
    assert_eq!(drawn.all, Some(0.18));
    let rate = drawn.rows[0].rate.expect("a rate");
    // Clopper–Pearson for 4 of 80: R's binom.test(4, 80) gives 0.01379 to 0.12310.
    let (lower, upper) = rate.interval.expect("an interval");
    assert!((lower - 0.01379).abs() < 5e-5 && (upper - 0.12310).abs() < 5e-5, "{lower} {upper}");
    page(sections);
}

#[test]
fn folds_of_one_repeat_have_rows_of_their_own_and_repeats_share_theirs() {
    let scorer = |_: &Sample| -> Result<Scorer, std::fmt::Error> {
        Ok(Box::new(|sample| match &sample.columns[0].values {
            Values::Numbers(cells) => cells.iter().map(|cell| cell.map_or(-1.0, |days| -days)).collect(),
            Values::Codes { .. } => vec![],
        }))
    };
    for (repeats, rows) in [(1, 5 + 1), (10, 10 + 1)] {
        let found = validate::cross_validate(&overdrafts(), repeats, 5, scorer).expect("folds");
        let sections = cross(&found);
        let Chart::Dots(dots) = chart(&sections, "AUC of each fold") else { panic!("no dots") };
        assert_eq!(dots.rows.len(), rows);
        assert_eq!(dots.rows.iter().map(|row| row.dots.len()).sum::<usize>(), found.folds.len() + 1);
        assert_eq!(table(&sections, "Folds").rows.len(), found.folds.len());
        page(sections);
    }
}

#[test]
fn periods_and_vintages_are_shown_when_there_are_some() {
    assert!(parts(&[], "period").is_empty() && vintages(&[]).is_empty());
    let as_of = [(1, 5), (1, 9), (2, 3), (2, 4)].map(|(month, day)| Day::from_civil(2026, month, day));
    let (score, bad, weight) = ([1.0, 2.0, 1.0, 2.0], [true, false, false, false], [1.0; 4]);
    let all = validate::Scored { score: &score, probability: None, bad: &bad, weight: None };
    let periods = validate::over_time(&as_of, &all, validate::Period::Month, 0.95);
    let sections = parts(&periods.expect("periods"), "period");
    // February has no bad: no AUC.
    assert!(cells(table(&sections, "Score and outcome"), "2026-02").ends_with("|–|–"));
    let seen: Vec<Option<Day>> = vec![Some(Day::from_civil(2026, 3, 1)); 4];
    let found = validate::vintages(&as_of, &bad, &weight, Some(&seen), 0.95).expect("vintages");
    let more = vintages(&found);
    assert!(cells(table(&more, "Months"), "2026-01").starts_with("2026-01|2|1|50.0%|"));
    assert_eq!(line(&more, "Bad rate by age").series.len(), 2);
    page([sections, more].concat());
}

/// Applications with these scores, in two bands and the bins of one characteristic.
fn run_of(scores: &[i64]) -> Run {
    let mut run = Run::new(run::RunRecord { rows: 1_000, ..run::RunRecord::default() });
    for (at, score) in scores.iter().enumerate() {
        run.push(&scored(&format!("{at:05}"), *score, if 500 <= *score { "A" } else { "B" }, "overdraft"));
    }
    run.sort().expect("unique keys");
    for (at, score) in scores.iter().enumerate() {
        let bin = if 500 <= *score { "[2, inf)" } else { "(-inf, 2)" };
        earn(&mut run, &format!("{at:05}"), "income_days", bin, *score);
    }
    run
}

#[test]
fn a_moved_population_is_seen_beside_what_chance_would_do() {
    let before = run_of(&[vec![600; 60], vec![400; 40]].concat());
    let now = run_of(&[vec![600; 20], vec![400; 80]].concat());
    let outcomes: BTreeMap<String, bool> = (0..100).map(|at| (format!("{at:05}"), 80 < at || at == 3)).collect();
    let outcomes = Outcomes { baseline: Some(&outcomes), current: None };
    let found = monitor::monitor(&before, &now, outcomes, &Gates::default());
    let sections = monitoring(&found);
    assert_eq!(headings(&sections)[..2], ["Checks", "Stability indices"]);
    assert!(headings(&sections).contains(&"Shift: income_days"));
    assert_eq!(headings(&sections).last(), Some(&"Outcomes: baseline"));
    assert!(sections[0].text[0].starts_with("A gate closed."));
    let given = "Note: outcomes of the current run: none given, so nothing is said of discrimination and calibration.";
    assert!(sections[0].text.iter().any(|one| one == given), "{:?}", sections[0].text);
    // PSI of 60:40 against 20:80 is 0.4 ln 6 = 0.7167; by chance (2 - 1)(1/100 + 1/100) = 0.02.
    let checks = table(&sections, "Checks");
    let csi = checks.rows.iter().find(|row| row[1] == "income_days" && row[0] == "csi");
    assert_eq!(csi.expect("a row")[5..7], ["0.7167".to_owned(), "0.0200".to_owned()]);
    let missing = checks.rows.iter().find(|row| row[1] == "income_days" && row[0] == "missing");
    assert_eq!(missing.expect("a row")[8], "5\u{202f}%");
    assert!(cells(table(&sections, "What the checks"), "csi").starts_with("csi|PSI of each characteristic"));
    let Chart::Rows(rows) = chart(&sections, "Stability index of each") else { panic!("no rows") };
    assert_eq!(rows.rows.len(), 1);
    assert_eq!(rows.rows[0].mark, Some(0.02));
    assert_eq!(rows.references.iter().map(|one| one.1.as_str()).collect::<Vec<_>>(), ["warning 0.1", "gate 0.25"]);
    let shift = table(&sections, "Distribution of income_days");
    assert!(cells(shift, "(-inf, 2)").starts_with("(-inf, 2)|40|80|40.0%|80.0%|"));
    page(sections);
}

#[test]
fn a_card_shows_why_each_column_is_in_or_out_and_the_points_of_each_bin() {
    let mut sample = overdrafts();
    let noise = Values::Numbers((0..400_u32).map(|row| Ok(f64::from(row * 7919 % 11))).collect());
    sample.columns.push(sample::Column { name: "noise".to_owned(), values: noise });
    let facts = |name: &str| Facts {
        name: name.to_owned(),
        family: name.to_owned(),
        tier_core: true,
        compliance: Compliance::ModelOk,
        has_reason: true,
        risk: Risk::Neither,
        reason: None,
    };
    let recipe =
        scorecard::Recipe { method: Some(Method::Strongest { columns_max: 1 }), ..scorecard::Recipe::default() };
    let fitted = scorecard::fit(&sample, &[facts("overdraft_days"), facts("noise")], &recipe).expect("a card");
    let sections = card(&fitted);
    assert_eq!(headings(&sections), ["Selection", "Coefficients", "Scale", "overdraft_days"]);
    assert!(cells(table(&sections, "Columns in the model"), "overdraft_days").starts_with("overdraft_days|"));
    let out = table(&sections, "Columns left out");
    assert_eq!((out.rows.len(), out.rows[0][1].as_str(), out.rows[0][2].as_str()), (1, "1", "noise"));
    assert_eq!(table(&sections, "Coefficients").rows.len(), 2, "the intercept and one column");
    let bins = table(&sections, "Bins of");
    assert_eq!(bins.columns.last().map(|column| column.name.as_str()), Some("points"));
    let points = fitted.points().characteristics[0].whole();
    assert_eq!(bins.rows[0].last(), Some(&number::plain(f64::from(i32::try_from(points[0]).expect("small")))));
    page(sections);
}
