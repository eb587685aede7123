//! Banking days and the days on which money is due. Written apart from any calendar of the engine, so that one can judge the
//! other.

use cashline_core::time::Day;

use super::truth::Cadence;

/// True when the Federal Reserve settles on this day.
///
/// # Source
///
/// Federal Reserve Banks, holiday schedules: a holiday on a Sunday is kept on the Monday, one on a Saturday is not kept on
/// the Friday. Juneteenth since 2022.
#[must_use]
pub fn is_banking_day(day: Day) -> bool {
    let (_, month, date) = day.civil();
    let floating = match day.weekday() {
        0 => matches!((month, date), (1 | 2, 15..=21) | (5, 25..=31) | (9, 1..=7) | (10, 8..=14)),
        3 => matches!((month, date), (11, 22..=28)),
        _ => false,
    };
    let fixed = is_fixed_holiday(day) || (day.weekday() == 0 && is_fixed_holiday(day.plus(-1)));
    day.weekday() < 5 && !floating && !fixed
}

fn is_fixed_holiday(day: Day) -> bool {
    let (year, month, date) = day.civil();
    match (month, date) {
        (1, 1) | (7, 4) | (11, 11) | (12, 25) => true,
        (6, 19) => 2022 <= year,
        _ => false,
    }
}

/// The banking day `count` banking days after this one (before it when negative).
#[must_use]
pub fn banking_days_from(day: Day, count: i32) -> Day {
    let (mut at, step) = (day, count.signum());
    for _ in 0..count.abs() {
        at = at.plus(step);
        while !is_banking_day(at) {
            at = at.plus(step);
        }
    }
    at
}

/// The day itself when it is a banking day, else the next one.
pub(super) fn on_or_after(day: Day) -> Day {
    if is_banking_day(day) { day } else { banking_days_from(day, 1) }
}

/// When money is due before weekends and holidays move it. Weekdays count from 0 (Monday); day 31 is a month's last day.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Schedule {
    /// Every week on a weekday.
    Weekly(u32),
    /// Every 14 days, this day among them.
    Biweekly(Day),
    /// Every 28 days, this day among them.
    FourWeekly(Day),
    /// On two days of the month.
    SemiMonthly(u32, u32),
    /// On a day of the month.
    MonthlyByDay(u32),
    /// On the n-th weekday of the month; 5 is the last one.
    MonthlyByWeekday(u32, u32),
    /// On a day of every third month: the month's number modulo 3, the day.
    Quarterly(u32, u32),
    /// On a day of the year: month, day.
    Annual(u32, u32),
}

/// What happens to a due day that is no banking day.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Roll {
    /// Paid on the banking day before.
    Before,
    /// Paid on the banking day after.
    After,
    /// Paid on the day itself (cards).
    Stay,
}

/// A schedule as it shows in an account.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Calendar {
    /// When money is due.
    pub schedule: Schedule,
    /// What weekends and holidays do.
    pub roll: Roll,
    /// Banking days by which the bank posts direct deposits ahead, always.
    pub early: i32,
}

impl Schedule {
    /// Its cadence.
    #[must_use]
    pub fn cadence(self) -> Cadence {
        match self {
            Schedule::Weekly(_) => Cadence::Weekly,
            Schedule::Biweekly(_) => Cadence::Biweekly,
            Schedule::FourWeekly(_) => Cadence::FourWeekly,
            Schedule::SemiMonthly(..) => Cadence::SemiMonthly,
            Schedule::MonthlyByDay(_) => Cadence::MonthlyByDay,
            Schedule::MonthlyByWeekday(..) => Cadence::MonthlyByWeekday,
            Schedule::Quarterly(..) => Cadence::Quarterly,
            Schedule::Annual(..) => Cadence::Annual,
        }
    }

    /// Times a month, on average.
    pub(super) fn per_month(self) -> f64 {
        match self {
            Schedule::Weekly(_) => 365.25 / 84.0,
            Schedule::Biweekly(_) => 365.25 / 168.0,
            Schedule::FourWeekly(_) => 365.25 / 336.0,
            Schedule::SemiMonthly(..) => 2.0,
            Schedule::MonthlyByDay(_) | Schedule::MonthlyByWeekday(..) => 1.0,
            Schedule::Quarterly(..) => 1.0 / 3.0,
            Schedule::Annual(..) => 1.0 / 12.0,
        }
    }

