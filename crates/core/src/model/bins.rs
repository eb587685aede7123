//! Bins of a characteristic, covering everything: ranges of numbers, left-closed and right-open, or groups of codes; values of
//! their own that are no magnitudes; and missing values, which have points by cause.

use std::{collections::BTreeMap, fmt::Display};

use super::{
    BINS_MAX, POINTS_MAX, SPECIALS_MAX,
    file::{BinFile, CharacteristicFile, SpecialFile},
};
use crate::{
    attribute::definition::Risk,
    value::{Missing, Outcome, Value},
};

/// A range as files write it: `[1, 4)`, `(-inf, 1)`. Whoever compares runs matches bins by this text, so nobody else writes it.
#[must_use]
pub fn range_label<T: Display>(lower: Option<T>, upper: Option<T>) -> String {
    match (lower, upper) {
        (None, None) => "(-inf, inf)".to_owned(),
        (None, Some(upper)) => format!("(-inf, {upper})"),
        (Some(lower), None) => format!("[{lower}, inf)"),
        (Some(lower), Some(upper)) => format!("[{lower}, {upper})"),
    }
}

/// The values that are missing for a cause, or for several: `missing: stale`. A key as that of a range is.
#[must_use]
pub fn missing_label(cause: &str) -> String {
    format!("missing: {cause}")
}

/// The first bin whose points run against the direction of risk: more than those of the bin before it where risk rises with the
/// value, fewer where it falls. The bins are ranges, ascending.
#[must_use]
pub fn step_against(points: &[i64], risk: Risk) -> Option<usize> {
    let is_against = |pair: &[i64]| match risk {
        Risk::Rises => pair[0] < pair[1],
        Risk::Falls => pair[1] < pair[0],
        Risk::Neither => false,
    };
    points.windows(2).position(is_against).map(|before| before + 1)
}

/// Checked bins.
#[derive(Clone, PartialEq, Debug)]
pub struct Bins {
    shape: Shape,
    // Ascending by value, looked at before the shape is.
    specials: Vec<(f64, i64)>,
    points: Vec<i64>,
    // In the order of Missing::ALL.
    missing: [i64; Missing::ALL.len()],
    // Of each bin: every answer carries one, and writing numbers out is slow.
    labels: Vec<String>,
}

/// What the bins divide.
#[derive(Clone, PartialEq, Debug)]
enum Shape {
    /// `edges[i]` is the first value that is no longer in bin `i`; one shorter than the points.
    Numbers { edges: Vec<f64> },
    /// The codes of each bin but the last, which takes every other code; and the bin of each.
    Codes { groups: Vec<Vec<String>>, bin: BTreeMap<String, usize> },
}

