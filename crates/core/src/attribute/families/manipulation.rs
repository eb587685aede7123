//! Signs that the picture was made for the application. They call for a look, not for a score: none of them goes into a model.

use std::iter::repeat_n;

use super::*;
use crate::{
    digest::{exact::quotient, filter::magnitude},
    ledger::LedgerRow,
    money::Currency,
    stream::returned::FeeKind,
};

/// Days within which money that came in goes back.
const CIRCLE_DAYS_MAX: i32 = 5;
/// Rows below which the spread of counterparties says nothing.
const SPREAD_ROWS_MIN: i128 = 30;
/// Entropy of the counterparties of a template: that of fewer than four equally frequent ones.
const SPREAD_BITS_MIN: f64 = 2.0;
/// A credit of the size of a wage, in US cents.
const WAGE_CENTS: i64 = 50_000;
/// So few rows are sooner compared each with each than sorted.
const FEW: usize = 16;
/// Days of history below which an account is new.
const NEW_DAYS: u32 = 60;
/// Days of balances that a spike over 14 days needs: those, and nine tenths of the 76 before them.
const SPIKE_DAYS_NEEDED: u16 = 14 + 69;

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        name: "balance_spike_pre_application",
        tier: Tier::Extended,
        sources: "",
        unit: Unit::Z,
        windows: &[Window::days(7), Window::days(14)],
        risk: Risk::Neither,
        reason: "",
        compliance: Compliance::VerifyOnly,
        definition: "The highest closing balance of the window, less the median of the closing balances from 90 days before T to the window, divided by the median distance of those from their median. The catalogue compares the balance now, which no window changes, and lets the spike raise its own median. Zero denominator when that distance is zero; otherwise missing as balances are.",
        // The window, and nine tenths of the days from 90 before T to it.
        basis: Basis::TracedBeyond(
            Trace { name: "the days of the highest closing balance", rows: spike_days },
            &[82, SPIKE_DAYS_NEEDED],
        ),
        value: |digest, window| {
            let spike = spike(digest, digest.span(window))?;
            ratio(spike.rise, spike.distance)
        },
    },
    Entry {
        name: "large_deposit_share",
        tier: Tier::Extended,
        sources: "Plaid Cash Flow Updates (>5000); Ocrolus (large_deposits)",
        unit: Unit::Ratio,
        windows: &[Window::days(14)],
        risk: Risk::Neither,
        reason: "",
        compliance: Compliance::VerifyOnly,
        definition: "The largest single inflow of the window that is no income, divided by the inflow a month (30 days) of the last 90 days, transfers within the application left out of both; 0 without such an inflow. The catalogue's large_deposit_share_14d is its column. Zero denominator without inflow.",
        basis: Basis::TracedBeyond(
            Trace { name: "the largest inflow that is no income", rows: largest_rows },
            &[QUARTER_DAYS_NEEDED],
        ),
        value: large_deposit_share,
    },
    Entry {
        name: "circular_flow_amount",
        tier: Tier::Extended,
        sources: "",
        unit: Unit::Minor,
        windows: &[Window::days(30)],
        risk: Risk::Neither,
        reason: "",
        compliance: Compliance::VerifyOnly,
        definition: "Inflow of the window that went back to the same counterparty in the same amount on the same day or within five days, before T; each outflow answers one inflow, the oldest that waits. Transfers within the application are left out. The catalogue also asks for linked counterparties, which bank text does not show.",
        basis: Basis::Traced(Trace { name: "inflows and the outflows that took them back", rows: circle_rows }),
        value: |digest, window| {
            digest.covers(digest.span(window), None)?;
            let circles = circles(digest, window);
            Ok(Value::integer(circles.iter().map(|(credit, _)| i128::from(magnitude(credit.amount))).sum()))
        },
    },
    Entry {
        name: "income_inflation_flag",
        tier: Tier::Extended,
        sources: "",
        unit: Unit::Flag,
        windows: QUARTER,
        risk: Risk::Neither,
        reason: "",
        compliance: Compliance::VerifyOnly,
        definition: "1 when a payer of wages also receives transfers from the applicant in the window, or payments of which no rule knows what they are for; else 0. Purchases at a shop that is the employer are left out, and so are transfers within the application. No such event without wages.",
        basis: Basis::Traced(Trace { name: "wages and transfers of one counterparty", rows: inflated_rows }),
        value: |digest, window| {
            let span = digest.span(window);
            digest.covers(span, None)?;
            if Standard::Salary.sums(digest, span).count == 0 {
                return Err(Missing::NoSuchEvent);
            }
            flag(!inflated(digest, span).is_empty())
        },
    },
    Entry {
        name: "new_account_high_activity_flag",
        tier: Tier::Extended,
        sources: "",
        unit: Unit::Flag,
        windows: &[Window::days(60)],
        risk: Risk::Neither,
        reason: "",
        compliance: Compliance::VerifyOnly,
        definition: "1 when the history is shorter than 60 days and holds an inflow of at least 500.00 US dollars, the size of a wage, transfers within the application left out; else 0. Not applicable in other currencies, of which the size of a wage is not known.",
        // It says how short the history is, so that it has a value on any.
        basis: Basis::TracedBeyond(
            Trace {
                name: "inflows of the size of a wage",
                rows: |digest, window| wages(digest, digest.span(window)).map(|row| Evidence::Row(row.index)).collect(),
            },
            &[1],
        ),
        value: |digest, window| {
            let days = digest.history_days()?;
            if digest.ledger.currency != Currency::USD {
                return Err(Missing::NotApplicable);
            }
            flag(days < NEW_DAYS && wages(digest, digest.span(window)).next().is_some())
        },
    },
    Entry {
        name: "lookalike_txn_count",
        tier: Tier::Extended,
        sources: "",
        unit: Unit::Count,
        windows: MONTH_AND_QUARTER,
        risk: Risk::Neither,
        reason: "",
        compliance: Compliance::VerifyOnly,
        definition: "Posted rows of the window that look like one before them: on the same account and day, of the same amount, direction, purpose and counterparty, under another id; of several alike each but the first. An export that holds rows twice under new ids doubles the income, and duplicate_txn_count does not see it. A counterparty's key holds no numbers, so two equal purchases at one shop on one day count too: a sign to look at, no proof. Transfers within the application are left out, payments to an own card that is linked count.",
        basis: Basis::Traced(Trace { name: "rows alike on one day", rows: lookalike_rows }),
        value: |digest, window| {
            let span = digest.span(window);
            digest.covers(span, None)?;
            let mut repeats = 0;
            each_lookalike(digest, span, |alike| repeats += alike.len() - 1);
            integer(repeats)
        },
    },
    Entry {
        name: "description_entropy_low_flag",
        tier: Tier::Extended,
        sources: "",
        unit: Unit::Flag,
        windows: QUARTER,
        risk: Risk::Neither,
        reason: "",
        compliance: Compliance::VerifyOnly,
        definition: "1 when the entropy of the counterparties of the window's rows is below 2 bits, that of four equally frequent ones; else 0. A counterparty's key is its name or the words of the text without numbers, so a few templates with other dates and amounts are few counterparties. Transfers within the application are left out. Too few events below 30 rows.",
        basis: Basis::Rows(&[Standard::Flow]),
        value: description_entropy_low_flag,
    },
    Entry {
        name: "first_payment_default_signals",
        tier: Tier::Extended,
        sources: "Prism Detect (concept)",
        unit: Unit::Count,
        windows: &[Window::days(30)],
        risk: Risk::Rises,
        reason: "",
        compliance: Compliance::VerifyOnly,
        definition: "How many of four patterns the window shows, 0 to 4: no income of any kind (the catalogue says no payroll; income counts alike whatever its source); money from two or more short-term lenders; balance_spike_pre_application over 14 days above 3, which compares with the days from 90 before T on and is not shown where its denominator is zero; a returned item or an event of nsf_od_combined_count. Missing as balances are.",
        basis: Basis::TracedBeyond(
            Trace { name: "short-term proceeds, returned items, fees and the balance spike", rows: signal_rows },
            &[SPIKE_DAYS_NEEDED],
        ),
        value: first_payment_default_signals,
    },
];

