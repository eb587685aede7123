//! Names of persons: how alike two are, and what made them so.

use crate::{
    answer::Evidence,
    fold::{Slip, edits, slip, words},
    nickname,
};

/// Before and after a name, and no part of it.
const TITLES: &[&str] = &[
    "mr", "mrs", "ms", "miss", "mx", "dr", "prof", "rev", "hon", "sir", "esq", "phd", "md", "dds", "cpa", "rn", "dvm",
];
/// Titles at the front alone; elsewhere they may be initials or names.
const RANKS: &[&str] = &["sgt", "capt", "lt", "col", "maj", "cpl", "pvt", "fr", "judge", "professor", "doctor"];
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
/// Parts of a surname that stand before it and that banks join, part or drop.
const PARTICLES: &[&str] = &[
    "de", "del", "dela", "della", "di", "da", "do", "du", "dos", "das", "la", "las", "le", "los", "von", "der", "den",
    "bin", "ibn", "el", "mc", "mac", "van", "st",
];
/// Particles that are also middle names or initials: the name is read in both ways.
const PERHAPS: &[&str] = &["al", "o", "ben", "do", "le", "du"];

/// A word of a name, or several that are one.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Part {
    text: String,
    /// Without its particles.
    core: String,
    /// What a hyphen joins; one, where nothing does.
    halves: Vec<String>,
    /// The sound of it: see [`skeleton`].
    sound: String,
    /// The bank's field may have ended here.
    cut: bool,
}

impl Part {
    fn word(text: String) -> Part {
        Part::hyphened(vec![text])
    }

    fn hyphened(halves: Vec<String>) -> Part {
        let text = halves.concat();
        Part { core: text.clone(), sound: skeleton(&text), halves, text, cut: false }
    }

    fn joined(parts: &[Part]) -> Part {
        if let [alone] = parts {
            return alone.clone();
        }
        let concat = |of: fn(&Part) -> &str| parts.iter().map(of).collect::<String>();
        let halves = parts.iter().flat_map(|part| part.halves.clone()).collect();
        let text = concat(|part| &part.text);
        Part {
            core: concat(|part| &part.core),
            halves,
            sound: skeleton(&text),
            text,
            cut: parts.last().is_some_and(|part| part.cut),
        }
    }

    fn is_initial(&self) -> bool {
        self.text.chars().count() == 1
    }
}

/// A name in one of the ways in which its text may be meant.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Reading {
    given: Vec<Part>,
    /// None where a single word was given.
    family: Option<Part>,
    /// The family name stood first, and no comma said so.
    turned: bool,
}

/// A person's name, with every reading of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Person {
    readings: Vec<Reading>,
    generation: Option<u8>,
    run_together: String,
}

impl Person {
    /// Reads one name; `is_cut` where the text may have been cut at its end. None when it holds no word.
    pub(crate) fn read(text: &str, is_cut: bool) -> Option<Person> {
        let (before, after) = match text.split_once(',') {
            Some((family, given)) if !is_ending(given) && !words(family).is_empty() => (family, Some(given)),
            _ => (text, None),
        };
        let mut generation = None;
        let mut front = parts(before, true, &mut generation);
        let mut back = after.map(|given| parts(given, false, &mut generation));
        let in_order = back.iter().flatten().chain(&front);
        let run_together = in_order.map(|part| part.text.as_str()).collect();
        if let Some(last) = back.as_mut().unwrap_or(&mut front).last_mut() {
            last.cut = is_cut;
        }
        let readings = match back {
            Some(given) if !given.is_empty() && !front.is_empty() => {
                // The comma says which is the family name.
                let family = Some(Part::joined(&attached(&front, true)));
                vec![Reading { given, family, turned: false }]
            }
            back => {
                front.extend(back.unwrap_or_default());
                let mut readings = arrangements(&attached(&front, false));
                for reading in arrangements(&attached(&front, true)) {
                    if !readings.contains(&reading) {
                        readings.push(reading);
                    }
                }
                readings
            }
        };
        (!readings.is_empty()).then_some(Person { readings, generation, run_together })
    }
}

