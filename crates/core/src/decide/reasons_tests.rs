//! The order of reasons, on candidates built by hand.

use super::*;

fn candidate<'a>(
    source: ReasonSource,
    code: &str,
    attribute: &'a str,
    points: f64,
    reasons: &'a Dictionary,
) -> Candidate<'a> {
    let entry = reasons.get(code).expect("a shipped code");
    Candidate { source, entry, attribute, difference: points, place: 0 }
}

fn filling(one: &Candidate<'_>) -> Filling<'static> {
    Filling {
        value: "v".to_owned(),
        baseline: "b".into(),
        against: text::Against::Neutral,
        points: text::points(one.difference),
        window: "w".into(),
    }
}

fn shipped() -> Dictionary {
    Dictionary::builtin().expect("valid")
}

/// Ranks scored candidates and returns code and rank by side.
fn ranked(dictionary: &Dictionary, scored: &[(&str, &'static str, f64)]) -> (Vec<String>, Vec<String>) {
    let candidates = scored
        .iter()
        .map(|(code, attribute, points)| candidate(ReasonSource::Scored, code, attribute, *points, dictionary));
    let reasons = rank(dictionary, &Vec::from_iter(candidates), filling);
    let side = |side: Side| reasons.iter().filter(|one| one.side == side).map(|one| one.code.clone()).collect();
    (side(Side::Adverse), side(Side::Positive))
}

#[test]
fn the_largest_loss_comes_first_one_a_family_and_four_at_most() {
    let dictionary = shipped();
    let (adverse, positive) = ranked(
        &dictionary,
        &[
            ("fees", "a", -12.0),
            ("debt_burden", "b", -40.0),
            ("lender_count", "c", -35.0), // the family of debt_burden
            ("negative_balance_days", "d", -45.0),
            ("gambling_share", "e", -14.0),
            ("balance_trend", "f", -13.0),
            ("account_activity", "g", 6.0),
            ("income_regularity", "h", 20.0),
            ("income_trend", "i", 8.0), // the family of income_regularity
        ],
    );
    assert_eq!(adverse, ["negative_balance_days", "debt_burden", "gambling_share", "balance_trend"]);
    assert_eq!(positive, ["income_regularity", "account_activity"]);
}

#[test]
fn no_filler_is_added_and_no_points_make_no_reason() {
    let dictionary = shipped();
    let (adverse, positive) =
        ranked(&dictionary, &[("fees", "a", 0.0), ("debt_burden", "b", -0.0), ("cash_use", "c", -0.25)]);
    assert_eq!((adverse, positive), (vec!["cash_use".to_owned()], vec![]));
}

#[test]
fn equal_points_stand_by_family_rank_then_code_then_attribute_in_any_order_given() {
    let dictionary = shipped();
    // Families: returned_items before negative_balance before fees; in income_pattern, regularity before trend.
    let all = [
        ("fees", "a", -20.0),
        ("returned_or_overdraft_items", "b", -20.0),
        ("income_regularity", "c", -20.0),
        ("income_trend", "d", -20.0),
        ("negative_balance_days", "z", -20.0),
        ("negative_balance_days", "y", -20.0),
    ];
    let expected = ["returned_or_overdraft_items", "negative_balance_days", "income_regularity", "fees"];
    let mut turned = all.to_vec();
    for _ in 0..all.len() {
        turned.rotate_left(1);
        assert_eq!(ranked(&dictionary, &turned).0, expected);
    }
    let candidates = all
        .iter()
        .rev()
        .map(|(code, attribute, points)| candidate(ReasonSource::Scored, code, attribute, *points, &dictionary));
    let reasons = rank(&dictionary, &Vec::from_iter(candidates), filling);
    assert_eq!(reasons[1].attribute, "y");
    assert_eq!(reasons.iter().map(|one| one.rank).collect::<Vec<_>>(), [1, 2, 3, 4]);
}

#[test]
fn knock_outs_come_before_points_and_take_their_family() {
    let dictionary = shipped();
    let reasons = rank(
        &dictionary,
        &[
            candidate(ReasonSource::Scored, "negative_balance_days", "a", -65.0, &dictionary),
            candidate(ReasonSource::Scored, "returned_or_overdraft_items", "b", -75.0, &dictionary),
            candidate(ReasonSource::Knockout, "returned_or_overdraft_items", "c", 0.0, &dictionary),
        ],
        filling,
    );
    let got: Vec<(&str, ReasonSource, &str)> =
        reasons.iter().map(|one| (one.code.as_str(), one.source, one.attribute.as_str())).collect();
    let expected = [
        ("returned_or_overdraft_items", ReasonSource::Knockout, "c"),
        ("negative_balance_days", ReasonSource::Scored, "a"),
    ];
    assert_eq!(got, expected);
}

#[test]
fn status_reasons_keep_their_order_and_each_code_stands_once() {
    let dictionary = shipped();
    let give = |code| candidate(ReasonSource::Scorability, code, "", 0.0, &dictionary);
    let reasons = rank(
        &dictionary,
        &["stale_data", "insufficient_history", "stale_data", "no_primary_account", "balances_missing", "no_accounts"]
            .map(give),
        filling,
    );
    let codes: Vec<&str> = reasons.iter().map(|one| one.code.as_str()).collect();
    assert_eq!(codes, ["stale_data", "insufficient_history", "no_primary_account", "balances_missing"]);
    assert!(reasons.iter().all(|one| one.side == Side::Adverse));
}

#[test]
fn a_helping_factor_has_its_positive_text_and_a_hurting_one_the_notice() {
    let dictionary = shipped();
    let text = |points| {
        let one = candidate(ReasonSource::Scored, "fees", "a", points, &dictionary);
        rank(&dictionary, &[one], filling)[0].text.clone()
    };
    assert_eq!(text(-1.0), "Amount or number of bank fees");
    assert_eq!(text(1.0), "Few or no bank fees");
}
