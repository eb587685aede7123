//! Has the population moved since the model was made: what can be seen at once, and what can be seen when loans mature.
//!
//! The bins of an index are those of the model (bands, bins of characteristics, causes of missing values) and the deciles of
//! the baseline's scores, which the result names; an index over other bins is another number.

mod checks;
mod matured;
mod readings;
mod shift;

use std::collections::BTreeMap;

use serde::Serialize;

use self::shift::{binned, decile_edges};
use crate::run::{Head, Run, differences};

pub use self::{
    checks::{CHECKS, Check, Gates, GatesError, GatesFile, Row, Side, Unit, Verdict},
    matured::{BandRate, Matured},
    shift::{BinShift, Difference, EMPTY_CELL, Shift, Test, chi_square, decile_edges as deciles, means, shares},
};

/// Two distributions that the checks read, by name.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Distribution {
    /// `score`, `band`, `status`, `decision`, `sufficiency`, `reason`, `institution`, or the attribute.
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
    /// Above this probability a change may be chance, and no gate closes.
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

/// What the checks read.
pub(crate) struct Compared<'a> {
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
pub fn monitor(baseline: &Run, current: &Run, outcomes: Option<&OutcomesById>, gates: &Gates) -> Monitoring {
    let score_edges = decile_edges(&baseline.scores());
    let mut notes = vec![];
    let mature = |run: &Run, name: &str, notes: &mut Vec<String>| {
        outcomes.and_then(|outcomes| match Matured::of(run, outcomes) {
            Ok(matured) => Some(matured),
            Err(why) => {
                notes.push(format!("outcomes of the {name}: {why}"));
                None
            }
        })
    };
    let compared = Compared {
        baseline,
        current,
        mixes: mixes(baseline, current, &score_edges),
        characteristics: characteristics(baseline, current),
        baseline_matured: mature(baseline, "baseline", &mut notes),
        current_matured: mature(current, "current run", &mut notes),
    };
    if outcomes.is_none() {
        notes.push("outcomes: none given, so nothing is said of discrimination and calibration".to_owned());
    }
    if current.institution.counts().is_empty() {
        notes.push("coverage by institution: the run's tables do not say where accounts are held".to_owned());
    }
    let checks = gates.judge(&compared);
    let verdict = checks.iter().map(|row| row.verdict).max().unwrap_or(Verdict::Shown);
    let listed = |(subject, shift)| Distribution { subject, shift };
    Monitoring {
        baseline: baseline.head(),
        current: current.head(),
        made_differently: differences(&baseline.facts, &current.facts),
        score_edges,
        empty_cell: EMPTY_CELL,
        significance: gates.significance,
        checks,
        mixes: compared.mixes.into_iter().map(|(name, shift)| listed((name.to_owned(), shift))).collect(),
        characteristics: compared.characteristics.into_iter().map(listed).collect(),
        baseline_matured: compared.baseline_matured,
        current_matured: compared.current_matured,
        notes,
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
    ])
}

fn characteristics(baseline: &Run, current: &Run) -> BTreeMap<String, Option<Shift>> {
    let every = baseline.characteristics.iter().chain(&current.characteristics);
    let compare = |attribute: &String| {
        let counts = |run: &Run| run.characteristic(attribute).map(|one| one.counts()).unwrap_or_default();
        let (before, now) = (counts(baseline), counts(current));
        let order = bin_order(before.keys().chain(now.keys()));
        (attribute.clone(), Shift::of(&before, &now, &order))
    };
    every.map(|one| compare(&one.attribute)).collect()
}

/// Bins from the lowest up, then those without numbers, then missing values, each by name.
fn bin_order<'a>(labels: impl Iterator<Item = &'a String>) -> Vec<String> {
    let lower = |label: &str| {
        let (lower, _) = label.strip_prefix(['[', '('])?.split_once(',')?;
        lower.trim().parse::<f64>().ok()
    };
    let mut order: Vec<(bool, f64, &String)> =
        labels.map(|label| (label.starts_with("missing:"), lower(label).unwrap_or(f64::INFINITY), label)).collect();
    order.sort_by(|one, two| one.0.cmp(&two.0).then(one.1.total_cmp(&two.1)).then(one.2.cmp(two.2)));
    order.dedup();
    order.into_iter().map(|(_, _, label)| label.clone()).collect()
}

#[cfg(test)]
mod tests;
