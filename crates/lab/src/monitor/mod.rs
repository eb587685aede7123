//! Has the population moved since the model was made: what can be seen at once, and what can be seen when loans mature.
//!
//! The bins of an index are those of the model (bands, bins of characteristics, causes of missing values) and the deciles of
//! the baseline's scores, which the result names; an index over other bins is another number. A model of trees has no bins:
//! there the deciles of the baseline's values stand in, missing values by cause beside them; its file may hold them.

mod checks;
mod institutions;
mod matured;
mod readings;
mod shift;

use std::collections::BTreeMap;

use serde::Serialize;

use self::shift::{binned, decile_edges};
use crate::{
    count::real,
    run::{Characteristic, Head, Run, differences},
};

pub use self::{
    checks::{CHECKS, Check, Gates, GatesError, GatesFile, Row, Side, Unit, Verdict},
    institutions::{FEW, INSTITUTION_MIN},
    matured::{BandRate, LeftOut, Matured, Told},
    shift::{BinShift, Difference, EMPTY_CELL, Shift, Test, chi_square, decile_edges as deciles, means, shares},
};

/// Two distributions that the checks read, by name.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Distribution {
    /// `score`, `band`, `status`, `decision`, `sufficiency`, `reason`, `institution`, `segment`, or the attribute.
    pub subject: String,
    /// Both sides, bin by bin; none when one side holds nothing.
    pub shift: Option<Shift>,
}

/// What watching found.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Monitoring {
    /// The run that the current one is compared with.
    pub baseline: Head,
    /// The run that is watched.
    pub current: Head,
    /// What the runs were made with that is not the same: `engine`, and names of digests.
    pub made_differently: Vec<String>,
    /// Where the baseline's scores are cut into tenths; bins are left-closed.
    pub score_edges: Vec<i64>,
    /// Applications that an empty bin counts as.
    pub empty_cell: f64,
    /// Above this probability a change may be chance, and no gate closes; a check's subjects share it.
    pub significance: f64,
    /// Every reading of every check.
    pub checks: Vec<Row>,
    /// Score, bands and mixes.
    pub mixes: Vec<Distribution>,
    /// Characteristics, by name.
    pub characteristics: Vec<Distribution>,
    /// What became of the baseline's loans, as far as outcomes are given.
    pub baseline_matured: Option<Matured>,
    /// What became of the current run's loans, as far as outcomes are given.
    pub current_matured: Option<Matured>,
    /// What could not be looked at, and why.
    pub notes: Vec<String>,
    /// The worst of the checks.
    pub verdict: Verdict,
}

impl Monitoring {
    /// 1 when a gate closed, else 0: the house's code for "done, a gate failed".
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        u8::from(self.verdict == Verdict::Fail)
    }
}

/// Outcomes by application: `true` is bad. Indeterminate and immature loans are not in it.
pub type OutcomesById = BTreeMap<String, bool>;

/// What is known of loans that matured, for each run apart: an id of one says nothing of the other.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Outcomes<'a> {
    /// Of the baseline's applications.
    pub baseline: Option<&'a OutcomesById>,
    /// Of the current run's applications.
    pub current: Option<&'a OutcomesById>,
}

/// The shares of the development sample that a model file keeps: a baseline for bands and characteristics where no run is left.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Expected {
    /// The model's content-addressed id.
    pub model_id: String,
    /// What the shares were counted on.
    pub sample: String,
    /// Applicants counted.
    pub applicants: u64,
    /// Applicants of each band.
    pub bands: BTreeMap<String, u64>,
    /// Applicants of each segment; empty for a model of one card.
    pub segments: BTreeMap<String, u64>,
    /// Where the scores are cut, ascending; empty when the file does not say.
    pub score_edges: Vec<i64>,
    /// Applicants of each part of the score, one more than edges.
    pub score: Vec<u64>,
    /// The same for each segment of a model of several cards, whose scores are each cut on their own; then the two above are empty.
    pub segment_scores: BTreeMap<String, (Vec<i64>, Vec<u64>)>,
    /// Applicants of each bin by its label, by characteristic; causes of missing values are bins. As in a run, a bin that stands
    /// in several cards is one bin.
    pub characteristics: BTreeMap<String, BTreeMap<String, u64>>,
    /// Where the values of a characteristic without bins are cut; the labels of its bins are [`labels`] of these.
    pub edges: BTreeMap<String, Vec<f64>>,
}

