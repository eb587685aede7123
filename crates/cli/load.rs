//! From settings to an engine: files read, parts married, digests of everything that decides the result.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail};
use cashline_core::{
    category::{categoriser::Categoriser, taxonomy::Taxonomy},
    decide::policy::Policy,
    engine::{Engine, EngineParts, Options},
    limits::CONFIG_BYTES_MAX,
    model::Model,
    reason::Dictionary,
};
use cashline_io::{
    commit::sha256,
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
    /// SHA-256 by name, for the manifest.
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

/// The parts of an engine with the shipped model and no policy, and the digests of the attribute files.
pub(crate) fn parts(overlays: Overlays<'_>) -> Result<(EngineParts, BTreeMap<String, String>)> {
    let mut digests = BTreeMap::new();
    let mut parts =
        EngineParts::builtin().context("the shipped files contradict each other: a defect of this build")?;
    if !overlays.rules.is_empty() {
        let texts = texts(overlays.rules)?;
        let files: Vec<(&str, &str)> = texts.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        parts.categoriser = Categoriser::new(Taxonomy::builtin(), &files)?;
    }
    for (name, text) in texts(overlays.attributes)? {
        digests.insert(format!("attributes {name}"), sha256(text.as_bytes()));
        parts.registry.extend(&name, &text, parts.categoriser.taxonomy())?;
    }
    if let Some(path) = overlays.reasons {
        parts.reasons = Dictionary::from_toml(&text(path)?).with_context(|| path.display().to_string())?;
    }
    parts.options = Options { extras: overlays.extra_columns.to_vec(), ..Options::default() };
    Ok((parts, digests))
}

/// Builds the engine that the settings describe; everything that can be wrong with them is wrong here.
pub(crate) fn load(settings: &Settings) -> Result<Loaded> {
    let (mut parts, digests) = parts(Overlays {
        rules: &settings.rules,
        attributes: &settings.attributes,
        reasons: settings.reasons.as_deref(),
        extra_columns: &settings.extra_columns,
    })?;
    if let Some(path) = &settings.model {
        parts.model = Model::from_toml(&text(path)?).with_context(|| path.display().to_string())?;
    }
    if let Some(path) = &settings.policy {
        parts.policy = Policy::from_toml(&text(path)?).with_context(|| path.display().to_string())?;
    }
    let mapping = settings.mapping.as_deref().map(mapping).transpose()?;
    let read = ReadOptions {
        mapping,
        extra_columns: settings.extra_columns.clone(),
        drop_columns: settings.drop_columns.clone(),
    };
    Ok(Loaded { engine: Engine::new(parts)?, read, digests })
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

/// Reads a configuration file, within the limit.
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
