//! How far a stream has come at T, and what it usually pays.

use super::{BREAK_DAYS_MIN, Found};
use crate::{
    stream::{Occurrence, State, cadence::Cadence},
    time::Day,
};

/// Payments on the schedule of which the usual amount is the median.
const RECENT: usize = 6;

/// Days before its date on which pay may have come all the same: early access to wages gives two banking days.
const EARLY_DAYS_MAX: i32 = 4;

/// How far a stream without a calendar has come at T.
pub(super) fn standing_irregular(end: Day, days: &[Day]) -> State {
    let longest = days.windows(2).map(|pair| pair[1].0 - pair[0].0).max().unwrap_or(0);
    let stopped = days.last().is_some_and(|last| 3 * longest.max(BREAK_DAYS_MIN / 3) < end.0 - last.0);
    match days.len() {
        _ if stopped => State::Stopped,
        2 => State::Early,
        _ => State::Mature,
    }
}

/// Takes the newest payment off the schedule when it came before a date that is still to come and is a small sum beside the
/// usual amount: expenses paid on the eve of pay day are not the pay. A payment of some size near it that answers no date answers
/// this one: banks hand on pay days before its date. Whether anything changed.
pub(super) fn forgets_small(paid: &mut [Occurrence], usual: i64, end: Day) -> bool {
    let is_small = |one: &Occurrence| one.amount.saturating_mul(2) < usual;
    let Some(at) = paid.iter().rposition(|one| one.due.is_some()) else { return false };
    let Some(due) = paid[at].due.filter(|due| end <= *due && is_small(&paid[at])) else { return false };
    // No further back than the date before, so that dates stay in order.
    let from = paid[..at].iter().rposition(|one| one.due.is_some()).map_or(0, |before| before + 1);
    let near = |one: &Occurrence| one.due.is_none() && !is_small(one) && (due.0 - one.day.0).abs() <= EARLY_DAYS_MAX;
    paid[at].due = None;
    if let Some(other) = paid[from..].iter_mut().find(|one| near(one)) {
        other.due = Some(due);
    }
    true
}

/// How far a stream has come at T whose payments answer some dates; adds the dates that were missed.
pub(super) fn standing(end: Day, answered: &[Day], found: &Found, missed: &mut Vec<Day>) -> State {
    let (Some(first), Some(latest)) = (answered.first(), answered.last()) else { return State::Early };
    let known = missed.len();
    found.schedule.visit(first.plus(1), end.plus(-found.cadence.tolerance()), |date| {
        if answered.binary_search(&date).is_err() {
            missed.push(date);
        }
        true
    });
    let missed = &missed[known..];
    let enough = if found.cadence == Cadence::Annual { 2 } else { 3 };
    match &missed[missed.partition_point(|date| date <= latest)..] {
        [first, _, ..] if 14 <= end.0 - first.0 => State::Stopped,
        [_, ..] => State::Overdue,
        [] if answered.len() < enough => State::Early,
        [] => State::Mature,
    }
}

/// Median of the last payments on the schedule, or of the last ones when there is none.
pub(super) fn usual_amount(paid: &[Occurrence]) -> i64 {
    let on_schedule = paid.iter().rev().filter(|one| one.due.is_some());
    let mut recent = [0; RECENT];
    let mut known = fill(&mut recent, on_schedule);
    if known == 0 {
        known = fill(&mut recent, paid.iter().rev());
    }
    let amounts = &mut recent[..known];
    amounts.sort_unstable();
    let middle = known / 2;
    match known {
        0 => 0,
        n if n % 2 == 1 => amounts[middle],
        _ => {
            // Halves to the even minor unit; amounts are magnitudes below `limits::AMOUNT_MAX`, sums of a day saturate.
            let (low, high) = (amounts[middle - 1], amounts[middle]);
            let half = low + (high - low) / 2;
            half + i64::from((high - low) % 2 == 1 && half % 2 == 1)
        }
    }
}

/// Takes the amounts of some payments; how many there were.
fn fill<'o>(amounts: &mut [i64; RECENT], paid: impl Iterator<Item = &'o Occurrence>) -> usize {
    amounts.iter_mut().zip(paid).map(|(amount, one)| *amount = one.amount).count()
}
