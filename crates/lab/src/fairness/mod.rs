//! Offline measures of a score over groups; nothing of it can be read by scoring.
//!
//! Groups come from a labels file of its own, never from the applications. A group smaller than a stated size is withheld: a
//! rate of a handful says more about the people than about the score.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use statrs::distribution::{ChiSquared, ContinuousCDF, Normal};

use crate::{
    count::real,
    metrics::{Draws, Estimate, percentile_interval, share, sum},
};

/// How to compare groups.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FairnessOptions {
    /// The group that others are compared with.
    pub reference: String,
    /// Rows that a group needs in a segment; nothing is printed of a smaller one.
    pub minimum: usize,
    /// Of every interval.
    pub level: f64,
    /// For the interval of the SMD; none with 0 draws.
    pub draws: Draws,
}

/// What was decided and whose application it was. Slices have one entry a row.
#[derive(Clone, Copy, Debug)]
pub struct Labelled<'a> {
    /// Whether the score (or the policy) approved.
    pub approved: &'a [bool],
    /// Higher is safer; `None` for decisions without a score.
    pub score: Option<&'a [f64]>,
    /// The group; empty where unknown.
    pub group: &'a [String],
    /// The segment; empty for none. Every segment with a name is compared too.
    pub segment: &'a [String],
}

/// A group beside the reference group.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct GroupRow {
    /// The segment; empty for all rows.
    pub segment: String,
    /// The group.
    pub group: String,
    /// Rows.
    pub rows: usize,
    /// Approved of them.
    pub approved: usize,
    /// Approved over rows.
    pub approval_rate: f64,
    /// What the comparison with the reference says; `None` for the reference group itself.
    pub compared: Option<Compared>,
    /// Mean score.
    pub mean_score: Option<f64>,
    /// Standardised mean difference; `None` for the reference group, without scores, or when all scores are equal.
    pub smd: Option<Smd>,
}

/// Approvals of a group against the reference group's.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
pub struct Compared {
    /// Adverse impact ratio: approval rate over the reference's. The interval is on the log scale (delta method); `None`
    /// when the reference approves nobody.
    pub air: Option<Air>,
    /// Approval rate less the reference's.
    pub difference: f64,
    /// Pearson's chi-squared of the two rates being one, without continuity correction; `None` when all or none are approved.
    pub chi_squared: Option<f64>,
    /// Its p on one degree of freedom.
    pub p: Option<f64>,
}

/// An adverse impact ratio.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
pub struct Air {
    /// The ratio.
    pub value: f64,
    /// Lower end; `None` when the group has no approval, whose logarithm has no variance.
    pub lower: Option<f64>,
    /// Upper end.
    pub upper: Option<f64>,
    /// Whether the ratio is at least four fifths (29 CFR 1607.4(D)): a screen, no finding.
    pub four_fifths: bool,
}

/// A standardised mean difference of scores.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
pub struct Smd {
    /// (mean of the group - mean of the reference) / standard deviation of all labelled rows of the segment; below 0, the
    /// group scores lower. Other tools print 100 times this.
    pub value: f64,
    /// The denominator: over n - 1.
    pub deviation_of_all: f64,
    /// Bootstrap within the two groups with the denominator held; `None` without draws.
    pub lower: Option<f64>,
    /// Upper end.
    pub upper: Option<f64>,
}

/// Groups compared.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Fairness {
    /// The group that others are compared with.
    pub reference: String,
    /// Rows that a group needs.
    pub minimum: usize,
    /// Of every interval.
    pub level: f64,
    /// Rows with a group.
    pub labelled: usize,
    /// Rows without, left out.
    pub unlabelled: usize,
    /// All rows first, then by segment; the reference first, then by name.
    pub rows: Vec<GroupRow>,
    /// (segment, group) of which nothing is printed, because it or the reference there is smaller than the minimum.
    pub withheld: Vec<(String, String)>,
}

impl Fairness {
    /// The groups of which nothing is said over all rows.
    #[must_use]
    pub fn withheld_groups(&self) -> Vec<&str> {
        self.withheld.iter().filter(|(segment, _)| segment.is_empty()).map(|(_, group)| group.as_str()).collect()
    }
}

