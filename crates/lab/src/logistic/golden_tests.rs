//! Against statsmodels and scikit-learn on the 2,000 rows of goldens/golden_2000.csv (scripts/logistic.py).
#![expect(clippy::unwrap_used, reason = "tests stop at the first surprise")]

use serde_json::Value;

use super::*;

// Name, columns, weights.
type Case<'a> = (&'a str, &'a [Vec<f64>], &'a [f64]);

fn golden(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|one| one.as_f64().unwrap()).collect()
}

struct Rows {
    raw: [Vec<f64>; 2],
    woe: [Vec<f64>; 2],
    bad: Vec<bool>,
}

fn rows() -> Rows {
    let lines = include_str!("../../goldens/golden_2000.csv").lines().skip(1);
    let cells: Vec<Vec<i32>> = lines.map(|line| line.split(',').map(|cell| cell.parse().unwrap()).collect()).collect();
    let tables = golden(include_str!("../../goldens/binning_tables.json"));
    let raw = [0, 1].map(|at| cells.iter().map(|row| f64::from(row[at]) / 1000.0).collect::<Vec<f64>>());
    let woe = [0, 1].map(|at| {
        let table = &tables["tables"][["x1", "x2"][at]];
        let (cuts, woe) = (numbers(&table["cuts"]), numbers(&table["woe"]));
        raw[at].iter().map(|x| woe[cuts.partition_point(|cut| cut <= x)]).collect()
    });
    Rows { raw, woe, bad: cells.iter().map(|row| row[2] == 1).collect() }
}

fn seventh(rows: usize) -> Vec<f64> {
    (0..rows).map(|row| f64::from(u32::try_from(row % 7).unwrap()) / 7.0).collect()
}

fn names(count: usize) -> Vec<String> {
    (1..=count).map(|at| format!("x{at}")).collect()
}

fn close(what: &str, found: &[f64], expected: &[f64], tolerance: f64) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (found, expected) in found.iter().zip(expected) {
        let error = (found - expected).abs() / expected.abs().max(1e-300);
        // A p-value below 1e-300 may be zero on one side.
        assert!(error <= tolerance || (found - expected).abs() < 1e-300, "{what}: {found} {expected}");
    }
}

// statsmodels takes the information at the step before the last, which leaves its standard errors up to 6e-9 from those at its
// own coefficients (NumPy's inverse there has ours to 1e-15; tests.rs has 13 digits of errors certified to 30).
const LAG: f64 = 1e-8;

#[test]
fn inference_agrees_with_statsmodels() {
    let rows = rows();
    let count = rows.bad.len();
    let wide: Vec<Vec<f64>> = rows.woe.iter().cloned().chain([seventh(count)]).collect();
    let one = vec![1.0; count];
    let whole: Vec<f64> = (0..count).map(|row| [1.0, 2.0, 3.0][row % 3]).collect();
    let part: Vec<f64> = (0..count).map(|row| [0.5, 0.75, 1.0, 1.25][row % 4]).collect();
    let all = golden(include_str!("../../goldens/logistic.json"));
    let cases: [Case<'_>; 5] = [
        ("woe", &rows.woe, &one),
        ("raw", &rows.raw, &one),
        ("woe_integer_weights", &rows.woe, &whole),
        ("raw_fractional_weights", &rows.raw, &part),
        ("wide", &wide, &one),
    ];
    for (name, columns, weight) in cases {
        let golden = &all["glm"][name];
        let names = names(columns.len());
        let design = Design { names: &names, columns, bad: &rows.bad, weight };
        let fitted = fit(&design, &Options::default()).unwrap();
        let all: Vec<&Coefficient> = [&fitted.intercept].into_iter().chain(&fitted.coefficients).collect();
        let each = |take: fn(&Coefficient) -> f64| all.iter().map(|one| take(one)).collect::<Vec<f64>>();
        close(name, &each(|one| one.value), &numbers(&golden["coefficients"]), 1e-10);
        close(name, &each(|one| one.standard_error), &numbers(&golden["standard_errors"]), LAG);
        close(name, &each(|one| one.z), &numbers(&golden["z"]), LAG);
        // A relative error of z is magnified by z² in a small p.
        for (one, expected) in all.iter().zip(numbers(&golden["p"])) {
            close(name, &[one.p], &[expected], LAG * (1.0 + one.z * one.z));
        }
        for (found, expected) in fitted.covariance.iter().zip(golden["covariance"].as_array().unwrap()) {
            close(name, found, &numbers(expected), 2.0 * LAG);
        }
        let ratio = &golden["lr_test"];
        let found = [
            fitted.log_likelihood,
            fitted.null_log_likelihood,
            fitted.aic,
            fitted.likelihood_ratio.chi2,
            f64::from(fitted.likelihood_ratio.df),
        ];
        let of = |value: &Value| value.as_f64().unwrap();
        let expected = [
            of(&golden["log_likelihood"]),
            of(&golden["null_log_likelihood"]),
            of(&golden["aic"]),
            of(&ratio["statistic"]),
            of(&ratio["df"]),
        ];
        close(name, &found, &expected, 1e-11);
        close(name, &[fitted.likelihood_ratio.p], &[of(&ratio["p"])], 1e-8);
        for (out, expected) in golden["lr_one_out"].as_array().unwrap().iter().enumerate() {
            let kept: Vec<usize> = (0..columns.len()).filter(|at| *at != out).collect();
            let less: Vec<Vec<f64>> = kept.iter().map(|at| columns[*at].clone()).collect();
            let design = Design { names: &names[..kept.len()], columns: &less, bad: &rows.bad, weight };
            let less = fit(&design, &Options::default()).unwrap();
            let test = RatioTest::new(less.log_likelihood, fitted.log_likelihood, 1);
            close(name, &[test.chi2], &[of(&expected["statistic"])], 1e-9);
            close(name, &[test.p], &[of(&expected["p"])], 1e-8);
        }
    }
}

