//! A night of a state: what is new is read, everything is assessed, and what changed is told.

use std::{
    fs,
    os::unix::ffi::OsStrExt as _,
    path::{Path, PathBuf},
    sync::Arc,
};

use cashline_core::{
    engine::Engine,
    event::{Limits, Watch},
};
use serde_json::{Value, json};

use super::{RunOutcome, ScoreRun, Summary, score_night, shown_as_of};
use crate::{
    commit::{Interrupt, sha256_hex},
    error::Error,
    profile::Profile,
    read::{ByLayout, InputFile, ReadOptions},
    state::{self, Answers, InputKey, State},
};

/// A state to score since, and what is told of the changes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Since {
    /// The state; created when nothing is there.
    pub state: PathBuf,
    /// When a change is told.
    pub limits: Limits,
}

/// The answers of the night before.
#[derive(Debug)]
pub(super) struct Before {
    answers: Answers,
    pub(super) limits: Limits,
}

impl Before {
    pub(super) fn of(&self, application: &str) -> Option<&Watch> {
        self.answers.get(application)
    }
}

/// What takes the answers before they are published: the run's id, and what is kept of each.
type Prepare<'a> = dyn FnMut(&str, Vec<Watch>) -> Result<(), Error> + 'a;

/// A run that is a night of a state.
pub(super) struct Night<'a> {
    /// Names the rows and the answers that it starts from, for the run's identity.
    pub(super) identity: Value,
    pub(super) prepare: &'a mut Prepare<'a>,
}

/// Scores what a state holds together with the run's files, of which only those that the state does not know are read.
///
/// Scores, reasons, characteristics and inputs are those of a run over all files of all nights, bit for bit. The table of events
/// says what changed since the night before. A profile is told where the time goes.
///
/// # Errors
///
/// [`Error`], after which neither a run was published nor the state has taken up the night.
pub fn score_since(
    run: &ScoreRun,
    since: &Since,
    engine: &Engine,
    interrupt: &Interrupt,
    profile: Option<&Arc<Profile>>,
) -> Result<Summary, Error> {
    let Some((dir, _)) = &run.output else {
        let message = "a night is scored into a directory; add -o DIR".to_owned();
        return Err(Error::Output { path: since.state.clone(), message });
    };
    apart(dir, &since.state)?;
    let read = ByLayout(&run.read);
    let mut state = State::open(&since.state, &reading(run))?;
    let given: Vec<InputKey> = run.files.iter().map(state::key).collect::<Result<_, Error>>()?;
    let night = state.night(&given, run.as_of.map(shown_as_of));
    let fresh = once(&run.files, &given, &night.fresh);
    if !night.again && !fresh.is_empty() {
        state.pack(&fresh, &read, interrupt)?;
    }
    let (digest, answers) = state.before(&night)?;
    let before = Before { answers, limits: since.limits };
    let identity = json!({ "rows": state.rows(&night), "answers": digest, "moved": since.limits.moved });
    let files = in_order(state.segments(&night).into_iter().chain(fresh));
    let mut all = ScoreRun { files, ..run.clone() };
    if all.files.is_empty() {
        let message = "the state is empty, and no file is new; name the files of the first night".to_owned();
        return Err(Error::Unusable { path: since.state.clone(), message });
    }
    let score = |all: &ScoreRun, state: &mut State| {
        let mut prepare = |id: &str, watches: Vec<Watch>| state.prepare(&night, dir, id, watches);
        let mut of_state = Night { identity: identity.clone(), prepare: &mut prepare };
        score_night(all, engine, interrupt, profile, Some((&before, &mut of_state)))
    };
    let summary = score(&all, &mut state)?;
    let stood = matches!(summary.outcome, RunOutcome::AlreadyDone(_));
    if stood && state.last_run() != Some(summary.manifest.run_id.as_str()) {
        // The run stands, and the state has lost its night or never had it: the answers are needed once more.
        all.output = None;
        score(&all, &mut state)?;
    }
    state.conclude()?;
    state.compact(&read, interrupt)?;
    Ok(summary)
}

/// Neither may lie inside the other.
fn apart(output: &Path, state: &Path) -> Result<(), Error> {
    // Neither needs to be there yet; then the folder that it is to stand in is.
    let whole = |path: &Path| {
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let beside = path.parent().and_then(|parent| fs::canonicalize(parent).ok());
        let there = beside.zip(path.file_name()).map(|(parent, name)| parent.join(name));
        fs::canonicalize(&path).ok().or(there).unwrap_or(path)
    };
    let (run, held) = (whole(output), whole(state));
    if run.starts_with(&held) || held.starts_with(&run) {
        let message = "lies inside the state, or the state inside it; choose another directory".to_owned();
        return Err(Error::Output { path: output.to_owned(), message });
    }
    Ok(())
}

/// How rows are read, as a digest: the mapping and the columns of applications.
pub(super) fn reading(run: &ScoreRun) -> String {
    let sorted = |columns: &[String]| {
        let mut sorted = columns.to_vec();
        sorted.sort_unstable();
        sorted.dedup();
        sorted
    };
    // Whether it is read ahead says nothing of what is read. States were begun with this text.
    let ReadOptions { mapping, extra_columns, drop_columns, ahead: _ } = &run.read;
    let [extra, dropped] = [extra_columns, drop_columns].map(|columns| sorted(columns));
    let text = format!("ReadOptions {{ mapping: {mapping:?}, extra_columns: {extra:?}, drop_columns: {dropped:?} }}");
    sha256_hex(text.as_bytes())
}

/// The files whose content is wanted, each content once.
fn once(files: &[InputFile], keys: &[InputKey], wanted: &[InputKey]) -> Vec<InputFile> {
    let first = |key: &InputKey| keys.iter().position(|known| known == key);
    wanted.iter().filter_map(first).filter_map(|at| files.get(at)).cloned().collect()
}

/// Files of a run: ascending by path bytes, with their indices.
fn in_order(files: impl Iterator<Item = InputFile>) -> Vec<InputFile> {
    let mut files: Vec<InputFile> = files.collect();
    files.sort_by(|a, b| a.path.as_os_str().as_bytes().cmp(b.path.as_os_str().as_bytes()));
    for (index, file) in (0_u32..).zip(&mut files) {
        file.index = index;
    }
    files
}
