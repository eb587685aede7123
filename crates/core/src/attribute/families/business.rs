//! Business: revenue over months and years, customers, suppliers, margin, cushion.

use std::cmp::Reverse;

use super::{trend::month_to_window, *};
use crate::{
    digest::plan::days_between,
    stream::{Stream, cadence::Cadence},
    time::Day,
};

/// Two years: what comparisons with the year before need.
const TWO_YEARS: &[Window] = &[Window::days(730)];
const HALF: &[Window] = &[Window::days(180)];

/// What all of the family share: none is for the consumer card, and none is predictive by evidence of ours.
const BUSINESS: Entry = Entry {
    name: "",
    tier: Tier::Extended,
    sources: "",
    unit: Unit::Ratio,
    windows: QUARTER,
    risk: Risk::Falls,
    reason: "",
    compliance: Compliance::VerifyOnly,
    definition: "",
    basis: Basis::Nothing,
    value: |_, _| Err(Missing::NotApplicable),
};

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        name: "revenue_monthly_avg",
        sources: "MoneyThumb (6/12m); Heron; Ocrolus",
        unit: Unit::MinorPerMonth,
        windows: &[Window::days(90), Window::days(180), Window::days(365)],
        definition: "Mean revenue of the covered calendar months that lie wholly in the window, rounded to the minor unit; revenue_per_month spreads the whole window over months of 30 days instead. Not enough history when no whole month fits.",
        basis: Basis::MonthRows(&[Standard::Revenue], &[]),
        value: |digest, window| monthly_mean(Standard::Revenue, window, digest),
        ..BUSINESS
    },
    Entry {
        name: "revenue_cv_monthly",
        sources: "Ocrolus (revenue_cv_3m)",
        windows: &[Window::days(90), Window::days(365)],
        risk: Risk::Rises,
        definition: "Sample standard deviation of the revenue of the covered calendar months that lie wholly in the window, divided by their mean. Too few events with one such month, zero denominator without revenue in them.",
        basis: Basis::MonthRows(&[Standard::Revenue], &[]),
        value: |digest, window| variation(&monthly(Standard::Revenue, window, digest)?),
        ..BUSINESS
    },
    Entry {
        name: "revenue_1m_3m_trend",
        sources: "Ocrolus",
        definition: "Revenue of the last 30 days divided by its mean over the window's covered 30-day buckets, less 1; positive when it rises. Zero denominator without revenue.",
        basis: Basis::BucketRows(30, &[Standard::Revenue]),
        value: |digest, window| month_to_window(digest, window, Standard::Revenue),
        ..BUSINESS
    },
    Entry {
        name: "revenue_growth_yoy",
        sources: "Codat (revenue growth)",
        windows: TWO_YEARS,
        definition: "Revenue of the last 365 days divided by that of the 365 days before them, less 1. Asks for nine tenths of the older year too; zero denominator without revenue in it.",
        // The newer year, and nine tenths of the older.
        basis: Basis::TracedBeyond(Trace { name: "revenue of both years", rows: revenue_rows }, &[694]),
        value: revenue_growth_yoy,
        ..BUSINESS
    },
    Entry {
        name: "seasonal_adjusted_revenue",
        unit: Unit::MinorPerMonth,
        windows: TWO_YEARS,
        definition: "Revenue a month (30 days) of the last 90 days, divided by the season's index: revenue of the same 90 days a year before over that of a quarter of the 365 days centred on them (90 / 365 of days 229 to 593 before T). The catalogue names one year, from which no season can be told, so it asks for nine tenths of two; one year's season is an estimate. Rounded to the minor unit; zero denominator without revenue in the same 90 days a year before.",
        basis: Basis::Rows(&[Standard::Revenue]),
        value: seasonal_adjusted_revenue,
        ..BUSINESS
    },
    Entry {
        name: "customer_concentration_top1",
        windows: HALF,
        risk: Risk::Rises,
        definition: "Revenue from the customer who paid most, divided by revenue. A customer is one whom the text names: payouts of processors, cash, cheques and deposits without a name hide many and count below the line only, so the value is the least that it can be. Zero denominator without revenue.",
        basis: Basis::Traced(Trace { name: "rows of the largest named customer", rows: largest_customer }),
        value: customer_concentration_top1,
        ..BUSINESS
    },
    Entry {
        name: "customer_concentration_hhi",
        windows: HALF,
        risk: Risk::Rises,
        definition: "Sum of the squared shares of revenue by customer, each share of all revenue; payouts of processors, cash, cheques and deposits without a name have no customer and add nothing, so the value is the least that it can be. Zero denominator without revenue.",
        basis: Basis::Rows(&[Standard::NamedCustomer]),
        value: |digest, window| concentration(digest, window, Standard::NamedCustomer, Standard::Revenue),
        ..BUSINESS
    },
    Entry {
        name: "supplier_concentration_hhi",
        sources: "Credit Canary (supplier concentration)",
        windows: HALF,
        risk: Risk::Rises,
        definition: "Sum of the squared shares by payee of what the business buys: operating expense without wages, taxes, bank fees and cheques, which the catalogue leaves in although they have no supplier. Zero denominator without such expense.",
        basis: Basis::Rows(&[Standard::SupplierExpense]),
        value: |digest, window| concentration(digest, window, Standard::SupplierExpense, Standard::SupplierExpense),
        ..BUSINESS
    },
    Entry {
        name: "payroll_out_regularity",
        windows: HALF,
        definition: "Dates of the wage streams' schedules in the window on which wages were paid within the schedule's tolerance, divided by all such dates, those left out that may still be answered. Wages of another stream answer a date too, so that a change of the provider is no miss. No such event without a wage stream that has a cadence.",
        basis: Basis::Traced(Trace { name: "wage runs and missed dates", rows: wage_runs }),
        value: payroll_out_regularity,
        ..BUSINESS
    },
    Entry {
        name: "rent_business_monthly",
        unit: Unit::MinorPerMonth,
        risk: Risk::Neither,
        definition: "Mean rent paid in the covered calendar months that lie wholly in the window, rounded to the minor unit; rent_per_month spreads the whole window over months of 30 days instead. The text does not tell rent of the business from the owner's. Not enough history when no whole month fits.",
        basis: Basis::MonthRows(&[Standard::Rent], &[]),
        value: |digest, window| monthly_mean(Standard::Rent, window, digest),
        ..BUSINESS
    },
    Entry {
        name: "operating_margin_cash",
        windows: QUARTER_AND_HALF,
        definition: "Revenue less operating expense, divided by revenue. Zero denominator without revenue.",
        basis: Basis::Rows(&[Standard::Revenue, Standard::OperatingExpense]),
        value: |digest, window| surplus_to(digest, window, Standard::Revenue),
        ..BUSINESS
    },
    Entry {
        name: "dscr_cash",
        sources: "Pave (DSCR-style)",
        windows: &[Window::days(90), Window::days(365)],
        definition: "Revenue less operating expense, divided by debt payments: debt service coverage in cash. Negative when expense is above revenue; zero denominator without debt payments.",
        basis: Basis::Rows(&[Standard::Revenue, Standard::OperatingExpense, Standard::DebtPayment]),
        value: |digest, window| surplus_to(digest, window, Standard::DebtPayment),
        ..BUSINESS
    },
    Entry {
        name: "average_balance_to_revenue",
        sources: "Heron",
        definition: "Mean closing balance of the window divided by the mean revenue of the covered calendar months that lie wholly in it. Zero denominator without revenue in them.",
        basis: Basis::EachBalance,
        value: average_balance_to_revenue,
        ..BUSINESS
    },
    Entry {
        name: "weeks_of_liquidity",
        windows: QUARTER_AND_HALF,
        definition: "Mean closing balance of the window divided by its outflow a week (7 days): how many weeks the money lasts when nothing comes in. Negative when the mean balance is; zero denominator without outflow.",
        basis: Basis::Balances,
        value: weeks_of_liquidity,
        ..BUSINESS
    },
];

