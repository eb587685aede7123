//! What one thread remembers of the shapes of text it has seen.

use super::{
    label::{Instrument, Label, Purpose, Role, RuleId},
    matcher::{Amounts, Query, Scratch},
    text::eight,
};

/// Sets of a table at first, at most for short keys, and at most for long ones.
const SETS_FIRST: usize = 64;
const SETS: usize = 8_192;
const SETS_LONG: usize = 512;
/// By how much a table grows that is nearly full.
const GROWTH: usize = 8;
/// Answers a set holds. Where a new one comes, the oldest makes room that was not asked for since its turn came last.
const WAYS: usize = 15;
/// What a slot holds before the text: the key's head, the counterparty, the rest of the label.
const HEAD: usize = 3;
/// Eight bytes each: a slot of a short key is two cache lines long.
const SLOT: usize = 16;
const SLOT_LONG: usize = HEAD + KEY_BYTES_MAX / 8;
/// Keys up to this length are short.
const KEY_BYTES_SHORT: usize = (SLOT - HEAD) * 8;
/// Longer keys are not remembered, so that what a thread remembers stays below 122,880 × 128 + 7,680 × 280 bytes and the
/// tags, 18 MiB.
const KEY_BYTES_MAX: usize = 256;

/// Texts that are looked up together.
pub(super) const TOGETHER: usize = 16;

/// What one thread remembers of the texts it has seen; bounded, and never changes an answer.
///
/// The whole key is compared: the text as it stands with each digit as `0`, direction and kind of account, and where a rule read
/// the amount its class. No hash decides. What a text means may depend on its digits; such answers are not remembered. A memo that
/// meets another set of rules forgets.
#[derive(Clone, Debug, Default)]
pub struct Memo {
    rules: Option<[u8; 32]>,
    short: Table<SLOT>,
    long: Table<SLOT_LONG>,
    /// The text looked up last, each digit as `0`, zero behind its end up to eight bytes.
    masked: Vec<u64>,
    /// The same of texts that are looked up together.
    together: Together,
    pub(super) scratch: Scratch,
    /// Answers that were remembered.
    hits: u64,
    /// Answers that were worked out.
    misses: u64,
}

/// Short texts that are looked up together, each digit as `0`.
#[derive(Clone, Debug, Default)]
struct Together {
    keys: [Key; TOGETHER],
    masked: [[u64; SLOT]; TOGETHER],
}

/// Where an answer is remembered.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Key {
    hash: u64,
    /// How long the text is, and its side; 0 of a text that is not remembered. In a slot the class of the amount follows, 0 when
    /// the answer holds for every amount of that sign.
    head: u64,
    length: usize,
    amount: i64,
}

/// The part of a head that a key has.
const SHAPE: u64 = 0xffff_ffff;

impl Key {
    #[inline]
    fn new(hash: u64, query: Query<'_>) -> Key {
        let length = query.description.len();
        let head = match u16::try_from(length) {
            Ok(short) if length <= KEY_BYTES_MAX => {
                // No side is 0.
                let ([a, b], [c, d]) = (short.to_le_bytes(), query.side().bit().to_le_bytes());
                u64::from_le_bytes([a, b, c, d, 0, 0, 0, 0])
            }
            _ => 0,
        };
        Key { hash, head, length, amount: query.amount }
    }

    /// Whether what stands in a slot is the key's answer.
    #[inline]
    fn is_of<const WORDS: usize>(self, Slot(slot): &Slot<WORDS>, masked: &[u64], amounts: &Amounts) -> bool {
        let class = slot[0] >> 32;
        slot[0] & SHAPE == self.head
            && is_same(&slot[HEAD..], masked, self.length)
            && (class == 0 || class == u64::from(amounts.class(self.amount)))
    }

    #[inline]
    fn tag(self) -> u32 {
        let [a, b, c, d, ..] = self.hash.to_le_bytes();
        u32::from_le_bytes([a, b, c, d])
    }

    /// The set of the key among `count`, a power of two.
    #[inline]
    fn set(self, count: usize) -> usize {
        let [.., e, f, _, _] = self.hash.to_le_bytes();
        usize::from(u16::from_le_bytes([e, f])) & (count - 1)
    }
}

