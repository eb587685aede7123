//! Affordability: what is asked for against what comes in, goes out and is left.
//!
//! Missing, for every entry that looks at what is asked for: not applicable when the application does not say.

use super::{super::declared::rounded_real, *};
use crate::{digest::exact::percentile, forecast};

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        name: "instalment_to_income",
        tier: Tier::Core,
        sources: "",
        unit: Unit::Ratio,
        windows: QUARTER_AND_HALF,
        risk: Risk::Rises,
        reason: "instalment_burden",
        compliance: Compliance::ModelOk,
        definition: "Instalment a month divided by the income a month (30 days) of the window. Not applicable without an instalment; zero denominator without income.",
        basis: Basis::Rows(&[Standard::Income]),
        value: |digest, window| amount_to_monthly(instalment(digest)?, Standard::Income, window, digest),
    },
    Entry {
        name: "instalment_to_inflow",
        tier: Tier::Core,
        sources: "",
        unit: Unit::Ratio,
        windows: QUARTER_AND_HALF,
        risk: Risk::Rises,
        reason: "instalment_burden",
        compliance: Compliance::ModelOk,
        definition: "Instalment a month divided by the inflow a month (30 days) of the window, income or not. Not applicable without an instalment; zero denominator without inflow.",
        basis: Basis::Rows(&[Standard::Inflow]),
        value: |digest, window| amount_to_monthly(instalment(digest)?, Standard::Inflow, window, digest),
    },
    Entry {
        name: "instalment_to_balance",
        tier: Tier::Core,
        sources: "",
        unit: Unit::Ratio,
        windows: QUARTER_AND_HALF,
        risk: Risk::Rises,
        reason: "instalment_burden",
        compliance: Compliance::ModelOk,
        definition: "Instalment a month divided by the mean closing balance of the window. Not applicable without an instalment; zero denominator when the mean is zero or below.",
        basis: Basis::Balances,
        value: instalment_to_balance,
    },
    Entry {
        name: "instalment_and_debt_to_income",
        tier: Tier::Core,
        sources: "",
        unit: Unit::Ratio,
        windows: QUARTER_AND_HALF,
        risk: Risk::Rises,
        reason: "instalment_burden",
        compliance: Compliance::ModelOk,
        definition: "Instalment a month plus debt payments a month (30 days) of the window, divided by the income a month. Not applicable without an instalment; zero denominator without income.",
        basis: Basis::Rows(&[Standard::Income, Standard::DebtPayment]),
        value: instalment_and_debt_to_income,
    },
    Entry {
        name: "requested_amount_to_inflow",
        tier: Tier::Core,
        sources: "",
        unit: Unit::Ratio,
        windows: QUARTER_AND_HALF,
        risk: Risk::Rises,
        reason: "requested_amount",
        compliance: Compliance::ModelOk,
        definition: "Requested amount divided by the inflow a month (30 days) of the window. Not applicable without a requested amount; zero denominator without inflow.",
        basis: Basis::Rows(&[Standard::Inflow]),
        value: |digest, window| amount_to_monthly(requested(digest)?, Standard::Inflow, window, digest),
    },
    Entry {
        name: "requested_amount_to_income",
        tier: Tier::Core,
        sources: "",
        unit: Unit::Ratio,
        windows: QUARTER_AND_HALF,
        risk: Risk::Rises,
        reason: "requested_amount",
        compliance: Compliance::ModelOk,
        definition: "Requested amount divided by the income a month (30 days) of the window. Not applicable without a requested amount; zero denominator without income.",
        basis: Basis::Rows(&[Standard::Income]),
        value: |digest, window| amount_to_monthly(requested(digest)?, Standard::Income, window, digest),
    },
    Entry {
        name: "requested_amount_to_balance",
        tier: Tier::Core,
        sources: "",
        unit: Unit::Ratio,
        windows: QUARTER_AND_HALF,
        risk: Risk::Rises,
        reason: "requested_amount",
        compliance: Compliance::ModelOk,
        definition: "Requested amount divided by the mean closing balance of the window. Not applicable without a requested amount; zero denominator when the mean is zero or below.",
        basis: Basis::Balances,
        value: requested_amount_to_balance,
    },
    Entry {
        name: "disposable_income",
        tier: Tier::Core,
        sources: "",
        unit: Unit::MinorPerMonth,
        windows: QUARTER_AND_HALF,
        risk: Risk::Falls,
        reason: "disposable_income",
        compliance: Compliance::ModelOk,
        definition: "Income less essential spend less debt payments, a month (30 days) of the window, rounded to the minor unit; may be negative.",
        basis: Basis::Rows(&[Standard::Income, Standard::Essential, Standard::DebtPayment]),
        value: disposable_income,
    },
    Entry {
        name: "disposable_income_to_income",
        tier: Tier::Core,
        sources: "",
        unit: Unit::Ratio,
        windows: QUARTER_AND_HALF,
        risk: Risk::Falls,
        reason: "disposable_income",
        compliance: Compliance::ModelOk,
        definition: "Income less essential spend less debt payments, divided by income. Zero denominator without income.",
        basis: Basis::Rows(&[Standard::Income, Standard::Essential, Standard::DebtPayment]),
        value: disposable_income_to_income,
    },
    Entry {
        name: "disposable_after_instalment_to_income",
        tier: Tier::Core,
        sources: "",
        unit: Unit::Ratio,
        windows: QUARTER_AND_HALF,
        risk: Risk::Falls,
        reason: "instalment_burden",
        compliance: Compliance::ModelOk,
        definition: "Income less essential spend less debt payments less the instalment a month, divided by income. Not applicable without an instalment; zero denominator without income.",
        basis: Basis::Rows(&[Standard::Income, Standard::Essential, Standard::DebtPayment]),
        value: disposable_after_instalment_to_income,
    },
    Entry {
        name: "net_cash_flow_after_instalment_to_inflow",
        tier: Tier::Core,
        sources: "",
        unit: Unit::Ratio,
        windows: QUARTER_AND_HALF,
        risk: Risk::Falls,
        reason: "instalment_burden",
        compliance: Compliance::ModelOk,
        definition: "Inflow less outflow less the instalment a month, divided by inflow. Not applicable without an instalment; zero denominator without inflow.",
        basis: Basis::Rows(&[Standard::Inflow, Standard::Outflow]),
        value: net_cash_flow_after_instalment_to_inflow,
    },
    Entry {
        name: "disposable_income_monthly",
        tier: Tier::Extended,
        sources: "Algoan; Flinks",
        unit: Unit::MinorPerMonth,
        windows: QUARTER_AND_HALF,
        risk: Risk::Falls,
        reason: "disposable_income",
        compliance: Compliance::ModelOk,
        definition: "Income less essential spend less debt payments, mean of the covered calendar months that lie wholly in the window, rounded to the minor unit; may be negative. disposable_income is the same over all days of the window, by 30 days.",
        basis: DISPOSABLE,
        value: disposable_income_monthly,
    },
    Entry {
        name: "stressed_disposable_income",
        tier: Tier::Core,
        sources: "",
        unit: Unit::MinorPerMonth,
        windows: &[Window::days(180)],
        risk: Risk::Falls,
        reason: "disposable_income",
        compliance: Compliance::ModelOk,
        definition: "Income of a bad month less essential spend of a dear one less debt payments: 20th percentile of the monthly income, 80th of the monthly essential spend, and the mean of the monthly debt payments (which the catalogue leaves open), over the covered calendar months that lie wholly in the window. Rounded to the minor unit; may be negative.",
        basis: DISPOSABLE,
        value: stressed_disposable_income,
    },
    Entry {
        name: "payment_capacity_max",
        tier: Tier::Extended,
        sources: "Algoan",
        unit: Unit::MinorPerMonth,
        windows: &[Window::days(180)],
        risk: Risk::Falls,
        reason: "net_cash_flow",
        compliance: Compliance::ModelOk,
        definition: "Largest new instalment a month that leaves the balance at or above zero with a probability of 90 % at each month end of the term that is asked for (12 months when none is asked for, 120 at most); so it depends on the application. Monthly net flows are taken as independent and normal with the mean and sample deviation of the covered calendar months that lie wholly in the window, so that after k months the balance at T may bear (balance - 1.2815515655 deviations √k) / k a month beside the mean; the smallest over k counts, rounded to the minor unit, 0 when it is negative. Balance at T as in balance_to_amount_ratio. Not permitted when no deposit account has a balance, or one that has rows lacks it.",
        basis: NET,
        value: payment_capacity_max,
    },
    Entry {
        name: "payment_to_income_new",
        tier: Tier::Extended,
        sources: "",
        unit: Unit::Ratio,
        windows: POINT,
        risk: Risk::Rises,
        reason: "instalment_burden",
        compliance: Compliance::ModelOk,
        definition: "Instalment a month divided by the mean income of the covered calendar months that lie wholly in the 180 days before T; instalment_to_income divides by all days of its window. Not applicable without an instalment; zero denominator without income.",
        basis: MONTHLY_INCOME,
        value: payment_to_income_new,
    },
    Entry {
        name: "prob_negative_next_30d",
        tier: Tier::Core,
        sources: "CreditKudos; Truv",
        unit: Unit::Probability,
        windows: POINT,
        risk: Risk::Rises,
        reason: "expected_balance",
        compliance: Compliance::ModelOk,
        definition: "Probability that all deposit accounts together close below zero on any of the next 30 days: the daily balance as in prob_balance_below_amount, the days chained by letting only paths that stayed at or above zero go on, which are taken as normal again each day; never less than the largest probability of a single one of the days. Not permitted when no deposit account has a balance, or one that has rows lacks it; stale as projected_balance is; needs 60 covered days.",
        basis: payment::FORECAST,
        value: |digest, _| Value::real(digest.forecast()?.probability_any_negative(30)?),
    },
    Entry {
        name: "safe_advance_amount",
        tier: Tier::Extended,
        sources: "Plaid Protect; Pave",
        unit: Unit::Minor,
        windows: POINT,
        risk: Risk::Falls,
        reason: "expected_balance",
        compliance: Compliance::ModelOk,
        definition: "Largest of 25, 50, 100, 200, 300, 400 and 500 major units of the currency that the closing balance of the next pay day covers with a modelled probability above 0.9, as in prob_balance_below_amount and without the advance itself, which is taken as spent; 0 when it covers none. The next pay day is the first day by which a payment of an active income stream with a cadence, whatever its source, is more likely there than not. No such event when none is due within 30 days; not permitted when no deposit account has a balance, or one that has rows lacks it; stale as projected_balance is; needs 60 covered days.",
        basis: payment::FORECAST,
        value: safe_advance_amount,
    },
];

