//! The texts that a plan's row tests look for, all found in one pass over a description.

use aho_corasick::AhoCorasick;

use super::filter::RowTest;

/// The texts of all tests that read descriptions.
#[derive(Clone, Debug, Default)]
pub(super) struct Texts {
    // `None` when there is no text, and when the texts are beyond what an automaton takes.
    automaton: Option<AhoCorasick>,
    // The tests that ask for each text, one bit a test.
    tests: Vec<u64>,
}

impl Texts {
    /// Of those tests of a plan that are asked for, by their bits.
    pub(super) fn of(tests: &[RowTest], asked: u64) -> Texts {
        let mut needles: Vec<(&str, u64)> = vec![];
        for (bit, test) in (0..u64::BITS).zip(tests).filter(|(bit, _)| asked >> bit & 1 == 1) {
            let RowTest::Text(texts) = test else { continue };
            for text in texts {
                match needles.iter_mut().find(|(known, _)| known == text) {
                    Some((_, tests)) => *tests |= 1 << bit,
                    None => needles.push((text, 1 << bit)),
                }
            }
        }
        if needles.is_empty() {
            return Texts::default();
        }
        let automaton = AhoCorasick::builder().ascii_case_insensitive(true).build(needles.iter().map(|(text, _)| text));
        Texts { automaton: automaton.ok(), tests: needles.into_iter().map(|(_, tests)| tests).collect() }
    }

    /// Of the tests in `asked`, those of which a text stands in a description, whatever its ASCII case; `None` without an
    /// automaton.
    pub(super) fn found(&self, asked: u64, description: &str) -> Option<u64> {
        let mut found = 0;
        for found_at in self.automaton.as_ref()?.find_overlapping_iter(description) {
            found |= self.tests[found_at.pattern().as_usize()] & asked;
            if found == asked {
                break;
            }
        }
        Some(found)
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
