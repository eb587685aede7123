//! The search: neighbouring prebins into bins with the largest information value that the constraints allow.
//!
//! The state is the last bin, that is its first and last prebin: every constraint is one on a bin, on two neighbouring bins, on
//! the number of bins, or on how often the bad rate turns, so nothing before the last bin matters. For each number of bins and each
//! phase (before or after the turn) the best information value of every state follows from those with one bin less. At most
//! prebins³ · bins steps; no pruning that could lose the best.

use super::{Options, Trend, ZeroCell, tally::Tally};
use crate::count::real;

/// Neighbouring prebins made one bin.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Merged {
    pub(super) first: usize,
    pub(super) last: usize,
    pub(super) tally: Tally,
}

/// Information values closer than this are equal: the fewer bins win.
const EQUAL: f64 = 1e-12;

const RISES: u8 = 1;
const FALLS: u8 = 2;
const APART: u8 = 4;

/// From a phase to a phase, if the bad rate moves so.
struct Move {
    from: usize,
    to: usize,
    needs: u8,
}

const fn step(from: usize, to: usize, needs: u8) -> Move {
    Move { from, to, needs }
}

const ASCENDING: &[Move] = &[step(0, 0, RISES)];
const DESCENDING: &[Move] = &[step(0, 0, FALLS)];
const PEAK: &[Move] = &[step(0, 0, RISES), step(0, 1, FALLS), step(1, 1, FALLS)];
const VALLEY: &[Move] = &[step(0, 0, FALLS), step(0, 1, RISES), step(1, 1, RISES)];
const ANY: &[Move] = &[step(0, 0, APART)];
const PHASES: usize = 2;

/// Fewest rows of a bin that has this share of `rows`.
pub(super) fn rows_min(rows: u64, share: f64) -> u64 {
    // Compared as numbers: the smallest count that is not below the product, as optbinning rounds.
    let least = libm::ceil(share * real(rows));
    let (mut low, mut high) = (0, rows);
    while low < high {
        let middle = low + (high - low) / 2;
        if real(middle) < least { low = middle + 1 } else { high = middle }
    }
    low
}

/// The bad rate by which bins are ordered: of a bin with a zero cell, the one that its weight of evidence goes by.
pub(super) fn rate(goods: f64, bads: f64, zero_cell: ZeroCell) -> f64 {
    let half = if zero_cell == ZeroCell::AddHalf && (goods == 0.0 || bads == 0.0) { 0.5 } else { 0.0 };
    (bads + half) / (goods + bads + 2.0 * half)
}

/// The p-value of the two-sided z test that two bins have the same bad rate, and the square of z (the chi-square statistic of
/// the two-by-two table without correction). 1 and 0 when neither has a good, or neither a bad.
pub(super) fn same_rate(a: &Tally, b: &Tally) -> (f64, f64) {
    let (rows_a, rows_b) = (real(a.rows), real(b.rows));
    let pooled = real(a.bad_rows + b.bad_rows) / (rows_a + rows_b);
    let gap = real(a.bad_rows) / rows_a - real(b.bad_rows) / rows_b;
    let square = gap * gap / (pooled * (1.0 - pooled) * (1.0 / rows_a + 1.0 / rows_b));
    if square.is_finite() { (libm::erfc(libm::sqrt(square / 2.0)), square) } else { (1.0, 0.0) }
}

/// The shape of a row of bad rates.
pub(super) fn shape(rates: impl Iterator<Item = f64>) -> Trend {
    let rates: Vec<f64> = rates.collect();
    let steps = || rates.windows(2).map(|pair| pair[1] - pair[0]);
    let falls_from = steps().position(|step| step < 0.0);
    let rises_from = steps().position(|step| 0.0 < step);
    match (rises_from, falls_from) {
        _ if rates.len() < 2 => Trend::None,
        (_, None) => Trend::Ascending,
        (None, Some(_)) => Trend::Descending,
        (Some(_), Some(fall)) if steps().skip(fall).all(|step| step <= 0.0) => Trend::Peak,
        (Some(rise), Some(_)) if steps().skip(rise).all(|step| 0.0 <= step) => Trend::Valley,
        _ => Trend::None,
    }
}

