//! What the registry says of an attribute.

use serde::{Deserialize, Serialize};

use crate::{digest::Digest, time::Window, value::Outcome};

/// What a value counts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Money in minor units of the scored currency.
    Minor,
    /// Money in minor units a month (30 days).
    MinorPerMonth,
    /// Money in minor units a day.
    MinorPerDay,
    /// How many.
    Count,
    /// Days.
    Days,
    /// Hours.
    Hours,
    /// A share or quotient without unit.
    Ratio,
    /// A standardised difference.
    Z,
    /// 0 or 1.
    Flag,
    /// A name from a closed list.
    Code,
    /// A calendar day.
    Date,
}

/// How the risk moves when the value rises, all else equal.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Risk {
    /// More is riskier.
    Rises,
    /// More is safer.
    Falls,
    /// Neither, or not monotone.
    Neither,
}

/// What a decision may do with the attribute.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Compliance {
    /// A model may use it.
    ModelOk,
    /// Only as an obligation of the applicant, never to rank people.
    ObligationOnly,
    /// Only to verify what was stated.
    VerifyOnly,
    /// Never in a decision.
    Prohibited,
}

/// One attribute; one column for each of its windows.
#[derive(Clone, Debug)]
pub struct Definition {
    /// `measure_subject`, unique; a column's name adds the window's suffix.
    pub name: String,
    /// The family it is documented in.
    pub family: String,
    /// What it counts.
    pub unit: Unit,
    /// The windows, each a column.
    pub windows: Vec<Window>,
    /// Direction of risk.
    pub risk: Risk,
    /// The reason's code; every attribute that a model may use has one.
    pub reason: Option<String>,
    /// What decisions may do with it.
    pub compliance: Compliance,
    /// One paragraph that says exactly what is computed, null rules included.
    pub definition: String,
    /// How it is computed.
    pub compute: Compute,
}

/// A function of the digest that computes a computed attribute.
pub type ComputeFn = fn(&Digest<'_>, Window) -> Outcome;

/// How an attribute is computed.
#[derive(Clone, Debug)]
pub enum Compute {
    /// By an expression of the attribute grammar.
    Declared(super::declared::Expression),
    /// By a function of its family's file.
    Computed(ComputeFn),
    /// The input cannot hold what it needs; listed, never faked.
    Unavailable(&'static str),
}
