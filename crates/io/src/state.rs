//! The state of a portfolio that is scored night after night: the rows of the nights before, and what their answers were.
//!
//! A state is a directory. `state.json` names all that counts; what it does not name means nothing. `segment-….zst` hold rows as
//! the readers handed them over, free of any setting of the engine; `answers-….zst` what the last two nights answered. Nothing
//! is changed in place: a new file is written beside, synced and renamed, and then `state.json` is exchanged.
//!
//! A segment is called by its night and its content: two nights may well hold equal rows, and each counts. States begun before
//! that was so name segments by content alone, and equal nights there share a file; they are read on.
//!
//! A night is prepared here, its run is published, and then the night is concluded. Killed between any two steps, the state
//! that is opened next tells by the run whether the night happened: a published run concludes it, and without one it did not
//! happen. So a run and its night are there together or not at all, and the same command again gives the same.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};

use cashline_core::event::Watch;

use crate::{
    commit::{FileRecord, Interrupt, Lock, hash_file, place, sibling, sync_dir, verify, writing},
    error::Error,
    manifest::{MANIFEST, Manifest, canonical},
    portfolio::ReadFile,
    read::{InputFile, LAYOUTS, Packing, Table, segment::LAYOUT},
};

mod answers;
mod record;
mod segment;
mod show;

pub use record::InputKey;
use record::{NightRecord, Pending, Record, SCHEMA};
use segment::Repeats;
pub use show::{Shown, ShownDoubts, ShownNight, ShownRows, show};

/// Segments beyond which all but the newest become one.
pub const SEGMENTS_MAX: usize = 16;

const STATE: &str = "state.json";
const NEW_SEGMENT: &str = ".segment.tmp";
const NEW_ANSWERS: &str = ".answers.tmp";
const NEW_STATE: &str = ".state.tmp";

/// A state that this process has locked.
#[derive(Debug)]
pub struct State {
    dir: PathBuf,
    record: Record,
    // Held until the value is dropped.
    _lock: Lock,
}

/// What is kept of a night's answers, by application: who applies may change, and the application is the same.
pub type Answers = BTreeMap<String, Watch>;

/// What a night is to a state.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Night {
    /// T of the run, as it was given.
    pub as_of: Option<String>,
    /// The files that are new, or new in the night that is scored again.
    pub fresh: Vec<InputKey>,
    /// It is the last night once more.
    pub again: bool,
}

impl Drop for State {
    /// Rows of a night that was refused stay nowhere; those of a prepared one are its run's to decide.
    fn drop(&mut self) {
        if self.record.pending.is_none() {
            for name in [NEW_SEGMENT, NEW_ANSWERS] {
                // What cannot be removed, or was never there, means nothing: the next night writes it anew.
                let _ = fs::remove_file(self.dir.join(name));
            }
        }
    }
}

impl State {
    /// Locks a state, creates it when nothing is there, and concludes or drops a night that was interrupted. `reading` says
    /// how its rows are read.
    ///
    /// # Errors
    ///
    /// [`Error::Busy`] when another process holds it; [`Error::Unusable`] when it is of another version, damaged, or read in
    /// another way; [`Error::Output`] when something else stands there; [`Error::Write`] when the system refuses.
    pub fn open(dir: &Path, reading: &str) -> Result<State, Error> {
        let (parent, name) = place(dir)?;
        DirBuilder::new().recursive(true).mode(0o700).create(&parent).map_err(writing(&parent))?;
        let lock = Lock::take(parent.join(sibling(&name, ".lock")), dir)?;
        if !dir.exists() {
            DirBuilder::new().mode(0o700).create(dir).map_err(writing(dir))?;
        }
        let record = match read(dir)? {
            Some(record) => record,
            None => Record {
                schema: SCHEMA,
                engine_version: env!("CARGO_PKG_VERSION").to_owned(),
                reading: reading.to_owned(),
                nights: vec![],
                segments: vec![],
                pending: None,
                passing: vec![],
            },
        };
        let mut state = State { dir: dir.to_owned(), record, _lock: lock };
        if state.record.reading != reading {
            return Err(state.unusable(
                STATE,
                "its rows were read with another mapping or other columns; run as before, or begin a new state over all files",
            ));
        }
        state.settle()?;
        state.verify()?;
        // A night that was concluded may have been killed before it removed the answers that it replaced. Nothing is removed
        // from a state in doubt.
        state.tidy()?;
        Ok(state)
    }

