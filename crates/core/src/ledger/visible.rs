//! Which rows of a link are visible at T, in which version, and in what state.

use super::Counts;
use crate::{
    history::{History, HistoryAccount, Version, bound},
    limits::AMOUNT_MAX,
    money::Currency,
    row::TransactionStatus,
    time::{Day, Zone},
};

/// A visible row. Sorted by time and id within an account.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen {
    /// Seconds of the posting, else of the transaction.
    pub(super) time: i64,
    /// The day of `time`.
    pub(super) day: Day,
    pub(super) amount: i64,
    /// Position in the history.
    pub(super) index: u32,
    /// Position of the link among the selected ones.
    pub(super) link: u32,
}

/// What is visible of one link.
#[derive(Debug, Default)]
pub(super) struct LinkRows {
    pub(super) posted: Vec<Seen>,
    pub(super) pending: Vec<Seen>,
    /// Rows that had been posted when they were voided: they moved the balance twice.
    pub(super) reversed: Vec<Reversal>,
    /// Live rows, test rows.
    pub(super) live: bool,
    pub(super) test: bool,
    /// A visible id has contradicting versions.
    pub(super) conflict: bool,
    /// More than one currency stands among the visible rows.
    pub(super) mixed: bool,
    pub(super) currency: Option<Currency>,
}

/// A row that was posted and later voided.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reversal {
    pub(super) posted: Seen,
    pub(super) void: i64,
}

/// T and what days are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock<'a> {
    pub(super) t: i64,
    pub(super) zone: &'a Zone,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fate {
    Posted { at: i64 },
    Pending,
    Void,
    NotVisible,
}

/// Reads a link's rows.
pub(super) fn read(
    history: &History,
    account: &HistoryAccount,
    link: u32,
    clock: Clock<'_>,
    counts: &mut Counts,
) -> LinkRows {
    let mut rows = LinkRows::default();
    let versions = &history.rows()[account.rows.clone()];
    counts.rows_seen += versions.len() as u64 + account.duplicates;
    counts.duplicate_rows += account.duplicates;
    rows.posted.reserve(versions.len());
    let (mut first, mut plain) = (0, 0);
    while first < versions.len() {
        let count = take_plain(&mut rows, &versions[first..], (account.rows.start + first, link), clock);
        (first, plain) = (first + count, plain + count);
        let Some(more) = versions[first..].iter().position(|version| version.last) else { break };
        let of_id = &versions[first..=first + more];
        let chosen = choose(of_id, clock.t, counts);
        take(&mut rows, of_id, chosen, (account.rows.start + first, link), clock, counts);
        first += of_id.len();
    }
    // The history stands in the order of the latest versions, by time and id: plain rows are in order, others nearly always.
    if plain < rows.posted.len() {
        rows.posted.sort_by(|a, b| by_time(history, a, b));
    }
    rows.pending.sort_by(|a, b| by_time(history, a, b));
    rows
}

/// The order within an account: time, then id.
pub(super) fn by_time(history: &History, a: &Seen, b: &Seen) -> std::cmp::Ordering {
    a.time.cmp(&b.time).then_with(|| history.id(a.index).cmp(history.id(b.index)))
}

/// Takes rows up to the first about which something is left to settle, as [`take`] would, and answers how many these are:
/// nearly every row is such a one. Apart from [`read`], so that all it needs stays in registers.
#[inline(never)]
fn take_plain(rows: &mut LinkRows, versions: &[Version], (start, link): (usize, u32), clock: Clock<'_>) -> usize {
    let Some(first) = versions.first() else { return 0 };
    let (t, before) = (bound(clock.t), rows.posted.len());
    let currency = rows.currency.unwrap_or(first.currency);
    // Live and test rows, one bit each.
    let (mut modes, mut mixed) = (0_u8, false);
    for (index, version) in (narrow(start)..).zip(versions) {
        let Some(posted) = version.plainly_posted(t) else { break };
        modes |= version.livemode.map_or(0, |live| 2 - u8::from(live));
        mixed |= version.currency != currency;
        let time = i64::from(posted);
        rows.posted.push(Seen { time, day: clock.zone.day(time), amount: version.amount, index, link });
    }
    let count = rows.posted.len() - before;
    if 0 < count {
        rows.currency = Some(currency);
    }
    (rows.live, rows.test, rows.mixed) =
        (rows.live | (modes & 1 != 0), rows.test | (modes & 2 != 0), rows.mixed | mixed);
    count
}

