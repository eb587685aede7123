//! The calendar that explains a series of days, if one does.
//!
//! Every cadence that the pauses between the days allow proposes schedules with the phases that the days themselves suggest;
//! the schedule with the lowest [`Fit::cost`] wins, and is accepted only when it leaves little unexplained. What is owed or
//! earned (a known bill, income) is expected to come back and needs less evidence than money that may move at any time.
//!
//! Most payers keep no calendar, and hundreds of schedules may be proposed for one: each is compared only until it must cost
//! more than the best so far, or more than any that would be accepted. A test compares the answers with those of a search that
//! leaves nothing out.

mod accepted;
mod near;
mod oddness;

use std::sync::LazyLock;

use super::{
    cadence::{Cadence, Grid, Month, Roll, Schedule},
    fit::{DAYS_MAX, Fit, Weights, Window, fit, fit_within},
};
use crate::{
    calendar::{at_or_after, at_or_before, banking_days_after},
    money::Direction,
    time::Day,
};
use accepted::{Worst, accept, worst};
use near::{DRIFT, Known, Near, Of};

/// How much evidence a cadence needs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Prior {
    /// Income: pay days are kept, but bonuses, expenses and instant payouts come in between.
    Income,
    /// Income of those who work for themselves: by the week or the month, or whenever there is some.
    Takings,
    /// Social security and the like: as income, and often on a weekday of the month.
    Benefit,
    /// A bill of a kind that is due again.
    Bill,
    /// Anything else.
    None,
}

/// What was found.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Found {
    pub(super) cadence: Cadence,
    pub(super) schedule: Schedule,
    pub(super) fit: Fit,
    pub(super) window: Window,
}

/// Lists that are used again from group to group.
#[derive(Debug)]
pub(super) struct Scratch {
    dates: Vec<Day>,
    gaps: Vec<i32>,
    known: Known,
    /// Nominal dates that the days may stand for under one rule, and the month and date of each.
    nominal: Vec<Day>,
    months: Vec<(Month, u32)>,
}

impl Default for Scratch {
    fn default() -> Scratch {
        Scratch {
            dates: Vec::with_capacity(DAYS_USUAL),
            gaps: Vec::with_capacity(DAYS_USUAL),
            known: Known::with_capacity(DAYS_USUAL),
            nominal: Vec::with_capacity(DAYS_USUAL),
            months: Vec::with_capacity(DAYS_USUAL),
        }
    }
}

/// Days of a series for which room is made at once.
const DAYS_USUAL: usize = 48;
/// Pauses of fewer days are counted by their length.
const SHORT: usize = 40;
/// Most banking days by which a bank hands pay out early.
const LEAD_MAX: i32 = 2;
/// What a schedule of pay costs: pay comes on the day, and seldom before it.
const PAY: Weights = Weights { miss: 12, extra: 8, off: 4, day: 1, early: 6 };
/// Pairs of dates on which pay twice a month is common; the last is the month's end.
const COMMON_PAIRS: [(u32, u32); 6] = [(1, 15), (15, 31), (5, 20), (10, 25), (7, 22), (1, 16)];
/// All pairs that are tried, and whether they are common.
static PAIRS: LazyLock<Vec<((u32, u32), bool)>> = LazyLock::new(|| {
    let pairs = (1..=16).flat_map(|first| {
        let seconds = [first + 14, first + 15, 31];
        let distinct = if first + 15 == 31 { 2 } else { 3 };
        seconds.into_iter().take(distinct).map(move |second| (first, second))
    });
    pairs.map(|pair| (pair, COMMON_PAIRS.contains(&pair))).collect()
});

/// Finds the calendar of ascending, distinct days, as it looks before `end`.
pub(super) fn calendar(
    days: &[Day],
    end: Day,
    direction: Direction,
    prior: Prior,
    scratch: &mut Scratch,
) -> Option<Found> {
    // Series with more days move too often for a calendar of weeks or months.
    if days.len() < 2 || DAYS_MAX < days.len() || (days.len() == 2 && prior == Prior::None) {
        return None;
    }
    let worst = worst(days.len(), prior);
    let mut search =
        Search { days, end, direction, prior, scratch, worst, most: worst.cost, best: None, likeliest: None };
    search.run();
    let (best, _) = search.best?;
    accept(&best, days, prior).then_some(best)
}

