//! Slopes, change points, seasons and the mix of spend, against hand arithmetic.

use super::tests::{check, int, real, sample};
use crate::{
    attribute::registry::Registry,
    category::taxonomy::Taxonomy,
    digest::sample::{Sample, random},
    time::{Day, Window},
    value::{Missing, Value},
};

#[test]
fn the_slope_of_balances_is_the_median_of_slopes() {
    let mut sample = sample(200);
    check(&sample, &[("balance_slope_90d", Err(Missing::NotPermitted))]);
    sample.balances(0, &[3]);
    check(&sample, &[("balance_slope_90d", Err(Missing::NotEnoughHistory))]);
    sample.balances(0, &[7; 180]);
    check(&sample, &[("balance_slope_90d", int(0)), ("balance_slope_180d", int(0))]);
    let rising: Vec<i64> = (0..180).map(|day| 1_000 - 12 * day).collect();
    sample.balances(0, &rising);
    check(&sample, &[("balance_slope_90d", int(-12)), ("balance_slope_180d", int(-12))]);
    // A windfall in the newest week moves 11 of the 66 slopes between 12 weeks, and not their median.
    sample.balances(0, &[[50; 83].as_slice(), &[90_000; 7]].concat());
    check(&sample, &[("balance_slope_90d", int(0))]);
    // The older half at 0, the newer at 42 more: of 66 slopes 36 are positive, 30 are 0; the 33rd and 34th are the 3rd and 4th
    // of the positive ones, sorted: 42 / 77, then two of 42 / 70 and three of 42 / 63: 0.6 and 0.67, which round to 1.
    sample.balances(0, &[[0; 48].as_slice(), &[42; 42]].concat());
    check(&sample, &[("balance_slope_90d", int(1))]);
}

#[test]
fn the_slope_equals_a_plain_median_of_all_pairs() {
    let registry = Registry::builtin(&Taxonomy::builtin()).expect("valid");
    let mut met = 0;
    for seed in 400..430 {
        let sample = random(seed, 50, 300);
        let digest = sample.digest(registry.plan());
        for (name, days) in [("balance_slope_90d", 90), ("balance_slope_180d", 180)] {
            let Ok(balances) = digest.balances(digest.span(Window::days(days))) else { continue };
            #[expect(clippy::cast_precision_loss, reason = "a test's plain arithmetic")]
            let means: Vec<f64> =
                balances.closing.rchunks_exact(7).map(|week| week.iter().sum::<i64>() as f64 / 7.0).collect();
            let mut slopes = vec![];
            for newer in 0..means.len() {
                for older in newer + 1..means.len() {
                    let weeks = f64::from(u32::try_from(older - newer).expect("small"));
                    slopes.push((means[newer] - means[older]) / (7.0 * weeks));
                }
            }
            slopes.sort_by(f64::total_cmp);
            let median = (slopes[(slopes.len() - 1) / 2] + slopes[slopes.len() / 2]) / 2.0;
            let got = registry.compute(registry.column(name).expect("there"), &digest);
            let got = got.ok().and_then(|value| value.number()).expect("a number");
            assert!((got - median).abs() <= 0.5 + 1e-6, "seed {seed}, {name}: {got}, not {median}");
            met += 1;
        }
    }
    assert!(10 <= met, "{met}");
}

#[test]
fn the_median_balance_against_that_of_a_window_before() {
    let mut sample = sample(100);
    check(&sample, &[("balance_slope_lag_ratio_31_60d", Err(Missing::NotPermitted))]);
    sample.balances(0, &[[0; 30].as_slice(), &[200; 30], &[300; 30]].concat());
    check(
        &sample,
        &[
            ("balance_slope_lag_ratio_31_60d", real(0.5)),
            ("balance_slope_lag_ratio_61_90d", Err(Missing::ZeroDenominator)),
        ],
    );
    sample.balances(0, &[[200; 12].as_slice(), &[300; 30]].concat());
    check(&sample, &[("balance_slope_lag_ratio_31_60d", Err(Missing::NotEnoughHistory))]);
    sample.balances(0, &[1]);
    check(&sample, &[("balance_slope_lag_ratio_31_60d", Err(Missing::NotEnoughHistory))]);
}

