//! What a registry's attributes will ask of every digest, worked out once: filters as bit tables, windows as cut points.

use std::collections::BTreeSet;

use super::filter::{Direction, Filter, RowTest};
use crate::{
    category::label::Label,
    limits::ROW_FILTERS_MAX,
    time::{Day, Window},
};

/// Index of a filter in its plan.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct FilterId(pub u16);

/// The plan has no room for another row test.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("more than {ROW_FILTERS_MAX} different tests of amount, weekday or text; drop some")]
pub struct TooManyRowTests;

/// What the attributes of a registry ask of every digest.
#[derive(Clone, Debug)]
pub struct Plan {
    filters: Vec<Filter>,
    // The filters with row tests, and the bits of their tests.
    tested: Vec<(FilterId, u64)>,
    tests: Vec<RowTest>,
    // The tests that read descriptions.
    texts: u64,
    // Ages in days that end or begin a window, ascending, without 0.
    cuts: BTreeSet<u16>,
    // Calendar months back from T's whose first days are cuts too; `None` when no window is a month.
    months: Option<u8>,
    // Rows of the tables are `words` long: one bit a filter.
    words: usize,
    by_purpose: Vec<u64>,
    by_instrument: Vec<u64>,
    by_role: Vec<u64>,
    by_side: Vec<u64>,
}

/// Every index of an axis has a row in its table.
const AXIS: usize = 256;

impl Default for Plan {
    fn default() -> Plan {
        Plan::new()
    }
}

impl Plan {
    /// A plan without filters and windows.
    #[must_use]
    pub fn new() -> Plan {
        let mut plan = Plan {
            filters: vec![],
            tested: vec![],
            tests: vec![],
            texts: 0,
            cuts: BTreeSet::new(),
            months: None,
            words: 0,
            by_purpose: vec![],
            by_instrument: vec![],
            by_role: vec![],
            by_side: vec![],
        };
        plan.tabulate();
        plan
    }

    /// The id of a filter, which is added when it is new. Call [`Plan::tabulate`] after the last one.
    ///
    /// # Errors
    ///
    /// [`TooManyRowTests`] when its row tests do not fit into one word.
    pub fn filter(&mut self, filter: &Filter) -> Result<FilterId, TooManyRowTests> {
        match self.filters.iter().position(|known| known == filter) {
            Some(known) => Ok(FilterId(narrow(known))),
            None => self.append(filter),
        }
    }

    /// Adds a filter even if an equal one is there, so that its id is the number of filters before it.
    ///
    /// # Errors
    ///
    /// As [`Plan::filter`].
    pub fn append(&mut self, filter: &Filter) -> Result<FilterId, TooManyRowTests> {
        let mut wanted = 0;
        for test in &filter.tests {
            let known = self.tests.iter().position(|known| known == test);
            let bit = known.unwrap_or(self.tests.len());
            if ROW_FILTERS_MAX <= bit {
                return Err(TooManyRowTests);
            }
            if known.is_none() {
                self.texts |= u64::from(matches!(test, RowTest::Text(_))) << bit;
                self.tests.push(test.clone());
            }
            wanted |= 1 << bit;
        }
        let id = FilterId(narrow(self.filters.len()));
        self.filters.push(filter.clone());
        if wanted != 0 {
            self.tested.push((id, wanted));
        }
        Ok(id)
    }

    /// Makes a window cheap: its ends become cuts between the age rings.
    pub fn window(&mut self, window: Window) {
        match window {
            Window::Point | Window::History | Window::Ahead(_) => {}
            Window::Days { far, near } => self.cuts.extend([far, near].into_iter().filter(|&age| 0 < age)),
            Window::Month(back) => self.months = self.months.max(Some(back)),
        }
    }

    /// Rebuilds the bit tables after filters were added.
    pub fn tabulate(&mut self) {
        self.words = self.filters.len().div_ceil(64).max(1);
        let table = |rows: usize| vec![0; rows * self.words];
        let (mut purpose, mut instrument, mut role, mut side) = (table(AXIS), table(AXIS), table(AXIS), table(4));
        for (at, filter) in self.filters.iter().enumerate() {
            let (word, bit) = (at / 64, 1_u64 << (at % 64));
            for index in 0..=u8::MAX {
                let cell = usize::from(index) * self.words + word;
                for (table, set) in [
                    (&mut purpose, &filter.purposes),
                    (&mut instrument, &filter.instruments),
                    (&mut role, &filter.roles),
                ] {
                    if set.contains(index) {
                        table[cell] |= bit;
                    }
                }
            }
            for direction in [Direction::Inflow, Direction::Outflow] {
                for internal in [false, true] {
                    let fits = filter.direction.is_none_or(|wanted| wanted == direction);
                    if fits && filter.takes_internal(internal) {
                        side[side_index(direction, internal) * self.words + word] |= bit;
                    }
                }
            }
        }
        (self.by_purpose, self.by_instrument, self.by_role, self.by_side) = (purpose, instrument, role, side);
    }

    /// How many filters there are.
    #[must_use]
    pub fn filter_count(&self) -> usize {
        self.filters.len()
    }

    /// A filter by its id.
    #[must_use]
    pub fn get(&self, id: FilterId) -> &Filter {
        &self.filters[usize::from(id.0)]
    }

