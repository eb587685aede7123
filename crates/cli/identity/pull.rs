//! Finds the files of an export and hands every object in them to the store. Files that are neither JSON nor a table of owners
//! or accounts (the applications, a table of transactions) are passed over in a folder and refused when named.

use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
};

use anyhow::Result;
use cashline_io::{
    error::Error,
    plain,
    read::{InputFile, open},
};

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::{
    flat::{self, Rows},
    shape::Things,
    store::Store,
};

/// Deepest folder below an argument.
const FOLDERS_DEEP_MAX: usize = 64;

/// How a file is read.
#[derive(Clone, Copy)]
enum Way {
    Json,
    /// JSON whose objects are rows of a flat table.
    FlatJson(Rows),
    Flat(Rows),
}

/// Reads the identity data of an export: JSON, NDJSON, list envelopes, events, sessions, tables of owners and accounts in CSV
/// and Parquet; plain, gzip or zstd.
///
/// # Errors
///
/// A path that cannot be read, a named file that is none of these, a file that breaks off or is damaged (by line and column, never
/// by content), and an export that mixes live and test accounts.
pub(crate) fn pull(paths: &[PathBuf]) -> Result<Store> {
    let mut files = BTreeMap::new();
    let mut passed = 0;
    for path in paths {
        let failed = |source| Error::Read { path: path.clone(), source };
        let found = fs::canonicalize(path).map_err(failed)?;
        if fs::metadata(&found).map_err(failed)?.is_dir() {
            walk(&found, &mut files, &mut passed, 0)?;
        } else if let Some(way) = way(&found)? {
            files.insert(found, way);
        } else {
            let message = "no JSON, and no table of owners (account, name, email, phone, raw_address) or accounts (id, \
                           institution_name); name such files";
            return Err(Error::Unusable { path: path.clone(), message: message.to_owned() }.into());
        }
    }
    let mut store = Store::new(passed);
    for (path, way) in &files {
        match way {
            Way::Json => read(path, &mut |things: Things| {
                things.0.into_iter().for_each(|thing| store.take(thing));
                Ok(())
            })?,
            Way::FlatJson(rows) => flat_json(path, *rows, &mut store)?,
            Way::Flat(rows) => flat::read(path, *rows, &mut store)?,
        }
    }
    Ok(store)
}

fn walk(folder: &Path, files: &mut BTreeMap<PathBuf, Way>, passed: &mut u64, depth: usize) -> Result<(), Error> {
    let failed = |source| Error::Read { path: folder.to_owned(), source };
    if FOLDERS_DEEP_MAX <= depth {
        let message = "a folder that holds itself by a link, or is too deep; name its files instead".to_owned();
        return Err(Error::Unusable { path: folder.to_owned(), message });
    }
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let name = path.file_name().unwrap_or_default().as_encoded_bytes();
        // As for scoring: hidden files, success markers, checksums and notes are no data.
        let ends = [&b"_SUCCESS"[..], b".crc", b".md"];
        if name.starts_with(b".") || name.starts_with(b"_") || ends.iter().any(|end| name.ends_with(end)) {
            continue;
        }
        let path = fs::canonicalize(&path).map_err(|source| Error::Read { path: path.clone(), source })?;
        if path.is_dir() {
            walk(&path, files, passed, depth + 1)?;
        } else if let Some(way) = way(&path)? {
            files.insert(path, way);
        } else {
            *passed += 1;
        }
    }
    Ok(())
}

fn way(path: &Path) -> Result<Option<Way>, Error> {
    let (_, head, _) = open::head(path)?;
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&head).trim_ascii_start();
    if let Some(b'{' | b'[') = text.first() {
        let flat = first_keys(text).and_then(|keys| flat::rows_of_keys(&keys));
        return Ok(Some(flat.map_or(Way::Json, Way::FlatJson)));
    }
    let names = plain::header(path)?;
    Ok(names.and_then(|names| flat::rows(&names)).map(Way::Flat))
}

/// The keys of the first object, in a list or not; `None` when the head of the file does not hold the whole of it.
fn first_keys(head: &[u8]) -> Option<Vec<String>> {
    let head = head.strip_prefix(b"[").map_or(head, <[u8]>::trim_ascii_start);
    let first = serde_json::Deserializer::from_slice(head).into_iter::<Map<String, Value>>().next()?;
    Some(first.ok()?.into_iter().map(|(key, _)| key).collect())
}

fn flat_json(path: &Path, rows: Rows, store: &mut Store) -> Result<(), Error> {
    let mut count = 0_u64;
    read(path, &mut |value: Value| {
        let items = match value {
            Value::Array(items) => items,
            one => vec![one],
        };
        for item in items {
            count += 1;
            let taken = match item {
                Value::Object(object) => flat::take(object, rows, store),
                _ => Err(" is no object".to_owned()),
            };
            taken.map_err(|what| {
                let message = format!("row {count}{what}; export it again");
                Error::Unusable { path: path.to_owned(), message }
            })?;
        }
        Ok(())
    })
}

/// Hands on the values of a JSON file.
fn read<T: DeserializeOwned>(path: &Path, take: &mut dyn FnMut(T) -> Result<(), Error>) -> Result<(), Error> {
    let (packing, _, _) = open::head(path)?;
    let file = InputFile { path: path.to_owned(), index: 0, table: None, layout: 0, packing };
    let mut content = open::open(&file)?;
    let mut failed = None;
    {
        let mut reader = BufReader::with_capacity(256 * 1024, &mut content);
        let start = reader.fill_buf().map(|bytes| bytes.starts_with(b"\xef\xbb\xbf"));
        if let Ok(true) = start {
            reader.consume(3);
        }
        for value in serde_json::Deserializer::from_reader(reader).into_iter::<T>() {
            match value {
                Ok(value) => take(value)?,
                Err(error) => {
                    failed = Some(error);
                    break;
                }
            }
        }
    }
    match failed {
        None => content.finish().map(|_| ()),
        Some(error) if error.is_io() => Err(content.explain(error.into())),
        // The parser's own message may quote what stands there.
        Some(error) => {
            let what = if error.is_eof() { "breaks off" } else { "is no JSON" };
            let message = format!("{what} at line {}, column {}; export it again", error.line(), error.column());
            Err(Error::Unusable { path: path.to_owned(), message })
        }
    }
}
