//! Addresses of the United States: house number, street, unit, place, ZIP code.

use crate::{
    answer::Evidence,
    fold::{is_slip, words},
};

/// Street suffixes and directions as the Postal Service shortens them (Publication 28, appendices B and C1), those in use.
const SHORT: &[(&str, &str)] = &[
    ("street", "st"),
    ("str", "st"),
    ("avenue", "ave"),
    ("av", "ave"),
    ("aven", "ave"),
    ("boulevard", "blvd"),
    ("boul", "blvd"),
    ("drive", "dr"),
    ("drv", "dr"),
    ("road", "rd"),
    ("lane", "ln"),
    ("court", "ct"),
    ("crt", "ct"),
    ("circle", "cir"),
    ("circ", "cir"),
    ("place", "pl"),
    ("terrace", "ter"),
    ("terr", "ter"),
    ("highway", "hwy"),
    ("hiway", "hwy"),
    ("parkway", "pkwy"),
    ("parkwy", "pkwy"),
    ("pky", "pkwy"),
    ("square", "sq"),
    ("trail", "trl"),
    ("trails", "trl"),
    ("way", "wy"),
    ("crossing", "xing"),
    ("crescent", "cres"),
    ("heights", "hts"),
    ("junction", "jct"),
    ("point", "pt"),
    ("ridge", "rdg"),
    ("route", "rte"),
    ("run", "run"),
    ("alley", "aly"),
    ("bend", "bnd"),
    ("cove", "cv"),
    ("creek", "crk"),
    ("expressway", "expy"),
    ("freeway", "fwy"),
    ("glen", "gln"),
    ("grove", "grv"),
    ("harbor", "hbr"),
    ("hill", "hl"),
    ("hills", "hls"),
    ("hollow", "holw"),
    ("island", "is"),
    ("lake", "lk"),
    ("landing", "lndg"),
    ("loop", "loop"),
    ("manor", "mnr"),
    ("meadow", "mdw"),
    ("meadows", "mdws"),
    ("mount", "mt"),
    ("mountain", "mtn"),
    ("orchard", "orch"),
    ("park", "park"),
    ("pass", "pass"),
    ("path", "path"),
    ("pike", "pike"),
    ("plaza", "plz"),
    ("shore", "shr"),
    ("shores", "shrs"),
    ("spring", "spg"),
    ("springs", "spgs"),
    ("station", "sta"),
    ("summit", "smt"),
    ("turnpike", "tpke"),
    ("valley", "vly"),
    ("view", "vw"),
    ("village", "vlg"),
    ("vista", "vis"),
    ("walk", "walk"),
    ("north", "n"),
    ("south", "s"),
    ("east", "e"),
    ("west", "w"),
    ("northeast", "ne"),
    ("northwest", "nw"),
    ("southeast", "se"),
    ("southwest", "sw"),
    ("saint", "st"),
    ("fort", "ft"),
    ("first", "1st"),
    ("second", "2nd"),
    ("third", "3rd"),
    ("fourth", "4th"),
    ("fifth", "5th"),
    ("sixth", "6th"),
    ("seventh", "7th"),
    ("eighth", "8th"),
    ("ninth", "9th"),
    ("tenth", "10th"),
];
const SUFFIXES: &[&str] = &[
    "st", "ave", "blvd", "dr", "rd", "ln", "ct", "cir", "pl", "ter", "hwy", "pkwy", "sq", "trl", "wy", "xing", "aly",
    "loop", "run", "walk", "path",
];
const DIRECTIONS: &[&str] = &["n", "s", "e", "w", "ne", "nw", "se", "sw"];
const UNITS: &[&str] = &[
    "apt",
    "apartment",
    "unit",
    "ste",
    "suite",
    "rm",
    "room",
    "fl",
    "floor",
    "bldg",
    "building",
    "lot",
    "spc",
    "space",
    "trlr",
    "ph",
    "penthouse",
    "no",
];
const STATES: &[(&str, &str)] = &[
    ("alabama", "al"),
    ("alaska", "ak"),
    ("arizona", "az"),
    ("arkansas", "ar"),
    ("california", "ca"),
    ("colorado", "co"),
    ("connecticut", "ct"),
    ("delaware", "de"),
    ("district of columbia", "dc"),
    ("florida", "fl"),
    ("georgia", "ga"),
    ("hawaii", "hi"),
    ("idaho", "id"),
    ("illinois", "il"),
    ("indiana", "in"),
    ("iowa", "ia"),
    ("kansas", "ks"),
    ("kentucky", "ky"),
    ("louisiana", "la"),
    ("maine", "me"),
    ("maryland", "md"),
    ("massachusetts", "ma"),
    ("michigan", "mi"),
    ("minnesota", "mn"),
    ("mississippi", "ms"),
    ("missouri", "mo"),
    ("montana", "mt"),
    ("nebraska", "ne"),
    ("nevada", "nv"),
    ("new hampshire", "nh"),
    ("new jersey", "nj"),
    ("new mexico", "nm"),
    ("new york", "ny"),
    ("north carolina", "nc"),
    ("north dakota", "nd"),
    ("ohio", "oh"),
    ("oklahoma", "ok"),
    ("oregon", "or"),
    ("pennsylvania", "pa"),
    ("puerto rico", "pr"),
    ("rhode island", "ri"),
    ("south carolina", "sc"),
    ("south dakota", "sd"),
    ("tennessee", "tn"),
    ("texas", "tx"),
    ("utah", "ut"),
    ("vermont", "vt"),
    ("virginia", "va"),
    ("washington", "wa"),
    ("west virginia", "wv"),
    ("wisconsin", "wi"),
    ("wyoming", "wy"),
];

