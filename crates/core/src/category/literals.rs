//! Every literal of every rule, and which of them a text holds.
//!
//! Most literals are whole words, so a text is cut into words and each is looked up once: what a text costs does not grow with
//! the number of rules. The table of words says what a word means alone: which literals it is, begins with and holds, worked
//! out when the rules are read. It also says whether a literal of several words can begin or go on there; only then the pair
//! is looked up. Words outside the table are looked up by their beginnings and by four bytes at every place. Literals shorter
//! than that are looked for everywhere; there are few.
//!
//! The folded text is read, where numbers are `#`. A literal with digits of its own is looked up again in the text with its
//! digits; an answer that read digits is `open` and never remembered.

use super::{
    fold::Folded,
    literal_table::{Literal, TooLarge},
    picks::Picks,
    postings::{Index, Looks, Posting},
    rule::Match,
    text::{Digits, Token, first_bytes, is_word, mix, normalise, tokens},
    words::{Known, Parts, Words},
};

/// Lengths of the beginnings of words by which literals that begin a word are found.
const STEMS: std::ops::RangeInclusive<usize> = 2..=8;
/// Letters of the second word by which a literal of two words that goes on is found, at most.
const SECOND: usize = 3;

/// Literals, found in texts.
///
/// What is found has a number: below [`Literals::words`] that of a word with all that it means alone, from there on that of a
/// literal.
#[derive(Clone, Debug)]
pub(super) struct Literals {
    all: Vec<Literal>,
    texts: Vec<u8>,
    words: Words,
    /// The literals that each word of the table is or begins with or holds, one list behind the other, and where each ends.
    whole: (Vec<u32>, Vec<u32>),
    /// Literals by what else they are looked up by.
    index: Index,
    /// By the first letters of a word, the lengths of the stems that begin with them, a bit each.
    stems: Vec<u8>,
    /// Literals that stand inside words.
    inner: Option<Inner>,
    /// By the last two letters of a word, whether it may end in the first of a literal that begins inside words.
    tails: Vec<bool>,
    /// Literals that are too short for the indices.
    short: Vec<Posting>,
}

/// What is found in a text, and what is needed on the way; the space is kept.
#[derive(Clone, Debug, Default)]
pub(super) struct Search {
    /// The description with its digits, when something has read them.
    kept: Vec<u8>,
    looks: Looks,
    /// Numbers of words and literals.
    pub(super) found: Picks<u32>,
}

impl Search {
    /// Forgets the text before.
    pub(super) fn begin(&mut self) {
        self.kept.clear();
        self.found.clear();
    }
}

/// Literals that stand inside words, by their first four bytes.
#[derive(Clone, Debug)]
struct Inner {
    /// A bit for each window with which a literal begins, by a hash of fifteen bits.
    starts: Box<[u64; WINDOW_WORDS]>,
    /// The shortest: shorter words hold none.
    length: usize,
}

/// Literals on their way into the indices.
struct Sorting {
    keys: Vec<(u64, Posting)>,
    words: Words,
    /// Words of the table and the literals that are nothing else.
    same: Vec<(u32, u32)>,
    stems: Vec<u8>,
    inner: Option<Inner>,
    tails: Vec<bool>,
    short: Vec<Posting>,
}

impl Sorting {
    fn take(&mut self, at: Posting, folded: &[u8], cut: &[Token]) -> Option<()> {
        let begins_word = at.matching == Match::Prefix;
        let length = |token: &Token| token.end - token.start;
        match cut {
            _ if at.matching == Match::Substring && folded.len() < WINDOW => self.short.push(at),
            [_] if at.matching == Match::Substring => self.window(at),
            [first, second, ..] if at.matching == Match::Substring => {
                let back = u16::try_from(length(first)).ok()?;
                let key = self.tail(&folded[..first.end], folded[second.start]);
                self.keys.push((key, Posting { back, ..at }));
            }
            [only] if begins_word && length(only) < *STEMS.start() => self.short.push(at),
            [only] if begins_word => {
                let length = length(only).min(*STEMS.end());
                // Whatever follows two letters, they are a stem.
                let thirds = if length == 2 { 0..32 } else { 0..1 };
                for third in thirds {
                    self.stems[letters(only.head) | third] |= 1 << (length - *STEMS.start());
                }
                self.keys.push((stem(only, length), at));
            }
            // Its second word may go on: only a beginning of it is sure.
            [first, second] if begins_word => {
                let letters = length(second).min(SECOND);
                self.words.add(folded, first, Parts::FIRST_OF_STEM[letters - 1].and(Parts::before(second)))?;
                self.keys.push((pair_stem(first, second, letters), at));
            }
            [only] if at.matching == Match::Word => {
                let number = self.words.add(folded, only, Parts::WHOLE)?;
                self.same.push((number, at.literal));
            }
            [only] => {
                self.words.add(folded, only, Parts::OPENING)?;
                self.keys.push((only.hash, at));
            }
            // The third goes on only where it is the last, as its beginning may.
            [first, second, third, rest @ ..] if !(begins_word && rest.is_empty()) => {
                for (token, part) in [first, second, third].into_iter().zip(Parts::OF_THREE) {
                    self.words.add(folded, token, part)?;
                }
                self.keys.push((triple(first, second, third), at));
            }
            [first, second, ..] => {
                self.words.add(folded, first, Parts::FIRST.and(Parts::before(second)))?;
                self.words.add(folded, second, Parts::SECOND)?;
                self.keys.push((pair(first, second), at));
            }
            [] => {}
        }
        Some(())
    }

