//! The choice among columns that passed the screens, on the likelihood.

use rand::{SeedableRng as _, seq::SliceRandom as _};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use super::{Candidate, Method, PathChoice, Rows, Rule, SelectError, Step};
use crate::logistic::{self, Design, Fit, LogisticError, Options, PathOptions, RatioTest, probability, qr};

/// Chooses among `candidates`, which stand in the order of preference: the places of those that are in, and a step for each.
///
/// With weights of evidence that are positive where it is safer, a slope of the log odds of bad must not be positive: a column
/// whose slope is, or that turns another's, works against its own bins and stays out.
///
/// # Errors
///
/// [`SelectError`] when the outcomes hold one class or a setting makes no sense. A column that separates goods from bads is
/// left out with that as its reason.
pub fn choose(
    candidates: &[Candidate<'_>],
    rows: &Rows<'_>,
    method: &Method,
    ridge: f64,
    seed: u64,
) -> Result<(Vec<usize>, Vec<Step>), SelectError> {
    if !rows.bad.contains(&true) || !rows.bad.contains(&false) {
        return Err(LogisticError::OneClass.into());
    }
    match method {
        Method::Forward { p_in, p_out, columns_max } => {
            if !(0.0 < *p_in && p_in <= p_out && *p_out < 1.0) {
                let fault =
                    "must be above 0, at most `p_out`, and that below 1, or columns would go in and out for ever";
                return Err(SelectError::Setting { setting: "p_in", fault });
            }
            Forward { candidates, rows, ridge, p_in: *p_in, p_out: *p_out, columns_max: *columns_max }.run()
        }
        Method::Path { by, columns_max } => along_path(candidates, rows, by, *columns_max, ridge, seed),
        Method::Strongest { columns_max } => Ok(strongest(candidates, *columns_max)),
        Method::Boosted(_) => Err(SelectError::Setting {
            setting: "method",
            fault: "is boosting, which finds columns and points in one search: `scorecard::fit` runs it",
        }),
    }
}

fn strongest(candidates: &[Candidate<'_>], columns_max: usize) -> (Vec<usize>, Vec<Step>) {
    let step = |(at, one): (usize, &Candidate<'_>)| {
        let (kept, iv) = (at < columns_max, one.binned.iv());
        let why = if kept {
            format!("information value {iv:.3}, place {} of {columns_max}", at + 1)
        } else {
            format!("information value {iv:.3}; {columns_max} stronger columns are in")
        };
        Step { column: one.name().to_owned(), kept, rule: Rule::Choice, why }
    };
    let steps = candidates.iter().enumerate().map(step).collect();
    ((0..candidates.len().min(columns_max)).collect(), steps)
}

/// Fits the log odds of bad on the weights of evidence of some candidates.
pub(crate) fn fit(
    candidates: &[Candidate<'_>],
    chosen: &[usize],
    rows: &Rows<'_>,
    ridge: f64,
) -> Result<Fit, LogisticError> {
    let names: Vec<String> = chosen.iter().map(|at| candidates[*at].name().to_owned()).collect();
    let columns: Vec<Vec<f64>> = chosen.iter().map(|at| candidates[*at].woe.to_vec()).collect();
    let design = Design { names: &names, columns: &columns, bad: rows.bad, weight: rows.weight };
    logistic::fit(&design, &Options { ridge, ..Options::default() })
}

struct Forward<'a> {
    candidates: &'a [Candidate<'a>],
    rows: &'a Rows<'a>,
    ridge: f64,
    p_in: f64,
    p_out: f64,
    columns_max: usize,
}

impl Forward<'_> {
    fn run(&self) -> Result<(Vec<usize>, Vec<Step>), SelectError> {
        let mut chosen: Vec<usize> = Vec::new();
        // Why a candidate will not be asked again.
        let mut closed: Vec<Option<Step>> = vec![None; self.candidates.len()];
        let mut entered: Vec<Option<String>> = vec![None; self.candidates.len()];
        let mut now = fit(self.candidates, &chosen, self.rows, self.ridge)?;
        let mut why_stopped = "no column was left".to_owned();
        while chosen.len() < self.columns_max {
            let open: Vec<usize> =
                (0..closed.len()).filter(|at| closed[*at].is_none() && !chosen.contains(at)).collect();
            let Some((best, score)) = self.best(&open, &chosen, &now) else { break };
            let tried: Vec<usize> = chosen.iter().copied().chain([best]).collect();
            let name = self.name(best);
            let next = match fit(self.candidates, &tried, self.rows, self.ridge) {
                Ok(next) => next,
                Err(error) => {
                    closed[best] = Some(Step::out(&name, Rule::Choice, error.to_string()));
                    continue;
                }
            };
            let test = RatioTest::new(now.log_likelihood, next.log_likelihood, self.freedom(best));
            if self.p_in < test.p {
                why_stopped = format!(
                    "the best column left, `{name}`, adds too little: likelihood ratio {:.2} on {} degrees, p {:.4}, \
                     above {}",
                    test.chi2, test.df, test.p, self.p_in
                );
                break;
            }
            if let Some(turned) = next.coefficients.iter().find(|one| 0.0 <= one.value) {
                let why = format!("with it the slope of `{}` would have the wrong sign", turned.name);
                closed[best] = Some(Step::out(&name, Rule::Sign, why));
                continue;
            }
            let place = tried.len();
            entered[best] = Some(format!(
                "came in at place {place}: score {score:.2}, likelihood ratio {:.2} on {} degrees, p {:.2e}",
                test.chi2, test.df, test.p
            ));
            (chosen, now) = self.without_superfluous(tried, next, &mut closed)?;
        }
        if self.columns_max <= chosen.len() {
            why_stopped = format!("{} columns are the most", self.columns_max);
        }
        let step = |at: usize| {
            let name = self.name(at);
            match (&closed[at], &entered[at]) {
                (_, Some(why)) if chosen.contains(&at) => {
                    Step { column: name, kept: true, rule: Rule::Choice, why: why.clone() }
                }
                (Some(step), _) => step.clone(),
                _ => Step::out(&name, Rule::Choice, why_stopped.clone()),
            }
        };
        let steps = (0..self.candidates.len()).map(step).collect();
        Ok((chosen, steps))
    }

    fn freedom(&self, at: usize) -> u32 {
        self.candidates[at].freedom()
    }

    fn name(&self, at: usize) -> String {
        self.candidates[at].name().to_owned()
    }

    // The open candidate with the largest score statistic among those that pull the right way; the first of equals.
    fn best(&self, open: &[usize], chosen: &[usize], now: &Fit) -> Option<(usize, f64)> {
        let columns: Vec<Vec<f64>> = chosen.iter().map(|at| self.candidates[*at].woe.to_vec()).collect();
        let eta = now.log_odds(&columns, self.rows.bad.len());
        let row = |(eta, (bad, weight)): (&f64, (&bool, &f64))| {
            let residual = if *bad { weight * probability(-eta) } else { -weight * probability(*eta) };
            (residual, libm::sqrt(weight * probability(*eta) * probability(-eta)))
        };
        let (residual, root): (Vec<f64>, Vec<f64>) =
            eta.iter().zip(self.rows.bad.iter().zip(self.rows.weight)).map(row).unzip();
        let weigh = |column: &[f64]| -> Vec<f64> { column.iter().zip(&root).map(|(x, r)| x * r).collect() };
        let mut basis: Vec<Vec<f64>> = vec![root.clone()];
        basis.extend(columns.iter().map(|column| weigh(column)));
        let factor = qr::factor(basis.clone(), vec![0.0; root.len()]);
        let score = |at: &usize| {
            let woe = self.candidates[*at].woe;
            let pull = qr::dot(woe, &residual);
            let weighed = weigh(woe);
            let cross: Vec<f64> = basis.iter().map(|column| qr::dot(column, &weighed)).collect();
            let known = factor.solve_transposed(&cross);
            let left = qr::dot(&weighed, &weighed) - qr::dot(&known, &known);
            let enough = 1e-9 * qr::dot(&weighed, &weighed);
            if pull < 0.0 && enough < left { pull * pull / left } else { 0.0 }
        };
        let scores: Vec<f64> = open.par_iter().map(score).collect();
        let mut best: Option<(usize, f64)> = None;
        for (at, score) in open.iter().zip(scores) {
            if 0.0 < score && best.is_none_or(|(_, most)| most < score) {
                best = Some((*at, score));
            }
        }
        best
    }

    // Columns that the one just taken in (the last) has made superfluous go out, the most superfluous first.
    fn without_superfluous(
        &self,
        mut chosen: Vec<usize>,
        mut now: Fit,
        closed: &mut [Option<Step>],
    ) -> Result<(Vec<usize>, Fit), SelectError> {
        while 1 < chosen.len() {
            let old = &now.coefficients[..chosen.len() - 1];
            let weakest = (0..old.len()).max_by(|a, b| old[*a].p.total_cmp(&old[*b].p).then(a.cmp(b)));
            let Some(weakest) = weakest else { break };
            let mut fewer = chosen.clone();
            let gone = fewer.remove(weakest);
            let less = fit(self.candidates, &fewer, self.rows, self.ridge)?;
            let test = RatioTest::new(less.log_likelihood, now.log_likelihood, self.freedom(gone));
            if test.p <= self.p_out {
                break;
            }
            let why = format!("others made it superfluous: likelihood ratio {:.2}, p {:.4}", test.chi2, test.p);
            closed[gone] = Some(Step::out(&self.name(gone), Rule::Choice, why));
            (chosen, now) = (fewer, less);
        }
        Ok((chosen, now))
    }
}

