//! Integer accumulators of a ledger: (purpose, instrument, role, direction, pairing) leaves × age rings, and daily balances.
//!
//! Filters are unions of leaves, windows are unions of rings, so an attribute costs nothing per row, a lender's own included.
//! Every measure runs on magnitudes; a filter names the direction.

use std::cell::OnceCell;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::{
    application::Application,
    category::taxonomy::Taxonomy,
    digest::{
        balance::{BalanceSeries, Balances, deposits},
        filter::{Direction, magnitude},
        plan::{FilterId, Plan, Span, days_between, has},
    },
    ledger::{Ledger, LedgerRow, TransactionAccess},
    stream::{Streams, recurring},
    time::{Day, Window},
    value::Missing,
};

pub mod balance;
pub mod exact;
pub mod filter;
pub mod plan;
#[cfg(test)]
pub(crate) mod sample;

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
    // Where the rings begin, ascending from 0; the last ring is open.
    edges: Vec<u32>,
    // The head of each leaf's chain of cells; the newest cell comes first.
    heads: Vec<u32>,
    // `plan.words()` words a leaf: the filters that take it.
    matching: Vec<u64>,
    // The union of `matching`.
    met: Vec<u64>,
    cells: Vec<Cell>,
    // Of each row its leaf; `NONE` for rows that no measure counts.
    leaf_of_row: Vec<u32>,
    // `day_words` words a leaf: bit n is a day of age n with a row.
    day_bits: Vec<u64>,
    day_words: usize,
    ordered: bool,
    // The leaves of each filter.
    index: OnceCell<LeafIndex>,
    // What was worked out of each filter that was asked.
    views: Vec<View>,
    balances: Result<BalanceSeries, Missing>,
    // Worked out when the first attribute asks.
    streams: OnceCell<Streams>,
    history: Result<u32, Missing>,
    /// Days that the data covers: at least `history`.
    covered: Result<u32, Missing>,
}

/// What a leaf holds in one ring.
#[derive(Clone, Copy, Debug)]
struct Cell {
    total: Total,
    ring: u32,
    older: u32,
}

/// The leaves of filter `n` are `leaves[starts[n]..starts[n + 1]]`.
#[derive(Debug)]
struct LeafIndex {
    starts: Vec<u32>,
    leaves: Vec<u32>,
}

/// What is kept of a filter once it was asked, for the windows that come after.
#[derive(Debug, Default)]
struct View {
    /// Rows and money, cumulated over rings from T back.
    upto: OnceCell<Box<[Sums]>>,
    /// Everything, ring by ring.
    rings: OnceCell<Box<[Total]>>,
    /// Bit n is a day of age n with a row.
    days: OnceCell<Box<[u64]>>,
}

/// No cell, no leaf.
const NONE: u32 = u32::MAX;

/// How many rows, and how much money.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Sums {
    /// Rows.
    pub count: u64,
    /// Magnitudes added up, minor units.
    pub sum: i128,
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

impl Total {
    /// No row.
    pub const EMPTY: Total = Total { count: 0, sum: 0, squares: 0, min: i64::MAX, max: 0, newest: u32::MAX, oldest: 0 };

    fn add(&mut self, magnitude: i64, age: u32) {
        let wide = i128::from(magnitude);
        self.count += 1;
        self.sum += wide;
        self.squares = self.squares.saturating_add(wide * wide);
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
        let oldest = ledger.rows.iter().map(|row| row.day).min().unwrap_or(ledger.end);
        let mut digest = Digest {
            ledger,
            application,
            taxonomy,
            plan,
            edges: plan.edges(ledger.end),
            heads: vec![],
            matching: vec![],
            met: vec![0; plan.words()],
            cells: Vec::with_capacity(ledger.rows.len().min(1_024)),
            leaf_of_row: Vec::with_capacity(ledger.rows.len()),
            day_bits: vec![],
            day_words: usize::try_from(days_between(oldest, ledger.end).div_ceil(64)).unwrap_or(0),
            ordered: ledger.rows.is_sorted_by_key(|row| row.day),
            index: OnceCell::new(),
            views: std::iter::repeat_with(View::default).take(plan.filter_count()).collect(),
            balances: BalanceSeries::of(ledger),
            streams: OnceCell::new(),
            history: history_days(ledger),
            covered: covered_days(ledger),
        };
        digest.accumulate(text);
        digest
    }

