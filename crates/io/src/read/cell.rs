//! Strict parsers of single values, whatever file they come from: text of a CSV cell, a typed Parquet value, a node of a
//! struct or list. A value that is not exactly what the grammar says is a kind of defect, never a guess.

use cashline_core::{defect::DefectKind, field, money::Currency, row::AsOf, time::Day};

pub(crate) use cashline_core::field::{id as id_text, integral, seconds as in_time};

use crate::read::nested::Nested;

/// One value as the file holds it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Cell<'a> {
    /// Nothing there.
    Null,
    /// Text of a CSV cell or a string column.
    Text(&'a str),
    /// A typed integer, or a typed instant in seconds.
    Int(i64),
    /// A typed calendar date.
    Date(Day),
    /// A typed DOUBLE.
    Real(f64),
    /// A typed boolean.
    Bool(bool),
    /// A list, struct or map.
    Node(&'a Nested<'a>),
}

impl<'a> Cell<'a> {
    /// Empty text is nothing; so is NaN, by which data frames write null.
    fn plain(self) -> Cell<'a> {
        match self {
            Cell::Text("") => Cell::Null,
            Cell::Real(value) if value.is_nan() => Cell::Null,
            Cell::Node(Nested::Null) => Cell::Null,
            Cell::Node(Nested::Text(text)) => Cell::Text(text).plain(),
            Cell::Node(Nested::Int(value)) => Cell::Int(*value),
            Cell::Node(Nested::Real(value)) => Cell::Real(*value).plain(),
            other => other,
        }
    }

    /// As [`Cell::plain`], and the words by which tools write null are nothing too: for columns that may be null.
    pub(crate) fn nullable(self) -> Cell<'a> {
        match self.plain() {
            Cell::Text(text) if field::is_null_word(text) => Cell::Null,
            other => other,
        }
    }
}

/// `-?[0-9]{1,16}`.
fn digits(text: &str) -> Result<i64, DefectKind> {
    let magnitude = text.strip_prefix('-').unwrap_or(text);
    if magnitude.is_empty() || !magnitude.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(DefectKind::NotAnInteger);
    }
    if 16 < magnitude.len() {
        return Err(DefectKind::OutOfRange);
    }
    text.parse().map_err(|_| DefectKind::NotAnInteger)
}

fn integer(cell: Cell<'_>) -> Result<i64, DefectKind> {
    match cell.plain() {
        Cell::Null => Err(DefectKind::MissingValue),
        Cell::Text(text) => digits(text),
        Cell::Int(value) => Ok(value),
        Cell::Real(value) => integral(value),
        Cell::Bool(_) | Cell::Node(_) | Cell::Date(_) => Err(DefectKind::NotAnInteger),
    }
}

/// In a column that may be null, data frames hold integers as floats: `6000.0`.
fn integer_or_null(cell: Cell<'_>) -> Result<Option<i64>, DefectKind> {
    match cell.nullable() {
        Cell::Null => Ok(None),
        Cell::Text(text) => digits(text.strip_suffix(".0").unwrap_or(text)).map(Some),
        other => integer(other).map(Some),
    }
}

/// An amount in minor units.
pub(crate) fn amount(cell: Cell<'_>) -> Result<i64, DefectKind> {
    integer(cell).and_then(field::amount)
}

/// An amount in minor units in a column that may be null.
pub(crate) fn amount_or_null(cell: Cell<'_>) -> Result<Option<i64>, DefectKind> {
    integer_or_null(cell)?.map_or(Ok(None), |value| amount(Cell::Int(value)).map(Some))
}

/// A time in seconds.
pub(crate) fn seconds(cell: Cell<'_>) -> Result<i64, DefectKind> {
    integer(cell).and_then(in_time)
}

/// A time in seconds in a column that may be null.
pub(crate) fn seconds_or_null(cell: Cell<'_>) -> Result<Option<i64>, DefectKind> {
    integer_or_null(cell)?.map_or(Ok(None), |value| in_time(value).map(Some))
}

/// A loan's term in a column that may be null.
pub(crate) fn term_or_null(cell: Cell<'_>) -> Result<Option<u32>, DefectKind> {
    integer_or_null(cell)?.map(field::term_months).transpose()
}

