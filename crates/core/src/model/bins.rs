//! Bins of a characteristic: left-closed, right-open, ascending, covering every number; a missing value has points by cause.

use super::{BINS_MAX, POINTS_MAX, file::CharacteristicFile};
use crate::value::{Missing, Outcome};

/// Checked bins.
#[derive(Clone, PartialEq, Debug)]
pub struct Bins {
    // edges[i] is the first value that is no longer in bin i; one shorter than `points`.
    edges: Vec<f64>,
    points: Vec<i64>,
    // In the order of Missing::ALL.
    missing: [i64; Missing::ALL.len()],
    // Of each bin: every answer carries one, and writing numbers out is slow.
    labels: Vec<String>,
}

/// Where an outcome fell.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BinRef {
    /// The bin of that index, ascending. A tree ensemble has no bins: any value is 0 there.
    Value(usize),
    /// A missing value.
    Missing(Missing),
}

impl Bins {
    /// Checks a characteristic's bins.
    pub(super) fn new(file: &CharacteristicFile) -> Result<Bins, String> {
        let count = file.bins.len();
        if !(2..=BINS_MAX).contains(&count) {
            return Err(format!("has {count} bins; write 2 to {BINS_MAX}"));
        }
        let (last, others) = file.bins.split_last().ok_or("has no bins")?;
        if last.below.is_some() {
            return Err("the last bin has `below`; leave it out, so that every value has a bin".to_owned());
        }
        let edges: Option<Vec<f64>> = others.iter().map(|bin| bin.below).collect();
        let edges = edges.ok_or("a bin before the last lacks `below`")?;
        if edges.iter().any(|edge| !edge.is_finite()) || edges.windows(2).any(|pair| pair[1] <= pair[0]) {
            return Err("the edges are not finite and strictly ascending".to_owned());
        }
        let points: Vec<i64> = file.bins.iter().map(|bin| bin.points).collect();
        let mut missing = [0; Missing::ALL.len()];
        for (slot, cause) in missing.iter_mut().zip(Missing::ALL) {
            *slot = file
                .missing
                .get(cause)
                .ok_or_else(|| format!("`missing` does not cover `{}`; name it or give `other`", cause.code()))?;
        }
        if points.iter().chain(&missing).chain([&file.neutral]).any(|points| POINTS_MAX < points.abs()) {
            return Err(format!("points beyond ±{POINTS_MAX}"));
        }
        let mut bins = Bins { edges, points, missing, labels: vec![] };
        bins.labels = (0..count).map(|at| bins.written(at)).collect();
        Ok(bins)
    }

    /// The bin of an outcome. A code has no place on the line of numbers; the engine refuses such attributes at load, so it
    /// counts as not applicable here.
    #[must_use]
    pub fn find(&self, outcome: &Outcome) -> BinRef {
        match outcome.map(|value| value.number()) {
            Ok(Some(number)) if !number.is_nan() => BinRef::Value(self.edges.partition_point(|edge| *edge <= number)),
            Ok(_) => BinRef::Missing(Missing::NotApplicable),
            Err(cause) => BinRef::Missing(cause),
        }
    }

    /// The points of a bin.
    #[must_use]
    pub fn points(&self, bin: BinRef) -> i64 {
        match bin {
            BinRef::Value(at) => self.points[at],
            BinRef::Missing(cause) => self.missing_points(cause),
        }
    }

    /// The points of a cause.
    #[must_use]
    pub fn missing_points(&self, cause: Missing) -> i64 {
        Missing::ALL.iter().position(|known| *known == cause).map_or(0, |at| self.missing[at])
    }

    /// The bin's half-open range; `None` is an open end.
    #[must_use]
    pub fn range(&self, at: usize) -> (Option<f64>, Option<f64>) {
        let lower = at.checked_sub(1).and_then(|before| self.edges.get(before));
        (lower.copied(), self.edges.get(at).copied())
    }

    /// The bin as files write it: `[1, 4)`, `(-inf, 1)`, `missing: stale`.
    #[must_use]
    pub fn label(&self, bin: BinRef) -> String {
        match bin {
            BinRef::Missing(cause) => format!("missing: {}", cause.code()),
            BinRef::Value(at) => self.labels[at].clone(),
        }
    }

    fn written(&self, at: usize) -> String {
        match self.range(at) {
            (None, None) => "(-inf, inf)".to_owned(),
            (None, Some(upper)) => format!("(-inf, {upper})"),
            (Some(lower), None) => format!("[{lower}, inf)"),
            (Some(lower), Some(upper)) => format!("[{lower}, {upper})"),
        }
    }

    /// How many bins of values there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.points.len()
    }

    /// The hull of the neighbouring bins that earn exactly these points: what the reviewer reads as "neutral".
    #[must_use]
    pub fn range_of(&self, points: i64) -> Option<(Option<f64>, Option<f64>)> {
        let first = self.points.iter().position(|one| *one == points)?;
        let same = self.points[first..].iter().take_while(|one| **one == points).count();
        Some((self.range(first).0, self.range(first + same - 1).1))
    }

    /// The fewest and the most points that any outcome can earn.
    #[must_use]
    pub fn extremes(&self) -> (i64, i64) {
        let all = || self.points.iter().chain(&self.missing).copied();
        (all().min().unwrap_or(0), all().max().unwrap_or(0))
    }
}
