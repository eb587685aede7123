//! The conditions of the few rules whose literal is in a text, the best rule first.

use std::collections::BTreeMap;

use super::{
    literals::{LiteralTable, Literals, Text, TooLarge},
    merchant::{self, Merchant},
    rule::{Counterparty, Match, RuleInfo, Verdict},
    text::{self, Token},
};
use crate::row::AccountCategory;

/// Conditions of a rule, as numbers of literals.
#[derive(Clone, Debug)]
struct Conditions {
    all: Vec<Vec<u32>>,
    /// A bit for each literal that some rule excludes.
    not: Vec<u64>,
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
    /// Its place among candidates: rank, then the longer literal, then the id.
    order: (u32, u32, u32),
}

/// Reusable space; holds no state between calls that a result depends on.
#[derive(Clone, Debug, Default)]
pub(super) struct Scratch {
    pub(super) folded: Vec<u8>,
    /// Of the folded text.
    pub(super) tokens: Vec<Token>,
    /// The folded text without names of fields, and its words.
    bare: (Vec<u8>, Vec<Token>),
    kept: Vec<u8>,
    present: Vec<u32>,
    /// The bits of those present that some rule excludes.
    excluding: Vec<u32>,
    pub(super) candidates: Vec<Candidate>,
    words: Vec<merchant::Word>,
}

impl Scratch {
    /// The hash of the key of whoever stands behind the text looked at.
    pub(super) fn counterparty(&mut self, description: &str) -> u64 {
        let text = merchant::Text { folded: &self.folded, tokens: &self.tokens, description };
        text.counterparty(&mut self.words)
    }

    /// The text with its digits.
    pub(super) fn digits(&mut self, description: &str) -> String {
        text::normalise(description, text::Digits::Kept, false, &mut self.kept);
        text::as_text(&self.kept)
    }

    /// Whoever stands behind the text looked at.
    pub(super) fn merchant(&mut self, description: &str) -> Merchant {
        let text = merchant::Text { folded: &self.folded, tokens: &self.tokens, description };
        text.merchant(&mut self.words)
    }
}

/// The compiled literals and conditions.
#[derive(Clone, Debug)]
pub(super) struct Matcher {
    literals: Literals,
    /// Rules that a literal is a pattern of.
    of_literal: Vec<Vec<u32>>,
    /// The bit of each literal that some rule excludes, else [`NEVER`].
    excludes: Vec<u32>,
    /// The hash of the key of whom each literal names, when its rule says so.
    named: Vec<u64>,
    conditions: Vec<Conditions>,
}

/// No rule excludes the literal.
const NEVER: u32 = u32::MAX;

impl Matcher {
    pub(super) fn new(rules: &[RuleInfo]) -> Result<Matcher, TooLarge> {
        let mut table = LiteralTable::default();
        let mut conditions = Vec::with_capacity(rules.len());
        let mut excluded: Vec<Vec<u32>> = Vec::with_capacity(rules.len());
        let mut rules_of: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        let ranks = ranks(rules);
        for ((at, rule), (rank, id_rank)) in (0_u32..).zip(rules).zip(ranks) {
            for pattern in &rule.patterns {
                let owners = rules_of.entry(table.intern(pattern, rule.matching)?).or_default();
                if owners.last() != Some(&at) {
                    owners.push(at);
                }
            }
            let mut intern = |texts: &Vec<String>| -> Result<Vec<u32>, TooLarge> {
                // Conditions hold anywhere in the text, as words or as beginnings of words.
                let matching = match rule.matching {
                    Match::Prefix | Match::Substring => Match::Prefix,
                    Match::Word | Match::Start | Match::Whole => Match::Word,
                };
                texts.iter().map(|text| table.intern(text, matching)).collect()
            };
            let all = rule.all.iter().map(&mut intern).collect::<Result<Vec<_>, _>>()?;
            excluded.push(intern(&rule.not)?);
            conditions.push(Conditions { all, not: vec![], rank, id_rank });
        }
        let literals = table.finish();
        let mut excludes: Vec<u32> = vec![NEVER; literals.len()];
        let mut bits = 0;
        for literal in excluded.iter().flatten() {
            let bit = &mut excludes[*literal as usize];
            if *bit == NEVER {
                *bit = bits;
                bits += 1;
            }
        }
        for (conditions, own) in conditions.iter_mut().zip(&excluded) {
            conditions.not = vec![0; (bits as usize).div_ceil(64)];
            for literal in own {
                let bit = excludes[*literal as usize] as usize;
                conditions.not[bit / 64] |= 1 << (bit % 64);
            }
        }
        let of_literal: Vec<Vec<u32>> =
            (0_u32..).take(literals.len()).map(|at| rules_of.remove(&at).unwrap_or_default()).collect();
        // Most literals name nobody.
        let mut named = vec![0; literals.len()];
        for (at, (owners, hash)) in (0_u32..).zip(of_literal.iter().zip(&mut named)) {
            let of_literal = |owner: &u32| rules[*owner as usize].counterparty == Counterparty::Literal;
            if owners.iter().any(of_literal) {
                *hash = merchant::of_literal(&text::as_text(exact(&literals, at))).1;
            }
        }
        Ok(Matcher { literals, of_literal, excludes, named, conditions })
    }

