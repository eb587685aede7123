//! The output directory: one run, there at once and whole, or not there at all.
//!
//! Protocol: lock the sibling `.DIR.lock`; write into the sibling `.DIR.tmp-PID`; sync each file, then the directory; read
//! every file back and compare its hash; rename; sync the parent. Whatever fails on the way leaves the old directory as it was
//! and no temporary behind. What a killed run left is collected by the next one, under the lock.

use std::{
    ffi::{OsStr, OsString},
    fs::{self, DirBuilder, File, OpenOptions, Permissions, TryLockError},
    io::{self, BufReader, BufWriter, Read as _, Write},
    os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use rustix::{
    fs::{CWD, RenameFlags, renameat_with},
    io::Errno,
};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::{error::Error, manifest::MANIFEST};

mod standing;

use standing::Standing;

/// Signals that stop a run before it publishes.
#[derive(Clone, Debug)]
pub struct Interrupt {
    signal: Arc<AtomicUsize>,
}

impl Interrupt {
    /// Takes SIGINT, SIGTERM and SIGHUP for this process. A second signal of the same kind ends the process at once.
    ///
    /// # Errors
    ///
    /// [`io::Error`] when the system refuses the handler.
    pub fn install() -> io::Result<Interrupt> {
        let signal = Arc::new(AtomicUsize::new(0));
        for number in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM, signal_hook::consts::SIGHUP] {
            let code = usize::try_from(number).unwrap_or(0);
            let seen = Arc::new(std::sync::atomic::AtomicBool::new(false));
            // The order matters: the first signal finds the flag down and only raises it.
            signal_hook::flag::register_conditional_shutdown(number, 128 + number, Arc::clone(&seen))?;
            signal_hook::flag::register(number, seen)?;
            signal_hook::flag::register_usize(number, Arc::clone(&signal), code)?;
        }
        // A write beyond the process's limit on file sizes is an error of that write, as on a full disk, and not the end of the
        // process: nothing looks at the flag.
        signal_hook::flag::register(signal_hook::consts::SIGXFSZ, Arc::default())?;
        Ok(Interrupt { signal })
    }

    /// Listens to no signal; [`Interrupt::raise`] still works. For libraries and tests.
    #[must_use]
    pub fn never() -> Interrupt {
        Interrupt { signal: Arc::default() }
    }

    /// Acts as if a signal had come.
    pub fn raise(&self, signal: i32) {
        self.signal.store(usize::try_from(signal).unwrap_or(0), Ordering::Relaxed);
    }

    /// Nothing while no signal has come.
    ///
    /// # Errors
    ///
    /// [`Error::Interrupted`] from the first signal on.
    pub fn check(&self) -> Result<(), Error> {
        match i32::try_from(self.signal.load(Ordering::Relaxed)) {
            Ok(0) => Ok(()),
            Ok(signal) => Err(Error::Interrupted { signal }),
            Err(_) => Err(Error::Interrupted { signal: 0 }),
        }
    }
}

/// How an output directory is made.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CommitOptions {
    /// Exchange a directory that holds another run.
    pub overwrite: Overwrite,
    /// Permission bits of files.
    pub file_mode: u32,
    /// Permission bits of the directory.
    pub dir_mode: u32,
}

impl Default for CommitOptions {
    /// Never overwrites; readable by the owner alone.
    fn default() -> CommitOptions {
        CommitOptions { overwrite: Overwrite::Refuse, file_mode: 0o600, dir_mode: 0o700 }
    }
}

/// What happens to a directory that holds another run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Overwrite {
    /// The run is refused.
    Refuse,
    /// The directory is exchanged in one step, and the old one removed after it.
    Exchange,
}

/// A file of a run, as the manifest lists it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileRecord {
    /// Its name inside the directory.
    pub name: String,
    /// Its size.
    pub bytes: u64,
    /// Rows of the table, for tables.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<u64>,
    /// Of its content, lower-case hexadecimal.
    pub sha256: String,
}

/// An output directory that this process has locked.
#[derive(Debug)]
pub struct OutputLock {
    dir: PathBuf,
    parent: PathBuf,
    name: OsString,
    standing: Standing,
    // Held until the value is dropped.
    _lock: Lock,
}

