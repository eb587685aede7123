//! The calendars on which money moves.
//!
//! A schedule is a grid of nominal dates and a rule for dates on which banks do not settle (weekends and the Federal
//! Reserve's holidays, [`crate::calendar`]): pay comes before them, bills after, some on the day itself. Some banks hand pay
//! out a day or two early; a schedule then leads by as many banking days.

use std::{ops::RangeInclusive, sync::LazyLock};

use crate::{
    calendar::{Nearest, at_or_after, at_or_before},
    limits::SECONDS_END,
    time::Day,
};

/// How often money moves.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Cadence {
    /// Every seven days.
    Weekly,
    /// Every fourteen days.
    Biweekly,
    /// Twice a month, on two dates.
    SemiMonthly,
    /// Every twenty-eight days.
    FourWeekly,
    /// Once a month, on a date or on its last day.
    MonthlyByDay,
    /// Once a month, on its nth or last weekday.
    MonthlyByWeekday,
    /// Every third month, on a date.
    Quarterly,
    /// Once a year, on a date.
    Annual,
    /// On no calendar that was found.
    Irregular,
}

impl Cadence {
    /// All, the most frequent first.
    pub const ALL: [Cadence; 9] = [
        Cadence::Weekly,
        Cadence::Biweekly,
        Cadence::SemiMonthly,
        Cadence::FourWeekly,
        Cadence::MonthlyByDay,
        Cadence::MonthlyByWeekday,
        Cadence::Quarterly,
        Cadence::Annual,
        Cadence::Irregular,
    ];

    /// The name that files use.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Cadence::Weekly => "weekly",
            Cadence::Biweekly => "biweekly",
            Cadence::SemiMonthly => "semi_monthly",
            Cadence::FourWeekly => "four_weekly",
            Cadence::MonthlyByDay => "monthly_by_day",
            Cadence::MonthlyByWeekday => "monthly_by_weekday",
            Cadence::Quarterly => "quarterly",
            Cadence::Annual => "annual",
            Cadence::Irregular => "irregular",
        }
    }

    /// Payments a year, for monthly and annual equivalents; `None` without a calendar.
    #[must_use]
    pub fn per_year(self) -> Option<u32> {
        match self {
            Cadence::Weekly => Some(52),
            Cadence::Biweekly => Some(26),
            Cadence::SemiMonthly => Some(24),
            Cadence::FourWeekly => Some(13),
            Cadence::MonthlyByDay | Cadence::MonthlyByWeekday => Some(12),
            Cadence::Quarterly => Some(4),
            Cadence::Annual => Some(1),
            Cadence::Irregular => None,
        }
    }

    /// Days before or after its date on which a payment still answers it: room for three banking days around a weekend,
    /// and less than half of the time between two dates.
    #[must_use]
    pub fn tolerance(self) -> i32 {
        match self {
            Cadence::Weekly => 3,
            Cadence::Biweekly | Cadence::SemiMonthly | Cadence::FourWeekly => 5,
            Cadence::MonthlyByDay | Cadence::MonthlyByWeekday => 6,
            Cadence::Quarterly => 8,
            Cadence::Annual => 12,
            Cadence::Irregular => 0,
        }
    }
}

/// What happens to a date on which banks do not settle.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Roll {
    /// The banking day before.
    Before,
    /// The banking day after.
    After,
    /// The day itself.
    Exact,
}

impl Roll {
    /// The day on which a date settles.
    #[inline]
    pub(super) fn settle(self, date: Day) -> Day {
        match self {
            Roll::Before => at_or_before(date),
            Roll::After => at_or_after(date),
            Roll::Exact => date,
        }
    }
}

/// Nominal dates.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Grid {
    /// Every `days` days, `anchor` among them.
    Interval { anchor: Day, days: i32 },
    /// Two dates of every month; a date beyond the month's end is its last day.
    Twice { first: u32, second: u32 },
    /// A date of every `months`th month, those whose number (year × 12 + month - 1) leaves `phase`.
    Months { date: u32, months: i32, phase: i32 },
    /// The nth weekday of every month (0 is Monday); 5 is the last.
    NthWeekday { nth: u32, weekday: u32 },
}

