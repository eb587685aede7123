//! Against other implementations (goldens/scripts/validation.py, scorecard_toad.py) and exact fractions.

use std::path::PathBuf;

use serde_json::Value;
use statrs::distribution::{Beta, ContinuousCDF};

use super::*;

/// x1 and x2 in thousandths and the outcome.
pub(crate) fn rows() -> (Vec<i64>, Vec<i64>, Vec<bool>) {
    let (mut t1, mut t2, mut bad) = (Vec::new(), Vec::new(), Vec::new());
    for line in include_str!("../../goldens/golden_2000.csv").lines().skip(1) {
        let cells: Vec<i64> = line.split(',').map(|cell| cell.parse().expect("whole numbers")).collect();
        t1.push(cells[0]);
        t2.push(cells[1]);
        bad.push(cells[2] == 1);
    }
    (t1, t2, bad)
}

/// The three integer scores of common.py.
pub(crate) fn score(name: &str) -> Vec<f64> {
    let (t1, t2, _) = rows();
    let one = |(t1, t2): (&i64, &i64)| match name {
        "fine" => 6 * t2 - 9 * t1,
        "coarse" => (-t1).div_euclid(250),
        "weak" => *t2,
        other => panic!("no score {other}"),
    };
    t1.iter().zip(&t2).map(|pair| one(pair) as f64).collect()
}

/// The probability of common.py, off on purpose.
pub(crate) fn probability() -> Vec<f64> {
    let (t1, t2, _) = rows();
    let one = |(t1, t2): (&i64, &i64)| 1.0 / (1.0 + libm::exp(-((12 * t1 - 5 * t2 - 20_000) as f64) / 10_000.0));
    t1.iter().zip(&t2).map(one).collect()
}

/// 1 + i % 3, and 0.5 + (i % 4) / 4.
pub(crate) fn weights() -> (Vec<f64>, Vec<f64>) {
    let whole = (0..2_000).map(|row| f64::from(1 + row % 3)).collect();
    (whole, (0..2_000).map(|row| 0.5 + f64::from(row % 4) / 4.0).collect())
}

pub(crate) fn golden() -> Value {
    serde_json::from_str(include_str!("../../goldens/validation.json")).expect("JSON")
}

pub(crate) fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("no number: {value}"))
}

pub(crate) fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().expect("a list").iter().map(number).collect()
}

#[track_caller]
pub(crate) fn near(found: f64, expected: &Value, relative: f64) {
    let expected = number(expected);
    assert!((found - expected).abs() <= relative * expected.abs(), "found {found}, expected {expected}");
}

/// Reference data beside the project; absent it is said, and in CI it fails.
pub(crate) fn shared(path: &str) -> Option<PathBuf> {
    let found = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared").join(path);
    if found.exists() {
        return Some(found);
    }
    assert!(std::env::var_os("CI").is_none(), "{} is absent, and CI must have it", found.display());
    #[expect(clippy::print_stderr, reason = "a test that was skipped must be seen")]
    {
        eprintln!("SKIPPED: ../shared/{path} is absent");
    }
    None
}

fn cases(name: &str, weight: Option<&[f64]>) -> Cases {
    Cases::new(&score(name), Some(&probability()), &rows().2, weight).expect("both classes")
}

#[test]
fn auc_gini_and_ks_are_scikit_learns_and_scipys_with_and_without_weights() {
    let (golden, (whole, _)) = (golden(), weights());
    for name in ["fine", "coarse", "weak"] {
        let expected = &golden["scores"][name];
        let plain = Outcomes::of(&cases(name, None)).expect("both classes");
        near(plain.auc().value, &expected["auc"], 1e-15);
        near(plain.gini(), &expected["gini"], 1e-15);
        near(plain.ks(), &expected["ks"], 1e-15);
        let weighted = Outcomes::of(&cases(name, Some(&whole))).expect("both classes");
        near(weighted.auc().value, &expected["weighted_auc"], 1e-14);
        near(weighted.ks(), &expected["weighted_ks"], 1e-14);
    }
}

