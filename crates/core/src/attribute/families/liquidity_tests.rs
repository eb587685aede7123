//! Low balances, pay that is spent, and balances and flows by calendar month, against hand arithmetic.

use super::{
    balances::level,
    tests::{check, int, real, sample},
};
use crate::{
    attribute::registry::{Evidence, Registry},
    category::taxonomy::Taxonomy,
    digest::{
        exact::percentile,
        sample::{Sample, random},
    },
    money::Currency,
    time::{Day, Window},
    value::Missing,
};

fn age(sample: &Sample, (year, month, date): (i32, u32, u32)) -> i32 {
    sample.ledger.end.0 - 1 - Day::from_civil(year, month, date).0
}

const THRESHOLDS: [&str; 6] = [
    "days_below_0_30d",
    "days_below_25_30d",
    "days_below_50_30d",
    "days_below_100_30d",
    "days_below_250_30d",
    "days_below_500_30d",
];

#[test]
fn days_below_an_amount_follow_the_currency() {
    let mut sample = sample(100);
    sample.balances(0, &[[50_000; 24].as_slice(), &[-1, 0, 2_499, 2_500, 9_999, 10_000]].concat());
    // Below 0, 25.00, 50.00, 100.00, 250.00, 500.00; 500.00 itself is not below.
    for (name, want) in THRESHOLDS.into_iter().zip([1, 3, 4, 5, 6, 6]) {
        check(&sample, &[(name, int(want))]);
    }
    check(&sample, &[("share_days_below_100_30d", real(5.0 / 30.0))]);
    let registry = Registry::builtin(&Taxonomy::builtin()).expect("valid");
    let column = registry.column("days_below_25_30d").expect("there");
    let days = [5, 4, 3].map(|age| Evidence::Day(sample.day(age)));
    assert_eq!(registry.evidence(column, &sample.digest(registry.plan())), days);
    // The yen has no minor unit: -1, 0 and none of 2,499.
    let yen = Currency::parse("jpy").expect("valid");
    sample.ledger.currency = yen;
    sample.ledger.accounts[0].currency = yen;
    for (name, want) in THRESHOLDS.into_iter().zip([1, 2, 2, 2, 2, 2]) {
        check(&sample, &[(name, int(want))]);
    }
}

#[test]
fn low_balances_need_balances_and_one_day_is_not_enough() {
    let mut sample = sample(100);
    for name in THRESHOLDS.into_iter().chain(["share_days_below_100_30d", "balance_to_inflow_ratio_30d"]) {
        check(&sample, &[(name, Err(Missing::NotPermitted))]);
    }
    sample.balances(0, &[5]);
    for name in THRESHOLDS.into_iter().chain(["share_days_below_100_30d", "balance_to_inflow_ratio_30d"]) {
        check(&sample, &[(name, Err(Missing::NotEnoughHistory))]);
    }
    sample.balances(0, &[500_000; 40]);
    for name in THRESHOLDS {
        check(&sample, &[(name, int(0))]);
    }
    check(&sample, &[("share_days_below_100_30d", real(0.0))]);
}

#[test]
fn three_thousand_are_enough_and_a_cent_less_is_not() {
    let name = "savings_at_least_3000_flag";
    let mut sample = sample(100);
    check(&sample, &[(name, Err(Missing::NotPermitted))]);
    sample.ledger.accounts[0].balance_current = Some(100_000);
    check(&sample, &[(name, int(0))]);
    sample.account(crate::ledger::Scope::Deposit).balance_current = Some(199_999);
    check(&sample, &[(name, int(0))]);
    sample.ledger.accounts[1].balance_current = Some(200_000);
    check(&sample, &[(name, int(1))]);
    sample.ledger.accounts.clear();
    check(&sample, &[(name, Err(Missing::NotApplicable))]);
}

#[test]
fn the_mean_balance_against_the_inflow_of_a_month() {
    let mut sample = sample(100);
    sample.balances(0, &[[100; 60].as_slice(), &[400; 30]].concat());
    check(&sample, &[("balance_to_inflow_ratio_30d", Err(Missing::ZeroDenominator))]);
    sample.rows("deposit_other", &[(5, 800), (50, 700)]);
    // 400 / 800; 200 / (1,500 / 3).
    check(&sample, &[("balance_to_inflow_ratio_30d", real(0.5)), ("balance_to_inflow_ratio_90d", real(0.4))]);
}

