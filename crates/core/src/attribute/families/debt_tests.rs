//! Debt against hand arithmetic. T is 2026-03-01, a Sunday; age 0 is Saturday, 28 February.

use super::tests::{check, int, real, sample};
use crate::{
    attribute::registry::{Evidence, Registry},
    category::taxonomy::Taxonomy,
    digest::sample::Sample,
    ledger::{Scope, TransactionAccess},
    money::Currency,
    row::AccountSubcategory,
    value::{Missing, Outcome},
};

/// A row of a counterparty.
fn row(sample: &mut Sample, age: i32, amount: i64, purpose: &str, counterparty: u64) {
    sample.row(age, amount, purpose).label.counterparty = counterparty;
}

fn evidence(sample: &Sample, name: &str) -> Vec<Evidence> {
    let registry = Registry::builtin(&Taxonomy::builtin()).expect("valid");
    registry
        .evidence(registry.column(name).unwrap_or_else(|| panic!("no column {name}")), &sample.digest(registry.plan()))
}

/// Columns that count or add up, with what they are when nothing is there to count.
const EMPTY: [(&str, i64); 14] = [
    ("debt_payment_monthly_90d", 0),
    ("auto_loan_payment_monthly_90d", 0),
    ("student_loan_payment_monthly_90d", 0),
    ("personal_loan_payment_monthly_90d", 0),
    ("other_loan_payment_monthly_90d", 0),
    ("new_lender_count_30d", 0),
    ("new_lender_count_60d", 0),
    ("new_lender_count_90d", 0),
    ("missed_loan_payment_count_30d", 0),
    ("missed_loan_payment_count_90d", 0),
    ("loan_payment_returned_count_90d", 0),
    ("loan_payment_returned_count_180d", 0),
    ("refinance_pattern_flag_180d", 0),
    ("debt_payment_monthly_180d", 0),
];

#[test]
fn without_debt_counts_are_zero_and_without_history_they_are_missing() {
    let long = sample(200);
    EMPTY.iter().for_each(|(name, zero)| check(&long, &[(name, int(*zero))]));
    check(&long, &[("debt_payment_trend_3m_180d", Err(Missing::ZeroDenominator))]);
    let mut day = sample(1);
    row(&mut day, 0, -100, "loan_auto_payment", 1);
    for name in EMPTY.iter().map(|(name, _)| *name).chain(["debt_payment_trend_3m_180d"]) {
        check(&day, &[(name, Err(Missing::NotEnoughHistory))]);
    }
    day.ledger.accounts[0].access = TransactionAccess::NotPermitted;
    for name in EMPTY.iter().map(|(name, _)| *name).chain(["debt_payment_trend_3m_180d"]) {
        check(&day, &[(name, Err(Missing::NotPermitted))]);
    }
}

#[test]
fn a_months_debt_is_the_mean_over_whole_months() {
    let mut sample = sample(200);
    // T is the first of March, so that February is over. 90 days begin on 1 December: December, January and February.
    for (age, amount) in [(90, -999), (89, -1), (70, -100), (28, -132), (27, -999)] {
        row(&mut sample, age, amount, "loan_auto_payment", 1);
    }
    row(&mut sample, 50, -50, "loan_student_payment", 2);
    row(&mut sample, 50, -61, "loan_personal_payment", 3);
    row(&mut sample, 50, -31, "loan_other_payment", 4);
    row(&mut sample, 50, -400, "mortgage_payment", 5);
    check(
        &sample,
        &[
            // 1 + 100 + 132 + 999 = 1,232 over 3 is 410.7.
            ("auto_loan_payment_monthly_90d", int(411)),
            // 50 / 3 = 16.7, 61 / 3 = 20.3, 31 / 3 = 10.3.
            ("student_loan_payment_monthly_90d", int(17)),
            ("personal_loan_payment_monthly_90d", int(20)),
            ("other_loan_payment_monthly_90d", int(10)),
            // 1,232 + 50 + 61 + 31 + 400 = 1,774 over 3 is 591.3.
            ("debt_payment_monthly_90d", int(591)),
            // 180 days begin on 2 September: October to February, 1,774 + 999 = 2,773 over 5 is 554.6.
            ("debt_payment_monthly_180d", int(555)),
        ],
    );
}

#[test]
fn a_lender_is_new_with_its_first_payment_of_all_history() {
    let mut sample = sample(135);
    for (age, lender) in [(130, 1), (20, 1), (89, 2), (59, 3), (29, 4), (5, 4), (0, 5)] {
        row(&mut sample, age, -10, "loan_personal_payment", lender);
    }
    check(
        &sample,
        &[
            ("new_lender_count_30d", int(2)),
            ("new_lender_count_60d", int(3)),
            // Nine tenths of 90 + 60 days are 135.
            ("new_lender_count_90d", int(4)),
        ],
    );
    assert_eq!(evidence(&sample, "new_lender_count_30d"), [Evidence::Row(4), Evidence::Row(6)]);
    let mut short = self::sample(134);
    row(&mut short, 5, -10, "loan_personal_payment", 1);
    check(&short, &[("new_lender_count_90d", Err(Missing::NotEnoughHistory)), ("new_lender_count_60d", int(1))]);
}

