//! Matching and dividing against hand-made ledgers.

use super::*;
// Samples stand on the digest's floor; only tests may reach up for them.
#[cfg(test)]
use crate::{
    digest::sample::{Sample, Seed},
    ledger::Scope,
};

/// T is 2026-03-01; `age` 0 is the last day before it.
fn sample(rows: &[(&str, i32, i64)]) -> Sample {
    let mut sample = Sample::new(Day::from_civil(2026, 3, 1));
    sample.account(Scope::Deposit);
    for &(purpose, age, amount) in rows {
        sample.row(age, amount, purpose);
    }
    sample
}

fn of(sample: &Sample) -> Returns {
    returns(&sample.ledger, &sample.taxonomy)
}

/// For each row that undoes another: its position, and that of what it undoes.
fn undone(rows: &[(&str, i32, i64)]) -> Vec<(u32, Option<u32>)> {
    of(&sample(rows)).list().iter().map(|one| (one.row, one.undone)).collect()
}

/// Events of a list of fees, all of one account and kind, on days of their own; newest first.
fn events_of(purpose: &str, fees: &[i64]) -> Vec<u64> {
    let mut sample = Sample::new(Day::from_civil(2026, 3, 1));
    for (age, fee) in (0..).zip(fees) {
        sample.row(age, -fee, purpose);
    }
    let kind = if purpose == "fee_nsf" { FeeKind::Nsf } else { FeeKind::Overdraft };
    let returns = of(&sample);
    (0..).zip(fees).map(|(age, _)| returns.charged(kind, age, age + 1)).collect()
}

#[test]
fn a_combined_fee_row_is_as_many_events_as_the_common_divisor_goes_into_it() {
    let cases: &[(&[i64], &[u64])] = &[
        (&[3_500], &[1]),
        (&[7_000], &[2]),
        (&[10_500], &[3]),
        (&[3_600], &[1]),
        (&[3_500, 7_000, 10_500], &[1, 2, 3]),
        // The common divisor of 25 and 50 is 25, though 50 alone would be one event.
        (&[2_500, 5_000], &[1, 2]),
        (&[5_000], &[1]),
        // Nothing from 25 to 60 divides 34 and 35, and neither is above 60.
        (&[3_400, 3_500], &[1, 1]),
        // Nor 34 and 70, but 70 is above 60 and 35 divides it.
        (&[3_400, 7_000], &[1, 2]),
        // Below the smallest unit.
        (&[1_200], &[1]),
        (&[1_200, 10_500], &[1, 3]),
        // The largest that divides: 60, not 40 or 30.
        (&[12_000], &[2]),
        // 61 is prime, 60.50 and 71.50 are no whole amounts (71.50 = 2 x 35.75).
        (&[6_100], &[1]),
        (&[6_050], &[1]),
        (&[7_150], &[1]),
        // The ends: 60 and 25 themselves, 24 x 3 = 72 = 2 x 36.
        (&[6_000], &[1]),
        (&[2_500], &[1]),
        (&[7_200], &[2]),
    ];
    for purpose in ["fee_nsf", "fee_overdraft"] {
        for (fees, want) in cases {
            assert_eq!(events_of(purpose, fees), *want, "{purpose} {fees:?}");
        }
    }
}

#[test]
fn neither_cash_nor_while_there_is_another_a_card_payment_is_an_item_that_came_back() {
    let with = |purpose: &str, card: bool| {
        let mut sample = sample(&[("returned_item_debit", 10, 30_000), (purpose, 11, -30_000)]);
        if card {
            sample.ledger.rows[1].label.instrument = sample.taxonomy.instrument("card").expect("ours has it");
        }
        sample.row(12, -30_000, "loan_personal_payment");
        sample
    };
    let undone = |sample: &Sample| of(sample).list()[0].undone;
    // The loan payment of the day before, though cash or a card payment lies nearer; rows stand as they were added.
    assert_eq!(undone(&with("cash_withdrawal", false)), Some(2));
    assert_eq!(undone(&with("groceries", true)), Some(2));
    assert_eq!(undone(&with("groceries", false)), Some(1));
    // Alone, a card payment is what came back, and cash is not.
    let alone = |purpose: &str, card: bool| {
        let mut sample = with(purpose, card);
        sample.ledger.rows.truncate(2);
        undone(&sample)
    };
    assert_eq!((alone("groceries", true), alone("cash_withdrawal", false)), (Some(1), None));
    // Nine days before the return nothing is a payment that was not made: the card payment of the day before is.
    let mut old = with("groceries", true);
    old.ledger.rows[2].day = old.day(19);
    assert_eq!(undone(&old), Some(1));
    // The other leg of a transfer between own accounts stands there.
    let mut paired = with("groceries", false);
    paired.ledger.rows[1].internal = true;
    assert_eq!(undone(&paired), Some(2));
}