impl OutputLock {
    /// Locks the place of an output directory, creates its parents, and collects what killed runs left there.
    ///
    /// # Errors
    ///
    /// [`Error::Busy`] when another process holds it, [`Error::Output`] when something other than a run stands there,
    /// [`Error::Write`] when the system refuses.
    pub fn take(dir: &Path) -> Result<OutputLock, Error> {
        let (parent, name) = place(dir)?;
        if !parent.is_dir() {
            DirBuilder::new().recursive(true).mode(0o700).create(&parent).map_err(writing(&parent))?;
        }
        let lock = Lock::take(parent.join(sibling(&name, ".lock")), dir)?;
        let standing = standing::standing(dir)?;
        let taken = OutputLock { dir: dir.to_owned(), parent, name, standing, _lock: lock };
        taken.collect_stale()?;
        Ok(taken)
    }

    /// The manifest of the run that stands there, if one does.
    ///
    /// # Errors
    ///
    /// [`Error::Read`] when it cannot be read.
    pub fn manifest(&self) -> Result<Option<Vec<u8>>, Error> {
        if self.standing != Standing::Run {
            return Ok(None);
        }
        let path = self.dir.join(MANIFEST);
        fs::read(&path).map(Some).map_err(|source| Error::Read { path, source })
    }

    /// Puts an empty file into the run that stands there, where it is missing.
    ///
    /// # Errors
    ///
    /// [`Error::Write`] when the system refuses.
    pub fn mark(&self, name: &str, mode: u32) -> Result<(), Error> {
        let path = self.dir.join(name);
        if path.exists() {
            return Ok(());
        }
        let file = OpenOptions::new().write(true).create_new(true).mode(mode).open(&path).map_err(writing(&path))?;
        file.set_permissions(Permissions::from_mode(mode)).map_err(writing(&path))?;
        file.sync_all().map_err(writing(&path))?;
        sync_dir(&self.dir)
    }

    /// Opens the temporary directory that [`Output::commit`] turns into the run.
    ///
    /// # Errors
    ///
    /// [`Error::Output`] when another run stands there and may not be overwritten, or files beside it that are not its own;
    /// [`Error::Write`] when the system refuses.
    pub fn write(self, options: CommitOptions) -> Result<Output, Error> {
        if self.standing == Standing::Run && options.overwrite == Overwrite::Refuse {
            let message = "holds another run; choose another directory, or add --overwrite to replace it".to_owned();
            return Err(Error::Output { path: self.dir.clone(), message });
        }
        self.refuse_strangers()?;
        let temp = self.parent.join(sibling(&self.name, &format!(".tmp-{}", std::process::id())));
        DirBuilder::new().mode(0o700).create(&temp).map_err(writing(&temp))?;
        let output = Output { lock: self, temp, options, files: vec![], committed: false };
        // From here on dropping `output` removes the directory. The mode does not depend on the process's umask.
        set_mode(&output.temp, 0o700)?;
        Ok(output)
    }

    /// The directory is removed whole when it is exchanged: nothing may stand in it but the run.
    fn refuse_strangers(&self) -> Result<(), Error> {
        match self.standing {
            Standing::Nothing => Ok(()),
            Standing::EmptyDirectory | Standing::Run => match standing::stranger(&self.dir)? {
                None => Ok(()),
                Some(name) => {
                    let name = name.display();
                    let message = format!(
                        "`{name}` is no file of a run that can be read there and would be lost; move it, or choose another directory"
                    );
                    Err(Error::Output { path: self.dir.clone(), message })
                }
            },
        }
    }

    fn collect_stale(&self) -> Result<(), Error> {
        let prefix = sibling(&self.name, ".tmp-");
        let entries = fs::read_dir(&self.parent).map_err(writing(&self.parent))?;
        for entry in entries {
            let entry = entry.map_err(writing(&self.parent))?;
            let stale = entry.file_name().as_encoded_bytes().starts_with(prefix.as_encoded_bytes());
            if stale && entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                fs::remove_dir_all(entry.path()).map_err(writing(&entry.path()))?;
            }
        }
        Ok(())
    }
}

/// A run that is being written.
#[derive(Debug)]
pub struct Output {
    lock: OutputLock,
    temp: PathBuf,
    options: CommitOptions,
    files: Vec<FileRecord>,
    committed: bool,
}

