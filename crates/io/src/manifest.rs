//! manifest.
pub const MANIFEST: &str = "manifest.json";
