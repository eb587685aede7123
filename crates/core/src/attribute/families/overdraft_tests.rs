//! Fee events, returned items and loan fines against hand arithmetic.

use super::tests::{check, int, real, sample};
use crate::{
    attribute::registry::{Evidence, Registry},
    category::taxonomy::Taxonomy,
    digest::sample::Sample,
    ledger::Scope,
    money::Currency,
    value::Missing,
};

/// A row with a text.
fn says(sample: &mut Sample, age: i32, amount: i64, purpose: &str, text: &str) {
    sample.row(age, amount, purpose);
    *sample.texts.last_mut().expect("pushed") = text.to_owned();
}

/// The rows that a column rests on, as positions in the history.
fn evidence(sample: &Sample, column: &str) -> Vec<Evidence> {
    let registry = Registry::builtin(&Taxonomy::builtin()).expect("valid");
    let digest = sample.digest(registry.plan());
    registry.evidence(registry.column(column).expect("a column"), &digest)
}

#[test]
fn fee_rows_are_divided_by_the_unit_and_followed_to_their_refunds() {
    let mut sample = sample(400);
    // T is 2026-03-01: ages 0 to 27 are February, 28 to 58 January, 59 to 89 December; 360 is in March 2025 (m11), 389 in
    // February (m12).
    sample.rows("fee_nsf", &[(389, -3_500), (360, -3_500), (70, -10_500), (40, -7_000), (5, -3_500)]);
    sample.rows("fee_nsf_reversal", &[(3, 3_500), (2, 7_000)]);
    sample.rows("fee_overdraft", &[(65, -2_500), (6, -5_000)]);
    check(
        &sample,
        &[
            // Three for 105, two for 70 given back at age 2, one for 35 given back at age 3.
            ("nsf_count_90d", int(3)),
            ("nsf_count_60d", int(0)),
            ("nsf_count_7d", int(0)),
            // And 35 at age 360.
            ("nsf_count_365d", int(4)),
            ("nsf_count_m0", int(0)),
            ("nsf_count_m1", int(0)),
            ("nsf_count_m2", int(3)),
            ("nsf_count_m11", int(1)),
            ("nsf_count_m12", int(1)),
            // Whether given back or not: 3 + 2 + 1.
            ("nsf_unpaid_count_90d", int(6)),
            ("nsf_unpaid_count_30d", int(1)),
            ("nsf_raw_row_count_90d", int(3)),
            // 25 divides both: 1 + 2.
            ("overdraft_fee_count_90d", int(3)),
            ("overdraft_fee_count_30d", int(2)),
            ("overdraft_fee_count_14d", int(2)),
            ("overdraft_fee_count_m0", int(2)),
            ("overdraft_fee_count_m2", int(1)),
            ("nsf_paid_count_90d", int(3)),
            ("nsf_od_combined_count_90d", int(6)),
            ("nsf_od_combined_count_30d", int(2)),
            // 6 × 30 / 90.
            ("nsf_od_per_month_90d", real(2.0)),
            // Rows at ages 2 to 6, at 40, and at 65 and 70: all three stretches are active.
            ("nsf_od_per_active_month_90d", real(2.0)),
            // And the oldest twelfth, ages 330 to 364: 7 events over 4 stretches.
            ("nsf_od_per_active_month_365d", real(7.0 / 4.0)),
            // 2 in the last 30 days, 4 before: 2 - 2.
            ("nsf_od_trend_90d", int(0)),
            // All of nsf_unpaid_count; no item came back.
            ("nsf_event_count_90d", int(6)),
        ],
    );
}

#[test]
fn a_single_fee_on_the_last_day_before_t_counts_in_every_window() {
    let mut sample = sample(400);
    sample.rows("fee_nsf", &[(0, -12_000)]);
    sample.rows("fee_overdraft", &[(0, -1_200)]);
    check(
        &sample,
        &[
            ("nsf_count_7d", int(2)),
            ("nsf_count_m0", int(2)),
            ("overdraft_fee_count_365d", int(1)),
            ("nsf_event_count_30d", int(2)),
            ("nsf_paid_count_30d", int(1)),
            ("nsf_unpaid_count_30d", int(2)),
            ("nsf_od_combined_count_7d", int(3)),
            // One of three stretches is active.
            ("nsf_od_per_active_month_90d", real(3.0)),
            ("nsf_od_per_month_90d", real(1.0)),
        ],
    );
    sample.ledger.currency = Currency::parse("eur").expect("a code");
    sample.ledger.accounts[0].currency = sample.ledger.currency;
    check(&sample, &[("nsf_count_7d", int(1)), ("nsf_od_combined_count_90d", int(2))]);
}