/// The labels of values cut at `edges`: `(-inf, 2)`, `[2, 5)`, `[5, inf)`.
#[must_use]
pub fn labels(edges: &[f64]) -> Vec<String> {
    binned::<f64>(&[], edges).1
}

impl Expected {
    /// A share as the count that it was made of.
    #[must_use]
    pub fn count(share: f64, applicants: u64) -> u64 {
        // A share of a count is a count when it is rounded; below 2^53, and a negative one is none.
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a whole number from 0 up")]
        let count = (share.max(0.0) * real(applicants)).round() as u64;
        count
    }

    fn head(&self) -> Head {
        Head {
            run_id: self.sample.clone(),
            model_id: self.model_id.clone(),
            engine_version: String::new(),
            applications: self.applicants,
            scored: self.applicants,
            score_mean: None,
        }
    }
}

/// What the checks read.
pub(crate) struct Compared<'a> {
    is_shares: bool,
    /// Of the intervals that gates are held against: what their significance leaves.
    level: f64,
    baseline: &'a Run,
    current: &'a Run,
    mixes: BTreeMap<&'static str, Option<Shift>>,
    characteristics: BTreeMap<String, Option<Shift>>,
    baseline_matured: Option<Matured>,
    current_matured: Option<Matured>,
}

/// Compares a run with the baseline and holds every check against its limits.
///
/// Both runs are of one model; the caller refuses others, or says that it wants them: the bins of characteristics that only one
/// model has are empty in the other, and the index says so.
#[must_use]
pub fn monitor(baseline: &Run, current: &Run, outcomes: Outcomes<'_>, gates: &Gates) -> Monitoring {
    let score_edges = decile_edges(&baseline.scores());
    let mut notes = vec![];
    let baseline_matured = mature(baseline, "baseline", outcomes.baseline, &mut notes);
    let current_matured = mature(current, "current run", outcomes.current, &mut notes);
    let compared = Compared {
        is_shares: false,
        level: 1.0 - gates.significance,
        baseline,
        current,
        mixes: mixes(baseline, current, &score_edges),
        characteristics: characteristics(baseline, current),
        baseline_matured,
        current_matured,
    };
    let made_differently = differences(&baseline.facts, &current.facts);
    report(compared, baseline.head(), Frame { made_differently, score_edges, notes }, gates)
}

/// What became of a run's loans; `notes` gets what cannot be said of them.
fn mature(run: &Run, name: &str, outcomes: Option<&OutcomesById>, notes: &mut Vec<String>) -> Option<Matured> {
    let (matured, gaps) = match outcomes.map(|outcomes| Matured::of(run, outcomes)) {
        Some(Ok(matured)) => {
            let gaps = matured.gaps();
            (Some(matured), gaps)
        }
        Some(Err(error)) => (None, vec![error.to_string()]),
        None => (None, vec!["none given, so nothing is said of discrimination and calibration".to_owned()]),
    };
    notes.extend(gaps.iter().map(|gap| format!("outcomes of the {name}: {gap}")));
    matured
}

