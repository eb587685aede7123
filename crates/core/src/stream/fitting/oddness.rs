//! How usual the schedules of pay are in the United States.
//!
//! # Source
//!
//! US Bureau of Labor Statistics, Current Employment Statistics, length of pay periods (February 2023): biweekly 43 %, weekly
//! 27 %, semi-monthly 20 %, monthly 10 %; it names no pay every four weeks. Weekdays: Intuit QuickBooks Payroll, "7 things you
//! need to know about the all-American payday" (survey of 1,000 employees): Friday 53.2 %, Thursday 14.9 %, it varies 19.3 %.
//! The rest (the month's end, the pairs of dates, banks that hand out early) by what payroll processors and banks offer;
//! judgement, not counts.

use super::{COMMON_PAIRS, Prior, Rule};
use crate::stream::cadence::{Grid, Roll};

/// How unusual what a weekend or holiday does to a date is, and a bank that is early; on the scale of [`super::PAY`], where a
/// payment a day late costs 5.
pub(super) fn of_rule(rule: Rule) -> u32 {
    let by_roll = match rule.roll {
        Roll::Before => 0,
        Roll::After | Roll::Exact => 3,
    };
    by_roll + if rule.lead == 0 { 0 } else { 2 }
}

/// How unusual nominal dates of pay are, on the same scale.
pub(super) fn of_grid(grid: &Grid, prior: Prior) -> u32 {
    let benefit = prior == Prior::Benefit;
    match *grid {
        Grid::Interval { anchor, days } => {
            // 53 % are paid on Fridays, 15 % on Thursdays, 13 % on the three other days, here taken to fall towards the week's
            // start.
            let by_weekday = match anchor.weekday() {
                4 => 0,
                3 => 1,
                2 => 2,
                _ => 3,
            };
            // No survey of employers in the United States knows pay every four weeks.
            let four = if benefit { 8 } else { 6 };
            by_weekday + if days == 28 { four } else { 0 }
        }
        Grid::Twice { first: 15, second: 31 } => 0,
        Grid::Twice { first: 1, second: 15 } => 1,
        Grid::Twice { first, second } if COMMON_PAIRS.contains(&(first, second)) => 3,
        Grid::Twice { .. } => 8,
        Grid::Months { date: 31, .. } => 0,
        Grid::Months { date: 1 | 5 | 10 | 15 | 20 | 25, .. } => 1,
        Grid::Months { .. } if benefit => 4,
        Grid::Months { .. } => 5,
        Grid::NthWeekday { .. } if benefit => 1,
        // The last Friday is the month's end of those who pay on Fridays.
        Grid::NthWeekday { nth: 5, weekday: 4 } => 3,
        Grid::NthWeekday { weekday, .. } => 4 + u32::from(weekday != 4) * 2,
    }
}
