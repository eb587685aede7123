//! Balances as of T: which snapshot they rest on, and the closing balance of each covered day.
//!
//! A balance at an instant is what the rows posted before it add up to. Snapshots anchor the series: a day that has one of
//! its own closes at that snapshot plus the rows posted after it that day (a reported snapshot before an inferred one, then
//! the later); any other day is rolled back from the next such day, or forward from the last when none follows. So a
//! snapshot disagrees with the rows only between itself and the one before.
//!
//! Before an account's first posted row its balance is what is left when all rows are rolled back: the opening balance, which
//! stands still. A quiet savings account is thus known on every day that the application shows, though its first row is
//! late. The rule: the series of a deposit account whose transactions are complete begins on the first day that
//! the application's data covers (`account::shown_from`: the first posted row at T of its deposit accounts in the scored
//! currency, less a quiet spell as long as they show later, two weeks at most); such an account without any row
//! closes every day at its snapshot. Every other account's series begins at its own first row. Days carried back are
//! `Rebuilt` unless a snapshot anchors them. The rule errs where one institution hands out less history than another: rows
//! that the shallow one withheld are taken for rows that never were.

use std::{cell::Cell, cmp::Reverse};

use super::{
    BalanceMode, DailyBalances, Provenance,
    visible::{self, Seen},
};
use crate::{
    history::Snapshot,
    limits::HISTORY_DAYS_MAX,
    row::BalanceOrigin,
    time::{Day, Zone},
};

/// What balances are settled from.
#[derive(Debug)]
pub(super) struct Input<'a> {
    pub(super) t: i64,
    /// The first day that no window holds.
    pub(super) end: Day,
    pub(super) zone: &'a Zone,
    /// First day with a visible posted row.
    pub(super) first: Option<Day>,
    /// First day of the daily series: `first`, or a day before it to which the opening balance is carried back; `None` when
    /// there is no series, or nobody wants it.
    pub(super) from: Option<Day>,
    /// First day from which on all that moved the balance is among `moves`; `None` without any row.
    pub(super) complete: Option<Day>,
    /// Snapshots in the account's currency, by instant.
    pub(super) snapshots: &'a [Snapshot],
    /// What moved the balance before T, by time.
    pub(super) moves: &'a [Seen],
    /// How old a snapshot may be and still be fresh, in seconds.
    pub(super) fresh: i64,
    /// What rounding at the institution may explain, in minor units.
    pub(super) tolerance: i64,
}

/// The balances of an account as of T.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Balances {
    pub(super) mode: BalanceMode,
    pub(super) current: Option<i64>,
    pub(super) available: Option<i64>,
    pub(super) as_of: Option<i64>,
    pub(super) daily: Option<DailyBalances>,
    pub(super) reconciliation_error: Option<i64>,
    /// The rows explain the snapshots only with their sign turned.
    pub(super) inverted: bool,
}

/// A day whose closing balance is known: `offset` plus the moves up to its end.
#[derive(Clone, Copy, Debug)]
struct Anchor {
    day: Day,
    offset: i128,
    provenance: Provenance,
    as_of: i64,
}

/// Settles mode and balances. `later` sums what moved the balance from T up to an instant after it, or answers `None` when
/// the rows between are not known to be complete; it is asked only when a later snapshot is needed, so that in strict mode
/// nothing from T on is ever looked at.
pub(super) fn settle(input: &Input<'_>, later: impl FnOnce(i64) -> Option<i128>) -> Balances {
    let sums = RunningSum { moves: input.moves, reached: Cell::new((0, 0)) };
    let before = |at: i64| sums.upto(input.moves.partition_point(|step| step.time < at));
    let (known, unknown) = input.snapshots.split_at(input.snapshots.partition_point(|one| one.at <= input.t));
    // What moved the balance between a snapshot and a first row that came after it nobody knows: only a fresh one, as of an account
    // that is new, speaks for the days between.
    let complete =
        input.complete.map_or(i64::MIN, |day| input.zone.midnight(day)).min(input.t.saturating_sub(input.fresh));
    let known = &known[known.partition_point(|one| one.at < complete)..];
    let newest = known.iter().max_by_key(|one| (one.at, preference(one)));
    let fresh = newest.is_some_and(|newest| input.t.saturating_sub(newest.at) <= input.fresh);
    let next = unknown.first().map(|one| one.at);
    let next = unknown.iter().take_while(|one| Some(one.at) == next).max_by_key(|one| preference(one));
    // What is contradicted proves nothing; before T it puts the account in doubt.
    let next = next.filter(|next| !next.conflict);
    let late = if fresh { None } else { next.and_then(|next| Some((next, later(next.at)?))) };

    let mut anchors = anchors(input.zone, known, before);
    if let Some((next, moved)) = late {
        let day = input.end.plus(-1);
        anchors.retain(|anchor| anchor.day < day);
        let offset = i128::from(next.current) - moved - before(input.t);
        anchors.push(Anchor { day, offset, provenance: Provenance::Rebuilt, as_of: next.as_of });
    }
    // What the checks see: the snapshots that the rows cover, and the later one when the balance rests on it.
    let covered = input.first.map(|first| input.zone.midnight(first));
    let mut points: Vec<(i128, i128)> = known
        .iter()
        .filter(|one| covered.is_some_and(|covered| covered <= one.at))
        .map(|one| (before(one.at), i128::from(one.current)))
        .collect();
    if let (Some((next, moved)), Some(_)) = (late, covered) {
        points.push((before(input.t) + moved, i128::from(next.current)));
    }
    let last = anchors.last();
    Balances {
        mode: match (late, newest) {
            (Some(_), _) => BalanceMode::Reconstruct,
            (None, Some(_)) => BalanceMode::Strict,
            (None, None) => BalanceMode::None,
        },
        current: last.map(|anchor| narrow(anchor.offset + before(input.t))),
        available: newest.and_then(|newest| newest.available),
        as_of: last.map(|anchor| anchor.as_of),
        daily: input.from.and_then(|from| daily(input, from, &anchors)),
        reconciliation_error: reconciliation_error(&points),
        inverted: inverted(&points, i128::from(input.tolerance)),
    }
}

