//! Which columns a model may take, and which it takes. Every column that was offered leaves a step that says why it is in or
//! out, so that nobody has to guess what the machine did.
//!
//! The order is fixed: what may not be used (compliance, tier, reason), what cannot be used (missing, without shape,
//! concentrated, weak), what does not last (stability between the halves of the time span), what others say already
//! (correlation, families, variance inflation), and then the choice itself, on the likelihood.

mod choose;
mod screens;
mod stability;

#[cfg(test)]
mod tests;

use cashline_core::attribute::{
    definition::{Compliance, Risk},
    registry::Registry,
};
use serde::{Deserialize, Serialize};

pub use choose::choose;
pub(crate) use choose::fit as fit_candidates;
pub(crate) use screens::permitted;
pub use screens::{screen, screen_alone};
pub use stability::{Stability, stability};

use crate::{binning::Binned, logistic::LogisticError, sample::Column};

/// What has to be known of a column before a model may take it. The caller fills it from the attribute registry
/// ([`Facts::of`]) or, for a lender's own column, says it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Facts {
    /// The column.
    pub name: String,
    /// Columns of one family tell of the same thing.
    pub family: String,
    /// Whether it belongs to the default set, which 180 days of history are enough for.
    pub tier_core: bool,
    /// What a decision may do with it.
    pub compliance: Compliance,
    /// Whether an adverse action can be explained by it.
    pub has_reason: bool,
    /// How the risk moves when the value rises.
    pub risk: Risk,
    /// The reason's code of a lender's own column (`extra:`); an attribute has its own.
    pub reason: Option<String>,
}

impl Facts {
    /// What the registry says of a column; `None` when it has no such column.
    #[must_use]
    pub fn of(registry: &Registry, name: &str) -> Option<Facts> {
        let id = registry.column(name)?;
        let definition = registry.definition(id);
        let column = registry.columns().get(usize::from(id.0))?;
        Some(Facts {
            name: name.to_owned(),
            family: definition.family.clone(),
            tier_core: definition.is_core(column.window),
            compliance: definition.compliance,
            has_reason: definition.reason.is_some(),
            risk: definition.risk,
            reason: None,
        })
    }
}

/// What a column has to be like.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Screens {
    /// Columns that pass the first screen (compliance, tier, reason) because somebody decided so.
    pub allow: Vec<String>,
    /// Whether columns outside the default set are left out.
    pub core_only: bool,
    /// Largest share of the weight without a value.
    pub missing_max: f64,
    /// Largest share of the weight in one bin.
    pub concentration_max: f64,
    /// Least information value beyond what bins over pure noise would show ([`Candidate::noise`]).
    pub iv_min: f64,
    /// Largest stability index of the bins between the halves of the time span, beyond what chance gives samples so small.
    pub psi_max: f64,
    /// How many standard errors the trend may run the wrong way in either half.
    pub reversal_max: f64,
    /// Largest correlation of weights of evidence with a column of more information value.
    pub correlation_max: f64,
    /// Most columns of a family.
    pub per_family: usize,
    /// Largest variance inflation factor.
    pub vif_max: f64,
}

impl Default for Screens {
    fn default() -> Screens {
        Screens {
            allow: vec![],
            core_only: true,
            missing_max: 0.6,
            concentration_max: 0.95,
            iv_min: 0.02,
            psi_max: 0.25,
            reversal_max: 1.0,
            correlation_max: 0.8,
            per_family: 3,
            vif_max: 5.0,
        }
    }
}

/// How to choose among the columns that passed.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Method {
    /// One at a time, the largest score statistic first, while the likelihood-ratio test says so (with the degrees of freedom of
    /// [`Candidate::freedom`]); a column leaves when others have made it superfluous.
    Forward {
        /// Largest p-value to come in.
        p_in: f64,
        /// Smallest p-value to go out.
        p_out: f64,
        /// Most columns.
        columns_max: usize,
    },
    /// What the L1 path keeps at the penalty chosen.
    Path {
        /// How the penalty is chosen.
        by: PathChoice,
        /// Most columns.
        columns_max: usize,
    },
    /// The strongest by information value: for samples too small to choose from.
    Strongest {
        /// Most columns.
        columns_max: usize,
    },
    /// Columns, bins and points in one search, of many small steps: what columns say together is shared among them, so the
    /// screens that compare columns are not asked unless the recipe sets screens.
    Boosted(Boosting),
}

