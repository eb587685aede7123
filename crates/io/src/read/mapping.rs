//! Mapping files: how someone else's export maps to our columns. TOML with a closed schema; presets ship with the binary.

/// A checked mapping.
#[derive(Clone, Debug, Default)]
pub struct Mapping {}
