//! `cashline categorise INPUT...`: the labelled ledger, one row a transaction, with the rule that decided each label.

use std::{io::IsTerminal as _, path::PathBuf};

use anyhow::{Result, bail};
use cashline_io::run::Extras;
use clap::{Arg, ArgMatches, Command, value_parser};

use super::{attributes::one_table, score};
use crate::{config, load::load};

pub(super) fn parser() -> Command {
    let command = Command::new("categorise").about("Label transactions: one row each, with the rule that decided");
    config::flags(command)
        .after_help(
            "The rows are those visible at T, after refining by the rows around them. They carry the banks' texts.",
        )
        .arg(
            Arg::new("format")
                .long("format")
                .value_name("FORMAT")
                .value_parser(["csv", "parquet", "ndjson"])
                .help("Of the ledger; default: csv"),
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
    run.extras = Extras { ledger: true, ..Extras::default() };
    one_table(run, &settings, &loaded, "ledger", file)
}
