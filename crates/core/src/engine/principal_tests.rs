//! No decline without a reason, on models, cut-offs and values of every kind.

use std::sync::OnceLock;

use proptest::prelude::*;

use super::{
    models_tests::{below, characteristic, sealed},
    replay::Stored,
    tests::{edited, parts, shipped},
    trees_tests, *,
};
use crate::{
    assessment::{Decision, Reason, ReasonSource, Side, Sufficiency},
    model::{
        Baseline,
        file::{BaselineRun, MissingPoints, ModelFile},
    },
    money::Currency,
    value::Value,
};

/// Declines up to a score, refers above it. `knockouts` are TOML.
fn policy(declined_to: i64, knockouts: &str) -> Policy {
    policy_above(declined_to, "refer", knockouts)
}

fn policy_above(declined_to: i64, decision: &str, knockouts: &str) -> Policy {
    let cutoffs = if declined_to == 1_000 {
        "{ from = 0, to = 1000, decision = \"decline\" }".to_owned()
    } else {
        let above = declined_to + 1;
        format!(
            "{{ from = 0, to = {declined_to}, decision = \"decline\" }}, {{ from = {above}, to = 1000, decision = \"{decision}\" }}"
        )
    };
    let scorable = "history_days_min = 1\nstaleness_days_max = 30\ndeposit_accounts_min = 1\n\
        primary_active_days_90d_min = 0\nprimary_inflow_days_90d_min = 0\nbalance_days_30d_min = 0\n";
    let text =
        format!("schema = 1\nname = \"p\"\nversion = \"1\"\ncutoffs = [{cutoffs}]\n[scorable]\n{scorable}{knockouts}");
    Policy::from_toml(&text).expect("valid")
}

fn declining(parts: EngineParts, declined_to: i64) -> Engine {
    Engine::new(EngineParts { policy: policy(declined_to, ""), ..parts }).expect("the parts agree")
}

/// What an engine makes of values, one for each attribute of its model.
fn of(engine: &Engine, values: &[Outcome], knockouts: &[(&str, Outcome)]) -> Assessment {
    let names = engine.model().attributes().map(str::to_owned);
    let stored = Stored {
        application_id: "app_1".to_owned(),
        applicant_id: "cus_1".to_owned(),
        as_of: 0,
        currency: Currency::USD,
        sufficiency: Sufficiency::Full,
        segment: None,
        characteristics: names.zip(values.iter().copied()).collect(),
        knockouts: knockouts.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect(),
    };
    engine.reassess(&stored).expect("the values are of the model")
}

fn adverse(answer: &Assessment) -> Vec<&Reason> {
    answer.reasons.iter().filter(|one| one.side == Side::Adverse).collect()
}

fn told(answer: &Assessment) -> Vec<(&str, f64)> {
    adverse(answer).into_iter().map(|one| (one.code.as_str(), one.points)).collect()
}

/// Two characteristics from 500: returned items 30, 0 or -60; days with activity -20, 5 (neutral) or 45.
fn small(edit: impl FnOnce(&mut ModelFile)) -> EngineParts {
    sealed(edited(|file| {
        let mut days = characteristic(
            "active_days_90d",
            vec![below(10.0, -20), below(40.0, 5), crate::model::file::BinFile { points: 45, ..Default::default() }],
        );
        (days.neutral, days.missing) = (5, MissingPoints { other: Some(5), ..MissingPoints::default() });
        let last = crate::model::file::BinFile { points: -60, ..Default::default() };
        let items = characteristic("nsf_od_event_count_90d", vec![below(1.0, 30), below(4.0, 0), last]);
        (file.base_points, file.characteristics) = (500, vec![items, days]);
        edit(file);
    }))
}

fn average(file: &mut ModelFile, baseline: Baseline, points: impl Fn(&str) -> f64) {
    let points = file.characteristics.iter().map(|one| (one.attribute.clone(), points(&one.attribute))).collect();
    let run = BaselineRun { run: "r".to_owned(), applicants: 9, score_from: 0, score_to: 1_000, points };
    file.baseline = baseline;
    file.baselines.all = Some(run);
}

