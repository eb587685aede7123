//! When the payments of a stream with a cadence will be there.
//!
//! A date is the day that the schedule gives, and a payment may come some days before or after it. How many is taken from the
//! stream's last payments on its schedule, at most six: each of their distances is as likely as another. Of a payment that
//! has not come before T, the distances that T has refuted are left out; when none is left, it comes on the first banking
//! day from its date and T on. Dates up to the one that the newest payment answers are settled; those before T, and within
//! the stream's tolerance, may still come.

use super::{DAYS, LENGTH, PARTS, Scheduled, first_chance, recent};
use crate::{
    exact::{moments, product, real, variance},
    money::Direction,
    stream::{State, Stream, Streams},
    time::Day,
};

/// Payments that distances and the spread of amounts are estimated on; every count up to it divides [`PARTS`].
pub(super) const RECENT: usize = 6;

const _: () = assert!(PARTS % 60 == 0 && RECENT == 6);

/// A payment of a stream that is to come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Due {
    /// The date on its schedule, as banks settle; before T when it is late and may still come.
    pub date: Day,
    /// The first day from T on by which it is at least as likely there as not.
    pub expected: Day,
    /// The first day on which it may come.
    pub earliest: Day,
    /// The last day on which it may come, as far as its last payments tell.
    pub latest: Day,
}

/// The payments of a stream that are expected within so many days from `end` on, by date; none of a stream that has stopped or
/// has no cadence. Those of an overdue stream are its dates to come; the forecast of a balance has them of rent and mortgages
/// alone.
#[must_use]
pub fn dues(streams: &Streams, stream: &Stream, end: Day, days: u16) -> Vec<Due> {
    let Some(next) = stream.next else { return vec![] };
    let (lags, count) = lags(streams, stream);
    let lags = &lags[..count];
    let to = end.plus(i32::from(days));
    let late = stream.dates(first_open(streams, stream, end), end);
    // A payment that usually comes early is expected before the date that it answers.
    let coming = stream.dates(next.max(end), to.plus(stream.tolerance()));
    let due = |date: Day| {
        let (mut days, count) = possible(date, lags, end);
        let possible = &mut days[..count];
        possible.sort_unstable();
        let (earliest, latest) = (*possible.first()?, *possible.last()?);
        Some(Due { date, expected: possible[(possible.len() - 1) / 2], earliest, latest })
    };
    late.into_iter().chain(coming).filter_map(due).filter(|due| due.expected < to).collect()
}

/// What the next payment of a stream will be, minor units: the last two on its schedule where they are equal to the minor unit,
/// for then a raise or a new price has come to stay; else the usual amount. The forecast of a balance takes the usual one.
#[must_use]
pub fn next_amount(streams: &Streams, stream: &Stream) -> i64 {
    let mut recent = recent(streams, stream).map(|one| one.amount);
    match (recent.next(), recent.next()) {
        (Some(last), Some(before)) if last == before => last,
        _ => stream.amount,
    }
}

/// How many days after their dates the last payments on a stream's schedule came, and how many payments they are.
fn lags(streams: &Streams, stream: &Stream) -> ([i32; RECENT], usize) {
    let mut lags = [0; RECENT];
    let late = recent(streams, stream).filter_map(|one| Some(one.day.0 - one.due?.0));
    let count = lags.iter_mut().zip(late).map(|(lag, days)| *lag = days).count();
    (lags, count)
}

/// The first day whose date may still be answered.
fn first_open(streams: &Streams, stream: &Stream, end: Day) -> Day {
    end.plus(-stream.tolerance()).max(owed_since(streams, stream, end))
}

/// The first day after the date that the newest payment answers: what was due from it on was not paid.
fn owed_since(streams: &Streams, stream: &Stream, end: Day) -> Day {
    let settled = recent(streams, stream).filter_map(|one| one.due).max();
    settled.map_or(end.plus(-stream.tolerance()), |settled| settled.plus(1))
}

/// The days on which a payment may come, each as likely as another, and how many they are: at least one.
fn possible(date: Day, lags: &[i32], end: Day) -> ([Day; RECENT], usize) {
    let mut possible = [date; RECENT];
    let days = lags.iter().map(|lag| date.plus(*lag)).filter(|day| end <= *day);
    match possible.iter_mut().zip(days).map(|(possible, day)| *possible = day).count() {
        0 => ([first_chance(date, end); RECENT], 1),
        count => (possible, count),
    }
}

