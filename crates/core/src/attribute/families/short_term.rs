//! Short-term credit: advances against their repayments, several at a time.

use super::*;

pub(super) const ENTRIES: &[Entry] = &[];