fn narrow(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}

/// The sum over rows of what is made of each amount, which is no larger.
pub(super) fn sum(rows: &[Seen], of: impl Fn(i64) -> i64) -> i128 {
    // So many amounts fit 64 bits together.
    const AT_ONCE: usize = 4_096;
    const _: () = assert!(AMOUNT_MAX <= i64::MAX / AT_ONCE as i64);
    let narrow = |rows: &[Seen]| rows.iter().fold(0_i64, |sum, seen| sum.wrapping_add(of(seen.amount)));
    rows.chunks(AT_ONCE).map(|rows| i128::from(narrow(rows))).sum()
}

/// The version that stands at T: the latest written before T, else the earliest of all. Counts what the others are.
fn choose(versions: &[Version], t: i64, counts: &mut Counts) -> usize {
    if versions.len() == 1 {
        return 0;
    }
    let before = versions.partition_point(|version| version.updated().is_none_or(|updated| updated < t));
    let chosen = before.saturating_sub(1);
    for (at, version) in versions.iter().enumerate() {
        // Versions that contradict the chosen one are counted as conflicting, with it.
        if at == chosen || rivals(version, &versions[chosen]) {
            continue;
        }
        // Without `updated` only the payment's own time says whether the version could be known.
        let known = at < before && (version.updated().is_some() || version.transacted() < t);
        match known {
            true => counts.superseded += 1,
            false => counts.not_visible += 1,
        }
    }
    chosen
}

fn rivals(a: &Version, b: &Version) -> bool {
    a.conflict && b.conflict && a.updated() == b.updated()
}

fn take(
    rows: &mut LinkRows,
    versions: &[Version],
    chosen: usize,
    (start, link): (usize, u32),
    clock: Clock<'_>,
    counts: &mut Counts,
) {
    let version = &versions[chosen];
    if version.has_rival(clock.t) && version.updated().is_some_and(|updated| clock.t <= updated) {
        // Written at T or later, when another account already had the id: nothing that anyone could know at T.
        counts.not_visible +=
            versions.iter().filter(|other| std::ptr::eq(*other, version) || rivals(other, version)).count() as u64;
        return;
    }
    if version.conflict || version.has_rival(clock.t) {
        return conflict(rows, versions, version, clock.t, counts);
    }
    let (fate, inconsistent) = fate(version, clock.t);
    if fate == Fate::NotVisible {
        counts.not_visible += 1;
        return;
    }
    counts.status_inconsistent += u64::from(inconsistent);
    counts.version_after_t += u64::from(version.updated().is_some_and(|updated| clock.t <= updated));
    rows.live |= version.livemode == Some(true);
    rows.test |= version.livemode == Some(false);
    let seen = |time: i64| Seen {
        time,
        day: clock.zone.day(time),
        amount: version.amount,
        index: narrow(start + chosen),
        link,
    };
    if fate == Fate::Void {
        counts.void += 1;
        if let Some((posted, Some(void))) = stay(version) {
            rows.reversed.push(Reversal { posted: seen(posted), void });
        }
        return;
    }
    if version.amount == 0 {
        counts.zero_amount += 1;
        return;
    }
    rows.mixed |= rows.currency.is_some_and(|currency| currency != version.currency);
    rows.currency = rows.currency.or(Some(version.currency));
    match fate {
        Fate::Posted { at } => rows.posted.push(seen(at)),
        _ => rows.pending.push(seen(version.transacted())),
    }
}

/// Rows that contradict each other: none is used, and the account is in doubt as soon as one is visible.
fn conflict(rows: &mut LinkRows, versions: &[Version], chosen: &Version, t: i64, counts: &mut Counts) {
    let others = versions.iter().filter(|version| rivals(version, chosen) && !std::ptr::eq(*version, chosen));
    let (visible, all) =
        others.fold((chosen.transacted() < t, 1), |(visible, all), other| (visible || other.transacted() < t, all + 1));
    match visible {
        true => counts.conflicting_rows += all,
        false => counts.not_visible += all,
    }
    rows.conflict |= visible;
}

