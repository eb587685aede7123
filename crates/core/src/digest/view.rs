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
    daily: OnceCell<Box<[(u32, i128)]>>,
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
        self.places.get_or_init(|| members(&bit_set(entries().map(|entry| entry.row))).collect())
    }

    /// Magnitudes ascending, with their ages.
    pub(super) fn magnitudes<'e, I: Iterator<Item = &'e Entry>>(&self, entries: impl Fn() -> I) -> &[(i64, u32)] {
        self.magnitudes.get_or_init(|| {
            let mut sorted: Vec<(i64, u32)> = entries().map(|entry| (entry.magnitude, entry.age)).collect();
            sorted.sort_unstable_by_key(|(magnitude, _)| *magnitude);
            sorted.into_boxed_slice()
        })
    }

    /// Sums by age, ascending; days without a row are left out.
    pub(super) fn daily<'e, I: Iterator<Item = &'e Entry>>(&self, entries: impl Fn() -> I) -> &[(u32, i128)] {
        self.daily.get_or_init(|| {
            let days = self.days(&entries);
            let mut sums = vec![0_i128; days.len() * 64];
            entries().for_each(|entry| sums[entry.age as usize] += i128::from(entry.magnitude));
            members(days).map(|age| (age, sums[age as usize])).collect()
        })
    }

    /// The age of each counterparty's newest row, ascending.
    pub(super) fn newest<'p, 'e, I: Iterator<Item = &'e Entry>>(
        &self,
        parties: impl Fn() -> &'p Counterparties,
        ledger: &Ledger,
        entries: impl Fn() -> I,
    ) -> &[u32] {
        self.newest.get_or_init(|| {
            let mut newest: Vec<u32> = if entries().count() <= FEW {
                let mut seen: Vec<(u64, u32)> =
                    entries().map(|entry| (counterparty(ledger, entry), entry.age)).collect();
                seen.sort_unstable();
                seen.dedup_by_key(|(key, _)| *key);
                seen.into_iter().map(|(_, age)| age).collect()
            } else {
                let parties = parties();
                let mut newest = vec![u32::MAX; parties.keys.len()];
                for entry in entries() {
                    let age = &mut newest[parties.number(entry)];
                    *age = entry.age.min(*age);
                }
                newest.retain(|age| *age != u32::MAX);
                newest
            };
            newest.sort_unstable();
            newest.into_boxed_slice()
        })
    }
}

/// So few rows are sorted by their counterparties' keys sooner than those of the whole ledger are numbered.
const FEW: usize = 32;

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

/// The members of a set of small numbers, ascending.
pub(super) fn members(words: &[u64]) -> impl Iterator<Item = u32> {
    (0..).step_by(64).zip(words).flat_map(|(first, word)| {
        let mut left = *word;
        std::iter::from_fn(move || {
            let member = (left != 0).then(|| first + left.trailing_zeros())?;
            left &= left - 1;
            Some(member)
        })
    })
}
