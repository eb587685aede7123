//! Liquidity: balances against flows, free of currency and scale, and balances around income.
//!
//! Missing, for every entry: as the balances and the flows it is made of.

use super::{super::declared::rounded, spend::pay_days, *};
use crate::{
    digest::{
        balance::{BalanceSeries, Balances},
        exact::{Fraction, percentile},
        levels::Stretch,
    },
    time::Day,
};

/// A payment is burnt when this share of it has been spent, in percent.
const BURNT_PERCENT: i128 = 80;

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
        basis: Basis::EachBalance,
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
        basis: Basis::EachBalance,
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
        value: |digest, window| extreme_to_monthly(digest, window, Standard::Inflow, |days| days.lowest()),
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
        basis: Basis::EachBalance,
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
        basis: Basis::EachBalance,
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
            extreme_to_monthly(digest, window, Standard::Inflow, |days| days.lowest().min(0).saturating_neg())
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
    Entry {
        name: "days_below_0",
        tier: Tier::Extended,
        sources: "Belvo (days_balance_below_x); Heron (low_balance_days); Plaid Cash Flow Updates (<100)",
        unit: Unit::Days,
        windows: MONTH_TO_YEAR,
        risk: Risk::Rises,
        reason: "low_balance_days",
        compliance: Compliance::ModelOk,
        definition: "Covered days of the window with a closing balance below 0 major units of the scored currency. As days_negative_balance, under the catalogue's name.",
        basis: Basis::Traced(Trace { name: "days below 0", rows: |digest, window| days_below(digest, window, 0) }),
        value: |digest, window| integer(count_below(digest, window, 0)?),
    },
    Entry {
        name: "days_below_25",
        tier: Tier::Extended,
        sources: "Belvo (days_balance_below_x); Heron (low_balance_days); Plaid Cash Flow Updates (<100)",
        unit: Unit::Days,
        windows: MONTH_TO_YEAR,
        risk: Risk::Rises,
        reason: "low_balance_days",
        compliance: Compliance::ModelOk,
        definition: "Covered days of the window with a closing balance below 25 major units of the scored currency.",
        basis: Basis::Traced(Trace { name: "days below 25", rows: |digest, window| days_below(digest, window, 25) }),
        value: |digest, window| integer(count_below(digest, window, 25)?),
    },
    Entry {
        name: "days_below_50",
        tier: Tier::Extended,
        sources: "Belvo (days_balance_below_x); Heron (low_balance_days); Plaid Cash Flow Updates (<100)",
        unit: Unit::Days,
        windows: MONTH_TO_YEAR,
        risk: Risk::Rises,
        reason: "low_balance_days",
        compliance: Compliance::ModelOk,
        definition: "Covered days of the window with a closing balance below 50 major units of the scored currency.",
        basis: Basis::Traced(Trace { name: "days below 50", rows: |digest, window| days_below(digest, window, 50) }),
        value: |digest, window| integer(count_below(digest, window, 50)?),
    },
    Entry {
        name: "days_below_100",
        tier: Tier::Extended,
        sources: "Belvo (days_balance_below_x); Heron (low_balance_days); Plaid Cash Flow Updates (<100)",
        unit: Unit::Days,
        windows: MONTH_TO_YEAR,
        risk: Risk::Rises,
        reason: "low_balance_days",
        compliance: Compliance::ModelOk,
        definition: "Covered days of the window with a closing balance below 100 major units of the scored currency.",
        basis: Basis::Traced(Trace { name: "days below 100", rows: |digest, window| days_below(digest, window, 100) }),
        value: |digest, window| integer(count_below(digest, window, 100)?),
    },
    Entry {
        name: "days_below_250",
        tier: Tier::Extended,
        sources: "Belvo (days_balance_below_x); Heron (low_balance_days); Plaid Cash Flow Updates (<100)",
        unit: Unit::Days,
        windows: MONTH_TO_YEAR,
        risk: Risk::Rises,
        reason: "low_balance_days",
        compliance: Compliance::ModelOk,
        definition: "Covered days of the window with a closing balance below 250 major units of the scored currency.",
        basis: Basis::Traced(Trace { name: "days below 250", rows: |digest, window| days_below(digest, window, 250) }),
        value: |digest, window| integer(count_below(digest, window, 250)?),
    },
    Entry {
        name: "days_below_500",
        tier: Tier::Extended,
        sources: "Belvo (days_balance_below_x); Heron (low_balance_days); Plaid Cash Flow Updates (<100)",
        unit: Unit::Days,
        windows: MONTH_TO_YEAR,
        risk: Risk::Rises,
        reason: "low_balance_days",
        compliance: Compliance::ModelOk,
        definition: "Covered days of the window with a closing balance below 500 major units of the scored currency.",
        basis: Basis::Traced(Trace { name: "days below 500", rows: |digest, window| days_below(digest, window, 500) }),
        value: |digest, window| integer(count_below(digest, window, 500)?),
    },
    Entry {
        name: "share_days_below_100",
        tier: Tier::Extended,
        sources: "Belvo",
        unit: Unit::Ratio,
        windows: MONTH_TO_YEAR,
        risk: Risk::Rises,
        reason: "low_balance_days",
        compliance: Compliance::ModelOk,
        definition: "Covered days of the window with a closing balance below 100 major units of the scored currency, divided by its covered days.",
        basis: Basis::Traced(Trace { name: "days below 100", rows: |digest, window| days_below(digest, window, 100) }),
        value: |digest, window| {
            let below = count_below(digest, window, 100)?;
            ratio(below, digest.balances(digest.span(window))?.count().into())
        },
    },
    Entry {
        name: "savings_at_least_3000_flag",
        tier: Tier::Extended,
        sources: "CFPB Making Ends Meet proxy",
        unit: Unit::Flag,
        windows: POINT,
        risk: Risk::Falls,
        reason: "savings_buffer",
        compliance: Compliance::ModelOk,
        definition: "1 when balance_current, the balances at T of all deposit accounts together, is at least 3,000 major units of the scored currency, else 0.",
        basis: Basis::Nothing,
        value: |digest, _| flag(minor(digest, 3_000) <= balances::held(digest)?),
    },
    Entry {
        name: "balance_to_inflow_ratio",
        tier: Tier::Extended,
        sources: "Heron (average_balance_to_revenue_ratio)",
        unit: Unit::Ratio,
        windows: MONTH_AND_QUARTER,
        risk: Risk::Falls,
        reason: "balance_level",
        compliance: Compliance::ModelOk,
        definition: "Mean closing balance divided by the inflow a month (30 days) of the window, the window often holding no whole calendar month. Over 90 days it is eod_balance_avg_to_inflow. Zero denominator without inflow.",
        basis: Basis::Balances,
        value: eod_balance_avg_to_inflow,
    },
    Entry {
        name: "paycheck_burn_days",
        tier: Tier::Core,
        sources: "",
        unit: Unit::Days,
        windows: QUARTER_AND_HALF,
        risk: Risk::Falls,
        reason: "payday_cushion",
        compliance: Compliance::ModelOk,
        definition: "Median number of days, 0 for the day itself, from a payment of the primary income stream (see pay_frequency) in the window, whatever its source (the catalogue says payroll), until the outflow to outside the application from its day on reaches 80 percent of it; at most the days until the stream's next payment. A last payment that is not spent by T is left out. No such event unless the stream has a cadence, has not stopped and has such a payment.",
        basis: Basis::Traced(Trace { name: "days of primary income until it is spent", rows: burnt_days }),
        value: paycheck_burn_days,
    },
];

