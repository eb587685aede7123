//! One currency an account, one currency a ledger: nothing is ever added across currencies.

use super::{
    Counts, Doubt,
    visible::{self, LinkRows, Seen},
};
use crate::{
    history::{History, HistoryAccount, Majority, majority},
    money::Currency,
};

/// Settles a link's currency from its visible rows, and sets aside the rows that are not in it: the minority, or on a tie
/// all. The answer holds the set-aside posted rows, which still tell how much flow is foreign.
pub(super) fn settle(
    history: &History,
    account: &HistoryAccount,
    t: i64,
    rows: &mut LinkRows,
    doubts: &mut Vec<Doubt>,
    counts: &mut Counts,
) -> Vec<Seen> {
    let currency_of = |seen: &Seen| history.rows()[seen.index as usize].currency;
    if !rows.mixed {
        rows.currency = rows.currency.or_else(|| of_snapshots(account, t));
        return vec![];
    }
    let settled = match majority(rows.posted.iter().chain(&rows.pending).map(currency_of)) {
        Majority::Mixed(settled) => settled,
        Majority::One(currency) => Some(currency),
        Majority::Nothing => None,
    };
    doubts.push(if settled.is_some() { Doubt::RejectedRow } else { Doubt::CurrencyTie });
    let smallest = rows.posted.iter().chain(&rows.pending).map(currency_of).min();
    rows.currency = settled.or(smallest);
    let keep = |seen: &Seen| Some(currency_of(seen)) == settled;
    let aside: Vec<Seen> = rows.posted.iter().filter(|seen| !keep(seen)).copied().collect();
    let before = rows.posted.len() + rows.pending.len();
    rows.posted.retain(keep);
    rows.pending.retain(keep);
    rows.reversed.retain(|reversal| keep(&reversal.posted));
    counts.foreign_currency_rows += (before - rows.posted.len() - rows.pending.len()) as u64;
    aside
}

/// An account without rows has the currency of most of its snapshots: of those at or before T, else of all.
fn of_snapshots(account: &HistoryAccount, t: i64) -> Option<Currency> {
    let visible = account.snapshots.partition_point(|snapshot| snapshot.at <= t);
    let snapshots = if 0 < visible { &account.snapshots[..visible] } else { &account.snapshots[..] };
    match majority(snapshots.iter().map(|snapshot| snapshot.currency)) {
        Majority::Nothing => None,
        Majority::One(currency) | Majority::Mixed(Some(currency)) => Some(currency),
        Majority::Mixed(None) => snapshots.iter().map(|snapshot| snapshot.currency).min(),
    }
}

/// The currency of most rows among accounts, the first by code when two are equal.
pub(super) fn of_ledger(accounts: &[(Currency, usize)]) -> Option<Currency> {
    let mut sums: Vec<(Currency, usize)> = accounts.to_vec();
    sums.sort_unstable();
    sums.dedup_by(|next, kept| {
        let same = next.0 == kept.0;
        if same {
            kept.1 += next.1;
        }
        same
    });
    let most = sums.iter().map(|(_, rows)| *rows).max()?;
    sums.iter().find(|(_, rows)| *rows == most).map(|(currency, _)| *currency)
}

/// How much moved, by whether it was in the scored currency. Without rates the only common measure is the number of major
/// units, so magnitudes are brought to the same number of decimals.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Flow {
    scored: i128,
    foreign: i128,
}

impl Flow {
    /// Adds the rows of one currency.
    pub(super) fn add(&mut self, rows: &[Seen], currency: Currency, scored: Currency) {
        let decimals = 4_u32.saturating_sub(currency.exponent());
        let magnitude = visible::sum(rows, i64::saturating_abs);
        let moved = magnitude * 10_i128.pow(decimals);
        match currency == scored {
            true => self.scored += moved,
            false => self.foreign += moved,
        }
    }

    /// More than a tenth of all flow is foreign.
    pub(super) fn is_foreign(&self) -> bool {
        self.scored + self.foreign < 10 * self.foreign
    }
}