#[test]
fn paired_aucs_differ_as_delong_by_every_pair_says() {
    let (golden, (_, _, bad)) = (golden(), rows());
    for (one, two) in [("fine", "coarse"), ("fine", "weak"), ("coarse", "weak")] {
        let expected = &golden["delong"][format!("{one}_{two}")];
        let found = auc_difference(&score(one), &score(two), &bad, None, 0.95).expect("measured");
        near(found.difference.value, &expected["difference"], 1e-13);
        near(found.error.expect("a spread"), &expected["standard_error"], 1e-13);
        near(found.z.expect("a spread"), &expected["z"], 1e-12);
        near(found.p.expect("a spread"), &expected["p"], 1e-10);
        near(found.difference.lower.expect("a spread"), &expected["interval_95"][0], 1e-11);
        near(found.difference.upper.expect("a spread"), &expected["interval_95"][1], 1e-11);
        for (name, at) in [(one, 0), (two, 1)] {
            let error = Outcomes::of(&cases(name, None)).expect("both classes").auc_error();
            near(error * error, &expected["covariance"][at][at], 1e-12);
        }
    }
}

#[test]
fn measures_of_probabilities_are_scikit_learns_and_statsmodels() {
    let (golden, (whole, _)) = (golden(), weights());
    let expected = &golden["calibration"];
    let value = |cases: &Cases, name: &str| (measure(name).expect("a measure").value)(cases).expect("measured");
    let plain = cases("fine", None);
    let weighted = cases("fine", Some(&whole));
    near(value(&plain, "brier"), &expected["brier"], 1e-14);
    near(value(&plain, "log_loss"), &expected["log_loss"], 1e-14);
    near(value(&weighted, "brier"), &expected["weighted_brier"], 1e-14);
    near(value(&weighted, "log_loss"), &expected["weighted_log_loss"], 1e-14);
    let ratio = number(&expected["mean_p"]) / number(&expected["observed_rate"]);
    assert!((value(&plain, "expected_over_observed") - ratio).abs() < 1e-13);
    let line = calibration_line(&plain, 0.95).expect("a line");
    near(line.slope.value, &expected["slope"], 1e-11);
    // The golden's standard errors are of the weights one step before the last, 1.3e-11 away; these are by Newton's method in
    // 80 bits to convergence (goldens/scripts/calibration_exact.py).
    assert!((line.line.covariance[2].sqrt() - 0.081_033_168_479_392_68).abs() < 1e-15);
    assert!((line.line.covariance[0].sqrt() - 0.159_625_818_234_074_06).abs() < 1e-15);
    near(line.line.covariance[2].sqrt(), &expected["slope_se"], 1e-10);
    near(line.intercept.value, &expected["intercept_with_slope"], 1e-11);
    let large = calibration_in_the_large(&plain, 0.95).expect("a line");
    near(large.value, &expected["intercept_in_the_large"], 1e-11);
    let error = (large.upper - large.value) / 1.959_963_984_540_054;
    near(error, &expected["intercept_in_the_large_se"], 1e-10);
}

