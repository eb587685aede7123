//! `cashline fit EXPORT... --outcomes FILE -o DIR`: a model of the lender's own, from an export and what became of it.

mod files;
mod segments;
mod told;

use std::{collections::BTreeSet, path::PathBuf};

use anyhow::{Context as _, Result, bail};
use cashline_core::{
    attribute::{
        definition::{Compliance, Tiers},
        registry::ColumnId,
    },
    engine::Engine,
    model::{Model, ModelFile, file::Baselines, fingerprint::seal, scorecard::EXTRA_PREFIX},
    time::Day,
};
use cashline_io::{
    commit::{Interrupt, OutputLock, hash_file},
    manifest::{MANIFEST, canonical},
};
use cashline_lab::{
    development::{Developed, Groups, KeptApart, Method, Plan, develop, scores},
    metrics::Draws,
    outcomes::BadDefinition,
    report,
    scorecard::Recipe,
    select::Facts,
    validate::{Against, AgainstOptions, Direction, GroupTried, Options, Part, ValidateError, Validation, against},
};
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use serde::Serialize;

use super::{
    model::{against_risk, baseline::with_baselines},
    score,
};
use crate::{
    config::{self, Settings},
    develop::{self as sample, Development},
    load::{self, Overlays, load},
};

pub(super) use told::beside;

/// With fewer bads everything is needed to learn from, and the folds have to do.
const BADS_TO_KEEP_APART: usize = 300;

pub(super) fn parser() -> Command {
    let one = |name: &'static str, value: &'static str, help: &'static str| {
        Arg::new(name).long(name).value_name(value).help(help)
    };
    let path = |name: &'static str, help: &'static str| one(name, "FILE", help).value_parser(value_parser!(PathBuf));
    let command = Command::new("fit")
        .about("Develop a scorecard from an export and its outcomes: bin, select, fit, calibrate, validate, document")
        .after_help(
            "DIR gets model.toml (sealed), fit.json (the whole trail), validation.json, bins.csv, selection.csv, report.html.\n\n\
             A column of the applications is read with --extra-column and is a candidate when the recipe says what it is:\n  \
             [[extra_columns]]\n  name = \"extra:inquiries\"\n  family = \"inquiries\"       # one reason for each family\n  \
             risk = \"rises\"             # or falls, neither\n  reason = \"debt_burden\"     # the code of a reason\n  \
             has_reason = true\n  tier_core = true\n  compliance = \"model_ok\"",
        );
    sample::flags(config::matrix_flags(config::flags(command)))
        .mut_arg("tier", |arg| arg.help("Which attributes are candidates; default: core"))
        .mut_arg("columns", |arg| arg.help("These columns are the candidates, in the place of a tier's"))
        .arg(path("recipe", "What may be learnt and how, in TOML; default: set by the number of bads"))
        .arg(one("name", "NAME", "The model's name, in snake case; default: the recipe's"))
        .arg(
            one("allow", "COLUMN", "Let a column past the screens of compliance, tier and reason; recorded")
                .action(ArgAction::Append),
        )
        .arg(one(
            "keep-apart",
            "SHARE",
            "Applicants of whom nothing is learnt; default 0.3 from 300 bads on, else 0",
        ))
        .arg(
            one("keep-from", "DATE", "Keep apart the applications from this day on instead, but for those of applicants learnt from")
                .conflicts_with("keep-apart"),
        )
        .arg(one("folds", "RxK", "Repeats and folds (of applicants) of the cross-validation; default 1x5 from 300 bads on, else 10x5"))
        .arg(one(
            "keep-group",
            "LABEL",
            "Keep apart the applications of this group instead; every other group is tried in turn all the same",
        )
        .requires("by-group")
        .conflicts_with_all(["keep-apart", "keep-from"]))
        .arg(one(
            "segments",
            "FILE",
            "A card for each segment, in TOML, or `defaults`: thin files, businesses, returning customers (data/segments.toml)",
        ))
        .arg(
            one("calibration", "METHOD", "How a score becomes a probability; default: platt")
                .value_parser(["platt", "isotonic", "none"]),
        )
        .arg(
            Arg::new("out")
                .short('o')
                .long("out")
                .value_name("DIR")
                .required(true)
                .value_parser(value_parser!(PathBuf))
                .help("Where the model goes, whole or absent"),
        )
        .args(config::row_gate_args())
        .arg(
            Arg::new("overwrite")
                .long("overwrite")
                .action(ArgAction::SetTrue)
                .help("Replace what stands in DIR, atomically"),
        )
}

