//! One person, written in two ways.

use super::class::{Class, Field::Name, MATCH, MATCH_OR_PARTIAL, MISSING, PARTIAL, Pair};
use super::dice::Dice;
use super::pool::{
    CYRILLIC, DIACRITIC, DIACRITIC_SURNAME, GIVEN, GREEK, NICKNAME, PARTICLE, PARTICLE_LOST, SPELLING, SURNAME, UMLAUT,
};

/// Somebody, with three names that differ.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Somebody<'a> {
    pub(crate) given: &'a str,
    pub(crate) middle: &'a str,
    pub(crate) surname: &'a str,
}

impl<'a> Somebody<'a> {
    pub(crate) fn roll(dice: &mut Dice) -> Somebody<'a> {
        loop {
            let rolled = Somebody { given: dice.word(GIVEN), middle: dice.word(GIVEN), surname: dice.word(SURNAME) };
            let initials = [rolled.given, rolled.middle].map(|name| &name[..1]);
            if rolled.given != rolled.surname && rolled.middle != rolled.surname && initials[0] != initials[1] {
                return rolled;
            }
        }
    }

    pub(crate) fn short(&self) -> String {
        format!("{} {}", self.given, self.surname)
    }

    pub(crate) fn full(&self) -> String {
        format!("{} {} {}", self.given, self.middle, self.surname)
    }
}

pub(crate) fn initial(name: &str) -> String {
    name.chars().take(1).collect()
}

/// Upper case half of the time, as banks print names.
pub(crate) fn shout(dice: &mut Dice, text: String) -> String {
    if dice.coin() { text.to_uppercase() } else { text }
}

