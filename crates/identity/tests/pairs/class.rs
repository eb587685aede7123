//! A class of difficulty: how its pairs are made, which verdicts are right, and why.

use cashline_identity::{Claim, Owner, Verdict};

use super::dice::Dice;

/// Verdicts that a careful reviewer may give; one, unless two are defensible.
pub(crate) type Right = &'static [Verdict];

pub(crate) const MATCH: Right = &[Verdict::Match];
pub(crate) const PARTIAL: Right = &[Verdict::Partial];
pub(crate) const MISMATCH: Right = &[Verdict::Mismatch];
pub(crate) const MISSING: Right = &[Verdict::Missing];
/// The same in all likelihood; to ask would be careful, not wrong.
pub(crate) const MATCH_OR_PARTIAL: Right = &[Verdict::Match, Verdict::Partial];
/// Not to be let through; whether to ask or to refuse is taste.
pub(crate) const NO_MATCH: Right = &[Verdict::Partial, Verdict::Mismatch];

/// The field that a class is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Field {
    Name,
    Email,
    Phone,
    Address,
    /// All fields at once: name, e-mail, phone, address. The class's own verdict is the overall one.
    Whole {
        fields: [Right; 4],
    },
}

/// A class of difficulty.
pub(crate) struct Class {
    pub(crate) name: &'static str,
    pub(crate) field: Field,
    pub(crate) right: Right,
    /// Why that verdict is right.
    pub(crate) why: &'static str,
    pub(crate) make: fn(&mut Dice) -> Pair,
}

impl Class {
    /// Pairs of this class in one half: few where two verdicts are allowed, so that they cannot carry the figure.
    pub(crate) fn pairs(&self) -> usize {
        if self.right.len() == 1 { 60 } else { 15 }
    }
}

/// A claim and an account's owners.
#[derive(Debug)]
pub(crate) struct Pair {
    pub(crate) claim: Claim,
    pub(crate) owners: Vec<Owner>,
    /// The owner whom the field must be found at, where several are given.
    pub(crate) owner: Option<usize>,
}

impl Pair {
    pub(crate) fn names(claim: impl Into<String>, owner: impl Into<String>) -> Pair {
        Pair::among(claim, &[owner.into()], None)
    }

    /// Two names of which either may be the claim's.
    pub(crate) fn either(dice: &mut Dice, left: impl Into<String>, right: impl Into<String>) -> Pair {
        let (left, right) = (left.into(), right.into());
        if dice.coin() { Pair::names(left, right) } else { Pair::names(right, left) }
    }

    pub(crate) fn among(claim: impl Into<String>, owners: &[String], owner: Option<usize>) -> Pair {
        let owners = owners.iter().map(|name| Owner { name: Some(name.clone()), ..Owner::default() }).collect();
        Pair { claim: Claim { name: Some(claim.into()), ..Claim::default() }, owners, owner }
    }

    pub(crate) fn emails(dice: &mut Dice, left: String, right: String) -> Pair {
        let (claim, owner) = if dice.coin() { (left, right) } else { (right, left) };
        let owner = Owner { email: Some(owner), ..Owner::default() };
        Pair { claim: Claim { email: Some(claim), ..Claim::default() }, owners: vec![owner], owner: None }
    }

    pub(crate) fn phones(dice: &mut Dice, left: String, right: String) -> Pair {
        let (claim, owner) = if dice.coin() { (left, right) } else { (right, left) };
        let owner = Owner { phone: Some(owner), ..Owner::default() };
        Pair { claim: Claim { phone: Some(claim), ..Claim::default() }, owners: vec![owner], owner: None }
    }

    pub(crate) fn addresses(dice: &mut Dice, left: String, right: String) -> Pair {
        let (claim, owner) = if dice.coin() { (left, right) } else { (right, left) };
        let owner = Owner { raw_address: Some(owner), ..Owner::default() };
        Pair { claim: Claim { address: Some(claim), ..Claim::default() }, owners: vec![owner], owner: None }
    }
}
