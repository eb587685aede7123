//! `manifest.json`: what went in, what was done with it, what came out, in counts that add up.
//!
//! It holds nothing volatile: no clock, host, duration or path of the machine. Those stand in `run.log.json` beside it.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use cashline_core::defect::DefectKind;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    commit::{FileRecord, sha256_hex},
    error::Error,
};

/// The manifest's file name; a directory that holds one is a run.
pub const MANIFEST: &str = "manifest.json";
/// What is volatile: times, host, paths.
pub const RUN_LOG: &str = "run.log.json";
/// There when every gate passed.
pub const SUCCESS: &str = "_SUCCESS";
/// Version of the manifest's shape.
pub const MANIFEST_SCHEMA: u32 = 1;

/// The manifest of a run.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Version of this shape.
    pub schema: u32,
    /// Digest of all that decides the result: see [`run_id`].
    pub run_id: String,
    /// The engine's version.
    pub engine_version: String,
    /// How T was found.
    pub as_of: AsOfRecord,
    /// The files that were read, in the order of their indices (`defects` names them by `path`).
    pub inputs: Vec<InputRecord>,
    /// SHA-256 of the model, policy, reasons, rules, taxonomy, attributes, mapping, as far as there are any.
    pub digests: BTreeMap<String, String>,
    /// The effective configuration: every setting with its value, given or default.
    pub configuration: Value,
    /// What became of rows and applications.
    pub counts: Counts,
    /// Of the scores given.
    pub scores: ScoreRecord,
    /// Checks on the run as a whole.
    pub gates: Vec<GateRecord>,
    /// 0 when every gate passed, else 1; a repeated run returns it.
    pub exit_code: u8,
    /// The tables of the run.
    pub files: Vec<FileRecord>,
}

/// How T was found.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AsOfRecord {
    /// The run's own T, for applications that name none.
    pub run: Option<String>,
    /// The zone in which days begin.
    pub zone: String,
    /// The earliest T of an application.
    pub earliest: Option<String>,
    /// The latest T of an application.
    pub latest: Option<String>,
    /// The day of the newest transaction.
    pub newest_data: Option<String>,
}

/// A file that was read.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InputRecord {
    /// As few of its last parts as tell it from the other inputs.
    pub path: String,
    /// The layout's name.
    pub layout: String,
    /// Bytes on disk.
    pub bytes: u64,
    /// Of the bytes on disk.
    pub sha256: String,
    /// Rows read, by table.
    pub rows: BTreeMap<String, u64>,
    /// Rows set aside.
    pub defects: u64,
}

/// What became of rows and applications.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counts {
    /// `total` is the sum of the others, one for each status.
    pub applications: BTreeMap<String, u64>,
    /// Of all applications, by the policy's decision.
    pub decisions: BTreeMap<String, u64>,
    /// Applications whose applicants have no account: they are among `no_data`.
    pub applications_without_accounts: u64,
    /// Accounts of the accounts table: `total`; `without_holder`, whose holder is null in every version; `without_application`, of
    /// no application's applicant; `of_nobody`, in both: without a holder, and no applicant themselves. Beside them `unlisted`, that
    /// rows name and the table does not;
    /// `with_round_page` have exactly 10 or 100 transactions, one page: perhaps a truncated export that does not say so.
    pub accounts: BTreeMap<String, u64>,
    /// Applicants without an account in applications that others have one in, and that are answered by those. Written only when
    /// there are any.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub applicants_without_accounts: u64,
    /// Consented accounts that stand in no table.
    pub consented_accounts_missing: u64,
    /// `read` is the sum of the others.
    pub balances: BTreeMap<String, u64>,
    /// `read` is the sum of the others.
    pub transactions: BTreeMap<String, u64>,
    /// Rows of corrections `read`, the `transactions` they speak of, and how many of those are in the input (`matched`) or not
    /// (`unmatched`). Written only when there are any.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub corrections: BTreeMap<String, u64>,
    /// Answers of the state that are as of a later T than this run's, which tells no events of those applications.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub answers_of_later_t: u64,
    /// Applications that the state has an answer of and that are refused since this night, for rows that contradict each other or
    /// cannot be read.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub refused_since: u64,
    /// What the ledgers made of the rows, summed over applications: a row counts once for each application that sees it.
    pub ledger: BTreeMap<String, u64>,
    /// Rows set aside, by kind, and corrections without their transaction.
    pub defects: BTreeMap<String, u64>,
    /// Rows set aside of which nobody can say whose they were.
    pub unattributed: u64,
    /// Objects that scoring does not read, by kind.
    pub ignored: BTreeMap<String, u64>,
    /// True when the rows of an applicant did not stand together, so that all rows were parked by applicant.
    #[serde(alias = "grouped_in_memory")]
    pub regrouped: bool,
}