    /// Whether money is due on this day, before anything moves it.
    #[must_use]
    pub fn is_due(self, day: Day) -> bool {
        let (_, month, date) = day.civil();
        let last = month_length(day);
        let on = |due: u32| date == due.min(last);
        match self {
            Schedule::Weekly(weekday) => day.weekday() == weekday,
            Schedule::Biweekly(one) => (day.0 - one.0).rem_euclid(14) == 0,
            Schedule::FourWeekly(one) => (day.0 - one.0).rem_euclid(28) == 0,
            Schedule::SemiMonthly(first, second) => on(first) || on(second),
            Schedule::MonthlyByDay(due) => on(due),
            Schedule::MonthlyByWeekday(5, weekday) => day.weekday() == weekday && last < date + 7,
            Schedule::MonthlyByWeekday(nth, weekday) => day.weekday() == weekday && date.div_ceil(7) == nth,
            Schedule::Quarterly(phase, due) => month % 3 == phase && on(due),
            Schedule::Annual(due_month, due) => month == due_month && on(due),
        }
    }
}

impl Calendar {
    /// The days in `[from, to)` on which the money shows when nothing goes wrong, ascending.
    #[must_use]
    pub fn days(&self, from: Day, to: Day) -> Vec<Day> {
        // Nothing moves a due day by more than a long weekend and two banking days.
        let due = (from.0 - 12..to.0 + 12).map(Day).filter(|day| self.schedule.is_due(*day));
        let mut days: Vec<Day> = due.map(|day| self.shown(day)).filter(|day| from <= *day && *day < to).collect();
        days.sort_unstable();
        days.dedup();
        days
    }

    /// The first such day from `day` on.
    #[must_use]
    pub fn next(&self, day: Day) -> Option<Day> {
        self.days(day, day.plus(400)).first().copied()
    }

    fn shown(&self, due: Day) -> Day {
        let settled = match self.roll {
            Roll::Stay => due,
            Roll::After => on_or_after(due),
            Roll::Before if is_banking_day(due) => due,
            Roll::Before => banking_days_from(due, -1),
        };
        banking_days_from(settled, -self.early)
    }
}

