//! An index of literals: what a key of a text finds, and what a look needs, close together.

use super::{
    picks::Picks,
    rule::Match,
    text::{eight, is_word},
};

/// A literal as it stands in an index: all that most looks need, in half a cache line.
#[derive(Clone, Copy, Debug)]
pub(super) struct Posting {
    /// Its first sixteen bytes, zero beyond its end.
    pub(super) head: [u64; 2],
    pub(super) literal: u32,
    /// The low half of its key.
    pub(super) tag: u32,
    pub(super) length: u16,
    /// How many bytes of it stand before the place at which it is looked up.
    pub(super) back: u16,
    pub(super) matching: Match,
    pub(super) has_digits: bool,
    /// A word that goes on behind it is another: it ends in a letter and is no beginning.
    pub(super) ends_word: bool,
    /// It stands at the beginning of a text only.
    pub(super) is_first: bool,
}

// A letter of two bytes becomes two of at most three; no literal is longer than a description.
const _: () = assert!(3 * crate::limits::DESCRIPTION_BYTES_MAX <= u16::MAX as usize);

/// A key and where in the text it stands.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Look {
    pub(super) key: u64,
    pub(super) start: usize,
}

/// Looks worth making.
pub(super) type Looks = Picks<Look>;

impl Looks {
    /// Takes a look to make unless no literal has the key.
    #[inline]
    pub(super) fn at(&mut self, index: &Index, key: u64, start: usize) {
        self.add(Look { key, start }, index.may_have(key));
    }
}

/// Literals by a key. Most keys of a text are no literal's, and a bit tells that; what follows lies close together.
#[derive(Clone, Debug)]
pub(super) struct Index {
    groups: Vec<Group>,
    /// In the order of their groups.
    postings: Vec<Posting>,
}

/// Keys that share their high bits but six.
#[derive(Clone, Copy, Debug, Default)]
#[repr(align(16))]
struct Group {
    /// A bit for each value of those six that some key has.
    seen: u64,
    /// Where its postings begin and end.
    start: u32,
    end: u32,
}

impl Posting {
    /// A literal that is looked up where it begins; `None` when it is too long.
    pub(super) fn new(literal: u32, folded: &[u8], matching: Match, has_digits: bool) -> Option<Posting> {
        Some(Posting {
            head: [eight(folded, 0), eight(folded, 8)],
            literal,
            tag: 0,
            length: u16::try_from(folded.len()).ok()?,
            back: 0,
            matching,
            has_digits,
            ends_word: matches!(matching, Match::Word | Match::Start)
                && folded.last().is_some_and(|byte| is_word(*byte)),
            is_first: matches!(matching, Match::Start | Match::Whole),
        })
    }
}

impl Index {
    pub(super) fn new(keys: &[(u64, Posting)]) -> Index {
        // At most two keys a group: three looks in a hundred whose key no literal has are made all the same.
        let count = (keys.len() / 2).next_power_of_two();
        let mut groups = vec![Group::default(); count];
        for (key, _) in keys {
            let (at, bit) = place(*key, count);
            groups[at].seen |= bit;
            groups[at].end += 1;
        }
        let mut sum = 0;
        for group in &mut groups {
            (group.start, sum) = (sum, sum + group.end);
            group.end = group.start;
        }
        let mut order = vec![0_usize; keys.len()];
        for (number, (key, _)) in keys.iter().enumerate() {
            let group = &mut groups[place(*key, count).0];
            order[group.end as usize] = number;
            group.end += 1;
        }
        let tagged = |(key, posting): (u64, Posting)| Posting { tag: tag(key), ..posting };
        Index { groups, postings: order.iter().map(|at| tagged(keys[*at])).collect() }
    }

    /// Whether a literal may have the key.
    #[inline]
    fn may_have(&self, key: u64) -> bool {
        let (at, bit) = place(key, self.groups.len());
        self.groups[at].seen & bit != 0
    }

    #[inline]
    pub(super) fn get(&self, key: u64, mut found: impl FnMut(&Posting)) {
        let Group { start, end, .. } = self.groups[place(key, self.groups.len()).0];
        for posting in &self.postings[start as usize..end as usize] {
            if posting.tag == tag(key) {
                found(posting);
            }
        }
    }
}

/// The group of a key among `count`, a power of two, and its bit there.
#[inline]
fn place(key: u64, count: usize) -> (usize, u64) {
    let [.., a, b, c, d] = key.to_le_bytes();
    let high = u32::from_le_bytes([a, b, c, d]);
    ((high >> 6) as usize & (count - 1), 1 << (high & 63))
}

#[inline]
fn tag(key: u64) -> u32 {
    let [a, b, c, d, ..] = key.to_le_bytes();
    u32::from_le_bytes([a, b, c, d])
}
