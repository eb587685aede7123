//! Routing on a model built by hand: first match, missing values decided, points of the chosen card only.

use proptest::prelude::*;

use super::*;
use crate::{
    model::{Model, scorecard::tests::CARD},
    value::Missing,
};

const SEGMENTS: &str = r#"
[[segments]]
name = "business"
rationale = "another life"
when = [{ holder = { is = "account", on_missing = "fails" } }]

[segments.card]
base_points = 400

[[segments.card.characteristics]]
attribute = "revenue_90d"
rationale = "why"
source = "who"
neutral = 0
bins = [{ below = 100, points = -50 }, { points = 50 }]
missing = { other = 0 }

[[segments]]
name = "thin"
rationale = "little is known"
when = [
    { attribute = { name = "history_days", below = 90.0, on_missing = "holds" } },
    { sufficiency = { any_of = ["thin", "good"] } },
]

[segments.card]
base_points = 450

[[segments.card.characteristics]]
attribute = "late_days_90d"
rationale = "why"
source = "who"
neutral = 0
bins = [{ below = 1, points = 20 }, { points = -20 }]
missing = { other = 0 }

[[segments]]
name = "returning"
rationale = "we know them"

[segments.card]
base_points = 500

[[segments.card.characteristics]]
attribute = "buffer_90d"
rationale = "why"
source = "who"
neutral = 0
bins = [{ below = 1, points = -10 }, { points = 10 }]
missing = { other = 0 }

[[segments.card.characteristics]]
attribute = "late_days_90d"
rationale = "why"
source = "who"
neutral = 0
bins = [{ below = 1, points = 100 }, { points = -100 }]
missing = { other = 0 }
"#;

pub(in crate::model) fn text() -> String {
    let (head, _) = CARD.split_once("[[characteristics]]").expect("a card");
    head.replacen("kind = \"scorecard\"", "kind = \"segmented\"", 1)
        .replacen("base_points = 500", "base_points = 0", 1)
        .replacen("[\"customer\"]", "[\"customer\", \"account\"]", 1)
        + SEGMENTS
}

fn model() -> Model {
    Model::from_toml(&text()).expect("valid")
}

const FULL: Facts = Facts { holder: Some(HolderKind::Customer), sufficiency: Sufficiency::Full };
const THIN: Facts = Facts { holder: Some(HolderKind::Customer), sufficiency: Sufficiency::Thin };

fn of(revenue: i64, history: Outcome, late: i64, buffer: i64) -> [Outcome; 4] {
    [Ok(Value::Integer(revenue)), history, Ok(Value::Integer(late)), Ok(Value::Integer(buffer))]
}

#[test]
fn an_attribute_is_read_once_however_many_cards_and_conditions_ask() {
    let model = model();
    let names: Vec<&str> = model.attributes().collect();
    assert_eq!(names, ["revenue_90d", "history_days", "late_days_90d", "buffer_90d"]);
    // The third card lists the buffer before the late days.
    assert_eq!([model.place(Some(2), 0), model.place(Some(2), 1)], [3, 2]);
    assert_eq!(model.place(Some(0), 0), 0);
}

#[test]
fn the_first_segment_whose_conditions_all_hold_scores() {
    let model = model();
    let check = |outcomes: [Outcome; 4], facts: Facts, name: &str, score: i64| {
        let scored = model.score(&outcomes, &facts);
        assert_eq!((model.segment_name(scored.segment), scored.score), (Some(name), score));
    };
    let days = |days: i64| Ok(Value::Integer(days));
    let business = Facts { holder: Some(HolderKind::Account), ..FULL };
    // 400 + 50; the late days and the buffer are of other cards.
    check(of(100, days(300), 9, 0), business, "business", 450);
    // A business with a thin file: the first match wins.
    check(of(99, days(10), 0, 0), Facts { sufficiency: Sufficiency::Thin, ..business }, "business", 350);
    check(of(0, days(89), 0, 0), THIN, "thin", 470);
    // The range excludes its end, and both conditions must hold.
    check(of(0, days(90), 0, 5), THIN, "returning", 610);
    check(of(0, days(89), 0, 5), FULL, "returning", 610);
    check(of(0, days(300), 3, 0), FULL, "returning", 390);
}

#[test]
fn a_missing_value_is_decided_as_the_condition_says() {
    let model = model();
    let name = |outcomes: [Outcome; 4], facts: Facts| {
        model.segment_name(model.score(&outcomes, &facts).segment).map(str::to_owned)
    };
    for cause in Missing::ALL {
        assert_eq!(name(of(0, Err(cause), 0, 0), THIN).as_deref(), Some("thin"), "{}", cause.code());
    }
    let unknown = Facts { holder: None, ..FULL };
    assert_eq!(name(of(0, Ok(Value::Integer(300)), 0, 0), unknown).as_deref(), Some("returning"));
    let holds = text().replacen("\"account\", on_missing = \"fails\"", "\"account\", on_missing = \"holds\"", 1);
    let model = Model::from_toml(&holds).expect("valid");
    let scored = model.score(&of(0, Ok(Value::Integer(300)), 0, 0), &unknown);
    assert_eq!(model.segment_name(scored.segment), Some("business"));
}

#[test]
fn a_condition_on_codes_compares_codes() {
    let condition = |on_missing| Condition::Attribute {
        name: "pay_frequency".to_owned(),
        at_least: None,
        below: None,
        codes: vec!["weekly".to_owned(), "biweekly".to_owned()],
        on_missing,
    };
    let holds = |outcome: Outcome| condition(OnMissing::Fails).holds(Some(&outcome), &FULL);
    assert_eq!([holds(Ok(Value::Code("weekly"))), holds(Ok(Value::Code("annual")))], [true, false]);
    // A number is no code, so it is a value that is missing here.
    assert_eq!([holds(Ok(Value::Integer(1))), holds(Err(Missing::Stale))], [false, false]);
    assert!(condition(OnMissing::Holds).holds(Some(&Ok(Value::Integer(1))), &FULL));
    assert_eq!(condition(OnMissing::Fails).words(), "pay_frequency is weekly or biweekly (missing: fails)");
}

