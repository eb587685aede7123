//! From a score to the probability of a bad outcome.
//!
//! # Formula
//!
//! *logistic* (Platt 1999): `p = 1 / (1 + exp(-(intercept + slope · score)))`, the slope negative, since a higher score is safer.
//!
//! *steps* (isotonic regression, as pool-adjacent-violators gives it): the probability of the last `from` at or below the score.
//! Steps, not lines between knots: each probability then is the rate that was observed among the scores of its step.

use serde::{Deserialize, Serialize};

use super::file::{ModelFile, Scale, ScoreBasis};

/// The calibration as the model file writes it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Calibration {
    /// A line on the log-odds.
    Logistic {
        /// Log-odds of bad at score zero.
        intercept: f64,
        /// Log-odds of bad a point; negative.
        slope: f64,
        /// What it was fitted on.
        sample: CalibrationSample,
    },
    /// A step function.
    Steps {
        /// The lowest score of each step, ascending, the first at the scale's minimum.
        from: Vec<i64>,
        /// The probability on each step, from 0 to 1, never rising.
        probability: Vec<f64>,
        /// What it was fitted on.
        sample: CalibrationSample,
    },
}

/// What a calibration was fitted on.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CalibrationSample {
    /// Applicants with a known outcome.
    pub applicants: u64,
    /// Those of them with a bad one.
    pub bads: u64,
    /// When they applied, and until when their outcomes were observed.
    pub window: String,
    /// How it was fitted, such as `platt, held-out fold` or `isotonic, out of time`.
    pub method: String,
}

impl Calibration {
    /// What it was fitted on.
    #[must_use]
    pub fn sample(&self) -> &CalibrationSample {
        match self {
            Calibration::Logistic { sample, .. } | Calibration::Steps { sample, .. } => sample,
        }
    }

    fn probability(&self, score: i64) -> f64 {
        match self {
            #[expect(clippy::cast_precision_loss, reason = "scores stay far below 2^53")]
            Calibration::Logistic { intercept, slope, .. } => {
                1.0 / (1.0 + libm::exp(-(intercept + slope * score as f64)))
            }
            Calibration::Steps { from, probability, .. } => {
                let at = from.partition_point(|from| *from <= score).saturating_sub(1);
                probability.get(at).copied().unwrap_or(f64::NAN)
            }
        }
    }
}

/// A checked calibration: the probability of every score of the scale, computed once.
#[derive(Clone, PartialEq, Debug)]
pub struct Probabilities {
    min: i64,
    by_score: Vec<f64>,
}

impl Probabilities {
    /// Checks a file's calibration against its basis and its scale; `None` for an uncalibrated model.
    pub(super) fn new(file: &ModelFile) -> Result<Option<Probabilities>, String> {
        match (file.score_basis, &file.calibration) {
            (ScoreBasis::FittedCalibrated, Some(calibration)) => {
                check(calibration, &file.scale).map(Some).map_err(|fault| format!("`calibration`: {fault}"))
            }
            (ScoreBasis::FittedCalibrated, None) => {
                Err("`score_basis` says calibrated, but there is no `calibration`; add it".to_owned())
            }
            (_, Some(_)) => {
                Err("has a `calibration`, but `score_basis` is not `fitted_calibrated`; no probability may be \
                                 read from such a score"
                    .to_owned())
            }
            (_, None) => Ok(None),
        }
    }

    /// The probability of a bad outcome; `None` off the scale.
    #[must_use]
    pub fn of(&self, score: i64) -> Option<f64> {
        let at = usize::try_from(score.checked_sub(self.min)?).ok()?;
        self.by_score.get(at).copied()
    }
}

fn check(calibration: &Calibration, scale: &Scale) -> Result<Probabilities, String> {
    let sample = calibration.sample();
    if sample.bads == 0 || sample.applicants <= sample.bads {
        return Err("its sample needs goods and bads".to_owned());
    }
    if sample.window.trim().is_empty() || sample.method.trim().is_empty() {
        return Err("its sample must say `window` and `method`".to_owned());
    }
    match calibration {
        Calibration::Logistic { intercept, slope, .. } => {
            if !intercept.is_finite() || !slope.is_finite() || 0.0 <= *slope {
                return Err(
                    "`intercept` and `slope` must be finite and the slope negative: a higher score is safer".to_owned()
                );
            }
        }
        Calibration::Steps { from, probability, .. } => {
            if from.is_empty() || from.len() != probability.len() {
                return Err("`from` and `probability` need one entry for each step".to_owned());
            }
            if from.windows(2).any(|pair| pair[1] <= pair[0]) {
                return Err("`from` must ascend".to_owned());
            }
            if from.first() != Some(&scale.min) || from.last().is_some_and(|last| scale.max < *last) {
                return Err(format!("the steps must start at {} and stay on the scale", scale.min));
            }
        }
    }
    let by_score: Vec<f64> = (scale.min..=scale.max).map(|score| calibration.probability(score)).collect();
    if !by_score.iter().all(|one| (0.0..=1.0).contains(one)) {
        return Err("a probability lies outside 0 to 1".to_owned());
    }
    if by_score.windows(2).any(|pair| pair[0] < pair[1]) {
        return Err("a higher score has a higher probability of bad; higher must be safer".to_owned());
    }
    Ok(Probabilities { min: scale.min, by_score })
}

#[cfg(test)]
#[path = "calibration_tests.rs"]
mod tests;