    fn unusable(&self, name: &str, message: &str) -> Error {
        Error::Unusable { path: self.dir.join(name), message: message.to_owned() }
    }

    /// Concludes a night whose run was published, drops one whose run was not, and removes what means nothing.
    fn settle(&mut self) -> Result<(), Error> {
        if let Some(pending) = &self.record.pending {
            let published = fs::read(pending.run.join(MANIFEST)).ok();
            let run = published.and_then(|bytes| Manifest::parse(&pending.run, &bytes).ok());
            if run.is_some_and(|run| run.run_id == pending.night.run_id) {
                // The night was prepared whole: at most its files still have the names they were written under.
                self.name_new_files()?;
                self.take_up()?;
            } else {
                tracing::warn!("a night was interrupted before its run was published; its files are not in the state");
                self.drop_pending()?;
            }
        }
        let passing = std::mem::take(&mut self.record.passing);
        let temporary = [NEW_SEGMENT, NEW_ANSWERS, NEW_STATE].map(str::to_owned);
        for name in passing.iter().chain(&temporary).filter(|name| !self.names(name)) {
            remove(&self.dir.join(name))?;
        }
        Ok(())
    }

    /// True when the state counts on the file.
    fn names(&self, name: &str) -> bool {
        let answers = self.record.nights.iter().filter_map(|night| night.answers.as_ref());
        self.record.segments.iter().chain(answers).any(|file| file.name == name)
    }

    /// Checks every file that counts, and that no other segment stands there.
    fn verify(&self) -> Result<(), Error> {
        let answers = self.record.nights.iter().filter_map(|night| night.answers.as_ref());
        for file in self.record.segments.iter().chain(answers) {
            if verify(&self.dir, file).is_err() {
                return Err(self.unusable(
                    &file.name,
                    "is not what the state wrote: size or SHA-256 differ; restore the state from a copy, or begin a new one \
                     over all files",
                ));
            }
        }
        for entry in fs::read_dir(&self.dir).map_err(writing(&self.dir))? {
            let name = entry.map_err(writing(&self.dir))?.file_name().to_string_lossy().into_owned();
            // That of a night that was interrupted, and those that a compaction was about to remove, mean nothing.
            let pending = self.record.pending.as_ref().and_then(|pending| pending.segment.as_ref());
            let passes = self.record.passing.contains(&name) || pending.is_some_and(|file| file.name == name);
            if name.starts_with("segment-") && !self.names(&name) && !passes {
                return Err(self.unusable(&name, "is no segment of this state; take it out, or begin a new state"));
            }
        }
        Ok(())
    }

    /// What a night is that is given these files: which of them are new, or that it is the last night once more.
    #[must_use]
    pub fn night(&self, given: &[InputKey], as_of: Option<String>) -> Night {
        let known: BTreeSet<&InputKey> = self.record.nights.iter().flat_map(|night| &night.inputs).collect();
        let mut fresh: Vec<InputKey> = given.iter().filter(|key| !known.contains(key)).cloned().collect();
        fresh.sort_unstable();
        fresh.dedup();
        if let Some(last) = self.record.nights.last()
            && fresh.is_empty()
            && last.as_of == as_of
            && last.inputs.iter().all(|key| given.contains(key))
        {
            return Night { as_of, fresh: last.inputs.clone(), again: true };
        }
        Night { as_of, fresh, again: false }
    }

