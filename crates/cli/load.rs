//! From settings to an engine: files read, parts married, digests of everything that decides the result.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail};
use cashline_core::{
    bundle::{Bundle, Part, Sources},
    category::{categoriser::Categoriser, taxonomy::Taxonomy},
    decide::policy::Policy,
    engine::{Engine, EngineParts, Options},
    institution::{Known, Names, Provision, Verdict},
    limits::CONFIG_BYTES_MAX,
    model::{Model, file::Holder},
    reason::Dictionary,
};
use cashline_io::{
    plain::PlainTable,
    read::{
        ReadOptions,
        mapping::{Mapping, PRESETS},
    },
};

use crate::config::Settings;

/// An engine and what it was made of.
pub(crate) struct Loaded {
    pub(crate) engine: Engine,
    pub(crate) read: ReadOptions,
    /// What decides beside the engine and the reading, SHA-256 by name, for the manifest.
    pub(crate) digests: BTreeMap<String, String>,
}

/// Files that stand beside or instead of what ships, and the extra columns that a model may read.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Overlays<'a> {
    pub(crate) rules: &'a [PathBuf],
    pub(crate) attributes: &'a [PathBuf],
    pub(crate) reasons: Option<&'a Path>,
    pub(crate) extra_columns: &'a [String],
}

/// The parts of an engine with the shipped model and no policy.
pub(crate) fn parts(overlays: Overlays<'_>) -> Result<EngineParts> {
    let shipped = if overlays.rules.is_empty() {
        EngineParts::builtin()
    } else {
        let texts = texts(overlays.rules)?;
        let files: Vec<(&str, &str)> = texts.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        EngineParts::with_rules(Categoriser::new(Taxonomy::builtin(), &files)?)
    };
    let mut parts = shipped.context("the shipped files contradict each other: a defect of this build")?;
    for (name, text) in texts(overlays.attributes)? {
        parts.registry.extend(&name, &text, parts.categoriser.taxonomy())?;
    }
    if let Some(path) = overlays.reasons {
        parts.reasons = Dictionary::from_toml(&text(path)?).with_context(|| path.display().to_string())?;
    }
    parts.options = Options { extras: overlays.extra_columns.to_vec(), ..Options::default() };
    Ok(parts)
}

/// What a lender chose to decide with: a bundle, or files one by one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Choice {
    pub(crate) bundle: Option<PathBuf>,
    pub(crate) model: Option<PathBuf>,
    pub(crate) policy: Option<PathBuf>,
    pub(crate) reasons: Option<PathBuf>,
    pub(crate) rules: Vec<PathBuf>,
    pub(crate) attributes: Vec<PathBuf>,
    pub(crate) extra_columns: Vec<String>,
    pub(crate) institution_names: Option<PathBuf>,
    pub(crate) mapping: Option<String>,
}

impl Choice {
    fn of(settings: &Settings) -> Choice {
        Choice {
            bundle: settings.bundle.clone(),
            model: settings.model.clone(),
            policy: settings.policy.clone(),
            reasons: settings.reasons.clone(),
            rules: settings.rules.clone(),
            attributes: settings.attributes.clone(),
            extra_columns: settings.extra_columns.clone(),
            institution_names: settings.institution_names.clone(),
            mapping: settings.mapping.clone(),
        }
    }

    /// How many files the lender gave; a preset mapping is ours.
    pub(crate) fn files(&self) -> usize {
        let single = [&self.model, &self.policy, &self.reasons, &self.institution_names].into_iter().flatten().count();
        let is_preset = |name: &String| PRESETS.iter().any(|preset| preset.0 == name);
        let mapping = usize::from(self.mapping.as_ref().is_some_and(|name| !is_preset(name)));
        single + mapping + self.rules.len() + self.attributes.len()
    }

