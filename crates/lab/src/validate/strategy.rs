//! What each cut-off would have approved, and what came of it.

use serde::{Deserialize, Serialize};

use crate::metrics::{Cases, Estimate, bad_share, share};

/// What an approved application earns or costs, in the lender's own unit.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Economics {
    /// Earned by an approved good.
    pub gain_per_good: f64,
    /// Lost by an approved bad; positive.
    pub loss_per_bad: f64,
}

/// Approving every score from `cutoff` up.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
pub struct Cutoff {
    /// The lowest score approved.
    pub cutoff: f64,
    /// Rows approved.
    pub rows: usize,
    /// Approved, of all; by weight, as below.
    pub approval_rate: f64,
    /// Bads of the approved, with a Clopper–Pearson interval.
    pub bad_rate: Estimate,
    /// Bads of the declined; `None` when nobody is.
    pub declined_bad_rate: Option<f64>,
    /// Share of all bads that is declined.
    pub bads_declined: f64,
    /// Share of all goods that is declined.
    pub goods_declined: f64,
    /// Gains of goods less losses of bads, a row of all; `None` without economics.
    pub profit_per_application: Option<f64>,
    /// Whether no cut-off earns more (the lowest such, over every distinct score).
    pub best: bool,
}

/// Most rows of a [`strategy`] table.
pub const STRATEGY_ROWS_MAX: usize = 100;

/// The cut-off curve over every distinct score, lowest cut-off first, thinned to at most [`STRATEGY_ROWS_MAX`] rows that lie
/// about evenly in approval rate and keep the first, the last, the most profitable and the one that parts goods and bads furthest.
///
/// The outcomes are those of loans that were made: what declined applications would have done is not in them.
#[must_use]
pub fn strategy(cases: &Cases, economics: Option<Economics>, level: f64) -> Vec<Cutoff> {
    let (bad, weight) = (cases.bad(), cases.weight());
    let starts: Vec<usize> = cases.ties().into_iter().map(|tie| tie.start).collect();
    // Weight of goods and bads before each row.
    let mut before = vec![(0.0, 0.0)];
    for at in 0..cases.len() {
        let (goods, bads): (f64, f64) = before[at];
        before.push(if bad[at] { (goods, bads + weight[at]) } else { (goods + weight[at], bads) });
    }
    let (all_goods, all_bads) = before[cases.len()];
    let all = all_goods + all_bads;
    let profit = |start: usize| {
        let (goods, bads) = (all_goods - before[start].0, all_bads - before[start].1);
        economics.map(|money| (goods * money.gain_per_good - bads * money.loss_per_bad) / all)
    };
    let mut best: Option<(f64, usize)> = None;
    for start in &starts {
        if let Some(value) = profit(*start) {
            best = match best {
                Some(found) if value <= found.0 => Some(found),
                _ => Some((value, *start)),
            };
        }
    }
    let best = best.map(|found| found.1);
    let row = |start: usize| {
        let (goods_below, bads_below) = before[start];
        let below = goods_below + bads_below;
        let approved = (start..cases.len()).map(|at| (bad[at], weight[at]));
        Cutoff {
            cutoff: cases.score()[start],
            rows: cases.len() - start,
            approval_rate: (all - below) / all,
            // The last cut-off still approves the rows of the highest score.
            bad_rate: bad_share(approved, level).unwrap_or(Estimate { value: 0.0, lower: 0.0, upper: 1.0 }),
            declined_bad_rate: (0.0 < below).then(|| bads_below / below),
            bads_declined: share(bads_below, all_bads),
            goods_declined: share(goods_below, all_goods),
            profit_per_application: profit(start),
            best: best == Some(start),
        }
    };
    let gap = |start: usize| (before[start].1 * all_goods - before[start].0 * all_bads).abs();
    let widest = starts.iter().copied().max_by(|a, b| gap(*a).total_cmp(&gap(*b)));
    thin(&starts, cases.len(), [best, widest]).into_iter().map(row).collect()
}

/// At most [`STRATEGY_ROWS_MAX`] of ascending starts, about evenly apart in rows.
fn thin(starts: &[usize], rows: usize, named: [Option<usize>; 2]) -> Vec<usize> {
    if starts.len() <= STRATEGY_ROWS_MAX {
        return starts.to_vec();
    }
    // The last and those that are named may have to be added.
    let steps = STRATEGY_ROWS_MAX - 3;
    let mut kept: Vec<usize> = (0..steps)
        .map(|step| {
            let wanted = step * rows / steps;
            starts[starts.partition_point(|start| *start < wanted).min(starts.len() - 1)]
        })
        .collect();
    kept.extend(starts.last());
    kept.extend(named.into_iter().flatten());
    kept.sort_unstable();
    kept.dedup();
    kept
}
