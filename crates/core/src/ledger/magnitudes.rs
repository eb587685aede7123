//! Amounts that were met, without their sign: most rows have an amount that no row of the other direction has, and need no closer
//! look.

/// Magnitudes that were met, or others in their place: one that was met is never missed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Magnitudes([u64; 64]);

impl Magnitudes {
    /// None yet.
    pub(super) const NONE: Magnitudes = Magnitudes([0; 64]);

    /// Meets the magnitude of an amount.
    pub(super) fn insert(&mut self, amount: i64) {
        let (word, bit) = Magnitudes::place(amount);
        self.0[word] |= bit;
    }

    /// Whether the magnitude of an amount may be among them.
    pub(super) fn may_hold(&self, amount: i64) -> bool {
        let (word, bit) = Magnitudes::place(amount);
        self.0[word] & bit != 0
    }

    /// One of 4,096 bits, by the upper bits of a product with the golden ratio.
    fn place(amount: i64) -> (usize, u64) {
        let mixed = amount.unsigned_abs().wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 52;
        (usize::from(u16::try_from(mixed >> 6).unwrap_or(0)), 1 << (mixed & 63))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_magnitude_that_was_met_is_found_from_either_side_and_few_others_are() {
        let mut met = Magnitudes::NONE;
        assert!((1..1_000).all(|amount| !met.may_hold(amount)));
        for amount in [1, -45_000, 99_999_999, i64::MIN] {
            met.insert(amount);
            assert!(met.may_hold(amount) && met.may_hold(amount.saturating_neg()) | (amount == i64::MIN));
        }
        // Four of 4,096 bits: about one in a thousand.
        assert!((100..10_100).filter(|amount| met.may_hold(*amount)).count() < 100);
    }
}
