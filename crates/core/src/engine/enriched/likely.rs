//! How likely a payment to come is: the shares of generated lives in which streams like it kept such dates, and such amounts.
//!
//! # Source
//!
//! `crates/core/defaults/upcoming.toml`, counted on generated lives by a whole-program test that also rewrites it.

use std::sync::LazyLock;

use serde::Deserialize;

use super::{EnrichedStream, UpcomingStatus};
use crate::{config, stream::State};

/// The shares that ship.
const SHARES: &str = include_str!("../../../defaults/upcoming.toml");

/// Parsed once; a test says that the shipped file can be. Without it nothing would be claimed.
static TABLE: LazyLock<Option<Table>> = LazyLock::new(|| config::parse(SHARES).ok());

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    #[expect(dead_code, reason = "for whoever reads the file")]
    source: String,
    dates: Vec<Dates>,
    amounts: Vec<Amounts>,
}

/// Payments to come of streams of a kind, and how many of them came within the tolerance of their cadence.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Dates {
    /// early, mature, overdue; late where the date of an early or mature stream has passed.
    standing: String,
    /// Empty: all.
    cadences: Vec<String>,
    payments_min: u64,
    of: u64,
    came: u64,
}

/// Payments that came, and how many of them lay in the band of the last six.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Amounts {
    /// The last six were one amount.
    is_fixed: bool,
    payments_min: u64,
    of: u64,
    in_band: u64,
}

/// The probabilities that a payment comes, and that it comes with an amount in the band.
pub(super) fn probabilities(stream: &EnrichedStream, status: UpcomingStatus) -> Option<(f64, f64)> {
    let table = TABLE.as_ref()?;
    let standing = match status {
        UpcomingStatus::Late => "late",
        UpcomingStatus::Doubtful => State::Overdue.code(),
        UpcomingStatus::Expected => stream.state.code(),
    };
    let cadence = stream.cadence.code();
    let fits = |row: &&Dates| {
        let of_cadence = row.cadences.is_empty() || row.cadences.iter().any(|known| known == cadence);
        row.standing == standing && of_cadence && row.payments_min <= stream.payments
    };
    // What speaks of the cadence goes before what speaks of all, and more payments before fewer.
    let rows = table.dates.iter().filter(fits);
    let dates = rows.max_by_key(|row| (!row.cadences.is_empty(), row.payments_min))?;
    let is_fixed = stream.low == stream.high;
    let rows = table.amounts.iter().filter(|row| row.is_fixed == is_fixed && row.payments_min <= stream.payments);
    let amounts = rows.max_by_key(|row| row.payments_min)?;
    let comes = share(dates.came, dates.of);
    Some((super::millionths(comes), super::millionths(comes * share(amounts.in_band, amounts.of))))
}

/// A share by the rule of succession, so that no count says never or always.
fn share(part: u64, whole: u64) -> f64 {
    let wide = |count: u64| crate::exact::real(i128::from(count));
    wide(part.saturating_add(1)) / wide(whole.saturating_add(2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_shares_are_shares_of_every_standing_and_kind_of_amount() {
        let table: Table = config::parse(SHARES).expect("the shipped file is valid");
        assert!(table.dates.iter().all(|row| row.came <= row.of && 0 < row.of));
        assert!(table.amounts.iter().all(|row| row.in_band <= row.of && 0 < row.of));
        for standing in ["early", "mature", "overdue", "late"] {
            let whole = |row: &Dates| row.standing == standing && row.cadences.is_empty() && row.payments_min == 0;
            assert_eq!(table.dates.iter().filter(|row| whole(row)).count(), 1, "{standing}: a row for all");
        }
        for is_fixed in [false, true] {
            assert!(table.amounts.iter().any(|row| row.is_fixed == is_fixed && row.payments_min == 0), "{is_fixed}");
        }
    }
}