const UNKNOWN: Outcome = Err(Missing::NotPermitted);

#[test]
fn a_decline_of_values_at_neutral_points_names_what_is_furthest_from_its_best_and_the_data_for_what_is_missing() {
    let engine = declining(small(|_| {}), 600);
    // 500 + 0 + 5: nothing is below neutral. From the best: 0 of 30, 5 of 45.
    let answer = of(&engine, &[UNKNOWN, Ok(Value::Integer(20))], &[]);
    assert_eq!((answer.score, answer.decision), (Some(505), Decision::Decline));
    assert_eq!(told(&answer), [("account_activity", -40.0), ("value_not_available", -30.0)]);
    let [days, items] = [&answer.reasons[0], &answer.reasons[1]];
    assert_eq!(days.reviewer, "activity in the last 90 days: 20 days; best: 40 days or more; -40 points");
    let expected = "no value in the last 90 days: none: not permitted; best: below 1; -30 points";
    assert_eq!((items.reviewer.as_str(), items.attribute.as_str()), (expected, "nsf_od_event_count_90d"));
    let baselines: Vec<f64> = answer.characteristics.iter().map(|one| one.baseline).collect();
    assert_eq!(baselines, [30.0, 45.0], "reasons are differences of the points that the answer shows");
    // One factor below neutral is a reason, and no other method is used.
    let answer = of(&engine, &[UNKNOWN, Ok(Value::Integer(5))], &[]);
    assert_eq!(told(&answer), [("account_activity", -25.0)]);
    // Where nothing is declined, nothing changes.
    let lenient = declining(small(|_| {}), 400);
    let answer = of(&lenient, &[UNKNOWN, Ok(Value::Integer(20))], &[]);
    assert_eq!((answer.decision, answer.reasons.len()), (Decision::Refer, 0));
    assert_eq!(answer.characteristics[0].baseline, 0.0);
}

#[test]
fn a_decline_of_the_best_score_that_there_is_becomes_a_referral_that_says_why() {
    let engine = declining(small(|_| {}), 1_000);
    let answer = of(&engine, &[Ok(Value::Integer(0)), Ok(Value::Integer(80))], &[]);
    assert_eq!((answer.score, answer.decision), (Some(575), Decision::Refer));
    assert_eq!(told(&answer), [("no_principal_reason", 0.0)]);
    assert_eq!(answer.policy_trace, ["cutoff:0-1000", "no_principal_reason"]);
    assert!(answer.reasons[0].reviewer.contains("the score 575"), "{}", answer.reasons[0].reviewer);
    // What helps is still told, against the model's own baseline.
    assert_eq!(answer.reasons.iter().filter(|one| one.side == Side::Positive).count(), 2);
}

#[test]
fn a_missing_value_that_costs_points_against_an_average_gives_a_reason_of_kind_data() {
    let against = |baseline| {
        let parts = small(|file| {
            average(file, baseline, |name| if name.starts_with("nsf") { 12.5 } else { 5.0 });
            file.baselines.marginal = file.baselines.all.clone();
        });
        of(&declining(parts, 400), &[UNKNOWN, Ok(Value::Integer(20))], &[])
    };
    for baseline in [Baseline::Marginal, Baseline::All] {
        let answer = against(baseline);
        assert_eq!(told(&answer), [("value_not_available", -12.5)], "{baseline:?}");
        let expected = "no value in the last 90 days: none: not permitted; average: +12.50 points; -12.50 points";
        assert_eq!(answer.reasons[0].reviewer, expected);
    }
}

