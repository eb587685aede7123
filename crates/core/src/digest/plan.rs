//! What a registry's attributes will ask of every digest, worked out once: filters as bit tables, windows as cut points.

use std::collections::BTreeSet;

use super::{
    filter::{Direction, Filter, RowTest},
    texts::Texts,
};
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
    // The bits of each filter's row tests.
    wanted: Vec<u64>,
    tests: Vec<RowTest>,
    // The filters that digests work out, ascending, and the place of each filter among them; `NONE` for the others.
    kept: Vec<u16>,
    places: Vec<u16>,
    // By place, the bits of each kept filter's row tests; the set of those that have some, one bit a place.
    tests_of: Vec<u64>,
    tested: Vec<u64>,
    // The tests that read descriptions, with what they look for, and those that read amounts.
    texts: u64,
    needles: Texts,
    amounts: u64,
    // No test of an amount passes below.
    amount_min: i64,
    // The tests of the weekday that pass on each, Monday first.
    by_weekday: [u64; 7],
    // Ages in days that end or begin a window, ascending, without 0.
    cuts: BTreeSet<u16>,
    // Calendar months back from T's whose first days are cuts too; `None` when no window is a month.
    months: Option<u8>,
    // Rows of the tables are `words` long: one bit a place.
    words: usize,
    by_purpose: Vec<u64>,
    by_instrument: Vec<u64>,
    by_role: Vec<u64>,
    by_side: Vec<u64>,
}

