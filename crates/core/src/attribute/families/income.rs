//! Income beyond single measures: regularity on 30-day sums, gaps, drops. All income counts alike, whatever its source; only how
//! regularly it comes is told without interest, which comes by the month whatever the applicant does.

use super::{
    super::declared::rounded_real,
    payroll::{INCOME_STREAMS, primary, stream_rows},
    *,
};
use crate::{
    digest::exact::percentile,
    gross_up,
    money::Currency,
    stream::{Stream, cadence::Cadence},
};

const YEAR: &[Window] = &[Window::days(365)];
const HALF: &[Window] = &[Window::days(180)];
const HALF_AND_YEAR: &[Window] = &[Window::days(180), Window::days(365)];
const QUARTER_HALF_YEAR: &[Window] = &[Window::days(90), Window::days(180), Window::days(365)];
const PRIMARY: Basis = Basis::Traced(Trace {
    name: "the primary income stream",
    rows: |digest, window| primary(digest).map_or_else(|_| vec![], |stream| stream_rows(digest, stream, window)),
});

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        name: "income_cv",
        tier: Tier::Core,
        sources: "",
        unit: Unit::Ratio,
        windows: WHOLE_BUCKETS,
        risk: Risk::Rises,
        reason: "income_regularity",
        compliance: Compliance::ModelOk,
        definition: "Sample standard deviation of the income (interest left out) of the window's consecutive covered 30-day buckets, counted back from T, divided by their mean. Zero denominator without such income.",
        basis: Basis::BucketRows(30, &[Standard::RegularIncome]),
        value: |digest, window| variation(&buckets(Standard::RegularIncome, window, digest)?),
    },
    Entry {
        name: "income_std_30d_bucket",
        tier: Tier::Core,
        sources: "",
        unit: Unit::Minor,
        windows: WHOLE_BUCKETS,
        risk: Risk::Rises,
        reason: "income_regularity",
        compliance: Compliance::ModelOk,
        definition: "Sample standard deviation of the income (interest left out) of the window's consecutive covered 30-day buckets, counted back from T, rounded to the minor unit.",
        basis: Basis::BucketRows(30, &[Standard::RegularIncome]),
        value: income_std_30d_bucket,
    },
    Entry {
        name: "income_min_30d_bucket",
        tier: Tier::Core,
        sources: "",
        unit: Unit::Minor,
        windows: WHOLE_BUCKETS,
        risk: Risk::Falls,
        reason: "income_regularity",
        compliance: Compliance::ModelOk,
        definition: "Lowest income (interest left out) of the window's consecutive covered 30-day buckets, counted back from T.",
        basis: Basis::BucketRows(30, &[Standard::RegularIncome]),
        value: income_min_30d_bucket,
    },
    Entry {
        name: "income_min_to_mean",
        tier: Tier::Core,
        sources: "",
        unit: Unit::Ratio,
        windows: WHOLE_BUCKETS,
        risk: Risk::Falls,
        reason: "income_regularity",
        compliance: Compliance::ModelOk,
        definition: "Lowest income (interest left out) of the window's consecutive covered 30-day buckets, counted back from T, divided by their mean. Zero denominator without such income.",
        basis: Basis::BucketRows(30, &[Standard::RegularIncome]),
        value: income_min_to_mean,
    },
    Entry {
        name: "income_months_present",
        tier: Tier::Core,
        sources: "Mastercard (incomeStreamMonths); Flinks",
        unit: Unit::Count,
        windows: WHOLE_BUCKETS,
        risk: Risk::Falls,
        reason: "income_regularity",
        compliance: Compliance::ModelOk,
        definition: "The window's consecutive covered 30-day buckets, counted back from T, that have income other than interest.",
        basis: Basis::BucketRows(30, &[Standard::RegularIncome]),
        value: income_months_present,
    },
    Entry {
        name: "income_longest_gap_days",
        tier: Tier::Core,
        sources: "",
        unit: Unit::Days,
        windows: MONTH_QUARTER_HALF,
        risk: Risk::Rises,
        reason: "income_regularity",
        compliance: Compliance::ModelOk,
        definition: "Longest run of covered days (see coverage_ratio) without income other than interest inside the window; a run is cut at the window's ends.",
        basis: Basis::Rows(&[Standard::RegularIncome]),
        value: income_longest_gap_days,
    },
    Entry {
        name: "income_drop_flag",
        tier: Tier::Core,
        sources: "Credit Canary (income shock)",
        unit: Unit::Flag,
        windows: QUARTER,
        risk: Risk::Rises,
        reason: "income_trend",
        compliance: Compliance::ModelOk,
        definition: "1 when the income of the last 30 days is below 70 percent of the mean of the window's covered 30-day buckets before it, else 0. No such event when those buckets hold no income.",
        basis: Basis::BucketRows(30, &[Standard::Income]),
        value: income_drop_flag,
    },
    Entry {
        name: "income_last_to_mean",
        tier: Tier::Core,
        sources: "",
        unit: Unit::Ratio,
        windows: WHOLE_BUCKETS,
        risk: Risk::Falls,
        reason: "income_trend",
        compliance: Compliance::ModelOk,
        definition: "Income of the last 30 days divided by the mean income of the window's covered 30-day buckets before it. Zero denominator when those hold no income.",
        basis: Basis::BucketRows(30, &[Standard::Income]),
        value: income_last_to_mean,
    },
    Entry {
        name: "stated_income_to_observed",
        tier: Tier::Extended,
        sources: "",
        unit: Unit::Ratio,
        windows: QUARTER_AND_HALF,
        risk: Risk::Neither,
        reason: "",
        compliance: Compliance::VerifyOnly,
        definition: "Stated income a month divided by the income a month (30 days) of the window. Not applicable without a stated income; zero denominator without income.",
        basis: Basis::Rows(&[Standard::Income]),
        value: stated_income_to_observed,
    },
    Entry {
        name: "income_monthly_avg",
        tier: Tier::Core,
        sources: "Plaid Income Insights; Flinks; Mastercard; Belvo; Algoan",
        unit: Unit::MinorPerMonth,
        windows: QUARTER_HALF_YEAR,
        risk: Risk::Falls,
        reason: "income_amount",
        compliance: Compliance::ModelOk,
        definition: "Mean income of the covered calendar months that lie wholly in the window, rounded to the minor unit; months without income count. income_per_month counts days instead. Not enough history when no such month lies in the window.",
        basis: Basis::MonthRows(&[Standard::Income], &[]),
        value: |digest, window| monthly_mean(Standard::Income, window, digest),
    },
    Entry {
        name: "income_std_monthly",
        tier: Tier::Extended,
        sources: "",
        unit: Unit::Minor,
        windows: HALF_AND_YEAR,
        risk: Risk::Rises,
        reason: "income_regularity",
        compliance: Compliance::ModelOk,
        definition: "Sample standard deviation of the income (interest left out) of the covered calendar months that lie wholly in the window, rounded to the minor unit. Too few events below two months.",
        basis: Basis::MonthRows(&[Standard::RegularIncome], &[]),
        value: income_std_monthly,
    },
    Entry {
        name: "income_cv_monthly",
        tier: Tier::Extended,
        sources: "Pngme (weekly credit std); Prism (stability claim)",
        unit: Unit::Ratio,
        windows: HALF_AND_YEAR,
        risk: Risk::Rises,
        reason: "income_regularity",
        compliance: Compliance::ModelOk,
        definition: "Sample standard deviation of the income (interest left out) of the covered calendar months that lie wholly in the window, divided by their mean. Zero denominator without such income.",
        basis: Basis::MonthRows(&[Standard::RegularIncome], &[]),
        value: |digest, window| variation(&monthly(Standard::RegularIncome, window, digest)?),
    },
    Entry {
        name: "income_min_month",
        tier: Tier::Extended,
        sources: "Ocrolus (min_3m pattern)",
        unit: Unit::Minor,
        windows: HALF_AND_YEAR,
        risk: Risk::Falls,
        reason: "income_regularity",
        compliance: Compliance::ModelOk,
        definition: "Lowest income (interest left out) among the covered calendar months that lie wholly in the window.",
        basis: Basis::MonthRows(&[Standard::RegularIncome], &[]),
        value: income_min_month,
    },
    Entry {
        name: "income_trend_3m",
        tier: Tier::Core,
        sources: "Flinks (trend); Belvo (trend)",
        unit: Unit::Ratio,
        windows: HALF,
        risk: Risk::Falls,
        reason: "income_trend",
        compliance: Compliance::ModelOk,
        definition: "Income of the last 90 days divided by that of the 90 days before, less 1; the catalogue asks for complete months, of which 180 days hold too few. Zero denominator without income in the earlier half.",
        basis: Basis::Rows(&[Standard::Income]),
        value: income_trend_3m,
    },
    Entry {
        name: "income_monthly_gross_est",
        tier: Tier::Extended,
        sources: "Plaid Income Insights; Mastercard",
        unit: Unit::MinorPerMonth,
        windows: QUARTER_HALF_YEAR,
        risk: Risk::Neither,
        reason: "",
        compliance: Compliance::VerifyOnly,
        definition: "Estimate of the income a month before taxes: wages of the window, scaled to 365 days, are taken as net of federal income tax (single filer, standard deduction) and of social security and Medicare contributions of the table year named in the documentation of the engine, and grossed up; other income is added as it came; a twelfth of the sum, rounded. No state tax, no other deduction. Not applicable outside US dollars.",
        basis: Basis::Rows(&[Standard::Income]),
        value: income_monthly_gross_est,
    },
    Entry {
        name: "income_stream_count",
        tier: Tier::Extended,
        sources: "Plaid Income Insights; Belvo; Mastercard",
        unit: Unit::Count,
        windows: &[Window::days(90), Window::days(365)],
        risk: Risk::Neither,
        reason: "",
        compliance: Compliance::VerifyOnly,
        definition: "Income streams with a payment in the window, irregular ones included. A payer of one payment is no stream.",
        basis: INCOME_STREAMS,
        value: income_stream_count,
    },
    Entry {
        name: "income_stream_active_count",
        tier: Tier::Extended,
        sources: "Plaid Income Insights; Mastercard",
        unit: Unit::Count,
        windows: POINT,
        risk: Risk::Neither,
        reason: "",
        compliance: Compliance::VerifyOnly,
        definition: "Income streams that are early or mature at T: nothing that was due is overdue beyond the tolerance of the cadence.",
        basis: INCOME_STREAMS,
        value: income_stream_active_count,
    },
    Entry {
        name: "income_category_count",
        tier: Tier::Extended,
        sources: "Plaid Income Insights",
        unit: Unit::Count,
        windows: YEAR,
        risk: Risk::Neither,
        reason: "",
        compliance: Compliance::VerifyOnly,
        definition: "Distinct purposes among the rows of income in the window.",
        basis: Basis::Rows(&[Standard::Income]),
        value: income_category_count,
    },
    Entry {
        name: "income_primary_share",
        tier: Tier::Extended,
        sources: "Flinks (primary employer)",
        unit: Unit::Ratio,
        windows: QUARTER_HALF_YEAR,
        risk: Risk::Neither,
        reason: "",
        compliance: Compliance::VerifyOnly,
        definition: "Income from the counterparty that paid most in the window, divided by all income. Zero denominator without income.",
        basis: Basis::Rows(&[Standard::Income]),
        value: income_primary_share,
    },
    Entry {
        name: "income_outlier_count",
        tier: Tier::Extended,
        sources: "Plaid Income Insights (is_outlier)",
        unit: Unit::Count,
        windows: YEAR,
        risk: Risk::Neither,
        reason: "",
        compliance: Compliance::VerifyOnly,
        definition: "Payments of income streams in the window above the median of their stream by more than three median absolute deviations; a stream counts from five payments in the history on.",
        basis: INCOME_STREAMS,
        value: income_outlier_count,
    },
    Entry {
        name: "income_stream_confidence",
        tier: Tier::Extended,
        sources: "Mastercard; Belvo; Nova Credit",
        unit: Unit::Score,
        windows: YEAR,
        risk: Risk::Neither,
        reason: "",
        compliance: Compliance::VerifyOnly,
        definition: "How well its calendar explains the primary income stream (see pay_frequency): 100 × answered dates / (answered dates + missed dates + payments off the schedule) over the whole history; the window only says how much history is asked for. No such event without a stream that has a cadence.",
        basis: PRIMARY,
        value: income_stream_confidence,
    },
];

