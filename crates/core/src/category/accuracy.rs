//! How well a set of rules labels texts whose purpose is known: precision, recall, F1 and confusions.

use std::collections::BTreeMap;

use super::{
    categoriser::{Categoriser, Memo},
    label::Purpose,
    taxonomy::Taxonomy,
    vocabulary::Vocabulary,
};
use crate::row::AccountCategory;

/// A text whose label is known.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Labelled {
    /// As the bank prints it.
    pub description: String,
    /// Minor units, inflow positive.
    pub amount: i64,
    /// The kind of account it stands on.
    pub account: AccountCategory,
    /// A purpose, or a code of one of the vocabularies.
    pub label: String,
}

/// Counts of one label.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Counts {
    /// Labelled so and found so.
    pub hits: u64,
    /// Labelled so and found otherwise.
    pub missed: u64,
    /// Found so and labelled otherwise.
    pub false_alarms: u64,
}

impl Counts {
    /// Texts labelled so.
    #[must_use]
    pub fn positives(&self) -> u64 {
        self.hits + self.missed
    }

    /// The share of what was found so that is labelled so; `None` when nothing was found so.
    #[must_use]
    pub fn precision(&self) -> Option<f64> {
        share(self.hits, self.hits + self.false_alarms)
    }

    /// The share of what is labelled so that was found so; `None` when nothing is labelled so.
    #[must_use]
    pub fn recall(&self) -> Option<f64> {
        share(self.hits, self.positives())
    }

    /// The harmonic mean of precision and recall, 2 TP / (2 TP + FP + FN).
    #[must_use]
    pub fn f1(&self) -> Option<f64> {
        share(2 * self.hits, 2 * self.hits + self.false_alarms + self.missed)
    }

    /// Lower ends of the 95 % Wilson intervals of precision and recall.
    #[must_use]
    pub fn lower_bounds(&self) -> [Option<f64>; 2] {
        [wilson_lower(self.hits, self.hits + self.false_alarms), wilson_lower(self.hits, self.positives())]
    }
}

/// A text that got another label than it should.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Confusion {
    /// Index of the text.
    pub at: usize,
    /// What it should be, a purpose or a code.
    pub expected: String,
    /// What it is instead, in the same words where they have one.
    pub found: String,
    /// The rule that decided; empty when none did.
    pub rule: String,
}

/// The measure of a set of rules on labelled texts.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Accuracy {
    /// Texts.
    pub texts: u64,
    /// By label as the texts name it.
    pub labels: BTreeMap<String, Counts>,
    /// By class of the vocabulary `credit`, of those texts whose label belongs to one or that were found to.
    pub classes: BTreeMap<String, Counts>,
    /// The texts that went wrong.
    pub confusions: Vec<Confusion>,
}

impl Accuracy {
    /// The mean of F1 over the labels that have positives.
    #[must_use]
    pub fn macro_f1(&self) -> Option<f64> {
        let scores: Vec<f64> =
            self.labels.values().filter(|counts| 0 < counts.positives()).filter_map(Counts::f1).collect();
        let count = u32::try_from(scores.len()).ok().filter(|count| 0 < *count)?;
        Some(scores.iter().sum::<f64>() / f64::from(count))
    }

    /// The share of texts that got their label.
    #[must_use]
    pub fn hit_rate(&self) -> Option<f64> {
        share(self.labels.values().map(|counts| counts.hits).sum(), self.texts)
    }
}

/// A label that neither the taxonomy nor a vocabulary knows.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("text {at}: no purpose and no code of a vocabulary is called {label:?}; see `catalogue taxonomy`")]
pub struct UnknownLabel {
    /// Index of the text.
    pub at: usize,
    /// The label.
    pub label: String,
}

/// Labels every text and counts. A label may be a purpose or a code of a vocabulary, of the first that has it.
///
/// # Errors
///
/// [`UnknownLabel`] when a label is neither.
pub fn measure(
    categoriser: &Categoriser,
    vocabularies: &[Vocabulary],
    texts: &[Labelled],
) -> Result<Accuracy, UnknownLabel> {
    let taxonomy = categoriser.taxonomy();
    let classes = Vocabulary::builtin("credit", taxonomy);
    let mut memo = Memo::default();
    let mut accuracy = Accuracy::default();
    for (at, text) in texts.iter().enumerate() {
        let label = categoriser.label(&mut memo, &text.description, text.amount, text.account);
        let Some(meant) = Meant::of(&text.label, taxonomy, vocabularies) else {
            return Err(UnknownLabel { at, label: text.label.clone() });
        };
        let found = meant.words(label.purpose, text.amount, taxonomy);
        accuracy.texts += 1;
        count(&mut accuracy.labels, Some(&text.label), Some(&found));
        let class = |purpose| Some(&classes.as_ref()?.code(purpose, text.amount)?.code);
        count(&mut accuracy.classes, class(meant.purpose()), class(label.purpose));
        if found != text.label {
            let rule = categoriser.rule(label.rule).map(|rule| rule.id.clone()).unwrap_or_default();
            accuracy.confusions.push(Confusion { at, expected: text.label.clone(), found, rule });
        }
    }
    Ok(accuracy)
}

fn count(counts: &mut BTreeMap<String, Counts>, expected: Option<&String>, found: Option<&String>) {
    if expected == found {
        if let Some(expected) = expected {
            counts.entry(expected.clone()).or_default().hits += 1;
        }
        return;
    }
    if let Some(expected) = expected {
        counts.entry(expected.clone()).or_default().missed += 1;
    }
    if let Some(found) = found {
        counts.entry(found.clone()).or_default().false_alarms += 1;
    }
}

/// What a label means, in whose words.
enum Meant<'a> {
    Purpose(Purpose),
    Code(&'a Vocabulary, Purpose),
}

impl<'a> Meant<'a> {
    fn of(label: &str, taxonomy: &Taxonomy, vocabularies: &'a [Vocabulary]) -> Option<Meant<'a>> {
        if let Some(purpose) = taxonomy.purpose(label) {
            return Some(Meant::Purpose(purpose));
        }
        vocabularies.iter().find_map(|one| Some(Meant::Code(one, one.find(label)?.purpose)))
    }

    fn purpose(&self) -> Purpose {
        match self {
            Meant::Purpose(purpose) | Meant::Code(_, purpose) => *purpose,
        }
    }

    /// What was found, in the label's own words.
    fn words(&self, found: Purpose, amount: i64, taxonomy: &Taxonomy) -> String {
        let name = || taxonomy.info(found).name.clone();
        match self {
            Meant::Purpose(_) => name(),
            Meant::Code(vocabulary, _) => vocabulary.code(found, amount).map_or_else(name, |code| code.code.clone()),
        }
    }
}

/// Lower end of the 95 % Wilson score interval of `hits` in `total`; `None` when the total is 0.
///
/// Wilson (1927), with z = 1.959963984540054.
#[must_use]
pub fn wilson_lower(hits: u64, total: u64) -> Option<f64> {
    const Z: f64 = 1.959_963_984_540_054;
    let p = share(hits, total)?;
    let n = f64::from(u32::try_from(total).ok()?);
    let (z2, centre) = (Z * Z, p + Z * Z / (2.0 * n));
    let spread = Z * libm::sqrt(p * (1.0 - p) / n + z2 / (4.0 * n * n));
    Some((centre - spread) / (1.0 + z2 / n))
}

fn share(part: u64, whole: u64) -> Option<f64> {
    let [part, whole] = [part, whole].map(|count| u32::try_from(count).ok());
    let whole = whole.filter(|whole| 0 < *whole)?;
    Some(f64::from(part?) / f64::from(whole))
}