    /// The texts to freeze: what ships, and the lender's own in its place.
    pub(crate) fn sources(&self) -> Result<Sources> {
        let mut sources = Sources::shipped();
        let single = [
            (Part::Model, &self.model),
            (Part::Policy, &self.policy),
            (Part::Reasons, &self.reasons),
            (Part::Institutions, &self.institution_names),
        ];
        let many = [(Part::OwnRules, &self.rules), (Part::OwnAttributes, &self.attributes)];
        let paths = single.into_iter().flat_map(|(part, path)| path.iter().map(move |path| (part, path)));
        for (part, path) in
            paths.chain(many.into_iter().flat_map(|(part, paths)| paths.iter().map(move |one| (part, one))))
        {
            sources.put(part, &path.display().to_string(), &text(path)?);
        }
        if let Some(name) = &self.mapping {
            // Read once for its faults, so that no bundle holds a mapping that no run can use.
            mapping(name)?;
            let preset = PRESETS.iter().find(|preset| preset.0 == name).map(|preset| preset.1.to_owned());
            sources.put(Part::Mapping, name, &preset.map_or_else(|| text(Path::new(name)), Ok)?);
        }
        sources.extra_columns(&self.extra_columns);
        Ok(sources)
    }

    /// The parts of the engine, the mapping and the extra columns.
    pub(crate) fn open(&self) -> Result<Opened> {
        let Some(path) = &self.bundle else { return self.loose() };
        let shown = || path.display().to_string();
        let bundle = Bundle::parse(&text(path)?).with_context(shown)?;
        let held = bundle.texts().iter().find(|text| text.part == Part::Mapping);
        self.refuse_beside(held.is_some()).with_context(shown)?;
        let mapping = match (held, &self.mapping) {
            (Some(text), _) => Some(Mapping::parse(&text.text, Path::new(&text.name))?),
            (None, Some(name)) => Some(mapping(name)?),
            (None, None) => None,
        };
        let extra_columns = bundle.settings().extra_columns.clone();
        let parts = bundle.parts().with_context(shown)?;
        Ok(Opened { parts, bundle: Some(bundle.id().to_owned()), mapping, extra_columns })
    }

    fn loose(&self) -> Result<Opened> {
        let mut parts = parts(Overlays {
            rules: &self.rules,
            attributes: &self.attributes,
            reasons: self.reasons.as_deref(),
            extra_columns: &self.extra_columns,
        })?;
        if let Some(path) = &self.model {
            parts.model = Model::from_toml(&text(path)?).with_context(|| path.display().to_string())?;
        }
        if let Some(path) = &self.policy {
            parts.policy = Policy::from_toml(&text(path)?).with_context(|| path.display().to_string())?;
        }
        if let Some(path) = &self.institution_names {
            parts.institutions.names = Names::from_toml(&text(path)?).with_context(|| path.display().to_string())?;
        }
        let mapping = self.mapping.as_deref().map(mapping).transpose()?;
        Ok(Opened { parts, bundle: None, mapping, extra_columns: self.extra_columns.clone() })
    }

    /// A bundle is the whole answer to what decides; nothing beside it may change that.
    fn refuse_beside(&self, holds_mapping: bool) -> Result<()> {
        let given = [
            ("model", self.model.is_some()),
            ("policy", self.policy.is_some()),
            ("reasons", self.reasons.is_some()),
            ("rules", !self.rules.is_empty()),
            ("attributes", !self.attributes.is_empty()),
            ("extra-column", !self.extra_columns.is_empty()),
            ("institution-names", self.institution_names.is_some()),
            ("mapping", holds_mapping && self.mapping.is_some()),
        ];
        let given: Vec<&str> = given.iter().filter(|one| one.1).map(|one| one.0).collect();
        if given.is_empty() {
            return Ok(());
        }
        bail!(
            "the bundle holds all that decides, so {} may not be given beside it; freeze a new bundle",
            given.join(", ")
        )
    }
}

/// What a choice opened.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) parts: EngineParts,
    /// The id of the bundle.
    pub(crate) bundle: Option<String>,
    pub(crate) mapping: Option<Mapping>,
    pub(crate) extra_columns: Vec<String>,
}

