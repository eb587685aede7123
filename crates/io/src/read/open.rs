//! Opens a file for one sequential read: unpacks gzip and zstd by their magic, holds the output to a limit, and takes
//! the SHA-256 of the raw bytes on the way, so that what the manifest names is what was scored.

use std::{
    fs::{File, Metadata},
    io::{self, BufReader, Read},
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use flate2::read::MultiGzDecoder;
use sha2::{Digest, Sha256};
use zstd::stream::read::Decoder as ZstdDecoder;

use crate::{
    error::Error,
    read::{Facts, InputFile, Packing},
};

/// Bytes of a file's start, unpacked, by which its layout is told.
pub const HEAD_BYTES: usize = 64 * 1024;
/// Most bytes that one packed file may unpack to.
pub const UNPACKED_BYTES_MAX: u64 = 1 << 40;
/// Most bytes that one packed byte may stand for, once [`UNPACKED_FREE_BYTES`] are passed. Bank data packs 10 to 60 times.
pub const UNPACK_RATIO_MAX: u64 = 1_000;
/// Below this many bytes a file may unpack to at whatever ratio.
pub const UNPACKED_FREE_BYTES: u64 = 64 * 1024 * 1024;

const CHUNK_BYTES: usize = 256 * 1024;
// A bomb is seen long before it reaches the absolute limit.
const _: () = assert!(UNPACKED_FREE_BYTES < UNPACKED_BYTES_MAX);

/// The unpacked bytes of a file, read once from start to end.
pub struct Content {
    path: PathBuf,
    packing: Packing,
    decoder: Decoder,
    before: Stamp,
    unpacked: u64,
    bytes_max: u64,
}

impl std::fmt::Debug for Content {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Content").field("path", &self.path).field("unpacked", &self.unpacked).finish_non_exhaustive()
    }
}

enum Decoder {
    Plain(HashingReader<File>),
    Gzip(Box<MultiGzDecoder<BufReader<HashingReader<File>>>>),
    Zstd(Box<ZstdDecoder<'static, BufReader<HashingReader<File>>>>),
}

impl Decoder {
    fn raw(self) -> HashingReader<File> {
        match self {
            Decoder::Plain(raw) => raw,
            Decoder::Gzip(decoder) => decoder.into_inner().into_inner(),
            Decoder::Zstd(decoder) => decoder.finish().into_inner(),
        }
    }
}

/// What tells whether a file was written to while it was read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Stamp {
    bytes: u64,
    modified: (i64, i64),
}

impl Stamp {
    fn of(metadata: &Metadata) -> Stamp {
        Stamp { bytes: metadata.len(), modified: (metadata.mtime(), metadata.mtime_nsec()) }
    }
}

/// Opens an input for reading.
///
/// # Errors
///
/// The file cannot be opened or is no regular file.
pub fn open(file: &InputFile) -> Result<Content, Error> {
    Content::new(&file.path, file.packing)
}

/// The digest of a file that is read out of order (Parquet): one pass of its own.
///
/// # Errors
///
/// The file cannot be read, or changed meanwhile.
pub fn digest(path: &Path) -> Result<Facts, Error> {
    Content::new(path, Packing::Plain)?.finish()
}

/// The start of a file: how it is packed, its first unpacked bytes, and whether they are all of it.
///
/// # Errors
///
/// The file cannot be read or its packing is damaged.
pub fn head(path: &Path) -> Result<(Packing, Vec<u8>, bool), Error> {
    let mut magic = [0_u8; 4];
    let mut file = regular(path)?.0;
    let count = read_full(&mut file, &mut magic).map_err(|source| Error::Read { path: path.to_owned(), source })?;
    let packing = Packing::of(&magic[..count]);
    let mut content = Content::new(path, packing)?;
    let mut bytes = vec![0; HEAD_BYTES + 1];
    let count = read_full(&mut content, &mut bytes).map_err(|error| content.explain(error))?;
    let whole = count <= HEAD_BYTES;
    bytes.truncate(count.min(HEAD_BYTES));
    Ok((packing, bytes, whole))
}

impl Packing {
    /// Tells the packing by a file's first bytes.
    #[must_use]
    pub fn of(magic: &[u8]) -> Packing {
        match magic {
            [0x1f, 0x8b, ..] => Packing::Gzip,
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Packing::Zstd,
            _ => Packing::Plain,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Packing::Plain => "plain",
            Packing::Gzip => "gzip",
            Packing::Zstd => "zstd",
        }
    }
}

