//! Binning: a column's cells into few ordered bins with weights of evidence.
//!
//! Numbers go into prebins first (weighted quantiles; ties stay together), then neighbouring prebins are merged so that the
//! information value is the largest that the constraints allow: exactly, by dynamic programming, no heuristic
//! ([`Options`] lists the constraints). Codes are ordered by bad rate and merged by the same programme. Special values and each
//! cause of a missing value have bins of their own.
//!
//! ```
//! use cashline_core::value::Missing;
//! use cashline_lab::{
//!     binning::{self, Cell, Options, Trend},
//!     sample::{Column, Values},
//! };
//!
//! // Overdraft days of 400 applications: none, 1 to 3, or not enough history; the bad rate is 5 %, 10 %, 20 %, 30 % and 25 %.
//! let (mut cells, mut bad) = (vec![], vec![]);
//! for (cell, bads) in [(Ok(0.0), 4), (Ok(1.0), 8), (Ok(2.0), 16), (Ok(3.0), 24), (Err(Missing::NotEnoughHistory), 20)] {
//!     cells.extend([cell; 80]);
//!     bad.extend((0..80).map(|row| row < bads));
//! }
//! let column = Column { name: "overdraft_days".to_owned(), values: Values::Numbers(cells) };
//! let options = Options { trend: Trend::Ascending, bins_max: 3, bads_min: 1, ..Options::default() };
//! let binned = binning::fit(&column, &bad, &[1.0; 400], &options)?;
//!
//! assert_eq!(binned.splits(), [1.0, 2.0]);
//! // Of all 328 goods 76 have no overdraft day, of all 72 bads 4: positive is safer.
//! let woe = binned.woe(Cell::Number(0.0))?;
//! assert!((woe - ((76.0_f64 / 328.0) / (4.0 / 72.0)).ln()).abs() < 1e-15);
//! // A cause nobody met in development says nothing.
//! assert_eq!(binned.woe(Cell::Missing(Missing::Stale))?, 0.0);
//! // What was stored is what is read back.
//! let text = serde_json::to_string(&binned)?;
//! assert_eq!(serde_json::from_str::<binning::Binned>(&text)?, binned);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod apply;
mod codes;
mod options;
mod prebin;
mod solve;
mod table;
mod tally;

#[cfg(test)]
mod golden_tests;
#[cfg(test)]
mod solve_tests;
#[cfg(test)]
mod tests;

use cashline_core::value::Missing;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use self::tally::{Rows, Tally};
use crate::sample::{Column, Values};

pub use self::{
    apply::Cell,
    options::{Options, PREBINS_LIMIT, Trend, ZeroCell},
    table::{PairTest, Table, TableRow},
};

/// A column binned: all that a scorecard, a report and a later population's stability check need.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Binned {
    /// The column.
    pub name: String,
    /// Of numbers: ascending ranges that cover the line. Of codes: groups by ascending bad rate. Never empty.
    pub bins: Vec<Bin>,
    /// In the order of [`Options::special`].
    pub specials: Vec<Bin>,
    /// Every cause, in the order of [`Missing::ALL`], met in development or not.
    pub missing: Vec<(Missing, Bin)>,
    /// The shape of the bad rate over `bins`; [`Trend::None`] when there is one bin or more than one turn.
    pub trend: Trend,
    /// Goods of all rows, weighted.
    pub goods: f64,
    /// Bads of all rows, weighted.
    pub bads: f64,
    /// How it was made.
    pub options: Options,
}

/// Cells that get the same weight of evidence.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Bin {
    /// Which cells.
    pub kind: BinKind,
    /// Goods, weighted.
    pub goods: f64,
    /// Bads, weighted.
    pub bads: f64,
    /// Rows, not weighted.
    pub rows: u64,
    /// Bads among the rows, not weighted.
    pub bad_rows: u64,
    /// ln(share of goods / share of bads): positive is safer.
    pub woe: f64,
    /// (share of goods − share of bads) · `woe`: the bin's part of the information value.
    pub iv: f64,
    /// Whether `woe` is 0 by rule: too few rows to say anything, or only one class.
    pub neutral: bool,
}

/// Which cells a bin holds.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BinKind {
    /// Numbers in `[from, below)`; `None` is an open end.
    Range {
        /// The first number of the bin.
        from: Option<f64>,
        /// The first number above the bin.
        below: Option<f64>,
    },
    /// A number that is a code and no magnitude.
    Special(f64),
    /// Codes.
    Codes {
        /// The codes of the group, ascending.
        levels: Vec<String>,
        /// Whether codes that stand in no group fall here: those too rare in development, and those not met in it.
        other: bool,
    },
    /// No value, for this cause.
    Missing(Missing),
}