fn income_std_30d_bucket(digest: &Digest<'_>, window: Window) -> Outcome {
    let (count, sum, squares) = moments(buckets(Standard::RegularIncome, window, digest)?);
    deviation(count, sum, squares).map(rounded_real).ok_or(Missing::TooFewEvents)
}

fn income_min_30d_bucket(digest: &Digest<'_>, window: Window) -> Outcome {
    buckets(Standard::RegularIncome, window, digest)?.into_iter().min().map(Value::integer).ok_or(Missing::TooFewEvents)
}

fn income_min_to_mean(digest: &Digest<'_>, window: Window) -> Outcome {
    let buckets = buckets(Standard::RegularIncome, window, digest)?;
    let (count, sum, _) = moments(buckets.iter().copied());
    ratio(buckets.into_iter().min().unwrap_or(0).saturating_mul(count.into()), sum)
}

fn income_months_present(digest: &Digest<'_>, window: Window) -> Outcome {
    integer(buckets(Standard::RegularIncome, window, digest)?.iter().filter(|&&sum| 0 < sum).count())
}

fn income_longest_gap_days(digest: &Digest<'_>, window: Window) -> Outcome {
    let span = digest.span(window);
    digest.covers(span, None)?;
    // Older days are no gap: nothing is known of them.
    let oldest = digest.covered_days()?.min(span.far);
    let (mut next, mut longest) = (span.near, 0);
    digest.each_age(Standard::RegularIncome.id(), span, |age| {
        longest = longest.max(age - next);
        next = age + 1;
    });
    integer(longest.max(oldest.saturating_sub(next)))
}

