//! Ranking reasons: what could not be scored first, then knock-outs, then points against the baseline.
//!
//! # Source
//!
//! 12 CFR 1002.9(b)(2) and comments -1 (four reasons), -2 (factors actually scored), -4 (no principal factor left out, and those that decided told), -5
//! (points against an average; "other methods" with similar results, here neutral points), -8 (automatic denials themselves).

use std::cmp::Ordering;

use crate::{
    assessment::{Reason, ReasonSource, Side},
    limits::REASONS_MAX,
    reason::{
        Dictionary, Entry,
        text::{self, Filling},
    },
};

/// A reason that could be given.
#[derive(Clone, Debug)]
pub struct Candidate<'a> {
    /// Which component gives it.
    pub source: ReasonSource,
    /// What the dictionary says.
    pub entry: &'a Entry,
    /// The attribute's column; empty for scorability.
    pub attribute: &'a str,
    /// Points minus the baseline, of trees those of the family: negative is adverse. Zero outside the model, where every reason is adverse.
    pub difference: f64,
    /// Its place among what its source judged, for what fills the reviewer's template.
    pub place: usize,
}

impl Candidate<'_> {
    fn side(&self) -> Option<Side> {
        match self.source {
            ReasonSource::Scorability | ReasonSource::Knockout => Some(Side::Adverse),
            ReasonSource::Scored if self.difference < 0.0 => Some(Side::Adverse),
            ReasonSource::Scored if 0.0 < self.difference => Some(Side::Positive),
            ReasonSource::Scored => None,
        }
    }
}

/// Ranks candidates: adverse first. On each side at most `limits::REASONS_MAX`, one a family, no filler.
///
/// Scorability and knock-outs keep the order in which they are given. Scored reasons stand by points; ties by family rank,
/// then code, then attribute, so that the order never depends on the model file's order.
///
/// `fill` is asked only for the candidates that become reasons: writing values out costs more than ranking.
#[must_use]
pub fn rank<'f>(
    dictionary: &Dictionary,
    candidates: &[Candidate<'_>],
    fill: impl Fn(&Candidate<'_>) -> Filling<'f>,
) -> Vec<Reason> {
    let mut reasons = vec![];
    for side in [Side::Adverse, Side::Positive] {
        let mut of_side: Vec<&Candidate<'_>> = candidates.iter().filter(|one| one.side() == Some(side)).collect();
        // The sort is stable: scorability and knock-outs keep their order.
        of_side.sort_by(|a, b| order(dictionary, a, b));
        let mut families: Vec<(ReasonSource, &str)> = vec![];
        for candidate in of_side {
            // Each status says another thing about the data, so they share a family without crowding each other out.
            let key = candidate.entry.family.as_str();
            let taken = match candidate.source {
                ReasonSource::Scorability => {
                    reasons.iter().any(|one: &Reason| one.side == side && one.code == candidate.entry.code)
                }
                ReasonSource::Knockout | ReasonSource::Scored => families.iter().any(|(_, family)| *family == key),
            };
            if taken || REASONS_MAX <= families.len() {
                continue;
            }
            families.push((candidate.source, key));
            reasons.push(reason(candidate, &fill(candidate), side, families.len()));
        }
    }
    reasons
}

fn order(dictionary: &Dictionary, a: &Candidate<'_>, b: &Candidate<'_>) -> Ordering {
    let by_source = a.source.cmp(&b.source);
    if by_source != Ordering::Equal || a.source != ReasonSource::Scored {
        return by_source;
    }
    let family = |one: &Candidate<'_>| dictionary.family_rank(&one.entry.family);
    let magnitude = b.difference.abs().total_cmp(&a.difference.abs());
    magnitude
        .then_with(|| family(a).cmp(&family(b)))
        .then_with(|| a.entry.code.cmp(&b.entry.code))
        .then_with(|| a.attribute.cmp(b.attribute))
}

fn reason(candidate: &Candidate<'_>, filling: &Filling<'_>, side: Side, rank: usize) -> Reason {
    let entry = candidate.entry;
    let fixed = match (side, &entry.positive) {
        (Side::Positive, Some(positive)) => positive,
        _ => &entry.notice,
    };
    Reason {
        rank: u32::try_from(rank).unwrap_or(u32::MAX),
        side,
        source: candidate.source,
        code: entry.code.clone(),
        text: fixed.clone(),
        reviewer: text::fill(&entry.reviewer, filling),
        c1: entry.c1.clone(),
        attribute: candidate.attribute.to_owned(),
        points: candidate.difference,
    }
}

#[cfg(test)]
#[path = "reasons_tests.rs"]
mod tests;
