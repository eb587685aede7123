//! Slopes, change points, seasons and the mix of spend.

use super::{super::declared::rounded, trend::weeks, *};
use crate::digest::exact::{Fraction, quotient, twice_median};

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        name: "balance_slope",
        tier: Tier::Extended,
        sources: "Flinks (balance_trend)",
        unit: Unit::MinorPerDay,
        windows: QUARTER_AND_HALF,
        risk: Risk::Falls,
        reason: "balance_trend",
        compliance: Compliance::ModelOk,
        definition: "Theil-Sen slope of the weekly means of the closing balances, rounded to the minor unit: the median, over all pairs of the whole weeks of seven days counted back from the window's newest covered day, of (mean of the later less mean of the earlier) / (7 × weeks between). The catalogue takes pairs of days, sixty times as many for the same slope; weekly means also take out the days of the week.",
        basis: Basis::EachBalance,
        value: balance_slope,
    },
    Entry {
        name: "balance_slope_lag_ratio",
        tier: Tier::Core,
        sources: "Plaid Signal (lagged percentiles)",
        unit: Unit::Ratio,
        windows: &[Window::Days { far: 60, near: 30 }, Window::Days { far: 90, near: 60 }],
        risk: Risk::Falls,
        reason: "balance_trend",
        compliance: Compliance::ModelOk,
        definition: "Median closing balance of the last 30 days divided by that of the window, less 1; positive when rising. Zero denominator when the window's median is zero or below.",
        basis: Basis::Traced(Trace { name: "balances of the last 30 days and of the window", rows: days_of_both }),
        value: balance_slope_lag_ratio,
    },
    Entry {
        name: "regime_change_flag",
        tier: Tier::Extended,
        sources: "",
        unit: Unit::Flag,
        windows: &[Window::days(180)],
        risk: Risk::Neither,
        reason: "",
        compliance: Compliance::VerifyOnly,
        definition: "1 when the level of the weekly net cash flow has changed within the last 60 days, else 0. Of the window's n covered whole weeks of seven days, counted back from T (25 in 180 days), S(k) is the sum of the k oldest less k times the mean of all; the change lies after the k at which |S(k)| is largest, the oldest of equals. It counts when |S(k)| / (s × root of n) is above 1.358, where s is the sample standard deviation of the weeks (5 percent critical value of the Kolmogorov distribution, for independent weeks), and when at most 8 weeks (56 days) follow it. 0 when no week differs.",
        basis: Basis::BucketRows(7, &[Standard::Flow]),
        value: regime_change_flag,
    },
    Entry {
        name: "seasonality_strength",
        tier: Tier::Extended,
        sources: "Mastercard (seasonality claim)",
        unit: Unit::Ratio,
        windows: HISTORY,
        risk: Risk::Neither,
        reason: "",
        compliance: Compliance::VerifyOnly,
        definition: "Share of the variance of monthly inflow that the month of the year explains: over the newest 24 calendar months that are over at T, the sum of squares between the twelve months of the year divided by the total sum of squares. The catalogue says 365 days, in which each month comes once and explains everything; two years are the least. Without any season it is about one half (11/23). Not enough history below 24 such months; zero denominator when inflow does not vary.",
        // At most: 30 days of a month that is not over, 23 months, and nine tenths of the oldest.
        basis: Basis::TracedOver(Trace { name: "inflow of 24 months", rows: seasonal_rows }, 758),
        value: seasonality_strength,
    },
    Entry {
        name: "category_mix_drift",
        tier: Tier::Extended,
        sources: "",
        unit: Unit::Ratio,
        windows: QUARTER,
        risk: Risk::Neither,
        reason: "",
        compliance: Compliance::VerifyOnly,
        definition: "Jensen-Shannon distance between the shares of the purposes in the outflow of the last 30 days and in that of the rest of the window (the catalogue does not say whether its 90 days hold the 30; here they do not): root of the divergence with logarithms to the base 2, from 0 for the same mix to 1 for no purpose in common. Zero denominator when either has no outflow.",
        basis: Basis::Rows(&[Standard::Outflow]),
        value: category_mix_drift,
    },
];

