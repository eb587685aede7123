//! `cashline replay RUN_DIR`: past decisions made again from the values that the run kept, and held against what it published.

mod tables;

use std::{io::Write as _, path::PathBuf};

use anyhow::{Context as _, Result, bail};
use cashline_core::{
    assessment::{Decision, Side, Status},
    engine::Engine,
    table::{self, RunFacts, Schema},
};
use cashline_io::{
    commit::hex,
    written::{Run, same},
};
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use serde::Serialize;

use self::tables::{Decided, Tables};
use super::model::freeze;
use crate::{runs::warn_of_failure, screen};

/// Differences that are listed; all are counted.
const LISTED_MAX: usize = 1_000;
/// Columns of the scores that follow from stored values, besides those of the reasons.
const DERIVED: [&str; 15] = [
    "status",
    "decision",
    "score",
    "band",
    "segment",
    "score_low",
    "score_high",
    "score_min",
    "score_max",
    "score_provider",
    "probability",
    "score_basis",
    "model_id",
    "base_points",
    "policy_rules",
];

pub(super) fn parser() -> Command {
    let command = Command::new("replay")
        .about("Make past decisions again from a run's stored values and compare with what it published")
        .after_help(
            "Reads no bank data. Exit code 0 when everything agrees, 1 when something differs, 2 when the run or what it was \
             decided with cannot be used. Applications without a score have no values to start from: they \
             must not be decided, and the reasons in `scores` must be those of `reasons`, in the dictionary's words.",
        )
        .arg(
            Arg::new("run")
                .value_name("RUN_DIR")
                .required(true)
                .value_parser(value_parser!(PathBuf))
                .help("A published run (score -o DIR)"),
        )
        .arg(Arg::new("application").long("application").value_name("ID").help("Only this application"))
        .arg(
            Arg::new("bundle")
                .long("bundle")
                .value_name("FILE")
                .value_parser(value_parser!(PathBuf))
                .help("The bundle that the run was scored with"),
        )
        .arg(Arg::new("json").long("json").action(ArgAction::SetTrue).help("Print the result as one JSON object"));
    freeze::choice(command)
}

/// What a replay found.
#[derive(Debug, Default, Serialize)]
struct Report {
    run_id: String,
    /// Made again.
    replayed: u64,
    /// Without a score: nothing to make again, and nothing that may be decided.
    not_scored: u64,
    /// Applications that differ.
    differing: u64,
    /// Those of them without a score.
    differing_unscored: u64,
    /// All that differs; listed up to a limit.
    differences: u64,
    listed: Vec<Difference>,
}

/// A cell that was published otherwise than it follows from the stored values.
#[derive(Debug, Serialize)]
struct Difference {
    application_id: String,
    table: &'static str,
    /// From 1, within the application.
    row: usize,
    column: String,
    published: String,
    derived: String,
}

pub(super) fn run(matches: &ArgMatches) -> Result<u8> {
    let dir = matches.get_one::<PathBuf>("run").expect("clap demands it");
    let run = Run::open(dir)?;
    warn_of_failure(dir, &run)?;
    let engine = engine(matches, &run)?;
    let wanted = matches.get_one::<String>("application");
    let mut report = Report { run_id: run.manifest.run_id.clone(), ..Report::default() };
    let mut tables = Tables::open(&run, &engine).with_context(|| dir.display().to_string())?;
    let facts = RunFacts::of(&engine);
    while let Some(decided) = tables.next().transpose()? {
        if wanted.is_none_or(|id| *id == decided.application_id) {
            report.take(&decided, &engine, &facts)?;
        }
    }
    tables.finish().with_context(|| dir.display().to_string())?;
    if let Some(id) = wanted
        && report.replayed + report.not_scored == 0
    {
        bail!("{}: no application `{id}` in the run", dir.display());
    }
    show(&report, matches.get_flag("json"))?;
    Ok(u8::from(report.differences != 0))
}

