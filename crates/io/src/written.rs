//! The tables of a published run read back as the rows that were written, whatever the format.

use std::{
    fs::File,
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
};

use cashline_core::{
    table::{Cell, Kind, SCORES_LATER, Schema},
    time::Day,
};
use parquet::{
    file::reader::{FileReader as _, SerializedFileReader},
    record::{Field, Row, reader::RowIter},
};

use crate::{
    commit::{FileRecord, sha256_hex, verify},
    error::Error,
    manifest::{MANIFEST, Manifest, SUCCESS},
    write::unguarded,
};

/// Rows in the order of the file, a cell for each column of the schema.
pub type Rows = Box<dyn Iterator<Item = Result<Vec<Cell<'static>>, Error>>>;

/// A published run whose files are those of its manifest.
#[derive(Debug)]
pub struct Run {
    dir: PathBuf,
    /// What the run says of itself.
    pub manifest: Manifest,
    /// SHA-256 of the manifest's bytes, which name the digest of every table; `sha256:` and 64 digits.
    pub digest: String,
}

impl Run {
    /// Reads the manifest. Files are verified as they are opened.
    ///
    /// # Errors
    ///
    /// [`Error`] when the directory holds no run of this version.
    pub fn open(dir: &Path) -> Result<Run, Error> {
        let path = dir.join(MANIFEST);
        let bytes = std::fs::read(&path).map_err(|source| Error::Read { path, source })?;
        let digest = format!("sha256:{}", sha256_hex(&bytes));
        Ok(Run { dir: dir.to_owned(), manifest: Manifest::parse(dir, &bytes)?, digest })
    }

    /// Whether the run says of itself that it is whole and that every gate passed.
    #[must_use]
    pub fn is_success(&self) -> bool {
        self.dir.join(SUCCESS).is_file()
    }

    /// The rows of a table; `None` when the run has no such table.
    ///
    /// # Errors
    ///
    /// [`Error`] when the file is not what the manifest says, or has other columns than this version writes.
    pub fn rows(&self, schema: &Schema) -> Result<Option<Rows>, Error> {
        let stem = |record: &&FileRecord| record.name.rsplit_once('.').is_some_and(|(stem, _)| stem == schema.name);
        let Some(record) = self.manifest.files.iter().find(stem) else { return Ok(None) };
        let path = self.dir.join(&record.name);
        if verify(&self.dir, record).is_err() {
            let message = "is not the file that the run wrote: size or SHA-256 differ from its manifest; restore it";
            return Err(Error::Unusable { path, message: message.to_owned() });
        }
        let file = File::open(&path).map_err(|source| Error::Read { path: path.clone(), source })?;
        let source = Source::new(path, schema);
        match record.name.rsplit_once('.').map(|(_, ending)| ending) {
            Some("csv") => csv_rows(source, file),
            Some("ndjson") => Ok(ndjson_rows(source, file)),
            Some("parquet") => parquet_rows(source, file),
            _ => Err(source.damaged("has an unknown format")),
        }
        .map(Some)
    }
}

fn columns(schema: &Schema) -> Vec<(String, Kind)> {
    schema.columns.iter().map(|column| (column.name.to_string(), column.kind)).collect()
}

/// A file and the columns that it must have.
struct Source {
    path: PathBuf,
    columns: Vec<(String, Kind)>,
    // Of these, those that the file lacks because an earlier version wrote it: null in every row.
    absent: Vec<bool>,
}

impl Source {
    fn damaged(&self, what: &str) -> Error {
        let message = format!("{what}; it is from another version of cashline, or damaged");
        Error::Unusable { path: self.path.clone(), message }
    }

    fn new(path: PathBuf, schema: &Schema) -> Source {
        let columns = columns(schema);
        let absent = vec![false; columns.len()];
        Source { path, columns, absent }
    }

    /// Demands every column, in its place; what earlier versions did not write may be absent, all of it together.
    fn check<'a>(&mut self, names: impl Iterator<Item = &'a str>) -> Result<(), Error> {
        let names: Vec<&str> = names.collect();
        let is_later = |name: &str| SCORES_LATER.contains(&name);
        let is_earlier = !names.iter().any(|name| is_later(name));
        self.absent = self.columns.iter().map(|(name, _)| is_earlier && is_later(name)).collect();
        let known = self.columns.iter().zip(&self.absent).filter(|(_, absent)| !**absent);
        match known.map(|(column, _)| column.0.as_str()).eq(names) {
            true => Ok(()),
            false => Err(self.damaged("has other columns than this version writes")),
        }
    }

    /// The cells that one function reads for each column, by its place in the file.
    fn row(
        &self,
        mut read: impl FnMut(usize, &str, Kind) -> Option<Cell<'static>>,
    ) -> Result<Vec<Cell<'static>>, Error> {
        let mut place = 0;
        let columns = self.columns.iter().zip(&self.absent);
        let mut cell = |((name, kind), absent): (&(String, Kind), &bool)| {
            if *absent {
                return Some(Cell::Null);
            }
            place += 1;
            read(place - 1, name, *kind)
        };
        let cells: Option<Vec<Cell<'static>>> = columns.map(&mut cell).collect();
        cells.ok_or_else(|| self.damaged("holds a cell of another kind than its column"))
    }
}