/// Everything that the files are made of.
struct Done<'a> {
    developed: &'a Developed,
    development: &'a Development,
    /// The name of each incumbent beside the comparison.
    against: Vec<(String, Against)>,
    /// Why other scores are none of them.
    not_compared: Vec<String>,
    model: String,
    model_id: String,
    /// SHA-256 of the outcomes file.
    outcomes: String,
    /// Of the definition of a bad outcome.
    window_days: u32,
    /// The days of a horizon that nobody stated.
    horizon_assumed: Option<u32>,
    /// Columns of the applications that no recipe lists, so that they are no candidates.
    unlisted: Vec<String>,
    /// Of which characteristics the points run against their direction of risk.
    against_risk: Vec<String>,
}

pub(super) fn run(matches: &ArgMatches) -> Result<u8> {
    let settings = config::settings(matches)?;
    if matches.get_flag("dry-run") {
        return score::dry_run(&settings);
    }
    let asked = sample::Asked::of(matches)?;
    let (mut recipe, horizon_assumed) = recipe(matches, &asked.definition)?;
    let segments = matches.get_one::<String>("segments");
    let segments = segments.map(|name| segments::read(name, &recipe, &settings.extra_columns)).transpose()?;
    if let Some(segments) = &segments {
        segments::widen(&mut recipe, segments);
    }
    let champion = load(&settings)?.engine.model().clone();
    let loaded = load::load_for(&settings, Some(&recipe.header.population.holder_kinds))?;
    recipe.check_columns(&known(&loaded.engine))?;
    let out = matches.get_one::<PathBuf>("out").expect("clap demands it");
    // Held before the work, so that a directory that cannot be written costs no night.
    let output = OutputLock::take(out)?.write(settings.commit(matches.get_flag("overwrite")))?;
    let interrupt = Interrupt::install().context("signals cannot be watched")?;
    let run = score::plan(&settings, &loaded)?;
    let candidates = columns(&loaded.engine, &settings, &recipe)?;
    let mut columns = candidates.clone();
    if let Some(segments) = &segments {
        columns.extend(segments::columns(segments, &loaded.engine)?);
        columns.sort_unstable();
        columns.dedup();
    }
    let wanted = sample::Wanted { columns: &columns, segments: segments.as_ref(), champion: &champion };
    let development = sample::develop(&run, &loaded.engine, wanted, &asked, &interrupt)?;
    let population = &mut recipe.header.population;
    match (population.currency, development.currency) {
        (Some(stated), found) if stated != found => bail!(
            "the recipe is for amounts in {}, and the applications are in {}; bins of money are in minor units of one currency",
            stated.as_str(),
            found.as_str()
        ),
        (_, found) => population.currency = Some(found),
    }
    let plan = Plan { segments, ..plan(matches, &asked, &development)? };
    let facts = facts(&loaded.engine, &development, &candidates, &settings, &recipe);
    let developed = develop(&development.sample, &facts, &recipe, &plan)?;
    interrupt.check()?;
    let (model, model_id) = sealed(&developed, &settings)?;
    let against_risk = against_risk(&Model::from_toml(&model)?);
    let (against, not_compared) = compared(&asked, &developed, &development, &champion)?;
    let (_, outcomes) = hash_file(&asked.path).with_context(|| asked.path.display().to_string())?;
    let names = development.sample.columns.iter().map(|column| column.name.clone());
    let unlisted = names.filter(|name| name.starts_with(EXTRA_PREFIX) && facts.iter().all(|one| one.name != *name));
    let (unlisted, window_days) = (unlisted.collect(), asked.definition.window_days);
    let done = Done {
        developed: &developed,
        development: &development,
        against,
        not_compared,
        model,
        model_id,
        outcomes,
        window_days,
        horizon_assumed,
        unlisted,
        against_risk,
    };
    publish(output, &done)?;
    told::tell(&done, out)
}

