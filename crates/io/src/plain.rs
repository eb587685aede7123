//! Plain tables beside a run: outcomes, an incumbent's scores, groups. Every cell as text; who reads a column says what it is.
//!
//! Unlike exports these are written by people for us, so the first cell that is not what its column promises refuses the file,
//! by line and column, never by value.

use std::{
    collections::BTreeSet,
    fs::File,
    io::Read as _,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
};

use arrow_array::{Array as _, ArrayRef, RecordBatch, StringArray};
use arrow_schema::DataType;
use cashline_core::time::Day;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::error::Error;

/// Most rows of a plain table.
pub const ROWS_MAX: usize = 20_000_000;
/// Most columns of a plain table.
pub const COLUMNS_MAX: usize = 4_096;

/// A table of texts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PlainTable {
    path: PathBuf,
    names: Vec<String>,
    // One a column; an empty cell is none.
    columns: Vec<Vec<Option<Box<str>>>>,
}

impl PlainTable {
    /// Reads CSV (comma, header) or Parquet, told apart by content.
    ///
    /// # Errors
    ///
    /// [`Error::Read`] when the system refuses, [`Error::Unusable`] naming the line when the content is no such table.
    pub fn read(path: &Path) -> Result<PlainTable, Error> {
        let refused = |source| Error::Read { path: path.to_owned(), source };
        let mut file = File::open(path).map_err(refused)?;
        let mut magic = [0_u8; 4];
        let is_parquet = match file.read_exact(&mut magic) {
            Ok(()) => &magic == b"PAR1",
            Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => false,
            Err(error) => return Err(refused(error)),
        };
        let read = if is_parquet { parquet(path) } else { csv(path) };
        let (names, columns) = read.map_err(|message| Error::Unusable { path: path.to_owned(), message })?;
        let table = PlainTable { path: path.to_owned(), names, columns };
        let mut seen = BTreeSet::new();
        match table.names.iter().find(|name| !seen.insert(name.as_str())) {
            Some(twice) => Err(table.unusable(format!("holds two columns `{twice}`"))),
            None => Ok(table),
        }
    }

    /// Names of the columns, in the file's order.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.columns.first().map_or(0, Vec::len)
    }

    /// Whether there is no row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The cells of a column, if it is there.
    #[must_use]
    pub fn texts(&self, name: &str) -> Option<&[Option<Box<str>>]> {
        let at = self.names.iter().position(|known| known == name)?;
        Some(&self.columns[at])
    }

    /// The cells of a column that must be there.
    ///
    /// # Errors
    ///
    /// [`Error::Unusable`] naming the column and those that stand there instead.
    pub fn wanted(&self, name: &str) -> Result<&[Option<Box<str>>], Error> {
        self.texts(name)
            .ok_or_else(|| self.unusable(format!("holds no column `{name}`; it has {}", self.names.join(", "))))
    }

    /// A column of numbers; an empty cell is none.
    ///
    /// # Errors
    ///
    /// [`Error::Unusable`] naming the line of the first cell that is no finite number, or the column when it is absent.
    pub fn numbers(&self, name: &str) -> Result<Vec<Option<f64>>, Error> {
        self.typed(name, "number", |text| text.parse::<f64>().ok().filter(|number| number.is_finite()))
    }

    /// A column of days, `2026-11-22`; of an instant its day in UTC as written.
    ///
    /// # Errors
    ///
    /// As [`PlainTable::numbers`].
    pub fn days(&self, name: &str) -> Result<Vec<Option<Day>>, Error> {
        self.typed(name, "day such as 2026-11-22", |text| {
            let date = chrono::NaiveDate::parse_from_str(text.get(..10)?, "%Y-%m-%d").ok()?;
            let rest = &text[10..];
            let instant = rest.is_empty() || rest.starts_with(['T', ' ']);
            use chrono::Datelike as _;
            instant.then(|| Day::from_civil(date.year(), date.month(), date.day()))
        })
    }

    /// A column of yes and no: 1, 0, true, false.
    ///
    /// # Errors
    ///
    /// As [`PlainTable::numbers`].
    pub fn flags(&self, name: &str) -> Result<Vec<Option<bool>>, Error> {
        self.typed(name, "0 or 1", |text| match text {
            "1" | "1.0" | "true" | "True" | "TRUE" => Some(true),
            "0" | "0.0" | "false" | "False" | "FALSE" => Some(false),
            _ => None,
        })
    }

    fn typed<T>(&self, name: &str, kind: &str, read: impl Fn(&str) -> Option<T>) -> Result<Vec<Option<T>>, Error> {
        let cells = self.wanted(name)?;
        let mut out = Vec::with_capacity(cells.len());
        for (row, cell) in cells.iter().enumerate() {
            out.push(match cell {
                None => None,
                Some(text) => Some(
                    read(text.trim())
                        .ok_or_else(|| self.unusable(format!("row {}, column `{name}`: is no {kind}", row + 1)))?,
                ),
            });
        }
        Ok(out)
    }

    fn unusable(&self, message: String) -> Error {
        Error::Unusable { path: self.path.clone(), message }
    }
}

