//! Lives: bank accounts whose payers, obligations, transfers, shortage fees and advances are known row by row.
//!
//! A life judges detectors of recurring streams, transfers and borrowing. Its calendars, its variation and its words are
//! written apart from any detector. [`life`] draws one, [`named`] has those made by hand. Every row is posted; a
//! transaction's id is what the truth points at.
//!
//! ```
//! use cashline_core::time::Day;
//! use cashline_synth::lives::life;
//! let one = life(1, 0, 180, Day::from_civil(2026, 7, 6));
//! assert_eq!(one, life(1, 0, 180, Day::from_civil(2026, 7, 6)));
//! assert!(one.transactions.len() == one.marks.len());
//! ```

mod bills;
mod book;
mod borrow;
mod calendar;
mod hand;
mod income;
mod noise;
mod payers;
mod shortage;
mod transfers;
mod truth;

#[cfg(test)]
mod ideal;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use cashline_core::{defect::Source, row::Row, time::Day};
use cashline_io::export::{AccountObject, ApplicationObject, TransactionObject};

pub use calendar::{Calendar, Roll, Schedule, banking_days_from, is_banking_day};
pub use hand::named;
pub use truth::{
    AdvanceKind, Cadence, Extra, ExtraKind, Fate, FeeKind, Mark, Noise, Occurrence, PlantedAdvance, PlantedFee,
    PlantedReturn, PlantedStream, PlantedTransfer, Repayment, StreamKind, Truth,
};

use book::{Book, Concern, draws, weighted};

/// Days that every life is lived for; a history shows the last of them.
pub const LIFE_DAYS: i32 = 400;

/// An application's rows and what was planted in them.
#[derive(Clone, PartialEq, Debug)]
pub struct Life {
    /// The application; T is 00:00 of its `as_of`.
    pub application: ApplicationObject,
    /// Accounts, ascending by id; the first is the checking account.
    pub accounts: Vec<AccountObject>,
    /// The balance before the first row, of each account.
    pub openings: Vec<i64>,
    /// Posted rows, by account and time.
    pub transactions: Vec<TransactionObject>,
    /// What each transaction is: same length and order as `transactions`.
    pub marks: Vec<Mark>,
    /// What was planted.
    pub truth: Truth,
    /// The first day of the history.
    pub start: Day,
}

/// The life of a seed and an index, as the last `days` days (at most [`LIFE_DAYS`]) before `end` show it.
///
/// It depends on (`seed`, `index`) and on the calendar up to `end` alone: another number of days shows more or less of the
/// same life.
#[must_use]
pub fn life(seed: u64, index: u64, days: i32, end: Day) -> Life {
    let mut shape = draws(seed, index, Concern::Shape);
    let mut book = Book::new(seed, index, end.plus(-LIFE_DAYS), end);
    let business = shape.chance(0.06);
    // A quarter of the banks post direct deposits a day or two ahead, always.
    let early = weighted(&mut shape, &[(0, 75), (1, 12), (2, 13)]);
    let bank = shape.below(6);
    book.open(bank, false, business, early);
    if shape.chance(0.65) {
        let same = shape.chance(0.6);
        let savings_bank = if same { bank } else { (bank + 1 + shape.below(5)) % 6 };
        book.open(savings_bank, true, business, early);
    }
    if shape.chance(0.1) {
        book.open((bank + 1 + shape.below(5)) % 6, false, business, 0);
    }
    let mut income = draws(seed, index, Concern::Income);
    let mut bills = draws(seed, index, Concern::Bills);
    let mut borrowing = draws(seed, index, Concern::Borrowing);
    let mut noise = draws(seed, index, Concern::Noise);
    if business {
        payers::business(&mut book, &mut income);
        bills::business(&mut book, &mut bills);
        borrow::business(&mut book, &mut borrowing);
        noise::business(&mut book, &mut noise);
    } else {
        payers::person(&mut book, &mut income);
        bills::person(&mut book, &mut bills);
        borrow::person(&mut book, &mut borrowing);
        noise::person(&mut book, &mut noise);
    }
    transfers::person(&mut book, &mut draws(seed, index, Concern::Transfers));
    shortage::person(&mut book, &mut draws(seed, index, Concern::Shortage));
    book.finish(days)
}

impl Life {
    /// T.
    #[must_use]
    pub fn end(&self) -> Day {
        self.application.as_of
    }

    /// The rows that doors would hand over: the application, accounts, balances, transactions.
    pub fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        let source = |line: usize| Source { file: 0, line: line as u64 + 1 };
        let accounts = self.accounts.iter().enumerate().flat_map(move |(at, row)| {
            let (account, balance) = row.rows(source(at));
            [Some(Row::Account(account)), balance.map(Row::Balance)].into_iter().flatten()
        });
        let transactions =
            self.transactions.iter().enumerate().map(move |(at, row)| Row::Transaction(row.row(source(at))));
        std::iter::once(Row::Application(self.application.row(source(0)))).chain(accounts).chain(transactions)
    }

    /// The same life with `days` of history: rows that posted before T − `days` are gone, openings have moved with them, and
    /// the truth speaks of rows that are left.
    #[must_use]
    pub fn cut(&self, days: i32) -> Life {
        let from = self.end().plus(-days).max(self.start);
        let keep: Vec<bool> = self.transactions.iter().map(|row| from <= posted_day(row)).collect();
        let mut cut = self.clone();
        cut.start = from;
        for (account, opening) in self.accounts.iter().zip(&mut cut.openings) {
            let gone = self.transactions.iter().zip(&keep).filter(|(row, keep)| row.account == account.id && !**keep);
            *opening += gone.map(|(row, _)| row.amount).sum::<i64>();
        }
        let mut at = keep.iter();
        cut.transactions.retain(|_| at.next().copied().unwrap_or(true));
        let mut at = keep.iter();
        cut.marks.retain(|_| at.next().copied().unwrap_or(true));
        let left: BTreeSet<&str> = cut.transactions.iter().map(|row| row.id.as_str()).collect();
        forget(&mut cut.truth, &left, from);
        cut
    }
}

/// The day on which a row of a life posted.
#[must_use]
pub fn posted_day(row: &TransactionObject) -> Day {
    Day(i32::try_from(row.posted_at.unwrap_or(row.transacted_at).div_euclid(86_400)).unwrap_or(0))
}

/// Drops what the truth says about rows that are gone.
fn forget(truth: &mut Truth, left: &BTreeSet<&str>, from: Day) {
    let there = |row: &String| left.contains(row.as_str());
    for stream in truth.payers.iter_mut().chain(&mut truth.obligations) {
        stream.scheduled.retain(|day| from <= *day);
        stream.occurrences.retain(|one| one.rows.iter().all(there));
        stream.extras.retain(|extra| there(&extra.row));
    }
    truth.transfers.retain(|pair| there(&pair.out) && there(&pair.into));
    truth.traps.retain(|pair| pair.iter().all(there));
    truth.fees.retain(|fee| there(&fee.row));
    truth.returns.retain(|one| there(&one.debit) && there(&one.reversal));
    truth.free_overdrafts.retain(|day| from <= *day);
    for advance in &mut truth.advances {
        advance.funding = advance.funding.take().filter(there);
        let gone = advance.repayments.iter().filter(|one| !there(&one.row));
        advance.repaid_before += gone.map(|one| one.amount).sum::<i64>();
        advance.repayments.retain(|one| there(&one.row));
    }
}
