//! Every literal of every rule, and which of them a text holds.
//!
//! Most literals are whole words, so a text is cut into words and each word, and each pair of neighbours, is looked up: what
//! a text costs does not grow with the number of rules. Literals that begin a word are found by beginnings of it, those that
//! stand inside words by four bytes at every place. Those shorter than that are looked for everywhere; there are few.
//!
//! The folded text is read, where numbers are `#`. A literal with digits of its own is looked up again in the text with its
//! digits; an answer that read digits is `open` and never remembered.

use rustc_hash::FxHashMap;

use super::{
    rule::Match,
    text::{Digits, Token, eight, first_bytes, is_word, mix, normalise, tokens},
};

/// Lengths of the beginnings of words by which literals that begin a word are found.
const STEMS: std::ops::RangeInclusive<usize> = 2..=8;
/// Letters of the second word by which a literal of two words that goes on is found.
const SECOND: usize = 3;

/// A literal as rules share it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Literal {
    pub(super) folded: Vec<u8>,
    /// With its digits, when it has any.
    pub(super) exact: Option<Vec<u8>>,
    pub(super) matching: Match,
}

/// More literals than a number of 32 bits counts; no file that is read holds so many.
#[derive(Debug)]
pub(super) struct TooLarge;

/// Literals by their content, numbered in the order of first use.
#[derive(Default)]
pub(super) struct LiteralTable {
    all: Vec<Literal>,
    index: FxHashMap<(Box<[u8]>, bool, Match), u32>,
    /// The normal form at hand.
    folded: Vec<u8>,
}

impl LiteralTable {
    /// A literal that ends in `*` begins a word, whatever the rule says.
    pub(super) fn intern(&mut self, text: &str, matching: Match) -> Result<u32, TooLarge> {
        let (text, matching) = text.strip_suffix('*').map_or((text, matching), |stem| (stem, Match::Prefix));
        normalise(text, Digits::Folded, true, &mut self.folded);
        // `#` in a literal is any number; only digits written out are looked at again.
        let exact = text.bytes().any(|byte| byte.is_ascii_digit()).then(|| {
            let mut kept = vec![];
            normalise(text, Digits::Kept, true, &mut kept);
            kept
        });
        let own: &[u8] = exact.as_deref().unwrap_or(&self.folded);
        let key = (Box::from(own), exact.is_some(), matching);
        if let Some(known) = self.index.get(&key) {
            return Ok(*known);
        }
        let at = u32::try_from(self.all.len()).map_err(|_| TooLarge)?;
        self.all.push(Literal { folded: self.folded.clone(), exact, matching });
        self.index.insert(key, at);
        Ok(at)
    }

    /// The literals in the order of their numbers, ready to be found.
    pub(super) fn finish(self) -> Literals {
        Literals::new(self.all)
    }
}

/// Literals, found in texts.
#[derive(Clone, Debug)]
pub(super) struct Literals {
    all: Vec<Literal>,
    /// Of each literal its first eight bytes and how long it is, for a look before the whole is compared.
    heads: Vec<(u64, usize)>,
    /// Literals by what they are looked up by.
    index: Index,
    /// By the first letters of a word, the lengths of the stems that begin with them, a bit each.
    stems: Vec<u8>,
    /// Literals that stand anywhere.
    inner: Option<Inner>,
    /// Literals that are too short for the indices.
    short: Vec<u32>,
}

/// Literals that stand inside words, by their first four bytes.
#[derive(Clone, Debug)]
struct Inner {
    index: Index,
    /// The shortest: shorter words hold none.
    length: usize,
    /// None holds a space or a number, so that it lies in one word.
    in_words: bool,
}

impl Literals {
    fn new(all: Vec<Literal>) -> Literals {
        let mut keys: Vec<(u64, u32)> = vec![];
        let mut stems = vec![0_u8; 1 << 15];
        let (mut anywhere, mut short): (Vec<u32>, Vec<u32>) = (vec![], vec![]);
        let mut cut = vec![];
        for (at, literal) in (0_u32..).zip(&all) {
            tokens(&literal.folded, &mut cut);
            let begins_word = literal.matching == Match::Prefix;
            match cut.as_slice() {
                _ if literal.matching == Match::Substring && WINDOW <= literal.folded.len() => anywhere.push(at),
                _ if literal.matching == Match::Substring => short.push(at),
                [only] if begins_word && only.end - only.start < *STEMS.start() => short.push(at),
                [only] if begins_word => {
                    let length = (only.end - only.start).min(*STEMS.end());
                    // Whatever follows two letters, they are a stem.
                    let thirds = if length == 2 { 0..32 } else { 0..1 };
                    for third in thirds {
                        stems[letters(only.head) | third] |= 1 << (length - *STEMS.start());
                    }
                    keys.push((stem(only, length), at));
                }
                // Its second word may go on: only a beginning of it is sure.
                [first, second] if begins_word => {
                    let is_long = SECOND <= second.end - second.start;
                    keys.push((if is_long { pair_stem(first, second) } else { first.hash }, at));
                }
                [only] => keys.push((only.hash, at)),
                [first, second, ..] => keys.push((pair(first, second), at)),
                [] => {}
            }
        }
        let inner = (!anywhere.is_empty()).then(|| Inner::new(&all, &anywhere));
        let heads = all.iter().map(|literal| (eight(&literal.folded, 0), literal.folded.len())).collect();
        Literals { all, heads, index: Index::new(keys), stems, inner, short }
    }

    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    pub(super) fn get(&self, at: u32) -> &Literal {
        &self.all[at as usize]
    }

