//! Structure over a ledger's rows: what comes back, when it is due next, and what has stopped.
//!
//! - [`cadence`]: the calendars on which money moves;
//! - `fit`: how well a series of days fits the dates of one;
//! - `fitting`: the calendar that explains a series of days, if one does;
//! - [`context`]: labels refined by the rows around them, before anything counts;
//! - [`recurring`]: the streams of a ledger, by payer or payee;
//! - [`returned`]: what comes back unpaid or is given back, and what it undoes;
//! - [`advance`]: short-term credit received against what was paid back on it;
//! - [`position`]: the remittances of merchant cash advances.

pub mod advance;
pub mod cadence;
pub mod context;
mod fit;
mod fitting;
pub mod position;
pub mod recurring;
pub mod returned;

use std::ops::Range;

use crate::{
    category::{
        label::{Purpose, Role},
        taxonomy::StreamKind,
    },
    money::Direction,
    stream::cadence::Cadence,
    time::Day,
};

/// How far a stream has come.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum State {
    /// Too few payments to be sure: below three, for annual ones below two.
    Early,
    /// Three payments on a schedule, two for annual ones, and none is overdue.
    Mature,
    /// A payment that was due has not come.
    Overdue,
    /// Two payments in a row that were due have not come, the first at least two weeks ago, and of money that goes out no payment
    /// of the usual amount came after them; for streams without a cadence, three times the longest pause and at least 45 days
    /// have passed.
    Stopped,
}

impl State {
    /// The name that files use.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            State::Early => "early",
            State::Mature => "mature",
            State::Overdue => "overdue",
            State::Stopped => "stopped",
        }
    }

    /// Whether more is expected and nothing is late.
    #[must_use]
    pub fn is_active(self) -> bool {
        matches!(self, State::Early | State::Mature)
    }
}

/// A series of rows of one payer or payee in one direction.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Stream {
    /// Which way its money moves.
    pub direction: Direction,
    /// What it is.
    pub kind: StreamKind,
    /// The purpose of its newest row.
    pub purpose: Purpose,
    /// The role of its newest row.
    pub role: Role,
    /// The counterparty's key.
    pub counterparty: u64,
    /// On which calendar it comes.
    pub cadence: Cadence,
    /// How far it has come.
    pub state: State,
    /// The first date on the schedule that no window holds; `None` when it has stopped or has no cadence.
    pub next: Option<Day>,
    /// Median magnitude of its last payments on the schedule, at most six, halves to the even minor unit.
    pub amount: i64,
    /// Where the schedule stands in the calendar, for dates after the next; `None` without a cadence.
    pub(crate) schedule: Option<cadence::Schedule>,
    occurrences: Range<u32>,
    missed: Range<u32>,
}

/// The rows of one day of a stream.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Occurrence {
    /// The day.
    pub day: Day,
    /// Their magnitudes added up, minor units.
    pub amount: i64,
    /// The date on the schedule that it answers, as banks settle; `None` for a payment off the schedule.
    pub due: Option<Day>,
    first_row: u32,
    row_count: u32,
}

/// The streams of one ledger.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Streams {
    list: Vec<Stream>,
    occurrences: Vec<Occurrence>,
    missed: Vec<Day>,
    // Positions in `Ledger::rows`.
    rows: Vec<u32>,
    // The place of the primary income among all.
    primary: Option<usize>,
    // The purposes of rent and mortgages.
    homes: Vec<Purpose>,
    end: Day,
}

impl Streams {
    /// All of them, by direction, kind, counterparty and first day.
    #[must_use]
    pub fn list(&self) -> &[Stream] {
        &self.list
    }

    /// Whether a purpose is that of paying for a home, rented or one's own.
    pub(crate) fn is_home(&self, purpose: Purpose) -> bool {
        self.homes.contains(&purpose)
    }

    /// The days on which a stream paid, ascending.
    #[must_use]
    pub fn occurrences(&self, stream: &Stream) -> &[Occurrence] {
        &self.occurrences[range(&stream.occurrences)]
    }

