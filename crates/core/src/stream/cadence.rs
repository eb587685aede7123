//! The calendars on which money moves, and how well a series of days fits one.
//!
//! A schedule is a grid of nominal dates and a rule for dates on which banks do not settle (weekends and the Federal
//! Reserve's holidays, [`crate::calendar`]): pay comes before them, bills after, some on the day itself. Some banks hand pay
//! out a day or two early; a schedule then leads by as many banking days.

use std::{ops::RangeInclusive, sync::LazyLock};

use crate::{
    calendar::{at_or_after, at_or_before, banking_days_after},
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
        self.dates(from, to).collect()
    }

    /// The same, one after another.
    pub(super) fn dates(&self, from: Day, to: Day) -> Dates {
        Dates { schedule: *self, nominal: self.grid.nominal(from.plus(-REACH)), from, to }
    }

    fn settle(&self, date: Day) -> Day {
        let rolled = self.roll.settle(date);
        if self.lead == 0 { rolled } else { banking_days_after(rolled, -self.lead) }
    }

    /// The first date on or after a day.
    pub(crate) fn next(&self, day: Day) -> Option<Day> {
        self.dates(day, day.plus(self.grid.longest() + REACH)).next()
    }
}

/// The dates of a schedule, as banks settle, ascending.
#[derive(Clone, Debug)]
pub(super) struct Dates {
    schedule: Schedule,
    nominal: Nominal,
    /// After the last date: two nominal dates can settle on one day around long weekends.
    from: Day,
    to: Day,
}

impl Iterator for Dates {
    type Item = Day;

    #[inline]
    fn next(&mut self) -> Option<Day> {
        loop {
            // Later nominal dates settle no earlier.
            let date = self.schedule.settle(self.nominal.next());
            if self.to <= date {
                return None;
            }
            if self.from <= date {
                self.from = date.plus(1);
                return Some(date);
            }
        }
    }
}

/// The nominal dates of a grid from some day on, without end.
#[derive(Clone, Debug)]
enum Nominal {
    Interval {
        next: Day,
        days: i32,
    },
    /// Two dates of a month; the second is still to come when `is_second`.
    Twice {
        month: Month,
        first: u32,
        second: u32,
        is_second: bool,
    },
    Months {
        month: Month,
        date: u32,
        months: i32,
    },
    NthWeekday {
        month: Month,
        nth: u32,
        weekday: u32,
    },
}

impl Nominal {
    #[inline]
    fn next(&mut self) -> Day {
        match self {
            Nominal::Interval { next, days } => {
                let date = *next;
                *next = date.plus(*days);
                date
            }
            Nominal::Twice { month, first, second, is_second } => {
                let date = month.date(if *is_second { *second } else { *first });
                if *is_second {
                    *month = month.later(1);
                }
                *is_second = !*is_second;
                date
            }
            Nominal::Months { month, date, months } => {
                let nominal = month.date(*date);
                *month = month.later(*months);
                nominal
            }
            Nominal::NthWeekday { month, nth, weekday } => {
                let nominal = month.nth(*nth, *weekday);
                *month = month.later(1);
                nominal
            }
        }
    }
}

impl Grid {
    /// The nominal dates from a day on, and perhaps some of the same month before it.
    fn nominal(&self, from: Day) -> Nominal {
        match *self {
            Grid::Interval { anchor, days } => {
                Nominal::Interval { next: from.plus((anchor.0 - from.0).rem_euclid(days)), days }
            }
            Grid::Twice { first, second } => {
                Nominal::Twice { month: Month::around(from).0, first, second, is_second: false }
            }
            Grid::Months { date, months, phase } => {
                let month = Month::around(from).0;
                Nominal::Months { month: month.later((phase - month.number).rem_euclid(months)), date, months }
            }
            Grid::NthWeekday { nth, weekday } => Nominal::NthWeekday { month: Month::around(from).0, nth, weekday },
        }
    }

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

    /// The month so many months later.
    #[inline]
    pub(super) fn later(self, months: i32) -> Month {
        Month::of(self.number + months)
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

/// Days before and after a date on which a payment answers it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Window {
    pub(super) early: i32,
    pub(super) late: i32,
}

impl Window {
    /// Bills are paid sooner or later. Pay that is held up comes up to three banking days late, which are six days over a long
    /// weekend, and hardly ever before its date: an early bank pays early always, which is a schedule of its own.
    pub(super) fn of(cadence: Cadence, is_pay: bool) -> Window {
        let tolerance = cadence.tolerance();
        if is_pay {
            Window { early: tolerance.min(2), late: tolerance.max(6) }
        } else {
            Window { early: tolerance, late: tolerance }
        }
    }
}

/// How a series of days meets a schedule.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(super) struct Fit {
    /// Dates that were answered.
    pub(super) hits: u32,
    /// Dates that were answered on the day.
    pub(super) exact: u32,
    /// Dates between the first and the last answered one that were not.
    pub(super) misses: u32,
    /// Days of the series that answer no date.
    pub(super) extras: u32,
    /// Days between answers and dates, added up.
    pub(super) late: u32,
    /// Answers before their date.
    pub(super) early: u32,
}

