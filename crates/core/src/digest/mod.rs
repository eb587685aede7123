//! Integer accumulators of a ledger: filters, which are unions of (purpose, instrument, role, direction, pairing) leaves, over
//! age rings; and daily balances.
//!
//! Filters are unions of leaves, windows are unions of rings, so an attribute costs nothing per row, a lender's own included.
//! Every measure runs on magnitudes; a filter names the direction.

use std::cell::OnceCell;

use crate::{
    application::Application,
    category::taxonomy::Taxonomy,
    digest::{
        balance::deposits,
        leaf::{Entry, Leaves},
        levels::Levels,
        plan::{FilterId, Plan, Span, days_between},
        rings::Rings,
        structure::Structure,
        table::Table,
        view::{NO_EXTREMES, View, each_member, widest},
    },
    exact::{Fraction, select},
    ledger::{Ledger, LedgerRow, Parties, TransactionAccess},
    money::Direction,
    time::{Day, Window},
    value::Missing,
};

pub use crate::exact;

pub mod balance;
pub mod filter;
mod leaf;
pub mod levels;
mod parties;
pub mod plan;
mod rings;
mod structure;
mod table;
#[cfg(test)]
pub(crate) mod sample;
mod texts;
mod view;

/// Accumulators of one ledger, and what computed attributes may look at.
#[derive(Debug)]
pub struct Digest<'a> {
    /// The ledger.
    pub ledger: &'a Ledger,
    /// The application: requested amount, instalment, extras.
    pub application: &'a Application,
    /// The names behind the labels.
    pub taxonomy: &'a Taxonomy,
    /// What was asked of the rows.
    pub plan: &'a Plan,
    rings: Rings,
    // How many rings there are up to that of the oldest row.
    filled: u32,
    leaves: Leaves,
    // Whether days ascend with the rows.
    ordered: bool,
    // What was worked out of each filter that was asked.
    views: Vec<View>,
    parties: OnceCell<Parties>,
    table: OnceCell<Table>,
    levels: Levels,
    structure: Structure,
    history: Result<u32, Missing>,
    /// Days that the data covers: at least `history`.
    covered: Result<u32, Missing>,
}

/// How many rows, and how much money.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Sums {
    /// Rows.
    pub count: u64,
    /// Magnitudes added up, minor units.
    pub sum: i128,
}

/// Rows of which the rules are not sure.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Doubtful {
    /// Rows with a confidence below 50 percent.
    pub rows: u64,
    /// Money of the rows that no rule knows, minor units.
    pub unknown: i128,
}

/// Everything that is accumulated of rows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Total {
    /// Rows.
    pub count: u64,
    /// Magnitudes added up, minor units.
    pub sum: i128,
    /// Their squares added up.
    pub squares: i128,
    /// The smallest magnitude; `i64::MAX` when there is no row.
    pub min: i64,
    /// The largest magnitude; 0 when there is no row.
    pub max: i64,
    /// Age of the newest row; `u32::MAX` when there is none.
    pub newest: u32,
    /// Age of the oldest row; 0 when there is none.
    pub oldest: u32,
}

/// A window as a digest sees it, worked out once for all columns that ask for it.
#[derive(Clone, Copy, Debug)]
pub struct Frame {
    /// The ages of its days.
    pub span: Span,
    // The rings that it begins and ends with; `None` when the plan did not know the window.
    rings: Option<(u32, u32)>,
    /// Whether flows over it can be stated: [`Digest::covers`] without a need of days.
    pub covered: Result<(), Missing>,
}

impl Total {
    /// No row.
    pub const EMPTY: Total = Total { count: 0, sum: 0, squares: 0, min: i64::MAX, max: 0, newest: u32::MAX, oldest: 0 };

    fn add(&mut self, magnitude: i64, age: u32) {
        let wide = i128::from(magnitude);
        self.count += 1;
        self.sum += wide;
        // No square of 64 bits leaves 128, so the product needs no check.
        self.squares = self.squares.saturating_add(wide.wrapping_mul(wide));
        self.min = self.min.min(magnitude);
        self.max = self.max.max(magnitude);
        self.newest = self.newest.min(age);
        self.oldest = self.oldest.max(age);
    }
}