impl Memo {
    /// How many texts were remembered and how many were worked out, for logs and benches.
    #[must_use]
    pub fn hits_and_misses(&self) -> (u64, u64) {
        (self.hits, self.misses)
    }

    /// Forgets when the rules are others than last time.
    #[inline]
    pub(super) fn bind(&mut self, rules: &[u8; 32]) {
        if self.rules.as_ref() != Some(rules) {
            self.forget(rules);
        }
    }

    #[cold]
    fn forget(&mut self, rules: &[u8; 32]) {
        self.rules = Some(*rules);
        (self.short, self.long) = (Table::new(SETS_FIRST), Table::new(SETS_FIRST));
        self.masked = vec![0; KEY_BYTES_MAX / 8];
    }

    /// The label of a text if it is remembered, and where to remember it otherwise.
    #[inline]
    pub(super) fn get(&mut self, query: Query<'_>, amounts: &Amounts) -> (Option<Label>, Key) {
        let text = query.description.as_bytes();
        let length = text.len();
        let hash = if length <= KEY_BYTES_MAX { mask(text, &mut self.masked) } else { 0 };
        let key = Key::new(hash, query);
        let found = if length <= KEY_BYTES_SHORT {
            self.short.among(self.short.ways(key), key, &self.masked, amounts).map(unpack)
        } else if length <= KEY_BYTES_MAX {
            self.long.among(self.long.ways(key), key, &self.masked, amounts).map(unpack)
        } else {
            None
        };
        *(if found.is_some() { &mut self.hits } else { &mut self.misses }) += 1;
        (found, key)
    }

    /// The labels that are remembered of some texts, [`TOGETHER`] of them at most. Long texts have none here, nor has one
    /// that meets another's tag: what is not found here is to be looked up alone.
    ///
    /// Looks are likely to leave the CPU's caches, and those of one number are under way together: of each set and of each
    /// slot one number is read for all texts before the rest is for any.
    pub(super) fn get_all<'a>(
        &mut self,
        queries: impl Iterator<Item = Query<'a>>,
        amounts: &Amounts,
    ) -> [Option<Label>; TOGETHER] {
        let Together { keys, masked } = &mut self.together;
        let mut count = 0;
        for ((query, key), masked) in queries.zip(keys.iter_mut()).zip(masked.iter_mut()) {
            // No text has the head 0.
            *key = Key::default();
            if query.description.len() <= KEY_BYTES_SHORT {
                *key = Key::new(mask(query.description.as_bytes(), masked), query);
            }
            count += 1;
        }
        let keys = &keys[..count];
        let (mut ways, mut heads) = ([0; TOGETHER], [0; TOGETHER]);
        for (ways, key) in ways.iter_mut().zip(keys) {
            *ways = self.short.is_first(*key);
        }
        for (ways, key) in ways.iter_mut().zip(keys) {
            *ways |= self.short.ways(*key);
        }
        for ((head, key), ways) in heads.iter_mut().zip(keys).zip(ways) {
            *head = self.short.head(*key, ways);
        }
        let mut found = [None; TOGETHER];
        for ((((found, key), masked), ways), head) in found.iter_mut().zip(keys).zip(masked).zip(ways).zip(heads) {
            if key.head != 0 && head & SHAPE == key.head {
                *found = self.short.among(ways, *key, masked, amounts).map(unpack);
            }
            self.hits += u64::from(found.is_some());
        }
        found
    }

    /// Remembers the label of the text that `key` was got for, which must be the last one, for amounts of that class or for
    /// all.
    pub(super) fn put(&mut self, key: Key, label: Label, class: Option<u32>) {
        let key = Key { head: key.head | u64::from(class.unwrap_or(0)) << 32, ..key };
        if key.length <= KEY_BYTES_SHORT {
            self.short.put(key, &self.masked, pack(label), SETS);
        } else if key.length <= KEY_BYTES_MAX {
            self.long.put(key, &self.masked, pack(label), SETS_LONG);
        }
    }
}