/// Builds the engine that the settings describe; everything that can be wrong with them is wrong here.
pub(crate) fn load(settings: &Settings) -> Result<Loaded> {
    load_for(settings, None)
}

/// The same, and the model scores holders of these kinds too, whomever it was made for, model and policy in any currency: what is
/// learnt from them is another's.
pub(crate) fn load_for(settings: &Settings, holders: Option<&[Holder]>) -> Result<Loaded> {
    let Opened { mut parts, bundle, mapping, extra_columns } = Choice::of(settings).open()?;
    if let Some(holders) = holders {
        let mut file = parts.model.file().clone();
        let population = &mut file.population;
        let is_new = |kind: &&Holder| !population.holder_kinds.contains(kind);
        let new: Vec<Holder> = holders.iter().filter(is_new).copied().collect();
        if !new.is_empty() || population.currency.is_some() {
            population.holder_kinds.extend(new);
            population.currency = None;
            parts.model = file.check()?;
        }
        parts.policy = parts.policy.in_any_currency();
    }
    for path in &settings.challengers {
        let challenger = Model::from_toml(&text(path)?).with_context(|| path.display().to_string())?;
        parts.challengers.push(challenger);
    }
    if let Some(path) = &settings.institutions {
        parts.institutions.known = Some(known(path, &parts.institutions.names)?);
    }
    let ahead = settings.threads != 1;
    let read = ReadOptions { mapping, extra_columns, drop_columns: settings.drop_columns.clone(), ahead };
    let digests = bundle.into_iter().map(|id| ("bundle".to_owned(), id)).collect();
    Ok(Loaded { engine: Engine::new(parts)?, read, digests })
}

/// What a report of `cashline institutions` says, or a lender who edited it.
fn known(path: &Path, names: &Names) -> Result<Known> {
    let table = PlainTable::read(path)?;
    let shown = || path.display().to_string();
    let institutions = table.wanted("institution")?;
    let columns: Vec<_> = Provision::ALL.iter().map(|one| table.wanted(one.code())).collect::<Result<_, _>>()?;
    let mut rows = vec![];
    for (at, institution) in institutions.iter().enumerate() {
        // A report says, too, what it saw in accounts that name no institution.
        let Some(name) = institution.as_deref().and_then(|text| names.of(table.copied(text))) else { continue };
        let mut verdicts = [Verdict::Few; 4];
        for ((verdict, column), provision) in verdicts.iter_mut().zip(&columns).zip(Provision::ALL) {
            let cell = column[at].as_deref().unwrap_or_default();
            *verdict = Verdict::parse(cell).with_context(|| {
                let words = Verdict::ALL.map(Verdict::code).join(", ");
                format!("{}: row {}: `{}` is none of {words}", shown(), at + 1, provision.code())
            })?;
        }
        rows.push((name, verdicts));
    }
    Known::of(rows).with_context(shown)
}

/// A preset's name or a file.
fn mapping(name: &str) -> Result<Mapping> {
    if PRESETS.iter().any(|preset| preset.0 == name) {
        Ok(Mapping::preset(name)?)
    } else {
        Ok(Mapping::load(Path::new(name))?)
    }
}

fn texts(paths: &[PathBuf]) -> Result<Vec<(String, String)>> {
    paths.iter().map(|path| Ok((path.display().to_string(), text(path)?))).collect()
}

/// Reads a file of settings that the user named, within the limit: the only way to read one.
pub(crate) fn text(path: &Path) -> Result<String> {
    let bytes = std::fs::metadata(path).map(|facts| facts.len()).unwrap_or(0);
    if CONFIG_BYTES_MAX < bytes {
        bail!("{}: {bytes} bytes are more than the limit of {CONFIG_BYTES_MAX}", path.display());
    }
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(text),
        // What the user named cannot be used: usage, not a failure of the system.
        Err(error) => bail!("{}: cannot be read: {error}", path.display()),
    }
}
