//! Addresses.

use super::class::{Class, Field::Address, MATCH, MATCH_OR_PARTIAL, MISMATCH, MISSING, NO_MATCH, PARTIAL, Pair};
use super::dice::Dice;
use super::person::{slip, swap};
use super::pool::{CITY, KIND, STREET};

pub(crate) const CLASSES: &[Class] = &[
    Class { name: "address: identical", field: Address, right: MATCH, why: "case aside", make: identical },
    Class { name: "address: street types", field: Address, right: MATCH, why: "spelling only", make: kinds },
    Class {
        name: "address: street type unsaid",
        field: Address,
        right: MATCH_OR_PARTIAL,
        why: "silence",
        make: kindless,
    },
    Class {
        name: "address: street types conflict",
        field: Address,
        right: PARTIAL,
        why: "two streets",
        make: other_kind,
    },
    Class { name: "address: directionals", field: Address, right: MATCH, why: "spelling only", make: direction },
    Class { name: "address: directional unsaid", field: Address, right: PARTIAL, why: "N or S?", make: directionless },
    Class {
        name: "address: directionals conflict",
        field: Address,
        right: NO_MATCH,
        why: "miles apart, or a slip",
        make: other_direction,
    },
    Class { name: "address: unit forms", field: Address, right: MATCH, why: "spelling only", make: units },
    Class {
        name: "address: unit unsaid",
        field: Address,
        right: MATCH_OR_PARTIAL,
        why: "the same building; banks drop the second line",
        make: unitless,
    },
    Class {
        name: "address: units conflict",
        field: Address,
        right: PARTIAL,
        why: "the same building",
        make: other_unit,
    },
    Class { name: "address: ZIP+4", field: Address, right: MATCH, why: "more of the same", make: zip_four },
    Class { name: "address: ZIP unsaid", field: Address, right: MATCH, why: "the city says it", make: zipless },
    Class { name: "address: city unsaid", field: Address, right: MATCH, why: "the ZIP says it", make: cityless },
    Class { name: "address: city misspelt", field: Address, right: MATCH, why: "the ZIP says it", make: city_slip },
    Class {
        name: "address: street misspelt",
        field: Address,
        right: MATCH_OR_PARTIAL,
        why: "number and ZIP agree",
        make: street_slip,
    },
    Class { name: "address: state in full", field: Address, right: MATCH, why: "spelling only", make: state },
    Class { name: "address: no commas", field: Address, right: MATCH, why: "spelling only", make: commaless },
    Class { name: "address: lines", field: Address, right: MATCH, why: "spelling only", make: lines },
    Class { name: "address: country said", field: Address, right: MATCH, why: "it is the same", make: country },
    Class { name: "address: ordinals", field: Address, right: MATCH, why: "spelling only", make: ordinal },
    Class {
        name: "address: ordinals conflict",
        field: Address,
        right: MISMATCH,
        why: "4th is not 5th",
        make: other_ordinal,
    },
    Class { name: "address: Saint, Fort, Mount", field: Address, right: MATCH, why: "spelling only", make: saint },
    Class { name: "address: numbered roads", field: Address, right: MATCH, why: "spelling only", make: road },
    Class { name: "address: PO box forms", field: Address, right: MATCH, why: "spelling only", make: box_forms },
    Class { name: "address: another PO box", field: Address, right: MISMATCH, why: "another's", make: other_box },
    Class {
        name: "address: PO box and street",
        field: Address,
        right: NO_MATCH,
        why: "people have both; one town says little",
        make: box_and_street,
    },
    Class { name: "address: other house", field: Address, right: MISMATCH, why: "another's", make: other_house },
    Class {
        name: "address: digits of the house exchanged",
        field: Address,
        right: NO_MATCH,
        why: "a slip, or another house",
        make: house_slip,
    },
    Class {
        name: "address: same street, other city",
        field: Address,
        right: MISMATCH,
        why: "every town has an Oak Street",
        make: other_city,
    },
    Class { name: "address: moved within the city", field: Address, right: MISMATCH, why: "elsewhere", make: moved },
    Class { name: "address: moved away", field: Address, right: MISMATCH, why: "elsewhere", make: moved_away },
    Class {
        name: "address: city and ZIP only",
        field: Address,
        right: PARTIAL,
        why: "agrees as far as it goes",
        make: city_only,
    },
    Class { name: "address: foreign, identical", field: Address, right: MATCH, why: "the same text", make: foreign },
    Class { name: "address: foreign and here", field: Address, right: MISMATCH, why: "elsewhere", make: foreign_here },
    Class { name: "address: empty", field: Address, right: MISSING, why: "nothing to compare", make: empty },
];

