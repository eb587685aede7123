//! The rules of payouts: data, read and checked before the first account.

use anyhow::{Context as _, Result, bail};
use serde::{Deserialize, Serialize};

/// What ships, and what a lender may copy.
pub(crate) const DEFAULT: &str = include_str!("../../../data/payouts.toml");
/// The schema that this build reads.
const SCHEMA: u32 = 1;
const POINTS_MAX: u32 = 1_000;

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
    status: Option<Vec<String>>,
    inactive_cause: Option<Vec<String>>,
    verification: Option<Vec<String>>,
    numbers: Option<Vec<String>>,
    category: Option<Vec<String>>,
    ownership: Option<Vec<String>>,
    owners_state: Option<Vec<String>>,
    evidence: Option<Vec<String>>,
    signals: Option<Vec<String>>,
    lacks_method: Option<String>,
    linked_days_at_most: Option<i64>,
    owners_changed_days_at_most: Option<i64>,
}

/// What is known of an account when rules are held against it. Empty lists and none: not known.
#[derive(Debug, Default)]
pub(crate) struct Known<'a> {
    pub(crate) status: Option<&'a str>,
    pub(crate) inactive_cause: Option<&'a str>,
    pub(crate) verification: Option<&'a str>,
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
    /// Another schema, unknown keys, levels that do not rise, a code twice, a rule without conditions.
    pub(crate) fn parse(text: &str) -> Result<Rules> {
        let rules: Rules = toml::from_str(text).context("no valid rules of payouts")?;
        if rules.schema != SCHEMA {
            bail!("rules of schema {}; this version reads schema {SCHEMA}", rules.schema);
        }
        if rules.levels.medium == 0 || rules.levels.high <= rules.levels.medium {
            bail!("levels: 0 < medium < high is wanted");
        }
        for (at, rule) in rules.rules.iter().enumerate() {
            let is_word = |letter: u8| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == b'_';
            if rule.code.is_empty() || !rule.code.bytes().all(is_word) {
                bail!("rule {}: its code is no word in snake case", at + 1);
            }
            if rules.rules[..at].iter().any(|before| before.code == rule.code) {
                bail!("rule `{}` stands twice", rule.code);
            }
            if rule.when == When::default() {
                bail!("rule `{}` has no condition, so it would hold for everybody", rule.code);
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

impl When {
    fn holds(&self, known: &Known<'_>) -> bool {
        let any = |asked: &Option<Vec<String>>, facts: &[&str]| {
            asked.as_ref().is_none_or(|words| words.iter().any(|word| facts.contains(&word.as_str())))
        };
        let one = |asked: &Option<Vec<String>>, fact: Option<&str>| any(asked, fact.as_slice());
        let most =
            |limit: Option<i64>, days: Option<i64>| limit.is_none_or(|limit| days.is_some_and(|days| days <= limit));
        let lacks = |method: &String| known.methods.is_some_and(|held| !held.contains(method));
        one(&self.status, known.status)
            && one(&self.inactive_cause, known.inactive_cause)
            && one(&self.verification, known.verification)
            && any(&self.numbers, &known.numbers)
            && one(&self.category, known.category)
            && one(&self.ownership, Some(known.ownership))
            && one(&self.owners_state, Some(known.owners_state))
            && any(&self.evidence, &known.evidence)
            && any(&self.signals, &known.signals)
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
        ] {
            assert!(DEFAULT.contains(from), "{from}");
            let error = Rules::parse(&DEFAULT.replacen(from, to, 1)).expect_err("refused").to_string();
            assert!(error.contains(word), "{error}");
        }
    }
}
