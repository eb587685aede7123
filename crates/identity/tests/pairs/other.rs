//! Several persons: other people, joint owners, and the styles in which banks title an account.

use super::class::{Class, Field::Name, MATCH, MATCH_OR_PARTIAL, MISMATCH, NO_MATCH, PARTIAL, Pair};
use super::dice::Dice;
use super::person::{Somebody, initial, shout};
use super::pool::{ANAGRAM, NEAR_GIVEN, NEAR_SURNAME, SISTER_GIVEN};

pub(crate) const CLASSES: &[Class] = &[
    Class { name: "joint: A & B SURNAME", field: Name, right: MATCH, why: "each is an owner", make: joint },
    Class { name: "joint: A S & B T", field: Name, right: MATCH, why: "each is an owner", make: joint_two_surnames },
    Class { name: "joint: SURNAME A & B", field: Name, right: MATCH, why: "each is an owner", make: joint_turned },
    Class {
        name: "joint: someone else of the family",
        field: Name,
        right: MISMATCH,
        why: "no owner",
        make: joint_other,
    },
    Class { name: "joint: a stranger", field: Name, right: MISMATCH, why: "no owner", make: joint_stranger },
    Class {
        name: "joint: one's given, the other's surname",
        field: Name,
        right: NO_MATCH,
        why: "neither owner; a spouse may use it",
        make: joint_crossed,
    },
    Class { name: "joint: in the claim", field: Name, right: MATCH_OR_PARTIAL, why: "one of two", make: joint_claim },
    Class { name: "owners: one of several", field: Name, right: MATCH, why: "one fits", make: one_of_several },
    Class { name: "owners: none of several", field: Name, right: MISMATCH, why: "none fits", make: none_of_several },
    Class {
        name: "owners: one's given, another's surname",
        field: Name,
        right: MISMATCH,
        why: "a name is one owner's",
        make: crossed,
    },
    Class { name: "style: JTWROS and such", field: Name, right: MATCH, why: "says how, not who", make: tenancy },
    Class {
        name: "style: joint with tenancy",
        field: Name,
        right: MATCH,
        why: "each is an owner",
        make: joint_tenancy,
    },
    Class { name: "style: POD, the owner", field: Name, right: MATCH, why: "the owner stands first", make: pod_owner },
    Class {
        name: "style: POD, the beneficiary",
        field: Name,
        right: NO_MATCH,
        why: "a beneficiary does not own the account yet",
        make: pod_beneficiary,
    },
    Class {
        name: "style: trustee",
        field: Name,
        right: MATCH_OR_PARTIAL,
        why: "holds the account, for a trust",
        make: trustee,
    },
    Class { name: "style: IRA", field: Name, right: MATCH, why: "says what, not who", make: ira },
    Class {
        name: "style: a minor and the custodian",
        field: Name,
        right: MATCH_OR_PARTIAL,
        why: "the minor owns, the custodian acts",
        make: custodian,
    },
    Class { name: "style: estate", field: Name, right: NO_MATCH, why: "its owner has died", make: estate },
    Class {
        name: "style: a stranger",
        field: Name,
        right: MISMATCH,
        why: "shared style words say nothing",
        make: style_stranger,
    },
    Class {
        name: "other: Jr and Sr",
        field: Name,
        right: NO_MATCH,
        why: "father and son; or one of them wrote it wrong",
        make: generations,
    },
    Class {
        name: "other: same surname, other given",
        field: Name,
        right: MISMATCH,
        why: "spouse, sibling, or nobody",
        make: relative,
    },
    Class {
        name: "other: same surname, other given, same initial",
        field: Name,
        right: MISMATCH,
        why: "likewise",
        make: relative_alike,
    },
    Class {
        name: "other: same surname, LAST FIRST M",
        field: Name,
        right: MISMATCH,
        why: "order does not make them one",
        make: relative_turned,
    },
    Class {
        name: "other: initial that disagrees",
        field: Name,
        right: MISMATCH,
        why: "R is not a given name in K",
        make: other_initial,
    },
    Class {
        name: "other: same given, other surname",
        field: Name,
        right: MISMATCH,
        why: "a given name is shared by thousands",
        make: namesake,
    },
    Class {
        name: "other: same given and middle, other surname",
        field: Name,
        right: NO_MATCH,
        why: "marriage, perhaps",
        make: namesake_middle,
    },
    Class { name: "other: at random", field: Name, right: MISMATCH, why: "nothing in common", make: stranger },
    Class {
        name: "other: near given name",
        field: Name,
        right: PARTIAL,
        why: "Maria, Marie: a slip or a sister",
        make: near_given,
    },
    Class {
        name: "other: brother and sister",
        field: Name,
        right: NO_MATCH,
        why: "Daniel is not Danielle, though one begins with the other",
        make: sister,
    },
    Class {
        name: "other: near surname",
        field: Name,
        right: PARTIAL,
        why: "Hanson, Hansen: a slip or a stranger",
        make: near_surname,
    },
    Class {
        name: "other: anagram",
        field: Name,
        right: MISMATCH,
        why: "the same letters are another name",
        make: anagram,
    },
    Class {
        name: "other: surname as middle name",
        field: Name,
        right: MISMATCH,
        why: "Ann Reed Jones is no Reed, and no kin of Paul Reed",
        make: middle_surname,
    },
];

