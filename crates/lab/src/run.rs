//! A published run in memory: what two of them need to be compared, whatever files they came from.
//!
//! Applications stand in the order of their keys, so that the order of rows in files changes nothing.

use std::collections::BTreeMap;

use cashline_core::model::bins::missing_label;
use serde::Serialize;

use crate::{count::real, sample::Key};

/// Why tables make no run.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// The key of an application must be unique.
    #[error("an application stands twice in the scores; the table is not as a run writes it, score again")]
    Twice,
    /// A characteristic of an application that has no row in the scores.
    #[error("`{attribute}` is given for an application without a row in the scores; the tables are of different runs")]
    Stranger {
        /// The characteristic.
        attribute: String,
    },
    /// An application has one bin in each characteristic.
    #[error("`{attribute}` stands twice for one application; the table is not as a run writes it, score again")]
    Repeated {
        /// The characteristic.
        attribute: String,
    },
}

/// Texts of a column, each kept once.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Labels {
    levels: Vec<String>,
    places: BTreeMap<String, u32>,
    cells: Vec<Option<u32>>,
}

impl Labels {
    /// Adds a row.
    pub fn push(&mut self, text: Option<&str>) {
        let cell = text.map(|text| self.place(text));
        self.cells.push(cell);
    }

    fn place(&mut self, text: &str) -> u32 {
        if let Some(place) = self.places.get(text) {
            return *place;
        }
        // More levels than 2^32 do not fit into memory; the last one would be shared.
        let place = u32::try_from(self.levels.len()).unwrap_or(u32::MAX);
        self.levels.push(text.to_owned());
        self.places.insert(text.to_owned(), place);
        place
    }

    /// The text of a row.
    #[must_use]
    pub fn get(&self, row: usize) -> Option<&str> {
        let place = self.cells.get(row).copied().flatten()?;
        self.levels.get(usize::try_from(place).ok()?).map(String::as_str)
    }

    /// Rows by text; rows without one are not counted.
    #[must_use]
    pub fn counts(&self) -> BTreeMap<String, u64> {
        let mut counts = vec![0_u64; self.levels.len()];
        for place in self.cells.iter().flatten() {
            if let Some(count) = usize::try_from(*place).ok().and_then(|place| counts.get_mut(place)) {
                *count += 1;
            }
        }
        let named = self.levels.iter().cloned().zip(counts);
        named.filter(|(_, count)| *count != 0).collect()
    }

    fn take(&self, rows: &[usize]) -> Labels {
        let mut taken = Labels::default();
        rows.iter().for_each(|row| taken.push(self.get(*row)));
        taken
    }
}

/// What a run as a whole says of itself.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct RunRecord {
    /// Digest of all that decided the result.
    pub run_id: String,
    /// The model's content-addressed id.
    pub model_id: String,
    /// The engine's version.
    pub engine_version: String,
    /// Digests of model, policy, rules, taxonomy, attributes, reasons.
    pub digests: BTreeMap<String, String>,
    /// What the ledgers made of the rows, summed over applications; amounts in minor units.
    pub ledger: BTreeMap<String, u64>,
    /// Rows read, those set aside included.
    pub rows: u64,
    /// Rows set aside, by kind.
    pub defects: BTreeMap<String, u64>,
}

/// How a report names a run.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Head {
    /// Digest of all that decided the result.
    pub run_id: String,
    /// The model's content-addressed id.
    pub model_id: String,
    /// The engine's version.
    pub engine_version: String,
    /// Applications.
    pub applications: u64,
    /// Applications with a score.
    pub scored: u64,
    /// Their mean score, in points.
    pub score_mean: Option<f64>,
}

/// What two runs were made with that is not the same: names of digests, and `engine` for the engine's version.
#[must_use]
pub fn differences(one: &RunRecord, two: &RunRecord) -> Vec<String> {
    let names: std::collections::BTreeSet<&String> = one.digests.keys().chain(two.digests.keys()).collect();
    let differ = names.into_iter().filter(|name| one.digests.get(*name) != two.digests.get(*name)).cloned();
    let engine = (one.engine_version != two.engine_version).then(|| "engine".to_owned());
    engine.into_iter().chain(differ).collect()
}