    fn accumulate(&mut self, text: &dyn Fn(u32) -> &'a str) {
        let (plan, ledger) = (self.plan, self.ledger);
        // By label: the leaf, or the row tests that decide between several.
        let mut labels: FxHashMap<u32, (u32, u64)> = FxHashMap::default();
        let mut leaves: FxHashMap<(u32, u64), u32> = FxHashMap::default();
        let mut ring = Ring { near: 1, far: 0, index: 0 };
        for row in &ledger.rows {
            let known = Direction::of(row.amount).filter(|_| row.day < ledger.end);
            let Some(direction) = known else {
                self.leaf_of_row.push(NONE);
                continue;
            };
            let (magnitude, age) = (magnitude(row.amount), days_between(row.day, ledger.end) - 1);
            let key = leaf_key(row, direction);
            let (mut leaf, deciding) = *labels.entry(key).or_insert_with(|| self.add_label(row, direction));
            if leaf == NONE {
                let lowered = || text(row.index).to_ascii_lowercase();
                let passed = plan.passed(deciding, magnitude, row.day, lowered);
                leaf = *leaves.entry((key, passed)).or_insert_with(|| {
                    plan.matching(&row.label, direction, row.internal, &mut self.matching);
                    self.add_leaf(passed)
                });
            }
            if age < ring.near || ring.far <= age {
                ring = self.ring_of(age);
            }
            self.add(leaf, ring.index, magnitude, age);
            self.leaf_of_row.push(leaf);
        }
    }

    /// A label that is met for the first time: its leaf, unless row tests decide.
    fn add_label(&mut self, row: &LedgerRow, direction: Direction) -> (u32, u64) {
        let start = self.matching.len();
        self.plan.matching(&row.label, direction, row.internal, &mut self.matching);
        let deciding = self.plan.deciding(&self.matching[start..]);
        if deciding == 0 {
            return (self.add_leaf(0), 0);
        }
        self.matching.truncate(start);
        (NONE, deciding)
    }

    /// A leaf whose filters, before row tests, stand at the end of `matching`.
    fn add_leaf(&mut self, passed: u64) -> u32 {
        let leaf = u32::try_from(self.heads.len()).unwrap_or(NONE);
        let start = self.heads.len() * self.plan.words();
        self.plan.keep_passed(&mut self.matching[start..], passed);
        for (met, word) in self.met.iter_mut().zip(&self.matching[start..]) {
            *met |= word;
        }
        self.heads.push(NONE);
        self.day_bits.resize(self.day_bits.len() + self.day_words, 0);
        leaf
    }

    fn add(&mut self, leaf: u32, ring: u32, magnitude: i64, age: u32) {
        let at = leaf as usize;
        let head = self.heads[at];
        let fits = self.cells.get(head as usize).is_some_and(|cell| cell.ring == ring);
        if !fits {
            self.heads[at] = u32::try_from(self.cells.len()).unwrap_or(NONE);
            self.cells.push(Cell { total: Total::EMPTY, ring, older: head });
        }
        self.cells[self.heads[at] as usize].total.add(magnitude, age);
        self.day_bits[at * self.day_words + age as usize / 64] |= 1 << (age % 64);
    }

    /// The ring that holds an age.
    fn ring_of(&self, age: u32) -> Ring {
        let after = self.edges.partition_point(|&edge| edge <= age);
        let far = self.edges.get(after).copied().unwrap_or(Span::OPEN);
        Ring { near: self.edges[after - 1], far, index: u32::try_from(after - 1).unwrap_or(0) }
    }