/// Why groups cannot be compared.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FairnessError {
    /// Columns differ in length.
    #[error("{what} has {found} rows where the decisions have {expected}")]
    Lengths {
        /// The column.
        what: &'static str,
        /// Rows of the decisions.
        expected: usize,
        /// Rows of the column.
        found: usize,
    },
    /// A reference that is not among the labels, or too small.
    #[error(
        "the reference group has {rows} rows and needs {minimum}; name a group of the labels file that is large enough"
    )]
    Reference {
        /// Rows found.
        rows: usize,
        /// Rows needed.
        minimum: usize,
    },
    /// A score that is no number.
    #[error("row {row} (from 0): the score is not finite")]
    Score {
        /// Counted from 0.
        row: usize,
    },
    /// A level or minimum out of range.
    #[error("the level of an interval must lie between 0 and 1, and the minimum be 2 or more")]
    Options,
}

/// Compares every group with the reference group, over all rows and segment by segment.
///
/// # Errors
///
/// [`FairnessError`] naming the column or the option.
///
/// # Source
///
/// AIR: 29 CFR 1607.4(D); its interval Katz et al. (1978), Biometrics 34. SMD: difference of means over the standard deviation
/// of all rows, the denominator named because tools differ.
pub fn fairness(rows: Labelled<'_>, options: &FairnessOptions) -> Result<Fairness, FairnessError> {
    check(&rows, options)?;
    let labelled: Vec<usize> = (0..rows.group.len()).filter(|row| !rows.group[*row].is_empty()).collect();
    let of_reference = labelled.iter().filter(|row| rows.group[**row] == options.reference).count();
    if of_reference < options.minimum {
        return Err(FairnessError::Reference { rows: of_reference, minimum: options.minimum });
    }
    let mut segments: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for row in &labelled {
        if !rows.segment[*row].is_empty() {
            segments.entry(&rows.segment[*row]).or_default().push(*row);
        }
    }
    let mut found = Fairness {
        reference: options.reference.clone(),
        minimum: options.minimum,
        level: options.level,
        labelled: labelled.len(),
        unlabelled: rows.group.len() - labelled.len(),
        rows: Vec::new(),
        withheld: Vec::new(),
    };
    one_segment("", &labelled, &rows, options, &mut found)?;
    for (segment, members) in segments {
        one_segment(segment, &members, &rows, options, &mut found)?;
    }
    Ok(found)
}

fn check(rows: &Labelled<'_>, options: &FairnessOptions) -> Result<(), FairnessError> {
    let expected = rows.approved.len();
    let lengths = [
        ("group", rows.group.len()),
        ("segment", rows.segment.len()),
        ("score", rows.score.map_or(expected, <[f64]>::len)),
    ];
    for (what, found) in lengths {
        if found != expected {
            return Err(FairnessError::Lengths { what, expected, found });
        }
    }
    if let Some(row) = rows.score.and_then(|score| score.iter().position(|one| !one.is_finite())) {
        return Err(FairnessError::Score { row });
    }
    if !(0.0 < options.level && options.level < 1.0) || options.minimum < 2 {
        return Err(FairnessError::Options);
    }
    Ok(())
}

/// The rows of a group in a segment.
struct Members {
    rows: usize,
    approved: usize,
    // Ascending, so that sums and draws do not depend on the order of the rows.
    scores: Option<Vec<f64>>,
}

fn one_segment(
    segment: &str,
    members: &[usize],
    rows: &Labelled<'_>,
    options: &FairnessOptions,
    found: &mut Fairness,
) -> Result<(), FairnessError> {
    let groups: BTreeSet<&String> = members.iter().map(|row| &rows.group[*row]).collect();
    let of = |holds: &dyn Fn(usize) -> bool| {
        let chosen: Vec<usize> = members.iter().copied().filter(|row| holds(*row)).collect();
        let mut scores = rows.score.map(|score| chosen.iter().map(|row| score[*row]).collect::<Vec<f64>>());
        if let Some(scores) = &mut scores {
            scores.sort_unstable_by(f64::total_cmp);
        }
        Members { rows: chosen.len(), approved: chosen.iter().filter(|row| rows.approved[**row]).count(), scores }
    };
    let reference = of(&|row| rows.group[row] == options.reference);
    let deviation = of(&|_| true).scores.as_deref().and_then(deviation);
    let named = groups.iter().filter(|group| ***group != options.reference);
    for group in groups.iter().filter(|group| ***group == options.reference).chain(named) {
        let is_reference = ***group == options.reference;
        let here = of(&|row| rows.group[row] == **group);
        // A comparison with a reference that is too small would print what was withheld.
        if here.rows.min(reference.rows) < options.minimum {
            found.withheld.push((segment.to_owned(), (*group).clone()));
            continue;
        }
        found.rows.push(GroupRow {
            segment: segment.to_owned(),
            group: (*group).clone(),
            rows: here.rows,
            approved: here.approved,
            approval_rate: rate(&here),
            compared: if is_reference { None } else { Some(compare(&here, &reference, options.level)) },
            mean_score: here.scores.as_deref().map(mean),
            smd: if is_reference { None } else { smd(&here, &reference, deviation, options)? },
        });
    }
    Ok(())
}

