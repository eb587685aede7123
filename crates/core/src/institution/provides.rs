//! What institutions are known to provide, as a report over a portfolio says it.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::hash::sha256;

/// Something that a bank provides, or does not.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Provision {
    /// Balances.
    Balances,
    /// Transactions.
    Transactions,
    /// As many days of history as full data needs.
    History,
    /// Rows or balances as new as full data needs.
    Fresh,
}

impl Provision {
    /// All of them, in the order in which they are written.
    pub const ALL: [Provision; 4] =
        [Provision::Balances, Provision::Transactions, Provision::History, Provision::Fresh];

    /// The name that files use.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Provision::Balances => "balances",
            Provision::Transactions => "transactions",
            Provision::History => "history",
            Provision::Fresh => "fresh",
        }
    }
}

/// Whether an institution provides something.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// In most accounts, beyond doubt.
    Provides,
    /// In some accounts, or in as many as leave it open.
    Partly,
    /// In next to none, beyond doubt.
    DoesNotProvide,
    /// Too few accounts to say.
    Few,
}

impl Verdict {
    /// All of them.
    pub const ALL: [Verdict; 4] = [Verdict::Provides, Verdict::Partly, Verdict::DoesNotProvide, Verdict::Few];

    /// The name that files use.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Verdict::Provides => "provides",
            Verdict::Partly => "partly",
            Verdict::DoesNotProvide => "does_not_provide",
            Verdict::Few => "few",
        }
    }

    /// The verdict of that name.
    #[must_use]
    pub fn parse(code: &str) -> Option<Verdict> {
        Verdict::ALL.into_iter().find(|verdict| verdict.code() == code)
    }
}

/// Why a table of institutions is refused.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KnownError {
    /// Two rows would answer for one bank.
    #[error("institution `{name}` stands twice; keep one row, or make the report again with the same names")]
    Twice {
        /// The normalised name.
        name: String,
    },
}

/// What institutions provide: verdicts in the order of [`Provision::ALL`], by normalised name.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Known {
    verdicts: BTreeMap<String, [Verdict; 4]>,
}

impl Known {
    /// Takes the rows of a report.
    ///
    /// # Errors
    ///
    /// [`KnownError`] when a name stands twice.
    pub fn of(rows: impl IntoIterator<Item = (String, [Verdict; 4])>) -> Result<Known, KnownError> {
        let mut verdicts = BTreeMap::new();
        for (name, row) in rows {
            if verdicts.insert(name.clone(), row).is_some() {
                return Err(KnownError::Twice { name });
            }
        }
        Ok(Known { verdicts })
    }

    /// True when that institution is known not to provide it. An unknown one, or one of few accounts, excuses nothing.
    #[must_use]
    pub fn lacks(&self, institution: Option<&str>, provision: Provision) -> bool {
        let row = institution.and_then(|name| self.verdicts.get(name));
        row.is_some_and(|row| row[provision as usize] == Verdict::DoesNotProvide)
    }

    /// The SHA-256 of what is known, whatever the file's format.
    #[must_use]
    pub fn digest(&self) -> String {
        let line = |(name, row): (&String, &[Verdict; 4])| {
            let codes = row.map(Verdict::code);
            format!("{name}\t{}\n", codes.join("\t"))
        };
        sha256(self.verdicts.iter().map(line).collect::<String>().as_bytes())
    }
}
