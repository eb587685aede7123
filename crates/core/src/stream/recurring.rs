//! The streams of a ledger: its rows by payer or payee, each with the calendar that explains it.
//!
//! One payer may hold several series (two subscriptions at one shop, a job that was left and taken up again), so a group that
//! fits no calendar as a whole is tried in parts: before and after its longest pause, then by amount. Income that fits none
//! stays together as an irregular stream; other money that fits none is no stream.

mod cash;
mod group;
mod standing;

use std::ops::Range;

use super::{
    Occurrence, State, Stream, Streams,
    cadence::Cadence,
    fitting::{Found, Prior, Scratch, answers, calendar},
};
use crate::{
    category::{
        label::Purpose,
        taxonomy::{StreamKind, Taxonomy},
    },
    ledger::{Ledger, LedgerRow, Parties},
    money::Direction,
    time::Day,
};
use cash::Cash;
use group::{Groups, Key, Member};
use standing::{forgets_small, standing, standing_irregular, usual_amount};

/// A pause this long can end a stream and begin another with the same payer.
const BREAK_DAYS_MIN: i32 = 45;
/// A stream of any kind with an amount at least this far above the one below it is another series, in percent.
const LANE_PERCENT: i64 = 112;
/// Amounts that differ by less are the same but for a raise, in percent.
const RAISE_PERCENT: i64 = 5;
/// Two payments are a series of pay only when the larger is at most so much of the smaller, in percent.
const ALIKE_PERCENT: i64 = 200;
/// So many amounts at most are ranked without a sort, where they have so few bits that they fit 32 beside a place.
const FEW: usize = 1 << PLACE_BITS;
const PLACE_BITS: u32 = 5;
const USUAL_BITS: u32 = i32::BITS - 1 - PLACE_BITS;
/// Streams for which room is made at once.
const STREAMS_USUAL: usize = 32;

/// Finds the streams of a ledger.
#[must_use]
pub fn streams(ledger: &Ledger, taxonomy: &Taxonomy) -> Streams {
    streams_of(ledger, &Parties::of(ledger), taxonomy)
}

/// The purposes whose streams are rent or a mortgage.
fn homes(taxonomy: &Taxonomy) -> Vec<Purpose> {
    let is_home = |kind: Option<StreamKind>| matches!(kind, Some(StreamKind::Rent | StreamKind::Mortgage));
    let all = (0..=u8::MAX).map(Purpose).zip(taxonomy.purposes());
    all.filter(|(_, info)| is_home(info.stream)).map(|(purpose, _)| purpose).collect()
}

/// The same of a ledger whose counterparties are numbered.
pub(crate) fn streams_of(ledger: &Ledger, parties: &Parties, taxonomy: &Taxonomy) -> Streams {
    let mut finder = Finder {
        ledger,
        cash: Cash::of(taxonomy),
        out: Streams {
            list: Vec::with_capacity(STREAMS_USUAL),
            occurrences: Vec::with_capacity(ledger.rows.len() / 4),
            missed: vec![],
            rows: Vec::with_capacity(ledger.rows.len()),
            primary: None,
            homes: homes(taxonomy),
            end: ledger.end,
        },
        scratch: Scratch::default(),
        by_amount: vec![],
        places: vec![],
        lanes: vec![],
        members: vec![],
        due: vec![],
        spare: vec![],
    };
    let mut groups = Groups::of(ledger, parties, taxonomy);
    finder.join(&mut groups);
    for (key, rows) in &groups.list {
        finder.group(*key, &groups.rows[rows.clone()]);
    }
    let Streams { list, .. } = &mut finder.out;
    list.sort_unstable_by(|a, b| {
        let key = |one: &Stream| (one.direction, one.kind, one.counterparty, one.occurrences.start);
        key(a).cmp(&key(b))
    });
    finder.out.find_primary();
    finder.out
}

struct Finder<'a> {
    ledger: &'a Ledger,
    cash: Cash,
    out: Streams,
    scratch: Scratch,
    // Lists that are used again from group to group.
    /// The amounts of the group's rows, ascending, each with its place among them; empty until it is asked for.
    by_amount: Vec<(i64, u32)>,
    places: Vec<u32>,
    /// The lanes of the group, and their rows, lane by lane.
    lanes: Vec<Lane>,
    members: Vec<Member>,
    due: Vec<Option<Day>>,
    spare: Vec<Vec<Day>>,
}