/// The recipe, and the days of its horizon when neither it nor the window says them.
fn recipe(matches: &ArgMatches, definition: &BadDefinition) -> Result<(Recipe, Option<u32>)> {
    let mut stated = toml::Table::new();
    let mut recipe = match matches.get_one::<PathBuf>("recipe") {
        Some(path) => {
            let text = load::text(path)?;
            let recipe = toml::from_str(&text).with_context(|| path.display().to_string())?;
            let mut whole: toml::Table = text.parse().with_context(|| path.display().to_string())?;
            if let Some(toml::Value::Table(header)) = whole.remove("header") {
                stated = header;
            }
            recipe
        }
        None => Recipe::default(),
    };
    if let Some(name) = matches.get_one::<String>("name") {
        config::snake_case("--name", name)?;
        recipe.header.name.clone_from(name);
    }
    // What the outcomes were told to mean, unless the recipe says it of itself.
    let is_stated = stated.contains_key("horizon_days");
    if 0 < definition.window_days && !is_stated {
        recipe.header.horizon_days = definition.window_days;
    }
    if !stated.contains_key("target") {
        recipe.header.target = format!("not {}", definition.text);
    }
    recipe.allow.extend(matches.get_many::<String>("allow").into_iter().flatten().cloned());
    let assumed = (definition.window_days == 0 && !is_stated).then_some(recipe.header.horizon_days);
    Ok((recipe, assumed))
}

/// Every column that a recipe can name: the registry's and the extra ones that the run declares.
fn known(engine: &Engine) -> BTreeSet<String> {
    let columns = engine.registry().columns().iter().map(|column| column.name.clone());
    columns.chain(engine.options().extras.iter().map(|name| format!("{EXTRA_PREFIX}{name}"))).collect()
}

/// What may be looked at: columns that a model may use, or those that were named, and those that somebody let in.
fn columns(engine: &Engine, settings: &Settings, recipe: &Recipe) -> Result<Vec<ColumnId>> {
    let registry = engine.registry();
    let mut columns = match settings.columns.as_slice() {
        [] => {
            let is_permitted = |column: &ColumnId| registry.definition(*column).compliance == Compliance::ModelOk;
            registry.chosen(settings.tier).into_iter().filter(is_permitted).collect()
        }
        // The screens say of each why it is in or out.
        named => registry.named(named)?,
    };
    columns.extend(recipe.allow.iter().filter_map(|name| registry.column(name)));
    columns.sort_unstable();
    columns.dedup();
    Ok(columns)
}

/// What the registry says of each candidate, and the recipe of the lender's own. Whoever asks for another tier or for columns by
/// name is offered them; a column that only routing reads is none.
fn facts(
    engine: &Engine,
    development: &Development,
    candidates: &[ColumnId],
    settings: &Settings,
    recipe: &Recipe,
) -> Vec<Facts> {
    let registry = engine.registry();
    let asked_for = settings.tier != Tiers::Core || !settings.columns.is_empty();
    let of = |name: &String| {
        let known =
            Facts::of(registry, name).filter(|_| registry.column(name).is_some_and(|id| candidates.contains(&id)));
        known.map(|facts| Facts { tier_core: facts.tier_core || asked_for, ..facts })
    };
    let names = development.sample.columns.iter().map(|column| &column.name);
    names.filter_map(of).chain(recipe.extra_columns.iter().cloned()).collect()
}