    /// SHA-256 that names the rows that a night is scored from, however they are cut into files.
    #[must_use]
    pub fn rows(&self, night: &Night) -> String {
        record::digest(self.record.nights.iter().flat_map(|night| &night.inputs).chain(&night.fresh))
    }

    /// The segments to read beside the new files, as inputs without index.
    #[must_use]
    pub fn segments(&self, night: &Night) -> Vec<InputFile> {
        let segments = &self.record.segments;
        let last = self.record.nights.last().filter(|_| night.again).and_then(|last| last.segment.as_ref());
        // One place alone is the last night's: a night before may share the file.
        let left_out = last.and_then(|name| segments.iter().rposition(|file| file.name == *name));
        let others = (0..).zip(segments).filter(|(at, _)| Some(*at) != left_out);
        others.map(|(_, file)| self.input(&file.name)).collect()
    }

    fn input(&self, name: &str) -> InputFile {
        let layout = LAYOUTS.iter().position(|layout| layout.name == LAYOUT.name).unwrap_or_default();
        InputFile { path: self.dir.join(name), index: 0, table: None, layout, packing: Packing::Zstd }
    }

    /// SHA-256 of the answers to compare with, and the answers by application.
    ///
    /// # Errors
    ///
    /// [`Error::Read`] or [`Error::Unusable`] when they cannot be read.
    pub fn before(&self, night: &Night) -> Result<(Option<String>, Answers), Error> {
        let nights = &self.record.nights;
        let earlier = &nights[..nights.len().saturating_sub(usize::from(night.again))];
        let Some(file) = earlier.last().and_then(|night| night.answers.as_ref()) else {
            return Ok((None, BTreeMap::new()));
        };
        let watches = answers::read(&self.dir.join(&file.name))?;
        let keyed = watches.into_iter().map(|watch| (watch.application_id.clone(), watch));
        Ok((Some(file.sha256.clone()), keyed.collect()))
    }

    /// The run of the last night.
    #[must_use]
    pub fn last_run(&self) -> Option<&str> {
        self.record.nights.last().map(|night| night.run_id.as_str())
    }

    /// Nights in the state.
    #[must_use]
    pub fn nights(&self) -> usize {
        self.record.nights.len()
    }

    /// Writes the rows of new files beside the state; they count when their night is concluded.
    ///
    /// # Errors
    ///
    /// What the readers report, [`Error::Write`] when the system refuses.
    pub fn pack(&self, files: &[InputFile], read: &ReadFile<'_>, interrupt: &Interrupt) -> Result<(), Error> {
        segment::write(&self.dir.join(NEW_SEGMENT), files, read, Repeats::Kept, interrupt)
    }

    /// Prepares a night whose run is about to be published: from now on the run decides whether it happened.
    ///
    /// # Errors
    ///
    /// [`Error::Write`] when the system refuses.
    pub fn prepare(&mut self, night: &Night, run: &Path, run_id: &str, watches: Vec<Watch>) -> Result<(), Error> {
        answers::write(&self.dir.join(NEW_ANSWERS), watches)?;
        let answers = described(&self.dir, NEW_ANSWERS, "answers")?;
        let packed = !night.again && !night.fresh.is_empty();
        let kind = format!("segment-{:05}", self.record.nights.len() + 1);
        let segment = packed.then(|| described(&self.dir, NEW_SEGMENT, &kind)).transpose()?;
        let last = self.record.nights.last().filter(|_| night.again);
        self.record.pending = Some(Pending {
            night: NightRecord {
                as_of: night.as_of.clone(),
                run_id: run_id.to_owned(),
                inputs: night.fresh.clone(),
                segment: last.and_then(|last| last.segment.clone()).or(segment.as_ref().map(|file| file.name.clone())),
                answers: Some(answers),
            },
            segment,
            again: night.again,
            run: std::path::absolute(run).map_err(writing(run))?,
        });
        self.save()?;
        self.name_new_files()
    }

