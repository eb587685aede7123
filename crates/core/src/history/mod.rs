//! All versions of all rows of a pool of applicants, normalised and provisionally categorised, free of T.
//!
//! [`HistoryBuilder`] is the one way in: batch, library and frames all fill it. Nothing here depends on the order of the
//! rows.
//!
//! What is decided here, once for every T: rows of one id are versions of one transaction, ordered by `updated`; exact
//! repeats count once; the same id with the same `updated` (or none) and different content is a conflict, unless only its
//! status went on (pending, posted, void), as is one id in two accounts, and both are [`Defect`]s. Versions of an account
//! as of one refresh that cannot both be true are conflicts as well, and so are balances of one instant. What is
//! visible, which version stands and which currency an account has is
//! decided as of T when the ledger is cut. Corrections are applied here too, to all versions of a transaction: what they
//! replaced is kept, so that an explanation can show the answer without them.

mod account;
mod amend;
mod builder;
mod doubt;
mod event;
mod finish;
mod meeting;
mod minimal;
mod version;

pub use builder::{HistoryBuilder, Room};
pub use doubt::Doubt;
pub use event::{Deactivation, Numbers};

pub(crate) use account::{AccountVersion, HistoryAccount, Snapshot};
pub(crate) use amend::{Amended, AmendedRow, Effect};
pub(crate) use finish::{Majority, majority};
pub(crate) use version::{Hint, Version, bound};

use std::fmt;

use crate::{
    category::{categoriser::Categoriser, label::Label},
    defect::{Defect, Source},
};

/// All versions of all rows of a pool, free of T.
///
/// Two histories are equal when they hold the same rows, whatever order these came in.
#[derive(Clone)]
pub struct History {
    text: String,
    // By account, time, id; versions of one id together, `updated` ascending.
    rows: Vec<Version>,
    // By id.
    accounts: Vec<HistoryAccount>,
    // (holder, index of an account that names it in any version), ascending.
    holders: Vec<(Box<str>, u32)>,
    has_accounts_table: bool,
    defects: Vec<Defect>,
    // What corrections did; `None` when they speak of no row.
    amended: Option<Amended>,
    // The digest of the rules that labelled the rows.
    rules: Option<[u8; 32]>,
}

/// What of a history is nobody's.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Unattributed {
    /// Accounts.
    pub accounts: u64,
    /// Their transactions, all versions, and balances.
    pub rows: u64,
}

impl History {
    /// Rows set aside while building, in the order of their sources: conflicting duplicates, minority currencies, values
    /// beyond the limits.
    #[must_use]
    pub fn defects(&self) -> &[Defect] {
        &self.defects
    }

    /// What is nobody's: rows of accounts that no row of an account names, though others are named. No application sees them.
    #[must_use]
    pub fn unattributed(&self) -> Unattributed {
        let unnamed = self.accounts.iter().filter(|account| self.has_accounts_table && account.versions.is_empty());
        let mut found = Unattributed::default();
        for rows in unnamed.map(|account| account.rows.len() + account.snapshots.len()).filter(|rows| *rows != 0) {
            found.accounts += 1;
            found.rows += rows as u64;
        }
        found
    }

    /// How many versions of transactions there are, exact repeats once.
    #[must_use]
    pub fn row_count(&self) -> usize {
        self.rows.len()
    }

    /// The Stripe id of a row, by the index that the ledger's rows carry; empty beyond the last row.
    #[must_use]
    pub fn id(&self, index: u32) -> &str {
        self.rows.get(index as usize).map_or("", |version| version.id(&self.text))
    }

    /// The description of a row; personal data.
    #[must_use]
    pub fn description(&self, index: u32) -> &str {
        self.rows.get(index as usize).map_or("", |version| version.description(&self.text))
    }

    /// Where a row stood.
    #[must_use]
    pub fn source(&self, index: u32) -> Source {
        self.rows.get(index as usize).map_or_else(Source::default, Version::source)
    }

    /// The Stripe id of the account a row belongs to: one link of the ledger's account.
    #[must_use]
    pub fn account_id(&self, index: u32) -> &str {
        let version = self.rows.get(index as usize);
        version.and_then(|version| self.accounts.get(version.account as usize)).map_or("", |account| &account.id)
    }

    /// What the categoriser said of a row.
    #[must_use]
    pub fn label(&self, index: u32) -> Option<Label> {
        self.rows.get(index as usize).map(|version| version.label)
    }

    /// What corrections did to the rows, when they speak of any.
    pub(crate) fn amended(&self) -> Option<&Amended> {
        self.amended.as_ref()
    }

    /// The history as it would be without corrections.
    pub(crate) fn without_corrections(&self) -> History {
        let mut before = self.clone();
        if let Some(amended) = before.amended.take() {
            amended.undo(&mut before.rows);
        }
        before
    }

    /// Whether its rows were labelled by these rules.
    pub(crate) fn is_labelled_by(&self, rules: &Categoriser) -> bool {
        self.rules == Some(rules.digest())
    }

    pub(crate) fn rows(&self) -> &[Version] {
        &self.rows
    }

    pub(crate) fn accounts(&self) -> &[HistoryAccount] {
        &self.accounts
    }

    /// The accounts of which some version names this holder, as indices. Without any accounts row in the pool each account
    /// is its own holder.
    pub(crate) fn held_by<'a>(&'a self, holder: &'a str) -> impl Iterator<Item = u32> + 'a {
        let first = self.holders.partition_point(|(known, _)| **known < *holder);
        let named = self.holders[first..].iter().take_while(move |(known, _)| **known == *holder).map(|(_, at)| *at);
        let itself = if self.has_accounts_table {
            None
        } else {
            let found = self.accounts.binary_search_by(|account| (*account.id).cmp(holder)).ok();
            found.and_then(|at| u32::try_from(at).ok())
        };
        named.chain(itself)
    }
}

/// Counts, and no text of the bank.
impl fmt::Debug for History {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (rows, accounts, defects) = (self.rows.len(), self.accounts.len(), self.defects.len());
        let mut out = f.debug_struct("History");
        out.field("rows", &rows).field("accounts", &accounts).field("defects", &defects).finish_non_exhaustive()
    }
}

impl PartialEq for History {
    fn eq(&self, other: &History) -> bool {
        let same = |(a, b): (&Version, &Version)| a.same(&self.text, b, &other.text);
        self.rows.len() == other.rows.len()
            && self.rows.iter().zip(&other.rows).all(same)
            && self.accounts == other.accounts
            && self.holders == other.holders
            && self.has_accounts_table == other.has_accounts_table
            && self.defects == other.defects
            && self.amended == other.amended
    }
}

#[cfg(test)]
mod tests;
