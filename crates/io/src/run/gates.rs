//! Checks on the run as a whole. A failed one holds back `_SUCCESS`; the run is published all the same.

use std::{fs, path::Path};

use serde_json::{Value, json};

use crate::{
    error::Error,
    manifest::{GateRecord, MANIFEST, Manifest, ScoreRecord},
};

/// Limits of a run; `None` sets none.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct GateLimits {
    /// Largest share of rows set aside among all rows read.
    pub defects_max: f64,
    /// Most rows of which nobody can say whose they were: set aside without an account, of one that no table lists, or of one
    /// without a holder where applications are given.
    pub unattributed_max: u64,
    /// Most applications on which the engine itself failed.
    pub internal_errors_max: u64,
    /// Fewest applications.
    pub min_applications: Option<u64>,
    /// Smallest share of applications that get a score.
    pub min_scored_share: Option<f64>,
    /// Largest age in days of the newest transaction before the latest T: the day before T is 1, as in attributes.
    pub max_data_age_days: Option<u32>,
    /// Largest distance of the mean score from the last run's, in points.
    pub max_score_shift: Option<f64>,
}

impl Default for GateLimits {
    /// A tenth of a percent of defects, none unattributed, no failure of the engine; nothing else.
    fn default() -> GateLimits {
        GateLimits {
            defects_max: 0.001,
            unattributed_max: 0,
            internal_errors_max: 0,
            min_applications: None,
            min_scored_share: None,
            max_data_age_days: None,
            max_score_shift: None,
        }
    }
}

impl GateLimits {
    /// For the effective configuration.
    pub(super) fn to_json(self) -> Value {
        json!({
            "defects_max": self.defects_max,
            "unattributed_max": self.unattributed_max,
            "internal_errors_max": self.internal_errors_max,
            "min_applications": self.min_applications,
            "min_scored_share": self.min_scored_share,
            "max_data_age_days": self.max_data_age_days,
            "max_score_shift": self.max_score_shift,
        })
    }
}

/// The run that scores are compared with.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LastRun {
    /// Its identity.
    pub run_id: String,
    /// Its scores.
    pub scores: ScoreRecord,
}

impl LastRun {
    /// Reads a run's manifest.
    ///
    /// # Errors
    ///
    /// [`Error::Read`] or [`Error::Output`] when it is no run of this build.
    pub fn read(dir: &Path) -> Result<LastRun, Error> {
        let path = dir.join(MANIFEST);
        let bytes = fs::read(&path).map_err(|source| Error::Read { path, source })?;
        let manifest = Manifest::parse(dir, &bytes)?;
        Ok(LastRun { run_id: manifest.run_id, scores: manifest.scores })
    }
}

/// What the gates look at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Measured<'a> {
    pub(super) rows_read: u64,
    pub(super) defects: u64,
    pub(super) unattributed: u64,
    pub(super) applications: u64,
    pub(super) internal_errors: u64,
    pub(super) scores: &'a ScoreRecord,
    pub(super) data_age_days: Option<i32>,
    pub(super) last: Option<&'a LastRun>,
}

/// Holds the limits against what was measured; every gate is listed, set or not.
pub(super) fn check(limits: &GateLimits, measured: Measured<'_>) -> Vec<GateRecord> {
    let shift = match (measured.scores.mean(), measured.last.and_then(|last| last.scores.mean())) {
        (Some(now), Some(before)) => Some((now - before).abs()),
        _ => None,
    };
    let scored = share(measured.scores.count, measured.applications);
    let age = measured.data_age_days.map(f64::from);
    let mut found = of_rows(limits, measured.rows_read, measured.defects, measured.unattributed);
    found.extend([
        at_most(
            "internal_errors_max",
            Some(number(limits.internal_errors_max)),
            Some(number(measured.internal_errors)),
        ),
        at_least("min_applications", limits.min_applications.map(number), Some(number(measured.applications))),
        at_least("min_scored_share", limits.min_scored_share, scored),
        at_most("max_data_age_days", limits.max_data_age_days.map(f64::from), age),
        at_most("max_score_shift", limits.max_score_shift, shift),
    ]);
    found
}

