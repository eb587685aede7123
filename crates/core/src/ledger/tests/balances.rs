//! Balances as of T: modes, daily series, provenance, checks.

use super::{checking_at, day, ledger_at};
use crate::{
    history::HistoryBuilder,
    ledger::{BalanceMode, Doubt, Ledger, Provenance, Scope},
    money::Currency,
    row::{
        AccountCategory, AccountRow, AccountSubcategory, BalanceOrigin, BalanceRow, Refresh, RefreshStatus,
        TransactionRow, TransactionStatus,
    },
    time::Day,
};

const T: i64 = 100 * 86_400;

fn row(id: &'static str, amount: i64, at: i64) -> TransactionRow<'static> {
    TransactionRow::posted(id, "fca_1", amount, at)
}

fn reported(as_of: i64, current: i64) -> BalanceRow<'static> {
    BalanceRow::reported("fca_1", as_of, current)
}

/// The balance that Stripe computes for 23:59:59 of a day.
fn inferred(n: i64, current: i64) -> BalanceRow<'static> {
    BalanceRow { origin: BalanceOrigin::Inferred, ..reported(day(n + 1) - 1, current) }
}

/// The last `N` closing balances, the last of them of the day before T's.
fn closing<const N: usize>(ledger: &Ledger) -> [i64; N] {
    let daily = ledger.accounts[0].balances.as_ref().expect("balances");
    assert_eq!(daily.first.0 as usize + daily.closing.len(), 100, "the series ends the day before T's");
    assert_eq!(daily.closing.len(), daily.provenance.len());
    *daily.closing.last_chunk().expect("long enough")
}

fn provenance<const N: usize>(ledger: &Ledger) -> [Provenance; N] {
    let daily = ledger.accounts[0].balances.as_ref().expect("balances");
    *daily.provenance.last_chunk().expect("long enough")
}

#[test]
fn closing_balances_are_rolled_back_from_a_snapshot_at_t() {
    let (_, ledger) = checking_at(T, |rows| {
        rows.transaction(&row("a", 1_000, day(95)));
        rows.transaction(&row("b", -300, day(97) + 3_600));
        rows.transaction(&row("c", -50, day(99) + 86_399));
        rows.balance(&reported(T, 10_000));
    });
    // Backwards: 10,000; before -50: 10,050; before -300: 10,350. Day 95 closes after +1,000, at 10,350.
    assert_eq!(closing(&ledger), [10_350, 10_350, 10_050, 10_050, 10_000]);
    use Provenance::{Rebuilt, Reported};
    assert_eq!(provenance(&ledger), [Rebuilt, Rebuilt, Rebuilt, Rebuilt, Reported]);
    let account = &ledger.accounts[0];
    assert_eq!((account.balance_mode, account.balance_current), (BalanceMode::Strict, Some(10_000)));
    assert_eq!((account.balance_as_of, ledger.counts.strict_balances), (Some(T), 1));
    assert_eq!(account.balances.as_ref().expect("balances").first, Day(95), "from the first visible posted row on");
}

#[test]
fn a_snapshot_during_the_day_is_rolled_forward_to_its_end_and_to_t() {
    let (_, ledger) = checking_at(T, |rows| {
        rows.transaction(&row("a", 1_000, day(96)));
        rows.transaction(&row("morning", -10, day(97) + 100));
        rows.transaction(&row("evening", -20, day(97) + 80_000));
        rows.transaction(&row("next", -40, day(98)));
        rows.balance(&reported(day(97) + 50_000, 5_000));
    });
    // The snapshot holds the morning's row; 5,000 - 20 closes day 97, - 40 closes day 98; day 96 is 5,000 + 10.
    assert_eq!(closing(&ledger), [5_010, 4_980, 4_940, 4_940]);
    assert_eq!(provenance::<4>(&ledger)[1], Provenance::Reported);
    assert_eq!(ledger.accounts[0].balance_current, Some(4_940));
}

