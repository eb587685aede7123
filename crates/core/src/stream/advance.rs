//! Advances, and what was paid back on them: payday loans, cash advance apps, earned wage access, pawn and title loans,
//! proceeds of merchant cash advances; plans to pay later, as their instalments show them.
//!
//! A row says whom money came from or went to, never for which loan, so payments are laid against the advances of the same
//! provider as they come, oldest day first:
//!
//! - a payment of an advance's amount and a fee of at most [`FEE_PERCENT`] answers that advance alone: of several the one
//!   with the smallest fee, then the oldest;
//! - any other payment is an instalment on the oldest advance that is open, and what goes beyond it and such a fee is one on
//!   the next;
//! - a payment with no open advance stays apart: what it paid was received before the history, or elsewhere.
//!
//! Nothing later changes an earlier match, but one thing: a payment that came back paid nothing, and proceeds that the bank took
//! back are no advance. (An instalment that came back is owed still: it stays in its plan, and does not close it.) Of one day
//! payments come before proceeds (who borrows anew has paid first), smaller before larger; a payment that no open advance
//! wanted answers an advance of its own day when that was received earlier in the day, and the payment is its amount and a
//! usual fee.

use std::{
    cmp::Reverse,
    collections::{BTreeSet, VecDeque},
};

use crate::{
    category::taxonomy::Taxonomy,
    ledger::{Ledger, LedgerRow},
    stream::returned::{Kind, Returned, Returns},
    time::Day,
};

/// Largest fee of an advance that is paid back at once, in percent of the advance.
///
/// # Source
///
/// Consumer Financial Protection Bureau, "What are the costs and fees for a payday loan?": 10 to 30 dollars for every 100
/// borrowed.
pub const FEE_PERCENT: i64 = 30;
/// New proceeds within so many days after a payment to the same provider roll the credit over.
pub const ROLLOVER_DAYS: i32 = 3;
/// Instalments of a plan to pay later.
pub const PLAN_PAYMENTS: usize = 4;
/// Fewest and most days between two instalments of a plan.
pub const PLAN_GAP_DAYS: [i32; 2] = [11, 17];
/// Plans of one amount with one provider among which an instalment that is presented again is sought.
const OWED_SOUGHT_MAX: usize = 64;

/// What kind of credit an advance is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Class {
    /// Payday and other high-cost loans.
    Payday,
    /// Apps that advance cash.
    CashAdvance,
    /// Earned wage access.
    Ewa,
    /// Pawn and title loans.
    PawnTitle,
    /// Merchant cash advances; paid back by many remittances, never at once.
    Mca,
}

impl Class {
    /// All of them.
    pub const ALL: [Class; 5] = [Class::Payday, Class::CashAdvance, Class::Ewa, Class::PawnTitle, Class::Mca];

    /// Whether it is short-term credit of a person.
    #[must_use]
    pub fn is_short_term(self) -> bool {
        self != Class::Mca
    }

    /// The purposes of proceeds and of payments.
    fn purposes(self) -> [&'static str; 2] {
        match self {
            Class::Payday => ["loan_payday_disbursement", "loan_payday_payment"],
            Class::CashAdvance => ["cash_advance_disbursement", "cash_advance_payment"],
            Class::Ewa => ["ewa_disbursement", "ewa_payment"],
            Class::PawnTitle => ["pawn_title_disbursement", "pawn_title_payment"],
            Class::Mca => ["mca_disbursement", "mca_payment"],
        }
    }
}

/// Money received that is to be paid back.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Advance {
    /// What kind of credit.
    pub class: Class,
    /// The counterparty's key.
    pub provider: u64,
    /// The day it was received.
    pub day: Day,
    /// How much was received, minor units.
    pub principal: i64,
    /// Its row, as a position in [`Ledger::rows`].
    pub row: u32,
    /// What was paid on it, oldest first.
    pub repayments: Vec<Repayment>,
    /// The day on which payments reached the principal.
    pub closed: Option<Day>,
    /// The payment to the provider that it followed within [`ROLLOVER_DAYS`], as a position in [`Ledger::rows`]; each
    /// payment is followed once, the oldest first.
    pub follows: Option<u32>,
}

/// A payment, or the part of one, that was laid against an advance.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Repayment {
    /// The day it was paid.
    pub day: Day,
    /// Minor units, fee included.
    pub amount: i64,
    /// Its row, as a position in [`Ledger::rows`].
    pub row: u32,
}

