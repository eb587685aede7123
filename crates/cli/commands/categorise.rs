//! `cashline categorise INPUT...`: the labelled ledger, one row a transaction, with the rule that decided each label.

use anyhow::Result;
use cashline_io::run::Extras;
use clap::{ArgMatches, Command};

use super::one_table;

pub(super) fn parser() -> Command {
    let command = Command::new("categorise").about("Label transactions: one row each, with the rule that decided");
    one_table::flags(command, "ledger").after_help(
        "The rows are those visible at T, after refining by the rows around them. They carry the banks' texts.",
    )
}

pub(super) fn run(matches: &ArgMatches) -> Result<u8> {
    one_table::run(matches, "ledger", |_| Extras { ledger: true, ..Extras::default() })
}
