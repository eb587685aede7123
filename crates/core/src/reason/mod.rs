//! Reasons: code, consumer text, reviewer text, C-1 cross-reference, family. Data with a schema.
//!
//! A notice text is fixed, holds no number and names the factor that was scored; the reviewer's text holds the values. The
//! C-1 line is a cross-reference for the lender's own form, never a substitute: "if the reasons listed on the forms are
//! not the factors actually used, a creditor will not satisfy the notice requirement by simply checking the closest
//! identifiable factor" (12 CFR 1002, appendix C, comment 4).

pub mod text;

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use crate::{
    config::{self, ConfigError},
    hash::sha256,
};

/// Longest notice or positive text, in characters.
pub const NOTICE_CHARS_MAX: usize = 120;

/// The lines of sample form C-1, verbatim, without the blank of the last.
///
/// # Source
///
/// 12 CFR 1002 (Regulation B), appendix C, form C-1.
pub const C1_LINES: [&str; 24] = [
    "Credit application incomplete",
    "Insufficient number of credit references provided",
    "Unacceptable type of credit references provided",
    "Unable to verify credit references",
    "Temporary or irregular employment",
    "Unable to verify employment",
    "Length of employment",
    "Income insufficient for amount of credit requested",
    "Excessive obligations in relation to income",
    "Unable to verify income",
    "Length of residence",
    "Temporary residence",
    "Unable to verify residence",
    "No credit file",
    "Limited credit experience",
    "Poor credit performance with us",
    "Delinquent past or present credit obligations with others",
    "Collection action or judgment",
    "Garnishment or attachment",
    "Foreclosure or repossession",
    "Bankruptcy",
    "Number of recent inquiries on credit bureau report",
    "Value or type of collateral not sufficient",
    "Other, specify",
];

/// The line that the engine may never name: it is the lender who knows whether an application is complete.
///
/// # Source
///
/// Regulation B, comment 9(a)(1)-4: a creditor with sufficient data may not deny for incompleteness.
const C1_INCOMPLETE: &str = C1_LINES[0];

/// What no text may say, in lower case.
///
/// # Source
///
/// 12 CFR 1002.9(b)(2): internal standards or policies, and failing to achieve a qualifying score, are insufficient.
const BANNED: [&str; 12] = [
    "internal standard",
    "internal polic",
    "our polic",
    "our standard",
    "qualifying score",
    "minimum score",
    "score too low",
    "low score",
    "failed to achieve",
    "failed to meet",
    "cut-off",
    "cutoff",
];

/// Where a reason may be given.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReasonKind {
    /// For the value of an attribute.
    Scored,
    /// For the extent of the data: of an attribute's value, or of a missing value that costs points.
    Data,
    /// For an application that could not be scored.
    Status,
}

/// One reason as the file writes it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Stable code in snake case.
    pub code: String,
    /// Where it may be given.
    pub kind: ReasonKind,
    /// At most one reason of a family is given on each side.
    pub family: String,
    /// Fixed text for the notice: no numbers, plain words.
    pub notice: String,
    /// Fixed text when the factor helps; a `status` reason has none.
    pub positive: Option<String>,
    /// Text for the reviewer, with the placeholders of [`text::PLACEHOLDERS`].
    pub reviewer: String,
    /// The line of form C-1 that fits what is scored, else "Other, specify".
    pub c1: String,
    /// What the applicant may do about it, where something can be done.
    pub hint: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct DictionaryFile {
    schema: u32,
    version: String,
    families: Vec<String>,
    reasons: Vec<Entry>,
}

/// The checked reasons of a run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Dictionary {
    id: String,
    version: String,
    families: BTreeMap<String, usize>,
    // By code, and the place of each code.
    entries: Vec<Entry>,
    places: FxHashMap<String, usize>,
}

/// Why a reasons file is refused.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReasonError {
    /// No valid TOML of the closed schema.
    #[error("reasons: {0}")]
    Config(#[from] ConfigError),
    /// A schema of another engine.
    #[error("reasons: schema {found} is not known, this version reads schema 1")]
    Schema {
        /// The number found.
        found: u32,
    },
    /// A family stands twice: it would have two ranks.
    #[error("reasons: the family `{family}` stands twice in `families`; keep the rank that is meant")]
    FamilyTwice {
        /// The family.
        family: String,
    },
    /// One entry breaks a rule.
    #[error("reason `{code}`: {fault}")]
    Entry {
        /// Its code.
        code: String,
        /// What is wrong and the way out.
        fault: String,
    },
    /// The dictionary lacks a code that the engine itself gives.
    #[error("reasons: the code `{code}` is missing, the engine gives it by itself; add an entry of kind {kind}")]
    Absent {
        /// The code.
        code: &'static str,
        /// The kind it must have.
        kind: &'static str,
    },
}

