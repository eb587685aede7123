//! Shares of the development sample in each bin and band: what monitoring compares today's applicants with.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    bins::{BinRef, Bins},
    file::ModelFile,
    scorecard::Characteristic,
    trees::Input,
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
    /// The score in parts as large as ties allow, finer than the bands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<ScoreShares>,
    /// By characteristic.
    pub characteristics: BTreeMap<String, Shares>,
}

/// The shares of the score; they add up to one.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScoreShares {
    /// Ascending; each is the first score of a part.
    pub edges: Vec<i64>,
    /// Of the scores below the first edge, between edges, and from the last one up.
    pub shares: Vec<f64>,
}

/// The shares of one characteristic; all of them add up to one.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shares {
    /// Of a tree ensemble, whose inputs have no bins: ascending, each the first value of a bin. A card's bins have edges already.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub edges: Vec<f64>,
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
    let counts = characteristics.iter().map(|one| {
        let of = |shares: &Shares| match shares.edges.is_empty() {
            true => Ok((one.bins.count(), one.bins.special_count())),
            false => Err("a card's edges stand in its bins; remove `edges`".to_owned()),
        };
        (one.attribute.as_str(), of)
    });
    check_all(file, counts)
}

/// Checks the expected shares of a tree ensemble, which say where the values of each input are cut.
pub(super) fn check_inputs(file: &ModelFile, inputs: &[Input]) -> Result<(), String> {
    let counts = inputs.iter().map(|one| {
        let of = |shares: &Shares| match ascends(&shares.edges, |one| one.is_finite()) {
            true => Ok((shares.edges.len() + 1, 0)),
            false => Err("`edges` are not finite and strictly ascending".to_owned()),
        };
        (one.attribute.as_str(), of)
    });
    check_all(file, counts)
}

fn ascends<T: PartialOrd>(edges: &[T], is_sound: impl Fn(&T) -> bool) -> bool {
    edges.iter().all(is_sound) && edges.windows(2).all(|pair| pair[0] < pair[1])
}

/// `counts` has each characteristic's name, and the bins and special values that its shares must have.
fn check_all<'a, F: Fn(&Shares) -> Result<(usize, usize), String>>(
    file: &ModelFile,
    counts: impl ExactSizeIterator<Item = (&'a str, F)>,
) -> Result<(), String> {
    let Some(expected) = &file.expected else { return Ok(()) };
    let fault = |what: &str, fault: String| format!("`expected`, {what}: {fault}");
    if expected.sample.trim().is_empty() || expected.applicants == 0 {
        return Err(fault("sample", "say on how many of which applicants the shares were counted".to_owned()));
    }
    if expected.bands.len() != file.bands.len() {
        return Err(fault("bands", format!("write one share for each of {} bands", file.bands.len())));
    }
    sums_to_one(expected.bands.iter()).map_err(|text| fault("bands", text))?;
    if let Some(ScoreShares { edges, shares }) = &expected.score {
        if !ascends(edges, |_| true) || shares.len() != edges.len() + 1 {
            return Err(fault("score", "write ascending `edges`, and one share more than edges".to_owned()));
        }
        sums_to_one(shares.iter()).map_err(|text| fault("score", text))?;
    }
    let characteristics = counts.len();
    for (attribute, of) in counts {
        let what = format!("`{attribute}`");
        let shares = expected.characteristics.get(attribute);
        let shares = shares.ok_or_else(|| fault(&what, "has no shares; count them again".to_owned()))?;
        let (bins, specials) = of(shares).map_err(|text| fault(&what, text))?;
        if (shares.bins.len(), shares.special.len()) != (bins, specials) {
            let text = format!("write one share for each of {bins} bins and {specials} special values");
            return Err(fault(&what, text));
        }
        let all = shares.bins.iter().chain(&shares.special).chain(shares.missing.values());
        sums_to_one(all).map_err(|text| fault(&what, text))?;
    }
    if expected.characteristics.len() != characteristics {
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
