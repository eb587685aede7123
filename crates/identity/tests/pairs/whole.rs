//! All fields together.

use cashline_identity::{Claim, Owner};

use super::class::{Class, Field::Whole, MATCH, MATCH_OR_PARTIAL, MISMATCH, MISSING, NO_MATCH, PARTIAL, Pair, Right};
use super::contact::{two_handles, two_numbers};
use super::dice::Dice;
use super::other::{family, strangers};
use super::person::initial;
use super::place::two_places;

const ALL: [Right; 4] = [MATCH, MATCH, MATCH, MATCH];

pub(crate) const CLASSES: &[Class] = &[
    Class { name: "whole: all agree", field: Whole { fields: ALL }, right: MATCH, why: "the applicant", make: agree },
    Class {
        name: "whole: moved",
        field: Whole { fields: [MATCH, MATCH, MATCH, MISMATCH] },
        right: MATCH,
        why: "banks keep old addresses",
        make: moved,
    },
    Class {
        name: "whole: two of three differ",
        field: Whole { fields: [MATCH, MATCH, MISMATCH, MISMATCH] },
        right: MATCH_OR_PARTIAL,
        why: "the name and one more agree",
        make: two_differ,
    },
    Class {
        name: "whole: only the name agrees",
        field: Whole { fields: [MATCH, MISMATCH, MISMATCH, MISMATCH] },
        right: PARTIAL,
        why: "perhaps a namesake",
        make: namesake,
    },
    Class {
        name: "whole: a spouse's account",
        field: Whole { fields: [MISMATCH, MISMATCH, MATCH, MATCH] },
        right: PARTIAL,
        why: "one household, not the applicant",
        make: spouse,
    },
    Class {
        name: "whole: maiden name",
        field: Whole { fields: [MISMATCH, MATCH, MATCH, MATCH] },
        right: PARTIAL,
        why: "all but the surname agrees",
        make: maiden,
    },
    Class {
        name: "whole: a lodger",
        field: Whole { fields: [MISMATCH, MISMATCH, MISMATCH, MATCH] },
        right: MISMATCH,
        why: "a shared address alone",
        make: lodger,
    },
    Class {
        name: "whole: nothing agrees",
        field: Whole { fields: [MISMATCH, MISMATCH, MISMATCH, MISMATCH] },
        right: MISMATCH,
        why: "someone else",
        make: nothing,
    },
    Class {
        name: "whole: the bank gives no name",
        field: Whole { fields: [MISSING, MATCH, MATCH, MISSING] },
        right: PARTIAL,
        why: "the name was never compared",
        make: nameless,
    },
    Class {
        name: "whole: an initial, the rest agrees",
        field: Whole { fields: [PARTIAL, MATCH, MATCH, MATCH] },
        right: PARTIAL,
        why: "other fields lift no name to a match",
        make: by_initial,
    },
    Class {
        name: "whole: fields at several owners",
        field: Whole { fields: ALL },
        right: MATCH,
        why: "banks give an address once",
        make: scattered,
    },
    Class {
        name: "whole: the name alone was given",
        field: Whole { fields: [MATCH, MISSING, MISSING, MISSING] },
        right: MATCH,
        why: "what is missing weighs nothing",
        make: alone,
    },
    Class {
        name: "whole: no owners",
        field: Whole { fields: [MISSING, MISSING, MISSING, MISSING] },
        right: MISSING,
        why: "nothing to compare",
        make: ownerless,
    },
    Class {
        name: "whole: a parent's account, Sr and Jr",
        field: Whole { fields: [NO_MATCH, MISMATCH, MISMATCH, MATCH] },
        right: NO_MATCH,
        why: "one house, two people",
        make: parent,
    },
];

/// What one side says, in the order of the fields.
type Said = [Option<String>; 4];

/// Two strangers, each in full.
fn two(dice: &mut Dice) -> (Said, Said) {
    let (one, other) = strangers(dice);
    let (emails, phones, places) = (two_handles(dice), two_numbers(dice), two_places(dice));
    (
        [Some(one.short()), Some(format!("{}@gmail.com", emails.0)), Some(phones.0), Some(places.0)],
        [Some(other.short()), Some(format!("{}@yahoo.com", emails.1)), Some(phones.1), Some(places.1)],
    )
}

fn claim(said: Said) -> Claim {
    let [name, email, phone, address] = said;
    Claim { name, business: None, email, phone, address }
}

fn owner(said: Said) -> Owner {
    let [name, email, phone, raw_address] = said;
    Owner { name, email, phone, raw_address }
}

fn pair(left: Said, right: Said) -> Pair {
    Pair { claim: claim(left), owners: vec![owner(right)], owner: None }
}

/// One side, and the same with some of the fields of a stranger's.
fn with(dice: &mut Dice, foreign: &[usize]) -> Pair {
    let (one, other) = two(dice);
    let mut right = one.clone();
    for &field in foreign {
        right[field].clone_from(&other[field]);
    }
    pair(one, right)
}

fn agree(dice: &mut Dice) -> Pair {
    with(dice, &[])
}

fn moved(dice: &mut Dice) -> Pair {
    with(dice, &[3])
}

fn two_differ(dice: &mut Dice) -> Pair {
    with(dice, &[2, 3])
}

fn namesake(dice: &mut Dice) -> Pair {
    with(dice, &[1, 2, 3])
}

fn lodger(dice: &mut Dice) -> Pair {
    with(dice, &[0, 1, 2])
}

fn nothing(dice: &mut Dice) -> Pair {
    with(dice, &[0, 1, 2, 3])
}

fn spouse(dice: &mut Dice) -> Pair {
    let (husband, wife) = family(dice);
    let mut pair = with(dice, &[1]);
    pair.claim.name = Some(husband.short());
    pair.owners[0].name = Some(wife.short().to_uppercase());
    pair
}

fn maiden(dice: &mut Dice) -> Pair {
    let (one, other) = strangers(dice);
    let mut pair = with(dice, &[]);
    pair.claim.name = Some(one.short());
    pair.owners[0].name = Some(format!("{} {}", one.given, other.surname).to_uppercase());
    pair
}

fn nameless(dice: &mut Dice) -> Pair {
    let mut pair = with(dice, &[]);
    pair.owners[0].name = None;
    pair.owners[0].raw_address = None;
    pair
}

fn by_initial(dice: &mut Dice) -> Pair {
    let (one, _) = strangers(dice);
    let mut pair = with(dice, &[]);
    pair.claim.name = Some(one.short());
    pair.owners[0].name = Some(format!("{} {}", initial(one.given), one.surname).to_uppercase());
    pair
}

fn scattered(dice: &mut Dice) -> Pair {
    let (one, other) = two(dice);
    let [name, email, phone, address] = one.clone();
    let first = [other[0].clone(), None, phone, address];
    let owners = vec![owner(first), owner([name, email, None, None])];
    Pair { claim: claim(one), owners, owner: None }
}

fn alone(dice: &mut Dice) -> Pair {
    let mut pair = with(dice, &[]);
    pair.owners[0] = Owner { name: pair.owners[0].name.take(), ..Owner::default() };
    pair
}

fn ownerless(dice: &mut Dice) -> Pair {
    let mut pair = with(dice, &[]);
    pair.owners.clear();
    pair
}

fn parent(dice: &mut Dice) -> Pair {
    let (one, _) = strangers(dice);
    let mut pair = with(dice, &[1, 2]);
    pair.claim.name = Some(format!("{} Jr", one.short()));
    pair.owners[0].name = Some(format!("{} SR", one.short()).to_uppercase());
    pair
}
