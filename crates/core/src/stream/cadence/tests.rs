//! Dates of schedules, and fits, worked by hand.

use super::*;

fn texts(days: &[Day]) -> Vec<String> {
    days.iter().map(Day::to_string).collect()
}

fn dates(grid: Grid, roll: Roll, from: (i32, u32, u32), to: (i32, u32, u32)) -> Vec<String> {
    let day = |(year, month, date)| Day::from_civil(year, month, date);
    texts(&Schedule { grid, roll, lead: 0 }.settled(day(from), day(to)))
}

#[test]
fn months_follow_each_other_as_the_calendar_says() {
    // 1800 to 2310: before and beyond the table, leap years that are a century, and centuries that are none.
    let mut month = Month::around(Day::from_civil(1800, 1, 31)).0;
    for number in 0..510_i32 * 12 {
        let (year, at) = (1800 + number / 12, number.rem_euclid(12).unsigned_abs() + 1);
        assert_eq!((month.start, month.number), (Day::from_civil(year, at, 1), 1800 * 12 + number));
        let next = Day::from_civil(year + i32::from(at == 12), at % 12 + 1, 1);
        assert_eq!(month.start.plus(i32::try_from(month.length).expect("small")), next);
        for (day, date) in (month.start.0..next.0).map(Day).zip(1..) {
            let (around, known) = Month::around(day);
            assert_eq!((around.number, around.start, known), (month.number, month.start, date));
        }
        month = Month::of(month.number + 1);
    }
}

#[test]
fn pay_on_the_fifteenth_and_the_last_comes_before_weekends() {
    // 2026-08-15 was a Saturday, 2026-08-31 a Monday, 2026-10-31 a Saturday.
    let grid = Grid::Twice { first: 15, second: 31 };
    let expected = ["2026-08-14", "2026-08-31", "2026-09-15", "2026-09-30", "2026-10-15", "2026-10-30"];
    assert_eq!(dates(grid, Roll::Before, (2026, 8, 1), (2026, 11, 1)), expected);
}

#[test]
fn bills_on_a_holiday_come_after_it() {
    // Thanksgiving was Thursday, 2026-11-26; the first of November a Sunday.
    let grid = Grid::Months { date: 26, months: 1, phase: 0 };
    assert_eq!(dates(grid, Roll::After, (2026, 11, 1), (2026, 12, 1)), ["2026-11-27"]);
    let first = Grid::Months { date: 1, months: 1, phase: 0 };
    assert_eq!(dates(first, Roll::After, (2026, 11, 1), (2026, 12, 1)), ["2026-11-02"]);
    assert_eq!(dates(first, Roll::Exact, (2026, 11, 1), (2026, 12, 1)), ["2026-11-01"]);
}

#[test]
fn the_second_wednesday_and_the_last_friday_are_found_in_any_month() {
    let second = Grid::NthWeekday { nth: 2, weekday: 2 };
    let expected = ["2026-09-09", "2026-10-14", "2026-11-12"];
    // Veterans Day, 2026-11-11, was the second Wednesday of November.
    assert_eq!(dates(second, Roll::After, (2026, 9, 1), (2026, 12, 1)), expected);
    let last = Grid::NthWeekday { nth: 5, weekday: 4 };
    assert_eq!(dates(last, Roll::Before, (2026, 2, 1), (2026, 5, 1)), ["2026-02-27", "2026-03-27", "2026-04-24"]);
}

#[test]
fn quarters_and_years_keep_their_phase() {
    let number = |year: i32, month: i32| year * 12 + month - 1;
    let quarterly = Grid::Months { date: 31, months: 3, phase: number(2026, 2).rem_euclid(3) };
    assert_eq!(
        dates(quarterly, Roll::Exact, (2026, 1, 1), (2027, 1, 1)),
        ["2026-02-28", "2026-05-31", "2026-08-31", "2026-11-30"]
    );
    let annual = Grid::Months { date: 9, months: 12, phase: number(2026, 7).rem_euclid(12) };
    let schedule = Schedule { grid: annual, roll: Roll::Exact, lead: 0 };
    assert_eq!(schedule.next(Day::from_civil(2026, 7, 10)), Some(Day::from_civil(2027, 7, 9)));
}

#[test]
fn a_bank_that_pays_early_leads_by_banking_days() {
    // Friday the 13th less two banking days is Wednesday the 11th; Monday less two is Thursday.
    let grid = Grid::Interval { anchor: Day::from_civil(2026, 3, 13), days: 14 };
    let schedule = Schedule { grid, roll: Roll::Before, lead: 2 };
    let days = schedule.settled(Day::from_civil(2026, 3, 1), Day::from_civil(2026, 4, 1));
    assert_eq!(texts(&days), ["2026-03-11", "2026-03-25"]);
}