/// The probability of covering an advance above which it is safe.
const COVERED_MIN: f64 = 0.9;
/// Amounts of an advance, major units, the largest first.
const ADVANCES: [i64; 7] = [500, 400, 300, 200, 100, 50, 25];
/// Months that an instalment is laid out over when the application does not say, and at most.
const TERM_MONTHS: u32 = 12;
const TERM_MONTHS_MAX: u32 = 120;

const DISPOSABLE: Basis = Basis::Traced(Trace {
    name: "whole months of income, essential, debt_payment",
    rows: |digest, window| months_rows(&[Standard::Income, Standard::Essential, Standard::DebtPayment], digest, window),
});
const NET: Basis = Basis::Traced(Trace {
    name: "whole months of inflow, outflow",
    rows: |digest, window| months_rows(&[Standard::Inflow, Standard::Outflow], digest, window),
});
// Nine tenths of 180 days.
const MONTHLY_INCOME: Basis = Basis::TracedOver(
    Trace {
        name: "whole months of income in 180 days",
        rows: |digest, _| months_rows(&[Standard::Income], digest, HALF_YEAR),
    },
    162,
);
const HALF_YEAR: Window = Window::days(180);

/// The rows that filters take in the covered calendar months that lie wholly in the window.
fn months_rows(standards: &[Standard], digest: &Digest<'_>, window: Window) -> Vec<Evidence> {
    let of_month = |span: Span| standards.iter().flat_map(move |standard| digest.rows(standard.id(), span));
    whole_months(window, digest).flat_map(of_month).map(|row| Evidence::Row(row.index)).collect()
}

