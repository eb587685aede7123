use cashline_core::{
    attribute::definition::{Compliance, Risk},
    extent::Sufficiency,
    model::{Model, segmented::Facts as RouteFacts},
    value::Missing,
};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use super::*;
use crate::{
    metrics::{Draws, Outcomes},
    sample::{Column, Key, Values},
    validate::Options,
};

/// Rows whose outcome is drawn with a known probability: two columns matter, one is noise, one in ten of the first is missing.
fn planted(rows: u32, seed: u64) -> (Sample, Vec<f64>) {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut uniform = || random.random::<f64>();
    let mut sample = Sample::default();
    let (mut one, mut two, mut noise, mut truth) = (vec![], vec![], vec![], vec![]);
    for row in 0..rows {
        let (x, y, z) = (uniform() * 4.0 - 2.0, uniform() * 4.0 - 2.0, uniform());
        let missing = uniform() < 0.1;
        let odds = -2.0 + if missing { 0.0 } else { 1.2 * x } - 0.8 * libm::tanh(y);
        let probability = 1.0 / (1.0 + libm::exp(-odds));
        sample.keys.push(Key {
            applicant_id: format!("p{row:06}"),
            as_of: 1_700_000_000 + i64::from(row) * 3_600,
            application_id: format!("a{row:06}"),
        });
        sample.bad.push(uniform() < probability);
        sample.weight.push(1.0);
        sample.segment.push(String::new());
        one.push(if missing { Err(Missing::NotEnoughHistory) } else { Ok(x) });
        two.push(Ok(y));
        noise.push(Ok(z));
        truth.push(probability);
    }
    for (name, values) in [("extra:one", one), ("extra:two", two), ("extra:noise", noise)] {
        sample.columns.push(Column { name: name.to_owned(), values: Values::Numbers(values) });
    }
    (sample, truth)
}

fn facts() -> Vec<Facts> {
    let one = |name: &str, risk: Risk| Facts {
        name: name.to_owned(),
        family: name.to_owned(),
        tier_core: true,
        compliance: Compliance::ModelOk,
        has_reason: true,
        risk,
        reason: Some("LOW_BALANCE".to_owned()),
    };
    vec![one("extra:one", Risk::Rises), one("extra:two", Risk::Falls), one("extra:noise", Risk::Rises)]
}

fn plan(kept_apart: KeptApart, calibration: Method) -> Plan {
    Plan {
        kept_apart,
        folds: (1, 5),
        calibration,
        validation: Options { draws: Draws { count: 0, seed: 0 }, ..Options::default() },
        bad: BadDefinition { text: "90 days past due".to_owned(), window_days: 365 },
        source: "generated".to_owned(),
        left_out: (3, 7),
        late_bads: 4,
        segments: None,
        groups: None,
    }
}

#[test]
fn a_developed_card_comes_near_the_planted_truth_on_rows_kept_apart_and_its_probability_is_calibrated() {
    let (sample, truth) = planted(30_000, 7);
    let plan = plan(KeptApart::Share { share: 0.5, seed: 1 }, Method::Platt);
    let developed = develop(&sample, &facts(), &Recipe::default(), &plan).expect("a model");
    // The best that any score can do on the rows kept apart: the probability that the outcomes were drawn with.
    let test = &developed.split.test;
    let best: Vec<f64> = test.iter().map(|row| -truth[*row]).collect();
    let bad: Vec<bool> = test.iter().map(|row| sample.bad[*row]).collect();
    let ceiling = Outcomes::of(&Cases::new(&best, None, &bad, None).expect("cases")).expect("both classes").auc().value;
    let tried = developed.tried.as_ref().expect("rows were kept apart");
    let auc = tried.estimate("auc").expect("an AUC").value;
    assert!(ceiling - 0.01 <= auc && auc <= ceiling + 0.003, "{auc} of {ceiling}");
    let slope = tried.estimate("calibration_slope").expect("a slope").value;
    assert!((0.95..=1.05).contains(&slope), "{slope}");
    assert!(
        !developed.fitted.main().selection.chosen.contains(&"extra:noise".to_owned()),
        "{:?}",
        developed.fitted.main().selection.chosen
    );
}

