//! Writes segments: of new files, and of segments that have become many.

use std::{
    collections::HashSet,
    fs::{File, OpenOptions},
    io::{self, BufWriter, Seek as _, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
};

use cashline_core::{defect::Source, row::Row};
use sha2::{Digest as _, Sha256};
use zstd::stream::write::Encoder;

use crate::{
    commit::{Interrupt, writing},
    error::Error,
    packed::{Packer, Record},
    portfolio::ReadFile,
    read::{
        Facts, InputFile, Item, Table,
        segment::{Header, MAGIC, VERSION},
    },
};

/// zstd's level: the default, at which packing costs less than reading the export.
const LEVEL: i32 = 3;
/// Items between two looks at the signal.
const ITEMS_BETWEEN_CHECKS: u32 = 1_024;

/// Rows that are kept however often they come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Repeats {
    /// All rows.
    Kept,
    /// Of applications, accounts and balances each once: their repeats change no answer. Repeats of transactions are counted
    /// in the answers and stay.
    Dropped,
}

/// Reads files and writes all that they hold into a segment at `path`, synced; the files' digests in their order.
pub(super) fn write(
    path: &Path,
    files: &[InputFile],
    read: &ReadFile<'_>,
    repeats: Repeats,
    interrupt: &Interrupt,
) -> Result<(), Error> {
    let failed = writing(path);
    let dir = path.parent().unwrap_or(Path::new("."));
    // The header says how lists ended, which only the end of the last file tells: the records wait in a file without a name.
    let body = tempfile::tempfile_in(dir).map_err(&failed)?;
    let (facts, mut body) = records(path, body, files, read, repeats, interrupt)?;
    let header = Header::of(&facts);
    let mut out = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path).map_err(&failed)?;
    let written = |out: &mut File, body: &mut File| -> io::Result<()> {
        let mut encoder = encoder(&mut *out)?;
        writeln!(encoder, "{MAGIC}{VERSION}")?;
        serde_json::to_writer(&mut encoder, &header)?;
        writeln!(encoder)?;
        encoder.finish()?;
        body.rewind()?;
        io::copy(body, out)?;
        out.sync_all()
    };
    written(&mut out, &mut body).map_err(&failed)
}

fn encoder<W: io::Write>(out: W) -> io::Result<Encoder<'static, W>> {
    let mut encoder = Encoder::new(out, LEVEL)?;
    encoder.include_checksum(true)?;
    Ok(encoder)
}

type Read = (Vec<(Option<Table>, Facts)>, File);

fn records(
    path: &Path,
    body: File,
    files: &[InputFile],
    read: &ReadFile<'_>,
    repeats: Repeats,
    interrupt: &Interrupt,
) -> Result<Read, Error> {
    let failed = writing(path);
    let mut packer = Packer::new(encoder(BufWriter::with_capacity(1 << 18, body)).map_err(&failed)?);
    let mut facts = Vec::with_capacity(files.len());
    let mut seen = Seen::default();
    let mut items = 0_u32;
    for file in files {
        let of_file = read.items(file, &mut |item| {
            items = items.wrapping_add(1);
            if items.is_multiple_of(ITEMS_BETWEEN_CHECKS) {
                interrupt.check()?;
            }
            let record = match item {
                Item::Row(row) if repeats == Repeats::Dropped && seen.repeats(&row) => return Ok(()),
                Item::Row(row) => Record::Row(row),
                Item::Defect(defect) => Record::Defect(defect),
                // Counted for people; nothing is made of it.
                Item::Ignored(_) => return Ok(()),
            };
            packer.push(&record).map(|_| ()).map_err(&failed)
        })?;
        facts.push((file.table, of_file));
    }
    let out = packer.into_inner().finish().map_err(&failed)?;
    let body = out.into_inner().map_err(|error| failed(error.into_error()))?;
    Ok((facts, body))
}

/// Rows that were met, by the digest of their content.
#[derive(Default)]
struct Seen(HashSet<[u8; 32]>);

impl Seen {
    /// True when the row came before and repeats of its table change no answer.
    fn repeats(&mut self, row: &Row<'_>) -> bool {
        let mut row = match row {
            Row::Transaction(_) | Row::Correction(_) | Row::Truncated { .. } => return false,
            row => row.clone(),
        };
        match &mut row {
            Row::Application(row) => row.source = Source::default(),
            Row::Account(row) => row.source = Source::default(),
            Row::Balance(row) => row.source = Source::default(),
            Row::Transaction(_) | Row::Correction(_) | Row::Truncated { .. } => {}
        }
        // A row that cannot be written down is kept: writing it will say why.
        postcard::to_extend(&row, vec![]).is_ok_and(|bytes: Vec<u8>| !self.0.insert(Sha256::digest(&bytes).into()))
    }
}
