//! Pairs the two legs of a transfer between the applicant's own accounts, so that neither is income or spend.
//!
//! An outflow of a deposit account and an inflow of another deposit account or of a card are a pair when the amounts are
//! opposite, the days are at most [`GAP_DAYS_MAX`] apart (banking days where both legs say transfer and the outflow is the
//! earlier: weekends and holidays hold transfers up), no leg's label contradicts (rent and salary are no transfer, however
//! well the amounts fit), and
//!
//! - a label of either leg says transfer between own accounts (that of a card payment says it when the other leg is a card),
//!   or, where no label is sure, its text says transfer, or
//! - neither leg says anything, none is labelled as a payment to a person, a cheque or cash paid in or the like, and the days
//!   are at most [`MUTE_GAP_DAYS_MAX`] apart: the same amount leaving one own account and entering another on the same or the
//!   next day is a transfer more often than not. Money sent to oneself through a service for persons is one too: then both
//!   texts bear the same name.
//!
//! Money from a card into a deposit account is borrowed, not moved: it is never paired. Matching is global over the
//! application: legs that both say so first, then those of which one does; the smallest gap first, then the order of the rows; an inflow after its outflow before one that precedes it.

use crate::{calendar::banking_days_between, history::Hint, time::Day};

/// Days between the legs: transfers between banks take up to three banking days and a weekend day.
const GAP_DAYS_MAX: i32 = 4;
/// The same where both legs say so, over weekends and holidays.
const BOTH_GAP_DAYS_MAX: i32 = 7;
/// Days between legs of which neither says transfer.
const MUTE_GAP_DAYS_MAX: i32 = 1;
/// Words that the texts of money sent to oneself share at least: the service, a given name and a family name.
const NAME_WORDS_MIN: usize = 3;
/// Inflows of one amount and day that an outflow is compared with: bounds the work on absurd histories.
const CANDIDATES_MAX: usize = 64;
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
    let mut order: Vec<(u64, bool, Day, usize)> = legs
        .iter()
        .enumerate()
        .filter(|(_, leg)| leg.hint != Hint::Contradicts && (leg.amount < 0 && !leg.is_card || 0 < leg.amount))
        .map(|(at, leg)| (leg.amount.unsigned_abs(), 0 < leg.amount, leg.day, at))
        .collect();
    order.sort_unstable();
    let mut pairs = vec![];
    for same in order.chunk_by(|a, b| a.0 == b.0) {
        let (outs, ins) = same.split_at(same.partition_point(|leg| !leg.1));
        if !outs.is_empty() && !ins.is_empty() {
            let position = |leg: &(u64, bool, Day, usize)| leg.3;
            let outs: Vec<usize> = outs.iter().map(position).collect();
            let ins: Vec<usize> = ins.iter().map(position).collect();
            pair_amount(legs, &outs, &ins, &text, &mut pairs);
        }
    }
    pairs
}

fn pair_amount<'t>(
    legs: &[Leg],
    outs: &[usize],
    ins: &[usize],
    text: &impl Fn(u32) -> &'t str,
    pairs: &mut Vec<(usize, usize)>,
) {
    let mut runs: Vec<DayRun> = vec![];
    for (at, leg) in ins.iter().map(|at| &legs[*at]).enumerate() {
        match runs.last_mut().filter(|run| run.day == leg.day) {
            Some(run) => run.end = at + 1,
            None => runs.push(DayRun { day: leg.day, next: at, end: at + 1 }),
        }
    }
    let mut taken = vec![false; ins.len()];
    let mut waiting: Vec<usize> = outs.to_vec();
    for sure in [Sure::Both, Sure::One, Sure::Neither] {
        for gap in 0..=if sure == Sure::Both { BOTH_GAP_DAYS_MAX } else { GAP_DAYS_MAX } {
            waiting.retain(|out| {
                let day = legs[*out].day;
                let after = find(legs, &mut runs, ins, &taken, (*out, gap, day.plus(gap), sure), text);
                let before = || day.plus(-gap);
                let found = match after {
                    None if 0 < gap => find(legs, &mut runs, ins, &taken, (*out, gap, before(), sure), text),
                    found => found,
                };
                if let Some(at) = found {
                    taken[at] = true;
                    pairs.push((*out, ins[at]));
                }
                found.is_none()
            });
        }
    }
}

/// How many legs of a pair say that they are one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Sure {
    Both,
    One,
    Neither,
}

fn find<'t>(
    legs: &[Leg],
    runs: &mut [DayRun],
    ins: &[usize],
    taken: &[bool],
    (out, gap, day, sure): (usize, i32, Day, Sure),
    text: &impl Fn(u32) -> &'t str,
) -> Option<usize> {
    let run = &mut runs[runs.binary_search_by_key(&day, |run| run.day).ok()?];
    while run.next < run.end && taken[run.next] {
        run.next += 1;
    }
    let is = |at: &usize| !taken[*at] && pairs_as(&legs[out], &legs[ins[*at]], gap, text) == Some(sure);
    (run.next..run.end).take(CANDIDATES_MAX).find(is)
}

/// How sure two legs are to be a pair; `None` when they are none.
fn pairs_as<'t>(out: &Leg, into: &Leg, gap: i32, text: &impl Fn(u32) -> &'t str) -> Option<Sure> {
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
    match (says(out)?, says(into)?) {
        (true, true) if gap <= GAP_DAYS_MAX || within_banking_days(out.day, into.day) => Some(Sure::Both),
        _ if GAP_DAYS_MAX < gap => None,
        (false, false) if MUTE_GAP_DAYS_MAX < gap => None,
        (false, false) => {
            let is_mute = out.hint == Hint::Mute || into.hint == Hint::Mute;
            (!is_mute || share_a_name(text(out.index), text(into.index))).then_some(Sure::Neither)
        }
        _ => Some(Sure::One),
    }
}

/// Whether an inflow comes on the fourth banking day after its outflow at the latest.
fn within_banking_days(out: Day, into: Day) -> bool {
    out <= into && i64::from(banking_days_between(out.plus(1), into.plus(1))) <= i64::from(GAP_DAYS_MAX)
}

/// Whether two texts have a service and two names in common: money sent to oneself has one name at both ends.
fn share_a_name(one: &str, other: &str) -> bool {
    let words = |text| str::split(text, |c: char| !c.is_alphabetic()).filter(|word: &&str| 2 < word.len());
    let common = words(one).filter(|word| words(other).any(|other| other.eq_ignore_ascii_case(word)));
    NAME_WORDS_MIN <= common.take(NAME_WORDS_MIN).count()
}

fn says_transfer(text: &str) -> bool {
    let text = text.as_bytes();
    WORDS.iter().any(|word| text.windows(word.len()).any(|part| part.eq_ignore_ascii_case(word.as_bytes())))
}

#[cfg(test)]
mod tests;
