//! Which rows are visible at T, in which version and state.

use super::{checking_at, day, ids, ledger_at};
use crate::{
    ledger::Doubt,
    row::{AccountCategory, AccountRow, TransactionRow, TransactionStatus},
    time::Day,
};

const T: i64 = 100 * 86_400;

fn row(id: &'static str, amount: i64, at: i64) -> TransactionRow<'static> {
    TransactionRow::posted(id, "fca_1", amount, at)
}

#[test]
fn t_is_exclusive_and_the_last_second_before_it_counts() {
    let (history, ledger) = checking_at(T, |rows| {
        rows.transaction(&row("b_last_second", 1, T - 1));
        rows.transaction(&row("c_at_t", 1, T));
        rows.transaction(&row("a_later", 1, T + 1));
    });
    assert_eq!(ids(&history, &ledger.rows), ["b_last_second"]);
    assert_eq!((ledger.counts.not_visible, ledger.counts.rows_seen), (2, 3));
    assert_eq!((ledger.end, ledger.rows[0].day), (Day(100), Day(99)));
}

#[test]
fn a_kind_of_account_that_is_told_only_after_t_labels_no_row_before_it() {
    let label = |later: AccountCategory| {
        let (history, ledger) = ledger_at(T, |rows| {
            let export = |day_of: i64, category| AccountRow {
                known_at: Some(day(day_of)),
                category,
                ..AccountRow::checking("fca_1", "cus_1")
            };
            rows.account(&export(99, AccountCategory::Cash));
            rows.account(&export(101, later));
            // On a card this is its payment; on a checking account no rule knows it.
            rows.transaction(&TransactionRow { description: "PAYMENT RECEIVED", ..row("a", 5_000, T - 1) });
        });
        history.label(ledger.rows[0].index)
    };
    assert_eq!(label(AccountCategory::Credit), label(AccountCategory::Cash));
    assert!(label(AccountCategory::Cash).is_some());
}

#[test]
fn within_a_day_t_ends_the_window_with_the_day_of_the_second_before() {
    // T = day 100, 12:00: day 100 is the last, partial day of every window.
    let (_, ledger) = checking_at(T + 43_200, |rows| rows.transaction(&row("a", 1, T)));
    assert_eq!(ledger.end, Day(101));
}

#[test]
fn a_row_posted_at_t_or_later_is_pending_at_t_and_posted_after() {
    let late = TransactionRow { posted_at: Some(T), ..row("a", -700, T - 86_400) };
    let (history, ledger) = checking_at(T, |rows| rows.transaction(&late));
    assert!(ledger.rows.is_empty());
    assert_eq!(ids(&history, &ledger.pending), ["a"]);
    assert_eq!(ledger.pending[0].day, Day(99), "a pending row stands on its transaction day");
    let (_, ledger) = checking_at(T + 1, |rows| rows.transaction(&late));
    assert_eq!((ledger.rows.len(), ledger.pending.len()), (1, 0));
    assert_eq!(ledger.rows[0].day, Day(100), "a posted row stands on its posting day");
}

#[test]
fn quirk_13_the_larger_updated_wins_in_any_order() {
    let one = TransactionRow { updated: Some(day(91)), ..row("a", -100, day(90)) };
    let two = TransactionRow { updated: Some(day(92)), ..row("a", -125, day(90)) };
    for pair in [[one, two], [two, one]] {
        let (_, ledger) = checking_at(T, |rows| pair.iter().for_each(|row| rows.transaction(row)));
        assert_eq!(ledger.rows.iter().map(|row| row.amount).collect::<Vec<_>>(), [-125]);
        assert_eq!(ledger.counts.superseded, 1);
        assert!(ledger.doubts.is_empty());
    }
}

#[test]
fn quirk_13_a_version_written_after_t_does_not_replace_one_written_before() {
    let known = TransactionRow { updated: Some(day(95)), ..row("a", -100, day(90)) };
    let tipped = TransactionRow { updated: Some(T), ..row("a", -125, day(90)) };
    let (_, ledger) = checking_at(T, |rows| {
        rows.transaction(&known);
        rows.transaction(&tipped);
    });
    assert_eq!(ledger.rows[0].amount, -100);
    assert_eq!((ledger.counts.not_visible, ledger.counts.version_after_t), (1, 0));
}

#[test]
fn without_a_version_before_t_the_earliest_stands_and_is_counted() {
    let (_, ledger) = checking_at(T, |rows| {
        rows.transaction(&TransactionRow { updated: Some(T + 2), ..row("a", -125, day(90)) });
        rows.transaction(&TransactionRow { updated: Some(T + 1), ..row("a", -100, day(90)) });
    });
    assert_eq!(ledger.rows[0].amount, -100);
    assert_eq!((ledger.counts.version_after_t, ledger.counts.not_visible), (1, 1));
}

#[test]
fn a_version_without_updated_gives_way_to_one_that_has_it() {
    let (_, ledger) = checking_at(T, |rows| {
        rows.transaction(&TransactionRow { updated: Some(day(91)), ..row("a", -125, day(90)) });
        rows.transaction(&row("a", -100, day(90)));
    });
    assert_eq!((ledger.rows[0].amount, ledger.counts.superseded), (-125, 1));
}

#[test]
fn quirk_31_repeated_rows_count_once() {
    let (_, ledger) = checking_at(T, |rows| {
        (0..3).for_each(|_| rows.transaction(&row("a", -100, day(90))));
    });
    assert_eq!((ledger.rows.len(), ledger.counts.duplicate_rows), (1, 2));
    assert!(ledger.doubts.is_empty());
}

#[test]
fn equal_rows_with_different_ids_are_two_purchases() {
    let (_, ledger) = checking_at(T, |rows| {
        rows.transaction(&row("a", -450, day(90)));
        rows.transaction(&row("b", -450, day(90)));
    });
    assert_eq!((ledger.rows.len(), ledger.counts.duplicate_rows), (2, 0));
}

#[test]
fn a_conflict_rejects_both_rows_and_casts_doubt_once_it_is_visible() {
    let fill = |rows: &mut crate::history::HistoryBuilder| {
        rows.transaction(&row("a", -100, day(90)));
        rows.transaction(&row("a", -101, day(90)));
        rows.transaction(&row("b", 5, day(80)));
    };
    let (history, ledger) = checking_at(T, fill);
    assert_eq!(ids(&history, &ledger.rows), ["b"]);
    assert_eq!((ledger.counts.conflicting_rows, ledger.doubts), (2, vec![Doubt::ConflictingDuplicate]));
    // Before either was transacted nobody could know.
    let (_, ledger) = checking_at(day(90), fill);
    assert_eq!((ledger.counts.conflicting_rows, ledger.counts.not_visible), (0, 2));
    assert!(ledger.doubts.is_empty());
}

#[test]
fn an_id_that_two_accounts_claim_is_a_conflict_from_the_second_claim_on() {
    let fill = |rows: &mut crate::history::HistoryBuilder| {
        rows.account(&crate::row::AccountRow::checking("fca_2", "cus_1"));
        rows.transaction(&row("b", 5, day(80)));
        let claim = |account, at| TransactionRow { account, updated: Some(at), ..row("a", -100, day(90)) };
        rows.transaction(&claim("fca_1", day(91)));
        rows.transaction(&claim("fca_2", day(95)));
    };
    let (history, ledger) = checking_at(day(95) + 1, fill);
    assert_eq!((ids(&history, &ledger.rows), ledger.counts.conflicting_rows), (vec!["b"], 2));
    assert_eq!(ledger.doubts, [Doubt::ConflictingDuplicate]);
    // Before the second claim the first account's row stands; the second account's version was not written yet.
    let (_, ledger) = checking_at(day(95), fill);
    assert_eq!((ledger.rows.iter().map(|row| row.account).collect::<Vec<_>>(), ledger.doubts), (vec![0, 0], vec![]));
}

#[test]
fn quirk_15_a_void_row_is_excluded_from_its_void_on() {
    let voided = TransactionRow {
        status: TransactionStatus::Void,
        posted_at: Some(day(91)),
        void_at: Some(day(95)),
        ..row("a", -900, day(90))
    };
    let fill = |rows: &mut crate::history::HistoryBuilder| {
        rows.transaction(&voided);
        rows.transaction(&row("b", 5, day(80)));
    };
    let (history, ledger) = checking_at(day(95) + 1, fill);
    assert_eq!((ids(&history, &ledger.rows), ledger.counts.void), (vec!["b"], 1));
    let (history, ledger) = checking_at(day(95), fill);
    assert_eq!(ids(&history, &ledger.rows), ["b", "a"], "not yet void: posted");
    let (history, ledger) = checking_at(day(91), fill);
    assert_eq!(ids(&history, &ledger.pending), ["a"], "not yet posted: pending");
    let undated = TransactionRow { void_at: None, ..voided };
    let (_, ledger) = checking_at(day(91), |rows| {
        rows.transaction(&undated);
        rows.transaction(&row("b", 5, day(80)));
    });
    assert_eq!((ledger.counts.void, ledger.pending.len()), (1, 0), "void without a date: always void");
}

#[test]
fn quirk_17_status_decides_when_dates_contradict_it() {
    let (history, ledger) = checking_at(T, |rows| {
        rows.transaction(&TransactionRow { posted_at: None, ..row("posted_undated", -1, day(90)) });
        rows.transaction(&TransactionRow {
            posted_at: Some(day(92)),
            ..TransactionRow::pending("pending_dated", "fca_1", -2, day(91))
        });
    });
    assert_eq!(ids(&history, &ledger.rows), ["posted_undated"]);
    assert_eq!(ledger.rows[0].day, Day(90));
    assert_eq!(ids(&history, &ledger.pending), ["pending_dated"]);
    assert_eq!(ledger.counts.status_inconsistent, 2);
}

#[test]
fn quirk_18_an_update_older_than_its_row_and_times_far_off_do_not_crash() {
    let (_, ledger) = checking_at(T, |rows| {
        rows.transaction(&TransactionRow { updated: Some(1), ..row("a", -1, day(90)) });
        rows.transaction(&row("b", -1, 1));
        rows.transaction(&row("c", -1, crate::limits::SECONDS_END - 1));
    });
    assert_eq!((ledger.rows.len(), ledger.counts.not_visible), (2, 1));
    assert_eq!(ledger.rows[0].day, Day(0));
}

#[test]
fn quirk_12_zero_amounts_are_kept_out_and_counted() {
    let (_, ledger) = checking_at(T, |rows| {
        rows.transaction(&row("a", 0, day(90)));
        rows.transaction(&TransactionRow::pending("b", "fca_1", 0, day(99)));
        rows.transaction(&row("c", 7, day(95)));
    });
    assert_eq!((ledger.rows.len(), ledger.pending.len(), ledger.counts.zero_amount), (1, 0, 2));
    assert_eq!(ledger.accounts[0].first_day, Some(Day(95)));
}

#[test]
fn quirk_14_a_pending_row_that_came_back_under_a_new_id_is_counted_once() {
    let check = |posted_day: i64, text: &'static str, amount: i64, repaired: u64| {
        let (_, ledger) = checking_at(T, |rows| {
            let pending = TransactionRow::pending("p", "fca_1", -4_200, day(85));
            rows.transaction(&TransactionRow { description: "FUEL 12", ..pending });
            let posted = TransactionRow { description: text, transacted_at: day(85), ..row("n", amount, day(85)) };
            rows.transaction(&TransactionRow { posted_at: Some(day(posted_day)), ..posted });
        });
        assert_eq!(ledger.counts.repaired_pending, repaired, "{posted_day} {text} {amount}");
        assert_eq!(ledger.pending.len() as u64, 1 - repaired);
        assert_eq!(ledger.rows.len(), 1);
    };
    check(85, "FUEL 12", -4_200, 1);
    check(95, "FUEL 12", -4_200, 1);
    check(96, "FUEL 12", -4_200, 0);
    check(86, "FUEL 13", -4_200, 0);
    check(86, "FUEL 12", -4_201, 0);
}

