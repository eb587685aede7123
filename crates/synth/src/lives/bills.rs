//! What the holder pays on a schedule: homes, loans, utilities, telecoms, insurance, subscriptions.

use cashline_core::time::Day;

use super::{
    book::{Book, Slip, span, weighted},
    calendar::{Calendar, Roll, Schedule, banking_days_from, is_banking_day, on_or_after},
    payers::schedule,
    truth::{Cadence, Fate, Mark, Occurrence, PlantedStream, StreamKind},
};
use crate::{
    descriptor::Channel,
    draw::{Draw, scaled},
    words,
};

/// An obligation with its calendar.
#[derive(Clone, Debug)]
pub(super) struct Bill {
    pub(super) kind: StreamKind,
    pub(super) party: String,
    pub(super) entry: &'static str,
    pub(super) channel: Channel,
    pub(super) schedule: Schedule,
    /// Minor units, positive.
    pub(super) amount: i64,
    pub(super) sigma: f64,
    pub(super) since: Day,
    pub(super) until: Option<Day>,
    /// Paid by hand: up to three days early, up to five days late.
    pub(super) by_hand: bool,
    /// A new price from a day on.
    pub(super) repriced: Option<(Day, i64)>,
}

impl Bill {
    fn calendar(&self) -> Calendar {
        let roll = if self.channel == Channel::CardPurchase { Roll::Stay } else { Roll::After };
        Calendar { schedule: self.schedule, roll, early: 0 }
    }

    fn amount_on(&self, day: Day) -> i64 {
        self.repriced.filter(|(from, _)| *from <= day).map_or(self.amount, |(_, amount)| amount)
    }
}

/// Plants an obligation; answers its place.
pub(super) fn plant(book: &mut Book, draw: &mut Draw, bill: &Bill) -> usize {
    let at = book.truth.obligations.len();
    let calendar = bill.calendar();
    let to = bill.until.map_or(book.end, |day| day.plus(1).min(book.end));
    let scheduled = calendar.days(book.start.max(bill.since), to);
    let ended = bill.until.filter(|day| *day < book.end).and_then(|_| scheduled.last().copied());
    let mut stream = PlantedStream {
        counterparty: bill.party.clone(),
        kind: bill.kind,
        cadence: bill.schedule.cadence(),
        occurrences: Vec::new(),
        extras: Vec::new(),
        since: bill.since,
        ended,
        missed_since_end: ended.map_or(0, |last| calendar.days(last.plus(1), book.end).len()),
        overdue: None,
        next: if ended.is_none() { calendar.next(book.end) } else { None },
        usual_amount: -bill.amount_on(book.end),
        varies: 0.0 < bill.sigma,
        scheduled: Vec::new(),
    };
    let mark = Mark::Obligation(at);
    let slip = Slip { account: 0, mark, channel: bill.channel, party: &bill.party, entry: bill.entry };
    for day in &scheduled {
        let (late, by, shift) = (draw.chance(0.01), span(draw, 1, 2), span(draw, -3, 5));
        let amount = -draw.amount(bill.amount_on(*day), bill.sigma).max(100);
        let (row, posted, fate) = if bill.channel == Channel::CardPurchase {
            let Some((row, posted)) = book.charge(&slip, *day, amount) else {
                stream.overdue = Some(*day);
                continue;
            };
            (Some(row), posted, Fate::OnTime)
        } else {
            let moved = if bill.by_hand { on_or_after(day.plus(shift)) } else { *day };
            let posted = if late { banking_days_from(moved, by) } else { moved };
            let fate = if posted == *day { Fate::OnTime } else { Fate::Late };
            (book.post(&slip, posted, amount), posted, fate)
        };
        match row {
            Some(row) => {
                stream.occurrences.push(Occurrence { scheduled: *day, posted, rows: vec![row], amount, fate });
            }
            None if book.end <= posted => stream.overdue = Some(*day),
            None => {}
        }
    }
    stream.scheduled = scheduled;
    book.truth.obligations.push(stream);
    at
}

/// Draws and plants what a person owes on a schedule.
pub(super) fn person(book: &mut Book, draw: &mut Draw) {
    home(book, draw);
    loans(book, draw);
    services(book, draw);
    for _ in 0..draw.below(7) {
        subscription(book, draw);
    }
}