fn instalment(digest: &Digest<'_>) -> Result<i128, Missing> {
    digest.application.instalment_amount.map(i128::from).ok_or(Missing::NotApplicable)
}

fn requested(digest: &Digest<'_>) -> Result<i128, Missing> {
    digest.application.requested_amount.map(i128::from).ok_or(Missing::NotApplicable)
}

fn amount_to_balance(amount: i128, digest: &Digest<'_>, window: Window) -> Outcome {
    let days = digest.stretch(digest.span(window))?;
    ratio(amount.saturating_mul(days.count().into()), days.sum())
}

fn instalment_to_balance(digest: &Digest<'_>, window: Window) -> Outcome {
    amount_to_balance(instalment(digest)?, digest, window)
}

fn requested_amount_to_balance(digest: &Digest<'_>, window: Window) -> Outcome {
    amount_to_balance(requested(digest)?, digest, window)
}

fn instalment_and_debt_to_income(digest: &Digest<'_>, window: Window) -> Outcome {
    let instalment = instalment(digest)?;
    let (debt, days) = per_month(Standard::DebtPayment, window, digest)?;
    let (income, _) = per_month(Standard::Income, window, digest)?;
    ratio(instalment.saturating_mul(days).saturating_add(debt), income)
}

/// What is left of income after essentials and debt, as money × 30 over days.
fn disposable(digest: &Digest<'_>, window: Window) -> Result<(i128, i128), Missing> {
    let (income, days) = per_month(Standard::Income, window, digest)?;
    let (essential, _) = per_month(Standard::Essential, window, digest)?;
    let (debt, _) = per_month(Standard::DebtPayment, window, digest)?;
    Ok((income - essential - debt, days))
}

