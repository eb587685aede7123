//! Rules as data: reading a file of rules, checking it against a taxonomy, and what is known of a rule afterwards.
//!
//! The grammar is described at the head of `defaults/rules/payroll_and_gig.toml`. Ours and a lender's have the same.

use std::{collections::BTreeSet, ops::Range};

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{
    context::{ContextRule, RawContext},
    label::{Instrument, Purpose, Role, RuleId},
    taxonomy::Taxonomy,
    texts::Texts,
};
use crate::{limits::DESCRIPTION_BYTES_MAX, row::AccountCategory};

/// The rule files shipped with the engine: name and text, in the order in which they are read.
pub const BUILTIN: &[(&str, &str)] = &[
    ("payroll_and_gig.toml", include_str!("../../defaults/rules/payroll_and_gig.toml")),
    ("benefits.toml", include_str!("../../defaults/rules/benefits.toml")),
    ("banks_fees.toml", include_str!("../../defaults/rules/banks_fees.toml")),
    ("lenders.toml", include_str!("../../defaults/rules/lenders.toml")),
    ("lenders_advances.toml", include_str!("../../defaults/rules/lenders_advances.toml")),
    ("lenders_secured_cards.toml", include_str!("../../defaults/rules/lenders_secured_cards.toml")),
    ("lenders_business.toml", include_str!("../../defaults/rules/lenders_business.toml")),
    ("lenders_names.toml", include_str!("../../defaults/rules/lenders_names.toml")),
    ("lenders_told_apart.toml", include_str!("../../defaults/rules/lenders_told_apart.toml")),
    ("lenders_more_names.toml", include_str!("../../defaults/rules/lenders_more_names.toml")),
    ("words_more.toml", include_str!("../../defaults/rules/words_more.toml")),
    ("names_cut.toml", include_str!("../../defaults/rules/names_cut.toml")),
    ("collections_courts.toml", include_str!("../../defaults/rules/collections_courts.toml")),
    ("housing_utilities_telecom.toml", include_str!("../../defaults/rules/housing_utilities_telecom.toml")),
    ("insurance.toml", include_str!("../../defaults/rules/insurance.toml")),
    ("merchants_essential.toml", include_str!("../../defaults/rules/merchants_essential.toml")),
    ("merchants_discretionary.toml", include_str!("../../defaults/rules/merchants_discretionary.toml")),
    ("merchants_special.toml", include_str!("../../defaults/rules/merchants_special.toml")),
    ("transfers_p2p_cash.toml", include_str!("../../defaults/rules/transfers_p2p_cash.toml")),
    ("gambling_crypto_brokers.toml", include_str!("../../defaults/rules/gambling_crypto_brokers.toml")),
    ("tax.toml", include_str!("../../defaults/rules/tax.toml")),
    ("business.toml", include_str!("../../defaults/rules/business.toml")),
    ("context.toml", include_str!("../../defaults/rules/context.toml")),
];

/// Why a taxonomy or a file of rules is refused.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{file}:{line}:{column}: {problem}; {remedy}")]
pub struct RuleError {
    /// The file as the caller named it.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// What is wrong.
    pub problem: String,
    /// The way out.
    pub remedy: String,
}

/// Where a file of rules stands: the first layer with an answer decides.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Layer {
    /// A lender's rules that overrule ours.
    Before,
    /// The rules shipped with the engine.
    Shipped,
    /// A lender's rules for texts that ours do not know.
    After,
}

/// Where in the text a rule's literals may stand.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Match {
    /// Whole words: `LOAN` is not in `SLOAN`.
    #[default]
    Word,
    /// The literal begins a word, whatever follows: for texts that banks cut off.
    Prefix,
    /// Anywhere, inside words too.
    Substring,
    /// At the very beginning of the text, whole words.
    Start,
    /// The text is the literal and nothing else.
    Whole,
}

/// Whose key a label carries.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Counterparty {
    /// The text's own words.
    Text,
    /// The literal that matched (`counterparty = "*"`): a chain of shops is one counterparty.
    Literal,
    /// A name: two spellings of one lender are one counterparty.
    Name(String),
    /// The text's words and numbers (`counterparty = "#"`): where the account number is all that tells two payers apart.
    Digits,
}