impl Content {
    fn new(path: &Path, packing: Packing) -> Result<Content, Error> {
        let (file, metadata) = regular(path)?;
        let raw = HashingReader::new(file);
        let decoder = match packing {
            Packing::Plain => Decoder::Plain(raw),
            Packing::Gzip => Decoder::Gzip(Box::new(MultiGzDecoder::new(BufReader::with_capacity(CHUNK_BYTES, raw)))),
            Packing::Zstd => {
                let decoder = ZstdDecoder::with_buffer(BufReader::with_capacity(CHUNK_BYTES, raw));
                Decoder::Zstd(Box::new(decoder.map_err(|source| Error::Read { path: path.to_owned(), source })?))
            }
        };
        let before = Stamp::of(&metadata);
        let ratio = before.bytes.saturating_mul(UNPACK_RATIO_MAX).max(UNPACKED_FREE_BYTES);
        let bytes_max = if packing == Packing::Plain { u64::MAX } else { ratio.min(UNPACKED_BYTES_MAX) };
        Ok(Content { path: path.to_owned(), packing, decoder, before, unpacked: 0, bytes_max })
    }

    /// The run's error for an error of reading: the system's, or what is wrong with the packing and the way out.
    #[must_use]
    pub fn explain(&self, error: io::Error) -> Error {
        let path = self.path.clone();
        if error.raw_os_error().is_some() || self.packing == Packing::Plain {
            return Error::Read { path, source: error };
        }
        let name = self.packing.name();
        let message = if error.get_ref().is_some_and(|inner| inner.is::<Bomb>()) {
            format!(
                "unpacks to more than {} bytes, the limit for a {name} file of {} bytes; unpack it and give the plain file",
                self.bytes_max, self.before.bytes
            )
        } else if error.kind() == io::ErrorKind::UnexpectedEof {
            format!("the {name} stream ends early, so rows are missing; copy or export the file again")
        } else {
            format!("the {name} stream is damaged; copy or export the file again")
        };
        Error::Unusable { path, message }
    }

    /// Ends the reading: reads what is left of the raw file, and checks that nobody wrote to it meanwhile.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or changed while it was read.
    pub fn finish(self) -> Result<Facts, Error> {
        let Content { path, decoder, before, .. } = self;
        let mut raw = decoder.raw();
        let failed = |source| Error::Read { path: path.clone(), source };
        io::copy(&mut BufReader::with_capacity(CHUNK_BYTES, &mut raw), &mut io::sink()).map_err(failed)?;
        let after = Stamp::of(&raw.reader.metadata().map_err(failed)?);
        if after != before || raw.bytes != before.bytes {
            let message = "the input changed while it was read; run again when its writer is done".to_owned();
            return Err(Error::Unusable { path, message });
        }
        Ok(Facts {
            bytes: raw.bytes,
            sha256: raw.sha256.finalize().into(),
            lists: Vec::new(),
            holds: Vec::new(),
            remarks: Vec::new(),
        })
    }
}

impl Read for Content {
    fn read(&mut self, target: &mut [u8]) -> io::Result<usize> {
        let count = match &mut self.decoder {
            Decoder::Plain(raw) => raw.read(target),
            Decoder::Gzip(decoder) => decoder.read(target),
            Decoder::Zstd(decoder) => decoder.read(target),
        }?;
        self.unpacked += count as u64;
        if self.bytes_max < self.unpacked { Err(io::Error::other(Bomb)) } else { Ok(count) }
    }
}

/// The output limit was passed.
#[derive(Debug, thiserror::Error)]
#[error("the output limit was passed")]
struct Bomb;

/// Takes the digest and the length of everything that is read through it.
struct HashingReader<R> {
    reader: R,
    sha256: Sha256,
    bytes: u64,
}

impl<R> HashingReader<R> {
    fn new(reader: R) -> HashingReader<R> {
        HashingReader { reader, sha256: Sha256::new(), bytes: 0 }
    }
}

impl<R: Read> Read for HashingReader<R> {
    fn read(&mut self, target: &mut [u8]) -> io::Result<usize> {
        let count = self.reader.read(target)?;
        self.sha256.update(&target[..count]);
        self.bytes += count as u64;
        Ok(count)
    }
}

/// Opens a regular file; anything else (a pipe, a device) could be read once only, or without end.
fn regular(path: &Path) -> Result<(File, Metadata), Error> {
    let failed = |source| Error::Read { path: path.to_owned(), source };
    // Asked before opening: opening a pipe waits for its writer.
    if !std::fs::metadata(path).map_err(failed)?.is_file() {
        let message = "no regular file; write the data to a file first".to_owned();
        return Err(Error::Unusable { path: path.to_owned(), message });
    }
    let file = File::open(path).map_err(failed)?;
    let metadata = file.metadata().map_err(failed)?;
    Ok((file, metadata))
}

