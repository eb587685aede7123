//! Laws over generated histories: order never matters, nothing from T on matters, and reconstruction equals knowledge.

use proptest::prelude::*;

use super::{application, cut_for, day};
use crate::{
    history::{History, HistoryBuilder},
    ledger::{Counts, Ledger},
    row::{AccountRow, AccountStatus, BalanceOrigin, BalanceRow, TransactionRow, TransactionStatus},
};

const T: i64 = 100 * 86_400;
const ACCOUNTS: [&str; 4] = ["fca_1", "fca_2", "fca_3", "fca_4"];
const TEXTS: [&str; 3] = ["RENT", "TRANSFER", ""];

/// A row as numbers, so that its texts can be borrowed when it is pushed.
#[derive(Clone, Debug)]
struct Draw {
    id: u16,
    account: usize,
    amount: i64,
    text: usize,
    transacted: i64,
    lag: Option<i64>,
    void: Option<i64>,
    updated: Option<i64>,
    status: TransactionStatus,
}

impl Draw {
    fn push(&self, rows: &mut HistoryBuilder) {
        rows.transaction(&TransactionRow {
            description: TEXTS[self.text],
            status: self.status,
            posted_at: self.lag.map(|lag| self.transacted + lag),
            void_at: self.void.map(|lag| self.transacted + lag),
            updated: self.updated,
            ..TransactionRow::posted(&format!("t{}", self.id), ACCOUNTS[self.account], self.amount, self.transacted)
        });
    }
}

/// Rows in a span of days, of few ids and amounts so that versions, conflicts, relinks and transfers occur.
fn draws(days: std::ops::Range<i64>, ids: std::ops::Range<u16>, size: usize) -> impl Strategy<Value = Vec<Draw>> {
    let half_days = days.start * 2..days.end * 2;
    let status = prop_oneof![
        6 => Just(TransactionStatus::Posted),
        2 => Just(TransactionStatus::Pending),
        1 => Just(TransactionStatus::Void)
    ];
    let lag = || prop::option::weighted(0.8, (0..6_i64).prop_map(|n| n * 43_200));
    let updated = prop::option::weighted(0.5, 0..8_i64);
    let row = (ids, 0..4_usize, -3..4_i64, 0..3_usize, half_days, lag(), lag(), updated, status);
    let draw = row.prop_map(|(id, account, amount, text, at, lag, void, updated, status)| Draw {
        id,
        // An id may be claimed by two accounts, though no sane export does it.
        account: if account < 3 { usize::from(id) % 4 } else { 3 },
        amount: amount * 10_000,
        text,
        transacted: at * 43_200,
        lag,
        void: void.filter(|_| status == TransactionStatus::Void),
        updated: updated.map(|n| at * 43_200 + n * 43_200),
        status,
    });
    prop::collection::vec(draw, 0..size)
}

fn snapshots() -> impl Strategy<Value = Vec<(usize, i64, i64, bool)>> {
    prop::collection::vec((0..4_usize, 80..120_i64, -5..5_i64, any::<bool>()), 0..8)
}

fn push_snapshot(rows: &mut HistoryBuilder, (account, at, current, inferred): (usize, i64, i64, bool)) {
    let origin = if inferred { BalanceOrigin::Inferred } else { BalanceOrigin::Reported };
    let row = BalanceRow::reported(ACCOUNTS[account], day(at) - i64::from(inferred), current * 1_000);
    rows.balance(&BalanceRow { origin, ..row });
}

fn push_accounts(rows: &mut HistoryBuilder) {
    for (id, holder) in ACCOUNTS.iter().zip(["cus_1", "cus_1", "cus_2", "cus_1"]) {
        let link = AccountRow {
            institution_name: Some("First Bank"),
            last4: Some("0042"),
            ..AccountRow::checking(id, holder)
        };
        rows.account(&AccountRow { status: AccountStatus::Inactive, known_at: Some(day(1)), ..link.clone() });
        rows.account(&AccountRow { known_at: Some(day(2)), ..link });
    }
}

fn build(fill: impl FnOnce(&mut HistoryBuilder)) -> (History, Option<Ledger>) {
    let history = super::history(fill);
    let ledger = cut_for(&history, &application(&["cus_1", "cus_2"], T)).ok();
    (history, ledger)
}

