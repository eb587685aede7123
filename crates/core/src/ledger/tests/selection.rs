//! Which accounts belong to an application, what they are, and in what currency.

use super::{application, checking_at, cut_for, day, history, ids, ledger_at};
use crate::{
    ledger::{Doubt, NoLedger, Scope, TransactionAccess},
    money::Currency,
    row::{
        AccountCategory, AccountRow, AccountStatus, AccountSubcategory, BalanceRow, Permissions, Refresh,
        RefreshStatus, Row, TransactionRow,
    },
};

const T: i64 = 100 * 86_400;

fn account(id: &'static str, holder: &'static str) -> AccountRow<'static> {
    AccountRow::checking(id, holder)
}

fn posted(id: &'static str, account: &'static str, amount: i64) -> TransactionRow<'static> {
    TransactionRow::posted(id, account, amount, day(90))
}

fn currency(code: &str) -> Currency {
    Currency::parse(code).expect("a code")
}

#[test]
fn only_the_applicants_accounts_are_read_and_a_shared_one_counts_once() {
    let pool = history(|rows| {
        rows.account(&account("fca_1", "cus_1"));
        rows.account(&account("fca_2", "cus_2"));
        rows.account(&account("fca_3", "cus_3"));
        // The joint account was linked by one holder, later by the other: one object, two versions.
        rows.account(&AccountRow { known_at: Some(day(50)), ..account("fca_2", "cus_1") });
        for (id, at) in [("a", "fca_1"), ("b", "fca_2"), ("c", "fca_3")] {
            rows.transaction(&posted(id, at, 1));
        }
    });
    let ledger = cut_for(&pool, &application(&["cus_1", "cus_2"], T)).expect("visible");
    assert_eq!(ids(&pool, &ledger.rows), ["a", "b"]);
    let ledger = cut_for(&pool, &application(&["cus_2", "cus_3"], T)).expect("visible");
    assert_eq!(ids(&pool, &ledger.rows), ["c"], "on day 50 the second account passed to cus_1");
    let ledger = cut_for(&pool, &application(&["cus_2"], day(50)));
    assert_eq!(ledger.expect_err("nothing by then"), NoLedger::NothingVisible);
    assert_eq!(cut_for(&pool, &application(&["cus_9"], T)).expect_err("unknown"), NoLedger::NoAccounts);
}

#[test]
fn an_applicant_who_listed_accounts_gets_those_alone() {
    let pool = history(|rows| {
        for (id, at) in [("a", "fca_1"), ("b", "fca_2")] {
            rows.account(&account(at, "cus_1"));
            rows.transaction(&posted(id, at, 1));
        }
        rows.account(&account("fca_9", "cus_9"));
        rows.transaction(&posted("z", "fca_9", 1));
    });
    let mut consented = application(&["cus_1"], T);
    consented.applicants[0].account_ids = vec!["fca_2".to_owned(), "fca_9".to_owned()];
    let ledger = cut_for(&pool, &consented).expect("visible");
    assert_eq!(ids(&pool, &ledger.rows), ["b"], "consent does not reach another holder's account");
}

#[test]
fn the_order_in_which_accounts_and_applicants_are_listed_changes_nothing() {
    let pool = history(|rows| {
        for (id, at) in [("a", "fca_1"), ("b", "fca_2"), ("c", "fca_3"), ("d", "fca_4")] {
            rows.account(&account(at, "cus_1"));
            rows.transaction(&posted(id, at, 1));
        }
        rows.account(&account("fca_9", "cus_9"));
        rows.transaction(&posted("z", "fca_9", 1));
    });
    for order in [[1, 2, 3], [1, 3, 2], [2, 1, 3], [2, 3, 1], [3, 1, 2], [3, 2, 1]] {
        let mut consented = application(&["cus_1"], T);
        consented.applicants[0].account_ids = order.map(|at| format!("fca_{at}")).to_vec();
        assert_eq!(ids(&pool, &cut_for(&pool, &consented).expect("visible").rows), ["a", "b", "c"], "{order:?}");
    }
    for order in [["cus_1", "cus_9"], ["cus_9", "cus_1"]] {
        let couple = application(&order, T);
        assert_eq!((couple.primary(), cut_for(&pool, &couple).expect("visible").rows.len()), ("cus_1", 5));
    }
}

