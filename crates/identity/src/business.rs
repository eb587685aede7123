//! Names of businesses: legal forms apart, words in any order, initials.

use crate::{
    answer::Evidence,
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
const SHORT: &[(&str, &str)] = &[
    ("svcs", "services"),
    ("svc", "service"),
    ("intl", "international"),
    ("mgmt", "management"),
    ("assoc", "associates"),
    ("bros", "brothers"),
    ("mfg", "manufacturing"),
    ("natl", "national"),
    ("grp", "group"),
    ("tech", "technologies"),
    ("technology", "technologies"),
    ("ctr", "center"),
    ("centre", "center"),
    ("constr", "construction"),
    ("const", "construction"),
    ("dist", "distribution"),
    ("ent", "enterprises"),
    ("rest", "restaurant"),
    ("prop", "properties"),
    ("props", "properties"),
    ("transp", "transportation"),
    ("trans", "transportation"),
    ("equip", "equipment"),
    ("ins", "insurance"),
    ("eng", "engineering"),
    ("consult", "consulting"),
];

/// Whether a text names a business rather than a person.
pub(crate) fn is_business(text: &str) -> bool {
    words(text).iter().skip(1).any(|word| FORMS.contains(&word.as_str()))
}

struct Firm {
    words: Vec<String>,
    form: Option<String>,
}

fn read(text: &str) -> Option<Firm> {
    let mut form = None;
    let mut kept = Vec::new();
    for (at, word) in words(&text.replace('&', " and ")).into_iter().enumerate() {
        if 0 < at && FORMS.contains(&word.as_str()) {
            form = form.or(Some(word));
        } else {
            let long = SHORT.iter().find(|(short, _)| *short == word).map(|(_, long)| (*long).to_owned());
            kept.push(long.unwrap_or(word));
        }
    }
    (!kept.is_empty()).then_some(Firm { words: kept, form })
}

/// The names in a text: what stands before and after "doing business as".
fn names(text: &str) -> Vec<Firm> {
    let lower = text.to_lowercase();
    for separator in [" dba ", " d/b/a ", " d.b.a. ", " aka ", " t/a "] {
        if lower.len() == text.len()
            && let Some(at) = lower.find(separator)
        {
            let (before, after) = (&text[..at], &text[at + separator.len()..]);
            return [before, after].into_iter().filter_map(read).collect();
        }
    }
    read(text).into_iter().collect()
}

/// How alike two names are, 0 to 100, with what was met.
pub(crate) fn compare(claim: &str, owner: &str) -> Option<(u32, Vec<Evidence>)> {
    let (claims, owners) = (names(claim), names(owner));
    let pairs = claims.iter().flat_map(|one| owners.iter().map(move |other| pair(one, other)));
    pairs.max_by(|one, other| one.0.cmp(&other.0))
}

fn pair(claim: &Firm, owner: &Firm) -> (u32, Vec<Evidence>) {
    let mut evidence = vec![Evidence::BusinessName];
    let (one, other) = (&claim.words, &owner.words);
    let forms_differ = matches!((&claim.form, &owner.form), (Some(one), Some(other)) if form(one) != form(other));
    let finish = |score: u32, mut evidence: Vec<Evidence>| {
        if forms_differ {
            evidence.push(Evidence::LegalForm);
        }
        // An LLC and a corporation of one name may be two: worth a look when nothing else was wrong.
        (if forms_differ { score.saturating_sub(8) } else { score }, evidence)
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
    let weight = |word: &String| if WEAK.contains(&word.as_str()) { 1 } else { 4 };
    let mut taken = vec![false; other.len()];
    let (mut met, mut typo, mut cut) = (0, false, false);
    for word in one {
        let place = other.iter().enumerate().position(|(at, theirs)| !taken[at] && theirs == word).or_else(|| {
            other
                .iter()
                .enumerate()
                .position(|(at, theirs)| !taken[at] && (is_slip(theirs, word) || is_cut(theirs, word)))
        });
        if let Some(at) = place {
            taken[at] = true;
            let close = is_slip(&other[at], word);
            typo |= other[at] != *word && close;
            cut |= other[at] != *word && !close;
            met += weight(word).min(weight(&other[at]));
        }
    }
    let total = |words: &[String]| words.iter().map(weight).sum::<u32>();
    let (mine, theirs) = (total(one), total(other));
    let share = |part: u32, whole: u32| 100 * part / whole.max(1);
    let mut score = (share(met, mine) + share(met, theirs)) / 2;
    if met == mine.min(theirs) && met != mine.max(theirs) {
        evidence.push(Evidence::MissingWords);
        // Banks cut names at some length: every word of the shorter is in the longer.
        score = score.max(if one.first() == other.first() { 80 } else { 66 });
    }
    if typo {
        evidence.push(Evidence::Typo);
        score = score.saturating_sub(5);
    }
    if cut {
        evidence.push(Evidence::Truncated);
        score = score.saturating_sub(6);
    }
    finish(score, evidence)
}

fn is_cut(one: &str, other: &str) -> bool {
    let (short, long) = if one.len() < other.len() { (one, other) } else { (other, one) };
    4 <= short.len() && long.starts_with(short)
}

/// Long and short forms of one legal form.
fn form(word: &str) -> &str {
    match word {
        "incorporated" | "corp" | "corporation" => "inc",
        "company" => "co",
        "limited" => "ltd",
        other => other,
    }
}