impl<'a> Digest<'a> {
    /// Accumulates the rows of a ledger. `text` is asked for descriptions only when a filter of the plan reads them.
    #[must_use]
    pub fn new(
        plan: &'a Plan,
        ledger: &'a Ledger,
        application: &'a Application,
        taxonomy: &'a Taxonomy,
        text: &dyn Fn(u32) -> &'a str,
    ) -> Digest<'a> {
        let rings = Rings::of(plan, ledger.end);
        let leaves = Leaves::of(plan, &rings, ledger, text);
        let views = std::iter::repeat_with(View::default).take(leaves.met_count()).collect();
        Digest {
            ledger,
            application,
            taxonomy,
            plan,
            filled: rings.filled(leaves.oldest()),
            rings,
            leaves,
            ordered: ledger.rows.is_sorted_by_key(|row| row.day),
            views,
            parties: OnceCell::new(),
            table: OnceCell::new(),
            levels: Levels::default(),
            structure: Structure::default(),
            history: history_days(ledger),
            covered: covered_days(ledger),
        }
    }

    /// The ages of a window before this ledger's T.
    #[must_use]
    #[inline]
    pub fn span(&self, window: Window) -> Span {
        self.rings.span(window)
    }

    /// Whether the last day before this ledger's T is the last of its month.
    pub(crate) fn ends_with_month(&self) -> bool {
        self.rings.ends_with_month()
    }

    /// Days from the first posted row of any deposit account to T: an applicant's depth of history.
    ///
    /// # Errors
    ///
    /// [`Missing::NotApplicable`] without a deposit account, [`Missing::NotPermitted`] when transactions of none are there,
    /// [`Missing::NotEnoughHistory`] when there is no row.
    pub fn history_days(&self) -> Result<u32, Missing> {
        self.history
    }

    /// Days before T that are covered ([`Ledger::covered_from`]).
    ///
    /// # Errors
    ///
    /// As [`Digest::history_days`].
    pub fn covered_days(&self) -> Result<u32, Missing> {
        self.covered
    }

    /// Whether flows over a span can be stated: nine tenths of its days are covered ([`Ledger::covered_from`]), or `needs` days
    /// where the attribute says so.
    ///
    /// # Errors
    ///
    /// As [`Digest::history_days`], and [`Missing::NotEnoughHistory`] when the history is too short.
    pub fn covers(&self, span: Span, needs: Option<u16>) -> Result<(), Missing> {
        let needed = needs.map_or_else(|| span.days_needed(), u32::from);
        if self.covered? < needed { Err(Missing::NotEnoughHistory) } else { Ok(()) }
    }

    /// The same of a window: a calendar month must be covered from its first day, on which rent and wages move.
    ///
    /// # Errors
    ///
    /// As [`Digest::covers`].
    pub fn covers_window(&self, window: Window) -> Result<(), Missing> {
        let span = self.span(window);
        match window {
            Window::Month(_) if self.covered? < span.far => Err(Missing::NotEnoughHistory),
            Window::Month(_) => Ok(()),
            _ => self.covers(span, None),
        }
    }

    /// A window before this ledger's T.
    #[must_use]
    pub fn frame(&self, window: Window) -> Frame {
        let span = self.span(window);
        Frame { span, rings: self.filled(span), covered: self.covers_window(window) }
    }

    /// Rows and money that a filter takes in a span.
    #[must_use]
    pub fn sums(&self, filter: FilterId, span: Span) -> Sums {
        self.summed(filter, span, self.filled(span))
    }

    /// The same in a window.
    #[must_use]
    #[expect(clippy::inline_always, reason = "asked by hundreds of columns, each with little else to do")]
    #[inline(always)]
    pub fn sums_in(&self, filter: FilterId, frame: &Frame) -> Sums {
        self.summed(filter, frame.span, frame.rings)
    }

    /// The rings of a span as far as they may hold rows; `None` when the plan did not know it.
    fn filled(&self, span: Span) -> Option<(u32, u32)> {
        let (near, far) = self.rings.range(span)?;
        Some((near.min(self.filled), far.min(self.filled)))
    }

    #[expect(clippy::inline_always, reason = "as for `sums_in`")]
    #[inline(always)]
    fn summed(&self, filter: FilterId, span: Span, rings: Option<(u32, u32)>) -> Sums {
        let Some(rings) = rings else { return self.counted(filter, span) };
        self.table().between(filter, rings, &self.rings, &self.leaves, self.plan)
    }

    #[inline]
    fn table(&self) -> &Table {
        self.table.get_or_init(|| Table::of(&self.rings, &self.leaves, self.plan))
    }

    /// Where the plan did not know the window: slower, and the same.
    #[cold]
    fn counted(&self, filter: FilterId, span: Span) -> Sums {
        let total = self.total(filter, span);
        Sums { count: total.count, sum: total.sum }
    }

    /// Everything that is accumulated of the rows that a filter takes in a span.
    #[must_use]
    pub fn total(&self, filter: FilterId, span: Span) -> Total {
        let mut total = Total::EMPTY;
        self.each(filter, span, |entry| total.add(entry.magnitude, entry.age));
        total
    }

    /// Number, sum and sum of squares of the magnitudes of the rows that a filter takes in a span.
    #[must_use]
    pub fn moments(&self, filter: FilterId, span: Span) -> (u64, i128, i128) {
        if !self.leaves.is_narrow() {
            let Total { count, sum, squares, .. } = self.total(filter, span);
            return (count, sum, squares);
        }
        // Unchecked: what together fits 64 bits has squares that together fit 128.
        let (mut count, mut sum, mut squares) = (0_u64, 0_i64, 0_i128);
        self.each(filter, span, |entry| {
            count = count.wrapping_add(1);
            sum = sum.wrapping_add(entry.magnitude);
            squares = squares.wrapping_add(exact::product(entry.magnitude, entry.magnitude));
        });
        (count, sum.into(), squares)
    }

    /// The smallest and the largest magnitude of the rows that a filter takes in a span; `None` when there are none.
    #[must_use]
    pub fn extremes(&self, filter: FilterId, span: Span) -> Option<(i64, i64)> {
        let mut ends = NO_EXTREMES;
        match self.rings.range(span).zip(self.view(filter)) {
            Some(((near, far), (view, at))) => {
                let rings = view.extremes(&self.rings, &self.leaves, at);
                let inside = (near as usize).min(rings.len())..(far as usize).min(rings.len());
                ends = rings.get(inside).unwrap_or_default().iter().copied().fold(ends, widest);
            }
            None => self.each(filter, span, |entry| ends = widest(ends, (entry.magnitude, entry.magnitude))),
        }
        (ends != NO_EXTREMES).then_some(ends)
    }

    /// The age of the newest day with a row that a filter takes in a span.
    #[must_use]
    pub fn newest(&self, filter: FilterId, span: Span) -> Option<u32> {
        let (first, word) = self.day_words(filter, span).find(|(_, word)| *word != 0)?;
        Some(first + word.trailing_zeros())
    }

    /// Distinct days with a row that a filter takes.
    #[must_use]
    pub fn distinct_days(&self, filter: FilterId, span: Span) -> u64 {
        self.day_words(filter, span).map(|(_, word)| u64::from(word.count_ones())).sum()
    }

    /// The distinct days with a row that a filter takes, newest first, as ages.
    #[must_use]
    pub fn ages(&self, filter: FilterId, span: Span) -> Vec<u32> {
        let mut ages =
            Vec::with_capacity(self.day_words(filter, span).map(|(_, word)| word.count_ones() as usize).sum());
        for (first, word) in self.day_words(filter, span) {
            each_member(&[word], |age| ages.push(first + age));
        }
        ages
    }

    /// The days with a row that a filter takes in a span: the first age of each word, and one bit a day.
    fn day_words(&self, filter: FilterId, span: Span) -> impl Iterator<Item = (u32, u64)> {
        let days = self.view(filter).map_or(&[][..], |(view, at)| view.days(&self.leaves, at));
        (0..).step_by(64).zip(days).map(move |(first, word)| (first, word & bits(first, span)))
    }

    /// The rows that a filter takes in a span, in the ledger's order.
    pub fn rows(&self, filter: FilterId, span: Span) -> impl Iterator<Item = &'a LedgerRow> {
        let inside = self.run(filter, span).iter().filter(move |entry| span.contains(entry.age));
        inside.map(|entry| &self.ledger.rows[entry.row as usize])
    }

    /// The same as entries; of a ledger that is out of order those outside the span too.
    fn run(&self, filter: FilterId, span: Span) -> &[Entry] {
        let entries = self.view(filter).map_or(&[][..], |(view, at)| view.entries(&self.leaves, at));
        if !self.ordered {
            return entries;
        }
        // Ages descend.
        let older = |age: u32| entries.partition_point(|entry| age <= entry.age);
        let from = older(span.far);
        &entries[from..older(span.near).max(from)]
    }

    /// A percentile (type 7) of the magnitudes of the rows that a filter takes in a span; `None` when there are none.
    #[must_use]
    pub fn percentile(&self, filter: FilterId, span: Span, percent: u8) -> Option<Fraction> {
        let mut magnitudes = Vec::with_capacity(usize::try_from(self.sums(filter, span).count).unwrap_or(0));
        self.each(filter, span, |entry| magnitudes.push(entry.magnitude));
        select(magnitudes, percent)
    }

    /// Rows and money by account of the rows that a filter takes in a span.
    #[must_use]
    pub fn sums_by_account(&self, filter: FilterId, span: Span) -> Vec<Sums> {
        let mut accounts = vec![Sums::default(); self.ledger.accounts.len()];
        self.each(filter, span, |entry| {
            let account = self.ledger.rows[entry.row as usize].account;
            if let Some(sums) = accounts.get_mut(usize::from(account)) {
                // Unchecked: there are fewer rows than would fill either.
                sums.count = sums.count.wrapping_add(1);
                sums.sum = sums.sum.wrapping_add(i128::from(entry.magnitude));
            }
        });
        accounts
    }

    /// Rows that a filter takes in a span of which the rules are not sure.
    #[must_use]
    pub fn doubtful(&self, filter: FilterId, span: Span) -> Doubtful {
        let Some((view, at)) = self.view(filter) else { return Doubtful::default() };
        let upto = view.doubtful(self.ledger, &self.leaves, at);
        let younger = |age: u32| upto[(age as usize).min(upto.len() - 1)];
        let (newer, older) = (younger(span.near), younger(span.far));
        Doubtful { rows: older.rows - newer.rows, unknown: older.unknown - newer.unknown }
    }

    /// The day of the oldest row that moves money in a direction, transfers within the application included.
    #[must_use]
    pub fn oldest(&self, direction: Direction) -> Option<Day> {
        let rows = self.ledger.rows.iter().filter(|row| row.day < self.ledger.end);
        let mut days = rows.filter(|row| Direction::of(row.amount) == Some(direction)).map(|row| row.day);
        if self.ordered { days.next() } else { days.min() }
    }

    /// The ages of the newest and of the oldest day with a row that a filter takes in a span.
    #[must_use]
    pub fn age_range(&self, filter: FilterId, span: Span) -> Option<(u32, u32)> {
        let mut ends = None;
        for (first, word) in self.day_words(filter, span).filter(|(_, word)| *word != 0) {
            let (newest, oldest) = (first + word.trailing_zeros(), first + 63 - word.leading_zeros());
            ends = Some((ends.map_or(newest, |(newest, _)| newest), oldest));
        }
        ends
    }

    /// Sums by day of the rows that a filter takes in a span, oldest day first, days without a row left out.
    pub fn daily(&self, filter: FilterId, span: Span) -> impl DoubleEndedIterator<Item = (Day, i128)> + Clone + '_ {
        let day = |age: u32| i32::try_from(age).map_or(Day(i32::MIN), |age| self.ledger.end.plus(-1 - age));
        self.sums_by_age(filter, span).iter().rev().map(move |(age, sum)| (day(*age), *sum))
    }

    /// The same by the ages of the days, newest day first.
    #[must_use]
    pub fn sums_by_age(&self, filter: FilterId, span: Span) -> &[(u32, i128)] {
        let daily = self.view(filter).map_or(&[][..], |(view, at)| view.daily(&self.leaves, at));
        let newer = |end: u32| daily.partition_point(|(age, _)| *age < end);
        &daily[newer(span.near)..newer(span.far).max(newer(span.near))]
    }

    /// Meets what a filter takes in a span, label by label and in no order that means anything: a row of the label and direction,
    /// in the span or not, with rows and money of all that are in it.
    pub fn each_label(&self, filter: FilterId, span: Span, mut meet: impl FnMut(&'a LedgerRow, Sums)) {
        let at = self.plan.place(filter);
        if self.leaves.met(at).is_none() {
            return;
        }
        let rings = self.filled(span);
        for (leaf, entries) in self.leaves.of_filter(at).zip(self.leaves.runs(at)) {
            let Some(first) = entries.first() else { continue };
            let sums = rings.and_then(|rings| self.table().of_leaf(leaf, rings)).unwrap_or_else(|| {
                let inside = entries.iter().filter(|entry| span.contains(entry.age));
                inside.fold(Sums::default(), |Sums { count, sum }, entry| Sums {
                    count: count + 1,
                    sum: sum + i128::from(entry.magnitude),
                })
            });
            if sums.count != 0 {
                meet(&self.ledger.rows[first.row as usize], sums);
            }
        }
    }

    /// Meets each day with a row that a filter takes in a span, newest first, as its age.
    pub fn each_age(&self, filter: FilterId, span: Span, mut meet: impl FnMut(u32)) {
        for (first, word) in self.day_words(filter, span) {
            each_member(&[word], |age| meet(first + age));
        }
    }

    /// Sums in consecutive windows of `days` days, newest first.
    pub fn buckets(&self, filter: FilterId, days: u32, count: u32) -> impl Iterator<Item = i128> {
        (0..count).map(move |at| self.sums(filter, Span { near: at * days, far: (at + 1) * days }).sum)
    }

    /// What is kept of a filter, and its place; `None` when no row passes it, which costs nothing.
    fn view(&self, filter: FilterId) -> Option<(&View, usize)> {
        let at = self.plan.place(filter);
        self.leaves.met(at).map(|met| (&self.views[met], at))
    }

    /// Meets the rows that a filter takes in a span, in no particular order.
    fn each(&self, filter: FilterId, span: Span, mut meet: impl FnMut(&Entry)) {
        let Some((view, at)) = self.view(filter) else { return };
        if self.ordered && view.pays_order(&self.leaves, at) {
            self.run(filter, span).iter().for_each(meet);
            return;
        }
        self.leaves.each(at, |entry| {
            if span.contains(entry.age) {
                meet(entry);
            }
        });
    }
}

/// The days of a word that lie inside a span: bit n is the age `first` + n.
fn bits(first: u32, span: Span) -> u64 {
    let upto = |age: u32| match age.saturating_sub(first) {
        64.. => u64::MAX,
        some => (1 << some) - 1,
    };
    upto(span.far) & !upto(span.near)
}

fn history_days(ledger: &Ledger) -> Result<u32, Missing> {
    let mut deposits = deposits(ledger).peekable();
    if deposits.peek().is_none() {
        return Err(Missing::NotApplicable);
    }
    let mut open = deposits.filter(|account| account.access == TransactionAccess::Complete).peekable();
    if open.peek().is_none() {
        return Err(Missing::NotPermitted);
    }
    let first = open.filter_map(|account| account.first_day).min().ok_or(Missing::NotEnoughHistory)?;
    Ok(days_between(first, ledger.end))
}

fn covered_days(ledger: &Ledger) -> Result<u32, Missing> {
    let days = history_days(ledger)?;
    Ok(ledger.covered_from.map_or(days, |from| days.max(days_between(from, ledger.end))))
}

#[cfg(test)]
mod tests;
