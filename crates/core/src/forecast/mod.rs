//! What the days after T will bring: a fixed, deterministic model of the closing balance of all deposit accounts together.
//!
//! Day 1 is the first day that no window holds ([`Ledger::end`]). The closing balance of day `k` is taken to be normal:
//!
//! ```text
//! mean      start + scheduled inflow - scheduled outflow + k × drift
//! variance  of the scheduled payments + k × (1 + k / n) × variance of the residual flow
//! ```
//!
//! - **start**: the balances at T of all of them, see [`Start`]. Flows are those of the same accounts: one without rows may lack a
//!   balance, and takes no part.
//! - **scheduled**: the dates of streams with a cadence that are active ([`crate::stream::State::is_active`]), at
//!   [`crate::stream::Stream::amount`] each; `arrivals` says when a payment is there. Overdue and stopped streams pay nothing more,
//!   but for rent and mortgages: what is overdue of them is expected next, and their dates to come as ever.
//! - **residual flow**: the daily net of the other rows over the last `n` covered days, at most 90: rows of no stream with a
//!   cadence, and payments off the schedule of an active one. `drift` is its mean a day; the term `k / n` is the error of
//!   that mean. Rows of overdue and stopped streams with a cadence are left out, or they would go on as drift.
//!
//! Limits: days are taken as independent, so that spending which follows pay day is spread evenly; tails are normal, and a
//! holder who cuts spending when money runs short, or whose bank refuses, does better than said; a new loan, a lost job and a bill
//! that comes back less often than the history shows are not foreseen.

mod arrivals;
#[cfg(test)]
mod tests;

use std::f64::consts::{FRAC_1_SQRT_2, PI};

use arrivals::Arrivals;
pub use arrivals::{Due, dues, next_amount};

use crate::{
    calendar,
    category::taxonomy::StreamKind,
    exact::{Fraction, moments, product, real, times, variance},
    ledger::{BalanceMode, Ledger, LedgerAccount, LedgerRow},
    money::Direction,
    stream::{Occurrence, State, Stream, Streams, cadence::Cadence},
    time::Day,
    value::Missing,
};

/// Days ahead that can be asked for.
pub const DAYS: u8 = 30;
/// Days of history without which nothing is foretold.
pub const HISTORY_DAYS_MIN: u16 = 60;
/// Days before T of which an account must show something, a row or a snapshot of its balance. The days after its newest data would
/// count as days without flow, and what was due on them as missed: on generated lives a forecast from data of six days before T
/// tells as much as one of the day itself, from data of eight days nothing.
pub const AGE_DAYS_MAX: i32 = 7;
/// Days that the residual flow is estimated on, at most.
const RESIDUAL_DAYS: u32 = 90;
/// One for the state at T and one a day.
const LENGTH: usize = DAYS as usize + 1;
/// Scheduled money is counted in parts of a minor unit that every share of [`arrivals::RECENT`] payments divides.
const PARTS: i64 = 60;

/// Which balances a forecast starts from.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum StartKind {
    /// Available balances, after holds, of every account.
    Available,
    /// Balances as posted, of every account.
    Current,
    /// Available balances of some accounts and posted ones of others.
    Mixed,
}

/// The balance at T that a forecast starts from.
///
/// An account's available balance counts when its snapshot is no later than T and none of its rows was posted after the
/// snapshot; else its balance as posted, which is rolled to T. An account with rows and neither leaves no start.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Start {
    /// Minor units.
    pub amount: i128,
    /// What was added up.
    pub kind: StartKind,
}

/// What is expected of one ledger.
#[derive(Clone, PartialEq, Debug)]
pub struct Forecast {
    start: Result<Start, Missing>,
    residual: Residual,
    scheduled: [Scheduled; LENGTH],
    // Worked out once, because many columns ask.
    days: Result<[Normal; LENGTH], Missing>,
    income: Income,
    residual_from: Day,
    next_income: Option<u8>,
    has_regular_income: bool,
}

/// The balance of a day.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
struct Normal {
    mean: f64,
    deviation: f64,
    variance: f64,
}

