//! The policy: is the application scorable, which rules knock it out, what does the score mean. A strict table of data.
//!
//! Known rule engines let a missing input fall through to "approve". Here every rule says what happens without a value, every
//! score has exactly one outcome, and a policy that could fall through is refused when it is read.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::scorable::Scorable;
use crate::{
    assessment::Decision,
    config::{self, ConfigError},
    hash::sha256,
    money::Currency,
    value::{Missing, Outcome},
};

/// The text of the policy of a run without one.
pub const NONE: &str = include_str!("../../defaults/policy_none.toml");
/// Most knock-out rules and cut-offs of a policy.
pub const RULES_MAX: usize = 256;

/// A policy as its file writes it, unchecked.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PolicyFile {
    /// Version of this schema: 1.
    pub schema: u32,
    /// The policy's name in snake case.
    pub name: String,
    /// The policy's own version.
    pub version: String,
    /// The currency that limits of money are in, as minor units; another makes the application `out_of_population`. Absent: any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<Currency>,
    /// What an application must bring to be scored.
    pub scorable: Scorable,
    /// Rules that decide whatever the score is.
    #[serde(default)]
    pub knockouts: Vec<Knockout>,
    /// What a score means, ascending; none refers every scored application.
    #[serde(default)]
    pub cutoffs: Vec<Cutoff>,
}

/// A rule that decides whatever the score is.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Knockout {
    /// The rule's name in snake case, unique.
    pub name: String,
    /// Why the lender has the rule.
    pub rationale: String,
    /// A column of the registry, or `extra:name`.
    pub attribute: String,
    /// The comparison that fires the rule.
    pub when: Comparison,
    /// What the rule decides when it fires.
    pub decision: KnockoutDecision,
    /// What happens when the attribute has no value.
    pub on_missing: OnMissing,
    /// The reason's code; `None` takes the attribute's. An `extra:` column needs one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// A comparison with a number.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Comparison {
    AtLeast(f64),
    MoreThan(f64),
    AtMost(f64),
    LessThan(f64),
}

impl Comparison {
    pub(crate) fn limit(self) -> f64 {
        match self {
            Comparison::AtLeast(limit)
            | Comparison::MoreThan(limit)
            | Comparison::AtMost(limit)
            | Comparison::LessThan(limit) => limit,
        }
    }

    /// Whether a number fires the rule.
    #[must_use]
    pub fn holds(self, number: f64) -> bool {
        match self {
            Comparison::AtLeast(limit) => limit <= number,
            Comparison::MoreThan(limit) => limit < number,
            Comparison::AtMost(limit) => number <= limit,
            Comparison::LessThan(limit) => number < limit,
        }
    }

    /// The comparison with its limit as `show` writes it: `at least 5`.
    #[must_use]
    pub fn words(self, show: impl Fn(f64) -> String) -> String {
        let limit = show(self.limit());
        match self {
            Comparison::AtLeast(_) => format!("at least {limit}"),
            Comparison::MoreThan(_) => format!("more than {limit}"),
            Comparison::AtMost(_) => format!("at most {limit}"),
            Comparison::LessThan(_) => format!("less than {limit}"),
        }
    }
}

/// What a knock-out may decide: never `approve`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum KnockoutDecision {
    Refer,
    Decline,
}

/// What happens when a rule's attribute has no value. There is no default.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnMissing {
    /// The rule refers.
    Refer,
    /// The rule declines.
    Decline,
    /// The rule does not fire.
    Pass,
}

/// What the scores from `from` to `to` mean, both included.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cutoff {
    /// The lowest score.
    pub from: i64,
    /// The highest score.
    pub to: i64,
    /// Approve, refer or decline.
    pub decision: CutoffDecision,
}

/// What a score may mean.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum CutoffDecision {
    Approve,
    Refer,
    Decline,
}

/// A checked policy.
#[derive(Clone, PartialEq, Debug)]
pub struct Policy {
    file: PolicyFile,
    id: String,
}

/// Why a policy is refused.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PolicyError {
    /// No valid TOML of the closed schema.
    #[error("policy: {0}")]
    Config(#[from] ConfigError),
    /// A rule contradicts another or itself.
    #[error("policy `{policy}`: {fault}")]
    Invalid {
        /// The policy's name.
        policy: String,
        /// What is wrong and the way out.
        fault: String,
    },
}

/// What became of one rule.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RuleTrace {
    /// `knockout:name` or `cutoff:from-to`.
    pub rule: String,
    /// What it came to.
    pub result: RuleResult,
    /// What it decided, when it fired.
    pub decision: Option<Decision>,
}

/// What a rule came to.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum RuleResult {
    /// The comparison held.
    Fired,
    /// The comparison did not hold.
    Passed,
    /// There was no value; `on_missing` decided.
    Missing,
}