fn rate(group: &Members) -> f64 {
    share(real(group.approved), real(group.rows))
}

fn compare(group: &Members, reference: &Members, level: f64) -> Compared {
    let (ours, theirs) = (rate(group), rate(reference));
    let air = (0 < reference.approved).then(|| {
        let value = ours / theirs;
        // Variance of the logarithm of a ratio of two proportions.
        let part = |group: &Members| 1.0 / real(group.approved) - 1.0 / real(group.rows);
        let half = Normal::standard().inverse_cdf(0.5 + level / 2.0) * (part(group) + part(reference)).max(0.0).sqrt();
        let end = |by: f64| (0 < group.approved).then(|| value * libm::exp(by));
        // 4/5 in whole numbers, so that a ratio of exactly four fifths passes.
        let four_fifths =
            4 * reference.approved as u128 * group.rows as u128 <= 5 * group.approved as u128 * reference.rows as u128;
        Air { value, lower: end(-half), upper: end(half), four_fifths }
    });
    let (n, approved) = (real(group.rows + reference.rows), real(group.approved + reference.approved));
    let declined = n - approved;
    let chi_squared = (0.0 < approved && 0.0 < declined).then(|| {
        let cross = real(group.approved) * real(reference.rows - reference.approved)
            - real(reference.approved) * real(group.rows - group.approved);
        n * cross * cross / (approved * declined * real(group.rows) * real(reference.rows))
    });
    let p = chi_squared.zip(ChiSquared::new(1.0).ok()).map(|(statistic, distribution)| distribution.sf(statistic));
    Compared { air, difference: ours - theirs, chi_squared, p }
}

fn smd(
    group: &Members,
    reference: &Members,
    deviation: Option<f64>,
    options: &FairnessOptions,
) -> Result<Option<Smd>, FairnessError> {
    let (Some(ours), Some(theirs), Some(deviation_of_all)) = (&group.scores, &reference.scores, deviation) else {
        return Ok(None);
    };
    let value = (mean(ours) - mean(theirs)) / deviation_of_all;
    // One column of both groups: draws are made within each.
    let classes: Vec<bool> = (0..ours.len() + theirs.len()).map(|at| ours.len() <= at).collect();
    let drawn = options.draws.map(|draw| {
        let counts = options.draws.counts(draw, &classes);
        let mean = |scores: &[f64], counts: &[u32]| {
            sum(scores.iter().zip(counts).map(|(score, count)| score * f64::from(*count))) / real(scores.len())
        };
        Ok((mean(ours, &counts[..ours.len()]) - mean(theirs, &counts[ours.len()..])) / deviation_of_all)
    })?;
    let interval = if drawn.is_empty() {
        None
    } else {
        Some(percentile_interval(value, drawn, options.level).map_err(|_| FairnessError::Options)?)
    };
    let Estimate { lower, upper, .. } = interval.unwrap_or(Estimate { value, lower: value, upper: value });
    let known = interval.is_some();
    Ok(Some(Smd { value, deviation_of_all, lower: known.then_some(lower), upper: known.then_some(upper) }))
}

fn mean(values: &[f64]) -> f64 {
    share(sum(values.iter().copied()), real(values.len()))
}

/// Standard deviation over n - 1; `None` of fewer than 2 values or of equal ones.
fn deviation(ascending: &[f64]) -> Option<f64> {
    let centre = mean(ascending);
    let squares = sum(ascending.iter().map(|value| (value - centre) * (value - centre)));
    let deviation = (squares / (real(ascending.len()) - 1.0)).sqrt();
    (ascending.first() < ascending.last()).then_some(deviation)
}
