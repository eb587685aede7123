//! The files of a run: finds them under the arguments, tells layout and table by content, and fixes their order.

use std::{
    collections::BTreeMap,
    ffi::OsStr,
    fs::{self, Metadata},
    os::unix::{ffi::OsStrExt, fs::MetadataExt},
    path::{Path, PathBuf},
};

use crate::{
    error::Error,
    read::{Detected, Head, InputFile, LAYOUTS, Packing, ReadOptions, Table, open},
};

/// Deepest folder below an argument.
const FOLDERS_DEEP_MAX: usize = 64;

/// The files of a run, ascending by path bytes.
#[derive(Clone, Debug, Default)]
pub struct Inputs {
    /// Each with its layout; `index` is the position here.
    pub files: Vec<InputFile>,
    /// Hidden files, success markers and checksum files that stood in folders and were passed over.
    pub skipped: u64,
    /// Files that were named more than once, and are read once.
    pub repeated: u64,
}

impl Inputs {
    /// Finds the files: each argument is a file, a folder (walked with its subfolders), or either after `TABLE=`.
    ///
    /// # Errors
    ///
    /// A path that is not there or is neither file nor folder, a folder without data, a file of no known layout, or one
    /// without data for scoring. The message says what was found and the way out.
    pub fn discover<S: AsRef<OsStr>>(specs: &[S], options: &ReadOptions) -> Result<Inputs, Error> {
        let mut search = Search::default();
        for spec in specs {
            let (forced, path) = split(spec.as_ref());
            search.argument(path, forced)?;
        }
        let mut files = Vec::with_capacity(search.found.len());
        // A map by path is ordered by path components; the order by bytes is the one that anyone can repeat.
        let mut found: Vec<(PathBuf, Option<Table>)> = search.found.into_iter().collect();
        found.sort_by(|a, b| a.0.as_os_str().as_bytes().cmp(b.0.as_os_str().as_bytes()));
        for (path, forced) in found {
            let index = u32::try_from(files.len()).unwrap_or(u32::MAX);
            files.push(identify(path, index, forced, options)?);
        }
        Ok(Inputs { files, skipped: search.skipped, repeated: search.repeated })
    }
}

/// `TABLE=PATH` or a path. A path that holds `=` after another word is a path.
pub(crate) fn split(spec: &OsStr) -> (Option<Table>, &Path) {
    let bytes = spec.as_bytes();
    for table in Table::all() {
        if let Some(path) = bytes.strip_prefix(table.name().as_bytes()).and_then(|rest| rest.strip_prefix(b"=")) {
            return (Some(table), Path::new(OsStr::from_bytes(path)));
        }
    }
    (None, Path::new(spec))
}

#[derive(Default)]
struct Search {
    found: BTreeMap<PathBuf, Option<Table>>,
    /// Files by device and inode: a hard link is the same file.
    identities: BTreeMap<(u64, u64), PathBuf>,
    skipped: u64,
    repeated: u64,
}

impl Search {
    fn argument(&mut self, given: &Path, forced: Option<Table>) -> Result<(), Error> {
        let failed = |source| Error::Read { path: given.to_owned(), source };
        let path = fs::canonicalize(given).map_err(failed)?;
        let metadata = fs::metadata(&path).map_err(failed)?;
        if !metadata.is_dir() {
            return self.file(path, &metadata, forced);
        }
        let before = self.found.len() as u64 + self.repeated;
        self.folder(&path, forced, &mut vec![path.clone()])?;
        if self.found.len() as u64 + self.repeated == before {
            let message = "the folder holds no data file (hidden files and success markers do not count); \
                           name a folder with exported files";
            return Err(Error::Unusable { path: given.to_owned(), message: message.to_owned() });
        }
        Ok(())
    }

