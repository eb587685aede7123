//! Published runs, read back: their digests verified, their tables in whatever format the run wrote.

use std::{
    collections::BTreeMap,
    io::Write as _,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, anyhow};
use cashline_core::{
    limits::REASONS_MAX,
    table::{self, Cell, Kind, Schema},
    time::Day,
};
use cashline_io::{
    error::Error,
    manifest::{Manifest, SUCCESS},
    written,
};
use cashline_lab::{
    run::{Application, Earned, Run, RunRecord},
    sample::Key,
};

use crate::screen;

/// What a visitor of rows gets: one cell for each column that it asked for, in that order.
type Visit<'v> = dyn FnMut(&[Cell<'_>]) -> Result<()> + 'v;

/// Says on stderr that a run is none to rely on.
pub(crate) fn warn_of_failure(dir: &Path, run: &written::Run) -> Result<()> {
    if !run.is_success() {
        let mut err = screen::stderr();
        writeln!(err, "warning: {} has no `{SUCCESS}`: a gate failed, or the run was copied in part", dir.display())?;
    }
    Ok(())
}

/// A run as it stands in its directory.
#[derive(Debug)]
pub(crate) struct PublishedRun {
    dir: PathBuf,
    run: written::Run,
}

impl PublishedRun {
    /// Opens a run by its manifest; tables are verified when they are read.
    pub(crate) fn open(dir: &Path) -> Result<PublishedRun> {
        let run = written::Run::open(dir).map_err(|error| match error {
            Error::Read { source, .. } => {
                anyhow!("{}: is no published run ({source}); name the directory of score -o", dir.display())
            }
            other => other.into(),
        })?;
        warn_of_failure(dir, &run)?;
        Ok(PublishedRun { dir: dir.to_owned(), run })
    }

    /// What the run says of itself.
    pub(crate) fn manifest(&self) -> &Manifest {
        &self.run.manifest
    }

    /// SHA-256 of the manifest's bytes, which name the digest of every table.
    pub(crate) fn digest(&self) -> &str {
        &self.run.digest
    }

    /// The model's content-addressed id.
    pub(crate) fn model_id(&self) -> &str {
        self.manifest().digests.get("model").map_or("", String::as_str)
    }

    /// Hands over the rows of a table, in the order of the file.
    pub(crate) fn rows(&self, schema: &Schema, columns: &[&str], visit: &mut Visit<'_>) -> Result<()> {
        let place = |name: &&str| schema.columns.iter().position(|column| column.name == **name);
        let places: Vec<Option<usize>> = columns.iter().map(place).collect();
        let known = columns.iter().zip(&places).all(|(name, at)| at.is_some() || OPTIONAL.contains(name));
        assert!(known, "only columns of the schema are asked for, and those that it may come to have");
        let rows = self.run.rows(schema)?;
        let rows = rows.with_context(|| format!("{}: the run holds no {} table", self.dir.display(), schema.name))?;
        for row in rows {
            let mut row = row?;
            let cells: Vec<Cell<'_>> = places
                .iter()
                .map(|at| at.map_or(Cell::Null, |at| std::mem::replace(&mut row[at], Cell::Null)))
                .collect();
            visit(&cells).with_context(|| self.dir.display().to_string())?;
        }
        Ok(())
    }

    /// The run in memory, as the laboratory compares runs.
    pub(crate) fn load(&self) -> Result<Run> {
        let mut run = Run::new(self.record());
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

    /// A text column of the scores, by application; empty where there is none. `None` when the scores have no such column.
    pub(crate) fn texts(&self, name: &str, keys: &[Key]) -> Result<Option<Vec<String>>> {
        let schema = table::scores();
        if !schema.columns.iter().any(|column| column.name == name && column.kind == Kind::Text) {
            return Ok(None);
        }
        let by_id = self.by_application(name, |cell| text_or_none(cell).map(str::to_owned))?;
        Ok(Some(keys.iter().map(|key| by_id.get(&key.application_id).cloned().unwrap_or_default()).collect()))
    }

    /// The day of T in the run's zone, of each application that has a score.
    pub(crate) fn days(&self, keys: &[Key]) -> Result<Vec<Day>> {
        let by_id = self.by_application("score_date", |cell| match cell {
            Cell::Date(day) => Some(*day),
            _ => None,
        })?;
        keys.iter().map(|key| by_id.get(&key.application_id).copied().ok_or_else(damaged)).collect()
    }

    /// A column of the scores by application, where it holds something.
    fn by_application<T>(&self, column: &str, read: impl Fn(&Cell<'_>) -> Option<T>) -> Result<BTreeMap<String, T>> {
        let mut by_id = BTreeMap::new();
        self.rows(&table::scores(), &["application_id", column], &mut |cells| {
            if let Some(value) = read(&cells[1]) {
                by_id.insert(text(&cells[0])?.to_owned(), value);
            }
            Ok(())
        })?;
        Ok(by_id)
    }

    fn record(&self) -> RunRecord {
        let manifest = self.manifest();
        let set_aside = manifest.counts.set_aside();
        let defects: BTreeMap<String, u64> = set_aside.map(|(kind, count)| (kind.to_owned(), count)).collect();
        let read: u64 = manifest.inputs.iter().flat_map(|input| input.rows.values()).sum();
        RunRecord {
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
