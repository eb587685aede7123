#![expect(clippy::unwrap_used, reason = "tests stop at the first surprise")]
#![expect(clippy::print_stderr, reason = "the digits reached are worth reading")]

use std::path::PathBuf;

use super::*;

/// Reference data beside the project. Absent: the test says so and passes, except in CI, where absence is a failure.
fn shared(path: &str) -> Option<String> {
    let found = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared").join(path);
    // A worktree stands one folder deeper than the project.
    let deeper = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../../shared").join(path);
    let text = std::fs::read_to_string(&found).or_else(|_| std::fs::read_to_string(deeper));
    if let Ok(text) = text {
        return Some(text);
    }
    assert!(std::env::var_os("CI").is_none(), "{} is absent, and CI must have it", found.display());
    eprintln!("SKIPPED: ../shared/{path} is absent");
    None
}

/// Digits that agree: minus the logarithm of the relative error, at most 16.
fn digits(found: f64, certified: f64) -> f64 {
    if found == certified {
        return 16.0;
    }
    let error = if certified == 0.0 { found.abs() } else { ((found - certified) / certified).abs() };
    -error.log10()
}

fn numbers(value: &serde_json::Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(number).collect()
}

fn number(value: &serde_json::Value) -> f64 {
    value.as_str().unwrap().parse().unwrap()
}

struct Case {
    names: Vec<String>,
    columns: Vec<Vec<f64>>,
    bad: Vec<bool>,
    weight: Vec<f64>,
}

impl Case {
    fn new(columns: Vec<Vec<f64>>, bad: Vec<bool>) -> Case {
        let names = (1..=columns.len()).map(|at| format!("x{at}")).collect();
        let weight = vec![1.0; bad.len()];
        Case { names, columns, bad, weight }
    }

    fn design(&self) -> Design<'_> {
        Design { names: &self.names, columns: &self.columns, bad: &self.bad, weight: &self.weight }
    }

    fn fit(&self, ridge: f64) -> Result<Fit, LogisticError> {
        fit(&self.design(), &Options { ridge, ..Options::default() })
    }

    fn reference(entry: &serde_json::Value) -> Case {
        let rows: Vec<Vec<f64>> = entry["X"].as_array().unwrap().iter().map(numbers).collect();
        let width = rows[0].len();
        let columns = (1..width).map(|at| rows.iter().map(|row| row[at]).collect()).collect();
        let bad = entry["y"].as_array().unwrap().iter().map(|y| y.as_u64() == Some(1)).collect();
        Case::new(columns, bad)
    }
}

#[test]
fn coefficients_and_errors_agree_with_the_certified_digits() {
    let Some(text) = shared("corpora/logit-ref/logit.json") else { return };
    let entries: Vec<serde_json::Value> = serde_json::from_str(&text).unwrap();
    // The goals that the project set itself (reference/reliability.md, 6.3), or what is reached above them.
    let goals = [
        ("plain_200x5", 11.0),
        ("offset_scale_200x5", 8.0),
        ("near_collinear_200x4", 7.0),
        ("near_separable_200x3", 9.0),
        ("rare_events_400x3", 10.0),
        ("l2_200x5", 11.0),
    ];
    assert_eq!(entries.len(), goals.len());
    for (name, goal) in goals {
        let entry = entries.iter().find(|entry| entry["name"] == name).unwrap();
        let fit = Case::reference(entry).fit(entry["l2"].as_f64().unwrap_or(0.0)).unwrap();
        let found: Vec<&Coefficient> = [&fit.intercept].into_iter().chain(&fit.coefficients).collect();
        let certified = &entry["certified"];
        let (beta, se) = (numbers(&certified["beta"]), numbers(&certified["se"]));
        assert_eq!(found.len(), beta.len());
        let least = found.iter().zip(beta.iter().zip(&se)).fold(16.0_f64, |least, (found, (beta, se))| {
            least.min(digits(found.value, *beta)).min(digits(found.standard_error, *se))
        });
        let likelihood = digits(fit.log_likelihood, number(&certified["loglik"]));
        eprintln!("{name}: {least:.1} digits, log-likelihood {likelihood:.1}, {} steps", fit.iterations);
        assert!(goal <= least && 12.0 <= likelihood, "{name}: {least} digits, {likelihood}");
    }
}