/// Two of one surname, whose given names nobody takes for one.
pub(crate) fn family(dice: &mut Dice) -> (Somebody<'static>, Somebody<'static>) {
    loop {
        let (one, two) = (Somebody::roll(dice), Somebody::roll(dice));
        if one.given[..1] != two.given[..1] && one.given != two.middle && two.given != one.middle {
            let (one, two) = (one, Somebody { surname: one.surname, ..two });
            if two.given != two.surname && two.middle != two.surname {
                return (one, two);
            }
        }
    }
}

/// Two with nothing in common.
pub(crate) fn strangers(dice: &mut Dice) -> (Somebody<'static>, Somebody<'static>) {
    loop {
        let (one, two) = (Somebody::roll(dice), Somebody::roll(dice));
        let apart = [two.given, two.middle, two.surname]
            .iter()
            .all(|name| [one.given, one.middle, one.surname].iter().all(|other| name[..2] != other[..2]));
        if apart && one.given[..1] != two.given[..1] {
            return (one, two);
        }
    }
}

fn joint(dice: &mut Dice) -> Pair {
    let (one, two) = family(dice);
    let and = dice.pick(&[" & ", " AND ", " OR ", " or ", "/", " and "]);
    let text = match dice.below(3) {
        0 => format!("{}{and}{} {}", one.given, two.given, one.surname),
        1 => format!("{} {}{and}{} {} {}", one.given, initial(one.middle), two.given, initial(two.middle), one.surname),
        _ => format!("{}{and}{}", one.short(), two.short()),
    };
    let (claim, text) = (if dice.coin() { one } else { two }, shout(dice, text));
    Pair::names(claim.short(), text)
}

fn joint_two_surnames(dice: &mut Dice) -> Pair {
    let (one, two) = strangers(dice);
    let and = dice.pick(&[" & ", " AND ", " OR ", " / ", "/", "; "]);
    let text = if dice.coin() {
        format!("{}{and}{}", one.short(), two.short())
    } else {
        format!("{} {} {}{and}{}", one.given, initial(one.middle), one.surname, two.full())
    };
    let (claim, text) = (if dice.coin() { one } else { two }, shout(dice, text));
    Pair::names(claim.short(), text)
}

fn joint_turned(dice: &mut Dice) -> Pair {
    let (one, two) = family(dice);
    let and = dice.pick(&[" & ", " AND ", " OR "]);
    let text = match dice.below(3) {
        0 => format!("{} {}{and}{}", one.surname, one.given, two.given),
        1 => format!("{}, {}{and}{}", one.surname, one.given, two.given),
        _ => format!("{} {} {}{and}{} {}", one.surname, one.given, initial(one.middle), two.given, initial(two.middle)),
    };
    let claim = if dice.coin() { one } else { two };
    Pair::names(claim.short(), text.to_uppercase())
}

/// A third of the family, apart from both.
fn third(dice: &mut Dice) -> (Somebody<'static>, Somebody<'static>, Somebody<'static>) {
    loop {
        let (one, two) = family(dice);
        let other = Somebody { surname: one.surname, ..Somebody::roll(dice) };
        let known = [one.given, one.middle, two.given, two.middle, one.surname];
        if known.iter().all(|name| name[..1] != other.given[..1]) {
            return (one, two, other);
        }
    }
}

fn joint_other(dice: &mut Dice) -> Pair {
    let (one, two, other) = third(dice);
    let text = format!("{} & {} {}", one.given, two.given, one.surname);
    Pair::names(other.short(), shout(dice, text))
}

fn joint_stranger(dice: &mut Dice) -> Pair {
    let ((one, two), and) = (strangers(dice), dice.pick(&[" & ", " OR ", " AND "]));
    let text = format!("{}{and}{} {}", one.given, one.middle, one.surname);
    Pair::names(two.short(), shout(dice, text))
}