    /// Gives the files of the pending night the names under which it knows them.
    fn name_new_files(&self) -> Result<(), Error> {
        let Some(pending) = &self.record.pending else { return Ok(()) };
        let named = [(NEW_ANSWERS, pending.night.answers.as_ref()), (NEW_SEGMENT, pending.segment.as_ref())];
        for (temporary, file) in named {
            let Some(file) = file else { continue };
            let to = self.dir.join(&file.name);
            match fs::rename(self.dir.join(temporary), &to) {
                Err(error) if error.kind() == io::ErrorKind::NotFound && to.exists() => {}
                other => other.map_err(writing(&to))?,
            }
        }
        sync_dir(&self.dir)
    }

    /// Takes up the prepared night: its run is published.
    ///
    /// # Errors
    ///
    /// [`Error::Untaken`] when the system refuses: whoever opens the state next takes the night up, if its run still stands there.
    pub fn conclude(&mut self) -> Result<(), Error> {
        self.take_up().map_err(|error| match error {
            Error::Write { path, source } => Error::Untaken { path, source },
            other => other,
        })
    }

    fn take_up(&mut self) -> Result<(), Error> {
        let Some(pending) = self.record.pending.take() else { return Ok(()) };
        let mut nights = std::mem::take(&mut self.record.nights);
        if pending.again {
            nights.pop();
        }
        nights.push(pending.night);
        // The night before the last is kept: the last may be scored again.
        let old = nights.len().saturating_sub(2);
        nights[..old].iter_mut().for_each(|night| night.answers = None);
        self.record.segments.extend(pending.segment);
        self.record.nights = nights;
        self.save()
    }

    fn drop_pending(&mut self) -> Result<(), Error> {
        let segment = self.record.pending.take().and_then(|pending| pending.segment);
        self.record.passing.extend(segment.map(|file| file.name));
        self.save()?;
        self.tidy()
    }

    /// Removes answers that no night names any more. Segments are never removed without being named in `passing` first.
    fn tidy(&self) -> Result<(), Error> {
        for entry in fs::read_dir(&self.dir).map_err(writing(&self.dir))? {
            let entry = entry.map_err(writing(&self.dir))?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.starts_with("answers-") && !self.names(&name) {
                remove(&entry.path())?;
            }
        }
        Ok(())
    }

    /// Puts the state in order after a night: removes the answers that it replaced, and makes one segment of all but the newest
    /// when there are many. No answer changes.
    ///
    /// # Errors
    ///
    /// What reading and writing report. The state holds what it held, and the next night does what is left.
    pub fn compact(&mut self, read: &ReadFile<'_>, interrupt: &Interrupt) -> Result<(), Error> {
        self.tidy()?;
        if self.record.segments.len() <= SEGMENTS_MAX {
            return Ok(());
        }
        // The last night may be scored again, from its own files and everybody else's segments.
        let newest = self.record.segments.len() - 1;
        let old: Vec<FileRecord> = self.record.segments[..newest].to_vec();
        let files: Vec<InputFile> = old.iter().map(|file| self.input(&file.name)).collect();
        segment::write(&self.dir.join(NEW_SEGMENT), &files, read, Repeats::Dropped, interrupt)?;
        // It stands before all nights; the night that it was made in tells it from others such.
        let whole = described(&self.dir, NEW_SEGMENT, &format!("segment-00000-{:05}", self.record.nights.len()))?;
        self.record.passing = vec![whole.name.clone()];
        self.save()?;
        let to = self.dir.join(&whole.name);
        fs::rename(self.dir.join(NEW_SEGMENT), &to).map_err(writing(&to))?;
        sync_dir(&self.dir)?;
        self.record.segments.splice(..newest, [whole]);
        // The newest may share its file with one of the old.
        let passing = old.into_iter().map(|file| file.name).filter(|name| !self.names(name));
        self.record.passing = passing.collect();
        let current = &self.record.segments[1].name;
        let of_current = self.record.nights.iter().rposition(|night| night.segment.as_ref() == Some(current));
        for (at, night) in self.record.nights.iter_mut().enumerate() {
            if Some(at) != of_current {
                night.segment = None;
            }
        }
        self.save()?;
        for name in &self.record.passing {
            remove(&self.dir.join(name))?;
        }
        Ok(())
    }

