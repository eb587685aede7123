//! Isotonic regression: the falling step function nearest to the outcomes.

use super::{CalibrateError, Calibration};
use crate::metrics::{Cases, sum};

/// The smallest and the largest probability that a step may have.
///
/// A step without bads has probability 0, which no loss survives; `0` and `1` keep it so, and with it the mean. Bounds are
/// applied after pooling, as scikit-learn's `y_min` and `y_max` are.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Bounds {
    /// At least 0.
    pub lower: f64,
    /// At most 1, and not below `lower`.
    pub upper: f64,
}

impl Default for Bounds {
    fn default() -> Bounds {
        Bounds { lower: 0.0, upper: 1.0 }
    }
}

struct Block {
    from: f64,
    bads: f64,
    total: f64,
}

/// Pools adjacent violators over blocks of equal score.
///
/// Steps, not lines between knots: each probability then is the rate that was observed among the scores of its step, and a
/// score that fell between two steps gets the riskier one's.
///
/// # Errors
///
/// [`CalibrateError::Invalid`] for bounds outside `[0, 1]` or crossed; [`CalibrateError::WrongWay`] when everything pools into
/// one step though scores differ: no score is safer than another.
///
/// # Source
///
/// Ayer et al. (1955), Ann. Math. Stat. 26; Zadrozny & Elkan (2002), KDD.
pub fn isotonic(cases: &Cases, bounds: Bounds) -> Result<Calibration, CalibrateError> {
    if !(0.0 <= bounds.lower && bounds.lower <= bounds.upper && bounds.upper <= 1.0) {
        return Err(CalibrateError::Invalid("bounds must satisfy 0 <= lower <= upper <= 1"));
    }
    let (bad, weight) = (cases.bad(), cases.weight());
    let mut blocks: Vec<Block> = Vec::new();
    for tie in cases.ties() {
        let mut block = Block {
            from: cases.score()[tie.start],
            bads: sum(tie.clone().filter(|at| bad[*at]).map(|at| weight[at])),
            total: sum(tie.map(|at| weight[at])),
        };
        // Cross-multiplied, rates of counts compare exactly; equal neighbours become one step.
        while let Some(before) = blocks.pop_if(|before| before.bads * block.total <= block.bads * before.total) {
            block = Block { from: before.from, bads: before.bads + block.bads, total: before.total + block.total };
        }
        blocks.push(block);
    }
    if blocks.len() == 1 && cases.ties().len() != 1 {
        return Err(CalibrateError::WrongWay);
    }
    let (mut from, mut probability): (Vec<f64>, Vec<f64>) = (Vec::new(), Vec::new());
    for block in blocks {
        let p = (block.bads / block.total).clamp(bounds.lower, bounds.upper);
        // Clamped steps may be equal again.
        if probability.last() != Some(&p) {
            from.push(block.from);
            probability.push(p);
        }
    }
    Ok(Calibration::Steps { from, probability })
}
