//! Returned items and reversals, each with the row that it undoes; fee rows, divided into the events that they charge for.
//!
//! - A returned debit undoes an outflow, a returned deposit an inflow, a reversal a row of the opposite direction: of the same
//!   account and amount, on the same day or at most `RETURN_DAYS_MAX` days before, the nearest that no other return undoes.
//!   Fees and returns are themselves not undone by them. Cash that was handed out and a leg of an own transfer are no
//!   items that come back unpaid. Before the nearest go rows within the banking days of a payment that was not made, of these
//!   those that were moved in a way that is taken back: not by card, wire or instant payment.
//! - A fee that is given back undoes a fee of its kind (of any kind when it does not say) on the same account, at most
//!   `FEE_DAYS_MAX` days before: the nearest of equal amount, else, when it says the kind, the nearest ones that it pays back
//!   in whole events without rest.
//! - Banks charge several returned items in one row. The unit fee of an account and kind is the largest whole amount from 25 to
//!   60 US dollars that divides every fee of the kind on the account; a row is amount / unit events. Without one, a row above
//!   60 dollars is divided by the largest such amount that divides it, and any other row is one event. In other currencies a
//!   row is one event.
//!
//! Within a day the order of rows decides nothing that an attribute can see: of equally near rows with one amount the one of
//! the smaller purpose, counterparty and place in the history is undone.

use std::cmp::Reverse;

use crate::{
    calendar::banking_days_after,
    category::{
        label::{Instrument, Purpose},
        taxonomy::{PurposeInfo, Taxonomy},
    },
    ledger::{Ledger, LedgerRow},
    money::{Currency, Direction},
    time::Day,
};

/// Days between a row and its return or reversal. An unpaid ACH entry is back within two banking days, a cheque within a week.
const RETURN_DAYS_MAX: i32 = 10;
/// Banking days within which a payment that comes back is one that was not made.
pub const PAYMENT_BANKING_DAYS: i32 = 5;
/// Days between a fee and its refund: banks take complaints up to the third statement.
const FEE_DAYS_MAX: i32 = 90;
/// Days between a returned item and the fee for it.
pub const ITEM_FEE_DAYS_MAX: i32 = 2;
/// Fees that one refund is compared with: bounds the work on absurd histories.
const FEES_MAX: usize = 64;
/// Instruments whose money the bank answers for at once.
const SURE: [&str; 4] = ["card", "wire", "rtp", "p2p_app"];
/// Rows of one amount that a return is compared with, likewise.
const ROWS_MAX: usize = 64;
/// The smallest and the largest unit fee, in whole US dollars.
const UNIT_MIN: i64 = 25;
const UNIT_MAX: i64 = 60;
const CENTS: i64 = 100;
/// Fees, and rows that undo, for which room is made at once.
const ROWS_USUAL: usize = 16;

/// What a row undoes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Kind {
    /// A debit that came back unpaid: an inflow.
    Item,
    /// A deposit that came back: an outflow.
    Deposit,
    /// A fee for a returned item is given back.
    NsfFee,
    /// An overdraft fee is given back.
    OverdraftFee,
    /// A fee is given back, of which kind the text does not say.
    AnyFee,
    /// A correction, in either direction.
    Reversal,
}

/// A row that undoes another.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Returned {
    /// Its position in [`Ledger::rows`].
    pub row: u32,
    /// What it undoes.
    pub kind: Kind,
    /// The position of the row that it undoes; of several fees the nearest; `None` when none fits.
    pub undone: Option<u32>,
    /// The position of the fee for a returned item that stands for it: on the same account at most two days before or after,
    /// each event of a fee for one item.
    pub fee: Option<u32>,
}

impl Returned {
    /// The row that it undoes, whose label says what came back: a loan payment, rent, a wage.
    #[must_use]
    pub fn undone_in<'l>(&self, ledger: &'l Ledger) -> Option<&'l LedgerRow> {
        ledger.rows.get(self.undone? as usize)
    }
}

/// The fees that are counted as events.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum FeeKind {
    /// For an item that was returned unpaid.
    Nsf,
    /// For an item that was paid into the overdraft.
    Overdraft,
}

/// What undoes what in a ledger, and the events that its fees charge for.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Returns {
    list: Vec<Returned>,
    nsf: Events,
    overdraft: Events,
    item_fees: Vec<(u32, u64)>,
}

