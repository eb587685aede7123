//! The scorecard's rules and its arithmetic, on cards built by hand.

use proptest::prelude::*;

use super::*;
use crate::{
    model::{Model, file::ModelFile},
    time::Day,
    value::Value,
};

pub(in crate::model) const CARD: &str = r#"
schema = 1
kind = "scorecard"
name = "small"
version = "1"
provider = "tests"
target = "paid"
horizon_days = 90
score_basis = "expert_uncalibrated"
base_points = 500
bands = [{ name = "A", from = 600 }, { name = "B", from = 500 }, { name = "C", from = 0 }]

[population]
description = "persons"
holder_kinds = ["customer"]

[scale]
min = 0
max = 1000
direction = "higher_is_safer"
unit = "points"

[conventions]
woe = "ln_goods_over_bads"
closure = "left_closed_right_open"
missing = "own_points_by_cause"
rounding = "set_whole"
zero_cell = "none"

[[characteristics]]
attribute = "late_days_90d"
rationale = "why"
source = "who"
neutral = 0
bins = [{ below = 1, points = 30 }, { below = 4, points = 0 }, { points = -60 }]
missing = { no_such_event = 30, other = 0 }
missing_rationale = "never late"

[[characteristics]]
attribute = "buffer_90d"
rationale = "why"
source = "who"
neutral = 5
bins = [{ below = 0.5, points = -20 }, { below = 2.5, points = 5 }, { points = 45 }]
missing = { not_enough_history = -10, other = 5 }
missing_rationale = "little is known"
missing_reason = "history_length"
"#;

fn model(text: &str) -> Model {
    Model::from_toml(text).expect("valid")
}

fn only(model: Model) -> Scorecard {
    let Model::Scorecard(card) = model else { panic!("a card of one segment") };
    card
}

fn card() -> Scorecard {
    only(model(CARD))
}

fn integer(value: i64) -> Outcome {
    Ok(Value::Integer(value))
}

#[test]
fn a_value_on_an_edge_belongs_to_the_bin_that_starts_there() {
    let card = card();
    let check = |late: i64, buffer: f64, late_points: i64, buffer_points: i64| {
        let scored = card.score(&[integer(late), Value::real(buffer)]);
        assert_eq!([scored.earned[0].points, scored.earned[1].points], [late_points, buffer_points], "{late} {buffer}");
        assert_eq!(scored.score, 500 + late_points + buffer_points);
    };
    check(0, 0.499_999, 30, -20);
    check(1, 0.5, 0, 5);
    check(3, 2.499_999, 0, 5);
    check(4, 2.5, -60, 45);
    check(i64::MIN, f64::MIN, 30, -20);
    check(i64::MAX, f64::MAX, -60, 45);
}

#[test]
fn each_cause_of_missing_has_points_of_its_own() {
    let card = card();
    for cause in Missing::ALL {
        let scored = card.score(&[Err(cause), Err(cause)]);
        let late = if cause == Missing::NoSuchEvent { 30 } else { 0 };
        let buffer = if cause == Missing::NotEnoughHistory { -10 } else { 5 };
        assert_eq!(scored.score, 500 + late + buffer, "{}", cause.code());
    }
}

#[test]
fn a_missing_value_never_speaks_as_if_it_had_been_observed() {
    let [late, buffer] = [&card().characteristics()[0].clone(), &card().characteristics()[1].clone()];
    for cause in Missing::ALL {
        assert_eq!(late.reason_code(BinRef::Missing(cause), true, "own"), Some("value_not_available"));
        assert_eq!(buffer.reason_code(BinRef::Missing(cause), true, "own"), Some("history_length"));
        // "Never happened" was observed; every other cause was not, and so helps nobody by name.
        let positive = (cause == Missing::NoSuchEvent).then_some("own");
        assert_eq!(late.reason_code(BinRef::Missing(cause), false, "own"), positive);
    }
    assert_eq!(late.reason_code(BinRef::Value(2), true, "own"), Some("own"));
}

#[test]
fn a_code_or_a_number_that_is_none_counts_as_missing_and_a_date_as_its_days() {
    let card = card();
    let points = |outcome: Outcome| card.score(&[outcome, Err(Missing::Stale)]).earned[0].points;
    assert_eq!(points(Ok(Value::Code("weekly"))), 0);
    assert_eq!(points(Ok(Value::Real(f64::NAN))), 0);
    assert_eq!(points(Ok(Value::Date(Day(20_000)))), -60);
}

