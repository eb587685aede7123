//! What became of a run's loans.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use statrs::distribution::{DiscreteCDF, Hypergeometric};

use super::{
    OutcomesById,
    shift::{Test, deviate},
};
use crate::{
    count::real,
    metrics::{Estimate, Inverted, MetricError, Outcomes, bad_rate},
    run::Run,
};

/// Level of the intervals of bad rates.
const LEVEL: f64 = 0.95;

/// Why outcomes say nothing of a run.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub(super) enum MaturedError {
    #[error("no outcome of its scored applications can be used")]
    None,
    #[error(transparent)]
    Metric(#[from] MetricError),
}

/// Expected and observed share of bads.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
pub struct Calibration {
    /// Mean of the probabilities that the model gave.
    pub expected: f64,
    /// Share of bads among the same applications.
    pub observed: f64,
    /// Standard error of the observed share when the probabilities are right: √Σ p (1 − p) / n.
    pub error: f64,
    /// The normal test that they are (Spiegelhalter's idea, for the mean).
    pub test: Option<Test>,
}

/// A band's loans.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct BandRate {
    /// The band; `none` for scores without one.
    pub band: String,
    /// Matured applications.
    pub applications: u64,
    /// Those that went bad.
    pub bads: u64,
    /// Their share, with its exact 95 % interval.
    pub rate: Estimate,
    /// Against the model's probabilities, when every one of these applications has one.
    pub calibration: Option<Calibration>,
}

/// How well a score tells goods from bads. None of it exists without a good and a bad.
#[derive(Clone, PartialEq, Debug, Default, Serialize)]
pub struct Told {
    /// Area under the ROC curve, with its 95 % interval.
    pub auc: Option<Estimate>,
    /// 2 AUC − 1.
    pub gini: Option<f64>,
    /// Kolmogorov–Smirnov distance.
    pub ks: Option<f64>,
    /// That the score ranks worse than a coin; none where it does not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub upside_down: Option<Inverted>,
    /// For intervals at the level of the gates.
    #[serde(skip)]
    pub(super) curve: Option<Outcomes>,
}

/// Outcomes that a run cannot use, and scores without one.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
pub struct LeftOut {
    /// Outcomes of no application of the run.
    pub foreign: u64,
    /// Outcomes of applications without a score.
    pub unscored: u64,
    /// Scored applications without an outcome.
    pub open: u64,
}

/// What became of the scored applications of which the outcome is known.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Matured {
    /// Scored applications with an outcome.
    pub applications: u64,
    /// Those that went bad.
    pub bads: u64,
    /// How well the score tells goods from bads; none where all are of one kind.
    #[serde(flatten)]
    pub told: Told,
    /// By band, the safest first.
    pub bands: Vec<BandRate>,
    /// Over all bands.
    pub calibration: Option<Calibration>,
    /// What it does not speak of.
    pub left_out: LeftOut,
}

/// Matured applications of a band or of all.
#[derive(Default)]
struct Group {
    applications: u64,
    bads: u64,
    probabilities: Vec<f64>,
}

impl Group {
    fn add(&mut self, bad: bool, probability: Option<f64>) {
        self.applications += 1;
        self.bads += u64::from(bad);
        self.probabilities.extend(probability);
    }

    fn calibration(&self) -> Option<Calibration> {
        if self.applications == 0 || self.probabilities.len() as u64 != self.applications {
            return None;
        }
        let n = real(self.applications);
        let expected = self.probabilities.iter().sum::<f64>() / n;
        let error = self.probabilities.iter().map(|p| p * (1.0 - p)).sum::<f64>().sqrt() / n;
        let observed = real(self.bads) / n;
        Some(Calibration { expected, observed, error, test: deviate(observed - expected, error) })
    }
}

