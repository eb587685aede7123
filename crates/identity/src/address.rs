//! Addresses of the United States: house number, street, unit, place, ZIP code.

mod words;

use crate::{
    answer::Evidence,
    fold::{self, is_slip},
};
use words::{DIRECTIONS, PHRASES, PLAIN, SHORT, STATES, SUFFIXES, UNITS};

/// Most words of street and place whose parting is looked for: more are a text of which no more is asked than whether the
/// other says the same. Each way to part one is held against each way to part the other.
const PARTED_WORDS_MAX: usize = 24;

/// States whose ZIP codes begin with a zero, which is lost where a tool read them as numbers. (In Puerto Rico two are, and
/// what is left may be the number of a road.)
const ZERO_STATES: &[&str] = &["ct", "ma", "me", "nh", "nj", "ri", "vt"];

/// An address in parts; what a text does not say is empty.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Address {
    number: String,
    /// Street and place, in the Postal Service's short forms.
    body: Vec<String>,
    /// Where in the body the street may end and the place begin: one where a comma or a line's end says so.
    ends: Vec<usize>,
    unit: String,
    state: String,
    zip: String,
    is_box: bool,
}

impl Address {
    /// Reads `123 N Main St Apt 4, Springfield, IL 62701-1234`, with or without commas.
    pub(crate) fn read(text: &str) -> Option<Address> {
        let text = text.replace('#', " unit ");
        let mut segments: Vec<Vec<String>> =
            text.split([',', '\n', '\r', ';']).map(fold::words).filter(|words| !words.is_empty()).collect();
        let mut out = Address::default();
        drop_country(&mut segments);
        out.take_zip(&mut segments);
        out.take_state(&mut segments);
        out.take_street(&segments);
        let says_something = !out.number.is_empty() || !out.zip.is_empty() || !out.body.is_empty();
        says_something.then_some(out)
    }

    fn take_zip(&mut self, segments: &mut Vec<Vec<String>>) {
        let is_alone = segments.iter().map(Vec::len).sum::<usize>() <= 1;
        let lost_zero = lost_zero(segments);
        let Some(all) = segments.last_mut() else { return };
        let is_digits =
            |word: &str, count: usize| word.len() == count && word.bytes().all(|byte| byte.is_ascii_digit());
        let last = all.len();
        if 2 <= last && is_digits(&all[last - 1], 4) && is_digits(&all[last - 2], 5) {
            all.pop();
        }
        match all.last() {
            // Alone it is a house number.
            Some(word) if !is_alone && is_digits(word, 5) => self.zip = all.pop().unwrap_or_default(),
            Some(word) if lost_zero && is_digits(word, 4) => {
                self.zip = format!("0{word}");
                all.pop();
            }
            Some(word) if is_digits(word, 9) => self.zip = all.pop().unwrap_or_default()[..5].to_owned(),
            _ => {}
        }
        segments.retain(|words| !words.is_empty());
    }

    fn take_state(&mut self, segments: &mut Vec<Vec<String>>) {
        let count = segments.len();
        let Some(all) = segments.last_mut() else { return };
        // With commas the first segment is the street: "12 Oak Ct, 06001" is a court.
        if count == 1 && !self.zip.is_empty() && all.len() <= 3 && all.first().is_some_and(|word| is_number(word)) {
            return;
        }
        let tail = |count: usize| all.len().checked_sub(count).map(|from| all[from..].join(" "));
        let found = [3, 2, 1].into_iter().find_map(|count| {
            let words = tail(count)?;
            STATES.iter().find(|(long, short)| *long == words || *short == words).map(|(_, short)| (count, *short))
        });
        if let Some((taken, short)) = found
            && (1 < count || taken < all.len())
            && !(count == 1 && taken + 1 == all.len() && is_number(&all[0]))
        {
            self.state = short.to_owned();
            all.truncate(all.len() - taken);
        }
        segments.retain(|words| !words.is_empty());
    }

    fn take_street(&mut self, segments: &[Vec<String>]) {
        let mut end = None;
        for (at, segment) in segments.iter().enumerate() {
            let mut words = shortened(segment);
            if at == 0 {
                self.take_number(&mut words);
            }
            self.take_unit(&mut words);
            self.body.extend(words);
            // The first line is the street; a unit that stood alone adds nothing to it.
            if at == 0 && 1 < segments.len() {
                end = Some(self.body.len());
            }
        }
        self.ends = match end {
            _ if self.is_box => vec![0],
            Some(end) => vec![end],
            None => self.likely_ends(),
        };
    }

