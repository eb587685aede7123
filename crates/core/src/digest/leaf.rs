//! Rows by leaf: a leaf holds the rows that no filter tells apart, and a filter is a union of leaves.

use std::ops::Range;

use rustc_hash::FxHashMap;

use super::{
    filter::{Direction, magnitude},
    plan::{Plan, SIDES, has, side_index},
    rings::Rings,
    view::each_member,
};
use crate::ledger::{Ledger, LedgerRow};

/// The rows of a ledger that move money before T, by leaf.
#[derive(Debug, Default)]
pub(super) struct Leaves {
    // `plan.words()` words a leaf: the filters that take it.
    matching: Vec<u64>,
    // The union of `matching`.
    met: Vec<u64>,
    // The entries of leaf `n` are `entries[starts[n]..starts[n + 1]]`, in the ledger's order.
    starts: Vec<u32>,
    entries: Vec<Entry>,
    // The ring of each entry's age.
    rings: Vec<u16>,
    // The leaves of the filter at place `n` are `of_filter[filter_starts[n]..filter_starts[n + 1]]`.
    filter_starts: Vec<u32>,
    of_filter: Vec<u32>,
    // The leaf of each row of the ledger; `NONE` for rows that no measure counts.
    of_row: Vec<u32>,
    // The age of the oldest entry; 0 when there is none.
    oldest: u32,
    // Whether all magnitudes together fit 64 bits.
    narrow: bool,
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

    /// The leaf of a row whose label has one leaf, which was met; `NONE` for any other.
    #[inline]
    fn only_leaf(&self, row: &LedgerRow) -> u32 {
        let known = self.known.get(self.find(row) as usize);
        known.filter(|known| known.deciding == 0).map_or(NONE, |known| known.plain)
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
            let counts = row.amount != 0 && row.day < ledger.end;
            let leaf = match if counts { labels.only_leaf(row) } else { NONE } {
                NONE if counts => self.leaf(plan, row, &mut labels, text),
                leaf => leaf,
            };
            if let Some(count) = self.starts.get_mut(leaf as usize) {
                *count += 1;
            }
            of_row.push(leaf);
        }
        of_row
    }

    /// The leaf of a row whose label is new or has several. Seldom asked, and apart, so that it does not slow the others down.
    #[inline(never)]
    fn leaf<'t>(&mut self, plan: &Plan, row: &LedgerRow, labels: &mut Labels, text: &dyn Fn(u32) -> &'t str) -> u32 {
        let Some(direction) = Direction::of(row.amount) else { return NONE };
        let start = self.matching.len();
        let label = match labels.find(row) {
            NONE => {
                self.matching.extend(plan.matching(&row.label, direction, row.internal));
                labels.add(row, plan.deciding(&self.matching[start..]))
            }
            known => known,
        };
        let known = &mut labels.known[label as usize];
        let passed = match known.deciding {
            0 => 0,
            deciding => plan.passed(deciding, magnitude(row.amount), row.day, || text(row.index)),
        };
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
        self.narrow = u128::from(bits) * u128::from(next) < i64::MAX as u128;
    }

    /// A counting sort of leaves by filter.
    fn index(&mut self, plan: &Plan) {
        let mut starts = vec![0_u32; plan.kept_count() + 1];
        let sets = || (0_u32..).zip(self.matching.chunks_exact(plan.words()));
        sets().for_each(|(_, set)| each_member(set, |filter| starts[filter as usize + 1] += 1));
        (1..starts.len()).for_each(|at| starts[at] += starts[at - 1]);
        let mut next = starts.clone();
        let mut of_filter = vec![0_u32; starts.last().map_or(0, |end| *end as usize)];
        for (leaf, set) in sets() {
            each_member(set, |filter| {
                let place = &mut next[filter as usize];
                of_filter[*place as usize] = leaf;
                *place += 1;
            });
        }
        (self.filter_starts, self.of_filter) = (starts, of_filter);
    }

    /// The age of the oldest row; 0 without rows.
    pub(super) fn oldest(&self) -> u32 {
        self.oldest
    }

    /// Whether the magnitudes of all rows together fit 64 bits, and so those of any choice of them.
    pub(super) fn is_narrow(&self) -> bool {
        self.narrow
    }

    /// Whether any row passes the filter of a place.
    pub(super) fn meets(&self, at: usize) -> bool {
        has(&self.met, at)
    }

    /// Where the rows stand that the filter of a place takes, leaf by leaf; ask [`Leaves::meets`] first.
    fn ranges(&self, at: usize) -> impl Iterator<Item = Range<usize>> {
        let leaves = &self.of_filter[self.filter_starts[at] as usize..self.filter_starts[at + 1] as usize];
        leaves.iter().map(|leaf| self.starts[*leaf as usize] as usize..self.starts[*leaf as usize + 1] as usize)
    }

    fn runs(&self, at: usize) -> impl Iterator<Item = &[Entry]> {
        self.ranges(at).map(|range| &self.entries[range])
    }

    /// Meets each row that the filter of a place takes, leaf by leaf; ask [`Leaves::meets`] first.
    #[inline]
    pub(super) fn each(&self, at: usize, mut meet: impl FnMut(&Entry)) {
        self.runs(at).for_each(|run| run.iter().for_each(&mut meet));
    }

    /// The same with the ring of each row's age.
    #[inline]
    pub(super) fn each_with_ring(&self, at: usize, mut meet: impl FnMut(&Entry, usize)) {
        for range in self.ranges(at) {
            let (entries, rings) = (&self.entries[range.clone()], &self.rings[range]);
            entries.iter().zip(rings).for_each(|(entry, ring)| meet(entry, usize::from(*ring)));
        }
    }

    /// How many rows the filter of a place takes.
    pub(super) fn count(&self, at: usize) -> usize {
        self.runs(at).map(<[Entry]>::len).sum()
    }

    /// The places in the ledger of the rows that the filter of a place takes, ascending.
    pub(super) fn places(&self, at: usize) -> Vec<u32> {
        let mut places = Vec::with_capacity(self.count(at));
        // One leaf is in order. Few rows are sorted; many are met again in the ledger's order.
        if self.runs(at).nth(1).is_none() || places.capacity() * 8 < self.of_row.len() {
            self.each(at, |entry| places.push(entry.row));
            places.sort_unstable();
            return places;
        }
        let mut taken = vec![false; self.starts.len()];
        let leaves = &self.of_filter[self.filter_starts[at] as usize..self.filter_starts[at + 1] as usize];
        leaves.iter().for_each(|leaf| taken[*leaf as usize] = true);
        let rows = (0..).zip(&self.of_row).filter(|(_, leaf)| taken.get(**leaf as usize) == Some(&true));
        places.extend(rows.map(|(row, _)| row));
        places
    }
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(NONE)
}
