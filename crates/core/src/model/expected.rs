//! Shares of the development sample in each bin and band: what monitoring compares today's applicants with.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    bins::{BinRef, Bins},
    file::ModelFile,
    scorecard::Characteristic,
};
use crate::value::Missing;

/// How far shares may miss one by rounding.
const SUM_TOLERANCE: f64 = 1e-9;

/// Expected shares as the model file writes them.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    /// What they were counted on, such as `development sample, 2024-01 to 2024-12`.
    pub sample: String,
    /// Applicants counted.
    pub applicants: u64,
    /// The share of each band, in the bands' order.
    pub bands: Vec<f64>,
    /// By characteristic.
    pub characteristics: BTreeMap<String, Shares>,
}

/// The shares of one characteristic; all of them add up to one.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shares {
    /// Of each bin, in the bins' order.
    pub bins: Vec<f64>,
    /// Of each special value, in the file's order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub special: Vec<f64>,
    /// Of each cause of a missing value; a cause that is not named has none.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub missing: BTreeMap<Missing, f64>,
}

/// A place of a characteristic and its expected share.
#[derive(Clone, PartialEq, Debug)]
pub struct ExpectedBin {
    /// The place.
    pub bin: BinRef,
    /// Its label, as answers carry it.
    pub label: String,
    /// Its share of the development sample.
    pub share: f64,
}

impl Shares {
    /// The share of a place.
    #[must_use]
    pub fn of(&self, bin: BinRef) -> f64 {
        let share = match bin {
            BinRef::Value(at) => self.bins.get(at),
            BinRef::Special(at) => self.special.get(at),
            BinRef::Missing(cause) => self.missing.get(&cause),
        };
        share.copied().unwrap_or(0.0)
    }

    /// Every place of a characteristic with its share: bins, special values, causes.
    #[must_use]
    pub fn listed(&self, bins: &Bins) -> Vec<ExpectedBin> {
        bins.all().map(|bin| ExpectedBin { bin, label: bins.label(bin), share: self.of(bin) }).collect()
    }
}

/// Checks a file's expected shares against its characteristics and bands.
pub(super) fn check(file: &ModelFile, characteristics: &[Characteristic]) -> Result<(), String> {
    let Some(expected) = &file.expected else { return Ok(()) };
    let fault = |what: &str, fault: String| format!("`expected`, {what}: {fault}");
    if expected.sample.trim().is_empty() || expected.applicants == 0 {
        return Err(fault("sample", "say on how many of which applicants the shares were counted".to_owned()));
    }
    if expected.bands.len() != file.bands.len() {
        return Err(fault("bands", format!("write one share for each of {} bands", file.bands.len())));
    }
    sums_to_one(expected.bands.iter()).map_err(|text| fault("bands", text))?;
    for one in characteristics {
        let what = format!("`{}`", one.attribute);
        let shares = expected.characteristics.get(&one.attribute);
        let shares = shares.ok_or_else(|| fault(&what, "has no shares; count them again".to_owned()))?;
        let (bins, specials) = (one.bins.count(), one.bins.special_count());
        if (shares.bins.len(), shares.special.len()) != (bins, specials) {
            let text = format!("write one share for each of {bins} bins and {specials} special values");
            return Err(fault(&what, text));
        }
        let all = shares.bins.iter().chain(&shares.special).chain(shares.missing.values());
        sums_to_one(all).map_err(|text| fault(&what, text))?;
    }
    if expected.characteristics.len() != characteristics.len() {
        let text = "names attributes that the model does not read; count them again".to_owned();
        return Err(fault("characteristics", text));
    }
    Ok(())
}

fn sums_to_one<'a>(shares: impl Iterator<Item = &'a f64> + Clone) -> Result<(), String> {
    if !shares.clone().all(|share| (0.0..=1.0).contains(share)) {
        return Err("a share lies outside 0 to 1".to_owned());
    }
    let sum: f64 = shares.sum();
    if SUM_TOLERANCE < (sum - 1.0).abs() {
        return Err(format!("the shares add up to {sum}, not to 1; count them again"));
    }
    Ok(())
}

#[cfg(test)]
#[path = "expected_tests.rs"]
mod tests;
