//! The tree ensemble: made by another library, evaluated here to its last bit, with points that add up to the score.
//!
//! The ensemble's margin is the log-odds of bad, or in proportion to them. The score is the margin on the model's scale, rounded once. What each
//! attribute adds is its TreeSHAP contribution in points: `base_points` is the score at the expectation over the training
//! sample, and the attributes' whole points make up the difference exactly.

mod eval;
pub mod file;
mod monotone;
mod points;
mod shap;

use std::collections::BTreeSet;

use self::{
    eval::{Ensemble, Node},
    file::{InputFile, TreesFile},
    points::Line,
    shap::Quadrature,
};
use super::{
    CHARACTERISTICS_MAX, Earned, ModelError, Scored,
    bins::BinRef,
    calibration::Probabilities,
    document,
    file::{Baseline, BaselineRun, Closure, MissingRule, ModelFile, Rounding, WoeSign, ZeroCell},
    fingerprint::{is_extra, written},
    scorecard::{check_bands, check_header},
};
use crate::value::{Missing, Outcome};

/// Most trees of an ensemble.
pub const TREES_MAX: usize = 10_000;
/// Most nodes of an ensemble, splits and leaves.
pub const NODES_MAX: usize = 1_000_000;
/// Most splits on the way from a root to a leaf.
pub const DEPTH_MAX: usize = 64;
/// LightGBM's `kZeroThreshold`, the single-precision number nearest to 1e-35: its sparse rows hold nothing nearer to zero.
pub const ZERO: f64 = 1.000_000_018_002_509_5e-35;

/// A checked tree ensemble.
#[derive(Clone, PartialEq, Debug)]
pub struct Trees {
    file: ModelFile,
    id: String,
    inputs: Vec<Input>,
    missing_reason: String,
    ensemble: Box<Ensemble>,
    quadrature: Quadrature,
    expected: f64,
    line: Line,
    probabilities: Option<Probabilities>,
}

/// What the trees read, checked.
#[derive(Clone, PartialEq, Debug)]
pub struct Input {
    /// A column of the registry or `extra:name`.
    pub attribute: String,
    /// The reason of an extra column.
    pub reason: Option<String>,
    /// Points that reasons compare with: zero, which is the expectation over the training sample, or the chosen average.
    pub baseline: f64,
}

impl Trees {
    pub(super) fn new(file: ModelFile) -> Result<Trees, ModelError> {
        let invalid = |fault: String| ModelError::Invalid { model: file.name.clone(), fault };
        check_header(&file).map_err(invalid)?;
        check_bands(&file).map_err(invalid)?;
        let trees = check_kind(&file).map_err(invalid)?;
        check_inputs(trees).map_err(invalid)?;
        let (ensemble, line) = parts(&file, trees).map_err(invalid)?;
        check_read(trees, &ensemble).map_err(invalid)?;
        check_monotone(trees, &ensemble).map_err(invalid)?;
        let expected = shap::expected(&ensemble);
        let base_points = line.score(expected);
        if file.base_points != base_points {
            return Err(invalid(format!(
                "`base_points` is {}, the expected margin's is {base_points}",
                file.base_points
            )));
        }
        for run in [&file.baselines.marginal, &file.baselines.all].into_iter().flatten() {
            check_baseline(run, trees).map_err(invalid)?;
        }
        let missing_reason = trees.missing_reason.clone();
        let inputs: Vec<Input> =
            trees.inputs.iter().map(|one| input(one, &file)).collect::<Result<_, _>>().map_err(invalid)?;
        super::expected::check_inputs(&file, &inputs).map_err(invalid)?;
        document::check(&file).map_err(invalid)?;
        let probabilities = Probabilities::new(&file).map_err(invalid)?;
        let id = file.id();
        let quadrature = Quadrature::new(&ensemble, trees.inputs.len());
        let ensemble = Box::new(ensemble);
        Ok(Trees { file, id, inputs, missing_reason, ensemble, quadrature, expected, line, probabilities })
    }

    /// What `base_points` of a file must be: the score at the expected margin.
    ///
    /// # Errors
    ///
    /// [`ModelError::Invalid`] when the trees or the scale break a rule.
    pub fn base_points(file: &ModelFile) -> Result<i64, ModelError> {
        let invalid = |fault: String| ModelError::Invalid { model: file.name.clone(), fault };
        check_header(file).map_err(invalid)?;
        let (ensemble, line) = check_kind(file).and_then(|trees| parts(file, trees)).map_err(invalid)?;
        Ok(line.score(shap::expected(&ensemble)))
    }

    /// What the file says.
    #[must_use]
    pub fn file(&self) -> &ModelFile {
        &self.file
    }

    /// See [`super::Model::id`].
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// See [`super::Model::probability`].
    #[must_use]
    pub fn probability(&self, score: i64) -> Option<f64> {
        self.probabilities.as_ref()?.of(score)
    }

