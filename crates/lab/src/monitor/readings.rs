//! One function a check: what it reads in two runs.

use std::collections::BTreeMap;

use super::{BinShift, Compared, Difference, Matured, Shift, checks::Reading, is_missing, means, shares};
use crate::{count::real, run::Run};

fn index(subject: &str, shift: Option<&Shift>) -> Reading {
    Reading {
        subject: subject.to_owned(),
        value: shift.map(|shift| shift.psi),
        noise: shift.map(|shift| shift.noise),
        // One bin on both sides: nothing that could differ.
        p: shift.map(|shift| shift.test.map_or(1.0, |test| test.p)),
        ..Reading::default()
    }
}

fn mix(compared: &Compared<'_>, name: &'static str) -> Vec<Reading> {
    vec![index("", compared.mixes.get(name).and_then(Option::as_ref))]
}

pub(super) fn psi_score(compared: &Compared<'_>) -> Vec<Reading> {
    mix(compared, "score")
}

pub(super) fn psi_band(compared: &Compared<'_>) -> Vec<Reading> {
    mix(compared, "band")
}

pub(super) fn psi_status(compared: &Compared<'_>) -> Vec<Reading> {
    mix(compared, "status")
}

pub(super) fn psi_decision(compared: &Compared<'_>) -> Vec<Reading> {
    mix(compared, "decision")
}

pub(super) fn psi_sufficiency(compared: &Compared<'_>) -> Vec<Reading> {
    mix(compared, "sufficiency")
}

pub(super) fn psi_reason(compared: &Compared<'_>) -> Vec<Reading> {
    mix(compared, "reason")
}

/// A mix of which a run may say nothing: then there is nothing to read.
fn mix_if_said(compared: &Compared<'_>, name: &'static str) -> Vec<Reading> {
    match compared.mixes.get(name) {
        Some(Some(shift)) => vec![index("", Some(shift))],
        _ => vec![],
    }
}

pub(super) fn psi_institution(compared: &Compared<'_>) -> Vec<Reading> {
    mix_if_said(compared, "institution")
}

pub(super) fn psi_segment(compared: &Compared<'_>) -> Vec<Reading> {
    mix_if_said(compared, "segment")
}

pub(super) fn csi(compared: &Compared<'_>) -> Vec<Reading> {
    compared.characteristics.iter().map(|(attribute, shift)| index(attribute, shift.as_ref())).collect()
}

/// Applications by their first adverse reason; `none` for those without.
pub(super) fn principal_reasons(run: &Run) -> BTreeMap<String, u64> {
    let mut counts = vec![0_u64; run.reason_codes.len()];
    let mut none = 0;
    for reasons in &run.reasons {
        match reasons.first().and_then(|place| usize::try_from(*place).ok()) {
            Some(place) if place < counts.len() => counts[place] += 1,
            _ => none += 1,
        }
    }
    let named = run.reason_codes.iter().cloned().zip(counts);
    named.chain([("none".to_owned(), none)]).filter(|(_, count)| *count != 0).collect()
}

pub(super) fn difference(subject: &str, difference: Option<Difference>) -> Reading {
    Reading {
        subject: subject.to_owned(),
        baseline: difference.map(|one| one.baseline),
        current: difference.map(|one| one.current),
        value: difference.map(|one| one.current - one.baseline),
        noise: difference.map(|one| one.error),
        // Nothing varies on either side: whatever differs is no chance.
        p: difference.and_then(|one| one.test).map(|test| test.p),
        ..Reading::default()
    }
}

pub(super) fn score_mean(compared: &Compared<'_>) -> Vec<Reading> {
    vec![difference("", means(&compared.baseline.scores(), &compared.current.scores()))]
}

/// The share of applications of which a column says one word.
fn share_of(compared: &Compared<'_>, counts: fn(&Run) -> BTreeMap<String, u64>, word: &str) -> Vec<Reading> {
    let part = |run: &Run| (counts(run).get(word).copied().unwrap_or(0), run.keys.len() as u64);
    vec![difference("", shares(part(compared.baseline), part(compared.current)))]
}

