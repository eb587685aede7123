//! Short-term credit: advances against their repayments, several at a time.

use super::{
    debt::{knows_newcomers, newcomers, rows_of},
    *,
};
use crate::{
    stream::advance::{Advance, Class},
    time::Day,
};

const HALF: &[Window] = &[Window::days(180)];
const SHORT_TERM: &[Standard] = &[Standard::ShortTermProceeds, Standard::ShortTermPayment];
/// Days that an advance is given to be paid back before it counts as one that was not.
const MATURE_DAYS: i32 = 30;

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        name: "cash_advance_matched_repaid_ratio",
        tier: Tier::Extended,
        sources: "Pave (advance-repayment matching)",
        unit: Unit::Ratio,
        windows: QUARTER_AND_HALF,
        risk: Risk::Falls,
        reason: "short_term_credit",
        compliance: Compliance::ModelOk,
        definition: "Cash advance app advances of the window whose repayments to the same app reached the principal by T, divided by all of them; those received in the last 30 days are left out, because they need not be paid back yet. A payment of the principal and a fee of at most 30 percent answers that advance, of several the one with the smallest fee, then the oldest, while nothing was paid on it; any other payment is laid against the oldest open one, and what goes beyond it and such a fee against the next. Payments of a day come before its proceeds, smaller ones first; one that found no open advance answers one that was received earlier on its day, when it is its principal and such a fee. Payments that came back (as in loan_payment_returned_count) count for nothing, and so do advances that were taken back: undone by a reversal. No such event without such an advance.",
        basis: Basis::Traced(Trace {
            name: "advances of at least 30 days and their repayments",
            rows: |digest, window| traced(digest, mature(digest, window, MATURE_DAYS)),
        }),
        value: |digest, window| repaid_ratio(digest, window, MATURE_DAYS, |advance| advance.closed.is_some()),
    },
    Entry {
        name: "cash_advance_repaid_7d_ratio",
        tier: Tier::Extended,
        sources: "Pave (Cash Advance History Score)",
        unit: Unit::Ratio,
        windows: HALF,
        risk: Risk::Falls,
        reason: "short_term_credit",
        compliance: Compliance::ModelOk,
        definition: "Cash advance app advances of the window that were paid back within 7 days, divided by all of them; those whose 7 days are not over at T are left out. Matched as in cash_advance_matched_repaid_ratio, payments that came back and advances that were taken back left out. No such event without such an advance.",
        basis: Basis::Traced(Trace {
            name: "advances of at least 7 days and their repayments",
            rows: |digest, window| traced(digest, mature(digest, window, 7)),
        }),
        value: |digest, window| repaid_ratio(digest, window, 7, |advance| advance.is_repaid_within(7)),
    },
    Entry {
        name: "cash_advance_repaid_15d_ratio",
        tier: Tier::Extended,
        sources: "Pave (Cash Advance History Score)",
        unit: Unit::Ratio,
        windows: HALF,
        risk: Risk::Falls,
        reason: "short_term_credit",
        compliance: Compliance::ModelOk,
        definition: "Cash advance app advances of the window that were paid back within 15 days, divided by all of them; those whose 15 days are not over at T are left out. Matched as in cash_advance_matched_repaid_ratio, payments that came back and advances that were taken back left out. No such event without such an advance.",
        basis: Basis::Traced(Trace {
            name: "advances of at least 15 days and their repayments",
            rows: |digest, window| traced(digest, mature(digest, window, 15)),
        }),
        value: |digest, window| repaid_ratio(digest, window, 15, |advance| advance.is_repaid_within(15)),
    },
    Entry {
        name: "cash_advance_repaid_30d_ratio",
        tier: Tier::Extended,
        sources: "Pave (Cash Advance History Score)",
        unit: Unit::Ratio,
        windows: HALF,
        risk: Risk::Falls,
        reason: "short_term_credit",
        compliance: Compliance::ModelOk,
        definition: "Cash advance app advances of the window that were paid back within 30 days, divided by all of them; those whose 30 days are not over at T are left out. Matched as in cash_advance_matched_repaid_ratio, payments that came back and advances that were taken back left out. No such event without such an advance.",
        basis: Basis::Traced(Trace {
            name: "advances of at least 30 days and their repayments",
            rows: |digest, window| traced(digest, mature(digest, window, 30)),
        }),
        value: |digest, window| repaid_ratio(digest, window, 30, |advance| advance.is_repaid_within(30)),
    },
    Entry {
        name: "cash_advance_max_outstanding",
        tier: Tier::Core,
        sources: "",
        unit: Unit::Minor,
        windows: QUARTER,
        risk: Risk::Rises,
        reason: "short_term_credit",
        compliance: Compliance::ModelOk,
        definition: "Largest principal of cash advance app advances that was not paid back at the end of a day of the window, those received before the window included; matched as in cash_advance_matched_repaid_ratio, payments that came back and advances that were taken back left out. The catalogue speaks of matched advances: advances that were never paid back count here too, or the worst would count for nothing. Zero without an advance.",
        basis: Basis::Traced(Trace {
            name: "cash advances open in the window and their repayments",
            rows: |digest, window| traced(digest, open(digest, window, |class| class == Class::CashAdvance)),
        }),
        value: max_outstanding,
    },
    Entry {
        name: "bnpl_open_plans_est",
        tier: Tier::Extended,
        sources: "",
        unit: Unit::Count,
        windows: QUARTER,
        risk: Risk::Rises,
        reason: "short_term_credit",
        compliance: Compliance::ModelOk,
        definition: "Plans to pay later that are open at T, estimated from instalments: payments to one provider of the same amount, 11 to 17 days apart, four a plan; at least two of them seen, fewer than four, and the next one may still come (17 days). An instalment that came back (as in loan_payment_returned_count) is owed still: it counts as seen, and as the fourth it leaves the plan open, until a payment of the same amount less than 11 days after it takes its place. Plans by the month are not seen. The 90 days are what has to be covered.",
        basis: Basis::Traced(Trace {
            name: "instalments of open plans",
            rows: |digest, _| {
                let rows = open_plans(digest).flat_map(|plan| &plan.rows);
                rows_of(rows.map(|at| &digest.ledger.rows[*at as usize]))
            },
        }),
        value: |digest, window| {
            digest.covers(digest.span(window), None)?;
            integer(open_plans(digest).count())
        },
    },
    Entry {
        name: "stack_concurrent_max",
        tier: Tier::Core,
        sources: "Pngme (daily_average_of_stacked_loan_alerts)",
        unit: Unit::Count,
        windows: QUARTER,
        risk: Risk::Rises,
        reason: "short_term_credit",
        compliance: Compliance::ModelOk,
        definition: "Most short-term obligations that were open at the end of one day of the window: advances of payday lenders, cash advance apps, earned wage access, pawn and title lenders from the day they are received to the day payments reach the principal (matched as in cash_advance_matched_repaid_ratio, payments that came back and advances that were taken back left out; one that is never paid back stays open), and plans to pay later (as in bnpl_open_plans_est) from the first instalment to the fourth, or, while it has not been paid or came back, to the 17th day after the last that is seen. Zero without any.",
        basis: Basis::Traced(Trace { name: "short-term obligations open in the window", rows: concurrent_rows }),
        value: |digest, window| {
            digest.covers(digest.span(window), None)?;
            integer(concurrent_max(digest, window))
        },
    },
    Entry {
        name: "stack_velocity",
        tier: Tier::Extended,
        sources: "",
        unit: Unit::Ratio,
        windows: QUARTER,
        risk: Risk::Rises,
        reason: "short_term_credit",
        compliance: Compliance::ModelOk,
        definition: "Providers of short-term credit (payday, cash advance, earned wage access, pawn and title, buy now pay later; either direction) met for the first time in the last 30 days, less a third of those met for the first time in the window. Not enough history unless the window and the 60 days before it are covered.",
        // Nine tenths of the window and the 60 days before it.
        basis: Basis::TracedBeyond(
            Trace {
                name: "first rows of short-term providers",
                rows: |digest, window| {
                    rows_of(newcomers(digest, SHORT_TERM, digest.span(window)).into_iter().map(|(_, row)| row))
                },
            },
            &[135],
        ),
        value: velocity,
    },
    Entry {
        name: "rollover_pattern_count",
        tier: Tier::Core,
        sources: "",
        unit: Unit::Count,
        windows: HALF,
        risk: Risk::Rises,
        reason: "short_term_credit",
        compliance: Compliance::ModelOk,
        definition: "Proceeds of short-term credit (payday, cash advance, earned wage access, pawn and title) in the window that came on the day of a payment to the same provider or at most 3 days after it; a payment that pays back an advance of its own day came after that advance, which so does not follow it; each payment is followed once, the oldest of them first, and a payment that came back (as in loan_payment_returned_count) is none.",
        basis: Basis::Traced(Trace {
            name: "proceeds that follow a payment, and the payment",
            rows: |digest, window| {
                let rows = rollovers(digest, window).flat_map(|advance| [Some(advance.row), advance.follows]);
                rows_of(rows.flatten().map(|at| &digest.ledger.rows[at as usize]))
            },
        }),
        value: |digest, window| {
            digest.covers(digest.span(window), None)?;
            integer(rollovers(digest, window).count())
        },
    },
    Entry {
        name: "stacking_risk_band",
        tier: Tier::Extended,
        sources: "ClearStaq (SMB bands)",
        unit: Unit::Code,
        windows: QUARTER,
        risk: Risk::Neither,
        reason: "",
        compliance: Compliance::VerifyOnly,
        definition: "Band of short-term credit (payday, cash advance, earned wage access, pawn and title, buy now pay later) from providers met, stack_concurrent_max and the share of income that its payments take in the window: `none` without a provider and without an open obligation; `high` with 4 providers, 4 open at a time or 20 percent; else `medium` with 2, 2 or 10 percent; else `low`. Without income any payment is above both shares. The cut-offs are ours; a policy can set its own on the three parts.",
        basis: Basis::Rows(SHORT_TERM),
        value: band,
    },
];

