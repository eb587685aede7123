//! From bins and coefficients to a scorecard file, and the whole recipe from sample to card.
//!
//! [`fit`] is a pure function of the sample's rows, the facts and the recipe: it bins, screens, chooses, fits, scales and
//! rounds, and nothing of it looks at anything else. Calling it on the rows of a fold (`sample.take(&rows)`) is therefore all
//! that cross-validation needs to have binning and selection inside the fold; [`fit_as`] does it with the settings of the whole, which
//! the number of bads decides. A [`Sample`] stands in the order of its keys, so that the order of files reaches no sum.
//!
//! ```text
//! let card = scorecard::fit(&sample, &facts, &recipe)?;      // or fit_segments
//! let file = card.model_file()?;                             // checked by the engine; file.to_toml() is what it reads
//! let p = card.probability(&other_rows)?;                    // exact, for validation
//! let again = scorecard::fit_as(&sample.take(&train), &facts, &recipe, card.settings.clone())?;
//! let held_out = again.probability(&sample.take(&test))?;
//! ```

mod boost;
mod file;
mod made;
mod points;
mod recipe;
mod refine;
mod segments;

#[cfg(test)]
mod boost_tests;
#[cfg(test)]
mod public_tests;
#[cfg(test)]
mod refine_tests;

#[cfg(test)]
mod tests;

use cashline_core::model::{ModelError, file::Band};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

pub(crate) use file::{specials_in_file_order, values_in_file_order};
pub use points::{CharacteristicPoints, Points, RoundingLoss, Scale};
pub use recipe::{Effects, Header, Recipe, Scaling, Settings};
pub use refine::BinEffects;
pub use segments::{Fallback, Route, SegmentRule, SegmentedCard, Segments, fit_segments};

use crate::{
    binning::{self, Binned, BinningError},
    count::real,
    logistic::{Coefficient, Fit, LogisticError, probability},
    metrics::fit_line,
    sample::{Column, Sample, weighted},
    select::{self, Candidate, Facts, Method, Rows, Rule, SelectError, Selection, Step},
};

/// A card fitted: everything that led to it, and everything that scoring needs.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FittedCard {
    /// Version of this schema: 1.
    pub schema: u32,
    /// As it was given.
    pub recipe: Recipe,
    /// With what it left out.
    pub settings: Settings,
    /// The sample in numbers.
    pub sample: Summary,
    /// Why each column is in or out.
    pub selection: Selection,
    /// The columns of the card with their bins, in the order of the coefficients.
    pub characteristics: Vec<Characteristic>,
    /// Log odds of bad on the weights of evidence. With `bin_effects` it only tells how the columns stand to each other.
    pub fit: Fit,
    /// What the points are made of when they were fitted bin by bin ([`Effects::Bins`]); else the slopes of `fit` are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bin_effects: Option<BinEffects>,
    /// What brings the card's log odds to those that were observed: the ridge of bin effects draws them together, and where cards
    /// of several segments share a scale, each has to mean the same odds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alignment: Option<Alignment>,
    /// Which score means what, with what the recipe left out.
    pub scale: Scale,
    /// What rounding each bin's points once cost on the sample.
    pub rounding: RoundingLoss,
    /// From the safest down.
    pub bands: Vec<Band>,
}

/// `log odds of bad = intercept + slope · log odds of the fit`.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Alignment {
    /// Added.
    pub intercept: f64,
    /// Positive.
    pub slope: f64,
}

/// The development sample in numbers.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Summary {
    /// Rows.
    pub rows: u64,
    /// Bad ones.
    pub bad_rows: u64,
    /// Sum of the weights.
    pub cases: f64,
    /// Sum of the weights of bads.
    pub bads: f64,
    /// The first T, in seconds.
    pub as_of_first: i64,
    /// The last.
    pub as_of_last: i64,
}

/// A column of the card.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Characteristic {
    /// Its bins. A missing value that may not count (see [`Recipe::missing_reasons`]) is neutral here too, so that the
    /// coefficients were fitted to what the card will score.
    pub binned: Binned,
    /// What is known of it.
    pub facts: Facts,
}