#[test]
fn a_dictionary_of_an_earlier_build_gives_the_nearest_reason_that_it_has() {
    let now = include_str!("../../defaults/reasons.toml");
    let before = ["value_not_available", "no_principal_reason"].iter().fold(now.to_owned(), |text, code| {
        let start = text.find(&format!("[[reasons]]\ncode = \"{code}\"")).expect("shipped");
        let end = text[start + 1..].find("[[reasons]]").map_or(text.len(), |next| start + 1 + next);
        text[..start].to_owned() + &text[end..]
    });
    let reasons = Dictionary::from_toml(&before).expect("as it was");
    let engine = declining(EngineParts { reasons, ..small(|_| {}) }, 1_000);
    let answer = of(&engine, &[UNKNOWN, Ok(Value::Integer(80))], &[]);
    assert_eq!((answer.decision, told(&answer)), (Decision::Decline, vec![("check_not_possible", -30.0)]));
    let answer = of(&engine, &[Ok(Value::Integer(0)), Ok(Value::Integer(80))], &[]);
    assert_eq!((answer.decision, told(&answer)), (Decision::Refer, vec![("internal_error", 0.0)]));
}

/// Rules that hold for a value of at least 1, each called as its reason.
const RULES: [&str; 4] = ["fees", "debt_burden", "cash_use", "crypto_use"];

/// The small card with those rules, each of which declines or refers.
fn ruled(declines: [bool; 4], declined_to: i64) -> Engine {
    ruled_above(declines, declined_to, "refer")
}

fn ruled_above(declines: [bool; 4], declined_to: i64, decision: &str) -> Engine {
    let rule = |(name, declines): (&str, bool)| {
        let decision = if declines { "decline" } else { "refer" };
        format!(
            "[[knockouts]]\nname = \"{name}\"\nrationale = \"r\"\nattribute = \"active_days_90d\"\nwhen = {{ at_least = 1 }}\n\
             decision = \"{decision}\"\non_missing = \"pass\"\nreason = \"{name}\"\n"
        )
    };
    let rules: String = RULES.into_iter().zip(declines).map(rule).collect();
    Engine::new(EngineParts { policy: policy_above(declined_to, decision, &rules), ..small(|_| {}) }).expect("agrees")
}

#[test]
fn the_reasons_of_a_decline_are_of_what_declined_alone() {
    // 500 - 60 - 20: both factors cost points. The rules hold for 5 days.
    let asked_above = |declines: [bool; 4], declined_to: i64, decision: &str| {
        let engine = ruled_above(declines, declined_to, decision);
        of(&engine, &[Ok(Value::Integer(9)), Ok(Value::Integer(5))], &RULES.map(|name| (name, Ok(Value::Integer(5)))))
    };
    let asked = |declines, declined_to| asked_above(declines, declined_to, "refer");
    let codes = |answer: &Assessment| -> Vec<String> { told(answer).iter().map(|one| one.0.to_owned()).collect() };
    let of_score = ["returned_or_overdraft_items", "account_activity"];
    // The score declines, rules would have referred.
    let answer = asked([false; 4], 600);
    assert_eq!((answer.decision, codes(&answer)), (Decision::Decline, of_score.map(str::to_owned).to_vec()));
    // Two rules decline, two would have referred; the score passes.
    let answer = asked_above([false, true, false, true], 100, "approve");
    assert_eq!(answer.score, Some(420));
    assert_eq!(
        (answer.decision, codes(&answer)),
        (Decision::Decline, ["debt_burden", "crypto_use"].map(str::to_owned).to_vec())
    );
    assert_eq!(
        answer.reasons[0].reviewer,
        "debt payments against income in the last 90 days: 5 days; \
        the rule asks whether it is at least 1 day"
    );
    // The score neither passes nor fails: it speaks behind the rules.
    let grey = asked([false, true, false, true], 100);
    let all: Vec<&str> = ["debt_burden", "crypto_use"].into_iter().chain(of_score).collect();
    assert_eq!((grey.decision, codes(&grey)), (Decision::Decline, all.iter().map(|one| (*one).to_owned()).collect()));
    // Both decline: rules first.
    let answer = asked([false, false, false, true], 600);
    let both: Vec<&str> = ["crypto_use"].into_iter().chain(of_score).collect();
    assert_eq!(
        (answer.decision, codes(&answer)),
        (Decision::Decline, both.iter().map(|one| (*one).to_owned()).collect())
    );
    // A referral names all that speaks against the application.
    let answer = asked([false; 4], 100);
    assert_eq!((answer.decision, codes(&answer)), (Decision::Refer, RULES.map(str::to_owned).to_vec()));
}