#[test]
fn intervals_of_weighted_rows_are_those_of_the_sandwich_and_of_the_linearised_rate() {
    // Goods drawn one in 20.5, and weights of 0.5 to 1.25: plain sums of goldens/scripts/weighted_intervals.py, whose jackknife
    // gives 0.0812 and 0.0846 for the slope.
    let bad = rows().2;
    let by_class: Vec<f64> = bad.iter().map(|bad| if *bad { 1.0 } else { 20.5 }).collect();
    let expected = [
        (
            by_class,
            [0.754_942_912_250_291_1, 0.080_990_788_752_160_66, 0.159_904_930_512_749_76, 0.096_777_113_451_578_38],
        ),
        (
            weights().1,
            [0.740_637_712_892_142, 0.084_359_699_246_043_45, 0.167_400_768_986_043_8, 0.104_096_318_460_675_85],
        ),
    ];
    for ((weight, [slope, slope_error, intercept_error, held_error]), (rate, n)) in expected
        .iter()
        .zip([(0.003_435_174_100_869_203_2, 36_013.596_975_609_755), (9.0 / 140.0, 1_826.293_620_696_413_7)])
    {
        // The unit does not matter.
        for unit in [1.0, 1e-3, 4_096.0] {
            let weight: Vec<f64> = weight.iter().map(|weight| weight * unit).collect();
            let of = cases("fine", Some(&weight));
            let line = calibration_line(&of, 0.95).expect("a line");
            let close =
                |found: f64, expected: f64| assert!((found / expected - 1.0).abs() < 1e-9, "{found} {expected}");
            close(line.slope.value, *slope);
            close(line.line.covariance[2].sqrt(), *slope_error);
            close(line.line.covariance[0].sqrt(), *intercept_error);
            let large = calibration_in_the_large(&of, 0.95).expect("a line");
            close((large.upper - large.value) / 1.959_963_984_540_054, *held_error);
            let share = bad_share(bad.iter().copied().zip(weight.iter().copied()), 0.95).expect("rows");
            // Clopper and Pearson's quantiles of the number of rows that the script gives.
            let quantile = |a: f64, b: f64, p: f64| Beta::new(a, b).expect("a distribution").inverse_cdf(p);
            close(share.value, rate);
            close(share.lower, quantile(rate * n, n - rate * n + 1.0, 0.025));
            close(share.upper, quantile(rate * n + 1.0, n - rate * n, 0.975));
        }
    }
}

#[test]
fn the_calibration_table_and_its_test_are_those_of_the_deciles() {
    let golden = golden();
    let expected = &golden["calibration"]["hosmer_lemeshow"];
    let table = calibration_table(&cases("fine", None), Cuts::Quantiles(10), 0.95).expect("a table");
    assert_eq!(table.iter().map(|bucket| bucket.bads).collect::<Vec<_>>(), numbers(&expected["observed"]));
    for (bucket, sum) in table.iter().zip(numbers(&expected["expected"])) {
        assert!((bucket.expected_bads - sum).abs() < 1e-12 * sum, "{} {sum}", bucket.expected_bads);
    }
    let curve = &golden["calibration"]["curves"]["quantile"];
    for (bucket, (p, rate)) in table.iter().zip(numbers(&curve["mean_p"]).into_iter().zip(numbers(&curve["observed"])))
    {
        assert!((bucket.expected - p).abs() < 1e-14 && (bucket.observed.value - rate).abs() < 1e-15);
    }
    let same = hosmer_lemeshow(&table, Fit::SameRows).expect("a test");
    near(same.statistic, &expected["statistic"], 1e-12);
    near(same.p, &expected["p"], 1e-8);
    assert_eq!(same.degrees, 8);
    assert_eq!(hosmer_lemeshow(&table, Fit::OtherRows).expect("a test").degrees, 10);
}

#[test]
fn exact_rates_are_scipys() {
    let golden = golden();
    for (bad, total) in [(0, 30), (3, 40), (132, 2_000), (30, 30)] {
        let expected = &golden["rates"][format!("{bad}/{total}")]["clopper_pearson"];
        let found = bad_rate(bad, total, 0.95).expect("a rate");
        assert!((found.lower - number(&expected[0])).abs() < 1e-11, "{bad}/{total}: {found:?}");
        assert!((found.upper - number(&expected[1])).abs() < 1e-11, "{bad}/{total}: {found:?}");
    }
    // scipy 1.18.1: binomtest(221_013, 1_000_000).proportion_ci(0.95, "exact").
    let many = bad_rate(221_013, 1_000_000, 0.95).expect("a rate");
    assert!(
        (many.lower - 0.220_200_062_559_987_64).abs() < 1e-10 && (many.upper - 0.221_827_553_702_516_67).abs() < 1e-10,
        "{many:?}"
    );
}

