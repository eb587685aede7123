use super::*;
use crate::{
    assessment::{Decision, ReasonSource, Status, Sufficiency},
    institution::Provision,
    ledger::{Counts, Doubt},
};

fn assessment() -> Assessment {
    let reason = |rank, side, name: &str| Reason {
        rank,
        side,
        source: ReasonSource::Scored,
        code: format!("R{name}"),
        text: format!("text {name}"),
        reviewer: format!("-{name}"),
        c1: String::new(),
        attribute: "a".to_owned(),
        points: Default::default(),
    };
    Assessment {
        application_id: "app_1".to_owned(),
        applicant_id: "cus_1".to_owned(),
        applicants: vec!["cus_1".to_owned(), "cus_2".to_owned()],
        as_of: 86_400,
        status: Status::Scored,
        decision: Decision::Refer,
        score: Some(500),
        score_low: None,
        score_high: None,
        band: Some("C".to_owned()),
        segment: None,
        probability: None,
        currency: "usd".to_owned(),
        sufficiency: Sufficiency::Good,
        institution_limits: vec![Provision::Balances, Provision::History],
        institution: Some("first example bank".to_owned()),
        institutions: 2,
        balance_mode: BalanceMode::Strict,
        reasons: vec![reason(1, Side::Adverse, "1"), reason(2, Side::Adverse, "2"), reason(1, Side::Positive, "3")],
        base_points: 400,
        characteristics: vec![Characteristic {
            attribute: "a".to_owned(),
            value: Ok(Value::Integer(7)),
            bin: "[5, 9)".to_owned(),
            points: 100,
            baseline: Default::default(),
        }],
        policy_trace: vec!["min_history".to_owned(), "refer_all".to_owned()],
        doubts: vec![Doubt::RejectedRow],
        counts: Counts { rows_used: 3, ..Counts::default() },
        challengers: vec![],
        inputs: vec![],
    }
}

fn facts() -> RunFacts {
    RunFacts {
        provider: "cashline".to_owned(),
        model_id: "m1".to_owned(),
        score_basis: "expert_uncalibrated".to_owned(),
        score_min: 0,
        score_max: 1000,
        zone: Zone::utc(),
    }
}

fn behind(ids: &[&str], days: &[&str]) -> ReasonEvidence {
    ReasonEvidence {
        side: Side::Adverse,
        rank: 2,
        code: "R1".to_owned(),
        attribute: "a".to_owned(),
        first_day: "2026-01-01".to_owned(),
        end_day: "2026-02-01".to_owned(),
        accounts: vec!["fca_1".to_owned(), "fca_2".to_owned()],
        rows_examined: 9,
        ids: ids.iter().map(|id| (*id).to_owned()).collect(),
        days: days.iter().map(|day| (*day).to_owned()).collect(),
        count: 30,
    }
}

#[test]
fn an_absence_has_one_row_that_says_what_was_examined() {
    let (assessment, table) = (assessment(), evidence());
    let absence = behind(&[], &[]);
    let rows = evidence_rows(&assessment, &absence);
    assert_eq!(rows.len(), 1);
    assert_eq!(cell(&table, &rows[0], "transaction_id"), Cell::Null);
    assert_eq!(cell(&table, &rows[0], "accounts"), "fca_1 fca_2".into());
    // As `reasons` names it: one code and attribute may be a reason on both sides.
    assert_eq!(cell(&table, &rows[0], "side"), "adverse".into());
    assert_eq!(cell(&table, &rows[0], "rank"), Cell::Integer(2));
    assert_eq!(cell(&table, &rows[0], "rows_examined"), Cell::Integer(9));
    let both = behind(&["t1", "t2"], &["2026-01-05"]);
    let rows = evidence_rows(&assessment, &both);
    assert_eq!(rows.len(), 3);
    assert_eq!(cell(&table, &rows[2], "day"), "2026-01-05".into());
}

