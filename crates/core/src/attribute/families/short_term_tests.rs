//! Short-term credit against hand arithmetic. T is 2026-03-01, a Sunday; age 0 is Saturday, 28 February.

use super::tests::{check, int, real, sample};
use crate::{
    attribute::registry::{Evidence, Registry},
    category::taxonomy::Taxonomy,
    digest::sample::Sample,
    ledger::TransactionAccess,
    value::{Missing, Outcome, Value},
};

const IN: &str = "cash_advance_disbursement";
const OUT: &str = "cash_advance_payment";

/// A row of a counterparty.
fn row(sample: &mut Sample, age: i32, amount: i64, purpose: &str, counterparty: u64) {
    sample.row(age, amount, purpose).label.counterparty = counterparty;
}

/// Rows of one app: (age, amount).
fn app(history: i32, rows: &[(i32, i64)]) -> Sample {
    let mut sample = sample(history);
    rows.iter().for_each(|&(age, amount)| row(&mut sample, age, amount, if 0 < amount { IN } else { OUT }, 1));
    sample
}

fn evidence(sample: &Sample, name: &str) -> Vec<Evidence> {
    let registry = Registry::builtin(&Taxonomy::builtin()).expect("valid");
    registry
        .evidence(registry.column(name).unwrap_or_else(|| panic!("no column {name}")), &sample.digest(registry.plan()))
}

fn code(name: &'static str) -> Outcome {
    Ok(Value::Code(name))
}

const RATIOS: [&str; 5] = [
    "cash_advance_matched_repaid_ratio_90d",
    "cash_advance_matched_repaid_ratio_180d",
    "cash_advance_repaid_7d_ratio_180d",
    "cash_advance_repaid_15d_ratio_180d",
    "cash_advance_repaid_30d_ratio_180d",
];
const COUNTS: [&str; 7] = [
    "cash_advance_max_outstanding_90d",
    "bnpl_open_plans_est_90d",
    "stack_concurrent_max_90d",
    "rollover_pattern_count_180d",
    "stack_provider_count_30d",
    "stack_provider_count_90d",
    "bank_cash_advance_amount_90d",
];

#[test]
fn without_short_term_credit_counts_are_zero_and_ratios_have_no_event() {
    let none = sample(200);
    RATIOS.iter().for_each(|name| check(&none, &[(name, Err(Missing::NoSuchEvent))]));
    COUNTS.iter().for_each(|name| check(&none, &[(name, int(0))]));
    check(&none, &[("stack_velocity_90d", real(0.0)), ("stacking_risk_band_90d", code("none"))]);
}

#[test]
fn without_history_or_permission_everything_is_missing() {
    let mut day = app(1, &[(0, 100)]);
    let all = || RATIOS.iter().chain(&COUNTS).chain(&["stack_velocity_90d", "stacking_risk_band_90d"]);
    all().for_each(|name| check(&day, &[(name, Err(Missing::NotEnoughHistory))]));
    day.ledger.accounts[0].access = TransactionAccess::NotPermitted;
    all().for_each(|name| check(&day, &[(name, Err(Missing::NotPermitted))]));
}

#[test]
fn advances_are_repaid_within_seven_fifteen_and_thirty_days() {
    // Taken at 170, 120, 80, 40 and 20; paid back after 7, 15 and 31 days, never, and after 5 days.
    let sample = app(
        200,
        &[(170, 100), (163, -105), (120, 50), (105, -55), (80, 200), (49, -210), (40, 500), (20, 75), (15, -80)],
    );
    check(
        &sample,
        &[
            // All five are older than 7 and 15 days; two were back in 7, three in 15.
            ("cash_advance_repaid_7d_ratio_180d", real(2.0 / 5.0)),
            ("cash_advance_repaid_15d_ratio_180d", real(3.0 / 5.0)),
            // The one of age 20 is too young: of four, two were back in 30.
            ("cash_advance_repaid_30d_ratio_180d", real(2.0 / 4.0)),
            // Of four, three; in 90 days, of two, one.
            ("cash_advance_matched_repaid_ratio_180d", real(3.0 / 4.0)),
            ("cash_advance_matched_repaid_ratio_90d", real(1.0 / 2.0)),
        ],
    );
    // The advance of age 20 and its repayment, rows 7 and 8, are not read.
    let rows: Vec<Evidence> = [0, 1, 2, 3, 4, 5, 6].map(Evidence::Row).into();
    assert_eq!(evidence(&sample, "cash_advance_repaid_30d_ratio_180d"), rows);
}