fn joint_crossed(dice: &mut Dice) -> Pair {
    let (one, two) = strangers(dice);
    Pair::names(format!("{} {}", one.given, two.surname), format!("{} & {}", one.short(), two.short()).to_uppercase())
}

fn joint_claim(dice: &mut Dice) -> Pair {
    let (one, two) = family(dice);
    Pair::names(format!("{} & {} {}", one.given, two.given, one.surname), one.short())
}

fn one_of_several(dice: &mut Dice) -> Pair {
    let (one, two, other) = third(dice);
    let (_, far) = strangers(dice);
    let mut owners = vec![two.full().to_uppercase(), other.short().to_uppercase(), far.short()];
    owners.retain(|owner| !owner.eq_ignore_ascii_case(&one.short()));
    let at = dice.below(owners.len() + 1);
    let fitting = if dice.coin() { one.full() } else { one.short() };
    owners.insert(at, shout(dice, fitting));
    Pair::among(one.short(), &owners, Some(at))
}

fn none_of_several(dice: &mut Dice) -> Pair {
    let (one, two, other) = third(dice);
    Pair::among(other.short(), &[one.short(), two.full().to_uppercase()], None)
}

fn crossed(dice: &mut Dice) -> Pair {
    let (one, two) = strangers(dice);
    Pair::among(format!("{} {}", one.given, two.surname), &[one.short(), two.short().to_uppercase()], None)
}

fn tenancy(dice: &mut Dice) -> Pair {
    let one = Somebody::roll(dice);
    let style = dice.pick(&["JTWROS", "JT TEN", "JTROS", "JT WROS", "TEN COM", "TEN ENT", "INDIVIDUAL", "SOLE OWNER"]);
    Pair::names(one.short(), format!("{} {style}", one.short()).to_uppercase())
}

fn joint_tenancy(dice: &mut Dice) -> Pair {
    let (one, two) = family(dice);
    let style = dice.pick(&["JTWROS", "JT TEN", "JT TEN WROS", "TEN COM", "(JTWROS)"]);
    let claim = if dice.coin() { one } else { two };
    Pair::names(claim.short(), format!("{} & {} {style}", one.short(), two.short()).to_uppercase())
}

fn pod_owner(dice: &mut Dice) -> Pair {
    let ((one, two), style) = (family(dice), dice.pick(&["POD", "P.O.D.", "TOD", "ITF", "PAYABLE ON DEATH"]));
    Pair::names(one.short(), format!("{} {style} {}", one.short(), two.short()).to_uppercase())
}

fn pod_beneficiary(dice: &mut Dice) -> Pair {
    let ((one, two), style) = (family(dice), dice.pick(&["POD", "TOD", "ITF", "PAYABLE ON DEATH"]));
    Pair::names(two.short(), format!("{} {style} {}", one.short(), two.short()).to_uppercase())
}

fn trustee(dice: &mut Dice) -> Pair {
    let one = Somebody::roll(dice);
    let text = match dice.below(4) {
        0 => format!("{} TTEE", one.short()),
        1 => format!("{} TRUSTEE", one.short()),
        2 => format!("{} TTEE {} FAMILY TRUST", one.short(), one.surname),
        _ => format!("{} REVOCABLE LIVING TRUST", one.short()),
    };
    Pair::names(one.short(), text.to_uppercase())
}

fn ira(dice: &mut Dice) -> Pair {
    let ((one, _), style) = (family(dice), dice.pick(&["IRA", "ROTH IRA", "SEP IRA", "HSA"]));
    Pair::names(one.short(), format!("{} {style}", one.short()).to_uppercase())
}

fn custodian(dice: &mut Dice) -> Pair {
    let (one, two) = family(dice);
    let text = match dice.below(4) {
        0 => format!("{} A MINOR BY {}", two.short(), one.short()),
        1 => format!("{} CUST FBO {}", one.short(), two.short()),
        2 => format!("{} CUST {} UTMA", one.short(), two.short()),
        _ => format!("{} FBO {}", one.short(), two.short()),
    };
    let claim = if dice.coin() { one } else { two };
    Pair::names(claim.short(), text.to_uppercase())
}

fn estate(dice: &mut Dice) -> Pair {
    let (one, style) = (Somebody::roll(dice), dice.pick(&["ESTATE OF ", "EST OF ", "THE ESTATE OF "]));
    Pair::names(one.short(), format!("{style}{}", one.short()).to_uppercase())
}

