#![doc = include_str!("../README.md")]

mod address;
mod among;
mod answer;
mod business;
mod contact;
mod fold;
mod key;
mod nickname;
mod party;
mod person;
mod placeholder;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use among::{are_among, names_somebody};
pub use answer::{Evidence, FieldMatch, MATCH_MIN, PARTIAL_MIN, Verdict};
pub use key::{email_key, name_key, phone_key};
pub use placeholder::is_placeholder;

/// What the application says about whose account it is. Empty texts are none, and so is what stands for none ([`is_placeholder`]).
#[derive(Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default)]
pub struct Claim {
    /// A person's name, or a business's.
    pub name: Option<String>,
    /// Whether `name` is a business's; none leaves it to its legal form.
    pub business: Option<bool>,
    /// E-mail address.
    pub email: Option<String>,
    /// Phone number.
    pub phone: Option<String>,
    /// Address in one text.
    pub address: Option<String>,
}

/// One owner as the bank gives it. Banks leave fields out, and write several names into one.
#[derive(Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default)]
pub struct Owner {
    /// Name.
    pub name: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
    /// Phone number.
    pub phone: Option<String>,
    /// Address in one text.
    pub raw_address: Option<String>,
}

/// Which fields are there, and nothing of what they say.
impl fmt::Debug for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        there(f, "Claim", [&self.name, &self.email, &self.phone, &self.address])
    }
}

/// Which fields are there, and nothing of what they say.
impl fmt::Debug for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        there(f, "Owner", [&self.name, &self.email, &self.phone, &self.raw_address])
    }
}

fn there(f: &mut fmt::Formatter<'_>, of: &str, fields: [&Option<String>; 4]) -> fmt::Result {
    let mut out = f.debug_struct(of);
    for (name, field) in ["name", "email", "phone", "address"].into_iter().zip(fields) {
        out.field(name, &field.is_some());
    }
    out.finish_non_exhaustive()
}

/// How a claim fits an account's owners.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct OwnershipMatch {
    /// Overall, 0 to 100: see [`compare`]. None when no field could be compared.
    pub score: Option<u32>,
    /// What it comes to.
    pub verdict: Verdict,
    /// The name against the owner whose name fits best.
    pub name: FieldMatch,
    /// The e-mail address against the owner whose address fits best.
    pub email: FieldMatch,
    /// The phone number likewise.
    pub phone: FieldMatch,
    /// The address likewise.
    pub address: FieldMatch,
    /// Owners that the bank gave.
    pub owners: usize,
}

/// Compares a claim with an account's owners; each field takes the owner that fits it best.
///
/// # Overall
///
/// The name decides; e-mail, phone and address support or weaken it. With a name: `name` less 10 for each other field that
/// is a mismatch, at most 20, plus 5 when another field matches, held to its verdict: a name that is no match is never lifted
/// above 84, and a name that is a mismatch is lifted to at most 70, when two other fields match. Without a name: the mean of
/// the other fields, held to at most 84, since it was never compared.
#[must_use]
pub fn compare(claim: &Claim, owners: &[Owner]) -> OwnershipMatch {
    let claimed = said(&claim.name);
    let name = best(owners, |owner| names(claimed?, claim.business, said(&owner.name)?));
    let email = best(owners, |owner| contact::email(said(&claim.email)?, said(&owner.email)?));
    let phone = best(owners, |owner| contact::phone(said(&claim.phone)?, said(&owner.phone)?));
    let claimed = said(&claim.address).and_then(address::Address::read);
    let address = best(owners, |owner| {
        Some(address::compare(claimed.as_ref()?, &address::Address::read(said(&owner.raw_address)?)?))
    });
    let score = overall(&name, &[&email, &phone, &address]);
    let verdict = score.map_or(Verdict::Missing, Verdict::of);
    OwnershipMatch { score, verdict, name, email, phone, address, owners: owners.len() }
}

/// A text that says something.
fn said(text: &Option<String>) -> Option<&str> {
    text.as_deref().map(str::trim).filter(|text| !text.is_empty() && !is_placeholder(text))
}