#[test]
fn rows_of_accounts_that_nothing_names_are_counted_and_seen_by_no_application() {
    let pool = history(|rows| {
        rows.account(&account("fca_1", "cus_1"));
        rows.transaction(&posted("a", "fca_1", 1));
        rows.transaction(&posted("b", "fca_2", 1));
        rows.balance(&BalanceRow::reported("fca_3", T - 1, 5));
    });
    let unattributed = pool.unattributed();
    assert_eq!((unattributed.accounts, unattributed.rows), (2, 2), "one transaction, one balance");
    let mut asked = application(&["cus_1"], T);
    for listed in [&[][..], &["fca_1", "fca_9"], &["fca_1", "fca_2"], &["fca_3", "fca_1"]] {
        asked.applicants[0].account_ids = listed.iter().map(|id| (*id).to_owned()).collect();
        let seen = cut_for(&pool, &asked).map(|ledger| (ledger.rows.len(), ledger.doubts));
        assert_eq!(seen, Ok((1, vec![])), "{listed:?}");
    }
    // Without accounts rows an account is its own applicant.
    let pool = history(|rows| rows.transaction(&posted("b", "fca_2", 1)));
    assert_eq!(pool.unattributed().accounts, 0);
}

#[test]
fn without_accounts_rows_each_account_is_its_own_applicant() {
    let pool = history(|rows| {
        rows.transaction(&posted("a", "fca_1", 1));
        rows.transaction(&posted("b", "fca_2", 1));
    });
    let ledger = cut_for(&pool, &application(&["fca_2"], T)).expect("visible");
    assert_eq!(ids(&pool, &ledger.rows), ["b"]);
    assert_eq!((ledger.accounts[0].scope, ledger.accounts[0].status), (Scope::Deposit, AccountStatus::Unknown));
    assert_eq!(ledger.accounts[0].holders, ["fca_2"]);
    // An accounts table whose holder is null does not silently mean the same.
    let pool = history(|rows| {
        rows.account(&AccountRow { holder: None, ..account("fca_2", "") });
        rows.transaction(&posted("b", "fca_2", 1));
    });
    assert_eq!(cut_for(&pool, &application(&["fca_2"], T)).expect_err("no holder"), NoLedger::NoAccounts);
}

#[test]
fn quirk_21_a_disconnected_account_keeps_its_rows_and_says_so() {
    let (_, ledger) = ledger_at(T, |rows| {
        rows.account(&AccountRow { status: AccountStatus::Disconnected, ..account("fca_1", "cus_1") });
        rows.transaction(&posted("a", "fca_1", 1));
    });
    assert_eq!((ledger.rows.len(), ledger.accounts[0].status), (1, AccountStatus::Disconnected));
    assert_eq!((ledger.accounts[0].balance_current, ledger.counts.no_balances), (None, 1));
}

#[test]
fn quirk_20_coverage_ends_with_the_last_row_of_an_inactive_account() {
    let (_, ledger) = ledger_at(T, |rows| {
        rows.account(&AccountRow { status: AccountStatus::Inactive, ..account("fca_1", "cus_1") });
        rows.transaction(&TransactionRow::posted("a", "fca_1", 1, day(40)));
        rows.transaction(&TransactionRow::posted("b", "fca_1", 1, day(60)));
    });
    let frozen = &ledger.accounts[0];
    assert_eq!((frozen.first_day.map(|day| day.0), frozen.last_day.map(|day| day.0)), (Some(40), Some(60)));
    assert_eq!(frozen.status, AccountStatus::Inactive);
}

#[test]
fn quirk_22_no_rows_are_told_apart_by_permission_and_refresh() {
    let may = |transactions| Some(Permissions { transactions, balances: true, ..Permissions::default() });
    let refresh = |status| Some(Refresh { status, last_attempted_at: Some(day(99)) });
    let check = |permissions, transaction_refresh, expected| {
        let (_, ledger) = ledger_at(T, |rows| {
            rows.account(&AccountRow { permissions, transaction_refresh, ..account("fca_1", "cus_1") });
            rows.balance(&BalanceRow::reported("fca_1", day(99), 1));
        });
        assert_eq!(ledger.accounts[0].access, expected);
    };
    check(may(false), None, TransactionAccess::NotPermitted);
    check(may(true), None, TransactionAccess::NeverRefreshed);
    check(may(true), refresh(RefreshStatus::Failed), TransactionAccess::RefreshFailed);
    check(may(true), refresh(RefreshStatus::Succeeded), TransactionAccess::Complete);
    check(may(true), refresh(RefreshStatus::Pending), TransactionAccess::NeverRefreshed);
    check(None, refresh(RefreshStatus::Succeeded), TransactionAccess::Complete);
    check(None, None, TransactionAccess::Unknown);
    let (_, ledger) = ledger_at(T, |rows| {
        rows.account(&AccountRow { permissions: may(false), ..account("fca_1", "cus_1") });
        rows.transaction(&posted("a", "fca_1", 1));
    });
    assert_eq!(ledger.accounts[0].access, TransactionAccess::Complete, "rows prove access");
}

