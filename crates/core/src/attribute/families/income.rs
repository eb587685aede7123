//! Income beyond single measures: regularity on 30-day sums, gaps, drops. All income counts alike, whatever its source.

use super::{super::declared::rounded_real, *};

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
        definition: "Sample standard deviation of the income of the window's consecutive 30-day buckets, counted back from T, divided by their mean. Zero denominator without income.",
        basis: Basis::Rows(&[Standard::Income]),
        value: |digest, window| variation(&buckets(Standard::Income, window, digest)?),
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
        definition: "Sample standard deviation of the income of the window's consecutive 30-day buckets, counted back from T, rounded to the minor unit.",
        basis: Basis::Rows(&[Standard::Income]),
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
        definition: "Lowest income of the window's consecutive 30-day buckets, counted back from T.",
        basis: Basis::Rows(&[Standard::Income]),
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
        definition: "Lowest income of the window's consecutive 30-day buckets, counted back from T, divided by their mean. Zero denominator without income.",
        basis: Basis::Rows(&[Standard::Income]),
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
        definition: "The window's consecutive 30-day buckets, counted back from T, that have income.",
        basis: Basis::Rows(&[Standard::Income]),
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
        definition: "Longest run of days without income inside the window; a run is cut at the window's ends.",
        basis: Basis::Rows(&[Standard::Income]),
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
        definition: "1 when the income of the last 30 days is below 70 percent of the mean of the window's 30-day buckets before it, else 0. No such event when those buckets hold no income.",
        basis: Basis::Rows(&[Standard::Income]),
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
        definition: "Income of the last 30 days divided by the mean income of the window's 30-day buckets before it. Zero denominator when those hold no income.",
        basis: Basis::Rows(&[Standard::Income]),
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
];

fn income_std_30d_bucket(digest: &Digest<'_>, window: Window) -> Outcome {
    let (count, sum, squares) = moments(buckets(Standard::Income, window, digest)?);
    deviation(count, sum, squares).map(rounded_real).ok_or(Missing::TooFewEvents)
}

fn income_min_30d_bucket(digest: &Digest<'_>, window: Window) -> Outcome {
    buckets(Standard::Income, window, digest)?.into_iter().min().map(Value::integer).ok_or(Missing::TooFewEvents)
}

fn income_min_to_mean(digest: &Digest<'_>, window: Window) -> Outcome {
    let buckets = buckets(Standard::Income, window, digest)?;
    let (count, sum, _) = moments(buckets.iter().copied());
    ratio(buckets.into_iter().min().unwrap_or(0).saturating_mul(count.into()), sum)
}

fn income_months_present(digest: &Digest<'_>, window: Window) -> Outcome {
    integer(buckets(Standard::Income, window, digest)?.iter().filter(|&&sum| 0 < sum).count())
}

fn income_longest_gap_days(digest: &Digest<'_>, window: Window) -> Outcome {
    let span = digest.span(window);
    digest.covers(span, None)?;
    // Days older than the first row are no gap: nothing is known of them.
    let oldest = digest.history_days()?.min(span.far);
    let (mut next, mut longest) = (span.near, 0);
    for age in digest.ages(Standard::Income.id(), span) {
        longest = longest.max(age - next);
        next = age + 1;
    }
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
