//! Dense orthogonal factorisation, small enough to read: Householder reflections on columns.
//!
//! A reflection acts on the data themselves; the normal equations square the condition number and lose twice the digits.
//!
//! # Source
//!
//! Golub & Van Loan, Matrix Computations, 4th edition, 5.2.2 (Householder QR) and 5.3.2 (least squares).

/// What is left of `X = Q R` once Q has been applied to the right-hand side.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Factor {
    // upper[j] holds rows 0 to j of column j.
    upper: Vec<Vec<f64>>,
    // The first entries of Q'y.
    rhs: Vec<f64>,
    /// Sum of squares of what the columns cannot explain.
    pub(crate) residual: f64,
}

/// Factors `columns` (all of one length, at least as long as there are columns) with a right-hand side.
pub(crate) fn factor(mut columns: Vec<Vec<f64>>, mut rhs: Vec<f64>) -> Factor {
    let size = columns.len();
    for k in 0..size {
        let (done, open) = columns.split_at_mut(k + 1);
        let pivot = &mut done[k][k..];
        let norm = libm::sqrt(dot(pivot, pivot));
        if norm == 0.0 {
            continue;
        }
        let head = pivot[0];
        let diagonal = if head < 0.0 { norm } else { -norm };
        pivot[0] = head - diagonal;
        let scale = 1.0 / (norm * (norm + head.abs()));
        for column in open {
            reflect(pivot, &mut column[k..], scale);
        }
        reflect(pivot, &mut rhs[k..], scale);
        pivot[0] = diagonal;
    }
    let residual = dot(&rhs[size..], &rhs[size..]);
    for (at, column) in columns.iter_mut().enumerate() {
        column.truncate(at + 1);
    }
    rhs.truncate(size);
    Factor { upper: columns, rhs, residual }
}

fn reflect(mirror: &[f64], column: &mut [f64], scale: f64) {
    let along = dot(mirror, column) * scale;
    for (cell, part) in column.iter_mut().zip(mirror) {
        *cell -= along * part;
    }
}

/// The inner product in eight fixed lanes: the compiler may use its vector units, and the sum never depends on them.
pub(crate) fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut lanes = [0.0_f64; 8];
    let (left, right) = (a.chunks_exact(8), b.chunks_exact(8));
    let tail: f64 = left.remainder().iter().zip(right.remainder()).map(|(x, y)| x * y).sum();
    for (x, y) in left.zip(right) {
        for (lane, (x, y)) in lanes.iter_mut().zip(x.iter().zip(y)) {
            *lane += x * y;
        }
    }
    let [a, b, c, d, e, f, g, h] = lanes;
    (((a + b) + (c + d)) + ((e + f) + (g + h))) + tail
}

impl Factor {
    /// The entry on the diagonal: what a column adds to those before it, as a length with a sign.
    pub(crate) fn diagonal(&self, at: usize) -> f64 {
        self.upper[at][at]
    }

    /// `R x = Q'y`: the least-squares solution.
    pub(crate) fn solution(&self) -> Vec<f64> {
        self.back(&self.rhs)
    }

    /// Coefficients of column `at` on the columns before it.
    pub(crate) fn dependence(&self, at: usize) -> Vec<f64> {
        self.back(&self.upper[at][..at])
    }

    /// The columns of R, all of one length: they have the lengths and angles of the columns that were factored.
    pub(crate) fn columns(&self) -> Vec<Vec<f64>> {
        let size = self.upper.len();
        let full = |column: &Vec<f64>| column.iter().copied().chain(std::iter::repeat(0.0)).take(size).collect();
        self.upper.iter().map(full).collect()
    }

    /// `R x = right`, for as many columns as `right` has entries.
    pub(crate) fn back(&self, right: &[f64]) -> Vec<f64> {
        let mut x = right.to_vec();
        for row in (0..x.len()).rev() {
            x[row] /= self.upper[row][row];
            let value = x[row];
            for (cell, above) in x.iter_mut().zip(&self.upper[row][..row]) {
                *cell -= above * value;
            }
        }
        x
    }

    /// `R' u = v`. The squared length of `u` is the variance of `v'x` when the rows have variance 1.
    pub(crate) fn solve_transposed(&self, v: &[f64]) -> Vec<f64> {
        let mut u: Vec<f64> = Vec::with_capacity(v.len());
        for (row, column) in self.upper.iter().enumerate() {
            let known: f64 = column[..row].iter().zip(&u).map(|(r, u)| r * u).sum();
            u.push((v[row] - known) / column[row]);
        }
        u
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_through_three_points_is_the_textbooks() {
        // Points (0, 1), (1, 3), (2, 4): slope 3/2, intercept 7/6, residual sum of squares 1/6.
        let factor = factor(vec![vec![1.0, 1.0, 1.0], vec![0.0, 1.0, 2.0]], vec![1.0, 3.0, 4.0]);
        let x = factor.solution();
        assert!((x[0] - 7.0 / 6.0).abs() < 1e-14 && (x[1] - 1.5).abs() < 1e-14, "{x:?}");
        assert!((factor.residual - 1.0 / 6.0).abs() < 1e-14);
        // Variance of the slope over that of the noise: 1 / Σ(x - mean)² = 1/2; of the intercept: 5/6.
        let u = factor.solve_transposed(&[0.0, 1.0]);
        assert!((dot(&u, &u) - 0.5).abs() < 1e-14);
        let u = factor.solve_transposed(&[1.0, 0.0]);
        assert!((dot(&u, &u) - 5.0 / 6.0).abs() < 1e-14);
    }
}