impl Output {
    /// Opens a file of the run; its name is ours, without a separator.
    ///
    /// # Errors
    ///
    /// [`Error::Write`] when the system refuses.
    pub fn create(&self, name: &str) -> Result<OutputFile, Error> {
        let path = self.temp.join(name);
        let file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(self.options.file_mode)
            .open(&path)
            .map_err(writing(&path))?;
        file.set_permissions(Permissions::from_mode(self.options.file_mode)).map_err(writing(&path))?;
        let hashing = Hashing { file, hash: Sha256::new(), bytes: 0 };
        Ok(OutputFile { name: name.to_owned(), path, out: BufWriter::with_capacity(1 << 18, hashing) })
    }

    /// Writes a whole file.
    ///
    /// # Errors
    ///
    /// [`Error::Write`] when the system refuses.
    pub fn put(&mut self, name: &str, content: &[u8]) -> Result<FileRecord, Error> {
        let mut file = self.create(name)?;
        file.write_all(content).map_err(writing(&file.path))?;
        self.finish(file, None)
    }

    /// Syncs a file and takes it up into the run.
    ///
    /// # Errors
    ///
    /// [`Error::Write`] when the system refuses; a failed sync is never tried again.
    pub fn finish(&mut self, file: OutputFile, rows: Option<u64>) -> Result<FileRecord, Error> {
        let OutputFile { name, path, out } = file;
        let hashing = out.into_inner().map_err(|error| writing(&path)(error.into_error()))?;
        hashing.file.sync_all().map_err(writing(&path))?;
        let record = FileRecord { name, bytes: hashing.bytes, rows, sha256: hex(&hashing.hash.finalize()) };
        self.files.push(record.clone());
        Ok(record)
    }

    /// The files taken up so far.
    #[must_use]
    pub fn files(&self) -> &[FileRecord] {
        &self.files
    }

    /// Publishes the run: verified, then renamed into place.
    ///
    /// # Errors
    ///
    /// [`Error::Write`] when a file reads back differently or the system refuses; [`Error::Output`] when something has
    /// appeared at the place, or in it, meanwhile. In both cases nothing is published.
    pub fn commit(mut self) -> Result<(), Error> {
        sync_dir(&self.temp)?;
        for record in &self.files {
            verify(&self.temp, record)?;
        }
        set_mode(&self.temp, self.options.dir_mode)?;
        sync_dir(&self.temp)?;
        // A run takes its time, and somebody may have put a file there meanwhile.
        self.lock.refuse_strangers()?;
        let dir = self.lock.dir.clone();
        match self.lock.standing {
            Standing::Nothing => rename(&self.temp, &dir, RenameFlags::NOREPLACE)?,
            Standing::EmptyDirectory | Standing::Run => rename(&self.temp, &dir, RenameFlags::EXCHANGE)?,
        }
        // Published. What follows only makes it durable and tidy.
        self.committed = true;
        sync_dir(&self.lock.parent)?;
        if self.lock.standing != Standing::Nothing {
            fs::remove_dir_all(&self.temp).map_err(writing(&self.temp))?;
        }
        Ok(())
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        if !self.committed {
            let _ = fs::remove_dir_all(&self.temp);
        }
    }
}

/// An open file of a run; what is written is hashed on the way.
#[derive(Debug)]
pub struct OutputFile {
    name: String,
    path: PathBuf,
    out: BufWriter<Hashing>,
}

