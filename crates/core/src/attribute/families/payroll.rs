//! Pay: the income stream that the applicant lives on, whatever its source; employers only to verify.
//!
//! Every attribute of a stream rests on the whole visible history; where that covers its window and there is no stream, there is no
//! such event.

use super::*;
use crate::{
    category::taxonomy::StreamKind,
    digest::exact::percentile,
    stream::{Occurrence, State, Stream, Streams, cadence::Cadence},
    time::Day,
};

const HALF: &[Window] = &[Window::days(180)];

/// The rows of the income stream that the applicant lives on.
const PRIMARY: Basis = Basis::Traced(Trace {
    name: "the primary income stream",
    rows: |digest, window| {
        let streams = digest.streams();
        streams.primary_income().map_or_else(Vec::new, |stream| stream_rows(digest, stream, window))
    },
});

/// The rows of every income stream.
pub(super) const INCOME_STREAMS: Basis = Basis::Traced(Trace {
    name: "all income streams",
    rows: |digest, window| digest.streams().income().flat_map(|stream| stream_rows(digest, stream, window)).collect(),
});

/// The rows of every payroll stream.
const PAYROLL_STREAMS: Basis = Basis::Traced(Trace {
    name: "all payroll streams",
    rows: |digest, window| payrolls(digest).flat_map(|stream| stream_rows(digest, stream, window)).collect(),
});

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        name: "pay_frequency",
        tier: Tier::Core,
        sources: "Plaid Recurring; Plaid Income; Flinks; Mastercard (cadence days); Belvo; Ntropy",
        unit: Unit::Code,
        windows: POINT,
        risk: Risk::Neither,
        reason: "income_regularity",
        compliance: Compliance::ModelOk,
        definition: "Cadence of the primary income stream, whatever its source: weekly, biweekly, semi_monthly, four_weekly, monthly_by_day, monthly_by_weekday, quarterly, annual or irregular. The primary stream is the one with a cadence that has not stopped and paid most in the last 180 days; without such a one, the irregular one that has not stopped and did, and without that the stopped one.",
        basis: PRIMARY,
        value: |digest, _| Ok(Value::Code(primary(digest)?.cadence.code())),
    },
    Entry {
        name: "pay_interval_median_days",
        tier: Tier::Extended,
        sources: "Mastercard; Ntropy",
        unit: Unit::Days,
        windows: HALF,
        risk: Risk::Neither,
        reason: "",
        compliance: Compliance::VerifyOnly,
        definition: "Median pause, in days, between the pay days of the primary income stream in the window. No such event without such a stream; too few events below two pay days.",
        basis: PRIMARY,
        value: pay_interval_median_days,
    },
    Entry {
        name: "pay_interval_mad_days",
        tier: Tier::Core,
        sources: "",
        unit: Unit::Days,
        windows: HALF,
        risk: Risk::Rises,
        reason: "income_regularity",
        compliance: Compliance::ModelOk,
        definition: "Median distance, in days, between the scheduled dates of the primary income stream in the window and the payments that answer them, weekends and bank holidays allowed for. No such event without a stream that has a cadence; too few events below two such dates.",
        basis: PRIMARY,
        value: pay_interval_mad_days,
    },
    Entry {
        name: "pay_on_time_ratio",
        tier: Tier::Core,
        sources: "",
        unit: Unit::Ratio,
        windows: QUARTER_AND_HALF,
        risk: Risk::Falls,
        reason: "income_regularity",
        compliance: Compliance::ModelOk,
        definition: "Scheduled dates of the primary income stream in the window that were answered at most one day off, divided by those that were answered or missed (as in missed_pay_count). No such event where a covered window shows no stream that has a cadence; zero denominator without a scheduled date.",
        basis: PRIMARY,
        value: pay_on_time_ratio,
    },
    Entry {
        name: "missed_pay_count",
        tier: Tier::Core,
        sources: "Plaid Cash Flow Updates (EXPECTED_DEPOSIT_MISSED)",
        unit: Unit::Count,
        windows: QUARTER_AND_HALF,
        risk: Risk::Rises,
        reason: "income_regularity",
        compliance: Compliance::ModelOk,
        definition: "Scheduled dates of the primary income stream in the window that no payment answers. Each payment answers one date, so that a later double payment does not heal another: from two days before the date to six days after it (eight for quarterly, 12 for annual pay), the nearest of several. One that comes on the next date, or nearer to it and more than three banking days late, is that date's unless another is as near to it. Dates that may still be answered are left out: those of the last 3 days before T for weekly pay, 5 for pay every two or four weeks or twice a month, 6 for monthly, 8 for quarterly and 12 for annual pay. No such event where a covered window shows no stream that has a cadence.",
        basis: PRIMARY,
        value: missed_pay_count,
    },
    Entry {
        name: "pay_amount_cv",
        tier: Tier::Core,
        sources: "",
        unit: Unit::Ratio,
        windows: QUARTER_AND_HALF,
        risk: Risk::Rises,
        reason: "income_regularity",
        compliance: Compliance::ModelOk,
        definition: "Sample standard deviation of the payments of the primary income stream in the window, a day's payments taken together, divided by their mean; payments off the schedule of a stream that has one are left out. No such event without such a stream; too few events below two payments.",
        basis: PRIMARY,
        value: pay_amount_cv,
    },
    Entry {
        name: "pay_amount_last_vs_mean",
        tier: Tier::Core,
        sources: "Flinks",
        unit: Unit::Ratio,
        windows: HALF,
        risk: Risk::Falls,
        reason: "income_trend",
        compliance: Compliance::ModelOk,
        definition: "The last payment of the primary income stream divided by the mean of its payments in the window, the last included; payments off its schedule are left out. No such event where a covered window shows no payment.",
        basis: PRIMARY,
        value: pay_amount_last_vs_mean,
    },
    Entry {
        name: "next_pay_date",
        tier: Tier::Extended,
        sources: "Plaid Income Insights; Plaid Recurring; Pave",
        unit: Unit::Date,
        windows: POINT,
        risk: Risk::Neither,
        reason: "",
        compliance: Compliance::VerifyOnly,
        definition: "The first date on the schedule of the primary income stream that no window holds, moved as its payments are for weekends and bank holidays. No such event when it has no cadence or has stopped.",
        basis: PRIMARY,
        value: |digest, _| Ok(Value::Date(next_pay(digest)?)),
    },
    Entry {
        name: "days_to_next_pay",
        tier: Tier::Extended,
        sources: "Plaid; Pave",
        unit: Unit::Days,
        windows: POINT,
        risk: Risk::Neither,
        reason: "",
        compliance: Compliance::VerifyOnly,
        definition: "Days from the first day that no window holds (T's own, when T is a midnight) to next_pay_date: 0 when pay is due on that day. No such event as there.",
        basis: PRIMARY,
        value: |digest, _| Ok(Value::Integer(i64::from(next_pay(digest)?.0) - i64::from(digest.ledger.end.0))),
    },
    Entry {
        name: "income_stream_tenure_days",
        tier: Tier::Core,
        sources: "",
        unit: Unit::Days,
        windows: HISTORY,
        risk: Risk::Falls,
        reason: "income_regularity",
        compliance: Compliance::ModelOk,
        definition: "Days from the first to the last payment of the primary income stream, whatever its source; bounded by the history.",
        basis: PRIMARY,
        value: |digest, _| tenure(digest.streams(), primary(digest)?),
    },
    Entry {
        name: "employer_tenure_days",
        tier: Tier::Extended,
        sources: "Plaid (stream start/end); Flinks",
        unit: Unit::Days,
        windows: HISTORY,
        risk: Risk::Neither,
        reason: "",
        compliance: Compliance::VerifyOnly,
        definition: "Days from the first to the last payment of the payroll stream that paid most in the last 180 days, stopped ones after the others, of equals the first in the list of streams; bounded by the history. No such event without payroll.",
        basis: PAYROLL_STREAMS,
        value: |digest, _| {
            let streams = digest.streams();
            let weight = |stream: &&Stream| (stream.state != State::Stopped, streams.paid_since(stream, 180));
            // `rev`, so that of equals the first in the list wins, as for the primary stream.
            let current = payrolls(digest).rev().max_by_key(weight).ok_or(Missing::NoSuchEvent)?;
            tenure(streams, current)
        },
    },
    Entry {
        name: "employer_change_flag",
        tier: Tier::Extended,
        sources: "Plaid Cash Flow Updates (NEW_INCOME_STREAM)",
        unit: Unit::Flag,
        windows: HALF,
        risk: Risk::Neither,
        reason: "",
        compliance: Compliance::VerifyOnly,
        definition: "1 when in the window a payroll stream made its first payment and one of another employer, stopped by T, its last, else 0. A stream whose first payment lies in the 15 days from the first row on does not count as new.",
        basis: PAYROLL_STREAMS,
        value: employer_change_flag,
    },
    Entry {
        name: "payroll_split_flag",
        tier: Tier::Extended,
        sources: "",
        unit: Unit::Flag,
        windows: QUARTER,
        risk: Risk::Neither,
        reason: "",
        compliance: Compliance::VerifyOnly,
        definition: "1 when the mean of the last two payments of the primary income stream in the window is more than 25 percent below the mean of the two before them and no scheduled date between these four was missed, which hints that part of the pay now goes elsewhere; else 0. No such event without a stream that has a cadence; too few events below four payments on the schedule.",
        basis: PRIMARY,
        value: payroll_split_flag,
    },
    Entry {
        name: "payroll_ewa_repay_share",
        tier: Tier::Extended,
        sources: "",
        unit: Unit::Ratio,
        windows: QUARTER,
        risk: Risk::Rises,
        reason: "short_term_credit",
        compliance: Compliance::ModelOk,
        definition: "Repayments of earned wage access on the pay days of the primary income stream and the two days after them, divided by its payments in the window. No such event where a covered window shows no stream; zero denominator without a payment.",
        basis: Basis::Rows(&[Standard::EwaPayment]),
        value: payroll_ewa_repay_share,
    },
    Entry {
        name: "income_regularity_score",
        tier: Tier::Core,
        sources: "Belvo (stability and regularity scores)",
        unit: Unit::Score,
        windows: QUARTER_AND_HALF,
        risk: Risk::Falls,
        reason: "income_regularity",
        compliance: Compliance::ModelOk,
        definition: "Of the scheduled dates of all income streams in the window, those that were answered, each weighed by its stream's usual payment: 100 × answered / (answered + missed). No such event without an income stream that has a cadence; zero denominator without a scheduled date.",
        basis: INCOME_STREAMS,
        value: income_regularity_score,
    },
];

