//! Balances: level, spread and days below zero of the closing balances of all deposit accounts together.
//!
//! Missing, for every entry: not applicable without a deposit account, not permitted when none has a usable snapshot or one that
//! has rows lacks it, not enough history when fewer than nine tenths of the window's days are covered.

use super::{
    super::declared::{rounded, rounded_real},
    *,
};
use crate::{
    digest::{
        balance::{Balances, of_all_deposits},
        exact::{Fraction, percentile},
        levels::Stretch,
        plan::days_between,
    },
    time::Day,
};

const WEEK_TO_YEAR: &[Window] = &[
    Window::days(7),
    Window::days(14),
    Window::days(30),
    Window::days(60),
    Window::days(90),
    Window::days(180),
    Window::days(365),
];

const DAYS_AND_MONTHS: &[Window] = &[
    Window::days(7),
    Window::days(14),
    Window::days(30),
    Window::days(60),
    Window::days(90),
    Window::days(180),
    Window::days(365),
    Window::Month(0),
    Window::Month(1),
    Window::Month(2),
    Window::Month(3),
    Window::Month(4),
    Window::Month(5),
    Window::Month(6),
    Window::Month(7),
    Window::Month(8),
    Window::Month(9),
    Window::Month(10),
    Window::Month(11),
    Window::Month(12),
];

const MONTHS: &[Window] = &[
    Window::Month(0),
    Window::Month(1),
    Window::Month(2),
    Window::Month(3),
    Window::Month(4),
    Window::Month(5),
    Window::Month(6),
    Window::Month(7),
    Window::Month(8),
    Window::Month(9),
    Window::Month(10),
    Window::Month(11),
    Window::Month(12),
];

