//! Computed attributes against hand arithmetic, with their zero, one-day and missing cases.

use crate::{
    attribute::registry::Registry,
    category::taxonomy::Taxonomy,
    digest::sample::Sample,
    ledger::{Scope, TransactionAccess},
    row::AccountSubcategory,
    time::Day,
    value::{Missing, Outcome, Value},
};

/// T on a Sunday: 2026-03-01. Age 0 is Saturday, 28 February.
pub(super) fn sample(history: i32) -> Sample {
    let mut sample = Sample::new(Day::from_civil(2026, 3, 1));
    sample.history(history);
    sample
}

pub(super) fn check(sample: &Sample, cases: &[(&str, Outcome)]) {
    let registry = Registry::builtin(&Taxonomy::builtin()).expect("valid");
    let digest = sample.digest(registry.plan());
    for (name, want) in cases {
        let column = registry.column(name).unwrap_or_else(|| panic!("no column {name}"));
        let got = registry.compute(column, &digest);
        match (&got, want) {
            // A root and a division each round once.
            (Ok(Value::Real(got)), Ok(Value::Real(want))) => {
                assert!((got - want).abs() <= 1e-12 * want.abs().max(1.0), "{name}: {got}, not {want}");
            }
            _ => assert_eq!(got, *want, "{name}"),
        }
    }
}

pub(super) fn int(value: i64) -> Outcome {
    Ok(Value::Integer(value))
}

pub(super) fn real(value: f64) -> Outcome {
    Ok(Value::Real(value))
}

#[test]
fn balances_of_ten_days_by_hand() {
    let mut sample = sample(100);
    // Thirty days: twenty at 100, then these ten, oldest first. Age 9 is Thursday 19 February.
    let last = [-50, -150, 200, 300, -10, 400, 100, 0, 100, 210];
    sample.balances(0, &[[100; 20].as_slice(), &last].concat());
    // Sum 2000 + 1100 = 3100; squares 20 × 10000 + 2500 + 22500 + 40000 + 90000 + 100 + 160000 + 10000 + 10000 + 44100.
    // Variance 258866.7 / 29 = 8926.4: root 94.5, which rounds to 94 (94.48).
    let variance: f64 = (579_200.0 - 3_100.0 * 3_100.0 / 30.0) / 29.0;
    check(
        &sample,
        &[
            ("balance_current", int(210)),
            ("balance_available", Err(Missing::NotPermitted)),
            // 3100 / 30 = 103.3.
            ("eod_balance_avg_30d", int(103)),
            // The last seven days: 300 - 10 + 400 + 100 + 0 + 100 + 210 = 1100; 157.1.
            ("eod_balance_avg_7d", int(157)),
            ("eod_balance_median_30d", int(100)),
            ("eod_balance_min_30d", int(-150)),
            ("eod_balance_max_30d", int(400)),
            ("eod_balance_std_30d", int(94)),
            ("eod_balance_cv_30d", real(variance.sqrt() / (3_100.0 / 30.0))),
            // Sorted -150, -50, -10, 0, 100 …: position 2.9 is 0.9 of the way from -10 to 0.
            ("eod_balance_p10_30d", int(-1)),
            // In order -150, -50, -10, 0, 22 × 100, 200, 210, 300, 400: position 26.1 is a tenth of the way from 200 to 210.
            ("eod_balance_p90_30d", int(201)),
            ("balance_n_days_ago_30d", int(100)),
            ("balance_end_of_month_m0", int(210)),
            // 31 January is 29 days before T: age 28.
            ("balance_start_of_month_m0", int(100)),
            ("balance_end_of_month_m1", int(100)),
            ("balance_start_of_month_m1", Err(Missing::NotEnoughHistory)),
            ("days_negative_balance_30d", int(3)),
            ("days_negative_balance_7d", int(1)),
            ("days_negative_balance_m0", int(3)),
            // Age 9 Thursday, 8 Friday, 5 Monday.
            ("days_negative_balance_weekday_30d", int(3)),
            ("days_positive_balance_30d", int(26)),
            ("share_days_below_zero_30d", real(0.1)),
            ("days_since_negative_balance", int(6)),
            ("longest_negative_run_days_30d", int(2)),
            ("negative_episode_count_30d", int(2)),
            ("negative_depth_max_30d", int(150)),
            ("eod_balance_avg_60d", Err(Missing::NotEnoughHistory)),
        ],
    );
}

