//! Rows by leaf: a leaf holds the rows that no filter tells apart, and a filter is a union of leaves.

use std::{
    cell::{Cell, OnceCell},
    ops::Range,
};

use rustc_hash::FxHashMap;

use super::{
    filter::{Direction, magnitude},
    plan::{Plan, SIDES, side_index},
    rings::Rings,
    table::ROW_BITS,
    view::{Members, each_member, members},
};
use crate::ledger::{Ledger, LedgerRow};

/// The rows of a ledger that move money before T, by leaf.
#[derive(Debug, Default)]
pub(super) struct Leaves {
    // `plan.words()` words a leaf: the filters that take it.
    matching: Vec<u64>,
    // The union of `matching`, and by place the number of each filter among those.
    met: Vec<u64>,
    met_numbers: Vec<u32>,
    // The entries of leaf `n` are `entries[starts[n]..starts[n + 1]]`, in the ledger's order.
    starts: Vec<u32>,
    entries: Vec<Entry>,
    // The ring of each entry's age.
    rings: Vec<u16>,
    // `leaf_words` words a filter of the plan: the leaves that it takes.
    leaves_of: Vec<u64>,
    leaf_words: usize,
    // The leaf of each row of the ledger; `NONE` for rows that no measure counts.
    of_row: Vec<u32>,
    // The age of the oldest entry; 0 when there is none.
    oldest: u32,
    // Whether all magnitudes together fit 64 bits, and whether they fit a packed word of a table beside their number.
    narrow: bool,
    packed: bool,
    // The entry of each row of the ledger, for filters that take many; what stands for rows without a leaf is never taken.
    in_order: OnceCell<Box<[Entry]>>,
    // The days with a row, by leaf: bit n is the age n.
    days: OnceCell<Box<[u64]>>,
    days_asked: Cell<bool>,
}

/// What measures need of a row.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Entry {
    pub(super) magnitude: i64,
    /// 0 on the last day before T.
    pub(super) age: u32,
    /// Its place in [`Ledger::rows`].
    pub(super) row: u32,
}

/// No leaf.
const NONE: u32 = u32::MAX;

/// What is known of a label, direction and pairing.
#[derive(Clone, Copy, Debug)]
struct Known {
    /// Instrument and role; purpose and side say in which chain it stands.
    rest: [u8; 2],
    /// The next of the chain.
    next: u32,
    /// The leaf of the rows that pass none of the deciding tests; `NONE` before the first such row.
    plain: u32,
    /// The row tests that split it into leaves.
    deciding: u64,
}

/// Labels for which room is made at once.
const LABELS_USUAL: usize = 64;
/// Purposes and sides.
const CHAINS: usize = SIDES * (u8::MAX as usize + 1);

/// The labels that were met, in short chains by purpose and side: rows are many, so that finding theirs must cost little.
struct Labels {
    heads: Box<[u32; CHAINS]>,
    known: Vec<Known>,
    // The leaves of a label whose rows pass some of its tests.
    tested: FxHashMap<(u32, u64), u32>,
}

impl Labels {
    fn new() -> Labels {
        Labels {
            heads: Box::new([NONE; CHAINS]),
            known: Vec::with_capacity(LABELS_USUAL),
            tested: FxHashMap::default(),
        }
    }

    /// The chain of a row that moves money.
    #[inline]
    fn chain(row: &LedgerRow) -> usize {
        let direction = if row.amount < 0 { Direction::Outflow } else { Direction::Inflow };
        usize::from(row.label.purpose.0) * SIDES + side_index(direction, row.internal)
    }

    fn rest(row: &LedgerRow) -> [u8; 2] {
        [row.label.instrument.0, row.label.role.0]
    }

    /// The position of a row's label; `NONE` when it is new.
    #[inline]
    fn find(&self, row: &LedgerRow) -> u32 {
        let mut at = self.heads[Labels::chain(row)];
        while let Some(known) = self.known.get(at as usize) {
            if known.rest == Labels::rest(row) {
                return at;
            }
            at = known.next;
        }
        NONE
    }

