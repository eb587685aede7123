//! Will a debit clear: the balance to come, day by day, by the model of [`crate::forecast`].
//!
//! The amount about to be debited is the instalment that is asked for. Day 1 is the first day that no window holds: the day
//! of T when T is a midnight.

use super::{super::declared::rounded_real, *};
use crate::{
    calendar::is_banking_day,
    digest::balance::deposits,
    forecast,
    row::{AccountStatus, AccountSubcategory},
    time::Day,
};

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        name: "balance_to_amount_ratio",
        tier: Tier::Core,
        sources: "Plaid Signal",
        unit: Unit::Ratio,
        windows: POINT,
        risk: Risk::Falls,
        reason: "instalment_burden",
        compliance: Compliance::ModelOk,
        definition: "Balance of the deposit accounts at T divided by the instalment, which is the amount about to be debited. An account's available balance counts where the snapshot is no later than T and none of its rows was posted since, else its balance as posted (the catalogue asks for the available balance alone, which is stale otherwise). Not applicable without an instalment; zero denominator when it is zero; not permitted when no deposit account has a balance, or one that has rows lacks it.",
        basis: Basis::Nothing,
        value: balance_to_amount_ratio,
    },
    Entry {
        name: "projected_balance",
        tier: Tier::Extended,
        sources: "CreditKudos",
        unit: Unit::Minor,
        windows: FORTNIGHT,
        risk: Risk::Falls,
        reason: "expected_balance",
        compliance: Compliance::ModelOk,
        definition: "Expected closing balance of all deposit accounts on one day ahead (the catalogue's projected_balance_on_date): balance at T; plus the payments of active streams with a cadence, each at its stream's usual amount times the probability that it is there by then, which the days of its last payments give; plus, for each day, the mean a day of the last 90 covered days of the flow that follows no schedule: that of no stream with a cadence, and of active ones off theirs. Overdue and stopped streams with a cadence pay nothing more, and what they paid is left out of that mean; but of overdue rent and mortgages, unless a payment of either kind came since, what was not paid is expected at once and the rest on its dates. Rounded to the minor unit. Not permitted when no deposit account has a balance, or one that has rows lacks it; stale when a deposit account with 6 rows or more in the 90 days up to its last has neither a row nor a snapshot of its balance of the last 7 days (without any snapshot: when none has a row of them); needs 60 covered days.",
        basis: FORECAST,
        value: |digest, window| digest.forecast()?.expected(ahead(window)).map(rounded),
    },
    Entry {
        name: "prob_balance_below_amount",
        tier: Tier::Extended,
        sources: "Mastercard; Plaid Signal",
        unit: Unit::Probability,
        windows: FORTNIGHT,
        risk: Risk::Rises,
        reason: "expected_balance",
        compliance: Compliance::ModelOk,
        definition: "Probability that the closing balance of all deposit accounts on one day ahead is below the instalment: normal around projected_balance, with the variance of the daily flow that follows no schedule (as there) and of the amounts and days of scheduled payments. Not applicable without an instalment; not permitted when no deposit account has a balance, or one that has rows lacks it; stale as projected_balance is; needs 60 covered days.",
        basis: FORECAST,
        value: |digest, window| Value::real(digest.forecast()?.probability_below(instalment(digest)?, ahead(window))?),
    },
    Entry {
        name: "best_debit_date_rank",
        tier: Tier::Extended,
        sources: "Plaid Signal; Pave",
        unit: Unit::Count,
        windows: FORTNIGHT,
        risk: Risk::Neither,
        reason: "",
        compliance: Compliance::VerifyOnly,
        definition: "Place of one day ahead among the banking days of the next 14 by prob_balance_below_amount, 1 for the lowest; distances from the mean that agree to nine decimals of a deviation, or lie beyond six deviations, are equal, and of equal days the earlier comes first. Not applicable without an instalment and on days on which banks do not settle; not permitted when no deposit account has a balance, or one that has rows lacks it; stale as projected_balance is; needs 60 covered days. It plans a debit and ranks no applicant.",
        basis: FORECAST,
        value: best_debit_date_rank,
    },
    Entry {
        name: "best_debit_days_ahead",
        tier: Tier::Extended,
        sources: "",
        unit: Unit::Days,
        windows: POINT,
        risk: Risk::Neither,
        reason: "",
        compliance: Compliance::VerifyOnly,
        definition: "The day, 1 to 14 ahead, whose best_debit_date_rank is 1; 1 is the first day that no window holds. Missing as that is. It plans a debit and ranks no applicant.",
        basis: FORECAST,
        value: |digest, _| integer(digest.debit_days(|| ranked(digest))?.first().map_or(0, |best| best.1)),
    },
    Entry {
        name: "account_closed_or_frozen_flag",
        tier: Tier::Extended,
        sources: "Plaid Signal",
        unit: Unit::Flag,
        windows: POINT,
        risk: Risk::Rises,
        reason: "",
        compliance: Compliance::VerifyOnly,
        definition: "1 when any deposit account has the status inactive, else 0. The export tells no more of the catalogue's closed, frozen or restricted: an account that its holder closed becomes inactive, and so does one whose link has to be authorised again; a frozen account is not told apart. Not applicable without a deposit account; not permitted when no status is known.",
        basis: Basis::Nothing,
        value: account_closed_or_frozen_flag,
    },
    Entry {
        name: "is_savings_or_mm",
        tier: Tier::Extended,
        sources: "Plaid Signal",
        unit: Unit::Flag,
        windows: POINT,
        risk: Risk::Rises,
        reason: "",
        compliance: Compliance::VerifyOnly,
        definition: "1 when every deposit account is a savings account, so that a debit cannot reach another one, 0 when at least one is not. The application does not say which account is to be debited, and the export has no subcategory for money market accounts. Not applicable without a deposit account; not permitted when an unknown subcategory leaves it open.",
        basis: Basis::Nothing,
        value: is_savings_or_mm,
    },
];

