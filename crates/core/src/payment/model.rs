//! The payment model: two logistics on named inputs, the meaning of return codes, and the texts of its reasons. Data.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::inputs::{Class, INPUTS, Input, Inputs, WithAmount};
use crate::{
    config::{self, ConfigError},
    hash::sha256,
};

/// The text of the expert default.
pub const EXPERT: &str = include_str!("../../defaults/payments.toml");
/// The text of the reasons.
pub const REASONS: &str = include_str!("../../defaults/payment_reasons.toml");
/// The largest coefficient or intercept.
const COEFFICIENT_MAX: f64 = 50.0;

/// A payment model as its file writes it, unchecked.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PaymentFile {
    /// Version of this schema: 1.
    pub schema: u32,
    /// The model's name in snake case.
    pub name: String,
    /// The model's own version.
    pub version: String,
    /// What it rests on.
    pub basis: String,
    /// Which return and failure codes mean what.
    pub codes: Codes,
    /// Not enough money.
    pub insufficient: Logistic,
    /// The account or its holder.
    pub account: Logistic,
}

/// Return codes, Stripe's failure codes and the tokens of its test accounts, by class; compared without regard to case.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Codes {
    /// Of [`Class::Insufficient`].
    pub insufficient: Vec<String>,
    /// Of [`Class::Account`].
    pub account: Vec<String>,
    /// Words for a debit that did not return, beside the empty cell.
    pub paid: Vec<String>,
}

/// One logistic.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Logistic {
    /// Log odds of a return where every input is 0.
    pub intercept: f64,
    /// Why the intercept is what it is.
    pub rationale: String,
    /// The terms.
    pub inputs: Vec<Term>,
}

/// One term of a logistic.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Term {
    /// Which of [`INPUTS`].
    pub input: String,
    /// Log odds for one unit of it.
    pub coefficient: f64,
    /// The value that reasons compare with: that of an account without worry.
    pub neutral: f64,
    /// The value that stands for a missing one.
    pub missing: f64,
    /// The reason's code.
    pub reason: String,
    /// Why the coefficient is what it is.
    pub rationale: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ReasonsFile {
    schema: u32,
    version: String,
    reasons: Vec<ReasonEntry>,
}

/// One reason as the file writes it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReasonEntry {
    /// Stable code in snake case.
    pub code: String,
    /// Fixed text without numbers, for whoever decides about the debit.
    pub text: String,
}

/// What became of a debit.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Paid {
    /// It did not return.
    Cleared,
    /// It returned, for that class of causes.
    Returned(Class),
}

/// A checked payment model.
#[derive(Clone, PartialEq, Debug)]
pub struct PaymentModel {
    id: String,
    file: PaymentFile,
    terms: [Vec<(Input, Term)>; 2],
    texts: BTreeMap<String, String>,
}

/// Why a payment model is refused.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PaymentModelError {
    /// No valid TOML of the closed schema.
    #[error("payment model: {0}")]
    Config(#[from] ConfigError),
    /// A schema of another engine.
    #[error("payment model: schema {found} is not known, this version reads schema 1")]
    Schema {
        /// The number found.
        found: u32,
    },
    /// A field breaks a rule.
    #[error("payment model, `{place}`: {fault}")]
    Rule {
        /// Where.
        place: String,
        /// What is wrong and the way out.
        fault: String,
    },
}

fn rule(place: &str, fault: impl Into<String>) -> PaymentModelError {
    PaymentModelError::Rule { place: place.to_owned(), fault: fault.into() }
}

impl PaymentModel {
    /// The expert default.
    ///
    /// # Errors
    ///
    /// [`PaymentModelError`] when the shipped file breaks a rule, which a test rules out.
    pub fn builtin() -> Result<PaymentModel, PaymentModelError> {
        PaymentModel::from_toml(EXPERT)
    }

    /// Reads and checks a model.
    ///
    /// # Errors
    ///
    /// [`PaymentModelError`], naming the place.
    pub fn from_toml(text: &str) -> Result<PaymentModel, PaymentModelError> {
        PaymentModel::check(config::parse(text)?)
    }

    /// Checks a model.
    ///
    /// # Errors
    ///
    /// [`PaymentModelError`], naming the place.
    pub fn check(file: PaymentFile) -> Result<PaymentModel, PaymentModelError> {
        if file.schema != 1 {
            return Err(PaymentModelError::Schema { found: file.schema });
        }
        let texts = texts()?;
        let insufficient = terms(Class::Insufficient, "insufficient", &file.insufficient, &texts)?;
        let account = terms(Class::Account, "account", &file.account, &texts)?;
        let mut seen = BTreeSet::new();
        let codes = file.codes.insufficient.iter().chain(&file.codes.account).chain(&file.codes.paid);
        for code in codes {
            if code.trim() != code || code.is_empty() || !seen.insert(code.to_ascii_lowercase()) {
                return Err(rule(
                    "codes",
                    format!("`{code}` stands twice, or is empty or padded; write each code once"),
                ));
            }
        }
        let id = sha256(written(&file).as_bytes());
        Ok(PaymentModel { id, file, terms: [insufficient, account], texts })
    }

    /// The digest of all that the file says.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The file.
    #[must_use]
    pub fn file(&self) -> &PaymentFile {
        &self.file
    }

    /// The file's text.
    #[must_use]
    pub fn to_toml(&self) -> String {
        written(&self.file)
    }

