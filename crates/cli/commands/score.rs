//! `cashline score INPUT...`: the main job.

use std::{
    io::Write as _,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context as _, Result, bail};
use cashline_core::{
    engine::DataStatus,
    event::{Limits, MOVED_POINTS},
};
use cashline_io::{
    commit::Interrupt,
    input,
    manifest::Manifest,
    portfolio::Parking,
    profile::Profile,
    run::{Extras, GateLimits, RunOutcome, ScoreRun, Since, Summary, state_apart},
    write::{HeldTables, format},
};
use clap::{Arg, ArgAction, ArgMatches, Command, parser::ValueSource};

use super::one_table;
use crate::{
    config::{self, Settings},
    load::{Loaded, load},
    screen,
};

pub(super) fn parser() -> Command {
    let command = Command::new("score").about("Score applications from exported accounts, balances and transactions");
    config::output_flags(config::challenger_flag(config::matrix_flags(config::flags(command))))
        .arg(Arg::new("profile").long("profile").action(ArgAction::SetTrue).help("Say on stderr where the time went"))
}

pub(super) fn run(matches: &ArgMatches) -> Result<u8> {
    let settings = config::settings(matches)?;
    idle(matches, &settings)?;
    if matches.get_flag("dry-run") {
        return dry_run(&settings);
    }
    let loaded = load(&settings)?;
    // Before the inputs are looked at, among which the state's files would be.
    settings.since.as_ref().map(|state| state_apart(&settings.inputs, state)).transpose()?;
    let run = plan(&settings, &loaded)?;
    let interrupt = Interrupt::install().context("signals cannot be watched")?;
    let profile = matches.get_flag("profile").then(Profile::start);
    let summary = match &settings.since {
        Some(state) => night(&run, &loaded, &interrupt, state, &settings, profile.as_ref())?,
        None => measured(&run, &loaded, &interrupt, profile.as_ref())?,
    };
    show(&summary, &settings.format, matches.get_flag("json"))?;
    if let Some(profile) = profile {
        let mut err = screen::stderr();
        profile.lines(&summary.manifest).iter().try_for_each(|line| writeln!(err, "{line}"))?;
    }
    Ok(summary.exit_code())
}

/// Refuses flags that would do nothing without another. A configuration file may hold them for other commands and nights.
fn idle(matches: &ArgMatches, settings: &Settings) -> Result<()> {
    let is_typed = |name: &str| matches.value_source(name) == Some(ValueSource::CommandLine);
    if is_typed("tier") && !settings.matrix {
        bail!("--tier says which attributes a matrix holds; add --matrix");
    }
    if is_typed("moved") && settings.since.is_none() {
        bail!("--moved says from when on a score of a state has moved; add --since DIR");
    }
    if settings.out.is_some() {
        return Ok(());
    }
    for name in ["matrix", "columns", "evidence"] {
        if is_typed(name) {
            bail!("--{name} writes a table beside the scores; add -o DIR");
        }
    }
    let is_shift_told = settings.gates.max_score_shift.is_some() || matches.get_flag("json");
    if is_typed("last-run") && !is_shift_told {
        bail!(
            "--last-run is what --max-score-shift compares with; add it, or -o DIR, where the manifest has the shift"
        );
    }
    // What a script may well pass always harms nobody.
    for name in ["overwrite", "file-mode"] {
        if is_typed(name) {
            writeln!(screen::stderr(), "note: --{name} does nothing without -o DIR")?;
        }
    }
    Ok(())
}

/// Runs with a sign of life on a terminal.
pub(super) fn score(run: &ScoreRun, loaded: &Loaded, interrupt: &Interrupt) -> Result<Summary> {
    measured(run, loaded, interrupt, None)
}

fn measured(run: &ScoreRun, loaded: &Loaded, interrupt: &Interrupt, profile: Option<&Arc<Profile>>) -> Result<Summary> {
    let bytes = run.files.iter().filter_map(|file| std::fs::metadata(&file.path).ok()).map(|facts| facts.len()).sum();
    let (files, bytes) = (run.files.len(), screen::bytes(bytes));
    let _progress = screen::Progress::start(format!("{files} files, {bytes}"));
    Ok(cashline_io::run::score_measured(run, &loaded.engine, interrupt, profile)?)
}

