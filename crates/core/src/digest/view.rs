//! What is kept of a filter once it was asked, for the windows that come after: each part worked out on first use.

use std::cell::{Cell, OnceCell};

use super::{
    Doubtful,
    leaf::{Entry, Leaves},
    rings::Rings,
};
use crate::ledger::{Ledger, Parties};

/// What was worked out of a filter, by the leaves of a digest and the filter's place.
#[derive(Debug, Default)]
pub(super) struct View {
    extremes: OnceCell<Box<[(i64, i64)]>>,
    days: OnceCell<Box<[u64]>>,
    entries: OnceCell<Box<[Entry]>>,
    // Whether all rows were met before.
    met: Cell<bool>,
    daily: OnceCell<Box<[(u32, i128)]>>,
    newest: OnceCell<Box<[u32]>>,
    doubtful: OnceCell<Box<[Doubtful]>>,
}

impl View {
    /// The smallest and the largest magnitude, ring by ring, [`NO_EXTREMES`] where there is none; the rings beyond hold no row.
    pub(super) fn extremes(&self, rings: &Rings, leaves: &Leaves, at: usize) -> &[(i64, i64)] {
        self.extremes.get_or_init(|| {
            let mut extremes = vec![NO_EXTREMES; rings.ring(leaves.oldest()) + 1];
            leaves.each_with_ring(at, |entry, ring| {
                extremes[ring] = widest(extremes[ring], (entry.magnitude, entry.magnitude));
            });
            extremes.into_boxed_slice()
        })
    }

    /// The days with a row: bit n is the age n.
    pub(super) fn days(&self, leaves: &Leaves, at: usize) -> &[u64] {
        self.days.get_or_init(|| leaves.days(at))
    }

    /// The rows in the ledger's order.
    pub(super) fn entries<'l>(&'l self, leaves: &'l Leaves, at: usize) -> &'l [Entry] {
        match leaves.only_run(at) {
            Some(run) => run,
            None => self.entries.get_or_init(|| leaves.in_order(at).into_boxed_slice()),
        }
    }

    /// Whether the rows are sooner met in the ledger's order, which has to be worked out: many rows when they are met again.
    pub(super) fn pays_order(&self, leaves: &Leaves, at: usize) -> bool {
        self.entries.get().is_some() || (self.met.replace(true) && MANY <= leaves.count(at))
    }

    /// Sums by age, ascending; days without a row are left out.
    pub(super) fn daily(&self, leaves: &Leaves, at: usize) -> &[(u32, i128)] {
        self.daily.get_or_init(|| {
            let days = self.days(leaves, at);
            let mut daily = Vec::with_capacity(days.iter().map(|word| word.count_ones() as usize).sum());
            let ages = leaves.oldest() as usize + 1;
            if leaves.is_narrow() {
                let mut sums = vec![0_i64; ages];
                leaves.each(at, |entry| {
                    let sum = &mut sums[entry.age as usize];
                    *sum = sum.wrapping_add(entry.magnitude);
                });
                each_member(days, |age| daily.push((age, i128::from(sums[age as usize]))));
            } else {
                let mut sums = vec![0_i128; ages];
                leaves.each(at, |entry| sums[entry.age as usize] += i128::from(entry.magnitude));
                each_member(days, |age| daily.push((age, sums[age as usize])));
            }
            daily.into_boxed_slice()
        })
    }

    /// Rows younger than each age of which the rules are not sure.
    pub(super) fn doubtful(&self, ledger: &Ledger, leaves: &Leaves, at: usize) -> &[Doubtful] {
        self.doubtful.get_or_init(|| {
            let mut upto = vec![Doubtful::default(); leaves.oldest() as usize + 2];
            leaves.each(at, |entry| {
                let confidence = ledger.rows[entry.row as usize].label.confidence;
                if confidence < 50 {
                    let of_age = &mut upto[entry.age as usize + 1];
                    of_age.rows += 1;
                    of_age.unknown += if confidence == 0 { entry.magnitude.into() } else { 0 };
                }
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

    /// The age of each counterparty's newest row.
    pub(super) fn newest(&self, parties: &OnceCell<Parties>, ledger: &Ledger, leaves: &Leaves, at: usize) -> &[u32] {
        self.newest.get_or_init(|| {
            let count = leaves.count(at);
            let newest: Vec<u32> = if count <= FEW && parties.get().is_none() {
                let mut seen: Vec<(u64, u32)> = Vec::with_capacity(count);
                leaves.each(at, |entry| seen.push((counterparty(ledger, entry), entry.age)));
                seen.sort_unstable();
                seen.dedup_by_key(|(key, _)| *key);
                seen.into_iter().map(|(_, age)| age).collect()
            } else {
                let parties = parties.get_or_init(|| Parties::of(ledger));
                let mut newest = vec![u32::MAX; parties.len()];
                leaves.each(at, |entry| {
                    let age = &mut newest[parties.number(entry.row)];
                    *age = entry.age.min(*age);
                });
                newest.retain(|age| *age != u32::MAX);
                newest
            };
            newest.into_boxed_slice()
        })
    }
}

/// The extremes of nothing.
pub(super) const NO_EXTREMES: (i64, i64) = (i64::MAX, i64::MIN);

/// The extremes of two sets together.
#[inline]
pub(super) fn widest(a: (i64, i64), b: (i64, i64)) -> (i64, i64) {
    (a.0.min(b.0), a.1.max(b.1))
}

/// So many rows are put in the ledger's order, in which those of a window stand together.
const MANY: usize = 64;
/// So few rows are sorted by their counterparties' keys sooner than those of the whole ledger are numbered.
const FEW: usize = 32;

/// The key of a row's counterparty.
pub(super) fn counterparty(ledger: &Ledger, entry: &Entry) -> u64 {
    ledger.rows[entry.row as usize].label.counterparty
}

/// The members of a set of small numbers, ascending.
#[derive(Clone, Copy, Debug)]
pub(super) struct Members<'w> {
    later: &'w [u64],
    // What is left of a word, and its first number.
    word: u64,
    first: usize,
}

/// The members of a set of small numbers, ascending.
#[inline]
pub(super) fn members(words: &[u64]) -> Members<'_> {
    let (word, later) = words.split_first().map_or((0, words), |(word, later)| (*word, later));
    Members { later, word, first: 0 }
}

impl Iterator for Members<'_> {
    type Item = usize;

    #[inline]
    fn next(&mut self) -> Option<usize> {
        while self.word == 0 {
            let (word, later) = self.later.split_first()?;
            (self.word, self.later) = (*word, later);
            self.first += 64;
        }
        let member = self.first + self.word.trailing_zeros() as usize;
        self.word &= self.word - 1;
        Some(member)
    }
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