    /// `above` holds the folders that are being walked, against links that lead back into them.
    fn folder(&mut self, folder: &Path, forced: Option<Table>, above: &mut Vec<PathBuf>) -> Result<(), Error> {
        let failed = |source| Error::Read { path: folder.to_owned(), source };
        let mut entries: Vec<PathBuf> = Vec::new();
        for entry in fs::read_dir(folder).map_err(failed)? {
            entries.push(entry.map_err(failed)?.path());
        }
        entries.sort();
        for entry in entries {
            if entry.file_name().is_some_and(|name| name == UNFINISHED) {
                let message = "a writer keeps here what it has not committed, so rows are missing beside it: wait for its end, or \
                               write the folder again";
                return Err(Error::Unusable { path: entry, message: message.to_owned() });
            }
            if is_marker(&entry) {
                self.skipped += 1;
                continue;
            }
            let failed = |source| Error::Read { path: entry.clone(), source };
            let path = fs::canonicalize(&entry).map_err(failed)?;
            let metadata = fs::metadata(&path).map_err(failed)?;
            if !metadata.is_dir() {
                self.file(path, &metadata, forced)?;
                continue;
            }
            if above.contains(&path) || FOLDERS_DEEP_MAX <= above.len() {
                let message = "a folder that holds itself by a link, or is too deep; name its files instead".to_owned();
                return Err(Error::Unusable { path: entry, message });
            }
            above.push(path.clone());
            self.folder(&path, forced, above)?;
            above.pop();
        }
        Ok(())
    }

