//! Rent, utilities and other bills that come back.

use super::*;

pub(super) const ENTRIES: &[Entry] = &[];
