//! The calendar that explains a series of days, if one does.
//!
//! Every cadence that the pauses between the days allow proposes schedules with the phases that the days themselves suggest;
//! the schedule with the lowest [`Fit::cost`] wins, and is accepted only when it leaves little unexplained. What is owed or
//! earned (a known bill, income) is expected to come back and needs less evidence than money that may move at any time.

use super::cadence::{Cadence, Fit, Grid, Month, Roll, Schedule, fit};
use crate::{calendar::is_banking_day, money::Direction, time::Day};

/// How much evidence a cadence needs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Prior {
    /// Income: pay days are kept, but bonuses, expenses and instant payouts come in between.
    Income,
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
}

/// Lists that are used again from group to group.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    dates: Vec<Day>,
    answer: Vec<Option<Day>>,
    gaps: Vec<i32>,
    months: Vec<(i32, u32, u32)>,
    // Whether any day is one on which banks do not settle.
    closed: bool,
}

/// Series with more days than this move too often for a calendar of weeks or months.
const DAYS_MAX: usize = 160;
/// Pairs of dates on which pay twice a month is common; the last is the month's end.
const COMMON_PAIRS: [(u32, u32); 6] = [(1, 15), (15, 31), (5, 20), (10, 25), (7, 22), (1, 16)];

/// Finds the calendar of ascending, distinct days.
pub(super) fn calendar(days: &[Day], direction: Direction, prior: Prior, scratch: &mut Scratch) -> Option<Found> {
    if days.len() < 2 || DAYS_MAX < days.len() || (days.len() == 2 && prior == Prior::None) {
        return None;
    }
    let mut search = Search { days, direction, prior, scratch, best: None };
    search.measure();
    let median = search.scratch.gaps[search.scratch.gaps.len() / 2];
    search.intervals(median);
    if (10..=19).contains(&median) && !search.is_sure() {
        search.twice_a_month();
    }
    if (21..=38).contains(&median) && !search.is_sure() {
        search.monthly(1, Cadence::MonthlyByDay);
        search.weekday_of_month();
    }
    if (80..=100).contains(&median) {
        search.monthly(3, Cadence::Quarterly);
    }
    if (350..=380).contains(&median) {
        search.monthly(12, Cadence::Annual);
    }
    let best = search.best?;
    accept(&best, days, prior).then_some(best)
}

/// The dates that days answer, for a schedule that was found.
pub(super) fn answers(days: &[Day], found: &Found, scratch: &mut Scratch) -> Vec<Option<Day>> {
    let tolerance = found.cadence.tolerance();
    let (first, last) = (days[0], days[days.len() - 1]);
    found.schedule.settle(first.plus(-tolerance), last.plus(tolerance + 1), &mut scratch.dates);
    fit(days, &scratch.dates, tolerance, &mut scratch.answer);
    scratch.answer.clone()
}

struct Search<'s> {
    days: &'s [Day],
    direction: Direction,
    prior: Prior,
    scratch: &'s mut Scratch,
    best: Option<Found>,
}