/// Why a column cannot be binned, or a cell has no bin.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BinningError {
    /// Column, outcomes and weights of different lengths.
    #[error("column `{name}` has {cells} cells, but there are {outcomes} outcomes and {weights} weights")]
    Lengths {
        /// The column.
        name: String,
        /// Its cells.
        cells: usize,
        /// Outcomes given.
        outcomes: usize,
        /// Weights given.
        weights: usize,
    },
    /// Weights of evidence compare two classes.
    #[error("outcomes hold only one class; at least one good and one bad are needed")]
    OneClass,
    /// A weight that is no weight.
    #[error("a weight is not positive and finite; exclude the row instead")]
    Weight,
    /// A number that is no number.
    #[error("column `{name}` holds a number that is not finite; give it a cause of missing")]
    NotFinite {
        /// The column.
        name: String,
    },
    /// A cell refers to a code that its column does not list.
    #[error("column `{name}` holds a cell whose code is not among its levels")]
    Level {
        /// The column.
        name: String,
    },
    /// Numbers where codes were binned, or the reverse.
    #[error("column `{name}` was binned as {binned}, but the cells are {given}")]
    Kind {
        /// The column.
        name: String,
        /// What it was binned as.
        binned: &'static str,
        /// What came.
        given: &'static str,
    },
    /// An option that cannot be.
    #[error("binning of `{name}`: {fault}")]
    Options {
        /// The column.
        name: String,
        /// What is wrong and the way out.
        fault: String,
    },
}

impl Bin {
    /// Bads of all, weighted; 0 of an empty bin.
    #[must_use]
    pub fn rate(&self) -> f64 {
        if self.rows == 0 { 0.0 } else { self.bads / (self.goods + self.bads) }
    }

    fn new(kind: BinKind, tally: Tally, total: &Tally, zero_cell: ZeroCell) -> Bin {
        let woe = tally.woe(total, zero_cell);
        let iv = woe.map_or(0.0, |woe| tally.iv(total, woe));
        let Tally { goods, bads, rows, bad_rows } = tally;
        Bin { kind, goods, bads, rows, bad_rows, woe: woe.unwrap_or(0.0), iv, neutral: woe.is_none() }
    }

    /// A bin apart: neutral unless it has `rows_min` rows and both classes.
    fn apart(kind: BinKind, tally: Tally, total: &Tally, rows_min: u64) -> Bin {
        let mut bin = Bin::new(kind, tally, total, ZeroCell::Merge);
        if bin.rows < rows_min {
            (bin.woe, bin.iv, bin.neutral) = (0.0, 0.0, true);
        }
        bin
    }
}

/// Bins one column against outcomes (`true` is bad). Nothing depends on the order of rows.
///
/// # Errors
///
/// [`BinningError`] when the lengths differ, there is only one class, or a weight, a number or an option cannot be.
///
/// # Source
///
/// The problem is that of Navas-Palencia (2020), "Optimal binning: mathematical programming formulation"; the dynamic programme
/// over (previous bin, last bin) replaces its integer programme.
pub fn fit(column: &Column, bad: &[bool], weight: &[f64], options: &Options) -> Result<Binned, BinningError> {
    fit_rows(column, &Rows::new(bad, weight)?, options)
}

/// The edges of the prebins of a column of numbers; none of one of codes.
///
/// # Errors
///
/// Those of [`fit`].
pub(crate) fn prebin_edges(
    column: &Column,
    bad: &[bool],
    weight: &[f64],
    options: &Options,
) -> Result<Vec<f64>, BinningError> {
    let (name, rows) = (&column.name, Rows::new(bad, weight)?);
    options.check().map_err(|fault| BinningError::Options { name: name.clone(), fault })?;
    rows.check(name, column.values.len())?;
    let Values::Numbers(cells) = &column.values else { return Ok(vec![]) };
    let tallied = prebin::tally(name, cells, &rows, &options.special)?;
    Ok(prebin::quantiles(&tallied.groups, options).into_iter().map(|cut| cut.edge).collect())
}

/// Bins every column, in that order, on all threads; each with the options of its name.
pub fn many(
    columns: &[Column],
    bad: &[bool],
    weight: &[f64],
    options_of: impl Fn(&str) -> Options + Sync,
) -> Vec<Result<Binned, BinningError>> {
    match Rows::new(bad, weight) {
        Err(error) => vec![Err(error); columns.len()],
        Ok(rows) => columns.par_iter().map(|column| fit_rows(column, &rows, &options_of(&column.name))).collect(),
    }
}

fn fit_rows(column: &Column, rows: &Rows<'_>, options: &Options) -> Result<Binned, BinningError> {
    let name = &column.name;
    options.check().map_err(|fault| BinningError::Options { name: name.clone(), fault })?;
    rows.check(name, column.values.len())?;
    let (bins, specials, missing) = match &column.values {
        Values::Numbers(cells) => {
            let tallied = prebin::tally(name, cells, rows, &options.special)?;
            let bins = prebin::bins(&tallied.groups, &rows.total, options);
            (bins, tallied.specials, tallied.missing)
        }
        Values::Codes { levels, cells } => {
            let tallied = codes::tally(name, levels, cells, rows)?;
            (codes::bins(tallied.groups, &rows.total, options), vec![], tallied.missing)
        }
    };
    let apart = |kind, tally| Bin::apart(kind, tally, &rows.total, options.missing_min);
    let trend = solve::shape(bins.iter().map(|bin| solve::rate(bin.goods, bin.bads, options.zero_cell)));
    Ok(Binned {
        name: name.clone(),
        bins,
        specials: specials.into_iter().map(|(code, tally)| apart(BinKind::Special(code), tally)).collect(),
        missing: Missing::ALL.into_iter().zip(missing).map(|(c, t)| (c, apart(BinKind::Missing(c), t))).collect(),
        trend,
        goods: rows.total.goods,
        bads: rows.total.bads,
        options: options.clone(),
    })
}
