//! Signs of fraud across applicants: one real account, one mailbox, one telephone or one owner behind several of them,
//! owners who applied under another id, accounts linked or handed over lately. Each is a question for a reviewer, with what
//! raised it in codes; none is a verdict.

use std::collections::{BTreeMap, BTreeSet};

use cashline_core::institution::{Names, Spelt};
use cashline_identity::{Claim, Verdict, compare, email_key, name_key, phone_key};
use serde::Deserialize;

use super::{
    claims::Claims,
    store::{Account, Identities},
    weigh::Comparison,
};

/// Accounts of one institution and last four digits that are compared pair by pair; above, by equal keys alone.
const BUCKET_PAIRS_MAX: usize = 200;
const DAY: i64 = 86_400;

/// A kind of signal. Adding one: a variant, its row in the list of kinds, its finder.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    SharedAccount,
    OwnerIsAnotherApplicant,
    SharedEmail,
    SharedPhone,
    OwnerOnManyAccounts,
    OwnersChanged,
    LinkedRecently,
}

impl Kind {
    /// As files write it.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Kind::SharedAccount => "shared_account",
            Kind::OwnerIsAnotherApplicant => "owner_is_another_applicant",
            Kind::SharedEmail => "shared_email",
            Kind::SharedPhone => "shared_phone",
            Kind::OwnerOnManyAccounts => "owner_on_many_accounts",
            Kind::OwnersChanged => "owners_changed",
            Kind::LinkedRecently => "linked_recently",
        }
    }
}

/// How much it says.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Strength {
    Low,
    Medium,
    High,
}

impl Strength {
    /// As files write it.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Strength::Low => "low",
            Strength::Medium => "medium",
            Strength::High => "high",
        }
    }
}

/// A signal: ids and codes only.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Signal {
    pub(crate) kind: Kind,
    pub(crate) applicants: BTreeSet<String>,
    pub(crate) accounts: BTreeSet<String>,
    pub(crate) strength: Strength,
    /// What raised it, ascending.
    pub(crate) evidence: BTreeSet<&'static str>,
    /// Days from the event to the day asked about.
    pub(crate) days: Option<i64>,
}

/// The day that "lately" counts back from, in seconds, and how many days it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lately {
    pub(crate) as_of: i64,
    pub(crate) days: i64,
}

/// Every signal, ascending by kind and ids.
pub(crate) fn signals(
    claims: &Claims,
    identities: &Identities,
    comparison: &Comparison<'_>,
    names: &Names,
    lately: Option<Lately>,
) -> Vec<Signal> {
    let together = together(claims);
    let mut found = shared_accounts(identities, names, &together);
    found.extend(another_applicant(claims, comparison, &together));
    found.extend(shared_contacts(claims, &together));
    let mut real: BTreeMap<String, usize> = BTreeMap::new();
    for (at, signal) in found.iter().enumerate().filter(|one| one.1.kind == Kind::SharedAccount) {
        real.extend(signal.accounts.iter().map(|id| (id.clone(), at)));
    }
    // One real account seen twice is not two accounts.
    let is_one = |signal: &Signal| {
        let places: BTreeSet<Option<&usize>> = signal.accounts.iter().map(|id| real.get(id)).collect();
        places.len() == 1 && !places.contains(&None)
    };
    found.extend(many_accounts(identities, &together).into_iter().filter(|signal| !is_one(signal)));
    if let Some(lately) = lately {
        found.extend(recent(identities, lately));
    }
    found.sort();
    found
}

/// Applicants that apply together: pairs, each in both orders.
type Together = BTreeSet<(String, String)>;

fn together(claims: &Claims) -> Together {
    let mut applications: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (applicant, application) in claims.keys() {
        if let Some(application) = application {
            applications.entry(application).or_default().push(applicant);
        }
    }
    let mut pairs = Together::new();
    for applicants in applications.values() {
        for one in applicants {
            let others = applicants.iter().filter(|other| *other != one);
            pairs.extend(others.map(|other| ((*one).to_owned(), (*other).to_owned())));
        }
    }
    pairs
}

