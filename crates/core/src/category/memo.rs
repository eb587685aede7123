//! What one thread remembers of the shapes of text it has seen.

use std::hash::Hasher as _;

use rustc_hash::FxHasher;

use super::{label::Label, matcher::Scratch};
use crate::row::AccountCategory;

/// Sets of the table; each holds [`WAYS`] answers.
const SETS: usize = 4_096;
/// Answers a set holds; the oldest makes room.
const WAYS: usize = 4;
/// Longer keys are not remembered, so that a table stays below 16,384 × (256 + 64) bytes, 5 MiB.
const KEY_BYTES_MAX: usize = 256;

/// What one thread remembers of the texts it has seen; bounded, and never changes an answer.
///
/// The whole key is compared, digit-folded text, direction and kind of account: no hash decides. A memo that meets another
/// set of rules forgets.
#[derive(Clone, Debug, Default)]
pub struct Memo {
    rules: Option<[u8; 32]>,
    slots: Vec<Option<Slot>>,
    /// The way of each set that is overwritten next.
    next: Vec<u8>,
    pub(super) scratch: Scratch,
    /// Answers that were remembered.
    hits: u64,
    /// Answers that were worked out.
    misses: u64,
}

#[derive(Clone, Debug)]
struct Slot {
    /// Part of the text's hash: most other texts differ here, without a look at their bytes.
    tag: u32,
    text: Box<[u8]>,
    side: Side,
    label: Label,
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
            self.slots = vec![None; SETS * WAYS];
            self.next = vec![0; SETS];
        }
    }

    /// The label of the text in `scratch.folded`.
    pub(super) fn get(&mut self, side: Side) -> Option<Label> {
        let text = self.scratch.folded.as_slice();
        let (set, tag) = place(text);
        let first = set * WAYS;
        let known = self.slots[first..first + WAYS]
            .iter()
            .flatten()
            .find(|slot| slot.tag == tag && slot.side == side && *slot.text == *text)
            .map(|slot| slot.label);
        if known.is_some() {
            self.hits += 1;
        } else {
            self.misses += 1;
        }
        known
    }

    /// Remembers the label of the text in `scratch.folded`.
    pub(super) fn put(&mut self, side: Side, label: Label) {
        let text = self.scratch.folded.as_slice();
        if KEY_BYTES_MAX < text.len() {
            return;
        }
        let (set, tag) = place(text);
        let way = &mut self.next[set];
        self.slots[set * WAYS + usize::from(*way)] = Some(Slot { tag, text: text.into(), side, label });
        *way = if usize::from(*way) + 1 == WAYS { 0 } else { *way + 1 };
    }
}

/// The set and the tag of a text. Another hash would only change which texts are forgotten.
fn place(text: &[u8]) -> (usize, u32) {
    let mut hasher = FxHasher::default();
    hasher.write(text);
    let [a, b, c, d, e, f, ..] = hasher.finish().to_le_bytes();
    (usize::from(u16::from_le_bytes([e, f])) % SETS, u32::from_le_bytes([a, b, c, d]))
}
