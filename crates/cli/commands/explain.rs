//! `cashline explain --application ID INPUT...`: the answer for one application with all that led to it.

use std::io::Write as _;

use anyhow::{Result, bail};
use cashline_core::{
    assessment::{Side, cause},
    engine::{Explanation, ReasonEvidence},
    ledger::Doubt,
    reason::text,
    value::Value,
};
use cashline_io::{
    commit::Interrupt,
    input::Inputs as Found,
    portfolio::{AsOfRule, Chunk, Inputs, Portfolio},
    read,
    write::instant,
};
use clap::{Arg, ArgAction, ArgMatches, Command};

use crate::{
    config,
    load::load,
    screen::{self, word},
};

pub(super) fn parser() -> Command {
    let command = Command::new("explain").about("Show the score, reasons and evidence of one application");
    config::challenger_flag(config::flags(command))
        .arg(Arg::new("application").long("application").value_name("ID").required(true).help("The application_id"))
        .arg(Arg::new("json").long("json").action(ArgAction::SetTrue).help("Print everything as one JSON object"))
}

pub(super) fn run(matches: &ArgMatches) -> Result<u8> {
    let settings = config::settings(matches)?;
    if matches.get_flag("dry-run") {
        return super::score::dry_run(&settings);
    }
    let wanted = matches.get_one::<String>("application").expect("clap demands it");
    let loaded = load(&settings)?;
    let engine = &loaded.engine;
    let found = Found::discover(&settings.inputs, &loaded.read)?;
    let interrupt = Interrupt::install()?;
    let read = read::ByLayout::new(&loaded.read);
    let inputs = Inputs { files: &found.files, read: &read, interrupt: &interrupt };
    let as_of = settings.as_of.as_deref().map(config::as_of).transpose()?;
    let mut portfolio =
        Portfolio::open(inputs, AsOfRule { run: as_of, zone: engine.zone() }, engine.categoriser().taxonomy())?;
    let mut explanations: Vec<Explanation> = vec![];
    let mut own = 0;
    portfolio.for_each_chunk(&mut |chunk| {
        match chunk {
            Chunk::StartOver => {
                explanations.clear();
                own = 0;
            }
            Chunk::Pools(pools) => {
                for pool in pools
                    .into_iter()
                    .filter(|pool| pool.applications.iter().any(|application| application.application_id == *wanted))
                {
                    let mut session = engine.session();
                    let history = engine.history(&mut session, pool.rows);
                    own += history.defects().len() as u64;
                    for application in pool.applications.iter().filter(|one| one.application_id == *wanted) {
                        explanations.push(engine.explain(&mut session, &history, application));
                    }
                }
            }
        }
        Ok(())
    })?;
    portfolio.meets()?;
    let refused = portfolio.refused().iter().filter(|one| one.application.application_id == *wanted);
    explanations.extend(refused.map(|one| engine.explain_rejected(&one.application)));
    let Some(explanation) = explanations.first() else { bail!("no application `{wanted}` in the input") };
    let mut out = screen::stdout();
    if matches.get_flag("json") {
        serde_json::to_writer_pretty(&mut out, explanation)?;
        writeln!(out)?;
    } else {
        write!(out, "{}", page(explanation))?;
    }
    let tally = portfolio.tally();
    let spoken_of = tally.corrections_matched + tally.corrections_unmatched;
    if spoken_of != 0 {
        let matched = tally.corrections_matched;
        writeln!(screen::stderr(), "corrections: {matched} of {spoken_of} transactions in the input")?;
    }
    let set_aside = tally.missed() + own;
    if set_aside == 0 {
        return Ok(0);
    }
    writeln!(
        screen::stderr(),
        "{set_aside} rows are set aside, of anybody's that cannot be read and of this applicant's that contradict each other; \
         `cashline check` shows them"
    )?;
    Ok(1)
}