    /// The house number, or a post office box's.
    fn take_number(&mut self, words: &mut Vec<String>) {
        let forms: [&[&str]; 6] =
            [&["post", "office", "box"], &["p", "o", "box"], &["po", "box"], &["pobox"], &["pob"], &["box"]];
        let form = forms.iter().find(|form| form.len() < words.len() && words.iter().zip(**form).all(|(a, b)| a == b));
        if let Some(form) = form
            && words[form.len()].bytes().any(|byte| byte.is_ascii_digit())
        {
            self.is_box = true;
            self.number = words[form.len()].clone();
            words.drain(..=form.len());
        } else if words.first().is_some_and(|word| is_number(word)) {
            self.number = words.remove(0);
        }
    }

    fn take_unit(&mut self, words: &mut Vec<String>) {
        let is_door =
            |word: &String| word.len() <= 5 && (word.len() == 1 || word.bytes().any(|byte| byte.is_ascii_digit()));
        let Some(at) = words.iter().position(|word| UNITS.contains(&word.as_str())) else { return };
        let mut door = at + 1;
        while words.get(door).is_some_and(|word| UNITS.contains(&word.as_str())) {
            door += 1;
        }
        if words.get(door).is_some_and(is_door) {
            self.unit = words[door].clone();
            words.drain(at..=door);
        }
    }

    /// Without commas a street ends after its type, its direction or its number, or the place is not said at all.
    fn likely_ends(&self) -> Vec<usize> {
        let is_in = |at: usize, list: &[&str]| self.body.get(at).is_some_and(|word| list.contains(&word.as_str()));
        let is_type = |at: usize| is_in(at, SUFFIXES) || is_in(at, DIRECTIONS);
        let count = self.body.len();
        if PARTED_WORDS_MAX < count {
            return vec![count];
        }
        // "Oak St St Paul": a saint's city may follow a plain type; after any other word St is the type.
        let goes_on = |end: usize| is_in(end, SUFFIXES) && !(is_in(end, &["st", "ft", "mt"]) && is_in(end - 1, PLAIN));
        let mut ends: Vec<usize> = (2..=count)
            .filter(|&end| is_type(end - 1) || (is_in(end - 2, SUFFIXES) && is_number(&self.body[end - 1])))
            .filter(|&end| !goes_on(end))
            .collect();
        // "Vermont Virginia Beach": without a plain type the words that name one may be the city's.
        if !(0..count).any(|at| is_in(at, PLAIN)) {
            ends = (1..count).collect();
        }
        if !ends.contains(&count) {
            ends.push(count);
        }
        ends
    }
}

/// Whether the words before the last end with the name of a state whose codes begin with a zero: in "Cambridge MA 2139" the
/// last is such a code. Only then is it read as one, since abroad codes have four digits.
fn lost_zero(segments: &[Vec<String>]) -> bool {
    let words: Vec<&str> = segments.iter().flatten().map(String::as_str).collect();
    let Some((_, before)) = words.split_last() else { return false };
    let ends = |count: usize| before.len().checked_sub(count).map(|from| before[from..].join(" "));
    let (two, one) = (ends(2), ends(1));
    let is_state = ZERO_STATES.iter().any(|short| {
        let long = STATES.iter().find(|(_, known)| known == short).map(|(long, _)| *long);
        one.as_deref() == Some(*short) || one.as_deref() == long || two.as_deref() == long
    });
    // "12 Oak Ct 1234" is a court.
    let is_court =
        one.as_deref() == Some("ct") && before.len() <= 3 && before.first().is_some_and(|word| is_number(word));
    is_state && !is_court
}

fn is_number(word: &str) -> bool {
    word.starts_with(|letter: char| letter.is_ascii_digit())
}

/// Words in the Postal Service's short forms, and numbered roads in one.
fn shortened(words: &[String]) -> Vec<String> {
    let short = |word: &String| {
        SHORT.iter().find(|(long, _)| long == word).map_or_else(|| word.clone(), |(_, short)| (*short).to_owned())
    };
    let words: Vec<String> = words.iter().map(short).collect();
    let (mut out, mut at) = (vec![], 0);
    while at < words.len() {
        let starts =
            |known: &[&str]| known.len() <= words.len() - at && words[at..].iter().zip(known).all(|(a, b)| a == b);
        match PHRASES
            .iter()
            .find(|(known, _)| starts(known) && words.get(at + known.len()).is_some_and(|next| is_number(next)))
        {
            Some((known, short)) => {
                out.push((*short).to_owned());
                at += known.len();
            }
            None => {
                out.push(words[at].clone());
                at += 1;
            }
        }
    }
    out
}

