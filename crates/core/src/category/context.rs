//! Rules for what a text alone cannot tell: they look at a payer's or payee's rows together, after transfers are paired.
//!
//! They stand in rule files beside the rules for texts:
//!
//! ```toml
//! [[context]]
//! id = "context-rent"
//! from = ["transfer_p2p", "unknown"]   # purposes, given by text, that it may refine
//! outflow = "rent"                     # what the rows are then: `inflow` or `outflow`, which also says the direction
//! role = "landlord"                    # optional
//! rhythms = ["monthly"]                # on which the payments come: weekly, biweekly, semi_monthly, monthly
//! payments_min = 3                     # at least so many of them
//! spread_percent_max = 5               # the largest is at most so much above the smallest
//! multiple_of = 500                    # optional: every amount is a multiple, minor units
//! share_percent_min = 10               # optional: of the money in that direction over the same days
//! unless = ["rent", "mortgage_payment"]  # optional: not when the ledger holds a row of these in that direction
//! confidence = 70
//! about = "a round sum to the same person every month is rent"
//! ```
//!
//! A rule with `paired = true` instead of rhythm, payments and spread refines both rows of a transfer between the
//! applicant's own accounts.

use serde::{Deserialize, Serialize};

use super::{
    label::{Purpose, Role},
    rule::{Layer, Reading, RuleError},
};

/// How often payments come.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Rhythm {
    Weekly,
    Biweekly,
    SemiMonthly,
    Monthly,
}

/// What rows must have in common to be refined.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Evidence {
    /// The two rows of a transfer between own accounts.
    Paired,
    /// The rows of one payer or payee that come regularly.
    Regular(Regular),
}

/// Payments of one payer or payee.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Regular {
    /// On which they may come.
    pub rhythms: Vec<Rhythm>,
    /// At least so many.
    pub payments_min: usize,
    /// The largest is at most so much above the smallest, in percent.
    pub spread_percent_max: i64,
    /// Every amount is a multiple of it, minor units.
    pub multiple_of: Option<i64>,
    /// Their share of the money in that direction over the same days, percent.
    pub share_percent_min: i64,
}

/// A rule for rows together.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ContextRule {
    /// Its name, unique over all files and kinds of rules.
    pub id: String,
    /// The file it stands in, as the caller named it.
    pub file: String,
    /// Its line, from 1.
    pub line: usize,
    /// Its file's place among the layers.
    pub layer: Layer,
    /// The purposes that it may refine.
    pub from: Vec<Purpose>,
    /// What money in becomes.
    pub inflow: Option<Purpose>,
    /// What money out becomes.
    pub outflow: Option<Purpose>,
    /// Who stands on the other side.
    pub role: Option<Role>,
    /// What the rows must have in common.
    pub evidence: Evidence,
    /// It does not speak when the ledger holds a row of one of these in the same direction.
    pub unless: Vec<Purpose>,
    /// Percent.
    pub confidence: u8,
    /// One line for the catalogue.
    pub about: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawContext {
    id: toml::Spanned<String>,
    from: Vec<toml::Spanned<String>>,
    inflow: Option<toml::Spanned<String>>,
    outflow: Option<toml::Spanned<String>>,
    role: Option<toml::Spanned<String>>,
    #[serde(default)]
    paired: bool,
    #[serde(default)]
    rhythms: Vec<Rhythm>,
    payments_min: Option<usize>,
    spread_percent_max: Option<i64>,
    multiple_of: Option<i64>,
    #[serde(default)]
    share_percent_min: i64,
    #[serde(default)]
    unless: Vec<toml::Spanned<String>>,
    confidence: toml::Spanned<u8>,
    about: String,
}

impl Reading<'_> {
    /// Checks a rule for rows together.
    pub(super) fn context(&self, raw: toml::Spanned<RawContext>) -> Result<ContextRule, RuleError> {
        let line = self.line(raw.span().start);
        let raw = raw.into_inner();
        let id = raw.id.get_ref().clone();
        let at = raw.id.span();
        self.check_id(&id, at.clone())?;
        let (inflow, outflow) = (self.purpose(raw.inflow.as_ref(), true)?, self.purpose(raw.outflow.as_ref(), false)?);
        let purposes = |names: &[toml::Spanned<String>]| -> Result<Vec<Purpose>, RuleError> {
            let found: Result<Vec<Option<Purpose>>, RuleError> = names
                .iter()
                .map(|name| self.named("purpose", Some(name), |name| self.taxonomy.purpose(name)))
                .collect();
            Ok(found?.into_iter().flatten().collect())
        };
        let (from, unless) = (purposes(&raw.from)?, purposes(&raw.unless)?);
        let role = self.named("role", raw.role.as_ref(), |name| self.taxonomy.role(name))?;
        let problem = |problem: &str, remedy: &str| {
            Err(self.source.error(at.clone(), &format!("the rule {id} {problem}"), remedy))
        };
        if from.is_empty() {
            return problem("refines no purpose", "name some under from");
        }
        let evidence = match (raw.paired, raw.payments_min, raw.spread_percent_max) {
            (true, None, None) if raw.rhythms.is_empty() && inflow.is_some() && outflow.is_some() => Evidence::Paired,
            (true, _, _) => return problem("mixes paired with payments", "give it inflow and outflow and no payments"),
            (false, Some(payments_min), Some(spread_percent_max)) if 2 <= payments_min && 0 <= spread_percent_max => {
                if raw.rhythms.is_empty() || inflow.is_some() == outflow.is_some() {
                    return problem(
                        "lacks a rhythm, or speaks of both directions",
                        "give it rhythms, and inflow or outflow",
                    );
                }
                if raw.multiple_of.is_some_and(|of| of < 1) || !(0..=100).contains(&raw.share_percent_min) {
                    return problem("has bounds that nothing meets", "multiple_of from 1, share_percent_min 0 to 100");
                }
                Evidence::Regular(Regular {
                    rhythms: raw.rhythms,
                    payments_min,
                    spread_percent_max,
                    multiple_of: raw.multiple_of,
                    share_percent_min: raw.share_percent_min,
                })
            }
            (false, _, _) => {
                return problem(
                    "has no evidence",
                    "give it payments_min from 2 and spread_percent_max from 0, or paired = true",
                );
            }
        };
        let confidence = *raw.confidence.get_ref();
        if !(1..=100).contains(&confidence) {
            return Err(self.source.error(raw.confidence.span(), "the confidence is no percentage", "write 1 to 100"));
        }
        Ok(ContextRule {
            id,
            file: self.source.file.to_owned(),
            line,
            layer: self.layer,
            from,
            inflow,
            outflow,
            role,
            evidence,
            unless,
            confidence,
            about: raw.about,
        })
    }
}
