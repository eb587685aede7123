//! Cards of segments against a truth that is known: two segments in which the same column means the opposite.

use cashline_core::{
    attribute::definition::{Compliance, Risk},
    extent::Sufficiency,
    model::{
        Model,
        segmented::{Condition, Facts as RouteFacts, OnMissing},
    },
    value::Value,
};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use super::*;
use crate::{
    logistic,
    metrics::{Draws, Outcomes},
    sample::{Column, Key, Values},
    scorecard::{Fallback, SegmentRule},
    validate::Options,
};

/// Log-odds of bad: -2.2 + 1.2 x for the young (kind 1), -0.8 - 1.2 x for everybody else; kind 2, as the others, is one in 200.
fn planted(rows: u32, seed: u64) -> (Sample, Vec<f64>) {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut uniform = || random.random::<f64>();
    let rules = asked();
    let mut sample = Sample::default();
    let (mut first, mut kinds, mut truth) = (vec![], vec![], vec![]);
    for row in 0..rows {
        let (x, draw) = (uniform() * 4.0 - 2.0, uniform());
        let kind = if draw < 0.005 { 2.0 } else { f64::from(u8::from(draw < 0.45)) };
        let odds = if kind == 1.0 { -2.2 + 1.2 * x } else { -0.8 - 1.2 * x };
        let probability = 1.0 / (1.0 + libm::exp(-odds));
        sample.keys.push(Key {
            applicant_id: format!("p{row:06}"),
            as_of: 1_700_000_000 + i64::from(row) * 3_600,
            application_id: format!("a{row:06}"),
        });
        sample.bad.push(uniform() < probability);
        sample.weight.push(1.0);
        let routing = RouteFacts { holder: None, sufficiency: Sufficiency::Full };
        let name = rules.route(|when| when.holds(Some(&Value::real(kind)), &routing)).to_owned();
        sample.segment.push(name);
        first.push(Ok(x));
        kinds.push(Ok(kind));
        truth.push(probability);
    }
    for (name, values) in [("extra:one", first), ("extra:kind", kinds)] {
        sample.columns.push(Column { name: name.to_owned(), values: Values::Numbers(values) });
    }
    (sample, truth)
}

fn facts() -> Vec<Facts> {
    let one = |name: &str| Facts {
        name: name.to_owned(),
        family: name.to_owned(),
        tier_core: true,
        compliance: Compliance::ModelOk,
        has_reason: true,
        risk: Risk::Neither,
        reason: Some("LOW_BALANCE".to_owned()),
    };
    vec![one("extra:one"), one("extra:kind")]
}

fn asked() -> Segments {
    let of = |name: &str, from: f64, below: f64| SegmentRule {
        name: name.to_owned(),
        rationale: "planted".to_owned(),
        when: vec![Condition::Attribute {
            name: "extra:kind".to_owned(),
            at_least: Some(from),
            below: Some(below),
            codes: vec![],
            on_missing: OnMissing::Fails,
        }],
    };
    Segments {
        bads_min: 100,
        segments: vec![of("rare", 2.0, 3.0), of("young", 1.0, 2.0)],
        fallback: Fallback { name: "usual".to_owned(), rationale: "everybody else".to_owned() },
    }
}

fn plan(segments: Option<Segments>) -> Plan {
    Plan {
        kept_apart: KeptApart::Share { share: 0.5, seed: 1 },
        folds: (1, 5),
        calibration: Method::Platt,
        validation: Options { draws: Draws { count: 0, seed: 0 }, ..Options::default() },
        bad: BadDefinition { text: "90 days past due".to_owned(), window_days: 365 },
        source: "generated".to_owned(),
        left_out: (0, 0),
        late_bads: 0,
        segments,
        groups: None,
    }
}

/// A seed of outcomes that a card seems to learn and does not.
const NOISE: u64 = 1;

fn auc(developed: &Developed) -> f64 {
    developed.tried.as_ref().and_then(|tried| tried.estimate("auc")).expect("rows were kept apart").value
}

