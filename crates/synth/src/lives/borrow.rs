//! Short borrowing: apps that advance a little, payday lenders, purchases in four parts, merchant cash advances.

use cashline_core::time::Day;

use super::{
    bills::{Bill, banking_days, plant as plant_bill},
    book::{Book, Slip, span, weighted},
    calendar::{Schedule, banking_days_from, on_or_after},
    truth::{AdvanceKind, Mark, PlantedAdvance, Repayment, StreamKind},
};
use crate::{
    descriptor::Channel,
    draw::{Draw, scaled},
    words,
};

/// A payment that an advance calls for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Due {
    pub(super) day: Day,
    /// Minor units, positive.
    pub(super) amount: i64,
    pub(super) rollover: bool,
}

/// An advance before it is written.
#[derive(Clone, Debug)]
pub(super) struct Terms {
    pub(super) kind: AdvanceKind,
    pub(super) party: String,
    /// What funding and payments say beside the provider's name.
    pub(super) entries: (&'static str, &'static str),
    pub(super) day: Day,
    pub(super) amount: i64,
    pub(super) dues: Vec<Due>,
}

/// Plants an advance; answers the day on which its last payment is due.
pub(super) fn plant(book: &mut Book, terms: &Terms) -> Day {
    let at = book.truth.advances.len();
    let mark = Mark::Advance(at);
    let by_card = terms.kind == AdvanceKind::BuyNowPayLater;
    let slip = |channel, entry| Slip { account: 0, mark, channel, party: &terms.party, entry };
    let funding = match terms.kind {
        AdvanceKind::BuyNowPayLater => None,
        _ => book.post(&slip(Channel::AchCredit, terms.entries.0), terms.day, terms.amount),
    };
    let mut repayments = Vec::new();
    let (mut open, mut next_due) = (0, None);
    for due in &terms.dues {
        let paid = if by_card {
            book.charge(&slip(Channel::CardPurchase, ""), due.day, -due.amount)
        } else {
            book.post(&slip(Channel::AchDebit, terms.entries.1), due.day, -due.amount).map(|row| (row, due.day))
        };
        match paid {
            Some((row, day)) => {
                repayments.push(Repayment { row, day, amount: due.amount, rollover: due.rollover });
            }
            None => {
                open += due.amount;
                next_due = next_due.or(Some(due.day));
            }
        }
    }
    book.truth.advances.push(PlantedAdvance {
        provider: terms.party.clone(),
        kind: terms.kind,
        funding,
        day: terms.day,
        amount: terms.amount,
        repayments,
        repaid_before: 0,
        open,
        next_due,
    });
    terms.dues.last().map_or(terms.day, |due| due.day)
}

/// The paydays that lenders wait for: those of the first payer, and a guess after T.
fn paydays(book: &Book) -> Vec<Day> {
    let mut days: Vec<Day> = book
        .truth
        .payers
        .first()
        .map_or_else(Vec::new, |payer| payer.occurrences.iter().map(|one| one.posted).collect());
    let mut day = book.truth.payers.first().and_then(|payer| payer.next).unwrap_or(book.end.plus(4));
    for _ in 0..12 {
        days.push(day);
        day = banking_days_from(day, 10);
    }
    days
}

/// The payday after a day, three days on at the earliest and five weeks on at the latest.
fn payday_after(paydays: &[Day], day: Day) -> Day {
    let found = paydays.iter().find(|payday| day.plus(3) <= **payday && **payday <= day.plus(35));
    on_or_after(found.copied().unwrap_or(day.plus(14)))
}

/// Draws and plants what a person borrows short.
pub(super) fn person(book: &mut Book, draw: &mut Draw) {
    let paydays = paydays(book);
    if draw.chance(0.22) {
        let apps = weighted(draw, &[(1, 55), (2, 30), (3, 15)]);
        for _ in 0..apps {
            app(book, draw, &paydays);
        }
    }
    if draw.chance(0.07) {
        payday_lender(book, draw, &paydays);
    }
    if draw.chance(0.18) {
        for _ in 0..1 + draw.below(6) {
            four_payments(book, draw);
        }
    }
}

/// An app used again and again: the next advance comes some days after the last one is paid back.
fn app(book: &mut Book, draw: &mut Draw, paydays: &[Day]) {
    let (party, entry) = *draw.pick(words::ADVANCE_APPS);
    if !book.take(party) {
        return;
    }
    let mut day = book.start.plus(span(draw, 0, 250));
    let eager = span(draw, 4, 40);
    if draw.chance(0.3) {
        membership(book, draw, party, day);
    }
    while day < book.end {
        let amount = draw.between(4, 50) * 500;
        let fee = if draw.chance(0.7) { draw.between(199, 799) } else { 0 };
        let owed = amount + fee;
        let first = payday_after(paydays, day);
        let second = payday_after(paydays, first);
        let one = |day, amount| Due { day, amount, rollover: false };
        let dues = match weighted(draw, &[(1, 78), (2, 14), (3, 8)]) {
            1 => vec![one(first, owed)],
            2 => vec![one(first, owed - owed / 2), one(second, owed / 2)],
            _ => (0..4)
                .map(|week| {
                    one(on_or_after(day.plus(7 * (week + 1))), if week == 0 { owed - owed / 4 * 3 } else { owed / 4 })
                })
                .collect(),
        };
        let entries = (entry, if draw.chance(0.5) { entry } else { "REPAYMENT" });
        let terms = Terms { kind: AdvanceKind::CashAdvance, party: party.to_owned(), entries, day, amount, dues };
        let last = plant(book, &terms);
        day = last.plus(span(draw, 1, eager));
    }
}