    fn window(&mut self, at: Posting) {
        let window = at.head[0] & first_bytes(WINDOW);
        let (word, bit) = window_bit(window);
        let length = usize::from(at.length);
        let inner = self.inner.get_or_insert_with(|| Inner { starts: Box::new([0; WINDOW_WORDS]), length });
        inner.starts[word] |= bit;
        inner.length = inner.length.min(length);
        self.keys.push((mix(4, window), at));
    }

    /// The key of a literal that begins inside words, whose first word this is, and how its second begins.
    fn tail(&mut self, word: &[u8], next: u8) -> u64 {
        let last = last_two(word);
        if let [only] = word {
            // Whatever stands before one letter.
            (0..32).for_each(|before| self.tails[(before << 5) | usize::from(only & 31)] = true);
            return tail_of_one(tail_bytes(word), next);
        }
        self.tails[last] = true;
        tail_of_two(tail_bytes(word), next)
    }
}

impl Literals {
    pub(super) fn new(all: Vec<Literal>, texts: Vec<u8>) -> Result<Literals, TooLarge> {
        let mut sorting = Sorting {
            keys: Vec::with_capacity(all.len()),
            words: Words::with_capacity(all.len()),
            same: vec![],
            stems: vec![0; 1 << 15],
            inner: None,
            tails: vec![false; 1 << 10],
            short: vec![],
        };
        let mut cut = vec![];
        for (number, literal) in (0_u32..).zip(&all) {
            let folded = literal.folded(&texts);
            let at = Posting::new(number, folded, literal.matching, literal.exact != 0).ok_or(TooLarge)?;
            tokens(folded, &mut cut);
            sorting.take(at, folded, &cut).ok_or(TooLarge)?;
        }
        let Sorting { keys, words, same, stems, inner, tails, short } = sorting;
        let index = Index::new(&keys);
        let mut literals = Literals { all, texts, words, whole: (vec![], vec![]), index, stems, inner, tails, short };
        literals.fill(same)?;
        Ok(literals)
    }

    /// Looks up what each word of the table means alone, once for all.
    fn fill(&mut self, mut same: Vec<(u32, u32)>) -> Result<(), TooLarge> {
        same.sort_unstable();
        let mut same = same.into_iter().peekable();
        let (mut folded, mut cut, mut looks) = (Folded::default(), vec![], Looks::default());
        let (mut members, mut ends) = (vec![], vec![0]);
        for number in (1_u32..).take(self.words.count() - 1) {
            while let Some((_, literal)) = same.next_if(|pair| pair.0 == number) {
                members.push(literal);
            }
            folded.write(|out| self.words.bytes(number).clone_into(out));
            tokens(folded.text(), &mut cut);
            looks.clear();
            let token = cut[0];
            self.word_keys(&folded, &token, &mut looks);
            let mut parts = if self.may_be_tail(&folded, &token) { Parts::TAIL.0 } else { 0 };
            for look in looks.as_slice() {
                self.index.get(look.key, |at| {
                    let anywhere = matches!(at.matching, Match::Prefix | Match::Substring);
                    if anywhere && self.is_at(at, &folded, look.start) {
                        members.push(at.literal);
                    }
                });
            }
            let end = u32::try_from(members.len())?;
            parts |= if ends.last() == Some(&end) { 0 } else { Parts::WHOLE.0 };
            self.words.mark(folded.text(), &token, Parts(parts));
            ends.push(end);
        }
        self.whole = (members, ends);
        Ok(())
    }

    /// The literal with its digits.
    pub(super) fn as_written(&self, at: u32) -> &[u8] {
        self.all[at as usize].as_written(&self.texts)
    }

    /// How many literals there are.
    pub(super) fn count(&self) -> usize {
        self.all.len()
    }

    /// How long the folded form of a literal is.
    pub(super) fn length(&self, at: u32) -> usize {
        self.all[at as usize].folded as usize
    }

    /// How many numbers of what is found stand for words.
    pub(super) fn words(&self) -> usize {
        self.words.count()
    }