impl Search<'_> {
    /// Pauses, ascending, and where each day stands in its month.
    fn measure(&mut self) {
        self.scratch.closed = self.days.iter().any(|day| !is_banking_day(*day));
        let Scratch { gaps, months, .. } = &mut *self.scratch;
        gaps.clear();
        gaps.extend(self.days.windows(2).map(|pair| pair[1].0 - pair[0].0));
        gaps.sort_unstable();
        months.clear();
        months.extend(self.days.iter().map(|day| {
            let (month, date) = Month::around(*day);
            (month.number, date, month.length)
        }));
    }

    /// Nothing beats a schedule that every day keeps, unless a rarer cadence keeps it too: intervals come first.
    fn is_sure(&self) -> bool {
        self.best.is_some_and(|best| best.fit.cost() == 0 && 4 <= best.fit.hits && best.cadence != Cadence::FourWeekly)
    }

    fn intervals(&mut self, median: i32) {
        // Bonuses and instant payouts between pay days shorten the median pause.
        let often = matches!(self.prior, Prior::Income);
        for (cadence, days, pauses) in
            [(Cadence::Weekly, 7, 4..=10), (Cadence::Biweekly, 14, 9..=18), (Cadence::FourWeekly, 28, 21..=35)]
        {
            if pauses.contains(&median) || (often && median < 14 && days < 28) {
                let (first, second) = common_phases(self.days, days);
                for phase in std::iter::once(first).chain(second) {
                    let anchor = Day(phase);
                    self.try_rolls(cadence, Grid::Interval { anchor, days });
                    self.try_leads(cadence, anchor, |nominal| Grid::Interval { anchor: nominal, days });
                }
            }
        }
    }

    fn twice_a_month(&mut self) {
        COMMON_PAIRS.iter().for_each(|&(first, second)| self.try_pair(first, second));
        // Few days fit too many pairs.
        if self.days.len() < 4 {
            return;
        }
        for first in 1..=16 {
            let seconds = [first + 14, first + 15, 31];
            let distinct = if first + 15 == 31 { &seconds[..2] } else { &seconds[..] };
            for &second in distinct {
                self.try_pair(first, second);
            }
        }
    }

    fn try_pair(&mut self, first: u32, second: u32) {
        // Most days must stand near one of the dates before the schedule is worth building.
        let near = |date: u32, length: u32, wanted: u32| {
            let wanted = wanted.min(length);
            (date + 4 >= wanted && date <= wanted + 3) || (wanted <= 3 && length + wanted <= date + 4)
        };
        let months = &self.scratch.months;
        let fits =
            months.iter().filter(|(_, date, length)| near(*date, *length, first) || near(*date, *length, second));
        if 4 * fits.count() < 3 * months.len() {
            return;
        }
        self.try_rolls(Cadence::SemiMonthly, Grid::Twice { first, second });
    }

    fn monthly(&mut self, months: i32, cadence: Cadence) {
        // A date, or what a weekend may have made of it.
        let mut wanted = 0_u64;
        for (day, (_, date, length)) in self.days.iter().zip(&self.scratch.months) {
            // Weekends move pay back and bills on; a bank that hands pay out early moves it up to four days more.
            let shifts: &[i32] = match (self.prior, day.weekday()) {
                (Prior::Income | Prior::Benefit, 0) => &[0, 1, 2, 3, 4, -1, -2],
                (Prior::Income | Prior::Benefit, _) => &[0, 1, 2, 3, 4],
                (_, 0) => &[0, -1, -2],
                (_, 1 | 3) => &[0, 1, -1],
                (_, 4) => &[0, 1, 2],
                _ => &[0],
            };
            for shift in shifts {
                let date = i64::from(*date) + i64::from(*shift);
                // Days handed out early at the end of a month belong to the first days of the next.
                let date = if i64::from(*length) < date { date - i64::from(*length) } else { date };
                wanted |= 1 << date.clamp(1, 31);
            }
            // The end of a month, weekends before it included.
            if *length <= date + 3 {
                wanted |= 1 << 31;
            }
        }
        let number = self.scratch.months[0].0;
        // Of equals the month's end, then the earliest date.
        for date in std::iter::once(31).chain(1..=30).filter(|date| wanted >> date & 1 == 1) {
            let mut phases = vec![number.rem_euclid(months)];
            if months == 1 {
                phases[0] = 0;
            }
            for phase in phases {
                self.try_rolls(cadence, Grid::Months { date, months, phase });
            }
        }
    }

    fn weekday_of_month(&mut self) {
        let mut counts = [0_u32; 7];
        self.days.iter().for_each(|day| counts[day.weekday() as usize] += 1);
        let weekday = (0..7_u32).rev().max_by_key(|weekday| counts[*weekday as usize]).unwrap_or(0);
        if counts[weekday as usize] * 3 < u32::try_from(self.days.len()).unwrap_or(0) * 2 {
            return;
        }
        for nth in 1..=5 {
            self.try_rolls(Cadence::MonthlyByWeekday, Grid::NthWeekday { nth, weekday });
            // 1970-01-05 was a Monday.
            let any = Day(4 + i32::try_from(weekday).unwrap_or(0));
            self.try_leads(Cadence::MonthlyByWeekday, any, |nominal| Grid::NthWeekday {
                nth,
                weekday: nominal.weekday(),
            });
        }
    }

    /// Pay days of which a bank hands the money out one or two banking days early, so that it comes on the weekday of `early`.
    fn try_leads(&mut self, cadence: Cadence, early: Day, grid: impl Fn(Day) -> Grid) {
        if !matches!(self.prior, Prior::Income | Prior::Benefit) || 5 <= early.weekday() {
            return;
        }
        // Only where the days themselves do not fit as they are.
        if self.best.is_some_and(|best| best.cadence == cadence && best.fit.late == 0) {
            return;
        }
        for lead in 1..=2_i32 {
            let weekday = i32::try_from(early.weekday()).unwrap_or(0);
            let over_weekend = if 4 < weekday + lead { 2 } else { 0 };
            let schedule = Schedule { grid: grid(early.plus(lead + over_weekend)), roll: Roll::Before, lead };
            self.try_one(cadence, schedule);
        }
    }

    /// The usual way with weekends and holidays, and the others where it leaves days unexplained.
    fn try_rolls(&mut self, cadence: Cadence, grid: Grid) {
        let rolls = match self.direction {
            Direction::Inflow => [Roll::Before, Roll::After, Roll::Exact],
            Direction::Outflow => [Roll::After, Roll::Exact, Roll::Before],
        };
        let exact = self.scratch.closed;
        for roll in rolls.into_iter().filter(|roll| *roll != Roll::Exact || exact) {
            let fit = self.try_one(cadence, Schedule { grid, roll, lead: 0 });
            if fit.late == 0 {
                return;
            }
            // Pay that comes early may be handed out early.
            if roll == Roll::Before && self.direction == Direction::Inflow && fit.hits <= 3 * fit.early {
                (1..=2).for_each(|lead| _ = self.try_one(cadence, Schedule { grid, roll, lead }));
            }
        }
    }

    fn try_one(&mut self, cadence: Cadence, schedule: Schedule) -> Fit {
        let tolerance = cadence.tolerance();
        let (first, last) = (self.days[0], self.days[self.days.len() - 1]);
        schedule.settle(first.plus(-tolerance), last.plus(tolerance + 1), &mut self.scratch.dates);
        let fit = fit(self.days, &self.scratch.dates, tolerance, &mut self.scratch.answer);
        let candidate = Found { cadence, schedule, fit };
        if self.best.is_none_or(|best| self.order(&candidate) < self.order(&best)) {
            self.best = Some(candidate);
        }
        fit
    }

    /// Lower is better; of equals what is more common wins, then the first that was tried.
    fn order(&self, found: &Found) -> (u32, u32) {
        let rare = match (found.cadence, found.schedule.grid) {
            (Cadence::FourWeekly, _) => 2,
            (Cadence::MonthlyByWeekday, _) if self.prior != Prior::Benefit => 1,
            (_, Grid::Twice { first, second }) if !COMMON_PAIRS.contains(&(first, second)) => 1,
            _ => 0,
        };
        // Most banks hand nothing out early.
        (found.fit.cost(), rare + u32::from(found.schedule.lead != 0))
    }
}

