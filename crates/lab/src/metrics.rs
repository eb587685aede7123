//! Measures of a score against outcomes, each with an interval.

use serde::Serialize;
use statrs::distribution::{Beta, ContinuousCDF, Normal};

/// A measure and its two-sided interval.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
pub struct Estimate {
    /// The measure.
    pub value: f64,
    /// Lower end of the interval.
    pub lower: f64,
    /// Upper end of the interval.
    pub upper: f64,
}

/// Why a measure cannot be taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MetricError {
    /// Discrimination needs both.
    #[error("outcomes hold only one class; at least one good and one bad are needed")]
    OneClass,
    /// More bads than cases, or no case.
    #[error("{bad} bads of {total} cases is no rate")]
    NotARate {
        /// Bads.
        bad: u64,
        /// Cases.
        total: u64,
    },
}

/// Scores with outcomes, grouped by score: everything that discrimination needs, independent of row order.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Outcomes {
    // (score, goods, bads) by ascending score.
    groups: Vec<(i64, u64, u64)>,
    goods: u64,
    bads: u64,
}

impl Outcomes {
    /// Collects (score, is bad) pairs; higher scores are safer.
    ///
    /// # Errors
    ///
    /// [`MetricError::OneClass`] when there is no good or no bad.
    pub fn new(pairs: &[(i64, bool)]) -> Result<Outcomes, MetricError> {
        let mut sorted: Vec<(i64, bool)> = pairs.to_vec();
        sorted.sort_unstable();
        let mut groups: Vec<(i64, u64, u64)> = Vec::new();
        for (score, bad) in sorted {
            if groups.last().is_none_or(|group| group.0 != score) {
                groups.push((score, 0, 0));
            }
            let group = groups.last_mut().expect("a group was pushed for this score");
            if bad { group.2 += 1 } else { group.1 += 1 }
        }
        let goods = groups.iter().map(|group| group.1).sum();
        let bads = groups.iter().map(|group| group.2).sum();
        if goods == 0 || bads == 0 {
            return Err(MetricError::OneClass);
        }
        Ok(Outcomes { groups, goods, bads })
    }

    /// Area under the ROC curve with a 95 % interval.
    ///
    /// # Formula
    ///
    /// ```text
    /// P(score of a good > score of a bad) + ½ P(equal);  interval on the logit scale from DeLong's variance
    /// ```
    ///
    /// # Source
    ///
    /// DeLong, DeLong & Clarke-Pearson (1988), Biometrics 44; logit interval after Pepe (2003), 5.2.4.
    #[must_use]
    pub fn auc(&self) -> Estimate {
        let (goods, bads) = (real(self.goods), real(self.bads));
        // Twice the count of ordered pairs: an integer, so the value is rounded once.
        let mut twice: u128 = 0;
        let (mut bads_below, mut goods_below) = (0_u64, 0_u64);
        let (mut square_good, mut square_bad) = (0.0, 0.0);
        for &(_, good, bad) in &self.groups {
            twice += u128::from(good) * (2 * u128::from(bads_below) + u128::from(bad));
            let placement_good = (real(bads_below) + real(bad) / 2.0) / bads;
            let placement_bad = (real(self.goods - goods_below - good) + real(good) / 2.0) / goods;
            square_good += real(good) * placement_good * placement_good;
            square_bad += real(bad) * placement_bad * placement_bad;
            bads_below += bad;
            goods_below += good;
        }
        let value = wide(twice) / (2.0 * goods * bads);
        let spread = |square: f64, n: f64| {
            if n < 2.0 { value * (1.0 - value) } else { (square - n * value * value) / (n - 1.0) }
        };
        let variance = spread(square_good, goods) / goods + spread(square_bad, bads) / bads;
        logit_interval(value, variance.max(0.0).sqrt())
    }

    /// Gini coefficient, `2 AUC - 1`.
    #[must_use]
    pub fn gini(&self) -> f64 {
        2.0 * self.auc().value - 1.0
    }

    /// Kolmogorov–Smirnov distance between the scores of goods and bads; ties move both curves at once.
    #[must_use]
    pub fn ks(&self) -> f64 {
        let (mut good, mut bad, mut largest) = (0_u64, 0_u64, 0_u128);
        for group in &self.groups {
            good += group.1;
            bad += group.2;
            let there = u128::from(good) * u128::from(self.bads);
            let back = u128::from(bad) * u128::from(self.goods);
            largest = largest.max(there.abs_diff(back));
        }
        wide(largest) / (real(self.goods) * real(self.bads))
    }
}

