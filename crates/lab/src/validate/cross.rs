//! Repeated cross-validation with everything inside the fold, and what two models' folds say of each other.

use rayon::prelude::*;
use serde::Serialize;
use statrs::distribution::{ContinuousCDF, StudentsT};

use super::{Split, ValidateError, folds};
use crate::{
    count::real,
    metrics::{Cases, Estimate, Inverted, MetricError, Outcomes, sum},
    sample::Sample,
};

/// A fitted model: scores of a sample's rows, higher is safer.
pub type Scorer = Box<dyn Fn(&Sample) -> Vec<f64>>;

/// A model tried on a fold that it did not see.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
pub struct Tried {
    /// From 0.
    pub repeat: u32,
    /// From 0.
    pub fold: u32,
    /// Rows tried.
    pub rows: usize,
    /// Bads among them.
    pub bads: usize,
    /// AUC on them.
    pub auc: f64,
    /// KS on them.
    pub ks: f64,
}

/// What a way of making models is worth on rows that it did not see.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct CrossValidation {
    /// How often all rows were dealt anew.
    pub repeats: u32,
    /// Folds a repeat.
    pub k: u32,
    /// In order of repeat and fold.
    pub folds: Vec<Tried>,
    /// Mean AUC over folds, with the corrected interval of [`paired`], cut at 0 and 1.
    pub auc: Estimate,
    /// That such models rank worse than a coin; `None` where they do not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub upside_down: Option<Inverted>,
    /// Standard deviation of the AUC over folds.
    pub auc_deviation: f64,
    /// Mean KS over folds, with the corrected interval.
    pub ks: Estimate,
    /// By repeat: each row's score from the model that did not see it. Scores of different folds come from different models.
    #[serde(skip)]
    pub scores: Vec<Vec<f64>>,
}

impl CrossValidation {
    /// AUC of each fold, in order.
    #[must_use]
    pub fn auc_by_fold(&self) -> Vec<f64> {
        self.folds.iter().map(|one| one.auc).collect()
    }

    /// The same folds with each row's score changed by what the rows of the other folds say: `change` gets a fold's split and
    /// all scores of its repeat, and gives the scores of the rows tried, in their order.
    ///
    /// # Errors
    ///
    /// Those of [`cross_validate`].
    pub fn changed<E: std::error::Error + 'static>(
        &self,
        sample: &Sample,
        change: impl Fn(&Split, &[f64]) -> Vec<f64>,
    ) -> Result<CrossValidation, CrossError<E>> {
        let (mut tried, mut scores) = (vec![], self.scores.clone());
        for fold in folds(&sample.keys, &sample.bad, self.repeats, self.k)? {
            let (repeat, at) = (fold.repeat, fold.fold);
            let place = usize::try_from(repeat).unwrap_or(usize::MAX);
            let (Some(before), Some(after)) = (self.scores.get(place), scores.get_mut(place)) else { continue };
            let score = change(&fold.split, before);
            let found = measured((repeat, at), &sample.take(&fold.split.test), &score);
            tried.push(found.map_err(|source| CrossError::Measure { repeat, fold: at, source })?);
            fold.split.test.iter().zip(score).for_each(|(row, score)| after[*row] = score);
        }
        Ok(summed(self.repeats, self.k, tried, scores)?)
    }

    /// The mean AUC of this way of making models less that of another, fold by fold.
    ///
    /// # Errors
    ///
    /// [`ValidateError::OtherFolds`] when the two were not tried on folds of the same sizes; else as [`paired`].
    pub fn compare(&self, other: &CrossValidation, level: f64) -> Result<Paired, ValidateError> {
        let rows =
            |of: &CrossValidation| of.folds.iter().map(|one| (one.repeat, one.fold, one.rows, one.bads)).collect();
        let (ours, theirs): (Vec<_>, Vec<_>) = (rows(self), rows(other));
        if ours != theirs {
            return Err(ValidateError::OtherFolds);
        }
        paired(&self.auc_by_fold(), &other.auc_by_fold(), 1.0 / f64::from(self.k - 1), level)
    }
}

/// Why a cross-validation failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CrossError<E: std::error::Error + 'static> {
    /// The sample cannot be dealt.
    #[error(transparent)]
    Validate(#[from] ValidateError),
    /// A model could not be fitted.
    #[error("repeat {repeat}, fold {fold} (from 0): no model could be fitted")]
    Fit {
        /// From 0.
        repeat: u32,
        /// From 0.
        fold: u32,
        /// Why.
        #[source]
        source: E,
    },
    /// A fold's scores cannot be measured.
    #[error("repeat {repeat}, fold {fold} (from 0): the scores cannot be measured")]
    Measure {
        /// From 0.
        repeat: u32,
        /// From 0.
        fold: u32,
        /// Why.
        #[source]
        source: MetricError,
    },
}

