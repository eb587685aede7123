//! Whether two lists of an account's owners name the same people.

use std::collections::BTreeSet;

use crate::{Owner, answer::MATCH_MIN, business, key::name_key, names, party, person, said};

/// Whether a list names anybody; where it does not, it says nothing of whose the account is.
#[must_use]
pub fn names_somebody(owners: &[Owner]) -> bool {
    owners.iter().filter_map(|owner| said(&owner.name)).any(|name| !party::parties(name).0.is_empty())
}

/// Whether everybody whom one list names as owner is named as owner by another, beyond spelling: a middle name, the order,
/// a nickname, another's address are no other person; one who has died, or only inherits, is no owner. Two lists name the same
/// people when each is among the other.
#[must_use]
pub fn are_among(owners: &[Owner], others: &[Owner]) -> bool {
    let others: Vec<&str> = others.iter().filter_map(|owner| said(&owner.name)).collect();
    owners.iter().filter_map(|owner| said(&owner.name)).all(|name| is_among(name, &others))
}

fn is_among(name: &str, others: &[&str]) -> bool {
    let is_firm = |text: &str| business::is_business(text) || 1 < business::aliases(text).len();
    // A firm's name with its legal form and without are one firm here.
    let is_same_firm = |other: &str| {
        (is_firm(name) || is_firm(other))
            && (name_key(name).is_some_and(|key| Some(key) == name_key(other))
                || names(name, None, other).is_some_and(|found| MATCH_MIN <= found.0))
    };
    if others.iter().any(|other| is_same_firm(other)) {
        return true;
    }
    if is_firm(name) {
        return false;
    }
    let (named, _) = party::parties(name);
    let theirs: Vec<party::Party> = others.iter().flat_map(|other| party::parties(other).0).collect();
    // Beneficiaries are no owners, unless nobody else is named.
    let has_owner = named.iter().any(|one| !one.is_other);
    let asked: BTreeSet<usize> = named.iter().filter(|one| !(has_owner && one.is_other)).map(|one| one.who).collect();
    asked.into_iter().all(|who| {
        named.iter().filter(|one| one.who == who).any(|one| {
            let mut same_capacity = theirs.iter().filter(|other| other.is_other == one.is_other);
            same_capacity.any(|other| MATCH_MIN <= person::compare(&one.person, &other.person).0)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owners(names: &[&str]) -> Vec<Owner> {
        names.iter().map(|name| Owner { name: Some((*name).to_owned()), ..Owner::default() }).collect()
    }

    fn are_same(one: &[&str], other: &[&str]) -> bool {
        let (one, other) = (owners(one), owners(other));
        are_among(&one, &other) && are_among(&other, &one)
    }

    #[test]
    fn a_spelling_is_no_other_owner() {
        for (one, other) in [
            (&["ANN LEE"][..], &["LEE ANN"][..]),
            (&["ANN LEE"], &["ANN MARIE LEE"]),
            (&["Robert Smith"], &["SMITH BOB"]),
            (&["JOHN & MARY SMITH"], &["SMITH JOHN OR MARY"]),
            (&["JOHN & MARY SMITH"], &["MARY SMITH", "JOHN SMITH"]),
            (&["JOHN SMITH"], &["JOHN SMITH POD MARY SMITH"]),
            (&["Harbor Cafe LLC"], &["HARBOR CAFE"]),
            (&["ESTATE OF JOHN SMITH"], &["JOHN SMITH DECD"]),
            (&["ANN LEE", "N/A"], &["ANN LEE"]),
        ] {
            assert!(are_same(one, other), "{one:?} {other:?}");
        }
    }

    #[test]
    fn who_comes_who_goes_and_who_has_died_are_other_owners() {
        for (one, other) in [
            (&["ANN LEE"][..], &["BOB STRANGER"][..]),
            (&["ANN LEE"], &["ANN LEE & BOB LEE"]),
            (&["ANN LEE"], &["ANN LEE", "BOB LEE"]),
            (&["JOHN SMITH"], &["MARY SMITH POD JOHN SMITH"]),
            (&["JOHN SMITH"], &["JOHN SMITH DECD"]),
            (&["JOHN SMITH SR"], &["JOHN SMITH JR"]),
            (&["Harbor Cafe LLC"], &["Zenith Cafe LLC"]),
            (&["Harbor Cafe LLC"], &["ANN LEE"]),
        ] {
            assert!(!are_same(one, other), "{one:?} {other:?}");
        }
        assert!(!names_somebody(&owners(&["N/A", "", "JOINT ACCOUNT"])) && names_somebody(&owners(&["", "Ann Lee"])));
    }
}
