//! Why an account's applications may not be scored.

use serde::Serialize;

/// A reason not to score. Fails closed: any doubt about an account is a status of its applications, not a score.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Doubt {
    /// A row of one of the accounts was rejected: at the door, or for a currency that is not its account's.
    RejectedRow,
    /// The same id with different content and nothing to decide by.
    ConflictingDuplicate,
    /// An account whose export was truncated (`has_more: true`).
    TruncatedExport,
    /// Two currencies hold an account's rows in equal number.
    CurrencyTie,
    /// More than a tenth of the flow is in other currencies.
    ForeignFlow,
    /// The rows' sign contradicts the balance snapshots.
    SignInverted,
    /// Live and test data of one applicant.
    LiveAndTest,
    /// More rows than `limits::ROWS_PER_APPLICATION_MAX`, or more accounts than `limits::ACCOUNTS_PER_APPLICATION_MAX`.
    TooManyRows,
    /// Two corrections of one transaction that were made at the same time and say different things.
    ConflictingCorrection,
    /// As many shops give money back as take it: an account's signs are turned or left out.
    SignImplausible,
    /// Most rows of an account stand twice, under two ids.
    RowsTwice,
}

impl Doubt {
    /// All of them.
    pub const ALL: [Doubt; 11] = [
        Doubt::RejectedRow,
        Doubt::ConflictingDuplicate,
        Doubt::TruncatedExport,
        Doubt::CurrencyTie,
        Doubt::ForeignFlow,
        Doubt::SignInverted,
        Doubt::LiveAndTest,
        Doubt::TooManyRows,
        Doubt::ConflictingCorrection,
        Doubt::SignImplausible,
        Doubt::RowsTwice,
    ];

    /// The name that files use.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Doubt::RejectedRow => "rejected_row",
            Doubt::ConflictingDuplicate => "conflicting_duplicate",
            Doubt::TruncatedExport => "truncated_export",
            Doubt::CurrencyTie => "currency_tie",
            Doubt::ForeignFlow => "foreign_flow",
            Doubt::SignInverted => "sign_inverted",
            Doubt::LiveAndTest => "live_and_test",
            Doubt::TooManyRows => "too_many_rows",
            Doubt::ConflictingCorrection => "conflicting_correction",
            Doubt::SignImplausible => "sign_implausible",
            Doubt::RowsTwice => "rows_twice",
        }
    }
}
