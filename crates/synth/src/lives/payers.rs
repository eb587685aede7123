//! Which payers a life has: shares of cadences, employers' habits, second jobs, job changes.

use cashline_core::time::Day;

use super::{
    book::{Book, chance_days, span, weighted},
    calendar::{Calendar, Roll, Schedule, banking_days_from, is_banking_day, on_or_after},
    income::{Bonus, Irregular, Pay, plant, plant_irregular},
    truth::{Cadence, StreamKind},
};
use crate::{
    descriptor::Channel,
    draw::{Draw, scaled},
    words,
};

/// How often US employers pay, in thousandths: biweekly 43 %, weekly 27 %, semi-monthly 20 %, monthly 10 %, with a little
/// taken off each for the two rare ones.
///
/// # Source
///
/// US Bureau of Labor Statistics, Current Employment Statistics, length of pay periods (February 2023).
pub(super) const EMPLOYERS: &[(Cadence, usize)] = &[
    (Cadence::Biweekly, 424),
    (Cadence::Weekly, 264),
    (Cadence::SemiMonthly, 198),
    (Cadence::MonthlyByDay, 72),
    (Cadence::MonthlyByWeekday, 24),
    (Cadence::FourWeekly, 14),
    (Cadence::Quarterly, 4),
];
pub(super) const PAY_WEEKDAYS: &[(u32, usize)] = &[(4, 55), (3, 22), (2, 13), (1, 5), (0, 5)];
pub(super) const SEMI_MONTHLY: &[((u32, u32), usize)] =
    &[((15, 31), 50), ((1, 15), 20), ((5, 20), 12), ((10, 25), 10), ((7, 22), 8)];
pub(super) const MONTH_DAYS: &[(u32, usize)] = &[(31, 35), (1, 20), (15, 15), (25, 12), (28, 10), (30, 8)];
pub(super) const MONTH_WEEKDAYS: &[((u32, u32), usize)] =
    &[((5, 4), 50), ((3, 4), 20), ((1, 4), 10), ((5, 3), 10), ((2, 2), 10)];
const ENTRIES: &[(&str, usize)] =
    &[("PAYROLL", 45), ("DIR DEP", 25), ("SALARY", 10), ("DIRECT DEP", 8), ("REG SALARY", 8), ("EDI PYMNTS", 4)];
const PROCESSORS: &[(&str, &str)] =
    &[("GUSTO", "PAY"), ("ADP WAGE PAY", "PAYROLL"), ("PAYCHEX RCX", "PAYROLL"), ("INTUIT", "PAYROLL")];

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Living {
    Job,
    Gig,
    Benefit,
    Pension,
    OwnAccount,
}

/// Draws and plants all payers of a person.
pub(super) fn person(book: &mut Book, draw: &mut Draw) {
    let living = weighted(
        draw,
        &[(Living::Job, 78), (Living::Gig, 7), (Living::Benefit, 6), (Living::Pension, 3), (Living::OwnAccount, 6)],
    );
    match living {
        Living::Job => employed(book, draw),
        Living::Gig => {
            gig(book, draw);
            if draw.chance(0.4) {
                gig(book, draw);
            }
        }
        Living::Benefit => {
            benefit(book, draw);
            if draw.chance(0.25) {
                benefit(book, draw);
            }
        }
        Living::Pension => {
            pension(book, draw);
            if draw.chance(0.6) {
                benefit(book, draw);
            }
        }
        Living::OwnAccount => own_account(book, draw),
    }
}

/// A job, perhaps a second one, perhaps another one later; perhaps a gig or a benefit beside it.
fn employed(book: &mut Book, draw: &mut Draw) {
    let mut first = job(book, draw, 1.0, None);
    let turn = draw.unit();
    if turn < 0.12 {
        // Left at least 45 days before T, so that most cadences have missed more than one payday by then.
        let left = book.end.plus(-span(draw, 45, 330));
        first.until = Some(left);
        plant(book, draw, &first);
        let hired = left.plus(span(draw, 10, 60));
        if hired < book.end.plus(-20) {
            let mut second = job(book, draw, 1.05, None);
            second.since = hired;
            second.leave = None;
            plant(book, draw, &second);
        }
    } else {
        if turn < 0.18 {
            first.since = book.end.plus(-span(draw, 60, 200));
            first.leave = None;
        }
        plant(book, draw, &first);
    }
    if draw.chance(0.10) {
        let second = job(book, draw, 0.4, Some(first.calendar.schedule.cadence()));
        plant(book, draw, &second);
    }
    if draw.chance(0.10) {
        gig(book, draw);
    }
    if draw.chance(0.04) {
        benefit(book, draw);
    }
}

