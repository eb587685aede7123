//! Which accounts are worth comparing row by row.

use super::Print;

/// Accounts with one mark that are compared with each other; a mark of more is common and tells nothing of two.
pub const MARK_BLOCK_MAX: usize = 32;
/// Accounts of one bank, last digits and kind that are compared with each other; of more, only those with a mark in common.
pub const KEY_BLOCK_MAX: usize = 64;

/// Pairs to compare, and what was passed over.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Candidates {
    /// Places in the list of prints, the smaller first; ascending, without repeats.
    pub pairs: Vec<(u32, u32)>,
    /// Marks that more than [`MARK_BLOCK_MAX`] accounts have.
    pub marks_too_common: u64,
    /// Banks with last digits and kind that more than [`KEY_BLOCK_MAX`] accounts have.
    pub blocks_too_large: u64,
}

/// Finds the pairs: accounts with a mark in common, and accounts of one holder with bank, last digits and kind in common.
#[must_use]
pub fn candidates(prints: &[Print]) -> Candidates {
    let mut found = Candidates::default();
    let mut marked: Vec<(u64, u32)> =
        prints.iter().zip(0..).flat_map(|(print, at)| print.marks.iter().map(move |mark| (*mark, at))).collect();
    marked.sort_unstable();
    for block in marked.chunk_by(|a, b| a.0 == b.0) {
        if MARK_BLOCK_MAX < block.len() {
            found.marks_too_common += 1;
            continue;
        }
        for (place, (_, one)) in block.iter().enumerate() {
            found.pairs.extend(block[place + 1..].iter().map(|(_, other)| (*one, *other)));
        }
        // A pair that shares all its marks would stand here a dozen times.
        if found.pairs.len() == found.pairs.capacity() {
            found.pairs.sort_unstable();
            found.pairs.dedup();
        }
    }
    of_keys(prints, &mut found);
    found.pairs.sort_unstable();
    found.pairs.dedup();
    found
}

fn of_keys(prints: &[Print], found: &mut Candidates) {
    let key = |at: u32| {
        let print = &prints[at as usize];
        Some((print.institution.as_deref()?, print.last4.as_deref()?, print.category, print.subcategory))
    };
    let mut keyed: Vec<u32> = (0..).take(prints.len()).filter(|at| key(*at).is_some()).collect();
    keyed.sort_by(|a, b| key(*a).cmp(&key(*b)).then(a.cmp(b)));
    for block in keyed.chunk_by(|a, b| key(*a) == key(*b)) {
        if KEY_BLOCK_MAX < block.len() {
            found.blocks_too_large += 1;
            continue;
        }
        for (place, one) in block.iter().enumerate() {
            let of_one = |other: &&u32| {
                let (one, other) = (&prints[*one as usize], &prints[**other as usize]);
                (!one.holder.is_empty() && one.holder == other.holder) || share_a_mark(&one.marks, &other.marks)
            };
            found.pairs.extend(block[place + 1..].iter().filter(of_one).map(|other| (*one, *other)));
        }
    }
}

/// Both ascending.
fn share_a_mark(one: &[u64], other: &[u64]) -> bool {
    one.iter().any(|mark| other.binary_search(mark).is_ok())
}
