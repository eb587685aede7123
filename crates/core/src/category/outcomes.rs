//! What it means that a literal, or a word with all that it means alone, stands in a text.

use rustc_hash::FxHashMap;

use super::{literal_table::TooLarge, literals::Literals};

/// Places that an outcome holds itself; few have more.
const PLACES: usize = 3;
/// Places that are compared at once.
const TOGETHER: usize = 8;
/// Sides stand above the place of a rule, [`LAST`] above them.
const SIDES: u32 = 32;
/// Nothing more is said.
const LAST: u64 = 1 << 63;

/// What is said by one number.
#[derive(Clone, Copy, Debug, Default)]
#[repr(align(32))]
struct Outcome {
    /// Rules that may decide: the place of each, and above it a bit for each side of which it speaks.
    places: [u64; PLACES],
    /// Where the lists of conditions that it is in stand among [`Outcomes::rows`]; 0 is in none.
    row: u32,
    /// Where further places stand among [`Outcomes::more`]; 0 is none.
    more: u32,
}

/// By number, what is said.
#[derive(Clone, Debug)]
pub(super) struct Outcomes {
    all: Vec<Outcome>,
    more: Vec<u64>,
    /// A bit for each list of conditions, [`Outcomes::width`] numbers a row.
    rows: Vec<u64>,
    width: usize,
    /// The most places that one outcome has there.
    more_max: usize,
}

/// What the literals in a text say; the space is kept.
#[derive(Clone, Debug, Default)]
pub(super) struct Saying {
    /// Places of rules that speak, up to `count`, and as many zeros, which are none, as fill the last [`TOGETHER`].
    places: Vec<u32>,
    count: usize,
    /// Where the lists of conditions stand that hold something of the text, up to `rows_count`.
    rows: Vec<u32>,
    rows_count: usize,
}

impl Outcomes {
    /// `places` are literals with the place of a rule and its sides, `named_in` literals with the list that they are in.
    pub(super) fn new(
        literals: &Literals,
        places: impl Iterator<Item = (u32, u32, u16)>,
        named_in: &[(u32, u32)],
        lists: u32,
    ) -> Result<Outcomes, TooLarge> {
        let count = literals.count();
        let places =
            Lists::new(count, places.map(|(at, place, sides)| (at, (u64::from(sides) << SIDES) | u64::from(place))));
        let named_in = Lists::new(count, named_in.iter().copied());
        let width = (lists as usize).div_ceil(64).max(1);
        let mut outcomes = Outcomes { all: vec![], more: vec![LAST], rows: vec![0], width, more_max: 0 };
        let words = literals.words();
        outcomes.all.resize(words + count, Outcome::default());
        // Most literals of one list of conditions are in no other.
        let mut rows = FxHashMap::default();
        for literal in 0..count {
            outcomes.all[words + literal] = outcomes.outcome(places.of(literal), named_in.of(literal), &mut rows)?;
        }
        let (mut own_places, mut own_lists) = (vec![], vec![]);
        for word in 0..words {
            outcomes.all[word] = match literals.of_word(word) {
                [] => continue,
                [only] => outcomes.all[words + *only as usize],
                several => {
                    own_places.clear();
                    own_lists.clear();
                    for literal in several {
                        own_places.extend_from_slice(places.of(*literal as usize));
                        own_lists.extend_from_slice(named_in.of(*literal as usize));
                    }
                    outcomes.outcome(&own_places, &own_lists, &mut rows)?
                }
            };
        }
        Ok(outcomes)
    }

    /// `rows` are the rows so far, by their lists.
    fn outcome(
        &mut self,
        places: &[u64],
        lists: &[u32],
        rows: &mut FxHashMap<Vec<u32>, u32>,
    ) -> Result<Outcome, TooLarge> {
        let mut outcome = Outcome::default();
        if !lists.is_empty() {
            outcome.row = match rows.get(lists) {
                Some(row) => *row,
                None => {
                    let row = self.row(lists)?;
                    rows.insert(lists.to_vec(), row);
                    row
                }
            };
        }
        for (room, place) in outcome.places.iter_mut().zip(places) {
            *room = *place;
        }
        if let Some([further @ .., last]) = places.get(PLACES..) {
            outcome.more = u32::try_from(self.more.len())?;
            self.more_max = self.more_max.max(further.len() + 1);
            self.more.extend_from_slice(further);
            self.more.push(last | LAST);
        }
        Ok(outcome)
    }

    fn row(&mut self, lists: &[u32]) -> Result<u32, TooLarge> {
        let start = self.rows.len();
        self.rows.resize(start + self.width, 0);
        for list in lists {
            self.rows[start + *list as usize / 64] |= 1 << (list % 64);
        }
        Ok(u32::try_from(start)?)
    }

    /// Gathers what the numbers found say, of rules those that speak of the side.
    pub(super) fn say(&self, found: &[u32], side: u16, said: &mut Saying) {
        let side = u64::from(side) << SIDES;
        let room = (PLACES + self.more_max) * found.len() + TOGETHER;
        if said.places.len() < room {
            said.places.resize(room, 0);
            said.rows.resize(room, 0);
        }
        let (places, mut count) = (said.places.as_mut_slice(), 0_usize);
        let (rows, mut rows_count) = (said.rows.as_mut_slice(), 0_usize);
        // Whether a rule speaks is not foreseen, so that the next place is written over one whose rule does not.
        let mut add = |place: u64| {
            let [a, b, c, d, ..] = place.to_le_bytes();
            places[count] = u32::from_le_bytes([a, b, c, d]);
            count = count.wrapping_add(usize::from(place & side != 0));
        };
        for number in found {
            let outcome = &self.all[*number as usize];
            outcome.places.into_iter().for_each(&mut add);
            rows[rows_count] = outcome.row;
            rows_count = rows_count.wrapping_add(usize::from(outcome.row != 0));
            if outcome.more != 0 {
                for place in &self.more[outcome.more as usize..] {
                    add(*place);
                    if place & LAST != 0 {
                        break;
                    }
                }
            }
        }
        places[count..][..TOGETHER].fill(0);
        (said.count, said.rows_count) = (count, rows_count);
    }

