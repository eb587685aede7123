//! Names of businesses: legal forms apart, words in any order, initials.

use crate::{
    answer::{Evidence, MATCH_MIN},
    fold::{is_slip, words},
};

const FORMS: &[&str] = &[
    "llc",
    "inc",
    "incorporated",
    "corp",
    "corporation",
    "co",
    "company",
    "ltd",
    "limited",
    "lp",
    "llp",
    "pllc",
    "pc",
    "plc",
    "pa",
    "lllp",
    "gmbh",
    "sa",
    "bv",
    "pty",
];
/// Words that say little about which business it is.
const WEAK: &[&str] = &[
    "the",
    "and",
    "of",
    "a",
    "an",
    "group",
    "services",
    "service",
    "enterprises",
    "enterprise",
    "holdings",
    "usa",
    "us",
];
/// Spellings of one word.
const SPELLINGS: &[(&str, &str)] = &[("technology", "technologies"), ("centre", "center"), ("xpress", "express")];
/// Legal forms of several words.
const LONG_FORMS: &[(&[&str], &str)] = &[
    (&["professional", "limited", "liability", "company"], "pllc"),
    (&["limited", "liability", "company"], "llc"),
    (&["limited", "liability", "co"], "llc"),
    (&["limited", "liability", "partnership"], "llp"),
    (&["limited", "partnership"], "lp"),
    (&["professional", "corporation"], "pc"),
];

/// Whether a word is a legal form.
pub(crate) fn is_form(word: &str) -> bool {
    FORMS.contains(&word)
}

/// Whether a text names a business rather than a person.
pub(crate) fn is_business(text: &str) -> bool {
    words(text).iter().skip(1).any(|word| FORMS.contains(&word.as_str()))
}

/// Whether what looks like a legal form at the end of one text may be the other's middle name, cut.
pub(crate) fn may_be_cut(one: &str, other: &str) -> bool {
    let (mine, theirs) = (words(one), words(other));
    let is_cut_in = |short: &[String], long: &[String]| {
        let last = short.last().map_or("", String::as_str);
        last.len() == 2 && long.iter().any(|word| last.len() < word.len() && word.starts_with(last))
    };
    is_cut_in(&mine, &theirs) || is_cut_in(&theirs, &mine)
}

struct Firm {
    words: Vec<String>,
    form: Option<String>,
}

fn read(text: &str) -> Option<Firm> {
    let mut form = None;
    let mut kept = Vec::new();
    let all = words(&text.replace('&', " and "));
    let mut at = 0;
    while at < all.len() {
        let starts =
            |known: &[&str]| known.len() <= all.len() - at && all[at..].iter().zip(known).all(|(one, two)| one == two);
        if let Some((known, short)) = LONG_FORMS.iter().find(|(known, _)| starts(known)).filter(|_| 0 < at) {
            form = form.or(Some((*short).to_owned()));
            at += known.len();
            continue;
        }
        let word = &all[at];
        if 0 < at && FORMS.contains(&word.as_str()) {
            form = form.or(Some(word.clone()));
        } else if 0 < at || word != "the" || all.len() == 1 {
            let other = SPELLINGS.iter().find(|(one, _)| one == word).map(|(_, other)| (*other).to_owned());
            kept.push(other.unwrap_or_else(|| word.clone()));
        }
        at += 1;
    }
    (!kept.is_empty()).then_some(Firm { words: kept, form })
}

/// The names in a text: what stands before and after "doing business as".
pub(crate) fn aliases(text: &str) -> Vec<String> {
    let mut out = vec![String::new()];
    let tokens: Vec<&str> = text.split_whitespace().collect();
    let mut at = 0;
    while at < tokens.len() {
        let letters: String =
            tokens[at].chars().filter(|letter| letter.is_alphanumeric()).collect::<String>().to_lowercase();
        let is_phrase =
            tokens.get(at..at + 3).is_some_and(|phrase| phrase.join(" ").eq_ignore_ascii_case("doing business as"));
        if is_phrase || matches!(letters.as_str(), "dba" | "aka" | "fka") || tokens[at].eq_ignore_ascii_case("t/a") {
            out.push(String::new());
            at += if is_phrase { 3 } else { 1 };
            continue;
        }
        let last = out.last_mut().expect("it begins with one");
        if !last.is_empty() {
            last.push(' ');
        }
        last.push_str(tokens[at]);
        at += 1;
    }
    out.retain(|name| !name.is_empty());
    out
}

/// How alike two names are, 0 to 100, with what was met; none when one holds no word.
pub(crate) fn compare(claim: &str, owner: &str) -> Option<(u32, Vec<Evidence>)> {
    Some(pair(&read(claim)?, &read(owner)?))
}