pub(super) fn scored_share(compared: &Compared<'_>) -> Vec<Reading> {
    share_of(compared, |run| run.status.counts(), "scored")
}

pub(super) fn approve_share(compared: &Compared<'_>) -> Vec<Reading> {
    share_of(compared, |run| run.decision.counts(), "approve")
}

/// From the counts of the bins, which a model's expected shares have too.
pub(super) fn missing(compared: &Compared<'_>) -> Vec<Reading> {
    let read = |(attribute, shift): (&String, &Option<Shift>)| {
        let part = |count: fn(&BinShift) -> u64, all: fn(&Shift) -> u64| {
            let shift = shift.as_ref()?;
            let bins = shift.bins.iter().filter(|bin| is_missing(&bin.bin));
            Some((bins.map(count).sum(), all(shift)))
        };
        let before = part(|bin| bin.baseline, |shift| shift.baseline);
        let now = part(|bin| bin.current, |shift| shift.current);
        difference(attribute, before.zip(now).and_then(|(before, now)| shares(before, now)))
    };
    compared.characteristics.iter().map(read).collect()
}

/// Applications by adverse reason, whatever its rank: the shares of one run add up to more than one.
fn given_reasons(run: &Run) -> BTreeMap<&str, u64> {
    let mut counts = BTreeMap::new();
    for row in 0..run.keys.len() {
        for code in run.reasons_of(row) {
            *counts.entry(code).or_default() += 1;
        }
    }
    counts
}

pub(super) fn reason(compared: &Compared<'_>) -> Vec<Reading> {
    let (before, now) = (given_reasons(compared.baseline), given_reasons(compared.current));
    let codes: BTreeMap<&str, ()> = before.keys().chain(now.keys()).map(|code| (*code, ())).collect();
    let part = |counts: &BTreeMap<&str, u64>, code: &str, run: &Run| {
        (counts.get(code).copied().unwrap_or(0), run.keys.len() as u64)
    };
    let read = |code: &&str| {
        let (one, two) = (part(&before, code, compared.baseline), part(&now, code, compared.current));
        difference(code, shares(one, two))
    };
    codes.keys().map(read).collect()
}

fn unknown(compared: &Compared<'_>, all: &str, known: &str) -> Vec<Reading> {
    let share = |run: &Run| {
        let of = |name: &str| run.facts.ledger.get(name).copied().unwrap_or(0);
        (of(all) != 0).then(|| 1.0 - real(of(known)) / real(of(all)))
    };
    let (baseline, current) = (share(compared.baseline), share(compared.current));
    // Shares by amount: a few large rows decide them, so there is no level of chance to compare with.
    let value = current.zip(baseline).map(|(current, baseline)| current - baseline);
    vec![Reading { baseline, current, value, ..Reading::default() }]
}

pub(super) fn unknown_inflow(compared: &Compared<'_>) -> Vec<Reading> {
    unknown(compared, "inflow_minor", "inflow_known_minor")
}

pub(super) fn unknown_outflow(compared: &Compared<'_>) -> Vec<Reading> {
    unknown(compared, "outflow_minor", "outflow_known_minor")
}

pub(super) fn defects(compared: &Compared<'_>) -> Vec<Reading> {
    let rate = |run: &Run| {
        let defects: u64 = run.facts.defects.values().sum();
        // Nothing read holds no defect.
        if run.facts.rows == 0 { 0.0 } else { real(defects) / real(run.facts.rows) * 1e6 }
    };
    let current = rate(compared.current);
    vec![Reading {
        baseline: Some(rate(compared.baseline)),
        current: Some(current),
        value: Some(current),
        ..Reading::default()
    }]
}

pub(super) fn rows(compared: &Compared<'_>) -> Vec<Reading> {
    let mean = |run: &Run| {
        let rows = run.facts.ledger.get("rows_used").copied().unwrap_or(0);
        (!run.keys.is_empty()).then(|| real(rows) / real(run.keys.len() as u64))
    };
    let (baseline, current) = (mean(compared.baseline), mean(compared.current));
    let value = current.zip(baseline).filter(|pair| 0.0 < pair.1).map(|(current, baseline)| current / baseline - 1.0);
    vec![Reading { baseline, current, value, ..Reading::default() }]
}

