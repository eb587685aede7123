//! What was met while reading: counts that add up, and the rows set aside.

use std::collections::BTreeMap;

use cashline_core::defect::{Defect, DefectKind};

use super::DEFECTS_LISTED_MAX;
use crate::read::{Facts, Table};

/// What one file held.
#[derive(Clone, Debug, Default)]
pub struct FileTally {
    /// Rows read, by table.
    pub rows: BTreeMap<Table, u64>,
    /// Rows set aside.
    pub defects: u64,
    /// Its size and digest.
    pub facts: Option<Facts>,
}

/// What the run met.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// By the index of the file.
    pub files: Vec<FileTally>,
    /// Rows set aside, and corrections without their transaction, in order of reading, at most [`DEFECTS_LISTED_MAX`].
    pub defects: Vec<Defect>,
    /// The same, all of them, by kind.
    pub defects_by_kind: BTreeMap<DefectKind, u64>,
    /// Objects that scoring does not read, by kind.
    pub ignored: BTreeMap<&'static str, u64>,
    /// Rows of which nobody can say whose they were: set aside, of accounts that the accounts table does not list, or of accounts
    /// without a holder where applications are named, and none of them by such an account.
    pub unattributed: u64,
    /// The newest `transacted_at`.
    pub newest: Option<i64>,
    /// The newest of those before the latest T of all applications: how old the data is that decides.
    pub newest_before_t: Option<i64>,
    /// Transactions of a pool with an application.
    pub transactions_pooled: u64,
    /// Transactions of accounts whose holder has no application.
    pub transactions_without_application: u64,
    /// Transactions of accounts that the accounts table does not list.
    pub transactions_of_unlisted_accounts: u64,
    /// Balances of a pool with an application.
    pub balances_pooled: u64,
    /// Balances of accounts whose holder has no application.
    pub balances_without_application: u64,
    /// Balances of accounts that the accounts table does not list.
    pub balances_of_unlisted_accounts: u64,
    /// Transactions that corrections speak of and that are in the input.
    pub corrections_matched: u64,
    /// Transactions that corrections speak of and that are not in the input.
    pub corrections_unmatched: u64,
    /// Accounts of the accounts table.
    pub accounts: u64,
    /// Accounts whose holder is null in every version.
    pub accounts_without_holder: u64,
    /// Those of them that are no applicant either.
    pub accounts_of_nobody: u64,
    /// Transactions and balances of those, where applications are named and none of them by an account without a holder; they are
    /// counted among those without application too.
    pub rows_without_holder: u64,
    /// Accounts whose holder has no application.
    pub accounts_without_application: u64,
    /// Accounts of a pool with exactly as many transactions as a page of Stripe's holds (10 or 100): their export may be
    /// truncated, though nothing in it says so.
    pub accounts_with_round_page: u64,
    /// Accounts that transactions or balances name and the accounts table does not list.
    pub accounts_unlisted: u64,
    /// Applications, usable or not.
    pub applications: u64,
    /// Applications none of whose applicants has an account.
    pub applications_without_accounts: u64,
    /// Applicants without an account beside others of their application who have one.
    pub applicants_without_accounts: u64,
    /// Consented accounts that stand in no table.
    pub consented_accounts_missing: u64,
    /// True when the rows of a pool did not stand together, so that all rows were parked by pool.
    pub regrouped: bool,
    // Rows set aside by the account they name: whether it leads to an applicant is known only at the end.
    rejected: BTreeMap<Box<str>, u64>,
}

impl Tally {
    pub(super) fn new(files: usize) -> Tally {
        Tally { files: vec![FileTally::default(); files], ..Tally::default() }
    }

    /// Counts a row of a table.
    pub(super) fn row(&mut self, file: u32, table: Table) {
        self.rows_of(file, table, 1);
    }

    /// Counts rows of a table.
    pub(super) fn rows_of(&mut self, file: u32, table: Table, count: u64) {
        *self.files[file as usize].rows.entry(table).or_default() += count;
    }

    /// Counts a row set aside and keeps it while there is room.
    pub(super) fn defect(&mut self, file: u32, defect: Defect) {
        self.files[file as usize].defects += u64::from(defect.kind.sets_aside());
        *self.defects_by_kind.entry(defect.kind).or_default() += 1;
        if let Some(account) = defect.account() {
            *self.rejected.entry(account.into()).or_default() += 1;
        }
        if self.defects.len() < DEFECTS_LISTED_MAX {
            self.defects.push(defect);
        }
    }

    /// Rows set aside by the account they name, ascending.
    pub(super) fn rejected(&self) -> impl Iterator<Item = (&str, u64)> {
        self.rejected.iter().map(|(account, rows)| (&**account, *rows))
    }

    /// Rows read of a table, over all files.
    #[must_use]
    pub fn rows(&self, table: Table) -> u64 {
        self.files.iter().filter_map(|file| file.rows.get(&table)).sum()
    }

    /// Rows read and not set aside, over all tables and files.
    #[must_use]
    pub fn rows_read(&self) -> u64 {
        Table::all().map(|table| self.rows(table)).sum()
    }

    /// Rows that no application has seen: set aside, or of accounts that no table lists.
    #[must_use]
    pub fn missed(&self) -> u64 {
        self.defects_total() + self.transactions_of_unlisted_accounts + self.balances_of_unlisted_accounts
    }

    /// Rows set aside.
    #[must_use]
    pub fn defects_total(&self) -> u64 {
        self.defects_by_kind.iter().filter(|(kind, _)| kind.sets_aside()).map(|(_, count)| count).sum()
    }
}