#[test]
fn linear_fits_agree_with_nists_certified_digits() {
    let Some(text) = shared("corpora/nist-strd/linear.json") else { return };
    let sets: serde_json::Value = serde_json::from_str(&text).unwrap();
    let goals = [
        ("Norris", 13.0),
        ("NoInt1", 13.0),
        ("NoInt2", 13.0),
        ("Longley", 9.0),
        ("Wampler1", 9.0),
        ("Wampler2", 9.0),
        ("Wampler3", 9.0),
        ("Wampler4", 9.0),
        ("Wampler5", 9.0),
        ("Pontius", 9.0),
        ("Filip", 7.0),
    ];
    assert_eq!(sets.as_object().unwrap().len(), goals.len());
    let mut missed = vec![];
    for (name, goal) in goals {
        let set = &sets[name];
        let x: Vec<Vec<f64>> = set["x"].as_array().unwrap().iter().map(numbers).collect();
        let (y, beta, se) = (numbers(&set["y"]), numbers(&set["certified_beta"]), numbers(&set["certified_se"]));
        let intercept = set["model"] != "no-intercept";
        let unknowns = beta.len() - usize::from(intercept);
        let columns: Vec<Vec<f64>> = if x[0].len() == unknowns {
            (0..unknowns).map(|at| x.iter().map(|row| row[at]).collect()).collect()
        } else {
            let power = |k: usize| x.iter().map(|row| row[0].powi(i32::try_from(k).unwrap())).collect();
            (1..=unknowns).map(power).collect()
        };
        let names: Vec<String> = (1..=columns.len()).map(|at| format!("x{at}")).collect();
        let line = least_squares(&names, &columns, &y, intercept).unwrap();
        let worst = |found: fn(&Coefficient) -> f64, certified: &[f64]| {
            line.coefficients.iter().zip(certified).map(|(one, by)| digits(found(one), *by)).fold(16.0, f64::min)
        };
        let (values, errors) = (worst(|one| one.value, &beta), worst(|one| one.standard_error, &se));
        eprintln!("{name}: {values:.1} digits, standard errors {errors:.1}");
        // Where the certified error is zero, what is left is rounding.
        if values < goal || (errors < goal && se[0] != 0.0) {
            missed.push(name);
        }
    }
    assert!(missed.is_empty(), "{missed:?}");
}

#[test]
fn means_and_deviations_agree_with_nists_certified_digits() {
    let Some(text) = shared("corpora/nist-strd/univariate.json") else { return };
    let sets: serde_json::Value = serde_json::from_str(&text).unwrap();
    // The goals of reference/reliability.md, 6.3: 13 digits from floats, or what rounding the decimals to floats leaves of them.
    let goals = [
        ("Lew", 13.0),
        ("Lottery", 13.0),
        ("Mavro", 13.0),
        ("Michelso", 13.0),
        ("NumAcc1", 13.0),
        ("NumAcc2", 13.0),
        ("NumAcc3", 9.4),
        ("NumAcc4", 8.2),
    ];
    assert_eq!(sets.as_object().unwrap().len(), goals.len());
    for (name, goal) in goals {
        let set = &sets[name];
        let (mean, deviation) = (number(&set["mean"]), number(&set["sd"]));
        let line = least_squares(&[], &[], &numbers(&set["values"]), true).unwrap();
        let found = (digits(line.coefficients[0].value, mean), digits(line.residual_deviation, deviation));
        eprintln!("{name}: mean {:.1} digits, deviation {:.1}", found.0, found.1);
        assert!(14.0 <= found.0 && goal <= found.1, "{name}: {found:?}");
        // As the engine takes statistics of amounts: decimals as integers, exact until one division. The certified values have
        // 15 digits, and so many must be equal.
        let texts: Vec<&str> = set["values"].as_array().unwrap().iter().map(|value| value.as_str().unwrap()).collect();
        let places = texts.iter().map(|text| text.split_once('.').map_or(0, |parts| parts.1.len())).max().unwrap();
        let integer = |text: &&str| {
            let (whole, part) = text.split_once('.').unwrap_or((text, ""));
            format!("{whole}{part:0<places$}").parse::<i128>().unwrap()
        };
        let (count, sum, squares) = cashline_core::exact::moments(texts.iter().map(integer));
        let unit = 10_f64.powi(i32::try_from(places).unwrap());
        let mean_found = cashline_core::exact::quotient(sum, i128::from(count)) / unit;
        let deviation_found = cashline_core::exact::deviation(count, sum, squares).unwrap() / unit;
        let fifteen = |number: f64| format!("{number:.14e}");
        assert_eq!(fifteen(mean_found), fifteen(mean), "{name}");
        assert_eq!(fifteen(deviation_found), fifteen(deviation), "{name}");
    }
}

