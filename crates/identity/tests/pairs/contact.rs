//! E-mail addresses and phone numbers.

use super::class::{Class, Field::Email, Field::Phone, MATCH, MISMATCH, MISSING, NO_MATCH, PARTIAL, Pair};
use super::dice::Dice;
use super::person::{Somebody, long, slip, swap};
use super::pool::{GIVEN, SURNAME};

pub(crate) const CLASSES: &[Class] = &[
    Class { name: "email: case and blanks", field: Email, right: MATCH, why: "spelling only", make: case },
    Class { name: "email: plus tag", field: Email, right: MATCH, why: "the same mailbox", make: tag },
    Class { name: "email: Gmail's dots", field: Email, right: MATCH, why: "Gmail ignores them", make: dots },
    Class {
        name: "email: googlemail.com",
        field: Email,
        right: MATCH,
        why: "one mailbox, two domains",
        make: googlemail,
    },
    Class {
        name: "email: dots elsewhere",
        field: Email,
        right: PARTIAL,
        why: "another mailbox, or a dot forgotten",
        make: dots_elsewhere,
    },
    Class { name: "email: slip in the domain", field: Email, right: PARTIAL, why: "gmial.com", make: domain_slip },
    Class {
        name: "email: slip in the mailbox",
        field: Email,
        right: PARTIAL,
        why: "a slip, or another",
        make: box_slip,
    },
    Class {
        name: "email: another number",
        field: Email,
        right: NO_MATCH,
        why: "smith1 and smith2 are neighbours at a provider",
        make: number,
    },
    Class {
        name: "email: other provider",
        field: Email,
        right: PARTIAL,
        why: "people keep their handle",
        make: other_provider,
    },
    Class {
        name: "email: colleague at a company",
        field: Email,
        right: NO_MATCH,
        why: "the same company at most",
        make: colleague,
    },
    Class {
        name: "email: two roles at a company",
        field: Email,
        right: PARTIAL,
        why: "one company's, whoever reads it",
        make: two_roles,
    },
    Class {
        name: "email: one role at two companies",
        field: Email,
        right: MISMATCH,
        why: "every company has an info@",
        make: one_role,
    },
    Class {
        name: "email: another at the provider",
        field: Email,
        right: MISMATCH,
        why: "millions share the domain",
        make: another_at_provider,
    },
    Class { name: "email: different", field: Email, right: MISMATCH, why: "nothing in common", make: different_email },
    Class { name: "email: empty", field: Email, right: MISSING, why: "nothing to compare", make: empty_email },
    Class { name: "phone: formats", field: Phone, right: MATCH, why: "the same digits", make: formats },
    Class { name: "phone: country code", field: Phone, right: MATCH, why: "1 is the United States'", make: country },
    Class { name: "phone: extension unsaid", field: Phone, right: MATCH, why: "the same line", make: extension },
    Class {
        name: "phone: extensions conflict",
        field: Phone,
        right: PARTIAL,
        why: "another desk of one office",
        make: other_extension,
    },
    Class { name: "phone: no area code", field: Phone, right: PARTIAL, why: "seven of ten digits", make: local },
    Class { name: "phone: other area code", field: Phone, right: PARTIAL, why: "seven digits agree", make: other_area },
    Class { name: "phone: one digit off", field: Phone, right: PARTIAL, why: "a slip, or a neighbour", make: one_off },
    Class { name: "phone: neighbours exchanged", field: Phone, right: PARTIAL, why: "a slip", make: exchanged },
    Class {
        name: "phone: same exchange, other line",
        field: Phone,
        right: MISMATCH,
        why: "a town's numbers begin alike",
        make: other_line,
    },
    Class { name: "phone: same last four", field: Phone, right: MISMATCH, why: "one in 10,000", make: last_four },
    Class { name: "phone: different", field: Phone, right: MISMATCH, why: "nothing in common", make: different_phone },
    Class { name: "phone: another country", field: Phone, right: MISMATCH, why: "nothing in common", make: abroad },
    Class { name: "phone: foreign, formats", field: Phone, right: MATCH, why: "the same digits", make: foreign },
    Class { name: "phone: empty", field: Phone, right: MISSING, why: "nothing to compare", make: empty_phone },
];