/// Why there is no card.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FitError {
    /// A column cannot be binned.
    #[error(transparent)]
    Binning(#[from] BinningError),
    /// The selection failed.
    #[error(transparent)]
    Select(#[from] SelectError),
    /// The final fit failed.
    #[error(transparent)]
    Logistic(#[from] LogisticError),
    /// Nothing to fit on.
    #[error(
        "no column is left of {offered} on {rows} applications, {bads} bad: {reasons}; more bads are wanted, or a recipe that loosens the \
         screen that stops most"
    )]
    NothingLeft {
        /// Applications.
        rows: usize,
        /// Bads of them.
        bads: usize,
        /// Columns of the sample.
        offered: usize,
        /// How many each rule stopped.
        reasons: String,
        /// The trail.
        selection: Selection,
    },
    /// The scale given does not hold the scores.
    #[error(
        "points reach from {lowest} to {highest}, outside the scale {min} to {max}; give a pdo of at most {pdo_max:.1} and \
         move the base by {move_base:+}, or leave `base` and `pdo` out to have them derived"
    )]
    Scale {
        /// Of any applicant.
        lowest: i64,
        /// Of any applicant.
        highest: i64,
        /// Of the scale.
        min: i64,
        /// Of the scale.
        max: i64,
        /// The largest that fits the scale's width.
        pdo_max: f64,
        /// What brings the scores to the middle of the scale.
        move_base: i64,
    },
    /// A setting that makes no sense.
    #[error("`{setting}` must be finite and positive")]
    Setting {
        /// The setting.
        setting: &'static str,
    },
    /// A sample to be scored lacks a column of the card.
    #[error("the sample has no column `{column}`, which the card reads")]
    MissingColumn {
        /// The column.
        column: String,
    },
    /// The recipe names a column that the run does not have.
    #[error("the recipe's `{list}` names `{name}`, which is no column of this run; {way_out}")]
    NoColumn {
        /// The list.
        list: &'static str,
        /// The name.
        name: String,
        /// What to write.
        way_out: String,
    },
    /// The file cannot say what the card does.
    #[error("`{column}`: {fault}")]
    NotExpressible {
        /// The column.
        column: String,
        /// What and the way out.
        fault: &'static str,
    },
    /// The segments asked for make no sense.
    #[error("segments: {0}")]
    Segments(String),
    /// The model file is refused by the engine's own check.
    #[error(transparent)]
    Model(#[from] ModelError),
}

/// Fits a card.
///
/// `facts` says of each column whether and as what a model may take it; a column without facts stays out.
///
/// # Errors
///
/// [`FitError`], naming the column or the setting.
pub fn fit(sample: &Sample, facts: &[Facts], recipe: &Recipe) -> Result<FittedCard, FitError> {
    fit_as(sample, facts, recipe, recipe.settings(Summary::of(sample).bad_rows))
}

/// Fits a card with settings that are given: a part of a sample, such as a fold, is fitted as the whole was. What its own fewer
/// bads would set may be another method altogether, whose scores say nothing of the whole's card.
///
/// # Errors
///
/// Those of [`fit`].
pub fn fit_as(sample: &Sample, facts: &[Facts], recipe: &Recipe, settings: Settings) -> Result<FittedCard, FitError> {
    let summary = Summary::of(sample);
    let (offered, mut steps) = permitted(sample, facts, &settings);
    let binned = bin_all(sample, &offered, recipe, &settings)?;
    let candidates = candidates(&offered, &binned);
    let as_of: Vec<i64> = sample.keys.iter().map(|key| key.as_of).collect();
    let rows = Rows { bad: &sample.bad, weight: &sample.weight, as_of: &as_of };

    let made = match &settings.method {
        Method::Boosted(how) => made::boosted(sample, &candidates, &rows, recipe, &settings, how, &mut steps)?,
        _ => made::chosen(sample, &candidates, &rows, recipe, &settings, &mut steps)?,
    };
    let Some(made::Made { characteristics, fit, bin_effects }) = made else {
        let selection = Selection { chosen: vec![], steps };
        let reasons = reasons(&selection);
        let (rows, bads) = (sample.len(), sample.bad.iter().filter(|bad| **bad).count());
        return Err(FitError::NothingLeft { rows, bads, offered: sample.columns.len(), reasons, selection });
    };
    let names = characteristics.iter().map(|one| one.binned.name.clone());
    let selection = Selection { chosen: names.collect(), steps };
    let mut log_odds = LogOdds::of(&characteristics, &fit, bin_effects.as_ref());
    let alignment = match (&bin_effects, &settings.method) {
        // What a lasso or boosting leaves is drawn together about as much as rows not seen want it.
        (Some(_), Method::Boosted(_)) | (None, _) => None,
        (Some(found), _) if 0.0 < found.lasso => None,
        (Some(_), _) => drawn_apart(&log_odds, &characteristics, sample)?,
    };
    log_odds = log_odds.aligned(alignment);
    let scale = points::derive(&recipe.scaling, &[log_odds])?;
    let mut card = FittedCard {
        schema: 1,
        recipe: recipe.clone(),
        settings,
        sample: summary,
        selection,
        characteristics,
        fit,
        bin_effects,
        alignment,
        scale,
        rounding: RoundingLoss::default(),
        bands: recipe.bands.clone(),
    };
    let scores = card.score(sample)?;
    card.rounding = RoundingLoss::new(&scores, &card.exact_score(sample)?);
    if card.bands.is_empty() {
        card.bands = points::fifths(&scores, card.scale.min);
    }
    Ok(card)
}