#[test]
fn balances_that_never_fell_and_those_that_are_not_there() {
    let mut calm = sample(100);
    calm.balances(0, &[500; 90]);
    check(
        &calm,
        &[
            ("days_negative_balance_90d", int(0)),
            ("share_days_below_zero_90d", real(0.0)),
            ("negative_depth_max_90d", int(0)),
            ("days_since_negative_balance", Err(Missing::NoSuchEvent)),
            ("recovery_days_median_90d", Err(Missing::NoSuchEvent)),
            ("eod_balance_std_90d", int(0)),
            ("balance_trend_half_90d", Err(Missing::ZeroDenominator)),
            ("weeks_balance_increasing_84d", int(0)),
            ("eod_balance_avg_to_outflow_90d", Err(Missing::ZeroDenominator)),
        ],
    );
    let mut none = sample(100);
    for name in ["eod_balance_avg_30d", "days_negative_balance_90d", "balance_current", "balance_trend_half_90d"] {
        check(&none, &[(name, Err(Missing::NotPermitted))]);
    }
    none.ledger.accounts.clear();
    check(
        &none,
        &[
            ("eod_balance_avg_30d", Err(Missing::NotApplicable)),
            ("inflow_amount_30d", Err(Missing::NotApplicable)),
            ("has_savings_account", Err(Missing::NotApplicable)),
        ],
    );
}

#[test]
fn an_overdrawn_account_beside_a_full_one_is_seen_only_account_by_account() {
    let mut sample = sample(100);
    sample.account(Scope::Deposit);
    sample.balances(0, &[[10; 25].as_slice(), &[-40, -40, -40, 10, 10]].concat());
    sample.balances(1, &[100; 30]);
    check(&sample, &[("days_negative_balance_30d", int(0)), ("days_any_account_negative_30d", int(3))]);
}

#[test]
fn a_spell_below_zero_recovers_on_its_first_day_at_or_above() {
    let mut sample = sample(200);
    // Spells of 1, 3 and 4 days that ended, and one of 2 that has not: the median of 1, 3, 4.
    let tail = [-1, 0, -1, -1, -1, 0, -1, -1, -1, -1, 5, -1, -1];
    sample.balances(0, &[[7; 77].as_slice(), &tail].concat());
    check(&sample, &[("recovery_days_median_90d", real(3.0)), ("negative_episode_count_90d", int(4))]);
}

