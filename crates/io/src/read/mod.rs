//! Files to rows. A layout is one file of this folder and one row of [`LAYOUTS`]; detection, docs and tests follow from it.
//!
//! Table and layout are detected from content (the `object` field, columns, magic bytes), never from the name alone.

use std::{
    cell::{OnceCell, RefCell},
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

use cashline_core::{
    defect::Defect,
    row::{Row, TransactionRow},
};

use crate::error::Error;

/// The tables that a file may hold. Adding one: a variant, a row of `tables::TABLES`, and what the compiler then asks for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Table {
    Applications,
    Accounts,
    Balances,
    Transactions,
    Corrections,
}

impl Table {
    /// All tables.
    pub fn all() -> impl Iterator<Item = Table> {
        tables::TABLES.iter().map(|row| row.table)
    }

    /// The name that `TABLE=PATH` and messages take.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.info().name
    }

    /// What is known of the table.
    fn info(self) -> &'static tables::TableInfo {
        // A match, so that the compiler asks for a new table's row.
        let at = match self {
            Table::Applications => 0,
            Table::Transactions => 1,
            Table::Accounts => 2,
            Table::Balances => 3,
            Table::Corrections => 4,
        };
        &tables::TABLES[at]
    }
}

/// What a reader hands over.
#[derive(Clone, Debug, PartialEq)]
pub enum Item<'a> {
    /// A row of a table.
    Row(Row<'a>),
    /// A row set aside.
    Defect(Defect),
    /// An object that scoring does not read (owners, sessions, events without news): recognised, counted, left unread.
    Ignored(&'static str),
}

/// An item with its texts, which its own `Debug` leaves out.
#[cfg(test)]
pub(crate) fn shown(item: &Item<'_>) -> String {
    match item {
        Item::Row(Row::Transaction(row)) => format!("{item:?} description: {:?}", row.description),
        Item::Row(Row::Correction(row)) => format!("{item:?} by: {:?} why: {:?}", row.by, row.why),
        _ => format!("{item:?}"),
    }
}

/// Takes items as they are read; an error ends the file.
pub type Sink<'s> = dyn FnMut(Item<'_>) -> Result<(), Error> + 's;

/// What a reader hands over to whoever takes many rows at once.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "borrowed by a sink and gone; a box would be an allocation a row")]
pub enum Batch<'a> {
    /// The file holds rows of this table and of no other, which its header says: before the first of them, if at all.
    Only(Table),
    /// The file's first rows are of this table and of no other, and none has been handed over yet; what follows them may be of
    /// others.
    Seems(Table),
    /// Rows of transactions that stand one after the other.
    Transactions(&'a [TransactionRow<'a>]),
    /// Anything else, and transactions one by one.
    Item(Item<'a>),
}

/// Takes batches as they are read; an error ends the file.
pub type Batches<'s> = dyn FnMut(Batch<'_>) -> Result<(), Error> + 's;

/// Hands a batch on item by item.
///
/// # Errors
///
/// Those of `sink`.
pub(crate) fn one_by_one(batch: Batch<'_>, sink: &mut Sink<'_>) -> Result<(), Error> {
    match batch {
        Batch::Only(_) | Batch::Seems(_) => Ok(()),
        Batch::Transactions(rows) => rows.iter().try_for_each(|row| sink(Item::Row(Row::Transaction(*row)))),
        Batch::Item(item) => sink(item),
    }
}

/// Hands on the transactions that are ready, if any, and makes room for the next.
///
/// # Errors
///
/// Those of `sink`.
pub(crate) fn hand_over(ready: &mut Vec<TransactionRow<'_>>, sink: &mut Batches<'_>) -> Result<(), Error> {
    if !ready.is_empty() {
        sink(Batch::Transactions(ready))?;
        ready.clear();
    }
    Ok(())
}

/// How a run reads its files.
pub trait Reading {
    /// Reads a file item by item.
    ///
    /// # Errors
    ///
    /// The file is unusable, or what `sink` reports.
    fn items(&self, file: &InputFile, sink: &mut Sink<'_>) -> Result<Facts, Error>;

    /// The same items in the same order, many at once where that is cheaper.
    ///
    /// # Errors
    ///
    /// As [`Reading::items`].
    fn batches(&self, file: &InputFile, sink: &mut Batches<'_>) -> Result<Facts, Error> {
        self.items(file, &mut |item| sink(Batch::Item(item)))
    }
}

impl<F: Fn(&InputFile, &mut Sink<'_>) -> Result<Facts, Error>> Reading for F {
    fn items(&self, file: &InputFile, sink: &mut Sink<'_>) -> Result<Facts, Error> {
        self(file, sink)
    }
}

/// Reads files by their rows of [`LAYOUTS`], and says when it is dropped what there is to say of them all.
#[derive(Debug)]
pub struct ByLayout<'r> {
    options: &'r ReadOptions,
    remarks: RefCell<remark::Remarks>,
}

