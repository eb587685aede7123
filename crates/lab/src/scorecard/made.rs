//! From columns with bins to the columns of a card and what they are worth.

use super::{BinEffects, Characteristic, Effects, FitError, Recipe, Settings, boost, refine};
use crate::{
    binning::{Binned, BinningError},
    logistic::Fit,
    sample::Sample,
    select::{self, Boosting, Candidate, Rows, Rule, Step},
};

/// The columns of a card and what was fitted to them.
pub(super) struct Made {
    pub(super) characteristics: Vec<Characteristic>,
    pub(super) fit: Fit,
    pub(super) bin_effects: Option<BinEffects>,
}

// Screened, chosen, fitted, one after the other; `None` when no column stays.
pub(super) fn chosen(
    sample: &Sample,
    candidates: &[Candidate<'_>],
    rows: &Rows<'_>,
    recipe: &Recipe,
    settings: &Settings,
    steps: &mut Vec<Step>,
) -> Result<Option<Made>, FitError> {
    let (stay, stopped) = select::screen(candidates, rows, &settings.screens);
    steps.extend(stopped);
    let stay: Vec<Candidate<'_>> = stay.into_iter().map(|at| candidates[at]).collect();
    let (chosen, choices) = select::choose(&stay, rows, &settings.method, settings.ridge, recipe.seed)?;
    steps.extend(choices);
    let (chosen, fitted) = match settings.effects {
        Effects::Slopes => sign_constrained(&stay, chosen, rows, settings.ridge, steps)?,
        Effects::Bins { ridge, lasso } => {
            let penalty = refine::Penalty { ridge, lasso };
            let of_bins = |chosen: &[usize]| refine::fit(sample, &characteristics(&stay, chosen), penalty);
            bin_by_bin(&stay, chosen, rows, settings.ridge, of_bins, steps)?
        }
    };
    let mut characteristics = characteristics(&stay, &chosen);
    let Some((fit, mut bin_effects)) = fitted else { return Ok(None) };
    if let Some(found) = bin_effects.as_mut().filter(|found| 0.0 < found.lasso) {
        found.join(&mut characteristics);
    }
    Ok(Some(Made { characteristics, fit, bin_effects }))
}

// Chosen and fitted in one search; the slopes are fitted to what it found, for the trail.
pub(super) fn boosted(
    sample: &Sample,
    candidates: &[Candidate<'_>],
    rows: &Rows<'_>,
    recipe: &Recipe,
    settings: &Settings,
    how: &Boosting,
    steps: &mut Vec<Step>,
) -> Result<Option<Made>, FitError> {
    // Screens that somebody wrote down are all asked; else what columns say together is left to the search.
    let (stay, stopped) = match recipe.screens {
        Some(_) => select::screen(candidates, rows, &settings.screens),
        None => select::screen_alone(candidates, rows, &settings.screens),
    };
    steps.extend(stopped);
    let stay: Vec<Candidate<'_>> = stay.into_iter().map(|at| candidates[at]).collect();
    let options = |one: &Candidate<'_>| recipe.binning_of(one.facts, settings);
    let found = boost::fit(sample, &stay, recipe, options, how)?;
    steps.extend(found.steps);
    if found.chosen.is_empty() {
        return Ok(None);
    }
    let one = |(at, binned): (&usize, Binned)| Characteristic { binned, facts: stay[*at].facts.clone() };
    let characteristics: Vec<Characteristic> = found.chosen.iter().zip(found.binned).map(one).collect();
    let of_rows = |(at, one): (&usize, &Characteristic)| one.binned.transform(&stay[*at].column.values);
    let woe: Vec<Vec<f64>> =
        found.chosen.iter().zip(&characteristics).map(of_rows).collect::<Result<_, BinningError>>()?;
    let of = |(place, at): (usize, &usize)| {
        let Candidate { column, facts, .. } = stay[*at];
        Candidate { column, binned: &characteristics[place].binned, woe: &woe[place], facts }
    };
    let last: Vec<Candidate<'_>> = found.chosen.iter().enumerate().map(of).collect();
    let places: Vec<usize> = (0..last.len()).collect();
    let fit = select::fit_candidates(&last, &places, rows, how.ridge)?;
    Ok(Some(Made { characteristics, fit, bin_effects: Some(found.effects) }))
}

fn characteristics(candidates: &[Candidate<'_>], chosen: &[usize]) -> Vec<Characteristic> {
    let one = |at: &usize| {
        let one = &candidates[*at];
        Characteristic { binned: one.binned.clone(), facts: one.facts.clone() }
    };
    chosen.iter().map(one).collect()
}

/// The places of the columns that stay, and what was fitted to them; `None` when no column stays.
type Fitted = (Vec<usize>, Option<(Fit, Option<BinEffects>)>);

// The final fit; columns whose slope runs against their own bins leave, the worst first.
fn sign_constrained(
    candidates: &[Candidate<'_>],
    mut chosen: Vec<usize>,
    rows: &Rows<'_>,
    ridge: f64,
    steps: &mut Vec<Step>,
) -> Result<Fitted, FitError> {
    while !chosen.is_empty() {
        let fit = select::fit_candidates(candidates, &chosen, rows, ridge)?;
        let wrong = fit.coefficients.iter().enumerate().filter(|(_, one)| 0.0 <= one.value);
        let Some((worst, one)) = wrong.max_by(|a, b| a.1.z.total_cmp(&b.1.z).then(a.0.cmp(&b.0))) else {
            return Ok((chosen, Some((fit, None))));
        };
        let gone = candidates[chosen.remove(worst)].name();
        steps.retain(|step| step.column != gone || step.rule == Rule::Allowed);
        let why = format!("its slope runs against its own bins: {:.4}", one.value);
        steps.push(Step::out(gone, Rule::Sign, why));
    }
    Ok((chosen, None))
}

// The final fit bin by bin: a column leaves only when no step of it goes the way of its bins. The slopes are fitted to the
// columns that stay, for the trail; one of them may have the wrong sign, since no step has.
fn bin_by_bin(
    candidates: &[Candidate<'_>],
    chosen: Vec<usize>,
    rows: &Rows<'_>,
    ridge: f64,
    of_bins: impl Fn(&[usize]) -> Result<BinEffects, FitError>,
    steps: &mut Vec<Step>,
) -> Result<Fitted, FitError> {
    if chosen.is_empty() {
        return Ok((chosen, None));
    }
    let mut found = of_bins(&chosen)?;
    let speaks: Vec<bool> = found.effects.iter().map(|bins| bins.iter().any(|effect| *effect != 0.0)).collect();
    let (stay, gone): (Vec<usize>, Vec<usize>) = (0..chosen.len()).partition(|at| speaks[*at]);
    for at in gone {
        let name = candidates[chosen[at]].name();
        steps.retain(|step| step.column != name || step.rule == Rule::Allowed);
        steps.push(Step::out(name, Rule::Sign, "beside the others no step goes the way of its own bins".to_owned()));
    }
    // Nothing changes for the others: an effect of zero is what they were fitted beside.
    found.effects = stay.iter().map(|at| found.effects[*at].clone()).collect();
    let chosen: Vec<usize> = stay.iter().map(|at| chosen[*at]).collect();
    if chosen.is_empty() {
        return Ok((chosen, None));
    }
    let fit = select::fit_candidates(candidates, &chosen, rows, ridge)?;
    Ok((chosen, Some((fit, Some(found)))))
}