/// What every bin adds to the log odds of bad.
struct LogOdds {
    intercept: f64,
    /// By column, in the order of the card: its name, and its bins in the order of [`Binned::all`].
    bins: Vec<(String, Vec<f64>)>,
}

impl LogOdds {
    fn of(characteristics: &[Characteristic], fit: &Fit, by_bin: Option<&BinEffects>) -> LogOdds {
        let slope =
            |(one, slope): (&Characteristic, &Coefficient)| one.binned.all().map(|bin| slope.value * bin.woe).collect();
        let (intercept, effects) = match by_bin {
            Some(found) => (found.intercept, found.effects.clone()),
            None => (fit.intercept.value, characteristics.iter().zip(&fit.coefficients).map(slope).collect()),
        };
        let names = characteristics.iter().map(|one| one.binned.name.clone());
        LogOdds { intercept, bins: names.zip(effects).collect() }
    }
}

/// The line of the outcomes on log odds that a ridge drew together; `None` where there is none to be had.
///
/// # Source
///
/// The relaxation of penalised fits (Meinshausen 2007, Computational Statistics & Data Analysis 52), of one parameter: order and
/// proportions stay those of the ridge, their overall size is that of the likelihood.
fn drawn_apart(
    log_odds: &LogOdds,
    characteristics: &[Characteristic],
    sample: &Sample,
) -> Result<Option<Alignment>, FitError> {
    let eta = log_odds.of_rows(characteristics, sample)?;
    let target: Vec<f64> = sample.bad.iter().map(|bad| f64::from(u8::from(*bad))).collect();
    let line = fit_line(&eta, &target, &sample.weight).ok().filter(|line| 0.0 < line.slope);
    Ok(line.map(|line| Alignment { intercept: line.intercept, slope: line.slope }))
}

impl LogOdds {
    /// Log odds of bad of each row.
    fn of_rows(&self, characteristics: &[Characteristic], sample: &Sample) -> Result<Vec<f64>, FitError> {
        let mut sum = vec![self.intercept; sample.len()];
        for (one, (name, effects)) in characteristics.iter().zip(&self.bins) {
            let column = sample.column(name).ok_or_else(|| FitError::MissingColumn { column: name.clone() })?;
            for (sum, place) in sum.iter_mut().zip(one.binned.places(&column.values)?) {
                *sum += place.and_then(|at| effects.get(at)).copied().unwrap_or(0.0);
            }
        }
        Ok(sum)
    }

    fn aligned(mut self, by: Option<Alignment>) -> LogOdds {
        let Some(Alignment { intercept, slope }) = by else { return self };
        self.intercept = intercept + slope * self.intercept;
        self.bins.iter_mut().flat_map(|(_, bins)| bins).for_each(|effect| *effect *= slope);
        self
    }
}

impl Summary {
    /// What has to be said where rows count differently; `None` where all count alike.
    #[must_use]
    pub fn weighted(&self) -> Option<String> {
        let differ = |rows: u64, cases: f64| 1e-9 * real(rows) < (cases - real(rows)).abs();
        // Weights that differ between the classes may add up to the rows over both.
        let differ = differ(self.rows, self.cases) || differ(self.bad_rows, self.bads);
        differ.then(|| weighted(self.rows, self.cases, "standard errors and p"))
    }

    pub(crate) fn of(sample: &Sample) -> Summary {
        let bad = || sample.bad.iter().zip(&sample.weight).filter(|(bad, _)| **bad);
        let as_of = || sample.keys.iter().map(|key| key.as_of);
        Summary {
            rows: sample.len() as u64,
            bad_rows: bad().count() as u64,
            cases: sample.weight.iter().sum(),
            bads: bad().map(|(_, weight)| weight).sum(),
            as_of_first: as_of().min().unwrap_or(0),
            as_of_last: as_of().max().unwrap_or(0),
        }
    }
}

// The columns that may be looked at, in the sample's order, and a step for each of the others.
fn permitted<'a>(
    sample: &'a Sample,
    facts: &'a [Facts],
    settings: &Settings,
) -> (Vec<(&'a Column, &'a Facts)>, Vec<Step>) {
    let (mut offered, mut steps) = (Vec::new(), Vec::new());
    for column in &sample.columns {
        let known = facts.iter().find(|facts| facts.name == column.name);
        let Some(known) = known else {
            steps.push(Step::out(
                &column.name,
                Rule::Unknown,
                "nothing is known of it: the caller gave no facts".to_owned(),
            ));
            continue;
        };
        match select::permitted(known, &settings.screens) {
            Some(step) => steps.push(step),
            None => {
                if settings.screens.allow.contains(&column.name) {
                    let why = "was let past the screens of compliance, tier and reason by `allow`".to_owned();
                    steps.push(Step { column: column.name.clone(), kept: true, rule: Rule::Allowed, why });
                }
                offered.push((column, known));
            }
        }
    }
    (offered, steps)
}

