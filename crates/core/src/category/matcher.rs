//! The conditions of the few rules whose literal is in a text, the best rule first.

use rustc_hash::FxHashMap;

use super::{
    fold::Folded,
    label::{Instrument, Purpose, Role},
    literal_table::{LiteralTable, TooLarge},
    literals::{Literals, Search, Text},
    merchant::{self, Merchant},
    outcomes::{Outcomes, Saying},
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
    /// Its lists of further literals, of each of which one must be there.
    all: (u32, u32),
    /// The list of those that must not be there, if it has any.
    not: Option<u32>,
    /// The bits of the sides of which it speaks.
    pub(super) speaks: u16,
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
    fn new(rule: &RuleInfo, all: (u32, u32), not: Option<u32>) -> Facts {
        let accounts = rule.accounts.iter().fold(0, |bits, kind| bits | 1 << *kind as u8);
        let who = match &rule.counterparty {
            Counterparty::Text => Who::Text,
            Counterparty::Literal => Who::Literal,
            Counterparty::Name(name) => Who::Named(merchant::named(name).1),
            Counterparty::Digits => Who::Digits,
        };
        let facts = Facts {
            inflow: rule.inflow,
            outflow: rule.outflow,
            instrument: rule.instrument,
            role: rule.role.unwrap_or_default(),
            confidence: rule.confidence,
            accounts: if rule.accounts.is_empty() { u8::MAX } else { accounts },
            who,
            amount: rule.amount,
            all,
            not,
            speaks: 0,
        };
        Facts { speaks: facts.sides(), ..facts }
    }

    fn sides(&self) -> u16 {
        const KINDS: [AccountCategory; 5] = [
            AccountCategory::Cash,
            AccountCategory::Credit,
            AccountCategory::Investment,
            AccountCategory::Other,
            AccountCategory::Unknown,
        ];
        let sides = KINDS.iter().flat_map(|account| [-1, 0, 1].map(|amount| (*account, amount)));
        let queries = sides.map(|(account, amount)| Query { description: "", amount, account });
        queries.filter(|query| self.silenced_by(*query).is_none()).fold(0, |bits, query| bits | query.side().bit())
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
    fn silenced_by(&self, query: Query<'_>) -> Option<Verdict> {
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
    #[inline]
    pub(super) fn side(self) -> Side {
        Side::new(self.amount, self.account)
    }
}

/// The direction of an amount and the kind of account: what besides the text decides a label, unless a rule reads the amount.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Side(u16);

impl Side {
    #[inline]
    pub(super) fn new(amount: i64, account: AccountCategory) -> Side {
        let direction = match amount {
            i64::MIN..0 => 0,
            0 => 1,
            1.. => 2,
        };
        Side(1 << (3 * u16::from(account as u8) + direction))
    }

    /// A bit of its own for each side.
    pub(super) fn bit(self) -> u16 {
        self.0
    }
}

/// The amounts between which a rule may change its mind: any two magnitudes of one class are alike to every rule.
#[derive(Clone, Debug, Default)]
pub(super) struct Amounts(Vec<u64>);

impl Amounts {
    /// By the bounds of rules, both inclusive.
    fn new(bounds: impl Iterator<Item = (i64, i64)>) -> Amounts {
        let mut starts: Vec<u64> = bounds.flat_map(|(min, max)| [min.unsigned_abs(), max.unsigned_abs() + 1]).collect();
        starts.sort_unstable();
        starts.dedup();
        Amounts(starts)
    }

    /// The class of an amount; never 0, which stands for all.
    pub(super) fn class(&self, amount: i64) -> u32 {
        let below = self.0.partition_point(|start| *start <= amount.unsigned_abs());
        u32::try_from(below).unwrap_or(u32::MAX - 1) + 1
    }
}

/// What an answer read, and so for which texts it may be remembered.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(super) struct Reads {
    /// Digits of the text: another text that differs by them alone may have another answer.
    pub(super) digits: bool,
    /// The amount: another of another class may have another answer.
    pub(super) amount: bool,
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
    /// Its turn among all: rank, then the longer literal, then the id, then the literal.
    pub(super) turn: u32,
}

/// Reusable space; holds no state between calls that a result depends on.
#[derive(Clone, Debug, Default)]
pub(super) struct Scratch {
    pub(super) folded: Folded,
    /// Of the folded text.
    pub(super) tokens: Vec<Token>,
    /// The folded text without names of fields, and its words.
    bare: (Folded, Vec<Token>),
    /// The description with its digits.
    kept: Vec<u8>,
    search: Search,
    /// What the literals in the text say.
    pub(super) said: Saying,
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
    /// What each number means that the literals find.
    outcomes: Outcomes,
    /// By place: rules that tell a purpose before those that do not, and among them in the order of turns. The first is none.
    candidates: Vec<Candidate>,
    /// The place of the last rule that tells a purpose.
    purposes_end: u32,
    /// The hash of the key of whom each literal names, when its rule says so.
    named: Vec<u64>,
    rules: Vec<Facts>,
    amounts: Amounts,
}

impl Matcher {
    pub(super) fn new(rules: &[RuleInfo]) -> Result<Matcher, TooLarge> {
        let literals = rules.iter().map(|rule| rule.patterns.len()).sum();
        let mut table = LiteralTable::with_capacity(literals);
        let mut facts = Vec::with_capacity(rules.len());
        let mut said: Vec<(u32, u32)> = Vec::with_capacity(literals);
        // The lists of conditions, and the literals in them.
        let mut lists = 0_u32;
        let mut named_in: Vec<(u32, u32)> = vec![];
        // Most stand in many rules, and a text that was read before need not be made comparable again.
        let mut conditions: FxHashMap<(&str, Match), u32> = FxHashMap::default();
        for (at, rule) in (0_u32..).zip(rules) {
            for pattern in rule.patterns.iter() {
                said.push((table.intern(pattern, rule.matching)?, at));
            }
            // Conditions hold anywhere in the text, as words or as beginnings of words.
            let matching = match rule.matching {
                Match::Prefix | Match::Substring => Match::Prefix,
                Match::Word | Match::Start | Match::Whole => Match::Word,
            };
            let not = (!rule.not.is_empty()).then_some(lists);
            for text in rule.not.iter() {
                named_in.push((condition(&mut conditions, &mut table, text, matching)?, lists));
            }
            lists = lists.checked_add(u32::from(not.is_some())).ok_or(TooLarge)?;
            let first = lists;
            for alternatives in &rule.all {
                for text in alternatives {
                    named_in.push((condition(&mut conditions, &mut table, text, matching)?, lists));
                }
                lists = lists.checked_add(1).ok_or(TooLarge)?;
            }
            facts.push(Facts::new(rule, (first, lists), not));
        }
        // Most literals name nobody.
        let mut named = vec![0; table.len()];
        let mut hashes = merchant::LiteralHashes::default();
        for (literal, rule) in &said {
            let named = &mut named[*literal as usize];
            if *named == 0 && matches!(facts[*rule as usize].who, Who::Literal) {
                *named = hashes.hash(std::str::from_utf8(table.as_written(*literal)).unwrap_or_default());
            }
        }
        let literals = table.finish()?;
        let (candidates, purposes_end) = candidates(rules, &literals, &said)?;
        let places = (1_u32..).zip(candidates.iter().skip(1));
        let places = places.map(|(place, it)| (it.literal, place, facts[it.rule as usize].speaks));
        let outcomes = Outcomes::new(&literals, places, &named_in, lists)?;
        let amounts = Amounts::new(rules.iter().filter_map(|rule| rule.amount));
        Ok(Matcher { literals, outcomes, candidates, purposes_end, named, rules: facts, amounts })
    }

    /// Collects what the literals in `scratch.folded` say.
    ///
    /// Returns whether digits were read.
    pub(super) fn collect(&self, query: Query<'_>, which: Which, scratch: &mut Scratch) -> bool {
        let Scratch { folded, tokens, bare, search, said, .. } = scratch;
        search.begin();
        let whole = Text { folded, tokens, description: query.description };
        let mut reads_digits = self.literals.find(whole, search);
        if text::without_fields(folded, tokens, &mut bare.0, &mut bare.1) {
            let bare = Text { folded: &bare.0, tokens: &bare.1, description: query.description };
            reads_digits |= self.literals.find(bare, search);
        }
        let side = match which {
            Which::All => u16::MAX,
            Which::Speaking => query.side().bit(),
        };
        self.outcomes.say(search.found.as_slice(), side, said);
        reads_digits
    }

    /// The best candidate behind a place, with its place.
    #[inline]
    pub(super) fn next(&self, said: &Saying, after: u32) -> Option<(u32, Candidate)> {
        let place = said.next(after)?;
        Some((place, self.candidate(place)))
    }

    fn candidate(&self, place: u32) -> Candidate {
        self.candidates[place as usize]
    }

    /// All candidates in their turn.
    pub(super) fn in_turn(&self, said: &Saying) -> Vec<Candidate> {
        let mut all: Vec<Candidate> = said.places().iter().map(|place| self.candidate(*place)).collect();
        all.sort_unstable_by_key(|candidate| candidate.turn);
        all
    }

    /// Behind it stand the places of rules that tell no purpose.
    pub(super) fn purposes_end(&self) -> u32 {
        self.purposes_end
    }

    /// The classes of amounts that the rules tell apart.
    pub(super) fn amounts(&self) -> &Amounts {
        &self.amounts
    }

    pub(super) fn facts(&self, rule: u32) -> &Facts {
        &self.rules[rule as usize]
    }

    /// The literal with its digits, for explanations.
    pub(super) fn literal(&self, at: u32) -> &[u8] {
        self.literals.as_written(at)
    }

    /// The hash of the key of whom the literal names; 0 where no rule says that it names anybody.
    pub(super) fn named(&self, at: u32) -> u64 {
        self.named[at as usize]
    }

    /// Whether the rule may decide the text of `scratch`: `None`, or what it fails by. `reads` hears when the amount is read.
    #[inline]
    pub(super) fn fails(&self, rule: &Facts, query: Query<'_>, said: &Saying, reads: &mut Reads) -> Option<Verdict> {
        if rule.speaks & query.side().bit() == 0 {
            return rule.silenced_by(query);
        }
        if rule.not.is_some_and(|list| self.outcomes.has_any_of(said, list)) {
            return Some(Verdict::HasExcluded);
        }
        if !(rule.all.0..rule.all.1).all(|list| self.outcomes.has_any_of(said, list)) {
            return Some(Verdict::LacksLiteral);
        }
        let (min, max) = rule.amount?;
        reads.amount = true;
        let magnitude = query.amount.unsigned_abs();
        (magnitude < min.unsigned_abs() || max.unsigned_abs() < magnitude).then_some(Verdict::WrongAmount)
    }
}

/// The literal that a condition is, which may be known.
fn condition<'a>(
    known: &mut FxHashMap<(&'a str, Match), u32>,
    table: &mut LiteralTable,
    text: &'a str,
    matching: Match,
) -> Result<u32, TooLarge> {
    if let Some(literal) = known.get(&(text, matching)) {
        return Ok(*literal);
    }
    let literal = table.intern(text, matching)?;
    known.insert((text, matching), literal);
    Ok(literal)
}

/// Every rule with every literal of its own, by place, and the place of the last that tells a purpose; see
/// [`Matcher::candidates`].
fn candidates(rules: &[RuleInfo], literals: &Literals, said: &[(u32, u32)]) -> Result<(Vec<Candidate>, u32), TooLarge> {
    let ranks = ranks(rules);
    // By rank first, so that few are to be compared with each other.
    let mut by_rank: Vec<Vec<u128>> = vec![vec![]; rules.len()];
    for (literal, rule) in said {
        let (rank, id_rank) = ranks[*rule as usize];
        let length = u32::MAX - u32::try_from(literals.length(*literal))?;
        let parts = [length, id_rank, *literal, *rule];
        by_rank[rank as usize].push(parts.iter().fold(0, |key, part| (key << 32) | u128::from(*part)));
    }
    by_rank.iter_mut().for_each(|keys| keys.sort_unstable());
    let mut all = Vec::with_capacity(said.len() + 1);
    all.push(Candidate { rule: 0, literal: 0, turn: 0 });
    let turns = (1_u32..).zip(by_rank.iter().flatten()).map(|(turn, key)| {
        let [a, b, c, d, e, f, g, h, ..] = key.to_le_bytes();
        Candidate { rule: u32::from_le_bytes([a, b, c, d]), literal: u32::from_le_bytes([e, f, g, h]), turn }
    });
    let tells_purpose = |candidate: &Candidate| rules[candidate.rule as usize].has_purpose();
    let (purposes, instruments): (Vec<_>, Vec<_>) = turns.partition(tells_purpose);
    let purposes_end = u32::try_from(purposes.len())?;
    all.extend(purposes.into_iter().chain(instruments));
    u32::try_from(all.len())?;
    Ok((all, purposes_end))
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
