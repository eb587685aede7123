//! What stands at the place of an output, and what of it is not the run's.

use std::{ffi::OsString, fs, io, path::Path};

use serde_json::Value;

use super::writing;
use crate::{
    error::Error,
    manifest::{MANIFEST, RUN_LOG, SUCCESS},
};

/// What stands at the place of the output.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Standing {
    Nothing,
    EmptyDirectory,
    Run,
}

pub(super) fn standing(dir: &Path) -> Result<Standing, Error> {
    let refuse = |message: &str| Error::Output { path: dir.to_owned(), message: message.to_owned() };
    let kind = match fs::symlink_metadata(dir) {
        Ok(metadata) => metadata.file_type(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Standing::Nothing),
        Err(error) => return Err(writing(dir)(error)),
    };
    if kind.is_symlink() {
        return Err(refuse("is a link; name the directory itself"));
    }
    if !kind.is_dir() {
        return Err(refuse("is no directory; name a new one"));
    }
    if fs::symlink_metadata(dir.join(MANIFEST)).is_ok_and(|metadata| metadata.is_file()) {
        return Ok(Standing::Run);
    }
    let empty = fs::read_dir(dir).map_err(writing(dir))?.next().is_none();
    if empty {
        Ok(Standing::EmptyDirectory)
    } else {
        Err(refuse("holds files that are no run of ours; name a new directory"))
    }
}

/// The first entry of a directory, by name, that the manifest in it does not list.
///
/// The manifest may be of a fit or of another version: whatever it lists as its files is its own. One that lists none is damaged or
/// somebody else's, and comes before all others.
pub(super) fn stranger(dir: &Path) -> Result<Option<OsString>, Error> {
    let manifest = fs::read(dir.join(MANIFEST)).unwrap_or_default();
    let files = serde_json::from_slice(&manifest).map_or(Value::Null, |manifest: Value| manifest["files"].clone());
    if !files.is_array() && !files.is_object() && dir.join(MANIFEST).exists() {
        return Ok(Some(MANIFEST.into()));
    }
    let is_listed = |name: &str| match &files {
        Value::Array(files) => files.iter().any(|file| file["name"] == name),
        Value::Object(files) => files.contains_key(name),
        _ => false,
    };
    let is_own = |name: &str| [MANIFEST, RUN_LOG, SUCCESS].contains(&name) || is_listed(name);
    let mut first: Option<OsString> = None;
    for entry in fs::read_dir(dir).map_err(writing(dir))? {
        let entry = entry.map_err(writing(dir))?;
        let is_file = entry.file_type().map_err(writing(&entry.path()))?.is_file();
        let name = entry.file_name();
        if !(is_file && name.to_str().is_some_and(is_own)) && first.as_ref().is_none_or(|first| name < *first) {
            first = Some(name);
        }
    }
    Ok(first)
}
