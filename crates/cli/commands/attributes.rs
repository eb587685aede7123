//! `cashline attributes INPUT...`: the matrix, one row an application, one column an attribute at a window.

use anyhow::Result;
use cashline_io::run::Extras;
use clap::{ArgMatches, Command};

use super::one_table;
use crate::config::{self, Settings};

pub(super) fn parser() -> Command {
    let command = Command::new("attributes").about("Compute attributes: one row an application");
    config::matrix_flags(one_table::flags(command, "matrix"))
}

pub(super) fn run(matches: &ArgMatches) -> Result<u8> {
    let extras = |settings: &Settings| Extras { matrix: Some(settings.tier), alone: true, ..Extras::default() };
    one_table::run(matches, "attributes", extras)
}