impl Counts {
    /// Rows set aside, by kind: not what is only told. A kind that this version does not know was set aside.
    pub fn set_aside(&self) -> impl Iterator<Item = (&str, u64)> {
        let is_told = |code: &str| DefectKind::ALL.iter().any(|kind| kind.code() == code && !kind.sets_aside());
        self.defects.iter().filter(move |(code, _)| !is_told(code)).map(|(code, count)| (code.as_str(), *count))
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// Of the scores given: integers, so that two runs compare exactly.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScoreRecord {
    /// How many.
    pub count: u64,
    /// Their sum.
    pub sum: i64,
    /// By band.
    pub bands: BTreeMap<String, u64>,
}

impl ScoreRecord {
    /// Adds a score.
    pub fn add(&mut self, score: i64, band: Option<&str>) {
        self.count += 1;
        self.sum += score;
        *self.bands.entry(band.unwrap_or("none").to_owned()).or_default() += 1;
    }

    /// The mean score.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a mean for a limit in whole points")]
    pub fn mean(&self) -> Option<f64> {
        (self.count != 0).then(|| self.sum as f64 / self.count as f64)
    }
}

/// A check on the run as a whole.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GateRecord {
    /// Its name.
    pub name: String,
    /// The limit; `None` when the run sets none.
    pub limit: Option<f64>,
    /// What was measured; `None` when there is nothing to measure.
    pub value: Option<f64>,
    /// False holds back `_SUCCESS`.
    pub passed: bool,
}

impl Manifest {
    /// Reads a manifest.
    ///
    /// # Errors
    ///
    /// [`Error::Output`] when it is none, or of another version.
    pub fn parse(dir: &Path, bytes: &[u8]) -> Result<Manifest, Error> {
        let refuse = |message: String| Error::Output { path: dir.to_owned(), message };
        let manifest: Manifest = serde_json::from_slice(bytes)
            .map_err(|error| refuse(format!("its {MANIFEST} is not readable ({error}); choose another directory")))?;
        if manifest.schema != MANIFEST_SCHEMA {
            let message = format!("its {MANIFEST} has version {}, this build reads {MANIFEST_SCHEMA}", manifest.schema);
            return Err(refuse(message));
        }
        Ok(manifest)
    }

    /// The manifest as its file holds it.
    #[must_use]
    pub fn to_text(&self) -> String {
        canonical(&serde_json::to_value(self).unwrap_or(Value::Null))
    }
}

/// All that decides the result of a run, and nothing else.
#[derive(Clone, PartialEq, Debug)]
pub struct Identity<'a> {
    /// SHA-256 of each input with its layout and forced table, in any order.
    pub inputs: Vec<(String, String)>,
    /// See [`Manifest::digests`].
    pub digests: &'a BTreeMap<String, String>,
    /// See [`Manifest::configuration`].
    pub configuration: &'a Value,
    /// See [`Manifest::engine_version`].
    pub engine_version: &'a str,
}

/// SHA-256 over the canonical form of all that decides the result.
#[must_use]
pub fn run_id(identity: &Identity<'_>) -> String {
    let mut inputs = identity.inputs.clone();
    // Names and their order decide nothing.
    inputs.sort();
    let value = serde_json::json!({
        "schema": MANIFEST_SCHEMA,
        "inputs": inputs,
        "digests": identity.digests,
        "configuration": identity.configuration,
        "engine_version": identity.engine_version,
    });
    sha256_hex(canonical(&value).as_bytes())
}

/// JSON with sorted keys, two blanks of indentation and a newline at the end, whatever order the value's keys came in.
#[must_use]
pub fn canonical(value: &Value) -> String {
    let mut text = serde_json::to_string_pretty(&sorted(value)).unwrap_or_default();
    text.push('\n');
    text
}

fn sorted(value: &Value) -> Value {
    match value {
        Value::Array(items) => Value::Array(items.iter().map(sorted).collect()),
        Value::Object(fields) => {
            let fields: BTreeMap<&String, &Value> = fields.iter().collect();
            Value::Object(fields.into_iter().map(|(key, value)| (key.clone(), sorted(value))).collect())
        }
        plain => plain.clone(),
    }
}

