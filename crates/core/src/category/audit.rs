//! What is wrong with a set of rules although each of its files reads well: examples that another rule decides, patterns
//! that can never decide, rules that only the alphabet keeps apart.

use std::collections::BTreeMap;

use super::{
    categoriser::Categoriser,
    label::RuleId,
    rule::{Match, RuleInfo, Verdict},
    text,
};
use crate::row::AccountCategory;

/// One fault of one rule.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    /// The rule.
    pub rule: String,
    /// Its file, as the caller named it.
    pub file: String,
    /// Its line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub fault: Fault,
}

/// What can be wrong with a rule among others.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Fault {
    /// It does not decide its example: the rule named does, or none.
    ExampleLost {
        /// The example.
        text: String,
        /// Money in or out.
        amount: i64,
        /// Who decides instead.
        winner: Option<String>,
    },
    /// It decides what it must not.
    CounterExampleWon {
        /// The counter-example.
        text: String,
        /// Money in or out.
        amount: i64,
    },
    /// The text that is the pattern and nothing else is decided by another rule, in every direction.
    Unreachable {
        /// The pattern.
        pattern: String,
        /// Who decides instead.
        winner: Option<String>,
    },
    /// Another rule of the same layer and priority has the same pattern and says otherwise, with nothing to tell them apart.
    Fight {
        /// The pattern.
        pattern: String,
        /// The other rule.
        other: String,
    },
}

impl std::fmt::Display for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Finding { rule, file, line, fault } = self;
        write!(f, "{file}:{line}: rule {rule} ")?;
        let by =
            |winner: &Option<String>| winner.clone().map_or_else(|| "no rule".to_owned(), |id| format!("rule {id}"));
        match fault {
            Fault::ExampleLost { text, amount, winner } => {
                write!(f, "does not decide its example {text:?} ({amount}): {} does", by(winner))
            }
            Fault::CounterExampleWon { text, amount } => write!(f, "decides its counter-example {text:?} ({amount})"),
            Fault::Unreachable { pattern, winner } => {
                write!(f, "can never decide by its pattern {pattern:?}: {} does", by(winner))
            }
            Fault::Fight { pattern, other } => {
                write!(
                    f,
                    "shares the pattern {pattern:?} with rule {other} and says otherwise; give one the higher priority"
                )
            }
        }
    }
}

/// All findings, in the order of the rules.
#[must_use]
pub fn audit(categoriser: &Categoriser) -> Vec<Finding> {
    let mut findings = vec![];
    let mut owners: BTreeMap<(Vec<u8>, Match), Vec<&RuleInfo>> = BTreeMap::new();
    for (id, rule) in categoriser.rules() {
        let faults = examples(categoriser, id, rule)
            .into_iter()
            .chain(unreachable(categoriser, id, rule))
            .chain(fights(&mut owners, rule));
        findings.extend(faults.map(|fault| Finding {
            rule: rule.id.clone(),
            file: rule.file.clone(),
            line: rule.line,
            fault,
        }));
    }
    findings
}

fn examples(categoriser: &Categoriser, id: RuleId, rule: &RuleInfo) -> Vec<Fault> {
    let mut faults = vec![];
    for amount in amounts(rule) {
        for text in &rule.examples {
            if !speaks(categoriser, id, rule, text, amount) {
                let winner = winner(categoriser, rule, text, amount);
                faults.push(Fault::ExampleLost { text: text.clone(), amount, winner });
            }
        }
        for text in &rule.counter_examples {
            if speaks(categoriser, id, rule, text, amount) {
                faults.push(Fault::CounterExampleWon { text: text.clone(), amount });
            }
        }
    }
    faults
}