/// What a version is at T, and whether its dates contradict its status.
fn fate(version: &Version, t: i64) -> (Fate, bool) {
    if t <= version.transacted() {
        return (Fate::NotVisible, false);
    }
    let voided = version.void().is_some_and(|at| at < t);
    let posted = match version.posted() {
        Some(at) if at < t => Fate::Posted { at },
        _ => Fate::Pending,
    };
    match version.status {
        TransactionStatus::Void if voided || version.void().is_none() => (Fate::Void, false),
        _ if voided => (Fate::Void, true),
        // Voided at T or later: at T it was still what it had been.
        TransactionStatus::Void => (posted, false),
        TransactionStatus::Pending => (Fate::Pending, version.posted().is_some()),
        TransactionStatus::Posted if version.posted().is_none() => (Fate::Posted { at: version.transacted() }, true),
        TransactionStatus::Posted => (posted, false),
    }
}

/// When a version's amount entered and left the balance. A row voided before its posting, or at an unknown time, never did.
pub(super) fn stay(version: &Version) -> Option<(i64, Option<i64>)> {
    let entered = match (version.status, version.posted()) {
        (TransactionStatus::Posted, posted) => posted.unwrap_or_else(|| version.transacted()),
        (TransactionStatus::Void, Some(posted)) => posted,
        (TransactionStatus::Void, None) | (TransactionStatus::Pending, _) => return None,
    };
    match version.void() {
        None => (version.status == TransactionStatus::Posted).then_some((entered, None)),
        Some(left) => (entered < left).then_some((entered, Some(left))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::row::TransactionRow;

    /// Rows, each alone with its id, that differ in what [`Version::plainly_posted`] asks of them, in every combination.
    fn versions(t: i64) -> impl Iterator<Item = Version> {
        let dates = [None, Some(t - 1), Some(t), Some(t + 1)];
        (0..3 * 4 * 4 * 4 * 3 * 2).map(move |number: usize| {
            let mut left = number;
            let mut draw = |count: usize| {
                let drawn = left % count;
                left /= count;
                drawn
            };
            let status = [TransactionStatus::Pending, TransactionStatus::Posted, TransactionStatus::Void][draw(3)];
            let [posted_at, void_at, updated] = [(); 3].map(|()| dates[draw(4)]);
            let (transacted, amount) = ([t - 1, t, t + 1][draw(3)], [0, 5][draw(2)]);
            let plain = TransactionRow::posted("fctxn_1", "fca_1", amount, transacted);
            let row = TransactionRow { status, posted_at, void_at, updated, ..plain };
            Version::pack(&row, 0, &mut String::new())
        })
    }

    #[test]
    fn what_is_plainly_posted_is_taken_as_every_other_row_is() {
        let (t, zone) = (1_700_000_000, Zone::utc());
        let clock = Clock { t, zone: &zone };
        let mut plain = 0;
        for version in versions(t) {
            let (mut taken, mut rows, mut counts) = (LinkRows::default(), LinkRows::default(), Counts::default());
            if take_plain(&mut taken, &[version], (7, 2), clock) == 0 {
                continue;
            }
            plain += 1;
            take(&mut rows, &[version], 0, (7, 2), clock, &mut counts);
            assert_eq!(format!("{taken:?}"), format!("{rows:?}"));
            let LinkRows { posted, pending, reversed, live, test, conflict, mixed, currency } = rows;
            let [Seen { time, day, amount, index, link }] = posted[..] else { panic!("{version:?}") };
            assert_eq!((time, day, amount, index, link), (t - 1, zone.day(t - 1), version.amount, 7, 2), "{version:?}");
            assert!(pending.is_empty() && reversed.is_empty() && !conflict && !mixed, "{version:?}");
            let mode = (version.livemode == Some(true), version.livemode == Some(false));
            assert_eq!((live, test, currency), (mode.0, mode.1, Some(version.currency)), "{version:?}");
            assert_eq!(counts, Counts::default(), "{version:?}");
        }
        // Posted and transacted before T, of an amount, without a void, and written before T or at no known time.
        assert_eq!(plain, 2);
    }
}