fn plan(matches: &ArgMatches, asked: &sample::Asked, development: &Development) -> Result<Plan> {
    let bads = development.sample.bad.iter().filter(|bad| **bad).count();
    let enough = BADS_TO_KEEP_APART <= bads;
    let text = |name: &str| matches.get_one::<String>(name).map(String::as_str);
    let groups = asked.by_group.as_ref().map(|by| -> Result<Groups> {
        let own = || {
            Ok(match by.as_str() {
                "institution" => Some(development.institution.clone()),
                "segment" => Some(development.sample.segment.clone()),
                _ => None,
            })
        };
        let labels = sample::groups(asked, by, &development.outcomes, &development.sample.keys, own)?;
        Ok(Groups { by: by.clone(), labels })
    });
    let groups = groups.transpose()?;
    let kept_apart = match (text("keep-from"), text("keep-apart")) {
        _ if text("keep-group").is_some() => {
            KeptApart::Group { label: text("keep-group").unwrap_or_default().to_owned() }
        }
        (Some(day), _) => KeptApart::From { second: second(day)? },
        (None, Some(share)) => match share.trim().parse::<f64>() {
            Ok(0.0) => KeptApart::Nothing,
            Ok(share) if 0.0 < share && share < 1.0 => KeptApart::Share { share, seed: asked.seed },
            _ => bail!("--keep-apart: `{share}` is no share between 0 and 1"),
        },
        (None, None) if enough => KeptApart::Share { share: 0.3, seed: asked.seed },
        (None, None) => KeptApart::Nothing,
    };
    let folds = match text("folds") {
        None if enough => (1, 5),
        None => (10, 5),
        Some(text) => {
            let both = text.split_once('x').and_then(|(repeats, k)| Some((repeats.parse().ok()?, k.parse().ok()?)));
            both.filter(|(repeats, k)| 0 < *repeats && 1 < *k)
                .with_context(|| format!("--folds: `{text}` is not like 10x5"))?
        }
    };
    let calibration = match text("calibration") {
        Some("none") => Method::None,
        Some("isotonic") => Method::Isotonic,
        _ => Method::Platt,
    };
    let counts = &development.counts.outcomes;
    Ok(Plan {
        kept_apart,
        folds,
        calibration,
        validation: Options { draws: Draws { count: asked.draws, seed: asked.seed }, ..Options::default() },
        bad: asked.definition.clone(),
        source: asked.source.clone(),
        left_out: (
            counts.indeterminate as u64,
            (counts.immature + counts.before_application + counts.unscored + counts.unknown) as u64,
        ),
        late_bads: counts.late_bads,
        segments: None,
        groups,
    })
}

fn second(day: &str) -> Result<i64> {
    match config::moment("--keep-from", day)? {
        cashline_core::row::AsOf::Date(Day(day)) => Ok(i64::from(day) * 86_400),
        cashline_core::row::AsOf::Instant(second) => Ok(second),
    }
}

/// The model file's text, sealed to this build, and its id; proven to load.
fn sealed(developed: &Developed, settings: &Settings) -> Result<(String, String)> {
    let mut parts = load::parts(Overlays {
        rules: &settings.rules,
        attributes: &settings.attributes,
        reasons: settings.reasons.as_deref(),
        extra_columns: &settings.extra_columns,
    })?;
    // The computed part apart from what a lender may edit, as `model baseline` writes it anew.
    let file = &developed.file;
    let text = match &file.baselines.all {
        Some(_) => {
            let hand = ModelFile { baselines: Baselines::default(), ..file.clone() };
            with_baselines(&hand.to_toml(), "# `all`: every application learnt from.", &file.baselines, None)
        }
        None => file.to_toml(),
    };
    let made_with = parts.made_with(&Model::from_toml(&text)?)?;
    let text = seal(&text, &made_with);
    parts.model = Model::from_toml(&text)?;
    let id = parts.model.id().to_owned();
    Engine::new(parts).context("the fitted model does not load")?;
    Ok((text, id))
}

/// What the card was held against, by name, and why other scores are not among it.
type Compared = (Vec<(String, Against)>, Vec<String>);

