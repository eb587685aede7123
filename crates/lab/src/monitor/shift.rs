//! How far two distributions over the same bins stand apart, beside what chance alone would do.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Display,
};

use crate::count::real;
use cashline_core::model::bins::range_label;
use serde::Serialize;
use statrs::distribution::{ChiSquared, ContinuousCDF, Normal, StudentsT};

/// Applications that an empty bin counts as, on the side where it is empty, so that the logarithm exists.
///
/// Only that bin's share is changed: the shares of the others stay what they are. A bin that is empty on both sides is
/// no bin. Other tools put 1 in place of the empty count (toad's WoE), drop the bin, or refuse; the index depends on it.
pub const EMPTY_CELL: f64 = 0.5;

/// A test of "nothing has changed".
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
pub struct Test {
    /// The statistic.
    pub statistic: f64,
    /// Degrees of freedom; none for a normal deviate.
    pub freedom: Option<f64>,
    /// Probability of a statistic so large when nothing has changed.
    pub p: f64,
}

/// A bin on both sides.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct BinShift {
    /// Its name.
    pub bin: String,
    /// Applications of the baseline.
    pub baseline: u64,
    /// Applications of the current run.
    pub current: u64,
    /// Share of the baseline.
    pub baseline_share: f64,
    /// Share of the current run.
    pub current_share: f64,
    /// What the bin adds to the index.
    pub psi: f64,
}

/// Two distributions over the same bins.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Shift {
    /// Applications of the baseline.
    pub baseline: u64,
    /// Applications of the current run.
    pub current: u64,
    /// The bins that hold an application of either.
    pub bins: Vec<BinShift>,
    /// The population stability index.
    pub psi: f64,
    /// What the index is on average when nothing has changed.
    pub noise: f64,
    /// Chi-square test over the table of both counts; none with fewer than two bins.
    pub test: Option<Test>,
}

impl Shift {
    /// Compares counts bin by bin; `order` names the bins that stand first, in that order, the others follow by name.
    ///
    /// None when either side holds nothing.
    ///
    /// # Formula
    ///
    /// ```text
    /// PSI = Σ (c_b − p_b) ln(c_b / p_b),  p_b, c_b shares of the baseline and the current run (empty cells: EMPTY_CELL)
    /// noise = (B − 1)(1/n + 1/m),  B bins, n and m applications
    /// χ² = Σ (O − E)² / E over both rows of the table, B − 1 degrees of freedom, no continuity correction
    /// ```
    ///
    /// # Source
    ///
    /// Lewis (1994), "An Introduction to Credit Scoring"; the noise level is the mean of PSI's limit distribution,
    /// (1/n + 1/m) χ²(B − 1): Yurdakul (2018), "Statistical Properties of Population Stability Index".
    #[must_use]
    pub fn of(baseline: &BTreeMap<String, u64>, current: &BTreeMap<String, u64>, order: &[String]) -> Option<Shift> {
        let (n, m): (u64, u64) = (baseline.values().sum(), current.values().sum());
        if n == 0 || m == 0 {
            return None;
        }
        let known: BTreeSet<&String> = order.iter().collect();
        let rest: BTreeSet<&String> =
            baseline.keys().chain(current.keys()).filter(|name| !known.contains(name)).collect();
        let count = |side: &BTreeMap<String, u64>, name: &String| side.get(name).copied().unwrap_or(0);
        let cells = order.iter().chain(rest).map(|name| (name, count(baseline, name), count(current, name)));
        let cells: Vec<_> = cells.filter(|(_, before, now)| 0 < before + now).collect();
        let bins: Vec<BinShift> = cells.iter().map(|(name, before, now)| bin(name, (*before, n), (*now, m))).collect();
        let psi = bins.iter().map(|bin| bin.psi).sum();
        let counts: Vec<(u64, u64)> = cells.iter().map(|(_, before, now)| (*before, *now)).collect();
        let noise = (real(bins.len() as u64) - 1.0) * (1.0 / real(n) + 1.0 / real(m));
        Some(Shift { baseline: n, current: m, bins, psi, noise, test: chi_square(&counts) })
    }
}

