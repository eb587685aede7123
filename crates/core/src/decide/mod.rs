//! Decisions: reasons ranked, policy applied. Fails closed.
