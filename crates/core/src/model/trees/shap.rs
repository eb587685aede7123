//! Path-dependent TreeSHAP: what each input adds to the margin, against the expectation over the training sample.
//!
//! On the way to a leaf, an input that is known leads on or not (`one` is 1 or 0), an unknown one does for a share of the cover
//! (`zero`), so the worth of a set of known inputs is a product of one factor an input. The Shapley value of a product is an
//! integral over the share t of inputs that are known: `(oneᵢ − zeroᵢ) ∫ Π (t · oneⱼ + (1 − t) · zeroⱼ) dt` over [0, 1] and over
//! all j but i. The integrand is a polynomial, so Gauss–Legendre quadrature with half as many nodes as inputs on the way is
//! exact, and sums of leaves are handed up the tree: the work is nodes times quadrature nodes.
//!
//! # Source
//!
//! Lundberg, Erion, Lee, "Consistent individualized feature attribution for tree ensembles", arXiv 1802.03888 (the values,
//! as LightGBM and XGBoost compute them by its algorithm 2); Owen, "Multilinear extensions of games", Management Science 18
//! (1972), theorem 5 (the integral); Yu, Xu, Ma, Bifet, "Linear TreeShap", arXiv 2209.08192 (sums handed up, and an input that is
//! split again).

use super::{
    DEPTH_MAX,
    eval::{Ensemble, Node},
};

/// Most quadrature nodes: half of the inputs on the longest way.
const QUADRATURE_MAX: usize = DEPTH_MAX / 2;

/// Gauss–Legendre quadrature on [0, 1].
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Quadrature {
    count: usize,
    nodes: Vec<f64>,
    weights: Vec<f64>,
}

impl Quadrature {
    /// Exact for products of as many factors as a way through the ensemble can have, less one.
    pub(super) fn new(ensemble: &Ensemble, inputs: usize) -> Quadrature {
        Quadrature::of(ensemble.depth.min(inputs).div_ceil(2).clamp(1, QUADRATURE_MAX))
    }

    /// Roots of the Legendre polynomial by Newton's method, and `2 / ((1 − x²) P'(x)²)`.
    ///
    /// # Source
    ///
    /// Abramowitz, Stegun, "Handbook of Mathematical Functions", 25.4.30; the recurrence is 22.7.10.
    fn of(count: usize) -> Quadrature {
        let mut quadrature = Quadrature { count, nodes: vec![0.0; count], weights: vec![0.0; count] };
        let degree = number(count);
        for at in 0..count {
            let mut x = libm::cos(std::f64::consts::PI * (number(at) + 0.75) / (degree + 0.5));
            let mut slope = 1.0;
            // Newton doubles the digits; the first guess has three.
            for _ in 0..8 {
                let (mut value, mut before) = (1.0, 0.0);
                for step in 0..count {
                    let step = number(step);
                    (value, before) = (((2.0 * step + 1.0) * x * value - step * before) / (step + 1.0), value);
                }
                slope = degree * (x * value - before) / (x * x - 1.0);
                x -= value / slope;
            }
            quadrature.nodes[at] = (1.0 + x) / 2.0;
            quadrature.weights[at] = 1.0 / ((1.0 - x * x) * slope * slope);
        }
        quadrature
    }

    /// The first `K`; nodes beyond the count weigh nothing.
    fn first<const K: usize>(&self) -> ([f64; K], [f64; K]) {
        let take = |points: &[f64]| std::array::from_fn(|at| points.get(at).copied().unwrap_or(0.0));
        (take(&self.nodes), take(&self.weights))
    }
}

#[expect(clippy::cast_precision_loss, reason = "at most DEPTH_MAX")]
fn number(count: usize) -> f64 {
    count as f64
}

/// Where an input leads on the way to a node: all splits on it together.
#[derive(Clone, Copy, Debug)]
struct Step {
    /// The share of the cover that goes this way when the input is unknown; positive.
    zero: f64,
    /// 1 when its value goes this way, else 0.
    one: f64,
}

/// An input that no split has asked for yet.
const OPEN: Step = Step { zero: 1.0, one: 1.0 };

/// What every input adds to the margin of `seen`. With [`expected`] they add up to the margin, but for rounding.
pub(super) fn contributions(ensemble: &Ensemble, quadrature: &Quadrature, seen: &[f64]) -> Vec<f64> {
    // Arrays of a known length are worked on side by side.
    match quadrature.count {
        0..=2 => Walk::<2>::all(ensemble, quadrature, seen),
        3..=4 => Walk::<4>::all(ensemble, quadrature, seen),
        5..=6 => Walk::<6>::all(ensemble, quadrature, seen),
        7..=8 => Walk::<8>::all(ensemble, quadrature, seen),
        9..=16 => Walk::<16>::all(ensemble, quadrature, seen),
        _ => Walk::<QUADRATURE_MAX>::all(ensemble, quadrature, seen),
    }
}

