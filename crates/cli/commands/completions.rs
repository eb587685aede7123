//! `cashline completions SHELL`: the completion script, derived from the parser.

use std::io::Write as _;

use anyhow::Result;
use clap::{Arg, ArgMatches, Command, value_parser};
use clap_complete::Shell;

use crate::screen;

pub(super) fn parser() -> Command {
    Command::new("completions")
        .about("Print the completion script of a shell")
        .arg(Arg::new("shell").value_name("SHELL").required(true).value_parser(value_parser!(Shell)))
}

pub(super) fn run(matches: &ArgMatches) -> Result<u8> {
    let shell = *matches.get_one::<Shell>("shell").expect("clap demands it");
    // Into memory first: the generator panics when the reader of stdout goes away.
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut super::parser(), "cashline", &mut script);
    screen::stdout().write_all(&script)?;
    Ok(0)
}