    /// The ages of a window before this ledger's T.
    #[must_use]
    pub fn span(&self, window: Window) -> Span {
        Span::of(window, self.ledger.end)
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

    /// Rows and money that a filter takes in a span.
    #[must_use]
    pub fn sums(&self, filter: FilterId, span: Span) -> Sums {
        if !self.meets(filter) {
            return Sums::default();
        }
        let (Some(near), Some(far)) = (self.edge(span.near), self.edge(span.far)) else {
            // The plan did not know the window: slower, and the same.
            let total = self.total(filter, span);
            return Sums { count: total.count, sum: total.sum };
        };
        let cumulated = self.views[usize::from(filter.0)].upto.get_or_init(|| self.cumulate(filter));
        let upto = |edge: usize| edge.checked_sub(1).map_or(Sums::default(), |last| cumulated[last]);
        let (newer, older) = (upto(near), upto(far));
        Sums { count: older.count - newer.count, sum: older.sum - newer.sum }
    }

    /// Everything that is accumulated of the rows that a filter takes in a span.
    #[must_use]
    pub fn total(&self, filter: FilterId, span: Span) -> Total {
        let mut total = Total::EMPTY;
        if !self.meets(filter) {
            return total;
        }
        let (Some(near), Some(far)) = (self.edge(span.near), self.edge(span.far)) else {
            for row in self.rows(filter, span) {
                total.add(magnitude(row.amount), days_between(row.day, self.ledger.end) - 1);
            }
            return total;
        };
        let rings = self.views[usize::from(filter.0)].rings.get_or_init(|| self.rings(filter));
        rings.get(near..far).unwrap_or_default().iter().for_each(|ring| total.merge(ring));
        total
    }

    /// Distinct days with a row that a filter takes.
    #[must_use]
    pub fn distinct_days(&self, filter: FilterId, span: Span) -> u64 {
        (0..self.day_words).map(|word| self.day_word(filter, span, word).count_ones()).map(u64::from).sum()
    }

    /// The distinct days with a row that a filter takes, newest first, as ages.
    #[must_use]
    pub fn ages(&self, filter: FilterId, span: Span) -> Vec<u32> {
        let mut ages = vec![];
        for word in 0..self.day_words {
            let mut bits = self.day_word(filter, span, word);
            while bits != 0 {
                ages.push(u32::try_from(word * 64).unwrap_or(0) + bits.trailing_zeros());
                bits &= bits - 1;
            }
        }
        ages
    }

    fn day_word(&self, filter: FilterId, span: Span, word: usize) -> u64 {
        let low = u32::try_from(word * 64).unwrap_or(u32::MAX);
        if span.far <= low || low + 64 <= span.near || !self.meets(filter) {
            return 0;
        }
        let from = u64::MAX << span.near.saturating_sub(low);
        let to = if low + 64 <= span.far { u64::MAX } else { (1 << (span.far - low)) - 1 };
        let days = self.views[usize::from(filter.0)].days.get_or_init(|| self.days(filter));
        days[word] & from & to
    }

    /// The rows that a filter takes in a span, in the ledger's order.
    pub fn rows(&self, filter: FilterId, span: Span) -> impl Iterator<Item = &'a LedgerRow> {
        let (first, end) = span.range(self.ledger.end);
        let rows = &self.ledger.rows;
        let (from, to) = if self.ordered {
            (rows.partition_point(|row| row.day < first), rows.partition_point(|row| row.day < end))
        } else {
            (0, rows.len())
        };
        let to = if self.meets(filter) { to.max(from) } else { from };
        rows[from..to].iter().zip(&self.leaf_of_row[from..to]).filter_map(move |(row, &leaf)| {
            let inside = first <= row.day && row.day < end;
            (leaf != NONE && inside && self.matches(leaf as usize, filter)).then_some(row)
        })
    }

    /// Magnitudes of the rows that a filter takes in a span, ascending.
    #[must_use]
    pub fn magnitudes(&self, filter: FilterId, span: Span) -> Vec<i64> {
        let mut sorted: Vec<i64> = self.rows(filter, span).map(|row| magnitude(row.amount)).collect();
        sorted.sort_unstable();
        sorted
    }

    /// How many counterparties the rows have that a filter takes in a span.
    #[must_use]
    pub fn distinct_counterparties(&self, filter: FilterId, span: Span) -> usize {
        let mut keys: FxHashSet<u64> = FxHashSet::default();
        self.rows(filter, span).for_each(|row| _ = keys.insert(row.label.counterparty));
        keys.len()
    }

    /// Sums by counterparty of the rows that a filter takes in a span, by the counterparty's key.
    #[must_use]
    pub fn counterparties(&self, filter: FilterId, span: Span) -> Vec<(u64, i128)> {
        let rows = self.rows(filter, span).map(|row| (row.label.counterparty, i128::from(magnitude(row.amount))));
        add_up(rows.collect())
    }

