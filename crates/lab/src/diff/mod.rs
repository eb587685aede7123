//! What changed between two runs over mostly the same applications, and which attributes did it.

mod attributes;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::{
    count::real,
    run::{Head, Run, differences, points},
    sample::Key,
};

pub use attributes::{AttributeShift, Move, Part, RowShift};

/// Applications of both runs, and of one only.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Joined {
    /// In both runs.
    pub both: u64,
    /// In the first only.
    pub only_a: u64,
    /// In the second only.
    pub only_b: u64,
    /// Of those in one only: in the other with another T, so that nothing is compared.
    pub other_t: u64,
    /// In both, scored by both.
    pub scored_both: u64,
    /// In both, scored by the first only.
    pub scored_a: u64,
    /// In both, scored by the second only.
    pub scored_b: u64,
}

/// A quantile of the score shifts, by linear interpolation (type 7).
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
pub struct Quantile {
    /// The share of shifts at or below.
    pub share: f64,
    /// In points.
    pub shift: f64,
}

/// A bar of the histogram: shifts from `from` to below `below`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct Bar {
    /// In points.
    pub from: i64,
    /// In points, exclusive.
    pub below: i64,
    /// Applications.
    pub applications: u64,
}

/// Score of the second run less that of the first, over the applications that both scored.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct ScoreShift {
    /// Applications with the same score.
    pub unchanged: u64,
    /// With a larger, safer score in the second run.
    pub up: u64,
    /// With a smaller score in the second run.
    pub down: u64,
    /// Mean, in points.
    pub mean: f64,
    /// Mean of the absolute shift, in points.
    pub mean_absolute: f64,
    /// From the smallest to the largest.
    pub quantiles: Vec<Quantile>,
    /// Bars of one width without gaps.
    pub histogram: Vec<Bar>,
}

/// Applications by what the two runs say of them.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Flips {
    /// What is compared: `status`, `decision`, `band`, `sufficiency`.
    pub subject: &'static str,
    /// Applications of which the runs say different things.
    pub changed: u64,
    /// The words met; `none` where a run says nothing.
    pub words: Vec<String>,
    /// `counts[a][b]`: applications for which the first run says word `a` and the second word `b`.
    pub counts: Vec<Vec<u64>>,
}

/// A reason that applications got in one run and not in the other.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct ReasonChange {
    /// Its code.
    pub code: String,
    /// Applications that have it in the first run only.
    pub only_a: u64,
    /// Applications that have it in the second run only.
    pub only_b: u64,
}

/// Adverse reasons of the applications in both runs.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Reasons {
    /// Applications whose reasons or their order differ.
    pub changed: u64,
    /// Applications whose first reason differs.
    pub first_changed: u64,
    /// Reasons that came or went, by code.
    pub codes: Vec<ReasonChange>,
}

/// What changed between two runs.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Diff {
    /// The first run.
    pub a: Head,
    /// The second run.
    pub b: Head,
    /// What the runs were made with that is not the same: `engine`, and names of digests.
    pub made_differently: Vec<String>,
    /// Which applications can be compared.
    pub joined: Joined,
    /// None when no application is scored in both.
    pub shift: Option<ScoreShift>,
    /// Status, decision, band and sufficiency.
    pub flips: Vec<Flips>,
    /// Adverse reasons.
    pub reasons: Reasons,
    /// Mean difference of the base points over the applications scored in both.
    pub base_points: f64,
    /// By share of the total, the largest first.
    pub attributes: Vec<AttributeShift>,
    /// Applications whose parts do not add up to the shift of the score; 0 for the runs that this engine writes.
    pub unexplained: u64,
    /// The applications that moved furthest, with the parts of their shift.
    pub furthest: Vec<RowShift>,
}

/// How much of a difference is listed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Listed {
    /// Moves between bins of an attribute.
    pub moves: usize,
    /// Applications.
    pub furthest: usize,
}

impl Default for Listed {
    fn default() -> Listed {
        Listed { moves: 3, furthest: 10 }
    }
}

