//! The model file: a closed schema, with every convention written in it so that the numbers mean the same elsewhere.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    Model, ModelError,
    calibration::Calibration,
    document::{Documentation, Validation},
    expected::Expected,
    scorecard::Scorecard,
    segmented::{SegmentFile, Segmented},
    trees::{Trees, file::TreesFile},
};
use crate::{config, hash::sha256, money::Currency, row::HolderKind, value::Missing};

/// A model as its file writes it, unchecked. [`ModelFile::check`] makes the type that works.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelFile {
    /// Version of this schema: 1.
    pub schema: u32,
    /// The evaluator.
    pub kind: Kind,
    /// The model's name in snake case.
    pub name: String,
    /// The model's own version.
    pub version: String,
    /// Who provides the score; the FCRA score block names it.
    pub provider: String,
    /// What a good outcome is.
    pub target: String,
    /// Days after T in which the target is observed.
    pub horizon_days: u32,
    /// What stands behind the points.
    pub score_basis: ScoreBasis,
    /// Which points reasons compare with.
    #[serde(default)]
    pub baseline: Baseline,
    /// Points before any characteristic; of a tree ensemble, the score at its expected margin.
    pub base_points: i64,
    /// Whom the model was made for.
    pub population: Population,
    /// What the points mean.
    pub scale: Scale,
    /// The conventions, written out.
    pub conventions: Conventions,
    /// From the safest down; the last starts at the scale's minimum.
    pub bands: Vec<Band>,
    /// Attributes and their points; a segmented model has them in its segments, a tree ensemble has none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub characteristics: Vec<CharacteristicFile>,
    /// The cards of a segmented model, in the order in which they are tried.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub segments: Vec<SegmentFile>,
    /// From the score to the probability of a bad outcome; a calibrated model has it and no other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calibration: Option<Calibration>,
    /// Shares of the development sample in each bin and band, which monitoring compares with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<Expected>,
    /// Purpose, limits and development sample, for the model card.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub documentation: Option<Documentation>,
    /// What was measured of the model, the oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub validation: Vec<Validation>,
    /// The ensemble; only for `kind = "trees"`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trees: Option<TreesFile>,
    /// Average points over applicants, per method of Regulation B, comment 9(b)(2)-5.
    #[serde(default, skip_serializing_if = "Baselines::is_empty")]
    pub baselines: Baselines,
    /// What the model was made with; absent until the model is sealed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made_with: Option<MadeWith>,
}

/// The evaluator that a file is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Additive bins.
    Scorecard,
    /// Several scorecards on one scale and the conditions that choose among them.
    Segmented,
    /// A tree ensemble, made elsewhere and imported.
    Trees,
}

/// What stands behind the points.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScoreBasis {
    /// Set by judgement from published knowledge; no probability may be read from it.
    ExpertUncalibrated,
    /// Fitted to outcomes, but not calibrated; no probability may be read from it.
    FittedUncalibrated,
    /// Fitted to outcomes, and its probability to outcomes that the fit did not see.
    FittedCalibrated,
}

impl ScoreBasis {
    /// The basis as files write it.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            ScoreBasis::ExpertUncalibrated => "expert_uncalibrated",
            ScoreBasis::FittedUncalibrated => "fitted_uncalibrated",
            ScoreBasis::FittedCalibrated => "fitted_calibrated",
        }
    }
}

/// Whom the model was made for.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Population {
    /// In words.
    pub description: String,
    /// Kinds of account holders; any other holder makes the application `out_of_population`.
    pub holder_kinds: Vec<Holder>,
    /// The currency that bins of money are in, as minor units; another makes the application `out_of_population`. Absent: any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<Currency>,
}

/// A kind of account holder as files write it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Holder {
    /// A person (Stripe's `customer`).
    Customer,
    /// A business on the platform (Stripe's `account`).
    Account,
}

impl From<HolderKind> for Holder {
    fn from(kind: HolderKind) -> Holder {
        match kind {
            HolderKind::Customer => Holder::Customer,
            HolderKind::Account => Holder::Account,
        }
    }
}

