//! Merchant cash advances: positions, remittances, stacking.

use super::*;

pub(super) const ENTRIES: &[Entry] = &[];
