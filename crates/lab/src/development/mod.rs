//! From a sample to a model that can be deployed: fit, cross-validate, calibrate, try on rows kept apart, write down.
//!
//! ```text
//! sample ── split ──┬─ learn ─┬─ the recipe → card
//!                   │         └─ the recipe in each fold → out-of-fold scores → calibration, figures
//!                   └─ try ───── the card with its calibration → figures
//! ```

mod deploy;

#[cfg(test)]
mod tests;

use cashline_core::model::{ModelError, ModelFile};
use serde::{Deserialize, Serialize};

use crate::{
    calibrate::{Bounds, CalibrateError, Calibration, Targets, isotonic, platt},
    metrics::{Cases, Fit, MetricError},
    outcomes::BadDefinition,
    sample::Sample,
    scorecard::{self, FitError, FittedCard, Recipe},
    select::Facts,
    validate::{
        self, CrossError, CrossValidation, Scorer, Split, ValidateError, Validation, cross_validate, split_out_of_time,
        split_random, validate,
    },
};

/// Which rows are kept apart.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum KeptApart {
    /// None: the folds have to do.
    Nothing,
    /// About this share of the applications, by the digest of their ids.
    Share {
        /// Between 0 and 1.
        share: f64,
        /// Another seed, another choice.
        seed: u64,
    },
    /// Applications from this second (UTC) on.
    From {
        /// T of the first application kept apart.
        second: i64,
    },
}

/// How a score becomes a probability.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// It does not.
    None,
    /// A logistic line on the out-of-fold scores.
    #[default]
    Platt,
    /// Steps by isotonic regression on the out-of-fold scores; needs some hundred bads.
    Isotonic,
}

/// What is done with a sample besides the recipe.
#[derive(Clone, PartialEq, Debug)]
pub struct Plan {
    /// Rows that the card never sees.
    pub kept_apart: KeptApart,
    /// Repeats and folds of the cross-validation of the rows learnt from.
    pub folds: (u32, u32),
    /// How a score becomes a probability.
    pub calibration: Method,
    /// For every figure.
    pub validation: validate::Options,
    /// What bad means.
    pub bad: BadDefinition,
    /// Where the applications come from, in words, for the model's documentation.
    pub source: String,
    /// Applications without a usable outcome: indeterminate, and all others left out.
    pub left_out: (u64, u64),
}

/// A model ready to be sealed, and what it is worth.
#[derive(Clone, PartialEq, Debug)]
pub struct Developed {
    /// The fit with its whole trail.
    pub card: FittedCard,
    /// The model file, calibrated and documented, not sealed.
    pub file: ModelFile,
    /// From score to probability.
    pub calibration: Option<Calibration>,
    /// On the rows learnt from: how well the card remembers, not how good it is.
    pub learnt: Validation,
    /// Everything inside the fold, on the rows learnt from.
    pub cross: CrossValidation,
    /// On the rows kept apart.
    pub tried: Option<Validation>,
    /// Places of the rows learnt from and of those kept apart.
    pub split: Split,
}

