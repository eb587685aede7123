//! Integer accumulators of a ledger: (purpose, instrument, role, direction) leaves × age rings, and the daily balances.
//!
//! Filters are unions of leaves, windows are unions of rings, so an attribute costs nothing per row, a lender's own included.

use crate::{application::Application, category::taxonomy::Taxonomy, ledger::Ledger};

/// Accumulators of one ledger, and what computed attributes may look at.
#[derive(Debug)]
pub struct Digest<'a> {
    /// The ledger.
    pub ledger: &'a Ledger,
    /// The application: requested amount, instalment, extras.
    pub application: &'a Application,
    /// The names behind the labels.
    pub taxonomy: &'a Taxonomy,
}
