//! What is kept of a filter once it was asked, for the windows that come after: each part worked out on first use.

use std::cell::OnceCell;

use rustc_hash::FxHashMap;

use super::{
    Doubtful, Sums, Total,
    leaf::{Entry, Leaves},
    rings::Rings,
};
use crate::ledger::Ledger;

/// What was worked out of a filter, by the leaves of a digest and the filter's place.
#[derive(Debug, Default)]
pub(super) struct View {
    upto: OnceCell<Cumulated>,
    rings: OnceCell<Box<[Total]>>,
    days: OnceCell<Box<[u64]>>,
    places: OnceCell<Box<[u32]>>,
    magnitudes: OnceCell<Box<[(i64, u32)]>>,
    daily: OnceCell<Box<[(u32, i128)]>>,
    newest: OnceCell<Box<[u32]>>,
    doubtful: OnceCell<Box<[Doubtful]>>,
}

impl View {
    /// Rows and money of the first n rings from T back, for each n.
    pub(super) fn upto(&self, rings: &Rings, leaves: &Leaves, at: usize) -> &Cumulated {
        self.upto.get_or_init(|| Cumulated::of(rings, leaves, at))
    }

    /// Everything, ring by ring; the rings beyond hold no row.
    pub(super) fn rings(&self, rings: &Rings, leaves: &Leaves, at: usize) -> &[Total] {
        self.rings.get_or_init(|| {
            let mut totals = vec![Total::EMPTY; rings.ring(leaves.oldest()) + 1];
            leaves.each_with_ring(at, |entry, ring| totals[ring].add(entry.magnitude, entry.age));
            totals.into_boxed_slice()
        })
    }

    /// The days with a row: bit n is the age n.
    pub(super) fn days(&self, leaves: &Leaves, at: usize) -> &[u64] {
        self.days.get_or_init(|| {
            let mut words = empty(leaves.oldest());
            leaves.each(at, |entry| words[(entry.age / 64) as usize] |= 1 << (entry.age % 64));
            words.into_boxed_slice()
        })
    }

    /// The rows' places in the ledger, ascending.
    pub(super) fn places(&self, leaves: &Leaves, at: usize) -> &[u32] {
        self.places.get_or_init(|| leaves.places(at).into_boxed_slice())
    }

    /// Magnitudes ascending, with their ages.
    pub(super) fn magnitudes(&self, leaves: &Leaves, at: usize) -> &[(i64, u32)] {
        self.magnitudes.get_or_init(|| {
            let mut sorted: Vec<(i64, u32)> = Vec::with_capacity(leaves.count(at));
            leaves.each(at, |entry| sorted.push((entry.magnitude, entry.age)));
            sort_by_amount(&mut sorted);
            sorted.into_boxed_slice()
        })
    }

    /// Sums by age, ascending; days without a row are left out.
    pub(super) fn daily(&self, leaves: &Leaves, at: usize) -> &[(u32, i128)] {
        self.daily.get_or_init(|| {
            let days = self.days(leaves, at);
            let mut sums = vec![0_i128; leaves.oldest() as usize + 1];
            leaves.each(at, |entry| sums[entry.age as usize] += i128::from(entry.magnitude));
            let mut daily = Vec::with_capacity(days.iter().map(|word| word.count_ones() as usize).sum());
            each_member(days, |age| daily.push((age, sums[age as usize])));
            daily.into_boxed_slice()
        })
    }

    /// Rows younger than each age of which the rules are not sure.
    pub(super) fn doubtful(&self, ledger: &Ledger, leaves: &Leaves, at: usize) -> &[Doubtful] {
        self.doubtful.get_or_init(|| {
            let mut upto = vec![Doubtful::default(); leaves.oldest() as usize + 2];
            leaves.each(at, |entry| {
                let confidence = ledger.rows[entry.row as usize].label.confidence;
                let of_age = &mut upto[entry.age as usize + 1];
                of_age.rows += u64::from(confidence < 50);
                of_age.unknown += if confidence == 0 { entry.magnitude.into() } else { 0 };
            });
            let mut younger = Doubtful::default();
            for of_age in &mut upto {
                younger.rows += of_age.rows;
                younger.unknown += of_age.unknown;
                *of_age = younger;
            }
            upto.into_boxed_slice()
        })
    }

