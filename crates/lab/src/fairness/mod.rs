//! Offline measures of a score over groups; nothing of it can be read by scoring.