/// The newest bucket, the sum of the others, and how many those are.
fn last_and_before(digest: &Digest<'_>, window: Window) -> Result<(i128, i128, i128), Missing> {
    let buckets = buckets(Standard::Income, window, digest)?;
    let (last, before) = buckets.split_first().ok_or(Missing::TooFewEvents)?;
    Ok((*last, before.iter().sum(), i128::try_from(before.len()).unwrap_or(0)))
}

fn income_drop_flag(digest: &Digest<'_>, window: Window) -> Outcome {
    let (last, sum, count) = last_and_before(digest, window)?;
    if sum <= 0 {
        return Err(Missing::NoSuchEvent);
    }
    // last < 0.7 × sum / count, in whole numbers.
    flag(last.saturating_mul(10 * count) < sum.saturating_mul(7))
}

fn income_last_to_mean(digest: &Digest<'_>, window: Window) -> Outcome {
    let (last, sum, count) = last_and_before(digest, window)?;
    ratio(last.saturating_mul(count), sum)
}

fn stated_income_to_observed(digest: &Digest<'_>, window: Window) -> Outcome {
    let stated = digest.application.stated_income.ok_or(Missing::NotApplicable)?;
    amount_to_monthly(stated.into(), Standard::Income, window, digest)
}

fn income_std_monthly(digest: &Digest<'_>, window: Window) -> Outcome {
    let (count, sum, squares) = moments(monthly(Standard::RegularIncome, window, digest)?);
    deviation(count, sum, squares).map(rounded_real).ok_or(Missing::TooFewEvents)
}