#[test]
fn a_segmented_model_that_breaks_a_rule_is_refused_with_the_way_out() {
    let check = |from: &str, to: &str, expected: &str| {
        let text = text().replacen(from, to, 1);
        assert_ne!(text, self::text(), "the edit changed nothing: {from}");
        let message = Model::from_toml(&text).expect_err("must be refused").to_string();
        assert!(message.contains(expected), "{message}");
    };
    check("base_points = 0", "base_points = 3", "points, baselines and expected shares stand in its segments");
    check("name = \"thin\"", "name = \"business\"", "stands twice");
    check("name = \"thin\"", "name = \"Thin file\"", "not in snake case");
    check("rationale = \"little is known\"", "rationale = \"\"", "why it has a card of its own");
    check(
        "rationale = \"we know them\"",
        "rationale = \"x\"\nwhen = [{ sufficiency = { any_of = [\"full\"] } }]",
        "only the last",
    );
    check("when = [{ holder = { is = \"account\", on_missing = \"fails\" } }]", "", "only the last");
    check("[\"thin\", \"good\"]", "[\"thin\", \"insufficient\"]", "never scored");
    check("[\"thin\", \"good\"]", "[]", "names no sufficiency");
    check("below = 90.0, ", "", "against `at_least` and `below`, or against `codes`");
    check("below = 90.0", "below = 90.0, codes = [\"a\"]", "or against `codes`");
    check("below = 90.0", "below = 90.0, at_least = 90.0", "empty range");
    check("below = 90.0", "below = inf", "no finite number");
    check("below = 90.0, on_missing = \"holds\"", "below = 90.0", "missing field `on_missing`");
    check("base_points = 450", "base_points = 0", "model `small/thin`: its points reach from -20 to 20");
    check(
        "bins = [{ below = 100, points = -50 }, { points = 50 }]",
        "bins = [{ points = 50 }]",
        "model `small/business`",
    );
    check("kind = \"segmented\"", "kind = \"scorecard\"", "write kind = \"segmented\"");
    let alone = CARD.replacen("kind = \"scorecard\"", "kind = \"segmented\"", 1);
    assert!(Model::from_toml(&alone).expect_err("no segments").to_string().contains("has 0 segments"));
}

#[test]
fn a_segmented_file_is_written_and_read_back_without_change() {
    let before = model();
    let text = before.file().to_toml();
    let after = Model::from_toml(&text).expect("what we write is valid");
    assert_eq!(after, before);
    assert_eq!(after.file().to_toml(), text);
    assert_eq!(after.id(), before.id());
    let routed_otherwise = self::text().replacen("below = 90.0", "below = 91.0", 1);
    assert_ne!(Model::from_toml(&routed_otherwise).expect("valid").id(), before.id());
}

#[test]
fn every_card_of_a_calibrated_model_has_the_same_probability_at_a_score() {
    let text = text().replacen("expert_uncalibrated", "fitted_calibrated", 1)
        + "\n[calibration]\nkind = \"logistic\"\nintercept = 10.0\nslope = -0.02\n\
           sample = { applicants = 100, bads = 10, window = \"2024\", method = \"held out\" }\n";
    let model = Model::from_toml(&text).expect("valid");
    assert_eq!(model.probability(500), Some(0.5));
    for (name, card) in model.cards() {
        assert_eq!(card.probability(610), model.probability(610), "{name:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn points_of_the_chosen_card_add_up(
        numbers in proptest::collection::vec(-400_i64..400, 4),
        gone in proptest::collection::vec(any::<bool>(), 4),
        holder in proptest::sample::select(vec![None, Some(HolderKind::Customer), Some(HolderKind::Account)]),
        sufficiency in proptest::sample::select(vec![Sufficiency::Full, Sufficiency::Good, Sufficiency::Thin]),
    ) {
        let outcomes: Vec<Outcome> = numbers
            .iter()
            .zip(&gone)
            .map(|(number, gone)| if *gone { Err(Missing::Stale) } else { Ok(Value::Integer(*number)) })
            .collect();
        let model = model();
        let scored = model.score(&outcomes, &Facts { holder, sufficiency });
        let card = model.card(scored.segment).expect("a card");
        prop_assert_eq!(scored.earned.len(), card.characteristics().len());
        prop_assert_eq!(scored.score, card.file().base_points + scored.earned.iter().map(|one| one.points).sum::<i64>());
        prop_assert!((scored.low..=scored.high).contains(&scored.score));
        // A replay knows the segment and the outcomes of its card; the others do not matter.
        let Model::Segmented(segmented) = &model else { panic!("segmented") };
        let read: Vec<usize> = (0..card.characteristics().len()).map(|at| model.place(scored.segment, at)).collect();
        let known = |place: usize| if read.contains(&place) { outcomes[place] } else { Err(Missing::NotPermitted) };
        let kept: Vec<Outcome> = (0..outcomes.len()).map(known).collect();
        prop_assert_eq!(scored.segment.map(|at| segmented.score_as(at, &kept)), Some(scored.clone()));
        // The card alone, on its own outcomes, says the same.
        let own: Vec<Outcome> = (0..card.characteristics().len()).map(|at| outcomes[model.place(scored.segment, at)]).collect();
        prop_assert_eq!(card.score(&own).earned, scored.earned);
    }
}
