//! Points bin by bin: with the columns chosen, an effect for each bin instead of one slope for each column.
//!
//! One slope on the weights of evidence lets a column speak louder or softer, but always with the spacing that its bins have when
//! it stands alone. Where outcomes are plentiful that spacing is worth fitting too: what neighbouring columns say already
//! flattens some steps of a column and not others. The steps between neighbouring bins are the parameters. A ridge on each keeps
//! an effect as smooth as the data allow; a lasso leaves large steps nearly what they are and takes small ones away, so that bins
//! between which nothing is left become one. A step never runs against the trend that the bins were given, so that the reasons
//! say what they said before.

use serde::{Deserialize, Serialize};

use super::{Characteristic, FitError};
use crate::{
    binning::{Bin, Binned, Trend},
    logistic::{LogisticError, log_likelihood},
    sample::Sample,
};

/// What a step costs.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Penalty {
    /// Half of this times its square.
    pub(super) ridge: f64,
    /// This times its size, in units of √(goods · bads / cases): what chance lends a step grows so.
    pub(super) lasso: f64,
}

/// The effect of every bin on the log odds of bad.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BinEffects {
    /// The log odds of bad where every effect is zero: of an applicant who is average in every column.
    pub intercept: f64,
    /// By characteristic, in the order of [`Binned::all`]. Neutral bins have 0, which is the average of the bins of values over
    /// the sample.
    pub effects: Vec<Vec<f64>>,
    /// Without the penalty.
    pub log_likelihood: f64,
    /// On each step between neighbouring bins, and on the effect of each bin apart (of boosting: on each of its steps).
    pub ridge: f64,
    /// On the same, in units of √(goods · bads / cases).
    #[serde(default, skip_serializing_if = "is_zero")]
    pub lasso: f64,
    /// Newton steps taken, or rounds of boosting.
    pub iterations: u32,
}

fn is_zero(number: &f64) -> bool {
    *number == 0.0
}

const STEPS_MAX: u32 = 60;
const SWEEPS_MAX: u32 = 50_000;
/// A step this small, against the size of what it changes, is the end: the next would be below the rounding of the data.
const SMALL: f64 = 1e-10;

/// Fits the effects.
///
/// # Formula
///
/// ```text
/// maximise  Σ weight · ln P(outcome)  −  Σ ridge/2 · step² + lasso · √(goods · bads / cases) · |step|,   step · trend >= 0
/// effect of bin b of values = Σ of the steps up to b, less its mean over the rows with a value; a bin apart is a step from 0
/// ```
///
/// Newton's method; each quadratic problem, over counts by pairs of bins, is solved by coordinate descent, which keeps the signs.
///
/// # Errors
///
/// [`FitError::Setting`] for a ridge that is not positive or a lasso that is negative, [`FitError::Logistic`] when the search does
/// not end.
///
/// # Source
///
/// The ridge is that of a first-order random walk (Fahrmeir & Lang 2001, Applied Statistics 50), the lasso that of fused steps
/// (Tibshirani, Saunders, Rosset, Zhu & Knight 2005, Journal of the Royal Statistical Society B 67); the descent that of Friedman,
/// Hastie & Tibshirani (2010), Journal of Statistical Software 33.
pub(super) fn fit(
    sample: &Sample,
    characteristics: &[Characteristic],
    penalty: Penalty,
) -> Result<BinEffects, FitError> {
    let Penalty { ridge, lasso } = penalty;
    if !(ridge.is_finite() && 0.0 < ridge) {
        return Err(FitError::Setting { setting: "effects.bins.ridge" });
    }
    if !(lasso.is_finite() && 0.0 <= lasso) {
        return Err(FitError::Setting { setting: "effects.bins.lasso" });
    }
    let problem = Problem::new(sample, characteristics, penalty)?;
    let mut at = problem.start();
    let mut iterations = 0;
    let mut precision = 1e-2;
    loop {
        let (matrix, gradient) = problem.quadratic(&at);
        let step = problem.descend(&matrix, &gradient, &at.theta, precision)?;
        at = problem.advance(&at, &step);
        iterations += 1;
        let largest = (0..step.len()).max_by(|a, b| step[*a].abs().total_cmp(&step[*b].abs())).unwrap_or(0);
        let size = step[largest].abs() / (1.0 + at.theta[largest].abs());
        if size <= SMALL && precision <= SMALL {
            break;
        }
        // A quadratic problem need not be solved more exactly than it stands for the likelihood.
        precision = (1e-2 * size).min(0.1 * precision).max(0.01 * SMALL);
        if STEPS_MAX <= iterations {
            return Err(LogisticError::NotConverged { iterations, column: problem.name(largest) }.into());
        }
    }
    let effects = problem.effects(&at.theta);
    let spread = |(one, block): (&Characteristic, &Block)| {
        let mut all = vec![0.0; one.binned.all().count()];
        block.places.iter().enumerate().for_each(|(row, place)| all[*place] = effects[block.bin + row] + 0.0);
        all
    };
    Ok(BinEffects {
        intercept: at.theta[0],
        effects: characteristics.iter().zip(&problem.blocks[1..]).map(spread).collect(),
        log_likelihood: problem.log_likelihood(&at.eta),
        ridge,
        lasso,
        iterations,
    })
}

