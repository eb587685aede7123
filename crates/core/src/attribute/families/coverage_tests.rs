//! Depth, reconciliation, currency and activity against hand arithmetic.

use super::tests::{check, int, real, sample};
use crate::{
    attribute::registry::Registry, category::taxonomy::Taxonomy, digest::sample::Sample, money::Currency, time::Day,
    value::Missing,
};

#[test]
fn the_oldest_credit_and_debit_say_how_deep_each_side_reaches() {
    let mut sample = sample(100);
    let none = Err(Missing::NoSuchEvent);
    check(&sample, &[("oldest_credit_age_days", none), ("oldest_debit_age_days", none)]);
    sample.rows("groceries", &[(0, -5)]);
    check(&sample, &[("oldest_credit_age_days", none), ("oldest_debit_age_days", int(1))]);
    sample.rows("groceries", &[(40, -5)]);
    sample.row(60, 9, "transfer_internal").internal = true;
    sample.rows("income_gig", &[(3, 10)]);
    check(&sample, &[("oldest_credit_age_days", int(61)), ("oldest_debit_age_days", int(41))]);
    let empty = Sample::new(Day::from_civil(2026, 3, 1));
    check(&empty, &[("oldest_credit_age_days", Err(Missing::NotEnoughHistory))]);
}

#[test]
fn an_error_of_one_major_unit_still_reconciles() {
    let mut sample = sample(100);
    check(&sample, &[("balance_reconciled_flag", Err(Missing::NotPermitted))]);
    sample.balances(0, &[1; 40]);
    check(&sample, &[("balance_reconciled_flag", Err(Missing::NotApplicable))]);
    for (error, want) in [(0, 1), (100, 1), (101, 0)] {
        sample.ledger.accounts[0].reconciliation_error = Some(error);
        check(&sample, &[("balance_reconciled_flag", int(want))]);
    }
    // A yen has no minor unit.
    let yen = Currency::parse("jpy").expect("a code");
    sample.ledger.currency = yen;
    sample.ledger.accounts[0].currency = yen;
    for (error, want) in [(1, 1), (2, 0)] {
        sample.ledger.accounts[0].reconciliation_error = Some(error);
        check(&sample, &[("balance_reconciled_flag", int(want))]);
    }
}

#[test]
fn rows_in_another_currency_are_compared_with_those_that_stand() {
    let mut sample = sample(1);
    check(&sample, &[("foreign_currency_share", Err(Missing::ZeroDenominator))]);
    sample.ledger.counts.rows_used = 14;
    sample.ledger.counts.pending = 1;
    check(&sample, &[("foreign_currency_share", real(0.0))]);
    sample.ledger.counts.foreign_currency_rows = 5;
    check(&sample, &[("foreign_currency_share", real(0.25))]);
}

#[test]
fn gaps_are_measured_in_calendar_months_too() {
    // T is 2026-03-01. February: ages 0 to 27; January: 28 to 58.
    let mut sample = sample(200);
    sample.rows("groceries", &[(40, -1), (9, -1)]);
    check(
        &sample,
        &[
            // Ages 0 to 8 are nine days, 10 to 27 eighteen.
            ("max_gap_days_m0", int(18)),
            // Ages 28 to 39 are twelve days, 41 to 58 eighteen.
            ("max_gap_days_m1", int(18)),
            // December has none.
            ("max_gap_days_m2", int(31)),
            ("max_gap_days_m12", Err(Missing::NotEnoughHistory)),
        ],
    );
    sample.rows("groceries", &[(0, -1), (27, -1)]);
    check(&sample, &[("max_gap_days_m0", int(17))]);
}

