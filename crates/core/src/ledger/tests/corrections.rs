//! What corrections make of a ledger: rows relabelled, rows left out, balances untouched, doubts.

use std::sync::Arc;

use super::{application, checking_at, cut_for, day, history, ids, ledger_at};
use crate::{
    category::{
        label::{Role, RuleId},
        taxonomy::Taxonomy,
    },
    correction::{Corrections, CorrectionsBuilder},
    defect::{DefectKind, Source},
    history::{Doubt, HistoryBuilder},
    ledger::{Counts, Ledger, LedgerRow},
    row::{AccountRow, BalanceRow, CorrectionRow, TransactionRow, TransactionStatus},
    time::Zone,
};

const T: i64 = 100 * 86_400;

fn exclude(id: &'static str) -> CorrectionRow<'static> {
    CorrectionRow::exclude(id, T + 5, "case_1", "card stolen")
}

fn recategorise(id: &'static str, purpose: &'static str) -> CorrectionRow<'static> {
    CorrectionRow { action: "recategorise", purpose: Some(purpose), source: Source { file: 4, line: 2 }, ..exclude(id) }
}

fn table(rows: &[CorrectionRow<'_>]) -> Arc<Corrections> {
    let mut builder = CorrectionsBuilder::default();
    rows.iter().for_each(|row| builder.push(row));
    Arc::new(builder.finish(&Taxonomy::builtin(), &Zone::utc()))
}

fn bought(id: &'static str, account: &'static str, amount: i64, at: i64) -> TransactionRow<'static> {
    TransactionRow { description: "KROGER #412", ..TransactionRow::posted(id, account, amount, at) }
}

