//! What a score is worth on outcomes it was not made with; folds, splits, champion against challenger.
//!
//! [`validate`] measures one score; [`over_time`] and [`vintages`] by when people applied, [`by_label`] by where; [`cross_validate`] a way of making
//! models; [`against`] a challenger beside the score that decides today.

mod against;
mod cross;
mod folds;
mod groups;
mod strategy;
mod vintage;

#[cfg(test)]
mod against_tests;
#[cfg(test)]
mod tests;

use serde::Serialize;

use crate::{
    count::real,
    metrics::{
        Bucket, Cases, Cuts, Draws, Estimate, Fit, Gains, HosmerLemeshow, Inverted, Measured, MetricError, Outcomes,
        alike, bad_share, calibration_table, gains, hosmer_lemeshow, sum,
    },
    sample,
};

pub use self::{
    against::{
        Against, AgainstOptions, Contributions, Direction, DualCell, DualMatrix, EqualApproval, EqualBadRate, Moved,
        SwapAt, SwapSet, Swaps, against,
    },
    cross::{CrossError, CrossValidation, Paired, Scorer, Tried, cross_validate, paired},
    folds::{Fold, Split, folds, split_by_group, split_out_of_time, split_random},
    groups::{GroupTried, try_by_group},
    strategy::{Cutoff, Economics, STRATEGY_ROWS_MAX, strategy},
    vintage::{Age, Part, Period, Scored, Vintage, by_label, over_time, vintages},
};

/// Why a validation cannot be made.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ValidateError {
    /// A measure refuses the rows.
    #[error(transparent)]
    Metric(#[from] MetricError),
    /// Columns of one table differ in length.
    #[error("{what} has {found} rows where {expected} are expected")]
    Lengths {
        /// The column.
        what: &'static str,
        /// Rows expected.
        expected: usize,
        /// Rows found.
        found: usize,
    },
    /// Rows that cannot be dealt to folds.
    #[error(
        "{repeats} times {k} folds cannot be dealt: at least one repeat, two folds, and as many applicants with a bad outcome, and without, as folds are needed; the fewer are {least}"
    )]
    Folds {
        /// Repeats asked for.
        repeats: u32,
        /// Folds asked for.
        k: u32,
        /// Applicants of the smaller class.
        least: usize,
    },
    /// Two cross-validations of different rows.
    #[error("the two were not tried on the same folds; use the same sample, repeats and number of folds")]
    OtherFolds,
    /// A split with nothing on one side.
    #[error("{0}")]
    Split(&'static str),
    /// Two vectors that cannot be compared.
    #[error(
        "a paired comparison needs two or more finite pairs, a level between 0 and 1 and a ratio of rows that is not negative"
    )]
    Pairs,
    /// Too few rows have the score that decides today.
    #[error("{rows} applications have its score, {bads} of them bad; at least one good and one bad are needed")]
    Incumbent {
        /// Rows with an incumbent score.
        rows: usize,
        /// Bads of them.
        bads: usize,
    },
    /// An option outside its range.
    #[error("{0}")]
    Options(&'static str),
}

impl ValidateError {
    fn same_length(what: &'static str, expected: usize, found: usize) -> Result<(), ValidateError> {
        if expected == found { Ok(()) } else { Err(ValidateError::Lengths { what, expected, found }) }
    }
}

/// How to validate.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Options {
    /// Of every interval.
    pub level: f64,
    /// For measures without an interval in closed form.
    pub draws: Draws,
    /// Buckets of the gains and the calibration table.
    pub buckets: usize,
    /// Whether the probabilities were fitted to these rows.
    pub fit: Fit,
    /// For expected profit.
    pub economics: Option<Economics>,
}

impl Default for Options {
    /// 95 %, 1,000 draws from seed 0, ten buckets, fitted elsewhere, no economics.
    fn default() -> Options {
        Options { level: 0.95, draws: Draws::default(), buckets: 10, fit: Fit::OtherRows, economics: None }
    }
}

/// A score against outcomes.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Validation {
    /// Rows.
    pub n: usize,
    /// Bads of them.
    pub bads: usize,
    /// Sum of weights.
    pub weight: f64,
    /// That weights differ, in a sentence; `None` where all rows count alike.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weighted: Option<String>,
    /// That the score ranks worse than a coin; `None` where it does not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub upside_down: Option<Inverted>,
    /// Bads by weight, with a Clopper–Pearson interval.
    pub bad_rate: Estimate,
    /// Of every interval.
    pub level: f64,
    /// How the bootstrap drew.
    pub draws: Draws,
    /// One entry for each row of [`crate::metrics::MEASURES`] that applies.
    pub measures: Vec<Measured>,
    /// Share of goods and of bads at or below a score, from (0, 0) to (1, 1): at most [`CURVE_POINTS_MAX`] points.
    pub roc: Vec<(f64, f64)>,
    /// Riskiest bucket first.
    pub gains: Vec<Gains>,
    /// Scores of goods and bads in bars of equal width.
    pub distribution: Vec<Bar>,
    /// Safest bucket first; empty without probabilities.
    pub calibration: Vec<Bucket>,
    /// `None` without probabilities.
    pub hosmer_lemeshow: Option<HosmerLemeshow>,
    /// Lowest cut-off first.
    pub strategy: Vec<Cutoff>,
}

