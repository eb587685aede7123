//! Probabilities against values worked out by hand, and the rules that a calibration must keep.

use proptest::prelude::*;

use super::super::scorecard::tests::CARD;
use crate::model::Model;

const SAMPLE: &str =
    r#"sample = { applicants = 5000, bads = 400, window = "2024, observed to 2025", method = "held out" }"#;

fn calibrated(calibration: &str) -> String {
    let head = CARD.replacen("expert_uncalibrated", "fitted_calibrated", 1);
    format!("{head}\n[calibration]\n{calibration}\n{SAMPLE}\n")
}

fn model(calibration: &str) -> Model {
    Model::from_toml(&calibrated(calibration)).expect("valid")
}

const LOGISTIC: &str = "kind = \"logistic\"\nintercept = 10.0\nslope = -0.02";
const STEPS: &str = "kind = \"steps\"\nfrom = [0, 450, 500, 620]\nprobability = [0.5, 0.25, 0.0625, 0.0]";

#[test]
fn a_logistic_probability_is_the_inverse_of_the_log_odds() {
    let model = model(LOGISTIC);
    // At 500 the log-odds are 10 - 0.02 · 500 = 0: one half exactly.
    assert_eq!(model.probability(500), Some(0.5));
    // At 600 they are -2: 1 / (1 + e^2), from tables: 0.119202922022117560.
    let at_600 = model.probability(600).expect("on the scale");
    assert!((at_600 - 0.119_202_922_022_117_56).abs() < 1e-16, "{at_600:?}");
    // At 450 they are 1: 1 / (1 + e^-1) = 0.731058578630004879.
    let at_450 = model.probability(450).expect("on the scale");
    assert!((at_450 - 0.731_058_578_630_004_9).abs() < 2e-16, "{at_450:?}");
    assert_eq!([model.probability(-1), model.probability(1001)], [None, None]);
}

#[test]
fn a_step_holds_from_its_score_to_the_one_before_the_next() {
    let model = model(STEPS);
    let at = [0, 449, 450, 499, 500, 619, 620, 1000].map(|score| model.probability(score));
    assert_eq!(at, [0.5, 0.5, 0.25, 0.25, 0.0625, 0.0625, 0.0, 0.0].map(Some));
}

#[test]
fn an_uncalibrated_model_has_no_probability() {
    let model = Model::from_toml(CARD).expect("valid");
    assert!((0..=1000).all(|score| model.probability(score).is_none()));
}

#[test]
fn a_calibration_that_breaks_a_rule_is_refused_with_the_way_out() {
    let refused = |text: &str, expected: &str| {
        let message = Model::from_toml(text).expect_err("must be refused").to_string();
        assert!(message.contains(expected), "{message}");
    };
    let edited = |base: &str, from: &str, to: &str, expected: &str| {
        let text = calibrated(base).replacen(from, to, 1);
        assert_ne!(text, calibrated(base), "the edit changed nothing: {from}");
        refused(&text, expected);
    };
    refused(&CARD.replacen("expert_uncalibrated", "fitted_calibrated", 1), "there is no `calibration`");
    for basis in ["expert_uncalibrated", "fitted_uncalibrated"] {
        edited(LOGISTIC, "fitted_calibrated", basis, "`score_basis` is not `fitted_calibrated`");
    }
    edited(LOGISTIC, "slope = -0.02", "slope = 0.02", "the slope negative");
    edited(LOGISTIC, "slope = -0.02", "slope = 0.0", "the slope negative");
    edited(LOGISTIC, "intercept = 10.0", "intercept = inf", "must be finite");
    edited(LOGISTIC, "slope = -0.02", "slope = -0.02\nfrom = [0]", "unknown field `from`");
    edited(LOGISTIC, "bads = 400", "bads = 0", "goods and bads");
    edited(LOGISTIC, "bads = 400", "bads = 5000", "goods and bads");
    edited(LOGISTIC, "method = \"held out\"", "method = \" \"", "`window` and `method`");
    edited(STEPS, "kind = \"steps\"", "kind = \"splines\"", "unknown variant `splines`");
    edited(STEPS, "0.0625, 0.0]", "0.0625, 0.07]", "a higher score has a higher probability");
    edited(STEPS, "[0.5,", "[1.5,", "outside 0 to 1");
    edited(STEPS, "[0.5,", "[nan,", "outside 0 to 1");
    edited(STEPS, "[0.5,", "[", "one entry for each step");
    edited(STEPS, "[0, 450", "[1, 450", "must start at 0");
    edited(STEPS, "620]", "1001]", "stay on the scale");
    edited(STEPS, "[0, 450, 500", "[0, 500, 450", "must ascend");
}

#[test]
fn a_calibrated_file_is_written_and_read_back_without_change() {
    for calibration in [LOGISTIC, STEPS] {
        let before = model(calibration);
        let text = before.file().to_toml();
        let after = Model::from_toml(&text).expect("what we write is valid");
        assert_eq!(after, before);
        assert_eq!(after.file().to_toml(), text);
        assert_eq!(after.id(), before.id());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn a_higher_score_never_has_a_higher_probability_of_bad(intercept in -50.0..50.0_f64, slope in 1e-9..2.0_f64) {
        let model = model(&format!("kind = \"logistic\"\nintercept = {intercept:?}\nslope = -{slope:?}"));
        let by_score: Vec<f64> = (0..=1000).map(|score| model.probability(score).expect("on the scale")).collect();
        prop_assert!(by_score.windows(2).all(|pair| pair[1] <= pair[0]));
        prop_assert!(by_score.iter().all(|one| (0.0..=1.0).contains(one)));
    }

    #[test]
    fn any_falling_steps_are_taken_and_written_back_to_the_bit(raw in proptest::collection::vec((1_i64..90, 0.0..1.0_f64), 1..10)) {
        let mut from = 0;
        let starts: Vec<i64> = raw.iter().map(|(gap, _)| { let here = from; from += gap; here }).collect();
        let mut probability: Vec<f64> = raw.iter().map(|one| one.1).collect();
        probability.sort_by(|a, b| b.total_cmp(a));
        let before = model(&format!("kind = \"steps\"\nfrom = {starts:?}\nprobability = {probability:?}"));
        for (start, expected) in starts.iter().zip(&probability) {
            prop_assert_eq!(before.probability(*start).map(f64::to_bits), Some(expected.to_bits()));
        }
        let after = Model::from_toml(&before.file().to_toml()).expect("what we write is valid");
        prop_assert_eq!(after, before);
    }
}