/// The dates that days answer, for a schedule that was found.
pub(super) fn answers(days: &[Day], found: &Found, scratch: &mut Scratch, answer: &mut Vec<Option<Day>>) {
    let window = found.window;
    let (first, last) = (days[0], days[days.len() - 1]);
    scratch.dates.clear();
    found.schedule.settled_into(first.plus(-window.late), last.plus(window.early + 1), &mut scratch.dates);
    fit(days, &scratch.dates, window, answer);
}

struct Search<'s> {
    days: &'s [Day],
    end: Day,
    direction: Direction,
    prior: Prior,
    scratch: &'s mut Scratch,
    worst: Worst,
    /// What a schedule may cost at most.
    most: u32,
    /// The best so far with its order.
    best: Option<(Found, (u32, u32))>,
    /// The schedule that was compared last to bound the others.
    likeliest: Option<(Cadence, Schedule, Answer)>,
}

/// A fit with its cost, unless that is more than it may be.
type Answer = Option<(Fit, u32)>;

/// What a weekend or holiday does to a date, and how early the bank is.
#[derive(Clone, Copy)]
struct Rule {
    roll: Roll,
    lead: i32,
}

impl Search<'_> {
    /// Tries every rule that may be at work, the usual ones first.
    fn run(&mut self) {
        let is_pay = self.is_pay();
        let gaps = &mut self.scratch.gaps;
        gaps.clear();
        gaps.extend(self.days.windows(2).map(|pair| pair[1].0 - pair[0].0));
        let median = upper_median(gaps);
        // Of two pauses one may hold a payment that did not come.
        let other = gaps.iter().min().copied().filter(|_| gaps.len() == 2 && is_pay);
        let often = matches!(self.prior, Prior::Income | Prior::Takings) && median < 14;
        let may = |median: i32| matches!(median, 4..=19 | 21..=38 | 80..=100 | 350..=380);
        let (median, other) = match other.filter(|other| may(*other)) {
            Some(other) if !often && !may(median) => (other, None),
            other => (median, other),
        };
        if !often && !may(median) {
            return;
        }
        self.scratch.known.look_up(self.days);
        match (self.is_pay(), self.direction) {
            (true, Direction::Inflow) => self.pay(median, other, LEAD_MAX),
            (true, Direction::Outflow) => self.pay(median, other, 0),
            (false, Direction::Inflow) => self.bill(median, [Roll::Before, Roll::After, Roll::Exact]),
            (false, Direction::Outflow) => self.bill(median, [Roll::After, Roll::Exact, Roll::Before]),
        }
    }

    fn pay(&mut self, median: i32, other: Option<i32>, lead_max: i32) {
        let parts = if other.is_none() { near::parts(median) } else { near::ALL };
        let mut near = Near::default();
        for lead in 0..=lead_max {
            for roll in [Roll::Before, Roll::After, Roll::Exact] {
                if roll == Roll::Exact && 0 < lead {
                    continue;
                }
                let rule = Rule { roll, lead };
                near.add_up(&self.scratch.known, Of::Pay(rule), &parts);
                for median in [Some(median), other].into_iter().flatten() {
                    self.propose(median, rule, &near);
                }
            }
        }
    }

    /// What is no pay.
    fn bill(&mut self, median: i32, rolls: [Roll; 3]) {
        // Most payers keep no calendar and are sent away here; most bills would only be looked at twice.
        let (known, parts) = (&self.scratch.known, near::parts(median));
        let mut nears = [Near::default(); 3];
        if self.prior == Prior::None {
            nears[0].add_up(known, Of::Any, &parts);
            if self.worst.off < least(&nears[0], median) {
                return;
            }
        }
        for (near, roll) in nears.iter_mut().zip(rolls) {
            near.add_up(known, Of::Bill(roll), &parts);
        }
        if nears.iter().all(|near| self.worst.off < least(near, median)) {
            return;
        }
        if (21..=38).contains(&median) {
            self.try_likeliest_date(&rolls, &nears);
        }
        for (roll, near) in rolls.into_iter().zip(&nears) {
            self.propose(median, Rule { roll, lead: 0 }, near);
            // Bills tell no rule from another as long as each explains everything; pay days must be right to the day.
            if self.best.is_some_and(|(best, _)| best.fit.cost() == 0) {
                return;
            }
        }
    }

    fn is_pay(&self) -> bool {
        matches!(self.prior, Prior::Income | Prior::Takings | Prior::Benefit)
    }

    fn propose(&mut self, median: i32, rule: Rule, near: &Near) {
        self.scratch.nominal.clear();
        self.scratch.months.clear();
        self.intervals(median, rule, near);
        if (10..=19).contains(&median) && !self.is_sure() {
            self.twice_a_month(rule, near);
        }
        if (21..=38).contains(&median) && !self.is_sure() {
            self.monthly(1, Cadence::MonthlyByDay, rule, near);
            self.weekday_of_month(rule, near);
        }
        if (80..=100).contains(&median) {
            self.monthly(3, Cadence::Quarterly, rule, near);
        }
        if (350..=380).contains(&median) {
            self.monthly(12, Cadence::Annual, rule, near);
        }
    }

    /// Bounds what is tried by a schedule that is tried later: most bills come on about the same date of every month.
    fn try_likeliest_date(&mut self, rolls: &[Roll; 3], nears: &[Near; 3]) {
        let known = &self.scratch.known;
        let dates = rolls
            .iter()
            .zip(nears)
            .flat_map(|(roll, near)| known.dates_voted(*roll).map(|date| (near.date(date), *roll, date)));
        let Some((least, roll, date)) = dates.min_by_key(|(least, ..)| *least) else { return };
        let schedule = Schedule { grid: Grid::Months { date, months: 1, phase: 0 }, roll, lead: 0 };
        if self.most < least {
            return;
        }
        self.bound_by(Cadence::MonthlyByDay, schedule, self.most);
    }

    /// Compares a schedule that is tried later: those that cost more are out.
    fn bound_by(&mut self, cadence: Cadence, schedule: Schedule, most: u32) {
        let answer = self.measure(cadence, &schedule, most);
        self.likeliest = Some((cadence, schedule, answer));
        if let Some((_, cost)) = answer {
            self.most = cost;
        }
    }

    /// The nominal dates that the days may stand for: the banking day that the bank ran ahead of, and the days on which
    /// banks do not settle that were rolled onto it.
    fn stand(&mut self, rule: Rule) {
        let nominal = &mut self.scratch.nominal;
        if !nominal.is_empty() {
            return;
        }
        for day in self.days {
            let rolled = if rule.lead == 0 { *day } else { banking_days_after(*day, rule.lead) };
            nominal.push(rolled);
            match rule.roll {
                Roll::Before => nominal.extend(rolled_onto(rolled, rule.roll)),
                // The nearest first, which decides between phases that are equally common.
                Roll::After => nominal.extend(rolled_onto(rolled, rule.roll).rev()),
                Roll::Exact => {}
            }
        }
    }

    /// The month and the date of each nominal date, for grids of months.
    fn fill_months(&mut self, rule: Rule) {
        self.stand(rule);
        let Scratch { nominal, months, .. } = &mut *self.scratch;
        if months.is_empty() {
            months.extend(nominal.iter().map(|day| Month::around(*day)));
        }
    }

    /// Nothing beats a schedule that every day keeps, unless a rarer cadence keeps it too: intervals come first.
    fn is_sure(&self) -> bool {
        self.best.is_some_and(|(best, _)| {
            best.fit.cost() == 0 && 4 <= best.fit.hits && matches!(best.cadence, Cadence::Weekly | Cadence::Biweekly)
        })
    }

    /// Votes without which no date is tried: bills drift, pay does not.
    fn quorum(&self) -> usize {
        if self.is_pay() { self.days.len().div_ceil(2) } else { 1 }
    }

    fn intervals(&mut self, median: i32, rule: Rule, near: &Near) {
        // Bonuses and instant payouts between pay days shorten the median pause.
        let often = matches!(self.prior, Prior::Income | Prior::Takings);
        for (cadence, days, pauses) in
            [(Cadence::Weekly, 7, 4..=10), (Cadence::Biweekly, 14, 9..=18), (Cadence::FourWeekly, 28, 21..=35)]
        {
            if pauses.contains(&median) || (often && median < 14 && days < 28) {
                if !self.may_improve(near.phases(days)) {
                    continue;
                }
                self.stand(rule);
                // Nobody pays every other Saturday: that is Friday.
                let keeps = |day: &&Day| day.weekday() < 5 || rule.roll == Roll::Exact || !often;
                let phases = common_phases(self.scratch.nominal.iter().filter(keeps), days);
                let tried = if rule.lead == 0 { 2 } else { 1 };
                for anchor in phases.into_iter().take(tried).flatten() {
                    let least = near.phase(anchor, usize::try_from(days).unwrap_or(28));
                    self.try_one(cadence, rule, Grid::Interval { anchor: Day(anchor), days }, least);
                }
            }
        }
    }

    /// How many days may stand for each date of the month; the month's end counts for the dates beyond it.
    fn votes(&mut self, rule: Rule) -> [usize; 32] {
        let mut votes = [0; 32];
        if self.is_pay() {
            for dates in self.scratch.known.dates_paid(rule) {
                dates.for_each(|date| votes[date as usize] += 1);
            }
            return votes;
        }
        self.fill_months(rule);
        for (month, date) in &self.scratch.months {
            // A bill can post a day or two after its date.
            let last = if month.length <= *date + DRIFT { 31 } else { *date };
            (date.saturating_sub(DRIFT).max(1)..=last).for_each(|date| votes[date as usize] += 1);
        }
        votes
    }

    fn twice_a_month(&mut self, rule: Rule, near: &Near) {
        let grid = |(first, second): (u32, u32)| (near.pair((first, second)), Grid::Twice { first, second });
        let any = |search: &Self| search.may_any(PAIRS.iter().map(|(pair, _)| grid(*pair)));
        if !self.may_improve(near.pairs()) || !any(self) {
            return;
        }
        let votes = self.votes(rule);
        let of = |(first, second): (u32, u32)| votes[first as usize] + votes[second as usize];
        if self.days.len() < 4 {
            let days = self.days.len();
            let pairs = COMMON_PAIRS.into_iter().filter(|pair| days <= of(*pair) + 1);
            self.try_all(Cadence::SemiMonthly, rule, pairs.map(grid));
            return;
        }
        let (most, quorum) = (PAIRS.iter().map(|(pair, _)| of(*pair)).max().unwrap_or(0), self.quorum());
        let pairs = PAIRS.iter().filter(|(pair, common)| {
            let votes = of(*pair);
            quorum <= votes && (*common || most <= votes + 1)
        });
        self.try_all(Cadence::SemiMonthly, rule, pairs.map(|(pair, _)| grid(*pair)));
    }

    fn monthly(&mut self, months: i32, cadence: Cadence, rule: Rule, near: &Near) {
        if !self.may_improve(near.dates()) {
            return;
        }
        let first = if rule.lead == 0 { self.days[0] } else { banking_days_after(self.days[0], rule.lead) };
        let phase = Month::around(first).0.number.rem_euclid(months);
        let grid = |date: u32| (near.date(date), Grid::Months { date, months, phase });
        if self.is_pay() {
            if !self.may_any((1..=31).map(grid)) {
                return;
            }
            let (votes, quorum) = (self.votes(rule), self.quorum());
            let dates = (1..=31).filter(|date| quorum <= votes[*date as usize]);
            self.try_all(cadence, rule, dates.map(grid));
        } else {
            self.try_all(cadence, rule, self.scratch.known.dates_voted(rule.roll).map(grid));
        }
    }

    /// Whether what costs so much at least may be the best.
    fn may_improve(&self, least: u32) -> bool {
        self.room(0).is_some_and(|room| least <= room)
    }

    /// Whether any of some grids with what they cost at least may be the best pay.
    fn may_any(&self, mut grids: impl Iterator<Item = (u32, Grid)>) -> bool {
        !self.is_pay() || grids.any(|(least, grid)| self.may_improve(least + oddness::of_grid(&grid, self.prior)))
    }

    /// Tries grids with what they cost at least: the likeliest first, so that the others are given up soon.
    fn try_all(&mut self, cadence: Cadence, rule: Rule, grids: impl Iterator<Item = (u32, Grid)> + Clone) {
        if !self.is_pay() {
            let Some(most) = self.room(0) else { return };
            let likeliest = grids.clone().filter(|(least, _)| *least <= most).min_by_key(|(least, _)| *least);
            let Some((_, grid)) = likeliest else { return };
            self.bound_by(cadence, Schedule { grid, roll: rule.roll, lead: rule.lead }, most);
        }
        for (least, grid) in grids {
            self.try_one(cadence, rule, grid, least);
        }
    }

    fn weekday_of_month(&mut self, rule: Rule, near: &Near) {
        // The usual one: the last Friday.
        let grid = Grid::NthWeekday { nth: 5, weekday: 4 };
        let odd = if self.is_pay() { oddness::of_grid(&grid, self.prior) } else { 0 };
        if !self.may_improve(near.weekdays() + odd) {
            return;
        }
        self.stand(rule);
        let mut weekdays = [0_usize; 7];
        self.scratch.nominal.iter().for_each(|day| weekdays[day.weekday() as usize] += 1);
        if weekdays.iter().all(|votes| 3 * votes < 2 * self.days.len()) {
            return;
        }
        self.fill_months(rule);
        let mut votes = [[0_usize; 7]; 6];
        for (day, (month, date)) in self.scratch.nominal.iter().zip(&self.scratch.months) {
            month.nths(*date).for_each(|nth| votes[nth][day.weekday() as usize] += 1);
        }
        for (nth, votes) in (0_u32..).zip(votes) {
            for (weekday, votes) in (0_u32..).zip(votes) {
                if 2 * self.days.len() <= 3 * votes {
                    let least = near.weekday(nth as usize, weekday);
                    self.try_one(Cadence::MonthlyByWeekday, rule, Grid::NthWeekday { nth, weekday }, least);
                }
            }
        }
    }

    /// Compares a grid that costs so much at least, its own oddness left out. Lower is better: the cost, and for bills the rarer
    /// cadence last; of equals the first that was tried.
    fn try_one(&mut self, cadence: Cadence, rule: Rule, grid: Grid, least: u32) {
        let (of_grid, of_rule, rare) = match self.is_pay() {
            true => (oddness::of_grid(&grid, self.prior), oddness::of_rule(rule), 0),
            false => (0, 0, u32::from(matches!(cadence, Cadence::MonthlyByWeekday | Cadence::FourWeekly))),
        };
        let Some(room) = self.room(rare).filter(|room| least + of_grid <= *room) else { return };
        let odd = of_grid + of_rule;
        let Some(most) = room.checked_sub(odd) else { return };
        let schedule = Schedule { grid, roll: rule.roll, lead: rule.lead };
        if let Some((fit, cost)) = self.measure(cadence, &schedule, most) {
            let window = Window::of(cadence, self.is_pay());
            self.best = Some((Found { cadence, schedule, fit, window }, (cost + odd, rare)));
        }
    }

    /// What a schedule may cost at most to be the best; `None` when none can be better.
    fn room(&self, rare: u32) -> Option<u32> {
        match self.best {
            Some((_, (cost, known))) if rare < known => Some(cost.min(self.most)),
            Some((_, (cost, _))) => cost.checked_sub(1).map(|less| less.min(self.most)),
            None => Some(self.most),
        }
    }

    /// The fit of a schedule and its cost, unless that is more than `most`.
    fn measure(&mut self, cadence: Cadence, schedule: &Schedule, most: u32) -> Answer {
        if let Some((of, known, answer)) = self.likeliest
            && (of, &known) == (cadence, schedule)
        {
            // What cost too much then does so now: `most` only falls.
            return answer.filter(|(_, cost)| *cost <= most);
        }
        let is_pay = self.is_pay();
        let window = Window::of(cadence, is_pay);
        let (first, last) = (self.days[0], self.days[self.days.len() - 1]);
        let mut to = last.plus(window.early + 1);
        if is_pay {
            // What is due by T and has not come speaks as well.
            to = to.max(self.end.min(last.plus(40)));
        }
        let dates = &mut self.scratch.dates;
        dates.clear();
        schedule.settled_into(first.plus(-window.late), to, dates);
        let weights = if is_pay { &PAY } else { &Weights::PLAIN };
        let (fit, waits) = fit_within(self.days, dates, window, self.end, weights, most)?;
        let late = if is_pay { 5 * u32::from(waits) } else { 0 };
        let cost = weights.cost(&fit) + late;
        (cost <= most).then_some((fit, cost))
    }
}