#[test]
fn the_file_scores_as_the_laboratory_does_and_holds_the_shares_of_the_rows_learnt_from() {
    let (sample, _) = planted(6_000, 3);
    let developed =
        develop(&sample, &facts(), &Recipe::default(), &plan(KeptApart::Nothing, Method::Platt)).expect("a model");
    let text = developed.file.to_toml();
    let model = Model::from_toml(&text).expect("its own text");
    assert_eq!(model.file().to_toml(), text);
    let scores = developed.fitted.score(&sample).expect("its own sample");
    let outcome = |row: usize, name: &str| match &sample.column(name).expect("there").values {
        Values::Numbers(cells) => cells[row].and_then(cashline_core::value::Value::real),
        Values::Codes { .. } => panic!("numbers"),
    };
    let names: Vec<String> = model.attributes().map(str::to_owned).collect();
    for row in (0..sample.len()).step_by(37) {
        let outcomes: Vec<_> = names.iter().map(|name| outcome(row, name)).collect();
        let facts = RouteFacts { holder: None, sufficiency: Sufficiency::Full };
        assert_eq!(model.score(&outcomes, &facts).score, scores[row], "row {row}");
    }
    // By hand: the share of rows of the first characteristic that are missing.
    let expected = developed.file.expected.as_ref().expect("counted");
    let missing = sample.column("extra:one").map(|column| match &column.values {
        Values::Numbers(cells) => cells.iter().filter(|cell| cell.is_err()).count(),
        Values::Codes { .. } => 0,
    });
    let share = expected.characteristics["extra:one"].missing[&Missing::NotEnoughHistory];
    assert_eq!(share, missing.expect("there") as f64 / sample.len() as f64);
    assert_eq!(expected.applicants, 6_000);
    let development = developed.file.documentation.as_ref().and_then(|one| one.development.as_ref()).expect("written");
    assert_eq!(development.goods + development.bads, 6_000);
    assert_eq!((development.indeterminates, development.excluded), (3, 7));
}

#[test]
fn isotonic_steps_fall_with_the_score_and_no_calibration_gives_no_probability() {
    let (sample, _) = planted(6_000, 5);
    for method in [Method::Isotonic, Method::None] {
        let developed =
            develop(&sample, &facts(), &Recipe::default(), &plan(KeptApart::Nothing, method)).expect("a model");
        match developed.calibration {
            None => assert!(method == Method::None && developed.learnt.calibration.is_empty()),
            Some(found) => assert!(found.probability(400.0) > found.probability(800.0)),
        }
    }
}

#[test]
fn later_applications_are_never_learnt_from_when_time_splits() {
    let (sample, _) = planted(4_000, 9);
    let second = sample.keys[3_000].as_of;
    let developed = develop(&sample, &facts(), &Recipe::default(), &plan(KeptApart::From { second }, Method::Platt))
        .expect("a model");
    assert_eq!((developed.split.train.len(), developed.split.test.len()), (3_000, 1_000));
    assert_eq!(developed.fitted.sample().as_of_last, sample.keys[2_999].as_of);
}

/// With 100 to 124 bads the whole is fitted by an L1 path, and a fold's four fifths of them would be boosted.
#[test]
fn folds_are_fitted_with_the_settings_that_the_whole_s_number_of_bads_gave() {
    let (all, _) = planted(1_000, 4);
    let bad: Vec<usize> = (0..all.len()).filter(|row| all.bad[*row]).collect();
    let sample = all.take(&(0..=bad[111]).collect::<Vec<_>>());
    let bads = 112;
    let settings = Recipe::default().settings(bads);
    assert_ne!(Recipe::default().settings(bads * 4 / 5).method, settings.method);
    // By another way: a recipe that leaves nothing to the number of bads.
    let written = Recipe {
        binning: Some(settings.binning),
        screens: Some(settings.screens),
        method: Some(settings.method),
        ridge: Some(settings.ridge),
        effects: Some(settings.effects),
        ..Recipe::default()
    };
    let made = |recipe: &Recipe| {
        develop(&sample, &facts(), recipe, &plan(KeptApart::Nothing, Method::Platt)).expect("a model")
    };
    let (left_out, written) = (made(&Recipe::default()), made(&written));
    assert_eq!(left_out.cross, written.cross);
    assert_eq!(left_out.calibration, written.calibration);
}