/// The flow that follows no schedule.
#[derive(Clone, Copy, PartialEq, Debug)]
struct Residual {
    days: i64,
    // Minor units over all days; rows between own accounts stand, day by day, on the side of their net.
    inflow: i128,
    outflow: i128,
    // Of the net of a day.
    variance: f64,
}

/// Scheduled money up to a day.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
struct Scheduled {
    // In `PARTS` of a minor unit.
    inflow: i128,
    outflow: i128,
    variance: f64,
}

/// Income of the streams that are active, of all deposit accounts.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Income {
    /// Of the 30 days ahead, minor units.
    pub month: Fraction,
    /// The variance of that.
    pub month_variance: f64,
    /// Of the 365 days ahead at the present rate, minor units.
    pub year: Fraction,
}

impl Forecast {
    /// Works out the forecast of a ledger of which so many days are covered.
    ///
    /// # Errors
    ///
    /// [`Missing::NotEnoughHistory`] below [`HISTORY_DAYS_MIN`] covered days; [`Missing::Stale`] when a deposit account that is
    /// lived on shows nothing of the last [`AGE_DAYS_MAX`] days.
    pub fn of(ledger: &Ledger, streams: &Streams, covered: u32) -> Result<Forecast, Missing> {
        if covered < u32::from(HISTORY_DAYS_MIN) {
            return Err(Missing::NotEnoughHistory);
        }
        if is_stale(ledger) {
            return Err(Missing::Stale);
        }
        let days = covered.min(RESIDUAL_DAYS);
        let from = ledger.end.plus(-i32::try_from(days).unwrap_or(0));
        let (start, counted) = start(ledger);
        let mut scheduled = [Scheduled::default(); LENGTH];
        let mut income = Scheduled::default();
        let (mut next_income, mut has_regular_income): (Option<u8>, bool) = (None, false);
        for stream in streams.list().iter().filter(|stream| is_scheduled(ledger, streams, stream)) {
            let arrivals = Arrivals::of(streams, stream, ledger.end);
            if is_counted(ledger, streams, stream, &counted) {
                arrivals.add_to(stream.direction, &mut scheduled);
            }
            if stream.kind.is_income() {
                income.inflow += arrivals.sum(DAYS);
                income.variance += arrivals.variance(DAYS);
                has_regular_income = true;
                next_income = next_income.into_iter().chain(arrivals.first()).min();
            }
        }
        let residual = residual(ledger, streams, &counted, from, days);
        let income = self::income(streams, &income, from, days);
        let days = Err(Missing::NotPermitted);
        let residual_from = from;
        let mut forecast =
            Forecast { start, residual, scheduled, days, income, residual_from, next_income, has_regular_income };
        forecast.days = forecast.normals();
        Ok(forecast)
    }

    fn normals(&self) -> Result<[Normal; LENGTH], Missing> {
        let mut days = [Normal::default(); LENGTH];
        for (day, normal) in (0..).zip(&mut days) {
            let variance = self.variance(day);
            *normal = Normal { mean: self.expected(day)?.real(), deviation: variance.sqrt(), variance };
        }
        Ok(days)
    }

    /// The balance that it starts from.
    ///
    /// # Errors
    ///
    /// [`Missing::NotApplicable`] without a deposit account, [`Missing::NotPermitted`] when none of them has a balance, or
    /// one with rows lacks it.
    pub fn start(&self) -> Result<Start, Missing> {
        self.start
    }

    /// The expected closing balance of a day, minor units: start plus [`Forecast::expected_inflow`] less
    /// [`Forecast::expected_outflow`]. Day 0 is the start; days past [`DAYS`] answer as [`DAYS`].
    ///
    /// # Errors
    ///
    /// As [`Forecast::start`].
    pub fn expected(&self, day: u8) -> Result<Fraction, Missing> {
        let (inflow, outflow) = (self.expected_inflow(day), self.expected_outflow(day));
        let start = self.start?.amount.saturating_mul(inflow.denominator);
        let numerator = start.saturating_add(inflow.numerator).saturating_sub(outflow.numerator);
        Ok(Fraction { numerator, denominator: inflow.denominator })
    }

