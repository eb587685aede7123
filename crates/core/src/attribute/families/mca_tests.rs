//! Merchant cash advances against hand arithmetic. T is 2026-03-01, a Sunday; age 0 is Saturday, 28 February; Monday the 16th
//! (age 12) is a holiday.

use super::tests::{check, int, real, sample};
use crate::{
    attribute::registry::{Evidence, Registry},
    calendar::is_banking_day,
    category::taxonomy::Taxonomy,
    digest::sample::Sample,
    ledger::TransactionAccess,
    time::Day,
    value::{Missing, Outcome, Value},
};

/// A row of a counterparty.
fn row(sample: &mut Sample, age: i32, amount: i64, purpose: &str, counterparty: u64) {
    sample.row(age, amount, purpose).label.counterparty = counterparty;
}

/// Debits on the banking days of ages `from` down to `to`, but for some.
fn daily(sample: &mut Sample, (from, to): (i32, i32), but: &[i32], amount: i64, (purpose, funder): (&str, u64)) {
    for age in (to..=from).rev().filter(|age| !but.contains(age)) {
        if is_banking_day(sample.day(age)) {
            row(sample, age, -amount, purpose, funder);
        }
    }
}

fn evidence(sample: &Sample, name: &str) -> Vec<Evidence> {
    let registry = Registry::builtin(&Taxonomy::builtin()).expect("valid");
    registry
        .evidence(registry.column(name).unwrap_or_else(|| panic!("no column {name}")), &sample.digest(registry.plan()))
}

fn code(name: &'static str) -> Outcome {
    Ok(Value::Code(name))
}

const COUNTS: [&str; 14] = [
    "mca_position_count_30d",
    "mca_position_count_90d",
    "mca_debits_expected_30d",
    "mca_missed_remittance_count_30d",
    "mca_returned_count_30d",
    "mca_returned_count_90d",
    "stacking_event_flag_90d",
    "fintech_loan_out_amount_90d",
    "bank_loan_out_amount_90d",
    "sba_loan_out_amount_90d",
    "factoring_in_amount_90d",
    "equipment_lease_out_amount_90d",
    "business_lender_count_90d",
    "bank_loan_out_amount_365d",
];

#[test]
fn without_funders_counts_are_zero_and_without_history_they_are_missing() {
    let none = sample(400);
    COUNTS.iter().for_each(|name| check(&none, &[(name, int(0))]));
    check(&none, &[("mca_cadence_90d", Err(Missing::NoSuchEvent)), ("mca_paydown_est", Err(Missing::NoSuchEvent))]);
    let mut day = sample(1);
    row(&mut day, 0, -100, "mca_payment", 1);
    let all = || COUNTS.iter().chain(&["mca_cadence_90d"]);
    all().for_each(|name| check(&day, &[(name, Err(Missing::NotEnoughHistory))]));
    // One day of history is enough for all history.
    check(&day, &[("mca_paydown_est", Err(Missing::NoSuchEvent))]);
    day.ledger.accounts[0].access = TransactionAccess::NotPermitted;
    all().chain(&["mca_paydown_est"]).for_each(|name| check(&day, &[(name, Err(Missing::NotPermitted))]));
}

#[test]
fn positions_are_counted_in_the_window_and_expected_while_they_run() {
    let mut sample = sample(120);
    // A daily one that goes on, with the 18th (age 10) missing; a weekly one; a pattern that no rule knows and that ended;
    // a known one that ended before the last 30 days.
    daily(&mut sample, (60, 2), &[10], 150, ("mca_payment", 1));
    for age in [23, 16, 9, 2] {
        row(&mut sample, age, -905, "mca_payment", 2);
    }
    daily(&mut sample, (60, 36), &[], 80, ("unknown", 3));
    row(&mut sample, 50, -5_000, "mca_payment", 4);
    check(
        &sample,
        &[
            ("mca_position_count_30d", int(2)),
            ("mca_position_count_90d", int(4)),
            // 30 January to 28 February: 21 weekdays less the holiday are 20 banking days.
            // 150 × 20 + 905 × 20 / 5.
            ("mca_debits_expected_30d", int(3_000 + 3_620)),
            ("mca_missed_remittance_count_30d", int(1)),
            // 60 to 2 days back: 150 each on some 39 days is more than 5,000 and than 905 × 4.
            ("mca_cadence_90d", code("daily")),
            ("mca_returned_count_30d", int(0)),
        ],
    );
    assert_eq!(evidence(&sample, "mca_missed_remittance_count_30d"), [Evidence::Day(sample.day(10))]);
    let last = sample.ledger.rows.last().expect("there").index;
    assert!(!evidence(&sample, "mca_position_count_30d").contains(&Evidence::Row(last)));
    assert!(evidence(&sample, "mca_position_count_90d").contains(&Evidence::Row(last)));
}

