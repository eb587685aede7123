//! How near probabilities are to what happened.

use serde::Serialize;

use super::{
    Cases, Estimate, MetricError, bad_share,
    cases::sum,
    discrimination::normal_quantile,
    line::{Line, Points, fit_line},
};

/// Mean squared distance of probability and outcome.
pub(super) fn brier(cases: &Cases) -> Result<f64, MetricError> {
    let p = cases.probability()?;
    let apart = |at: usize| if cases.bad()[at] { 1.0 - p[at] } else { p[at] };
    Ok(weighted_mean(cases, |at| apart(at) * apart(at)))
}

/// Mean of `-ln` of the probability given to what happened.
pub(super) fn log_loss(cases: &Cases) -> Result<f64, MetricError> {
    let p = cases.probability()?;
    let given = |at: usize| if cases.bad()[at] { libm::log(p[at]) } else { libm::log1p(-p[at]) };
    let certain = (0..cases.len()).filter(|at| !given(*at).is_finite()).count();
    if 0 < certain {
        return Err(MetricError::Certain { rows: certain });
    }
    Ok(weighted_mean(cases, |at| -given(at)))
}

/// Bads expected by the probabilities over bads observed; the interval is that of the bad rate, expectations held.
pub(super) fn expected_over_observed(cases: &Cases, level: f64) -> Result<Estimate, MetricError> {
    normal_quantile(level)?;
    let p = cases.probability()?;
    let expected = weighted_mean(cases, |at| p[at]);
    let rows = cases.bad().iter().copied().zip(cases.weight().iter().copied());
    // Without a bad there is nothing to divide by.
    let rate = bad_share(rows, level).filter(|rate| 0.0 < rate.value).ok_or(MetricError::OneClass)?;
    Ok(Estimate { value: expected / rate.value, lower: expected / rate.upper, upper: expected / rate.lower })
}

fn weighted_mean(cases: &Cases, of: impl Fn(usize) -> f64) -> f64 {
    let weight = cases.weight();
    sum((0..cases.len()).map(|at| weight[at] * of(at))) / sum(weight.iter().copied())
}

/// The logistic regression of the outcome on the log odds that the probability claims.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
pub struct CalibrationLine {
    /// 1 when probabilities spread as outcomes do; below 1 they are too far apart.
    pub slope: Estimate,
    /// Log odds observed where the probability claims even odds; 0 at best.
    pub intercept: Estimate,
    /// The line itself.
    pub line: Line,
}

/// Slope and intercept together, with Wald intervals; where weights differ, by the sandwich of [`fit_line`].
///
/// # Errors
///
/// [`MetricError::NoProbability`], [`MetricError::Certain`], or as [`fit_line`].
///
/// # Source
///
/// Cox (1958), Biometrika 45; Van Calster et al. (2016), J. Clin. Epidemiol. 74.
pub fn calibration_line(cases: &Cases, level: f64) -> Result<CalibrationLine, MetricError> {
    let z = normal_quantile(level)?;
    let odds = log_odds(cases)?;
    let target = targets(cases);
    let line = fit_line(&odds, &target, cases.weight())?;
    let wald = |value: f64, variance: f64| {
        let half = z * variance.max(0.0).sqrt();
        Estimate { value, lower: value - half, upper: value + half }
    };
    Ok(CalibrationLine {
        slope: wald(line.slope, line.covariance[2]),
        intercept: wald(line.intercept, line.covariance[0]),
        line,
    })
}

/// The intercept when the slope is held at 1: log odds by which all probabilities are too low (above 0) or too high.
///
/// # Errors
///
/// As [`calibration_line`].
///
/// # Source
///
/// Van Calster et al. (2016), J. Clin. Epidemiol. 74: calibration-in-the-large.
pub fn calibration_in_the_large(cases: &Cases, level: f64) -> Result<Estimate, MetricError> {
    let z = normal_quantile(level)?;
    let odds = log_odds(cases)?;
    let target = targets(cases);
    let points = Points { value: &odds, target: &target, weight: cases.weight() };
    let [value, slope] = points.newton([0.0, 1.0], false)?;
    let half = z * points.intercept_variance([value, slope]).sqrt();
    Ok(Estimate { value, lower: value - half, upper: value + half })
}

fn log_odds(cases: &Cases) -> Result<Vec<f64>, MetricError> {
    let p = cases.probability()?;
    let certain = p.iter().filter(|p| **p <= 0.0 || 1.0 <= **p).count();
    if 0 < certain {
        return Err(MetricError::Certain { rows: certain });
    }
    Ok(p.iter().map(|p| libm::log(*p) - libm::log1p(-*p)).collect())
}

fn targets(cases: &Cases) -> Vec<f64> {
    cases.bad().iter().map(|bad| f64::from(u8::from(*bad))).collect()
}
