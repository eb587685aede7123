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
    fold::Folded,
    postings::{Found, Index, Looks, Posting},
    rule::Match,
    text::{Digits, Token, eight, first_bytes, is_word, mix, normalise, tokens},
};

/// Lengths of the beginnings of words by which literals that begin a word are found.
const STEMS: std::ops::RangeInclusive<usize> = 2..=8;
/// Letters of the second word by which a literal of two words that goes on is found.
const SECOND: usize = 3;

/// A literal as rules share it: where its forms stand among the texts.
#[derive(Clone, Copy, Debug)]
struct Literal {
    /// Where the folded form begins; the form with digits follows it.
    start: u32,
    folded: u32,
    /// How long the form with its digits is; 0 when it has none.
    exact: u32,
    matching: Match,
}

impl Literal {
    fn folded(self, texts: &[u8]) -> &[u8] {
        let start = self.start as usize;
        &texts[start..start + self.folded as usize]
    }

    /// With its digits, when it has any.
    fn exact(self, texts: &[u8]) -> Option<&[u8]> {
        let start = self.start as usize + self.folded as usize;
        (self.exact != 0).then(|| &texts[start..start + self.exact as usize])
    }
}

/// More literals than a number of 32 bits counts; no file that is read holds so many.
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
        let index = FxHashMap::with_capacity_and_hasher(literals, rustc_hash::FxBuildHasher);
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
        let words = own.chunks(8).map(|chunk| eight(chunk, 0));
        let mut hash = words.fold(mix(matching as u64, own.len() as u64), mix);
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
    pub(super) fn exact(&self, at: u32) -> &[u8] {
        let literal = self.all[at as usize];
        literal.exact(&self.texts).unwrap_or_else(|| literal.folded(&self.texts))
    }

    /// The literals in the order of their numbers, ready to be found; each comes with what it means to the finder.
    pub(super) fn finish(self, meanings: &[u32]) -> Literals {
        Literals::new(self.all, self.texts, meanings)
    }
}

/// Literals, found in texts.
#[derive(Clone, Debug)]
pub(super) struct Literals {
    all: Vec<Literal>,
    texts: Vec<u8>,
    /// Literals by what they are looked up by.
    index: Index,
    /// By a hash of a word, what it may be of a literal: [`WORD`], [`FIRST`], [`FIRST_OF_STEM`].
    words: Vec<u8>,
    /// By the first letters of a word, the lengths of the stems that begin with them, a bit each.
    stems: Vec<u8>,
    /// Literals that stand anywhere.
    inner: Option<Inner>,
    /// Literals that are too short for the indices.
    short: Vec<Posting>,
}

/// A literal is looked up by the word.
const WORD: u8 = 1;
/// A literal is looked up by the word and the next one.
const FIRST: u8 = 2;
/// A literal is looked up by the word and the beginning of the next one.
const FIRST_OF_STEM: u8 = 4;
/// Bits of a word's hash by which it is looked up.
const WORD_BITS: u32 = 15;

fn word_place(hash: u64) -> usize {
    usize::try_from(hash >> (64 - WORD_BITS)).unwrap_or(0)
}

/// Literals that stand inside words, by their first four bytes.
#[derive(Clone, Debug)]
struct Inner {
    /// A bit for each window with which a literal begins, by a hash of fifteen bits.
    starts: Box<[u64; WINDOW_WORDS]>,
    /// The shortest: shorter words hold none.
    length: usize,
    /// None holds a space or a number, so that it lies in one word.
    in_words: bool,
}

impl Literals {
    fn new(all: Vec<Literal>, texts: Vec<u8>, meanings: &[u32]) -> Literals {
        let mut keys: Vec<(u64, Posting)> = Vec::with_capacity(all.len());
        let mut stems = vec![0_u8; 1 << 15];
        let mut words = vec![0_u8; 1 << WORD_BITS];
        let (mut anywhere, mut short): (Vec<Posting>, Vec<Posting>) = (vec![], vec![]);
        let mut cut = vec![];
        for ((number, literal), meaning) in (0_u32..).zip(&all).zip(meanings) {
            let folded = literal.folded(&texts);
            let at = Posting {
                head: [eight(folded, 0), eight(folded, 8)],
                found: Found { length: literal.folded, literal: number, meaning: *meaning },
                matching: literal.matching,
                has_digits: literal.exact != 0,
                ends_in_word: folded.last().is_some_and(|byte| is_word(*byte)),
            };
            tokens(folded, &mut cut);
            let begins_word = literal.matching == Match::Prefix;
            match cut.as_slice() {
                _ if literal.matching == Match::Substring && WINDOW <= folded.len() => anywhere.push(at),
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
                [first, second] if begins_word && SECOND <= second.end - second.start => {
                    words[word_place(first.hash)] |= FIRST_OF_STEM;
                    keys.push((pair_stem(first, second), at));
                }
                [first, _] if begins_word => {
                    words[word_place(first.hash)] |= WORD;
                    keys.push((first.hash, at));
                }
                [only] => {
                    words[word_place(only.hash)] |= WORD;
                    keys.push((only.hash, at));
                }
                [first, second, ..] => {
                    words[word_place(first.hash)] |= FIRST;
                    keys.push((pair(first, second), at));
                }
                [] => {}
            }
        }
        let inner = (!anywhere.is_empty()).then(|| Inner::new(&all, &texts, &anywhere, &mut keys));
        Literals { all, texts, index: Index::new(&keys), words, stems, inner, short }
    }