    /// The dates of a stream's schedule, as banks settle, between its first payment and T that no payment answers; those that may
    /// still come, within [`Stream::tolerance`], are left out. A payment answers a date at most that far from it, pay at most
    /// two days before it and up to six after, or the tolerance where that is longer. Ascending.
    #[must_use]
    pub fn missed(&self, stream: &Stream) -> &[Day] {
        &self.missed[range(&stream.missed)]
    }

    /// The dates that a stream missed while it went on: of one that has stopped only those before the last date that it paid.
    pub(crate) fn missed_in_course(&self, stream: &Stream) -> &[Day] {
        let missed = self.missed(stream);
        if stream.state != State::Stopped {
            return missed;
        }
        let last = self.occurrences(stream).iter().rev().find_map(|one| one.due);
        last.map_or(&[], |last| &missed[..missed.partition_point(|date| *date < last)])
    }

    /// The rows of an occurrence, as positions in [`crate::ledger::Ledger::rows`].
    #[must_use]
    pub fn rows(&self, occurrence: &Occurrence) -> &[u32] {
        let from = occurrence.first_row as usize;
        &self.rows[from..from + occurrence.row_count as usize]
    }

    /// Streams of income, whatever its source.
    pub fn income(&self) -> impl DoubleEndedIterator<Item = &Stream> {
        self.list.iter().filter(|stream| stream.kind.is_income())
    }

    /// Streams with a cadence of what an applicant has to pay.
    pub fn obligations(&self) -> impl Iterator<Item = &Stream> {
        self.list.iter().filter(|stream| stream.kind.is_obligation() && stream.cadence != Cadence::Irregular)
    }

    /// Streams with a cadence of money that goes out, transfers left out.
    pub fn expenses(&self) -> impl Iterator<Item = &Stream> {
        let is = |stream: &&Stream| stream.direction == Direction::Outflow && stream.kind != StreamKind::Transfer;
        self.list.iter().filter(is).filter(|stream| stream.cadence != Cadence::Irregular)
    }

    /// The income stream that the applicant lives on: of those with a cadence that have not stopped the one that paid most in
    /// the last 180 days; without such a one, of those that have not stopped, then of all, the one that did. Of equals the
    /// first in the list.
    #[must_use]
    pub fn primary_income(&self) -> Option<&Stream> {
        self.list.get(self.primary?)
    }

    /// Finds it, once for all that ask.
    fn find_primary(&mut self) {
        let weight = |(_, stream): &(usize, &Stream)| {
            let is_live = stream.state != State::Stopped;
            (is_live && stream.cadence != Cadence::Irregular, is_live, self.paid_since(stream, 180))
        };
        // `rev`, so that of equals the first in the list wins.
        let income = self.list.iter().enumerate().filter(|(_, stream)| stream.kind.is_income());
        self.primary = income.rev().max_by_key(weight).map(|(at, _)| at);
    }

    /// Money that a stream moved in the last so many days before T, minor units.
    #[must_use]
    pub fn paid_since(&self, stream: &Stream, days: i32) -> i128 {
        let from = self.end.plus(-days);
        let recent = self.occurrences(stream).iter().filter(|one| from <= one.day);
        recent.map(|one| i128::from(one.amount)).sum()
    }
}

impl Stream {
    /// How many days after its date a payment that has not come may still come.
    #[must_use]
    pub fn tolerance(&self) -> i32 {
        self.cadence.tolerance()
    }

    /// The stream's money over twelve months, minor units: amount × payments a year; `None` without a cadence.
    #[must_use]
    pub fn per_year(&self) -> Option<i128> {
        self.cadence.per_year().map(|times| i128::from(self.amount) * i128::from(times))
    }

    /// The dates on its schedule, as banks settle, in `[from, to)`; none without a cadence.
    #[must_use]
    pub fn dates(&self, from: Day, to: Day) -> Vec<Day> {
        self.schedule.as_ref().map_or_else(Vec::new, |schedule| schedule.settled(from, to))
    }

    /// Shows the same, one after another.
    pub(crate) fn each_date(&self, from: Day, to: Day, mut see: impl FnMut(Day)) {
        if let Some(schedule) = &self.schedule {
            schedule.visit(from, to, |date| {
                see(date);
                true
            });
        }
    }
}

fn range(range: &Range<u32>) -> Range<usize> {
    range.start as usize..range.end as usize
}