    /// The money expected to come in on days 1 to `to`, minor units: scheduled, and the mean of the residual inflow a day.
    #[must_use]
    pub fn expected_inflow(&self, to: u8) -> Fraction {
        self.flow(to, |scheduled| scheduled.inflow, self.residual.inflow)
    }

    /// The money expected to go out on days 1 to `to`, minor units: scheduled, and the mean of the residual outflow a day.
    #[must_use]
    pub fn expected_outflow(&self, to: u8) -> Fraction {
        self.flow(to, |scheduled| scheduled.outflow, self.residual.outflow)
    }

    fn flow(&self, to: u8, of: impl Fn(&Scheduled) -> i128, residual: i128) -> Fraction {
        let to = to.min(DAYS);
        let scheduled = times(of(&self.scheduled[usize::from(to)]), self.residual.days);
        let numerator = scheduled + times(residual, PARTS * i64::from(to));
        Fraction { numerator, denominator: product(PARTS, self.residual.days) }
    }

    /// The variance of the closing balance of a day, minor units squared.
    ///
    /// # Formula
    ///
    /// Residual flow: `k s² (1 + k / n)`, the variance of a sum of `k` days whose mean is known from `n` days. Scheduled: for
    /// each payment that has arrived with probability `p`, `p s² (1 + 1 / m) + p (1 - p) amount²`, with the sample variance
    /// `s²` of the stream's last `m` payments on its schedule, at most six (0 with one).
    #[must_use]
    pub fn variance(&self, day: u8) -> f64 {
        let day = day.min(DAYS);
        let (k, n) = (f64::from(day), real(self.residual.days.into()));
        self.scheduled[usize::from(day)].variance + self.residual.variance * k * (1.0 + k / n)
    }

    /// The probability that a day closes below an amount in minor units.
    ///
    /// # Formula
    ///
    /// `Φ((amount - mean) / deviation)`, with `Φ(z) = erfc(-z / √2) / 2`; without deviation 1 when the mean is below the
    /// amount, else 0. It rises with the amount.
    ///
    /// # Errors
    ///
    /// As [`Forecast::start`].
    pub fn probability_below(&self, amount: i64, day: u8) -> Result<f64, Missing> {
        self.deviations_below(amount, day).map(phi)
    }

    /// How many deviations the mean of a day lies below an amount in minor units; infinite without deviation. Days compare by
    /// it as by [`Forecast::probability_below`], at less cost.
    ///
    /// # Errors
    ///
    /// As [`Forecast::start`].
    pub fn deviations_below(&self, amount: i64, day: u8) -> Result<f64, Missing> {
        let day = day.min(DAYS);
        let Normal { mean, deviation, .. } = self.days.as_ref().map_err(|&missing| missing)?[usize::from(day)];
        if 0.0 < deviation {
            return Ok((real(amount.into()) - mean) / deviation);
        }
        let expected = self.expected(day)?;
        let below = expected.numerator < i128::from(amount).saturating_mul(expected.denominator);
        Ok(if below { f64::INFINITY } else { f64::NEG_INFINITY })
    }

