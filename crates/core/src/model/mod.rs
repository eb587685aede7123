//! Models: attributes to points. The file says everything that scoring depends on.
//!
//! A model is read in two steps: the text against the closed schema and the rules that need nothing else (this module), then
//! against the registry, the reasons and the run (`engine`). Adding a kind of model: a file here, a variant of [`Model`].

pub mod bins;
pub mod calibration;
pub mod document;
pub mod expected;
pub mod file;
pub mod fingerprint;
pub mod prohibited;
pub mod scorecard;
pub mod segmented;
pub mod trees;

use crate::{config::ConfigError, row::HolderKind, value::Outcome};

pub use self::{
    file::{Band, Baseline, ModelFile, Population},
    scorecard::{Characteristic, Scorecard},
    segmented::{Facts, Segmented},
    trees::Trees,
};

/// The text of the expert card shipped with the engine.
pub const BUILTIN: &str = include_str!("../../defaults/card_consumer.toml");
/// Most characteristics of a model.
pub const CHARACTERISTICS_MAX: usize = 256;
/// Most special values of a characteristic.
pub const SPECIALS_MAX: usize = 16;
/// Most bins of a characteristic.
pub const BINS_MAX: usize = 64;
/// Most segments of a model.
pub const SEGMENTS_MAX: usize = 16;
/// Most bands of a score.
pub const BANDS_MAX: usize = 26;
/// Largest magnitude of a bin's points.
pub const POINTS_MAX: i64 = 100_000;
/// The scale that a score may use: never a range that would be read as another provider's score.
pub const SCORE_MIN: i64 = 0;
/// See [`SCORE_MIN`].
pub const SCORE_MAX: i64 = 1_000;

// A full card cannot overflow its sum.
const _: () = assert!((CHARACTERISTICS_MAX as i64 + 1) * POINTS_MAX < i64::MAX / 2);

/// A checked model.
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub enum Model {
    /// Points by bins that add up.
    Scorecard(Scorecard),
    /// Several scorecards, one of which scores an application.
    Segmented(Segmented),
    /// A tree ensemble, whose points are its contributions.
    Trees(Trees),
}

/// Why a model is refused.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ModelError {
    /// No valid TOML of the closed schema.
    #[error("model: {0}")]
    Config(#[from] ConfigError),
    /// A field contradicts a rule.
    #[error("model `{model}`: {fault}")]
    Invalid {
        /// The model's name.
        model: String,
        /// What is wrong and the way out.
        fault: String,
    },
    /// A characteristic breaks a rule.
    #[error("model `{model}`, characteristic `{attribute}`: {fault}")]
    Characteristic {
        /// The model's name.
        model: String,
        /// The attribute.
        attribute: String,
        /// What is wrong and the way out.
        fault: String,
    },
}

/// What a model makes of an application's attributes.
#[derive(Clone, PartialEq, Debug)]
pub struct Scored {
    /// The segment whose card gave the points; `None` for a model of one card.
    pub segment: Option<usize>,
    /// Base points and all points, summed.
    pub score: i64,
    /// The score if each value that is not known fell into its characteristic's worst bin; of trees, see [`Trees::score`].
    pub low: i64,
    /// The score if each fell into its best.
    pub high: i64,
    /// In the model's order.
    pub earned: Vec<Earned>,
}

/// The points of one characteristic.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Earned {
    /// Where the value fell.
    pub bin: bins::BinRef,
    /// The points of that bin.
    pub points: i64,
    /// The points it is compared with.
    pub baseline: f64,
}

impl Model {
    /// The consumers' expert card shipped with the engine: uncalibrated, not validated on anybody's customers.
    ///
    /// # Errors
    ///
    /// [`ModelError`] when the shipped file breaks a rule, which a test rules out.
    pub fn builtin() -> Result<Model, ModelError> {
        Model::from_toml(BUILTIN)
    }

    /// Reads and checks a model file.
    ///
    /// # Errors
    ///
    /// [`ModelError`] naming the characteristic and the way out.
    pub fn from_toml(text: &str) -> Result<Model, ModelError> {
        ModelFile::from_toml(text)?.check()
    }

    /// What the file says, in full.
    #[must_use]
    pub fn file(&self) -> &ModelFile {
        match self {
            Model::Scorecard(card) => card.file(),
            Model::Segmented(model) => model.file(),
            Model::Trees(trees) => trees.file(),
        }
    }

    /// The SHA-256 of the model's content, as `sha256:` and 64 hexadecimal digits. Comments, layout and the order of keys do
    /// not count; everything else does.
    #[must_use]
    pub fn id(&self) -> &str {
        match self {
            Model::Scorecard(card) => card.id(),
            Model::Segmented(model) => model.id(),
            Model::Trees(trees) => trees.id(),
        }
    }

    /// The columns and extra columns that the model reads, each once, in its order.
    pub fn attributes(&self) -> impl Iterator<Item = &str> {
        let (own, listed, read): (&[Characteristic], &[String], &[trees::Input]) = match self {
            Model::Scorecard(card) => (card.characteristics(), &[], &[]),
            Model::Segmented(model) => (&[], model.attributes(), &[]),
            Model::Trees(trees) => (&[], &[], trees.inputs()),
        };
        let own = own.iter().map(|one| one.attribute.as_str());
        own.chain(listed.iter().map(String::as_str)).chain(read.iter().map(|one| one.attribute.as_str()))
    }