#[test]
fn pay_is_burnt_when_eighty_percent_of_it_are_spent() {
    let mut sample = sample(200);
    check(&sample, &[("paycheck_burn_days_90d", Err(Missing::NoSuchEvent))]);
    for date in [(2025, 11, 14), (2025, 12, 15), (2026, 1, 15), (2026, 2, 13)] {
        sample.row(age(&sample, date), 1_000, "income_salary");
    }
    for (date, amount) in [
        // 30 days before it lie before the pay day: 800 on the fifth day after.
        ((2025, 12, 14), -100),
        ((2025, 12, 15), -300),
        ((2025, 12, 20), -500),
        // 799 until the next pay.
        ((2026, 1, 15), -799),
    ] {
        sample.row(age(&sample, date), amount, "groceries");
    }
    sample.sort();
    // 5 days; 29 until 13 February; the last is not spent. In 180 days also 31 until 15 December.
    check(&sample, &[("paycheck_burn_days_90d", real(17.0)), ("paycheck_burn_days_180d", real(29.0))]);
    sample.row(age(&sample, (2026, 2, 13)), -800, "rent");
    sample.sort();
    // Burnt on the day itself: 0, 5, 29; 0, 5, 29, 31.
    check(&sample, &[("paycheck_burn_days_90d", real(5.0)), ("paycheck_burn_days_180d", real(17.0))]);
    check(&self::sample(50), &[("paycheck_burn_days_90d", Err(Missing::NotEnoughHistory))]);
}

#[test]
fn selecting_two_values_equals_sorting_them_all() {
    let registry = Registry::builtin(&Taxonomy::builtin()).expect("valid");
    for seed in 300..310 {
        let sample = random(seed, 50, 300);
        let digest = sample.digest(registry.plan());
        for window in [Window::days(30), Window::days(60), Window::Days { far: 60, near: 30 }, Window::History] {
            let Ok(days) = digest.balances(digest.span(window)) else { continue };
            for percent in [0, 10, 50, 90, 99, 100] {
                let got = level(&digest, window, percent).ok();
                assert_eq!(got, percentile(&days.sorted(), percent), "seed {seed}, {window:?}, {percent}");
            }
        }
    }
}

#[test]
fn months_and_years_of_balances_by_hand() {
    let mut sample = sample(400);
    // 28 February 2025 is 365 days before the last day: then 1 until July, 2 from August on.
    let august = usize::try_from(age(&sample, (2025, 8, 1))).expect("past") + 1;
    sample.balances(0, &[vec![1; 400 - august], vec![2; august]].concat());
    sample.balances(0, &[vec![-7; 1], vec![1; 399 - august], vec![2; august]].concat());
    check(
        &sample,
        &[
            ("balance_end_of_month_m12", int(1)),
            ("balance_start_of_month_m7", int(1)),
            ("balance_end_of_month_m7", int(1)),
            ("balance_end_of_month_m6", int(2)),
            ("eod_balance_min_m12", int(1)),
            ("eod_balance_max_m7", int(1)),
            ("days_negative_balance_m12", int(0)),
            // 212 of 365 days at 2.
            ("eod_balance_median_365d", int(2)),
            ("eod_balance_p10_365d", int(1)),
            ("eod_balance_p90_365d", int(2)),
            ("recovery_days_median_365d", Err(Missing::NoSuchEvent)),
        ],
    );
}

#[test]
fn weeks_of_all_history_and_recoveries_of_a_year() {
    let mut sample = sample(400);
    // Four weeks of 1, 2, 3, 2 and two older days that make no week.
    let weeks: Vec<i64> = [1, 2, 3, 2].iter().flat_map(|level| [*level; 7]).collect();
    sample.balances(0, &[[9, 9].as_slice(), &weeks].concat());
    check(&sample, &[("weeks_balance_increasing", int(2))]);
    let mut low = vec![5; 365];
    low[10..14].fill(-1);
    low[100..102].fill(-1);
    sample.balances(0, &low);
    // Four days and two.
    check(&sample, &[("recovery_days_median_365d", real(3.0))]);
}