const PLAIN_AND_LAGGED: &[Window] = &[
    Window::days(30),
    Window::days(60),
    Window::days(90),
    Window::days(180),
    Window::days(365),
    Window::Days { far: 60, near: 30 },
    Window::Days { far: 90, near: 60 },
    Window::Days { far: 180, near: 90 },
];

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        name: "balance_current",
        tier: Tier::Core,
        sources: "UltraFICO; Flinks; Plaid; Belvo; Pngme",
        unit: Unit::Minor,
        windows: POINT,
        risk: Risk::Falls,
        reason: "balance_level",
        compliance: Compliance::ModelOk,
        definition: "Sum of the balances at T of the deposit accounts. Not permitted when none has one, or one that has rows lacks it.",
        basis: Basis::Nothing,
        value: |digest, _| held(digest).map(Value::integer),
    },
    Entry {
        name: "balance_available",
        tier: Tier::Core,
        sources: "Plaid Signal; Mastercard",
        unit: Unit::Minor,
        windows: POINT,
        risk: Risk::Falls,
        reason: "balance_level",
        compliance: Compliance::ModelOk,
        definition: "Sum of the available balances, after holds, of the newest snapshots at or before T of the deposit accounts. Not permitted when none has one, or one that has rows lacks it.",
        basis: Basis::Nothing,
        value: balance_available,
    },
    Entry {
        name: "eod_balance_avg",
        tier: Tier::Core,
        sources: "UltraFICO (1/3/6/12m); Ocrolus; Mastercard (2/6/12m); Plaid VOA (30/60d); Plaid CFR; Heron; Pngme",
        unit: Unit::Minor,
        windows: WEEK_TO_YEAR,
        risk: Risk::Falls,
        reason: "balance_level",
        compliance: Compliance::ModelOk,
        definition: "Mean closing balance of the window's covered days, rounded to the minor unit.",
        basis: Basis::EachBalance,
        value: eod_balance_avg,
    },
    Entry {
        name: "eod_balance_avg_weekday",
        tier: Tier::Extended,
        sources: "Ocrolus; Mastercard",
        unit: Unit::Minor,
        windows: MONTH_TO_YEAR,
        risk: Risk::Falls,
        reason: "balance_level",
        compliance: Compliance::ModelOk,
        definition: "Mean closing balance of the window's covered days from Monday to Friday, rounded to the minor unit.",
        basis: Basis::Balances,
        value: eod_balance_avg_weekday,
    },
    Entry {
        name: "eod_balance_median",
        tier: Tier::Core,
        sources: "Plaid Signal (p50); Pngme",
        unit: Unit::Minor,
        windows: PLAIN_AND_LAGGED,
        risk: Risk::Falls,
        reason: "balance_level",
        compliance: Compliance::ModelOk,
        definition: "Median closing balance of the window's covered days, rounded to the minor unit.",
        basis: Basis::EachBalance,
        value: |digest, window| quantile(digest, window, 50),
    },
    Entry {
        name: "eod_balance_p10",
        tier: Tier::Core,
        sources: "Plaid Signal",
        unit: Unit::Minor,
        windows: PLAIN_AND_LAGGED,
        risk: Risk::Falls,
        reason: "balance_level",
        compliance: Compliance::ModelOk,
        definition: "10th percentile of the closing balances of the window's covered days (linear interpolation), rounded to the minor unit.",
        basis: Basis::EachBalance,
        value: |digest, window| quantile(digest, window, 10),
    },
    Entry {
        name: "eod_balance_p90",
        tier: Tier::Core,
        sources: "Plaid Signal",
        unit: Unit::Minor,
        windows: PLAIN_AND_LAGGED,
        risk: Risk::Falls,
        reason: "balance_level",
        compliance: Compliance::ModelOk,
        definition: "90th percentile of the closing balances of the window's covered days (linear interpolation), rounded to the minor unit.",
        basis: Basis::EachBalance,
        value: |digest, window| quantile(digest, window, 90),
    },
    Entry {
        name: "eod_balance_min",
        tier: Tier::Core,
        sources: "Flinks; Ocrolus; Mastercard; Belvo",
        unit: Unit::Minor,
        windows: DAYS_AND_MONTHS,
        risk: Risk::Falls,
        reason: "balance_level",
        compliance: Compliance::ModelOk,
        definition: "Lowest closing balance of the window's covered days. A calendar month has a value when nine tenths of its days are covered, where one of flows asks for all.",
        basis: Basis::LowestDay,
        value: |digest, window| over(digest, window, |days| Some(days.lowest())),
    },
    Entry {
        name: "eod_balance_max",
        tier: Tier::Extended,
        sources: "Ocrolus; Mastercard; Belvo",
        unit: Unit::Minor,
        windows: DAYS_AND_MONTHS,
        risk: Risk::Falls,
        reason: "balance_level",
        compliance: Compliance::ModelOk,
        definition: "Highest closing balance of the window's covered days. A calendar month has a value when nine tenths of its days are covered, where one of flows asks for all.",
        basis: Basis::Balances,
        value: |digest, window| over(digest, window, |days| Some(days.highest())),
    },
    Entry {
        name: "eod_balance_std",
        tier: Tier::Core,
        sources: "Ocrolus; Mastercard (2/6/12m)",
        unit: Unit::Minor,
        windows: MONTH_TO_YEAR,
        risk: Risk::Neither,
        reason: "balance_level",
        compliance: Compliance::ModelOk,
        definition: "Sample standard deviation of the closing balances of the window's covered days, rounded to the minor unit.",
        basis: Basis::EachBalance,
        value: |digest, window| Ok(rounded_real(deviation_of(digest, window)?)),
    },
    Entry {
        name: "eod_balance_cv",
        tier: Tier::Core,
        sources: "Ocrolus",
        unit: Unit::Ratio,
        windows: MONTH_TO_YEAR,
        risk: Risk::Neither,
        reason: "balance_level",
        compliance: Compliance::ModelOk,
        definition: "Sample standard deviation of the closing balances of the window's covered days, divided by the magnitude of their mean. Zero denominator when the mean is zero.",
        basis: Basis::EachBalance,
        value: eod_balance_cv,
    },
    Entry {
        name: "balance_n_days_ago",
        tier: Tier::Extended,
        sources: "Flinks (balance_90_days_ago)",
        unit: Unit::Minor,
        windows: MONTH_TO_YEAR,
        risk: Risk::Neither,
        reason: "balance_level",
        compliance: Compliance::ModelOk,
        definition: "Closing balance of the first day of the window: n days before T. Not enough history when that day is not covered.",
        // The first day of each window.
        basis: Basis::TracedBeyond(Trace { name: "the window's first day", rows: first_day }, &[30, 60, 90, 180, 365]),
        value: balance_n_days_ago,
    },
    Entry {
        name: "balance_start_of_month",
        tier: Tier::Extended,
        sources: "Plaid CFR; Heron",
        unit: Unit::Minor,
        windows: MONTHS,
        risk: Risk::Neither,
        reason: "balance_level",
        compliance: Compliance::ModelOk,
        definition: "Closing balance of the day before the calendar month began. Not enough history when that day is not covered.",
        basis: Basis::Balances,
        value: balance_start_of_month,
    },
    Entry {
        name: "balance_end_of_month",
        tier: Tier::Extended,
        sources: "Plaid CFR; Heron; Belvo; Nordigen",
        unit: Unit::Minor,
        windows: MONTHS,
        risk: Risk::Neither,
        reason: "balance_level",
        compliance: Compliance::ModelOk,
        definition: "Closing balance of the calendar month's last day; for the current month of the last day before T. Not enough history when that day is not covered.",
        basis: Basis::Balances,
        value: balance_end_of_month,
    },
    Entry {
        name: "days_negative_balance",
        tier: Tier::Core,
        sources: "UltraFICO (1/3/6/12m); Plaid Signal (90d); Flinks (90d); Ocrolus; Mastercard; Plaid CFR; Heron; Belvo",
        unit: Unit::Days,
        windows: DAYS_AND_MONTHS,
        risk: Risk::Rises,
        reason: "negative_balance_days",
        compliance: Compliance::ModelOk,
        definition: "Covered days of the window with a closing balance below zero. A calendar month has a value when nine tenths of its days are covered, where one of flows asks for all.",
        basis: Basis::NegativeDays,
        value: |digest, window| over(digest, window, |days| whole(days.negative())),
    },
    Entry {
        name: "days_negative_balance_weekday",
        tier: Tier::Extended,
        sources: "Ocrolus",
        unit: Unit::Days,
        windows: MONTH_TO_YEAR,
        risk: Risk::Rises,
        reason: "negative_balance_days",
        compliance: Compliance::ModelOk,
        definition: "Covered days of the window from Monday to Friday with a closing balance below zero.",
        basis: Basis::NegativeAmong(Trace {
            name: "days below zero from Monday to Friday",
            rows: |digest, window| negative_days(digest, window, |day| day.weekday() < 5),
        }),
        value: days_negative_balance_weekday,
    },
    Entry {
        name: "days_positive_balance",
        tier: Tier::Extended,
        sources: "Mastercard",
        unit: Unit::Days,
        windows: MONTH_TO_YEAR,
        risk: Risk::Falls,
        reason: "negative_balance_days",
        compliance: Compliance::ModelOk,
        definition: "Covered days of the window with a closing balance above zero.",
        basis: Basis::Balances,
        value: |digest, window| over(digest, window, |days| whole(days.positive())),
    },
    Entry {
        name: "share_days_below_zero",
        tier: Tier::Core,
        sources: "",
        unit: Unit::Ratio,
        windows: MONTH_TO_YEAR,
        risk: Risk::Rises,
        reason: "negative_balance_days",
        compliance: Compliance::ModelOk,
        definition: "Covered days of the window with a closing balance below zero, divided by its covered days.",
        basis: Basis::NegativeDays,
        value: share_days_below_zero,
    },
    Entry {
        name: "days_any_account_negative",
        tier: Tier::Core,
        sources: "",
        unit: Unit::Days,
        windows: MONTH_TO_YEAR,
        risk: Risk::Rises,
        reason: "negative_balance_days",
        compliance: Compliance::ModelOk,
        definition: "Days of the window on which at least one deposit account closes below zero, whatever the others hold. Not enough history when the accounts together cover fewer than nine tenths of the window.",
        basis: Basis::Balances,
        value: days_any_account_negative,
    },
    Entry {
        name: "days_since_negative_balance",
        tier: Tier::Core,
        sources: "UltraFICO",
        unit: Unit::Days,
        windows: HISTORY,
        risk: Risk::Falls,
        reason: "negative_balance_recency",
        compliance: Compliance::ModelOk,
        definition: "Days from the latest closing balance below zero to T: 1 for the day before T. No such event when no covered day is below zero.",
        basis: Basis::NegativeDays,
        value: days_since_negative_balance,
    },
    Entry {
        name: "longest_negative_run_days",
        tier: Tier::Core,
        sources: "",
        unit: Unit::Days,
        windows: MONTH_TO_YEAR,
        risk: Risk::Rises,
        reason: "negative_balance_days",
        compliance: Compliance::ModelOk,
        definition: "Longest run of consecutive covered days of the window with a closing balance below zero; a run is cut at the window's ends.",
        basis: Basis::NegativeDays,
        value: |digest, window| {
            over(digest, window, |days| whole(runs(days).iter().map(|run| run.1).max().unwrap_or(0)))
        },
    },
    Entry {
        name: "negative_episode_count",
        tier: Tier::Core,
        sources: "",
        unit: Unit::Count,
        windows: MONTH_TO_YEAR,
        risk: Risk::Rises,
        reason: "negative_balance_days",
        compliance: Compliance::ModelOk,
        definition: "Runs of consecutive covered days of the window with a closing balance below zero.",
        basis: Basis::NegativeDays,
        value: |digest, window| over(digest, window, |days| whole(runs(days).len())),
    },
    Entry {
        name: "negative_depth_max",
        tier: Tier::Core,
        sources: "",
        unit: Unit::Minor,
        windows: MONTH_TO_YEAR,
        risk: Risk::Rises,
        reason: "negative_balance_depth",
        compliance: Compliance::ModelOk,
        definition: "Magnitude of the lowest closing balance of the window's covered days; 0 when none is below zero.",
        basis: Basis::LowestDay,
        value: |digest, window| over(digest, window, |days| Some(days.lowest().min(0).saturating_neg())),
    },
    Entry {
        name: "recovery_days_median",
        tier: Tier::Core,
        sources: "Carrington Labs (Resilience category, method not published)",
        unit: Unit::Days,
        windows: &[Window::days(90), Window::days(180), Window::days(365)],
        risk: Risk::Rises,
        reason: "negative_balance_days",
        compliance: Compliance::ModelOk,
        definition: "Median length, in days, of the runs of consecutive closing balances below zero that ended inside the window with a balance at or above zero; a run that began before the window counts whole. No such event without such a run.",
        basis: Basis::NegativeDays,
        value: recovery_days_median,
    },
    Entry {
        name: "weeks_balance_increasing",
        tier: Tier::Extended,
        sources: "Mastercard",
        unit: Unit::Count,
        windows: &[Window::days(84), Window::days(168), Window::History],
        risk: Risk::Falls,
        reason: "balance_trend",
        compliance: Compliance::ModelOk,
        definition: "Weeks of seven days, counted back from T, whose mean closing balance is higher than that of the week before, the window's first week left out.",
        basis: Basis::EachBalance,
        value: weeks_balance_increasing,
    },
];