fn bin(name: &str, (before, n): (u64, u64), (now, m): (u64, u64)) -> BinShift {
    let share = |count: u64, all: u64| real(count) / real(all);
    let held = |count: u64, all: u64| if count == 0 { EMPTY_CELL / real(all) } else { share(count, all) };
    let (p, c) = (held(before, n), held(now, m));
    BinShift {
        bin: name.to_owned(),
        baseline: before,
        current: now,
        baseline_share: share(before, n),
        current_share: share(now, m),
        psi: (c - p) * libm::log(c / p),
    }
}

/// Pearson's test that two rows of counts come from one distribution, without continuity correction.
///
/// None with fewer than two columns that hold anything, or an empty row.
#[must_use]
pub fn chi_square(counts: &[(u64, u64)]) -> Option<Test> {
    let n: u64 = counts.iter().map(|cell| cell.0).sum();
    let m: u64 = counts.iter().map(|cell| cell.1).sum();
    let columns: Vec<(u64, u64)> = counts.iter().copied().filter(|cell| 0 < cell.0 + cell.1).collect();
    if n == 0 || m == 0 || columns.len() < 2 {
        return None;
    }
    let all = real(n) + real(m);
    let part = |observed: u64, row: u64, column: u64| {
        let expected = real(row) * real(column) / all;
        (real(observed) - expected) * (real(observed) - expected) / expected
    };
    let statistic = columns.iter().map(|&(one, two)| part(one, n, one + two) + part(two, m, one + two)).sum();
    let freedom = real(columns.len() as u64) - 1.0;
    let p = ChiSquared::new(freedom).map_or(1.0, |distribution| distribution.sf(statistic));
    Some(Test { statistic, freedom: Some(freedom), p })
}

/// A difference with its standard error and test.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
pub struct Difference {
    /// Of the baseline.
    pub baseline: f64,
    /// Of the current run.
    pub current: f64,
    /// Standard error of the difference when nothing has changed.
    pub error: f64,
    /// The test; none when nothing varies.
    pub test: Option<Test>,
}

/// Compares two shares; none when either side holds nothing.
///
/// # Formula
///
/// ```text
/// error = √(p (1 − p)(1/n + 1/m)), p the pooled share; the test is chi-square over the four counts
/// ```
#[must_use]
pub fn shares((before, n): (u64, u64), (now, m): (u64, u64)) -> Option<Difference> {
    if n == 0 || m == 0 || n < before || m < now {
        return None;
    }
    let pooled = (real(before) + real(now)) / (real(n) + real(m));
    Some(Difference {
        baseline: real(before) / real(n),
        current: real(now) / real(m),
        error: (pooled * (1.0 - pooled) * (1.0 / real(n) + 1.0 / real(m))).sqrt(),
        test: chi_square(&[(before, now), (n - before, m - now)]),
    })
}

/// Compares two means of points; none when either side holds nothing.
///
/// # Source
///
/// Welch (1947), Biometrika 34: unequal variances, degrees of freedom by Satterthwaite's formula.
#[must_use]
pub fn means(baseline: &[i64], current: &[i64]) -> Option<Difference> {
    let ((before, spread_before), (now, spread_now)) = (moments(baseline)?, moments(current)?);
    let (n, m) = (real(baseline.len() as u64), real(current.len() as u64));
    let (one, two) = (spread_before / n, spread_now / m);
    let error = (one + two).sqrt();
    let test = (0.0 < error && 1.0 < n && 1.0 < m).then(|| {
        let statistic = (now - before) / error;
        let freedom = (one + two) * (one + two) / (one * one / (n - 1.0) + two * two / (m - 1.0));
        let tail = StudentsT::new(0.0, 1.0, freedom).map_or(0.5, |distribution| distribution.sf(statistic.abs()));
        Test { statistic, freedom: Some(freedom), p: 2.0 * tail }
    });
    Some(Difference { baseline: before, current: now, error, test })
}

