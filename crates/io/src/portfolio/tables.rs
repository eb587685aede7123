//! The small tables in memory: applications, accounts, balances, corrections. Rows are packed here and lent out again as they came.

use std::collections::{BTreeMap, BTreeSet};

use cashline_core::{
    correction::CorrectionsBuilder,
    ledger::Doubt,
    row::{AccountRow, Row},
};

use super::{Inputs, Tally, holds_small_tables, rows::PackedRows};
use crate::{
    error::Error,
    read::{Batch, Item, Table},
};

/// Items between two looks at the signal.
pub(super) const ITEMS_BETWEEN_CHECKS: u32 = 1_024;

/// Rows of the small tables, in order of reading: `ApplicationRow`, `AccountRow`, `BalanceRow`.
#[derive(Debug, Default)]
pub(super) struct Tables {
    /// Of applications.
    pub(super) applications: PackedRows,
    /// Of versions of accounts.
    pub(super) accounts: PackedRows,
    /// Of balances.
    pub(super) balances: PackedRows,
    pub(super) corrections: CorrectionsBuilder,
    /// False when no file holds applications: then every holder is one.
    pub(super) has_applications: bool,
    /// False when no file holds accounts: then every account is its own applicant.
    pub(super) has_accounts: bool,
    /// Files that hold objects of several kinds and turned out to hold no transaction, ascending.
    pub(super) without_transactions: BTreeSet<u32>,
    /// Files that say at their start that they hold nothing else, ascending: all of them is still unread.
    pub(super) only_transactions: BTreeSet<u32>,
}

/// Reads every file that may hold rows of the small tables.
pub(super) fn read(
    inputs: Inputs<'_>,
    tally: &mut Tally,
    doubts: &mut BTreeMap<Box<str>, BTreeSet<Doubt>>,
) -> Result<Tables, Error> {
    let mut tables = Tables::default();
    for file in inputs.files.iter().filter(|file| holds_small_tables(file)) {
        let mut transactions = 0_u64;
        let mut items = 0_u32;
        let mut only = false;
        let outcome = inputs.read.batches(file, &mut |batch| {
            items = items.wrapping_add(1);
            if items.is_multiple_of(ITEMS_BETWEEN_CHECKS) {
                inputs.interrupt.check()?;
            }
            let item = match batch {
                Batch::Only(Table::Transactions) => {
                    only = true;
                    // Any error ends the file; this one is never seen.
                    return Err(Error::Interrupted { signal: 0 });
                }
                Batch::Only(_) => return Ok(()),
                Batch::Transactions(rows) => {
                    transactions += rows.len() as u64;
                    return Ok(());
                }
                Batch::Item(item) => item,
            };
            match item {
                Item::Row(Row::Transaction(_)) => transactions += 1,
                Item::Row(Row::Truncated { account }) => {
                    doubts.entry(account.into()).or_default().insert(Doubt::TruncatedExport);
                }
                Item::Row(row) => tables.take(file.index, &row, tally),
                Item::Defect(defect) => {
                    match &defect.account {
                        Some(account) => {
                            doubts.entry(account.as_str().into()).or_default().insert(Doubt::RejectedRow);
                        }
                        None => tally.unattributed += 1,
                    }
                    tally.defect(file.index, defect);
                }
                Item::Ignored(kind) => *tally.ignored.entry(kind).or_default() += 1,
            }
            Ok(())
        });
        if only {
            tables.only_transactions.insert(file.index);
            continue;
        }
        let facts = outcome?;
        if file.table.is_none() && transactions == 0 {
            tables.without_transactions.insert(file.index);
        }
        tally.files[file.index as usize].facts = Some(facts);
    }
    let stands_for = |table: &Table| {
        let facts = tally.files.iter().filter_map(|file| file.facts.as_ref());
        facts.into_iter().any(|facts| facts.holds.contains(table))
    };
    let holds = |table| inputs.files.iter().any(|file| file.table == Some(table)) || stands_for(&table);
    tables.has_applications = holds(Table::Applications) || tables.applications.len() != 0;
    let has_body = |account: AccountRow<'_>| account.change.is_none();
    tables.has_accounts = holds(Table::Accounts) || tables.accounts.iter().any(has_body);
    Ok(tables)
}

impl Tables {
    fn take(&mut self, file: u32, row: &Row<'_>, tally: &mut Tally) {
        let table = match row {
            Row::Application(row) => {
                self.applications.push(row);
                Table::Applications
            }
            Row::Account(row) => {
                self.accounts.push(row);
                Table::Accounts
            }
            Row::Balance(row) => {
                self.balances.push(row);
                Table::Balances
            }
            Row::Correction(row) => {
                self.corrections.push(row);
                Table::Corrections
            }
            Row::Transaction(_) | Row::Truncated { .. } => return,
        };
        tally.row(file, table);
    }
}