    /// Whether the text holds a literal of the list.
    #[inline]
    pub(super) fn has_any_of(&self, said: &Saying, list: u32) -> bool {
        let bits = &self.rows[list as usize / 64..];
        said.rows[..said.rows_count].iter().any(|row| bits[*row as usize] >> (list % 64) & 1 == 1)
    }
}

impl Saying {
    /// The places of rules that may decide, in no order and some twice.
    pub(super) fn places(&self) -> &[u32] {
        &self.places[..self.count]
    }

    /// The first place behind one.
    #[inline]
    pub(super) fn next(&self, after: u32) -> Option<u32> {
        let all = self.places[..self.count.next_multiple_of(TOGETHER)].as_chunks::<TOGETHER>().0;
        // How far each lies behind; those that do not are farther than any. Which is nearest is not foreseen.
        let first = after.wrapping_add(1);
        let mut nearest = [u32::MAX; TOGETHER];
        for places in all {
            for (nearest, place) in nearest.iter_mut().zip(places) {
                *nearest = (*nearest).min(place.wrapping_sub(first));
            }
        }
        let place = first.wrapping_add(nearest.into_iter().fold(u32::MAX, u32::min));
        (after < place).then_some(place)
    }
}

/// A list for each number, one behind the other.
struct Lists<T> {
    all: Vec<T>,
    starts: Vec<u32>,
}

impl<T: Copy + Default> Lists<T> {
    fn new(count: usize, pairs: impl Iterator<Item = (u32, T)>) -> Lists<T> {
        let pairs: Vec<(u32, T)> = pairs.collect();
        let mut starts = vec![0_u32; count + 1];
        pairs.iter().for_each(|(at, _)| starts[*at as usize] += 1);
        let mut sum = 0;
        for start in &mut starts {
            sum += *start;
            *start = sum;
        }
        // Each list is filled from its end, so that its start is left.
        let mut all = vec![T::default(); pairs.len()];
        for (at, value) in pairs.iter().rev() {
            let start = &mut starts[*at as usize];
            *start -= 1;
            all[*start as usize] = *value;
        }
        Lists { all, starts }
    }

    fn of(&self, at: usize) -> &[T] {
        &self.all[self.starts[at] as usize..self.starts[at + 1] as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{literal_table::LiteralTable, rule::Match},
        *,
    };

    /// Two sides, and both.
    const ODD: u16 = 1;
    const EVEN: u16 = 1 << 14;

    #[test]
    fn each_side_hears_of_the_rules_that_speak_of_it_and_lists_of_their_own_literals() {
        let mut table = LiteralTable::default();
        let [acme, zeta] = ["ACME", "ZETA"].map(|text| table.intern(text, Match::Word).expect("few"));
        let literals = table.finish().expect("few");
        // Nine places of one literal, six more than an outcome holds itself; four of the other, one more.
        let of_acme = (1..=9).map(|place| (acme, place, if place % 2 == 0 { EVEN } else { ODD }));
        let places = of_acme.chain((10..=13).map(|place| (zeta, place, ODD | EVEN)));
        // List 129 is the second bit of the third word, as 65 is of the second and 1 of the first.
        let outcomes = Outcomes::new(&literals, places, &[(acme, 129), (zeta, 1)], 130).expect("few");
        let words = u32::try_from(literals.words()).expect("few");
        let word_of = |literal: u32| {
            let number = (0..literals.words()).find(|number| literals.of_word(*number) == [literal]);
            u32::try_from(number.expect("each is a word")).expect("few")
        };
        let mut said = Saying::default();
        let mut hear = |found: &[u32], side: u16| {
            outcomes.say(found, side, &mut said);
            let mut places = said.places().to_vec();
            places.sort_unstable();
            let mut in_turn = vec![];
            while let Some(place) = said.next(in_turn.last().copied().unwrap_or(0)) {
                in_turn.push(place);
            }
            assert_eq!(in_turn, places, "{found:?} {side}");
            (places, [1, 65, 129].map(|list| outcomes.has_any_of(&said, list)))
        };
        // A literal says the same as the word that is nothing else.
        for acme_found in [words + acme, word_of(acme)] {
            for zeta_found in [words + zeta, word_of(zeta)] {
                let by_acme = [false, false, true];
                assert_eq!(hear(&[acme_found], ODD), (vec![1, 3, 5, 7, 9], by_acme));
                assert_eq!(hear(&[acme_found], EVEN), (vec![2, 4, 6, 8], by_acme));
                assert_eq!(hear(&[acme_found], u16::MAX), ((1..=9).collect(), by_acme));
                assert_eq!(hear(&[acme_found], 1 << 7), (vec![], by_acme), "a side of which no rule speaks");
                assert_eq!(
                    hear(&[zeta_found, acme_found], EVEN),
                    (vec![2, 4, 6, 8, 10, 11, 12, 13], [true, false, true])
                );
                // What was said before is forgotten.
                assert_eq!(hear(&[zeta_found], ODD), ((10..=13).collect(), [true, false, false]));
                assert_eq!(hear(&[], u16::MAX), (vec![], [false; 3]));
            }
        }
    }
}
