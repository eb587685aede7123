//! Isotonic regression: the falling step function nearest to the outcomes.

use super::{CalibrateError, Calibration};
use crate::metrics::{Cases, sum};

/// The smallest and the largest probability that a step may have; applied after pooling, as scikit-learn's `y_min` and `y_max` are.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub enum Bounds {
    /// A step without bads, or without goods, counts half a case of the class that it lacks, as far as the next step allows: a
    /// probability of 0 or 1 says that something cannot happen, which no sample shows and no logarithmic loss survives.
    #[default]
    HalfACase,
    /// These, and nothing else.
    Within {
        /// At least 0.
        lower: f64,
        /// At most 1, and not below `lower`.
        upper: f64,
    },
}

impl Bounds {
    /// The rates as they are, 0 and 1 too: they keep the mean.
    pub const NONE: Bounds = Bounds::Within { lower: 0.0, upper: 1.0 };
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
    if let Bounds::Within { lower, upper } = bounds
        && !(0.0 <= lower && lower <= upper && upper <= 1.0)
    {
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
    for (block, p) in blocks.iter().zip(bounded(&blocks, bounds)) {
        // Clamped steps may be equal again.
        if probability.last() != Some(&p) {
            from.push(block.from);
            probability.push(p);
        }
    }
    Ok(Calibration::Steps { from, probability })
}

fn bounded(blocks: &[Block], bounds: Bounds) -> Vec<f64> {
    let mut rates: Vec<f64> = blocks.iter().map(|block| block.bads / block.total).collect();
    match bounds {
        Bounds::Within { lower, upper } => rates.iter_mut().for_each(|rate| *rate = rate.clamp(lower, upper)),
        Bounds::HalfACase => {
            // Rates fall from block to block, so that only the ends can be 1 or 0; each stays on its side of its neighbour.
            let half = |block: &Block| (0.5 / block.total).min(0.5);
            let (second, before_last) = (rates.get(1).copied(), rates.iter().rev().nth(1).copied());
            if let (Some(first), Some(block)) = (rates.first_mut(), blocks.first())
                && 1.0 <= *first
            {
                *first = (1.0 - half(block)).max(second.unwrap_or(0.0));
            }
            if let (Some(last), Some(block)) = (rates.last_mut(), blocks.last())
                && *last <= 0.0
            {
                *last = half(block).min(before_last.unwrap_or(1.0));
            }
        }
    }
    rates
}
