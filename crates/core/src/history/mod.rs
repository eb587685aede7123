//! All versions of all rows of a pool of applicants, normalised and provisionally categorised, free of T.
//!
//! [`HistoryBuilder::push`] is the one way in: batch, library, frames and Python all fill it. Nothing here depends on the
//! order of the rows.

use crate::{
    category::categoriser::{Categoriser, Memo},
    defect::{Defect, Source},
    ledger::Doubt,
    row::Row,
};

/// Collects the rows of a pool in any order.
#[derive(Debug, Default)]
pub struct HistoryBuilder {}

/// All versions of all rows of a pool, free of T.
#[derive(Debug)]
pub struct History {}

impl HistoryBuilder {
    /// An empty pool.
    #[must_use]
    pub fn new() -> HistoryBuilder {
        HistoryBuilder::default()
    }

    /// Takes a row; application rows are ignored.
    pub fn push(&mut self, row: &Row<'_>) {
        let _ = row;
    }

    /// Puts an account in doubt, for example because a row of it was rejected at the door.
    pub fn doubt(&mut self, account: &str, doubt: Doubt) {
        let _ = (account, doubt);
    }

    /// Sorts, resolves what can be resolved without T, and categorises.
    #[must_use]
    pub fn finish(self, categoriser: &Categoriser, memo: &mut Memo) -> History {
        let _ = (categoriser, memo);
        History {}
    }
}

impl History {
    /// Rows set aside while building: conflicting duplicates and minority currencies.
    #[must_use]
    pub fn defects(&self) -> &[Defect] {
        &[]
    }

    /// The Stripe id of a row, by [`crate::ledger::LedgerRow::index`].
    #[must_use]
    pub fn id(&self, index: u32) -> &str {
        let _ = index;
        ""
    }

    /// The description of a row; personal data.
    #[must_use]
    pub fn description(&self, index: u32) -> &str {
        let _ = index;
        ""
    }

    /// Where a row stood.
    #[must_use]
    pub fn source(&self, index: u32) -> Source {
        let _ = index;
        Source::default()
    }
}