fn along_path(
    candidates: &[Candidate<'_>],
    rows: &Rows<'_>,
    by: &PathChoice,
    columns_max: usize,
    ridge: f64,
    seed: u64,
) -> Result<(Vec<usize>, Vec<Step>), SelectError> {
    if candidates.is_empty() {
        return Ok((vec![], vec![]));
    }
    let every: Vec<usize> = (0..rows.bad.len()).collect();
    let options = PathOptions { ridge, not_positive: true, ..PathOptions::default() };
    let path = path_of(candidates, rows, &every, &options)?;
    let lambdas: Vec<f64> = path.points.iter().map(|point| point.lambda).collect();
    let cost: Vec<f64> = match by {
        PathChoice::Bic => {
            let cases: f64 = rows.weight.iter().sum();
            let cost = |point: &logistic::PathPoint| {
                let inside = candidates.iter().zip(&point.coefficients).filter(|(_, beta)| **beta != 0.0);
                let parameters: u32 = inside.map(|(one, _)| one.freedom()).sum();
                libm::log(cases) * f64::from(parameters) - 2.0 * point.log_likelihood
            };
            path.points.iter().map(cost).collect()
        }
        PathChoice::CrossValidation { folds } => left_out(candidates, rows, *folds, &options, &lambdas, seed)?,
    };
    let count = |at: usize| path.points[at].coefficients.iter().filter(|beta| **beta != 0.0).count();
    // Of equal costs the stronger penalty; never more columns than allowed.
    let taken = (0..cost.len()).filter(|at| count(*at) <= columns_max).min_by(|a, b| cost[*a].total_cmp(&cost[*b]));
    let Some(point) = taken.map(|at| &path.points[at]) else { return Ok((vec![], vec![])) };
    let mut chosen: Vec<usize> = (0..candidates.len()).filter(|at| point.coefficients[*at] != 0.0).collect();
    // In the order in which they enter the path.
    let entry = |at: &usize| path.points.iter().position(|point| point.coefficients[*at] != 0.0);
    chosen.sort_by_key(entry);
    let step = |(at, one): (usize, &Candidate<'_>)| {
        let beta = point.coefficients[at];
        let kept = beta != 0.0;
        let why = format!("coefficient {beta:.4} on the L1 path at penalty {:.4}", point.lambda);
        Step { column: one.name().to_owned(), kept, rule: Rule::Choice, why }
    };
    let steps = candidates.iter().enumerate().map(step).collect();
    Ok((chosen, steps))
}

fn path_of(
    candidates: &[Candidate<'_>],
    rows: &Rows<'_>,
    taken: &[usize],
    options: &PathOptions,
) -> Result<logistic::Path, LogisticError> {
    let names: Vec<String> = candidates.iter().map(|one| one.name().to_owned()).collect();
    let columns: Vec<Vec<f64>> = candidates.iter().map(|one| taken.iter().map(|row| one.woe[*row]).collect()).collect();
    let bad: Vec<bool> = taken.iter().map(|row| rows.bad[*row]).collect();
    let weight: Vec<f64> = taken.iter().map(|row| rows.weight[*row]).collect();
    logistic::path(&Design { names: &names, columns: &columns, bad: &bad, weight: &weight }, options)
}

// Deviance of rows left out, for each penalty. The bins were fitted on all rows: this ranks penalties and measures nothing
// that may be quoted.
fn left_out(
    candidates: &[Candidate<'_>],
    rows: &Rows<'_>,
    folds: u32,
    options: &PathOptions,
    lambdas: &[f64],
    seed: u64,
) -> Result<Vec<f64>, SelectError> {
    if folds < 2 {
        return Err(SelectError::Setting { setting: "folds", fault: "must be 2 or more" });
    }
    let fold_of = folds_within_class(rows.bad, folds, seed);
    let options = PathOptions { lambdas: lambdas.to_vec(), ..options.clone() };
    let one = |fold: u32| -> Result<Vec<f64>, SelectError> {
        let (out, inside): (Vec<usize>, Vec<usize>) = (0..rows.bad.len()).partition(|row| fold_of[*row] == fold);
        let path = path_of(candidates, rows, &inside, &options)?;
        let deviance = |point: &logistic::PathPoint| {
            let row = |row: &usize| {
                let slopes = candidates.iter().zip(&point.coefficients).map(|(one, beta)| beta * one.woe[*row]);
                let eta = point.intercept + slopes.sum::<f64>();
                let against = if rows.bad[*row] { -eta } else { eta };
                2.0 * rows.weight[*row] * (against.max(0.0) + libm::log1p(libm::exp(-against.abs())))
            };
            out.iter().map(row).sum()
        };
        Ok(path.points.iter().map(deviance).collect())
    };
    let all: Vec<Vec<f64>> = (0..folds).into_par_iter().map(one).collect::<Result<_, _>>()?;
    Ok((0..lambdas.len()).map(|at| all.iter().map(|fold| fold[at]).sum()).collect())
}

/// A fold for each row, drawn within each class so that every fold has its share of bads.
pub(crate) fn folds_within_class(bad: &[bool], folds: u32, seed: u64) -> Vec<u32> {
    let mut generator = ChaCha8Rng::seed_from_u64(seed);
    let mut fold_of = vec![0; bad.len()];
    for class in [false, true] {
        let mut members: Vec<usize> = (0..bad.len()).filter(|row| bad[*row] == class).collect();
        members.shuffle(&mut generator);
        for (place, row) in members.into_iter().enumerate() {
            fold_of[row] = u32::try_from(place).unwrap_or(0) % folds.max(1);
        }
    }
    fold_of
}