#[test]
fn bins_are_labelled_as_the_half_open_ranges_they_are() {
    let bins = card().characteristics()[1].bins.clone();
    let labels: Vec<String> = (0..bins.count()).map(|at| bins.label(BinRef::Value(at))).collect();
    assert_eq!(labels, ["(-inf, 0.5)", "[0.5, 2.5)", "[2.5, inf)"]);
    assert_eq!(bins.label(BinRef::Missing(Missing::Stale)), "missing: stale");
    assert_eq!(bins.range_of(5), Some((Some(0.5), Some(2.5))));
    assert_eq!(bins.range_of(6), None);
}

#[test]
fn a_score_has_the_band_whose_lower_cut_off_it_reaches() {
    let model = model(CARD);
    let bands = [1000, 600, 599, 500, 499, 0].map(|score| model.band(score));
    assert_eq!(bands, [Some("A"), Some("A"), Some("B"), Some("B"), Some("C"), Some("C")]);
}

#[test]
fn only_the_named_holders_are_in_the_population_and_an_unknown_one_passes() {
    use crate::row::HolderKind;
    let model = model(CARD);
    assert!(model.accepts(Some(HolderKind::Customer)));
    assert!(model.accepts(None));
    assert!(!model.accepts(Some(HolderKind::Account)));
}

#[test]
fn the_id_changes_if_and_only_if_the_content_does() {
    let id = model(CARD).id().to_owned();
    assert_eq!(id.len(), "sha256:".len() + 64);
    let same = [
        CARD.replace("base_points = 500", "base_points   =  500 # a comment"),
        CARD.replace("below = 1, points = 30", "points = 30, below = 1.0"),
        CARD.replace("version = \"1\"\nprovider = \"tests\"", "provider = \"tests\"\nversion = \"1\""),
    ];
    for text in same {
        assert_ne!(text, CARD);
        assert_eq!(model(&text).id(), id);
    }
    let other = [
        CARD.replace("base_points = 500", "base_points = 501"),
        CARD.replace("points = 45", "points = 46"),
        CARD.replace("below = 2.5", "below = 2.25"),
        CARD.replace("rationale = \"why\"", "rationale = \"why not\""),
        CARD.replace("from = 600", "from = 601"),
    ];
    for text in other {
        assert_ne!(model(&text).id(), id);
    }
}

#[test]
fn a_file_that_is_written_reads_back_to_the_same_content() {
    let model = model(CARD);
    let again = Model::from_toml(&model.file().to_toml()).expect("what we write is valid");
    assert_eq!(again, model);
}

#[test]
fn a_card_that_breaks_a_rule_is_refused_with_the_way_out() {
    let check = |from: &str, to: &str, expected: &str| {
        let text = CARD.replacen(from, to, 1);
        assert_ne!(text, CARD, "the edit changed nothing: {from}");
        let message = Model::from_toml(&text).expect_err("must be refused").to_string();
        assert!(message.contains(expected), "{message}");
    };
    check("version = \"1\"", "version = \"1\"\nwieght = 3", "unknown field `wieght`");
    check("points = -60", "points = -60, woe = 1.0", "unknown field `woe`");
    check("schema = 1", "schema = 2", "this version reads schema 1");
    check("kind = \"scorecard\"", "kind = \"forest\"", "unknown variant `forest`");
    check("left_closed_right_open", "left_open_right_closed", "unknown variant");
    check("below = 4,", "below = 1,", "not finite and strictly ascending");
    check("below = 4,", "below = inf,", "not finite and strictly ascending");
    check("{ below = 4, points = 0 }", "{ points = 0 }", "lacks `below`");
    check("{ points = -60 }", "{ below = 9, points = -60 }", "the last bin has `below`");
    check("no_such_event = 30, other = 0", "no_such_event = 30", "does not cover `not_permitted`");
    check("missing_rationale = \"never late\"", "", "say why in `missing_rationale`");
    check("missing_reason = \"history_length\"", "", "as if it had been observed");
    check("missing = { no_such", "against_risk = \" \"\nmissing = { no_such", "`against_risk` is empty");
    check("base_points = 500", "base_points = 60", "reach from -20 to 135, outside the scale 0 to 1000");
    check("min = 0\nmax = 1000", "min = 300\nmax = 850", "another provider's score");
    check("max = 1000", "max = 2000", "must lie within 0 to 1000");
    check("max = 1000", "max = 570", "band `A` starts above the scale");
    check("base_points = 500", "base_points = 950", "reach from 870 to 1025, outside the scale 0 to 1000");
    check("from = 500", "from = 600", "from the safest down");
    check("{ name = \"C\", from = 0 }", "{ name = \"C\", from = 1 }", "scores from 0 have none");
    check("attribute = \"buffer_90d\"", "attribute = \"late_days_90d\"", "stands twice");
    check("attribute = \"buffer_90d\"", "attribute = \"extra:buffer\"", "give `reason`");
    check("source = \"who\"", "source = \"\"", "`rationale` and `source`");
    check("target = \"paid\"", "target = \" \"", "an auditor will ask");
    check("base_points = 500", "base_points = 500\nbaseline = \"all\"", "`baselines.all` holds no points");
    check("base_points = 500", "base_points = \"500\"", "line 10");
    check("base_points = 500", "base_points = -9223372036854775808", "lies beyond");
    check("name = \"", "name = \"my\\n", "control character");
    check(
        "attribute = \"late_days_90d\"",
        "attribute = \"late_days_90d\"\nspecial = [{ value = -9, points = 0 }]",
        "extra columns only",
    );
}

