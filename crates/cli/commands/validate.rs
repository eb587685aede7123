//! `cashline validate RUN_DIR --outcomes FILE`: what a published run's scores were worth, and whether they beat another score.

mod fairness;

use std::{collections::BTreeMap, io::Write as _, path::PathBuf};

use anyhow::{Context as _, Result};
use cashline_core::time::Day;
use cashline_io::plain::PlainTable;
use cashline_lab::{
    fairness::Fairness,
    metrics::{Change, Draws, Estimate},
    monitor::{FEW, INSTITUTION_MIN},
    outcomes::{Matured, OutcomeCounts, mature},
    report::{self, Report},
    run::Run,
    sample::Key,
    validate::{
        Against, AgainstOptions, Contributions, Economics, Options, Part, Period, Scored, SwapAt, ValidateError,
        Validation, Vintage, against, by_label, over_time, validate, vintages,
    },
};
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use serde::Serialize;

use crate::{
    develop::{self, Asked},
    files,
    runs::PublishedRun,
    screen::{self, fixed},
};

pub(super) fn parser() -> Command {
    let path = |name: &'static str, help: &'static str| {
        Arg::new(name).long(name).value_name("FILE").help(help).value_parser(value_parser!(PathBuf))
    };
    let number = |name: &'static str, value: &'static str, help: &'static str| {
        Arg::new(name).long(name).value_name(value).help(help)
    };
    let command = Command::new("validate")
        .about("Measure a run's scores on outcomes: discrimination, calibration, strategy; and against another score")
        .arg(
            Arg::new("run")
                .value_name("RUN_DIR")
                .required(true)
                .value_parser(value_parser!(PathBuf))
                .help("A published run (score -o DIR)"),
        );
    develop::flags(command)
        .arg(number("approve", "SHARE", "Share approved where scores swap applicants and where groups are compared")
            .value_parser(share)
            .default_value("0.7"))
        .arg(
            number("gain", "AMOUNT", "What a good approved earns, for the expected profit of a cut-off")
                .value_parser(amount)
                .requires("loss"),
        )
        .arg(number("loss", "AMOUNT", "What a bad approved costs").value_parser(amount).requires("gain"))
        .arg(path("groups", "CSV or Parquet of application_id, group: fairness over all scored applications, offline; no scoring ever reads it"))
        .arg(
            Arg::new("reference-group")
                .long("reference-group")
                .value_name("GROUP")
                .requires("groups")
                .help("The group that others are compared with; default: the largest"),
        )
        .arg(path("report", "Write the whole as one HTML page"))
        .arg(Arg::new("json").long("json").action(ArgAction::SetTrue).help("Print the whole as JSON"))
}

/// A share of which neither all nor nothing makes sense.
fn share(text: &str) -> Result<f64, String> {
    let number = text.trim().parse::<f64>().ok().filter(|share| 0.0 < *share && *share < 1.0);
    number.ok_or_else(|| "a share lies above 0 and below 1, such as 0.7".to_owned())
}

/// What is earned or lost; the flag says which.
fn amount(text: &str) -> Result<f64, String> {
    let number = text.trim().parse::<f64>().ok().filter(|amount| amount.is_finite() && 0.0 <= *amount);
    number.ok_or_else(|| "an amount is a number of 0 or more, without a sign".to_owned())
}

#[derive(Serialize)]
struct Answer {
    run_id: String,
    model_id: String,
    outcomes: OutcomeCounts,
    validation: Validation,
    /// By month of application.
    over_time: Vec<Part>,
    /// By segment of the outcomes file, when it names any; else by that of a model of several cards.
    segments: Vec<Part>,
    /// By the main institution that the run names; those of few applications are one part.
    institutions: Vec<Part>,
    /// By the column that was asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    groups: Vec<Part>,
    vintages: Vec<Vintage>,
    against: Vec<Named>,
    /// Which scores the run was not held against, and why.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    not_compared: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fairness: Option<Fairness>,
}

#[derive(Serialize)]
struct Named {
    incumbent: String,
    #[serde(flatten)]
    found: Against,
}

/// The run's scored applications with a mature outcome.
struct Matched {
    keys: Vec<Key>,
    score: Vec<f64>,
    probability: Option<Vec<f64>>,
    bad: Vec<bool>,
    weight: Vec<f64>,
    segment: Vec<String>,
    /// Empty when the run does not say.
    institution: Vec<String>,
    as_of: Vec<Day>,
    observed_at: Vec<Option<Day>>,
    names: Vec<String>,
    // Of each characteristic, one number a row.
    points: Vec<Vec<f64>>,
}