/// The limits on rows alone.
pub(super) fn of_rows(limits: &GateLimits, rows_read: u64, defects: u64, unattributed: u64) -> Vec<GateRecord> {
    // Nothing read holds no defect.
    let defects = share(defects, rows_read + defects).unwrap_or(0.0);
    vec![
        at_most("defects_max", Some(limits.defects_max), Some(defects)),
        at_most("unattributed_max", Some(number(limits.unattributed_max)), Some(number(unattributed))),
    ]
}

/// A limit on something that is not there fails: it asked for it.
fn at_most(name: &str, limit: Option<f64>, value: Option<f64>) -> GateRecord {
    let passed = limit.is_none_or(|limit| value.is_some_and(|value| value <= limit));
    GateRecord { name: name.to_owned(), limit, value, passed }
}

fn at_least(name: &str, limit: Option<f64>, value: Option<f64>) -> GateRecord {
    let passed = limit.is_none_or(|limit| value.is_some_and(|value| limit <= value));
    GateRecord { name: name.to_owned(), limit, value, passed }
}

#[expect(clippy::cast_precision_loss, reason = "shares for a limit; counts stay below 2^53")]
fn share(part: u64, whole: u64) -> Option<f64> {
    (whole != 0).then(|| part as f64 / whole as f64)
}

#[expect(clippy::cast_precision_loss, reason = "counts stay below 2^53")]
fn number(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    static NONE: ScoreRecord = ScoreRecord { count: 0, sum: 0, bands: BTreeMap::new() };

    fn measured(scores: &ScoreRecord) -> Measured<'_> {
        Measured {
            rows_read: 999,
            defects: 1,
            unattributed: 0,
            applications: 10,
            internal_errors: 0,
            scores,
            data_age_days: Some(3),
            last: None,
        }
    }

    fn failed(limits: &GateLimits, measured: Measured<'_>) -> Vec<String> {
        let gates = check(limits, measured);
        assert_eq!(gates.len(), 7, "every gate is listed");
        gates.into_iter().filter(|gate| !gate.passed).map(|gate| gate.name).collect()
    }

    #[test]
    fn a_limit_that_is_met_exactly_passes() {
        let scores = ScoreRecord { count: 8, ..NONE.clone() };
        let limits = GateLimits {
            min_applications: Some(10),
            min_scored_share: Some(0.8),
            max_data_age_days: Some(3),
            ..GateLimits::default()
        };
        // One defect in a thousand rows is the default limit.
        assert_eq!(failed(&limits, measured(&scores)), Vec::<String>::new());
    }

    #[test]
    fn each_gate_fails_alone() {
        let scores = ScoreRecord { count: 8, sum: 4_000, ..NONE.clone() };
        let last = LastRun { run_id: String::new(), scores: ScoreRecord { count: 1, sum: 510, ..NONE.clone() } };
        let base = measured(&scores);
        let default = GateLimits::default();
        let compared = Measured { last: Some(&last), ..base };
        let cases = [
            (default, Measured { defects: 2, ..base }, "defects_max"),
            (default, Measured { unattributed: 1, ..base }, "unattributed_max"),
            (default, Measured { internal_errors: 1, ..base }, "internal_errors_max"),
            (GateLimits { min_applications: Some(11), ..default }, base, "min_applications"),
            (GateLimits { min_scored_share: Some(0.81), ..default }, base, "min_scored_share"),
            (GateLimits { max_data_age_days: Some(2), ..default }, base, "max_data_age_days"),
            // The means are 500 and 510.
            (GateLimits { max_score_shift: Some(9.5), ..default }, compared, "max_score_shift"),
        ];
        for (limits, measured, name) in cases {
            assert_eq!(failed(&limits, measured), [name]);
        }
        let shift = GateLimits { max_score_shift: Some(10.0), ..default };
        assert_eq!(failed(&shift, compared), Vec::<String>::new());
    }

    #[test]
    fn a_limit_on_what_is_not_there_fails_closed() {
        let base = Measured { applications: 0, data_age_days: None, ..measured(&NONE) };
        let limits = GateLimits {
            min_scored_share: Some(0.0),
            max_data_age_days: Some(3),
            max_score_shift: Some(1.0),
            ..GateLimits::default()
        };
        assert_eq!(failed(&limits, base), ["min_scored_share", "max_data_age_days", "max_score_shift"]);
        let nothing = Measured { rows_read: 0, defects: 0, ..base };
        assert_eq!(failed(&GateLimits::default(), nothing), Vec::<String>::new());
    }
}