// ---------------------------------------------------------------------------------------------- codes and special values

const CODES: &str = r#"
[[characteristics]]
attribute = "pay_frequency"
rationale = "why"
source = "who"
neutral = 0
bins = [{ codes = ["weekly", "biweekly"], points = 15 }, { codes = ["irregular"], points = -25 }, { points = 0 }]
missing = { other = 0 }

[[characteristics]]
attribute = "extra:bureau_score"
rationale = "why"
source = "who"
reason = "credit_history"
neutral = 10
bins = [{ below = 500, points = -30 }, { points = 40 }]
special = [{ value = -9.0, meaning = "no file", points = 12 }, { value = 0.0, points = -5 }, { value = 999.0, points = 33 }]
missing = { other = 10 }
"#;

fn with_codes() -> Scorecard {
    only(model(&(CARD.to_owned() + CODES)))
}

#[test]
fn a_code_earns_the_points_of_its_group_and_every_other_code_those_of_the_last() {
    let card = with_codes();
    let bins = &card.characteristics()[2].bins;
    let check = |outcome: Outcome, bin: BinRef, points: i64, label: &str| {
        let found = bins.find(&outcome);
        assert_eq!((found, bins.points(found), bins.label(found).as_str()), (bin, points, label));
    };
    check(Ok(Value::Code("weekly")), BinRef::Value(0), 15, "{weekly, biweekly}");
    check(Ok(Value::Code("biweekly")), BinRef::Value(0), 15, "{weekly, biweekly}");
    check(Ok(Value::Code("irregular")), BinRef::Value(1), -25, "{irregular}");
    check(Ok(Value::Code("annual")), BinRef::Value(2), 0, "any other code");
    // A group's name is no code, and case counts.
    check(Ok(Value::Code("Weekly")), BinRef::Value(2), 0, "any other code");
    check(Err(Missing::Stale), BinRef::Missing(Missing::Stale), 0, "missing: stale");
    // A number has no place among codes.
    check(integer(3), BinRef::Missing(Missing::NotApplicable), 0, "missing: not_applicable");
    assert!(bins.is_codes());
    assert_eq!((bins.count(), bins.extremes()), (3, (-25, 15)));
    assert_eq!(bins.range_of(0), None);
    let words = [15, -25, 0, 1].map(|points| bins.codes_of(points));
    let expected = ["weekly or biweekly", "irregular", "any code but weekly and biweekly and irregular"];
    assert_eq!(words.iter().flatten().collect::<Vec<_>>(), expected);
}