/// Least common multiple of 1 to 24: every distance between two of 25 weeks divides it.
const DISTANCES_LCM: i64 = 5_354_228_880;

fn balance_slope(digest: &Digest<'_>, window: Window) -> Outcome {
    let days = digest.balances(digest.span(window))?;
    // Sums stand for means, since every week has seven days. Newest first.
    let week = |week: &[i64]| -> i128 { week.iter().map(|&closing| i128::from(closing)).sum() };
    let weeks: Vec<i128> = days.closing.rchunks_exact(7).take(25).map(week).collect();
    // All slopes over one denominator, 49 × DISTANCES_LCM, so that they are compared as integers: those of usual balances as
    // narrow ones.
    let narrow = |week: &i128| i64::try_from(*week).ok().filter(|week| week.unsigned_abs() < NARROW_WEEK);
    let mut usual: Vec<i64> = Vec::with_capacity(weeks.len());
    usual.extend(weeks.iter().map_while(narrow));
    let twice_median = if usual.len() == weeks.len() {
        twice_median(slopes(&usual, |rise, by| rise.wrapping_mul(by)))
    } else {
        twice_median(slopes(&weeks, |rise, by| rise.saturating_mul(by.into())))
    };
    let numerator = twice_median.ok_or(Missing::TooFewEvents)?;
    Ok(rounded(Fraction { numerator, denominator: 2 * 49 * i128::from(DISTANCES_LCM) }))
}

/// Of weeks whose sums are below it, no slope leaves 64 bits.
const NARROW_WEEK: u64 = (i64::MAX / (2 * DISTANCES_LCM)).cast_unsigned();

/// The slopes of all pairs of weeks, times 49 × [`DISTANCES_LCM`].
fn slopes<T: Copy + std::ops::Sub<Output = T>>(weeks: &[T], times: impl Fn(T, i64) -> T) -> Vec<T> {
    let mut slopes = Vec::with_capacity(weeks.len() * weeks.len() / 2);
    for (at, newer) in weeks.iter().enumerate() {
        let older = weeks.iter().skip(at + 1).zip(&MULTIPLES);
        slopes.extend(older.map(|(older, multiple)| times(*newer - *older, *multiple)));
    }
    slopes
}

/// [`DISTANCES_LCM`] by each distance in weeks.
const MULTIPLES: [i64; 24] = {
    let mut multiples = [0; 24];
    let mut at = 0;
    while at < multiples.len() {
        multiples[at] = DISTANCES_LCM / (at as i64 + 1);
        at += 1;
    }
    multiples
};

fn balance_slope_lag_ratio(digest: &Digest<'_>, window: Window) -> Outcome {
    let newer = balances::level(digest, Window::days(30), 50)?;
    let older = balances::level(digest, window, 50)?;
    let (newer, older) =
        (newer.numerator.saturating_mul(older.denominator), older.numerator.saturating_mul(newer.denominator));
    ratio(newer.saturating_sub(older), older)
}

fn days_of_both(digest: &Digest<'_>, window: Window) -> Vec<Evidence> {
    let windows = [Window::days(30), window];
    let balances = windows.into_iter().filter_map(|window| digest.balances(digest.span(window)).ok());
    balances.flat_map(|days| days.days()).map(|(day, _)| Evidence::Day(day)).collect()
}

/// Weeks that may follow a change that still counts: the last 60 days.
const RECENT_WEEKS_MAX: usize = 8;
/// 5 percent critical value of the largest deviation of a Brownian bridge.
///
/// # Source
///
/// Smirnov, "Table for Estimating the Goodness of Fit of Empirical Distributions" (1948).
const CHANGE_MIN: f64 = 1.358;