/// A row of the scores.
#[derive(Clone, PartialEq, Debug)]
pub struct Application<'a> {
    /// Which it is.
    pub key: Key,
    /// `scored`, or why not.
    pub status: &'a str,
    /// The policy's decision.
    pub decision: &'a str,
    /// Data behind the score: full, good, thin, insufficient.
    pub sufficiency: &'a str,
    /// Points; higher is safer.
    pub score: Option<i64>,
    /// Points before the first characteristic.
    pub base_points: Option<i64>,
    /// The band of the score.
    pub band: Option<&'a str>,
    /// Probability of bad, for calibrated models.
    pub probability: Option<f64>,
    /// Adverse reasons, the first the most important.
    pub reasons: Vec<&'a str>,
    /// Where the accounts are, when the run says so.
    pub institution: Option<&'a str>,
    /// Whose card gave the score, for models of several.
    pub segment: Option<&'a str>,
}

/// A row of the characteristics.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Earned<'a> {
    /// The attribute's column.
    pub attribute: &'a str,
    /// The bin as the run writes it.
    pub bin: &'a str,
    /// Why there is no value.
    pub missing: Option<&'a str>,
    /// The number behind the bin; none for codes, dates and missing values.
    pub value: Option<f64>,
    /// Points of the bin.
    pub points: i64,
}

/// A bin with its points, as it was met.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Bin {
    /// As the run writes it.
    pub label: String,
    /// Why there is no value, for bins of missing values.
    pub missing: Option<String>,
    /// What it earns.
    pub points: i64,
}

/// What applications earned in one characteristic.
#[derive(Clone, PartialEq, Debug)]
pub struct Characteristic {
    /// The attribute's column.
    pub attribute: String,
    /// In the order in which they were met.
    pub bins: Vec<Bin>,
    places: BTreeMap<Bin, u32>,
    cells: Vec<Option<u32>>,
    values: Vec<Option<f64>>,
}

impl Characteristic {
    /// The bin of a row.
    #[must_use]
    pub fn bin(&self, row: usize) -> Option<&Bin> {
        let place = self.cells.get(row).copied().flatten()?;
        self.bins.get(usize::try_from(place).ok()?)
    }

    /// The number of a row.
    #[must_use]
    pub fn value(&self, row: usize) -> Option<f64> {
        self.values.get(row).copied().flatten()
    }

    /// False when bins are the values themselves, as those of a model of trees are.
    #[must_use]
    pub fn is_binned(&self) -> bool {
        self.bins.iter().all(|bin| bin.missing.is_some() || bin.label.parse::<f64>().is_err())
    }

    /// The numbers, ascending.
    #[must_use]
    pub fn values(&self) -> Vec<f64> {
        let mut values: Vec<f64> = self.values.iter().flatten().copied().collect();
        values.sort_unstable_by(f64::total_cmp);
        values
    }

    /// Applications by bin; missing values by cause, as `missing: stale`.
    #[must_use]
    pub fn counts(&self) -> BTreeMap<String, u64> {
        self.counts_of(|_| true)
    }

    /// The same of applications without a number: beside [`Characteristic::values`], each application once.
    #[must_use]
    pub fn counts_without_number(&self) -> BTreeMap<String, u64> {
        self.counts_of(|row| self.value(row).is_none())
    }

    fn counts_of(&self, counted: impl Fn(usize) -> bool) -> BTreeMap<String, u64> {
        let mut places = vec![0_u64; self.bins.len()];
        for (_, place) in self.cells.iter().enumerate().filter(|(row, _)| counted(*row)) {
            if let Some(count) = place.and_then(|place| places.get_mut(usize::try_from(place).ok()?)) {
                *count += 1;
            }
        }
        let mut counts = BTreeMap::new();
        for (bin, count) in self.bins.iter().zip(places).filter(|(_, count)| *count != 0) {
            // A bin that earned other points in another segment is the same bin.
            let name = bin.missing.as_ref().map_or_else(|| bin.label.clone(), |cause| missing_label(cause));
            *counts.entry(name).or_default() += count;
        }
        counts
    }
}

/// A run. Vectors have one entry an application.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Run {
    /// Of the run as a whole.
    pub facts: RunRecord,
    /// Ascending and unique.
    pub keys: Vec<Key>,
    /// `scored`, or why not.
    pub status: Labels,
    /// The policy's decision.
    pub decision: Labels,
    /// Data behind the score.
    pub sufficiency: Labels,
    /// The band of the score.
    pub band: Labels,
    /// Where the accounts are; no text when the run does not say.
    pub institution: Labels,
    /// Whose card gave the score; no text for models of one card.
    pub segment: Labels,
    /// Points; higher is safer.
    pub score: Vec<Option<i64>>,
    /// Points before the first characteristic.
    pub base_points: Vec<Option<i64>>,
    /// Probability of bad.
    pub probability: Vec<Option<f64>>,
    /// Adverse reasons of each application, as ranked.
    pub reasons: Vec<Vec<u32>>,
    /// The codes that `reasons` names by place.
    pub reason_codes: Vec<String>,
    /// By name.
    pub characteristics: Vec<Characteristic>,
    unsorted: bool,
    last: usize,
}