#[test]
fn a_date_on_which_a_lender_was_not_paid_is_missed_until_the_stream_has_stopped() {
    // Every fourteen days on Fridays: age 1 is Friday, 27 February.
    let told = |ages: &[i32], purpose: &str| {
        let mut sample = sample(200);
        ages.iter().for_each(|age| row(&mut sample, *age, -200, purpose, 1));
        sample
    };
    let whole = told(&[85, 71, 57, 43, 29, 15, 1], "loan_auto_payment");
    check(&whole, &[("missed_loan_payment_count_30d", int(0)), ("missed_loan_payment_count_90d", int(0))]);
    let gap = told(&[85, 71, 57, 29, 15, 1], "loan_auto_payment");
    check(&gap, &[("missed_loan_payment_count_30d", int(0)), ("missed_loan_payment_count_90d", int(1))]);
    assert_eq!(evidence(&gap, "missed_loan_payment_count_90d"), [Evidence::Day(gap.day(43))]);
    // The one of age 15 is overdue, that of age 1 may still come.
    let late = told(&[85, 71, 57, 43, 29], "loan_auto_payment");
    check(&late, &[("missed_loan_payment_count_30d", int(1)), ("missed_loan_payment_count_90d", int(1))]);
    // Ages 29 and 15 have not come: it has stopped, and may be paid off.
    let stopped = told(&[113, 99, 85, 57, 43], "loan_auto_payment");
    check(&stopped, &[("missed_loan_payment_count_30d", int(0)), ("missed_loan_payment_count_90d", int(1))]);
}

#[test]
fn a_payment_that_came_back_is_counted_on_its_own_day() {
    let mut sample = sample(200);
    // Monday 2 February is age 26, Friday the 6th age 22; age 120 is 31 October, age 117 Monday 3 November.
    row(&mut sample, 120, -90, "credit_card_payment", 1);
    row(&mut sample, 117, 90, "returned_item_debit", 9);
    row(&mut sample, 26, -200, "loan_auto_payment", 2);
    row(&mut sample, 22, 200, "returned_item_debit", 9);
    row(&mut sample, 26, -55, "groceries", 3);
    row(&mut sample, 22, 55, "returned_item_debit", 9);
    check(&sample, &[("loan_payment_returned_count_90d", int(1)), ("loan_payment_returned_count_180d", int(2))]);
    assert_eq!(evidence(&sample, "loan_payment_returned_count_90d"), [Evidence::Row(2)]);
}

#[test]
fn the_trend_compares_ninety_days_with_the_ninety_before() {
    let mut sample = sample(200);
    for (age, amount) in [(89, -300), (0, -150), (90, -200), (179, -100), (180, -999)] {
        row(&mut sample, age, amount, "loan_auto_payment", 1);
    }
    // 450 against 300.
    check(&sample, &[("debt_payment_trend_3m_180d", real(0.5))]);
}

#[test]
fn what_is_owed_adds_up_balances_below_zero() {
    let mut sample = sample(30);
    let card: Outcome = Err(Missing::NotApplicable);
    check(&sample, &[("card_balance_total", card), ("loan_outstanding_total", card)]);
    let mut add = |scope, kind, balance: Option<i64>| {
        let account = sample.account(scope);
        account.subcategory = kind;
        account.balance_current = balance;
    };
    add(Scope::Credit, AccountSubcategory::CreditCard, Some(-1_200));
    // Overpaid.
    add(Scope::Credit, AccountSubcategory::Unknown, Some(300));
    add(Scope::Credit, AccountSubcategory::LineOfCredit, Some(-70));
    add(Scope::Loan, AccountSubcategory::Mortgage, Some(-9_000));
    add(Scope::Investment, AccountSubcategory::Other, Some(-5));
    check(&sample, &[("card_balance_total", int(1_200)), ("loan_outstanding_total", int(9_070))]);
    sample.ledger.accounts[1].currency = Currency::parse("eur").expect("known");
    check(&sample, &[("card_balance_total", int(0))]);
    sample.ledger.accounts[2].balance_current = None;
    sample.ledger.accounts[3].balance_current = None;
    for name in ["card_balance_total", "loan_outstanding_total"] {
        check(&sample, &[(name, Err(Missing::NotPermitted))]);
    }
    check(&sample, &[("card_utilisation", Err(Missing::NotApplicable))]);
}

#[test]
fn proceeds_beside_a_payoff_are_a_refinancing() {
    let told = |last: i64, payments: &[i32], proceeds: i32| {
        let mut sample = sample(200);
        payments.iter().for_each(|age| row(&mut sample, *age, -200, "loan_auto_payment", 1));
        row(&mut sample, 60, -last, "loan_auto_payment", 1);
        row(&mut sample, proceeds, 5_000, "loan_personal_disbursement", 2);
        sample
    };
    let flag = |sample: &Sample, want: i64| check(sample, &[("refinance_pattern_flag_180d", int(want))]);
    flag(&told(600, &[120, 90], 65), 1);
    flag(&told(600, &[120, 90], 55), 1);
    // Six days off; too small; a payment before it only once; a payment after it.
    flag(&told(600, &[120, 90], 54), 0);
    flag(&told(600, &[120, 90], 66), 0);
    flag(&told(599, &[120, 90], 60), 0);
    flag(&told(600, &[90], 60), 0);
    flag(&told(600, &[120, 90, 30], 60), 0);
    let found = evidence(&told(600, &[120, 90], 65), "refinance_pattern_flag_180d");
    assert_eq!(found, [Evidence::Row(2), Evidence::Row(3)]);
}
