//! Which attributes moved the score: differences of points, which add up to the difference of the score.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Pair;
use crate::{
    count::real,
    run::{Bin, Characteristic, Run, points},
    sample::Key,
};

/// Applications that went from one bin to another.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Move {
    /// The bin in the first run; `none` when that run's model has no such characteristic.
    pub from: String,
    /// The bin in the second run; `none` likewise.
    pub to: String,
    /// How many went.
    pub applications: u64,
    /// Points that each of them gained or lost; the smallest when they differ.
    pub points: i64,
}

/// What an attribute did to the scores.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct AttributeShift {
    /// The attribute's column.
    pub attribute: String,
    /// Applications with another number or another cause of a missing one.
    pub values_changed: u64,
    /// Applications with other points.
    pub points_changed: u64,
    /// Mean difference of points over the applications scored in both: means over attributes, and that of the base points, add up
    /// to the mean shift of the score.
    pub mean: f64,
    /// Mean absolute difference of points.
    pub mean_absolute: f64,
    /// Part of the sum of the mean absolute differences over attributes; 0 when nothing moved.
    pub share: f64,
    /// From which bin to which, the most points in all first.
    pub moves: Vec<Move>,
}

/// A part of one application's shift.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Part {
    /// The attribute's column, or `base_points`.
    pub attribute: String,
    /// The bin in the first run; empty for base points.
    pub from: String,
    /// The bin in the second run; empty for base points.
    pub to: String,
    /// Difference of points.
    pub points: i64,
}

/// An application whose score moved.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct RowShift {
    /// The primary applicant.
    pub applicant_id: String,
    /// T in seconds (UTC), exclusive.
    pub as_of: i64,
    /// The application.
    pub application_id: String,
    /// Score of the first run.
    pub score_a: i64,
    /// Score of the second run.
    pub score_b: i64,
    /// What moved it, the most first; the points add up to the shift.
    pub parts: Vec<Part>,
}

/// A characteristic in both runs; a run whose model lacks it earns nothing in it.
#[derive(Clone, Copy)]
struct Sides<'r> {
    attribute: &'r str,
    a: Option<&'r Characteristic>,
    b: Option<&'r Characteristic>,
}

impl<'r> Sides<'r> {
    fn bins(&self, pair: Pair) -> (Option<&'r Bin>, Option<&'r Bin>) {
        (self.a.and_then(|one| one.bin(pair.a)), self.b.and_then(|one| one.bin(pair.b)))
    }

    fn values(&self, pair: Pair) -> (Option<f64>, Option<f64>) {
        (self.a.and_then(|one| one.value(pair.a)), self.b.and_then(|one| one.value(pair.b)))
    }
}

