//! What commands share that write one table, of a run or their own, to stdout or to a file, and publish nothing.

use std::{io::Write as _, path::PathBuf};

use anyhow::{Context as _, Result};
use cashline_core::table::Schema;
use cashline_io::{
    commit::Interrupt,
    run::{Extras, RunOutcome},
    write::{TableWriter, format},
};
use clap::{Arg, ArgMatches, Command, value_parser};

use super::score;
use crate::{
    config::{self, Settings},
    files,
    load::load,
    screen,
};

/// The flags: those of every run, and where and how the table is written.
pub(super) fn flags(command: Command, table: &str) -> Command {
    config::flags(command).arg(config::format_arg(&format!("the {table}"))).arg(
        Arg::new("file")
            .short('o')
            .value_name("FILE")
            .value_parser(value_parser!(PathBuf))
            .help("Write here instead of stdout"),
    )
}

/// Runs without publishing and writes the table of that name; `extras` asks for it.
pub(super) fn run(matches: &ArgMatches, table: &str, extras: fn(&Settings) -> Extras) -> Result<u8> {
    let settings = config::settings(matches)?;
    if matches.get_flag("dry-run") {
        return score::dry_run(&settings);
    }
    let file = matches.get_one::<PathBuf>("file");
    screen::readable(file.is_none(), &settings.format)?;
    let loaded = load(&settings)?;
    let mut run = score::plan(&settings, &loaded)?;
    run.extras = extras(&settings);
    if run.extras.alone {
        score::without_scores(&mut run);
    }
    run.output = None;
    let interrupt = Interrupt::install().context("signals cannot be watched")?;
    let summary = score::score(&run, &loaded, &interrupt)?;
    let RunOutcome::Returned(tables) = &summary.outcome else { unreachable!("no output directory was asked for") };
    let at = tables.schemas().iter().position(|schema| schema.name == table).context("the table was not made")?;
    let bytes = score::printed(tables, at, &settings.format)?;
    match file {
        Some(path) => files::replace(path, &bytes, settings.file_mode)?,
        None => screen::stdout().write_all(&bytes)?,
    }
    score::tell(&summary)?;
    Ok(summary.exit_code())
}

/// A table in a format, in memory; `fill` appends its rows.
pub(super) fn written<E: Into<anyhow::Error>>(
    schema: &Schema,
    name: &str,
    fill: impl FnOnce(&mut dyn TableWriter) -> Result<(), E>,
) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut writer = (format(name).context("unknown format")?.open)(schema, Box::new(&mut bytes))?;
    fill(&mut *writer).map_err(Into::into)?;
    writer.finish()?;
    Ok(bytes)
}
