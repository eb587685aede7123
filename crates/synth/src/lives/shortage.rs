//! What the bank does when money is short. It runs last, over all rows of the checking account in the order of days, and
//! sets the opening balance.

use std::collections::BTreeMap;

use cashline_core::time::Day;

use super::{
    book::{Book, Line, Slip, span, weighted},
    calendar::{banking_days_from, is_banking_day, on_or_after},
    truth::{Extra, ExtraKind, FeeKind, Mark, PlantedFee, PlantedReturn},
};
use crate::{descriptor::Channel, draw::Draw};

/// A bank's rules.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rules {
    /// A fee, minor units; 0 for a bank that charges none.
    pub(super) unit: i64,
    /// Whether it returns bills and checks that would overdraw.
    pub(super) returns: f64,
    /// Whether a day's fees stand in one row.
    pub(super) combined: bool,
    /// Fees post on the next banking day.
    pub(super) delayed: bool,
    /// Overdrawn by no more than this costs nothing.
    pub(super) cushion: i64,
    pub(super) fees_a_day: u32,
    /// Probability that a fee is given back.
    pub(super) forgiving: f64,
}

/// Draws how short of money a holder is, and settles all accounts.
pub(super) fn person(book: &mut Book, draw: &mut Draw) {
    for account in 1..book.accounts.len() {
        let lowest = book.path(account).into_iter().min().unwrap_or(0);
        book.accounts[account].opening = draw.between(5_000, 400_000) - lowest.min(0);
    }
    let short = draw.chance(0.3);
    let unit = *draw.pick(&[2_500, 2_700, 3_200, 3_400, 3_500, 3_600, 3_700, 1_000, 1_500]);
    let charging = Rules {
        unit,
        returns: 0.45,
        // Small fees in one row could not be told from one large fee.
        combined: 2_500 <= unit && draw.chance(0.3),
        delayed: draw.chance(0.5),
        cushion: *draw.pick(&[0, 500, 5_000]),
        fees_a_day: 4,
        forgiving: 0.12,
    };
    let free = Rules { unit: 0, returns: 0.0, ..charging };
    let refusing = Rules { unit: 0, returns: 1.0, ..charging };
    let rules = weighted(draw, &[(charging, 60), (free, 25), (refusing, 15)]);
    let share = if short { 0.01 + 0.07 * draw.unit() } else { 0.0 };
    let cushion = draw.between(2_000, 300_000);
    settle(book, draw, &rules, share, cushion);
}

/// Opens the checking account so that it would close below zero on a share of its days (with a share of 0: so that it never
/// does, and keeps `cushion` at its lowest), and lets the bank answer.
pub(super) fn settle(book: &mut Book, draw: &mut Draw, rules: &Rules, share: f64, cushion: i64) {
    let mut path = book.path(0);
    path.sort_unstable();
    let days = i64::try_from(path.len()).unwrap_or(0);
    let below = usize::try_from(crate::draw::scaled(days, share)).unwrap_or(0);
    let level = path.get(below).copied().unwrap_or(0);
    let opening = if share == 0.0 { cushion - level } else { -level };
    settle_from(book, draw, rules, opening);
}

/// Lets the bank answer when the account opens with a given balance.
pub(super) fn settle_from(book: &mut Book, draw: &mut Draw, rules: &Rules, opening: i64) {
    book.accounts[0].opening = opening;
    let mut bank = Bank { rules: *rules, balance: opening, later: BTreeMap::new(), fees: 0, owed: 0 };
    let mut by_day: BTreeMap<Day, Vec<Line>> = BTreeMap::new();
    for line in book.lines.iter().filter(|line| line.account == 0) {
        by_day.entry(line.posted).or_default().push(line.clone());
    }
    for day in (book.start.0..book.end.0).map(Day) {
        (bank.fees, bank.owed) = (0, 0);
        bank.balance += bank.later.remove(&day).unwrap_or(0);
        let mut lines = by_day.remove(&day).unwrap_or_default();
        // Banks post credits first, then debits from the largest on.
        lines.sort_by(|a, b| (a.amount < 0, a.amount, &a.id).cmp(&(b.amount < 0, b.amount, &b.id)));
        for line in &lines {
            bank.take(book, draw, line);
        }
        bank.bundle(book, draw, day);
    }
}

struct Bank {
    rules: Rules,
    balance: i64,
    /// What the bank itself posts on later days.
    later: BTreeMap<Day, i64>,
    fees: u32,
    /// Fees of the day that will stand in one row.
    owed: u32,
}