    /// Collects the rules whose literal is in `scratch.folded`, the best first.
    ///
    /// Returns whether the answer is open: whether it read digits.
    pub(super) fn collect(&self, query: Query<'_>, scratch: &mut Scratch) -> bool {
        let Scratch { folded, tokens, bare, kept, present, excluding, candidates, .. } = scratch;
        text::tokens(folded, tokens);
        present.clear();
        kept.clear();
        let mut open = self.literals.find(Text { folded, tokens, description: query.description }, kept, present);
        if text::without_fields(folded, tokens, &mut bare.0) {
            text::tokens(&bare.0, &mut bare.1);
            let bare = Text { folded: &bare.0, tokens: &bare.1, description: query.description };
            open |= self.literals.find(bare, kept, present);
        }
        present.sort_unstable();
        present.dedup();
        excluding.clear();
        excluding.extend(present.iter().map(|literal| self.excludes[*literal as usize]).filter(|bit| *bit != NEVER));
        candidates.clear();
        for &literal in present.iter() {
            let length = u32::try_from(self.literals.get(literal).folded.len()).unwrap_or(u32::MAX);
            for &rule in &self.of_literal[literal as usize] {
                let Conditions { rank, id_rank, .. } = self.conditions[rule as usize];
                candidates.push(Candidate { rule, literal, order: (rank, u32::MAX - length, id_rank) });
            }
        }
        candidates.sort_unstable_by_key(|candidate| (candidate.order, candidate.literal));
        open
    }

    /// The literal as folded, for explanations.
    pub(super) fn literal(&self, at: u32) -> &[u8] {
        exact(&self.literals, at)
    }

    /// The hash of the key of whom the literal names; 0 where no rule says that it names anybody.
    pub(super) fn named(&self, at: u32) -> u64 {
        self.named[at as usize]
    }

    /// Whether the rule may decide the text of `scratch`: `None`, or what it fails by. `open` is set when the amount is read.
    pub(super) fn fails(
        &self,
        at: u32,
        rule: &RuleInfo,
        query: Query<'_>,
        scratch: &Scratch,
        open: &mut bool,
    ) -> Option<Verdict> {
        if rule.has_purpose() && rule.purpose(query.amount).is_none() {
            return Some(Verdict::WrongDirection);
        }
        if !rule.accounts.is_empty() && !rule.accounts.contains(&query.account) {
            return Some(Verdict::WrongAccount);
        }
        let conditions = &self.conditions[at as usize];
        let is_present = |literal: &u32| scratch.present.binary_search(literal).is_ok();
        if scratch.excluding.iter().any(|bit| conditions.not[*bit as usize / 64] >> (bit % 64) & 1 == 1) {
            return Some(Verdict::HasExcluded);
        }
        if !conditions.all.iter().all(|alternatives| alternatives.iter().any(is_present)) {
            return Some(Verdict::LacksLiteral);
        }
        let (min, max) = rule.amount?;
        *open = true;
        let magnitude = query.amount.unsigned_abs();
        (magnitude < min.unsigned_abs() || max.unsigned_abs() < magnitude).then_some(Verdict::WrongAmount)
    }
}

fn exact(literals: &Literals, at: u32) -> &[u8] {
    let literal = literals.get(at);
    literal.exact.as_deref().unwrap_or(&literal.folded)
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
