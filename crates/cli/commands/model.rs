//! `cashline model`: what a lender does with a scorecard of its own: seal it, give it baselines, print it.

pub(super) mod baseline;
mod card;
pub(super) mod freeze;
mod show;
mod import;

use std::{
    io::Write as _,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail};
use cashline_core::{
    engine::{Engine, EngineParts},
    model::{
        Characteristic, Model, ModelFile, Scorecard,
        bins::{BinRef, missing_label},
        file::MadeWith,
        fingerprint::{mismatch, seal},
    },
    value::Missing,
};
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};

use crate::{files, load, screen};

/// What stands before the computed baselines of a model file.
const BASELINES: &str = "# Baselines: written by `cashline model baseline`, not by hand.";

pub(super) fn parser() -> Command {
    Command::new("model")
        .about(
            "Import a tree model, seal a model, give it baselines, print it, or freeze all that decides into one file",
        )
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(overlays(
            Command::new("seal")
                .about("Bind a scorecard to the attributes as they compute today; a build that differs refuses it")
                .arg(file("The scorecard; its comments and layout stay"))
                .arg(output()),
        ))
        .subcommand(overlays(baseline::parser()))
        .subcommand(overlays(import::parser()))
        .subcommand(overlays(
            Command::new("card")
                .about("Print a scorecard as Markdown: points, rationale, sources, population, horizon, basis")
                .arg(file("The scorecard; default: the expert card").required(false)),
        ))
        .subcommand(freeze::parser())
        .subcommand(show::parser())
}

pub(super) fn run(matches: &ArgMatches) -> Result<u8> {
    let (name, matches) = matches.subcommand().expect("clap demands a subcommand");
    match name {
        "seal" => seal_file(matches),
        "baseline" => baseline::run(matches),
        "freeze" => freeze::run(matches),
        "show" => show::run(matches),
        "import" => import::run(matches),
        _ => card::run(matches),
    }
}

fn file(help: &'static str) -> Arg {
    Arg::new("file").value_name("FILE").required(true).value_parser(value_parser!(PathBuf)).help(help)
}

fn output() -> Arg {
    Arg::new("out")
        .short('o')
        .long("out")
        .value_name("FILE")
        .value_parser(value_parser!(PathBuf))
        .help("Write here and leave the scorecard as it stands; default: replace it")
}

/// The flags of `score` that decide what a lender's model may read.
fn overlays(command: Command) -> Command {
    let many = |name: &'static str, value: &'static str, help: &'static str| {
        Arg::new(name).long(name).value_name(value).help(help).action(ArgAction::Append)
    };
    command
        .arg(many("rules", "FILE", "Category rules before or after ours").value_parser(value_parser!(PathBuf)))
        .arg(many("attributes", "FILE", "Declared attributes of your own").value_parser(value_parser!(PathBuf)))
        .arg(many("extra-column", "NAME", "A numeric column of applications that the model may use"))
        .arg(
            Arg::new("reasons")
                .long("reasons")
                .value_name("FILE")
                .value_parser(value_parser!(PathBuf))
                .help("Reason dictionary; default: the one shipped"),
        )
}

fn parts(matches: &ArgMatches) -> Result<EngineParts> {
    let paths = |name: &str| -> Vec<PathBuf> {
        matches.get_many::<PathBuf>(name).map_or_else(Vec::new, |paths| paths.cloned().collect())
    };
    let extra_columns: Vec<String> =
        matches.get_many::<String>("extra-column").map_or_else(Vec::new, |names| names.cloned().collect());
    let (rules, attributes) = (paths("rules"), paths("attributes"));
    let reasons = matches.get_one::<PathBuf>("reasons").map(PathBuf::as_path);
    load::parts(load::Overlays { rules: &rules, attributes: &attributes, reasons, extra_columns: &extra_columns })
}

/// A model file as its text, in the parts of which each has its own author.
struct Text {
    /// Written by hand, with what stands there about conventions, points and sources.
    hand: String,
    /// Computed from a run; empty or with its heading.
    baselines: String,
    /// What the file says, the seal included.
    file: ModelFile,
}

impl Text {
    fn read(path: &Path) -> Result<Text> {
        let text = load::text(path)?;
        Text::parse(&text).with_context(|| path.display().to_string())
    }

