//! Banking days of the United States: the days on which ACH entries settle.
//!
//! # Source
//!
//! Federal Reserve Banks, "Holiday Schedules": eleven holidays; one that falls on a Sunday is kept on the Monday, one that
//! falls on a Saturday is not kept on another day ("Federal Reserve Banks and Branches will be open the preceding Friday").
//! The federal employees' calendar differs in just that. Juneteenth is kept from 2022 on.

use std::sync::LazyLock;

use crate::{limits::SECONDS_END, time::Day};

/// For each day that the engine accepts, how far the nearest banking days lie: days back in the low half of its byte, days
/// ahead in the high half. Schedules ask thousands of times for one applicant.
static NEAREST: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let days = usize::try_from(SECONDS_END / 86_400).unwrap_or(0) + 1;
    let is_open: Vec<bool> = (0..).map(Day).map(by_rule).take(days + OPEN_WITHIN).collect();
    // The first day of all is a holiday: from before it nothing is known here, so that the rule is asked.
    let back = |day: usize| (0..=day).rev().position(|day| is_open[day]);
    let ahead = |day: usize| is_open[day..].iter().position(|is_open| *is_open);
    let byte =
        |day: usize| back(day).zip(ahead(day)).map_or(UNKNOWN, |(back, ahead)| narrow(back) | narrow(ahead) << 4);
    (0..days).map(byte).collect()
});
/// At most so many days lie between two banking days.
const OPEN_WITHIN: usize = 8;
const UNKNOWN: u8 = u8::MAX;

fn narrow(days: usize) -> u8 {
    u8::try_from(days).unwrap_or(0)
}

/// The nearest banking days of any day. Whoever asks for many days fetches the table once.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Nearest(&'static [u8]);

impl Nearest {
    #[inline]
    pub(crate) fn table() -> Nearest {
        Nearest(&NEAREST)
    }

    /// Days back to and days ahead to the nearest banking day; both are 0 on a banking day.
    #[inline]
    pub(crate) fn of(self, day: Day) -> (i32, i32) {
        match usize::try_from(day.0).ok().and_then(|day| self.0.get(day).copied()) {
            None | Some(UNKNOWN) => nearest_by_rule(day),
            Some(byte) => (i32::from(byte & 15), i32::from(byte >> 4)),
        }
    }
}

#[inline]
fn nearest(day: Day) -> (i32, i32) {
    Nearest::table().of(day)
}

/// Apart, so that looking a day up stays short.
#[cold]
fn nearest_by_rule(day: Day) -> (i32, i32) {
    let days = |step: i32| (0..).find(|days| by_rule(day.plus(step * days))).unwrap_or(0);
    (days(-1), days(1))
}

/// Whether banks settle on a day.
#[must_use]
#[inline]
pub fn is_banking_day(day: Day) -> bool {
    nearest(day) == (0, 0)
}

fn by_rule(day: Day) -> bool {
    day.weekday() < 5 && !is_holiday(day)
}

/// The day itself when banks settle on it, else the last banking day before it.
#[must_use]
#[inline]
pub fn at_or_before(day: Day) -> Day {
    day.plus(-nearest(day).0)
}

/// The day itself when banks settle on it, else the first banking day after it.
#[must_use]
#[inline]
pub fn at_or_after(day: Day) -> Day {
    day.plus(nearest(day).1)
}

/// The banking day that lies `n` banking days after `day` (before it when negative); 0 is `at_or_after`.
#[must_use]
pub fn banking_days_after(day: Day, n: i32) -> Day {
    match n {
        0 => at_or_after(day),
        1.. => (0..n).fold(day, |day, _| at_or_after(day.plus(1))),
        _ => (n..0).fold(day, |day, _| at_or_before(day.plus(-1))),
    }
}

/// Banking days in `[from, to)`.
#[must_use]
pub fn banking_days_between(from: Day, to: Day) -> u32 {
    let days = (from.0..to.0).map(Day).filter(|day| is_banking_day(*day)).count();
    u32::try_from(days).unwrap_or(u32::MAX)
}