const FORTNIGHT: &[Window] = &[
    Window::Ahead(1),
    Window::Ahead(2),
    Window::Ahead(3),
    Window::Ahead(4),
    Window::Ahead(5),
    Window::Ahead(6),
    Window::Ahead(7),
    Window::Ahead(8),
    Window::Ahead(9),
    Window::Ahead(10),
    Window::Ahead(11),
    Window::Ahead(12),
    Window::Ahead(13),
    Window::Ahead(14),
];

/// What a forecast of the balance rests on.
pub(super) const FORECAST: Basis =
    Basis::TracedOver(Trace { name: "forecast", rows: forecast_rows }, forecast::HISTORY_DAYS_MIN);

/// The payments from which scheduled amounts are taken, and the days of the residual flow.
fn forecast_rows(digest: &Digest<'_>, _: Window) -> Vec<Evidence> {
    let Ok(forecast) = digest.forecast() else { return vec![] };
    let streams = digest.streams();
    let scheduled = streams.list().iter().filter(|stream| forecast::is_scheduled(digest.ledger, streams, stream));
    let positions = scheduled.flat_map(|stream| forecast::recent(streams, stream)).flat_map(|one| streams.rows(one));
    let mut evidence = rows_at(digest, positions);
    evidence.push(Evidence::Window { first: forecast.residual_from(), last: digest.ledger.end.plus(-1) });
    evidence
}

/// Positions in the ledger as evidence.
pub(super) fn rows_at<'p>(digest: &Digest<'_>, positions: impl Iterator<Item = &'p u32>) -> Vec<Evidence> {
    let rows = positions.filter_map(|at| digest.ledger.rows.get(*at as usize));
    rows.map(|row| Evidence::Row(row.index)).collect()
}

fn ahead(window: Window) -> u8 {
    match window {
        Window::Ahead(days) => days,
        Window::Point | Window::History | Window::Days { .. } | Window::Month(_) => 0,
    }
}

fn instalment(digest: &Digest<'_>) -> Result<i64, Missing> {
    digest.application.instalment_amount.ok_or(Missing::NotApplicable)
}

fn balance_to_amount_ratio(digest: &Digest<'_>, _: Window) -> Outcome {
    let instalment = instalment(digest)?;
    ratio(forecast::balance(digest.ledger)?.amount, instalment.into())
}

/// The banking days among the days ahead with their distances in billionths of a deviation, the best first.
fn ranked(digest: &Digest<'_>) -> Result<Vec<(i64, u8)>, Missing> {
    let (forecast, instalment) = (digest.forecast()?, instalment(digest)?);
    let mut days = Vec::with_capacity(FORTNIGHT.len());
    for day in FORTNIGHT.iter().map(|window| ahead(*window)).filter(|day| is_banking_day(date(digest, *day))) {
        let distance = forecast.deviations_below(instalment, day)?.clamp(-6.0, 6.0);
        let Value::Integer(billionths) = rounded_real(distance * 1e9) else { continue };
        days.push((billionths, day));
    }
    days.sort_unstable();
    Ok(days)
}

fn date(digest: &Digest<'_>, ahead: u8) -> Day {
    digest.ledger.end.plus(i32::from(ahead) - 1)
}

fn best_debit_date_rank(digest: &Digest<'_>, window: Window) -> Outcome {
    let days = digest.debit_days(|| ranked(digest))?;
    let place = days.iter().position(|(_, day)| *day == ahead(window)).ok_or(Missing::NotApplicable)?;
    integer(place + 1)
}

fn account_closed_or_frozen_flag(digest: &Digest<'_>, _: Window) -> Outcome {
    deposits(digest.ledger).next().ok_or(Missing::NotApplicable)?;
    if deposits(digest.ledger).all(|account| account.status == AccountStatus::Unknown) {
        return Err(Missing::NotPermitted);
    }
    flag(deposits(digest.ledger).any(|account| account.status == AccountStatus::Inactive))
}

fn is_savings_or_mm(digest: &Digest<'_>, _: Window) -> Outcome {
    deposits(digest.ledger).next().ok_or(Missing::NotApplicable)?;
    let known = |subcategory: AccountSubcategory| {
        !matches!(subcategory, AccountSubcategory::Savings | AccountSubcategory::Unknown)
    };
    if deposits(digest.ledger).any(|account| known(account.subcategory)) {
        return flag(false);
    }
    let savings = deposits(digest.ledger).all(|account| account.subcategory == AccountSubcategory::Savings);
    if savings { flag(true) } else { Err(Missing::NotPermitted) }
}