type Parts = (Vec<String>, Vec<Vec<Option<Box<str>>>>);

fn csv(path: &Path) -> Result<Parts, String> {
    let mut reader = csv::ReaderBuilder::new().from_path(path).map_err(|error| shown(&error))?;
    let header = reader.headers().map_err(|error| shown(&error))?;
    let names: Vec<String> = header.iter().map(|name| name.trim_start_matches('\u{feff}').trim().to_owned()).collect();
    if names.len() < 2 || COLUMNS_MAX < names.len() {
        return Err(format!("has {} columns; a comma-separated header with at least two is wanted", names.len()));
    }
    let mut columns: Vec<Vec<Option<Box<str>>>> = vec![vec![]; names.len()];
    for record in reader.records() {
        let record = record.map_err(|error| shown(&error))?;
        for (column, cell) in columns.iter_mut().zip(record.iter()) {
            column.push((!cell.is_empty()).then(|| cell.into()));
        }
        if ROWS_MAX < columns[0].len() {
            return Err(format!("has more than {ROWS_MAX} rows"));
        }
    }
    Ok((names, columns))
}

/// The crate's messages quote no cell, but its position is all that is wanted.
fn shown(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::UnequalLengths { pos: Some(at), expected_len, len } => {
            format!("line {}: has {len} cells, the header {expected_len}", at.line())
        }
        csv::ErrorKind::Utf8 { pos: Some(at), .. } => format!("line {}: is no UTF-8", at.line()),
        _ => "is no readable CSV".to_owned(),
    }
}

fn parquet(path: &Path) -> Result<Parts, String> {
    let damaged = |error: &dyn std::fmt::Display| format!("is no readable Parquet: {error}");
    let file = File::open(path).map_err(|error| damaged(&error))?;
    // A malformed file may make the decoder panic; that is the file's fault.
    let caught = catch_unwind(AssertUnwindSafe(|| -> Result<Parts, String> {
        let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(|error| damaged(&error))?;
        let names: Vec<String> = builder.schema().fields().iter().map(|field| field.name().clone()).collect();
        let mut columns: Vec<Vec<Option<Box<str>>>> = vec![vec![]; names.len()];
        if COLUMNS_MAX < names.len() {
            return Err(format!("has {} columns, more than {COLUMNS_MAX}", names.len()));
        }
        for batch in builder.build().map_err(|error| damaged(&error))? {
            take(&batch.map_err(|error| damaged(&error))?, &names, &mut columns)?;
        }
        Ok((names, columns))
    }));
    caught.unwrap_or_else(|_| Err(damaged(&"the decoder gave up on it")))
}

fn text(array: &ArrayRef) -> Result<ArrayRef, arrow_schema::ArrowError> {
    arrow_cast::cast(array, &DataType::Utf8)
}