fn style_stranger(dice: &mut Dice) -> Pair {
    let ((one, two), style) = (strangers(dice), dice.pick(&["JTWROS", "JT TEN", "TTEE", "IRA", "TOD", "POD"]));
    Pair::names(format!("{} {style}", two.short()), format!("{} {style}", one.short()).to_uppercase())
}

fn generations(dice: &mut Dice) -> Pair {
    let one = Somebody::roll(dice);
    let (left, right) =
        *[("Jr", "Sr"), ("Jr.", "SR"), ("II", "III"), ("III", "IV"), ("Sr", "III")].get(dice.below(5)).expect("five");
    let name = if dice.coin() { one.short() } else { one.full() };
    Pair::either(dice, format!("{name} {left}"), format!("{name} {right}"))
}

fn relative(dice: &mut Dice) -> Pair {
    let (one, two) = family(dice);
    let left = if dice.coin() { one.short() } else { one.full() };
    let right = if dice.coin() { two.short() } else { two.full() };
    let right = shout(dice, right);
    Pair::either(dice, left, right)
}

fn relative_alike(dice: &mut Dice) -> Pair {
    loop {
        let (one, two) = (Somebody::roll(dice), Somebody::roll(dice));
        let initials = one.given[..1] == two.given[..1] && one.given[1..2] != two.given[1..2];
        let names = [one.given, two.given];
        // Cognates, which a list of nicknames may well join.
        let cognate =
            [["Jose", "Juan"], ["Mary", "Maria"], ["Luis", "Louis"]].iter().any(|pair| pair.contains(&names[0]));
        if initials && !cognate && 4 < names[0].len() && 4 < names[1].len() && two.given != one.surname {
            let right = format!("{} {}", two.given, one.surname);
            return Pair::either(dice, one.short(), right);
        }
    }
}

fn relative_turned(dice: &mut Dice) -> Pair {
    let (one, two) = family(dice);
    let bank = format!("{} {} {}", two.surname, two.given, initial(two.middle)).to_uppercase();
    Pair::either(dice, one.short(), bank)
}

fn other_initial(dice: &mut Dice) -> Pair {
    let one = Somebody::roll(dice);
    // No given name in X, Q or U has a nickname in those letters, nor the reverse.
    let letter = dice.pick(&["X", "Q", "U"]);
    let letter = if one.given.starts_with(letter) { "Z" } else { letter };
    Pair::either(dice, one.short(), format!("{letter} {}", one.surname))
}

fn namesake(dice: &mut Dice) -> Pair {
    let (one, two) = strangers(dice);
    let right = shout(dice, format!("{} {}", one.given, two.surname));
    Pair::either(dice, one.short(), right)
}

fn namesake_middle(dice: &mut Dice) -> Pair {
    let (one, two) = strangers(dice);
    Pair::either(dice, one.full(), format!("{} {} {}", one.given, one.middle, two.surname))
}

fn stranger(dice: &mut Dice) -> Pair {
    let (one, two) = strangers(dice);
    let left = if dice.coin() { one.short() } else { one.full() };
    let right = if dice.coin() { two.short() } else { two.full() };
    let right = shout(dice, right);
    Pair::either(dice, left, right)
}

fn near_given(dice: &mut Dice) -> Pair {
    let (one, (left, right)) = (Somebody::roll(dice), dice.couple(NEAR_GIVEN));
    Pair::either(dice, format!("{left} {}", one.surname), format!("{right} {}", one.surname))
}

fn sister(dice: &mut Dice) -> Pair {
    let (one, (left, right)) = (Somebody::roll(dice), dice.couple(SISTER_GIVEN));
    Pair::either(dice, format!("{left} {}", one.surname), format!("{right} {}", one.surname))
}

fn near_surname(dice: &mut Dice) -> Pair {
    let (one, (left, right)) = (Somebody::roll(dice), dice.couple(NEAR_SURNAME));
    Pair::either(dice, format!("{} {left}", one.given), format!("{} {right}", one.given))
}

fn anagram(dice: &mut Dice) -> Pair {
    let (one, (left, right)) = (Somebody::roll(dice), dice.couple(ANAGRAM));
    Pair::either(dice, format!("{left} {}", one.surname), format!("{right} {}", one.surname))
}

fn middle_surname(dice: &mut Dice) -> Pair {
    let (one, two) = strangers(dice);
    let left = format!("{} {} {}", one.given, two.surname, one.surname);
    Pair::either(dice, left, two.short())
}