    /// The probability that any of the days 1 to `days` closes below zero.
    ///
    /// # Formula
    ///
    /// Day by day, the balance of those that stayed at or above zero so far is taken as normal: with mean `m` and deviation
    /// `s` after the day's mean and variance are added, `Φ(m / s)` of them stay, and the normal that is cut at zero hands on
    /// its own mean `m + s λ` and variance `s² (1 - λ m / s - λ²)`, `λ = φ(m / s) / Φ(m / s)`. The answer is 1 less the
    /// product of what stays, and never less than the largest [`Forecast::probability_below`] zero of the days. The sum of
    /// the days' probabilities would count one bad week seven times, and the largest alone misses every other week.
    ///
    /// # Limits
    ///
    /// A day's variance that shrinks (a payment whose day was uncertain has arrived) is taken off the running variance, down
    /// to zero. Against simulated paths of the same model the answer is within 0.03 (see the tests).
    ///
    /// # Errors
    ///
    /// As [`Forecast::start`].
    pub fn probability_any_negative(&self, days: u8) -> Result<f64, Missing> {
        let normals = &self.days.as_ref().map_err(|&missing| missing)?[..=usize::from(days.min(DAYS))];
        let (mut mean, mut variance) = (normals[0].mean, 0.0);
        let (mut stayed, mut furthest) = (1.0, f64::NEG_INFINITY);
        for (day, pair) in (1..).zip(normals.windows(2)) {
            mean += pair[1].mean - pair[0].mean;
            variance = (variance + pair[1].variance - pair[0].variance).max(0.0);
            furthest = furthest.max(self.deviations_below(0, day)?);
            if variance == 0.0 {
                if mean < 0.0 {
                    return Ok(1.0);
                }
                continue;
            }
            let deviation = variance.sqrt();
            let at = mean / deviation;
            let stays = phi(at);
            stayed *= stays;
            if stayed < 1e-9 {
                return Ok(1.0);
            }
            let cut = libm::exp(-at * at / 2.0) / (stays * (2.0 * PI).sqrt());
            mean += deviation * cut;
            variance = (variance * (1.0 - cut * at - cut * cut)).max(0.0);
        }
        // The probability of a day rises with its distance, so that the furthest has the largest.
        Ok((1.0 - stayed).max(phi(furthest)).clamp(0.0, 1.0))
    }

    /// Income to come.
    #[must_use]
    pub fn income(&self) -> Income {
        self.income
    }

    /// The first day on which the next payment of an active income stream with a cadence is there with a probability of at
    /// least one half; `None` when that is not within [`DAYS`].
    #[must_use]
    pub fn next_income(&self) -> Option<u8> {
        self.next_income
    }

    /// Whether there is an active income stream with a cadence, however far its next payment lies.
    #[must_use]
    pub fn has_regular_income(&self) -> bool {
        self.has_regular_income
    }

    /// The first day of the residual flow's estimate; the last is the day before [`Ledger::end`].
    #[must_use]
    pub fn residual_from(&self) -> Day {
        self.residual_from
    }
}

/// The balance at T that a forecast of this ledger starts from.
///
/// # Errors
///
/// As [`Forecast::start`].
pub fn balance(ledger: &Ledger) -> Result<Start, Missing> {
    start(ledger).0
}

/// The payments of a stream that tell how much comes and how late: the last on its schedule, at most six, newest first.
pub fn recent<'s>(streams: &'s Streams, stream: &Stream) -> impl Iterator<Item = &'s Occurrence> {
    streams.occurrences(stream).iter().rev().filter(|one| one.due.is_some()).take(arrivals::RECENT)
}

/// Payments of a stream from a day on that no date explains: off its schedule, or all when it has no cadence. Newest first.
pub fn unscheduled<'s>(streams: &'s Streams, stream: &Stream, from: Day) -> impl Iterator<Item = &'s Occurrence> {
    let all = stream.cadence == Cadence::Irregular;
    let since = streams.occurrences(stream).iter().rev().take_while(move |one| from <= one.day);
    since.filter(move |one| all || one.due.is_none())
}

/// Whether more payments of a stream are put on dates: it has a cadence and is active, or it is owed.
#[must_use]
pub fn is_scheduled(ledger: &Ledger, streams: &Streams, stream: &Stream) -> bool {
    stream.cadence != Cadence::Irregular && (stream.state.is_active() || is_owed(ledger, streams, stream))
}

/// Whether a stream is rent or a mortgage that is overdue: who lives somewhere owes it, so that not to have paid it makes nobody
/// safer. Of other bills most that are overdue are over. Who paid for another home since has moved.
fn is_owed(ledger: &Ledger, streams: &Streams, stream: &Stream) -> bool {
    let is_home = matches!(stream.kind, StreamKind::Rent | StreamKind::Mortgage);
    if !is_home || stream.state != State::Overdue {
        return false;
    }
    let since = streams.occurrences(stream).last().map_or(ledger.end, |newest| newest.day);
    // Who pays a mortgage now rents no more, and the other way round.
    let is_same = |row: &LedgerRow| row.amount < 0 && streams.is_home(row.label.purpose);
    !ledger.rows.iter().any(|row| since < row.day && row.day < ledger.end && is_same(row))
}

