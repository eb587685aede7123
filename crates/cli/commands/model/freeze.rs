//! `cashline model freeze -o BUNDLE`: all that decides in one file, with a fingerprint of how this build behaves.

use std::{io::Write as _, path::PathBuf};

use anyhow::{Context as _, Result};
use cashline_core::{bundle::Bundle, model::Model};
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};

use crate::{
    files,
    load::{self, Choice},
    screen,
};

pub(super) fn parser() -> Command {
    let command = Command::new("freeze")
        .about("Freeze model, policy, rules, attributes and reasons into one file for score --bundle")
        .after_help(
            "What ships with this build is frozen too, so that a later build answers the same or refuses. The same texts \
             give the same bytes and the same id.",
        );
    choice(command)
        .arg(
            Arg::new("mapping")
                .long("mapping")
                .value_name("FILE|PRESET")
                .help("How someone else's export maps to ours"),
        )
        .arg(
            Arg::new("out")
                .short('o')
                .long("out")
                .value_name("BUNDLE")
                .required(true)
                .value_parser(value_parser!(PathBuf))
                .help("The file to write"),
        )
}

/// The flags that say what decides, one file each.
pub(in crate::commands) fn choice(command: Command) -> Command {
    let one = |name: &'static str, help: &'static str| {
        Arg::new(name).long(name).value_name("FILE").value_parser(value_parser!(PathBuf)).help(help)
    };
    let many = |name: &'static str, help: &'static str| one(name, help).action(ArgAction::Append);
    command
        .arg(one("model", "Scorecard; default: the expert card"))
        .arg(one("policy", "Policy; default: none"))
        .arg(one("reasons", "Reason dictionary; default: the one shipped"))
        .arg(many("rules", "Category rules before or after ours; may be given several times"))
        .arg(many("attributes", "Declared attributes of your own; may be given several times"))
        .arg(one("institution-names", "How names of institutions are read; default: the file shipped"))
        .arg(
            Arg::new("extra-column")
                .long("extra-column")
                .value_name("NAME")
                .action(ArgAction::Append)
                .help("A numeric column of applications that model and policy may read"),
        )
}

/// What these flags chose.
pub(in crate::commands) fn chosen(matches: &ArgMatches) -> Choice {
    let one = |name: &str| matches.get_one::<PathBuf>(name).cloned();
    let many = |name: &str| matches.get_many::<PathBuf>(name).map_or_else(Vec::new, |paths| paths.cloned().collect());
    Choice {
        bundle: None,
        model: one("model"),
        policy: one("policy"),
        reasons: one("reasons"),
        rules: many("rules"),
        attributes: many("attributes"),
        extra_columns: matches.get_many("extra-column").map_or_else(Vec::new, |names| names.cloned().collect()),
        institution_names: one("institution-names"),
        mapping: matches.try_get_one::<String>("mapping").ok().flatten().cloned(),
    }
}

pub(super) fn run(matches: &ArgMatches) -> Result<u8> {
    let path = matches.get_one::<PathBuf>("out").expect("clap demands it");
    let choice = chosen(matches);
    let bundle = Bundle::freeze(&choice.sources()?)?;
    let text = bundle.to_text();
    files::replace(path, text.as_bytes(), 0o644)?;
    let own = choice.files();
    let mut out = screen::stdout();
    writeln!(
        out,
        "{}: {} texts ({own} of your own), {}",
        path.display(),
        bundle.texts().len(),
        screen::bytes(text.len() as u64)
    )?;
    writeln!(out, "  bundle id {}", bundle.id())?;
    if let Some(path) = &choice.model {
        let model = Model::from_toml(&load::text(path)?).with_context(|| path.display().to_string())?;
        super::against_risk(&model).iter().try_for_each(|said| writeln!(out, "  mind: {said}"))?;
    }
    Ok(0)
}