/// Compares a run with the expected shares of its model file. Checks that shares cannot answer are left out, but for those
/// with a gate of the file's: these cannot be measured, so they fail.
#[must_use]
pub fn monitor_expected(
    expected: &Expected,
    current: &Run,
    outcomes: Option<&OutcomesById>,
    gates: &Gates,
) -> Monitoring {
    let nothing = Run::default();
    let score = score_parts(expected, current);
    let kept = [
        ("scores", score.is_some()),
        ("bands", true),
        ("segments", !expected.segments.is_empty()),
        ("characteristics", true),
    ];
    let kept: Vec<&str> = kept.iter().filter(|one| one.1).map(|one| one.0).collect();
    let mut notes =
        vec![format!("the baseline is the model's expected shares ({}): {}", expected.sample, kept.join(", "))];
    if score.is_none() {
        let note = "psi_score: the model file keeps no parts of its scores; name a run's directory as the baseline";
        notes.push(note.to_owned());
    }
    notes.push("outcomes of the baseline: a model file has no loans, so nothing is said of a change".to_owned());
    let current_matured = mature(current, "current run", outcomes, &mut notes);
    let bands = Shift::of(&expected.bands, &current.band.counts(), &[]);
    let segments = Shift::of(&expected.segments, &current.segment.counts(), &[]);
    let every = expected.characteristics.keys().chain(current.characteristics.iter().map(|one| &one.attribute));
    let compare = |attribute: &String| {
        let before = expected.characteristics.get(attribute).cloned();
        let now = current.characteristic(attribute);
        let now = match expected.edges.get(attribute) {
            Some(edges) => cut(now, edges),
            None => now.map(Characteristic::counts).unwrap_or_default(),
        };
        (attribute.clone(), ordered(&before.unwrap_or_default(), &now))
    };
    let mixes = [("band", Some(bands)), ("segment", Some(segments)), ("score", score)];
    let compared = Compared {
        is_shares: true,
        level: 1.0 - gates.significance,
        baseline: &nothing,
        current,
        mixes: mixes.into_iter().filter_map(|(name, shift)| Some((name, shift?))).collect(),
        characteristics: every.map(compare).collect(),
        baseline_matured: None,
        current_matured,
    };
    let score_edges = expected.score_edges.clone();
    report(compared, expected.head(), Frame { made_differently: vec![], score_edges, notes }, gates)
}

/// The shift of the score over the parts that the file keeps; `None` when it keeps none. The cards of segments each cut their own
/// scores: there the index runs over the parts of every segment, so that who is in which is a part of it.
fn score_parts(expected: &Expected, current: &Run) -> Option<Option<Shift>> {
    if !expected.score_edges.is_empty() {
        let (now, order) = binned(&current.scores(), &expected.score_edges);
        let before = order.iter().cloned().zip(expected.score.iter().copied()).collect();
        return Some(Shift::of(&before, &now, &order));
    }
    if expected.segment_scores.is_empty() {
        return None;
    }
    let mut scores: BTreeMap<&str, Vec<i64>> = BTreeMap::new();
    for (row, score) in current.score.iter().enumerate() {
        scores.entry(current.segment.get(row).unwrap_or("none")).or_default().extend(score);
    }
    let (mut before, mut now, mut order) = (BTreeMap::new(), BTreeMap::new(), vec![]);
    for (segment, (edges, counts)) in &expected.segment_scores {
        let (found, labels) = binned(&scores.remove(segment.as_str()).unwrap_or_default(), edges);
        for (label, count) in labels.into_iter().zip(counts) {
            let name = format!("{segment}: {label}");
            before.insert(name.clone(), *count);
            now.insert(name.clone(), found.get(&label).copied().unwrap_or(0));
            order.push(name);
        }
    }
    // Of a segment that nobody was in at development no parts are known: it is one.
    now.extend(scores.into_iter().map(|(segment, scores)| (segment.to_owned(), scores.len() as u64)));
    Some(Shift::of(&before, &now, &order))
}

/// What a report says beside its checks.
struct Frame {
    made_differently: Vec<String>,
    score_edges: Vec<i64>,
    notes: Vec<String>,
}

