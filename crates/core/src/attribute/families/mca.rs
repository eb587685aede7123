//! Merchant cash advances: positions, remittances, stacking.

use super::{
    debt::{returned, rows_of},
    short_term::is_inside,
    *,
};
use crate::{
    digest::{exact::Fraction, filter::magnitude},
    ledger::LedgerRow,
    stream::{
        advance::Class,
        position::{MISSED_DAYS, Position},
    },
    time::Day,
};

const MONTH: &[Window] = &[Window::days(30)];
/// What is paid back for 100 received, where nothing tells the factor.
const FACTOR_PERCENT: i128 = 135;
/// A position that took a remittance in the so many days before new proceeds was still remitting.
const STACKED_DAYS: i32 = 14;

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        name: "mca_position_count",
        tier: Tier::Extended,
        sources: "ClearStaq; Heron; Ocrolus (num_fintech_mca_sources)",
        unit: Unit::Count,
        windows: MONTH_AND_QUARTER,
        risk: Risk::Rises,
        reason: "",
        compliance: Compliance::VerifyOnly,
        definition: "Funders of merchant cash advances that took a remittance in the window: those that a rule knows, and unknown counterparties that took one same amount on at least 10 banking days, at least 80 percent of those from the first to the last, with no pause of more than five (cards, cheques, cash and transfers to persons left out); the days by which it is known as a funder may lie before the window, as long as one lies in it. An unknown counterparty counts once for each such amount.",
        basis: Basis::Traced(Trace {
            name: "remittances of positions",
            rows: |digest, window| {
                rows_of(digest.positions().list().iter().flat_map(|position| inside(digest, window, position)))
            },
        }),
        value: |digest, window| {
            digest.covers(digest.span(window), None)?;
            integer(digest.positions().list().iter().filter(|one| takes(digest, window, one)).count())
        },
    },
    Entry {
        name: "mca_cadence",
        tier: Tier::Extended,
        sources: "ClearStaq",
        unit: Unit::Code,
        windows: QUARTER,
        risk: Risk::Neither,
        reason: "",
        compliance: Compliance::VerifyOnly,
        definition: "Rhythm of the position (as in mca_position_count) that took most money in the window: `daily`, `weekly`, `biweekly`, `one_time` or `irregular`, by its last 20 days with a remittance: daily where at least half of the pauses between them end on the next banking day, else weekly where their lower median is 6 to 8 days and biweekly where it is 13 to 15. The catalogue's list of all positions is no value of one column. No such event without a position.",
        basis: Basis::Traced(Trace {
            name: "remittances of the largest position",
            rows: |digest, window| {
                rows_of(largest(digest, window).into_iter().flat_map(|position| inside(digest, window, position)))
            },
        }),
        value: |digest, window| {
            digest.covers(digest.span(window), None)?;
            let position = largest(digest, window).ok_or(Missing::NoSuchEvent)?;
            Ok(Value::Code(position.rhythm.code()))
        },
    },
    Entry {
        name: "mca_debits_expected",
        tier: Tier::Extended,
        sources: "Heron (expected_mca_debits)",
        unit: Unit::Minor,
        windows: MONTH,
        risk: Risk::Rises,
        reason: "",
        compliance: Compliance::VerifyOnly,
        definition: "What the positions (as in mca_position_count) that still take remittances at T would take in the banking days of the window, were they to run through all of it: their most frequent amount, every banking day when daily, every fifth when weekly, every tenth when biweekly, nothing otherwise; rounded to the minor unit once.",
        basis: Basis::Traced(Trace {
            name: "remittances of active positions",
            rows: |digest, window| rows_of(active(digest).flat_map(|position| inside(digest, window, position))),
        }),
        value: debits_expected,
    },
    Entry {
        name: "mca_missed_remittance_count",
        tier: Tier::Extended,
        sources: "",
        unit: Unit::Count,
        windows: MONTH,
        risk: Risk::Rises,
        reason: "",
        compliance: Compliance::VerifyOnly,
        definition: "Dates of the window on which a position that still takes remittances at T took none: banking days after its first remittance when daily (the last banking day before T may still post and is left out), steps of 7 or 14 days, counted from each remittance, when weekly or biweekly; a step at most 3 (weekly) or 7 days before the next remittance is answered by that one, and one in the last 4 days before T is left out, because it may still come. A remittance that came back was taken; mca_returned_count has it.",
        basis: Basis::Traced(Trace {
            name: "missed remittances",
            rows: |digest, window| missed(digest, window).map(Evidence::Day).collect(),
        }),
        value: |digest, window| {
            digest.covers(digest.span(window), None)?;
            integer(missed(digest, window).count())
        },
    },
    Entry {
        name: "mca_returned_count",
        tier: Tier::Extended,
        sources: "",
        unit: Unit::Count,
        windows: MONTH_AND_QUARTER,
        risk: Risk::Rises,
        reason: "",
        compliance: Compliance::VerifyOnly,
        definition: "Remittances to merchant cash advance funders that a rule knows, of the window, that came back: within five banking days the same amount came into the same account as a returned item or a reversal; of several equal payments the newest came back, one by card, wire or instant payment only where no other is left, cash never, and each return answers one.",
        basis: Basis::Traced(Trace {
            name: "remittances that came back",
            rows: |digest, window| rows_of(returned(digest, &[Standard::McaOut], digest.span(window))),
        }),
        value: |digest, window| {
            let span = digest.span(window);
            digest.covers(span, None)?;
            integer(returned(digest, &[Standard::McaOut], span).len())
        },
    },
    Entry {
        name: "mca_paydown_est",
        tier: Tier::Extended,
        sources: "",
        unit: Unit::Ratio,
        windows: HISTORY,
        risk: Risk::Falls,
        reason: "",
        compliance: Compliance::VerifyOnly,
        definition: "Remittances to funders whose proceeds the history shows, from the first proceeds on and without those that came back (as in mca_returned_count), divided by the proceeds times an assumed factor of 1.35; a funder counts with at most what it is owed. No such event without proceeds.",
        basis: Basis::Traced(Trace {
            name: "proceeds of merchant cash advances, and remittances after them",
            rows: |digest, _| rows_of(digest.rows(Standard::McaIn.id(), Span::HISTORY).chain(settled(digest))),
        }),
        value: paydown,
    },
    Entry {
        name: "stacking_event_flag",
        tier: Tier::Extended,
        sources: "Heron; ClearStaq",
        unit: Unit::Flag,
        windows: QUARTER,
        risk: Risk::Rises,
        reason: "",
        compliance: Compliance::VerifyOnly,
        definition: "1 when merchant cash advance proceeds of the window came while another position (as in mca_position_count) had taken a remittance on the day or in the 14 days before, else 0.",
        basis: Basis::Traced(Trace {
            name: "proceeds beside another position",
            rows: |digest, window| rows_of(stacked(digest, window)),
        }),
        value: |digest, window| {
            digest.covers(digest.span(window), None)?;
            flag(stacked(digest, window).next().is_some())
        },
    },
];

