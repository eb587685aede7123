//! Seeded intervals for measures that have none in closed form.

use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::{Cases, Estimate, Measure, MetricError, cases::quantile};

/// How often to draw, and from which seed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Draws {
    /// Bootstrap samples; 0 for none.
    pub count: u32,
    /// The same seed gives the same intervals, on any machine and number of threads.
    pub seed: u64,
}

impl Default for Draws {
    fn default() -> Draws {
        Draws { count: 1_000, seed: 0 }
    }
}

impl Draws {
    /// The counts with which draw `draw` takes each row, with replacement: as many of each class as there are. One class for
    /// all draws from all rows alike.
    #[must_use]
    pub fn counts(&self, draw: u32, class: &[bool]) -> Vec<u32> {
        // A stream of its own for each draw: which thread makes it does not matter.
        let mut random = ChaCha8Rng::seed_from_u64(self.seed);
        random.set_stream(u64::from(draw));
        let mut counts = vec![0; class.len()];
        for side in [false, true] {
            let rows: Vec<usize> = (0..class.len()).filter(|at| class[*at] == side).collect();
            for _ in 0..rows.len() {
                // The high word of a product is uniform to within rows / 2^64, and does not change with a library's version.
                let high = (u128::from(random.next_u64()) * rows.len() as u128) >> 64;
                let at = usize::try_from(high).unwrap_or(0);
                counts[rows[at]] += 1;
            }
        }
        counts
    }

    /// Maps every draw, in order, on as many threads as there are.
    ///
    /// # Errors
    ///
    /// The first draw's that fails.
    pub fn map<T: Send, E: Send>(&self, of: impl Fn(u32) -> Result<T, E> + Sync) -> Result<Vec<T>, E> {
        let all: Vec<Result<T, E>> = (0..self.count).into_par_iter().map(&of).collect();
        all.into_iter().collect()
    }
}

/// Percentile intervals of `measures`. A measure of the score is drawn within goods and within bads, whose numbers it does not
/// depend on; a measure of the probability depends on the bad rate, and is drawn from all rows alike. The KS is a maximum: its
/// draws lie above it on average, and its interval sits high.
///
/// # Errors
///
/// [`MetricError::Range`] for no draws or a level outside (0, 1); the measure's own where the cases or a draw do not allow it.
///
/// # Source
///
/// Efron & Tibshirani (1993), chapters 13 and 8.3 (two samples).
pub fn bootstrap(
    cases: &Cases,
    measures: &[&Measure],
    draws: &Draws,
    level: f64,
) -> Result<Vec<Estimate>, MetricError> {
    if draws.count == 0 {
        return Err(MetricError::Range { what: "the number of bootstrap draws", range: "1 or more" });
    }
    let values: Vec<f64> = measures.iter().map(|measure| (measure.value)(cases)).collect::<Result<_, _>>()?;
    let alike = vec![false; cases.len()];
    let found: Vec<Vec<f64>> = draws.map(|draw| {
        let of_score = cases.redrawn(&draws.counts(draw, cases.bad()));
        let of_probability = cases.redrawn(&draws.counts(draw, &alike));
        let cases = |measure: &Measure| if measure.of_probability { &of_probability } else { &of_score };
        measures.iter().map(|measure| (measure.value)(cases(measure))).collect()
    })?;
    let interval = |at: usize| percentile_interval(values[at], found.iter().map(|draw| draw[at]).collect(), level);
    (0..measures.len()).map(interval).collect()
}

/// The central `level` of drawn values, by type 7 quantiles.
///
/// # Errors
///
/// [`MetricError::Range`] for no values or a level outside (0, 1).
pub fn percentile_interval(value: f64, mut drawn: Vec<f64>, level: f64) -> Result<Estimate, MetricError> {
    super::discrimination::normal_quantile(level)?;
    drawn.sort_unstable_by(f64::total_cmp);
    let tail = (1.0 - level) / 2.0;
    let ends = quantile(&drawn, tail).zip(quantile(&drawn, 1.0 - tail));
    let (lower, upper) =
        ends.ok_or(MetricError::Range { what: "the number of bootstrap draws", range: "1 or more" })?;
    Ok(Estimate { value, lower, upper })
}
