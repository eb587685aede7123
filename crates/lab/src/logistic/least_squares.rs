//! Linear least squares with the same algebra: trends, and the proof of the algebra on NIST's reference sets.

use serde::Serialize;
use statrs::distribution::{ContinuousCDF, StudentsT};

use super::{
    Coefficient, LogisticError,
    design::{mean, spread},
    qr,
};
use crate::count::real;

/// A fitted linear model.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Line {
    /// The intercept first, when there is one; tests by Student's t.
    pub coefficients: Vec<Coefficient>,
    /// `sqrt(residual sum of squares / degrees of freedom)`.
    pub residual_deviation: f64,
    /// Rows less unknowns.
    pub degrees_of_freedom: usize,
}

/// Fits `y` by `columns`, with or without an intercept.
///
/// Householder QR of centred columns scaled by powers of two, then the solution refined with residuals in twice the precision.
///
/// # Errors
///
/// [`LogisticError::Shape`], [`LogisticError::TooFewRows`] (at least one more row than unknowns), [`LogisticError::Constant`],
/// [`LogisticError::Dependent`].
///
/// # Source
///
/// Björck (1967), BIT 7: iterative refinement of least-squares solutions; Björck (1987), Linear Algebra Appl. 88/89: corrected
/// seminormal equations.
pub fn least_squares(
    names: &[String],
    columns: &[Vec<f64>],
    y: &[f64],
    intercept: bool,
) -> Result<Line, LogisticError> {
    let rows = y.len();
    let unknowns = columns.len() + usize::from(intercept);
    if rows <= unknowns {
        return Err(LogisticError::TooFewRows { rows, unknowns });
    }
    let form = Form::new(names, columns, rows, intercept)?;
    let (names, scaled) = (&form.names, &form.scaled);
    let mut factor = qr::factor(scaled.clone(), y.to_vec());
    if let Some(at) = (0..unknowns).find(|at| factor.diagonal(*at).abs() <= 1e-14 * libm::sqrt(real(rows))) {
        return Err(LogisticError::Dependent { column: names[at].clone(), of: names[..at].to_vec() });
    }
    let mut beta = vec![(0.0, 0.0); unknowns];
    let mut left: Vec<(f64, f64)> = y.iter().map(|y| (*y, 0.0)).collect();
    for round in 0..4 {
        if 0 < round {
            factor = qr::factor(scaled.clone(), round_all(&left));
        }
        for (beta, more) in beta.iter_mut().zip(form.unscale(&factor.solution())) {
            *beta = add(*beta, more, 1.0);
        }
        left = residuals(columns, y, &beta, intercept);
    }
    // What is left of the gradient, by corrected seminormal equations: they see a small gradient beside large residuals.
    let mut pull = factor.solve_transposed(&form.gradient(columns, &left));
    for _ in 0..6 {
        let tried: Vec<(f64, f64)> =
            beta.iter().zip(form.unscale(&factor.back(&pull))).map(|(beta, more)| add(*beta, more, 1.0)).collect();
        let tried_left = residuals(columns, y, &tried, intercept);
        let tried_pull = factor.solve_transposed(&form.gradient(columns, &tried_left));
        if qr::dot(&pull, &pull) <= qr::dot(&tried_pull, &tried_pull) {
            break;
        }
        (beta, left, pull) = (tried, tried_left, tried_pull);
    }
    let freedom = rows - unknowns;
    let left = round_all(&left);
    let residual_deviation = libm::sqrt(qr::dot(&left, &left) / real(freedom));
    let coefficient = |at: usize| {
        let u = factor.solve_transposed(&form.row(at));
        let standard_error = residual_deviation * libm::sqrt(qr::dot(&u, &u));
        let value = beta[at].0 + beta[at].1;
        let z = value / standard_error;
        let p = StudentsT::new(0.0, 1.0, real(freedom)).map_or(1.0, |law| 2.0 * law.sf(z.abs()));
        Coefficient { name: names[at].clone(), value, standard_error, z, p }
    };
    let coefficients = (0..unknowns).map(coefficient).collect();
    Ok(Line { coefficients, residual_deviation, degrees_of_freedom: freedom })
}

// How the scaled columns follow from those given.
struct Form {
    intercept: bool,
    // The intercept first, when there is one; so the others.
    names: Vec<String>,
    centre: Vec<f64>,
    scale: Vec<f64>,
    scaled: Vec<Vec<f64>>,
}