/// A place, and how its parts are spelt.
#[derive(Clone, Debug)]
struct Place {
    number: usize,
    direction: &'static str,
    street: String,
    kind: String,
    unit: String,
    city: String,
    state: String,
    zip: String,
}

impl Place {
    fn roll(dice: &mut Dice) -> Place {
        let [city, state, zip, _] = city(dice);
        let (number, kind, street) = (dice.within(10, 9900), dice.couple(KIND).0, dice.line(STREET).to_owned());
        let (city, state, zip) = (city.to_owned(), state.to_owned(), zip.to_owned());
        Place { number, direction: "", street, kind, unit: String::new(), city, state, zip }
    }

    /// `12 N Oak Street Apt 5`.
    fn street(&self) -> String {
        let number = self.number.to_string();
        let parts = [number.as_str(), self.direction, &self.street, &self.kind, &self.unit];
        parts.iter().copied().filter(|part| !part.is_empty()).collect::<Vec<&str>>().join(" ")
    }

    fn text(&self) -> String {
        format!("{}, {}, {} {}", self.street(), self.city, self.state, self.zip)
    }
}

fn city(dice: &mut Dice) -> [&'static str; 4] {
    let parts: Vec<&str> = dice.line(CITY).split('|').collect();
    parts.try_into().expect("city, state, ZIP, state in full")
}

/// The same place with something else about it.
fn changed(place: &Place, change: impl Fn(&mut Place)) -> String {
    let mut place = place.clone();
    change(&mut place);
    place.text()
}

/// Upper case half of the time, and without commas.
fn banked(dice: &mut Dice, text: String) -> String {
    match dice.below(4) {
        0 => text.to_uppercase(),
        1 => text.to_uppercase().replace(',', ""),
        _ => text,
    }
}

fn varied(dice: &mut Dice, left: String, right: String) -> Pair {
    let right = banked(dice, right);
    Pair::addresses(dice, left, right)
}

fn identical(dice: &mut Dice) -> Pair {
    let text = Place::roll(dice).text();
    varied(dice, text.clone(), text)
}

fn kinds(dice: &mut Dice) -> Pair {
    let (place, (long, short)) = (Place::roll(dice), dice.couple(KIND));
    let dot = dice.pick(&["", "."]);
    let (left, right) = (
        changed(&place, |place| place.kind = long.clone()),
        changed(&place, |place| place.kind = format!("{short}{dot}")),
    );
    varied(dice, left, right)
}

fn kindless(dice: &mut Dice) -> Pair {
    let place = Place::roll(dice);
    varied(dice, place.text(), changed(&place, |place| place.kind = String::new()))
}

fn other_kind(dice: &mut Dice) -> Pair {
    let place = Place::roll(dice);
    let (left, right) = *[("Street", "Ave"), ("Road", "Drive"), ("Ct", "Lane"), ("Blvd", "St"), ("Way", "Pl")]
        .get(dice.below(5))
        .expect("five");
    let text = |kind: &str| changed(&place, |place| place.kind = kind.to_owned());
    varied(dice, text(left), text(right))
}

const DIRECTIONS: &[(&str, &str)] = &[
    ("North", "N"),
    ("South", "S."),
    ("East", "E"),
    ("West", "W"),
    ("Northwest", "NW"),
    ("Southeast", "SE"),
    ("Northeast", "N.E."),
    ("Southwest", "S.W."),
];

fn direction(dice: &mut Dice) -> Pair {
    let (place, (long, short)) = (Place::roll(dice), DIRECTIONS[dice.below(DIRECTIONS.len())]);
    if dice.coin() {
        let (left, right) =
            (changed(&place, |place| place.direction = long), changed(&place, |place| place.direction = short));
        return varied(dice, left, right);
    }
    let (left, right) =
        (changed(&place, |place| place.unit = long.to_owned()), changed(&place, |place| place.unit = short.to_owned()));
    varied(dice, left, right)
}

