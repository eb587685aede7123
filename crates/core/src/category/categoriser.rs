//! Text, direction and account kind in, [`Label`] out: compiled rules and a bounded memo a thread.

use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use super::{
    ach::{Ach, Sec},
    context::ContextRule,
    fold,
    label::{Instrument, Label, Purpose, Role, RuleId},
    matcher::{Candidate, Facts, Matcher, Query, Reads, Scratch, Which, Who},
    memo::TOGETHER,
    merchant::{self, Merchant},
    outcomes::Saying,
    rule::{BUILTIN, Considered, Counterparty, Layer, RuleBook, RuleError, RuleInfo, Verdict},
    taxonomy::Taxonomy,
    text,
};
use crate::row::AccountCategory;

pub use super::memo::Memo;

/// Compiled rules over a taxonomy. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Categoriser {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    taxonomy: Taxonomy,
    rules: Vec<RuleInfo>,
    context: Vec<ContextRule>,
    matcher: Matcher,
    digest: [u8; 32],
}

/// A label and how it came about.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Explanation {
    /// The label, the same that [`Categoriser::label`] gives.
    pub label: Label,
    /// The text as rules see it.
    pub normalised: String,
    /// Every rule with a literal in the text, in precedence.
    pub considered: Vec<Considered>,
    /// Who stands on the other side; the label's counterparty is the hash of its key.
    pub merchant: Merchant,
    /// The standard entry class, where the text is an ACH entry's and says it.
    pub sec: Option<Sec>,
    /// What the originator of an ACH entry says it is for.
    pub entry: Option<String>,
}

impl Categoriser {
    /// The rules shipped with the engine.
    #[must_use]
    pub fn builtin() -> Categoriser {
        Categoriser::new(Taxonomy::builtin(), &[]).expect("a test compiles the shipped rules")
    }

    /// The shipped rules and a lender's files, each a name for errors and its text; a file says whether it stands before or
    /// after the shipped rules. Among files of one layer priority decides.
    ///
    /// # Errors
    ///
    /// [`RuleError`] with file, line and column when a file is malformed, names what the taxonomy lacks, or repeats an id.
    pub fn new(taxonomy: Taxonomy, overlays: &[(&str, &str)]) -> Result<Categoriser, RuleError> {
        Categoriser::compile(taxonomy, BUILTIN, overlays)
    }

    /// A lender's files alone, without the shipped rules.
    ///
    /// # Errors
    ///
    /// As [`Categoriser::new`].
    pub fn only(taxonomy: Taxonomy, files: &[(&str, &str)]) -> Result<Categoriser, RuleError> {
        Categoriser::compile(taxonomy, &[], files)
    }

    /// Rules with the shipped ones replaced: those of another release, as a bundle keeps them.
    ///
    /// # Errors
    ///
    /// As [`Categoriser::new`].
    pub fn with_shipped(
        taxonomy: Taxonomy,
        shipped: &[(&str, &str)],
        overlays: &[(&str, &str)],
    ) -> Result<Categoriser, RuleError> {
        Categoriser::compile(taxonomy, shipped, overlays)
    }

    fn compile(
        taxonomy: Taxonomy,
        shipped: &[(&str, &str)],
        overlays: &[(&str, &str)],
    ) -> Result<Categoriser, RuleError> {
        let mut book = RuleBook::default();
        let mut hash = Sha256::new();
        hash.update(taxonomy.digest());
        let shipped = shipped.iter().map(|file| (file, Some(Layer::Shipped)));
        for (&(name, text), layer) in shipped.chain(overlays.iter().map(|file| (file, None))) {
            book.read(&taxonomy, name, text, layer)?;
            hash.update([u8::from(layer.is_none())]);
            hash.update(Sha256::digest(text.as_bytes()));
        }
        let (rules, context) = book.finish()?;
        let matcher = Matcher::new(&rules).map_err(|_| RuleError {
            file: overlays.last().map_or("rules", |file| file.0).to_owned(),
            line: 1,
            column: 1,
            problem: "the rules hold more literals than can be numbered".to_owned(),
            remedy: "use fewer patterns".to_owned(),
        })?;
        let digest = hash.finalize().into();
        Ok(Categoriser { inner: Arc::new(Inner { taxonomy, rules, context, matcher, digest }) })
    }

    /// The names that labels index.
    #[must_use]
    pub fn taxonomy(&self) -> &Taxonomy {
        &self.inner.taxonomy
    }