#[test]
fn quirk_23_siblings_of_one_login_are_judged_each_by_itself() {
    let (_, ledger) = ledger_at(T, |rows| {
        let login = |id, digits, status| AccountRow {
            institution_name: Some("First Bank"),
            last4: Some(digits),
            status,
            ..account(id, "cus_1")
        };
        rows.account(&login("fca_1", "0001", AccountStatus::Active));
        rows.account(&login("fca_2", "0002", AccountStatus::Inactive));
        rows.transaction(&posted("a", "fca_1", 1));
        rows.transaction(&posted("b", "fca_2", 1));
    });
    let statuses: Vec<AccountStatus> = ledger.accounts.iter().map(|account| account.status).collect();
    assert_eq!(statuses, [AccountStatus::Active, AccountStatus::Inactive]);
}

#[test]
fn scope_follows_category_then_subcategory() {
    use AccountCategory as Category;
    use AccountSubcategory as Sub;
    let check = |category, subcategory, scope| {
        let (_, ledger) = ledger_at(T, |rows| {
            rows.account(&AccountRow { category, subcategory, ..account("fca_1", "cus_1") });
            rows.transaction(&posted("a", "fca_1", 1));
        });
        assert_eq!(ledger.accounts[0].scope, scope, "{category:?} {subcategory:?}");
        let in_rows = if scope == Scope::Deposit { (1, 0) } else { (0, 1) };
        assert_eq!((ledger.rows.len(), ledger.other_rows.len()), in_rows);
    };
    check(Category::Cash, Sub::Checking, Scope::Deposit);
    check(Category::Cash, Sub::Unknown, Scope::Deposit);
    check(Category::Unknown, Sub::Savings, Scope::Deposit);
    check(Category::Unknown, Sub::Unknown, Scope::Other);
    check(Category::Credit, Sub::CreditCard, Scope::Credit);
    check(Category::Credit, Sub::LineOfCredit, Scope::Credit);
    check(Category::Credit, Sub::Mortgage, Scope::Loan);
    check(Category::Investment, Sub::Other, Scope::Investment);
    check(Category::Other, Sub::Other, Scope::Other);
}

#[test]
fn quirk_32_live_and_test_data_are_never_one_ledger() {
    let check = |account_mode, row_mode, expected: &[Doubt]| {
        let (_, ledger) = ledger_at(T, |rows| {
            rows.account(&AccountRow { livemode: account_mode, ..account("fca_1", "cus_1") });
            rows.transaction(&TransactionRow { livemode: row_mode, ..posted("a", "fca_1", 1) });
            // Test data from T on are not visible.
            let later = TransactionRow::posted("b", "fca_1", 1, T);
            rows.transaction(&TransactionRow { livemode: row_mode.map(|mode: bool| !mode), ..later });
        });
        assert_eq!(ledger.doubts, expected);
    };
    check(Some(true), Some(true), &[]);
    check(Some(false), Some(false), &[]);
    check(None, Some(true), &[]);
    check(Some(true), Some(false), &[Doubt::LiveAndTest]);
}

