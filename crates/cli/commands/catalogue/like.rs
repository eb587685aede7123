//! `cashline catalogue attributes --like NAME|FILE`: what others call an attribute, and which column of ours is nearest.

use std::path::Path;

use anyhow::{Context as _, Result, bail};
use cashline_core::{
    attribute::like::{TABLES, read},
    engine::Engine,
};

use super::Listing;

/// The tables whose name begins with what was asked for, or a file.
pub(super) fn listing(engine: &Engine, asked: &str) -> Result<Listing> {
    let registry = engine.registry();
    let shipped: Vec<(&str, &str)> = TABLES.into_iter().filter(|(name, _)| name.starts_with(asked)).collect();
    let mut rows = vec![];
    for (name, text) in &shipped {
        rows.extend(read(name, text, registry)?);
    }
    if shipped.is_empty() {
        let path = Path::new(asked);
        if !path.exists() {
            let names = TABLES.map(|(name, _)| name).join(", ");
            bail!("`{asked}` is neither a file nor a table; tables are {names}");
        }
        let text = std::fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))?;
        rows = read(asked, &text, registry)?;
    }
    let shown = rows.into_iter().map(|row| {
        let meant = registry.column(&row.ours).map(|column| registry.definition(column).definition.clone());
        vec![row.theirs, row.ours, row.exactness.code().to_owned(), row.note, meant.unwrap_or_default()]
    });
    Ok((vec!["theirs", "ours", "exactness", "note", "our definition"], shown.collect()))
}
