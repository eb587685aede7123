//! A scoring run from inputs to a published directory: discover, join, assess, sort, write, check, commit.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
    time::SystemTime,
};

use cashline_core::{
    application::Application,
    assessment::Assessment,
    attribute::{definition::Tiers, registry::ColumnId},
    category::taxonomy::Taxonomy,
    defect::Defect,
    engine::Engine,
    history::History,
    portfolio::{Pool, Sessions, measure_in},
    row::AsOf,
    table::{RunFacts, Schema},
};
use serde_json::{Value, json};

use crate::{
    commit::{CommitOptions, Interrupt, OutputLock, Overwrite, hash_file, hex, verify},
    error::Error,
    manifest::{AsOfRecord, Identity, InputRecord, MANIFEST_SCHEMA, Manifest, SUCCESS, run_id, shown},
    portfolio::{AsOfRule, FileTally, Inputs, Parking, Portfolio, ReadFile, Refused},
    profile::{Clock, Part, Profile},
    read::{ByLayout, InputFile, LAYOUTS, ReadOptions, Table},
    walk::{Done, each_chunk, in_parallel, on_threads},
    write::{Format, HeldTables, instant},
};

mod attributes;
mod beside;
mod collect;
mod counts;
mod gates;
mod publish;
mod since;

pub use attributes::{AttributeRow, AttributeRows, attributes};
use beside::{Beside, Wanted};
use collect::Collected;
pub use gates::{GateLimits, LastRun};
use since::{Before, Night};
pub use since::{Since, score_since, state_apart};

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
    /// Columns of the matrix in the place of a tier's, when there are any.
    pub columns: Vec<ColumnId>,
    /// Limits on the run as a whole.
    pub gates: GateLimits,
    /// A run to compare scores with.
    pub last_run: Option<PathBuf>,
    /// Where the run is published; `None` hands the tables back instead.
    pub output: Option<(PathBuf, CommitOptions)>,
    /// Threads that assess; `None` takes one a core. Never changes a byte.
    pub threads: Option<usize>,
    /// Memory for what must wait, and the directory for what is beyond it. Never changes a byte.
    pub parking: Parking,
    /// SHA-256 of what decides beside the engine and the mapping, such as the bundle, by name.
    pub digests: BTreeMap<String, String>,
    /// Further settings that decide the result and that only the caller knows, for the manifest and the run's identity.
    pub settings: Value,
}

/// Tables beside the usual ones.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Extras {
    /// The matrix of attributes, and of which.
    pub matrix: Option<Tiers>,
    /// The matrix in the place of scores and all that stands beside them: nothing is assessed.
    pub alone: bool,
    /// The rows behind each reason.
    pub evidence: bool,
    /// Every row as of T with its label.
    pub ledger: bool,
    /// The tables of a money-management product with what so many days from T on will bring, in the place of scores and all
    /// that stands beside them: who plans money learns no score.
    pub enriched: Option<u16>,
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
struct Answer {
    assessment: Assessment,
    beside: Beside,
}

/// The engine as a run sees it.
struct Scorer<'e> {
    facts: RunFacts,
    digests: BTreeMap<String, String>,
    /// The purposes that corrections may name.
    taxonomy: &'e Taxonomy,
    /// Settings of the engine that decide the result.
    options: Value,
    /// The tables it fills, the scores first.
    schemas: Vec<Schema>,
    assess: &'e (dyn Fn(Vec<Pool>) -> Vec<Answer> + Sync),
    /// The answer for an application whose data was never looked at.
    refuse: &'e dyn Fn(&Refused) -> Answer,
}

/// Answers pools, whatever was asked for.
type Answers<'a> = Box<dyn Fn(Vec<Pool>) -> Vec<(Assessment, Beside)> + Sync + 'a>;

/// Runs the engine over the inputs and publishes the result.
///
/// # Errors
///
/// [`Error`], after which nothing has been published and no temporary is left.
pub fn score(run: &ScoreRun, engine: &Engine, interrupt: &Interrupt) -> Result<Summary, Error> {
    score_night(run, engine, interrupt, None, None)
}

/// The same, told where the time goes.
///
/// # Errors
///
/// As [`score`].
pub fn score_measured(
    run: &ScoreRun,
    engine: &Engine,
    interrupt: &Interrupt,
    profile: Option<&Arc<Profile>>,
) -> Result<Summary, Error> {
    score_night(run, engine, interrupt, profile, None)
}