/// The most and the second most common phase of days on a grid of `days` days; of equals the one met first.
fn common_phases(series: &[Day], days: i32) -> (i32, Option<i32>) {
    let mut counts = [0_u32; 28];
    let mut order: [i32; 28] = [0; 28];
    let mut met = 0;
    for day in series {
        let phase = day.0.rem_euclid(days);
        let at = usize::try_from(phase).unwrap_or(0);
        if counts[at] == 0 {
            order[met] = phase;
            met += 1;
        }
        counts[at] += 1;
    }
    let count = |phase: i32| counts[usize::try_from(phase).unwrap_or(0)];
    let mut ranked: Vec<i32> = order[..met].to_vec();
    ranked.sort_by_key(|phase| std::cmp::Reverse(count(*phase)));
    (ranked[0], ranked.get(1).copied())
}

/// Whether a fit leaves little enough unexplained.
fn accept(found: &Found, days: &[Day], prior: Prior) -> bool {
    let fit = &found.fit;
    let expected = fit.hits + fit.misses;
    if fit.hits < 2 {
        return false;
    }
    // Two days make one pause: it must be the very one.
    if fit.hits == 2 {
        let monthly = matches!(found.cadence, Cadence::MonthlyByDay | Cadence::MonthlyByWeekday | Cadence::Annual);
        return fit.misses == 0 && fit.extras == 0 && fit.late <= u32::from(monthly) && prior != Prior::None;
    }
    match prior {
        Prior::Income | Prior::Benefit => {
            // Days off on the whole, or a few far off and the others on the day.
            let mostly_exact = 5 <= fit.hits && 3 * fit.exact >= 2 * fit.hits;
            let kept = 4 * fit.misses <= expected && (fit.late <= fit.hits + 1 || mostly_exact);
            // Three payments have two pauses; a schedule that they keep only roughly says little.
            let sharp = 4 <= fit.hits || fit.late <= 2;
            // Payouts in between: then the schedule itself must stand out from payouts on any day.
            let span = u32::try_from(days[days.len() - 1].0 - days[0].0).unwrap_or(0);
            let count = fit.hits + fit.extras;
            let stands_out = 4 <= fit.hits && 8 * expected <= 10 * fit.exact && 2 * count <= span;
            kept && sharp && (3 * fit.extras <= fit.hits || stands_out)
        }
        Prior::Bill => {
            let late = if fit.hits == 3 { fit.late <= 4 } else { 2 * fit.late <= 3 * fit.hits };
            4 * fit.misses <= expected && late && 4 * fit.extras <= fit.hits
        }
        Prior::None => {
            let enough = if matches!(found.cadence, Cadence::Weekly | Cadence::Biweekly) { 5 } else { 3 };
            enough <= fit.hits && 6 * fit.misses <= expected && 2 * fit.late <= fit.hits && 6 * fit.extras <= fit.hits
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(texts: &[&str]) -> Vec<Day> {
        let number = |text: &str| text.parse::<u32>().expect("a number");
        texts
            .iter()
            .map(|text| {
                let year = i32::try_from(number(&text[..4])).expect("small");
                Day::from_civil(year, number(&text[5..7]), number(&text[8..10]))
            })
            .collect()
    }

    fn cadence(texts: &[&str], prior: Prior) -> Option<(Cadence, String)> {
        let series = days(texts);
        let found = calendar(&series, Direction::Inflow, prior, &mut Scratch::default())?;
        let next = found.schedule.next(series.last().expect("some").plus(1))?;
        Some((found.cadence, next.to_string()))
    }

    #[test]
    fn fortnightly_pay_is_told_from_pay_twice_a_month() {
        // Fridays; 2026-07-03 is a banking day though the 4th is a holiday.
        let fridays = ["2026-05-22", "2026-06-05", "2026-06-19", "2026-07-02", "2026-07-17"];
        // 2026-06-19 is Juneteenth: pay comes on Thursday the 18th.
        let paid = ["2026-05-22", "2026-06-05", "2026-06-18", "2026-07-03", "2026-07-17"];
        assert_eq!(cadence(&paid, Prior::Income), Some((Cadence::Biweekly, "2026-07-31".to_owned())));
        // One day late and one early still keep the calendar.
        assert_eq!(cadence(&fridays, Prior::Income), Some((Cadence::Biweekly, "2026-07-31".to_owned())));
        // The 15th and the last, or the banking day before: 15 August 2026 is a Saturday, so is 31 October.
        let twice = ["2026-07-15", "2026-07-31", "2026-08-14", "2026-08-31", "2026-09-15", "2026-09-30"];
        assert_eq!(cadence(&twice, Prior::Income), Some((Cadence::SemiMonthly, "2026-10-15".to_owned())));
    }

    #[test]
    fn a_month_is_no_four_weeks_and_the_nth_weekday_no_date() {
        let last = ["2026-06-30", "2026-07-31", "2026-08-31"];
        assert_eq!(cadence(&last, Prior::Income), Some((Cadence::MonthlyByDay, "2026-09-30".to_owned())));
        let four = ["2026-05-01", "2026-05-29", "2026-06-26", "2026-07-24", "2026-08-21", "2026-09-18"];
        assert_eq!(cadence(&four, Prior::Income), Some((Cadence::FourWeekly, "2026-10-16".to_owned())));
        // Second Wednesdays.
        let second = ["2026-06-10", "2026-07-08", "2026-08-12", "2026-09-09"];
        assert_eq!(cadence(&second, Prior::Benefit), Some((Cadence::MonthlyByWeekday, "2026-10-14".to_owned())));
    }

    #[test]
    fn a_bonus_a_late_payment_and_a_missing_one_leave_the_calendar_standing() {
        // Weekly on Fridays from 2026-08-07: the 21st missing, the 28th on the following Monday, a bonus on 2 September.
        let paid = [
            "2026-08-07",
            "2026-08-14",
            "2026-08-31",
            "2026-09-02",
            "2026-09-04",
            "2026-09-11",
            "2026-09-18",
            "2026-09-25",
            "2026-10-02",
            "2026-10-09",
        ];
        assert_eq!(cadence(&paid, Prior::Income), Some((Cadence::Weekly, "2026-10-16".to_owned())));
    }

    #[test]
    fn days_without_a_calendar_have_none() {
        let any = ["2026-05-03", "2026-05-12", "2026-05-17", "2026-06-09", "2026-06-11", "2026-07-02", "2026-07-22"];
        assert_eq!(cadence(&any, Prior::Income), None);
        assert_eq!(cadence(&any[..1], Prior::Income), None);
        // Two days say nothing of a shop, and the right pause says something of a bill.
        assert_eq!(cadence(&["2026-05-01", "2026-06-01"], Prior::None), None);
        assert_eq!(
            cadence(&["2026-05-01", "2026-06-01"], Prior::Bill),
            Some((Cadence::MonthlyByDay, "2026-07-01".to_owned()))
        );
        assert_eq!(cadence(&["2026-05-01", "2026-05-19"], Prior::Bill), None);
    }

    #[test]
    fn quarterly_and_annual_bills_are_found_on_two_years() {
        let quarterly = ["2025-01-15", "2025-04-15", "2025-07-15", "2025-10-15"];
        assert_eq!(cadence(&quarterly, Prior::Bill), Some((Cadence::Quarterly, "2026-01-15".to_owned())));
        let annual = ["2024-03-11", "2025-03-11"];
        assert_eq!(cadence(&annual, Prior::Bill), Some((Cadence::Annual, "2026-03-11".to_owned())));
    }
}