impl OutputFile {
    /// Where it stands for now, for messages.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Write for OutputFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.out.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

#[derive(Debug)]
struct Hashing {
    file: File,
    hash: Sha256,
    bytes: u64,
}

impl Write for Hashing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.file.write(bytes)?;
        self.hash.update(&bytes[..count]);
        self.bytes += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// Checks a file of a run against its record.
///
/// # Errors
///
/// [`Error::Write`] when it cannot be read or differs.
pub fn verify(dir: &Path, record: &FileRecord) -> Result<(), Error> {
    let path = dir.join(&record.name);
    let (bytes, sha256) = hash_file(&path).map_err(writing(&path))?;
    if bytes == record.bytes && sha256 == record.sha256 {
        return Ok(());
    }
    Err(writing(&path)(io::Error::new(
        io::ErrorKind::InvalidData,
        "the file reads back differently from what was written",
    )))
}

/// Size and SHA-256 of a file.
///
/// # Errors
///
/// [`io::Error`] when it cannot be read.
pub fn hash_file(path: &Path) -> io::Result<(u64, String)> {
    let mut reader = BufReader::with_capacity(1 << 18, File::open(path)?);
    let mut hash = Sha256::new();
    let mut bytes = 0;
    let mut buffer = vec![0; 1 << 18];
    loop {
        match reader.read(&mut buffer) {
            Ok(0) => return Ok((bytes, hex(&hash.finalize()))),
            Ok(count) => {
                hash.update(&buffer[..count]);
                bytes += count as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// SHA-256 of bytes, lower-case hexadecimal alone, as the records of files and states write it. Ids of models, policies and
/// bundles stand behind `sha256:`, as [`cashline_core::hash::sha256`] writes them.
#[must_use]
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Bytes as lower-case hexadecimal.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes
        .iter()
        .flat_map(|byte| [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]])
        .map(char::from)
        .collect()
}

pub(crate) fn writing(path: &Path) -> impl Fn(io::Error) -> Error + use<> {
    let path = path.to_owned();
    move |source| Error::Write { path: path.clone(), source }
}

/// The parent and the name of a directory, between which its lock stands: those of the directory itself where a link was named,
/// so that nobody comes past a lock by another name.
pub(crate) fn place(dir: &Path) -> Result<(PathBuf, OsString), Error> {
    let split = |dir: &Path| {
        let parent = dir.parent().filter(|parent| !parent.as_os_str().is_empty());
        Some((parent.unwrap_or(Path::new(".")).to_owned(), dir.file_name()?.to_owned()))
    };
    let (parent, name) = split(dir).ok_or_else(|| Error::Output {
        path: dir.to_owned(),
        message: "has no name of its own to put a run in; name a new directory, such as runs/2026-01-31".to_owned(),
    })?;
    // Without a slash at its end, which would lead through the link.
    let named = parent.join(&name);
    let is_link = fs::symlink_metadata(&named).is_ok_and(|metadata| metadata.is_symlink());
    let itself = if is_link { fs::canonicalize(&named).ok() } else { None };
    let itself = itself.as_deref().and_then(split);
    // Where we cannot write, as beside a mounted volume, we hold no lock under any name: that of the link is as good.
    let itself = itself.filter(|(parent, _)| rustix::fs::access(parent, rustix::fs::Access::WRITE_OK).is_ok());
    Ok(itself.unwrap_or((parent, name)))
}

pub(crate) fn sibling(name: &OsStr, suffix: &str) -> OsString {
    let mut sibling = OsString::from(".");
    sibling.push(name);
    sibling.push(suffix);
    sibling
}

/// A locked file that is removed when it is released.
#[derive(Debug)]
pub(crate) struct Lock {
    path: PathBuf,
    file: File,
}

impl Lock {
    /// Takes the lock; `dir` is what it guards, for the message.
    pub(crate) fn take(path: PathBuf, dir: &Path) -> Result<Lock, Error> {
        // Runs remove their lock file when they end, so the file that was opened may no longer be the one at the path.
        for _ in 0..100 {
            let file = OpenOptions::new()
                .write(true)
                .create(true)
                .truncate(false)
                .mode(0o600)
                .open(&path)
                .map_err(writing(&path))?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Err(Error::Busy { path: dir.to_owned() }),
                Err(TryLockError::Error(source)) => return Err(writing(&path)(source)),
            }
            let mine = file.metadata().map_err(writing(&path))?;
            match fs::symlink_metadata(&path) {
                Ok(there) if (there.dev(), there.ino()) == (mine.dev(), mine.ino()) => return Ok(Lock { path, file }),
                _ => {}
            }
        }
        Err(Error::Busy { path: dir.to_owned() })
    }
}

impl Drop for Lock {
    /// Removed while it is held: whoever has the old file open sees that its path is gone and starts again.
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
        let _ = self.file.unlock();
    }
}

pub(crate) fn set_mode(path: &Path, mode: u32) -> Result<(), Error> {
    fs::set_permissions(path, Permissions::from_mode(mode)).map_err(writing(path))
}

pub(crate) fn sync_dir(path: &Path) -> Result<(), Error> {
    File::open(path).and_then(|dir| dir.sync_all()).map_err(writing(path))
}

fn rename(from: &Path, to: &Path, flags: RenameFlags) -> Result<(), Error> {
    match renameat_with(CWD, from, CWD, to, flags) {
        Ok(()) => Ok(()),
        Err(Errno::EXIST) => {
            let message = "appeared while the run was being written; nothing was published".to_owned();
            Err(Error::Output { path: to.to_owned(), message })
        }
        Err(errno) => Err(writing(to)(errno.into())),
    }
}

#[cfg(test)]
mod tests;
