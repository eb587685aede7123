//! Decisions: reasons ranked, policy applied. Fails closed.

pub mod policy;
pub mod reasons;
pub mod scorable;
