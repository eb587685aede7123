//! A small deterministic generator, and the hold-out: each half of the pairs draws from its own half of every long list.

use std::collections::HashMap;

/// Which half of the pairs is made: one to mend the matcher by, one to examine it with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Half {
    /// For mending.
    A,
    /// The exam.
    B,
}

/// SplitMix64: <https://doi.org/10.1145/2714064.2660195>.
#[derive(Debug)]
pub(crate) struct Dice {
    state: u64,
    half: Half,
    /// This half's entries of each list, cut once.
    cut: HashMap<*const u8, Vec<&'static str>>,
}

impl Dice {
    pub(crate) fn new(seed: u64, half: Half) -> Dice {
        let offset = match half {
            Half::A => 0,
            Half::B => 0x5eed_0000_0000,
        };
        Dice { state: seed.wrapping_add(offset), half, cut: HashMap::new() }
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number in `0..end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(end).expect("small")).expect("small")
    }

    /// A number in `lower..upper`.
    pub(crate) fn within(&mut self, lower: usize, upper: usize) -> usize {
        lower + self.below(upper - lower)
    }

    pub(crate) fn coin(&mut self) -> bool {
        self.below(2) == 0
    }

    /// One of a short list that both halves share: spellings, formats.
    pub(crate) fn pick<'a>(&mut self, list: &[&'a str]) -> &'a str {
        list[self.below(list.len())]
    }

    /// One word of a long list, of this half's words.
    pub(crate) fn word(&mut self, list: &'static str) -> &'static str {
        self.held(list, |list| list.split_whitespace().collect())
    }

    /// One entry of a long list of lines, of this half's entries.
    pub(crate) fn line(&mut self, list: &'static str) -> &'static str {
        self.held(list, |list| list.lines().map(str::trim).filter(|line| !line.is_empty()).collect())
    }

    /// One `left=right` of a long list of words; blanks are written `_`.
    pub(crate) fn couple(&mut self, list: &'static str) -> (String, String) {
        let entry = self.word(list);
        let (left, right) = entry.split_once('=').expect("an entry is left=right");
        (left.replace('_', " "), right.replace('_', " "))
    }

    fn held(&mut self, list: &'static str, cut: fn(&'static str) -> Vec<&'static str>) -> &'static str {
        let parity = usize::from(self.half == Half::B);
        let own =
            self.cut.entry(list.as_ptr()).or_insert_with(|| cut(list).into_iter().skip(parity).step_by(2).collect());
        let count = own.len();
        let at = self.below(count);
        self.cut[&list.as_ptr()][at]
    }
}