/// What the ledger says by ids, without the counts of what is not visible.
fn visible(history: &History, ledger: &Ledger) -> (Ledger, Vec<String>) {
    let mut plain = ledger.clone();
    let mut names = vec![];
    for row in plain.rows.iter_mut().chain(&mut plain.other_rows).chain(&mut plain.pending) {
        names.push(history.id(row.index).to_owned());
        row.index = 0;
    }
    // Indices count rows of the history, the invisible ones included.
    for (out, into) in plain.transfers.drain(..) {
        names.push(format!("{} to {}", history.id(out), history.id(into)));
    }
    plain.counts = Counts { rows_seen: 0, not_visible: 0, duplicate_rows: 0, ..plain.counts };
    (plain, names)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_order_of_rows_changes_nothing(
        draws in draws(90..110, 0..30, 60),
        snapshots in snapshots(),
        keys in prop::collection::vec(any::<u32>(), 68),
    ) {
        let (history, ledger) = build(|rows| {
            push_accounts(rows);
            draws.iter().for_each(|draw| draw.push(rows));
            snapshots.iter().for_each(|one| push_snapshot(rows, *one));
        });
        let mut order: Vec<usize> = (0..draws.len() + snapshots.len()).collect();
        order.sort_by_key(|at| keys[*at]);
        let (other_history, other_ledger) = build(|rows| {
            for at in order {
                match draws.get(at) {
                    Some(draw) => draw.push(rows),
                    None => push_snapshot(rows, snapshots[at - draws.len()]),
                }
            }
            push_accounts(rows);
        });
        prop_assert_eq!(history, other_history);
        prop_assert_eq!(ledger, other_ledger);
    }

    #[test]
    fn in_strict_mode_nothing_from_t_on_changes_anything(
        before in draws(90..100, 0..30, 60),
        after in draws(100..110, 100..130, 60),
        late_versions in draws(90..100, 0..30, 10),
        later in snapshots(),
    ) {
        let fill = |rows: &mut HistoryBuilder| {
            push_accounts(rows);
            before.iter().for_each(|draw| draw.push(rows));
            // Every account has a fresh snapshot, which is what strict mode means.
            (0..4).for_each(|account| push_snapshot(rows, (account, 96, 3, false)));
        };
        let (history, plain) = build(fill);
        let (more_history, more) = build(|rows| {
            fill(rows);
            after.iter().for_each(|draw| draw.push(rows));
            later.iter().filter(|one| 100 < one.1).for_each(|one| push_snapshot(rows, *one));
            // New versions of known rows, written after everything that is known of them.
            for draw in late_versions.iter().filter(|late| before.iter().any(|draw| draw.id == late.id)) {
                Draw { updated: Some(day(200) + i64::from(draw.id)), ..draw.clone() }.push(rows);
            }
        });
        let (plain, more) = (plain.expect("a snapshot"), more.expect("a snapshot"));
        prop_assert_eq!(visible(&history, &plain), visible(&more_history, &more));
    }

    #[test]
    fn later_rows_and_a_consistent_late_snapshot_say_what_a_snapshot_at_t_says(
        before in draws(80..100, 0..40, 60),
        after in draws(100..115, 100..140, 30),
        balance in -1_000_000..1_000_000_i64,
        late in 101..117_i64,
    ) {
        // One version an id: which of several stands is the subject of the other laws.
        let unique = |draws: &[Draw]| -> Vec<Draw> {
            let mut draws: Vec<Draw> = draws.iter().map(|draw| Draw { account: 0, updated: None, ..draw.clone() }).collect();
            draws.sort_by_key(|draw| draw.id);
            draws.dedup_by_key(|draw| draw.id);
            draws
        };
        let (before, after) = (unique(&before), unique(&after));
        let until = day(late);
        // What a bank's books hold of a row at an instant, written without the engine: it enters when posted (when
        // transacted, for a posted row without a date) and leaves when voided; a void without a date never was.
        let books = |at: i64| -> i64 {
            before.iter().chain(&after).map(|draw| {
                let entered = match (draw.status, draw.lag) {
                    (TransactionStatus::Pending, _) | (TransactionStatus::Void, None) => return 0,
                    (TransactionStatus::Posted, None) => draw.transacted,
                    (_, Some(lag)) => draw.transacted + lag,
                };
                let left = match (draw.status, draw.void) {
                    (TransactionStatus::Void, None) => return 0,
                    (_, void) => void.map(|lag| draw.transacted + lag),
                };
                if entered < at && left.is_none_or(|left| at <= left) { draw.amount } else { 0 }
            }).sum()
        };
        let fill = |rows: &mut HistoryBuilder| {
            rows.account(&AccountRow::checking("fca_1", "cus_1"));
            before.iter().for_each(|draw| draw.push(rows));
        };
        let (_, exact) = build(|rows| {
            fill(rows);
            rows.balance(&BalanceRow::reported("fca_1", T, balance));
        });
        let (_, rebuilt) = build(|rows| {
            fill(rows);
            after.iter().for_each(|draw| draw.push(rows));
            let witness = TransactionRow::pending("witness", "fca_1", 1, day(116));
            rows.transaction(&witness);
            rows.balance(&BalanceRow::reported("fca_1", until, balance + books(until) - books(T)));
        });
        let (exact, rebuilt) = (exact.expect("a snapshot"), rebuilt.expect("a snapshot"));
        let (exact, rebuilt) = (&exact.accounts[0], &rebuilt.accounts[0]);
        prop_assert_eq!(exact.balance_current, rebuilt.balance_current);
        prop_assert_eq!(
            exact.balances.as_ref().map(|daily| (&daily.closing, daily.first)),
            rebuilt.balances.as_ref().map(|daily| (&daily.closing, daily.first))
        );
    }
}
