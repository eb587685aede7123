//! Whether a payout to an account may fail or reach somebody else, by rules.

use std::collections::{BTreeMap, BTreeSet};

use cashline_identity::{OwnershipMatch, Verdict};

use super::{
    claims::Claims,
    rules::{Known, Level, NO_CLAIM, Rule, Rules},
    signals::{Signal, days_before},
    store::{Account, Destination, Identities},
    weigh::{Comparison, by_holder},
};

/// The answer for an applicant's account.
pub(crate) struct Payout<'a> {
    pub(crate) applicant: &'a str,
    pub(crate) account: &'a Account,
    /// States of the bank accounts that it may be, ascending.
    pub(crate) verification: Vec<&'a str>,
    /// None where the applicant made no claim.
    pub(crate) verdict: Option<Verdict>,
    pub(crate) score: Option<u32>,
    pub(crate) level: Level,
    pub(crate) points: u32,
    /// Most points first.
    pub(crate) reasons: Vec<&'a Rule>,
}

/// Judges every account of connected accounts, and of applicants with a claim; ascending by applicant and account.
pub(crate) fn payouts<'a>(
    rules: &'a Rules,
    claims: &Claims,
    identities: &'a Identities,
    comparison: &Comparison<'_>,
    found: &[Signal],
    as_of: Option<i64>,
) -> Vec<Payout<'a>> {
    let mut raised: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for signal in found {
        for account in &signal.accounts {
            raised.entry(account).or_default().insert(signal.kind.code());
        }
    }
    // Of several applications the claim that fits least decides; one that could not be compared says nothing against another.
    let mut worst = BTreeMap::new();
    let rank = |found: &OwnershipMatch| (found.score.is_none(), found.score);
    for row in &comparison.rows {
        let entry = worst.entry((row.applicant, row.account.id.as_str())).or_insert(&row.found);
        if rank(&row.found) < rank(entry) {
            *entry = &row.found;
        }
    }
    let claimed: BTreeSet<&str> = claims.keys().map(|(applicant, _)| applicant.as_str()).collect();
    let mut out = vec![];
    for (applicant, accounts) in by_holder(identities) {
        for account in accounts.into_iter().filter(|one| one.facts.is_connected || claimed.contains(applicant)) {
            let compared = worst.get(&(applicant, account.id.as_str()));
            let verification = verification(account, &identities.destinations);
            let signals = raised.get(account.id.as_str()).into_iter().flatten().copied().collect();
            let facts = &account.facts;
            let days = |at: Option<i64>| at.zip(as_of).and_then(|(at, as_of)| days_before(at, as_of));
            let known = Known {
                status: facts.status.as_deref(),
                inactive_cause: facts.inactive_cause.as_deref(),
                verification: verification.clone(),
                numbers: facts.numbers.iter().map(String::as_str).collect(),
                category: facts.category.as_deref(),
                ownership: compared.map_or(NO_CLAIM, |one| one.verdict.code()),
                owners_state: account.state.code(),
                evidence: compared.map_or(vec![], |one| one.name.evidence.iter().map(|one| one.code()).collect()),
                signals,
                methods: facts.methods.as_deref(),
                linked_days: days(facts.created),
                owners_changed_days: days(account.owners_changed_at),
            };
            let (level, points, reasons) = rules.judge(&known);
            let (verdict, score) = (compared.map(|one| one.verdict), compared.and_then(|one| one.score));
            out.push(Payout { applicant, account, verification, verdict, score, level, points, reasons });
        }
    }
    out
}

/// The states of the holder's bank accounts with the account's last four digits: several where one was added again, or the
/// digits are those of two. Which of them is the account nobody says, so a rule holds by any of them.
fn verification<'a>(account: &Account, destinations: &'a [Destination]) -> Vec<&'a str> {
    let Some(last4) = &account.facts.last4 else { return vec![] };
    let states: BTreeSet<&str> = destinations
        .iter()
        .filter(|one| Some(&one.holder) == account.facts.holder.as_ref() && Some(last4) == one.last4.as_ref())
        .map(|one| one.status.as_str())
        .collect();
    states.into_iter().collect()
}
