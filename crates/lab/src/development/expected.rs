//! Shares of those whom a model scored: what monitoring compares later applicants with.

use std::collections::BTreeMap;

use cashline_core::{
    model::{
        ModelFile,
        expected::{Expected, ScoreShares, Shares},
    },
    value::{Missing, Outcome},
};

use crate::{count::real, monitor::deciles};

/// What a model expects, of the scores that it gave: the share of each of the file's bands, and the score in tenths as far as
/// ties allow, beside the shares of its characteristics. A segment's tenths are its own, so that those of several say nothing
/// together.
#[must_use]
pub fn expected_of_run(
    file: &ModelFile,
    sample: String,
    scores: &[i64],
    characteristics: BTreeMap<String, Shares>,
) -> Expected {
    let mut bands = vec![0_u64; file.bands.len()];
    for score in scores {
        // The bands of a file that the engine takes reach down to the end of its scale.
        if let Some(at) = file.bands.iter().position(|band| band.from <= *score) {
            bands[at] += 1;
        }
    }
    let mut sorted = scores.to_vec();
    sorted.sort_unstable();
    let (edges, counts) = tenths(&sorted);
    Expected {
        sample,
        applicants: scores.len() as u64,
        bands: shares(&bands, scores.len()),
        score: Some(ScoreShares { edges, shares: shares(&counts, scores.len()) }),
        characteristics,
    }
}

/// The shares of an input without bins: its values in tenths as far as ties allow, those that are missing by cause.
#[must_use]
pub fn shares_of_values(outcomes: &[Outcome]) -> Shares {
    let mut values: Vec<f64> = outcomes.iter().filter_map(|one| one.ok()?.number()).collect();
    values.sort_unstable_by(f64::total_cmp);
    let mut causes: BTreeMap<Missing, u64> = BTreeMap::new();
    outcomes.iter().filter_map(|one| one.err()).for_each(|cause| *causes.entry(cause).or_default() += 1);
    let (edges, counts) = tenths(&values);
    let missing = causes.into_iter().map(|(cause, count)| (cause, real(count) / real(outcomes.len()))).collect();
    Shares { edges, bins: shares(&counts, outcomes.len()), special: vec![], missing }
}

/// Counts as shares of all.
pub(super) fn shares(counts: &[u64], all: usize) -> Vec<f64> {
    counts.iter().map(|count| real(*count) / real(all)).collect()
}

/// Where ascending numbers are cut into tenths, and how many lie between.
fn tenths<T: Copy + PartialOrd>(ascending: &[T]) -> (Vec<T>, Vec<u64>) {
    let edges = deciles(ascending);
    let mut counts = vec![0_u64; edges.len() + 1];
    ascending.iter().for_each(|one| counts[edges.partition_point(|edge| edge <= one)] += 1);
    (edges, counts)
}

#[cfg(test)]
mod tests {
    use cashline_core::value::Value;

    use super::*;

    #[test]
    fn values_are_cut_into_tenths_and_causes_stand_apart() {
        // 16 numbers, 1 to 8 twice each, and 4 that are missing: places 1, 3, 4, 6, 8, 9, 11, 12, 14 of the ascending numbers
        // hold 1, 2, 3, 4, 5, 5, 6, 7, 8, of which 1 is no edge and 5 is one edge. So two of 20 lie in each part.
        let values = (0..16).map(|at| Value::real(f64::from(at / 2 + 1)));
        let outcomes: Vec<Outcome> =
            values.chain([Err(Missing::Stale); 3]).chain([Err(Missing::NotApplicable)]).collect();
        let shares = shares_of_values(&outcomes);
        assert_eq!(shares.edges, [2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]);
        assert_eq!(shares.bins, [0.1; 8]);
        assert_eq!(shares.missing, BTreeMap::from([(Missing::Stale, 0.15), (Missing::NotApplicable, 0.05)]));
    }
}
