//! What others call a purpose: Plaid's categories, lenders' own lists, and the classes that move credit.
//!
//! A vocabulary is a TOML file of codes; ours stand in `defaults/vocabularies`, anyone may bring another.
//!
//! ```toml
//! [[code]]
//! code = "INCOME_RETIREMENT_PENSION"
//! purpose = "income_pension"          # what the code means here: exactly one purpose
//! also = ["income_disability"]        # optional: purposes that are called so too
//! direction = "in"                    # optional: in, out; of which money a purpose of both directions is called so
//! parent = "INCOME"                   # optional: the code one level up
//! ```
//!
//! Several codes may mean one purpose. The other way a purpose has the first code that names it for that direction.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{
    label::Purpose,
    rule::{RuleError, Source},
    taxonomy::Taxonomy,
};

/// The vocabularies shipped with the engine: name and text.
pub const VOCABULARIES: &[(&str, &str)] = &[("credit", include_str!("../../defaults/vocabularies/credit.toml"))];

/// Names for purposes, and back.
#[derive(Clone, Debug)]
pub struct Vocabulary {
    /// The name it was read under.
    pub name: String,
    codes: Vec<Code>,
    /// Index into `codes`, for money in and money out of each purpose.
    of_purpose: Vec<[Option<usize>; 2]>,
}

/// One name of theirs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Code {
    /// What they call it.
    pub code: String,
    /// What it means here.
    pub purpose: Purpose,
    /// The code one level up; empty when there is none.
    pub parent: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFile {
    code: Vec<RawCode>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCode {
    code: toml::Spanned<String>,
    purpose: toml::Spanned<String>,
    #[serde(default)]
    also: Vec<toml::Spanned<String>>,
    direction: Option<Way>,
    #[serde(default)]
    parent: String,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Way {
    In,
    Out,
}

impl Vocabulary {
    /// The vocabulary of that name shipped with the engine; `None` when there is none.
    #[must_use]
    pub fn builtin(name: &str, taxonomy: &Taxonomy) -> Option<Vocabulary> {
        let (name, text) = VOCABULARIES.iter().find(|known| known.0 == name)?;
        Vocabulary::read(name, text, taxonomy).ok()
    }

    /// Reads a vocabulary; `name` is named in errors.
    ///
    /// # Errors
    ///
    /// [`RuleError`] with line and column: the text is no vocabulary, a code stands twice, or the taxonomy lacks a purpose.
    pub fn read(name: &str, toml: &str, taxonomy: &Taxonomy) -> Result<Vocabulary, RuleError> {
        let source = Source { file: name, text: toml };
        let raw: RawFile = source.read()?;
        let mut codes: BTreeMap<String, ()> = BTreeMap::new();
        let mut read =
            Vocabulary { name: name.to_owned(), codes: vec![], of_purpose: vec![[None; 2]; taxonomy.purposes().len()] };
        for raw in raw.code {
            if codes.insert(raw.code.get_ref().clone(), ()).is_some() {
                let problem = format!("the code {} stands here a second time", raw.code.get_ref());
                return Err(source.error(raw.code.span(), &problem, "remove one"));
            }
            let purpose = known(source, taxonomy, &raw.purpose)?;
            for name in std::iter::once(&raw.purpose).chain(&raw.also) {
                let of = &mut read.of_purpose[usize::from(known(source, taxonomy, name)?.0)];
                let ways = [raw.direction != Some(Way::Out), raw.direction != Some(Way::In)];
                for (slot, _) in of.iter_mut().zip(ways).filter(|(slot, takes)| *takes && slot.is_none()) {
                    *slot = Some(read.codes.len());
                }
            }
            read.codes.push(Code { code: raw.code.into_inner(), purpose, parent: raw.parent });
        }
        Ok(read)
    }

    /// All codes, in the order of the file.
    #[must_use]
    pub fn codes(&self) -> &[Code] {
        &self.codes
    }

    /// The code of that name.
    #[must_use]
    pub fn find(&self, code: &str) -> Option<&Code> {
        self.codes.iter().find(|known| known.code == code)
    }

    /// What they call money of a purpose, by the sign of its amount; `None` when they have no name for it.
    #[must_use]
    pub fn code(&self, purpose: Purpose, amount: i64) -> Option<&Code> {
        let ways = self.of_purpose.get(usize::from(purpose.0))?;
        self.codes.get(ways[usize::from(amount < 0)]?)
    }
}

fn known(source: Source<'_>, taxonomy: &Taxonomy, name: &toml::Spanned<String>) -> Result<Purpose, RuleError> {
    taxonomy.purpose(name.get_ref()).ok_or_else(|| {
        let problem = format!("the taxonomy has no purpose {:?}", name.get_ref());
        source.error(name.span(), &problem, "see the names in taxonomy.toml")
    })
}