/// A schedule of a cadence.
pub(super) fn schedule(draw: &mut Draw, cadence: Cadence, start: Day) -> Schedule {
    let weekday = weighted(draw, PAY_WEEKDAYS);
    let phase = span(draw, 0, 3) * 7;
    let behind = i32::try_from((weekday + 7 - start.weekday()) % 7).unwrap_or(0);
    let anchor = start.plus(behind + phase);
    match cadence {
        Cadence::Weekly => Schedule::Weekly(weekday),
        Cadence::FourWeekly => Schedule::FourWeekly(anchor),
        Cadence::SemiMonthly => {
            let (first, second) = weighted(draw, SEMI_MONTHLY);
            Schedule::SemiMonthly(first, second)
        }
        Cadence::MonthlyByDay => Schedule::MonthlyByDay(weighted(draw, MONTH_DAYS)),
        Cadence::MonthlyByWeekday => {
            let (nth, weekday) = weighted(draw, MONTH_WEEKDAYS);
            Schedule::MonthlyByWeekday(nth, weekday)
        }
        Cadence::Quarterly => Schedule::Quarterly(weighted(draw, &[(0, 1), (1, 1), (2, 1)]), 15),
        _ => Schedule::Biweekly(anchor),
    }
}

/// An employer that pays with another cadence than `other`; `share` of a usual wage.
fn job(book: &mut Book, draw: &mut Draw, share: f64, other: Option<Cadence>) -> Pay {
    let cadence = loop {
        let cadence = weighted(draw, EMPLOYERS);
        if Some(cadence) != other {
            break cadence;
        }
    };
    let schedule = schedule(draw, cadence, book.start);
    let roll = if draw.chance(0.12) { Roll::After } else { Roll::Before };
    let calendar = Calendar { schedule, roll, early: book.accounts[0].early };
    let monthly = draw.amount(scaled(360_000, share), 0.35).clamp(60_000, 1_200_000);
    let amount = scaled(monthly, 1.0 / schedule.per_month());
    let processor = *draw.pick(PROCESSORS);
    let (party, entry) = if draw.chance(0.08) && book.take(processor.0) {
        (processor.0.to_owned(), processor.1)
    } else {
        (book.fresh(|| words::firm(draw)), weighted(draw, ENTRIES))
    };
    let mut pay = Pay::plain(StreamKind::Payroll, (&party, entry), calendar, amount, book.start.plus(-400));
    pay.late = 0.03;
    vary(book, draw, &mut pay);
    pay
}

/// What happens in a job over the years.
fn vary(book: &Book, draw: &mut Draw, pay: &mut Pay) {
    let (start, end) = (book.start, book.end);
    let some_day = |draw: &mut Draw| start.plus(span(draw, 0, end.0 - start.0 - 1));
    // Hours vary, salaries do not.
    pay.sigma = if draw.chance(0.55) { 0.05 + 0.2 * draw.unit() } else { 0.0 };
    if draw.chance(0.4) {
        pay.raises.push((some_day(draw), 1.02 + 0.05 * draw.unit()));
    }
    if draw.chance(0.3) {
        // Withholding tables change with the year.
        let (year, ..) = end.civil();
        pay.raises.push((Day::from_civil(year, 1, 1), 0.995 + 0.01 * draw.unit()));
    }
    if draw.chance(0.15) {
        let kind = weighted(draw, &[(Bonus::Inside, 40), (Bonus::Beside, 25), (Bonus::OffCycle, 35)]);
        pay.bonuses = vec![kind; draw.below(3) + 1];
    }
    if draw.chance(0.12) {
        pay.merged = Some(draw.below(12) + 1);
    }
    if draw.chance(0.12) {
        pay.reimbursements = 0.15 + 0.35 * draw.unit();
    }
    if draw.chance(0.04) {
        let from = end.plus(-span(draw, 90, 300));
        pay.leave = Some((from, from.plus(span(draw, 14, 42))));
    }
    if draw.chance(0.03) {
        pay.reworded = Some((some_day(draw), "PAYROLL DD"));
    }
    let savings = book.accounts.iter().position(|purse| purse.savings);
    if let Some(savings) = savings.filter(|_| draw.chance(0.15)) {
        pay.split = Some((savings, draw.between(5, 30)));
    }
}

