//! Days and windows. Seconds stay at the doors and in the ledger's visibility rules; everything after works in days.

use serde::{Deserialize, Serialize};

/// A calendar day in the run's zone, counted from 1970-01-01.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Day(pub i32);

impl Day {
    /// Year, month (1 to 12) and day of the month (1 to 31) in the proleptic Gregorian calendar.
    ///
    /// # Source
    ///
    /// Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`; tested against chrono at the doors.
    #[must_use]
    pub fn civil(self) -> (i32, u32, u32) {
        let z = i64::from(self.0) + 719_468;
        let era = z.div_euclid(146_097);
        let doe = z.rem_euclid(146_097);
        let yoe = (doe - doe / 1_460 + doe / 36_524 - doe / 146_096) / 365;
        let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
        let mp = (5 * doy + 2) / 153;
        let day = doy - (153 * mp + 2) / 5 + 1;
        let month = if mp < 10 { mp + 3 } else { mp - 9 };
        let year = yoe + era * 400 + i64::from(month <= 2);
        (narrow(year), narrow(month).unsigned_abs(), narrow(day).unsigned_abs())
    }

    /// The day of a civil date; `month` 1 to 12, `day` 1 to 31 (not checked against the month's length).
    #[must_use]
    pub fn from_civil(year: i32, month: u32, day: u32) -> Day {
        let y = i64::from(year) - i64::from(month <= 2);
        let era = y.div_euclid(400);
        let yoe = y.rem_euclid(400);
        let mp = (i64::from(month) + 9) % 12;
        let doy = (153 * mp + 2) / 5 + i64::from(day) - 1;
        let doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
        Day(narrow(era * 146_097 + doe - 719_468))
    }

    /// 0 for Monday to 6 for Sunday.
    #[must_use]
    #[inline]
    pub fn weekday(self) -> u32 {
        // 1970-01-01 was a Thursday. So many weeks later no day is negative, which divides sooner.
        let days = i64::from(self.0) + 3 + 7 * (1 << 29);
        u32::try_from(days.unsigned_abs() % 7).unwrap_or(0)
    }

    /// `n` days later (earlier when negative).
    #[must_use]
    #[inline]
    pub fn plus(self, n: i32) -> Day {
        Day(self.0.saturating_add(n))
    }

    /// The first day of the month that is `back` months before this day's month.
    #[must_use]
    pub fn month_start(self, back: u32) -> Day {
        let (year, month, _) = self.civil();
        let months = i64::from(year) * 12 + i64::from(month) - 1 - i64::from(back);
        Day::from_civil(narrow(months.div_euclid(12)), narrow(months.rem_euclid(12)).unsigned_abs() + 1, 1)
    }
}

impl std::fmt::Display for Day {
    /// ISO 8601: `2026-11-22`.
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (year, month, day) = self.civil();
        write!(out, "{year:04}-{month:02}-{day:02}")
    }
}

/// The run's time zone as offsets from UTC, so that the core needs no zone database: the doors build it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Zone {
    name: String,
    // (first second in UTC at which the offset holds, offset in seconds east); ascending, the first is i64::MIN.
    steps: Vec<(i64, i32)>,
}

impl Zone {
    /// UTC, the default.
    #[must_use]
    pub fn utc() -> Zone {
        Zone { name: "UTC".to_owned(), steps: vec![(i64::MIN, 0)] }
    }

    /// The name that the run recorded.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The calendar day on which a second falls.
    #[must_use]
    #[inline]
    pub fn day(&self, seconds: i64) -> Day {
        // Most runs name no zone with clocks that change.
        let offset = match self.steps.as_slice() {
            [only] => only.1,
            steps => {
                let at = steps.partition_point(|step| step.0 <= seconds).saturating_sub(1);
                steps.get(at).map_or(0, |step| step.1)
            }
        };
        let local = seconds.saturating_add(i64::from(offset));
        // Every row is brought to its day, and from 1970 to 2106 a division of half the width will do.
        let days = u32::try_from(local).map_or_else(|_| local.div_euclid(86_400), |local| i64::from(local / 86_400));
        Day(narrow(days))
    }

    /// The second (UTC) at which a day starts.
    #[must_use]
    pub fn midnight(&self, day: Day) -> i64 {
        let local = i64::from(day.0) * 86_400;
        // The offset in force just after local midnight: the last step that has begun by then.
        let offset =
            self.steps.iter().rev().find(|step| step.0 == i64::MIN || step.0.saturating_add(step.1.into()) <= local);
        local - i64::from(offset.map_or(0, |step| step.1))
    }
}