/// Whether a word may stand before a surname as part of it.
pub(crate) fn is_particle(word: &str) -> bool {
    PARTICLES.contains(&word) || PERHAPS.contains(&word)
}

/// Whether a word stands beside a name and is no part of it.
pub(crate) fn is_title(word: &str) -> bool {
    TITLES.contains(&word)
}

/// `Jr` after a comma ends a name and turns nothing.
fn is_ending(text: &str) -> bool {
    words(text).iter().all(|word| GENERATIONS.iter().any(|(known, _)| known == word) || TITLES.contains(&word.as_str()))
}

/// The words of a text that name somebody; what a hyphen joins is one part.
fn parts(text: &str, is_front: bool, generation: &mut Option<u8>) -> Vec<Part> {
    let mut out: Vec<Part> = Vec::new();
    for token in text.split_whitespace() {
        let folded = words(token);
        let is_hyphened = 1 < folded.len() && token.contains(['-', '‐', '‑', '–']);
        if is_hyphened {
            let is_particled = is_particle(&folded[0]);
            let halves = if is_particled { vec![folded.concat()] } else { folded.clone() };
            out.push(Part::hyphened(halves));
            continue;
        }
        for word in folded {
            let is_first = is_front && out.is_empty();
            if let Some((_, which)) = GENERATIONS.iter().find(|(known, _)| *known == word)
                && !is_first
            {
                *generation = Some(*which);
            } else if !(TITLES.contains(&word.as_str()) || is_first && RANKS.contains(&word.as_str())) {
                out.push(Part::word(word));
            }
        }
    }
    out
}

/// Particles joined to the word after them: `de la Cruz` is `delacruz`, as banks often write it.
fn attached(parts: &[Part], with_perhaps: bool) -> Vec<Part> {
    let mut out: Vec<Part> = Vec::new();
    let mut open = String::new();
    for (at, part) in parts.iter().enumerate() {
        let word = part.text.as_str();
        let (is_sure, is_perhaps) = (PARTICLES.contains(&word), PERHAPS.contains(&word));
        // At the front it may be a given name (Van, Di), unless another follows: "de la".
        let is_particle =
            (is_sure && (0 < at || with_perhaps)) || ((is_sure || is_perhaps) && (with_perhaps || !open.is_empty()));
        if is_particle && at + 1 < parts.len() {
            open.push_str(word);
            continue;
        }
        let mut joined = part.clone();
        if !open.is_empty() {
            joined.text = std::mem::take(&mut open) + &part.text;
            joined.sound = skeleton(&joined.text);
            if joined.halves.len() == 1 {
                joined.halves = vec![joined.text.clone()];
            }
        }
        out.push(joined);
    }
    out
}

/// Every way in which words may be given and family names: either order, and two family names as in Spanish.
fn arrangements(parts: &[Part]) -> Vec<Reading> {
    let count = parts.len();
    let is_double = |pair: &[Part]| pair.iter().all(|part| !part.is_initial());
    let mut out = vec![];
    match count {
        0 => {}
        1 => out.push(Reading { given: parts.to_vec(), family: None, turned: false }),
        _ => {
            let mut arrange = |given: &[Part], family: &[Part], turned: bool| {
                out.push(Reading { given: given.to_vec(), family: Some(Part::joined(family)), turned });
            };
            arrange(&parts[..count - 1], &parts[count - 1..], false);
            arrange(&parts[1..], &parts[..1], true);
            if 3 <= count {
                let (head, tail) = (&parts[..2], &parts[count - 2..]);
                // What is left over must be a given name: "COOK CHRISTOPHER S" is no Ms Cook-Christopher.
                if is_double(tail) && !parts[0].is_initial() {
                    arrange(&parts[..count - 2], tail, false);
                }
                if is_double(head) && !parts[2].is_initial() {
                    arrange(&parts[2..], head, true);
                }
            }
        }
    }
    out
}

