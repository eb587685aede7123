//! From margins to whole points that add up to the score exactly.

use crate::model::file::{Scale, ScaleUnit};

/// Below this many points a contribution is rounding noise of sums that cancel.
const NOISE: f64 = 1e-9;

/// The line from a margin to the scale.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Line {
    /// Points that a unit of margin costs.
    pub(super) factor: f64,
    /// The exact score at even odds.
    at_even_odds: f64,
    min: i64,
    max: i64,
}

impl Line {
    /// `None` when a point is not a share of doubled odds. The header's numbers are positive: `check_header`.
    ///
    /// # Formula
    ///
    /// `score = base + pdo / ln 2 · (ln(odds of good) − ln(odds_at_base))`, and ln(odds of good) is minus the log-odds of bad.
    pub(super) fn new(scale: &Scale, log_odds_per_margin: f64) -> Option<Line> {
        let ScaleUnit::DoubleOdds { base, odds_at_base, pdo } = scale.unit else { return None };
        let points = pdo / std::f64::consts::LN_2;
        let at_even_odds = base - points * libm::log(odds_at_base);
        Some(Line { factor: points * log_odds_per_margin, at_even_odds, min: scale.min, max: scale.max })
    }

    /// The score of a margin: rounded once, half to even, within the scale's ends.
    pub(super) fn score(&self, margin: f64) -> i64 {
        whole(self.at_even_odds - self.factor * margin).clamp(self.min, self.max)
    }
}

/// Whole points for each contribution that add up to `total`: rounded down, and what is left over goes to the largest
/// remainders, ties to the first (Hamilton's method).
///
/// `total` is the difference of two rounded scores, so it is one of the two whole numbers beside the contributions' sum: no
/// contribution moves by a whole point and none that is zero moves at all. Where the scale's end cut the score off, the
/// contributions shrink in proportion first.
pub(super) fn share_out(contributions: &[f64], total: i64) -> Vec<i64> {
    #[expect(clippy::cast_precision_loss, reason = "a difference of scores, at most 1000")]
    let wanted = total as f64;
    let sum: f64 = contributions.iter().fold(0.0, |sum, one| sum + one);
    let ratio = if 1.0 < (sum - wanted).abs() { wanted / sum } else { 1.0 };
    let settle = |one: &f64| if (one * ratio).abs() < NOISE { 0.0 } else { one * ratio };
    let exact: Vec<f64> = contributions.iter().map(settle).collect();
    let mut points: Vec<i64> = exact.iter().map(|one| whole(one.floor())).collect();
    let left = total - points.iter().sum::<i64>();
    let remainder = |at: &usize| exact[*at] - exact[*at].floor();
    let mut order: Vec<usize> = (0..exact.len()).filter(|at| exact[*at] != 0.0).collect();
    if order.is_empty() {
        order = (0..exact.len()).collect();
    }
    order.sort_by(|a, b| remainder(b).total_cmp(&remainder(a)).then(a.cmp(b)));
    let count = usize::try_from(left.unsigned_abs()).unwrap_or(usize::MAX);
    if left < 0 {
        order.iter().rev().cycle().take(count).for_each(|at| points[*at] -= 1);
    } else {
        order.iter().cycle().take(count).for_each(|at| points[*at] += 1);
    }
    points
}

/// The nearest whole number, half to even; far beyond any scale it saturates.
fn whole(number: f64) -> i64 {
    #[expect(clippy::cast_possible_truncation, reason = "whole, and a cast to an integer saturates")]
    let whole = number.round_ties_even() as i64;
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scale(max: i64) -> Scale {
        let unit = ScaleUnit::DoubleOdds { base: 600.0, odds_at_base: 20.0, pdo: 20.0 };
        Scale { min: 0, max, direction: crate::model::file::Direction::HigherIsSafer, unit }
    }

    #[test]
    fn twenty_points_double_the_odds() {
        let line = Line::new(&scale(1_000), 1.0).expect("doubled odds");
        let at = |odds_of_good: f64| line.score(-libm::log(odds_of_good));
        assert_eq!([at(20.0), at(40.0), at(80.0), at(10.0)], [600, 620, 640, 580]);
        // 600 + 20 / ln 2 · ln(1e9 / 20) = 600 + 28.8539 · 17.7275 = 1111.5.
        assert_eq!(at(1e9), 1_000, "the scale's end");
    }

    #[test]
    fn a_half_point_goes_to_the_even_number() {
        let line = Line { factor: 1.0, at_even_odds: 500.0, min: 0, max: 1_000 };
        assert_eq!([line.score(0.5), line.score(-0.5), line.score(1.5)], [500, 500, 498]);
    }

    #[test]
    fn shared_points_add_up_by_the_largest_remainders_and_a_zero_stays_zero() {
        let check = |exact: &[f64], total: i64, expected: &[i64]| assert_eq!(share_out(exact, total), expected);
        // Down to 2, -4, 0 (sum -2), one is left; remainders 0.3, 0.6, 0.
        check(&[2.3, -3.4, 0.0], -1, &[2, -3, 0]);
        check(&[2.3, -3.4, 0.0], -2, &[2, -4, 0]);
        // A tie of remainders goes to the first.
        check(&[0.5, 0.5, 0.0], 1, &[1, 0, 0]);
        // Sums that cancel leave noise on both sides of zero.
        check(&[1e-15, 3.0, -1e-15], 3, &[0, 3, 0]);
        // The scale cut 30 points to 10: a third of each.
        check(&[21.0, 12.0, -3.0], 10, &[7, 4, -1]);
    }
}
