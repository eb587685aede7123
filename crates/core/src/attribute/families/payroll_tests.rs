//! Pay and income streams against hand arithmetic, with their zero, one-day and missing cases.

use super::tests::{check, int, real, sample};
use crate::{
    digest::sample::Sample,
    ledger::TransactionAccess,
    time::Day,
    value::{Missing, Value},
};

/// T is Sunday, 2026-03-01. Fortnightly pay of 1,000 on Fridays: ages 1, 15, 29, … back to age 169.
fn paid(skip: &[i32]) -> Sample {
    let mut sample = sample(200);
    for run in (0..13).filter(|run| !skip.contains(run)) {
        sample.row(1 + 14 * run, 100_000, "income_salary").label.counterparty = 7;
    }
    sample.sort();
    sample
}

#[test]
fn fortnightly_pay_without_a_flaw() {
    let sample = paid(&[]);
    check(
        &sample,
        &[
            ("pay_frequency", Ok(Value::Code("biweekly"))),
            ("pay_interval_median_days_180d", real(14.0)),
            ("pay_interval_mad_days_180d", real(0.0)),
            ("pay_on_time_ratio_90d", real(1.0)),
            ("missed_pay_count_180d", int(0)),
            ("pay_amount_cv_180d", real(0.0)),
            ("pay_amount_last_vs_mean_180d", real(1.0)),
            // The last pay was on Friday, 27 February; the next is due on 13 March, twelve days after T.
            ("next_pay_date", Ok(Value::Date(Day::from_civil(2026, 3, 13)))),
            ("days_to_next_pay", int(12)),
            // From age 169 to age 1.
            ("income_stream_tenure_days", int(168)),
            ("employer_tenure_days", int(168)),
            ("employer_count_90d", int(1)),
            ("employer_change_flag_180d", int(0)),
            ("payroll_split_flag_90d", int(0)),
            ("payroll_ewa_repay_share_90d", real(0.0)),
            ("income_regularity_score_180d", real(100.0)),
            ("income_stream_count_90d", int(1)),
            ("income_stream_active_count", int(1)),
            ("income_primary_share_180d", real(1.0)),
            // Whole months in [T - 180, T) = 2025-09-02 …: October to February, since September began a day too early. Pay
            // days: 10, 24 October; 7, 21 November; 5, 19 December; 2, 16, 30 January; 13, 27 February: 11,000 in five months.
            ("income_monthly_avg_180d", int(220_000)),
            ("income_min_month_180d", int(200_000)),
            // 2, 2, 2, 3, 2 thousand: mean 2,200; squares of distances 4 × 40,000 + 640,000 = 800,000; / 4 = 200,000: 447.21.
            ("income_std_monthly_180d", int(44_721)),
            ("income_cv_monthly_180d", real(200_000_f64.sqrt() / 2_200.0)),
            // Ages 1 to 85 are seven pay days, ages 99 to 169 six: 7/6 - 1.
            ("income_trend_3m_180d", real(1.0 / 6.0)),
        ],
    );
}

#[test]
fn a_missing_and_a_late_payment_count_against_the_schedule() {
    // The pay of age 43 is missing; that of age 15 came two days late, on Sunday.
    let mut sample = paid(&[3]);
    let late = sample.day(13);
    let due = sample.day(15);
    sample.ledger.rows.iter_mut().filter(|row| row.day == due).for_each(|row| {
        row.day = late;
        row.time = i64::from(late.0) * 86_400;
    });
    sample.sort();
    check(
        &sample,
        &[
            ("pay_frequency", Ok(Value::Code("biweekly"))),
            ("missed_pay_count_90d", int(1)),
            ("missed_pay_count_180d", int(1)),
            // Of ages 1, 15, 29, 43, 57, 71, 85: five on the day, one two days off, one missed.
            ("pay_on_time_ratio_90d", real(5.0 / 7.0)),
            ("pay_interval_mad_days_180d", real(0.0)),
            // Answered 6 of 7 dates of one stream.
            ("income_regularity_score_90d", real(600.0 / 7.0)),
        ],
    );
}

#[test]
fn pay_that_fell_by_a_third_hints_that_part_of_it_goes_elsewhere() {
    let mut sample = paid(&[]);
    let from = sample.day(20);
    sample.ledger.rows.iter_mut().filter(|row| from < row.day).for_each(|row| row.amount = 60_000);
    check(
        &sample,
        &[
            // 60 + 60 against 100 + 100.
            ("payroll_split_flag_90d", int(1)),
            // Mean of the window: eleven of 1,000 and two of 600, 12,200 / 13.
            ("pay_amount_last_vs_mean_180d", real(600.0 * 13.0 / 12_200.0)),
        ],
    );
}

