//! Rows that repeat without a schedule, or not at all: shops, friends, cash, refunds, interest.

use cashline_core::time::Day;

use super::{
    book::{Book, Slip, chance_days, span},
    calendar::{is_banking_day, on_or_after},
    truth::{Mark, Noise},
};
use crate::{descriptor::Channel, draw::Draw, words};

/// Draws and plants all of it.
pub(super) fn person(book: &mut Book, draw: &mut Draw) {
    shopping(book, draw);
    friends(book, draw);
    deposits(book, draw);
    bank(book, draw);
}

fn slip(account: usize, what: Noise, channel: Channel, party: &str) -> Slip<'_> {
    Slip { account, mark: Mark::Noise(what), channel, party, entry: "" }
}

/// A merchant, how often the holder goes there, and what it costs.
struct Habit {
    party: String,
    /// Days between visits, when there is a rhythm of sorts; else visits come by chance.
    rhythm: Option<(i32, i32)>,
    per_week: f64,
    /// Prices on the menu; a visit costs one of them, varied.
    prices: Vec<i64>,
    sigma: f64,
}

fn habits(draw: &mut Draw) -> Vec<Habit> {
    let mut habits = Vec::new();
    let by_chance = |party: &str, per_week: f64, price: i64, sigma: f64| Habit {
        party: party.to_owned(),
        rhythm: None,
        per_week,
        prices: vec![price],
        sigma,
    };
    for number in 0..1 + draw.below(3) {
        let mut grocer = by_chance(draw.pick::<&str>(words::GROCERS), 0.2 + 0.5 * draw.unit(), 6_200, 0.5);
        // Every week or so, on whatever day suits.
        grocer.rhythm = (number == 0 && draw.chance(0.6)).then_some((5, 9));
        habits.push(grocer);
    }
    for _ in 0..1 + draw.below(2) {
        let mut fuel = by_chance(draw.pick::<&str>(words::FUEL), 0.6, 3_900, 0.3);
        fuel.rhythm = draw.chance(0.4).then_some((5, 11));
        habits.push(fuel);
    }
    if draw.chance(0.5) {
        // A cup costs what it costs: the same few amounts again and again.
        let party = words::shop(draw, true);
        let prices = vec![545, 595, 995][..1 + draw.below(3)].to_vec();
        habits.push(Habit { party, rhythm: None, per_week: 1.0 + 3.0 * draw.unit(), prices, sigma: 0.0 });
    }
    for _ in 0..3 + draw.below(6) {
        let chain = draw.chance(0.5);
        let party = if chain { (*draw.pick(words::RESTAURANTS)).to_owned() } else { words::shop(draw, true) };
        habits.push(by_chance(&party, 0.08 + 0.4 * draw.unit(), 1_900, 0.5));
    }
    for _ in 0..3 + draw.below(7) {
        let chain = draw.chance(0.6);
        let party = if chain { (*draw.pick(words::SHOPS)).to_owned() } else { words::shop(draw, false) };
        habits.push(by_chance(&party, 0.04 + 0.25 * draw.unit(), 4_300, 0.8));
    }
    habits.push(by_chance(draw.pick::<&str>(words::HEALTH), 0.15, 3_500, 0.7));
    habits
}

fn shopping(book: &mut Book, draw: &mut Draw) {
    for habit in habits(draw) {
        let days = match habit.rhythm {
            None => chance_days(draw, habit.per_week, book.start, book.end),
            Some((shortest, longest)) => {
                let mut days = vec![book.start.plus(span(draw, 0, longest))];
                while let Some(last) = days.last().filter(|day| **day < book.end).copied() {
                    days.push(last.plus(span(draw, shortest, longest)));
                }
                days
            }
        };
        for day in days {
            let price = *draw.pick(&habit.prices);
            let amount = draw.amount(price, habit.sigma).max(100);
            let purchase = slip(0, Noise::Shopping, Channel::CardPurchase, &habit.party);
            let Some((_, posted)) = book.charge(&purchase, day, -amount) else { continue };
            if draw.chance(0.012) {
                let refund = slip(0, Noise::Refund, Channel::CardRefund, &habit.party);
                book.post(&refund, on_or_after(posted.plus(span(draw, 2, 12))), amount);
            }
        }
    }
    if draw.chance(0.6) {
        let per_week = 0.3 + 0.5 * draw.unit();
        for day in chance_days(draw, per_week, book.start, book.end) {
            book.post(&slip(0, Noise::Cash, Channel::Atm, ""), day, -draw.between(1, 15) * 2_000);
        }
    }
}

