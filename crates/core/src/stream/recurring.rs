//! The streams of a ledger: its rows by payer or payee, each with the calendar that explains it.
//!
//! One payer may hold several series (two subscriptions at one shop, a job that was left and taken up again), so a group that
//! fits no calendar as a whole is tried in parts: before and after its longest pause, then by amount. Income that fits none
//! stays together as an irregular stream; other money that fits none is no stream.

mod cash;

use std::{
    hash::{Hash, Hasher},
    ops::Range,
};

use rustc_hash::FxHashMap;

use super::{
    Occurrence, State, Stream, Streams,
    cadence::Cadence,
    fitting::{Found, Prior, Scratch, answers, calendar},
};
use crate::{
    category::taxonomy::{PurposeInfo, StreamKind, Taxonomy},
    ledger::{Ledger, LedgerRow},
    money::Direction,
    time::Day,
};
use cash::Cash;

/// Payments on the schedule of which the usual amount is the median.
const RECENT: usize = 6;
/// A pause this long can end a stream and begin another with the same payer.
const BREAK_DAYS_MIN: i32 = 45;
/// A stream of any kind with an amount at least this far above the one below it is another series, in percent.
const LANE_PERCENT: i64 = 112;
/// Amounts that differ by less are the same but for a raise, in percent.
const RAISE_PERCENT: i64 = 5;
/// Two payments are a series of pay only when the larger is at most so much of the smaller, in percent.
const ALIKE_PERCENT: i64 = 200;
/// Counterparties for which room is made at once.
const GROUPS_USUAL: usize = 128;
/// Streams for which room is made at once.
const STREAMS_USUAL: usize = 32;

/// Finds the streams of a ledger.
#[must_use]
pub fn streams(ledger: &Ledger, taxonomy: &Taxonomy) -> Streams {
    let mut finder = Finder {
        ledger,
        cash: Cash::of(taxonomy),
        out: Streams {
            list: Vec::with_capacity(STREAMS_USUAL),
            occurrences: Vec::with_capacity(ledger.rows.len() / 4),
            missed: vec![],
            rows: Vec::with_capacity(ledger.rows.len()),
            end: ledger.end,
        },
        scratch: Scratch::default(),
        amounts: vec![],
        spare: vec![],
    };
    let mut groups = groups(ledger, taxonomy);
    finder.join(&mut groups);
    for (key, rows) in &groups.list {
        finder.group(*key, &groups.rows[rows.clone()]);
    }
    let Streams { list, .. } = &mut finder.out;
    list.sort_by(|a, b| {
        let key = |one: &Stream| (one.direction, one.kind, one.counterparty, one.occurrences.start);
        key(a).cmp(&key(b))
    });
    finder.out
}

/// Who pays whom what.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Key {
    direction: Direction,
    kind: StreamKind,
    counterparty: u64,
}

/// Counterparties tell nearly all keys apart, and every row is looked up.
impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.counterparty);
    }
}

/// Rows that may be streams, as positions in the ledger, by key in the order of their first rows.
struct Groups {
    list: Vec<(Key, Range<usize>)>,
    /// The rows of each key together, by day, then by place in the ledger.
    rows: Vec<u32>,
}

/// What the rows of a purpose may be, by direction; fees, refunds and corrections follow from other rows.
fn kinds(info: &PurposeInfo) -> [Option<StreamKind>; 2] {
    let follows = info.group == "fee"
        || (info.group == "other" && info.name != "unknown" && info.stream.is_none())
        || info.name.starts_with("returned_");
    [Direction::Inflow, Direction::Outflow].map(|direction| (!follows).then(|| info.stream(direction)))
}

