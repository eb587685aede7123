//! The order of work: links, their rows, their currency, the real accounts behind them, the lists of the ledger.

use std::{borrow::Cow, ops::Range};

use super::{
    BalanceMode, Counts, Cut, Doubt, Ledger, LedgerAccount, LedgerRow, NoLedger, Reads, Scope,
    account::{self, Around, Merged},
    currency::{self, Flow},
    delivery,
    magnitudes::Magnitudes,
    relink, select, settled,
    transfer::{self, Leg},
    visible::{self, Clock, LinkRows, Seen},
};
use crate::{
    history::{Amended, AmendedRow, Effect, History},
    limits::{ACCOUNTS_PER_APPLICATION_MAX, ROWS_PER_APPLICATION_MAX},
    money::Currency,
    time::Day,
};

/// Cuts the ledger.
pub(super) fn assemble(history: &History, cut: &Cut<'_>, reads: Reads) -> Result<Ledger, NoLedger> {
    let clock = Clock { t: cut.application.as_of, zone: cut.zone };
    let end = clock.zone.day(clock.t.saturating_sub(1)).plus(1);
    let links = select::links(history, cut.application);
    let mut draft = Draft::default();
    draft.doubts.extend(select::may_hold_more(history, cut.application, &links).then_some(Doubt::RejectedRow));
    if links.is_empty() && draft.doubts.is_empty() {
        return Err(NoLedger::NoAccounts);
    }
    let too_many = ACCOUNTS_PER_APPLICATION_MAX < links.len();
    draft.doubts.extend(too_many.then_some(Doubt::TooManyRows));
    if too_many || links.is_empty() {
        return Ok(draft.ledger(clock.t, end, cut.application.currency.unwrap_or(Currency::USD), None));
    }
    let mut rows = draft.read(history, &links, clock);
    let groups = relink::groups(history, &links, &rows);
    if groups.too_many {
        draft.doubts.push(Doubt::TooManyRows);
    }
    let merged: Vec<Merged> =
        groups.groups.into_iter().map(|group| draft.merge(history, clock, group, &mut rows)).collect();
    let weights: Vec<(Currency, usize)> =
        merged.iter().filter_map(|one| Some((one.currency?, one.posted.len()))).collect();
    let scored = cut.application.currency.or_else(|| currency::of_ledger(&weights)).unwrap_or(Currency::USD);
    let fresh = i64::from(cut.balance_age_days_max) * 86_400;
    let shown_from = account::shown_from(&links, &merged, scored);
    let around =
        Around { history, links: &links, clock, end, fresh, currency: scored, shown_from, daily: reads.balances };
    draft.rows.reserve(merged.iter().map(|one| one.posted.len()).sum());
    let mut seen = false;
    for one in &merged {
        let (mut account, inverted) = account::build(around, one);
        account.doubts.extend(inverted.then_some(Doubt::SignInverted));
        seen |= account.balance_mode != BalanceMode::None || !one.posted.is_empty() || !one.pending.is_empty();
        draft.doubts.extend(inverted.then_some(Doubt::SignInverted));
        draft.add(history, one, account, scored);
    }
    draft.settle_flow(history, scored);
    // What is in doubt is reported as such even when nothing of it can be seen.
    if !seen && draft.doubts.is_empty() {
        return Err(NoLedger::NothingVisible);
    }
    draft.order();
    if reads.labels {
        draft.pair_transfers(history);
    }
    Ok(draft.ledger(clock.t, end, scored, shown_from))
}

/// The rows that no correction leaves out. Balances count those too: the money did move.
fn not_excluded<'s>(history: &History, rows: &'s [Seen]) -> Cow<'s, [Seen]> {
    match history.amended() {
        None => Cow::Borrowed(rows),
        Some(amended) => Cow::Owned(rows.iter().filter(|seen| !amended.is_excluded(seen.index)).copied().collect()),
    }
}

/// Rows that may be legs of transfers for which room is made at once.
const LEGS_USUAL: usize = 128;

/// Adds an account's rows, which are in order, to those of accounts before it: to those of one by merging, so that nothing is
/// left to sort for most applicants.
fn append(list: &mut Vec<LedgerRow>, rows: impl ExactSizeIterator<Item = LedgerRow> + DoubleEndedIterator) {
    let are_of_one = list.first().map(|row| row.account) == list.last().map(|row| row.account);
    let Some(blank) = list.first().copied().filter(|_| are_of_one) else {
        list.extend(rows);
        return;
    };
    // The latest first, each to where it stays: the earliest of the account before are not touched.
    let (mut before, mut to) = (list.len(), list.len() + rows.len());
    list.resize(to, blank);
    for row in rows.rev() {
        // At the same time the account before comes first.
        let later = list[..before].iter().rev().take_while(|other| row.time < other.time).count();
        (before, to) = (before - later, to - later);
        list.copy_within(before..before + later, to);
        to -= 1;
        list[to] = row;
    }
}