pub(super) fn run(matches: &ArgMatches) -> Result<u8> {
    let asked = Asked::of(matches)?;
    let place = matches.get_one::<PathBuf>("run").expect("clap demands it");
    let published = PublishedRun::open(place)?;
    let loaded = published.load()?;
    let (table, outcomes) = develop::outcomes(&asked.path, true)?;
    let scored: Vec<usize> = (0..loaded.keys.len()).filter(|row| loaded.score[*row].is_some()).collect();
    let keys: Vec<Key> = scored.iter().map(|row| loaded.keys[*row].clone()).collect();
    let days = published.days(&keys)?;
    let (matured, mut counts) =
        mature(&outcomes, &keys, &days, &asked.definition).with_context(|| asked.path.display().to_string())?;
    let unscored = (0..loaded.keys.len()).filter(|row| loaded.score[*row].is_none());
    counts.tell_apart(&outcomes, unscored.map(|row| loaded.keys[row].application_id.as_str()));
    if matured.is_empty() {
        anyhow::bail!("{}: {}", asked.path.display(), develop::none_usable(&counts));
    }
    let matched = matched(&loaded, &scored, (&keys, &days), &matured);
    let draws = Draws { count: asked.draws, seed: asked.seed };
    let economics = match (matches.get_one::<f64>("gain"), matches.get_one::<f64>("loss")) {
        (Some(gain), Some(loss)) => Some(Economics { gain_per_good: *gain, loss_per_bad: *loss }),
        _ => None,
    };
    let options = Options { draws, economics, ..Options::default() };
    let validation =
        validate(&matched.score, matched.probability.as_deref(), &matched.bad, Some(&matched.weight), &options)
            .with_context(|| asked.path.display().to_string())?;
    let rows = Scored {
        score: &matched.score,
        probability: matched.probability.as_deref(),
        bad: &matched.bad,
        weight: Some(&matched.weight),
    };
    let held = matched.institution.iter().any(|name| !name.is_empty());
    let named = matched.segment.iter().any(|segment| !segment.is_empty());
    let observed = matched.observed_at.iter().any(Option::is_some).then_some(matched.observed_at.as_slice());
    let approve = *matches.get_one::<f64>("approve").expect("it has a default");
    let groups = match &asked.by_group {
        Some(name) => {
            let own = || published.texts(name, &matched.keys);
            by_label(&develop::groups(&asked, name, &table, &matched.keys, own)?, &rows, options.level)?
        }
        None => vec![],
    };
    #[expect(clippy::cast_precision_loss, reason = "scores stay far below 2^53")]
    let whole: Vec<f64> = scored.iter().filter_map(|row| loaded.score[*row]).map(|score| score as f64).collect();
    let (against, not_compared) = compared(&asked, &table, &matched, approve)?;
    let answer = Answer {
        run_id: published.manifest().run_id.clone(),
        model_id: published.model_id().to_owned(),
        outcomes: counts,
        validation,
        over_time: over_time(&matched.as_of, &rows, Period::Month, options.level)?,
        segments: if named { by_label(&matched.segment, &rows, options.level)? } else { vec![] },
        institutions: if held { by_label(&matched.institution, &rows, options.level)? } else { vec![] },
        groups,
        vintages: vintages(&matched.as_of, &matched.bad, &matched.weight, observed, options.level)?,
        against,
        not_compared,
        fairness: fairness::fair(matches, &asked, (&keys, &whole), approve)?,
    };
    if let Some(path) = matches.get_one::<PathBuf>("report") {
        files::replace(path, report::render(&page(&answer, &asked))?.as_bytes(), 0o600)?;
    }
    let mut out = screen::stdout();
    if matches.get_flag("json") {
        serde_json::to_writer_pretty(&mut out, &answer)?;
        writeln!(out)?;
    } else {
        out.write_all(shown(&answer, asked.definition.window_days).as_bytes())?;
    }
    Ok(0)
}

fn matched(run: &Run, scored: &[usize], (keys, days): (&[Key], &[Day]), matured: &[Matured]) -> Matched {
    let rows: Vec<usize> = matured.iter().map(|one| scored[one.row]).collect();
    #[expect(clippy::cast_precision_loss, reason = "scores and points stay far below 2^53")]
    let real = |points: Option<i64>| points.unwrap_or(0) as f64;
    let score = rows.iter().map(|row| real(run.score[*row])).collect();
    let probability: Option<Vec<f64>> = rows.iter().map(|row| run.probability[*row]).collect();
    let names: Vec<String> = run.characteristics.iter().map(|one| one.attribute.clone()).collect();
    let points = run.characteristics.iter();
    let points = points.map(|one| rows.iter().map(|row| real(one.bin(*row).map(|bin| bin.points))).collect()).collect();
    Matched {
        keys: matured.iter().map(|one| keys[one.row].clone()).collect(),
        score,
        probability,
        bad: matured.iter().map(|one| one.bad).collect(),
        weight: matured.iter().map(|one| one.weight).collect(),
        segment: segments(run, &rows, matured),
        institution: institutions(run, &rows),
        as_of: matured.iter().map(|one| days[one.row]).collect(),
        observed_at: matured.iter().map(|one| one.observed_at).collect(),
        names,
        points,
    }
}