/// Files as the manifest names them: each by as few of its last parts as tell it from the others, so that no path of the
/// machine gets in. Parts that are not text, and control characters, are shown escaped.
#[must_use]
pub fn shown(paths: &[&Path]) -> Vec<String> {
    let mut names = vec![String::new(); paths.len()];
    let mut open: Vec<usize> = (0..paths.len()).collect();
    let mut parts = 1;
    while !open.is_empty() {
        let mut same: BTreeMap<PathBuf, Vec<usize>> = BTreeMap::new();
        for at in open {
            same.entry(last_parts(paths[at], parts)).or_default().push(at);
        }
        open = vec![];
        for (name, group) in same {
            // A path that is given twice has no parts left to differ by.
            let exhausted = group.iter().all(|at| paths[*at].components().count() <= parts);
            if group.len() == 1 || exhausted {
                group.iter().for_each(|at| names[*at] = escaped(&name));
            } else {
                open.extend(group);
            }
        }
        parts += 1;
    }
    names
}

fn last_parts(path: &Path, count: usize) -> PathBuf {
    let parts: Vec<_> = path.components().collect();
    parts[parts.len().saturating_sub(count)..].iter().collect()
}

fn escaped(path: &Path) -> String {
    let mut text = String::new();
    for c in path.to_string_lossy().chars() {
        if c.is_control() { text.extend(c.escape_default()) } else { text.push(c) }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_only_told_was_not_set_aside_and_a_kind_of_another_version_was() {
        let told = DefectKind::ALL.iter().filter(|kind| !kind.sets_aside()).map(|kind| (kind.code().to_owned(), 5));
        let aside = [("bad_json".to_owned(), 2), ("kind_to_come".to_owned(), 1)];
        let counts = Counts { defects: told.chain(aside).collect(), ..Counts::default() };
        assert_eq!(counts.set_aside().collect::<Vec<_>>(), [("bad_json", 2), ("kind_to_come", 1)]);
    }

    #[test]
    fn keys_are_sorted_at_every_depth() {
        let value: Value = serde_json::from_str(r#"{"b":[{"d":1,"c":2}],"a":0.5}"#).expect("valid");
        assert_eq!(
            canonical(&value),
            "{\n  \"a\": 0.5,\n  \"b\": [\n    {\n      \"c\": 2,\n      \"d\": 1\n    }\n  ]\n}\n"
        );
    }

    #[test]
    fn the_run_id_changes_with_whatever_decides_the_result_and_with_nothing_else() {
        let pair = |hash: &str| (hash.to_owned(), "ndjson".to_owned());
        let digests = BTreeMap::from([("model".to_owned(), "m".to_owned())]);
        let none = BTreeMap::new();
        let configuration = serde_json::json!({"as_of": "2026-01-01", "format": "csv"});
        let other = serde_json::json!({"as_of": "2026-01-02", "format": "csv"});
        let base = Identity {
            inputs: vec![pair("a"), pair("b")],
            digests: &digests,
            configuration: &configuration,
            engine_version: "1",
        };
        let id = run_id(&base);
        assert_eq!(id.len(), 64);
        assert_eq!(run_id(&Identity { inputs: vec![pair("b"), pair("a")], ..base.clone() }), id);
        let changed = [
            Identity { inputs: vec![pair("a")], ..base.clone() },
            Identity { inputs: vec![pair("a"), pair("b"), pair("b")], ..base.clone() },
            Identity { digests: &none, ..base.clone() },
            Identity { configuration: &other, ..base.clone() },
            Identity { engine_version: "2", ..base.clone() },
        ];
        for identity in changed {
            assert_ne!(run_id(&identity), id);
        }
    }

    #[test]
    fn no_path_of_the_machine_gets_in() {
        let check = |paths: &[&str], expected: &[&str]| {
            let paths: Vec<&Path> = paths.iter().map(Path::new).collect();
            assert_eq!(shown(&paths), expected);
        };
        check(&["/home/ana/secret/accounts.csv"], &["accounts.csv"]);
        check(&["/a/x/f.csv", "/a/y/f.csv", "/a/y/g.csv"], &["x/f.csv", "y/f.csv", "g.csv"]);
        check(&["/a/n/x.csv", "/b/n/x.csv", "/c/m/x.csv"], &["a/n/x.csv", "b/n/x.csv", "m/x.csv"]);
        check(&["x.csv", "a/x.csv"], &["x.csv", "a/x.csv"]);
        check(&["/same", "/same"], &["/same", "/same"]);
        check(&["a\nb"], &["a\\nb"]);
    }

    #[test]
    fn the_mean_of_no_score_is_none() {
        let mut scores = ScoreRecord::default();
        assert_eq!(scores.mean(), None);
        scores.add(500, Some("C"));
        scores.add(503, None);
        assert_eq!(scores.mean(), Some(501.5));
    }
}