#[test]
fn what_is_expected_is_rounded_once() {
    // T on a Monday: 31 January to 1 March hold twenty weekdays, less the holiday.
    let mut sample = Sample::new(Day::from_civil(2026, 3, 2));
    sample.history(120);
    for age in [30, 16, 2] {
        row(&mut sample, age, -33, "mca_payment", 1);
        row(&mut sample, age, -34, "mca_payment", 2);
    }
    // (33 + 34) × 19 / 10 = 127.3; rounded one by one, 62.7 and 64.6 would be 128.
    check(&sample, &[("mca_debits_expected_30d", int(127)), ("mca_cadence_90d", code("biweekly"))]);
    row(&mut sample, 1, -900, "mca_payment", 3);
    // Once so far: nothing can be foretold.
    check(&sample, &[("mca_debits_expected_30d", int(127)), ("mca_cadence_90d", code("one_time"))]);
}

#[test]
fn a_remittance_that_came_back_is_counted_and_pays_nothing_down() {
    let mut sample = sample(120);
    row(&mut sample, 80, 1_000, "mca_disbursement", 1);
    // Before the proceeds, and of a funder whose proceeds are not seen: neither counts.
    row(&mut sample, 81, -500, "mca_payment", 1);
    row(&mut sample, 60, -500, "mca_payment", 2);
    for age in [61, 54, 26, 19] {
        row(&mut sample, age, -135, "mca_payment", 1);
    }
    // Age 54 is Monday, 5 January; age 26 Monday, 2 February.
    row(&mut sample, 52, 135, "returned_item_debit", 9);
    check(
        &sample,
        &[
            ("mca_returned_count_30d", int(0)),
            ("mca_returned_count_90d", int(1)),
            // 3 × 135 of 1,350.
            ("mca_paydown_est", real(0.3)),
        ],
    );
    row(&mut sample, 24, 135, "reversal", 9);
    check(&sample, &[("mca_returned_count_30d", int(1)), ("mca_paydown_est", real(0.2))]);
    // A second funder that is overpaid counts with what it is owed: 270 + 1,350 of 2,700.
    row(&mut sample, 70, 1_000, "mca_disbursement", 3);
    row(&mut sample, 65, -4_000, "mca_payment", 3);
    check(&sample, &[("mca_paydown_est", real(0.6))]);
}

#[test]
fn proceeds_while_another_position_takes_are_stacking() {
    let told = |last: i32, funder: u64, purpose: &str| {
        let mut sample = sample(120);
        daily(&mut sample, (last + 25, last), &[], 90, (purpose, funder));
        row(&mut sample, 40, 9_000, "mca_disbursement", 1);
        sample
    };
    let flag = |sample: &Sample, want: i64| check(sample, &[("stacking_event_flag_90d", int(want))]);
    // Age 54 is Monday, 5 January, fourteen days before age 40; before age 54 comes Friday the 2nd.
    flag(&told(54, 2, "mca_payment"), 1);
    flag(&told(55, 2, "mca_payment"), 0);
    flag(&told(20, 2, "unknown"), 1);
    // A renewal by the same funder is none; nor is one that begins afterwards.
    flag(&told(54, 1, "mca_payment"), 0);
    let mut later = sample(120);
    daily(&mut later, (39, 2), &[], 90, ("mca_payment", 2));
    row(&mut later, 40, 9_000, "mca_disbursement", 1);
    flag(&later, 0);
    let found = evidence(&told(54, 2, "mca_payment"), "stacking_event_flag_90d");
    assert_eq!(found.len(), 1);
}

#[test]
fn business_loans_by_kind() {
    let mut sample = sample(120);
    row(&mut sample, 10, -100, "loan_personal_payment", 1);
    row(&mut sample, 20, -200, "loan_other_payment", 2);
    row(&mut sample, 30, -300, "sba_payment", 3);
    row(&mut sample, 40, 400, "factoring_disbursement", 4);
    row(&mut sample, 50, -500, "equipment_lease", 5);
    row(&mut sample, 55, -500, "equipment_lease", 5);
    row(&mut sample, 60, 600, "mca_disbursement", 6);
    row(&mut sample, 61, -600, "credit_card_payment", 7);
    check(
        &sample,
        &[
            ("fintech_loan_out_amount_30d", int(100)),
            ("bank_loan_out_amount_30d", int(200)),
            ("sba_loan_out_amount_30d", int(0)),
            ("sba_loan_out_amount_60d", int(300)),
            ("factoring_in_amount_90d", int(400)),
            ("equipment_lease_out_amount_90d", int(1_000)),
            ("business_lender_count_90d", int(6)),
        ],
    );
}
