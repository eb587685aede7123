//! Filters: which rows a measure reads. Compiled against the taxonomy once, so that a row pays nothing for them.

pub use crate::money::Direction;
use crate::{
    category::{label::Label, taxonomy::Taxonomy},
    ledger::LedgerRow,
    time::Day,
};

/// What a filter does with rows that are paired within the application.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Internal {
    #[default]
    Exclude,
    Include,
    Only,
}

/// A set of indices of one axis of the taxonomy (at most 256).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct IndexSet([u64; 4]);

impl IndexSet {
    /// Nothing.
    pub const EMPTY: IndexSet = IndexSet([0; 4]);
    /// Every index.
    pub const ALL: IndexSet = IndexSet([u64::MAX; 4]);

    /// Puts an index in.
    pub fn insert(&mut self, index: u8) {
        self.0[usize::from(index >> 6)] |= 1 << (index & 63);
    }

    /// Takes an index out.
    pub fn remove(&mut self, index: u8) {
        self.0[usize::from(index >> 6)] &= !(1 << (index & 63));
    }

    /// Whether an index is in.
    #[must_use]
    pub fn contains(&self, index: u8) -> bool {
        self.0[usize::from(index >> 6)] >> (index & 63) & 1 == 1
    }

    /// The indices for which `keep` holds, out of the first `count`.
    #[must_use]
    pub fn select(count: usize, keep: impl Fn(usize) -> bool) -> IndexSet {
        let mut set = IndexSet::EMPTY;
        for index in (0..count).filter(|&index| keep(index)) {
            if let Ok(index) = u8::try_from(index) {
                set.insert(index);
            }
        }
        set
    }
}

/// A test of a single row that no label holds: amount, weekday or text. One bit in a digest, 64 at most.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum RowTest {
    /// Magnitudes from `min` (inclusive) to `max` (exclusive), minor units.
    Amount {
        /// Smallest magnitude that passes.
        min: i64,
        /// Smallest magnitude above `min` that does not pass.
        max: i64,
    },
    /// Magnitudes that are a whole multiple of this many minor units.
    Multiple(i64),
    /// Posting days by weekday: bit 0 is Monday.
    Weekdays(u8),
    /// The description contains one of these texts, compared without regard to ASCII case; they are in lower case.
    Text(Vec<String>),
}

impl RowTest {
    /// Whether a row passes; `text` is its description in lower case.
    #[must_use]
    pub fn passes(&self, magnitude: i64, day: Day, text: &str) -> bool {
        match self {
            RowTest::Amount { min, max } => (*min..*max).contains(&magnitude),
            // The comparison spares most rows the division.
            RowTest::Multiple(unit) => 0 < *unit && *unit <= magnitude && magnitude % unit == 0,
            RowTest::Weekdays(days) => days >> day.weekday() & 1 == 1,
            RowTest::Text(needles) => needles.iter().any(|needle| text.contains(needle.as_str())),
        }
    }
}

/// Which rows a measure reads, resolved against a taxonomy.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Filter {
    /// `None` takes both.
    pub direction: Option<Direction>,
    /// Rows between accounts of the application.
    pub internal: Internal,
    /// Purposes that pass.
    pub purposes: IndexSet,
    /// Instruments that pass.
    pub instruments: IndexSet,
    /// Roles that pass.
    pub roles: IndexSet,
    /// All of these must pass; ascending, without repeats.
    pub tests: Vec<RowTest>,
}

impl Filter {
    /// Every row that moves money into or out of the application's accounts.
    pub const ALL: Filter = Filter {
        direction: None,
        internal: Internal::Exclude,
        purposes: IndexSet::ALL,
        instruments: IndexSet::ALL,
        roles: IndexSet::ALL,
        tests: Vec::new(),
    };

    /// Whether the label, direction and pairing of a row pass; the row tests are asked apart.
    #[must_use]
    pub fn takes(&self, label: &Label, direction: Direction, internal: bool) -> bool {
        self.direction.is_none_or(|wanted| wanted == direction)
            && self.takes_internal(internal)
            && self.purposes.contains(label.purpose.0)
            && self.instruments.contains(label.instrument.0)
            && self.roles.contains(label.role.0)
    }

    /// Whether a whole row passes; `text` is its description in lower case. The definition that the digest's tables speed up.
    #[must_use]
    pub fn passes(&self, row: &LedgerRow, text: &str) -> bool {
        let magnitude = magnitude(row.amount);
        Direction::of(row.amount).is_some_and(|direction| self.takes(&row.label, direction, row.internal))
            && self.tests.iter().all(|test| test.passes(magnitude, row.day, text))
    }

    /// Whether rows of this pairing pass.
    #[must_use]
    pub fn takes_internal(&self, internal: bool) -> bool {
        match self.internal {
            Internal::Include => true,
            Internal::Exclude => !internal,
            Internal::Only => internal,
        }
    }

    /// The names of the purposes that pass, in the taxonomy's order.
    #[must_use]
    pub fn purpose_names<'t>(&self, taxonomy: &'t Taxonomy) -> Vec<&'t str> {
        let named = taxonomy.purposes().iter().enumerate();
        let taken = named.filter(|(at, _)| u8::try_from(*at).is_ok_and(|at| self.purposes.contains(at)));
        taken.map(|(_, info)| info.name.as_str()).collect()
    }
}

/// The magnitude of an amount; the ledger's limits keep it far from the ends of `i64`.
#[must_use]
pub fn magnitude(amount: i64) -> i64 {
    amount.saturating_abs()
}
