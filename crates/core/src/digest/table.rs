//! Rows and money of filters, added up ring by ring: each leaf is added up a single time, and a filter is a sum of leaves.

use std::{
    array::from_fn,
    cell::{Cell, OnceCell},
};

use super::{
    Sums,
    leaf::Leaves,
    plan::{FilterId, Plan},
    rings::Rings,
};

/// Rows and money of the first n rings from T back, for each filter of a plan and each n up to the ring of the oldest row of all.
#[derive(Debug)]
pub(super) struct Table {
    // By filter, where its packed sums begin: the first are those of filters that take no row; `NONE` before they are worked out.
    own: Box<[Cell<u32>]>,
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
type Lanes = [i64; LANES];
const LANES: usize = 4;

/// The sums of all leaves, one after the other, and with room for all those of the filters that were asked.
#[derive(Debug)]
struct Packed {
    of_leaves: Vec<Lanes>,
    of_filters: Vec<Cell<i64>>,
    filters: Cell<usize>,
    // How many lanes a leaf or filter has.
    stride: usize,
}

/// No place.
const NONE: u32 = u32::MAX;
/// Bits of the rows in a packed word.
pub(super) const ROW_BITS: u32 = 20;

impl Table {
    pub(super) fn of(rings: &Rings, leaves: &Leaves, plan: &Plan) -> Table {
        let count = leaves.met_count() + 1;
        // Of filters that take no row the first sums are at hand.
        let own = |at: usize| leaves.met(at).map_or(0, |_| NONE);
        let own = plan.places().map(|place| Cell::new(place.map_or(NONE, own))).collect();
        let sums = if leaves.is_packed() {
            Cumulated::Packed(Packed::of(rings, leaves, count))
        } else {
            Cumulated::Wide(vec![OnceCell::new(); count])
        };
        Table { own, sums }
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
        let own = &self.own[usize::from(filter.0)];
        let Cumulated::Packed(packed) = &self.sums else {
            return self.between_wide(filter, (near, far), rings, leaves, plan);
        };
        let start = match own.get() {
            NONE => packed.add(own, leaves, plan, filter),
            start => start,
        } as usize;
        unpacked(packed.upto(start + far as usize).wrapping_sub(packed.upto(start + near as usize)))
    }

    /// The same where they are not packed.
    #[cold]
    #[inline(never)]
    fn between_wide(
        &self,
        filter: FilterId,
        (near, far): (u32, u32),
        rings: &Rings,
        leaves: &Leaves,
        plan: &Plan,
    ) -> Sums {
        let Cumulated::Wide(sums) = &self.sums else { return Sums::default() };
        let number = leaves.met(plan.place(filter)).map_or(0, |met| met + 1);
        let at = || (number != 0).then(|| plan.place(filter));
        let sums = sums[number].get_or_init(|| wide(rings, leaves, at()));
        let (near, far) = (sums[near as usize], sums[far as usize]);
        Sums { count: far.count - near.count, sum: far.sum - near.sum }
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
        let stride = (rings.filled(leaves.oldest()) as usize + 1).div_ceil(LANES);
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
        let of_filters = vec![Cell::new(0); filters * stride * LANES];
        Packed { of_leaves, of_filters, filters: Cell::new(1), stride }
    }

    fn of_leaf(&self, leaf: usize) -> &[Lanes] {
        &self.of_leaves[leaf * self.stride..(leaf + 1) * self.stride]
    }

    /// A sum of a filter.
    #[inline]
    fn upto(&self, at: usize) -> i64 {
        self.of_filters[at].get()
    }

    /// Adds the sums of a filter that takes some row; where they begin.
    #[cold]
    #[inline(never)]
    fn add(&self, own: &Cell<u32>, leaves: &Leaves, plan: &Plan, filter: FilterId) -> u32 {
        let width = self.stride * LANES;
        let from = self.filters.replace(self.filters.get() + 1) * width;
        let (sums, _) = self.of_filters[from..from + width].as_chunks::<LANES>();
        for leaf in leaves.of_filter(plan.place(filter)) {
            for (sums, of_leaf) in sums.iter().zip(self.of_leaf(leaf)) {
                let added: Lanes = from_fn(|at| sums[at].get().wrapping_add(of_leaf[at]));
                sums.iter().zip(added).for_each(|(sum, added)| sum.set(added));
            }
        }
        own.set(u32::try_from(from).unwrap_or(NONE));
        own.get()
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