/// Why no model came of it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DevelopError {
    /// No card.
    #[error(transparent)]
    Fit(#[from] FitError),
    /// No folds, split or figures.
    #[error(transparent)]
    Validate(#[from] ValidateError),
    /// A fold failed.
    #[error(transparent)]
    Cross(#[from] CrossError<FitError>),
    /// No probability.
    #[error("{0}; another method, or no calibration, may be asked for")]
    Calibrate(#[from] CalibrateError),
    /// The rows allow no measure.
    #[error(transparent)]
    Metric(#[from] MetricError),
    /// The engine refuses the file.
    #[error(transparent)]
    Model(#[from] ModelError),
}

/// Develops a model.
///
/// # Errors
///
/// [`DevelopError`] naming what failed.
pub fn develop(sample: &Sample, facts: &[Facts], recipe: &Recipe, plan: &Plan) -> Result<Developed, DevelopError> {
    let split = split(sample, plan.kept_apart)?;
    let learn = sample.take(&split.train);
    let card = scorecard::fit(&learn, facts, recipe)?;
    let (repeats, folds) = plan.folds;
    let cross = cross_validate(&learn, repeats, folds, |rows: &Sample| in_fold(rows, facts, recipe))?;
    let calibration = calibrate(&card, &cross, &learn, plan.calibration)?;
    let measure = |rows: &Sample, fit: Fit| -> Result<Validation, DevelopError> {
        let score = scores(&card, rows)?;
        let probability = calibration.as_ref().map(|one| one.apply(&score));
        let options = validate::Options { fit, ..plan.validation };
        Ok(validate(&score, probability.as_deref(), &rows.bad, Some(&rows.weight), &options)?)
    };
    let learnt = measure(&learn, Fit::SameRows)?;
    let tried = match split.test.is_empty() {
        true => None,
        false => Some(measure(&sample.take(&split.test), Fit::OtherRows)?),
    };
    let file = deploy::model_file(&deploy::Parts {
        card: &card,
        learn: &learn,
        calibration: calibration.as_ref(),
        cross: &cross,
        tried: tried.as_ref(),
        plan,
    })?;
    Ok(Developed { card, file, calibration, learnt, cross, tried, split })
}

/// Scores as the model file gives them.
///
/// # Errors
///
/// [`FitError`] when the sample lacks a column of the card.
pub fn scores(card: &FittedCard, rows: &Sample) -> Result<Vec<f64>, FitError> {
    #[expect(clippy::cast_precision_loss, reason = "scores stay far below 2^53")]
    let real = |scores: Vec<i64>| scores.into_iter().map(|score| score as f64).collect();
    card.score(rows).map(real)
}

fn split(sample: &Sample, kept_apart: KeptApart) -> Result<Split, ValidateError> {
    match kept_apart {
        KeptApart::Nothing => Ok(Split { train: (0..sample.len()).collect(), test: vec![] }),
        KeptApart::Share { share, seed } => split_random(&sample.keys, share, seed),
        KeptApart::From { second } => split_out_of_time(&sample.keys, second),
    }
}

/// The recipe on a fold's rows; its scores are log odds of good, which all folds' cards share, whatever their scales. A fold
/// in which no column passes has a card that tells nobody apart.
fn in_fold(rows: &Sample, facts: &[Facts], recipe: &Recipe) -> Result<Scorer, FitError> {
    let card = match scorecard::fit(rows, facts, recipe) {
        Ok(card) => card,
        Err(FitError::NothingLeft { .. }) => return Ok(Box::new(|rows| vec![0.0; rows.len()])),
        Err(error) => return Err(error),
    };
    Ok(Box::new(move |rows| match card.log_odds(rows) {
        Ok(odds) => odds.into_iter().map(|odds| -odds).collect(),
        // Folds of one sample have the same columns; a score that is no number is refused by every measure.
        Err(_) => vec![f64::NAN; rows.len()],
    }))
}

/// Fits the probability on scores of rows that their card did not see.
fn calibrate(
    card: &FittedCard,
    cross: &CrossValidation,
    learn: &Sample,
    method: Method,
) -> Result<Option<Calibration>, DevelopError> {
    let unseen = cross.scores.first().map(Vec::as_slice).unwrap_or_default();
    let score: Vec<f64> = unseen.iter().map(|odds_of_good| card.scale.score(-odds_of_good)).collect();
    match method {
        Method::None => Ok(None),
        Method::Platt => {
            let cases = Cases::new(&score, None, &learn.bad, Some(&learn.weight))?;
            Ok(Some(platt(&cases, Targets::Outcomes)?))
        }
        Method::Isotonic => {
            // Steps of a model file start at whole scores.
            let whole: Vec<f64> = score.iter().map(|score| libm::rint(*score)).collect();
            let cases = Cases::new(&whole, None, &learn.bad, Some(&learn.weight))?;
            Ok(Some(isotonic(&cases, Bounds::default())?))
        }
    }
}
