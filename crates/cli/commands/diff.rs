//! `cashline diff RUN_A RUN_B`: what changed between two runs over the same applications, and which attributes did it.

use std::{io::Write as _, path::PathBuf};

use anyhow::Result;
use cashline_lab::diff::{AttributeShift, Diff, Flips, Listed, Reasons, RowShift, ScoreShift, diff};
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};

use super::monitor::head_line;
use crate::{
    runs::PublishedRun,
    screen::{self, fixed, share},
};

/// Width of the longest bar, in characters.
const BAR: u64 = 40;

pub(super) fn parser() -> Command {
    let run = |name: &'static str, value: &'static str, help: &'static str| {
        Arg::new(name).value_name(value).required(true).value_parser(value_parser!(PathBuf)).help(help)
    };
    Command::new("diff")
        .about(
            "Compare two runs, application by application: scores, bands, decisions, reasons, attributes responsible",
        )
        .arg(run("a", "RUN_A", "A published run (score -o DIR)"))
        .arg(run("b", "RUN_B", "Another, over mostly the same applications"))
        .arg(
            Arg::new("top")
                .long("top")
                .value_name("N")
                .value_parser(value_parser!(u16))
                .default_value("10")
                .help("How many attributes, reasons and applications are listed"),
        )
        .arg(Arg::new("json").long("json").action(ArgAction::SetTrue).help("Print the whole difference as JSON"))
}

pub(super) fn run(matches: &ArgMatches) -> Result<u8> {
    let open = |name: &str| PublishedRun::open(matches.get_one::<PathBuf>(name).expect("clap demands it"));
    let top = usize::from(*matches.get_one::<u16>("top").expect("it has a default"));
    let (a, b) = (open("a")?, open("b")?);
    let (a, b) = (a.load()?, b.load()?);
    let found = diff(&a, &b, Listed { furthest: top, ..Listed::default() });
    let mut out = screen::stdout();
    if matches.get_flag("json") {
        serde_json::to_writer_pretty(&mut out, &found)?;
        writeln!(out)?;
    } else {
        out.write_all(shown(&found, top).as_bytes())?;
    }
    Ok(0)
}

fn shown(found: &Diff, top: usize) -> String {
    let mut text = format!("a {}\nb {}\n", head_line(&found.a), head_line(&found.b));
    if found.a.model_id != found.b.model_id {
        text.push_str("the runs are of different models\n");
    }
    if !found.made_differently.is_empty() {
        text.push_str(&format!("made with other: {}\n", found.made_differently.join(", ")));
    }
    let joined = &found.joined;
    text.push_str(&format!(
        "{} applications in both, {} only in a, {} only in b; scored in both {}, only in a {}, only in b {}\n",
        joined.both, joined.only_a, joined.only_b, joined.scored_both, joined.scored_a, joined.scored_b
    ));
    if joined.other_t != 0 {
        text.push_str(&format!(
            "{} applications are in both with another T: T is part of what is compared, so they are not\n",
            joined.other_t
        ));
    }
    if joined.both == 0 {
        text.push_str("\nnothing is compared: no application is in both with one T\n");
        return text;
    }
    if let Some(shift) = &found.shift {
        text.push_str(&scores(shift));
    }
    found.flips.iter().filter(|one| one.changed != 0).for_each(|one| text.push_str(&flips(one)));
    let still: Vec<&str> = found.flips.iter().filter(|one| one.changed == 0).map(|one| one.subject).collect();
    if !still.is_empty() {
        text.push_str(&format!("\nno change: {}\n", still.join(", ")));
    }
    text.push_str(&reasons(&found.reasons, top));
    if found.shift.is_some() {
        text.push_str(&attributes(found, top));
    }
    if found.unexplained != 0 {
        text.push_str(&format!("\n{} shifts are not the sum of their parts\n", found.unexplained));
    }
    found.furthest.iter().for_each(|one| text.push_str(&row(one)));
    text
}

