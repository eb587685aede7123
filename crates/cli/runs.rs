//! Published runs, read back: their digests verified, their tables in whatever format the run wrote.

use std::{
    borrow::Cow,
    collections::HashMap,
    fs::File,
    io::{BufRead as _, BufReader, ErrorKind},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, anyhow, bail};
use arrow_array::{Array, Float64Array, Int64Array, RecordBatch, StringArray, TimestampMillisecondArray};
use cashline_core::{
    defect::DefectKind,
    limits::REASONS_MAX,
    table::{self, Cell, Kind, Schema},
};
use cashline_io::{
    commit::{sha256, verify},
    error::Error,
    manifest::{MANIFEST, Manifest},
};
use cashline_lab::{
    run::{Application, Earned, Facts, Run},
    sample::Key,
};
use parquet::arrow::{ProjectionMask, arrow_reader::ParquetRecordBatchReaderBuilder};

/// What a visitor of rows gets: one cell for each column that it asked for, in that order.
type Visit<'v> = dyn FnMut(&[Cell<'_>]) -> Result<()> + 'v;

/// A run as it stands in its directory.
#[derive(Debug)]
pub(crate) struct PublishedRun {
    dir: PathBuf,
    /// What the run says of itself.
    pub(crate) manifest: Manifest,
    /// SHA-256 of the manifest's bytes, which name the digest of every table.
    pub(crate) digest: String,
}

impl PublishedRun {
    /// Opens a run by its manifest; tables are verified when they are read.
    pub(crate) fn open(dir: &Path) -> Result<PublishedRun> {
        let bytes = match std::fs::read(dir.join(MANIFEST)) {
            Ok(bytes) => bytes,
            Err(error) => bail!("{}: is no published run ({error}); name the directory of score -o", dir.display()),
        };
        let manifest = Manifest::parse(dir, &bytes)?;
        Ok(PublishedRun { dir: dir.to_owned(), manifest, digest: format!("sha256:{}", sha256(&bytes)) })
    }

    /// The model's content-addressed id.
    pub(crate) fn model_id(&self) -> &str {
        self.manifest.digests.get("model").map_or("", String::as_str)
    }

    /// Hands over the rows of a table, in the order of the file.
    pub(crate) fn rows(&self, schema: &Schema, columns: &[&str], visit: &mut Visit<'_>) -> Result<()> {
        let record =
            self.manifest.files.iter().find(|record| {
                record.name.strip_prefix(schema.name).is_some_and(|rest| rest.strip_prefix('.').is_some())
            });
        let record =
            record.with_context(|| format!("{}: the run holds no {} table", self.dir.display(), schema.name))?;
        let path = self.dir.join(&record.name);
        verify(&self.dir, record).map_err(|error| match error {
            Error::Write { source, .. } if source.kind() == ErrorKind::InvalidData => {
                anyhow!("{}: is not what the run wrote, by its digest; score again", path.display())
            }
            Error::Write { path, source } => Error::Read { path, source }.into(),
            other => other.into(),
        })?;
        let kind = |name: &str| schema.columns.iter().find(|column| column.name == name).map(|column| column.kind);
        let or_text = |name: &str| kind(name).or_else(|| OPTIONAL.contains(&name).then_some(Kind::Text));
        let wanted: Vec<(&str, Kind)> = columns.iter().filter_map(|name| Some((*name, or_text(name)?))).collect();
        assert_eq!(wanted.len(), columns.len(), "only columns of the schema are asked for");
        let file = File::open(&path).map_err(|source| Error::Read { path: path.clone(), source })?;
        let read = match path.extension().and_then(|ending| ending.to_str()) {
            Some("csv") => csv_rows(file, &wanted, visit),
            Some("ndjson") => ndjson_rows(file, &wanted, visit),
            _ => parquet_rows(file, &wanted, visit),
        };
        read.with_context(|| path.display().to_string())
    }

    /// The run in memory, as the laboratory compares runs.
    pub(crate) fn load(&self) -> Result<Run> {
        let mut run = Run::new(self.facts());
        let codes: Vec<String> = (1..=REASONS_MAX).map(|rank| format!("reason_{rank}_code")).collect();
        let columns: Vec<&str> = SCORES.into_iter().chain(codes.iter().map(String::as_str)).chain(OPTIONAL).collect();
        self.rows(&table::scores(), &columns, &mut |cells| {
            run.push(&application(cells)?);
            Ok(())
        })?;
        run.sort().with_context(|| self.dir.display().to_string())?;
        self.rows(&table::characteristics(), &CHARACTERISTICS, &mut |cells| {
            let key = (text(&cells[1])?, instant(&cells[2])?, text(&cells[0])?);
            let earned = Earned {
                attribute: text(&cells[3])?,
                bin: text(&cells[4])?,
                missing: text_or_none(&cells[6]),
                value: real(&cells[7]),
                points: integer(&cells[5]).ok_or_else(damaged)?,
            };
            Ok(run.earn(key, &earned)?)
        })?;
        Ok(run)
    }