#[test]
fn a_score_that_declines_has_its_reason_beside_a_rule_that_does() {
    // 500 + 0 + 5: nothing is below neutral, so that the score's reasons are those furthest from the best.
    let engine = ruled([true, false, false, false], 600);
    let rules = RULES.map(|name| (name, Ok(Value::Integer(i64::from(name == "fees")))));
    let answer = of(&engine, &[UNKNOWN, Ok(Value::Integer(20))], &rules);
    assert_eq!((answer.score, answer.decision), (Some(505), Decision::Decline));
    assert_eq!(told(&answer), [("fees", 0.0), ("account_activity", -40.0), ("value_not_available", -30.0)]);
}

#[test]
fn a_rule_without_a_value_names_the_data_only_where_the_data_was_not_there() {
    let rule = |attribute: &str, when: &str| {
        format!(
            "[[knockouts]]\nname = \"income\"\nrationale = \"r\"\nattribute = \"{attribute}\"\nwhen = {{ {when} }}\n\
             decision = \"decline\"\non_missing = \"decline\"\n"
        )
    };
    let code = |attribute: &str, when: &str, cause| {
        let engine =
            Engine::new(EngineParts { policy: policy(100, &rule(attribute, when)), ..small(|_| {}) }).expect("agrees");
        let answer = of(&engine, &[Ok(Value::Integer(0)), Ok(Value::Integer(50))], &[("income", Err(cause))]);
        assert_eq!(answer.decision, Decision::Decline);
        told(&answer).iter().map(|one| one.0.to_owned()).collect::<Vec<_>>()
    };
    // Income that never came is longer ago than 45 days.
    for cause in Missing::ALL {
        let expected = if cause == Missing::NoSuchEvent { "income_recency" } else { "check_not_possible" };
        assert_eq!(code("days_since_income", "more_than = 45", cause), [expected], "{cause:?}");
    }
    // Nobody is told of short-term credit who never had any, nor of debts against an income of nothing.
    assert_eq!(code("days_since_short_term_credit", "at_most = 10", Missing::NoSuchEvent), ["check_not_possible"]);
    assert_eq!(code("debt_to_income_90d", "more_than = 0.5", Missing::ZeroDenominator), ["check_not_possible"]);
}

/// The shipped card and an ensemble, each baseline, cut-offs below, among and above what neutral points reach.
fn engines() -> &'static [Engine] {
    static ENGINES: OnceLock<Vec<Engine>> = OnceLock::new();
    ENGINES.get_or_init(|| {
        let against = |baseline: Baseline| {
            sealed(edited(|file| {
                let middle = |name: &str| {
                    let one = shipped().model().cards()[0].1.characteristics().iter().find(|one| one.attribute == name);
                    let (least, most) = one.expect("of the card").bins.extremes();
                    #[expect(clippy::cast_precision_loss, reason = "points are small")]
                    let sum = (least + most) as f64;
                    sum / 2.0
                };
                average(file, baseline, middle);
            }))
        };
        let models = [parts(), against(Baseline::All), trees_tests::engine().parts.clone()];
        let cutoffs = [300, 640, 800, 1_000];
        models.iter().flat_map(|parts| cutoffs.map(|cutoff| declining(parts.clone(), cutoff))).collect()
    })
}

fn any_value() -> impl Strategy<Value = Outcome> {
    let causes = proptest::sample::select(&Missing::ALL[..]).prop_map(Err);
    prop_oneof![
        2 => causes,
        1 => (0_i64..400).prop_map(|days| Ok(Value::Integer(days))),
        1 => (-2.0..3.0).prop_map(|share| Ok(Value::Real(share))),
        1 => (-500_000_i64..500_000).prop_map(|money| Ok(Value::Integer(money))),
    ]
}