/// Rows of nearly one amount, as a range of a list, and the calendar that they keep, if they do.
type Lane = (Range<usize>, Option<Found>);

impl Finder<'_> {
    /// `rows` come by day, then by place in the ledger.
    fn group(&mut self, key: Key, rows: &[Member]) {
        if rows.len() < 2 {
            return;
        }
        self.by_amount.clear();
        let mut prior = prior(key.kind);
        // Takings vary: who pays the same time and again pays by contract.
        if prior == Prior::Takings && is_level(rows) {
            prior = Prior::Income;
        }
        let left = self.same_sums(key, rows);
        let rows = left.as_deref().unwrap_or(rows);
        if rows.len() < 2 || (prior == Prior::None && !self.is_even(rows)) {
            return;
        }
        // Of two wages and something beside them the three days must not make a calendar.
        let varies = prior == Prior::Income && !is_alike(rows);
        let wages_first = varies && rows.len() == 3;
        if wages_first && self.wages(key, rows) {
            return;
        }
        let wages_last = varies && !wages_first;
        if self.whole(key, prior, rows) || self.halves(key, prior, rows) || (wages_last && self.wages(key, rows)) {
            return;
        }
        // Takings vary: a few of nearly one amount are no series of their own.
        if key.kind.is_income() && prior == Prior::Takings {
            self.irregular(key, rows);
            return;
        }
        let rest = self.lanes(key, prior, rows);
        if key.kind.is_income() && 2 <= rest.len() {
            self.irregular(key, &rest);
        }
    }

    /// Joins pay that goes on under another text: it takes up the calendar on the very date that is due next, about as high.
    fn join(&mut self, groups: &mut Groups) {
        let joins = |key: &Key| matches!(key.kind, StreamKind::Payroll | StreamKind::SelfEmployed);
        let mut later = 0;
        while later < groups.list.len() {
            let Groups { list, rows } = &*groups;
            let (key, after) = &list[later];
            let mut goes_on = |(of, before): &(Key, Range<usize>)| {
                joins(of) && self.goes_on(&rows[before.clone()], &rows[after.clone()])
            };
            let into = if joins(key) { list.iter().position(&mut goes_on) } else { None };
            let Some(earlier) = into else {
                later += 1;
                continue;
            };
            let from = groups.rows.len();
            for group in [earlier, later] {
                groups.rows.extend_from_within(groups.list[group].1.clone());
            }
            groups.list[later].1 = from..groups.rows.len();
            groups.list.remove(earlier);
            later = 0;
        }
    }

    fn goes_on(&mut self, before: &[Member], after: &[Member]) -> bool {
        let (Some(last), Some(first)) = (before.last(), after.first()) else { return false };
        let (last, first) = (last.day, first.day);
        if before.len() < 3 || !(4..=BREAK_DAYS_MIN).contains(&(first.0 - last.0)) {
            return false;
        }
        let (low, high) = range(before);
        let (new, _) = range(&after[..after.partition_point(|one| one.day == first)]);
        // Of hours worked one week in a few lies beyond all before it: as far again as those lie apart.
        let hundredfold = |amount: i64| amount.saturating_mul(100);
        let room = hundredfold(high - low).max(high.saturating_mul(RAISE_PERCENT));
        let expected = hundredfold(low).saturating_sub(room)..=hundredfold(high).saturating_add(room);
        if !expected.contains(&hundredfold(new)) {
            return false;
        }
        let days = self.days(&[before, after].concat());
        let found = calendar(&days, self.ledger.end, Direction::Inflow, Prior::Income, &mut self.scratch);
        let Some(found) = found.filter(|found| 6 * found.fit.extras <= found.fit.hits) else { return false };
        // No date lies between the two.
        let at = days.partition_point(|day| *day < first);
        let mut answer = vec![];
        answers(&days, &found, &mut self.scratch, &mut answer);
        let (Some(Some(due)), Some(Some(next))) = (at.checked_sub(1).map(|at| answer[at]), answer.get(at)) else {
            return false;
        };
        found.schedule.next(due.plus(1)) == Some(*next)
    }

    /// Whether most amounts lie near their median: money that may move at any time is a series only when it does.
    fn is_even(&mut self, rows: &[Member]) -> bool {
        if rows.len() < 3 {
            return false;
        }
        self.sort_by_amount(rows);
        // A shop with several subscriptions is even lane by lane.
        let near = self.by_amount.windows(2).filter(|pair| is_near(pair[0].0, pair[1].0));
        4 * (near.count() + 1) >= 3 * rows.len()
    }

    fn sort_by_amount(&mut self, rows: &[Member]) {
        self.by_amount.clear();
        self.by_amount.extend(rows.iter().map(|one| one.amount).zip(0..));
        // Few of usual amounts are ranked by comparing each with all: what a sort does next no processor can guess, and narrow keys
        // are compared several at once. None is equal to another, for each holds its place.
        let mut keys = [i32::MAX; FEW];
        let is_usual = rows.len() <= FEW && rows.iter().all(|one| one.amount >> USUAL_BITS == 0);
        if !is_usual {
            self.by_amount.sort_unstable();
            return;
        }
        for (key, (amount, place)) in keys.iter_mut().zip(&self.by_amount) {
            *key = i32::try_from(amount << PLACE_BITS | i64::from(*place)).unwrap_or(i32::MAX);
        }
        for key in &keys[..rows.len()] {
            let rank = keys.iter().fold(0_u32, |rank, other| rank.wrapping_add(u32::from(other < key)));
            self.by_amount[rank as usize] =
                (i64::from(key >> PLACE_BITS), key.cast_unsigned() & ((1 << PLACE_BITS) - 1));
        }
    }

    /// The days of rows that come by day.
    fn days(&mut self, rows: &[Member]) -> Vec<Day> {
        let mut days = self.spare.pop().unwrap_or_default();
        days.clear();
        days.extend(rows.iter().map(|one| one.day));
        days.dedup();
        days
    }

    /// One calendar for all rows.
    fn whole(&mut self, key: Key, prior: Prior, rows: &[Member]) -> bool {
        let found = self.find(key, prior, rows);
        if let Some(found) = &found {
            self.push_around(key, rows, rows, found);
        }
        found.is_some()
    }

    fn find(&mut self, key: Key, prior: Prior, rows: &[Member]) -> Option<Found> {
        let days = self.days(rows);
        let found = self.find_on(key, prior, rows, &days);
        self.spare.push(days);
        found
    }

    fn find_on(&mut self, key: Key, prior: Prior, rows: &[Member], days: &[Day]) -> Option<Found> {
        let is_pair = prior == Prior::Income && days.len() == 2;
        if is_pair && !is_alike(rows) {
            return None;
        }
        let found = calendar(days, self.ledger.end, key.direction, prior, &mut self.scratch);
        // Two payments of which the third did not come are none.
        let found = found.filter(|found| !is_pair || !self.is_over(days, found))?;
        let crowded = found.fit.hits < 3 * found.fit.extras && matches!(prior, Prior::Income | Prior::Takings);
        (!crowded || self.is_most(rows, days, &found)).then_some(found)
    }

    /// Whether most of the money comes on the calendar: among many payouts some keep any calendar by chance.
    fn is_most(&mut self, rows: &[Member], days: &[Day], found: &Found) -> bool {
        answers(days, found, &mut self.scratch, &mut self.due);
        let keeps = |one: &&Member| days.binary_search(&one.day).is_ok_and(|at| self.due[at].is_some());
        sum(rows) <= 2 * rows.iter().filter(keeps).map(|one| i128::from(one.amount)).sum::<i128>()
    }

    /// A calendar of the large payments of an employer, which pays less beside them: expenses, a bonus.
    fn wages(&mut self, key: Key, rows: &[Member]) -> bool {
        let largest = rows.iter().map(|one| one.amount).max().unwrap_or(0);
        let is_large = |one: &Member| largest < one.amount.saturating_mul(2);
        let wages: Vec<Member> = rows.iter().copied().filter(is_large).collect();
        if wages.len() < 2 || wages.len() == rows.len() {
            return false;
        }
        let found = self.find(key, Prior::Income, &wages);
        if let Some(found) = &found {
            self.push_around(key, rows, &wages, found);
        }
        found.is_some()
    }

    fn is_over(&self, days: &[Day], found: &Found) -> bool {
        let tolerance = found.cadence.tolerance();
        let next = days.last().and_then(|last| found.schedule.next(last.plus(tolerance)));
        next.is_some_and(|next| next.plus(tolerance) < self.ledger.end)
    }

    /// A calendar before or after the longest pause; income on the other side of it stays together.
    fn halves(&mut self, key: Key, prior: Prior, rows: &[Member]) -> bool {
        let pauses = rows.windows(2).map(|pair| (pair[1].day.0 - pair[0].day.0, pair[1].day));
        let Some((_, later)) = pauses.max().filter(|(pause, _)| BREAK_DAYS_MIN <= *pause) else { return false };
        let (before, after) = rows.split_at(rows.partition_point(|one| one.day < later));
        let sides = [after, before];
        let fits = sides.map(|side| 2 <= side.len() && self.whole(key, prior, side));
        if fits == [false, false] {
            return false;
        }
        for (side, _) in
            sides.into_iter().zip(fits).filter(|(side, fits)| !fits && key.kind.is_income() && 2 <= side.len())
        {
            self.irregular(key, side);
        }
        true
    }

    /// Calendars by amount; of income the rows that fit none are handed back.
    fn lanes(&mut self, key: Key, prior: Prior, rows: &[Member]) -> Vec<Member> {
        // A bonus or a reimbursement that comes thrice is no second job.
        let few = match prior {
            Prior::Income => 4,
            Prior::None => 3,
            _ => 2,
        };
        if self.by_amount.is_empty() {
            self.sort_by_amount(rows);
        }
        let by_amount = std::mem::take(&mut self.by_amount);
        let mut members = std::mem::take(&mut self.members);
        let mut lanes = std::mem::take(&mut self.lanes);
        members.clear();
        lanes.clear();
        for lane in by_amount.chunk_by(|a, b| is_near(a.0, b.0)) {
            let may = few <= lane.len() && lane.len() < rows.len();
            // Only income asks for what fits no calendar.
            if !may && !key.kind.is_income() {
                continue;
            }
            // Rows come by day, so that places stand for days.
            self.places.clear();
            self.places.extend(lane.iter().map(|(_, place)| *place));
            self.places.sort_unstable();
            let from = members.len();
            members.extend(self.places.iter().map(|place| rows[*place as usize]));
            let found = if may { self.find(key, prior, &members[from..]) } else { None };
            lanes.push((from..members.len(), found));
        }
        self.by_amount = by_amount;
        let rest = self.push_lanes(key, prior, rows, &members, &lanes);
        (self.members, self.lanes) = (members, lanes);
        rest
    }

    /// Makes streams of lanes, the rows of each among `members`; of income the rows that are left.
    fn push_lanes(
        &mut self,
        key: Key,
        prior: Prior,
        rows: &[Member],
        members: &[Member],
        lanes: &[Lane],
    ) -> Vec<Member> {
        if prior == Prior::Income && lanes.iter().filter(|(_, found)| found.is_some()).count() == 1 {
            // What an employer pays beside the wages stays with them, off the schedule.
            for (lane, found) in lanes {
                let lane = &members[lane.clone()];
                // Wages are most of what an employer pays; anything less is chance.
                if let Some(found) = found.as_ref().filter(|_| sum(rows) <= 2 * sum(lane)) {
                    self.push_around(key, rows, lane, found);
                    return vec![];
                }
            }
            return rows.to_vec();
        }
        let mut rest = vec![];
        for (lane, found) in lanes {
            let lane = &members[lane.clone()];
            match found {
                Some(found) => self.push_around(key, lane, lane, found),
                None if key.kind.is_income() => rest.extend_from_slice(lane),
                None => {}
            }
        }
        rest.sort_unstable_by_key(|one| (one.day, one.at));
        rest
    }

    /// A stream of `rows`, among them those that keep the calendar.
    fn push_around(&mut self, key: Key, rows: &[Member], keeping: &[Member], found: &Found) {
        let days = self.days(rows);
        let mut due = std::mem::take(&mut self.due);
        if keeping.len() == rows.len() {
            answers(&days, found, &mut self.scratch, &mut due);
        } else {
            let kept = self.days(keeping);
            let mut dates = vec![];
            answers(&kept, found, &mut self.scratch, &mut dates);
            due.clear();
            due.extend(days.iter().map(|day| kept.binary_search(day).ok().and_then(|at| dates[at])));
            self.spare.push(kept);
        }
        self.push(key, rows, &days, &due, Some(found));
        self.due = due;
        self.spare.push(days);
    }

    fn irregular(&mut self, key: Key, rows: &[Member]) {
        let days = self.days(rows);
        if 2 <= days.len() {
            self.push(key, rows, &days, &vec![None; days.len()], None);
        }
        self.spare.push(days);
    }

    fn push(&mut self, key: Key, rows: &[Member], days: &[Day], answers: &[Option<Day>], found: Option<&Found>) {
        let start = count(self.out.occurrences.len());
        let mut first_row = count(self.out.rows.len());
        self.out.rows.extend(rows.iter().map(|one| one.at));
        // Rows come by day.
        for (of_day, due) in rows.chunk_by(|a, b| a.day == b.day).zip(answers) {
            let amount = of_day.iter().map(|one| one.amount).fold(0, i64::saturating_add);
            let row_count = count(of_day.len());
            self.out.occurrences.push(Occurrence { day: of_day[0].day, amount, due: *due, first_row, row_count });
            first_row += row_count;
        }
        let occurrences = start..count(self.out.occurrences.len());
        let missed_from = count(self.out.missed.len());
        let Some(newest) = rows.last().map(|one| self.ledger.rows[one.at as usize].label) else { return };
        let paid = &mut self.out.occurrences[super::range(&occurrences)];
        let amount = usual_amount(paid);
        let amount = if key.direction == Direction::Inflow && forgets_small(paid, amount, self.ledger.end) {
            usual_amount(paid)
        } else {
            amount
        };
        let paid = &*paid;
        let mut answered = self.spare.pop().unwrap_or_default();
        answered.clear();
        answered.extend(paid.iter().filter_map(|one| one.due));
        let state = match found {
            Some(found) => standing(self.ledger.end, &answered, found, &mut self.out.missed),
            None => standing_irregular(self.ledger.end, days),
        };
        // A date that was answered early is behind, though it may lie after T.
        let behind = answered.last().map_or(self.ledger.end, |date| date.plus(1));
        self.spare.push(answered);
        let from = self.ledger.end.max(behind);
        let next = found.filter(|_| state != State::Stopped).and_then(|found| found.schedule.next(from));
        self.out.list.push(Stream {
            direction: key.direction,
            kind: key.kind,
            purpose: newest.purpose,
            role: newest.role,
            counterparty: key.counterparty,
            cadence: found.map_or(Cadence::Irregular, |found| found.cadence),
            state,
            next,
            amount,
            schedule: found.map(|found| found.schedule),
            occurrences,
            missed: missed_from..count(self.out.missed.len()),
        });
    }
}