fn pair(claim: &Firm, owner: &Firm) -> (u32, Vec<Evidence>) {
    let mut evidence = vec![Evidence::BusinessName];
    let (one, other) = (&claim.words, &owner.words);
    let forms_differ = matches!((&claim.form, &owner.form), (Some(one), Some(other)) if !one_form(one, other));
    let finish = |score: u32, mut evidence: Vec<Evidence>| {
        if forms_differ {
            evidence.push(Evidence::LegalForm);
        }
        // An LLC and a corporation of one name may be two, or one after the other: worth a look.
        (if forms_differ { score.min(MATCH_MIN - 5) } else { score }, evidence)
    };
    if one.concat() == other.concat() {
        if one != other {
            evidence.push(Evidence::Spacing);
        }
        return finish(100, evidence);
    }
    let initials = |words: &[String]| {
        words
            .iter()
            .filter(|word| !WEAK.contains(&word.as_str()))
            .filter_map(|word| word.chars().next())
            .collect::<String>()
    };
    let is_acronym = |short: &[String], long: &[String]| 3 <= initials(long).len() && short.concat() == initials(long);
    if is_acronym(one, other) || is_acronym(other, one) {
        evidence.push(Evidence::Acronym);
        return finish(75, evidence);
    }
    let (mine, theirs) = (total(one), total(other));
    let found = align(one, other);
    let share = |part: u32, whole: u32| 100 * part / whole.max(1);
    let mut score = (share(found.met, mine) + share(found.met, theirs)) / 2;
    if found.met == mine.min(theirs) && found.met != mine.max(theirs) {
        evidence.push(Evidence::MissingWords);
        score = score.max(if one.first() == other.first() { 80 } else { 66 });
        // A word that says something is missing: a sister company, perhaps.
        if weight("x") <= mine.abs_diff(theirs) {
            score = score.min(MATCH_MIN - 5);
        }
    }
    for (is_met, loss, what) in [(found.slip, 5, Evidence::Typo), (found.cut, 6, Evidence::Truncated)] {
        if is_met {
            evidence.push(what);
            score = score.saturating_sub(loss);
        }
    }
    finish(score, evidence)
}

/// Words that say little weigh little.
fn weight(word: &str) -> u32 {
    if WEAK.contains(&word) { 1 } else { 4 }
}

fn total(words: &[String]) -> u32 {
    words.iter().map(|word| weight(word)).sum()
}

/// What two names share.
#[derive(Default)]
struct Shared {
    met: u32,
    slip: bool,
    cut: bool,
}

/// Finds each word of one name in the other: equal ones first, then near ones.
fn align(one: &[String], other: &[String]) -> Shared {
    let mut taken = vec![false; other.len()];
    let mut left = vec![];
    let mut shared = Shared::default();
    for (at, word) in one.iter().enumerate() {
        match (0..other.len()).find(|&there| !taken[there] && other[there] == *word) {
            Some(there) => {
                taken[there] = true;
                shared.met += weight(word);
            }
            None => left.push(at),
        }
    }
    for at in left {
        let word = &one[at];
        // A name's first word is its own, and is not shortened.
        let near = |there: usize| {
            let theirs = &other[there];
            let is_short = 0 < at && 0 < there && (is_abbreviation(word, theirs) || is_abbreviation(theirs, word));
            is_short || is_slip(theirs, word) || is_cut(theirs, word)
        };
        if let Some(there) = (0..other.len()).find(|&there| !taken[there] && near(there)) {
            taken[there] = true;
            let theirs = &other[there];
            let is_slipped = is_slip(theirs, word);
            shared.slip |= is_slipped;
            shared.cut |= !is_slipped && is_cut(theirs, word);
            shared.met += weight(word).min(weight(theirs));
        }
    }
    shared
}

/// Whether one word is the other's in short: three to six of its letters, in their order, the first among them.
fn is_abbreviation(short: &str, long: &str) -> bool {
    if !(3..=6).contains(&short.len()) || long.len() < short.len() + 2 || short.as_bytes()[0] != long.as_bytes()[0] {
        return false;
    }
    let mut rest = long.chars();
    short.chars().all(|letter| rest.any(|other| other == letter))
}

fn is_cut(one: &str, other: &str) -> bool {
    let (short, long) = if one.len() < other.len() { (one, other) } else { (other, one) };
    4 <= short.len() && long.starts_with(short)
}

/// Whether two legal forms may be one: long and short forms are, and "company" says nothing of a kind.
fn one_form(one: &str, other: &str) -> bool {
    let kind = |word: &str| match word {
        "incorporated" | "corp" | "corporation" => "inc".to_owned(),
        "company" => "co".to_owned(),
        "limited" => "ltd".to_owned(),
        other => other.to_owned(),
    };
    let (one, other) = (kind(one), kind(other));
    let is_open = |kind: &str| matches!(kind, "co" | "ltd");
    one == other || is_open(&one) || is_open(&other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_firm_is_one_in_each_of_its_spellings() {
        for (one, other, lower, upper) in [
            ("Acme Plumbing LLC", "ACME PLUMBING, L.L.C.", 100, 100),
            ("Acme Plumbing Limited Liability Company", "Acme Plumbing LLC", 100, 100),
            ("The Acme Company", "ACME CO", 100, 100),
            ("Acme Manufacturing Inc", "ACME MFG INC", 85, 100),
            ("Smith & Sons LLC", "SMITH AND SONS LLC", 100, 100),
            ("Acme Plumbing LLC", "Acme Plumbing Inc", 60, 84),
            ("Acme Plumbing LLC", "Acme Plumbing and Heating LLC", 60, 84),
            ("Global Trade Partners Inc", "GTP Inc", 60, 84),
            ("Acme Plumbing LLC", "Zenith Plumbing LLC", 0, 59),
        ] {
            for (claim, owner) in [(one, other), (other, one)] {
                let score = compare(claim, owner).expect("two names").0;
                assert!((lower..=upper).contains(&score), "{claim} {owner} {score}");
            }
        }
    }

    #[test]
    fn a_text_holds_every_name_that_it_does_business_as() {
        assert_eq!(aliases("ANN LEE d/b/a Blue Cafe"), ["ANN LEE", "Blue Cafe"]);
        assert_eq!(aliases("Acme LLC doing business as Blue Cafe"), ["Acme LLC", "Blue Cafe"]);
        assert_eq!(aliases("dba Blue Cafe"), ["Blue Cafe"]);
        assert!(aliases("  ").is_empty());
    }
}
