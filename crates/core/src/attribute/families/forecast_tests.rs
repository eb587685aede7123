//! What forecasts say of payments, affordability and income to come, by hand, with missing, zero and one-day cases.

use crate::{
    attribute::registry::{Evidence, Registry},
    category::taxonomy::Taxonomy,
    digest::sample::Sample,
    ledger::Scope,
    row::{AccountStatus, AccountSubcategory},
    time::Day,
    value::{Missing, Outcome, Value},
};

fn check(sample: &Sample, cases: &[(&str, Outcome)]) {
    let registry = Registry::builtin(&Taxonomy::builtin()).expect("valid");
    let digest = sample.digest(registry.plan());
    for (name, want) in cases {
        let column = registry.column(name).unwrap_or_else(|| panic!("no column {name}"));
        let got = registry.compute(column, &digest);
        match (&got, want) {
            (Ok(Value::Real(got)), Ok(Value::Real(want))) => {
                assert!((got - want).abs() <= 1e-12 * want.abs().max(1.0), "{name}: {got}, not {want}");
            }
            _ => assert_eq!(got, *want, "{name}"),
        }
    }
}

fn int(value: i64) -> Outcome {
    Ok(Value::Integer(value))
}

fn real(value: f64) -> Outcome {
    Ok(Value::Real(value))
}

/// T on a Sunday: 2026-03-01. Age 0 is Saturday, 28 February.
fn sample(history: i32) -> Sample {
    let mut sample = Sample::new(Day::from_civil(2026, 3, 1));
    sample.history(history);
    sample
}

/// Pay every second Friday up to 27 February, in turn `pay[0]` (the newest) and `pay[1]`; rent of 900.00 on the first of the
/// month, last on 1 February; 190 days of history.
fn regular(pay: [i64; 2], balance: i64) -> Sample {
    let mut sample = sample(190);
    for (back, amount) in (0..13).zip(pay.into_iter().cycle()) {
        sample.row(1 + 14 * back, amount, "income_salary");
    }
    for (year, month) in [(2025, 9), (2025, 10), (2025, 11), (2025, 12), (2026, 1), (2026, 2)] {
        let age = sample.ledger.end.0 - 1 - Day::from_civil(year, month, 1).0;
        sample.row(age, -90_000, "rent");
    }
    sample.sort();
    sample.balances(0, &[balance; 190]);
    sample.application.instalment_amount = Some(20_000);
    sample
}

const OF_THE_FORECAST: [&str; 9] = [
    "projected_balance_in_1d",
    "prob_balance_below_amount_in_1d",
    "best_debit_date_rank_in_2d",
    "best_debit_days_ahead",
    "prob_negative_next_30d",
    "safe_advance_amount",
    "income_monthly_forecast",
    "income_forecast_low",
    "income_annual_projected",
];

#[test]
fn rent_and_pay_to_come_by_hand() {
    // Rent on Sunday, 1 March (day 1; it came on Sundays before); pay on Fridays, 13 March (day 13) and 27 March (day 27).
    check(
        &regular([200_000, 200_000], 100_000),
        &[
            ("balance_to_amount_ratio", real(5.0)),
            ("projected_balance_in_1d", int(10_000)),
            ("projected_balance_in_12d", int(10_000)),
            ("projected_balance_in_13d", int(210_000)),
            ("prob_balance_below_amount_in_12d", real(1.0)),
            ("prob_balance_below_amount_in_13d", real(0.0)),
            // Banking days are 2 to 6 and 9 to 13. After day 13 all are equal, so that the earlier comes first.
            ("best_debit_date_rank_in_13d", int(1)),
            ("best_debit_date_rank_in_2d", int(2)),
            ("best_debit_date_rank_in_6d", int(6)),
            ("best_debit_date_rank_in_9d", int(7)),
            ("best_debit_date_rank_in_12d", int(10)),
            ("best_debit_date_rank_in_1d", Err(Missing::NotApplicable)),
            ("best_debit_date_rank_in_7d", Err(Missing::NotApplicable)),
            ("best_debit_date_rank_in_14d", Err(Missing::NotApplicable)),
            ("best_debit_days_ahead", int(13)),
            ("prob_negative_next_30d", real(0.0)),
            // 210,000 on pay day covers all.
            ("safe_advance_amount", int(50_000)),
            // Two pay days in 30 days, 26 a year.
            ("income_monthly_forecast", int(400_000)),
            ("income_forecast_low", int(400_000)),
            ("income_forecast_high", int(400_000)),
            ("income_annual_projected", int(5_200_000)),
        ],
    );
    check(&regular([200_000, 200_000], 89_999), &[("prob_negative_next_30d", real(1.0))]);
    // -89,500 - 90,000 + 200,000 = 20,500 on pay day; 1,000 when 19,500 less.
    check(&regular([200_000, 200_000], -89_500), &[("safe_advance_amount", int(20_000))]);
    check(&regular([200_000, 200_000], -109_000), &[("safe_advance_amount", int(0))]);
}

