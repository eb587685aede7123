//! Affordability: what is asked for against what comes in, goes out and is left.
//!
//! Missing, for every entry: not applicable when the application does not say what is asked for.

use super::{super::declared::rounded, *};
use crate::digest::exact::Fraction;

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
];

fn instalment(digest: &Digest<'_>) -> Result<i128, Missing> {
    digest.application.instalment_amount.map(i128::from).ok_or(Missing::NotApplicable)
}

fn requested(digest: &Digest<'_>) -> Result<i128, Missing> {
    digest.application.requested_amount.map(i128::from).ok_or(Missing::NotApplicable)
}

fn amount_to_balance(amount: i128, digest: &Digest<'_>, window: Window) -> Outcome {
    let days = digest.balances(digest.span(window))?;
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