    /// The literal with its digits.
    pub(super) fn exact(&self, at: u32) -> &[u8] {
        let literal = self.all[at as usize];
        literal.exact(&self.texts).unwrap_or_else(|| literal.folded(&self.texts))
    }

    /// Adds the literals that stand in the folded text, in no order and some twice. `kept` is empty before the first text.
    ///
    /// Returns whether the answer is open: whether it read the digits of the description.
    pub(super) fn find(&self, text: Text<'_>, kept: &mut Vec<u8>, looks: &mut Looks, found: &mut Vec<Found>) -> bool {
        // All keys first, of which those stay that may be a literal's, then what stands there: no look waits for another.
        looks.clear();
        self.keys(text, looks);
        let mut open = false;
        let mut look = |at: &Posting, start: usize| {
            if self.is_at(at, text.folded, start) && (!at.has_digits || self.has_digits(at, text, kept, &mut open)) {
                found.push(at.found);
            }
        };
        looks.iter().for_each(|it| self.index.get(it.key, |at| look(at, it.start as usize)));
        let folded = text.folded.text();
        for literal in &self.short {
            for start in 0..folded.len() {
                if stands(folded, start, start + literal.found.length as usize, literal.matching, false) {
                    look(literal, start);
                }
            }
        }
        open
    }

    /// Everything that a literal of the text would be looked up by.
    fn keys(&self, text: Text<'_>, looks: &mut Looks) {
        for (at, token) in text.tokens.iter().enumerate() {
            let start = token.start;
            let may_be = self.words[word_place(token.hash)];
            if may_be & WORD != 0 {
                looks.add(&self.index, token.hash, start);
            }
            if may_be & (FIRST | FIRST_OF_STEM) != 0
                && let Some(second) = text.tokens.get(at + 1)
            {
                if may_be & FIRST != 0 {
                    looks.add(&self.index, pair(token, second), start);
                }
                if may_be & FIRST_OF_STEM != 0 && SECOND <= second.end - second.start {
                    looks.add(&self.index, pair_stem(token, second), start);
                }
            }
            let length = token.end - token.start;
            let mut lengths = self.stems[letters(token.head)];
            while lengths != 0 {
                let stem_length = *STEMS.start() + lengths.trailing_zeros() as usize;
                lengths &= lengths - 1;
                if stem_length <= length {
                    looks.add(&self.index, stem(token, stem_length), start);
                }
            }
        }
        if let Some(inner) = &self.inner {
            if inner.in_words {
                text.tokens
                    .iter()
                    .for_each(|token| inner.keys(&self.index, text.folded, token.start..token.end, looks));
            } else {
                inner.keys(&self.index, text.folded, 0..text.folded.text().len(), looks);
            }
        }
    }

    /// Whether the folded form stands there as its rule wants it. The place is the beginning of a word, or the literal may
    /// stand anywhere.
    #[inline]
    fn is_at(&self, at: &Posting, folded: &Folded, start: usize) -> bool {
        let length = at.found.length as usize;
        let end = start + length;
        if !begins_with(folded.eight(start), at.head[0], length) {
            return false;
        }
        if 8 < length && !begins_with(folded.eight(start + 8), at.head[1], length - 8) {
            return false;
        }
        if 16 < length {
            let rest = &self.all[at.found.literal as usize].folded(&self.texts)[16..];
            if folded.text().get(start + 16..end) != Some(rest) {
                return false;
            }
        }
        match at.matching {
            Match::Word => !at.ends_in_word || !is_word(folded.byte(end)),
            Match::Prefix | Match::Substring => true,
            Match::Start => start == 0 && (!at.ends_in_word || !is_word(folded.byte(end))),
            Match::Whole => start == 0 && end == folded.text().len(),
        }
    }

    /// Whether the description has the literal's digits too, which makes the answer open.
    #[cold]
    fn has_digits(&self, at: &Posting, text: Text<'_>, kept: &mut Vec<u8>, open: &mut bool) -> bool {
        *open = true;
        if kept.is_empty() {
            normalise(text.description, Digits::Kept, false, kept);
        }
        let exact = self.all[at.found.literal as usize].exact(&self.texts);
        exact.is_none_or(|exact| holds(kept, exact, at.matching))
    }
}