#[test]
fn a_job_that_was_left_for_another_is_a_change() {
    let mut sample = sample(200);
    for run in 6..13 {
        sample.row(1 + 14 * run, 100_000, "income_salary").label.counterparty = 7;
    }
    for run in 0..4 {
        sample.row(4 + 14 * run, 120_000, "income_salary").label.counterparty = 8;
    }
    sample.sort();
    check(
        &sample,
        &[
            ("employer_change_flag_180d", int(1)),
            ("employer_count_180d", int(2)),
            // From age 46 to age 4.
            ("employer_tenure_days", int(42)),
            ("income_stream_active_count", int(1)),
            ("income_stream_count_90d", int(2)),
            // 7 × 1,000 and 4 × 1,200.
            ("income_primary_share_180d", real(7_000.0 / 11_800.0)),
        ],
    );
}

#[test]
fn a_job_that_began_and_stopped_is_no_change_of_employer() {
    // Five fortnightly payments from age 130 to age 74: begun and stopped within 180 days, and no other employer.
    let mut sample = sample(200);
    for run in 0..5 {
        sample.row(74 + 14 * run, 100_000, "income_salary").label.counterparty = 7;
    }
    sample.sort();
    check(&sample, &[("employer_change_flag_180d", int(0)), ("employer_count_180d", int(1))]);
    // Another employer that paid before the window too makes the lost job no change either.
    for run in 0..14 {
        sample.row(2 + 14 * run, 50_000, "income_salary").label.counterparty = 8;
    }
    sample.sort();
    check(&sample, &[("employer_change_flag_180d", int(0)), ("employer_count_180d", int(2))]);
}

#[test]
fn what_pays_now_is_lived_on_though_an_older_stream_kept_a_schedule() {
    // T is 2026-03-01. Seven weekly payouts of 50.00 from age 142 to age 100, and payroll of 3,000.00 on no calendar since.
    let mut sample = sample(200);
    for run in 0..7 {
        sample.row(100 + 7 * run, 5_000, "income_gig").label.counterparty = 5;
    }
    for age in [5, 14, 17, 40, 44, 71, 95] {
        sample.row(age, 300_000, "income_salary").label.counterparty = 7;
    }
    sample.sort();
    check(
        &sample,
        &[
            ("pay_frequency", Ok(Value::Code("irregular"))),
            ("income_stream_tenure_days", int(95 - 5)),
            // 7 × 3,000 of 7 × 3,050.
            ("income_primary_share_180d", real(3_000.0 / 3_050.0)),
        ],
    );
    // A running schedule goes before more money without one: weekly payouts up to age 2.
    for run in 0..14 {
        sample.row(2 + 7 * run, 5_000, "income_gig").label.counterparty = 6;
    }
    sample.sort();
    check(&sample, &[("pay_frequency", Ok(Value::Code("weekly")))]);
}

#[test]
fn a_job_whose_pay_is_overdue_goes_before_one_that_has_stopped() {
    let mut sample = sample(200);
    // Every fourteen days from age 164 to age 24.
    for run in 1..12 {
        sample.row(10 + 14 * run, 100_000, "income_salary").label.counterparty = 7;
    }
    // Five that paid more in all and stopped, from age 150 to age 94.
    for run in 0..5 {
        sample.row(94 + 14 * run, 500_000, "income_salary").label.counterparty = 8;
    }
    sample.sort();
    // That of age 10 is overdue.
    check(&sample, &[("employer_tenure_days", int(140)), ("income_stream_active_count", int(0))]);
}

#[test]
fn repaid_wage_access_is_set_against_the_pay_days() {
    let mut sample = paid(&[]);
    // On a pay day, two days after one, and three days after one.
    sample.rows("ewa_payment", &[(1, -5_000), (13, -3_000), (26, -7_000)]);
    sample.sort();
    // Seven pay days in 90 days.
    check(&sample, &[("payroll_ewa_repay_share_90d", real(8_000.0 / 700_000.0))]);
}

