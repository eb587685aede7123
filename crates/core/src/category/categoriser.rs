//! Text, direction and account kind in, [`Label`] out: compiled rules and a bounded memo a thread.

use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use super::{
    label::{Instrument, Label, Purpose, Role, RuleId},
    matcher::{Matcher, Query},
    memo::Side,
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
        let rules = book.finish()?;
        let matcher = Matcher::new(&rules).map_err(|_| RuleError {
            file: overlays.last().map_or("rules", |file| file.0).to_owned(),
            line: 1,
            column: 1,
            problem: "the rules hold more literals than one automaton can".to_owned(),
            remedy: "use fewer or shorter patterns".to_owned(),
        })?;
        let digest = hash.finalize().into();
        Ok(Categoriser { inner: Arc::new(Inner { taxonomy, rules, matcher, digest }) })
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

    /// What is known of a rule; `None` for [`RuleId::NONE`].
    #[must_use]
    pub fn rule(&self, id: RuleId) -> Option<&RuleInfo> {
        self.inner.rules.get(usize::try_from(id.0).ok()?)
    }

    /// Labels one transaction. `amount` is in minor units, inflow positive; an amount of zero has no direction and no rule.
    #[must_use]
    pub fn label(&self, memo: &mut Memo, description: &str, amount: i64, account: AccountCategory) -> Label {
        memo.bind(&self.inner.digest);
        text::normalise(description, text::Digits::Folded, false, &mut memo.scratch.folded);
        let side = Side::new(amount, account);
        if let Some(label) = memo.get(side) {
            return label;
        }
        let query = Query { description, amount, account };
        let open = self.inner.matcher.collect(&self.inner.rules, query, &mut memo.scratch);
        let (label, keep) = self.decide(query, memo);
        if keep && !open {
            memo.put(side, label);
        }
        label
    }

    /// Labels one transaction and says which rules were considered and why each lost.
    #[must_use]
    pub fn explain(&self, description: &str, amount: i64, account: AccountCategory) -> Explanation {
        let mut memo = Memo::default();
        let label = self.label(&mut memo, description, amount, account);
        let mut considered: Vec<Considered> = vec![];
        for candidate in &memo.scratch.candidates {
            let rule = RuleId(candidate.rule);
            // A rule stands here once for each of its literals in the text; the first is the one that counted.
            if considered.iter().all(|before| before.rule != rule) {
                let literal = text::as_text(self.inner.matcher.literal(candidate.literal));
                considered.push(Considered { rule, literal, verdict: candidate.verdict });
            }
        }
        Explanation { label, considered, normalised: text::as_text(&memo.scratch.folded) }
    }

    /// Takes each axis from the first candidate that speaks of it. The second answer is whether the label may be remembered.
    fn decide(&self, query: Query<'_>, memo: &mut Memo) -> (Label, bool) {
        let scratch = &mut memo.scratch;
        let mut label = Label {
            purpose: Purpose(0),
            instrument: Instrument(0),
            role: Role(0),
            rule: RuleId::NONE,
            confidence: 0,
            counterparty: 0,
        };
        let mut counterparty = None;
        for candidate in scratch.candidates.iter_mut().filter(|candidate| candidate.verdict == Verdict::Outranked) {
            let rule = &self.inner.rules[candidate.rule as usize];
            if let (true, Some(purpose)) = (label.rule == RuleId::NONE, rule.purpose(query.amount)) {
                candidate.verdict = Verdict::Decided;
                label.purpose = purpose;
                label.role = rule.role.unwrap_or(Role(0));
                label.rule = RuleId(candidate.rule);
                label.confidence = rule.confidence;
                label.instrument = rule.instrument.unwrap_or(label.instrument);
                counterparty = Some((&rule.counterparty, candidate.literal));
            } else if let (Instrument(0), Some(instrument), false) =
                (label.instrument, rule.instrument, rule.has_purpose())
            {
                candidate.verdict = Verdict::ToldInstrument;
                label.instrument = instrument;
            }
        }
        let mut keep = true;
        label.counterparty = match counterparty {
            None | Some((Counterparty::Text, _)) => text::counterparty(&scratch.folded),
            Some((Counterparty::Literal, literal)) => text::name_key(self.inner.matcher.literal(literal)),
            Some((Counterparty::Name(name), _)) => text::name_key(name.as_bytes()),
            Some((Counterparty::Digits, _)) => {
                keep = false;
                let mut kept = vec![];
                text::normalise(query.description, text::Digits::Kept, false, &mut kept);
                text::name_key(&kept)
            }
        };
        (label, keep)
    }
}