impl Bank {
    fn take(&mut self, book: &mut Book, draw: &mut Draw, line: &Line) {
        let after = self.balance + line.amount;
        self.balance = after;
        if 0 <= line.amount || 0 <= after {
            return;
        }
        let may_return = line.returnable && matches!(line.mark, Mark::Obligation(_)) && is_banking_day(line.posted);
        if may_return && draw.chance(self.rules.returns) {
            self.send_back(book, draw, line);
        } else if self.rules.unit == 0 || -self.rules.cushion <= after || self.rules.fees_a_day <= self.fees {
            let free = &mut book.truth.free_overdrafts;
            if free.last() != Some(&line.posted) {
                free.push(line.posted);
            }
        } else {
            self.fees += 1;
            if self.rules.combined {
                self.owed += 1;
            } else {
                self.charge(book, draw, line.posted, FeeKind::Overdraft, 1);
            }
        }
    }

    /// Posts a row of the bank's own; same-day rows move the balance at once.
    fn put(
        &mut self,
        book: &mut Book,
        mark: Mark,
        text: Text<'_>,
        day: Day,
        today: Day,
        amount: i64,
    ) -> Option<String> {
        let (channel, party) = match text {
            Text::Of(channel, party) => (channel, party),
            Text::Own(_) => (Channel::MonthlyFee, ""),
        };
        let slip = Slip { account: 0, mark, channel, party, entry: "" };
        let row = match text {
            Text::Of(..) => book.post(&slip, day, amount),
            Text::Own(words) => book.post_text(&slip, words.to_owned(), day, amount),
        };
        if row.is_some() {
            if day == today {
                self.balance += amount;
            } else {
                *self.later.entry(day).or_insert(0) += amount;
            }
        }
        row
    }

    fn send_back(&mut self, book: &mut Book, draw: &mut Draw, line: &Line) {
        let today = line.posted;
        let day = if draw.chance(0.5) { today } else { banking_days_from(today, 1) };
        let text = Text::Of(Channel::ReturnedItem, &line.party);
        // Where the bank would send it back after T, nobody knows of it yet.
        let Some(reversal) = self.put(book, Mark::Return, text, day, today, -line.amount) else { return };
        book.truth.returns.push(PlantedReturn { debit: line.id.clone(), reversal, day });
        if 0 < self.rules.unit {
            self.charge_on(book, draw, (day, today), FeeKind::Returned, 1);
        }
        if draw.chance(0.5) {
            self.retry(book, draw, line, day);
        }
    }

    /// The biller sends the debit again; the second time it is paid, whatever that does to the balance.
    fn retry(&mut self, book: &mut Book, draw: &mut Draw, line: &Line, returned: Day) {
        let Mark::Obligation(at) = line.mark else { return };
        let day = banking_days_from(on_or_after(returned), span(draw, 2, 5));
        let slip =
            Slip { account: 0, mark: line.mark, channel: Channel::AchDebit, party: &line.party, entry: "RETRY PYMT" };
        if let Some(row) = book.post(&slip, day, line.amount) {
            *self.later.entry(day).or_insert(0) += line.amount;
            book.truth.obligations[at].extras.push(Extra { row, kind: ExtraKind::Retry });
        }
    }

    fn charge(&mut self, book: &mut Book, draw: &mut Draw, today: Day, kind: FeeKind, count: u32) {
        let day = if self.rules.delayed { banking_days_from(today, 1) } else { today };
        self.charge_on(book, draw, (day, today), kind, count);
    }

    fn charge_on(&mut self, book: &mut Book, draw: &mut Draw, days: (Day, Day), kind: FeeKind, count: u32) {
        let (day, today) = days;
        let channel = if kind == FeeKind::Returned { Channel::ReturnedFee } else { Channel::OverdraftFee };
        let amount = self.rules.unit * i64::from(count);
        let Some(row) = self.put(book, Mark::Fee, Text::Of(channel, ""), day, today, -amount) else { return };
        let reversal = if draw.chance(self.rules.forgiving) {
            let back = banking_days_from(day, span(draw, 1, 6));
            let word = if kind == FeeKind::Returned { "NSF FEE REVERSAL" } else { "OVERDRAFT FEE REFUND" };
            self.put(book, Mark::FeeReversal, Text::Own(word), back, today, amount)
        } else {
            None
        };
        book.truth.fees.push(PlantedFee { row, day, kind, unit: self.rules.unit, count, reversal });
    }

    /// All fees of a day in one row.
    fn bundle(&mut self, book: &mut Book, draw: &mut Draw, day: Day) {
        if 0 < self.owed {
            self.charge(book, draw, day, FeeKind::Overdraft, self.owed);
        }
    }
}

enum Text<'a> {
    Of(Channel, &'a str),
    Own(&'static str),
}