    fn facts(&self) -> Facts {
        let manifest = &self.manifest;
        let told = DefectKind::UnmatchedCorrection.code();
        let set_aside = manifest.counts.defects.iter().filter(|(kind, _)| *kind != told);
        let defects: std::collections::BTreeMap<String, u64> =
            set_aside.map(|(kind, count)| (kind.clone(), *count)).collect();
        let read: u64 = manifest.inputs.iter().flat_map(|input| input.rows.values()).sum();
        Facts {
            run_id: manifest.run_id.clone(),
            model_id: self.model_id().to_owned(),
            engine_version: manifest.engine_version.clone(),
            digests: manifest.digests.clone(),
            ledger: manifest.counts.ledger.clone(),
            rows: read + defects.values().sum::<u64>(),
            defects,
        }
    }
}

/// Of the scores, in the order in which [`application`] takes them; the codes of reasons follow.
const SCORES: [&str; 10] = [
    "application_id",
    "applicant_id",
    "as_of",
    "status",
    "decision",
    "sufficiency",
    "score",
    "base_points",
    "band",
    "probability",
];
/// Of the scores, texts that not every version of cashline writes; null where they are not.
const OPTIONAL: [&str; 2] = ["institution", "segment"];
const CHARACTERISTICS: [&str; 8] =
    ["application_id", "applicant_id", "as_of", "attribute", "bin", "points", "missing", "value"];

fn application<'a>(cells: &'a [Cell<'_>]) -> Result<Application<'a>> {
    let after = SCORES.len();
    Ok(Application {
        key: Key {
            applicant_id: text(&cells[1])?.to_owned(),
            as_of: instant(&cells[2])?,
            application_id: text(&cells[0])?.to_owned(),
        },
        status: text(&cells[3])?,
        decision: text(&cells[4])?,
        sufficiency: text(&cells[5])?,
        score: integer(&cells[6]),
        base_points: integer(&cells[7]),
        band: text_or_none(&cells[8]),
        probability: real(&cells[9]),
        reasons: cells[after..after + REASONS_MAX].iter().filter_map(text_or_none).collect(),
        institution: cells.get(after + REASONS_MAX).and_then(text_or_none),
        segment: cells.get(after + REASONS_MAX + 1).and_then(text_or_none),
    })
}

fn damaged() -> anyhow::Error {
    anyhow!("a row lacks what every row of such a table has; it is from another version of cashline, score again")
}

/// The text of a cell that is never null.
pub(crate) fn text<'a>(cell: &'a Cell<'_>) -> Result<&'a str> {
    text_or_none(cell).ok_or_else(damaged)
}

fn text_or_none<'a>(cell: &'a Cell<'_>) -> Option<&'a str> {
    match cell {
        Cell::Text(text) => Some(text),
        _ => None,
    }
}

/// The number of a cell of whole numbers.
pub(crate) fn integer(cell: &Cell<'_>) -> Option<i64> {
    match cell {
        Cell::Integer(number) => Some(*number),
        _ => None,
    }
}

fn real(cell: &Cell<'_>) -> Option<f64> {
    match cell {
        Cell::Real(number) => Some(*number),
        _ => None,
    }
}

fn instant(cell: &Cell<'_>) -> Result<i64> {
    match cell {
        Cell::Instant(seconds) => Ok(*seconds),
        _ => Err(damaged()),
    }
}

/// A column that is there, or one that need not be.
fn found<T>(place: Option<T>, column: &str) -> Result<Option<T>> {
    if place.is_none() && !OPTIONAL.contains(&column) {
        bail!("lacks the column `{column}`; it is from another version of cashline, score again");
    }
    Ok(place)
}

/// A cell from its text; an empty one is null.
fn parsed<'t>(text: Cow<'t, str>, kind: Kind) -> Result<Cell<'t>> {
    if text.is_empty() {
        return Ok(Cell::Null);
    }
    Ok(match kind {
        Kind::Integer => Cell::Integer(text.parse().map_err(|_| damaged())?),
        Kind::Real => Cell::from(text.parse::<f64>().map_err(|_| damaged())?),
        Kind::Instant => Cell::Instant(chrono::DateTime::parse_from_rfc3339(&text).map_err(|_| damaged())?.timestamp()),
        Kind::Text | Kind::Flag | Kind::Date => Cell::Text(text),
    })
}

