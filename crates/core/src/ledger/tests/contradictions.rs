//! Versions of an account, and snapshots of its balance, that cannot both be true: the account is in doubt.

use super::{application, cut_for, day, history};
use crate::{
    defect::{DefectKind, Source},
    history::History,
    ledger::{Doubt, Ledger},
    row::{
        AccountCategory, AccountChange, AccountRow, AccountStatus, AccountSubcategory, BalanceOrigin, BalanceRow,
        Permissions, Refresh, RefreshStatus, TransactionRow,
    },
};

const T: i64 = 100 * 86_400;

/// An account whose transactions were last fetched on day 98.
fn account() -> AccountRow<'static> {
    let fetched = Refresh { status: RefreshStatus::Succeeded, last_attempted_at: Some(day(98)) };
    AccountRow {
        created: Some(day(50)),
        livemode: Some(true),
        transaction_refresh: Some(fetched),
        ..AccountRow::checking("fca_1", "cus_1")
    }
}

fn at(line: u64) -> Source {
    Source { file: 0, line }
}

/// The ledger as of T of accounts, balances and one payment, in the order given and in reverse, which must agree.
fn pool(accounts: &[AccountRow<'static>], balances: &[BalanceRow<'static>]) -> History {
    let fill = |is_reversed: bool| {
        history(|rows| {
            let mut order: Vec<usize> = (0..accounts.len().max(balances.len())).collect();
            if is_reversed {
                order.reverse();
            }
            for at in order {
                accounts.get(at).into_iter().for_each(|row| rows.account(row));
                balances.get(at).into_iter().for_each(|row| rows.balance(row));
            }
            rows.transaction(&TransactionRow::posted("a", "fca_1", 1, day(90)));
        })
    };
    let there = fill(false);
    assert_eq!(there, fill(true), "order decides nothing");
    there
}

fn ledger(pool: &History, holder: &str) -> Ledger {
    cut_for(pool, &application(&[holder], T)).expect("visible")
}

fn faults(pool: &History) -> Vec<(u64, &str)> {
    let conflicts = pool.defects().iter().filter(|defect| defect.kind == DefectKind::ConflictingDuplicate);
    conflicts.map(|defect| (defect.source.line, defect.column.as_str())).collect()
}

#[test]
fn versions_of_one_refresh_that_say_what_cannot_both_be_true_put_the_account_in_doubt() {
    let first = || AccountRow { source: at(1), ..account() };
    let second = || AccountRow { source: at(2), ..account() };
    let card = AccountRow { category: AccountCategory::Credit, ..second() };
    let savings = AccountRow { subcategory: AccountSubcategory::Savings, ..second() };
    let test = AccountRow { livemode: Some(false), ..second() };
    let other = AccountRow { holder: Some("cus_2"), ..second() };
    for (rival, column) in
        [(card, "category"), (savings, "subcategory"), (test, "livemode"), (other.clone(), "account_holder")]
    {
        for refresh in [account().transaction_refresh, None] {
            let version = |row| AccountRow { transaction_refresh: refresh, ..row };
            let pool = pool(&[version(first()), version(rival.clone()), version(first())], &[]);
            assert_eq!(faults(&pool), [(1, column), (2, column)], "the third repeats the first");
            assert_eq!(ledger(&pool, "cus_1").doubts, [Doubt::ConflictingDuplicate], "{column}");
        }
    }
    // Nobody knows whose it is, so neither is scored without it.
    let pool = pool(&[first(), other], &[]);
    for holder in ["cus_1", "cus_2"] {
        let ledger = ledger(&pool, holder);
        assert_eq!((ledger.rows.len(), ledger.doubts), (1, vec![Doubt::ConflictingDuplicate]), "{holder}");
    }
}

