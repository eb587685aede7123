//! Liquidity: balances against flows, free of currency and scale, and balances around income.
//!
//! Missing, for every entry: as the balances and the flows it is made of.

use super::{super::declared::rounded, *};
use crate::{
    digest::{
        balance::{BalanceSeries, Balances},
        exact::{Fraction, percentile},
    },
    time::Day,
};

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        name: "eod_balance_avg_to_outflow",
        tier: Tier::Core,
        sources: "",
        unit: Unit::Ratio,
        windows: MONTH_QUARTER_HALF,
        risk: Risk::Falls,
        reason: "balance_level",
        compliance: Compliance::ModelOk,
        definition: "Mean closing balance divided by the outflow a day of the window: how many days of outflow the mean balance covers; negative when it is below zero. Zero denominator without outflow.",
        basis: Basis::Balances,
        value: |digest, window| mean_to_daily(digest, window, Standard::Outflow),
    },
    Entry {
        name: "eod_balance_avg_to_inflow",
        tier: Tier::Core,
        sources: "",
        unit: Unit::Ratio,
        windows: QUARTER_AND_HALF,
        risk: Risk::Falls,
        reason: "balance_level",
        compliance: Compliance::ModelOk,
        definition: "Mean closing balance divided by the inflow a month (30 days) of the window. Zero denominator without inflow.",
        basis: Basis::Balances,
        value: eod_balance_avg_to_inflow,
    },
    Entry {
        name: "eod_balance_min_to_inflow",
        tier: Tier::Core,
        sources: "",
        unit: Unit::Ratio,
        windows: MONTH_QUARTER_HALF,
        risk: Risk::Falls,
        reason: "balance_level",
        compliance: Compliance::ModelOk,
        definition: "Lowest closing balance divided by the inflow a month (30 days) of the window; negative when it is below zero. Zero denominator without inflow.",
        basis: Basis::LowestDay,
        value: |digest, window| {
            extreme_to_monthly(digest, window, Standard::Inflow, |days| days.closing.iter().copied().min())
        },
    },
    Entry {
        name: "eod_balance_p10_to_outflow",
        tier: Tier::Core,
        sources: "",
        unit: Unit::Ratio,
        windows: QUARTER_AND_HALF,
        risk: Risk::Falls,
        reason: "balance_level",
        compliance: Compliance::ModelOk,
        definition: "10th percentile of the closing balances divided by the outflow a day of the window. Zero denominator without outflow.",
        basis: Basis::Balances,
        value: |digest, window| percentile_to_daily(digest, window, 10),
    },
    Entry {
        name: "eod_balance_median_to_outflow",
        tier: Tier::Core,
        sources: "",
        unit: Unit::Ratio,
        windows: QUARTER_AND_HALF,
        risk: Risk::Falls,
        reason: "balance_level",
        compliance: Compliance::ModelOk,
        definition: "Median closing balance divided by the outflow a day of the window. Zero denominator without outflow.",
        basis: Basis::Balances,
        value: |digest, window| percentile_to_daily(digest, window, 50),
    },
    Entry {
        name: "balance_current_to_outflow",
        tier: Tier::Core,
        sources: "",
        unit: Unit::Ratio,
        windows: MONTH_AND_QUARTER,
        risk: Risk::Falls,
        reason: "balance_level",
        compliance: Compliance::ModelOk,
        definition: "Closing balance of the last day before T divided by the outflow a day of the window. Zero denominator without outflow.",
        basis: Basis::Balances,
        value: balance_current_to_outflow,
    },
    Entry {
        name: "negative_depth_to_inflow",
        tier: Tier::Core,
        sources: "",
        unit: Unit::Ratio,
        windows: QUARTER_AND_HALF,
        risk: Risk::Rises,
        reason: "negative_balance_depth",
        compliance: Compliance::ModelOk,
        definition: "Magnitude of the lowest closing balance below zero, 0 when none is, divided by the inflow a month (30 days) of the window. Zero denominator without inflow.",
        basis: Basis::LowestDay,
        value: |digest, window| {
            extreme_to_monthly(digest, window, Standard::Inflow, |days| {
                days.closing.iter().copied().min().map(|lowest| lowest.min(0).saturating_neg())
            })
        },
    },
    Entry {
        name: "share_days_below_one_day_outflow",
        tier: Tier::Core,
        sources: "",
        unit: Unit::Ratio,
        windows: QUARTER_AND_HALF,
        risk: Risk::Rises,
        reason: "low_balance_days",
        compliance: Compliance::ModelOk,
        definition: "Covered days of the window whose closing balance is below one day's mean outflow of the window, divided by its covered days.",
        basis: Basis::LowDays(1),
        value: |digest, window| share_days_below(digest, window, 1),
    },
    Entry {
        name: "share_days_below_seven_days_outflow",
        tier: Tier::Core,
        sources: "",
        unit: Unit::Ratio,
        windows: QUARTER_AND_HALF,
        risk: Risk::Rises,
        reason: "low_balance_days",
        compliance: Compliance::ModelOk,
        definition: "Covered days of the window whose closing balance is below seven days' mean outflow of the window, divided by its covered days.",
        basis: Basis::LowDays(7),
        value: |digest, window| share_days_below(digest, window, 7),
    },
    Entry {
        name: "liquidity_buffer_days_total",
        tier: Tier::Core,
        sources: "",
        unit: Unit::Ratio,
        windows: QUARTER,
        risk: Risk::Falls,
        reason: "savings_buffer",
        compliance: Compliance::ModelOk,
        definition: "Mean closing balance of the last 30 days divided by the outflow a day of the window. Zero denominator without outflow.",
        basis: Basis::Balances,
        value: |digest, window| buffer_days(digest, window, Standard::Outflow, 0),
    },
    Entry {
        name: "liquidity_buffer_days_essential",
        tier: Tier::Core,
        sources: "CFPB proxy (3 months of expenses)",
        unit: Unit::Ratio,
        windows: QUARTER,
        risk: Risk::Falls,
        reason: "savings_buffer",
        compliance: Compliance::ModelOk,
        definition: "Mean closing balance of the last 30 days divided by the essential spend a day of the window. Zero denominator without essential spend.",
        basis: Basis::Balances,
        value: |digest, window| buffer_days(digest, window, Standard::Essential, 0),
    },
    Entry {
        name: "post_loan_buffer_days",
        tier: Tier::Core,
        sources: "",
        unit: Unit::Ratio,
        windows: QUARTER,
        risk: Risk::Falls,
        reason: "instalment_burden",
        compliance: Compliance::ModelOk,
        definition: "Mean closing balance of the last 30 days divided by the sum of the outflow a day of the window and the instalment a day (instalment / 30). Not applicable without an instalment.",
        basis: Basis::Balances,
        value: post_loan_buffer_days,
    },
    Entry {
        name: "balance_day_of_income",
        tier: Tier::Extended,
        sources: "Flinks (average_closing_balance_day_of_income)",
        unit: Unit::Minor,
        windows: QUARTER_AND_HALF,
        risk: Risk::Falls,
        reason: "balance_after_income",
        compliance: Compliance::ModelOk,
        definition: "Mean closing balance of the window's days with income, rounded to the minor unit. No such event without a covered day with income.",
        basis: Basis::Balances,
        value: |digest, window| {
            around_income(digest, window, 0)
                .map(|(sum, count)| rounded(Fraction { numerator: sum, denominator: count }))
        },
    },
    Entry {
        name: "balance_day_after_income",
        tier: Tier::Core,
        sources: "Flinks",
        unit: Unit::Minor,
        windows: QUARTER_AND_HALF,
        risk: Risk::Falls,
        reason: "balance_after_income",
        compliance: Compliance::ModelOk,
        definition: "Mean closing balance of the days after the window's days with income, rounded to the minor unit. No such event without such a covered day.",
        basis: Basis::Balances,
        value: |digest, window| {
            around_income(digest, window, 1)
                .map(|(sum, count)| rounded(Fraction { numerator: sum, denominator: count }))
        },
    },
    Entry {
        name: "balance_day_before_income",
        tier: Tier::Core,
        sources: "",
        unit: Unit::Minor,
        windows: QUARTER_AND_HALF,
        risk: Risk::Falls,
        reason: "payday_cushion",
        compliance: Compliance::ModelOk,
        definition: "Mean closing balance of the days before the window's days with income, rounded to the minor unit: the cushion left before payday. No such event without such a covered day.",
        basis: Basis::Balances,
        value: |digest, window| {
            around_income(digest, window, -1)
                .map(|(sum, count)| rounded(Fraction { numerator: sum, denominator: count }))
        },
    },
    Entry {
        name: "payday_cushion_to_outflow",
        tier: Tier::Core,
        sources: "",
        unit: Unit::Ratio,
        windows: QUARTER_AND_HALF,
        risk: Risk::Falls,
        reason: "payday_cushion",
        compliance: Compliance::ModelOk,
        definition: "Mean closing balance of the days before the window's days with income, divided by the outflow a day of the window. No such event without such a covered day; zero denominator without outflow.",
        basis: Basis::Balances,
        value: payday_cushion_to_outflow,
    },
    Entry {
        name: "savings_to_income",
        tier: Tier::Core,
        sources: "",
        unit: Unit::Ratio,
        windows: QUARTER_AND_HALF,
        risk: Risk::Falls,
        reason: "savings_buffer",
        compliance: Compliance::ModelOk,
        definition: "Transfers to savings less transfers from savings, accounts of the application left out, divided by income. Zero denominator without income.",
        basis: Basis::Rows(&[Standard::SavingsOut, Standard::SavingsIn]),
        value: savings_to_income,
    },
];

