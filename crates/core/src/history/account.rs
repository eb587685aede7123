//! What is known of an account, free of T: all versions of its object, all balance snapshots, and its rows' place.

use std::{cmp::Ordering, ops::Range};

use super::{
    Doubt,
    event::{AccountEvent, Deactivation, Numbers},
};
use crate::{
    money::Currency,
    row::{
        AccountCategory, AccountRow, AccountStatus, AccountSubcategory, BalanceOrigin, BalanceRow, HolderKind,
        Permissions, Refresh, RefreshStatus,
    },
};

/// An account of a history.
#[derive(Clone, PartialEq, Debug, Default)]
pub(crate) struct HistoryAccount {
    pub(crate) id: Box<str>,
    /// Ascending by when they were known; empty when no accounts row names the account.
    pub(crate) versions: Vec<AccountVersion>,
    /// What was said of it without a body, in any order; empty in a history, where they are versions.
    pub(crate) events: Vec<AccountEvent>,
    /// Ascending by instant, without repeats.
    pub(crate) snapshots: Vec<Snapshot>,
    /// Ascending, without repeats.
    pub(crate) doubts: Vec<Doubt>,
    /// The least holder that a row of it names which was set aside.
    pub(crate) set_aside: Option<Box<str>>,
    /// Where its rows stand in the history.
    pub(crate) rows: Range<usize>,
    /// Rows that repeated another exactly and were dropped.
    pub(crate) duplicates: u64,
    /// The last second up to which its transactions are known to have been fetched.
    pub(crate) through: i64,
}

impl HistoryAccount {
    /// The account's object as known before T: the latest version before T, else the earliest of all.
    pub(crate) fn at(&self, t: i64) -> Option<&AccountVersion> {
        let before = self.versions.partition_point(|version| version.known.is_none_or(|known| known < t));
        if 0 < before {
            return self.versions.get(before - 1);
        }
        // Versions that were known at the same second are ordered by content: the last of them stands, as above.
        let first = self.versions.first()?.known;
        self.versions.iter().take_while(|version| version.known == first).last()
    }
}

/// A version of an account's object.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct AccountVersion {
    /// When it was known; `None` sorts first.
    pub(crate) known: Option<i64>,
    pub(crate) holder: Option<Box<str>>,
    pub(crate) holder_kind: Option<HolderKind>,
    pub(crate) institution_name: Option<Box<str>>,
    pub(crate) last4: Option<Box<str>>,
    pub(crate) category: AccountCategory,
    pub(crate) subcategory: AccountSubcategory,
    pub(crate) status: AccountStatus,
    pub(crate) permissions: Option<Permissions>,
    pub(crate) created: Option<i64>,
    pub(crate) livemode: Option<bool>,
    pub(crate) balance_refresh: Option<Refresh>,
    pub(crate) transaction_refresh: Option<Refresh>,
    /// By what was said of the account itself.
    pub(crate) deactivation: Option<Deactivation>,
    /// By what was said of its authorisation.
    pub(crate) authorization_end: Option<Deactivation>,
    pub(crate) authorization: Option<Box<str>>,
    pub(crate) numbers: Option<Numbers>,
    pub(crate) ach_debit: Option<bool>,
}

impl AccountVersion {
    /// Of an account of which nothing else is known.
    pub(crate) fn of_holder(id: &str, holder: &str) -> AccountVersion {
        let row = AccountRow { category: AccountCategory::Unknown, ..AccountRow::checking(id, holder) };
        AccountVersion::new(&AccountRow {
            subcategory: AccountSubcategory::Unknown,
            status: AccountStatus::Unknown,
            ..row
        })
    }

    pub(crate) fn new(row: &AccountRow<'_>) -> AccountVersion {
        AccountVersion {
            known: row.known_at.or(row.created),
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
            deactivation: row.expected_deactivation.map(Deactivation::At),
            authorization_end: None,
            authorization: row.authorization.map(Box::from),
            numbers: row.numbers.map(Numbers::of),
            ach_debit: row.ach_debit,
        }
    }

    /// Orders versions by when they were known. Two exports of one account often carry the same `created` and nothing
    /// else to date them: the later refresh attempt then tells the later export, and content decides the rest.
    pub(super) fn compare(&self, other: &AccountVersion) -> Ordering {
        let attempt = |refresh: Option<Refresh>| refresh.and_then(|refresh| refresh.last_attempted_at);
        let dated = |version: &AccountVersion| {
            (version.known, attempt(version.transaction_refresh), attempt(version.balance_refresh))
        };
        let kinds = |version: &AccountVersion| {
            (version.status, version.category, version.subcategory, version.livemode, version.holder_kind)
        };
        let refreshes = |version: &AccountVersion| (version.transaction_refresh, version.balance_refresh);
        let flags = |version: &AccountVersion| {
            version.permissions.map(|may| [may.balances, may.ownership, may.payment_method, may.transactions])
        };
        dated(self)
            .cmp(&dated(other))
            .then_with(|| kinds(self).cmp(&kinds(other)))
            .then_with(|| refreshes(self).cmp(&refreshes(other)))
            .then_with(|| flags(self).cmp(&flags(other)))
            .then_with(|| self.created.cmp(&other.created))
            .then_with(|| self.holder.cmp(&other.holder))
            .then_with(|| self.institution_name.cmp(&other.institution_name))
            .then_with(|| self.last4.cmp(&other.last4))
            .then_with(|| self.deactivation.cmp(&other.deactivation))
            .then_with(|| self.authorization.cmp(&other.authorization))
            .then_with(|| (self.numbers, self.ach_debit).cmp(&(other.numbers, other.ach_debit)))
    }

    /// When transactions were last fetched with success.
    pub(super) fn fetched(&self) -> Option<i64> {
        let refresh = self.transaction_refresh.filter(|refresh| refresh.status == RefreshStatus::Succeeded)?;
        refresh.last_attempted_at
    }
}

/// A balance of an account in one currency: what the rows posted before `at` add up to, with the opening balance.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Snapshot {
    /// The first second whose rows it does not hold. A reported balance holds the rows posted before its `as_of`, the
    /// same half-open convention as T, so that one computed at 00:00:00 closes the day before; an inferred balance
    /// stands for 23:59:59 and holds the rows of that second too.
    pub(crate) at: i64,
    pub(crate) currency: Currency,
    pub(crate) origin: BalanceOrigin,
    pub(crate) current: i64,
    pub(crate) available: Option<i64>,
    /// As the export wrote it.
    pub(crate) as_of: i64,
}

impl Snapshot {
    pub(crate) fn new(row: &BalanceRow<'_>) -> Snapshot {
        let at = match row.origin {
            BalanceOrigin::Reported => row.as_of,
            BalanceOrigin::Inferred => row.as_of + 1,
        };
        Snapshot {
            at,
            currency: row.currency,
            origin: row.origin,
            current: row.current,
            available: row.available,
            as_of: row.as_of,
        }
    }
}
