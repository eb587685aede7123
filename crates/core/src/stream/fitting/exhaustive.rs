//! The search of [`super`] with nothing left out, written plainly: each schedule that is proposed is compared to its end, and
//! the best is asked only then whether it is accepted. The search that is used must find the same.

use super::{COMMON_PAIRS, Found, LEAD_MAX, Prior, Scratch, accept, calendar};
use crate::{
    calendar::{at_or_after, at_or_before, banking_days_after, is_banking_day},
    money::Direction,
    stream::{
        cadence::{Cadence, Grid, Roll, Schedule},
        fit::{Window, fit},
    },
    time::Day,
};
// Seeds stand on the digest's floor; only tests may reach up for them.
#[cfg(test)]
use crate::digest::sample::Seed;

/// Year × 12 + month - 1, the month's length, and the day's date.
fn civil(day: Day) -> (i32, u32, u32) {
    let (year, month, date) = day.civil();
    let start = day.month_start(0);
    (year * 12 + i32::try_from(month).expect("small") - 1, start.plus(31).month_start(0).0.abs_diff(start.0), date)
}

fn holds(grid: &Grid, day: Day) -> bool {
    let (number, length, on) = civil(day);
    let is = |date: u32| on == date.min(length);
    match *grid {
        Grid::Interval { anchor, days } => (day.0 - anchor.0).rem_euclid(days) == 0,
        Grid::Twice { first, second } => is(first) || is(second),
        Grid::Months { date, months, phase } => is(date) && number.rem_euclid(months) == phase,
        Grid::NthWeekday { nth, weekday } => {
            day.weekday() == weekday && if nth == 5 { length < on + 7 } else { on.div_ceil(7) == nth }
        }
    }
}

fn dates(schedule: &Schedule, from: Day, to: Day) -> Vec<Day> {
    let nominal = (from.0 - 12..to.0 + 12).map(Day).filter(|day| holds(&schedule.grid, *day));
    let mut dates: Vec<Day> = nominal
        .map(|date| match schedule.roll {
            Roll::Before => at_or_before(date),
            Roll::After => at_or_after(date),
            Roll::Exact => date,
        })
        .map(|date| if schedule.lead == 0 { date } else { banking_days_after(date, -schedule.lead) })
        .filter(|date| from <= *date && *date < to)
        .collect();
    dates.dedup();
    dates
}

struct All<'s> {
    days: &'s [Day],
    end: Day,
    prior: Prior,
    best: Option<(Found, (u32, u32))>,
}

