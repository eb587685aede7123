//! The words that literals begin with or go on with: one look tells what a word of a text may be.

use super::{fold::Folded, text::Token};

/// What a word may be of a literal, a bit each.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Parts(pub(super) u32);

impl Parts {
    /// The word alone means something, wherever it stands.
    pub(super) const WHOLE: Parts = Parts(1);
    /// A literal of two words or more begins with it.
    pub(super) const FIRST: Parts = Parts(1 << 1);
    /// Such a literal goes on with it.
    pub(super) const SECOND: Parts = Parts(1 << 2);
    /// A literal begins with it and the beginning of another word, of one letter, of two, of three or more.
    pub(super) const FIRST_OF_STEM: [Parts; 3] = [Parts(1 << 3), Parts(1 << 4), Parts(1 << 5)];
    pub(super) const FIRST_OF_STEMS: Parts = Parts(7 << 3);
    /// It is a literal that stands at the beginning of a text only.
    pub(super) const OPENING: Parts = Parts(1 << 6);
    /// It may end in the first word of a literal that begins inside words.
    pub(super) const TAIL: Parts = Parts(1 << 7);
    /// A literal of three words or more begins with it, goes on with it, has it third.
    pub(super) const OF_THREE: [Parts; 3] = [Parts(1 << 8), Parts(1 << 9), Parts(1 << 10)];

    /// A literal goes on behind it with a word, or its beginning, that begins as this one does: letters in sixteen groups.
    #[inline]
    pub(super) fn before(next: &Token) -> Parts {
        Parts(1 << (16 + (next.head & 15)))
    }

    /// The lengths of the beginnings with which a literal goes on behind it, a bit each from one letter on.
    #[inline]
    pub(super) fn stem_lengths(self) -> u32 {
        (self.0 & Parts::FIRST_OF_STEMS.0) >> 3
    }

    #[inline]
    pub(super) fn is(self, other: Parts) -> bool {
        self.0 & other.0 != 0
    }

    pub(super) fn and(self, other: Parts) -> Parts {
        Parts(self.0 | other.0)
    }
}

/// A word as it is looked up: what most looks need, four in a cache line.
#[derive(Clone, Copy, Debug, Default)]
#[repr(align(16))]
struct Slot {
    hash: u64,
    /// The number of the word and, in the lowest byte, its length as [`short`] has it; 0 is free.
    word: u32,
    parts: Parts,
}

impl Slot {
    #[inline]
    fn number(self) -> u32 {
        self.word >> 8
    }
}

/// Bytes of a word that its hash and its length tell whole, as no step of a hash loses anything; longer ones are compared.
const TOLD_BY_HASH: usize = 8;

/// The bytes of a word among [`Words::texts`].
#[derive(Clone, Copy, Debug, Default)]
struct Place {
    start: u32,
    length: u32,
}

/// A word of the table.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known {
    /// From 1; 0 is a word that is not there.
    pub(super) number: u32,
    pub(super) parts: Parts,
}

/// Words by hash, compared whole.
#[derive(Clone, Debug)]
pub(super) struct Words {
    /// By hash. A power of two of them, of which at most half are taken.
    slots: Vec<Slot>,
    /// By number; the first is none.
    places: Vec<Place>,
    /// The bytes of all words, one behind the other.
    texts: Vec<u8>,
}

/// The place of a hash among slots.
#[inline]
fn place(hash: u64, slots: usize) -> usize {
    let [a, b, c, d, ..] = hash.to_le_bytes();
    u32::from_le_bytes([a, b, c, d]) as usize & (slots - 1)
}

/// A length in one byte: those that have no room are long all the same.
#[inline]
fn short(length: usize) -> u32 {
    u32::from(u8::try_from(length).unwrap_or(u8::MAX))
}

impl Words {
    /// Room for the words of so many literals, which share most of theirs.
    pub(super) fn with_capacity(literals: usize) -> Words {
        let slots = (literals + 2).next_power_of_two();
        Words { slots: vec![Slot::default(); slots], places: vec![Place::default()], texts: vec![] }
    }

    /// How many numbers there are, with that of none.
    pub(super) fn count(&self) -> usize {
        self.places.len()
    }

