//! The development sample: what was known of each application at T, beside what became of it.
//!
//! Columns hold typed cells: a number or a code, or the cause for which there is none. Everything in this crate reads a
//! [`Sample`]; where it came from (an export that the engine scored, a lender's table) is the door's affair.

use cashline_core::value::Missing;

/// What a number is, or why there is none.
pub type Number = Result<f64, Missing>;

/// Which application a row is; rows stand in this order, so that the order of files changes nothing.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Key {
    /// The primary applicant.
    pub applicant_id: String,
    /// T in seconds (UTC), exclusive.
    pub as_of: i64,
    /// The application.
    pub application_id: String,
}

/// A column of the sample.
#[derive(Clone, PartialEq, Debug)]
pub struct Column {
    /// A column of the attribute registry, or `extra:name`.
    pub name: String,
    /// One cell a row.
    pub values: Values,
}

/// The cells of a column.
#[derive(Clone, PartialEq, Debug)]
pub enum Values {
    /// Numbers; finite.
    Numbers(Vec<Number>),
    /// Codes from a list that may be open.
    Codes {
        /// The codes met, ascending.
        levels: Vec<String>,
        /// An index of `levels`, or the cause.
        cells: Vec<Result<u32, Missing>>,
    },
}

impl Values {
    /// Rows.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Values::Numbers(cells) => cells.len(),
            Values::Codes { cells, .. } => cells.len(),
        }
    }

    /// Whether there is no row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The cells of `rows`, in that order.
    #[must_use]
    pub fn take(&self, rows: &[usize]) -> Values {
        match self {
            Values::Numbers(cells) => Values::Numbers(rows.iter().map(|row| cells[*row]).collect()),
            Values::Codes { levels, cells } => {
                Values::Codes { levels: levels.clone(), cells: rows.iter().map(|row| cells[*row]).collect() }
            }
        }
    }
}

/// Applications with matured outcomes. Every vector has one entry a row.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Sample {
    /// Ascending and unique.
    pub keys: Vec<Key>,
    /// What became of each: `true` is bad.
    pub bad: Vec<bool>,
    /// How much each row counts; positive and finite. 1 unless the outcomes file says otherwise; then they add up to the
    /// effective number of rows ([`crate::outcomes::labelled`]).
    pub weight: Vec<f64>,
    /// The outcomes file's segment of each; empty when it names none.
    pub segment: Vec<String>,
    /// What was known.
    pub columns: Vec<Column>,
}

impl Sample {
    /// Rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether there is no row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// The column of that name.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// The rows at these places, in that order: a fold, a split, a bootstrap draw.
    #[must_use]
    pub fn take(&self, rows: &[usize]) -> Sample {
        let column = |column: &Column| Column { name: column.name.clone(), values: column.values.take(rows) };
        Sample {
            keys: rows.iter().map(|row| self.keys[*row].clone()).collect(),
            bad: rows.iter().map(|row| self.bad[*row]).collect(),
            weight: rows.iter().map(|row| self.weight[*row]).collect(),
            segment: rows.iter().map(|row| self.segment[*row].clone()).collect(),
            columns: self.columns.iter().map(column).collect(),
        }
    }
}
