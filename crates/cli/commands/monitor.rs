//! `cashline monitor BASELINE CURRENT`: has the population moved since the model was made, and does the model still work.

use std::{
    collections::BTreeMap,
    io::Write as _,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail};
use cashline_core::model::{
    Model,
    bins::missing_label,
    expected::{self, ExpectedBin},
    trees::Trees,
};
use cashline_lab::{
    metrics::Estimate,
    monitor::{
        CHECKS, Distribution, Expected, Gates, GatesFile, Matured, Monitoring, Outcomes, OutcomesById, Row, Side, Unit,
        Verdict, labels, monitor, monitor_expected,
    },
    outcomes::{BadDefinition, Outcome, mature},
    report::{self, Report},
    run::{Head, Run},
    sample::Key,
};
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};

use crate::{
    develop, files, load,
    runs::PublishedRun,
    screen::{self, fixed, share, word},
};

/// Subjects of a check that are listed unless all are asked for; those beyond a limit always are.
const SUBJECTS: usize = 3;

const OUTCOMES: &str = "CSV with application_id and outcome of the current run: 1 bad, 0 good, blank not matured";

pub(super) fn parser() -> Command {
    let path = |name: &'static str, value: &'static str, help: &'static str| {
        Arg::new(name).value_name(value).value_parser(value_parser!(PathBuf)).help(help)
    };
    let flag = |name: &'static str, help: &'static str| Arg::new(name).long(name).action(ArgAction::SetTrue).help(help);
    Command::new("monitor")
        .about(
            "Compare a run with a baseline run: population, attributes, reasons, data; exit code 1 when a gate closes",
        )
        .after_help(after_help())
        .arg(
            path("baseline", "BASELINE", "The run that the model was made or accepted on (score -o DIR), or the model file with its expected shares")
                .required(true),
        )
        .arg(path("current", "CURRENT_DIR", "The run that is watched").required(true))
        .arg(path("outcomes", "FILE", OUTCOMES).long("outcomes"))
        .arg(path("baseline-outcomes", "FILE", "The same for the baseline's applications").long("baseline-outcomes"))
        .arg(path("report", "FILE", "Write the whole as one HTML page").long("report"))
        .arg(path("gates", "FILE", "Limits in TOML: [gates] and [warnings], check = number or \"off\"").long("gates"))
        .arg(flag("allow-model-change", "Compare runs of different models all the same"))
        .arg(flag("all", "List every subject of every check"))
        .arg(flag("json", "Print the whole comparison as JSON").conflicts_with("csv"))
        .arg(flag("csv", "Print the checks as CSV, a row a subject"))
}

/// Every check with its default limits.
fn after_help() -> String {
    let limit = |limit: Option<f64>| limit.map_or("-".to_owned(), |limit| limit.to_string());
    let rows = CHECKS
        .iter()
        .map(|check| vec![format!("  {}", check.name), limit(check.warn), limit(check.gate), check.what.to_owned()]);
    format!("Checks:\n{}", screen::table(&["  check", "warn", "gate", "measures"], &[1, 2], rows))
}

