//! The tabular doors against the shared corpora and against samples of what tools really write.

mod corrections;
mod events;
pub(super) mod samples;
mod shapes;

use std::{
    collections::BTreeMap,
    io::Write as _,
    path::{Path, PathBuf},
};

use cashline_core::{
    category::categoriser::{Categoriser, Memo},
    defect::{Defect, Source},
    history::HistoryBuilder,
    row::Row,
};

use crate::{
    error::Error,
    read::{Detected, Head, InputFile, Item, LAYOUTS, ReadOptions, Table, open},
};

/// What a file holds: rows printed without their place, and defects.
#[derive(Debug, Default)]
struct Contents {
    rows: Vec<String>,
    lines: Vec<u64>,
    defects: Vec<Defect>,
}

/// A row as text, its place taken out, so that layouts can be compared.
fn print(row: &Row<'_>) -> (String, Source) {
    let mut row = row.clone();
    let source = match &mut row {
        Row::Application(row) => std::mem::take(&mut row.source),
        Row::Account(row) => std::mem::take(&mut row.source),
        Row::Balance(row) => std::mem::take(&mut row.source),
        Row::Transaction(row) => std::mem::take(&mut row.source),
        Row::Correction(row) => std::mem::take(&mut row.source),
        Row::Truncated { .. } => Source::default(),
    };
    (crate::read::shown(&Item::Row(row)), source)
}

fn identify(path: &Path, table: Option<Table>, options: &ReadOptions) -> Result<InputFile, Error> {
    let (packing, bytes, whole) = open::head(path)?;
    let head = Head::new(&bytes, whole);
    for (layout, row) in LAYOUTS.iter().enumerate() {
        let table = match (row.detect)(&head, options) {
            Detected::No => continue,
            Detected::Yes(seen) => table.or(seen),
            Detected::Refused(_) if table.is_some() => table,
            Detected::Refused(message) => return Err(Error::Unusable { path: path.to_owned(), message }),
        };
        return Ok(InputFile { path: path.to_owned(), index: 0, table, layout, packing });
    }
    Err(Error::Unusable { path: path.to_owned(), message: "no layout".to_owned() })
}

fn read_with(path: &Path, table: Option<Table>, options: &ReadOptions) -> Result<Contents, Error> {
    let file = identify(path, table, options)?;
    let mut contents = Contents::default();
    (LAYOUTS[file.layout].read)(&file, options, &mut |item| {
        match item {
            Item::Row(row) => {
                let (text, source) = print(&row);
                contents.rows.push(text);
                contents.lines.push(source.line);
            }
            Item::Defect(defect) => contents.defects.push(defect),
            Item::Ignored(_) => {}
        }
        Ok(())
    })?;
    Ok(contents)
}

fn read(path: &Path) -> Result<Contents, Error> {
    read_with(path, None, &ReadOptions::default())
}

fn read_text(text: &str) -> Result<Contents, Error> {
    read_text_with(text, &ReadOptions::default())
}

fn read_text_with(text: &str, options: &ReadOptions) -> Result<Contents, Error> {
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
    file.write_all(text.as_bytes()).expect("room on disk");
    read_with(file.path(), None, options)
}

/// A folder of the shared material; `None` where it is absent, which CI does not accept.
fn shared(name: &str) -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let found = [root.join("../shared"), root.join("../../shared")].into_iter().map(|shared| shared.join(name));
    let found = found.into_iter().find(|path| path.exists());
    if found.is_none() {
        assert!(std::env::var_os("CI").is_none(), "{name} is absent");
        std::io::stderr().write_all(format!("SKIPPED: {name} is absent\n").as_bytes()).expect("stderr");
    }
    found
}

fn manifest(folder: &Path) -> Vec<serde_json::Value> {
    let text = std::fs::read_to_string(folder.join("manifest.jsonl")).expect("a manifest");
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

/// The defects that only a history sees: they rest on more than one row.
fn history_defects(path: &Path) -> Vec<Defect> {
    let mut builder = HistoryBuilder::new();
    let file = identify(path, None, &ReadOptions::default()).expect("read before");
    let push = &mut |item: Item<'_>| {
        if let Item::Row(row) = &item {
            builder.push(row);
        }
        Ok(())
    };
    (LAYOUTS[file.layout].read)(&file, &ReadOptions::default(), push).expect("read before");
    builder.finish(&Categoriser::builtin(), &mut Memo::default()).defects().to_vec()
}

