//! What is watched: a row a check, with the limits that hold unless a file says otherwise, and how a reading is judged.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Compared, institutions, readings};
use crate::count::real;

/// What a check's numbers count in.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// The population stability index.
    Index,
    /// Points of the score.
    Points,
    /// A share of one.
    Share,
    /// Of a million rows.
    PerMillion,
    /// A share of the baseline's value.
    Relative,
    /// Things.
    Count,
}

/// On which side of a limit a reading is well.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The distance from zero is held below the limit.
    AtMost,
    /// The value is held above the limit.
    AtLeast,
}

/// A check.
#[derive(Clone, Copy, Debug)]
pub struct Check {
    /// Its name, as files of limits write it.
    pub name: &'static str,
    /// What it measures.
    pub what: &'static str,
    /// What its value counts in.
    pub unit: Unit,
    /// On which side of a limit a reading is well.
    pub side: Side,
    /// Beyond this a warning; none unless a file gives one.
    pub warn: Option<f64>,
    /// Beyond this the run fails; none unless a file gives one.
    pub gate: Option<f64>,
    /// Whether the expected shares of a model file are baseline enough.
    pub of_shares: bool,
    /// Whether there is something to read only where outcomes are given: a gate that no file gave asks for none.
    pub of_outcomes: bool,
    pub(super) read: fn(&Compared<'_>) -> Vec<Reading>,
}

/// What a check found in one subject.
#[derive(Clone, PartialEq, Debug, Default)]
pub(super) struct Reading {
    pub(super) subject: String,
    pub(super) baseline: Option<f64>,
    pub(super) current: Option<f64>,
    pub(super) value: Option<f64>,
    pub(super) noise: Option<f64>,
    pub(super) p: Option<f64>,
    pub(super) lower: Option<f64>,
    pub(super) upper: Option<f64>,
}

/// What became of a reading.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// No limit is set.
    Shown,
    /// Within the limits.
    Pass,
    /// Beyond the warning level; or beyond the gate where chance alone may have done it: a large p, or an interval that reaches it.
    Warn,
    /// Beyond the gate, or not measurable though a gate is set.
    Fail,
}

/// A line of the report: what was measured in one subject, and the verdict.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Row {
    /// The check.
    pub check: &'static str,
    /// The attribute, band, status or reason; empty when the check has one subject only.
    pub subject: String,
    /// What `value` counts in.
    pub unit: Unit,
    /// Of the baseline, where the measure has one.
    pub baseline: Option<f64>,
    /// Of the current run.
    pub current: Option<f64>,
    /// What is held against the limits; none when it cannot be measured.
    pub value: Option<f64>,
    /// How large `value` is by chance alone: the mean of an index, the standard error of a difference.
    pub noise: Option<f64>,
    /// Probability of a change so large by chance alone.
    pub p: Option<f64>,
    /// Lower end of the interval of `value`, at the level that the significance of the gates leaves; measures of outcomes have one in
    /// the place of `p`, and KS has an upper end alone.
    pub lower: Option<f64>,
    /// Upper end.
    pub upper: Option<f64>,
    /// The warning level.
    pub warn: Option<f64>,
    /// The gate.
    pub gate: Option<f64>,
    /// What became of it.
    pub verdict: Verdict,
}

/// A check that the expected shares of a model file can answer.
const fn shares(check: Check) -> Check {
    Check { of_shares: true, ..check }
}