/// The days beside one on which banks do not settle, up to the next banking day: those that `roll` brings to it.
fn rolled_onto(day: Day, roll: Roll) -> impl DoubleEndedIterator<Item = Day> {
    let days = match roll {
        Roll::Before => day.0 + 1..at_or_after(day.plus(1)).0,
        Roll::After => at_or_before(day.plus(-1)).0 + 1..day.0,
        Roll::Exact => 0..0,
    };
    days.map(Day)
}

/// The median of some pauses, of an even count the upper of the two in the middle; they may change places.
fn upper_median(pauses: &mut [i32]) -> i32 {
    let middle = pauses.len() / 2;
    // How many are of each length: what a sort does next no processor can guess. Nearly all medians are short, the others are
    // selected.
    let mut counts = [0_u8; SHORT];
    for pause in pauses.iter() {
        if let Some(count) = usize::try_from(*pause).ok().and_then(|days| counts.get_mut(days)) {
            *count += 1;
        }
    }
    let mut upto = 0;
    for (days, count) in (0..).zip(counts) {
        upto += usize::from(count);
        if middle < upto {
            return days;
        }
    }
    *pauses.select_nth_unstable(middle).1
}

/// What the schedules that a median pause allows cost at least.
fn least(near: &Near, median: i32) -> u32 {
    let is = |allows: bool, least: &dyn Fn() -> u32| if allows { least() } else { u32::MAX };
    let least = [
        is((4..=10).contains(&median), &|| near.phases(7)),
        is((9..=18).contains(&median), &|| near.phases(14)),
        is((21..=35).contains(&median), &|| near.phases(28)),
        is((10..=19).contains(&median), &|| near.pairs()),
        is((21..=38).contains(&median), &|| near.weekdays()),
        is(21 <= median, &|| near.dates()),
    ];
    least.into_iter().min().unwrap_or(0)
}