fn directionless(dice: &mut Dice) -> Pair {
    let (place, (long, short)) = (Place::roll(dice), DIRECTIONS[dice.below(DIRECTIONS.len())]);
    let said = if dice.coin() { long } else { short };
    varied(dice, place.text(), changed(&place, |place| place.direction = said))
}

fn other_direction(dice: &mut Dice) -> Pair {
    let (place, at) = (Place::roll(dice), dice.below(4));
    let (left, right) = (DIRECTIONS[at].1, DIRECTIONS[(at + dice.within(1, 4)) % 4].0);
    let text = |said: &'static str| changed(&place, |place| place.direction = said);
    varied(dice, text(left), text(right))
}

fn unit(dice: &mut Dice) -> String {
    if dice.coin() {
        dice.within(1, 999).to_string()
    } else {
        format!("{}{}", dice.within(1, 40), dice.pick(&["A", "B", "C", "D"]))
    }
}

fn units(dice: &mut Dice) -> Pair {
    let (place, unit) = (Place::roll(dice), unit(dice));
    let (left, right) = *[
        ("Apt ", "#"),
        ("Apartment ", "Apt. "),
        ("Unit ", "#"),
        ("Suite ", "Ste "),
        ("Ste. ", "# "),
        ("Apt ", "Unit "),
        ("Apt #", "APT "),
        ("Suite ", "#"),
    ]
    .get(dice.below(8))
    .expect("eight");
    let comma = dice.coin();
    let text = |form: &str, comma: bool| {
        let text = changed(&place, |place| place.unit = format!("{form}{unit}"));
        if comma { text.replacen(&format!(" {form}"), &format!(", {form}"), 1) } else { text }
    };
    varied(dice, text(left, comma), text(right, false))
}

fn unitless(dice: &mut Dice) -> Pair {
    let (place, unit) = (Place::roll(dice), unit(dice));
    varied(dice, place.text(), changed(&place, |place| place.unit = format!("Apt {unit}")))
}

fn other_unit(dice: &mut Dice) -> Pair {
    let (place, unit, form) = (Place::roll(dice), dice.within(1, 400), dice.pick(&["Apt ", "#", "Unit "]));
    let text = |unit: usize| changed(&place, |place| place.unit = format!("{form}{unit}"));
    let other = unit + dice.within(1, 300);
    varied(dice, text(unit), text(other))
}

fn zip_four(dice: &mut Dice) -> Pair {
    let (place, four) = (Place::roll(dice), dice.below(10_000));
    varied(dice, place.text(), changed(&place, |place| place.zip = format!("{}-{four:04}", place.zip)))
}

fn zipless(dice: &mut Dice) -> Pair {
    let place = Place::roll(dice);
    varied(dice, place.text(), format!("{}, {}, {}", place.street(), place.city, place.state))
}

fn cityless(dice: &mut Dice) -> Pair {
    let place = Place::roll(dice);
    varied(dice, place.text(), format!("{}, {}", place.street(), place.zip))
}

fn city_slip(dice: &mut Dice) -> Pair {
    let place = Place::roll(dice);
    let city = if dice.coin() { slip(dice, &place.city) } else { swap(dice, &place.city) };
    // A blank that moved makes two words of one, which is another difficulty.
    let city = if city.matches(' ').count() == place.city.matches(' ').count() && !place.city.contains(' ') {
        city
    } else {
        place.city.replacen('a', "e", 1)
    };
    varied(dice, place.text(), changed(&place, |place| place.city.clone_from(&city)))
}

fn street_slip(dice: &mut Dice) -> Pair {
    let (mut place, name) = (Place::roll(dice), dice.pick(&["Jefferson", "Magnolia", "Chestnut", "Washington"]));
    name.clone_into(&mut place.street);
    let wrong = slip(dice, name);
    varied(dice, place.text(), changed(&place, |place| place.street.clone_from(&wrong)))
}

fn state(dice: &mut Dice) -> Pair {
    let (place, [city, short, zip, long]) = (Place::roll(dice), city(dice));
    let text = |state: &str| format!("{}, {city}, {state} {zip}", place.street());
    varied(dice, text(short), text(long))
}

