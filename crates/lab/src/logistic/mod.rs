//! Logistic regression by iteratively reweighted least squares, with covariance and tests.
//!
//! What is modelled is the log odds of **bad** (outcome 1): a positive coefficient raises the probability of bad. With the
//! weight of evidence as this project signs it (positive is safer), the coefficient of a WoE column is negative when the column
//! works as its bins say, and near −1 when it stands alone.

mod design;
mod lasso;
mod least_squares;
pub(crate) mod qr;
mod separation;

#[cfg(test)]
mod golden_tests;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use statrs::distribution::{ChiSquared, ContinuousCDF, Normal};

use design::Standard;
pub(crate) use design::log_likelihood;
pub use lasso::{Path, PathOptions, PathPoint, path};
pub use least_squares::{Line, least_squares};
pub use separation::Separation;

/// Most columns of a design: the algebra is dense.
pub const COLUMNS_MAX: usize = 256;

/// How to fit.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Options {
    /// Ridge: half of this times the sum of squared slopes is taken from the log-likelihood. The intercept is free.
    pub ridge: f64,
    /// Newton steps before giving up.
    pub iterations_max: u32,
    /// A column that adds less than this share of its own length to the columns before it is called dependent.
    pub rank_tolerance: f64,
}

impl Default for Options {
    fn default() -> Options {
        Options { ridge: 0.0, iterations_max: 60, rank_tolerance: 1e-9 }
    }
}

/// The data of a fit. `columns` and `names` run in parallel; every column has one finite number a row.
#[derive(Clone, Copy, Debug)]
pub struct Design<'a> {
    /// What errors and coefficients call the columns.
    pub names: &'a [String],
    /// The columns, without the intercept, which is always fitted.
    pub columns: &'a [Vec<f64>],
    /// Outcomes.
    pub bad: &'a [bool],
    /// How many cases each row stands for; positive.
    pub weight: &'a [f64],
}

/// A coefficient with its Wald test.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Coefficient {
    /// The column, or `intercept`.
    pub name: String,
    /// Change of the log odds of bad by one unit of the column.
    pub value: f64,
    /// Its standard error: from the inverse of the information, with the ridge in it.
    pub standard_error: f64,
    /// Value over standard error.
    pub z: f64,
    /// Two-sided, by the normal distribution.
    pub p: f64,
}

/// A likelihood-ratio test.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RatioTest {
    /// Twice the gain in log-likelihood.
    pub chi2: f64,
    /// Columns tested.
    pub df: u32,
    /// Probability of as much without any effect.
    pub p: f64,
}

impl RatioTest {
    /// The test of `df` more columns that raise the log-likelihood from `small` to `large`.
    #[must_use]
    pub fn new(small: f64, large: f64, df: u32) -> RatioTest {
        let chi2 = (2.0 * (large - small)).max(0.0);
        let p = ChiSquared::new(f64::from(df)).map_or(1.0, |law| law.sf(chi2));
        RatioTest { chi2, df, p }
    }
}

/// A fitted model.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fit {
    /// The log odds of bad where every column is zero.
    pub intercept: Coefficient,
    /// In the order of the columns.
    pub coefficients: Vec<Coefficient>,
    /// Of intercept and coefficients, in that order.
    pub covariance: Vec<Vec<f64>>,
    /// Without the penalty.
    pub log_likelihood: f64,
    /// With the intercept alone.
    pub null_log_likelihood: f64,
    /// Of all columns together.
    pub likelihood_ratio: RatioTest,
    /// `2 (columns + 1) - 2 log-likelihood`.
    pub aic: f64,
    /// `ln(cases) (columns + 1) - 2 log-likelihood`.
    pub bic: f64,
    /// Sum of the weights.
    pub cases: f64,
    /// Sum of the weights of bads.
    pub bads: f64,
    /// The ridge that was used.
    pub ridge: f64,
    /// Newton steps taken.
    pub iterations: u32,
}

/// Why there is no fit.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LogisticError {
    /// The vectors do not run in parallel.
    #[error("`{column}` has {found} rows, the outcomes have {expected}")]
    Shape {
        /// The column, or `weight`, or `names`.
        column: String,
        /// Its length.
        found: usize,
        /// Outcomes.
        expected: usize,
    },
    /// More columns than the dense algebra takes.
    #[error("{found} columns are more than the {COLUMNS_MAX} that a fit takes; select first")]
    TooManyColumns {
        /// Columns.
        found: usize,
    },
    /// Fewer rows than unknowns.
    #[error("{rows} rows cannot fit {unknowns} unknowns; take fewer columns or a ridge")]
    TooFewRows {
        /// Rows.
        rows: usize,
        /// Columns and the intercept.
        unknowns: usize,
    },
    /// Not a finite number, or a weight that is not positive.
    #[error("`{column}` holds a number that is not finite, or a weight that is not positive")]
    NotFinite {
        /// The column, or `weight`.
        column: String,
    },
    /// Nothing to tell apart.
    #[error("outcomes hold only one class; at least one good and one bad are needed")]
    OneClass,
    /// The column says nothing.
    #[error("`{column}` has the same value in every row; leave it out")]
    Constant {
        /// The column.
        column: String,
    },
    /// The column says nothing that others do not say.
    #[error("`{column}` is a linear combination of {}; leave one of them out, or give a ridge", list(of))]
    Dependent {
        /// The column.
        column: String,
        /// The columns before it that make it up.
        of: Vec<String>,
    },
    /// No maximum exists: the likelihood rises for ever along some direction.
    #[error("{0}")]
    Separated(Separation),
    /// Neither a maximum nor a proof that there is none.
    #[error(
        "no maximum within {iterations} steps; the largest step was in `{column}`: look at that column, or give a ridge"
    )]
    NotConverged {
        /// Steps taken.
        iterations: u32,
        /// The column that still moved most.
        column: String,
    },
    /// A setting that makes no sense.
    #[error("`{setting}` must be finite and not negative")]
    Setting {
        /// The setting.
        setting: &'static str,
    },
}

