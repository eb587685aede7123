//! Models: attributes to points. The file says everything that scoring depends on.
//!
//! A model is read in two steps: the text against the closed schema and the rules that need nothing else (this module), then
//! against the registry, the reasons and the run (`engine`). Adding a kind of model: a file here, a variant of [`Model`].

pub mod bins;
pub mod file;
pub mod fingerprint;
pub mod prohibited;
pub mod scorecard;
pub mod trees;

use crate::{config::ConfigError, row::HolderKind, value::Outcome};

pub use self::{
    file::{Band, Baseline, ModelFile, Population},
    scorecard::{Characteristic, Scorecard},
    trees::Trees,
};

/// Most characteristics of a model.
pub const CHARACTERISTICS_MAX: usize = 256;
/// Most bins of a characteristic.
pub const BINS_MAX: usize = 64;
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

/// What a model reads.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Read<'a> {
    /// A column of the registry or `extra:name`.
    pub attribute: &'a str,
    /// The reason of an extra column.
    pub reason: Option<&'a str>,
    /// The reason when a missing value costs points.
    pub missing_reason: Option<&'a str>,
}

impl Model {
    /// The consumers' expert card shipped with the engine: uncalibrated, not validated on anybody's customers.
    ///
    /// # Errors
    ///
    /// [`ModelError`] when the shipped file breaks a rule, which a test rules out.
    pub fn builtin() -> Result<Model, ModelError> {
        Model::from_toml(include_str!("../../defaults/card_consumer.toml"))
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
            Model::Trees(trees) => trees.file(),
        }
    }

    /// The SHA-256 of the model's content, as `sha256:` and 64 hexadecimal digits. Comments, layout and the order of keys do
    /// not count; everything else does.
    #[must_use]
    pub fn id(&self) -> &str {
        match self {
            Model::Scorecard(card) => card.id(),
            Model::Trees(trees) => trees.id(),
        }
    }

    /// The columns and extra columns that the model reads, in its order.
    pub fn attributes(&self) -> impl Iterator<Item = &str> {
        self.reads().into_iter().map(|one| one.attribute)
    }

    /// The same with the reasons that the file gives them.
    #[must_use]
    pub fn reads(&self) -> Vec<Read<'_>> {
        match self {
            Model::Scorecard(card) => {
                let all = card.characteristics().iter();
                all.map(|one| Read {
                    attribute: &one.attribute,
                    reason: one.reason.as_deref(),
                    missing_reason: one.missing_reason.as_deref(),
                })
                .collect()
            }
            Model::Trees(trees) => {
                let missing_reason = Some(trees.missing_reason());
                let one = trees.inputs().iter();
                one.map(|one| Read { attribute: &one.attribute, reason: one.reason.as_deref(), missing_reason })
                    .collect()
            }
        }
    }

    /// Where an outcome fell, as files write it.
    #[must_use]
    pub fn label(&self, place: usize, earned: &Earned, outcome: &Outcome) -> String {
        match self {
            Model::Scorecard(card) => card.characteristics()[place].bins.label(earned.bin),
            Model::Trees(trees) => trees.label(outcome),
        }
    }

    /// Scores the outcomes of [`Model::attributes`], in that order.
    #[must_use]
    pub fn score(&self, outcomes: &[Outcome]) -> Scored {
        match self {
            Model::Scorecard(card) => card.score(outcomes),
            Model::Trees(trees) => trees.score(outcomes),
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