#[test]
fn balances_against_flows_by_hand() {
    let mut sample = sample(120);
    // 90 days: 45 at 300, then 45 at 600; mean 450.
    sample.balances(0, &[[300; 45].as_slice(), &[600; 45]].concat());
    sample.rows("income_salary", &[(70, 3_000), (40, 3_000), (10, 3_000)]);
    sample.rows("groceries", &[(60, -1_800), (30, -1_800), (5, -1_800)]);
    sample.application.instalment_amount = Some(600);
    sample.application.requested_amount = Some(6_000);
    sample.application.stated_income = Some(4_500);
    // 45 days each side of the mean by 150: variance 90 × 150² / 89.
    let deviation = (90.0_f64 * 150.0 * 150.0 / 89.0).sqrt();
    check(
        &sample,
        &[
            // Outflow 5400 / 90 = 60 a day; 450 / 60.
            ("eod_balance_avg_to_outflow_90d", real(7.5)),
            // Inflow 3000 a month.
            ("eod_balance_avg_to_inflow_90d", real(0.15)),
            ("eod_balance_min_to_inflow_90d", real(0.1)),
            ("eod_balance_p10_to_outflow_90d", real(5.0)),
            ("eod_balance_median_to_outflow_90d", real(7.5)),
            ("balance_current_to_outflow_90d", real(10.0)),
            ("negative_depth_to_inflow_90d", real(0.0)),
            // Seven days of outflow are 420: the 45 days at 300 are below.
            ("share_days_below_seven_days_outflow_90d", real(0.5)),
            ("share_days_below_one_day_outflow_90d", real(0.0)),
            // Last 30 days: 600 / 60; with 600 / 30 = 20 a day more: 600 / 80.
            ("liquidity_buffer_days_total_90d", real(10.0)),
            ("liquidity_buffer_days_essential_90d", real(10.0)),
            ("post_loan_buffer_days_90d", real(7.5)),
            // Income at ages 70, 40, 10: balances 300, 600, 600; the day before 40 is 41, still 600.
            ("balance_day_of_income_90d", int(500)),
            ("payday_cushion_to_outflow_90d", real(500.0 / 60.0)),
            ("balance_trend_half_90d", real(300.0 / deviation)),
            // Outflow 1800 a month.
            ("balance_change_to_outflow_90d", real(300.0 / 1_800.0)),
            ("instalment_to_income_90d", real(0.2)),
            ("instalment_to_inflow_90d", real(0.2)),
            ("instalment_to_balance_90d", real(600.0 / 450.0)),
            ("instalment_and_debt_to_income_90d", real(0.2)),
            ("requested_amount_to_inflow_90d", real(2.0)),
            ("requested_amount_to_income_90d", real(2.0)),
            ("requested_amount_to_balance_90d", real(6_000.0 / 450.0)),
            // 3000 - 1800 a month.
            ("disposable_income_90d", int(1_200)),
            ("disposable_income_to_income_90d", real(0.4)),
            ("disposable_after_instalment_to_income_90d", real(0.2)),
            ("net_cash_flow_to_inflow_90d", real(0.4)),
            ("net_cash_flow_after_instalment_to_inflow_90d", real(0.2)),
            ("stated_income_to_observed_90d", real(1.5)),
        ],
    );
    sample.application.instalment_amount = None;
    sample.application.requested_amount = None;
    for name in ["instalment_to_income_90d", "post_loan_buffer_days_90d", "requested_amount_to_inflow_90d"] {
        check(&sample, &[(name, Err(Missing::NotApplicable))]);
    }
}

#[test]
fn income_is_regular_on_thirty_day_sums() {
    let mut sample = sample(90);
    // Buckets, newest first: 100, 300, 200; two kinds of income on one day count alike.
    sample.rows("income_salary", &[(5, 60), (45, 300), (80, 200)]);
    sample.rows("income_pension", &[(5, 40)]);
    check(
        &sample,
        &[
            // Mean 200, sample deviation 100.
            ("income_cv_90d", real(0.5)),
            ("income_std_30d_bucket_90d", int(100)),
            ("income_min_30d_bucket_90d", int(100)),
            ("income_min_to_mean_90d", real(0.5)),
            ("income_months_present_90d", int(3)),
            // Ages 6 to 44 and 46 to 79 are empty: 39 and 34 days.
            ("income_longest_gap_days_90d", int(39)),
            // 100 against a mean of 250: below 70 percent.
            ("income_drop_flag_90d", int(1)),
            ("income_last_to_mean_90d", real(0.4)),
            ("income_days_90d", int(3)),
            ("days_since_income", int(6)),
            ("income_cv_180d", Err(Missing::NotEnoughHistory)),
        ],
    );
    let none = self::sample(90);
    check(
        &none,
        &[
            ("income_cv_90d", Err(Missing::ZeroDenominator)),
            ("income_min_30d_bucket_90d", int(0)),
            ("income_longest_gap_days_90d", int(90)),
            ("income_drop_flag_90d", Err(Missing::NoSuchEvent)),
            ("days_since_income", Err(Missing::NoSuchEvent)),
        ],
    );
}