#[test]
fn quirk_06_a_minority_currency_is_rejected_and_a_tie_rejects_all() {
    let in_eur = |id, at| TransactionRow { currency: currency("eur"), ..TransactionRow::posted(id, "fca_1", 1, at) };
    let (history, ledger) = checking_at(T, |rows| {
        rows.transaction(&posted("a", "fca_1", 500));
        rows.transaction(&posted("b", "fca_1", 500));
        rows.transaction(&in_eur("c", day(90)));
    });
    assert_eq!(ids(&history, &ledger.rows), ["a", "b"]);
    assert_eq!((ledger.currency, ledger.counts.foreign_currency_rows), (Currency::USD, 1));
    assert_eq!(ledger.doubts, [Doubt::RejectedRow], "a rejected row leaves its account incomplete");
    let (_, ledger) = checking_at(T, |rows| {
        rows.transaction(&posted("a", "fca_1", 500));
        rows.transaction(&in_eur("b", day(90)));
    });
    assert_eq!((ledger.rows.len(), ledger.counts.foreign_currency_rows), (0, 2));
    assert!(ledger.doubts.contains(&Doubt::CurrencyTie));
    // From T on, euros decide nothing.
    let (_, ledger) = checking_at(T, |rows| {
        rows.transaction(&posted("a", "fca_1", 500));
        rows.transaction(&in_eur("b", T));
        rows.transaction(&in_eur("c", T));
    });
    assert_eq!((ledger.rows.len(), ledger.currency, ledger.doubts), (1, Currency::USD, vec![]));
}

#[test]
fn quirk_06_balances_of_another_currency_are_kept_apart() {
    let (_, ledger) = checking_at(T, |rows| {
        rows.transaction(&posted("a", "fca_1", 500));
        rows.balance(&BalanceRow { currency: currency("eur"), ..BalanceRow::reported("fca_1", T, 77) });
        rows.balance(&BalanceRow::reported("fca_1", day(99), 900));
    });
    assert_eq!(ledger.accounts[0].balance_current, Some(900));
}

#[test]
fn more_than_a_tenth_of_flow_in_other_currencies_is_a_doubt() {
    let check = |foreign: i64, doubts: &[Doubt]| {
        let (history, ledger) = ledger_at(T, |rows| {
            rows.account(&account("fca_1", "cus_1"));
            rows.account(&account("fca_2", "cus_1"));
            rows.transaction(&posted("a", "fca_1", 500));
            rows.transaction(&posted("b", "fca_1", -400));
            rows.transaction(&TransactionRow { currency: currency("eur"), ..posted("c", "fca_2", foreign) });
        });
        assert_eq!((ledger.currency, ids(&history, &ledger.rows)), (Currency::USD, vec!["a", "b"]));
        assert_eq!(ledger.doubts, doubts, "{foreign}");
        assert_eq!(ledger.accounts[1].currency, currency("eur"));
    };
    // 100 of 1,000 is a tenth; 101 of 1,001 is more.
    check(-100, &[]);
    check(-101, &[Doubt::ForeignFlow]);
}

#[test]
fn quirk_08_flow_is_compared_in_major_units() {
    let (_, ledger) = ledger_at(T, |rows| {
        rows.account(&account("fca_1", "cus_1"));
        rows.account(&account("fca_2", "cus_1"));
        rows.transaction(&posted("a", "fca_1", 9_000));
        rows.transaction(&posted("b", "fca_1", 1));
        // 90.01 dollars and 11 yen: 11 of 101.01 is more than a tenth, though 11 of 9,012 minor units is not.
        rows.transaction(&TransactionRow { currency: currency("jpy"), ..posted("c", "fca_2", 11) });
    });
    assert_eq!(ledger.doubts, [Doubt::ForeignFlow]);
}

#[test]
fn the_scored_currency_is_the_applications_else_that_of_most_rows() {
    let pool = history(|rows| {
        rows.account(&account("fca_1", "cus_1"));
        rows.account(&account("fca_2", "cus_1"));
        rows.transaction(&posted("a", "fca_1", 500));
        rows.transaction(&TransactionRow { currency: currency("eur"), ..posted("b", "fca_2", 5) });
    });
    let mut asked = application(&["cus_1"], T);
    let even = cut_for(&pool, &asked).expect("visible");
    assert_eq!(even.currency, currency("eur"), "one row each: the first by code");
    asked.currency = Some(Currency::USD);
    assert_eq!(ids(&pool, &cut_for(&pool, &asked).expect("visible").rows), ["a"]);
}

#[test]
fn quirk_30_doubts_from_the_door_reach_the_applications_of_their_account() {
    let pool = history(|rows| {
        rows.account(&account("fca_1", "cus_1"));
        rows.account(&account("fca_2", "cus_2"));
        rows.transaction(&posted("a", "fca_1", 1));
        rows.transaction(&posted("b", "fca_2", 1));
        rows.push(&Row::Truncated { account: "fca_1" });
        rows.doubt("fca_1", Doubt::RejectedRow);
        rows.doubt("fca_1", Doubt::RejectedRow);
    });
    let doubts = |applicant| cut_for(&pool, &application(&[applicant], T)).expect("visible").doubts;
    assert_eq!(doubts("cus_1"), [Doubt::RejectedRow, Doubt::TruncatedExport]);
    assert_eq!(doubts("cus_2"), []);
}

