//! What became of applications, and which of it is known long enough to learn from.

use std::collections::{BTreeMap, BTreeSet};

use cashline_core::time::Day;
use serde::{Deserialize, Serialize};

use crate::sample::{Column, Key, Sample, effective};

/// A row of the outcomes file.
#[derive(Clone, PartialEq, Debug)]
pub struct Outcome {
    /// The application.
    pub application_id: String,
    /// Bad or good; `None` for an indeterminate one.
    pub bad: Option<bool>,
    /// The day on which the outcome was read (a good) or happened (a bad).
    pub observed_at: Option<Day>,
    /// How much the row counts; positive and finite.
    pub weight: f64,
    /// The lender's segment; may be empty.
    pub segment: String,
}

/// What "bad" is taken to mean.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BadDefinition {
    /// In the lender's words, such as "90 days past due or charged off".
    pub text: String,
    /// Days after T within which it must happen, and for which a good must have been observed.
    pub window_days: u32,
}

/// An application with an outcome that can be learnt from.
#[derive(Clone, PartialEq, Debug)]
pub struct Matured {
    /// Its place among the keys.
    pub row: usize,
    /// What became of it.
    pub bad: bool,
    /// When that was known; `None` when the file does not say.
    pub observed_at: Option<Day>,
    /// How much it counts.
    pub weight: f64,
    /// The lender's segment; may be empty.
    pub segment: String,
}

/// What happened to the rows of the outcomes file, and to the applications. Every outcome row is in exactly one of `used`,
/// `indeterminate`, `immature`, `before_application`, `unscored`, `unknown`.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct OutcomeCounts {
    /// Rows of the outcomes file.
    pub outcomes: usize,
    /// Applications.
    pub applications: usize,
    /// Used: goods and bads.
    pub used: usize,
    /// Bads used.
    pub bads: usize,
    /// Blank outcomes, left out.
    pub indeterminate: usize,
    /// Goods observed for less than the window, left out: they may still go bad.
    pub immature: usize,
    /// Observed before T, left out: no outcome of this application.
    pub before_application: usize,
    /// Outcomes of applications that are here and have no score, left out ([`OutcomeCounts::tell_apart`]).
    pub unscored: usize,
    /// Outcomes of applications that are not here, left out.
    pub unknown: usize,
    /// Applications without an outcome row.
    pub without_outcome: usize,
    /// Used, but without a day of observation: maturity is taken at the file's word.
    pub undated: usize,
    /// Bads used that were observed after the window: whether they went bad within it, the file does not say.
    pub late_bads: usize,
}

impl OutcomeCounts {
    /// Tells outcomes of applications that are here without a score from those of nobody, where only scored ones were joined.
    pub fn tell_apart<'a>(&mut self, outcomes: &[Outcome], unscored: impl IntoIterator<Item = &'a str>) {
        let here: BTreeSet<&str> = unscored.into_iter().collect();
        let found = outcomes.iter().filter(|one| here.contains(one.application_id.as_str())).count().min(self.unknown);
        (self.unscored, self.unknown) = (found, self.unknown - found);
    }

    /// Outcomes that are left out, each cause with its number, and applications that have none.
    #[must_use]
    pub fn left_out(&self) -> String {
        let causes = [
            (self.indeterminate, "indeterminate"),
            (self.immature, "immature"),
            (self.before_application, "observed before the application"),
            (self.unscored, "of applications without a score"),
            (self.unknown, "of no application of the input"),
        ];
        let met: Vec<String> =
            causes.iter().filter(|(count, _)| *count != 0).map(|(count, cause)| format!("{count} {cause}")).collect();
        let all = if met.is_empty() { "none".to_owned() } else { met.join(", ") };
        match self.without_outcome {
            0 => all,
            count => format!("{all}; {count} scored applications have no outcome"),
        }
    }

    /// What is taken at the file's word; nothing where every outcome has its day.
    #[must_use]
    pub fn undated(&self, window_days: u32) -> Option<String> {
        let undated = self.undated;
        (0 < undated && 0 < window_days).then(|| {
            format!(
                "{undated} outcomes used have no day of observation: that they are mature is taken at the file's word"
            )
        })
    }

    /// What has to be said of bads that were observed after the window of so many days; `None` without any, or without a window.
    #[must_use]
    pub fn late(&self, window_days: u32) -> Option<String> {
        let late = self.late_bads;
        (0 < late && 0 < window_days)
            .then(|| format!("{late} observed after the window of {window_days} days: they may have happened after it"))
    }
}

/// Why outcomes cannot be joined.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OutcomeError {
    /// Two rows for one application.
    #[error("rows {first} and {second} (from 1) are of the same application; keep one")]
    Duplicate {
        /// Counted from 1, without the header.
        first: usize,
        /// Counted from 1, without the header.
        second: usize,
    },
    /// An outcome that would belong to two applications.
    #[error(
        "applications: rows {first} and {second} (from 1) have the same application_id; outcomes are joined by it alone"
    )]
    Ambiguous {
        /// Counted from 1.
        first: usize,
        /// Counted from 1.
        second: usize,
    },
    /// A weight that counts nothing.
    #[error("outcomes: row {row} (from 1): the weight is not positive and finite; leave the row out instead")]
    Weight {
        /// Counted from 1, without the header.
        row: usize,
    },
    /// Keys and days differ in number.
    #[error("{days} days of T for {keys} applications")]
    Days {
        /// Applications.
        keys: usize,
        /// Days given.
        days: usize,
    },
}