fn regime_change_flag(digest: &Digest<'_>, window: Window) -> Outcome {
    let mut net = weeks(Standard::Flow, window, digest)?;
    net.reverse();
    let (count, total, squares) = moments(net.iter().copied());
    let deviation = deviation(count, total, squares).ok_or(Missing::TooFewEvents)?;
    if deviation <= 0.0 {
        return flag(false);
    }
    // n × S(k), so that it stays whole.
    let (mut sum, mut largest) = (0_i128, (0_i128, 0_usize));
    for (k, week) in (1..).zip(&net) {
        sum += week;
        let k_wide = i128::try_from(k).unwrap_or(0);
        let distance = (sum.saturating_mul(count.into()) - total.saturating_mul(k_wide)).abs();
        if largest.0 < distance {
            largest = (distance, k);
        }
    }
    let n = real(count.into());
    let is_change = CHANGE_MIN < real(largest.0) / (n * n.sqrt() * deviation);
    flag(is_change && net.len() - largest.1 <= RECENT_WEEKS_MAX)
}

/// The newest 24 calendar months that are over at T; the oldest must be covered.
fn two_years(digest: &Digest<'_>) -> Result<impl Iterator<Item = Span>, Missing> {
    let newest = newest_whole_month(digest);
    digest.covers(digest.span(Window::Month(newest + 23)), None)?;
    Ok((newest..newest + 24).map(|back| digest.span(Window::Month(back))))
}

fn seasonality_strength(digest: &Digest<'_>, _: Window) -> Outcome {
    let months: Vec<i128> = two_years(digest)?.map(|span| Standard::Inflow.sum(digest, span)).collect();
    let (newer, older) = months.split_at(12);
    let (_, total, squares) = moments(months.iter().copied());
    let (_, _, seasons) = moments(newer.iter().zip(older).map(|(newer, older)| newer + older));
    // Between: Σ (a + b)² / 2 - (Σ x)² / 24; all: Σ x² - (Σ x)² / 24; both times 24.
    let corrected = |squares: i128| squares.saturating_sub(total.saturating_mul(total));
    ratio(corrected(seasons.saturating_mul(12)), corrected(squares.saturating_mul(24)))
}

fn seasonal_rows(digest: &Digest<'_>, _: Window) -> Vec<Evidence> {
    let rows = |span: Span| digest.rows(Standard::Inflow.id(), span).map(|row| Evidence::Row(row.index));
    two_years(digest).into_iter().flatten().flat_map(rows).collect()
}

fn category_mix_drift(digest: &Digest<'_>, window: Window) -> Outcome {
    let span = digest.span(window);
    digest.covers(span, None)?;
    // Money of the last 30 days and of the others, by purpose.
    let mut money = [(0_i128, 0_i128); 256];
    let (newer, older) = (Span { far: span.near + 30, ..span }, Span { near: span.near + 30, ..span });
    digest.each_label(Standard::Outflow.id(), newer, |alike, sums| {
        money[usize::from(alike.label.purpose.0)].0 += sums.sum;
    });
    digest.each_label(Standard::Outflow.id(), older, |alike, sums| {
        money[usize::from(alike.label.purpose.0)].1 += sums.sum;
    });
    let (a, b) = money.iter().fold((0, 0), |(a, b), (newer, older)| (a + newer, b + older));
    if a == 0 || b == 0 {
        return Err(Missing::ZeroDenominator);
    }
    let mut divergence = 0.0;
    for &(newer, older) in money.iter().filter(|money| **money != (0, 0)) {
        let (p, q) = (quotient(newer, a), quotient(older, b));
        for share in [p, q].into_iter().filter(|share| 0.0 < *share) {
            divergence += share * libm::log2(2.0 * share / (p + q)) / 2.0;
        }
    }
    // Rounding may leave it a little outside.
    Value::real(divergence.clamp(0.0, 1.0).sqrt())
}