#[test]
fn the_interval_of_income_is_as_wide_as_pay_varies() {
    // The last six are 210,000 and 190,000 in turn: median 200,000, variance 6 × 10,000² / 5 = 1.2e8. One payment of which
    // the mean is known from six: 1.2e8 × 7 / 6 = 1.4e8; two: 2.8e8, deviation 16,733.2; times 1.28155: 21,444.46.
    check(
        &regular([210_000, 190_000], 100_000),
        &[
            ("income_monthly_forecast", int(400_000)),
            ("income_forecast_low", int(378_556)),
            ("income_forecast_high", int(421_444)),
        ],
    );
}

#[test]
fn income_without_a_cadence_goes_on_at_its_mean() {
    let mut sample = sample(190);
    sample.rows("income_gig", &[(3, 18_000), (8, 18_000), (30, 18_000), (37, 18_000), (70, 18_000)]);
    sample.balances(0, &[100_000; 190]);
    // Five times 18,000 in 90 days: 1,000 a day. Squares 5 × 18,000²: variance (90 × 1.62e9 - 90,000²) / (90 × 89) a day;
    // 30 days of which the mean is known from 90: × 30 × (1 + 1/3).
    let daily: f64 = (90.0 * 1.62e9 - 90_000.0 * 90_000.0) / (90.0 * 89.0);
    #[expect(clippy::cast_possible_truncation, reason = "a small amount")]
    let high = (30_000.0 + 1.281_551_565_544_600_4 * (daily * 40.0).sqrt()).round() as i64;
    check(
        &sample,
        &[
            ("income_monthly_forecast", int(30_000)),
            ("income_annual_projected", int(365_000)),
            ("income_forecast_high", int(high)),
            ("income_forecast_low", int(0)),
            // No pay day is known.
            ("safe_advance_amount", Err(Missing::NoSuchEvent)),
        ],
    );
}

#[test]
fn forecasts_without_rows_balances_or_history() {
    let mut quiet = sample(60);
    quiet.balances(0, &[500; 60]);
    quiet.application.instalment_amount = Some(400);
    // Sixty days on which nothing happened: nothing will.
    check(
        &quiet,
        &[
            ("balance_to_amount_ratio", real(1.25)),
            ("projected_balance_in_14d", int(500)),
            ("prob_balance_below_amount_in_14d", real(0.0)),
            ("best_debit_date_rank_in_2d", int(1)),
            ("best_debit_days_ahead", int(2)),
            ("prob_negative_next_30d", real(0.0)),
            ("safe_advance_amount", Err(Missing::NoSuchEvent)),
            ("income_monthly_forecast", int(0)),
            ("income_forecast_high", int(0)),
            ("income_annual_projected", int(0)),
        ],
    );
    quiet.application.instalment_amount = Some(0);
    check(&quiet, &[("balance_to_amount_ratio", Err(Missing::ZeroDenominator))]);
    quiet.application.instalment_amount = None;
    for name in [
        "balance_to_amount_ratio",
        "prob_balance_below_amount_in_14d",
        "best_debit_date_rank_in_2d",
        "best_debit_days_ahead",
    ] {
        check(&quiet, &[(name, Err(Missing::NotApplicable))]);
    }
    for days in [1, 59] {
        let mut short = sample(days);
        short.row(0, -100, "groceries");
        short.balances(0, &[500]);
        short.application.instalment_amount = Some(400);
        check(&short, &OF_THE_FORECAST.map(|name| (name, Err(Missing::NotEnoughHistory))));
        check(&short, &[("balance_to_amount_ratio", real(1.25))]);
    }
    let mut none = regular([200_000, 200_000], 0);
    none.ledger.accounts[0].balances = None;
    none.ledger.accounts[0].balance_current = None;
    check(&none, &OF_THE_FORECAST[..6].iter().map(|name| (*name, Err(Missing::NotPermitted))).collect::<Vec<_>>());
    check(&none, &[("balance_to_amount_ratio", Err(Missing::NotPermitted)), ("income_monthly_forecast", int(400_000))]);
    none.ledger.accounts.clear();
    none.ledger.rows.clear();
    check(&none, &OF_THE_FORECAST.map(|name| (name, Err(Missing::NotApplicable))));
    check(&none, &[("balance_to_amount_ratio", Err(Missing::NotApplicable))]);
}

