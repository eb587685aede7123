//! What one thread remembers of the shapes of text it has seen.

use super::{label::Label, matcher::Scratch};
use crate::row::AccountCategory;

/// Sets of the table; each holds [`WAYS`] answers.
const SETS: usize = 8_192;
/// Answers a set holds; the oldest makes room.
const WAYS: usize = 8;
/// Longer keys are not remembered, so that a table stays below 65,536 × (256 + 56) bytes, 20 MiB.
const KEY_BYTES_MAX: usize = 256;

/// What one thread remembers of the texts it has seen; bounded, and never changes an answer.
///
/// The whole key is compared: the text as it stands with each digit as `0`, direction and kind of account. No hash decides.
/// What a text means may depend on its digits; such answers are not remembered. A memo that meets another set of rules
/// forgets.
#[derive(Clone, Debug, Default)]
pub struct Memo {
    rules: Option<[u8; 32]>,
    /// Part of each text's hash: most other texts differ here, without a look at the slot.
    tags: Vec<[u32; WAYS]>,
    slots: Vec<Option<Slot>>,
    /// The way of each set that is overwritten next.
    next: Vec<u8>,
    /// The text looked up last, each digit as `0`, and how long it is.
    masked: Vec<u8>,
    length: usize,
    pub(super) scratch: Scratch,
    /// Answers that were remembered.
    hits: u64,
    /// Answers that were worked out.
    misses: u64,
}

#[derive(Clone, Debug)]
struct Slot {
    text: Box<[u8]>,
    side: Side,
    label: Label,
}

/// Where an answer is remembered.
#[derive(Clone, Copy, Debug)]
pub(super) struct Key {
    set: usize,
    tag: u32,
    side: Side,
}

/// What besides the text decides a label, unless a rule reads the amount.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Side {
    /// Sign of the amount.
    pub(super) sign: i8,
    pub(super) account: AccountCategory,
}

impl Side {
    pub(super) fn new(amount: i64, account: AccountCategory) -> Side {
        let sign = match amount {
            i64::MIN..0 => -1,
            0 => 0,
            1.. => 1,
        };
        Side { sign, account }
    }
}

impl Memo {
    /// How many texts were remembered and how many were worked out, for logs and benches.
    #[must_use]
    pub fn hits_and_misses(&self) -> (u64, u64) {
        (self.hits, self.misses)
    }

    /// Forgets when the rules are others than last time.
    pub(super) fn bind(&mut self, rules: &[u8; 32]) {
        if self.rules.as_ref() != Some(rules) {
            self.rules = Some(*rules);
            self.tags = vec![[0; WAYS]; SETS];
            self.slots = vec![None; SETS * WAYS];
            self.next = vec![0; SETS];
            self.masked = vec![0; KEY_BYTES_MAX];
        }
    }

    /// The label of a text if it is remembered, and where to remember it otherwise.
    pub(super) fn get(&mut self, description: &str, side: Side) -> (Option<Label>, Key) {
        let text = description.as_bytes();
        self.length = text.len();
        let hash = if self.length <= KEY_BYTES_MAX { mask(text, &mut self.masked) } else { 0 };
        let [a, b, c, d, e, f, ..] = hash.to_le_bytes();
        let set = usize::from(u16::from_le_bytes([e, f])) % SETS;
        let key = Key { set, tag: u32::from_le_bytes([a, b, c, d]), side };
        if KEY_BYTES_MAX < self.length {
            self.misses += 1;
            return (None, key);
        }
        let masked = &self.masked[..self.length];
        let first = key.set * WAYS;
        for (way, _) in self.tags[key.set].iter().enumerate().filter(|(_, tag)| **tag == key.tag) {
            if let Some(slot) = &self.slots[first + way]
                && slot.side == side
                && *slot.text == *masked
            {
                self.hits += 1;
                return (Some(slot.label), key);
            }
        }
        self.misses += 1;
        (None, key)
    }

    /// Remembers the label of the text that `key` was got for, which must be the last one.
    pub(super) fn put(&mut self, key: Key, label: Label) {
        if KEY_BYTES_MAX < self.length {
            return;
        }
        let way = usize::from(self.next[key.set]);
        self.tags[key.set][way] = key.tag;
        self.slots[key.set * WAYS + way] =
            Some(Slot { text: self.masked[..self.length].into(), side: key.side, label });
        self.next[key.set] = if way + 1 == WAYS { 0 } else { self.next[key.set] + 1 };
    }
}

const MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;