/// How alike two words are, 0 to 100, and why when they are not equal.
fn alike(one: &Part, other: &Part) -> (u32, Option<Evidence>) {
    let (mine, theirs) = (one.text.as_str(), other.text.as_str());
    if mine == theirs {
        return (100, None);
    }
    let (short, long, cut) =
        if mine.len() < theirs.len() { (mine, theirs, one.cut) } else { (theirs, mine, other.cut) };
    if long.starts_with(short) && short.chars().count() == 1 {
        return (74, Some(Evidence::Initial));
    }
    if 4 <= short.len() && one.sound == other.sound {
        return (97, Some(Evidence::Transliteration));
    }
    // A field that ends with a hyphen's first half may hold a single name: that is a question, not a cut.
    let is_half = one.halves.iter().any(|half| half == theirs) || other.halves.iter().any(|half| half == mine);
    if 4 <= short.len() && long.starts_with(short) && cut && !is_half {
        return (90, Some(Evidence::Truncated));
    }
    match slip(mine, theirs) {
        Slip::Swap => return (90, Some(Evidence::Typo)),
        Slip::Letter => return (80, Some(Evidence::Typo)),
        Slip::Letters => return (72, Some(Evidence::Typo)),
        Slip::None => {}
    }
    if 5 <= short.len() && slip(&one.sound, &other.sound) != Slip::None {
        return (72, Some(Evidence::Transliteration));
    }
    if 3 <= short.len() && long.starts_with(short) && cut {
        return (70, Some(Evidence::Truncated));
    }
    let longest = mine.chars().count().max(theirs.chars().count());
    if NAME_LETTERS_MAX < longest {
        return (0, None);
    }
    let near = longest.saturating_sub(edits(mine, theirs, longest)) * 55 / longest.max(1);
    (u32::try_from(near).unwrap_or(0), None)
}

/// Letters of a part of a name beyond which only equal parts are alike: the work grows with their square.
const NAME_LETTERS_MAX: usize = 64;

/// How alike two given names are.
fn alike_given(one: &Part, other: &Part) -> (u32, Option<Evidence>) {
    let plain = alike(one, other);
    if plain.0 < 96 && nickname::are_one(&one.text, &other.text) {
        return (96, Some(Evidence::Nickname));
    }
    plain
}

/// How alike two family names are: also by half of a double one, or without its particle.
fn alike_family(one: &Part, other: &Part) -> (u32, Option<Evidence>) {
    let is_double = 1 < one.halves.len() || 1 < other.halves.len();
    let is_half = |part: &Part, whole: &Part| 1 < whole.halves.len() && whole.halves.contains(&part.text);
    if one.text != other.text && (is_half(one, other) || is_half(other, one)) {
        return (78, Some(Evidence::DoubleSurname));
    }
    let plain = alike(one, other);
    if 78 <= plain.0 {
        return plain;
    }
    let shares = |mine: &String| {
        other.halves.iter().any(|theirs| 90 <= alike(&Part::word(mine.clone()), &Part::word(theirs.clone())).0)
    };
    if is_double && one.halves.iter().any(shares) {
        return (78, Some(Evidence::DoubleSurname));
    }
    let parted = one.core != one.text || other.core != other.text;
    if parted && one.core == other.core {
        return (76, Some(Evidence::Particle));
    }
    plain
}