fn days(far: u16, near: u16) -> Window {
    Window::Days { far, near }
}

fn revenue_growth_yoy(digest: &Digest<'_>, _: Window) -> Outcome {
    let (newer, older) = (digest.span(days(365, 0)), digest.span(days(730, 365)));
    digest.covers(older, None)?;
    let (newer, older) = (Standard::Revenue.sum(digest, newer), Standard::Revenue.sum(digest, older));
    ratio(newer - older, older)
}

fn revenue_rows(digest: &Digest<'_>, window: Window) -> Vec<Evidence> {
    digest.rows(Standard::Revenue.id(), digest.span(window)).map(|row| Evidence::Row(row.index)).collect()
}

/// (last 90 days / 3) / (the same days a year before / (their centred year × 90 / 365)), as one division.
fn seasonal_adjusted_revenue(digest: &Digest<'_>, window: Window) -> Outcome {
    digest.covers(digest.span(window), None)?;
    let sum = |far, near| Standard::Revenue.sum(digest, digest.span(days(far, near)));
    // The 90 days and the 365 around them have one middle: 410 days before T.
    let (last, before, year) = (sum(90, 0), sum(455, 365), sum(593, 228));
    let level = last.saturating_mul(year).saturating_mul(30);
    Fraction::new(level, before.saturating_mul(365)).map(rounded).ok_or(Missing::ZeroDenominator)
}

