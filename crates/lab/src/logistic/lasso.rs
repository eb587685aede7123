//! The L1 path: which columns a shrinking budget of coefficients keeps.
//!
//! For each penalty, Newton's quadratic model is minimised by coordinate descent (proximal Newton), and the optimality
//! conditions of the original problem are checked, not assumed.
//!
//! # Source
//!
//! Friedman, Hastie & Tibshirani (2010), Journal of Statistical Software 33(1) (path, coordinate descent); Lee, Sun & Saunders
//! (2014), SIAM J. Optim. 24 (proximal Newton); Tibshirani et al. (2012), JRSS B 74 (strong rules, verified by the conditions).

use serde::{Deserialize, Serialize};

use super::{Design, LogisticError, design::Standard, probability, qr};

/// How to walk the path.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PathOptions {
    /// Penalties, descending and positive; empty: a geometric grid from the smallest that keeps every column out.
    pub lambdas: Vec<f64>,
    /// Penalties of the grid.
    pub points: u32,
    /// The last penalty of the grid, as a share of the first.
    pub ratio: f64,
    /// A ridge beside the L1 penalty (elastic net).
    pub ridge: f64,
    /// Whether coefficients above zero are forbidden: for WoE columns, the sign constraint.
    pub not_positive: bool,
}

impl Default for PathOptions {
    fn default() -> PathOptions {
        PathOptions { lambdas: vec![], points: 50, ratio: 1e-3, ridge: 0.0, not_positive: false }
    }
}

/// Solutions from the strongest penalty to the weakest.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Path {
    /// In the order of the penalties.
    pub points: Vec<PathPoint>,
}

/// The solution at one penalty.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct PathPoint {
    /// Taken from the log-likelihood for each unit of a coefficient's magnitude.
    pub lambda: f64,
    /// The intercept, unpenalised.
    pub intercept: f64,
    /// In the order of the columns; exactly zero for a column that is out.
    pub coefficients: Vec<f64>,
    /// Without penalties.
    pub log_likelihood: f64,
    /// Largest violation of the optimality conditions, as a share of `lambda`.
    pub violation: f64,
}

/// Walks the path.
///
/// # Formula
///
/// ```text
/// maximise  Σ weight · ln P(outcome)  −  λ Σ |slope|  −  ridge/2 Σ slope²
/// ```
///
/// Columns compete in their own units (WoE columns share one); scale others first. The intercept is free.
///
/// # Errors
///
/// [`LogisticError`]; [`LogisticError::NotConverged`] when the optimality conditions do not hold to 1e-7.
pub fn path(design: &Design<'_>, options: &PathOptions) -> Result<Path, LogisticError> {
    let settings = [("ridge", options.ridge), ("ratio", options.ratio)];
    if let Some((setting, _)) = settings.iter().find(|(_, value)| !(value.is_finite() && 0.0 <= *value)) {
        return Err(LogisticError::Setting { setting });
    }
    if options.lambdas.iter().any(|lambda| !(lambda.is_finite() && 0.0 < *lambda)) {
        return Err(LogisticError::Setting { setting: "lambdas" });
    }
    // The standard form checks shapes; the columns themselves stay in their units.
    let standard = Standard::new(design, 1.0)?;
    let mut solver = Solver::new(design, options, &standard);
    let first = solver.lambda_max();
    let mut points = Vec::new();
    let mut before = first;
    for lambda in grid(options, first) {
        points.push(solver.solve(lambda, before)?);
        before = lambda;
    }
    Ok(Path { points })
}

fn grid(options: &PathOptions, first: f64) -> Vec<f64> {
    if !options.lambdas.is_empty() {
        return options.lambdas.clone();
    }
    let steps = f64::from(options.points.max(2) - 1);
    let ratio = libm::log(options.ratio.clamp(1e-8, 1.0));
    (0..options.points.max(2)).map(|at| first * libm::exp(ratio * f64::from(at) / steps)).collect()
}

struct Solver<'a> {
    design: &'a Design<'a>,
    options: &'a PathOptions,
    standard: &'a Standard<'a>,
    intercept: f64,
    beta: Vec<f64>,
}