#[test]
fn activity_is_points_that_add_up() {
    let mut sample = sample(90);
    check(&sample, &[("account_activity_score_90d", int(0))]);
    // One day with a wage: one active day and one stretch of income.
    sample.rows("income_salary", &[(0, 100)]);
    check(&sample, &[("account_activity_score_90d", int(1 + 8))]);
    // Rent is a bill and a payee of spend, on a day of its own; a pension is income like any other, in the second stretch.
    sample.rows("rent", &[(31, -50)]);
    sample.rows("income_pension", &[(31, 40)]);
    check(&sample, &[("account_activity_score_90d", int(2 + 16 + 5 + 1))]);
    // A card payment is debt and no spend; energy is a bill and a payee; a row within the application makes a day active.
    sample.rows("credit_card_payment", &[(60, -50)]);
    sample.rows("utilities_energy", &[(60, -50)]);
    sample.row(70, -50, "transfer_internal").internal = true;
    check(&sample, &[("account_activity_score_90d", int(4 + 16 + 15 + 2))]);
    // Everything at its most: 40 + 24 + 20 + 16.
    sample.rows("income_gig", &[(89, 10)]);
    sample.rows("telecom", &[(60, -50)]);
    for age in 0..80_u8 {
        sample.row(age.into(), -1, "groceries").label.counterparty = 1_000 + u64::from(age);
    }
    check(&sample, &[("account_activity_score_90d", int(100))]);
    check(&super::tests::sample(80), &[("account_activity_score_90d", Err(Missing::NotEnoughHistory))]);
}

#[test]
fn what_is_covered_by_a_quiet_spell_is_covered_for_flows_and_for_the_ratio_alike() {
    // The first row is 75 days before T and a quiet spell of six days is credited: 81 of 90 days.
    let mut sample = sample(75);
    check(&sample, &[("coverage_ratio_90d", real(75.0 / 90.0)), ("inflow_amount_90d", Err(Missing::NotEnoughHistory))]);
    sample.ledger.covered_from = Some(sample.day(80));
    check(
        &sample,
        &[("coverage_ratio_90d", real(0.9)), ("inflow_amount_90d", int(0)), ("coverage_ratio_60d", real(1.0))],
    );
    // And for gaps: 81 days without a row, and after one 50 days before T 49 since and 31 before.
    let gaps = |days: i64, inactive: i64, sample: &Sample| {
        let want = [
            ("max_gap_days_90d", int(days)),
            ("income_longest_gap_days_90d", int(days)),
            ("inactive_days_90d", int(inactive)),
        ];
        check(sample, &want);
    };
    gaps(81, 81, &sample);
    sample.rows("income_pension", &[(49, 1)]);
    gaps(49, 80, &sample);
    sample.rows("income_pension", &[(9, 1)]);
    gaps(39, 79, &sample);
    sample.rows("income_pension", &[(20, 1), (35, 1)]);
    gaps(31, 77, &sample);
}

#[test]
fn columns_that_look_back_further_than_their_window_say_so() {
    let registry = Registry::builtin(&Taxonomy::builtin()).expect("valid");
    // Nine tenths of 30 + 60, 60 + 60, 90 + 60 days; 30, 90 and 180 and nine tenths of as many; 7 and 14 days and nine tenths of
    // the rest of 90 (83 and 76 days: 75 and 69); 365 and nine tenths of 365; nine tenths of 90; 60; any; the day itself.
    for (name, days) in [
        ("new_lender_count_30d", 81),
        ("new_lender_count_60d", 108),
        ("new_lender_count_90d", 135),
        ("stack_velocity_90d", 135),
        ("net_flow_trend_30d", 57),
        ("net_flow_trend_90d", 171),
        ("net_flow_trend_180d", 342),
        ("balance_spike_pre_application_7d", 82),
        ("balance_spike_pre_application_14d", 83),
        ("first_payment_default_signals_30d", 83),
        ("revenue_growth_yoy_730d", 694),
        ("large_deposit_share_14d", 81),
        ("primary_account_confidence", 81),
        ("insurance_stream_active", 60),
        ("new_account_high_activity_flag_60d", 1),
        ("balance_n_days_ago_30d", 30),
        ("balance_n_days_ago_365d", 365),
        ("coverage_ratio_90d", 1),
    ] {
        let column = registry.column(name).unwrap_or_else(|| panic!("no column {name}"));
        let window = registry.columns()[usize::from(column.0)].window;
        assert_eq!(registry.definition(column).history_needed(window), days, "{name}");
        // A day less is too short, and that many are enough, whatever else may be missing.
        let known = |days: u32| {
            let mut sample = sample(i32::try_from(days).expect("few"));
            let closing: Vec<i64> = (0..i64::from(days)).map(|at| 100 + at % 7).collect();
            sample.balances(0, &closing);
            registry.compute(column, &sample.digest(registry.plan())) != Err(Missing::NotEnoughHistory)
        };
        assert!(known(days), "{name} on {days} days");
        assert!(days == 1 || !known(days - 1), "{name} on {} days", days - 1);
    }
}