/// What is asked for, paid or earned, in a column that may be null.
pub(crate) fn magnitude_or_null(cell: Cell<'_>) -> Result<Option<i64>, DefectKind> {
    integer_or_null(cell)?.map(field::magnitude).transpose()
}

/// True or false as the tools write it, or nothing.
pub(crate) fn boolean_or_null(cell: Cell<'_>) -> Result<Option<bool>, DefectKind> {
    match cell.nullable() {
        Cell::Null => Ok(None),
        Cell::Bool(value) => Ok(Some(value)),
        Cell::Text("True" | "true" | "TRUE" | "1") | Cell::Int(1) => Ok(Some(true)),
        Cell::Text("False" | "false" | "FALSE" | "0") | Cell::Int(0) => Ok(Some(false)),
        _ => Err(DefectKind::NotABoolean),
    }
}

/// An identifier.
pub(crate) fn id(cell: Cell<'_>) -> Result<&str, DefectKind> {
    match cell.plain() {
        Cell::Null => Err(DefectKind::MissingValue),
        Cell::Text(text) => id_text(text),
        _ => Err(DefectKind::IdNotAllowed),
    }
}

/// An identifier in a column that may be null.
pub(crate) fn id_or_null(cell: Cell<'_>) -> Result<Option<&str>, DefectKind> {
    match cell.nullable() {
        Cell::Null => Ok(None),
        other => id(other).map(Some),
    }
}

/// Free text; nothing is empty text. The words for null are text here: a payee may be called None.
pub(crate) fn text(cell: Cell<'_>) -> Result<&str, DefectKind> {
    match cell.plain() {
        Cell::Null => Ok(""),
        Cell::Text(text) => field::text(text),
        _ => Err(DefectKind::BadUnicode),
    }
}

/// A word of an enumeration; nothing where the column may be null.
pub(crate) fn word_or_null(cell: Cell<'_>) -> Result<Option<&str>, DefectKind> {
    match cell.nullable() {
        Cell::Null => Ok(None),
        other => text(other).map(Some),
    }
}

/// A three-letter code.
pub(crate) fn currency(cell: Cell<'_>) -> Result<Currency, DefectKind> {
    match cell.plain() {
        Cell::Null => Err(DefectKind::MissingValue),
        Cell::Text(text) => Currency::parse(text).ok_or(DefectKind::NotACurrency),
        _ => Err(DefectKind::NotACurrency),
    }
}

/// Items of a list cell; nothing is no list.
pub(crate) fn words_or_null<'a>(cell: Cell<'a>) -> Result<Option<Vec<&'a str>>, DefectKind> {
    match cell.nullable() {
        Cell::Null => Ok(None),
        Cell::Node(Nested::List(items)) => {
            let word = |item: &'a Nested<'_>| match item {
                Nested::Text(text) => Ok(text.as_ref()),
                _ => Err(DefectKind::BadList),
            };
            items.iter().map(word).collect::<Result<_, _>>().map(Some)
        }
        _ => Err(DefectKind::BadList),
    }
}

/// A finite decimal number, in a column that may be null.
pub(crate) fn number_or_null(cell: Cell<'_>) -> Result<Option<f64>, DefectKind> {
    let value = match cell.nullable() {
        Cell::Null => return Ok(None),
        Cell::Text(text) => {
            // Rust's grammar takes `inf`, `+1` and `.5` too; ours is that of JSON numbers.
            let plain = text.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte));
            let lead = text.strip_prefix('-').unwrap_or(text).bytes().next();
            if !plain || !lead.is_some_and(|byte| byte.is_ascii_digit()) {
                return Err(DefectKind::NotANumber);
            }
            text.parse::<f64>().map_err(|_| DefectKind::NotANumber)?
        }
        #[expect(clippy::cast_precision_loss, reason = "a declared column is a real number of the model")]
        Cell::Int(value) => value as f64,
        Cell::Real(value) => value,
        Cell::Bool(value) => f64::from(u8::from(value)),
        Cell::Node(_) | Cell::Date(_) => return Err(DefectKind::NotANumber),
    };
    if value.is_finite() { Ok(Some(value)) } else { Err(DefectKind::NotANumber) }
}