/// Two names: a text may hold a person's and a business's, parted by "doing business as"; the best pair of them counts.
fn names(claimed: &str, business: Option<bool>, owner: &str) -> Option<(u32, Vec<Evidence>)> {
    let (mine, theirs) = (business::aliases(claimed), business::aliases(owner));
    let mut best: Option<(u32, Vec<Evidence>)> = None;
    for one in &mine {
        for other in &theirs {
            let found = match (business, business::is_business(one), business::is_business(other)) {
                (Some(true), ..) | (_, true, true) => business::compare(one, other),
                (_, false, false) => persons(one, other),
                _ => person_and_business(one, other),
            };
            if let Some(found) = found
                && best.as_ref().is_none_or(|best| best.0 < found.0)
            {
                best = Some(found);
            }
        }
    }
    best
}

/// A person's name in a business's: the owner, in all likelihood, and yet another's account.
fn person_and_business(one: &str, other: &str) -> Option<(u32, Vec<Evidence>)> {
    // "GRIFFIN STEPHANIE PA" beside Stephanie Patricia Griffin: the middle name, cut.
    if let Some(found) = persons(one, other).filter(|found| MATCH_MIN <= found.0)
        && business::may_be_cut(one, other)
    {
        return Some(found);
    }
    let (score, mut evidence) = business::compare(one, other)?;
    evidence.push(Evidence::PersonAndBusiness);
    Some((score.min(MATCH_MIN - 5), evidence))
}

/// Everybody whom one text names with everybody whom the other does.
fn persons(one: &str, other: &str) -> Option<(u32, Vec<Evidence>)> {
    let ((mine, _), (theirs, joint)) = (party::parties(one), party::parties(other));
    let mut best: Option<(u32, Vec<Evidence>)> = None;
    for claimed in &mine {
        for owner in &theirs {
            let (mut score, mut evidence) = person::compare(&claimed.person, &owner.person);
            if claimed.is_other != owner.is_other {
                evidence.push(Evidence::OtherCapacity);
                score = score.min(MATCH_MIN - 5);
            }
            if best.as_ref().is_none_or(|best| best.0 < score) {
                best = Some((score, evidence));
            }
        }
    }
    let (score, mut evidence) = best?;
    if joint {
        evidence.push(Evidence::JointOwner);
    }
    Some((score, evidence))
}

/// The best of the owners; the first of equals, so that the bank's order decides nothing but a tie.
fn best(owners: &[Owner], compared: impl Fn(&Owner) -> Option<(u32, Vec<Evidence>)>) -> FieldMatch {
    let mut found = FieldMatch::missing();
    for (at, owner) in owners.iter().enumerate() {
        let Some((score, mut evidence)) = compared(owner) else { continue };
        if found.score.is_none_or(|before| before < score) {
            evidence.sort_unstable();
            evidence.dedup();
            found = FieldMatch { score: Some(score), verdict: Verdict::of(score), owner: Some(at), evidence };
        }
    }
    found
}

fn overall(name: &FieldMatch, others: &[&FieldMatch]) -> Option<u32> {
    let count = |verdict: Verdict| others.iter().filter(|field| field.verdict == verdict).count();
    let (agree, differ) = (count(Verdict::Match), count(Verdict::Mismatch));
    let Some(score) = name.score else {
        let scores: Vec<u32> = others.iter().filter_map(|field| field.score).collect();
        let count = u32::try_from(scores.len()).unwrap_or(1);
        return (!scores.is_empty()).then(|| (scores.iter().sum::<u32>() / count).min(MATCH_MIN - 1));
    };
    let lowered = score.saturating_sub(10 * u32::try_from(differ.min(2)).unwrap_or(2));
    let lifted = if 0 < agree { lowered + 5 } else { lowered };
    Some(match name.verdict {
        Verdict::Match => lifted.min(100),
        Verdict::Partial => lifted.min(MATCH_MIN - 1),
        _ if 2 <= agree => lifted.clamp(PARTIAL_MIN, 70),
        _ => lifted.min(PARTIAL_MIN - 1),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_printed_of_a_claim_or_an_owner_says_nothing_of_a_person() {
        let some = |text: &str| Some(text.to_owned());
        let claim = Claim { name: some("Ana Example"), email: some("ana@example.com"), ..Claim::default() };
        let owner = Owner { phone: some("+1 555 0100"), raw_address: some("1 Sample St"), ..Owner::default() };
        assert_eq!(format!("{claim:?}"), "Claim { name: true, email: true, phone: false, address: false, .. }");
        assert_eq!(format!("{owner:?}"), "Owner { name: false, email: false, phone: true, address: true, .. }");
    }
}
