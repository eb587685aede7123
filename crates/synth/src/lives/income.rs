//! Who pays the holder, when, and what goes wrong with it.

use cashline_core::time::Day;

use super::{
    book::{Book, Slip, chance_days, span},
    calendar::{Calendar, banking_days_from, is_banking_day, on_or_after},
    truth::{Cadence, Extra, ExtraKind, Fate, Mark, Occurrence, PlantedStream, StreamKind},
};
use crate::{
    descriptor::Channel,
    draw::{Draw, scaled},
};

/// How a bonus reaches the account.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Bonus {
    /// Inside the pay of a payday.
    Inside,
    /// A second row on a payday.
    Beside,
    /// A row on another banking day.
    OffCycle,
}

/// A payer with a calendar, and everything that varies.
#[derive(Clone, Debug)]
pub(super) struct Pay {
    pub(super) kind: StreamKind,
    pub(super) party: String,
    pub(super) entry: &'static str,
    pub(super) calendar: Calendar,
    pub(super) account: usize,
    /// Minor units of one payment, and how far it varies.
    pub(super) amount: i64,
    pub(super) sigma: f64,
    pub(super) since: Day,
    /// The last day of the job.
    pub(super) until: Option<Day>,
    /// Probability that a payment comes one to three banking days late.
    pub(super) late: f64,
    /// Probability that a due date has nothing to pay.
    pub(super) skip: f64,
    pub(super) raises: Vec<(Day, f64)>,
    /// Unpaid days, half open.
    pub(super) leave: Option<(Day, Day)>,
    /// The payment, counted back from the last one, that does not come and is made up for by the one after it.
    pub(super) merged: Option<usize>,
    pub(super) bonuses: Vec<Bonus>,
    /// Reimbursements a week by the same payer.
    pub(super) reimbursements: f64,
    /// Instant cash-outs a week by the same payer.
    pub(super) cash_outs: f64,
    /// Another account and the hundredths of each payment that go there.
    pub(super) split: Option<(usize, i64)>,
    /// From a day on, the payer words its entries anew.
    pub(super) reworded: Option<(Day, &'static str)>,
}

impl Pay {
    /// A payer that pays the same on every due date, for ever.
    pub(super) fn plain(
        kind: StreamKind,
        words: (&str, &'static str),
        calendar: Calendar,
        amount: i64,
        since: Day,
    ) -> Pay {
        Pay {
            kind,
            party: words.0.to_owned(),
            entry: words.1,
            calendar,
            account: 0,
            amount,
            sigma: 0.0,
            since,
            until: None,
            late: 0.0,
            skip: 0.0,
            raises: Vec::new(),
            leave: None,
            merged: None,
            bonuses: Vec::new(),
            reimbursements: 0.0,
            cash_outs: 0.0,
            split: None,
            reworded: None,
        }
    }

    fn entry_on(&self, day: Day) -> &'static str {
        self.reworded.filter(|(from, _)| *from <= day).map_or(self.entry, |(_, entry)| entry)
    }

