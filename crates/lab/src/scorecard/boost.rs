//! Boosting that stays a scorecard: many small steps, each in one column, add up to an effect for every bin.
//!
//! A round looks at some of the columns and some of the rows, takes the one cut (or bin apart) that lowers the deviance most, and
//! goes a small part of the way. Which columns are in, where their bins end and what the bins are worth come out of the same
//! search, so that related columns share what they say instead of one of them taking all of it, and nothing is fitted twice. A
//! tree of depth one speaks of one column: the sum of all of them is a card like any other, with the same file, points and reasons.

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use super::{BinEffects, FitError, Recipe, with_neutral_missing};
use crate::{
    binning::{self, Binned, ZeroCell},
    count::real,
    logistic::{log_likelihood, probability},
    sample::{Sample, Values},
    select::{Boosting, Candidate, Rule, SelectError, Step},
};

/// What the search found.
pub(super) struct Boosted {
    /// Places among the candidates, in the order in which they came in.
    pub(super) chosen: Vec<usize>,
    /// Their bins: no finer than the cuts that were taken.
    pub(super) binned: Vec<Binned>,
    /// What the bins are worth.
    pub(super) effects: BinEffects,
    /// One for each candidate.
    pub(super) steps: Vec<Step>,
}

/// Boosts.
///
/// # Formula
///
/// ```text
/// column of a cut: 1 - w from the cut on, -w below it, 0 without a value;   w = share of the weight from the cut on
/// column of a bin apart (special value, cause of missing): 1 in it, 0 elsewhere
/// g = Σ weight · (p - outcome) · column,   h = Σ weight · p · (1 - p) · column²,   over the rows drawn
/// the largest g² / (h + ridge · variance of the column) gets   rate · -g / (h + ridge · variance)
/// ```
///
/// The intercept follows by one Newton step a round. A cut never runs against its column's trend, leaves in every bin the least
/// rows that the binning asks for, and no column more bins than it allows; a column that would be one too many is not looked at.
///
/// # Errors
///
/// [`FitError::Select`] for a setting out of range; [`FitError::Binning`] for a trend that a sum of steps cannot keep.
///
/// # Source
///
/// Gradient boosting with trees of depth one (Friedman 2001, Annals of Statistics 29), drawn rows (Friedman 2002, Computational
/// Statistics & Data Analysis 38) and drawn columns (Breiman 2001, Machine Learning 45); that it is an additive model whose effects can
/// be read: Lou, Caruana & Gehrke 2012, KDD.
pub(super) fn fit(
    sample: &Sample,
    candidates: &[Candidate<'_>],
    recipe: &Recipe,
    options: impl Fn(&Candidate<'_>) -> binning::Options + Sync,
    how: &Boosting,
) -> Result<Boosted, FitError> {
    check(how)?;
    let tracks: Vec<Track> =
        candidates.par_iter().map(|one| Track::new(sample, one, recipe, options(one))).collect::<Result<_, _>>()?;
    let mut search = Search::new(sample, tracks, how);
    let mut random = ChaCha8Rng::seed_from_u64(recipe.seed);
    for _ in 0..how.rounds {
        let rows: Vec<bool> = sample.bad.iter().map(|_| random.random::<f64>() < how.rows_share).collect();
        let columns: Vec<bool> = candidates.iter().map(|_| random.random::<f64>() < how.columns_share).collect();
        search.round(&rows, &columns);
    }
    search.found(candidates, recipe)
}

fn check(how: &Boosting) -> Result<(), FitError> {
    let share = |value: f64| 0.0 < value && value <= 1.0;
    let wanted = [
        (share(how.rate), "method.boosted.rate", "is a part of the way: above 0, at most 1"),
        (share(how.rows_share), "method.boosted.rows_share", "is a share: above 0, at most 1"),
        (share(how.columns_share), "method.boosted.columns_share", "is a share: above 0, at most 1"),
        (how.ridge.is_finite() && 0.0 < how.ridge, "method.boosted.ridge", "must be finite and positive"),
        (0 < how.columns_max, "method.boosted.columns_max", "must be 1 at least"),
        (0 < how.rounds, "method.boosted.rounds", "must be 1 at least"),
    ];
    match wanted.into_iter().find(|(holds, ..)| !holds) {
        Some((_, setting, fault)) => Err(SelectError::Setting { setting, fault }.into()),
        None => Ok(()),
    }
}

/// A neutral cell: nothing is ever added to it.
const NEUTRAL: u16 = u16::MAX;

/// A column on its way.
struct Track {
    options: binning::Options,
    /// Finely cut, for numbers; the groups as they are, for codes.
    fine: Binned,
    /// Of each row: its bin in `fine`, or [`NEUTRAL`].
    cells: Vec<u16>,
    /// Bins of values; those apart follow.
    values: usize,
    /// Weight and rows of each bin.
    weight: Vec<f64>,
    rows: Vec<u64>,
    bad_rows: Vec<u64>,
    /// Which way the log odds of bad may go along the values: 1 up, -1 down, 0 either.
    trend: f64,
    /// The same of each bin apart.
    apart: Vec<f64>,
    /// Of the cut above each bin of values but the last, then of each bin apart.
    theta: Vec<f64>,
    /// Whether the cut is there.
    cut: Vec<bool>,
}

/// The best thing that a column has to offer.
#[derive(Clone, Copy)]
struct Move {
    gain: f64,
    column: usize,
    parameter: usize,
    step: f64,
}

impl Track {
    fn new(
        sample: &Sample,
        candidate: &Candidate<'_>,
        recipe: &Recipe,
        options: binning::Options,
    ) -> Result<Track, FitError> {
        let column = candidate.column;
        let trend = match options.trend {
            _ if matches!(column.values, Values::Codes { .. }) => 1.0,
            binning::Trend::Ascending => 1.0,
            binning::Trend::Descending => -1.0,
            binning::Trend::Auto | binning::Trend::None => 0.0,
            binning::Trend::Peak | binning::Trend::Valley => {
                let fault = "boosting keeps ascending and descending trends; choose another `method`".to_owned();
                return Err(binning::BinningError::Options { name: column.name.clone(), fault }.into());
            }
        };
        let fine = match (&column.values, &options.splits) {
            (Values::Codes { .. }, _) => candidate.binned.clone(),
            (Values::Numbers(_), given) => {
                let splits = match given {
                    Some(given) => given.clone(),
                    None => binning::prebin_edges(column, &sample.bad, &sample.weight, &options)?,
                };
                let fine = binning::Options { splits: Some(splits), zero_cell: ZeroCell::AddHalf, ..options.clone() };
                binning::fit(column, &sample.bad, &sample.weight, &fine)?
            }
        };
        let fine = with_neutral_missing(fine, recipe);
        let values = fine.bins.len();
        let neutral: Vec<bool> = fine.all().enumerate().map(|(at, bin)| values <= at && bin.neutral).collect();
        let cell = |place: Option<usize>| match place {
            Some(at) if !neutral[at] => u16::try_from(at).unwrap_or(NEUTRAL),
            _ => NEUTRAL,
        };
        let cells = fine.places(&column.values)?.into_iter().map(cell).collect();
        // A cause of missing may go the way that its weight of evidence was let go, and no other.
        let apart = fine.all().skip(values).map(|bin| -bin.woe.signum()).collect::<Vec<f64>>();
        let parameters = values - 1 + apart.len();
        let given = options.splits.is_some() || fine.is_codes();
        Ok(Track {
            cells,
            values,
            weight: fine.all().map(|bin| bin.goods + bin.bads).collect(),
            rows: fine.all().map(|bin| bin.rows).collect(),
            bad_rows: fine.all().map(|bin| bin.bad_rows).collect(),
            trend,
            apart,
            theta: vec![0.0; parameters],
            cut: (0..values - 1).map(|_| given).collect(),
            options,
            fine,
        })
    }

    fn spoken(&self) -> bool {
        self.theta.iter().any(|theta| *theta != 0.0)
    }

    /// The share of the weight of values that lies above a cut.
    fn above(&self, cut: usize) -> f64 {
        let all: f64 = self.weight[..self.values].iter().sum();
        self.weight[cut + 1..self.values].iter().sum::<f64>() / all
    }

    /// Whether a cut may be taken: it is there, or leaves in the bins beside it what a bin needs.
    fn allowed(&self) -> Vec<bool> {
        let least = self.options.bin_share_min * real(self.cells.len());
        let cuts: Vec<usize> = (0..self.cut.len()).filter(|at| self.cut[*at]).collect();
        let full = self.options.bins_max <= cuts.len() + 1;
        let enough = |from: usize, to: usize| {
            let rows: u64 = self.rows[from..to].iter().sum();
            let bads: u64 = self.bad_rows[from..to].iter().sum();
            least <= real(rows) && self.options.bads_min <= bads && self.options.goods_min <= rows - bads
        };
        let may = |at: usize| {
            let next = cuts.partition_point(|cut| *cut < at);
            let from = next.checked_sub(1).map_or(0, |before| cuts[before] + 1);
            let to = cuts.get(next).map_or(self.values, |cut| cut + 1);
            self.cut[at] || (!full && enough(from, at + 1) && enough(at + 1, to))
        };
        (0..self.cut.len()).map(may).collect()
    }

    fn best(&self, column: usize, slope: &[f64], variance: &[f64], ridge: f64, allowed: &[bool]) -> Option<Move> {
        let bins = self.weight.len();
        let (mut g, mut h) = (vec![0.0; bins], vec![0.0; bins]);
        for (row, cell) in self.cells.iter().enumerate().filter(|(_, cell)| **cell != NEUTRAL) {
            g[usize::from(*cell)] += slope[row];
            h[usize::from(*cell)] += variance[row];
        }
        let mut best: Option<Move> = None;
        let mut offer = |parameter: usize, sign: f64, g: f64, h: f64| {
            let step = -g / h;
            let gain = g * g / h;
            if gain.is_finite() && 0.0 < gain && 0.0 <= sign * step && best.is_none_or(|best| best.gain < gain) {
                best = Some(Move { gain, column, parameter, step });
            }
        };
        let all = |of: &[f64]| of[..self.values].iter().sum::<f64>();
        let (all_g, all_h, all_weight) = (all(&g), all(&h), all(&self.weight));
        let (mut below_g, mut below_h, mut below_weight) = (0.0, 0.0, 0.0);
        for at in 0..self.values - 1 {
            below_g += g[at];
            below_h += h[at];
            below_weight += self.weight[at];
            let above = 1.0 - below_weight / all_weight;
            if allowed[at] {
                let below = 1.0 - above;
                let slope = below * (all_g - below_g) - above * below_g;
                let curvature = below * below * (all_h - below_h) + above * above * below_h;
                offer(at, self.trend, slope, curvature + ridge * above * below);
            }
        }
        let weight: f64 = self.weight.iter().sum();
        for (at, sign) in self.apart.iter().enumerate() {
            let place = self.values + at;
            let share = self.weight[place] / weight;
            if !self.fine.all().nth(place).is_none_or(|bin| bin.neutral) {
                offer(self.values - 1 + at, *sign, g[place], h[place] + ridge * share * (1.0 - share));
            }
        }
        best
    }

    /// What a parameter adds to the log odds of each bin.
    fn shape(&self, parameter: usize) -> Vec<f64> {
        let mut shape = vec![0.0; self.weight.len()];
        match parameter.checked_sub(self.values - 1) {
            Some(apart) => shape[self.values + apart] = 1.0,
            None => {
                let above = self.above(parameter);
                for (at, shape) in shape.iter_mut().take(self.values).enumerate() {
                    *shape = if parameter < at { 1.0 - above } else { -above };
                }
            }
        }
        shape
    }

    /// The effect of every fine bin.
    fn effects(&self) -> Vec<f64> {
        let mut effects = vec![0.0; self.weight.len()];
        for (parameter, theta) in self.theta.iter().enumerate().filter(|(_, theta)| **theta != 0.0) {
            effects.iter_mut().zip(self.shape(parameter)).for_each(|(effect, shape)| *effect += shape * theta);
        }
        effects
    }
}

struct Search<'a> {
    sample: &'a Sample,
    tracks: Vec<Track>,
    how: &'a Boosting,
    intercept: f64,
    eta: Vec<f64>,
    allowed: Vec<Vec<bool>>,
    /// Columns that are in, in the order in which they came.
    entered: Vec<usize>,
    rounds: u32,
}

impl Search<'_> {
    fn new<'a>(sample: &'a Sample, tracks: Vec<Track>, how: &'a Boosting) -> Search<'a> {
        let cases: f64 = sample.weight.iter().sum();
        let bads: f64 = sample.bad.iter().zip(&sample.weight).filter(|(bad, _)| **bad).map(|(_, weight)| weight).sum();
        let intercept = libm::log(bads / (cases - bads));
        let allowed = tracks.iter().map(Track::allowed).collect();
        Search {
            sample,
            how,
            intercept,
            eta: vec![intercept; sample.len()],
            allowed,
            tracks,
            entered: vec![],
            rounds: 0,
        }
    }

    /// What each row says of the log odds: slope and variance of the deviance's half.
    fn pull(&self, row: usize) -> (f64, f64) {
        let p = probability(self.eta[row]);
        let weight = self.sample.weight[row];
        (weight * (p - f64::from(u8::from(self.sample.bad[row]))), weight * p * (1.0 - p))
    }

    fn round(&mut self, rows: &[bool], columns: &[bool]) {
        let drawn = |row: usize| if rows[row] { self.pull(row) } else { (0.0, 0.0) };
        let (slope, variance): (Vec<f64>, Vec<f64>) = (0..rows.len()).map(drawn).unzip();
        let full = self.how.columns_max <= self.entered.len();
        let asked: Vec<usize> =
            (0..self.tracks.len()).filter(|at| columns[*at] && (!full || self.tracks[*at].spoken())).collect();
        let best = |at: &usize| self.tracks[*at].best(*at, &slope, &variance, self.how.ridge, &self.allowed[*at]);
        let moves: Vec<Move> = asked.par_iter().filter_map(best).collect();
        // Of equals the first column: moves stand in their order.
        let Some(best) = moves.into_iter().reduce(|best, one| if best.gain < one.gain { one } else { best }) else {
            return;
        };
        self.take(&best);
        self.rounds += 1;
    }

    fn take(&mut self, one: &Move) {
        let track = &mut self.tracks[one.column];
        let by = self.how.rate * one.step;
        if !track.spoken() {
            self.entered.push(one.column);
        }
        track.theta[one.parameter] += by;
        if let Some(cut) = track.cut.get_mut(one.parameter).filter(|cut| !**cut) {
            *cut = true;
            self.allowed[one.column] = track.allowed();
        }
        let shape = track.shape(one.parameter);
        for (eta, cell) in self.eta.iter_mut().zip(&track.cells).filter(|(_, cell)| **cell != NEUTRAL) {
            *eta += by * shape[usize::from(*cell)];
        }
        let (slope, variance) =
            (0..self.eta.len()).map(|row| self.pull(row)).fold((0.0, 0.0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
        let by = -slope / variance;
        self.intercept += by;
        self.eta.iter_mut().for_each(|eta| *eta += by);
    }

    fn found(self, candidates: &[Candidate<'_>], recipe: &Recipe) -> Result<Boosted, FitError> {
        let mut steps = Vec::with_capacity(candidates.len());
        for (at, (track, one)) in self.tracks.iter().zip(candidates).enumerate() {
            let place = self.entered.iter().position(|entered| *entered == at);
            let why = match place {
                Some(place) => format!("boosted: came in at place {} of {}", place + 1, self.entered.len()),
                None if !track.allowed().contains(&true) => "no cut leaves enough rows in both its bins".to_owned(),
                None => "boosted: beside the others no step of it was the best".to_owned(),
            };
            let rule = if why.starts_with("no cut") { Rule::Shape } else { Rule::Choice };
            steps.push(Step { column: one.name().to_owned(), kept: place.is_some(), rule, why });
        }
        let mut found = vec![];
        for at in &self.entered {
            found.push(self.tracks[*at].final_bins(&candidates[*at], self.sample, recipe)?);
        }
        let (binned, effects): (Vec<Binned>, Vec<Vec<f64>>) = found.into_iter().unzip();
        let effects = BinEffects {
            intercept: self.intercept,
            effects,
            log_likelihood: log_likelihood(&self.eta, &self.sample.bad, &self.sample.weight),
            ridge: self.how.ridge,
            lasso: 0.0,
            iterations: self.rounds,
        };
        Ok(Boosted { chosen: self.entered, binned, effects, steps })
    }
}

impl Track {
    /// The bins between the cuts that were taken, and what each is worth.
    fn final_bins(
        &self,
        candidate: &Candidate<'_>,
        sample: &Sample,
        recipe: &Recipe,
    ) -> Result<(Binned, Vec<f64>), FitError> {
        let fine = self.effects();
        if self.fine.is_codes() {
            return Ok((self.fine.clone(), fine));
        }
        let edges = self.fine.splits();
        let taken = |at: &usize| self.cut[*at];
        let splits: Vec<f64> = (0..self.cut.len()).filter(taken).filter_map(|at| edges.get(at).copied()).collect();
        let options = binning::Options { splits: Some(splits), zero_cell: ZeroCell::AddHalf, ..self.options.clone() };
        let binned = binning::fit(candidate.column, &sample.bad, &sample.weight, &options)?;
        // The first fine bin of each bin: all of a bin are worth the same.
        let first = std::iter::once(0).chain((0..self.cut.len()).filter(taken).map(|at| at + 1));
        let effects = first.chain(self.values..fine.len()).map(|at| fine[at] + 0.0).collect();
        Ok((with_neutral_missing(binned, recipe), effects))
    }
}
