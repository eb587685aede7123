//! Business: revenue by month, customers, costs.

use super::*;

pub(super) const ENTRIES: &[Entry] = &[];
