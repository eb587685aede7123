//! Flows beyond single measures: concentration, negative months, what is left over.

use super::{super::declared::rounded, *};
use crate::digest::exact::Fraction;

const HALF_AND_YEAR: &[Window] = &[Window::days(180), Window::days(365)];

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        name: "net_cash_flow_to_inflow",
        tier: Tier::Core,
        sources: "",
        unit: Unit::Ratio,
        windows: MONTH_QUARTER_HALF,
        risk: Risk::Falls,
        reason: "net_cash_flow",
        compliance: Compliance::ModelOk,
        definition: "Inflow less outflow, divided by inflow; transfers within the application left out. Zero denominator without inflow.",
        basis: Basis::Rows(&[Standard::Inflow, Standard::Outflow]),
        value: net_cash_flow_to_inflow,
    },
    Entry {
        name: "share_months_negative_net_flow",
        tier: Tier::Core,
        sources: "",
        unit: Unit::Ratio,
        windows: &[Window::days(90), Window::days(180), Window::days(360), Window::days(365)],
        risk: Risk::Rises,
        reason: "net_cash_flow",
        compliance: Compliance::ModelOk,
        definition: "Of the window's consecutive covered 30-day buckets, counted back from T, the share in which outflow exceeds inflow.",
        basis: Basis::BucketRows(30, &[Standard::Inflow, Standard::Outflow]),
        value: share_months_negative_net_flow,
    },
    Entry {
        name: "months_negative_net_flow",
        tier: Tier::Extended,
        sources: "",
        unit: Unit::Count,
        windows: HALF_AND_YEAR,
        risk: Risk::Rises,
        reason: "net_cash_flow",
        compliance: Compliance::ModelOk,
        definition: "Calendar months that lie wholly in the window in which outflow exceeds inflow, transfers within the application left out.",
        basis: Basis::MonthRows(&[Standard::Inflow, Standard::Outflow], &[]),
        value: |digest, window| integer(negative(&net_by_month(digest, window)?)),
    },
    Entry {
        name: "share_calendar_months_negative_net_flow",
        tier: Tier::Extended,
        sources: "",
        unit: Unit::Ratio,
        windows: HALF_AND_YEAR,
        risk: Risk::Rises,
        reason: "net_cash_flow",
        compliance: Compliance::ModelOk,
        definition: "Of the covered calendar months that lie wholly in the window, the share that months_negative_net_flow counts: what the catalogue calls share_months_negative_net_flow, which here counts 30-day buckets back from T, so that the newest days count too and no bucket is longer than another.",
        basis: Basis::MonthRows(&[Standard::Inflow, Standard::Outflow], &[]),
        value: share_calendar_months_negative_net_flow,
    },
    Entry {
        name: "free_cash_flow_monthly_avg",
        tier: Tier::Extended,
        sources: "Flinks (average_monthly_free_cash_flow)",
        unit: Unit::MinorPerMonth,
        windows: QUARTER_AND_HALF,
        risk: Risk::Falls,
        reason: "disposable_income",
        compliance: Compliance::ModelOk,
        definition: "Mean, over the covered calendar months that lie wholly in the window, of income less spend less debt payments, rounded to the minor unit; may be negative. Spend and debt payments together are the outflow without transfers to own or unknown accounts.",
        basis: Basis::MonthRows(&[Standard::Income, Standard::Spend, Standard::DebtPayment], &[]),
        value: free_cash_flow_monthly_avg,
    },
    Entry {
        name: "inflow_concentration_hhi",
        tier: Tier::Extended,
        sources: "",
        unit: Unit::Ratio,
        windows: QUARTER_AND_HALF,
        risk: Risk::Neither,
        reason: "",
        compliance: Compliance::VerifyOnly,
        definition: "Sum of the squared shares of counterparties in the inflow. Zero denominator without inflow.",
        basis: Basis::Rows(&[Standard::Inflow]),
        value: |digest, window| concentration(digest, window, Standard::Inflow),
    },
    Entry {
        name: "outflow_concentration_hhi",
        tier: Tier::Extended,
        sources: "",
        unit: Unit::Ratio,
        windows: QUARTER_AND_HALF,
        risk: Risk::Neither,
        reason: "",
        compliance: Compliance::VerifyOnly,
        definition: "Sum of the squared shares of counterparties in the outflow. Zero denominator without outflow.",
        basis: Basis::Rows(&[Standard::Outflow]),
        value: |digest, window| concentration(digest, window, Standard::Outflow),
    },
    Entry {
        name: "inflow_day_concentration",
        tier: Tier::Extended,
        sources: "",
        unit: Unit::Ratio,
        windows: QUARTER_AND_HALF,
        risk: Risk::Rises,
        reason: "",
        compliance: Compliance::VerifyOnly,
        definition: "Sum of the squared shares of days in the inflow: 1 when all of it came on one day. It does not depend on how many payers share a day. Zero denominator without inflow.",
        basis: Basis::Rows(&[Standard::Inflow]),
        value: inflow_day_concentration,
    },
    Entry {
        name: "inflow_day_max_share",
        tier: Tier::Extended,
        sources: "",
        unit: Unit::Ratio,
        windows: QUARTER_AND_HALF,
        risk: Risk::Rises,
        reason: "",
        compliance: Compliance::VerifyOnly,
        definition: "Inflow of the day with the largest inflow, divided by all inflow of the window. Zero denominator without inflow.",
        basis: Basis::Rows(&[Standard::Inflow]),
        value: inflow_day_max_share,
    },
    Entry {
        name: "inflow_days",
        tier: Tier::Core,
        sources: "",
        unit: Unit::Days,
        windows: MONTH_TO_YEAR,
        risk: Risk::Neither,
        reason: "account_activity",
        compliance: Compliance::ModelOk,
        definition: "Distinct days with inflow from outside the application.",
        basis: Basis::Rows(&[Standard::Inflow]),
        value: inflow_days,
    },
];

