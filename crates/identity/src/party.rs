//! Who stands in an account's title: banks write joint owners, trustees, beneficiaries and the style into one text.

use crate::{
    fold::words,
    person::{self, Person},
};

/// Words by which banks style an account; no names.
const STYLES: &[&str] = &[
    "jtwros",
    "jtros",
    "jt",
    "ten",
    "tenants",
    "wros",
    "ttee",
    "ttees",
    "trustee",
    "trustees",
    "utma",
    "ugma",
    "account",
    "acct",
    "checking",
    "savings",
    "primary",
    "joint",
    "owner",
    "individual",
    "poa",
];
/// Styles that are names too, and what stands before them where they are styles.
const STYLES_AFTER: &[(&str, &str)] =
    &[("ten", "com"), ("ten", "ent"), ("in", "common"), ("tenants", "in"), ("a", "minor")];
/// What follows is named, and no owner: a beneficiary, a custodian, an estate.
const CAPACITIES: &[&[&str]] = &[
    &["payable", "on", "death"],
    &["transfer", "on", "death"],
    &["in", "trust", "for"],
    &["for", "the", "benefit", "of"],
    &["for", "benefit", "of"],
    &["minor", "by"],
    &["estate", "of"],
    &["est", "of"],
    &["custodian", "for"],
    &["cust", "for"],
    &["pod"],
    &["tod"],
    &["itf"],
    &["fbo"],
    &["cust"],
    &["custodian"],
];
/// Who stands before has died: "JOHN SMITH DECD". Where nobody does, who follows: "ESTATE JOHN SMITH".
const DEPARTED: &[&str] = &["decd", "deceased", "estate"];
/// Ends of a title that say what kind of account it is.
const KINDS: &[&[&str]] = &[
    &["roth", "ira"],
    &["sep", "ira"],
    &["simple", "ira"],
    &["rollover", "ira"],
    &["traditional", "ira"],
    &["ira"],
    &["hsa"],
    &["sole"],
];
/// Words of a trust's name beside its settlor's.
const OF_TRUSTS: &[&str] = &["family", "living", "revocable", "irrevocable", "the", "dtd", "dated", "rev", "liv"];

/// Somebody named in a title.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Party {
    pub(crate) person: Person,
    /// Named in another capacity than owner.
    pub(crate) is_other: bool,
    /// Which of those named it is: one whose surname stands elsewhere is read in several ways.
    pub(crate) who: usize,
}

/// Texts at least as long may have been cut by a bank's field.
const CUT_MIN: usize = 18;

/// Everybody whom a text names, and whether it names several.
pub(crate) fn parties(text: &str) -> (Vec<Party>, bool) {
    let pieces = pieces(text);
    let is_joint = 1 < pieces.len();
    let is_long = CUT_MIN <= text.trim().chars().count();
    let count = pieces.len();
    let mut texts: Vec<(String, usize, bool)> = vec![];
    for (at, piece) in pieces.iter().enumerate() {
        let is_cut = is_long && at + 1 == count;
        texts.push((piece.tokens.join(" "), at, is_cut));
        // "John & Mary Smith", "SMITH JOHN & MARY": the surname stands once.
        if piece.is_short() {
            for other in pieces.iter().filter(|other| !other.is_short()) {
                for family in other.ends() {
                    texts.push((format!("{family}, {}", piece.tokens.join(" ").replace(',', " ")), at, is_cut));
                }
            }
        }
    }
    let read = |(text, who, is_cut): (String, usize, bool)| {
        Person::read(&text, is_cut).map(|person| Party { person, is_other: pieces[who].is_other, who })
    };
    (texts.into_iter().filter_map(read).collect(), is_joint)
}

/// What stands between two separators.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
struct Piece {
    tokens: Vec<String>,
    is_other: bool,
}

impl Piece {
    /// Whether it holds a word.
    fn is_named(&self) -> bool {
        self.tokens.iter().any(|token| !words(token).is_empty())
    }

    /// A given name, with an initial perhaps: its surname stands elsewhere.
    fn is_short(&self) -> bool {
        let words: Vec<String> = self.tokens.iter().flat_map(|token| words(token)).collect();
        words.iter().filter(|word| 1 < word.chars().count()).count() < 2
    }

    /// What may be the surname: the last word, with the particles before it, or the first.
    fn ends(&self) -> Vec<String> {
        let is_small = |token: &&String| person::is_particle(&words(token).concat());
        let last = self.tokens.len().saturating_sub(1);
        let before = self.tokens[..last].iter().skip(1).rev().take_while(is_small).count();
        let after = self.tokens[..last].iter().take_while(is_small).count();
        if let Some(at) = self.tokens.iter().position(|token| token.contains(',')) {
            return vec![self.tokens[..=at].join(" ").replace(',', " ")];
        }
        let mut ends = vec![self.tokens[last - before..].join(" "), self.tokens[..=after.min(last)].join(" ")];
        // "RACHEL O HILL": an initial, or an O'Hill.
        if 0 < before && words(&self.tokens[last - 1]).concat().len() == 1 {
            ends.push(self.tokens[last].clone());
        }
        ends
    }
}

