//! The policy's rules, its refusals, and that nothing falls through.

use super::*;
use crate::value::Value;

const POLICY: &str = r#"
schema = 1
name = "small"
version = "1"

[scorable]
history_days_min = 60
staleness_days_max = 30
deposit_accounts_min = 1
primary_active_days_90d_min = 6
primary_inflow_days_90d_min = 2
balance_days_30d_min = 0

[[knockouts]]
name = "returns"
rationale = "why"
attribute = "returns_30d"
when = { at_least = 4 }
decision = "decline"
on_missing = "refer"

[[knockouts]]
name = "debt"
rationale = "why"
attribute = "debt_90d"
when = { more_than = 0.5 }
decision = "refer"
on_missing = "pass"

[[cutoffs]]
from = 0
to = 449
decision = "decline"

[[cutoffs]]
from = 450
to = 699
decision = "refer"

[[cutoffs]]
from = 700
to = 1000
decision = "approve"
"#;

fn policy(text: &str) -> Policy {
    Policy::from_toml(text).expect("valid")
}

fn real(value: f64) -> Outcome {
    Ok(Value::Real(value))
}

#[test]
fn every_score_has_the_outcome_of_its_interval_ends_included() {
    let policy = policy(POLICY);
    let decide = |score| policy.decide(score, &[real(0.0), real(0.0)]).decision;
    assert_eq!([0, 449].map(decide), [Decision::Decline; 2]);
    assert_eq!([450, 699].map(decide), [Decision::Refer; 2]);
    assert_eq!([700, 1000].map(decide), [Decision::Approve; 2]);
    // Off the scale, which the engine rules out: still nobody is approved.
    assert_eq!([-1, 1001].map(decide), [Decision::Refer; 2]);
}

#[test]
fn the_most_severe_rule_decides() {
    let policy = policy(POLICY);
    let check = |score, returns: f64, debt: f64, expected: Decision, fired: &[&str]| {
        let verdict = policy.decide(score, &[real(returns), real(debt)]);
        let rules: Vec<&str> = verdict
            .trace
            .iter()
            .filter(|rule| rule.decision.is_some() && rule.rule.starts_with("knockout"))
            .map(|rule| rule.rule.as_str())
            .collect();
        assert_eq!((verdict.decision, rules.as_slice()), (expected, fired));
    };
    check(900, 3.0, 0.5, Decision::Approve, &[]);
    check(900, 4.0, 0.5, Decision::Decline, &["knockout:returns"]);
    check(900, 3.0, 0.51, Decision::Refer, &["knockout:debt"]);
    check(900, 4.0, 0.51, Decision::Decline, &["knockout:returns", "knockout:debt"]);
    check(100, 3.0, 0.51, Decision::Decline, &["knockout:debt"]);
}

#[test]
fn a_missing_knock_out_attribute_follows_on_missing_whatever_the_score() {
    let decide = |on_missing: &str, outcome: Outcome| {
        let text = POLICY.replacen("on_missing = \"refer\"", &format!("on_missing = \"{on_missing}\""), 1);
        policy(&text).decide(1000, &[outcome, real(0.0)])
    };
    for cause in Missing::ALL {
        assert_eq!(decide("refer", Err(cause)).decision, Decision::Refer);
        assert_eq!(decide("decline", Err(cause)).decision, Decision::Decline);
        assert_eq!(decide("pass", Err(cause)).decision, Decision::Approve);
        assert_eq!(decide("refer", Err(cause)).knockouts, [(0, Some(cause))]);
    }
    // A code and a number that is none are no values either.
    assert_eq!(decide("refer", Ok(Value::Code("4"))).decision, Decision::Refer);
    assert_eq!(decide("decline", real(f64::NAN)).decision, Decision::Decline);
    assert_eq!(decide("refer", Ok(Value::Code("4"))).trace[0].result, RuleResult::Missing);
}

