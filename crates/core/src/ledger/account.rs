//! One real account of the ledger, from the links that stand for it.

use std::borrow::Cow;

use super::{
    BalanceMode, LedgerAccount, Scope, TransactionAccess,
    balance::{self, Balances},
    relink,
    select::Link,
    visible::{self, Clock, LinkRows, Reversal, Seen},
};
use crate::{
    history::{AccountVersion, Deactivation, History, Numbers, Snapshot, Version},
    limits::{QUIET_ACTIVE_DAYS_MIN, QUIET_DAYS_MAX},
    money::Currency,
    row::{AccountCategory, AccountStatus, AccountSubcategory, RefreshStatus},
    time::Day,
};

/// The rows of one real account, each once.
#[derive(Debug, Default)]
pub(super) struct Merged {
    /// Positions of the links, ascending.
    pub(super) links: Vec<u32>,
    pub(super) posted: Vec<Seen>,
    pub(super) pending: Vec<Seen>,
    pub(super) reversed: Vec<Reversal>,
    pub(super) currency: Option<Currency>,
}

impl Merged {
    fn first_day(&self) -> Option<Day> {
        self.posted.first().map(|seen| seen.day)
    }
}

/// Joins the rows of a group of links. Answers, too, how many rows another link also had.
pub(super) fn merge(history: &History, group: Vec<u32>, rows: &mut [LinkRows]) -> (Merged, u64) {
    let mut merged = Merged::default();
    for at in &group {
        let own = std::mem::take(&mut rows[*at as usize]);
        merged.currency = merged.currency.or(own.currency);
        if merged.posted.is_empty() {
            merged.posted = own.posted;
        } else {
            merged.posted.extend(own.posted);
        }
        merged.pending.extend(own.pending);
        merged.reversed.extend(own.reversed);
    }
    let currency = merged.currency;
    // Voided rows had no say in the currency.
    merged.reversed.retain(|one| Some(history.rows()[one.posted.index as usize].currency) == currency);
    let before = merged.posted.len() + merged.pending.len();
    if 1 < group.len() {
        merged.posted = relink::once(history, merged.posted);
        merged.pending = relink::once(history, merged.pending);
        let mut reversed: Vec<u32> = relink::once(history, merged.reversed.iter().map(|one| one.posted).collect())
            .iter()
            .map(|seen| seen.index)
            .collect();
        reversed.sort_unstable();
        merged.reversed.retain(|one| reversed.binary_search(&one.posted.index).is_ok());
    }
    merged.links = group;
    let relinked = before - merged.posted.len() - merged.pending.len();
    (merged, relinked as u64)
}

/// What stands around an account while it is built.
#[derive(Clone, Copy, Debug)]
pub(super) struct Around<'a, 'h> {
    pub(super) history: &'h History,
    pub(super) links: &'a [Link<'h>],
    pub(super) clock: Clock<'a>,
    /// The first day that no window holds.
    pub(super) end: Day,
    /// How old a fresh snapshot may be, in seconds.
    pub(super) fresh: i64,
    /// The scored currency, for an account that shows none of its own.
    pub(super) currency: Currency,
    /// The first day that the application's data covers: balances are carried back to it.
    pub(super) shown_from: Option<Day>,
    /// Whether closing balances are wanted day by day.
    pub(super) daily: bool,
}

