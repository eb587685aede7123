//! A disputed decision: what a correction changes, and that both versions are kept.

use std::sync::Arc;

use super::{
    tests::{T, application, midnight, shipped, strained},
    *,
};
use crate::{
    assessment::Decision,
    correction::Action,
    row::{AccountRow, AsOf, BalanceRow, CorrectionRow, HolderKind, TransactionRow},
};

/// The strained life with corrections of the overdraft fees of these numbers.
fn disputed(corrections: &[CorrectionRow<'_>]) -> History {
    let engine = shipped();
    let mut rows = HistoryBuilder::new();
    let holder_kind = Some(HolderKind::Customer);
    rows.account(&AccountRow { holder_kind, ..AccountRow::checking("fca_1", "cus_1") });
    rows.balance(&BalanceRow::reported("fca_1", midnight(T), 250_000));
    let mut fees = 0;
    for (at, (back, amount, text)) in strained().into_iter().enumerate() {
        let is_fee = text == "OVERDRAFT FEE";
        let id = if is_fee { format!("fee_{fees}") } else { format!("fctxn_{at:04}") };
        fees += i32::from(is_fee);
        let noon = midnight(T.plus(-back)) + 43_200;
        rows.transaction(&TransactionRow { description: text, ..TransactionRow::posted(&id, "fca_1", amount, noon) });
    }
    // Every 8 days from day 80 on: days 80, 72, … 8.
    assert_eq!(fees, 10);
    let mut table = CorrectionsBuilder::default();
    corrections.iter().for_each(|row| table.push(row));
    rows.corrections(Arc::new(engine.corrections(table)));
    engine.history(&mut engine.session(), rows)
}

fn explained(corrections: &[CorrectionRow<'_>]) -> Explanation {
    let engine = shipped();
    engine.explain(&mut engine.session(), &disputed(corrections), &application())
}

fn value_of(answer: &Assessment, attribute: &str) -> Outcome {
    answer.characteristics.iter().find(|one| one.attribute == attribute).expect("of the card").value
}

const FEES: [&str; 10] = ["fee_0", "fee_1", "fee_2", "fee_3", "fee_4", "fee_5", "fee_6", "fee_7", "fee_8", "fee_9"];

#[test]
fn an_explanation_shows_the_answer_with_and_without_corrections() {
    let plain = explained(&[]);
    assert_eq!((plain.corrections.len(), plain.uncorrected.is_none()), (0, true));
    let fraud = FEES.map(|id| CorrectionRow::exclude(id, midnight(T) + 9, "Ana Example", "her account was taken over"));
    let told = explained(&fraud);
    let before = told.uncorrected.as_ref().expect("corrected");
    assert_eq!(before, &plain.assessment, "without corrections it is what it was");
    let attribute = "nsf_od_event_count_90d";
    assert_eq!(value_of(before, attribute), Ok(Value::Integer(10)));
    assert_eq!(value_of(&told.assessment, attribute), Ok(Value::Integer(0)));
    assert!(before.score < told.assessment.score, "{:?} {:?}", before.score, told.assessment.score);
    assert_eq!((told.assessment.counts.corrections_applied, told.assessment.counts.excluded), (10, 10));
    assert_eq!(told.assessment.decision, Decision::Refer, "no policy decides");
    let note = &told.corrections[0];
    assert_eq!((note.transaction_id.as_str(), note.action, note.in_effect), ("fee_0", Action::Exclude, true));
    assert_eq!((note.purpose_before.as_str(), &note.purpose_after), ("fee_overdraft", &None));
    assert_eq!((note.by.as_str(), note.why.as_str()), ("Ana Example", "her account was taken over"));
    assert_eq!((note.at, told.corrections.len()), (midnight(T) + 9, 10));
}

#[test]
fn who_corrected_and_why_stands_in_the_explanation_alone() {
    let told = explained(&[CorrectionRow {
        action: "recategorise",
        purpose: Some("fee_atm"),
        ..CorrectionRow::exclude("fee_0", 5, "Ana Example", "a cash machine fee")
    }]);
    assert_eq!(told.corrections[0].purpose_after.as_deref(), Some("fee_atm"));
    let answer = serde_json::to_string(&told.assessment).expect("plain data");
    assert!(!answer.contains("Ana") && !answer.contains("cash machine fee"), "{answer}");
    assert!(answer.contains(r#""corrections_applied":1"#), "{answer}");
    // Ten fees less the one that was none.
    assert_eq!(value_of(&told.assessment, "nsf_od_event_count_90d"), Ok(Value::Integer(9)));
}

#[test]
fn contradictory_corrections_leave_the_application_unscored_and_the_former_answer_beside_it() {
    let told = explained(&[
        CorrectionRow::exclude("fee_0", 5, "case_1", "fraud"),
        CorrectionRow {
            action: "recategorise",
            purpose: Some("fee_atm"),
            ..CorrectionRow::exclude("fee_0", 5, "case_2", "a cash machine fee")
        },
    ]);
    assert_eq!((told.assessment.status, told.assessment.score), (Status::IncompleteData, None));
    assert_eq!(told.assessment.reasons[0].code, code::CONFLICTING_DATA);
    assert_eq!(told.assessment.doubts, [ledger::Doubt::ConflictingCorrection]);
    assert_eq!(told.uncorrected.map(|answer| answer.status), Some(Status::Scored));
    assert_eq!(told.corrections, [], "none is in effect");
    let cause = ledger::Doubt::ConflictingCorrection;
    assert_eq!(told.corrections_not_applied, [NotApplied { transaction_id: "fee_0".to_owned(), cause }]);
}

#[test]
fn a_correction_that_cannot_be_applied_is_named_by_its_transaction_and_cause() {
    // Nobody says so; a purpose of inflow on money that went out.
    let nobody = CorrectionRow::exclude("fee_3", 5, "", "an old view");
    let salary = CorrectionRow {
        action: "recategorise",
        purpose: Some("income_salary"),
        ..CorrectionRow::exclude("fee_1", 5, "case_1", "it is pay")
    };
    let told = explained(&[nobody, salary, CorrectionRow::exclude("fee_2", 5, "case_1", "fraud")]);
    let not_applied: Vec<(&str, ledger::Doubt)> =
        told.corrections_not_applied.iter().map(|one| (one.transaction_id.as_str(), one.cause)).collect();
    let cause = ledger::Doubt::RejectedRow;
    assert_eq!(not_applied, [("fee_1", cause), ("fee_3", cause)]);
    assert_eq!((told.corrections.len(), told.corrections[0].transaction_id.as_str()), (1, "fee_2"));
}

#[test]
fn without_corrections_an_explanation_is_written_as_before() {
    let written = serde_json::to_string(&explained(&[])).expect("plain data");
    assert!(!written.contains("correct"), "{written}");
}

#[test]
fn the_order_of_corrections_changes_nothing() {
    let mut rows: Vec<CorrectionRow<'_>> = FEES
        .iter()
        .flat_map(|id| {
            let out = CorrectionRow::exclude(id, 5, "case_1", "fraud");
            [
                out.clone(),
                CorrectionRow { action: "recategorise", purpose: Some("fee_atm"), at: AsOf::Instant(4), ..out },
            ]
        })
        .collect();
    let there = disputed(&rows);
    rows.reverse();
    rows.rotate_left(7);
    assert_eq!(there, disputed(&rows));
}