fn drop_country(segments: &mut Vec<Vec<String>>) {
    const NAMES: &[&[&str]] =
        &[&["united", "states", "of", "america"], &["united", "states"], &["u", "s", "a"], &["usa"], &["us"]];
    let Some(last) = segments.last_mut() else { return };
    let ends = |name: &&&[&str]| last.ends_with(&name.iter().map(|word| (*word).to_owned()).collect::<Vec<String>>());
    if let Some(name) = NAMES.iter().find(ends) {
        last.truncate(last.len() - name.len());
    }
    segments.retain(|words| !words.is_empty());
}

/// How alike two addresses are, with what was met: the best of the ways in which their streets may end.
pub(crate) fn compare(claim: &Address, owner: &Address) -> (u32, Vec<Evidence>) {
    let same = claim.number == owner.number && claim.body == owner.body && claim.unit == owner.unit;
    if same && claim.zip == owner.zip && claim.state == owner.state {
        return (100, if claim.is_box { vec![Evidence::PoBox] } else { vec![] });
    }
    let mut best: Option<(u32, Vec<Evidence>)> = None;
    for &here in &claim.ends {
        for &there in &owner.ends {
            let found = compare_at((claim, here), (owner, there));
            if best.as_ref().is_none_or(|best| best.0 < found.0) {
                best = Some(found);
            }
        }
    }
    let (score, evidence) = best.unwrap_or((0, vec![]));
    if score < 65 && (is_place_of(claim, owner) || is_place_of(owner, claim)) {
        return (65, vec![Evidence::StreetUnsaid]);
    }
    (score, evidence)
}

/// Whether one says but the place of the other, and nothing against it.
fn is_place_of(one: &Address, other: &Address) -> bool {
    let agrees = |mine: &str, theirs: &str| mine == theirs || mine.is_empty() || theirs.is_empty();
    let has_street = |address: &Address| !address.number.is_empty() || address.is_box;
    !has_street(one)
        && has_street(other)
        && !one.body.is_empty()
        && agrees(&one.zip, &other.zip)
        && agrees(&one.state, &other.state)
        && other.ends.iter().any(|&end| same_words(&one.body, &other.body[end..]))
}

/// How alike two addresses are when their streets end here and there.
fn compare_at((claim, here): (&Address, usize), (owner, there): (&Address, usize)) -> (u32, Vec<Evidence>) {
    let mut evidence = vec![];
    if claim.is_box || owner.is_box {
        evidence.push(Evidence::PoBox);
    }
    let ((my_street, my_place), (their_street, their_place)) = (claim.body.split_at(here), owner.body.split_at(there));
    let both = |one: &str, other: &str| !one.is_empty() && !other.is_empty();
    let same_zip = both(&claim.zip, &owner.zip).then(|| claim.zip == owner.zip);
    let near_zip = both(&claim.zip, &owner.zip) && fold::edits(&claim.zip, &owner.zip, 1) <= 1;
    let same_place = (!my_place.is_empty() && !their_place.is_empty()).then(|| {
        same_words(my_place, their_place) && (claim.state == owner.state || !both(&claim.state, &owner.state))
    });
    // Street and number in a place that nothing contradicts.
    let somewhere_else = match (same_zip, same_place) {
        (Some(true), _) => false,
        (Some(false), Some(true)) => !near_zip && claim.zip.get(..3) != owner.zip.get(..3),
        (Some(false), _) => true,
        (None, Some(same)) => !same,
        (None, None) => both(&claim.state, &owner.state) && claim.state != owner.state,
    };
    let (street, met) = if claim.is_box == owner.is_box { street(my_street, their_street) } else { (0, vec![]) };
    let number = claim.number == owner.number;
    evidence.extend(met);
    for (is_met, what) in [
        (same_zip == Some(false), Evidence::OtherZip),
        (same_place == Some(false), Evidence::OtherPlace),
        (!number, Evidence::OtherNumber),
        (street < 60, Evidence::OtherStreet),
    ] {
        if is_met {
            evidence.push(what);
        }
    }
    let mut score = match (number, street) {
        (true, 60..) if !somewhere_else => street,
        (true, 60..) => 50,
        (false, 60..) if !somewhere_else => 40,
        _ if same_zip == Some(true) => 25,
        _ => 0,
    };
    // Of two ways to end a street that fit, the one whose places agree.
    if 60 <= score && same_place == Some(false) {
        score -= 1;
    }
    (weigh_unit(claim, owner, score, same_zip, &mut evidence), evidence)
}