#[test]
fn what_the_accounts_say_of_themselves() {
    let mut sample = sample(1);
    check(&sample, &[("account_closed_or_frozen_flag", int(0)), ("is_savings_or_mm", int(0))]);
    sample.ledger.accounts[0].subcategory = AccountSubcategory::Savings;
    sample.ledger.accounts[0].status = AccountStatus::Disconnected;
    check(&sample, &[("account_closed_or_frozen_flag", int(0)), ("is_savings_or_mm", int(1))]);
    let second = sample.account(Scope::Deposit);
    second.status = AccountStatus::Inactive;
    second.subcategory = AccountSubcategory::Unknown;
    check(&sample, &[("account_closed_or_frozen_flag", int(1)), ("is_savings_or_mm", Err(Missing::NotPermitted))]);
    sample.ledger.accounts[1].subcategory = AccountSubcategory::Other;
    check(&sample, &[("is_savings_or_mm", int(0))]);
    sample.ledger.accounts.iter_mut().for_each(|account| account.status = AccountStatus::Unknown);
    check(&sample, &[("account_closed_or_frozen_flag", Err(Missing::NotPermitted))]);
    sample.ledger.accounts.iter_mut().for_each(|account| account.scope = Scope::Credit);
    for name in ["account_closed_or_frozen_flag", "is_savings_or_mm"] {
        check(&sample, &[(name, Err(Missing::NotApplicable))]);
    }
}

/// Whole months: October to February lie in the 180 days before 1 March, which begin on 2 September, and December to February
/// in the 90. Each has income, groceries and a loan payment of 400.
fn months() -> Sample {
    let mut sample = sample(190);
    let all = [
        (2025, 10, 3_000, 1_000),
        (2025, 11, 2_000, 1_200),
        (2025, 12, 4_000, 1_100),
        (2026, 1, 3_000, 900),
        (2026, 2, 3_500, 1_300),
    ];
    for (year, month, income, groceries) in all {
        let age = sample.ledger.end.0 - 1 - Day::from_civil(year, month, 11).0;
        sample.row(age, income, "income_salary");
        sample.row(age - 3, -groceries, "groceries");
        sample.row(age - 5, -400, "loan_personal_payment");
    }
    // September is not whole and counts for nothing.
    sample.row(sample.ledger.end.0 - 1 - Day::from_civil(2025, 9, 11).0, -7_000, "groceries");
    sample.sort();
    sample.balances(0, &[5_000; 190]);
    sample.application.instalment_amount = Some(600);
    sample
}