impl Run {
    /// A run without applications.
    #[must_use]
    pub fn new(facts: RunRecord) -> Run {
        Run { facts, ..Run::default() }
    }

    /// Adds an application. All of them come before the first characteristic.
    pub fn push(&mut self, row: &Application<'_>) {
        self.unsorted |= self.keys.last().is_some_and(|last| row.key <= *last);
        self.keys.push(row.key.clone());
        self.status.push(Some(row.status));
        self.decision.push(Some(row.decision));
        self.sufficiency.push(Some(row.sufficiency));
        self.band.push(row.band);
        self.institution.push(row.institution);
        self.segment.push(row.segment);
        self.score.push(row.score);
        self.base_points.push(row.base_points);
        self.probability.push(row.probability);
        let codes = row.reasons.iter().map(|code| {
            let place = self.reason_codes.iter().position(|known| known == code).unwrap_or_else(|| {
                self.reason_codes.push((*code).to_owned());
                self.reason_codes.len() - 1
            });
            u32::try_from(place).unwrap_or(u32::MAX)
        });
        self.reasons.push(codes.collect());
    }

    /// Puts the applications in order; call it between the last application and the first characteristic.
    ///
    /// # Errors
    ///
    /// [`RunError::Twice`] when a key is not unique.
    pub fn sort(&mut self) -> Result<(), RunError> {
        if !self.unsorted {
            return Ok(());
        }
        let mut rows: Vec<usize> = (0..self.keys.len()).collect();
        rows.sort_by(|one, two| self.keys[*one].cmp(&self.keys[*two]));
        if rows.windows(2).any(|pair| self.keys[pair[0]] == self.keys[pair[1]]) {
            return Err(RunError::Twice);
        }
        self.keys = rows.iter().map(|row| self.keys[*row].clone()).collect();
        for labels in [
            &mut self.status,
            &mut self.decision,
            &mut self.sufficiency,
            &mut self.band,
            &mut self.institution,
            &mut self.segment,
        ] {
            *labels = labels.take(&rows);
        }
        self.score = rows.iter().map(|row| self.score[*row]).collect();
        self.base_points = rows.iter().map(|row| self.base_points[*row]).collect();
        self.probability = rows.iter().map(|row| self.probability[*row]).collect();
        self.reasons = rows.iter().map(|row| self.reasons[*row].clone()).collect();
        self.unsorted = false;
        Ok(())
    }

    /// Adds what an application earned in a characteristic.
    ///
    /// # Errors
    ///
    /// [`RunError::Stranger`] when there is no such application, [`RunError::Repeated`] when it has a bin already.
    pub fn earn(&mut self, key: (&str, i64, &str), earned: &Earned<'_>) -> Result<(), RunError> {
        let name = || earned.attribute.to_owned();
        let row = self.row(key).ok_or_else(|| RunError::Stranger { attribute: name() })?;
        let at = match self.characteristics.binary_search_by(|one| one.attribute.as_str().cmp(earned.attribute)) {
            Ok(at) => at,
            Err(at) => {
                self.characteristics.insert(at, characteristic(name(), self.keys.len()));
                at
            }
        };
        let characteristic = &mut self.characteristics[at];
        if characteristic.cells[row].is_some() {
            return Err(RunError::Repeated { attribute: name() });
        }
        let bin =
            Bin { label: earned.bin.to_owned(), missing: earned.missing.map(str::to_owned), points: earned.points };
        let known = characteristic.places.get(&bin).copied();
        let place = known.unwrap_or_else(|| {
            let place = u32::try_from(characteristic.bins.len()).unwrap_or(u32::MAX);
            characteristic.bins.push(bin.clone());
            characteristic.places.insert(bin, place);
            place
        });
        characteristic.cells[row] = Some(place);
        characteristic.values[row] = earned.value;
        Ok(())
    }

    /// The row of an application. Rows of one stand together in a run's files, so the last answer mostly holds.
    fn row(&mut self, key: (&str, i64, &str)) -> Option<usize> {
        let order = |known: &Key| (known.applicant_id.as_str(), known.as_of, known.application_id.as_str()).cmp(&key);
        if self.keys.get(self.last).is_some_and(|known| order(known).is_eq()) {
            return Some(self.last);
        }
        self.last = self.keys.binary_search_by(order).ok()?;
        Some(self.last)
    }