fn row<'a>(digest: &Digest<'a>, at: u32) -> &'a LedgerRow {
    &digest.ledger.rows[at as usize]
}

/// A position's remittances in a window.
fn inside<'d, 'a>(
    digest: &'d Digest<'a>,
    window: Window,
    position: &'d Position,
) -> impl Iterator<Item = &'a LedgerRow> + use<'d, 'a> {
    let rows = position.rows.iter().map(|at| row(digest, *at));
    rows.filter(move |row| is_inside(digest, window, row.day))
}

fn takes(digest: &Digest<'_>, window: Window, position: &Position) -> bool {
    inside(digest, window, position).next().is_some()
}

fn active<'d>(digest: &'d Digest<'_>) -> impl Iterator<Item = &'d Position> {
    digest.positions().list().iter().filter(|position| position.is_active)
}

/// The position that took most in a window; of equal ones the first.
fn largest<'d>(digest: &'d Digest<'_>, window: Window) -> Option<&'d Position> {
    let sum = |position: &&Position| {
        inside(digest, window, position).map(|row| i128::from(magnitude(row.amount))).sum::<i128>()
    };
    let taking = digest.positions().list().iter().filter(|position| takes(digest, window, position));
    taking.rev().max_by_key(sum)
}

fn debits_expected(digest: &Digest<'_>, window: Window) -> Outcome {
    let span = digest.span(window);
    digest.covers(span, None)?;
    let (first, end) = span.range(digest.ledger.end);
    let in_ten =
        |position: &Position| i128::from(position.remittance) * i128::from(position.rhythm.per_ten_banking_days());
    let sum: i128 = active(digest).map(in_ten).sum();
    let days = i128::from(crate::calendar::banking_days_between(first, end));
    Ok(rounded(Fraction { numerator: sum.saturating_mul(days), denominator: 10 }))
}

