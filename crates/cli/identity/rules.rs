//! The rules of payouts: data, read and checked before the first account.

use anyhow::{Context as _, Result, bail};
use cashline_core::config::is_snake_case;
use cashline_identity::{Evidence, Verdict};
use serde::{Deserialize, Serialize};

use super::{signals::Kind, store::OwnersState};

/// What ships, and what a lender may copy.
pub(crate) const DEFAULT: &str = include_str!("../../../data/payouts.toml");
/// The schema that this build reads.
const SCHEMA: u32 = 1;
const POINTS_MAX: u32 = 1_000;
/// Stands for the verdict where nobody said whose the account should be.
pub(crate) const NO_CLAIM: &str = "no_claim";
/// The words of a condition.
type Words = Option<Vec<String>>;
/// Payment methods that accounts support.
const METHODS: [&str; 2] = ["link", "us_bank_account"];

/// A condition on a word of Stripe's.
struct Stripes {
    name: &'static str,
    /// The words that this version knows. There may be new ones, so another word is told, not refused.
    known: &'static [&'static str],
    asked: fn(&When) -> &Words,
}

const STRIPES: [Stripes; 5] = [
    Stripes { name: "status", known: &["active", "inactive", "disconnected"], asked: |when| &when.status },
    Stripes {
        name: "verification",
        known: &[
            "new",
            "validated",
            "verified",
            "verification_failed",
            "errored",
            "tokenized_account_number_deactivated",
        ],
        asked: |when| &when.verification,
    },
    Stripes {
        name: "numbers",
        known: &["transactable", "deactivated", "pending", "expired"],
        asked: |when| &when.numbers,
    },
    Stripes {
        name: "inactive_cause",
        known: &[
            "access_denied",
            "access_expired",
            "account_closed",
            "account_unavailable",
            "institution_requirement",
            "unspecified",
        ],
        asked: |when| &when.inactive_cause,
    },
    Stripes { name: "category", known: &["cash", "credit", "investment", "other"], asked: |when| &when.category },
];

/// A file of rules.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rules {
    schema: u32,
    pub(crate) name: String,
    pub(crate) version: String,
    levels: Levels,
    pub(crate) rules: Vec<Rule>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Levels {
    medium: u32,
    high: u32,
}

/// One rule.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rule {
    /// In outputs.
    pub(crate) code: String,
    /// For a reviewer.
    pub(crate) text: String,
    pub(crate) points: u32,
    pub(crate) when: When,
}

/// Conditions; all that are given must hold.
#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct When {
    status: Words,
    inactive_cause: Words,
    verification: Words,
    numbers: Words,
    category: Words,
    ownership: Option<Vec<Ownership>>,
    owners_state: Option<Vec<OwnersState>>,
    evidence: Option<Vec<Evidence>>,
    signals: Option<Vec<Kind>>,
    lacks_method: Option<String>,
    linked_days_at_most: Option<i64>,
    owners_changed_days_at_most: Option<i64>,
}

/// What the comparison with the legal entity came to.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Ownership {
    Match,
    Partial,
    Mismatch,
    Missing,
    /// There was nothing to compare with.
    NoClaim,
}

impl Ownership {
    fn code(self) -> &'static str {
        match self {
            Ownership::Match => Verdict::Match.code(),
            Ownership::Partial => Verdict::Partial.code(),
            Ownership::Mismatch => Verdict::Mismatch.code(),
            Ownership::Missing => Verdict::Missing.code(),
            Ownership::NoClaim => NO_CLAIM,
        }
    }
}

/// What is known of an account when rules are held against it. Empty lists and none: not known.
#[derive(Debug, Default)]
pub(crate) struct Known<'a> {
    pub(crate) status: Option<&'a str>,
    pub(crate) inactive_cause: Option<&'a str>,
    pub(crate) verification: Vec<&'a str>,
    pub(crate) numbers: Vec<&'a str>,
    pub(crate) category: Option<&'a str>,
    pub(crate) ownership: &'a str,
    pub(crate) owners_state: &'a str,
    pub(crate) evidence: Vec<&'a str>,
    pub(crate) signals: Vec<&'a str>,
    pub(crate) methods: Option<&'a [String]>,
    pub(crate) linked_days: Option<i64>,
    pub(crate) owners_changed_days: Option<i64>,
}