fn sides<'r>(a: &'r Run, b: &'r Run) -> Vec<Sides<'r>> {
    let mut names: Vec<&str> =
        a.characteristics.iter().chain(&b.characteristics).map(|one| one.attribute.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let side = |attribute| Sides { attribute, a: a.characteristic(attribute), b: b.characteristic(attribute) };
    names.into_iter().map(side).collect()
}

fn earned(bin: Option<&Bin>) -> i64 {
    bin.map_or(0, |bin| bin.points)
}

fn label(bin: Option<&Bin>) -> &str {
    bin.map_or("none", |bin| bin.label.as_str())
}

pub(super) fn attributes(a: &Run, b: &Run, pairs: &[Pair], moves: usize) -> Vec<AttributeShift> {
    let mut shifts: Vec<AttributeShift> = sides(a, b).iter().map(|sides| shift(sides, pairs, moves)).collect();
    let total: f64 = shifts.iter().map(|shift| shift.mean_absolute).sum();
    for shift in shifts.iter_mut().filter(|_| 0.0 < total) {
        shift.share = shift.mean_absolute / total;
    }
    // Stable, so that equal shares stay in the order of names.
    shifts.sort_by(|one, two| two.mean_absolute.total_cmp(&one.mean_absolute));
    shifts
}

fn shift(sides: &Sides<'_>, pairs: &[Pair], listed: usize) -> AttributeShift {
    let (mut values_changed, mut points_changed, mut sum, mut absolute) = (0, 0, 0_i64, 0_i64);
    let mut met: BTreeMap<(&str, &str), (u64, i64, i64)> = BTreeMap::new();
    for pair in pairs {
        let (one, two) = sides.bins(*pair);
        let cause = |bin: Option<&Bin>| bin.and_then(|bin| bin.missing.clone());
        let other = sides.values(*pair);
        values_changed += u64::from(other.0 != other.1 || cause(one) != cause(two));
        let moved = earned(two).saturating_sub(earned(one));
        points_changed += u64::from(moved != 0);
        sum += moved;
        absolute += moved.saturating_abs();
        if moved != 0 {
            let cell = met.entry((label(one), label(two))).or_insert((0, moved, 0));
            *cell = (cell.0 + 1, cell.1.min(moved), cell.2 + moved.saturating_abs());
        }
    }
    let mut moves: Vec<_> = met.into_iter().collect();
    moves.sort_by_key(|(_, (_, _, absolute))| std::cmp::Reverse(*absolute));
    let moves = moves.into_iter().take(listed).map(|((from, to), (applications, points, _))| Move {
        from: from.to_owned(),
        to: to.to_owned(),
        applications,
        points,
    });
    let mean = |sum: i64| if pairs.is_empty() { 0.0 } else { points(sum) / real(pairs.len() as u64) };
    AttributeShift {
        attribute: sides.attribute.to_owned(),
        values_changed,
        points_changed,
        mean: mean(sum),
        mean_absolute: mean(absolute),
        share: 0.0,
        moves: moves.collect(),
    }
}

/// How many shifts do not add up, and the applications that moved furthest: by size of the shift, then by key.
pub(super) fn furthest(a: &Run, b: &Run, pairs: &[Pair], listed: usize) -> (u64, Vec<RowShift>) {
    let sides = sides(a, b);
    let parts = |pair: Pair| -> i64 {
        let moved = sides.iter().map(|one| {
            let (before, now) = one.bins(pair);
            earned(now).saturating_sub(earned(before))
        });
        moved.sum::<i64>().saturating_add(pair.base(a, b))
    };
    let unexplained = pairs.iter().filter(|pair| pair.shift(a, b) != Some(parts(**pair))).count() as u64;
    let mut moved: Vec<Pair> = pairs.iter().copied().filter(|pair| pair.shift(a, b) != Some(0)).collect();
    // Pairs stand in the order of keys and the sort is stable.
    moved.sort_by_key(|pair| std::cmp::Reverse(pair.shift(a, b).map_or(0, i64::saturating_abs)));
    let rows = moved.into_iter().take(listed).filter_map(|pair| row(a, b, &sides, pair));
    (unexplained, rows.collect())
}

fn row(a: &Run, b: &Run, sides: &[Sides<'_>], pair: Pair) -> Option<RowShift> {
    let base =
        Part { attribute: "base_points".to_owned(), from: String::new(), to: String::new(), points: pair.base(a, b) };
    let part = |sides: &Sides<'_>| {
        let (one, two) = sides.bins(pair);
        Part {
            attribute: sides.attribute.to_owned(),
            from: label(one).to_owned(),
            to: label(two).to_owned(),
            points: earned(two).saturating_sub(earned(one)),
        }
    };
    let mut parts: Vec<Part> =
        [base].into_iter().chain(sides.iter().map(part)).filter(|part| part.points != 0).collect();
    parts.sort_by_key(|part| std::cmp::Reverse(part.points.saturating_abs()));
    let Key { applicant_id, as_of, application_id } = a.keys[pair.a].clone();
    Some(RowShift { applicant_id, as_of, application_id, score_a: a.score[pair.a]?, score_b: b.score[pair.b]?, parts })
}
