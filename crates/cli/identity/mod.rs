//! Identity data: owners of accounts, claims about them, and what comes of comparing the two.
//!
//! House law 9: owners never enter the scoring tables. Only the commands `ownership` and `payouts` use this module, and what
//! leaves it are ids, scores, verdicts and codes, never a name, an e-mail address, a phone number or an address. No type that
//! holds one prints itself.

pub(crate) mod claims;
mod flat;
pub(crate) mod listed;
pub(crate) mod payouts;
pub(crate) mod pull;
pub(crate) mod rules;
pub(crate) mod shape;
pub(crate) mod signals;
pub(crate) mod store;
pub(crate) mod summary;
pub(crate) mod tables;
pub(crate) mod weigh;