impl All<'_> {
    fn is_pay(&self) -> bool {
        matches!(self.prior, Prior::Income | Prior::Takings | Prior::Benefit)
    }

    fn run(&mut self, direction: Direction) {
        let mut gaps: Vec<i32> = self.days.windows(2).map(|pair| pair[1].0 - pair[0].0).collect();
        gaps.sort_unstable();
        let median = gaps[gaps.len() / 2];
        let rolls = match direction {
            Direction::Inflow => [Roll::Before, Roll::After, Roll::Exact],
            Direction::Outflow => [Roll::After, Roll::Exact, Roll::Before],
        };
        let leads = if direction == Direction::Inflow && self.is_pay() { 0..=LEAD_MAX } else { 0..=0 };
        for (lead, roll) in leads.flat_map(|lead| rolls.map(|roll| (lead, roll))) {
            if roll == Roll::Exact && 0 < lead {
                continue;
            }
            self.propose(median, roll, lead);
            if self.is_pay() && gaps.len() == 2 && matches!(gaps[0], 4..=19 | 21..=38 | 80..=100 | 350..=380) {
                self.propose(gaps[0], roll, lead);
            }
            if !self.is_pay() && self.best.is_some_and(|(best, _)| best.fit.cost() == 0) {
                return;
            }
        }
    }

    fn propose(&mut self, median: i32, roll: Roll, lead: i32) {
        let nominal = self.nominal(roll, lead);
        self.intervals(&nominal, median, roll, lead);
        let is_sure = |best: &Option<(Found, (u32, u32))>| {
            best.is_some_and(|(best, _)| {
                let often = matches!(best.cadence, Cadence::Weekly | Cadence::Biweekly);
                best.fit.cost() == 0 && 4 <= best.fit.hits && often
            })
        };
        let votes = self.votes(&nominal);
        if (10..=19).contains(&median) && !is_sure(&self.best) {
            self.twice(&votes, roll, lead);
        }
        let quorum = if self.is_pay() { self.days.len().div_ceil(2) } else { 1 };
        let months = |search: &mut Self, months: i32, cadence: Cadence| {
            let phase = civil(nominal[0]).0.rem_euclid(months);
            for date in (1..=31).filter(|date| quorum <= votes[*date as usize]) {
                search.compare(cadence, Schedule { grid: Grid::Months { date, months, phase }, roll, lead });
            }
        };
        if (21..=38).contains(&median) && !is_sure(&self.best) {
            months(self, 1, Cadence::MonthlyByDay);
            self.weekdays(&nominal, roll, lead);
        }
        if (80..=100).contains(&median) {
            months(self, 3, Cadence::Quarterly);
        }
        if (350..=380).contains(&median) {
            months(self, 12, Cadence::Annual);
        }
    }

    fn nominal(&self, roll: Roll, lead: i32) -> Vec<Day> {
        let mut nominal = vec![];
        for day in self.days {
            let rolled = if lead == 0 { *day } else { banking_days_after(*day, lead) };
            nominal.push(rolled);
            let step = match roll {
                Roll::Before => 1,
                Roll::After => -1,
                Roll::Exact => continue,
            };
            let beside = (1..).map(|days| rolled.plus(step * days));
            nominal.extend(beside.take_while(|day| !is_banking_day(*day)));
        }
        nominal
    }

    fn intervals(&mut self, nominal: &[Day], median: i32, roll: Roll, lead: i32) {
        let often = matches!(self.prior, Prior::Income | Prior::Takings);
        for (cadence, days, pauses) in
            [(Cadence::Weekly, 7, 4..=10), (Cadence::Biweekly, 14, 9..=18), (Cadence::FourWeekly, 28, 21..=35)]
        {
            let fits = pauses.contains(&median) || (often && median < 14 && days < 28);
            if !fits {
                continue;
            }
            let kept = nominal.iter().filter(|day| day.weekday() < 5 || roll == Roll::Exact || !often);
            let mut phases: Vec<(i32, u32)> = vec![];
            for phase in kept.map(|day| day.0.rem_euclid(days)) {
                match phases.iter_mut().find(|known| known.0 == phase) {
                    Some(known) => known.1 += 1,
                    None => phases.push((phase, 1)),
                }
            }
            phases.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
            for (phase, _) in phases.into_iter().take(if lead == 0 { 2 } else { 1 }) {
                self.compare(cadence, Schedule { grid: Grid::Interval { anchor: Day(phase), days }, roll, lead });
            }
        }
    }

    fn votes(&self, nominal: &[Day]) -> [usize; 32] {
        let mut votes = [0; 32];
        let drift = if self.is_pay() { 0 } else { 2 };
        for (_, length, date) in nominal.iter().map(|day| civil(*day)) {
            let last = if length <= date + drift { 31 } else { date };
            (date.saturating_sub(drift).max(1)..=last).for_each(|date| votes[date as usize] += 1);
        }
        votes
    }

    fn twice(&mut self, votes: &[usize; 32], roll: Roll, lead: i32) {
        let of = |(first, second): (u32, u32)| votes[first as usize] + votes[second as usize];
        let pairs: Vec<(u32, u32)> = if self.days.len() < 4 {
            COMMON_PAIRS.into_iter().filter(|pair| self.days.len() <= of(*pair) + 1).collect()
        } else {
            let mut all: Vec<(u32, u32)> =
                (1..=16).flat_map(|first| [first + 14, first + 15, 31].map(|second| (first, second))).collect();
            all.dedup();
            let most = all.iter().map(|pair| of(*pair)).max().expect("some");
            let quorum = if self.is_pay() { self.days.len().div_ceil(2) } else { 1 };
            all.retain(|pair| quorum <= of(*pair) && (COMMON_PAIRS.contains(pair) || most <= of(*pair) + 1));
            all
        };
        for (first, second) in pairs {
            self.compare(Cadence::SemiMonthly, Schedule { grid: Grid::Twice { first, second }, roll, lead });
        }
    }

    fn weekdays(&mut self, nominal: &[Day], roll: Roll, lead: i32) {
        for (nth, weekday) in (1..=5).flat_map(|nth| (0..7).map(move |weekday| (nth, weekday))) {
            let grid = Grid::NthWeekday { nth, weekday };
            // The fourth and the fifth of one weekday are the last in some months, but counted as such only by their date.
            let votes = nominal.iter().filter(|day| holds(&grid, **day)).count();
            if 2 * self.days.len() <= 3 * votes {
                self.compare(Cadence::MonthlyByWeekday, Schedule { grid, roll, lead });
            }
        }
    }

    fn compare(&mut self, cadence: Cadence, schedule: Schedule) {
        let window = Window::of(cadence, self.is_pay());
        let (first, last) = (self.days[0], self.days[self.days.len() - 1]);
        let mut to = last.plus(window.early + 1);
        if self.is_pay() {
            to = to.max(self.end.min(last.plus(40)));
        }
        let dates = dates(&schedule, first.plus(-window.late), to);
        let mut answer = vec![];
        let fit = fit(self.days, &dates, window, &mut answer);
        let found = Found { cadence, schedule, fit, window };
        let rare = u32::from(matches!(cadence, Cadence::MonthlyByWeekday | Cadence::FourWeekly));
        let mut order = (12 * fit.misses + 8 * fit.extras + 2 * fit.late, rare);
        if self.is_pay() {
            let latest = answer.iter().rev().find_map(|date| *date);
            let waits = dates.iter().any(|date| latest < Some(*date) && *date < self.end);
            let off = fit.hits - fit.exact;
            let cost = 12 * fit.misses + 8 * fit.extras + 4 * off + fit.late + 6 * fit.early + 5 * u32::from(waits);
            let rule = super::Rule { roll: schedule.roll, lead: schedule.lead };
            let odd = super::oddness::of_rule(rule) + super::oddness::of_grid(&schedule.grid, self.prior);
            order = (cost + odd, 0);
        }
        if self.best.is_none_or(|(_, best)| order < best) {
            self.best = Some((found, order));
        }
    }
}

