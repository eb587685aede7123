//! Outcomes by the month of application: how they ripen; the score by period and by label: whether it held.

use std::collections::BTreeMap;

use cashline_core::time::Day;
use serde::Serialize;

use super::ValidateError;
use crate::metrics::{Cases, Estimate, Outcomes, bad_share, share, sum};

/// The applications of one month.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Vintage {
    /// Of T, as `2026-11`.
    pub month: String,
    /// Rows.
    pub rows: usize,
    /// Bads of them so far.
    pub bads: usize,
    /// Bad rate so far, by weight, with a Clopper–Pearson interval.
    pub bad_rate: Estimate,
    /// The curve, when days of observation are given: age 0 first, to the age at which the last row was observed.
    pub curve: Vec<Age>,
}

/// A vintage at an age.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
pub struct Age {
    /// Calendar months from the month of T to that of observation.
    pub months: u32,
    /// Rows whose state at that age is known: bad by then, or observed at that age or later.
    pub known: usize,
    /// Bad by then.
    pub bads: usize,
    /// Bads by then over rows known, by weight; `None` when none is known.
    pub bad_rate: Option<f64>,
    /// Whether all rows of the vintage are known; a rate of some is too high, since bads are known longest.
    pub complete: bool,
}

/// Most months of a curve.
const AGES_MAX: u32 = 120;

/// Bad rates by month of T, and by age where `observed_at` is given: for a bad the day it went bad, for a good the day until
/// which it was seen to be good.
///
/// # Errors
///
/// [`ValidateError::Lengths`].
pub fn vintages(
    as_of: &[Day],
    bad: &[bool],
    weight: &[f64],
    observed_at: Option<&[Option<Day>]>,
    level: f64,
) -> Result<Vec<Vintage>, ValidateError> {
    ValidateError::same_length("outcome", as_of.len(), bad.len())?;
    ValidateError::same_length("weight", as_of.len(), weight.len())?;
    ValidateError::same_length("observed_at", as_of.len(), observed_at.map_or(as_of.len(), <[Option<Day>]>::len))?;
    let mut months: BTreeMap<i64, Vec<usize>> = BTreeMap::new();
    for (row, day) in as_of.iter().enumerate() {
        months.entry(month(*day)).or_default().push(row);
    }
    let one = |(start, rows): (i64, Vec<usize>)| {
        let age = |row: usize| {
            let observed = observed_at?[row]?;
            u32::try_from(month(observed) - start).ok()
        };
        Vintage {
            month: name(start),
            rows: rows.len(),
            bads: rows.iter().filter(|row| bad[**row]).count(),
            // A month of the map has a row.
            bad_rate: bad_share(rows.iter().map(|row| (bad[*row], weight[*row])), level).unwrap_or(Estimate {
                value: 0.0,
                lower: 0.0,
                upper: 1.0,
            }),
            curve: curve(
                rows.iter().map(|row| Seen { age: age(*row), bad: bad[*row], weight: weight[*row] }).collect(),
            ),
        }
    };
    Ok(months.into_iter().map(one).collect())
}

/// A row of a vintage: its age when last seen, and what had become of it.
#[derive(Clone, Copy)]
struct Seen {
    age: Option<u32>,
    bad: bool,
    weight: f64,
}

impl Seen {
    fn gone(&self, months: u32) -> bool {
        self.bad && self.age.is_some_and(|age| age <= months)
    }

    fn known(&self, months: u32) -> bool {
        self.gone(months) || self.age.is_some_and(|age| months <= age)
    }
}

fn curve(mut rows: Vec<Seen>) -> Vec<Age> {
    let Some(last) = rows.iter().filter_map(|row| row.age).max() else { return Vec::new() };
    rows.sort_unstable_by(|a, b| (a.age, a.bad).cmp(&(b.age, b.bad)).then(a.weight.total_cmp(&b.weight)));
    let at = |months: u32| {
        let known: Vec<&Seen> = rows.iter().filter(|row| row.known(months)).collect();
        let gone: Vec<&Seen> = rows.iter().filter(|row| row.gone(months)).collect();
        let weight = |of: &[&Seen]| sum(of.iter().map(|row| row.weight));
        Age {
            months,
            known: known.len(),
            bads: gone.len(),
            bad_rate: (!known.is_empty()).then(|| share(weight(&gone), weight(&known))),
            complete: known.len() == rows.len(),
        }
    };
    (0..=last.min(AGES_MAX)).map(at).collect()
}

/// Months or quarters of T.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Period {
    /// `2026-11`.
    Month,
    /// `2026-Q4`.
    Quarter,
    /// `2026`.
    Year,
}

/// Scored rows with outcomes. Slices have one entry a row.
#[derive(Clone, Copy, Debug)]
pub struct Scored<'a> {
    /// Higher is safer.
    pub score: &'a [f64],
    /// Of a bad outcome.
    pub probability: Option<&'a [f64]>,
    /// What became of each.
    pub bad: &'a [bool],
    /// 1 a row where absent.
    pub weight: Option<&'a [f64]>,
}

