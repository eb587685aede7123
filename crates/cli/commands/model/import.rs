//! `cashline model import`: a LightGBM or XGBoost model as a model file of ours, sealed to this build.

use std::{
    collections::BTreeMap,
    io::Write as _,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail};
use cashline_core::{
    config::parse,
    engine::EngineParts,
    limits::CONFIG_BYTES_MAX,
    model::{
        SCORE_MAX, SCORE_MIN,
        file::{Band, Direction, Holder, Population, Scale, ScaleUnit},
        trees::file::Monotone,
    },
};
use cashline_lab::import::{Header, Imported, Iterations, Margin, Options, import, model_file};
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use serde::Deserialize;

use super::{file, parts, publish};
use crate::{config, load, screen};

pub(super) fn parser() -> Command {
    let text = |name: &'static str, value: &'static str, help: &'static str| {
        Arg::new(name).long(name).value_name(value).help(help)
    };
    let number = |name: &'static str, default: &'static str, help: &'static str| {
        text(name, "NUMBER", help).default_value(default).value_parser(value_parser!(f64))
    };
    Command::new("import")
        .about("Read a LightGBM text or XGBoost JSON model, fitted to bad as 1, into a model file and seal it")
        .after_help(
            "Name features as the matrix of `cashline attributes` does; `extra__NAME` is a column of the applications. Other \
             names go through --map, a TOML file: [columns] feature = \"column\", [reasons] extra_column = \"code\", \
             [monotone] column = \"risk_rises\", \"risk_falls\" or \"none\".",
        )
        .arg(file("The model as Booster.save_model writes it"))
        .arg(text("name", "NAME", "The model's name in snake case").required(true))
        .arg(text("target", "TEXT", "What a good outcome is, such as \"no payment 60 days or more past due\"").required(true))
        .arg(
            Arg::new("out")
                .short('o')
                .long("out")
                .value_name("FILE")
                .required(true)
                .value_parser(value_parser!(PathBuf))
                .help("Write the model file here"),
        )
        .arg(text("map", "FILE", "Feature names, reasons and constraints").value_parser(value_parser!(PathBuf)))
        .arg(text("model-version", "TEXT", "The model's own version").default_value("1"))
        .arg(text("provider", "TEXT", "Who provides the score").default_value("the lender"))
        .arg(
            text("horizon-days", "DAYS", "Days after T in which the target is observed")
                .default_value("365")
                .value_parser(value_parser!(u32).range(1..)),
        )
        .arg(text("population", "TEXT", "Whom the model was made for").default_value("the lender's applicants"))
        .arg(
            text("holder", "KIND", "Whose accounts the model scores; may be repeated")
                .value_parser(["customer", "account"])
                .default_value("customer")
                .action(ArgAction::Append),
        )
        .arg(number("base", "600", "The score at which the odds of good are --odds"))
        .arg(number("odds", "20", "Good to bad at --base"))
        .arg(number("pdo", "20", "Points that double the odds"))
        .arg(text("iterations", "COUNT", "`best` where the file names it, `all`, or a number").default_value("best"))
        .arg(
            text("missing-reason", "CODE", "The data reason for missing values that cost points")
                .default_value("history_length"),
        )
        .arg(
            Arg::new("log-odds")
                .long("log-odds")
                .action(ArgAction::SetTrue)
                .help("The raw output is log-odds of bad whatever the objective is called (a custom objective)"),
        )
}

/// What `--map` holds.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Map {
    columns: BTreeMap<String, String>,
    reasons: BTreeMap<String, String>,
    monotone: BTreeMap<String, Stated>,
}

/// A constraint, or that there is none.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Stated {
    RiskRises,
    RiskFalls,
    None,
}

impl Stated {
    fn constraint(self) -> Option<Monotone> {
        match self {
            Stated::RiskRises => Some(Monotone::RiskRises),
            Stated::RiskFalls => Some(Monotone::RiskFalls),
            Stated::None => None,
        }
    }
}

pub(super) fn run(matches: &ArgMatches) -> Result<u8> {
    let path = matches.get_one::<PathBuf>("file").expect("clap demands it");
    let out = matches.get_one::<PathBuf>("out").expect("clap demands it");
    config::snake_case("--name", word(matches, "name"))?;
    let parts = parts(matches)?;
    let imported = import(&bytes(path)?, &options(matches, &parts)?).with_context(|| path.display().to_string())?;
    let Imported { trees, objective, iterations, iterations_used, unread } = imported;
    let count = trees.tree.len();
    let model = model_file(header(matches)?, trees).with_context(|| path.display().to_string())?;
    publish(&model.to_toml(), None, parts, out).with_context(|| path.display().to_string())?;
    let mut told = screen::stdout();
    writeln!(told, "  {count} trees, {iterations_used} of {iterations} iterations, objective {objective}")?;
    if !unread.is_empty() {
        writeln!(told, "  left out, since no tree reads them: {}", unread.join(", "))?;
    }
    Ok(0)
}

