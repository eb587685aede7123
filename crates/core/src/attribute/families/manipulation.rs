//! Signs that the picture was made for the application.

use super::*;

pub(super) const ENTRIES: &[Entry] = &[];