    /// What the trees read, in the file's order.
    #[must_use]
    pub fn inputs(&self) -> &[Input] {
        &self.inputs
    }

    /// The reason that is given when missing values cost points.
    #[must_use]
    pub fn missing_reason(&self) -> &str {
        &self.missing_reason
    }

    /// The expected margin over the training sample, as the covers have it.
    #[must_use]
    pub fn expected_margin(&self) -> f64 {
        self.expected
    }

    /// The margin, to the last bit of the library that made the ensemble. One value an input, NaN for a missing one.
    #[must_use]
    pub fn margin(&self, values: &[f64]) -> f64 {
        assert_eq!(values.len(), self.inputs.len(), "one value for each input");
        self.ensemble.margin(&self.ensemble.seen(values))
    }

    /// What each input adds to the margin against [`Trees::expected_margin`]: path-dependent TreeSHAP, in double precision.
    #[must_use]
    pub fn contributions(&self, values: &[f64]) -> Vec<f64> {
        assert_eq!(values.len(), self.inputs.len(), "one value for each input");
        shap::contributions(&self.ensemble, &self.quadrature, &self.ensemble.seen(values))
    }

    /// Scores one outcome for each input, in the file's order.
    ///
    /// The range holds every score that values for the unknown inputs could give; each tree takes its own extreme, so it may
    /// be wider than the scores that one set of values can reach.
    ///
    /// # Panics
    ///
    /// More or fewer outcomes than inputs.
    #[must_use]
    pub fn score(&self, outcomes: &[Outcome]) -> Scored {
        assert_eq!(outcomes.len(), self.inputs.len(), "the engine computes one outcome for each input");
        let values: Vec<f64> = outcomes.iter().map(number).collect();
        let seen = self.ensemble.seen(&values);
        let score = self.line.score(self.ensemble.margin(&seen));
        let points = |margin: &f64| -self.line.factor * margin;
        let exact: Vec<f64> = shap::contributions(&self.ensemble, &self.quadrature, &seen).iter().map(points).collect();
        let whole = points::share_out(&exact, score - self.file.base_points);
        let bins: Vec<BinRef> = outcomes.iter().map(bin).collect();
        let earn =
            |((bin, points), input): ((&BinRef, i64), &Input)| Earned { bin: *bin, points, baseline: input.baseline };
        let earned = bins.iter().zip(whole).zip(&self.inputs).map(earn).collect();
        let unknown: Vec<bool> =
            bins.iter().map(|bin| matches!(bin, BinRef::Missing(cause) if *cause != Missing::NoSuchEvent)).collect();
        let (least, most) = self.ensemble.bounds(&seen, &unknown);
        Scored { segment: None, score, low: self.line.score(most), high: self.line.score(least), earned }
    }

    /// The points of each input if a value of it alone were the best that it could be: its points and what the score would gain,
    /// at most, since each tree takes its own best leaf.
    #[must_use]
    pub fn best(&self, scored: &Scored, outcomes: &[Outcome]) -> Vec<i64> {
        let values: Vec<f64> = outcomes.iter().map(number).collect();
        let seen = self.ensemble.seen(&values);
        let gain = |at: usize| {
            let unknown: Vec<bool> = (0..outcomes.len()).map(|other| other == at).collect();
            self.line.score(self.ensemble.bounds(&seen, &unknown).0) - scored.score
        };
        scored.earned.iter().enumerate().map(|(at, earned)| earned.points + gain(at)).collect()
    }

    /// What stands where a scorecard writes its bin: the value itself, exact, or `missing: cause`.
    #[must_use]
    pub fn label(&self, outcome: &Outcome) -> String {
        written(outcome)
    }
}

/// What the trees see of an outcome. The engine refuses codes at load.
fn number(outcome: &Outcome) -> f64 {
    outcome.ok().and_then(|value| value.number()).unwrap_or(f64::NAN)
}

fn bin(outcome: &Outcome) -> BinRef {
    match outcome.map(|value| value.number()) {
        Ok(Some(number)) if !number.is_nan() => BinRef::Value(0),
        Ok(_) => BinRef::Missing(Missing::NotApplicable),
        Err(cause) => BinRef::Missing(cause),
    }
}

fn parts(file: &ModelFile, trees: &TreesFile) -> Result<(Ensemble, Line), String> {
    let line = Line::new(&file.scale, trees.log_odds_per_margin)
        .ok_or("`scale.unit` must be double_odds: a margin is log-odds")?;
    Ok((Ensemble::new(trees)?, line))
}

