//! Variation and trend of balances and flows.

use super::{
    super::declared::{halves, rounded_real},
    flows::net_by_month,
    *,
};
use crate::digest::plan::days_between;

const MONTHLY: &[Window] = &[Window::days(90), Window::days(180), Window::days(365)];

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        name: "balance_trend_half",
        tier: Tier::Core,
        sources: "Ocrolus (cash_balance_trend_30/60/90d, sign reversed)",
        unit: Unit::Z,
        windows: &[Window::days(30), Window::days(60), Window::days(90), Window::days(180)],
        risk: Risk::Falls,
        reason: "balance_trend",
        compliance: Compliance::ModelOk,
        definition: "Mean closing balance of the newer half of the window less that of the older half, divided by the sample standard deviation of the window's closing balances; positive when rising. Zero denominator when the balance does not move.",
        basis: Basis::EachBalance,
        value: balance_trend_half,
    },
    Entry {
        name: "balance_change_to_outflow",
        tier: Tier::Core,
        sources: "",
        unit: Unit::Ratio,
        windows: QUARTER_AND_HALF,
        risk: Risk::Falls,
        reason: "balance_trend",
        compliance: Compliance::ModelOk,
        definition: "Mean closing balance of the newer half of the window less that of the older half, divided by the outflow a month (30 days) of the window. Zero denominator without outflow.",
        basis: Basis::EachBalance,
        value: balance_change_to_outflow,
    },
    Entry {
        name: "cashflow_trend_half",
        tier: Tier::Core,
        sources: "Ocrolus (cash_flow_trend, sign reversed)",
        unit: Unit::Z,
        windows: &[Window::days(30), Window::days(60), Window::days(90)],
        risk: Risk::Falls,
        reason: "net_cash_flow",
        compliance: Compliance::ModelOk,
        definition: "Mean daily net cash flow of the newer half of the window less that of the covered days of the older half, divided by the sample standard deviation of the daily net cash flows of all of them; positive when rising. Zero denominator when no flow varies.",
        basis: Basis::Rows(&[Standard::Inflow, Standard::Outflow]),
        value: cashflow_trend_half,
    },
    Entry {
        name: "inflow_cv",
        tier: Tier::Core,
        sources: "",
        unit: Unit::Ratio,
        windows: WHOLE_BUCKETS,
        risk: Risk::Rises,
        reason: "inflow_variability",
        compliance: Compliance::ModelOk,
        definition: "Sample standard deviation of the inflow of the window's consecutive covered 30-day buckets, counted back from T, divided by their mean. Zero denominator without inflow.",
        basis: Basis::BucketRows(30, &[Standard::Inflow]),
        value: |digest, window| variation(&buckets(Standard::Inflow, window, digest)?),
    },
    Entry {
        name: "outflow_cv",
        tier: Tier::Core,
        sources: "",
        unit: Unit::Ratio,
        windows: WHOLE_BUCKETS,
        risk: Risk::Rises,
        reason: "spending_variability",
        compliance: Compliance::ModelOk,
        definition: "Sample standard deviation of the outflow of the window's consecutive covered 30-day buckets, counted back from T, divided by their mean. Zero denominator without outflow.",
        basis: Basis::BucketRows(30, &[Standard::Outflow]),
        value: |digest, window| variation(&buckets(Standard::Outflow, window, digest)?),
    },
    Entry {
        name: "spend_cv",
        tier: Tier::Core,
        sources: "",
        unit: Unit::Ratio,
        windows: WHOLE_BUCKETS,
        risk: Risk::Rises,
        reason: "spending_variability",
        compliance: Compliance::ModelOk,
        definition: "Sample standard deviation of the spend of the window's consecutive covered 30-day buckets, counted back from T, divided by their mean. Zero denominator without spend.",
        basis: Basis::BucketRows(30, &[Standard::Spend]),
        value: |digest, window| variation(&buckets(Standard::Spend, window, digest)?),
    },
    Entry {
        name: "inflow_std_30d_bucket",
        tier: Tier::Extended,
        sources: "",
        unit: Unit::Minor,
        windows: WHOLE_BUCKETS,
        risk: Risk::Rises,
        reason: "inflow_variability",
        compliance: Compliance::ModelOk,
        definition: "Sample standard deviation of the inflow of the window's consecutive covered 30-day buckets, counted back from T, rounded to the minor unit.",
        basis: Basis::BucketRows(30, &[Standard::Inflow]),
        value: inflow_std_30d_bucket,
    },
    Entry {
        name: "weekly_inflow_std",
        tier: Tier::Extended,
        sources: "Pngme",
        unit: Unit::Minor,
        windows: &[Window::days(84)],
        risk: Risk::Rises,
        reason: "inflow_variability",
        compliance: Compliance::ModelOk,
        definition: "Sample standard deviation of the inflow of the window's covered whole weeks of seven days, counted back from T (twelve in 84 days), rounded to the minor unit.",
        basis: Basis::BucketRows(7, &[Standard::Inflow]),
        value: weekly_inflow_std,
    },
    Entry {
        name: "weekly_inflow_cv",
        tier: Tier::Core,
        sources: "",
        unit: Unit::Ratio,
        windows: &[Window::days(84)],
        risk: Risk::Rises,
        reason: "inflow_variability",
        compliance: Compliance::ModelOk,
        definition: "Sample standard deviation of the inflow of the window's covered whole weeks of seven days, counted back from T (twelve in 84 days), divided by their mean. Zero denominator without inflow.",
        basis: Basis::BucketRows(7, &[Standard::Inflow]),
        value: weekly_inflow_cv,
    },
    Entry {
        name: "net_flow_downside_to_inflow",
        tier: Tier::Core,
        sources: "",
        unit: Unit::Ratio,
        windows: WHOLE_BUCKETS,
        risk: Risk::Rises,
        reason: "net_cash_flow",
        compliance: Compliance::ModelOk,
        definition: "Root of the mean square of the negative net cash flows of the window's consecutive covered 30-day buckets (0 for the others), counted back from T, divided by their mean inflow. Zero denominator without inflow.",
        basis: Basis::BucketRows(30, &[Standard::Inflow, Standard::Outflow]),
        value: net_flow_downside_to_inflow,
    },
    Entry {
        name: "inflow_1m_3m_trend",
        tier: Tier::Core,
        sources: "Ocrolus (credit_1m_3m_trend)",
        unit: Unit::Ratio,
        windows: QUARTER,
        risk: Risk::Falls,
        reason: "inflow_trend",
        compliance: Compliance::ModelOk,
        definition: "Inflow of the last 30 days divided by its mean over the window's covered 30-day buckets, less 1. Zero denominator without inflow.",
        basis: Basis::BucketRows(30, &[Standard::Inflow]),
        value: |digest, window| month_to_window(digest, window, Standard::Inflow),
    },
    Entry {
        name: "outflow_1m_3m_trend",
        tier: Tier::Core,
        sources: "Ocrolus (debit_1m_3m_trend)",
        unit: Unit::Ratio,
        windows: QUARTER,
        risk: Risk::Rises,
        reason: "spending_trend",
        compliance: Compliance::ModelOk,
        definition: "Outflow of the last 30 days divided by its mean over the window's covered 30-day buckets, less 1. Zero denominator without outflow.",
        basis: Basis::BucketRows(30, &[Standard::Outflow]),
        value: |digest, window| month_to_window(digest, window, Standard::Outflow),
    },
    Entry {
        name: "debt_payment_1m_3m_trend",
        tier: Tier::Extended,
        sources: "",
        unit: Unit::Ratio,
        windows: QUARTER,
        risk: Risk::Rises,
        reason: "",
        compliance: Compliance::VerifyOnly,
        definition: "Debt payments of the last 30 days divided by their mean over the window's covered 30-day buckets, less 1. Zero denominator without debt payments.",
        basis: Basis::BucketRows(30, &[Standard::DebtPayment]),
        value: |digest, window| month_to_window(digest, window, Standard::DebtPayment),
    },
    Entry {
        name: "net_flow_trend",
        tier: Tier::Extended,
        sources: "Belvo (net_cashflow_trend)",
        unit: Unit::Ratio,
        windows: MONTH_QUARTER_HALF,
        risk: Risk::Falls,
        reason: "net_cash_flow",
        compliance: Compliance::ModelOk,
        definition: "Net cash flow of the window less that of the window of the same length before it, divided by the magnitude of the latter; positive when rising. Not enough history unless the window and nine tenths of the one before it are covered; zero denominator when the earlier net cash flow is zero.",
        // The window, and nine tenths of the one before.
        basis: Basis::TracedBeyond(
            Trace { name: "flows of the window and of the one before", rows: flows_of_both },
            &[57, 171, 342],
        ),
        value: net_flow_trend,
    },
    Entry {
        name: "inflow_std_monthly",
        tier: Tier::Extended,
        sources: "Ocrolus (credit_std_3m)",
        unit: Unit::Minor,
        windows: MONTHLY,
        risk: Risk::Rises,
        reason: "inflow_variability",
        compliance: Compliance::ModelOk,
        definition: "Sample standard deviation of the inflow of the covered calendar months that lie wholly in the window, rounded to the minor unit. inflow_std_30d_bucket takes buckets of 30 days. Too few events below two months.",
        basis: Basis::MonthRows(&[Standard::Inflow], &[]),
        value: inflow_std_monthly,
    },
    Entry {
        name: "inflow_cv_monthly",
        tier: Tier::Extended,
        sources: "Ocrolus (credit_cv_3m)",
        unit: Unit::Ratio,
        windows: MONTHLY,
        risk: Risk::Rises,
        reason: "inflow_variability",
        compliance: Compliance::ModelOk,
        definition: "Sample standard deviation of the inflow of the covered calendar months that lie wholly in the window, divided by their mean. inflow_cv takes buckets of 30 days. Too few events below two months; zero denominator without inflow.",
        basis: Basis::MonthRows(&[Standard::Inflow], &[]),
        value: |digest, window| variation(&monthly(Standard::Inflow, window, digest)?),
    },
    Entry {
        name: "outflow_cv_monthly",
        tier: Tier::Extended,
        sources: "Ocrolus (debit_cv_3m)",
        unit: Unit::Ratio,
        windows: MONTHLY,
        risk: Risk::Rises,
        reason: "spending_variability",
        compliance: Compliance::ModelOk,
        definition: "Sample standard deviation of the outflow of the covered calendar months that lie wholly in the window, divided by their mean. outflow_cv takes buckets of 30 days. Too few events below two months; zero denominator without outflow.",
        basis: Basis::MonthRows(&[Standard::Outflow], &[]),
        value: |digest, window| variation(&monthly(Standard::Outflow, window, digest)?),
    },
    Entry {
        name: "net_flow_downside_dev",
        tier: Tier::Extended,
        sources: "",
        unit: Unit::Minor,
        windows: &[Window::days(180), Window::days(365)],
        risk: Risk::Rises,
        reason: "net_cash_flow",
        compliance: Compliance::ModelOk,
        definition: "Root of the mean square of the negative net cash flows of the covered calendar months that lie wholly in the window (0 for the others), rounded to the minor unit. net_flow_downside_to_inflow takes buckets of 30 days and divides by inflow.",
        basis: Basis::MonthRows(&[Standard::Inflow, Standard::Outflow], &[]),
        value: net_flow_downside_dev,
    },
    Entry {
        name: "spend_volatility",
        tier: Tier::Core,
        sources: "",
        unit: Unit::Ratio,
        windows: QUARTER_AND_HALF,
        risk: Risk::Rises,
        reason: "spending_variability",
        compliance: Compliance::ModelOk,
        definition: "Sample standard deviation of the discretionary spend of the window's covered whole weeks of seven days, counted back from T (12 in 90 days, 25 in 180), divided by their mean. Zero denominator without discretionary spend.",
        basis: Basis::BucketRows(7, &[Standard::Discretionary]),
        value: |digest, window| variation(&weeks(Standard::Discretionary, window, digest)?),
    },
];

