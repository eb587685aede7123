//! Pairs the two legs of a transfer between the applicant's own accounts, so that neither is income or spend
//! (a payment to a card is paired too, and stays an outflow).
//!
//! An outflow of a deposit account and an inflow of another deposit account or of a card are a pair when the amounts are
//! opposite, the days are at most [`GAP_DAYS_MAX`] apart, no leg's label contradicts (rent and salary are no transfer, however
//! well the amounts fit), and
//!
//! - a label of either leg says transfer between own accounts (that of a card payment says it when the other leg is a card),
//!   or, where no label is sure, its text says transfer, or
//! - neither leg says anything, the labels do not tell two kinds of payment apart (money to a person, a cheque paid in), and the
//!   days are at most [`MUTE_GAP_DAYS_MAX`] apart: the same amount leaving one own account and entering another on the same or
//!   the next day is a transfer more often than not.
//!
//! Money from a card into a deposit account is borrowed, not moved: it is never paired. Matching is global over the
//! application: pairs of which both legs say transfer first, then those of which one does; inflows on or after the day of the
//! outflow first, then those before it, each by the smallest gap, then by the
//! order of the rows. Who moves the same sum every few days may so be left with a pair that lies too far apart, because each
//! was nearest to a leg of another transfer: where both legs say transfer, partners are exchanged until no more can be paired.

use crate::{category::label::Purpose, history::Hint, time::Day};

/// Days between the legs: transfers between banks take up to three banking days and a weekend day.
const GAP_DAYS_MAX: i32 = 4;
/// Days between legs of which neither says transfer.
const MUTE_GAP_DAYS_MAX: i32 = 1;
/// Inflows of one amount and day that an outflow is compared with: bounds the work on absurd histories.
const CANDIDATES_MAX: usize = 64;
/// Outflows × inflows of one amount among which partners are exchanged: bounds the work on absurd histories.
const EXCHANGES_MAX: usize = 256 * 256;
/// What an unlabelled text says when it is one leg of a transfer.
const WORDS: [&str; 7] = ["transfer", "xfer", "trnsfr", "tfr", "card payment", "credit crd", "payment thank you"];

/// A posted row that may be one side of a transfer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Leg {
    pub(super) account: u16,
    pub(super) day: Day,
    /// Minor units, inflow positive.
    pub(super) amount: i64,
    pub(super) is_card: bool,
    pub(super) hint: Hint,
    pub(super) purpose: Purpose,
    /// Position in the history, for its text.
    pub(super) index: u32,
}

/// The inflows of one amount on one day: positions `next..end` of the list of inflows are not known to be taken.
struct DayRun {
    day: Day,
    next: usize,
    end: usize,
}

/// Finds the pairs (outflow, inflow) as positions of `legs`, whose order decides between equal candidates.
pub(super) fn pair<'t>(legs: &[Leg], text: impl Fn(u32) -> &'t str) -> Vec<(usize, usize)> {
    let mut order: Vec<(u64, bool, Day, usize)> = Vec::with_capacity(legs.len());
    let may = |leg: &Leg| leg.hint != Hint::Contradicts && (leg.amount < 0 && !leg.is_card || 0 < leg.amount);
    let may_pair = legs.iter().enumerate().filter(|(_, leg)| may(leg));
    order.extend(may_pair.map(|(at, leg)| (leg.amount.unsigned_abs(), 0 < leg.amount, leg.day, at)));
    order.sort_unstable();
    let mut pairs = vec![];
    let mut room = Room::default();
    for same in order.chunk_by(|a, b| a.0 == b.0) {
        let (outs, ins) = same.split_at(same.partition_point(|leg| !leg.1));
        if !outs.is_empty() && !ins.is_empty() {
            room.take_up(legs, outs, ins);
            pair_amount(legs, &mut room, &text, &mut pairs);
        }
    }
    pairs
}

/// The legs of one amount; the room is kept for the next.
#[derive(Default)]
struct Room {
    // Outflows that have no partner yet.
    waiting: Vec<usize>,
    ins: Vec<usize>,
    runs: Vec<DayRun>,
    // Of each inflow by which outflow it is taken.
    holders: Vec<Option<usize>>,
}

impl Room {
    fn take_up(&mut self, legs: &[Leg], outs: &[(u64, bool, Day, usize)], ins: &[(u64, bool, Day, usize)]) {
        self.waiting.clear();
        self.waiting.extend(outs.iter().map(|leg| leg.3));
        self.ins.clear();
        self.ins.extend(ins.iter().map(|leg| leg.3));
        self.runs.clear();
        for (at, leg) in self.ins.iter().map(|at| &legs[*at]).enumerate() {
            match self.runs.last_mut().filter(|run| run.day == leg.day) {
                Some(run) => run.end = at + 1,
                None => self.runs.push(DayRun { day: leg.day, next: at, end: at + 1 }),
            }
        }
        self.holders.clear();
        self.holders.resize(ins.len(), None);
    }
}

