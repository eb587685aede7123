//! Returned items and overdraft: by fee rows, net of fees given back, and by balance, for banks that charge nothing.

use super::{super::declared::rounded, *};
use crate::digest::exact::Fraction;

const WEEK_TO_YEAR: &[Window] = &[
    Window::days(7),
    Window::days(14),
    Window::days(30),
    Window::days(60),
    Window::days(90),
    Window::days(180),
    Window::days(365),
];

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        name: "nsf_count",
        tier: Tier::Core,
        sources: "Plaid Base Report; Plaid Signal (7/30/60/90d); Flinks (30/60/90d); Ocrolus; Mastercard; Plaid CFR",
        unit: Unit::Count,
        windows: WEEK_TO_YEAR,
        risk: Risk::Rises,
        reason: "returned_or_overdraft_items",
        compliance: Compliance::ModelOk,
        definition: "Fee rows for returned items less rows that give such a fee back, at least 0; each row counts once.",
        basis: Basis::Rows(&[Standard::NsfFee]),
        value: |digest, window| net(digest, window, Standard::NsfFee, Standard::NsfReversal),
    },
    Entry {
        name: "overdraft_fee_count",
        tier: Tier::Core,
        sources: "Ocrolus; Plaid CFR; Inscribe; Heron",
        unit: Unit::Count,
        windows: WEEK_TO_YEAR,
        risk: Risk::Rises,
        reason: "returned_or_overdraft_items",
        compliance: Compliance::ModelOk,
        definition: "Overdraft fee rows less rows that give such a fee back, at least 0; each row counts once.",
        basis: Basis::Rows(&[Standard::OverdraftFee]),
        value: |digest, window| net(digest, window, Standard::OverdraftFee, Standard::OverdraftReversal),
    },
    Entry {
        name: "nsf_od_combined_count",
        tier: Tier::Core,
        sources: "Plaid Base Report; Plaid Signal; Heron (no_od_nsf)",
        unit: Unit::Count,
        windows: WEEK_TO_YEAR,
        risk: Risk::Rises,
        reason: "returned_or_overdraft_items",
        compliance: Compliance::ModelOk,
        definition: "Fee rows for returned items and for overdraft less rows that give such a fee back, at least 0; each row counts once.",
        basis: Basis::Rows(&[Standard::NsfOverdraftFee]),
        value: |digest, window| net(digest, window, Standard::NsfOverdraftFee, Standard::NsfOverdraftReversal),
    },
    Entry {
        name: "nsf_od_per_month",
        tier: Tier::Core,
        sources: "",
        unit: Unit::Ratio,
        windows: QUARTER_AND_HALF,
        risk: Risk::Rises,
        reason: "returned_or_overdraft_items",
        compliance: Compliance::ModelOk,
        definition: "Fee rows for returned items and for overdraft less rows that give such a fee back, at least 0, a month (30 days) of the window.",
        basis: Basis::Rows(&[Standard::NsfOverdraftFee]),
        value: nsf_od_per_month,
    },
    Entry {
        name: "nsf_od_trend",
        tier: Tier::Core,
        sources: "",
        unit: Unit::Count,
        windows: QUARTER,
        risk: Risk::Rises,
        reason: "returned_or_overdraft_items",
        compliance: Compliance::ModelOk,
        definition: "Fee rows for returned items and for overdraft of the last 30 days, less half of those of the 60 days before, rounded half to even.",
        basis: Basis::Rows(&[Standard::NsfOverdraftFee]),
        value: nsf_od_trend,
    },
    Entry {
        name: "fee_free_overdraft_days",
        tier: Tier::Core,
        sources: "",
        unit: Unit::Days,
        windows: QUARTER,
        risk: Risk::Rises,
        reason: "negative_balance_days",
        compliance: Compliance::ModelOk,
        definition: "Covered days of the window with a closing balance below zero that have no fee for a returned item or overdraft on the day itself or the day after.",
        basis: Basis::NegativeDays,
        value: fee_free_overdraft_days,
    },
    Entry {
        name: "negative_or_fee_days",
        tier: Tier::Core,
        sources: "",
        unit: Unit::Days,
        windows: QUARTER,
        risk: Risk::Rises,
        reason: "negative_balance_days",
        compliance: Compliance::ModelOk,
        definition: "Distinct days of the window with a closing balance below zero or a fee for a returned item or overdraft.",
        basis: Basis::NegativeDays,
        value: negative_or_fee_days,
    },
];

fn count(digest: &Digest<'_>, span: Span, standard: Standard) -> i128 {
    i128::from(standard.sums(digest, span).count)
}

fn net_count(digest: &Digest<'_>, window: Window, fee: Standard, back: Standard) -> Result<i128, Missing> {
    let span = digest.span(window);
    digest.covers(span, None)?;
    Ok((count(digest, span, fee) - count(digest, span, back)).max(0))
}

fn net(digest: &Digest<'_>, window: Window, fee: Standard, back: Standard) -> Outcome {
    Ok(Value::integer(net_count(digest, window, fee, back)?))
}

fn nsf_od_per_month(digest: &Digest<'_>, window: Window) -> Outcome {
    let events = net_count(digest, window, Standard::NsfOverdraftFee, Standard::NsfOverdraftReversal)?;
    ratio(events * 30, length(digest.span(window))?.into())
}

fn nsf_od_trend(digest: &Digest<'_>, window: Window) -> Outcome {
    let span = digest.span(window);
    digest.covers(span, None)?;
    let near = Span { near: 0, far: 30 };
    let (newer, older) = (near, Span { near: near.far, far: span.far });
    let (newer, older) =
        (count(digest, newer, Standard::NsfOverdraftFee), count(digest, older, Standard::NsfOverdraftFee));
    Ok(rounded(Fraction { numerator: 2 * newer - older, denominator: 2 }))
}

fn fee_free_overdraft_days(digest: &Digest<'_>, window: Window) -> Outcome {
    let span = digest.span(window);
    digest.covers(span, None)?;
    let balances = digest.balances(span)?;
    let end = digest.ledger.end.0;
    let fees: Vec<i32> = digest
        .ages(Standard::NsfOverdraftFee.id(), Span { near: 0, far: span.far })
        .iter()
        .map(|&age| end - 1 - i32::try_from(age).unwrap_or(0))
        .collect();
    // Ages are newest first, so days descend.
    let charged = |day: i32| fees.binary_search_by(|fee| day.cmp(fee)).is_ok();
    let free = balances.days().filter(|(day, closing)| *closing < 0 && !charged(day.0) && !charged(day.0 + 1));
    integer(free.count())
}

fn negative_or_fee_days(digest: &Digest<'_>, window: Window) -> Outcome {
    let span = digest.span(window);
    digest.covers(span, None)?;
    let balances = digest.balances(span)?;
    let end = digest.ledger.end.0;
    let fees = digest.ages(Standard::NsfOverdraftFee.id(), span);
    let mut days: Vec<i32> = fees.iter().map(|&age| end - 1 - i32::try_from(age).unwrap_or(0)).collect();
    days.extend(balances.days().filter(|(_, closing)| *closing < 0).map(|(day, _)| day.0));
    days.sort_unstable();
    days.dedup();
    integer(days.len())
}
