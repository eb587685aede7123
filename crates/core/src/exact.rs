//! Statistics of integers: exact until one division at the end.

/// A quotient of integers, kept until the unit says how to write it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Fraction {
    /// Above the line.
    pub numerator: i128,
    /// Below the line; positive.
    pub denominator: i128,
}

impl Fraction {
    /// A quotient; `None` unless the denominator is positive.
    #[must_use]
    pub fn new(numerator: i128, denominator: i128) -> Option<Fraction> {
        (0 < denominator).then_some(Fraction { numerator, denominator })
    }

    /// The nearest integer, halves to the even one.
    #[must_use]
    pub fn round(self) -> i128 {
        // Nearly all sides fit 64 bits, where a processor divides by itself.
        if let (Ok(numerator), Ok(denominator)) = (i64::try_from(self.numerator), i64::try_from(self.denominator))
            && 0 < denominator
        {
            let (down, rest) = (numerator.div_euclid(denominator), numerator.rem_euclid(denominator));
            let up = match rest.cmp(&(denominator - rest)) {
                std::cmp::Ordering::Less => 0,
                std::cmp::Ordering::Equal => down & 1,
                std::cmp::Ordering::Greater => 1,
            };
            return i128::from(down) + i128::from(up);
        }
        let (down, rest) = (self.numerator.div_euclid(self.denominator), self.numerator.rem_euclid(self.denominator));
        let up = match (rest.saturating_mul(2)).cmp(&self.denominator) {
            std::cmp::Ordering::Less => 0,
            std::cmp::Ordering::Equal => down & 1,
            std::cmp::Ordering::Greater => 1,
        };
        down.saturating_add(up)
    }

    /// The quotient as a real.
    #[must_use]
    pub fn real(self) -> f64 {
        quotient(self.numerator, self.denominator)
    }
}

/// One division. Sides past 2^53 are brought to lowest terms first, so that scaling both by the same factor changes no bit.
#[must_use]
pub fn quotient(numerator: i128, denominator: i128) -> f64 {
    if let (Ok(above), Ok(below)) = (i64::try_from(numerator), i64::try_from(denominator))
        && above.unsigned_abs() | below.unsigned_abs() <= 1 << f64::MANTISSA_DIGITS
    {
        #[expect(clippy::cast_precision_loss, reason = "both are exact")]
        let quotient = above as f64 / below as f64;
        return quotient;
    }
    let (mut a, mut b) = (numerator.unsigned_abs(), denominator.unsigned_abs());
    while b != 0 {
        (a, b) = (b, a % b);
    }
    let common = i128::try_from(a.max(1)).unwrap_or(1);
    real(numerator / common) / real(denominator / common)
}

/// The nearest real; exact below 2^53.
#[must_use]
#[inline]
pub fn real(integer: i128) -> f64 {
    // The nearest either way; most fit 64 bits, which a processor turns by itself.
    #[expect(clippy::cast_precision_loss, reason = "the one rounding that the conventions allow")]
    let real = i64::try_from(integer).map_or_else(|_| wide_real(integer), |narrow| narrow as f64);
    real
}

/// Apart, or a compiler makes one and the same conversion of both, the slow one.
#[cold]
#[inline(never)]
fn wide_real(integer: i128) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "the one rounding that the conventions allow")]
    let real = integer as f64;
    real
}

/// The product of two integers of 64 bits, which never leaves 128: it needs no check.
#[must_use]
#[inline]
pub fn product(a: i64, b: i64) -> i128 {
    i128::from(a).wrapping_mul(i128::from(b))
}

/// An integer so many times.
#[must_use]
#[inline]
pub fn times(integer: i128, by: i64) -> i128 {
    // Nearly all fit 64 bits, where a processor multiplies by itself.
    i64::try_from(integer).map_or_else(|_| integer * i128::from(by), |narrow| product(narrow, by))
}

/// Sample variance (n - 1) from a count, a sum and a sum of squares; `None` below two values.
///
/// # Formula
///
/// (n Σx² - (Σx)²) / (n (n - 1)): integers up to the one division, unless they pass `i128`, which the limits rule out for
/// amounts.
#[must_use]
pub fn variance(count: u64, sum: i128, squares: i128) -> Option<f64> {
    if count < 2 {
        return None;
    }
    let n = i128::from(count);
    let exact = n.checked_mul(squares).and_then(|left| left.checked_sub(sum.checked_mul(sum)?));
    let spread = exact.map_or_else(|| (real(n) * real(squares) - real(sum) * real(sum)).max(0.0), real);
    Some(spread / (real(n) * real(n - 1)))
}