#[test]
fn net_flow_against_the_window_before() {
    let mut sample = sample(200);
    check(&sample, &[("net_flow_trend_30d", Err(Missing::ZeroDenominator))]);
    sample.rows("deposit_other", &[(10, 100)]);
    check(&sample, &[("net_flow_trend_30d", Err(Missing::ZeroDenominator))]);
    sample.rows("restaurants", &[(10, -40), (40, -40)]);
    check(
        &sample,
        &[
            // 60 after -40.
            ("net_flow_trend_30d", real(2.5)),
            // 20 after 0.
            ("net_flow_trend_90d", Err(Missing::ZeroDenominator)),
            // 360 days are asked for.
            ("net_flow_trend_180d", Err(Missing::NotEnoughHistory)),
        ],
    );
    sample.rows("rent", &[(120, -80)]);
    check(&sample, &[("net_flow_trend_90d", real(1.25))]);
    check(&self::sample(50), &[("net_flow_trend_30d", Err(Missing::NotEnoughHistory))]);
}

#[test]
fn the_variation_of_weekly_spend() {
    let mut sample = sample(100);
    check(&sample, &[("spend_volatility_90d", Err(Missing::ZeroDenominator))]);
    // Age 85 lies before the twelve weeks.
    sample.rows("clothing", &[(85, -999), (3, -120)]);
    // One week of twelve: mean 10, squares 14,400 - 1,200 over 11.
    check(
        &sample,
        &[
            ("spend_volatility_90d", real(1_200.0_f64.sqrt() / 10.0)),
            ("spend_volatility_180d", Err(Missing::NotEnoughHistory)),
        ],
    );
}

/// 25 weeks with a row each: `before` until `weeks` weeks before T, `after` from then on.
fn shifted(weeks: i32, before: i64, after: i64) -> Sample {
    let mut sample = sample(180);
    for week in 0..25 {
        sample.row(7 * week + 3, if week < weeks { after } else { before }, "transfer_p2p");
    }
    sample.sort();
    sample
}

#[test]
fn a_change_of_level_counts_when_it_is_large_and_at_most_eight_weeks_old() {
    for (weeks, want) in [
        // Mean 60, S(20) = 20 × 40 = 800; deviation root of 160,000 / 24 = 81.65: 800 / (5 × 81.65) = 1.96.
        (5, 1),
        // Mean 36, S(17) = 17 × 64 = 1,088; deviation root of 217,600 / 24 = 95.2: 2.29.
        (8, 1),
        // As large, and nine weeks old.
        (9, 0),
        // Mean 76, S(22) = 22 × 24 = 528; deviation root of 105,600 / 24 = 66.3: 1.59.
        (3, 1),
        // Mean 84, S(23) = 23 × 16 = 368; deviation root of 73,600 / 24 = 55.4: 1.33, below 1.358.
        (2, 0),
        (0, 0),
    ] {
        check(&shifted(weeks, 100, -100), &[("regime_change_flag_180d", int(want))]);
        check(&shifted(weeks, -100, 100), &[("regime_change_flag_180d", int(want))]);
    }
    check(&sample(180), &[("regime_change_flag_180d", int(0))]);
    check(&sample(150), &[("regime_change_flag_180d", Err(Missing::NotEnoughHistory))]);
}

#[test]
fn a_season_is_what_the_two_years_have_in_common() {
    // The 24 months are March 2024 to February 2026: the oldest begins 730 days before T.
    let months = |january: [i64; 2]| {
        let mut sample = sample(730);
        for (year, amount) in [2026, 2025].into_iter().zip(january) {
            let age = sample.ledger.end.0 - 1 - Day::from_civil(year, 1, 31).0;
            sample.row(age, amount, "revenue_other");
        }
        sample
    };
    // Between (12 × 400² - 400²) = 1,760,000, in all (24 × 100,000 - 400²) = 2,240,000.
    check(&months([100, 300]), &[("seasonality_strength", real(11.0 / 14.0))]);
    check(&months([200, 200]), &[("seasonality_strength", real(1.0))]);
    // One day alone: between 11 × 100², in all 23 × 100².
    check(&months([100, 0]), &[("seasonality_strength", real(11.0 / 23.0))]);
    // So it is with the last day of February alone, since T is the first of March.
    let mut newest = sample(730);
    newest.row(0, 100, "revenue_other");
    check(&newest, &[("seasonality_strength", real(11.0 / 23.0))]);
    check(&months([0, 0]), &[("seasonality_strength", Err(Missing::ZeroDenominator))]);
    check(&sample(700), &[("seasonality_strength", Err(Missing::NotEnoughHistory))]);
}