/// The stream that the applicant lives on.
pub(super) fn primary<'d>(digest: &'d Digest<'_>) -> Result<&'d Stream, Missing> {
    digest.history_days()?;
    digest.streams().primary_income().ok_or(Missing::NoSuchEvent)
}

/// The same, where the window is covered: what too short a history does not show may be there all the same.
fn primary_in<'d>(digest: &'d Digest<'_>, window: Window) -> Result<&'d Stream, Missing> {
    digest.covers(digest.span(window), None)?;
    primary(digest)
}

/// The same, when it has a cadence.
fn regular_in<'d>(digest: &'d Digest<'_>, window: Window) -> Result<&'d Stream, Missing> {
    digest.covers(digest.span(window), None)?;
    regular(digest)
}

/// The primary stream when it has a cadence.
fn regular<'d>(digest: &'d Digest<'_>) -> Result<&'d Stream, Missing> {
    let stream = primary(digest)?;
    if stream.cadence == Cadence::Irregular { Err(Missing::NoSuchEvent) } else { Ok(stream) }
}

fn payrolls<'d>(digest: &'d Digest<'_>) -> impl DoubleEndedIterator<Item = &'d Stream> {
    digest.streams().income().filter(|stream| stream.kind == StreamKind::Payroll)
}

/// Evidence: the rows of a stream in the window.
pub(super) fn stream_rows(digest: &Digest<'_>, stream: &Stream, window: Window) -> Vec<Evidence> {
    let streams = digest.streams();
    let (first, end) = digest.span(window).range(digest.ledger.end);
    let inside = streams.occurrences(stream).iter().filter(|one| first <= one.day && one.day < end);
    let rows = inside.flat_map(|one| streams.rows(one));
    rows.filter_map(|at| digest.ledger.rows.get(*at as usize)).map(|row| Evidence::Row(row.index)).collect()
}