impl Form {
    fn new(names: &[String], columns: &[Vec<f64>], rows: usize, intercept: bool) -> Result<Form, LogisticError> {
        let mut all: Vec<String> = names.to_vec();
        let (mut centre, mut scale, mut scaled) = (vec![], vec![], vec![]);
        if intercept {
            all.insert(0, "intercept".to_owned());
            centre.push(0.0);
            scale.push(1.0);
            scaled.push(vec![1.0; rows]);
        }
        for (name, column) in names.iter().zip(columns) {
            if column.len() != rows {
                return Err(LogisticError::Shape { column: name.clone(), found: column.len(), expected: rows });
            }
            let middle = if intercept { mean(column) } else { 0.0 };
            let size = if intercept { spread(column) } else { size(column) };
            if size == 0.0 {
                return Err(LogisticError::Constant { column: name.clone() });
            }
            scaled.push(column.iter().map(|value| (value - middle) / size).collect());
            centre.push(middle);
            scale.push(size);
        }
        Ok(Form { intercept, names: all, centre, scale, scaled })
    }

    // The coefficient at `at` as a combination of those of the scaled columns.
    fn row(&self, at: usize) -> Vec<f64> {
        let entry = |other: usize| match at {
            0 if self.intercept && other == 0 => 1.0,
            0 if self.intercept => -self.centre[other] / self.scale[other],
            _ if at == other => 1.0 / self.scale[at],
            _ => 0.0,
        };
        (0..self.scale.len()).map(entry).collect()
    }

    // Of the scaled columns, summed over those given, which hold no rounding.
    fn gradient(&self, columns: &[Vec<f64>], left: &[(f64, f64)]) -> Vec<f64> {
        let start = (0.0, 0.0);
        let ones = left.iter().fold(start, |sum, left| add(add(sum, left.0, 1.0), left.1, 1.0));
        let skip = usize::from(self.intercept);
        let slope = |(at, column): (usize, &Vec<f64>)| {
            let cross = |sum, (cell, left): (&f64, &(f64, f64))| add(add(sum, *cell, left.0), *cell, left.1);
            let sum = column.iter().zip(left).fold(start, cross);
            let centre = self.centre[at + skip];
            let centred = add(add(sum, -centre, ones.0), -centre, ones.1);
            (centred.0 + centred.1) / self.scale[at + skip]
        };
        let first = self.intercept.then_some(ones.0 + ones.1);
        first.into_iter().chain(columns.iter().enumerate().map(slope)).collect()
    }

    fn unscale(&self, gamma: &[f64]) -> Vec<f64> {
        (0..gamma.len()).map(|at| qr::dot(&self.row(at), gamma)).collect()
    }
}

fn size(column: &[f64]) -> f64 {
    let largest = column.iter().map(|value| value.abs()).fold(0.0, f64::max);
    if largest == 0.0 { 0.0 } else { libm::exp2(libm::round(libm::log2(largest))) }
}

// In twice the precision: a polynomial's residual is a small difference of large numbers.
fn residuals(columns: &[Vec<f64>], y: &[f64], beta: &[(f64, f64)], intercept: bool) -> Vec<(f64, f64)> {
    let (first, slopes) = beta.split_at(usize::from(intercept));
    let row = |at: usize| {
        let start = first.iter().fold((y[at], 0.0), |sum, (high, low)| add(add(sum, -high, 1.0), -low, 1.0));
        slopes
            .iter()
            .zip(columns)
            .fold(start, |sum, ((high, low), column)| add(add(sum, -high, column[at]), -low, column[at]))
    };
    (0..y.len()).map(row).collect()
}

fn round_all(numbers: &[(f64, f64)]) -> Vec<f64> {
    numbers.iter().map(|(high, low)| high + low).collect()
}

// `sum + a b`, with what rounding loses carried along (Dekker's product, Knuth's sum).
fn add(sum: (f64, f64), a: f64, b: f64) -> (f64, f64) {
    let product = a * b;
    let ((ah, al), (bh, bl)) = (split(a), split(b));
    let lost = ((ah * bh - product) + ah * bl + al * bh) + al * bl;
    let total = sum.0 + product;
    let back = total - sum.0;
    let error = (sum.0 - (total - back)) + (product - back);
    (total, sum.1 + (error + lost))
}

fn split(a: f64) -> (f64, f64) {
    let c = 134_217_729.0 * a;
    let high = c - (c - a);
    (high, a - high)
}