/// Codes that the engine gives by itself, not through an attribute; every dictionary holds those of `ALL` as `status` reasons.
pub mod code {
    /// The applicants have no account.
    pub const NO_ACCOUNTS: &str = "no_accounts";
    /// No posted transaction of a deposit account is visible at T.
    pub const NO_TRANSACTIONS: &str = "no_transactions";
    /// Less history than the policy asks for.
    pub const INSUFFICIENT_HISTORY: &str = "insufficient_history";
    /// The newest transaction is older than the policy allows.
    pub const STALE_DATA: &str = "stale_data";
    /// Too little activity to be the account that the applicant lives on.
    pub const NO_PRIMARY_ACCOUNT: &str = "no_primary_account";
    /// Fewer deposit accounts than the policy asks for.
    pub const TOO_FEW_ACCOUNTS: &str = "too_few_accounts";
    /// Balances cover fewer days than the policy asks for.
    pub const BALANCES_MISSING: &str = "balances_missing";
    /// A row was rejected, an export was truncated, or there were too many rows.
    pub const INCOMPLETE_DATA: &str = "incomplete_data";
    /// Rows contradict each other or the balances.
    pub const CONFLICTING_DATA: &str = "conflicting_data";
    /// Too much of the flow is in other currencies.
    pub const FOREIGN_CURRENCY: &str = "foreign_currency";
    /// The model was made for other applicants.
    pub const OUT_OF_POPULATION: &str = "out_of_population";
    /// The application itself cannot be read.
    pub const REJECTED_INPUT: &str = "rejected_input";
    /// The engine failed.
    pub const INTERNAL_ERROR: &str = "internal_error";
    /// An attribute that a rule of the policy needs has no value.
    pub const CHECK_NOT_POSSIBLE: &str = "check_not_possible";

    /// A value that could not be observed costs points, and the model names no reason of its own for that.
    pub const VALUE_NOT_AVAILABLE: &str = "value_not_available";
    /// The policy declines a score that is the best which the model can give, so that nothing in it speaks against.
    pub const NO_PRINCIPAL_REASON: &str = "no_principal_reason";
    /// The data is not there for enough of the model's attributes.
    pub const TOO_LITTLE_DATA: &str = "too_little_data";

    /// What dictionaries of earlier builds give, which lack these codes.
    pub(super) const BEFORE: [(&str, &str); 3] = [
        (VALUE_NOT_AVAILABLE, CHECK_NOT_POSSIBLE),
        (NO_PRINCIPAL_REASON, INTERNAL_ERROR),
        (TOO_LITTLE_DATA, INSUFFICIENT_HISTORY),
    ];

    pub(super) const ALL: [&str; 14] = [
        NO_ACCOUNTS,
        NO_TRANSACTIONS,
        INSUFFICIENT_HISTORY,
        STALE_DATA,
        NO_PRIMARY_ACCOUNT,
        TOO_FEW_ACCOUNTS,
        BALANCES_MISSING,
        INCOMPLETE_DATA,
        CONFLICTING_DATA,
        FOREIGN_CURRENCY,
        OUT_OF_POPULATION,
        REJECTED_INPUT,
        INTERNAL_ERROR,
        CHECK_NOT_POSSIBLE,
    ];
}

/// The text of the reasons shipped with the engine.
pub const BUILTIN: &str = include_str!("../../defaults/reasons.toml");

impl Dictionary {
    /// The reasons shipped with the engine.
    ///
    /// # Errors
    ///
    /// [`ReasonError`] when the shipped file breaks its own rules, which a test rules out.
    pub fn builtin() -> Result<Dictionary, ReasonError> {
        Dictionary::from_toml(BUILTIN)
    }

    /// Reads and checks a reasons file.
    ///
    /// # Errors
    ///
    /// [`ReasonError`] naming the entry and the way out.
    pub fn from_toml(text: &str) -> Result<Dictionary, ReasonError> {
        let file: DictionaryFile = config::parse(text)?;
        if file.schema != 1 {
            return Err(ReasonError::Schema { found: file.schema });
        }
        let id = sha256(&serde_json::to_vec(&file).expect("a reasons file is plain data"));
        let mut families = BTreeMap::new();
        for (rank, family) in file.families.into_iter().enumerate() {
            if families.insert(family.clone(), rank).is_some() {
                return Err(ReasonError::FamilyTwice { family });
            }
        }
        let mut by_code: BTreeMap<String, Entry> = BTreeMap::new();
        for mut entry in file.reasons {
            check(&entry, &families).map_err(|fault| ReasonError::Entry { code: entry.code.clone(), fault })?;
            // What a letter prints: blanks around a text and doubled ones say nothing.
            let told = [Some(&mut entry.notice), entry.positive.as_mut(), entry.hint.as_mut()];
            told.into_iter().flatten().for_each(|text| *text = folded(text));
            let code = entry.code.clone();
            if by_code.insert(code.clone(), entry).is_some() {
                return Err(ReasonError::Entry { code, fault: "stands twice; remove one".to_owned() });
            }
        }
        for code in code::ALL {
            if by_code.get(code).is_none_or(|entry| entry.kind != ReasonKind::Status) {
                return Err(ReasonError::Absent { code, kind: "status" });
            }
        }
        let places = by_code.keys().cloned().zip(0..).collect();
        Ok(Dictionary { id, version: file.version, families, entries: by_code.into_values().collect(), places })
    }