/// Scores as a night of a state.
fn night(
    run: &ScoreRun,
    loaded: &Loaded,
    interrupt: &Interrupt,
    state: &Path,
    settings: &Settings,
    profile: Option<&Arc<Profile>>,
) -> Result<Summary> {
    let limits = Limits { moved: settings.moved.unwrap_or(MOVED_POINTS) };
    let since = Since { state: state.to_owned(), limits };
    let _progress = screen::Progress::start(format!("{} files since {}", run.files.len(), state.display()));
    Ok(cashline_io::run::score_since(run, &since, &loaded.engine, interrupt, profile)?)
}

/// Prints the effective configuration, as the manifest would keep it.
pub(super) fn dry_run(settings: &Settings) -> Result<u8> {
    let mut out = screen::stdout();
    serde_json::to_writer_pretty(&mut out, settings)?;
    writeln!(out)?;
    Ok(0)
}

/// The run that the settings mean.
pub(super) fn plan(settings: &Settings, loaded: &Loaded) -> Result<ScoreRun> {
    let inputs = input::Inputs::discover(&settings.inputs, &loaded.read)?;
    let gates = &settings.gates;
    let matrix = settings.matrix || !settings.columns.is_empty();
    let commit = settings.commit(settings.overwrite);
    Ok(ScoreRun {
        files: inputs.files,
        read: loaded.read.clone(),
        as_of: settings.as_of.as_deref().map(config::as_of).transpose()?,
        format: format(&settings.format).expect("checked with the settings"),
        extras: Extras { matrix: matrix.then_some(settings.tier), evidence: settings.evidence, ..Extras::default() },
        columns: loaded.engine.registry().named(&settings.columns)?,
        gates: GateLimits {
            defects_max: gates.defects_max,
            unattributed_max: gates.unattributed_max,
            min_applications: Some(gates.min_applications),
            min_scored_share: Some(gates.min_scored_share),
            max_data_age_days: gates.max_data_age_days,
            max_score_shift: gates.max_score_shift,
            ..GateLimits::default()
        },
        last_run: settings.last_run.clone(),
        output: settings.out.clone().map(|dir| (dir, commit)),
        threads: (settings.threads != 0).then_some(settings.threads),
        parking: parking(settings),
        digests: loaded.digests.clone(),
        settings: serde_json::json!({
            "extra_columns": loaded.read.extra_columns,
            "drop_columns": settings.drop_columns,
        }),
    })
}

/// A run of which nothing is scored: no gate of scores holds.
pub(super) fn without_scores(run: &mut ScoreRun) {
    (run.gates.min_scored_share, run.gates.max_score_shift, run.last_run) = (None, None, None);
}

/// By default beside the output, which has to hold the results anyway, else where the system keeps such files.
fn parking(settings: &Settings) -> Parking {
    let usual = Parking::default();
    let beside = settings.out.as_deref().and_then(Path::parent).map(|parent| match parent.as_os_str().is_empty() {
        true => PathBuf::from("."),
        false => parent.to_owned(),
    });
    Parking {
        memory: settings.memory.unwrap_or(usual.memory),
        temp: settings.temp.clone().or(beside).unwrap_or(usual.temp),
    }
}

/// Tables on stdout when nothing was published, the summary on stderr (or as JSON on stdout).
fn show(summary: &Summary, format: &str, json: bool) -> Result<()> {
    let mut out = screen::stdout();
    if json {
        serde_json::to_writer_pretty(&mut out, &summary.manifest)?;
        writeln!(out)?;
        return Ok(());
    }
    if let RunOutcome::Returned(tables) = &summary.outcome {
        if screen::stdout_is_terminal() {
            writeln!(out, "{}", people(&printed(tables, 0, "csv")?)?)?;
        } else {
            out.write_all(&printed(tables, 0, format)?)?;
        }
    }
    out.flush()?;
    tell(summary)
}