/// The payments of a stream in a covered window.
fn paid<'d>(digest: &'d Digest<'_>, stream: &'d Stream, window: Window) -> Result<Vec<&'d Occurrence>, Missing> {
    let span = digest.span(window);
    digest.covers(span, None)?;
    let (first, end) = span.range(digest.ledger.end);
    Ok(digest.streams().occurrences(stream).iter().filter(|one| first <= one.day && one.day < end).collect())
}

/// The same, without what a stream with a schedule paid off it.
fn on_schedule<'d>(digest: &'d Digest<'_>, stream: &'d Stream, window: Window) -> Result<Vec<&'d Occurrence>, Missing> {
    let mut paid = paid(digest, stream, window)?;
    paid.retain(|one| stream.cadence == Cadence::Irregular || one.due.is_some());
    Ok(paid)
}

/// Dates in the window that were missed.
fn missed(digest: &Digest<'_>, stream: &Stream, window: Window) -> usize {
    let (first, end) = digest.span(window).range(digest.ledger.end);
    digest.streams().missed(stream).iter().filter(|date| first <= **date && **date < end).count()
}

/// Dates in the window that were answered, with the days that answered them.
fn answered(digest: &Digest<'_>, stream: &Stream, window: Window) -> Vec<(Day, Day)> {
    let (first, end) = digest.span(window).range(digest.ledger.end);
    let paid = digest.streams().occurrences(stream).iter().filter_map(|one| Some((one.due?, one.day)));
    paid.filter(|(due, _)| first <= *due && *due < end).collect()
}