#[test]
fn quirk_28_a_snapshot_at_midnight_holds_no_row_of_that_midnight_and_an_inferred_one_all_of_its_day() {
    // Daily sources put every row at 00:00:00 of its day.
    let (_, ledger) = checking_at(T, |rows| {
        rows.transaction(&row("a", 1, day(97)));
        rows.transaction(&row("b", 10, day(98)));
        rows.transaction(&row("c", 100, day(99)));
        rows.balance(&reported(day(98), 5_000));
    });
    assert_eq!(closing(&ledger), [5_000, 5_010, 5_110]);
    let (_, ledger) = checking_at(T, |rows| {
        rows.transaction(&row("a", 1, day(97)));
        rows.transaction(&row("b", 10, day(98)));
        rows.transaction(&row("last_second", 20, day(99) - 1));
        rows.transaction(&row("c", 100, day(99)));
        rows.balance(&inferred(98, 5_000));
    });
    assert_eq!(closing(&ledger), [4_970, 5_000, 5_100]);
    assert_eq!(provenance(&ledger), [Provenance::Rebuilt, Provenance::Inferred, Provenance::Rebuilt]);
}

#[test]
fn several_snapshots_anchor_their_own_days_and_reported_goes_before_inferred() {
    let (_, ledger) = checking_at(T, |rows| {
        rows.transaction(&row("a", 100, day(95)));
        rows.transaction(&row("b", 7, day(98)));
        rows.balance(&inferred(96, 1_000));
        rows.balance(&inferred(98, 2_000));
        rows.balance(&reported(day(98) + 600, 3_000));
    });
    // Day 95 back from day 96; day 97 back from day 98's reported 3,000 (which holds +7); day 99 forward from it.
    assert_eq!(closing(&ledger), [1_000, 1_000, 2_993, 3_000, 3_000]);
    use Provenance::{Inferred, Rebuilt, Reported};
    assert_eq!(provenance(&ledger), [Rebuilt, Inferred, Rebuilt, Reported, Rebuilt]);
    // Openings that the snapshots imply: 1,000 - 100 = 900; 2,000 - 107 = 1,893; 3,000 - 107 = 2,893. Spread: 1,993.
    assert_eq!(ledger.accounts[0].reconciliation_error, Some(1_993));
}

#[test]
fn snapshots_before_the_covered_days_bear_no_witness() {
    let fill = |rows: &mut HistoryBuilder| {
        rows.transaction(&row("a", 100, day(95)));
        rows.balance(&reported(day(60), 77));
        rows.balance(&reported(T, 1_000));
    };
    let (_, ledger) = checking_at(T, fill);
    assert_eq!(ledger.accounts[0].reconciliation_error, None);
    let (_, ledger) = checking_at(T, |rows| {
        fill(rows);
        // At the midnight before the first row nothing is missing: 950 + 100 = 1,050, reported 1,000.
        rows.balance(&reported(day(95), 950));
    });
    assert_eq!(ledger.accounts[0].reconciliation_error, Some(50));
}

#[test]
fn a_fresh_snapshot_is_strict_and_an_old_one_gives_way_to_a_later_one() {
    let fill = |as_of: i64| {
        move |rows: &mut HistoryBuilder| {
            rows.transaction(&row("a", 1, day(80)));
            rows.transaction(&row("b", 500, day(101)));
            rows.balance(&reported(as_of, 1_000));
            rows.balance(&reported(day(102), 9_000));
        }
    };
    // 7 days old is fresh; a second more is not.
    let (_, ledger) = checking_at(T, fill(day(93)));
    assert_eq!(
        (ledger.accounts[0].balance_mode, ledger.accounts[0].balance_current),
        (BalanceMode::Strict, Some(1_000))
    );
    let (_, ledger) = checking_at(T, fill(day(93) - 1));
    let account = &ledger.accounts[0];
    assert_eq!((account.balance_mode, account.balance_current), (BalanceMode::Reconstruct, Some(8_500)));
    assert_eq!((account.balance_as_of, ledger.counts.reconstructed_balances), (Some(day(102)), 1));
    // The old snapshot still anchors its own day.
    assert_eq!(closing::<8>(&ledger)[..2], [1_000, 8_500]);
}

