#![doc = include_str!("../README.md")]

use cashline_core::{
    assessment::Assessment,
    defect::{Defect, DefectKind, Source, Whose},
    engine::Engine,
    history::Unattributed,
    portfolio,
    row::AsOf,
};
use cashline_io::{
    commit::Interrupt,
    error::Error,
    portfolio::{AsOfRule, Chunk, Inputs, Portfolio},
    read::{Facts, InputFile, Packing, Sink, Table},
};
use polars::prelude::DataFrame;

mod answer;
mod cell;
mod rows;

/// The tables of a run, one row a frame's row, columns flat and named as in the README of this crate.
#[derive(Clone, Copy, Debug, Default)]
pub struct Frames<'f> {
    /// `application_id`, `applicant_id`, and the optional columns; absent: each holder is an application.
    pub applications: Option<&'f DataFrame>,
    /// `id` and the optional columns; absent: each account is its own applicant.
    pub accounts: Option<&'f DataFrame>,
    /// `account`, `as_of`, `currency`, `current`, optionally `available` and `origin`.
    pub balances: Option<&'f DataFrame>,
    /// `id`, `account`, `amount`, `currency`, `description`, `status`, `transacted_at`, and the optional columns.
    pub transactions: Option<&'f DataFrame>,
    /// `transaction_id`, `action`, `by`, `why`, `at`, optionally `purpose`; absent: nothing is corrected.
    pub corrections: Option<&'f DataFrame>,
}

/// What assessing frames yields.
#[derive(Debug)]
pub struct Assessed {
    /// In the order of every door: applicant, T, application.
    pub assessments: Vec<Assessment>,
    /// Rows set aside; `file` counts the frames in the order of [`Frames`], `line` the rows from 1.
    pub defects: Vec<Defect>,
    /// Accounts that the frame of accounts does not list, and rows of which nobody can say whose they are: theirs, and those set
    /// aside that name no account. No answer rests on them, and the batch fails a gate for one.
    pub unattributed: Unattributed,
}

/// Why frames cannot be assessed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FrameError {
    /// A frame lacks a column.
    #[error("{table}: no column `{column}` (found: {})", found.join(", "))]
    MissingColumn {
        /// The frame.
        table: &'static str,
        /// The column.
        column: &'static str,
        /// The columns there are.
        found: Vec<String>,
    },
    /// A column's type cannot hold what it should.
    #[error("{table}: column `{column}` has type {found}, wanted {wanted}; cast it")]
    ColumnType {
        /// The frame.
        table: &'static str,
        /// The column.
        column: &'static str,
        /// What it should be.
        wanted: &'static str,
        /// What it is.
        found: String,
    },
    /// The applications hold a column that no score may see.
    #[error("{0}; drop it")]
    Prohibited(String),
    /// What the doors report, for example that no T is given.
    #[error(transparent)]
    Run(#[from] Error),
    /// The answer could not be put into a frame.
    #[error("the answer cannot be put into a frame")]
    Answer(#[from] polars::prelude::PolarsError),
}

/// Assesses every application of the frames, in parallel.
///
/// The rows take the same way as those of files: the answers are the batch's, bit for bit.
///
/// # Errors
///
/// [`FrameError`] when a column is missing or has the wrong type, an application has no T, or no application finds an account
/// though there are some.
pub fn assess(engine: &Engine, frames: &Frames<'_>, as_of: Option<AsOf>) -> Result<Assessed, FrameError> {
    let tables = rows::Tables::check(frames)?;
    let files: Vec<InputFile> = tables.names().into_iter().map(|(index, table)| input(index, table)).collect();
    let read = |file: &InputFile, sink: &mut Sink<'_>| -> Result<Facts, Error> {
        tables.read(file.index, sink)?;
        // A frame has no bytes on disk and no pages.
        Ok(Facts { bytes: 0, sha256: [0; 32], lists: vec![], holds: vec![], remarks: vec![] })
    };
    let interrupt = Interrupt::never();
    let inputs = Inputs { files: &files, read: &read, interrupt: &interrupt };
    let mut portfolio =
        Portfolio::open(inputs, AsOfRule { run: as_of, zone: engine.zone() }, engine.categoriser().taxonomy())?;
    let mut assessments: Vec<Assessment> = vec![];
    let mut defects: Vec<Defect> = vec![];
    portfolio.for_each_chunk(&mut |chunk| {
        match chunk {
            Chunk::StartOver => {
                assessments.clear();
                defects.clear();
            }
            Chunk::Pools(pools) => {
                for (assessment, found) in portfolio::assess(engine, pools, |history, _, _| history.defects().to_vec())
                {
                    assessments.push(assessment);
                    defects.extend(found);
                }
            }
        }
        Ok(())
    })?;
    portfolio.meets()?;
    for refused in portfolio.refused() {
        assessments.push(engine.rejected(&refused.application));
    }
    defects.extend(portfolio.tally().defects.iter().cloned());
    defects.sort();
    defects.dedup();
    assessments.sort_by(|a, b| {
        (&a.applicant_id, a.as_of, &a.application_id).cmp(&(&b.applicant_id, b.as_of, &b.application_id))
    });
    let tally = portfolio.tally();
    let unattributed = Unattributed { accounts: tally.accounts_unlisted, rows: tally.unattributed };
    Ok(Assessed { assessments, defects, unattributed })
}

impl Assessed {
    /// The table of scores, with the columns and the order of the batch's `scores` file.
    ///
    /// # Errors
    ///
    /// [`FrameError::Answer`] when polars refuses the columns.
    pub fn scores(&self, engine: &Engine) -> Result<DataFrame, FrameError> {
        answer::scores(self, engine)
    }
}

fn input(index: u32, table: Table) -> InputFile {
    InputFile { path: table.name().into(), index, table: Some(table), layout: 0, packing: Packing::Plain }
}

/// A defect of a frame's cell.
fn defect(index: u32, row: usize, (column, kind): (&str, DefectKind), whose: Whose) -> Defect {
    let source = Source { file: index, line: row as u64 + 1 };
    Defect { source, column: column.to_owned(), kind, whose }
}
