//! Whether a column holds over time: the same shares of bins, and the same trend, in both halves of the time span.

use serde::{Deserialize, Serialize};

use super::{Candidate, Rows};
use crate::count::real;

/// A column in the earlier and the later half.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stability {
    /// Population stability index of the bins' shares.
    pub psi: f64,
    /// What chance alone would give on average: (bins − 1) (1/rows + 1/rows).
    pub noise: f64,
    /// Standard errors by which the trend runs the wrong way: the larger of both halves, negative when neither does.
    pub reversal: f64,
}

/// Compares the halves; `None` when every row has the same T, or a half is empty.
///
/// # Formula
///
/// ```text
/// PSI = Σ (later − earlier) ln(later / earlier), half a row added to an empty cell
/// reversal: Σ weight woe (bad − rate) over its standard deviation, which is negative while bins run as they were fitted
/// ```
///
/// The second is the score test of a slope in that half alone.
#[must_use]
pub fn stability(candidate: &Candidate<'_>, rows: &Rows<'_>) -> Option<Stability> {
    let late = halves(rows.as_of)?;
    let places = candidate.binned.places(&candidate.column.values).ok()?;
    let bins = candidate.binned.all().count();
    // The last cell holds codes that have no bin.
    let mut counts = vec![[0.0_f64; 2]; bins + 1];
    for ((place, late), weight) in places.iter().zip(&late).zip(rows.weight) {
        counts[place.unwrap_or(bins)][usize::from(*late)] += weight;
    }
    let total = counts.iter().fold([0.0, 0.0], |sum, cell| [sum[0] + cell[0], sum[1] + cell[1]]);
    let rows_in = |half: bool| late.iter().filter(|late| **late == half).count();
    let met: Vec<&[f64; 2]> = counts.iter().filter(|cell| 0.0 < cell[0] + cell[1]).collect();
    let share = |cell: &[f64; 2], half: usize| if cell[half] == 0.0 { 0.5 } else { cell[half] } / total[half];
    let psi = met.iter().map(|cell| {
        let (before, after) = (share(cell, 0), share(cell, 1));
        (after - before) * libm::log(after / before)
    });
    let psi = psi.sum();
    let degrees = real(met.len().saturating_sub(1));
    let noise = degrees * (1.0 / real(rows_in(false)) + 1.0 / real(rows_in(true)));
    let reversal = [false, true].into_iter().filter_map(|half| trend(candidate.woe, rows, &late, half));
    Some(Stability { psi, noise, reversal: reversal.fold(f64::MIN, f64::max).max(-1e3) })
}

// Whether each row is later than half of them; rows of one T stay together.
fn halves(as_of: &[i64]) -> Option<Vec<bool>> {
    let mut sorted = as_of.to_vec();
    sorted.sort_unstable();
    let middle = *sorted.get(sorted.len() / 2)?;
    // With the middle's own T the later half begins, unless that leaves nothing before it.
    let from = if *sorted.first()? < middle { middle } else { *sorted.iter().find(|time| middle < **time)? };
    Some(as_of.iter().map(|time| from <= *time).collect())
}

// The score statistic of a slope in one half; None when it holds one class, or one value.
fn trend(woe: &[f64], rows: &Rows<'_>, late: &[bool], half: bool) -> Option<f64> {
    let inside = || (0..woe.len()).filter(|row| late[*row] == half);
    let sum = |part: &dyn Fn(usize) -> f64| inside().map(part).sum::<f64>();
    let weight = sum(&|row| rows.weight[row]);
    let rate = sum(&|row| if rows.bad[row] { rows.weight[row] } else { 0.0 }) / weight;
    let mean = sum(&|row| rows.weight[row] * woe[row]) / weight;
    let pull = sum(&|row| rows.weight[row] * (woe[row] - mean) * (f64::from(u8::from(rows.bad[row])) - rate));
    // Weights are frequencies: a row of weight 2 is two cases.
    let spread = sum(&|row| rows.weight[row] * (woe[row] - mean) * (woe[row] - mean)) * rate * (1.0 - rate);
    (0.0 < spread).then(|| pull / libm::sqrt(spread))
}
