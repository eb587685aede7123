//! A logistic regression on one value: what calibration slopes and Platt's scaling need, and no more.

use serde::Serialize;

use super::{
    MetricError,
    cases::{alike, effective, sum},
};

/// `ln(p / (1 - p)) = intercept + slope · x`, with its covariance.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
pub struct Line {
    /// Log odds where the value is 0.
    pub intercept: f64,
    /// Log odds a unit of the value.
    pub slope: f64,
    /// Variance of the intercept, covariance, variance of the slope (see [`fit_line`] on weights).
    pub covariance: [f64; 3],
}

/// Rows of one value and a target.
pub(super) struct Points<'a> {
    pub value: &'a [f64],
    pub target: &'a [f64],
    pub weight: &'a [f64],
}

const ROUNDS: usize = 100;

/// Fits `P(target) = 1 / (1 + exp(-(intercept + slope · value)))` by maximum likelihood. Targets lie in `[0, 1]`.
///
/// Weights are sampling weights, and their unit does not matter. Where all are equal, the covariance is that of the model, the
/// inverse of the information of the rows. Where they differ, that of the model would be wrong by any effective number of rows
/// (goods drawn one in twenty leave the bads all their evidence), so it is the sandwich, which takes rows as independent and nothing else:
///
/// ```text
/// V = A⁻¹ B A⁻¹,  A = Σ w p (1 − p) x xᵀ,  B = Σ w² (t − p)² x xᵀ,  x = (1, value)
/// ```
///
/// without a factor for small samples. Rows are summed in the order given: sort them where that order means nothing.
///
/// # Errors
///
/// [`MetricError::Separated`] when one value parts targets of 0 from those of 1, [`MetricError::Constant`] for a single value,
/// [`MetricError::OneClass`] when all targets are 0 or all are 1, [`MetricError::NotSettled`].
///
/// # Source
///
/// Newton's method with halved steps (McCullagh & Nelder 1989, 2.5), on the value standardised. The sandwich: Huber (1967), Proc.
/// 5th Berkeley Symp. 1; of weighted samples: Binder (1983), Int. Stat. Rev. 51.
pub fn fit_line(value: &[f64], target: &[f64], weight: &[f64]) -> Result<Line, MetricError> {
    for (what, found) in [("target", target.len()), ("weight", weight.len())] {
        if found != value.len() {
            return Err(MetricError::Lengths { what, expected: value.len(), found });
        }
    }
    let points = Points { value, target, weight };
    points.refuse_unsolvable()?;
    // On a value of mean 0 and spread 1 the two equations are as well conditioned as they can be.
    let total = sum(weight.iter().copied());
    let mean = sum(value.iter().zip(weight).map(|(x, w)| w * x)) / total;
    let spread = (sum(value.iter().zip(weight).map(|(x, w)| w * (x - mean) * (x - mean))) / total).sqrt();
    let scaled: Vec<f64> = value.iter().map(|x| (x - mean) / spread).collect();
    let points = Points { value: &scaled, ..points };
    let share = sum(target.iter().zip(weight).map(|(t, w)| w * t)) / total;
    let [a, b] = points.newton([libm::log(share / (1.0 - share)), 0.0], true)?;
    let [va, vab, vb] = points.covariance([a, b], total);
    // Back to the value's own unit: intercept = a - b m / s, slope = b / s.
    let m = mean / spread;
    Ok(Line {
        intercept: a - b * m,
        slope: b / spread,
        covariance: [va - 2.0 * m * vab + m * m * vb, (vab - m * vb) / spread, vb / (spread * spread)],
    })
}