/// A whole number of the window's closing balances.
fn over(digest: &Digest<'_>, window: Window, measure: impl Fn(Stretch<'_>) -> Option<i64>) -> Outcome {
    measure(digest.stretch(digest.span(window))?).map(Value::Integer).ok_or(Missing::NoSuchEvent)
}

fn whole(count: impl TryInto<i64>) -> Option<i64> {
    count.try_into().ok()
}

/// Runs of consecutive days below zero; most windows have none.
fn runs(days: Stretch<'_>) -> Vec<(Day, u64)> {
    if days.negative() == 0 { vec![] } else { days.days.negative_runs() }
}

/// The balances at T of the deposit accounts, added up.
pub(super) fn held(digest: &Digest<'_>) -> Result<i128, Missing> {
    let balances = of_all_deposits(digest.ledger, |account| account.balance_current)?;
    Ok(balances.into_iter().map(i128::from).sum())
}

fn balance_available(digest: &Digest<'_>, _: Window) -> Outcome {
    let balances = of_all_deposits(digest.ledger, |account| account.balance_available)?;
    Ok(Value::integer(balances.into_iter().map(i128::from).sum()))
}

fn eod_balance_avg(digest: &Digest<'_>, window: Window) -> Outcome {
    let days = digest.stretch(digest.span(window))?;
    Fraction::new(days.sum(), days.count().into()).map(rounded).ok_or(Missing::NotEnoughHistory)
}

