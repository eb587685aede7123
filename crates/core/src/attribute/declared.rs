//! The attribute grammar: measure × filter × window × null rules, in TOML.

/// A checked expression.
#[derive(Clone, Debug)]
pub struct Expression {}
