//! Names by number: all texts in one allocation, found again by their hash, some 16 bytes a name beside its text.

use std::hash::Hasher as _;

use rustc_hash::FxHasher;

/// An empty slot. Names are numbered below it.
const EMPTY: u32 = u32::MAX;
/// Names that are looked up together.
const TOGETHER: usize = 32;
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
        let (start, end) = self.span(number);
        &self.text[start..end]
    }

    /// Where the name of that number begins and ends.
    fn span(&self, number: u32) -> (usize, usize) {
        let at = number as usize;
        (if at == 0 { 0 } else { self.ends[at - 1] }, self.ends[at])
    }

    /// The number of a name that was added.
    pub(super) fn number(&self, name: &str) -> Option<u32> {
        if self.slots.is_empty() {
            return None;
        }
        let found = self.slots[self.slot(name)];
        (found != EMPTY).then_some(found)
    }

    /// The numbers of many names, as [`Names::number`] has each.
    ///
    /// In a large table a look leaves the CPU's caches three times, for the slot, the place of the text and the text. Each of the
    /// three is done for many names before the next, so that they are under way together.
    pub(super) fn numbers<'n>(&self, names: impl Iterator<Item = &'n str> + Clone, found: &mut Vec<Option<u32>>) {
        found.clear();
        if self.slots.is_empty() {
            return found.extend(names.map(|_| None));
        }
        let mask = self.slots.len() - 1;
        let (mut slots, mut numbers, mut spans) = ([0; TOGETHER], [EMPTY; TOGETHER], [(0, 0); TOGETHER]);
        let mut rest = names;
        loop {
            let some = rest.clone().take(TOGETHER);
            let mut count = 0;
            for (slot, name) in slots.iter_mut().zip(some.clone()) {
                *slot = hash(name) & mask;
                count += 1;
            }
            for (number, slot) in numbers.iter_mut().zip(&slots[..count]) {
                *number = self.slots[*slot];
            }
            for (span, number) in spans.iter_mut().zip(&numbers[..count]) {
                *span = if *number == EMPTY { (0, 0) } else { self.span(*number) };
            }
            for ((name, number), (start, end)) in some.zip(&numbers).zip(&spans) {
                let is_it = *number != EMPTY && self.text[*start..*end] == *name;
                found.push(if is_it { Some(*number) } else { self.number(name) });
            }
            if count < TOGETHER {
                return;
            }
            rest.nth(TOGETHER - 1);
        }
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

/// For each of many pools a list of numbers, each number in one list at most: what came last stands first.
#[derive(Default, Debug)]
pub(super) struct Chains {
    // The number that each pool's list begins with, and the one after each number; `EMPTY` for none.
    first: Vec<u32>,
    next: Vec<u32>,
}

impl Chains {
    /// Puts a number at the head of a pool's list.
    pub(super) fn push(&mut self, pool: u32, number: u32) {
        let (pool, at) = (pool as usize, number as usize);
        if self.first.len() <= pool {
            self.first.resize(pool + 1, EMPTY);
        }
        if self.next.len() <= at {
            self.next.resize(at + 1, EMPTY);
        }
        self.next[at] = std::mem::replace(&mut self.first[pool], number);
    }

    /// A pool's list.
    pub(super) fn of(&self, pool: u32) -> impl Iterator<Item = u32> {
        let mut next = self.first.get(pool as usize).copied().unwrap_or(EMPTY);
        std::iter::from_fn(move || {
            let number = (next != EMPTY).then_some(next)?;
            next = self.next[number as usize];
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
        // Together as alone, whole groups and parts of one, known and not.
        let mut found = vec![Some(7)];
        for count in [0, 1, 31, 32, 33, 64, 5_001] {
            let mixed = || all[..count].iter().flat_map(|name| [name.as_str(), "fca_none"]);
            names.numbers(mixed(), &mut found);
            let alone: Vec<Option<u32>> = (0..).take(count).flat_map(|number| [Some(number), None]).collect();
            assert_eq!(found, alone, "{count}");
        }
        Names::default().numbers(["a", "b"].into_iter(), &mut found);
        assert_eq!(found, [None, None]);
    }

    #[test]
    fn each_list_holds_its_own_numbers_the_last_first() {
        let mut lists = Chains::default();
        for number in 0..1_000 {
            lists.push(number % 7 * 2, number);
        }
        for pool in 0..14 {
            let expected: Vec<u32> = (0..1_000).rev().filter(|number| number % 7 * 2 == pool).collect();
            assert_eq!(lists.of(pool).collect::<Vec<u32>>(), expected, "{pool}");
        }
        assert_eq!(lists.of(99).count(), 0);
    }
}
