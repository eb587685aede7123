//! Debt: payments by month, new lenders, what was missed or came back.

use super::*;

pub(super) const ENTRIES: &[Entry] = &[];
