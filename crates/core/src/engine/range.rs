//! What the values of a column can be, as far as its measure, unit and window say so for certain. A limit or an edge beyond them
//! is a slip of the hand: a share taken for a percentage, more days than the window has. Where nothing is certain, the range is
//! open and any limit goes; days since an event are open too, for a limit that all of them meet asks whether it happened.

use crate::{
    attribute::{
        declared::Measure,
        definition::{Compute, Definition, Unit},
    },
    decide::policy::Comparison,
    model::bins::{BinRef, Bins},
    time::Window,
};

/// Computed attributes of the unit `days` that count or span days of their window. The others may look beyond it: a run that
/// began before the window, money that lasts longer, the spread of a calendar.
const DAYS_OF_THE_WINDOW: &[&str] = &[
    "avg_days_between_txns",
    "days_any_account_negative",
    "days_below_0",
    "days_below_25",
    "days_below_50",
    "days_below_100",
    "days_below_250",
    "days_below_500",
    "days_negative_balance",
    "days_negative_balance_weekday",
    "days_positive_balance",
    "fee_free_overdraft_days",
    "inactive_days",
    "income_longest_gap_days",
    "inflow_days",
    "longest_negative_run_days",
    "max_gap_days",
    "negative_or_fee_days",
];

/// Computed attributes of the unit `ratio` that divide a number of things by the number of all of them. A share of money is not
/// among them where money that came back could take it beyond 1.
const COUNTED_SHARES: &[&str] = &[
    "cash_advance_matched_repaid_ratio",
    "cash_advance_repaid_15d_ratio",
    "cash_advance_repaid_30d_ratio",
    "cash_advance_repaid_7d_ratio",
    "pay_on_time_ratio",
    "rent_on_time_ratio",
    "share_calendar_months_negative_net_flow",
    "share_days_below_100",
    "share_days_below_one_day_outflow",
    "share_days_below_seven_days_outflow",
    "share_days_below_zero",
    "share_months_negative_net_flow",
];

/// Computed attributes of the unit `count` that are a difference of counts.
const DIFFERENCES: &[&str] = &["nsf_od_trend"];

/// The least and the greatest value; an end that nothing is known of is infinite.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Range {
    low: f64,
    high: f64,
}

impl Range {
    const OPEN: Range = Range { low: f64::NEG_INFINITY, high: f64::INFINITY };
    const SHARE: Range = Range { low: 0.0, high: 1.0 };

    /// The values of an attribute over a window.
    pub(super) fn of(definition: &Definition, window: Window) -> Range {
        let named = |list: &[&str]| list.contains(&definition.name.as_str());
        match (definition.compute, definition.unit) {
            (_, Unit::Flag | Unit::Probability) => Range::SHARE,
            (_, Unit::Score) => Range { high: 100.0, ..Range::SHARE },
            (Compute::Declared(expression), _) => Range::of_measure(expression.measure, window),
            (Compute::Computed { .. }, Unit::Days) if named(DAYS_OF_THE_WINDOW) => Range::up_to(days(window)),
            (Compute::Computed { .. }, Unit::Count) if !named(DIFFERENCES) => Range::up_to(None),
            (Compute::Computed { .. }, Unit::Ratio) if named(COUNTED_SHARES) => Range::SHARE,
            (Compute::Computed { .. } | Compute::Unavailable(_), _) => Range::OPEN,
        }
    }

    /// Rows are counted and magnitudes added up, so that only a difference can be below zero.
    fn of_measure(measure: Measure, window: Window) -> Range {
        match measure {
            Measure::Share => Range::SHARE,
            Measure::Trend => Range { low: -1.0, high: 1.0 },
            Measure::Difference => Range::OPEN,
            Measure::DistinctDays => Range::up_to(days(window)),
            // Where nothing happened there is no value, so `at_least = 0` asks whether anything did.
            Measure::DaysSince => Range::OPEN,
            Measure::Count
            | Measure::Sum
            | Measure::Mean
            | Measure::Sd
            | Measure::Min
            | Measure::Max
            | Measure::Median
            | Measure::Percentile(_)
            | Measure::DistinctCounterparties
            | Measure::Ratio => Range::up_to(None),
        }
    }

    fn up_to(high: Option<u16>) -> Range {
        Range { low: 0.0, high: high.map_or(f64::INFINITY, f64::from) }
    }

    /// Whether a comparison holds of all values or of none; `None` when it may hold or not.
    pub(super) fn holds(self, when: Comparison) -> Option<bool> {
        let (always, never) = match when {
            Comparison::AtLeast(limit) => (limit <= self.low, self.high < limit),
            Comparison::MoreThan(limit) => (limit < self.low, self.high <= limit),
            Comparison::AtMost(limit) => (self.high <= limit, limit < self.low),
            Comparison::LessThan(limit) => (self.high < limit, limit <= self.low),
        };
        (always || never).then_some(always)
    }

    /// Why a comparison says nothing of these values, as the end of a sentence about the column; `None` when it may hold or not.
    pub(super) fn idle(self, when: Comparison) -> Option<String> {
        let often = if self.holds(when)? { "always" } else { "never" };
        let words = when.words(|limit| limit.to_string());
        Some(format!("which is {}, so `{words}` {often} holds; correct the limit", self.words()))
    }

    /// The same of the first bin that no value can reach.
    pub(super) fn empty(self, bins: &Bins) -> Option<String> {
        let is_empty = |at: &usize| {
            let (lower, upper) = bins.range(*at);
            upper.is_some_and(|upper| upper <= self.low) || lower.is_some_and(|lower| self.high < lower)
        };
        let label = bins.label(BinRef::Value((0..bins.count()).find(is_empty)?));
        Some(format!("which is {}, so no value is in the bin `{label}`; correct its edges", self.words()))
    }

    fn words(self) -> String {
        if self.high.is_finite() { format!("{} to {}", self.low, self.high) } else { format!("{} or more", self.low) }
    }
}

/// Why a limit of money is none: amounts are whole minor units, and a fraction of one is an amount written in major units.
pub(super) fn fraction(unit: Unit, when: Comparison) -> Option<String> {
    let is_money = matches!(unit, Unit::Minor | Unit::MinorPerDay | Unit::MinorPerMonth | Unit::MinorPerYear);
    (is_money && when.limit().fract() != 0.0).then(|| {
        format!("which is whole minor units (cents), so the limit {} is none; write it in minor units", when.limit())
    })
}

/// The days that a window has, at most.
fn days(window: Window) -> Option<u16> {
    match window {
        Window::Days { far, near } => Some(far - near),
        Window::Month(_) => Some(31),
        Window::Point | Window::History | Window::Ahead(_) => None,
    }
}

#[cfg(test)]
#[path = "range_tests.rs"]
mod tests;
