//! A file being written: plain, gzip or zstd, with the line it stands at as an editor counts it.

use std::{
    fs::File,
    io::{BufWriter, Write},
    path::{Path, PathBuf},
};

use crate::{error::Error, read::Packing};

/// A text file being written.
pub(super) struct Sink {
    path: PathBuf,
    line: u64,
    out: Packed,
}

enum Packed {
    Plain(BufWriter<File>),
    Gzip(flate2::write::GzEncoder<BufWriter<File>>),
    Zstd(zstd::Encoder<'static, BufWriter<File>>),
}

/// What a packing adds to a file's name.
pub(super) fn suffix(packing: Packing) -> &'static str {
    match packing {
        Packing::Plain => "",
        Packing::Gzip => ".gz",
        Packing::Zstd => ".zst",
    }
}

impl Sink {
    /// Opens `DIR/NAME` with the packing's suffix.
    pub(super) fn create(dir: &Path, name: &str, packing: Packing) -> Result<Sink, Error> {
        let path = dir.join(format!("{name}{}", suffix(packing)));
        let file = File::create(&path).map_err(|source| Error::Write { path: path.clone(), source })?;
        let file = BufWriter::with_capacity(1 << 18, file);
        let out = match packing {
            Packing::Plain => Packed::Plain(file),
            Packing::Gzip => Packed::Gzip(flate2::write::GzEncoder::new(file, flate2::Compression::fast())),
            Packing::Zstd => {
                Packed::Zstd(zstd::Encoder::new(file, 1).map_err(|source| Error::Write { path: path.clone(), source })?)
            }
        };
        Ok(Sink { path, line: 1, out })
    }

    /// The line that the next byte stands on, from 1.
    pub(super) fn line(&self) -> u64 {
        self.line
    }

    /// Writes bytes.
    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.line += memchr::memchr_iter(b'\n', bytes).count() as u64;
        let written = match &mut self.out {
            Packed::Plain(out) => out.write_all(bytes),
            Packed::Gzip(out) => out.write_all(bytes),
            Packed::Zstd(out) => out.write_all(bytes),
        };
        written.map_err(|source| Error::Write { path: self.path.clone(), source })
    }

    /// Ends the stream and flushes it.
    pub(super) fn finish(self) -> Result<PathBuf, Error> {
        let ended = match self.out {
            Packed::Plain(mut out) => out.flush(),
            Packed::Gzip(out) => out.finish().and_then(|mut out| out.flush()),
            Packed::Zstd(out) => out.finish().and_then(|mut out| out.flush()),
        };
        match ended {
            Ok(()) => Ok(self.path),
            Err(source) => Err(Error::Write { path: self.path, source }),
        }
    }
}

impl std::fmt::Debug for Sink {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Sink").field("path", &self.path).field("line", &self.line).finish_non_exhaustive()
    }
}