    /// The literals that a word of the table means.
    pub(super) fn of_word(&self, number: usize) -> &[u32] {
        let (members, ends) = &self.whole;
        let start = number.checked_sub(1).map_or(0, |before| ends[before] as usize);
        &members[start..ends[number] as usize]
    }

    /// Adds the literals that stand in the folded text, in no order and some twice.
    ///
    /// Returns whether the answer is open: whether it read the digits of the description.
    pub(super) fn find(&self, text: Text<'_>, search: &mut Search) -> bool {
        let Search { kept, looks, found } = search;
        // All keys first, of which those stay that may be a literal's, then what stands there: no look waits for another.
        looks.clear();
        self.keys(text, looks, found);
        let mut open = false;
        let words = u32::try_from(self.words.count()).unwrap_or(u32::MAX);
        let mut look = |at: &Posting, start: usize| {
            if self.is_at(at, text.folded, start) && (!at.has_digits || self.has_digits(at, text, kept, &mut open)) {
                found.add(words + at.literal, true);
            }
        };
        looks.as_slice().iter().for_each(|it| self.index.get(it.key, |at| look(at, it.start)));
        let folded = text.folded.text();
        for literal in &self.short {
            for start in 0..folded.len() {
                if stands(folded, start, start + usize::from(literal.length), literal.matching, false) {
                    look(literal, start);
                }
            }
        }
        open
    }

    /// The words that mean something alone, and all else that a literal of the text would be looked up by.
    fn keys(&self, text: Text<'_>, looks: &mut Looks, found: &mut Picks<u32>) {
        // What the two words before may be, the nearer first, and whether a literal may begin inside that one. Before the first
        // stands none, and what it may be is nothing.
        let (mut first, mut first_of_three) = (Parts::default(), false);
        let mut is_tail = false;
        let Some((mut before, mut before_that)) = text.tokens.first().map(|token| (token, token)) else { return };
        for token in text.tokens {
            let Known { number, parts } = self.words.get(text.folded, token);
            found.add(number, parts.is(Parts::WHOLE));
            if first.is(Parts::before(token)) {
                if first.is(Parts::FIRST) & parts.is(Parts::SECOND) {
                    looks.at(&self.index, pair(before, token), before.start);
                }
                if first.is(Parts::FIRST_OF_STEMS) {
                    self.stem_pairs(first, before, token, looks);
                }
            }
            let third = first_of_three & parts.is(Parts::OF_THREE[2]);
            let opening = (token.start == 0) & parts.is(Parts::OPENING);
            if is_tail | third | opening | (number == 0) {
                if opening {
                    looks.at(&self.index, token.hash, token.start);
                }
                if is_tail {
                    self.tails(before, token, text.folded, looks);
                }
                if third {
                    looks.at(&self.index, triple(before_that, before, token), before_that.start);
                }
                if number == 0 {
                    self.word_keys(text.folded, token, looks);
                }
            }
            is_tail = parts.is(Parts::TAIL) || (number == 0 && self.may_be_tail(text.folded, token));
            first_of_three = first.is(Parts::OF_THREE[0]) & parts.is(Parts::OF_THREE[1]);
            first = parts;
            (before_that, before) = (before, token);
        }
    }

    /// What literals would be looked up by that begin inside the word before.
    #[inline]
    fn tails(&self, before: &Token, token: &Token, folded: &Folded, looks: &mut Looks) {
        let tail = tail_bytes(&folded.text()[..before.end]);
        let next = folded.byte(token.start);
        looks.at(&self.index, tail_of_two(tail, next), before.end);
        looks.at(&self.index, tail_of_one(tail, next), before.end);
    }

    /// What literals would be looked up by of which the second word goes on.
    fn stem_pairs(&self, first: Parts, before: &Token, token: &Token, looks: &mut Looks) {
        let length = token.end - token.start;
        let mut lengths = first.stem_lengths();
        while lengths != 0 {
            let letters = lengths.trailing_zeros() as usize + 1;
            lengths &= lengths - 1;
            if letters <= length {
                looks.at(&self.index, pair_stem(before, token, letters), before.start);
            }
        }
    }

    /// What literals would be looked up by that begin a word or lie in it.
    fn word_keys(&self, folded: &Folded, token: &Token, looks: &mut Looks) {
        let length = token.end - token.start;
        let mut lengths = self.stems[letters(token.head)];
        while lengths != 0 {
            let stem_length = *STEMS.start() + lengths.trailing_zeros() as usize;
            lengths &= lengths - 1;
            if stem_length <= length {
                looks.at(&self.index, stem(token, stem_length), token.start);
            }
        }
        if let Some(inner) = &self.inner {
            inner.keys(&self.index, folded, token.start..token.end, looks);
        }
    }

    /// Whether a word may end in the first of a literal that begins inside words.
    fn may_be_tail(&self, folded: &Folded, token: &Token) -> bool {
        self.tails[last_two(&folded.text()[..token.end])]
    }