fn eod_balance_avg_weekday(digest: &Digest<'_>, window: Window) -> Outcome {
    let (count, sum) = digest.stretch(digest.span(window))?.weekdays();
    Fraction::new(sum, count.into()).map(rounded).ok_or(Missing::NotEnoughHistory)
}

fn quantile(digest: &Digest<'_>, window: Window, percent: u8) -> Outcome {
    Ok(rounded(level(digest, window, percent)?))
}

/// A percentile (type 7) of a window's closing balances.
pub(super) fn level(digest: &Digest<'_>, window: Window, percent: u8) -> Result<Fraction, Missing> {
    digest.balance_percentile(digest.span(window), percent)
}

fn deviation_of(digest: &Digest<'_>, window: Window) -> Result<f64, Missing> {
    let (count, sum, squares) = digest.stretch(digest.span(window))?.moments();
    deviation(count, sum, squares).ok_or(Missing::TooFewEvents)
}

fn eod_balance_cv(digest: &Digest<'_>, window: Window) -> Outcome {
    let days = digest.stretch(digest.span(window))?;
    let (deviation, sum) = (deviation_of(digest, window)?, days.sum().abs());
    if sum == 0 {
        return Err(Missing::ZeroDenominator);
    }
    Value::real(deviation * real(days.count().into()) / real(sum))
}