/// The bins and parameters of one characteristic; the intercept is one too, with one bin that holds every row.
struct Block {
    name: String,
    /// The first of its bins among all bins.
    bin: usize,
    /// The first of its parameters among all parameters.
    parameter: usize,
    /// Places in [`Binned::all`].
    places: Vec<usize>,
    /// By bin, then parameter: what one unit of the parameter adds to the bin's effect.
    shape: Vec<Vec<f64>>,
    /// Of each parameter: whether it may not be negative.
    bounded: Vec<bool>,
}

/// Which way the bad rate goes from bin `at - 1` to bin `at`: 1, -1, or 0 where it may do either, because the bins have no trend
/// or were asked for without one.
fn direction(binned: &Binned, at: usize) -> f64 {
    if binned.options.trend == Trend::None && !binned.is_codes() {
        return 0.0;
    }
    let rates: Vec<f64> = binned.bins.iter().map(Bin::rate).collect();
    let extreme = |sign: f64| (0..rates.len()).max_by(|a, b| (sign * rates[*a]).total_cmp(&(sign * rates[*b])));
    let turn = |sign: f64| if extreme(sign).is_some_and(|top| at <= top) { sign } else { -sign };
    match binned.trend {
        Trend::Ascending => 1.0,
        Trend::Descending => -1.0,
        Trend::Peak => turn(1.0),
        Trend::Valley => turn(-1.0),
        Trend::Auto | Trend::None => 0.0,
    }
}

impl Block {
    fn new(binned: &Binned, bin: usize, parameter: usize) -> Block {
        let values = binned.bins.len();
        let cases: Vec<f64> = binned.bins.iter().map(|bin| bin.goods + bin.bads).collect();
        let all: f64 = cases.iter().sum();
        let apart: Vec<usize> =
            binned.all().enumerate().skip(values).filter(|(_, bin)| !bin.neutral).map(|(place, _)| place).collect();
        let steps = values.saturating_sub(1);
        let mut shape = vec![vec![0.0; steps + apart.len()]; values + apart.len()];
        let mut bounded = vec![false; steps + apart.len()];
        for step in 0..steps {
            let direction = direction(binned, step + 1);
            let sign = if direction == 0.0 { 1.0 } else { direction };
            bounded[step] = direction != 0.0;
            let above = cases[step + 1..].iter().sum::<f64>() / all;
            for (at, row) in shape.iter_mut().take(values).enumerate() {
                row[step] = sign * (if step < at { 1.0 - above } else { -above });
            }
        }
        for at in 0..apart.len() {
            shape[values + at][steps + at] = 1.0;
        }
        Block { name: binned.name.clone(), bin, parameter, places: (0..values).chain(apart).collect(), shape, bounded }
    }
}

struct Problem<'a> {
    bad: &'a [bool],
    weight: &'a [f64],
    ridge: f64,
    /// In units of the log-likelihood.
    lasso: f64,
    /// The intercept first.
    blocks: Vec<Block>,
    /// Of each row: its bins among all bins, that of the intercept first.
    rows: Vec<Vec<usize>>,
    bins: usize,
    parameters: usize,
}

