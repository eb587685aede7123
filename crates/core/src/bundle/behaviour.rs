//! How a build behaves where no text says it: on the probe applicants, on every rule's own examples, in its calendar.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::{
    assessment::Assessment,
    calendar,
    category::{
        self,
        categoriser::{Categoriser, Memo},
        rule::RuleInfo,
    },
    engine::{Engine, EngineParts},
    hash::{hexadecimal, sha256},
    model::{file::MadeWith, fingerprint},
    row::AccountCategory,
    time::Day,
};

/// The running build.
pub(super) const ENGINE_VERSION: &str = env!("CARGO_PKG_VERSION");

/// What a build did when a bundle was frozen.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Behaviour {
    /// Its version.
    pub engine_version: String,
    /// Digest of all bank holidays from 1990 to 2099.
    pub calendar: String,
    /// Digest of the places that payers' names are freed from.
    pub places: String,
    /// For each file of rules the digest of the labels that its examples get, inflow and outflow.
    pub labels: BTreeMap<String, String>,
    /// The ids that model, policy and reasons get from their texts.
    pub ids: BTreeMap<String, String>,
    /// For each probe applicant the digest of its points, score, band, decision and reasons.
    pub answers: BTreeMap<String, String>,
    /// The definitions of the attributes that decide, and their values on the probe applicants.
    pub attributes: MadeWith,
}

/// The first thing in which two builds differ.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Difference {
    /// An attribute is defined otherwise, or absent from one of them.
    Definition {
        /// The column.
        attribute: String,
    },
    /// An attribute has another value on a probe applicant.
    Value {
        /// The column.
        attribute: String,
        /// When the bundle was frozen.
        frozen: String,
        /// Now.
        now: String,
    },
    /// The probe applicants are others, so that nothing can be compared.
    Probe,
    /// The examples of a file of rules get other labels.
    Labels {
        /// The file's name.
        file: String,
    },
    /// A text gets another id.
    Id {
        /// Model, policy or reasons.
        part: String,
    },
    /// A probe applicant gets another answer from the same values.
    Answer {
        /// The probe applicant's name.
        probe: String,
    },
    /// Another calendar of bank holidays.
    Calendar,
    /// Other names of places.
    Places,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Difference::Definition { attribute } => write!(f, "`{attribute}` has another definition"),
            Difference::Value { attribute, frozen, now } => {
                write!(f, "`{attribute}` was {frozen} on a probe applicant and is {now}")
            }
            Difference::Probe => f.write_str("the probe applicants are others"),
            Difference::Labels { file } => write!(f, "examples of `{file}` get other labels"),
            Difference::Id { part } => write!(f, "the text of the {part} gives another id"),
            Difference::Answer { probe } => write!(f, "the probe applicant `{probe}` gets another answer"),
            Difference::Calendar => f.write_str("the calendar of bank holidays is another"),
            Difference::Places => f.write_str("the names of places are others"),
        }
    }
}

impl Behaviour {
    /// What the running build does with these parts; their answers are for [`answers`].
    pub(super) fn of(parts: &EngineParts) -> Behaviour {
        let ids = [("model", parts.model.id()), ("policy", parts.policy.id()), ("reasons", parts.reasons.id())];
        Behaviour {
            ids: ids.map(|(part, id)| (part.to_owned(), id.to_owned())).into(),
            answers: BTreeMap::new(),
            engine_version: ENGINE_VERSION.to_owned(),
            calendar: holidays(),
            places: category::places_digest(),
            labels: labels(&parts.categoriser),
            attributes: parts.behaviour(),
        }
    }

    /// The first probe applicant whose answer differs.
    #[must_use]
    pub fn answered_otherwise(&self, now: &BTreeMap<String, String>) -> Option<Difference> {
        let probe = odd(&self.answers, now)?.clone();
        Some(Difference::Answer { probe })
    }