/// The events of one kind of fee on all accounts.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
struct Events {
    /// Ages in days of the fee rows, ascending; 0 is the last day before T.
    ages: Vec<u32>,
    /// Events (charged, not given back by T) of the first so many rows: one entry more than `ages`.
    upto: Vec<(u64, u64)>,
}

impl Returns {
    /// All rows that undo another, in the ledger's order.
    #[must_use]
    pub fn list(&self) -> &[Returned] {
        &self.list
    }

    /// The fees for returned items, as positions in [`Ledger::rows`], each with the events that it charges for, given back or
    /// not.
    #[must_use]
    pub fn item_fees(&self) -> &[(u32, u64)] {
        &self.item_fees
    }

    /// Payments that came back within [`PAYMENT_BANKING_DAYS`]: rows of money out that a returned item or a reversal undoes, as
    /// ascending positions in [`Ledger::rows`].
    #[must_use]
    pub fn payments(&self, ledger: &Ledger) -> Vec<u32> {
        let came_back = |one: &Returned| {
            let (back, paid) = (&ledger.rows[one.row as usize], one.undone_in(ledger)?);
            let soon = || banking_days_after(back.day, -PAYMENT_BANKING_DAYS) <= paid.day;
            one.undone.filter(|_| matches!(one.kind, Kind::Item | Kind::Reversal) && paid.amount < 0 && soon())
        };
        let mut payments: Vec<u32> = self.list.iter().filter_map(came_back).collect();
        payments.sort_unstable();
        payments
    }

    /// Events charged for on the days whose ages are in `[near, far)`, given back or not.
    #[must_use]
    pub fn charged(&self, kind: FeeKind, near: u32, far: u32) -> u64 {
        self.between(kind, near, far).0
    }

    /// The same without those whose fee was given back by T.
    #[must_use]
    pub fn standing(&self, kind: FeeKind, near: u32, far: u32) -> u64 {
        self.between(kind, near, far).1
    }

    fn between(&self, kind: FeeKind, near: u32, far: u32) -> (u64, u64) {
        let events = if kind == FeeKind::Nsf { &self.nsf } else { &self.overdraft };
        let upto = |age: u32| {
            let rows = events.ages.partition_point(|&known| known < age);
            events.upto.get(rows).copied().unwrap_or_default()
        };
        let (newer, older) = (upto(near), upto(far.max(near)));
        (older.0 - newer.0, older.1 - newer.1)
    }
}

/// Finds what undoes what in a ledger.
#[must_use]
pub fn returns(ledger: &Ledger, taxonomy: &Taxonomy) -> Returns {
    let parts = Parts::of(taxonomy);
    let (mut list, mut fees) = (Vec::with_capacity(ROWS_USUAL), Vec::with_capacity(ROWS_USUAL));
    for (at, row) in (0_u32..).zip(&ledger.rows) {
        let Some(part) = parts.part(row).filter(|_| !row.internal && row.day < ledger.end) else { continue };
        match part {
            Part::Undoes(kind) => list.push(Returned { row: at, kind, undone: None, fee: None }),
            Part::Fee(kind) => fees.push(Fee::of(at, row, kind)),
        }
    }
    if list.is_empty() && fees.is_empty() {
        return Returns::default();
    }
    fees.sort_unstable_by_key(|fee| (fee.account, fee.kind, fee.day, fee.amount, fee.row));
    if ledger.currency == Currency::USD {
        fees.chunk_by_mut(|a, b| (a.account, a.kind) == (b.account, b.kind)).for_each(divide);
    }
    undo_rows(ledger, &parts, &mut list);
    undo_equal_fees(ledger, &mut fees, &mut list);
    undo_several_fees(ledger, &mut fees, &mut list);
    charge_items(ledger, &fees, &mut list);
    let charges = |fee: &Fee| u64::try_from(fee.amount.checked_div(fee.unit).unwrap_or(1)).unwrap_or(0);
    let of_items = fees.iter().filter(|fee| fee.kind == Charge::Nsf);
    Returns {
        nsf: events(ledger, &fees, Charge::Nsf),
        overdraft: events(ledger, &fees, Charge::Overdraft),
        item_fees: of_items.map(|fee| (fee.row, charges(fee))).collect(),
        list,
    }
}

/// What a fee is for. `Nsf` first: fees are searched by it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Charge {
    Nsf,
    Overdraft,
    Other,
}

/// What rows of a purpose and direction do here.
#[derive(Clone, Copy, Debug)]
enum Part {
    Undoes(Kind),
    Fee(Charge),
}