#[test]
fn accounts_and_kinds_have_units_of_their_own() {
    // Together 50 and 25 would make the unit 25 and the first row two events.
    let mut two = sample(&[("fee_nsf", 3, -5_000), ("fee_nsf", 2, -2_500)]);
    two.ledger.rows[1].account = 1;
    assert_eq!(of(&two).charged(FeeKind::Nsf, 0, 90), 2);
    let kinds = sample(&[("fee_nsf", 3, -5_000), ("fee_overdraft", 2, -2_500)]);
    assert_eq!((of(&kinds).charged(FeeKind::Nsf, 0, 90), of(&kinds).charged(FeeKind::Overdraft, 0, 90)), (1, 1));
}

#[test]
fn outside_us_dollars_a_row_is_an_event() {
    let mut koruna = sample(&[("fee_overdraft", 3, -7_000), ("fee_overdraft", 2, -3_500)]);
    koruna.ledger.currency = Currency::parse("czk").expect("a code");
    assert_eq!(of(&koruna).charged(FeeKind::Overdraft, 0, 90), 2);
}

#[test]
fn nothing_is_there_when_nothing_came_back() {
    for rows in [&[][..], &[("rent", 3, -900), ("income_salary", 2, 2_000)]] {
        let returns = of(&sample(rows));
        assert_eq!(returns, Returns::default());
        assert_eq!((returns.charged(FeeKind::Nsf, 0, 90), returns.standing(FeeKind::Overdraft, 0, u32::MAX)), (0, 0));
    }
}

#[test]
fn a_returned_debit_undoes_the_nearest_outflow_of_its_amount() {
    let rows = &[
        ("rent", 12, -900),
        ("loan_personal_payment", 9, -900),
        ("loan_personal_payment", 8, -901),
        ("returned_item_debit", 7, 900),
    ];
    assert_eq!(undone(rows), [(3, Some(1))]);
    // A second one undoes what is left: rent, seven days before.
    let twice = [rows.as_slice(), &[("returned_item_debit", 5, 900)]].concat();
    assert_eq!(undone(&twice), [(3, Some(1)), (4, Some(0))]);
    // A third finds nothing.
    let thrice = [twice.as_slice(), &[("returned_item_debit", 4, 900)]].concat();
    assert_eq!(undone(&thrice)[2], (5, None));
    let sample = sample(rows);
    let returns = of(&sample);
    let row = returns.list()[0].undone_in(&sample.ledger).expect("matched");
    assert_eq!(sample.taxonomy.info(row.label.purpose).name, "loan_personal_payment");
}

#[test]
fn ten_days_is_near_eleven_is_not_and_the_day_itself_is() {
    for (age, want) in [(20, Some(0)), (21, None), (10, Some(0)), (9, None)] {
        let rows = [("rent", age, -900), ("returned_item_debit", 10, 900)];
        assert_eq!(undone(&rows), [(1, want)], "rent at age {age}");
    }
}

#[test]
fn deposits_come_back_as_outflows_and_corrections_in_both_directions() {
    assert_eq!(
        undone(&[
            ("cheque_deposit", 9, 500),
            ("returned_deposit", 6, -500),
            ("groceries", 5, -80),
            ("reversal", 4, 80),
            ("refund", 3, 70),
            ("reversal", 3, -70),
            // The same direction, and a fee: neither is undone.
            ("groceries", 2, -60),
            ("reversal", 1, -60),
            ("fee_other", 1, -55),
            ("reversal", 0, 55),
        ]),
        [(1, Some(0)), (3, Some(2)), (5, Some(4)), (7, None), (9, None)]
    );
}

#[test]
fn another_account_an_internal_return_and_a_day_from_t_on_undo_nothing() {
    let rows = [("rent", 5, -900), ("returned_item_debit", 4, 900)];
    let mut other = sample(&rows);
    other.ledger.rows[1].account = 1;
    assert_eq!(of(&other).list()[0].undone, None);
    let mut paired = sample(&rows);
    paired.ledger.rows[1].internal = true;
    assert_eq!(of(&paired).list(), []);
    let late = sample(&[("rent", 5, -900), ("returned_item_debit", -1, 900), ("fee_nsf", -1, -3_500)]);
    assert_eq!(of(&late), Returns::default());
}