/// The score's range and what a point is.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scale {
    /// No score lies below.
    pub min: i64,
    /// No score lies above.
    pub max: i64,
    /// Which way is safer.
    pub direction: Direction,
    /// What a point is.
    pub unit: ScaleUnit,
}

/// Which way is safer. One value, written out because others exist elsewhere.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// A higher score is safer.
    HigherIsSafer,
}

/// What a point is.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum ScaleUnit {
    /// Judgement: a point is a point.
    Points,
    /// Points to double the odds: `points = base + pdo / ln 2 · ln(odds / odds_at_base)`, odds of good.
    DoubleOdds {
        /// The score at which the odds are `odds_at_base`.
        base: f64,
        /// Good to bad.
        odds_at_base: f64,
        /// Points that double the odds.
        pdo: f64,
    },
}

/// The conventions that two scorecard tools never share, written out. Each has one value that this engine evaluates for a
/// kind of model.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Conventions {
    /// The sign of the weight of evidence.
    pub woe: WoeSign,
    /// Which edge belongs to a bin.
    pub closure: Closure,
    /// How a missing value is treated.
    pub missing: MissingRule,
    /// How points became whole.
    pub rounding: Rounding,
    /// What was done with bins without goods or bads; `none` where there was no such bin, or no fit.
    pub zero_cell: ZeroCell,
}

/// The sign of the weight of evidence.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WoeSign {
    /// ln(share of goods / share of bads): positive is safer.
    LnGoodsOverBads,
    /// A tree ensemble weighs no evidence by bins.
    None,
}

/// Which edge belongs to a bin.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Closure {
    /// `[lower, upper)`.
    LeftClosedRightOpen,
    /// As `trees.comparison` says.
    BySplit,
}

/// How a missing value is treated.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MissingRule {
    /// Each cause has points of its own, apart from the bins.
    OwnPointsByCause,
    /// As `trees.missing` says; each split says where it goes.
    BySplit,
}

/// How points became whole.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rounding {
    /// They were set as whole numbers.
    SetWhole,
    /// Each bin's points were rounded once, half to even, when the file was written.
    BinHalfEvenOnce,
    /// The score is rounded once, half to even; points are shared out so that they add up to it.
    ScoreHalfEvenOnce,
}

/// What was done with bins without goods or bads.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ZeroCell {
    /// Nothing was added: points were set by judgement, or every bin that was fitted has goods and bads (others were merged
    /// with a neighbour, or are neutral).
    None,
    /// Half a case was added to each cell.
    AddHalf,
}

/// A range of scores.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Band {
    /// `A` is the safest.
    pub name: String,
    /// The lowest score of the band.
    pub from: i64,
}

/// An attribute and its points.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CharacteristicFile {
    /// A column of the registry, or `extra:name` for a column of the applications that the run declares.
    pub attribute: String,
    /// Why it belongs here, and why the points run as they do.
    pub rationale: String,
    /// Who says so.
    pub source: String,
    /// The reason's code; only for an `extra:` column, an attribute has its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The points of an applicant about whom the attribute says nothing either way.
    pub neutral: i64,
    /// Ranges of numbers, ascending, the last without `below`; or groups of codes, the last without `codes`.
    pub bins: Vec<BinFile>,
    /// Values of an extra column that are no magnitudes, ascending; looked at before the bins.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub special: Vec<SpecialFile>,
    /// Points by cause.
    pub missing: MissingPoints,
    /// Why a cause has other points than `neutral`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing_rationale: Option<String>,
    /// The reason, of kind `data`, that is given when a missing value costs points.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing_reason: Option<String>,
    /// Why points run against the direction of risk that the registry gives the attribute; without it they may not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub against_risk: Option<String>,
}

/// One bin: the numbers from the edge before (included) to `below` (excluded), or the named codes.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BinFile {
    /// The first value that is no longer in the bin; only the last bin has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub below: Option<f64>,
    /// The codes of the bin; the last bin of codes has none and takes every other code.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub codes: Vec<String>,
    /// Its points.
    pub points: i64,
}

/// A value that is no magnitude, such as -9 for "no file found".
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SpecialFile {
    /// The value, equal to the last bit.
    pub value: f64,
    /// What it stands for; an auditor will ask.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub meaning: Option<String>,
    /// Its points.
    pub points: i64,
}