    /// The adverse reasons of an application, as ranked.
    pub fn reasons_of(&self, row: usize) -> impl Iterator<Item = &str> {
        let places = self.reasons.get(row).map_or(&[][..], Vec::as_slice);
        places.iter().filter_map(|place| self.reason_codes.get(usize::try_from(*place).ok()?)).map(String::as_str)
    }

    /// The characteristic of that name.
    #[must_use]
    pub fn characteristic(&self, attribute: &str) -> Option<&Characteristic> {
        let at = self.characteristics.binary_search_by(|one| one.attribute.as_str().cmp(attribute)).ok()?;
        self.characteristics.get(at)
    }

    /// How reports name it.
    #[must_use]
    pub fn head(&self) -> Head {
        let scores = self.scores();
        let sum: i64 = scores.iter().sum();
        let scored = scores.len() as u64;
        Head {
            run_id: self.facts.run_id.clone(),
            model_id: self.facts.model_id.clone(),
            engine_version: self.facts.engine_version.clone(),
            applications: self.keys.len() as u64,
            scored,
            score_mean: (scored != 0).then(|| points(sum) / real(scored)),
        }
    }

    /// The scores given, ascending.
    #[must_use]
    pub fn scores(&self) -> Vec<i64> {
        let mut scores: Vec<i64> = self.score.iter().flatten().copied().collect();
        scores.sort_unstable();
        scores
    }
}

fn characteristic(attribute: String, rows: usize) -> Characteristic {
    Characteristic {
        attribute,
        bins: vec![],
        places: BTreeMap::new(),
        cells: vec![None; rows],
        values: vec![None; rows],
    }
}

/// Points as a double.
#[expect(clippy::cast_precision_loss, reason = "points, and their sums over applications, stay far below 2^53")]
pub(crate) fn points(points: i64) -> f64 {
    points as f64
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn key(id: &str) -> Key {
        Key { applicant_id: format!("u{id}"), as_of: 1_700_000_000, application_id: id.to_owned() }
    }

    /// A scored application with one characteristic: `bin` earns the score, base points are 0.
    pub(crate) fn scored<'a>(id: &str, score: i64, band: &'a str, reason: &'a str) -> Application<'a> {
        Application {
            key: key(id),
            status: "scored",
            decision: "refer",
            sufficiency: "full",
            score: Some(score),
            base_points: Some(0),
            band: Some(band),
            probability: None,
            reasons: vec![reason],
            institution: None,
            segment: None,
        }
    }

    pub(crate) fn earn(run: &mut Run, id: &str, attribute: &str, bin: &str, points: i64) {
        let key = key(id);
        let missing = bin.strip_prefix("missing: ");
        let earned = Earned { attribute, bin, missing, value: None, points };
        run.earn((&key.applicant_id, key.as_of, &key.application_id), &earned).expect("a new cell of a known row");
    }

    #[test]
    fn rows_in_any_order_make_the_same_run() {
        let rows = [scored("1", 10, "A", "x"), scored("2", 20, "B", "y"), scored("3", 30, "A", "x")];
        let make = |order: [usize; 3]| {
            let mut run = Run::new(RunRecord::default());
            order.iter().for_each(|at| run.push(&rows[*at]));
            run.sort().expect("unique");
            for at in order {
                earn(&mut run, &rows[at].key.application_id, "a", "b", rows[at].score.unwrap_or(0));
            }
            (
                run.scores(),
                run.score.clone(),
                run.band.counts(),
                run.keys.clone(),
                run.reasons_of(1).collect::<String>(),
            )
        };
        assert_eq!(make([0, 1, 2]), make([2, 0, 1]));
        assert_eq!(make([2, 1, 0]).4, "y");
    }

    #[test]
    fn tables_that_no_run_writes_are_refused() {
        let mut run = Run::new(RunRecord::default());
        run.push(&scored("1", 10, "A", "x"));
        run.push(&scored("1", 10, "A", "x"));
        assert_eq!(run.sort(), Err(RunError::Twice));
        let mut run = Run::new(RunRecord::default());
        run.push(&scored("1", 10, "A", "x"));
        earn(&mut run, "1", "a", "b", 10);
        let earned = Earned { attribute: "a", bin: "b", missing: None, value: None, points: 10 };
        assert_eq!(run.earn(("u1", 1_700_000_000, "1"), &earned), Err(RunError::Repeated { attribute: "a".into() }));
        assert_eq!(run.earn(("u1", 0, "1"), &earned), Err(RunError::Stranger { attribute: "a".into() }));
    }
}
