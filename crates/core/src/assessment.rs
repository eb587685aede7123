//! What the engine answers for one application: the same value out of every door.

use serde::Serialize;

use crate::{
    ledger::{BalanceMode, Counts, Doubt},
    value::{Missing, Outcome},
};

/// What became of an application.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// A score was given.
    Scored,
    /// Less history, or older data, than the policy asks for.
    InsufficientHistory,
    /// Part of the data is missing, rejected or contradictory.
    IncompleteData,
    /// The application itself cannot be used.
    RejectedInput,
    /// No account or no transaction.
    NoData,
    /// The model was not made for such an applicant.
    OutOfPopulation,
    /// The engine failed on this application; others went on.
    InternalError,
}

/// What the policy decides.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Decision {
    Approve,
    Refer,
    Decline,
    NotScorable,
}

/// How much the data can carry.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Sufficiency {
    Full,
    Good,
    Thin,
    Insufficient,
}

/// One characteristic of the model for one application.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Characteristic {
    /// The attribute's column, such as `days_negative_balance_90d`.
    pub attribute: String,
    /// Its value or the cause for which there is none.
    pub value: Outcome,
    /// The bin's label in the model.
    pub bin: String,
    /// The points it earned.
    pub points: i64,
    /// The points it is compared with.
    pub baseline: i64,
}

/// On which side of the baseline a reason stands.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Side {
    Adverse,
    Positive,
}

/// Which component gave a reason.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ReasonSource {
    /// The application could not be scored.
    Scorability,
    /// A knock-out rule of the policy.
    Knockout,
    /// Points of the model.
    Scored,
}

/// A reason, with the texts for the notice and for the reviewer.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Reason {
    /// Rank within its side, from 1.
    pub rank: u32,
    /// Adverse or positive.
    pub side: Side,
    /// Where it comes from.
    pub source: ReasonSource,
    /// Stable code.
    pub code: String,
    /// Fixed text for the notice.
    pub text: String,
    /// Text with values for the reviewer.
    pub reviewer: String,
    /// The nearest line of Form C-1, or "Other, specify".
    pub c1: String,
    /// The attribute's column; empty for scorability.
    pub attribute: String,
    /// Points against the baseline; zero outside the model.
    pub points: i64,
}

/// The answer for one application.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Assessment {
    /// The application.
    pub application_id: String,
    /// The primary applicant.
    pub applicant_id: String,
    /// All applicants, ascending.
    pub applicants: Vec<String>,
    /// T in seconds (UTC), exclusive.
    pub as_of: i64,
    /// What became of it.
    pub status: Status,
    /// The policy's decision.
    pub decision: Decision,
    /// In the model's scale, higher is safer.
    pub score: Option<i64>,
    /// Band of the score, A (safest) to E.
    pub band: Option<String>,
    /// Probability of the model's target; `None` for an uncalibrated card.
    pub probability: Option<f64>,
    /// Currency of every `*_minor` value.
    pub currency: String,
    /// How much the data can carry.
    pub sufficiency: Sufficiency,
    /// How balances at T were found.
    pub balance_mode: BalanceMode,
    /// Adverse reasons first, by rank.
    pub reasons: Vec<Reason>,
    /// The model's base points and each characteristic; they add up to `score`.
    pub base_points: i64,
    /// In the model's order; empty when not scored.
    pub characteristics: Vec<Characteristic>,
    /// Names of the policy rules that fired, in the policy's order.
    pub policy_trace: Vec<String>,
    /// Why no score may be given.
    pub doubts: Vec<Doubt>,
    /// Exceptions met on the way.
    pub counts: Counts,
}

/// How an outcome is written in files: the value, or the cause for which there is none.
#[must_use]
pub fn cause(outcome: &Outcome) -> Option<Missing> {
    outcome.as_ref().err().copied()
}
