//! Path-dependent TreeSHAP: what each input adds to the margin, against the expectation over the training sample.
//!
//! # Source
//!
//! Lundberg, Erion, Lee, "Consistent individualized feature attribution for tree ensembles", arXiv 1802.03888, algorithm 2;
//! the same recursion as in LightGBM (`src/io/tree.cpp`) and XGBoost (`src/predictor/interpretability`), here in double
//! precision for both.

use super::eval::{Ensemble, Node};

/// One split feature on the way from the root, with the shares of subsets that go along.
#[derive(Clone, Copy, Debug, Default)]
struct Step {
    input: Option<usize>,
    /// The share of the cover that goes this way when the input is unknown.
    zero: f64,
    /// 1 when the value goes this way, else 0.
    one: f64,
    weight: f64,
}

/// What every input adds to the margin of `seen`. With [`expected`] they add up to the margin, but for rounding.
pub(super) fn contributions(ensemble: &Ensemble, seen: &[f64]) -> Vec<f64> {
    let mut walk = Walk { ensemble, seen, sums: vec![0.0; seen.len()] };
    // Level k of the recursion holds at most k + 1 steps.
    let levels = ensemble.depth + 2;
    let mut steps = vec![Step::default(); levels * (levels + 1) / 2 + levels];
    for root in &ensemble.roots {
        walk.node(*root, &mut steps, 0, Step { input: None, zero: 1.0, one: 1.0, weight: 0.0 });
    }
    walk.sums
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

struct Walk<'a> {
    ensemble: &'a Ensemble,
    seen: &'a [f64],
    sums: Vec<f64>,
}

impl Walk<'_> {
    /// `steps` holds the parent's path first, `length` steps; what follows is free.
    fn node(&mut self, at: usize, steps: &mut [Step], length: usize, next: Step) {
        let (parent, rest) = steps.split_at_mut(length);
        rest[..length].copy_from_slice(parent);
        let mut length = length + 1;
        extend(&mut rest[..length], next);
        match self.ensemble.nodes[at] {
            Node::Leaf { value } => self.leaf(&rest[..length], value),
            Node::Split { input, threshold, absent, right } => {
                let (mut zero, mut one) = (1.0, 1.0);
                if let Some(earlier) = rest[..length].iter().position(|step| step.input == Some(input)) {
                    (zero, one) = (rest[earlier].zero, rest[earlier].one);
                    unwind(&mut rest[..length], earlier);
                    length -= 1;
                }
                let goes_left = self.ensemble.goes_left(self.seen[input], threshold, absent);
                let cover = &self.ensemble.cover;
                for (child, goes_here) in [(at + 1, goes_left), (right, !goes_left)] {
                    let zero = zero * cover[child] / cover[at];
                    let one = if goes_here { one } else { 0.0 };
                    self.node(child, rest, length, Step { input: Some(input), zero, one, weight: 0.0 });
                }
            }
        }
    }

    fn leaf(&mut self, path: &[Step], value: f64) {
        for (at, step) in path.iter().enumerate() {
            if let Some(input) = step.input {
                self.sums[input] += unwound(path, at) * (step.one - step.zero) * value;
            }
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "paths are short: DEPTH_MAX")]
fn count(steps: usize) -> f64 {
    steps as f64
}

/// Adds the step at the end of the path to the weights of subsets of every size.
fn extend(path: &mut [Step], next: Step) {
    let last = path.len() - 1;
    path[last] = Step { weight: if last == 0 { 1.0 } else { 0.0 }, ..next };
    for at in (0..last).rev() {
        path[at + 1].weight += next.one * path[at].weight * count(at + 1) / count(last + 1);
        path[at].weight = next.zero * path[at].weight * count(last - at) / count(last + 1);
    }
}

/// Takes a step out of the path; its last entry is free afterwards.
fn unwind(path: &mut [Step], out: usize) {
    let last = path.len() - 1;
    let Step { zero, one, .. } = path[out];
    let mut next = path[last].weight;
    for at in (0..last).rev() {
        if one == 0.0 {
            path[at].weight = path[at].weight * count(last + 1) / (zero * count(last - at));
        } else {
            let weight = path[at].weight;
            path[at].weight = next * count(last + 1) / (count(at + 1) * one);
            next = weight - path[at].weight * zero * count(last - at) / count(last + 1);
        }
    }
    for at in out..last {
        let Step { input, zero, one, .. } = path[at + 1];
        path[at] = Step { input, zero, one, weight: path[at].weight };
    }
}

/// The sum of the weights that [`unwind`] would leave.
fn unwound(path: &[Step], out: usize) -> f64 {
    let last = path.len() - 1;
    let Step { zero, one, .. } = path[out];
    let mut next = path[last].weight;
    let mut sum = 0.0;
    for at in (0..last).rev() {
        if one == 0.0 {
            sum += path[at].weight * count(last + 1) / (zero * count(last - at));
        } else {
            let weight = next * count(last + 1) / (count(at + 1) * one);
            sum += weight;
            next = path[at].weight - weight * zero * count(last - at) / count(last + 1);
        }
    }
    sum
}