/// Stated: one card is at least 0.14 of AUC behind, the cards of segments come within 0.01 of the best that any score can reach,
/// and in each segment the common probability is what was observed, within its interval.
#[test]
fn cards_of_segments_with_opposite_effects_reach_the_truth_that_one_card_cannot() {
    let (sample, truth) = planted(60_000, 7);
    let one = develop(&sample, &facts(), &Recipe::default(), &plan(None)).expect("a model");
    let several = develop(&sample, &facts(), &Recipe::default(), &plan(Some(asked()))).expect("a model");
    let test = &several.split.test;
    let best: Vec<f64> = test.iter().map(|row| -truth[*row]).collect();
    let bad: Vec<bool> = test.iter().map(|row| sample.bad[*row]).collect();
    let ceiling = Outcomes::of(&Cases::new(&best, None, &bad, None).expect("cases")).expect("both classes").auc().value;
    assert!(ceiling - 0.01 <= auc(&several), "{} of {ceiling}", auc(&several));
    assert!(0.14 <= auc(&several) - auc(&one), "{} against {}", auc(&several), auc(&one));
    let slope = several.tried.as_ref().and_then(|tried| tried.estimate("calibration_slope")).expect("a slope").value;
    assert!((0.95..=1.05).contains(&slope), "{slope}");
    let names: Vec<&str> = several.by_segment.iter().map(|part| part.name.as_str()).collect();
    assert_eq!(names, ["rare", "usual", "young"]);
    for part in &several.by_segment {
        let expected = part.expected.expect("calibrated");
        assert!(part.bad_rate.lower <= expected && expected <= part.bad_rate.upper, "{part:?}");
    }
}

#[test]
fn the_file_routes_and_scores_as_the_laboratory_does_and_reads_back_to_itself() {
    let (sample, _) = planted(12_000, 3);
    let developed = develop(&sample, &facts(), &Recipe::default(), &plan(Some(asked()))).expect("a model");
    let text = developed.file.to_toml();
    let model = Model::from_toml(&text).expect("its own text");
    assert_eq!(model.file().to_toml(), text);
    let names: Vec<String> = model.attributes().map(str::to_owned).collect();
    let routing = RouteFacts { holder: None, sufficiency: Sufficiency::Full };
    let give = |one: f64, kind: Option<f64>| {
        let of = |name: &String| match (name.as_str(), kind) {
            ("extra:one", _) => Value::real(one),
            (_, Some(kind)) => Value::real(kind),
            (_, None) => Err(cashline_core::value::Missing::NotApplicable),
        };
        let scored = model.score(&names.iter().map(of).collect::<Vec<_>>(), &routing);
        (model.segment_name(scored.segment).map(str::to_owned), scored.score)
    };
    // By hand: [2, 3) is rare, [1, 2) young, all else and the missing usual.
    for (kind, segment) in [
        (Some(2.0), "rare"),
        (Some(1.0), "young"),
        (Some(1.9), "young"),
        (Some(0.0), "usual"),
        (Some(3.0), "usual"),
        (None, "usual"),
    ] {
        assert_eq!(give(0.5, kind).0.as_deref(), Some(segment), "{kind:?}");
    }
    // The same value is risky for one and safe for the other, and the rare are scored by the card of everybody else.
    assert!(give(1.9, Some(1.0)).1 < give(-1.9, Some(1.0)).1 && give(-1.9, Some(0.0)).1 < give(1.9, Some(0.0)).1);
    assert_eq!(give(1.0, Some(2.0)).1, give(1.0, Some(0.0)).1);
    let scores = developed.fitted.score(&sample).expect("its own sample");
    let numbers = |name: &str| match &sample.column(name).expect("there").values {
        Values::Numbers(cells) => cells.clone(),
        Values::Codes { .. } => panic!("numbers"),
    };
    let (first, kinds) = (numbers("extra:one"), numbers("extra:kind"));
    for row in (0..sample.len()).step_by(37) {
        let found = give(first[row].expect("known"), Some(kinds[row].expect("known")));
        assert_eq!(found, (Some(sample.segment[row].clone()), scores[row]), "row {row}");
    }
}