#[test]
fn a_special_value_is_looked_at_before_the_bins_and_only_when_it_is_equal() {
    let card = with_codes();
    let bins = &card.characteristics()[3].bins;
    let points = |number: f64| bins.points(bins.find(&Value::real(number)));
    // -9 and 0 lie below 500, 999 above.
    assert_eq!([-9.0, 0.0, -0.0, 999.0].map(points), [12, -5, -5, 33]);
    assert_eq!([-9.000_000_1, -8.999_999, 0.1, 499.9, 500.0, 998.999].map(points), [-30, -30, -30, -30, 40, 40]);
    assert_eq!(bins.label(bins.find(&Value::real(-9.0))), "special: -9");
    assert_eq!(bins.extremes(), (-30, 40));
    let places: Vec<BinRef> = bins.all().collect();
    assert_eq!(places.len(), 2 + 3 + Missing::ALL.len());
    let labels: std::collections::BTreeSet<String> = places.iter().map(|bin| bins.label(*bin)).collect();
    assert_eq!(labels.len(), places.len(), "a label names one place");
    // A special value was observed: it speaks for the attribute on both sides.
    let one = &card.characteristics()[3];
    assert_eq!(one.reason_code(BinRef::Special(0), true, "credit_history"), Some("credit_history"));
    assert_eq!(one.reason_code(BinRef::Special(0), false, "credit_history"), Some("credit_history"));
}

#[test]
fn a_special_value_is_no_unknown_value_and_so_widens_no_range() {
    let scored = with_codes().score(&[integer(0), Value::real(1.0), Ok(Value::Code("annual")), Value::real(-9.0)]);
    assert_eq!((scored.score, scored.low, scored.high), (500 + 30 + 5 + 12, 547, 547));
}

#[test]
fn codes_and_special_values_that_break_a_rule_are_refused() {
    let check = |from: &str, to: &str, expected: &str| {
        let text = CODES.replacen(from, to, 1);
        assert_ne!(text, CODES, "the edit changed nothing: {from}");
        let message = Model::from_toml(&(CARD.to_owned() + &text)).expect_err("must be refused").to_string();
        assert!(message.contains(expected), "{message}");
    };
    check("\"biweekly\"", "\"weekly\"", "the code `weekly` stands twice");
    check("\"irregular\"", "\"weekly\"", "the code `weekly` stands twice");
    check("\"irregular\"", "\" irregular\"", "blanks around it");
    check("{ points = 0 }", "{ codes = [\"annual\"], points = 0 }", "so that every code has a bin");
    check("codes = [\"irregular\"]", "codes = []", "a bin before the last lacks `codes`");
    check("codes = [\"irregular\"]", "below = 3", "`below` or `codes` throughout");
    check("value = 0.0", "value = -9.0", "strictly ascending");
    check("value = 0.0", "value = -10.0", "strictly ascending");
    check("value = 999.0", "value = inf", "not finite");
    check("reason = \"credit_history\"", "reason = \"credit_history\"\nagainst_risk = \"why\"", "no direction of risk");
    check("points = 33", "points = 100001", "beyond");
    check("points = 33", "points = -9223372036854775808", "beyond");
    check(
        "missing = { other = 0 }",
        "special = [{ value = 1.0, points = 0 }]\nmissing = { other = 0 }",
        "extra columns only",
    );
}

#[test]
fn a_file_with_codes_and_special_values_is_written_and_read_back_without_change() {
    let before = with_codes();
    let text = before.file().to_toml();
    let after = only(model(&text));
    assert_eq!(after, before);
    assert_eq!(after.file().to_toml(), text);
    // What a file does not use is not written, so a file from before these parts keeps its id.
    let old = card().file().to_toml();
    for part in ["codes", "special", "segments", "calibration", "expected", "documentation", "validation"] {
        assert!(!old.contains(part), "{part}");
    }
}

#[test]
fn an_average_baseline_is_compared_with_exactly() {
    let text = CARD.replacen("base_points = 500", "base_points = 500\nbaseline = \"marginal\"", 1)
        + r#"
[baselines.marginal]
run = "sha256:abc"
applicants = 8
score_from = 500
score_to = 520
points = { "late_days_90d" = 11.25, "buffer_90d" = -7.5 }
"#;
    let card = only(model(&text));
    let scored = card.score(&[integer(2), Value::real(3.0)]);
    let differences: Vec<f64> = scored.earned.iter().map(|one| one.points as f64 - one.baseline).collect();
    // 0 - 11.25 and 45 - (-7.5).
    assert_eq!(differences, [-11.25, 52.5]);
    let stale = text.replace("\"buffer_90d\" = -7.5", "\"gone_90d\" = -7.5");
    assert!(Model::from_toml(&stale).expect_err("lacks one").to_string().contains("holds no points for it"));
    let extra = text.replace("points = { \"late", "points = { \"gone_90d\" = 1.0, \"late");
    assert!(Model::from_toml(&extra).expect_err("one too many").to_string().contains("make it again"));
}