/// Sum and number of the closing balances of a window.
fn mean(digest: &Digest<'_>, window: Window) -> Result<(i128, i128), Missing> {
    let days = digest.stretch(digest.span(window))?;
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
    extreme: impl Fn(Stretch<'_>) -> i64,
) -> Outcome {
    let extreme = extreme(digest.stretch(digest.span(window))?);
    amount_to_monthly(extreme.into(), standard, window, digest)
}

fn percentile_to_daily(digest: &Digest<'_>, window: Window, percent: u8) -> Outcome {
    let level = balances::level(digest, window, percent)?;
    let (monthly, days) = per_month(Standard::Outflow, window, digest)?;
    ratio(level.numerator.saturating_mul(days * 30), monthly.saturating_mul(level.denominator))
}

fn balance_current_to_outflow(digest: &Digest<'_>, window: Window) -> Outcome {
    let last = digest.series()?.on(digest.ledger.end.plus(-1)).ok_or(Missing::NotEnoughHistory)?;
    let (monthly, days) = per_month(Standard::Outflow, window, digest)?;
    ratio(i128::from(last).saturating_mul(days * 30), monthly)
}

/// Whether a closing balance is below `multiple` days of outflow: closing × days < multiple × outflow, in whole numbers.
pub(super) fn is_low(digest: &Digest<'_>, span: Span, multiple: i64) -> impl Fn(i64) -> bool {
    let days = length(span).ok().map(i128::from);
    let limit = Standard::Outflow.sum(digest, span) * i128::from(multiple);
    move |closing| days.is_some_and(|days| i128::from(closing) * days < limit)
}

/// Share of covered days below `multiple` days of outflow.
fn share_days_below(digest: &Digest<'_>, window: Window, multiple: i64) -> Outcome {
    let span = digest.span(window);
    let balances = digest.balances(span)?;
    digest.covers(span, None)?;
    length(span)?;
    let is_low = is_low(digest, span, multiple);
    let low = balances.closing.iter().filter(|closing| is_low(**closing)).count();
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
    digest.balances(span)?;
    digest.covers(span, None)?;
    let series: &BalanceSeries = digest.series()?;
    let (mut count, mut sum) = (0, 0);
    digest.each_age(Standard::Income.id(), span, |age| {
        let day = Day(digest.ledger.end.0 - 1 - i32::try_from(age).unwrap_or(0)).plus(shift);
        if let Some(closing) = series.on(day) {
            (count, sum) = (count + 1, sum + i128::from(closing));
        }
    });
    if count == 0 { Err(Missing::NoSuchEvent) } else { Ok((sum, count)) }
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

/// Major units of the scored currency as minor units.
fn minor(digest: &Digest<'_>, major: i64) -> i128 {
    i128::from(major) * 10_i128.pow(digest.ledger.currency.exponent())
}

/// How many covered days of a window close below an amount of major units.
fn count_below(digest: &Digest<'_>, window: Window, major: i64) -> Result<i128, Missing> {
    let below = i64::try_from(minor(digest, major)).unwrap_or(i64::MAX);
    // Several attributes ask for the same days in ascending order.
    let days = digest.sorted_balances(digest.span(window), |days| days.partition_point(|closing| *closing < below))?;
    Ok(days as i128)
}

fn days_below(digest: &Digest<'_>, window: Window, major: i64) -> Vec<Evidence> {
    let below = minor(digest, major);
    let days = digest.balances(digest.span(window)).map(Balances::days);
    let low = days.into_iter().flatten().filter(|(_, closing)| i128::from(*closing) < below);
    low.map(|(day, _)| Evidence::Day(day)).collect()
}

/// The payments of the primary income stream in a window that were spent or followed by another: the day, and how many days that
/// took.
fn burns(digest: &Digest<'_>, window: Window) -> Result<Vec<(Day, i64)>, Missing> {
    let span = digest.span(window);
    digest.covers(span, None)?;
    let pays = pay_days(digest)?;
    let (first, _) = span.range(digest.ledger.end);
    // Newest first, so that the days from a payment on are the first of them.
    let daily = digest.sums_by_age(Standard::Outflow.id(), span);
    let day_of = |age: u32| digest.ledger.end.plus(i32::try_from(age).map_or(i32::MIN, |age| -1 - age));
    let mut burns = vec![];
    for (at, &(pay, amount)) in pays.iter().enumerate().filter(|(_, (pay, _))| first <= *pay) {
        let next = pays.get(at + 1).map(|(next, _)| *next);
        let mut left = i128::from(amount).saturating_mul(BURNT_PERCENT);
        let until = daily.partition_point(|(age, _)| pay <= day_of(*age));
        let after = daily[..until].iter().rev().map(|(age, sum)| (day_of(*age), *sum));
        let mut before_next = after.take_while(|(day, _)| next.is_none_or(|next| *day < next));
        let spent = before_next.find(|(_, sum)| {
            left -= sum.saturating_mul(100);
            left <= 0
        });
        let end = spent.map(|(day, _)| day).or(next);
        burns.extend(end.map(|end| (pay, i64::from(end.0 - pay.0))));
    }
    Ok(burns)
}

fn paycheck_burn_days(digest: &Digest<'_>, window: Window) -> Outcome {
    let mut days: Vec<i64> = burns(digest, window)?.into_iter().map(|(_, days)| days).collect();
    days.sort_unstable();
    let median = percentile(&days, 50).ok_or(Missing::NoSuchEvent)?;
    Value::real(median.real())
}

fn burnt_days(digest: &Digest<'_>, window: Window) -> Vec<Evidence> {
    burns(digest, window).unwrap_or_default().into_iter().map(|(day, _)| Evidence::Day(day)).collect()
}