impl<'r> ByLayout<'r> {
    /// Reads as the options say.
    #[must_use]
    pub fn new(options: &'r ReadOptions) -> ByLayout<'r> {
        ByLayout { options, remarks: RefCell::default() }
    }

    fn noted(&self, file: &InputFile, facts: Facts) -> Facts {
        self.remarks.borrow_mut().note(file, &facts.remarks);
        facts
    }
}

impl Reading for ByLayout<'_> {
    fn items(&self, file: &InputFile, sink: &mut Sink<'_>) -> Result<Facts, Error> {
        Ok(self.noted(file, (LAYOUTS[file.layout].read)(file, self.options, sink)?))
    }

    fn batches(&self, file: &InputFile, sink: &mut Batches<'_>) -> Result<Facts, Error> {
        let layout = &LAYOUTS[file.layout];
        let facts = match layout.batches {
            Some(batches) => batches(file, self.options, sink),
            None => (layout.read)(file, self.options, &mut |item| sink(Batch::Item(item))),
        };
        Ok(self.noted(file, facts?))
    }
}

/// How a file is packed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Packing {
    Plain,
    Gzip,
    Zstd,
}

/// A file of the run, its layout and table known.
#[derive(Clone, Debug)]
pub struct InputFile {
    /// Where it is.
    pub path: PathBuf,
    /// Its index among the run's inputs, which are sorted by path bytes; rows carry it in their `Source`.
    pub index: u32,
    /// The table it was forced to hold, or was found to hold; `None` when objects of several kinds may stand in it.
    pub table: Option<Table>,
    /// Index into [`LAYOUTS`].
    pub layout: usize,
    /// Plain, gzip or zstd.
    pub packing: Packing,
}

/// What the run says about reading.
#[derive(Clone, Debug, Default)]
pub struct ReadOptions {
    /// How columns and formats of someone else's export map to ours.
    pub mapping: Option<mapping::Mapping>,
    /// Extra numeric columns of applications that a model may use, by name.
    pub extra_columns: Vec<String>,
    /// Columns of applications that are dropped by name (prohibited bases that the run does not want refused).
    pub drop_columns: Vec<String>,
    /// Whether what comes next is made ready on a thread of its own, where a layout can. Never changes a row.
    pub ahead: bool,
}

/// The start of a file, unpacked: enough to tell layouts apart.
#[derive(Debug)]
pub struct Head<'a> {
    /// Up to `HEAD_BYTES` bytes from the start.
    pub bytes: &'a [u8],
    /// True when `bytes` is the whole file.
    pub whole: bool,
    /// What it shows as JSON, looked at once for all the layouts that ask.
    json: OnceCell<Option<json::Sniff>>,
}

impl<'a> Head<'a> {
    /// The start of a file, or all of it.
    #[must_use]
    pub fn new(bytes: &'a [u8], whole: bool) -> Head<'a> {
        Head { bytes, whole, json: OnceCell::new() }
    }
}

/// What a layout says of a file's head.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Detected {
    /// Not this layout.
    No,
    /// This layout, holding rows of one table, or of several (`None`).
    Yes(Option<Table>),
    /// This layout, but without data for scoring or unusable; the message says what it is and the way out.
    Refused(String),
}

