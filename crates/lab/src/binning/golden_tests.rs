//! Against optbinning 1.0.0: fixed cuts to the digit, optima never below. Generators: `goldens/scripts`.
#![expect(clippy::unwrap_used, reason = "tests stop at the first surprise")]

use std::time::Instant;

use serde_json::Value as Json;

use super::*;
use crate::public_books::{Text, german, taiwan};

fn golden(text: &str) -> Json {
    serde_json::from_str(text).unwrap()
}

fn numbers(json: &Json) -> Vec<f64> {
    json.as_array().unwrap().iter().map(|one| one.as_f64().unwrap()).collect()
}

fn near(ours: f64, theirs: &Json, what: &str) {
    let theirs = theirs.as_f64().unwrap();
    assert!((ours - theirs).abs() <= 1e-12 * theirs.abs().max(1.0), "{what}: {ours} and {theirs}");
}

/// The 2,000 rows: x1 and x2 in thousandths, bad.
fn rows() -> (Vec<i64>, Vec<i64>, Vec<bool>) {
    let mut rows = (vec![], vec![], vec![]);
    for line in include_str!("../../goldens/golden_2000.csv").lines().skip(1) {
        let cells: Vec<i64> = line.split(',').map(|cell| cell.parse().unwrap()).collect();
        rows.0.push(cells[0]);
        rows.1.push(cells[1]);
        rows.2.push(cells[2] == 1);
    }
    rows
}

fn thousandths(values: &[i64]) -> Vec<Result<f64, Missing>> {
    values.iter().map(|value| Ok(*value as f64 / 1000.0)).collect()
}

fn numeric(name: &str, cells: Vec<Result<f64, Missing>>) -> Column {
    Column { name: name.to_owned(), values: Values::Numbers(cells) }
}

#[test]
fn the_table_of_fixed_cuts_is_optbinnings_to_twelve_digits() {
    let golden = golden(include_str!("../../goldens/binning_tables.json"));
    let special = golden["special"].as_f64().unwrap();
    let (x1, x2, bad) = rows();
    let mut holes = thousandths(&x1);
    for (row, cell) in holes.iter_mut().enumerate() {
        if row % 17 == 0 {
            *cell = Err(Missing::Stale);
        } else if row % 23 == 0 {
            *cell = Ok(special);
        }
    }
    for (name, cells) in [("x1", thousandths(&x1)), ("x2", thousandths(&x2)), ("x1_holes", holes)] {
        let theirs = &golden["tables"][name];
        let options = Options { splits: Some(numbers(&theirs["cuts"])), special: vec![special], ..Options::default() };
        let binned = fit(&numeric(name, cells), &bad, &[1.0; 2000], &options).unwrap();
        assert_eq!(binned.splits(), numbers(&theirs["cuts"]));
        let table = binned.table();
        // They list Special and Missing even when empty.
        let filled: Vec<usize> = (0..theirs["count"].as_array().unwrap().len())
            .filter(|at| theirs["count"][at].as_u64() != Some(0))
            .collect();
        assert_eq!(table.rows.len(), filled.len(), "{name}");
        for (row, at) in table.rows.iter().zip(filled) {
            assert_eq!(Some(row.count), theirs["count"][at].as_u64(), "{name} {at}");
            let pairs = [
                (row.count_share, "share"),
                (row.non_event, "nonevent"),
                (row.event, "event"),
                (row.event_rate, "event_rate"),
                (row.woe.unwrap(), "woe"),
                (row.iv, "iv"),
                (row.js, "js"),
            ];
            for (ours, key) in pairs {
                near(ours, &theirs[key][at], &format!("{name} bin {at} {key}"));
            }
        }
        check_analysis(&table, theirs);
        // [missing, special], or [missing] alone: where they met none, their 0 is ours.
        let probe = Values::Numbers(vec![Err(Missing::Stale), Ok(special)]);
        for (ours, theirs) in
            binned.transform(&probe).unwrap().iter().zip(theirs["transformed_empirical"].as_array().unwrap())
        {
            near(*ours, theirs, name);
        }
    }
}

fn check_analysis(table: &Table, theirs: &Json) {
    let totals = &theirs["totals"];
    let pairs = [
        (table.gini, "gini"),
        (table.iv, "iv"),
        (table.js, "js"),
        (table.hellinger, "hellinger"),
        (table.triangular, "triangular"),
        (table.ks, "ks"),
        (table.hhi, "hhi"),
        (table.hhi_normalised, "hhi_normalised"),
        (table.cramers_v, "cramers_v"),
        (table.quality, "quality_score"),
        (table.totals.event_rate, "event_rate"),
        (table.totals.iv, "iv"),
        (table.totals.js, "js"),
    ];
    for (ours, key) in pairs {
        near(ours, &totals[key], &format!("{} {key}", table.name));
    }
    assert_eq!(Some(table.totals.count), totals["count"].as_u64());
    let pairs = theirs["pairs"].as_array().unwrap();
    assert_eq!(table.tests.len(), pairs.len());
    for (ours, theirs) in table.tests.iter().zip(pairs) {
        near(ours.statistic, &theirs["chi2"], "chi-square");
        near(ours.p_value, &theirs["p"], "p-value");
    }
}