#[test]
fn an_advance_counts_once_its_days_are_over() {
    // Taken n days before the last day: it can be paid back on that very day.
    for (name, days) in [(RATIOS[2], 7), (RATIOS[3], 15), (RATIOS[4], 30), (RATIOS[0], 30)] {
        check(&app(200, &[(days, 100)]), &[(name, real(0.0))]);
        check(&app(200, &[(days - 1, 100)]), &[(name, Err(Missing::NoSuchEvent))]);
        check(&app(200, &[(days, 100), (0, -100)]), &[(name, real(1.0))]);
    }
}

#[test]
fn the_most_that_was_outstanding_is_at_the_end_of_a_day() {
    // 100 before the window stay open; 60 and 80 on top: 240 at age 70; 65 pay back the 60: 180; 30 on the oldest: 150.
    let sample = app(200, &[(100, 100), (75, 60), (70, 80), (60, -65), (50, -30)]);
    check(&sample, &[("cash_advance_max_outstanding_90d", int(240))]);
    // Paid back and taken anew on one day: never two at a time.
    let rolled = app(200, &[(80, 100), (60, -110), (60, 100)]);
    check(&rolled, &[("cash_advance_max_outstanding_90d", int(100)), ("stack_concurrent_max_90d", int(1))]);
    // Closed on the window's first day: nothing is open at its end. A day later it was open through the first.
    check(&app(200, &[(120, 100), (89, -110)]), &[("cash_advance_max_outstanding_90d", int(0))]);
    check(&app(200, &[(120, 100), (88, -110)]), &[("cash_advance_max_outstanding_90d", int(100))]);
    let found = evidence(&app(200, &[(120, 100), (88, -110)]), "cash_advance_max_outstanding_90d");
    assert_eq!(found, [Evidence::Row(0), Evidence::Row(1)]);
}

#[test]
fn plans_are_open_while_an_instalment_may_come() {
    let mut sample = sample(200);
    // Whole; three so far; two so far, the next due any day; two, the next overdue; one only.
    let plans: [(&[i32], i64); 5] =
        [(&[50, 36, 22, 8], 25), (&[33, 19, 5], 30), (&[30, 16], 40), (&[31, 17], 45), (&[3], 50)];
    for (ages, amount) in plans {
        ages.iter().for_each(|age| row(&mut sample, *age, -amount, "bnpl_payment", 4));
    }
    // Age 16 is seventeen days before T: the next instalment may come on T's day.
    check(&sample, &[("bnpl_open_plans_est_90d", int(2))]);
    let rows: Vec<Evidence> = [4, 5, 6, 7, 8].map(Evidence::Row).into();
    assert_eq!(evidence(&sample, "bnpl_open_plans_est_90d"), rows);
    // At age 30 the first, the second (from 33), the third and the fourth (from 31).
    check(&sample, &[("stack_concurrent_max_90d", int(4))]);
}

#[test]
fn a_plan_in_arrears_is_open_and_stacked() {
    // Two instalments, the last of which came back two days later: the next may come up to nine days after T.
    let mut sample = sample(200);
    row(&mut sample, 21, -3_300, "bnpl_payment", 4);
    row(&mut sample, 7, -3_300, "bnpl_payment", 4);
    row(&mut sample, 5, 3_300, "returned_item_debit", 9);
    check(&sample, &[("bnpl_open_plans_est_90d", int(1)), ("stack_concurrent_max_90d", int(1))]);
    assert_eq!(evidence(&sample, "bnpl_open_plans_est_90d"), [Evidence::Row(0), Evidence::Row(1)]);
}