/// Sample standard deviation (n - 1); `None` below two values.
#[must_use]
pub fn deviation(count: u64, sum: i128, squares: i128) -> Option<f64> {
    variance(count, sum, squares).map(f64::sqrt)
}

/// Count, sum and sum of squares of values.
#[must_use]
pub fn moments(values: impl IntoIterator<Item = i128>) -> (u64, i128, i128) {
    values.into_iter().fold((0, 0, 0), |(count, sum, squares), value| {
        let square = match i64::try_from(value) {
            Ok(narrow) => product(narrow, narrow),
            Err(_) => value.saturating_mul(value),
        };
        (count + 1, i128::saturating_add(sum, value), i128::saturating_add(squares, square))
    })
}

/// Twice the median, which is whole; `None` of nothing.
#[must_use]
pub fn twice_median<T: Copy + Ord + Into<i128>>(mut values: Vec<T>) -> Option<i128> {
    let (count, middle) = (values.len(), values.len() / 2);
    if count == 0 {
        return None;
    }
    let (lower, upper, _) = values.select_nth_unstable(middle);
    let upper: i128 = (*upper).into();
    // Of an even number the other middle is the largest of the lower half.
    let below = lower.iter().max().filter(|_| count.is_multiple_of(2));
    Some(upper.saturating_add(below.map_or(upper, |below| (*below).into())))
}

/// A percentile by linear interpolation (type 7) of values in ascending order; `None` when there are none.
///
/// # Source
///
/// Hyndman and Fan, "Sample Quantiles in Statistical Packages" (1996), definition 7.
#[must_use]
pub fn percentile(sorted: &[i64], percent: u8) -> Option<Fraction> {
    let position = Position::of(sorted.len(), percent)?;
    position.between(*sorted.get(position.whole)?, sorted.get(position.whole + 1).copied())
}

/// The same of values in any order.
#[must_use]
pub fn select(mut values: Vec<i64>, percent: u8) -> Option<Fraction> {
    let position = Position::of(values.len(), percent)?;
    let (_, lower, above) = values.select_nth_unstable(position.whole);
    position.between(*lower, above.iter().min().copied())
}

/// Where a percentile (type 7) stands among values in ascending order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Position {
    /// The value at or below it.
    pub whole: usize,
    /// How far it is on the way to the next, in hundredths.
    pub part: u8,
}

impl Position {
    /// Among so many values; `None` when there are none.
    #[must_use]
    pub fn of(count: usize, percent: u8) -> Option<Position> {
        let position = u64::try_from(count.checked_sub(1)?).ok()?.checked_mul(percent.min(100).into())?;
        let part = u8::try_from(position % 100).ok()?;
        Some(Position { whole: usize::try_from(position / 100).ok()?, part })
    }