/// Means of the newer and older half of the window's balances, as sums with their numbers. The window as a whole must be
/// covered; its older half may then miss the days that the window may.
fn halves_of_balance(digest: &Digest<'_>, window: Window) -> Result<[(i128, i128); 2], Missing> {
    let span = digest.span(window);
    let days = digest.balances(span)?;
    let (newer, _) = halves(span).ok_or(Missing::NotApplicable)?;
    let older = usize::try_from(days_between(days.first, newer.range(digest.ledger.end).0)).unwrap_or(0);
    let (older, newer) = days.closing.split_at_checked(older).ok_or(Missing::NotEnoughHistory)?;
    if older.is_empty() || newer.is_empty() {
        return Err(Missing::NotEnoughHistory);
    }
    let mean = |half: &[i64]| (half.iter().map(|&closing| i128::from(closing)).sum(), half.len() as i128);
    Ok([mean(newer), mean(older)])
}

/// Newer mean less older mean, as a quotient's two sides.
fn change([newer, older]: [(i128, i128); 2]) -> (i128, i128) {
    let crossed = newer.0.saturating_mul(older.1).saturating_sub(older.0.saturating_mul(newer.1));
    (crossed, newer.1.saturating_mul(older.1))
}

fn balance_trend_half(digest: &Digest<'_>, window: Window) -> Outcome {
    let (above, below) = change(halves_of_balance(digest, window)?);
    let (count, sum, squares) = digest.stretch(digest.span(window))?.moments();
    let deviation = deviation(count, sum, squares).ok_or(Missing::TooFewEvents)?;
    if deviation <= 0.0 {
        return Err(Missing::ZeroDenominator);
    }
    Value::real(real(above) / (real(below) * deviation))
}

