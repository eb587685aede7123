//! `cashline enrich INPUT... -o DIR`: what a money-management product needs: transactions in words and tied together, recurring
//! streams, the bills and the income to come, sums by month. No score is written.

use std::io::Write as _;

use anyhow::{Context as _, Result, bail};
use cashline_io::{
    commit::Interrupt,
    run::{Extras, Summary},
};
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};

use super::score;
use crate::{config, load::load, screen};

/// A quarter and a day, so that whatever comes each quarter is seen once.
const DAYS_MAX: i64 = 93;

pub(super) fn parser() -> Command {
    let one = |name: &'static str, value: &'static str, help: &'static str| {
        Arg::new(name).long(name).value_name(value).help(help)
    };
    let switch =
        |name: &'static str, help: &'static str| Arg::new(name).long(name).action(ArgAction::SetTrue).help(help);
    let command = Command::new("enrich").about(
        "Write what a money-management product needs: labelled and paired rows, streams, bills and income to come",
    );
    config::flags(command)
        .arg(one("out", "DIR", "All tables, whole or absent; {as_of} is filled in").short('o'))
        .arg(config::format_arg("the tables"))
        .arg(
            one("days", "DAYS", "Days from T on of which `upcoming` speaks; the projection knows 30 of them")
                .value_parser(value_parser!(u16).range(1..=DAYS_MAX))
                .default_value("30"),
        )
        .arg(switch("overwrite", "Replace a different run in DIR, atomically"))
        .arg(one("file-mode", "OCTAL", "Mode of the files written; default 600"))
        .args(config::row_gate_args())
        .arg(one("min-applications", "N", "Gate: fewest applications; default 1"))
        .arg(one("max-data-age-days", "DAYS", "Gate: largest age of the newest row at T; that of the day before T is 1"))
        .arg(switch("json", "Print the manifest as JSON"))
        .after_help(
            "Tables: applications, accounts, transactions, streams, upcoming, projection, summary; columns in docs/enrich.md. The \
             data_status in every row says whether an account or a correction is in doubt. Transactions carry the banks' texts.",
        )
}

pub(super) fn run(matches: &ArgMatches) -> Result<u8> {
    let mut settings = config::settings(matches)?;
    // Nothing is scored here, so that what would score beside makes no other run of the same tables.
    settings.challengers.clear();
    if matches.get_flag("dry-run") {
        return score::dry_run(&settings);
    }
    if settings.out.is_none() {
        bail!("no directory for the tables; add -o DIR");
    }
    let loaded = load(&settings)?;
    let mut run = score::plan(&settings, &loaded)?;
    let days = *matches.get_one::<u16>("days").expect("it has a default");
    run.extras = Extras { enriched: Some(days), ..Extras::default() };
    score::without_scores(&mut run);
    let interrupt = Interrupt::install().context("signals cannot be watched")?;
    let summary = score::score(&run, &loaded, &interrupt)?;
    if matches.get_flag("json") {
        let mut out = screen::stdout();
        serde_json::to_writer_pretty(&mut out, &summary.manifest)?;
        writeln!(out)?;
    } else {
        tell(&summary)?;
    }
    Ok(summary.exit_code())
}

/// How many applications are whole, and how many rows each table has, on stderr.
fn tell(summary: &Summary) -> Result<()> {
    let manifest = &summary.manifest;
    let mut err = screen::stderr();
    for line in score::of_data(manifest) {
        writeln!(err, "{line}")?;
    }
    let tables: Vec<String> = manifest
        .files
        .iter()
        .filter(|file| !file.name.starts_with("defects."))
        .filter_map(|file| Some(format!("{} {}", file.rows?, file.name.split('.').next()?)))
        .collect();
    writeln!(err, "  rows: {}", tables.join(", "))?;
    for line in score::rest_of(manifest, &summary.outcome) {
        writeln!(err, "{line}")?;
    }
    Ok(())
}