#[test]
fn a_later_refresh_decides_and_what_may_change_between_refreshes_contradicts_nothing() {
    let later = Refresh { status: RefreshStatus::Succeeded, last_attempted_at: Some(day(99)) };
    let credit = AccountRow { category: AccountCategory::Credit, transaction_refresh: Some(later), ..account() };
    let failed = Refresh { status: RefreshStatus::Failed, last_attempted_at: Some(day(98)) };
    let permissions = Permissions { balances: true, ..Permissions::default() };
    let changed = AccountRow {
        status: AccountStatus::Disconnected,
        permissions: Some(permissions),
        institution_name: Some("Another Name of the Bank"),
        transaction_refresh: Some(failed),
        expected_deactivation: Some(day(200)),
        ..account()
    };
    let silent = AccountRow {
        category: AccountCategory::Unknown,
        subcategory: AccountSubcategory::Unknown,
        livemode: None,
        ..account()
    };
    for other in [account(), credit, changed, silent.clone(), AccountRow { transaction_refresh: None, ..silent }] {
        let pool = pool(&[account(), other.clone()], &[]);
        assert_eq!((faults(&pool), ledger(&pool, "cus_1").doubts), (vec![], vec![]), "{other:?}");
    }
    // The contradiction that a later version decides is told, and doubts nothing.
    let rival = AccountRow { livemode: Some(false), source: at(3), ..account() };
    let decided = AccountRow { transaction_refresh: Some(later), ..account() };
    let pool = pool(&[account(), rival, decided], &[]);
    assert_eq!(faults(&pool).len(), 2);
    assert_eq!(ledger(&pool, "cus_1").doubts, []);
}

#[test]
fn an_event_that_changes_one_thing_of_a_contradicted_account_leaves_it_in_doubt() {
    let inactive = AccountRow {
        known_at: Some(day(99)),
        change: Some(AccountChange::Status(AccountStatus::Inactive)),
        ..AccountRow::checking("fca_1", "")
    };
    let rival = AccountRow { holder: Some("cus_2"), ..account() };
    let pool = pool(&[account(), rival, inactive], &[]);
    for holder in ["cus_1", "cus_2"] {
        let ledger = ledger(&pool, holder);
        assert_eq!(ledger.doubts, [Doubt::ConflictingDuplicate], "{holder}");
        assert_eq!(ledger.accounts[0].status, AccountStatus::Inactive);
    }
}

#[test]
fn snapshots_of_one_instant_that_differ_put_the_account_in_doubt() {
    let first = || BalanceRow { source: at(1), available: Some(90), ..BalanceRow::reported("fca_1", day(98), 100) };
    let second = || BalanceRow { source: at(2), ..first() };
    for (rival, column) in [
        (BalanceRow { current: -5_000, ..second() }, "current"),
        (BalanceRow { available: Some(80), ..second() }, "available"),
    ] {
        let pool = pool(&[account()], &[first(), rival, first()]);
        assert_eq!(faults(&pool), [(1, column), (2, column)]);
        assert_eq!(ledger(&pool, "cus_1").doubts, [Doubt::ConflictingDuplicate], "{column}");
    }
    // The same again, less said, another instant, another origin.
    let inferred = BalanceRow { origin: BalanceOrigin::Inferred, as_of: day(98) - 1, current: 7, ..second() };
    for other in [
        second(),
        BalanceRow { available: None, ..second() },
        BalanceRow { as_of: day(97), current: 1, ..second() },
        inferred,
    ] {
        let pool = pool(&[account()], &[first(), other.clone()]);
        assert_eq!((faults(&pool), ledger(&pool, "cus_1").doubts), (vec![], vec![]), "{other:?}");
    }
}

#[test]
fn a_contradiction_from_t_on_doubts_nothing_at_t_and_proves_nothing() {
    let late = |current| BalanceRow { source: at(2), ..BalanceRow::reported("fca_1", day(101), current) };
    let known = |livemode| AccountRow { known_at: Some(day(101)), livemode: Some(livemode), ..account() };
    let before = BalanceRow::reported("fca_1", day(90), 100);
    let pool = pool(&[account(), known(true), known(false)], &[before, late(1), late(2)]);
    assert_eq!(faults(&pool).len(), 4);
    let ledger = ledger(&pool, "cus_1");
    assert_eq!(
        (&ledger.doubts[..], ledger.accounts[0].balance_current),
        (&[][..], Some(101)),
        "100 and a payment of 1"
    );
    let after = cut_for(&pool, &application(&["cus_1"], day(102))).expect("visible");
    assert_eq!(after.doubts, [Doubt::ConflictingDuplicate]);
}
