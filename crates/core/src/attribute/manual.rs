//! What a file of attributes may say, for people: one line for each key, measure, window and word. The tests hold it against
//! what `attribute::grammar` and `attribute::check` read.

use crate::category::taxonomy::Taxonomy;

/// A line: what kind of thing it is, how it is written, what it means.
pub type Line = (&'static str, String, &'static str);

const LINES: &[(&str, &str, &str)] = &[
    ("file", "[[attribute]]", "an attribute, with the keys below"),
    ("file", "[filter.mine]", "a filter with a name, for several attributes of this file"),
    ("file", "at most 64", "different amounts, weekdays and texts over all filters, ours included"),
    (
        "attribute",
        "name",
        "a-z, 0-9 and _, a letter first, at most 64; a column is name and window: x_90d, x_31_60d, x_m1",
    ),
    ("attribute", "family", "a word for the catalogue"),
    ("attribute", "unit", "minor, minor_per_month, minor_per_day, count, flag, days or ratio: what the measure allows"),
    ("attribute", "windows", "one or more, each makes a column"),
    ("attribute", "measure", "what is worked out of the rows"),
    (
        "attribute",
        "of",
        "the rows: the name of a filter, ours or this file's, or a filter in place: { direction = \"outflow\" }",
    ),
    ("attribute", "over", "the other rows of share, ratio and difference"),
    ("attribute", "by", "sum (the default) or count: what share, ratio, difference and trend compare"),
    ("attribute", "risk", "rises, falls or neither: what risk does when the value rises"),
    (
        "attribute",
        "compliance",
        "model_ok, obligation_only, verify_only or prohibited: what a decision may do with it; with model_ok neither a part of income nor a sensitive purpose by itself, nor the difference of two filters that is one",
    ),
    ("attribute", "reason", "the code of its reason; needed with model_ok"),
    ("attribute", "definition", "full sentences"),
    (
        "attribute",
        "needs_days",
        "days of history that a value needs; default: nine tenths of a window of days and all days after it; calendar months from their first day (those of our own balances: nine tenths of the month)",
    ),
    ("attribute", "needs_events", "fewest rows of `of` that a value rests on, else too_few_events; default 0"),
    ("attribute", "tier", "core or extended (the default): in the default set or not"),
    ("attribute", "sources", "who computes the like"),
    ("filter", "direction", "inflow or outflow; absent: both"),
    ("filter", "purposes", "these purposes, see `catalogue taxonomy`; with `groups` one union"),
    ("filter", "groups", "the purposes of these groups"),
    ("filter", "except_purposes", "not these"),
    ("filter", "except_groups", "not those of these groups"),
    ("filter", "instruments", "moved like this; `ach:*` takes ach and what stands below it"),
    ("filter", "roles", "with this on the other side; `lender:*` takes lender and each kind of lender"),
    ("filter", "counts_as_income", "true: purposes that count as income, and inflow; false: the others"),
    ("filter", "counts_as_revenue", "true: purposes that count as a business's revenue, and inflow; false: the others"),
    ("filter", "internal", "exclude (the default), include or only: rows paired within the application"),
    ("filter", "amount", "{ min = 1, max = 100, multiple_of = 5 }: magnitudes in minor units, one or more of the keys"),
    ("filter", "weekdays", "mon to sun, of the posting day"),
    (
        "filter",
        "text",
        "the description contains one of these, whatever the case of ASCII letters; which texts of outflow a model may read is the lender's own judgement",
    ),
    ("amount", "min", "smallest magnitude that passes"),
    ("amount", "max", "smallest magnitude above min that no longer passes"),
    ("amount", "multiple_of", "whole multiples of it only"),
    ("measure", "count", "rows; unit count, or flag: 1 when there is any"),
    ("measure", "sum", "magnitudes; unit minor, minor_per_month (by 30 days) or minor_per_day"),
    ("measure", "mean", "of the magnitudes, in minor"),
    ("measure", "sd", "sample standard deviation (n - 1) of the magnitudes, in minor"),
    ("measure", "min", "smallest magnitude, in minor"),
    ("measure", "max", "largest magnitude, in minor"),
    ("measure", "median", "of the magnitudes, in minor"),
    ("measure", "percentile(95)", "any whole number from 0 to 100, by linear interpolation (type 7), in minor"),
    ("measure", "days_since", "days from the newest row to T; 1 is the day before"),
    ("measure", "distinct_days", "days with a row; unit days"),
    ("measure", "distinct_counterparties", "counterparties with a row; unit count"),
    ("measure", "share", "of / over, where of is a part of over"),
    ("measure", "ratio", "of / over"),
    ("measure", "difference", "of less over; unit minor, or count with by = \"count\""),
    (
        "measure",
        "trend",
        "of the halves of the window, (newer - older) / (newer + older), from -1 to 1; windows of an even number of days",
    ),
    ("window", "90d", "days before T, at most 3660"),
    ("window", "31-60d", "the 31st to the 60th day before T"),
    (
        "window",
        "m0",
        "the calendar month of the last day before T, up to T; all of the month before when T is the first of a month",
    ),
    ("window", "m1", "the whole calendar month before m0, and so on up to m24"),
    ("window", "history", "all that is known; the column has the bare name"),
    ("window", "point", "as of T: what needs no window; the column has the bare name too, so not both"),
];

/// All lines, the words of the taxonomy behind them.
#[must_use]
pub fn lines(taxonomy: &Taxonomy) -> Vec<Line> {
    let own = LINES.iter().map(|(kind, written, means)| (*kind, (*written).to_owned(), *means));
    let word = |kind, names: &[String]| -> Vec<Line> { names.iter().map(|name| (kind, name.clone(), "")).collect() };
    own.chain(word("instrument", taxonomy.instruments())).chain(word("role", taxonomy.roles())).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{super::check, *};

    fn of(kind: &str) -> BTreeSet<&'static str> {
        LINES.iter().filter(|line| line.0 == kind).map(|line| line.1).collect()
    }

    /// The keys that serde says it would have taken.
    fn keys(refusal: &str) -> BTreeSet<String> {
        refusal.split('`').skip(3).step_by(2).map(str::to_owned).collect()
    }

    #[test]
    fn every_key_that_is_read_has_its_line_and_no_other() {
        use super::super::grammar::{RawAmount, RawAttribute, RawFilter};
        let refused = |error: toml::de::Error| keys(error.message());
        let attribute = toml::from_str::<RawAttribute>("x = 1").map(drop).map_err(refused).expect_err("no key");
        let filter = toml::from_str::<RawFilter>("x = 1").map(drop).map_err(refused).expect_err("no key");
        let amount = toml::from_str::<RawAmount>("x = 1").map(drop).map_err(refused).expect_err("no key");
        for (kind, read) in [("attribute", attribute), ("filter", filter), ("amount", amount)] {
            assert!(1 < read.len(), "{kind}: {read:?}");
            assert_eq!(of(kind), read.iter().map(String::as_str).collect(), "{kind}");
        }
    }

    #[test]
    fn every_measure_has_its_line_and_every_window_shown_is_one() {
        let mut measures: BTreeSet<&str> = check::MEASURES.iter().map(|(name, _)| *name).collect();
        measures.insert("percentile(95)");
        assert_eq!(of("measure"), measures);
        for window in of("window") {
            assert!(check::window(window).is_some(), "{window}");
        }
        assert!(check::window("3660d").is_some() && check::window("3661d").is_none());
        assert!(check::window("m24").is_some() && check::window("m25").is_none());
    }
}
