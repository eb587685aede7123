//! The measures, one row each. Adding one: a function and a row here; reports follow by themselves.

use serde::Serialize;

use super::{
    Cases, Draws, Estimate, MetricError, Outcomes,
    accuracy::{brier, calibration_in_the_large, calibration_line, expected_over_observed, log_loss},
    bootstrap::bootstrap,
};

/// A measure of a score or a probability against outcomes.
#[derive(Clone, Copy, Debug)]
pub struct Measure {
    /// Snake case, as JSON has it.
    pub name: &'static str,
    /// As tables have it.
    pub title: &'static str,
    /// What a number of it counts.
    pub unit: &'static str,
    /// What it means, in one sentence for a reader who does not know it.
    pub meaning: &'static str,
    /// The value that says "best", where there is one.
    pub best: f64,
    /// Whether it reads the probability rather than the score.
    pub of_probability: bool,
    /// The value alone.
    pub value: fn(&Cases) -> Result<f64, MetricError>,
    /// A closed interval and its name, where one exists; else the bootstrap's is taken.
    pub closed: Option<(&'static str, Closed)>,
}

/// Value and interval at a level.
pub type Closed = fn(&Cases, f64) -> Result<Estimate, MetricError>;

/// Every measure that `validate` prints, in its order.
pub const MEASURES: &[Measure] = &[
    Measure {
        name: "auc",
        title: "AUC",
        unit: "probability",
        meaning: "chance that a good scores higher than a bad, ties one half; 0.5 is no better than a coin",
        best: 1.0,
        of_probability: false,
        value: |cases| Ok(Outcomes::of(cases)?.auc().value),
        closed: Some(("delong_logit", |cases, level| Ok(Outcomes::of(cases)?.auc_at(level)))),
    },
    Measure {
        name: "gini",
        title: "Gini",
        unit: "share",
        meaning: "2 AUC - 1",
        best: 1.0,
        of_probability: false,
        value: |cases| Ok(Outcomes::of(cases)?.gini()),
        closed: Some(("delong_logit", |cases, level| Ok(Outcomes::of(cases)?.gini_at(level)))),
    },
    Measure {
        name: "ks",
        title: "KS",
        unit: "share",
        meaning: "largest gap between the shares of bads and of goods at or below a score; ties move both at once",
        best: 1.0,
        of_probability: false,
        value: |cases| Ok(Outcomes::of(cases)?.ks()),
        closed: None,
    },
    Measure {
        name: "brier",
        title: "Brier score",
        unit: "squared probability",
        meaning: "mean squared distance of probability and outcome; lower is better",
        best: 0.0,
        of_probability: true,
        value: brier,
        closed: None,
    },
    Measure {
        name: "log_loss",
        title: "Log loss",
        unit: "nats",
        meaning: "mean of minus the logarithm of the probability given to what happened; lower is better",
        best: 0.0,
        of_probability: true,
        value: log_loss,
        closed: None,
    },
    Measure {
        name: "calibration_slope",
        title: "Calibration slope",
        unit: "log odds a log odd",
        meaning: "slope of the outcome's log odds on those of the probability; below 1, probabilities are too far apart",
        best: 1.0,
        of_probability: true,
        value: |cases| Ok(calibration_line(cases, 0.95)?.slope.value),
        closed: Some(("wald", |cases, level| Ok(calibration_line(cases, level)?.slope))),
    },
    Measure {
        name: "calibration_intercept",
        title: "Calibration intercept",
        unit: "log odds",
        meaning: "intercept fitted together with the slope: observed log odds where the probability claims even odds",
        best: 0.0,
        of_probability: true,
        value: |cases| Ok(calibration_line(cases, 0.95)?.intercept.value),
        closed: Some(("wald", |cases, level| Ok(calibration_line(cases, level)?.intercept))),
    },
    Measure {
        name: "calibration_in_the_large",
        title: "Calibration in the large",
        unit: "log odds",
        meaning: "intercept with the slope held at 1; above 0, more went bad than the probabilities say",
        best: 0.0,
        of_probability: true,
        value: |cases| Ok(calibration_in_the_large(cases, 0.95)?.value),
        closed: Some(("wald", calibration_in_the_large)),
    },
    Measure {
        name: "expected_over_observed",
        title: "Expected over observed bads",
        unit: "ratio",
        meaning: "bads that the probabilities expect over bads observed; below 1, risk is understated",
        best: 1.0,
        of_probability: true,
        value: |cases| Ok(expected_over_observed(cases, 0.95)?.value),
        closed: Some(("clopper_pearson", expected_over_observed)),
    },
];

/// The measure of that name.
#[must_use]
pub fn measure(name: &str) -> Option<&'static Measure> {
    MEASURES.iter().find(|measure| measure.name == name)
}

/// A measure taken, or why not.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Measured {
    /// [`Measure::name`].
    pub name: &'static str,
    /// [`Measure::title`].
    pub title: &'static str,
    /// [`Measure::unit`].
    pub unit: &'static str,
    /// [`Measure::meaning`].
    pub meaning: &'static str,
    /// What was measured; `None` where it could not be.
    pub estimate: Option<Estimate>,
    /// How the interval was made: `delong_logit`, `wald`, `clopper_pearson`, `bootstrap`, or `none` when no draws were asked for (lower and upper
    /// are then the value itself).
    pub interval: &'static str,
    /// Why there is no estimate.
    pub absent: Option<String>,
}

impl Measured {
    /// The ends of the interval; `None` where none was made.
    #[must_use]
    pub fn ends(&self) -> Option<(f64, f64)> {
        self.estimate.filter(|_| self.interval != "none").map(|estimate| (estimate.lower, estimate.upper))
    }

    /// Takes every measure of [`MEASURES`] that the cases allow.
    #[must_use]
    pub fn all(cases: &Cases, level: f64, draws: &Draws) -> Vec<Measured> {
        let present = |measure: &&Measure| !measure.of_probability || cases.probability().is_ok();
        let chosen: Vec<&Measure> = MEASURES.iter().filter(present).collect();
        // A measure whose value is refused would refuse its draws too.
        let drawn: Vec<&Measure> = chosen
            .iter()
            .copied()
            .filter(|measure| measure.closed.is_none() && (measure.value)(cases).is_ok())
            .collect();
        let intervals = if draws.count == 0 { Ok(Vec::new()) } else { bootstrap(cases, &drawn, draws, level) };
        let one = |measure: &Measure| {
            let (name, outcome) = match measure.closed {
                Some((name, closed)) => (name, closed(cases, level)),
                None => match (&intervals, drawn.iter().position(|one| one.name == measure.name)) {
                    (Ok(found), Some(at)) if at < found.len() => ("bootstrap", Ok(found[at])),
                    (Err(error), Some(_)) => ("bootstrap", Err(*error)),
                    _ => ("none", (measure.value)(cases).map(|value| Estimate { value, lower: value, upper: value })),
                },
            };
            let (estimate, absent) = match outcome {
                Ok(estimate) => (Some(estimate), None),
                Err(error) => (None, Some(error.to_string())),
            };
            let Measure { name: id, title, unit, meaning, .. } = *measure;
            Measured { name: id, title, unit, meaning, estimate, interval: name, absent }
        };
        chosen.into_iter().map(one).collect()
    }
}