fn commaless(dice: &mut Dice) -> Pair {
    let text = Place::roll(dice).text();
    Pair::addresses(dice, text.clone(), text.replace(',', ""))
}

fn lines(dice: &mut Dice) -> Pair {
    let place = Place::roll(dice);
    let (end, gap) = (dice.pick(&["\n", "\r\n"]), dice.pick(&[" ", ", "]));
    let right = format!("{}{end}{}{gap}{} {}", place.street(), place.city, place.state, place.zip);
    Pair::addresses(dice, place.text(), right.to_uppercase())
}

fn country(dice: &mut Dice) -> Pair {
    let (text, name) =
        (Place::roll(dice).text(), dice.pick(&["USA", "US", "United States", "U.S.A.", "United States of America"]));
    let gap = dice.pick(&[", ", " ", "\n"]);
    varied(dice, text.clone(), format!("{text}{gap}{name}"))
}

const ORDINALS: &[(&str, &str)] = &[
    ("First", "1st"),
    ("Second", "2nd"),
    ("Third", "3rd"),
    ("Fourth", "4th"),
    ("Fifth", "5th"),
    ("Seventh", "7th"),
    ("Eighth", "8th"),
    ("Tenth", "10th"),
    ("Twelfth", "12th"),
];

fn ordinal(dice: &mut Dice) -> Pair {
    let (place, (word, digits)) = (Place::roll(dice), ORDINALS[dice.below(ORDINALS.len())]);
    let text = |name: &str| changed(&place, |place| name.clone_into(&mut place.street));
    varied(dice, text(word), text(digits))
}

fn other_ordinal(dice: &mut Dice) -> Pair {
    let (place, at) = (Place::roll(dice), dice.below(ORDINALS.len()));
    let other = ORDINALS[(at + dice.within(1, ORDINALS.len())) % ORDINALS.len()];
    let text = |name: &str| changed(&place, |place| name.clone_into(&mut place.street));
    let right = if dice.coin() { other.0 } else { other.1 };
    varied(dice, text(ORDINALS[at].1), text(right))
}

fn saint(dice: &mut Dice) -> Pair {
    let mut place = Place::roll(dice);
    let (long, short) = *[
        ("Saint Paul|MN|55101", "St Paul"),
        ("Saint Louis|MO|63101", "St. Louis"),
        ("Fort Worth|TX|76102", "Ft Worth"),
        ("Mount Vernon|NY|10550", "Mt. Vernon"),
        ("Saint Petersburg|FL|33701", "ST PETERSBURG"),
    ]
    .get(dice.below(5))
    .expect("five");
    let parts: Vec<&str> = long.split('|').collect();
    let street = dice.coin();
    parts[1].clone_into(&mut place.state);
    parts[2].clone_into(&mut place.zip);
    let (left, right) = if street { ("Saint James", "St. James") } else { ("Oak", "Oak") };
    let text = |name: &str, city: &str| {
        changed(&place, |place| {
            name.clone_into(&mut place.street);
            city.clone_into(&mut place.city);
        })
    };
    varied(dice, text(left, parts[0]), text(right, short))
}

fn road(dice: &mut Dice) -> Pair {
    let (place, number) = (Place::roll(dice), dice.within(1, 400));
    let (left, right) = *[
        ("Highway", "Hwy"),
        ("County Road", "CR"),
        ("County Road", "Co Rd"),
        ("State Route", "SR"),
        ("US Highway", "US Hwy"),
        ("Route", "Rte"),
        ("State Highway", "State Hwy"),
    ]
    .get(dice.below(7))
    .expect("seven");
    let text = |name: &str| {
        changed(&place, |place| {
            place.street = format!("{name} {number}");
            place.kind.clear();
        })
    };
    varied(dice, text(left), text(right))
}

fn boxed(place: &Place, form: &str, number: usize) -> String {
    format!("{form} {number}, {}, {} {}", place.city, place.state, place.zip)
}

fn box_forms(dice: &mut Dice) -> Pair {
    let (place, number) = (Place::roll(dice), dice.within(10, 9999));
    let forms = ["PO Box", "P.O. Box", "Post Office Box", "P O Box", "POB"];
    let (left, right) = (dice.pick(&forms), dice.pick(&forms));
    varied(dice, boxed(&place, left, number), boxed(&place, right, number))
}