/// Compares two runs, application by application.
#[must_use]
pub fn diff(a: &Run, b: &Run, listed: Listed) -> Diff {
    let (pairs, mut joined) = join(a, b);
    let scored: Vec<Pair> = pairs.iter().copied().filter(|pair| pair.shift(a, b).is_some()).collect();
    joined.scored_both = scored.len() as u64;
    let only = |one: &Run, other: &Run, pair: &Pair| {
        let (row, there) = if std::ptr::eq(one, a) { (pair.a, pair.b) } else { (pair.b, pair.a) };
        one.score[row].is_some() && other.score[there].is_none()
    };
    joined.scored_a = pairs.iter().filter(|pair| only(a, b, pair)).count() as u64;
    joined.scored_b = pairs.iter().filter(|pair| only(b, a, pair)).count() as u64;
    let shifts: Vec<i64> = scored.iter().filter_map(|pair| pair.shift(a, b)).collect();
    let base: i64 = scored.iter().map(|pair| pair.base(a, b)).sum();
    let attributes = attributes::attributes(a, b, &scored, listed.moves);
    let (unexplained, furthest) = attributes::furthest(a, b, &scored, listed.furthest);
    Diff {
        a: a.head(),
        b: b.head(),
        made_differently: differences(&a.facts, &b.facts),
        joined,
        shift: score_shift(&shifts),
        flips: vec![
            flips("status", &pairs, |pair| (a.status.get(pair.a), b.status.get(pair.b))),
            flips("decision", &pairs, |pair| (a.decision.get(pair.a), b.decision.get(pair.b))),
            flips("band", &pairs, |pair| (a.band.get(pair.a), b.band.get(pair.b))),
            flips("sufficiency", &pairs, |pair| (a.sufficiency.get(pair.a), b.sufficiency.get(pair.b))),
        ],
        reasons: reasons(a, b, &pairs),
        base_points: if scored.is_empty() { 0.0 } else { points(base) / real(scored.len() as u64) },
        attributes,
        unexplained,
        furthest,
    }
}

/// Where an application stands in both runs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Pair {
    a: usize,
    b: usize,
}

impl Pair {
    fn shift(self, a: &Run, b: &Run) -> Option<i64> {
        Some(b.score[self.b]?.saturating_sub(a.score[self.a]?))
    }

    fn base(self, a: &Run, b: &Run) -> i64 {
        b.base_points[self.b].unwrap_or(0).saturating_sub(a.base_points[self.a].unwrap_or(0))
    }
}

/// An application whatever its T.
fn whose(key: &Key) -> (&str, &str) {
    (&key.applicant_id, &key.application_id)
}

/// Merges two ascending lists of keys.
fn join(a: &Run, b: &Run) -> (Vec<Pair>, Joined) {
    let (mut pairs, mut joined) = (vec![], Joined::default());
    let (mut at_a, mut at_b) = (0, 0);
    let (mut alone_a, mut alone_b) = (BTreeSet::new(), BTreeSet::new());
    while let (Some(one), Some(two)) = (a.keys.get(at_a), b.keys.get(at_b)) {
        match Key::cmp(one, two) {
            std::cmp::Ordering::Less => {
                alone_a.insert(whose(one));
                at_a += 1;
            }
            std::cmp::Ordering::Greater => {
                alone_b.insert(whose(two));
                at_b += 1;
            }
            std::cmp::Ordering::Equal => {
                pairs.push(Pair { a: at_a, b: at_b });
                (at_a, at_b) = (at_a + 1, at_b + 1);
            }
        }
    }
    alone_a.extend(a.keys[at_a..].iter().map(whose));
    alone_b.extend(b.keys[at_b..].iter().map(whose));
    joined.other_t = alone_a.intersection(&alone_b).count() as u64;
    joined.both = pairs.len() as u64;
    joined.only_a = (a.keys.len() - pairs.len()) as u64;
    joined.only_b = (b.keys.len() - pairs.len()) as u64;
    (pairs, joined)
}

const QUANTILES: [f64; 9] = [0.0, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 1.0];
const BARS_MAX: i64 = 20;

