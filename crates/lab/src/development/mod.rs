//! From a sample to a model that can be deployed: fit, cross-validate, calibrate, try on rows kept apart, write down.
//!
//! ```text
//! sample ── split ──┬─ learn ─┬─ the recipe → card
//!                   │         └─ the recipe in each fold → out-of-fold scores → calibration, figures
//!                   └─ try ───── the card with its calibration → figures
//! ```

mod deploy;
mod expected;
mod fitted;

#[cfg(test)]
mod segments_tests;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use cashline_core::model::{ModelError, ModelFile};
use serde::{Deserialize, Serialize};

use crate::{
    calibrate::{Bounds, CalibrateError, Calibration, Targets, isotonic, platt},
    metrics::{Cases, Fit, MetricError},
    outcomes::BadDefinition,
    sample::Sample,
    scorecard::{self, Alignment, FitError, Recipe, SegmentedCard, Segments, fit_segments},
    select::Facts,
    validate::{
        self, CrossError, CrossValidation, GroupTried, Part, Scored, Scorer, Split, ValidateError, Validation,
        by_label, cross_validate, split_by_group, split_out_of_time, split_random, try_by_group, validate,
    },
};

pub use expected::{expected_of_run, shares_of_values};
pub use fitted::Fitted;

/// Which rows are kept apart.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
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
    /// One group of [`Plan::groups`].
    Group {
        /// Its label.
        label: String,
    },
}

/// What the rows are parted by, to see whether a model holds where it learnt nothing: an institution, a channel, a state.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Groups {
    /// What it is, in a word.
    pub by: String,
    /// The group of each row of the sample; empty where none is known.
    pub labels: Vec<String>,
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
    /// Bads used that were observed after the window ([`crate::outcomes::OutcomeCounts::late_bads`]).
    pub late_bads: usize,
    /// Cards of several segments instead of one; `sample.segment` says which row is whose.
    pub segments: Option<Segments>,
    /// Groups, each of which is tried on a model of all others.
    pub groups: Option<Groups>,
}

/// A model ready to be sealed, and what it is worth.
#[derive(Clone, PartialEq, Debug)]
pub struct Developed {
    /// The fit with its whole trail: a card, or several.
    pub fitted: Fitted,
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
    /// By segment, where there are several cards: on the rows kept apart, else on out-of-fold scores.
    pub by_segment: Vec<Part>,
    /// Each group, tried on a model of all others; everything learnt anew without it.
    pub by_group: Vec<GroupTried>,
    /// Places of the rows learnt from, of those kept apart, and of those that are neither.
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
    /// No card of a fold tells anybody apart.
    #[error(
        "in no fold did a column pass, so that what passed in the whole is chance: more bads are wanted, or outcomes that are not \
         coded the other way round (1 is bad)"
    )]
    Folds,
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
    let split = split(sample, plan)?;
    let bads = split.test.iter().filter(|row| sample.bad[**row]).count();
    if !split.test.is_empty() && (bads == 0 || bads == split.test.len()) {
        let fault = "those kept apart, but for applicants learnt from, are all good or all bad; move their border";
        return Err(ValidateError::Split(fault).into());
    }
    let learn = sample.take(&split.train);
    let mut fitted = match &plan.segments {
        None => Fitted::Card(Box::new(scorecard::fit(&learn, facts, recipe)?)),
        Some(asked) => Fitted::Segments(Box::new(fit_segments(&learn, facts, recipe, asked, None)?)),
    };
    let (repeats, folds) = plan.folds;
    let mut again = Again { facts, recipe, fitted: fitted.clone(), gone: vec![] };
    let mut cross = cross_validate(&learn, repeats, folds, |rows: &Sample| again.scorer(rows))?;
    again.gone = fall_back(&mut fitted, &cross, &learn);
    if !again.gone.is_empty() {
        // What a card taken away said of its rows is no word of the model: neither of its probability nor of its worth.
        cross = cross_validate(&learn, repeats, folds, |rows: &Sample| again.scorer(rows))?;
    }
    let by_group = match &plan.groups {
        None => vec![],
        Some(groups) => {
            let labels: Vec<String> = split.train.iter().map(|row| groups.labels[*row].clone()).collect();
            let several = labels.iter().filter(|label| !label.is_empty()).collect::<BTreeSet<_>>().len() > 1;
            // Of two groups with one kept apart, that one is what the other is tried on.
            match matches!(plan.kept_apart, KeptApart::Group { .. }) && !several {
                true => vec![],
                false => try_by_group(&learn, &labels, |rows: &Sample| again.scorer(rows))?,
            }
        }
    };
    let unseen = aligned(&mut fitted, &cross, &learn)?;
    let cross = match &fitted {
        Fitted::Card(_) => cross,
        Fitted::Segments(cards) => aligned_by_fold(cards, &cross, &learn)?,
    };
    let calibration = calibrate(&unseen, &learn, plan.calibration)?;
    let measure = |rows: &Sample, fit: Fit| -> Result<Validation, DevelopError> {
        let score = scores(&fitted, rows)?;
        let probability = calibration.as_ref().map(|one| one.apply(&score));
        let options = validate::Options { fit, ..plan.validation };
        Ok(validate(&score, probability.as_deref(), &rows.bad, Some(&rows.weight), &options)?)
    };
    let learnt = measure(&learn, Fit::SameRows)?;
    let test = (!split.test.is_empty()).then(|| sample.take(&split.test));
    let tried = test.as_ref().map(|rows| measure(rows, Fit::OtherRows)).transpose()?;
    let by_segment = match (&fitted, &test) {
        (Fitted::Card(_), _) => vec![],
        (_, Some(rows)) => by_segment(rows, &scores(&fitted, rows)?, calibration.as_ref(), plan)?,
        (_, None) => by_segment(&learn, &unseen, calibration.as_ref(), plan)?,
    };
    let file = deploy::model_file(&deploy::Parts {
        fitted: &fitted,
        learn: &learn,
        calibration: calibration.as_ref(),
        cross: &cross,
        tried: tried.as_ref(),
        left_out: split.left_out.len(),
        plan,
    })?;
    Ok(Developed { fitted, file, calibration, learnt, cross, tried, by_segment, by_group, split })
}