/// A run, or a night of a state.
fn score_night(
    run: &ScoreRun,
    engine: &Engine,
    interrupt: &Interrupt,
    profile: Option<&Arc<Profile>>,
    night: Option<(&Before, &mut Night<'_>)>,
) -> Result<Summary, Error> {
    let started = SystemTime::now();
    let (before, night) = night.unzip();
    let wanted = Wanted::of(engine, run.extras, &run.columns, before);
    let visit =
        |history: &History, application: &Application, answer: &Assessment| wanted.beside(history, application, answer);
    let sessions = match profile {
        Some(profile) => Sessions::watched(engine, || Box::new(profile.clock())),
        None => Sessions::new(engine),
    };
    let answers: Answers<'_> = match wanted.alone() {
        Some(selection) => {
            Box::new(on_threads(run.threads, move |pools| measure_in(&sessions, selection, pools, Beside::measured)))
        }
        None => Box::new(in_parallel(sessions, run.threads, visit)),
    };
    let assess = |pools: Vec<Pool>| {
        let answer = |(assessment, beside)| Answer { assessment, beside };
        answers(pools).into_iter().map(answer).collect()
    };
    let refuse = |refused: &Refused| {
        let assessment = engine.rejected(&refused.application);
        Answer { beside: wanted.without_data(&assessment), assessment }
    };
    let scorer = Scorer {
        facts: RunFacts::of(engine),
        digests: digests(run, engine),
        taxonomy: engine.categoriser().taxonomy(),
        options: json!({
            "balance_age_days_max": engine.options().balance_age_days_max,
            "extras": engine.options().extras,
            "columns": run.columns.iter().map(|at| &engine.registry().columns()[usize::from(at.0)].name).collect::<Vec<_>>(),
        }),
        schemas: wanted.schemas(),
        assess: &assess,
        refuse: &refuse,
    };
    let read = ByLayout::new(&run.read);
    execute(Job { run, interrupt, started, profile }, &scorer, &read, night)
}

/// Digests of what the engine is made of, of the mapping, and those of the caller.
fn digests(run: &ScoreRun, engine: &Engine) -> BTreeMap<String, String> {
    let mut digests = BTreeMap::from([
        ("model".to_owned(), engine.model().id().to_owned()),
        ("policy".to_owned(), engine.policy().id().to_owned()),
        ("rules".to_owned(), hex(&engine.categoriser().digest())),
        ("taxonomy".to_owned(), hex(&engine.categoriser().taxonomy().digest())),
        ("attributes".to_owned(), hex(&engine.registry().digest())),
        ("reasons".to_owned(), engine.reasons().id().to_owned()),
        ("institution_names".to_owned(), engine.institutions().names.digest().to_owned()),
    ]);
    digests.extend(engine.institutions().known.as_ref().map(|known| ("institutions".to_owned(), known.digest())));
    digests.extend(run.read.mapping.as_ref().map(|mapping| ("mapping".to_owned(), mapping.digest())));
    let challengers = engine.challengers().iter().enumerate();
    digests.extend(challengers.map(|(at, model)| (format!("challenger {:02}", at + 1), model.id().to_owned())));
    digests.extend(run.digests.clone());
    digests
}

/// What every step of a run needs.
#[derive(Clone, Copy)]
struct Job<'a> {
    run: &'a ScoreRun,
    interrupt: &'a Interrupt,
    started: SystemTime,
    profile: Option<&'a Arc<Profile>>,
}

/// Tells the clock of this thread, if there is one, that a part begins.
fn begin(clock: &mut Option<Clock>, part: Part) {
    if let Some(clock) = clock {
        clock.begin(Some(part));
    }
}

