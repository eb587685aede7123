//! What a single value may be, whatever door it comes through: every door checks by these, and so does a history.

use crate::{
    defect::DefectKind,
    limits::{DESCRIPTION_BYTES_MAX, ID_BYTES_MAX, SECONDS_END, SECONDS_HINT_MILLIS, SECONDS_MIN, TERM_MONTHS_MAX},
    money::in_range,
};

/// An identifier: not empty, at most 255 bytes, without control characters. Stripe promises no pattern.
///
/// # Errors
///
/// What is wrong with it.
#[inline]
pub fn id(text: &str) -> Result<&str, DefectKind> {
    if text.is_empty() {
        return Err(DefectKind::MissingValue);
    }
    if ID_BYTES_MAX < text.len() {
        return Err(DefectKind::IdTooLong);
    }
    // Nearly every id is plain ASCII, and one pass over its bytes says so, many at a time because it never stops early.
    if text.bytes().fold(true, |plain, byte| plain & byte.is_ascii_graphic()) {
        return Ok(text);
    }
    if has_nul(text) {
        return Err(DefectKind::ContainsNul);
    }
    // A blank before or behind it makes another id of it, which no other table knows.
    if text.chars().any(char::is_control) || text.trim() != text {
        return Err(DefectKind::IdNotAllowed);
    }
    Ok(text)
}

/// Free text, which may be empty.
///
/// # Errors
///
/// What is wrong with it.
#[inline]
pub fn text(text: &str) -> Result<&str, DefectKind> {
    if DESCRIPTION_BYTES_MAX < text.len() {
        return Err(DefectKind::TextTooLong);
    }
    if has_nul(text) { Err(DefectKind::ContainsNul) } else { Ok(text) }
}

fn has_nul(text: &str) -> bool {
    memchr::memchr(0, text.as_bytes()).is_some()
}

/// True for the words by which tools write null in columns that may be null.
#[must_use]
pub fn is_null_word(text: &str) -> bool {
    matches!(text, "null" | "NULL" | "NaN" | "nan" | "None" | "<NA>" | "NaT")
}

/// A time within the engine's limits.
///
/// # Errors
///
/// It counts milliseconds, or lies outside the limits.
#[inline]
pub fn seconds(value: i64) -> Result<i64, DefectKind> {
    if SECONDS_HINT_MILLIS < value {
        return Err(DefectKind::MillisecondsNotSeconds);
    }
    if (SECONDS_MIN..SECONDS_END).contains(&value) { Ok(value) } else { Err(DefectKind::OutOfRange) }
}

/// T as seconds. Those that read as a date without its signs, `20261101`, are one: as seconds they lie in August 1970.
///
/// # Errors
///
/// As [`seconds`], or it is a date.
pub fn instant(value: i64) -> Result<i64, DefectKind> {
    let (month, day) = (value / 100 % 100, value % 100);
    let is_date = (1_900..2_101).contains(&(value / 10_000)) && (1..13).contains(&month) && (1..32).contains(&day);
    if is_date { Err(DefectKind::NotADate) } else { seconds(value) }
}

/// A double that is an integer, as data frames hold those of columns with nulls.
///
/// # Errors
///
/// It is not whole, or beyond 2^53, above which doubles leave integers out.
#[expect(clippy::cast_possible_truncation, reason = "integral and within 2^53")]
pub fn integral(value: f64) -> Result<i64, DefectKind> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if !value.is_finite() || value.fract() != 0.0 {
        return Err(DefectKind::NotAnInteger);
    }
    if EXACT < value.abs() { Err(DefectKind::OutOfRange) } else { Ok(value as i64) }
}

/// An amount in minor units.
///
/// # Errors
///
/// It is beyond the limit.
#[inline]
pub fn amount(value: i64) -> Result<i64, DefectKind> {
    if in_range(value) { Ok(value) } else { Err(DefectKind::OutOfRange) }
}

/// What is asked for, paid or earned, in minor units: never negative.
///
/// # Errors
///
/// It is negative, or beyond the limit.
pub fn magnitude(value: i64) -> Result<i64, DefectKind> {
    if 0 <= value { amount(value) } else { Err(DefectKind::OutOfRange) }
}

/// A loan's term in months.
///
/// # Errors
///
/// It is none, or longer than a loan's can be.
pub fn term_months(value: i64) -> Result<u32, DefectKind> {
    match u32::try_from(value) {
        Ok(months) if (1..=TERM_MONTHS_MAX).contains(&months) => Ok(months),
        _ => Err(DefectKind::OutOfRange),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_what_every_table_spells_alike() {
        for plain in ["fca_1", "a b", "é", "日本"] {
            assert_eq!(id(plain), Ok(plain));
        }
        let long = "i".repeat(256);
        for (text, kind) in [
            ("", DefectKind::MissingValue),
            (" ", DefectKind::IdNotAllowed),
            ("fca_1 ", DefectKind::IdNotAllowed),
            ("\u{a0}fca_1", DefectKind::IdNotAllowed),
            ("fca\n1", DefectKind::IdNotAllowed),
            ("fca\0", DefectKind::ContainsNul),
            (&long, DefectKind::IdTooLong),
        ] {
            assert_eq!(id(text), Err(kind), "{text:?}");
        }
    }

    #[test]
    fn a_time_is_a_second_of_1970_to_2099() {
        // 2100-01-01T00:00:00Z is 4,102,444,800.
        for good in [1, 4_102_444_799] {
            assert_eq!(seconds(good), Ok(good));
        }
        for bad in [0, -1, i64::MIN, 4_102_444_800, 100_000_000_000] {
            assert_eq!(seconds(bad), Err(DefectKind::OutOfRange), "{bad}");
        }
        for millis in [100_000_000_001, 1_790_000_000_000, i64::MAX] {
            assert_eq!(seconds(millis), Err(DefectKind::MillisecondsNotSeconds), "{millis}");
        }
        assert_eq!([20_261_101, 20_261_301].map(instant), [Err(DefectKind::NotADate), Ok(20_261_301)]);
        assert_eq!([i64::MIN, i64::MAX].map(|t| instant(t).is_err()), [true; 2]);
    }

    #[test]
    fn what_is_asked_for_is_not_negative_and_a_term_is_at_most_a_hundred_years() {
        assert_eq!(
            [-1, 0, 1_000_000_000_000_000, 1_000_000_000_000_001].map(|n| magnitude(n).is_ok()),
            [false, true, true, false]
        );
        assert_eq!([i64::MIN, i64::MAX].map(|n| magnitude(n).is_ok()), [false; 2]);
        assert_eq!(
            [-1, 0, 1, 1_200, 1_201, 1 << 32].map(|n| term_months(n).is_ok()),
            [false, false, true, true, false, false]
        );
    }
}