/// Answers by keys; grows as they come, so that who asks little pays little.
#[derive(Clone, Debug, Default)]
struct Table<const WORDS: usize> {
    /// Of each set the parts of hashes, as most other texts differ there without a look at the slot; last the place of the
    /// next turn, and from [`ASKED`] on a bit for each slot that was asked for since its last.
    tags: Vec<Tags>,
    /// Of each set its slots, one behind the other.
    slots: Vec<Slot<WORDS>>,
    /// How many answers came since it grew.
    puts: usize,
}

/// In a cache line of their own.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
struct Tags([u32; WAYS + 1]);

/// Beginning with a cache line.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
struct Slot<const WORDS: usize>([u64; WORDS]);

impl<const WORDS: usize> Slot<WORDS> {
    fn write(&mut self, key: Key, masked: &[u64], label: [u64; 2]) {
        let Slot(slot) = self;
        let words = key.length.div_ceil(8);
        slot[0] = key.head;
        [slot[1], slot[2]] = label;
        slot[HEAD..HEAD + words].copy_from_slice(&masked[..words]);
    }
}

/// The first bit of those of slots that were asked for.
const ASKED: usize = 8;

impl<const WORDS: usize> Table<WORDS> {
    fn new(sets: usize) -> Table<WORDS> {
        Table { tags: vec![Tags([0; WAYS + 1]); sets], slots: vec![Slot([0; WORDS]); sets * WAYS], puts: 0 }
    }

    /// Whether the first slot may hold the answer, as a bit.
    #[inline]
    fn is_first(&self, key: Key) -> u32 {
        u32::from(self.tags[key.set(self.tags.len())].0[0] == key.tag())
    }

    /// The head of the first of these slots; where there are none, of one that costs nothing.
    #[inline]
    fn head(&self, key: Key, ways: u32) -> u64 {
        let at = key.set(self.tags.len()) * WAYS + ways.trailing_zeros() as usize;
        self.slots.get(if ways == 0 { 0 } else { at }).map_or(0, |slot| slot.0[0])
    }

    /// The slots that may hold the answer, a bit each.
    #[inline]
    fn ways(&self, key: Key) -> u32 {
        let Tags(set) = &self.tags[key.set(self.tags.len())];
        (0..WAYS).fold(0_u32, |bits, way| bits | u32::from(set[way] == key.tag()) << way)
    }

    /// The slot of these that holds the answer.
    #[inline]
    fn among(&mut self, mut ways: u32, key: Key, masked: &[u64], amounts: &Amounts) -> Option<&Slot<WORDS>> {
        let at = key.set(self.tags.len());
        while ways != 0 {
            let way = ways.trailing_zeros() as usize;
            ways &= ways - 1;
            if key.is_of(&self.slots[at * WAYS + way], masked, amounts) {
                self.tags[at].0[WAYS] |= 1 << (ASKED + way);
                return Some(&self.slots[at * WAYS + way]);
            }
        }
        None
    }

    /// Takes all answers into a table of more sets.
    fn grow(&mut self, sets: usize) {
        let old = std::mem::replace(self, Table::new(sets));
        for Slot(slot) in old.slots.iter().filter(|slot| slot.0[0] != 0) {
            let [a, b, ..] = slot[0].to_le_bytes();
            let length = usize::from(u16::from_le_bytes([a, b]));
            let words = &slot[HEAD..HEAD + length.div_ceil(8)];
            let hash = finish(words.iter().fold(start(length), |hash, word| step(hash, *word)));
            self.put(Key { hash, head: slot[0], length, amount: 0 }, words, [slot[1], slot[2]], sets);
        }
    }

    fn put(&mut self, key: Key, masked: &[u64], label: [u64; 2], sets_max: usize) {
        let sets = self.tags.len();
        if sets < sets_max && sets * WAYS / 2 <= self.puts {
            self.grow((sets * GROWTH).min(sets_max));
        }
        self.puts += 1;
        let at = key.set(self.tags.len());
        let Tags(set) = &mut self.tags[at];
        let mut way = set[WAYS] as usize % (1 << ASKED);
        let mut asked = set[WAYS] >> ASKED;
        let after = |way: usize| if way + 1 == WAYS { 0 } else { way + 1 };
        while asked & (1 << way) != 0 {
            asked &= !(1 << way);
            way = after(way);
        }
        set[way] = key.tag();
        set[WAYS] = (asked << ASKED) | u32::try_from(after(way)).unwrap_or(0);
        self.slots[at * WAYS + way].write(key, masked, label);
    }
}

