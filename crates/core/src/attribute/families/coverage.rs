//! Coverage and quality of the data: how deep, how dense, how well understood.

use super::*;
use crate::{
    digest::{
        balance::deposits,
        exact::real,
        filter::magnitude,
        plan::{Span, days_between},
    },
    ledger::TransactionAccess,
    time::Day,
};

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        name: "history_days_available",
        tier: Tier::Core,
        sources: "Plaid Base Report; Flinks; UltraFICO; Prism metadata; Algoan; Mastercard",
        unit: Unit::Days,
        windows: POINT,
        risk: Risk::Falls,
        reason: "history_length",
        compliance: Compliance::ModelOk,
        definition: "Days from the first posted row of any deposit account to T. Not permitted when transactions of no deposit account are there; not enough history when there is no row.",
        basis: Basis::Nothing,
        value: |digest, _| integer(digest.history_days()?),
    },
    Entry {
        name: "history_days_min_account",
        tier: Tier::Extended,
        sources: "Prism metadata",
        unit: Unit::Days,
        windows: POINT,
        risk: Risk::Neither,
        reason: "",
        compliance: Compliance::VerifyOnly,
        definition: "The smallest depth of history, in days from the first posted row to T, among the deposit accounts that have rows.",
        basis: Basis::Nothing,
        value: history_days_min_account,
    },
    Entry {
        name: "coverage_ratio",
        tier: Tier::Extended,
        sources: "Belvo (null rule); Ocrolus (min_days_to_include)",
        unit: Unit::Ratio,
        windows: MONTH_TO_YEAR,
        risk: Risk::Neither,
        reason: "",
        compliance: Compliance::VerifyOnly,
        definition: "The days of the window that lie inside the history, divided by the window's days; flows are missing when it is below 0.9.",
        basis: Basis::Nothing,
        value: coverage_ratio,
    },
    Entry {
        name: "balance_days_available",
        tier: Tier::Extended,
        sources: "",
        unit: Unit::Days,
        windows: POINT,
        risk: Risk::Neither,
        reason: "",
        compliance: Compliance::VerifyOnly,
        definition: "Days before T on which every deposit account that has balances has a closing balance. Not permitted when none has a usable snapshot.",
        basis: Basis::Nothing,
        value: |digest, _| integer(digest.series()?.closing.len()),
    },
    Entry {
        name: "inactive_days",
        tier: Tier::Extended,
        sources: "Plaid Base Report",
        unit: Unit::Days,
        windows: &[
            Window::days(7),
            Window::days(14),
            Window::days(30),
            Window::days(60),
            Window::days(90),
            Window::days(180),
            Window::days(365),
        ],
        risk: Risk::Neither,
        reason: "account_activity",
        compliance: Compliance::ModelOk,
        definition: "Days of the window without any posted row, transfers within the application included.",
        basis: Basis::Rows(&[Standard::Posted]),
        value: inactive_days,
    },
    Entry {
        name: "inactive_weeks",
        tier: Tier::Extended,
        sources: "Mastercard",
        unit: Unit::Count,
        windows: HISTORY,
        risk: Risk::Neither,
        reason: "",
        compliance: Compliance::VerifyOnly,
        definition: "Whole weeks, Monday to Sunday, inside the history and without any posted row.",
        basis: Basis::Rows(&[Standard::Posted]),
        value: inactive_weeks,
    },
    Entry {
        name: "max_gap_days",
        tier: Tier::Core,
        sources: "Plaid Base Report",
        unit: Unit::Days,
        windows: MONTH_TO_YEAR,
        risk: Risk::Neither,
        reason: "account_activity",
        compliance: Compliance::ModelOk,
        definition: "Longest run of days without any posted row inside the window; a run is cut at the window's ends.",
        basis: Basis::Rows(&[Standard::Posted]),
        value: max_gap_days,
    },
    Entry {
        name: "avg_days_between_txns",
        tier: Tier::Core,
        sources: "Plaid Base Report",
        unit: Unit::Days,
        windows: MONTH_TO_YEAR,
        risk: Risk::Neither,
        reason: "account_activity",
        compliance: Compliance::ModelOk,
        definition: "Days from the first to the last posted row of the window, divided by their number less one. Too few events below two rows.",
        basis: Basis::Rows(&[Standard::Posted]),
        value: avg_days_between_txns,
    },
    Entry {
        name: "complete_calendar_months",
        tier: Tier::Extended,
        sources: "Ocrolus; Mastercard",
        unit: Unit::Count,
        windows: POINT,
        risk: Risk::Neither,
        reason: "",
        compliance: Compliance::VerifyOnly,
        definition: "Calendar months that lie wholly between the first posted row and T.",
        basis: Basis::Nothing,
        value: complete_calendar_months,
    },
    Entry {
        name: "balance_reconciliation_error",
        tier: Tier::Extended,
        sources: "MoneyThumb; Ocrolus",
        unit: Unit::Minor,
        windows: POINT,
        risk: Risk::Neither,
        reason: "",
        compliance: Compliance::VerifyOnly,
        definition: "The largest difference, over the deposit accounts and all pairs of snapshots, between the balance that the rows lead to and the balance reported. Not applicable when no account has two snapshots that bear on it.",
        basis: Basis::Nothing,
        value: balance_reconciliation_error,
    },
    Entry {
        name: "balance_snapshot_age_hours",
        tier: Tier::Extended,
        sources: "Plaid Signal",
        unit: Unit::Hours,
        windows: POINT,
        risk: Risk::Neither,
        reason: "",
        compliance: Compliance::VerifyOnly,
        definition: "Whole hours from the oldest of the snapshots that the balances rest on to T. Not applicable when one of them is later than T; not permitted without a snapshot.",
        basis: Basis::Nothing,
        value: balance_snapshot_age_hours,
    },
    Entry {
        name: "uncategorised_amount_share",
        tier: Tier::Extended,
        sources: "Plaid PFC confidence levels; Codat per-level confidence",
        unit: Unit::Ratio,
        windows: MONTH_TO_YEAR,
        risk: Risk::Neither,
        reason: "",
        compliance: Compliance::VerifyOnly,
        definition: "Money of the posted rows that no rule knows, divided by the money of all posted rows of the window, both directions. Zero denominator when there is no row.",
        basis: Basis::Rows(&[Standard::Posted]),
        value: uncategorised_amount_share,
    },
    Entry {
        name: "low_confidence_txn_share",
        tier: Tier::Extended,
        sources: "Plaid PFC; Codat",
        unit: Unit::Ratio,
        windows: MONTH_TO_YEAR,
        risk: Risk::Neither,
        reason: "",
        compliance: Compliance::VerifyOnly,
        definition: "Posted rows of the window whose category has a confidence below 50 percent, divided by all posted rows of the window. Zero denominator when there is no row.",
        basis: Basis::Rows(&[Standard::Posted]),
        value: low_confidence_txn_share,
    },
    Entry {
        name: "duplicate_txn_count",
        tier: Tier::Extended,
        sources: "",
        unit: Unit::Count,
        windows: POINT,
        risk: Risk::Neither,
        reason: "",
        compliance: Compliance::VerifyOnly,
        definition: "Rows that the ledger set aside as duplicates of others.",
        basis: Basis::Nothing,
        value: |digest, _| integer(digest.ledger.counts.duplicate_rows),
    },
    Entry {
        name: "pending_txn_share",
        tier: Tier::Extended,
        sources: "Plaid",
        unit: Unit::Ratio,
        windows: &[Window::days(30)],
        risk: Risk::Neither,
        reason: "",
        compliance: Compliance::VerifyOnly,
        definition: "Pending rows of the window divided by its pending and posted rows; every other attribute leaves pending rows out. Zero denominator when there is no row.",
        basis: Basis::Rows(&[Standard::Posted]),
        value: pending_txn_share,
    },
];