fn friends(book: &mut Book, draw: &mut Draw) {
    if draw.chance(0.4) {
        let people: Vec<String> = (0..1 + draw.below(4)).map(|_| words::person(draw)).collect();
        let per_week = 0.2 + 0.8 * draw.unit();
        for day in chance_days(draw, per_week, book.start, book.end) {
            let inward = draw.chance(0.5);
            let channel = if inward { Channel::ZelleIn } else { Channel::ZelleOut };
            let amount = draw.amount(4_500, 0.8).max(500) / 100 * 100;
            let person = draw.pick(&people).clone();
            let amount = if inward { amount } else { -amount };
            book.post(&slip(0, Noise::PersonToPerson, channel, &person), day, amount);
        }
    }
    if draw.chance(0.04) {
        // A flatmate's share: about monthly, by hand.
        let (person, amount) = (words::person(draw), draw.between(30, 90) * 1_000);
        for month in 0..14 {
            let day = book.end.month_start(month).plus(span(draw, -4, 6));
            book.post(&slip(0, Noise::PersonToPerson, Channel::ZelleIn, &person), day, amount);
        }
    }
}

fn deposits(book: &mut Book, draw: &mut Draw) {
    let kinds = [
        (Noise::CheckDeposit, Channel::CheckDeposit, 0.15, 0.12, 21_000),
        (Noise::CashDeposit, Channel::CashDeposit, 0.12, 0.15, 18_000),
    ];
    for (what, channel, chance, per_week, median) in kinds {
        if draw.chance(chance) {
            for day in chance_days(draw, per_week, book.start, book.end) {
                book.post(&slip(0, what, channel, ""), on_or_after(day), draw.amount(median, 0.7) / 100 * 100);
            }
        }
    }
    let (year, ..) = book.end.civil();
    for (chance, party, entry, median) in
        [(0.35, "IRS TREAS 310", "TAX REF", 190_000), (0.2, "STATE TAX", "TAX REFUND", 38_000)]
    {
        if draw.chance(chance) {
            for year in [year - 1, year] {
                let day = on_or_after(Day::from_civil(year, 2, 5).plus(span(draw, 0, 80)));
                let refund = Slip { entry, ..slip(0, Noise::TaxRefund, Channel::AchCredit, party) };
                book.post(&refund, day, draw.amount(median, 0.6));
            }
        }
    }
    if draw.chance(0.15) {
        for _ in 0..1 + draw.below(2) {
            let day = on_or_after(book.start.plus(span(draw, 0, book.end.0 - book.start.0 - 1)));
            let (party, entry, channel) = *draw.pick(&[
                ("STATE FARM CLAIMS", "CLAIM PMT", Channel::AchCredit),
                ("COUNTY TITLE CO", "PROCEEDS", Channel::Wire),
                ("CLASS ACTION ADMIN", "SETTLEMENT", Channel::AchCredit),
                ("EBAY COM", "PAYOUT", Channel::AchCredit),
            ]);
            let one_off = Slip { entry, ..slip(0, Noise::OneOff, channel, party) };
            book.post(&one_off, day, draw.amount(60_000, 1.0));
        }
    }
}

/// Interest on savings, and a fee for having an account.
fn bank(book: &mut Book, draw: &mut Draw) {
    for account in 0..book.accounts.len() {
        let fee = !book.accounts[account].savings && draw.chance(0.1);
        let interest = book.accounts[account].savings && draw.chance(0.9);
        for month in 0..15 {
            let mut last = book.end.month_start(month).plus(-1);
            while !is_banking_day(last) {
                last = last.plus(-1);
            }
            if interest {
                book.post(&slip(account, Noise::Interest, Channel::Interest, ""), last, draw.amount(240, 0.6).max(1));
            }
            if fee {
                book.post(&slip(account, Noise::BankFee, Channel::MonthlyFee, ""), last, -1_200);
            }
        }
    }
}

/// What a shop spends without a schedule.
pub(super) fn business(book: &mut Book, draw: &mut Draw) {
    for _ in 0..2 + draw.below(4) {
        let party = *draw.pick(words::SUPPLIERS);
        let by_card = draw.chance(0.4);
        let per_week = 0.4 + 0.8 * draw.unit();
        for day in chance_days(draw, per_week, book.start, book.end) {
            let amount = -draw.amount(42_000, 0.7);
            if by_card {
                book.charge(&slip(0, Noise::Supplier, Channel::CardPurchase, party), day, amount);
            } else {
                let debit = Slip { entry: "PURCHASE", ..slip(0, Noise::Supplier, Channel::AchDebit, party) };
                book.post(&debit, on_or_after(day), amount);
            }
        }
    }
    bank(book, draw);
}