#[test]
fn reconstruction_rolls_back_what_was_posted_from_t_on_and_puts_back_what_was_voided() {
    let (_, ledger) = checking_at(T, |rows| {
        rows.transaction(&row("a", 1_000, day(98)));
        // Bought before T, posted after: not in the balance at T.
        rows.transaction(&TransactionRow { posted_at: Some(day(101)), ..row("b", -30, day(99)) });
        // Posted before T, voided after: in the balance at T, and gone from the snapshot.
        let void =
            TransactionRow { status: TransactionStatus::Void, void_at: Some(day(101)), ..row("c", -200, day(99)) };
        rows.transaction(&void);
        rows.transaction(&row("d", -4, T));
        // Posted and voided between: never there at either end.
        rows.transaction(&TransactionRow {
            transacted_at: T,
            posted_at: Some(T),
            ..TransactionRow { id: "e", ..void }
        });
        rows.transaction(&row("after_the_snapshot", -5_000, day(103)));
        rows.balance(&reported(day(102), 700));
    });
    // 700 + 30 + 4 - 200 = 534 at T; day 98 closes before -200, at 734.
    assert_eq!(ledger.accounts[0].balance_current, Some(534));
    assert_eq!(closing(&ledger), [734, 534]);
    assert_eq!(provenance(&ledger), [Provenance::Rebuilt; 2]);
}

#[test]
fn without_proof_that_rows_reach_the_later_snapshot_nothing_is_reconstructed() {
    let check = |transaction_refresh, mode| {
        let (_, ledger) = ledger_at(T, |rows| {
            rows.account(&AccountRow { transaction_refresh, ..AccountRow::checking("fca_1", "cus_1") });
            rows.transaction(&row("a", 1, day(99)));
            rows.balance(&reported(day(120), 9_000));
        });
        assert_eq!(ledger.accounts[0].balance_mode, mode);
    };
    let refresh = |status, at| Some(Refresh { status, last_attempted_at: Some(day(at)) });
    check(None, BalanceMode::None);
    check(refresh(RefreshStatus::Succeeded, 120), BalanceMode::Reconstruct);
    check(refresh(RefreshStatus::Succeeded, 113), BalanceMode::Reconstruct);
    check(refresh(RefreshStatus::Succeeded, 112), BalanceMode::None);
    // An attempt is not a success (quirk 19).
    check(refresh(RefreshStatus::Failed, 120), BalanceMode::None);
}

#[test]
fn an_old_snapshot_is_better_than_none() {
    let (_, ledger) = checking_at(T, |rows| {
        rows.transaction(&row("a", -25, day(60)));
        rows.transaction(&row("b", 100, day(90)));
        rows.balance(&reported(day(61), 1_000));
    });
    let account = &ledger.accounts[0];
    assert_eq!((account.balance_mode, account.balance_current), (BalanceMode::Strict, Some(1_100)));
    assert_eq!(account.balance_as_of, Some(day(61)));
}

#[test]
fn a_later_snapshot_alone_makes_a_ledger_only_through_rows() {
    let (_, ledger) = checking_at(T, |rows| {
        rows.transaction(&row("a", 100, T));
        rows.balance(&reported(T + 1, 1_000));
    });
    let account = &ledger.accounts[0];
    assert_eq!((account.balance_mode, account.balance_current), (BalanceMode::Reconstruct, Some(900)));
    assert_eq!(account.balances, None, "no visible posted row: no covered day");
}

#[test]
fn quirk_16_pending_rows_do_not_move_the_balance() {
    let (_, ledger) = checking_at(T, |rows| {
        rows.transaction(&row("a", 100, day(98)));
        rows.transaction(&TransactionRow::pending("b", "fca_1", -60, day(99)));
        rows.balance(&BalanceRow { available: Some(940), ..reported(T, 1_000) });
    });
    let account = &ledger.accounts[0];
    assert_eq!(closing(&ledger), [1_000, 1_000]);
    assert_eq!((account.balance_current, account.balance_available), (Some(1_000), Some(940)));
}

#[test]
fn quirk_11_an_absent_available_balance_stays_absent() {
    let (_, ledger) = checking_at(T, |rows| {
        rows.balance(&BalanceRow { available: Some(940), ..reported(day(90), 1_000) });
        rows.balance(&reported(day(99), 1_000));
    });
    assert_eq!(ledger.accounts[0].balance_available, None, "the older one tells nothing of now");
}

#[test]
fn quirk_10_a_debt_stays_negative() {
    let (_, ledger) = checking_at(T, |rows| {
        rows.transaction(&row("a", -100, day(99)));
        rows.balance(&reported(T, -61_000));
    });
    assert_eq!(closing(&ledger), [-61_000]);
}

