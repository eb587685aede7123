//! How well a score ranks: AUC, Gini, KS, and the difference of two scores on the same rows.

use serde::Serialize;
use statrs::distribution::{ContinuousCDF, Normal};

use super::{
    Cases, Estimate, MetricError,
    cases::{runs, sum},
};
use crate::count::real;

/// Scores with outcomes, grouped by score: everything that discrimination needs, independent of row order.
#[derive(Clone, PartialEq, Debug)]
pub struct Outcomes {
    // By ascending score.
    groups: Vec<Group>,
    goods: Side,
    bads: Side,
}

/// The rows of one score.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
struct Group {
    good: Side,
    bad: Side,
}

/// The rows of one class.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
struct Side {
    // Sums of weights are exact while weights are whole, as counts are.
    weight: f64,
    squares: f64,
    rows: usize,
}

impl Side {
    fn add(&mut self, weight: f64) {
        self.weight += weight;
        self.squares += weight * weight;
        self.rows += 1;
    }

    /// Kish's effective number of rows.
    fn effective(&self) -> f64 {
        self.weight * self.weight / self.squares
    }
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
        let starts = |at: usize| at == 0 || sorted[at - 1].0 != sorted[at].0;
        Outcomes::grouped((0..sorted.len()).map(|at| (starts(at), sorted[at].1, 1.0)))
    }

    /// Groups cases by score.
    ///
    /// # Errors
    ///
    /// [`MetricError::OneClass`] when there is no good or no bad.
    pub fn of(cases: &Cases) -> Result<Outcomes, MetricError> {
        let (score, bad, weight) = (cases.score(), cases.bad(), cases.weight());
        let starts = |at: usize| at == 0 || score[at - 1] != score[at];
        Outcomes::grouped((0..cases.len()).map(|at| (starts(at), bad[at], weight[at])))
    }

    /// Rows in ascending order of score: whether each has another score than the one before, whether it is bad, its weight.
    fn grouped(rows: impl Iterator<Item = (bool, bool, f64)>) -> Result<Outcomes, MetricError> {
        let (mut goods, mut bads) = (Side::default(), Side::default());
        let mut groups = Vec::new();
        let mut group = Group::default();
        for (starts, bad, weight) in rows {
            if starts && 0 < group.good.rows + group.bad.rows {
                groups.push(std::mem::take(&mut group));
            }
            if bad {
                group.bad.add(weight)
            } else {
                group.good.add(weight)
            }
            if bad { bads.add(weight) } else { goods.add(weight) }
        }
        groups.push(group);
        if goods.rows == 0 || bads.rows == 0 {
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
    /// Weights are sampling weights: the variance is that of the weighted mean of DeLong's placement values.
    ///
    /// # Source
    ///
    /// DeLong, DeLong & Clarke-Pearson (1988), Biometrics 44; logit interval after Pepe (2003), 5.2.4.
    #[must_use]
    pub fn auc(&self) -> Estimate {
        self.auc_at(0.95)
    }

    /// [`Outcomes::auc`] with an interval at another level.
    ///
    /// Of an AUC of 0 or 1 the logit has none. There, of the goods and bads that can be paired off without one being used twice,
    /// every pair is in one order, which has a chance of the AUC each; the bound is Clopper & Pearson's of that many pairs.
    #[must_use]
    pub fn auc_at(&self, level: f64) -> Estimate {
        let value = self.twice() / (2.0 * self.goods.weight * self.bads.weight);
        // Weights that are no whole numbers add up to an end but for their rounding.
        let value = if value < ROUNDING {
            0.0
        } else if 1.0 - ROUNDING < value {
            1.0
        } else {
            value
        };
        let at_end = || libm::pow((1.0 - level) / 2.0, 1.0 / self.goods.effective().min(self.bads.effective()));
        match value {
            _ if !(0.0 < level && level < 1.0) => Estimate { value, lower: value, upper: value },
            value if value <= 0.0 => Estimate { value, lower: 0.0, upper: 1.0 - at_end() },
            value if 1.0 <= value => Estimate { value, lower: at_end(), upper: 1.0 },
            value => logit_interval(value, self.auc_error(), level),
        }
    }

    /// Standard error of the AUC (DeLong).
    pub(super) fn auc_error(&self) -> f64 {
        let value = self.twice() / (2.0 * self.goods.weight * self.bads.weight);
        self.auc_variance(value).max(0.0).sqrt()
    }

    /// Gini coefficient, `2 AUC - 1`, divided once.
    #[must_use]
    pub fn gini(&self) -> f64 {
        let pairs = self.goods.weight * self.bads.weight;
        (self.twice() - pairs) / pairs
    }

    /// Gini coefficient with the interval of the AUC, mapped.
    #[must_use]
    pub fn gini_at(&self, level: f64) -> Estimate {
        let auc = self.auc_at(level);
        Estimate { value: self.gini(), lower: 2.0 * auc.lower - 1.0, upper: 2.0 * auc.upper - 1.0 }
    }

    /// Kolmogorov–Smirnov distance between the scores of goods and bads; ties move both curves at once.
    #[must_use]
    pub fn ks(&self) -> f64 {
        let (mut good, mut bad, mut largest) = (0.0, 0.0, 0.0_f64);
        for group in &self.groups {
            good += group.good.weight;
            bad += group.bad.weight;
            largest = largest.max((good * self.bads.weight - bad * self.goods.weight).abs());
        }
        largest / (self.goods.weight * self.bads.weight)
    }

    /// The largest distance that the scores allow at a level, the upper end of a two-sided interval. A lower end would be worth
    /// little: the largest of many gaps is found too large on few rows.
    ///
    /// # Formula
    ///
    /// ```text
    /// KS + z/2 √(1/n + 1/m), at most 1;  n goods and m bads by Kish
    /// ```
    ///
    /// At the score where the true curves stand furthest apart those found do so by no more than KS, and the error of a difference
    /// of two shares is at most ½ √(1/n + 1/m).
    #[must_use]
    pub fn ks_upper(&self, level: f64) -> f64 {
        let Ok(z) = normal_quantile(level) else { return self.ks() };
        let error = (1.0 / self.goods.effective() + 1.0 / self.bads.effective()).sqrt() / 2.0;
        (self.ks() + z * error).min(1.0)
    }

    /// The ROC curve as (share of goods at or below, share of bads at or below) by ascending score, from (0, 0) to (1, 1).
    #[must_use]
    pub fn curve(&self) -> Vec<(f64, f64)> {
        let (mut good, mut bad) = (0.0, 0.0);
        let mut points = vec![(0.0, 0.0)];
        for group in &self.groups {
            good += group.good.weight;
            bad += group.bad.weight;
            points.push((good / self.goods.weight, bad / self.bads.weight));
        }
        points
    }

    /// Twice the weight of ordered pairs: whole while weights are whole, so that a measure is rounded once.
    fn twice(&self) -> f64 {
        let mut below = 0.0;
        sum(self.groups.iter().map(|group| {
            let pairs = group.good.weight * (2.0 * below + group.bad.weight);
            below += group.bad.weight;
            pairs
        }))
    }

    fn auc_variance(&self, value: f64) -> f64 {
        let (mut bads_below, mut goods_below) = (0.0, 0.0);
        let (mut good, mut bad) = (Vec::new(), Vec::new());
        for group in &self.groups {
            let placement_good = (bads_below + group.bad.weight / 2.0) / self.bads.weight;
            let above = self.goods.weight - goods_below - group.good.weight;
            let placement_bad = (above + group.good.weight / 2.0) / self.goods.weight;
            good.push(group.good.squares * (placement_good - value) * (placement_good - value));
            bad.push(group.bad.squares * (placement_bad - value) * (placement_bad - value));
            bads_below += group.bad.weight;
            goods_below += group.good.weight;
        }
        // A class of one row has no spread of its own; the widest that its placement can have stands in.
        let spread = |terms: Vec<f64>, side: &Side| {
            if side.rows < 2 { value * (1.0 - value) } else { mean_variance(sum(terms), side.weight, side.rows) }
        };
        spread(good, &self.goods) + spread(bad, &self.bads)
    }
}

/// Variance of a weighted mean from `Σ w² (x - mean)²`: the usual `s² / n` when all weights are equal.
fn mean_variance(squares: f64, weight: f64, rows: usize) -> f64 {
    squares / (weight * weight) * real(rows) / (real(rows) - 1.0)
}

/// Two scores on the same rows.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
pub struct Difference {
    /// AUC of the first.
    pub first: Estimate,
    /// AUC of the second.
    pub second: Estimate,
    /// AUC of the first less that of the second; the interval is symmetric. There is none where a class has a single row, or all
    /// rows of each class differ alike: no spread says what chance would do.
    pub difference: Change,
    /// Standard error of the difference; `None` without an interval.
    pub error: Option<f64>,
    /// Difference over its standard error; 0 when the two scores rank alike.
    pub z: Option<f64>,
    /// Two-sided p of no difference.
    pub p: Option<f64>,
}

/// A difference, and its interval where one was made.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
pub struct Change {
    /// The difference.
    pub value: f64,
    /// Lower end.
    pub lower: Option<f64>,
    /// Upper end.
    pub upper: Option<f64>,
}

/// What shares of weights may differ by where only their rounding does.
const ROUNDING: f64 = 1e-12;

/// The paired difference of two AUCs.
///
/// # Errors
///
/// As [`Cases::new`], and [`MetricError::Range`] for a level outside (0, 1).
///
/// # Source
///
/// DeLong, DeLong & Clarke-Pearson (1988), Biometrics 44.
pub fn auc_difference(
    first: &[f64],
    second: &[f64],
    bad: &[bool],
    weight: Option<&[f64]>,
    level: f64,
) -> Result<Difference, MetricError> {
    let z = normal_quantile(level)?;
    let cases = [Cases::new(first, None, bad, weight)?, Cases::new(second, None, bad, weight)?];
    let [one, two] = [Outcomes::of(&cases[0])?, Outcomes::of(&cases[1])?];
    let placements = [placements(first, bad, weight), placements(second, bad, weight)];
    let value = {
        let pairs = 2.0 * one.goods.weight * one.bads.weight;
        (one.twice() - two.twice()) / pairs
    };
    let variance: f64 = [false, true]
        .map(|class| {
            let mut terms: Vec<f64> = (0..bad.len())
                .filter(|at| bad[*at] == class)
                .map(|at| {
                    let apart = placements[0][at] - placements[1][at] - value;
                    let weight = weight.map_or(1.0, |w| w[at]);
                    weight * weight * apart * apart
                })
                .collect();
            // Sorted, the sum does not depend on the order of the rows.
            terms.sort_unstable_by(f64::total_cmp);
            let side = if class { one.bads } else { one.goods };
            if side.rows < 2 { f64::NAN } else { mean_variance(sum(terms), side.weight, side.rows) }
        })
        .iter()
        .sum();
    let error = variance.sqrt();
    // Scores that rank every row alike differ by nothing, however few rows there are.
    let alike = placements[0].iter().zip(&placements[1]).all(|(one, two)| (one - two).abs() <= ROUNDING);
    let error = if alike { Some(0.0) } else { Some(error).filter(|error| ROUNDING < *error) };
    let statistic = error.map(|error| if error == 0.0 { 0.0 } else { value / error });
    let end = |side: f64| error.map(|error| value + side * z * error);
    Ok(Difference {
        first: one.auc_at(level),
        second: two.auc_at(level),
        difference: Change { value, lower: end(-1.0), upper: end(1.0) },
        error,
        z: statistic,
        p: statistic.map(|statistic| 2.0 * Normal::standard().sf(statistic.abs())),
    })
}

/// DeLong's placement value of each row: of a good, the share of bads below it; of a bad, the share of goods above it.
fn placements(score: &[f64], bad: &[bool], weight: Option<&[f64]>) -> Vec<f64> {
    let weight = |at: usize| weight.map_or(1.0, |w| w[at]);
    let mut order: Vec<usize> = (0..score.len()).collect();
    // By weight within ties, so that their sums do not depend on the order of the rows.
    order.sort_unstable_by(|a, b| {
        (score[*a] + 0.0).total_cmp(&(score[*b] + 0.0)).then(weight(*a).total_cmp(&weight(*b)))
    });
    let total = |class: bool| sum(order.iter().filter(|at| bad[**at] == class).map(|at| weight(*at)));
    let (goods, bads) = (total(false), total(true));
    let (mut goods_below, mut bads_below) = (0.0, 0.0);
    let mut found = vec![0.0; score.len()];
    for tie in runs(order.len(), |a, b| score[order[a]] == score[order[b]]) {
        let rows = &order[tie];
        let here = |class: bool| sum(rows.iter().filter(|at| bad[**at] == class).map(|at| weight(*at)));
        let (good, bad_here) = (here(false), here(true));
        for at in rows {
            found[*at] = if bad[*at] {
                (goods - goods_below - good / 2.0) / goods
            } else {
                (bads_below + bad_here / 2.0) / bads
            };
        }
        goods_below += good;
        bads_below += bad_here;
    }
    found
}

/// The two-sided quantile of the standard normal at `level`.
pub(super) fn normal_quantile(level: f64) -> Result<f64, MetricError> {
    if 0.0 < level && level < 1.0 {
        Ok(Normal::standard().inverse_cdf(0.5 + level / 2.0))
    } else {
        Err(MetricError::Range { what: "the level of an interval", range: "above 0 and below 1" })
    }
}

fn logit_interval(value: f64, deviation: f64, level: f64) -> Estimate {
    let Ok(z) = normal_quantile(level) else { return Estimate { value, lower: value, upper: value } };
    let centre = libm::log(value / (1.0 - value));
    let half = z * deviation / (value * (1.0 - value));
    let back = |x: f64| 1.0 / (1.0 + libm::exp(-x));
    Estimate { value, lower: back(centre - half), upper: back(centre + half) }
}