/// T: a date, an RFC 3339 instant, or seconds.
pub(crate) fn as_of_or_null(cell: Cell<'_>) -> Result<Option<AsOf>, DefectKind> {
    match cell.nullable() {
        Cell::Null => Ok(None),
        Cell::Date(day) => in_time(i64::from(day.0) * 86_400).map(|_| Some(AsOf::Date(day))),
        Cell::Text(text) => as_of_text(text).map(Some),
        other => integer(other).and_then(field::instant).map(AsOf::Instant).map(Some),
    }
}

fn as_of_text(text: &str) -> Result<AsOf, DefectKind> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return digits(text).and_then(field::instant).map(AsOf::Instant);
    }
    if text.len() == 10 {
        let day = date(text)?;
        return in_time(i64::from(day.0) * 86_400).map(|_| AsOf::Date(day));
    }
    let instant = chrono::DateTime::parse_from_rfc3339(text).map_err(|_| DefectKind::NotADate)?;
    in_time(instant.timestamp()).map(AsOf::Instant)
}

/// A calendar date, `YYYY-MM-DD`.
pub(crate) fn date(text: &str) -> Result<Day, DefectKind> {
    let shape = text.len() == 10
        && text.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    if !shape {
        return Err(DefectKind::NotADate);
    }
    let date = chrono::NaiveDate::parse_from_str(text, "%Y-%m-%d").map_err(|_| DefectKind::NotADate)?;
    let days = date.signed_duration_since(chrono::NaiveDate::default()).num_days();
    i32::try_from(days).map(Day).map_err(|_| DefectKind::NotADate)
}