    /// Adds a word of a literal, or what it may be; `None` when there are too many.
    pub(super) fn add(&mut self, folded: &[u8], token: &Token, parts: Parts) -> Option<u32> {
        let word = &folded[token.start..token.end];
        let at = self.find(token, |of_table| word == of_table);
        let slot = &mut self.slots[at];
        if slot.word != 0 {
            slot.parts = slot.parts.and(parts);
            return Some(slot.number());
        }
        let number = u32::try_from(self.places.len()).ok().filter(|number| *number <= u32::MAX >> 8)?;
        *slot = Slot { hash: token.hash, word: (number << 8) | short(word.len()), parts };
        let [start, length] = [self.texts.len(), word.len()].map(u32::try_from);
        self.texts.extend_from_slice(word);
        self.places.push(Place { start: start.ok()?, length: length.ok()? });
        if self.slots.len() < 2 * self.places.len() {
            let slots = vec![Slot::default(); 2 * self.slots.len()];
            let old = std::mem::replace(&mut self.slots, slots);
            old.into_iter().filter(|slot| slot.word != 0).for_each(|slot| take(&mut self.slots, slot));
        }
        Some(number)
    }

    /// Says more of a word that the table has.
    pub(super) fn mark(&mut self, folded: &[u8], token: &Token, parts: Parts) {
        let word = folded.get(token.start..token.end);
        let at = self.find(token, |of_table| word == Some(of_table));
        self.slots[at].parts = self.slots[at].parts.and(parts);
    }

    /// The bytes of a word.
    pub(super) fn bytes(&self, number: u32) -> &[u8] {
        let Place { start, length } = self.places[number as usize];
        &self.texts[start as usize..][..length as usize]
    }

    /// What is known of a word of a text.
    #[inline]
    pub(super) fn get(&self, folded: &Folded, token: &Token) -> Known {
        let (_, slot) = self.look(token, |of_table| folded.text().get(token.start..token.end) == Some(of_table));
        Known { number: slot.number(), parts: slot.parts }
    }

    /// The slot of a word, or the free one where it would stand.
    fn find(&self, token: &Token, same: impl Fn(&[u8]) -> bool) -> usize {
        self.look(token, same).0
    }

    /// The same, and what stands there.
    #[inline]
    fn look(&self, token: &Token, same: impl Fn(&[u8]) -> bool) -> (usize, Slot) {
        let mut at = place(token.hash, self.slots.len());
        let length = token.end.wrapping_sub(token.start);
        let wanted = short(length);
        loop {
            let slot = self.slots[at];
            if slot.word == 0 {
                return (at, slot);
            }
            let is_same = (slot.hash == token.hash) & (slot.word & 0xff == wanted);
            if is_same && (length <= TOLD_BY_HASH || same(self.bytes(slot.number()))) {
                return (at, slot);
            }
            at = (at + 1) & (self.slots.len() - 1);
        }
    }
}

fn take(slots: &mut [Slot], slot: Slot) {
    let mut at = place(slot.hash, slots.len());
    while slots[at].word != 0 {
        at = (at + 1) & (slots.len() - 1);
    }
    slots[at] = slot;
}

#[cfg(test)]
mod tests {
    use super::{super::fold::fold, *};

    #[test]
    fn a_word_is_known_whole_or_not_at_all() {
        let stem = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
        let mut all: Vec<String> = (1..=26).map(|length| stem[..length].to_owned()).collect();
        // They differ in one byte in the middle, where neither end tells.
        all.extend((3..=26).map(|length| format!("{}Q{}", &stem[..length / 2], &stem[length / 2 + 1..length])));
        all.extend((0..5_000).map(|number: u32| {
            (0..4).map(|digit| char::from(b'A' + u8::try_from(number / 12_u32.pow(digit) % 12).unwrap_or(0))).collect()
        }));
        all.sort_unstable();
        all.dedup();
        let (mut words, mut folded, mut cut) = (Words::with_capacity(100), Folded::default(), vec![]);
        let mut numbers = vec![0];
        for (at, word) in all.iter().enumerate() {
            fold(word, &mut folded, &mut cut);
            if at % 2 == 0 {
                let number = words.add(folded.text(), &cut[0], Parts::FIRST).expect("few");
                assert_eq!(words.add(folded.text(), &cut[0], Parts::SECOND), Some(number));
                numbers.push(number);
            }
        }
        assert!((0..words.count()).eq(numbers.iter().map(|number| *number as usize)));
        for (at, word) in all.iter().enumerate() {
            fold(&format!("X {word}Y {word} Z"), &mut folded, &mut cut);
            let known = words.get(&folded, &cut[2]);
            assert_eq!(known.number != 0, at % 2 == 0, "{word}");
            if known.number != 0 {
                assert_eq!(words.bytes(known.number), word.as_bytes());
                assert_eq!(known.parts, Parts(Parts::FIRST.0 | Parts::SECOND.0));
            }
        }
    }
}
