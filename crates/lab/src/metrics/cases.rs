//! Rows in an order that depends on their content only, and sums that lose nothing to it.

use std::cmp::Ordering;

use super::MetricError;
use crate::count::real;

/// Scored rows with their outcomes, in ascending order of (score, outcome, probability, weight).
#[derive(Clone, PartialEq, Debug)]
pub struct Cases {
    score: Vec<f64>,
    probability: Option<Vec<f64>>,
    bad: Vec<bool>,
    weight: Vec<f64>,
}

impl Cases {
    /// Sorts the rows. Higher scores are safer; `probability` is that of a bad outcome; `weight` is 1 a row where absent.
    ///
    /// # Errors
    ///
    /// [`MetricError::Lengths`] and [`MetricError::Cell`] for columns that no measure can use (a score that is not finite, a
    /// probability outside `[0, 1]`, a weight that is not positive), [`MetricError::OneClass`] without a good or a bad.
    pub fn new(
        score: &[f64],
        probability: Option<&[f64]>,
        bad: &[bool],
        weight: Option<&[f64]>,
    ) -> Result<Cases, MetricError> {
        let length = |what: &'static str, found: usize| {
            if found == score.len() { Ok(()) } else { Err(MetricError::Lengths { what, expected: score.len(), found }) }
        };
        length("outcome", bad.len())?;
        length("probability", probability.map_or(score.len(), <[f64]>::len))?;
        length("weight", weight.map_or(score.len(), <[f64]>::len))?;
        demand("score", score, "not finite", f64::is_finite)?;
        demand("probability", probability.unwrap_or(&[]), "not between 0 and 1", |p| (0.0..=1.0).contains(&p))?;
        demand("weight", weight.unwrap_or(&[]), "not positive and finite", |w| w.is_finite() && 0.0 < w)?;
        if !bad.contains(&true) || !bad.contains(&false) {
            return Err(MetricError::OneClass);
        }
        let row =
            |at: &usize| (score[*at], bad[*at], probability.map_or(0.0, |p| p[*at]), weight.map_or(1.0, |w| w[*at]));
        let mut order: Vec<usize> = (0..score.len()).collect();
        order.sort_unstable_by(|a, b| compare(&row(a), &row(b)));
        Ok(Cases {
            // Adding zero turns −0 into 0, so that the two tie.
            score: order.iter().map(|at| score[*at] + 0.0).collect(),
            probability: probability.map(|p| order.iter().map(|at| p[*at] + 0.0).collect()),
            bad: order.iter().map(|at| bad[*at]).collect(),
            weight: order.iter().map(|at| row(at).3).collect(),
        })
    }

    /// Rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.score.len()
    }

    /// Never: a score needs a good and a bad to be measured.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.score.is_empty()
    }

    /// Rows that went bad.
    #[must_use]
    pub fn bads(&self) -> usize {
        self.bad.iter().filter(|bad| **bad).count()
    }

    /// Ascending.
    #[must_use]
    pub fn score(&self) -> &[f64] {
        &self.score
    }

    /// Probability of a bad outcome.
    ///
    /// # Errors
    ///
    /// [`MetricError::NoProbability`] when the score has none.
    pub fn probability(&self) -> Result<&[f64], MetricError> {
        self.probability.as_deref().ok_or(MetricError::NoProbability)
    }

    /// Whether each row went bad.
    #[must_use]
    pub fn bad(&self) -> &[bool] {
        &self.bad
    }

    /// How much each row counts.
    #[must_use]
    pub fn weight(&self) -> &[f64] {
        &self.weight
    }

    /// Row ranges of equal score, ascending.
    #[must_use]
    pub fn ties(&self) -> Vec<std::ops::Range<usize>> {
        runs(self.len(), |a, b| self.score[a].total_cmp(&self.score[b]) == Ordering::Equal)
    }

    /// The rows drawn `counts` times each, as weights: a bootstrap sample, still in order. Rows drawn 0 times are left out.
    pub(super) fn redrawn(&self, counts: &[u32]) -> Cases {
        let drawn: Vec<usize> = (0..self.len()).filter(|at| 0 < counts[*at]).collect();
        Cases {
            score: drawn.iter().map(|at| self.score[*at]).collect(),
            probability: self.probability.as_ref().map(|p| drawn.iter().map(|at| p[*at]).collect()),
            bad: drawn.iter().map(|at| self.bad[*at]).collect(),
            weight: drawn.iter().map(|at| self.weight[*at] * f64::from(counts[*at])).collect(),
        }
    }
}