#[test]
fn a_segment_with_too_few_bads_takes_the_fallback_card_and_the_file_says_why() {
    let (sample, _) = planted(12_000, 3);
    let developed = develop(&sample, &facts(), &Recipe::default(), &plan(Some(asked()))).expect("a model");
    let rows: Vec<usize> = developed.split.train.iter().copied().filter(|row| sample.segment[*row] == "rare").collect();
    let bads = rows.iter().filter(|row| sample.bad[**row]).count();
    let why = format!("{bads} bads of {}; a card of its own needs 100 of each", rows.len());
    let Fitted::Segments(cards) = &developed.fitted else { panic!("segments were asked for") };
    assert_eq!((cards.routes[0].card.as_str(), cards.routes[0].why.as_deref()), ("usual", Some(why.as_str())));
    assert_eq!(cards.cards.keys().collect::<Vec<_>>(), ["usual", "young"]);
    let rare = &developed.file.segments[0];
    assert!(rare.rationale.contains(&why), "{}", rare.rationale);
    assert_eq!(rare.card.characteristics, developed.file.segments[2].card.characteristics);
    // Shares and averages are of its own applicants all the same.
    assert_eq!(rare.card.expected.as_ref().map(|one| one.applicants), Some(rows.len() as u64));
    assert_eq!(rare.card.baselines.all.as_ref().map(|one| one.applicants), Some(rows.len() as u64));
    let limits = &developed.file.documentation.as_ref().expect("documented").limits;
    assert!(limits.iter().any(|one| one.contains("segment rare") && one.contains(&why)), "{limits:?}");
}

#[test]
fn each_group_is_tried_on_a_model_of_all_others_and_one_may_be_kept_apart() {
    let (sample, _) = planted(6_000, 5);
    // Of bank_b the column means the opposite: a model that learnt it elsewhere is worse there than a coin.
    let labels: Vec<String> = (0..sample.len()).map(|row| ["bank_a", "bank_c", ""][row % 3].to_owned()).collect();
    let young: Vec<usize> = (0..sample.len()).filter(|row| sample.segment[*row] == "young").collect();
    let mut labels_of = labels;
    young.iter().for_each(|row| labels_of[*row] = "bank_b".to_owned());
    let groups = Groups { by: "institution".to_owned(), labels: labels_of.clone() };
    let mut only_one = sample.clone();
    only_one.columns.truncate(1);
    let asked = Plan { kept_apart: KeptApart::Nothing, groups: Some(groups.clone()), ..plan(None) };
    let developed = develop(&only_one, &facts(), &Recipe::default(), &asked).expect("a model");
    let found: Vec<(&str, usize)> = developed.by_group.iter().map(|one| (one.group.as_str(), one.rows)).collect();
    let count = |name: &str| labels_of.iter().filter(|label| *label == name).count();
    assert_eq!(found, [("bank_a", count("bank_a")), ("bank_b", young.len()), ("bank_c", count("bank_c"))]);
    let auc = |at: usize| developed.by_group[at].auc.expect("both classes").value;
    assert!(auc(1) < 0.3 && 0.55 < auc(0) && 0.55 < auc(2), "{} {} {}", auc(0), auc(1), auc(2));

    let asked = Plan {
        kept_apart: KeptApart::Group { label: "bank_b".to_owned() },
        groups: Some(groups.clone()),
        ..plan(None)
    };
    let apart = develop(&only_one, &facts(), &Recipe::default(), &asked).expect("a model");
    assert_eq!(apart.split.test, young);
    let nobody =
        Plan { kept_apart: KeptApart::Group { label: "bank_z".to_owned() }, groups: Some(groups), ..plan(None) };
    let refused = develop(&only_one, &facts(), &Recipe::default(), &nobody).expect_err("no such group");
    assert!(refused.to_string().contains("no application is of the group"), "{refused}");
}

