//! The conditions of the few rules whose literal is in a text, the best rule first.

use super::{
    fold::Folded,
    label::{Instrument, Purpose, Role},
    literals::{LiteralTable, Literals, Text, TooLarge},
    merchant::{self, Merchant},
    postings::{Found, Looks},
    rule::{Counterparty, Match, RuleInfo, Verdict},
    text::{self, Token},
};
use crate::row::AccountCategory;

/// What deciding a text needs to know of a rule, close together.
#[derive(Clone, Copy, Debug)]
pub(super) struct Facts {
    pub(super) inflow: Option<Purpose>,
    pub(super) outflow: Option<Purpose>,
    pub(super) instrument: Option<Instrument>,
    pub(super) role: Role,
    pub(super) confidence: u8,
    /// A bit for each kind of account of which it speaks.
    accounts: u8,
    pub(super) who: Who,
    amount: Option<(i64, i64)>,
    /// Its lists of further literals among [`Matcher::lists`].
    all: (u32, u32),
    /// It has literals that must not be there.
    excludes: bool,
}

/// What collecting candidates needs to know of a rule.
#[derive(Clone, Copy, Debug)]
struct Front {
    /// Position of the rule in (layer, priority) order, equal for equals; smaller decides.
    rank: u32,
    /// Position of the id in alphabetical order.
    id_rank: u32,
    /// A bit for each direction and kind of account of which it speaks, as [`Query::side`] has it.
    speaks: u16,
}

impl Front {
    fn new(rule: &Facts, (rank, id_rank): (u32, u32)) -> Front {
        const KINDS: [AccountCategory; 5] = [
            AccountCategory::Cash,
            AccountCategory::Credit,
            AccountCategory::Investment,
            AccountCategory::Other,
            AccountCategory::Unknown,
        ];
        let sides = KINDS.iter().flat_map(|account| [-1, 0, 1].map(|amount| (*account, amount)));
        let queries = sides.map(|(account, amount)| Query { description: "", amount, account });
        let speaks =
            queries.filter(|query| rule.is_silent(*query).is_none()).fold(0, |bits, query| bits | query.side());
        Front { rank, id_rank, speaks }
    }

    /// The rule's place among the candidates for a text that holds the literal.
    fn place(&self, found: Found) -> u128 {
        let [rank, id_rank] = [self.rank, self.id_rank].map(u64::from);
        let high = (rank << 32) | u64::from(u32::MAX - found.length);
        let low = (id_rank << 32) | u64::from(found.literal);
        (u128::from(high) << 64) | u128::from(low)
    }
}

/// Whose key a label carries.
#[derive(Clone, Copy, Debug)]
pub(super) enum Who {
    Text,
    Literal,
    /// The hash of a key.
    Named(u64),
    Digits,
}

impl Facts {
    fn new(rule: &RuleInfo, all: (u32, u32)) -> Facts {
        let accounts = rule.accounts.iter().fold(0, |bits, kind| bits | 1 << *kind as u8);
        let who = match &rule.counterparty {
            Counterparty::Text => Who::Text,
            Counterparty::Literal => Who::Literal,
            Counterparty::Name(name) => Who::Named(merchant::named(name).1),
            Counterparty::Digits => Who::Digits,
        };
        Facts {
            inflow: rule.inflow,
            outflow: rule.outflow,
            instrument: rule.instrument,
            role: rule.role.unwrap_or_default(),
            confidence: rule.confidence,
            accounts: if rule.accounts.is_empty() { u8::MAX } else { accounts },
            who,
            amount: rule.amount,
            all,
            excludes: !rule.not.is_empty(),
        }
    }

    /// Whether the rule tells what money is for, or only how it moved.
    pub(super) fn has_purpose(&self) -> bool {
        self.inflow.is_some() || self.outflow.is_some()
    }

    /// The purpose for an amount of that sign.
    pub(super) fn purpose(&self, amount: i64) -> Option<Purpose> {
        match amount.signum() {
            1 => self.inflow,
            -1 => self.outflow,
            _ => None,
        }
    }

    /// What a rule fails by before a look at the text.
    fn is_silent(&self, query: Query<'_>) -> Option<Verdict> {
        if self.has_purpose() && self.purpose(query.amount).is_none() {
            return Some(Verdict::WrongDirection);
        }
        (self.accounts >> query.account as u8 & 1 == 0).then_some(Verdict::WrongAccount)
    }
}

/// What is looked at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Query<'a> {
    pub(super) description: &'a str,
    pub(super) amount: i64,
    pub(super) account: AccountCategory,
}

impl Query<'_> {
    /// A bit for the direction and the kind of account.
    fn side(self) -> u16 {
        let sign = match self.amount {
            i64::MIN..0 => 0,
            0 => 1,
            1.. => 2,
        };
        1 << (3 * u16::from(self.account as u8) + sign)
    }
}

/// Which rules with a literal in the text are collected.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Which {
    All,
    /// Those that speak of the direction and the kind of account.
    Speaking,
}