/// What unit and ZIP code leave of a score.
fn weigh_unit(
    claim: &Address,
    owner: &Address,
    score: u32,
    same_zip: Option<bool>,
    evidence: &mut Vec<Evidence>,
) -> u32 {
    let mut score = score;
    if 60 <= score {
        match (claim.unit.is_empty(), owner.unit.is_empty()) {
            (false, false) if claim.unit != owner.unit => {
                evidence.push(Evidence::UnitDiffers);
                score = score.min(70);
            }
            (false, true) | (true, false) => {
                evidence.push(Evidence::UnitUnsaid);
                score = score.saturating_sub(5).max(60);
            }
            _ => {}
        }
        if same_zip == Some(false) {
            score = score.min(88);
        }
    }
    score
}

fn same_words(one: &[String], other: &[String]) -> bool {
    let (one, other) = (one.concat(), other.concat());
    one == other || is_slip(&one, &other)
}

/// A street's own name, its type and its directions.
struct Street {
    name: String,
    kind: Option<String>,
    directions: Vec<String>,
}

impl Street {
    fn read(words: &[String]) -> Street {
        let is_direction = |word: &String| DIRECTIONS.contains(&word.as_str());
        let mut rest: Vec<String> = words.to_vec();
        let mut directions = vec![];
        // "North Street": what is left must name something.
        if 2 < rest.len() || rest.len() == 2 && !SUFFIXES.contains(&rest[1].as_str()) {
            if rest.last().is_some_and(is_direction) {
                directions.extend(rest.pop());
            }
            if 1 < rest.len() && is_direction(&rest[0]) {
                directions.push(rest.remove(0));
            }
        }
        let has_kind = 1 < rest.len() && rest.last().is_some_and(|word| SUFFIXES.contains(&word.as_str()));
        let kind = if has_kind { rest.pop() } else { None };
        directions.sort_unstable();
        Street { name: rest.concat(), kind, directions }
    }

    fn whole(&self) -> String {
        format!("{}{}", self.name, self.kind.as_deref().unwrap_or_default())
    }
}