#[test]
fn returned_items_and_overdraft_by_fee_and_by_balance() {
    let mut sample = sample(120);
    // Below zero at ages 20 to 17 and 3 to 2; fees at ages 20, 17 and, with no negative balance, 50.
    let mut closing = [100_i64; 90];
    for age in [20, 19, 18, 17, 3, 2] {
        closing[89 - age] = -5;
    }
    sample.balances(0, &closing);
    sample.rows("fee_nsf", &[(50, -34), (20, -34)]);
    sample.rows("fee_overdraft", &[(17, -35)]);
    sample.rows("fee_nsf_reversal", &[(16, 34)]);
    check(
        &sample,
        &[
            ("nsf_count_90d", int(1)),
            ("nsf_raw_row_count_90d", int(2)),
            ("overdraft_fee_count_90d", int(1)),
            ("nsf_od_combined_count_90d", int(2)),
            // The fee of age 20 was given back: 1 - 1 + 1.
            ("nsf_od_combined_count_30d", int(1)),
            ("nsf_count_14d", int(0)),
            ("nsf_od_distinct_days_90d", int(3)),
            ("nsf_od_per_month_90d", real(2.0 / 3.0)),
            // The fee of age 20 was given back, that of age 17 stands, and one before: 1 - 0.5 = 0.5, half to even.
            ("nsf_od_trend_90d", int(0)),
            // Charged: 20 itself, 18 by the fee on the next day, 17 itself. Free: 19, 3, 2.
            ("fee_free_overdraft_days_90d", int(3)),
            // Six days below zero and the fee of age 50.
            ("negative_or_fee_days_90d", int(7)),
            ("days_since_nsf_od", int(18)),
        ],
    );
}

#[test]
fn trends_and_variation_by_hand() {
    let mut sample = sample(180);
    // 30-day buckets, newest first. Inflow 120, 60, 120; outflow 90, 90, 0.
    sample.rows("deposit_other", &[(10, 120), (40, 60), (70, 120)]);
    sample.rows("restaurants", &[(20, -90), (50, -90)]);
    // Daily net flows of 90 days: 120, 60, 120, -90, -90; newer 45 days: 120 + 60 - 90 = 90, older: 120 - 90 = 30.
    let squares: f64 = 120.0 * 120.0 * 2.0 + 60.0 * 60.0 + 90.0 * 90.0 * 2.0;
    let deviation = ((squares - 120.0 * 120.0 / 90.0) / 89.0).sqrt();
    check(
        &sample,
        &[
            ("cashflow_trend_half_90d", real(60.0 / 45.0 / deviation)),
            // Mean 100, squares 400 + 1600 + 400 over 2: root of 1200.
            ("inflow_cv_90d", real(1_200.0_f64.sqrt() / 100.0)),
            ("inflow_std_30d_bucket_90d", int(35)),
            // Mean 60, squares 900 + 900 + 3600 over 2: root of 2700.
            ("outflow_cv_90d", real(2_700.0_f64.sqrt() / 60.0)),
            ("spend_cv_90d", real(2_700.0_f64.sqrt() / 60.0)),
            // Net 30, -30, 120: root of 900 / 3 against a mean of 100.
            ("net_flow_downside_to_inflow_90d", real(300.0_f64.sqrt() / 100.0)),
            ("share_months_negative_net_flow_90d", real(1.0 / 3.0)),
            ("inflow_1m_3m_trend_90d", real(0.2)),
            ("outflow_1m_3m_trend_90d", real(0.5)),
            ("debt_payment_1m_3m_trend_90d", Err(Missing::ZeroDenominator)),
            // Halves of 45 days: 180 against 120, 90 against 90.
            ("inflow_trend_90d", real(60.0 / 300.0)),
            ("outflow_trend_90d", real(0.0)),
            // Weeks with 120, 60, 120 among twelve: mean 25, squares 32400 - 7500 over 11.
            ("weekly_inflow_cv_84d", real((24_900.0_f64 / 11.0).sqrt() / 25.0)),
            ("weekly_inflow_std_84d", int(48)),
            // Shares 0.4, 0.2, 0.4.
            ("inflow_day_concentration_90d", real(0.36)),
            ("inflow_day_max_share_90d", real(0.4)),
            ("inflow_concentration_hhi_90d", real(1.0)),
            ("inflow_days_90d", int(3)),
        ],
    );
}

