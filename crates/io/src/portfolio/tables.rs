//! The small tables in memory: applications, accounts, balances, corrections. Rows are packed here and lent out again as they came.

use std::collections::{BTreeMap, BTreeSet};

use cashline_core::{
    correction::CorrectionsBuilder,
    defect::{Defect, Whose},
    ledger::Doubt,
    row::{AccountChange, AccountRow, BalanceRow, Row},
};
use serde::{Deserialize, Serialize};

use super::{Inputs, Tally, holds_small_tables, names::Names, rows::PackedRows};
use crate::{
    error::Error,
    read::{Batch, Item, Table},
};

/// Items between two looks at the signal.
pub(super) const ITEMS_BETWEEN_CHECKS: u32 = 1_024;

/// Texts that many rows repeat, by number.
#[derive(Debug, Default)]
pub(super) struct Words {
    /// The ids of all accounts that any row names.
    pub(super) accounts: Names,
    /// Holders, and accounts that are their own.
    pub(super) holders: Names,
    institutions: Names,
}

/// A version of an account, or an event; the texts that stand in [`Words`] are left out of the row.
#[derive(Serialize, Deserialize)]
pub(super) struct AccountRecord<'a> {
    /// The account's number; none for an event that names an authorisation.
    pub(super) id: Option<u32>,
    /// The holder's number.
    pub(super) holder: Option<u32>,
    institution: Option<u32>,
    /// The rest.
    #[serde(borrow)]
    pub(super) row: AccountRow<'a>,
}

impl<'a> AccountRecord<'a> {
    fn of(row: &AccountRow<'a>, words: &mut Words) -> AccountRecord<'a> {
        let is_account = !matches!(row.change, Some(AccountChange::Authorization { .. }));
        AccountRecord {
            id: is_account.then(|| words.accounts.add(row.id)),
            holder: row.holder.map(|holder| words.holders.add(holder)),
            institution: row.institution_name.map(|name| words.institutions.add(name)),
            row: AccountRow {
                id: if is_account { "" } else { row.id },
                holder: None,
                institution_name: None,
                ..row.clone()
            },
        }
    }

    /// The row as it came.
    pub(super) fn whole(self, words: &'a Words) -> AccountRow<'a> {
        AccountRow {
            id: self.id.map_or(self.row.id, |id| words.accounts.get(id)),
            holder: self.holder.map(|holder| words.holders.get(holder)),
            institution_name: self.institution.map(|name| words.institutions.get(name)),
            ..self.row
        }
    }
}

/// A balance; the account's id is left out of the row.
#[derive(Serialize, Deserialize)]
pub(super) struct BalanceRecord<'a> {
    /// The account's number.
    pub(super) account: u32,
    #[serde(borrow)]
    row: BalanceRow<'a>,
}

impl<'a> BalanceRecord<'a> {
    /// The row as it came.
    pub(super) fn whole(self, words: &'a Words) -> BalanceRow<'a> {
        BalanceRow { account: words.accounts.get(self.account), ..self.row }
    }
}

/// Rows of the small tables, in order of reading.
#[derive(Debug, Default)]
pub(super) struct Tables {
    /// Of `ApplicationRow`.
    pub(super) applications: PackedRows,
    /// Of [`AccountRecord`].
    pub(super) accounts: PackedRows,
    /// Of [`BalanceRecord`].
    pub(super) balances: PackedRows,
    /// Until the tables are joined.
    pub(super) words: Words,
    pub(super) corrections: CorrectionsBuilder,
    /// Accounts whose row was set aside though it says whose they are, with their holders.
    pub(super) holders_set_aside: Vec<(u32, u32)>,
    /// Applications a row of which was set aside, with the applicants that such rows name.
    pub(super) applications_set_aside: BTreeMap<Box<str>, BTreeSet<Box<str>>>,
    /// False when no file holds applications: then every holder is one.
    pub(super) has_applications: bool,
    /// False when no file holds accounts: then every account is its own applicant.
    pub(super) has_accounts: bool,
    /// Files that hold objects of several kinds and turned out to hold no transaction, ascending.
    pub(super) without_transactions: BTreeSet<u32>,
    /// Files that say at their start that they hold nothing else, or seem to, ascending: all of them is still unread.
    pub(super) only_transactions: BTreeSet<u32>,
    /// Those of them that only seem to.
    pub(super) seem_transactions: BTreeSet<u32>,
}

/// Reads every file that may hold rows of the small tables; with `trusts_starts` none that seems to hold none.
pub(super) fn read(
    inputs: Inputs<'_>,
    trusts_starts: bool,
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
                Batch::Seems(Table::Transactions) if trusts_starts => {
                    tables.seem_transactions.insert(file.index);
                    only = true;
                    return Err(Error::Interrupted { signal: 0 });
                }
                Batch::Only(_) | Batch::Seems(_) => return Ok(()),
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
                    tables.set_aside(&defect, tally, doubts);
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
    tables.has_applications =
        holds(Table::Applications) || tables.applications.len() != 0 || !tables.applications_set_aside.is_empty();
    let has_body = |account: AccountRecord<'_>| account.row.change.is_none();
    tables.has_accounts =
        holds(Table::Accounts) || !tables.holders_set_aside.is_empty() || tables.accounts.iter().any(has_body);
    Ok(tables)
}

impl Tables {
    /// Notes whom a row that was set aside leaves in doubt.
    fn set_aside(&mut self, defect: &Defect, tally: &mut Tally, doubts: &mut BTreeMap<Box<str>, BTreeSet<Doubt>>) {
        match &defect.whose {
            Whose::Account { id, holder } => {
                doubts.entry(id.as_str().into()).or_default().insert(Doubt::RejectedRow);
                if let Some(holder) = holder {
                    self.holders_set_aside.push((self.words.accounts.add(id), self.words.holders.add(holder)));
                }
            }
            Whose::Application { id, applicant } => {
                let applicants = self.applications_set_aside.entry(id.as_str().into()).or_default();
                applicants.extend(applicant.as_deref().map(Box::from));
            }
            Whose::Transaction(id) => self.corrections.reject(id, defect.source),
            Whose::Unknown => tally.unattributed += 1,
        }
    }

    fn take(&mut self, file: u32, row: &Row<'_>, tally: &mut Tally) {
        let table = match row {
            Row::Application(row) => {
                self.applications.push(row);
                Table::Applications
            }
            Row::Account(row) => {
                self.accounts.push(&AccountRecord::of(row, &mut self.words));
                Table::Accounts
            }
            Row::Balance(row) => {
                let account = self.words.accounts.add(row.account);
                self.balances.push(&BalanceRecord { account, row: BalanceRow { account: "", ..row.clone() } });
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