fn read_full(reader: &mut impl Read, target: &mut [u8]) -> io::Result<usize> {
    let mut count = 0;
    while count < target.len() {
        match reader.read(&mut target[count..]) {
            Ok(0) => break,
            Ok(more) => count += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(count)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).expect("to memory");
        encoder.finish().expect("to memory")
    }

    fn zstd(bytes: &[u8]) -> Vec<u8> {
        zstd::stream::encode_all(bytes, 1).expect("to memory")
    }

    fn file(bytes: &[u8]) -> tempfile::NamedTempFile {
        let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
        file.write_all(bytes).expect("room on disk");
        file
    }

    fn read(path: &Path) -> Result<(Vec<u8>, Facts), Error> {
        let packing = head(path)?.0;
        let mut content = Content::new(path, packing)?;
        let mut bytes = Vec::new();
        content.read_to_end(&mut bytes).map_err(|error| content.explain(error))?;
        Ok((bytes, content.finish()?))
    }

    #[test]
    fn every_packing_yields_the_same_bytes_and_the_digest_of_the_raw_file() {
        let two_members = [gzip(b"ab"), gzip(b"c")].concat();
        let two_frames = [zstd(b"ab"), zstd(b"c")].concat();
        for raw in [b"abc".to_vec(), gzip(b"abc"), two_members, zstd(b"abc"), two_frames] {
            let source = file(&raw);
            let (bytes, facts) = read(source.path()).expect("valid");
            assert_eq!(bytes, b"abc");
            assert_eq!(facts.bytes, raw.len() as u64);
            assert_eq!(facts.sha256, <[u8; 32]>::from(Sha256::digest(&raw)));
        }
    }

    #[test]
    fn the_digest_of_a_plain_file_is_the_published_one() {
        // FIPS 180-2, appendix B.1: SHA-256("abc") starts with ba7816bf.
        let facts = digest(file(b"abc").path()).expect("valid");
        assert_eq!(facts.sha256[..4], [0xba, 0x78, 0x16, 0xbf]);
    }

    #[test]
    fn a_truncated_stream_is_an_error_that_says_so() {
        let text: Vec<u8> = (0..50_000_u32).flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
        for (name, packed) in [("gzip", gzip(&text)), ("zstd", zstd(&text))] {
            let source = file(&packed[..packed.len() - 5]);
            let message = read(source.path()).expect_err("truncated").to_string();
            assert!(message.contains(&format!("the {name} stream ends early")), "{message}");
        }
    }

    #[test]
    fn a_damaged_stream_is_an_error_that_says_so() {
        let mut packed = gzip(b"some text that is long enough to be damaged");
        let at = packed.len() - 6;
        packed[at] ^= 0xff;
        let message = read(file(&packed).path()).expect_err("damaged").to_string();
        assert!(message.contains("is damaged"), "{message}");
    }

    #[test]
    fn a_bomb_is_stopped_at_the_limit() {
        // zstd packs zeros some 30,000 times.
        let packed = zstd(&vec![0; 80 << 20]);
        assert!((packed.len() as u64) * UNPACK_RATIO_MAX < UNPACKED_FREE_BYTES);
        let message = read(file(&packed).path()).expect_err("a bomb").to_string();
        assert!(message.contains("unpacks to more than 67108864 bytes"), "{message}");
    }

    #[test]
    fn a_file_written_to_while_it_is_read_is_refused() {
        let mut source = file(b"one line\n");
        let mut content = Content::new(source.path(), Packing::Plain).expect("there");
        let mut bytes = Vec::new();
        content.read_to_end(&mut bytes).expect("readable");
        source.write_all(b"another\n").expect("room on disk");
        let message = content.finish().expect_err("changed").to_string();
        assert!(message.contains("changed while it was read"), "{message}");
    }

    #[test]
    fn the_head_says_whether_it_is_all() {
        let (_, bytes, whole) = head(file(&vec![b'x'; HEAD_BYTES]).path()).expect("readable");
        assert!(whole && bytes.len() == HEAD_BYTES);
        let (_, bytes, whole) = head(file(&vec![b'x'; HEAD_BYTES + 1]).path()).expect("readable");
        assert!(!whole && bytes.len() == HEAD_BYTES);
    }
}
