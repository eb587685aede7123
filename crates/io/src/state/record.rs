//! What a state says of itself: `state.json`, replaced as a whole and never changed in place.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::commit::{FileRecord, sha256_hex};

/// Version of the shape below.
pub(super) const SCHEMA: u32 = 1;

/// The file.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Record {
    pub(super) schema: u32,
    /// Of the build that wrote it last.
    pub(super) engine_version: String,
    /// How its rows were read: mapping and columns of applications. Rows that are read otherwise are other rows.
    pub(super) reading: String,
    /// Ascending in time.
    pub(super) nights: Vec<NightRecord>,
    /// The segments that hold the nights' rows, in that order.
    pub(super) segments: Vec<FileRecord>,
    /// A night whose run is being published.
    pub(super) pending: Option<Pending>,
    /// Files of ours that may still lie about and mean nothing.
    pub(super) passing: Vec<String>,
}

/// A night that was scored.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NightRecord {
    /// T of the run, as it was given.
    pub(super) as_of: Option<String>,
    /// The run that was published.
    pub(super) run_id: String,
    /// The files that were new.
    pub(super) inputs: Vec<InputKey>,
    /// The segment of these files, while it is theirs alone.
    pub(super) segment: Option<String>,
    /// What is kept of the answers; of the last two nights only.
    pub(super) answers: Option<FileRecord>,
}

/// An input as content: the same file again holds nothing new, whatever its name.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InputKey {
    /// Of the file's bytes.
    pub sha256: String,
    /// How it is laid out.
    pub layout: String,
    /// The table that it was given or found to hold.
    pub table: String,
}

/// A night between its preparation and the publication of its run.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Pending {
    pub(super) night: NightRecord,
    /// The new segment; none when no file was new, or when the night is scored again.
    pub(super) segment: Option<FileRecord>,
    /// It takes the place of the last night.
    pub(super) again: bool,
    /// Where its run is published.
    pub(super) run: PathBuf,
}

/// SHA-256 over what is new in a set of inputs, in whatever order.
pub(super) fn digest<'k>(keys: impl Iterator<Item = &'k InputKey>) -> String {
    let mut lines: Vec<String> = keys.map(|key| format!("{} {} {}\n", key.sha256, key.layout, key.table)).collect();
    lines.sort_unstable();
    lines.dedup();
    sha256_hex(lines.concat().as_bytes())
}
