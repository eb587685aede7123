//! Patterns of time: what each reads, and whether those before it in the list let it.

use std::fmt::Write as _;

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeZone as _, Utc};

use super::convert::has_time_of_day;
use crate::read::cell::{self, Cell};

/// Instants whose day, month and year of two digits could each stand for another, one of digits alone and one of two.
const PROBES: [(i32, u32, u32); 2] = [(2010, 3, 4), (2009, 11, 12)];

/// Seconds of a text in one format.
pub(super) fn seconds_as(format: &str, text: &str) -> Option<i64> {
    match format {
        "seconds" => cell::seconds(Cell::Text(text)).ok(),
        "rfc3339" => DateTime::parse_from_rfc3339(text).ok().map(|time| time.timestamp()),
        format => DateTime::parse_from_str(text, format)
            .map(|time| time.timestamp())
            .or_else(|_| NaiveDateTime::parse_from_str(text, format).map(|time| time.and_utc().timestamp()))
            .ok()
            .or_else(|| {
                // A pattern with a time of day never means a day alone.
                let date = NaiveDate::parse_from_str(text, format).ok().filter(|_| !has_time_of_day(format))?;
                Some(date.and_time(NaiveTime::MIN).and_utc().timestamp())
            }),
    }
}

/// The first format whose texts one before it takes for other times: a cell is read by the first that can, so of day before month
/// and month before day the second is read wrongly for twelve days of each month and rightly for the others.
pub(super) fn overruled(formats: &[&str]) -> Option<(usize, usize)> {
    let probes =
        PROBES.iter().filter_map(|(year, month, day)| Utc.with_ymd_and_hms(*year, *month, *day, 5, 6, 7).single());
    let probes: Vec<DateTime<Utc>> = probes.collect();
    (0..formats.len()).find_map(|at| {
        probes.iter().find_map(|time| {
            let text = written(formats[at], time)?;
            let meant = seconds_as(formats[at], &text)?;
            let by =
                formats[..at].iter().position(|before| seconds_as(before, &text).is_some_and(|read| read != meant))?;
            Some((at, by))
        })
    })
}

fn written(format: &str, time: &DateTime<Utc>) -> Option<String> {
    let mut text = String::new();
    match format {
        "seconds" => write!(text, "{}", time.timestamp()),
        "rfc3339" => write!(text, "{}", time.to_rfc3339()),
        // An offset that may lack its minutes is for reading alone.
        format => write!(text, "{}", time.format(&format.replace("%#z", "%z"))),
    }
    .ok()?;
    Some(text)
}
