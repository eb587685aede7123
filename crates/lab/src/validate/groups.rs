//! Does a way of making models hold where it learnt nothing: each group in turn is left out of learning and tried.

use rayon::prelude::*;
use serde::Serialize;

use super::{Scorer, ValidateError, folds::split_by_group};
use crate::{
    metrics::{Cases, Estimate, Outcomes},
    sample::Sample,
};

/// A group that was tried on a model of all others.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct GroupTried {
    /// Its label.
    pub group: String,
    /// Rows learnt from: all that are not of the group.
    pub learnt: usize,
    /// Its rows, but for those of applicants who are learnt from.
    pub rows: usize,
    /// Bads among them.
    pub bads: usize,
    /// AUC on them with DeLong's interval; `None` where all are good or all bad.
    pub auc: Option<Estimate>,
    /// KS on them.
    pub ks: Option<f64>,
    /// Why no model could be fitted without it; `None` where one was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// Fits on the rows of all other groups, scores the group, measures it; in the order of the labels. Rows with an empty label are
/// learnt from and never tried. A group without which nothing can be learnt has the reason in place of its measures.
///
/// # Errors
///
/// [`ValidateError`] with fewer than two groups.
pub fn try_by_group<E: std::error::Error>(
    sample: &Sample,
    labels: &[String],
    fit: impl Fn(&Sample) -> Result<Scorer, E> + Sync,
) -> Result<Vec<GroupTried>, ValidateError> {
    let splits: Vec<_> = split_by_group(&sample.keys, labels)?.into_iter().collect();
    let one = |(group, split): &(String, super::Split)| {
        let learn = sample.take(&split.train);
        let tried = sample.take(&split.test);
        let (outcomes, why) = match fit(&learn) {
            Ok(scorer) => {
                let cases = Cases::new(&scorer(&tried), None, &tried.bad, Some(&tried.weight));
                (cases.and_then(|cases| Outcomes::of(&cases)).ok(), None)
            }
            Err(error) => (None, Some(error.to_string())),
        };
        GroupTried {
            group: group.clone(),
            learnt: learn.len(),
            rows: tried.len(),
            bads: tried.bad.iter().filter(|bad| **bad).count(),
            auc: outcomes.as_ref().map(Outcomes::auc),
            ks: outcomes.as_ref().map(Outcomes::ks),
            why,
        }
    };
    Ok(splits.par_iter().map(one).collect())
}