/// Money of rows added up.
fn sum(rows: &[Member]) -> i128 {
    rows.iter().map(|one| i128::from(one.amount)).sum()
}

/// The least and the most that was paid on a day.
fn range(rows: &[Member]) -> (i64, i64) {
    let days = rows.chunk_by(|a, b| a.day == b.day);
    let paid = days.map(|day| day.iter().map(|one| one.amount).fold(0, i64::saturating_add));
    paid.fold((i64::MAX, 0), |(low, high), sum| (sum.min(low), sum.max(high)))
}

/// Whether all payments are the same but for a raise.
fn is_level(rows: &[Member]) -> bool {
    let (low, high) = range(rows);
    // Two invoices may be nearly alike by chance.
    let percent = if rows.len() == 2 { 0 } else { RAISE_PERCENT };
    high.saturating_mul(100) <= low.saturating_mul(100 + percent)
}

/// Whether few payments are alike enough to be wages.
fn is_alike(rows: &[Member]) -> bool {
    let (low, high) = range(rows);
    high.saturating_mul(100) <= low.saturating_mul(ALIKE_PERCENT)
}

fn prior(kind: StreamKind) -> Prior {
    match kind {
        StreamKind::Benefit | StreamKind::Pension => Prior::Benefit,
        StreamKind::Gig | StreamKind::SelfEmployed => Prior::Takings,
        kind if kind.is_income() => Prior::Income,
        kind if kind.is_obligation() => Prior::Bill,
        _ => Prior::None,
    }
}

/// Whether an amount is of the series of the amount below it.
fn is_near(below: i64, above: i64) -> bool {
    above.saturating_mul(100) <= below.saturating_mul(LANE_PERCENT)
}

fn magnitude(row: &LedgerRow) -> i64 {
    row.amount.saturating_abs()
}

fn count(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