/// The first day that the data of the deposit accounts in the scored currency covers.
///
/// An export does not say how far back it looks; its first row says it looks at least that far. An account that is quiet for
/// `g` days at a time later on may well have been quiet for as long before that row, so the longest spell without a row, at
/// most [`QUIET_DAYS_MAX`] days, lies before it. With fewer than [`QUIET_ACTIVE_DAYS_MIN`] active days there is no habit to
/// judge by, and the first row's day it is. Nothing is extrapolated: the days added hold no row, and the balance stands still.
pub(super) fn shown_from(links: &[Link<'_>], merged: &[Merged], scored: Currency) -> Option<Day> {
    let of_pool = |one: &&Merged| {
        one.currency == Some(scored)
            && scope(one.links.iter().find_map(|at| links[*at as usize].version)) == Scope::Deposit
    };
    let pool = || merged.iter().filter(of_pool).map(|one| one.posted.as_slice());
    // Where clocks go back over midnight, days do not quite ascend with time.
    let (first, last) = pool().flatten().fold(None, |ends, seen| match ends {
        None => Some((seen.day, seen.day)),
        Some((first, last)) => Some((first.min(seen.day), last.max(seen.day))),
    })?;
    // One bit a day.
    let day_of = |seen: &Seen| usize::try_from(seen.day.0 - first.0).unwrap_or(0);
    let mut active = vec![0_u64; usize::try_from(last.0 - first.0).unwrap_or(0) / 64 + 1];
    for posted in pool() {
        // A word is written once its days are over: rows that follow each other share one.
        let (mut at, mut days) = (0, 0);
        for day in posted.iter().map(day_of) {
            if day / 64 != at {
                active[at] |= std::mem::take(&mut days);
                at = day / 64;
            }
            days |= 1 << (day % 64);
        }
        active[at] |= days;
    }
    if active.iter().map(|days| days.count_ones() as usize).sum::<usize>() < QUIET_ACTIVE_DAYS_MIN {
        return Some(first);
    }
    Some(first.plus(-quiet_days(&active).min(QUIET_DAYS_MAX)))
}

/// The longest run of days that are not in a set with the first in it, one bit a day, before the last that is.
fn quiet_days(active: &[u64]) -> i32 {
    let (mut last, mut longest) = (0, 0);
    for (first, days) in (0..).step_by(64).zip(active) {
        let mut left = *days;
        while left != 0 {
            let day = first + i32::try_from(left.trailing_zeros()).unwrap_or(0);
            longest = longest.max(day - last - 1);
            last = day;
            left &= left - 1;
        }
    }
    longest
}

/// Builds the account. Answers, too, whether its rows' sign contradicts its snapshots.
pub(super) fn build(around: Around<'_, '_>, merged: &Merged) -> (LedgerAccount, bool) {
    let links: Vec<&Link<'_>> = merged.links.iter().map(|at| &around.links[*at as usize]).collect();
    let versions: Vec<&AccountVersion> = links.iter().filter_map(|link| link.version).collect();
    let currency = merged.currency.unwrap_or(around.currency);
    let any = versions.first();
    let scope = scope(any.copied());
    let category = any.map_or(AccountCategory::Unknown, |version| version.category);
    let subcategory = any.map_or(AccountSubcategory::Unknown, |version| version.subcategory);
    let access = access(&versions, !(merged.posted.is_empty() && merged.pending.is_empty()));
    let first_day = merged.first_day();
    let carried = scope == Scope::Deposit && access == TransactionAccess::Complete && currency == around.currency;
    let from = if carried { first_day.into_iter().chain(around.shown_from).min() } else { first_day };
    let balances = balances(around, merged, &links, currency, from);
    let mut holders: Vec<String> = links.iter().map(|link| link.holder.to_owned()).collect();
    holders.sort_unstable();
    holders.dedup();
    let account = LedgerAccount {
        id: links.first().map_or_else(String::new, |link| link.account.id.to_string()),
        links: links.iter().map(|link| link.account.id.to_string()).collect(),
        holders,
        holder_kind: versions.iter().filter_map(|version| version.holder_kind).min(),
        institution_name: any.and_then(|version| version.institution_name.as_deref()).unwrap_or("").to_owned(),
        scope,
        category,
        subcategory,
        // An active link is a living account, whatever became of the others.
        status: versions.iter().map(|version| version.status).min().unwrap_or(AccountStatus::Unknown),
        deactivation: deactivation(&versions),
        numbers: Numbers::best(versions.iter().filter_map(|version| version.numbers)),
        ach_debit: versions.iter().filter_map(|version| version.ach_debit).max(),
        currency,
        access,
        balance_mode: balances.mode,
        balance_current: balances.current,
        balance_available: balances.available,
        balance_as_of: balances.as_of,
        balances: balances.daily,
        reconciliation_error: balances.reconciliation_error,
        first_day,
        last_day: merged.posted.last().map(|seen| seen.day),
        doubts: vec![],
    };
    (account, balances.inverted)
}

/// Deposit accounts carry cash flow. An account that no accounts row names is taken for one: without an accounts table
/// nothing else can be meant. A category that Stripe does not list goes by its subcategory.
fn scope(version: Option<&AccountVersion>) -> Scope {
    let Some(version) = version else { return Scope::Deposit };
    match (version.category, version.subcategory) {
        (AccountCategory::Cash, _)
        | (AccountCategory::Unknown, AccountSubcategory::Checking | AccountSubcategory::Savings) => Scope::Deposit,
        (AccountCategory::Credit | AccountCategory::Unknown, AccountSubcategory::Mortgage) => Scope::Loan,
        (AccountCategory::Credit, _)
        | (AccountCategory::Unknown, AccountSubcategory::CreditCard | AccountSubcategory::LineOfCredit) => {
            Scope::Credit
        }
        (AccountCategory::Investment, _) => Scope::Investment,
        (AccountCategory::Other | AccountCategory::Unknown, _) => Scope::Other,
    }
}

/// When the last of the active links is expected to end: while one of them lasts, data goes on coming.
fn deactivation(versions: &[&AccountVersion]) -> Option<Deactivation> {
    let active = versions.iter().filter(|version| version.status == AccountStatus::Active);
    let ends: Option<Vec<Deactivation>> = active.map(|version| version.end()).collect();
    ends?.into_iter().max()
}

/// Rows prove access; without rows the best that any link says. A pending first refresh has fetched nothing yet.
pub(super) fn access(versions: &[&AccountVersion], rows: bool) -> TransactionAccess {
    if rows {
        return TransactionAccess::Complete;
    }
    let of = |version: &&AccountVersion| match (version.permissions, version.transaction_refresh) {
        (Some(may), _) if !may.transactions => TransactionAccess::NotPermitted,
        (_, Some(refresh)) => match refresh.status {
            RefreshStatus::Succeeded => TransactionAccess::Complete,
            RefreshStatus::Failed => TransactionAccess::RefreshFailed,
            RefreshStatus::Pending => TransactionAccess::NeverRefreshed,
            RefreshStatus::Unknown => TransactionAccess::Unknown,
        },
        (Some(_), None) => TransactionAccess::NeverRefreshed,
        (None, None) => TransactionAccess::Unknown,
    };
    let best = |access: &TransactionAccess| match access {
        TransactionAccess::Complete => 0,
        TransactionAccess::RefreshFailed => 1,
        TransactionAccess::NeverRefreshed => 2,
        TransactionAccess::Unknown => 3,
        TransactionAccess::NotPermitted => 4,
    };
    versions.iter().map(of).min_by_key(best).unwrap_or(TransactionAccess::Unknown)
}

fn balances(
    around: Around<'_, '_>,
    merged: &Merged,
    links: &[&Link<'_>],
    currency: Currency,
    from: Option<Day>,
) -> Balances {
    let mut snapshots: Vec<Snapshot> = links
        .iter()
        .flat_map(|link| link.account.snapshots.iter())
        .filter(|snapshot| snapshot.currency == currency)
        .copied()
        .collect();
    if snapshots.is_empty() {
        return Balances {
            mode: BalanceMode::None,
            current: None,
            available: None,
            as_of: None,
            daily: None,
            reconciliation_error: None,
            inverted: false,
        };
    }
    snapshots.sort_unstable();
    snapshots.dedup();
    let moves = moves(around.clock, merged);
    let input = balance::Input {
        t: around.clock.t,
        end: around.end,
        zone: around.clock.zone,
        first: merged.first_day(),
        from: from.filter(|_| around.daily),
        complete: from,
        snapshots: &snapshots,
        moves: &moves,
        fresh: around.fresh,
        tolerance: 10_i64.pow(currency.exponent()),
    };
    balance::settle(&input, |until| later(around, links, currency, until))
}

/// What moved the balance before T: posted rows, and twice the rows that were posted and then voided.
fn moves<'m>(clock: Clock<'_>, merged: &'m Merged) -> Cow<'m, [Seen]> {
    if merged.reversed.is_empty() {
        return Cow::Borrowed(&merged.posted);
    }
    let mut moves = merged.posted.clone();
    for one in &merged.reversed {
        moves.push(one.posted);
        moves.push(Seen { time: one.void, day: clock.zone.day(one.void), amount: -one.posted.amount, ..one.posted });
    }
    moves.sort_by_key(|seen| seen.time);
    Cow::Owned(moves)
}

/// What moved the balance from T up to an instant after it, as all later knowledge has it.
///
/// `None` when the rows between are not known to be complete: nothing shows that transactions were fetched at T or later and
/// until at most the age of a fresh balance before the instant, or a row between contradicts another.
fn later(around: Around<'_, '_>, links: &[&Link<'_>], currency: Currency, until: i64) -> Option<i128> {
    let t = around.clock.t;
    let through = links.iter().map(|link| link.account.through).max()?;
    if through < t.max(until.saturating_sub(around.fresh)) {
        return None;
    }
    let inside = |at: i64| t <= at && at < until;
    let (mut posted, mut voided) = (vec![], vec![]);
    for (link, account) in (0_u32..).zip(links.iter().map(|link| link.account)) {
        for index in account.rows.clone() {
            let version: &Version = &around.history.rows()[index];
            if !version.last || version.currency != currency {
                continue;
            }
            if version.conflict || version.has_rival(i64::MAX) {
                if t <= version.witnessed() && version.transacted() < until {
                    return None;
                }
                continue;
            }
            let Some((entered, left)) = visible::stay(version) else { continue };
            let seen = |time: i64| Seen {
                time,
                day: around.clock.zone.day(time),
                amount: version.amount,
                index: u32::try_from(index).unwrap_or(u32::MAX),
                link,
            };
            if inside(entered) {
                posted.push(seen(entered));
            }
            if left.is_some_and(inside) && entered < until {
                voided.push(seen(left.unwrap_or(until)));
            }
        }
    }
    if 1 < links.len() {
        posted = relink::once(around.history, posted);
        voided = relink::once(around.history, voided);
    }
    let sum = |rows: &[Seen]| rows.iter().map(|seen| i128::from(seen.amount)).sum::<i128>();
    Some(sum(&posted) - sum(&voided))
}