/// Whether all of these apply together: each with each.
fn is_one_party(applicants: &BTreeSet<String>, together: &Together) -> bool {
    let after = |at| applicants.iter().skip(at + 1);
    let mut pairs = applicants.iter().enumerate().flat_map(|(at, one)| after(at).map(move |other| (one, other)));
    pairs.all(|(one, other)| together.contains(&(one.clone(), other.clone())))
}

/// Names, mailboxes and lines of an account's owners, as keys.
fn keys(account: &Account) -> BTreeSet<(&'static str, String)> {
    let mut keys = BTreeSet::new();
    for owner in &account.owners {
        keys.extend(owner.name.as_deref().and_then(name_key).map(|key| ("owner_name", key)));
        keys.extend(owner.email.as_deref().and_then(email_key).map(|key| ("owner_email", key)));
        keys.extend(owner.phone.as_deref().and_then(phone_key).map(|key| ("owner_phone", key)));
    }
    keys
}

/// An account with its keys, worked out once.
struct Keyed<'a> {
    account: &'a Account,
    keys: BTreeSet<(&'static str, String)>,
    /// Words of the owners' names.
    words: BTreeSet<String>,
}

impl<'a> Keyed<'a> {
    fn of(account: &'a Account) -> Keyed<'a> {
        let keys = keys(account);
        let names = keys.iter().filter(|key| key.0 == "owner_name");
        let words = names.flat_map(|key| key.1.split(' ').map(str::to_owned)).collect();
        Keyed { account, keys, words }
    }
}

/// What shows two accounts of one institution and last four digits to be one: an owner in common. Names are compared where
/// they share a word, since a portfolio at one large bank has millions of such pairs.
fn in_common(one: &Keyed<'_>, other: &Keyed<'_>) -> BTreeSet<&'static str> {
    let mut evidence: BTreeSet<&'static str> = one.keys.intersection(&other.keys).map(|key| key.0).collect();
    let is_same = |owner: &cashline_identity::Owner| {
        let claim = Claim { name: owner.name.clone(), ..Claim::default() };
        compare(&claim, &other.account.owners).name.verdict == Verdict::Match
    };
    let is_near = !evidence.contains("owner_name") && !one.words.is_disjoint(&other.words);
    if is_near && one.account.owners.iter().any(is_same) {
        evidence.insert("owner_name");
    }
    evidence
}