#[test]
fn coverage_by_hand() {
    // The first row is 81 days before T: 2025-12-10.
    let mut sample = sample(1);
    sample.rows("groceries", &[(80, -1), (50, -1), (50, -2), (9, -1)]);
    sample.ledger.rows[1].label.confidence = 0;
    sample.ledger.rows[2].label.confidence = 49;
    sample.ledger.counts.duplicate_rows = 2;
    sample.ledger.pending = vec![sample.ledger.rows[3]; 3];
    sample.ledger.accounts[0].balance_as_of = Some(sample.ledger.as_of - 7_300);
    sample.ledger.accounts[0].reconciliation_error = Some(12);
    sample.balances(0, &[1; 40]);
    check(
        &sample,
        &[
            ("history_days_available", int(81)),
            ("coverage_ratio_90d", real(0.9)),
            ("coverage_ratio_30d", real(1.0)),
            ("balance_days_available", int(40)),
            ("active_days_90d", int(3)),
            // Of 81 covered days.
            ("inactive_days_90d", int(78)),
            ("inactive_days_30d", int(29)),
            // Ages 0 to 8: 9 days; 10 to 49: 40 days; 51 to 79: 29 days.
            ("max_gap_days_90d", int(40)),
            // In 30 days: ages 10 to 29.
            ("max_gap_days_30d", int(20)),
            // 71 days over three gaps.
            ("avg_days_between_txns_90d", real(71.0 / 3.0)),
            ("avg_days_between_txns_30d", Err(Missing::TooFewEvents)),
            // January and February; T is the first of March.
            ("complete_calendar_months", int(2)),
            // Mondays from 15 December; 2026-03-01 is a Sunday, so ten whole weeks to 22 February. Rows on 9 January
            // (age 50) and 19 February (age 9) fill two of them.
            ("inactive_weeks", int(8)),
            ("uncategorised_amount_share_90d", real(0.2)),
            ("low_confidence_txn_share_90d", real(0.5)),
            ("duplicate_txn_count", int(2)),
            ("pending_txn_share_30d", real(0.75)),
            ("balance_snapshot_age_hours", int(2)),
            ("balance_reconciliation_error", int(12)),
            ("data_age_days_last_txn", int(10)),
        ],
    );
}

#[test]
fn accounts_are_counted_by_kind_and_savings_by_balance() {
    let mut sample = sample(120);
    sample.rows("rent", &[(30, -900)]);
    check(&sample, &[("has_savings_account", int(0)), ("savings_balance", Err(Missing::NotApplicable))]);
    let savings = sample.account(Scope::Deposit);
    savings.subcategory = AccountSubcategory::Savings;
    savings.access = TransactionAccess::NotPermitted;
    savings.institution_name = "Bank".to_owned();
    sample.account(Scope::Credit).institution_name = "Bank".to_owned();
    check(&sample, &[("has_savings_account", int(1)), ("savings_balance", Err(Missing::NotPermitted))]);
    sample.ledger.accounts[1].balance_current = Some(1_200);
    check(
        &sample,
        &[
            ("savings_balance", int(1_200)),
            // Outflow 300 a month.
            ("savings_balance_to_outflow_90d", real(4.0)),
            ("account_count_depository", int(2)),
            ("account_count_checking", int(1)),
            ("account_count_savings", int(1)),
            ("account_count_credit", int(1)),
            ("account_count_loan", int(0)),
            ("account_count_without_transactions", int(1)),
            ("institution_count", int(1)),
            ("inflow_share_primary_90d", Err(Missing::ZeroDenominator)),
        ],
    );
    sample.rows("income_gig", &[(10, 300), (9, 100)]);
    sample.ledger.rows.last_mut().expect("there").account = 1;
    check(&sample, &[("inflow_share_primary_90d", real(0.75))]);
}