#[derive(Debug, Default)]
struct Draft {
    accounts: Vec<LedgerAccount>,
    rows: Vec<LedgerRow>,
    other_rows: Vec<LedgerRow>,
    pending: Vec<LedgerRow>,
    corrected: Vec<u32>,
    transfers: Vec<(u32, u32)>,
    doubts: Vec<Doubt>,
    // Doubts about a link.
    doubted: Vec<(u32, Doubt)>,
    counts: Counts,
    // Posted rows set aside for their currency, with whether their account carries cash flow, and the flow of the others.
    aside: Vec<(u32, Seen)>,
    flow: Flow,
}

impl Draft {
    /// Reads the visible rows of each link and settles its currency.
    fn read(&mut self, history: &History, links: &[select::Link<'_>], clock: Clock<'_>) -> Vec<LinkRows> {
        let mut all = Vec::with_capacity(links.len());
        let (mut live, mut test, mut visible) = (false, false, 0);
        for (at, link) in (0..).zip(links) {
            let mut rows = visible::read(history, link.account, at, clock, &mut self.counts);
            visible += rows.posted.len() + rows.pending.len();
            let before = self.doubts.len();
            let aside = currency::settle(history, link.account, clock.t, &mut rows, &mut self.doubts, &mut self.counts);
            self.aside.extend(aside.into_iter().map(|seen| (at, seen)));
            self.doubts.extend(&link.account.doubts);
            let is_contradicted = rows.conflict || link.account.is_contradicted(clock.t, link.version);
            self.doubts.extend(is_contradicted.then_some(Doubt::ConflictingDuplicate));
            if let Some(amended) = history.amended() {
                self.corrections(history, amended, link.account.rows.clone(), &rows);
            }
            self.doubted.extend(self.doubts.iter().skip(before).map(|doubt| (at, *doubt)));
            let mode = link.version.and_then(|version| version.livemode);
            live |= rows.live || mode == Some(true);
            test |= rows.test || mode == Some(false);
            all.push(rows);
        }
        self.doubts.extend((live && test).then_some(Doubt::LiveAndTest));
        self.doubts.extend((ROWS_PER_APPLICATION_MAX < visible).then_some(Doubt::TooManyRows));
        all
    }

    /// What corrections say of a link: those of visible rows may be in doubt, and each is idle until its row is in use.
    fn corrections(&mut self, history: &History, amended: &Amended, own: Range<usize>, rows: &LinkRows) {
        for seen in rows.posted.iter().chain(&rows.pending) {
            if let Some(AmendedRow { effect: Effect::InDoubt(doubt), .. }) = amended.of(seen.index) {
                self.doubts.push(*doubt);
            }
        }
        let spoken_of = amended.rows().iter().filter(|one| {
            let at = one.row as usize;
            own.contains(&at) && history.rows()[at].last && amended.is_corrected(one.row)
        });
        self.counts.corrections_idle += spoken_of.count() as u64;
    }

    /// The rows that no correction leaves out; notes the corrections that are in effect.
    fn in_use<'s>(&mut self, history: &History, rows: &'s [Seen]) -> Cow<'s, [Seen]> {
        let Some(amended) = history.amended() else { return Cow::Borrowed(rows) };
        for seen in rows.iter().filter(|seen| amended.is_corrected(seen.index)) {
            self.corrected.push(seen.index);
            self.counts.corrections_applied += 1;
            self.counts.corrections_idle -= 1;
        }
        let kept = not_excluded(history, rows);
        self.counts.excluded += (rows.len() - kept.len()) as u64;
        kept
    }

    fn merge(&mut self, history: &History, clock: Clock<'_>, group: Vec<u32>, rows: &mut [LinkRows]) -> Merged {
        self.counts.relinked_accounts += group.len() as u64 - 1;
        let (mut merged, relinked) = account::merge(history, group, rows);
        self.counts.relinked_rows += relinked;
        self.counts.repaired_pending += settled::repair(history, clock, &merged.posted, &mut merged.pending);
        merged
    }

    /// Takes an account and puts its rows where they belong.
    fn add(&mut self, history: &History, merged: &Merged, mut account: LedgerAccount, scored: Currency) {
        let own = self.doubted.iter().filter(|(link, _)| merged.links.contains(link));
        account.doubts.extend(own.map(|(_, doubt)| doubt));
        account.doubts.sort_unstable();
        account.doubts.dedup();
        let scope = account.scope;
        let at = u16::try_from(self.accounts.len()).unwrap_or(u16::MAX);
        match account.balance_mode {
            BalanceMode::Strict => self.counts.strict_balances += 1,
            BalanceMode::Reconstruct => self.counts.reconstructed_balances += 1,
            BalanceMode::None => self.counts.no_balances += 1,
        }
        if scope == Scope::Deposit {
            self.flow.add(&not_excluded(history, &merged.posted), account.currency, scored);
        } else {
            // Rows of such an account say nothing about foreign cash flow.
            self.aside.retain(|(link, _)| !merged.links.contains(link));
        }
        if account.currency != scored {
            self.counts.foreign_currency_rows += (merged.posted.len() + merged.pending.len()) as u64;
            self.accounts.push(account);
            return;
        }
        let posted = self.in_use(history, &merged.posted);
        let pending = self.in_use(history, &merged.pending);
        if delivery::is_twice(history, &posted) {
            account.doubts.push(Doubt::RowsTwice);
            self.doubts.push(Doubt::RowsTwice);
            self.counts.rows_twice_accounts += 1;
        }
        let row = |seen: &Seen| LedgerRow {
            account: at,
            day: seen.day,
            time: seen.time,
            amount: seen.amount,
            label: history.rows()[seen.index as usize].label,
            internal: false,
            index: seen.index,
        };
        self.counts.rows_used += posted.len() as u64;
        self.counts.pending += pending.len() as u64;
        if scope == Scope::Deposit {
            append(&mut self.rows, posted.iter().map(row));
            append(&mut self.pending, pending.iter().map(row));
        } else {
            append(&mut self.other_rows, posted.iter().map(row));
        }
        self.accounts.push(account);
    }

    fn settle_flow(&mut self, history: &History, scored: Currency) {
        for (_, seen) in &self.aside {
            self.flow.add(&not_excluded(history, &[*seen]), history.rows()[seen.index as usize].currency, scored);
        }
        self.doubts.extend(self.flow.is_foreign().then_some(Doubt::ForeignFlow));
    }

    /// The order (time, account, id). Two accounts' rows are in it already, those of more stand account by account, each in order.
    fn order(&mut self) {
        for list in [&mut self.rows, &mut self.other_rows, &mut self.pending] {
            if !list.is_sorted_by_key(|row| row.time) {
                list.sort_by_key(|row| row.time);
            }
        }
    }

    /// Pairs transfers between deposit accounts, and from these to cards.
    fn pair_transfers(&mut self, history: &History) {
        // Most applicants link one account.
        if self.accounts.len() < 2 {
            return;
        }
        let accounts = &self.accounts;
        let is_card = |row: &LedgerRow| accounts[usize::from(row.account)].scope == Scope::Credit;
        // Few rows have an amount that some row of the other direction has: only these are looked at more closely.
        let (mut outs, mut ins) = (Magnitudes::NONE, Magnitudes::NONE);
        for row in self.rows.iter().chain(self.other_rows.iter().filter(|row| is_card(row))) {
            if row.amount < 0 { &mut outs } else { &mut ins }.insert(row.amount);
        }
        let may_pair = |row: &&mut LedgerRow| if row.amount < 0 { &ins } else { &outs }.may_hold(row.amount);
        let mut rows: Vec<&mut LedgerRow> = Vec::with_capacity(LEGS_USUAL);
        rows.extend(self.rows.iter_mut().filter(may_pair));
        rows.extend(self.other_rows.iter_mut().filter(|row| is_card(row)).filter(may_pair));
        let leg = |row: &&mut LedgerRow| Leg {
            account: row.account,
            day: row.day,
            amount: row.amount,
            is_card: is_card(row),
            hint: history.rows()[row.index as usize].hint,
            purpose: row.label.purpose,
            index: row.index,
        };
        let legs: Vec<Leg> = rows.iter().map(leg).collect();
        let mut pairs = transfer::pair(&legs, |index| history.description(index));
        // By the order of the rows, which nothing after T changes; their indices also count what is not visible.
        pairs.sort_unstable();
        for (out, into) in pairs {
            // What was bought with a card stands on the card, where no flow counts it: its payment is the outflow.
            rows[out].internal = !legs[into].is_card;
            rows[into].internal = true;
            self.transfers.push((rows[out].index, rows[into].index));
        }
    }

    fn ledger(mut self, as_of: i64, end: Day, currency: Currency, covered_from: Option<Day>) -> Ledger {
        self.doubts.sort_unstable();
        self.doubts.dedup();
        self.corrected.sort_unstable();
        Ledger {
            as_of,
            end,
            currency,
            accounts: self.accounts,
            covered_from,
            rows: self.rows,
            other_rows: self.other_rows,
            pending: self.pending,
            transfers: self.transfers,
            refined: vec![],
            corrected: self.corrected,
            doubts: self.doubts,
            counts: self.counts,
        }
    }
}