/// What a fit costs: the less, the better the schedule explains the days.
#[derive(Clone, Copy, Debug)]
pub(super) struct Weights {
    pub(super) miss: u32,
    pub(super) extra: u32,
    /// An answer on another day than its date, and each day between them.
    pub(super) off: u32,
    pub(super) day: u32,
    pub(super) early: u32,
}

impl Weights {
    /// What is missing weighs most, what is too much next, what is off least.
    pub(super) const PLAIN: Weights = Weights { miss: 12, extra: 8, off: 0, day: 2, early: 0 };

    #[inline]
    pub(super) fn cost(&self, fit: &Fit) -> u32 {
        self.miss * fit.misses
            + self.extra * fit.extras
            + self.off * (fit.hits - fit.exact)
            + self.day * fit.late
            + self.early * fit.early
    }
}

impl Fit {
    /// What it costs when nothing is known of the schedule.
    pub(super) fn cost(&self) -> u32 {
        Weights::PLAIN.cost(self)
    }
}

/// Most days of a series that [`fit_within`] takes.
pub(super) const DAYS_MAX: usize = 160;

/// The fit of [`fit`] for dates that come one after another, given up as soon as it must cost more than `most`. With it, whether
/// a date before `end` has gone by without its payment: late for this schedule, not yet due for another.
pub(super) fn fit_within(
    days: &[Day],
    dates: Dates,
    window: Window,
    end: Day,
    weights: &Weights,
    most: u32,
) -> Option<(Fit, bool)> {
    let mut taken = [0_u64; DAYS_MAX.div_ceil(64)];
    let is_taken = |taken: &[u64], at: usize| taken[at / 64] >> (at % 64) & 1 == 1;
    let mut fit = Fit::default();
    let (mut from, mut pending) = (0, 0);
    // The newest day that answers a date, and whether a date came after that one.
    let (mut newest, mut waits) = (None, false);
    for date in dates {
        while days.get(from).is_some_and(|day| day.0 < date.0 - window.early) {
            fit.extras += u32::from(!is_taken(&taken, from));
            from += 1;
        }
        if most < weights.cost(&fit) {
            return None;
        }
        let mut nearest: Option<(i32, usize)> = None;
        for (at, day) in (from..).zip(&days[from..]) {
            let distance = (day.0 - date.0).abs();
            // Days ascend: they come nearer, then go farther.
            if date.0 + window.late < day.0 || nearest.is_some_and(|(known, _)| known <= distance) {
                break;
            }
            if !is_taken(&taken, at) {
                nearest = Some((distance, at));
            }
        }
        let Some((distance, at)) = nearest else {
            pending += u32::from(0 < fit.hits);
            waits |= date < end;
            continue;
        };
        taken[at / 64] |= 1 << (at % 64);
        fit.misses += std::mem::take(&mut pending);
        fit.hits += 1;
        fit.exact += u32::from(distance == 0);
        fit.late += distance.unsigned_abs();
        fit.early += u32::from(days[at] < date);
        if newest < Some(at) {
            (newest, waits) = (Some(at), false);
        } else {
            waits |= date < end;
        }
    }
    fit.extras = u32::try_from(days.len()).unwrap_or(u32::MAX) - fit.hits;
    Some((fit, waits))
}

/// Answers each date with the nearest day of the series within the window; `answer` gets, for each day, its date.
pub(super) fn fit(days: &[Day], dates: &[Day], window: Window, answer: &mut Vec<Option<Day>>) -> Fit {
    answer.clear();
    answer.resize(days.len(), None);
    let mut fit = Fit::default();
    let (mut from, mut pending) = (0, 0);
    for &date in dates {
        while from < days.len() && days[from].0 < date.0 - window.early {
            from += 1;
        }
        let within = days[from..].iter().take_while(|day| day.0 <= date.0 + window.late).count();
        let distance = |at: &usize| (days[*at].0 - date.0).abs();
        let free = (from..from + within).filter(|at| answer[*at].is_none());
        let Some(at) = free.min_by_key(distance) else {
            pending += u32::from(0 < fit.hits);
            continue;
        };
        answer[at] = Some(date);
        fit.misses += std::mem::take(&mut pending);
        fit.hits += 1;
        fit.exact += u32::from(days[at] == date);
        fit.late += distance(&at).unsigned_abs();
        fit.early += u32::from(days[at] < date);
    }
    fit.extras = u32::try_from(days.len()).unwrap_or(u32::MAX) - fit.hits;
    fit
}

#[cfg(test)]
mod tests;