fn income_min_month(digest: &Digest<'_>, window: Window) -> Outcome {
    monthly(Standard::RegularIncome, window, digest)?.into_iter().min().map(Value::integer).ok_or(Missing::TooFewEvents)
}

fn income_trend_3m(digest: &Digest<'_>, window: Window) -> Outcome {
    let span = digest.span(window);
    digest.covers(span, None)?;
    let (newer, older) = super::super::declared::halves(span).ok_or(Missing::NotApplicable)?;
    let (newer, older) = (Standard::Income.sum(digest, newer), Standard::Income.sum(digest, older));
    ratio(newer - older, older)
}

fn income_monthly_gross_est(digest: &Digest<'_>, window: Window) -> Outcome {
    gross_a_month(digest, window).map(rounded)
}

/// Income a month before taxes: see `income_monthly_gross_est`.
pub(super) fn gross_a_month(digest: &Digest<'_>, window: Window) -> Result<Fraction, Missing> {
    let span = digest.span(window);
    digest.covers(span, None)?;
    if digest.ledger.currency != Currency::USD {
        return Err(Missing::NotApplicable);
    }
    let days = i128::from(length(span)?);
    let wages = Standard::Salary.sum(digest, span);
    let others = Standard::Income.sum(digest, span) - wages;
    let a_year = |sum: i128| Fraction { numerator: sum.saturating_mul(365), denominator: days };
    let gross = gross_up::annual_gross(a_year(wages).round());
    Ok(Fraction { numerator: gross.saturating_add(a_year(others).round()), denominator: 12 })
}