/// So many parts as a real; they stay far below 2^53.
fn narrow(parts: i64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a few payments of 60 parts each")]
    let real = parts as f64;
    real
}

/// The payments to come of one stream.
#[derive(Debug)]
pub(super) struct Arrivals {
    amount: i64,
    /// Variance of one payment's amount, its mean being known from a few payments.
    amount_variance: f64,
    /// Payments that are expected to be there by a day, in `PARTS`; ascending.
    by_day: [i64; LENGTH],
    /// The sum over payments of p (1 - p) by a day.
    in_doubt: [f64; LENGTH],
    /// The first day by which a payment is more likely there than not.
    first: Option<u8>,
}

impl Arrivals {
    /// Lays out the payments of a stream with a cadence.
    pub(super) fn of(streams: &Streams, stream: &Stream, end: Day) -> Arrivals {
        let (count, sum, squares) = moments(recent(streams, stream).map(|one| i128::from(one.amount)));
        let spread = variance(count, sum, squares).map_or(0.0, |spread| spread * (1.0 + 1.0 / real(count.into())));
        let mut arrivals = Arrivals {
            amount: stream.amount,
            amount_variance: spread,
            by_day: [0; LENGTH],
            in_doubt: [0.0; LENGTH],
            first: None,
        };
        let (lags, count) = lags(streams, stream);
        let lags = &lags[..count];
        let to = end.plus(i32::from(DAYS) + stream.tolerance());
        let from = match stream.state {
            State::Overdue => owed_since(streams, stream, end),
            State::Early | State::Mature | State::Stopped => first_open(streams, stream, end),
        };
        stream.each_date(from, to, |date| arrivals.expect(date, lags, end));
        // So far what arrives on each day.
        let mut there = 0;
        for parts in &mut arrivals.by_day {
            there += *parts;
            *parts = there;
        }
        arrivals
    }

    /// Adds one payment; to `by_day` what of it arrives on each day.
    fn expect(&mut self, date: Day, lags: &[i32], end: Day) {
        let (mut days, count) = possible(date, lags, end);
        let possible = &mut days[..count];
        possible.sort_unstable();
        let share = PARTS / i64::try_from(count).unwrap_or(1);
        // Day 1 is T's; what comes beyond the last is not asked for.
        let ahead = |day: Day| usize::try_from(i64::from(day.0) - i64::from(end.0) + 1).unwrap_or(usize::MAX);
        let mut there = 0;
        for (at, day) in possible.iter().enumerate() {
            let (from, to) = (ahead(*day), possible.get(at + 1).map_or(LENGTH, |next| ahead(*next).min(LENGTH)));
            let Some(parts) = self.by_day.get_mut(from) else { break };
            *parts += share;
            there += share;
            if PARTS <= 2 * there {
                let from = u8::try_from(from).unwrap_or(DAYS);
                self.first = Some(self.first.map_or(from, |first| first.min(from)));
            }
            // What is there for certain is not in doubt.
            if there < PARTS {
                let probability = narrow(there) / narrow(PARTS);
                let doubt = probability * (1.0 - probability);
                self.in_doubt[from..to].iter_mut().for_each(|sum| *sum += doubt);
            }
        }
    }

    /// Expected money by a day, in `PARTS` of a minor unit.
    pub(super) fn sum(&self, day: u8) -> i128 {
        product(self.amount, self.by_day[usize::from(day)])
    }

    /// The variance of that, minor units squared.
    pub(super) fn variance(&self, day: u8) -> f64 {
        let (payments, amount) = (narrow(self.by_day[usize::from(day)]) / narrow(PARTS), real(self.amount.into()));
        payments * self.amount_variance + self.in_doubt[usize::from(day)] * amount * amount
    }

    /// The first day by which the next payment is at least as likely there as not.
    pub(super) fn first(&self) -> Option<u8> {
        self.first
    }

    /// Adds the money and its variance, day by day.
    pub(super) fn add_to(&self, direction: Direction, scheduled: &mut [Scheduled; LENGTH]) {
        // Before the first of it there is nothing to add.
        let first = self.by_day.iter().position(|parts| *parts != 0).unwrap_or(LENGTH);
        for (day, total) in (0..).zip(scheduled).skip(first) {
            match direction {
                Direction::Inflow => total.inflow += self.sum(day),
                Direction::Outflow => total.outflow += self.sum(day),
            }
            total.variance += self.variance(day);
        }
    }
}