fn report(compared: Compared<'_>, baseline: Head, mut frame: Frame, gates: &Gates) -> Monitoring {
    if compared.current.institution.counts().is_empty() {
        let note = "coverage by institution: the run's tables do not say where accounts are held";
        frame.notes.push(note.to_owned());
    }
    let checks = gates.judge(&compared);
    let verdict = checks.iter().map(|row| row.verdict).max().unwrap_or(Verdict::Shown);
    let listed = |(subject, shift)| Distribution { subject, shift };
    Monitoring {
        baseline,
        current: compared.current.head(),
        made_differently: frame.made_differently,
        score_edges: frame.score_edges,
        empty_cell: EMPTY_CELL,
        significance: gates.significance,
        checks,
        mixes: compared.mixes.into_iter().map(|(name, shift)| listed((name.to_owned(), shift))).collect(),
        characteristics: compared.characteristics.into_iter().map(listed).collect(),
        baseline_matured: compared.baseline_matured,
        current_matured: compared.current_matured,
        notes: frame.notes,
        verdict,
    }
}

fn mixes(baseline: &Run, current: &Run, edges: &[i64]) -> BTreeMap<&'static str, Option<Shift>> {
    let (before, order) = binned(&baseline.scores(), edges);
    let (now, _) = binned(&current.scores(), edges);
    let mix = |read: fn(&Run) -> BTreeMap<String, u64>| Shift::of(&read(baseline), &read(current), &[]);
    BTreeMap::from([
        ("score", Shift::of(&before, &now, &order)),
        ("band", mix(|run| run.band.counts())),
        ("status", mix(|run| run.status.counts())),
        ("decision", mix(|run| run.decision.counts())),
        ("sufficiency", mix(|run| run.sufficiency.counts())),
        ("reason", mix(readings::principal_reasons)),
        ("institution", mix(|run| run.institution.counts())),
        ("segment", mix(|run| run.segment.counts())),
    ])
}

fn characteristics(baseline: &Run, current: &Run) -> BTreeMap<String, Option<Shift>> {
    let every = baseline.characteristics.iter().chain(&current.characteristics);
    let compare = |attribute: &String| {
        let (one, two) = (baseline.characteristic(attribute), current.characteristic(attribute));
        let shift = if one.is_none_or(Characteristic::is_binned) && two.is_none_or(Characteristic::is_binned) {
            let counts = |side: Option<&Characteristic>| side.map(Characteristic::counts).unwrap_or_default();
            ordered(&counts(one), &counts(two))
        } else {
            let edges = decile_edges(&one.map(Characteristic::values).unwrap_or_default());
            ordered(&cut(one, &edges), &cut(two, &edges))
        };
        (attribute.clone(), shift)
    };
    every.map(|one| compare(&one.attribute)).collect()
}

/// Counts of a characteristic that is compared without bins of a model: its numbers cut at `edges`, whatever bins a card had
/// for them; missing values by cause, and codes.
fn cut(side: Option<&Characteristic>, edges: &[f64]) -> BTreeMap<String, u64> {
    let Some(side) = side else { return BTreeMap::new() };
    let mut counts = side.counts_without_number();
    counts.extend(binned(&side.values(), edges).0);
    counts
}

/// The shift of a characteristic, its bins in the order of people.
fn ordered(before: &BTreeMap<String, u64>, now: &BTreeMap<String, u64>) -> Option<Shift> {
    Shift::of(before, now, &bin_order(before.keys().chain(now.keys())))
}

/// Whether a bin holds missing values, by its label.
fn is_missing(label: &str) -> bool {
    label.starts_with("missing:")
}

/// Bins from the lowest up, then those without numbers, then missing values, each by name.
fn bin_order<'a>(labels: impl Iterator<Item = &'a String>) -> Vec<String> {
    let lower = |label: &str| {
        let (lower, _) = label.strip_prefix(['[', '('])?.split_once(',')?;
        lower.trim().parse::<f64>().ok()
    };
    let mut order: Vec<(bool, f64, &String)> =
        labels.map(|label| (is_missing(label), lower(label).unwrap_or(f64::INFINITY), label)).collect();
    order.sort_by(|one, two| one.0.cmp(&two.0).then(one.1.total_cmp(&two.1)).then(one.2.cmp(two.2)));
    order.dedup();
    order.into_iter().map(|(_, _, label)| label.clone()).collect()
}

#[cfg(test)]
mod matured_tests;
#[cfg(test)]
mod tests;
