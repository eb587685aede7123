//! Rows of the small tables in memory: packed one after the other as a state keeps them on disk, without an allocation a row.

use serde::{Deserialize, Serialize};

/// Rows from one mark to the next.
const ROWS_A_MARK: usize = 16;

/// Rows of one table, in order of reading.
#[derive(Default, Debug)]
pub(super) struct PackedRows {
    // Each row behind its length.
    bytes: Vec<u8>,
    // Where every so many rows begin in `bytes`.
    marks: Vec<usize>,
    count: usize,
    row: Vec<u8>,
}

impl PackedRows {
    /// How many there are.
    pub(super) fn len(&self) -> u32 {
        u32::try_from(self.count).expect("fewer than four billion rows")
    }

    /// Adds a row.
    pub(super) fn push(&mut self, row: &impl Serialize) {
        if self.count.is_multiple_of(ROWS_A_MARK) {
            self.marks.push(self.bytes.len());
        }
        self.row.clear();
        let packed = postcard::to_extend(row, std::mem::take(&mut self.row));
        self.row = packed.expect("rows are made of texts and numbers");
        let bytes = std::mem::take(&mut self.bytes);
        self.bytes = postcard::to_extend(&self.row.len(), bytes).expect("a number");
        self.bytes.extend_from_slice(&self.row);
        self.count += 1;
    }

    /// A row as it was added, its texts borrowed.
    pub(super) fn get<'a, R: Deserialize<'a>>(&'a self, at: u32) -> R {
        let at = at as usize;
        let mut rest = &self.bytes[self.marks[at / ROWS_A_MARK]..];
        for _ in 0..at % ROWS_A_MARK {
            rest = split(rest).1;
        }
        unpacked(split(rest).0)
    }

    /// All rows in order.
    pub(super) fn iter<'a, R: Deserialize<'a>>(&'a self) -> impl Iterator<Item = R> {
        let mut rest = self.bytes.as_slice();
        std::iter::from_fn(move || {
            let (row, after) = (!rest.is_empty()).then(|| split(rest))?;
            rest = after;
            Some(unpacked(row))
        })
    }
}

/// The first row, and what follows it.
fn split(bytes: &[u8]) -> (&[u8], &[u8]) {
    let (length, rest): (usize, &[u8]) = postcard::take_from_bytes(bytes).expect("packed by `push`");
    rest.split_at(length)
}

fn unpacked<'a, R: Deserialize<'a>>(row: &'a [u8]) -> R {
    postcard::from_bytes(row).expect("packed by `push`, and of that table")
}