/// A measure of both runs, where outcomes are given; the value is the current one, with the ends of its interval at the level of
/// the gates.
fn measure(
    compared: &Compared<'_>,
    of: fn(&Matured) -> Option<f64>,
    ends: impl Fn(&Matured, f64) -> (Option<f64>, Option<f64>),
) -> Vec<Reading> {
    let Some(matured) = &compared.current_matured else { return vec![] };
    let Some(current) = of(matured) else { return vec![] };
    let baseline = compared.baseline_matured.as_ref().and_then(of);
    let (lower, upper) = ends(matured, compared.level);
    vec![Reading { baseline, current: Some(current), value: Some(current), lower, upper, ..Reading::default() }]
}

fn auc_of(matured: &Matured) -> Option<f64> {
    matured.told.auc.map(|auc| auc.value)
}

pub(super) fn auc(compared: &Compared<'_>) -> Vec<Reading> {
    let ends = |matured: &Matured, level: f64| {
        let auc = matured.told.curve.as_ref().map(|curve| curve.auc_at(level));
        (auc.map(|auc| auc.lower), auc.map(|auc| auc.upper))
    };
    measure(compared, auc_of, ends)
}

pub(super) fn ks(compared: &Compared<'_>) -> Vec<Reading> {
    let ends = |matured: &Matured, level: f64| (None, matured.told.curve.as_ref().map(|curve| curve.ks_upper(level)));
    measure(compared, |matured| matured.told.ks, ends)
}

pub(super) fn auc_drop(compared: &Compared<'_>) -> Vec<Reading> {
    let of = |side: &Option<Matured>| Some(side.as_ref()?.told.curve.as_ref()?.auc_at(compared.level));
    let (Some(before), Some(now)) = (of(&compared.baseline_matured), of(&compared.current_matured)) else {
        return vec![];
    };
    let drop = before.value - now.value;
    // The ends from those of both (Zou & Donner 2008, Stat. Med. 27), which know what no error says of an AUC of 1.
    let least = drop - (before.value - before.lower).hypot(now.upper - now.value);
    let most = drop + (before.upper - before.value).hypot(now.value - now.lower);
    // A larger AUC is no alarm.
    let [value, lower, upper] = [drop, least, most].map(|one| Some(one.max(0.0)));
    vec![Reading { baseline: Some(before.value), current: Some(now.value), value, lower, upper, ..Reading::default() }]
}

pub(super) fn bad_rate(compared: &Compared<'_>) -> Vec<Reading> {
    let (Some(before), Some(now)) = (&compared.baseline_matured, &compared.current_matured) else { return vec![] };
    let part = |matured: &Matured, band: &str| {
        matured.bands.iter().find(|one| one.band == band).map_or((0, 0), |one| (one.bads, one.applications))
    };
    let mut names: Vec<&str> = before.bands.iter().chain(&now.bands).map(|one| one.band.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    names.into_iter().map(|band| difference(band, shares(part(before, band), part(now, band)))).collect()
}

pub(super) fn rank_order(compared: &Compared<'_>) -> Vec<Reading> {
    let ends = |matured: &Matured, level: f64| {
        let (fewest, most) = matured.inversions_at(level);
        (Some(real(fewest)), Some(real(most)))
    };
    measure(compared, |matured| Some(real(matured.inversions())), ends)
}

pub(super) fn calibration(compared: &Compared<'_>) -> Vec<Reading> {
    let Some(current) = &compared.current_matured else { return vec![] };
    let in_all = current.calibration.iter().map(|one| ("all", one));
    let bands = current.bands.iter().filter_map(|band| Some((band.band.as_str(), band.calibration.as_ref()?)));
    let reading = |(subject, one): (&str, &super::matured::Calibration)| Reading {
        subject: subject.to_owned(),
        baseline: Some(one.expected),
        current: Some(one.observed),
        value: Some(one.observed - one.expected),
        noise: Some(one.error),
        p: one.test.map(|test| test.p),
        ..Reading::default()
    };
    in_all.chain(bands).map(reading).collect()
}
