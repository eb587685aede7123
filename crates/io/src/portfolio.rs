//! Rows of the tables to pools: applicants who share an application, with all their rows and applications.
//!
//! Applications, accounts, balances and corrections are small and are read first, whole. Transactions carry no applicant; they are read
//! last, and as long as each pool's rows stand together, finished pools are handed on and forgotten. That order is verified
//! row by row, never assumed: when a finished pool appears again, the pass starts over and parks all rows by pool, in memory and
//! beyond its budget on disk.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use cashline_core::{
    application::{Application, ApplicationError},
    category::taxonomy::Taxonomy,
    correction::Corrections,
    ledger::Doubt,
    portfolio::Pool,
    row::AsOf,
    time::Zone,
};

use crate::{
    commit::Interrupt,
    error::Error,
    read::{InputFile, Reading, Table},
};

mod meeting;
mod members;
mod names;
mod park;
mod rows;
mod stream;
mod tables;
mod tally;

use members::Members;
pub use park::Parking;
use tables::Tables;
pub use tally::{FileTally, Tally};

/// Transactions of the pools that are handed on together.
pub const CHUNK_ROWS: u64 = 131_072;
/// Pools that are handed on together: bounds a chunk of pools with few rows.
pub const CHUNK_POOLS: usize = 4_096;
/// Defects that are kept to be listed; further ones are only counted.
pub const DEFECTS_LISTED_MAX: usize = 1_000_000;

/// Reads a file of the run.
pub type ReadFile<'r> = dyn Reading + 'r;

/// Where rows come from.
#[derive(Clone, Copy)]
pub struct Inputs<'r> {
    /// In the order of their indices.
    pub files: &'r [InputFile],
    /// Reads one of them.
    pub read: &'r ReadFile<'r>,
    /// Stops between rows.
    pub interrupt: &'r Interrupt,
}

impl std::fmt::Debug for Inputs<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Inputs").field("files", &self.files).finish_non_exhaustive()
    }
}

/// What the run says about T.
#[derive(Clone, Copy, Debug)]
pub struct AsOfRule<'r> {
    /// T of applications that name none.
    pub run: Option<AsOf>,
    /// The run's zone, for dates.
    pub zone: &'r Zone,
}

/// What [`Portfolio::for_each_chunk`] hands on.
#[derive(Debug)]
pub enum Chunk {
    /// Finished pools.
    Pools(Vec<Pool>),
    /// All that was handed on so far is void: the rows are read again.
    StartOver,
}

/// An application that cannot be used, with what was readable of it.
#[derive(Clone, Debug)]
pub struct Refused {
    /// What its rows agree on; the least of what they do not agree on.
    pub application: Application,
    /// Why.
    pub error: ApplicationError,
}

/// The applications of a run with who belongs to them; transactions are still unread.
#[derive(Debug)]
pub struct Portfolio<'r> {
    inputs: Inputs<'r>,
    rule: AsOfRule<'r>,
    taxonomy: &'r Taxonomy,
    parking: Parking,
    // Whether a file that begins with transactions is taken to hold nothing else: until one of them turns out to.
    trusts_starts: bool,
    tables: Tables,
    members: Members,
    // Accounts in doubt, whether or not their pool is known.
    doubts: BTreeMap<Box<str>, BTreeSet<Doubt>>,
    // `None` without any: then no row is looked up.
    corrections: Option<Arc<Corrections>>,
    // What the first pass met; each reading of the transactions starts from it.
    first: Tally,
    tally: Tally,
}

impl<'r> Portfolio<'r> {
    /// Reads applications, accounts, balances and corrections; `taxonomy` is the engine's, for the purposes that corrections
    /// name.
    ///
    /// # Errors
    ///
    /// [`Error::NoAsOf`] when an application has no T; otherwise what the readers report.
    pub fn open(inputs: Inputs<'r>, rule: AsOfRule<'r>, taxonomy: &'r Taxonomy) -> Result<Portfolio<'r>, Error> {
        let mut portfolio = Portfolio {
            inputs,
            rule,
            taxonomy,
            parking: Parking::default(),
            trusts_starts: true,
            tables: Tables::default(),
            members: Members::default(),
            doubts: BTreeMap::new(),
            corrections: None,
            first: Tally::default(),
            tally: Tally::default(),
        };
        portfolio.join()?;
        Ok(portfolio)
    }

    /// Reads the small tables and joins them, as if nothing had been read.
    fn join(&mut self) -> Result<(), Error> {
        let Portfolio { inputs, rule, .. } = *self;
        let mut tally = Tally::new(inputs.files.len());
        let mut doubts = BTreeMap::new();
        let mut tables = tables::read(inputs, self.trusts_starts, &mut tally, &mut doubts)?;
        let corrections = std::mem::take(&mut tables.corrections).finish(self.taxonomy, rule.zone);
        for defect in corrections.defects() {
            tally.defect(defect.source.file, defect.clone());
        }
        let members = match Members::join(&mut tables, rule, &mut tally) {
            Ok(members) => members,
            Err(members::NoAsOf) if !tables.seem_transactions.is_empty() => {
                // Applications may stand further down where transactions stand first.
                self.trusts_starts = false;
                return self.join();
            }
            Err(members::NoAsOf) => {
                let newest = stream::newest(inputs)?.map(|seconds| rule.zone.day(seconds));
                return Err(Error::NoAsOf { newest });
            }
        };
        self.corrections = (!corrections.is_empty()).then(|| Arc::new(corrections));
        (self.tables, self.members, self.doubts) = (tables, members, doubts);
        (self.first, self.tally) = (tally.clone(), tally);
        Ok(())
    }

    /// The same with another budget and place for transactions that do not stand together.
    #[must_use]
    pub fn parked(self, parking: Parking) -> Portfolio<'r> {
        Portfolio { parking, ..self }
    }

    /// Reads the transactions and hands on every pool that has an application, each once after the last
    /// [`Chunk::StartOver`], in no particular order.
    ///
    /// # Errors
    ///
    /// What the readers or `f` report.
    pub fn for_each_chunk(&mut self, f: &mut dyn FnMut(Chunk) -> Result<(), Error>) -> Result<(), Error> {
        stream::for_each_chunk(self, f)
    }

    /// Refuses a portfolio of which no application finds an account though it has some; asked after
    /// [`Portfolio::for_each_chunk`].
    ///
    /// # Errors
    ///
    /// [`Error::NothingMeets`].
    pub fn meets(&self) -> Result<(), Error> {
        meeting::check(&self.members, &self.tables, self.rule, &self.tally)
    }

    /// Applications that are answered without data: their rows contradict each other.
    #[must_use]
    pub fn refused(&self) -> &[Refused] {
        &self.members.refused
    }

    /// The accounts of those who made them, each with who holds it; complete after [`Portfolio::for_each_chunk`].
    #[must_use]
    pub fn accounts_of_refused(&self) -> BTreeSet<(String, String)> {
        self.members.of_refused()
    }

    /// What was met so far; complete after [`Portfolio::for_each_chunk`].
    #[must_use]
    pub fn tally(&self) -> &Tally {
        &self.tally
    }
}

/// True when a file may hold rows of the small tables.
fn holds_small_tables(file: &InputFile) -> bool {
    file.table != Some(Table::Transactions)
}

/// True when a file may hold transactions.
fn holds_transactions(file: &InputFile) -> bool {
    matches!(file.table, None | Some(Table::Transactions))
}

#[cfg(test)]
mod tests;
