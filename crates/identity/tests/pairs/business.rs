//! Names of businesses.

use super::class::{Class, Field::Name, MATCH, MATCH_OR_PARTIAL, MISMATCH, NO_MATCH, PARTIAL, Pair};
use super::dice::Dice;
use super::person::{Somebody, long, shout, slip};
use super::pool::{DISTINCT, FORM, SHORTENED, SURNAME, TRADE};

pub(crate) const CLASSES: &[Class] = &[
    Class { name: "business: identical", field: Name, right: MATCH, why: "case aside", make: identical },
    Class { name: "business: legal form spelt otherwise", field: Name, right: MATCH, why: "spelling only", make: form },
    Class { name: "business: legal form unsaid", field: Name, right: MATCH, why: "signs leave it out", make: formless },
    Class {
        name: "business: legal forms conflict",
        field: Name,
        right: PARTIAL,
        why: "an LLC is not the Inc, though often its successor",
        make: other_form,
    },
    Class { name: "business: dba", field: Name, right: MATCH, why: "either name is its name", make: dba },
    Class {
        name: "business: a person's dba",
        field: Name,
        right: MATCH,
        why: "the sole owner's trade",
        make: person_dba,
    },
    Class { name: "business: abbreviations", field: Name, right: MATCH, why: "banks shorten", make: shortened },
    Class { name: "business: acronym", field: Name, right: PARTIAL, why: "others share the letters", make: acronym },
    Class { name: "business: & and and", field: Name, right: MATCH, why: "spelling only", make: ampersand },
    Class { name: "business: the", field: Name, right: MATCH, why: "an article says nothing", make: article },
    Class { name: "business: apostrophe", field: Name, right: MATCH, why: "spelling only", make: apostrophe },
    Class { name: "business: truncated", field: Name, right: MATCH_OR_PARTIAL, why: "the last word is cut", make: cut },
    Class { name: "business: slip", field: Name, right: MATCH_OR_PARTIAL, why: "a slip of the hand", make: slipped },
    Class {
        name: "business: one more trade",
        field: Name,
        right: PARTIAL,
        why: "perhaps a sister company",
        make: more_words,
    },
    Class {
        name: "business: same words, other trade",
        field: Name,
        right: NO_MATCH,
        why: "an affiliate, or another of the town's Sunrises",
        make: other_trade,
    },
    Class {
        name: "business: same trade, other words",
        field: Name,
        right: MISMATCH,
        why: "a trade is shared by thousands",
        make: same_trade,
    },
    Class { name: "business: at random", field: Name, right: MISMATCH, why: "nothing in common", make: unrelated },
    Class {
        name: "business: a person of another name",
        field: Name,
        right: MISMATCH,
        why: "nothing in common",
        make: against_person,
    },
    Class {
        name: "business: a person and the firm of that surname",
        field: Name,
        right: NO_MATCH,
        why: "the owner, or anybody of that name",
        make: surname_firm,
    },
    Class {
        name: "business: a person and the firm of that full name",
        field: Name,
        right: PARTIAL,
        why: "the owner in all likelihood, but the firm's account",
        make: name_firm,
    },
];

/// A business name: its own words, and its trade.
fn firm(dice: &mut Dice) -> (String, String) {
    let own = if dice.below(4) == 0 { dice.word(SURNAME) } else { dice.line(DISTINCT) };
    (own.to_owned(), dice.word(TRADE).to_owned())
}

/// Both as business names; the claim says that it is one, or its legal form does.
fn firms(dice: &mut Dice, left: String, right: String) -> Pair {
    let mut pair = Pair::either(dice, left, right);
    pair.claim.business = Some(true);
    pair
}

fn any_form(dice: &mut Dice) -> &'static str {
    dice.pick(&["LLC", "Inc", "Corp", "Co", "Ltd", "L.L.C.", "Inc."])
}

fn identical(dice: &mut Dice) -> Pair {
    let ((own, trade), form) = (firm(dice), any_form(dice));
    let text = format!("{own} {trade} {form}");
    let bank = shout(dice, text.clone());
    let mut pair = firms(dice, text, bank);
    pair.claim.business = if dice.coin() { Some(true) } else { None };
    pair
}

fn form(dice: &mut Dice) -> Pair {
    let ((own, trade), (left, right)) = (firm(dice), dice.couple(FORM));
    let comma = dice.pick(&["", ","]);
    let bank = shout(dice, format!("{own} {trade}{comma} {right}"));
    let mut pair = firms(dice, format!("{own} {trade} {left}"), bank);
    pair.claim.business = if dice.coin() { Some(true) } else { None };
    pair
}

fn formless(dice: &mut Dice) -> Pair {
    let ((own, trade), form) = (firm(dice), any_form(dice));
    let bank = shout(dice, format!("{own} {trade}"));
    firms(dice, format!("{own} {trade} {form}"), bank)
}

fn other_form(dice: &mut Dice) -> Pair {
    let (own, trade) = firm(dice);
    let (left, right) =
        *[("LLC", "Inc"), ("LLC", "Corp"), ("Inc", "LP"), ("L.L.C.", "Incorporated"), ("LLP", "Corporation")]
            .get(dice.below(5))
            .expect("five");
    firms(dice, format!("{own} {trade} {left}"), format!("{own} {trade} {right}"))
}