/// The best bins; all prebins in one when nothing else is allowed.
pub(super) fn search(prebins: &[Tally], total: &Tally, options: &Options, trend: Trend) -> Vec<Merged> {
    if prebins.is_empty() {
        return vec![];
    }
    let field = Field::new(prebins, total, options);
    let best = match trend {
        Trend::Auto => field.auto(options.turn_gain_min),
        trend => field.best(trend),
    };
    let ends = best.map_or_else(|| vec![prebins.len() - 1], |solution| solution.ends);
    merge(prebins, &ends)
}

/// The prebins as they are, except that those with a zero cell join the neighbour with the nearer bad rate (the lower one if
/// both are as near), from below, until none is left.
pub(super) fn fixed(prebins: &[Tally], zero_cell: ZeroCell) -> Vec<Merged> {
    let mut ends: Vec<usize> = (0..prebins.len()).collect();
    while zero_cell == ZeroCell::Merge && 1 < ends.len() {
        let merged = merge(prebins, &ends);
        let Some(pure) = merged.iter().position(|one| one.tally.is_pure()) else { break };
        let distance = |at: usize| {
            let (here, there) = (merged[pure].tally, merged.get(at)?.tally);
            Some((rate(here.goods, here.bads, zero_cell) - rate(there.goods, there.bads, zero_cell)).abs())
        };
        let below = pure.checked_sub(1).and_then(distance);
        let joins_below = match (below, distance(pure + 1)) {
            (Some(below), Some(above)) => below <= above,
            (below, _) => below.is_some(),
        };
        ends.remove(if joins_below { pure - 1 } else { pure });
    }
    merge(prebins, &ends)
}

fn merge(prebins: &[Tally], ends: &[usize]) -> Vec<Merged> {
    let mut first = 0;
    let mut merged = Vec::with_capacity(ends.len());
    for last in ends {
        merged.push(Merged { first, last: *last, tally: Tally::sum(&prebins[first..=*last]) });
        first = last + 1;
    }
    merged
}

/// A grouping and what it is worth.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Solution {
    /// The last prebin of each bin.
    pub(super) ends: Vec<usize>,
    pub(super) iv: f64,
}

/// Everything about the candidate bins that does not depend on the trend.
pub(super) struct Field {
    prebins: usize,
    bins_max: usize,
    // Of the bin first..=last at first · prebins + last; −∞ if it may not be.
    value: Vec<f64>,
    // Of the bins h..first and first..=last at (first · prebins + last) · prebins + h: how the bad rate moves; 0 if they may
    // not be neighbours.
    moves: Vec<u8>,
}

impl Field {
    pub(super) fn new(prebins: &[Tally], total: &Tally, options: &Options) -> Field {
        let n = prebins.len();
        let rows = rows_min(prebins.iter().map(|prebin| prebin.rows).sum(), options.bin_share_min);
        let mut spans = vec![Tally::default(); n * n];
        let mut value = vec![f64::NEG_INFINITY; n * n];
        for first in 0..n {
            let mut span = Tally::default();
            for last in first..n {
                span = span.plus(&prebins[last]);
                spans[first * n + last] = span;
                let enough =
                    rows <= span.rows && options.bads_min <= span.bad_rows && options.goods_min <= span.good_rows();
                if let (true, Some(woe)) = (enough, span.woe(total, options.zero_cell)) {
                    value[first * n + last] = span.iv(total, woe);
                }
            }
        }
        let rates: Vec<f64> = spans.iter().map(|span| rate(span.goods, span.bads, options.zero_cell)).collect();
        let mut moves = vec![0; n * n * n];
        for first in 1..n {
            for last in first..n {
                let next = first * n + last;
                for h in (0..first).filter(|_| f64::NEG_INFINITY < value[next]) {
                    let before = h * n + first - 1;
                    if f64::NEG_INFINITY < value[before] && differ(&spans[before], &spans[next], options) {
                        moves[next * n + h] = direction(rates[before], rates[next], options.rate_gap_min);
                    }
                }
            }
        }
        Field { prebins: n, bins_max: options.bins_max.min(n), value, moves }
    }

    /// The best of the four shapes; see [`Trend::Auto`].
    fn auto(&self, gain: f64) -> Option<Solution> {
        let straight = better(self.best(Trend::Ascending), self.best(Trend::Descending), 0.0);
        let turned = better(self.best(Trend::Peak), self.best(Trend::Valley), 0.0);
        better(straight, turned, gain)
    }