    /// Whether the folded form stands there as its rule wants it. The place is the beginning of a word, or the literal may
    /// stand anywhere.
    #[inline]
    fn is_at(&self, at: &Posting, folded: &Folded, start: usize) -> bool {
        // Before the text stands nothing.
        let start = start.wrapping_sub(usize::from(at.back));
        let length = usize::from(at.length);
        let end = start.wrapping_add(length);
        let [one, two] = folded.sixteen(start);
        let [mask_one, mask_two] = SIXTEEN[length.min(16)];
        if ((one ^ at.head[0]) & mask_one) | ((two ^ at.head[1]) & mask_two) != 0 {
            return false;
        }
        if 16 < length {
            let rest = &self.all[at.literal as usize].folded(&self.texts)[16..];
            if folded.text().get(start + 16..end) != Some(rest) {
                return false;
            }
        }
        let is_there = !(at.ends_word & is_word(folded.byte(end)));
        if at.is_first {
            return is_there && start == 0 && (at.matching == Match::Start || end == folded.text().len());
        }
        is_there
    }

    /// Whether the description has the literal's digits too, which makes the answer open.
    #[cold]
    fn has_digits(&self, at: &Posting, text: Text<'_>, kept: &mut Vec<u8>, open: &mut bool) -> bool {
        *open = true;
        if kept.is_empty() {
            normalise(text.description, Digits::Kept, false, kept);
        }
        let exact = self.all[at.literal as usize].exact(&self.texts);
        exact.is_none_or(|exact| holds(kept, exact, at.matching))
    }
}

impl Inner {
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
                    looks.at(index, mix(4, window), at);
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

/// The last two letters of a text in ten bits; what is no letter may meet another.
fn last_two(text: &[u8]) -> usize {
    let [low, high, ..] = tail_bytes(text).to_le_bytes().map(|byte| usize::from(byte & 31));
    (low << 5) | high
}

/// The last two bytes of a text, the last in the higher place.
fn tail_bytes(text: &[u8]) -> u64 {
    match text {
        [.., before, last] => u64::from(u16::from_le_bytes([*before, *last])),
        [last] => u64::from(*last) << 8,
        [] => 0,
    }
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

/// The key of three neighbours.
fn triple(first: &Token, second: &Token, third: &Token) -> u64 {
    mix(pair(first, second), third.hash ^ u64::from(third.is_glued))
}

/// The key of the last two letters of a word and how the next begins.
fn tail_of_two(tail: u64, next: u8) -> u64 {
    mix(5, tail | (u64::from(next) << 16))
}

/// The key of the last of two letters of a word and how the next begins.
fn tail_of_one(tail: u64, next: u8) -> u64 {
    mix(6, (tail >> 8) | (u64::from(next) << 16))
}

/// The key of a word and the beginning of the next.
fn pair_stem(first: &Token, second: &Token, letters: usize) -> u64 {
    let beginning = second.head & first_bytes(letters);
    mix(first.hash ^ (letters as u64 + 2), beginning ^ (u64::from(second.is_glued) << 63))
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

/// Masks of so many first bytes of sixteen.
const SIXTEEN: [[u64; 2]; 17] = {
    let mut masks = [[0; 2]; 17];
    let mut length = 1;
    while length < masks.len() {
        masks[length] = masks[length - 1];
        masks[length][(length - 1) / 8] |= 0xff << (8 * ((length - 1) % 8));
        length += 1;
    }
    masks
};

/// Whether the text with its digits holds the literal with its digits, each number whole.
fn holds(text: &[u8], exact: &[u8], matching: Match) -> bool {
    let mut windows = text.windows(exact.len()).enumerate();
    windows.any(|(start, window)| window == exact && stands(text, start, start + exact.len(), matching, true))
}

#[cfg(test)]
mod tests {
    use super::{
        super::{fold::fold, literal_table::LiteralTable},
        *,
    };

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
            let literals = table.finish().expect("few");
            for _ in 0..40 {
                let text = draw(9);
                let (mut present, mut cut, mut folded, mut search) =
                    (vec![], vec![], Folded::default(), Search::default());
                fold(&text, &mut folded, &mut cut);
                let whole = Text { folded: &folded, tokens: &cut, description: &text };
                literals.find(whole, &mut search);
                for number in search.found.as_slice().iter().copied() {
                    match (number as usize).checked_sub(literals.words()) {
                        Some(literal) => present.push(u32::try_from(literal).expect("few")),
                        None => present.extend(literals.of_word(number as usize)),
                    }
                }
                present.sort_unstable();
                present.dedup();
                assert_eq!(present, exhaustively(&literals, folded.text(), &text), "{text:?}");
                found_any += present.len();
            }
        }
        assert!(10_000 < found_any, "{found_any}");
    }
}