fn dba(dice: &mut Dice) -> Pair {
    let ((own, trade), (other, other_trade)) = (firm(dice), firm(dice));
    let dba = dice.pick(&["DBA", "dba", "d/b/a", "D.B.A."]);
    let whole = format!("{other} {other_trade} LLC {dba} {own} {trade}");
    let part = if dice.coin() { format!("{own} {trade}") } else { format!("{other} {other_trade} LLC") };
    firms(dice, whole, part)
}

fn person_dba(dice: &mut Dice) -> Pair {
    let (one, (own, trade), dba) = (Somebody::roll(dice), firm(dice), dice.pick(&["DBA", "d/b/a"]));
    let whole = format!("{} {dba} {own} {trade}", one.short());
    let bank = shout(dice, whole);
    if dice.coin() {
        let mut pair = Pair::names(format!("{own} {trade}"), bank);
        pair.claim.business = Some(true);
        pair
    } else {
        Pair::names(one.short(), bank)
    }
}

fn shortened(dice: &mut Dice) -> Pair {
    let ((own, trade), (left, right)) = (firm(dice), dice.couple(SHORTENED));
    let bank = shout(dice, format!("{own} {trade} {right}"));
    firms(dice, format!("{own} {trade} {left} LLC"), bank)
}

fn acronym(dice: &mut Dice) -> Pair {
    let own = [dice.word(SURNAME), dice.word(TRADE), dice.word(TRADE)];
    let letters: String = own.iter().map(|word| &word[..1]).collect();
    let form = any_form(dice);
    firms(dice, format!("{} {form}", own.join(" ")), format!("{letters} {form}"))
}

fn ampersand(dice: &mut Dice) -> Pair {
    let (own, trade, second) = (dice.word(SURNAME), dice.word(TRADE), dice.word(SURNAME));
    let tail = if dice.coin() { format!("{second} {trade}") } else { "Sons".to_owned() };
    firms(dice, format!("{own} & {tail} LLC"), format!("{own} and {tail} LLC"))
}

fn article(dice: &mut Dice) -> Pair {
    let ((own, trade), form) = (firm(dice), any_form(dice));
    firms(dice, format!("The {own} {trade} {form}"), format!("{own} {trade} {form}"))
}

fn apostrophe(dice: &mut Dice) -> Pair {
    let (one, trade) = (Somebody::roll(dice), dice.word(TRADE));
    let mark = dice.pick(&["'", "’"]);
    let bank = shout(dice, format!("{}s {trade}", one.given));
    firms(dice, format!("{}{mark}s {trade} LLC", one.given), bank)
}

fn cut(dice: &mut Dice) -> Pair {
    loop {
        let ((own, trade), width) = (firm(dice), dice.within(20, 25));
        let text = format!("{own} {trade} Services LLC");
        let stands = own.len() + trade.len() + 4;
        if stands <= width && width < text.len() - 4 {
            return firms(dice, text.clone(), text[..width].to_uppercase());
        }
    }
}

fn slipped(dice: &mut Dice) -> Pair {
    let (own, trade, form) = (long(dice, SURNAME, 7), dice.word(TRADE), any_form(dice));
    let wrong = slip(dice, own);
    firms(dice, format!("{own} {trade} {form}"), format!("{wrong} {trade} {form}"))
}

fn more_words(dice: &mut Dice) -> Pair {
    loop {
        let ((own, trade), more) = (firm(dice), dice.word(TRADE));
        if more != trade {
            return firms(dice, format!("{own} {trade} LLC"), format!("{own} {trade} and {more} LLC"));
        }
    }
}

fn other_trade(dice: &mut Dice) -> Pair {
    loop {
        let ((own, trade), other) = (firm(dice), dice.word(TRADE));
        if other[..1] != trade[..1] {
            return firms(dice, format!("{own} {trade} LLC"), format!("{own} {other} LLC"));
        }
    }
}

/// Two with nothing in common.
fn two_firms(dice: &mut Dice) -> ((String, String), (String, String)) {
    loop {
        let (one, two) = (firm(dice), firm(dice));
        let apart = one.0.split(' ').all(|word| two.0.split(' ').all(|other| word[..2] != other[..2]));
        if apart && one.1[..2] != two.1[..2] {
            return (one, two);
        }
    }
}

fn same_trade(dice: &mut Dice) -> Pair {
    let (((own, trade), (other, _)), form) = (two_firms(dice), any_form(dice));
    firms(dice, format!("{own} {trade} {form}"), format!("{other} {trade} {form}").to_uppercase())
}

fn unrelated(dice: &mut Dice) -> Pair {
    let (((own, trade), (other, second)), form) = (two_firms(dice), any_form(dice));
    firms(dice, format!("{own} {trade} {form}"), format!("{other} {second} {form}"))
}

fn against_person(dice: &mut Dice) -> Pair {
    let one = Somebody::roll(dice);
    let (own, trade, form) = (dice.line(DISTINCT), dice.word(TRADE), any_form(dice));
    if dice.coin() {
        Pair::names(one.short(), format!("{own} {trade} {form}"))
    } else {
        Pair::names(format!("{own} {trade} {form}"), one.short().to_uppercase())
    }
}

fn surname_firm(dice: &mut Dice) -> Pair {
    let (one, trade) = (Somebody::roll(dice), dice.word(TRADE));
    Pair::either(dice, one.short(), format!("{} {trade} LLC", one.surname))
}

fn name_firm(dice: &mut Dice) -> Pair {
    let (one, trade) = (Somebody::roll(dice), dice.word(TRADE));
    Pair::either(dice, one.short(), format!("{} {trade} LLC", one.short()))
}