fn bin_all(
    sample: &Sample,
    offered: &[(&Column, &Facts)],
    recipe: &Recipe,
    settings: &Settings,
) -> Result<Vec<(Binned, Vec<f64>)>, FitError> {
    let one = |(column, facts): &(&Column, &Facts)| -> Result<(Binned, Vec<f64>), FitError> {
        let options = recipe.binning_of(facts, settings);
        let binned = binning::fit(column, &sample.bad, &sample.weight, &options)?;
        let binned = with_neutral_missing(binned, recipe);
        let woe = binned.transform(&column.values)?;
        Ok((binned, woe))
    };
    offered.par_iter().map(one).collect()
}

fn candidates<'a>(offered: &[(&'a Column, &'a Facts)], binned: &'a [(Binned, Vec<f64>)]) -> Vec<Candidate<'a>> {
    let one = |((column, facts), (binned, woe)): (&(&'a Column, &'a Facts), &'a (Binned, Vec<f64>))| Candidate {
        column,
        binned,
        woe,
        facts,
    };
    offered.iter().zip(binned).map(one).collect()
}

// Missing values that may neither cost nor earn are neutral before anything is fitted to them.
fn with_neutral_missing(mut binned: Binned, recipe: &Recipe) -> Binned {
    let may_cost = recipe.missing_reasons.contains_key(&binned.name);
    for (cause, bin) in &mut binned.missing {
        let counts = if bin.woe < 0.0 { may_cost } else { recipe.missing_gains.contains(cause) };
        if !counts {
            (bin.woe, bin.iv, bin.neutral) = (0.0, 0.0, true);
        }
    }
    binned
}

fn reasons(selection: &Selection) -> String {
    let mut rules: Vec<Rule> = selection.steps.iter().filter(|step| !step.kept).map(|step| step.rule).collect();
    rules.sort_unstable();
    let counted = rules.chunk_by(|a, b| a == b).map(|run| format!("{} by {:?}", run.len(), run[0]));
    counted.collect::<Vec<_>>().join(", ")
}

impl FittedCard {
    /// Log odds of bad of each row, exact: before any rounding of points.
    ///
    /// # Errors
    ///
    /// [`FitError::MissingColumn`], [`FitError::Binning`] for codes where numbers were binned.
    pub fn log_odds(&self, sample: &Sample) -> Result<Vec<f64>, FitError> {
        self.effects().of_rows(&self.characteristics, sample)
    }

    /// Probability of bad of each row, exact. Not calibrated on other rows than the development sample's.
    ///
    /// # Errors
    ///
    /// Those of [`FittedCard::log_odds`].
    pub fn probability(&self, sample: &Sample) -> Result<Vec<f64>, FitError> {
        Ok(self.log_odds(sample)?.into_iter().map(probability).collect())
    }

    /// The score of each row before rounding.
    ///
    /// # Errors
    ///
    /// Those of [`FittedCard::log_odds`].
    pub fn exact_score(&self, sample: &Sample) -> Result<Vec<f64>, FitError> {
        Ok(self.log_odds(sample)?.into_iter().map(|eta| self.scale.score(eta)).collect())
    }

    /// The score of each row as the model file gives it: whole points that add up.
    ///
    /// # Errors
    ///
    /// Those of [`FittedCard::log_odds`].
    pub fn score(&self, sample: &Sample) -> Result<Vec<i64>, FitError> {
        let points = self.points();
        let mut sum = vec![points.base_whole(); sample.len()];
        for ((column, one), points) in
            self.columns(sample)?.into_iter().zip(&self.characteristics).zip(&points.characteristics)
        {
            let whole = points.whole();
            for (sum, place) in sum.iter_mut().zip(one.binned.places(&column.values)?) {
                *sum += place.and_then(|at| whole.get(at)).copied().unwrap_or(0);
            }
        }
        Ok(sum)
    }

    /// The points of every bin before rounding; 0 is neutral, the intercept stands in the base.
    #[must_use]
    pub fn points(&self) -> Points {
        points::of(&self.scale, &self.effects())
    }

    fn effects(&self) -> LogOdds {
        LogOdds::of(&self.characteristics, &self.fit, self.bin_effects.as_ref()).aligned(self.alignment)
    }

    fn columns<'a>(&self, sample: &'a Sample) -> Result<Vec<&'a Column>, FitError> {
        let find = |one: &Characteristic| {
            let column = sample.column(&one.binned.name);
            column.ok_or_else(|| FitError::MissingColumn { column: one.binned.name.clone() })
        };
        self.characteristics.iter().map(find).collect()
    }
}