#[test]
fn what_is_left_of_whole_months_by_hand() {
    let mut sample = months();
    check(
        &sample,
        &[
            // December to February: 10,500 - 3,300 - 3 × 400 = 6,000, over 3.
            ("disposable_income_monthly_90d", int(2_000)),
            // 15,500 - 5,500 - 5 × 400 = 8,000, over 5.
            ("disposable_income_monthly_180d", int(1_600)),
            // Income 2,000 3,000 3,000 3,500 4,000 at 0.2 × 4 = 0.8: 2,800; groceries 900 1,000 1,100 1,200 1,300 at 3.2: 1,220;
            // less 400.
            ("stressed_disposable_income_180d", int(1_180)),
            // Nets 1,600 400 2,500 1,700 1,800: mean 1,600, squares of the distances 1,440,000 + 810,000 + 10,000 + 40,000 =
            // 2,300,000, over 4 575,000, deviation 758.29. After 12 months 5,000 / 12 - 1.28155 × 758.29 / √12 = 416.67 - 280.53
            // = 136.14 beside the mean; earlier is more.
            ("payment_capacity_max_180d", int(1_736)),
            // 600 over 15,500 / 5.
            ("payment_to_income_new", real(600.0 / 3_100.0)),
        ],
    );
    // One month: 5,000 - 1.28155 × 758.29 = 5,000 - 971.78 = 4,028.22 beside the mean.
    sample.application.term_months = Some(1);
    check(&sample, &[("payment_capacity_max_180d", int(5_628))]);
    // Nothing to start from: the first month is the hardest, 1,600 - 971.78.
    sample.application.term_months = None;
    sample.balances(0, &[0; 190]);
    check(&sample, &[("payment_capacity_max_180d", int(628))]);
    sample.balances(0, &[-10_000; 190]);
    check(&sample, &[("payment_capacity_max_180d", int(0))]);
}

#[test]
fn whole_months_that_are_empty_or_not_there() {
    const MONTHLY: [&str; 4] = [
        "disposable_income_monthly_180d",
        "stressed_disposable_income_180d",
        "payment_capacity_max_180d",
        "payment_to_income_new",
    ];
    let mut quiet = sample(190);
    quiet.balances(0, &[0; 190]);
    quiet.application.instalment_amount = Some(600);
    check(
        &quiet,
        &[
            ("disposable_income_monthly_90d", int(0)),
            ("disposable_income_monthly_180d", int(0)),
            ("stressed_disposable_income_180d", int(0)),
            ("payment_capacity_max_180d", int(0)),
            ("payment_to_income_new", Err(Missing::ZeroDenominator)),
        ],
    );
    for days in [1, 161] {
        let mut short = months();
        short.history(days);
        check(&short, &MONTHLY.map(|name| (name, Err(Missing::NotEnoughHistory))));
    }
    let mut none = months();
    none.application.instalment_amount = None;
    none.ledger.accounts[0].balance_current = None;
    check(
        &none,
        &[
            ("payment_to_income_new", Err(Missing::NotApplicable)),
            ("payment_capacity_max_180d", Err(Missing::NotPermitted)),
        ],
    );
}

#[test]
fn evidence_is_what_a_forecast_is_made_from() {
    let registry = Registry::builtin(&Taxonomy::builtin()).expect("valid");
    let sample = regular([200_000, 200_000], 100_000);
    let digest = sample.digest(registry.plan());
    let of = |name: &str| registry.evidence(registry.column(name).unwrap_or_else(|| panic!("{name}")), &digest);
    // Thirteen payments of pay were pushed first, the newest first; then six of rent.
    let pay = (0..6).map(Evidence::Row);
    assert_eq!(of("income_monthly_forecast"), pay.clone().collect::<Vec<_>>());
    let days = Evidence::Window { first: sample.day(89), last: sample.day(0) };
    let all: Vec<Evidence> = pay.chain((13..19).map(Evidence::Row)).chain([days]).collect();
    assert_eq!(of("projected_balance_in_3d"), all);
    // February's pay came on the 13th and 27th, January's on the 2nd, 16th and 30th, December's on the 5th and 19th: ages
    // 1 + 14 × 0 to 6. Of the rents from September on the last three.
    let months: Vec<Evidence> = (0..7).chain([16, 17, 18]).map(Evidence::Row).collect();
    assert_eq!(of("disposable_income_monthly_90d"), months);
}
