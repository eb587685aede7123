//! Outcomes by the month of application: how they ripen, and whether the score held.

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

/// A score over the applications of one period.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct OverTime {
    /// As [`Period`] writes it.
    pub period: String,
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
pub fn over_time(
    as_of: &[Day],
    score: &[f64],
    probability: Option<&[f64]>,
    bad: &[bool],
    weight: &[f64],
    period: Period,
    level: f64,
) -> Result<Vec<OverTime>, ValidateError> {
    ValidateError::same_length("day of T", score.len(), as_of.len())?;
    // The whole once, so that a cell no measure can use is named by its row.
    Cases::new(score, probability, bad, Some(weight))?;
    let mut periods: BTreeMap<i64, Vec<usize>> = BTreeMap::new();
    for (row, day) in as_of.iter().enumerate() {
        periods.entry(month(*day).div_euclid(period.months())).or_default().push(row);
    }
    let one = |(start, mut rows): (i64, Vec<usize>)| {
        // Sums in an order that depends on content only.
        let key = |row: usize| [score[row], probability.map_or(0.0, |p| p[row]), weight[row]];
        rows.sort_unstable_by(|a, b| {
            key(*a).iter().zip(key(*b)).fold(bad[*a].cmp(&bad[*b]), |order, (a, b)| order.then(a.total_cmp(&b)))
        });
        let total = sum(rows.iter().map(|row| weight[*row]));
        let mean = |of: &[f64]| sum(rows.iter().map(|row| weight[*row] * of[*row])) / total;
        let pick = |of: &[f64]| rows.iter().map(|row| of[*row]).collect::<Vec<f64>>();
        let outcome: Vec<bool> = rows.iter().map(|row| bad[*row]).collect();
        let cases =
            Cases::new(&pick(score), None, &outcome, Some(&pick(weight))).and_then(|cases| Outcomes::of(&cases));
        let cases = cases.ok();
        OverTime {
            period: period.name(start),
            rows: rows.len(),
            bads: outcome.iter().filter(|bad| **bad).count(),
            bad_rate: bad_share(rows.iter().map(|row| (bad[*row], weight[*row])), level).unwrap_or(Estimate {
                value: 0.0,
                lower: 0.0,
                upper: 1.0,
            }),
            mean_score: mean(score),
            expected: probability.map(mean),
            auc: cases.as_ref().map(|cases| cases.auc_at(level)),
            ks: cases.as_ref().map(Outcomes::ks),
        }
    };
    Ok(periods.into_iter().map(one).collect())
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