#[test]
fn the_two_by_two_table_gives_the_log_odds_ratio() {
    // 30 of 100 bad without the mark, 10 of 100 with it. By hand: intercept ln(30/70), slope ln(10/90) - ln(30/70),
    // variances 1/30 + 1/70 and 1/30 + 1/70 + 1/10 + 1/90.
    let case = Case {
        names: vec!["mark".to_owned()],
        columns: vec![vec![0.0, 0.0, 1.0, 1.0]],
        bad: vec![true, false, true, false],
        weight: vec![30.0, 70.0, 10.0, 90.0],
    };
    let fit = case.fit(0.0).unwrap();
    let (a, b) = ((30.0_f64 / 70.0).ln(), (10.0_f64 / 90.0).ln());
    assert!((fit.intercept.value - a).abs() < 1e-14);
    assert!((fit.coefficients[0].value - (b - a)).abs() < 1e-14);
    let se = (1.0 / 30.0 + 1.0 / 70.0 + 1.0 / 10.0 + 1.0 / 90.0_f64).sqrt();
    assert!((fit.coefficients[0].standard_error - se).abs() < 1e-14);
    assert!((fit.covariance[0][0] - (1.0 / 30.0 + 1.0 / 70.0)).abs() < 1e-14);
    let likelihood = 30.0 * 0.3_f64.ln() + 70.0 * 0.7_f64.ln() + 10.0 * 0.1_f64.ln() + 90.0 * 0.9_f64.ln();
    assert!((fit.log_likelihood - likelihood).abs() < 1e-11);
    let null = 40.0 * 0.2_f64.ln() + 160.0 * 0.8_f64.ln();
    assert!((fit.likelihood_ratio.chi2 - 2.0 * (likelihood - null)).abs() < 1e-11);
    assert!((fit.aic - (4.0 - 2.0 * likelihood)).abs() < 1e-11);
    assert!((fit.bic - (2.0 * 200.0_f64.ln() - 2.0 * likelihood)).abs() < 1e-11);
}

#[test]
fn a_weight_of_three_is_three_rows() {
    let x = vec![0.0, 1.0, 2.0, 3.0, 4.0, 5.0];
    let bad = vec![true, true, false, true, false, false];
    let mut weighted = Case::new(vec![x.clone()], bad.clone());
    weighted.weight[2] = 3.0;
    let mut rows = Case::new(vec![x], bad);
    rows.columns[0].extend([2.0, 2.0]);
    rows.bad.extend([false, false]);
    rows.weight.extend([1.0, 1.0]);
    let (a, b) = (weighted.fit(0.0).unwrap(), rows.fit(0.0).unwrap());
    assert!((a.coefficients[0].value - b.coefficients[0].value).abs() < 1e-13);
    assert!((a.coefficients[0].standard_error - b.coefficients[0].standard_error).abs() < 1e-13);
    assert_eq!(a.cases, 8.0);
}

#[test]
fn complete_separation_is_a_finding_that_names_the_column() {
    // x2 tells goods from bads; x1 is noise.
    let case = Case::new(
        vec![vec![1.0, 5.0, 2.0, 4.0, 3.0, 6.0, 1.0, 2.0], vec![1.0, 2.0, 3.0, 4.0, 11.0, 12.0, 13.0, 14.0]],
        vec![true, true, true, true, false, false, false, false],
    );
    let Err(LogisticError::Separated(found)) = case.fit(0.0) else { panic!("{:?}", case.fit(0.0)) };
    assert!(found.complete);
    assert_eq!(found.columns[0], "x2");
    // A ridge gives it a finite answer.
    assert!(case.fit(1.0).unwrap().coefficients[1].value < 0.0);
}

#[test]
fn quasi_complete_separation_is_a_finding_that_names_the_column() {
    // All with the mark x2 are good; the others are mixed.
    let x1 = vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 2.0, 4.0, 6.0];
    let mark = vec![0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0];
    let bad = vec![true, false, true, true, false, true, false, false, true, false, false, false];
    let case = Case::new(vec![x1, mark], bad);
    let Err(LogisticError::Separated(found)) = case.fit(0.0) else { panic!("{:?}", case.fit(0.0)) };
    assert!(!found.complete);
    assert_eq!(found.columns, ["x2"]);
    assert!(LogisticError::Separated(found).to_string().contains("`x2` separates"));
}