/// Any outcome, extremes and non-numbers included.
fn any_outcome() -> impl Strategy<Value = Outcome> {
    prop_oneof![
        any::<i64>().prop_map(integer),
        (-10_i64..10).prop_map(integer),
        any::<f64>().prop_map(|number| Ok(Value::Real(number))),
        (-1.0..5.0_f64).prop_map(|number| Ok(Value::Real(number))),
        Just(Ok(Value::Code("weekly"))),
        proptest::sample::select(Missing::ALL.to_vec()).prop_map(Err),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn points_add_up_to_the_score_and_stay_on_the_scale(late in any_outcome(), buffer in any_outcome()) {
        let card = card();
        let scored = card.score(&[late, buffer]);
        prop_assert_eq!(scored.score, 500 + scored.earned.iter().map(|one| one.points).sum::<i64>());
        let (lowest, highest) = card.extremes();
        prop_assert!((lowest..=highest).contains(&scored.score));
        // The contributions add up as well: score - base - sum of baselines.
        let contributions: f64 = scored.earned.iter().map(|one| one.points as f64 - one.baseline).sum();
        prop_assert!((contributions - (scored.score - 500 - 5) as f64).abs() < 1e-9);
    }

    #[test]
    fn setting_a_factor_that_hurts_to_its_baseline_improves_the_score(late in any_outcome(), buffer in any_outcome()) {
        let card = card();
        let before = card.score(&[late, buffer]);
        // A value of the neutral bin of each characteristic: 2 days, a buffer of 1.
        let neutral = [integer(2), Value::real(1.0)];
        for at in 0..2 {
            if 0.0 <= before.earned[at].points as f64 - before.earned[at].baseline {
                continue;
            }
            let mut outcomes = [late, buffer];
            outcomes[at] = neutral[at];
            prop_assert!(before.score < card.score(&outcomes).score);
        }
    }
}

#[test]
fn the_shipped_card_is_as_the_issue_asks() {
    let card = only(Model::builtin().expect("valid"));
    let file: &ModelFile = card.file();
    assert!((15..=20).contains(&card.characteristics().len()));
    assert_eq!((file.scale.min, file.scale.max), (0, 1000));
    assert_eq!(file.bands.iter().map(|band| band.name.as_str()).collect::<Vec<_>>(), ["A", "B", "C", "D", "E"]);
    // Every band can be reached, so none is a promise that nobody can keep.
    let said = file.documentation.as_ref().expect("it says what it is for");
    assert!(!said.non_uses.is_empty() && !said.limits.is_empty() && said.development.is_none());
    let (lowest, highest) = card.extremes();
    assert!(file.bands[0].from < highest && lowest < file.bands[3].from, "{lowest} {highest}");
    for one in card.characteristics() {
        assert_eq!(one.neutral, 0, "{}: neutral is zero, as the file's head says", one.attribute);
        for cause in Missing::ALL {
            let points = one.bins.missing_points(cause);
            assert!(points == 0 || cause == Missing::NoSuchEvent, "{}: {}", one.attribute, cause.code());
        }
        let points: Vec<i64> = (0..one.bins.count()).map(|at| one.bins.points(BinRef::Value(at))).collect();
        let rising = points.windows(2).all(|pair| pair[0] < pair[1]);
        let falling = points.windows(2).all(|pair| pair[1] < pair[0]);
        assert!(rising || falling, "{}: points are monotone and no two neighbours equal", one.attribute);
    }
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a test compares files, and rewrites them when asked to")]
fn the_copies_to_edit_are_the_shipped_files() {
    let shipped = [
        ("model/card_consumer.toml", include_str!("../../defaults/card_consumer.toml")),
        ("model/reasons.toml", include_str!("../../defaults/reasons.toml")),
        ("policy/none.toml", include_str!("../../defaults/policy_none.toml")),
    ];
    let data = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data");
    for (name, text) in shipped {
        let path = data.join(name);
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(&path, text).expect("the copy can be written");
        }
        let copy = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(copy == text, "data/{name} is stale: UPDATE=1 copies it again");
    }
}