/// By purpose and direction; other rows may be undone.
struct Parts {
    of: Vec<[Option<Part>; 2]>,
    // Whether rows of a purpose may have a part: nearly all have none.
    any: [bool; 256],
    cash: Option<Purpose>,
    sure: [Option<Instrument>; SURE.len()],
}

impl Parts {
    fn of(taxonomy: &Taxonomy) -> Parts {
        let parts = |info: &PurposeInfo| match info.name.as_str() {
            "returned_item_debit" => [Some(Part::Undoes(Kind::Item)), None],
            "returned_deposit" => [None, Some(Part::Undoes(Kind::Deposit))],
            "reversal" => [Some(Part::Undoes(Kind::Reversal)); 2],
            "fee_nsf_reversal" => [Some(Part::Undoes(Kind::NsfFee)), None],
            "fee_overdraft_reversal" => [Some(Part::Undoes(Kind::OverdraftFee)), None],
            "fee_reversal" => [Some(Part::Undoes(Kind::AnyFee)), None],
            "fee_nsf" => [None, Some(Part::Fee(Charge::Nsf))],
            "fee_overdraft" => [None, Some(Part::Fee(Charge::Overdraft))],
            _ if info.group == "fee" => [None, Some(Part::Fee(Charge::Other))],
            _ => [None, None],
        };
        let of: Vec<[Option<Part>; 2]> = taxonomy.purposes().iter().map(parts).collect();
        let mut any = [false; 256];
        for (any, of) in any.iter_mut().zip(&of) {
            *any = of.iter().any(Option::is_some);
        }
        let sure = SURE.map(|name| taxonomy.instrument(name));
        Parts { of, any, cash: taxonomy.purpose("cash_withdrawal"), sure }
    }

    /// How easily a row comes back on a day: whether within the days of a payment that was not made, and whether it was moved in
    /// a way that is taken back. `None` is never.
    fn comes_back(&self, row: &LedgerRow, kind: Kind, day: Day) -> Option<(bool, bool)> {
        if kind != Kind::Item {
            return Some((true, true));
        }
        // Of a transfer between own accounts the other leg stands there.
        if Some(row.label.purpose) == self.cash || row.internal {
            return None;
        }
        let soon = banking_days_after(day, -PAYMENT_BANKING_DAYS) <= row.day;
        Some((soon, !self.sure.contains(&Some(row.label.instrument))))
    }

    #[inline]
    fn part(&self, row: &LedgerRow) -> Option<Part> {
        let purpose = usize::from(row.label.purpose.0);
        if !self.any[purpose] {
            return None;
        }
        let direction = Direction::of(row.amount)?;
        self.of.get(purpose)?[usize::from(direction == Direction::Outflow)]
    }
}

/// A fee row.
#[derive(Clone, Copy, Debug)]
struct Fee {
    account: u16,
    kind: Charge,
    day: Day,
    amount: i64,
    row: u32,
    /// The amount of one event.
    unit: i64,
    /// What was not given back: whole events.
    left: i64,
}

impl Fee {
    fn of(at: u32, row: &LedgerRow, kind: Charge) -> Fee {
        let amount = magnitude(row);
        Fee { account: row.account, kind, day: row.day, amount, row: at, unit: amount, left: amount }
    }
}

/// Finds the unit of the fees of one account and kind, in cents.
fn divide(fees: &mut [Fee]) {
    if fees.first().is_none_or(|fee| fee.kind == Charge::Other) {
        return;
    }
    let common = unit(fees.iter().fold(0, |common, fee| divisor(common, fee.amount)));
    for fee in fees {
        let own = || if UNIT_MAX * CENTS < fee.amount { unit(fee.amount) } else { None };
        fee.unit = common.or_else(own).unwrap_or(fee.amount);
    }
}

/// The largest whole amount from 25 to 60 dollars that divides an amount.
fn unit(amount: i64) -> Option<i64> {
    (UNIT_MIN..=UNIT_MAX).rev().map(|dollars| dollars * CENTS).find(|unit| amount % unit == 0)
}

/// The greatest common divisor.
fn divisor(mut a: i64, mut b: i64) -> i64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