/// How alike two streets are. A type or a direction that is unsaid says less than one that differs.
fn street(one: &[String], other: &[String]) -> (u32, Vec<Evidence>) {
    let (mine, theirs) = (Street::read(one), Street::read(other));
    let mut evidence = vec![];
    let figures = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let mut score = if mine.name == theirs.name {
        100
    } else if is_slip(&mine.name, &theirs.name) && figures(&mine.name) == figures(&theirs.name) {
        evidence.push(Evidence::Typo);
        92
    } else if one.concat() == other.concat() {
        evidence.push(Evidence::Spacing);
        return (96, evidence);
    } else if mine.name == theirs.whole() || theirs.name == mine.whole() {
        // "Willow Creek" beside "Willow Creek Crossing": Creek is of the name.
        evidence.push(Evidence::OtherStreetType);
        return (if mine.directions == theirs.directions { 88 } else { 62 }, evidence);
    } else {
        return (0, vec![]);
    };
    match (&mine.kind, &theirs.kind) {
        (Some(one), Some(other)) if one != other => {
            evidence.push(Evidence::OtherStreetType);
            score = score.min(72);
        }
        (None, Some(_)) | (Some(_), None) => {
            evidence.push(Evidence::OtherStreetType);
            score = score.min(88);
        }
        _ => {}
    }
    if mine.directions != theirs.directions {
        evidence.push(Evidence::OtherDirection);
        let is_unsaid = mine.directions.is_empty() || theirs.directions.is_empty();
        score = score.min(if is_unsaid { 78 } else { 62 });
    }
    (score, evidence)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn score(one: &str, other: &str) -> u32 {
        let read = |text: &str| Address::read(text).expect("an address");
        compare(&read(one), &read(other)).0
    }

    #[test]
    fn an_address_is_one_in_each_of_its_spellings() {
        let plain = "123 North Main Street Apartment 4, Saint Paul, Minnesota 55101";
        for other in [
            "123 N MAIN ST APT 4 ST PAUL MN 55101",
            "123 N. Main St. #4, St. Paul, MN 55101-1234",
            "123 N Main St\nUnit 4\nSt Paul MN 55101\nUSA",
            "123 Main St N, Apt. 4, 55101",
            "123 N Main St Apt 4, St Paul, MN",
            "123 N Main St Apt 4, St Pual, MN 55101, United States of America",
        ] {
            assert!(85 <= score(plain, other), "{other} {}", score(plain, other));
        }
    }

    #[test]
    fn boxes_and_numbered_roads_have_many_forms() {
        for (one, other) in [
            ("PO Box 12, Reno, NV 89501", "P.O. BOX 12 RENO NV 89501"),
            ("Post Office Box 12, Reno, NV 89501", "POB 12, Reno, NV 89501"),
            ("40 County Road 7, Reno, NV 89501", "40 CR 7 RENO NV 89501"),
            ("40 Highway 7, Reno, NV 89501", "40 HWY 7 RENO NV 89501"),
            ("40 Fifth Avenue, Reno, NV 89501", "40 5TH AVE RENO NV 89501"),
        ] {
            assert!(85 <= score(one, other), "{one} {other} {}", score(one, other));
        }
    }

    #[test]
    fn what_differs_by_a_part_is_asked_about_and_another_house_is_another() {
        let plain = "123 Oak St Apt 4, Reno, NV 89501";
        for (other, lower, upper) in [
            ("123 Oak St Apt 5, Reno, NV 89501", 60, 84),
            ("123 Oak Ave Apt 4, Reno, NV 89501", 60, 84),
            ("123 N Oak St Apt 4, Reno, NV 89501", 60, 84),
            ("Reno, NV 89501", 60, 84),
            ("125 Oak St Apt 4, Reno, NV 89501", 0, 59),
            ("123 Oak St Apt 4, Miami, FL 33130", 0, 59),
            ("123 Elm St Apt 4, Reno, NV 89501", 0, 59),
            ("PO Box 123, Reno, NV 89501", 0, 59),
        ] {
            assert!((lower..=upper).contains(&score(plain, other)), "{other} {}", score(plain, other));
        }
    }

    #[test]
    fn an_address_of_too_many_words_is_compared_as_a_whole() {
        let long = |words: usize| format!("12 {}", vec!["oak"; words].join(" "));
        let ends = |words: usize| Address::read(&long(words)).expect("an address").ends.len();
        assert_eq!([2, 24, 25, 250].map(ends), [2, 24, 1, 1]);
        assert_eq!([score(&long(250), &long(250)), score(&long(250), &long(24))], [100, 0]);
        // A slip in it is still a slip.
        assert_eq!(score(&long(250), &long(250).replacen("oak", "aok", 1)), 92);
    }

    #[test]
    fn a_zip_code_that_lost_its_zero_is_itself_and_a_code_of_four_digits_abroad_stays_one() {
        let plain = "1 Main St, Cambridge, MA 02139";
        for other in [
            "1 Main St, Cambridge, MA 2139",
            "1 MAIN ST, CAMBRIDGE, Massachusetts, 2139, USA",
            "1 Main St Cambridge MA 2139",
        ] {
            assert_eq!(score(plain, other), 100, "{other}");
        }
        let zip = |text: &str| Address::read(text).expect("an address").zip;
        assert_eq!(zip("1 Main St, Dover, New Hampshire 3820"), "03820");
        for (text, expected) in [
            ("1 Main St, Cambridge, MA 2139-", "02139"),
            ("1 Main St, Denver, CO 2139", ""),
            ("1 St Georges Tce, Perth, WA 6000", ""),
            ("Bahnhofstrasse 1, Zurich, 8001", ""),
            ("12 Oak Ct 1234", ""),
        ] {
            assert_eq!(zip(text), expected, "{text}");
        }
        // Another code is another code.
        assert!(score(plain, "1 Main St, Boston, MA 2108") < 60);
    }

    #[test]
    fn a_numbered_street_is_no_slip_of_another() {
        assert!(score("9 10th St, Reno, NV 89501", "9 12th St, Reno, NV 89501") < 60);
    }
}