/// Mean and sample variance; the sums are of integers, so order decides nothing.
fn moments(scores: &[i64]) -> Option<(f64, f64)> {
    if scores.is_empty() {
        return None;
    }
    let count = scores.len() as u64;
    let sum: i128 = scores.iter().map(|score| i128::from(*score)).sum();
    let squares: i128 = scores.iter().map(|score| i128::from(*score) * i128::from(*score)).sum();
    // n Σx² − (Σx)² is an integer: nothing cancels before the one division.
    let spread = i128::from(count) * squares - sum * sum;
    let mean = wide(sum) / real(count);
    let variance = if count < 2 { 0.0 } else { wide(spread) / (real(count) * (real(count) - 1.0)) };
    Some((mean, variance))
}

#[expect(clippy::cast_precision_loss, reason = "rounded once, before the one division")]
fn wide(sum: i128) -> f64 {
    sum as f64
}

/// A normal deviate's two-sided test.
#[must_use]
pub(super) fn deviate(difference: f64, error: f64) -> Option<Test> {
    let statistic = difference / error;
    statistic.is_finite().then(|| Test { statistic, freedom: None, p: 2.0 * Normal::standard().sf(statistic.abs()) })
}

/// Edges that cut ascending numbers into ten parts as equal as ties allow: the first number of each part after the first.
///
/// Bins are left-closed; a number that many applications share makes fewer parts.
#[must_use]
pub fn decile_edges<T: Copy + PartialOrd>(ascending: &[T]) -> Vec<T> {
    let Some(lowest) = ascending.first() else { return vec![] };
    let mut edges: Vec<T> = (1..10).map(|part| ascending[ascending.len() * part / 10]).collect();
    edges.dedup();
    edges.retain(|edge| lowest < edge);
    edges
}

/// Numbers by the bins that `edges` make, and the names of the bins, ascending.
#[must_use]
pub(super) fn binned<T: Copy + PartialOrd + Display>(
    numbers: &[T],
    edges: &[T],
) -> (BTreeMap<String, u64>, Vec<String>) {
    let names: Vec<String> = (0..=edges.len()).map(|at| name(edges, at)).collect();
    let mut counts = vec![0_u64; names.len()];
    for number in numbers {
        counts[edges.partition_point(|edge| edge <= number)] += 1;
    }
    (names.iter().cloned().zip(counts).collect(), names)
}

