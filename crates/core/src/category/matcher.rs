//! All literals of all rules in one automaton, then the conditions of the few rules whose literal is in the text.
//!
//! The automaton reads the folded text, where digits are `#`. A literal with digits of its own is looked up again in the
//! text with its digits; what such a literal or an amount decides is `open` and never remembered.

use std::collections::BTreeMap;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

use super::{
    rule::{Match, RuleInfo, Verdict},
    text::{Digits, is_word, normalise},
};
use crate::row::AccountCategory;

/// A literal as rules share it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Literal {
    folded: Vec<u8>,
    /// With its digits, when it has any.
    exact: Option<Vec<u8>>,
    matching: Match,
}

/// Conditions of a rule, as indices of literals.
#[derive(Clone, Debug)]
struct Conditions {
    all: Vec<Vec<u32>>,
    not: Vec<u32>,
    /// Position of the rule in (layer, priority) order, equal for equals; smaller decides.
    rank: u32,
    /// Position of the id in alphabetical order.
    id_rank: u32,
}

/// What is looked at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Query<'a> {
    pub(super) description: &'a str,
    pub(super) amount: i64,
    pub(super) account: AccountCategory,
}

/// A rule whose literal is in the text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Candidate {
    pub(super) rule: u32,
    pub(super) literal: u32,
    /// Length of the literal: among equals the longer decides.
    length: usize,
    pub(super) verdict: Verdict,
}

/// Reusable space; holds no state between calls that a result depends on.
#[derive(Clone, Debug, Default)]
pub(super) struct Scratch {
    pub(super) folded: Vec<u8>,
    kept: Vec<u8>,
    present: Vec<u32>,
    pub(super) candidates: Vec<Candidate>,
}

/// The compiled literals and conditions.
#[derive(Clone, Debug)]
pub(super) struct Matcher {
    automaton: AhoCorasick,
    /// Literals of each pattern of the automaton.
    of_pattern: Vec<Vec<u32>>,
    literals: Vec<Literal>,
    /// Rules that a literal is a pattern of.
    of_literal: Vec<Vec<u32>>,
    conditions: Vec<Conditions>,
}

/// Why literals cannot be compiled; the engine's limits rule it out for files under the size limit.
#[derive(Debug)]
pub(super) struct TooLarge;

impl Matcher {
    pub(super) fn new(rules: &[RuleInfo]) -> Result<Matcher, TooLarge> {
        let mut table = LiteralTable::default();
        let mut conditions = Vec::with_capacity(rules.len());
        let mut rules_of: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        let ranks = ranks(rules);
        for (at, rule) in rules.iter().enumerate() {
            let at = u32::try_from(at).map_err(|_| TooLarge)?;
            for pattern in &rule.patterns {
                let owners = rules_of.entry(table.intern(pattern, rule.matching)?).or_default();
                if owners.last() != Some(&at) {
                    owners.push(at);
                }
            }
            let mut intern = |texts: &Vec<String>| -> Result<Vec<u32>, TooLarge> {
                // Conditions hold anywhere in the text; only the pattern may be bound to its start or whole.
                let matching = match rule.matching {
                    Match::Prefix | Match::Substring => rule.matching,
                    Match::Word | Match::Start | Match::Whole => Match::Word,
                };
                texts.iter().map(|text| table.intern(text, matching)).collect()
            };
            let all = rule.all.iter().map(&mut intern).collect::<Result<Vec<_>, _>>()?;
            let not = intern(&rule.not)?;
            let (rank, id_rank) = ranks[usize::try_from(at).map_err(|_| TooLarge)?];
            conditions.push(Conditions { all, not, rank, id_rank });
        }
        let literals = table.literals();
        let of_literal = (0_u32..).take(literals.len()).map(|at| rules_of.remove(&at).unwrap_or_default()).collect();
        let mut patterns: BTreeMap<&[u8], Vec<u32>> = BTreeMap::new();
        for (at, literal) in (0_u32..).zip(&literals) {
            patterns.entry(&literal.folded).or_default().push(at);
        }
        let automaton = AhoCorasick::builder()
            .match_kind(MatchKind::Standard)
            .kind(Some(AhoCorasickKind::ContiguousNFA))
            .build(patterns.keys())
            .map_err(|_| TooLarge)?;
        let of_pattern = patterns.into_values().collect();
        Ok(Matcher { automaton, of_pattern, literals, of_literal, conditions })
    }