/// Spellings of one sound made equal: Müller is Mueller, Dmitry is Dmitrii.
fn skeleton(word: &str) -> String {
    let mut text = word.to_owned();
    for (from, to) in [("ye", "e"), ("ei", "i")] {
        if let Some(rest) = text.strip_prefix(from) {
            text = format!("{to}{rest}");
        }
    }
    for (from, to) in [
        ("shch", "sh"),
        ("tsch", "ch"),
        ("sch", "sh"),
        ("kh", "h"),
        ("ks", "x"),
        ("tz", "ts"),
        ("ph", "f"),
        ("ae", "a"),
        ("oe", "o"),
        ("ue", "u"),
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

/// How alike two names are, 0 to 100, with what was met: the readings that fit best.
pub(crate) fn compare(claim: &Person, owner: &Person) -> (u32, Vec<Evidence>) {
    let (mut best, mut met) = (0, vec![]);
    for one in &claim.readings {
        for other in &owner.readings {
            let (score, evidence) = read_so(one, other);
            if best < score {
                (best, met) = (score, evidence);
            }
        }
    }
    if best < 85 && claim.run_together == owner.run_together {
        (best, met) = (96, vec![Evidence::Spacing]);
    }
    match (claim.generation, owner.generation) {
        (Some(one), Some(other)) if one != other => {
            met.push(Evidence::OtherGeneration);
            best = best.min(60);
        }
        (Some(_), None) | (None, Some(_)) if 88 <= best => {
            met.push(Evidence::GenerationUnsaid);
            best -= 3;
        }
        _ => {}
    }
    (best, met)
}

/// How alike two names are in one reading of each.
fn read_so(one: &Reading, other: &Reading) -> (u32, Vec<Evidence>) {
    let mut evidence = Vec::new();
    let (Some(mine), Some(theirs)) = (&one.family, &other.family) else { return single(one, other) };
    let (mut family, why) = alike_family(mine, theirs);
    // An initial is a family name only where it stands last for certain.
    if mine.is_initial() != theirs.is_initial() && (one.turned || other.turned) {
        family = family.min(20);
    }
    // Two words at the front of both are given names as often as surnames: then half of them says nothing.
    if one.turned && other.turned && 1 < mine.halves.len().min(theirs.halves.len()) && mine.text != theirs.text {
        family = family.min(50);
    }
    evidence.extend(why);
    let (mut given, why) = given_names(&one.given, &other.given);
    // Read backwards, a family name is no nickname: Ann Frank is not Ann Francis. An initial at the end says "SMITH BOB J".
    let says_order = |reading: &Reading| reading.given.last().is_some_and(Part::is_initial);
    if one.turned && other.turned && !says_order(one) && !says_order(other) && why.contains(&Evidence::Nickname) {
        given = given.min(80);
    }
    evidence.extend(why);
    if one.turned != other.turned {
        evidence.push(Evidence::Order);
    }
    let mut score = match (family, given) {
        (85.., 85..) => family.min(given) * 7 / 10 + family.max(given) * 3 / 10,
        (60..=84, 60..=84) => (family.min(given) - 8).max(60),
        (60.., 60..) => family.min(given),
        // A relative, most likely.
        (85.., _) => {
            evidence.push(Evidence::SurnameOnly);
            given.min(45)
        }
        _ => family.min(given).min(50),
    };
    if !evidence.contains(&Evidence::MiddleAsGiven) {
        match (&one.given[1..], &other.given[1..]) {
            ([], []) => {}
            ([], _) | (_, []) => evidence.push(Evidence::MiddleUnsaid),
            (mine, theirs) if !agree(mine, theirs) => {
                evidence.push(Evidence::MiddleDiffers);
                score = score.min(80);
            }
            _ => {}
        }
    }
    (score, evidence)
}

/// One word against a name: it may be the family name, or the given one.
fn single(one: &Reading, other: &Reading) -> (u32, Vec<Evidence>) {
    let mut evidence = vec![Evidence::OneWord];
    let parts =
        |reading: &Reading| [reading.given[..1].to_vec(), reading.family.clone().into_iter().collect()].concat();
    let is_whole = one.family.is_none() && other.family.is_none();
    let (mut score, mut why) = (0, None);
    for mine in parts(one) {
        for theirs in parts(other) {
            let found = alike(&mine, &theirs);
            if score < found.0 {
                (score, why) = found;
            }
        }
    }
    evidence.extend(why);
    (
        if is_whole {
            score
        } else if score < 85 {
            score.min(50)
        } else {
            62
        },
        evidence,
    )
}

/// How alike two rows of given names are; the first decides, unless one goes by a middle name.
fn given_names(mine: &[Part], theirs: &[Part]) -> (u32, Vec<Evidence>) {
    let (score, why) = alike_given(&mine[0], &theirs[0]);
    if 85 <= score {
        return (score, why.into_iter().collect());
    }
    let run_together = |parts: &[Part]| parts.iter().map(|part| part.text.as_str()).collect::<String>();
    if run_together(mine) == run_together(theirs)
        || run_together(mine) == theirs[0].text
        || mine[0].text == run_together(theirs)
    {
        return (96, vec![Evidence::Spacing]);
    }
    // A hyphened given name, of which one half is used.
    if 1 < mine[0].halves.len() || 1 < theirs[0].halves.len() {
        let (half, why) = alike_family(&mine[0], &theirs[0]);
        if score < half {
            return (half, why.into_iter().collect());
        }
    }
    let first_of = |first: &Part, row: &[Part]| {
        !first.is_initial() && row.iter().skip(1).any(|part| !part.is_initial() && 90 <= alike_given(first, part).0)
    };
    if score < 74 && (first_of(&mine[0], theirs) || first_of(&theirs[0], mine)) {
        return (74, vec![Evidence::MiddleAsGiven]);
    }
    (score, why.into_iter().collect())
}

/// Whether some middle name of one stands among the other's, in full, cut, or as an initial.
fn agree(mine: &[Part], theirs: &[Part]) -> bool {
    mine.iter().any(|one| {
        theirs.iter().any(|other| {
            let (score, _) = alike_given(one, other);
            74 <= score || one.text.starts_with(&other.text) || other.text.starts_with(&one.text)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn score(one: &str, other: &str) -> u32 {
        let read = |text: &str| Person::read(text, false).expect("a name");
        compare(&read(one), &read(other)).0
    }

    #[test]
    fn a_name_is_the_same_in_either_order_and_with_particles_apart() {
        for (one, other) in [
            ("Maria de la Cruz", "DELACRUZ MARIA E"),
            ("Sean O'Brien", "O BRIEN SEAN"),
            ("Anna Smith-Jones", "SMITH JONES, ANNA"),
            ("Al Smith", "SMITH AL"),
            ("Maryann Lee", "Mary Ann Lee"),
            ("Ludwig van Beethoven", "VANBEETHOVEN LUDWIG"),
        ] {
            assert!(85 <= score(one, other), "{one} {other} {}", score(one, other));
        }
    }

    #[test]
    fn a_reviewer_is_asked_where_a_name_is_half_or_one_letter_off() {
        for (one, other) in [
            ("John Smith", "J SMITH"),
            ("Anna Smith-Jones", "Anna Jones"),
            ("Luis de Leon", "Luis Leon"),
            ("Paul Hanson", "Paul Hansen"),
            ("Edgar Hoover", "John Edgar Hoover"),
            ("John A Smith", "John B Smith"),
            ("John Smith Jr", "John Smith Sr"),
            ("Ann Frank", "Ann Francis"),
            ("Christian Reed", "Christina Reed"),
            ("Smith", "Smith, John"),
        ] {
            assert!((60..85).contains(&score(one, other)), "{one} {other} {}", score(one, other));
        }
    }

    #[test]
    fn a_shared_surname_or_given_name_alone_is_no_match() {
        for (one, other) in [
            ("John Smith", "Mary Smith"),
            ("Steven Cook", "COOK CHRISTOPHER S"),
            ("Mary Chen", "Mary Okafor"),
            ("Dana Li", "Diana Wu"),
            ("Anna Rose Green", "Paul Rose Green"),
        ] {
            assert!(score(one, other) < 60, "{one} {other} {}", score(one, other));
        }
    }
}