fn csv_rows(mut source: Source, file: File) -> Result<Rows, Error> {
    let mut reader = csv::Reader::from_reader(file);
    let names = reader.headers().map_err(|_| source.damaged("has no header"))?.clone();
    source.check(names.iter())?;
    Ok(Box::new(reader.into_records().map(move |record| {
        let record = record.map_err(|_| source.damaged("is no CSV"))?;
        source.row(|at, _, kind| {
            let text = record.get(at)?;
            text_cell(if kind == Kind::Text { unguarded(text) } else { text }, kind)
        })
    })))
}

fn ndjson_rows(source: Source, file: File) -> Rows {
    Box::new(BufReader::new(file).lines().map(move |line| {
        let line = line.map_err(|error| Error::Read { path: source.path.clone(), source: error })?;
        let object: serde_json::Map<String, serde_json::Value> =
            serde_json::from_str(&line).map_err(|_| source.damaged("is no NDJSON"))?;
        source.row(|_, name, kind| match (object.get(name).or_else(|| later(name))?, kind) {
            (serde_json::Value::Null, _) => Some(Cell::Null),
            (serde_json::Value::Bool(flag), Kind::Flag) => Some(Cell::Flag(*flag)),
            (serde_json::Value::Number(number), Kind::Integer) => number.as_i64().map(Cell::Integer),
            (serde_json::Value::Number(number), Kind::Real) => number.as_f64().map(Cell::Real),
            (serde_json::Value::String(text), Kind::Text) => Some(Cell::from(text.clone())),
            (serde_json::Value::String(text), Kind::Date | Kind::Instant) => text_cell(text, kind),
            _ => None,
        })
    }))
}

fn parquet_rows(mut source: Source, file: File) -> Result<Rows, Error> {
    let reader = SerializedFileReader::new(file).map_err(|_| source.damaged("is no Parquet"))?;
    let schema = reader.metadata().file_metadata().schema().clone();
    source.check(schema.get_fields().iter().map(|field| field.name()))?;
    let rows = RowIter::from_file_into(Box::new(reader));
    Ok(Box::new(rows.map(move |row| {
        let row: Row = row.map_err(|_| source.damaged("holds rows that cannot be read"))?;
        let fields: Vec<&Field> = row.get_column_iter().map(|(_, field)| field).collect();
        source.row(|at, _, kind| match (*fields.get(at)?, kind) {
            (Field::Null, _) => Some(Cell::Null),
            (Field::Str(text), Kind::Text) => Some(Cell::from(text.clone())),
            (Field::Long(number), Kind::Integer) => Some(Cell::Integer(*number)),
            (Field::Double(number), Kind::Real) => Some(Cell::Real(*number)),
            (Field::Bool(flag), Kind::Flag) => Some(Cell::Flag(*flag)),
            (Field::Date(day), Kind::Date) => Some(Cell::Date(Day(*day))),
            (Field::TimestampMillis(millis), Kind::Instant) => Some(Cell::Instant(millis.div_euclid(1_000))),
            _ => None,
        })
    })))
}

/// What stands for a column of the scores that an earlier version did not write.
fn later(name: &str) -> Option<&'static serde_json::Value> {
    SCORES_LATER.contains(&name).then_some(&serde_json::Value::Null)
}

/// A cell as text formats write it; an empty cell is null.
fn text_cell(text: &str, kind: Kind) -> Option<Cell<'static>> {
    if text.is_empty() {
        return Some(Cell::Null);
    }
    match kind {
        Kind::Text => Some(Cell::from(text.to_owned())),
        Kind::Integer => text.parse().ok().map(Cell::Integer),
        Kind::Real => text.parse().ok().filter(|number: &f64| number.is_finite()).map(Cell::Real),
        Kind::Flag => text.parse().ok().map(Cell::Flag),
        Kind::Date => {
            let date = text.parse::<chrono::NaiveDate>().ok()?;
            let days = date.signed_duration_since(chrono::NaiveDate::default()).num_days();
            i32::try_from(days).ok().map(|days| Cell::Date(Day(days)))
        }
        Kind::Instant => {
            chrono::DateTime::parse_from_rfc3339(text).ok().map(|instant| Cell::Instant(instant.timestamp()))
        }
    }
}