fn shared_accounts(identities: &Identities, names: &Names, together: &Together) -> Vec<Signal> {
    let mut spelt = Spelt::default();
    // The one spelling that `institutions` and `relinks` know a bank by; a blank more makes no other bank of it.
    let mut institution =
        |account: &Account| Some(spelt.of(names, account.facts.institution.as_deref()?)?.replace(' ', ""));
    let mut buckets: BTreeMap<(String, String), Vec<&Account>> = BTreeMap::new();
    for account in identities.accounts.iter().filter(|account| account.facts.holder.is_some()) {
        if let (Some(institution), Some(last4)) = (institution(account), account.facts.last4.clone()) {
            buckets.entry((institution, last4)).or_default().push(account);
        }
        if let Some(print) = &account.facts.fingerprint {
            buckets.entry((String::new(), print.clone())).or_default().push(account);
        }
    }
    let mut links: Vec<(&str, &str, BTreeSet<&'static str>)> = vec![];
    for ((institution, _), bucket) in &buckets {
        if institution.is_empty() {
            links.extend(bucket.windows(2).map(|two| (&*two[0].id, &*two[1].id, BTreeSet::from(["fingerprint"]))));
        } else if BUCKET_PAIRS_MAX < bucket.len() {
            let mut last: BTreeMap<(&'static str, String), &Account> = BTreeMap::new();
            for account in bucket {
                for key in keys(account) {
                    let kind = key.0;
                    if let Some(before) = last.insert(key, account) {
                        links.push((&before.id, &account.id, BTreeSet::from([kind, "institution", "last4"])));
                    }
                }
            }
        } else {
            let bucket: Vec<Keyed<'_>> = bucket.iter().map(|account| Keyed::of(account)).collect();
            for (at, one) in bucket.iter().enumerate() {
                for other in &bucket[at + 1..] {
                    let mut evidence = in_common(one, other);
                    if !evidence.is_empty() {
                        evidence.extend(["institution", "last4"]);
                        links.push((&one.account.id, &other.account.id, evidence));
                    }
                }
            }
        }
    }
    groups(identities, &links, together)
}

/// Groups of accounts that links hold together, where several applicants hold them.
fn groups(identities: &Identities, links: &[(&str, &str, BTreeSet<&'static str>)], together: &Together) -> Vec<Signal> {
    let place: BTreeMap<&str, usize> = identities.accounts.iter().enumerate().map(|(at, one)| (&*one.id, at)).collect();
    let mut roots: Vec<usize> = (0..identities.accounts.len()).collect();
    for (one, other, _) in links {
        let (one, other) = (root(&roots, place[one]), root(&roots, place[other]));
        // The smaller is the root, so that the order of links says nothing.
        roots[one.max(other)] = one.min(other);
    }
    let mut found: BTreeMap<usize, Signal> = BTreeMap::new();
    for (one, other, evidence) in links {
        let signal = found.entry(root(&roots, place[one])).or_insert_with(|| empty(Kind::SharedAccount));
        signal.evidence.extend(evidence);
        for id in [one, other] {
            signal.accounts.insert((*id).to_owned());
            signal.applicants.extend(identities.accounts[place[id]].facts.holder.clone());
        }
    }
    let several = found.into_values().filter(|signal| 1 < signal.applicants.len());
    several
        .map(|mut signal| {
            let owner = ["owner_name", "owner_email", "owner_phone"];
            let facts = owner.iter().filter(|fact| signal.evidence.contains(**fact)).count();
            let is_sure = signal.evidence.contains("fingerprint") || 2 <= facts;
            signal.strength = if is_sure { Strength::High } else { Strength::Medium };
            weaken(signal, together)
        })
        .collect()
}

fn root(roots: &[usize], mut at: usize) -> usize {
    while roots[at] != at {
        at = roots[at];
    }
    at
}

fn empty(kind: Kind) -> Signal {
    let (applicants, accounts) = (BTreeSet::new(), BTreeSet::new());
    Signal { kind, applicants, accounts, strength: Strength::Low, evidence: BTreeSet::new(), days: None }
}

/// Those who apply together may well share an account, a mailbox, a telephone.
fn weaken(mut signal: Signal, together: &Together) -> Signal {
    if is_one_party(&signal.applicants, together) {
        signal.strength = Strength::Low;
        signal.evidence.insert("same_application");
    }
    signal
}

/// Accounts that do not fit their applicant and whose owner is another applicant, by name and by mailbox or telephone.
fn another_applicant(claims: &Claims, comparison: &Comparison<'_>, together: &Together) -> Vec<Signal> {
    let mut contacts: BTreeMap<(&'static str, String), BTreeSet<&str>> = BTreeMap::new();
    for ((applicant, _), claim) in claims {
        for key in claim_keys(claim) {
            contacts.entry(key).or_default().insert(applicant);
        }
    }
    let mut found: BTreeMap<(String, String), Signal> = BTreeMap::new();
    for row in comparison.rows.iter().filter(|row| row.found.name.verdict == Verdict::Mismatch) {
        let mut others: BTreeMap<&str, BTreeSet<&'static str>> = BTreeMap::new();
        for key in keys(row.account) {
            for other in contacts.get(&key).into_iter().flatten().filter(|other| **other != row.applicant) {
                others.entry(other).or_default().insert(key.0);
            }
        }
        for (other, evidence) in others.into_iter().filter(|other| 2 <= other.1.len()) {
            let signal = Signal {
                applicants: BTreeSet::from([row.applicant.to_owned(), other.to_owned()]),
                accounts: BTreeSet::from([row.account.id.clone()]),
                strength: Strength::High,
                evidence,
                ..empty(Kind::OwnerIsAnotherApplicant)
            };
            found.insert((row.account.id.clone(), other.to_owned()), weaken(signal, together));
        }
    }
    found.into_values().collect()
}

fn claim_keys(claim: &Claim) -> BTreeSet<(&'static str, String)> {
    let name = claim.name.as_deref().and_then(name_key).map(|key| ("owner_name", key));
    let email = claim.email.as_deref().and_then(email_key).map(|key| ("owner_email", key));
    let phone = claim.phone.as_deref().and_then(phone_key).map(|key| ("owner_phone", key));
    name.into_iter().chain(email).chain(phone).collect()
}

/// One mailbox or one telephone in the claims of several applicants.
fn shared_contacts(claims: &Claims, together: &Together) -> Vec<Signal> {
    let mut users: BTreeMap<(Kind, String), BTreeSet<String>> = BTreeMap::new();
    for ((applicant, _), claim) in claims {
        let email = claim.email.as_deref().and_then(email_key).map(|key| (Kind::SharedEmail, key));
        let phone = claim.phone.as_deref().and_then(phone_key).map(|key| (Kind::SharedPhone, key));
        for key in email.into_iter().chain(phone) {
            users.entry(key).or_default().insert(applicant.clone());
        }
    }
    let several = users.into_iter().filter(|(_, applicants)| 1 < applicants.len());
    several
        .map(|((kind, _), applicants)| {
            let strength = if 2 < applicants.len() { Strength::High } else { Strength::Medium };
            let evidence = BTreeSet::from([if kind == Kind::SharedEmail { "claimed_email" } else { "claimed_phone" }]);
            weaken(Signal { applicants, strength, evidence, ..empty(kind) }, together)
        })
        .collect()
}

/// One owner, by name and a mailbox or telephone, on accounts of several applicants.
fn many_accounts(identities: &Identities, together: &Together) -> Vec<Signal> {
    let mut owned: BTreeMap<(String, &'static str, String), Signal> = BTreeMap::new();
    for account in &identities.accounts {
        let Some(holder) = &account.facts.holder else { continue };
        for owner in &account.owners {
            let Some(name) = owner.name.as_deref().and_then(name_key) else { continue };
            let email = owner.email.as_deref().and_then(email_key).map(|key| ("owner_email", key));
            let phone = owner.phone.as_deref().and_then(phone_key).map(|key| ("owner_phone", key));
            for (kind, key) in email.into_iter().chain(phone) {
                let fresh = || empty(Kind::OwnerOnManyAccounts);
                let signal = owned.entry((name.clone(), kind, key)).or_insert_with(fresh);
                signal.accounts.insert(account.id.clone());
                signal.applicants.insert(holder.clone());
                signal.evidence.extend(["owner_name", kind]);
            }
        }
    }
    let mut found: BTreeMap<BTreeSet<String>, Signal> = BTreeMap::new();
    for mut signal in owned.into_values().filter(|one| 1 < one.applicants.len()) {
        signal.strength = if 2 < signal.applicants.len() { Strength::High } else { Strength::Medium };
        // The mailbox and the telephone of one owner are one signal.
        let evidence = signal.evidence.clone();
        found.entry(signal.accounts.clone()).or_insert(signal).evidence.extend(evidence);
    }
    found.into_values().map(|signal| weaken(signal, together)).collect()
}

/// Accounts linked, or come to other owners, within the last days.
fn recent(identities: &Identities, lately: Lately) -> Vec<Signal> {
    let mut found = vec![];
    for account in &identities.accounts {
        let times = [(Kind::LinkedRecently, account.facts.created), (Kind::OwnersChanged, account.owners_changed_at)];
        for (kind, at) in times {
            let Some(days) = at.and_then(|at| days_before(at, lately.as_of)).filter(|days| *days <= lately.days) else {
                continue;
            };
            let (strength, code) = match kind {
                Kind::OwnersChanged => (Strength::Medium, "other_owner_names"),
                _ => (Strength::Low, "linked"),
            };
            found.push(Signal {
                applicants: account.facts.holder.iter().cloned().collect(),
                accounts: BTreeSet::from([account.id.clone()]),
                strength,
                evidence: BTreeSet::from([code]),
                days: Some(days),
                ..empty(kind)
            });
        }
    }
    found
}

/// Whole days from an instant to the day asked about; none for what came after it.
pub(crate) fn days_before(at: i64, as_of: i64) -> Option<i64> {
    (at <= as_of).then(|| (as_of - at).div_euclid(DAY))
}

#[cfg(test)]
mod tests {
    use cashline_identity::Owner;

    use super::*;
    use crate::identity::{
        store::{Facts, OwnersState},
        weigh::weigh,
    };

    fn names() -> Names {
        Names::builtin().expect("the shipped file is valid")
    }

    fn account(at: usize, owner: &str, email: Option<&str>) -> Account {
        let facts = Facts {
            holder: Some(format!("cus_{at}")),
            institution: Some("Bank of Sample".to_owned()),
            last4: Some("0001".to_owned()),
            ..Facts::default()
        };
        let owner = Owner { name: Some(owner.to_owned()), email: email.map(str::to_owned), ..Owner::default() };
        Account {
            id: format!("fca_{at:03}"),
            facts,
            owners: vec![owner],
            state: OwnersState::Given,
            owners_changed_at: None,
        }
    }

    /// A portfolio at one bank, all with the same last digits; the first and the last are one account.
    fn found(count: usize) -> Vec<Signal> {
        let word = |at: usize| format!("{}{}", char::from(b'a' + u8::try_from(at / 26 % 26).unwrap_or(0)), "qzxjvkwy");
        let name =
            |at: usize| format!("{}{} {}", word(at), char::from(b'a' + u8::try_from(at % 26).unwrap_or(0)), at * 7919);
        let mut accounts: Vec<Account> = (0..count).map(|at| account(at, &name(at), None)).collect();
        accounts[0] = account(0, "Ann Lee", Some("ann@example.com"));
        accounts[count - 1] = account(count - 1, "LEE ANN", Some("Ann@example.com"));
        let identities = Identities { accounts, destinations: vec![], orphans: 0, passed: 0 };
        let claims = Claims::new();
        let comparison = weigh(&claims, &identities);
        signals(&claims, &identities, &comparison, &names(), None)
    }

    #[test]
    fn one_real_account_is_found_among_few_and_among_many_of_the_same_digits() {
        for count in [2, 40, BUCKET_PAIRS_MAX + 60] {
            let found = found(count);
            let shared: Vec<&Signal> = found.iter().filter(|one| one.kind == Kind::SharedAccount).collect();
            let last = format!("fca_{:03}", count - 1);
            assert_eq!(shared.len(), 1, "{count}: {found:?}");
            assert_eq!(shared[0].accounts, BTreeSet::from(["fca_000".to_owned(), last]));
            assert_eq!(shared[0].strength, Strength::High);
        }
    }

    #[test]
    fn a_bank_and_four_digits_alone_are_no_shared_account() {
        let accounts = vec![account(1, "Ann Lee", None), account(2, "Paul Jones", None)];
        let identities = Identities { accounts, destinations: vec![], orphans: 0, passed: 0 };
        let claims = Claims::new();
        assert_eq!(signals(&claims, &identities, &weigh(&claims, &identities), &names(), None), vec![]);
    }

    #[test]
    fn days_count_whole_and_never_from_the_future() {
        assert_eq!((days_before(0, DAY), days_before(1, DAY), days_before(DAY, 0)), (Some(1), Some(0), None));
    }
}
