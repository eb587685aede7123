//! Refinement on hand-made ledgers: what is refined, what is left alone, and what is remembered of it.

use super::*;
// Samples stand on the digest's floor; only tests may reach up for them.
#[cfg(test)]
use crate::digest::sample::Sample;

/// T is 2026-03-01; rows are (age, amount, purpose, counterparty); age 0 is Saturday, 28 February.
fn ledger(rows: &[(i32, i64, &str, u64)]) -> Sample {
    let mut sample = Sample::new(Day::from_civil(2026, 3, 1));
    for &(age, amount, purpose, counterparty) in rows {
        sample.row(age, amount, purpose).label.counterparty = counterparty;
    }
    refine(&mut sample.ledger, &Categoriser::builtin());
    sample
}

/// Purposes in the ledger's order, which is by time: the oldest first.
fn purposes(sample: &Sample) -> Vec<&str> {
    sample.ledger.rows.iter().map(|row| sample.taxonomy.info(row.label.purpose).name.as_str()).collect()
}

/// Money out every first of a month: 2026-02-01 is age 27, 2026-01-01 age 58, 2025-12-01 age 89, 2025-11-01 age 119.
const FIRSTS: [i32; 4] = [119, 89, 58, 27];

fn monthly(amount: i64, purpose: &'static str) -> Vec<(i32, i64, &'static str, u64)> {
    FIRSTS.into_iter().map(|age| (age, amount, purpose, 7)).collect()
}

#[test]
fn a_round_sum_to_one_person_every_month_is_rent_and_its_text_is_remembered() {
    let sample = ledger(&monthly(-85_000, "transfer_p2p"));
    assert_eq!(purposes(&sample), ["rent"; 4]);
    let p2p = sample.taxonomy.purpose("transfer_p2p").expect("shipped");
    assert_eq!(sample.ledger.refined.len(), 4);
    for (refined, row) in sample.ledger.refined.iter().zip(&sample.ledger.rows) {
        assert_eq!((refined.row, refined.purpose, refined.payments), (row.index, p2p, 4));
        assert_eq!(refined.cadence, "monthly_by_day");
        assert_eq!(Categoriser::builtin().decided_by(row.label.rule), Some("context-rent"));
        assert_eq!(row.label.confidence, 65);
    }
}

#[test]
fn other_money_to_the_landlord_stays_what_it_is() {
    let mut rows = monthly(-85_000, "transfer_p2p");
    rows.extend([(70, -4_200, "transfer_p2p", 7), (15, -1_900, "transfer_p2p", 7)]);
    let sample = ledger(&rows);
    assert_eq!(purposes(&sample).iter().filter(|name| **name == "rent").count(), 4);
    assert_eq!(purposes(&sample).iter().filter(|name| **name == "transfer_p2p").count(), 2);
}

#[test]
fn what_is_not_round_or_not_even_or_not_monthly_or_not_much_is_no_rent() {
    assert_eq!(purposes(&ledger(&monthly(-85_017, "transfer_p2p"))), ["transfer_p2p"; 4]);
    let uneven =
        [(119, -50_000, "transfer_p2p", 7), (89, -60_000, "transfer_p2p", 7), (58, -70_000, "transfer_p2p", 7)];
    assert_eq!(purposes(&ledger(&uneven)), ["transfer_p2p"; 3]);
    let weekly: Vec<_> = (0..8).map(|week| (3 + 7 * week, -20_000, "transfer_p2p", 7)).collect();
    assert_eq!(purposes(&ledger(&weekly)), ["transfer_p2p"; 8]);
    // 4 × 4,000 is less than a tenth of 16,000 + 3 × 50,000 = 166,000 that went out meanwhile.
    let mut little = monthly(-4_000, "transfer_p2p");
    little.extend([(100, -50_000, "groceries", 1), (70, -50_000, "groceries", 1), (40, -50_000, "groceries", 1)]);
    assert!(!purposes(&ledger(&little)).contains(&"rent"));
    // Two months are too few.
    assert_eq!(purposes(&ledger(&monthly(-85_000, "transfer_p2p")[2..])), ["transfer_p2p"; 2]);
}

#[test]
fn who_pays_rent_or_a_mortgage_already_pays_a_person_for_something_else() {
    for known in ["rent", "mortgage_payment"] {
        let mut rows = monthly(-85_000, "transfer_p2p");
        rows.push((40, -120_000, known, 9));
        assert_eq!(purposes(&ledger(&rows)).iter().filter(|name| **name == "transfer_p2p").count(), 4, "{known}");
    }
}