type Column = fn(&Gains) -> f64;

#[test]
fn the_gains_table_has_toads_columns_and_values() {
    let golden: Value = serde_json::from_str(include_str!("../../goldens/toad_gains.json")).expect("JSON");
    for name in ["fine", "coarse", "weak"] {
        let expected = &golden["tables"][name];
        let table = gains(&cases(name, None), Cuts::At(&numbers(&expected["edges"]))).expect("a table");
        assert_eq!(table.len(), 10);
        let columns: [(&str, Column); 17] = [
            ("min", |row| row.min),
            ("max", |row| row.max),
            ("bads", |row| row.bads),
            ("goods", |row| row.goods),
            ("total", |row| row.total),
            ("bad_rate", |row| row.bad_rate),
            ("good_rate", |row| row.good_rate),
            ("odds", |row| row.odds.unwrap_or(f64::NAN)),
            ("bad_prop", |row| row.bad_prop),
            ("good_prop", |row| row.good_prop),
            ("total_prop", |row| row.total_prop),
            ("cum_bad_rate", |row| row.cum_bad_rate),
            ("cum_bad_rate_rev", |row| row.cum_bad_rate_rev),
            ("cum_bads_prop", |row| row.cum_bads_prop),
            ("cum_goods_prop", |row| row.cum_goods_prop),
            ("cum_total_prop", |row| row.cum_total_prop),
            ("ks", |row| row.ks),
        ];
        for (column, of) in columns {
            assert_eq!(table.iter().map(of).collect::<Vec<_>>(), numbers(&expected[column]), "{name} {column}");
        }
        for (row, at) in table.iter().zip(0..) {
            near(row.lift, &expected["lift"][at], 1e-15);
            near(row.cum_lift, &expected["cum_lift"][at], 1e-15);
        }
    }
}

#[test]
fn measures_reach_the_exact_fractions() {
    let Some(path) = shared("corpora/logit-ref/metrics.json") else { return };
    let text = std::fs::read_to_string(path).expect("readable");
    let reference: Value = serde_json::from_str(&text).expect("JSON");
    let score = numbers(&reference["score"]);
    let bad: Vec<bool> = numbers(&reference["bad"]).iter().map(|bad| *bad == 1.0).collect();
    let p: Vec<f64> = score.iter().map(|score| (850.0 - score) / 1_100.0).collect();
    let cases = Cases::new(&score, Some(&p), &bad, None).expect("both classes");
    let outcomes = Outcomes::of(&cases).expect("both classes");
    // One division of whole numbers is the fraction rounded once: equal to the last bit.
    assert_eq!(outcomes.auc().value, 33_851.0 / 46_371.0);
    assert_eq!(outcomes.gini(), 21_331.0 / 46_371.0);
    assert_eq!(outcomes.ks(), 16_325.0 / 46_371.0);
    let whole: Vec<i64> = reference["score"].as_array().expect("a list").iter().filter_map(Value::as_i64).collect();
    let whole: Vec<(i64, bool)> = whole.into_iter().zip(bad).collect();
    assert_eq!(Outcomes::new(&whole).expect("both classes"), outcomes);
    let value = |name: &str| (measure(name).expect("a measure").value)(&cases);
    let brier = value("brier").expect("measured");
    assert!((brier - 989_347.0 / 6_050_000.0).abs() < 1e-16, "{brier}");
    // A score of 850 claims certainty and was right: its logarithm is 0.
    let loss = value("log_loss").expect("measured");
    let expected: f64 = reference["logloss"].as_str().expect("a text").parse().expect("a number");
    assert!((loss - expected).abs() < 2e-16, "{loss}");
}