#[test]
fn an_overlap_of_one_row_in_a_long_range_is_no_separation() {
    // One bad at 50,001 above one good at 50,000, all others apart: a maximum exists.
    let mut x: Vec<f64> = (0..50).map(|at| f64::from(at) * 1000.0).collect();
    let mut bad = vec![true; 50];
    x.extend((52..100).map(|at| f64::from(at) * 1000.0));
    bad.extend(vec![false; 48]);
    x.extend([50_000.0, 50_001.0]);
    bad.extend([false, true]);
    let fit = Case::new(vec![x], bad).fit(0.0).unwrap();
    assert!(fit.coefficients[0].value < 0.0);
}

#[test]
fn dependent_and_constant_columns_are_named() {
    let (a, b) = (vec![1.0, 2.0, 3.0, 5.0, 8.0, 13.0], vec![1.0, 0.0, 1.0, 0.0, 0.0, 1.0]);
    let sum = a.iter().zip(&b).map(|(a, b)| 2.0 * a - b + 7.0).collect();
    let bad = vec![true, false, true, false, true, false];
    let Err(LogisticError::Dependent { column, of }) = Case::new(vec![a.clone(), b, sum], bad.clone()).fit(0.0) else {
        panic!("not refused")
    };
    assert_eq!((column.as_str(), of), ("x3", vec!["x1".to_owned(), "x2".to_owned()]));
    let constant = Case::new(vec![a, vec![4.0; 6]], bad).fit(0.0);
    assert_eq!(constant, Err(LogisticError::Constant { column: "x2".to_owned() }));
}

#[test]
fn shapes_and_numbers_are_checked() {
    let good = || Case::new(vec![vec![1.0, 2.0, 3.0, 2.0]], vec![true, false, false, true]);
    let mut case = good();
    case.columns[0].pop();
    assert!(matches!(case.fit(0.0), Err(LogisticError::Shape { column, .. }) if column == "x1"));
    let mut case = good();
    case.weight[0] = 0.0;
    assert!(matches!(case.fit(0.0), Err(LogisticError::NotFinite { column }) if column == "weight"));
    let mut case = good();
    case.columns[0][1] = f64::NAN;
    assert!(matches!(case.fit(0.0), Err(LogisticError::NotFinite { column }) if column == "x1"));
    assert_eq!(Case::new(vec![vec![1.0, 2.0]], vec![true, true]).fit(0.0), Err(LogisticError::OneClass));
    assert_eq!(good().fit(-1.0), Err(LogisticError::Setting { setting: "ridge" }));
}

#[test]
fn a_written_fit_reads_back_to_the_same_bytes() {
    let fit = Case::new(vec![vec![0.1, 0.7, 0.3, 0.9, 0.2]], vec![true, false, true, false, false]).fit(0.5).unwrap();
    let text = serde_json::to_string(&fit).unwrap();
    let back: Fit = serde_json::from_str(&text).unwrap();
    assert_eq!(back, fit);
    assert_eq!(serde_json::to_string(&back).unwrap(), text);
}

#[test]
fn the_path_starts_empty_and_every_point_is_optimal() {
    let Some(text) = shared("corpora/logit-ref/logit.json") else { return };
    let entries: Vec<serde_json::Value> = serde_json::from_str(&text).unwrap();
    let case = Case::reference(&entries[0]);
    let path = path(&case.design(), &PathOptions::default()).unwrap();
    assert!(path.points[0].coefficients.iter().all(|beta| *beta == 0.0));
    for point in &path.points {
        assert!(point.violation <= 1e-9, "λ {}: {}", point.lambda, point.violation);
    }
    // At the weakest penalty the path meets the unpenalised fit.
    let last = path.points.last().unwrap();
    let fit = case.fit(0.0).unwrap();
    for (beta, free) in last.coefficients.iter().zip(&fit.coefficients) {
        assert!((beta - free.value).abs() < 0.02 * free.standard_error, "{beta} {}", free.value);
    }
    // With the sign constraint nothing is above zero, and the conditions hold too.
    let options = PathOptions { not_positive: true, ridge: 0.3, ..PathOptions::default() };
    for point in super::path(&case.design(), &options).unwrap().points {
        assert!(point.violation <= 1e-9 && point.coefficients.iter().all(|beta| *beta <= 0.0));
    }
}