/// Whether the first bytes of two masked texts are equal, both zero behind them.
#[inline]
fn is_same(one: &[u64], two: &[u64], length: usize) -> bool {
    let pairs = one.iter().zip(two).take(length.div_ceil(8));
    pairs.fold(0, |differ, (one, two)| differ | (one ^ two)) == 0
}

fn pack(label: Label) -> [u64; 2] {
    let Label { purpose, instrument, role, rule, confidence, counterparty } = label;
    let [a, b, c, d] = rule.0.to_le_bytes();
    [counterparty, u64::from_le_bytes([purpose.0, instrument.0, role.0, confidence, a, b, c, d])]
}

#[inline]
fn unpack<const WORDS: usize>(Slot(slot): &Slot<WORDS>) -> Label {
    let (counterparty, rest) = (slot[1], slot[2]);
    let [purpose, instrument, role, confidence, a, b, c, d] = rest.to_le_bytes();
    Label {
        purpose: Purpose(purpose),
        instrument: Instrument(instrument),
        role: Role(role),
        rule: RuleId(u32::from_le_bytes([a, b, c, d])),
        confidence,
        counterparty,
    }
}

const MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;

/// Writes the text with each digit as `0` over the beginning of `out`, which has room in pairs; the answer places it, and decides
/// nothing.
#[inline]
fn mask(text: &[u8], out: &mut [u64]) -> u64 {
    let (whole, rest) = text.as_chunks::<16>();
    let mut hash = start(text.len());
    let (rooms, _) = out.as_chunks_mut::<2>();
    let mut rooms = rooms.iter_mut();
    for (bytes, room) in whole.iter().zip(&mut rooms) {
        // Both halves go at once.
        let both = u128::from_le_bytes(*bytes);
        let halves = [both & u128::from(u64::MAX), both >> 64].map(|half| u64::try_from(half).unwrap_or(0));
        *room = halves.map(mask_word);
        hash = step(step(hash, room[0]), room[1]);
    }
    if let (false, Some(room)) = (rest.is_empty(), rooms.next()) {
        let done = 16 * whole.len();
        room[0] = mask_word(eight(text, done));
        hash = step(hash, room[0]);
        if 8 < rest.len() {
            room[1] = mask_word(eight(text, done + 8));
            hash = step(hash, room[1]);
        }
    }
    finish(hash)
}

/// The hash of a masked text: how long it is, then eight bytes at a time.
#[inline]
fn start(length: usize) -> u64 {
    MULTIPLIER ^ u64::try_from(length).unwrap_or(u64::MAX)
}

#[inline]
fn step(hash: u64, word: u64) -> u64 {
    (hash.rotate_left(29) ^ word).wrapping_mul(MULTIPLIER)
}

#[inline]
fn finish(hash: u64) -> u64 {
    hash ^ (hash >> 32)
}