/// A rule whose literal is in the text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Candidate {
    pub(super) rule: u32,
    pub(super) literal: u32,
}

/// Reusable space; holds no state between calls that a result depends on.
#[derive(Clone, Debug, Default)]
pub(super) struct Scratch {
    pub(super) folded: Folded,
    /// Of the folded text.
    pub(super) tokens: Vec<Token>,
    /// The folded text without names of fields, and its words.
    bare: (Folded, Vec<Token>),
    kept: Vec<u8>,
    looks: Looks,
    found: Vec<Found>,
    /// The bits of the literals in the text that some condition names.
    marks: Vec<u32>,
    /// Places among candidates: rank, then the longer literal, then the id, then the literal; from the high bits to the low.
    pub(super) candidates: Vec<u128>,
    words: Vec<merchant::Word>,
}

impl Scratch {
    /// The hash of the key of whoever stands behind the text looked at.
    pub(super) fn counterparty(&mut self, description: &str) -> u64 {
        let text = merchant::Text { folded: self.folded.text(), tokens: &self.tokens, description };
        text.counterparty(&mut self.words)
    }

    /// The text with its digits.
    pub(super) fn digits(&mut self, description: &str) -> String {
        text::normalise(description, text::Digits::Kept, false, &mut self.kept);
        text::as_text(&self.kept)
    }

    /// Whoever stands behind the text looked at.
    pub(super) fn merchant(&mut self, description: &str) -> Merchant {
        let text = merchant::Text { folded: self.folded.text(), tokens: &self.tokens, description };
        text.merchant(&mut self.words)
    }
}

/// The compiled literals and conditions.
#[derive(Clone, Debug)]
pub(super) struct Matcher {
    literals: Literals,
    /// What each literal means, one list behind the other: the number of a rule whose pattern it is, or [`MARK`] and the bit
    /// that it has in the lists of conditions; [`LAST`] for its last.
    meanings: Vec<u32>,
    /// A bit for each literal that a condition names: for each rule those that must not be in a text, then the lists of
    /// which one must be.
    lists: Vec<u64>,
    /// How many numbers hold one list.
    width: usize,
    /// The hash of the key of whom each literal names, when its rule says so.
    named: Vec<u64>,
    rules: Vec<Facts>,
    fronts: Vec<Front>,
    /// Rules by the rank of their ids.
    by_id: Vec<u32>,
}

/// The number is a bit.
const MARK: u32 = 1 << 31;
/// Nothing more is said of the literal.
const LAST: u32 = 1 << 30;
const NUMBER: u32 = LAST - 1;

impl Matcher {
    pub(super) fn new(rules: &[RuleInfo]) -> Result<Matcher, TooLarge> {
        let literals = rules.iter().map(|rule| rule.patterns.len()).sum();
        let mut table = LiteralTable::with_capacity(literals);
        let mut facts = Vec::with_capacity(rules.len());
        let mut fronts = Vec::with_capacity(rules.len());
        let mut said: Vec<(u32, u32)> = Vec::with_capacity(literals);
        // The lists of conditions, and the literals in them.
        let mut lists = u32::try_from(rules.len())?;
        let mut named_in: Vec<(u32, u32)> = vec![];
        let ranks = ranks(rules);
        let mut by_id = vec![0; rules.len()];
        for ((at, rule), ranks) in (0_u32..).zip(rules).zip(ranks) {
            for pattern in &rule.patterns {
                said.push((table.intern(pattern, rule.matching)?, at));
            }
            // Conditions hold anywhere in the text, as words or as beginnings of words.
            let matching = match rule.matching {
                Match::Prefix | Match::Substring => Match::Prefix,
                Match::Word | Match::Start | Match::Whole => Match::Word,
            };
            for text in &rule.not {
                named_in.push((table.intern(text, matching)?, at));
            }
            let first = lists;
            for alternatives in &rule.all {
                for text in alternatives {
                    named_in.push((table.intern(text, matching)?, lists));
                }
                lists += 1;
            }
            by_id[ranks.1 as usize] = at;
            let rule = Facts::new(rule, (first, lists));
            fronts.push(Front::new(&rule, ranks));
            facts.push(rule);
        }
        // Most literals name nobody.
        let mut named = vec![0; table.len()];
        let mut hashes = merchant::LiteralHashes::default();
        for (literal, rule) in &said {
            let named = &mut named[*literal as usize];
            if *named == 0 && matches!(facts[*rule as usize].who, Who::Literal) {
                *named = hashes.hash(std::str::from_utf8(table.exact(*literal)).unwrap_or_default());
            }
        }
        let (width, lists) = conditions(table.len(), lists, &named_in, &mut said)?;
        let (starts, meanings) = meanings(table.len(), &said)?;
        Ok(Matcher { literals: table.finish(&starts), meanings, lists, width, named, rules: facts, fronts, by_id })
    }