fn csv_rows(file: File, wanted: &[(&str, Kind)], visit: &mut Visit<'_>) -> Result<()> {
    let mut reader = csv::Reader::from_reader(BufReader::with_capacity(1 << 18, file));
    let header = reader.headers()?.clone();
    let place = |name: &str| found(header.iter().position(|one| one == name), name);
    let places: Vec<Option<usize>> = wanted.iter().map(|(name, _)| place(name)).collect::<Result<_>>()?;
    let mut row = csv::StringRecord::new();
    while reader.read_record(&mut row)? {
        let cells =
            places.iter().zip(wanted).map(|(at, (_, kind))| parsed(Cow::Borrowed(at.map_or("", |at| &row[at])), *kind));
        visit(&cells.collect::<Result<Vec<Cell<'_>>>>()?)?;
    }
    Ok(())
}

fn ndjson_rows(file: File, wanted: &[(&str, Kind)], visit: &mut Visit<'_>) -> Result<()> {
    let mut reader = BufReader::with_capacity(1 << 18, file);
    let mut line = String::new();
    while reader.read_line(&mut line)? != 0 {
        let mut row: HashMap<String, serde_json::Value> = serde_json::from_str(&line)?;
        let cells = wanted.iter().map(|(name, kind)| match found(row.remove(*name), name)? {
            None | Some(serde_json::Value::Null) => Ok(Cell::Null),
            Some(serde_json::Value::String(text)) if *kind == Kind::Text => Ok(Cell::Text(Cow::Owned(text))),
            Some(serde_json::Value::String(text)) => parsed(Cow::Owned(text), *kind),
            Some(other) => parsed(Cow::Owned(other.to_string()), *kind),
        });
        visit(&cells.collect::<Result<Vec<Cell<'_>>>>()?)?;
        line.clear();
    }
    Ok(())
}

fn parquet_rows(file: File, wanted: &[(&str, Kind)], visit: &mut Visit<'_>) -> Result<()> {
    let builder = ParquetRecordBatchReaderBuilder::try_new(file)?;
    let names = wanted.iter().map(|(name, _)| *name);
    let mask = ProjectionMask::columns(builder.parquet_schema(), names);
    for batch in builder.with_projection(mask).with_batch_size(8_192).build()? {
        let batch = batch?;
        let columns = wanted.iter().map(|(name, kind)| column(&batch, name, *kind));
        let columns: Vec<Column<'_>> = columns.collect::<Result<_>>()?;
        let mut cells = Vec::with_capacity(columns.len());
        for row in 0..batch.num_rows() {
            cells.clear();
            cells.extend(columns.iter().map(|column| column.cell(row)));
            visit(&cells)?;
        }
    }
    Ok(())
}

enum Column<'b> {
    Absent,
    Text(&'b StringArray),
    Integer(&'b Int64Array),
    Real(&'b Float64Array),
    Instant(&'b TimestampMillisecondArray),
}

fn column<'b>(batch: &'b RecordBatch, name: &str, kind: Kind) -> Result<Column<'b>> {
    let Some(array) = found(batch.column_by_name(name), name)? else { return Ok(Column::Absent) };
    let array = array.as_any();
    let column = match kind {
        Kind::Integer => array.downcast_ref().map(Column::Integer),
        Kind::Real => array.downcast_ref().map(Column::Real),
        Kind::Instant => array.downcast_ref().map(Column::Instant),
        Kind::Text => array.downcast_ref().map(Column::Text),
        // No reader of runs asks for these yet.
        Kind::Flag | Kind::Date => None,
    };
    column.ok_or_else(|| {
        anyhow!("its column `{name}` is of another type; it is from another version of cashline, score again")
    })
}

impl<'b> Column<'b> {
    fn cell(&self, row: usize) -> Cell<'b> {
        match self {
            Column::Text(array) if array.is_valid(row) => Cell::Text(Cow::Borrowed(array.value(row))),
            Column::Integer(array) if array.is_valid(row) => Cell::Integer(array.value(row)),
            Column::Real(array) if array.is_valid(row) => Cell::from(array.value(row)),
            Column::Instant(array) if array.is_valid(row) => Cell::Instant(array.value(row).div_euclid(1_000)),
            _ => Cell::Null,
        }
    }
}