const PROVIDERS: &[&str] =
    &["gmail.com", "yahoo.com", "outlook.com", "hotmail.com", "icloud.com", "aol.com", "comcast.net"];

fn handle(dice: &mut Dice) -> String {
    let (one, number) = (Somebody::roll(dice), dice.within(10, 99));
    let handle = match dice.below(4) {
        0 => format!("{}.{}", one.given, one.surname),
        1 => format!("{}{}{number}", &one.given[..1], one.surname),
        2 => format!("{}_{}", one.surname, one.given),
        _ => format!("{}{}", one.given, one.surname),
    };
    handle.to_lowercase()
}

fn company(dice: &mut Dice) -> String {
    format!("{}{}.com", dice.word(SURNAME), dice.pick(&["plumbing", "law", "group", "bakery", "-designs"]))
        .to_lowercase()
}

fn domain(dice: &mut Dice) -> String {
    if dice.coin() { dice.pick(PROVIDERS).to_owned() } else { company(dice) }
}

fn case(dice: &mut Dice) -> Pair {
    let address = format!("{}@{}", handle(dice), domain(dice));
    let other = match dice.below(4) {
        0 => address.to_uppercase(),
        1 => format!(" {address} "),
        2 => format!("<{address}>"),
        _ => format!("mailto:{address}"),
    };
    Pair::emails(dice, address, other)
}

fn tag(dice: &mut Dice) -> Pair {
    let (handle, domain, tag) = (handle(dice), domain(dice), dice.pick(&["bank", "loans", "2024", "x.y"]));
    Pair::emails(dice, format!("{handle}@{domain}"), format!("{handle}+{tag}@{domain}"))
}

fn dots(dice: &mut Dice) -> Pair {
    let one = Somebody::roll(dice);
    let left = format!("{}.{}@gmail.com", one.given, one.surname).to_lowercase();
    Pair::emails(dice, left, format!("{}{}@gmail.com", one.given, one.surname).to_lowercase())
}

fn googlemail(dice: &mut Dice) -> Pair {
    let handle = handle(dice);
    Pair::emails(dice, format!("{handle}@gmail.com"), format!("{handle}@googlemail.com"))
}

fn dots_elsewhere(dice: &mut Dice) -> Pair {
    let (one, domain) = (Somebody::roll(dice), company(dice));
    let left = format!("{}.{}@{domain}", one.given, one.surname).to_lowercase();
    Pair::emails(dice, left, format!("{}{}@{domain}", one.given, one.surname).to_lowercase())
}

fn domain_slip(dice: &mut Dice) -> Pair {
    let handle = handle(dice);
    let (right, wrong) = *[
        ("gmail.com", "gmial.com"),
        ("gmail.com", "gmail.co"),
        ("gmail.com", "gmai.com"),
        ("yahoo.com", "yaho.com"),
        ("hotmail.com", "hotmial.com"),
        ("outlook.com", "outlok.com"),
        ("icloud.com", "iclould.com"),
        ("comcast.net", "comcast.com"),
    ]
    .get(dice.below(8))
    .expect("eight");
    Pair::emails(dice, format!("{handle}@{right}"), format!("{handle}@{wrong}"))
}

fn box_slip(dice: &mut Dice) -> Pair {
    let (given, surname, domain) = (long(dice, GIVEN, 5), long(dice, SURNAME, 6), domain(dice));
    let wrong = if dice.coin() { slip(dice, surname) } else { swap(dice, surname) };
    let left = format!("{given}.{surname}@{domain}").to_lowercase();
    Pair::emails(dice, left, format!("{given}.{wrong}@{domain}").to_lowercase())
}

fn number(dice: &mut Dice) -> Pair {
    let (one, domain) = (Somebody::roll(dice), dice.pick(PROVIDERS));
    let (number, step) = (dice.within(1, 50), dice.within(1, 40));
    let text = |number: usize| format!("{}{}{number}@{domain}", one.given, one.surname).to_lowercase();
    Pair::emails(dice, text(number), text(number + step))
}