fn disposable_income(digest: &Digest<'_>, window: Window) -> Outcome {
    let (left, days) = disposable(digest, window)?;
    Ok(rounded(Fraction { numerator: left, denominator: days }))
}

fn disposable_income_to_income(digest: &Digest<'_>, window: Window) -> Outcome {
    let (left, _) = disposable(digest, window)?;
    ratio(left, per_month(Standard::Income, window, digest)?.0)
}

fn disposable_after_instalment_to_income(digest: &Digest<'_>, window: Window) -> Outcome {
    let instalment = instalment(digest)?;
    let (left, days) = disposable(digest, window)?;
    ratio(left.saturating_sub(instalment.saturating_mul(days)), per_month(Standard::Income, window, digest)?.0)
}

fn net_cash_flow_after_instalment_to_inflow(digest: &Digest<'_>, window: Window) -> Outcome {
    let instalment = instalment(digest)?;
    let (inflow, days) = per_month(Standard::Inflow, window, digest)?;
    let (outflow, _) = per_month(Standard::Outflow, window, digest)?;
    ratio(inflow - outflow - instalment.saturating_mul(days), inflow)
}

fn disposable_income_monthly(digest: &Digest<'_>, window: Window) -> Outcome {
    let (count, income, _) = moments(monthly(Standard::Income, window, digest)?);
    let (_, essential, _) = moments(monthly(Standard::Essential, window, digest)?);
    let (_, debt, _) = moments(monthly(Standard::DebtPayment, window, digest)?);
    Fraction::new(income - essential - debt, count.into()).map(rounded).ok_or(Missing::NotEnoughHistory)
}

fn stressed_disposable_income(digest: &Digest<'_>, window: Window) -> Outcome {
    let income = month_percentile(monthly(Standard::Income, window, digest)?, 20)?;
    let essential = month_percentile(monthly(Standard::Essential, window, digest)?, 80)?;
    let (count, debt, _) = moments(monthly(Standard::DebtPayment, window, digest)?);
    // Percentiles are hundredths.
    let months = i128::from(count);
    let left = (income.numerator - essential.numerator).saturating_mul(months) - debt.saturating_mul(100);
    Fraction::new(left, 100 * months).map(rounded).ok_or(Missing::NotEnoughHistory)
}

/// A percentile of monthly sums, over a denominator of 100.
fn month_percentile(sums: Months, percent: u8) -> Result<Fraction, Missing> {
    let mut sorted: Vec<i64> = sums.into_iter().map(|sum| i64::try_from(sum).unwrap_or(i64::MAX)).collect();
    sorted.sort_unstable();
    percentile(&sorted, percent).ok_or(Missing::TooFewEvents)
}

fn payment_capacity_max(digest: &Digest<'_>, window: Window) -> Outcome {
    let (inflow, outflow) = (monthly(Standard::Inflow, window, digest)?, monthly(Standard::Outflow, window, digest)?);
    let balance = real(forecast::balance(digest.ledger)?.amount);
    let (count, sum, squares) = moments(inflow.iter().zip(outflow.iter()).map(|(inflow, outflow)| inflow - outflow));
    let deviation = deviation(count, sum, squares).ok_or(Missing::TooFewEvents)?;
    let mean = Fraction::new(sum, count.into()).ok_or(Missing::TooFewEvents)?.real();
    let term = digest.application.term_months.unwrap_or(TERM_MONTHS).clamp(1, TERM_MONTHS_MAX);
    let beside = (1..=term).map(f64::from).map(|k| (balance - outlook::NORMAL_90 * deviation * k.sqrt()) / k);
    let least = beside.fold(f64::INFINITY, f64::min);
    Ok(rounded_real((mean + least).max(0.0)))
}

fn payment_to_income_new(digest: &Digest<'_>, _: Window) -> Outcome {
    let instalment = instalment(digest)?;
    let (count, income, _) = moments(monthly(Standard::Income, HALF_YEAR, digest)?);
    ratio(instalment.saturating_mul(count.into()), income)
}

fn safe_advance_amount(digest: &Digest<'_>, _: Window) -> Outcome {
    let forecast = digest.forecast()?;
    forecast.start()?;
    let day = forecast.next_income().ok_or(Missing::NoSuchEvent)?;
    let unit = 10_i64.pow(digest.ledger.currency.exponent());
    for advance in ADVANCES.map(|major| major * unit) {
        if COVERED_MIN < 1.0 - forecast.probability_below(advance, day)? {
            return integer(advance);
        }
    }
    integer(0)
}
