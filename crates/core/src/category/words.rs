//! The words that literals begin with or go on with: one look tells what a word of a text may be.

use super::{fold::Folded, text::Token};

/// What a word may be of a literal, a bit each.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Parts(pub(super) u16);

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

    pub(super) fn is(self, other: Parts) -> bool {
        self.0 & other.0 != 0
    }
}

/// A word as the table has it.
///
/// No step of a hash loses anything: two words of one length whose first eight bytes and hashes are equal are equal in their
/// next eight bytes too. The bytes of longer words are compared.
#[derive(Clone, Copy, Debug, Default)]
#[repr(align(32))]
struct Entry {
    hash: u64,
    head: u64,
    length: u32,
    /// Where its bytes begin among [`Words::texts`].
    start: u32,
    parts: Parts,
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
    /// The number of a word by its hash; 0 is free. A power of two of them, of which at most half are taken.
    slots: Vec<u32>,
    /// By number; the first is none.
    entries: Vec<Entry>,
    /// The bytes of all words, one behind the other.
    texts: Vec<u8>,
}

/// The place of a hash among slots.
#[inline]
fn place(hash: u64, slots: usize) -> usize {
    let [a, b, c, d, ..] = hash.to_le_bytes();
    u32::from_le_bytes([a, b, c, d]) as usize & (slots - 1)
}

impl Words {
    pub(super) fn new() -> Words {
        Words { slots: vec![0; 1 << 12], entries: vec![Entry::default()], texts: vec![] }
    }

    /// How many numbers there are, with that of none.
    pub(super) fn count(&self) -> usize {
        self.entries.len()
    }

    /// Adds a word of a literal, or what it may be; `None` when there are too many.
    pub(super) fn add(&mut self, folded: &[u8], token: &Token, parts: Parts) -> Option<u32> {
        let word = &folded[token.start..token.end];
        let known = self.find(token, |of_table| word == of_table);
        if known.number != 0 {
            self.mark(known.number, parts);
            return Some(known.number);
        }
        let number = u32::try_from(self.entries.len()).ok()?;
        let [length, start] = [word.len(), self.texts.len()].map(u32::try_from);
        self.texts.extend_from_slice(word);
        self.entries.push(Entry {
            hash: token.hash,
            head: token.head,
            length: length.ok()?,
            start: start.ok()?,
            parts,
        });
        if self.slots.len() < 2 * self.entries.len() {
            self.slots = vec![0; 2 * self.slots.len()];
            for (number, entry) in (0_u32..).zip(&self.entries).skip(1) {
                take(&mut self.slots, number, entry.hash);
            }
        } else {
            take(&mut self.slots, number, token.hash);
        }
        Some(number)
    }

    /// Says more of a word.
    pub(super) fn mark(&mut self, number: u32, parts: Parts) {
        let entry = &mut self.entries[number as usize];
        entry.parts = Parts(entry.parts.0 | parts.0);
    }

    /// The bytes of a word.
    pub(super) fn bytes(&self, number: u32) -> &[u8] {
        self.of(&self.entries[number as usize])
    }

    fn of(&self, entry: &Entry) -> &[u8] {
        &self.texts[entry.start as usize..][..entry.length as usize]
    }

    /// What is known of a word of a text.
    #[inline]
    pub(super) fn get(&self, folded: &Folded, token: &Token) -> Known {
        self.find(token, |of_table| folded.text().get(token.start..token.end) == Some(of_table))
    }

    #[inline]
    fn find(&self, token: &Token, same: impl Fn(&[u8]) -> bool) -> Known {
        let mut at = place(token.hash, self.slots.len());
        loop {
            let number = self.slots[at];
            if number == 0 {
                return Known { number: 0, parts: Parts::default() };
            }
            let entry = &self.entries[number as usize];
            let length = token.end - token.start;
            let is_same = entry.hash == token.hash && entry.head == token.head && entry.length as usize == length;
            if is_same && (length <= 16 || same(self.of(entry))) {
                return Known { number, parts: entry.parts };
            }
            at = (at + 1) & (self.slots.len() - 1);
        }
    }
}

fn take(slots: &mut [u32], number: u32, hash: u64) {
    let mut at = place(hash, slots.len());
    while slots[at] != 0 {
        at = (at + 1) & (slots.len() - 1);
    }
    slots[at] = number;
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
        let (mut words, mut folded, mut cut) = (Words::new(), Folded::default(), vec![]);
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
