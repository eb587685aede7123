//! Where accounts are held: one spelling of each bank's name, what each bank is known to provide, and what an application's
//! data lacks because its banks do not provide it.
//!
//! No attribute, model or policy reads any of this: a bank stands in for a region and for who banks there. It is told beside
//! the answer, so that a weak bank does not look like a weak borrower.

mod names;
mod provides;
mod survey;

pub use names::{BUILTIN, Names, NamesError, Spelt};
pub use provides::{Known, KnownError, Provision, Verdict};
pub use survey::{ACCOUNTS_MIN, InstitutionRow, Part, Sight, Survey};

use crate::{
    application::Application,
    extent::{Extent, FULL_HISTORY_DAYS_MIN, FULL_STALENESS_DAYS_MAX},
    history::History,
    ledger::{BalanceMode, Ledger, LedgerAccount, Link, Scope, TransactionAccess, links_of},
};

/// The names of institutions, and what is known of them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Institutions {
    /// How names are read.
    pub names: Names,
    /// What each is known to provide, from a report over a portfolio; without it nothing is said.
    pub known: Option<Known>,
}

/// Where an application's accounts are held.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Held {
    /// The institution of the account with the most rows as of T; of equals the bytewise smallest name. `None` when that
    /// account does not say where it is held, or there is none.
    pub institution: Option<String>,
    /// Distinct institutions of all accounts.
    pub institutions: u32,
    /// What the data lacks because the institutions do not provide it, ascending.
    pub limits: Vec<Provision>,
}

impl Institutions {
    /// The names that ship, and nothing known.
    ///
    /// # Errors
    ///
    /// [`NamesError`] when the shipped file breaks a rule, which a test rules out.
    pub fn builtin() -> Result<Institutions, NamesError> {
        Ok(Institutions { names: Names::builtin()?, known: None })
    }

    /// Where the accounts of a ledger are held.
    #[must_use]
    pub fn held(&self, ledger: &Ledger, extent: &Extent, spelt: &mut Spelt) -> Held {
        let names: Vec<Option<String>> =
            ledger.accounts.iter().map(|account| spelt.of(&self.names, &account.institution_name)).collect();
        let mut rows = vec![0_u64; names.len()];
        for list in [&ledger.rows, &ledger.other_rows] {
            for row in list {
                if let Some(count) = rows.get_mut(usize::from(row.account)) {
                    *count += 1;
                }
            }
        }
        let limits = self.known.as_ref().map_or(vec![], |known| limits(known, &names, ledger, extent));
        Held { limits, ..most(rows.into_iter().zip(names).collect()) }
    }

    /// Where the accounts of an application are held of which nothing is visible.
    #[must_use]
    pub fn held_unseen(&self, history: &History, application: &Application) -> Held {
        let links = links_of(history, application);
        let name =
            |link: &Link<'_>| link.version.and_then(|version| self.names.of(version.institution_name.as_deref()?));
        most(links.iter().map(|link| (0, name(link))).collect())
    }
}

/// The institution with the most rows in one account, and how many institutions there are.
fn most(mut held: Vec<(u64, Option<String>)>) -> Held {
    // Most rows first; of equals a known name before none, then bytewise.
    held.sort_by(|one, other| {
        let unknown = |name: &Option<String>| name.is_none();
        other.0.cmp(&one.0).then(unknown(&one.1).cmp(&unknown(&other.1))).then_with(|| one.1.cmp(&other.1))
    });
    let institution = held.first().and_then(|(_, name)| name.clone());
    let mut names: Vec<String> = held.into_iter().filter_map(|(_, name)| name).collect();
    names.sort_unstable();
    names.dedup();
    Held { institution, institutions: u32::try_from(names.len()).unwrap_or(u32::MAX), limits: vec![] }
}

/// What is lacking, where every account that lacks it is held where it is not provided.
fn limits(known: &Known, names: &[Option<String>], ledger: &Ledger, extent: &Extent) -> Vec<Provision> {
    let is_short = extent.history_days < FULL_HISTORY_DAYS_MIN;
    let is_old = extent.staleness_days.is_none_or(|days| FULL_STALENESS_DAYS_MAX < days);
    let lacks = |provision: Provision, account: &LedgerAccount| match provision {
        Provision::Balances => account.balance_mode == BalanceMode::None,
        Provision::Transactions => account.access != TransactionAccess::Complete,
        Provision::History => is_short && account.first_day.is_some(),
        Provision::Fresh => is_old && account.last_day.is_some(),
    };
    let by_its_bank = |provision: &Provision| {
        let deposits = ledger.accounts.iter().zip(names).filter(|(account, _)| account.scope == Scope::Deposit);
        let mut lacking = deposits.filter(|(account, _)| lacks(*provision, account)).peekable();
        lacking.peek().is_some() && lacking.all(|(_, name)| known.lacks(name.as_deref(), *provision))
    };
    Provision::ALL.into_iter().filter(by_its_bank).collect()
}

#[cfg(test)]
mod tests;