    /// Words of a set of filters.
    pub(super) fn words(&self) -> usize {
        self.words
    }

    /// Writes the set of filters that take rows of this label, direction and pairing, whatever their row tests.
    pub(super) fn matching(&self, label: &Label, direction: Direction, internal: bool, out: &mut Vec<u64>) {
        let side = side_index(direction, internal) * self.words;
        out.extend((0..self.words).map(|word| {
            self.by_purpose[usize::from(label.purpose.0) * self.words + word]
                & self.by_instrument[usize::from(label.instrument.0) * self.words + word]
                & self.by_role[usize::from(label.role.0) * self.words + word]
                & self.by_side[side + word]
        }));
    }

    /// The row tests that decide within a set of filters: no other test splits its leaf.
    pub(super) fn deciding(&self, filters: &[u64]) -> u64 {
        let met = self.tested.iter().filter(|(id, _)| has(filters, *id));
        met.fold(0, |tests, (_, wanted)| tests | wanted)
    }

    /// Takes the filters out whose tests did not all pass.
    pub(super) fn keep_passed(&self, filters: &mut [u64], passed: u64) {
        for (id, wanted) in &self.tested {
            if passed & wanted != *wanted {
                filters[usize::from(id.0) / 64] &= !(1 << (id.0 % 64));
            }
        }
    }

    /// Of the tests in `deciding`, one bit for each that a row passes; `text` is asked only when one of them reads it.
    pub(super) fn passed(&self, deciding: u64, magnitude: i64, day: Day, text: impl FnOnce() -> String) -> u64 {
        let text = if deciding & self.texts == 0 { String::new() } else { text() };
        let (mut left, mut passed) = (deciding, 0);
        while left != 0 {
            let bit = left.trailing_zeros();
            let passes = self.tests.get(bit as usize).is_some_and(|test| test.passes(magnitude, day, &text));
            passed |= u64::from(passes) << bit;
            left &= left - 1;
        }
        passed
    }

    /// Where the age rings of a digest begin: 0, then every cut, with the calendar months as they lie before `end`.
    pub(super) fn edges(&self, end: Day) -> Vec<u32> {
        let mut edges: Vec<u32> = std::iter::once(0).chain(self.cuts.iter().map(|&cut| u32::from(cut))).collect();
        if let Some(months) = self.months {
            edges.extend((0..=months).map(|back| Span::of(Window::Month(back), end).far));
        }
        edges.sort_unstable();
        edges.dedup();
        edges
    }
}

/// Inflow or outflow, within the application or not: four sides.
fn side_index(direction: Direction, internal: bool) -> usize {
    usize::from(direction == Direction::Outflow) * 2 + usize::from(internal)
}

/// Whether a filter is in a set of filters.
pub(super) fn has(filters: &[u64], id: FilterId) -> bool {
    let at = usize::from(id.0);
    filters.get(at / 64).is_some_and(|word| word >> (at % 64) & 1 == 1)
}

fn narrow(index: usize) -> u16 {
    u16::try_from(index).unwrap_or(u16::MAX)
}

/// A window as ages: 0 is the last day before T. Half open: the ages `[near, far)`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Span {
    /// Age of the newest day.
    pub near: u32,
    /// Age of the first day that is too old; [`Span::OPEN`] takes all history.
    pub far: u32,
}

impl Span {
    /// No oldest day.
    pub const OPEN: u32 = u32::MAX;
    /// All history.
    pub const HISTORY: Span = Span { near: 0, far: Span::OPEN };

    /// The ages of a window before `end`.
    #[must_use]
    pub fn of(window: Window, end: Day) -> Span {
        match window {
            // A forecast rests on all that is known.
            Window::Point | Window::History | Window::Ahead(_) => Span::HISTORY,
            Window::Days { far, near } => Span { near: near.into(), far: far.into() },
            Window::Month(back) => {
                let last = end.plus(-1);
                let near = if back == 0 { end } else { last.month_start(u32::from(back) - 1) };
                Span { near: days_between(near, end), far: days_between(last.month_start(back.into()), end) }
            }
        }
    }

    /// How many days it holds; `None` for all history.
    #[must_use]
    pub fn days(self) -> Option<u32> {
        (self.far != Span::OPEN).then(|| self.far.saturating_sub(self.near))
    }

    /// The days `[first, end)` of the span before `end` (T's).
    #[must_use]
    pub fn range(self, end: Day) -> (Day, Day) {
        let back = |age: u32| i32::try_from(age).map_or(Day(i32::MIN), |age| end.plus(-age));
        (back(self.far), back(self.near))
    }

    /// Whether an age lies inside.
    #[must_use]
    pub fn contains(self, age: u32) -> bool {
        self.near <= age && age < self.far
    }

    /// Days of history, counted back from T, that this span needs: nine tenths of its own days, rounded up.
    ///
    /// All history needs one day.
    #[must_use]
    pub fn days_needed(self) -> u32 {
        self.days().map_or(1, |days| self.near + days.saturating_mul(9).div_ceil(10))
    }
}

/// Whole days from one day to a later one; 0 when it is not later.
#[must_use]
pub fn days_between(from: Day, to: Day) -> u32 {
    u32::try_from(i64::from(to.0) - i64::from(from.0)).unwrap_or(0)
}
