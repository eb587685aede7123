//! Cells to bins, and to weights of evidence.

use cashline_core::value::Missing;

use super::{Bin, BinKind, Binned, BinningError, Table, solve, table, tally::Tally};
use crate::sample::Values;

/// One cell.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Cell<'a> {
    /// A number.
    Number(f64),
    /// A code.
    Code(&'a str),
    /// No value, for this cause.
    Missing(Missing),
}

impl Binned {
    /// The information value: Σ (share of goods − share of bads) · WoE over all bins, those apart included.
    #[must_use]
    pub fn iv(&self) -> f64 {
        self.all().map(|bin| bin.iv).sum()
    }

    /// The edges between the bins of numbers, ascending: the first value of each bin but the lowest. Empty for codes.
    #[must_use]
    pub fn splits(&self) -> Vec<f64> {
        let from = |bin: &Bin| match bin.kind {
            BinKind::Range { from, .. } => from,
            _ => None,
        };
        self.bins.iter().filter_map(from).collect()
    }

    /// Every bin: those of values, those of special values, those of the seven causes. [`Binned::bin_of`] counts in this order.
    pub fn all(&self) -> impl Iterator<Item = &Bin> {
        self.bins.iter().chain(&self.specials).chain(self.missing.iter().map(|one| &one.1))
    }

    /// The place of a cell's bin in [`Binned::all`]; `None` for a code not met in development when no group takes in others.
    ///
    /// # Errors
    ///
    /// [`BinningError::Kind`] for a code in a column of numbers or the reverse, [`BinningError::NotFinite`].
    pub fn bin_of(&self, cell: Cell<'_>) -> Result<Option<usize>, BinningError> {
        match cell {
            Cell::Number(value) => self.number(value).map(Some),
            Cell::Code(code) => self.code(code),
            Cell::Missing(cause) => {
                let at = self.missing.iter().position(|one| one.0 == cause);
                Ok(at.map(|at| self.bins.len() + self.specials.len() + at))
            }
        }
    }

    /// The weight of evidence of a cell; 0 where [`Binned::bin_of`] knows no bin.
    ///
    /// # Errors
    ///
    /// Those of [`Binned::bin_of`].
    pub fn woe(&self, cell: Cell<'_>) -> Result<f64, BinningError> {
        let at = self.bin_of(cell)?;
        Ok(at.and_then(|at| self.all().nth(at)).map_or(0.0, |bin| bin.woe))
    }

    /// The weight of evidence of every cell.
    ///
    /// # Errors
    ///
    /// Those of [`Binned::bin_of`], and [`BinningError::Level`].
    pub fn transform(&self, values: &Values) -> Result<Vec<f64>, BinningError> {
        let woes: Vec<f64> = self.all().map(|bin| bin.woe).collect();
        let places = self.places(values)?;
        Ok(places.into_iter().map(|at| at.and_then(|at| woes.get(at)).copied().unwrap_or(0.0)).collect())
    }

    /// [`Binned::bin_of`] every cell.
    ///
    /// # Errors
    ///
    /// Those of [`Binned::bin_of`], and [`BinningError::Level`].
    pub fn places(&self, values: &Values) -> Result<Vec<Option<usize>>, BinningError> {
        let missing = |cause: Missing| self.bin_of(Cell::Missing(cause));
        match values {
            Values::Numbers(cells) => {
                let place = |cell: &Result<f64, Missing>| match *cell {
                    Ok(value) => self.number(value).map(Some),
                    Err(cause) => missing(cause),
                };
                cells.iter().map(place).collect()
            }
            Values::Codes { levels, cells } => {
                let known: Vec<Option<usize>> =
                    levels.iter().map(|level| self.code(level)).collect::<Result<_, _>>()?;
                let level = |at: u32| usize::try_from(at).ok().and_then(|at| known.get(at)).copied();
                let place = |cell: &Result<u32, Missing>| match *cell {
                    Ok(at) => level(at).ok_or_else(|| BinningError::Level { name: self.name.clone() }),
                    Err(cause) => missing(cause),
                };
                cells.iter().map(place).collect()
            }
        }
    }

    /// With some neighbouring bins of values as one: `same[at]` says that bin `at + 1` joins bin `at`.
    pub(crate) fn joined(&self, same: &[bool]) -> Binned {
        let total = Tally { goods: self.goods, bads: self.bads, ..Tally::default() };
        let mut bins: Vec<Bin> = vec![];
        for (at, bin) in self.bins.iter().enumerate() {
            let joins = at.checked_sub(1).and_then(|before| same.get(before)).copied().unwrap_or(false);
            match bins.pop() {
                Some(last) if joins => {
                    let kind = together(last.kind.clone(), bin.kind.clone());
                    bins.push(Bin::new(kind, tally(&last).plus(&tally(bin)), &total, self.options.zero_cell));
                }
                last => bins.extend(last.into_iter().chain([bin.clone()])),
            }
        }
        let trend = solve::shape(bins.iter().map(|bin| solve::rate(bin.goods, bin.bads, self.options.zero_cell)));
        Binned { bins, trend, ..self.clone() }
    }

    /// The binning table with its analysis.
    #[must_use]
    pub fn table(&self) -> Table {
        table::build(self)
    }

    pub(crate) fn is_codes(&self) -> bool {
        matches!(self.bins.first(), Some(Bin { kind: BinKind::Codes { .. }, .. }))
    }

    fn number(&self, value: f64) -> Result<usize, BinningError> {
        if self.is_codes() {
            return Err(BinningError::Kind { name: self.name.clone(), binned: "codes", given: "numbers" });
        }
        if !value.is_finite() {
            return Err(BinningError::NotFinite { name: self.name.clone() });
        }
        let special = |bin: &Bin| matches!(bin.kind, BinKind::Special(code) if code == value);
        if let Some(at) = self.specials.iter().position(special) {
            return Ok(self.bins.len() + at);
        }
        let lies_above = |bin: &Bin| matches!(bin.kind, BinKind::Range { below: Some(below), .. } if below <= value);
        Ok(self.bins.partition_point(lies_above))
    }

    fn code(&self, code: &str) -> Result<Option<usize>, BinningError> {
        if !self.is_codes() {
            return Err(BinningError::Kind { name: self.name.clone(), binned: "numbers", given: "codes" });
        }
        let named =
            |bin: &Bin| matches!(&bin.kind, BinKind::Codes { levels, .. } if levels.iter().any(|one| one == code));
        let other = |bin: &Bin| matches!(bin.kind, BinKind::Codes { other: true, .. });
        Ok(self.bins.iter().position(named).or_else(|| self.bins.iter().position(other)))
    }
}

fn tally(bin: &Bin) -> Tally {
    Tally { goods: bin.goods, bads: bin.bads, rows: bin.rows, bad_rows: bin.bad_rows }
}

/// What two neighbouring bins hold.
fn together(one: BinKind, next: BinKind) -> BinKind {
    match (one, next) {
        (BinKind::Range { from, .. }, BinKind::Range { below, .. }) => BinKind::Range { from, below },
        (BinKind::Codes { mut levels, other }, BinKind::Codes { levels: more, other: others }) => {
            levels.extend(more);
            levels.sort();
            BinKind::Codes { levels, other: other || others }
        }
        (one, _) => one,
    }
}