fn name<T: Display>(edges: &[T], at: usize) -> String {
    range_label(at.checked_sub(1).and_then(|before| edges.get(before)), edges.get(at))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(cells: &[(&str, u64)]) -> BTreeMap<String, u64> {
        cells.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect()
    }

    fn close(one: f64, two: f64) {
        assert!((one - two).abs() <= 1e-12 * two.abs().max(1e-12), "{one} is not {two}");
    }

    #[test]
    fn the_index_is_the_hand_sum() {
        // Shares .5 .3 .2 against .4 .3 .3: (−.1) ln(.4/.5) + 0 + (.1) ln(.3/.2) = .1 (ln 1.25 + ln 1.5) = .1 ln 1.875.
        let shift =
            Shift::of(&counts(&[("a", 50), ("b", 30), ("c", 20)]), &counts(&[("a", 80), ("b", 60), ("c", 60)]), &[])
                .expect("both sides");
        close(shift.psi, 0.1 * 1.875_f64.ln());
        // (3 − 1)(1/100 + 1/200) = 0.03.
        close(shift.noise, 0.03);
        // Pooled shares 130/300, 90/300, 80/300; expected 43⅓, 30, 26⅔ and twice that.
        // χ² = (6⅔)²/43⅓ + 0 + (6⅔)²/26⅔ + half of both = 1.5 (400/390 + 400/240) = 1.5 × (40/39 + 5/3) = 105/26.
        let test = shift.test.expect("three bins");
        close(test.statistic, 105.0 / 26.0);
        // With two degrees of freedom the tail is e^(−x/2).
        close(test.p, (-105.0_f64 / 52.0).exp());
    }

    #[test]
    fn an_empty_cell_counts_half_an_application_and_nothing_else_changes() {
        let shift = Shift::of(&counts(&[("a", 10)]), &counts(&[("a", 5), ("b", 5)]), &[]).expect("both sides");
        // a: (.5 − 1) ln .5; b: (.5 − .05) ln(.5/.05).
        close(shift.bins[0].psi, 0.5 * 2.0_f64.ln());
        close(shift.bins[1].psi, 0.45 * 10.0_f64.ln());
        assert_eq!(shift.bins[1].baseline_share, 0.0, "the share shown is the share found");
    }

    #[test]
    fn bins_that_nobody_is_in_are_no_bins() {
        let with = Shift::of(&counts(&[("a", 6), ("b", 4), ("c", 0)]), &counts(&[("a", 5), ("b", 5)]), &[]);
        let without = Shift::of(&counts(&[("a", 6), ("b", 4)]), &counts(&[("a", 5), ("b", 5)]), &[]);
        assert_eq!(with, without);
        assert_eq!(Shift::of(&counts(&[]), &counts(&[("a", 1)]), &[]), None);
    }

    #[test]
    fn the_same_counts_have_no_shift_and_no_test_against_it() {
        let side = counts(&[("a", 7), ("b", 11), ("c", 1)]);
        let shift = Shift::of(&side, &side, &["c".to_owned()]).expect("both sides");
        assert_eq!((shift.psi, shift.bins[0].bin.as_str()), (0.0, "c"));
        assert_eq!(shift.test.map(|test| test.p), Some(1.0));
    }

    #[test]
    fn shares_are_compared_with_the_pooled_error() {
        // 30 of 100 against 50 of 100: pooled .4, error √(.4 × .6 × .02) = √.0048; χ² is the square of .2 / error.
        let difference = shares((30, 100), (50, 100)).expect("both sides");
        close(difference.error, 0.0048_f64.sqrt());
        close(difference.test.expect("varies").statistic, 0.04 / 0.0048);
        assert_eq!(shares((0, 10), (0, 10)).expect("both sides").test, None);
    }

    #[test]
    fn means_are_compared_as_welch_did() {
        // 1, 2, 3 (variance 1) against 2, 4, 6, 8 (variance 20/3): error² = 1/3 + 5/3 = 2, t = 3/√2,
        // freedom = 4 / ((1/9)/2 + (25/9)/3) = 4 / (1/18 + 25/27) = 216/53.
        let difference = means(&[1, 2, 3], &[8, 6, 4, 2]).expect("both sides");
        close(difference.error, 2.0_f64.sqrt());
        let test = difference.test.expect("varies");
        close(test.statistic, 3.0 / 2.0_f64.sqrt());
        close(test.freedom.expect("of t"), 216.0 / 53.0);
        assert_eq!(means(&[5, 5], &[5, 5]).expect("both sides").test, None);
    }

    #[test]
    fn deciles_hold_a_tenth_each_and_ties_make_fewer() {
        let scores: Vec<i64> = (0..100).collect();
        let edges = decile_edges(&scores);
        assert_eq!(edges, [10, 20, 30, 40, 50, 60, 70, 80, 90]);
        assert!(binned(&scores, &edges).0.values().all(|count| *count == 10));
        // Half of the scores are 0: the first edge above them is where the sixth tenth begins.
        let tied: Vec<i64> = (0..100).map(|at: i64| (at - 50).max(0)).collect();
        assert_eq!(decile_edges(&tied), [10, 20, 30, 40]);
        assert_eq!(binned(&tied, &[10, 20, 30, 40]).0["(-inf, 10)"], 60);
        assert_eq!(decile_edges(&[7_i64; 50]), Vec::<i64>::new());
        assert_eq!(binned(&[7_i64], &[]).1, ["(-inf, inf)"]);
    }
}
