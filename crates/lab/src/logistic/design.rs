//! The design as the solver sees it: centred, scaled, checked.

use super::{COLUMNS_MAX, Design, LogisticError, qr};
use crate::count::real;

/// Checked data with columns that were centred and scaled by a power of two.
pub(super) struct Standard<'a> {
    names: &'a [String],
    // The intercept's column of ones first.
    pub(super) columns: Vec<Vec<f64>>,
    centre: Vec<f64>,
    scale: Vec<f64>,
    pub(super) bad: &'a [bool],
    pub(super) weight: &'a [f64],
    // Square roots of the weights.
    root: Vec<f64>,
    pub(super) cases: f64,
    pub(super) bads: f64,
}

/// Where the search stands.
#[derive(Clone)]
pub(super) struct Point {
    /// Coefficients of the standardised columns, the intercept first.
    pub(super) gamma: Vec<f64>,
    /// Log odds of each row.
    pub(super) eta: Vec<f64>,
    objective: f64,
}

impl<'a> Standard<'a> {
    pub(super) fn new(design: &Design<'a>, ridge: f64) -> Result<Standard<'a>, LogisticError> {
        check(design, ridge)?;
        let rows = design.bad.len();
        let mut columns = vec![vec![1.0; rows]];
        let (mut centre, mut scale) = (vec![0.0], vec![1.0]);
        for (name, column) in design.names.iter().zip(design.columns) {
            let (middle, size) = (mean(column), spread(column));
            if size == 0.0 {
                return Err(LogisticError::Constant { column: name.clone() });
            }
            columns.push(column.iter().map(|value| (value - middle) / size).collect());
            centre.push(middle);
            scale.push(size);
        }
        let bads = design.weight.iter().zip(design.bad).filter(|(_, bad)| **bad).map(|(weight, _)| weight).sum();
        Ok(Standard {
            names: design.names,
            columns,
            centre,
            scale,
            bad: design.bad,
            weight: design.weight,
            root: design.weight.iter().map(|weight| libm::sqrt(*weight)).collect(),
            cases: design.weight.iter().sum(),
            bads,
        })
    }

    pub(super) fn name(&self, at: usize) -> String {
        at.checked_sub(1).map_or_else(|| "intercept".to_owned(), |at| self.names[at].clone())
    }

    /// Refuses a column that the columns before it make up.
    pub(super) fn check_rank(&self, tolerance: f64) -> Result<(), LogisticError> {
        let rows = self.bad.len();
        let factor = qr::factor(self.columns.clone(), vec![0.0; rows]);
        for (at, column) in self.columns.iter().enumerate().skip(1) {
            let length = libm::sqrt(qr::dot(column, column));
            if factor.diagonal(at).abs() <= tolerance * length {
                let parts = factor.dependence(at);
                let of = (1..at).filter(|before| 1e-6 < parts[*before].abs()).map(|before| self.name(before));
                return Err(LogisticError::Dependent { column: self.name(at), of: of.collect() });
            }
        }
        Ok(())
    }

    /// The best constant model.
    pub(super) fn start(&self) -> Point {
        let mut gamma = vec![0.0; self.columns.len()];
        gamma[0] = libm::log(self.bads / (self.cases - self.bads));
        let eta = vec![gamma[0]; self.bad.len()];
        let objective = self.log_likelihood(&eta);
        Point { gamma, eta, objective }
    }

    pub(super) fn null_log_likelihood(&self) -> f64 {
        let goods = self.cases - self.bads;
        self.bads * libm::log(self.bads / self.cases) + goods * libm::log(goods / self.cases)
    }

    /// The least-squares problem of the next step. With the weight of a row's variance as a square root and the residual over
    /// it in closed form, nothing is divided by a vanishing variance.
    pub(super) fn factor(&self, point: &Point, ridge: f64) -> qr::Factor {
        let half: Vec<f64> = point.eta.iter().map(|eta| libm::exp(-0.5 * eta.abs())).collect();
        let deviation: Vec<f64> =
            half.iter().zip(&self.root).map(|(half, root)| root * half / (1.0 + half * half)).collect();
        let residual =
            point.eta.iter().zip(self.bad).zip(&self.root).map(|((eta, bad), root)| {
                if *bad { root * libm::exp(-0.5 * eta) } else { -root * libm::exp(0.5 * eta) }
            });
        let mut rhs: Vec<f64> = residual.collect();
        let weigh = |column: &Vec<f64>| column.iter().zip(&deviation).map(|(cell, by)| cell * by).collect();
        let mut columns: Vec<Vec<f64>> = self.columns.iter().map(weigh).collect();
        if 0.0 < ridge {
            let root = libm::sqrt(ridge);
            for at in 1..columns.len() {
                let pull = root / self.scale[at];
                for (other, column) in columns.iter_mut().enumerate() {
                    column.push(if other == at { pull } else { 0.0 });
                }
                rhs.push(-pull * point.gamma[at]);
            }
        }
        qr::factor(columns, rhs)
    }

    /// Takes the step, halved while it lowers the objective by more than rounding.
    pub(super) fn advance(&self, from: &Point, step: &[f64], ridge: f64) -> Point {
        let slack = 1e-12 * (1.0 + from.objective.abs());
        let mut share = 1.0;
        for _ in 0..40 {
            let gamma: Vec<f64> = from.gamma.iter().zip(step).map(|(gamma, step)| gamma + share * step).collect();
            let to = self.point(gamma, ridge);
            if from.objective - slack <= to.objective {
                return to;
            }
            share /= 2.0;
        }
        from.clone()
    }

    fn point(&self, gamma: Vec<f64>, ridge: f64) -> Point {
        let mut eta = vec![gamma[0]; self.bad.len()];
        for (gamma, column) in gamma.iter().zip(&self.columns).skip(1) {
            for (eta, cell) in eta.iter_mut().zip(column) {
                *eta += gamma * cell;
            }
        }
        let squares: f64 = gamma.iter().zip(&self.scale).skip(1).map(|(g, s)| (g / s) * (g / s)).sum();
        let objective = self.log_likelihood(&eta) - ridge / 2.0 * squares;
        Point { gamma, eta, objective }
    }

    pub(super) fn log_likelihood(&self, eta: &[f64]) -> f64 {
        log_likelihood(eta, self.bad, self.weight)
    }

    /// Back to the columns as they were given; the intercept first.
    pub(super) fn unscale(&self, gamma: &[f64]) -> Vec<f64> {
        let mut beta: Vec<f64> = gamma.iter().zip(&self.scale).map(|(gamma, scale)| gamma / scale).collect();
        beta[0] -= beta.iter().zip(&self.centre).skip(1).map(|(beta, centre)| beta * centre).sum::<f64>();
        beta
    }

    /// The coefficient at `at` as a combination of standardised coefficients.
    pub(super) fn row(&self, at: usize) -> Vec<f64> {
        let entry = |other: usize| match (at, other) {
            (0, 0) => 1.0,
            (0, _) => -self.centre[other] / self.scale[other],
            _ if at == other => 1.0 / self.scale[at],
            _ => 0.0,
        };
        (0..self.columns.len()).map(entry).collect()
    }
}

fn check(design: &Design<'_>, ridge: f64) -> Result<(), LogisticError> {
    let rows = design.bad.len();
    let shape = |column: &str, found, expected| LogisticError::Shape { column: column.to_owned(), found, expected };
    if design.names.len() != design.columns.len() {
        return Err(shape("names", design.names.len(), design.columns.len()));
    }
    if design.weight.len() != rows {
        return Err(shape("weight", design.weight.len(), rows));
    }
    if COLUMNS_MAX < design.columns.len() {
        return Err(LogisticError::TooManyColumns { found: design.columns.len() });
    }
    for (name, column) in design.names.iter().zip(design.columns) {
        if column.len() != rows {
            return Err(shape(name, column.len(), rows));
        }
        if column.iter().any(|value| !value.is_finite()) {
            return Err(LogisticError::NotFinite { column: name.clone() });
        }
    }
    if design.weight.iter().any(|weight| !(weight.is_finite() && 0.0 < *weight)) {
        return Err(LogisticError::NotFinite { column: "weight".to_owned() });
    }
    if !design.bad.contains(&true) || !design.bad.contains(&false) {
        return Err(LogisticError::OneClass);
    }
    let unknowns = design.columns.len() + 1;
    if ridge == 0.0 && rows < unknowns {
        return Err(LogisticError::TooFewRows { rows, unknowns });
    }
    Ok(())
}

/// The mean, corrected once by the mean of what is left: exact to rounding also for numbers with a large offset.
pub(super) fn mean(column: &[f64]) -> f64 {
    let count = real(column.len());
    let first = column.iter().sum::<f64>() / count;
    first + column.iter().map(|value| value - first).sum::<f64>() / count
}

/// The power of two next to the root mean square around the mean: scaling by it is exact. Zero for a constant column.
pub(super) fn spread(column: &[f64]) -> f64 {
    let middle = mean(column);
    let Some(first) = column.first() else { return 0.0 };
    if column.iter().all(|value| value == first) {
        return 0.0;
    }
    let largest = column.iter().map(|value| (value - middle).abs()).fold(0.0, f64::max);
    // Against the largest first, so that squares neither overflow nor vanish.
    let squares: f64 = column.iter().map(|value| (value - middle) / largest).map(|part| part * part).sum();
    let size = largest * libm::sqrt(squares / real(column.len()));
    libm::exp2(libm::round(libm::log2(size)))
}

/// Of log odds `eta` of bad, without overflow.
pub(crate) fn log_likelihood(eta: &[f64], bad: &[bool], weight: &[f64]) -> f64 {
    let row = |((eta, bad), weight): ((&f64, &bool), &f64)| {
        let against = if *bad { -eta } else { *eta };
        // ln(1 + exp(a)) without overflow.
        weight * (against.max(0.0) + libm::log1p(libm::exp(-against.abs())))
    };
    -eta.iter().zip(bad).zip(weight).map(row).sum::<f64>()
}
