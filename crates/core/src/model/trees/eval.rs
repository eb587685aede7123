//! Walking an ensemble: margins to the last bit of the library that made it, and the bounds when values are unknown.
//!
//! # Source
//!
//! LightGBM 4, `include/LightGBM/tree.h` (`NumericalDecision`, `kZeroThreshold`) and `src/boosting/gbdt_prediction.cpp`;
//! XGBoost 3, `src/predictor` (`GetNextNode`: `fvalue < split_cond`, the default direction for a missing value).

use super::{
    DEPTH_MAX, NODES_MAX, ZERO,
    file::{Comparison, TreeFile, TreesFile},
};

/// How far the covers of two children may be from their parent's, as a share: single precision sums apart.
const COVER_SLACK: f64 = 0.01;

/// Where a missing value goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Absent {
    Left,
    Right,
    /// Where zero goes.
    AsZero,
    /// Left, and so does a zero.
    ZeroLeft,
    /// Right, and so does a zero.
    ZeroRight,
}

/// A node of the flattened ensemble; the left child of a split is the next node.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Node {
    Split { input: usize, threshold: f64, absent: Absent, right: usize },
    Leaf { value: f64 },
}

/// Every tree's nodes, one tree after the other.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Ensemble {
    pub(super) comparison: Comparison,
    pub(super) base_margin: f64,
    /// The first node of each tree.
    pub(super) roots: Vec<usize>,
    pub(super) nodes: Vec<Node>,
    /// Of each node.
    pub(super) cover: Vec<f64>,
    /// Splits on the longest way from a root to a leaf.
    pub(super) depth: usize,
}

impl Ensemble {
    /// Flattens and checks; the fault names the tree and the node, from 0.
    pub(super) fn new(file: &TreesFile) -> Result<Ensemble, String> {
        let base_margin = file.base_margin;
        let mut ensemble = Ensemble {
            comparison: file.comparison,
            base_margin,
            roots: vec![],
            nodes: vec![],
            cover: vec![],
            depth: 0,
        };
        if !ensemble.is_exact(base_margin) {
            return Err(format!("`base_margin` is not {}", ensemble.wanted()));
        }
        for (at, tree) in file.tree.iter().enumerate() {
            ensemble.push(tree, file.inputs.len()).map_err(|fault| format!("tree {at}: {fault}"))?;
        }
        Ok(ensemble)
    }

    fn push(&mut self, tree: &TreeFile, inputs: usize) -> Result<(), String> {
        let count = tree.input.len();
        if count == 0 || [tree.value.len(), tree.absent.len(), tree.cover.len()].iter().any(|other| *other != count) {
            return Err("`input`, `value`, `absent` and `cover` want one entry a node, at least one".to_owned());
        }
        if NODES_MAX < self.nodes.len() + count {
            return Err(format!("the ensemble has more than {NODES_MAX} nodes"));
        }
        let first = self.nodes.len();
        // Splits whose subtree is not complete, with whether their left side is.
        let mut open: Vec<(usize, bool)> = vec![];
        for at in 0..count {
            if 0 < at && open.is_empty() {
                return Err(format!("node {at}: stands after the tree is complete"));
            }
            let node = self.node(tree, at, inputs).map_err(|fault| format!("node {at}: {fault}"))?;
            self.nodes.push(node);
            self.cover.push(tree.cover[at]);
            if let Node::Split { .. } = node {
                open.push((first + at, false));
                self.depth = self.depth.max(open.len());
                if DEPTH_MAX < open.len() {
                    return Err(format!("node {at}: is deeper than {DEPTH_MAX}"));
                }
                continue;
            }
            // A leaf completes the right sides that end with it; the split before them goes on to its right.
            while open.last().is_some_and(|(_, left_done)| *left_done) {
                open.pop();
            }
            if let Some((split, left_done)) = open.last_mut() {
                *left_done = true;
                let next = self.nodes.len();
                if let Node::Split { right, .. } = &mut self.nodes[*split] {
                    *right = next;
                }
            }
        }
        if !open.is_empty() {
            return Err("ends before every split has two sides".to_owned());
        }
        self.roots.push(first);
        self.check_cover(first)
    }

    fn node(&self, tree: &TreeFile, at: usize, inputs: usize) -> Result<Node, String> {
        let (value, cover) = (tree.value[at], tree.cover[at]);
        if !self.is_exact(value) {
            return Err(format!("its value is not {}", self.wanted()));
        }
        if !(cover.is_finite() && 0.0 < cover) {
            return Err("its cover is not a positive number".to_owned());
        }
        let letter = tree.absent.as_bytes()[at];
        if tree.input[at] == -1 {
            return if letter == b'.' {
                Ok(Node::Leaf { value })
            } else {
                Err("a leaf has `.` in `absent`".to_owned())
            };
        }
        let input = usize::try_from(tree.input[at]).ok().filter(|input| *input < inputs);
        let input = input.ok_or("reads an input that is not listed")?;
        let absent = match letter {
            b'l' => Absent::Left,
            b'r' => Absent::Right,
            b'0' => Absent::AsZero,
            b'L' => Absent::ZeroLeft,
            b'R' => Absent::ZeroRight,
            _ => return Err("`absent` of a split is one of l, r, 0, L, R".to_owned()),
        };
        Ok(Node::Split { input, threshold: value, absent, right: 0 })
    }