    fn file(&mut self, path: PathBuf, metadata: &Metadata, forced: Option<Table>) -> Result<(), Error> {
        if !metadata.is_file() {
            let message = "a pipe, socket or device; write the data to a file first".to_owned();
            return Err(Error::Unusable { path, message });
        }
        let identity = (metadata.dev(), metadata.ino());
        let Some(known) = self.identities.get(&identity) else {
            self.identities.insert(identity, path.clone());
            self.found.insert(path, forced);
            return Ok(());
        };
        self.repeated += 1;
        let table = self.found.entry(known.clone()).or_default();
        match (*table, forced) {
            (Some(one), Some(other)) if one != other => {
                let message = "the same file is given as two tables; give it once".to_owned();
                Err(Error::Unusable { path, message })
            }
            (None, forced) => {
                *table = forced;
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

/// Where Hadoop's and Spark's writers keep the parts of tasks until the whole write is committed.
const UNFINISHED: &str = "_temporary";

/// Files that stand beside the data in a folder: hidden ones and those that begin with `_` (Hive's and Spark's convention),
/// success markers, checksums, notes for people. A file named on the command line is always read.
pub(crate) fn is_marker(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().as_bytes();
    name.starts_with(b".")
        || name.starts_with(b"_")
        || name.starts_with(b"README")
        || name.ends_with(b"_SUCCESS")
        || name.ends_with(b".crc")
        || name.ends_with(b".md")
}

fn identify(path: PathBuf, index: u32, forced: Option<Table>, options: &ReadOptions) -> Result<InputFile, Error> {
    let (packing, bytes, whole) = open::head(&path)?;
    let head = Head::new(&bytes, whole);
    let unusable = |message: String| Error::Unusable { path: path.clone(), message };
    // What the bytes are not goes before what they may be: text in UTF-16 looks like a broken table.
    if let Some(message) = stranger(&head) {
        return Err(unusable(message.to_owned()));
    }
    if packing != Packing::Plain && bytes.starts_with(b"PAR1") {
        return Err(unusable(
            "is Parquet that was packed once more, as a whole; unpack it: Parquet packs its pages itself".to_owned(),
        ));
    }
    let mut refused = None;
    for (layout, row) in LAYOUTS.iter().enumerate() {
        match (row.detect)(&head, options) {
            Detected::No => {}
            Detected::Refused(message) => refused = refused.or(Some(message)),
            Detected::Yes(found) => {
                if let (Some(found), Some(forced)) = (found, forced)
                    && found != forced
                    && !(found == Table::Accounts && forced == Table::Balances)
                {
                    let message = format!("holds {}, not {}; name the table it holds", found.name(), forced.name());
                    return Err(unusable(message));
                }
                return Ok(InputFile { path, index, table: forced.or(found), layout, packing });
            }
        }
    }
    Err(unusable(refused.unwrap_or_else(|| {
        "text of no known layout (JSON, NDJSON, CSV or Parquet of applications, accounts, balances, transactions or corrections); \
         take it out of the folder, or map its columns with a mapping file"
            .to_owned()
    })))
}

/// What the bytes are, when they are nothing that anyone's export is, and the way out.
fn stranger(head: &Head<'_>) -> Option<&'static str> {
    const MAGICS: &[(&[u8], &str)] = &[
        (b"PK\x03\x04", "a zip archive or a spreadsheet; unzip it, or export the sheet as CSV"),
        (b"PK\x05\x06", "an empty zip archive; export the data again"),
        (b"\xd0\xcf\x11\xe0", "an old spreadsheet or document; export it as CSV"),
        (b"%PDF", "a PDF; export the data as CSV or JSON"),
        (b"\x1f\x8b", "packed twice with gzip; unpack it once"),
        (b"\x28\xb5\x2f\xfd", "packed twice with zstd; unpack it once"),
        (b"BZh", "packed with bzip2; repack it with gzip or zstd"),
        (b"\xfd7zXZ", "packed with xz; repack it with gzip or zstd"),
        (b"7z\xbc\xaf", "a 7z archive; unpack it"),
        (b"ORC", "an ORC file; export it as Parquet"),
        (b"Obj\x01", "an Avro file; export it as Parquet"),
        (b"ARROW1", "an Arrow file; export it as Parquet"),
        (b"SQLite format 3", "a SQLite database; export its tables as CSV"),
        (b"\x7fELF", "a program"),
        (b"\x89PNG", "a picture"),
        (b"\xff\xd8\xff", "a picture"),
        (b"GIF8", "a picture"),
        (b"\xff\xfe", "text in UTF-16; save it as UTF-8"),
        (b"\xfe\xff", "text in UTF-16; save it as UTF-8"),
    ];
    let bytes = head.bytes;
    if bytes.is_empty() {
        return Some("the file is empty; export it again, or take it out");
    }
    if bytes.starts_with(b"PAR1") {
        return None;
    }
    if let Some((_, what)) = MAGICS.iter().find(|(magic, _)| bytes.starts_with(magic)) {
        return Some(what);
    }
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
    if text.is_empty() && head.whole {
        return Some("the file holds white space only; export it again, or take it out");
    }
    let opens = |word: &[u8]| text.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word));
    if opens(b"<!doctype") || opens(b"<html") {
        return Some("a web page, perhaps an error page that was saved in place of the data; download it again");
    }
    if opens(b"<?xml") || opens(b"<") {
        return Some("XML; export the data as CSV or JSON");
    }
    // UTF-16 without its mark has a zero beside nearly every letter of its start.
    let start = &bytes[..bytes.len().min(512)];
    let zeros = |parity: usize| start.iter().skip(parity).step_by(2).filter(|&&byte| byte == 0).count();
    if start.len() / 4 < zeros(0).max(zeros(1)) && zeros(0).min(zeros(1)) == 0 {
        return Some("text in UTF-16; save it as UTF-8");
    }
    // A zero in a later line is a fault of that row, which the layout reports with its place.
    let first = start.split(|byte| *byte == b'\n').next().unwrap_or(start);
    first.contains(&0).then_some("binary data of no known kind; export it as Parquet, CSV or JSON")
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    const LINE: &str = "{\"object\":\"financial_connections.transaction\",\"id\":\"t\"}\n";

    fn folder(files: &[(&str, &[u8])]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for (name, bytes) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().expect("inside the folder")).expect("room on disk");
            fs::File::create(path).and_then(|mut file| file.write_all(bytes)).expect("room on disk");
        }
        folder
    }

    fn discover(specs: &[&Path]) -> Result<Inputs, Error> {
        Inputs::discover(specs, &ReadOptions::default())
    }

    fn refusal(bytes: &[u8]) -> String {
        let folder = folder(&[("data.csv", bytes)]);
        discover(&[folder.path()]).expect_err("refused").to_string()
    }

    #[test]
    fn a_folder_yields_its_data_files_by_path_bytes_and_counts_what_it_passes_over() {
        let line = LINE.as_bytes();
        let folder = folder(&[
            ("b/part-10.ndjson", line),
            ("b/part-1.ndjson", line),
            ("b.ndjson", line),
            ("a", line),
            ("_SUCCESS", b""),
            ("README.md", b"notes"),
            ("_truth.csv", b"planted"),
            ("b/coreapi_SUCCESS", b""),
            ("b/.part-1.ndjson.crc", b"x"),
            (".hidden/secret.ndjson", line),
            ("part.crc", b"x"),
        ]);
        let inputs = discover(&[folder.path()]).expect("data");
        let root = fs::canonicalize(folder.path()).expect("there");
        let names: Vec<String> = inputs
            .files
            .iter()
            .map(|file| file.path.strip_prefix(&root).expect("inside").display().to_string())
            .collect();
        // By bytes `.` (2e) goes before `/` (2f).
        assert_eq!(names, ["a", "b.ndjson", "b/part-1.ndjson", "b/part-10.ndjson"]);
        assert_eq!(inputs.files.iter().map(|file| file.index).collect::<Vec<_>>(), [0, 1, 2, 3]);
        assert_eq!(inputs.skipped, 7);
        assert_eq!(inputs.files[0].table, Some(Table::Transactions));
    }

    #[test]
    fn a_file_named_twice_is_read_once() {
        let folder = folder(&[("a.ndjson", LINE.as_bytes())]);
        let file = folder.path().join("a.ndjson");
        fs::hard_link(&file, folder.path().join("b.ndjson")).expect("same disk");
        std::os::unix::fs::symlink(&file, folder.path().join("c.ndjson")).expect("room on disk");
        let inputs = discover(&[folder.path(), &file]).expect("data");
        assert_eq!((inputs.files.len(), inputs.repeated), (1, 3));
    }

    #[test]
    fn a_table_can_be_forced_but_not_against_the_content() {
        let folder = folder(&[("a.ndjson", LINE.as_bytes())]);
        let path = folder.path().join("a.ndjson");
        let forced = |table: &str| Inputs::discover(&[format!("{table}={}", path.display())], &ReadOptions::default());
        assert_eq!(forced("transactions").expect("agrees").files[0].table, Some(Table::Transactions));
        let message = forced("accounts").expect_err("differs").to_string();
        assert!(message.contains("holds transactions, not accounts"), "{message}");
    }

    #[test]
    fn a_folder_whose_writer_has_not_finished_is_refused() {
        let folder = folder(&[("part-0.ndjson", LINE.as_bytes())]);
        std::fs::create_dir_all(folder.path().join("_temporary/0")).expect("room on disk");
        let message = discover(&[folder.path()]).expect_err("unfinished").to_string();
        assert!(message.contains("_temporary") && message.contains("not committed"), "{message}");
    }

    #[test]
    fn a_folder_without_data_is_an_error() {
        let folder = folder(&[("_SUCCESS", b"")]);
        let message = discover(&[folder.path()]).expect_err("nothing there").to_string();
        assert!(message.contains("holds no data file"), "{message}");
    }

    #[test]
    fn a_pipe_is_refused_without_waiting_for_its_writer() {
        let folder = folder(&[]);
        let path = folder.path().join("pipe");
        rustix::fs::mknodat(rustix::fs::CWD, &path, rustix::fs::FileType::Fifo, 0o600.into(), 0).expect("a pipe");
        let message = discover(&[&path]).expect_err("a pipe").to_string();
        assert!(message.contains("a pipe, socket or device"), "{message}");
    }

    #[test]
    fn a_folder_that_links_to_itself_ends_with_an_error() {
        let folder = folder(&[("a.ndjson", LINE.as_bytes())]);
        std::os::unix::fs::symlink(folder.path(), folder.path().join("z")).expect("room on disk");
        let message = discover(&[folder.path()]).expect_err("a loop").to_string();
        assert!(message.contains("holds itself by a link"), "{message}");
    }

    #[test]
    fn a_file_that_is_no_export_is_named_for_what_it_is() {
        let utf16: Vec<u8> = "id,amount\r\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        for (bytes, what) in [
            (&b""[..], "is empty"),
            (b" \n\n", "white space only"),
            (b"PK\x03\x04rest", "zip archive"),
            (b"%PDF-1.7", "a PDF"),
            (b"<!DOCTYPE html><html>", "a web page"),
            (b"\xff\xfei\0d\0", "UTF-16"),
            (&utf16, "UTF-16"),
            (b"id,am\0ount", "binary data"),
            (b"some words", "names no table of ours"),
        ] {
            let message = refusal(bytes);
            assert!(message.contains(what), "{message}");
        }
    }

    #[test]
    fn parquet_that_was_packed_as_a_whole_is_named_as_that() {
        let packed = zstd::stream::encode_all(&b"PAR1 and the rest"[..], 1).expect("to memory");
        let message = refusal(&packed);
        assert!(message.contains("is Parquet that was packed once more"), "{message}");
    }

    #[test]
    fn a_file_name_is_bytes_and_is_printed_escaped() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join(OsStr::from_bytes(b"-a\xff=b\n.ndjson"));
        fs::write(&path, LINE).expect("room on disk");
        assert_eq!(discover(&[&path]).expect("data").files.len(), 1);
    }
}