fn missed<'d>(digest: &'d Digest<'_>, window: Window) -> impl Iterator<Item = Day> + 'd {
    let from = digest.ledger.end.plus(-MISSED_DAYS);
    let all = digest.positions().list().iter().flat_map(|position| position.missed.iter().copied());
    all.filter(move |day| from <= *day && is_inside(digest, window, *day))
}

/// Proceeds of funders: who, the first day, the sum; by funder.
fn proceeds(digest: &Digest<'_>) -> Vec<(u64, Day, i128)> {
    let advances = digest.advances().list().iter().filter(|advance| advance.class == Class::Mca);
    let mut funders: Vec<(u64, Day, i128)> = vec![];
    // They come by provider and day.
    for advance in advances {
        match funders.last_mut().filter(|last| last.0 == advance.provider) {
            Some(last) => last.2 += i128::from(advance.principal),
            None => funders.push((advance.provider, advance.day, advance.principal.into())),
        }
    }
    funders
}

/// Remittances to funders whose proceeds are seen, from the day of the first on, that did not come back.
fn settled<'a>(digest: &Digest<'a>) -> Vec<&'a LedgerRow> {
    let funders = proceeds(digest);
    let mut back: Vec<u32> = returned(digest, &[Standard::McaOut], Span::HISTORY).iter().map(|row| row.index).collect();
    back.sort_unstable();
    let counts = |row: &&LedgerRow| {
        let funder = funders.binary_search_by_key(&row.label.counterparty, |funder| funder.0);
        funder.is_ok_and(|at| funders[at].1 <= row.day) && back.binary_search(&row.index).is_err()
    };
    digest.rows(Standard::McaOut.id(), Span::HISTORY).filter(counts).collect()
}

fn paydown(digest: &Digest<'_>, window: Window) -> Outcome {
    digest.covers(digest.span(window), None)?;
    let funders = proceeds(digest);
    let mut paid = vec![0_i128; funders.len()];
    for row in settled(digest) {
        if let Ok(at) = funders.binary_search_by_key(&row.label.counterparty, |funder| funder.0) {
            paid[at] += i128::from(magnitude(row.amount));
        }
    }
    let owed = |sum: i128| sum * FACTOR_PERCENT;
    let done: i128 = funders.iter().zip(paid).map(|(funder, paid)| (paid * 100).min(owed(funder.2))).sum();
    let all: i128 = funders.iter().map(|funder| owed(funder.2)).sum();
    if all == 0 { Err(Missing::NoSuchEvent) } else { ratio(done, all) }
}

/// Proceeds of a window that came while another funder was taking.
fn stacked<'d, 'a>(digest: &'d Digest<'a>, window: Window) -> impl Iterator<Item = &'a LedgerRow> + use<'d, 'a> {
    let taken = |funder: u64, day: Day| {
        let others = digest.positions().list().iter().filter(move |position| position.funder != funder);
        others.flat_map(|position| &position.rows).any(|at| {
            let paid = row(digest, *at).day;
            day.plus(-STACKED_DAYS) <= paid && paid <= day
        })
    };
    digest.rows(Standard::McaIn.id(), digest.span(window)).filter(move |row| taken(row.label.counterparty, row.day))
}
