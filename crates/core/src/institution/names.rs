//! What a bank calls itself, in one spelling: `JPMorgan Chase Bank, N.A. - Personal` and `Chase (OAuth)` are one institution.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;
use serde::Deserialize;

use crate::{
    config::{self, ConfigError},
    hash::sha256,
};

/// The file that ships.
pub const BUILTIN: &str = include_str!("../../defaults/institutions.toml");

/// Most institutions of a file, and most other names of one.
const NAMES_MAX: usize = 20_000;

/// Why a file of names is refused.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NamesError {
    /// The text does not follow the grammar.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Another version of the schema.
    #[error("schema is {found}; this version reads schema 1")]
    Schema {
        /// What the file says.
        found: i64,
    },
    /// A name without a letter or digit says nothing.
    #[error("institution {at} holds a name without a letter or digit; write what the bank is called")]
    Empty {
        /// Its place in the file, from 1.
        at: usize,
    },
    /// One spelling cannot mean two banks.
    #[error("`{name}` stands for both `{one}` and `{other}`; keep one")]
    Twice {
        /// The normalised spelling.
        name: String,
        /// One institution.
        one: String,
        /// The other.
        other: String,
    },
    /// More than a file may hold.
    #[error("the file names more than {NAMES_MAX} institutions or spellings of one")]
    TooMany,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    schema: i64,
    #[expect(dead_code, reason = "for people; part of the digest")]
    name: String,
    #[expect(dead_code, reason = "for people; part of the digest")]
    version: String,
    #[serde(default)]
    leading: Vec<String>,
    #[serde(default)]
    trailing: Vec<String>,
    #[serde(default)]
    words: BTreeMap<String, String>,
    #[serde(default)]
    institution: Vec<One>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct One {
    name: String,
    #[serde(default)]
    also: Vec<String>,
}

/// The names of institutions: how spellings are normalised, and which mean the same bank.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Names {
    // Phrases as lists of words.
    leading: Vec<Vec<String>>,
    trailing: Vec<Vec<String>>,
    words: BTreeMap<String, Vec<String>>,
    // A normalised spelling and the institution's name.
    known: BTreeMap<String, String>,
    digest: String,
}

impl Names {
    /// Those that ship.
    ///
    /// # Errors
    ///
    /// [`NamesError`] when the shipped file breaks a rule, which a test rules out.
    pub fn builtin() -> Result<Names, NamesError> {
        Names::from_toml(BUILTIN)
    }

    /// Reads and checks a file of names.
    ///
    /// # Errors
    ///
    /// [`NamesError`], naming the place.
    pub fn from_toml(text: &str) -> Result<Names, NamesError> {
        let file: File = config::parse(text)?;
        if file.schema != 1 {
            return Err(NamesError::Schema { found: file.schema });
        }
        if NAMES_MAX < file.institution.len() || file.institution.iter().any(|one| NAMES_MAX < one.also.len()) {
            return Err(NamesError::TooMany);
        }
        let phrases = |list: &[String]| -> Vec<Vec<String>> {
            let mut phrases: Vec<Vec<String>> = list.iter().map(|phrase| words(phrase)).collect();
            phrases.retain(|phrase| !phrase.is_empty());
            phrases
        };
        let mut names = Names {
            leading: phrases(&file.leading),
            trailing: phrases(&file.trailing),
            words: file.words.iter().map(|(word, stands_for)| (word.to_lowercase(), words(stands_for))).collect(),
            known: BTreeMap::new(),
            digest: sha256(text.as_bytes()),
        };
        let mut known = BTreeMap::new();
        for (at, one) in (1..).zip(&file.institution) {
            let name = names.normal(&one.name).ok_or(NamesError::Empty { at })?;
            for spelling in std::iter::once(&one.name).chain(&one.also) {
                let spelling = names.normal(spelling).ok_or(NamesError::Empty { at })?;
                match known.insert(spelling.clone(), name.clone()) {
                    Some(other) if other != name => {
                        return Err(NamesError::Twice { name: spelling, one: other, other: name });
                    }
                    _ => {}
                }
            }
        }
        names.known = known;
        Ok(names)
    }

    /// The institution's name in one spelling, lower case; `None` for a text without a letter or digit.
    ///
    /// ```
    /// let names = cashline_core::institution::Names::builtin()?;
    /// assert_eq!(names.of("JPMorgan Chase Bank, N.A. - Personal").as_deref(), Some("chase"));
    /// assert_eq!(names.of("  ").as_deref(), None);
    /// # Ok::<(), cashline_core::institution::NamesError>(())
    /// ```
    #[must_use]
    pub fn of(&self, text: &str) -> Option<String> {
        let normal = self.normal(text)?;
        Some(self.known.get(&normal).cloned().unwrap_or(normal))
    }

    /// The SHA-256 of the file.
    #[must_use]
    pub fn digest(&self) -> &str {
        &self.digest
    }