fn take(batch: &RecordBatch, names: &[String], columns: &mut [Vec<Option<Box<str>>>]) -> Result<(), String> {
    for ((array, name), column) in batch.columns().iter().zip(names).zip(columns) {
        let no_text = |_| format!("column `{name}` is of a type that is no plain cell");
        let texts = match array.data_type() {
            // An instant's zone says how it was shown, not when it was: as text it stands in UTC.
            DataType::Timestamp(unit, Some(_)) => {
                arrow_cast::cast(array, &DataType::Timestamp(*unit, None)).and_then(|plain| text(&plain))
            }
            _ => text(array),
        };
        let texts = texts.map_err(no_text)?;
        let texts = texts.as_any().downcast_ref::<StringArray>().ok_or("the cast gave no text")?;
        column.extend(texts.iter().map(|cell| cell.filter(|text| !text.is_empty()).map(Into::into)));
        if ROWS_MAX < column.len() {
            return Err(format!("has more than {ROWS_MAX} rows"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str) -> (tempfile::TempDir, PathBuf) {
        let dir = tempfile::tempdir().expect("a place to write");
        let path = dir.path().join("outcomes.csv");
        std::fs::write(&path, text).expect("written");
        (dir, path)
    }

    #[test]
    fn cells_are_typed_by_who_reads_them_and_an_empty_one_is_none() {
        let (_dir, path) =
            written("application_id,outcome,observed_at,score\na,1,2026-01-31,612\nb,,2026-02-01T10:00:00Z,\n");
        let table = PlainTable::read(&path).expect("a table");
        assert_eq!(table.len(), 2);
        assert_eq!(table.flags("outcome").expect("flags"), [Some(true), None]);
        assert_eq!(table.numbers("score").expect("numbers"), [Some(612.0), None]);
        let days = table.days("observed_at").expect("days");
        assert_eq!(days, [Some(Day::from_civil(2026, 1, 31)), Some(Day::from_civil(2026, 2, 1))]);
    }

    #[test]
    fn a_table_that_a_run_wrote_as_parquet_reads_as_its_csv_does() {
        use cashline_core::table::{Cell, Column, Kind, Schema};
        let kinds = [("application_id", Kind::Text), ("as_of", Kind::Instant), ("score", Kind::Integer)];
        let columns = kinds.map(|(name, kind)| Column { name: name.into(), kind });
        let schema = Schema { name: "scores", columns: columns.into() };
        let dir = tempfile::tempdir().expect("a place to write");
        let read = |name: &str| {
            let format = crate::write::format(name).expect("known");
            let path = dir.path().join(format!("scores.{}", format.extension));
            let file = File::create(&path).expect("ours");
            let mut writer = (format.open)(&schema, Box::new(file)).expect("opens");
            let row = [Cell::from("a"), Cell::Instant(1_700_000_000), Cell::Integer(612)];
            writer.row(&row).expect("fits");
            writer.finish().expect("written");
            let table = PlainTable::read(&path).expect("a table");
            (table.days("as_of").expect("days"), table.numbers("score").expect("numbers"))
        };
        assert_eq!(read("parquet"), read("csv"));
        assert_eq!(read("parquet").0, [Some(Day::from_civil(2023, 11, 14))]);
    }

    #[test]
    fn a_cell_that_is_not_what_its_column_promises_is_named_by_row_and_column_and_never_quoted() {
        let (_dir, path) = written("application_id,outcome\na,1\nb,hunter2\n");
        let error = PlainTable::read(&path).expect("a table").flags("outcome").expect_err("no flag").to_string();
        assert!(error.contains("row 2, column `outcome`") && !error.contains("hunter2"), "{error}");
    }

    #[test]
    fn ragged_rows_doubled_and_absent_columns_are_refused_by_name() {
        for (text, word) in [("a,b\n1,2,3\n", "line 2"), ("a,a\n1,2\n", "two columns `a`"), ("a\n1\n", "at least two")]
        {
            let (_dir, path) = written(text);
            let error = PlainTable::read(&path).expect_err("refused").to_string();
            assert!(error.contains(word), "{error}");
        }
        let (_dir, path) = written("a,b\n1,2\n");
        let error = PlainTable::read(&path).expect("a table").numbers("c").expect_err("absent").to_string();
        assert!(error.contains("no column `c`; it has a, b"), "{error}");
    }
}
