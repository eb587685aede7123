//! Closing balances of all deposit accounts together, day by day.

use super::plan::{Span, days_between};
use crate::{
    ledger::{Ledger, LedgerAccount},
    time::Day,
    value::Missing,
};

/// The sum of the closing balances of all deposit accounts, on the days on which all of them are covered; an account without a
/// row may have none.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BalanceSeries {
    /// The first day covered.
    pub first: Day,
    /// Minor units, one a day.
    pub closing: Vec<i64>,
}

/// A stretch of the series: consecutive days.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Balances<'a> {
    /// The first day.
    pub first: Day,
    /// Minor units, one a day; never empty.
    pub closing: &'a [i64],
}

impl BalanceSeries {
    /// Adds up the deposit accounts of a ledger.
    ///
    /// # Errors
    ///
    /// As [`of_all_deposits`], and [`Missing::NotEnoughHistory`] when no day is covered by all.
    pub fn of(ledger: &Ledger) -> Result<BalanceSeries, Missing> {
        let covered = of_all_deposits(ledger, |account| account.balances.as_ref())?;
        let first = covered.iter().map(|balances| balances.first).max().ok_or(Missing::NotPermitted)?;
        let after = |first: Day, days: usize| first.plus(i32::try_from(days).unwrap_or(i32::MAX));
        let end = covered.iter().map(|balances| after(balances.first, balances.closing.len())).min();
        let end = end.unwrap_or(first).min(ledger.end);
        let days = usize::try_from(days_between(first, end)).unwrap_or(0);
        if days == 0 {
            return Err(Missing::NotEnoughHistory);
        }
        let mut closing = vec![0_i64; days];
        for balances in covered {
            let skip = usize::try_from(days_between(balances.first, first)).unwrap_or(0);
            for (total, value) in closing.iter_mut().zip(balances.closing.iter().skip(skip)) {
                *total = total.saturating_add(*value);
            }
        }
        Ok(BalanceSeries { first, closing })
    }

    /// The covered days of a span before `end`.
    ///
    /// # Errors
    ///
    /// [`Missing::NotEnoughHistory`] when fewer than nine tenths of the span's days are covered.
    pub fn window(&self, span: Span, end: Day) -> Result<Balances<'_>, Missing> {
        let (from, to) = span.range(end);
        let from = from.max(self.first);
        let stop = self.first.plus(i32::try_from(self.closing.len()).unwrap_or(i32::MAX)).min(to);
        let days = days_between(from, stop);
        let enough = span.days().is_none_or(|wanted| wanted.saturating_mul(9) <= days.saturating_mul(10));
        if days == 0 || !enough {
            return Err(Missing::NotEnoughHistory);
        }
        let skip = usize::try_from(days_between(self.first, from)).unwrap_or(0);
        let take = usize::try_from(days).unwrap_or(0);
        Ok(Balances { first: from, closing: &self.closing[skip..skip + take] })
    }

    /// Each day with its closing balance.
    pub fn days(&self) -> impl Iterator<Item = (Day, i64)> + '_ {
        Balances { first: self.first, closing: &self.closing }.days()
    }

    /// The closing balance of a day.
    #[must_use]
    pub fn on(&self, day: Day) -> Option<i64> {
        let at = usize::try_from(i64::from(day.0) - i64::from(self.first.0)).ok()?;
        self.closing.get(at).copied()
    }
}

impl<'a> Balances<'a> {
    /// Each day with its closing balance.
    pub fn days(self) -> impl Iterator<Item = (Day, i64)> + 'a {
        (self.first.0..).map(Day).zip(self.closing.iter().copied())
    }

    /// How many days.
    #[must_use]
    pub fn count(self) -> u64 {
        self.closing.len() as u64
    }

    /// The sum of the closing balances.
    #[must_use]
    pub fn sum(self) -> i128 {
        self.closing.iter().map(|&value| i128::from(value)).sum()
    }

    /// The closing balances in ascending order.
    #[must_use]
    pub fn sorted(self) -> Vec<i64> {
        let mut sorted = self.closing.to_vec();
        sorted.sort_unstable();
        sorted
    }

    /// Runs of consecutive days below zero, as (first day, length).
    #[must_use]
    pub fn negative_runs(self) -> Vec<(Day, u64)> {
        let mut runs: Vec<(Day, u64)> = vec![];
        let mut inside = false;
        for (day, closing) in self.days() {
            match (closing < 0, inside) {
                (true, true) => {
                    if let Some(run) = runs.last_mut() {
                        run.1 += 1;
                    }
                }
                (true, false) => runs.push((day, 1)),
                (false, _) => {}
            }
            inside = closing < 0;
        }
        runs
    }
}

/// What each deposit account has of something. Of money that moves through an account without it the rest of the accounts say
/// nothing, so all or none: an account without a row alone may lack it.
///
/// # Errors
///
/// [`Missing::NotApplicable`] without a deposit account, [`Missing::NotPermitted`] when none has it or one with rows lacks it.
pub fn of_all_deposits<'l, T>(
    ledger: &'l Ledger,
    what: impl Fn(&'l LedgerAccount) -> Option<T>,
) -> Result<Vec<T>, Missing> {
    let (mut found, mut accounts) = (vec![], 0);
    for account in deposits(ledger) {
        accounts += 1;
        match what(account) {
            Some(it) => found.push(it),
            None if account.first_day.is_some() => return Err(Missing::NotPermitted),
            None => {}
        }
    }
    match (accounts, found.is_empty()) {
        (0, _) => Err(Missing::NotApplicable),
        (_, true) => Err(Missing::NotPermitted),
        (_, false) => Ok(found),
    }
}

/// The accounts that carry cash flow: deposit accounts in the scored currency. Money of two currencies is never added up.
pub fn deposits(ledger: &Ledger) -> impl Iterator<Item = &LedgerAccount> {
    ledger.accounts.iter().filter(|account| ledger.is_deposit(account))
}
