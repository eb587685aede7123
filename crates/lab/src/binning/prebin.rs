//! Numbers: counted by value, cut into prebins, merged into bins.

use super::{
    Bin, BinKind, BinningError, Options, Tally, ZeroCell,
    solve::{self, Merged},
    tally::{self, Entry, Rows},
};
use crate::{count::real, sample::Number};

/// A column of numbers, counted.
pub(super) struct Tallied {
    /// Distinct values, ascending.
    pub(super) groups: Vec<(f64, Tally)>,
    pub(super) specials: Vec<(f64, Tally)>,
    /// In the order of all causes.
    pub(super) missing: Vec<Tally>,
}

/// Counts the rows of every value, special code and cause.
pub(super) fn tally(name: &str, cells: &[Number], rows: &Rows<'_>, special: &[f64]) -> Result<Tallied, BinningError> {
    let mut numbers: Vec<Entry> = Vec::with_capacity(cells.len());
    let mut causes: Vec<Entry> = Vec::new();
    for (row, cell) in cells.iter().enumerate() {
        match cell {
            Ok(value) if value.is_finite() => numbers.push(rows.entry(row, place(*value))),
            Ok(_) => return Err(BinningError::NotFinite { name: name.to_owned() }),
            Err(cause) => causes.push(rows.entry(row, tally::cause_place(*cause))),
        }
    }
    let mut specials: Vec<(f64, Tally)> = special.iter().map(|code| (*code, Tally::default())).collect();
    let mut groups: Vec<(f64, Tally)> = Vec::new();
    for (place, tally) in tally::tally(numbers) {
        let value = value(place);
        match specials.iter_mut().find(|one| one.0 == value) {
            Some(one) => one.1 = tally,
            None => groups.push((value, tally)),
        }
    }
    Ok(Tallied { groups, specials, missing: tally::tally_causes(causes) })
}

const SIGN: u64 = 1 << 63;

/// A number's bits, ordered as numbers are; both zeros are one.
fn place(value: f64) -> u64 {
    let bits = (value + 0.0).to_bits();
    if bits & SIGN == 0 { bits | SIGN } else { !bits }
}

fn value(place: u64) -> f64 {
    f64::from_bits(if place & SIGN == 0 { !place } else { place & !SIGN })
}

/// The bins of counted numbers; one empty, neutral bin when there is none.
pub(super) fn bins(groups: &[(f64, Tally)], total: &Tally, options: &Options) -> Vec<Bin> {
    let cuts = match (&options.splits, &options.prebin_splits) {
        (Some(splits), _) | (None, Some(splits)) => given(groups, splits),
        (None, None) => quantiles(groups, options),
    };
    let prebins = count(groups, &cuts);
    let merged = match options.splits {
        Some(_) => solve::fixed(&prebins, options.zero_cell),
        None => solve::search(&prebins, total, options, options.trend),
    };
    ranges(&merged, &cuts, total, options.zero_cell)
}

/// Where a prebin starts: the place of its first value, and the edge to write.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Cut {
    pub(super) at: usize,
    pub(super) edge: f64,
}

/// The given splits that have values on both sides. Of several with the same values below, the largest stands: an empty range
/// joins the one below it.
fn given(groups: &[(f64, Tally)], splits: &[f64]) -> Vec<Cut> {
    let mut cuts: Vec<Cut> = Vec::new();
    for split in splits {
        let at = groups.partition_point(|group| group.0 < *split);
        if at == 0 || at == groups.len() {
            continue;
        }
        if cuts.last().is_some_and(|last| last.at == at) {
            cuts.pop();
        }
        cuts.push(Cut { at, edge: split + 0.0 });
    }
    cuts
}

/// Cuts near the weighted quantiles. A value is never split; one as heavy as a prebin stands alone. What remains is shared out
/// anew after each cut, so that a heavy value costs no prebins elsewhere.
pub(super) fn quantiles(groups: &[(f64, Tally)], options: &Options) -> Vec<Cut> {
    let all: f64 = groups.iter().map(|group| group.1.weight()).sum();
    let least = all * options.prebin_share_min;
    let (mut left, mut prebins_left) = (all, options.prebins_max);
    let (mut inside, mut cuts) = (0.0, Vec::new());
    for (at, pair) in groups.windows(2).enumerate() {
        inside += pair[0].1.weight();
        let next = pair[1].1.weight();
        let step = left / real(prebins_left);
        // Stop here if stopping after the next value would miss the step by more.
        if prebins_left > 1 && least <= inside && step - inside < inside + next - step {
            cuts.push(Cut { at: at + 1, edge: edge(pair[0].0, pair[1].0) });
            left -= inside;
            prebins_left -= 1;
            inside = 0.0;
        }
    }
    let last = inside + groups.last().map_or(0.0, |group| group.1.weight());
    if last < least {
        cuts.pop();
    }
    cuts
}

/// The shortest decimal in `(below, upper]`: parts the values as `upper` does and reads better.
pub(super) fn edge(below: f64, upper: f64) -> f64 {
    if below < 0.0 && 0.0 <= upper {
        return 0.0;
    }
    let fits = |edge: f64| below < edge && edge <= upper;
    let mut power = 1e15;
    while 1.0 <= power {
        let edge = libm::floor(upper / power) * power;
        if fits(edge) {
            return edge;
        }
        power /= 10.0;
    }
    power = 10.0;
    while power <= 1e12 {
        // The product may be rounded across an integer; the quotient is the decimal itself.
        let nearest = libm::round(upper * power);
        if let Some(edge) = [nearest / power, (nearest - 1.0) / power].into_iter().find(|edge| fits(*edge)) {
            return edge;
        }
        power *= 10.0;
    }
    upper
}

fn count(groups: &[(f64, Tally)], cuts: &[Cut]) -> Vec<Tally> {
    if groups.is_empty() {
        return vec![];
    }
    let starts = std::iter::once(0).chain(cuts.iter().map(|cut| cut.at));
    let ends = cuts.iter().map(|cut| cut.at).chain([groups.len()]);
    starts.zip(ends).map(|(start, end)| Tally::sum(groups[start..end].iter().map(|group| &group.1))).collect()
}

fn ranges(merged: &[Merged], cuts: &[Cut], total: &Tally, zero_cell: ZeroCell) -> Vec<Bin> {
    if merged.is_empty() {
        return vec![Bin::new(BinKind::Range { from: None, below: None }, Tally::default(), total, zero_cell)];
    }
    // cuts[i] stands between prebins i and i + 1.
    let edge = |prebin: Option<usize>| prebin.and_then(|at| cuts.get(at)).map(|cut| cut.edge);
    let range = |one: &Merged| BinKind::Range { from: edge(one.first.checked_sub(1)), below: edge(Some(one.last)) };
    merged.iter().map(|one| Bin::new(range(one), one.tally, total, zero_cell)).collect()
}
