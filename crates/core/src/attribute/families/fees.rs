//! Fees beyond single measures.

use super::*;

pub(super) const ENTRIES: &[Entry] = &[];
