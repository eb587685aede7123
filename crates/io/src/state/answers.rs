//! What a state keeps of a night's answers: lines of JSON in zstd, by applicant and application.

use std::{
    fs::{self, OpenOptions},
    io::{BufRead as _, BufReader, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
};

use cashline_core::event::Watch;
use zstd::stream::{read::Decoder, write::Encoder};

use crate::{commit::writing, error::Error};

/// Writes the answers into a file at `path`, synced.
pub(super) fn write(path: &Path, mut watches: Vec<Watch>) -> Result<(), Error> {
    watches.sort_unstable_by(|a, b| (&a.applicant_id, &a.application_id).cmp(&(&b.applicant_id, &b.application_id)));
    let written = || {
        let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
        let mut encoder = Encoder::new(file, 3)?;
        encoder.include_checksum(true)?;
        for watch in &watches {
            serde_json::to_writer(&mut encoder, watch)?;
            encoder.write_all(b"\n")?;
        }
        encoder.finish()?.sync_all()
    };
    written().map_err(writing(path))
}

/// Reads them again; the file was verified.
pub(super) fn read(path: &Path) -> Result<Vec<Watch>, Error> {
    let reading = |source| Error::Read { path: path.to_owned(), source };
    let file = fs::File::open(path).map_err(reading)?;
    let lines = BufReader::new(Decoder::new(file).map_err(reading)?).lines();
    let watch = |line: std::io::Result<String>| {
        let line = line.map_err(reading)?;
        serde_json::from_str(&line).map_err(|_| {
            let message = "holds answers of another version; begin a new state over all files".to_owned();
            Error::Unusable { path: path.to_owned(), message }
        })
    };
    lines.map(watch).collect()
}
