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
//! parent = "INCOME"                   # optional: the code one level up, which stands in the file too
//! ```
//!
//! Several codes may mean one purpose. The other way a purpose has the first code that names it for that direction.
//! What each shipped vocabulary rests on, and what of it is uncertain, stands at its head.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{
    label::Purpose,
    rule::{RuleError, Source},
    taxonomy::{Direction, Taxonomy},
};

/// The vocabularies shipped with the engine: name and text.
pub const VOCABULARIES: &[(&str, &str)] = &[
    ("credit", include_str!("../../defaults/vocabularies/credit.toml")),
    ("pfc_v2", include_str!("../../defaults/vocabularies/pfc_v2.toml")),
    ("pfc_v1", include_str!("../../defaults/vocabularies/pfc_v1.toml")),
    ("prism", include_str!("../../defaults/vocabularies/prism.toml")),
    ("ocrolus", include_str!("../../defaults/vocabularies/ocrolus.toml")),
];

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
    /// Of which money a purpose of both directions is called so.
    pub direction: Direction,
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
    #[serde(default = "both")]
    direction: Direction,
    parent: Option<toml::Spanned<String>>,
}

fn both() -> Direction {
    Direction::Both
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
    /// [`RuleError`] with line and column: the text is no vocabulary, a code stands twice, its parents do not end at a code
    /// without one, the taxonomy lacks a purpose, or the purpose's money does not move in the code's direction.
    pub fn read(name: &str, toml: &str, taxonomy: &Taxonomy) -> Result<Vocabulary, RuleError> {
        let source = Source { file: name, text: toml };
        let raw: RawFile = source.read()?;
        check_parents(source, &raw.code)?;
        let mut read =
            Vocabulary { name: name.to_owned(), codes: vec![], of_purpose: vec![[None; 2]; taxonomy.purposes().len()] };
        for raw in raw.code {
            let ways = [raw.direction.takes_inflow(), raw.direction.takes_outflow()];
            for name in std::iter::once(&raw.purpose).chain(&raw.also) {
                let of = &mut read.of_purpose[usize::from(known(source, taxonomy, name, raw.direction)?.0)];
                for (slot, _) in of.iter_mut().zip(ways).filter(|(slot, takes)| *takes && slot.is_none()) {
                    *slot = Some(read.codes.len());
                }
            }
            read.codes.push(Code {
                purpose: known(source, taxonomy, &raw.purpose, raw.direction)?,
                code: raw.code.into_inner(),
                direction: raw.direction,
                parent: raw.parent.map(toml::Spanned::into_inner).unwrap_or_default(),
            });
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

/// Every code stands once, and whoever follows its parents comes to a code that has none.
fn check_parents(source: Source<'_>, codes: &[RawCode]) -> Result<(), RuleError> {
    let mut named: BTreeMap<&str, &RawCode> = BTreeMap::new();
    for code in codes {
        if named.insert(code.code.get_ref(), code).is_some() {
            let problem = format!("the code {} stands here a second time", code.code.get_ref());
            return Err(source.error(code.code.span(), &problem, "remove one"));
        }
    }
    for code in codes {
        let mut above = code.parent.as_ref();
        // A way up that does not go round has fewer steps than there are codes.
        for _ in codes {
            let Some(name) = above else { break };
            let Some(parent) = named.get(name.get_ref().as_str()) else {
                let problem = format!("there is no code {}, which stands here as a parent", name.get_ref());
                return Err(source.error(name.span(), &problem, "add the code, or remove `parent`"));
            };
            above = parent.parent.as_ref();
        }
        if let (Some(_), Some(parent)) = (above, &code.parent) {
            let problem = format!("the parents of the code {} go round in a circle", code.code.get_ref());
            return Err(source.error(parent.span(), &problem, "remove `parent` from the uppermost"));
        }
    }
    Ok(())
}

fn known(
    source: Source<'_>,
    taxonomy: &Taxonomy,
    name: &toml::Spanned<String>,
    direction: Direction,
) -> Result<Purpose, RuleError> {
    let Some(purpose) = taxonomy.purpose(name.get_ref()) else {
        let problem = format!("the taxonomy has no purpose {:?}", name.get_ref());
        return Err(source.error(name.span(), &problem, "`cashline catalogue taxonomy` lists them"));
    };
    let moves = taxonomy.info(purpose).direction;
    let meets = |takes: fn(Direction) -> bool| takes(moves) && takes(direction);
    if !meets(Direction::takes_inflow) && !meets(Direction::takes_outflow) {
        let problem = format!("the money of {} does not move in the direction of the code", name.get_ref());
        return Err(source.error(name.span(), &problem, "correct `direction`, or name another purpose"));
    }
    Ok(purpose)
}
