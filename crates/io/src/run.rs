//! A scoring run from inputs to a published directory: discover, join, assess, sort, write, check, commit.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::SystemTime,
};

use cashline_core::{
    application::Application,
    assessment::Assessment,
    attribute::registry::Registry,
    defect::Defect,
    portfolio::Pool,
    row::AsOf,
    table::{self, RunFacts, Schema},
    value::Outcome,
};
use serde::Serialize;
use serde_json::{Value, json};

use crate::{
    commit::{CommitOptions, Interrupt, Output, OutputLock, Overwrite, hash_file, verify},
    error::Error,
    manifest::{Identity, MANIFEST, Manifest, RUN_LOG, SUCCESS, canonical, run_id, shown},
    portfolio::{AsOfRule, Chunk, Inputs, Portfolio, ReadFile, Refused, Tally},
    read::{InputFile, LAYOUTS, ReadOptions, Sink},
    write::{Format, HeldTables, Key, format},
};

mod collect;
mod gates;

use collect::Collected;
pub use gates::{GateLimits, LastRun};

/// What a scoring run is asked to do.
#[derive(Clone, Debug)]
pub struct ScoreRun {
    /// The files to read, in the order of their indices.
    pub files: Vec<InputFile>,
    /// How they are read.
    pub read: ReadOptions,
    /// T of applications that name none.
    pub as_of: Option<AsOf>,
    /// How `scores` and `reasons` are written.
    pub format: &'static Format,
    /// Tables beside the usual ones.
    pub extras: Extras,
    /// Limits on the run as a whole.
    pub gates: GateLimits,
    /// A run to compare scores with.
    pub last_run: Option<PathBuf>,
    /// Where the run is published; `None` hands the tables back instead.
    pub output: Option<(PathBuf, CommitOptions)>,
    /// Threads that assess; `None` takes one a core. Never changes a byte.
    pub threads: Option<usize>,
    /// SHA-256 of what the engine is made of and of the mapping, by name.
    pub digests: BTreeMap<String, String>,
    /// Further settings that decide the result and that only the caller knows, for the manifest and the run's identity.
    pub settings: Value,
}

/// Tables beside the usual ones.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Extras {
    /// The matrix of all attributes.
    pub matrix: bool,
    /// The rows behind each reason.
    pub evidence: bool,
}

/// What a run came to.
#[derive(Debug)]
pub struct Summary {
    /// Whether and where it was published.
    pub outcome: RunOutcome,
    /// What was read, done and written; of the earlier run when it was already done.
    pub manifest: Manifest,
}

/// Whether and where a run was published.
#[derive(Debug)]
pub enum RunOutcome {
    /// It stands in the directory.
    Published(PathBuf),
    /// It stood in the directory before; nothing was written.
    AlreadyDone(PathBuf),
    /// No directory was asked for: the tables, sorted, the scores first.
    Returned(HeldTables),
}

impl Summary {
    /// The process's exit code: 0, or 1 when a gate failed.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        self.manifest.exit_code
    }
}

/// One application's answer with what was asked for beside it.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) assessment: Assessment,
    /// Rows of its pool that the history set aside.
    pub(crate) defects: Vec<Defect>,
    pub(crate) matrix: Vec<Outcome>,
}

/// The engine as the run sees it.
pub(crate) struct Scorer<'e> {
    pub(crate) facts: RunFacts,
    pub(crate) registry: &'e Registry,
    pub(crate) assess: &'e (dyn Fn(Vec<Pool>) -> Vec<Answer> + Sync),
    pub(crate) refuse: &'e dyn Fn(&Refused) -> Assessment,
}
