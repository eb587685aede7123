//! Each claim against each account of its applicant.

use std::collections::BTreeMap;

use cashline_identity::{Claim, OwnershipMatch, Verdict, compare};
use rayon::prelude::*;

use super::{
    claims::Claims,
    listed::Listed,
    store::{Account, Identities},
};

/// A claim and an account, compared.
pub(crate) struct Weighed<'a> {
    pub(crate) applicant: &'a str,
    pub(crate) application: Option<&'a str>,
    pub(crate) account: &'a Account,
    pub(crate) found: OwnershipMatch,
}

/// Everything compared, and what could not be.
pub(crate) struct Comparison<'a> {
    /// By applicant, application, account.
    pub(crate) rows: Vec<Weighed<'a>>,
    /// Applicants with a claim and no account.
    pub(crate) without_account: u64,
    /// Accounts whose holder made no claim, or that have none.
    pub(crate) without_claim: u64,
}

/// Accounts by holder, each ascending by id.
pub(crate) fn by_holder(identities: &Identities) -> BTreeMap<&str, Vec<&Account>> {
    let mut held: BTreeMap<&str, Vec<&Account>> = BTreeMap::new();
    for account in &identities.accounts {
        if let Some(holder) = &account.facts.holder {
            held.entry(holder).or_default().push(account);
        }
    }
    held
}

/// Compares; in the order of the claims whatever the number of threads.
pub(crate) fn weigh<'a>(claims: &'a Claims, identities: &'a Identities) -> Comparison<'a> {
    let held = by_holder(identities);
    let mut pairs: Vec<(&'a str, Option<&'a str>, &'a Claim, &'a Account)> = vec![];
    let (mut without_account, mut claimed) = (0, vec![]);
    for ((applicant, application), claim) in claims {
        let accounts = held.get(applicant.as_str());
        if claimed.last() != Some(&applicant.as_str()) {
            claimed.push(applicant.as_str());
            without_account += u64::from(accounts.is_none());
        }
        let accounts = accounts.into_iter().flatten();
        pairs.extend(accounts.map(|account| (applicant.as_str(), application.as_deref(), claim, *account)));
    }
    let seen = |account: &&Account| {
        let holder = account.facts.holder.as_deref();
        holder.is_some_and(|holder| claimed.binary_search(&holder).is_ok())
    };
    let without_claim = identities.accounts.iter().filter(|account| !seen(account)).count() as u64;
    let rows = pairs
        .into_par_iter()
        .map(|(applicant, application, claim, account)| {
            let found = compare(claim, &account.owners);
            Weighed { applicant, application, account, found }
        })
        .collect();
    Comparison { rows, without_account, without_claim }
}

impl Comparison<'_> {
    /// Without what an application may not look at. A claim for all applications has none to ask.
    pub(crate) fn retain_listed(&mut self, listed: &Listed<'_>) {
        let reads =
            |row: &Weighed<'_>| row.application.is_none_or(|id| listed.reads(row.applicant, id, &row.account.id));
        self.rows.retain(reads);
    }

    /// Rows of a verdict.
    pub(crate) fn count(&self, verdict: Verdict) -> u64 {
        self.rows.iter().filter(|row| row.found.verdict == verdict).count() as u64
    }
}