/// The standard normal's share below `z`.
fn phi(z: f64) -> f64 {
    libm::erfc(-z * FRAC_1_SQRT_2) / 2.0
}

/// The deposit accounts in the scored currency.
fn deposits(ledger: &Ledger) -> impl Iterator<Item = (usize, &LedgerAccount)> {
    ledger.accounts.iter().enumerate().filter(|(_, account)| ledger.is_deposit(account))
}

/// The balance at T, and which accounts take part: those with a balance. When none has one, or one with rows has none, nobody's
/// balance is known, and all take part.
fn start(ledger: &Ledger) -> (Result<Start, Missing>, Vec<bool>) {
    let mut counted = vec![false; ledger.accounts.len()];
    let (mut amount, mut available, mut current, mut lacks) = (0_i128, false, false, false);
    for (at, account) in deposits(ledger) {
        let Some((balance, is_available)) = balance_of(ledger, at, account) else {
            lacks |= account.first_day.is_some();
            continue;
        };
        counted[at] = true;
        amount += i128::from(balance);
        available |= is_available;
        current |= !is_available;
    }
    let kind = match (available, current) {
        (true, false) if !lacks => StartKind::Available,
        (false, true) if !lacks => StartKind::Current,
        (true, true) if !lacks => StartKind::Mixed,
        _ => {
            deposits(ledger).for_each(|(at, _)| counted[at] = true);
            let none = deposits(ledger).next().is_none();
            return (Err(if none { Missing::NotApplicable } else { Missing::NotPermitted }), counted);
        }
    };
    (Ok(Start { amount, kind }), counted)
}

/// The balance of an account at T, and whether it is the available one.
fn balance_of(ledger: &Ledger, at: usize, account: &LedgerAccount) -> Option<(i64, bool)> {
    let fresh = account.balance_available.filter(|_| is_fresh(ledger, at, account));
    fresh.map(|balance| (balance, true)).or(account.balance_current.map(|balance| (balance, false)))
}

/// What the other deposit accounts than one hold at T, as far as it is known: those without a balance may hold more. `None` where
/// none of them has one.
pub fn held_beside(ledger: &Ledger, place: usize) -> Option<i128> {
    let others = || deposits(ledger).filter(|(at, _)| *at != place);
    let mut known = others().filter_map(|(at, account)| balance_of(ledger, at, account)).peekable();
    let nobody_knows = known.peek().is_none() && others().next().is_some();
    (!nobody_knows).then(|| known.map(|(balance, _)| i128::from(balance)).sum())
}

/// Whether the available balance of an account still holds at T.
fn is_fresh(ledger: &Ledger, at: usize, account: &LedgerAccount) -> bool {
    let Some(as_of) = account.balance_as_of else { return false };
    // Rows come by time.
    let mut since = ledger.rows.iter().rev().take_while(|row| as_of <= row.time);
    account.balance_mode == BalanceMode::Strict && !since.any(|row| usize::from(row.account) == at)
}

/// Rows of an account in its last 90 days from which on a week without one says that its data has ended.
const ROWS_LIVED_ON: usize = 6;

/// Whether a deposit account that is lived on shows nothing of the last [`AGE_DAYS_MAX`] days. One without any snapshot is judged by
/// the rows of all: it may be quiet, and nothing tells.
fn is_stale(ledger: &Ledger) -> bool {
    let since = ledger.end.plus(-AGE_DAYS_MAX);
    let is_quiet = |account: &LedgerAccount| account.last_day.is_some_and(|day| day < since);
    let any_new = deposits(ledger).any(|(_, account)| account.last_day.is_some_and(|day| since <= day));
    let is_old = |account: &LedgerAccount| match account.balance_as_of {
        // A snapshot closes the day before its instant.
        Some(as_of) => i64::from(AGE_DAYS_MAX) * 86_400 <= ledger.as_of.saturating_sub(as_of),
        None => !any_new,
    };
    // A savings account with its interest is quiet for weeks.
    let is_lived_on = |at: usize, last: Day| {
        let rows = ledger.rows.iter().filter(|row| usize::from(row.account) == at && last.plus(-90) < row.day);
        ROWS_LIVED_ON <= rows.count()
    };
    deposits(ledger).any(|(at, account)| {
        is_quiet(account) && is_old(account) && account.last_day.is_some_and(|last| is_lived_on(at, last))
    })
}