fn pair_amount<'t>(
    legs: &[Leg],
    Room { waiting, ins, runs, holders }: &mut Room,
    text: &impl Fn(u32) -> &'t str,
    pairs: &mut Vec<(usize, usize)>,
) {
    let outs = waiting.len();
    // What both legs say outweighs what one says. Money leaves before it arrives: an inflow on an earlier day is considered
    // only when no later one is left.
    for (said, gap) in [2, 1, 0].into_iter().flat_map(|said| gaps().map(move |gap| (said, gap))) {
        if waiting.is_empty() {
            break;
        }
        waiting.retain(|out| {
            let at = (*out, gap.abs(), legs[*out].day.plus(gap));
            let found = find(legs, runs, ins, holders, at, said, text);
            if let Some(at) = found {
                holders[at] = Some(*out);
            }
            found.is_none()
        });
    }
    if outs * ins.len() <= EXCHANGES_MAX && holders.contains(&None) {
        for out in &*waiting {
            exchange(legs, ins, *out, holders, &mut vec![false; ins.len()], text);
        }
    }
    pairs.extend(ins.iter().zip(holders).filter_map(|(into, out)| Some(((*out)?, *into))));
}

/// Days from the outflow to the inflow, the likeliest first.
fn gaps() -> impl Iterator<Item = i32> {
    (0..=GAP_DAYS_MAX).chain((1..=GAP_DAYS_MAX).map(|gap| -gap))
}

/// Gives an outflow an inflow that is free, or that its holder can exchange for another one; both legs must say transfer.
fn exchange<'t>(
    legs: &[Leg],
    ins: &[usize],
    out: usize,
    holders: &mut [Option<usize>],
    asked: &mut [bool],
    text: &impl Fn(u32) -> &'t str,
) -> bool {
    for gap in gaps() {
        let day = legs[out].day.plus(gap);
        let from = ins.partition_point(|into| legs[*into].day < day);
        for at in (from..ins.len()).take_while(|at| legs[ins[*at]].day == day) {
            if asked[at] || pairs_as(&legs[out], &legs[ins[at]], gap.abs(), text) != Some(2) {
                continue;
            }
            asked[at] = true;
            if holders[at].is_none_or(|holder| exchange(legs, ins, holder, holders, asked, text)) {
                holders[at] = Some(out);
                return true;
            }
        }
    }
    false
}

fn find<'t>(
    legs: &[Leg],
    runs: &mut [DayRun],
    ins: &[usize],
    holders: &[Option<usize>],
    (out, gap, day): (usize, i32, Day),
    said: u8,
    text: &impl Fn(u32) -> &'t str,
) -> Option<usize> {
    let run = &mut runs[runs.binary_search_by_key(&day, |run| run.day).ok()?];
    while run.next < run.end && holders[run.next].is_some() {
        run.next += 1;
    }
    (run.next..run.end)
        .take(CANDIDATES_MAX)
        .find(|at| holders[*at].is_none() && pairs_as(&legs[out], &legs[ins[*at]], gap, text) == Some(said))
}

/// How many legs of a pair say transfer; `None` when the two are none.
fn pairs_as<'t>(out: &Leg, into: &Leg, gap: i32, text: &impl Fn(u32) -> &'t str) -> Option<u8> {
    if out.account == into.account {
        return None;
    }
    let says = |leg: &Leg| match leg.hint {
        Hint::Transfer => Some(true),
        Hint::CardPayment => into.is_card.then_some(true),
        Hint::Contradicts => None,
        Hint::Mute => Some(false),
        Hint::Neutral => Some(says_transfer(text(leg.index))),
    };
    match (says(out), says(into)) {
        (None, _) | (_, None) => None,
        // Money to a person and a cheque paid in are two affairs; the same kind of payment out and in may be one.
        (Some(false), Some(false)) => {
            let two_affairs = (out.hint == Hint::Mute || into.hint == Hint::Mute) && out.purpose != into.purpose;
            (gap <= MUTE_GAP_DAYS_MAX && !two_affairs).then_some(0)
        }
        (Some(one), Some(other)) => Some(u8::from(one) + u8::from(other)),
    }
}

fn says_transfer(text: &str) -> bool {
    let text = text.as_bytes();
    WORDS.iter().any(|word| text.windows(word.len()).any(|part| part.eq_ignore_ascii_case(word.as_bytes())))
}

#[cfg(test)]
mod tests;