/// A rise of the closing balance over its usual level, in quarters of the minor unit.
struct Spike {
    highest: i64,
    rise: i128,
    distance: i128,
}

/// Compares the highest closing balance of a span with those from 90 days before T to it.
fn spike(digest: &Digest<'_>, span: Span) -> Result<Spike, Missing> {
    let (median, distance) = digest.sorted_balances(Span { near: span.far, far: 90 }, spread)?;
    let highest = digest.stretch(span)?.highest();
    Ok(Spike { highest, rise: 4 * i128::from(highest) - 2 * median, distance })
}

/// Twice the median of amounts in ascending order, which is whole, and twice the median of twice their distances from it, which
/// is whole too; 0 of nothing.
pub(super) fn spread(sorted: &[i64]) -> (i128, i128) {
    let twice = |at: usize| sorted.get(at).map_or(0, |amount| 2 * i128::from(*amount));
    let (middle, odd) = (sorted.len() / 2, sorted.len() % 2 == 1);
    let median = if odd { twice(middle) } else { (twice(middle) + twice(middle.saturating_sub(1))) / 2 };
    // From the middle outwards distances grow on either side: the smaller of the two comes next.
    let (mut below, mut above) = (middle, middle);
    let (mut last, mut before) = (0, 0);
    for _ in 0..=middle {
        let lower = below.checked_sub(1).map(|at| median - twice(at));
        let upper = (above < sorted.len()).then(|| twice(above) - median);
        let next = match (lower, upper) {
            (Some(lower), Some(upper)) if lower < upper => Some((lower, true)),
            (Some(lower), None) => Some((lower, true)),
            (_, upper) => upper.map(|upper| (upper, false)),
        };
        let Some((distance, is_below)) = next else { break };
        (before, last) = (last, distance);
        (below, above) = if is_below { (below - 1, above) } else { (below, above + 1) };
    }
    (median, if odd { 2 * last } else { last + before })
}

