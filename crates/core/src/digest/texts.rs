//! The texts that a plan's row tests look for, all found in one pass over a description.

use aho_corasick::{
    AhoCorasick,
    packed::{MatchKind, Searcher},
};

use super::filter::RowTest;

/// Longest description, in bytes, that is searched by vectors; bank texts are a sixth of it.
const VECTOR_BYTES: usize = 192;
/// Bytes after a description that vectors may read over; longer than their widest.
const PADDING: usize = 64;

/// The texts of all tests that read descriptions.
#[derive(Clone, Debug, Default)]
pub(super) struct Texts {
    // `None` when there is no text, when there are more than it takes, and on machines that it does not know.
    vectors: Option<Searcher>,
    // `None` when there is no text, and when the texts are beyond what an automaton takes.
    automaton: Option<AhoCorasick>,
    // The texts, and the tests that ask for each, one bit a test.
    needles: Vec<(String, u64)>,
}

impl Texts {
    /// Of those tests of a plan that are asked for, by their bits.
    pub(super) fn of(tests: &[RowTest], asked: u64) -> Texts {
        let mut needles: Vec<(String, u64)> = vec![];
        for (bit, test) in (0..u64::BITS).zip(tests).filter(|(bit, _)| asked >> bit & 1 == 1) {
            let RowTest::Text(texts) = test else { continue };
            for text in texts {
                match needles.iter_mut().find(|(known, _)| known == text) {
                    Some((_, tests)) => *tests |= 1 << bit,
                    None => needles.push((text.clone(), 1 << bit)),
                }
            }
        }
        if needles.is_empty() {
            return Texts::default();
        }
        let texts = || needles.iter().map(|(text, _)| text);
        let vectors =
            aho_corasick::packed::Config::new().match_kind(MatchKind::LeftmostFirst).builder().extend(texts()).build();
        let automaton = AhoCorasick::builder().ascii_case_insensitive(true).build(texts()).ok();
        Texts { vectors, automaton, needles }
    }

    /// Of the tests in `asked`, those of which a text stands in a description, whatever its ASCII case; `None` without an
    /// automaton.
    pub(super) fn found(&self, asked: u64, description: &str) -> Option<u64> {
        let automaton = self.automaton.as_ref()?;
        let mut lower = [0; VECTOR_BYTES + PADDING];
        if let Some(vectors) = &self.vectors
            && description.len() <= VECTOR_BYTES
        {
            let text = &mut lower[..description.len()];
            text.copy_from_slice(description.as_bytes());
            text.make_ascii_lowercase();
            return Some(self.found_by(vectors, asked, &lower, description.len()));
        }
        let mut found = 0;
        for found_at in automaton.find_overlapping_iter(description) {
            found |= self.needles[found_at.pattern().as_usize()].1 & asked;
            if found == asked {
                break;
            }
        }
        Some(found)
    }

    /// The same of the first `len` bytes of a padded text in lower case.
    fn found_by(&self, vectors: &Searcher, asked: u64, text: &[u8], len: usize) -> u64 {
        let (mut found, mut from) = (0, 0);
        while let Some(met) = vectors.find_in(text, (from..len.max(from) + PADDING - 1).into()) {
            // One text may begin where another does, or inside it.
            let rest = text.get(met.start()..len).unwrap_or_default();
            for (needle, tests) in &self.needles {
                if rest.starts_with(needle.as_bytes()) {
                    found |= tests & asked;
                }
            }
            if found == asked || len <= met.start() {
                break;
            }
            from = met.start() + 1;
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The definition: [`RowTest::passes`] on the description in lower case.
    #[test]
    fn one_pass_finds_what_a_search_for_each_text_finds() {
        let text = |texts: &[&str]| RowTest::Text(texts.iter().map(|text| (*text).to_owned()).collect());
        let tests = [
            text(&["rent"]),
            RowTest::Multiple(100),
            text(&["current", "rent"]),
            text(&["ren", "caf\u{e9}"]),
            text(&["a", "aa"]),
        ];
        let texts = Texts::of(&tests, u64::MAX);
        let descriptions = [
            "",
            "CURRENT RENT",
            "car REN tal",
            "CAF\u{c9}",
            "Caf\u{e9} AA",
            "current",
            "aaa",
            "nothing",
            "rEnT \u{130}",
        ];
        for description in descriptions {
            for asked in 0..32 {
                let lower = description.to_ascii_lowercase();
                let passes = |bit: &usize| {
                    asked >> bit & 1 == 1
                        && matches!(tests[*bit], RowTest::Text(_))
                        && tests[*bit].passes(0, crate::time::Day(0), &lower)
                };
                let expected = (0..tests.len()).filter(passes).fold(0, |bits, bit| bits | 1 << bit);
                assert_eq!(texts.found(asked, description), Some(expected), "{description} {asked:b}");
            }
        }
        assert_eq!(Texts::of(&tests[1..2], u64::MAX).found(2, "rent"), None);
    }
}