fn next_pay(digest: &Digest<'_>) -> Result<Day, Missing> {
    primary(digest)?.next.ok_or(Missing::NoSuchEvent)
}

fn tenure(streams: &Streams, stream: &Stream) -> Outcome {
    let paid = streams.occurrences(stream);
    let (first, last) = paid.first().zip(paid.last()).ok_or(Missing::NoSuchEvent)?;
    Ok(Value::Integer(i64::from(last.day.0) - i64::from(first.day.0)))
}

/// The median of whole days, which may lie between two.
fn median(mut days: Vec<i64>) -> Outcome {
    days.sort_unstable();
    Value::real(percentile(&days, 50).ok_or(Missing::TooFewEvents)?.real())
}

fn pay_interval_median_days(digest: &Digest<'_>, window: Window) -> Outcome {
    let paid = paid(digest, primary_in(digest, window)?, window)?;
    median(paid.windows(2).map(|pair| i64::from(pair[1].day.0) - i64::from(pair[0].day.0)).collect())
}

fn pay_interval_mad_days(digest: &Digest<'_>, window: Window) -> Outcome {
    let stream = regular_in(digest, window)?;
    let off: Vec<i64> = answered(digest, stream, window)
        .into_iter()
        .map(|(due, day)| (i64::from(day.0) - i64::from(due.0)).abs())
        .collect();
    if off.len() < 2 { Err(Missing::TooFewEvents) } else { median(off) }
}

fn pay_on_time_ratio(digest: &Digest<'_>, window: Window) -> Outcome {
    let stream = regular_in(digest, window)?;
    let answered = answered(digest, stream, window);
    let on_time = answered.iter().filter(|(due, day)| (day.0 - due.0).abs() <= 1).count();
    ratio(wide(on_time), wide(answered.len() + missed(digest, stream, window)))
}

