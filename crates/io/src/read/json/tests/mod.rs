//! The layouts against each other, the quirks, the fixtures and the corpora.

mod corpora;
mod defects;
mod layouts;
mod near;
mod tables;

use std::{
    io::Write,
    path::{Path, PathBuf},
};

use cashline_core::{
    defect::{Defect, DefectKind},
    row::Row,
};

use crate::{
    error::Error,
    input::Inputs,
    read::{Item, LAYOUTS, ListOf, ReadOptions, truncated},
};

/// What a run over files saw.
#[derive(Clone, PartialEq, Debug, Default)]
struct Seen {
    /// Rows as text without their source, ascending.
    rows: Vec<String>,
    defects: Vec<Defect>,
    ignored: Vec<&'static str>,
    /// The name of the last file's layout.
    layout: &'static str,
    truncated: Vec<String>,
}

impl Seen {
    fn faults(&self) -> Vec<(u64, &str, DefectKind)> {
        self.defects.iter().map(|defect| (defect.source.line, defect.column.as_str(), defect.kind)).collect()
    }
}

/// Reads a file or folder as a run would.
fn read(path: &Path) -> Result<Seen, Error> {
    let options = ReadOptions::default();
    let inputs = Inputs::discover(&[path], &options)?;
    let mut seen = Seen::default();
    let mut facts = Vec::new();
    for file in &inputs.files {
        let layout = &LAYOUTS[file.layout];
        seen.layout = layout.name;
        facts.push((layout.read)(file, &options, &mut |item| {
            match item {
                Item::Row(row) => seen.rows.push(print(&row)),
                Item::Defect(defect) => seen.defects.push(defect),
                Item::Ignored(what) => seen.ignored.push(what),
            }
            Ok(())
        })?);
    }
    let files: Vec<_> = inputs.files.iter().zip(&facts).collect();
    seen.truncated = truncated(&files)?;
    seen.rows.sort();
    Ok(seen)
}

/// Reads one text from a file.
fn read_text(text: &str) -> Result<Seen, Error> {
    read_bytes(text.as_bytes())
}

fn read_bytes(bytes: &[u8]) -> Result<Seen, Error> {
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
    file.write_all(bytes).expect("room on disk");
    read(file.path())
}

/// A row without its source: all layouts must agree on it.
fn print(row: &Row<'_>) -> String {
    let mut row = row.clone();
    let source = cashline_core::defect::Source::default();
    match &mut row {
        Row::Application(row) => row.source = source,
        Row::Account(row) => row.source = source,
        Row::Balance(row) => row.source = source,
        Row::Transaction(row) => row.source = source,
        Row::Correction(row) => row.source = source,
        Row::Truncated { .. } => {}
    }
    crate::read::shown(&Item::Row(row))
}

/// A folder of `../shared`, or `None` after saying so; in CI its absence fails.
fn shared(path: &str) -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().skip(2);
    let found = root.map(|folder| folder.join("../shared").join(path)).find(|path| path.exists());
    if found.is_none() {
        assert!(std::env::var_os("CI").is_none(), "{path} is not there");
        let mut out = std::io::stderr();
        writeln!(out, "SKIPPED: ../shared/{path} is not there").expect("a terminal");
    }
    found
}

/// Names the lists, for tests of their ends.
fn list_of(account: &str) -> ListOf {
    ListOf::Account(account.to_owned())
}
