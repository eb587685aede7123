//! `cashline attributes INPUT...`: the matrix, one row an application, one column an attribute at a window.

use anyhow::Result;
use cashline_io::run::Extras;
use clap::{ArgMatches, Command};

use super::one_table;

pub(super) fn parser() -> Command {
    let command = Command::new("attributes").about("Compute attributes: one row an application");
    one_table::flags(command, "matrix")
}

pub(super) fn run(matches: &ArgMatches) -> Result<u8> {
    one_table::run(matches, "attributes", |settings| Extras { matrix: Some(settings.tier), ..Extras::default() })
}
