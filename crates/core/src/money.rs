//! Money: integer minor units of one currency. Parsed from text, never through `f64`.

use serde::{Deserialize, Serialize};

use crate::limits::AMOUNT_MAX;

/// An ISO 4217 code in lower case, such as `usd`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency([u8; 3]);

impl Currency {
    /// US dollar.
    pub const USD: Currency = Currency(*b"usd");

    /// Reads a three-letter code; upper case is folded (third-party tools write it).
    #[must_use]
    pub fn parse(text: &str) -> Option<Currency> {
        let bytes: [u8; 3] = text.as_bytes().try_into().ok()?;
        let folded = bytes.map(|byte| byte.to_ascii_lowercase());
        folded.iter().all(u8::is_ascii_lowercase).then_some(Currency(folded))
    }

    /// The code in lower case.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("???")
    }

    /// Digits after the point: how many minor units make one major unit, as a power of ten.
    ///
    /// # Source
    ///
    /// ISO 4217 list one; a code that is not listed there has two.
    #[must_use]
    pub fn exponent(&self) -> u32 {
        match &self.0 {
            b"bif" | b"clp" | b"djf" | b"gnf" | b"isk" | b"jpy" | b"kmf" | b"krw" | b"pyg" | b"rwf" | b"ugx"
            | b"uyi" | b"vnd" | b"vuv" | b"xaf" | b"xof" | b"xpf" => 0,
            b"bhd" | b"iqd" | b"jod" | b"kwd" | b"lyd" | b"omr" | b"tnd" => 3,
            b"clf" | b"uyw" => 4,
            _ => 2,
        }
    }
}

impl TryFrom<String> for Currency {
    type Error = String;
    fn try_from(text: String) -> Result<Currency, String> {
        Currency::parse(&text).ok_or_else(|| format!("`{text}` is no three-letter currency code"))
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> String {
        currency.as_str().to_owned()
    }
}

impl std::fmt::Display for Currency {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(self.as_str())
    }
}

/// True for an amount that the engine accepts: within ±[`AMOUNT_MAX`].
#[must_use]
pub fn in_range(amount_minor: i64) -> bool {
    (-AMOUNT_MAX..=AMOUNT_MAX).contains(&amount_minor)
}

/// Prints minor units as major units, for screens and pages only: `-1234` usd is `-12.34`.
#[must_use]
pub fn major(amount_minor: i64, currency: Currency) -> String {
    let exponent = currency.exponent();
    if exponent == 0 {
        return amount_minor.to_string();
    }
    let scale = 10_u64.pow(exponent);
    let (sign, magnitude) = (if amount_minor < 0 { "-" } else { "" }, amount_minor.unsigned_abs());
    let width = exponent as usize;
    format!("{sign}{}.{:0width$}", magnitude / scale, magnitude % scale)
}

/// Which way money moved.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Direction {
    Inflow,
    Outflow,
}

impl Direction {
    /// The direction of a signed amount; `None` for zero, which no measure counts.
    #[must_use]
    pub fn of(amount: i64) -> Option<Direction> {
        match amount.signum() {
            1 => Some(Direction::Inflow),
            -1 => Some(Direction::Outflow),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_three_letters_in_any_case_and_nothing_else() {
        assert_eq!(Currency::parse("USD"), Some(Currency::USD));
        for bad in ["us", "usdd", "u$d", "undefined", "", "üs"] {
            assert_eq!(Currency::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn major_units_keep_sign_and_leading_zeros() {
        let jpy = Currency::parse("jpy").expect("valid");
        let kwd = Currency::parse("kwd").expect("valid");
        assert_eq!(major(-5, Currency::USD), "-0.05");
        assert_eq!(major(123_456, Currency::USD), "1234.56");
        assert_eq!(major(-7, jpy), "-7");
        assert_eq!(major(1_005, kwd), "1.005");
    }
}