/// Scores as the model file gives them.
///
/// # Errors
///
/// [`FitError`] when the sample lacks a column of a card.
pub fn scores(fitted: &Fitted, rows: &Sample) -> Result<Vec<f64>, FitError> {
    #[expect(clippy::cast_precision_loss, reason = "scores stay far below 2^53")]
    let real = |scores: Vec<i64>| scores.into_iter().map(|score| score as f64).collect();
    fitted.score(rows).map(real)
}

fn by_segment(
    rows: &Sample,
    score: &[f64],
    calibration: Option<&Calibration>,
    plan: &Plan,
) -> Result<Vec<Part>, DevelopError> {
    let probability = calibration.map(|one| one.apply(score));
    let scored = Scored { score, probability: probability.as_deref(), bad: &rows.bad, weight: Some(&rows.weight) };
    Ok(by_label(&rows.segment, &scored, plan.validation.level)?)
}

fn split(sample: &Sample, plan: &Plan) -> Result<Split, ValidateError> {
    match (&plan.kept_apart, &plan.groups) {
        (KeptApart::Nothing, _) => Ok(Split { train: (0..sample.len()).collect(), ..Split::default() }),
        (KeptApart::Share { share, seed }, _) => split_random(&sample.keys, *share, *seed),
        (KeptApart::From { second }, _) => split_out_of_time(&sample.keys, *second),
        (KeptApart::Group { label }, Some(groups)) => {
            match split_by_group(&sample.keys, &groups.labels)?.remove(label) {
                Some(split) if split.test.is_empty() => Err(ValidateError::Split(
                    "every application of the group to be kept apart is of an applicant who is learnt from",
                )),
                found => found.ok_or(ValidateError::Split("no application is of the group to be kept apart")),
            }
        }
        (KeptApart::Group { .. }, None) => Err(ValidateError::Split("a group is kept apart, but no groups are given")),
    }
}

/// What was fitted, to be made again from other rows: the settings and which segments have a card are settled, everything else is
/// learnt anew.
struct Again<'a> {
    facts: &'a [Facts],
    recipe: &'a Recipe,
    /// Before any card was taken away.
    fitted: Fitted,
    /// Segments whose card was taken away. The fallback's, which scores them, was learnt without their rows, here as there.
    gone: Vec<String>,
}

impl Again<'_> {
    /// The recipe on a fold's rows; its scores are log odds of good, which all folds' cards share, whatever their scales. A fold
    /// in which no column passes has a card that tells nobody apart.
    fn scorer(&self, rows: &Sample) -> Result<Scorer, FitError> {
        let made = match &self.fitted {
            Fitted::Card(whole) => {
                let again = scorecard::fit_as(rows, self.facts, self.recipe, whole.settings.clone());
                again.map(|card| Fitted::Card(Box::new(card)))
            }
            Fitted::Segments(whole) => {
                let again = fit_segments(rows, self.facts, self.recipe, &whole.asked, Some(whole));
                again.map(|mut cards| {
                    self.gone.iter().for_each(|name| cards.fall_back(name, WRONG_WAY));
                    Fitted::Segments(Box::new(cards))
                })
            }
        };
        let fitted = match made {
            Ok(fitted) => fitted,
            Err(FitError::NothingLeft { .. }) => return Ok(Box::new(|rows| vec![0.0; rows.len()])),
            Err(error) => return Err(error),
        };
        Ok(Box::new(move |rows| match fitted.log_odds(rows) {
            Ok(odds) => odds.into_iter().map(|odds| -odds).collect(),
            // Folds of one sample have the same columns; a score that is no number is refused by every measure.
            Err(_) => vec![f64::NAN; rows.len()],
        }))
    }
}

const WRONG_WAY: &str = "its own card did not rank rows that it had not seen";