    /// The first thing but the answers in which `now` differs; versions alone do not count.
    #[must_use]
    pub fn difference(&self, now: &Behaviour) -> Option<Difference> {
        let (then, is) = (&self.attributes, &now.attributes);
        if let Some(attribute) = odd(&then.definitions, &is.definitions) {
            return Some(Difference::Definition { attribute: attribute.clone() });
        }
        if then.probe != is.probe {
            return Some(Difference::Probe);
        }
        if let Some((attribute, frozen, now)) = fingerprint::mismatch(then, is) {
            let [attribute, frozen, now] = [attribute, frozen, now].map(str::to_owned);
            return Some(Difference::Value { attribute, frozen, now });
        }
        if let Some(file) = odd(&self.labels, &now.labels) {
            return Some(Difference::Labels { file: file.clone() });
        }
        if let Some(part) = odd(&self.ids, &now.ids) {
            return Some(Difference::Id { part: part.clone() });
        }
        if self.calendar != now.calendar {
            return Some(Difference::Calendar);
        }
        (self.places != now.places).then_some(Difference::Places)
    }
}

/// The first key whose values differ, or that one side lacks.
fn odd<'a>(a: &'a BTreeMap<String, String>, b: &'a BTreeMap<String, String>) -> Option<&'a String> {
    a.keys().chain(b.keys()).find(|key| a.get(*key) != b.get(*key))
}

/// For each probe applicant the digest of what an engine answers.
pub(super) fn answers(engine: &Engine) -> BTreeMap<String, String> {
    engine.on_probes().into_iter().map(|(name, answer)| (name, sha256(answer_text(&answer).as_bytes()))).collect()
}

/// What decides and what is told, a line each: no counts, which a later build may have more of.
fn answer_text(answer: &Assessment) -> String {
    use fmt::Write as _;
    let mut text = format!("{:?} {:?} {:?} {:?}\n", answer.score, answer.score_low, answer.score_high, answer.band);
    // Writing into a String cannot fail.
    let _ = writeln!(text, "{:?} {:?} {}", answer.probability, answer.decision, answer.policy_trace.join(" "));
    for one in &answer.characteristics {
        let _ = writeln!(text, "{} {} {} {:?}", one.attribute, one.bin, one.points, one.baseline);
    }
    for one in &answer.reasons {
        let _ = writeln!(text, "{:?} {} {} {:?} {}", one.side, one.rank, one.code, one.points, one.attribute);
        let _ = writeln!(text, "{}\n{}\n{}", one.text, one.reviewer, one.c1);
    }
    text
}

fn holidays() -> String {
    let (first, end) = (Day::from_civil(1990, 1, 1), Day::from_civil(2100, 1, 1));
    let days = (first.0..end.0).map(Day).filter(|day| calendar::is_holiday(*day));
    sha256(days.map(|day| format!("{day}\n")).collect::<String>().as_bytes())
}

fn labels(categoriser: &Categoriser) -> BTreeMap<String, String> {
    let mut files: BTreeMap<String, Sha256> = BTreeMap::new();
    let mut memo = Memo::default();
    for (_, rule) in categoriser.rules() {
        let hash = files.entry(rule.file.clone()).or_default();
        hash.update(said(categoriser, rule, &mut memo).as_bytes());
    }
    files.into_iter().map(|(file, hash)| (file, hexadecimal(&hash.finalize().into()))).collect()
}

/// The labels of a rule's examples and of the texts that it is confused with, by name.
fn said(categoriser: &Categoriser, rule: &RuleInfo, memo: &mut Memo) -> String {
    use fmt::Write as _;
    // Between what fees and wages come to; rules with bounds see the lower one.
    let size = rule.amount.map_or(12_345, |(least, _)| least.max(1));
    let account = rule.accounts.first().copied().unwrap_or(AccountCategory::Cash);
    let taxonomy = categoriser.taxonomy();
    let mut text = format!("{}\n", rule.id);
    for example in rule.examples.iter().chain(&rule.counter_examples) {
        for amount in [size, -size] {
            let label = categoriser.label(memo, example, amount, account);
            // Writing into a String cannot fail.
            let _ = writeln!(
                text,
                "{} {} {} {} {} {}",
                taxonomy.info(label.purpose).name,
                taxonomy.instruments()[usize::from(label.instrument.0)],
                taxonomy.roles()[usize::from(label.role.0)],
                categoriser.decided_by(label.rule).unwrap_or("none"),
                label.confidence,
                label.counterparty,
            );
        }
    }
    text
}
