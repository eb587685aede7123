//! A pending row that comes back as a posted row under a new id is one payment, not two.

use super::{
    magnitudes::Magnitudes,
    visible::{Clock, Seen},
};
use crate::{history::History, time::Day};

/// Days from a pending row's transaction to the posting that settles it.
const SETTLED_DAYS_MAX: i32 = 10;

/// Removes the pending rows that a posted row of the same account settles: same amount and description, posted 0 to 10 days
/// after the pending row's day, and not itself transacted before that day (yesterday's coffee does not settle today's).
/// Each posted row settles one pending row, the earliest first. Answers how many were removed.
pub(super) fn repair(history: &History, clock: Clock<'_>, posted: &[Seen], pending: &mut Vec<Seen>) -> u64 {
    if pending.is_empty() {
        return 0;
    }
    let content = |seen: &Seen| (seen.amount, history.description(seen.index));
    let by_content =
        |a: &Seen, b: &Seen| content(a).cmp(&content(b)).then_with(|| super::visible::by_time(history, a, b));
    let mut waiting = std::mem::take(pending);
    waiting.sort_by(by_content);
    // A handful of rows is pending, hundreds are posted: most cannot settle anything, by their amount alone.
    let mut awaited = Magnitudes::NONE;
    waiting.iter().for_each(|early| awaited.insert(early.amount));
    let mut settling: Vec<Seen> = posted.iter().filter(|seen| awaited.may_hold(seen.amount)).copied().collect();
    settling.sort_by(by_content);
    let transacted = |seen: &Seen| clock.zone.day(history.rows()[seen.index as usize].transacted());
    let settles = |late: &Seen, early: &Seen| early.day <= late.day && early.day <= transacted(late);
    let last_day = |early: &Seen| -> Day { early.day.plus(SETTLED_DAYS_MAX) };
    let (mut at, mut repaired) = (0, 0);
    for early in &waiting {
        // A posted row too early for this pending row is too early for all that follow.
        while at < settling.len()
            && (content(&settling[at]) < content(early)
                || (content(&settling[at]) == content(early) && !settles(&settling[at], early)))
        {
            at += 1;
        }
        match settling.get(at) {
            Some(late) if content(late) == content(early) && late.day <= last_day(early) => {
                at += 1;
                repaired += 1;
            }
            _ => pending.push(*early),
        }
    }
    pending.sort_by(|a, b| super::visible::by_time(history, a, b));
    repaired
}