/// The main institution of each row, empty when unknown; those with too few rows to say anything of are one.
fn institutions(run: &Run, rows: &[usize]) -> Vec<String> {
    let names: Vec<&str> = rows.iter().map(|row| run.institution.get(*row).unwrap_or("")).collect();
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    names.iter().for_each(|name| *counts.entry(name).or_default() += 1);
    let is_few = |name: &str| !name.is_empty() && counts.get(name).is_none_or(|count| *count < INSTITUTION_MIN);
    names.into_iter().map(|name| if is_few(name) { FEW } else { name }.to_owned()).collect()
}

/// The outcomes file's segment of each row; where it names none, whose card gave the score.
fn segments(run: &Run, rows: &[usize], matured: &[Matured]) -> Vec<String> {
    if matured.iter().any(|one| !one.segment.is_empty()) {
        return matured.iter().map(|one| one.segment.clone()).collect();
    }
    rows.iter().map(|row| run.segment.get(*row).unwrap_or_default().to_owned()).collect()
}

/// What the run was held against, and why not against other scores that were asked for: that does not end a validation.
fn compared(asked: &Asked, table: &PlainTable, matched: &Matched, approve: f64) -> Result<(Vec<Named>, Vec<String>)> {
    let (mut found, mut not_compared) = (vec![], vec![]);
    for (name, direction) in &asked.against {
        let incumbent = develop::numbers(table, name, &matched.keys)?;
        let options = AgainstOptions {
            direction: *direction,
            draws: Draws { count: asked.draws, seed: asked.seed },
            swap_at: SwapAt::Approval(approve),
            ..AgainstOptions::default()
        };
        let contributions = Contributions { names: &matched.names, values: &matched.points };
        let (score, bad, weight) = (&matched.score, &matched.bad, Some(matched.weight.as_slice()));
        match against(score, &incumbent, bad, weight, Some(contributions), &options) {
            Ok(one) => found.push(Named { incumbent: name.clone(), found: one }),
            Err(error @ ValidateError::Incumbent { .. }) => {
                not_compared.push(format!("not held against {name}: {error}"));
            }
            Err(error) => return Err(error).with_context(|| format!("--against {name}")),
        }
    }
    Ok((found, not_compared))
}

fn page(answer: &Answer, asked: &Asked) -> Report {
    let counts = &answer.outcomes;
    let facts = [
        ("Run", answer.run_id.clone()),
        ("Model id", answer.model_id.clone()),
        ("A bad outcome", asked.definition.text.clone()),
        ("Outcomes used", format!("{}, {} bad", counts.used, counts.bads)),
        ("Outcomes left out", counts.left_out()),
    ];
    let late = counts.late(asked.definition.window_days).map(|late| ("Bad outcomes", late));
    let undated = counts.undated(asked.definition.window_days).map(|undated| ("Outcomes used", undated));
    let not_compared = answer.not_compared.iter().map(|why| ("Comparison", why.clone()));
    let mut sections = report::validation(&answer.validation, "The run's scores");
    sections.extend(report::parts(&answer.over_time, "month of application"));
    sections.extend(report::parts(&answer.segments, "segment"));
    sections.extend(report::parts(&answer.institutions, "institution"));
    sections.extend(report::parts(&answer.groups, asked.by_group.as_deref().unwrap_or("group")));
    sections.extend(report::vintages(&answer.vintages));
    for one in &answer.against {
        sections.extend(super::fit::beside(&one.found, &one.incumbent));
    }
    sections.extend(answer.fairness.iter().flat_map(report::fairness));
    Report {
        title: "Validation".to_owned(),
        subtitle: format!("run {}", screen::short(&answer.run_id)),
        facts: facts
            .into_iter()
            .chain(late)
            .chain(undated)
            .chain(not_compared)
            .map(|(name, value)| (name.to_owned(), value))
            .collect(),
        sections,
    }
}

