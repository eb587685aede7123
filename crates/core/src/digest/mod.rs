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
        balance::{BalanceSeries, Balances, deposits},
        leaf::{Entry, Leaves},
        plan::{FilterId, Plan, Span, days_between},
        rings::Rings,
        structure::Structure,
        view::{Counterparties, View, each_member, sort_by_amount},
    },
    exact::{Fraction, Position},
    ledger::{Ledger, LedgerRow, TransactionAccess},
    time::{Day, Window},
    value::Missing,
};

pub use crate::exact;

pub mod balance;
pub mod filter;
mod leaf;
pub mod plan;
mod rings;
mod structure;
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
    leaves: Leaves,
    // Whether days ascend with the rows.
    ordered: bool,
    // What was worked out of each filter that was asked.
    views: Vec<View>,
    parties: OnceCell<Counterparties>,
    // Closing balances with their ages, ascending.
    sorted_balances: OnceCell<Box<[(i64, u32)]>>,
    balances: OnceCell<Result<BalanceSeries, Missing>>,
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
    rings: Option<(usize, usize)>,
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

    fn merge(&mut self, other: &Total) {
        self.count += other.count;
        self.sum += other.sum;
        self.squares = self.squares.saturating_add(other.squares);
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
        self.newest = self.newest.min(other.newest);
        self.oldest = self.oldest.max(other.oldest);
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
        Digest {
            ledger,
            application,
            taxonomy,
            plan,
            rings,
            leaves,
            ordered: ledger.rows.is_sorted_by_key(|row| row.day),
            views: std::iter::repeat_with(View::default).take(plan.kept_count()).collect(),
            parties: OnceCell::new(),
            sorted_balances: OnceCell::new(),
            balances: OnceCell::new(),
            structure: Structure::default(),
            history: history_days(ledger),
            covered: covered_days(ledger),
        }
    }

    /// The ages of a window before this ledger's T.
    #[must_use]
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

    /// A window before this ledger's T.
    #[must_use]
    pub fn frame(&self, window: Window) -> Frame {
        let span = self.span(window);
        Frame { span, rings: self.rings.range(span), covered: self.covers(span, None) }
    }

    /// Rows and money that a filter takes in a span.
    #[must_use]
    pub fn sums(&self, filter: FilterId, span: Span) -> Sums {
        self.summed(filter, span, |rings| rings.range(span))
    }

    /// The same in a window.
    #[must_use]
    pub fn sums_in(&self, filter: FilterId, frame: &Frame) -> Sums {
        self.summed(filter, frame.span, |_| frame.rings)
    }

    #[inline]
    fn summed(&self, filter: FilterId, span: Span, range: impl Fn(&Rings) -> Option<(usize, usize)>) -> Sums {
        let Some((view, at)) = self.view(filter) else { return Sums::default() };
        match range(&self.rings) {
            Some((near, far)) => view.upto(&self.rings, &self.leaves, at).between(near, far),
            None => {
                // The plan did not know the window: slower, and the same.
                let total = self.total(filter, span);
                Sums { count: total.count, sum: total.sum }
            }
        }
    }

    /// Everything that is accumulated of the rows that a filter takes in a span.
    #[must_use]
    pub fn total(&self, filter: FilterId, span: Span) -> Total {
        let mut total = Total::EMPTY;
        let Some((view, at)) = self.view(filter) else { return total };
        match self.rings.range(span) {
            Some((near, far)) => {
                let rings = view.rings(&self.rings, &self.leaves, at);
                let inside = near.min(rings.len())..far.min(rings.len());
                rings.get(inside).unwrap_or_default().iter().for_each(|ring| total.merge(ring));
            }
            None => self.each(filter, span, |entry| total.add(entry.magnitude, entry.age)),
        }
        total
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
        let rows = &self.ledger.rows;
        let places = self.view(filter).map_or(&[][..], |(view, at)| view.places(&self.leaves, at));
        let (first, end) = span.range(self.ledger.end);
        let before = |day: Day| places.partition_point(|at| rows[*at as usize].day < day);
        let (from, to) = if self.ordered { (before(first), before(end)) } else { (0, places.len()) };
        let inside = move |row: &&LedgerRow| first <= row.day && row.day < end;
        places[from..to.max(from)].iter().map(|at| &rows[*at as usize]).filter(inside)
    }

    /// A percentile (type 7) of the magnitudes of the rows that a filter takes in a span; `None` when there are none.
    #[must_use]
    pub fn percentile(&self, filter: FilterId, span: Span, percent: u8) -> Option<Fraction> {
        let (view, at) = self.view(filter)?;
        let count = usize::try_from(self.sums(filter, span).count).ok()?;
        percentile_inside(view.magnitudes(&self.leaves, at), span, count, percent)
    }

    /// How many counterparties the rows have that a filter takes in a span.
    #[must_use]
    pub fn distinct_counterparties(&self, filter: FilterId, span: Span) -> usize {
        let Some((view, at)) = self.view(filter) else { return 0 };
        if span.near == 0 {
            let newest = view.newest(|| self.parties(), self.ledger, &self.leaves, at);
            return newest.partition_point(|age| *age < span.far);
        }
        self.counterparty_sizes(filter, span).len()
    }

    /// Sums by counterparty of the rows that a filter takes in a span, by the counterparty's key.
    #[must_use]
    pub fn counterparties(&self, filter: FilterId, span: Span) -> Vec<(u64, i128)> {
        let known = self.parties();
        let mut paid = Vec::with_capacity(known.keys.len());
        // No row moves nothing, so that a sum of nothing says that there was no row.
        if self.leaves.is_narrow() {
            let mut sums = vec![0_i64; known.keys.len()];
            self.each(filter, span, |entry| {
                let sum = &mut sums[known.number(entry)];
                *sum = sum.wrapping_add(entry.magnitude);
            });
            let moved = known.keys.iter().copied().zip(sums).filter(|(_, sum)| *sum != 0);
            paid.extend(moved.map(|(key, sum)| (key, i128::from(sum))));
        } else {
            let mut sums = vec![0_i128; known.keys.len()];
            self.each(filter, span, |entry| sums[known.number(entry)] += i128::from(entry.magnitude));
            paid.extend(known.keys.iter().copied().zip(sums).filter(|(_, sum)| *sum != 0));
        }
        paid
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

    /// How many rows each counterparty has among those that a filter takes in a span, in no order that means anything.
    #[must_use]
    pub fn counterparty_sizes(&self, filter: FilterId, span: Span) -> Vec<u32> {
        let known = self.parties();
        let mut sizes = vec![0_u32; known.keys.len()];
        self.each(filter, span, |entry| sizes[known.number(entry)] += 1);
        sizes.retain(|size| *size != 0);
        sizes
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
    #[must_use]
    pub fn daily(&self, filter: FilterId, span: Span) -> Vec<(Day, i128)> {
        let daily = self.view(filter).map_or(&[][..], |(view, at)| view.daily(&self.leaves, at));
        let newer = |end: u32| daily.partition_point(|(age, _)| *age < end);
        let inside = newer(span.near)..newer(span.far).max(newer(span.near));
        let day = |age: u32| i32::try_from(age).map_or(Day(i32::MIN), |age| self.ledger.end.plus(-1 - age));
        daily[inside].iter().rev().map(|(age, sum)| (day(*age), *sum)).collect()
    }

    /// Sums in consecutive windows of `days` days, newest first.
    #[must_use]
    pub fn buckets(&self, filter: FilterId, days: u32, count: u32) -> Vec<i128> {
        (0..count).map(|at| self.sums(filter, Span { near: at * days, far: (at + 1) * days }).sum).collect()
    }

    /// Closing balances over a span.
    ///
    /// # Errors
    ///
    /// [`Missing::NotApplicable`] without a deposit account, [`Missing::NotPermitted`] without a usable snapshot,
    /// [`Missing::NotEnoughHistory`] when fewer than nine tenths of the days are covered.
    pub fn balances(&self, span: Span) -> Result<Balances<'_>, Missing> {
        self.series()?.window(span, self.ledger.end)
    }

    /// A percentile (type 7) of the closing balances of a span.
    ///
    /// # Errors
    ///
    /// As [`Digest::balances`].
    pub fn balance_percentile(&self, span: Span, percent: u8) -> Result<Fraction, Missing> {
        let count = self.balances(span)?.closing.len();
        let sorted = self.by_balance(self.series()?);
        percentile_inside(sorted, span, count, percent).ok_or(Missing::NotEnoughHistory)
    }

    /// All closing balances with their ages, ascending.
    fn by_balance(&self, series: &BalanceSeries) -> &[(i64, u32)] {
        let age = |day: Day| days_between(day, self.ledger.end) - 1;
        self.sorted_balances.get_or_init(|| {
            let mut sorted: Vec<(i64, u32)> = series.days().map(|(day, closing)| (closing, age(day))).collect();
            sort_by_amount(&mut sorted);
            sorted.into_boxed_slice()
        })
    }

    /// The whole series of closing balances.
    ///
    /// # Errors
    ///
    /// As [`Digest::balances`].
    pub fn series(&self) -> Result<&BalanceSeries, Missing> {
        self.balances.get_or_init(|| BalanceSeries::of(self.ledger)).as_ref().map_err(|&missing| missing)
    }

    /// What is kept of a filter, and its place; `None` when no row passes it, which costs nothing.
    fn view(&self, filter: FilterId) -> Option<(&View, usize)> {
        let at = self.plan.place(filter);
        self.leaves.meets(at).then(|| (&self.views[at], at))
    }

    /// Meets the rows that a filter takes in a span, in no particular order.
    fn each(&self, filter: FilterId, span: Span, mut meet: impl FnMut(&Entry)) {
        let at = self.plan.place(filter);
        if self.leaves.meets(at) {
            self.leaves.each(at, |entry| {
                if span.contains(entry.age) {
                    meet(entry);
                }
            });
        }
    }

    fn parties(&self) -> &Counterparties {
        self.parties.get_or_init(|| Counterparties::of(self.ledger))
    }
}

/// A percentile (type 7) of the `count` amounts inside a span, of amounts with their ages in ascending order.
fn percentile_inside(sorted: &[(i64, u32)], span: Span, count: usize, percent: u8) -> Option<Fraction> {
    let position = Position::of(count, percent)?;
    if count == sorted.len() {
        return position.between(sorted.get(position.whole)?.0, sorted.get(position.whole + 1).map(|one| one.0));
    }
    let mut inside = sorted.iter().filter(|(_, age)| span.contains(*age)).map(|(amount, _)| *amount);
    let lower = inside.nth(position.whole)?;
    position.between(lower, inside.next())
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