/// A surname of so many letters at least.
pub(crate) fn long(dice: &mut Dice, list: &'static str, letters: usize) -> &'static str {
    loop {
        let word = dice.word(list);
        if letters <= word.len() && word.is_ascii() {
            return word;
        }
    }
}

/// One letter inside the word replaced, left out, or doubled.
pub(crate) fn slip(dice: &mut Dice, word: &str) -> String {
    let mut letters: Vec<char> = word.chars().collect();
    let at = dice.within(2, letters.len() - 1);
    match dice.below(3) {
        0 => letters[at] = if letters[at] == 'e' { 'a' } else { 'e' },
        1 => drop(letters.remove(at)),
        _ => letters.insert(at, letters[at]),
    }
    letters.into_iter().collect()
}

/// Two neighbours inside the word exchanged.
pub(crate) fn swap(dice: &mut Dice, word: &str) -> String {
    let mut letters: Vec<char> = word.chars().collect();
    loop {
        let at = dice.within(1, letters.len() - 1);
        if letters[at] != letters[at + 1] {
            letters.swap(at, at + 1);
            return letters.into_iter().collect();
        }
    }
}

pub(crate) const CLASSES: &[Class] = &[
    Class { name: "name: identical", field: Name, right: MATCH, why: "the same text", make: identical },
    Class { name: "name: case and punctuation", field: Name, right: MATCH, why: "spelling only", make: punctuation },
    Class { name: "name: LAST FIRST", field: Name, right: MATCH, why: "banks' order", make: order },
    Class { name: "name: LAST, FIRST", field: Name, right: MATCH, why: "the comma says it", make: comma },
    Class { name: "name: middle name unsaid", field: Name, right: MATCH, why: "silence is no conflict", make: middle },
    Class { name: "name: middle initial unsaid", field: Name, right: MATCH, why: "silence", make: middle_initial },
    Class {
        name: "name: middle name and its initial",
        field: Name,
        right: MATCH,
        why: "they agree",
        make: abbreviated,
    },
    Class {
        name: "name: middle initials conflict",
        field: Name,
        right: PARTIAL,
        why: "two people of a common name, or a slip: a reviewer asks",
        make: other_initial,
    },
    Class { name: "name: middle names conflict", field: Name, right: PARTIAL, why: "likewise", make: other_middle },
    Class { name: "name: nickname", field: Name, right: MATCH, why: "one given name, two uses", make: nickname },
    Class {
        name: "name: nickname, LAST FIRST M",
        field: Name,
        right: MATCH,
        why: "both differences are spelling",
        make: nickname_order,
    },
    Class { name: "name: two spellings", field: Name, right: MATCH_OR_PARTIAL, why: "Sara, Sarah", make: spelling },
    Class {
        name: "name: initial for given name",
        field: Name,
        right: PARTIAL,
        why: "J is Jane too",
        make: only_initial,
    },
    Class {
        name: "name: initial and full middle name",
        field: Name,
        right: MATCH_OR_PARTIAL,
        why: "the middle name carries what the initial lacks",
        make: initial_middle,
    },
    Class {
        name: "name: goes by the middle name",
        field: Name,
        right: PARTIAL,
        why: "common, and as common is a son called after his father",
        make: by_middle,
    },
    Class { name: "name: hyphen or blank", field: Name, right: MATCH, why: "spelling only", make: hyphen },
    Class { name: "name: half of a double surname", field: Name, right: PARTIAL, why: "perhaps a spouse", make: half },
    Class {
        name: "name: one of two Spanish surnames",
        field: Name,
        right: MATCH_OR_PARTIAL,
        why: "US forms drop one of them",
        make: spanish,
    },
    Class {
        name: "name: Jr, Sr, III unsaid",
        field: Name,
        right: MATCH,
        why: "banks leave it out",
        make: suffix_unsaid,
    },
    Class {
        name: "name: suffix written otherwise",
        field: Name,
        right: MATCH,
        why: "spelling only",
        make: suffix_form,
    },
    Class { name: "name: titles", field: Name, right: MATCH, why: "titles are no names", make: title },
    Class { name: "name: diacritics", field: Name, right: MATCH, why: "banks write ASCII", make: diacritic },
    Class { name: "name: umlauts", field: Name, right: MATCH, why: "both ways of doing without", make: umlaut },
    Class { name: "name: Cyrillic", field: Name, right: MATCH, why: "the passport's letters", make: cyrillic },
    Class { name: "name: Greek", field: Name, right: MATCH, why: "the passport's letters", make: greek },
    Class { name: "name: particle spacing", field: Name, right: MATCH, why: "spelling only", make: particle },
    Class {
        name: "name: particle spacing, LAST FIRST",
        field: Name,
        right: MATCH,
        why: "and order",
        make: particle_order,
    },
    Class { name: "name: particle lost", field: Name, right: PARTIAL, why: "De Leon is not Leon", make: particle_lost },
    Class {
        name: "name: slip in a long surname",
        field: Name,
        right: MATCH_OR_PARTIAL,
        why: "a slip of the hand, or a near name",
        make: slip_surname,
    },
    Class {
        name: "name: neighbours exchanged",
        field: Name,
        right: MATCH_OR_PARTIAL,
        why: "almost surely a slip of the hand",
        make: exchanged,
    },
    Class { name: "name: slips in both names", field: Name, right: PARTIAL, why: "one slip too many", make: two_slips },
    Class { name: "name: truncated", field: Name, right: MATCH, why: "four letters or more stand", make: truncated },
    Class {
        name: "name: truncated, LAST FIRST MIDDLE",
        field: Name,
        right: MATCH,
        why: "the middle name is clipped, both others stand",
        make: truncated_middle,
    },
    Class { name: "name: surname only", field: Name, right: PARTIAL, why: "half a name", make: surname_only },
    Class { name: "name: one word, the same", field: Name, right: MATCH, why: "some people have one", make: mononym },
    Class { name: "name: empty", field: Name, right: MISSING, why: "nothing to compare", make: empty },
];

fn identical(dice: &mut Dice) -> Pair {
    let one = Somebody::roll(dice);
    let text = if dice.coin() { one.short() } else { one.full() };
    Pair::names(text.clone(), text)
}

fn punctuation(dice: &mut Dice) -> Pair {
    let one = Somebody::roll(dice);
    let plain =
        if dice.coin() { one.short() } else { format!("{} {} {}", one.given, initial(one.middle), one.surname) };
    let other = match dice.below(5) {
        0 => plain.to_uppercase(),
        1 => plain.to_lowercase(),
        2 => format!("  {} ", plain.replace(' ', "   ")),
        3 => plain.replace(' ', ". "),
        _ => format!("{}.", plain.to_uppercase()),
    };
    Pair::either(dice, plain, other)
}

fn order(dice: &mut Dice) -> Pair {
    let one = Somebody::roll(dice);
    let turned = match dice.below(3) {
        0 => format!("{} {}", one.surname, one.given),
        1 => format!("{} {} {}", one.surname, one.given, initial(one.middle)),
        _ => format!("{} {} {}", one.surname, one.given, one.middle),
    };
    let straight = if dice.coin() { one.short() } else { one.full() };
    let turned = shout(dice, turned);
    Pair::either(dice, straight, turned)
}

fn comma(dice: &mut Dice) -> Pair {
    let one = Somebody::roll(dice);
    let turned = match dice.below(4) {
        0 => format!("{}, {}", one.surname, one.given),
        1 => format!("{},{}", one.surname, one.given),
        2 => format!("{}, {} {}.", one.surname, one.given, initial(one.middle)),
        _ => format!("{}, {} {}", one.surname, one.given, one.middle),
    };
    let straight = if dice.coin() { one.short() } else { one.full() };
    let turned = shout(dice, turned);
    Pair::either(dice, straight, turned)
}

fn middle(dice: &mut Dice) -> Pair {
    let one = Somebody::roll(dice);
    Pair::either(dice, one.short(), one.full())
}

fn middle_initial(dice: &mut Dice) -> Pair {
    let one = Somebody::roll(dice);
    let dot = dice.pick(&["", "."]);
    Pair::either(dice, one.short(), format!("{} {}{dot} {}", one.given, initial(one.middle), one.surname))
}

fn abbreviated(dice: &mut Dice) -> Pair {
    let one = Somebody::roll(dice);
    let dot = dice.pick(&["", "."]);
    Pair::either(dice, one.full(), format!("{} {}{dot} {}", one.given, initial(one.middle), one.surname))
}

fn other_initial(dice: &mut Dice) -> Pair {
    let (one, two) = (Somebody::roll(dice), other_middle_name(dice));
    let (left, right) = if two.0 == initial(one.middle) { ("A", "R") } else { (&one.middle[..1], two.0.as_str()) };
    Pair::either(
        dice,
        format!("{} {left} {}", one.given, one.surname),
        format!("{} {right} {}", one.given, one.surname),
    )
}

fn other_middle_name(dice: &mut Dice) -> (String, &'static str) {
    let name = dice.word(GIVEN);
    (initial(name), name)
}

fn other_middle(dice: &mut Dice) -> Pair {
    let one = Somebody::roll(dice);
    loop {
        let (letter, name) = other_middle_name(dice);
        if letter != initial(one.middle) && name != one.given && name != one.surname {
            return Pair::either(dice, one.full(), Somebody { middle: name, ..one }.full());
        }
    }
}

fn nickname(dice: &mut Dice) -> Pair {
    let (one, (formal, short)) = (Somebody::roll(dice), dice.couple(NICKNAME));
    Pair::either(dice, format!("{formal} {}", one.surname), format!("{short} {}", one.surname))
}

fn nickname_order(dice: &mut Dice) -> Pair {
    let (one, (formal, short)) = (Somebody::roll(dice), dice.couple(NICKNAME));
    let bank = format!("{} {formal} {}", one.surname, initial(one.middle)).to_uppercase();
    Pair::either(dice, format!("{short} {}", one.surname), bank)
}

fn spelling(dice: &mut Dice) -> Pair {
    let (one, (left, right)) = (Somebody::roll(dice), dice.couple(SPELLING));
    Pair::either(dice, format!("{left} {}", one.surname), format!("{right} {}", one.surname))
}

fn only_initial(dice: &mut Dice) -> Pair {
    let one = Somebody::roll(dice);
    let dot = dice.pick(&["", "."]);
    let short = format!("{}{dot} {}", initial(one.given), one.surname);
    let long = if dice.coin() { one.short() } else { one.full() };
    Pair::either(dice, long, short)
}

fn initial_middle(dice: &mut Dice) -> Pair {
    let one = Somebody::roll(dice);
    Pair::either(dice, one.full(), format!("{}. {} {}", initial(one.given), one.middle, one.surname))
}

fn by_middle(dice: &mut Dice) -> Pair {
    let one = Somebody::roll(dice);
    Pair::either(dice, one.full(), format!("{} {}", one.middle, one.surname))
}

fn two_surnames(dice: &mut Dice) -> (Somebody<'static>, &'static str) {
    loop {
        let (one, second) = (Somebody::roll(dice), dice.word(SURNAME));
        if second != one.surname && second != one.given {
            return (one, second);
        }
    }
}

fn hyphen(dice: &mut Dice) -> Pair {
    let (one, second) = two_surnames(dice);
    let joined = format!("{} {}-{second}", one.given, one.surname);
    let gap = dice.pick(&[" ", " - "]);
    let apart = shout(dice, format!("{} {}{gap}{second}", one.given, one.surname));
    Pair::either(dice, joined, apart)
}

fn half(dice: &mut Dice) -> Pair {
    let (one, second) = two_surnames(dice);
    let kept = if dice.coin() { one.surname } else { second };
    Pair::either(dice, format!("{} {}-{second}", one.given, one.surname), format!("{} {kept}", one.given))
}

fn spanish(dice: &mut Dice) -> Pair {
    let given = dice.pick(&["Juan", "Maria", "Carlos", "Guadalupe", "Luis", "Ximena", "Javier", "Rosa"]);
    let father = dice.pick(&["Garcia", "Lopez", "Hernandez", "Torres", "Ramirez", "Flores"]);
    let mother = dice.pick(&["Vargas", "Mendoza", "Ortiz", "Castillo", "Reyes", "Aguilar"]);
    let kept = dice.pick(&[father, mother]);
    Pair::either(dice, format!("{given} {father} {mother}"), format!("{given} {kept}"))
}

fn suffix_unsaid(dice: &mut Dice) -> Pair {
    let one = Somebody::roll(dice);
    let suffix = dice.pick(&["Jr", "Jr.", "Sr", "III", "II", "IV", "JR", "Junior"]);
    let gap = dice.pick(&[" ", ", "]);
    let long = if dice.coin() { one.short() } else { one.full() };
    Pair::either(dice, one.short(), format!("{long}{gap}{suffix}"))
}

fn suffix_form(dice: &mut Dice) -> Pair {
    let one = Somebody::roll(dice);
    let (left, right) =
        *[("Jr", "Junior"), ("Jr.", "JR"), ("Sr", "Senior"), ("III", "3rd"), ("II", "2nd"), ("III", "iii")]
            .get(dice.below(6))
            .expect("six of them");
    let gap = dice.pick(&[" ", ", "]);
    Pair::either(dice, format!("{} {left}", one.short()), format!("{}{gap}{right}", one.short()))
}

fn title(dice: &mut Dice) -> Pair {
    let one = Somebody::roll(dice);
    let titled = if dice.coin() {
        format!("{} {}", dice.pick(&["Mr", "Mrs.", "Ms", "Dr.", "Prof", "Rev.", "Miss", "Hon.", "Sgt."]), one.short())
    } else {
        format!("{}{}", one.short(), dice.pick(&[" MD", ", M.D.", " PhD", ", Esq.", " CPA", ", RN", " DDS", ", Ph.D."]))
    };
    Pair::either(dice, one.short(), titled)
}

fn diacritic(dice: &mut Dice) -> Pair {
    let ((given, plain_given), (surname, plain)) = (dice.couple(DIACRITIC), dice.couple(DIACRITIC_SURNAME));
    let bank = shout(dice, format!("{plain_given} {plain}"));
    Pair::either(dice, format!("{given} {surname}"), bank)
}

fn umlaut(dice: &mut Dice) -> Pair {
    let (one, (left, right)) = (Somebody::roll(dice), dice.couple(UMLAUT));
    let right = shout(dice, right);
    Pair::either(dice, format!("{} {left}", one.given), format!("{} {right}", one.given))
}

fn cyrillic(dice: &mut Dice) -> Pair {
    let (left, right) = dice.couple(CYRILLIC);
    let (left, right) = (shout(dice, left), shout(dice, right));
    Pair::either(dice, left, right)
}

fn greek(dice: &mut Dice) -> Pair {
    let (left, right) = dice.couple(GREEK);
    let (left, right) = (shout(dice, left), shout(dice, right));
    Pair::either(dice, left, right)
}

fn particle(dice: &mut Dice) -> Pair {
    let (one, (left, right)) = (Somebody::roll(dice), dice.couple(PARTICLE));
    let right = shout(dice, right);
    Pair::either(dice, format!("{} {left}", one.given), format!("{} {right}", one.given))
}

fn particle_order(dice: &mut Dice) -> Pair {
    let (one, (left, right)) = (Somebody::roll(dice), dice.couple(PARTICLE));
    let bank = format!("{right} {} {}", one.given, initial(one.middle)).to_uppercase();
    Pair::either(dice, format!("{} {left}", one.given), bank)
}

fn particle_lost(dice: &mut Dice) -> Pair {
    let (one, (left, right)) = (Somebody::roll(dice), dice.couple(PARTICLE_LOST));
    Pair::either(dice, format!("{} {left}", one.given), format!("{} {right}", one.given))
}

fn slip_surname(dice: &mut Dice) -> Pair {
    let (one, surname) = (Somebody::roll(dice), long(dice, SURNAME, 7));
    let slipped = slip(dice, surname);
    Pair::either(dice, format!("{} {surname}", one.given), format!("{} {slipped}", one.given))
}

fn exchanged(dice: &mut Dice) -> Pair {
    let (given, surname) = (long(dice, GIVEN, 6), long(dice, SURNAME, 6));
    let slipped = if dice.coin() {
        format!("{given} {}", swap(dice, surname))
    } else {
        format!("{} {surname}", swap(dice, given))
    };
    Pair::either(dice, format!("{given} {surname}"), slipped)
}

fn two_slips(dice: &mut Dice) -> Pair {
    let (given, surname) = (long(dice, GIVEN, 6), long(dice, SURNAME, 6));
    let slipped = format!("{} {}", slip(dice, given), slip(dice, surname));
    Pair::either(dice, format!("{given} {surname}"), slipped)
}

fn truncated(dice: &mut Dice) -> Pair {
    loop {
        let one = Somebody { surname: long(dice, SURNAME, 8), ..Somebody::roll(dice) };
        let (text, width) = (one.full(), dice.within(20, 25));
        let lost = text.len().saturating_sub(width);
        if 0 < lost && 4 + lost <= one.surname.len() {
            let bank = shout(dice, text[..width].to_owned());
            let claim = if dice.coin() { one.full() } else { one.short() };
            return Pair::either(dice, claim, bank);
        }
    }
}

fn truncated_middle(dice: &mut Dice) -> Pair {
    loop {
        let one = Somebody::roll(dice);
        let text = format!("{} {} {}", one.surname, one.given, one.middle);
        let (width, least) = (dice.within(20, 25), one.surname.len() + one.given.len() + 3);
        if width < text.len() && least <= width {
            return Pair::either(dice, one.full(), text[..width].to_uppercase());
        }
    }
}

fn surname_only(dice: &mut Dice) -> Pair {
    let one = Somebody::roll(dice);
    let alone = shout(dice, one.surname.to_owned());
    Pair::either(dice, one.short(), alone)
}

fn mononym(dice: &mut Dice) -> Pair {
    let one = dice.word(GIVEN);
    Pair::either(dice, one, one.to_uppercase())
}

fn empty(dice: &mut Dice) -> Pair {
    let (one, blank) = (Somebody::roll(dice), dice.pick(&["", " ", "\t\n", "-", "---", ".", ", ,"]));
    Pair::either(dice, one.short(), blank)
}
