//! Lives made by hand, one for each thing that is easy to get wrong. T is Monday, 6 July 2026.

use cashline_core::time::Day;

use super::{
    LIFE_DAYS, Life,
    bills::{self, Bill},
    book::{Book, Concern, Slip, draws},
    borrow::{self, Due, Terms, merchant_advance},
    calendar::{Calendar, Roll, Schedule},
    income::{Bonus, Irregular, Pay, plant, plant_irregular},
    noise,
    shortage::{self, Rules},
    transfers::transfer_after,
    truth::{AdvanceKind, Mark, Noise, StreamKind},
};
use crate::{descriptor::Channel, draw::Draw};

/// A name and the function that writes the life.
type Author = (&'static str, fn(&mut Book, &mut Draw));

const AUTHORS: &[Author] = &[
    ("benefit_over_veterans_day", benefit_over_veterans_day),
    ("biweekly_job_then_weekly_job", biweekly_job_then_weekly_job),
    ("semi_monthly_at_an_early_bank", semi_monthly_at_an_early_bank),
    ("merged_then_late_pay", merged_then_late_pay),
    ("two_jobs_of_one_weekday", two_jobs_of_one_weekday),
    ("last_friday_of_the_month", last_friday_of_the_month),
    ("four_weekly_is_not_monthly", four_weekly_is_not_monthly),
    ("driver_who_cashes_out", driver_who_cashes_out),
    ("bonuses_and_expenses", bonuses_and_expenses),
    ("transfers_of_one_amount", transfers_of_one_amount),
    ("three_fees_in_one_row", three_fees_in_one_row),
    ("bill_returned_and_sent_again", bill_returned_and_sent_again),
    ("rolled_over_twice_and_stacked", rolled_over_twice_and_stacked),
    ("merchant_advance_still_open", merchant_advance_still_open),
    ("nothing_but_noise", nothing_but_noise),
];

/// The lives made by hand, with 180 days of history.
#[must_use]
pub fn named() -> Vec<(&'static str, Life)> {
    let end = Day::from_civil(2026, 7, 6);
    let write = |(at, (name, author)): (usize, &Author)| {
        let index = 9_000_000 + at as u64;
        let mut book = Book::new(0, index, end.plus(-LIFE_DAYS), end);
        let early = if *name == "semi_monthly_at_an_early_bank" { 2 } else { 0 };
        let business = *name == "merchant_advance_still_open";
        book.open(at, false, business, early);
        author(&mut book, &mut draws(0, index, Concern::Income));
        for account in 0..book.accounts.len() {
            // Those who are short of money have settled their account themselves.
            if book.accounts[account].opening == 0 {
                let lowest = book.path(account).into_iter().min().unwrap_or(0);
                book.accounts[account].opening = 50_000 - lowest.min(0);
            }
        }
        (*name, book.finish(180))
    };
    AUTHORS.iter().enumerate().map(write).collect()
}

fn calendar(schedule: Schedule) -> Calendar {
    Calendar { schedule, roll: Roll::Before, early: 0 }
}

fn payroll(book: &Book, party: &str, schedule: Schedule, amount: i64) -> Pay {
    let since = book.start.plus(-200);
    Pay::plain(StreamKind::Payroll, (party, "PAYROLL"), calendar(schedule), amount, since)
}

fn benefit_over_veterans_day(book: &mut Book, draw: &mut Draw) {
    let schedule = calendar(Schedule::MonthlyByWeekday(2, 2));
    let since = book.start.plus(-900);
    let pay = Pay::plain(StreamKind::Benefit, ("SSA TREAS 310", "XXSOC SEC"), schedule, 178_400, since);
    plant(book, draw, &pay);
    let first = calendar(Schedule::MonthlyByDay(1));
    let pay = Pay::plain(StreamKind::Benefit, ("SSI TREAS 310", "XXSUPP SEC"), first, 94_300, since);
    plant(book, draw, &pay);
}

fn biweekly_job_then_weekly_job(book: &mut Book, draw: &mut Draw) {
    // Fridays: 20 March 2026 was the last one of the old job, 17 April the first one of the new.
    let mut old = payroll(book, "GRANITE FREIGHT", Schedule::Biweekly(Day::from_civil(2026, 3, 20)), 184_000);
    old.until = Some(Day::from_civil(2026, 3, 20));
    plant(book, draw, &old);
    let mut new = payroll(book, "COBALT FOODS", Schedule::Weekly(4), 97_000);
    new.since = Day::from_civil(2026, 4, 17);
    new.sigma = 0.1;
    plant(book, draw, &new);
}

fn semi_monthly_at_an_early_bank(book: &mut Book, draw: &mut Draw) {
    let mut pay = payroll(book, "MERIDIAN SOFTWARE", Schedule::SemiMonthly(15, 31), 262_500);
    pay.calendar.early = 2;
    plant(book, draw, &pay);
}

fn merged_then_late_pay(book: &mut Book, draw: &mut Draw) {
    let mut pay = payroll(book, "JUNIPER STAFFING", Schedule::Weekly(3), 71_500);
    pay.merged = Some(4);
    pay.late = 0.15;
    plant(book, draw, &pay);
}

fn two_jobs_of_one_weekday(book: &mut Book, draw: &mut Draw) {
    let pay = payroll(book, "LAKESIDE HOSPITAL", Schedule::Biweekly(Day::from_civil(2026, 6, 26)), 143_000);
    plant(book, draw, &pay);
    let mut pay = payroll(book, "LAKESIDE HOTELS", Schedule::Weekly(4), 41_000);
    pay.sigma = 0.2;
    plant(book, draw, &pay);
}

fn last_friday_of_the_month(book: &mut Book, draw: &mut Draw) {
    let pay = payroll(book, "VALLEY SCHOOL DIST", Schedule::MonthlyByWeekday(5, 4), 388_000);
    plant(book, draw, &pay);
}

fn four_weekly_is_not_monthly(book: &mut Book, draw: &mut Draw) {
    let pay = payroll(book, "UNITY HEALTH", Schedule::FourWeekly(Day::from_civil(2026, 6, 18)), 297_000);
    plant(book, draw, &pay);
}

fn driver_who_cashes_out(book: &mut Book, draw: &mut Draw) {
    let schedule = Calendar { schedule: Schedule::Weekly(1), roll: Roll::After, early: 0 };
    let since = book.start.plus(-60);
    let mut pay = Pay::plain(StreamKind::Gig, ("LYFT", "DRIVERPAY"), schedule, 28_000, since);
    (pay.sigma, pay.skip, pay.cash_outs) = (0.4, 0.05, 3.0);
    plant(book, draw, &pay);
    let days: Vec<Day> = (0..60).map(|at| book.end.plus(-3 * at * (1 + at % 4) - 2)).collect();
    let payer = Irregular {
        kind: StreamKind::Gig,
        words: ("TASKRABBIT", "PAYOUT"),
        channel: Channel::AchCredit,
        amount: 9_000,
        sigma: 0.5,
    };
    plant_irregular(book, draw, &payer, &days);
}

fn bonuses_and_expenses(book: &mut Book, draw: &mut Draw) {
    let mut pay = payroll(book, "SUMMIT ENERGY", Schedule::Biweekly(Day::from_civil(2026, 7, 2)), 231_000);
    pay.bonuses = vec![Bonus::OffCycle, Bonus::Beside, Bonus::Beside, Bonus::Inside];
    pay.reimbursements = 0.5;
    pay.raises = vec![(Day::from_civil(2026, 4, 1), 1.04)];
    plant(book, draw, &pay);
}

fn transfers_of_one_amount(book: &mut Book, draw: &mut Draw) {
    let savings = book.open(2, true, false, 0);
    let pay = payroll(book, "HARBOR LABS", Schedule::Biweekly(Day::from_civil(2026, 7, 3)), 210_000);
    plant(book, draw, &pay);
    // Two of one amount under way at a time, one that crosses back, and a deposit of that amount in between.
    for (month, date, lag) in [(3, 9, 3), (3, 10, 3), (4, 13, 0), (5, 4, 4), (5, 5, 1), (6, 8, 2)] {
        transfer_after(book, (0, savings), Day::from_civil(2026, month, date), 20_000, lag);
    }
    transfer_after(book, (savings, 0), Day::from_civil(2026, 4, 14), 20_000, 1);
    let slip = Slip {
        account: savings,
        mark: Mark::Noise(Noise::CheckDeposit),
        channel: Channel::CheckDeposit,
        party: "",
        entry: "",
    };
    let row = book.post(&slip, Day::from_civil(2026, 6, 9), 20_000);
    let out = book.truth.transfers[5].out.clone();
    book.truth.traps.extend(row.map(|row| [out, row]));
}

const CHARGING: Rules =
    Rules { unit: 3_400, returns: 0.0, combined: true, delayed: true, cushion: 500, fees_a_day: 4, forgiving: 0.0 };

fn shop(book: &mut Book, day: Day, amounts: &[i64]) {
    for amount in amounts {
        let slip = Slip { account: 0, mark: Mark::Noise(Noise::Cash), channel: Channel::Atm, party: "", entry: "" };
        book.post(&slip, day, -amount);
    }
}

/// Opens with 100.00 on the first day of the history's view and moves only on the days that the story needs.
fn three_fees_in_one_row(book: &mut Book, draw: &mut Draw) {
    // Monday, 11 May 2026: 100.00 − 80.00 leaves 20.00, then three items below zero: one row of 3 × 34.00 on Tuesday.
    shop(book, Day::from_civil(2026, 5, 11), &[8_000, 6_000, 4_000, 2_000]);
    let pay = payroll(book, "REDWOOD RETAIL", Schedule::Biweekly(Day::from_civil(2026, 5, 15)), 120_000);
    let pay = Pay { since: Day::from_civil(2026, 5, 15), ..pay };
    plant(book, draw, &pay);
    // Monday, 8 June: everything goes and 40.00 more: one fee of 34.00.
    shop(book, Day::from_civil(2026, 6, 8), &[223_800]);
    shortage::settle_from(book, draw, &CHARGING, 10_000);
}

fn bill_returned_and_sent_again(book: &mut Book, draw: &mut Draw) {
    let bill = Bill {
        kind: StreamKind::Utility,
        party: "CITY UTILITIES".to_owned(),
        entry: "UTIL PYMT",
        channel: Channel::AchDebit,
        schedule: Schedule::MonthlyByDay(12),
        amount: 14_000,
        sigma: 0.0,
        since: Day::from_civil(2026, 3, 1),
        until: None,
        by_hand: false,
        repriced: None,
    };
    bills::plant(book, draw, &bill);
    let pay = payroll(book, "IRONWOOD HOTELS", Schedule::MonthlyByDay(25), 15_000);
    plant(book, draw, &Pay { since: Day::from_civil(2026, 3, 1), ..pay });
    let rules = Rules { unit: 2_900, returns: 1.0, combined: false, delayed: false, forgiving: 1.0, ..CHARGING };
    shortage::settle_from(book, draw, &rules, 5_000);
}

fn rolled_over_twice_and_stacked(book: &mut Book, draw: &mut Draw) {
    let pay = payroll(book, "ORCHARD PACKAGING", Schedule::Biweekly(Day::from_civil(2026, 6, 26)), 134_000);
    plant(book, draw, &pay);
    let date = |month, day| Day::from_civil(2026, month, day);
    let due = |day, amount, rollover| Due { day, amount, rollover };
    let all = [
        (
            "SPEEDY CASH",
            "PAYDAY",
            AdvanceKind::Payday,
            date(4, 7),
            50_000,
            vec![due(date(4, 17), 8_500, true), due(date(5, 1), 8_500, true), due(date(5, 15), 58_500, false)],
        ),
        ("DAVE INC", "EXTRACASH", AdvanceKind::CashAdvance, date(5, 4), 10_000, vec![due(date(5, 15), 10_599, false)]),
        ("EARNIN", "ACTIVEHOURS", AdvanceKind::CashAdvance, date(5, 5), 10_000, vec![due(date(5, 15), 10_399, false)]),
        ("EARNIN", "ACTIVEHOURS", AdvanceKind::CashAdvance, date(6, 30), 12_500, vec![due(date(7, 10), 12_899, false)]),
    ];
    for (party, entry, kind, day, amount, dues) in all {
        let party = party.to_owned();
        borrow::plant(book, &Terms { kind, party, entries: (entry, entry), day, amount, dues });
    }
}

fn merchant_advance_still_open(book: &mut Book, draw: &mut Draw) {
    super::payers::processor(book, draw, 90_000, false);
    // 20,000.00 for 26,000.00 in 100 parts of 260.00, from the day after Monday, 2 March 2026.
    let terms = merchant_advance("KAPITUS", Day::from_civil(2026, 3, 2), 2_000_000, 1.3, 100);
    borrow::plant(book, &terms);
}

fn nothing_but_noise(book: &mut Book, draw: &mut Draw) {
    for _ in 0..3 {
        noise::person(book, draw);
    }
}
