//! The counterparties of a ledger's rows, numbered: what is asked of them one by one then needs no search for their keys.

use rustc_hash::{FxBuildHasher, FxHashMap};

use super::Ledger;

/// Counterparties for which room is made at once.
const USUAL: usize = 128;

/// Who stands on the other side of a ledger's rows.
#[derive(Debug)]
pub(crate) struct Parties {
    /// Their keys, in the order of their first rows.
    pub(crate) keys: Vec<u64>,
    // Of each row of the ledger.
    numbers: Vec<u32>,
}

impl Parties {
    /// Numbers those of a ledger.
    pub(crate) fn of(ledger: &Ledger) -> Parties {
        let mut keys: Vec<u64> = Vec::with_capacity(USUAL);
        let mut known: FxHashMap<u64, u32> = FxHashMap::with_capacity_and_hasher(USUAL, FxBuildHasher);
        let number = |key: u64| {
            *known.entry(key).or_insert_with(|| {
                keys.push(key);
                u32::try_from(keys.len() - 1).unwrap_or(u32::MAX)
            })
        };
        let numbers = ledger.rows.iter().map(|row| row.label.counterparty).map(number).collect();
        Parties { keys, numbers }
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.keys.len()
    }

    /// The number of the counterparty of the row at a place of the ledger.
    #[inline]
    pub(crate) fn number(&self, row: u32) -> usize {
        self.numbers[row as usize] as usize
    }
}