/// A platform: most pay once a week, half of those with instant cash-outs in between; some pay whenever asked.
fn gig(book: &mut Book, draw: &mut Draw) {
    let Some(words) = platform(book, draw) else { return };
    if draw.chance(0.3) {
        let per_week = 1.0 + 3.0 * draw.unit();
        let days = chance_days(draw, per_week, book.start, book.end);
        let payer =
            Irregular { kind: StreamKind::Gig, words, channel: Channel::AchCredit, amount: 11_000, sigma: 0.55 };
        plant_irregular(book, draw, &payer, &days);
        return;
    }
    let roll = if draw.chance(0.7) { Roll::After } else { Roll::Before };
    let weekday = weighted(draw, &[(0, 2), (1, 4), (2, 3), (3, 1)]);
    let calendar = Calendar { schedule: Schedule::Weekly(weekday), roll, early: 0 };
    let mut pay = Pay::plain(StreamKind::Gig, words, calendar, 34_000, book.start.plus(-200));
    (pay.sigma, pay.late, pay.skip) = (0.35, 0.02, 0.06);
    if draw.chance(0.5) {
        pay.cash_outs = 0.7 + 2.0 * draw.unit();
    }
    plant(book, draw, &pay);
}

fn platform(book: &mut Book, draw: &mut Draw) -> Option<(&'static str, &'static str)> {
    let words = *draw.pick(words::GIGS);
    // Two names of one platform count as one.
    let brand = if words.0 == "RAISER" { "UBER" } else { words.0 };
    book.take(brand).then_some(words)
}

