//! The attribute grammar in TOML: what a file may say, read with its position. [`super::check`] turns it into definitions.
//!
//! ```toml
//! [filter.rent]                       # optional: a filter with a name, for several attributes
//! direction = "outflow"
//! purposes = ["rent"]
//!
//! [[attribute]]
//! name = "rent_amount"
//! family = "housing"
//! unit = "minor"
//! windows = ["30d", "90d", "31-60d", "m1"]
//! measure = "sum"                     # or count, mean, sd, min, max, median, percentile(95), days_since, …
//! of = "rent"                         # or an inline table
//! risk = "neither"
//! compliance = "model_ok"
//! reason = "housing_cost"
//! definition = "Rent paid."
//! needs_days = 60                     # optional: days of history; default: nine tenths of the window, months whole
//! needs_events = 3                    # optional: fewest rows of `of`, else too_few_events
//! tier = "core"                       # optional: in the default set; default: extended
//! sources = "Plaid Base Report"       # optional: who computes the like
//! ```

use std::{collections::BTreeMap, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor, value::MapAccessDeserializer},
};
use toml::Spanned;

use super::{
    declared::By,
    definition::{Compliance, Risk, Tier, Unit},
    registry::AttributeError,
};

/// A file of attributes.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawFile {
    #[serde(default)]
    pub(super) filter: BTreeMap<String, Spanned<RawFilter>>,
    #[serde(default)]
    pub(super) attribute: Vec<Spanned<RawAttribute>>,
}

/// One attribute as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawAttribute {
    pub(super) name: Spanned<String>,
    pub(super) family: Spanned<String>,
    pub(super) unit: Spanned<Unit>,
    pub(super) windows: Spanned<Vec<Spanned<String>>>,
    pub(super) risk: Risk,
    pub(super) reason: Option<Spanned<String>>,
    pub(super) compliance: Compliance,
    pub(super) definition: Spanned<String>,
    pub(super) needs_days: Option<Spanned<u16>>,
    /// Fewest rows of `of` that a value rests on.
    pub(super) needs_events: Option<Spanned<u32>>,
    #[serde(default)]
    pub(super) tier: Tier,
    #[serde(default)]
    pub(super) sources: String,
    pub(super) measure: Spanned<String>,
    pub(super) of: Spanned<RawFilterRef>,
    pub(super) over: Option<Spanned<RawFilterRef>>,
    pub(super) by: Option<Spanned<RawBy>>,
}

/// `by = "sum"` or `"count"`.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum RawBy {
    Sum,
    Count,
}

impl From<RawBy> for By {
    fn from(by: RawBy) -> By {
        match by {
            RawBy::Sum => By::Sum,
            RawBy::Count => By::Count,
        }
    }
}

/// A filter by name or in place.
#[derive(Debug)]
pub(super) enum RawFilterRef {
    Name(String),
    Inline(Box<RawFilter>),
}

/// A filter as written. Every key narrows; lists are unions.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table such as { direction = \"outflow\" }")]
pub(super) struct RawFilter {
    /// `inflow` or `outflow`; absent: both.
    pub(super) direction: Option<Spanned<String>>,
    pub(super) purposes: Option<Vec<Spanned<String>>>,
    pub(super) groups: Option<Vec<Spanned<String>>>,
    pub(super) except_purposes: Option<Vec<Spanned<String>>>,
    pub(super) except_groups: Option<Vec<Spanned<String>>>,
    pub(super) instruments: Option<Vec<Spanned<String>>>,
    /// `lender:*` takes `lender` and each of its subtypes.
    pub(super) roles: Option<Vec<Spanned<String>>>,
    /// Purposes that count as income, or those that do not; true implies inflow.
    pub(super) counts_as_income: Option<bool>,
    /// Purposes that count as a business's revenue, or those that do not; true implies inflow.
    pub(super) counts_as_revenue: Option<bool>,
    /// `exclude` (the default), `include` or `only`: rows paired within the application.
    pub(super) internal: Option<Spanned<String>>,
    pub(super) amount: Option<Spanned<RawAmount>>,
    /// `mon` to `sun`.
    pub(super) weekdays: Option<Vec<Spanned<String>>>,
    /// The description contains one of these, whatever the case.
    pub(super) text: Option<Vec<Spanned<String>>>,
}

/// A range of magnitudes in minor units.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table such as { min = 1, max = 100 }")]
pub(super) struct RawAmount {
    /// Smallest magnitude that passes.
    pub(super) min: Option<i64>,
    /// Smallest magnitude that no longer passes.
    pub(super) max: Option<i64>,
    /// Only whole multiples of it.
    pub(super) multiple_of: Option<i64>,
}

impl<'de> Deserialize<'de> for RawFilterRef {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<RawFilterRef, D::Error> {
        struct NameOrTable;
        impl<'de> Visitor<'de> for NameOrTable {
            type Value = RawFilterRef;
            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("the name of a filter or a table")
            }
            fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<RawFilterRef, E> {
                Ok(RawFilterRef::Name(name.to_owned()))
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<RawFilterRef, A::Error> {
                RawFilter::deserialize(MapAccessDeserializer::new(map)).map(Box::new).map(RawFilterRef::Inline)
            }
        }
        input.deserialize_any(NameOrTable)
    }
}

/// A text with its name, for positions.
#[derive(Clone, Copy, Debug)]
pub(super) struct File<'t> {
    pub(super) name: &'t str,
    pub(super) text: &'t str,
}

impl File<'_> {
    /// Reads the file.
    pub(super) fn read(&self) -> Result<RawFile, AttributeError> {
        toml::from_str(self.text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            // One pair of brackets is a slip that the parser can only call a map.
            let is_single = |line: &str| line.trim_start().starts_with("[attribute]");
            match self.text.get(at..).and_then(|rest| rest.lines().next()) {
                Some(line) if is_single(line) => {
                    self.refuse(at, "an attribute begins with [[attribute]], in two pairs of brackets")
                }
                _ => self.refuse(at, error.message()),
            }
        })
    }

    /// `file:line:column` of a byte of the text.
    pub(super) fn place(&self, at: usize) -> String {
        let before = self.text.get(..at).unwrap_or(self.text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
        format!("{}:{line}:{column}", self.name)
    }

    /// A refusal at a byte of the text, as `file:line:column: what`.
    pub(super) fn refuse(&self, at: usize, what: &str) -> AttributeError {
        AttributeError::Invalid { message: format!("{}: {}", self.place(at), what.trim_end()) }
    }
}

/// The known name that is nearest to a misspelt one, if any is near.
pub(super) fn nearest<'n>(wrong: &str, known: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let near = known.map(|name| (distance(wrong, name), name)).min()?;
    (near.0 <= wrong.len().div_ceil(3)).then_some(near.1)
}

/// Levenshtein distance of two short names.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, left) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, right) in b.iter().enumerate() {
            let change = diagonal + usize::from(left != *right);
            diagonal = row[j + 1];
            row[j + 1] = change.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_wrong_letter_is_near_and_another_word_is_not() {
        let known = ["rent", "gambling", "fee_nsf"];
        assert_eq!(nearest("rnet", known.into_iter()), Some("rent"));
        assert_eq!(nearest("gamblin", known.into_iter()), Some("gambling"));
        assert_eq!(nearest("mortgage", known.into_iter()), None);
        assert_eq!(distance("kitten", "sitting"), 3);
    }
}