    /// What a payment of a day is, before chance.
    fn amount_on(&self, day: Day) -> i64 {
        self.raises.iter().filter(|(from, _)| *from <= day).fold(self.amount, |sum, (_, factor)| scaled(sum, *factor))
    }
}

/// Plants a payer with its calendar; answers its place.
pub(super) fn plant(book: &mut Book, draw: &mut Draw, pay: &Pay) -> usize {
    let at = book.truth.payers.len();
    let to = pay.until.map_or(book.end, |day| day.plus(1).min(book.end));
    let scheduled = pay.calendar.days(book.start.max(pay.since), to);
    let ended = pay.until.filter(|day| *day < book.end).and_then(|_| scheduled.last().copied());
    let mut stream = PlantedStream {
        counterparty: pay.party.clone(),
        kind: pay.kind,
        cadence: pay.calendar.schedule.cadence(),
        occurrences: Vec::new(),
        extras: Vec::new(),
        since: pay.since,
        ended,
        missed_since_end: ended.map_or(0, |last| pay.calendar.days(last.plus(1), book.end).len()),
        overdue: None,
        next: if ended.is_none() { pay.calendar.next(book.end) } else { None },
        usual_amount: pay.amount_on(book.end),
        varies: 0.0 < pay.sigma,
        scheduled,
    };
    pay_out(book, draw, pay, at, &mut stream);
    beside(book, draw, pay, at, &mut stream);
    book.truth.payers.push(stream);
    at
}

/// The payments of all due dates.
fn pay_out(book: &mut Book, draw: &mut Draw, pay: &Pay, at: usize, stream: &mut PlantedStream) {
    let count = stream.scheduled.len();
    let bonuses: Vec<usize> =
        pay.bonuses.iter().filter(|bonus| **bonus == Bonus::Inside).map(|_| draw.below(count)).collect();
    let mut held = 0;
    for (number, day) in stream.scheduled.clone().into_iter().enumerate() {
        let on_leave = pay.leave.is_some_and(|(from, to)| from <= day && day < to);
        // Drawn always, so that one variation more leaves the others where they were.
        let (idle, late, by) = (draw.chance(pay.skip), draw.chance(pay.late), span(draw, 1, 3));
        let mut amount = draw.amount(pay.amount_on(day), pay.sigma);
        if on_leave || idle {
            continue;
        }
        if pay.merged.is_some_and(|back| number + back + 1 == count) {
            held = amount;
            continue;
        }
        let fate = if held != 0 {
            Fate::Merged
        } else if late {
            Fate::Late
        } else {
            Fate::OnTime
        };
        amount += std::mem::take(&mut held);
        for _ in bonuses.iter().filter(|one| **one == number) {
            amount += scaled(amount, 0.3 + draw.unit());
        }
        let posted = if fate == Fate::Late { banking_days_from(on_or_after(day), by) } else { day };
        if book.end <= posted {
            stream.overdue = Some(day);
            continue;
        }
        let rows = deposit(book, pay, at, posted, amount);
        stream.occurrences.push(Occurrence { scheduled: day, posted, rows, amount, fate });
    }
}

fn deposit(book: &mut Book, pay: &Pay, at: usize, day: Day, amount: i64) -> Vec<String> {
    let part = pay.split.map_or(0, |(_, hundredths)| amount * hundredths / 100);
    let parts = [(pay.account, amount - part), (pay.split.map_or(0, |split| split.0), part)];
    let entry = pay.entry_on(day);
    let mark = Mark::Payer(at);
    let slip = |account| Slip { account, mark, channel: Channel::AchCredit, party: &pay.party, entry };
    parts.into_iter().filter_map(|(account, amount)| book.post(&slip(account), day, amount)).collect()
}

/// Rows of the same payer beside its schedule.
fn beside(book: &mut Book, draw: &mut Draw, pay: &Pay, at: usize, stream: &mut PlantedStream) {
    let (from, to) = (book.start.max(pay.since), pay.until.unwrap_or(book.end).min(book.end));
    let mut put = |book: &mut Book, day: Day, amount: i64, entry: &str, kind: ExtraKind| {
        let slip =
            Slip { account: pay.account, mark: Mark::Payer(at), channel: Channel::AchCredit, party: &pay.party, entry };
        stream.extras.extend(book.post(&slip, day, amount).map(|row| Extra { row, kind }));
    };
    let paydays: Vec<Day> = stream.occurrences.iter().map(|one| one.posted).collect();
    for bonus in &pay.bonuses {
        let amount = draw.amount(scaled(pay.amount, 0.8), 0.6);
        let entry = if draw.chance(0.5) { "BONUS" } else { pay.entry };
        match bonus {
            Bonus::Inside => {}
            Bonus::Beside if paydays.is_empty() => {}
            Bonus::Beside => put(book, *draw.pick(&paydays), amount, entry, ExtraKind::Bonus),
            Bonus::OffCycle => {
                let day = on_or_after(from.plus(span(draw, 0, (to.0 - from.0 - 1).max(0))));
                put(book, day, amount, entry, ExtraKind::Bonus);
            }
        }
    }
    let entry = if draw.chance(0.6) { "EXP REIMB" } else { "EXPENSES" };
    for day in chance_days(draw, pay.reimbursements, from, to) {
        if is_banking_day(day) {
            put(book, day, draw.amount(8_500, 0.8), entry, ExtraKind::Reimbursement);
        }
    }
    for day in chance_days(draw, pay.cash_outs, from, to) {
        put(book, day, draw.amount(6_500, 0.5), "INSTANT PAY", ExtraKind::InstantCashOut);
    }
}

/// A payer without a calendar.
#[derive(Clone, Copy, Debug)]
pub(super) struct Irregular<'a> {
    pub(super) kind: StreamKind,
    pub(super) words: (&'a str, &'a str),
    pub(super) channel: Channel,
    pub(super) amount: i64,
    pub(super) sigma: f64,
}

/// Plants a payer that pays on given days; answers its place.
pub(super) fn plant_irregular(book: &mut Book, draw: &mut Draw, payer: &Irregular<'_>, days: &[Day]) -> usize {
    let at = book.truth.payers.len();
    let (party, entry) = payer.words;
    let slip = Slip { account: 0, mark: Mark::Payer(at), channel: payer.channel, party, entry };
    let mut occurrences = Vec::new();
    for day in days {
        let amount = draw.amount(payer.amount, payer.sigma).max(500);
        if let Some(row) = book.post(&slip, *day, amount) {
            let rows = vec![row];
            occurrences.push(Occurrence { scheduled: *day, posted: *day, rows, amount, fate: Fate::OnTime });
        }
    }
    book.truth.payers.push(PlantedStream {
        counterparty: party.to_owned(),
        kind: payer.kind,
        cadence: Cadence::Irregular,
        scheduled: Vec::new(),
        occurrences,
        extras: Vec::new(),
        since: book.start,
        ended: None,
        missed_since_end: 0,
        overdue: None,
        next: None,
        usual_amount: payer.amount,
        varies: 0.0 < payer.sigma,
    });
    at
}
