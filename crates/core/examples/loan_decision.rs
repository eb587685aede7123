//! One loan decision, from rows that a lending service already holds in memory.
//!
//! `cargo run -p cashline-core --example loan_decision`

use std::error::Error;

use cashline_core::{
    application::{Applicant, Application},
    decide::policy::Policy,
    engine::{Engine, EngineParts},
    history::HistoryBuilder,
    row::{AccountRow, ApplicantRole, BalanceRow, TransactionRow},
    time::{Day, Zone},
};

/// The lender's policy: copy `data/policy/example.toml` and set your own numbers.
const POLICY: &str = include_str!("../../../data/policy/example.toml");

#[expect(clippy::print_stdout, reason = "an example shows its result")]
fn main() -> Result<(), Box<dyn Error>> {
    // Once, when the service starts: the last thing that can fail.
    let engine = Engine::new(EngineParts { policy: Policy::from_toml(POLICY)?, ..EngineParts::builtin()? })?;
    // Once a thread: a memo that never changes an answer.
    let mut session = engine.session();

    // The moment of the application; everything from then on is invisible.
    let today = Day::from_civil(2026, 6, 1);
    let midnight = |days_before: i32| Zone::utc().midnight(today.plus(-days_before));

    // Rows come in any order, whole or piecemeal.
    let mut rows = HistoryBuilder::new();
    rows.account(&AccountRow::checking("fca_1", "cus_1"));
    rows.balance(&BalanceRow::reported("fca_1", midnight(0), 184_500));
    for week in 0..25 {
        let pay = format!("fctxn_pay_{week}");
        let food = format!("fctxn_food_{week}");
        let row = TransactionRow::posted(&pay, "fca_1", 78_000, midnight(3 + 7 * week));
        rows.transaction(&TransactionRow { description: "ACME CORP PAYROLL DIRECT DEP", ..row });
        let row = TransactionRow::posted(&food, "fca_1", -13_900, midnight(5 + 7 * week));
        rows.transaction(&TransactionRow { description: "KROGER #412 CINCINNATI OH", ..row });
    }
    for month in 0..6 {
        let rent = format!("fctxn_rent_{month}");
        let row = TransactionRow::posted(&rent, "fca_1", -115_000, midnight(1 + 30 * month));
        rows.transaction(&TransactionRow { description: "OAKWOOD APARTMENTS RENT", ..row });
    }
    let history = engine.history(&mut session, rows);

    let application = Application {
        application_id: "app_1".to_owned(),
        applicants: vec![Applicant { id: "cus_1".to_owned(), role: ApplicantRole::Primary, account_ids: vec![] }],
        as_of: midnight(0),
        requested_amount: Some(500_000),
        term_months: Some(24),
        instalment_amount: Some(24_900),
        stated_income: None,
        currency: None,
        extras: vec![],
    };
    let answer = engine.assess(&mut session, &history, &application);
    println!("{:?}: score {:?}, band {:?}, {:?}", answer.status, answer.score, answer.band, answer.decision);
    for reason in &answer.reasons {
        println!("  {:?} {}: {} ({})", reason.side, reason.rank, reason.text, reason.reviewer);
    }
    // The same answer, with the rules that were held against it and the rows behind each reason.
    let told = engine.explain(&mut session, &history, &application);
    println!("{}", serde_json::to_string_pretty(&told.evidence)?);
    Ok(())
}
