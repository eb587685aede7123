//! Counts as real numbers, for rates and sums.

/// A count as a real number; exact below 2^53, as all counts of loans are.
pub(crate) fn real<N: TryInto<u64>>(count: N) -> f64 {
    // A count that is none of these types' own, which no caller has, is beyond every bound.
    #[expect(clippy::cast_precision_loss, reason = "counts of loans stay far below 2^53")]
    count.try_into().map_or(f64::INFINITY, |count: u64| count as f64)
}
