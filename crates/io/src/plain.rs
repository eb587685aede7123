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
use parquet::arrow::{ProjectionMask, arrow_reader::ParquetRecordBatchReaderBuilder};

use crate::{
    error::Error,
    read::{InputFile, open, scan::ScanError, table},
    write::unguarded,
};

mod lines;
mod nested;
mod spelling;

use lines::Lines;

pub use nested::nested;

/// Most rows of a plain table.
pub const ROWS_MAX: usize = 20_000_000;
/// Most columns of a plain table.
pub const COLUMNS_MAX: usize = 4_096;
/// Most rows of a chunk of [`in_chunks`].
const CHUNK_ROWS: usize = 8_192;

/// A table of texts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PlainTable {
    path: PathBuf,
    names: Vec<String>,
    // One a column; an empty cell is none.
    columns: Vec<Vec<Option<Box<str>>>>,
    // Read from CSV, where a text of ours may stand behind an apostrophe.
    is_csv: bool,
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
        let read = if is_parquet { parquet(path).map_err(ScanError::Refused) } else { csv(path) };
        let (names, columns) = read.map_err(|error| match error {
            ScanError::Io(source) => refused(source),
            ScanError::Refused(message) => Error::Unusable { path: path.to_owned(), message },
        })?;
        PlainTable { path: path.to_owned(), names, columns, is_csv: !is_parquet }.checked()
    }

    fn checked(self) -> Result<PlainTable, Error> {
        let mut seen = BTreeSet::new();
        match self.names.iter().position(|name| !seen.insert(name.as_str())) {
            Some(at) if is_known(&self.names[at]) => {
                Err(self.unusable(format!("holds two columns `{}`", self.names[at])))
            }
            Some(at) => Err(self.unusable(format!(
                "column {} is called as one before it: give each a name of its own; or is the header missing?",
                at + 1
            ))),
            None => Ok(self),
        }
    }

    /// Where the table was read from.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
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
        self.texts(name).ok_or_else(|| {
            let names: Vec<&str> = self.names.iter().map(String::as_str).collect();
            let found = table::listed_if(&names, &is_known);
            let is_header = names.iter().any(|name| is_known(name));
            let question = if is_header { "" } else { "; is the header missing?" };
            self.unusable(format!("holds no column `{name}`; it has {found}{question}"))
        })
    }

    /// A cell's text where it names something of our tables: of CSV without the apostrophe that they put before a formula, so
    /// that what was copied out of one is found.
    #[must_use]
    pub fn copied<'c>(&self, cell: &'c str) -> &'c str {
        if self.is_csv { unguarded(cell) } else { cell }
    }

    /// A column of numbers; an empty cell is none.
    ///
    /// # Errors
    ///
    /// [`Error::Unusable`] naming the line of the first cell that is no finite number, or the column when it is absent.
    pub fn numbers(&self, name: &str) -> Result<Vec<Option<f64>>, Error> {
        self.typed(name, "number", |text| text.parse::<f64>().ok().filter(|number| number.is_finite()))
    }

    /// Whether every cell was a text, so that a number is written as whoever made the file wrote it; columns of Parquet have types.
    #[must_use]
    pub fn is_csv(&self) -> bool {
        self.is_csv
    }

    /// A column of days, `2026-11-22`; of an instant, `2026-11-22T10:00:00-05:00`, its day in UTC, which is also meant where no
    /// offset is written.
    ///
    /// # Errors
    ///
    /// As [`PlainTable::numbers`].
    pub fn days(&self, name: &str) -> Result<Vec<Option<Day>>, Error> {
        self.typed(name, "day such as 2026-11-22", day)
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

/// A day, or the day in UTC of an instant.
fn day(text: &str) -> Option<Day> {
    use chrono::{DateTime, Datelike as _, NaiveDate, NaiveDateTime};
    const SHAPES: [&str; 4] = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"];
    let of = |date: NaiveDate| Day::from_civil(date.year(), date.month(), date.day());
    let rest = text.get(10..)?;
    if rest.is_empty() {
        return NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().map(of);
    }
    if !rest.starts_with(['T', ' ']) {
        return None;
    }
    let text = text.strip_suffix(" UTC").unwrap_or(text);
    let plain = || SHAPES.iter().find_map(|shape| NaiveDateTime::parse_from_str(text, shape).ok());
    // `+00` is how DuckDB and PostgreSQL write UTC, `+0000` Python and Spark; Java leaves out seconds of zero.
    let instant = || {
        let shaped = |shape: &&str| DateTime::parse_from_str(text, &format!("{shape}%#z")).ok();
        DateTime::parse_from_rfc3339(text).ok().or_else(|| SHAPES.iter().find_map(shaped)).map(|at| at.naive_utc())
    };
    instant().or_else(plain).map(|instant| of(instant.date()))
}

/// Columns of tables that people write for us, beside those of exports. A file without a header shows a row where names are
/// wanted, so a message says no other.
const NAMES: &[&str] = &[
    "address",
    "amount_minor",
    "business",
    "date",
    "email",
    "group",
    "institution",
    "name",
    "observed_at",
    "outcome",
    "phone",
    "request_id",
    "return_code",
    "score",
    "segment",
    "weight",
];

fn is_known(name: &str) -> bool {
    NAMES.contains(&name) || table::is_ours(name)
}

/// Names of the columns of a Parquet file, or of the first line of a text with commas, packed or not; nothing further is
/// read. None where the file is neither.
///
/// # Errors
///
/// [`Error::Read`] when the system refuses, [`Error::Unusable`] for damaged Parquet.
pub fn header(path: &Path) -> Result<Option<Vec<String>>, Error> {
    let (_, head, _) = open::head(path)?;
    if head.starts_with(b"PAR1") {
        let file = File::open(path).map_err(|source| Error::Read { path: path.to_owned(), source })?;
        let opened = catch_unwind(AssertUnwindSafe(|| {
            let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(|error| damaged(&error))?;
            Ok(builder.schema().fields().iter().map(|field| field.name().clone()).collect())
        }));
        let names = opened.unwrap_or_else(|_| Err(damaged(&"the decoder gave up on it")));
        return names.map(Some).map_err(|message| Error::Unusable { path: path.to_owned(), message });
    }
    Ok(Lines::new(&*head).ok().map(Lines::into_names).filter(|names| 1 < names.len()))
}

/// Reads the wanted columns of a CSV or Parquet file, packed or not, a few thousand rows at a time, for tables that may be as
/// large as an export. `each` takes a chunk and the rows before it. Lists and structs of Parquet are cells of JSON.
///
/// # Errors
///
/// As [`PlainTable::read`], and the errors of `each`.
pub fn in_chunks(
    path: &Path,
    wanted: &dyn Fn(&str) -> bool,
    each: &mut dyn FnMut(&PlainTable, usize) -> Result<(), Error>,
) -> Result<(), Error> {
    let (packing, head, _) = open::head(path)?;
    if head.starts_with(b"PAR1") {
        return parquet_chunks(path, wanted, each);
    }
    let unusable = |message: String| Error::Unusable { path: path.to_owned(), message };
    let file = InputFile { path: path.to_owned(), index: 0, table: None, layout: 0, packing };
    let mut content = open::open(&file)?;
    let read = (|| {
        let mut lines = Lines::new(&mut content)?;
        let names = lines.names().to_vec();
        let kept: Vec<usize> = (0..names.len()).filter(|at| wanted(&names[*at])).collect();
        let empty = || PlainTable {
            path: path.to_owned(),
            names: kept.iter().map(|at| names[*at].clone()).collect(),
            columns: vec![vec![]; kept.len()],
            is_csv: true,
        };
        let (mut table, mut before) = (empty().checked().map_err(Stop::Run)?, 0);
        while let Some(record) = lines.next()? {
            for (column, at) in table.columns.iter_mut().zip(&kept) {
                let cell = record.get(*at);
                column.push((!cell.is_empty()).then(|| cell.into()));
            }
            if table.len() == CHUNK_ROWS {
                each(&table, before).map_err(Stop::Run)?;
                before += table.len();
                table = empty();
            }
        }
        each(&table, before).map_err(Stop::Run)
    })();
    match read {
        Ok(()) => content.finish().map(|_| ()),
        Err(Stop::Run(error)) => Err(error),
        Err(Stop::Scan(ScanError::Io(error))) => Err(content.explain(error)),
        Err(Stop::Scan(ScanError::Refused(message))) => Err(unusable(message)),
    }
}

/// Why the reading of chunks stopped.
enum Stop {
    Scan(ScanError),
    Run(Error),
}

impl From<ScanError> for Stop {
    fn from(error: ScanError) -> Stop {
        Stop::Scan(error)
    }
}

fn parquet_chunks(
    path: &Path,
    wanted: &dyn Fn(&str) -> bool,
    each: &mut dyn FnMut(&PlainTable, usize) -> Result<(), Error>,
) -> Result<(), Error> {
    let unusable = |message: String| Error::Unusable { path: path.to_owned(), message };
    let caught = |call: &mut dyn FnMut() -> Result<Option<PlainTable>, String>| {
        let read = catch_unwind(AssertUnwindSafe(call));
        read.unwrap_or_else(|_| Err(damaged(&"the decoder gave up on it"))).map_err(unusable)
    };
    let file = File::open(path).map_err(|source| Error::Read { path: path.to_owned(), source })?;
    let (mut reader, mut names) = (None, vec![]);
    caught(&mut || {
        let file = file.try_clone().map_err(|error| damaged(&error))?;
        let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(|error| damaged(&error))?;
        let fields = builder.schema().fields().clone();
        let kept: Vec<usize> = (0..fields.len()).filter(|at| wanted(fields[*at].name())).collect();
        names = kept.iter().map(|at| fields[*at].name().clone()).collect();
        let mask = ProjectionMask::roots(builder.parquet_schema(), kept);
        let built = builder.with_projection(mask).with_batch_size(CHUNK_ROWS).build();
        reader = Some(built.map_err(|error| damaged(&error))?);
        Ok(None)
    })?;
    let mut before = 0;
    while let Some(table) = caught(&mut || {
        let Some(batch) = reader.as_mut().and_then(Iterator::next) else { return Ok(None) };
        let mut columns = vec![vec![]; names.len()];
        take(&batch.map_err(|error| damaged(&error))?, &names, &mut columns)?;
        Ok(Some(PlainTable { path: path.to_owned(), names: names.clone(), columns, is_csv: false }))
    })? {
        let table = table.checked()?;
        each(&table, before)?;
        before += table.len();
    }
    Ok(())
}

fn damaged(error: &dyn std::fmt::Display) -> String {
    format!("is no readable Parquet: {error}")
}

type Parts = (Vec<String>, Vec<Vec<Option<Box<str>>>>);

fn csv(path: &Path) -> Result<Parts, ScanError> {
    let mut lines = Lines::new(File::open(path)?)?;
    let names = lines.names().to_vec();
    if names.len() < 2 || COLUMNS_MAX < names.len() {
        let message = format!("has {} columns; a comma-separated header with at least two is wanted", names.len());
        return Err(ScanError::Refused(message));
    }
    let mut columns: Vec<Vec<Option<Box<str>>>> = vec![vec![]; names.len()];
    while let Some(record) = lines.next()? {
        for (column, cell) in columns.iter_mut().zip(record.iter()) {
            column.push((!cell.is_empty()).then(|| cell.into()));
        }
        if ROWS_MAX < columns[0].len() {
            return Err(ScanError::Refused(format!("has more than {ROWS_MAX} rows")));
        }
    }
    Ok((names, columns))
}

fn parquet(path: &Path) -> Result<Parts, String> {
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
            DataType::Struct(_) | DataType::List(_) | DataType::LargeList(_) | DataType::Map(..) => {
                column.extend((0..array.len()).map(|at| nested::cell(array, at)));
                continue;
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
    fn an_instant_is_the_day_it_has_in_utc_and_what_follows_a_day_must_be_a_time() {
        let read = |text: &str| {
            let (_dir, path) = written(&format!("application_id,observed_at\na,{text}\n"));
            PlainTable::read(&path).and_then(|table| table.days("observed_at")).ok().map(|days| days[0])
        };
        let day = |date: u32| Some(Some(Day::from_civil(2026, 1, date)));
        // 23:00 in New York is 04:00 of the next day in London.
        assert_eq!(read("2026-01-30T23:00:00-05:00"), day(31));
        assert_eq!(read("2026-01-30 23:00:00.5-05"), day(31));
        for utc in [
            "2026-01-30",
            "2026-01-30T23:00:00",
            "2026-01-30 23:00:00.250",
            "2026-01-30T23:00:00Z",
            "2026-01-30 23:00:00+00",
            "2026-01-30 23:00:00 UTC",
            "2026-01-30T23:00:00.000+0000",
            "2026-01-30 23:00Z",
            "2026-01-30T23:00Z",
            "2026-01-31T04:30:00+0530",
            "2026-01-31T00:00+01:00",
        ] {
            assert_eq!(read(utc), day(30), "{utc}");
        }
        for bad in ["2026-01-30 junk", "2026-01-30T", "2026-01-30T25:00:00", "2026-02-30", "2026-1-30", "2026-01-300"] {
            assert_eq!(read(bad), None, "{bad}");
        }
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
    fn chunks_hold_every_row_once_and_the_wanted_columns_alone() {
        let text: String = (0..20_000).map(|row| format!("{row},x,{}\n", row * 2)).collect();
        let (_dir, path) = written(&format!("a,b,c\n{text}"));
        assert_eq!(header(&path).expect("a table"), Some(["a", "b", "c"].map(str::to_owned).to_vec()));
        let mut seen = vec![];
        in_chunks(&path, &|name| name != "b", &mut |table, before| {
            assert_eq!((table.names(), before), (&["a".to_owned(), "c".to_owned()][..], seen.len()));
            seen.extend(table.numbers("c")?);
            Ok(())
        })
        .expect("read");
        assert_eq!(seen, (0..20_000).map(|row| Some(f64::from(row * 2))).collect::<Vec<_>>());
        let stopped = in_chunks(&path, &|_| true, &mut |table, _| table.days("a").map(|_| ()));
        assert!(stopped.expect_err("no day").to_string().contains("row 1, column `a`"));
    }

    #[test]
    fn a_cell_that_is_not_what_its_column_promises_is_named_by_row_and_column_and_never_quoted() {
        let (_dir, path) = written("application_id,outcome\na,1\nb,hunter2\n");
        let error = PlainTable::read(&path).expect("a table").flags("outcome").expect_err("no flag").to_string();
        assert!(error.contains("row 2, column `outcome`") && !error.contains("hunter2"), "{error}");
    }

    #[test]
    fn ragged_rows_doubled_and_absent_columns_are_refused_by_name() {
        for (text, word) in [
            ("a,b\n1,2,3\n", "line 2"),
            ("weight,weight\n1,2\n", "two columns `weight`"),
            ("a,a\n1,2\n", "column 2"),
            ("a\n1\n", "at least two"),
        ] {
            let (_dir, path) = written(text);
            let error = PlainTable::read(&path).expect_err("refused").to_string();
            assert!(error.contains(word), "{error}");
        }
        let (_dir, path) = written("a,b\n1,2\n");
        let error = PlainTable::read(&path).expect("a table").numbers("c").expect_err("absent").to_string();
        assert!(error.contains("no column `c`; it has 2 columns of other names; is the header missing?"), "{error}");
        let (_dir, path) = written("application_id,own\n1,2\n");
        let error = PlainTable::read(&path).expect("a table").numbers("outcome").expect_err("absent").to_string();
        assert!(error.ends_with("no column `outcome`; it has application_id and 1 others"), "{error}");
    }

    #[test]
    fn no_cell_of_a_file_without_a_header_is_shown() {
        for text in ["Ada Quill,ada@example.com\nBo Reed,bo@example.com\n", "Ada Quill,Ada Quill\nBo Reed,Bo\n"] {
            let (_dir, path) = written(text);
            let read = PlainTable::read(&path).and_then(|table| table.wanted("applicant_id").map(|_| ()));
            let error = read.expect_err("no header").to_string();
            assert!(error.contains("is the header missing?"), "{error}");
            assert!(!error.contains("Ada") && !error.contains("ada@"), "{error}");
        }
    }

    #[test]
    fn a_stray_quote_or_one_that_is_never_closed_refuses_the_file_by_its_line_and_swallows_no_row() {
        for (text, line) in [
            ("a,b\n1,\"x\n2,y\n3,z\n", "line 2"),
            ("a,b\n1,x\n2,\"y\n3,\"z\n4,v\n", "line 3"),
            ("a,b\n1,x\n2,y\"\n", "line 3"),
            ("a,b\n1,\"x\" y\n", "line 2"),
        ] {
            let (_dir, path) = written(text);
            let error = PlainTable::read(&path).expect_err("refused").to_string();
            assert!(error.contains(line) && error.contains("quote"), "{text:?}: {error}");
            let mut rows = 0;
            let chunks = in_chunks(&path, &|_| true, &mut |table, _| {
                rows += table.len();
                Ok(())
            });
            assert!(chunks.is_err() && rows == 0, "{text:?}");
        }
        let (_dir, path) = written("a,b\n1,\"x, \"\"y\"\"\nz\"\n2,\n");
        let table = PlainTable::read(&path).expect("a table");
        assert_eq!(table.texts("b").expect("there"), [Some("x, \"y\"\nz".into()), None]);
    }
}