/// Fits on each fold's other rows, scores the fold, measures it. `fit` sees nothing but the rows to learn from: binning,
/// selection and tuning belong inside it.
///
/// # Errors
///
/// [`CrossError`] of the first fold, in order, that fails.
pub fn cross_validate<E: std::error::Error + Send + 'static>(
    sample: &Sample,
    repeats: u32,
    k: u32,
    fit: impl Fn(&Sample) -> Result<Scorer, E> + Sync,
) -> Result<CrossValidation, CrossError<E>> {
    let folds = folds(&sample.keys, &sample.bad, repeats, k)?;
    let one = |fold: &folds::Fold| {
        let (repeat, at) = (fold.repeat, fold.fold);
        let scorer =
            fit(&sample.take(&fold.split.train)).map_err(|source| CrossError::Fit { repeat, fold: at, source })?;
        let tried = sample.take(&fold.split.test);
        let score = scorer(&tried);
        let found = measured((repeat, at), &tried, &score);
        Ok((found.map_err(|source| CrossError::Measure { repeat, fold: at, source })?, score))
    };
    let done: Vec<Result<_, CrossError<E>>> = folds.par_iter().map(one).collect();
    let mut scores: Vec<Vec<f64>> = Vec::new();
    let mut tried = Vec::new();
    for (fold, result) in folds.iter().zip(done) {
        let (one, found) = result?;
        if one.fold == 0 {
            scores.push(vec![f64::NAN; sample.len()]);
        }
        if let Some(all) = scores.last_mut() {
            fold.split.test.iter().zip(found).for_each(|(row, score)| all[*row] = score);
        }
        tried.push(one);
    }
    Ok(summed(repeats, k, tried, scores)?)
}

fn summed(repeats: u32, k: u32, folds: Vec<Tried>, scores: Vec<Vec<f64>>) -> Result<CrossValidation, ValidateError> {
    let against_zero = |of: fn(&Tried) -> f64| {
        let values: Vec<f64> = folds.iter().map(of).collect();
        let paired = paired(&values, &vec![0.0; values.len()], 1.0 / f64::from(k - 1), 0.95)?;
        // Neither measure leaves 0 to 1; the t distribution does not know that.
        let Estimate { value, lower, upper } = paired.corrected;
        Ok::<_, ValidateError>((Estimate { value, lower: lower.max(0.0), upper: upper.min(1.0) }, paired.deviation))
    };
    let (auc, auc_deviation) = against_zero(|one| one.auc)?;
    let (ks, _) = against_zero(|one| one.ks)?;
    let upside_down = Inverted::of(&auc);
    Ok(CrossValidation { repeats, k, folds, auc, upside_down, auc_deviation, ks, scores })
}

// A fold's rows, measured.
fn measured(at: (u32, u32), tried: &Sample, score: &[f64]) -> Result<Tried, MetricError> {
    let outcomes = Outcomes::of(&Cases::new(score, None, &tried.bad, Some(&tried.weight))?)?;
    let bads = tried.bad.iter().filter(|bad| **bad).count();
    Ok(Tried { repeat: at.0, fold: at.1, rows: tried.len(), bads, auc: outcomes.auc().value, ks: outcomes.ks() })
}

/// Two models over the same folds.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
pub struct Paired {
    /// Folds compared.
    pub folds: usize,
    /// Standard deviation of the difference over folds.
    pub deviation: f64,
    /// Mean difference with the interval of independent folds; too narrow, since folds share the rows they learn from.
    pub plain: Estimate,
    /// Mean difference with the interval corrected for that overlap.
    pub corrected: Estimate,
    /// Two-sided p of no difference, corrected; 1 when no fold differs.
    pub p: f64,
}

/// The mean of `first - second` over folds.
///
/// # Formula
///
/// ```text
/// mean ± t(J - 1) · sqrt((1 / J + test_to_train) · s²);  plain: without test_to_train
/// ```
///
/// `test_to_train` is the number of rows tried over the number learnt from: `1 / (k - 1)` for k folds.
///
/// # Errors
///
/// [`ValidateError::Lengths`], and [`ValidateError::Pairs`] for fewer than 2 folds, a value that is not finite, or a level or
/// a ratio out of range.
///
/// # Source
///
/// Nadeau & Bengio (2003), Machine Learning 52; for repeats of k folds Bouckaert & Frank (2004), PAKDD.
pub fn paired(first: &[f64], second: &[f64], test_to_train: f64, level: f64) -> Result<Paired, ValidateError> {
    ValidateError::same_length("second vector", first.len(), second.len())?;
    let apart: Vec<f64> = first.iter().zip(second).map(|(a, b)| a - b).collect();
    let ranges = 0.0 < level && level < 1.0 && 0.0 <= test_to_train && test_to_train.is_finite();
    if apart.len() < 2 || !ranges || !apart.iter().all(|one| one.is_finite()) {
        return Err(ValidateError::Pairs);
    }
    let n = real(apart.len());
    let mean = sum(apart.iter().copied()) / n;
    let variance = sum(apart.iter().map(|one| (one - mean) * (one - mean))) / (n - 1.0);
    let t = StudentsT::new(0.0, 1.0, n - 1.0).map_err(|_| ValidateError::Pairs)?;
    let z = t.inverse_cdf(0.5 + level / 2.0);
    let interval = |error: f64| Estimate { value: mean, lower: mean - z * error, upper: mean + z * error };
    let error = ((1.0 / n + test_to_train) * variance).sqrt();
    let p = match (error == 0.0, mean == 0.0) {
        (true, true) => 1.0,
        (true, false) => 0.0,
        _ => 2.0 * t.sf((mean / error).abs()),
    };
    Ok(Paired {
        folds: apart.len(),
        deviation: variance.sqrt(),
        plain: interval((variance / n).sqrt()),
        corrected: interval(error),
        p,
    })
}
