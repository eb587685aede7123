//! Which rows may be rows of one id: told by hashes alone, for nearly every id of an export stands once.

use std::hash::Hasher;

use rustc_hash::FxHasher;

use super::version::Version;

/// Bits for each row: with so many, one row in some hundred finds its bit taken by a row of another id.
const BITS_A_ROW: usize = 64;

/// The rows whose ids have a hash that another row's id has too, ascending.
pub(super) fn meeting(text: &str, versions: &[Version]) -> Vec<u32> {
    meeting_hashes(&versions.iter().map(|version| hash(version.id_bytes(text))).collect::<Vec<u64>>())
}

/// The places of the hashes that stand in several places, ascending.
fn meeting_hashes(hashes: &[u64]) -> Vec<u32> {
    let bits = (hashes.len() * BITS_A_ROW).next_power_of_two().max(64);
    let place = |hash: u64| {
        let bit = low_bits(hash) & (bits - 1);
        (bit / 64, 1_u64 << (bit % 64))
    };
    let mut taken = vec![0_u64; bits / 64];
    // The bits that several hashes have; most often none has been made.
    let mut shared: Vec<u64> = vec![];
    for hash in hashes {
        let (word, bit) = place(*hash);
        if taken[word] & bit != 0 {
            shared.resize(taken.len(), 0);
            shared[word] |= bit;
        }
        taken[word] |= bit;
    }
    if shared.is_empty() {
        return vec![];
    }
    let has_shared = |hash: u64| {
        let (word, bit) = place(hash);
        shared[word] & bit != 0
    };
    let mut met: Vec<(u64, u32)> = hashes.iter().copied().zip(0..).filter(|(hash, _)| has_shared(*hash)).collect();
    met.sort_unstable();
    let several = met.chunk_by(|a, b| a.0 == b.0).filter(|same| 1 < same.len());
    let mut rows: Vec<u32> = several.flatten().map(|(_, row)| *row).collect();
    rows.sort_unstable();
    rows
}

fn hash(id: &[u8]) -> u64 {
    let mut hasher = FxHasher::default();
    hasher.write(id);
    hasher.finish()
}

#[expect(clippy::cast_possible_truncation, reason = "which bits are dropped does not matter")]
fn low_bits(value: u64) -> usize {
    value as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_meet_exactly_where_one_stands_in_several_places() {
        // A linear congruential sequence, cut so short that some repeat; then hashes that share their low bits and differ.
        let mut state = 7_u64;
        let mut next = move |bits: u32| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            state >> (64 - bits)
        };
        for (count, bits) in [(0, 8), (1, 8), (2, 1), (50, 4), (300, 10), (1_000, 10), (1_000, 40), (5_000, 13)] {
            let short: Vec<u64> = (0..count).map(|_| next(bits)).collect();
            let high: Vec<u64> = short.iter().map(|hash| hash << 40).collect();
            for hashes in [short, high] {
                let is_met = |at: &usize| 1 < hashes.iter().filter(|hash| **hash == hashes[*at]).count();
                let expected: Vec<usize> = (0..hashes.len()).filter(is_met).collect();
                let found: Vec<usize> = meeting_hashes(&hashes).into_iter().map(|at| at as usize).collect();
                assert_eq!(found, expected, "{count} of {bits} bits");
            }
        }
    }

    #[test]
    fn ids_that_differ_in_any_byte_or_in_length_have_hashes_of_their_own() {
        let mut hashes: Vec<u64> = (0..24).map(|bytes| hash(&vec![b'a'; bytes])).collect();
        for at in 0..23 {
            let mut id = [b'a'; 23];
            id[at] = b'b';
            hashes.push(hash(&id));
        }
        assert_eq!(meeting_hashes(&hashes), [0_u32; 0]);
    }
}