/// A span of days counted back from T, or a point. Half open: `Days { far, near }` holds the days `[T - far, T - near)`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum Window {
    /// The state at T.
    Point,
    /// All history that is visible at T.
    History,
    /// The days `[T - far, T - near)`; `near` is 0 for a plain window.
    Days {
        /// First day of the window, in days before T.
        far: u16,
        /// First day after the window, in days before T.
        near: u16,
    },
    /// A calendar month: 0 is the month in which T - 1 s falls (partial unless T is the first of a month), 1 the whole month before it.
    Month(u8),
    /// A forecast for one day: `Ahead(1)` is the first day that no window holds, the day of T when T is a midnight.
    Ahead(u8),
}

impl Window {
    /// A plain window of `n` days.
    #[must_use]
    pub const fn days(n: u16) -> Window {
        Window::Days { far: n, near: 0 }
    }

    /// What a column's name ends with: `_90d`, `_31_60d` (days 31 to 60 before T), `_m1`, `_in_7d`, or nothing.
    #[must_use]
    pub fn suffix(self) -> String {
        match self {
            Window::Point | Window::History => String::new(),
            Window::Days { far, near: 0 } => format!("_{far}d"),
            Window::Days { far, near } => format!("_{}_{far}d", near + 1),
            Window::Month(back) => format!("_m{back}"),
            Window::Ahead(days) => format!("_in_{days}d"),
        }
    }
}

/// Both ends of the calendar that the engine accepts lie far inside `i32` days.
fn narrow(value: i64) -> i32 {
    i32::try_from(value).unwrap_or(if value < 0 { i32::MIN } else { i32::MAX })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn civil_dates_round_trip_over_four_centuries() {
        for n in -146_097..146_097 {
            let (year, month, day) = Day(n).civil();
            assert_eq!(Day::from_civil(year, month, day), Day(n));
        }
        assert_eq!(Day(0).to_string(), "1970-01-01");
        assert_eq!(Day::from_civil(2024, 2, 29).plus(1).to_string(), "2024-03-01");
        assert_eq!(Day::from_civil(2026, 11, 22).weekday(), 6, "a Sunday");
    }

    #[test]
    fn a_month_starts_on_its_first_day_across_years() {
        let day = Day::from_civil(2026, 1, 31);
        assert_eq!(day.month_start(0).to_string(), "2026-01-01");
        assert_eq!(day.month_start(1).to_string(), "2025-12-01");
        assert_eq!(day.month_start(13).to_string(), "2024-12-01");
    }

    #[test]
    fn a_lagged_window_is_named_by_its_first_and_last_day_before_t() {
        assert_eq!(Window::Days { far: 60, near: 30 }.suffix(), "_31_60d");
        assert_eq!(Window::days(90).suffix(), "_90d");
    }

    #[test]
    fn no_date_and_no_zone_panics() {
        // (2^31 - 1 + 3) mod 7 = 4, since 2^3 mod 7 = 1; (-2^31 + 3) mod 7 = 1.
        assert_eq!([i32::MAX, i32::MAX - 7, i32::MIN].map(|day| Day(day).weekday()), [4, 4, 1]);
        for (month, day) in [(0, 1), (13, 1), (u32::MAX, 1), (1, u32::MAX)] {
            for year in [i32::MIN, 2026, i32::MAX] {
                let _ = Day::from_civil(year, month, day);
            }
        }
        for text in [r#"{"name":"x","steps":[]}"#, r#"{"name":"x","steps":[[9223372036854775807,3600],[5,-3600]]}"#] {
            let zone: Zone = serde_json::from_str(text).expect("the shape of a zone");
            let _ = ([i64::MIN, 0, i64::MAX].map(|second| zone.day(second)), zone.midnight(Day(5)));
        }
    }

    #[test]
    fn a_day_starts_at_its_midnight() {
        let zone = Zone::utc();
        assert_eq!(zone.day(-1), Day(-1));
        assert_eq!(zone.day(zone.midnight(Day(20_000))), Day(20_000));
        assert_eq!(zone.day(zone.midnight(Day(20_000)) - 1), Day(19_999));
        // 2106-02-07T06:28:15Z is the last second of 32 bits, on day 49,710.
        assert_eq!([1_i64 << 32, (1 << 32) - 1].map(|seconds| zone.day(seconds)), [Day(49_710); 2]);
    }
}