fn income_stream_count(digest: &Digest<'_>, window: Window) -> Outcome {
    let span = digest.span(window);
    digest.covers(span, None)?;
    let (first, end) = span.range(digest.ledger.end);
    let streams = digest.streams();
    let paid = |stream: &&Stream| streams.occurrences(stream).iter().any(|one| first <= one.day && one.day < end);
    integer(streams.income().filter(paid).count())
}

fn income_stream_active_count(digest: &Digest<'_>, _: Window) -> Outcome {
    digest.history_days()?;
    integer(digest.streams().income().filter(|stream| stream.state.is_active()).count())
}

fn income_category_count(digest: &Digest<'_>, window: Window) -> Outcome {
    let span = digest.span(window);
    digest.covers(span, None)?;
    let mut seen = [false; 256];
    digest.each_label(Standard::Income.id(), span, |alike, _| seen[usize::from(alike.label.purpose.0)] = true);
    integer(seen.iter().filter(|seen| **seen).count())
}

fn income_primary_share(digest: &Digest<'_>, window: Window) -> Outcome {
    let span = digest.span(window);
    digest.covers(span, None)?;
    let payers = digest.counterparty_sums(Standard::Income.id(), span);
    ratio(payers.iter().copied().max().unwrap_or(0), payers.iter().sum())
}

fn income_outlier_count(digest: &Digest<'_>, window: Window) -> Outcome {
    let span = digest.span(window);
    digest.covers(span, None)?;
    let (first, end) = span.range(digest.ledger.end);
    let streams = digest.streams();
    let mut count = 0;
    for stream in streams.income() {
        let paid = streams.occurrences(stream);
        if paid.len() < 5 {
            continue;
        }
        let sorted = |mut values: Vec<i64>| {
            values.sort_unstable();
            values
        };
        let Some(middle) = percentile(&sorted(paid.iter().map(|one| one.amount).collect()), 50) else { continue };
        // Twice the median keeps halves whole: percentiles have the denominator 100.
        let off = |amount: i64| (i128::from(amount) * middle.denominator - middle.numerator) / 50;
        let distances = paid.iter().map(|one| i64::try_from(off(one.amount).abs()).unwrap_or(i64::MAX)).collect();
        let Some(spread) = percentile(&sorted(distances), 50) else { continue };
        let far = |amount: i64| 3 * spread.numerator < off(amount).saturating_mul(spread.denominator);
        count += paid.iter().filter(|one| first <= one.day && one.day < end && far(one.amount)).count();
    }
    integer(count)
}

fn income_stream_confidence(digest: &Digest<'_>, window: Window) -> Outcome {
    digest.covers(digest.span(window), None)?;
    let stream = primary(digest)?;
    if stream.cadence == Cadence::Irregular {
        return Err(Missing::NoSuchEvent);
    }
    let streams = digest.streams();
    let paid = streams.occurrences(stream);
    let answered = paid.iter().filter(|one| one.due.is_some()).count();
    let wide = |count: usize| i128::try_from(count).unwrap_or(i128::MAX);
    ratio(100 * wide(answered), wide(paid.len() + streams.missed(stream).len()))
}