fn net_cash_flow_to_inflow(digest: &Digest<'_>, window: Window) -> Outcome {
    let span = digest.span(window);
    let net = Standard::Inflow.sum(digest, span) - Standard::Outflow.sum(digest, span);
    sum_to_sum(net, Standard::Inflow, window, digest)
}

fn share_months_negative_net_flow(digest: &Digest<'_>, window: Window) -> Outcome {
    let inflow = buckets(Standard::Inflow, window, digest)?;
    let outflow = buckets(Standard::Outflow, window, digest)?;
    let negative = inflow.iter().zip(outflow.iter()).filter(|(inflow, outflow)| inflow < outflow).count();
    ratio(i128::try_from(negative).unwrap_or(0), i128::try_from(inflow.len()).unwrap_or(0))
}

/// Inflow less outflow of the whole calendar months of a window, newest first.
pub(super) fn net_by_month(digest: &Digest<'_>, window: Window) -> Result<Vec<i128>, Missing> {
    let inflow = monthly(Standard::Inflow, window, digest)?;
    let outflow = monthly(Standard::Outflow, window, digest)?;
    Ok(inflow.iter().zip(outflow.iter()).map(|(inflow, outflow)| inflow - outflow).collect())
}

fn negative(net: &[i128]) -> usize {
    net.iter().filter(|net| **net < 0).count()
}

fn share_calendar_months_negative_net_flow(digest: &Digest<'_>, window: Window) -> Outcome {
    let net = net_by_month(digest, window)?;
    ratio(i128::try_from(negative(&net)).unwrap_or(0), i128::try_from(net.len()).unwrap_or(0))
}

fn free_cash_flow_monthly_avg(digest: &Digest<'_>, window: Window) -> Outcome {
    let (count, income, _) = moments(monthly(Standard::Income, window, digest)?);
    let (_, spend, _) = moments(monthly(Standard::Spend, window, digest)?);
    let (_, debt, _) = moments(monthly(Standard::DebtPayment, window, digest)?);
    Fraction::new(income - spend - debt, count.into()).map(rounded).ok_or(Missing::NotEnoughHistory)
}

/// Sum of squared shares. The squares stay below `i128` for any amount that the limits admit.
fn herfindahl(parts: impl Iterator<Item = i128>) -> Outcome {
    let (_, sum, squares) = moments(parts);
    ratio(squares, sum.saturating_mul(sum))
}

fn concentration(digest: &Digest<'_>, window: Window, standard: Standard) -> Outcome {
    let span = digest.span(window);
    digest.covers(span, None)?;
    herfindahl(digest.counterparty_sums(standard.id(), span).into_iter())
}

fn inflow_day_concentration(digest: &Digest<'_>, window: Window) -> Outcome {
    let span = digest.span(window);
    digest.covers(span, None)?;
    herfindahl(digest.sums_by_age(Standard::Inflow.id(), span).iter().map(|(_, sum)| *sum))
}

fn inflow_day_max_share(digest: &Digest<'_>, window: Window) -> Outcome {
    let daily = digest.sums_by_age(Standard::Inflow.id(), digest.span(window)).iter();
    sum_to_sum(daily.map(|(_, sum)| *sum).max().unwrap_or(0), Standard::Inflow, window, digest)
}

fn inflow_days(digest: &Digest<'_>, window: Window) -> Outcome {
    let span = digest.span(window);
    digest.covers(span, None)?;
    integer(digest.distinct_days(Standard::Inflow.id(), span))
}