#[test]
fn flows_of_calendar_months_by_hand() {
    let mut sample = sample(400);
    let names = [
        "months_negative_net_flow_180d",
        "share_calendar_months_negative_net_flow_180d",
        "free_cash_flow_monthly_avg_90d",
        "net_flow_downside_dev_180d",
        "inflow_std_monthly_90d",
    ];
    for name in names {
        check(&sample, &[(name, if name.starts_with("share") { real(0.0) } else { int(0) })]);
        check(&self::sample(50), &[(name, Err(Missing::NotEnoughHistory))]);
    }
    for name in ["inflow_cv_monthly_90d", "outflow_cv_monthly_90d"] {
        check(&sample, &[(name, Err(Missing::ZeroDenominator))]);
        check(&self::sample(50), &[(name, Err(Missing::NotEnoughHistory))]);
    }
    let rows = [
        // October 300 - 100, November 0 - 30, December 100 - 0, January 500 - 540, February 0 - 999.
        ((2025, 10, 5), 300, "income_pension"),
        ((2025, 10, 6), -100, "rent"),
        ((2025, 11, 30), -30, "restaurants"),
        ((2025, 12, 31), 100, "deposit_other"),
        ((2026, 1, 1), 500, "income_salary"),
        ((2026, 1, 2), -200, "groceries"),
        ((2026, 1, 3), -300, "loan_auto_payment"),
        ((2026, 1, 4), -40, "transfer_savings"),
        ((2026, 2, 1), -999, "rent"),
    ];
    for (date, amount, purpose) in rows {
        sample.row(age(&sample, date), amount, purpose);
    }
    // Inflow of five months 300, 0, 100, 500, 0: mean 180, squares 120² + 180² + 80² + 320² + 180² = 188,000 over 4; the root
    // of 47,000 is 216.8.
    let inflow = 47_000.0_f64.sqrt();
    // Outflow 100, 30, 0, 540, 999: mean 333.8, squares 1,300,501 - 1,669² / 5 = 743,388.8 over 4.
    let outflow = (743_388.8_f64 / 4.0).sqrt();
    check(
        &sample,
        &[
            // November, January, February.
            ("months_negative_net_flow_180d", int(3)),
            // Twelve months, March to February.
            ("months_negative_net_flow_365d", int(3)),
            ("share_calendar_months_negative_net_flow_180d", real(3.0 / 5.0)),
            ("share_calendar_months_negative_net_flow_365d", real(3.0 / 12.0)),
            // December 0, January 500 - 200 - 300, February -999, over 3; the deposit is no income, the transfer no expense.
            ("free_cash_flow_monthly_avg_90d", int(-333)),
            // (200 - 30 + 0 + 0 - 999) / 5 = -165.8.
            ("free_cash_flow_monthly_avg_180d", int(-166)),
            // -30, -40 and -999 among five: root of (900 + 1,600 + 998,001) / 5 = 200,100.2: 447.3.
            ("net_flow_downside_dev_180d", int(447)),
            ("inflow_std_monthly_180d", int(217)),
            ("inflow_cv_monthly_180d", real(inflow / 180.0)),
            ("outflow_cv_monthly_180d", real(outflow / 333.8)),
            // 30-day buckets back from T, newest first. Age 27 (February) is in the first; 28 to 59: January and 31 December
            // at age 59, so 600 against 540; then -30 (age 90 is the fourth); 300 - 100 at age 146.
            ("share_months_negative_net_flow_180d", real(2.0 / 6.0)),
            ("share_months_negative_net_flow_365d", real(2.0 / 12.0)),
        ],
    );
}

#[test]
fn a_window_with_one_whole_month_has_no_deviation() {
    // The 90 days before 31 August begin on 2 June: July alone is whole.
    let mut sample = Sample::new(Day::from_civil(2026, 8, 31));
    sample.history(400);
    sample.row(age(&sample, (2026, 7, 9)), 100, "income_other");
    for name in ["inflow_std_monthly_90d", "inflow_cv_monthly_90d", "outflow_cv_monthly_90d"] {
        check(&sample, &[(name, Err(Missing::TooFewEvents))]);
    }
    check(&sample, &[("free_cash_flow_monthly_avg_90d", int(100))]);
}

#[test]
fn without_a_balance_every_balance_attribute_says_that_before_it_says_that_days_are_missing() {
    let mut short = sample(50);
    short.rows("income_pension", &[(10, 100)]);
    for name in [
        "eod_balance_avg_90d",
        "days_negative_balance_90d",
        "balance_day_before_income_90d",
        "balance_day_of_income_90d",
        "balance_day_after_income_90d",
        "payday_cushion_to_outflow_90d",
        "fee_free_overdraft_days_90d",
        "negative_or_fee_days_90d",
    ] {
        check(&short, &[(name, Err(Missing::NotPermitted))]);
    }
}
