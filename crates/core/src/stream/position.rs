//! Positions of merchant cash advances: who takes remittances from a business, how often, how much, and which are missing.
//!
//! A funder that the rules know makes one position, whatever it takes. A counterparty that no rule knows makes one when it
//! takes the very same amount on banking days, [`FIXED_DAYS_MIN`] of them at least with hardly a gap: nobody but a funder of
//! sales does. Payments by card, cheque, cash or to persons are left out of these (the daily coffee has one price too).

use crate::{
    calendar::{at_or_after, banking_days_after, banking_days_between, is_banking_day},
    category::taxonomy::Taxonomy,
    ledger::{Ledger, LedgerRow},
    time::Day,
};

/// Fewest days with the same amount by which an unknown counterparty is a funder.
pub const FIXED_DAYS_MIN: usize = 10;
/// Fewest of the banking days from the first to the last of them that have a debit, in percent.
pub const FIXED_FILL_PERCENT: usize = 80;
/// A pause longer than so many banking days ends such a run.
const PAUSE_BANKING_DAYS: i32 = 5;
/// The newest remittances, from which rhythm and amount are read.
const RECENT: usize = 20;
/// Days before T in which missed remittances are looked for.
pub const MISSED_DAYS: i32 = 30;
/// Days after its date on which a weekly remittance is not yet missed.
const GRACE_DAYS: i32 = 4;

/// Slots for debits by counterparty and amount; a power of two.
const SLOTS: usize = 1_024;

/// Purposes of debits of which no rule knows the lender.
const UNKNOWN: [&str; 4] = ["unknown", "bill_payment", "transfer_other", "loan_other_payment"];
/// How money moves to others than funders.
const OTHER_WAYS: [&str; 6] = ["card", "cheque", "cash", "p2p_app", "internal", "fee"];

/// How often a funder takes its remittance.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Rhythm {
    /// Every banking day.
    Daily,
    /// Every seven days.
    Weekly,
    /// Every fourteen days.
    Biweekly,
    /// Once so far.
    OneTime,
    /// On no calendar that was found: by month, or as sales come.
    Irregular,
}

impl Rhythm {
    /// The name that files use.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Rhythm::Daily => "daily",
            Rhythm::Weekly => "weekly",
            Rhythm::Biweekly => "biweekly",
            Rhythm::OneTime => "one_time",
            Rhythm::Irregular => "irregular",
        }
    }

    /// Remittances in ten banking days, as a holiday-free fortnight has them; 0 where none can be foretold.
    #[must_use]
    pub fn per_ten_banking_days(self) -> u32 {
        match self {
            Rhythm::Daily => 10,
            Rhythm::Weekly => 2,
            Rhythm::Biweekly => 1,
            Rhythm::OneTime | Rhythm::Irregular => 0,
        }
    }

    /// Days from one remittance to the next, for those that count by weeks.
    fn step(self) -> Option<i32> {
        match self {
            Rhythm::Weekly => Some(7),
            Rhythm::Biweekly => Some(14),
            Rhythm::Daily | Rhythm::OneTime | Rhythm::Irregular => None,
        }
    }
}

/// The remittances that one funder takes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Position {
    /// The counterparty's key.
    pub funder: u64,
    /// Whether a rule knows the funder; else the pattern gave it away.
    pub is_known: bool,
    /// How often it takes.
    pub rhythm: Rhythm,
    /// The most frequent amount of its newest remittances, of equally frequent ones the largest; minor units.
    pub remittance: i64,
    /// Whether it still takes: a remittance in the last five banking days (daily), two steps (weekly, biweekly) or 30 days.
    pub is_active: bool,
    /// Dates of the last [`MISSED_DAYS`] days on which an active position took nothing, ascending. What may still post on
    /// the last banking day before T is not missed, nor what a weekly one may still take.
    pub missed: Vec<Day>,
    /// Its remittances by day, as positions in [`Ledger::rows`].
    pub rows: Vec<u32>,
}

/// The positions of one ledger.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Positions {
    list: Vec<Position>,
}