/// An address in parts; what a text does not say is empty.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Address {
    number: String,
    street: Vec<String>,
    unit: String,
    place: Vec<String>,
    state: String,
    zip: String,
    is_box: bool,
}

impl Address {
    /// Reads `123 N Main St Apt 4, Springfield, IL 62701-1234`, with or without commas.
    pub(crate) fn read(text: &str) -> Option<Address> {
        let mut all = words(&text.replace('#', " unit "));
        while matches!(all.last().map(String::as_str), Some("usa" | "us"))
            || all.ends_with(&["united".to_owned(), "states".to_owned()])
        {
            let cut = if all.last().is_some_and(|word| word == "states") { 2 } else { 1 };
            all.truncate(all.len() - cut);
        }
        let mut out = Address::default();
        out.take_zip(&mut all);
        out.take_state(&mut all);
        out.take_street(&all, text);
        let says_something = !out.number.is_empty() || !out.zip.is_empty() || !out.street.is_empty();
        says_something.then_some(out)
    }

    fn take_zip(&mut self, all: &mut Vec<String>) {
        let is_digits =
            |word: &str, count: usize| word.len() == count && word.bytes().all(|byte| byte.is_ascii_digit());
        let last = all.len();
        if 2 <= last && is_digits(&all[last - 1], 4) && is_digits(&all[last - 2], 5) {
            all.pop();
        }
        match all.last() {
            // At the very front it is a house number.
            Some(word) if 1 < all.len() && is_digits(word, 5) => self.zip = all.pop().unwrap_or_default(),
            Some(word) if is_digits(word, 9) => self.zip = all.pop().unwrap_or_default()[..5].to_owned(),
            _ => {}
        }
    }

    fn take_state(&mut self, all: &mut Vec<String>) {
        let tail = |count: usize| all.len().checked_sub(count).map(|from| all[from..].join(" "));
        let found = [3, 2, 1].into_iter().find_map(|count| {
            let words = tail(count)?;
            STATES.iter().find(|(long, short)| *long == words || *short == words).map(|(_, short)| (count, *short))
        });
        if let Some((count, short)) = found
            && count + 1 < all.len()
        {
            self.state = short.to_owned();
            all.truncate(all.len() - count);
        }
    }

    fn take_street(&mut self, all: &[String], text: &str) {
        let short = |word: &String| {
            SHORT.iter().find(|(long, _)| long == word).map_or_else(|| word.clone(), |(_, short)| (*short).to_owned())
        };
        let mut words: Vec<String> = all.iter().map(short).collect();
        if words.first().is_some_and(|word| word == "po" || word == "pobox")
            || words.starts_with(&["p".to_owned(), "o".to_owned()])
        {
            self.is_box = true;
            let at =
                words.iter().position(|word| word.bytes().all(|byte| byte.is_ascii_digit())).unwrap_or(words.len());
            self.number = words.get(at).cloned().unwrap_or_default();
            self.street = vec!["box".to_owned()];
            self.place = words.split_off((at + 1).min(words.len()));
            return;
        }
        if words.first().is_some_and(|word| word.starts_with(|letter: char| letter.is_ascii_digit())) {
            self.number = words.remove(0);
        }
        if let Some(at) = words.iter().position(|word| UNITS.contains(&word.as_str()))
            && 0 < at
        {
            let mut end = at + 1;
            while words.get(end).is_some_and(|word| UNITS.contains(&word.as_str())) {
                end += 1;
            }
            self.unit = words.get(end).cloned().unwrap_or_default();
            words.drain(at..(end + 1).min(words.len()));
        }
        // The street ends at its suffix, and a direction after it; without one at the first comma.
        let suffix =
            words.iter().enumerate().skip(1).filter(|(_, word)| SUFFIXES.contains(&word.as_str())).map(|(at, _)| at);
        let first_line = crate::fold::words(text.split([',', '\n']).next().unwrap_or("")).len();
        let lead = usize::from(!self.number.is_empty());
        let end = match suffix.into_iter().find(|at| first_line == all.len() || *at < first_line) {
            Some(at) if words.get(at + 1).is_some_and(|word| DIRECTIONS.contains(&word.as_str())) => at + 2,
            Some(at) => at + 1,
            None => first_line.saturating_sub(lead).min(words.len()),
        };
        self.place = words.split_off(end.min(words.len()));
        self.street = words;
    }
}