fn groups(ledger: &Ledger, taxonomy: &Taxonomy) -> Groups {
    const NONE: u32 = u32::MAX;
    let purposes = taxonomy.purposes();
    let mut kinds_of: Vec<Option<[Option<StreamKind>; 2]>> = vec![None; purposes.len()];
    // The group of each row, then the rows of each group.
    let (mut group_of, mut sizes): (Vec<u32>, Vec<(Key, usize)>) = (Vec::with_capacity(ledger.rows.len()), vec![]);
    let mut known: FxHashMap<Key, u32> = FxHashMap::default();
    known.reserve(GROUPS_USUAL);
    for row in &ledger.rows {
        let purpose = usize::from(row.label.purpose.0);
        let direction = Direction::of(row.amount).filter(|_| !row.internal && row.day < ledger.end);
        let kind = direction.zip(purposes.get(purpose)).and_then(|(direction, info)| {
            let kinds = kinds_of[purpose].get_or_insert_with(|| kinds(info));
            kinds[usize::from(direction == Direction::Outflow)]
        });
        let Some((direction, kind)) = direction.zip(kind) else {
            group_of.push(NONE);
            continue;
        };
        let key = Key { direction, kind, counterparty: row.label.counterparty };
        let group = *known.entry(key).or_insert_with(|| {
            sizes.push((key, 0));
            count(sizes.len() - 1)
        });
        sizes[group as usize].1 += 1;
        group_of.push(group);
    }
    let mut end = 0;
    let mut list: Vec<(Key, Range<usize>)> = Vec::with_capacity(sizes.len());
    for (key, size) in sizes {
        list.push((key, end..end));
        end += size;
    }
    let mut rows = vec![0; end];
    for (at, group) in (0_u32..).zip(group_of).filter(|(_, group)| *group != NONE) {
        let end = &mut list[group as usize].1.end;
        rows[*end] = at;
        *end += 1;
    }
    if !ledger.rows.is_sorted_by_key(|row| row.day) {
        for (_, range) in &list {
            rows[range.clone()].sort_by_key(|at| ledger.rows[*at as usize].day);
        }
    }
    Groups { list, rows }
}

struct Finder<'a> {
    ledger: &'a Ledger,
    cash: Cash,
    out: Streams,
    scratch: Scratch,
    // Lists that are used again from group to group.
    amounts: Vec<i64>,
    spare: Vec<Vec<Day>>,
}

