//! Goods and bads counted: the same sums, to the bit, for every order of rows.

use cashline_core::value::Missing;

use super::{BinningError, ZeroCell};

/// Goods and bads of some rows.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub(super) struct Tally {
    pub(super) goods: f64,
    pub(super) bads: f64,
    pub(super) rows: u64,
    pub(super) bad_rows: u64,
}

impl Tally {
    /// Both together.
    pub(super) fn plus(&self, other: &Tally) -> Tally {
        Tally {
            goods: self.goods + other.goods,
            bads: self.bads + other.bads,
            rows: self.rows + other.rows,
            bad_rows: self.bad_rows + other.bad_rows,
        }
    }

    pub(super) fn sum<'a>(all: impl IntoIterator<Item = &'a Tally>) -> Tally {
        all.into_iter().fold(Tally::default(), |sum, one| sum.plus(one))
    }

    pub(super) fn weight(&self) -> f64 {
        self.goods + self.bads
    }

    pub(super) fn good_rows(&self) -> u64 {
        self.rows - self.bad_rows
    }

    /// Whether a cell is zero.
    pub(super) fn is_pure(&self) -> bool {
        self.bad_rows == 0 || self.bad_rows == self.rows
    }

    /// ln(share of goods / share of bads); `None` when that is infinite and nothing may be added, or when there is no row.
    pub(super) fn woe(&self, total: &Tally, zero_cell: ZeroCell) -> Option<f64> {
        let half = match (self.rows, self.is_pure(), zero_cell) {
            (0, ..) | (_, true, ZeroCell::Merge) => return None,
            (_, true, ZeroCell::AddHalf) => 0.5,
            (_, false, _) => 0.0,
        };
        Some(libm::log(((self.goods + half) / total.goods) / ((self.bads + half) / total.bads)))
    }

    /// The part of the information value.
    pub(super) fn iv(&self, total: &Tally, woe: f64) -> f64 {
        (self.goods / total.goods - self.bads / total.bads) * woe
    }
}

/// Outcomes and weights, checked once for all columns.
pub(super) struct Rows<'a> {
    bad: &'a [bool],
    weight: &'a [f64],
    /// All rows. The same to the bit for every column.
    pub(super) total: Tally,
}

/// A row in the order of summation: its place (value, level, cause), then goods before bads, then light before heavy.
pub(super) type Entry = (u64, u64);

const BAD: u64 = 1 << 63;

impl<'a> Rows<'a> {
    pub(super) fn new(bad: &'a [bool], weight: &'a [f64]) -> Result<Rows<'a>, BinningError> {
        if weight.iter().any(|weight| !weight.is_finite() || *weight <= 0.0) {
            return Err(BinningError::Weight);
        }
        let mut rows = Rows { bad, weight, total: Tally::default() };
        if bad.len() == weight.len() {
            let all = (0..bad.len()).map(|row| rows.entry(row, 0)).collect();
            rows.total = tally(all).first().map(|one| one.1).unwrap_or_default();
            if rows.total.rows == 0 || rows.total.is_pure() {
                return Err(BinningError::OneClass);
            }
        }
        Ok(rows)
    }

    /// Refuses a column of another length.
    pub(super) fn check(&self, name: &str, cells: usize) -> Result<(), BinningError> {
        let (outcomes, weights) = (self.bad.len(), self.weight.len());
        match cells == outcomes && cells == weights {
            true => Ok(()),
            false => Err(BinningError::Lengths { name: name.to_owned(), cells, outcomes, weights }),
        }
    }

    /// The row at a place. A positive number's bits order as the number does and leave the sign bit free.
    pub(super) fn entry(&self, row: usize, place: u64) -> Entry {
        let bits = self.weight[row].to_bits();
        (place, if self.bad[row] { bits | BAD } else { bits })
    }
}

/// The tallies of all places met, ascending.
pub(super) fn tally(mut entries: Vec<Entry>) -> Vec<(u64, Tally)> {
    entries.sort_unstable();
    let mut places: Vec<(u64, Tally)> = Vec::new();
    for (place, bits) in entries {
        let weight = f64::from_bits(bits & !BAD);
        let bad = bits & BAD != 0;
        let one = match bad {
            true => Tally { goods: 0.0, bads: weight, rows: 1, bad_rows: 1 },
            false => Tally { goods: weight, bads: 0.0, rows: 1, bad_rows: 0 },
        };
        match places.last_mut() {
            Some(last) if last.0 == place => last.1 = last.1.plus(&one),
            _ => places.push((place, one)),
        }
    }
    places
}

/// The place of a cause.
pub(super) fn cause_place(cause: Missing) -> u64 {
    Missing::ALL.iter().zip(0..).find(|(known, _)| **known == cause).map_or(0, |(_, at)| at)
}

/// The tallies of all causes, met or not, in the order of [`Missing::ALL`].
pub(super) fn tally_causes(entries: Vec<Entry>) -> Vec<Tally> {
    let met = tally(entries);
    let find = |at: u64| met.iter().find(|one| one.0 == at).map(|one| one.1).unwrap_or_default();
    (0..).zip(Missing::ALL).map(|(at, _)| find(at)).collect()
}
