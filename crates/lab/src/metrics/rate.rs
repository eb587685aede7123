//! Shares of bads with exact intervals.

use statrs::distribution::{Beta, ContinuousCDF};

use super::{Estimate, MetricError};
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
/// The interval is Clopper–Pearson's for Kish's effective number of rows: exact when all weights are equal, approximate else
/// (Korn & Graubard 1998, Survey Methodology 24).
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
    let n = super::cases::effective(&weights);
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