/// The expected margin over the training sample, as the covers have it.
pub(super) fn expected(ensemble: &Ensemble) -> f64 {
    // From the last node back, children come before their parents.
    let mut means = vec![0.0; ensemble.nodes.len()];
    for (at, node) in ensemble.nodes.iter().enumerate().rev() {
        means[at] = match node {
            Node::Leaf { value } => *value,
            Node::Split { right, .. } => {
                let cover = &ensemble.cover;
                (means[at + 1] * cover[at + 1] + means[*right] * cover[*right]) / cover[at]
            }
        };
    }
    ensemble.roots.iter().fold(ensemble.base_margin, |sum, root| sum + means[*root])
}

struct Walk<'a, const K: usize> {
    ensemble: &'a Ensemble,
    nodes: [f64; K],
    weights: [f64; K],
    seen: &'a [f64],
    /// Of each input on the way to the node at hand.
    steps: Vec<Step>,
    sums: Vec<f64>,
}

impl<const K: usize> Walk<'_, K> {
    fn all(ensemble: &Ensemble, quadrature: &Quadrature, seen: &[f64]) -> Vec<f64> {
        let (nodes, weights) = quadrature.first();
        let (steps, sums) = (vec![OPEN; seen.len()], vec![0.0; seen.len()]);
        let mut walk = Walk::<K> { ensemble, nodes, weights, seen, steps, sums };
        for root in &ensemble.roots {
            walk.node(*root, &[1.0; K]);
        }
        walk.sums
    }

    /// Leaves times their products, summed below a node; `products` are those of the way to it.
    fn node(&mut self, at: usize, products: &[f64; K]) -> [f64; K] {
        let (input, threshold, absent, right) = match self.ensemble.nodes[at] {
            Node::Split { input, threshold, absent, right } => (input, threshold, absent, right),
            Node::Leaf { value } => return products.map(|product| value * product),
        };
        let before = self.steps[input];
        let factors_before = self.factors(before);
        let others: [f64; K] = std::array::from_fn(|at| products[at] / factors_before[at]);
        let goes_left = self.ensemble.goes_left(self.seen[input], threshold, absent);
        let cover = &self.ensemble.cover;
        let mut below = [0.0; K];
        for (child, goes_here) in [(at + 1, goes_left), (right, !goes_left)] {
            let zero = before.zero * cover[child] / cover[at];
            let step = Step { zero, one: if goes_here { before.one } else { 0.0 } };
            let factors = self.factors(step);
            self.steps[input] = step;
            let sums = self.node(child, &std::array::from_fn(|at| others[at] * factors[at]));
            // A split above on the same input will add these leaves as its own: taken back here, where the way is finer.
            self.sums[input] += (step.one - step.zero) * self.without(&sums, &factors)
                - (before.one - before.zero) * self.without(&sums, &factors_before);
            below = std::array::from_fn(|at| below[at] + sums[at]);
        }
        self.steps[input] = before;
        below
    }

    /// The factor of an input at every node.
    fn factors(&self, step: Step) -> [f64; K] {
        self.nodes.map(|node| node * step.one + (1.0 - node) * step.zero)
    }

    /// The integral of sums without a factor.
    fn without(&self, sums: &[f64; K], factors: &[f64; K]) -> f64 {
        let terms: [f64; K] = std::array::from_fn(|at| self.weights[at] * sums[at] / factors[at]);
        terms.iter().fold(0.0, |integral, term| integral + term)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quadrature_integrates_every_power_that_a_way_can_have() {
        for count in [1, 2, 3, 7, QUADRATURE_MAX] {
            let Quadrature { nodes, weights, .. } = Quadrature::of(count);
            // The integral of t^k over [0, 1] is 1 / (k + 1).
            let mut powers = [1.0; QUADRATURE_MAX];
            for power in 0..2 * count {
                let integral: f64 = powers.iter().zip(&weights).map(|(power, weight)| power * weight).sum();
                assert!((integral * number(power + 1) - 1.0).abs() < 1e-13, "{count} nodes, power {power}: {integral}");
                powers.iter_mut().zip(&nodes).for_each(|(power, node)| *power *= node);
            }
        }
        // (1 ± 1/√3) / 2 with weights 1/2 (Abramowitz, Stegun, table 25.4).
        let two = Quadrature::of(2);
        assert!((two.nodes[0] - 0.788_675_134_594_812_9).abs() < 1e-15);
        assert!((two.weights[0] - 0.5).abs() < 1e-15);
    }
}
