//! Coverage and quality of the data: how deep, how dense, how well understood.

use super::*;
use crate::{
    digest::{
        balance::deposits,
        exact::real,
        plan::{Span, days_between},
    },
    extent::Extent,
    ledger::TransactionAccess,
    money::Direction,
};

const MONTH_TO_YEAR_AND_MONTHS: &[Window] = &[
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
        definition: "The days of the window that the data covers, divided by the window's days; flows are missing when it is below 0.9. The data covers the days from the first posted row of any deposit account on, and before it a quiet spell as long as the accounts show later, at most 14 days. Not permitted when transactions of no deposit account are there; not enough history when there is no row.",
        // A value from the first covered day on.
        basis: Basis::NothingOver(1),
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
        definition: "Days before T on which every deposit account whose transactions are shown has a closing balance; one whose transactions are not shown has none and is in none. Not permitted when none has a usable snapshot, or one that has rows lacks it.",
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
        definition: "Covered days of the window (see coverage_ratio) without any posted row, transfers within the application included.",
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
        windows: MONTH_TO_YEAR_AND_MONTHS,
        risk: Risk::Neither,
        reason: "account_activity",
        compliance: Compliance::ModelOk,
        definition: "Longest run of covered days (see coverage_ratio) without any posted row inside the window; a run is cut at the window's ends.",
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
        definition: "Calendar months that lie wholly between the first posted row and T. As in every window the day of T less one second counts whole, so that the last day of a month ends it whatever the hour of T.",
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
        definition: "Rows that are there more than once to the letter, id and version included, each repeat counted: files that overlap or were delivered twice. A row that came once more under a new id is none (lookalike_txn_count looks for those), and neither are the rows of an account that was linked twice, which are taken once.",
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
    Entry {
        name: "oldest_credit_age_days",
        tier: Tier::Extended,
        sources: "Prism metadata",
        unit: Unit::Days,
        windows: HISTORY,
        risk: Risk::Neither,
        reason: "",
        compliance: Compliance::VerifyOnly,
        definition: "Days from the oldest posted inflow to T, transfers within the application included: 1 for the day before T. No such event without one.",
        basis: Basis::Traced(Trace {
            name: "the oldest inflows",
            rows: |digest, _| oldest_rows(digest, Direction::Inflow),
        }),
        value: |digest, _| oldest_age(digest, Direction::Inflow),
    },
    Entry {
        name: "oldest_debit_age_days",
        tier: Tier::Extended,
        sources: "Prism metadata",
        unit: Unit::Days,
        windows: HISTORY,
        risk: Risk::Neither,
        reason: "",
        compliance: Compliance::VerifyOnly,
        definition: "Days from the oldest posted outflow to T, transfers within the application included: 1 for the day before T. No such event without one.",
        basis: Basis::Traced(Trace {
            name: "the oldest outflows",
            rows: |digest, _| oldest_rows(digest, Direction::Outflow),
        }),
        value: |digest, _| oldest_age(digest, Direction::Outflow),
    },
    Entry {
        name: "balance_reconciled_flag",
        tier: Tier::Extended,
        sources: "MoneyThumb; Ocrolus",
        unit: Unit::Flag,
        windows: POINT,
        risk: Risk::Neither,
        reason: "",
        compliance: Compliance::VerifyOnly,
        definition: "1 when balance_reconciliation_error is at most one major unit of the scored currency (1.00 US dollar), else 0; missing as that is. The catalogue's windows change nothing: the error is that of the snapshots, whatever the days before.",
        basis: Basis::Nothing,
        value: balance_reconciled_flag,
    },
    Entry {
        name: "foreign_currency_share",
        tier: Tier::Extended,
        sources: "Plaid (USD-only rule); Nordigen",
        unit: Unit::Ratio,
        windows: POINT,
        risk: Risk::Neither,
        reason: "",
        compliance: Compliance::VerifyOnly,
        definition: "Rows that were set aside because they are in another currency than the scored one, divided by those and the posted and pending rows that stand. The catalogue asks for the share of money in windows; money of two currencies cannot be added up without a table of rates, and the rows set aside are counted, not kept, so rows of all history are compared. Zero denominator without a row.",
        basis: Basis::Nothing,
        value: foreign_currency_share,
    },
    Entry {
        name: "account_activity_score",
        tier: Tier::Extended,
        sources: "Algoan activityScore; Plaid primary_account_score",
        unit: Unit::Score,
        windows: QUARTER,
        risk: Risk::Neither,
        reason: "",
        compliance: Compliance::VerifyOnly,
        definition: "Points from 0 to 100, added up: one for each active day of the window, at most 40; eight for each of its three stretches of 30 days with income of any kind; five for each of four kinds of bills that were paid (housing, utilities, telecom, debt); and one for each distinct payee of spend, at most 16. A low value means that life goes on in accounts that are not linked. The catalogue says logistic combination and gives no weights; these are ours, and can be checked by hand.",
        basis: Basis::Rows(&[Standard::Posted]),
        value: account_activity_score,
    },
    Entry {
        name: "sample_sufficiency_grade",
        tier: Tier::Extended,
        sources: "Prism minimum activity; Equifax AU confidence metric",
        unit: Unit::Code,
        windows: POINT,
        risk: Risk::Neither,
        reason: "",
        compliance: Compliance::VerifyOnly,
        definition: "How much the data can carry: full with 150 days of history or more, a last row at most 7 days old and 30 active days or more in the last 90; good with 85, 14 and 15; thin with less; insufficient below 60 days of history or with a last row more than 30 days old. Not permitted when transactions of no deposit account are there; not enough history when there is no row. The catalogue's grades A to E are these four words; whether an application is scored is the policy's to say.",
        basis: Basis::Nothing,
        value: |digest, _| {
            digest.history_days()?;
            Ok(Value::Code(Extent::of(digest.ledger).grade().code()))
        },
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
    let covered = digest.covered_days()?.min(span.far).saturating_sub(span.near);
    ratio(covered.into(), length(span)?.into())
}

fn inactive_days(digest: &Digest<'_>, window: Window) -> Outcome {
    let span = digest.span(window);
    digest.covers(span, None)?;
    let active = digest.distinct_days(Standard::Posted.id(), span);
    let covered = digest.covered_days()?.min(span.far).saturating_sub(span.near);
    integer(u64::from(covered).saturating_sub(active))
}

fn inactive_weeks(digest: &Digest<'_>, window: Window) -> Outcome {
    let history = digest.history_days()?;
    let end = digest.ledger.end;
    let first = Span { near: 0, far: history }.range(end).0;
    // The first Monday inside the history, and the number of whole weeks from there to T.
    let monday = first.plus(i32::try_from((7 - first.weekday()) % 7).unwrap_or(0));
    let weeks = days_between(monday, end) / 7;
    // Days come newest first, so that those of one week come together.
    let (mut active, mut last) = (0, None);
    digest.each_age(Standard::Posted.id(), digest.span(window), |age| {
        let day = end.plus(-1 - i32::try_from(age).unwrap_or(0));
        let week = (monday <= day).then(|| days_between(monday, day) / 7).filter(|week| *week < weeks);
        active += i64::from(week.is_some() && week != last);
        last = week.or(last);
    });
    integer(i64::from(weeks) - active)
}

fn max_gap_days(digest: &Digest<'_>, window: Window) -> Outcome {
    digest.covers_window(window)?;
    let span = digest.span(window);
    // Older days are no gap: nothing is known of them.
    let oldest = digest.covered_days()?.min(span.far);
    let mut next = span.near;
    let mut longest = 0;
    digest.each_age(Standard::Posted.id(), span, |age| {
        longest = longest.max(age - next);
        next = age + 1;
    });
    integer(longest.max(oldest.saturating_sub(next)))
}

fn avg_days_between_txns(digest: &Digest<'_>, window: Window) -> Outcome {
    let span = digest.span(window);
    digest.covers(span, None)?;
    let count = Standard::Posted.sums(digest, span).count;
    let (newest, oldest) = digest.age_range(Standard::Posted.id(), span).ok_or(Missing::TooFewEvents)?;
    if count < 2 {
        return Err(Missing::TooFewEvents);
    }
    Value::real(f64::from(oldest - newest) / real(i128::from(count) - 1))
}

fn complete_calendar_months(digest: &Digest<'_>, _: Window) -> Outcome {
    let history = digest.history_days()?;
    let end = digest.ledger.end;
    let whole =
        (newest_whole_month(digest)..=u8::MAX).take_while(|&back| Span::of(Window::Month(back), end).far <= history);
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
    ratio(digest.doubtful(Standard::Posted.id(), span).unknown, Standard::Posted.sum(digest, span))
}

fn low_confidence_txn_share(digest: &Digest<'_>, window: Window) -> Outcome {
    let span = digest.span(window);
    digest.covers(span, None)?;
    ratio(
        digest.doubtful(Standard::Posted.id(), span).rows.into(),
        i128::from(Standard::Posted.sums(digest, span).count),
    )
}

fn pending_txn_share(digest: &Digest<'_>, window: Window) -> Outcome {
    let span = digest.span(window);
    digest.covers(span, None)?;
    let (first, end) = span.range(digest.ledger.end);
    let pending = digest.ledger.pending.iter().filter(|row| first <= row.day && row.day < end).count();
    let pending = i128::try_from(pending).unwrap_or(0);
    ratio(pending, pending + i128::from(Standard::Posted.sums(digest, span).count))
}

fn oldest_age(digest: &Digest<'_>, direction: Direction) -> Outcome {
    digest.history_days()?;
    let day = digest.oldest(direction).ok_or(Missing::NoSuchEvent)?;
    integer(days_between(day, digest.ledger.end))
}

fn oldest_rows(digest: &Digest<'_>, direction: Direction) -> Vec<Evidence> {
    let Some(day) = digest.oldest(direction) else { return vec![] };
    let rows = digest.ledger.rows.iter().filter(|row| row.day == day && Direction::of(row.amount) == Some(direction));
    rows.map(|row| Evidence::Row(row.index)).collect()
}

fn balance_reconciled_flag(digest: &Digest<'_>, window: Window) -> Outcome {
    let tolerance = 10_i64.pow(digest.ledger.currency.exponent());
    match balance_reconciliation_error(digest, window)? {
        Value::Integer(error) => flag(error <= tolerance),
        _ => Err(Missing::NotApplicable),
    }
}

fn foreign_currency_share(digest: &Digest<'_>, _: Window) -> Outcome {
    let counts = &digest.ledger.counts;
    let foreign = i128::from(counts.foreign_currency_rows);
    ratio(foreign, foreign + i128::from(counts.rows_used) + i128::from(counts.pending))
}

fn account_activity_score(digest: &Digest<'_>, window: Window) -> Outcome {
    let span = digest.span(window);
    digest.covers(span, None)?;
    let met = |standard: Standard, span: Span| u64::from(0 < standard.sums(digest, span).count);
    let days = digest.distinct_days(Standard::Posted.id(), span).min(40);
    let stretches = (0..3).map(|at| met(Standard::Income, Span { near: at * 30, far: (at + 1) * 30 })).sum::<u64>();
    let bills = [Standard::Housing, Standard::Utility, Standard::Telecom, Standard::DebtPayment];
    let bills = bills.into_iter().map(|kind| met(kind, span)).sum::<u64>();
    let payees = digest.distinct_counterparties(Standard::Spend.id(), span).min(16) as u64;
    integer(days + 8 * stretches + 5 * bills + payees)
}