/// What the policy makes of a score and the knock-outs' attributes.
#[derive(Clone, PartialEq, Debug)]
pub struct Verdict {
    /// The most severe decision of all rules.
    pub decision: Decision,
    /// What the score's cut-off decides, whatever the knock-outs say.
    pub by_score: Decision,
    /// Indices of the knock-outs that decided something, with the cause when the value was missing.
    pub knockouts: Vec<(usize, Option<Missing>)>,
    /// Every rule, in the policy's order.
    pub trace: Vec<RuleTrace>,
}

impl Policy {
    /// The policy of a run without one: default limits for scoring, every scored application referred.
    ///
    /// # Errors
    ///
    /// [`PolicyError`] when the shipped file breaks a rule, which a test rules out.
    pub fn none() -> Result<Policy, PolicyError> {
        Policy::from_toml(NONE)
    }

    /// Reads and checks a policy file.
    ///
    /// # Errors
    ///
    /// [`PolicyError`] naming the rule and the way out.
    pub fn from_toml(text: &str) -> Result<Policy, PolicyError> {
        let file: PolicyFile = config::parse(text)?;
        check(&file).map_err(|fault| PolicyError::Invalid { policy: file.name.clone(), fault })?;
        let id = sha256(&serde_json::to_vec(&file).expect("a policy file is plain data"));
        Ok(Policy { file, id })
    }

    /// The same limits, whatever the currency.
    #[must_use]
    pub fn in_any_currency(self) -> Policy {
        Policy { file: PolicyFile { currency: None, ..self.file }, ..self }
    }

    /// What the file says.
    #[must_use]
    pub fn file(&self) -> &PolicyFile {
        &self.file
    }

    /// The SHA-256 of the policy's content, as for a model.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Holds the cut-offs against a model's scale.
    ///
    /// # Errors
    ///
    /// [`PolicyError`] when a score of the scale has no outcome.
    pub fn covers(&self, min: i64, max: i64) -> Result<(), PolicyError> {
        let (Some(first), Some(last)) = (self.file.cutoffs.first(), self.file.cutoffs.last()) else { return Ok(()) };
        if first.from == min && last.to == max {
            return Ok(());
        }
        Err(PolicyError::Invalid {
            policy: self.file.name.clone(),
            fault: format!(
                "the cut-offs reach from {} to {}, the model scores from {min} to {max}; give every score one outcome",
                first.from, last.to
            ),
        })
    }

    /// Decides. `outcomes` holds one outcome for each knock-out, in the policy's order.
    ///
    /// # Panics
    ///
    /// More or fewer outcomes than knock-outs.
    #[must_use]
    pub fn decide(&self, score: i64, outcomes: &[Outcome]) -> Verdict {
        assert_eq!(outcomes.len(), self.file.knockouts.len(), "the engine computes one outcome for each knock-out");
        let mut verdict =
            Verdict { decision: Decision::Approve, by_score: Decision::Approve, knockouts: vec![], trace: vec![] };
        for (at, (rule, outcome)) in self.file.knockouts.iter().zip(outcomes).enumerate() {
            let (result, decision) = judge(rule, outcome);
            if let Some(decision) = decision {
                verdict.decision = severer(verdict.decision, decision);
                let cause = (result == RuleResult::Missing).then(|| cause(outcome));
                verdict.knockouts.push((at, cause));
            }
            verdict.trace.push(RuleTrace { rule: format!("knockout:{}", rule.name), result, decision });
        }
        // Without a cut-off for this score nothing says "approve", so a person looks at it.
        let cutoff = self.file.cutoffs.iter().find(|cutoff| (cutoff.from..=cutoff.to).contains(&score));
        let (rule, decision) = match cutoff {
            None => ("cutoff:none".to_owned(), Decision::Refer),
            Some(cutoff) => (format!("cutoff:{}-{}", cutoff.from, cutoff.to), cutoff.decision.into()),
        };
        verdict.by_score = decision;
        verdict.decision = severer(verdict.decision, decision);
        verdict.trace.push(RuleTrace { rule, result: RuleResult::Fired, decision: Some(decision) });
        verdict
    }
}

impl Verdict {
    /// A person decides, since nothing that declined has a reason (12 CFR 1002.9(a)(2)): fails closed.
    pub fn refer_without_reason(&mut self) {
        self.decision = Decision::Refer;
        let (rule, decision) = ("no_principal_reason".to_owned(), Some(Decision::Refer));
        self.trace.push(RuleTrace { rule, result: RuleResult::Fired, decision });
    }
}