/// Three purchases and a snapshot that holds them all, with corrections.
fn purchases(rows: &mut HistoryBuilder, corrections: &[CorrectionRow<'_>]) {
    rows.transaction(&bought("a", "fca_1", -1_000, day(90)));
    rows.transaction(&bought("b", "fca_1", -2_000, day(92)));
    rows.transaction(&bought("c", "fca_1", -4_000, day(94)));
    rows.balance(&BalanceRow::reported("fca_1", T, 50_000));
    rows.corrections(table(corrections));
}

fn purpose(row: &LedgerRow) -> String {
    Taxonomy::builtin().info(row.label.purpose).name.clone()
}

/// Rows used, excluded, corrections applied and idle.
fn counted(ledger: &Ledger) -> [u64; 4] {
    let Counts { rows_used, excluded, corrections_applied, corrections_idle, .. } = ledger.counts;
    [rows_used, excluded, corrections_applied, corrections_idle]
}

#[test]
fn a_corrected_purpose_is_as_sure_as_can_be_and_says_that_a_correction_decided() {
    // Made after T: it says what the row was, not when somebody found out.
    let (history, ledger) = checking_at(T, |rows| purchases(rows, &[recategorise("b", "rent")]));
    let [a, b, c] = &ledger.rows[..] else { panic!("three rows") };
    assert_eq!([a, b, c].map(purpose), ["groceries", "rent", "groceries"]);
    assert_eq!((b.label.rule, b.label.confidence, b.label.role), (RuleId::CORRECTION, 100, Role(0)));
    assert_eq!((b.label.instrument, b.label.counterparty), (a.label.instrument, a.label.counterparty));
    assert_eq!((counted(&ledger), &ledger.corrected[..]), ([3, 0, 1, 0], &[b.index][..]));
    assert_eq!(history.without_corrections().label(b.index), Some(a.label));
}

#[test]
fn a_confirmed_purpose_keeps_who_stands_on_the_other_side() {
    let fill = |corrections: &[CorrectionRow<'_>]| {
        checking_at(T, |rows| {
            rows.transaction(&TransactionRow {
                description: "SPEEDY CASH PAYDAY LOAN PMT",
                ..TransactionRow::posted("a", "fca_1", -18_000, day(90))
            });
            rows.corrections(table(corrections));
        })
    };
    let ruled = fill(&[]).1.rows[0];
    assert_ne!(ruled.label.role, Role(0), "the rules know the lender");
    let taxonomy = Taxonomy::builtin();
    let name = taxonomy.purposes().iter().find(|info| info.name == purpose(&ruled)).expect("its own").name.clone();
    let same = fill(&[CorrectionRow { purpose: Some(&name), ..recategorise("a", "") }]).1.rows[0];
    assert_eq!((same.label.role, same.label.rule), (ruled.label.role, RuleId::CORRECTION));
    assert_eq!(fill(&[recategorise("a", "no_such_purpose")]).1.doubts, [Doubt::RejectedRow], "no such purpose");
    assert_eq!(fill(&[recategorise("a", "rent")]).1.rows[0].label.role, Role(0));
}

#[test]
fn an_excluded_row_stands_in_no_list_and_still_moves_the_balances() {
    let (history, ledger) = checking_at(T, |rows| purchases(rows, &[exclude("b")]));
    assert_eq!(ids(&history, &ledger.rows), ["a", "c"]);
    assert_eq!((counted(&ledger), ledger.corrected.len()), ([2, 1, 1, 0], 1));
    let (_, plain) = checking_at(T, |rows| purchases(rows, &[]));
    assert_eq!(ledger.accounts, plain.accounts, "first day, last day, balances");
    // Back from 50,000: + 4,000 before day 94, + 2,000 before day 92 although it is left out, + 1,000 before day 90.
    let closing = &ledger.accounts[0].balances.as_ref().expect("a snapshot").closing;
    let last: [i64; 10] = *closing.last_chunk().expect("ten days");
    assert_eq!((last[0], last[1], last[2], last[4]), (56_000, 56_000, 54_000, 50_000));
}

#[test]
fn an_excluded_pending_row_and_an_excluded_leg_of_a_transfer_are_gone_too() {
    let (history, ledger) = ledger_at(T, |rows| {
        rows.account(&AccountRow::checking("fca_1", "cus_1"));
        rows.account(&AccountRow::checking("fca_2", "cus_1"));
        let moved = |id, account, amount| TransactionRow {
            description: "ONLINE TRANSFER",
            ..TransactionRow::posted(id, account, amount, day(90))
        };
        rows.transaction(&moved("out", "fca_1", -5_000));
        rows.transaction(&moved("into", "fca_2", 5_000));
        rows.transaction(&TransactionRow::pending("p", "fca_1", -700, day(99)));
        rows.corrections(table(&[exclude("out"), exclude("p")]));
    });
    assert_eq!((ids(&history, &ledger.rows), ledger.pending.len()), (vec!["into"], 0));
    assert!(!ledger.rows[0].internal, "its counterpart is not there");
    assert_eq!((counted(&ledger), ledger.counts.pending), ([1, 2, 2, 0], 0));
}

#[test]
fn a_row_corrected_to_a_transfer_is_paired_and_one_corrected_away_from_it_is_not() {
    let legs = |corrections: &[CorrectionRow<'_>], text| {
        ledger_at(T, |rows| {
            rows.account(&AccountRow::checking("fca_1", "cus_1"));
            rows.account(&AccountRow::checking("fca_2", "cus_1"));
            let row = |id, account, amount, at| TransactionRow {
                description: text,
                ..TransactionRow::posted(id, account, amount, day(at))
            };
            rows.transaction(&row("out", "fca_1", -5_000, 90));
            rows.transaction(&row("into", "fca_2", 5_000, 93));
            rows.corrections(table(corrections));
        })
        .1
    };
    let paired = |ledger: &Ledger| ledger.rows.iter().all(|row| row.internal);
    assert!(!paired(&legs(&[], "XQZV")), "three days apart, and neither says transfer");
    assert!(paired(&legs(&[recategorise("out", "transfer_internal")], "XQZV")));
    assert!(paired(&legs(&[], "ONLINE TRANSFER")));
    assert!(!paired(&legs(&[recategorise("out", "rent")], "ONLINE TRANSFER")));
}

#[test]
fn contradictions_put_an_application_in_doubt_only_when_it_sees_the_row() {
    let contradiction =
        [exclude("c"), CorrectionRow { source: Source { file: 4, line: 3 }, ..recategorise("c", "rent") }];
    let history = history(|rows| {
        rows.account(&AccountRow::checking("fca_1", "cus_1"));
        purchases(rows, &contradiction);
    });
    let at = |t| cut_for(&history, &application(&["cus_1"], t)).expect("visible");
    assert_eq!(at(T).doubts, [Doubt::ConflictingCorrection]);
    assert_eq!(at(T).rows.iter().map(purpose).collect::<Vec<_>>(), ["groceries"; 3], "neither applies");
    // On day 93 the row of day 94 is not there yet.
    assert_eq!((at(day(93)).doubts, counted(&at(day(93)))), (vec![], [2, 0, 0, 0]));
    assert_eq!(history.without_corrections().amended(), None);
}

#[test]
fn a_purpose_that_money_of_that_sign_cannot_have_is_a_defect_and_a_doubt() {
    let (history, ledger) = checking_at(T, |rows| purchases(rows, &[recategorise("b", "income_salary")]));
    let defect = &history.defects()[0];
    assert_eq!((defect.source.file, defect.source.line, defect.column.as_str()), (4, 2, "purpose"));
    assert_eq!((defect.kind, defect.account()), (DefectKind::PurposeNotAllowed, Some("fca_1")));
    assert_eq!((ledger.doubts, history.defects().len()), (vec![Doubt::RejectedRow], 1));
    // Every version counts: one that came in cannot be rent.
    let (_, ledger) = checking_at(T, |rows| {
        for (updated, amount) in [(1, 2_000), (2, -2_000)] {
            rows.transaction(&TransactionRow {
                updated: Some(updated),
                ..TransactionRow::posted("a", "fca_1", amount, day(90))
            });
        }
        rows.corrections(table(&[recategorise("a", "rent")]));
    });
    assert_eq!(ledger.doubts, [Doubt::RejectedRow]);
}

#[test]
fn a_correction_of_a_row_that_is_not_in_use_is_idle_and_told() {
    let (_, ledger) = checking_at(day(93), |rows| purchases(rows, &[exclude("c"), recategorise("a", "rent")]));
    assert_eq!(counted(&ledger), [2, 0, 1, 1], "the row of day 94 is not visible on day 93");
    let (_, ledger) = checking_at(T, |rows| {
        rows.transaction(&bought("a", "fca_1", -1_000, day(90)));
        rows.transaction(&TransactionRow { status: TransactionStatus::Void, ..bought("v", "fca_1", -9, day(91)) });
        rows.corrections(table(&[exclude("v"), exclude("of another pool")]));
    });
    assert_eq!(counted(&ledger), [1, 0, 0, 1]);
}

#[test]
fn a_correction_holds_whichever_link_of_the_account_has_the_id() {
    let merged = |corrected: &'static str| {
        ledger_at(T, |rows| {
            for account in ["fca_1", "fca_2"] {
                rows.account(&AccountRow {
                    institution_name: Some("First Bank"),
                    last4: Some("0042"),
                    ..AccountRow::checking(account, "cus_1")
                });
            }
            for (id, account, at) in [
                ("a1", "fca_1", 90),
                ("b1", "fca_1", 92),
                ("c1", "fca_1", 92),
                ("a2", "fca_2", 90),
                ("b2", "fca_2", 92),
            ] {
                rows.transaction(&bought(id, account, -1_000, day(at)));
            }
            rows.corrections(table(&[exclude(corrected)]));
        })
    };
    for corrected in ["b1", "b2"] {
        let (history, ledger) = merged(corrected);
        // Two purchases of day 92 in one link, one in the other: two, less the one left out.
        assert_eq!((ledger.accounts.len(), ledger.rows.len(), counted(&ledger)), (1, 2, [2, 1, 1, 0]), "{corrected}");
        assert!(!ids(&history, &ledger.rows).contains(&corrected));
    }
}