#[test]
fn every_verdict_and_line_number_of_the_polluted_corpus_is_met() {
    let Some(folder) = shared("corpora/bankcsv-polluted") else { return };
    let mut wrong = Vec::new();
    let cases = manifest(&folder);
    for case in &cases {
        let name = case["file"].as_str().expect("a name");
        let path = folder.join("csv").join(name);
        let found = read(&path).map(|mut contents| {
            contents.defects.extend(history_defects(&path));
            contents
        });
        let (verdict, mut lines) = match found {
            Err(error) => {
                assert_eq!(error.exit_code(), 2, "{name}");
                ("reject_file", vec![])
            }
            Ok(contents) if contents.defects.is_empty() => ("accept", vec![]),
            Ok(contents) => ("reject_row", contents.defects.iter().map(|defect| defect.source.line).collect()),
        };
        lines.sort_unstable();
        let expected: Vec<u64> = serde_json::from_value(case["bad_lines"].clone()).expect("lines");
        if case["expect"] != verdict || (verdict == "reject_row" && expected != lines) {
            wrong.push(format!("{name}: expected {} {expected:?}, got {verdict} {lines:?}", case["expect"]));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
    assert_eq!(cases.len(), 232);
}

#[test]
fn every_verdict_of_our_own_parquet_files_is_met_and_good_variants_hold_the_same_rows() {
    let Some(folder) = shared("corpora/parquet-own") else { return };
    let mut wrong = Vec::new();
    let mut rows: BTreeMap<Vec<String>, Vec<String>> = BTreeMap::new();
    for case in manifest(&folder) {
        let name = case["file"].as_str().expect("a name");
        let verdict = match read(&folder.join(name)) {
            Err(_) => "reject_file",
            Ok(contents) if contents.defects.is_empty() => {
                if name.starts_with("good/") && contents.rows.len() == 500 {
                    rows.entry(contents.rows).or_default().push(name.to_owned());
                }
                "accept"
            }
            Ok(contents) => {
                assert_eq!((name, contents.defects.len()), ("schema/amount_nulls.parquet", 72));
                "reject_row"
            }
        };
        if case["expect"] != verdict {
            wrong.push(format!("{name}: expected {}, got {verdict}", case["expect"]));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
    // 23 good files, of which one has 50 rows and one none.
    let variants: Vec<&Vec<String>> = rows.values().collect();
    assert_eq!(variants.len(), 1, "{variants:?}");
    assert_eq!(variants[0].len(), 21);
}

#[test]
fn berka_holds_the_same_19033_transactions_in_all_four_layouts() {
    let Some(folder) = shared("data/berka") else { return };
    let sorted = |name: &str| {
        let mut contents = read(&folder.join(name)).expect("usable");
        assert_eq!(contents.defects, [], "{name}");
        contents.rows.sort();
        contents.rows
    };
    let csv = sorted("transactions.csv.gz");
    assert_eq!(csv.len(), 19_033);
    for other in ["transactions.parquet", "transactions.ndjson.gz", "transactions_pages.json.gz"] {
        assert!(csv == sorted(other), "{other} differs from the CSV");
    }
    assert_eq!(sorted("applications.csv").len(), 235);
    // 235 accounts and the balance that stands on each.
    let accounts = sorted("accounts.parquet");
    assert_eq!(accounts.len(), 2 * 235);
    assert!(accounts == sorted("accounts.ndjson.gz"), "accounts differ between layouts");
}

#[test]
fn csv_spectrum_reads_as_its_answers_say() {
    use crate::read::scan::{Scanned, Scanner};
    let Some(folder) = shared("corpora/csv-spectrum") else { return };
    for entry in std::fs::read_dir(folder.join("csvs")).expect("a folder") {
        let path = entry.expect("an entry").path();
        let stem = path.file_stem().and_then(|stem| stem.to_str()).expect("a name").to_owned();
        let bytes = std::fs::read(&path).expect("readable");
        let mut scanner = Scanner::new(&bytes[..], b',').expect("readable");
        let mut rows: Vec<Vec<String>> = Vec::new();
        let mut bad = 0;
        loop {
            match scanner.next().expect("readable") {
                Scanned::End => break,
                Scanned::Row(row) => rows.push(row.text().expect("UTF-8").iter().map(str::to_owned).collect()),
                Scanned::Bad(..) => bad += 1,
            }
        }
        // Quotes inside unquoted fields: RFC 4180 forbids them (and the answer on file is of another CSV).
        assert_eq!(bad, usize::from(stem == "location_coordinates"), "{stem}");
        if bad == 1 {
            continue;
        }
        let header = rows.remove(0);
        let objects: Vec<BTreeMap<&str, &str>> = rows
            .iter()
            .map(|row| header.iter().map(String::as_str).zip(row.iter().map(String::as_str)).collect())
            .collect();
        let answer = std::fs::read_to_string(folder.join("json").join(format!("{stem}.json"))).expect("an answer");
        let answer: serde_json::Value = serde_json::from_str(&answer).expect("JSON");
        assert_eq!(serde_json::to_value(objects).expect("text"), answer, "{stem}");
    }
}

#[test]
fn no_file_of_the_malformed_corpora_panics_or_yields_rows() {
    let mut seen = 0;
    for name in ["corpora/duckdb-bad", "corpora/arrow-testing", "corpora/parquet-testing"] {
        let Some(folder) = shared(name) else { return };
        let mut folders = vec![folder];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(&folder).expect("a folder") {
                let path = entry.expect("an entry").path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                seen += 1;
                for table in [None, Some(Table::Transactions), Some(Table::Accounts), Some(Table::Balances)] {
                    if let Ok(contents) = read_with(&path, table, &ReadOptions::default()) {
                        assert_eq!(contents.rows, Vec::<String>::new(), "{}", path.display());
                    }
                }
            }
        }
    }
    assert!(600 < seen, "{seen} files");
}
