//! `cashline sample DIR`: a generated portfolio with planted truth, in any layout.

use std::{io::Write as _, path::PathBuf};

use anyhow::{Context as _, Result, bail};
use cashline_core::row::AsOf;
use cashline_io::{
    export::{Damage, EXPORTS, ExportOptions, Family, export_layout},
    read::Packing,
};
use cashline_synth::{DamagePlan, Preset, Spec, personas, write, write_cases};
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};

use crate::{config, screen};

pub(super) fn parser() -> Command {
    let one = |name: &'static str, value: &'static str, help: &'static str| {
        Arg::new(name).long(name).value_name(value).help(help)
    };
    Command::new("sample")
        .about("Write a generated portfolio with planted truth, from a seed")
        .arg(
            Arg::new("dir")
                .value_name("DIR")
                .required(true)
                .value_parser(value_parser!(PathBuf))
                .help("A directory that is new or empty"),
        )
        .arg(one("applications", "N", "How many applications").value_parser(value_parser!(u64)).default_value("100"))
        .arg(one("seed", "N", "The same seed gives the same bytes").value_parser(value_parser!(u64)).default_value("1"))
        .arg(
            one("preset", "NAME", "The population")
                .value_parser(Preset::ALL.iter().map(|row| row.1).collect::<Vec<_>>())
                .default_value("mixed"),
        )
        .arg(
            one("layout", "NAME", "How the export is laid out")
                .value_parser(EXPORTS.iter().map(|layout| layout.name).collect::<Vec<_>>())
                .default_value("ndjson"),
        )
        .arg(
            one("packing", "NAME", "Plain, gzip or zstd")
                .value_parser(["plain", "gzip", "zstd"])
                .default_value("plain"),
        )
        .arg(
            one("days", "N", "Days of history; Stripe gives at most 180")
                .value_parser(value_parser!(i32).range(1..=730)),
        )
        .arg(one("as-of", "DATE", "T of the applications"))
        .arg(
            one("damage", "SHARE", "Spoil this share of the transactions; their places go to _damage.csv")
                .value_parser(value_parser!(f64)),
        )
        .arg(
            Arg::new("outcome")
                .long("outcome")
                .action(ArgAction::SetTrue)
                .help("Write the outcome into applications.csv too, to show that it is not read"),
        )
        .arg(
            Arg::new("personas")
                .long("personas")
                .action(ArgAction::SetTrue)
                .conflicts_with_all(["applications", "seed", "preset", "days", "as-of", "damage"])
                .help("Write the nine personas of data/sample instead"),
        )
}

pub(super) fn run(matches: &ArgMatches) -> Result<u8> {
    let dir = matches.get_one::<PathBuf>("dir").expect("clap demands it");
    let text = |name: &str| matches.get_one::<String>(name).map(String::as_str);
    let layout = text("layout").and_then(export_layout).expect("clap allows only known layouts");
    if layout.family == Family::Parquet && text("packing") != Some("plain") {
        bail!("--packing: the files of --layout {} are compressed inside; leave it out", layout.name);
    }
    if std::fs::read_dir(dir).is_ok_and(|mut entries| entries.next().is_some()) {
        bail!("{}: is not empty; choose a new directory", dir.display());
    }
    std::fs::create_dir_all(dir).with_context(|| format!("{}: cannot be made", dir.display()))?;
    let packing = match text("packing") {
        Some("gzip") => Packing::Gzip,
        Some("zstd") => Packing::Zstd,
        _ => Packing::Plain,
    };
    let outcome = matches.get_flag("outcome");
    let options = ExportOptions { layout, packing, outcome };
    let written = if matches.get_flag("personas") {
        write_cases(personas().into_iter().map(|persona| persona.case), None, dir, &options)?
    } else {
        write(&spec(matches)?, dir, &options)?
    };
    writeln!(
        screen::stdout(),
        "{}: {} applications ({} bad), {} accounts, {} transactions",
        dir.display(),
        written.applications,
        written.bad,
        written.accounts,
        written.transactions
    )?;
    Ok(0)
}

fn spec(matches: &ArgMatches) -> Result<Spec> {
    let number = |name: &str| *matches.get_one::<u64>(name).expect("it has a default");
    let mut spec = Spec::new(number("seed"), number("applications"));
    let preset = matches.get_one::<String>("preset").expect("it has a default");
    spec.preset = Preset::parse(preset).expect("clap allows only known presets");
    spec.outcome = matches.get_flag("outcome");
    if let Some(days) = matches.get_one::<i32>("days") {
        spec.days = *days;
    }
    if let Some(as_of) = matches.get_one::<String>("as-of") {
        spec.as_of = match config::as_of(as_of)? {
            AsOf::Date(day) => day,
            AsOf::Instant(_) => bail!("--as-of: a date is wanted here, such as 2026-11-01"),
        };
    }
    if let Some(share) = matches.get_one::<f64>("damage") {
        if !(0.0..=1.0).contains(share) {
            bail!("--damage: a share lies between 0 and 1");
        }
        spec.damage = Some(DamagePlan { share: *share, kinds: Damage::ALL.iter().map(|row| row.0).collect() });
    }
    Ok(spec)
}
