//! Rows of the small tables in memory: packed one after the other as a state keeps them on disk, without an allocation a row.

use serde::{Deserialize, Serialize};

/// Rows of one table, in order of reading.
#[derive(Default, Debug)]
pub(super) struct PackedRows {
    bytes: Vec<u8>,
    // Where each row ends in `bytes`.
    ends: Vec<usize>,
}

impl PackedRows {
    /// How many there are.
    pub(super) fn len(&self) -> u32 {
        u32::try_from(self.ends.len()).expect("fewer than four billion rows")
    }

    /// Adds a row.
    pub(super) fn push(&mut self, row: &impl Serialize) {
        let bytes = std::mem::take(&mut self.bytes);
        self.bytes = postcard::to_extend(row, bytes).expect("rows are made of texts and numbers");
        self.ends.push(self.bytes.len());
    }

    /// A row as it was added, its texts borrowed.
    pub(super) fn get<'a, R: Deserialize<'a>>(&'a self, at: u32) -> R {
        let at = at as usize;
        let start = if at == 0 { 0 } else { self.ends[at - 1] };
        postcard::from_bytes(&self.bytes[start..self.ends[at]]).expect("packed by `push`, and of that table")
    }

    /// All rows in order.
    pub(super) fn iter<'a, R: Deserialize<'a>>(&'a self) -> impl Iterator<Item = R> {
        (0..self.len()).map(|at| self.get(at))
    }
}
