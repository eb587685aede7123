//! Spend beyond single measures: subscriptions, spend after pay days, and what is cut when money gets short.

use super::{
    bills::{monthly_equivalent, paid, running},
    *,
};
use crate::{
    category::taxonomy::StreamKind,
    stream::{State, Stream, cadence::Cadence},
    time::Day,
};

/// Days after a pay day that still follow it.
const AFTER_PAY_DAYS: i32 = 3;

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        name: "spend_subscriptions_monthly",
        tier: Tier::Extended,
        sources: "Belvo (Recurring Expenses)",
        unit: Unit::MinorPerMonth,
        windows: QUARTER,
        risk: Risk::Neither,
        reason: "spending_level",
        compliance: Compliance::ModelOk,
        definition: "Monthly equivalent of subscriptions: usual amount × payments a year / 12 of every subscription stream that has a cadence, has not stopped and paid in the window, added up and rounded to the minor unit; 0 without one. The catalogue calls this spend_subscriptions, which here is the money paid for subscriptions in the window.",
        basis: Basis::Traced(Trace {
            name: "subscription streams",
            rows: |digest, window| paid(digest, window, is_subscription),
        }),
        value: |digest, window| monthly_equivalent(digest, window, is_subscription),
    },
    Entry {
        name: "subscription_count",
        tier: Tier::Extended,
        sources: "Belvo",
        unit: Unit::Count,
        windows: QUARTER,
        risk: Risk::Neither,
        reason: "spending_level",
        compliance: Compliance::ModelOk,
        definition: "Subscription streams that have a cadence, have not stopped and paid in the window.",
        basis: Basis::Traced(Trace {
            name: "subscription streams",
            rows: |digest, window| paid(digest, window, is_subscription),
        }),
        value: |digest, window| {
            digest.covers(digest.span(window), None)?;
            integer(running(digest, window, is_subscription).count())
        },
    },
    Entry {
        name: "spend_post_payday_share",
        tier: Tier::Core,
        sources: "",
        unit: Unit::Ratio,
        windows: QUARTER_AND_HALF,
        risk: Risk::Rises,
        reason: "discretionary_spending",
        compliance: Compliance::ModelOk,
        definition: "Discretionary spend of the window on a pay day or on the three days after one, divided by its discretionary spend. Pay days are the days on which the primary income stream (see pay_frequency) paid, whatever its source (the catalogue says payroll). No such event unless that stream has a cadence, has not stopped and paid in the window; zero denominator without discretionary spend.",
        basis: Basis::Traced(Trace { name: "discretionary spend after pay days", rows: spent_after_pay }),
        value: spend_post_payday_share,
    },
    Entry {
        name: "essential_cut_flag",
        tier: Tier::Extended,
        sources: "",
        unit: Unit::Flag,
        windows: QUARTER,
        risk: Risk::Rises,
        reason: "essential_spending",
        compliance: Compliance::ModelOk,
        definition: "1 when the essential spend of the last 30 days is below 70 percent of the mean of the two 30-day buckets before and the income of the last 30 days is not above theirs, else 0. No such event when those buckets hold no essential spend.",
        basis: Basis::BucketRows(30, &[Standard::Essential, Standard::Income]),
        value: essential_cut_flag,
    },
];

fn is_subscription(stream: &Stream) -> bool {
    stream.kind == StreamKind::Subscription
}

/// The days on which the primary income stream paid and their amounts, oldest first; it must have a cadence and not have stopped.
pub(super) fn pay_days(digest: &Digest<'_>) -> Result<Vec<(Day, i64)>, Missing> {
    let streams = digest.streams();
    let stream = streams.primary_income().ok_or(Missing::NoSuchEvent)?;
    if stream.cadence == Cadence::Irregular || stream.state == State::Stopped {
        return Err(Missing::NoSuchEvent);
    }
    Ok(streams.occurrences(stream).iter().map(|one| (one.day, one.amount)).collect())
}

fn is_after_pay(day: Day, pays: &[(Day, i64)]) -> bool {
    let before = pays.partition_point(|(pay, _)| *pay <= day);
    before.checked_sub(1).and_then(|at| pays.get(at)).is_some_and(|(pay, _)| day <= pay.plus(AFTER_PAY_DAYS))
}

fn spend_post_payday_share(digest: &Digest<'_>, window: Window) -> Outcome {
    let span = digest.span(window);
    digest.covers(span, None)?;
    let pays = pay_days(digest)?;
    let (first, _) = span.range(digest.ledger.end);
    if pays.last().is_none_or(|(pay, _)| *pay < first) {
        return Err(Missing::NoSuchEvent);
    }
    let (mut all, mut after) = (0_i128, 0_i128);
    // Both come newest first.
    let mut before = pays.iter().rev().map(|(pay, _)| *pay).peekable();
    for (day, amount) in digest.daily(Standard::Discretionary.id(), span).rev() {
        while before.next_if(|pay| day < *pay).is_some() {}
        all += amount;
        after += if before.peek().is_some_and(|pay| day <= pay.plus(AFTER_PAY_DAYS)) { amount } else { 0 };
    }
    ratio(after, all)
}

fn spent_after_pay(digest: &Digest<'_>, window: Window) -> Vec<Evidence> {
    let Ok(pays) = pay_days(digest) else { return vec![] };
    let rows = digest.rows(Standard::Discretionary.id(), digest.span(window));
    rows.filter(|row| is_after_pay(row.day, &pays)).map(|row| Evidence::Row(row.index)).collect()
}

fn essential_cut_flag(digest: &Digest<'_>, window: Window) -> Outcome {
    let essential = buckets(Standard::Essential, window, digest)?;
    let income = buckets(Standard::Income, window, digest)?;
    let ([spent, spent_before @ ..], [earned, earned_before @ ..]) = (&*essential, &*income) else {
        return Err(Missing::NotApplicable);
    };
    let count = i128::try_from(spent_before.len()).unwrap_or(0);
    let (spent_before, earned_before): (i128, i128) = (spent_before.iter().sum(), earned_before.iter().sum());
    if spent_before == 0 {
        return Err(Missing::NoSuchEvent);
    }
    // spent < 0.7 × mean before, in whole numbers.
    let cut = spent.saturating_mul(10 * count) < spent_before.saturating_mul(7);
    flag(cut && earned.saturating_mul(count) <= earned_before)
}