/// Whether the Federal Reserve Banks keep a holiday on this day.
#[must_use]
pub fn is_holiday(day: Day) -> bool {
    let weekday = day.weekday();
    if 5 <= weekday {
        return false;
    }
    // A Monday keeps the holiday of the Sunday before it.
    let fixed = |day: Day| {
        let (year, month, date) = day.civil();
        matches!((month, date), (1, 1) | (7, 4) | (11, 11) | (12, 25)) || (month == 6 && date == 19 && 2022 <= year)
    };
    if fixed(day) || (weekday == 0 && fixed(day.plus(-1))) {
        return true;
    }
    let (_, month, date) = day.civil();
    let nth = date.div_ceil(7);
    match (month, weekday) {
        // Martin Luther King Jr., Washington, Labor Day, Columbus; the last Monday of May is Memorial Day.
        (1 | 2, 0) => nth == 3,
        (9, 0) => nth == 1,
        (10, 0) => nth == 2,
        (5, 0) => 24 < date,
        // Thanksgiving.
        (11, 3) => nth == 4,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holidays(year: i32) -> Vec<String> {
        let (from, to) = (Day::from_civil(year, 1, 1), Day::from_civil(year + 1, 1, 1));
        (from.0..to.0).map(Day).filter(|day| is_holiday(*day)).map(|day| day.to_string()[5..].to_owned()).collect()
    }

    #[test]
    fn the_published_holidays_of_2021_to_2027_are_kept() {
        // Federal Reserve Banks' schedules. 2021: New Year of 2022 fell on a Saturday and Juneteenth was not kept yet;
        // Independence Day on a Sunday; Christmas on a Saturday. 2022: New Year on a Saturday; Juneteenth and Christmas on
        // Sundays. 2023: New Year on a Sunday; Veterans Day on a Saturday. 2026: Independence Day on a Saturday. 2027:
        // Juneteenth and Christmas on Saturdays, Independence Day on a Sunday.
        let expected: [(i32, &[&str]); 7] = [
            (2021, &["01-01", "01-18", "02-15", "05-31", "07-05", "09-06", "10-11", "11-11", "11-25"]),
            (2022, &["01-17", "02-21", "05-30", "06-20", "07-04", "09-05", "10-10", "11-11", "11-24", "12-26"]),
            (2023, &["01-02", "01-16", "02-20", "05-29", "06-19", "07-04", "09-04", "10-09", "11-23", "12-25"]),
            (
                2024,
                &["01-01", "01-15", "02-19", "05-27", "06-19", "07-04", "09-02", "10-14", "11-11", "11-28", "12-25"],
            ),
            (
                2025,
                &["01-01", "01-20", "02-17", "05-26", "06-19", "07-04", "09-01", "10-13", "11-11", "11-27", "12-25"],
            ),
            (2026, &["01-01", "01-19", "02-16", "05-25", "06-19", "09-07", "10-12", "11-11", "11-26", "12-25"]),
            (2027, &["01-01", "01-18", "02-15", "05-31", "07-05", "09-06", "10-11", "11-11", "11-25"]),
        ];
        for (year, days) in expected {
            assert_eq!(holidays(year), days, "{year}");
        }
    }

    #[test]
    fn a_saturday_holiday_leaves_the_friday_before_a_banking_day() {
        // 4 July 2026 was a Saturday: the federal employees' calendar closes on Friday the 3rd, the banks do not.
        assert!(is_banking_day(Day::from_civil(2026, 7, 3)));
        assert!(is_banking_day(Day::from_civil(2021, 12, 31)));
        assert!(!is_banking_day(Day::from_civil(2026, 7, 4)));
    }

    #[test]
    fn the_table_is_the_rule_on_every_day_and_beyond_both_ends() {
        for day in (-100..50_000).map(Day) {
            assert_eq!(is_banking_day(day), by_rule(day), "{day}");
            let walk = |step: i32| (0..).map(|days| day.plus(step * days)).find(|day| by_rule(*day));
            assert_eq!((Some(at_or_before(day)), Some(at_or_after(day))), (walk(-1), walk(1)), "{day}");
        }
    }

    #[test]
    fn days_roll_back_and_forth_over_a_long_weekend() {
        // Labor Day was Monday, 7 September 2026.
        let labor = Day::from_civil(2026, 9, 7);
        assert_eq!(at_or_before(labor), Day::from_civil(2026, 9, 4));
        assert_eq!(at_or_after(Day::from_civil(2026, 9, 5)), Day::from_civil(2026, 9, 8));
        assert_eq!(banking_days_after(Day::from_civil(2026, 9, 4), 1), Day::from_civil(2026, 9, 8));
        assert_eq!(banking_days_after(Day::from_civil(2026, 9, 8), -1), Day::from_civil(2026, 9, 4));
        assert_eq!(banking_days_after(labor, 0), Day::from_civil(2026, 9, 8));
        assert_eq!(banking_days_between(Day::from_civil(2026, 9, 4), Day::from_civil(2026, 9, 9)), 2);
    }
}
