//! The development sample: what was known of each application at T, beside what became of it.
//!
//! Columns hold typed cells: a number or a code, or the cause for which there is none. Everything in this crate reads a
//! [`Sample`]; where it came from (an export that the engine scored, a lender's table) is the door's affair.

use cashline_core::value::Missing;

use crate::metrics::sum;

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
    /// How much each row counts; positive and finite. 1 unless the outcomes file says otherwise; then in the unit that
    /// [`Sample::take`] says.
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
    ///
    /// Their weights are put into the unit in which goods and bads together tell as much as their numbers of rows do:
    /// `1/ΣG + 1/ΣB = 1/K(G) + 1/K(B)`, of weights added up and of Kish's effective numbers of rows, `(Σw)² / Σw²`. Ridges,
    /// penalties and information criteria then weigh the evidence that these rows are, whatever the unit of the file, and equal
    /// weights are 1.
    #[must_use]
    pub fn take(&self, rows: &[usize]) -> Sample {
        let column = |column: &Column| Column { name: column.name.clone(), values: column.values.take(rows) };
        Sample {
            keys: rows.iter().map(|row| self.keys[*row].clone()).collect(),
            bad: rows.iter().map(|row| self.bad[*row]).collect(),
            weight: effective(rows.iter().map(|row| (self.bad[*row], self.weight[*row]))),
            segment: rows.iter().map(|row| self.segment[*row].clone()).collect(),
            columns: self.columns.iter().map(column).collect(),
        }
    }
}

/// Weights in the unit that [`Sample::take`] says; each comes with whether its row is bad.
pub(crate) fn effective(weights: impl Iterator<Item = (bool, f64)> + Clone) -> Vec<f64> {
    // Parts of the largest, so that no square of a weight in a strange unit leaves the range of numbers.
    let most = weights.clone().map(|(_, weight)| weight).fold(0.0, f64::max);
    let of = |class: bool| weights.clone().filter(move |one| one.0 == class).map(|one| one.1 / most);
    let classes = [false, true].map(|class| {
        let (total, squares) = (sum(of(class)), sum(of(class).map(|one| one * one)));
        (total, total * total / squares)
    });
    // A class that is not there tells nothing of the unit.
    let there = || classes.iter().filter(|(total, _)| 0.0 < *total);
    let unit = sum(there().map(|one| 1.0 / one.0)) / sum(there().map(|one| 1.0 / one.1));
    weights.map(|(_, weight)| weight / most * unit).collect()
}

/// What has to be said of figures of so many rows whose weights differ and add up to `cases` in that unit.
pub(crate) fn weighted(rows: u64, cases: f64, approximate: &str) -> String {
    format!("weights differ: {rows} applications count as {cases:.1}, so {approximate} are approximations")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(weight: &[f64], bad: &[bool]) -> Sample {
        let key = |at: usize| Key { applicant_id: String::new(), as_of: 0, application_id: format!("app_{at}") };
        let keys = (0..bad.len()).map(key).collect();
        let segment = vec![String::new(); bad.len()];
        Sample { keys, bad: bad.to_vec(), weight: weight.to_vec(), segment, columns: vec![] }
    }

    #[test]
    fn weights_by_class_leave_the_rare_class_its_evidence_and_equal_ones_are_one_in_every_part() {
        let bad = [false, false, false, false, true, true];
        let all: Vec<usize> = (0..6).collect();
        // Goods 50, bads 1: (1/200 + 1/2) / (1/4 + 1/2) = 0.505 / 0.75, so that two bads count as 1.3467, not as 0.08.
        let unit = 0.505 / 0.75;
        for scale in [1.0, 1e-3, 1e6] {
            let weight: Vec<f64> = bad.iter().map(|bad| if *bad { scale } else { 50.0 * scale }).collect();
            let found = sample(&weight, &bad).take(&all).weight;
            for (found, bad) in found.iter().zip(bad) {
                let expected = if bad { unit } else { 50.0 * unit };
                assert!((found / expected - 1.0).abs() < 1e-12, "{found} {expected}");
            }
        }
        // Two parts whose weights differ between them and not within: nothing is left of the weights in either.
        let parts = sample(&[30.0, 30.0, 1.0, 1.0, 30.0, 1.0], &bad);
        for rows in [[0, 1, 4], [2, 3, 5]] {
            assert_eq!(parts.take(&rows).weight, [1.0; 3]);
        }
        // One class alone.
        assert_eq!(parts.take(&[0, 1]).weight, [1.0; 2]);
        assert!(parts.take(&[]).weight.is_empty());
    }
}