    /// Adds the literals that stand in the folded text, in no order and some twice. `kept` is empty before the first text.
    ///
    /// Returns whether the answer is open: whether it read the digits of the description.
    pub(super) fn find(&self, text: Text<'_>, kept: &mut Vec<u8>, present: &mut Vec<u32>) -> bool {
        let mut open = false;
        let folded = text.folded;
        let mut look = |at: u32, start: usize| {
            let (head, length) = self.heads[at as usize];
            if (eight(folded, start) ^ head) & first_bytes(length) != 0 {
                return;
            }
            let literal = &self.all[at as usize];
            let end = start + length;
            if 8 < length && folded.get(start..end) != Some(literal.folded.as_slice()) {
                return;
            }
            if !stands(folded, start, end, literal.matching, false) {
                return;
            }
            if let Some(exact) = &literal.exact {
                open = true;
                if kept.is_empty() {
                    normalise(text.description, Digits::Kept, false, kept);
                }
                if !holds(kept, exact, literal.matching) {
                    return;
                }
            }
            present.push(at);
        };
        for (at, token) in text.tokens.iter().enumerate() {
            let mut look_up = |key: u64| self.index.get(key).iter().for_each(|at| look(*at, token.start));
            look_up(token.hash);
            let length = token.end - token.start;
            let mut lengths = self.stems[letters(token.head)];
            while lengths != 0 {
                let stem_length = *STEMS.start() + lengths.trailing_zeros() as usize;
                lengths &= lengths - 1;
                if stem_length <= length {
                    look_up(stem(token, stem_length));
                }
            }
            if let Some(second) = text.tokens.get(at + 1) {
                look_up(pair(token, second));
                if SECOND <= second.end - second.start {
                    look_up(pair_stem(token, second));
                }
            }
        }
        for literal in &self.short {
            let everywhere = 0..folded.len();
            everywhere.for_each(|start| look(*literal, start));
        }
        if let Some(inner) = &self.inner {
            let mut look_in = |start: usize, end: usize| {
                for at in start..(end + 1).saturating_sub(inner.length) {
                    inner.index.get(window(folded, at)).iter().for_each(|literal| look(*literal, at));
                }
            };
            if inner.in_words {
                text.tokens.iter().for_each(|token| look_in(token.start, token.end));
            } else {
                look_in(0, folded.len());
            }
        }
        open
    }
}

impl Inner {
    /// Of literals that are no shorter than a window.
    fn new(all: &[Literal], numbers: &[u32]) -> Inner {
        let folded = |at: &u32| all[*at as usize].folded.as_slice();
        let length = numbers.iter().map(|at| folded(at).len()).min().unwrap_or(WINDOW);
        let in_words = numbers.iter().all(|at| folded(at).iter().all(|byte| is_word(*byte)));
        Inner { index: Index::new(numbers.iter().map(|at| (window(folded(at), 0), *at)).collect()), length, in_words }
    }
}

/// Bytes by which a literal inside a word is found.
const WINDOW: usize = 4;

/// The key of the four bytes from `at`.
fn window(text: &[u8], at: usize) -> u64 {
    mix(4, eight(text, at) & first_bytes(WINDOW))
}

/// The first three letters of a word in fifteen bits; what is no letter may meet another.
fn letters(head: u64) -> usize {
    let [a, b, c, ..] = head.to_le_bytes().map(|byte| usize::from(byte & 31));
    (a << 10) | (b << 5) | c
}

/// Numbers of literals by a key. Most keys of a text are no literal's, and a bit tells that.
#[derive(Clone, Debug)]
struct Index {
    seen: Vec<u64>,
    ranges: FxHashMap<u64, std::ops::Range<u32>>,
    numbers: Vec<u32>,
}

impl Index {
    fn new(mut keys: Vec<(u64, u32)>) -> Index {
        keys.sort_unstable();
        // Sixteen bits for each key: one in sixteen that is no literal's costs a lookup all the same.
        let bits = (keys.len() * 16).next_power_of_two().max(64);
        let mut index = Index { seen: vec![0; bits / 64], ranges: FxHashMap::default(), numbers: vec![] };
        let narrow = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
        for same in keys.chunk_by(|a, b| a.0 == b.0) {
            let (slot, bit) = index.place(same[0].0);
            index.seen[slot] |= bit;
            let start = narrow(index.numbers.len());
            index.numbers.extend(same.iter().map(|pair| pair.1));
            index.ranges.insert(same[0].0, start..narrow(index.numbers.len()));
        }
        index
    }

