//! From a score to the probability of a bad outcome: Platt's line, isotonic steps, or the odds that a scale states.
//!
//! Fit on rows that the score was not fitted on, and check on rows that neither was: [`crate::validate`] prints how well.

mod isotonic;
mod platt;

#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use crate::metrics::{CalibrationLine, Cases, MetricError, calibration_line};

pub use self::{
    isotonic::{Bounds, isotonic},
    platt::{Targets, platt},
};

/// A score's calibration, as a model file can hold it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Calibration {
    /// `p = 1 / (1 + exp(-(intercept + slope · score)))`.
    Logistic {
        /// Log odds of bad at score 0.
        intercept: f64,
        /// Log odds of bad a point; negative, since a higher score is safer.
        slope: f64,
    },
    /// The probability of the last `from` at or below the score; of the first below all of them.
    Steps {
        /// The lowest score of each step, ascending.
        from: Vec<f64>,
        /// The probability of bad on each step, falling.
        probability: Vec<f64>,
    },
}

/// Why a score cannot be calibrated.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CalibrateError {
    /// The cases do not allow it.
    #[error(transparent)]
    Metric(#[from] MetricError),
    /// Higher scores went bad more often.
    #[error("higher scores went bad more often; a higher score must be safer, turn the score round")]
    WrongWay,
    /// A calibration that was not made here.
    #[error("calibration: {0}")]
    Invalid(&'static str),
}

impl Calibration {
    /// Checks what a file or a caller says.
    ///
    /// # Errors
    ///
    /// [`CalibrateError::Invalid`] naming the rule.
    pub fn check(&self) -> Result<(), CalibrateError> {
        let fault = match self {
            Calibration::Logistic { intercept, slope } => {
                (!intercept.is_finite() || !slope.is_finite() || 0.0 <= *slope)
                    .then_some("`intercept` and `slope` must be finite and the slope negative")
            }
            Calibration::Steps { from, probability } => {
                if from.is_empty() || from.len() != probability.len() {
                    Some("`from` and `probability` need one entry a step")
                } else if !from.is_sorted_by(|a, b| a < b) || !from.iter().all(|one| one.is_finite()) {
                    Some("`from` must ascend and be finite")
                } else if !probability.is_sorted_by(|a, b| a >= b) {
                    Some("`probability` must not rise: a higher score is safer")
                } else if !probability.iter().all(|p| (0.0..=1.0).contains(p)) {
                    Some("a probability lies outside 0 to 1")
                } else {
                    None
                }
            }
        };
        fault.map_or(Ok(()), |fault| Err(CalibrateError::Invalid(fault)))
    }

    /// The probability of bad at a score.
    #[must_use]
    pub fn probability(&self, score: f64) -> f64 {
        match self {
            Calibration::Logistic { intercept, slope } => 1.0 / (1.0 + libm::exp(-(intercept + slope * score))),
            Calibration::Steps { from, probability } => {
                let at = from.partition_point(|from| *from <= score).saturating_sub(1);
                probability.get(at).copied().unwrap_or(f64::NAN)
            }
        }
    }

    /// The probability of each score.
    #[must_use]
    pub fn apply(&self, scores: &[f64]) -> Vec<f64> {
        scores.iter().map(|score| self.probability(*score)).collect()
    }

    /// Steps as a model file of whole scores writes them, the first at the scale's minimum; `None` for a line, or when a step
    /// starts between whole scores or at or below the minimum (other than the first).
    #[must_use]
    pub fn whole_steps(&self, minimum: i64) -> Option<(Vec<i64>, Vec<f64>)> {
        let Calibration::Steps { from, probability } = self else { return None };
        let mut whole = vec![minimum];
        for start in from.iter().skip(1) {
            #[expect(clippy::cast_possible_truncation, reason = "within 2^53 and whole, as the next line demands")]
            let near = *start as i64;
            #[expect(clippy::cast_precision_loss, reason = "compared with the number it came from")]
            let same = near as f64 == *start && near.unsigned_abs() < 1 << 53;
            if !same || near <= *whole.last()? {
                return None;
            }
            whole.push(near);
        }
        Some((whole, probability.clone()))
    }

    /// The logistic line of outcomes on the calibrated log odds: slope 1 and intercept 0 at best.
    ///
    /// # Errors
    ///
    /// As [`Cases::new`] and [`calibration_line`].
    pub fn line(
        &self,
        score: &[f64],
        bad: &[bool],
        weight: Option<&[f64]>,
        level: f64,
    ) -> Result<CalibrationLine, MetricError> {
        calibration_line(&Cases::new(score, Some(&self.apply(score)), bad, weight)?, level)
    }
}