fn balance_change_to_outflow(digest: &Digest<'_>, window: Window) -> Outcome {
    let (above, below) = change(halves_of_balance(digest, window)?);
    let (monthly, days) = per_month(Standard::Outflow, window, digest)?;
    ratio(above.saturating_mul(days), monthly.saturating_mul(below))
}

fn cashflow_trend_half(digest: &Digest<'_>, window: Window) -> Outcome {
    let span = digest.span(window);
    let mut net = vec![0_i128; covered_length(digest, span)?];
    let mut add = |age: u32, amount: i128| {
        if let Some(day) = net.get_mut((age - span.near) as usize) {
            *day += amount;
        }
    };
    digest.sums_by_age(Standard::Inflow.id(), span).iter().for_each(|(age, sum)| add(*age, *sum));
    digest.sums_by_age(Standard::Outflow.id(), span).iter().for_each(|(age, sum)| add(*age, -*sum));
    let half = usize::try_from(length(span)? / 2).unwrap_or(0);
    let (newer, older) = net.split_at_checked(half).ok_or(Missing::NotEnoughHistory)?;
    let sum = |half: &[i128]| -> (i128, i128) { (half.iter().sum(), half.len() as i128) };
    let (newer, older) = (sum(newer), sum(older));
    if older.1 == 0 {
        return Err(Missing::NotEnoughHistory);
    }
    let (count, sum, squares) = moments(net.iter().copied());
    let deviation = deviation(count, sum, squares).ok_or(Missing::TooFewEvents)?;
    if deviation <= 0.0 {
        return Err(Missing::ZeroDenominator);
    }
    // Halves of one length need not be crossed.
    let (above, below) = if newer.1 == older.1 { (newer.0 - older.0, newer.1) } else { change([newer, older]) };
    Value::real(real(above) / (real(below) * deviation))
}

