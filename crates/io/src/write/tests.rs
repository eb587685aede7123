use std::sync::{Arc, Mutex};

use arrow_array::{Array as _, cast::AsArray as _, types::Int64Type};
use cashline_core::{
    table::{Cell, Column, Kind, Schema},
    time::Day,
};

use super::*;

/// A file in memory that outlives the writer.
#[derive(Clone, Default)]
struct Memory(Arc<Mutex<Vec<u8>>>);

impl Memory {
    fn bytes(&self) -> Vec<u8> {
        self.0.lock().expect("one thread").clone()
    }
}

impl Write for Memory {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("one thread").extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn schema(columns: &[(&'static str, Kind)]) -> Schema {
    let columns = columns.iter().map(|&(name, kind)| Column { name: name.into(), kind }).collect();
    Schema { name: "table", columns }
}

fn write(format: &str, schema: &Schema, rows: &[Vec<Cell<'_>>]) -> Vec<u8> {
    let memory = Memory::default();
    let mut writer = (super::format(format).expect("listed").open)(schema, Box::new(memory.clone())).expect("opens");
    for row in rows {
        writer.row(row).expect("fits");
    }
    writer.finish().expect("writes");
    memory.bytes()
}

fn csv_of(cell: &str) -> String {
    let bytes =
        write("csv", &schema(&[("a", Kind::Text), ("b", Kind::Integer)]), &[vec![cell.into(), Cell::Integer(-1)]]);
    let text = String::from_utf8(bytes).expect("utf-8");
    text.strip_prefix("a,b\n").and_then(|rest| rest.strip_suffix(",-1\n")).expect("one row").to_owned()
}

const ALL_KINDS: [(&str, Kind); 6] = [
    ("text", Kind::Text),
    ("integer", Kind::Integer),
    ("real", Kind::Real),
    ("flag", Kind::Flag),
    ("date", Kind::Date),
    ("instant", Kind::Instant),
];

fn all_kinds() -> Vec<Vec<Cell<'static>>> {
    let full = vec![
        "a \"quoted\", text".into(),
        Cell::Integer(-7),
        Cell::Real(0.5),
        Cell::Flag(true),
        Cell::Date(Day(1)),
        Cell::Instant(86_399),
    ];
    vec![full, vec![Cell::Null; 6]]
}

#[test]
fn formats_are_listed_once_and_the_first_is_csv() {
    let mut names: Vec<&str> = FORMATS.iter().map(|format| format.name).collect();
    assert_eq!(names[0], "csv");
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), FORMATS.len());
}

#[test]
fn csv_is_rfc_4180_with_empty_nulls_and_iso_dates() {
    let text = String::from_utf8(write("csv", &schema(&ALL_KINDS), &all_kinds())).expect("utf-8");
    let expected = "text,integer,real,flag,date,instant\n\
                    \"a \"\"quoted\"\", text\",-7,0.5,true,1970-01-02,1970-01-01T23:59:59Z\n\
                    ,,,,,\n";
    assert_eq!(text, expected);
}

#[test]
fn no_text_cell_begins_a_formula() {
    for (cell, expected) in [
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\tx", "'\tx"),
        ("\r=1", "\"'\r=1\""),
        ("\n=1", "\"'\n=1\""),
        ("＝1", "'＝1"),
        ("=HYPERLINK(\"a\",\"b\")", "\"'=HYPERLINK(\"\"a\"\",\"\"b\"\")\""),
        ("\0x", "'\u{fffd}x"),
        ("app_1", "app_1"),
        ("a-1", "a-1"),
        ("", "\"\""),
    ] {
        assert_eq!(csv_of(cell), expected, "{cell:?}");
    }
}

#[test]
fn no_two_texts_become_one_behind_the_apostrophe_and_each_is_given_back() {
    for (text, cell) in [
        ("-x", "'-x"),
        ("'-x", "''-x"),
        ("''=x", "'''=x"),
        ("'x", "'x"),
        ("''", "''"),
        ("'", "'"),
        ("x'-", "x'-"),
        ("app_1", "app_1"),
    ] {
        assert_eq!((csv_of(text).as_str(), unguarded(cell)), (cell, text));
    }
}

#[test]
fn what_csv_writes_a_csv_reader_reads_back() {
    let hard = ["a\nb", "a\r\nb", "\"", "a,b", "", " a ", "ž"];
    let rows: Vec<Vec<Cell<'_>>> = hard.iter().map(|text| vec![(*text).into(), Cell::Null]).collect();
    let bytes = write("csv", &schema(&[("a", Kind::Text), ("b", Kind::Integer)]), &rows);
    let mut reader = ::csv::Reader::from_reader(bytes.as_slice());
    let read: Vec<String> = reader.records().map(|record| record.expect("valid")[0].to_owned()).collect();
    assert_eq!(read, hard);
}

#[test]
fn ndjson_has_every_key_in_every_line() {
    let bytes = write("ndjson", &schema(&ALL_KINDS), &all_kinds());
    let text = String::from_utf8(bytes).expect("utf-8");
    let lines: Vec<&str> = text.lines().collect();
    let expected = r#"{"text":"a \"quoted\", text","integer":-7,"real":0.5,"flag":true,"date":"1970-01-02","instant":"1970-01-01T23:59:59Z"}"#;
    assert_eq!(lines[0], expected);
    assert_eq!(lines[1], r#"{"text":null,"integer":null,"real":null,"flag":null,"date":null,"instant":null}"#);
    for line in lines {
        let object: serde_json::Value = serde_json::from_str(line).expect("valid");
        assert_eq!(object.as_object().map(serde_json::Map::len), Some(6));
    }
}

fn read_parquet(bytes: Vec<u8>) -> Vec<arrow_array::RecordBatch> {
    let builder =
        ::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder::try_new(bytes::from(bytes)).expect("valid");
    assert_eq!(builder.metadata().file_metadata().created_by(), Some("cashline"));
    builder.build().expect("valid").map(|batch| batch.expect("valid")).collect()
}

/// The reader takes a chunk reader: a file.
mod bytes {
    use std::{
        fs::File,
        io::{Seek as _, Write as _},
    };

    pub(super) fn from(bytes: Vec<u8>) -> File {
        let mut file = tempfile::tempfile().expect("a file");
        file.write_all(&bytes).expect("writes");
        file.rewind().expect("rewinds");
        file
    }
}

#[test]
fn parquet_keeps_types_and_nulls() {
    let batches = read_parquet(write("parquet", &schema(&ALL_KINDS), &all_kinds()));
    let batch = &batches[0];
    assert_eq!(batch.column(0).as_string::<i32>().value(0), "a \"quoted\", text");
    assert_eq!(batch.column(1).as_primitive::<Int64Type>().value(0), -7);
    assert!(batch.column(3).as_boolean().value(0));
    let kinds: Vec<String> = batch.schema().fields().iter().map(|field| field.data_type().to_string()).collect();
    assert_eq!(kinds, ["Utf8", "Int64", "Float64", "Boolean", "Date32", "Timestamp(ms, \"UTC\")"]);
    for column in batch.columns() {
        assert!(column.is_null(1));
    }
}

#[test]
fn a_table_without_rows_still_has_its_columns() {
    let batches = read_parquet(write("parquet", &schema(&ALL_KINDS), &[]));
    assert!(batches.iter().all(|batch| batch.num_rows() == 0));
    assert_eq!(write("csv", &schema(&ALL_KINDS), &[]), b"text,integer,real,flag,date,instant\n");
    assert_eq!(write("ndjson", &schema(&ALL_KINDS), &[]), b"");
}

#[test]
fn a_cell_of_another_kind_is_refused_by_every_format() {
    for format in FORMATS {
        let memory = Memory::default();
        let mut writer = (format.open)(&schema(&[("a", Kind::Integer)]), Box::new(memory)).expect("opens");
        let error = writer.row(&["text".into()]).expect_err("no integer");
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput, "{}", format.name);
        assert!(error.to_string().contains("column a"), "{}", format.name);
        writer.row(&[]).expect_err("too short");
    }
}

fn key(number: i64) -> Key {
    Key { applicant_id: format!("cus_{number}").into(), as_of: 0, application_id: format!("app_{number}").into() }
}

#[test]
fn held_rows_come_back_as_they_were_given() {
    let home = tempfile::tempdir().expect("a directory");
    let empty = || HeldTables::new(vec![schema(&ALL_KINDS), schema(&[("n", Kind::Integer)])]);
    // All in memory; every application on disk; the first two on disk and the last in memory.
    for mut held in [empty(), empty().parked(0, home.path()), empty().parked(1_500, home.path())] {
        hold_and_compare(&mut held);
    }
}

fn hold_and_compare(held: &mut HeldTables) {
    let extremes = [i64::MIN, -1, 0, 1, 63, 64, i64::MAX];
    let numbers: Vec<Vec<Cell<'_>>> = extremes.iter().map(|&n| vec![Cell::Integer(n)]).collect();
    let long = "x".repeat(1_000);
    let mut rows = all_kinds();
    rows.push(vec![
        long.clone().into(),
        Cell::Null,
        Cell::Real(f64::MIN_POSITIVE),
        Cell::Flag(false),
        Cell::Null,
        Cell::Null,
    ]);
    held.push(key(2), &[rows.clone(), numbers]).expect("holds");
    held.push(key(1), &[rows.clone(), vec![]]).expect("holds");
    held.push(key(3), &[rows.clone(), vec![vec![Cell::Integer(9)]]]).expect("holds");
    held.sort();
    let expected = [rows.clone(), rows.clone(), rows].concat();
    assert_eq!(collect(held, 0), format!("{expected:?}"));
    let mut numbers: Vec<Vec<Cell<'_>>> = extremes.iter().map(|&n| vec![Cell::Integer(n)]).collect();
    numbers.push(vec![Cell::Integer(9)]);
    assert_eq!(collect(held, 1), format!("{numbers:?}"), "application 1, without rows, stands before 2 and 3");
}

fn collect(held: &HeldTables, table: usize) -> String {
    struct Collect(Vec<String>);
    impl TableWriter for Collect {
        fn row(&mut self, cells: &[Cell<'_>]) -> io::Result<()> {
            self.0.push(format!("{cells:?}"));
            Ok(())
        }
        fn finish(self: Box<Self>) -> io::Result<()> {
            Ok(())
        }
    }
    let mut collect = Collect(vec![]);
    held.write(table, &mut collect).expect("writes");
    format!("[{}]", collect.0.join(", "))
}

#[test]
fn the_order_of_arrival_leaves_no_trace_in_any_format() {
    // 20,000 rows: more than two parquet batches, so that a batch's border inside an application would show.
    let numbers: Vec<i64> = (0..10_000).collect();
    let backwards: Vec<i64> = numbers.iter().rev().copied().collect();
    // A permutation without a pattern that a sorted run could hide: 7,919 is prime to 10,000.
    let scattered: Vec<i64> = numbers.iter().map(|n| n * 7_919 % 10_000).collect();
    for format in FORMATS {
        let files: Vec<Vec<u8>> = [&numbers, &backwards, &scattered]
            .into_iter()
            .map(|order| {
                let mut held = HeldTables::new(vec![schema(&[("id", Kind::Text), ("rank", Kind::Integer)])]);
                for &number in order {
                    let row = |rank| vec![format!("cus_{number}").into(), Cell::Integer(rank)];
                    held.push(key(number), &[vec![row(1), row(2)]]).expect("holds");
                }
                held.sort();
                let memory = Memory::default();
                let mut writer = (format.open)(&held.schemas()[0], Box::new(memory.clone())).expect("opens");
                assert_eq!(held.write(0, writer.as_mut()).expect("writes"), 20_000);
                writer.finish().expect("writes");
                memory.bytes()
            })
            .collect();
        assert!(files[0] == files[1] && files[0] == files[2], "{}", format.name);
    }
}

#[test]
fn a_full_disk_is_seen_as_such_by_every_format() {
    for format in FORMATS {
        let file = std::fs::OpenOptions::new().write(true).open("/dev/full").expect("linux has it");
        let outcome = (format.open)(&schema(&ALL_KINDS), Box::new(file)).and_then(|mut writer| {
            for row in all_kinds() {
                writer.row(&row)?;
            }
            writer.finish()
        });
        assert_eq!(outcome.expect_err("no space").kind(), io::ErrorKind::StorageFull, "{}", format.name);
    }
}
