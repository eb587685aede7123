//! A night of a state: what is new is read, everything is assessed, and what changed is told.

use std::{
    ffi::OsStr,
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
    input,
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
    /// Whether the state has answers: what does not meet may then be in the state, where nobody can leave it out.
    pub(super) is_later: bool,
}

/// Scores what a state holds together with the run's files, of which only those that the state does not know are read.
///
/// Scores, reasons, characteristics and inputs are those of a run over all files of all nights, bit for bit. The table of events
/// says what changed since the night before. A profile is told where the time goes.
///
/// # Errors
///
/// [`Error`], after which neither a run was published nor the state has taken up the night; but [`Error::Untaken`] when the run
/// was, and the state takes it up the next time. What the state puts off to the next night is a warning and no error.
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
    let held = whole(&since.state);
    if let Some(file) = run.files.iter().find(|file| whole(&file.path).starts_with(&held)) {
        return Err(not_apart(&file.path));
    }
    let read = ByLayout::new(&run.read);
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
        let is_later = !before.answers.is_empty();
        let mut of_state = Night { identity: identity.clone(), prepare: &mut prepare, is_later };
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
    if let Err(error) = state.compact(&read, interrupt) {
        // The night is done: whoever was told otherwise would do it again.
        put_off(&error);
    }
    Ok(summary)
}

/// Says that the state is not in order, which changes no answer.
fn put_off(error: &Error) {
    let cause = match error {
        Error::Interrupted { signal } => format!("interrupted by signal {signal}"),
        Error::Write { source, .. } => format!("{error}: {source}"),
        other => other.to_string(),
    };
    tracing::warn!(
        cause,
        "the run is published and the state holds the night; what it keeps was not put together, which the next night does"
    );
}

/// Refuses inputs that the state would lie in, or that lie in it: the next night would take its files for new ones. `named` are
/// the inputs as [`input::Inputs::discover`] takes them. What a folder passes over may hold the state.
///
/// # Errors
///
/// [`Error::Unusable`].
pub fn state_apart<S: AsRef<OsStr>>(named: &[S], state: &Path) -> Result<(), Error> {
    let held = whole(state);
    for path in named.iter().map(|named| input::split(named.as_ref()).1) {
        let there = whole(path);
        let below = held.strip_prefix(&there).ok().filter(|_| there.is_dir());
        let is_read = below.is_some_and(|below| !below.iter().any(|name| input::is_marker(Path::new(name))));
        if is_read || there.starts_with(&held) {
            return Err(not_apart(path));
        }
    }
    Ok(())
}

fn not_apart(input: &Path) -> Error {
    let message = "lies inside the state, or the state inside it, and its files would be read as new ones; choose another directory";
    Error::Unusable { path: input.to_owned(), message: message.to_owned() }
}

/// The path as the system knows it. It needs not be there yet; then a folder above it is.
fn whole(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let known = |above: &Path| Some(fs::canonicalize(above).ok()?.join(path.strip_prefix(above).ok()?));
    path.ancestors().find_map(known).unwrap_or(path)
}

/// Neither may lie inside the other.
fn apart(output: &Path, state: &Path) -> Result<(), Error> {
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