/// Whether a day lies in a window.
pub(super) fn is_inside(digest: &Digest<'_>, window: Window, day: Day) -> bool {
    let (first, end) = digest.span(window).range(digest.ledger.end);
    first <= day && day < end
}

/// The rows of advances and of what was paid on them.
fn traced<'a>(digest: &Digest<'_>, advances: impl Iterator<Item = &'a Advance>) -> Vec<Evidence> {
    let rows =
        advances.flat_map(|advance| std::iter::once(advance.row).chain(advance.repayments.iter().map(|paid| paid.row)));
    rows_of(rows.map(|at| &digest.ledger.rows[at as usize]))
}

/// Cash advances of the window that so many days have passed since.
fn mature<'d>(digest: &'d Digest<'_>, window: Window, days: i32) -> impl Iterator<Item = &'d Advance> {
    let all = digest.advances().list().iter().filter(|advance| advance.class == Class::CashAdvance);
    all.filter(move |advance| is_inside(digest, window, advance.day) && advance.day.plus(days) < digest.ledger.end)
}

fn repaid_ratio(digest: &Digest<'_>, window: Window, days: i32, is_repaid: fn(&Advance) -> bool) -> Outcome {
    digest.covers(digest.span(window), None)?;
    let (mut all, mut repaid) = (0, 0);
    for advance in mature(digest, window, days) {
        all += 1;
        repaid += i128::from(is_repaid(advance));
    }
    if all == 0 { Err(Missing::NoSuchEvent) } else { ratio(repaid, all) }
}