/// Every choice of rules that decline, below, among and above the scores of the small card.
fn ruled_engines() -> &'static [([bool; 4], Engine)] {
    static ENGINES: OnceLock<Vec<([bool; 4], Engine)>> = OnceLock::new();
    ENGINES.get_or_init(|| {
        let choices = (0..16_u32).map(|choice| [0, 1, 2, 3].map(|bit| choice >> bit & 1 == 1));
        choices.flat_map(|choice| [300, 520, 1_000].map(|cutoff| (choice, ruled(choice, cutoff)))).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// 12 CFR 1002.9(b)(2), comments -4 and -7: the reasons of a denial are those of the factors and components that led to it.
    #[test]
    fn no_reason_of_a_decline_is_of_a_rule_that_refers(
        values in proptest::collection::vec(any_value(), 2),
        fires in proptest::array::uniform4(proptest::bool::ANY),
    ) {
        let places = [0, 1, 2, 3];
        let rules = places.map(|at| (RULES[at], Ok(Value::Integer(i64::from(fires[at])))));
        for (declines, engine) in ruled_engines() {
            let answer = of(engine, &values, &rules);
            if answer.decision != Decision::Decline {
                continue;
            }
            let is_of = |one: &Reason, declined: bool| places.iter().any(|at| one.code == RULES[*at] && declines[*at] == declined);
            let reasons = adverse(&answer);
            prop_assert!(!reasons.iter().any(|one| is_of(one, false)), "{:?}", told(&answer));
            let by_rule = places.iter().any(|at| fires[*at] && declines[*at]);
            prop_assert!(is_of(reasons[0], true) || !by_rule && reasons[0].source == ReasonSource::Scored);
        }
    }

    /// 12 CFR 1002.9: whoever is declined is told a principal reason, for what was scored; and points add up (law 4).
    #[test]
    fn no_decline_is_without_a_reason_whatever_is_missing_and_wherever_the_cut_off_lies(
        values in proptest::collection::vec(any_value(), 64),
    ) {
        for engine in engines() {
            let count = engine.model().attributes().count();
            let answer = of(engine, &values[..count], &[]);
            let earned: i64 = answer.characteristics.iter().map(|one| one.points).sum();
            prop_assert_eq!(answer.score, Some(answer.base_points + earned));
            let reasons = adverse(&answer);
            if answer.decision == Decision::Decline {
                prop_assert!(reasons.iter().any(|one| one.source == ReasonSource::Scored), "{:?}", answer);
            }
            #[expect(clippy::cast_precision_loss, reason = "points are small")]
            let lost = |one: &crate::assessment::Characteristic| one.points as f64 - one.baseline;
            let unexplained = reasons.iter().any(|one| one.code == "no_principal_reason");
            if unexplained {
                prop_assert_eq!(answer.decision, Decision::Refer);
                // Only the best score has nothing against it.
                for (_, card) in engine.model().cards() {
                    let best = card.characteristics().iter().map(|one| one.bins.extremes().1);
                    prop_assert!(best.eq(answer.characteristics.iter().map(|one| one.points)));
                }
            }
            for reason in reasons.iter().filter(|one| one.source == ReasonSource::Scored) {
                let one = answer.characteristics.iter().find(|one| one.attribute == reason.attribute);
                let one = one.expect("of the model");
                prop_assert!(lost(one) < 0.0);
                if !matches!(engine.model(), Model::Trees(_)) {
                    prop_assert_eq!(reason.points, lost(one));
                }
                let of_data = ["value_not_available", "history_length"].contains(&reason.code.as_str());
                let is_missed = one.value == Err(Missing::NoSuchEvent) && one.attribute == "days_since_income";
                prop_assert!(one.value.is_ok() || of_data || is_missed, "{:?}", reason);
            }
        }
    }
}