/// Eight bytes, each of `0` to `9` as `0`.
#[inline]
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
    use crate::row::AccountCategory;

    #[test]
    fn every_digit_of_every_byte_is_masked_and_nothing_else() {
        for byte in 0..=255_u8 {
            for length in 0..20 {
                let text: Vec<u8> = (0..length).map(|at| if at % 3 == 1 { byte } else { b'A' }).collect();
                let expected: Vec<u8> =
                    text.iter().map(|byte| if byte.is_ascii_digit() { b'0' } else { *byte }).collect();
                let mut words = [u64::MAX; 4];
                mask(&text, &mut words);
                let mut out: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
                let behind = out.split_off(text.len());
                assert_eq!(out, expected, "{byte} {length}");
                let in_word = text.len().next_multiple_of(8) - text.len();
                assert_eq!(behind.iter().take(in_word).max().copied().unwrap_or(0), 0, "{byte} {length}");
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
        let mut out = [0; 2];
        assert_eq!(mask(one.as_bytes(), &mut out), mask(two.as_bytes(), &mut out), "{one:?} {two:?}");
        let mut memo = Memo::default();
        memo.bind(&[1; 32]);
        let amounts = Amounts::default();
        let query = |description| Query { description, amount: 1, account: AccountCategory::Cash };
        let label = |confidence| Label {
            purpose: super::super::label::Purpose(1),
            instrument: super::super::label::Instrument(0),
            role: super::super::label::Role(0),
            rule: super::super::label::RuleId(7),
            confidence,
            counterparty: 3,
        };
        let (none, key) = memo.get(query(&one), &amounts);
        assert_eq!(none, None);
        memo.put(key, label(90), None);
        assert_eq!(memo.get(query(&one), &amounts).0, Some(label(90)));
        let (none, key) = memo.get(query(&two), &amounts);
        assert_eq!(none, None, "the whole text is compared");
        memo.put(key, label(50), None);
        assert_eq!(
            (memo.get(query(&one), &amounts).0, memo.get(query(&two), &amounts).0),
            (Some(label(90)), Some(label(50)))
        );
        let both = [one.as_str(), &two, &one].map(query);
        let found = memo.get_all(both.into_iter(), &amounts);
        assert_eq!(found[..4], [Some(label(90)), Some(label(50)), Some(label(90)), None], "together as alone");
        // Nor does another direction or kind of account.
        let outflow = Query { amount: -1, ..query(&one) };
        assert_eq!(memo.get(outflow, &amounts).0, None);
        let card = Query { account: AccountCategory::Credit, ..query(&one) };
        assert_eq!(memo.get(card, &amounts).0, None);
    }

    #[test]
    fn answers_of_every_length_come_back_whole_and_what_was_asked_for_stays_longest() {
        let label = |number: u32| Label {
            purpose: Purpose(u8::try_from(number % 251).unwrap_or(0)),
            instrument: Instrument(u8::try_from(number % 7).unwrap_or(0)),
            role: Role(u8::try_from(number % 11).unwrap_or(0)),
            rule: if number.is_multiple_of(5) { RuleId::NONE } else { RuleId(number) },
            confidence: u8::try_from(number % 101).unwrap_or(0),
            counterparty: u64::from(number) << 40 | 3,
        };
        let mut memo = Memo::default();
        memo.bind(&[1; 32]);
        let amounts = Amounts::default();
        fn query(description: &str) -> Query<'_> {
            Query { description, amount: -1, account: AccountCategory::Unknown }
        }
        let whole = "AB 7/x".repeat(45);
        let texts: Vec<&str> = (0..=KEY_BYTES_MAX + 2).map(|length| &whole[..length]).collect();
        for (number, text) in (0_u32..).zip(&texts) {
            let (none, key) = memo.get(query(text), &amounts);
            assert_eq!(none, None, "{}", text.len());
            memo.put(key, label(number), None);
        }
        for (number, text) in (0_u32..).zip(&texts) {
            let expected = (text.len() <= KEY_BYTES_MAX).then(|| label(number));
            assert_eq!(memo.get(query(text), &amounts).0, expected, "{}", text.len());
        }
        // Four times as many texts as there are slots come once each, so that the table grows to its full size and turns over.
        let (often, once) = ("ALWAYS AGAIN", "NEVER AGAIN");
        for text in [often, once] {
            let key = memo.get(query(text), &amounts).1;
            memo.put(key, label(1), None);
        }
        for number in 0..u32::try_from(4 * SETS * WAYS).unwrap_or(0) {
            let letters: String =
                (0..6).map(|digit| char::from(b'A' + u8::try_from(number >> (4 * digit) & 15).unwrap_or(0))).collect();
            let key = memo.get(query(&letters), &amounts).1;
            memo.put(key, label(number), None);
            if number.is_multiple_of(64) {
                assert_eq!(memo.get(query(often), &amounts).0, Some(label(1)), "{number}");
            }
        }
        assert_eq!(memo.get(query(once), &amounts).0, None);
    }
}
