//! A bad row is data: where it stood and what kind of fault it has. Never the value, which may be personal.

use serde::{Deserialize, Serialize};

/// Where a row stood: a file of the run (by its index in the manifest's inputs) and a line as an editor counts it.
///
/// For a table without lines (Parquet) `line` is the row's number, starting at 1.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize)]
pub struct Source {
    /// Index of the file among the run's inputs.
    pub file: u32,
    /// Line of the file, from 1; 0 when the fault is the whole file's.
    pub line: u64,
}

/// One row set aside.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub struct Defect {
    /// Where it stood.
    pub source: Source,
    /// The column or key at fault, as our schema names it; empty for the row as a whole.
    pub column: String,
    /// What is wrong.
    pub kind: DefectKind,
    /// Whose row it was. Never written to files.
    pub whose: Whose,
}

/// Whom a row that was set aside leaves in doubt.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Default, Serialize, Deserialize)]
pub enum Whose {
    /// Nobody can say: the row counts as unattributed.
    #[default]
    Unknown,
    /// An account's: the applications that use it are in doubt.
    Account {
        /// The account.
        id: String,
        /// Its holder, where the row is the account's own and says so; another row may list the account too.
        holder: Option<String>,
    },
    /// An application's, which cannot be made without it.
    Application {
        /// The application.
        id: String,
        /// The applicant that the row speaks of, where that could be read.
        applicant: Option<String>,
    },
    /// A correction's: the applications that see this transaction are in doubt.
    Transaction(String),
}

impl Whose {
    /// An account's.
    #[must_use]
    pub fn account(id: &str) -> Whose {
        Whose::Account { id: id.to_owned(), holder: None }
    }
}

/// An account's, if one could be read.
impl From<Option<String>> for Whose {
    fn from(account: Option<String>) -> Whose {
        account.map_or(Whose::Unknown, |id| Whose::Account { id, holder: None })
    }
}

impl Defect {
    /// The account that is in doubt for it.
    #[must_use]
    pub fn account(&self) -> Option<&str> {
        match &self.whose {
            Whose::Account { id, .. } => Some(id),
            Whose::Unknown | Whose::Application { .. } | Whose::Transaction(_) => None,
        }
    }
}

/// The kinds of fault. Adding one: a variant, what the compiler then asks for, and its line in [`DefectKind::ALL`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "`meaning` describes each kind")]
pub enum DefectKind {
    BadQuote,
    BadUnicode,
    BadJson,
    BadList,
    ConflictingDuplicate,
    ConflictingApplication,
    ConflictingCorrection,
    ContainsNul,
    DuplicateKey,
    ForeignCurrency,
    IdTooLong,
    IdNotAllowed,
    LineTooLong,
    MissingValue,
    MillisecondsNotSeconds,
    NotABoolean,
    NotACurrency,
    NotADate,
    NotAnInteger,
    NotANumber,
    OutOfRange,
    PurposeNotAllowed,
    RepeatedHeader,
    TextTooLong,
    TooFewColumns,
    TooManyColumns,
    TooDeep,
    UnknownAction,
    UnknownObject,
    UnknownPurpose,
    UnknownStatus,
    UnmatchedCorrection,
    UnknownRole,
}

