//! What the engine answers for one application: the same value out of every door.

use serde::{Serialize, Serializer};

pub use crate::extent::Sufficiency;
use crate::{
    institution::Provision,
    ledger::{BalanceMode, Counts, Doubt},
    value::{Missing, Outcome, Value},
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

impl Status {
    /// All of them.
    pub const ALL: [Status; 7] = [
        Status::Scored,
        Status::InsufficientHistory,
        Status::IncompleteData,
        Status::RejectedInput,
        Status::NoData,
        Status::OutOfPopulation,
        Status::InternalError,
    ];

    /// The name that files use.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Status::Scored => "scored",
            Status::InsufficientHistory => "insufficient_history",
            Status::IncompleteData => "incomplete_data",
            Status::RejectedInput => "rejected_input",
            Status::NoData => "no_data",
            Status::OutOfPopulation => "out_of_population",
            Status::InternalError => "internal_error",
        }
    }
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

impl Decision {
    /// All of them.
    pub const ALL: [Decision; 4] = [Decision::Approve, Decision::Refer, Decision::Decline, Decision::NotScorable];

    /// The name that files use.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Decision::Approve => "approve",
            Decision::Refer => "refer",
            Decision::Decline => "decline",
            Decision::NotScorable => "not_scorable",
        }
    }
}

/// One characteristic of the model for one application.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Characteristic {
    /// The attribute's column, such as `days_negative_balance_90d`.
    pub attribute: String,
    /// Its value or the cause for which there is none: `"value": 3` or `"missing": "stale"` in JSON.
    #[serde(flatten, serialize_with = "outcome")]
    #[cfg_attr(feature = "schema", schemars(with = "OutcomeForm"))]
    pub value: Outcome,
    /// The bin's label in the model, such as `[1, 4)` or `missing: stale`; a tree ensemble has no bins and shows the value.
    pub bin: String,
    /// The points it earned.
    pub points: i64,
    /// The points it is compared with: the model's neutral points, whole, or an average over applicants, exact; its best points
    /// in a decline for which these give no reason.
    pub baseline: f64,
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

impl Side {
    /// All of them.
    pub const ALL: [Side; 2] = [Side::Adverse, Side::Positive];

    /// The name that files use.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Side::Adverse => "adverse",
            Side::Positive => "positive",
        }
    }
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

impl ReasonSource {
    /// All of them.
    pub const ALL: [ReasonSource; 3] = [ReasonSource::Scorability, ReasonSource::Knockout, ReasonSource::Scored];

    /// The name that files use.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            ReasonSource::Scorability => "scorability",
            ReasonSource::Knockout => "knockout",
            ReasonSource::Scored => "scored",
        }
    }
}

/// A reason, with the texts for the notice and for the reviewer.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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
    /// Points minus the baseline, of a tree ensemble summed over the reason's family; zero outside the model.
    pub points: f64,
}

/// The answer for one application.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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
    /// The lowest score that values for the characteristics without one could give: each takes its worst bin, or each tree its
    /// worst leaf. What was observed not to happen is no missing value. A range, not a confidence interval; equal to `score`
    /// when nothing is missing.
    pub score_low: Option<i64>,
    /// The highest such score: each takes its best bin, or each tree its best leaf.
    pub score_high: Option<i64>,
    /// Band of the score, A (safest) to E.
    pub band: Option<String>,
    /// The segment whose card gave the score; `None`, and not written, for a model of one card.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub segment: Option<String>,
    /// Probability of a bad outcome: that the model's target is missed within its horizon. `None` for an uncalibrated card.
    pub probability: Option<f64>,
    /// Currency of every `*_minor` value.
    pub currency: String,
    /// How much the data can carry.
    pub sufficiency: Sufficiency,
    /// What the data lacks because the institutions of the accounts do not provide it, as a report over a portfolio says
    /// ([`crate::institution`]); a label for people, which no rule reads. Empty, and not written, without such a report.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub institution_limits: Vec<Provision>,
    /// Where the account with the most rows is held, in one spelling; no model may read it. `None` when it does not say.
    pub institution: Option<String>,
    /// Distinct institutions of all accounts, in one spelling each.
    pub institutions: u32,
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
    /// What the challengers make of the same values, in the order in which the engine holds them. Written only when there are
    /// any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub challengers: Vec<Challenge>,
    /// What a replay needs and the characteristics do not hold: see [`Input`]. A table of its own, never part of the answer.
    #[serde(skip)]
    pub inputs: Vec<Input>,
}

