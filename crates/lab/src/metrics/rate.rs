//! Shares of bads with exact intervals.

use statrs::distribution::{Beta, ContinuousCDF};

use super::{
    Estimate, MetricError,
    cases::{alike, effective},
};
use crate::count::real;

/// Share of bads with an exact (Clopper–Pearson) interval at the given level, which lies between 0 and 1.
///
/// # Errors
///
/// [`MetricError::NotARate`] when `total` is 0 or `bad` exceeds it.
///
/// # Source
///
/// Clopper & Pearson (1934), Biometrika 26: quantiles of Beta(k, n − k + 1) and Beta(k + 1, n − k).
pub fn bad_rate(bad: u64, total: u64, level: f64) -> Result<Estimate, MetricError> {
    if total == 0 || total < bad {
        return Err(MetricError::NotARate { bad, total });
    }
    Ok(clopper_pearson(real(bad), real(total), level))
}

/// Weighted share of bads over (is bad, weight) rows; `None` of no row.
///
/// The interval is Clopper–Pearson's for the number of rows that would leave a rate drawn with equal weights the same variance:
/// all of them when weights are equal, where it is exact, and approximate else. It may be more than there are: of goods drawn one
/// in twenty, each stands for twenty. Where all rows are bad, or none, their scatter says nothing, and Kish's number stands in.
///
/// # Formula
///
/// ```text
/// n* = r (1 − r) / v,  v = Σ w² (y − r)² / (Σw)²;  the same as  1 / (n* r) + 1 / (n* (1 − r)) = 1 / K(bads) + 1 / K(goods)
/// ```
///
/// with Kish's `K = (Σw)² / Σw²` of each class: the unit in which a fit counts weights ([`crate::sample::Sample::take`]).
///
/// # Source
///
/// Korn & Graubard (1998), Survey Methodology 24, without their factor for few clusters; Kish (1965), Survey Sampling.
#[must_use]
pub fn bad_share(rows: impl IntoIterator<Item = (bool, f64)>, level: f64) -> Option<Estimate> {
    let mut rows: Vec<(bool, f64)> = rows.into_iter().collect();
    rows.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let weights: Vec<f64> = rows.iter().map(|row| row.1).collect();
    let total = super::sum(weights.iter().copied());
    if total <= 0.0 {
        return None;
    }
    let bads = super::sum(rows.iter().filter(|row| row.0).map(|row| row.1));
    let value = bads / total;
    let n = match alike(&weights) || bads <= 0.0 || total <= bads {
        true => effective(&weights),
        false => {
            let kish =
                |bad: bool| effective(&rows.iter().filter(|row| row.0 == bad).map(|row| row.1).collect::<Vec<_>>());
            1.0 / (value * (1.0 - value) * (1.0 / kish(true) + 1.0 / kish(false)))
        }
    };
    Some(Estimate { value, ..clopper_pearson(value * n, n, level) })
}

fn clopper_pearson(k: f64, n: f64, level: f64) -> Estimate {
    // No interval at a level that is none but the widest.
    let tail = if 0.0 < level && level < 1.0 { (1.0 - level) / 2.0 } else { 0.0 };
    let quantile = |a: f64, b: f64, p: f64| Beta::new(a, b).map_or(f64::NAN, |beta| beta.inverse_cdf(p));
    let lower = if k <= 0.0 { 0.0 } else { quantile(k, n - k + 1.0, tail) };
    let upper = if n <= k { 1.0 } else { quantile(k + 1.0, n - k, 1.0 - tail) };
    Estimate { value: k / n, lower, upper }
}