/// A benefit on its own calendar: the Social Security Administration pays on Wednesdays by birthday (the 3rd to those who
/// began before May 1997), supplemental income on the 1st; the banking day before when closed.
fn benefit(book: &mut Book, draw: &mut Draw) {
    let by_birthday = Schedule::MonthlyByWeekday(weighted(draw, &[(2, 1), (3, 1), (4, 1)]), 2);
    let state = Schedule::MonthlyByDay(weighted(draw, &[(3, 1), (5, 1), (9, 1), (12, 1)]));
    let weekly = Schedule::Weekly(weighted(draw, &[(0, 1), (1, 2), (2, 1)]));
    let biweekly = self::schedule(draw, Cadence::Biweekly, book.start);
    let all: [((&str, &'static str), Schedule, i64); 7] = [
        (words::BENEFITS[0], by_birthday, 178_000),
        (words::BENEFITS[0], Schedule::MonthlyByDay(3), 152_000),
        (words::BENEFITS[1], Schedule::MonthlyByDay(1), 94_300),
        (words::BENEFITS[2], Schedule::MonthlyByDay(1), 174_000),
        (words::BENEFITS[3], state, 41_000),
        (("STATE LABOR DEPT", "UI BENEFIT"), weekly, 38_500),
        (("STATE LABOR DEPT", "UI BENEFIT"), biweekly, 77_000),
    ];
    let (words, schedule, amount) = all[weighted(draw, &[(0, 10), (1, 2), (2, 4), (3, 2), (4, 2), (5, 1), (6, 1)])];
    if !book.take(words.0) {
        return;
    }
    let calendar = Calendar { schedule, roll: Roll::Before, early: book.accounts[0].early };
    let amount = draw.amount(amount, 0.15);
    let mut pay = Pay::plain(StreamKind::Benefit, words, calendar, amount, book.start.plus(-900));
    // Cost-of-living adjustments come with the year.
    let (year, ..) = book.end.civil();
    pay.raises.push((Day::from_civil(year, 1, 1), 1.025));
    plant(book, draw, &pay);
}

fn pension(book: &mut Book, draw: &mut Draw) {
    let words = *draw.pick(words::PENSIONS);
    if !book.take(words.0) {
        return;
    }
    let (schedule, roll) = weighted(
        draw,
        &[
            ((Schedule::MonthlyByDay(1), Roll::Before), 40),
            ((Schedule::MonthlyByDay(1), Roll::After), 15),
            ((Schedule::MonthlyByDay(31), Roll::Before), 35),
            ((Schedule::Quarterly(1, 1), Roll::After), 10),
        ],
    );
    let calendar = Calendar { schedule, roll, early: book.accounts[0].early };
    let amount = scaled(draw.amount(165_000, 0.4), 1.0 / schedule.per_month());
    let pay = Pay::plain(StreamKind::Pension, words, calendar, amount, book.start.plus(-900));
    plant(book, draw, &pay);
}

/// Works on their own account: customers who pay when they pay, perhaps a retainer or a card processor.
fn own_account(book: &mut Book, draw: &mut Draw) {
    for _ in 0..2 + draw.below(3) {
        let party = book.fresh(|| words::firm(draw));
        let channel = weighted(draw, &[(Channel::AchCredit, 7), (Channel::Wire, 2), (Channel::ZelleIn, 1)]);
        let mut days = Vec::new();
        let mut day = book.start.plus(span(draw, 0, 40));
        while day < book.end {
            days.push(on_or_after(day));
            day = day.plus(span(draw, 12, 60));
        }
        let payer = Irregular {
            kind: StreamKind::SelfEmployed,
            words: (&party, "INVOICE"),
            channel,
            amount: 145_000,
            sigma: 0.6,
        };
        plant_irregular(book, draw, &payer, &days);
    }
    if draw.chance(0.4) {
        let party = book.fresh(|| words::firm(draw));
        let schedule = Schedule::MonthlyByDay(weighted(draw, &[(1, 2), (15, 1), (31, 1)]));
        let calendar = Calendar { schedule, roll: Roll::After, early: 0 };
        let mut pay =
            Pay::plain(StreamKind::SelfEmployed, (&party, "RETAINER"), calendar, 120_000, book.start.plus(-100));
        pay.late = 0.05;
        plant(book, draw, &pay);
    }
    if draw.chance(0.4) {
        processor(book, draw, 60_000, true);
    }
}

/// A card processor's payouts: weekly, or on each banking day after a day with sales.
pub(super) fn processor(book: &mut Book, draw: &mut Draw, amount: i64, weekly: bool) {
    let words = *draw.pick(words::PROCESSORS);
    if !book.take(words.0) {
        return;
    }
    if weekly {
        let calendar = Calendar { schedule: Schedule::Weekly(4), roll: Roll::After, early: 0 };
        let mut pay = Pay::plain(StreamKind::SelfEmployed, words, calendar, amount, book.start.plus(-300));
        pay.sigma = 0.3;
        plant(book, draw, &pay);
        return;
    }
    let days: Vec<Day> = (book.start.0..book.end.0).map(Day).filter(|day| is_banking_day(*day)).collect();
    let days: Vec<Day> = days.into_iter().filter(|_| draw.chance(0.93)).collect();
    let payer = Irregular { kind: StreamKind::SelfEmployed, words, channel: Channel::AchCredit, amount, sigma: 0.45 };
    plant_irregular(book, draw, &payer, &days);
}

/// A shop: a processor's payouts and a few customers on account.
pub(super) fn business(book: &mut Book, draw: &mut Draw) {
    let weekly = draw.chance(0.3);
    processor(book, draw, if weekly { 420_000 } else { 85_000 }, weekly);
    for _ in 0..draw.below(3) {
        let party = book.fresh(|| words::firm(draw));
        let mut days = Vec::new();
        let mut day = book.start.plus(span(draw, 0, 30));
        while day < book.end {
            days.push(banking_days_from(day, 1));
            day = day.plus(span(draw, 9, 50));
        }
        let words = (party.as_str(), "VENDOR PMT");
        let payer = Irregular {
            kind: StreamKind::SelfEmployed,
            words,
            channel: Channel::AchCredit,
            amount: 180_000,
            sigma: 0.5,
        };
        plant_irregular(book, draw, &payer, &days);
    }
}