pub(super) fn run(matches: &ArgMatches) -> Result<u8> {
    let path = |name: &str| matches.get_one::<PathBuf>(name).map(PathBuf::as_path);
    let place = |name: &str| path(name).expect("clap demands it");
    let gates = gates(path("gates"))?;
    let current = PublishedRun::open(place("current"))?;
    let now = current.load()?;
    let matured = path("outcomes").map(|path| outcomes(path, &current, &now)).transpose()?;
    let mut before = None;
    let mut report = if place("baseline").is_file() {
        if path("baseline-outcomes").is_some() {
            bail!(
                "--baseline-outcomes are of a run's applications, and {} is a model file; name the run instead",
                place("baseline").display()
            );
        }
        let expected = expected(place("baseline"))?;
        same_model(&expected.model_id, current.model_id(), matches)?;
        monitor_expected(&expected, &now, matured.as_ref().map(|told| &told.by_id), &gates)
    } else {
        let baseline = PublishedRun::open(place("baseline"))?;
        same_model(baseline.model_id(), current.model_id(), matches)?;
        let then = baseline.load()?;
        before = path("baseline-outcomes").map(|path| outcomes(path, &baseline, &then)).transpose()?;
        let [baseline, current] = [&before, &matured].map(|told| told.as_ref().map(|told| &told.by_id));
        monitor(&then, &now, Outcomes { baseline, current }, &gates)
    };
    for (name, told) in [("baseline", before), ("current run", matured)] {
        report.notes.extend(told.and_then(|told| told.note(name)));
    }
    if let Some(path) = path("report") {
        files::replace(path, report::render(&page(&report))?.as_bytes(), 0o600)?;
    }
    let mut out = screen::stdout();
    if matches.get_flag("json") {
        serde_json::to_writer_pretty(&mut out, &report)?;
        writeln!(out)?;
    } else if matches.get_flag("csv") {
        let mut writer = csv::Writer::from_writer(&mut out);
        report.checks.iter().try_for_each(|row| writer.serialize(row))?;
        writer.flush()?;
    } else {
        out.write_all(shown(&report, matches.get_flag("all")).as_bytes())?;
    }
    Ok(report.exit_code())
}

fn gates(path: Option<&Path>) -> Result<Gates> {
    let Some(path) = path else { return Ok(Gates::default()) };
    let file: GatesFile = toml::from_str(&load::text(path)?).with_context(|| path.display().to_string())?;
    Gates::check(&file).with_context(|| path.display().to_string())
}

fn same_model(baseline: &str, current: &str, matches: &ArgMatches) -> Result<()> {
    if baseline != current && !matches.get_flag("allow-model-change") {
        bail!(
            "the runs are of different models ({} and {}), so shifts of the score say nothing of the population; score \
             the baseline with the current model, or give --allow-model-change",
            screen::short(baseline),
            screen::short(current)
        );
    }
    Ok(())
}

/// The shares that a model file expects, as counts by the labels that runs write; of several cards, summed over the segments.
fn expected(path: &Path) -> Result<Expected> {
    let model = Model::from_toml(&load::text(path)?).with_context(|| path.display().to_string())?;
    if let Model::Trees(trees) = &model {
        return expected_of_trees(path, trees);
    }
    let mut found = Expected { model_id: model.id().to_owned(), ..Expected::default() };
    let cards = model.cards();
    // A segment that nobody was in at development expects nobody.
    let known: Vec<_> = cards.iter().filter(|(_, card)| card.file().expected.is_some()).collect();
    for (segment, card) in &known {
        let (Some(shares), Some(bands), Some(bins)) =
            (&card.file().expected, card.expected_bands(), card.expected_bins())
        else {
            continue;
        };
        add(&mut found, shares, bands);
        match segment {
            Some(name) => {
                found.segments.insert((*name).to_owned(), shares.applicants);
                // Each card cuts its own scores, so that their parts do not add up.
                if let Some(parts) = score_parts(shares) {
                    found.segment_scores.insert((*name).to_owned(), parts);
                }
            }
            None => add_score(&mut found, shares),
        }
        let count = |share: f64| Expected::count(share, shares.applicants);
        for (name, bins) in bins {
            let counts = found.characteristics.entry(name.to_owned()).or_default();
            for ExpectedBin { label, share, .. } in bins {
                *counts.entry(label).or_default() += count(share);
            }
        }
    }
    // An index over some segments alone would be of another population.
    if found.segment_scores.len() < found.segments.len() {
        found.segment_scores.clear();
    }
    if known.is_empty() {
        bail!("{}: holds no expected shares, which `fit` writes; name a run's directory instead", path.display());
    }
    Ok(found)
}