    /// Scores the outcomes of [`Model::attributes`], in that order.
    ///
    /// # Panics
    ///
    /// More or fewer outcomes than attributes.
    #[must_use]
    pub fn score(&self, outcomes: &[Outcome], facts: &Facts) -> Scored {
        match self {
            Model::Scorecard(card) => card.score(outcomes),
            Model::Segmented(model) => model.score(outcomes, facts),
            Model::Trees(trees) => trees.score(outcomes),
        }
    }

    /// Those of the outcomes of [`Model::attributes`] that a score is made of: of segments, what the application's card reads.
    pub fn read<'a>(&self, outcomes: &'a [Outcome], facts: &Facts) -> impl Iterator<Item = &'a Outcome> {
        let places: Vec<usize> = match self {
            Model::Scorecard(_) | Model::Trees(_) => (0..outcomes.len()).collect(),
            Model::Segmented(model) => model.segments()[model.route(outcomes, facts)].places().to_vec(),
        };
        places.into_iter().filter_map(|place| outcomes.get(place))
    }

    /// The most points that each characteristic of what gave a score could earn, in the order of [`Scored::earned`]; of trees,
    /// see [`Trees::best`].
    #[must_use]
    pub fn best(&self, scored: &Scored, outcomes: &[Outcome]) -> Vec<i64> {
        match (self, self.card(scored.segment)) {
            (_, Some(card)) => card.characteristics().iter().map(|one| one.bins.extremes().1).collect(),
            (Model::Trees(trees), None) => trees.best(scored, outcomes),
            (_, None) => unreachable!("every other model has cards"),
        }
    }

    /// Every card with its segment's name; a model of one card has no name for it, a tree ensemble has no card.
    #[must_use]
    pub fn cards(&self) -> Vec<(Option<&str>, &Scorecard)> {
        match self {
            Model::Scorecard(card) => vec![(None, card)],
            Model::Segmented(model) => {
                model.segments().iter().map(|one| (Some(one.name.as_str()), &one.card)).collect()
            }
            Model::Trees(_) => vec![],
        }
    }

    /// The card that gave a score, by [`Scored::segment`]; `None` for a tree ensemble.
    #[must_use]
    pub fn card(&self, segment: Option<usize>) -> Option<&Scorecard> {
        match self {
            Model::Scorecard(card) => Some(card),
            Model::Segmented(model) => Some(&model.segments()[segment.unwrap_or(0)].card),
            Model::Trees(_) => None,
        }
    }

    /// The points before any characteristic, of the card that gave a score or of the ensemble.
    #[must_use]
    pub fn base_points(&self, segment: Option<usize>) -> i64 {
        self.card(segment).map_or_else(|| self.file(), Scorecard::file).base_points
    }

    /// The attribute of the characteristic `at` of what gave a score, and where an outcome fell, as files write it.
    #[must_use]
    pub fn told(&self, segment: Option<usize>, at: usize, earned: &Earned, outcome: &Outcome) -> (&str, String) {
        match (self, self.card(segment)) {
            (_, Some(card)) => {
                let one = &card.characteristics()[at];
                (&one.attribute, one.bins.label(earned.bin))
            }
            (Model::Trees(trees), None) => (&trees.inputs()[at].attribute, trees.label(outcome)),
            (_, None) => unreachable!("every other model has cards"),
        }
    }

    /// The place in [`Model::attributes`] of the characteristic `at` of what gave a score.
    #[must_use]
    pub fn place(&self, segment: Option<usize>, at: usize) -> usize {
        match self {
            Model::Scorecard(_) | Model::Trees(_) => at,
            Model::Segmented(model) => model.segments()[segment.unwrap_or(0)].place(at),
        }
    }

    /// The name of a segment.
    #[must_use]
    pub fn segment_name(&self, segment: Option<usize>) -> Option<&str> {
        match self {
            Model::Scorecard(_) | Model::Trees(_) => None,
            Model::Segmented(model) => model.segments().get(segment?).map(|one| one.name.as_str()),
        }
    }

    /// The probability of a bad outcome at a score; `None` when the model is not calibrated.
    #[must_use]
    pub fn probability(&self, score: i64) -> Option<f64> {
        match self {
            Model::Scorecard(card) => card.probability(score),
            Model::Segmented(model) => model.probability(score),
            Model::Trees(trees) => trees.probability(score),
        }
    }

    /// The band of a score.
    #[must_use]
    pub fn band(&self, score: i64) -> Option<&str> {
        // Bands stand from the safest down; the first whose lower cut-off is reached is the score's.
        self.file().bands.iter().find(|band| band.from <= score).map(|band| band.name.as_str())
    }

    /// Whether the model was made for accounts of such a holder; an unknown holder passes.
    #[must_use]
    pub fn accepts(&self, holder: Option<HolderKind>) -> bool {
        holder.is_none_or(|kind| self.file().population.holder_kinds.contains(&kind.into()))
    }
}
