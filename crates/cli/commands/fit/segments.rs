//! The flags of a fit that part its applications: cards of several segments, and groups to be left out in turn.

use std::path::Path;

use anyhow::{Context as _, Result, bail};
use cashline_core::{
    attribute::{definition::Compliance, registry::ColumnId},
    engine::Engine,
    model::{file::Holder, scorecard::EXTRA_PREFIX, segmented::Condition},
};
use cashline_lab::scorecard::{Recipe, Segments};

use crate::load;

/// What `--segments defaults` means.
const DEFAULTS: &str = include_str!("../../../../data/segments.toml");

/// The segments asked for. Those of the defaults that the run cannot tell are left out.
pub(super) fn read(name: &str, recipe: &Recipe, extra_columns: &[String]) -> Result<Segments> {
    if name != "defaults" {
        let segments: Segments = toml::from_str(&load::text(Path::new(name))?).with_context(|| name.to_owned())?;
        segments.check().with_context(|| name.to_owned())?;
        return Ok(segments);
    }
    let mut segments: Segments = toml::from_str(DEFAULTS).context("the default segments")?;
    let can_be_told = |when: &Condition| match when {
        Condition::Attribute { name, .. } => match name.strip_prefix(EXTRA_PREFIX) {
            Some(extra) => extra_columns.iter().any(|known| known == extra),
            None => true,
        },
        Condition::Holder { is, .. } => recipe.header.population.holder_kinds.contains(is),
        Condition::Sufficiency { .. } => true,
    };
    segments.segments.retain(|one| one.when.iter().all(can_be_told));
    segments.check()?;
    Ok(segments)
}

/// The columns that routing reads, checked now rather than after the fit: known, and permitted in a model.
pub(super) fn columns(segments: &Segments, engine: &Engine) -> Result<Vec<ColumnId>> {
    let registry = engine.registry();
    let mut columns = vec![];
    for name in segments.conditions().filter_map(Condition::attribute) {
        if let Some(extra) = name.strip_prefix(EXTRA_PREFIX) {
            if !engine.options().extras.iter().any(|known| known == extra) {
                bail!("--segments: routing reads `{name}`; declare it with --extra-column {extra}");
            }
            continue;
        }
        let Some(column) = registry.column(name) else {
            bail!("--segments: routing reads `{name}`, which this version lacks (cashline catalogue attributes)")
        };
        if registry.definition(column).compliance != Compliance::ModelOk {
            bail!("--segments: routing reads `{name}`, which no model may use; routing is part of the decision");
        }
        columns.push(column);
    }
    Ok(columns)
}

/// Kinds of holders that segments name and the recipe's population lacks: a segment says whom the model is for.
pub(super) fn widen(recipe: &mut Recipe, segments: &Segments) {
    let kinds = &mut recipe.header.population.holder_kinds;
    for when in segments.conditions() {
        if let Condition::Holder { is, .. } = when
            && !kinds.contains(is)
        {
            kinds.push(*is);
        }
    }
    kinds.sort_by_key(|kind| *kind == Holder::Account);
}