impl Positions {
    /// All of them: known funders before the others, then by the funder's key and the amount.
    #[must_use]
    pub fn list(&self) -> &[Position] {
        &self.list
    }
}

/// Finds the positions of a ledger.
#[must_use]
pub(crate) fn positions(ledger: &Ledger, taxonomy: &Taxonomy) -> Positions {
    let row = |at: u32| &ledger.rows[at as usize];
    let funder = |at: u32| row(at).label.counterparty;
    let size = |at: u32| row(at).amount.saturating_abs();
    let (mut known, mut unknown) = gather(ledger, taxonomy);
    let mut found = Positions::default();
    known.sort_unstable_by_key(|at| (funder(*at), row(*at).day, size(*at), row(*at).index));
    for group in known.chunk_by(|a, b| funder(*a) == funder(*b)) {
        found.list.push(position(ledger, true, group.to_vec()));
    }
    if unknown.len() < FIXED_DAYS_MIN {
        return found;
    }
    // A funder takes one amount time and again: few rows have enough like them, and sorting all of them is dear. Those of one
    // counterparty and amount share a slot, at times with others.
    let slot = |at: u32| {
        let mixed = (funder(at) ^ size(at).unsigned_abs()).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        usize::try_from(mixed >> (u64::BITS - SLOTS.ilog2())).unwrap_or(0)
    };
    let mut alike = [0_u32; SLOTS];
    unknown.iter().for_each(|at| alike[slot(*at)] += 1);
    unknown.retain(|at| FIXED_DAYS_MIN <= alike[slot(*at)] as usize);
    unknown.sort_unstable_by_key(|at| (funder(*at), size(*at), row(*at).day, row(*at).index));
    for group in unknown.chunk_by(|a, b| (funder(*a), size(*a)) == (funder(*b), size(*b))) {
        let rows = fixed(ledger, group);
        if !rows.is_empty() {
            found.list.push(position(ledger, false, rows));
        }
    }
    found
}

/// Debits by known funders, and those by counterparties that may turn out to be funders.
fn gather(ledger: &Ledger, taxonomy: &Taxonomy) -> (Vec<u32>, Vec<u32>) {
    let known = taxonomy.purpose("mca_payment");
    // By number, since every row is asked.
    let (mut is_doubtful, mut is_other) = ([false; 256], [false; 256]);
    for purpose in UNKNOWN.into_iter().filter_map(|name| taxonomy.purpose(name)) {
        is_doubtful[usize::from(purpose.0)] = true;
    }
    for instrument in OTHER_WAYS.into_iter().filter_map(|name| taxonomy.instrument(name)) {
        is_other[usize::from(instrument.0)] = true;
    }
    let (mut by_rule, mut by_pattern) = (vec![], vec![]);
    for (at, row) in (0_u32..).zip(&ledger.rows) {
        if 0 <= row.amount || row.internal || ledger.end <= row.day {
            continue;
        }
        let label = &row.label;
        if Some(label.purpose) == known {
            by_rule.push(at);
        } else if is_doubtful[usize::from(label.purpose.0)] && !is_other[usize::from(label.instrument.0)] {
            by_pattern.push(at);
        }
    }
    (by_rule, by_pattern)
}

/// The rows of one counterparty and amount that lie in runs of banking days; `rows` come by day.
fn fixed(ledger: &Ledger, rows: &[u32]) -> Vec<u32> {
    if rows.len() < FIXED_DAYS_MIN {
        return vec![];
    }
    let day = |at: u32| ledger.rows[at as usize].day;
    // Banks post on banking days; a row on another day is no pull by a funder.
    let posted: Vec<u32> = rows.iter().copied().filter(|at| is_banking_day(day(*at))).collect();
    let mut kept = vec![];
    for run in posted.chunk_by(|a, b| day(*b) <= banking_days_after(day(*a), PAUSE_BANKING_DAYS)) {
        let (Some(first), Some(last)) = (run.first(), run.last()) else { continue };
        let days = run.chunk_by(|a, b| day(*a) == day(*b)).count();
        let possible = banking_days_between(day(*first), day(*last).plus(1)) as usize;
        if FIXED_DAYS_MIN <= days && possible * FIXED_FILL_PERCENT <= days * 100 {
            kept.extend_from_slice(run);
        }
    }
    kept
}

