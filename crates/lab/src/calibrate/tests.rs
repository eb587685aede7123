use super::*;
use crate::metrics::{
    golden_tests::{golden, near, number, numbers, rows, score, weights},
    measure,
};

fn cases(score: &[f64], weight: Option<&[f64]>) -> Cases {
    Cases::new(score, None, &rows().2, weight).expect("both classes")
}

#[test]
fn isotonic_steps_are_scikit_learns() {
    let (golden, (whole, part)) = (golden(), weights());
    let runs = [
        ("coarse", "coarse", None),
        ("coarse", "coarse_integer_weights", Some(&whole)),
        ("coarse", "coarse_fractional_weights", Some(&part)),
        ("fine", "fine", None),
    ];
    for (name, run, weight) in runs {
        let expected = &golden["isotonic"][run];
        let found = isotonic(&cases(&score(name), weight.map(Vec::as_slice)), Bounds::NONE).expect("steps");
        found.check().expect("a calibration that files accept");
        let Calibration::Steps { from, probability } = found else { panic!("steps") };
        assert_eq!(from, numbers(&expected["from_score"]), "{run}");
        for (found, expected) in probability.iter().zip(numbers(&expected["p"])) {
            assert!((found - expected).abs() < 1e-14, "{run}: {found} {expected}");
        }
    }
}

#[test]
fn platts_line_is_that_of_statsmodels() {
    let (golden, (whole, _)) = (golden(), weights());
    for name in ["fine", "coarse"] {
        let score: Vec<f64> = score(name).iter().map(|score| score / 1_000.0).collect();
        let runs = [
            ("plain", None, Targets::Outcomes),
            ("plain_integer_weights", Some(whole.as_slice()), Targets::Outcomes),
            ("platt_targets", None, Targets::Smoothed),
        ];
        for (run, weight, targets) in runs {
            let expected = &golden["platt"][name][run];
            let found = platt(&cases(&score, weight), targets).expect("a line");
            let Calibration::Logistic { intercept, slope } = found else { panic!("a line") };
            near(intercept, &expected["intercept"], 1e-11);
            near(slope, &expected["slope"], 1e-11);
        }
    }
}

#[test]
fn a_line_fitted_to_rows_has_slope_1_and_intercept_0_on_them() {
    // The two equations of the maximum: Σ (y - p) = 0 and Σ x (y - p) = 0 hold at (0, 1) of the recalibration too.
    let (score, bad) = (score("fine"), rows().2);
    let found = platt(&cases(&score, None), Targets::Outcomes).expect("a line");
    let line = found.line(&score, &bad, None, 0.95).expect("a line");
    assert!((line.slope.value - 1.0).abs() < 1e-9 && line.intercept.value.abs() < 1e-9, "{line:?}");
    assert!(line.slope.lower < 1.0 && 1.0 < line.slope.upper);
}