    fn check_cover(&self, first: usize) -> Result<(), String> {
        for (at, node) in self.nodes.iter().enumerate().skip(first) {
            let Node::Split { right, .. } = node else { continue };
            let (own, children) = (self.cover[at], self.cover[at + 1] + self.cover[*right]);
            if COVER_SLACK * own < (own - children).abs() {
                return Err(format!("node {}: its children's covers do not add up to its own", at - first));
            }
        }
        Ok(())
    }

    fn is_exact(&self, number: f64) -> bool {
        let single = self.comparison == Comparison::F32LessThan;
        number.is_finite() && (!single || f64::from(narrow(number)).total_cmp(&number).is_eq())
    }

    fn wanted(&self) -> &'static str {
        match self.comparison {
            Comparison::F32LessThan => "a finite number of single precision",
            Comparison::F64LessOrEqual => "a finite number",
        }
    }

    /// The values as the trees compare them.
    pub(super) fn seen(&self, values: &[f64]) -> Vec<f64> {
        let see = |value: &f64| match self.comparison {
            Comparison::F32LessThan => f64::from(narrow(*value)),
            Comparison::F64LessOrEqual if value.abs() <= ZERO => 0.0,
            Comparison::F64LessOrEqual => *value,
        };
        values.iter().map(see).collect()
    }

    /// Whether a seen value goes left.
    pub(super) fn goes_left(&self, seen: f64, threshold: f64, absent: Absent) -> bool {
        let below = |seen: f64| match self.comparison {
            Comparison::F32LessThan => seen < threshold,
            Comparison::F64LessOrEqual => seen <= threshold,
        };
        let is_zero = seen.abs() <= 0.0;
        match absent {
            Absent::Left | Absent::ZeroLeft if seen.is_nan() => true,
            Absent::Right | Absent::ZeroRight if seen.is_nan() => false,
            Absent::AsZero if seen.is_nan() => below(0.0),
            Absent::ZeroLeft if is_zero => true,
            Absent::ZeroRight if is_zero => false,
            _ => below(seen),
        }
    }

    /// The margin of seen values.
    pub(super) fn margin(&self, seen: &[f64]) -> f64 {
        self.sum(|root| self.leaf(root, seen))
    }

    fn leaf(&self, root: usize, seen: &[f64]) -> f64 {
        let mut at = root;
        loop {
            match self.nodes[at] {
                Node::Leaf { value } => return value,
                Node::Split { input, threshold, absent, right } => {
                    at = if self.goes_left(seen[input], threshold, absent) { at + 1 } else { right };
                }
            }
        }
    }

    /// The least and the greatest margin when the values marked unknown may be anything: each tree takes its own extreme, so
    /// the true range lies within.
    pub(super) fn bounds(&self, seen: &[f64], unknown: &[bool]) -> (f64, f64) {
        (
            self.sum(|root| self.extreme(root, seen, unknown, f64::min)),
            self.sum(|root| self.extreme(root, seen, unknown, f64::max)),
        )
    }

    fn extreme(&self, at: usize, seen: &[f64], unknown: &[bool], choose: fn(f64, f64) -> f64) -> f64 {
        match self.nodes[at] {
            Node::Leaf { value } => value,
            Node::Split { input, right, .. } if unknown[input] => {
                choose(self.extreme(at + 1, seen, unknown, choose), self.extreme(right, seen, unknown, choose))
            }
            Node::Split { input, threshold, absent, right } => {
                let next = if self.goes_left(seen[input], threshold, absent) { at + 1 } else { right };
                self.extreme(next, seen, unknown, choose)
            }
        }
    }

    /// Sums one number a tree, in order and in the ensemble's precision.
    fn sum(&self, of_tree: impl Fn(usize) -> f64) -> f64 {
        match self.comparison {
            Comparison::F32LessThan => {
                let add = |sum: f32, root: &usize| sum + narrow(of_tree(*root));
                f64::from(self.roots.iter().fold(narrow(self.base_margin), add))
            }
            Comparison::F64LessOrEqual => self.roots.iter().fold(self.base_margin, |sum, root| sum + of_tree(*root)),
        }
    }
}

/// Rounds to single precision, half to even.
#[expect(clippy::cast_possible_truncation, reason = "XGBoost compares and sums in single precision")]
pub(super) fn narrow(number: f64) -> f32 {
    number as f32
}