/// The last digits of an account number, in four places: spreadsheets strip leading zeros, data frames add `.0`.
pub(crate) fn last4_or_null<'a>(cell: Cell<'a>, room: &'a mut String) -> Result<Option<&'a str>, DefectKind> {
    use std::fmt::Write as _;
    let text = match cell.nullable() {
        Cell::Null => return Ok(None),
        Cell::Text(text) => text.strip_suffix(".0").unwrap_or(text),
        other => {
            let number = integer(other)?;
            if !(0..10_000).contains(&number) {
                return Err(DefectKind::OutOfRange);
            }
            // Writing to a string cannot fail.
            let _ = write!(room, "{number:04}");
            return Ok(Some(room));
        }
    };
    if !text.is_empty() && text.len() < 4 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        let _ = write!(room, "{text:0>4}");
        return Ok(Some(room));
    }
    self::text(Cell::Text(text)).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_sixteen_digits_with_an_optional_minus_and_nothing_else() {
        for (text, value) in [("0", 0), ("-0", 0), ("007", 7), ("-4599", -4_599), ("1000000000000000", 10_i64.pow(15))]
        {
            assert_eq!(amount(Cell::Text(text)), Ok(value), "{text}");
        }
        let bad = ["1.0", "+1", " 1", "1 ", "--1", "(5)", "$5", "0x10", "1e3", "٣", "５", "-", "inf", "1,000", "null"];
        for text in bad {
            assert_eq!(amount(Cell::Text(text)), Err(DefectKind::NotAnInteger), "{text}");
        }
        for text in ["1000000000000001", "-1000000000000001", "9223372036854775808", "99999999999999999999999"] {
            assert_eq!(amount(Cell::Text(text)), Err(DefectKind::OutOfRange), "{text}");
        }
        assert_eq!(amount(Cell::Text("")), Err(DefectKind::MissingValue));
    }

    #[test]
    fn a_double_is_an_amount_only_when_it_is_whole_and_exact() {
        assert_eq!(amount(Cell::Real(-1_000.0)), Ok(-1_000));
        assert_eq!(amount(Cell::Real(-0.0)), Ok(0));
        assert_eq!(amount(Cell::Real(0.5)), Err(DefectKind::NotAnInteger));
        assert_eq!(amount(Cell::Real(1e17)), Err(DefectKind::OutOfRange));
        assert_eq!(amount(Cell::Real(f64::INFINITY)), Err(DefectKind::NotAnInteger));
        assert_eq!(amount(Cell::Real(f64::NAN)), Err(DefectKind::MissingValue));
    }

    #[test]
    fn milliseconds_are_refused_with_their_own_name() {
        assert_eq!(seconds(Cell::Text("1767225600")), Ok(1_767_225_600));
        assert_eq!(seconds(Cell::Text("1767225600000")), Err(DefectKind::MillisecondsNotSeconds));
        for text in ["0", "-1", "4102444800"] {
            assert_eq!(seconds(Cell::Text(text)), Err(DefectKind::OutOfRange), "{text}");
        }
        for text in ["1767225600.0", "1767225600.5", "2026-01-01"] {
            assert_eq!(seconds(Cell::Text(text)), Err(DefectKind::NotAnInteger), "{text}");
        }
    }

    #[test]
    fn quirk_35_damage_is_read_only_where_a_column_may_be_null() {
        for text in ["", "null", "NULL", "NaN", "None"] {
            assert_eq!(seconds_or_null(Cell::Text(text)), Ok(None), "{text}");
            assert_eq!(boolean_or_null(Cell::Text(text)), Ok(None), "{text}");
        }
        assert_eq!(seconds_or_null(Cell::Text("1651784999.0")), Ok(Some(1_651_784_999)));
        assert_eq!(amount_or_null(Cell::Text("6000.0")), Ok(Some(6_000)));
        assert_eq!(amount_or_null(Cell::Text("6000.00")), Err(DefectKind::NotAnInteger));
        assert_eq!(amount_or_null(Cell::Text("6e3")), Err(DefectKind::NotAnInteger));
        for text in ["True", "true", "TRUE", "1"] {
            assert_eq!(boolean_or_null(Cell::Text(text)), Ok(Some(true)), "{text}");
        }
        for text in ["yes", "t", "T", "2"] {
            assert_eq!(boolean_or_null(Cell::Text(text)), Err(DefectKind::NotABoolean), "{text}");
        }
        assert_eq!(text(Cell::Text("None")), Ok("None"), "a description is never null");
    }

    #[test]
    fn quirk_34_leading_zeros_of_last4_come_back() {
        for (written, read) in [("0042", "0042"), ("42", "0042"), ("42.0", "0042"), ("7", "0007"), ("ab", "ab")] {
            let mut room = String::new();
            assert_eq!(last4_or_null(Cell::Text(written), &mut room), Ok(Some(read)), "{written}");
        }
        let mut room = String::new();
        assert_eq!(last4_or_null(Cell::Int(42), &mut room), Ok(Some("0042")));
        assert_eq!(last4_or_null(Cell::Int(-5), &mut room), Err(DefectKind::OutOfRange));
    }

    #[test]
    fn an_id_may_be_any_script_but_holds_no_control_characters() {
        assert_eq!(id(Cell::Text("fctxn_é")), Ok("fctxn_é"));
        for (text, kind) in [
            ("", DefectKind::MissingValue),
            ("a\0b", DefectKind::ContainsNul),
            ("a\nb", DefectKind::IdNotAllowed),
            ("a ", DefectKind::IdNotAllowed),
        ] {
            assert_eq!(id(Cell::Text(text)), Err(kind), "{text:?}");
        }
        assert_eq!(id(Cell::Text(&"x".repeat(256))), Err(DefectKind::IdTooLong));
    }

    #[test]
    fn as_of_is_a_date_an_instant_or_seconds() {
        // 2026-01-01 is day 20,454: 56 years of 365 days and 14 leap days (1972 to 2024) after 1970-01-01.
        assert_eq!(56 * 365 + 14, 20_454);
        assert_eq!(as_of_or_null(Cell::Text("2026-01-01")), Ok(Some(AsOf::Date(Day(20_454)))));
        let instant = 20_454 * 86_400 + 5 * 3_600;
        assert_eq!(as_of_or_null(Cell::Text("2026-01-01T00:00:00-05:00")), Ok(Some(AsOf::Instant(instant))));
        assert_eq!(as_of_or_null(Cell::Text("1767225600")), Ok(Some(AsOf::Instant(1_767_225_600))));
        for text in ["2026-02-30", "01/02/2026", "2026-1-1", "2026-01-01 00:00:00", "+2026-01-1", "20261101"] {
            assert_eq!(as_of_or_null(Cell::Text(text)), Err(DefectKind::NotADate), "{text}");
        }
    }
}
