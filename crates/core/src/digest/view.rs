//! What is kept of a filter once it was asked, for the windows that come after: each part worked out on first use.

use std::cell::OnceCell;

use rustc_hash::FxHashMap;

use super::{Sums, Total, leaf::Entry, rings::Rings};
use crate::ledger::Ledger;

/// What was worked out of a filter. `entries` yields the rows that it takes, in any order.
#[derive(Clone, Debug, Default)]
pub(super) struct View {
    upto: OnceCell<Box<[Sums]>>,
    rings: OnceCell<Box<[Total]>>,
    days: OnceCell<Box<[u64]>>,
    places: OnceCell<Box<[u32]>>,
    magnitudes: OnceCell<Box<[(i64, u32)]>>,
    newest: OnceCell<Box<[u32]>>,
}

impl View {
    /// Rows and money of the first n rings from T back, for each n.
    pub(super) fn upto<'e, I: Iterator<Item = &'e Entry>>(&self, rings: &Rings, entries: impl Fn() -> I) -> &[Sums] {
        self.upto.get_or_init(|| {
            let mut upto = vec![Sums::default(); rings.count() + 1];
            for entry in entries() {
                let ring = &mut upto[rings.ring(entry.age) + 1];
                ring.count += 1;
                ring.sum += i128::from(entry.magnitude);
            }
            let mut before = Sums::default();
            for ring in &mut upto {
                before = Sums { count: before.count + ring.count, sum: before.sum + ring.sum };
                *ring = before;
            }
            upto.into_boxed_slice()
        })
    }

    /// Everything, ring by ring.
    pub(super) fn rings<'e, I: Iterator<Item = &'e Entry>>(&self, rings: &Rings, entries: impl Fn() -> I) -> &[Total] {
        self.rings.get_or_init(|| {
            let mut totals = vec![Total::EMPTY; rings.count()];
            entries().for_each(|entry| totals[rings.ring(entry.age)].add(entry.magnitude, entry.age));
            totals.into_boxed_slice()
        })
    }

    /// The days with a row: bit n is the age n.
    pub(super) fn days<'e, I: Iterator<Item = &'e Entry>>(&self, entries: impl Fn() -> I) -> &[u64] {
        self.days.get_or_init(|| bit_set(entries().map(|entry| entry.age)).into())
    }

    /// The rows' places in the ledger, ascending.
    pub(super) fn places<'e, I: Iterator<Item = &'e Entry>>(&self, entries: impl Fn() -> I) -> &[u32] {
        self.places.get_or_init(|| {
            let mut places = vec![];
            for (first, mut left) in (0..).step_by(64).zip(bit_set(entries().map(|entry| entry.row))) {
                while left != 0 {
                    places.push(first + left.trailing_zeros());
                    left &= left - 1;
                }
            }
            places.into_boxed_slice()
        })
    }

    /// Magnitudes with their ages, ascending.
    pub(super) fn magnitudes<'e, I: Iterator<Item = &'e Entry>>(&self, entries: impl Fn() -> I) -> &[(i64, u32)] {
        self.magnitudes.get_or_init(|| {
            let mut sorted: Vec<(i64, u32)> = entries().map(|entry| (entry.magnitude, entry.age)).collect();
            sorted.sort_unstable();
            sorted.into_boxed_slice()
        })
    }

    /// The age of each counterparty's newest row, ascending.
    pub(super) fn newest<'e, I: Iterator<Item = &'e Entry>>(&self, ledger: &Ledger, entries: impl Fn() -> I) -> &[u32] {
        self.newest.get_or_init(|| {
            let mut newest: FxHashMap<u64, u32> = FxHashMap::default();
            for entry in entries() {
                let age = newest.entry(counterparty(ledger, entry)).or_insert(u32::MAX);
                *age = entry.age.min(*age);
            }
            let mut ages: Vec<u32> = newest.into_values().collect();
            ages.sort_unstable();
            ages.into_boxed_slice()
        })
    }
}

/// The key of a row's counterparty.
pub(super) fn counterparty(ledger: &Ledger, entry: &Entry) -> u64 {
    ledger.rows[entry.row as usize].label.counterparty
}

/// The counterparties of a ledger's rows, numbered by key.
#[derive(Debug)]
pub(super) struct Counterparties {
    /// Ascending.
    pub(super) keys: Vec<u64>,
    // Of each row of the ledger.
    numbers: Vec<u32>,
}

impl Counterparties {
    pub(super) fn of(ledger: &Ledger) -> Counterparties {
        // Numbered as they appear at first: sorting the few keys is cheaper than looking each row up among them.
        let mut known: FxHashMap<u64, u32> = FxHashMap::default();
        let mut keys: Vec<u64> = vec![];
        let mut numbers: Vec<u32> = Vec::with_capacity(ledger.rows.len());
        for row in &ledger.rows {
            let key = row.label.counterparty;
            numbers.push(*known.entry(key).or_insert_with(|| {
                keys.push(key);
                u32::try_from(keys.len() - 1).unwrap_or(u32::MAX)
            }));
        }
        let mut order: Vec<(u64, u32)> = keys.iter().copied().zip(0..).collect();
        order.sort_unstable();
        let mut ranks = vec![0; order.len()];
        for (rank, (key, appeared)) in (0..).zip(order) {
            keys[rank as usize] = key;
            ranks[appeared as usize] = rank;
        }
        numbers.iter_mut().for_each(|number| *number = ranks[*number as usize]);
        Counterparties { keys, numbers }
    }

    /// The number of a row's counterparty.
    pub(super) fn number(&self, entry: &Entry) -> usize {
        self.numbers[entry.row as usize] as usize
    }
}

/// A set of small numbers, one bit each.
fn bit_set(members: impl Iterator<Item = u32>) -> Vec<u64> {
    let mut words: Vec<u64> = vec![];
    for member in members {
        let word = (member / 64) as usize;
        if words.len() <= word {
            words.resize(word + 1, 0);
        }
        words[word] |= 1 << (member % 64);
    }
    words
}