/// Points of a missing value by its cause. Every cause is covered: by name or by `other`.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "the causes of value::Missing")]
pub struct MissingPoints {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_permitted: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_enough_history: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub no_such_event: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub too_few_events: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zero_denominator: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stale: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_applicable: Option<i64>,
    /// Every cause that is not named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub other: Option<i64>,
}

impl MissingPoints {
    /// The points of a cause; `None` when the file covers it neither by name nor by `other`.
    #[must_use]
    pub fn get(&self, cause: Missing) -> Option<i64> {
        let named = match cause {
            Missing::NotPermitted => self.not_permitted,
            Missing::NotEnoughHistory => self.not_enough_history,
            Missing::NoSuchEvent => self.no_such_event,
            Missing::TooFewEvents => self.too_few_events,
            Missing::ZeroDenominator => self.zero_denominator,
            Missing::Stale => self.stale,
            Missing::NotApplicable => self.not_applicable,
        };
        named.or(self.other)
    }
}

/// Which points reasons compare with.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Baseline {
    /// Neutral points.
    #[default]
    Neutral,
    /// Average points of applicants at or slightly above the lowest passing score (comment 9(b)(2)-5, first method).
    Marginal,
    /// Average points of all applicants (comment 9(b)(2)-5, second method).
    All,
}

/// Average points over applicants.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baselines {
    /// At or slightly above the lowest passing score.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub marginal: Option<BaselineRun>,
    /// All applicants.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub all: Option<BaselineRun>,
}

impl Baselines {
    pub(super) fn is_empty(&self) -> bool {
        self.marginal.is_none() && self.all.is_none()
    }
}

/// Average points over the applicants of one run.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BaselineRun {
    /// Digest of the run's manifest.
    pub run: String,
    /// Applicants averaged.
    pub applicants: u64,
    /// Lowest score averaged.
    pub score_from: i64,
    /// Highest score averaged.
    pub score_to: i64,
    /// By characteristic, exact.
    pub points: BTreeMap<String, f64>,
}

/// What a model was made with: sealing writes it, loading holds the running build against it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MadeWith {
    /// Digest of the embedded probe ledgers.
    pub probe: String,
    /// Digest of each attribute's definition.
    pub definitions: BTreeMap<String, String>,
    /// The attributes' values on each probe ledger.
    pub values: BTreeMap<String, BTreeMap<String, String>>,
}

impl ModelFile {
    /// Reads the text; [`ModelFile::check`] does the rest.
    ///
    /// # Errors
    ///
    /// [`ModelError::Config`] with the line at fault.
    pub fn from_toml(text: &str) -> Result<ModelFile, ModelError> {
        Ok(config::parse(text)?)
    }

    /// Writes the file as TOML that reads back to the same content.
    #[must_use]
    pub fn to_toml(&self) -> String {
        let text = match self.kind {
            Kind::Scorecard | Kind::Segmented => toml::to_string_pretty(self),
            // An array stands on one line: a tree, not a node, is what a reader looks for.
            Kind::Trees => toml::to_string(self),
        };
        text.expect("a model file holds finite numbers, texts and tables with text keys")
    }

    /// Checks every rule that needs neither registry nor run.
    ///
    /// # Errors
    ///
    /// [`ModelError`] naming the thing and the way out.
    pub fn check(self) -> Result<Model, ModelError> {
        if self.name.is_empty() || self.name.chars().any(char::is_control) {
            let fault =
                "the name is empty or holds a line break or another control character; write one line".to_owned();
            return Err(ModelError::Invalid { model: self.name, fault });
        }
        match self.kind {
            Kind::Scorecard => Scorecard::new(self).map(Model::Scorecard),
            Kind::Segmented => Segmented::new(self).map(Model::Segmented),
            Kind::Trees => Trees::new(self).map(Model::Trees),
        }
    }

    /// The digest of the content in canonical form: JSON in the order of the schema, maps by key.
    pub(super) fn id(&self) -> String {
        sha256(&serde_json::to_vec(self).expect("a model file is plain data"))
    }
}