impl DefectKind {
    /// Every kind, in alphabetical order of its code.
    pub const ALL: &'static [DefectKind] = &[
        DefectKind::BadJson,
        DefectKind::BadList,
        DefectKind::BadQuote,
        DefectKind::BadUnicode,
        DefectKind::ConflictingApplication,
        DefectKind::ConflictingCorrection,
        DefectKind::ConflictingDuplicate,
        DefectKind::ContainsNul,
        DefectKind::DuplicateKey,
        DefectKind::ForeignCurrency,
        DefectKind::IdNotAllowed,
        DefectKind::IdTooLong,
        DefectKind::LineTooLong,
        DefectKind::MillisecondsNotSeconds,
        DefectKind::MissingValue,
        DefectKind::NotABoolean,
        DefectKind::NotACurrency,
        DefectKind::NotADate,
        DefectKind::NotANumber,
        DefectKind::NotAnInteger,
        DefectKind::OutOfRange,
        DefectKind::PurposeNotAllowed,
        DefectKind::RepeatedHeader,
        DefectKind::TextTooLong,
        DefectKind::TooDeep,
        DefectKind::TooFewColumns,
        DefectKind::TooManyColumns,
        DefectKind::UnknownAction,
        DefectKind::UnknownObject,
        DefectKind::UnknownPurpose,
        DefectKind::UnknownRole,
        DefectKind::UnknownStatus,
        DefectKind::UnmatchedCorrection,
    ];

    /// Whether the row was set aside. A correction without its transaction is only told: it may speak of another export.
    #[must_use]
    pub fn sets_aside(self) -> bool {
        self != DefectKind::UnmatchedCorrection
    }

    /// The kind as files write it.
    #[must_use]
    pub fn code(self) -> &'static str {
        self.told().0
    }

    /// What it means, in words.
    #[must_use]
    pub fn meaning(self) -> &'static str {
        self.told().1
    }

    /// Code and meaning.
    const fn told(self) -> (&'static str, &'static str) {
        match self {
            DefectKind::BadJson => {
                ("bad_json", "the line or object is not valid JSON, or a value has the wrong JSON type")
            }
            DefectKind::BadList => ("bad_list", "a list cell is neither JSON, Python nor DuckDB notation"),
            DefectKind::BadQuote => {
                ("bad_quote", "a quote stands inside an unquoted field or text follows a closing quote")
            }
            DefectKind::BadUnicode => ("bad_unicode", "the text is not valid UTF-8 or holds a lone surrogate"),
            DefectKind::ConflictingApplication => {
                ("conflicting_application", "the same application and applicant with different content")
            }
            DefectKind::ConflictingCorrection => {
                ("conflicting_correction", "two corrections of one transaction with the same `at` say different things")
            }
            DefectKind::ConflictingDuplicate => (
                "conflicting_duplicate",
                "the same id with different content, and nothing later that decides between them",
            ),
            DefectKind::ContainsNul => ("contains_nul", "a NUL character inside a text"),
            DefectKind::DuplicateKey => ("duplicate_key", "a JSON object holds the same key twice"),
            DefectKind::ForeignCurrency => ("foreign_currency", "the row's currency is not its account's"),
            DefectKind::IdNotAllowed => {
                ("id_not_allowed", "an identifier holds a character that identifiers may not hold")
            }
            DefectKind::IdTooLong => ("id_too_long", "an identifier is longer than the limit"),
            DefectKind::LineTooLong => ("line_too_long", "the line is longer than the limit"),
            DefectKind::MillisecondsNotSeconds => {
                ("milliseconds_not_seconds", "the time counts milliseconds; Stripe counts seconds")
            }
            DefectKind::MissingValue => ("missing_value", "a required value is absent, empty or null"),
            DefectKind::NotABoolean => ("not_a_boolean", "the value is neither true nor false"),
            DefectKind::NotACurrency => ("not_a_currency", "the value is no three-letter currency code"),
            DefectKind::NotADate => ("not_a_date", "the value is no date or time in the expected format"),
            DefectKind::NotANumber => ("not_a_number", "the value is no finite decimal number"),
            DefectKind::NotAnInteger => ("not_an_integer", "the value is no integer in the expected grammar"),
            DefectKind::OutOfRange => ("out_of_range", "the value lies outside the limits"),
            DefectKind::PurposeNotAllowed => (
                "purpose_not_allowed",
                "money of the transaction's sign cannot have the purpose, or an exclusion names one",
            ),
            DefectKind::RepeatedHeader => ("repeated_header", "the header line appears again among the rows"),
            DefectKind::TextTooLong => ("text_too_long", "the text is longer than the limit"),
            DefectKind::TooDeep => ("too_deep", "the JSON is nested deeper than the limit"),
            DefectKind::TooFewColumns => ("too_few_columns", "the row has fewer fields than the header"),
            DefectKind::TooManyColumns => ("too_many_columns", "the row has more fields than the header"),
            DefectKind::UnknownAction => {
                ("unknown_action", "the correction's action is neither exclude nor recategorise")
            }
            DefectKind::UnknownObject => ("unknown_object", "an object of a kind that no table takes"),
            DefectKind::UnknownPurpose => ("unknown_purpose", "the taxonomy has no such purpose"),
            DefectKind::UnknownRole => ("unknown_role", "the applicant's role is none of primary, co, guarantor"),
            DefectKind::UnknownStatus => {
                ("unknown_status", "the transaction's status is none of pending, posted, void")
            }
            DefectKind::UnmatchedCorrection => (
                "unmatched_correction",
                "the correction's transaction is not in the input: told, and no fault of the row",
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The kinds that serde knows, from its own refusal of another: a variant that no list of ours holds stands there too.
    #[test]
    fn every_kind_is_listed_once_in_alphabetical_order() {
        let refusal = serde_json::from_str::<DefectKind>("\"nope\"").expect_err("no such kind").to_string();
        let known = refusal.split("expected one of").nth(1).expect("the refusal lists what it knows");
        let mut known: Vec<&str> = known.split('`').skip(1).step_by(2).collect();
        known.sort_unstable();
        let listed: Vec<&str> = DefectKind::ALL.iter().map(|kind| kind.code()).collect();
        assert_eq!(listed, known);
        for kind in DefectKind::ALL {
            assert_eq!(serde_json::to_string(kind).expect("a unit variant"), format!("\"{}\"", kind.code()));
        }
    }
}