const fn index(name: &'static str, what: &'static str, read: fn(&Compared<'_>) -> Vec<Reading>) -> Check {
    // The bands of practice (Siddiqi 2006): below 0.10 stable, above 0.25 another population.
    Check {
        name,
        what,
        unit: Unit::Index,
        side: Side::AtMost,
        warn: Some(0.10),
        gate: Some(0.25),
        of_shares: false,
        of_outcomes: false,
        read,
    }
}

const fn shown(name: &'static str, what: &'static str, unit: Unit, read: fn(&Compared<'_>) -> Vec<Reading>) -> Check {
    Check { name, what, unit, side: Side::AtMost, warn: None, gate: None, of_shares: false, of_outcomes: false, read }
}

const fn floor(name: &'static str, what: &'static str, read: fn(&Compared<'_>) -> Vec<Reading>) -> Check {
    Check { side: Side::AtLeast, of_shares: true, of_outcomes: true, ..shown(name, what, Unit::Share, read) }
}

/// Everything that is watched, in the order of the report.
pub const CHECKS: &[Check] = &[
    index("psi_score", "PSI of the score over the baseline's deciles", readings::psi_score),
    shares(index("psi_band", "PSI of the score over the model's bands", readings::psi_band)),
    shares(index(
        "csi",
        "PSI of each characteristic over the model's bins, causes of missing values included",
        readings::csi,
    )),
    index("psi_status", "PSI of the status: scored, or why not", readings::psi_status),
    index("psi_decision", "PSI of the decision", readings::psi_decision),
    index("psi_sufficiency", "PSI of the sufficiency of the data", readings::psi_sufficiency),
    index("psi_reason", "PSI of the principal adverse reason", readings::psi_reason),
    shown("psi_institution", "PSI of the institution, when the run says it", Unit::Index, readings::psi_institution),
    shown(
        "institution_share",
        "Change of the share of applications held at each institution",
        Unit::Share,
        institutions::share,
    ),
    shown(
        "institution_scored",
        "Change of the share scored of each institution's applications",
        Unit::Share,
        institutions::scored,
    ),
    shown(
        "institution_sufficiency",
        "Change of the share with full or good data of each institution's applications",
        Unit::Share,
        institutions::sufficiency,
    ),
    shares(shown("psi_segment", "PSI of the segments of a model of several cards", Unit::Index, readings::psi_segment)),
    shown("score_mean", "Shift of the mean score", Unit::Points, readings::score_mean),
    shown("scored_share", "Change of the share of applications scored", Unit::Share, readings::scored_share),
    shown("approve_share", "Change of the share of applications approved", Unit::Share, readings::approve_share),
    Check {
        warn: Some(0.05),
        of_shares: true,
        ..shown("missing", "Change of the share of missing values, per characteristic", Unit::Share, readings::missing)
    },
    shown("reason", "Change of the share of applications given an adverse reason", Unit::Share, readings::reason),
    Check {
        warn: Some(0.05),
        ..shown(
            "unknown_inflow",
            "Change of the share of inflow without purpose",
            Unit::Share,
            readings::unknown_inflow,
        )
    },
    Check {
        warn: Some(0.05),
        ..shown(
            "unknown_outflow",
            "Change of the share of outflow without purpose",
            Unit::Share,
            readings::unknown_outflow,
        )
    },
    Check {
        // The limit that a run holds itself to unless it is told otherwise: 0.1 %.
        gate: Some(1_000.0),
        of_shares: true,
        ..shown("defects", "Rows set aside of a million read, in the current run", Unit::PerMillion, readings::defects)
    },
    shown("rows", "Change of the rows used per application", Unit::Relative, readings::rows),
    Check {
        // Below it a coin ranks better: the score is upside down.
        gate: Some(0.5),
        ..floor("auc", "AUC of the current run's matured applications", readings::auc)
    },
    floor("ks", "KS of the current run's matured applications", readings::ks),
    shown("auc_drop", "AUC of the baseline less that of the current run", Unit::Share, readings::auc_drop),
    shown("bad_rate", "Change of the bad rate, per band", Unit::Share, readings::bad_rate),
    shares(shown(
        "rank_order",
        "Neighbouring bands of which the safer has more bads",
        Unit::Count,
        readings::rank_order,
    )),
    shares(shown(
        "calibration",
        "Bad rate less the mean probability, per band and in all",
        Unit::Share,
        readings::calibration,
    )),
];

/// Why a file of limits is refused.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GatesError {
    /// A misspelt gate would never close.
    #[error("there is no check `{name}`; there are: {known}")]
    Unknown {
        /// What the file says.
        name: String,
        /// What it may say.
        known: String,
    },
    /// Something other than a limit.
    #[error("`{name}`: a number from 0 up, or \"off\", is wanted")]
    NotALimit {
        /// The check.
        name: String,
    },
    /// A probability lies between its ends.
    #[error("`significance`: a number above 0 and at most 1 is wanted, such as 0.01")]
    Significance,
}

/// A file of limits as it is written.
#[derive(Clone, PartialEq, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GatesFile {
    /// Above this probability a change may be chance, and no gate closes; default 0.01, and 1 lets every gate close. The subjects
    /// of a check share it.
    pub significance: Option<f64>,
    /// Limits by check: a number, or `"off"`.
    #[serde(default)]
    pub gates: BTreeMap<String, serde_json::Value>,
    /// Warning levels by check: a number, or `"off"`.
    #[serde(default)]
    pub warnings: BTreeMap<String, serde_json::Value>,
}

/// Limits in force, one pair a check.
#[derive(Clone, PartialEq, Debug)]
pub struct Gates {
    /// Above this probability a change may be chance.
    pub significance: f64,
    limits: Vec<Limits>,
}

#[derive(Clone, Copy, PartialEq, Debug)]
struct Limits {
    warn: Option<f64>,
    gate: Option<f64>,
    // A file gave the gate: it is held even where there is nothing to measure.
    given: bool,
}

impl Default for Gates {
    fn default() -> Gates {
        let limits = CHECKS.iter().map(|check| Limits { warn: check.warn, gate: check.gate, given: false }).collect();
        Gates { significance: 0.01, limits }
    }
}

impl Gates {
    /// The limits of the registry, as a file changes them.
    ///
    /// # Errors
    ///
    /// [`GatesError`] names the entry.
    pub fn check(file: &GatesFile) -> Result<Gates, GatesError> {
        let mut gates = Gates::default();
        if let Some(significance) = file.significance {
            if !(0.0 < significance && significance <= 1.0) {
                return Err(GatesError::Significance);
            }
            gates.significance = significance;
        }
        for (name, limit) in &file.gates {
            let limits = &mut gates.limits[place(name)?];
            (limits.gate, limits.given) = (parsed(name, limit)?, true);
        }
        for (name, limit) in &file.warnings {
            gates.limits[place(name)?].warn = parsed(name, limit)?;
        }
        Ok(gates)
    }

    /// Every reading of every check with its verdict. A baseline of shares alone answers few checks: the others are left out,
    /// but for those with a gate of the file's.
    pub(super) fn judge(&self, compared: &Compared<'_>) -> Vec<Row> {
        let mut rows = vec![];
        for (check, limits) in CHECKS.iter().zip(&self.limits) {
            // A file may hold the parts of the score, or not.
            let answers = check.of_shares || check.name == "psi_score" && compared.mixes.contains_key("score");
            if compared.is_shares && !answers && !limits.given {
                continue;
            }
            let mut readings = (check.read)(compared);
            if readings.is_empty() && limits.gate.is_some() && (limits.given || !check.of_outcomes) {
                // What cannot be measured cannot pass.
                readings.push(Reading::default());
            }
            let significance = self.shared(readings.iter().filter(|reading| reading.p.is_some()).count());
            rows.extend(readings.into_iter().map(|reading| row(check, *limits, significance, reading)));
        }
        rows
    }

    /// What each of so many tests may be by chance, so that any of them is with no more than the whole probability: of fifteen
    /// characteristics that did not move, one would else be an alarm in a seventh of all months.
    ///
    /// # Source
    ///
    /// Bonferroni's inequality; Dunn (1961), J. Am. Stat. Assoc. 56.
    fn shared(&self, tests: usize) -> f64 {
        // 1 asks for gates that mind no chance.
        if self.significance < 1.0 { self.significance / real(tests.max(1) as u64) } else { 1.0 }
    }
}

fn row(check: &Check, limits: Limits, significance: f64, reading: Reading) -> Row {
    let beyond = |limit: Option<f64>| match (limit, reading.value, check.side) {
        (Some(limit), Some(value), Side::AtMost) => limit < value.abs(),
        (Some(limit), Some(value), Side::AtLeast) => value < limit,
        _ => false,
    };
    let chance = reading.p.is_some_and(|p| significance <= p);
    // The whole interval is beyond a limit, where there is one; else chance is unlikely.
    let certain = |limit: Option<f64>| match (limit, check.side) {
        _ if reading.lower.is_none() && reading.upper.is_none() => !chance,
        (Some(limit), Side::AtMost) => reading.lower.is_some_and(|lower| limit < lower),
        (Some(limit), Side::AtLeast) => reading.upper.is_some_and(|upper| upper < limit),
        (None, _) => false,
    };
    let verdict = match reading.value {
        None if limits.gate.is_some() => Verdict::Fail,
        Some(_) if limits.gate.is_some() || limits.warn.is_some() => match (beyond(limits.gate), beyond(limits.warn)) {
            (true, _) if certain(limits.gate) => Verdict::Fail,
            (true, _) => Verdict::Warn,
            (false, true) if certain(limits.warn) => Verdict::Warn,
            _ => Verdict::Pass,
        },
        _ => Verdict::Shown,
    };
    Row {
        check: check.name,
        subject: reading.subject,
        unit: check.unit,
        baseline: reading.baseline,
        current: reading.current,
        value: reading.value,
        noise: reading.noise,
        p: reading.p,
        lower: reading.lower,
        upper: reading.upper,
        warn: limits.warn,
        gate: limits.gate,
        verdict,
    }
}

fn place(name: &str) -> Result<usize, GatesError> {
    CHECKS.iter().position(|check| check.name == name).ok_or_else(|| GatesError::Unknown {
        name: name.to_owned(),
        known: CHECKS.iter().map(|check| check.name).collect::<Vec<_>>().join(", "),
    })
}

fn parsed(name: &str, limit: &serde_json::Value) -> Result<Option<f64>, GatesError> {
    match limit.as_f64() {
        Some(number) if number.is_finite() && 0.0 <= number => Ok(Some(number)),
        None if limit.as_str() == Some("off") => Ok(None),
        _ => Err(GatesError::NotALimit { name: name.to_owned() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checks_are_unique_and_documented_and_warn_before_they_fail() {
        for (at, check) in CHECKS.iter().enumerate() {
            assert!(CHECKS[..at].iter().all(|other| other.name != check.name), "{}", check.name);
            assert!(!check.what.is_empty() && !check.what.ends_with('.'), "{}", check.name);
            let warns_first = check.warn.zip(check.gate).is_none_or(|(warn, gate)| warn < gate);
            assert!(warns_first, "{}", check.name);
        }
    }

    fn file(text: &str) -> GatesFile {
        serde_json::from_str(text).expect("a file of limits")
    }

    #[test]
    fn a_file_sets_changes_and_removes_limits_and_nothing_else() {
        let read =
            Gates::check(&file(r#"{"gates": {"csi": 0.5, "psi_score": "off", "auc": 0.7}}"#)).expect("known checks");
        let limits = |gates: &Gates, name: &str| gates.limits[place(name).expect("known")];
        assert_eq!(limits(&read, "csi"), Limits { warn: Some(0.1), gate: Some(0.5), given: true });
        assert_eq!(limits(&read, "psi_score"), Limits { warn: Some(0.1), gate: None, given: true });
        assert_eq!(limits(&read, "auc"), Limits { warn: None, gate: Some(0.7), given: true });
        assert_eq!(limits(&read, "psi_band"), limits(&Gates::default(), "psi_band"));
        let refused = |text: &str| Gates::check(&file(text)).expect_err("refused").to_string();
        assert!(refused(r#"{"gates": {"psi": 0.2}}"#).starts_with("there is no check `psi`; there are: psi_score, "));
        assert!(refused(r#"{"warnings": {"csi": -1}}"#).starts_with("`csi`"));
        assert!(refused(r#"{"warnings": {"csi": "none"}}"#).starts_with("`csi`"));
        assert!(refused(r#"{"significance": 0}"#).starts_with("`significance`"));
        assert!(serde_json::from_str::<GatesFile>(r#"{"gate": {}}"#).is_err(), "the schema is closed");
    }

    fn verdict(check: &str, value: Option<f64>, p: Option<f64>, gates: &Gates) -> Verdict {
        let at = place(check).expect("known");
        row(&CHECKS[at], gates.limits[at], gates.shared(1), Reading { value, p, ..Reading::default() }).verdict
    }

    #[test]
    fn a_gate_closes_beyond_its_limit_and_beyond_chance() {
        let gates = Gates::default();
        let of = |value: f64, p: f64| verdict("psi_score", Some(value), Some(p), &gates);
        assert_eq!(of(0.25, 0.0), Verdict::Warn, "a limit may be reached");
        assert_eq!(of(0.26, 0.0), Verdict::Fail);
        assert_eq!(of(0.26, 0.2), Verdict::Warn, "on few applications an index of 0.26 is noise");
        assert_eq!(of(0.11, 0.2), Verdict::Pass);
        assert_eq!(of(0.11, 0.001), Verdict::Warn);
        assert_eq!(of(0.05, 0.0), Verdict::Pass);
        // Fifteen subjects share 0.01, a fifteenth of which is 0.00067.
        let of_fifteen = |p: f64| {
            let at = place("csi").expect("known");
            let reading = Reading { value: Some(0.3), p: Some(p), ..Reading::default() };
            row(&CHECKS[at], gates.limits[at], gates.shared(15), reading).verdict
        };
        assert_eq!((of_fifteen(0.0006), of_fifteen(0.0007)), (Verdict::Fail, Verdict::Warn));
        assert_eq!(verdict("score_mean", Some(-90.0), None, &gates), Verdict::Shown);
        assert_eq!(verdict("psi_score", None, None, &gates), Verdict::Fail, "what cannot be measured cannot pass");
        let set =
            Gates::check(&file(r#"{"gates": {"auc": 0.7, "score_mean": 20}, "significance": 1}"#)).expect("known");
        assert_eq!(verdict("score_mean", Some(-21.0), Some(0.9), &set), Verdict::Fail, "1 lets every gate close");
        assert_eq!(verdict("auc", Some(0.69), None, &set), Verdict::Fail);
        assert_eq!(verdict("auc", Some(0.71), None, &set), Verdict::Pass);
    }
}