/// The most and the second most common phase of days on a grid of 7, 14 or 28 days; of equals the one met first.
fn common_phases<'d>(series: impl Iterator<Item = &'d Day>, days: i32) -> [Option<i32>; 2] {
    let mut counts = [0_u32; 28];
    let mut order: [i32; 28] = [0; 28];
    let mut met = 0;
    for day in series {
        // A known divisor is no division.
        let phase = match days {
            7 => day.0.rem_euclid(7),
            14 => day.0.rem_euclid(14),
            _ => day.0.rem_euclid(28),
        };
        let at = usize::try_from(phase).unwrap_or(0);
        if counts[at] == 0 {
            order[met] = phase;
            met += 1;
        }
        counts[at] += 1;
    }
    let (mut first, mut second) = (None, None);
    for phase in &order[..met] {
        let this = Some((counts[usize::try_from(*phase).unwrap_or(0)], *phase));
        let beats = |known: Option<(u32, i32)>| known.map(|(count, _)| count) < this.map(|(count, _)| count);
        if beats(first) {
            (first, second) = (this, first);
        } else if beats(second) {
            second = this;
        }
    }
    [first, second].map(|known| known.map(|(_, phase)| phase))
}

#[cfg(test)]
mod exhaustive;

#[cfg(test)]
mod tests;