#[test]
fn an_outlier_lies_three_deviations_above_its_stream() {
    let mut sample = sample(400);
    for (run, amount) in [1_000, 1_010, 990, 1_000, 1_020, 1_500].into_iter().enumerate() {
        let age = 2 + 14 * i32::try_from(run).expect("small");
        sample.row(age, amount, "income_salary").label.counterparty = 7;
    }
    sample.sort();
    // Median 1,005; distances 5, 5, 15, 5, 15, 495: median 10; 1,500 lies 495 above it.
    check(&sample, &[("income_outlier_count_365d", int(1)), ("income_category_count_365d", int(1))]);
}

#[test]
fn wages_are_grossed_up_by_the_table_and_other_income_is_not() {
    let mut sample = sample(400);
    // 50,390 a year are left of 60,000 (see `gross_up`): exactly those in 365 days.
    sample.rows("income_salary", &[(100, 5_039_000)]);
    sample.rows("loan_auto_payment", &[(40, -40_000), (70, -20_000)]);
    sample.sort();
    check(
        &sample,
        &[
            ("income_monthly_gross_est_365d", int(500_000)),
            // 600 in the twelve months from March 2025 to February 2026, of 5,000 a month.
            ("debt_to_gross_income_365d", real(600.0 / 12.0 / 5_000.0)),
        ],
    );
    check(&self::sample(30), &[("debt_to_gross_income_365d", Err(Missing::NotEnoughHistory))]);
    let mut other = self::sample(400);
    other.rows("income_pension", &[(100, 1_200_000)]);
    check(&other, &[("income_monthly_gross_est_365d", int(100_000))]);
}

#[test]
fn income_without_a_calendar_is_an_irregular_stream() {
    let mut sample = sample(200);
    for age in [5, 14, 17, 40, 44, 71, 95, 133] {
        sample.row(age, 20_000, "income_gig").label.counterparty = 9;
    }
    sample.sort();
    check(
        &sample,
        &[
            ("pay_frequency", Ok(Value::Code("irregular"))),
            ("next_pay_date", Err(Missing::NoSuchEvent)),
            ("days_to_next_pay", Err(Missing::NoSuchEvent)),
            ("pay_on_time_ratio_180d", Err(Missing::NoSuchEvent)),
            ("missed_pay_count_180d", Err(Missing::NoSuchEvent)),
            ("income_regularity_score_180d", Err(Missing::NoSuchEvent)),
            ("income_stream_confidence_365d", Err(Missing::NotEnoughHistory)),
            ("income_stream_count_90d", int(1)),
        ],
    );
}

#[test]
fn without_income_there_is_no_stream_and_without_history_nothing_is_said() {
    let mut none = sample(200);
    none.rows("groceries", &[(3, -500), (150, -500)]);
    check(
        &none,
        &[
            ("pay_frequency", Err(Missing::NoSuchEvent)),
            ("pay_amount_cv_180d", Err(Missing::NoSuchEvent)),
            ("pay_amount_last_vs_mean_180d", Err(Missing::NoSuchEvent)),
            ("income_stream_tenure_days", Err(Missing::NoSuchEvent)),
            ("employer_tenure_days", Err(Missing::NoSuchEvent)),
            ("income_stream_count_90d", int(0)),
            ("income_stream_active_count", int(0)),
            ("income_primary_share_90d", Err(Missing::ZeroDenominator)),
            ("income_trend_3m_180d", Err(Missing::ZeroDenominator)),
            ("income_monthly_avg_90d", int(0)),
        ],
    );
    let mut young = sample(1);
    young.rows("income_salary", &[(0, 100_000)]);
    check(
        &young,
        &[
            ("pay_frequency", Err(Missing::NoSuchEvent)),
            // Whether there is pay, a day does not show.
            ("missed_pay_count_90d", Err(Missing::NotEnoughHistory)),
            ("pay_interval_mad_days_180d", Err(Missing::NotEnoughHistory)),
            ("pay_amount_cv_180d", Err(Missing::NotEnoughHistory)),
            ("income_stream_count_90d", Err(Missing::NotEnoughHistory)),
            ("income_stream_active_count", int(0)),
            ("income_monthly_avg_90d", Err(Missing::NotEnoughHistory)),
            ("income_monthly_gross_est_90d", Err(Missing::NotEnoughHistory)),
            ("employer_change_flag_180d", Err(Missing::NotEnoughHistory)),
        ],
    );
    let mut closed = sample(200);
    closed.ledger.accounts[0].access = TransactionAccess::NotPermitted;
    check(&closed, &[("pay_frequency", Err(Missing::NotPermitted)), ("next_pay_date", Err(Missing::NotPermitted))]);
}
