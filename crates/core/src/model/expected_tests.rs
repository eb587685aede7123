//! Expected shares: complete, summing to one, listed place by place.

use super::super::scorecard::{Scorecard, tests::CARD};
use crate::{
    model::{Model, bins::BinRef},
    value::Missing,
};

const EXPECTED: &str = r#"
[expected]
sample = "development sample, 2024"
applicants = 800
bands = [0.25, 0.5, 0.25]

[expected.characteristics.late_days_90d]
bins = [0.5, 0.25, 0.125]
missing = { no_such_event = 0.0625, stale = 0.0625 }

[expected.characteristics.buffer_90d]
bins = [0.3, 0.3, 0.4]
"#;

fn card() -> Scorecard {
    let model = Model::from_toml(&(CARD.to_owned() + EXPECTED)).expect("valid");
    let Model::Scorecard(card) = model else { panic!("a card of one segment") };
    card
}

#[test]
fn every_bin_and_every_cause_is_listed_with_its_share() {
    let card = card();
    let listed = card.expected_bins().expect("the file has shares");
    assert_eq!(listed.iter().map(|one| one.0).collect::<Vec<_>>(), ["late_days_90d", "buffer_90d"]);
    let late = &listed[0].1;
    assert_eq!(late.len(), 3 + Missing::ALL.len());
    let of = |bin: BinRef| late.iter().find(|one| one.bin == bin).map(|one| (one.label.as_str(), one.share));
    assert_eq!(of(BinRef::Value(0)), Some(("(-inf, 1)", 0.5)));
    assert_eq!(of(BinRef::Missing(Missing::Stale)), Some(("missing: stale", 0.0625)));
    assert_eq!(of(BinRef::Missing(Missing::NotPermitted)), Some(("missing: not_permitted", 0.0)));
    for (name, bins) in &listed {
        let sum: f64 = bins.iter().map(|one| one.share).sum();
        assert!((sum - 1.0).abs() < 1e-9, "{name}: {sum}");
    }
    assert_eq!(card.expected_bands(), Some(vec![("A", 0.25), ("B", 0.5), ("C", 0.25)]));
}

#[test]
fn a_card_without_shares_lists_none() {
    let model = Model::from_toml(CARD).expect("valid");
    let cards = model.cards();
    assert_eq!((cards[0].1.expected_bins(), cards[0].1.expected_bands()), (None, None));
}

#[test]
fn shares_that_are_not_whole_are_refused_by_name() {
    let check = |from: &str, to: &str, expected: &str| {
        let text = EXPECTED.replacen(from, to, 1);
        assert_ne!(text, EXPECTED, "the edit changed nothing: {from}");
        let message = Model::from_toml(&(CARD.to_owned() + &text)).expect_err("must be refused").to_string();
        assert!(message.contains(expected), "{message}");
    };
    check("[0.3, 0.3, 0.4]", "[0.3, 0.3, 0.4000001]", "`buffer_90d`: the shares add up to");
    check("[0.3, 0.3, 0.4]", "[0.3, 0.7]", "one share for each of 3 bins and 0 special values");
    check("[0.3, 0.3, 0.4]", "[0.3, 0.3, 0.4]\nspecial = [0.0]", "and 0 special values");
    check("[0.3, 0.3, 0.4]", "[-0.3, 0.9, 0.4]", "outside 0 to 1");
    check("[0.3, 0.3, 0.4]", "[nan, 0.6, 0.4]", "outside 0 to 1");
    check("stale = 0.0625", "broken = 0.0625", "unknown variant `broken`");
    check("stale = 0.0625", "stale = 0.0", "`late_days_90d`: the shares add up to 0.9375");
    check("[0.25, 0.5, 0.25]", "[0.5, 0.5]", "one share for each of 3 bands");
    check("[0.25, 0.5, 0.25]", "[0.25, 0.5, 0.2]", "bands: the shares add up to");
    check("characteristics.buffer_90d", "characteristics.buffer_60d", "`buffer_90d`: has no shares");
    check("applicants = 800", "applicants = 0", "on how many of which applicants");
    check(
        "[expected.characteristics.buffer_90d]",
        "[expected.characteristics.gone_90d]\nbins = [1.0]\n\n[expected.characteristics.buffer_90d]",
        "does not read",
    );
}

#[test]
fn shares_within_rounding_of_one_are_taken() {
    let text = EXPECTED.replacen("[0.3, 0.3, 0.4]", "[0.3, 0.3, 0.4000000005]", 1);
    assert!(Model::from_toml(&(CARD.to_owned() + &text)).is_ok());
}

#[test]
fn a_file_with_shares_is_written_and_read_back_without_change() {
    let before = card();
    let text = before.file().to_toml();
    let after = Model::from_toml(&text).expect("what we write is valid");
    assert_eq!(after, Model::Scorecard(before));
    assert_eq!(after.file().to_toml(), text);
}
