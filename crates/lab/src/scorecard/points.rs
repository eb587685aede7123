//! Log odds to points.

use cashline_core::model::file::Band;
use serde::{Deserialize, Serialize};

use super::{FitError, LogOdds, Scaling};
use crate::count::real;

/// Which score means what, with nothing left out.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scale {
    /// The score at `odds_at_base`.
    pub base: f64,
    /// Good to bad.
    pub odds_at_base: f64,
    /// Points that double the odds.
    pub pdo: f64,
    /// No score lies below.
    pub min: i64,
    /// No score lies above.
    pub max: i64,
}

impl Scale {
    /// Points of one unit of log odds.
    #[must_use]
    pub fn factor(&self) -> f64 {
        self.pdo / std::f64::consts::LN_2
    }

    /// The score at even odds.
    #[must_use]
    pub fn offset(&self) -> f64 {
        self.base - self.factor() * libm::log(self.odds_at_base)
    }

    /// The score that belongs to log odds of bad.
    #[must_use]
    pub fn score(&self, log_odds_of_bad: f64) -> f64 {
        self.offset() - self.factor() * log_odds_of_bad
    }
}

/// Points before rounding.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Points {
    /// Of an applicant about whom nothing speaks either way.
    pub base: f64,
    /// In the order of the card.
    pub characteristics: Vec<CharacteristicPoints>,
}

/// Points of a characteristic before rounding.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct CharacteristicPoints {
    /// The column.
    pub name: String,
    /// Of each bin, in the order of [`crate::binning::Binned::all`].
    pub bins: Vec<f64>,
}

impl Points {
    /// The base as the file has it.
    #[must_use]
    pub fn base_whole(&self) -> i64 {
        whole(self.base)
    }
}

impl CharacteristicPoints {
    /// The points as the file has them: rounded once, half to even.
    #[must_use]
    pub fn whole(&self) -> Vec<i64> {
        self.bins.iter().map(|points| whole(*points)).collect()
    }
}

fn whole(points: f64) -> i64 {
    #[expect(clippy::cast_possible_truncation, reason = "a card is refused whose points leave 0 to 1,000 by far less")]
    let whole = libm::rint(points) as i64;
    whole
}

/// What rounding cost, on the rows of the sample.
#[derive(Clone, Copy, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoundingLoss {
    /// The largest distance of a score from its exact value, in points.
    pub largest: f64,
    /// The mean distance.
    pub mean: f64,
}

impl RoundingLoss {
    pub(super) fn new(scores: &[i64], exact: &[f64]) -> RoundingLoss {
        #[expect(clippy::cast_precision_loss, reason = "scores are below 1,000")]
        let distance = |(score, exact): (&i64, &f64)| (*score as f64 - exact).abs();
        let distances = || scores.iter().zip(exact).map(distance);
        RoundingLoss {
            largest: distances().fold(0.0, f64::max),
            mean: distances().sum::<f64>() / real(scores.len().max(1)),
        }
    }
}

pub(super) fn of(scale: &Scale, log_odds: &LogOdds) -> Points {
    let factor = scale.factor();
    let one = |(name, effects): &(String, Vec<f64>)| CharacteristicPoints {
        name: name.clone(),
        // Adding zero turns a negative zero into zero.
        bins: effects.iter().map(|effect| -factor * effect + 0.0).collect(),
    };
    Points { base: scale.score(log_odds.intercept), characteristics: log_odds.bins.iter().map(one).collect() }
}

// The lowest and the highest score that whole points of one card can add up to.
fn extremes(points: &Points) -> (i64, i64) {
    let start = (points.base_whole(), points.base_whole());
    points.characteristics.iter().map(CharacteristicPoints::whole).fold(start, |sum, bins| {
        // Neutral is always among them: a missing value earns it.
        let (least, most) = (bins.iter().min().copied().unwrap_or(0), bins.iter().max().copied().unwrap_or(0));
        (sum.0 + least.min(0), sum.1 + most.max(0))
    })
}

const PDO: [f64; 8] = [40.0, 30.0, 25.0, 20.0, 15.0, 10.0, 5.0, 2.0];

/// The scale of one card or of several, with what the recipe left out: the largest usual pdo whose scores fit the width, and 600
/// moved by tens until they lie inside.
pub(super) fn derive(scaling: &Scaling, cards: &[LogOdds]) -> Result<Scale, FitError> {
    let settings = [
        ("base", scaling.base.unwrap_or(1.0)),
        ("odds_at_base", scaling.odds_at_base),
        ("pdo", scaling.pdo.unwrap_or(1.0)),
    ];
    if let Some((setting, _)) = settings.iter().find(|(_, value)| !(value.is_finite() && 0.0 < *value)) {
        return Err(FitError::Setting { setting });
    }
    let Scaling { min, max, odds_at_base, .. } = *scaling;
    let scale = |base: f64, pdo: f64| Scale { base, odds_at_base, pdo, min, max };
    let reach = |scale: &Scale| {
        let each = cards.iter().map(|card| extremes(&of(scale, card)));
        each.reduce(|one, other| (one.0.min(other.0), one.1.max(other.1))).unwrap_or((min, max))
    };
    let offered = scaling.pdo.map_or_else(|| PDO.to_vec(), |pdo| vec![pdo]);
    for pdo in &offered {
        let start = scale(scaling.base.unwrap_or(600.0), *pdo);
        let (lowest, highest) = reach(&start);
        let inside = |low: i64, high: i64| min <= low && high <= max;
        if inside(lowest, highest) {
            return Ok(start);
        }
        if scaling.base.is_none() && highest - lowest + 10 <= max - min {
            let up = (min - lowest).max(0);
            let down = (highest - max).max(0);
            // Whole tens move every score alike.
            let tens = if 0 < up { up_to_ten(up) } else { -up_to_ten(down) };
            #[expect(clippy::cast_precision_loss, reason = "a shift within the scale")]
            let moved = scale(600.0 + tens as f64, *pdo);
            let (lowest, highest) = reach(&moved);
            if 0.0 < moved.base && inside(lowest, highest) {
                return Ok(moved);
            }
        }
    }
    let last = scale(scaling.base.unwrap_or(600.0), offered.last().copied().unwrap_or(2.0));
    let (lowest, highest) = reach(&last);
    #[expect(clippy::cast_precision_loss, reason = "points stay far below 2^53")]
    let pdo_max = last.pdo * (((max - min) as f64 - 2.0) / (highest - lowest).max(1) as f64).min(1.0);
    let move_base = (min + max) / 2 - (lowest + highest) / 2;
    Err(FitError::Scale { lowest, highest, min, max, pdo_max, move_base })
}

fn up_to_ten(points: i64) -> i64 {
    (points + 9) / 10 * 10
}

/// Five bands with a fifth of the scores each; fewer when scores tie.
pub(super) fn fifths(scores: &[i64], min: i64) -> Vec<Band> {
    let mut sorted = scores.to_vec();
    sorted.sort_unstable();
    let mut from: Vec<i64> =
        [4, 3, 2, 1].iter().filter_map(|fifth| sorted.get(sorted.len() * fifth / 5)).copied().collect();
    from.push(min);
    from.dedup();
    let named = from.into_iter().zip('A'..='Z');
    named.map(|(from, name)| Band { name: name.to_string(), from }).collect()
}
