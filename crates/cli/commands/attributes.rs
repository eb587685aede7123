//! `cashline attributes INPUT...`: the matrix, one row an application, one column an attribute at a window.

use std::io::Write as _;

use anyhow::{Context as _, Result};
use cashline_io::{
    commit::Interrupt,
    run::{Extras, RunOutcome},
};
use clap::{Arg, ArgMatches, Command, value_parser};

use super::score;
use crate::{config, load::load};

pub(super) fn parser() -> Command {
    let command = Command::new("attributes").about("Compute every attribute: one row an application");
    config::flags(command)
        .arg(
            Arg::new("format")
                .long("format")
                .value_name("FORMAT")
                .value_parser(["csv", "parquet", "ndjson"])
                .help("Of the matrix; parquet needs -o"),
        )
        .arg(
            Arg::new("file")
                .short('o')
                .value_name("FILE")
                .value_parser(value_parser!(std::path::PathBuf))
                .help("Write here instead of stdout"),
        )
}

pub(super) fn run(matches: &ArgMatches) -> Result<u8> {
    let settings = config::settings(matches)?;
    if matches.get_flag("dry-run") {
        return score::dry_run(&settings);
    }
    let loaded = load(&settings)?;
    let mut run = score::plan(&settings, &loaded)?;
    run.extras = Extras { matrix: true, evidence: false };
    run.output = None;
    let interrupt = Interrupt::install().context("signals cannot be watched")?;
    let summary = cashline_io::run::score(&run, &loaded.engine, &interrupt)?;
    let RunOutcome::Returned(tables) = &summary.outcome else { unreachable!("no output directory was asked for") };
    let at =
        tables.schemas().iter().position(|schema| schema.name == "attributes").context("the matrix was not made")?;
    let bytes = score::printed(tables, at, &settings.format)?;
    match matches.get_one::<std::path::PathBuf>("file") {
        Some(path) => std::fs::write(path, &bytes).with_context(|| format!("{}: cannot be written", path.display()))?,
        None => std::io::stdout().lock().write_all(&bytes)?,
    }
    Ok(summary.exit_code())
}
