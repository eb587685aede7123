//! What an attribute is worth: a value, or the cause for which there is none. Never 0 or NaN for "unknown".

use serde::{Deserialize, Serialize};

use crate::time::Day;

/// The value of an attribute.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
#[serde(untagged)]
pub enum Value {
    /// Money in minor units, a count or days.
    Integer(i64),
    /// A ratio or a statistic; always finite, never negative zero.
    Real(f64),
    /// A name from a closed list, such as a pay cadence.
    Code(&'static str),
    /// A calendar day.
    Date(Day),
}

impl Value {
    /// A finite real; negative zero becomes zero.
    ///
    /// # Errors
    ///
    /// [`Missing::ZeroDenominator`] when the number is not finite.
    pub fn real(number: f64) -> Result<Value, Missing> {
        if number.is_finite() { Ok(Value::Real(number + 0.0)) } else { Err(Missing::ZeroDenominator) }
    }

    /// An integer from a wide sum, saturating at the ends of `i64` (limits.rs rules them out).
    #[must_use]
    pub fn integer(sum: i128) -> Value {
        Value::Integer(i64::try_from(sum).unwrap_or(if sum < 0 { i64::MIN } else { i64::MAX }))
    }

    /// The number that bins are compared with; `None` for a code. A date counts its days.
    #[must_use]
    pub fn number(&self) -> Option<f64> {
        match *self {
            #[expect(clippy::cast_precision_loss, reason = "amounts stay below 2^53; bins are compared as f64")]
            Value::Integer(value) => Some(value as f64),
            Value::Real(value) => Some(value),
            Value::Date(day) => Some(f64::from(day.0)),
            Value::Code(_) => None,
        }
    }
}

/// Why an attribute has no value.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Missing {
    /// The applicant's consent or the institution does not cover the data.
    NotPermitted,
    /// The window reaches back further than the history does.
    NotEnoughHistory,
    /// The thing whose age or size is asked for has never happened.
    NoSuchEvent,
    /// Too few events for the statistic.
    TooFewEvents,
    /// The denominator is zero.
    ZeroDenominator,
    /// The data ends too long before T.
    Stale,
    /// The question makes no sense for this applicant.
    NotApplicable,
}

impl Missing {
    /// All causes, in the order in which they are documented.
    pub const ALL: [Missing; 7] = [
        Missing::NotPermitted,
        Missing::NotEnoughHistory,
        Missing::NoSuchEvent,
        Missing::TooFewEvents,
        Missing::ZeroDenominator,
        Missing::Stale,
        Missing::NotApplicable,
    ];

    /// The cause of that code.
    #[must_use]
    pub fn parse(code: &str) -> Option<Missing> {
        Missing::ALL.into_iter().find(|cause| cause.code() == code)
    }

    /// The cause as files write it.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Missing::NotPermitted => "not_permitted",
            Missing::NotEnoughHistory => "not_enough_history",
            Missing::NoSuchEvent => "no_such_event",
            Missing::TooFewEvents => "too_few_events",
            Missing::ZeroDenominator => "zero_denominator",
            Missing::Stale => "stale",
            Missing::NotApplicable => "not_applicable",
        }
    }
}

/// What computing an attribute yields.
pub type Outcome = Result<Value, Missing>;