#[test]
fn a_score_between_two_steps_gets_the_riskier_one() {
    // 500: 2 of 2 bad; 600: 1 of 2; 610: 0 of 1, 620: 1 of 1 pool to 1 of 2 with 600: 2 of 4; 700: 0 of 1.
    let score = [500.0, 500.0, 600.0, 600.0, 610.0, 620.0, 700.0];
    let bad = [true, true, true, false, false, true, false];
    let cases = Cases::new(&score, None, &bad, None).expect("both classes");
    let found = isotonic(&cases, Bounds::NONE).expect("steps");
    let expected = Calibration::Steps { from: vec![500.0, 600.0, 700.0], probability: vec![1.0, 0.5, 0.0] };
    assert_eq!(found, expected);
    assert_eq!(
        [0.0, 500.0, 599.9, 600.0, 650.0, 999.0].map(|score| found.probability(score)),
        [1.0, 1.0, 1.0, 0.5, 0.5, 0.0]
    );
    assert_eq!(found.whole_steps(300), Some((vec![300, 600, 700], vec![1.0, 0.5, 0.0])));
    let bounded = isotonic(&cases, Bounds::Within { lower: 0.5, upper: 0.9 }).expect("steps");
    assert_eq!(bounded, Calibration::Steps { from: vec![500.0, 600.0], probability: vec![0.9, 0.5] });
    let text = serde_json::to_string(&found).expect("written");
    assert_eq!(text, r#"{"kind":"steps","from":[500.0,600.0,700.0],"probability":[1.0,0.5,0.0]}"#);
    assert_eq!(serde_json::from_str::<Calibration>(&text).expect("read"), found);
}

#[test]
fn by_default_no_step_says_that_something_cannot_happen() {
    let steps = |rows: &[(f64, usize, usize)]| {
        let of = |(score, goods, bads): &(f64, usize, usize)| {
            [vec![(*score, false); *goods], vec![(*score, true); *bads]].concat()
        };
        let (score, bad): (Vec<f64>, Vec<bool>) = rows.iter().flat_map(of).unzip();
        let found = isotonic(&Cases::new(&score, None, &bad, None).expect("both classes"), Bounds::default());
        let Ok(Calibration::Steps { from, probability }) = found else { panic!("steps") };
        (from, probability)
    };
    // 4 of 4 bad: 1 − 0.5 / 4; 0 of 10 bad: 0.5 / 10; between them as observed, 1 of 4.
    let found = steps(&[(1.0, 0, 4), (2.0, 3, 1), (3.0, 10, 0)]);
    assert_eq!(found, (vec![1.0, 2.0, 3.0], vec![0.875, 0.25, 0.05]));
    // 0 of 10 is no riskier than the 1 of 100 before it, though half a case of ten would be: one step.
    let found = steps(&[(1.0, 0, 1), (2.0, 99, 1), (3.0, 10, 0)]);
    assert_eq!(found, (vec![1.0, 2.0], vec![0.5, 0.01]));
    // Rates that are neither stay what was observed.
    assert_eq!(steps(&[(1.0, 1, 1), (2.0, 3, 1)]), (vec![1.0, 2.0], vec![0.5, 0.25]));
}

#[test]
fn a_score_the_wrong_way_round_is_refused() {
    let score: Vec<f64> = score("fine").iter().map(|score| -score).collect();
    assert_eq!(platt(&cases(&score, None), Targets::Outcomes), Err(CalibrateError::WrongWay));
    let cases = Cases::new(&[1.0, 2.0], None, &[false, true], None).expect("both classes");
    assert_eq!(isotonic(&cases, Bounds::NONE), Err(CalibrateError::WrongWay));
}

#[test]
fn smoothed_targets_keep_a_separated_score_finite() {
    let cases = Cases::new(&[1.0, 2.0, 3.0, 4.0], None, &[true, true, false, false], None).expect("both classes");
    assert_eq!(platt(&cases, Targets::Outcomes), Err(CalibrateError::Metric(crate::metrics::MetricError::Separated)));
    assert!(matches!(platt(&cases, Targets::Smoothed), Ok(Calibration::Logistic { slope, .. }) if slope.is_finite()));
}

#[test]
fn what_a_file_must_not_say_is_refused() {
    let wrong = [
        Calibration::Logistic { intercept: 0.0, slope: 0.0 },
        Calibration::Steps { from: vec![], probability: vec![] },
        Calibration::Steps { from: vec![1.0, 1.0], probability: vec![0.5, 0.4] },
        Calibration::Steps { from: vec![1.0, 2.0], probability: vec![0.4, 0.5] },
        Calibration::Steps { from: vec![1.0], probability: vec![1.5] },
    ];
    for one in wrong {
        assert!(matches!(one.check(), Err(CalibrateError::Invalid(_))), "{one:?}");
    }
}

#[test]
fn isotonic_steps_lose_nothing_on_the_rows_they_were_fitted_to() {
    let (score, bad) = (score("coarse"), rows().2);
    let found = isotonic(&cases(&score, None), Bounds::NONE).expect("steps");
    let of = |p: &[f64]| {
        let cases = Cases::new(&score, Some(p), &bad, None).expect("both classes");
        (measure("brier").expect("a measure").value)(&cases).expect("measured")
    };
    let line = platt(&cases(&score, None), Targets::Outcomes).expect("a line");
    assert!(of(&found.apply(&score)) < of(&line.apply(&score)));
    assert!(number(&golden()["calibration"]["brier"]) > of(&found.apply(&score)));
}

proptest::proptest! {
    #[test]
    fn isotonic_is_the_min_of_max_means_falls_and_keeps_the_mean(
        rows in proptest::collection::vec((0_u8..12, proptest::bool::ANY, 1_u8..5), 2..40)
    ) {
        let score: Vec<f64> = rows.iter().map(|row| f64::from(row.0)).collect();
        let bad: Vec<bool> = rows.iter().map(|row| row.1).collect();
        let weight: Vec<f64> = rows.iter().map(|row| f64::from(row.2)).collect();
        let Ok(cases) = Cases::new(&score, None, &bad, Some(&weight)) else { return Ok(()) };
        let Ok(found) = isotonic(&cases, Bounds::NONE) else { return Ok(()) };
        found.check().expect("falls, within 0 and 1");
        // Robertson, Wright & Dykstra (1988), 1.4: min over a <= x of max over b >= x of the mean of scores in [a, b].
        let mean = |a: f64, b: f64| {
            let inside = || (0..rows.len()).filter(|row| (a..=b).contains(&score[*row]));
            let total: f64 = inside().map(|row| weight[row]).sum();
            (inside().filter(|row| bad[*row]).map(|row| weight[row]).sum::<f64>(), total)
        };
        for x in &score {
            let below = score.iter().filter(|a| *a <= x);
            let highest = |a: f64| score.iter().filter(|b| *x <= **b).map(|b| mean(a, *b)).fold(0.0_f64, |high, (bads, all)| high.max(bads / all));
            let expected = below.map(|a| highest(*a)).fold(1.0_f64, f64::min);
            proptest::prop_assert!((found.probability(*x) - expected).abs() < 1e-12);
        }
        let expected: f64 = (0..rows.len()).map(|row| weight[row] * found.probability(score[row])).sum();
        let seen: f64 = (0..rows.len()).filter(|row| bad[*row]).map(|row| weight[row]).sum();
        proptest::prop_assert!((expected - seen).abs() < 1e-9);
    }
}