/// The fitted card beside the engine's own model and each incumbent, on the rows kept apart, else on out-of-fold scores; and why
/// not beside the engine's own, which nobody asked for by name and which need not score such applicants.
fn compared(
    asked: &sample::Asked,
    developed: &Developed,
    development: &Development,
    champion_model: &Model,
) -> Result<Compared> {
    let whole = &development.sample;
    let (rows, ours): (&[usize], Vec<f64>) = match developed.split.test.as_slice() {
        [] => {
            // Folds speak in log odds of good; a cut-off is read in scores.
            let (scale, odds) = (developed.fitted.scale(), developed.cross.scores.first());
            (&developed.split.train, odds.into_iter().flatten().map(|good| scale.score(-good)).collect())
        }
        test => (test, scores(&developed.fitted, &whole.take(test))?),
    };
    let tried = whole.take(rows);
    let options = AgainstOptions { draws: Draws { count: asked.draws, seed: asked.seed }, ..AgainstOptions::default() };
    #[expect(clippy::cast_precision_loss, reason = "scores stay far below 2^53")]
    let real = |score: i64| score as f64;
    let with = |incumbent: &[Option<f64>], direction: Direction| {
        let options = AgainstOptions { direction, ..options.clone() };
        against(&ours, incumbent, &tried.bad, Some(&tried.weight), None, &options)
    };
    let champion: Vec<Option<f64>> = rows.iter().map(|row| development.champion[*row].map(real)).collect();
    let (mut found, mut not_compared) = (vec![], vec![]);
    let name = champion_model.file().name.clone();
    match (champion.iter().all(Option::is_none), with(&champion, Direction::HigherIsSafer)) {
        (true, _) => not_compared.push(format!("not held against {name}: it scores no such applicants")),
        (false, Ok(compared)) => found.push((name, compared)),
        (false, Err(error)) => not_compared.push(format!("not held against {name}: {error}")),
    }
    for (name, direction) in &asked.against {
        let incumbent = sample::numbers(&development.outcomes, name, &tried.keys)?;
        match with(&incumbent, *direction) {
            Ok(compared) => found.push((name.clone(), compared)),
            // Nothing to compare on is no fault of the fit.
            Err(error @ ValidateError::Incumbent { .. }) => {
                not_compared.push(format!("not held against {name}: {error}"));
            }
            Err(error) => return Err(error).with_context(|| format!("--against {name}")),
        }
    }
    Ok((found, not_compared))
}

/// Everything measured, as JSON.
#[derive(Serialize)]
struct Measured<'a> {
    model_id: &'a str,
    sample: &'a sample::DevelopmentCounts,
    learnt_from: usize,
    kept_apart: usize,
    /// Neither learnt from nor tried: of applicants who are learnt from.
    left_out: usize,
    learnt: &'a Validation,
    cross: &'a cashline_lab::validate::CrossValidation,
    tried: Option<&'a Validation>,
    #[serde(skip_serializing_if = "<[Part]>::is_empty")]
    by_segment: &'a [Part],
    #[serde(skip_serializing_if = "<[GroupTried]>::is_empty")]
    by_group: &'a [GroupTried],
    against: Vec<Named<'a>>,
}

#[derive(Serialize)]
struct Named<'a> {
    incumbent: &'a str,
    #[serde(flatten)]
    found: &'a Against,
}

fn publish(mut output: cashline_io::commit::Output, done: &Done<'_>) -> Result<()> {
    let Done { developed, development, against, model, model_id, .. } = done;
    let measured = Measured {
        model_id,
        sample: &development.counts,
        learnt_from: developed.split.train.len(),
        kept_apart: developed.split.test.len(),
        left_out: developed.split.left_out.len(),
        learnt: &developed.learnt,
        cross: &developed.cross,
        tried: developed.tried.as_ref(),
        by_segment: &developed.by_segment,
        by_group: &developed.by_group,
        against: against.iter().map(|(incumbent, found)| Named { incumbent, found }).collect(),
    };
    output.put("model.toml", model.as_bytes())?;
    output.put("fit.json", &json(&developed.fitted)?)?;
    output.put("validation.json", &json(&measured)?)?;
    output.put("bins.csv", &files::bins(&developed.fitted)?)?;
    output.put("selection.csv", &files::selection(&developed.fitted)?)?;
    output.put("report.html", report::render(&told::page(done))?.as_bytes())?;
    let files: std::collections::BTreeMap<&str, &str> =
        output.files().iter().map(|file| (file.name.as_str(), file.sha256.as_str())).collect();
    let manifest = canonical(&serde_json::json!({
        "schema": 1,
        "kind": "fit",
        "model_id": model_id,
        "outcomes": &done.outcomes,
        "files": files,
    }));
    output.put(MANIFEST, manifest.as_bytes())?;
    Ok(output.commit()?)
}

fn json(value: &impl Serialize) -> Result<Vec<u8>> {
    let mut bytes = serde_json::to_vec_pretty(value)?;
    bytes.push(b'\n');
    Ok(bytes)
}