impl Advance {
    /// Money paid on it, fees included, minor units.
    #[must_use]
    pub fn repaid(&self) -> i64 {
        // Open advances have less than their principal, and one payment closes: far below the end of i64.
        self.repayments.iter().map(|one| one.amount).fold(0, i64::saturating_add)
    }

    /// Principal that is not paid back at T, minor units.
    #[must_use]
    pub fn outstanding(&self) -> i64 {
        self.principal.saturating_sub(self.repaid()).max(0)
    }

    /// Whether it was paid back within so many days.
    #[must_use]
    pub fn is_repaid_within(&self, days: i32) -> bool {
        self.closed.is_some_and(|closed| closed <= self.day.plus(days))
    }
}

/// A purchase that is paid in instalments to one provider: equal amounts, about two weeks apart, [`PLAN_PAYMENTS`] of them, those
/// that came back among them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Plan {
    /// The counterparty's key.
    pub provider: u64,
    /// Each instalment, minor units.
    pub amount: i64,
    /// The day of the first instalment that is seen.
    pub first: Day,
    /// The day of the newest.
    pub last: Day,
    /// Their rows, oldest first, as positions in [`Ledger::rows`]: at least two.
    pub rows: Vec<u32>,
    /// Whether all instalments are seen, and the newest did not come back.
    pub is_whole: bool,
}

impl Plan {
    /// The first day on which it is open no more: that of the last instalment, or the day after the next one could come.
    #[must_use]
    pub fn ends(&self) -> Day {
        if self.is_whole { self.last } else { self.last.plus(PLAN_GAP_DAYS[1] + 1) }
    }
}

/// The advances of one ledger.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Advances {
    list: Vec<Advance>,
    apart: Vec<u32>,
    plans: Vec<Plan>,
}

impl Advances {
    /// All of them, by class, provider and day.
    #[must_use]
    pub fn list(&self) -> &[Advance] {
        &self.list
    }

    /// Payments without an advance that they could pay, as ascending positions in [`Ledger::rows`].
    #[must_use]
    pub fn apart(&self) -> &[u32] {
        &self.apart
    }

    /// Plans to pay later of which at least two instalments are seen, by provider, amount and first day.
    #[must_use]
    pub fn plans(&self) -> &[Plan] {
        &self.plans
    }
}

/// Finds the advances of a ledger; payments that came back paid nothing, proceeds that were taken back are owed no more.
#[must_use]
pub fn advances(ledger: &Ledger, taxonomy: &Taxonomy, returns: &Returns) -> Advances {
    let mut found = Advances::default();
    let Gathered { mut moves, later } = gather(ledger, taxonomy);
    let back = returns.payments(ledger);
    let stood = |at: u32| back.binary_search(&at).is_err();
    let taken_back = taken_back(ledger, returns);
    moves.retain(|one| if one.is_payment { stood(one.row) } else { taken_back.binary_search(&one.row).is_err() });
    moves.sort_unstable_by_key(Move::key);
    for group in moves.chunk_by(|a, b| (a.class, a.provider) == (b.class, b.provider)) {
        lay(group, &mut found);
    }
    found.apart.sort_unstable();
    found.plans = plans(ledger, later, stood);
    found
}

/// Rows of money received that a reversal undoes, as ascending positions. A returned deposit may be a cheque's of the same
/// amount.
fn taken_back(ledger: &Ledger, returns: &Returns) -> Vec<u32> {
    let received =
        |one: &&Returned| one.kind == Kind::Reversal && one.undone_in(ledger).is_some_and(|row| 0 < row.amount);
    let mut rows: Vec<u32> = returns.list().iter().filter(received).filter_map(|one| one.undone).collect();
    rows.sort_unstable();
    rows
}

/// A row of proceeds or of a payment.
#[derive(Clone, Copy, Debug)]
struct Move {
    class: Class,
    provider: u64,
    day: Day,
    time: i64,
    is_payment: bool,
    amount: i64,
    // The row's place in the history, which the order of the ledger's rows does not change.
    index: u32,
    row: u32,
}

impl Move {
    /// Payments of a day before its proceeds, smaller before larger.
    fn key(&self) -> (Class, u64, Day, bool, i64, u32) {
        (self.class, self.provider, self.day, !self.is_payment, self.amount, self.index)
    }
}

/// The rows that matter here, as the ledger has them.
#[derive(Default)]
struct Gathered {
    moves: Vec<Move>,
    /// Instalments of plans to pay later.
    later: Vec<u32>,
}

/// What a purpose is to this module.
#[derive(Clone, Copy)]
enum Part {
    Proceeds(Class),
    Payment(Class),
    Later,
}