    fn normal(&self, text: &str) -> Option<String> {
        let mut all: Vec<String> = vec![];
        for word in words(text) {
            match self.words.get(&word) {
                Some(stands_for) => all.extend(stands_for.iter().cloned()),
                None => all.push(word),
            }
        }
        // Something is always left: a bank may be called `Mobile`.
        while let Some(phrase) = self.leading.iter().find(|one| one.len() < all.len() && all.starts_with(one)) {
            all.drain(..phrase.len());
        }
        // `US Bank` does not begin with what ends other names; only the end is looked at, the longest phrase first.
        let ends = |all: &[String]| {
            let ending = self.trailing.iter().filter(|one| one.len() < all.len() && all.ends_with(one));
            ending.map(Vec::len).max()
        };
        while let Some(words) = ends(&all) {
            all.truncate(all.len() - words);
        }
        (!all.is_empty()).then(|| all.join(" "))
    }
}

/// Names that were read before: an export spells the few banks that it knows in few ways. Another table of names forgets them.
#[derive(Clone, Debug, Default)]
pub struct Spelt {
    // The digest of the names that they were read by.
    by: String,
    known: FxHashMap<String, Option<String>>,
}

/// Most spellings that are kept.
const SPELT_MAX: usize = 4_096;

impl Spelt {
    /// [`Names::of`].
    pub fn of(&mut self, names: &Names, text: &str) -> Option<String> {
        if self.by != names.digest {
            self.known.clear();
            self.by.clone_from(&names.digest);
        }
        if let Some(known) = self.known.get(text) {
            return known.clone();
        }
        if SPELT_MAX <= self.known.len() {
            self.known.clear();
        }
        let name = names.of(text);
        self.known.insert(text.to_owned(), name.clone());
        name
    }
}

/// Lower-case words of letters and digits; letters that stand alone side by side are one word, and an apostrophe parts nothing.
fn words(text: &str) -> Vec<String> {
    let mut spelt = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\'' | '\u{2019}' => {}
            '&' => spelt.push_str(" and "),
            _ if letter.is_alphanumeric() => spelt.extend(letter.to_lowercase()),
            _ => spelt.push(' '),
        }
    }
    let is_letter = |word: &str| word.chars().count() == 1 && word.chars().all(char::is_alphabetic);
    let mut words: Vec<String> = vec![];
    let mut joins = false;
    for word in spelt.split_whitespace() {
        match words.last_mut() {
            Some(last) if joins && is_letter(word) => last.push_str(word),
            _ => words.push(word.to_owned()),
        }
        joins = is_letter(word);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(names: &Names, spellings: &[&str], expected: &str) {
        for spelling in spellings {
            assert_eq!(names.of(spelling).as_deref(), Some(expected), "{spelling}");
        }
    }

    #[test]
    fn spellings_of_one_bank_are_one_institution() {
        let names = Names::builtin().expect("the shipped file is valid");
        check(
            &names,
            &["Chase", "CHASE BANK", "JPMorgan Chase Bank, N.A.", "Chase - Personal", "Chase (OAuth)"],
            "chase",
        );
        check(
            &names,
            &["Bank of America", "Bank of America, N.A.", "BofA", "Bank Of America – Personal"],
            "bank of america",
        );
        check(&names, &["U.S. Bank", "US Bank", "us bank national association", "U S BANK - Business"], "us bank");
        check(&names, &["Wells Fargo", "Wells Fargo Bank, National Association", "wells-fargo"], "wells fargo");
        check(&names, &["Navy FCU", "Navy Federal Credit Union", "Navy Federal"], "navy federal credit union");
        check(&names, &["M&T Bank", "M & T Bank", "M and T Bank Corp."], "m and t bank");
    }

    #[test]
    fn different_banks_stay_apart_and_a_name_never_vanishes() {
        let names = Names::builtin().expect("the shipped file is valid");
        for (one, other) in [
            ("First Example Bank", "First Sample Bank"),
            ("Citizens Bank", "Citizens Bank of Kentucky"),
            ("Prairie Credit Union", "Prairie Federal Credit Union"),
            ("Bank 1", "Bank 2"),
        ] {
            assert_ne!(names.of(one), names.of(other), "{one}");
        }
        // Nothing but what ends other names.
        check(&names, &["Mobile", "MOBILE, Inc."], "mobile");
        check(&names, &["The Co."], "co");
        assert_eq!(names.of(" -- "), None);
    }

    #[test]
    fn a_name_that_is_normal_stays_as_it_is() {
        let names = Names::builtin().expect("the shipped file is valid");
        for text in ["JPMorgan Chase Bank, N.A.", "Prairie Example FCU", "O'Neil & Sons Bk. Co.", "The Bank, LLC"] {
            let once = names.of(text).expect("letters");
            assert_eq!(names.of(&once), Some(once.clone()), "{text}");
        }
        for name in names.known.values() {
            assert_eq!(names.of(name).as_ref(), Some(name));
        }
    }

    #[test]
    fn a_file_that_contradicts_itself_is_refused() {
        let refused = |rest: &str| {
            let text = format!("schema = 1\nname = \"x\"\nversion = \"1\"\n{rest}");
            Names::from_toml(&text).expect_err("refused").to_string()
        };
        let twice =
            "[[institution]]\nname = \"one\"\nalso = [\"Both\"]\n[[institution]]\nname = \"two\"\nalso = [\"both\"]";
        assert_eq!(refused(twice), "`both` stands for both `one` and `two`; keep one");
        assert!(refused("[[institution]]\nname = \"-\"").starts_with("institution 1 holds a name without"));
        assert!(refused("trailling = []").starts_with("line 4: unknown field `trailling`"));
    }
}