// Quadratic model of the log-likelihood in the active columns, the intercept solved out.
struct Model {
    // Weighted means of the active columns and of the working residual.
    means: Vec<f64>,
    shift: f64,
    // Centred cross-products, and the gradient.
    gram: Vec<Vec<f64>>,
    gradient: Vec<f64>,
}

impl<'a> Solver<'a> {
    fn new(design: &'a Design<'a>, options: &'a PathOptions, standard: &'a Standard<'a>) -> Solver<'a> {
        let intercept = libm::log(standard.bads / (standard.cases - standard.bads));
        Solver { design, options, standard, intercept, beta: vec![0.0; design.columns.len()] }
    }

    fn eta(&self, intercept: f64, beta: &[f64]) -> Vec<f64> {
        let mut eta = vec![intercept; self.design.bad.len()];
        for (beta, column) in beta.iter().zip(self.design.columns).filter(|(beta, _)| **beta != 0.0) {
            for (eta, cell) in eta.iter_mut().zip(column) {
                *eta += beta * cell;
            }
        }
        eta
    }

    fn residual(&self, eta: &[f64]) -> Vec<f64> {
        let row = |((eta, bad), weight): ((&f64, &bool), &f64)| {
            if *bad { weight * probability(-eta) } else { -weight * probability(*eta) }
        };
        eta.iter().zip(self.design.bad).zip(self.design.weight).map(row).collect()
    }

    // Gradient of the log-likelihood less the ridge, of each column.
    fn gradient(&self, residual: &[f64]) -> Vec<f64> {
        let one = |(column, beta): (&Vec<f64>, &f64)| qr::dot(column, residual) - self.options.ridge * beta;
        self.design.columns.iter().zip(&self.beta).map(one).collect()
    }

    fn lambda_max(&self) -> f64 {
        let residual = self.residual(&self.eta(self.intercept, &self.beta));
        let pull = self.gradient(&residual);
        let wanted = |pull: &f64| if self.options.not_positive { (-pull).max(0.0) } else { pull.abs() };
        // Never zero: a grid needs a start also when no column pulls.
        pull.iter().map(wanted).fold(1e-8, f64::max)
    }

    fn objective(&self, intercept: f64, beta: &[f64], lambda: f64) -> f64 {
        let size: f64 = beta.iter().map(|beta| beta.abs()).sum();
        let squares: f64 = beta.iter().map(|beta| beta * beta).sum();
        let likelihood = self.standard.log_likelihood(&self.eta(intercept, beta));
        likelihood - lambda * size - self.options.ridge / 2.0 * squares
    }

    // How far a column is from its optimality condition.
    fn violation(&self, at: usize, gradient: f64, lambda: f64) -> f64 {
        let beta = self.beta[at];
        if beta != 0.0 {
            return (gradient - lambda * beta.signum()).abs();
        }
        let pull = if self.options.not_positive { -gradient } else { gradient.abs() };
        (pull - lambda).max(0.0)
    }

    fn solve(&mut self, lambda: f64, before: f64) -> Result<PathPoint, LogisticError> {
        let residual = self.residual(&self.eta(self.intercept, &self.beta));
        let gradient = self.gradient(&residual);
        let strong = 2.0 * lambda - before;
        let likely = |at: &usize| self.beta[*at] != 0.0 || strong <= gradient[*at].abs();
        let mut active: Vec<usize> = (0..self.beta.len()).filter(likely).collect();
        let mut violation = f64::INFINITY;
        for _ in 0..200 {
            let moved = self.newton(&active, lambda);
            let residual = self.residual(&self.eta(self.intercept, &self.beta));
            let gradient = self.gradient(&residual);
            let faults: Vec<f64> = (0..self.beta.len()).map(|at| self.violation(at, gradient[at], lambda)).collect();
            let inside = active.iter().map(|at| faults[*at]).fold(residual.iter().sum::<f64>().abs(), f64::max);
            violation = faults.iter().copied().fold(inside, f64::max) / lambda;
            if violation <= 1e-11 {
                break;
            }
            if inside <= 1e-9 * lambda || !moved {
                let more = (0..faults.len()).filter(|at| 1e-11 * lambda < faults[*at] && !active.contains(at));
                let more: Vec<usize> = more.collect();
                if more.is_empty() && !moved {
                    break;
                }
                active.extend(more);
                active.sort_unstable();
            }
        }
        if 1e-7 < violation {
            let column = self.design.names.first().cloned().unwrap_or_default();
            return Err(LogisticError::NotConverged { iterations: 200, column });
        }
        let (intercept, coefficients) = (self.intercept, self.beta.clone());
        let log_likelihood = self.standard.log_likelihood(&self.eta(intercept, &coefficients));
        Ok(PathPoint { lambda, intercept, coefficients, log_likelihood, violation })
    }

    // One proximal Newton step in the active columns; false when nothing moved.
    fn newton(&mut self, active: &[usize], lambda: f64) -> bool {
        let model = self.model(active);
        let from: Vec<f64> = active.iter().map(|at| self.beta[*at]).collect();
        let to = self.descend(&model, &from, lambda);
        let step: Vec<f64> = to.iter().zip(&from).map(|(to, from)| to - from).collect();
        let lift = model.shift - qr::dot(&model.means, &step);
        let start = self.objective(self.intercept, &self.beta, lambda);
        let mut share = 1.0;
        for _ in 0..40 {
            let mut beta = self.beta.clone();
            for (place, at) in active.iter().enumerate() {
                // The full step lands on exact zeros.
                beta[*at] = if share == 1.0 { to[place] } else { from[place] + share * step[place] };
            }
            let intercept = self.intercept + share * lift;
            if start - 1e-13 * (1.0 + start.abs()) <= self.objective(intercept, &beta, lambda) {
                let moved = intercept != self.intercept || beta != self.beta;
                self.intercept = intercept;
                self.beta = beta;
                return moved;
            }
            share /= 2.0;
        }
        false
    }

    fn model(&self, active: &[usize]) -> Model {
        let eta = self.eta(self.intercept, &self.beta);
        let residual = self.residual(&eta);
        let variance: Vec<f64> =
            eta.iter().zip(self.design.weight).map(|(eta, w)| w * probability(*eta) * probability(-eta)).collect();
        let total: f64 = variance.iter().sum();
        let columns: Vec<&Vec<f64>> = active.iter().map(|at| &self.design.columns[*at]).collect();
        let means: Vec<f64> = columns.iter().map(|column| qr::dot(column, &variance) / total).collect();
        let root: Vec<f64> = variance.iter().map(|variance| libm::sqrt(*variance)).collect();
        let centred: Vec<Vec<f64>> = columns
            .iter()
            .zip(&means)
            .map(|(column, mean)| column.iter().zip(&root).map(|(cell, root)| (cell - mean) * root).collect())
            .collect();
        let mut gram = vec![vec![0.0; active.len()]; active.len()];
        for a in 0..active.len() {
            for b in 0..=a {
                gram[a][b] = qr::dot(&centred[a], &centred[b]);
                gram[b][a] = gram[a][b];
            }
            gram[a][a] += self.options.ridge;
        }
        let pull: f64 = residual.iter().sum();
        let gradient = |(column, (mean, at)): (&&Vec<f64>, (&f64, &usize))| {
            qr::dot(column, &residual) - mean * pull - self.options.ridge * self.beta[*at]
        };
        let gradient = columns.iter().zip(means.iter().zip(active)).map(gradient).collect();
        Model { means, shift: pull / total, gram, gradient }
    }

    // Cyclic coordinate descent on the model.
    fn descend(&self, model: &Model, from: &[f64], lambda: f64) -> Vec<f64> {
        let mut beta = from.to_vec();
        let mut gradient = model.gradient.clone();
        for _ in 0..10_000 {
            let mut largest = 0.0_f64;
            for at in 0..beta.len() {
                let curve = model.gram[at][at];
                if curve <= 0.0 {
                    continue;
                }
                let target = gradient[at] + curve * beta[at];
                let mut to = (target.abs() - lambda).max(0.0) * target.signum() / curve;
                if self.options.not_positive {
                    to = to.min(0.0);
                }
                let change = to - beta[at];
                if change == 0.0 {
                    continue;
                }
                beta[at] = to;
                for (gradient, gram) in gradient.iter_mut().zip(&model.gram[at]) {
                    *gradient -= gram * change;
                }
                largest = largest.max(curve * change.abs());
            }
            if largest <= 1e-13 * lambda {
                break;
            }
        }
        beta
    }
}