#[test]
fn an_account_in_doubt_with_nothing_visible_still_says_why() {
    let pool = history(|rows| {
        rows.account(&account("fca_1", "cus_1"));
        rows.doubt("fca_1", Doubt::RejectedRow);
    });
    let ledger = cut_for(&pool, &application(&["cus_1"], T)).expect("a doubt to report");
    assert_eq!((ledger.doubts, ledger.rows.len()), (vec![Doubt::RejectedRow], 0));
}

#[test]
fn an_account_version_known_from_t_on_does_not_change_the_past() {
    let fill = |rows: &mut crate::history::HistoryBuilder| {
        let version = |status, known_at| AccountRow { status, known_at: Some(known_at), ..account("fca_1", "cus_1") };
        rows.account(&version(AccountStatus::Disconnected, T));
        rows.account(&version(AccountStatus::Active, day(10)));
        rows.transaction(&posted("a", "fca_1", 1));
    };
    let (_, ledger) = ledger_at(T, fill);
    assert_eq!(ledger.accounts[0].status, AccountStatus::Active);
    let (_, ledger) = ledger_at(T + 1, fill);
    assert_eq!(ledger.accounts[0].status, AccountStatus::Disconnected);
}

#[test]
fn too_many_accounts_are_a_doubt_and_not_a_cut() {
    let names: Vec<String> = (0..=crate::limits::ACCOUNTS_PER_APPLICATION_MAX).map(|n| format!("fca_{n}")).collect();
    let pool = history(|rows| {
        for name in &names {
            rows.account(&AccountRow::checking(name, "cus_1"));
        }
        rows.transaction(&posted("a", "fca_1", 1));
    });
    let ledger = super::cut(
        &pool,
        &super::Cut {
            application: &application(&["cus_1"], T),
            zone: &crate::time::Zone::utc(),
            balance_age_days_max: 7,
        },
    );
    assert_eq!(ledger.expect("a doubt").doubts, [Doubt::TooManyRows]);
}

#[test]
fn too_many_visible_rows_are_a_doubt() {
    let rows_max = crate::limits::ROWS_PER_APPLICATION_MAX;
    let pool = history(|rows| {
        rows.account(&account("fca_1", "cus_1"));
        for n in 0..=rows_max {
            let id = format!("{n:07}");
            // The last row stands at T: the limit is on what is visible.
            let at = if n == rows_max { T } else { day(90) };
            rows.transaction(&TransactionRow::posted(&id, "fca_1", 1, at));
        }
    });
    let doubts = |t| cut_for(&pool, &application(&["cus_1"], t)).expect("visible").doubts;
    assert_eq!((doubts(T), doubts(T + 1)), (vec![], vec![Doubt::TooManyRows]));
}

#[test]
fn a_row_set_aside_puts_whom_it_names_in_doubt_and_shows_him_nothing_of_another_holders_account() {
    let history = history(|rows| {
        rows.account(&AccountRow::checking("fca_1", "cus_2"));
        // Milliseconds where seconds are wanted.
        rows.account(&AccountRow { created: Some(1_790_000_000_000), ..AccountRow::checking("fca_1", "cus_1") });
        rows.transaction(&TransactionRow::posted("a", "fca_1", -700, day(99)));
    });
    let of = |applicants: &[&str]| {
        let ledger = cut_for(&history, &application(applicants, day(100))).expect("a ledger or a doubt");
        (ledger.accounts.len(), ledger.rows.len(), ledger.doubts)
    };
    assert_eq!(of(&["cus_1"]), (0, 0, vec![Doubt::RejectedRow]));
    assert_eq!(of(&["cus_2"]), (1, 1, vec![Doubt::RejectedRow]));
    assert_eq!(of(&["cus_1", "cus_2"]), (1, 1, vec![Doubt::RejectedRow]));
    assert_eq!(cut_for(&history, &application(&["cus_3"], day(100))).err(), Some(NoLedger::NoAccounts));
}