pub(super) fn list(names: &[String]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    quoted.join(", ")
}

/// Fits the log odds of bad.
///
/// # Formula
///
/// ```text
/// maximise  Σ weight · ln P(outcome)  −  ridge/2 · Σ slope²,   P(bad) = 1 / (1 + exp(−(intercept + Σ slope · column)))
/// ```
///
/// Newton's method; each step is a least-squares problem solved by Householder QR on columns that were centred and scaled by a
/// power of two, halved while it lowers the objective.
///
/// # Errors
///
/// [`LogisticError`], naming the column: constant, dependent on others, separating goods from bads.
///
/// # Source
///
/// McCullagh & Nelder, Generalized Linear Models, 2nd edition, 2.5 (IRLS); Albert & Anderson (1984), Biometrika 71 (when no
/// maximum exists).
pub fn fit(design: &Design<'_>, options: &Options) -> Result<Fit, LogisticError> {
    if !(options.ridge.is_finite() && 0.0 <= options.ridge) {
        return Err(LogisticError::Setting { setting: "ridge" });
    }
    let standard = Standard::new(design, options.ridge)?;
    if options.ridge == 0.0 {
        standard.check_rank(options.rank_tolerance)?;
    }
    let mut point = standard.start();
    let mut iterations = 0;
    loop {
        let factor = standard.factor(&point, options.ridge);
        let step = factor.solution();
        let length = largest(&step, &point.gamma);
        let before = point.clone();
        point = standard.advance(&point, &step, options.ridge);
        iterations += 1;
        // Quadratic convergence: after a step this short the next is below the rounding of the data.
        if length.1 <= 1e-10 {
            break;
        }
        if options.ridge == 0.0
            && 6 <= iterations
            && 1e-3 < length.1
            && let Some(found) = separation::certify(&standard, &difference(&point.gamma, &before.gamma))
        {
            return Err(LogisticError::Separated(found));
        }
        if options.iterations_max <= iterations {
            let column = standard.name(length.0);
            return Err(LogisticError::NotConverged { iterations, column });
        }
    }
    // The covariance belongs to the maximum itself; the step that comes with its factor polishes the last digits.
    let factor = standard.factor(&point, options.ridge);
    point = standard.advance(&point, &factor.solution(), options.ridge);
    Ok(report(&standard, &point, &factor, options.ridge, iterations))
}

// The place and size of the largest step, against the size of the coefficient it changes.
fn largest(step: &[f64], gamma: &[f64]) -> (usize, f64) {
    let relative = step.iter().zip(gamma).map(|(step, gamma)| step.abs() / (1.0 + gamma.abs()));
    relative.enumerate().fold((0, 0.0), |most, (at, size)| if most.1 < size { (at, size) } else { most })
}

fn difference(a: &[f64], b: &[f64]) -> Vec<f64> {
    a.iter().zip(b).map(|(a, b)| a - b).collect()
}

fn report(standard: &Standard<'_>, point: &design::Point, factor: &qr::Factor, ridge: f64, iterations: u32) -> Fit {
    let beta = standard.unscale(&point.gamma);
    // Row j of T R⁻¹ is the solution of R' u = T'e_j; the covariance is the product of such rows.
    let rows: Vec<Vec<f64>> = (0..beta.len()).map(|at| factor.solve_transposed(&standard.row(at))).collect();
    let covariance: Vec<Vec<f64>> = rows.iter().map(|a| rows.iter().map(|b| qr::dot(a, b)).collect()).collect();
    let coefficient = |at: usize| {
        let (value, standard_error) = (beta[at], libm::sqrt(covariance[at][at]));
        let z = value / standard_error;
        Coefficient { name: standard.name(at), value, standard_error, z, p: 2.0 * Normal::standard().sf(z.abs()) }
    };
    let log_likelihood = standard.log_likelihood(&point.eta);
    let null_log_likelihood = standard.null_log_likelihood();
    let columns = beta.len() - 1;
    #[expect(clippy::cast_possible_truncation, reason = "at most COLUMNS_MAX columns")]
    let df = columns as u32;
    let unknowns = f64::from(df) + 1.0;
    Fit {
        intercept: coefficient(0),
        coefficients: (1..=columns).map(coefficient).collect(),
        covariance: covariance.clone(),
        log_likelihood,
        null_log_likelihood,
        likelihood_ratio: RatioTest::new(null_log_likelihood, log_likelihood, df),
        aic: 2.0 * unknowns - 2.0 * log_likelihood,
        bic: libm::log(standard.cases) * unknowns - 2.0 * log_likelihood,
        cases: standard.cases,
        bads: standard.bads,
        ridge,
        iterations,
    }
}

impl Fit {
    /// Log odds of bad of each row of `columns`, which run in the order of the coefficients.
    #[must_use]
    pub fn log_odds(&self, columns: &[Vec<f64>], rows: usize) -> Vec<f64> {
        let mut sum = vec![self.intercept.value; rows];
        for (coefficient, column) in self.coefficients.iter().zip(columns) {
            for (sum, value) in sum.iter_mut().zip(column) {
                *sum += coefficient.value * value;
            }
        }
        sum
    }
}

/// The probability that belongs to log odds.
#[must_use]
pub fn probability(log_odds: f64) -> f64 {
    if 0.0 <= log_odds {
        1.0 / (1.0 + libm::exp(-log_odds))
    } else {
        let odds = libm::exp(log_odds);
        odds / (1.0 + odds)
    }
}