#[test]
fn folds_are_measured_with_each_card_at_the_odds_of_the_rows_outside_the_fold() {
    let (sample, _) = planted(8_000, 5);
    let plan = Plan { kept_apart: KeptApart::Nothing, ..plan(Some(asked())) };
    let recipe = Recipe::default();
    let developed = develop(&sample, &facts(), &recipe, &plan).expect("a model");
    // By another way: the cards of each fold as they come, then for each card the logistic regression of outcomes outside the fold.
    let whole = fit_segments(&sample, &facts(), &recipe, &asked(), None).expect("cards");
    let raw = cross_validate(&sample, 1, 5, |rows: &Sample| {
        let cards = fit_segments(rows, &facts(), &recipe, &asked(), Some(&whole))?;
        let scorer: Scorer =
            Box::new(move |rows| cards.log_odds(rows).expect("columns").iter().map(|one| -one).collect());
        Ok::<Scorer, FitError>(scorer)
    })
    .expect("folds");
    let unseen = &raw.scores[0];
    for (fold, found) in
        validate::folds(&sample.keys, &sample.bad, 1, 5).expect("folds").iter().zip(&developed.cross.folds)
    {
        let (mut score, mut bad) = (vec![], vec![]);
        for rows in whole.rows_by_card(&sample).into_values() {
            let outside: Vec<usize> = rows.iter().copied().filter(|row| fold.split.train.contains(row)).collect();
            let taken = sample.take(&outside);
            let (names, columns) =
                (["odds".to_owned()], [outside.iter().map(|row| unseen[*row]).collect::<Vec<f64>>()]);
            let design = logistic::Design { names: &names, columns: &columns, bad: &taken.bad, weight: &taken.weight };
            let line = logistic::fit(&design, &logistic::Options::default()).expect("a line");
            for row in rows.iter().filter(|row| fold.split.test.contains(row)) {
                score.push(-line.intercept.value - line.coefficients[0].value * unseen[*row]);
                bad.push(sample.bad[*row]);
            }
        }
        let auc = Outcomes::of(&Cases::new(&score, None, &bad, None).expect("cases")).expect("classes").auc().value;
        assert!((auc - found.auc).abs() < 1e-6, "{auc} {}", found.auc);
    }
    let moved = raw.folds.iter().zip(&developed.cross.folds).filter(|(before, after)| before.auc != after.auc).count();
    assert!(0 < moved, "the lines change no order, so nothing was tested");
}

/// The young's outcomes are drawn by a coin that knows nothing of `x`. By another way: in each fold one card of everybody else's
/// rows, which scores all; its order is that of the folds' scores, and the probability of each segment is its logistic line.
#[test]
fn a_card_that_is_taken_away_says_nothing_of_the_probability_nor_of_what_the_model_is_worth() {
    let (mut sample, _) = planted(6_000, 5);
    let mut random = ChaCha8Rng::seed_from_u64(NOISE);
    for row in 0..sample.len() {
        let coin = random.random::<f64>() < 0.6;
        sample.bad[row] = if sample.segment[row] == "young" { coin } else { sample.bad[row] };
    }
    let plan = Plan { kept_apart: KeptApart::Nothing, ..plan(Some(asked())) };
    let recipe = Recipe::default();
    let developed = develop(&sample, &facts(), &recipe, &plan).expect("a model");
    let Fitted::Segments(cards) = &developed.fitted else { panic!("segments were asked for") };
    assert_eq!((cards.routes[1].card.as_str(), cards.routes[1].why.as_deref()), ("usual", Some(WRONG_WAY)));
    let mut unseen = vec![0.0; sample.len()];
    for (fold, found) in
        validate::folds(&sample.keys, &sample.bad, 1, 5).expect("folds").iter().zip(&developed.cross.folds)
    {
        let others: Vec<usize> =
            fold.split.train.iter().copied().filter(|row| sample.segment[*row] != "young").collect();
        let settings = cards.cards["usual"].settings.clone();
        let card = scorecard::fit_as(&sample.take(&others), &facts(), &recipe, settings).expect("a card");
        let test = sample.take(&fold.split.test);
        let odds = card.log_odds(&test).expect("columns");
        let safe: Vec<f64> = odds.iter().map(|odds| -odds).collect();
        let auc = Outcomes::of(&Cases::new(&safe, None, &test.bad, None).expect("cases")).expect("classes").auc().value;
        assert!((auc - found.auc).abs() < 1e-9, "{auc} {}", found.auc);
        fold.split.test.iter().zip(odds).for_each(|(row, odds)| unseen[*row] = odds);
    }
    let (names, columns) = (["odds".to_owned()], [unseen.clone()]);
    let design = logistic::Design { names: &names, columns: &columns, bad: &sample.bad, weight: &sample.weight };
    let line = logistic::fit(&design, &logistic::Options::default()).expect("a line");
    for part in &developed.by_segment {
        let rows: Vec<usize> = (0..sample.len()).filter(|row| sample.segment[*row] == part.name).collect();
        let of = |row: &usize| logistic::probability(line.intercept.value + line.coefficients[0].value * unseen[*row]);
        let mean = rows.iter().map(of).sum::<f64>() / rows.len() as f64;
        assert!((mean - part.expected.expect("calibrated")).abs() < 1e-6, "{}: {mean} {part:?}", part.name);
    }
}