#[test]
fn a_fee_from_before_the_window_lets_no_item_in_that_another_fee_stands_for() {
    // The window of 90 days begins at age 89.
    let of = |fees: &[(i32, i64)], items: &[&str]| {
        let mut sample = sample(400);
        sample.rows("fee_nsf", fees);
        items.iter().for_each(|text| says(&mut sample, 89, 900, "returned_item_debit", text));
        sample
    };
    let events = |sample: &Sample, count: i64| {
        check(sample, &[("nsf_event_count_90d", int(count)), ("nsf_od_event_count_90d", int(count))]);
    };
    let (before, inside) = ((90, -3_500), (89, -3_500));
    // The fee inside is the item's, whatever the fee of the day before was for.
    let both = of(&[before, inside], &["RETURN R01"]);
    events(&both, 1);
    assert_eq!(evidence(&both, "nsf_event_count_90d"), [Evidence::Row(1)]);
    // Without it the item stands for itself; two fees stand for two items, of which one was charged before the window.
    events(&of(&[before], &["RETURN R01"]), 1);
    events(&of(&[before, inside], &["RETURN R01", "RETURN R01"]), 2);
    // Two events in one row stand for both, and a fee three days later for none.
    events(&of(&[before, (89, -7_000)], &["RETURN R01", "RETURN R01"]), 2);
    events(&of(&[before, (86, -3_500)], &["RETURN R01"]), 2);
    // What came back for another cause takes no fee from an unpaid item beside it.
    events(&of(&[before, inside], &["RETURN R01", "UNAUTHORIZED RETURN"]), 1);
    events(&of(&[before, inside], &["UNAUTHORIZED RETURN", "RETURN R01"]), 1);
}

#[test]
fn units_belong_to_accounts() {
    let mut sample = sample(100);
    sample.account(Scope::Deposit);
    sample.rows("fee_nsf", &[(9, -5_000), (8, -2_500)]);
    // On one account 25 is the unit: 2 + 1.
    check(&sample, &[("nsf_count_30d", int(3))]);
    sample.ledger.rows[1].account = 1;
    check(&sample, &[("nsf_count_30d", int(2))]);
}

#[test]
fn items_that_come_back_are_events_even_without_a_fee() {
    let mut sample = sample(400);
    sample.rows("fee_nsf", &[(52, -3_500), (20, -3_500)]);
    // Covered by the fee two days before it; free; unauthorised; stopped; by code; on T's eve.
    says(&mut sample, 50, 900, "returned_item_debit", "RETURNED ITEM");
    says(&mut sample, 40, 800, "returned_item_debit", "ACH RETURN R01 GEICO");
    says(&mut sample, 30, 700, "returned_item_debit", "UNAUTHORIZED RETURN");
    says(&mut sample, 12, 600, "returned_item_debit", "Returned item: Stop Payment");
    says(&mut sample, 6, 500, "returned_item_debit", "RETURN R10 ACME");
    says(&mut sample, 0, 400, "returned_item_debit", "RETURN NSF");
    check(
        &sample,
        &[
            // The items of ages 50, 40 and 0.
            ("reversed_payment_nsf_count_90d", int(3)),
            ("reversed_payment_nsf_count_30d", int(1)),
            ("reversed_payment_nsf_count_365d", int(3)),
            ("returned_item_debit_count_90d", int(6)),
            // Two fees and the items of ages 40 and 0.
            ("nsf_event_count_90d", int(4)),
            ("nsf_event_count_30d", int(2)),
            // Ages 30 and 6; age 30 lies outside of 30 days.
            ("unauthorised_return_count_90d", int(2)),
            ("unauthorised_return_count_60d", int(2)),
            ("unauthorised_return_count_30d", int(1)),
            ("unauthorised_return_count_7d", int(1)),
            // Two items are not the fee's doing: the fee counts once, at 2 / 3 a month.
            ("nsf_od_per_month_90d", real(2.0 / 3.0)),
        ],
    );
    assert_eq!(evidence(&sample, "nsf_event_count_90d"), [0, 1, 3, 7].map(Evidence::Row));
    assert_eq!(evidence(&sample, "reversed_payment_nsf_count_90d"), [2, 3, 7].map(Evidence::Row));
    assert_eq!(evidence(&sample, "unauthorised_return_count_90d"), [4, 6].map(Evidence::Row));
}

#[test]
fn without_events_the_counts_are_zero_and_without_history_missing() {
    let mut calm = sample(400);
    calm.rows("groceries", &[(3, -40)]);
    let counts = [
        "nsf_count_7d",
        "nsf_count_365d",
        "nsf_count_m0",
        "nsf_count_m12",
        "overdraft_fee_count_90d",
        "overdraft_fee_count_m3",
        "nsf_od_combined_count_90d",
        "nsf_od_trend_90d",
        "nsf_event_count_90d",
        "nsf_paid_count_90d",
        "nsf_unpaid_count_90d",
        "reversed_payment_nsf_count_90d",
        "unauthorised_return_count_90d",
        "loan_fine_amount_90d",
    ];
    check(&calm, &counts.map(|name| (name, int(0))));
    check(&calm, &[("nsf_od_per_month_90d", real(0.0)), ("nsf_od_per_active_month_90d", real(0.0))]);
    check(&sample(400), &[("nsf_od_per_active_month_90d", Err(Missing::ZeroDenominator))]);
    // Nine tenths of 90 days are 81, of 30 days 27, of 7 days seven.
    let short = sample(6);
    check(&short, &counts.map(|name| (name, Err(Missing::NotEnoughHistory))));
    check(&short, &[("nsf_od_per_active_month_90d", Err(Missing::NotEnoughHistory))]);
    check(&sample(81), &[("nsf_event_count_90d", int(0)), ("nsf_event_count_180d", Err(Missing::NotEnoughHistory))]);
}