/// Share of bads with an exact (Clopper–Pearson) interval at the given level.
///
/// # Errors
///
/// [`MetricError::NotARate`] when `total` is 0 or `bad` exceeds it.
///
/// # Source
///
/// Clopper & Pearson (1934), Biometrika 26: quantiles of Beta(k, n − k + 1) and Beta(k + 1, n − k).
pub fn bad_rate(bad: u64, total: u64, level: f64) -> Result<Estimate, MetricError> {
    if total == 0 || total < bad {
        return Err(MetricError::NotARate { bad, total });
    }
    let tail = (1.0 - level) / 2.0;
    let (k, n) = (real(bad), real(total));
    let quantile = |a: f64, b: f64, p: f64| Beta::new(a, b).map_or(f64::NAN, |beta| beta.inverse_cdf(p));
    let lower = if bad == 0 { 0.0 } else { quantile(k, n - k + 1.0, tail) };
    let upper = if bad == total { 1.0 } else { quantile(k + 1.0, n - k, 1.0 - tail) };
    Ok(Estimate { value: k / n, lower, upper })
}

fn logit_interval(value: f64, deviation: f64) -> Estimate {
    if value <= 0.0 || 1.0 <= value {
        return Estimate { value, lower: value, upper: value };
    }
    let z = Normal::standard().inverse_cdf(0.975);
    let centre = libm::log(value / (1.0 - value));
    let half = z * deviation / (value * (1.0 - value));
    let back = |x: f64| 1.0 / (1.0 + libm::exp(-x));
    Estimate { value, lower: back(centre - half), upper: back(centre + half) }
}

#[expect(clippy::cast_precision_loss, reason = "counts of loans stay far below 2^53")]
fn real(count: u64) -> f64 {
    count as f64
}

#[expect(clippy::cast_precision_loss, reason = "pairs of loans: exact below 2^53, rounded once above")]
fn wide(count: u128) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tie_counts_one_half_and_order_does_not_matter() {
        // Bads 1 and 3, goods 2 and 3: pairs (2>1)=1, (2>3)=0, (3>1)=1, (3=3)=0.5.
        let there = Outcomes::new(&[(1, true), (2, false), (3, true), (3, false)]).expect("both classes");
        let back = Outcomes::new(&[(3, false), (3, true), (2, false), (1, true)]).expect("both classes");
        assert_eq!(there, back);
        assert_eq!(there.auc().value, 2.5 / 4.0);
        // After score 1: bad 1/2, good 0; the widest gap.
        assert_eq!(there.ks(), 0.5);
    }

    #[test]
    fn the_variance_of_auc_is_delongs() {
        // Placements by hand. Goods 2, 4, 5; bads 1, 3: V10(good) = 1/2, 1, 1; V01(bad) = 1, 2/3; AUC = 5/6.
        // S10 = ((1/2-5/6)^2 + 2 (1/6)^2) / 2 = 1/12; S01 = ((1/6)^2 + (1/6)^2) / 1 = 1/18; var = 1/36 + 1/36 = 1/18.
        let outcomes = Outcomes::new(&[(2, false), (4, false), (5, false), (1, true), (3, true)]).expect("both");
        let auc = outcomes.auc();
        assert!((auc.value - 5.0 / 6.0).abs() < 1e-15);
        let half = 1.959_963_984_540_054 * (1.0_f64 / 18.0).sqrt() / (5.0 / 36.0);
        let expected = 1.0 / (1.0 + (half - (5.0_f64).ln()).exp());
        assert!((auc.lower - expected).abs() < 1e-12, "{} {expected}", auc.lower);
    }

    #[test]
    fn a_bad_rate_has_the_textbook_interval() {
        // Clopper–Pearson for 0 of 10 at 95 %: upper = 1 - 0.025^(1/10); for 10 of 10 the mirror image.
        let none = bad_rate(0, 10, 0.95).expect("a rate");
        let expected = 1.0 - 0.025_f64.powf(0.1);
        assert_eq!((none.value, none.lower), (0.0, 0.0));
        assert!((none.upper - expected).abs() < 1e-9, "{}", none.upper);
        let all = bad_rate(10, 10, 0.95).expect("a rate");
        assert!((all.lower - (1.0 - expected)).abs() < 1e-9);
        assert_eq!(bad_rate(3, 2, 0.95), Err(MetricError::NotARate { bad: 3, total: 2 }));
    }

    #[test]
    fn one_class_is_refused() {
        assert_eq!(Outcomes::new(&[(1, true), (2, true)]), Err(MetricError::OneClass));
    }
}