/// How alike two addresses are, with what was met.
pub(crate) fn compare(claim: &Address, owner: &Address) -> (u32, Vec<Evidence>) {
    let mut evidence = vec![];
    if claim.is_box || owner.is_box {
        evidence.push(Evidence::PoBox);
    }
    let both = |one: &str, other: &str| !one.is_empty() && !other.is_empty();
    let same_zip = both(&claim.zip, &owner.zip).then(|| claim.zip == owner.zip);
    let near_zip = both(&claim.zip, &owner.zip) && crate::fold::edits(&claim.zip, &owner.zip) <= 1;
    let same_place = (!claim.place.is_empty() && !owner.place.is_empty()).then(|| {
        same_words(&claim.place, &owner.place) && (claim.state == owner.state || !both(&claim.state, &owner.state))
    });
    // Street and number in a place that nothing contradicts.
    let somewhere_else = match (same_zip, same_place) {
        (Some(true), _) => false,
        (Some(false), Some(true)) => !near_zip && claim.zip.get(..3) != owner.zip.get(..3),
        (Some(false), _) => true,
        (None, Some(same)) => !same,
        (None, None) => false,
    };
    let street = street(&claim.street, &owner.street);
    let number = claim.number == owner.number;
    if same_zip == Some(false) {
        evidence.push(Evidence::OtherZip);
    }
    if same_place == Some(false) {
        evidence.push(Evidence::OtherPlace);
    }
    if !number {
        evidence.push(Evidence::OtherNumber);
    }
    if street < 80 {
        evidence.push(Evidence::OtherStreet);
    }
    let mut score = match (number, street) {
        (true, 80..) if !somewhere_else => 100 - (100 - street) / 4,
        (true, 80..) => 50,
        (false, 80..) if !somewhere_else => 40,
        _ if same_zip == Some(true) => 25,
        _ => 0,
    };
    if 85 <= score {
        match (claim.unit.is_empty(), owner.unit.is_empty()) {
            (false, false) if claim.unit != owner.unit => {
                evidence.push(Evidence::UnitDiffers);
                score = 70;
            }
            (false, true) | (true, false) => {
                evidence.push(Evidence::UnitUnsaid);
                score -= 5;
            }
            _ => {}
        }
        if same_zip == Some(false) {
            score = score.min(88);
        }
    }
    (score, evidence)
}

fn same_words(one: &[String], other: &[String]) -> bool {
    let (one, other) = (one.concat(), other.concat());
    one == other || is_slip(&one, &other)
}

/// How alike two streets are: all words but suffix and direction must be there; those may be unsaid.
fn street(one: &[String], other: &[String]) -> u32 {
    let core = |words: &[String]| -> String {
        let kept: Vec<&str> = words
            .iter()
            .map(String::as_str)
            .filter(|word| !SUFFIXES.contains(word) && !DIRECTIONS.contains(word))
            .collect();
        // "North Street": what is left must name something.
        if kept.is_empty() { words.concat() } else { kept.concat() }
    };
    let of = |words: &[String], list: &[&'static str]| words.iter().find(|word| list.contains(&word.as_str())).cloned();
    let (mine, theirs) = (core(one), core(other));
    let mut score: u32 = if mine == theirs {
        100
    } else if is_slip(&mine, &theirs) {
        92
    } else {
        return 0;
    };
    for list in [SUFFIXES, DIRECTIONS] {
        match (of(one, list), of(other, list)) {
            (Some(one), Some(other)) if one != other => score = score.saturating_sub(25),
            (None, Some(_)) | (Some(_), None) => score = score.saturating_sub(8),
            _ => {}
        }
    }
    score
}