/// Whether two cells mean the same in every format: a text format knows no empty text, Parquet no whole number in a column of
/// reals.
#[must_use]
pub fn same(a: &Cell<'_>, b: &Cell<'_>) -> bool {
    #[expect(clippy::cast_precision_loss, reason = "as the Parquet writer does")]
    let real = |cell: &Cell<'_>| match cell {
        Cell::Integer(number) => Some(*number as f64),
        Cell::Real(number) => Some(*number),
        _ => None,
    };
    match (a, b) {
        (Cell::Integer(a), Cell::Integer(b)) => a == b,
        (Cell::Text(text), Cell::Null) | (Cell::Null, Cell::Text(text)) => text.is_empty(),
        _ => match (real(a), real(b)) {
            (Some(a), Some(b)) => a.total_cmp(&b).is_eq(),
            _ => a == b,
        },
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use cashline_core::table::Column;

    use super::*;
    use crate::write::FORMATS;

    #[test]
    fn every_format_reads_back_what_was_written() {
        let kinds = [Kind::Text, Kind::Integer, Kind::Real, Kind::Flag, Kind::Date, Kind::Instant];
        let columns = kinds.map(|kind| Column { name: Cow::Owned(format!("{kind:?}")), kind });
        let schema = Schema { name: "probe", columns: columns.into() };
        let rows: Vec<Vec<Cell<'static>>> = vec![
            vec![
                Cell::from("a, \"b\"\n=1"),
                Cell::Integer(i64::MIN),
                Cell::Real(0.1),
                Cell::Flag(true),
                Cell::Date(Day(-1)),
                Cell::Instant(1_700_000_000),
            ],
            vec![Cell::Null; 6],
            vec![
                Cell::from("'=formula"),
                Cell::Integer(0),
                Cell::Integer(3),
                Cell::Flag(false),
                Cell::Date(Day(20_000)),
                Cell::Instant(0),
            ],
        ];
        let dir = tempfile::tempdir().expect("a place to write");
        for format in FORMATS {
            let path = dir.path().join(format!("probe.{}", format.extension));
            let file = File::create(&path).expect("ours");
            let mut writer = (format.open)(&schema, Box::new(file)).expect("opens");
            rows.iter().for_each(|row| writer.row(row).expect("fits"));
            writer.finish().expect("written");
            let source = Source::new(path.clone(), &schema);
            let file = File::open(&path).expect("there");
            let read = match format.name {
                "csv" => csv_rows(source, file).expect("a header"),
                "ndjson" => ndjson_rows(source, file),
                _ => parquet_rows(source, file).expect("a footer"),
            };
            let read: Vec<Vec<Cell<'static>>> = read.map(|row| row.expect("readable")).collect();
            assert_eq!(read.len(), rows.len(), "{}", format.name);
            for (read, row) in read.iter().zip(&rows) {
                assert!(read.iter().zip(row).all(|(a, b)| same(a, b)), "{}: {read:?} {row:?}", format.name);
            }
        }
    }

    #[test]
    fn scores_of_a_version_that_told_no_institution_are_read_with_nulls_in_its_place() {
        let whole = cashline_core::table::scores();
        let mut earlier = whole.clone();
        earlier.columns.retain(|column| !SCORES_LATER.contains(&&*column.name));
        assert_eq!(earlier.columns.len() + SCORES_LATER.len(), whole.columns.len());
        // Each cell tells its column.
        let cell = |column: &Column| match column.kind {
            Kind::Text => Cell::from(column.name.to_string()),
            _ => Cell::Null,
        };
        let dir = tempfile::tempdir().expect("a place to write");
        for format in FORMATS {
            let read = |schema: &Schema, name: &str| {
                let path = dir.path().join(format!("{name}.{}", format.extension));
                let mut writer = (format.open)(schema, Box::new(File::create(&path).expect("ours"))).expect("opens");
                writer.row(&schema.columns.iter().map(cell).collect::<Vec<_>>()).expect("fits");
                writer.finish().expect("written");
                let (source, file) = (Source::new(path.clone(), &whole), File::open(&path).expect("there"));
                match format.name {
                    "csv" => csv_rows(source, file),
                    "ndjson" => Ok(ndjson_rows(source, file)),
                    _ => parquet_rows(source, file),
                }
            };
            let rows: Vec<_> =
                read(&earlier, "earlier").expect("its columns").map(|row| row.expect("readable")).collect();
            let expected: Vec<Cell<'_>> = whole
                .columns
                .iter()
                .map(|column| if SCORES_LATER.contains(&&*column.name) { Cell::Null } else { cell(column) })
                .collect();
            assert!(rows[0].iter().zip(&expected).all(|(a, b)| same(a, b)), "{}", format.name);
            assert_eq!((rows.len(), rows[0].len()), (1, whole.columns.len()), "{}", format.name);
            // One of them alone is no version's.
            let mut odd = whole.clone();
            odd.columns.retain(|column| column.name != "institution");
            assert!(format.name == "ndjson" || read(&odd, "odd").is_err(), "{}", format.name);
        }
    }

    #[test]
    fn cells_that_differ_are_told_apart() {
        for (a, b) in [
            (Cell::from("a"), Cell::from("b")),
            (Cell::from("a"), Cell::Null),
            (Cell::from("-x"), Cell::from("'-x")),
            (Cell::Integer(1), Cell::Integer(2)),
            (Cell::Integer(1 << 53), Cell::Integer((1 << 53) + 1)),
            (Cell::Real(0.1), Cell::Real(0.1 + f64::EPSILON)),
            (Cell::Real(0.0), Cell::Null),
        ] {
            assert!(!same(&a, &b), "{a:?} {b:?}");
        }
    }
}