fn unreachable(categoriser: &Categoriser, id: RuleId, rule: &RuleInfo) -> Vec<Fault> {
    let mut faults = vec![];
    let plain = |literal: &str| literal.trim_end_matches('*').replace('#', "12");
    for pattern in rule.patterns.iter() {
        let with = |at: usize, alternative: &str| {
            let others = rule.all.iter().enumerate();
            let words = others.map(|(list, words)| if list == at { alternative } else { words[0].as_str() });
            std::iter::once(pattern).chain(words).map(plain).collect::<Vec<_>>().join(" ")
        };
        let mut texts = rule.all.iter().enumerate().flat_map(|(at, words)| words.iter().map(move |word| (at, word)));
        let reaches = |text: &str| amounts(rule).iter().any(|&amount| speaks(categoriser, id, rule, text, amount));
        let text = with(usize::MAX, pattern);
        if !reaches(&text) && !texts.any(|(at, word)| reaches(&with(at, word))) {
            let winner = amounts(rule).first().and_then(|&amount| winner(categoriser, rule, &text, amount));
            faults.push(Fault::Unreachable { pattern: pattern.to_owned(), winner });
        }
    }
    faults
}

/// Rules before this one that share a pattern with it and contradict it.
fn fights<'a>(owners: &mut BTreeMap<(Vec<u8>, Match), Vec<&'a RuleInfo>>, rule: &'a RuleInfo) -> Vec<Fault> {
    let mut faults = vec![];
    for pattern in rule.patterns.iter() {
        let mut folded = vec![];
        text::normalise(pattern, text::Digits::Kept, true, &mut folded);
        let known = owners.entry((folded, rule.matching)).or_default();
        for other in known.iter().filter(|other| contradict(other, rule)) {
            faults.push(Fault::Fight { pattern: pattern.to_owned(), other: other.id.clone() });
        }
        known.push(rule);
    }
    faults
}

/// Whether both rules may want the same row, say different things of it, and stand equally high.
fn contradict(one: &RuleInfo, two: &RuleInfo) -> bool {
    let differ = |a: Option<_>, b: Option<_>| a.is_some() && b.is_some() && a != b;
    let otherwise = differ(one.inflow, two.inflow) || differ(one.outflow, two.outflow);
    let accounts_meet = one.accounts.is_empty()
        || two.accounts.is_empty()
        || one.accounts.iter().any(|kind| two.accounts.contains(kind));
    let amounts_meet = match (one.amount, two.amount) {
        (Some((a, b)), Some((c, d))) => a <= d && c <= b,
        _ => true,
    };
    // What one demands the other excludes: then no text has both.
    let excludes = |a: &RuleInfo, b: &RuleInfo| {
        b.all.iter().any(|alternatives| alternatives.iter().all(|word| a.not.iter().any(|not| not == word)))
    };
    let apart = excludes(one, two) || excludes(two, one);
    otherwise && accounts_meet && amounts_meet && !apart && (one.layer, one.priority) == (two.layer, two.priority)
}

/// Amounts, one for each direction that the rule speaks of.
fn amounts(rule: &RuleInfo) -> Vec<i64> {
    let magnitude = rule.amount.map_or(12_345, |(min, _)| min.max(1));
    let mut amounts = vec![];
    if rule.inflow.is_some() || !rule.has_purpose() {
        amounts.push(magnitude);
    }
    if rule.outflow.is_some() || !rule.has_purpose() {
        amounts.push(-magnitude);
    }
    amounts
}

fn account(rule: &RuleInfo) -> AccountCategory {
    rule.accounts.first().copied().unwrap_or(AccountCategory::Cash)
}

/// Whether the rule decides the text, or tells its instrument when that is all it does.
fn speaks(categoriser: &Categoriser, id: RuleId, rule: &RuleInfo, text: &str, amount: i64) -> bool {
    categoriser.explain(text, amount, account(rule)).considered.iter().any(|considered| {
        considered.rule == id && matches!(considered.verdict, Verdict::Decided | Verdict::ToldInstrument)
    })
}

fn winner(categoriser: &Categoriser, rule: &RuleInfo, text: &str, amount: i64) -> Option<String> {
    let label = categoriser.explain(text, amount, account(rule)).label;
    categoriser.rule(label.rule).map(|rule| rule.id.clone())
}
