//! What a caller of the library may hand over by mistake: another engine's history or session, an application that no door
//! lets through.

use super::{
    tests::{T, application, history_of, midnight, parts, shipped, steady},
    *,
};
use crate::{
    category::categoriser::Categoriser,
    institution::Names,
    row::{AccountRow, BalanceRow, CorrectionRow, HolderKind, TransactionRow},
};

const RULES: &str = r#"
version = 1
precedence = "before"
[[rule]]
id = "mine-bets"
patterns = ["KROGER"]
outflow = "gambling"
instrument = "card"
confidence = 99
examples = ["KROGER #1"]
"#;

fn steady_rows() -> HistoryBuilder {
    let mut rows = HistoryBuilder::new();
    rows.account(&AccountRow { holder_kind: Some(HolderKind::Customer), ..AccountRow::checking("fca_1", "cus_1") });
    rows.balance(&BalanceRow::reported("fca_1", midnight(T), 700_000));
    for (at, (back, amount, text)) in steady().into_iter().enumerate() {
        let (id, noon) = (format!("fctxn_{at:04}"), midnight(T.plus(-back)) + 43_200);
        rows.transaction(&TransactionRow { description: text, ..TransactionRow::posted(&id, "fca_1", amount, noon) });
    }
    rows
}

/// An engine with a rule of its own.
fn other_rules() -> Engine {
    let categoriser = Categoriser::new(Taxonomy::builtin(), &[("mine.toml", RULES)]).expect("valid");
    let mut other = EngineParts { categoriser, ..parts() };
    other.model = other.seal(&other.model).expect("sealed");
    Engine::new(other).expect("agrees")
}

#[test]
fn a_history_of_other_rules_or_of_none_is_an_internal_error_and_never_a_score() {
    let (engine, other) = (shipped(), other_rules());
    let mut session = engine.session();
    let own = engine.history(&mut session, steady_rows());
    let others = other.history(&mut other.session(), steady_rows());
    let unlabelled = engine.history_for(&engine.select(&[]), &mut session, steady_rows());
    assert_eq!(engine.assess(&mut session, &own, &application()).status, Status::Scored);
    assert_eq!(other.assess(&mut session, &others, &application()).status, Status::Scored);
    let asked = ["net_cash_flow_90d"].map(|name| engine.registry().column(name).expect("there"));
    let selection = engine.select(&asked);
    for (engine, history) in [(engine, &others), (&other, &own), (engine, &unlabelled)] {
        let answer = engine.assess(&mut session, history, &application());
        assert_eq!((answer.status, answer.score), (Status::InternalError, None));
        assert_eq!(engine.explain(&mut session, history, &application()).assessment, answer);
        assert_eq!(engine.ledger(history, &application()), Err(NoLedger::OtherRules));
        let measured = engine.measure(&selection, &mut session, history, &application());
        assert_eq!((measured.0.status, measured.1), (Status::InternalError, vec![Err(Missing::NotApplicable)]));
        assert!(engine.attributes(&mut session, history, &application()).iter().all(|one| one.is_err()));
        assert_eq!(engine.labelled(history, &application()), []);
    }
    // What reads no label can be measured on any of them.
    let plain = engine.select(&[]);
    for history in [&own, &others, &unlabelled] {
        assert_eq!(engine.measure(&plain, &mut session, history, &application()).0.status, Status::Scored);
    }
}

#[test]
fn an_application_that_no_door_lets_through_is_rejected_input() {
    let engine = shipped();
    let mut session = engine.session();
    let history = history_of(engine, Some(HolderKind::Customer), &steady(), 700_000);
    let sound = application();
    let mut twice = sound.clone();
    twice.applicants.push(twice.applicants[0].clone());
    let at = |as_of: i64| Application { as_of, ..sound.clone() };
    let mut cases = vec![
        twice,
        Application { applicants: vec![], ..sound.clone() },
        Application { requested_amount: Some(-300_000), ..sound.clone() },
        Application { instalment_amount: Some(i64::MIN), ..sound.clone() },
        Application { term_months: Some(0), ..sound.clone() },
        Application { term_months: Some(u32::MAX), ..sound.clone() },
    ];
    cases.extend([i64::MIN, i64::MIN + 1, -1, 0, midnight(T) * 1_000, 4_102_444_800, i64::MAX].map(at));
    for case in &cases {
        let answer = engine.assess(&mut session, &history, case);
        assert_eq!((answer.status, answer.score, &answer), (Status::RejectedInput, None, &engine.rejected(case)));
        assert_eq!(engine.ledger(&history, case), Err(NoLedger::Refused));
        assert_eq!(engine.explain(&mut session, &history, case).assessment, answer);
    }
    assert_eq!(engine.assess(&mut session, &history, &sound).status, Status::Scored);
}

#[test]
fn a_session_of_another_engine_changes_no_answer() {
    let engine = shipped();
    let names = "schema = 1\nname = \"mine\"\nversion = \"2\"\n[[institution]]\nname = \"Example Federal\"\nalso = [\"Chase\"]\n";
    let mut other = parts();
    other.institutions.names = Names::from_toml(names).expect("valid");
    let other = Engine::new(other).expect("agrees");
    let mut rows = steady_rows();
    rows.account(&AccountRow {
        holder_kind: Some(HolderKind::Customer),
        institution_name: Some("Chase"),
        known_at: Some(midnight(T) - 1),
        ..AccountRow::checking("fca_1", "cus_1")
    });
    let mut session = engine.session();
    let history = engine.history(&mut session, rows);
    let institution = |engine: &Engine, session: &mut Session| {
        engine.assess(session, &history, &application()).institution.expect("named")
    };
    // By turns with one session: each engine reads the name as it does with a session of its own.
    for _ in 0..2 {
        assert_eq!(institution(engine, &mut session), "chase");
        assert_eq!(institution(&other, &mut session), "example federal");
    }
}

#[test]
fn what_is_printed_for_a_log_holds_no_text_of_the_bank() {
    let engine = shipped();
    let mut rows = HistoryBuilder::new();
    rows.account(&AccountRow { institution_name: Some("Jane Doe Bank"), ..AccountRow::checking("fca_1", "cus_1") });
    let row = TransactionRow::posted("fctxn_1", "fca_1", 5, midnight(T) - 1);
    let row = TransactionRow { description: "ZELLE FROM JANE DOE", ..row };
    rows.transaction(&row);
    let said = CorrectionRow::exclude("fctxn_1", 1, "Jane Doe", "Jane Doe was ill");
    let mut corrections = CorrectionsBuilder::default();
    corrections.push(&said);
    rows.corrections(engine.corrections(corrections).into());
    let built = format!("{rows:?}");
    assert_eq!(built, "HistoryBuilder { rows: 1, accounts: 1, defects: 0, .. }");
    let history = engine.history(&mut engine.session(), rows);
    let notes = engine.correction_notes(&history, &application());
    let labelled = engine.labelled(&history, &application());
    assert_eq!((notes.len(), labelled.len()), (1, 0), "the one row is left out");
    let plain = steady_rows();
    let plain = engine.labelled(&engine.history(&mut engine.session(), plain), &application());
    assert!(plain.iter().any(|row| row.description.contains("PAYROLL")));
    let printed = format!("{built} {history:?} {row:?} {said:?} {notes:?} {plain:?}").to_uppercase();
    for word in ["JANE", "ZELLE", "KROGER"] {
        assert!(!printed.contains(word), "{word} in {printed}");
    }
}