fn judge(rule: &Knockout, outcome: &Outcome) -> (RuleResult, Option<Decision>) {
    let number = outcome.ok().and_then(|value| value.number()).filter(|number| !number.is_nan());
    match number {
        Some(number) if rule.when.holds(number) => (RuleResult::Fired, Some(rule.decision.into())),
        Some(_) => (RuleResult::Passed, None),
        None => {
            let decision = match rule.on_missing {
                OnMissing::Refer => Some(Decision::Refer),
                OnMissing::Decline => Some(Decision::Decline),
                OnMissing::Pass => None,
            };
            (RuleResult::Missing, decision)
        }
    }
}

/// The cause of an outcome without a number; a code counts as not applicable.
fn cause(outcome: &Outcome) -> Missing {
    outcome.err().unwrap_or(Missing::NotApplicable)
}

fn severer(a: Decision, b: Decision) -> Decision {
    let severity = |decision: Decision| match decision {
        Decision::Approve => 0,
        Decision::Refer => 1,
        Decision::Decline => 2,
        Decision::NotScorable => 3,
    };
    if severity(a) < severity(b) { b } else { a }
}

impl From<KnockoutDecision> for Decision {
    fn from(decision: KnockoutDecision) -> Decision {
        match decision {
            KnockoutDecision::Refer => Decision::Refer,
            KnockoutDecision::Decline => Decision::Decline,
        }
    }
}

impl From<CutoffDecision> for Decision {
    fn from(decision: CutoffDecision) -> Decision {
        match decision {
            CutoffDecision::Approve => Decision::Approve,
            CutoffDecision::Refer => Decision::Refer,
            CutoffDecision::Decline => Decision::Decline,
        }
    }
}

fn check(file: &PolicyFile) -> Result<(), String> {
    if file.schema != 1 {
        return Err(format!("schema {} is not known, this version reads schema 1", file.schema));
    }
    if file.name.trim().is_empty() || file.version.trim().is_empty() {
        return Err("`name` and `version` must be given; every decision records them".to_owned());
    }
    if RULES_MAX < file.knockouts.len() || RULES_MAX < file.cutoffs.len() {
        return Err(format!("more than {RULES_MAX} knock-outs or cut-offs"));
    }
    let mut names = BTreeSet::new();
    for rule in &file.knockouts {
        if !config::is_snake_case(&rule.name) || !names.insert(&rule.name) {
            return Err(format!("knock-out `{}`: the name stands twice or is not in snake case", rule.name));
        }
        if rule.rationale.trim().is_empty() {
            return Err(format!("knock-out `{}` has no rationale; say why the rule exists", rule.name));
        }
        if !rule.when.limit().is_finite() {
            return Err(format!("knock-out `{}` compares with no finite number", rule.name));
        }
        if rule.attribute.starts_with("extra:") && rule.reason.is_none() {
            return Err(format!("knock-out `{}` reads an extra column; give its `reason`", rule.name));
        }
    }
    check_scorable(&file.scorable)?;
    check_cutoffs(&file.cutoffs)
}

/// Limits that no application could meet would make every one of them not scorable.
fn check_scorable(limits: &Scorable) -> Result<(), String> {
    let most = [
        ("primary_active_days_90d_min", limits.primary_active_days_90d_min, 90),
        ("primary_inflow_days_90d_min", limits.primary_inflow_days_90d_min, 90),
        ("balance_days_30d_min", limits.balance_days_30d_min, 30),
    ];
    if let Some((name, limit, most)) = most.iter().find(|(_, limit, most)| most < limit) {
        return Err(format!("`{name}` asks for {limit} of {most} days, which no application can have"));
    }
    if let Some(percent) = limits.observed_percent_min.filter(|percent| 100 < *percent) {
        return Err(format!("`observed_percent_min` asks for {percent} percent"));
    }
    if limits.staleness_days_max == 0 {
        return Err("`staleness_days_max` is 0, which no application can have: the day before T is 1".to_owned());
    }
    Ok(())
}

fn check_cutoffs(cutoffs: &[Cutoff]) -> Result<(), String> {
    if let Some(empty) = cutoffs.iter().find(|cutoff| cutoff.to < cutoff.from) {
        return Err(format!("the cut-off from {} to {} holds no score", empty.from, empty.to));
    }
    for pair in cutoffs.windows(2) {
        let next = pair[0].to.saturating_add(1);
        if next < pair[1].from {
            return Err(format!("no cut-off covers the scores {next} to {}; close the gap", pair[1].from - 1));
        }
        if pair[1].from < next {
            return Err(format!(
                "the cut-offs overlap or are not ascending: one ends at {}, the next starts at {}",
                pair[0].to, pair[1].from
            ));
        }
        let [lower, higher] = [pair[0].decision, pair[1].decision].map(Decision::from);
        if severer(lower, higher) != lower {
            return Err(format!(
                "the cut-off from {} is severer than the one below it; a higher score is safer",
                pair[1].from
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
#[path = "policy_tests.rs"]
mod tests;