fn shown(answer: &Answer, window_days: u32) -> String {
    let counts = &answer.outcomes;
    let mut text = format!("{} outcomes used, {} bad; left out: {}\n", counts.used, counts.bads, counts.left_out());
    let late = counts.late(window_days).map(|late| format!("of the bad outcomes {late}\n"));
    let undated = counts.undated(window_days).map(|undated| format!("{undated}\n"));
    late.into_iter().chain(undated).for_each(|line| text.push_str(&line));
    answer.validation.weighted.iter().for_each(|said| text.push_str(&format!("{said}\n")));
    answer.validation.upside_down.iter().for_each(|one| text.push_str(&format!("mind: {}\n", one.text)));
    let segments = answer.segments.iter().chain(&answer.groups).filter_map(develop::upside_down);
    segments.for_each(|said| text.push_str(&format!("mind: {said}\n")));
    text.push('\n');
    let number = |value: f64| fixed(Some(value), 4);
    let rows = answer.validation.measures.iter().map(|one| match (&one.estimate, &one.absent) {
        (Some(found), _) => {
            let ends = one.ends();
            vec![
                one.title.to_owned(),
                number(found.value),
                fixed(ends.map(|ends| ends.0), 4),
                fixed(ends.map(|ends| ends.1), 4),
                one.interval.to_owned(),
            ]
        }
        (None, absent) => {
            vec![one.title.to_owned(), String::new(), String::new(), String::new(), absent.clone().unwrap_or_default()]
        }
    });
    text.push_str(&screen::table(&["measure", "value", "lower", "upper", "interval"], &[1, 2, 3], rows));
    text.push('\n');
    text.push_str(&by_part("segment", &answer.segments));
    text.push_str(&by_part("group", &answer.groups));
    for Named { incumbent, found } in &answer.against {
        text.push_str(&beside(incumbent, found));
    }
    answer.not_compared.iter().for_each(|why| text.push_str(&format!("\n{why}\n")));
    if let Some(fairness) = &answer.fairness {
        text.push_str(&fairness::shown(fairness));
    }
    text
}

/// The score by what the rows are parted by; nothing without parts.
fn by_part(of: &str, parts: &[Part]) -> String {
    if parts.is_empty() {
        return String::new();
    }
    let rows = parts.iter().map(|part| {
        let auc = |of: fn(&Estimate) -> f64| part.auc.as_ref().map_or("-".to_owned(), |auc| fixed(Some(of(auc)), 4));
        vec![
            if part.name.is_empty() { "(none)".to_owned() } else { part.name.clone() },
            part.rows.to_string(),
            part.bads.to_string(),
            screen::share(Some(part.bad_rate.value)),
            screen::share(part.expected),
            auc(|auc| auc.value),
            auc(|auc| auc.lower),
            auc(|auc| auc.upper),
        ]
    });
    let header = [of, "rows", "bad", "bad rate", "expected", "AUC", "lower", "upper"];
    format!("\n{}\n", screen::table(&header, &[1, 2, 3, 4, 5, 6, 7], rows))
}

/// The incumbent beside the run: who ranks better, who changes sides.
fn beside(name: &str, found: &Against) -> String {
    let number = |value: f64| fixed(Some(value), 4);
    let auc = &found.auc;
    let Change { value, lower, upper } = auc.difference;
    let tested = match (lower, upper, auc.p) {
        (Some(lower), Some(upper), Some(p)) => format!("({} to {}), p {p:.2e}", number(lower), number(upper)),
        _ => "(no interval: one row of a class, or no spread)".to_owned(),
    };
    let mut text = format!(
        "\nagainst {name}, {} applications, {} bad\n  AUC {} and {}; difference {} {tested}\n",
        found.n,
        found.bads,
        number(auc.first.value),
        number(auc.second.value),
        number(value),
    );
    let share = |share: f64| screen::share(Some(share));
    let rows = found.equal_approval.iter().zip(&found.equal_bad_rate).map(|(approval, rate)| {
        vec![
            share(approval.approval_rate),
            share(approval.challenger),
            share(approval.incumbent),
            share(rate.bad_rate),
            share(rate.challenger),
            share(rate.incumbent),
        ]
    });
    let header = ["approved", "bad: ours", "theirs", "at bad rate", "approved: ours", "theirs"];
    text.push_str(&screen::table(&header, &[0, 1, 2, 3, 4, 5], rows));
    text.push_str(&format!(
        "\n  swap sets: ours approves {}, theirs {}\n",
        share(found.swaps.challenger_approval),
        share(found.swaps.incumbent_approval)
    ));
    for (what, set) in
        [("approved by ours alone", &found.swaps.swapped_in), ("by theirs alone", &found.swaps.swapped_out)]
    {
        let rate = set.bad_rate.map_or("-".to_owned(), |rate| share(rate.value));
        text.push_str(&format!("  {what}: {}, {} bad ({rate})", set.rows, set.bads));
        let moved: Vec<String> =
            set.moved.iter().take(3).map(|one| format!("{} {:+.1}", one.name, one.difference)).collect();
        text.push_str(&if moved.is_empty() { "\n".to_owned() } else { format!("; {}\n", moved.join(", ")) });
    }
    text
}