/// Advances of a class that are open at the end of a day of the window.
fn open<'d>(digest: &'d Digest<'_>, window: Window, of: fn(Class) -> bool) -> impl Iterator<Item = &'d Advance> {
    let (first, end) = digest.span(window).range(digest.ledger.end);
    let all = digest.advances().list().iter().filter(move |advance| of(advance.class) && advance.day < end);
    all.filter(move |advance| advance.closed.is_none_or(|closed| first < closed))
}

fn max_outstanding(digest: &Digest<'_>, window: Window) -> Outcome {
    digest.covers(digest.span(window), None)?;
    let mut steps: Vec<(Day, i128)> = vec![];
    for advance in open(digest, window, |class| class == Class::CashAdvance) {
        let mut left = advance.principal;
        steps.push((advance.day, left.into()));
        for paid in &advance.repayments {
            let part = paid.amount.min(left);
            left -= part;
            steps.push((paid.day, -i128::from(part)));
        }
    }
    Ok(Value::integer(peak(steps, digest.span(window).range(digest.ledger.end))))
}

/// The highest level at the end of a day of `[first, end)`, of a level that starts at zero and changes by steps.
fn peak(mut steps: Vec<(Day, i128)>, (first, end): (Day, Day)) -> i128 {
    steps.sort_unstable();
    let (mut level, mut highest) = (0, 0);
    for day in steps.chunk_by(|a, b| a.0 == b.0).take_while(|day| day[0].0 < end) {
        // What stands at the end of the day before the window's first change stands on the window's first day too.
        if first < day[0].0 {
            highest = highest.max(level);
        }
        level += day.iter().map(|step| step.1).sum::<i128>();
    }
    highest.max(level)
}