/// Joins outcomes to applications and keeps those that are known and mature, in the order of the keys.
///
/// `as_of` is the day of each key's T. A bad is a bad as soon as it is seen; a good is one when it was observed on the day
/// `T + window` or later.
///
/// # Errors
///
/// [`OutcomeError`] for rows that would make the answer depend on their order, and for weights that are none.
pub fn mature(
    outcomes: &[Outcome],
    keys: &[Key],
    as_of: &[Day],
    definition: &BadDefinition,
) -> Result<(Vec<Matured>, OutcomeCounts), OutcomeError> {
    if keys.len() != as_of.len() {
        return Err(OutcomeError::Days { keys: keys.len(), days: as_of.len() });
    }
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    for (row, key) in keys.iter().enumerate() {
        if let Some(first) = places.insert(&key.application_id, row) {
            return Err(OutcomeError::Ambiguous { first: first + 1, second: row + 1 });
        }
    }
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    let mut counts = OutcomeCounts { outcomes: outcomes.len(), applications: keys.len(), ..OutcomeCounts::default() };
    let mut found = Vec::new();
    let mut joined = 0;
    for (row, outcome) in outcomes.iter().enumerate() {
        if let Some(first) = seen.insert(&outcome.application_id, row) {
            return Err(OutcomeError::Duplicate { first: first + 1, second: row + 1 });
        }
        if !outcome.weight.is_finite() || outcome.weight <= 0.0 {
            return Err(OutcomeError::Weight { row: row + 1 });
        }
        let Some(place) = places.get(outcome.application_id.as_str()) else {
            counts.unknown += 1;
            continue;
        };
        joined += 1;
        found.extend(one(outcome, *place, as_of[*place], definition, &mut counts));
    }
    counts.without_outcome = keys.len() - joined;
    found.sort_unstable_by_key(|matured| matured.row);
    Ok((found, counts))
}

/// The applications that have an outcome, with it: what a model is fitted to. `keys` and `columns` are those that the outcomes
/// were joined to.
///
/// Weights of the file say how much rows count beside each other, in a unit of the file's own; [`Sample::take`] says in which
/// they stand here.
#[must_use]
pub fn labelled(keys: &[Key], columns: &[Column], matured: &[Matured]) -> Sample {
    let rows: Vec<usize> = matured.iter().map(|one| one.row).collect();
    let column = |column: &Column| Column { name: column.name.clone(), values: column.values.take(&rows) };
    Sample {
        keys: rows.iter().map(|row| keys[*row].clone()).collect(),
        bad: matured.iter().map(|one| one.bad).collect(),
        weight: effective(matured.iter().map(|one| (one.bad, one.weight))),
        segment: matured.iter().map(|one| one.segment.clone()).collect(),
        columns: columns.iter().map(column).collect(),
    }
}

fn one(
    outcome: &Outcome,
    row: usize,
    as_of: Day,
    definition: &BadDefinition,
    counts: &mut OutcomeCounts,
) -> Option<Matured> {
    let Some(bad) = outcome.bad else {
        counts.indeterminate += 1;
        return None;
    };
    let end = as_of.plus(i32::try_from(definition.window_days).unwrap_or(i32::MAX));
    match outcome.observed_at {
        Some(day) if day < as_of => {
            counts.before_application += 1;
            return None;
        }
        Some(day) if !bad && day < end => {
            counts.immature += 1;
            return None;
        }
        Some(day) => counts.late_bads += usize::from(bad && end < day),
        None => counts.undated += 1,
    }
    counts.used += 1;
    counts.bads += usize::from(bad);
    let Outcome { observed_at, weight, segment, .. } = outcome;
    Some(Matured { row, bad, observed_at: *observed_at, weight: *weight, segment: segment.clone() })
}

#[cfg(test)]
mod tests {
    use cashline_core::value::Missing;

    use super::*;
    use crate::sample::Values;

    fn key(id: &str) -> Key {
        Key { applicant_id: "a".to_owned(), as_of: 0, application_id: id.to_owned() }
    }

    fn outcome(id: &str, bad: Option<bool>, observed_at: Option<i32>) -> Outcome {
        let observed_at = observed_at.map(Day);
        Outcome { application_id: id.to_owned(), bad, observed_at, weight: 1.0, segment: String::new() }
    }

    fn window() -> BadDefinition {
        BadDefinition { text: "90 days past due".to_owned(), window_days: 365 }
    }