/// What a model that decides nothing makes of an application.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Challenge {
    /// The model's name and version.
    pub model: String,
    /// The digest of the model's content.
    pub model_id: String,
    /// What becomes of the application under this model: its population may be another.
    pub status: Status,
    /// In this model's own scale, higher is safer.
    pub score: Option<i64>,
    /// See [`Assessment::score_low`].
    pub score_low: Option<i64>,
    /// See [`Assessment::score_high`].
    pub score_high: Option<i64>,
    /// In this model's own bands.
    pub band: Option<String>,
    /// Probability of this model's target; `None` for an uncalibrated card.
    pub probability: Option<f64>,
    /// No score of this model lies below.
    pub score_min: i64,
    /// No score of this model lies above.
    pub score_max: i64,
}

/// A value that an answer rests on, in its exact form: of every knock-out, of an attribute that the model reads without listing
/// it among the characteristics, and of a characteristic whose number alone does not tell what it is.
#[derive(Clone, PartialEq, Debug)]
pub struct Input {
    /// The knock-out's name; `None` for an attribute of the model.
    pub rule: Option<String>,
    /// The column, or `extra:name`.
    pub attribute: String,
    /// The value or the cause for which there is none.
    pub value: Outcome,
}

/// The cause for which an outcome has no value.
#[must_use]
pub fn cause(outcome: &Outcome) -> Option<Missing> {
    outcome.as_ref().err().copied()
}

/// Writes an outcome as an object of one key: `{"value": …}` or `{"missing": "cause"}`, a date as ISO 8601.
///
/// # Errors
///
/// Only what the serializer itself reports.
pub fn outcome<S: Serializer>(outcome: &Outcome, serializer: S) -> Result<S::Ok, S::Error> {
    let form = match outcome {
        Err(cause) => OutcomeForm::Missing(cause.code()),
        Ok(Value::Integer(value)) => OutcomeForm::Value(ValueForm::Integer(*value)),
        Ok(Value::Real(value)) => OutcomeForm::Value(ValueForm::Real(*value)),
        Ok(Value::Code(value)) => OutcomeForm::Value(ValueForm::Text((*value).to_owned())),
        Ok(Value::Date(day)) => OutcomeForm::Value(ValueForm::Text(day.to_string())),
    };
    form.serialize(serializer)
}

/// The written form of an outcome.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
enum OutcomeForm {
    /// The value: a number, or a text for a code or a date.
    Value(ValueForm),
    /// The cause.
    Missing(&'static str),
}

#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
enum ValueForm {
    Integer(i64),
    Real(f64),
    Text(String),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Day;

    #[test]
    fn an_outcome_is_written_as_a_value_or_as_the_cause_for_which_there_is_none() {
        let check = |value: Outcome, expected: &str| {
            let characteristic =
                Characteristic { attribute: "a".to_owned(), value, bin: "b".to_owned(), points: 1, baseline: 0.0 };
            let json = serde_json::to_string(&characteristic).expect("plain data");
            assert_eq!(json, format!(r#"{{"attribute":"a",{expected},"bin":"b","points":1,"baseline":0.0}}"#));
        };
        check(Ok(Value::Integer(3)), r#""value":3"#);
        check(Ok(Value::Real(0.25)), r#""value":0.25"#);
        check(Ok(Value::Code("weekly")), r#""value":"weekly""#);
        check(Ok(Value::Date(Day(0))), r#""value":"1970-01-01""#);
        check(Err(Missing::NotEnoughHistory), r#""missing":"not_enough_history""#);
    }

    #[cfg(feature = "schema")]
    #[test]
    fn the_schema_of_an_assessment_lists_every_field_that_is_written() {
        let schema = serde_json::to_value(schemars::schema_for!(Assessment)).expect("plain data");
        let fields = schema["properties"].as_object().expect("an object");
        for name in ["application_id", "status", "decision", "score", "band", "reasons", "characteristics", "counts"] {
            assert!(fields.contains_key(name), "{name}");
        }
    }
}