/// The engine that the run was decided with, proven by the digests in its manifest.
fn engine(matches: &ArgMatches, run: &Run) -> Result<Engine> {
    let mut choice = freeze::chosen(matches);
    choice.bundle = matches.get_one::<PathBuf>("bundle").cloned();
    if choice.bundle.is_none() {
        // The run says which columns it took; what else decided has to be given.
        let declared = run.manifest.configuration.get("extra_columns").and_then(|names| names.as_array());
        let declared = declared.into_iter().flatten().filter_map(|name| name.as_str()).map(str::to_owned);
        let new: Vec<String> = declared.filter(|name| !choice.extra_columns.contains(name)).collect();
        choice.extra_columns.extend(new);
    }
    let opened = choice.open()?;
    let of_run = |name: &str| run.manifest.digests.get(name).map_or("none", String::as_str);
    let is_of_bundle = run.manifest.digests.contains_key("bundle");
    if let Some(bundle) = opened.bundle.as_deref().filter(|bundle| is_of_bundle && of_run("bundle") != *bundle) {
        bail!("the run was scored from the bundle {}, not {bundle}; give that one", of_run("bundle"));
    }
    // The bundle that a run was scored from proves by its fingerprint what attributes and rules do; all else could only be believed.
    let is_proven = is_of_bundle && opened.bundle.is_some();
    let engine = Engine::new(opened.parts)?;
    let mut parts = vec![
        ("model", engine.model().id().to_owned()),
        ("policy", engine.policy().id().to_owned()),
        ("reasons", engine.reasons().id().to_owned()),
    ];
    if !is_proven {
        parts.push(("attributes", hex(&engine.registry().digest())));
        parts.push(("rules", hex(&engine.categoriser().digest())));
    }
    for (name, id) in parts {
        if of_run(name) != id {
            let way_out = match (run.manifest.digests.get("bundle"), name) {
                (Some(bundle), _) => format!("give --bundle with the one of id {bundle}"),
                (None, "attributes" | "rules") => format!(
                    "give --{name} with every file that it used and no other, in its order; what ships changes between builds, so \
                     take the build that scored it"
                ),
                (None, _) => format!("give --{name} with the file that it used"),
            };
            let another = if matches!(name, "attributes" | "rules") { "other" } else { "another" };
            bail!("the run was decided with {another} {name} ({}, not {id}); {way_out}", of_run(name));
        }
    }
    Ok(engine)
}

impl Report {
    fn take(&mut self, decided: &Decided, engine: &Engine, facts: &RunFacts) -> Result<()> {
        let Some(stored) = &decided.stored else {
            self.not_scored += 1;
            let before = self.differences;
            self.unscored(decided, engine);
            self.differing_unscored += u64::from(before < self.differences);
            self.differing += u64::from(before < self.differences);
            return Ok(());
        };
        self.replayed += 1;
        let before = self.differences;
        let again = engine.reassess(stored).with_context(|| format!("application {}", decided.application_id))?;
        let scores = table::scores();
        let derived = |name: &str| DERIVED.contains(&name) || name.starts_with("reason_");
        self.compare(
            decided,
            &scores,
            &derived,
            (std::slice::from_ref(&decided.scores), &[table::scores_row(&again, facts)]),
        );
        let all = |_: &str| true;
        let rows: Vec<_> = again.characteristics.iter().map(|one| table::characteristics_row(&again, one)).collect();
        let schema = table::characteristics();
        // The model's order is the run's; a value stands on both sides, so that what is compared is bin and points.
        self.compare(decided, &schema, &all, (&decided.characteristics, &rows));
        let rows: Vec<_> = again.reasons.iter().map(|reason| table::reasons_row(&again, reason)).collect();
        self.compare(decided, &table::reasons(), &all, (&decided.reasons, &rows));
        self.differing += u64::from(before < self.differences);
        Ok(())
    }