#[test]
fn the_distance_between_two_mixes_of_spend() {
    let mut sample = sample(100);
    check(&sample, &[("category_mix_drift_90d", Err(Missing::ZeroDenominator))]);
    sample.rows("rent", &[(10, -100)]);
    check(&sample, &[("category_mix_drift_90d", Err(Missing::ZeroDenominator))]);
    sample.rows("rent", &[(40, -7)]);
    check(&sample, &[("category_mix_drift_90d", real(0.0))]);
    sample.rows("fuel", &[(80, -7)]);
    // (1, 0) against (1/2, 1/2): half of log(4/3), and half of (log(2/3) + log 2) / 2.
    let divergence = libm::log2(4.0 / 3.0) / 2.0 + (libm::log2(2.0 / 3.0) + 1.0) / 4.0;
    check(&sample, &[("category_mix_drift_90d", real(divergence.sqrt()))]);
    let mut apart = self::sample(100);
    apart.rows("rent", &[(10, -100), (5, -50)]);
    apart.rows("fuel", &[(40, -3)]);
    check(&apart, &[("category_mix_drift_90d", real(1.0))]);
    check(&self::sample(50), &[("category_mix_drift_90d", Err(Missing::NotEnoughHistory))]);
}

#[test]
fn extreme_balances_have_a_slope_too() {
    let mut sample = sample(200);
    sample.balances(0, &[[i64::MIN; 90].as_slice(), &[i64::MAX; 90]].concat());
    let registry = Registry::builtin(&Taxonomy::builtin()).expect("valid");
    let digest = sample.digest(registry.plan());
    let slope = registry.compute(registry.column("balance_slope_180d").expect("there"), &digest);
    assert!(matches!(slope, Ok(Value::Integer(slope)) if 0 < slope), "{slope:?}");
}

#[test]
fn days_before_the_history_are_no_weeks_without_spend() {
    // 40.00 in each week of a history of 164 days: 180 days are covered by nine tenths, 23 weeks of them whole.
    let mut even = sample(164);
    (0..23).for_each(|week| {
        even.row(7 * week + 3, -4_000, "restaurants");
        even.row(7 * week + 4, 10_000, "income_salary");
    });
    even.sort();
    check(&even, &[("spend_volatility_180d", real(0.0)), ("regime_change_flag_180d", int(0))]);
    // 84 days of which 80 are covered: eleven weeks with 100.00 each.
    let mut inflow = sample(80);
    (0..11).for_each(|week| inflow.rows("income_salary", &[(7 * week + 1, 10_000)]));
    check(&inflow, &[("weekly_inflow_cv_84d", real(0.0)), ("weekly_inflow_std_84d", int(0))]);
    // 30 days of which 28 are covered, 100 a day in the newer 15 and in the older 13: no trend, and no deviation.
    let mut flat = sample(28);
    (0..28).for_each(|age| flat.rows("income_salary", &[(age, 100)]));
    check(&flat, &[("cashflow_trend_half_30d", Err(Missing::ZeroDenominator))]);
    // 200 a day in the newer half: its mean is 100 above, and the deviation of 15 × 200 and 13 × 100 over 28 days is
    // √((15 × 13 / 28) × 100² / 27).
    let mut rising = sample(28);
    (0..28).for_each(|age| rising.rows("income_salary", &[(age, if age < 15 { 200 } else { 100 })]));
    let deviation = (15.0 * 13.0 / 28.0 * 10_000.0 / 27.0_f64).sqrt();
    check(&rising, &[("cashflow_trend_half_30d", real(100.0 / deviation))]);
}