fn gather(ledger: &Ledger, taxonomy: &Taxonomy) -> Gathered {
    let mut parts: Vec<Option<Part>> = vec![None; taxonomy.purposes().len()];
    let mut set = |name: &str, part: Part| {
        if let Some(slot) = taxonomy.purpose(name).and_then(|purpose| parts.get_mut(usize::from(purpose.0))) {
            *slot = Some(part);
        }
    };
    for class in Class::ALL {
        let [proceeds, payment] = class.purposes();
        set(proceeds, Part::Proceeds(class));
        set(payment, Part::Payment(class));
    }
    set("bnpl_payment", Part::Later);
    let mut gathered = Gathered::default();
    for (at, row) in (0_u32..).zip(&ledger.rows) {
        let Some(Some(part)) = parts.get(usize::from(row.label.purpose.0)) else { continue };
        if row.internal || ledger.end <= row.day {
            continue;
        }
        let inflow = 0 < row.amount;
        match *part {
            Part::Proceeds(class) if inflow => gathered.moves.push(step(row, at, class, false)),
            Part::Payment(class) if row.amount < 0 => gathered.moves.push(step(row, at, class, true)),
            Part::Later if row.amount < 0 => gathered.later.push(at),
            _ => {}
        }
    }
    gathered
}

fn step(row: &LedgerRow, at: u32, class: Class, is_payment: bool) -> Move {
    Move {
        class,
        provider: row.label.counterparty,
        day: row.day,
        time: row.time,
        is_payment,
        amount: row.amount.saturating_abs(),
        index: row.index,
        row: at,
    }
}

/// Lays the payments of one provider against its advances; `moves` come in order.
fn lay(moves: &[Move], found: &mut Advances) {
    let mut book = Book { list: vec![], front: 0, untouched: BTreeSet::new() };
    // Payments that no proceeds have followed, the oldest first: it is the first whose days run out.
    let mut unfollowed: VecDeque<&Move> = VecDeque::new();
    for of_day in moves.chunk_by(|a, b| a.day == b.day) {
        let (payments, proceeds) = of_day.split_at(of_day.partition_point(|one| one.is_payment));
        let (wanted, unwanted): (Vec<&Move>, Vec<&Move>) = payments.iter().partition(|one| book.pay(one));
        let first = book.list.len();
        proceeds.iter().for_each(|one| book.receive(one));
        // What pays an advance of its own day came after it, so that advance did not follow it.
        let (own, others): (Vec<&Move>, Vec<&Move>) =
            unwanted.into_iter().partition(|one| book.pay_own_day(one, proceeds));
        found.apart.extend(others.iter().map(|one| one.row));
        unfollowed.extend(wanted.into_iter().chain(others));
        for advance in &mut book.list[first..] {
            while unfollowed.pop_front_if(|paid| paid.day.plus(ROLLOVER_DAYS) < advance.day).is_some() {}
            advance.follows = unfollowed.pop_front().map(|paid| paid.row);
        }
        unfollowed.extend(own);
    }
    found.list.append(&mut book.list);
}

/// The advances of one provider, oldest first.
struct Book {
    list: Vec<Advance>,
    /// No advance before it is open.
    front: usize,
    /// Open advances on which nothing was paid, by principal; of equal ones the oldest stands last.
    untouched: BTreeSet<(i64, Reverse<usize>)>,
}

impl Book {
    fn receive(&mut self, one: &Move) {
        if one.class != Class::Mca {
            self.untouched.insert((one.amount, Reverse(self.list.len())));
        }
        self.list.push(Advance {
            class: one.class,
            provider: one.provider,
            day: one.day,
            principal: one.amount,
            row: one.row,
            repayments: vec![],
            closed: None,
            follows: None,
        });
    }

    /// Lays a payment of a whole advance and a usual fee; false when no untouched advance is of that amount.
    fn pay_whole(&mut self, one: &Move) -> bool {
        let closest = self.untouched.range(..=(one.amount, Reverse(0))).next_back().copied();
        let whole = closest.filter(|(principal, _)| is_fee(one.amount - principal, *principal));
        if let Some((_, Reverse(at))) = whole {
            self.lay(at, one, one.amount);
        }
        whole.is_some()
    }

    /// Lays a payment of a whole advance and a usual fee that was received earlier on its day, of several the largest.
    fn pay_own_day(&mut self, one: &Move, proceeds: &[Move]) -> bool {
        let fits =
            |it: &&Move| it.time < one.time && it.amount <= one.amount && is_fee(one.amount - it.amount, it.amount);
        let place = |it: &Move| self.list.iter().rposition(|advance| advance.row == it.row);
        let open = |at: &usize| self.untouched.contains(&(self.list[*at].principal, Reverse(*at)));
        // Proceeds of a day ascend by amount.
        let Some(at) = proceeds.iter().rev().filter(fits).filter_map(place).find(open) else { return false };
        self.lay(at, one, one.amount);
        true
    }