#[test]
fn a_trend_of_balances_may_miss_the_days_that_its_window_may() {
    let mut sample = sample(81);
    // Nine tenths of 90 days: 36 at 300 in the older half, 45 at 600 in the newer.
    sample.balances(0, &[[300; 36].as_slice(), &[600; 45]].concat());
    // Squares about the mean: 36 × 45 / 81 × 300² = 1,800,000; over 80 it is 22,500, whose root is 150.
    check(&sample, &[("balance_trend_half_90d", real(2.0))]);
    sample.balances(0, &[[300; 35].as_slice(), &[600; 45]].concat());
    check(&sample, &[("balance_trend_half_90d", Err(Missing::NotEnoughHistory))]);
}

#[test]
fn the_month_before_t_counts_once_it_is_over() {
    let rows = [((2025, 12, 1), 1_000), ((2026, 1, 31), 2_000), ((2026, 2, 28), 3_001)];
    let at = |end: Day| {
        let mut sample = Sample::new(end);
        for ((year, month, date), amount) in rows {
            sample.row(end.0 - 1 - Day::from_civil(year, month, date).0, amount, "income_pension");
        }
        // From 2 or 3 September on, so that October is the oldest whole month.
        sample.history(180);
        sample
    };
    // The 90 days before 1 March begin on 1 December: 6,001 / 3 = 2,000.3. October to February are five.
    let first = at(Day::from_civil(2026, 3, 1));
    check(&first, &[("income_monthly_avg_90d", int(2_000)), ("complete_calendar_months", int(5))]);
    // A day before, February is not over, and the window begins on 30 November: December and January, 3,000 / 2.
    let mut last = Sample::new(Day::from_civil(2026, 2, 28));
    last.rows("income_pension", &[(0, 9_999), (27, 2_000), (88, 1_000)]);
    last.history(180);
    check(&last, &[("income_monthly_avg_90d", int(1_500))]);
    // A day after, the window begins on 2 December: January and February, 5,001 / 2 = 2,500.5, half to even; neither December
    // nor the one day of March counts.
    let mut second = at(Day::from_civil(2026, 3, 2));
    second.row(0, 70_000, "income_pension");
    check(&second, &[("income_monthly_avg_90d", int(2_500)), ("complete_calendar_months", int(5))]);
}

#[test]
fn a_bucket_or_a_calendar_month_that_begins_before_the_history_is_left_out() {
    // T is 2026-03-01. Pay of 3,000 on each 5th: ages 23 (5 February), 54 (5 January), 85 (5 December).
    let pay = [(23, 300_000), (54, 300_000), (85, 300_000)];
    let whole = |sample: &Sample| {
        check(
            sample,
            &[
                ("income_cv_90d", real(0.0)),
                ("income_months_present_90d", int(3)),
                ("income_min_30d_bucket_90d", int(300_000)),
                ("income_monthly_avg_90d", int(300_000)),
            ],
        );
    };
    let mut all = sample(90);
    all.rows("income_salary", &pay);
    whole(&all);
    // 83 days: nine tenths of 90 are seen, the first days of December are not.
    let mut some = sample(83);
    some.rows("income_salary", &pay[..2]);
    check(
        &some,
        &[
            ("income_cv_90d", real(0.0)),
            ("income_months_present_90d", int(2)),
            ("income_min_30d_bucket_90d", int(300_000)),
            ("income_monthly_avg_90d", int(300_000)),
            ("income_cv_180d", Err(Missing::NotEnoughHistory)),
        ],
    );
}

#[test]
fn a_run_below_zero_that_recovers_in_the_window_counts_whole() {
    let mut sample = sample(120);
    // Below zero at ages 119 to 89, of which the window holds the last, and at ages 50 to 48; the oldest day stands first.
    let mut closing = vec![100; 120];
    closing[..=119 - 89].fill(-5);
    closing[119 - 50..=119 - 48].fill(-5);
    sample.balances(0, &closing);
    // 31 days and 3: median 17. A longest run is cut at the window's ends.
    check(&sample, &[("recovery_days_median_90d", real(17.0)), ("longest_negative_run_days_90d", int(3))]);
}