    /// Sums by day of the rows that a filter takes in a span, oldest day first, days without a row left out.
    #[must_use]
    pub fn daily(&self, filter: FilterId, span: Span) -> Vec<(Day, i128)> {
        add_up(self.rows(filter, span).map(|row| (row.day, i128::from(magnitude(row.amount)))).collect())
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

    /// The whole series of closing balances.
    ///
    /// # Errors
    ///
    /// As [`Digest::balances`].
    pub fn series(&self) -> Result<&BalanceSeries, Missing> {
        self.balances.as_ref().map_err(|&missing| missing)
    }

    /// The recurring streams of the ledger.
    pub fn streams(&self) -> &Streams {
        self.streams.get_or_init(|| recurring::streams(self.ledger, self.taxonomy))
    }

    fn meets(&self, filter: FilterId) -> bool {
        has(&self.met, filter)
    }

    fn matches(&self, leaf: usize, filter: FilterId) -> bool {
        let words = self.plan.words();
        has(&self.matching[leaf * words..][..words], filter)
    }

    /// The leaves that a filter takes.
    fn leaves(&self, filter: FilterId) -> &[u32] {
        let index = self.index.get_or_init(|| self.index());
        let at = usize::from(filter.0);
        &index.leaves[index.starts[at] as usize..index.starts[at + 1] as usize]
    }

    fn index(&self) -> LeafIndex {
        let (filters, words) = (self.views.len(), self.plan.words());
        let mut pairs: Vec<(u32, u32)> = vec![];
        for (leaf, set) in (0_u32..).zip(self.matching.chunks_exact(words)) {
            for (word, bits) in (0_u32..).zip(set) {
                let mut left = *bits;
                while left != 0 {
                    pairs.push((word * 64 + left.trailing_zeros(), leaf));
                    left &= left - 1;
                }
            }
        }
        // A counting sort by filter; leaves stay in their order.
        let mut starts = vec![0_u32; filters + 1];
        pairs.iter().for_each(|(filter, _)| starts[*filter as usize + 1] += 1);
        (0..filters).for_each(|at| starts[at + 1] += starts[at]);
        let mut next = starts.clone();
        let mut leaves = vec![0_u32; pairs.len()];
        for (filter, leaf) in pairs {
            let place = &mut next[filter as usize];
            leaves[*place as usize] = leaf;
            *place += 1;
        }
        LeafIndex { starts, leaves }
    }

    fn chain(&self, leaf: usize) -> impl Iterator<Item = &Cell> {
        let mut next = self.heads[leaf];
        std::iter::from_fn(move || {
            let cell = self.cells.get(next as usize)?;
            next = cell.older;
            Some(cell)
        })
    }

    fn cumulate(&self, filter: FilterId) -> Box<[Sums]> {
        let mut rings = vec![Sums::default(); self.edges.len()];
        for cell in self.leaves(filter).iter().flat_map(|&leaf| self.chain(leaf as usize)) {
            let ring = &mut rings[cell.ring as usize];
            ring.count += cell.total.count;
            ring.sum += cell.total.sum;
        }
        let mut upto = Sums::default();
        for ring in &mut rings {
            upto = Sums { count: upto.count + ring.count, sum: upto.sum + ring.sum };
            *ring = upto;
        }
        rings.into_boxed_slice()
    }

    fn rings(&self, filter: FilterId) -> Box<[Total]> {
        let mut rings = vec![Total::EMPTY; self.edges.len()];
        for cell in self.leaves(filter).iter().flat_map(|&leaf| self.chain(leaf as usize)) {
            rings[cell.ring as usize].merge(&cell.total);
        }
        rings.into_boxed_slice()
    }

    fn days(&self, filter: FilterId) -> Box<[u64]> {
        let mut days = vec![0; self.day_words];
        for &leaf in self.leaves(filter) {
            let bits = &self.day_bits[leaf as usize * self.day_words..][..self.day_words];
            days.iter_mut().zip(bits).for_each(|(day, bit)| *day |= bit);
        }
        days.into_boxed_slice()
    }

    /// How many rings lie on the near side of an age; `None` when no ring begins there.
    fn edge(&self, age: u32) -> Option<usize> {
        if age == Span::OPEN { Some(self.edges.len()) } else { self.edges.binary_search(&age).ok() }
    }
}

/// The ring that the last row fell into.
struct Ring {
    near: u32,
    far: u32,
    index: u32,
}

fn leaf_key(row: &LedgerRow, direction: Direction) -> u32 {
    let side = u32::from(direction == Direction::Outflow) * 2 + u32::from(row.internal);
    let label = row.label;
    side << 24 | u32::from(label.purpose.0) << 16 | u32::from(label.instrument.0) << 8 | u32::from(label.role.0)
}

fn add_up<K: Copy + Ord>(mut pairs: Vec<(K, i128)>) -> Vec<(K, i128)> {
    pairs.sort_unstable_by_key(|pair| pair.0);
    pairs.dedup_by(|next, kept| {
        let same = next.0 == kept.0;
        if same {
            kept.1 += next.1;
        }
        same
    });
    pairs
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