#[test]
fn a_late_fee_whose_text_names_a_loan_is_a_fine() {
    let mut sample = sample(400);
    says(&mut sample, 200, -4_000, "fee_late", "Mortgage late charge");
    says(&mut sample, 20, -2_500, "fee_late", "LATE FEE LOAN 1234");
    says(&mut sample, 10, -1_500, "fee_late", "LATE FEE CARD");
    says(&mut sample, 5, -9_000, "loan_personal_payment", "LOAN PAYMENT");
    says(&mut sample, 0, -1_000, "fee_late", "ACME LENDING LATE FEE");
    check(
        &sample,
        &[
            ("loan_fine_amount_90d", int(3_500)),
            ("loan_fine_amount_30d", int(3_500)),
            ("loan_fine_amount_365d", int(7_500)),
            ("late_fee_amount_30d", int(5_000)),
        ],
    );
    assert_eq!(evidence(&sample, "loan_fine_amount_90d"), [1, 4].map(Evidence::Row));
}

#[test]
fn each_event_of_a_fee_stands_for_one_item_and_what_is_left_counts_without_a_fee() {
    let mut sample = sample(100);
    // Day 40: two came back and one fee of 35 was charged; day 10: one came back, nothing was charged; day 20: 70 for two.
    sample.rows("returned_item_debit", &[(40, 9_000), (40, 9_100), (20, 5_000), (20, 5_100), (10, 4_000)]);
    sample.rows("fee_nsf", &[(39, -3_500), (21, -7_000)]);
    sample.rows("fee_overdraft", &[(5, -3_500)]);
    check(
        &sample,
        &[
            // Three that fees charge for, one of day 40 and that of day 10.
            ("nsf_event_count_90d", int(5)),
            ("nsf_count_90d", int(3)),
            ("nsf_od_combined_count_90d", int(4)),
            ("nsf_od_event_count_90d", int(6)),
            ("nsf_od_event_count_30d", int(4)),
            ("nsf_od_event_count_7d", int(1)),
            ("nsf_od_event_count_180d", Err(Missing::NotEnoughHistory)),
        ],
    );
    // The fees of days 21 and 5, and the item of day 10.
    assert_eq!(evidence(&sample, "nsf_od_event_count_30d").len(), 3);
    // A fee that was given back: the payment failed all the same.
    sample.row(1, 7_000, "fee_nsf_reversal");
    check(&sample, &[("nsf_count_90d", int(1)), ("nsf_od_event_count_90d", int(6))]);
    // One fee beside two items, of which one came back for another cause: it is the other's.
    let mut both = self::sample(100);
    says(&mut both, 30, 5_000, "returned_item_debit", "RETURNED ITEM R29 NOT AUTHORIZED");
    says(&mut both, 30, 5_100, "returned_item_debit", "RETURNED ITEM R01 INSUFFICIENT FUNDS");
    both.row(29, -3_500, "fee_nsf");
    check(&both, &[("nsf_event_count_90d", int(1)), ("nsf_od_event_count_90d", int(1))]);
    let quiet = self::sample(100);
    check(&quiet, &[("nsf_od_event_count_90d", int(0))]);
}

#[test]
fn an_item_of_the_window_counts_once_though_its_fee_was_charged_before_it() {
    // The item came back at age 28 or 29; its fee of age 30 lies outside of 30 days.
    for age in [28, 29] {
        let mut sample = sample(100);
        sample.rows("returned_item_debit", &[(age, 9_000)]);
        sample.rows("fee_nsf", &[(30, -3_500)]);
        check(
            &sample,
            &[
                ("nsf_event_count_30d", int(1)),
                ("nsf_od_event_count_30d", int(1)),
                ("nsf_count_30d", int(0)),
                // In a window that holds both the fee stands for the item.
                ("nsf_event_count_60d", int(1)),
                ("nsf_od_event_count_90d", int(1)),
            ],
        );
        assert_eq!(evidence(&sample, "nsf_event_count_30d"), [Evidence::Row(0)]);
    }
    // The other way round: the fee of age 29 counts, and its item of age 31 lies before the window.
    let mut sample = self::sample(100);
    sample.rows("returned_item_debit", &[(31, 9_000)]);
    sample.rows("fee_nsf", &[(29, -3_500)]);
    check(&sample, &[("nsf_event_count_30d", int(1)), ("nsf_event_count_60d", int(1))]);
    // The fee of an item of another cause is that of the unpaid one beside it, wherever the window begins.
    let mut both = self::sample(100);
    says(&mut both, 31, 5_000, "returned_item_debit", "RETURNED ITEM R29 NOT AUTHORIZED");
    says(&mut both, 28, 5_100, "returned_item_debit", "RETURNED ITEM R01 INSUFFICIENT FUNDS");
    both.row(29, -3_500, "fee_nsf");
    check(&both, &[("nsf_event_count_30d", int(1)), ("nsf_event_count_60d", int(1))]);
}