#[test]
fn quirk_09_rows_whose_turned_sign_fits_the_snapshots_cast_doubt() {
    let check = |change: i64, doubts: &[Doubt]| {
        let (_, ledger) = checking_at(T, |rows| {
            rows.transaction(&row("a", 5, day(80)));
            rows.transaction(&row("b", -20_000, day(95)));
            rows.balance(&reported(day(90), 50_000));
            rows.balance(&reported(T, 50_000 + change));
        });
        assert_eq!(ledger.doubts, doubts, "{change}");
    };
    check(-20_000, &[]);
    check(20_000, &[Doubt::SignInverted]);
    // Rounding at the bank, up to one major unit.
    check(19_950, &[Doubt::SignInverted]);
    // Neither fits: an error, but not of sign.
    check(12_000, &[]);
}

#[test]
fn quirk_09_a_plain_fit_elsewhere_clears_the_sign_and_small_change_proves_nothing() {
    let (_, ledger) = checking_at(T, |rows| {
        rows.transaction(&row("a", 5, day(80)));
        rows.transaction(&row("b", -20_000, day(92)));
        rows.transaction(&row("c", -30_000, day(97)));
        rows.balance(&reported(day(90), 50_000));
        rows.balance(&reported(day(95), 70_000));
        rows.balance(&reported(T, 40_000));
    });
    assert!(ledger.doubts.is_empty());
    let (_, ledger) = checking_at(T, |rows| {
        rows.transaction(&row("a", -1_000, day(92)));
        rows.balance(&reported(day(92), 50_000));
        rows.balance(&reported(T, 51_000));
    });
    assert!(ledger.doubts.is_empty(), "ten major units are too few to tell");
    assert_eq!(ledger.accounts[0].reconciliation_error, Some(2_000));
}

#[test]
fn a_row_posted_and_then_voided_moves_the_balance_twice() {
    let (_, ledger) = checking_at(T, |rows| {
        rows.transaction(&row("a", 1, day(90)));
        let void =
            TransactionRow { status: TransactionStatus::Void, void_at: Some(day(98)), ..row("b", -200, day(96)) };
        rows.transaction(&void);
        rows.balance(&reported(day(97), 800));
        rows.balance(&reported(T, 1_000));
    });
    // Day 95 closes before the posting, days 96 and 97 between posting and void, days 98 and 99 after both.
    assert_eq!(closing(&ledger), [1_000, 800, 800, 1_000, 1_000]);
    assert_eq!(ledger.accounts[0].reconciliation_error, Some(0));
}

#[test]
fn quirk_28_days_are_the_runs_zones_days_for_rows_snapshots_and_t_alike() {
    // Five hours west of UTC all year: its day 100 begins at 05:00 UTC.
    let west = r#"{"name":"west","steps":[[-9223372036854775808,-18000]]}"#;
    let zone: crate::time::Zone = serde_json::from_str(west).expect("a zone");
    let history = super::history(|rows| {
        rows.account(&AccountRow::checking("fca_1", "cus_1"));
        // 04:59:59 UTC of day 99 is still day 98 there.
        rows.transaction(&row("a", 100, day(99) + 17_999));
        rows.transaction(&row("b", 10, day(99) + 18_000));
        // The snapshot at 05:00:00 UTC closes day 98.
        rows.balance(&reported(day(99) + 18_000, 1_000));
    });
    let application = super::application(&["cus_1"], T + 18_000);
    let cut = super::Cut { application: &application, zone: &zone, balance_age_days_max: 7 };
    let ledger = super::cut(&history, &cut).expect("visible");
    assert_eq!(ledger.end, Day(100));
    assert_eq!(ledger.rows.iter().map(|row| row.day).collect::<Vec<_>>(), [Day(98), Day(99)]);
    assert_eq!(closing(&ledger), [1_000, 1_010]);
    assert_eq!(provenance(&ledger), [Provenance::Reported, Provenance::Rebuilt]);
}

/// The series of an account as (first day, closing balances of the last `N` days).
fn series<const N: usize>(ledger: &Ledger, account: usize) -> (Day, [i64; N]) {
    let daily = ledger.accounts[account].balances.as_ref().expect("balances");
    assert_eq!(daily.first.0 as usize + daily.closing.len(), 100, "the series ends the day before T's");
    (daily.first, *daily.closing.last_chunk().expect("long enough"))
}