    /// Exchanges `state.json`.
    fn save(&mut self) -> Result<(), Error> {
        env!("CARGO_PKG_VERSION").clone_into(&mut self.record.engine_version);
        let value = serde_json::to_value(&self.record).map_err(|error| writing(&self.dir)(error.into()))?;
        let (temporary, path) = (self.dir.join(NEW_STATE), self.dir.join(STATE));
        let written = || -> io::Result<()> {
            let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&temporary)?;
            file.write_all(canonical(&value).as_bytes())?;
            file.sync_all()?;
            fs::rename(&temporary, &path)
        };
        written().map_err(writing(&path))?;
        sync_dir(&self.dir)
    }
}

/// The key of an input.
///
/// # Errors
///
/// [`Error::Read`] when the file cannot be read.
pub fn key(file: &InputFile) -> Result<InputKey, Error> {
    let (_, sha256) = hash_file(&file.path).map_err(|source| Error::Read { path: file.path.clone(), source })?;
    let layout = LAYOUTS.get(file.layout).map_or("unknown", |layout| layout.name).to_owned();
    Ok(InputKey { sha256, layout, table: file.table.map_or("any", Table::name).to_owned() })
}

/// The record of a file that will be called by its kind (of a segment: and its place) and digest.
fn described(dir: &Path, temporary: &str, kind: &str) -> Result<FileRecord, Error> {
    let path = dir.join(temporary);
    let (bytes, sha256) = hash_file(&path).map_err(writing(&path))?;
    Ok(FileRecord { name: format!("{kind}-{}.zst", &sha256[..16]), bytes, rows: None, sha256 })
}

fn remove(path: &Path) -> Result<(), Error> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(writing(path)(error)),
        _ => Ok(()),
    }
}

/// `state.json`; `None` for a directory in which nothing of ours stands.
fn read(dir: &Path) -> Result<Option<Record>, Error> {
    let path = dir.join(STATE);
    let unusable = |message: String| Error::Unusable { path: path.clone(), message };
    let file = match File::open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let is_ours = |name: &str| [NEW_SEGMENT, NEW_STATE, NEW_ANSWERS].contains(&name);
            for entry in fs::read_dir(dir).map_err(writing(dir))? {
                let name = entry.map_err(writing(dir))?.file_name();
                if !name.to_str().is_some_and(is_ours) {
                    let message = "holds files that are no state of ours; name a new directory".to_owned();
                    return Err(Error::Output { path: dir.to_owned(), message });
                }
            }
            return Ok(None);
        }
        Err(source) => return Err(Error::Read { path: path.clone(), source }),
    };
    let value: serde_json::Value = serde_json::from_reader(io::BufReader::new(file)).map_err(|_| {
        unusable("is no state of ours, or damaged; restore it from a copy, or begin a new state".to_owned())
    })?;
    let schema = value.get("schema").and_then(serde_json::Value::as_u64);
    if schema != Some(u64::from(SCHEMA)) {
        let found = schema.map_or("an unknown version".to_owned(), |found| format!("version {found}"));
        return Err(unusable(format!(
            "a state of {found}, where this build reads version {SCHEMA}; begin a new state over all files"
        )));
    }
    let record = serde_json::from_value(value)
        .map_err(|_| unusable("is damaged; restore it from a copy, or begin a new state over all files".to_owned()))?;
    Ok(Some(record))
}