#[test]
fn obligations_of_all_kinds_are_stacked() {
    let mut sample = sample(200);
    row(&mut sample, 60, 300, "loan_payday_disbursement", 1);
    row(&mut sample, 50, 100, IN, 2);
    row(&mut sample, 45, 80, "ewa_disbursement", 3);
    row(&mut sample, 40, -110, OUT, 2);
    row(&mut sample, 30, 500, "pawn_title_disbursement", 4);
    // A funder is no short-term lender of a person.
    row(&mut sample, 30, 9_000, "mca_disbursement", 5);
    row(&mut sample, 20, -84, "ewa_payment", 3);
    check(
        &sample,
        &[
            // Ages 45 to 41: payday, app, wage access; ages 30 to 21: payday, wage access, title.
            ("stack_concurrent_max_90d", int(3)),
            ("stack_provider_count_90d", int(4)),
            ("stack_provider_count_30d", int(1)),
            // First met in 30 days: age 29 and newer, none; in 90 days four: 0 - 4/3.
            ("stack_velocity_90d", real(-4.0 / 3.0)),
            ("rollover_pattern_count_180d", int(0)),
        ],
    );
    row(&mut sample, 29, -50, "bnpl_payment", 6);
    row(&mut sample, 1, -50, "loan_personal_payment", 7);
    check(
        &sample,
        &[
            ("stack_provider_count_30d", int(3)),
            // 1 - 5/3.
            ("stack_velocity_90d", real(-2.0 / 3.0)),
        ],
    );
    // Nine tenths of 90 + 60 days are 135.
    sample.history(134);
    check(&sample, &[("stack_velocity_90d", Err(Missing::NotEnoughHistory))]);
}

#[test]
fn proceeds_that_follow_a_payment_roll_over() {
    let sample = app(200, &[(190, 100), (183, -110), (180, 100), (170, -110), (168, 100), (150, -110), (146, 100)]);
    // Age 180 is out of the window, and age 146 comes four days after the payment.
    check(&sample, &[("rollover_pattern_count_180d", int(1))]);
    assert_eq!(evidence(&sample, "rollover_pattern_count_180d"), [Evidence::Row(3), Evidence::Row(4)]);
    // Two paid back and both taken anew, on two days and on one.
    for two in [
        [(60, 200), (59, 150), (50, -210), (49, -160), (48, 200), (47, 150)],
        [(60, 200), (59, 150), (50, -210), (50, -160), (49, 200), (49, 150)],
    ] {
        check(&app(200, &two), &[("rollover_pattern_count_180d", int(2))]);
    }
    // Another provider's proceeds are no rollover.
    let mut other = app(200, &[(60, 100), (50, -110)]);
    row(&mut other, 49, 100, IN, 2);
    check(&other, &[("rollover_pattern_count_180d", int(0))]);
}

#[test]
fn the_band_rises_with_providers_concurrency_and_burden() {
    let told = |paid: i64, income: i64, providers: u64| {
        let mut sample = sample(200);
        for provider in 0..providers {
            row(&mut sample, 60, -paid, OUT, provider);
        }
        if 0 < income {
            row(&mut sample, 50, income, "income_salary", 99);
        }
        sample
    };
    let band = |sample: &Sample, want| check(sample, &[("stacking_risk_band_90d", code(want))]);
    band(&told(10, 1_000, 1), "low");
    band(&told(99, 1_000, 1), "low");
    band(&told(100, 1_000, 1), "medium");
    band(&told(199, 1_000, 1), "medium");
    band(&told(200, 1_000, 1), "high");
    band(&told(1, 0, 1), "high");
    band(&told(1, 1_000, 2), "medium");
    band(&told(1, 1_000, 4), "high");
    // Open ones alone: two, then four of one app that were taken before the window.
    let open = |count: i32| app(200, &(0..count).map(|at| (100 + at, 50)).collect::<Vec<_>>());
    band(&open(1), "low");
    band(&open(2), "medium");
    band(&open(4), "high");
}

#[test]
fn a_cash_advance_of_the_bank_is_told_from_an_apps() {
    let mut sample = app(400, &[(20, 100)]);
    for (age, role) in [(10, "lender:card"), (40, "lender:bank"), (200, "lender:card")] {
        let role = sample.taxonomy.role(role).expect("shipped");
        sample.row(age, 1_000, IN).label.role = role;
    }
    check(
        &sample,
        &[
            ("bank_cash_advance_amount_30d", int(1_000)),
            ("bank_cash_advance_amount_90d", int(2_000)),
            ("bank_cash_advance_amount_365d", int(3_000)),
        ],
    );
}
