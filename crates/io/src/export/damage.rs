//! Rows spoiled on purpose, and where they stand: the ground truth for tests of `check`.

use cashline_core::defect::DefectKind;

use super::Family;

/// A way to spoil a transaction.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Damage {
    /// The amount has a decimal point.
    BadAmount,
    /// A field is absent: the CSV line is short, the JSON object has no `amount`, the Parquet cell is null.
    MissingColumn,
    /// A byte of the description is not UTF-8.
    InvalidUtf8,
    /// The row stands twice with one id, one `updated` and two amounts.
    ConflictingDuplicate,
    /// `transacted_at` counts milliseconds.
    Milliseconds,
    /// The status is none of Stripe's.
    UnknownStatus,
    /// The currency is no code.
    BadCurrency,
    /// A NUL stands in the description.
    Nul,
}

impl Damage {
    /// All of them, with the name that `--damage` takes.
    pub const ALL: &'static [(Damage, &'static str)] = &[
        (Damage::BadAmount, "bad-amount"),
        (Damage::MissingColumn, "missing-column"),
        (Damage::InvalidUtf8, "invalid-utf8"),
        (Damage::ConflictingDuplicate, "conflicting-duplicate"),
        (Damage::Milliseconds, "milliseconds"),
        (Damage::UnknownStatus, "unknown-status"),
        (Damage::BadCurrency, "bad-currency"),
        (Damage::Nul, "nul"),
    ];

    /// The damage of that name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Damage> {
        Damage::ALL.iter().find(|row| row.1 == name).map(|row| row.0)
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        Damage::ALL.iter().find(|row| row.0 == self).map_or("unlisted", |row| row.1)
    }

    /// Whether files of a family can hold it: typed columns cannot hold a bad number or bad UTF-8, and one bad byte
    /// makes a JSON document that is not split by lines unreadable as a whole.
    #[must_use]
    pub fn fits(self, family: Family) -> bool {
        match self {
            Damage::BadAmount => family != Family::Parquet,
            Damage::InvalidUtf8 => matches!(family, Family::Csv | Family::JsonLines),
            _ => true,
        }
    }

    /// The defect that a reader should report, and the column it should name (empty: the row).
    #[must_use]
    pub fn defect(self, family: Family) -> (DefectKind, &'static str) {
        match self {
            Damage::BadAmount => (DefectKind::NotAnInteger, "amount"),
            Damage::MissingColumn if family == Family::Csv => (DefectKind::TooFewColumns, ""),
            Damage::MissingColumn => (DefectKind::MissingValue, "amount"),
            Damage::InvalidUtf8 => (DefectKind::BadUnicode, ""),
            Damage::ConflictingDuplicate => (DefectKind::ConflictingDuplicate, ""),
            Damage::Milliseconds => (DefectKind::MillisecondsNotSeconds, "transacted_at"),
            Damage::UnknownStatus => (DefectKind::UnknownStatus, "status"),
            Damage::BadCurrency => (DefectKind::NotACurrency, "currency"),
            Damage::Nul => (DefectKind::ContainsNul, "description"),
        }
    }
}

/// A spoiled row: where it stands and what a reader should say.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Damaged {
    /// The file's name in the export's directory.
    pub file: String,
    /// Its line, or its row number in Parquet, from 1.
    pub line: u64,
    /// How it was spoiled.
    pub damage: Damage,
    /// The defect that a reader should report.
    pub kind: DefectKind,
    /// The column it should name.
    pub column: &'static str,
}
