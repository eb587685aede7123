//! Whether a payout to an account may fail or reach somebody else, by rules.

use std::collections::{BTreeMap, BTreeSet};

use cashline_identity::Verdict;

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
    pub(crate) verification: Option<String>,
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
    // Of several applications the claim that fits least decides.
    let mut worst = BTreeMap::new();
    for row in &comparison.rows {
        let entry = worst.entry((row.applicant, row.account.id.as_str())).or_insert(&row.found);
        if row.found.score < entry.score {
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
                verification: verification.as_deref(),
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

/// The state of the bank account to which the holder's payouts go, found by its last four digits; none where several differ.
fn verification(account: &Account, destinations: &[Destination]) -> Option<String> {
    let last4 = account.facts.last4.as_ref()?;
    let states: BTreeSet<&str> = destinations
        .iter()
        .filter(|one| Some(&one.holder) == account.facts.holder.as_ref() && Some(last4) == one.last4.as_ref())
        .map(|one| one.status.as_str())
        .collect();
    let mut states = states.into_iter();
    states.next().filter(|_| states.next().is_none()).map(str::to_owned)
}
