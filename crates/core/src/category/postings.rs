//! An index of literals: what a key of a text finds, and what a look needs, close together.

use super::rule::Match;

/// A literal as it stands in an index: all that most looks need, in half a cache line.
#[derive(Clone, Copy, Debug)]
pub(super) struct Posting {
    /// Its first sixteen bytes, zero beyond its end.
    pub(super) head: [u64; 2],
    pub(super) length: u32,
    pub(super) literal: u32,
    /// What it means to the finder.
    pub(super) meaning: u32,
    pub(super) matching: Match,
    pub(super) has_digits: bool,
    /// It ends in a letter, so that a word may go on behind it.
    pub(super) ends_in_word: bool,
}

/// A key and where in the text a literal with it would begin.
#[derive(Clone, Copy, Debug)]
pub(super) struct Look {
    pub(super) key: u64,
    pub(super) start: u32,
}

impl Look {
    #[inline]
    pub(super) fn new(key: u64, start: usize) -> Look {
        // No description is that long.
        Look { key, start: u32::try_from(start).unwrap_or(u32::MAX) }
    }
}

/// Literals by a key. Most keys of a text are no literal's, and a bit tells that; what follows lies close together.
#[derive(Clone, Debug)]
pub(super) struct Index {
    /// By the high half of a key, one more than there are.
    groups: Vec<Group>,
    /// The low half of each posting's key.
    tags: Vec<u32>,
    /// In the order of their groups.
    postings: Vec<Posting>,
}

/// Postings whose keys share their high bits but six.
#[derive(Clone, Copy, Default, Debug)]
struct Group {
    /// A bit for each value of those six that some key has.
    seen: u64,
    /// The first of the group's postings.
    start: u32,
}

impl Index {
    pub(super) fn new(keys: &[(u64, Posting)]) -> Index {
        // Sixteen bits for each key: one in sixteen that is no literal's costs a look all the same.
        let count = (keys.len() / 4).next_power_of_two();
        let mut groups = vec![Group::default(); count + 1];
        for (key, _) in keys {
            let (at, bit) = place(*key, count);
            groups[at].seen |= bit;
            groups[at + 1].start += 1;
        }
        let mut sum = 0;
        for group in &mut groups {
            sum += group.start;
            group.start = sum;
        }
        let mut next: Vec<u32> = groups.iter().map(|group| group.start).collect();
        let mut order = vec![0_usize; keys.len()];
        for (number, (key, _)) in keys.iter().enumerate() {
            let next = &mut next[place(*key, count).0];
            order[*next as usize] = number;
            *next += 1;
        }
        let tags = order.iter().map(|at| tag(keys[*at].0)).collect();
        Index { groups, tags, postings: order.iter().map(|at| keys[*at].1).collect() }
    }

    /// Drops most looks whose key no literal has.
    pub(super) fn keep_seen(&self, looks: &mut Vec<Look>) {
        let mut kept = 0;
        for at in 0..looks.len() {
            let look = looks[at];
            looks[kept] = look;
            let (at, bit) = place(look.key, self.groups.len() - 1);
            kept += usize::from(self.groups[at].seen & bit != 0);
        }
        looks.truncate(kept);
    }

    #[inline]
    pub(super) fn get(&self, key: u64, mut found: impl FnMut(&Posting)) {
        let (at, _) = place(key, self.groups.len() - 1);
        for at in self.groups[at].start as usize..self.groups[at + 1].start as usize {
            if self.tags[at] == tag(key) {
                found(&self.postings[at]);
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