    fn parse(text: &str) -> Result<Text> {
        let file = ModelFile::from_toml(text)?;
        // It would equal no copy of itself, and what is held against the text below would be blamed.
        if file != file.clone() {
            bail!("a number is `nan`, which is no limit and no amount of points; write a finite one");
        }
        let unsealed = unsealed(text);
        let (hand, baselines) = match unsealed.split_once(BASELINES) {
            Some((hand, rest)) => (hand.trim_end().to_owned(), format!("{BASELINES}{rest}")),
            None => (unsealed.trim_end().to_owned(), String::new()),
        };
        let written = ModelFile::from_toml(&hand)?;
        if written.made_with.is_some() {
            bail!("`made_with` stands where the engine did not write it; remove it, sealing writes it anew");
        }
        if written.baselines.marginal.is_some() || written.baselines.all.is_some() {
            bail!("`baselines` stands where the engine did not write it; remove it, `model baseline` writes it anew");
        }
        // What stands below what the engine wrote would be cut off with it: tables, keys that TOML puts into the seal's last table,
        // and remarks.
        let kept = ModelFile::from_toml(&format!("{hand}\n\n{baselines}"))?;
        let seal = text.get(unsealed.len()..).unwrap_or_default();
        let remarks = seal.lines().filter(|line| line.trim_start().starts_with('#')).count();
        let is_foreign = |made_with: &MadeWith| {
            let mut columns = made_with.values.values().flat_map(|values| values.keys());
            columns.any(|column| !made_with.definitions.contains_key(column))
        };
        if (ModelFile { made_with: None, ..file.clone() }) != kept
            || 1 < remarks
            || file.made_with.as_ref().is_some_and(is_foreign)
        {
            bail!(
                "something written by hand stands below the seal or the baselines, which are written anew; move it above them"
            );
        }
        Ok(Text { hand, baselines, file })
    }

    fn unsealed(&self) -> String {
        if self.baselines.is_empty() { self.hand.clone() } else { format!("{}\n\n{}", self.hand, self.baselines) }
    }
}

/// The text before the seal. What a seal looks like is the core's affair: an empty one is put on and taken off.
fn unsealed(text: &str) -> String {
    let empty = MadeWith { probe: String::new(), definitions: Default::default(), values: Default::default() };
    let sealed = seal(text, &empty);
    sealed.strip_suffix(&seal("", &empty)).unwrap_or(text).to_owned()
}

/// Seals the text, proves that an engine loads it, and writes it.
fn publish(text: &str, before: Option<&MadeWith>, mut parts: EngineParts, path: &Path) -> Result<u8> {
    let made_with = parts.made_with(&Model::from_toml(text)?)?;
    let sealed = seal(text, &made_with);
    parts.model = Model::from_toml(&sealed)?;
    let id = parts.model.id().to_owned();
    let name = format!("{} {}", parts.model.file().name, parts.model.file().version);
    let against = against_risk(&parts.model);
    Engine::new(parts).context("the sealed model does not load")?;
    files::replace(path, sealed.as_bytes(), 0o644)?;
    let mut out = screen::stdout();
    writeln!(out, "{}: {name} sealed to {} attributes", path.display(), made_with.definitions.len())?;
    writeln!(out, "  model id {id}")?;
    match before {
        None => {}
        Some(before) if *before == made_with => writeln!(out, "  the seal was up to date")?,
        Some(before) => match mismatch(before, &made_with) {
            Some((attribute, was, is)) => {
                writeln!(out, "  the old seal differed: on the probe `{attribute}` was {was} and is {is}")?;
            }
            None => writeln!(out, "  the old seal differed in the definitions, not in the values on the probe")?,
        },
    }
    against.iter().try_for_each(|said| writeln!(out, "  mind: {said}"))?;
    Ok(0)
}

fn seal_file(matches: &ArgMatches) -> Result<u8> {
    let path = matches.get_one::<PathBuf>("file").expect("clap demands it");
    let text = Text::read(path)?;
    let out = matches.get_one::<PathBuf>("out").unwrap_or(path);
    publish(&text.unsealed(), text.file.made_with.as_ref(), parts(matches)?, out)
        .with_context(|| path.display().to_string())
}

/// Which characteristics of a model have points that run against their direction of risk, each in a sentence: the file says why, and
/// the reasons go on as if they did not.
pub(super) fn against_risk(model: &Model) -> Vec<String> {
    let of_card = |(segment, card): (Option<&str>, &Scorecard)| -> Vec<String> {
        let of = segment.map_or_else(String::new, |name| format!("{name}: "));
        let one = |one: &Characteristic| {
            let why = one.against_risk.as_ref()?.trim_end_matches('.');
            Some(format!(
                "{of}the points of {} run against its direction of risk ({why}); {AGAINST_REASONS}",
                one.attribute
            ))
        };
        card.characteristics().iter().filter_map(one).collect()
    };
    model.cards().into_iter().flat_map(of_card).collect()
}