/// Every index of an axis has a row in its table.
const AXIS: usize = 256;
/// No place.
const NONE: u16 = u16::MAX;

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
            wanted: vec![],
            tests: vec![],
            kept: vec![],
            places: vec![],
            tests_of: vec![],
            tested: vec![],
            texts: 0,
            needles: Texts::default(),
            amounts: 0,
            amount_min: i64::MAX,
            by_weekday: [0; 7],
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
                self.tests.push(test.clone());
            }
            wanted |= 1 << bit;
        }
        let id = narrow(self.filters.len());
        self.filters.push(filter.clone());
        self.wanted.push(wanted);
        self.places.push(narrow(self.kept.len()));
        self.kept.push(id);
        Ok(FilterId(id))
    }

    /// The same plan for digests that are asked for these filters and no others: what fewer filters tell apart costs less.
    /// Ids and windows stay.
    #[must_use]
    pub fn only(&self, filters: &BTreeSet<FilterId>) -> Plan {
        let mut plan = self.clone();
        plan.kept = filters.iter().map(|id| id.0).filter(|id| usize::from(*id) < self.filters.len()).collect();
        plan.places = vec![NONE; self.filters.len()];
        for (place, id) in (0..).zip(&plan.kept) {
            plan.places[usize::from(*id)] = place;
        }
        plan.tabulate();
        plan
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
        self.words = self.kept.len().div_ceil(64).max(1);
        self.tabulate_tests();
        let table = |rows: usize| vec![0; rows * self.words];
        let (mut purpose, mut instrument, mut role, mut side) = (table(AXIS), table(AXIS), table(AXIS), table(SIDES));
        for (at, filter) in self.kept.iter().map(|id| &self.filters[usize::from(*id)]).enumerate() {
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

    fn tabulate_tests(&mut self) {
        self.tests_of = self.kept.iter().map(|id| self.wanted[usize::from(*id)]).collect();
        self.tested = vec![0; self.words];
        for (place, _) in self.tests_of.iter().enumerate().filter(|(_, wanted)| **wanted != 0) {
            self.tested[place / 64] |= 1 << (place % 64);
        }
        let asked = self.tests_of.iter().fold(0, |asked, wanted| asked | wanted);
        (self.texts, self.amounts, self.amount_min, self.by_weekday) = (0, 0, i64::MAX, [0; 7]);
        for (bit, test) in (0..u64::BITS).zip(&self.tests).filter(|(bit, _)| asked >> bit & 1 == 1) {
            match test {
                RowTest::Text(_) => self.texts |= 1 << bit,
                RowTest::Amount { min: smallest, .. } | RowTest::Multiple(smallest) => {
                    self.amounts |= 1 << bit;
                    self.amount_min = self.amount_min.min(*smallest);
                }
                RowTest::Weekdays(days) => {
                    let of_days = (0..).zip(&mut self.by_weekday).filter(|(day, _)| days >> day & 1 == 1);
                    of_days.for_each(|(_, tests)| *tests |= 1 << bit);
                }
            }
        }
        self.needles = Texts::of(&self.tests, self.texts);
    }

    /// How many filters digests work out.
    pub(super) fn kept_count(&self) -> usize {
        self.kept.len()
    }

    /// Where digests keep each filter, by id; `None` for those that they do not work out.
    pub(super) fn places(&self) -> impl Iterator<Item = Option<usize>> {
        self.places.iter().map(|place| (*place != NONE).then_some(usize::from(*place)))
    }

    /// Where digests keep a filter.
    pub(super) fn place(&self, id: FilterId) -> usize {
        let place = self.places[usize::from(id.0)];
        assert!(place != NONE, "filter {} is asked of a plan without it", id.0);
        usize::from(place)
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

    /// The set of filters, by place, that take rows of this label, direction and pairing, whatever their row tests.
    pub(super) fn matching(&self, label: &Label, direction: Direction, internal: bool) -> impl Iterator<Item = u64> {
        let row = |at: usize| at * self.words..(at + 1) * self.words;
        let purpose = &self.by_purpose[row(label.purpose.0.into())];
        let instrument = &self.by_instrument[row(label.instrument.0.into())];
        let (role, side) =
            (&self.by_role[row(label.role.0.into())], &self.by_side[row(side_index(direction, internal))]);
        purpose.iter().zip(instrument).zip(role.iter().zip(side)).map(|((a, b), (c, d))| a & b & c & d)
    }

    /// The row tests that decide within a set of filters: no other test splits its leaf.
    pub(super) fn deciding(&self, filters: &[u64]) -> u64 {
        let mut tests = 0;
        for (first, (filters, tested)) in (0..).step_by(64).zip(filters.iter().zip(&self.tested)) {
            let mut left = filters & tested;
            while left != 0 {
                tests |= self.tests_of[first + left.trailing_zeros() as usize];
                left &= left - 1;
            }
        }
        tests
    }

    /// Takes the filters out whose tests did not all pass.
    pub(super) fn keep_passed(&self, filters: &mut [u64], passed: u64) {
        for (first, (filters, tested)) in (0..).step_by(64).zip(filters.iter_mut().zip(&self.tested)) {
            let mut left = *filters & tested;
            while left != 0 {
                let bit = left.trailing_zeros();
                let wanted = self.tests_of[first + bit as usize];
                if passed & wanted != wanted {
                    *filters &= !(1 << bit);
                }
                left &= left - 1;
            }
        }
    }

    /// Of the tests in `deciding`, one bit for each that a row passes; `text`, its description, is asked only when one of them
    /// reads it.
    #[inline]
    pub(super) fn passed<'t>(&self, deciding: u64, magnitude: i64, day: Day, text: impl FnOnce() -> &'t str) -> u64 {
        if deciding == 0 {
            return 0;
        }
        let passed = deciding & self.by_weekday[day.weekday() as usize];
        // Few rows are large enough for any test of an amount, and few filters read texts.
        let amounts = if self.amount_min <= magnitude { deciding & self.amounts } else { 0 };
        match deciding & self.texts {
            0 if amounts == 0 => passed,
            texts => passed | self.passed_closely((amounts, texts), magnitude, day, text),
        }
    }

    /// The same of tests of amounts and of texts.
    #[inline(never)]
    fn passed_closely<'t>(
        &self,
        (amounts, texts): (u64, u64),
        magnitude: i64,
        day: Day,
        text: impl FnOnce() -> &'t str,
    ) -> u64 {
        let (mut passed, mut left, mut lowered) = (0, amounts, String::new());
        if texts != 0 {
            let text = text();
            match self.needles.found(texts, text) {
                Some(found) => passed |= found,
                None => (left, lowered) = (left | texts, text.to_ascii_lowercase()),
            }
        }
        while left != 0 {
            let bit = left.trailing_zeros();
            let passes = self.tests.get(bit as usize).is_some_and(|test| test.passes(magnitude, day, &lowered));
            passed |= u64::from(passes) << bit;
            left &= left - 1;
        }
        passed
    }

    /// The ages at which the calendar months of the plan's windows begin before `end`, T's month first: ascending.
    pub(super) fn month_starts(&self, end: Day) -> Vec<u32> {
        let last = end.plus(-1);
        let months = self.months.map_or(0, |most| u32::from(most) + 1);
        (0..months).map(|back| days_between(last.month_start(back), end)).collect()
    }

    /// Where the age rings of a digest begin: 0, then every cut, and every month.
    pub(super) fn edges(&self, month_starts: &[u32]) -> Vec<u32> {
        let mut edges: Vec<u32> = Vec::with_capacity(1 + self.cuts.len() + month_starts.len());
        edges.push(0);
        let mut months = month_starts.iter().copied().peekable();
        for cut in self.cuts.iter().map(|&cut| u32::from(cut)) {
            edges.extend(std::iter::from_fn(|| months.next_if(|month| *month < cut)));
            edges.push(cut);
        }
        edges.extend(months);
        edges.dedup();
        edges
    }
}

/// Inflow or outflow, within the application or not.
pub(super) const SIDES: usize = 4;

/// Which of the sides a row stands on.
pub(super) fn side_index(direction: Direction, internal: bool) -> usize {
    usize::from(direction == Direction::Outflow) * 2 + usize::from(internal)
}

fn narrow(index: usize) -> u16 {
    u16::try_from(index).unwrap_or(NONE)
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