#[derive(Clone)]
struct Point {
    theta: Vec<f64>,
    eta: Vec<f64>,
    objective: f64,
}

impl<'a> Problem<'a> {
    fn new(sample: &'a Sample, characteristics: &[Characteristic], penalty: Penalty) -> Result<Problem<'a>, FitError> {
        let intercept = Block {
            name: "intercept".to_owned(),
            bin: 0,
            parameter: 0,
            places: vec![0],
            shape: vec![vec![1.0]],
            bounded: vec![false],
        };
        let mut blocks = vec![intercept];
        let mut rows = vec![vec![0]; sample.len()];
        let (mut bins, mut parameters) = (1, 1);
        for one in characteristics {
            let name = &one.binned.name;
            let column = sample.column(name).ok_or_else(|| FitError::MissingColumn { column: name.clone() })?;
            let block = Block::new(&one.binned, bins, parameters);
            for (row, place) in rows.iter_mut().zip(one.binned.places(&column.values)?) {
                let known = place.and_then(|place| block.places.iter().position(|known| *known == place));
                row.extend(known.map(|at| bins + at));
            }
            bins += block.places.len();
            parameters += block.bounded.len();
            blocks.push(block);
        }
        let (bads, cases) = totals(&sample.bad, &sample.weight);
        let lasso = penalty.lasso * libm::sqrt((cases - bads) * bads / cases);
        let ridge = penalty.ridge;
        Ok(Problem { bad: &sample.bad, weight: &sample.weight, ridge, lasso, blocks, rows, bins, parameters })
    }

    fn name(&self, parameter: usize) -> String {
        let block = self.blocks.iter().rev().find(|block| block.parameter <= parameter);
        block.map_or(String::new(), |block| block.name.clone())
    }

    /// The best constant.
    fn start(&self) -> Point {
        let (bads, cases) = totals(self.bad, self.weight);
        let mut theta = vec![0.0; self.parameters];
        theta[0] = libm::log(bads / (cases - bads));
        self.point(theta)
    }

    fn point(&self, theta: Vec<f64>) -> Point {
        let effects = self.effects(&theta);
        let eta: Vec<f64> = self.rows.iter().map(|bins| bins.iter().map(|bin| effects[*bin]).sum()).collect();
        let cost = |one: &f64| self.ridge / 2.0 * one * one + self.lasso * one.abs();
        let objective = self.log_likelihood(&eta) - theta.iter().skip(1).map(cost).sum::<f64>();
        Point { theta, eta, objective }
    }

    /// Of every bin.
    fn effects(&self, theta: &[f64]) -> Vec<f64> {
        let of = |block: &Block| {
            let own = &theta[block.parameter..block.parameter + block.bounded.len()];
            let effect = |row: &Vec<f64>| row.iter().zip(own).map(|(shape, theta)| shape * theta).sum();
            block.shape.iter().map(effect).collect::<Vec<f64>>()
        };
        self.blocks.iter().flat_map(of).collect()
    }

    fn log_likelihood(&self, eta: &[f64]) -> f64 {
        log_likelihood(eta, self.bad, self.weight)
    }

    /// The information and the gradient at a point, by parameter. Rows enter through counts by pairs of bins.
    fn quadratic(&self, at: &Point) -> (Vec<Vec<f64>>, Vec<f64>) {
        let mut slope = vec![0.0; self.bins];
        let mut pairs = vec![vec![0.0; self.bins]; self.bins];
        for (row, bins) in self.rows.iter().enumerate() {
            let p = crate::logistic::probability(at.eta[row]);
            let (weight, seen) = (self.weight[row], f64::from(u8::from(self.bad[row])));
            let variance = weight * p * (1.0 - p);
            for (place, one) in bins.iter().enumerate() {
                slope[*one] += weight * (seen - p);
                let line = &mut pairs[*one];
                // Bins of a row ascend: the upper triangle.
                bins[place..].iter().for_each(|other| line[*other] += variance);
            }
        }
        let whole = |one: usize| {
            let cell = |other: usize| if other < one { pairs[other][one] } else { pairs[one][other] };
            (0..self.bins).map(cell).collect::<Vec<f64>>()
        };
        let halfway: Vec<Vec<f64>> = (0..self.bins).map(|one| self.gather(&whole(one))).collect();
        let mut matrix: Vec<Vec<f64>> = vec![vec![]; self.parameters];
        for column in 0..self.parameters {
            let line: Vec<f64> = halfway.iter().map(|line| line[column]).collect();
            matrix[column] = self.gather(&line);
        }
        let mut gradient = self.gather(&slope);
        for parameter in 1..self.parameters {
            matrix[parameter][parameter] += self.ridge;
            gradient[parameter] -= self.ridge * at.theta[parameter];
        }
        (matrix, gradient)
    }

    /// From bins to parameters: the transposed shape.
    fn gather(&self, by_bin: &[f64]) -> Vec<f64> {
        let mut found = vec![0.0; self.parameters];
        for block in &self.blocks {
            for (shape, value) in block.shape.iter().zip(&by_bin[block.bin..]) {
                for (found, shape) in found[block.parameter..].iter_mut().zip(shape) {
                    *found += shape * value;
                }
            }
        }
        found
    }

    /// The step that solves the quadratic problem and keeps every bounded parameter from below zero.
    fn descend(
        &self,
        matrix: &[Vec<f64>],
        gradient: &[f64],
        theta: &[f64],
        precision: f64,
    ) -> Result<Vec<f64>, LogisticError> {
        let bounded: Vec<bool> = self.blocks.iter().flat_map(|block| block.bounded.iter().copied()).collect();
        let mut step = vec![0.0; theta.len()];
        let mut left = gradient.to_vec();
        let mut worst = 0;
        for _ in 0..SWEEPS_MAX {
            let mut largest = 0.0_f64;
            for at in 0..step.len() {
                let free = theta[at] + step[at] + left[at] / matrix[at][at];
                // The intercept costs nothing.
                let shorter = if at == 0 { 0.0 } else { self.lasso / matrix[at][at] };
                let wanted = if bounded[at] {
                    (free - shorter).max(0.0)
                } else {
                    (free.abs() - shorter).max(0.0).copysign(free)
                };
                let wanted = wanted - theta[at];
                let by = wanted - step[at];
                if by == 0.0 {
                    continue;
                }
                step[at] = wanted;
                left.iter_mut().zip(&matrix[at]).for_each(|(left, cell)| *left -= cell * by);
                let size = by.abs() / (1.0 + theta[at].abs());
                if largest < size {
                    (largest, worst) = (size, at);
                }
            }
            if largest <= precision {
                return Ok(step);
            }
        }
        Err(LogisticError::NotConverged { iterations: SWEEPS_MAX, column: self.name(worst) })
    }

    /// Takes the step, halved while it lowers the objective by more than rounding. Between two allowed points all are allowed.
    fn advance(&self, from: &Point, step: &[f64]) -> Point {
        let slack = 1e-12 * (1.0 + from.objective.abs());
        let mut share = 1.0;
        for _ in 0..40 {
            let to = self.point(from.theta.iter().zip(step).map(|(theta, step)| theta + share * step).collect());
            if from.objective - slack <= to.objective {
                return to;
            }
            share /= 2.0;
        }
        from.clone()
    }
}

/// Bads and cases, weighted.
fn totals(bad: &[bool], weight: &[f64]) -> (f64, f64) {
    let bads = bad.iter().zip(weight).filter(|(bad, _)| **bad).map(|(_, weight)| weight).sum();
    (bads, weight.iter().sum())
}

impl BinEffects {
    /// Makes one of neighbouring bins of values between which there is no step, in every characteristic.
    pub(super) fn join(&mut self, characteristics: &mut [Characteristic]) {
        for (one, effects) in characteristics.iter_mut().zip(&mut self.effects) {
            let values = one.binned.bins.len();
            let same: Vec<bool> = effects[..values].windows(2).map(|pair| pair[0] == pair[1]).collect();
            // A column has two bins at least.
            if same.iter().all(|same| *same) {
                continue;
            }
            one.binned = one.binned.joined(&same);
            let starts = (0..values).filter(|at| *at == 0 || !same[at - 1]);
            *effects = starts.chain(values..effects.len()).map(|at| effects[at]).collect();
        }
    }
}
