//! Sums by calendar month, kind of account and purpose.

use std::collections::BTreeMap;

use super::{MonthSum, narrow};
use crate::{
    category::taxonomy::Taxonomy,
    ledger::{Ledger, LedgerRow, Scope},
    time::Day,
};

#[derive(Clone, Copy, Default)]
struct Sums {
    inflow: i128,
    outflow: i128,
    count: u64,
}

/// Posted rows that are no side of a transfer between own accounts.
pub(super) fn months(ledger: &Ledger, taxonomy: &Taxonomy) -> Vec<MonthSum> {
    // What a card bought is summed here too, so its payment is a transfer like others.
    let paired = ledger.paired();
    let is_own = |row: &&LedgerRow| paired.binary_search(&row.index).is_ok();
    let mut sums: BTreeMap<(Day, Scope, &str, &str), Sums> = BTreeMap::new();
    for row in ledger.rows.iter().chain(&ledger.other_rows).filter(|row| !is_own(row)) {
        let Some(account) = ledger.accounts.get(usize::from(row.account)) else { continue };
        let info = taxonomy.info(row.label.purpose);
        let own = sums.entry((row.day.month_start(0), account.scope, &info.name, &info.group)).or_default();
        own.inflow += i128::from(row.amount.max(0));
        own.outflow -= i128::from(row.amount.min(0));
        own.count += 1;
    }
    let is_whole = |month: Day| {
        // Any day of the next month, brought to its first.
        let next = month.plus(32).month_start(0);
        ledger.covered_from.is_some_and(|from| from <= month) && next <= ledger.end
    };
    let sum = |((month, scope, purpose, group), sums): ((Day, Scope, &str, &str), Sums)| MonthSum {
        month,
        whole: is_whole(month),
        scope,
        purpose: purpose.to_owned(),
        group: group.to_owned(),
        inflow: narrow(sums.inflow),
        outflow: narrow(sums.outflow),
        count: sums.count,
    };
    sums.into_iter().map(sum).collect()
}