    /// The percentile, from the value at `whole` and the next, which the last value does not have.
    #[must_use]
    pub fn between(self, lower: i64, upper: Option<i64>) -> Option<Fraction> {
        let lower = i128::from(lower);
        let upper = upper.map_or(lower, i128::from);
        Fraction::new(lower * 100 + (upper - lower) * i128::from(self.part), 100)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_round_to_the_even_neighbour_on_both_sides_of_zero() {
        for (numerator, denominator, want) in
            [(5, 2, 2), (7, 2, 4), (-5, 2, -2), (-7, 2, -4), (8, 3, 3), (-8, 3, -3), (1, 3, 0), (-1, 3, 0), (6, 3, 2)]
        {
            // Sides that fit 64 bits, and the same quotient of sides that do not.
            for scale in [1, 1 << 66] {
                let fraction = Fraction::new(numerator * scale, denominator * scale).expect("positive");
                assert_eq!(fraction.round(), want, "{numerator}/{denominator} by {scale}");
            }
        }
        assert_eq!(Fraction::new(1, 0), None);
    }

    #[test]
    fn sides_of_64_bits_and_wider_ones_round_alike() {
        // The same quotient with both sides scaled past 64 bits.
        let scale = 1_i128 << 80;
        for numerator in -50..50 {
            for denominator in 1..12 {
                let [narrow, wide] = [1, scale].map(|by| Fraction::new(numerator * by, denominator * by));
                assert_eq!(narrow.map(Fraction::round), wide.map(Fraction::round), "{numerator}/{denominator}");
            }
        }
        let extreme = Fraction::new(i128::from(i64::MIN), i128::from(i64::MAX)).expect("positive");
        assert_eq!(extreme.round(), -1);
    }

    #[test]
    fn products_of_integers_within_and_beyond_64_bits_are_exact() {
        assert_eq!(product(i64::MIN, i64::MIN), 1 << 126);
        assert_eq!(product(i64::MAX, i64::MIN), -(1 << 126) + (1 << 63));
        for (integer, by, want) in [(-7, 60, -420), (i128::from(i64::MAX), 2, (1 << 64) - 2), (1 << 80, -3, -3 << 80)] {
            assert_eq!(times(integer, by), want);
        }
    }

    #[test]
    fn the_deviation_of_two_four_four_four_five_five_seven_nine_is_that_of_a_sample() {
        // Mean 5, squared distances 9+1+1+1+0+0+4+16 = 32; 32 / 7.
        let (count, sum, squares) = moments([2, 4, 4, 4, 5, 5, 7, 9]);
        assert_eq!((count, sum, squares), (8, 40, 232));
        let variance = variance(count, sum, squares).expect("eight values");
        assert!((variance - 32.0 / 7.0).abs() < 1e-15);
        assert_eq!(deviation(1, 5, 25), None);
        assert_eq!(deviation(2, 10, 50), Some(0.0));
    }

    #[test]
    fn moments_of_values_beyond_64_bits_are_exact_and_stop_at_the_end_of_128() {
        // The least value beyond 64 bits: 2^63, whose square is 2^126.
        assert_eq!(moments([1 << 63, 3]), (2, (1 << 63) + 3, (1 << 126) + 9));
        assert_eq!(moments([-(1 << 63) - 1]), (1, -(1 << 63) - 1, (1 << 126) + (1 << 64) + 1));
        // The square of 2^64 is 2^128.
        assert_eq!(moments([-(1 << 64)]), (1, -(1 << 64), i128::MAX));
        assert_eq!(moments([i128::MAX, 1]), (2, i128::MAX, i128::MAX));
        assert_eq!(moments([i128::MIN, -1]), (2, i128::MIN, i128::MAX));
    }

    #[test]
    fn amounts_at_the_limit_do_not_overflow() {
        let most = i128::from(crate::limits::AMOUNT_MAX);
        let n = 2_000_000_i128;
        // Half at the limit, half at zero: variance = limit² n² / 4 / (n (n - 1)).
        let variance = variance(2_000_000, most * n / 2, most * most * n / 2).expect("many values");
        let want = 1e30 / 4.0 * (2e6 / (2e6 - 1.0));
        assert!((variance / want - 1.0).abs() < 1e-12, "{variance} {want}");
    }

    #[test]
    fn values_in_any_order_have_the_percentiles_and_the_median_that_they_have_in_ascending_order() {
        for values in [vec![7], vec![9, -4], vec![3, 1, 2], vec![5, 5, -1, 8, 0, 5, 2]] {
            let mut sorted = values.clone();
            sorted.sort_unstable();
            for percent in [0, 10, 50, 90, 100] {
                assert_eq!(select(values.clone(), percent), percentile(&sorted, percent), "{values:?} {percent}");
            }
            let median = percentile(&sorted, 50).expect("values");
            let twice = twice_median(values.clone()).expect("values");
            assert_eq!(twice * median.denominator, 2 * median.numerator, "{values:?}");
        }
        assert_eq!((select(vec![], 50), twice_median::<i64>(vec![])), (None, None));
    }

    #[test]
    fn percentiles_interpolate_between_neighbours() {
        // Type 7 on five values: p10 stands at 0.1 × 4 = 0.4, so 10 + 0.4 × 10 = 14.
        let sorted = [10, 20, 30, 40, 50];
        assert_eq!(percentile(&sorted, 10), Fraction::new(1400, 100));
        assert_eq!(percentile(&sorted, 50), Fraction::new(3000, 100));
        assert_eq!(percentile(&sorted, 100), Fraction::new(5000, 100));
        assert_eq!(percentile(&[1, 2], 50), Fraction::new(150, 100));
        assert_eq!(percentile(&[7], 90), Fraction::new(700, 100));
        assert_eq!(percentile(&[], 50), None);
    }
}