/// Sum and number of the closing balances of a window.
fn mean(digest: &Digest<'_>, window: Window) -> Result<(i128, i128), Missing> {
    let days = digest.balances(digest.span(window))?;
    Ok((days.sum(), days.count().into()))
}

/// Mean balance over money a day: (sum / count) / (flow / days).
fn mean_to_daily(digest: &Digest<'_>, window: Window, standard: Standard) -> Outcome {
    let (sum, count) = mean(digest, window)?;
    let (monthly, days) = per_month(standard, window, digest)?;
    ratio(sum.saturating_mul(days * 30), monthly.saturating_mul(count))
}

fn eod_balance_avg_to_inflow(digest: &Digest<'_>, window: Window) -> Outcome {
    let (sum, count) = mean(digest, window)?;
    let (monthly, days) = per_month(Standard::Inflow, window, digest)?;
    ratio(sum.saturating_mul(days), monthly.saturating_mul(count))
}

fn extreme_to_monthly(
    digest: &Digest<'_>,
    window: Window,
    standard: Standard,
    extreme: impl Fn(Balances<'_>) -> Option<i64>,
) -> Outcome {
    let extreme = extreme(digest.balances(digest.span(window))?).ok_or(Missing::NotEnoughHistory)?;
    amount_to_monthly(extreme.into(), standard, window, digest)
}

fn percentile_to_daily(digest: &Digest<'_>, window: Window, percent: u8) -> Outcome {
    let sorted = digest.balances(digest.span(window))?.sorted();
    let level = percentile(&sorted, percent).ok_or(Missing::NotEnoughHistory)?;
    let (monthly, days) = per_month(Standard::Outflow, window, digest)?;
    ratio(level.numerator.saturating_mul(days * 30), monthly.saturating_mul(level.denominator))
}

fn balance_current_to_outflow(digest: &Digest<'_>, window: Window) -> Outcome {
    let last = digest.series()?.on(digest.ledger.end.plus(-1)).ok_or(Missing::NotEnoughHistory)?;
    let (monthly, days) = per_month(Standard::Outflow, window, digest)?;
    ratio(i128::from(last).saturating_mul(days * 30), monthly)
}

/// Whether a closing balance is below `multiple` days of outflow: closing × days < multiple × outflow, in whole numbers.
pub(super) fn is_low(digest: &Digest<'_>, span: Span, closing: i64, multiple: i64) -> bool {
    let Ok(days) = length(span) else { return false };
    i128::from(closing) * i128::from(days) < Standard::Outflow.sum(digest, span) * i128::from(multiple)
}

/// Share of covered days below `multiple` days of outflow.
fn share_days_below(digest: &Digest<'_>, window: Window, multiple: i64) -> Outcome {
    let span = digest.span(window);
    let balances = digest.balances(span)?;
    digest.covers(span, None)?;
    length(span)?;
    let low = balances.closing.iter().filter(|closing| is_low(digest, span, **closing, multiple)).count();
    ratio(i128::try_from(low).unwrap_or(0), balances.count().into())
}

/// Mean balance of the last 30 days over (flow a day + extra a month / 30).
fn buffer_days(digest: &Digest<'_>, window: Window, standard: Standard, extra: i64) -> Outcome {
    let (sum, count) = mean(digest, Window::days(30))?;
    let (monthly, days) = per_month(standard, window, digest)?;
    let burden = monthly.saturating_add(i128::from(extra) * days);
    ratio(sum.saturating_mul(days * 30), burden.saturating_mul(count))
}

fn post_loan_buffer_days(digest: &Digest<'_>, window: Window) -> Outcome {
    let instalment = digest.application.instalment_amount.ok_or(Missing::NotApplicable)?;
    buffer_days(digest, window, Standard::Outflow, instalment)
}

/// Sum and number of the closing balances `shift` days from each of the window's days with income.
fn around_income(digest: &Digest<'_>, window: Window, shift: i32) -> Result<(i128, i128), Missing> {
    let span = digest.span(window);
    digest.covers(span, None)?;
    digest.balances(span)?;
    let series: &BalanceSeries = digest.series()?;
    let days = digest.ages(Standard::Income.id(), span);
    let days = days.iter().map(|&age| Day(digest.ledger.end.0 - 1 - i32::try_from(age).unwrap_or(0)).plus(shift));
    let (count, sum, _) = moments(days.filter_map(|day| series.on(day)).map(i128::from));
    if count == 0 { Err(Missing::NoSuchEvent) } else { Ok((sum, count.into())) }
}

fn payday_cushion_to_outflow(digest: &Digest<'_>, window: Window) -> Outcome {
    let (sum, count) = around_income(digest, window, -1)?;
    let (monthly, days) = per_month(Standard::Outflow, window, digest)?;
    ratio(sum.saturating_mul(days * 30), monthly.saturating_mul(count))
}

fn savings_to_income(digest: &Digest<'_>, window: Window) -> Outcome {
    let span = digest.span(window);
    let net = Standard::SavingsOut.sum(digest, span) - Standard::SavingsIn.sum(digest, span);
    sum_to_sum(net, Standard::Income, window, digest)
}