fn other_box(dice: &mut Dice) -> Pair {
    let (place, number) = (Place::roll(dice), dice.within(10, 900));
    varied(dice, boxed(&place, "PO Box", number), boxed(&place, "P.O. Box", number + 1111))
}

fn box_and_street(dice: &mut Dice) -> Pair {
    let (place, number) = (Place::roll(dice), dice.within(10, 9900));
    varied(dice, place.text(), boxed(&place, "PO Box", number))
}

fn other_house(dice: &mut Dice) -> Pair {
    let place = Place::roll(dice);
    let other = place.number % 4000 + 5111 + dice.below(40);
    let (left, right) = (changed(&place, |place| place.number %= 4000), changed(&place, |place| place.number = other));
    varied(dice, left, right)
}

fn house_slip(dice: &mut Dice) -> Pair {
    let (place, tens) = (Place::roll(dice), dice.within(1, 8));
    let (number, other) = (1000 + tens * 10 + tens + 1, 1000 + (tens + 1) * 10 + tens);
    varied(dice, changed(&place, |place| place.number = number), changed(&place, |place| place.number = other))
}

/// Another city than the place's, in another state.
fn elsewhere(dice: &mut Dice, place: &Place) -> [&'static str; 4] {
    loop {
        let other = city(dice);
        if other[1] != place.state {
            return other;
        }
    }
}

fn other_city(dice: &mut Dice) -> Pair {
    let place = Place::roll(dice);
    let [city, state, zip, _] = elsewhere(dice, &place);
    let right = format!("{}, {city}, {state} {zip}", place.street());
    varied(dice, place.text(), right)
}

/// Another street and house.
fn another(dice: &mut Dice, place: &Place) -> Place {
    loop {
        let other = Place::roll(dice);
        if other.street[..2] != place.street[..2] && other.number != place.number {
            return other;
        }
    }
}

fn moved(dice: &mut Dice) -> Pair {
    let place = Place::roll(dice);
    let other = another(dice, &place);
    let right = changed(&place, |place| {
        (place.number, place.street, place.kind) = (other.number, other.street.clone(), other.kind.clone())
    });
    varied(dice, place.text(), right)
}

fn moved_away(dice: &mut Dice) -> Pair {
    let place = Place::roll(dice);
    let (other, [city, state, zip, _]) = (another(dice, &place), elsewhere(dice, &place));
    varied(dice, place.text(), format!("{}, {city}, {state} {zip}", other.street()))
}

fn city_only(dice: &mut Dice) -> Pair {
    let place = Place::roll(dice);
    varied(dice, place.text(), format!("{}, {} {}", place.city, place.state, place.zip))
}

const FOREIGN: &[&str] = &[
    "10 Downing Street, London SW1A 2AA, United Kingdom",
    "Hauptstraße 5, 10827 Berlin, Deutschland",
    "1 Chome-1-2 Oshiage, Sumida City, Tokyo 131-0045, Japan",
    "Av. Paulista 1578, São Paulo - SP, 01310-200, Brasil",
    "東京都千代田区丸の内1-1",
    "24 Sussex Dr, Ottawa, ON K1M 1M4, Canada",
    "ул. Тверская 13, Москва 125032",
    "Calle 8 No. 10-65, Bogotá, Colombia",
];

fn foreign(dice: &mut Dice) -> Pair {
    let text = dice.pick(FOREIGN).to_owned();
    Pair::addresses(dice, text.clone(), text)
}

fn foreign_here(dice: &mut Dice) -> Pair {
    let (place, text) = (Place::roll(dice), dice.pick(FOREIGN));
    varied(dice, place.text(), text.to_owned())
}

fn empty(dice: &mut Dice) -> Pair {
    let (place, blank) = (Place::roll(dice), dice.pick(&["", " ", "\n", ",", "-", ", ,"]));
    Pair::addresses(dice, place.text(), blank.to_owned())
}

/// Two places with nothing in common.
pub(crate) fn two_places(dice: &mut Dice) -> (String, String) {
    let place = Place::roll(dice);
    let (other, [city, state, zip, _]) = (another(dice, &place), elsewhere(dice, &place));
    (place.text(), format!("{}, {city}, {state} {zip}", other.street()))
}