    /// The SHA-256 of the dictionary's content, as `sha256:` and 64 hexadecimal digits.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The version that the file states.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The entry of that code.
    #[must_use]
    pub fn get(&self, code: &str) -> Option<&Entry> {
        self.places.get(code).map(|place| &self.entries[*place])
    }

    /// The entry of a code that the engine gives by itself; a dictionary of an earlier build gives the nearest that it has.
    #[must_use]
    pub fn own(&self, code: &str) -> Option<&Entry> {
        let before = || code::BEFORE.into_iter().find(|(later, _)| *later == code).map(|(_, before)| before);
        self.get(code).or_else(|| self.get(before()?))
    }

    /// All entries, by code.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter()
    }

    /// The rank of a family: its place in the file, the first being the most telling.
    #[must_use]
    pub fn family_rank(&self, family: &str) -> usize {
        self.families.get(family).copied().unwrap_or(usize::MAX)
    }
}

fn check(entry: &Entry, families: &BTreeMap<String, usize>) -> Result<(), String> {
    if !config::is_snake_case(&entry.code) {
        return Err("a code is written in snake case".to_owned());
    }
    if !families.contains_key(&entry.family) {
        return Err(format!("family `{}` is not listed in `families`; add it there at its rank", entry.family));
    }
    match (entry.kind, &entry.positive) {
        (ReasonKind::Status, Some(_)) => return Err("a status reason has no positive text; remove it".to_owned()),
        (ReasonKind::Scored | ReasonKind::Data, None) => {
            return Err("`positive` is missing; say what the factor is when it helps".to_owned());
        }
        _ => {}
    }
    fixed_text("notice", &entry.notice)?;
    if let Some(positive) = &entry.positive {
        fixed_text("positive", positive)?;
    }
    if let Some(hint) = &entry.hint {
        allowed("hint", hint)?;
        one_line("hint", hint)?;
    }
    allowed("reviewer", &entry.reviewer)?;
    text::check_template(&entry.reviewer)?;
    if !C1_LINES.contains(&entry.c1.as_str()) {
        return Err(format!("`{}` is no line of form C-1; copy one verbatim or write \"Other, specify\"", entry.c1));
    }
    if entry.c1 == C1_INCOMPLETE {
        return Err("whether an application is complete is the lender's to say; choose another C-1 line".to_owned());
    }
    Ok(())
}

fn fixed_text(field: &str, text: &str) -> Result<(), String> {
    let chars = folded(text).chars().count();
    if NOTICE_CHARS_MAX < chars {
        return Err(format!("`{field}` has {chars} characters; write at most {NOTICE_CHARS_MAX}"));
    }
    if text.chars().any(|c| c.is_ascii_digit() || c == '{' || c == '%' || c == '$') {
        return Err(format!("`{field}` holds a number or a placeholder; values belong in `reviewer`"));
    }
    allowed(field, text)?;
    one_line(field, text)
}

/// What a letter prints is one line of signs that a reader sees.
fn one_line(field: &str, text: &str) -> Result<(), String> {
    if text.chars().any(is_unseen) {
        return Err(format!(
            "`{field}` holds a line break, a tab or a character that nobody sees; write one plain line"
        ));
    }
    Ok(())
}

/// Words with one blank between them, as a reader sees them.
fn folded(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Characters that take no room on paper: a phrase that they divide, or a text of nothing else, reads as if they were not there.
fn is_unseen(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}')
        || matches!(letter, '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
        || matches!(letter, '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}')
}

fn allowed(field: &str, text: &str) -> Result<(), String> {
    if !text.chars().any(|letter| letter.is_alphabetic() && !is_unseen(letter)) {
        return Err(format!("`{field}` says nothing; write a text that names the factor"));
    }
    let lower = folded(text).to_lowercase();
    match BANNED.iter().find(|phrase| lower.contains(*phrase)) {
        Some(phrase) => {
            Err(format!("`{field}` says \"{phrase}\", which 12 CFR 1002.9(b)(2) calls insufficient; name the factor"))
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests;
