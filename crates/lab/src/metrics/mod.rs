//! Measures of a score or a probability against outcomes, each with an interval.
//!
//! A measure is a row of [`MEASURES`]. Everything is computed over [`Cases`], which stand in an order of their own, so that the
//! order of the rows given changes no bit of an answer.

mod accuracy;
mod bootstrap;
mod cases;
mod discrimination;
mod inverted;
mod line;
mod rate;
mod registry;
mod table;

#[cfg(test)]
pub(crate) mod golden_tests;
#[cfg(test)]
mod tests;

use serde::Serialize;

pub use self::{
    accuracy::{CalibrationLine, calibration_in_the_large, calibration_line},
    bootstrap::{Draws, bootstrap, percentile_interval},
    cases::Cases,
    discrimination::{Change, Difference, Outcomes, auc_difference},
    inverted::Inverted,
    line::{Line, fit_line},
    rate::{bad_rate, bad_share},
    registry::{Closed, MEASURES, Measure, Measured, measure},
    table::{Bucket, Cuts, Fit, Gains, HosmerLemeshow, calibration_table, gains, hosmer_lemeshow},
};

pub(crate) use self::cases::{alike, share, sum};

/// A measure and its two-sided interval.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
pub struct Estimate {
    /// The measure.
    pub value: f64,
    /// Lower end of the interval.
    pub lower: f64,
    /// Upper end of the interval.
    pub upper: f64,
}

/// Why a measure cannot be taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MetricError {
    /// Discrimination needs both.
    #[error("outcomes hold only one class; at least one good and one bad are needed")]
    OneClass,
    /// More bads than cases, or no case.
    #[error("{bad} bads of {total} cases is no rate")]
    NotARate {
        /// Bads.
        bad: u64,
        /// Cases.
        total: u64,
    },
    /// Columns of one table differ in length.
    #[error("{what} has {found} rows where the score has {expected}")]
    Lengths {
        /// The column.
        what: &'static str,
        /// Rows of the score.
        expected: usize,
        /// Rows of the column.
        found: usize,
    },
    /// A cell that no measure can use.
    #[error("row {row} (from 0): the {what} is {fault}")]
    Cell {
        /// The column.
        what: &'static str,
        /// Counted from 0.
        row: usize,
        /// What is wrong.
        fault: &'static str,
    },
    /// A measure of probabilities without probabilities.
    #[error("this measure reads a probability, and the score has none; calibrate it first")]
    NoProbability,
    /// A probability of 0 or 1 where the measure takes its logarithm.
    #[error("{rows} rows have a probability of 0 or 1, whose log odds are not finite; calibrate with bounds")]
    Certain {
        /// How many.
        rows: usize,
    },
    /// One value parts goods from bads, so that no finite slope is the most likely one.
    #[error("one value separates goods from bads; no finite slope exists, use Platt's targets or more outcomes")]
    Separated,
    /// Every row has the same value.
    #[error("every row has the same value; there is no slope to fit")]
    Constant,
    /// Newton's method did not settle.
    #[error("the two-parameter logistic fit did not settle; the values may be too far apart")]
    NotSettled,
    /// A level, a number of draws or buckets outside its range.
    #[error("{what} is out of range: {range}")]
    Range {
        /// The argument.
        what: &'static str,
        /// What is accepted.
        range: &'static str,
    },
}