#[test]
fn quirk_14_one_posted_row_settles_one_pending_row_and_never_an_earlier_purchase() {
    let (history, ledger) = checking_at(T, |rows| {
        for (id, at) in [("p1", 90), ("p2", 91), ("p3", 98)] {
            rows.transaction(&TransactionRow::pending(id, "fca_1", -450, day(at)));
        }
        // Bought on day 89, before any of the pending ones; then the one that settles p1.
        let posted = |id, bought, at| TransactionRow { transacted_at: day(bought), ..row(id, -450, day(at)) };
        rows.transaction(&posted("n0", 89, 92));
        rows.transaction(&posted("n1", 90, 93));
    });
    assert_eq!(ids(&history, &ledger.pending), ["p2", "p3"]);
    assert_eq!((ledger.counts.repaired_pending, ledger.rows.len()), (1, 2));
}

#[test]
fn rows_stand_in_the_order_time_account_id() {
    let (history, ledger) = super::ledger_at(T, |rows| {
        rows.account(&crate::row::AccountRow::checking("fca_1", "cus_1"));
        rows.account(&crate::row::AccountRow::checking("fca_2", "cus_1"));
        for (id, account, at) in
            [("z", "fca_1", 90), ("b", "fca_2", 90), ("a", "fca_2", 91), ("c", "fca_2", 90), ("d", "fca_1", 89)]
        {
            rows.transaction(&TransactionRow::posted(id, account, 1, day(at)));
        }
    });
    assert_eq!(ids(&history, &ledger.rows), ["d", "z", "b", "c", "a"]);
}

#[test]
fn no_instant_panics() {
    use crate::row::BalanceRow;
    let pool = super::history(|rows| {
        rows.account(&crate::row::AccountRow::checking("fca_1", "cus_1"));
        rows.transaction(&TransactionRow::posted("a", "fca_1", 5, super::day(90)));
        rows.balance(&BalanceRow::reported("fca_1", super::day(95), 7));
    });
    for t in [i64::MIN, i64::MIN + 1, -1, 0, 1, i64::from(u32::MAX), i64::MAX - 1, i64::MAX] {
        let seen = super::cut_for(&pool, &super::application(&["cus_1"], t)).map_or(0, |ledger| ledger.rows.len());
        assert_eq!(seen, usize::from(super::day(90) < t), "{t}");
    }
}