fn balance_on(digest: &Digest<'_>, age: u32) -> Outcome {
    let day = i32::try_from(age).map_or(digest.ledger.end, |age| digest.ledger.end.plus(-1 - age));
    digest.series()?.on(day).map(Value::Integer).ok_or(Missing::NotEnoughHistory)
}

fn balance_n_days_ago(digest: &Digest<'_>, window: Window) -> Outcome {
    balance_on(digest, digest.span(window).far.saturating_sub(1))
}

fn first_day(digest: &Digest<'_>, window: Window) -> Vec<Evidence> {
    vec![Evidence::Day(digest.span(window).range(digest.ledger.end).0)]
}

fn balance_start_of_month(digest: &Digest<'_>, window: Window) -> Outcome {
    balance_on(digest, digest.span(window).far)
}

fn balance_end_of_month(digest: &Digest<'_>, window: Window) -> Outcome {
    balance_on(digest, digest.span(window).near)
}

fn days_negative_balance_weekday(digest: &Digest<'_>, window: Window) -> Outcome {
    integer(digest.stretch(digest.span(window))?.weekday_negative())
}

/// Of the days of a window that close below zero those that are wanted.
pub(super) fn negative_days(digest: &Digest<'_>, window: Window, is_wanted: impl Fn(Day) -> bool) -> Vec<Evidence> {
    let days = digest.balances(digest.span(window)).map(Balances::days);
    let wanted = days.into_iter().flatten().filter(|(day, closing)| *closing < 0 && is_wanted(*day));
    wanted.map(|(day, _)| Evidence::Day(day)).collect()
}

fn share_days_below_zero(digest: &Digest<'_>, window: Window) -> Outcome {
    let days = digest.stretch(digest.span(window))?;
    ratio(days.negative().into(), days.count().into())
}

fn days_any_account_negative(digest: &Digest<'_>, window: Window) -> Outcome {
    let span = digest.span(window);
    digest.balances(span)?;
    integer(digest.days_any_negative(span))
}

fn days_since_negative_balance(digest: &Digest<'_>, window: Window) -> Outcome {
    let days = digest.balances(digest.span(window))?;
    let latest = days.days().filter(|(_, closing)| *closing < 0).map(|(day, _)| day).last();
    integer(i64::from(digest.ledger.end.0) - i64::from(latest.ok_or(Missing::NoSuchEvent)?.0))
}

fn recovery_days_median(digest: &Digest<'_>, window: Window) -> Outcome {
    let span = digest.span(window);
    digest.balances(span)?;
    // A run that began before the window counts whole; one that lasts to the last day has not recovered.
    let series = digest.series()?;
    let runs = Balances { first: series.first, closing: &series.closing }.negative_runs();
    let after = |(first, length): &(Day, u64)| first.plus(i32::try_from(*length).unwrap_or(i32::MAX));
    let recovered = |day: Day| series.on(day).is_some() && span.contains(days_between(day, digest.ledger.end) - 1);
    let inside = runs.iter().filter(|run| recovered(after(run)));
    let mut runs: Vec<i64> = inside.filter_map(|run| whole(run.1)).collect();
    runs.sort_unstable();
    let median = percentile(&runs, 50).ok_or(Missing::NoSuchEvent)?;
    Value::real(median.real())
}

fn weeks_balance_increasing(digest: &Digest<'_>, window: Window) -> Outcome {
    let days = digest.balances(digest.span(window))?;
    // Whole weeks counted back from the newest day; sums stand for means, since every week has seven days.
    let weeks: Vec<i128> =
        days.closing.rchunks_exact(7).map(|week| week.iter().map(|&day| i128::from(day)).sum()).collect();
    integer(weeks.windows(2).filter(|pair| pair[1] < pair[0]).count())
}
