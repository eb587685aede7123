//! Rows and money of filters, added up ring by ring: each leaf is added up a single time, and a filter is a sum of leaves.

use std::cell::{Cell, OnceCell, RefCell};

use super::{
    Sums,
    leaf::Leaves,
    plan::{FilterId, Plan},
    rings::Rings,
    view::members,
};

/// Rows and money of the first n rings from T back, for each filter of a plan and each n up to the ring of the oldest row of all.
#[derive(Debug)]
pub(super) struct Table {
    // By filter, which of the sums are its own; the first are those of filters that take no row.
    numbers: Box<[u32]>,
    sums: Cumulated,
}

#[derive(Debug)]
enum Cumulated {
    /// Money above rows in one word, so that one addition adds both: where all of them together fit, as they do but for absurd
    /// amounts.
    Packed(Packed),
    /// Everything else.
    Wide(Vec<OnceCell<Box<[Sums]>>>),
}

/// Words that are added at once.
type Lanes = [i64; 4];

/// The sums of all leaves, one after the other, and those of the filters that were asked.
#[derive(Debug)]
struct Packed {
    of_leaves: Vec<Lanes>,
    // By number, where the sums of a filter begin; `NONE` before they are worked out. All stand together: there are many, and
    // each by itself would have to be allocated and freed.
    starts: Box<[Cell<u32>]>,
    of_filters: RefCell<Vec<Lanes>>,
    // How many lanes a leaf or filter has.
    stride: usize,
}

/// Filters that are asked for which room is made at once.
const FILTERS_USUAL: usize = 64;

/// The filter is not in the plan.
const NONE: u32 = u32::MAX;
/// Bits of the rows in a packed word.
pub(super) const ROW_BITS: u32 = 20;

impl Table {
    pub(super) fn of(rings: &Rings, leaves: &Leaves, plan: &Plan) -> Table {
        let number = |at: usize| leaves.met(at).map_or(0, |met| u32::try_from(met + 1).unwrap_or(NONE));
        let numbers = plan.places().map(|place| place.map_or(NONE, number)).collect();
        let count = leaves.met_count() + 1;
        let sums = if leaves.is_packed() {
            Cumulated::Packed(Packed::of(rings, leaves, count))
        } else {
            Cumulated::Wide(vec![OnceCell::new(); count])
        };
        Table { numbers, sums }
    }

    /// Rows and money of the rings `[near, far)` that a filter takes, neither beyond the ring of the oldest row.
    #[expect(clippy::inline_always, reason = "as for `Digest::sums_in`")]
    #[inline(always)]
    pub(super) fn between(
        &self,
        filter: FilterId,
        (near, far): (u32, u32),
        rings: &Rings,
        leaves: &Leaves,
        plan: &Plan,
    ) -> Sums {
        let number = self.numbers[usize::from(filter.0)];
        assert!(number != NONE, "filter {} is asked of a plan without it", filter.0);
        let (number, near, far) = (number as usize, near as usize, far as usize);
        let at = || (number != 0).then(|| plan.place(filter));
        match &self.sums {
            Cumulated::Packed(packed) => {
                let start = match packed.starts[number].get() {
                    NONE => packed.add(number, leaves, at()),
                    start => start,
                };
                let sums = packed.of_filters.borrow();
                let sums = &sums.as_flattened()[start as usize..];
                unpacked(sums[far].wrapping_sub(sums[near]))
            }
            Cumulated::Wide(sums) => {
                let sums = sums[number].get_or_init(|| wide(rings, leaves, at()));
                Sums { count: sums[far].count - sums[near].count, sum: sums[far].sum - sums[near].sum }
            }
        }
    }

    /// Rows and money of the rings `[near, far)` of a leaf, neither beyond the ring of the oldest row, where they are at hand.
    pub(super) fn of_leaf(&self, leaf: usize, (near, far): (u32, u32)) -> Option<Sums> {
        let Cumulated::Packed(packed) = &self.sums else { return None };
        let sums = packed.of_leaf(leaf).as_flattened();
        Some(unpacked(sums[far as usize].wrapping_sub(sums[near as usize])))
    }
}

/// Money above rows.
#[inline]
fn unpacked(both: i64) -> Sums {
    Sums { count: both.cast_unsigned() & ((1 << ROW_BITS) - 1), sum: i128::from(both >> ROW_BITS) }
}

impl Packed {
    /// All of them together fit, so that no addition is checked.
    fn of(rings: &Rings, leaves: &Leaves, filters: usize) -> Packed {
        let stride = (rings.filled(leaves.oldest()) as usize + 1).div_ceil(Lanes::default().len());
        let mut of_leaves = vec![Lanes::default(); leaves.len() * stride];
        for (leaf, sums) in of_leaves.chunks_exact_mut(stride).enumerate() {
            let sums = sums.as_flattened_mut();
            leaves.each_of_leaf(leaf, |entry, ring| {
                sums[ring + 1] = sums[ring + 1].wrapping_add(entry.magnitude << ROW_BITS | 1);
            });
            let mut upto = 0_i64;
            for sum in sums {
                upto = upto.wrapping_add(*sum);
                *sum = upto;
            }
        }
        let of_filters = RefCell::new(Vec::with_capacity(filters.min(FILTERS_USUAL) * stride));
        Packed { of_leaves, starts: vec![Cell::new(NONE); filters].into_boxed_slice(), of_filters, stride }
    }

    fn of_leaf(&self, leaf: usize) -> &[Lanes] {
        &self.of_leaves[leaf * self.stride..(leaf + 1) * self.stride]
    }

    /// Adds the sums of a filter by the leaves of its place, of no row without one; where they begin.
    #[cold]
    fn add(&self, number: usize, leaves: &Leaves, at: Option<usize>) -> u32 {
        let mut of_filters = self.of_filters.borrow_mut();
        let from = of_filters.len();
        let mut taken = members(at.map_or(&[], |at| leaves.set_of(at)));
        match taken.next() {
            Some(first) => of_filters.extend_from_slice(self.of_leaf(first)),
            None => of_filters.resize(from + self.stride, Lanes::default()),
        }
        let sums = &mut of_filters[from..];
        for of_leaf in taken.map(|leaf| self.of_leaf(leaf)) {
            for (sums, of_leaf) in sums.iter_mut().zip(of_leaf) {
                for (sum, of_leaf) in sums.iter_mut().zip(of_leaf) {
                    *sum = sum.wrapping_add(*of_leaf);
                }
            }
        }
        let start = u32::try_from(from * Lanes::default().len()).unwrap_or(NONE);
        self.starts[number].set(start);
        start
    }
}

#[cold]
fn wide(rings: &Rings, leaves: &Leaves, at: Option<usize>) -> Box<[Sums]> {
    let mut sums = vec![Sums::default(); rings.filled(leaves.oldest()) as usize + 1];
    if let Some(at) = at {
        leaves.each_with_ring(at, |entry, ring| {
            sums[ring + 1].count += 1;
            sums[ring + 1].sum += i128::from(entry.magnitude);
        });
    }
    let mut upto = Sums::default();
    for sums in &mut sums {
        upto = Sums { count: upto.count + sums.count, sum: upto.sum + sums.sum };
        *sums = upto;
    }
    sums.into_boxed_slice()
}