    /// SHA-256 over the taxonomy and the rule files in use, for the manifest.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        self.inner.digest
    }

    /// All rules, in the order of reading; [`RuleId`] counts them.
    pub fn rules(&self) -> impl Iterator<Item = (RuleId, &RuleInfo)> {
        (0_u32..).map(RuleId).zip(&self.inner.rules)
    }

    /// The rules for rows together, in the order in which they speak; [`RuleId::context`] counts them.
    #[must_use]
    pub fn context(&self) -> &[ContextRule] {
        &self.inner.context
    }

    /// The name of whatever decided a label; `None` for [`RuleId::NONE`].
    #[must_use]
    pub fn decided_by(&self, id: RuleId) -> Option<&str> {
        if id == RuleId::CORRECTION {
            return Some("correction");
        }
        let text = || self.rule(id).map(|rule| rule.id.as_str());
        id.as_context().map_or_else(text, |at| self.inner.context.get(at).map(|rule| rule.id.as_str()))
    }

    /// What is known of a rule for texts; `None` for every other id.
    #[must_use]
    pub fn rule(&self, id: RuleId) -> Option<&RuleInfo> {
        self.inner.rules.get(usize::try_from(id.0).ok()?)
    }

    /// Labels one transaction. `amount` is in minor units, inflow positive; an amount of zero has no direction and no rule.
    #[must_use]
    pub fn label(&self, memo: &mut Memo, description: &str, amount: i64, account: AccountCategory) -> Label {
        memo.bind(&self.inner.digest);
        let query = Query { description, amount, account };
        let amounts = self.inner.matcher.amounts();
        let (known, key) = memo.get(query, amounts);
        if let Some(label) = known {
            return label;
        }
        let (label, reads) = self.work_out(&mut memo.scratch, query);
        if !reads.digits {
            memo.put(key, label, reads.amount.then(|| amounts.class(amount)));
        }
        label
    }

    /// Labels transactions of one kind of account, as [`Categoriser::label`] labels each; `read` tells the description and the
    /// amount of a row, `write` takes its label.
    ///
    /// Rows are looked up some at a time, so that no look waits for the one before.
    pub fn label_all<'a, Row>(
        &self,
        memo: &mut Memo,
        account: AccountCategory,
        rows: &mut [Row],
        read: impl Fn(&Row) -> (&'a str, i64),
        mut write: impl FnMut(&mut Row, Label),
    ) {
        memo.bind(&self.inner.digest);
        for rows in rows.chunks_mut(TOGETHER) {
            let queries = rows.iter().map(&read).map(|(description, amount)| Query { description, amount, account });
            let known = memo.get_all(queries, self.inner.matcher.amounts());
            for (row, known) in rows.iter_mut().zip(known) {
                let (description, amount) = read(row);
                // A text that was not known may be that of a row just before.
                let label = known.unwrap_or_else(|| self.label(memo, description, amount, account));
                write(row, label);
            }
        }
    }

    /// The same answer, worked out although it may be remembered; for benches.
    #[must_use]
    pub fn label_without_memo(
        &self,
        memo: &mut Memo,
        description: &str,
        amount: i64,
        account: AccountCategory,
    ) -> Label {
        self.work_out(&mut memo.scratch, Query { description, amount, account }).0
    }

    /// The label, and what else than the folded text and the sign of the amount it depends on.
    fn work_out(&self, scratch: &mut Scratch, query: Query<'_>) -> (Label, Reads) {
        let (decision, mut reads) = self.decide(query, scratch);
        let (label, reads_digits) = self.conclude(query, scratch, &decision);
        reads.digits |= reads_digits;
        (label, reads)
    }

    /// What the rules say of a text, and what they read for it.
    fn decide(&self, query: Query<'_>, scratch: &mut Scratch) -> (Decision, Reads) {
        fold::fold(query.description, &mut scratch.folded, &mut scratch.tokens);
        let digits = self.inner.matcher.collect(query, Which::Speaking, scratch);
        let mut reads = Reads { digits, amount: false };
        let matcher = &self.inner.matcher;
        let mut decision = Decision::default();
        let mut last = 0;
        while let Some((place, candidate)) = matcher.next(&scratch.said, last) {
            last = place;
            self.consider(candidate, query, &scratch.said, &mut decision, &mut reads);
            // Behind purposes stand rules that tell only how the money moved; the first of them does.
            if decision.is_complete() || (decision.instrument.is_some() && matcher.purposes_end() < place) {
                break;
            }
            if decision.purpose.is_some() {
                last = last.max(matcher.purposes_end());
            }
        }
        (decision, reads)
    }

    /// Labels one transaction and says which rules were considered and why each lost.
    #[must_use]
    pub fn explain(&self, description: &str, amount: i64, account: AccountCategory) -> Explanation {
        let query = Query { description, amount, account };
        let mut scratch = Scratch::default();
        fold::fold(description, &mut scratch.folded, &mut scratch.tokens);
        self.inner.matcher.collect(query, Which::All, &mut scratch);
        let (mut decision, mut reads) = (Decision::default(), Reads::default());
        let mut considered: Vec<Considered> = vec![];
        for candidate in self.inner.matcher.in_turn(&scratch.said) {
            let verdict = self.consider(candidate, query, &scratch.said, &mut decision, &mut reads);
            let rule = RuleId(candidate.rule);
            // A rule stands here once for each of its literals in the text; the first is the one that counted.
            if considered.iter().all(|before| before.rule != rule) {
                let literal = text::as_text(self.inner.matcher.literal(candidate.literal));
                considered.push(Considered { rule, literal, verdict });
            }
        }
        let label = self.conclude(query, &mut scratch, &decision).0;
        let ach = Ach::parse(description);
        Explanation {
            label,
            considered,
            normalised: text::as_text(scratch.folded.text()),
            merchant: self.merchant(query, &mut scratch, &decision),
            sec: ach.and_then(|ach| ach.sec),
            entry: ach.and_then(|ach| ach.entry).map(str::to_owned),
        }
    }

    /// Who stands on the other side of one transaction: the label's counterparty is the hash of its key.
    #[must_use]
    pub fn counterparty(&self, description: &str, amount: i64, account: AccountCategory) -> Merchant {
        let query = Query { description, amount, account };
        let mut scratch = Scratch::default();
        let (decision, _) = self.decide(query, &mut scratch);
        self.merchant(query, &mut scratch, &decision)
    }

    /// Takes each axis from the first candidate that speaks of it.
    fn consider(
        &self,
        candidate: Candidate,
        query: Query<'_>,
        said: &Saying,
        decision: &mut Decision,
        reads: &mut Reads,
    ) -> Verdict {
        let rule = self.inner.matcher.facts(candidate.rule);
        if let Some(failure) = self.inner.matcher.fails(rule, query, said, reads) {
            return failure;
        }
        match (decision.wants(rule), rule.has_purpose()) {
            (false, _) => Verdict::Outranked,
            (true, true) => {
                decision.purpose = Some(candidate);
                decision.instrument = rule.instrument.or(decision.instrument);
                Verdict::Decided
            }
            (true, false) => {
                decision.instrument = rule.instrument;
                Verdict::ToldInstrument
            }
        }
    }

    /// The label, and whether its counterparty reads digits.
    fn conclude(&self, query: Query<'_>, scratch: &mut Scratch, decision: &Decision) -> (Label, bool) {
        let mut label = Label {
            purpose: Purpose(0),
            instrument: decision.instrument.unwrap_or(Instrument(0)),
            role: Role(0),
            rule: RuleId::NONE,
            confidence: 0,
            counterparty: 0,
        };
        let decided = decision.purpose.map(|candidate| (candidate, self.inner.matcher.facts(candidate.rule)));
        if let Some((candidate, rule)) = decided {
            label.purpose = rule.purpose(query.amount).unwrap_or(Purpose(0));
            label.role = rule.role;
            label.rule = RuleId(candidate.rule);
            label.confidence = rule.confidence;
        }
        let mut reads_digits = false;
        label.counterparty = match decided.map(|(candidate, rule)| (candidate, rule.who)) {
            None | Some((_, Who::Text)) => scratch.counterparty(query.description),
            Some((candidate, Who::Literal)) => self.inner.matcher.named(candidate.literal),
            Some((_, Who::Named(hash))) => hash,
            Some((_, Who::Digits)) => {
                reads_digits = true;
                merchant::named(&scratch.digits(query.description)).1
            }
        };
        (label, reads_digits)
    }

    /// Whose key the label's counterparty is the hash of.
    fn merchant(&self, query: Query<'_>, scratch: &mut Scratch, decision: &Decision) -> Merchant {
        let decided = decision.purpose.map(|candidate| (candidate, &self.inner.rules[candidate.rule as usize]));
        match decided.map(|(candidate, rule)| (candidate, &rule.counterparty)) {
            None | Some((_, Counterparty::Text)) => scratch.merchant(query.description),
            Some((candidate, Counterparty::Literal)) => {
                merchant::of_literal(&text::as_text(self.inner.matcher.literal(candidate.literal)))
            }
            Some((_, Counterparty::Name(name))) => merchant::named(name).0,
            Some((_, Counterparty::Digits)) => merchant::named(&scratch.digits(query.description)).0,
        }
    }
}

/// What the candidates have said so far.
#[derive(Clone, Copy, Default)]
struct Decision {
    /// Who decided the purpose.
    purpose: Option<Candidate>,
    /// How the money moved.
    instrument: Option<Instrument>,
}

impl Decision {
    /// The rule speaks of an axis that no better one spoke of.
    fn wants(&self, rule: &Facts) -> bool {
        if rule.has_purpose() { self.purpose.is_none() } else { self.instrument.is_none() }
    }

    /// No further candidate can add anything.
    fn is_complete(&self) -> bool {
        self.purpose.is_some() && self.instrument.is_some()
    }
}