/// A grid, and how it meets the banking calendar.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Schedule {
    pub(crate) grid: Grid,
    pub(crate) roll: Roll,
    /// Banking days by which the bank hands the money out early.
    pub(crate) lead: i32,
}

/// Days by which a settled date may lie from its nominal one.
const REACH: i32 = 10;

impl Schedule {
    /// The dates in `[from, to)` as banks settle, ascending.
    pub(crate) fn settled(&self, from: Day, to: Day) -> Vec<Day> {
        let mut dates = vec![];
        self.settled_into(from, to, &mut dates);
        dates
    }

    /// Adds the same to a list.
    pub(super) fn settled_into(&self, from: Day, to: Day, dates: &mut Vec<Day>) {
        self.visit(from, to, |date| {
            dates.push(date);
            true
        });
    }

    /// The first date on or after a day.
    pub(crate) fn next(&self, day: Day) -> Option<Day> {
        let mut next = None;
        self.visit(day, day.plus(self.grid.longest() + REACH), |date| {
            next = Some(date);
            false
        });
        next
    }

    /// Shows the dates in `[from, to)` as banks settle, ascending, while more are asked for.
    #[inline]
    pub(super) fn visit(&self, from: Day, to: Day, more: impl FnMut(Day) -> bool) {
        let settle = Settle { roll: self.roll, lead: self.lead, nearest: Nearest::table() };
        // Nominal dates from a day on, and perhaps some of the same month before it.
        let start = from.plus(-REACH);
        match self.grid {
            Grid::Interval { anchor, days } => {
                let mut next = start.plus((anchor.0 - start.0).rem_euclid(days));
                let nominal = || {
                    let date = next;
                    next = date.plus(days);
                    date
                };
                settle.each(nominal, from, to, more);
            }
            Grid::Twice { first, second } => {
                let (mut months, mut is_second) = (Months::from(start), true);
                let nominal = || {
                    is_second = !is_second;
                    if is_second { months.next(1).date(second) } else { months.now().date(first) }
                };
                settle.each(nominal, from, to, more);
            }
            Grid::Months { date, months: step, phase } => {
                let mut months = Months::from(start);
                if step != 1 {
                    months.number += (phase - months.number).rem_euclid(step);
                }
                settle.each(|| months.next(step).date(date), from, to, more);
            }
            Grid::NthWeekday { nth, weekday } => {
                let mut months = Months::from(start);
                settle.each(|| months.next(1).nth(nth, weekday), from, to, more);
            }
        }
    }
}

/// Months one after another.
struct Months {
    known: &'static [Month],
    number: i32,
}

impl Months {
    fn from(day: Day) -> Months {
        Months { known: &MONTHS, number: Month::around(day).0.number }
    }

    #[inline]
    fn now(&self) -> Month {
        let known = usize::try_from(self.number - MONTH_0).ok().and_then(|at| self.known.get(at));
        known.copied().unwrap_or_else(|| Month::by_rule(self.number))
    }

    /// The month, with which so many months go by.
    #[inline]
    fn next(&mut self, step: i32) -> Month {
        let month = self.now();
        self.number += step;
        month
    }
}

/// What becomes of dates on which banks do not settle, for many of them.
#[derive(Clone, Copy)]
struct Settle {
    roll: Roll,
    lead: i32,
    nearest: Nearest,
}

impl Settle {
    #[inline]
    fn day(&self, date: Day) -> Day {
        let (back, ahead) = self.nearest.of(date);
        let mut day = match self.roll {
            Roll::Before => date.plus(-back),
            Roll::After => date.plus(ahead),
            Roll::Exact => date,
        };
        for _ in 0..self.lead {
            let before = day.plus(-1);
            day = before.plus(-self.nearest.of(before).0);
        }
        day
    }

