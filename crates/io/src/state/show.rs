//! What a state holds, in numbers: nobody's data.

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    path::Path,
};

use cashline_core::{defect::Whose, row::Row};
use serde::Serialize;

use super::{LAYOUTS, State, answers, read, record::SCHEMA};
use crate::{
    commit::{Interrupt, Lock, place, sibling},
    error::Error,
    read::{Facts, InputFile, Item, ListOf, ReadOptions, open_lists, segment},
    write::instant,
};

/// Items between two looks at the signal.
const ITEMS_BETWEEN_CHECKS: u32 = 1_024;

/// What a state holds.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Shown {
    /// Version of `state.json`.
    pub schema: u32,
    /// Version of the segments' records.
    pub records: u32,
    /// The build that wrote it last.
    pub engine_version: String,
    /// SHA-256 of how its rows are read: the mapping and the columns of applications.
    pub reading: String,
    /// The nights, ascending in time.
    pub nights: Vec<ShownNight>,
    /// A night was prepared whose run is not known to be published; the next night settles it.
    pub interrupted: bool,
    /// T of the last night: as the run gave it, else the latest of its applications, an instant in UTC. `None` before the first
    /// night.
    pub last_as_of: Option<String>,
    /// Applications that the last night answered.
    pub applications: u64,
    /// Of these by status.
    pub statuses: BTreeMap<String, u64>,
    /// Accounts that an accounts row names.
    pub accounts: u64,
    /// Rows of the segments.
    pub rows: ShownRows,
    /// Of the rows set aside while reading, by kind of defect.
    pub defects: BTreeMap<&'static str, u64>,
    /// Accounts in doubt for what was read of them; other doubts need all rows together and stand in `statuses`.
    pub doubts: ShownDoubts,
    /// Segments.
    pub segments: u64,
    /// Bytes of segments and answers on disk.
    pub bytes: u64,
}

/// A night.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct ShownNight {
    /// T as the run gave it; `None`: each application has its own.
    pub as_of: Option<String>,
    /// The run that was published.
    pub run_id: String,
    /// Files that were new.
    pub files: u64,
}

/// Rows by what they are, every version of each.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct ShownRows {
    pub applications: u64,
    pub accounts: u64,
    /// What events say of accounts and authorisations without a body of the account.
    pub account_events: u64,
    pub balances: u64,
    pub transactions: u64,
    pub corrections: u64,
    /// Rows that were set aside while reading. What contradicts other rows is set aside when all are joined, and stands in the
    /// manifest of each run.
    pub set_aside: u64,
}

/// Accounts in doubt.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
pub struct ShownDoubts {
    /// A row of them was set aside.
    pub rejected_row: u64,
    /// Their list of transactions or of balances was cut, and no later page ended it.
    pub truncated_export: u64,
    /// Rows set aside that lead to no account.
    pub unattributed_rows: u64,
}

/// Looks at a state and changes nothing.
///
/// # Errors
///
/// [`Error::Busy`] when another process holds it; [`Error::Unusable`] when there is none, or it is damaged or of another version.
pub fn show(dir: &Path, interrupt: &Interrupt) -> Result<Shown, Error> {
    let unusable = |message: &str| Error::Unusable { path: dir.to_owned(), message: message.to_owned() };
    if !dir.is_dir() {
        return Err(unusable("is no state; name the directory that `score --since` was given"));
    }
    let (parent, name) = place(dir)?;
    let lock = Lock::take(parent.join(sibling(&name, ".lock")), dir)?;
    let Some(record) = read(dir)? else {
        return Err(unusable("is an empty directory; `score --since` makes a state of it"));
    };
    let state = State { dir: dir.to_owned(), record, _lock: lock };
    state.verify()?;
    let mut shown = of_record(&state)?;
    let mut count = Count::default();
    let mut facts = vec![];
    for file in &state.record.segments {
        let input = state.input(&file.name);
        facts.push(count.read(&input, interrupt)?);
    }
    shown.accounts = count.accounts.len() as u64;
    shown.rows = count.rows;
    shown.defects = count.defects;
    count.doubts.rejected_row = count.rejected.len() as u64;
    count.doubts.truncated_export = accounts_cut(&facts) as u64;
    shown.doubts = count.doubts;
    Ok(shown)
}