/// Cuts a title into those whom it names.
fn pieces(text: &str) -> Vec<Piece> {
    let spaced: String = text.chars().flat_map(spread).collect();
    let tokens: Vec<&str> = spaced.split_whitespace().collect();
    let folded: Vec<String> = tokens.iter().map(|token| words(token).concat()).collect();
    let has_trust = folded.iter().any(|word| word == "trust");
    let (mut out, mut open) = (vec![], Piece::default());
    let mut at = 0;
    while at < tokens.len() {
        let word = folded[at].as_str();
        let before = if at == 0 { "" } else { folded[at - 1].as_str() };
        if let Some(phrase) = CAPACITIES.iter().find(|phrase| starts(&folded[at..], phrase)) {
            at += phrase.len();
            // "SMITH JOHN ESTATE OF": who others have behind it stands before.
            let is_before = phrase[0].starts_with("est") && tokens.get(at).is_none_or(|next| is_mark(next));
            open.is_other |= is_before;
            out.push(std::mem::take(&mut open));
            open.is_other = !is_before;
            continue;
        }
        // "Smith Real Estate" has not died.
        if DEPARTED.contains(&word) && (word, before) != ("estate", "real") {
            open.is_other = true;
            if open.is_named() {
                out.push(std::mem::take(&mut open));
            }
            at += 1;
            continue;
        }
        let is_separator = is_mark(tokens[at]) || (matches!(word, "and" | "or") && !open.tokens.is_empty());
        let is_style = STYLES.contains(&word)
            || (word == "the" && open.tokens.is_empty())
            || STYLES_AFTER.contains(&(before, word))
            || STYLES_AFTER.iter().any(|(one, two)| *one == word && folded.get(at + 1).is_some_and(|next| next == two))
            || (has_trust && (OF_TRUSTS.contains(&word) || word == "trust"));
        if is_separator || matches!(word, "ttee" | "trustee" | "trust") {
            let is_other = open.is_other && is_separator;
            out.push(std::mem::replace(&mut open, Piece { is_other, ..Piece::default() }));
        } else if !is_style || word.is_empty() {
            open.tokens.push(tokens[at].to_owned());
        }
        at += 1;
    }
    out.push(open);
    for piece in &mut out {
        piece.drop_kind();
    }
    out.retain(Piece::is_named);
    // "John Smith TTEE Smith Family Trust": the trust's own word names nobody.
    let somebody = out.iter().any(|piece| !piece.is_short());
    if somebody && folded.iter().any(|word| matches!(word.as_str(), "ttee" | "trustee" | "trust")) {
        out.retain(|piece| !piece.is_short());
    }
    out
}

impl Piece {
    fn drop_kind(&mut self) {
        let folded: Vec<String> = self.tokens.iter().map(|token| words(token).concat()).collect();
        let ends =
            |kind: &&&[&str]| kind.len() + 2 <= folded.len() && starts(&folded[folded.len() - kind.len()..], kind);
        if let Some(kind) = KINDS.iter().find(ends) {
            self.tokens.truncate(folded.len() - kind.len());
        }
    }
}

/// Whether a token parts those named.
fn is_mark(token: &str) -> bool {
    matches!(token, "&" | "/" | ";" | "|" | "+")
}

/// Separators made words.
fn spread(letter: char) -> impl Iterator<Item = char> {
    let is_separator = matches!(letter, '&' | '/' | ';' | '|' | '+');
    let around = is_separator.then_some(' ');
    around.into_iter().chain([letter]).chain(around)
}

fn starts(words: &[String], phrase: &[&str]) -> bool {
    phrase.len() <= words.len() && words.iter().zip(phrase).all(|(word, known)| word == known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_names_its_owners_and_others() {
        for (text, owners, others) in [
            ("JOHN SMITH", 1, 0),
            ("JOHN SMITH AND MARY JONES JT TEN", 2, 0),
            ("JOHN SMITH POD MARY SMITH", 1, 1),
            ("THE ESTATE OF JOHN SMITH", 0, 1),
            ("JOHN SMITH DECD", 0, 1),
            ("SMITH, JOHN (DEC'D)", 0, 1),
            ("JOHN SMITH DECEASED MARY SMITH", 1, 1),
            ("JOHN & MARY SMITH DECD", 1, 1),
            ("ESTATE JOHN SMITH", 0, 1),
            ("JOHN SMITH ESTATE", 0, 1),
            ("SMITH JOHN ESTATE OF", 0, 1),
            ("SMITH JOHN EST OF & MARY SMITH", 1, 1),
            ("ESTATE OF JOHN SMITH DECEASED", 0, 1),
            ("SMITH REAL ESTATE", 1, 0),
            ("OR COHEN", 1, 0),
            ("JOHN SMITH TTEE SMITH FAMILY TRUST", 1, 0),
            ("MARY SMITH A MINOR BY JOHN SMITH", 1, 1),
            ("JOHN MINOR", 1, 0),
            ("IRA COHEN", 1, 0),
            ("JÜRGEN GROSS & MARIA WEIẞ", 2, 0),
            ("&", 0, 0),
        ] {
            let count = |is_other: bool| pieces(text).iter().filter(|piece| piece.is_other == is_other).count();
            assert_eq!((count(false), count(true)), (owners, others), "{text} {:?}", pieces(text));
        }
    }

    #[test]
    fn a_surname_said_once_is_everybodys() {
        for (text, name) in [
            ("JOHN M & MARY T SMITH", "John Smith"),
            ("SMITH JOHN M & MARY T", "Mary Smith"),
            ("RAY KYLE & DENISE", "Denise Ray"),
            ("AUSTIN N & RACHEL O HILL", "Austin Hill"),
            ("SMITH, JOHN OR MARY", "Mary Smith"),
            ("JOHN & MARY DE LA CRUZ", "John Delacruz"),
        ] {
            let claim = Person::read(name, false).expect("a name");
            let best = parties(text).0.iter().map(|party| person::compare(&claim, &party.person).0).max();
            assert!(best.is_some_and(|best| 85 <= best), "{text} {best:?}");
        }
    }
}