#[test]
fn a_quiet_account_holds_its_opening_balance_from_the_first_day_that_the_application_shows() {
    let (_, ledger) = ledger_at(T, |rows| {
        rows.account(&AccountRow::checking("fca_1", "cus_1"));
        rows.account(&AccountRow::checking("fca_2", "cus_1"));
        rows.transaction(&row("a", 100, day(94)));
        rows.transaction(&TransactionRow { account: "fca_2", ..row("b", 250, day(98)) });
        rows.balance(&reported(T, 1_000));
        rows.balance(&BalanceRow { account: "fca_2", ..reported(T, 5_000) });
    });
    assert_eq!(series(&ledger, 0), (Day(94), [1_000; 6]));
    // 5,000 less the 250 of day 98 is what it held before, back to the checking account's first row and no further.
    assert_eq!(series(&ledger, 1), (Day(94), [4_750, 4_750, 4_750, 4_750, 5_000, 5_000]));
    let provenance = &ledger.accounts[1].balances.as_ref().expect("balances").provenance;
    assert_eq!(provenance[..5], [Provenance::Rebuilt; 5]);
    assert_eq!(ledger.accounts[1].first_day, Some(Day(98)), "history is still what rows show");
}

#[test]
fn an_account_that_never_moved_holds_its_snapshot_only_when_its_transactions_are_known() {
    let check = |status, days: Option<(Day, [i64; 3])>| {
        let (_, ledger) = ledger_at(T, |rows| {
            let transaction_refresh = Some(Refresh { status, last_attempted_at: Some(day(99)) });
            rows.account(&AccountRow::checking("fca_1", "cus_1"));
            rows.account(&AccountRow { transaction_refresh, ..AccountRow::checking("fca_2", "cus_1") });
            rows.transaction(&row("a", 100, day(97)));
            rows.balance(&reported(T, 1_000));
            rows.balance(&BalanceRow { account: "fca_2", ..reported(T, 5_000) });
        });
        assert_eq!(ledger.accounts[1].balances.is_some().then(|| series(&ledger, 1)), days, "{status:?}");
    };
    check(RefreshStatus::Succeeded, Some((Day(97), [5_000; 3])));
    check(RefreshStatus::Failed, None);
    check(RefreshStatus::Pending, None);
}

#[test]
fn an_early_snapshot_anchors_the_days_that_are_carried_back() {
    let (_, ledger) = ledger_at(T, |rows| {
        rows.account(&AccountRow::checking("fca_1", "cus_1"));
        rows.account(&AccountRow::checking("fca_2", "cus_1"));
        rows.transaction(&row("a", 100, day(95)));
        rows.transaction(&TransactionRow { account: "fca_2", ..row("b", 250, day(99)) });
        rows.balance(&reported(T, 1_000));
        rows.balance(&BalanceRow { account: "fca_2", ..reported(day(96) + 1, 70) });
        rows.balance(&BalanceRow { account: "fca_2", ..reported(T, 5_000) });
    });
    // Day 96 closes at its own snapshot and day 95 is rolled back from it; days 97 and 98 are rolled back from T's.
    assert_eq!(series(&ledger, 1), (Day(95), [70, 70, 4_750, 4_750, 5_000]));
    assert_eq!(ledger.accounts[1].reconciliation_error, None, "a snapshot before the rows bears no witness");
}

#[test]
fn only_deposit_accounts_of_the_scored_currency_are_carried_back_and_show_days() {
    let (_, ledger) = ledger_at(T, |rows| {
        let account = |id| AccountRow::checking(id, "cus_1");
        rows.account(&account("fca_1"));
        rows.account(&AccountRow { category: AccountCategory::Credit, ..account("fca_2") });
        rows.account(&account("fca_3"));
        let eur = Currency::parse("eur").expect("a code");
        let of = |id, account, at| TransactionRow { account, ..row(id, 10, day(at)) };
        rows.transaction(&of("a", "fca_1", 96));
        rows.transaction(&of("b", "fca_1", 97));
        rows.transaction(&of("card", "fca_2", 90));
        rows.transaction(&TransactionRow { currency: eur, ..of("euro", "fca_3", 80) });
        rows.balance(&reported(T, 1_000));
        rows.balance(&BalanceRow { account: "fca_2", ..reported(T, -500) });
        rows.balance(&BalanceRow { account: "fca_3", currency: eur, ..reported(T, 7_000) });
    });
    let first = |at: usize| ledger.accounts[at].balances.as_ref().expect("balances").first;
    assert_eq!([first(0), first(1), first(2)], [Day(96), Day(90), Day(80)]);
}