/// What follows for whoever reads a decision of such a card.
const AGAINST_REASONS: &str = "the texts of its reasons keep the registry's direction, so an adverse one may say the opposite of \
                               what cost the points";

/// Every bin of a characteristic with its points, causes of a missing value with equal points together.
pub(super) fn points(one: &Characteristic) -> Vec<(String, i64)> {
    let bins = one.bins.all().filter(|bin| !matches!(bin, BinRef::Missing(_)));
    let mut rows: Vec<(String, i64)> = bins.map(|bin| (one.bins.label(bin), one.bins.points(bin))).collect();
    let mut groups: Vec<(Vec<&str>, i64)> = vec![];
    for cause in Missing::ALL {
        let points = one.bins.missing_points(cause);
        match groups.iter_mut().find(|group| group.1 == points) {
            Some(group) => group.0.push(cause.code()),
            None => groups.push((vec![cause.code()], points)),
        }
    }
    // The largest group is the rest: naming the exceptions says more than naming all.
    groups.sort_by_key(|group| group.0.len());
    let last = groups.len().saturating_sub(1);
    rows.extend(groups.iter().enumerate().map(|(at, (causes, points))| {
        let causes = match (at == last, last) {
            (true, 0) => "any cause".to_owned(),
            (true, _) => "any other cause".to_owned(),
            (false, _) => causes.join(", "),
        };
        (missing_label(&causes), *points)
    }));
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    const CARD: &str = include_str!("../../core/defaults/card_consumer.toml");

    #[test]
    fn the_parts_of_a_model_file_make_the_file_again() {
        let text = Text::parse(CARD).expect("the shipped card");
        assert!(text.file.made_with.is_some() && text.baselines.is_empty());
        assert!(!text.hand.contains("made_with"));
        assert!(CARD.starts_with(&text.hand));
        let made_with = text.file.made_with.as_ref().expect("sealed");
        assert_eq!(seal(&text.unsealed(), made_with), CARD);
    }

    #[test]
    fn a_seal_that_the_engine_did_not_write_is_refused() {
        let card = CARD.replace("# Sealed: written by the engine, not by hand.", "# mine");
        let error = Text::parse(&card).err().expect("two authors of one table");
        assert!(error.to_string().contains("made_with"), "{error}");
    }

    #[test]
    fn what_a_lender_wrote_below_the_seal_is_never_cut_off() {
        let more = "\n[[characteristics]]\nattribute = \"txn_count_total_30d\"\nrationale = \"mine\"\nsource = \"mine\"\nneutral = 0\n\
                    bins = [{ below = 1, points = -1 }, { points = 0 }]\nmissing = { other = 0 }\n";
        let error = Text::parse(&format!("{CARD}{more}")).err().expect("it would be lost");
        assert!(error.to_string().contains("below the seal"), "{error}");
        for line in ["baseline = \"marginal\"\n", "# why\n"] {
            assert!(Text::parse(&format!("{CARD}{line}")).is_err(), "{line}");
        }
        let (hand, seal) = CARD.split_once("# Sealed: ").expect("sealed");
        let above = Text::parse(&format!("{hand}{more}\n# Sealed: {seal}")).expect("above it, it is the card's");
        assert!(above.hand.contains("txn_count_total_30d"));
    }

    #[test]
    fn causes_with_equal_points_stand_together_and_the_exceptions_by_name() {
        let model = Model::from_toml(CARD).expect("the shipped card");
        let card = model.card(None).expect("a card");
        let of = |name: &str| {
            let one = card.characteristics().iter().find(|one| one.attribute == name).expect("of the card");
            points(one)
        };
        // missing = { other = 0 }
        assert_eq!(of("nsf_od_event_count_90d").last(), Some(&("missing: any cause".to_owned(), 0)));
        assert_eq!(of("nsf_od_event_count_90d")[0], ("(-inf, 1)".to_owned(), 20));
        let recency = of("days_since_negative_balance");
        assert!(recency.contains(&("missing: no_such_event".to_owned(), 8)), "{recency:?}");
        assert_eq!(recency.last(), Some(&("missing: any other cause".to_owned(), 0)));
    }
}