/// The file's bytes, within the limit: a binary model is refused by its reader, with a hint.
fn bytes(path: &Path) -> Result<Vec<u8>> {
    let size = std::fs::metadata(path).map(|facts| facts.len()).unwrap_or(0);
    if CONFIG_BYTES_MAX < size {
        bail!("{}: {size} bytes are more than the limit of {CONFIG_BYTES_MAX}", path.display());
    }
    match std::fs::read(path) {
        Ok(bytes) => Ok(bytes),
        Err(error) => bail!("{}: cannot be read: {error}", path.display()),
    }
}

fn word<'a>(matches: &'a ArgMatches, name: &str) -> &'a str {
    matches.get_one::<String>(name).expect("clap demands it or gives a default")
}

fn options(matches: &ArgMatches, parts: &EngineParts) -> Result<Options> {
    let map: Map = match matches.get_one::<PathBuf>("map") {
        Some(path) => parse(&load::text(path)?).with_context(|| path.display().to_string())?,
        None => Map::default(),
    };
    let iterations = match word(matches, "iterations") {
        "best" => Iterations::Best,
        "all" => Iterations::All,
        text => match text.parse() {
            Ok(count) => Iterations::First(count),
            Err(_) => bail!("--iterations: `best`, `all` or a number is wanted"),
        },
    };
    Ok(Options {
        columns: map.columns,
        reasons: map.reasons,
        monotone: map.monotone.into_iter().map(|(column, stated)| (column, stated.constraint())).collect(),
        missing_reason: word(matches, "missing-reason").to_owned(),
        known: Some(parts.registry.columns().iter().map(|column| column.name.clone()).collect()),
        iterations,
        margin: if matches.get_flag("log-odds") { Margin::LogOdds } else { Margin::ByObjective },
    })
}

fn header(matches: &ArgMatches) -> Result<Header> {
    let number = |name: &str| *matches.get_one::<f64>(name).expect("a default");
    let (base, odds_at_base, pdo) = (number("base"), number("odds"), number("pdo"));
    let kind = |kind: &String| if kind == "account" { Holder::Account } else { Holder::Customer };
    let holders = matches.get_many::<String>("holder").expect("a default");
    Ok(Header {
        name: word(matches, "name").to_owned(),
        version: word(matches, "model-version").to_owned(),
        provider: word(matches, "provider").to_owned(),
        target: word(matches, "target").to_owned(),
        horizon_days: *matches.get_one::<u32>("horizon-days").expect("a default"),
        population: Population {
            description: word(matches, "population").to_owned(),
            holder_kinds: holders.map(kind).collect(),
            currency: None,
        },
        scale: Scale {
            min: SCORE_MIN,
            max: SCORE_MAX,
            direction: Direction::HigherIsSafer,
            unit: ScaleUnit::DoubleOdds { base, odds_at_base, pdo },
        },
        bands: bands(base, pdo)?,
    })
}

/// Bands of one doubling each around the base; the file is there to be edited.
fn bands(base: f64, pdo: f64) -> Result<Vec<Band>> {
    let mut bands: Vec<Band> = vec![];
    let mut below = SCORE_MAX + 1;
    for doublings in [2.0, 1.0, 0.0, -1.0] {
        let edge = (base + doublings * pdo).round_ties_even();
        if !(0.0..=1_000.0).contains(&edge) {
            bail!("--base and --pdo: bands reach to {edge}, outside the scale {SCORE_MIN} to {SCORE_MAX}");
        }
        #[expect(clippy::cast_possible_truncation, reason = "whole and within the scale, checked above")]
        let from = edge as i64;
        if below <= from {
            bail!("--pdo: at least one point is wanted");
        }
        below = from;
        bands.push(Band { name: String::new(), from });
    }
    if SCORE_MIN < below {
        bands.push(Band { name: String::new(), from: SCORE_MIN });
    }
    for (band, name) in bands.iter_mut().zip(["A", "B", "C", "D", "E"]) {
        band.name = name.to_owned();
    }
    Ok(bands)
}