impl Validation {
    /// The estimate of a measure.
    #[must_use]
    pub fn estimate(&self, name: &str) -> Option<Estimate> {
        self.measures.iter().find(|one| one.name == name)?.estimate
    }
}

/// Scores of `[from, to)`; the last bar has both ends.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
pub struct Bar {
    /// Lower end.
    pub from: f64,
    /// Upper end.
    pub to: f64,
    /// Weight of goods.
    pub goods: f64,
    /// Weight of bads.
    pub bads: f64,
}

/// Most points of a curve.
pub const CURVE_POINTS_MAX: usize = 200;
/// Bars of a distribution.
pub const BARS: usize = 20;

/// Measures a score (higher is safer) and, where given, its probability of bad. Weights are 1 where absent.
///
/// # Errors
///
/// [`ValidateError::Metric`] for rows that no measure can use. A measure that these rows do not allow is in the answer, with
/// the reason in place of its value.
///
/// ```
/// use cashline_lab::validate::{Options, validate};
///
/// let (score, bad) = ([700.0, 640.0, 610.0, 640.0], [false, false, true, true]);
/// let found = validate(&score, None, &bad, None, &Options::default())?;
/// // Of the four pairs of a good and a bad, three are in order and one is a tie.
/// assert_eq!(found.estimate("auc").map(|auc| auc.value), Some(3.5 / 4.0));
/// assert_eq!(found.strategy[0].approval_rate, 1.0);
/// # Ok::<(), cashline_lab::validate::ValidateError>(())
/// ```
pub fn validate(
    score: &[f64],
    probability: Option<&[f64]>,
    bad: &[bool],
    weight: Option<&[f64]>,
    options: &Options,
) -> Result<Validation, ValidateError> {
    let cases = Cases::new(score, probability, bad, weight)?;
    let level = options.level;
    if !(0.0 < level && level < 1.0) {
        return Err(ValidateError::Options("the level of an interval must lie between 0 and 1"));
    }
    let cuts = Cuts::Quantiles(options.buckets);
    let calibration = if probability.is_some() { calibration_table(&cases, cuts, level)? } else { Vec::new() };
    let share = bad_share(cases.bad().iter().copied().zip(cases.weight().iter().copied()), level);
    Ok(Validation {
        n: cases.len(),
        bads: cases.bads(),
        weight: sum(cases.weight().iter().copied()),
        weighted: weighted(&cases),
        upside_down: Inverted::of(&Outcomes::of(&cases)?.auc_at(level)),
        bad_rate: share.ok_or(MetricError::OneClass)?,
        level,
        draws: options.draws,
        measures: Measured::all(&cases, level, &options.draws),
        roc: thin_curve(Outcomes::of(&cases)?.curve()),
        gains: gains(&cases, cuts)?,
        distribution: distribution(&cases),
        hosmer_lemeshow: hosmer_lemeshow(&calibration, options.fit),
        calibration,
        strategy: strategy(&cases, options.economics, level),
    })
}

/// The unit of [`crate::sample::Sample::take`] is that of the intervals of rates, too.
fn weighted(cases: &Cases) -> Option<String> {
    if alike(cases.weight()) {
        return None;
    }
    let unit = sample::effective(cases.bad().iter().copied().zip(cases.weight().iter().copied()));
    Some(sample::weighted(cases.len() as u64, sum(unit), "rates are those of the weights, and intervals"))
}

/// Points of a curve about evenly apart along it, both ends kept.
fn thin_curve(points: Vec<(f64, f64)>) -> Vec<(f64, f64)> {
    if points.len() <= CURVE_POINTS_MAX {
        return points;
    }
    let last = points.len() - 1;
    (0..CURVE_POINTS_MAX).map(|at| points[at * last / (CURVE_POINTS_MAX - 1)]).collect()
}

fn distribution(cases: &Cases) -> Vec<Bar> {
    let score = cases.score();
    let (Some(low), Some(high)) = (score.first().copied(), score.last().copied()) else { return Vec::new() };
    let bars = if low < high { BARS } else { 1 };
    let edge = |at: usize| if at == bars { high } else { low + (high - low) * (real(at) / real(bars)) };
    let bar = |at: usize| {
        let start = score.partition_point(|one| *one < edge(at));
        let end = if at + 1 == bars { score.len() } else { score.partition_point(|one| *one < edge(at + 1)) };
        let weight = |class: bool| {
            sum((start..end.max(start)).filter(|row| cases.bad()[*row] == class).map(|row| cases.weight()[row]))
        };
        Bar { from: edge(at), to: edge(at + 1), goods: weight(false), bads: weight(true) }
    };
    (0..bars).map(bar).collect()
}
