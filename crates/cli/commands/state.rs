//! `cashline state show STATE`: what a state of `score --since` holds, in numbers.

use std::{fmt::Write as _, io::Write as _, path::PathBuf};

use anyhow::{Context as _, Result};
use cashline_io::{
    commit::Interrupt,
    state::{Shown, show},
};
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};

use crate::screen;

/// Nights that are listed for people; the others are counted.
const NIGHTS_LISTED_MAX: usize = 10;

pub(super) fn parser() -> Command {
    let state = Arg::new("state").value_name("STATE").required(true).value_parser(value_parser!(PathBuf));
    let json = Arg::new("json").long("json").action(ArgAction::SetTrue).help("Print JSON");
    Command::new("state")
        .about("Show what a state of `score --since` holds")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(
            Command::new("show")
                .about("Nights, applications, accounts, rows, bytes and doubts of a state, and no row of it")
                .after_help("Reads the whole state and checks every file of it by SHA-256. It changes nothing.")
                .arg(state.help("The directory that `score --since` was given"))
                .arg(json),
        )
}

pub(super) fn run(matches: &ArgMatches) -> Result<u8> {
    let (_, matches) = matches.subcommand().expect("clap demands a subcommand");
    let dir = matches.get_one::<PathBuf>("state").expect("clap demands it");
    let shown = show(dir, &Interrupt::install().context("signals cannot be watched")?)?;
    let mut out = screen::stdout();
    if matches.get_flag("json") {
        writeln!(out, "{}", serde_json::to_string_pretty(&shown)?)?;
    } else {
        write!(out, "{}", people(&shown)?)?;
    }
    Ok(0)
}

fn people(shown: &Shown) -> Result<String> {
    let mut text = String::new();
    let counted = |counts: Vec<(&str, u64)>| -> String {
        let some: Vec<String> = counts
            .into_iter()
            .filter(|(_, count)| *count != 0)
            .map(|(name, count)| format!("{count} {name}"))
            .collect();
        if some.is_empty() { "none".to_owned() } else { some.join(", ") }
    };
    let (rows, doubts) = (shown.rows, shown.doubts);
    let statuses = shown.statuses.iter().map(|(status, count)| (status.as_str(), *count)).collect();
    let of_tables = vec![
        ("of transactions", rows.transactions),
        ("of accounts", rows.accounts),
        ("said of accounts by events", rows.account_events),
        ("of balances", rows.balances),
        ("of applications", rows.applications),
        ("of corrections", rows.corrections),
        ("set aside", rows.set_aside),
    ];
    let defects = shown.defects.iter().map(|(kind, count)| (*kind, *count)).collect();
    let in_doubt = vec![
        ("accounts with a row set aside", doubts.rejected_row),
        ("accounts whose list was cut", doubts.truncated_export),
        ("rows set aside that lead to no account", doubts.unattributed_rows),
    ];
    let lines = [
        ("last T", shown.last_as_of.clone().unwrap_or_else(|| "none".to_owned())),
        ("nights", shown.nights.len().to_string()),
        ("applications", format!("{} ({})", shown.applications, counted(statuses))),
        ("accounts", shown.accounts.to_string()),
        ("rows", counted(of_tables)),
        ("set aside", format!("{} while reading", counted(defects))),
        ("doubts", format!("{} while reading", counted(in_doubt))),
        ("on disk", format!("{} in {} segments and the last answers", screen::bytes(shown.bytes), shown.segments)),
        ("version", format!("{}, records {}, by cashline {}", shown.schema, shown.records, shown.engine_version)),
    ];
    for (name, value) in lines {
        writeln!(text, "{name:<13} {value}")?;
    }
    if shown.interrupted {
        writeln!(text, "a night was interrupted; the next one takes it up or drops it")?;
    }
    writeln!(
        text,
        "rows that contradict each other are not among these: see the manifest and the defects of the runs"
    )?;
    let hidden = shown.nights.len().saturating_sub(NIGHTS_LISTED_MAX);
    let listed = shown.nights.iter().enumerate().skip(hidden).map(|(at, night)| {
        let as_of = night.as_of.clone().unwrap_or_else(|| "each its own".to_owned());
        vec![(at + 1).to_string(), as_of, night.files.to_string(), screen::short(&night.run_id).to_owned()]
    });
    writeln!(text, "\n{}", screen::table(&["night", "T", "new files", "run"], &[0, 2], listed))?;
    Ok(text)
}