impl Finder<'_> {
    /// `rows` come by day, then by place in the ledger.
    fn group(&mut self, key: Key, rows: &[u32]) {
        if rows.len() < 2 {
            return;
        }
        let mut prior = prior(key.kind);
        // Takings vary: who pays the same time and again pays by contract.
        if prior == Prior::Takings && self.is_level(rows) {
            prior = Prior::Income;
        }
        let left = self.same_sums(key, rows);
        let rows = left.as_deref().unwrap_or(rows);
        if rows.len() < 2 || (prior == Prior::None && !self.is_even(rows)) {
            return;
        }
        // Of two wages and something beside them the three days must not make a calendar.
        let varies = prior == Prior::Income && !self.is_alike(rows);
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

    fn goes_on(&mut self, before: &[u32], after: &[u32]) -> bool {
        let (Some(last), Some(first)) = (before.last(), after.first()) else { return false };
        let (last, first) = (self.row(*last).day, self.row(*first).day);
        if before.len() < 3 || !(4..=BREAK_DAYS_MIN).contains(&(first.0 - last.0)) {
            return false;
        }
        let (low, high) = self.range(before);
        let (new, _) = self.range(after.chunk_by(|a, b| self.row(*a).day == self.row(*b).day).next().unwrap_or(after));
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
        let answers = answers(&days, &found, &mut self.scratch);
        let (Some(Some(due)), Some(Some(next))) = (at.checked_sub(1).map(|at| answers[at]), answers.get(at)) else {
            return false;
        };
        found.schedule.next(due.plus(1)) == Some(*next)
    }

    fn row(&self, at: u32) -> &LedgerRow {
        &self.ledger.rows[at as usize]
    }

    /// Whether most amounts lie near their median: money that may move at any time is a series only when it does.
    fn is_even(&mut self, rows: &[u32]) -> bool {
        if rows.len() < 3 {
            return false;
        }
        let Finder { ledger, amounts, .. } = self;
        amounts.clear();
        amounts.extend(rows.iter().map(|at| magnitude(&ledger.rows[*at as usize])));
        amounts.sort_unstable();
        // A shop with several subscriptions is even lane by lane.
        let near = amounts.windows(2).filter(|pair| is_near(pair[0], pair[1]));
        4 * (near.count() + 1) >= 3 * rows.len()
    }

    /// The days of rows that come by day.
    fn days(&mut self, rows: &[u32]) -> Vec<Day> {
        let mut days = self.spare.pop().unwrap_or_default();
        days.clear();
        days.extend(rows.iter().map(|at| self.row(*at).day));
        days.dedup();
        days
    }

    /// One calendar for all rows.
    fn whole(&mut self, key: Key, prior: Prior, rows: &[u32]) -> bool {
        let found = self.find(key, prior, rows);
        if let Some(found) = &found {
            self.push_around(key, rows, rows, found);
        }
        found.is_some()
    }

    fn find(&mut self, key: Key, prior: Prior, rows: &[u32]) -> Option<Found> {
        let days = self.days(rows);
        let found = self.find_on(key, prior, rows, &days);
        self.spare.push(days);
        found
    }

    fn find_on(&mut self, key: Key, prior: Prior, rows: &[u32], days: &[Day]) -> Option<Found> {
        let is_pair = prior == Prior::Income && days.len() == 2;
        if is_pair && !self.is_alike(rows) {
            return None;
        }
        let found = calendar(days, self.ledger.end, key.direction, prior, &mut self.scratch);
        // Two payments of which the third did not come are none.
        let found = found.filter(|found| !is_pair || !self.is_over(days, found))?;
        let crowded = found.fit.hits < 3 * found.fit.extras && matches!(prior, Prior::Income | Prior::Takings);
        (!crowded || self.is_most(rows, days, &found)).then_some(found)
    }

    /// Whether most of the money comes on the calendar: among many payouts some keep any calendar by chance.
    fn is_most(&mut self, rows: &[u32], days: &[Day], found: &Found) -> bool {
        let dates = answers(days, found, &mut self.scratch);
        let keeps = |at: &u32| days.binary_search(&self.row(*at).day).is_ok_and(|at| dates[at].is_some());
        let sum =
            |rows: &mut dyn Iterator<Item = &u32>| rows.map(|at| i128::from(magnitude(self.row(*at)))).sum::<i128>();
        sum(&mut rows.iter()) <= 2 * sum(&mut rows.iter().filter(|at| keeps(at)))
    }

    /// The least and the most that was paid on a day.
    fn range(&self, rows: &[u32]) -> (i64, i64) {
        let days = rows.chunk_by(|a, b| self.row(*a).day == self.row(*b).day);
        let paid = days.map(|day| day.iter().map(|at| magnitude(self.row(*at))).fold(0, i64::saturating_add));
        paid.fold((i64::MAX, 0), |(low, high), sum| (sum.min(low), sum.max(high)))
    }

    /// A calendar of the large payments of an employer, which pays less beside them: expenses, a bonus.
    fn wages(&mut self, key: Key, rows: &[u32]) -> bool {
        let largest = rows.iter().map(|at| magnitude(self.row(*at))).max().unwrap_or(0);
        let is_large = |at: &u32| largest < magnitude(self.row(*at)).saturating_mul(2);
        let wages: Vec<u32> = rows.iter().copied().filter(is_large).collect();
        if wages.len() < 2 || wages.len() == rows.len() {
            return false;
        }
        let found = self.find(key, Prior::Income, &wages);
        if let Some(found) = &found {
            self.push_around(key, rows, &wages, found);
        }
        found.is_some()
    }

    /// Whether all payments are the same but for a raise.
    fn is_level(&self, rows: &[u32]) -> bool {
        let (low, high) = self.range(rows);
        // Two invoices may be nearly alike by chance.
        let percent = if rows.len() == 2 { 0 } else { RAISE_PERCENT };
        high.saturating_mul(100) <= low.saturating_mul(100 + percent)
    }

    /// Whether few payments are alike enough to be wages.
    fn is_alike(&self, rows: &[u32]) -> bool {
        let (low, high) = self.range(rows);
        high.saturating_mul(100) <= low.saturating_mul(ALIKE_PERCENT)
    }

    fn is_over(&self, days: &[Day], found: &Found) -> bool {
        let tolerance = found.cadence.tolerance();
        let next = days.last().and_then(|last| found.schedule.next(last.plus(tolerance)));
        next.is_some_and(|next| next.plus(tolerance) < self.ledger.end)
    }

    /// A calendar before or after the longest pause; income on the other side of it stays together.
    fn halves(&mut self, key: Key, prior: Prior, rows: &[u32]) -> bool {
        let days = self.days(rows);
        let longest =
            days.windows(2).map(|pair| (pair[1].0 - pair[0].0, pair[1])).max_by_key(|(gap, later)| (*gap, *later));
        self.spare.push(days);
        let Some((_, later)) = longest.filter(|(gap, _)| BREAK_DAYS_MIN <= *gap) else { return false };
        let (before, after) = rows.split_at(rows.partition_point(|row| self.row(*row).day < later));
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
    fn lanes(&mut self, key: Key, prior: Prior, rows: &[u32]) -> Vec<u32> {
        // A bonus or a reimbursement that comes thrice is no second job.
        let few = match prior {
            Prior::Income => 4,
            Prior::None => 3,
            _ => 2,
        };
        let ledger = self.ledger;
        let row = |at: &u32| &ledger.rows[*at as usize];
        // By amount, each with its place: rows come by day, so that places stand for days.
        let mut sorted: Vec<(i64, u32)> = rows.iter().map(|at| magnitude(row(at))).zip(0..).collect();
        sorted.sort_unstable();
        let mut by_lane: Vec<u32> = sorted.iter().map(|(_, place)| *place).collect();
        let mut left = by_lane.as_mut_slice();
        let mut lanes: Vec<(&[u32], Option<Found>)> = vec![];
        for lane in sorted.chunk_by(|a, b| is_near(a.0, b.0)) {
            let (own, others) = std::mem::take(&mut left).split_at_mut(lane.len());
            left = others;
            let may = few <= own.len() && own.len() < rows.len();
            // Only income asks for what fits no calendar.
            if !may && !key.kind.is_income() {
                continue;
            }
            own.sort_unstable();
            own.iter_mut().for_each(|place| *place = rows[*place as usize]);
            let found = may.then(|| self.find(key, prior, own)).flatten();
            lanes.push((own, found));
        }
        if prior == Prior::Income && lanes.iter().filter(|(_, found)| found.is_some()).count() == 1 {
            // What an employer pays beside the wages stays with them, off the schedule.
            for (lane, found) in &lanes {
                // Wages are most of what an employer pays; anything less is chance.
                let sum = |rows: &[u32]| rows.iter().map(|at| i128::from(magnitude(row(at)))).sum::<i128>();
                if let Some(found) = found.as_ref().filter(|_| sum(rows) <= 2 * sum(lane)) {
                    self.push_around(key, rows, lane, found);
                    return vec![];
                }
            }
            return rows.to_vec();
        }
        let mut rest = vec![];
        for (lane, found) in lanes {
            match found {
                Some(found) => self.push_around(key, lane, lane, &found),
                None => rest.extend(lane),
            }
        }
        rest.sort_by_key(|at| (row(at).day, *at));
        rest
    }

    /// A stream of `rows`, among them those that keep the calendar.
    fn push_around(&mut self, key: Key, rows: &[u32], keeping: &[u32], found: &Found) {
        let days = self.days(rows);
        if keeping.len() == rows.len() {
            let answers = answers(&days, found, &mut self.scratch);
            self.push(key, rows, &days, &answers, Some(found));
            self.spare.push(days);
            return;
        }
        let kept = self.days(keeping);
        let dates = answers(&kept, found, &mut self.scratch);
        let date = |day: &Day| kept.binary_search(day).ok().and_then(|at| dates[at]);
        let answers: Vec<Option<Day>> = days.iter().map(date).collect();
        self.push(key, rows, &days, &answers, Some(found));
        self.spare.extend([days, kept]);
    }

    fn irregular(&mut self, key: Key, rows: &[u32]) {
        let days = self.days(rows);
        if 2 <= days.len() {
            self.push(key, rows, &days, &vec![None; days.len()], None);
        }
    }

    fn push(&mut self, key: Key, rows: &[u32], days: &[Day], answers: &[Option<Day>], found: Option<&Found>) {
        let start = count(self.out.occurrences.len());
        let mut left = rows;
        for (day, due) in days.iter().zip(answers) {
            // Rows come by day.
            let here = left.partition_point(|row| self.row(*row).day <= *day);
            let (of_day, later) = left.split_at(here);
            left = later;
            let sum = of_day.iter().map(|row| magnitude(self.row(*row))).fold(0, i64::saturating_add);
            let first_row = count(self.out.rows.len());
            self.out.rows.extend(of_day);
            let row_count = count(of_day.len());
            self.out.occurrences.push(Occurrence { day: *day, amount: sum, due: *due, first_row, row_count });
        }
        let occurrences = start..count(self.out.occurrences.len());
        let missed_from = count(self.out.missed.len());
        let Some(newest) = rows.last().map(|at| self.row(*at).label) else { return };
        let paid = &self.out.occurrences[super::range(&occurrences)];
        let amount = usual_amount(paid);
        let (state, missed) = standing(self.ledger.end, days, answers, found);
        // A date that was answered early is behind, though it may lie after T; a small sum before it is no answer.
        let early =
            paid.iter().rev().find(|one| one.due.is_some()).filter(|one| amount <= one.amount.saturating_mul(2));
        let answered = early.and_then(|one| one.due).map_or(self.ledger.end, |date| date.plus(1));
        let from = self.ledger.end.max(answered);
        let next = found.filter(|_| state != State::Stopped).and_then(|found| found.schedule.next(from));
        self.out.missed.extend(missed);
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

/// How far a stream has come at T, and the dates that were missed.
fn standing(end: Day, days: &[Day], answers: &[Option<Day>], found: Option<&Found>) -> (State, Vec<Day>) {
    let last = days[days.len() - 1];
    let Some(found) = found else {
        let longest = days.windows(2).map(|pair| pair[1].0 - pair[0].0).max().unwrap_or(0);
        let stopped = 3 * longest.max(BREAK_DAYS_MIN / 3) < end.0 - last.0;
        let state = match days.len() {
            _ if stopped => State::Stopped,
            2 => State::Early,
            _ => State::Mature,
        };
        return (state, vec![]);
    };
    let tolerance = found.cadence.tolerance();
    let answered: Vec<Day> = answers.iter().flatten().copied().collect();
    let (Some(first), Some(latest)) = (answered.first(), answered.last()) else { return (State::Early, vec![]) };
    let due = found.schedule.dates(first.plus(1), end.plus(-tolerance));
    let missed: Vec<Day> = due.filter(|date| answered.binary_search(date).is_err()).collect();
    let overdue = &missed[missed.partition_point(|date| date <= latest)..];
    let enough = if found.cadence == Cadence::Annual { 2 } else { 3 };
    let state = match overdue {
        [first, _, ..] if 14 <= end.0 - first.0 => State::Stopped,
        [_, ..] => State::Overdue,
        [] if answered.len() < enough => State::Early,
        [] => State::Mature,
    };
    (state, missed)
}

/// Median of the last payments on the schedule, or of the last ones when there is none.
fn usual_amount(paid: &[Occurrence]) -> i64 {
    let on_schedule = paid.iter().rev().filter(|one| one.due.is_some());
    let mut amounts: Vec<i64> = on_schedule.take(RECENT).map(|one| one.amount).collect();
    if amounts.is_empty() {
        amounts = paid.iter().rev().take(RECENT).map(|one| one.amount).collect();
    }
    amounts.sort_unstable();
    let middle = amounts.len() / 2;
    match amounts.len() {
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