/// The covered days of a span that is covered by nine tenths.
fn covered_length(digest: &Digest<'_>, span: Span) -> Result<usize, Missing> {
    digest.covers(span, None)?;
    let days = span.far.min(digest.covered_days()?).saturating_sub(span.near);
    Ok(usize::try_from(days).unwrap_or(0))
}

fn inflow_std_30d_bucket(digest: &Digest<'_>, window: Window) -> Outcome {
    let (count, sum, squares) = moments(buckets(Standard::Inflow, window, digest)?);
    deviation(count, sum, squares).map(rounded_real).ok_or(Missing::TooFewEvents)
}

/// Sums of the whole weeks that the window holds and the history covers, newest first: magnitudes, or for `Flow` inflow less
/// outflow, which is what `filters.toml` makes of it.
pub(super) fn weeks(standard: Standard, window: Window, digest: &Digest<'_>) -> Result<Vec<i128>, Missing> {
    let span = digest.span(window);
    let mut weeks = vec![0_i128; covered_length(digest, span)? / 7];
    let mut add = |age: u32, amount: i128| {
        if let Some(week) = weeks.get_mut(age as usize / 7) {
            *week += amount;
        }
    };
    match standard {
        Standard::Flow => {
            digest.sums_by_age(Standard::Inflow.id(), span).iter().for_each(|(age, sum)| add(*age, *sum));
            digest.sums_by_age(Standard::Outflow.id(), span).iter().for_each(|(age, sum)| add(*age, -*sum));
        }
        _ => digest.sums_by_age(standard.id(), span).iter().for_each(|(age, sum)| add(*age, *sum)),
    }
    Ok(weeks)
}