#[test]
fn an_unknown_payer_that_pays_every_other_week_pays_wages() {
    let paid: Vec<_> = (0..6).rev().map(|at| (8 + 14 * at, 120_000 + 1_000 * i64::from(at), "unknown", 3)).collect();
    assert_eq!(purposes(&ledger(&paid)), ["income_salary"; 6]);
    // A person who sends money as regularly does not: the text said who it is.
    let person: Vec<_> = paid.iter().map(|row| (row.0, row.1, "transfer_p2p", 3)).collect();
    assert_eq!(purposes(&ledger(&person)), ["transfer_p2p"; 6]);
    // Three payments are too few, and a fifth of all that comes in is the least.
    assert_eq!(purposes(&ledger(&paid[..3])), ["unknown"; 3]);
    let mut beside = paid;
    beside.extend((0..6).map(|at| (9 + 14 * at, 600_000, "income_pension", 4)));
    assert!(!purposes(&ledger(&beside)).contains(&"income_salary"));
}

#[test]
fn both_rows_of_a_paired_transfer_are_transfers_and_a_payment_that_says_more_keeps_its_purpose() {
    let mut sample = Sample::new(Day::from_civil(2026, 3, 1));
    for (age, amount, purpose) in [(9, -5_000, "unknown"), (9, 5_000, "deposit_other"), (5, -700, "transfer_savings")] {
        sample.row(age, amount, purpose).internal = true;
    }
    sample.row(3, -5_000, "unknown");
    refine(&mut sample.ledger, &Categoriser::builtin());
    assert_eq!(purposes(&sample), ["transfer_internal", "transfer_internal", "transfer_savings", "unknown"]);
}

#[test]
fn what_is_paired_with_a_card_pays_the_card_whatever_kind_of_transfer_its_text_says() {
    let mut sample = Sample::new(Day::from_civil(2026, 3, 1));
    // Six round sums to one payee a month would be rent.
    for at in 0..6 {
        sample.row(30 * at, -80_000, if at == 0 { "transfer_internal" } else { "transfer_p2p" }).label.counterparty = 9;
    }
    sample.row(3, -80_000, "rent");
    sample.ledger.transfers = (0..7).map(|out| (out, 100 + out)).collect();
    refine(&mut sample.ledger, &Categoriser::builtin());
    assert_eq!(purposes(&sample)[..6], ["credit_card_payment"; 6]);
    assert_eq!(purposes(&sample)[6], "rent", "a text that says what it paid stands");
    assert_eq!(sample.ledger.refined.len(), 6);
}

#[test]
fn refining_twice_changes_nothing_more() {
    let mut sample = ledger(&monthly(-85_000, "transfer_p2p"));
    let before = sample.ledger.clone();
    refine(&mut sample.ledger, &Categoriser::builtin());
    assert_eq!(sample.ledger, before);
}

const OWN: &str = r#"
version = 1
precedence = "before"
[[context]]
id = "club"
from = ["transfer_p2p"]
outflow = "gym"
rhythms = ["monthly"]
payments_min = 4
spread_percent_max = 0
confidence = 61
about = "our club's members pay a trainer"
"#;

#[test]
fn a_lender_switches_a_rule_off_or_writes_its_own() {
    let overlay = "version = 1\nprecedence = \"before\"\ndisable = [\"context-rent\"]\n";
    let taxonomy = crate::category::taxonomy::Taxonomy::builtin;
    let without = Categoriser::new(taxonomy(), &[("mine.toml", overlay)]).expect("valid");
    let mut sample = Sample::new(Day::from_civil(2026, 3, 1));
    for age in FIRSTS {
        sample.row(age, -85_000, "transfer_p2p").label.counterparty = 7;
    }
    refine(&mut sample.ledger, &without);
    assert!(sample.ledger.refined.is_empty());
    let own = Categoriser::new(taxonomy(), &[("mine.toml", OWN)]).expect("valid");
    refine(&mut sample.ledger, &own);
    assert_eq!(purposes(&sample), ["gym"; 4]);
    for (from, to, line) in [
        ("payments_min = 4\n", "", 5),
        ("payments_min = 4", "payments_min = 1", 5),
        ("rhythms = [\"monthly\"]", "rhythms = []", 5),
        ("outflow = \"gym\"", "outflow = \"gyms\"", 7),
        ("confidence = 61", "confidence = 0", 11),
        ("spread_percent_max = 0", "paired = true", 5),
    ] {
        let text = OWN.replace(from, to);
        assert_ne!(text, OWN, "{from}");
        let error = Categoriser::new(taxonomy(), &[("mine.toml", &text)]).expect_err(from);
        assert_eq!((error.file.as_str(), error.line), ("mine.toml", line), "{error}");
    }
}