fn trend(name: &str) -> Option<Trend> {
    Some(match name {
        "auto" => Trend::Auto,
        "ascending" => Trend::Ascending,
        "descending" => Trend::Descending,
        "peak" => Trend::Peak,
        "valley" => Trend::Valley,
        "none" => Trend::None,
        // Concave and convex are not offered.
        _ => return None,
    })
}

/// Their limits, and no charge for a turn.
fn limits(trend: Trend, bins_max: usize, prebin_splits: Option<Vec<f64>>) -> Options {
    Options {
        trend,
        bins_max,
        prebin_splits,
        turn_gain_min: 0.0,
        bin_share_min: 0.05,
        code_share_min: 0.0,
        bads_min: 0,
        goods_min: 0,
        ..Options::default()
    }
}

#[test]
fn the_optimum_is_the_enumerated_one_and_never_below_optbinnings() {
    let golden = golden(include_str!("../../goldens/optimal_binning.json"));
    let (x1, x2, bad) = rows();
    let mut compared = 0;
    for (variable, cells) in golden["variables"].as_array().unwrap().iter().zip([thousandths(&x1), thousandths(&x2)]) {
        let column = numeric(variable["variable"].as_str().unwrap(), cells);
        for run in variable["runs"].as_array().unwrap() {
            let Some(trend) = trend(run["trend"].as_str().unwrap()) else { continue };
            let bins_max = usize::try_from(run["max_n_bins"].as_u64().unwrap()).unwrap();
            let options = limits(trend, bins_max, Some(numbers(&variable["prebins"])));
            let binned = fit(&column, &bad, &[1.0; 2000], &options).unwrap();
            assert!(run["iv"].as_f64().unwrap() - 1e-9 <= binned.iv(), "{run}: {}", binned.iv());
            if let Some(best) = run.get("enumerated_iv") {
                near(binned.iv(), best, "enumerated");
                assert_eq!(binned.splits(), numbers(&run["enumerated_cuts"]), "{run}");
            }
            compared += 1;
        }
    }
    assert_eq!(compared, 2 * 6 * 3);
}

/// Bins every numeric column of the golden at every trend; returns ours, and the seconds of both at `auto`.
fn compare(text: &Text, bad: &[bool], theirs: &Json) -> (usize, f64, f64) {
    let weight = vec![1.0; bad.len()];
    let (mut compared, mut seconds, mut their_seconds) = (0, 0.0, 0.0);
    for (name, golden) in theirs.as_object().unwrap() {
        let column = text.numbers(name);
        for run in golden["runs"].as_array().unwrap() {
            assert_eq!(run["status"], "OPTIMAL");
            let trend = trend(run["trend"].as_str().unwrap()).unwrap();
            let options = limits(trend, 10, Some(numbers(&golden["user_splits"])));
            let start = Instant::now();
            let binned = fit(&column, bad, &weight, &options).unwrap();
            if trend == Trend::Auto {
                seconds += start.elapsed().as_secs_f64();
                their_seconds += run["seconds"].as_f64().unwrap();
            }
            let iv = run["iv"].as_f64().unwrap();
            assert!(iv - 1e-9 <= binned.iv(), "{name} {trend:?}: {} below {iv}", binned.iv());
            // Nor is ours better by breaking the shape.
            let found = binned.trend;
            let straight = [Trend::Ascending, Trend::Descending].contains(&found) || binned.bins.len() == 1;
            assert!(trend == Trend::Auto || trend == Trend::None || found == trend || straight, "{name} {trend:?}");
            assert!(binned.bins.iter().all(|bin| bad.len() as u64 <= 20 * bin.rows), "{name} {trend:?}");
            compared += 1;
        }
    }
    (compared, seconds, their_seconds)
}

#[test]
fn no_column_of_two_public_books_has_less_information_than_optbinning_finds() {
    let golden = golden(include_str!("../../goldens/iv_taiwan_german.json"));
    let (Some((taiwan, taiwan_bad)), Some((german, german_bad))) = (taiwan(), german()) else { return };
    assert_eq!((taiwan_bad.len(), german_bad.len()), (30_000, 1_000));
    for (text, bad, part, columns) in [(&taiwan, &taiwan_bad, "taiwan", 20), (&german, &german_bad, "german", 7)] {
        let (compared, seconds, theirs) = compare(text, bad, &golden[part]);
        assert_eq!(compared, 6 * columns);
        #[expect(clippy::print_stderr, reason = "the figure is the point")]
        {
            eprintln!(
                "{part}, {columns} columns, auto: {:.1} ms; optbinning took {:.0} ms",
                1e3 * seconds,
                1e3 * theirs
            );
        }
    }
    for (name, theirs) in golden["german_categorical"].as_object().unwrap() {
        let binned = fit(&german.codes(name), &german_bad, &[1.0; 1000], &limits(Trend::None, 10, None)).unwrap();
        let iv = theirs["iv"].as_f64().unwrap();
        assert!(iv - 1e-9 <= binned.iv(), "{name}: {} below {iv}", binned.iv());
        assert!(binned.bins.iter().all(|bin| 50 <= bin.rows), "{name}");
    }
}