fn exhaustive(days: &[Day], end: Day, direction: Direction, prior: Prior) -> Option<Found> {
    if days.len() < 2 || 160 < days.len() || (days.len() == 2 && prior == Prior::None) {
        return None;
    }
    let mut all = All { days, end, prior, best: None };
    all.run(direction);
    let (best, _) = all.best?;
    accept(&best, days, prior).then_some(best)
}

/// Days of a payer: a schedule kept more or less well, with payments that are late, missing or of no schedule; or any days.
fn payer(seed: &mut Seed, end: Day) -> Vec<Day> {
    let small = |number: u64| i32::try_from(number).expect("small");
    let date = |seed: &mut Seed, end: u64| u32::try_from(1 + seed.below(end)).expect("small");
    let span = [60, 120, 180, 180, 365, 730, 1_100][seed.index(7)];
    let anchor = Day(small(seed.below(28)));
    let grid = match seed.below(10) {
        0 | 1 => Grid::Interval { anchor, days: 7 },
        2 => Grid::Interval { anchor, days: 14 },
        3 => Grid::Interval { anchor, days: 28 },
        4 | 5 => Grid::Twice { first: date(seed, 16), second: 15 + date(seed, 16) },
        6 => Grid::NthWeekday { nth: date(seed, 5), weekday: date(seed, 7) - 1 },
        7 => Grid::Months { date: date(seed, 31), months: 3, phase: small(seed.below(3)) },
        8 => Grid::Months { date: date(seed, 31), months: 12, phase: small(seed.below(12)) },
        _ => Grid::Months { date: date(seed, 31), months: 1, phase: 0 },
    };
    let roll = [Roll::Before, Roll::After, Roll::Exact][seed.index(3)];
    let lead = if seed.below(3) == 0 { small(seed.below(3)) } else { 0 };
    let from = end.plus(-span);
    let [late, missing, others] = [0; 3].map(|_| [0, 0, 5, 20, 60][seed.index(5)]);
    let mut days: Vec<Day> = vec![];
    if seed.below(8) != 0 {
        for day in dates(&Schedule { grid, roll, lead }, from, end) {
            let off = if seed.below(100) < late { small(seed.below(9)) - 3 } else { 0 };
            if missing <= seed.below(100) {
                days.push(day.plus(off));
            }
        }
    }
    let others = u64::try_from(days.len()).expect("small") * others / 100 + seed.below(2) * seed.below(12);
    days.extend((0..others).map(|_| from.plus(small(seed.below(u64::try_from(span).expect("small"))))));
    days.retain(|day| *day < end);
    days.sort_unstable();
    days.dedup();
    // Often few of them are known.
    let known = if seed.below(2) == 0 { days.len() } else { days.len().min(2 + seed.index(9)) };
    days.split_off(days.len() - known)
}

#[test]
fn the_search_finds_what_one_that_leaves_nothing_out_finds() {
    let mut seed = Seed(41);
    let mut scratch = Scratch::default();
    let (mut found, mut none) = (0, 0);
    for at in 0..PAYERS {
        let end = Day::from_civil(2024, 6, 1).plus(i32::try_from(seed.below(800)).expect("small"));
        let days = payer(&mut seed, end);
        for prior in [Prior::Income, Prior::Takings, Prior::Benefit, Prior::Bill, Prior::None] {
            let direction = match prior {
                Prior::Income | Prior::Takings | Prior::Benefit => Direction::Inflow,
                _ if seed.below(4) == 0 => Direction::Inflow,
                _ => Direction::Outflow,
            };
            let expected = exhaustive(&days, end, direction, prior);
            assert_eq!(calendar(&days, end, direction, prior, &mut scratch), expected, "{at} {prior:?} {days:?}");
            *(if expected.is_some() { &mut found } else { &mut none }) += 1;
        }
    }
    assert!(PAYERS < found && PAYERS < none, "{found} found, {none} not");
}

const PAYERS: u32 = 500;