/// Adds whom the shares were counted on, and the bands.
fn add(found: &mut Expected, shares: &expected::Expected, bands: Vec<(&str, f64)>) {
    found.sample.clone_from(&shares.sample);
    found.applicants += shares.applicants;
    for (name, share) in bands {
        *found.bands.entry(name.to_owned()).or_default() += Expected::count(share, shares.applicants);
    }
}

/// Where the scores are cut, and the applicants of each part.
fn score_parts(shares: &expected::Expected) -> Option<(Vec<i64>, Vec<u64>)> {
    let score = shares.score.as_ref()?;
    let counts = score.shares.iter().map(|share| Expected::count(*share, shares.applicants));
    Some((score.edges.clone(), counts.collect()))
}

/// Adds the parts of the score.
fn add_score(found: &mut Expected, shares: &expected::Expected) {
    (found.score_edges, found.score) = score_parts(shares).unwrap_or_default();
}

/// The shares that a file of trees keeps of the run that `model baseline` read.
fn expected_of_trees(path: &Path, trees: &Trees) -> Result<Expected> {
    let Some(shares) = &trees.file().expected else {
        bail!(
            "{}: holds no expected shares; write them with `model baseline --from` a run on the development sample, or name a \
             run's directory instead",
            path.display()
        );
    };
    let mut found = Expected { model_id: trees.id().to_owned(), ..Expected::default() };
    let bands = trees.file().bands.iter().map(|band| band.name.as_str()).zip(shares.bands.iter().copied());
    add(&mut found, shares, bands.collect());
    add_score(&mut found, shares);
    let count = |share: f64| Expected::count(share, shares.applicants);
    for (name, one) in &shares.characteristics {
        let values = labels(&one.edges).into_iter().zip(&one.bins);
        let missing = one.missing.iter().map(|(cause, share)| (missing_label(cause.code()), share));
        let counts = values.chain(missing).map(|(label, share)| (label, count(*share))).collect();
        found.characteristics.insert(name.clone(), counts);
        found.edges.insert(name.clone(), one.edges.clone());
    }
    Ok(found)
}

/// An outcomes file as a run can use it.
struct Told {
    by_id: OutcomesById,
    /// Outcomes observed before T, left out.
    early: usize,
}

impl Told {
    /// What was left out of the outcomes of a run, by its name.
    fn note(&self, run: &str) -> Option<String> {
        let early = self.early;
        (0 < early)
            .then(|| format!("outcomes of the {run}: {early} of those left out were observed before the application"))
    }
}

/// Outcomes by application; weights and segments are not used, blank outcomes are left out, and so is what was observed before T,
/// by the rule of `validate`.
fn outcomes(path: &Path, published: &PublishedRun, run: &Run) -> Result<Told> {
    let (_, rows) = develop::outcomes(path, false)?;
    let mut by_id = BTreeMap::new();
    let mut known = vec![];
    for (at, row) in rows.into_iter().enumerate() {
        let Some(bad) = row.bad else { continue };
        if by_id.insert(row.application_id.clone(), bad).is_some() {
            bail!("{}: row {}: the application has an outcome already", path.display(), at + 1);
        }
        known.push(Outcome { weight: 1.0, ..row });
    }
    let scored = run.keys.iter().zip(&run.score).filter(|(_, score)| score.is_some());
    let keys: Vec<Key> = scored.map(|(key, _)| key.clone()).collect();
    let any_time = BadDefinition { text: String::new(), window_days: 0 };
    let (used, counts) =
        mature(&known, &keys, &published.days(&keys)?, &any_time).with_context(|| path.display().to_string())?;
    let mut is_used = vec![false; keys.len()];
    used.iter().for_each(|one| is_used[one.row] = true);
    for (key, _) in keys.iter().zip(is_used).filter(|(_, is_used)| !is_used) {
        by_id.remove(&key.application_id);
    }
    Ok(Told { by_id, early: counts.before_application })
}