#[test]
fn a_correction_of_one_link_stands_for_the_row_of_its_letters_among_equal_amounts() {
    let left = |corrected: &[&'static str]| {
        let (history, ledger) = ledger_at(T, |rows| {
            for account in ["fca_1", "fca_2"] {
                rows.account(&AccountRow {
                    institution_name: Some("First Bank"),
                    last4: Some("0042"),
                    ..AccountRow::checking(account, "cus_1")
                });
            }
            // Rent and cash of one day and amount, in both links, their digits other.
            for (id, account, description) in [
                ("cash_1", "fca_1", "ATM WITHDRAWAL 11"),
                ("rent_1", "fca_1", "RENT 12"),
                ("cash_2", "fca_2", "ATM WITHDRAWAL 21"),
                ("rent_2", "fca_2", "RENT 22"),
            ] {
                rows.transaction(&TransactionRow { description, ..bought(id, account, -1_000, day(90)) });
            }
            rows.corrections(table(&corrected.iter().map(|id| exclude(id)).collect::<Vec<_>>()));
        });
        ids(&history, &ledger.rows).iter().map(|id| id.split('_').next().unwrap_or("").to_owned()).collect::<Vec<_>>()
    };
    for (corrected, other) in [("rent_1", "cash"), ("rent_2", "cash"), ("cash_1", "rent"), ("cash_2", "rent")] {
        assert_eq!(left(&[corrected]), [other], "{corrected}");
    }
    // Each link has a correction of another row: both stand. Of one row, they are one.
    assert_eq!(left(&["cash_1", "rent_2"]), [""; 0]);
    assert_eq!(left(&["rent_1", "rent_2"]), ["cash"]);
}

#[test]
fn a_table_of_corrections_without_rows_leaves_nothing_behind() {
    let plain = history(|rows| {
        rows.account(&AccountRow::checking("fca_1", "cus_1"));
        purchases(rows, &[]);
    });
    let elsewhere = history(|rows| {
        rows.account(&AccountRow::checking("fca_1", "cus_1"));
        purchases(rows, &[exclude("of another pool")]);
    });
    assert_eq!((plain.amended(), &plain), (None, &elsewhere));
    let ledger = cut_for(&plain, &application(&["cus_1"], T)).expect("visible");
    let written = serde_json::to_string(&ledger.counts).expect("plain data");
    assert!(!written.contains("correction") && !written.contains("excluded"), "{written}");
}
