//! Will a debit clear: the balance to come.

use super::*;

pub(super) const ENTRIES: &[Entry] = &[];
