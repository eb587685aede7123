//! The flags of runs, each in one place: commands take those that they heed.

use std::path::PathBuf;

use cashline_core::attribute::definition::Tiers;
use cashline_io::write::FORMATS;
use clap::{Arg, ArgAction, builder::PossibleValuesParser, value_parser};

/// The flags of a run; the same names as in `cashline.toml`, with dashes.
pub(crate) fn flags(command: clap::Command) -> clap::Command {
    let one = |name: &'static str, value: &'static str, help: &'static str| {
        Arg::new(name).long(name).value_name(value).help(help)
    };
    let many =
        |name: &'static str, value: &'static str, help: &'static str| one(name, value, help).action(ArgAction::Append);
    command
        .arg(
            Arg::new("inputs").value_name("INPUT").action(ArgAction::Append).help(
                "Files and directories; table and layout are detected from content, or forced: transactions=PATH",
            ),
        )
        .arg(one("config", "FILE", "Read settings from this file; flags win").value_parser(value_parser!(PathBuf)))
        .arg(one("mapping", "FILE|PRESET", "How someone else's export maps to ours; preset: plaid"))
        .arg(one("as-of", "DATE", "T of applications that give none: 2026-11-22, an RFC 3339 instant, or today"))
        .arg(one("model", "FILE", "Scorecard; default: the expert card"))
        .arg(one("policy", "FILE", "Policy; default: none, so every decision is refer or not_scorable"))
        .arg(one("reasons", "FILE", "Reason dictionary; default: the one shipped"))
        .arg(many("rules", "FILE", "Category rules before or after ours; may be given several times"))
        .arg(many("attributes", "FILE", "Declared attributes of your own; may be given several times"))
        .arg(one("bundle", "FILE", "A frozen bundle, in the place of all of these (see model freeze)"))
        .arg(one("institution-names", "FILE", "How names of institutions are read; default: the file shipped"))
        .arg(one("institutions", "FILE", "What institutions provide (institutions -o): told beside the sufficiency"))
        .arg(many("extra-column", "NAME", "A numeric column of applications that a model may use"))
        .arg(many("drop-column", "NAME", "A column of applications to drop instead of refusing the run"))
        .arg(
            one("threads", "N", "Threads, at most 1024; default: as many as the machine has")
                .value_parser(value_parser!(usize)),
        )
        .arg(
            Arg::new("dry-run")
                .long("dry-run")
                .action(ArgAction::SetTrue)
                .help("Print the effective configuration and stop"),
        )
}

/// The flags that choose the columns of a matrix; only commands that make one have them.
pub(crate) fn matrix_flags(command: clap::Command) -> clap::Command {
    command
        .arg(
            Arg::new("tier")
                .long("tier")
                .value_name("TIER")
                .help("Which attributes a matrix holds; core: those that work on 180 days; default: core")
                .value_parser(Tiers::ALL.map(|(name, _)| name)),
        )
        .arg(
            Arg::new("columns")
                .long("columns")
                .value_name("NAME,...")
                .help("These columns of a matrix, in this order, in the place of a tier's")
                .action(ArgAction::Append)
                .value_delimiter(',')
                .conflicts_with("tier"),
        )
}

/// The flag for models that score beside; only commands that score have it.
pub(crate) fn challenger_flag(command: clap::Command) -> clap::Command {
    command.arg(
        Arg::new("challenger")
            .long("challenger")
            .value_name("FILE")
            .help("A model that scores beside and decides nothing; may be given several times")
            .action(ArgAction::Append),
    )
}

/// The flags of the gates that hold wherever rows are read.
pub(crate) fn row_gate_args() -> [Arg; 2] {
    [
        ("defects-max", "SHARE", "Gate: share of rows that may be defects; default 0.1%"),
        ("unattributed-max", "N", "Gate: rows that lead to nobody of the input, read or rejected; default 0"),
    ]
    .map(|(name, value, help)| Arg::new(name).long(name).value_name(value).help(help))
}

/// The flag for the format of what is written.
pub(crate) fn format_arg(of: &str) -> Arg {
    Arg::new("format")
        .long("format")
        .value_name("FORMAT")
        .value_parser(PossibleValuesParser::new(FORMATS.iter().map(|format| format.name)))
        .help(format!("Of {of}; default: {}", FORMATS[0].name))
}

/// The flags that say where results go and which gates hold; only commands that publish have them.
pub(crate) fn output_flags(command: clap::Command) -> clap::Command {
    let one = |name: &'static str, value: &'static str, help: &'static str| {
        Arg::new(name).long(name).value_name(value).help(help)
    };
    let switch =
        |name: &'static str, help: &'static str| Arg::new(name).long(name).action(ArgAction::SetTrue).help(help);
    command
        .arg(one("out", "DIR", "One run, whole or absent; {as_of} is filled in").short('o'))
        .arg(format_arg("scores and reasons"))
        .arg(switch("overwrite", "Replace a different run in DIR, atomically"))
        .arg(switch("matrix", "Also write the attribute matrix"))
        .arg(switch("evidence", "Also write the rows or days behind each reason: how many, and the 20 newest"))
        .arg(one(
            "memory",
            "SIZE",
            "For transactions that do not stand together, such as 1GiB; default: half the machine's",
        ))
        .arg(one(
            "temp",
            "DIR",
            "Where they go beyond it, unnamed and unreadable to others; default: beside the output",
        ))
        .arg(one("file-mode", "OCTAL", "Mode of the files written; default 600"))
        .arg(one("last-run", "DIR", "The run that max-score-shift compares with"))
        .arg(one("since", "DIR", "Score with what this state holds, add what is new to it, write what changed"))
        .arg(
            one("moved", "POINTS", "With --since: points a score moves before it is an event; default: 20")
                .value_parser(value_parser!(i64).range(1..)),
        )
        .args(row_gate_args())
        .arg(one("min-applications", "N", "Gate: fewest applications; default 1"))
        .arg(one("min-scored-share", "SHARE", "Gate: smallest share of applications scored; default 0"))
        .arg(one(
            "max-data-age-days",
            "DAYS",
            "Gate: largest age of the newest row at T; that of the day before T is 1",
        ))
        .arg(one("max-score-shift", "POINTS", "Gate: largest shift of the mean score against the last run"))
        .arg(switch("json", "Print the summary as JSON"))
}