fn history_days_min_account(digest: &Digest<'_>, _: Window) -> Outcome {
    digest.history_days()?;
    let open = deposits(digest.ledger).filter(|account| account.access == TransactionAccess::Complete);
    let first = open.filter_map(|account| account.first_day).max().ok_or(Missing::NotEnoughHistory)?;
    integer(days_between(first, digest.ledger.end))
}

fn coverage_ratio(digest: &Digest<'_>, window: Window) -> Outcome {
    let span = digest.span(window);
    let covered = digest.history_days()?.min(span.far).saturating_sub(span.near);
    ratio(covered.into(), length(span)?.into())
}

fn inactive_days(digest: &Digest<'_>, window: Window) -> Outcome {
    let span = digest.span(window);
    digest.covers(span, None)?;
    let active = digest.distinct_days(Standard::Posted.id(), span);
    integer(u64::from(length(span)?).saturating_sub(active))
}

fn inactive_weeks(digest: &Digest<'_>, window: Window) -> Outcome {
    let history = digest.history_days()?;
    let end = digest.ledger.end;
    let first = Span { near: 0, far: history }.range(end).0;
    // The first Monday inside the history, and the number of whole weeks from there to T.
    let monday = first.plus(i32::try_from((7 - first.weekday()) % 7).unwrap_or(0));
    let weeks = days_between(monday, end) / 7;
    let ages = digest.ages(Standard::Posted.id(), digest.span(window));
    let mut active: Vec<u32> = ages
        .iter()
        .map(|age| end.plus(-1 - i32::try_from(*age).unwrap_or(0)))
        .filter_map(|day| week(monday, day))
        .collect();
    active.dedup();
    let active = active.iter().filter(|&&week| week < weeks).count();
    integer(i64::from(weeks) - i64::try_from(active).unwrap_or(0))
}

