//! The small tables in memory: applications, accounts, balances, corrections. Rows are owned here and lent out again as they came.

use std::collections::{BTreeMap, BTreeSet};

use cashline_core::{
    correction::CorrectionsBuilder,
    defect::Source,
    ledger::Doubt,
    money::Currency,
    row::{
        AccountCategory, AccountChange, AccountNumbers, AccountRow, AccountStatus, AccountSubcategory, ApplicantRole,
        ApplicationRow, AsOf, BalanceOrigin, BalanceRow, HolderKind, Permissions, Refresh, Row,
    },
};

use super::{Inputs, Tally, holds_small_tables};
use crate::{
    error::Error,
    read::{Batch, Item, Table},
};

/// Items between two looks at the signal.
pub(super) const ITEMS_BETWEEN_CHECKS: u32 = 1_024;

/// Rows of the small tables, in order of reading.
#[derive(Debug, Default)]
pub(super) struct Tables {
    pub(super) applications: Vec<OwnedApplication>,
    pub(super) accounts: Vec<OwnedAccount>,
    pub(super) balances: Vec<OwnedBalance>,
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
    tables.has_applications = holds(Table::Applications) || !tables.applications.is_empty();
    tables.has_accounts = holds(Table::Accounts) || tables.accounts.iter().any(|account| account.change.is_none());
    Ok(tables)
}

impl Tables {
    fn take(&mut self, file: u32, row: &Row<'_>, tally: &mut Tally) {
        let table = match row {
            Row::Application(row) => {
                self.applications.push(OwnedApplication::of(row));
                Table::Applications
            }
            Row::Account(row) => {
                self.accounts.push(OwnedAccount::of(row));
                Table::Accounts
            }
            Row::Balance(row) => {
                self.balances.push(OwnedBalance::of(row));
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

/// An [`ApplicationRow`] that owns its text.
#[derive(Debug)]
pub(super) struct OwnedApplication {
    pub(super) application_id: Box<str>,
    pub(super) applicant_id: Box<str>,
    pub(super) as_of: Option<AsOf>,
    role: ApplicantRole,
    requested_amount: Option<i64>,
    term_months: Option<u32>,
    instalment_amount: Option<i64>,
    stated_income: Option<i64>,
    currency: Option<Currency>,
    pub(super) account_ids: Box<[Box<str>]>,
    extras: Box<[(Box<str>, f64)]>,
    pub(super) source: Source,
}

impl OwnedApplication {
    fn of(row: &ApplicationRow<'_>) -> OwnedApplication {
        OwnedApplication {
            application_id: row.application_id.into(),
            applicant_id: row.applicant_id.into(),
            as_of: row.as_of,
            role: row.role,
            requested_amount: row.requested_amount,
            term_months: row.term_months,
            instalment_amount: row.instalment_amount,
            stated_income: row.stated_income,
            currency: row.currency,
            account_ids: row.account_ids.iter().map(|id| Box::from(*id)).collect(),
            extras: row.extras.iter().map(|(name, value)| (Box::from(*name), *value)).collect(),
            source: row.source,
        }
    }

    pub(super) fn row(&self) -> ApplicationRow<'_> {
        ApplicationRow {
            application_id: &self.application_id,
            applicant_id: &self.applicant_id,
            as_of: self.as_of,
            role: self.role,
            requested_amount: self.requested_amount,
            term_months: self.term_months,
            instalment_amount: self.instalment_amount,
            stated_income: self.stated_income,
            currency: self.currency,
            account_ids: self.account_ids.iter().map(|id| &**id).collect(),
            extras: self.extras.iter().map(|(name, value)| (&**name, *value)).collect(),
            source: self.source,
        }
    }
}

/// An [`AccountRow`] that owns its text.
#[derive(Debug)]
pub(super) struct OwnedAccount {
    pub(super) id: Box<str>,
    pub(super) holder: Option<Box<str>>,
    holder_kind: Option<HolderKind>,
    institution_name: Option<Box<str>>,
    last4: Option<Box<str>>,
    category: AccountCategory,
    subcategory: AccountSubcategory,
    status: AccountStatus,
    permissions: Option<Permissions>,
    created: Option<i64>,
    livemode: Option<bool>,
    balance_refresh: Option<Refresh>,
    transaction_refresh: Option<Refresh>,
    known_at: Option<i64>,
    expected_deactivation: Option<i64>,
    pub(super) authorization: Option<Box<str>>,
    numbers: Option<AccountNumbers>,
    ach_debit: Option<bool>,
    pub(super) change: Option<AccountChange>,
    source: Source,
}

impl OwnedAccount {
    fn of(row: &AccountRow<'_>) -> OwnedAccount {
        OwnedAccount {
            id: row.id.into(),
            holder: row.holder.map(Box::from),
            holder_kind: row.holder_kind,
            institution_name: row.institution_name.map(Box::from),
            last4: row.last4.map(Box::from),
            category: row.category,
            subcategory: row.subcategory,
            status: row.status,
            permissions: row.permissions,
            created: row.created,
            livemode: row.livemode,
            balance_refresh: row.balance_refresh,
            transaction_refresh: row.transaction_refresh,
            known_at: row.known_at,
            expected_deactivation: row.expected_deactivation,
            authorization: row.authorization.map(Box::from),
            numbers: row.numbers,
            ach_debit: row.ach_debit,
            change: row.change,
            source: row.source,
        }
    }

    /// The row again; `own` stands in for a holder that is null.
    pub(super) fn row<'a>(&'a self, own: &'a str) -> AccountRow<'a> {
        AccountRow {
            id: &self.id,
            holder: Some(self.holder.as_deref().unwrap_or(own)),
            holder_kind: self.holder_kind,
            institution_name: self.institution_name.as_deref(),
            last4: self.last4.as_deref(),
            category: self.category,
            subcategory: self.subcategory,
            status: self.status,
            permissions: self.permissions,
            created: self.created,
            livemode: self.livemode,
            balance_refresh: self.balance_refresh,
            transaction_refresh: self.transaction_refresh,
            known_at: self.known_at,
            expected_deactivation: self.expected_deactivation,
            authorization: self.authorization.as_deref(),
            numbers: self.numbers,
            ach_debit: self.ach_debit,
            change: self.change,
            source: self.source,
        }
    }
}

/// A [`BalanceRow`] that owns its text.
#[derive(Debug)]
pub(super) struct OwnedBalance {
    pub(super) account: Box<str>,
    as_of: i64,
    currency: Currency,
    current: i64,
    available: Option<i64>,
    origin: BalanceOrigin,
    source: Source,
}

impl OwnedBalance {
    fn of(row: &BalanceRow<'_>) -> OwnedBalance {
        OwnedBalance {
            account: row.account.into(),
            as_of: row.as_of,
            currency: row.currency,
            current: row.current,
            available: row.available,
            origin: row.origin,
            source: row.source,
        }
    }

    pub(super) fn row(&self) -> BalanceRow<'_> {
        BalanceRow {
            account: &self.account,
            as_of: self.as_of,
            currency: self.currency,
            current: self.current,
            available: self.available,
            origin: self.origin,
            source: self.source,
        }
    }
}