fn other_provider(dice: &mut Dice) -> Pair {
    let handle = handle(dice);
    let at = dice.below(PROVIDERS.len());
    let other = PROVIDERS[(at + dice.within(1, PROVIDERS.len())) % PROVIDERS.len()];
    Pair::emails(dice, format!("{handle}@{}", PROVIDERS[at]), format!("{handle}@{other}"))
}

/// Two mailboxes with little in common.
pub(crate) fn two_handles(dice: &mut Dice) -> (String, String) {
    loop {
        let (one, two) = (Somebody::roll(dice), Somebody::roll(dice));
        if one.given[..1] != two.given[..1] && one.surname[..1] != two.surname[..1] {
            let text = |one: Somebody<'_>| format!("{}.{}", one.given, one.surname).to_lowercase();
            return (text(one), text(two));
        }
    }
}

fn colleague(dice: &mut Dice) -> Pair {
    let ((left, right), company) = (two_handles(dice), company(dice));
    Pair::emails(dice, format!("{left}@{company}"), format!("{right}@{company}"))
}

const ROLES: &[&str] = &["info", "sales", "office", "admin", "billing", "contact", "accounting", "hello", "support"];

fn two_roles(dice: &mut Dice) -> Pair {
    let company = company(dice);
    let at = dice.below(ROLES.len());
    let other = ROLES[(at + dice.within(1, ROLES.len())) % ROLES.len()];
    Pair::emails(dice, format!("{}@{company}", ROLES[at]), format!("{other}@{company}"))
}

fn one_role(dice: &mut Dice) -> Pair {
    let (role, (left, right)) = (dice.pick(ROLES), two_handles(dice));
    let firm = |text: &str| text.replace('.', "-");
    Pair::emails(dice, format!("{role}@{}.com", firm(&left)), format!("{role}@{}.com", firm(&right)))
}

fn another_at_provider(dice: &mut Dice) -> Pair {
    let ((left, right), provider) = (two_handles(dice), dice.pick(PROVIDERS));
    Pair::emails(dice, format!("{left}@{provider}"), format!("{right}@{provider}"))
}

fn different_email(dice: &mut Dice) -> Pair {
    let ((left, right), at) = (two_handles(dice), dice.below(3));
    Pair::emails(dice, format!("{left}@{}", PROVIDERS[at]), format!("{right}@{}", PROVIDERS[at + 3]))
}

fn empty_email(dice: &mut Dice) -> Pair {
    let (handle, blank) = (handle(dice), dice.pick(&["", " ", "\n"]));
    Pair::emails(dice, format!("{handle}@gmail.com"), blank.to_owned())
}

/// Ten digits as the North American plan has them: neither area nor exchange begins with 0 or 1.
fn digits(dice: &mut Dice) -> String {
    format!("{}{}{:04}", dice.within(201, 990), dice.within(201, 990), dice.below(10_000))
}

fn written(dice: &mut Dice, digits: &str) -> String {
    let (area, exchange, line) = (&digits[..3], &digits[3..6], &digits[6..]);
    match dice.below(6) {
        0 => digits.to_owned(),
        1 => format!("({area}) {exchange}-{line}"),
        2 => format!("{area}-{exchange}-{line}"),
        3 => format!("{area}.{exchange}.{line}"),
        4 => format!("{area} {exchange} {line}"),
        _ => format!("({area}){exchange}-{line}"),
    }
}

/// Two numbers, each in some format.
fn phones(dice: &mut Dice, left: &str, right: &str) -> Pair {
    let (left, right) = (written(dice, left), written(dice, right));
    Pair::phones(dice, left, right)
}

fn formats(dice: &mut Dice) -> Pair {
    let number = digits(dice);
    phones(dice, &number, &number)
}

fn country(dice: &mut Dice) -> Pair {
    let number = digits(dice);
    let (left, right) = (written(dice, &number), written(dice, &number));
    let code = dice.pick(&["+1", "+1 ", "1-", "1 ", "1", "001 ", "+1-"]);
    Pair::phones(dice, left, format!("{code}{right}"))
}

