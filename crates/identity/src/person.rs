//! Names of persons: how alike two are, and what made them so.

use crate::{
    answer::Evidence,
    fold::{edits, is_slip, words},
    nickname,
};

/// Before and after a name, and no part of it.
const TITLES: &[&str] =
    &["mr", "mrs", "ms", "miss", "mx", "dr", "prof", "rev", "hon", "sir", "esq", "phd", "md", "dds", "cpa"];
/// Of a generation: two persons of one name differ by it.
const GENERATIONS: &[(&str, u8)] = &[
    ("jr", 2),
    ("junior", 2),
    ("sr", 1),
    ("senior", 1),
    ("ii", 2),
    ("iii", 3),
    ("iv", 4),
    ("2nd", 2),
    ("3rd", 3),
    ("4th", 4),
];
/// Words by which banks style an account; no names.
const STYLES: &[&str] = &[
    "jtwros",
    "jt",
    "ten",
    "tenants",
    "com",
    "wros",
    "pod",
    "tod",
    "ttee",
    "trustee",
    "trust",
    "fbo",
    "cust",
    "custodian",
    "utma",
    "ugma",
    "minor",
    "account",
    "acct",
    "checking",
    "savings",
    "primary",
    "joint",
    "owner",
    "individual",
    "poa",
    "itf",
];
/// Parts of a surname that stand before it and that banks join, part or drop.
const PARTICLES: &[&str] = &[
    "de", "del", "della", "di", "da", "dos", "das", "la", "las", "los", "van", "von", "der", "den", "bin", "ibn", "al",
    "el", "st", "mac", "mc", "y", "e",
];

/// A name in parts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Person {
    /// Given names first, the surname last, as far as the text says; particles joined to what follows.
    pub(crate) parts: Vec<String>,
    pub(crate) generation: Option<u8>,
}

impl Person {
    /// Reads one name. `Smith, John` is turned round.
    pub(crate) fn read(text: &str) -> Option<Person> {
        let turned = match text.split_once(',') {
            Some((family, given)) if !is_ending(given) => format!("{given} {family}"),
            _ => text.to_owned(),
        };
        let mut generation = None;
        let mut parts = Vec::new();
        let folded = words(&turned);
        for (at, word) in folded.iter().enumerate() {
            if let Some((_, which)) = GENERATIONS.iter().find(|(known, _)| known == word)
                && 0 < at
            {
                generation = Some(*which);
            } else if !TITLES.contains(&word.as_str()) && !STYLES.contains(&word.as_str()) {
                parts.push(word.clone());
            }
        }
        let parts = joined(&parts);
        (!parts.is_empty()).then_some(Person { parts, generation })
    }

    /// Reads every name of a text: banks write joint owners into one.
    pub(crate) fn read_all(text: &str) -> Vec<Person> {
        let upper = text.to_uppercase();
        let mut pieces: Vec<&str> = vec![];
        let mut rest = 0;
        let mut at = 0;
        // Cut on separators, of one length in both cases because they are ASCII; where folding changed lengths, one name.
        if upper.len() != text.len() {
            return Person::read(text).into_iter().collect();
        }
        while at < upper.len() {
            let found = [" AND ", " OR ", " & ", " AND/OR ", "&", ";", "/", "|"]
                .iter()
                .filter(|separator| upper.is_char_boundary(at) && upper[at..].starts_with(**separator))
                .map(|separator| separator.len())
                .max();
            match found {
                Some(length) => {
                    pieces.push(&text[rest..at]);
                    at += length;
                    rest = at;
                }
                None => at += 1,
            }
        }
        pieces.push(&text[rest..]);
        let mut people: Vec<Person> = pieces.iter().filter_map(|piece| Person::read(piece)).collect();
        // "John & Mary Smith": the surname stands once.
        let family = people.iter().rev().find(|one| 2 <= one.parts.len()).and_then(|one| one.parts.last().cloned());
        if let Some(family) = family {
            for one in people.iter_mut().filter(|one| one.parts.len() == 1 && one.parts[0] != family) {
                one.parts.push(family.clone());
            }
        }
        people
    }
}

/// `Jr` after a comma ends a name and turns nothing.
fn is_ending(text: &str) -> bool {
    words(text).iter().all(|word| GENERATIONS.iter().any(|(known, _)| known == word) || TITLES.contains(&word.as_str()))
}

/// Particles joined to the word after them: `de la Cruz` is `delacruz`, as banks often write it.
fn joined(parts: &[String]) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut open = String::new();
    for (at, part) in parts.iter().enumerate() {
        // At the very front a particle is somebody's given name (Al, Mac, Van).
        if 0 < at && PARTICLES.contains(&part.as_str()) && at + 1 < parts.len() {
            open.push_str(part);
        } else {
            out.push(std::mem::take(&mut open) + part);
        }
    }
    out
}

/// How alike two words of a name are, 0 to 100, and why when they are not equal.
fn alike(one: &str, other: &str) -> (u32, Option<Evidence>) {
    if one == other {
        return (100, None);
    }
    if skeleton(one) == skeleton(other) {
        return (97, Some(Evidence::Transliteration));
    }
    if nickname::are_one(one, other) {
        return (96, Some(Evidence::Nickname));
    }
    let (short, long) = if one.len() < other.len() { (one, other) } else { (other, one) };
    if short.chars().count() == 1 && long.starts_with(short) {
        return (84, Some(Evidence::Initial));
    }
    if is_slip(one, other) {
        return (90, Some(Evidence::Typo));
    }
    if is_slip(&skeleton(one), &skeleton(other)) && 5 <= short.len() {
        return (86, Some(Evidence::Transliteration));
    }
    if 4 <= short.len() && long.starts_with(short) {
        return (88, Some(Evidence::Truncated));
    }
    let longest = one.chars().count().max(other.chars().count());
    let near = longest.saturating_sub(edits(one, other)) * 60 / longest.max(1);
    (u32::try_from(near).unwrap_or(0), None)
}

