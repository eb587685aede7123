//! Calendars of series made by hand.

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
    let last = *series.last()?;
    let found = calendar(&series, last.plus(1), Direction::Inflow, prior, &mut Scratch::default())?;
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
fn a_calendar_that_pays_on_time_beats_one_that_pays_early() {
    // The 30th, or the banking day after it (30 March 2025 is a Sunday), and February's last day. The month's last banking day
    // would be kept but for 30 July, a day early. 30 August is a Saturday, 1 September Labor Day.
    let paid = ["2025-02-28", "2025-03-31", "2025-04-30", "2025-05-30", "2025-06-30", "2025-07-30"];
    assert_eq!(cadence(&paid, Prior::Income), Some((Cadence::MonthlyByDay, "2025-09-02".to_owned())));
}

#[test]
fn pay_three_banking_days_late_over_a_long_weekend_answers_its_own_date() {
    // Thursdays. That of 9 October 2025 came on Wednesday the 15th: 13 October is Columbus Day, so that the banking days after it
    // are the 10th, the 14th and the 15th. It is no payment of the 16th a day early.
    let paid = days(&["2025-09-04", "2025-09-11", "2025-09-18", "2025-09-25", "2025-10-02", "2025-10-15"]);
    let scratch = &mut Scratch::default();
    let found = calendar(&paid, paid[5].plus(1), Direction::Inflow, Prior::Income, scratch).expect("weekly");
    assert_eq!(found.cadence, Cadence::Weekly);
    let mut answer = vec![];
    answers(&paid, &found, scratch, &mut answer);
    assert_eq!(answer[5], Some(days(&["2025-10-09"])[0]));
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

#[test]
fn the_median_of_few_and_of_many_numbers_is_the_one_that_a_sort_puts_there() {
    for (count, apart) in (1..=60).flat_map(|count| [1, 4, 9, 40].map(|apart| (count, apart))) {
        // 7 steps round 11 places: in no order, and many of them equal; some below and some above what is counted.
        let numbers: Vec<i32> = (0..).map(|at: i32| apart * (at * 7 % 11)).take(count).collect();
        let mut sorted = numbers.clone();
        sorted.sort_unstable();
        assert_eq!(upper_median(&mut numbers.clone()), sorted[count / 2], "{numbers:?}");
    }
}