    /// Lays a payment; false when no advance is open.
    fn pay(&mut self, one: &Move) -> bool {
        if self.pay_whole(one) {
            return true;
        }
        let mut left = one.amount;
        let mut laid = false;
        while let Some(at) = self.oldest() {
            let advance = &self.list[at];
            let (principal, needed) = (advance.principal, advance.outstanding());
            let beyond = left.saturating_sub(needed);
            // With no other advance to pay, the rest is a fee however large.
            let last = beyond <= 0 || is_fee(beyond, principal) || self.next_after(at).is_none();
            laid = true;
            self.lay(at, one, if last { left } else { needed });
            if last {
                break;
            }
            left = beyond;
        }
        laid
    }

    fn lay(&mut self, at: usize, one: &Move, amount: i64) {
        let advance = &mut self.list[at];
        self.untouched.remove(&(advance.principal, Reverse(at)));
        advance.repayments.push(Repayment { day: one.day, amount, row: one.row });
        if advance.outstanding() == 0 {
            advance.closed = Some(one.day);
        }
    }

    fn oldest(&mut self) -> Option<usize> {
        while self.list.get(self.front).is_some_and(|advance| advance.closed.is_some()) {
            self.front += 1;
        }
        (self.front < self.list.len()).then_some(self.front)
    }

    fn next_after(&self, at: usize) -> Option<usize> {
        (at + 1..self.list.len()).find(|at| self.list[*at].closed.is_none())
    }
}

/// Whether what goes beyond a principal is a usual fee. Free of rounding, so that it holds in any currency's units.
fn is_fee(beyond: i64, principal: i64) -> bool {
    i128::from(beyond) * 100 <= i128::from(principal) * i128::from(FEE_PERCENT)
}

/// Chains instalments into plans; `stood` says which did not come back.
fn plans(ledger: &Ledger, mut rows: Vec<u32>, stood: impl Fn(u32) -> bool) -> Vec<Plan> {
    let row = |at: u32| &ledger.rows[at as usize];
    let series = |at: u32| (row(at).label.counterparty, row(at).amount.saturating_abs());
    rows.sort_unstable_by_key(|at| (series(*at), row(*at).day, row(*at).index));
    let mut plans: Vec<Plan> = vec![];
    for group in rows.chunk_by(|a, b| series(*a) == series(*b)) {
        // Those that wait for an instalment, the longest waiting first.
        let mut waiting: VecDeque<Plan> = VecDeque::new();
        for &at in group {
            let day = row(at).day;
            while waiting.front().is_some_and(|plan| plan.last.plus(PLAN_GAP_DAYS[1]) < day) {
                plans.extend(waiting.pop_front());
            }
            // One that came back is presented again within days, and the next is due when it was.
            let again = |plan: &Plan| {
                let is_owed = plan.rows.last().is_some_and(|last| !stood(*last));
                is_owed && plan.last < day && day < plan.last.plus(PLAN_GAP_DAYS[0])
            };
            if let Some(place) = waiting.iter().take(OWED_SOUGHT_MAX).position(again) {
                let plan = &mut waiting[place];
                plan.rows.pop();
                plan.rows.push(at);
                plan.is_whole = PLAN_PAYMENTS <= plan.rows.len() && stood(at);
                if plan.is_whole {
                    plans.extend(waiting.remove(place));
                }
                continue;
            }
            match waiting.pop_front_if(|plan| plan.last.plus(PLAN_GAP_DAYS[0]) <= day) {
                Some(mut plan) => {
                    plan.last = day;
                    plan.rows.push(at);
                    plan.is_whole = PLAN_PAYMENTS <= plan.rows.len() && stood(at);
                    if plan.is_whole {
                        plans.push(plan);
                    } else {
                        waiting.push_back(plan);
                    }
                }
                None => {
                    let (provider, amount) = series(at);
                    waiting.push_back(Plan {
                        provider,
                        amount,
                        first: day,
                        last: day,
                        rows: vec![at],
                        is_whole: false,
                    });
                }
            }
        }
        plans.extend(waiting);
    }
    plans.retain(|plan| 2 <= plan.rows.len());
    plans.sort_by_key(|plan| (plan.provider, plan.amount, plan.first, row(plan.rows[0]).index));
    plans
}

#[cfg(test)]
mod tests;
