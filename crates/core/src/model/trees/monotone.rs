//! Whether the trees keep a stated constraint: exact for each tree, and trees that keep it add up to a sum that does.
//!
//! Two leaves on the two sides of a split on the constrained input must be in order when the other inputs can lead to both.
//! A missing value of the constrained input, and a zero where a split sends it along, stand outside its order.

use super::{
    eval::{Absent, Ensemble, Node},
    file::Monotone,
};

/// What another input may still be on the way to two leaves.
#[derive(Clone, Copy, Debug)]
struct Range {
    lower: f64,
    upper: f64,
    /// Whether it may be missing.
    missing: bool,
}

const ANYTHING: Range = Range { lower: f64::NEG_INFINITY, upper: f64::INFINITY, missing: true };

/// The first tree that breaks the constraint on `input`.
pub(super) fn broken(ensemble: &Ensemble, input: usize, inputs: usize, way: Monotone) -> Option<usize> {
    let mut check = Check { ensemble, input, way, extremes: extremes(ensemble), ranges: vec![ANYTHING; inputs] };
    let ends = ensemble.roots.iter().skip(1).copied().chain([ensemble.nodes.len()]);
    ensemble.roots.iter().zip(ends).position(|(root, end)| {
        (*root..end).any(|at| match ensemble.nodes[at] {
            Node::Split { input: read, right, .. } if read == input => !check.is_ordered(at + 1, right),
            _ => false,
        })
    })
}

/// The least and the greatest leaf below each node.
fn extremes(ensemble: &Ensemble) -> Vec<(f64, f64)> {
    let mut extremes = vec![(0.0, 0.0); ensemble.nodes.len()];
    for (at, node) in ensemble.nodes.iter().enumerate().rev() {
        extremes[at] = match *node {
            Node::Leaf { value } => (value, value),
            Node::Split { right, .. } => {
                let (left, right): ((f64, f64), (f64, f64)) = (extremes[at + 1], extremes[right]);
                (left.0.min(right.0), left.1.max(right.1))
            }
        };
    }
    extremes
}

struct Check<'a> {
    ensemble: &'a Ensemble,
    input: usize,
    way: Monotone,
    extremes: Vec<(f64, f64)>,
    ranges: Vec<Range>,
}

impl Check<'_> {
    /// Whether every leaf below `low` is in order with every leaf below `high` that the same other inputs can reach.
    fn is_ordered(&mut self, low: usize, high: usize) -> bool {
        let (below, above) = match self.way {
            Monotone::RiskRises => (self.extremes[low].1, self.extremes[high].0),
            Monotone::RiskFalls => (self.extremes[high].1, self.extremes[low].0),
        };
        if below <= above {
            return true;
        }
        let nodes = &self.ensemble.nodes;
        let (at, is_low) = match (nodes[low], nodes[high]) {
            (Node::Split { .. }, _) => (low, true),
            (_, Node::Split { .. }) => (high, false),
            (Node::Leaf { .. }, Node::Leaf { .. }) => return false,
        };
        let Node::Split { input, threshold, absent, right } = nodes[at] else { return false };
        [(at + 1, true), (right, false)].into_iter().all(|(child, is_left)| {
            let before = self.ranges[input];
            if input != self.input {
                self.ranges[input] = self.narrowed(before, threshold, absent, is_left);
                if !self.ranges[input].can_be() {
                    self.ranges[input] = before;
                    return true;
                }
            }
            let (low, high) = if is_low { (child, high) } else { (low, child) };
            let is_ordered = self.is_ordered(low, high);
            self.ranges[input] = before;
            is_ordered
        })
    }

    fn narrowed(&self, range: Range, threshold: f64, absent: Absent, is_left: bool) -> Range {
        let missing = range.missing && self.ensemble.goes_left(f64::NAN, threshold, absent) == is_left;
        if is_left {
            Range { upper: range.upper.min(threshold), missing, ..range }
        } else {
            Range { lower: range.lower.max(threshold), missing, ..range }
        }
    }
}

impl Range {
    fn can_be(self) -> bool {
        self.lower < self.upper || self.missing
    }
}