    /// Without values to start from: no such application is decided, none has a score, its reasons in the scores are those of the
    /// reasons table, and each code has the dictionary's text.
    fn unscored(&mut self, decided: &Decided, engine: &Engine) {
        let names = table::reasons();
        let place = |name: &str| names.columns.iter().position(|column| column.name == name).expect("a column of ours");
        let told = |rank: usize, name: &str| {
            let wanted = table::Cell::Integer(i64::try_from(rank).unwrap_or(i64::MAX));
            let is_it = |cells: &&tables::Cells| {
                same(&cells[place("rank")], &wanted) && same(&cells[place("side")], &Side::Adverse.code().into())
            };
            decided.reasons.iter().find(is_it).map_or(table::Cell::Null, |cells| cells[place(name)].clone())
        };
        for (at, column) in table::scores().columns.iter().enumerate() {
            let expected = match &*column.name {
                "status" if same(&decided.scores[at], &Status::Scored.code().into()) => "without a score".into(),
                "decision" => Decision::NotScorable.code().into(),
                "score" | "score_low" | "score_high" | "band" | "probability" => table::Cell::Null,
                name => match name.strip_prefix("reason_").and_then(|rest| rest.split_once('_')) {
                    Some((rank, part @ ("code" | "text"))) => told(rank.parse().unwrap_or(usize::MAX), part),
                    _ => continue,
                },
            };
            if !same(&decided.scores[at], &expected) {
                let counts = (tables::shown(&decided.scores[at]), tables::shown(&expected));
                self.differ(decided, ("scores", 1, &column.name), counts);
            }
        }
        let (code, text) = (place("code"), place("text"));
        for (row, cells) in decided.reasons.iter().enumerate() {
            let table::Cell::Text(code) = &cells[code] else { continue };
            let notice = engine.reasons().get(code).map_or(table::Cell::Null, |one| one.notice.as_str().into());
            if !same(&cells[text], &notice) {
                let counts = (tables::shown(&cells[text]), tables::shown(&notice));
                self.differ(decided, ("reasons", row + 1, "text"), counts);
            }
        }
    }

    fn compare(
        &mut self,
        decided: &Decided,
        schema: &Schema,
        of_interest: &dyn Fn(&str) -> bool,
        (published, derived): (&[tables::Cells], &[Vec<table::Cell<'_>>]),
    ) {
        if published.len() != derived.len() {
            let counts = (published.len().to_string(), derived.len().to_string());
            self.differ(decided, (schema.name, 0, "rows"), counts);
        }
        for (row, (published, derived)) in published.iter().zip(derived).enumerate() {
            for (at, column) in schema.columns.iter().enumerate().filter(|(_, column)| of_interest(&column.name)) {
                if !same(&published[at], &derived[at]) {
                    let counts = (tables::shown(&published[at]), tables::shown(&derived[at]));
                    self.differ(decided, (schema.name, row + 1, &column.name), counts);
                }
            }
        }
    }

    fn differ(
        &mut self,
        decided: &Decided,
        (table, row, column): (&'static str, usize, &str),
        (published, derived): (String, String),
    ) {
        self.differences += 1;
        if self.listed.len() < LISTED_MAX {
            let (application_id, column) = (decided.application_id.clone(), column.to_owned());
            self.listed.push(Difference { application_id, table, row, column, published, derived });
        }
    }
}

fn show(report: &Report, json: bool) -> Result<()> {
    let mut out = screen::stdout();
    if json {
        serde_json::to_writer_pretty(&mut out, report)?;
        writeln!(out)?;
        return Ok(());
    }
    for one in &report.listed {
        let place = if one.row == 0 { String::new() } else { format!(" row {}", one.row) };
        writeln!(
            out,
            "{}: {}{place}, {}: published {}, derived {}",
            one.application_id, one.table, one.column, one.published, one.derived
        )?;
    }
    let agree = report.replayed - (report.differing - report.differing_unscored);
    writeln!(out, "{agree} of {} decisions replayed and equal in every point, reason and decision", report.replayed)?;
    if report.not_scored != 0 {
        writeln!(out, "  {} without a score: no values to start from", report.not_scored)?;
    }
    if report.differences != 0 {
        let (all, listed) = (report.differences, report.listed.len());
        writeln!(out, "  {} applications differ in {all} cells, {listed} listed above", report.differing)?;
    }
    Ok(())
}