/// A rule as the catalogue shows it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RuleInfo {
    /// Its name, unique over all files.
    pub id: String,
    /// The file it stands in, as the caller named it.
    pub file: String,
    /// Its line, from 1.
    pub line: usize,
    /// Its file's place among the layers.
    pub layer: Layer,
    /// Within a layer the higher decides; then the longer literal, then the id in alphabetical order.
    pub priority: i16,
    /// One of these must be in the text.
    pub patterns: Texts,
    /// Of each list one must be in the text too.
    pub all: Vec<Vec<String>>,
    /// None of these may be in the text.
    pub not: Texts,
    /// Where literals may stand.
    pub matching: Match,
    /// What money coming in is for; `None`: the rule does not speak of inflows.
    pub inflow: Option<Purpose>,
    /// What money going out is for; `None`: the rule does not speak of outflows.
    pub outflow: Option<Purpose>,
    /// How the money moves; alone, without a purpose, where the text only tells that.
    pub instrument: Option<Instrument>,
    /// Who stands on the other side.
    pub role: Option<Role>,
    /// Percent.
    pub confidence: u8,
    /// Whose key the label carries.
    pub counterparty: Counterparty,
    /// The kinds of account it speaks of; empty means all.
    pub accounts: Vec<AccountCategory>,
    /// Bounds of the amount's magnitude in minor units, both inclusive.
    pub amount: Option<(i64, i64)>,
    /// Texts that it must decide.
    pub examples: Vec<String>,
    /// Texts that it is confused with and must not decide.
    pub counter_examples: Vec<String>,
    /// Where it comes from or why it is as it is.
    pub note: String,
}

impl RuleInfo {
    /// Whether the rule tells what money is for, or only how it moved.
    #[must_use]
    pub fn has_purpose(&self) -> bool {
        self.inflow.is_some() || self.outflow.is_some()
    }

    /// The purpose for an amount of that sign.
    #[must_use]
    pub fn purpose(&self, amount: i64) -> Option<Purpose> {
        match amount.signum() {
            1 => self.inflow,
            -1 => self.outflow,
            _ => None,
        }
    }
}