/// One funder's position; `rows` come by day and are not empty.
fn position(ledger: &Ledger, is_known: bool, rows: Vec<u32>) -> Position {
    let row = |at: u32| &ledger.rows[at as usize];
    let mut days: Vec<Day> = rows.iter().map(|at| row(*at).day).collect();
    days.dedup();
    let rhythm = rhythm(&days[days.len().saturating_sub(RECENT)..]);
    let is_active = days.last().is_some_and(|last| is_active(rhythm, *last, ledger.end));
    let newest = &rows[rows.len().saturating_sub(RECENT)..];
    Position {
        funder: rows.first().map_or(0, |at| row(*at).label.counterparty),
        is_known,
        rhythm,
        remittance: usual(newest.iter().map(|at| row(*at)).collect()),
        is_active,
        missed: if is_active { missed(rhythm, &days, ledger.end) } else { vec![] },
        rows,
    }
}

/// The most frequent amount.
fn usual(rows: Vec<&LedgerRow>) -> i64 {
    let mut amounts: Vec<i64> = rows.iter().map(|row| row.amount.saturating_abs()).collect();
    amounts.sort_unstable();
    let modal = amounts.chunk_by(|a, b| a == b).max_by_key(|same| (same.len(), same[0]));
    modal.map_or(0, |same| same[0])
}

/// By the lower median of the pauses; `days` ascend.
fn rhythm(days: &[Day]) -> Rhythm {
    let mut pauses: Vec<i32> = days.windows(2).map(|pair| pair[1].0 - pair[0].0).collect();
    if pauses.is_empty() {
        return Rhythm::OneTime;
    }
    // From one banking day to the next it is one day or, over a weekend or holiday, some more.
    let next =
        days.windows(2).filter(|pair| at_or_after(pair[1]) <= banking_days_after(at_or_after(pair[0]), 1)).count();
    if pauses.len() < 2 * next {
        return Rhythm::Daily;
    }
    pauses.sort_unstable();
    match pauses[(pauses.len() - 1) / 2] {
        6..=8 => Rhythm::Weekly,
        13..=15 => Rhythm::Biweekly,
        _ => Rhythm::Irregular,
    }
}

fn is_active(rhythm: Rhythm, last: Day, end: Day) -> bool {
    let since = match rhythm {
        Rhythm::Daily => banking_days_after(end, -PAUSE_BANKING_DAYS),
        Rhythm::Weekly => end.plus(-14),
        Rhythm::Biweekly => end.plus(-28),
        Rhythm::OneTime | Rhythm::Irregular => end.plus(-30),
    };
    since <= last
}

/// The dates on which nothing came; `days` ascend and are not empty.
fn missed(rhythm: Rhythm, days: &[Day], end: Day) -> Vec<Day> {
    let from = end.plus(-MISSED_DAYS);
    if rhythm == Rhythm::Daily {
        let posted: Vec<Day> = days.iter().map(|day| at_or_after(*day)).collect();
        let (first, until) = (posted[0].plus(1).max(from), banking_days_after(end, -1));
        let due = (first.0..until.0).map(Day).filter(|day| is_banking_day(*day));
        return due.filter(|day| posted.binary_search(day).is_err()).collect();
    }
    let Some(step) = rhythm.step() else { return vec![] };
    let mut dates = vec![];
    for (at, day) in days.iter().enumerate() {
        // The remittance after it may come up to half a step early or late; after the last one, up to the grace.
        let room = days.get(at + 1).map_or(end.0 - GRACE_DAYS, |next| next.0 - step / 2);
        let due = (1..).map(|steps| day.plus(step * steps)).take_while(|date| date.0 < room);
        dates.extend(due.filter(|date| from <= *date));
    }
    dates
}

#[cfg(test)]
mod tests;
