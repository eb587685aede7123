//! Names by number: all texts in one allocation, found again by their hash, some 16 bytes a name beside its text.

use std::hash::Hasher as _;

use rustc_hash::FxHasher;

/// An empty slot. Names are numbered below it.
const EMPTY: u32 = u32::MAX;
/// Slots of the first table.
const SLOTS_MIN: usize = 16;

/// Distinct names, numbered in the order in which they were added.
#[derive(Default, Debug)]
pub(super) struct Names {
    text: String,
    // Where each name ends in `text`.
    ends: Vec<usize>,
    // Numbers by hash; a power of two, at most three quarters full.
    slots: Vec<u32>,
}

impl Names {
    /// How many there are.
    pub(super) fn len(&self) -> u32 {
        u32::try_from(self.ends.len()).expect("numbered by u32")
    }

    /// The name of that number.
    pub(super) fn get(&self, number: u32) -> &str {
        let at = number as usize;
        let start = if at == 0 { 0 } else { self.ends[at - 1] };
        &self.text[start..self.ends[at]]
    }

    /// The number of a name that was added.
    pub(super) fn number(&self, name: &str) -> Option<u32> {
        if self.slots.is_empty() {
            return None;
        }
        let found = self.slots[self.slot(name)];
        (found != EMPTY).then_some(found)
    }

    /// The number of a name, which is added unless it is there.
    ///
    /// # Panics
    ///
    /// At four billion names.
    pub(super) fn add(&mut self, name: &str) -> u32 {
        if self.slots.len() * 3 <= (self.ends.len() + 1) * 4 {
            self.grow();
        }
        let slot = self.slot(name);
        if self.slots[slot] == EMPTY {
            let number = self.len();
            assert!(number < EMPTY, "fewer than four billion names");
            self.text.push_str(name);
            self.ends.push(self.text.len());
            self.slots[slot] = number;
        }
        self.slots[slot]
    }

    /// The slot that holds a name, or the empty one that would.
    fn slot(&self, name: &str) -> usize {
        let mask = self.slots.len() - 1;
        let mut at = hash(name) & mask;
        while self.slots[at] != EMPTY && self.get(self.slots[at]) != name {
            at = (at + 1) & mask;
        }
        at
    }

    fn grow(&mut self) {
        let count = (self.slots.len() * 2).max(SLOTS_MIN);
        self.slots = vec![EMPTY; count];
        for number in 0..self.len() {
            // No two are equal, so the first empty slot is the name's.
            let mut at = hash(self.get(number)) & (count - 1);
            while self.slots[at] != EMPTY {
                at = (at + 1) & (count - 1);
            }
            self.slots[at] = number;
        }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "which bits are dropped does not matter")]
fn hash(name: &str) -> usize {
    let mut hasher = FxHasher::default();
    hasher.write(name.as_bytes());
    hasher.finish() as usize
}

/// For each of many pools a list of numbers in the order in which they were added; all numbers stand in one allocation.
#[derive(Default, Debug)]
pub(super) struct Lists {
    // The first and the last entry of each pool's list.
    ends: Vec<Option<(u32, u32)>>,
    // Each number, and the entry after it; the last entry of a list is its own.
    entries: Vec<(u32, u32)>,
}

impl Lists {
    /// Adds a number to a pool's list.
    pub(super) fn push(&mut self, pool: u32, number: u32) {
        let at = u32::try_from(self.entries.len()).expect("fewer than four billion entries");
        self.entries.push((number, at));
        let pool = pool as usize;
        if self.ends.len() <= pool {
            self.ends.resize(pool + 1, None);
        }
        let first = match self.ends[pool] {
            Some((first, last)) => {
                self.entries[last as usize].1 = at;
                first
            }
            None => at,
        };
        self.ends[pool] = Some((first, at));
    }

    /// A pool's list.
    pub(super) fn of(&self, pool: u32) -> impl Iterator<Item = u32> {
        let mut next = self.ends.get(pool as usize).copied().flatten().map(|(first, _)| first);
        std::iter::from_fn(move || {
            let at = next?;
            let (number, after) = self.entries[at as usize];
            next = (after != at).then_some(after);
            Some(number)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_keeps_its_number_and_no_other_name_has_it() {
        let mut names = Names::default();
        assert_eq!((names.number(""), names.number("a"), names.len()), (None, None, 0));
        // The empty name, names that begin alike, and enough to grow several times.
        let all: Vec<String> = std::iter::once(String::new()).chain((0..5_000).map(|at| format!("fca_{at}"))).collect();
        for (number, name) in (0..).zip(&all) {
            assert_eq!(names.number(name), None);
            assert_eq!(names.add(name), number);
            assert_eq!(names.add(name), number);
        }
        for (number, name) in (0..).zip(&all) {
            assert_eq!((names.number(name), names.get(number)), (Some(number), name.as_str()));
        }
        assert_eq!((names.number("fca_5000"), names.number("fca"), names.len()), (None, None, 5_001));
    }

    #[test]
    fn each_list_holds_its_own_numbers_in_the_order_of_arrival() {
        let mut lists = Lists::default();
        for number in 0..1_000 {
            lists.push(number % 7 * 2, number);
        }
        for pool in 0..14 {
            let expected: Vec<u32> = (0..1_000).filter(|number| number % 7 * 2 == pool).collect();
            assert_eq!(lists.of(pool).collect::<Vec<u32>>(), expected, "{pool}");
        }
        assert_eq!(lists.of(99).count(), 0);
    }
}
