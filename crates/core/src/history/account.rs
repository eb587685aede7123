//! What is known of an account, free of T: all versions of its object, all balance snapshots, and its rows' place.

use std::{cmp::Ordering, collections::BTreeSet, ops::Range};

use super::{
    Doubt,
    event::{AccountEvent, Deactivation, Numbers},
};
use crate::{
    defect::{Defect, DefectKind, Source, Whose},
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
    /// The holders that rows of it name which were set aside.
    pub(crate) set_aside: BTreeSet<Box<str>>,
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

    /// The kind of account as which its rows are labelled, once for every T: the first that is told, so that what is known only
    /// later changes no label. Versions that were known at the same second are ordered as in [`HistoryAccount::at`].
    pub(crate) fn labelled_as(&self) -> AccountCategory {
        let told = || self.versions.iter().filter(|version| version.category != AccountCategory::Unknown);
        let first = told().next().map(|version| version.known);
        let standing = told().take_while(|version| Some(version.known) == first).last();
        standing.map_or(AccountCategory::Unknown, |version| version.category)
    }

    /// A holder's id, if it is named as of T: by the version that stands, or by one as new that contradicts it. A row that was set
    /// aside, of which nobody knows the time, makes nobody a holder of what others hold.
    pub(crate) fn holder<'h>(&'h self, id: &str, standing: &'h AccountVersion) -> Option<&'h str> {
        let known = self.versions.iter().filter(|version| version.conflict && version.known <= standing.known);
        let rivals = known.filter(|_| standing.conflict);
        let named = [standing].into_iter().chain(rivals).filter_map(|version| version.holder.as_deref());
        named.into_iter().find(|holder| *holder == id)
    }

    /// Whether what is known of the account before T contradicts itself and nothing later decides.
    pub(crate) fn is_contradicted(&self, t: i64, standing: Option<&AccountVersion>) -> bool {
        let visible = self.snapshots.iter().take_while(|snapshot| snapshot.at <= t);
        standing.is_some_and(|version| version.conflict) || visible.into_iter().any(|snapshot| snapshot.conflict)
    }

    /// Brings the versions in order, drops repeats, and marks those as new as another that say what cannot both be true.
    pub(super) fn settle_versions(&mut self, defects: &mut Vec<Defect>) {
        let versions = &mut self.versions;
        versions.sort_by(|a, b| a.compare(b).then_with(|| a.source.cmp(&b.source)));
        versions.dedup_by(|next, kept| next.compare(kept).is_eq());
        for of_one_time in versions.chunk_by_mut(|a, b| a.dated() == b.dated()) {
            let Some(column) = contradiction(of_one_time) else { continue };
            for version in of_one_time {
                version.conflict = true;
                defects.push(conflicting(&self.id, version.source, column));
            }
        }
        self.stand_from_the_link_on();
    }

    /// Lets the first exports stand from their link on, whenever they were taken: nothing older is known at any T, and what was
    /// said of the account between its link and their refresh was said of what they show.
    fn stand_from_the_link_on(&mut self) {
        let Some(first) = self.versions.first().map(AccountVersion::dated) else { return };
        let count = self.versions.partition_point(|version| version.dated() == first);
        let exports = &mut self.versions[..count];
        // The body of an event was not known before the event.
        if exports.iter().any(|version| version.known != version.taken()) {
            return;
        }
        let link = exports.iter().map(|version| version.created).min().flatten();
        exports.iter_mut().for_each(|version| version.known = link);
    }

    /// Takes its snapshots, ascending and each with where it stood; drops repeats and marks those of one instant that differ.
    pub(super) fn settle_snapshots(&mut self, all: &[(Snapshot, Source)], defects: &mut Vec<Defect>) {
        let instant = |one: &Snapshot| (one.at, one.currency, one.origin);
        for of_one_time in all.chunk_by(|(a, _), (b, _)| instant(a) == instant(b)) {
            let currents = of_one_time.iter().map(|(one, _)| one.current);
            let availables = of_one_time.iter().filter_map(|(one, _)| one.available);
            let column = if differ(currents) { Some("current") } else { differ(availables).then_some("available") };
            for same in of_one_time.chunk_by(|(a, _), (b, _)| a == b) {
                let Some((first, source)) = same.first() else { continue };
                self.snapshots.push(Snapshot { conflict: column.is_some(), ..*first });
                defects.extend(column.map(|column| conflicting(&self.id, *source, column)));
            }
        }
    }
}

/// The first column in which versions of one time say what cannot both be true. What a bank or its holder may change between two
/// refreshes (status, permissions, names, how a refresh ended) contradicts nothing, and neither does a version that is silent.
fn contradiction(versions: &[AccountVersion]) -> Option<&'static str> {
    if versions.len() < 2 {
        return None;
    }
    let category = |version: &AccountVersion| Some(version.category).filter(|one| *one != AccountCategory::Unknown);
    let subcategory =
        |version: &AccountVersion| Some(version.subcategory).filter(|one| *one != AccountSubcategory::Unknown);
    if differ(versions.iter().filter_map(|version| version.holder.as_deref())) {
        Some("account_holder")
    } else if differ(versions.iter().filter_map(category)) {
        Some("category")
    } else if differ(versions.iter().filter_map(subcategory)) {
        Some("subcategory")
    } else {
        differ(versions.iter().filter_map(|version| version.livemode)).then_some("livemode")
    }
}

fn differ<T: PartialEq>(mut values: impl Iterator<Item = T>) -> bool {
    values.next().is_some_and(|first| values.any(|other| other != first))
}

fn conflicting(account: &str, source: Source, column: &str) -> Defect {
    let (column, kind) = (column.to_owned(), DefectKind::ConflictingDuplicate);
    Defect { source, column, kind, whose: Whose::account(account) }
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
    /// Another version as new as this one, or as the one that it rests on, says what cannot both be true.
    pub(crate) conflict: bool,
    pub(super) source: Source,
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
        let version = AccountVersion {
            known: row.known_at,
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
            conflict: false,
            source: row.source,
        };
        AccountVersion { known: version.known.or_else(|| version.taken()), ..version }
    }

    /// The earliest that an export can have been taken. It says no time of its own: the link's and those of the refreshes that it
    /// shows are all there is, and `created` alone would date every later export to the day of the link.
    fn taken(&self) -> Option<i64> {
        self.created.max(self.attempted())
    }

    /// When the last refresh of any kind began.
    pub(super) fn attempted(&self) -> Option<i64> {
        let [_, transactions, balance] = self.dated();
        transactions.max(balance)
    }

    /// All that tells when it was known. Of two exports of one time the later refresh of the transactions tells the later.
    fn dated(&self) -> [Option<i64>; 3] {
        let attempt = |refresh: Option<Refresh>| refresh.and_then(|refresh| refresh.last_attempted_at);
        [self.known, attempt(self.transaction_refresh), attempt(self.balance_refresh)]
    }

    /// Orders versions by when they were known, and those that nothing dates apart by content: see [`contradiction`].
    fn compare(&self, other: &AccountVersion) -> Ordering {
        let kinds = |version: &AccountVersion| {
            (version.status, version.category, version.subcategory, version.livemode, version.holder_kind)
        };
        let refreshes = |version: &AccountVersion| (version.transaction_refresh, version.balance_refresh);
        let flags = |version: &AccountVersion| {
            version.permissions.map(|may| [may.balances, may.ownership, may.payment_method, may.transactions])
        };
        self.dated()
            .cmp(&other.dated())
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
    /// Another snapshot of the same instant, currency and origin says something else.
    pub(crate) conflict: bool,
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
            conflict: false,
        }
    }
}
