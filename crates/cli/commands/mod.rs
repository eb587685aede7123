//! The commands: one file each, one row of [`COMMANDS`]; help, completions and the dispatch follow from it.

mod attributes;
mod catalogue;
mod categorise;
mod check;
mod completions;
mod diff;
mod enrich;
mod explain;
mod fit;
mod institutions;
mod model;
mod monitor;
mod one_table;
mod ownership;
mod payments;
mod payouts;
mod relinks;
mod replay;
mod sample;
mod score;
mod state;
mod validate;

use anyhow::Result;
use clap::{Arg, ArgAction, ArgMatches, Command};

/// A command: how it is parsed and what it does. `run` answers with the exit code.
struct Entry {
    parser: fn() -> Command,
    run: fn(&ArgMatches) -> Result<u8>,
}

const COMMANDS: &[Entry] = &[
    Entry { parser: score::parser, run: score::run },
    Entry { parser: check::parser, run: check::run },
    Entry { parser: attributes::parser, run: attributes::run },
    Entry { parser: categorise::parser, run: categorise::run },
    Entry { parser: enrich::parser, run: enrich::run },
    Entry { parser: explain::parser, run: explain::run },
    Entry { parser: catalogue::parser, run: catalogue::run },
    Entry { parser: fit::parser, run: fit::run },
    Entry { parser: validate::parser, run: validate::run },
    Entry { parser: model::parser, run: model::run },
    Entry { parser: monitor::parser, run: monitor::run },
    Entry { parser: diff::parser, run: diff::run },
    Entry { parser: payments::parser, run: payments::run },
    Entry { parser: replay::parser, run: replay::run },
    Entry { parser: ownership::parser, run: ownership::run },
    Entry { parser: payouts::parser, run: payouts::run },
    Entry { parser: institutions::parser, run: institutions::run },
    Entry { parser: relinks::parser, run: relinks::run },
    Entry { parser: state::parser, run: state::run },
    Entry { parser: sample::parser, run: sample::run },
    Entry { parser: completions::parser, run: completions::run },
];

/// The whole command line.
pub(crate) fn parser() -> Command {
    Command::new("cashline")
        .version(env!("CARGO_PKG_VERSION"))
        .about("Underwriting risk scores from exported bank data: attributes, reasons, decisions")
        .after_help(
            "Exit codes: 0 done; 1 done, a gate failed; 2 usage, configuration, model or input unusable; \
             3 I/O or internal failure; 75 another run holds the output; 129, 130, 143 interrupted.",
        )
        .arg_required_else_help(true)
        .subcommand_required(true)
        .arg(
            Arg::new("log-json")
                .long("log-json")
                .global(true)
                .action(ArgAction::SetTrue)
                .help("Write logs as JSON lines on stderr (level from CASHLINE_LOG)"),
        )
        .subcommands(COMMANDS.iter().map(|entry| (entry.parser)()))
}

/// Runs the command that was typed.
pub(crate) fn dispatch(matches: &ArgMatches) -> Result<u8> {
    let (name, arguments) = matches.subcommand().expect("clap demands a subcommand");
    let entry = COMMANDS.iter().find(|entry| (entry.parser)().get_name() == name).expect("clap knows only these");
    (entry.run)(arguments)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_parses_its_own_help_and_says_what_it_does() {
        parser().debug_assert();
        for entry in COMMANDS {
            let command = (entry.parser)();
            assert!(command.get_about().is_some(), "{}", command.get_name());
        }
    }
}