/// The answer for an account.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Level {
    Low,
    Medium,
    High,
}

impl Level {
    /// As files write it.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Level::Low => "low",
            Level::Medium => "medium",
            Level::High => "high",
        }
    }
}

impl Rules {
    /// Reads and checks a file.
    ///
    /// # Errors
    ///
    /// Another schema, unknown keys or words, levels that do not rise, a code twice, a rule without conditions or text.
    pub(crate) fn parse(text: &str) -> Result<Rules> {
        let rules: Rules = toml::from_str(text).context("no valid rules of payouts")?;
        if rules.schema != SCHEMA {
            bail!("rules of schema {}; this version reads schema {SCHEMA}", rules.schema);
        }
        if rules.levels.medium == 0 || rules.levels.high <= rules.levels.medium {
            bail!("levels: 0 < medium < high is wanted");
        }
        for (at, rule) in rules.rules.iter().enumerate() {
            if !is_snake_case(&rule.code) {
                bail!("rule {}: its code is no word in snake case", at + 1);
            }
            if rules.rules[..at].iter().any(|before| before.code == rule.code) {
                bail!("rule `{}` stands twice", rule.code);
            }
            if rule.when == When::default() {
                bail!("rule `{}` has no condition, so it would hold for everybody", rule.code);
            }
            if rule.text.trim().is_empty() {
                bail!("rule `{}` has no text: a reviewer reads it", rule.code);
            }
            if rule.when.has_empty_list() {
                bail!("rule `{}` has an empty list among its conditions, so it would never hold", rule.code);
            }
            let days = [rule.when.linked_days_at_most, rule.when.owners_changed_days_at_most];
            if days.into_iter().flatten().any(|days| days < 0) {
                bail!("rule `{}` asks for less than no days, so it would never hold", rule.code);
            }
            if let Some(method) = rule.when.lacks_method.as_ref().filter(|method| !METHODS.contains(&method.as_str())) {
                // An account lacks what nobody has, so such a rule would hold for every one.
                bail!("rule `{}`: `{method}` is none of the payment methods {}", rule.code, METHODS.join(", "));
            }
            for Stripes { name: condition, known, asked } in STRIPES {
                for word in asked(&rule.when).iter().flatten().filter(|word| !known.contains(&word.as_str())) {
                    let rule = rule.code.as_str();
                    tracing::warn!(rule, condition, word, "no word that this version knows: does the rule ever hold?");
                }
            }
            if rule.points == 0 || POINTS_MAX < rule.points {
                bail!("rule `{}`: points from 1 to {POINTS_MAX} are wanted", rule.code);
            }
        }
        Ok(rules)
    }

    /// Rules that hold, most points first; their sum and its level.
    pub(crate) fn judge(&self, known: &Known<'_>) -> (Level, u32, Vec<&Rule>) {
        let mut held: Vec<&Rule> = self.rules.iter().filter(|rule| rule.when.holds(known)).collect();
        held.sort_by_key(|rule| std::cmp::Reverse(rule.points));
        let points = held.iter().fold(0_u32, |sum, rule| sum.saturating_add(rule.points));
        let level = match points {
            points if self.levels.high <= points => Level::High,
            points if self.levels.medium <= points => Level::Medium,
            _ => Level::Low,
        };
        (level, points, held)
    }
}

/// Whether one of the words asked for is among the facts; what is not asked for is met.
fn any<T>(asked: &Option<Vec<T>>, code: impl Fn(&T) -> &str, facts: &[&str]) -> bool {
    asked.as_ref().is_none_or(|words| words.iter().any(|word| facts.contains(&code(word))))
}

impl When {
    fn has_empty_list(&self) -> bool {
        fn empty<T>(list: &Option<Vec<T>>) -> bool {
            list.as_ref().is_some_and(Vec::is_empty)
        }
        [&self.status, &self.inactive_cause, &self.verification, &self.numbers, &self.category].into_iter().any(empty)
            || empty(&self.ownership)
            || empty(&self.owners_state)
            || empty(&self.evidence)
            || empty(&self.signals)
    }