/// A way in which files are laid out. Adding one: a file in this folder, a row in [`LAYOUTS`], a sample.
#[derive(Clone, Copy, Debug)]
pub struct Layout {
    /// Name in manifests and messages.
    pub name: &'static str,
    /// One line for the docs: how such files arise.
    pub arises: &'static str,
    /// Recognises the layout by its head.
    pub detect: fn(&Head<'_>, &ReadOptions) -> Detected,
    /// Reads the file, item by item.
    pub read: fn(&InputFile, &ReadOptions, &mut Sink<'_>) -> Result<Facts, Error>,
    /// Reads the same, many rows at once, where the layout can.
    pub batches: Option<ReadBatches>,
}

/// Reads a file, many rows at once.
pub type ReadBatches = fn(&InputFile, &ReadOptions, &mut Batches<'_>) -> Result<Facts, Error>;

/// What reading a file taught about the file as a whole.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Facts {
    /// Bytes on disk.
    pub bytes: u64,
    /// SHA-256 of the bytes on disk.
    pub sha256: [u8; 32],
    /// How the paged lists of the file ended, ascending.
    pub lists: Vec<ListEnd>,
    /// Tables that the file stands for though it may hold no row of them: those of the files that a segment was made of.
    pub holds: Vec<Table>,
    /// What there is to say of the file that spoils nothing.
    pub remarks: Vec<Remark>,
}

/// How a paged list ended in a file: whether one of its pages there was the last.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct ListEnd {
    /// What the list lists.
    pub of: ListOf,
    /// True when all pages said that more follow. They may stand in another file.
    pub has_more: bool,
}

/// What a paged list lists.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum ListOf {
    /// The transactions of one account.
    Account(String),
    /// The balances of one account.
    Balances(String),
    /// Accounts, by the list's address without cursors.
    Accounts(String),
}

/// The accounts whose lists are truncated over all files of a run, ascending: each is owed a [`Row::Truncated`].
///
/// Pages of one list may stand in one file or in a file each, and names do not order them. So a list is whole when any
/// of the files that hold its pages ends with its last page. An account has a list of transactions and one of balances: each is
/// whole or cut by itself, and one that is cut makes the account doubtful.
///
/// # Errors
///
/// A list of accounts is truncated: whose accounts are missing, nobody can tell.
pub fn truncated(files: &[(&InputFile, &Facts)]) -> Result<Vec<String>, Error> {
    let mut accounts = BTreeSet::new();
    for of in open_lists(files.iter().map(|(_, facts)| *facts)) {
        match of {
            ListOf::Account(account) | ListOf::Balances(account) => _ = accounts.insert(account.clone()),
            ListOf::Accounts(_) => {
                let holds = |facts: &Facts| facts.lists.iter().any(|end| end.of == *of);
                let first = files.iter().find(|(_, facts)| holds(facts));
                let message = "the list of accounts ends with `has_more: true`, so accounts are missing; \
                               export the remaining pages";
                let path = first.map(|(file, _)| file.path.clone()).unwrap_or_default();
                return Err(Error::Unusable { path, message: message.to_owned() });
            }
        }
    }
    Ok(accounts.into_iter().collect())
}

/// The lists that go on in every file that holds pages of them, ascending.
pub(crate) fn open_lists<'f>(facts: impl Iterator<Item = &'f Facts>) -> Vec<&'f ListOf> {
    let mut open: BTreeMap<&ListOf, bool> = BTreeMap::new();
    for end in facts.flat_map(|facts| &facts.lists) {
        *open.entry(&end.of).or_insert(true) &= end.has_more;
    }
    open.into_iter().filter(|(_, is_open)| *is_open).map(|(of, _)| of).collect()
}

/// All layouts, in the order in which they are tried.
pub const LAYOUTS: &[Layout] = &[
    segment::LAYOUT,
    parquet::LAYOUT,
    mapped::DOCUMENTS,
    mapped::TABLE,
    json::ENVELOPES,
    json::EVENTS,
    json::SESSIONS,
    json::ARRAY,
    json::TEXT_COLUMN,
    json::FLATTENED,
    json::LINES,
    json::OBJECTS,
    csv::TEXT_COLUMN,
    csv::LAYOUT,
    owners::LAYOUT,
];

mod ahead;
mod application;
mod assemble;
mod cell;
mod columns;
mod correction;
mod csv;
mod cursor;
mod event_columns;
pub mod json;
mod mapped;
pub mod mapping;
pub(crate) mod near;
pub(crate) mod nested;
pub mod open;
mod owners;
mod parquet;
mod plain_lines;
mod plain_rows;
mod remark;
pub(crate) mod scan;
pub(crate) mod segment;
pub(crate) mod table;
mod tables;
#[cfg(test)]
mod tabular_tests;
pub mod words;

pub use application::prohibited_column;
pub use csv::{TEXT_COLUMNS, listed};
pub use json::{EVENT_TYPES, EventType};
pub use owners::is_owners;
pub use remark::Remark;
