//! Pay: the income stream that the applicant lives on, whatever its source; employers only to verify.

use super::*;

pub(super) const ENTRIES: &[Entry] = &[];