    /// Collects the rules whose literal is in `scratch.folded`, the best first, each with its verdict but for rank.
    ///
    /// Returns whether the answer is open: whether it read digits or the amount.
    pub(super) fn collect(&self, rules: &[RuleInfo], query: Query<'_>, scratch: &mut Scratch) -> bool {
        let Scratch { folded, kept, present, candidates } = scratch;
        present.clear();
        candidates.clear();
        kept.clear();
        let mut open = false;
        for found in self.automaton.find_overlapping_iter(folded.as_slice()) {
            for &at in &self.of_pattern[found.pattern().as_usize()] {
                let literal = &self.literals[at as usize];
                if !stands(folded, found.start(), found.end(), literal.matching, false) {
                    continue;
                }
                if let Some(exact) = &literal.exact {
                    open = true;
                    if kept.is_empty() {
                        normalise(query.description, Digits::Kept, false, kept);
                    }
                    if !holds(kept, exact, literal.matching) {
                        continue;
                    }
                }
                present.push(at);
            }
        }
        present.sort_unstable();
        present.dedup();
        for &at in present.iter() {
            for &rule in &self.of_literal[at as usize] {
                let length = self.literals[at as usize].folded.len();
                let verdict = self.check(rule, &rules[rule as usize], present, query, &mut open);
                candidates.push(Candidate { rule, literal: at, length, verdict });
            }
        }
        candidates.sort_unstable_by_key(|candidate| {
            let Conditions { rank, id_rank, .. } = self.conditions[candidate.rule as usize];
            (rank, usize::MAX - candidate.length, id_rank, candidate.literal)
        });
        open
    }

    /// The literal as folded, for the key of a counterparty and for explanations.
    pub(super) fn literal(&self, at: u32) -> &[u8] {
        let literal = &self.literals[at as usize];
        literal.exact.as_deref().unwrap_or(&literal.folded)
    }

    fn check(&self, at: u32, rule: &RuleInfo, present: &[u32], query: Query<'_>, open: &mut bool) -> Verdict {
        if rule.has_purpose() && rule.purpose(query.amount).is_none() {
            return Verdict::WrongDirection;
        }
        if !rule.accounts.is_empty() && !rule.accounts.contains(&query.account) {
            return Verdict::WrongAccount;
        }
        let conditions = &self.conditions[at as usize];
        let is_present = |literal: &u32| present.binary_search(literal).is_ok();
        if conditions.not.iter().any(is_present) {
            return Verdict::HasExcluded;
        }
        if !conditions.all.iter().all(|alternatives| alternatives.iter().any(is_present)) {
            return Verdict::LacksLiteral;
        }
        if let Some((min, max)) = rule.amount {
            *open = true;
            let magnitude = query.amount.unsigned_abs();
            if magnitude < min.unsigned_abs() || max.unsigned_abs() < magnitude {
                return Verdict::WrongAmount;
            }
        }
        Verdict::Outranked
    }
}

/// Literals by their content, numbered in the order of first use.
#[derive(Default)]
struct LiteralTable {
    index: BTreeMap<Literal, u32>,
}

impl LiteralTable {
    fn intern(&mut self, text: &str, matching: Match) -> Result<u32, TooLarge> {
        let (mut folded, mut kept) = (vec![], vec![]);
        normalise(text, Digits::Folded, true, &mut folded);
        normalise(text, Digits::Kept, true, &mut kept);
        // `#` in a literal is any number; only digits written out are looked at again.
        let exact = text.bytes().any(|byte| byte.is_ascii_digit()).then_some(kept);
        let next = u32::try_from(self.index.len()).map_err(|_| TooLarge)?;
        Ok(*self.index.entry(Literal { folded, exact, matching }).or_insert(next))
    }

    fn literals(self) -> Vec<Literal> {
        let mut literals: Vec<(u32, Literal)> = self.index.into_iter().map(|(literal, at)| (at, literal)).collect();
        literals.sort_unstable_by_key(|pair| pair.0);
        literals.into_iter().map(|pair| pair.1).collect()
    }
}

/// For each rule its rank among (layer, priority) and that of its id.
fn ranks(rules: &[RuleInfo]) -> Vec<(u32, u32)> {
    let mut levels: Vec<_> = rules.iter().map(|rule| (rule.layer, std::cmp::Reverse(rule.priority))).collect();
    levels.sort_unstable();
    levels.dedup();
    let mut ids: Vec<&str> = rules.iter().map(|rule| rule.id.as_str()).collect();
    ids.sort_unstable();
    let number = |position: usize| u32::try_from(position).unwrap_or(u32::MAX);
    let level =
        |rule: &RuleInfo| levels.partition_point(|level| *level < (rule.layer, std::cmp::Reverse(rule.priority)));
    rules.iter().map(|rule| (number(level(rule)), number(ids.partition_point(|id| *id < rule.id.as_str())))).collect()
}

/// Whether the literal at `[start, end)` of the text stands where its rule wants it.
fn stands(text: &[u8], start: usize, end: usize, matching: Match, digits_are_letters: bool) -> bool {
    let in_word = |byte: u8| is_word(byte) || (digits_are_letters && byte.is_ascii_digit());
    let joined = |left: usize, right: usize| {
        text.get(left).is_some_and(|&b| in_word(b)) && text.get(right).is_some_and(|&b| in_word(b))
    };
    let begins = start == 0 || !joined(start - 1, start);
    let ends = end == text.len() || !joined(end - 1, end);
    match matching {
        Match::Word => begins && ends,
        Match::Prefix => begins,
        Match::Substring => true,
        Match::Start => start == 0 && ends,
        Match::Whole => start == 0 && end == text.len(),
    }
}

/// Whether the text with its digits holds the literal with its digits, each number whole.
fn holds(text: &[u8], exact: &[u8], matching: Match) -> bool {
    let mut windows = text.windows(exact.len()).enumerate();
    windows.any(|(start, window)| window == exact && stands(text, start, start + exact.len(), matching, true))
}