fn score_shift(shifts: &[i64]) -> Option<ScoreShift> {
    let mut ascending = shifts.to_vec();
    ascending.sort_unstable();
    let (first, last) = (*ascending.first()?, *ascending.last()?);
    let count = |keep: fn(&i64) -> bool| ascending.iter().copied().filter(keep).count() as u64;
    let all = real(ascending.len() as u64);
    let sum: i64 = ascending.iter().sum();
    let absolute: i64 = ascending.iter().map(|shift| shift.saturating_abs()).sum();
    Some(ScoreShift {
        unchanged: count(|shift| *shift == 0),
        up: count(|shift| 0 < *shift),
        down: count(|shift| *shift < 0),
        mean: points(sum) / all,
        mean_absolute: points(absolute) / all,
        quantiles: QUANTILES
            .iter()
            .map(|share| Quantile { share: *share, shift: quantile(&ascending, *share) })
            .collect(),
        histogram: histogram(&ascending, first, last),
    })
}

fn quantile(ascending: &[i64], share: f64) -> f64 {
    let place = share * real(ascending.len() as u64 - 1);
    // Between 0 and the length, so the cast loses the fraction only.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a place in the list")]
    let below = place.floor() as usize;
    let (lower, upper) = (ascending[below], ascending[(below + 1).min(ascending.len() - 1)]);
    points(lower) + (place - place.floor()) * points(upper.saturating_sub(lower))
}

/// Bars of 1, 2, 5, 10, 20, 50 … points, as narrow as a screen of them allows, each edge a multiple of the width.
fn histogram(ascending: &[i64], first: i64, last: i64) -> Vec<Bar> {
    let bars = |width: i64| last.div_euclid(width).saturating_sub(first.div_euclid(width)).saturating_add(1);
    let mut widths = (0..18).flat_map(|power| [1, 2, 5].map(|lead: i64| lead.saturating_mul(10_i64.pow(power))));
    let width = widths.find(|width| bars(*width) <= BARS_MAX).unwrap_or(i64::MAX);
    let start = first.div_euclid(width);
    let mut counts = vec![0_u64; usize::try_from(bars(width)).unwrap_or(0)];
    for shift in ascending {
        let place = usize::try_from(shift.div_euclid(width) - start).unwrap_or(usize::MAX);
        if let Some(count) = counts.get_mut(place) {
            *count += 1;
        }
    }
    let from = (start..).map(|at| at.saturating_mul(width));
    from.zip(counts).map(|(from, applications)| Bar { from, below: from.saturating_add(width), applications }).collect()
}

fn flips<'r>(
    subject: &'static str,
    pairs: &[Pair],
    words: impl Fn(&Pair) -> (Option<&'r str>, Option<&'r str>),
) -> Flips {
    let mut met: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    for pair in pairs {
        let (one, two) = words(pair);
        *met.entry((one.unwrap_or("none"), two.unwrap_or("none"))).or_default() += 1;
    }
    let mut names: Vec<&str> = met.keys().flat_map(|(one, two)| [*one, *two]).collect();
    names.sort_unstable();
    names.dedup();
    // What is not said stands last.
    names.sort_by_key(|name| *name == "none");
    let row = |one: &&str| names.iter().map(|two| met.get(&(*one, *two)).copied().unwrap_or(0)).collect();
    Flips {
        subject,
        changed: met.iter().filter(|((one, two), _)| one != two).map(|(_, count)| count).sum(),
        counts: names.iter().map(row).collect(),
        words: names.iter().map(|name| (*name).to_owned()).collect(),
    }
}

fn reasons(a: &Run, b: &Run, pairs: &[Pair]) -> Reasons {
    let mut reasons = Reasons::default();
    let mut codes: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for pair in pairs {
        let (one, two): (Vec<&str>, Vec<&str>) = (a.reasons_of(pair.a).collect(), b.reasons_of(pair.b).collect());
        reasons.changed += u64::from(one != two);
        reasons.first_changed += u64::from(one.first() != two.first());
        one.iter().filter(|code| !two.contains(code)).for_each(|code| codes.entry(code).or_default().0 += 1);
        two.iter().filter(|code| !one.contains(code)).for_each(|code| codes.entry(code).or_default().1 += 1);
    }
    let listed = codes.into_iter();
    reasons.codes =
        listed.map(|(code, (only_a, only_b))| ReasonChange { code: code.to_owned(), only_a, only_b }).collect();
    reasons
}

#[cfg(test)]
mod tests;
