//! `cashline attributes INPUT...`: the matrix, one row an application, one column an attribute at a window.

use std::{
    io::{IsTerminal as _, Write as _},
    path::PathBuf,
};

use anyhow::{Context as _, Result, bail};
use cashline_io::{
    commit::Interrupt,
    run::{Extras, RunOutcome, ScoreRun},
};
use clap::{Arg, ArgMatches, Command, value_parser};

use super::score;
use crate::{
    config, files,
    load::{Loaded, load},
};

pub(super) fn parser() -> Command {
    let command = Command::new("attributes").about("Compute attributes: one row an application");
    config::flags(command)
        .arg(
            Arg::new("format")
                .long("format")
                .value_name("FORMAT")
                .value_parser(["csv", "parquet", "ndjson"])
                .help("Of the matrix; default: csv"),
        )
        .arg(
            Arg::new("file")
                .short('o')
                .value_name("FILE")
                .value_parser(value_parser!(PathBuf))
                .help("Write here instead of stdout"),
        )
}

pub(super) fn run(matches: &ArgMatches) -> Result<u8> {
    let settings = config::settings(matches)?;
    if matches.get_flag("dry-run") {
        return score::dry_run(&settings);
    }
    let file = matches.get_one::<PathBuf>("file");
    if file.is_none() && settings.format == "parquet" && std::io::stdout().is_terminal() {
        bail!("parquet is nothing to read on a terminal; add -o FILE or redirect stdout");
    }
    let loaded = load(&settings)?;
    let mut run = score::plan(&settings, &loaded)?;
    run.extras = Extras { matrix: Some(settings.tier), ..Extras::default() };
    one_table(run, &settings, &loaded, "attributes", file)
}

/// Scores without publishing, and writes one of the tables to a file or to stdout.
pub(super) fn one_table(
    mut run: ScoreRun,
    settings: &config::Settings,
    loaded: &Loaded,
    table: &str,
    file: Option<&PathBuf>,
) -> Result<u8> {
    run.output = None;
    let interrupt = Interrupt::install().context("signals cannot be watched")?;
    let summary = score::score(&run, loaded, &interrupt)?;
    let RunOutcome::Returned(tables) = &summary.outcome else { unreachable!("no output directory was asked for") };
    let at = tables.schemas().iter().position(|schema| schema.name == table).context("the table was not made")?;
    let bytes = score::printed(tables, at, &settings.format)?;
    match file {
        Some(path) => files::replace(path, &bytes, settings.file_mode)?,
        None => std::io::stdout().lock().write_all(&bytes)?,
    }
    score::tell(&summary)?;
    Ok(summary.exit_code())
}
