//! Where an assessment stands, told to whoever measures: the engine reads no clock.

use std::fmt::Debug;

/// A step of the way from rows to an answer, in this order.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Stage {
    /// Rows to a history: sorted, duplicates resolved, categorised.
    History,
    /// The ledger as of T, with transfers paired and streams found.
    Ledger,
    /// The digest and the values of attributes.
    Attributes,
    /// Score, reasons, decision.
    Score,
    /// What the caller makes of a history or an answer.
    Visit,
    /// Nothing: the session waits.
    Idle,
}

/// Is told when a stage begins; the one before ends there. Stands in the [`Session`](super::Session) of one thread.
pub trait Watch: Debug + Send {
    /// A stage begins.
    fn enter(&mut self, stage: Stage);
}