    /// Collects the rules whose literal is in `scratch.folded`, the best first.
    ///
    /// Returns whether the answer is open: whether it read digits.
    pub(super) fn collect(&self, query: Query<'_>, which: Which, scratch: &mut Scratch) -> bool {
        let Scratch { folded, tokens, bare, kept, looks, found, marks, candidates, .. } = scratch;
        kept.clear();
        found.clear();
        let whole = Text { folded, tokens, description: query.description };
        let mut open = self.literals.find(whole, kept, looks, found);
        if text::without_fields(folded, tokens, &mut bare.0) {
            text::tokens(bare.0.text(), &mut bare.1);
            let bare = Text { folded: &bare.0, tokens: &bare.1, description: query.description };
            open |= self.literals.find(bare, kept, looks, found);
        }
        candidates.clear();
        marks.clear();
        let side = query.side();
        for found in found.iter() {
            for meaning in &self.meanings[found.meaning as usize..] {
                let number = meaning & NUMBER;
                if meaning & MARK != 0 {
                    marks.push(number);
                } else {
                    let rule = &self.fronts[number as usize];
                    if which == Which::All || rule.speaks & side != 0 {
                        candidates.push(rule.place(*found));
                    }
                }
                if meaning & LAST != 0 {
                    break;
                }
            }
        }
        candidates.sort_unstable();
        open
    }

    /// The rule and the literal of a place among candidates.
    pub(super) fn candidate(&self, place: u128) -> Candidate {
        let part = |shift: u32| u32::try_from((place >> shift) & u128::from(u32::MAX)).unwrap_or(u32::MAX);
        Candidate { rule: self.by_id[part(32) as usize], literal: part(0) }
    }

    pub(super) fn facts(&self, rule: u32) -> &Facts {
        &self.rules[rule as usize]
    }

    /// The literal with its digits, for explanations.
    pub(super) fn literal(&self, at: u32) -> &[u8] {
        self.literals.exact(at)
    }

    /// The hash of the key of whom the literal names; 0 where no rule says that it names anybody.
    pub(super) fn named(&self, at: u32) -> u64 {
        self.named[at as usize]
    }

    /// Whether the rule may decide the text of `scratch`: `None`, or what it fails by. `open` is set when the amount is read.
    pub(super) fn fails(&self, at: u32, query: Query<'_>, scratch: &Scratch, open: &mut bool) -> Option<Verdict> {
        let rule = self.facts(at);
        if self.fronts[at as usize].speaks & query.side() == 0 {
            return rule.is_silent(query);
        }
        let has_any_of = |list: u32| {
            let list = &self.lists[list as usize * self.width..];
            scratch.marks.iter().any(|bit| list[*bit as usize / 64] >> (bit % 64) & 1 == 1)
        };
        if rule.excludes && has_any_of(at) {
            return Some(Verdict::HasExcluded);
        }
        if !(rule.all.0..rule.all.1).all(has_any_of) {
            return Some(Verdict::LacksLiteral);
        }
        let (min, max) = rule.amount?;
        *open = true;
        let magnitude = query.amount.unsigned_abs();
        (magnitude < min.unsigned_abs() || max.unsigned_abs() < magnitude).then_some(Verdict::WrongAmount)
    }
}

/// The lists of conditions as bits, and how many numbers hold one; the bit of each literal goes to what is said of it.
fn conditions(
    literals: usize,
    lists: u32,
    named_in: &[(u32, u32)],
    said: &mut Vec<(u32, u32)>,
) -> Result<(usize, Vec<u64>), TooLarge> {
    let mut bits: Vec<Option<u32>> = vec![None; literals];
    let mut count = 0;
    for (literal, _) in named_in {
        let bit = &mut bits[*literal as usize];
        if bit.is_none() {
            *bit = Some(count);
            said.push((*literal, MARK | count));
            count += 1;
        }
    }
    if LAST <= count || LAST <= lists {
        return Err(TooLarge);
    }
    let width = (count as usize).div_ceil(64);
    let mut all = vec![0; width * lists as usize];
    for (literal, list) in named_in {
        let bit = bits[*literal as usize].unwrap_or(0);
        all[*list as usize * width + bit as usize / 64] |= 1 << (bit % 64);
    }
    Ok((width, all))
}

/// What is said of each literal, one list behind the other, and where each begins.
fn meanings(literals: usize, said: &[(u32, u32)]) -> Result<(Vec<u32>, Vec<u32>), TooLarge> {
    let mut starts = vec![0_u32; literals + 1];
    for (literal, _) in said {
        starts[*literal as usize + 1] += 1;
    }
    let mut sum = 0;
    for start in &mut starts {
        sum += *start;
        *start = sum;
    }
    let mut meanings = vec![LAST; u32::try_from(said.len())? as usize];
    let mut next = starts.clone();
    for (literal, number) in said {
        let (next, end) = (&mut next[*literal as usize], starts[*literal as usize + 1]);
        meanings[*next as usize] = if *next + 1 == end { number | LAST } else { *number };
        *next += 1;
    }
    starts.pop();
    Ok((starts, meanings))
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