/// Of snapshots at one instant, which are of several links, contradict each other (the account is in doubt) or differ in how much
/// they say: reported before inferred, with an available balance before without, then the lower one.
fn preference(one: &Snapshot) -> (bool, bool, Reverse<i64>) {
    (one.origin == BalanceOrigin::Reported, one.available.is_some(), Reverse(one.current))
}

/// Sums of the first so many moves. Snapshots ask by time, so that each goes on from the one before.
struct RunningSum<'a> {
    moves: &'a [Seen],
    // How many moves, and their sum.
    reached: Cell<(usize, i128)>,
}

impl RunningSum<'_> {
    fn upto(&self, count: usize) -> i128 {
        let (from, sum) = self.reached.get();
        let added = |moves: &[Seen]| visible::sum(moves, |amount| amount);
        let sum = match from <= count {
            true => sum + added(&self.moves[from..count]),
            false => sum - added(&self.moves[count..from]),
        };
        self.reached.set((count, sum));
        sum
    }
}

fn anchors(zone: &Zone, known: &[Snapshot], before: impl Fn(i64) -> i128) -> Vec<Anchor> {
    // A snapshot at midnight closes the day before.
    let day = |one: &Snapshot| zone.day(one.at - 1);
    let of_day = known.chunk_by(|a, b| day(a) == day(b));
    let best = of_day.filter_map(|of_day| {
        of_day.iter().max_by_key(|one| (one.origin == BalanceOrigin::Reported, one.at, preference(one)))
    });
    best.map(|one| Anchor {
        day: day(one),
        offset: i128::from(one.current) - before(one.at),
        provenance: match one.origin {
            BalanceOrigin::Reported => Provenance::Reported,
            BalanceOrigin::Inferred => Provenance::Inferred,
        },
        as_of: one.as_of,
    })
    .collect()
}

/// Closing balances of the days from `first` to the day before `end`.
fn daily(input: &Input<'_>, first: Day, anchors: &[Anchor]) -> Option<DailyBalances> {
    let last_anchor = anchors.len().checked_sub(1)?;
    let first = first.max(input.end.plus(-HISTORY_DAYS_MAX));
    let days = usize::try_from(input.end.0.saturating_sub(first.0)).unwrap_or(0);
    let (mut closing, mut provenance) = (vec![0_i64; days], vec![Provenance::Rebuilt; days]);
    let (mut sum, mut at, mut moves) = (0_i128, 0, input.moves.iter().peekable());
    for (day, (closing, provenance)) in (first.0..input.end.0).zip(closing.iter_mut().zip(&mut provenance)) {
        // What moved before the first day is on the first. Where clocks go back over midnight, a move counts on the day that
        // those before it had reached.
        while let Some(step) = moves.next_if(|step| step.day.0 <= day) {
            // No sum of 64-bit amounts leaves 128.
            sum = sum.wrapping_add(i128::from(step.amount));
        }
        while at < last_anchor && anchors[at].day.0 < day {
            at += 1;
        }
        let anchor = &anchors[at];
        *closing = narrow(anchor.offset.wrapping_add(sum));
        if anchor.day.0 == day {
            *provenance = anchor.provenance;
        }
    }
    Some(DailyBalances { first, closing, provenance })
}

/// The largest disagreement of two snapshots about the rows between them.
fn reconciliation_error(points: &[(i128, i128)]) -> Option<i64> {
    if points.len() < 2 {
        return None;
    }
    let opening = || points.iter().map(|(moved, current)| current - moved);
    Some(narrow(opening().max()? - opening().min()?))
}

/// Neighbouring snapshots between which enough moved to tell: the turned sign fits some, the plain sign none.
fn inverted(points: &[(i128, i128)], tolerance: i128) -> bool {
    let (mut plain, mut turned) = (0, 0);
    for pair in points.windows(2) {
        let (moved, change) = (pair[1].0 - pair[0].0, pair[1].1 - pair[0].1);
        if 10 * tolerance < moved.abs() {
            plain += i32::from((change - moved).abs() <= tolerance);
            turned += i32::from((change + moved).abs() <= tolerance);
        }
    }
    0 < turned && plain == 0
}

/// Sums of amounts within the limits can leave 64 bits only in an absurd history; they stop at its ends.
fn narrow(sum: i128) -> i64 {
    i64::try_from(sum).unwrap_or(if sum < 0 { i64::MIN } else { i64::MAX })
}