    /// Settles nominal dates that ascend: later ones settle no earlier.
    #[inline]
    fn each(&self, mut nominal: impl FnMut() -> Day, mut from: Day, to: Day, mut more: impl FnMut(Day) -> bool) {
        loop {
            let date = self.day(nominal());
            if to <= date {
                return;
            }
            if from <= date {
                if !more(date) {
                    return;
                }
                // Two nominal dates can settle on one day around long weekends.
                from = date.plus(1);
            }
        }
    }
}

impl Grid {
    /// Most days between two dates.
    fn longest(&self) -> i32 {
        match *self {
            Grid::Interval { days, .. } => days,
            Grid::Twice { .. } | Grid::NthWeekday { .. } => 40,
            Grid::Months { months, .. } => 31 * months + 4,
        }
    }
}

/// A calendar month.
#[derive(Clone, Copy, Debug)]
pub(super) struct Month {
    /// Year × 12 + month - 1.
    pub(super) number: i32,
    start: Day,
    /// How many days it has.
    pub(super) length: u32,
}

/// The months from January 1970 on that the engine accepts.
static MONTHS: LazyLock<Vec<Month>> = LazyLock::new(|| {
    let (year, ..) = Day(i32::try_from(SECONDS_END / 86_400).unwrap_or(0)).civil();
    (MONTH_0..(year + 1) * 12).map(Month::by_rule).collect()
});
/// The number of January 1970.
const MONTH_0: i32 = 1970 * 12;

fn first_day(number: i32) -> Day {
    Day::from_civil(number.div_euclid(12), number.rem_euclid(12).unsigned_abs() + 1, 1)
}

impl Month {
    /// The month of a number.
    #[inline]
    fn of(number: i32) -> Month {
        let known = usize::try_from(number - MONTH_0).ok().and_then(|at| MONTHS.get(at).copied());
        known.unwrap_or_else(|| Month::by_rule(number))
    }

    #[cold]
    fn by_rule(number: i32) -> Month {
        let (start, next) = (first_day(number), first_day(number + 1));
        Month { number, start, length: next.0.abs_diff(start.0) }
    }

    /// The month that holds a day, and the day's date in it.
    #[inline]
    pub(super) fn around(day: Day) -> (Month, u32) {
        // 4,800 months have 146,097 days, and each begins less than a month from where that puts it.
        let about = i32::try_from((i64::from(day.0) * 4_800).div_euclid(146_097)).unwrap_or(0) + MONTH_0;
        let month = Month::of(about);
        let month = match day.0.saturating_sub(month.start.0) {
            ..0 => Month::of(about - 1),
            since if month.length <= since.unsigned_abs() => Month::of(about + 1),
            _ => month,
        };
        (month, month.start.0.abs_diff(day.0) + 1)
    }

    /// The dates of schedules that fall on one of its dates: its last day stands for those beyond it too.
    pub(super) fn stands_for(self, date: u32) -> RangeInclusive<usize> {
        date as usize..=if date == self.length { 31 } else { date as usize }
    }

    /// Which of its weekdays one of its dates is, counted as [`Grid::NthWeekday`] does.
    pub(super) fn nths(self, date: u32) -> impl Iterator<Item = usize> {
        let nth = (date <= 28).then(|| date.div_ceil(7) as usize);
        nth.into_iter().chain((self.length < date + 7).then_some(5))
    }

    fn date(self, date: u32) -> Day {
        self.start.plus(i32::try_from(date.min(self.length)).unwrap_or(1) - 1)
    }

    fn nth(self, nth: u32, weekday: u32) -> Day {
        let first = (weekday + 7 - self.start.weekday()) % 7 + 1;
        let date = first + 7 * (nth - 1);
        self.date(if self.length < date { date - 7 } else { date })
    }
}

#[cfg(test)]
mod tests;