/// What `state.json` and the answers of the last night say.
fn of_record(state: &State) -> Result<Shown, Error> {
    let record = &state.record;
    let answers = record.nights.iter().filter_map(|night| night.answers.as_ref());
    // Equal nights and equal answers may share a file.
    let files: BTreeMap<&str, u64> =
        record.segments.iter().chain(answers).map(|file| (file.name.as_str(), file.bytes)).collect();
    let bytes = files.values().sum();
    let last = record.nights.last();
    let watches = match last.and_then(|night| night.answers.as_ref()) {
        Some(file) => answers::read(&state.dir.join(&file.name))?,
        None => vec![],
    };
    let mut statuses: BTreeMap<String, u64> = BTreeMap::new();
    for watch in &watches {
        *statuses.entry(watch.status.clone()).or_default() += 1;
    }
    let latest = || watches.iter().map(|watch| watch.as_of).max().map(instant);
    Ok(Shown {
        schema: SCHEMA,
        records: segment::VERSION,
        engine_version: record.engine_version.clone(),
        reading: record.reading.clone(),
        nights: record
            .nights
            .iter()
            .map(|night| ShownNight {
                as_of: night.as_of.clone(),
                run_id: night.run_id.clone(),
                files: night.inputs.len() as u64,
            })
            .collect(),
        interrupted: record.pending.is_some(),
        last_as_of: last.and_then(|night| night.as_of.clone()).or_else(latest),
        applications: watches.len() as u64,
        statuses,
        accounts: 0,
        rows: ShownRows::default(),
        defects: BTreeMap::new(),
        doubts: ShownDoubts::default(),
        segments: record.segments.len() as u64,
        bytes,
    })
}

/// Accounts of which a list is open in every segment that holds its pages.
fn accounts_cut(facts: &[Facts]) -> usize {
    let account = |of: &ListOf| match of {
        ListOf::Account(account) | ListOf::Balances(account) => Some(account.clone()),
        ListOf::Accounts(_) => None,
    };
    open_lists(facts.iter()).into_iter().filter_map(account).collect::<BTreeSet<String>>().len()
}

/// What the segments hold. Ids are kept to be told apart and are shown nowhere.
#[derive(Default)]
struct Count {
    rows: ShownRows,
    accounts: HashSet<Box<str>>,
    rejected: BTreeSet<Box<str>>,
    defects: BTreeMap<&'static str, u64>,
    doubts: ShownDoubts,
}

impl Count {
    fn read(&mut self, input: &InputFile, interrupt: &Interrupt) -> Result<Facts, Error> {
        let mut items = 0_u32;
        (LAYOUTS[input.layout].read)(input, &ReadOptions::default(), &mut |item| {
            items = items.wrapping_add(1);
            if items.is_multiple_of(ITEMS_BETWEEN_CHECKS) {
                interrupt.check()?;
            }
            self.take(&item);
            Ok(())
        })
    }

    fn take(&mut self, item: &Item<'_>) {
        let rows = &mut self.rows;
        match item {
            Item::Row(Row::Application(_)) => rows.applications += 1,
            Item::Row(Row::Account(row)) if row.change.is_some() => rows.account_events += 1,
            Item::Row(Row::Account(row)) => {
                rows.accounts += 1;
                if !self.accounts.contains(row.id) {
                    self.accounts.insert(row.id.into());
                }
            }
            Item::Row(Row::Balance(_)) => rows.balances += 1,
            Item::Row(Row::Transaction(_)) => rows.transactions += 1,
            Item::Row(Row::Correction(_)) => rows.corrections += 1,
            Item::Row(Row::Truncated { .. }) | Item::Ignored(_) => {}
            Item::Defect(defect) => {
                rows.set_aside += 1;
                *self.defects.entry(defect.kind.code()).or_default() += 1;
                match &defect.whose {
                    Whose::Account { id, .. } => _ = self.rejected.insert(id.as_str().into()),
                    // Its application is answered without a score.
                    Whose::Application { .. } | Whose::Transaction(_) => {}
                    Whose::Unknown => self.doubts.unattributed_rows += 1,
                }
            }
        }
    }
}
