//! Platt's scaling: a logistic line on the score.

use serde::{Deserialize, Serialize};

use super::{CalibrateError, Calibration};
use crate::{
    count::real,
    metrics::{Cases, fit_line},
};

/// What the line is fitted to.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Targets {
    /// 0 and 1: the maximum likelihood fit, which keeps the mean.
    #[default]
    Outcomes,
    /// `(bads + 1) / (bads + 2)` and `1 / (goods + 2)`, counted in rows: finite also when the score separates the classes.
    Smoothed,
}

/// Fits `ln(p / (1 - p)) = intercept + slope · score`.
///
/// # Errors
///
/// [`CalibrateError::WrongWay`] when the slope is not negative, [`CalibrateError::Metric`] for what [`fit_line`] refuses.
///
/// # Source
///
/// Platt (1999), in Advances in Large Margin Classifiers; numerically as Lin, Lin & Weng (2007), Machine Learning 68.
pub fn platt(cases: &Cases, targets: Targets) -> Result<Calibration, CalibrateError> {
    let bads = real(cases.bads());
    let goods = real(cases.len()) - bads;
    let (of_good, of_bad) = match targets {
        Targets::Outcomes => (0.0, 1.0),
        Targets::Smoothed => (1.0 / (goods + 2.0), (bads + 1.0) / (bads + 2.0)),
    };
    let target: Vec<f64> = cases.bad().iter().map(|bad| if *bad { of_bad } else { of_good }).collect();
    let line = fit_line(cases.score(), &target, cases.weight())?;
    if 0.0 <= line.slope {
        return Err(CalibrateError::WrongWay);
    }
    Ok(Calibration::Logistic { intercept: line.intercept, slope: line.slope })
}