    /// The best grouping of that shape, with the fewest bins among equals; `None` when no grouping is allowed.
    pub(super) fn best(&self, trend: Trend) -> Option<Solution> {
        let rules = match trend {
            Trend::Auto => return self.auto(0.0),
            Trend::Ascending => ASCENDING,
            Trend::Descending => DESCENDING,
            Trend::Peak => PEAK,
            Trend::Valley => VALLEY,
            Trend::None => ANY,
        };
        let mut layers = vec![self.first_layer()];
        while layers.len() < self.bins_max {
            let next = self.next_layer(&layers[layers.len() - 1], rules);
            if next.best.iter().flatten().all(|value| *value == f64::NEG_INFINITY) {
                break;
            }
            layers.push(next);
        }
        let ivs: Vec<f64> = layers.iter().map(|layer| self.end(layer).0).collect();
        let most = ivs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        if most == f64::NEG_INFINITY {
            return None;
        }
        let count = ivs.iter().position(|iv| most - EQUAL * most.abs().max(1.0) <= *iv)?;
        Some(Solution { ends: self.trace(&layers[..=count]), iv: ivs[count] })
    }

    fn first_layer(&self) -> Layer {
        let mut layer = Layer::new(self.prebins);
        for last in 0..self.prebins {
            layer.best[0][last * self.prebins] = self.value[last];
        }
        layer
    }

    fn next_layer(&self, before: &Layer, rules: &[Move]) -> Layer {
        let n = self.prebins;
        let mut layer = Layer::new(n);
        for first in 1..n {
            for last in first..n {
                let value = self.value[first * n + last];
                if value == f64::NEG_INFINITY {
                    continue;
                }
                let moves = &self.moves[(first * n + last) * n..][..first];
                for rule in rules {
                    let row = &before.best[rule.from][(first - 1) * n..][..first];
                    let (best, from) = (&mut layer.best[rule.to], &mut layer.from[rule.to]);
                    for (h, (iv, moved)) in row.iter().zip(moves).enumerate() {
                        if moved & rule.needs != 0 && best[last * n + first] < iv + value {
                            best[last * n + first] = iv + value;
                            from[last * n + first] = (rule.from, h);
                        }
                    }
                }
            }
        }
        layer
    }

    /// The best state of a layer that has used all prebins: its value, phase and first prebin.
    fn end(&self, layer: &Layer) -> (f64, usize, usize) {
        let n = self.prebins;
        let mut end = (f64::NEG_INFINITY, 0, 0);
        for phase in 0..PHASES {
            for (first, iv) in layer.best[phase][(n - 1) * n..].iter().enumerate() {
                if end.0 < *iv {
                    end = (*iv, phase, first);
                }
            }
        }
        end
    }

    fn trace(&self, layers: &[Layer]) -> Vec<usize> {
        let n = self.prebins;
        let mut ends = vec![n - 1];
        let Some(top) = layers.last() else { return ends };
        let (_, mut phase, mut first) = self.end(top);
        for layer in layers[1..].iter().rev() {
            let last = ends[ends.len() - 1];
            ends.push(first - 1);
            (phase, first) = layer.from[phase][last * n + first];
        }
        ends.reverse();
        ends
    }
}

/// With a given number of bins: the best information value of every state, and the state before it. A state stands at
/// last · prebins + first.
struct Layer {
    best: [Vec<f64>; PHASES],
    from: [Vec<(usize, usize)>; PHASES],
}

impl Layer {
    fn new(prebins: usize) -> Layer {
        let best = || vec![f64::NEG_INFINITY; prebins * prebins];
        let from = || vec![(0, 0); prebins * prebins];
        Layer { best: [best(), best()], from: [from(), from()] }
    }
}

/// The first, unless the second is worth more than its share `gain` above it.
fn better(first: Option<Solution>, second: Option<Solution>, gain: f64) -> Option<Solution> {
    match (first, second) {
        (Some(first), Some(second)) => Some(if first.iv * (1.0 + gain) + EQUAL < second.iv { second } else { first }),
        (first, second) => first.or(second),
    }
}

fn differ(before: &Tally, next: &Tally, options: &Options) -> bool {
    options.p_value_max.is_none_or(|most| same_rate(before, next).0 <= most)
}

fn direction(before: f64, next: f64, gap: f64) -> u8 {
    if (next - before).abs() < gap {
        return 0;
    }
    let rises = if before <= next { RISES } else { 0 };
    let falls = if next <= before { FALLS } else { 0 };
    rises | falls | APART
}