fn spike_days(digest: &Digest<'_>, window: Window) -> Vec<Evidence> {
    let span = digest.span(window);
    let (Ok(spike), Ok(balances)) = (spike(digest, span), digest.balances(span)) else { return vec![] };
    balances.days().filter(|(_, closing)| *closing == spike.highest).map(|(day, _)| Evidence::Day(day)).collect()
}

/// The inflows of a span that are no income.
fn unearned<'d>(digest: &'d Digest<'_>, span: Span) -> impl Iterator<Item = &'d LedgerRow> {
    let rows = digest.rows(Standard::Inflow.id(), span);
    rows.filter(|row| !digest.taxonomy.info(row.label.purpose).counts_as_income)
}

fn large_deposit_share(digest: &Digest<'_>, window: Window) -> Outcome {
    let (quantity, days) = per_month(Standard::Inflow, Window::days(90), digest)?;
    let largest = unearned(digest, digest.span(window)).map(|row| magnitude(row.amount)).max().unwrap_or(0);
    ratio(i128::from(largest).saturating_mul(days), quantity)
}

fn largest_rows(digest: &Digest<'_>, window: Window) -> Vec<Evidence> {
    let span = digest.span(window);
    let largest = unearned(digest, span).map(|row| row.amount).max();
    let rows = unearned(digest, span).filter(|row| Some(row.amount) == largest);
    rows.map(|row| Evidence::Row(row.index)).collect()
}

/// The rows of a span, transfers left out, in the ledger's order.
fn collected<'d>(digest: &'d Digest<'_>, span: Span) -> Vec<&'d LedgerRow> {
    let rows = digest.rows(Standard::Flow.id(), span);
    // Nearly all that it looks at are there.
    let mut all = Vec::with_capacity(rows.size_hint().1.unwrap_or(0));
    all.extend(rows);
    all
}

/// Inflows of a window, each with the outflow that took it back.
fn circles<'d>(digest: &'d Digest<'_>, window: Window) -> Vec<(&'d LedgerRow, &'d LedgerRow)> {
    let span = digest.span(window);
    let key = |row: &LedgerRow| (row.label.counterparty, magnitude(row.amount));
    let mut rows = collected(digest, span);
    // Money came in from few, and only what goes back to them in the same amount is looked at more closely.
    let mut came: Vec<(u64, i64)> = rows.iter().filter(|row| 0 < row.amount).map(|row| key(row)).collect();
    came.sort_unstable();
    rows.retain(|row| 0 < row.amount || came.binary_search(&key(row)).is_ok());
    // Of one day the inflow comes first.
    rows.sort_by_key(|row| (key(row), row.day, row.amount < 0, row.index));
    let mut found = vec![];
    for same in rows.chunk_by(|a, b| key(a) == key(b)) {
        let mut waiting = same.iter().filter(|row| 0 < row.amount).peekable();
        for debit in same.iter().filter(|row| row.amount < 0) {
            while waiting.next_if(|credit| credit.day.plus(CIRCLE_DAYS_MAX) < debit.day).is_some() {}
            if let Some(credit) = waiting.next_if(|credit| credit.day <= debit.day) {
                found.push((*credit, *debit));
            }
        }
    }
    found
}

fn circle_rows(digest: &Digest<'_>, window: Window) -> Vec<Evidence> {
    circles(digest, window)
        .iter()
        .flat_map(|(credit, debit)| [*credit, *debit])
        .map(|row| Evidence::Row(row.index))
        .collect()
}

