//! Corrections in every format are the same rows, and their faults are named by line and column.

use std::sync::Arc;

use arrow_array::{ArrayRef, Int64Array, StringArray};
use cashline_core::defect::DefectKind;

use super::{Contents, read, read_text, read_with, samples::parquet};
use crate::read::{ReadOptions, Table, mapping::Mapping};

const CSV: &str = "transaction_id,action,purpose,by,why,at\n\
                   t1,exclude,,case 17,\"card stolen, police report\",2026-11-03\n\
                   t2,recategorise,rent,Ana Example,it is rent,2026-11-03T09:30:00Z\n\
                   t3,recategorise,rent,Ana Example,it is rent,1793700000\n";

const NDJSON: &str = r#"{"transaction_id":"t1","action":"exclude","purpose":null,"by":"case 17","why":"card stolen, police report","at":"2026-11-03"}
{"at":"2026-11-03T09:30:00Z","transaction_id":"t2","action":"recategorise","purpose":"rent","by":"Ana Example","why":"it is rent"}
{"transaction_id":"t3","action":"recategorise","purpose":"rent","by":"Ana Example","why":"it is rent","at":1793700000,"note":1}
"#;

fn faults(contents: &Contents) -> Vec<(u64, &str, DefectKind)> {
    contents.defects.iter().map(|one| (one.source.line, one.column.as_str(), one.kind)).collect()
}

#[test]
fn every_format_holds_the_same_rows() {
    let table = read_text(CSV).expect("usable");
    assert_eq!((table.rows.len(), faults(&table)), (3, vec![]));
    for part in [r#"transaction_id: "t1""#, r#"action: "exclude""#, "purpose: None", "Date(Day(20760))"] {
        assert!(table.rows[0].contains(part), "{part} in {}", table.rows[0]);
    }
    // 2026-11-03 is day 20,760; 34,200 seconds later it is half past nine.
    assert_eq!(20_760_i64 * 86_400 + 34_200, 1_793_698_200);
    assert!(table.rows[1].contains("at: Instant(1793698200)"), "{}", table.rows[1]);
    let array = format!("[{}]", NDJSON.trim_end().replace('\n', ","));
    let texts = |cells: [&str; 3]| Arc::new(StringArray::from(cells.to_vec())) as ArrayRef;
    let purposes = Arc::new(StringArray::from(vec![None, Some("rent"), Some("rent")])) as ArrayRef;
    let file = |at: ArrayRef| {
        parquet(vec![
            ("transaction_id", texts(["t1", "t2", "t3"])),
            ("action", texts(["exclude", "recategorise", "recategorise"])),
            ("purpose", Arc::clone(&purposes)),
            ("by", texts(["case 17", "Ana Example", "Ana Example"])),
            ("why", texts(["card stolen, police report", "it is rent", "it is rent"])),
            ("at", at),
        ])
    };
    for (name, contents) in [
        ("NDJSON", read_text(NDJSON)),
        ("JSON array", read_text(&array)),
        ("Parquet", read(file(texts(["2026-11-03", "2026-11-03T09:30:00Z", "1793700000"])).path())),
    ] {
        let contents = contents.expect("usable");
        assert_eq!((&contents.rows, faults(&contents)), (&table.rows, vec![]), "{name}");
    }
    let seconds = Int64Array::from(vec![1_793_664_000, 1_793_698_200, 1_793_700_000]);
    let typed = read(file(Arc::new(seconds)).path()).expect("usable");
    assert_eq!(typed.rows[1..], table.rows[1..]);
}

#[test]
fn a_faulty_row_is_named_by_line_and_column_and_never_by_its_text() {
    let csv = read_text(
        "transaction_id,action,by,why,at\n,exclude,c,w,2026-11-03\nt1,exclude,c,w,soon\nt2,exclude,c,w,\nt3,exclude,c,w\n",
    )
    .expect("usable");
    let expected = [
        (2, "transaction_id", DefectKind::MissingValue),
        (3, "at", DefectKind::NotADate),
        (4, "at", DefectKind::MissingValue),
        (5, "", DefectKind::TooFewColumns),
    ];
    assert_eq!(faults(&csv), expected);
    let lines = read_text(
        "{\"transaction_id\":\"t1\",\"action\":\"exclude\",\"by\":\"c\",\"why\":\"w\",\"at\":\"soon\"}\n\
         {\"transaction_id\":\"t1\",\"action\":\"exclude\",\"action\":\"exclude\"}\n",
    )
    .expect("usable");
    assert_eq!(faults(&lines), [(1, "at", DefectKind::NotADate), (2, "", DefectKind::DuplicateKey)]);
    let missing = read_text("transaction_id,action,purpose,why,at\nt1,exclude,,w,1\n").expect_err("nobody said it");
    assert!(missing.to_string().contains("corrections: column `by` is missing"), "{missing}");
}

#[test]
fn a_case_system_s_export_is_read_through_a_mapping() {
    let mapping = "name = \"cases\"\n[corrections.columns]\ntransaction_id = \"Transaction\"\naction = \"What\"\n\
                   by = \"Case\"\nwhy = \"Reason\"\nat = \"Closed\"\n[corrections.values.action]\nfraud = \"exclude\"\n";
    let mapping = Mapping::parse(mapping, std::path::Path::new("cases.toml")).expect("a mapping");
    let options = ReadOptions { mapping: Some(mapping), ..ReadOptions::default() };
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    std::fs::write(file.path(), "Transaction,What,Case,Reason,Closed\nt1,fraud,case 17,card stolen,2026-11-03\n")
        .expect("room on disk");
    let contents = read_with(file.path(), Some(Table::Corrections), &options).expect("usable");
    assert_eq!(faults(&contents), []);
    assert!(contents.rows[0].contains(r#"action: "exclude""#), "{}", contents.rows[0]);
}