    /// The terms of a class, in the file's order.
    #[must_use]
    pub fn terms(&self, class: Class) -> &[(Input, Term)] {
        &self.terms[class as usize]
    }

    /// The logistic of a class.
    #[must_use]
    pub fn logistic(&self, class: Class) -> &Logistic {
        match class {
            Class::Insufficient => &self.file.insufficient,
            Class::Account => &self.file.account,
        }
    }

    /// What the terms of a class read of a debit, missing values filled in: the columns of a fit.
    #[must_use]
    pub fn values(&self, class: Class, inputs: &Inputs) -> Vec<f64> {
        self.terms(class).iter().map(|(input, term)| inputs.get(*input).unwrap_or(term.missing)).collect()
    }

    /// The log odds of a return.
    #[must_use]
    pub fn log_odds(&self, class: Class, inputs: &Inputs) -> f64 {
        let terms = self.terms(class).iter().zip(self.values(class, inputs));
        terms.fold(self.logistic(class).intercept, |sum, ((_, term), value)| sum + term.coefficient * value)
    }

    /// The probability of a return for causes of that class: for [`Class::Insufficient`] among the debits that reach the
    /// account.
    ///
    /// # Formula
    ///
    /// `1 / (1 + exp(-(intercept + Σ coefficient × input)))`
    #[must_use]
    pub fn probability(&self, class: Class, inputs: &Inputs) -> f64 {
        chance(self.log_odds(class, inputs))
    }

    /// By how much each term raises the probability of its class against its neutral value, in the file's order.
    #[must_use]
    pub fn effects(&self, class: Class, inputs: &Inputs) -> Vec<f64> {
        let odds = self.log_odds(class, inputs);
        let effect = |((_, term), value): (&(Input, Term), f64)| {
            chance(odds) - chance(odds - term.coefficient * (value - term.neutral))
        };
        self.terms(class).iter().zip(self.values(class, inputs)).map(effect).collect()
    }

    /// The text of a reason.
    #[must_use]
    pub fn text(&self, code: &str) -> &str {
        self.texts.get(code).map_or("", String::as_str)
    }

    /// What a code of an outcomes file says; `None` for a code that the model does not list.
    #[must_use]
    pub fn outcome(&self, code: &str) -> Option<Paid> {
        let code = code.trim();
        let among = |codes: &[String]| codes.iter().any(|known| known.eq_ignore_ascii_case(code));
        let codes = &self.file.codes;
        if code.is_empty() || among(&codes.paid) {
            Some(Paid::Cleared)
        } else if among(&codes.insufficient) {
            Some(Paid::Returned(Class::Insufficient))
        } else {
            among(&codes.account).then_some(Paid::Returned(Class::Account))
        }
    }
}

/// The logistic function, without overflow.
fn chance(log_odds: f64) -> f64 {
    if 0.0 <= log_odds {
        return 1.0 / (1.0 + libm::exp(-log_odds));
    }
    let odds = libm::exp(log_odds);
    odds / (1.0 + odds)
}

fn written(file: &PaymentFile) -> String {
    toml::to_string_pretty(file).expect("finite numbers and texts in tables with text keys")
}

fn texts() -> Result<BTreeMap<String, String>, PaymentModelError> {
    let file: ReasonsFile = config::parse(REASONS)?;
    if file.schema != 1 {
        return Err(PaymentModelError::Schema { found: file.schema });
    }
    Ok(file.reasons.into_iter().map(|entry| (entry.code, entry.text)).collect())
}

fn terms(
    class: Class,
    place: &str,
    logistic: &Logistic,
    texts: &BTreeMap<String, String>,
) -> Result<Vec<(Input, Term)>, PaymentModelError> {
    let finite = |number: f64| number.is_finite() && number.abs() <= COEFFICIENT_MAX;
    if !finite(logistic.intercept) || logistic.rationale.trim().is_empty() {
        return Err(rule(place, format!("wants a rationale and an intercept of at most {COEFFICIENT_MAX} in size")));
    }
    let mut found: Vec<(Input, Term)> = vec![];
    for term in &logistic.inputs {
        let place = format!("{place}.{}", term.input);
        let input = Input::parse(&term.input).filter(|input| input.info().class == class).ok_or_else(|| {
            let names: Vec<&str> = INPUTS.iter().filter(|info| info.class == class).map(|info| info.name).collect();
            rule(&place, format!("is no input of this logistic; it takes {}", names.join(", ")))
        })?;
        if found.iter().any(|(known, _)| *known == input) {
            return Err(rule(&place, "stands twice; write it once"));
        }
        if ![term.coefficient, term.neutral, term.missing].into_iter().all(finite) {
            return Err(rule(&place, format!("holds a number that is not finite or above {COEFFICIENT_MAX} in size")));
        }
        let against = match input.info().amount {
            WithAmount::Rises => term.coefficient < 0.0,
            WithAmount::Falls => 0.0 < term.coefficient,
            WithAmount::Still => false,
        };
        if against {
            return Err(rule(
                &place,
                "would make a larger debit safer; turn the coefficient's sign or leave the input out",
            ));
        }
        if !texts.contains_key(&term.reason) || term.rationale.trim().is_empty() {
            let codes: Vec<&str> = texts.keys().map(String::as_str).collect();
            return Err(rule(&place, format!("wants a rationale and one of the reasons {}", codes.join(", "))));
        }
        found.push((input, term.clone()));
    }
    Ok(found)
}