fn check_kind(file: &ModelFile) -> Result<&TreesFile, String> {
    let trees = file.trees.as_ref().ok_or("kind `trees` needs the section `trees`")?;
    if !file.characteristics.is_empty() {
        return Err("a tree ensemble has no `characteristics`; write kind = \"scorecard\"".to_owned());
    }
    if !file.segments.is_empty() {
        return Err("a tree ensemble has no `segments`".to_owned());
    }
    let told = &file.conventions;
    if told.woe != WoeSign::None
        || told.closure != Closure::BySplit
        || told.missing != MissingRule::BySplit
        || told.rounding != Rounding::ScoreHalfEvenOnce
        || told.zero_cell != ZeroCell::None
    {
        return Err("`conventions` of trees are woe none, closure by_split, missing by_split, rounding \
                    score_half_even_once, zero_cell none"
            .to_owned());
    }
    let count = trees.tree.len();
    if count == 0 || TREES_MAX < count {
        return Err(format!("has {count} trees; write 1 to {TREES_MAX}"));
    }
    Ok(trees)
}

fn check_inputs(trees: &TreesFile) -> Result<(), String> {
    if trees.source.trim().is_empty() {
        return Err("`trees.source` is empty; say what made the ensemble, an auditor will ask".to_owned());
    }
    if !(trees.log_odds_per_margin.is_finite() && 0.0 < trees.log_odds_per_margin) {
        return Err("`trees.log_odds_per_margin` is not a positive number".to_owned());
    }
    let count = trees.inputs.len();
    if count == 0 || CHARACTERISTICS_MAX < count {
        return Err(format!("reads {count} inputs; write 1 to {CHARACTERISTICS_MAX}"));
    }
    let mut seen = BTreeSet::new();
    for one in &trees.inputs {
        let attribute = &one.attribute;
        if !seen.insert(attribute) {
            return Err(format!("`{attribute}` stands twice among the inputs"));
        }
        match (is_extra(attribute), &one.reason) {
            (true, None) => {
                return Err(format!("`{attribute}`: an extra column has no reason of its own; give `reason`"));
            }
            (false, Some(_)) => {
                return Err(format!("`{attribute}`: `reason` belongs to extra columns only; an attribute has its own"));
            }
            _ => {}
        }
    }
    Ok(())
}

/// An input that no tree reads is no factor of the score, so it may not stand among its factors.
fn check_read(trees: &TreesFile, ensemble: &Ensemble) -> Result<(), String> {
    let mut is_read = vec![false; trees.inputs.len()];
    for node in &ensemble.nodes {
        if let Node::Split { input, .. } = node {
            is_read[*input] = true;
        }
    }
    match trees.inputs.iter().zip(is_read).find(|(_, is_read)| !is_read) {
        Some((one, _)) => Err(format!("no tree reads `{}`; remove it from the inputs", one.attribute)),
        None => Ok(()),
    }
}

/// A constraint that is stated is believed by whoever reads the file, so it must hold.
fn check_monotone(trees: &TreesFile, ensemble: &Ensemble) -> Result<(), String> {
    for (at, one) in trees.inputs.iter().enumerate() {
        let Some(way) = one.monotone else { continue };
        if let Some(tree) = monotone::broken(ensemble, at, trees.inputs.len(), way) {
            return Err(format!(
                "`{}` is stated to be monotone, but tree {tree} is not; train under the constraint (of LightGBM's \
                 monotone_constraints_method only `basic` keeps it everywhere), or state none",
                one.attribute
            ));
        }
    }
    Ok(())
}

fn check_baseline(run: &BaselineRun, trees: &TreesFile) -> Result<(), String> {
    if run.applicants == 0 {
        return Err("a baseline over no applicants".to_owned());
    }
    let is_covered = |one: &InputFile| run.points.get(&one.attribute).is_some_and(|points| points.is_finite());
    match trees.inputs.iter().find(|one| !is_covered(one)) {
        Some(one) => Err(format!("a baseline lacks `{}`; make it again", one.attribute)),
        None if run.points.len() != trees.inputs.len() => {
            Err("a baseline names attributes that the model does not read; make it again".to_owned())
        }
        None => Ok(()),
    }
}

fn input(one: &InputFile, file: &ModelFile) -> Result<Input, String> {
    let (name, run) = match file.baseline {
        Baseline::Neutral => ("", &None),
        Baseline::Marginal => ("marginal", &file.baselines.marginal),
        Baseline::All => ("all", &file.baselines.all),
    };
    let baseline = match run.as_ref().and_then(|run| run.points.get(&one.attribute)) {
        Some(average) => *average,
        None if file.baseline == Baseline::Neutral => 0.0,
        None => return Err(format!("baseline `{name}` is chosen, but `baselines.{name}` is absent; make it")),
    };
    Ok(Input { attribute: one.attribute.clone(), reason: one.reason.clone(), baseline })
}

#[cfg(test)]
#[path = "trees_tests.rs"]
pub(crate) mod tests;