    #[test]
    fn every_outcome_is_used_or_counted_for_one_reason() {
        let keys = ["a", "b", "c", "d", "e", "f", "g", "h"].map(key);
        let as_of = [Day(100); 8];
        let rows = [
            outcome("a", Some(false), Some(465)), // observed on the day T + 365: mature
            outcome("b", Some(false), Some(464)), // a day short
            outcome("c", Some(true), Some(110)),  // a bad needs no window
            outcome("d", Some(true), Some(466)),  // a bad, after the window
            outcome("e", None, Some(900)),
            outcome("f", Some(true), Some(99)), // before T
            outcome("g", Some(false), None),
            outcome("z", Some(true), Some(200)), // nobody
        ];
        let (found, counts) = mature(&rows, &keys, &as_of, &window()).expect("joined");
        assert_eq!(
            found.iter().map(|one| (one.row, one.bad)).collect::<Vec<_>>(),
            [(0, false), (2, true), (3, true), (6, false)]
        );
        let expected = OutcomeCounts {
            outcomes: 8,
            applications: 8,
            used: 4,
            bads: 2,
            indeterminate: 1,
            immature: 1,
            before_application: 1,
            unscored: 0,
            unknown: 1,
            without_outcome: 1,
            undated: 1,
            late_bads: 1,
        };
        assert_eq!(counts, expected);
        let mut apart = counts.clone();
        apart.tell_apart(&rows, ["z", "y"]);
        assert_eq!((apart.unscored, apart.unknown), (1, 0), "z is here and has no score");
        let said = "1 indeterminate, 1 immature, 1 observed before the application, 1 of applications without a score; 1 scored \
                    applications have no outcome";
        assert_eq!(apart.left_out(), said);
        assert_eq!(OutcomeCounts::default().left_out(), "none");
        let late = counts.late(365).expect("one");
        assert_eq!(late, "1 observed after the window of 365 days: they may have happened after it");
        assert_eq!(counts.late(0), None, "without a window nothing is after it");
        let kept = counts.used + counts.indeterminate + counts.immature + counts.before_application + counts.unknown;
        assert_eq!(kept, counts.outcomes);
        let back: Vec<Outcome> = rows.iter().rev().cloned().collect();
        assert_eq!(mature(&back, &keys, &as_of, &window()).expect("joined"), (found, counts));
    }

    #[test]
    fn a_sample_holds_the_cells_of_the_rows_that_are_used() {
        let keys = ["a", "b", "c"].map(key);
        let cells = vec![Ok(1.0), Err(Missing::Stale), Ok(3.0)];
        let columns = [Column { name: "x".to_owned(), values: Values::Numbers(cells) }];
        let rows = [outcome("c", Some(true), None), outcome("b", Some(false), None)];
        let (matured, _) = mature(&rows, &keys, &[Day(0); 3], &window()).expect("joined");
        let sample = labelled(&keys, &columns, &matured);
        assert_eq!((sample.keys.as_slice(), sample.bad.as_slice()), (&keys[1..], [false, true].as_slice()));
        assert_eq!(sample.columns[0].values, Values::Numbers(vec![Err(Missing::Stale), Ok(3.0)]));
    }

    #[test]
    fn weights_add_up_to_the_effective_number_of_rows_whatever_their_unit() {
        let weights = |of: [f64; 3]| {
            let keys = ["a", "b", "c"].map(key);
            let rows: Vec<Outcome> = ["a", "b", "c"]
                .iter()
                .zip(of)
                .map(|(id, weight)| Outcome { weight, ..outcome(id, Some(true), None) })
                .collect();
            let (matured, _) = mature(&rows, &keys, &[Day(0); 3], &window()).expect("joined");
            labelled(&keys, &[], &matured).weight
        };
        // (1 + 1 + 2)² / (1 + 1 + 4) = 8/3, of which the third row has half.
        for unit in [1.0, 1e-3, 1e3, 1e-300, 1e300] {
            let found = weights([unit, unit, 2.0 * unit]);
            for (found, expected) in found.iter().zip([2.0 / 3.0, 2.0 / 3.0, 4.0 / 3.0]) {
                assert!((found - expected).abs() < 1e-15, "{unit}: {found}");
            }
            assert_eq!(weights([unit; 3]), [1.0; 3], "equal weights are none");
        }
    }

    #[test]
    fn rows_whose_order_would_decide_are_refused() {
        let keys = [key("a"), key("b")];
        let twice = [outcome("a", Some(true), None), outcome("b", None, None), outcome("a", Some(false), None)];
        assert_eq!(
            mature(&twice, &keys, &[Day(0); 2], &window()),
            Err(OutcomeError::Duplicate { first: 1, second: 3 })
        );
        let same = [key("a"), key("a")];
        let error = mature(&twice[..1], &same, &[Day(0); 2], &window());
        assert_eq!(error, Err(OutcomeError::Ambiguous { first: 1, second: 2 }));
        let mut light = outcome("a", Some(true), None);
        light.weight = 0.0;
        assert_eq!(mature(&[light], &keys, &[Day(0); 2], &window()), Err(OutcomeError::Weight { row: 1 }));
    }
}