fn scores(shift: &ScoreShift) -> String {
    let mut text = format!(
        "\nscore: {} unchanged, {} up, {} down; mean shift {}, mean absolute shift {}\n",
        shift.unchanged,
        shift.up,
        shift.down,
        fixed(Some(shift.mean), 2),
        fixed(Some(shift.mean_absolute), 2)
    );
    let quantiles = shift.quantiles.iter().map(|one| {
        let name = match one.share {
            0.0 => "min".to_owned(),
            1.0 => "max".to_owned(),
            share => format!("{}%", fixed(Some(share * 100.0), 0)),
        };
        format!("{name} {}", fixed(Some(one.shift), 1))
    });
    text.push_str(&format!("  {}\n", quantiles.collect::<Vec<_>>().join("  ")));
    if shift.unchanged < shift.unchanged + shift.up + shift.down {
        let most = shift.histogram.iter().map(|bar| bar.applications).max().unwrap_or(1).max(1);
        let bars = shift.histogram.iter().map(|bar| {
            // One mark at least for whoever is there.
            let marks = (bar.applications * BAR).div_ceil(most);
            let range = if bar.below - bar.from == 1 {
                bar.from.to_string()
            } else {
                format!("{} to {}", bar.from, bar.below - 1)
            };
            vec![range, bar.applications.to_string(), "#".repeat(usize::try_from(marks).unwrap_or(0))]
        });
        text.push_str(&format!("\n{}\n", screen::table(&["shift", "applications", ""], &[0, 1], bars)));
    }
    text
}

/// The matrix of what the runs say.
fn flips(flips: &Flips) -> String {
    let head = format!("a \\ b {}", flips.subject);
    let header: Vec<&str> = [head.as_str()].into_iter().chain(flips.words.iter().map(String::as_str)).collect();
    let right: Vec<usize> = (1..header.len()).collect();
    let rows = flips
        .words
        .iter()
        .zip(&flips.counts)
        .map(|(word, counts)| [word.clone()].into_iter().chain(counts.iter().map(u64::to_string)).collect());
    format!("\n{}: {} changed\n{}\n", flips.subject, flips.changed, screen::table(&header, &right, rows))
}

fn reasons(reasons: &Reasons, top: usize) -> String {
    if reasons.changed == 0 {
        return "\nadverse reasons: no change\n".to_owned();
    }
    let head = format!("\nadverse reasons: changed for {}, the first for {}\n", reasons.changed, reasons.first_changed);
    let mut codes: Vec<_> = reasons.codes.iter().collect();
    codes.sort_by_key(|code| std::cmp::Reverse(code.only_a + code.only_b));
    let rows = codes.iter().take(top).map(|one| vec![one.code.clone(), one.only_a.to_string(), one.only_b.to_string()]);
    format!("{head}{}\n", screen::table(&["reason", "only in a", "only in b"], &[1, 2], rows))
}

fn attributes(found: &Diff, top: usize) -> String {
    let moved: Vec<&AttributeShift> = found.attributes.iter().filter(|one| one.points_changed != 0).collect();
    let first = |one: &AttributeShift| {
        one.moves.first().map_or_else(String::new, |first| {
            format!("{} -> {}: {} of {} points", first.from, first.to, first.applications, signed(first.points))
        })
    };
    let rows = moved.iter().take(top).map(|one| {
        vec![
            one.attribute.clone(),
            one.values_changed.to_string(),
            one.points_changed.to_string(),
            fixed(Some(one.mean), 2),
            fixed(Some(one.mean_absolute), 2),
            share(Some(one.share)),
            first(one),
        ]
    });
    let header = ["attribute", "values", "points", "mean", "mean abs", "share", "largest move"];
    let mut text = match moved.len() {
        0 => "\nattributes: no points changed\n".to_owned(),
        _ => format!("\n{}\n", screen::table(&header, &[1, 2, 3, 4, 5], rows)),
    };
    if top < moved.len() {
        text.push_str(&format!("and {} more\n", moved.len() - top));
    }
    if found.base_points != 0.0 {
        text.push_str(&format!("base points: {} for everyone on average\n", fixed(Some(found.base_points), 2)));
    }
    text
}

fn row(row: &RowShift) -> String {
    let parts = row.parts.iter().map(|part| match (part.from == part.to, part.from.is_empty()) {
        (_, true) => format!("{} {}", part.attribute, signed(part.points)),
        (true, _) => format!("{} {} in {}", part.attribute, signed(part.points), part.from),
        _ => format!("{} {} ({} -> {})", part.attribute, signed(part.points), part.from, part.to),
    });
    format!(
        "\n{} of {}: {} -> {}\n  {}\n",
        row.application_id,
        row.applicant_id,
        row.score_a,
        row.score_b,
        parts.collect::<Vec<_>>().join("\n  ")
    )
}

fn signed(points: i64) -> String {
    format!("{points:+}")
}