/// Gives each event that fees charge for to one returned item, the oldest of those that are near it.
fn charge_items(ledger: &Ledger, fees: &[Fee], list: &mut [Returned]) {
    let mut left: Vec<i64> = fees.iter().map(|fee| fee.amount.checked_div(fee.unit).unwrap_or(1)).collect();
    // By day, so that no earlier item is left without the only event near it; of one day by the place in the history.
    let mut items: Vec<&mut Returned> = list.iter_mut().filter(|one| one.kind == Kind::Item).collect();
    items.sort_by_key(|one| (ledger.rows[one.row as usize].day, ledger.rows[one.row as usize].index));
    for one in items {
        let row = &ledger.rows[one.row as usize];
        let days = [-ITEM_FEE_DAYS_MAX, ITEM_FEE_DAYS_MAX].map(|days| row.day.plus(days));
        let from = fees.partition_point(|fee| (fee.account, fee.kind, fee.day) < (row.account, Charge::Nsf, days[0]));
        let near = (from..fees.len()).take_while(|at| {
            let fee = &fees[*at];
            (fee.account, fee.kind) == (row.account, Charge::Nsf) && fee.day <= days[1]
        });
        if let Some(at) = near.into_iter().find(|at| 0 < left[*at]) {
            left[at] -= 1;
            one.fee = Some(fees[at].row);
        }
    }
}

/// A row that is undone or undoes, as matching reads it: by what must agree, then by time.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Move {
    account: u16,
    amount: i64,
    /// The direction of the row that is undone.
    undone: Direction,
    day: Day,
    /// After the rows of its day.
    undoes: bool,
    // So that the smallest comes last, and is found first.
    tie: Reverse<(u8, u64, u32)>,
    /// Position in the ledger of what is undone, in the list of what undoes.
    at: u32,
}

impl Move {
    fn of(row: &LedgerRow, undone: Direction, undoes: bool, at: u32) -> Move {
        // The place in the history, which the order of the ledger's rows does not change.
        let tie = Reverse((row.label.purpose.0, row.label.counterparty, row.index));
        Move { account: row.account, amount: magnitude(row), undone, day: row.day, undoes, tie, at }
    }

    fn key(&self) -> (u16, i64, Direction) {
        (self.account, self.amount, self.undone)
    }
}

/// Returned items, returned deposits and reversals: the nearest row before that agrees.
fn undo_rows(ledger: &Ledger, parts: &Parts, list: &mut [Returned]) {
    let is_row = |one: &Returned| matches!(one.kind, Kind::Item | Kind::Deposit | Kind::Reversal);
    let undoing = (0_u32..).zip(list.iter()).filter(|(_, one)| is_row(one)).map(|(at, one)| {
        let row = &ledger.rows[one.row as usize];
        let undone = if 0 < row.amount { Direction::Outflow } else { Direction::Inflow };
        Move::of(row, undone, true, at)
    });
    let mut moves: Vec<Move> = undoing.collect();
    if moves.is_empty() {
        return;
    }
    let mut wanted: Vec<(u16, i64, Direction)> = moves.iter().map(Move::key).collect();
    wanted.sort_unstable();
    for (at, row) in (0_u32..).zip(&ledger.rows).filter(|(_, row)| row.day < ledger.end) {
        let Some(direction) = Direction::of(row.amount).filter(|_| parts.part(row).is_none()) else { continue };
        let candidate = Move::of(row, direction, false, at);
        if wanted.binary_search(&candidate.key()).is_ok() {
            moves.push(candidate);
        }
    }
    moves.sort_unstable();
    let mut open: Vec<(Day, u32)> = vec![];
    for same in moves.chunk_by(|a, b| a.key() == b.key()) {
        open.clear();
        for one in same {
            if !one.undoes {
                open.push((one.day, one.at));
            } else {
                let returned = &mut list[one.at as usize];
                let near =
                    open.iter().rev().take(ROWS_MAX).take_while(|(day, _)| one.day.plus(-RETURN_DAYS_MAX) <= *day);
                let eases = near.enumerate().filter_map(|(at, (_, row))| {
                    let ease = parts.comes_back(&ledger.rows[*row as usize], returned.kind, one.day)?;
                    Some((ease, Reverse(at)))
                });
                // The nearest of those that come back most easily.
                returned.undone = eases.max().map(|(_, Reverse(at))| open.remove(open.len() - 1 - at).1);
            }
        }
    }
}

