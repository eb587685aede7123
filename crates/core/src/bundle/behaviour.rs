//! How a build behaves where no text says it: on the probe applicants, on every rule's own examples, in its calendar.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::{
    calendar,
    category::{
        self,
        categoriser::{Categoriser, Memo},
        rule::RuleInfo,
    },
    engine::EngineParts,
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
            Difference::Calendar => f.write_str("the calendar of bank holidays is another"),
            Difference::Places => f.write_str("the names of places are others"),
        }
    }
}

impl Behaviour {
    /// What the running build does with these parts.
    pub(super) fn of(parts: &EngineParts) -> Behaviour {
        Behaviour {
            engine_version: ENGINE_VERSION.to_owned(),
            calendar: holidays(),
            places: category::places_digest(),
            labels: labels(&parts.categoriser),
            attributes: parts.behaviour(),
        }
    }

    /// The first thing in which `now` differs; versions alone do not count.
    #[must_use]
    pub fn difference(&self, now: &Behaviour) -> Option<Difference> {
        let (then, is) = (&self.attributes, &now.attributes);
        let odd = |attribute: &&String| then.definitions.get(*attribute) != is.definitions.get(*attribute);
        if let Some(attribute) = then.definitions.keys().chain(is.definitions.keys()).find(odd) {
            return Some(Difference::Definition { attribute: attribute.clone() });
        }
        if then.probe != is.probe {
            return Some(Difference::Probe);
        }
        if let Some((attribute, frozen, now)) = fingerprint::mismatch(then, is) {
            let [attribute, frozen, now] = [attribute, frozen, now].map(str::to_owned);
            return Some(Difference::Value { attribute, frozen, now });
        }
        let odd = |file: &&String| self.labels.get(*file) != now.labels.get(*file);
        if let Some(file) = self.labels.keys().chain(now.labels.keys()).find(odd) {
            return Some(Difference::Labels { file: file.clone() });
        }
        if self.calendar != now.calendar {
            return Some(Difference::Calendar);
        }
        (self.places != now.places).then_some(Difference::Places)
    }
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