/// Rules of some files, checked, in the order of reading.
#[derive(Clone, Debug, Default)]
pub(super) struct RuleBook {
    pub(super) rules: Vec<RuleInfo>,
    pub(super) context: Vec<ContextRule>,
    /// Ids that overlays switch off, with where they say so.
    disabled: Vec<(String, RuleError)>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFile {
    version: toml::Spanned<u32>,
    precedence: Option<RawPrecedence>,
    #[serde(default)]
    disable: Vec<toml::Spanned<String>>,
    #[serde(default, rename = "rule")]
    rules: Vec<toml::Spanned<RawRule>>,
    #[serde(default)]
    context: Vec<toml::Spanned<RawContext>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum RawPrecedence {
    Before,
    After,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRule {
    id: toml::Spanned<String>,
    // Without places in the file: there are tens of thousands.
    patterns: Texts,
    #[serde(default)]
    all: Vec<String>,
    #[serde(default)]
    not: Texts,
    #[serde(default, rename = "match")]
    matching: Match,
    #[serde(default)]
    priority: Option<i16>,
    inflow: Option<toml::Spanned<String>>,
    outflow: Option<toml::Spanned<String>>,
    instrument: Option<toml::Spanned<String>>,
    role: Option<toml::Spanned<String>>,
    confidence: Option<toml::Spanned<u8>>,
    counterparty: Option<String>,
    #[serde(default)]
    accounts: Vec<RawAccount>,
    amount_min: Option<i64>,
    amount_max: Option<i64>,
    examples: Vec<String>,
    #[serde(default)]
    counter_examples: Vec<String>,
    #[serde(default)]
    note: String,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum RawAccount {
    Cash,
    Credit,
    Investment,
    Other,
    Unknown,
}

impl From<RawAccount> for AccountCategory {
    fn from(raw: RawAccount) -> AccountCategory {
        match raw {
            RawAccount::Cash => AccountCategory::Cash,
            RawAccount::Credit => AccountCategory::Credit,
            RawAccount::Investment => AccountCategory::Investment,
            RawAccount::Other => AccountCategory::Other,
            RawAccount::Unknown => AccountCategory::Unknown,
        }
    }
}

const PRIORITY_DEFAULT: i16 = 50;
const CONFIDENCE_DEFAULT: u8 = 95;

impl RuleBook {
    /// Reads one file of the shipped rules, or a lender's when `layer` is `None`.
    pub(super) fn read(
        &mut self,
        taxonomy: &Taxonomy,
        file: &str,
        toml: &str,
        layer: Option<Layer>,
    ) -> Result<(), RuleError> {
        let source = Source { file, text: toml };
        let raw: RawFile = source.read()?;
        if *raw.version.get_ref() != 1 {
            return Err(source.error(raw.version.span(), "unknown version of the rules", "write version = 1"));
        }
        let layer = match (layer, raw.precedence) {
            (Some(layer), _) => layer,
            (None, Some(RawPrecedence::Before)) => Layer::Before,
            (None, Some(RawPrecedence::After)) => Layer::After,
            (None, None) => {
                let remedy = "write precedence = \"before\" to overrule the shipped rules, \"after\" to add to them";
                return Err(source.error(0..0, "the file does not say where it stands", remedy));
            }
        };
        for id in raw.disable {
            let problem = format!("no shipped rule is called {}", id.get_ref());
            let error = source.error(id.span(), &problem, "see the ids in the catalogue of rules");
            self.disabled.push((id.into_inner(), error));
        }
        let newlines: Vec<usize> = toml.match_indices('\n').map(|(at, _)| at).collect();
        let reading = Reading { source, taxonomy, layer, newlines: &newlines };
        for raw in raw.rules {
            let rule = reading.rule(raw)?;
            self.rules.push(rule);
        }
        for raw in raw.context {
            let rule = reading.context(raw)?;
            self.context.push(rule);
        }
        Ok(())
    }

    /// Drops what overlays switch off and refuses a name that two rules bear.
    pub(super) fn finish(mut self) -> Result<(Vec<RuleInfo>, Vec<ContextRule>), RuleError> {
        let mut gone = BTreeSet::new();
        for (id, error) in self.disabled {
            // Two overlays may switch off the same.
            if gone.contains(&id) {
                continue;
            }
            let rule = self.rules.iter().position(|rule| rule.id == id && rule.layer == Layer::Shipped);
            let context = self.context.iter().position(|rule| rule.id == id && rule.layer == Layer::Shipped);
            match (rule, context) {
                (Some(at), _) => drop(self.rules.remove(at)),
                (None, Some(at)) => drop(self.context.remove(at)),
                (None, None) => return Err(error),
            }
            gone.insert(id);
        }
        let context = self.context.iter().map(|rule| (&rule.id, &rule.file, rule.line));
        let mut order: Vec<(&String, &String, usize)> =
            self.rules.iter().map(|rule| (&rule.id, &rule.file, rule.line)).chain(context).collect();
        order.sort_by_key(|rule| rule.0);
        if let Some(pair) = order.windows(2).find(|pair| pair[0].0 == pair[1].0) {
            let [(_, first, at), (id, second, line)] = [pair[0], pair[1]];
            return Err(RuleError {
                file: second.clone(),
                line,
                column: 1,
                problem: format!("the rule id {id} stands in {first}:{at} too"),
                remedy: "rename one, or switch a shipped rule off with disable = [\"id\"]".to_owned(),
            });
        }
        // A lender's rules before ours come first, those after ours last; within a layer the order of the files decides.
        self.context.sort_by_key(|rule| rule.layer);
        Ok((self.rules, self.context))
    }
}

/// What reading a rule needs to know.
pub(super) struct Reading<'a> {
    pub(super) source: Source<'a>,
    pub(super) taxonomy: &'a Taxonomy,
    pub(super) layer: Layer,
    /// Where the lines of the file end.
    pub(super) newlines: &'a [usize],
}

impl Reading<'_> {
    /// The line of a byte, from 1.
    pub(super) fn line(&self, offset: usize) -> usize {
        self.newlines.partition_point(|newline| *newline < offset) + 1
    }

    fn rule(&self, raw: toml::Spanned<RawRule>) -> Result<RuleInfo, RuleError> {
        let whole = raw.span();
        let raw = raw.into_inner();
        let id = raw.id.get_ref().clone();
        let at = raw.id.span();
        self.check_id(&id, at.clone())?;
        let purpose = |name: &Option<toml::Spanned<String>>, inflow: bool| self.purpose(name.as_ref(), inflow);
        let (inflow, outflow) = (purpose(&raw.inflow, true)?, purpose(&raw.outflow, false)?);
        let instrument = self.named("instrument", raw.instrument.as_ref(), |name| self.taxonomy.instrument(name))?;
        let role = self.named("role", raw.role.as_ref(), |name| self.taxonomy.role(name))?;
        if inflow.is_none() && outflow.is_none() && instrument.is_none() {
            let problem = format!("rule {id} says neither inflow nor outflow nor instrument");
            return Err(self.source.error(at, &problem, "name the purpose of money in or out"));
        }
        if raw.patterns.is_empty() || raw.examples.is_empty() {
            let problem = format!("rule {id} has no patterns or no examples");
            return Err(self.source.error(at, &problem, "give at least one of each"));
        }
        let amount = match (raw.amount_min, raw.amount_max) {
            (None, None) => None,
            (min, max) => Some((min.unwrap_or(0), max.unwrap_or(i64::MAX))),
        };
        if amount.is_some_and(|(min, max)| min < 0 || max < min) {
            let problem = format!("rule {id} has bounds that no amount meets");
            return Err(self.source.error(at, &problem, "bounds are magnitudes in minor units, 0 <= min <= max"));
        }
        let confidence = match raw.confidence {
            None => CONFIDENCE_DEFAULT,
            Some(percent) if (1..=100).contains(percent.get_ref()) => percent.into_inner(),
            Some(percent) => {
                return Err(self.source.error(percent.span(), "the confidence is no percentage", "write 1 to 100"));
            }
        };
        let counterparty = match raw.counterparty.as_deref() {
            None => Counterparty::Text,
            Some("*") => Counterparty::Literal,
            Some("#") => Counterparty::Digits,
            Some(name) => Counterparty::Name(name.to_owned()),
        };
        let all: Result<Vec<Vec<String>>, RuleError> =
            raw.all.iter().map(|entry| self.alternatives(entry, &at)).collect();
        Ok(RuleInfo {
            id,
            file: self.source.file.to_owned(),
            line: self.line(whole.start),
            layer: self.layer,
            priority: raw.priority.unwrap_or(PRIORITY_DEFAULT),
            patterns: self.literals(raw.patterns, &at)?,
            all: all?,
            not: self.literals(raw.not, &at)?,
            matching: raw.matching,
            inflow,
            outflow,
            instrument,
            role,
            confidence,
            counterparty,
            accounts: raw.accounts.into_iter().map(AccountCategory::from).collect(),
            amount,
            examples: raw.examples,
            counter_examples: raw.counter_examples,
            note: raw.note,
        })
    }

    pub(super) fn check_id(&self, id: &str, at: Range<usize>) -> Result<(), RuleError> {
        let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_' || byte == b'-';
        if !id.is_empty() && id.bytes().all(fits) {
            return Ok(());
        }
        Err(self.source.error(at, &format!("the rule id {id:?} is not well formed"), "use a-z, 0-9, _ and -"))
    }

    pub(super) fn purpose(
        &self,
        name: Option<&toml::Spanned<String>>,
        inflow: bool,
    ) -> Result<Option<Purpose>, RuleError> {
        let purpose = self.named("purpose", name, |name| self.taxonomy.purpose(name))?;
        if let (Some(purpose), Some(name)) = (purpose, name) {
            let info = self.taxonomy.info(purpose);
            let fits = if inflow { info.direction.takes_inflow() } else { info.direction.takes_outflow() };
            if !fits {
                let way = if inflow { "in" } else { "out" };
                let problem = format!("money never goes {way} under the purpose {}", info.name);
                return Err(self.source.error(name.span(), &problem, "use the other key or another purpose"));
            }
        }
        Ok(purpose)
    }

    pub(super) fn named<T>(
        &self,
        what: &str,
        name: Option<&toml::Spanned<String>>,
        find: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<T>, RuleError> {
        let Some(name) = name else { return Ok(None) };
        let found = find(name.get_ref());
        if found.is_none() {
            let problem = format!("the taxonomy has no {what} {:?}", name.get_ref());
            return Err(self.source.error(
                name.span(),
                &problem,
                "`cashline catalogue taxonomy` lists purposes, `catalogue grammar` instruments and roles",
            ));
        }
        Ok(found)
    }

    fn literals(&self, literals: Texts, at: &Range<usize>) -> Result<Texts, RuleError> {
        literals.iter().try_for_each(|literal| self.check_literal(literal, at))?;
        Ok(literals)
    }

    fn alternatives(&self, entry: &str, at: &Range<usize>) -> Result<Vec<String>, RuleError> {
        let literals = entry.split('|');
        literals.map(|literal| self.check_literal(literal, at).map(|()| literal.to_owned())).collect()
    }

    fn check_literal(&self, text: &str, at: &Range<usize>) -> Result<(), RuleError> {
        if DESCRIPTION_BYTES_MAX < text.len() {
            let problem = format!("a literal of {} bytes stands in no description", text.len());
            let remedy = format!("write at most {DESCRIPTION_BYTES_MAX} bytes");
            return Err(self.source.error(at.start..at.start, &problem, &remedy));
        }
        // A letter of ASCII is a word whatever stands around it.
        if text.bytes().any(|byte| byte.is_ascii_alphabetic()) {
            return Ok(());
        }
        let mut normal = vec![];
        super::text::normalise(text, super::text::Digits::Folded, true, &mut normal);
        if normal.iter().any(|&byte| super::text::is_word(byte)) {
            return Ok(());
        }
        // Only now its place is wanted: the first text like it after the rule's id.
        let behind = self.source.text.get(at.start..).and_then(|rest| rest.find(&format!("\"{text}")));
        let start = at.start + behind.unwrap_or(0);
        let problem = format!("the literal {text:?} holds no letter");
        Err(self.source.error(start..start, &problem, "write at least one word"))
    }
}

/// A text and the name it goes by in errors.
#[derive(Clone, Copy)]
pub(super) struct Source<'a> {
    pub(super) file: &'a str,
    pub(super) text: &'a str,
}

impl Source<'_> {
    pub(super) fn read<T: DeserializeOwned>(&self) -> Result<T, RuleError> {
        toml::from_str(self.text).map_err(|error| {
            let problem = error.message().trim().replace('\n', ", ");
            self.error(error.span().unwrap_or(0..0), &problem, "correct the file there")
        })
    }

    pub(super) fn error(&self, at: Range<usize>, problem: &str, remedy: &str) -> RuleError {
        let (line, column) = self.position(at.start);
        let [problem, remedy] = [problem, remedy].map(str::to_owned);
        RuleError { file: self.file.to_owned(), line, column, problem, remedy }
    }

    pub(super) fn position(&self, offset: usize) -> (usize, usize) {
        let before = self.text.get(..offset).unwrap_or(self.text);
        let line = before.bytes().filter(|&byte| byte == b'\n').count() + 1;
        let column = before.rsplit('\n').next().map_or(0, |last| last.chars().count()) + 1;
        (line, column)
    }
}

/// What became of one rule whose literal is in the text.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It decided the purpose.
    Decided,
    /// It told how the money moved.
    ToldInstrument,
    /// A rule before it in precedence decided.
    Outranked,
    /// It does not speak of this direction.
    WrongDirection,
    /// It does not speak of this kind of account.
    WrongAccount,
    /// The amount lies outside its bounds.
    WrongAmount,
    /// A literal that must be there too is not.
    LacksLiteral,
    /// A literal that must not be there is.
    HasExcluded,
}

/// A rule whose literal is in a text, and what became of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Considered {
    /// The rule.
    pub rule: RuleId,
    /// The longest of its literals that the text holds.
    pub literal: String,
    /// What became of it.
    pub verdict: Verdict,
}