    /// The age of each counterparty's newest row, ascending.
    pub(super) fn newest<'p>(
        &self,
        parties: impl Fn() -> &'p Counterparties,
        ledger: &Ledger,
        leaves: &Leaves,
        at: usize,
    ) -> &[u32] {
        self.newest.get_or_init(|| {
            let count = leaves.count(at);
            let mut newest: Vec<u32> = if count <= FEW {
                let mut seen: Vec<(u64, u32)> = Vec::with_capacity(count);
                leaves.each(at, |entry| seen.push((counterparty(ledger, entry), entry.age)));
                seen.sort_unstable();
                seen.dedup_by_key(|(key, _)| *key);
                seen.into_iter().map(|(_, age)| age).collect()
            } else {
                let parties = parties();
                let mut newest = vec![u32::MAX; parties.keys.len()];
                leaves.each(at, |entry| {
                    let age = &mut newest[parties.number(entry)];
                    *age = entry.age.min(*age);
                });
                newest.retain(|age| *age != u32::MAX);
                newest
            };
            newest.sort_unstable();
            newest.into_boxed_slice()
        })
    }
}

/// Sorts amounts with their ages by amount; equal amounts stand in any order.
pub(super) fn sort_by_amount(list: &mut [(i64, u32)]) {
    const AGE_BITS: u32 = 16;
    // Both fit one word but for absurd ones, and words are sorted in half the time.
    let fits = |(amount, age): &(i64, u32)| amount.unsigned_abs() >> 46 == 0 && age >> AGE_BITS == 0;
    if !list.iter().all(fits) {
        return list.sort_unstable_by_key(|(amount, _)| *amount);
    }
    let mut words: Vec<i64> = list.iter().map(|(amount, age)| amount << AGE_BITS | i64::from(*age)).collect();
    words.sort_unstable();
    for (one, word) in list.iter_mut().zip(words) {
        *one = (word >> AGE_BITS, u32::try_from(word & ((1 << AGE_BITS) - 1)).unwrap_or(0));
    }
}

/// So few rows are sorted by their counterparties' keys sooner than those of the whole ledger are numbered.
const FEW: usize = 32;

/// Rows and money of the first n rings, for each n up to the ring of the oldest row of all.
#[derive(Clone, Debug)]
pub(super) enum Cumulated {
    /// Where all money of the ledger together fits 64 bits, as it does but for absurd amounts.
    Narrow(Box<[(i64, u32)]>),
    /// Everything else.
    Wide(Box<[Sums]>),
}

impl Cumulated {
    fn of(rings: &Rings, leaves: &Leaves, at: usize) -> Cumulated {
        let count = rings.ring(leaves.oldest()) + 2;
        if leaves.is_narrow() {
            let mut upto = vec![(0_i64, 0_u32); count];
            leaves.each_with_ring(at, |entry, ring| {
                // All of them together fit.
                let (sum, rows) = &mut upto[ring + 1];
                (*sum, *rows) = (sum.wrapping_add(entry.magnitude), rows.wrapping_add(1));
            });
            let (mut sum, mut rows) = (0_i64, 0_u32);
            for ring in &mut upto {
                (sum, rows) = (sum.wrapping_add(ring.0), rows.wrapping_add(ring.1));
                *ring = (sum, rows);
            }
            return Cumulated::Narrow(upto.into_boxed_slice());
        }
        let mut upto = vec![Sums::default(); count];
        leaves.each_with_ring(at, |entry, ring| {
            let ring = &mut upto[ring + 1];
            ring.count += 1;
            ring.sum += i128::from(entry.magnitude);
        });
        let mut before = Sums::default();
        for ring in &mut upto {
            before = Sums { count: before.count + ring.count, sum: before.sum + ring.sum };
            *ring = before;
        }
        Cumulated::Wide(upto.into_boxed_slice())
    }

    /// Rows and money of the rings `[near, far)`.
    pub(super) fn between(&self, near: usize, far: usize) -> Sums {
        match self {
            Cumulated::Narrow(upto) => {
                let last = upto.len() - 1;
                let (newer, older) = (upto[near.min(last)], upto[far.min(last)]);
                Sums { count: u64::from(older.1 - newer.1), sum: i128::from(older.0 - newer.0) }
            }
            Cumulated::Wide(upto) => {
                let last = upto.len() - 1;
                let (newer, older) = (upto[near.min(last)], upto[far.min(last)]);
                Sums { count: older.count - newer.count, sum: older.sum - newer.sum }
            }
        }
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
        let mut known: FxHashMap<u64, u32> = FxHashMap::with_capacity_and_hasher(128, Default::default());
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

/// A set of the numbers up to `last` with none in it, one bit each.
fn empty(last: u32) -> Vec<u64> {
    vec![0; (last / 64) as usize + 1]
}

/// Meets the members of a set of small numbers, ascending.
pub(super) fn each_member(words: &[u64], mut meet: impl FnMut(u32)) {
    for (first, word) in (0..).step_by(64).zip(words) {
        let mut left = *word;
        while left != 0 {
            meet(first + left.trailing_zeros());
            left &= left - 1;
        }
    }
}