impl Inner {
    /// Of literals that are no shorter than a window, which go among those with keys.
    fn new(all: &[Literal], texts: &[u8], postings: &[Posting], keys: &mut Vec<(u64, Posting)>) -> Inner {
        let folded = |at: &Posting| all[at.found.literal as usize].folded(texts);
        let length = postings.iter().map(|at| folded(at).len()).min().unwrap_or(WINDOW);
        let in_words = postings.iter().all(|at| folded(at).iter().all(|byte| is_word(*byte)));
        let mut starts = Box::new([0; WINDOW_WORDS]);
        for at in postings {
            let window = at.head[0] & first_bytes(WINDOW);
            let (word, bit) = window_bit(window);
            starts[word] |= bit;
            keys.push((mix(4, window), *at));
        }
        Inner { starts, length, in_words }
    }

    fn keys(&self, index: &Index, folded: &Folded, within: std::ops::Range<usize>, looks: &mut Looks) {
        /// Windows in eight bytes.
        const STEP: usize = 9 - WINDOW;
        let end = (within.end + 1).saturating_sub(self.length);
        let mut at = within.start;
        while at < end {
            let mut bytes = folded.eight(at);
            for at in at..end.min(at + STEP) {
                let window = bytes & first_bytes(WINDOW);
                bytes >>= 8;
                let (word, bit) = window_bit(window);
                if self.starts[word] & bit != 0 {
                    looks.add(index, mix(4, window), at);
                }
            }
            at += STEP;
        }
    }
}

/// Bytes by which a literal inside a word is found.
const WINDOW: usize = 4;
/// Bits of the hash by which most windows are told apart from the beginnings of literals.
const WINDOW_BITS: u32 = 15;
const WINDOW_WORDS: usize = 1 << (WINDOW_BITS - 6);

/// The word and the bit of a window among [`Inner::starts`].
fn window_bit(window: u64) -> (usize, u64) {
    let hash = window.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (64 - WINDOW_BITS);
    (usize::try_from(hash >> 6).unwrap_or(0) % WINDOW_WORDS, 1 << (hash & 63))
}

/// The first three letters of a word in fifteen bits; what is no letter may meet another.
fn letters(head: u64) -> usize {
    let [a, b, c, ..] = head.to_le_bytes().map(|byte| usize::from(byte & 31));
    (a << 10) | (b << 5) | c
}

/// A text in both forms, and the words of the folded one.
#[derive(Clone, Copy)]
pub(super) struct Text<'a> {
    pub(super) folded: &'a Folded,
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

/// Whether eight bytes begin with the first of those of a literal, of which it has at least one.
#[inline]
fn begins_with(bytes: u64, head: u64, length: usize) -> bool {
    (bytes ^ head) & first_bytes(length) == 0
}

/// Whether the text with its digits holds the literal with its digits, each number whole.
fn holds(text: &[u8], exact: &[u8], matching: Match) -> bool {
    let mut windows = text.windows(exact.len()).enumerate();
    windows.any(|(start, window)| window == exact && stands(text, start, start + exact.len(), matching, true))
}

#[cfg(test)]
mod tests {
    use super::{super::fold::fold, *};

    /// What a text holds, by looking for every literal at every place.
    fn exhaustively(literals: &Literals, folded: &[u8], description: &str) -> Vec<u32> {
        let mut kept = vec![];
        normalise(description, Digits::Kept, false, &mut kept);
        let texts = &literals.texts;
        let stands_somewhere = |literal: &Literal| {
            let own = literal.folded(texts);
            (0..folded.len()).any(|start| {
                folded[start..].starts_with(own) && stands(folded, start, start + own.len(), literal.matching, false)
            })
        };
        let with_digits = |literal: &Literal| literal.exact(texts).is_none_or(|it| holds(&kept, it, literal.matching));
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
            let literals = table.finish(&[0; 64]);
            for _ in 0..40 {
                let text = draw(9);
                let (mut kept, mut present, mut cut, mut looks) = (vec![], vec![], vec![], Looks::default());
                let (mut folded, mut found) = (Folded::default(), vec![]);
                fold(&text, &mut folded, &mut cut);
                let whole = Text { folded: &folded, tokens: &cut, description: &text };
                literals.find(whole, &mut kept, &mut looks, &mut found);
                present.extend(found.iter().map(|found: &Found| found.literal));
                present.sort_unstable();
                present.dedup();
                assert_eq!(present, exhaustively(&literals, folded.text(), &text), "{text:?}");
                found_any += present.len();
            }
        }
        assert!(10_000 < found_any, "{found_any}");
    }
}
