//! The literals of rules, each kept once: many rules share theirs.

use std::hash::BuildHasher as _;

use rustc_hash::{FxBuildHasher, FxHashMap};

use super::{
    literals::Literals,
    rule::Match,
    text::{Digits, mix, normalise},
};

/// A literal as rules share it: where its forms stand among the texts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Literal {
    /// Where the folded form begins; the form with digits follows it.
    start: u32,
    pub(super) folded: u32,
    /// How long the form with its digits is; 0 when it has none.
    pub(super) exact: u32,
    pub(super) matching: Match,
}

impl Literal {
    pub(super) fn folded(self, texts: &[u8]) -> &[u8] {
        let start = self.start as usize;
        &texts[start..start + self.folded as usize]
    }

    /// With its digits, when it has any.
    pub(super) fn exact(self, texts: &[u8]) -> Option<&[u8]> {
        let start = self.start as usize + self.folded as usize;
        (self.exact != 0).then(|| &texts[start..start + self.exact as usize])
    }

    /// With its digits where it has any, folded where it has none.
    pub(super) fn as_written(self, texts: &[u8]) -> &[u8] {
        self.exact(texts).unwrap_or_else(|| self.folded(texts))
    }
}

/// More literals, or words of them, than can be numbered; no file that is read holds so many.
#[derive(Debug)]
pub(super) struct TooLarge;

impl From<std::num::TryFromIntError> for TooLarge {
    fn from(_: std::num::TryFromIntError) -> TooLarge {
        TooLarge
    }
}

/// Literals by their content, numbered in the order of first use.
#[derive(Default)]
pub(super) struct LiteralTable {
    all: Vec<Literal>,
    /// The forms of all, one behind the other.
    texts: Vec<u8>,
    /// Literals by a hash of their content; where two meet in it, the next hash is taken.
    index: FxHashMap<u64, u32>,
    /// The normal forms at hand.
    folded: Vec<u8>,
    exact: Vec<u8>,
}

impl LiteralTable {
    pub(super) fn with_capacity(literals: usize) -> LiteralTable {
        let index = FxHashMap::with_capacity_and_hasher(literals, FxBuildHasher);
        LiteralTable { all: Vec::with_capacity(literals), index, ..LiteralTable::default() }
    }

    /// A literal that ends in `*` begins a word, whatever the rule says.
    pub(super) fn intern(&mut self, text: &str, matching: Match) -> Result<u32, TooLarge> {
        let (text, matching) = text.strip_suffix('*').map_or((text, matching), |stem| (stem, Match::Prefix));
        normalise(text, Digits::Folded, true, &mut self.folded);
        self.exact.clear();
        // `#` in a literal is any number; only digits written out are looked at again.
        if text.bytes().any(|byte| byte.is_ascii_digit()) {
            normalise(text, Digits::Kept, true, &mut self.exact);
        }
        let own = if self.exact.is_empty() { &self.folded } else { &self.exact };
        let mut hash = FxBuildHasher.hash_one((matching, own));
        loop {
            match self.index.get(&hash) {
                None => break,
                Some(known) if self.is(*known, matching) => return Ok(*known),
                Some(_) => hash = mix(hash, 1),
            }
        }
        let at = u32::try_from(self.all.len())?;
        let [start, folded, exact] = [self.texts.len(), self.folded.len(), self.exact.len()].map(u32::try_from);
        self.all.push(Literal { start: start?, folded: folded?, exact: exact?, matching });
        self.texts.extend_from_slice(&self.folded);
        self.texts.extend_from_slice(&self.exact);
        self.index.insert(hash, at);
        Ok(at)
    }

    /// Whether the forms at hand are those of a literal.
    fn is(&self, at: u32, matching: Match) -> bool {
        let literal = self.all[at as usize];
        let same = match literal.exact(&self.texts) {
            Some(exact) => exact == self.exact,
            None => self.exact.is_empty() && literal.folded(&self.texts) == self.folded,
        };
        same && literal.matching == matching
    }

    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    /// The literal with its digits.
    pub(super) fn as_written(&self, at: u32) -> &[u8] {
        self.all[at as usize].as_written(&self.texts)
    }

    /// The literals in the order of their numbers, ready to be found.
    pub(super) fn finish(self) -> Result<Literals, TooLarge> {
        Literals::new(self.all, self.texts)
    }
}