fn cell<'a>(schema: &Schema, row: &[Cell<'a>], name: &str) -> Cell<'a> {
    let at = schema.columns.iter().position(|column| column.name == name).expect("a column of that name");
    row[at].clone()
}

#[test]
fn every_row_is_as_long_as_its_schema_and_names_are_unique() {
    let assessment = assessment();
    let facts = facts();
    let reason = &assessment.reasons[0];
    let behind = behind(&[], &[]);
    let rows = [
        (scores(), scores_row(&assessment, &facts)),
        (reasons(), reasons_row(&assessment, reason)),
        (characteristics(), characteristics_row(&assessment, &assessment.characteristics[0])),
        (evidence(), evidence_rows(&assessment, &behind).remove(0)),
    ];
    for (schema, row) in rows {
        assert_eq!(schema.columns.len(), row.len(), "{}", schema.name);
        let mut names: Vec<&str> = schema.columns.iter().map(|column| &*column.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), schema.columns.len(), "{}", schema.name);
    }
}

#[test]
fn scores_begin_with_what_people_read() {
    let names: Vec<String> = scores().columns.iter().map(|column| column.name.to_string()).collect();
    let first = ["application_id", "applicant_id", "status", "decision", "score", "band"];
    assert_eq!(names[..6], first);
    assert_eq!(names[6..8], ["reason_1_code", "reason_1_text"]);
    assert_eq!(names[12..14], ["reason_4_code", "reason_4_text"]);
}

#[test]
fn the_scores_row_carries_adverse_reasons_alone_and_the_score_block() {
    let assessment = assessment();
    let facts = facts();
    let row = scores_row(&assessment, &facts);
    let table = scores();
    assert_eq!(cell(&table, &row, "reason_2_code"), "R2".into());
    assert_eq!(cell(&table, &row, "reason_3_code"), Cell::Null, "a positive reason never fills up");
    assert_eq!(cell(&table, &row, "score_min"), Cell::Integer(0));
    assert_eq!(cell(&table, &row, "score_max"), Cell::Integer(1000));
    assert_eq!(cell(&table, &row, "score_date"), Cell::Date(Day(1)));
    assert_eq!(cell(&table, &row, "score_provider"), "cashline".into());
    assert_eq!(cell(&table, &row, "doubts"), "rejected_row".into());
    assert_eq!(cell(&table, &row, "policy_rules"), "min_history refer_all".into());
    assert_eq!(cell(&table, &row, "applicant_count"), Cell::Integer(2));
    assert_eq!(cell(&table, &row, "institution"), "first example bank".into());
    assert_eq!(cell(&table, &row, "institutions"), Cell::Integer(2));
    assert_eq!(cell(&table, &row, "institution_limits"), "balances history".into());
}

#[test]
fn a_name_in_a_file_is_the_name_in_json() {
    fn hold<T: Copy + serde::Serialize>(all: &[T], named: fn(T) -> &'static str) {
        all.iter().for_each(|value| assert_eq!(code(value), named(*value)));
    }
    hold(&Status::ALL, Status::code);
    hold(&Decision::ALL, Decision::code);
    hold(&Side::ALL, Side::code);
    hold(&ReasonSource::ALL, ReasonSource::code);
    hold(&Doubt::ALL, Doubt::code);
    for value in [Sufficiency::Full, Sufficiency::Good, Sufficiency::Thin, Sufficiency::Insufficient] {
        assert_eq!(code(&value), value.code());
    }
    for value in [BalanceMode::Strict, BalanceMode::Reconstruct, BalanceMode::None] {
        assert_eq!(code(&value), balance_mode(value));
    }
}

#[test]
fn a_cell_is_never_not_a_number() {
    assert_eq!(Cell::from(f64::NAN), Cell::Null);
    assert_eq!(Cell::from(f64::INFINITY), Cell::Null);
    assert_eq!(Cell::from(-0.0), Cell::Real(0.0));
}