/// Kish's effective number of rows, `(Σw)² / Σw²`.
pub(super) fn effective(weight: &[f64]) -> f64 {
    let total = sum(weight.iter().copied());
    let squares = sum(weight.iter().map(|w| w * w));
    if squares <= 0.0 { 0.0 } else { total * total / squares }
}

/// Whether all rows count alike: then weights have nothing to say, whatever their unit.
pub(crate) fn alike(weight: &[f64]) -> bool {
    weight.windows(2).all(|pair| pair[0].total_cmp(&pair[1]) == Ordering::Equal)
}

/// Ranges of neighbours that are `same`.
pub(super) fn runs(len: usize, same: impl Fn(usize, usize) -> bool) -> Vec<std::ops::Range<usize>> {
    let mut found = Vec::new();
    let mut start = 0;
    for at in 1..=len {
        if at == len || !same(at - 1, at) {
            found.push(start..at);
            start = at;
        }
    }
    found
}

fn demand(
    what: &'static str,
    cells: &[f64],
    fault: &'static str,
    holds: impl Fn(f64) -> bool,
) -> Result<(), MetricError> {
    match cells.iter().position(|cell| !holds(*cell)) {
        Some(row) => Err(MetricError::Cell { what, row, fault }),
        None => Ok(()),
    }
}

fn compare(a: &(f64, bool, f64, f64), b: &(f64, bool, f64, f64)) -> Ordering {
    (a.0 + 0.0)
        .total_cmp(&(b.0 + 0.0))
        .then(a.1.cmp(&b.1))
        .then((a.2 + 0.0).total_cmp(&(b.2 + 0.0)))
        .then(a.3.total_cmp(&b.3))
}

/// A sum that carries what each addition rounds away.
///
/// # Source
///
/// Neumaier (1974), ZAMM 54: improved Kahan summation.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub(crate) struct Sum {
    total: f64,
    lost: f64,
}

impl Sum {
    pub(crate) fn add(&mut self, term: f64) {
        let next = self.total + term;
        self.lost +=
            if term.abs() <= self.total.abs() { (self.total - next) + term } else { (term - next) + self.total };
        self.total = next;
    }

    pub(crate) fn value(self) -> f64 {
        self.total + self.lost
    }
}

/// The compensated sum of `terms`, in their order.
pub(crate) fn sum(terms: impl IntoIterator<Item = f64>) -> f64 {
    let mut sum = Sum::default();
    terms.into_iter().for_each(|term| sum.add(term));
    sum.value()
}

/// `part` of `whole`; 0 of nothing is 0.
pub(crate) fn share(part: f64, whole: f64) -> f64 {
    if whole == 0.0 { 0.0 } else { part / whole }
}

/// The `p` quantile of ascending values by linear interpolation (Hyndman & Fan's type 7); `None` of nothing.
pub(crate) fn quantile(ascending: &[f64], p: f64) -> Option<f64> {
    let last = ascending.len().checked_sub(1)?;
    let place = p.clamp(0.0, 1.0) * real(last);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 <= place <= last")]
    let below = (place.floor() as usize).min(last);
    let (low, high) = (ascending[below], ascending[(below + 1).min(last)]);
    Some(low + (high - low) * (place - real(below)))
}