/// Fees given back in the amount in which they were charged.
fn undo_equal_fees(ledger: &Ledger, fees: &mut [Fee], list: &mut [Returned]) {
    let of = |kind: Kind| matches!(kind, Kind::NsfFee | Kind::OverdraftFee | Kind::AnyFee);
    let mut moves: Vec<Move> = (0_u32..)
        .zip(list.iter())
        .filter(|(_, one)| of(one.kind))
        .map(|(at, one)| Move::of(&ledger.rows[one.row as usize], Direction::Outflow, true, at))
        .collect();
    if moves.is_empty() {
        return;
    }
    moves.extend(
        (0_u32..)
            .zip(fees.iter())
            .map(|(at, fee)| Move::of(&ledger.rows[fee.row as usize], Direction::Outflow, false, at)),
    );
    moves.sort_unstable();
    for same in moves.chunk_by(|a, b| a.key() == b.key()) {
        let mut open: [Vec<(Day, u32)>; 3] = [vec![], vec![], vec![]];
        for one in same {
            if !one.undoes {
                open[fees[one.at as usize].kind as usize].push((one.day, one.at));
                continue;
            }
            let returned = &mut list[one.at as usize];
            let newest =
                |kinds: std::ops::Range<usize>| kinds.rev().max_by_key(|&kind| open[kind].last().map(|fee| fee.0));
            let kind = match returned.kind {
                Kind::NsfFee => newest(0..1),
                Kind::OverdraftFee => newest(1..2),
                _ => newest(0..3),
            };
            let Some(kind) = kind else { continue };
            let near = |(day, _): &(Day, u32)| one.day.plus(-FEE_DAYS_MAX) <= *day;
            if open[kind].last().is_some_and(near)
                && let Some((_, at)) = open[kind].pop()
            {
                let fee = &mut fees[at as usize];
                fee.left = 0;
                returned.undone = Some(fee.row);
            }
        }
    }
}

/// Several fees given back in one row, or a part of the events of one row.
fn undo_several_fees(ledger: &Ledger, fees: &mut [Fee], list: &mut [Returned]) {
    let row = |one: &Returned| &ledger.rows[one.row as usize];
    let mut left: Vec<(&mut Returned, Charge)> = list
        .iter_mut()
        .filter(|one| one.undone.is_none())
        .filter_map(|one| match one.kind {
            Kind::NsfFee => Some((one, Charge::Nsf)),
            Kind::OverdraftFee => Some((one, Charge::Overdraft)),
            _ => None,
        })
        .collect();
    left.sort_by_key(|(one, _)| (row(one).day, row(one).amount, one.row));
    for (one, kind) in left {
        let (account, day, mut amount) = (row(one).account, row(one).day, magnitude(row(one)));
        let end = fees.partition_point(|fee| (fee.account, fee.kind, fee.day) <= (account, kind, day));
        let near = |fee: &Fee| (fee.account, fee.kind) == (account, kind) && day.plus(-FEE_DAYS_MAX) <= fee.day;
        let mut parts = vec![];
        for at in (0..end).rev().take(FEES_MAX).take_while(|&at| near(&fees[at])) {
            let part = amount.min(fees[at].left) / fees[at].unit * fees[at].unit;
            if 0 < part {
                parts.push((at, part));
                amount -= part;
            }
        }
        // A refund of an odd amount gives no event back.
        if amount == 0 {
            one.undone = parts.first().map(|(at, _)| fees[*at].row);
            parts.into_iter().for_each(|(at, part)| fees[at].left -= part);
        }
    }
}

fn events(ledger: &Ledger, fees: &[Fee], kind: Charge) -> Events {
    let count = |fee: &Fee, amount: i64| u64::try_from(amount / fee.unit).unwrap_or(0);
    let mut rows: Vec<(u32, u64, u64)> = fees
        .iter()
        .filter(|fee| fee.kind == kind)
        .map(|fee| {
            let age = u32::try_from(ledger.end.0 - 1 - fee.day.0).unwrap_or(0);
            (age, count(fee, fee.amount), count(fee, fee.left))
        })
        .collect();
    rows.sort_unstable();
    let mut upto = Vec::with_capacity(rows.len() + 1);
    upto.push((0, 0));
    let mut sum = (0_u64, 0_u64);
    for (_, charged, standing) in &rows {
        // Two million rows of the largest amount stay far below 2^63.
        sum = (sum.0 + charged, sum.1 + standing);
        upto.push(sum);
    }
    Events { ages: rows.into_iter().map(|row| row.0).collect(), upto }
}

fn magnitude(row: &LedgerRow) -> i64 {
    row.amount.saturating_abs()
}

#[cfg(test)]
mod tests;