    fn add(&mut self, row: &LedgerRow, deciding: u64) -> u32 {
        let (head, new) = (&mut self.heads[Labels::chain(row)], number(self.known.len()));
        self.known.push(Known { rest: Labels::rest(row), next: *head, plain: NONE, deciding });
        *head = new;
        new
    }
}

impl Leaves {
    /// Puts the rows of a ledger into leaves. `text` is asked for descriptions only when a filter of the plan reads them.
    pub(super) fn of<'t>(plan: &Plan, rings: &Rings, ledger: &Ledger, text: &dyn Fn(u32) -> &'t str) -> Leaves {
        let mut leaves = Leaves {
            met: vec![0; plan.words()],
            matching: Vec::with_capacity(LABELS_USUAL * plan.words()),
            starts: Vec::with_capacity(LABELS_USUAL),
            ..Leaves::default()
        };
        leaves.of_row = leaves.place(plan, ledger, text);
        leaves.group(rings, ledger);
        leaves.index(plan);
        leaves
    }

    /// Finds the leaf of each row; `NONE` for rows that no measure counts. `starts` counts the rows of each leaf.
    fn place<'t>(&mut self, plan: &Plan, ledger: &Ledger, text: &dyn Fn(u32) -> &'t str) -> Vec<u32> {
        let mut labels = Labels::new();
        let mut of_row = Vec::with_capacity(ledger.rows.len());
        for row in &ledger.rows {
            if row.amount == 0 || ledger.end <= row.day {
                of_row.push(NONE);
                continue;
            }
            let label = labels.find(row);
            let known = labels.known.get(label as usize);
            let passed = known.map_or(0, |known| passed(plan, known, row, text));
            // Most rows pass no test that tells them from others of their label.
            let leaf = match known.filter(|_| passed == 0).map_or(NONE, |known| known.plain) {
                NONE => self.leaf(plan, row, &mut labels, (label, passed), text),
                leaf => leaf,
            };
            self.starts[leaf as usize] += 1;
            of_row.push(leaf);
        }
        of_row
    }

    /// The leaf of a row that moves money and whose label is new, or that passes some of its label's tests. Seldom asked, and
    /// apart, so that it does not slow the others down.
    #[inline(never)]
    fn leaf<'t>(
        &mut self,
        plan: &Plan,
        row: &LedgerRow,
        labels: &mut Labels,
        (mut label, mut passes): (u32, u64),
        text: &dyn Fn(u32) -> &'t str,
    ) -> u32 {
        let direction = if row.amount < 0 { Direction::Outflow } else { Direction::Inflow };
        let start = self.matching.len();
        if label == NONE {
            self.matching.extend(plan.matching(&row.label, direction, row.internal));
            label = labels.add(row, plan.deciding(&self.matching[start..]));
            passes = passed(plan, &labels.known[label as usize], row, text);
        }
        let (passed, known) = (passes, &mut labels.known[label as usize]);
        let leaf = match passed {
            0 => &mut known.plain,
            _ => labels.tested.entry((label, passed)).or_insert(NONE),
        };
        if *leaf == NONE {
            if self.matching.len() == start {
                self.matching.extend(plan.matching(&row.label, direction, row.internal));
            }
            *leaf = self.add_leaf(plan, start, passed);
        }
        *leaf
    }

    /// Makes a leaf of the filters that stand last.
    fn add_leaf(&mut self, plan: &Plan, start: usize, passed: u64) -> u32 {
        plan.keep_passed(&mut self.matching[start..], passed);
        for (met, word) in self.met.iter_mut().zip(&self.matching[start..]) {
            *met |= word;
        }
        self.starts.push(0);
        number(self.starts.len() - 1)
    }

    /// A counting sort by leaf: rows stay in their order.
    fn group(&mut self, rings: &Rings, ledger: &Ledger) {
        let mut next = 0;
        for start in &mut self.starts {
            (*start, next) = (next, next + *start);
        }
        let mut entries = vec![Entry::default(); next as usize];
        let mut ring_of = vec![0; next as usize];
        let mut places = self.starts.clone();
        self.starts.push(next);
        let (mut bits, mut oldest, last) = (0_u64, 0, ledger.end.0.wrapping_sub(1));
        for (row, (one, leaf)) in (0..number(ledger.rows.len())).zip(ledger.rows.iter().zip(&self.of_row)) {
            let Some(place) = places.get_mut(*leaf as usize) else { continue };
            let to = *place as usize;
            *place += 1;
            // Rows with a leaf lie before T.
            let (magnitude, age) = (magnitude(one.amount), last.wrapping_sub(one.day.0).cast_unsigned());
            (bits, oldest) = (bits | magnitude.unsigned_abs(), age.max(oldest));
            (entries[to], ring_of[to]) = (Entry { magnitude, age, row }, rings.place(age));
        }
        (self.entries, self.rings, self.oldest) = (entries, ring_of, oldest);
        // No magnitude is above all the bits that were met.
        let most = u128::from(bits) * u128::from(next);
        self.narrow = most < i64::MAX as u128;
        self.packed = most >> (i64::BITS - 1 - ROW_BITS) == 0 && next >> ROW_BITS == 0;
    }

    /// Turns the filters of each leaf into the leaves of each filter.
    fn index(&mut self, plan: &Plan) {
        let words = self.len().div_ceil(64);
        let mut leaves_of = vec![0_u64; plan.kept_count() * words];
        for (leaf, set) in self.matching.chunks_exact(plan.words()).enumerate() {
            let (word, bit) = (leaf / 64, 1 << (leaf % 64));
            each_member(set, |filter| leaves_of[filter as usize * words + word] |= bit);
        }
        (self.leaves_of, self.leaf_words) = (leaves_of, words);
        self.met_numbers = vec![NONE; plan.kept_count()];
        let mut number = 0;
        each_member(&self.met, |place| {
            self.met_numbers[place as usize] = number;
            number += 1;
        });
    }

    /// The age of the oldest row; 0 without rows.
    pub(super) fn oldest(&self) -> u32 {
        self.oldest
    }

    /// Whether the magnitudes of all rows together fit 64 bits, and so those of any choice of them.
    pub(super) fn is_narrow(&self) -> bool {
        self.narrow
    }

    /// Whether they fit a packed word of a table beside their number.
    pub(super) fn is_packed(&self) -> bool {
        self.packed
    }

    /// The number of the filter of a place among those that take any row; `None` when it takes none.
    #[inline]
    pub(super) fn met(&self, at: usize) -> Option<usize> {
        let number = self.met_numbers[at];
        (number != NONE).then_some(number as usize)
    }

    /// How many filters take any row.
    pub(super) fn met_count(&self) -> usize {
        self.met.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// Where the rows stand that the filter of a place takes, leaf by leaf; ask [`Leaves::met`] first.
    fn ranges(&self, at: usize) -> impl Iterator<Item = Range<usize>> {
        self.of_filter(at).map(|leaf| self.range(leaf))
    }

    fn range(&self, leaf: usize) -> Range<usize> {
        self.starts[leaf] as usize..self.starts[leaf + 1] as usize
    }

    /// How many leaves there are.
    pub(super) fn len(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    /// The leaves that the filter of a place takes, ascending.
    pub(super) fn of_filter(&self, at: usize) -> Members<'_> {
        members(self.set_of(at))
    }

    /// The same as a set.
    pub(super) fn set_of(&self, at: usize) -> &[u64] {
        &self.leaves_of[at * self.leaf_words..(at + 1) * self.leaf_words]
    }

    /// Meets each row of a leaf with the ring of its age.
    #[inline]
    pub(super) fn each_of_leaf(&self, leaf: usize, mut meet: impl FnMut(&Entry, usize)) {
        let range = self.range(leaf);
        let (entries, rings) = (&self.entries[range.clone()], &self.rings[range]);
        entries.iter().zip(rings).for_each(|(entry, ring)| meet(entry, usize::from(*ring)));
    }

    /// The rows that the filter of a place takes, leaf by leaf; ask [`Leaves::met`] first.
    pub(super) fn runs(&self, at: usize) -> impl Iterator<Item = &[Entry]> {
        self.ranges(at).map(|range| &self.entries[range])
    }

    /// Meets each row that the filter of a place takes, leaf by leaf; ask [`Leaves::met`] first.
    #[inline]
    pub(super) fn each(&self, at: usize, mut meet: impl FnMut(&Entry)) {
        self.runs(at).for_each(|run| run.iter().for_each(&mut meet));
    }

    /// The same with the ring of each row's age.
    #[inline]
    pub(super) fn each_with_ring(&self, at: usize, mut meet: impl FnMut(&Entry, usize)) {
        self.of_filter(at).for_each(|leaf| self.each_of_leaf(leaf, &mut meet));
    }

    /// The days with a row that the filter of a place takes: bit n is the age n.
    pub(super) fn days(&self, at: usize) -> Box<[u64]> {
        let words = (self.oldest / 64) as usize + 1;
        let mut days = vec![0; words];
        if !self.days_asked.replace(true) {
            // A single filter alone is sooner done so.
            self.each(at, |entry| days[(entry.age / 64) as usize] |= 1 << (entry.age % 64));
            return days.into_boxed_slice();
        }
        let of_leaves = self.days.get_or_init(|| {
            let mut days = vec![0_u64; words * self.len()];
            for (leaf, days) in days.chunks_exact_mut(words).enumerate() {
                let ages = self.entries[self.range(leaf)].iter().map(|entry| entry.age);
                ages.for_each(|age| days[(age / 64) as usize] |= 1 << (age % 64));
            }
            days.into_boxed_slice()
        });
        for leaf in self.of_filter(at) {
            let of_leaf = &of_leaves[leaf * words..(leaf + 1) * words];
            days.iter_mut().zip(of_leaf).for_each(|(days, of_leaf)| *days |= of_leaf);
        }
        days.into_boxed_slice()
    }

    /// How many rows the filter of a place takes.
    pub(super) fn count(&self, at: usize) -> usize {
        self.runs(at).map(<[Entry]>::len).sum()
    }

    /// The rows that the filter of a place takes, in the ledger's order, if they stand together.
    pub(super) fn only_run(&self, at: usize) -> Option<&[Entry]> {
        let mut runs = self.runs(at);
        runs.next().filter(|_| runs.next().is_none())
    }

    /// The rows that the filter of a place takes, in the ledger's order.
    pub(super) fn in_order(&self, at: usize) -> Vec<Entry> {
        let all = self.count(at);
        // Few rows are sorted; many are met again in the ledger's order.
        if all * 8 < self.of_row.len() {
            let mut entries = Vec::with_capacity(all);
            self.each(at, |entry| entries.push(*entry));
            entries.sort_unstable_by_key(|entry| entry.row);
            return entries;
        }
        let of_rows = self.in_order.get_or_init(|| {
            let mut of_rows = vec![Entry::default(); self.of_row.len()];
            self.entries.iter().for_each(|entry| of_rows[entry.row as usize] = *entry);
            of_rows.into_boxed_slice()
        });
        // One more than there are leaves: rows of none.
        let mut taken = vec![0_u8; self.starts.len()];
        self.of_filter(at).for_each(|leaf| taken[leaf] = 1);
        let (mut count, none) = (0, taken.len() - 1);
        let mut entries = vec![Entry::default(); all + 1];
        for (leaf, entry) in self.of_row.iter().zip(of_rows) {
            // Written whether or not it is taken, since which rows are is hard to foresee; the next overwrites it.
            entries[count] = *entry;
            count += usize::from(taken[(*leaf as usize).min(none)]);
        }
        entries.truncate(count);
        entries
    }
}

/// Of the row tests that split a label into leaves, those that a row passes.
#[inline]
fn passed<'t>(plan: &Plan, known: &Known, row: &LedgerRow, text: &dyn Fn(u32) -> &'t str) -> u64 {
    match known.deciding {
        0 => 0,
        deciding => plan.passed(deciding, magnitude(row.amount), row.day, || text(row.index)),
    }
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(NONE)
}