fn month_length(day: Day) -> u32 {
    let (year, month, _) = day.civil();
    let next = if month == 12 { Day::from_civil(year + 1, 1, 1) } else { Day::from_civil(year, month + 1, 1) };
    next.plus(-1).civil().2
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        let part = |range: std::ops::Range<usize>| text[range].parse::<u32>().expect("digits");
        Day::from_civil(i32::try_from(part(0..4)).expect("small"), part(5..7), part(8..10))
    }

    fn texts(calendar: Calendar, from: &str, to: &str) -> Vec<String> {
        calendar.days(day(from), day(to)).iter().map(Day::to_string).collect()
    }

    #[test]
    fn holidays_are_those_of_the_federal_reserve() {
        // The Reserve Banks' published schedule of 2026; 4 July is a Saturday and is not kept on the Friday.
        let closed_2026 = [
            "2026-01-01",
            "2026-01-19",
            "2026-02-16",
            "2026-05-25",
            "2026-06-19",
            "2026-09-07",
            "2026-10-12",
            "2026-11-11",
            "2026-11-26",
            "2026-12-25",
        ];
        let days = (day("2026-01-01").0..day("2027-01-01").0).map(Day);
        let found: Vec<String> =
            days.filter(|day| day.weekday() < 5 && !is_banking_day(*day)).map(|day| day.to_string()).collect();
        assert_eq!(found, closed_2026);
        assert!(is_banking_day(day("2026-07-03")) && is_banking_day(day("2026-07-06")));
        // Sundays are kept on Mondays: New Year 2023, Juneteenth 2022, Christmas 2022, Veterans Day 2018.
        for monday in ["2023-01-02", "2022-06-20", "2022-12-26", "2018-11-12"] {
            assert!(!is_banking_day(day(monday)), "{monday}");
        }
        // Saturdays are not kept: New Year 2022, Christmas 2021, Veterans Day 2023. No Juneteenth before 2022.
        for open in ["2021-12-31", "2021-12-24", "2023-11-10", "2020-06-19"] {
            assert!(is_banking_day(day(open)), "{open}");
        }
    }

    #[test]
    fn banking_days_are_counted_over_weekends_and_holidays() {
        // Thursday 2026-12-24, Friday Christmas, weekend, Monday the 28th.
        assert_eq!(banking_days_from(day("2026-12-24"), 1), day("2026-12-28"));
        assert_eq!(banking_days_from(day("2026-12-28"), -2), day("2026-12-23"));
        assert_eq!(on_or_after(day("2026-12-25")), day("2026-12-28"));
        assert_eq!(on_or_after(day("2026-12-24")), day("2026-12-24"));
    }

    #[test]
    fn due_days_that_are_no_banking_days_move_to_the_stated_side() {
        let semi_monthly = Schedule::SemiMonthly(15, 31);
        let before = Calendar { schedule: semi_monthly, roll: Roll::Before, early: 0 };
        // 2026-08-15 is a Saturday, 2026-08-31 a Monday, 2026-11-15 a Sunday.
        assert_eq!(texts(before, "2026-08-01", "2026-09-01"), ["2026-08-14", "2026-08-31"]);
        let after = Calendar { roll: Roll::After, ..before };
        assert_eq!(texts(after, "2026-08-01", "2026-09-01"), ["2026-08-17", "2026-08-31"]);
        let stay = Calendar { roll: Roll::Stay, ..before };
        assert_eq!(texts(stay, "2026-08-01", "2026-09-01"), ["2026-08-15", "2026-08-31"]);
        // A bank that posts two banking days ahead: Friday the 14th becomes Wednesday the 12th, Monday the Thursday before.
        let early = Calendar { early: 2, ..before };
        assert_eq!(texts(early, "2026-08-01", "2026-09-01"), ["2026-08-12", "2026-08-27"]);
    }

    #[test]
    fn benefits_fall_on_their_weekday_unless_it_is_a_holiday() {
        // Veterans Day 2026 is the second Wednesday of November.
        let second = Calendar { schedule: Schedule::MonthlyByWeekday(2, 2), roll: Roll::Before, early: 0 };
        assert_eq!(texts(second, "2026-10-01", "2026-12-31"), ["2026-10-14", "2026-11-10", "2026-12-09"]);
        // 1 August 2026 is a Saturday, 1 November 2026 a Sunday.
        let first = Calendar { schedule: Schedule::MonthlyByDay(1), roll: Roll::Before, early: 0 };
        assert_eq!(texts(first, "2026-07-15", "2026-11-15"), ["2026-07-31", "2026-09-01", "2026-10-01", "2026-10-30"]);
        let last_friday = Calendar { schedule: Schedule::MonthlyByWeekday(5, 4), roll: Roll::Before, early: 0 };
        assert_eq!(texts(last_friday, "2026-11-01", "2027-01-01"), ["2026-11-27", "2026-12-24"]);
    }

    #[test]
    fn long_cadences_hit_their_months() {
        let stay = |schedule| Calendar { schedule, roll: Roll::Stay, early: 0 };
        // Months 1, 4, 7, 10 leave 1 when divided by 3; a short month has a last day.
        assert_eq!(
            texts(stay(Schedule::Quarterly(1, 31)), "2026-01-01", "2026-12-31"),
            ["2026-01-31", "2026-04-30", "2026-07-31", "2026-10-31"]
        );
        assert_eq!(texts(stay(Schedule::Annual(2, 29)), "2024-01-01", "2026-01-01"), ["2024-02-29", "2025-02-28"]);
        let weeks = stay(Schedule::FourWeekly(day("2026-01-02"))).days(day("2026-01-01"), day("2026-04-01"));
        assert_eq!(weeks.iter().map(|day| day.0 - weeks[0].0).collect::<Vec<_>>(), [0, 28, 56, 84]);
    }
}