/// Writes the text with each digit as `0` over the beginning of `out`, eight bytes at a time; the answer places it, and
/// decides nothing. `out` is at least as long.
fn mask(text: &[u8], out: &mut [u8]) -> u64 {
    let mut hash = MULTIPLIER ^ u64::try_from(text.len()).unwrap_or(u64::MAX);
    let mut add = |word: u64| {
        hash = (hash.rotate_left(29) ^ word).wrapping_mul(MULTIPLIER);
    };
    let (words, rest) = text.as_chunks::<8>();
    let (room, end) = out.split_at_mut(words.len() * 8);
    for (word, room) in words.iter().zip(room.as_chunks_mut::<8>().0) {
        let masked = mask_word(u64::from_le_bytes(*word));
        *room = masked.to_le_bytes();
        add(masked);
    }
    if !rest.is_empty() {
        let mut last = [0; 8];
        last[..rest.len()].copy_from_slice(rest);
        let masked = mask_word(u64::from_le_bytes(last));
        end[..rest.len()].copy_from_slice(&masked.to_le_bytes()[..rest.len()]);
        add(masked);
    }
    hash ^ (hash >> 32)
}

/// Eight bytes, each of `0` to `9` as `0`.
fn mask_word(word: u64) -> u64 {
    const HIGH: u64 = 0x8080_8080_8080_8080;
    let low = word & !HIGH;
    // Adding carries into the high bit where a byte is at least '0', and where it is more than '9'. No sum leaves its byte.
    let at_least_0 = low.wrapping_add(0x5050_5050_5050_5050);
    let above_9 = low.wrapping_add(0x4646_4646_4646_4646);
    let digits = ((at_least_0 & !above_9 & !word & HIGH) >> 7).wrapping_mul(0xff);
    (word & !digits) | (0x3030_3030_3030_3030 & digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_digit_of_every_byte_is_masked_and_nothing_else() {
        for byte in 0..=255_u8 {
            for length in 0..20 {
                let text: Vec<u8> = (0..length).map(|at| if at % 3 == 1 { byte } else { b'A' }).collect();
                let expected: Vec<u8> =
                    text.iter().map(|byte| if byte.is_ascii_digit() { b'0' } else { *byte }).collect();
                let mut out = vec![b'-'; 24];
                mask(&text, &mut out);
                out.truncate(text.len());
                assert_eq!(out, expected, "{byte} {length}");
            }
        }
    }

    /// Two texts whose hashes are equal in all 64 bits: the second word of the second undoes what its first word changed.
    fn colliding() -> (String, String) {
        let state = |first: u64| (((MULTIPLIER ^ 16).rotate_left(29)) ^ first).wrapping_mul(MULTIPLIER).rotate_left(29);
        let (first, second) = (*b"ACME LLC", *b" PAYROLL");
        for at in 0_u32.. {
            let other: [u8; 8] =
                std::array::from_fn(|digit| b'A' + u8::try_from((at >> (4 * digit)) & 15).unwrap_or(0));
            let undone =
                u64::from_le_bytes(second) ^ state(u64::from_le_bytes(first)) ^ state(u64::from_le_bytes(other));
            let undone = undone.to_le_bytes();
            if other != first && undone.iter().all(|byte| byte.is_ascii_graphic() && !byte.is_ascii_digit()) {
                let text = |parts: [[u8; 8]; 2]| String::from_utf8(parts.concat()).expect("ASCII");
                return (text([first, second]), text([other, undone]));
            }
        }
        unreachable!("one in some thousand words will do")
    }

    #[test]
    fn a_text_never_gets_the_answer_of_another_whose_hash_is_the_same() {
        let (one, two) = colliding();
        assert_ne!(one, two);
        let mut out = [0; 16];
        assert_eq!(mask(one.as_bytes(), &mut out), mask(two.as_bytes(), &mut out), "{one:?} {two:?}");
        let mut memo = Memo::default();
        memo.bind(&[1; 32]);
        let side = Side::new(1, AccountCategory::Cash);
        let label = |confidence| Label {
            purpose: super::super::label::Purpose(1),
            instrument: super::super::label::Instrument(0),
            role: super::super::label::Role(0),
            rule: super::super::label::RuleId(7),
            confidence,
            counterparty: 3,
        };
        let (none, key) = memo.get(&one, side);
        assert_eq!(none, None);
        memo.put(key, label(90));
        assert_eq!(memo.get(&one, side).0, Some(label(90)));
        let (none, key) = memo.get(&two, side);
        assert_eq!(none, None, "the whole text is compared");
        memo.put(key, label(50));
        assert_eq!((memo.get(&one, side).0, memo.get(&two, side).0), (Some(label(90)), Some(label(50))));
        // Nor does another direction or kind of account.
        assert_eq!(memo.get(&one, Side::new(-1, AccountCategory::Cash)).0, None);
        assert_eq!(memo.get(&one, Side::new(1, AccountCategory::Credit)).0, None);
    }
}
