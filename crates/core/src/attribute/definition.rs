//! What the registry says of an attribute.

use serde::{Deserialize, Serialize};

use super::families::Basis;
use crate::{
    digest::{Digest, plan::Span},
    time::{Day, Window},
    value::Outcome,
};

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
    /// Money in minor units a year (365 days).
    MinorPerYear,
    /// Days.
    Days,
    /// Hours.
    Hours,
    /// A share or quotient without unit.
    Ratio,
    /// A probability, from 0 to 1.
    Probability,
    /// A score from 0 to 100.
    Score,
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

/// Whether an attribute belongs to the default set.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tier {
    /// Works on 90 to 180 days of history; what the matrix and the fitting of a model take by default.
    Core,
    /// Everything else.
    #[default]
    Extended,
}

impl Tier {
    /// The name that files use.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Tier::Core => "core",
            Tier::Extended => "extended",
        }
    }
}

/// Which columns a matrix holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Tiers {
    /// Core attributes at windows for which 180 days of history are enough.
    #[default]
    Core,
    /// The others.
    Extended,
    /// Both.
    All,
}

impl Tiers {
    /// All choices with their names.
    pub const ALL: [(&'static str, Tiers); 3] =
        [("core", Tiers::Core), ("extended", Tiers::Extended), ("all", Tiers::All)];

    /// The choice of that name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Tiers> {
        Tiers::ALL.iter().find(|(known, _)| *known == name).map(|(_, tiers)| *tiers)
    }

    /// Its name.
    #[must_use]
    pub fn code(self) -> &'static str {
        Tiers::ALL.iter().find(|(_, tiers)| *tiers == self).map_or("all", |(name, _)| name)
    }
}

impl Unit {
    /// The name that files use.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Unit::Minor => "minor",
            Unit::MinorPerMonth => "minor_per_month",
            Unit::MinorPerDay => "minor_per_day",
            Unit::MinorPerYear => "minor_per_year",
            Unit::Count => "count",
            Unit::Days => "days",
            Unit::Hours => "hours",
            Unit::Ratio => "ratio",
            Unit::Probability => "probability",
            Unit::Score => "score",
            Unit::Z => "z",
            Unit::Flag => "flag",
            Unit::Code => "code",
            Unit::Date => "date",
        }
    }
}

impl Risk {
    /// The name that files use.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Risk::Rises => "rises",
            Risk::Falls => "falls",
            Risk::Neither => "neither",
        }
    }
}

impl Compliance {
    /// The name that files use.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Compliance::ModelOk => "model_ok",
            Compliance::ObligationOnly => "obligation_only",
            Compliance::VerifyOnly => "verify_only",
            Compliance::Prohibited => "prohibited",
        }
    }
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
    /// Whether it belongs to the default set.
    pub tier: Tier,
    /// Who computes something like it, as far as is published; empty when it is ours alone. Never part of the meaning.
    pub sources: String,
    /// One paragraph that says exactly what is computed, null rules included.
    pub definition: String,
    /// Days of history it needs whatever the window; `None`: nine tenths of the window's days, counted from its near end, or a
    /// calendar month whole.
    pub needs_days: Option<u16>,
    /// Days of history that each window needs, in the order of the windows, where a value looks back further than its window
    /// or not as far; empty when none does.
    pub needs_each: &'static [u16],
    /// Fewest rows of `of` that a value rests on, else `too_few_events`; 0 asks for none.
    pub needs_events: u32,
    /// How it is computed.
    pub compute: Compute,
    /// The meaning as text, of which the digest is taken: measure, filters with all their names, units, needs.
    pub canonical: String,
}

impl Definition {
    /// Days of history that a window's column needs before it has a value. For a calendar month, at most.
    #[must_use]
    pub fn history_needed(&self, window: Window) -> u32 {
        let own = self.windows.iter().position(|known| *known == window).and_then(|at| self.needs_each.get(at));
        match (self.needs_days.or(own.copied()), window) {
            (Some(days), _) => u32::from(days),
            (None, Window::Point | Window::Ahead(_)) => 1,
            (None, Window::Month(back)) => 31 * (u32::from(back) + 1),
            (None, _) => Span::of(window, Day(0)).days_needed(),
        }
    }

    /// Whether a window's column belongs to the default set: the attribute does, and 180 days of history are enough for it.
    #[must_use]
    pub fn is_core(&self, window: Window) -> bool {
        self.tier == Tier::Core && self.history_needed(window) <= CORE_DAYS_MAX
    }

    /// Why the input cannot hold what it needs, if that is so.
    #[must_use]
    pub fn unavailable(&self) -> Option<&'static str> {
        match self.compute {
            Compute::Unavailable(why) => Some(why),
            Compute::Declared(_) | Compute::Computed { .. } => None,
        }
    }

    /// Whether a lender's or our own TOML declares it.
    #[must_use]
    pub fn is_declared(&self) -> bool {
        matches!(self.compute, Compute::Declared(_))
    }
}

/// Days of history that an export of Stripe Financial Connections has at most, and that core columns make do with.
pub const CORE_DAYS_MAX: u32 = 180;

/// A function of the digest that computes a computed attribute.
pub type ComputeFn = fn(&Digest<'_>, Window) -> Outcome;

/// How an attribute is computed.
#[derive(Clone, Copy, Debug)]
pub enum Compute {
    /// By an expression of the attribute grammar.
    Declared(super::declared::Expression),
    /// By a function of its family's file.
    Computed {
        /// The value.
        value: ComputeFn,
        /// What it rests on.
        basis: Basis,
    },
    /// The input cannot hold what it needs; listed, never faked.
    Unavailable(&'static str),
}