/// How to boost ([`Method::Boosted`]). Least rows, bads and goods of a bin and the most bins are those of the binning, the least
/// share being one of all rows; the draws come from the recipe's seed.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Boosting {
    /// Most columns.
    pub columns_max: usize,
    /// Steps.
    pub rounds: u32,
    /// The part of the way that a step goes, above 0 to 1.
    pub rate: f64,
    /// The share of the columns that a round looks at.
    pub columns_share: f64,
    /// The share of the rows that a round looks at.
    pub rows_share: f64,
    /// On each step, by the variance of what it moves; positive.
    pub ridge: f64,
}

impl Default for Boosting {
    fn default() -> Boosting {
        Boosting { columns_max: 16, rounds: 200, rate: 0.03, columns_share: 0.3, rows_share: 0.8, ridge: 5.0 }
    }
}

/// How the penalty of the L1 path is chosen.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum PathChoice {
    /// The smallest `ln(cases) parameters - 2 log-likelihood`, the parameters of a column being [`Candidate::freedom`].
    Bic,
    /// The smallest deviance on rows left out, in folds drawn within each class.
    CrossValidation {
        /// Folds.
        folds: u32,
    },
}

/// What became of a column that was offered.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// The column.
    pub column: String,
    /// Whether it is in the model.
    pub kept: bool,
    /// Which rule decided.
    pub rule: Rule,
    /// The reason in words and numbers.
    pub why: String,
}

/// The rules, in the order in which they apply.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each is a field of Screens or a word of the step's text")]
pub enum Rule {
    Unknown,
    Compliance,
    Tier,
    Reason,
    Binning,
    Missing,
    Shape,
    Concentration,
    InformationValue,
    Stability,
    Reversal,
    Correlation,
    Family,
    Inflation,
    Choice,
    Sign,
    Allowed,
}

impl Step {
    pub(crate) fn out(column: &str, rule: Rule, why: String) -> Step {
        Step { column: column.to_owned(), kept: false, rule, why }
    }
}

/// What was chosen, and the trail.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Selection {
    /// In the order in which they came in.
    pub chosen: Vec<String>,
    /// One for every column offered, and one more for each that an `allow` let in.
    pub steps: Vec<Step>,
}

/// Why nothing could be selected.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SelectError {
    /// The likelihood has no maximum or the data are unusable.
    #[error("selection: {0}")]
    Fit(#[from] LogisticError),
    /// A setting that makes no sense.
    #[error("selection: `{setting}` {fault}")]
    Setting {
        /// The setting.
        setting: &'static str,
        /// What is wrong and the way out.
        fault: &'static str,
    },
}

/// A column offered to a model: its bins, and the weight of evidence of each row.
#[derive(Clone, Copy, Debug)]
pub struct Candidate<'a> {
    /// Its cells.
    pub column: &'a Column,
    /// Its bins.
    pub binned: &'a Binned,
    /// Of each row, as the model will use it.
    pub woe: &'a [f64],
    /// What is known of it.
    pub facts: &'a Facts,
}

impl Candidate<'_> {
    /// The column's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.column.name
    }

    /// Parameters that the column's one slope stands for: its weights of evidence less one. They were made to fit these
    /// outcomes; tested with one degree of freedom, bins over pure noise pass far too often.
    #[must_use]
    pub fn freedom(&self) -> u32 {
        let met = self.binned.all().filter(|bin| 0 < bin.rows);
        let mut woe: Vec<u64> = met.map(|bin| bin.woe.to_bits()).collect();
        woe.sort_unstable();
        woe.dedup();
        u32::try_from(woe.len().saturating_sub(1)).unwrap_or(u32::MAX).max(1)
    }

    /// The information value that bins over pure noise would show on average: `freedom (1/goods + 1/bads)`.
    #[must_use]
    pub fn noise(&self) -> f64 {
        f64::from(self.freedom()) * (1.0 / self.binned.goods + 1.0 / self.binned.bads)
    }
}

/// The rows that candidates are judged on.
#[derive(Clone, Copy, Debug)]
pub struct Rows<'a> {
    /// Outcomes.
    pub bad: &'a [bool],
    /// How much each counts.
    pub weight: &'a [f64],
    /// T of each, in seconds.
    pub as_of: &'a [i64],
}