#[test]
fn of_two_outflows_of_one_day_the_smaller_purpose_is_undone_in_any_order() {
    let purpose = |rows: &[(&str, i32, i64)]| {
        let sample = sample(rows);
        let row = of(&sample).list()[0].undone_in(&sample.ledger).expect("matched").label.purpose;
        sample.taxonomy.info(row).name.clone()
    };
    let (rent, loan, back) = (("rent", 5, -900), ("loan_personal_payment", 5, -900), ("returned_item_debit", 4, 900));
    // The taxonomy names loans before rent.
    assert_eq!(purpose(&[rent, loan, back]), "loan_personal_payment");
    assert_eq!(purpose(&[loan, rent, back]), "loan_personal_payment");
}

/// NSF events charged and standing over all history.
fn nsf(rows: &[(&str, i32, i64)]) -> (u64, u64) {
    let returns = of(&sample(rows));
    (returns.charged(FeeKind::Nsf, 0, u32::MAX), returns.standing(FeeKind::Nsf, 0, u32::MAX))
}

#[test]
fn a_fee_given_back_is_charged_and_does_not_stand() {
    let fees = [("fee_nsf", 40, -3_500), ("fee_nsf", 30, -3_500), ("fee_nsf", 20, -7_000)];
    let with = |more: &[(&'static str, i32, i64)]| nsf(&[fees.as_slice(), more].concat());
    assert_eq!(with(&[]), (4, 4));
    assert_eq!(with(&[("fee_nsf_reversal", 10, 3_500)]), (4, 3));
    // Equal amount before nearness: both events of the combined row.
    assert_eq!(with(&[("fee_nsf_reversal", 10, 7_000)]), (4, 2));
    // Three events: the row of two, then the next.
    assert_eq!(with(&[("fee_nsf_reversal", 10, 10_500)]), (4, 1));
    // More than was charged, or an amount that is no whole number of events, gives none back.
    assert_eq!(with(&[("fee_nsf_reversal", 10, 17_500)]), (4, 4));
    assert_eq!(with(&[("fee_nsf_reversal", 10, 2_000)]), (4, 4));
    // The kind must agree, unless none is said.
    assert_eq!(with(&[("fee_overdraft_reversal", 10, 3_500)]), (4, 4));
    assert_eq!(with(&[("fee_reversal", 10, 3_500)]), (4, 3));
    // A refund of no kind pays back one row only.
    assert_eq!(with(&[("fee_reversal", 10, 10_500)]), (4, 4));
    // A part of a combined row.
    assert_eq!(nsf(&[("fee_nsf", 20, -7_000), ("fee_nsf_reversal", 10, 3_500)]), (2, 1));
}

#[test]
fn a_refund_reaches_ninety_days_back_and_never_forward() {
    for (age, standing) in [(95, 0), (96, 1), (5, 0), (4, 1)] {
        let got = nsf(&[("fee_nsf", age, -3_500), ("fee_nsf_reversal", 5, 3_500)]);
        assert_eq!(got, (1, standing), "equal, fee at age {age}");
        let got = nsf(&[("fee_nsf", age, -7_000), ("fee_nsf_reversal", 5, 3_500)]);
        assert_eq!(got, (2, standing + 1), "in part, fee at age {age}");
    }
}

#[test]
fn a_refund_says_which_fee_it_undoes() {
    assert_eq!(
        undone(&[
            ("fee_atm", 9, -300),
            ("fee_overdraft", 8, -3_500),
            ("fee_nsf", 8, -3_500),
            ("fee_reversal", 5, 300),
            ("fee_overdraft_reversal", 5, 3_500),
            ("fee_nsf_reversal", 4, 3_500),
            ("fee_reversal", 3, 3_500),
        ]),
        [(3, Some(0)), (4, Some(1)), (5, Some(2)), (6, None)]
    );
}

#[test]
fn a_returned_item_has_a_fee_when_one_stands_on_its_account_within_two_days() {
    for (age, purpose, want) in [
        (12, "fee_nsf", true),
        (13, "fee_nsf", false),
        (10, "fee_nsf", true),
        (8, "fee_nsf", true),
        (7, "fee_nsf", false),
        (10, "fee_overdraft", false),
    ] {
        let sample = sample(&[("returned_item_debit", 10, 900), (purpose, age, -3_500)]);
        assert_eq!(of(&sample).list()[0].fee.is_some(), want, "{purpose} at age {age}");
    }
    let mut other = sample(&[("returned_item_debit", 10, 900), ("fee_nsf", 10, -3_500)]);
    other.ledger.rows[1].account = 1;
    assert!(of(&other).list()[0].fee.is_none());
}

/// A ledger of fees, refunds, payments and returns with few amounts, so that much matches.
fn busy(seed: u64) -> Sample {
    let mut draw = Seed(seed);
    let purposes = [
        "fee_nsf",
        "fee_overdraft",
        "fee_atm",
        "fee_nsf_reversal",
        "fee_overdraft_reversal",
        "fee_reversal",
        "rent",
        "loan_personal_payment",
        "cheque_deposit",
        "returned_item_debit",
        "returned_deposit",
        "reversal",
    ];
    let mut sample = sample(&[]);
    for _ in 0..20 + draw.below(150) {
        let purpose = purposes[draw.index(purposes.len())];
        let amount = [2_500, 3_400, 3_500, 5_000, 7_000, 10_500][draw.index(6)];
        let inflow = ["reversal", "cheque_deposit", "returned_item_debit"].iter().any(|known| purpose.ends_with(known));
        let age = i32::try_from(draw.below(200)).expect("small");
        let row = sample.row(age, if inflow { amount } else { -amount }, purpose);
        row.account = u16::try_from(draw.below(2)).expect("small");
    }
    sample.sort();
    sample
}

#[test]
fn nothing_is_undone_twice_nor_before_it_was_there_nor_on_another_account() {
    let mut matched = 0;
    for seed in 0..200 {
        let sample = busy(seed);
        let returns = of(&sample);
        let mut rows: Vec<u32> = vec![];
        for one in returns.list() {
            let Some(undone) = one.undone_in(&sample.ledger) else { continue };
            let by = &sample.ledger.rows[one.row as usize];
            assert!(undone.account == by.account && undone.amount.signum() == -by.amount.signum(), "seed {seed}");
            assert!((0..=90).contains(&(by.day.0 - undone.day.0)), "seed {seed}");
            if matches!(one.kind, Kind::Item | Kind::Deposit | Kind::Reversal) {
                assert!(undone.amount == -by.amount && by.day.0 - undone.day.0 <= 10, "seed {seed}");
                rows.extend(one.undone);
            }
            matched += 1;
        }
        let distinct: std::collections::BTreeSet<u32> = rows.iter().copied().collect();
        assert_eq!(distinct.len(), rows.len(), "seed {seed}");
        for kind in [FeeKind::Nsf, FeeKind::Overdraft] {
            assert!(
                returns.standing(kind, 0, 90) <= returns.standing(kind, 0, 180),
                "seed {seed}: longer windows hold more"
            );
            assert!(returns.standing(kind, 0, 180) <= returns.charged(kind, 0, 180), "seed {seed}");
            let split = returns.charged(kind, 0, 31) + returns.charged(kind, 31, 200);
            assert_eq!(split, returns.charged(kind, 0, 200), "seed {seed}: windows add up");
        }
    }
    assert!(1_000 < matched, "{matched}");
}

#[test]
fn neither_the_order_of_a_day_nor_a_row_from_t_on_changes_an_event() {
    for seed in 0..200 {
        let sample = busy(seed);
        let plain = of(&sample);
        let mut mixed = sample.clone();
        mixed.ledger.rows.sort_by_key(|row| (row.day, Reverse((row.account, row.index))));
        assert_eq!(of(&mixed).nsf, plain.nsf, "seed {seed}");
        assert_eq!(of(&mixed).overdraft, plain.overdraft, "seed {seed}");
        let purposes = |sample: &Sample| {
            let of = of(sample);
            let mut list: Vec<_> = of
                .list()
                .iter()
                .map(|one| {
                    let by = &sample.ledger.rows[one.row as usize];
                    let undone = one.undone_in(&sample.ledger).map(|row| (row.day, row.label.purpose, row.amount));
                    (by.day, by.account, one.kind, by.amount, undone, one.fee.is_some())
                })
                .collect();
            list.sort_unstable();
            list
        };
        assert_eq!(purposes(&mixed), purposes(&sample), "seed {seed}");
        let mut later = sample.clone();
        later.row(-1, -3_300, "fee_nsf");
        later.row(-1, 3_500, "fee_nsf_reversal");
        later.row(-2, 3_500, "returned_item_debit");
        assert_eq!(of(&later), plain, "seed {seed}");
    }
}

#[test]
fn scaling_all_money_undoes_the_same_rows_when_no_unit_changes() {
    // In yen a row is an event whatever its amount.
    for seed in 0..50 {
        let mut sample = busy(seed);
        sample.ledger.currency = Currency::parse("jpy").expect("a code");
        let mut scaled = sample.clone();
        scaled.ledger.rows.iter_mut().for_each(|row| row.amount *= 7);
        assert_eq!(of(&scaled), of(&sample), "seed {seed}");
    }
    // In dollars 7 x 35 is 245 = 5 x 49: the unit is the definition's, not the amounts'.
    assert_eq!(events_of("fee_nsf", &[24_500]), [5]);
}