/// Takes away the segments' cards whose log odds rank rows that they did not see the wrong way; their names.
fn fall_back(fitted: &mut Fitted, cross: &CrossValidation, learn: &Sample) -> Vec<String> {
    let Fitted::Segments(cards) = fitted else { return vec![] };
    let unseen = cross.scores.first().map(Vec::as_slice).unwrap_or_default();
    let is_wrong = |(name, rows): (&str, Vec<usize>)| {
        let wrong =
            name != cards.asked.fallback.name && matches!(line(unseen, learn, &rows), Err(CalibrateError::WrongWay));
        wrong.then(|| name.to_owned())
    };
    let gone: Vec<String> = cards.rows_by_card(learn).into_iter().filter_map(is_wrong).collect();
    gone.iter().for_each(|name| cards.fall_back(name, WRONG_WAY));
    gone
}

/// The scores, on the scale of the whole, of rows that their card did not see.
///
/// Cards of several segments are first brought to the odds observed there, each by a line through its own out-of-fold log odds:
/// a score then means the same odds whichever card gave it, which a curve common to all cannot see to.
fn aligned(fitted: &mut Fitted, cross: &CrossValidation, learn: &Sample) -> Result<Vec<f64>, DevelopError> {
    let unseen = cross.scores.first().map(Vec::as_slice).unwrap_or_default();
    let mut odds_of_bad: Vec<f64> = unseen.iter().map(|odds_of_good| -odds_of_good).collect();
    if let Fitted::Segments(cards) = fitted {
        let mut lines = BTreeMap::new();
        for (name, rows) in cards.rows_by_card(learn) {
            // Too few rows for a line: the card says what it was fitted to.
            let Ok(line) = line(unseen, learn, &rows) else { continue };
            rows.iter().for_each(|row| odds_of_bad[*row] = line.intercept + line.slope * odds_of_bad[*row]);
            lines.insert(name.to_owned(), line);
        }
        cards.align(lines, learn)?;
    }
    let scale = fitted.scale();
    Ok(odds_of_bad.into_iter().map(|odds| scale.score(odds)).collect())
}

/// Log odds of bad as some rows' outcomes have them, by a line on `unseen`, their log odds of good.
fn line(unseen: &[f64], learn: &Sample, rows: &[usize]) -> Result<Alignment, CalibrateError> {
    let own: Vec<f64> = rows.iter().map(|row| unseen[*row]).collect();
    let taken = learn.take(rows);
    match platt(&Cases::new(&own, None, &taken.bad, Some(&taken.weight))?, Targets::Outcomes)? {
        Calibration::Logistic { intercept, slope } => Ok(Alignment { intercept, slope: -slope }),
        Calibration::Steps { .. } => Err(CalibrateError::Invalid("a line was wanted")),
    }
}

/// The folds of cards by segment, each card at the odds observed: as in the model, but by the line of the out-of-fold log odds of
/// the rows outside the fold, so that no row's outcome moves its own score. A card without such a line stays as it is.
fn aligned_by_fold(
    cards: &SegmentedCard,
    cross: &CrossValidation,
    learn: &Sample,
) -> Result<CrossValidation, DevelopError> {
    let by_card: Vec<Vec<usize>> = cards.rows_by_card(learn).into_values().collect();
    let mut card_of = vec![0; learn.len()];
    by_card.iter().enumerate().for_each(|(card, rows)| rows.iter().for_each(|row| card_of[*row] = card));
    let change = |split: &Split, unseen: &[f64]| {
        let lines: Vec<Option<Alignment>> = (0..by_card.len())
            .map(|card| {
                let rows: Vec<usize> = split.train.iter().copied().filter(|row| card_of[*row] == card).collect();
                line(unseen, learn, &rows).ok()
            })
            .collect();
        let one = |row: &usize| match lines[card_of[*row]] {
            // Of bad by the line, of good as the folds have it.
            Some(Alignment { intercept, slope }) => slope * unseen[*row] - intercept,
            None => unseen[*row],
        };
        split.test.iter().map(one).collect()
    };
    Ok(cross.changed(learn, change)?)
}

/// Fits the probability on scores of rows that their card did not see.
fn calibrate(score: &[f64], learn: &Sample, method: Method) -> Result<Option<Calibration>, DevelopError> {
    match method {
        Method::None => Ok(None),
        Method::Platt => {
            let cases = Cases::new(score, None, &learn.bad, Some(&learn.weight))?;
            match platt(&cases, Targets::Outcomes) {
                // A card without columns gives one score to all.
                Err(CalibrateError::Metric(MetricError::Constant)) => Err(DevelopError::Folds),
                made => Ok(Some(made?)),
            }
        }
        Method::Isotonic => {
            // Steps of a model file start at whole scores.
            let whole: Vec<f64> = score.iter().map(|score| libm::rint(*score)).collect();
            let cases = Cases::new(&whole, None, &learn.bad, Some(&learn.weight))?;
            Ok(Some(isotonic(&cases, Bounds::default())?))
        }
    }
}