/// The columns that people read of a scores table in CSV, those of them that it has: keys, answer, reasons' codes in one column.
fn people(csv: &[u8]) -> Result<String> {
    const WANTED: [&str; 6] = ["application_id", "applicant_id", "status", "decision", "score", "band"];
    let mut reader = csv::Reader::from_reader(csv);
    let header = reader.headers()?.clone();
    let (mut names, shown): (Vec<&str>, Vec<usize>) =
        WANTED.iter().filter_map(|name| Some((*name, header.iter().position(|one| one == *name)?))).unzip();
    let numbers: Vec<usize> = names.iter().position(|name| *name == "score").into_iter().collect();
    let is_code = |name: &str| name.starts_with("reason_") && name.ends_with("_code");
    let codes: Vec<usize> = (0..header.len()).filter(|at| is_code(&header[*at])).collect();
    names.push("adverse reasons");
    let mut rows = vec![];
    for row in reader.records() {
        let row = row?;
        let mut cells: Vec<String> = shown.iter().map(|at| row[*at].to_owned()).collect();
        let given: Vec<&str> = codes.iter().map(|at| &row[*at]).filter(|code| !code.is_empty()).collect();
        cells.push(given.join(", "));
        rows.push(cells);
    }
    Ok(screen::table(&names, &numbers, rows))
}

/// The summary on stderr.
pub(super) fn tell(summary: &Summary) -> Result<()> {
    let mut err = screen::stderr();
    for line in lines(&summary.manifest, &summary.outcome) {
        writeln!(err, "{line}")?;
    }
    Ok(())
}

/// A run's table in a format, in memory.
pub(super) fn printed(tables: &HeldTables, at: usize, name: &str) -> Result<Vec<u8>> {
    one_table::written(&tables.schemas()[at], name, |writer| tables.write(at, writer).map(|_| ()))
}

/// The summary in a few lines: what was scored, what was set aside, which gates failed.
fn lines(manifest: &Manifest, outcome: &RunOutcome) -> Vec<String> {
    let counts = &manifest.counts;
    // A run without scores counts what its data can carry.
    if !counts.applications.contains_key("scored") {
        return of_data(manifest).into_iter().chain(rest_of(manifest, outcome)).collect();
    }
    let of = |name: &str| counts.applications.get(name).copied().unwrap_or(0);
    let (total, scored) = (of("total"), of("scored"));
    let mut lines = vec![format!("{scored} of {total} applications scored ({})", screen::percent(scored, total))];
    let rest: Vec<String> = counts
        .applications
        .iter()
        .filter(|(name, count)| !["total", "scored"].contains(&name.as_str()) && **count != 0)
        .map(|(name, count)| format!("{count} {name}"))
        .collect();
    if !rest.is_empty() {
        lines.push(format!("  not scored: {}", rest.join(", ")));
    }
    let bands: Vec<String> = manifest.scores.bands.iter().map(|(band, count)| format!("{band} {count}")).collect();
    if !bands.is_empty() {
        lines.push(format!("  bands: {}", bands.join(", ")));
    }
    lines.extend(rest_of(manifest, outcome));
    lines
}

/// What is said of a run without scores: of how many applications the data can be relied on.
pub(super) fn of_data(manifest: &Manifest) -> Vec<String> {
    let of = |name: &str| manifest.counts.applications.get(name).copied().unwrap_or(0);
    let (whole, total) = (of(DataStatus::Complete.code()), of("total"));
    let mut lines = vec![format!("{whole} of {total} applications complete ({})", screen::percent(whole, total))];
    let others = DataStatus::ALL.into_iter().filter(|status| *status != DataStatus::Complete).map(DataStatus::code);
    let others: Vec<String> = others.filter(|code| of(code) != 0).map(|code| format!("{} {code}", of(code))).collect();
    if !others.is_empty() {
        lines.push(format!("  others: {}", others.join(", ")));
    }
    lines
}

