//! Spend beyond single measures: around pay days, and when money gets short.

use super::*;

pub(super) const ENTRIES: &[Entry] = &[];