fn execute(
    job: Job<'_>,
    scorer: &Scorer<'_>,
    read: &ReadFile<'_>,
    night: Option<&mut Night<'_>>,
) -> Result<Summary, Error> {
    let Job { run, interrupt, .. } = job;
    let last = run.last_run.as_deref().map(LastRun::read).transpose()?;
    let mut configuration = configuration(run, scorer, last.as_ref());
    if let Some(night) = &night {
        // A state's files are cut anew now and then: what rows they hold names them, not their bytes.
        configuration["since"] = night.identity.clone();
    }
    let lock = run.output.as_ref().map(|(dir, _)| lock(dir, &run.files)).transpose()?;
    let mut output = None;
    if let (Some(lock), Some((dir, options))) = (lock, &run.output) {
        if let Some(bytes) = lock.manifest()? {
            let hashes = match &night {
                Some(_) => vec![],
                None => run.files.iter().map(|file| hash(&file.path)).collect::<Result<Vec<String>, Error>>()?,
            };
            let id = identify(run, scorer, &hashes, &configuration);
            if let Some(manifest) = already_done(dir, &bytes, &id, options.overwrite)? {
                // Whoever waits for the marker would wait for ever.
                if manifest.exit_code == 0 {
                    lock.mark(SUCCESS, options.file_mode)?;
                }
                return Ok(Summary { outcome: RunOutcome::AlreadyDone(dir.clone()), manifest });
            }
        }
        // Opened before the work, so that a directory that cannot be written costs no night.
        output = Some((lock.write(*options)?, dir));
    }
    let mut clock = job.profile.map(Profile::clock);
    begin(&mut clock, Part::Read);
    let inputs = Inputs { files: &run.files, read, interrupt };
    let mut portfolio =
        Portfolio::open(inputs, AsOfRule { run: run.as_of, zone: &scorer.facts.zone }, scorer.taxonomy)?
            .parked(run.parking.clone());
    let mut collected = assess_all(&mut portfolio, scorer, job, &mut clock)?;
    match (portfolio.meets(), &night) {
        (Err(error), Some(night)) if night.is_later => tracing::warn!("{error}"),
        (met, _) => met?,
    }
    begin(&mut clock, Part::Write);
    collected.held.sort();
    let (mut manifest, defects) = manifest(run, scorer, &portfolio, &mut collected, configuration, last.as_ref());
    interrupt.check()?;
    if let Some(night) = night {
        (night.prepare)(&manifest.run_id, std::mem::take(&mut collected.watches))?;
    }
    let outcome = match output {
        None => RunOutcome::Returned(collected.held),
        Some((output, dir)) => {
            publish::publish(job, output, &collected.held, &defects, &mut manifest)?;
            RunOutcome::Published(dir.clone())
        }
    };
    Ok(Summary { outcome, manifest })
}

/// Assesses every pool as it is finished, and answers the applications that were refused.
fn assess_all(
    portfolio: &mut Portfolio<'_>,
    scorer: &Scorer<'_>,
    Job { run: ScoreRun { parking, threads, .. }, interrupt, .. }: Job<'_>,
    clock: &mut Option<Clock>,
) -> Result<Collected, Error> {
    let mut collected = Collected::new(scorer.schemas.clone(), scorer.facts.clone(), parking);
    each_chunk(portfolio, *threads, scorer.assess, &mut |done| {
        begin(clock, Part::Keep);
        match done {
            Done::Answers(answers) => answers.into_iter().try_for_each(|answer| collected.push(answer))?,
            Done::StartOver => collected.clear(),
        }
        begin(clock, Part::Read);
        interrupt.check()
    })?;
    for refused in portfolio.refused() {
        collected.push((scorer.refuse)(refused))?;
    }
    Ok(collected)
}

/// Takes the place of the output; a run never reads what it is about to replace.
fn lock(dir: &Path, files: &[InputFile]) -> Result<OutputLock, Error> {
    if let Ok(inside) = dir.canonicalize()
        && files.iter().any(|file| file.path.canonicalize().is_ok_and(|path| path.starts_with(&inside)))
    {
        let message = "holds inputs of the run; choose another directory".to_owned();
        return Err(Error::Output { path: dir.to_owned(), message });
    }
    OutputLock::take(dir)
}

fn hash(path: &Path) -> Result<String, Error> {
    hash_file(path).map(|(_, sha256)| sha256).map_err(|source| Error::Read { path: path.to_owned(), source })
}

/// Every setting that decides the result. Threads decide nothing.
fn configuration(run: &ScoreRun, scorer: &Scorer<'_>, last: Option<&LastRun>) -> Value {
    let mut configuration = json!({
        "as_of": run.as_of.map(shown_as_of),
        "zone": scorer.facts.zone.name(),
        "format": run.format.name,
        "matrix": run.extras.matrix.map(Tiers::code),
        "evidence": run.extras.evidence,
        "ledger": run.extras.ledger,
        "extra_columns": run.read.extra_columns,
        "drop_columns": run.read.drop_columns,
        "gates": run.gates.to_json(),
        "last_run": last.map(|last| &last.run_id),
        "engine": scorer.options,
        "settings": run.settings,
    });
    // Written only where it is asked for, so that the identity of other runs stays what it was.
    if let (Some(days), Some(all)) = (run.extras.enriched, configuration.as_object_mut()) {
        all.insert("enriched_days".to_owned(), days.into());
    }
    configuration
}

fn shown_as_of(as_of: AsOf) -> String {
    match as_of {
        AsOf::Date(day) => day.to_string(),
        AsOf::Instant(seconds) => instant(seconds),
    }
}

fn layout(file: &InputFile) -> &'static str {
    LAYOUTS.get(file.layout).map_or("unknown", |layout| layout.name)
}