/// Where an outcome fell.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum BinRef {
    /// The bin of that index, in the file's order. A tree ensemble has no bins: any value is 0 there.
    Value(usize),
    /// The special value of that index, in the file's order.
    Special(usize),
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
        let is_codes = file.bins.iter().any(|bin| !bin.codes.is_empty());
        let shape = if is_codes { codes(&file.bins)? } else { numbers(&file.bins)? };
        let specials = specials(&file.special, is_codes)?;
        let points: Vec<i64> = file.bins.iter().map(|bin| bin.points).collect();
        let mut missing = [0; Missing::ALL.len()];
        for (slot, cause) in missing.iter_mut().zip(Missing::ALL) {
            *slot = file
                .missing
                .get(cause)
                .ok_or_else(|| format!("`missing` does not cover `{}`; name it or give `other`", cause.code()))?;
        }
        let is_beyond = |points: &i64| !(-POINTS_MAX..=POINTS_MAX).contains(points);
        if points.iter().chain(&missing).chain([&file.neutral]).any(is_beyond)
            || specials.iter().any(|(_, points)| is_beyond(points))
        {
            return Err(format!("points beyond ±{POINTS_MAX}"));
        }
        let mut bins = Bins { shape, specials, points, missing, labels: vec![] };
        bins.labels = (0..count).map(|at| bins.written(at)).collect();
        Ok(bins)
    }

    /// The bin of an outcome. A special value has one of its own, whatever the ranges say. A code among ranges of numbers, or
    /// a number among codes, has no place: the engine refuses such a pair at load, so it counts as not applicable here.
    #[must_use]
    pub fn find(&self, outcome: &Outcome) -> BinRef {
        match (outcome, &self.shape) {
            (Err(cause), _) => BinRef::Missing(*cause),
            (Ok(Value::Code(code)), Shape::Codes { groups, bin }) => {
                BinRef::Value(bin.get(*code).copied().unwrap_or(groups.len()))
            }
            (Ok(value), Shape::Numbers { edges }) => match value.number() {
                Some(number) if !number.is_nan() => match self.special(number) {
                    Some(at) => BinRef::Special(at),
                    None => BinRef::Value(edges.partition_point(|edge| *edge <= number)),
                },
                _ => BinRef::Missing(Missing::NotApplicable),
            },
            (Ok(_), Shape::Codes { .. }) => BinRef::Missing(Missing::NotApplicable),
        }
    }

    fn special(&self, number: f64) -> Option<usize> {
        // A handful of values that are equal or not; nothing is rounded on the way from the file.
        self.specials.iter().position(|(value, _)| value.total_cmp(&(number + 0.0)).is_eq())
    }

    /// The points of a bin.
    #[must_use]
    pub fn points(&self, bin: BinRef) -> i64 {
        match bin {
            BinRef::Value(at) => self.points[at],
            BinRef::Special(at) => self.specials[at].1,
            BinRef::Missing(cause) => self.missing_points(cause),
        }
    }

    /// The points of a cause.
    #[must_use]
    pub fn missing_points(&self, cause: Missing) -> i64 {
        Missing::ALL.iter().position(|known| *known == cause).map_or(0, |at| self.missing[at])
    }

    /// Every place where an outcome can fall: the bins, the special values, the causes of missing values.
    pub fn all(&self) -> impl Iterator<Item = BinRef> {
        let values = (0..self.points.len()).map(BinRef::Value);
        let specials = (0..self.specials.len()).map(BinRef::Special);
        values.chain(specials).chain(Missing::ALL.into_iter().map(BinRef::Missing))
    }

    /// True when the bins are groups of codes, not ranges of numbers.
    #[must_use]
    pub fn is_codes(&self) -> bool {
        matches!(self.shape, Shape::Codes { .. })
    }

    /// The first bin whose points run against the direction of risk; codes have no direction.
    #[must_use]
    pub fn step_against(&self, risk: Risk) -> Option<usize> {
        if self.is_codes() { None } else { step_against(&self.points, risk) }
    }

    /// The bin's half-open range; `None` is an open end. Groups of codes have no ends.
    #[must_use]
    pub fn range(&self, at: usize) -> (Option<f64>, Option<f64>) {
        let Shape::Numbers { edges } = &self.shape else { return (None, None) };
        let lower = at.checked_sub(1).and_then(|before| edges.get(before));
        (lower.copied(), edges.get(at).copied())
    }

    /// The bin as files write it: `[1, 4)`, `(-inf, 1)`, `{biweekly, weekly}`, `any other code`, `special: -9`,
    /// `missing: stale`.
    #[must_use]
    pub fn label(&self, bin: BinRef) -> String {
        match bin {
            BinRef::Missing(cause) => missing_label(cause.code()),
            BinRef::Special(at) => format!("special: {}", self.specials[at].0),
            BinRef::Value(at) => self.labels[at].clone(),
        }
    }

    fn written(&self, at: usize) -> String {
        if let Shape::Codes { groups, .. } = &self.shape {
            return groups.get(at).map_or("any other code".to_owned(), |codes| format!("{{{}}}", codes.join(", ")));
        }
        let (lower, upper) = self.range(at);
        range_label(lower, upper)
    }

    /// How many bins of values there are, special values not counted.
    #[must_use]
    pub fn count(&self) -> usize {
        self.points.len()
    }

    /// How many special values there are.
    #[must_use]
    pub fn special_count(&self) -> usize {
        self.specials.len()
    }

    /// The hull of the neighbouring bins that earn exactly these points: what the reviewer reads as "neutral". `None` for
    /// codes, which have no neighbours.
    #[must_use]
    pub fn range_of(&self, points: i64) -> Option<(Option<f64>, Option<f64>)> {
        if self.is_codes() {
            return None;
        }
        let first = self.points.iter().position(|one| *one == points)?;
        let same = self.points[first..].iter().take_while(|one| **one == points).count();
        Some((self.range(first).0, self.range(first + same - 1).1))
    }

    /// The codes that earn exactly these points, in words: `biweekly or weekly`, `any code but irregular`. `None` for numbers
    /// and when no code earns them.
    #[must_use]
    pub fn codes_of(&self, points: i64) -> Option<String> {
        let Shape::Codes { groups, .. } = &self.shape else { return None };
        let (same, others): (Vec<usize>, Vec<usize>) =
            (0..self.points.len()).partition(|at| self.points[*at] == points);
        let named = |at: &[usize]| -> Vec<&str> {
            at.iter().filter_map(|at| groups.get(*at)).flatten().map(String::as_str).collect()
        };
        match (same.is_empty(), same.contains(&groups.len())) {
            (true, _) => None,
            (false, false) => Some(named(&same).join(" or ")),
            (false, true) if others.is_empty() => Some("any code".to_owned()),
            (false, true) => Some(format!("any code but {}", named(&others).join(" and "))),
        }
    }

    /// The fewest and the most points that any outcome can earn.
    #[must_use]
    pub fn extremes(&self) -> (i64, i64) {
        let all = || self.all().map(|bin| self.points(bin));
        (all().min().unwrap_or(0), all().max().unwrap_or(0))
    }
}