/// Whether a stream's newest payment went through an account that takes part.
fn is_counted(ledger: &Ledger, streams: &Streams, stream: &Stream, counted: &[bool]) -> bool {
    let newest = streams.occurrences(stream).last().and_then(|one| streams.rows(one).last());
    let row = newest.and_then(|at| ledger.rows.get(*at as usize));
    row.is_some_and(|row| counted.get(usize::from(row.account)) == Some(&true))
}

/// Which rows from `from` on are not to go on as drift, by their position in the ledger.
fn explained(ledger: &Ledger, streams: &Streams, from: Day) -> Vec<bool> {
    let mut explained = vec![false; ledger.rows.len()];
    for stream in streams.list().iter().filter(|stream| stream.cadence != Cadence::Irregular) {
        let active = stream.state.is_active();
        let recent = streams.occurrences(stream).iter().rev().take_while(|one| from <= one.day);
        for one in recent.filter(|one| !active || one.due.is_some()) {
            streams.rows(one).iter().for_each(|at| explained[*at as usize] = true);
        }
    }
    explained
}

fn residual(ledger: &Ledger, streams: &Streams, counted: &[bool], from: Day, days: u32) -> Residual {
    let explained = explained(ledger, streams, from);
    let mut by_day = vec![[0_i128; 2]; days as usize];
    let (mut inflow, mut outflow) = (0_i128, 0_i128);
    for (row, explained) in ledger.rows.iter().zip(explained) {
        let Some(of_day) = day_at(row, from).and_then(|at| by_day.get_mut(at)) else { continue };
        if explained || counted.get(usize::from(row.account)) != Some(&true) {
            continue;
        }
        let amount = i128::from(row.amount);
        of_day[usize::from(row.internal)] += amount;
        match Direction::of(row.amount).filter(|_| !row.internal) {
            Some(Direction::Inflow) => inflow += amount,
            Some(Direction::Outflow) => outflow -= amount,
            None => {}
        }
    }
    for [_, internal] in &by_day {
        inflow += internal.max(&0);
        outflow -= internal.min(&0);
    }
    let (count, sum, squares) = moments(by_day.into_iter().map(|[others, internal]| others + internal));
    Residual { days: i64::from(days), inflow, outflow, variance: variance(count, sum, squares).unwrap_or(0.0) }
}

/// The place of a row's day from a day on.
fn day_at(row: &LedgerRow, from: Day) -> Option<usize> {
    usize::try_from(i64::from(row.day.0) - i64::from(from.0)).ok()
}

/// Adds what active income streams paid off any schedule: their mean a day goes on.
fn income(streams: &Streams, scheduled: &Scheduled, from: Day, days: u32) -> Income {
    let mut by_day = vec![0_i128; days as usize];
    let mut year = 0_i128;
    for stream in streams.income().filter(|stream| stream.state.is_active()) {
        year += stream.per_year().unwrap_or(0);
        for one in unscheduled(streams, stream, from) {
            if let Some(of_day) = usize::try_from(one.day.0 - from.0).ok().and_then(|at| by_day.get_mut(at)) {
                *of_day += i128::from(one.amount);
            }
        }
    }
    let (count, sum, squares) = moments(by_day);
    let (n, k) = (i128::from(days), i128::from(DAYS));
    let spread = variance(count, sum, squares).unwrap_or(0.0) * real(k) * (1.0 + real(k) / real(n));
    Income {
        month: Fraction {
            numerator: scheduled.inflow * n + i128::from(PARTS) * k * sum,
            denominator: i128::from(PARTS) * n,
        },
        month_variance: scheduled.variance + spread,
        year: Fraction { numerator: year * n + 365 * sum, denominator: n },
    }
}

/// The banking day on which a payment that is late is looked for.
fn first_chance(date: Day, end: Day) -> Day {
    calendar::at_or_after(date.max(end))
}
