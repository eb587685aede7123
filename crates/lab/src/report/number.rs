//! How a report writes numbers: the one place.

use super::Unit;
use crate::metrics::Estimate;

/// Between a number and its unit, and between thousands: narrow, and no line breaks there.
const THIN: char = '\u{202f}';
/// What stands where there is no number.
pub(super) const NONE: &str = "–";

/// `12 345`.
pub(super) fn count(number: u64) -> String {
    grouped(&number.to_string())
}

/// Rows, as a count.
pub(super) fn rows(number: usize) -> String {
    grouped(&number.to_string())
}

/// Weights: a count while they are whole, else with a tenth.
pub(super) fn weight(number: f64) -> String {
    fixed(number, usize::from(number.fract() != 0.0))
}

/// `12.3 %`.
pub(super) fn share(number: f64) -> String {
    percent(number, 1)
}

/// Measures between 0 and 1 and their differences: three decimals.
pub(super) fn auc(number: f64) -> String {
    fixed(number, 3)
}

/// A probability of chance; what is smaller than a thousandth is said to be.
pub(super) fn p(number: f64) -> String {
    if number < 0.001 { format!("<{THIN}0.001") } else { fixed(number, 3) }
}

/// The same in a sentence: `p = 0.020`, `p < 0.001`.
pub(super) fn chance(number: f64) -> String {
    if number < 0.001 { "p < 0.001".to_owned() } else { format!("p = {}", p(number)) }
}

/// A confidence level: `95 %`.
pub(super) fn level(number: f64) -> String {
    percent(number, usize::from(1e-9 < (100.0 * number - (100.0 * number).round()).abs()))
}

/// Decimals with which the largest of some numbers shows four digits that count, at most six.
pub(super) fn decimals(numbers: impl Iterator<Item = f64>) -> usize {
    let largest = numbers.map(f64::abs).fold(0.0, f64::max);
    if largest == 0.0 { 0 } else { usize::try_from(3 - exponent(largest)).unwrap_or(0).min(6) }
}

/// A number that somebody chose, as it was written.
pub(super) fn chosen(number: f64) -> String {
    signed(&number.to_string())
}

/// Four digits that count; whole numbers whole.
pub(super) fn plain(number: f64) -> String {
    if number.fract() == 0.0 && number.abs() < 1e9 {
        return fixed(number, 0);
    }
    match exponent(number) {
        exponent @ -4..=3 => fixed(number, usize::try_from(3 - exponent).unwrap_or(0)),
        4..=8 => fixed(number, 0),
        _ => signed(&format!("{number:.3e}")),
    }
}

/// Of ten, after rounding to four digits.
fn exponent(number: f64) -> i32 {
    let text = format!("{number:.3e}");
    text.split_once('e').and_then(|(_, exponent)| exponent.parse().ok()).unwrap_or(0)
}

/// `612 to 640`; once where both ends read alike.
pub(super) fn span(low: f64, high: f64, write: fn(f64) -> String) -> String {
    let (low, high) = (write(low), write(high));
    if low == high { low } else { format!("{low} to {high}") }
}

/// `0.701 to 0.744`.
pub(super) fn interval(estimate: &Estimate, write: fn(f64) -> String) -> String {
    format!("{} to {}", write(estimate.lower), write(estimate.upper))
}

/// `0.723 (0.701 to 0.744)`.
pub(super) fn estimate(estimate: &Estimate, write: fn(f64) -> String) -> String {
    format!("{} ({})", write(estimate.value), interval(estimate, write))
}

/// A number, or a dash.
pub(super) fn or_none(number: Option<f64>, write: fn(f64) -> String) -> String {
    number.map_or_else(|| NONE.to_owned(), write)
}

/// A tick of an axis whose ticks stand `decimals` apart.
pub(super) fn tick(number: f64, decimals: usize, unit: Unit) -> String {
    let plainly = |number: f64| {
        if decimals <= 6 && number.abs() < 1e7 {
            return fixed(number, decimals);
        }
        // Rounded, so that a tick's last bits do not show.
        let rounded = format!("{number:.3e}").parse().unwrap_or(number);
        if rounded == 0.0 { "0".to_owned() } else { signed(&format!("{rounded:e}")) }
    };
    match unit {
        Unit::Share => percent(number, decimals.saturating_sub(2).min(6)),
        Unit::Number => plainly(number),
    }
}

/// As many decimals, thousands apart, a minus as wide as a plus.
pub(super) fn fixed(number: f64, decimals: usize) -> String {
    signed(&format!("{number:.decimals$}"))
}

fn percent(number: f64, decimals: usize) -> String {
    format!("{}{THIN}%", fixed(100.0 * number, decimals))
}

fn signed(text: &str) -> String {
    match text.strip_prefix('-') {
        // What rounds to zero has no sign.
        Some(digits) if digits.chars().any(|one| one.is_ascii_digit() && one != '0') => {
            format!("\u{2212}{}", grouped(digits))
        }
        Some(digits) => grouped(digits),
        None => grouped(text),
    }
}

/// Thin spaces between thousands of five digits or more.
fn grouped(text: &str) -> String {
    let whole = text.find(|one: char| !one.is_ascii_digit()).unwrap_or(text.len());
    if whole < 5 {
        return text.to_owned();
    }
    let mut out = String::new();
    for (at, digit) in text.chars().enumerate() {
        if 0 < at && at < whole && (whole - at).is_multiple_of(3) {
            out.push(THIN);
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_thin_thousands_a_true_minus_and_no_negative_zero() {
        assert_eq!(count(0), "0");
        assert_eq!(count(9_999), "9999");
        assert_eq!(count(12_345), "12\u{202f}345");
        assert_eq!(count(1_234_567), "1\u{202f}234\u{202f}567");
        assert_eq!(weight(12_345.0), "12\u{202f}345");
        assert_eq!(weight(12_345.25), "12\u{202f}345.2");
        assert_eq!(share(0.1234), "12.3\u{202f}%");
        assert_eq!(share(-0.001), "\u{2212}0.1\u{202f}%");
        assert_eq!(share(-0.0001), "0.0\u{202f}%");
        assert_eq!(auc(0.7235), "0.724");
        assert_eq!(p(0.0009), "<\u{202f}0.001");
        assert_eq!(p(0.02), "0.020");
        assert_eq!(chance(0.02), "p = 0.020");
        assert_eq!(chance(1e-9), "p < 0.001");
        assert_eq!(chosen(0.25), "0.25");
        assert_eq!(level(0.95), "95\u{202f}%");
        assert_eq!(level(0.995), "99.5\u{202f}%");
        assert_eq!(decimals([0.015, -32.5].into_iter()), 2);
        assert_eq!(decimals([0.0].into_iter()), 0);
    }

    #[test]
    fn plain_numbers_show_four_digits_that_count() {
        for (number, text) in [
            (612.0, "612"),
            (612.37, "612.4"),
            (0.012_345_6, "0.01235"),
            (-3.216_49, "\u{2212}3.216"),
            (9_999.6, "10\u{202f}000"),
            (123_456.7, "123\u{202f}457"),
            (1.5e-7, "1.500e-7"),
            (1e300, "1.000e300"),
        ] {
            assert_eq!(plain(number), text, "{number}");
        }
    }
}