impl Points<'_> {
    fn refuse_unsolvable(&self) -> Result<(), MetricError> {
        let ends = |holds: fn(f64) -> bool| {
            let rows = self.value.iter().zip(self.target).filter(|row| holds(*row.1));
            rows.fold((f64::INFINITY, f64::NEG_INFINITY), |ends, (x, _)| (ends.0.min(*x), ends.1.max(*x)))
        };
        let all = ends(|_| true);
        if all.1 <= all.0 {
            return Err(MetricError::Constant);
        }
        // Rows that still allow a target of 0, and of 1: a target between allows both.
        let (zero, one) = (ends(|t| t < 1.0), ends(|t| 0.0 < t));
        if zero.1 < zero.0 || one.1 < one.0 {
            return Err(MetricError::OneClass);
        }
        if zero.1 <= one.0 || one.1 <= zero.0 {
            return Err(MetricError::Separated);
        }
        Ok(())
    }

    /// Solves for [intercept, slope], or for the intercept alone.
    pub(super) fn newton(&self, start: [f64; 2], both: bool) -> Result<[f64; 2], MetricError> {
        let mut at = start;
        let mut loss = self.loss(at);
        for _ in 0..ROUNDS {
            let [ga, gb] = self.gradient(at);
            let [aa, ab, bb] = self.information(at);
            let determinant = aa * bb - ab * ab;
            let step = if both {
                [(bb * ga - ab * gb) / determinant, (aa * gb - ab * ga) / determinant]
            } else {
                [ga / aa, 0.0]
            };
            if !step.iter().all(|part| part.is_finite()) {
                return Err(MetricError::NotSettled);
            }
            let size = step[0].abs().max(step[1].abs());
            let mut part = 1.0;
            // A full step from afar may overshoot; near the end it never does, but rounding may say so.
            while 1e-6 < size * part {
                let trial = self.loss([at[0] + part * step[0], at[1] + part * step[1]]);
                if trial <= loss {
                    break;
                }
                part /= 2.0;
            }
            at = [at[0] + part * step[0], at[1] + part * step[1]];
            loss = self.loss(at);
            if size <= 1e-13 * (1.0 + at[0].abs().max(at[1].abs())) || (size <= 1e-9 && part == 1.0) {
                // One more step would square an error that is already this small.
                return Ok(at);
            }
        }
        Err(MetricError::NotSettled)
    }

    fn rows(&self) -> impl Iterator<Item = (f64, f64, f64)> {
        self.value.iter().zip(self.target).zip(self.weight).map(|((x, t), w)| (*x, *t, *w))
    }

    fn loss(&self, at: [f64; 2]) -> f64 {
        sum(self.rows().map(|(x, t, w)| {
            let z = at[0] + at[1] * x;
            w * (softplus(z) - t * z)
        }))
    }

    fn gradient(&self, at: [f64; 2]) -> [f64; 2] {
        let apart = |x: f64, t: f64, w: f64| w * (t - logistic(at[0] + at[1] * x));
        [sum(self.rows().map(|(x, t, w)| apart(x, t, w))), sum(self.rows().map(|(x, t, w)| x * apart(x, t, w)))]
    }

    /// Of intercept and slope, as [`fit_line`] says; `total` is the sum of the weights.
    fn covariance(&self, at: [f64; 2], total: f64) -> [f64; 3] {
        let [aa, ab, bb] = self.information(at);
        let determinant = aa * bb - ab * ab;
        if alike(self.weight) {
            let scale = total / effective(self.weight) / determinant;
            return [bb * scale, -ab * scale, aa * scale];
        }
        let (p, q, r) = (bb / determinant, -ab / determinant, aa / determinant);
        let [m, mx, mxx] = self.scatter(at);
        let (first, second) = ([p * m + q * mx, p * mx + q * mxx], [q * m + r * mx, q * mx + r * mxx]);
        [first[0] * p + first[1] * q, first[0] * q + first[1] * r, second[0] * q + second[1] * r]
    }

    /// Variance of the intercept alone, the slope held, by the same rule.
    pub(super) fn intercept_variance(&self, at: [f64; 2]) -> f64 {
        let information = self.information(at)[0];
        match alike(self.weight) {
            true => sum(self.weight.iter().copied()) / effective(self.weight) / information,
            false => self.scatter(at)[0] / (information * information),
        }
    }

    /// What the rows' gradients scatter by: the filling of the sandwich.
    fn scatter(&self, at: [f64; 2]) -> [f64; 3] {
        let squared = |x: f64, t: f64, w: f64| {
            let apart = w * (t - logistic(at[0] + at[1] * x));
            apart * apart
        };
        [
            sum(self.rows().map(|(x, t, w)| squared(x, t, w))),
            sum(self.rows().map(|(x, t, w)| x * squared(x, t, w))),
            sum(self.rows().map(|(x, t, w)| x * x * squared(x, t, w))),
        ]
    }

    fn information(&self, at: [f64; 2]) -> [f64; 3] {
        let mass = |x: f64, w: f64| {
            let p = logistic(at[0] + at[1] * x);
            w * p * (1.0 - p)
        };
        [
            sum(self.rows().map(|(x, _, w)| mass(x, w))),
            sum(self.rows().map(|(x, _, w)| x * mass(x, w))),
            sum(self.rows().map(|(x, _, w)| x * x * mass(x, w))),
        ]
    }
}

/// `1 / (1 + exp(-z))` without overflow.
pub(super) fn logistic(z: f64) -> f64 {
    if 0.0 <= z {
        1.0 / (1.0 + libm::exp(-z))
    } else {
        let e = libm::exp(z);
        e / (1.0 + e)
    }
}

/// `ln(1 + exp(z))` without overflow.
fn softplus(z: f64) -> f64 {
    z.max(0.0) + libm::log1p(libm::exp(-z.abs()))
}