/// One page for a reviewer.
fn page(explanation: &Explanation) -> String {
    let answer = &explanation.assessment;
    let block = &explanation.score_block;
    let mut page = format!("application {}   applicants {}\n", answer.application_id, answer.applicants.join(", "));
    let score = answer.score.map_or("none".to_owned(), |score| score.to_string());
    page += &format!(
        "score {score} (from {} to {})   band {}   as of {}   decision {}   status {}\n",
        block.score_min,
        block.score_max,
        answer.band.as_deref().unwrap_or("none"),
        // A refused row may tell no T.
        if answer.as_of == 0 { "unknown" } else { &block.score_as_of },
        answer.decision.code(),
        answer.status.code(),
    );
    page += &format!(
        "model {} ({}, {})   policy {}   data {}   balances {}\n",
        block.model,
        block.score_basis,
        screen::short(&block.model_id),
        block.policy,
        answer.sufficiency.code(),
        word(&answer.balance_mode),
    );
    if let Some(institution) = &answer.institution {
        page += &format!("held at {institution}, institutions {}\n", answer.institutions);
    }
    if !answer.institution_limits.is_empty() {
        let lacking: Vec<&str> = answer.institution_limits.iter().map(|one| one.code()).collect();
        page += &format!("institution does not provide: {}\n", lacking.join(", "));
    }
    if let Some(segment) = &answer.segment {
        page += &format!("segment {segment}\n");
    }
    if let Some(probability) = answer.probability {
        page += &format!("probability of a bad outcome {probability:.4}\n");
    }
    for doubt in &answer.doubts {
        page += &format!("doubt: {}\n", doubt.code());
    }
    for side in Side::ALL {
        let reasons = answer.reasons.iter().filter(|reason| reason.side == side);
        for (at, reason) in reasons.enumerate() {
            if at == 0 {
                page += &format!("\n{} reasons\n", side.code());
            }
            page += &format!("  {}. {} [{}]{}\n", reason.rank, reason.text, reason.code, points(reason.points));
            page += &format!("     {}\n", reason.reviewer);
            let evidence =
                explanation.evidence.iter().find(|one| one.code == reason.code && one.attribute == reason.attribute);
            if let Some(evidence) = evidence {
                page += &format!(
                    "     {} to {}: {} rows examined, {}\n",
                    evidence.first_day,
                    evidence.end_day,
                    evidence.rows_examined,
                    behind(evidence),
                );
                page += &screen::wrapped("       ", &evidence.ids);
                page += &screen::wrapped("       ", &evidence.days);
            }
        }
    }
    if !answer.characteristics.is_empty() {
        let rows = answer.characteristics.iter().map(|one| {
            let value = match &one.value {
                Ok(Value::Integer(value)) => value.to_string(),
                Ok(Value::Real(value)) => format!("{value:.3}"),
                Ok(Value::Code(code)) => (*code).to_owned(),
                Ok(Value::Date(day)) => day.to_string(),
                Err(_) => cause(&one.value).map_or("", |cause| cause.code()).to_owned(),
            };
            vec![one.attribute.clone(), value, one.bin.clone(), one.points.to_string(), two_decimals(one.baseline)]
        });
        page += &format!(
            "\n{}\nbase {} {} points above = {score}\n",
            screen::table(&["characteristic", "value", "bin", "points", "compared with"], &[1, 3, 4], rows),
            answer.base_points,
            signed(answer.characteristics.iter().map(|one| one.points).sum()),
        );
    }
    for rule in &answer.policy_trace {
        page += &format!("policy: {rule}\n");
    }
    for other in &answer.challengers {
        let score = other.score.map_or("none".to_owned(), |score| score.to_string());
        let band = other.band.as_deref().unwrap_or("none");
        page += &format!("challenger {}: score {score}   band {band}   status {}\n", other.model, other.status.code());
    }
    page += &corrections(explanation);
    page
}

/// The corrections, and the answer as it would be without them.
fn corrections(explanation: &Explanation) -> String {
    let Some(before) = &explanation.uncorrected else { return String::new() };
    let mut page = String::new();
    if !explanation.corrections.is_empty() {
        let rows = explanation.corrections.iter().map(|one| {
            let effect = if one.in_effect { "" } else { " (row not in use)" };
            vec![
                one.transaction_id.clone(),
                format!("{}{effect}", word(&one.action)),
                one.purpose_before.clone(),
                one.purpose_after.clone().unwrap_or_default(),
                screen::plain(&one.by),
                screen::plain(&one.why),
                instant(one.at),
            ]
        });
        let header = ["correction of", "action", "before", "after", "by", "why", "at"];
        page += &format!("\n{}\n", screen::table(&header, &[], rows));
    }
    for one in &explanation.corrections_not_applied {
        let why = match one.cause {
            Doubt::ConflictingCorrection => "contradicted by another of the same time",
            _ => "rejected; `cashline check` shows where it stands",
        };
        page += &format!("\ncorrection of {} not applied: {why}\n", one.transaction_id);
    }
    page += &format!(
        "\nwithout corrections: score {}   band {}   decision {}   status {}\n",
        before.score.map_or("none".to_owned(), |score| score.to_string()),
        before.band.as_deref().unwrap_or("none"),
        before.decision.code(),
        before.status.code(),
    );
    for reason in &before.reasons {
        page += &format!(
            "  {} {}. {} [{}]{}\n",
            reason.side.code(),
            reason.rank,
            reason.text,
            reason.code,
            points(reason.points)
        );
    }
    page
}

/// How many rows and days a value rests on, and whether all of them follow.
fn behind(evidence: &ReasonEvidence) -> String {
    let shown = (evidence.ids.len() + evidence.days.len()) as u64;
    match (evidence.count, evidence.days.is_empty()) {
        (0, _) => "none of them behind it".to_owned(),
        (count, true) if shown < count => format!("{count} behind it, the last {shown}:"),
        (count, false) if shown < count => format!("{count} days behind it, the last {shown}:"),
        (count, true) => format!("{count} behind it:"),
        (1, false) => "1 day behind it:".to_owned(),
        (count, false) => format!("{count} days behind it:"),
    }
}

/// `+ 12`, `- 12`.
fn signed(points: i64) -> String {
    format!("{} {}", if points < 0 { '-' } else { '+' }, points.unsigned_abs())
}

/// A whole number as it is, an average to two decimals; the JSON holds it exactly.
fn two_decimals(points: f64) -> String {
    if points.fract() == 0.0 { format!("{points}") } else { format!("{points:.2}") }
}

fn points(points: f64) -> String {
    if points == 0.0 { String::new() } else { format!(" {} points", text::points(points)) }
}