fn open_plans<'d>(digest: &'d Digest<'_>) -> impl Iterator<Item = &'d crate::stream::advance::Plan> {
    let end = digest.ledger.end;
    digest.advances().plans().iter().filter(move |plan| end < plan.ends())
}

/// Short-term obligations as steps up and down.
fn concurrent_max(digest: &Digest<'_>, window: Window) -> i128 {
    let (first, end) = digest.span(window).range(digest.ledger.end);
    let mut steps: Vec<(Day, i128)> = vec![];
    for advance in open(digest, window, Class::is_short_term) {
        steps.push((advance.day, 1));
        steps.extend(advance.closed.map(|closed| (closed, -1)));
    }
    for plan in digest.advances().plans() {
        steps.extend([(plan.first, 1), (plan.ends(), -1)]);
    }
    peak(steps, (first, end))
}

fn concurrent_rows(digest: &Digest<'_>, window: Window) -> Vec<Evidence> {
    let (first, end) = digest.span(window).range(digest.ledger.end);
    let mut evidence = traced(digest, open(digest, window, Class::is_short_term));
    let plans = digest.advances().plans().iter().filter(|plan| plan.first < end && first < plan.ends());
    evidence.extend(rows_of(plans.flat_map(|plan| &plan.rows).map(|at| &digest.ledger.rows[*at as usize])));
    evidence
}

fn velocity(digest: &Digest<'_>, window: Window) -> Outcome {
    let span = digest.span(window);
    knows_newcomers(digest, span)?;
    let all = newcomers(digest, SHORT_TERM, span);
    let recent = all.iter().filter(|(day, _)| digest.ledger.end.plus(-30) <= *day).count();
    let count = |number: usize| i128::try_from(number).unwrap_or(i128::MAX);
    ratio(3 * count(recent) - count(all.len()), 3)
}

fn rollovers<'d>(digest: &'d Digest<'_>, window: Window) -> impl Iterator<Item = &'d Advance> {
    let short_term = digest.advances().list().iter().filter(|advance| advance.class.is_short_term());
    short_term.filter(move |advance| advance.follows.is_some() && is_inside(digest, window, advance.day))
}

fn band(digest: &Digest<'_>, window: Window) -> Outcome {
    let span = digest.span(window);
    digest.covers(span, None)?;
    let rows = SHORT_TERM.iter().flat_map(|standard| digest.rows(standard.id(), span));
    let mut providers: Vec<u64> = rows.map(|row| row.label.counterparty).collect();
    providers.sort_unstable();
    providers.dedup();
    let most = concurrent_max(digest, window);
    let (paid, income) = (Standard::ShortTermPayment.sum(digest, span), Standard::Income.sum(digest, span));
    let takes = |percent: i128| 0 < paid && income.saturating_mul(percent) <= paid.saturating_mul(100);
    let band = match providers.len() {
        0 if most == 0 => "none",
        n if 4 <= n || 4 <= most || takes(20) => "high",
        n if 2 <= n || 2 <= most || takes(10) => "medium",
        _ => "low",
    };
    Ok(Value::Code(band))
}