/// Spellings of one sound made equal: Müller is Mueller, Dmitry is Dmitrii.
fn skeleton(word: &str) -> String {
    let mut text = word.to_owned();
    for (from, to) in [
        ("sch", "sh"),
        ("shch", "sh"),
        ("tsch", "ch"),
        ("kh", "h"),
        ("ks", "x"),
        ("tz", "ts"),
        ("ph", "f"),
        ("ae", "a"),
        ("oe", "o"),
        ("ue", "u"),
        ("yu", "u"),
        ("iu", "u"),
        ("ya", "a"),
        ("ia", "a"),
        ("ie", "e"),
        ("ye", "e"),
        ("y", "i"),
        ("j", "i"),
        ("w", "v"),
        ("ii", "i"),
    ] {
        text = text.replace(from, to);
    }
    text
}

/// How alike two names are, 0 to 100, with what was met.
pub(crate) fn compare(claim: &Person, owner: &Person) -> (u32, Vec<Evidence>) {
    let mut evidence = Vec::new();
    let (Some(claimed), Some(owned)) = (claim.parts.last(), owner.parts.last()) else { return (0, evidence) };
    // The surname: last with last; else a double name's half; else given and surname changed places.
    let mut best = side(claim, owner, claim.parts.len() - 1, owner.parts.len() - 1);
    if best.0 < 85 && 2 <= claim.parts.len() && 2 <= owner.parts.len() {
        let mut tried = vec![(side(claim, owner, claim.parts.len() - 1, 0), Evidence::Order)];
        for at in 1..owner.parts.len().saturating_sub(1) {
            tried.push((side(claim, owner, claim.parts.len() - 1, at), Evidence::DoubleSurname));
        }
        for at in 1..claim.parts.len().saturating_sub(1) {
            tried.push((side(claim, owner, at, owner.parts.len() - 1), Evidence::DoubleSurname));
        }
        for ((score, met), why) in tried {
            let score = score.saturating_sub(3);
            if best.0 < score {
                best = (score, met);
                best.1.push(why);
            }
        }
        let run_together = |one: &Person| one.parts.concat();
        if best.0 < 85 && run_together(claim) == run_together(owner) {
            best = (96, vec![Evidence::Spacing]);
        }
    }
    let (mut score, met) = best;
    evidence.extend(met);
    if score < 85 && claimed == owned && 1 < claim.parts.len() && 1 < owner.parts.len() {
        evidence.push(Evidence::SurnameOnly);
    }
    if let (Some(one), Some(other)) = (claim.generation, owner.generation)
        && one != other
    {
        evidence.push(Evidence::OtherGeneration);
        score = score.min(60);
    } else if claim.generation != owner.generation && 85 <= score {
        evidence.push(Evidence::GenerationUnsaid);
        score = score.saturating_sub(3);
    }
    (score, evidence)
}

/// The score when these two parts are the surnames: theirs and that of the given names.
fn side(claim: &Person, owner: &Person, here: usize, there: usize) -> (u32, Vec<Evidence>) {
    let mut evidence = Vec::new();
    let (family, why) = alike(&claim.parts[here], &owner.parts[there]);
    evidence.extend(why);
    let rest = |person: &Person, at: usize| -> Vec<String> {
        person.parts.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, part)| part.clone()).collect()
    };
    let (mine, theirs) = (rest(claim, here), rest(owner, there));
    if mine.is_empty() || theirs.is_empty() {
        // One word against a name: it may be the surname alone.
        evidence.push(Evidence::OneWord);
        return (family.min(60), evidence);
    }
    // An initial is no surname to rest on.
    let family = if claim.parts[here].len() == 1 || owner.parts[there].len() == 1 { family.min(60) } else { family };
    // The first given names decide; a middle name that stands for the first (J. Edgar, called Edgar) may take its place.
    let (mut given, mut met) = alike(&mine[0], &theirs[0]);
    for (at, one) in mine.iter().enumerate() {
        for (place, other) in theirs.iter().enumerate() {
            let (score, why) = alike(one, other);
            let score = if (at, place) == (0, 0) { score } else { score.saturating_sub(8) };
            let both_words = 1 < one.len() && 1 < other.len();
            if given < score && both_words && 85 <= alike(one, other).0 {
                (given, met) = (score, why);
                if (at, place) != (0, 0) {
                    evidence.push(Evidence::MiddleAsGiven);
                }
            }
        }
    }
    evidence.extend(met);
    let mut score = family.min(given) * 7 / 10 + family.max(given) * 3 / 10;
    if family < 80 || given < 80 {
        score = score.min(69);
    }
    match (mine.get(1), theirs.get(1)) {
        (Some(one), Some(other)) if !evidence.contains(&Evidence::MiddleAsGiven) => {
            let (middle, _) = alike(one, other);
            if middle < 80 {
                evidence.push(Evidence::MiddleDiffers);
                score = score.saturating_sub(12);
            }
        }
        (None, Some(_)) | (Some(_), None) => evidence.push(Evidence::MiddleUnsaid),
        _ => {}
    }
    if given < 70 && 85 <= family {
        // A relative, most likely.
        score = score.min(45);
    }
    (score, evidence)
}