fn page(found: &Monitoring) -> Report {
    let facts = [("Baseline", head_line(&found.baseline)), ("Current", head_line(&found.current))];
    Report {
        title: "Monitoring".to_owned(),
        subtitle: format!("run {}", screen::short(&found.current.run_id)),
        facts: facts.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        sections: report::monitoring(found),
    }
}

fn shown(report: &Monitoring, all: bool) -> String {
    let mut text = String::new();
    for (name, head) in [("baseline", &report.baseline), ("current", &report.current)] {
        text.push_str(&format!("{name:<9} {}\n", head_line(head)));
    }
    if report.baseline.model_id != report.current.model_id {
        text.push_str("the runs are of different models\n");
    }
    if !report.made_differently.is_empty() {
        text.push_str(&format!("made with other: {}\n", report.made_differently.join(", ")));
    }
    text.push_str(&format!("\n{}\n", checks(report, all)));
    for name in ["score", "band"] {
        if let Some(mix) = report.mixes.iter().find(|mix| mix.subject == name) {
            text.push_str(&distribution(mix));
        }
    }
    for (name, matured) in [("baseline", &report.baseline_matured), ("current", &report.current_matured)] {
        if let Some(matured) = matured {
            text.push_str(&bad_rates(name, matured));
        }
    }
    text.push('\n');
    for note in &report.notes {
        text.push_str(&format!("note: {note}\n"));
    }
    text.push_str(&format!("{}\n", last_line(report)));
    text
}

/// A run in a line.
pub(super) fn head_line(head: &Head) -> String {
    // A model file stands in for a run with the rows that it was learnt from, in words.
    let of_model = head.run_id.contains(' ');
    let run = if of_model { head.run_id.clone() } else { format!("run {}", screen::short(&head.run_id)) };
    format!(
        "{run}, model {}: {} of {} applications scored, mean {}",
        screen::short(&head.model_id),
        head.scored,
        head.applications,
        fixed(head.score_mean, 1)
    )
}

fn checks(report: &Monitoring, all: bool) -> String {
    // A column of intervals only where outcomes made one; to gates that mind no chance they have no width.
    let ends = report.significance < 1.0 && report.checks.iter().any(|row| row.upper.is_some());
    let mut rows = vec![];
    for check in CHECKS {
        let mut found: Vec<&Row> = report.checks.iter().filter(|row| row.check == check.name).collect();
        let size = |row: &Row| row.value.map_or(f64::INFINITY, f64::abs);
        if !all {
            // Stable: subjects with equal values stay in order.
            found.sort_by(|one, two| two.verdict.cmp(&one.verdict).then(size(two).total_cmp(&size(one))));
        }
        let listed = |at: usize, row: &Row| all || at < SUBJECTS || Verdict::Pass < row.verdict;
        let kept: Vec<&Row> =
            found.iter().enumerate().filter(|(at, row)| listed(*at, row)).map(|(_, row)| *row).collect();
        rows.extend(kept.iter().map(|row| line(row, check.side, ends)));
        if kept.len() < found.len() {
            let mut rest = vec![String::new(); 9 + usize::from(ends)];
            rest[1] = format!("and {} more", found.len() - kept.len());
            rows.push(rest);
        }
    }
    let interval = format!("{} interval", share(Some(1.0 - report.significance)));
    let mut header = vec!["check", "subject", "baseline", "current", "value", "noise", "p", "gate", "verdict"];
    if ends {
        header.insert(INTERVAL_AT, &interval);
    }
    screen::table(&header, &[2, 3, 4, 5, 6, 7, 8][..6 + usize::from(ends)], rows)
}

/// Where the interval of a value stands in the table.
const INTERVAL_AT: usize = 7;