/// What is said of any run: what was known, corrected and set aside, which gates failed, where it stands.
pub(super) fn rest_of(manifest: &Manifest, outcome: &RunOutcome) -> Vec<String> {
    let counts = &manifest.counts;
    let mut lines = vec![];
    let moved = |name: &str| counts.ledger.get(name).copied().unwrap_or(0);
    if moved("inflow_minor") != 0 || moved("outflow_minor") != 0 {
        let known = |way: &str| screen::percent(moved(&format!("{way}_known_minor")), moved(&format!("{way}_minor")));
        lines.push(format!(
            "  purpose known: {} of inflow, {} of outflow by amount",
            known("inflow"),
            known("outflow")
        ));
    }
    let of_corrections = |name: &str| counts.corrections.get(name).copied().unwrap_or(0);
    if !counts.corrections.is_empty() {
        let applied = counts.ledger.get("corrections_applied").copied().unwrap_or(0);
        lines.push(format!(
            "  corrections: {} of {} transactions in the input, applied {applied} times over all applications",
            of_corrections("matched"),
            of_corrections("transactions")
        ));
    }
    let defects: Vec<String> = counts.set_aside().map(|(kind, count)| format!("{count} {kind}")).collect();
    if !defects.is_empty() {
        lines.push(format!("  rows set aside: {}", defects.join(", ")));
    }
    for gate in manifest.gates.iter().filter(|gate| !gate.passed) {
        lines.push(format!("  gate failed: {}", screen::gate(gate)));
    }
    lines.extend(warnings(manifest).into_iter().map(|warning| format!("  warning: {warning}")));
    match outcome {
        RunOutcome::Published(dir) => {
            lines.push(format!("  run {} in {}", screen::short(&manifest.run_id), dir.display()))
        }
        RunOutcome::AlreadyDone(dir) => {
            lines.push(format!("  already done: run {} stands in {}", screen::short(&manifest.run_id), dir.display()));
        }
        RunOutcome::Returned(_) => {}
    }
    lines
}

/// What does not stop a run but should be looked at.
fn warnings(manifest: &Manifest) -> Vec<String> {
    let counts = &manifest.counts;
    let mut warnings = vec![];
    if counts.applications_without_accounts != 0 {
        warnings.push(format!("{} applications have no account in the input", counts.applications_without_accounts));
    }
    if counts.answers_of_later_t != 0 {
        warnings.push(format!(
            "{} answers of the state are of a later T than this run: no events for them before that T is reached; was a night's \
             --as-of mistyped?",
            counts.answers_of_later_t
        ));
    }
    if counts.refused_since != 0 {
        warnings.push(format!(
            "{} applications that the state has answered are refused from now on: rows of them contradict each other, or one cannot \
             be read (defects names them); a new state over all files, without the wrong ones, ends it",
            counts.refused_since
        ));
    }
    if counts.regrouped {
        warnings.push(
            "the transactions of an applicant do not stand together, so the files were read again and regrouped; an export \
             sorted by account is faster"
                .to_owned(),
        );
    }
    warnings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn on_a_screen_a_cell_stands_under_its_own_name_whatever_columns_the_table_lacks() {
        let whole = "application_id,applicant_id,as_of,status,decision,score,band,reason_1_code,reason_1_text,reason_2_code\n\
                     a1,p1,2026-01-01,scored,approve,612,B,LOW,low,AGE\na2,p2,2026-01-01,thin,refer,,,,,\n";
        assert_eq!(
            people(whole.as_bytes()).expect("a table"),
            " application_id  applicant_id  status  decision  score  band  adverse reasons\n \
             a1              p1            scored  approve     612  B     LOW, AGE\n \
             a2              p2            thin    refer"
        );
        let without = "application_id,decision,score\na1,approve,612\n";
        assert_eq!(
            people(without.as_bytes()).expect("a table"),
            " application_id  decision  score  adverse reasons\n a1              approve     612"
        );
        let other = "account_a,score\nx,87\n";
        assert_eq!(people(other.as_bytes()).expect("a table"), " score  adverse reasons\n    87");
    }
}