fn numbers(bins: &[BinFile]) -> Result<Shape, String> {
    let (last, others) = bins.split_last().ok_or("has no bins")?;
    if last.below.is_some() {
        return Err("the last bin has `below`; leave it out, so that every value has a bin".to_owned());
    }
    let edges: Option<Vec<f64>> = others.iter().map(|bin| bin.below).collect();
    let edges = edges.ok_or("a bin before the last lacks `below`")?;
    if edges.iter().any(|edge| !edge.is_finite()) || edges.windows(2).any(|pair| pair[1] <= pair[0]) {
        return Err("the edges are not finite and strictly ascending".to_owned());
    }
    Ok(Shape::Numbers { edges })
}

fn codes(bins: &[BinFile]) -> Result<Shape, String> {
    if bins.iter().any(|bin| bin.below.is_some()) {
        return Err("has bins of numbers and bins of codes; write `below` or `codes` throughout".to_owned());
    }
    let (last, others) = bins.split_last().ok_or("has no bins")?;
    if !last.codes.is_empty() {
        return Err("the last bin has `codes`; leave them out, so that every code has a bin".to_owned());
    }
    let mut bin = BTreeMap::new();
    for (at, one) in others.iter().enumerate() {
        if one.codes.is_empty() {
            return Err("a bin before the last lacks `codes`; only the last takes every other code".to_owned());
        }
        for code in &one.codes {
            if code.trim().is_empty() || code.trim() != code {
                return Err("a code is empty or has blanks around it".to_owned());
            }
            if bin.insert(code.clone(), at).is_some() {
                return Err(format!("the code `{code}` stands twice; a code has one bin"));
            }
        }
    }
    Ok(Shape::Codes { groups: others.iter().map(|one| one.codes.clone()).collect(), bin })
}

fn specials(file: &[SpecialFile], is_codes: bool) -> Result<Vec<(f64, i64)>, String> {
    if SPECIALS_MAX < file.len() {
        return Err(format!("has {} special values; write at most {SPECIALS_MAX}", file.len()));
    }
    if is_codes && !file.is_empty() {
        return Err("has codes and special values; give the special value's code a bin".to_owned());
    }
    // Negative zero is zero, as in every value.
    let specials: Vec<(f64, i64)> = file.iter().map(|one| (one.value + 0.0, one.points)).collect();
    let is_ascending = specials.windows(2).all(|pair| pair[0].0 < pair[1].0);
    if !is_ascending || specials.iter().any(|(value, _)| !value.is_finite()) {
        return Err("the special values are not finite and strictly ascending".to_owned());
    }
    Ok(specials)
}