    fn holds(&self, known: &Known<'_>) -> bool {
        let one = |asked: &Words, fact: Option<&str>| any(asked, String::as_str, fact.as_slice());
        let most =
            |limit: Option<i64>, days: Option<i64>| limit.is_none_or(|limit| days.is_some_and(|days| days <= limit));
        let lacks = |method: &String| known.methods.is_some_and(|held| !held.contains(method));
        one(&self.status, known.status)
            && one(&self.inactive_cause, known.inactive_cause)
            && any(&self.verification, String::as_str, &known.verification)
            && any(&self.numbers, String::as_str, &known.numbers)
            && one(&self.category, known.category)
            && any(&self.ownership, |one| one.code(), &[known.ownership])
            && any(&self.owners_state, |one| one.code(), &[known.owners_state])
            && any(&self.evidence, |one| one.code(), &known.evidence)
            && any(&self.signals, |one| one.code(), &known.signals)
            && self.lacks_method.as_ref().is_none_or(lacks)
            && most(self.linked_days_at_most, known.linked_days)
            && most(self.owners_changed_days_at_most, known.owners_changed_days)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(known: &Known<'_>) -> (Level, Vec<String>) {
        let rules = Rules::parse(DEFAULT).expect("what ships is valid");
        let (level, _, held) = rules.judge(known);
        (level, held.iter().map(|rule| rule.code.clone()).collect())
    }

    #[test]
    fn a_fact_that_is_not_known_meets_no_condition() {
        assert_eq!(judged(&Known::default()), (Level::Low, vec![]));
        let known = Known { status: Some("active"), ownership: "match", methods: Some(&[]), ..Known::default() };
        assert_eq!(judged(&known), (Level::High, vec!["no_bank_transfer".to_owned()]));
    }

    #[test]
    fn points_add_up_to_the_level_and_the_heaviest_reason_stands_first() {
        // 30 for the partial owner and 10 for a person's account make 40: medium from 30 on, high from 60 on.
        let mut known = Known { ownership: "partial", evidence: vec!["person_and_business"], ..Known::default() };
        assert_eq!(judged(&known), (Level::Medium, vec!["owner_partial".into(), "person_for_business".into()]));
        known.signals = vec!["shared_account"];
        let (level, codes) = judged(&known);
        assert_eq!((level, codes[0].as_str()), (Level::High, "shared_account"));
        let lately = Known { linked_days: Some(3), ownership: "match", ..Known::default() };
        assert_eq!(judged(&lately), (Level::Low, vec!["linked_lately".into()]));
        assert_eq!(judged(&Known { linked_days: Some(4), ..lately }), (Level::Low, vec![]));
    }

    #[test]
    fn rules_that_could_not_be_meant_are_refused_by_name() {
        for (from, to, word) in [
            ("schema = 1", "schema = 2", "schema 2"),
            ("high = 60", "high = 30", "medium < high"),
            ("code = \"account_closed\"", "code = \"account_disconnected\"", "twice"),
            ("when = { status = [\"disconnected\"] }", "when = {}", "no condition"),
            ("when = { status = [\"disconnected\"] }", "when = { state = [\"x\"] }", "no valid rules"),
            ("points = 100", "points = 0", "points"),
            ("ownership = [\"mismatch\"]", "ownership = [\"mismach\"]", "no valid rules"),
            ("signals = [\"shared_account\"]", "signals = [\"shared\"]", "no valid rules"),
            ("evidence = [\"person_and_business\"]", "evidence = []", "empty list"),
            ("lacks_method = \"us_bank_account\"", "lacks_method = \"us_bank_acount\"", "none of the payment methods"),
            ("linked_days_at_most = 3", "linked_days_at_most = -1", "never hold"),
            ("text = \"the account is no deposit account\"", "text = \"\"", "no text"),
        ] {
            assert!(DEFAULT.contains(from), "{from}");
            let error = Rules::parse(&DEFAULT.replacen(from, to, 1)).expect_err("refused").to_string();
            assert!(error.contains(word), "{error}");
        }
    }
}