/// `hashes` stand in the order of the files.
fn identify(run: &ScoreRun, scorer: &Scorer<'_>, hashes: &[String], configuration: &Value) -> String {
    let described = |file: &InputFile| {
        let table = file.table.map_or("any", Table::name);
        format!("{} {table}", layout(file))
    };
    let inputs = run.files.iter().zip(hashes).map(|(file, hash)| (hash.clone(), described(file))).collect();
    let engine_version = env!("CARGO_PKG_VERSION");
    run_id(&Identity { inputs, digests: &scorer.digests, configuration, engine_version })
}

/// The run that stands there, when it is this one and whole.
fn already_done(dir: &Path, bytes: &[u8], id: &str, overwrite: Overwrite) -> Result<Option<Manifest>, Error> {
    let found = Manifest::parse(dir, bytes).and_then(|manifest| {
        if manifest.run_id != id {
            let message = "holds another run; choose another directory, or add --overwrite to replace it".to_owned();
            return Err(Error::Output { path: dir.to_owned(), message });
        }
        if manifest.files.iter().any(|record| verify(dir, record).is_err()) {
            let message = "holds this run, but its files differ from its manifest; add --overwrite to write it again";
            return Err(Error::Output { path: dir.to_owned(), message: message.to_owned() });
        }
        Ok(manifest)
    });
    match (found, overwrite) {
        (Ok(manifest), _) => Ok(Some(manifest)),
        (Err(_), Overwrite::Exchange) => Ok(None),
        (Err(error), Overwrite::Refuse) => Err(error),
    }
}

/// The manifest but for its files, and all defects in the order of their sources.
fn manifest(
    run: &ScoreRun,
    scorer: &Scorer<'_>,
    portfolio: &Portfolio<'_>,
    collected: &mut Collected,
    configuration: Value,
    last: Option<&LastRun>,
) -> (Manifest, Vec<Defect>) {
    let tally = portfolio.tally();
    let later = collected.take_defects();
    let counts = counts::counts(tally, collected, &later);
    let zone = &scorer.facts.zone;
    let day = |seconds: i64| zone.day(seconds);
    // A row from T on decides nothing, so it does not make the data young either. Ages count as those of attributes do: the day
    // before T is 1.
    let ends = tally.newest_before_t.zip(collected.latest);
    let age = ends.map(|(newest, latest)| day(latest.saturating_sub(1)).0 - day(newest).0 + 1);
    let gates = gates::check(
        &run.gates,
        gates::Measured {
            rows_read: tally.rows_read(),
            defects: counts.set_aside().map(|(_, count)| count).sum(),
            unattributed: counts.unattributed,
            applications: tally.applications,
            internal_errors: collected.statuses.get("internal_error").copied().unwrap_or(0),
            scores: &collected.scores,
            data_age_days: age,
            last,
        },
    );
    let digest = |file: &FileTally| file.facts.as_ref().map_or(String::new(), |facts| hex(&facts.sha256));
    // The rows of a state are named in the configuration.
    let named = configuration.get("since").is_some();
    let hashes: Vec<String> = if named { vec![] } else { tally.files.iter().map(digest).collect() };
    let names = shown(&run.files.iter().map(|file| file.path.as_path()).collect::<Vec<&Path>>());
    let record = |(file, name): (&InputFile, String)| input_record(file, name, &tally.files[file.index as usize]);
    let inputs = run.files.iter().zip(names).map(record).collect();
    let manifest = Manifest {
        schema: MANIFEST_SCHEMA,
        run_id: identify(run, scorer, &hashes, &configuration),
        engine_version: env!("CARGO_PKG_VERSION").to_owned(),
        as_of: AsOfRecord {
            run: run.as_of.map(shown_as_of),
            zone: zone.name().to_owned(),
            earliest: collected.earliest.map(instant),
            latest: collected.latest.map(instant),
            newest_data: tally.newest.map(|newest| day(newest).to_string()),
        },
        inputs,
        digests: scorer.digests.clone(),
        configuration,
        counts,
        scores: collected.scores.clone(),
        exit_code: u8::from(gates.iter().any(|gate| !gate.passed)),
        gates,
        files: vec![],
    };
    (manifest, counts::all_defects(tally, later))
}

fn input_record(file: &InputFile, path: String, tally: &FileTally) -> InputRecord {
    InputRecord {
        path,
        layout: layout(file).to_owned(),
        bytes: tally.facts.as_ref().map_or(0, |facts| facts.bytes),
        sha256: tally.facts.as_ref().map_or(String::new(), |facts| hex(&facts.sha256)),
        rows: tally.rows.iter().map(|(table, rows)| (table.name().to_owned(), *rows)).collect(),
        defects: tally.defects,
    }
}

#[cfg(test)]
mod berka;
#[cfg(test)]
mod corrections;
#[cfg(test)]
mod tests;