/// A bill for most of the life: some began or ended within it.
fn bill(book: &Book, draw: &mut Draw, kind: StreamKind, words: (String, &'static str), amount: i64) -> Bill {
    let fate = draw.unit();
    let day = book.start.plus(span(draw, 30, book.end.0 - book.start.0 - 30));
    Bill {
        kind,
        party: words.0,
        entry: words.1,
        channel: Channel::AchDebit,
        schedule: Schedule::MonthlyByDay(due_day(draw)),
        amount,
        sigma: 0.0,
        since: if (0.10..0.18).contains(&fate) { day } else { book.start.plus(-500) },
        until: (fate < 0.10).then_some(day),
        by_hand: false,
        repriced: None,
    }
}

fn due_day(draw: &mut Draw) -> u32 {
    1 + u32::try_from(draw.below(28)).unwrap_or(0)
}

fn home(book: &mut Book, draw: &mut Draw) {
    let kind = draw.unit();
    if kind < 0.65 {
        let party = book.fresh(|| words::landlord(draw, "PROPERTIES"));
        let amount = draw.between(60, 260) * 1_000;
        let mut rent = bill(book, draw, StreamKind::Rent, (party, "RENT"), amount);
        rent.schedule = Schedule::MonthlyByDay(weighted(draw, &[(1, 65), (3, 10), (5, 15), (15, 10)]));
        rent.channel = weighted(draw, &[(Channel::AchDebit, 65), (Channel::ZelleOut, 20), (Channel::Check, 15)]);
        rent.by_hand = rent.channel != Channel::AchDebit && draw.chance(0.5);
        plant(book, draw, &rent);
    } else if kind < 0.90 {
        let party = book.fresh(|| (*draw.pick(words::MORTGAGES)).to_owned());
        let amount = draw.amount(165_000, 0.35);
        let mut mortgage = bill(book, draw, StreamKind::Mortgage, (party, "MTG PYMT"), amount);
        mortgage.schedule = Schedule::MonthlyByDay(weighted(draw, &[(1, 60), (5, 10), (10, 10), (15, 20)]));
        plant(book, draw, &mortgage);
    }
}

fn loans(book: &mut Book, draw: &mut Draw) {
    let kinds: [(StreamKind, f64, &[&str], &'static str, i64); 3] = [
        (StreamKind::AutoLoan, 0.40, words::AUTO_LENDERS, "AUTO PAY", 42_000),
        (StreamKind::PersonalLoan, 0.25, words::PERSONAL_LENDERS, "LOAN PMT", 23_000),
        (StreamKind::StudentLoan, 0.20, words::STUDENT_LENDERS, "STDNT LOAN", 27_000),
    ];
    for (kind, chance, lenders, entry, monthly) in kinds {
        if !draw.chance(chance) {
            continue;
        }
        let party = book.fresh(|| (*draw.pick(lenders)).to_owned());
        let mut loan = bill(book, draw, kind, (party, entry), 0);
        let often = match kind {
            StreamKind::StudentLoan => Cadence::MonthlyByDay,
            _ => weighted(draw, &[(Cadence::MonthlyByDay, 78), (Cadence::Biweekly, 15), (Cadence::Weekly, 7)]),
        };
        if often != Cadence::MonthlyByDay {
            loan.schedule = schedule(draw, often, book.start);
        }
        loan.amount = scaled(draw.amount(monthly, 0.35), 1.0 / loan.schedule.per_month());
        plant(book, draw, &loan);
    }
}

fn services(book: &mut Book, draw: &mut Draw) {
    for _ in 0..1 + draw.below(3) {
        let party = book.fresh(|| (*draw.pick(words::UTILITIES)).to_owned());
        let amount = draw.amount(9_500, 0.4);
        let mut utility = bill(book, draw, StreamKind::Utility, (party, "UTIL PYMT"), amount);
        utility.sigma = if draw.chance(0.15) { 0.0 } else { 0.22 };
        utility.by_hand = draw.chance(0.2);
        plant(book, draw, &utility);
    }
    for _ in 0..1 + draw.below(2) {
        let party = book.fresh(|| (*draw.pick(words::TELECOMS)).to_owned());
        let amount = draw.amount(8_500, 0.35);
        let mut telecom = bill(book, draw, StreamKind::Telecom, (party, "AUTOPAY"), amount);
        telecom.sigma = if draw.chance(0.3) { 0.04 } else { 0.0 };
        telecom.repriced = new_price(book, draw, telecom.amount);
        plant(book, draw, &telecom);
    }
    if draw.chance(0.7) {
        let party = book.fresh(|| (*draw.pick(words::INSURERS)).to_owned());
        let monthly = draw.amount(14_500, 0.35);
        let mut insurance = bill(book, draw, StreamKind::Insurance, (party, "INS PREM"), monthly);
        let day = due_day(draw);
        let month = 1 + u32::try_from(draw.below(12)).unwrap_or(0);
        insurance.schedule = weighted(
            draw,
            &[
                (Schedule::MonthlyByDay(day), 85),
                (Schedule::Quarterly(month % 3, day), 8),
                (Schedule::Annual(month, day), 7),
            ],
        );
        insurance.amount = scaled(monthly, 1.0 / insurance.schedule.per_month());
        plant(book, draw, &insurance);
    }
}

fn new_price(book: &Book, draw: &mut Draw, amount: i64) -> Option<(Day, i64)> {
    let day = book.start.plus(span(draw, 0, book.end.0 - book.start.0 - 1));
    let dearer = amount + draw.between(1, 4) * 100;
    draw.chance(0.2).then_some((day, dearer))
}

fn subscription(book: &mut Book, draw: &mut Draw) {
    let (party, price) = *draw.pick(words::SUBSCRIPTIONS);
    if !book.take(party) {
        return;
    }
    let mut subscription = bill(book, draw, StreamKind::Subscription, (party.to_owned(), ""), price);
    subscription.channel = Channel::CardPurchase;
    if draw.chance(0.08) {
        let month = 1 + u32::try_from(draw.below(12)).unwrap_or(0);
        subscription.schedule = Schedule::Annual(month, due_day(draw));
        subscription.amount = price * 10;
    } else {
        subscription.repriced = new_price(book, draw, price);
    }
    plant(book, draw, &subscription);
}

/// What a shop owes on a schedule.
pub(super) fn business(book: &mut Book, draw: &mut Draw) {
    let party = book.fresh(|| words::landlord(draw, "REALTY"));
    let amount = draw.between(180, 600) * 1_000;
    let mut rent = bill(book, draw, StreamKind::Rent, (party, "RENT"), amount);
    rent.schedule = Schedule::MonthlyByDay(1);
    rent.until = None;
    plant(book, draw, &rent);
    services(book, draw);
    loans(book, draw);
}

/// The banking days of a life.
pub(super) fn banking_days(from: Day, to: Day) -> Vec<Day> {
    (from.0..to.0).map(Day).filter(|day| is_banking_day(*day)).collect()
}