fn extension(dice: &mut Dice) -> Pair {
    let number = digits(dice);
    let (left, right) = (written(dice, &number), written(dice, &number));
    let (mark, line) = (dice.pick(&[" x", " ext ", " ext. ", "x", " Ext.", ", extension "]), dice.within(10, 9999));
    Pair::phones(dice, left, format!("{right}{mark}{line}"))
}

fn other_extension(dice: &mut Dice) -> Pair {
    let number = digits(dice);
    let (left, right, line) = (written(dice, &number), written(dice, &number), dice.within(100, 499));
    Pair::phones(dice, format!("{left} x{line}"), format!("{right} ext. {}", line + 117))
}

fn local(dice: &mut Dice) -> Pair {
    let number = digits(dice);
    let gap = dice.pick(&["-", " ", "", "."]);
    let (left, right) = (written(dice, &number), format!("{}{gap}{}", &number[3..6], &number[6..]));
    Pair::phones(dice, left, right)
}

fn other_area(dice: &mut Dice) -> Pair {
    let (number, other) = (digits(dice), digits(dice));
    let area = if other[..2] == number[..2] { "917" } else { &other[..3] };
    let moved = format!("{area}{}", &number[3..]);
    phones(dice, &number, &moved)
}

fn one_off(dice: &mut Dice) -> Pair {
    let number = digits(dice);
    let at = dice.within(4, 10);
    let digit = (number.as_bytes()[at] - b'0' + 3) % 10;
    let wrong = format!("{}{digit}{}", &number[..at], &number[at + 1..]);
    phones(dice, &number, &wrong)
}

fn exchanged(dice: &mut Dice) -> Pair {
    let number = digits(dice);
    let tail = loop {
        let tail = format!("{}{:04}", dice.within(3, 9), dice.below(10_000));
        if tail.as_bytes().windows(2).skip(1).any(|pair| pair[0] != pair[1]) {
            break tail;
        }
    };
    let wrong = swap(dice, &tail);
    let head = &number[..5];
    phones(dice, &format!("{head}{tail}"), &format!("{head}{wrong}"))
}

fn other_line(dice: &mut Dice) -> Pair {
    let number = digits(dice);
    let other: String = number[6..].bytes().map(|digit| char::from(b'0' + (digit - b'0' + 4) % 10)).collect();
    let other = format!("{}{other}", &number[..6]);
    phones(dice, &number, &other)
}

fn last_four(dice: &mut Dice) -> Pair {
    let (number, other) = two_numbers(dice);
    let other = format!("{}{}", &other[..6], &number[6..]);
    phones(dice, &number, &other)
}

/// Two numbers of which no more than three of the first six digits agree.
pub(crate) fn two_numbers(dice: &mut Dice) -> (String, String) {
    loop {
        let (one, two) = (digits(dice), digits(dice));
        let agree = one[..6].bytes().zip(two[..6].bytes()).filter(|(left, right)| left == right).count();
        if agree <= 2 && one[..3] != two[..3] && one[3..6] != two[3..6] && one[6..] != two[6..] {
            return (one, two);
        }
    }
}

fn different_phone(dice: &mut Dice) -> Pair {
    let (one, two) = two_numbers(dice);
    phones(dice, &one, &two)
}

fn abroad(dice: &mut Dice) -> Pair {
    let (one, two) = two_numbers(dice);
    let foreign = dice.pick(&["+44 20 7946 ", "+49 30 9018 ", "+33 1 42 68 ", "+91 22 2202 "]);
    let left = written(dice, &one);
    Pair::phones(dice, left, format!("{foreign}{}", &two[6..]))
}

fn foreign(dice: &mut Dice) -> Pair {
    let line = digits(dice);
    let (code, city) = *[("44", "20"), ("49", "30"), ("91", "22"), ("61", "2")].get(dice.below(4)).expect("four");
    let left = format!("+{code} {city} {} {}", &line[..4], &line[4..8]);
    Pair::phones(dice, left, format!("+{code}{city}{}", &line[..8]))
}

fn empty_phone(dice: &mut Dice) -> Pair {
    let (number, blank) = (digits(dice), dice.pick(&["", "  ", "n/a", "none", "-"]));
    Pair::phones(dice, number, blank.to_owned())
}