/// Keys ascending, each once.
fn distinct(keys: impl Iterator<Item = u64>) -> Vec<u64> {
    let mut keys: Vec<u64> = keys.collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// Wages, and transfers to those who paid them.
fn inflated<'d>(digest: &'d Digest<'_>, span: Span) -> Vec<&'d LedgerRow> {
    let wages = || digest.rows(Standard::Salary.id(), span);
    let payers = distinct(wages().map(|row| row.label.counterparty));
    let sends = |row: &&LedgerRow| {
        let info = || digest.taxonomy.info(row.label.purpose);
        payers.binary_search(&row.label.counterparty).is_ok()
            && (info().group == "transfer" || info().name == "unknown")
    };
    let sent: Vec<&LedgerRow> = digest.rows(Standard::Outflow.id(), span).filter(sends).collect();
    let takers = distinct(sent.iter().map(|row| row.label.counterparty));
    wages().filter(|row| takers.binary_search(&row.label.counterparty).is_ok()).chain(sent).collect()
}

fn inflated_rows(digest: &Digest<'_>, window: Window) -> Vec<Evidence> {
    inflated(digest, digest.span(window)).iter().map(|row| Evidence::Row(row.index)).collect()
}

fn wages<'d>(digest: &'d Digest<'_>, span: Span) -> impl Iterator<Item = &'d LedgerRow> {
    digest.rows(Standard::Inflow.id(), span).filter(|row| WAGE_CENTS <= row.amount)
}

/// Meets the rows of a span that look alike, together.
fn each_lookalike(digest: &Digest<'_>, span: Span, mut meet: impl FnMut(&[&LedgerRow])) {
    let key = |row: &LedgerRow| (row.amount, row.account, row.label.purpose.0, row.label.counterparty);
    let mut rows = collected(digest, span);
    // They come by day or nearly so, and those of a day are few.
    rows.sort_by_key(|row| row.day);
    let is_repeated = |of_day: &[&LedgerRow]| {
        let mut rows = of_day.iter().enumerate();
        rows.any(|(at, row)| of_day[..at].iter().any(|before| before.amount == row.amount))
    };
    for of_day in rows.chunk_by_mut(|a, b| a.day == b.day) {
        // Hardly a day has an amount twice.
        if of_day.len() <= FEW && !is_repeated(of_day) {
            continue;
        }
        of_day.sort_unstable_by_key(|row| key(row));
        of_day.chunk_by(|a, b| key(a) == key(b)).filter(|alike| 2 <= alike.len()).for_each(&mut meet);
    }
}

fn lookalike_rows(digest: &Digest<'_>, window: Window) -> Vec<Evidence> {
    let mut evidence = vec![];
    each_lookalike(digest, digest.span(window), |alike| {
        evidence.extend(alike.iter().map(|row| Evidence::Row(row.index)));
    });
    evidence
}

fn description_entropy_low_flag(digest: &Digest<'_>, window: Window) -> Outcome {
    let span = digest.span(window);
    digest.covers(span, None)?;
    let mut sizes = digest.counterparty_sizes(Standard::Flow.id(), span);
    let rows: i128 = sizes.iter().map(|&size| i128::from(size)).sum();
    if rows < SPREAD_ROWS_MIN {
        return Err(Missing::TooFewEvents);
    }
    // In the order of their sizes, so that the sum does not hang on the keys.
    sizes.sort_unstable();
    let part = |size: u32| {
        let share = quotient(size.into(), rows);
        -share * libm::log2(share)
    };
    // Many are of one size, and logarithms are dear.
    let bits: f64 = sizes.chunk_by(|a, b| a == b).flat_map(|same| repeat_n(part(same[0]), same.len())).sum();
    // Four equally frequent ones are not below, whatever the logarithm's last place.
    flag(bits < SPREAD_BITS_MIN - 1e-9)
}

/// The days over which a spike is looked for among the signals.
const SPIKE: Span = Span { near: 0, far: 14 };

fn first_payment_default_signals(digest: &Digest<'_>, window: Window) -> Outcome {
    let span = digest.span(window);
    digest.covers(span, None)?;
    let spike = spike(digest, SPIKE)?;
    let idle = Standard::Income.sums(digest, span).count == 0;
    let stacked = 2 <= digest.distinct_counterparties(Standard::ShortTermProceeds.id(), span);
    let spiked = 0 < spike.distance && 3 * spike.distance < spike.rise;
    let fees = overdraft::standing(digest, span, &[FeeKind::Nsf, FeeKind::Overdraft]);
    let returned = 0 < fees || 0 < Standard::ReturnedItem.sums(digest, span).count;
    integer([idle, stacked, spiked, returned].into_iter().map(i64::from).sum::<i64>())
}

fn signal_rows(digest: &Digest<'_>, window: Window) -> Vec<Evidence> {
    let span = digest.span(window);
    let read = [Standard::ShortTermProceeds, Standard::ReturnedItem, Standard::NsfOverdraftFee];
    let rows = read.into_iter().flat_map(|standard| digest.rows(standard.id(), span));
    rows.map(|row| Evidence::Row(row.index)).chain(spike_days(digest, Window::days(14))).collect()
}