    fn get(&self, key: u64) -> &[u32] {
        let (slot, bit) = self.place(key);
        if self.seen[slot] & bit == 0 {
            return &[];
        }
        let range = self.ranges.get(&key);
        range.map_or(&[], |range| &self.numbers[range.start as usize..range.end as usize])
    }

    fn place(&self, key: u64) -> (usize, u64) {
        // The high bits are the best mixed; the length is a power of two.
        let [.., a, b, c, d] = key.to_le_bytes();
        let at = u32::from_le_bytes([a, b, c, d]) as usize;
        ((at >> 6) & (self.seen.len() - 1), 1 << (at & 63))
    }
}

/// A text in both forms, and the words of the folded one.
#[derive(Clone, Copy)]
pub(super) struct Text<'a> {
    pub(super) folded: &'a [u8],
    pub(super) tokens: &'a [Token],
    pub(super) description: &'a str,
}

/// The key of two neighbours. Keys that meet by chance cost a look at the bytes, no more.
fn pair(first: &Token, second: &Token) -> u64 {
    mix(first.hash, second.hash ^ u64::from(second.is_glued))
}

/// The key of a word and the beginning of the next.
fn pair_stem(first: &Token, second: &Token) -> u64 {
    mix(mix(2, first.hash), (second.head & first_bytes(SECOND)) ^ (u64::from(second.is_glued) << 63))
}

/// The key of the beginning of a word.
fn stem(token: &Token, length: usize) -> u64 {
    mix(mix(3, length as u64), token.head & first_bytes(length))
}

/// Whether the literal at `[start, end)` of the text stands where its rule wants it.
fn stands(text: &[u8], start: usize, end: usize, matching: Match, digits_are_letters: bool) -> bool {
    let in_word = |byte: u8| is_word(byte) || (digits_are_letters && byte.is_ascii_digit());
    let joined = |left: usize, right: usize| {
        text.get(left).is_some_and(|&b| in_word(b)) && text.get(right).is_some_and(|&b| in_word(b))
    };
    let begins = start == 0 || !joined(start - 1, start);
    let ends = end == text.len() || !joined(end - 1, end);
    match matching {
        Match::Word => begins && ends,
        Match::Prefix => begins,
        Match::Substring => true,
        Match::Start => start == 0 && ends,
        Match::Whole => start == 0 && end == text.len(),
    }
}

/// Whether the text with its digits holds the literal with its digits, each number whole.
fn holds(text: &[u8], exact: &[u8], matching: Match) -> bool {
    let mut windows = text.windows(exact.len()).enumerate();
    windows.any(|(start, window)| window == exact && stands(text, start, start + exact.len(), matching, true))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a text holds, by looking for every literal at every place.
    fn exhaustively(literals: &Literals, folded: &[u8], description: &str) -> Vec<u32> {
        let mut kept = vec![];
        normalise(description, Digits::Kept, false, &mut kept);
        let stands_somewhere = |literal: &Literal| {
            let length = literal.folded.len();
            (0..folded.len()).any(|start| {
                folded[start..].starts_with(&literal.folded)
                    && stands(folded, start, start + length, literal.matching, false)
            })
        };
        let with_digits =
            |literal: &Literal| literal.exact.as_ref().is_none_or(|it| holds(&kept, it, literal.matching));
        let numbered = (0_u32..).zip(&literals.all);
        numbered.filter(|(_, literal)| stands_somewhere(literal) && with_digits(literal)).map(|pair| pair.0).collect()
    }

    #[test]
    fn words_are_found_where_looking_everywhere_finds_them() {
        let parts = ["A", "AB", "ABC", "#", "7", "42", " ", " ", "-", "B&C", "é", "Ж", "C", "ABCD"];
        let mut state = 1_usize;
        let mut draw = |count: usize| -> String {
            let drawn = (0..count).map(|_| {
                // The multiplicative generator of Park and Miller.
                state = state * 48_271 % 2_147_483_647;
                parts[state % parts.len()]
            });
            drawn.collect()
        };
        let mut found_any = 0;
        for _ in 0..400 {
            let mut table = LiteralTable::default();
            for matching in [Match::Word, Match::Prefix, Match::Substring, Match::Start, Match::Whole] {
                for length in [1, 2, 3, 3, 4, 5] {
                    let text = draw(length);
                    if text.bytes().any(|byte| byte.is_ascii_alphabetic()) {
                        table.intern(&text, matching).expect("few");
                    }
                }
            }
            let literals = table.finish();
            for _ in 0..40 {
                let text = draw(9);
                let (mut folded, mut kept, mut present, mut cut) = (vec![], vec![], vec![], vec![]);
                normalise(&text, Digits::Folded, false, &mut folded);
                tokens(&folded, &mut cut);
                let whole = Text { folded: &folded, tokens: &cut, description: &text };
                literals.find(whole, &mut kept, &mut present);
                present.sort_unstable();
                present.dedup();
                assert_eq!(present, exhaustively(&literals, &folded, &text), "{text:?}");
                found_any += present.len();
            }
        }
        assert!(10_000 < found_any, "{found_any}");
    }
}