fn weekly_inflow_std(digest: &Digest<'_>, window: Window) -> Outcome {
    let (count, sum, squares) = moments(weeks(Standard::Inflow, window, digest)?);
    deviation(count, sum, squares).map(rounded_real).ok_or(Missing::TooFewEvents)
}

fn weekly_inflow_cv(digest: &Digest<'_>, window: Window) -> Outcome {
    variation(&weeks(Standard::Inflow, window, digest)?)
}

fn net_flow_downside_to_inflow(digest: &Digest<'_>, window: Window) -> Outcome {
    let inflow = buckets(Standard::Inflow, window, digest)?;
    let outflow = buckets(Standard::Outflow, window, digest)?;
    let net = inflow.iter().zip(outflow.iter()).map(|(inflow, outflow)| (inflow - outflow).min(0));
    let (count, _, squares) = moments(net);
    let total: i128 = inflow.iter().sum();
    if total <= 0 {
        return Err(Missing::ZeroDenominator);
    }
    let count = real(count.into());
    Value::real((real(squares) / count).sqrt() * count / real(total))
}

/// (last 30 days) / (window / number of 30-day buckets) - 1, as one division.
pub(super) fn month_to_window(digest: &Digest<'_>, window: Window, standard: Standard) -> Outcome {
    let buckets = buckets(standard, window, digest)?;
    let (count, sum, _) = moments(buckets.iter().copied());
    let last = buckets.first().copied().unwrap_or(0);
    ratio(last.saturating_mul(count.into()).saturating_sub(sum), sum)
}

/// A window and the one of the same length before it, as one.
fn doubled(digest: &Digest<'_>, window: Window) -> Result<(Span, Span), Missing> {
    let span = digest.span(window);
    let before = Span { near: span.far, far: span.far + length(span)? };
    Ok((span, before))
}

fn net_flow_trend(digest: &Digest<'_>, window: Window) -> Outcome {
    let (span, before) = doubled(digest, window)?;
    digest.covers(before, None)?;
    let net = |span: Span| Standard::Inflow.sum(digest, span) - Standard::Outflow.sum(digest, span);
    let (newer, older) = (net(span), net(before));
    ratio(newer - older, older.abs())
}

fn flows_of_both(digest: &Digest<'_>, window: Window) -> Vec<Evidence> {
    let Ok((span, before)) = doubled(digest, window) else { return vec![] };
    let rows = digest.rows(Standard::Flow.id(), Span { near: span.near, far: before.far });
    rows.map(|row| Evidence::Row(row.index)).collect()
}

fn inflow_std_monthly(digest: &Digest<'_>, window: Window) -> Outcome {
    let (count, sum, squares) = moments(monthly(Standard::Inflow, window, digest)?);
    deviation(count, sum, squares).map(rounded_real).ok_or(Missing::TooFewEvents)
}

fn net_flow_downside_dev(digest: &Digest<'_>, window: Window) -> Outcome {
    let net = net_by_month(digest, window)?;
    let (count, _, squares) = moments(net.into_iter().map(|net| net.min(0)));
    Ok(rounded_real((real(squares) / real(count.into())).sqrt()))
}