/// What an app charges for being one: a subscription of the same provider, no repayment.
fn membership(book: &mut Book, draw: &mut Draw, party: &str, since: Day) {
    let bill = Bill {
        kind: StreamKind::Subscription,
        party: party.to_owned(),
        entry: "MEMBERSHIP",
        channel: Channel::AchDebit,
        schedule: Schedule::MonthlyByDay(1 + u32::try_from(draw.below(28)).unwrap_or(0)),
        amount: *draw.pick(&[100, 399, 499, 899, 999]),
        sigma: 0.0,
        since,
        until: None,
        by_hand: false,
        repriced: None,
    };
    plant_bill(book, draw, &bill);
}

/// A payday lender: one payment, fees that buy two weeks more, or instalments.
fn payday_lender(book: &mut Book, draw: &mut Draw, paydays: &[Day]) {
    let (party, entry) = *draw.pick(words::PAYDAY_LENDERS);
    if !book.take(party) {
        return;
    }
    let mut day = on_or_after(book.start.plus(span(draw, 0, 330)));
    while day < book.end {
        let amount = draw.between(8, 40) * 2_500;
        let fee = scaled(amount, 0.15 + 0.05 * draw.unit());
        let mut due = payday_after(paydays, day);
        let mut dues = Vec::new();
        if draw.chance(0.2) {
            let count = draw.between(4, 8);
            let part = scaled(amount, 1.35) / count;
            for _ in 0..count {
                dues.push(Due { day: due, amount: part, rollover: false });
                due = on_or_after(due.plus(14));
            }
        } else {
            let rolled = if draw.chance(0.35) { 1 + draw.below(3) } else { 0 };
            for _ in 0..rolled {
                dues.push(Due { day: due, amount: fee, rollover: true });
                due = on_or_after(due.plus(14));
            }
            dues.push(Due { day: due, amount: amount + fee, rollover: false });
        }
        let entries = (entry, if draw.chance(0.5) { entry } else { "PAYMENT" });
        let terms = Terms { kind: AdvanceKind::Payday, party: party.to_owned(), entries, day, amount, dues };
        let last = plant(book, &terms);
        day = on_or_after(last.plus(span(draw, 3, 90)));
    }
}

/// A purchase in four equal parts, the first at once and the others 14 days apart.
fn four_payments(book: &mut Book, draw: &mut Draw) {
    let party = (*draw.pick(words::BNPL)).to_owned();
    let day = book.start.plus(span(draw, 0, book.end.0 - book.start.0 - 1));
    let amount = draw.amount(16_000, 0.6).max(3_500);
    let part = amount / 4;
    let dues = (0..4)
        .map(|number| Due {
            day: day.plus(14 * number),
            // Cents that do not divide go into the first part.
            amount: if number == 0 { amount - 3 * part } else { part },
            rollover: false,
        })
        .collect();
    let terms = Terms { kind: AdvanceKind::BuyNowPayLater, party, entries: ("", ""), day, amount, dues };
    plant(book, &terms);
}

/// Draws and plants a shop's merchant cash advances: half have one, some stack a second funder on it.
pub(super) fn business(book: &mut Book, draw: &mut Draw) {
    if !draw.chance(0.6) {
        return;
    }
    for _ in 0..weighted(draw, &[(1, 60), (2, 40)]) {
        let party = book.fresh(|| (*draw.pick(words::MCA_FUNDERS)).to_owned());
        let day = on_or_after(book.start.plus(span(draw, 0, book.end.0 - book.start.0 - 20)));
        let amount = draw.between(20, 160) * 50_000;
        let terms = merchant_advance(&party, day, amount, 1.25 + 0.2 * draw.unit(), span(draw, 70, 160));
        plant(book, &terms);
    }
}

/// A merchant cash advance that takes `factor` times its amount back in equal parts on as many banking days.
pub(super) fn merchant_advance(party: &str, day: Day, amount: i64, factor: f64, days: i32) -> Terms {
    let total = scaled(amount, factor);
    let part = total / i64::from(days);
    let mut left = total;
    let remittances =
        banking_days(day.plus(1), day.plus(days * 2)).into_iter().take(usize::try_from(days).unwrap_or(0) + 1);
    let mut dues = Vec::new();
    for day in remittances {
        let amount = part.min(left);
        left -= amount;
        if 0 < amount {
            dues.push(Due { day, amount, rollover: false });
        }
    }
    let entries = ("FUNDING", "DAILY REMIT");
    Terms { kind: AdvanceKind::MerchantAdvance, party: party.to_owned(), entries, day, amount, dues }
}
