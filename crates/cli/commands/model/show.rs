//! `cashline model show FILE`: what is inside a bundle or a model, with digests.

use std::{io::Write, path::PathBuf};

use anyhow::{Context as _, Result, bail};
use cashline_core::{
    bundle::{Bundle, Part},
    decide::policy::Policy,
    engine::{Engine, EngineParts},
    model::{Model, file::MadeWith, scorecard::EXTRA_PREFIX},
};
use clap::{Arg, ArgMatches, Command};

use super::file;
use crate::{load, screen};

pub(super) fn parser() -> Command {
    Command::new("show")
        .about("Show what is inside a bundle or a model, with digests, and whether this build runs it")
        .after_help("Exit code 1 when this build refuses to run it, a model beside the rules, attributes and reasons that ship.")
        .arg(file("A bundle (model freeze) or a model"))
        .arg(Arg::new("text").long("text").value_name("NAME").help("Print this text of the bundle instead"))
}

pub(super) fn run(matches: &ArgMatches) -> Result<u8> {
    let path = matches.get_one::<PathBuf>("file").expect("clap demands it");
    let text = load::text(path)?;
    let shown = || path.display().to_string();
    let mut out = screen::stdout();
    if !text.trim_start().starts_with('{') {
        let model = Model::from_toml(&text).with_context(shown)?;
        if matches.get_one::<String>("text").is_some() {
            bail!("{}: --text prints a text of a bundle, and this is a model", path.display());
        }
        write!(out, "{}", of_model(&model))?;
        // What else would stand beside it, a model does not say: what ships, and the extra columns that it reads.
        let extras = model.attributes().filter_map(|name| name.strip_prefix(EXTRA_PREFIX));
        let extra_columns: Vec<String> = extras.map(str::to_owned).collect();
        let parts = load::parts(load::Overlays { extra_columns: &extra_columns, ..load::Overlays::default() })?;
        return verdict(&mut out, Engine::new(EngineParts { model, ..parts }).map_err(Into::into));
    }
    let bundle = Bundle::parse(&text).with_context(shown)?;
    if let Some(name) = matches.get_one::<String>("text") {
        let found = bundle.texts().iter().find(|text| text.name == *name);
        let found =
            found.with_context(|| format!("the bundle holds no text `{name}`; without --text it lists them"))?;
        write!(out, "{}", found.text)?;
        return Ok(0);
    }
    write!(out, "{}", of_bundle(&bundle).with_context(shown)?)?;
    let engine = bundle.parts().and_then(|parts| Ok(Engine::new(parts)?));
    verdict(&mut out, engine.map_err(Into::into))
}

/// Whether this build runs it; the exit code.
fn verdict(out: &mut impl Write, engine: Result<Engine>) -> Result<u8> {
    match engine {
        Ok(_) => {
            writeln!(out, "\nthis build runs it")?;
            Ok(0)
        }
        Err(why) => {
            writeln!(out, "\nthis build refuses it: {why}")?;
            Ok(1)
        }
    }
}

fn of_bundle(bundle: &Bundle) -> Result<String> {
    let behaviour = bundle.behaviour();
    let settings = bundle.settings();
    let extras = settings.extra_columns.join(", ");
    let rows = bundle.texts().iter().map(|text| {
        vec![text.part.code().to_owned(), text.name.clone(), text.text.len().to_string(), text.sha256.clone()]
    });
    let mut page = format!("bundle {}\n", bundle.id());
    page += &format!("frozen by cashline {}\n", behaviour.engine_version);
    page += &format!("extra columns: {}\n", if extras.is_empty() { "none" } else { &extras });
    page += &format!("days that a balance stays fresh: {}\n\n", settings.balance_age_days_max);
    page += &screen::table(&["part", "name", "bytes", "sha256"], &[2], rows);
    let only = |part: Part| bundle.texts().iter().find(|text| text.part == part).map_or("", |text| text.text.as_str());
    let policy = Policy::from_toml(only(Part::Policy))?;
    page += &format!("\n\n{}", of_model(&Model::from_toml(only(Part::Model))?));
    page += &format!("\npolicy {} {}\n  id {}\n", policy.file().name, policy.file().version, policy.id());
    page += "\nbehaviour of the build that froze it\n";
    page += &format!("  calendar {}\n  places {}\n", behaviour.calendar, behaviour.places);
    page += &format!(
        "  labels of the examples of {} files of rules\n  values of {} attributes on {} probe applicants\n",
        behaviour.labels.len(),
        behaviour.attributes.definitions.len(),
        behaviour.attributes.values.len(),
    );
    Ok(page)
}

fn of_model(model: &Model) -> String {
    let file = model.file();
    let mut page = format!("model {} {}\n  id {}\n", file.name, file.version, model.id());
    page += &format!("  basis {}, scale {} to {}\n", file.score_basis.code(), file.scale.min, file.scale.max);
    match &file.made_with {
        None => page += "  not sealed\n",
        Some(MadeWith { probe, definitions, .. }) => {
            page += &format!("  sealed on probe {probe} to the definitions of\n");
            for (attribute, digest) in definitions {
                page += &format!("    {attribute} {digest}\n");
            }
        }
    }
    page
}