#[test]
fn a_policy_with_a_gap_an_overlap_or_a_missing_rule_is_refused() {
    let check = |from: &str, to: &str, expected: &str| {
        let text = POLICY.replacen(from, to, 1);
        assert_ne!(text, POLICY, "the edit changed nothing: {from}");
        let message = Policy::from_toml(&text).expect_err("must be refused").to_string();
        assert!(message.contains(expected), "{message}");
    };
    check("from = 450", "from = 452", "no cut-off covers the scores 450 to 451");
    check("from = 450", "from = 449", "overlap");
    check("to = 449", "to = -1", "holds no score");
    check(
        "decision = \"decline\"\n\n[[cutoffs]]\nfrom = 450",
        "decision = \"approve\"\n\n[[cutoffs]]\nfrom = 450",
        "from 450 is severer",
    );
    check("decision = \"approve\"", "decision = \"decline\"", "from 700 is severer");
    check("balance_days_30d_min = 0", "balance_days_30d_min = 31", "31 of 30 days");
    check("primary_active_days_90d_min = 6", "primary_active_days_90d_min = 91", "91 of 90 days");
    check("staleness_days_max = 30", "staleness_days_max = 0", "`staleness_days_max` is 0");
    check("on_missing = \"refer\"\n", "", "missing field `on_missing`");
    check("on_missing = \"refer\"", "on_missing = \"approve\"", "unknown variant `approve`");
    check("decision = \"decline\"\non_missing", "decision = \"approve\"\non_missing", "unknown variant `approve`");
    check("history_days_min = 60\n", "", "missing field `history_days_min`");
    check("{ at_least = 4 }", "{ atleast = 4 }", "unknown variant `atleast`");
    check("{ at_least = 4 }", "{ at_least = nan }", "no finite number");
    check("{ at_least = 4 }", "{ at_least = \"4\" }", "line");
    check("name = \"debt\"", "name = \"returns\"", "stands twice");
    check("attribute = \"debt_90d\"", "attribute = \"extra:debt\"", "give its `reason`");
    check("name = \"returns\"", "name = \"Returned items\"", "not in snake case");
    check("name = \"returns\"", "name = \"\"", "not in snake case");
    check("version = \"1\"", "version = \"1\"\ncurrency = \"dollars\"", "line 5");
    check("rationale = \"why\"", "rationale = \"\"", "no rationale");
    check("[scorable]", "[scoreable]", "unknown field `scoreable`");
}

#[test]
fn cut_offs_that_do_not_reach_the_ends_of_the_scale_are_refused() {
    let policy = policy(POLICY);
    assert!(policy.covers(0, 1000).is_ok());
    for (min, max) in [(0, 999), (1, 1000), (-1, 1000), (0, 1001)] {
        let message = policy.covers(min, max).expect_err("must be refused").to_string();
        assert!(message.contains("give every score one outcome"), "{message}");
    }
}

#[test]
fn without_a_policy_every_score_is_referred() {
    let none = Policy::none().expect("valid");
    assert!(none.covers(0, 1000).is_ok());
    for score in 0..=1000 {
        assert_eq!(none.decide(score, &[]).decision, Decision::Refer);
    }
    assert_eq!(none.file().scorable.history_days_min, 60);
}

#[test]
fn each_comparison_holds_on_its_own_side_of_the_limit() {
    let at = |comparison: Comparison| [1.0, 2.0, 3.0].map(|number| comparison.holds(number));
    assert_eq!(at(Comparison::AtLeast(2.0)), [false, true, true]);
    assert_eq!(at(Comparison::MoreThan(2.0)), [false, false, true]);
    assert_eq!(at(Comparison::AtMost(2.0)), [true, true, false]);
    assert_eq!(at(Comparison::LessThan(2.0)), [true, false, false]);
}

#[test]
fn the_example_policy_is_valid_and_its_id_is_that_of_its_content() {
    let text = include_str!("../../../../data/policy/example.toml");
    let example = policy(text);
    assert!(example.covers(0, 1000).is_ok());
    assert_eq!(policy(&format!("# another comment\n{text}")).id(), example.id());
    assert_ne!(policy(&text.replacen("519", "518", 1).replacen("520", "519", 1)).id(), example.id());
}