#[test]
fn a_quiet_spell_no_longer_than_those_shown_later_lies_before_the_first_row() {
    // Rows on days 20, 30, 40, 50, 60, 70: the longest spell without a row is the nine days between two of them.
    let rows_on = |days: &'static [i64]| {
        checking_at(day(100), move |rows| {
            rows.balance(&BalanceRow::reported("fca_1", day(100), 5_000));
            for at in days {
                let id = format!("fctxn_{at}");
                rows.transaction(&TransactionRow::posted(&id, "fca_1", 1_000, day(*at)));
            }
        })
        .1
    };
    let ledger = rows_on(&[20, 30, 40, 50, 60, 70]);
    assert_eq!(ledger.covered_from, Some(Day(20 - 9)));
    let balances = ledger.accounts[0].balances.as_ref().expect("a fresh snapshot");
    // 5,000 less six rows of 1,000: the opening balance stands still on the quiet days.
    assert_eq!((balances.first, balances.closing[0]), (Day(11), -1_000));
    assert_eq!(ledger.accounts[0].first_day, Some(Day(20)), "the first row is where it was");
    // A month's silence counts for two weeks, and with five active days there is no habit to judge by.
    assert_eq!(rows_on(&[20, 50, 51, 52, 53, 54]).covered_from, Some(Day(20 - 14)));
    assert_eq!(rows_on(&[20, 30, 40, 50, 60]).covered_from, Some(Day(20)));
}

#[test]
fn quirk_10_a_card_is_overpaid_when_its_balance_is_positive_and_owed_when_negative() {
    for current in [500, -7_000] {
        let (_, ledger) = ledger_at(T, |rows| {
            rows.account(&AccountRow {
                category: AccountCategory::Credit,
                subcategory: AccountSubcategory::CreditCard,
                ..AccountRow::checking("fca_1", "cus_1")
            });
            rows.transaction(&row("a", -100, day(99)));
            rows.balance(&reported(T, current));
        });
        assert_eq!((ledger.accounts[0].scope, ledger.accounts[0].balance_current), (Scope::Credit, Some(current)));
    }
}

#[test]
fn quirk_19_an_attempt_to_refresh_makes_no_balance_younger() {
    let refresh = |status, at| Some(Refresh { status, last_attempted_at: Some(day(at)) });
    for balance_refresh in [
        None,
        refresh(RefreshStatus::Succeeded, 99),
        refresh(RefreshStatus::Failed, 99),
        refresh(RefreshStatus::Pending, 99),
        refresh(RefreshStatus::Failed, 130),
    ] {
        let with = |as_of: Option<i64>| {
            let (_, ledger) = ledger_at(T, |rows| {
                rows.account(&AccountRow { balance_refresh, ..AccountRow::checking("fca_1", "cus_1") });
                rows.transaction(&row("a", -25, day(60)));
                rows.transaction(&row("b", 100, day(90)));
                as_of.into_iter().for_each(|at| rows.balance(&reported(at, 1_000)));
            });
            let account = &ledger.accounts[0];
            (account.balance_as_of, account.balance_current)
        };
        // The row of day 90 comes on top of the balance of day 61.
        assert_eq!(with(Some(day(61))), (Some(day(61)), Some(1_100)), "{balance_refresh:?}");
        assert_eq!(with(None), (None, None), "an attempt is no balance: {balance_refresh:?}");
    }
}

#[test]
fn an_old_snapshot_before_the_first_row_proves_nothing_and_a_fresh_one_does() {
    let at = |as_of: i64, first: i64| {
        let (_, ledger) = checking_at(T, |rows: &mut HistoryBuilder| {
            rows.transaction(&row("a", -7, day(first)));
            rows.balance(&reported(as_of, 1_000));
        });
        (ledger.accounts[0].balance_mode, ledger.accounts[0].balance_current)
    };
    // What moved between day 40 and day 80 nobody knows.
    assert_eq!(at(day(40), 80), (BalanceMode::None, None));
    assert_eq!(at(day(80), 80), (BalanceMode::Strict, Some(993)));
    // A new account: its snapshot is five days old and its first row four.
    assert_eq!(at(day(95), 96), (BalanceMode::Strict, Some(993)));
}
