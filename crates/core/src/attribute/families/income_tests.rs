//! What money earns by itself, against hand arithmetic.

use super::tests::{check, int, real, sample};
use crate::value::Missing;

#[test]
fn cents_of_interest_are_income_and_say_nothing_of_whether_income_comes() {
    // A wage 111 days before T; since then two cents of interest a month.
    let mut sample = sample(120);
    sample.rows("income_salary", &[(110, 300_000)]);
    sample.rows("income_interest", &[(70, 2), (40, 2), (9, 2)]);
    check(
        &sample,
        &[
            ("income_total_90d", int(6)),
            ("income_txn_count_90d", int(3)),
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
    sample.rows("income_dividend", &[(9, 100)]);
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