#[test]
fn penalised_fits_agree_with_scikit_learns_optima() {
    let rows = rows();
    let count = rows.bad.len();
    let one = vec![1.0; count];
    let whole: Vec<f64> = (0..count).map(|row| [1.0, 2.0, 3.0][row % 3]).collect();
    let wide: Vec<Vec<f64>> = rows.woe.iter().cloned().chain([seventh(count)]).collect();
    let all = golden(include_str!("../../goldens/logistic.json"));
    let ridge: [Case<'_>; 3] =
        [("woe", &rows.woe, &one), ("raw", &rows.raw, &one), ("raw_integer_weights", &rows.raw, &whole)];
    for (name, columns, weight) in ridge {
        for golden in all["l2"][name].as_array().unwrap() {
            let names = names(columns.len());
            let design = Design { names: &names, columns, bad: &rows.bad, weight };
            let options = Options { ridge: 1.0 / golden["C"].as_f64().unwrap(), ..Options::default() };
            let fitted = fit(&design, &options).unwrap();
            let found: Vec<f64> =
                [&fitted.intercept].into_iter().chain(&fitted.coefficients).map(|one| one.value).collect();
            close(name, &found, &numbers(&golden["coefficients"]), 1e-10);
        }
    }
    let lasso: [(&str, &[Vec<f64>]); 2] = [("wide", &wide), ("raw", &rows.raw)];
    for (name, columns) in lasso {
        let goldens = all["l1"][name].as_array().unwrap();
        let names = names(columns.len());
        let design = Design { names: &names, columns, bad: &rows.bad, weight: &one };
        let lambdas = goldens.iter().map(|golden| 1.0 / golden["C"].as_f64().unwrap()).collect();
        let path = path(&design, &PathOptions { lambdas, ..PathOptions::default() }).unwrap();
        for (point, golden) in path.points.iter().zip(goldens) {
            let found: Vec<f64> = [point.intercept].into_iter().chain(point.coefficients.iter().copied()).collect();
            close(name, &found, &numbers(&golden["coefficients"]), 1e-9);
        }
    }
}

#[test]
fn the_goldens_separated_rows_are_refused() {
    let x: Vec<f64> = (1..=8).map(f64::from).collect();
    let names = names(1);
    for (x, bad, complete) in [
        (x.clone(), x.iter().map(|x| 4.0 < *x).collect::<Vec<bool>>(), true),
        (vec![1.0, 2.0, 3.0, 4.0, 4.0, 5.0, 6.0, 7.0], vec![false, false, false, false, true, true, true, true], false),
    ] {
        let design = Design { names: &names, columns: &[x], bad: &bad, weight: &[1.0; 8] };
        let refused = fit(&design, &Options::default());
        let Err(LogisticError::Separated(found)) = refused else { panic!("{refused:?}") };
        assert_eq!((found.complete, found.columns), (complete, vec!["x1".to_owned()]));
    }
}
