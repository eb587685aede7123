//! Ledgers cut from histories written by hand, with the arithmetic beside them; and the laws, over generated ones.

mod balances;
mod contradictions;
mod corrections;
mod delivery;
mod laws;
mod relinks;
mod selection;
mod visibility;

use std::sync::LazyLock;

use super::{Cut, Ledger, NoLedger, cut};
use crate::{
    application::{Applicant, Application},
    category::categoriser::{Categoriser, Memo},
    history::{History, HistoryBuilder},
    row::{AccountRow, ApplicantRole},
    time::Zone,
};

/// Seconds of a day's midnight; T of most tests is `day(100)`.
fn day(n: i64) -> i64 {
    n * 86_400
}

fn application(applicants: &[&str], t: i64) -> Application {
    let applicant = |id: &&str| Applicant { id: (*id).to_owned(), role: ApplicantRole::Primary, account_ids: vec![] };
    Application {
        application_id: "app_1".to_owned(),
        applicants: applicants.iter().map(applicant).collect(),
        as_of: t,
        requested_amount: None,
        term_months: None,
        instalment_amount: None,
        stated_income: None,
        currency: None,
        extras: vec![],
    }
}

fn history(fill: impl FnOnce(&mut HistoryBuilder)) -> History {
    // Compiling the rules costs more than all of a test's rows.
    static CATEGORISER: LazyLock<Categoriser> = LazyLock::new(Categoriser::builtin);
    let mut rows = HistoryBuilder::new();
    fill(&mut rows);
    rows.finish(&CATEGORISER, &mut Memo::default())
}

fn cut_for(history: &History, application: &Application) -> Result<Ledger, NoLedger> {
    let zone = Zone::utc();
    let ledger = cut(history, &Cut { application, zone: &zone, balance_age_days_max: 7 });
    if let Ok(ledger) = &ledger {
        assert_counts_add_up(ledger);
    }
    ledger
}

/// The ledger of `cus_1` at T.
fn ledger_at(t: i64, fill: impl FnOnce(&mut HistoryBuilder)) -> (History, Ledger) {
    let history = history(fill);
    let ledger = cut_for(&history, &application(&["cus_1"], t)).expect("something is visible");
    (history, ledger)
}

/// The same with one checking account `fca_1` of `cus_1`.
fn checking_at(t: i64, fill: impl FnOnce(&mut HistoryBuilder)) -> (History, Ledger) {
    ledger_at(t, |rows| {
        rows.account(&AccountRow::checking("fca_1", "cus_1"));
        fill(rows);
    })
}

fn ids<'h>(history: &'h History, rows: &[super::LedgerRow]) -> Vec<&'h str> {
    rows.iter().map(|row| history.id(row.index)).collect()
}

fn assert_counts_add_up(ledger: &Ledger) {
    let counts = &ledger.counts;
    let fates = counts.rows_used
        + counts.pending
        + counts.not_visible
        + counts.superseded
        + counts.void
        + counts.zero_amount
        + counts.duplicate_rows
        + counts.relinked_rows
        + counts.foreign_currency_rows
        + counts.repaired_pending
        + counts.conflicting_rows
        + counts.excluded;
    assert_eq!(counts.rows_seen, fates, "{counts:?}");
    assert_eq!(counts.rows_used, (ledger.rows.len() + ledger.other_rows.len()) as u64);
}