fn line(row: &Row, side: Side, ends: bool) -> Vec<String> {
    let number = |value: Option<f64>| match row.unit {
        Unit::Index => fixed(value, 4),
        Unit::Points | Unit::PerMillion => fixed(value, 1),
        Unit::Share if side == Side::AtLeast || row.check == "auc_drop" => fixed(value, 4),
        Unit::Share | Unit::Relative => share(value),
        Unit::Count => fixed(value, 0),
    };
    // A number of rows is no share, though its change is one.
    let level = |value: Option<f64>| if row.unit == Unit::Relative { fixed(value, 1) } else { number(value) };
    let mut cells = vec![
        row.check.to_owned(),
        row.subject.clone(),
        level(row.baseline),
        level(row.current),
        number(row.value),
        number(row.noise),
        fixed(row.p, 3),
        row.gate.map_or_else(|| "-".to_owned(), |gate| gate.to_string()),
        word(&row.verdict),
    ];
    if ends {
        let interval = match (row.lower, row.upper) {
            (None, None) => String::new(),
            (None, upper) => format!("up to {}", number(upper)),
            (lower, upper) => format!("{} to {}", number(lower), number(upper)),
        };
        cells.insert(INTERVAL_AT, interval);
    }
    cells
}

fn distribution(mix: &Distribution) -> String {
    let Some(shift) = &mix.shift else { return String::new() };
    let rows = shift.bins.iter().map(|bin| {
        vec![
            bin.bin.clone(),
            bin.baseline.to_string(),
            bin.current.to_string(),
            share(Some(bin.baseline_share)),
            share(Some(bin.current_share)),
            fixed(Some(bin.psi), 4),
        ]
    });
    let header = [mix.subject.as_str(), "baseline", "current", "baseline share", "current share", "psi"];
    format!("\n{}\n", screen::table(&header, &[1, 2, 3, 4, 5], rows))
}

fn bad_rates(name: &str, matured: &Matured) -> String {
    let auc = matured.told.auc;
    let end = |of: fn(Estimate) -> f64| fixed(auc.map(of), 4);
    let head = format!(
        "\nmatured, {name}: {} applications, {} bad; AUC {} [{}, {}], KS {}\n",
        matured.applications,
        matured.bads,
        end(|auc| auc.value),
        end(|auc| auc.lower),
        end(|auc| auc.upper),
        fixed(matured.told.ks, 4)
    );
    let rows = matured.bands.iter().map(|band| {
        vec![
            band.band.clone(),
            band.applications.to_string(),
            band.bads.to_string(),
            share(Some(band.rate.value)),
            format!("{} to {}", share(Some(band.rate.lower)), share(Some(band.rate.upper))),
            share(band.calibration.map(|one| one.expected)),
        ]
    });
    let header = ["band", "applications", "bad", "bad rate", "95 % interval", "expected"];
    format!("{head}{}\n", screen::table(&header, &[1, 2, 3, 4, 5], rows))
}

fn last_line(report: &Monitoring) -> String {
    let (failed, warned) = (named(report, Verdict::Fail), named(report, Verdict::Warn));
    let listed = |what: &str, names: &[String]| format!("{what}: {}", names.join(", "));
    match (failed.is_empty(), warned.is_empty()) {
        (true, true) => "every check within its limits".to_owned(),
        (true, false) => format!("no gate closed; {}", listed("warnings", &warned)),
        (false, true) => listed("gates closed", &failed),
        (false, false) => format!("{}; {}", listed("gates closed", &failed), listed("warnings", &warned)),
    }
}

/// The checks with that verdict, each with its subject, or how many there are.
fn named(report: &Monitoring, verdict: Verdict) -> Vec<String> {
    let of = |name: &str| -> Vec<&str> {
        let rows = report.checks.iter().filter(|row| row.verdict == verdict && row.check == name);
        rows.map(|row| row.subject.as_str()).collect()
    };
    let mut names = vec![];
    for check in CHECKS {
        match of(check.name)[..] {
            [] => {}
            [""] => names.push(check.name.to_owned()),
            [subject] => names.push(format!("{} of {subject}", check.name)),
            ref several => names.push(format!("{} of {} subjects", check.name, several.len())),
        }
    }
    names
}