impl Matured {
    pub(super) fn of(run: &Run, outcomes: &OutcomesById) -> Result<Matured, MaturedError> {
        let mut pairs = vec![];
        let mut all = Group::default();
        let mut bands: BTreeMap<&str, Group> = BTreeMap::new();
        let (mut left_out, mut known) = (LeftOut::default(), BTreeSet::new());
        for (row, key) in run.keys.iter().enumerate() {
            let outcome = outcomes.get(&key.application_id);
            known.extend(outcome.map(|_| key.application_id.as_str()));
            let (score, bad) = match (run.score[row], outcome) {
                (Some(score), Some(bad)) => (score, bad),
                (Some(_), None) => {
                    left_out.open += 1;
                    continue;
                }
                (None, outcome) => {
                    left_out.unscored += u64::from(outcome.is_some());
                    continue;
                }
            };
            pairs.push((score, *bad));
            all.add(*bad, run.probability[row]);
            bands.entry(run.band.get(row).unwrap_or("none")).or_default().add(*bad, run.probability[row]);
        }
        if pairs.is_empty() {
            return Err(MaturedError::None);
        }
        left_out.foreign = (outcomes.len() - known.len()) as u64;
        // Bad rates and calibration need no second class.
        let told = match Outcomes::new(&pairs) {
            Ok(curve) => Told {
                auc: Some(curve.auc()),
                gini: Some(curve.gini()),
                ks: Some(curve.ks()),
                upside_down: Inverted::of(&curve.auc()),
                curve: Some(curve),
            },
            Err(MetricError::OneClass) => Told::default(),
            Err(error) => return Err(error.into()),
        };
        let rated = bands.into_iter().map(|(band, group)| {
            Ok(BandRate {
                band: band.to_owned(),
                applications: group.applications,
                bads: group.bads,
                rate: bad_rate(group.bads, group.applications, LEVEL)?,
                calibration: group.calibration(),
            })
        });
        Ok(Matured {
            applications: all.applications,
            bads: all.bads,
            told,
            bands: rated.collect::<Result<_, MetricError>>()?,
            calibration: all.calibration(),
            left_out,
        })
    }

    /// What is not said of the run for want of outcomes, that its scores rank upside down, which outcomes say nothing of it.
    pub(super) fn gaps(&self) -> Vec<String> {
        let mut gaps = vec![];
        if self.told.auc.is_none() {
            gaps.push(format!("{}, so nothing is said of discrimination", MetricError::OneClass));
        }
        gaps.extend(self.told.upside_down.iter().map(|one| one.text.clone()));
        let LeftOut { foreign, unscored, open } = self.left_out;
        let parts = [
            (foreign, "outcomes of no application of the run"),
            (unscored, "outcomes of applications without a score"),
            (open, "scored applications without an outcome"),
        ];
        let told = parts.iter().filter(|part| part.0 != 0).map(|(count, what)| format!("{count} {what}"));
        let told: Vec<String> = told.collect();
        if !told.is_empty() {
            gaps.push(format!("left out: {}", told.join(", ")));
        }
        gaps
    }

    /// Neighbouring bands of which the safer has the larger share of bads.
    #[must_use]
    pub fn inversions(&self) -> u64 {
        self.neighbours().iter().filter(|[safer, riskier]| riskier.rate.value < safer.rate.value).count() as u64
    }

    /// The fewest and the most of these that there may be at a level: the pairs that no chance explains, and all but those that
    /// chance cannot have put in order. The pairs share what the level leaves.
    ///
    /// # Source
    ///
    /// Fisher's exact test of two shares, one side at a time: of two bands' bads, so many in the safer by hypergeometric chance.
    #[must_use]
    pub fn inversions_at(&self, level: f64) -> (u64, u64) {
        let pairs = self.neighbours();
        if level <= 0.0 {
            return (self.inversions(), self.inversions());
        }
        let side = (1.0 - level) / 2.0 / real(pairs.len().max(1) as u64);
        let (mut wrong, mut unsure) = (0, 0);
        for [safer, riskier] in pairs {
            let (all, bads) = (safer.applications + riskier.applications, safer.bads + riskier.bads);
            let Ok(chance) = Hypergeometric::new(all, bads, safer.applications) else { continue };
            let as_many = safer.bads.checked_sub(1).map_or(1.0, |fewer| chance.sf(fewer));
            wrong += u64::from(as_many < side);
            unsure += u64::from(side <= chance.cdf(safer.bads));
        }
        (wrong, unsure)
    }

    fn neighbours(&self) -> Vec<[&BandRate; 2]> {
        let named: Vec<&BandRate> = self.bands.iter().filter(|band| band.band != "none").collect();
        named.windows(2).map(|pair| [pair[0], pair[1]]).collect()
    }
}