/// The named customer who paid most, as key and sum; of equals the one with the smaller key.
fn largest(digest: &Digest<'_>, window: Window) -> Option<(u64, i128)> {
    let customers = digest.counterparties(Standard::NamedCustomer.id(), digest.span(window));
    customers.max_by_key(|(key, sum)| (*sum, Reverse(*key)))
}

fn customer_concentration_top1(digest: &Digest<'_>, window: Window) -> Outcome {
    sum_to_sum(largest(digest, window).map_or(0, |(_, sum)| sum), Standard::Revenue, window, digest)
}

fn largest_customer(digest: &Digest<'_>, window: Window) -> Vec<Evidence> {
    let Some((key, _)) = largest(digest, window) else { return vec![] };
    let rows = digest.rows(Standard::NamedCustomer.id(), digest.span(window));
    rows.filter(|row| row.label.counterparty == key).map(|row| Evidence::Row(row.index)).collect()
}

/// Squared shares of `whole` by counterparty of `parts`, added up.
fn concentration(digest: &Digest<'_>, window: Window, parts: Standard, whole: Standard) -> Outcome {
    let span = digest.span(window);
    digest.covers(span, None)?;
    let (_, _, squares) = moments(digest.counterparty_sums(parts.id(), span));
    let whole = whole.sum(digest, span);
    ratio(squares, whole.saturating_mul(whole))
}

/// Streams of wages paid that have a cadence.
fn wage_streams<'d>(digest: &'d Digest<'_>) -> impl Iterator<Item = &'d Stream> {
    let wages = digest.taxonomy.purpose("payroll_out");
    let streams = digest.streams().list().iter();
    streams.filter(move |stream| Some(stream.purpose) == wages && stream.cadence != Cadence::Irregular)
}

/// The dates of wage streams that fall into a window: the occurrence's rows, or the day on which nothing came.
fn wage_dates(digest: &Digest<'_>, window: Window) -> Vec<(bool, Vec<Evidence>)> {
    let (span, end) = (digest.span(window), digest.ledger.end);
    let (first, last) = span.range(end);
    let inside = |day: Day| first <= day && day < last;
    let paid = digest.ages(Standard::PayrollOut.id(), Span::HISTORY);
    let mut dates = vec![];
    for stream in wage_streams(digest) {
        let streams = digest.streams();
        for one in streams.occurrences(stream).iter().filter(|one| one.due.is_some_and(inside)) {
            let rows = streams.rows(one).iter().filter_map(|at| digest.ledger.rows.get(*at as usize));
            dates.push((true, rows.map(|row| Evidence::Row(row.index)).collect()));
        }
        for &day in streams.missed(stream).iter().filter(|day| inside(**day)) {
            let age = i64::from(days_between(day, end)) - 1;
            let near = |at: &u32| (i64::from(*at) - age).abs() <= i64::from(stream.tolerance());
            dates.push((paid.iter().any(near), vec![Evidence::Day(day)]));
        }
    }
    dates
}

fn payroll_out_regularity(digest: &Digest<'_>, window: Window) -> Outcome {
    digest.covers(digest.span(window), None)?;
    let dates = wage_dates(digest, window);
    if dates.is_empty() {
        return Err(Missing::NoSuchEvent);
    }
    let hits = dates.iter().filter(|(hit, _)| *hit).count();
    ratio(i128::try_from(hits).unwrap_or(0), i128::try_from(dates.len()).unwrap_or(0))
}

fn wage_runs(digest: &Digest<'_>, window: Window) -> Vec<Evidence> {
    wage_dates(digest, window).into_iter().flat_map(|(_, evidence)| evidence).collect()
}

/// (revenue - operating expense) / money that a filter takes.
fn surplus_to(digest: &Digest<'_>, window: Window, over: Standard) -> Outcome {
    let span = digest.span(window);
    let surplus = Standard::Revenue.sum(digest, span) - Standard::OperatingExpense.sum(digest, span);
    sum_to_sum(surplus, over, window, digest)
}

/// (balances / days) / (revenue / months), as one division.
fn average_balance_to_revenue(digest: &Digest<'_>, window: Window) -> Outcome {
    let balances = digest.stretch(digest.span(window))?;
    let (months, revenue, _) = moments(monthly(Standard::Revenue, window, digest)?);
    ratio(balances.sum().saturating_mul(months.into()), revenue.saturating_mul(balances.count().into()))
}

/// (balances / covered days) / (outflow × 7 / days), as one division.
fn weeks_of_liquidity(digest: &Digest<'_>, window: Window) -> Outcome {
    let span = digest.span(window);
    let balances = digest.stretch(span)?;
    digest.covers(span, None)?;
    let outflow = Standard::Outflow.sum(digest, span).saturating_mul(7);
    let days = i128::from(length(span)?);
    ratio(balances.sum().saturating_mul(days), outflow.saturating_mul(balances.count().into()))
}