fn missed_pay_count(digest: &Digest<'_>, window: Window) -> Outcome {
    let stream = regular_in(digest, window)?;
    integer(missed(digest, stream, window))
}

fn pay_amount_cv(digest: &Digest<'_>, window: Window) -> Outcome {
    let amounts: Vec<i128> = on_schedule(digest, primary_in(digest, window)?, window)?
        .into_iter()
        .map(|one| i128::from(one.amount))
        .collect();
    variation(&amounts)
}

fn pay_amount_last_vs_mean(digest: &Digest<'_>, window: Window) -> Outcome {
    let paid = on_schedule(digest, primary_in(digest, window)?, window)?;
    let last = paid.last().ok_or(Missing::NoSuchEvent)?.amount;
    let sum: i128 = paid.iter().map(|one| i128::from(one.amount)).sum();
    ratio(i128::from(last).saturating_mul(wide(paid.len())), sum)
}

fn employer_change_flag(digest: &Digest<'_>, window: Window) -> Outcome {
    let span = digest.span(window);
    digest.covers(span, None)?;
    let (first, end) = span.range(digest.ledger.end);
    let from = digest.ledger.end.plus(-i32::try_from(digest.history_days()?).unwrap_or(i32::MAX));
    let streams = digest.streams();
    let inside = |one: &&Occurrence| first <= one.day && one.day < end;
    let began = |stream: &&Stream| {
        let paid = streams.occurrences(stream).first().filter(inside);
        paid.is_some_and(|one| from.plus(14) < one.day)
    };
    let ended = |stream: &&Stream| {
        stream.state == State::Stopped && streams.occurrences(stream).last().filter(inside).is_some()
    };
    let old: Vec<u64> = payrolls(digest).filter(ended).map(|stream| stream.counterparty).collect();
    // Work that began and stopped is a job that was lost, not one that was changed.
    flag(payrolls(digest).filter(began).any(|new| old.iter().any(|employer| *employer != new.counterparty)))
}

fn payroll_split_flag(digest: &Digest<'_>, window: Window) -> Outcome {
    let stream = regular_in(digest, window)?;
    let paid = on_schedule(digest, stream, window)?;
    let [.., a, b, c, d] = paid.as_slice() else { return Err(Missing::TooFewEvents) };
    let sum = |one: &Occurrence, two: &Occurrence| i128::from(one.amount) + i128::from(two.amount);
    // A missing date between them explains a drop otherwise.
    let kept = !digest.streams().missed(stream).iter().any(|date| a.day < *date && *date < d.day);
    flag(kept && 4 * sum(c, d) < 3 * sum(a, b))
}

fn payroll_ewa_repay_share(digest: &Digest<'_>, window: Window) -> Outcome {
    let paid = paid(digest, primary_in(digest, window)?, window)?;
    let span = digest.span(window);
    let near = |day: Day| paid.iter().any(|one| one.day <= day && day <= one.day.plus(2));
    let daily = digest.daily(Standard::EwaPayment.id(), span);
    let repaid: i128 = daily.filter(|(day, _)| near(*day)).map(|(_, sum)| sum).sum();
    ratio(repaid, paid.iter().map(|one| i128::from(one.amount)).sum())
}

fn income_regularity_score(digest: &Digest<'_>, window: Window) -> Outcome {
    digest.covers(digest.span(window), None)?;
    let (mut kept, mut due, mut met) = (0_i128, 0_i128, false);
    for stream in digest.streams().income().filter(|stream| stream.cadence != Cadence::Irregular) {
        met = true;
        let answered = answered(digest, stream, window).len();
        let amount = i128::from(stream.amount);
        kept = kept.saturating_add(amount.saturating_mul(wide(answered)));
        due = due.saturating_add(amount.saturating_mul(wide(answered + missed(digest, stream, window))));
    }
    if met { ratio(kept.saturating_mul(100), due) } else { Err(Missing::NoSuchEvent) }
}

fn wide(count: usize) -> i128 {
    i128::try_from(count).unwrap_or(i128::MAX)
}
