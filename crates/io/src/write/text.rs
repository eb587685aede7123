//! How values look as text, the same in every text format.

use cashline_core::time::Zone;

/// A second as ISO 8601 in UTC: `2026-11-22T00:00:00Z`.
#[must_use]
pub fn instant(seconds: i64) -> String {
    let day = Zone::utc().day(seconds);
    let rest = seconds.rem_euclid(86_400);
    format!("{day}T{:02}:{:02}:{:02}Z", rest / 3_600, rest / 60 % 60, rest % 60)
}

/// The shortest decimal that reads back as the same double, never with an exponent.
#[must_use]
pub fn real(number: f64) -> String {
    // Negative zero would print a sign.
    (number + 0.0).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_iso_8601_in_utc() {
        // date -u -d @1700000000 says 2023-11-14 22:13:20.
        assert_eq!(instant(1_700_000_000), "2023-11-14T22:13:20Z");
        assert_eq!(instant(-1), "1969-12-31T23:59:59Z");
    }

    #[test]
    fn a_real_is_the_shortest_decimal_without_exponent() {
        assert_eq!(real(0.1), "0.1");
        assert_eq!(real(-0.0), "0");
        assert_eq!(real(1e15), "1000000000000000");
        assert_eq!(real(1e-7), "0.0000001");
    }
}