/// A score over some of the rows.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Part {
    /// The period, as [`Period`] writes it, or the label.
    pub name: String,
    /// Rows.
    pub rows: usize,
    /// Bads of them.
    pub bads: usize,
    /// Bad rate, by weight, with a Clopper–Pearson interval.
    pub bad_rate: Estimate,
    /// Mean score, by weight.
    pub mean_score: f64,
    /// Mean probability, by weight, when there are probabilities.
    pub expected: Option<f64>,
    /// AUC with DeLong's interval; `None` with one class.
    pub auc: Option<Estimate>,
    /// KS; `None` with one class.
    pub ks: Option<f64>,
}

/// The score period by period: what an out-of-time test shows.
///
/// # Errors
///
/// [`ValidateError::Lengths`], or [`ValidateError::Metric`] for cells that no measure can use.
pub fn over_time(as_of: &[Day], scored: &Scored<'_>, period: Period, level: f64) -> Result<Vec<Part>, ValidateError> {
    ValidateError::same_length("day of T", scored.score.len(), as_of.len())?;
    let start = |row: usize| month(as_of[row]).div_euclid(period.months());
    let parts = scored.parts(start, level)?;
    Ok(parts.into_iter().map(|(start, part)| Part { name: period.name(start), ..part }).collect())
}

/// The score label by label (an institution, a channel, a segment), in the order of the labels' bytes; rows with an empty label
/// stand together under the empty name.
///
/// # Errors
///
/// As [`over_time`].
pub fn by_label(labels: &[String], scored: &Scored<'_>, level: f64) -> Result<Vec<Part>, ValidateError> {
    ValidateError::same_length("label", scored.score.len(), labels.len())?;
    let parts = scored.parts(|row| labels[row].as_str(), level)?;
    Ok(parts.into_iter().map(|(label, part)| Part { name: label.to_owned(), ..part }).collect())
}

impl Scored<'_> {
    fn parts<K: Ord>(&self, of: impl Fn(usize) -> K, level: f64) -> Result<Vec<(K, Part)>, ValidateError> {
        // The whole once, so that a cell no measure can use is named by its row.
        Cases::new(self.score, self.probability, self.bad, self.weight)?;
        let mut parts: BTreeMap<K, Vec<usize>> = BTreeMap::new();
        for row in 0..self.score.len() {
            parts.entry(of(row)).or_default().push(row);
        }
        Ok(parts.into_iter().map(|(key, rows)| (key, self.part(rows, level))).collect())
    }

    fn part(&self, mut rows: Vec<usize>, level: f64) -> Part {
        let weight = |row: usize| self.weight.map_or(1.0, |weight| weight[row]);
        // Sums in an order that depends on content only.
        let key = |row: usize| [self.score[row], self.probability.map_or(0.0, |p| p[row]), weight(row)];
        rows.sort_unstable_by(|a, b| {
            let classes = self.bad[*a].cmp(&self.bad[*b]);
            key(*a).iter().zip(key(*b)).fold(classes, |order, (a, b)| order.then(a.total_cmp(&b)))
        });
        let weights: Vec<f64> = rows.iter().map(|row| weight(*row)).collect();
        let bad: Vec<bool> = rows.iter().map(|row| self.bad[*row]).collect();
        let score: Vec<f64> = rows.iter().map(|row| self.score[*row]).collect();
        let mean = |of: &[f64]| {
            share(sum(rows.iter().zip(&weights).map(|(row, w)| w * of[*row])), sum(weights.iter().copied()))
        };
        let outcomes = Cases::new(&score, None, &bad, Some(&weights)).and_then(|cases| Outcomes::of(&cases)).ok();
        Part {
            name: String::new(),
            rows: rows.len(),
            bads: bad.iter().filter(|bad| **bad).count(),
            // A part has a row.
            bad_rate: bad_share(bad.iter().copied().zip(weights.iter().copied()), level).unwrap_or(Estimate {
                value: 0.0,
                lower: 0.0,
                upper: 1.0,
            }),
            mean_score: mean(self.score),
            expected: self.probability.map(mean),
            auc: outcomes.as_ref().map(|outcomes| outcomes.auc_at(level)),
            ks: outcomes.as_ref().map(Outcomes::ks),
        }
    }
}

impl Period {
    fn months(self) -> i64 {
        match self {
            Period::Month => 1,
            Period::Quarter => 3,
            Period::Year => 12,
        }
    }

    fn name(self, start: i64) -> String {
        match self {
            Period::Month => name(start),
            Period::Quarter => format!("{}-Q{}", start.div_euclid(4), start.rem_euclid(4) + 1),
            Period::Year => start.to_string(),
        }
    }
}

/// Months since the year 0.
fn month(day: Day) -> i64 {
    let (year, month, _) = day.civil();
    i64::from(year) * 12 + i64::from(month) - 1
}

fn name(month: i64) -> String {
    format!("{:04}-{:02}", month.div_euclid(12), month.rem_euclid(12) + 1)
}