fn week(monday: Day, day: Day) -> Option<u32> {
    (monday <= day).then(|| days_between(monday, day) / 7)
}

fn max_gap_days(digest: &Digest<'_>, window: Window) -> Outcome {
    let span = digest.span(window);
    digest.covers(span, None)?;
    // Days older than the first row are no gap: nothing is known of them.
    let oldest = digest.history_days()?.min(span.far);
    let mut next = span.near;
    let mut longest = 0;
    for age in digest.ages(Standard::Posted.id(), span) {
        longest = longest.max(age - next);
        next = age + 1;
    }
    integer(longest.max(oldest.saturating_sub(next)))
}

fn avg_days_between_txns(digest: &Digest<'_>, window: Window) -> Outcome {
    let span = digest.span(window);
    digest.covers(span, None)?;
    let total = digest.total(Standard::Posted.id(), span);
    if total.count < 2 {
        return Err(Missing::TooFewEvents);
    }
    Value::real(f64::from(total.oldest - total.newest) / real(i128::from(total.count) - 1))
}

fn complete_calendar_months(digest: &Digest<'_>, _: Window) -> Outcome {
    let history = digest.history_days()?;
    let end = digest.ledger.end;
    // The month in which T - 1 s falls is complete only when T's day is the first of a month.
    let current_is_whole = end.civil().2 == 1;
    let first = if current_is_whole { 0 } else { 1 };
    let whole = (first..=u8::MAX).take_while(|&back| Span::of(Window::Month(back), end).far <= history);
    integer(i64::try_from(whole.count()).unwrap_or(0))
}

fn balance_reconciliation_error(digest: &Digest<'_>, _: Window) -> Outcome {
    digest.series()?;
    let errors = deposits(digest.ledger).filter_map(|account| account.reconciliation_error);
    errors.max().map(Value::Integer).ok_or(Missing::NotApplicable)
}

fn balance_snapshot_age_hours(digest: &Digest<'_>, _: Window) -> Outcome {
    let times = || deposits(digest.ledger).filter_map(|account| account.balance_as_of);
    let (oldest, newest) = (times().min(), times().max());
    let (Some(oldest), Some(newest)) = (oldest, newest) else {
        return Err(digest.series().err().unwrap_or(Missing::NotPermitted));
    };
    if digest.ledger.as_of < newest {
        return Err(Missing::NotApplicable);
    }
    Ok(Value::Integer(digest.ledger.as_of.saturating_sub(oldest) / 3_600))
}

fn uncategorised_amount_share(digest: &Digest<'_>, window: Window) -> Outcome {
    let span = digest.span(window);
    digest.covers(span, None)?;
    let rows = digest.rows(Standard::Posted.id(), span).filter(|row| row.label.confidence == 0);
    let unknown = rows.map(|row| i128::from(magnitude(row.amount))).sum();
    ratio(unknown, Standard::Posted.sum(digest, span))
}

fn low_confidence_txn_share(digest: &Digest<'_>, window: Window) -> Outcome {
    let span = digest.span(window);
    digest.covers(span, None)?;
    let doubtful = digest.rows(Standard::Posted.id(), span).filter(|row| row.label.confidence < 50).count();
    ratio(i128::try_from(doubtful).unwrap_or(0), i128::from(Standard::Posted.sums(digest, span).count))
}

fn pending_txn_share(digest: &Digest<'_>, window: Window) -> Outcome {
    let span = digest.span(window);
    digest.covers(span, None)?;
    let (first, end) = span.range(digest.ledger.end);
    let pending = digest.ledger.pending.iter().filter(|row| first <= row.day && row.day < end).count();
    let pending = i128::try_from(pending).unwrap_or(0);
    ratio(pending, pending + i128::from(Standard::Posted.sums(digest, span).count))
}
