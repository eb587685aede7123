//! What money earns by itself, and what an applicant lives on, against hand arithmetic.

use super::tests::{check, int, real, sample};
use crate::{
    digest::sample::Sample,
    value::{Missing, Value},
};

#[test]
fn cents_of_interest_are_income_and_say_nothing_of_whether_income_comes() {
    // A wage 111 days before T; since then two cents of interest a month, and a dividend.
    let mut sample = sample(120);
    sample.rows("income_salary", &[(110, 300_000)]);
    sample.rows("income_interest", &[(70, 2), (40, 2), (9, 2)]);
    sample.rows("income_dividend", &[(5, 14)]);
    check(
        &sample,
        &[
            ("income_total_90d", int(20)),
            ("income_txn_count_90d", int(4)),
            ("days_since_income", int(111)),
            ("income_days_90d", int(0)),
            ("income_cv_90d", Err(Missing::ZeroDenominator)),
            ("income_min_to_mean_90d", Err(Missing::ZeroDenominator)),
            ("income_months_present_90d", int(0)),
            ("income_longest_gap_days_90d", int(90)),
        ],
    );
    // Any other income is regular, whatever its source: 100, 100, 100 in three buckets.
    sample.rows("income_pension", &[(70, 100), (40, 100)]);
    sample.rows("income_support", &[(9, 100)]);
    check(
        &sample,
        &[
            ("days_since_income", int(10)),
            ("income_days_90d", int(3)),
            ("income_cv_90d", real(0.0)),
            ("income_min_30d_bucket_90d", int(100)),
            ("income_months_present_90d", int(3)),
        ],
    );
}

/// T is Sunday, 2026-03-01. A wage of 1,000.00 every other Friday, the last `ago` days before T, and what else came on the 12th
/// of each month, from November to February.
fn after_a_wage(ago: i32, purpose: &str, amount: i64) -> Sample {
    let mut sample = sample(400);
    sample.rows("income_salary", &[0, 1, 2, 3, 4, 5].map(|at| (ago - 1 + 14 * at, 100_000)));
    sample.rows(purpose, &[108, 78, 47, 16].map(|age| (age, amount)));
    sample.sort();
    sample
}

#[test]
fn what_pays_less_than_a_tenth_of_a_wage_that_stopped_is_no_primary_income() {
    // The wage was 2,166.67 a month, a tenth of it 216.67. Of its dates 86, 72, 58, 44, 30, 16 and 2 days before T the last may
    // still be answered.
    let wage = [("pay_frequency", Ok(Value::Code("biweekly"))), ("missed_pay_count_90d", int(6))];
    check(&after_a_wage(114, "income_interest", 2), &wage);
    check(&after_a_wage(114, "income_pension", 21_666), &wage);
    let pension = [("pay_frequency", Ok(Value::Code("monthly_by_day"))), ("missed_pay_count_90d", int(0))];
    check(&after_a_wage(114, "income_pension", 21_667), &pension);
    // A wage whose last payment is older than 180 days is no measure any more.
    check(&after_a_wage(184, "income_pension", 2_000), &pension);
}
