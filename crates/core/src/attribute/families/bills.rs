//! Rent, utilities and other bills that come back: their streams, and the months in which they are paid.
//!
//! Streams are found in all history that is visible at T; a window says which of their payments and dates count. Missing, for
//! every entry: as flows over its window, unless its definition says more.

use super::{super::declared::rounded, *};
use crate::{
    category::taxonomy::StreamKind,
    digest::exact::{Fraction, percentile},
    stream::{State, Stream, Streams, cadence::Cadence},
    time::Day,
};

const YEAR: &[Window] = &[Window::days(365)];
const HALF: &[Window] = &[Window::days(180)];

/// Days after its date by which a rent is still on time.
const RENT_GRACE_DAYS: i32 = 5;
/// Days before a pay date on which a bill is due just before it.
const BEFORE_PAY_DAYS: i32 = 5;
/// Days of history from which the absence of a stream says something: two payments a month apart, and room for the second.
const STREAM_DAYS_MIN: u16 = 60;
/// Below this the days of a month point in no direction.
const RESULTANT_MIN: f64 = 1e-9;

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        name: "rent_monthly",
        tier: Tier::Extended,
        sources: "Plaid PFC; Prism category; Algoan",
        unit: Unit::MinorPerMonth,
        windows: QUARTER_AND_HALF,
        risk: Risk::Neither,
        reason: "",
        compliance: Compliance::ObligationOnly,
        definition: "Monthly equivalent of rent that comes back: usual amount × payments a year / 12 of every rent stream that has a cadence, has not stopped and paid in the window, added up and rounded to the minor unit; 0 without one. rent_per_month is the rent paid in the window, whether it comes back or not.",
        basis: Basis::Traced(Trace { name: "rent streams", rows: |digest, window| paid(digest, window, is_rent) }),
        value: |digest, window| monthly_equivalent(digest, window, is_rent),
    },
    Entry {
        name: "rent_paid_months",
        tier: Tier::Extended,
        sources: "",
        unit: Unit::Count,
        windows: YEAR,
        risk: Risk::Falls,
        reason: "",
        compliance: Compliance::ObligationOnly,
        definition: "Calendar months that lie wholly in the window, eleven as a rule and twelve at most, in which rent was paid.",
        basis: Basis::MonthRows(&[Standard::Rent], &[]),
        value: |digest, window| months_with(digest, window, Standard::Rent),
    },
    Entry {
        name: "rent_on_time_ratio",
        tier: Tier::Extended,
        sources: "",
        unit: Unit::Ratio,
        windows: YEAR,
        risk: Risk::Falls,
        reason: "",
        compliance: Compliance::ObligationOnly,
        definition: "Of the dates in the window on the schedules of rent streams with a cadence, paid or missed, the share that was paid no later than five days after. The schedule's date, moved past weekends and holidays as the stream's payments are, stands for the catalogue's most common day of the month. Left out: dates that may still be answered, and those after the last payment of a stream that has stopped. No such event without a date.",
        basis: Basis::Traced(Trace { name: "rent streams and their missed dates", rows: rent_dates }),
        value: rent_on_time_ratio,
    },
    Entry {
        name: "rent_day_std",
        tier: Tier::Extended,
        sources: "",
        unit: Unit::Days,
        windows: YEAR,
        risk: Risk::Rises,
        reason: "",
        compliance: Compliance::ObligationOnly,
        definition: "Circular standard deviation of the days of the month on which rent was paid, so that the last and the first are neighbours: root of -2 ln R, times 30.4375 / 2π days, where R is the length of the mean of the unit vectors at the angles 2π × (date - 1) / days of that month, one for each day with rent. Too few events below two days; zero denominator when they cancel out (R below one billionth).",
        basis: Basis::Rows(&[Standard::Rent]),
        value: rent_day_std,
    },
    Entry {
        name: "housing_payment_monthly",
        tier: Tier::Extended,
        sources: "Flinks (mortgage); Prism categories",
        unit: Unit::MinorPerMonth,
        windows: QUARTER_AND_HALF,
        risk: Risk::Neither,
        reason: "",
        compliance: Compliance::ObligationOnly,
        definition: "Monthly equivalent of rent and mortgages that come back: usual amount × payments a year / 12 of every rent and mortgage stream that has a cadence, has not stopped and paid in the window, added up and rounded to the minor unit; 0 without one. housing_payment_per_month is what was paid in the window.",
        basis: Basis::Traced(Trace {
            name: "rent and mortgage streams",
            rows: |digest, window| paid(digest, window, is_housing),
        }),
        value: |digest, window| monthly_equivalent(digest, window, is_housing),
    },
    Entry {
        name: "mortgage_payment_monthly",
        tier: Tier::Extended,
        sources: "Flinks; MoneyThumb; Prism category",
        unit: Unit::MinorPerMonth,
        windows: QUARTER_AND_HALF,
        risk: Risk::Neither,
        reason: "",
        compliance: Compliance::ObligationOnly,
        definition: "Monthly equivalent of mortgages: usual amount × payments a year / 12 of every mortgage stream that has a cadence, has not stopped and paid in the window, added up and rounded to the minor unit; 0 without one. mortgage_payment_per_month is what was paid in the window.",
        basis: Basis::Traced(Trace {
            name: "mortgage streams",
            rows: |digest, window| paid(digest, window, is_mortgage),
        }),
        value: |digest, window| monthly_equivalent(digest, window, is_mortgage),
    },
    Entry {
        name: "utility_payment_monthly",
        tier: Tier::Extended,
        sources: "Flinks; Mastercard",
        unit: Unit::MinorPerMonth,
        windows: QUARTER_AND_HALF,
        risk: Risk::Neither,
        reason: "essential_spending",
        compliance: Compliance::ModelOk,
        definition: "Mean of the energy, water and other utilities paid in the covered calendar months that lie wholly in the window, rounded to the minor unit. utility_payment_per_month spreads all that was paid in the window over months of 30 days.",
        basis: Basis::MonthRows(&[Standard::Utility], &[]),
        value: |digest, window| monthly_mean(Standard::Utility, window, digest),
    },
    Entry {
        name: "utility_months_paid",
        tier: Tier::Extended,
        sources: "",
        unit: Unit::Count,
        windows: YEAR,
        risk: Risk::Falls,
        reason: "missed_bills",
        compliance: Compliance::ModelOk,
        definition: "Calendar months that lie wholly in the window, eleven as a rule and twelve at most, in which a utility was paid.",
        basis: Basis::MonthRows(&[Standard::Utility], &[]),
        value: |digest, window| months_with(digest, window, Standard::Utility),
    },
    Entry {
        name: "utility_gap_flag",
        tier: Tier::Extended,
        sources: "Mastercard (MISSED_RECURRING_EXPENSES)",
        unit: Unit::Flag,
        windows: HALF,
        risk: Risk::Rises,
        reason: "missed_bills",
        compliance: Compliance::ModelOk,
        definition: "1 when a utility stream with a cadence missed a date in the window and its next payment is more than 1.6 times the median of its payments in all history (it was caught up), else 0.",
        basis: Basis::Traced(Trace { name: "utility streams that caught up", rows: catch_ups }),
        value: |digest, window| {
            digest.covers(digest.span(window), None)?;
            flag(!catch_ups(digest, window).is_empty())
        },
    },
    Entry {
        name: "telecom_payment_monthly",
        tier: Tier::Extended,
        sources: "Flinks; Mastercard (COMMUNICATION_SERVICES)",
        unit: Unit::MinorPerMonth,
        windows: QUARTER_AND_HALF,
        risk: Risk::Neither,
        reason: "essential_spending",
        compliance: Compliance::ModelOk,
        definition: "Mean of the mobile, internet and cable bills paid in the covered calendar months that lie wholly in the window, rounded to the minor unit. telecom_payment_per_month spreads all that was paid in the window over months of 30 days.",
        basis: Basis::MonthRows(&[Standard::Telecom], &[]),
        value: |digest, window| monthly_mean(Standard::Telecom, window, digest),
    },
    Entry {
        name: "insurance_stream_active",
        tier: Tier::Extended,
        sources: "",
        unit: Unit::Flag,
        windows: POINT,
        risk: Risk::Neither,
        reason: "",
        compliance: Compliance::VerifyOnly,
        definition: "1 when a stream of insurance premiums has a cadence, has not stopped and none of its payments is overdue, else 0. Not enough history below 60 days.",
        basis: Basis::TracedOver(
            Trace {
                name: "insurance streams that are not overdue",
                rows: |digest, window| paid(digest, window, is_insured),
            },
            STREAM_DAYS_MIN,
        ),
        value: |digest, window| {
            digest.covers(digest.span(window), Some(STREAM_DAYS_MIN))?;
            flag(running(digest, window, is_insured).next().is_some())
        },
    },
    Entry {
        name: "recurring_expense_count",
        tier: Tier::Extended,
        sources: "Plaid Recurring; Mastercard (RECURRING_EXPENSES); Belvo; Powens",
        unit: Unit::Count,
        windows: QUARTER_AND_HALF,
        risk: Risk::Neither,
        reason: "spending_level",
        compliance: Compliance::ModelOk,
        definition: "Streams of money that goes out, transfers left out and loans and cards included, that have a cadence, have not stopped and paid in the window.",
        basis: Basis::Traced(Trace { name: "expense streams", rows: |digest, window| paid(digest, window, any) }),
        value: |digest, window| {
            digest.covers(digest.span(window), None)?;
            integer(running(digest, window, any).count())
        },
    },
    Entry {
        name: "recurring_expense_monthly",
        tier: Tier::Core,
        sources: "Mastercard; Belvo; Flinks; Powens",
        unit: Unit::MinorPerMonth,
        windows: QUARTER_AND_HALF,
        risk: Risk::Neither,
        reason: "spending_level",
        compliance: Compliance::ModelOk,
        definition: "Monthly equivalent of the streams that recurring_expense_count counts: usual amount × payments a year / 12, added up and rounded to the minor unit; 0 without one.",
        basis: Basis::Traced(Trace { name: "expense streams", rows: |digest, window| paid(digest, window, any) }),
        value: |digest, window| monthly_equivalent(digest, window, any),
    },
    Entry {
        name: "missed_recurring_expense_count",
        tier: Tier::Core,
        sources: "Mastercard (MISSED_RECURRING_EXPENSES)",
        unit: Unit::Count,
        windows: MONTH_AND_QUARTER,
        risk: Risk::Rises,
        reason: "missed_bills",
        compliance: Compliance::ModelOk,
        definition: "Dates in the window on the schedules of streams of money that goes out, transfers left out, on which nothing came within the cadence's tolerance (3 days for weekly streams to 6 for monthly and 12 for annual ones). Left out: dates that may still be answered, and those after the last date that a stream which has stopped paid, which recurring_stream_tombstoned_count counts.",
        basis: Basis::Traced(Trace { name: "missed dates of expense streams", rows: missed_days }),
        value: |digest, window| {
            digest.covers(digest.span(window), None)?;
            integer(missed_days(digest, window).len())
        },
    },
    Entry {
        name: "recurring_stream_tombstoned_count",
        tier: Tier::Extended,
        sources: "Plaid Recurring (TOMBSTONED)",
        unit: Unit::Count,
        windows: HALF,
        risk: Risk::Neither,
        reason: "",
        compliance: Compliance::VerifyOnly,
        definition: "Streams of money that goes out, transfers left out, that have a cadence and have stopped: two dates in a row on which nothing came, the first at least two weeks before T. They count when the first date that was missed after their last payment on the schedule lies in the window. Income that stopped is told by the income attributes.",
        basis: Basis::Traced(Trace { name: "first missed dates of stopped expense streams", rows: stops }),
        value: |digest, window| {
            digest.covers(digest.span(window), None)?;
            integer(stops(digest, window).len())
        },
    },
    Entry {
        name: "bills_clustered_before_pay",
        tier: Tier::Extended,
        sources: "",
        unit: Unit::Ratio,
        windows: QUARTER,
        risk: Risk::Rises,
        reason: "",
        compliance: Compliance::VerifyOnly,
        definition: "Of the money that streams of expenses (transfers left out) paid on dates of their schedules in the window, the share whose date is one of the five days before a pay date. Pay dates are those on the schedule of the primary income stream (see pay_frequency), whatever its source, the first after T included. No such event unless that stream has a cadence and has not stopped; zero denominator without such a payment.",
        basis: Basis::Traced(Trace { name: "expense streams due before pay", rows: due_before_pay }),
        value: bills_clustered_before_pay,
    },
];

fn any(_: &Stream) -> bool {
    true
}

fn is_rent(stream: &Stream) -> bool {
    stream.kind == StreamKind::Rent
}

fn is_mortgage(stream: &Stream) -> bool {
    stream.kind == StreamKind::Mortgage
}

fn is_housing(stream: &Stream) -> bool {
    is_rent(stream) || is_mortgage(stream)
}

fn is_insured(stream: &Stream) -> bool {
    stream.kind == StreamKind::Insurance && stream.state.is_active()
}

/// The first day of a window, and the day after its last.
fn bounds(digest: &Digest<'_>, window: Window) -> (Day, Day) {
    digest.span(window).range(digest.ledger.end)
}

/// The expense streams that pass, have not stopped and paid in a window that ends at T.
pub(super) fn running<'d>(
    digest: &'d Digest<'_>,
    window: Window,
    pick: fn(&Stream) -> bool,
) -> impl Iterator<Item = &'d Stream> {
    let (first, _) = bounds(digest, window);
    let streams = digest.streams();
    let is_running = move |stream: &&Stream| {
        let last = streams.occurrences(stream).last();
        pick(stream) && stream.state != State::Stopped && last.is_some_and(|last| first <= last.day)
    };
    streams.expenses().filter(is_running)
}

/// What running streams cost a month.
pub(super) fn monthly_equivalent(digest: &Digest<'_>, window: Window, pick: fn(&Stream) -> bool) -> Outcome {
    digest.covers(digest.span(window), None)?;
    let a_year: i128 = running(digest, window, pick).filter_map(Stream::per_year).sum();
    Ok(rounded(Fraction { numerator: a_year, denominator: 12 }))
}

/// The rows of running streams in a window.
pub(super) fn paid(digest: &Digest<'_>, window: Window, pick: fn(&Stream) -> bool) -> Vec<Evidence> {
    running(digest, window, pick).flat_map(|stream| rows_of(digest, window, stream)).collect()
}

/// The rows of a stream in a window.
fn rows_of<'d, 'a>(
    digest: &'d Digest<'a>,
    window: Window,
    stream: &Stream,
) -> impl Iterator<Item = Evidence> + use<'d, 'a> {
    let (first, end) = bounds(digest, window);
    let streams = digest.streams();
    let inside = streams.occurrences(stream).iter().filter(move |one| first <= one.day && one.day < end);
    inside
        .flat_map(|one| streams.rows(one))
        .filter_map(|at| digest.ledger.rows.get(*at as usize))
        .map(|row| Evidence::Row(row.index))
}

/// Whole calendar months of a window in which a filter takes a row.
pub(super) fn months_with(digest: &Digest<'_>, window: Window, standard: Standard) -> Outcome {
    integer(monthly(standard, window, digest)?.iter().filter(|&&sum| 0 < sum).count())
}

/// The dates that a stream missed in a window; of one that has stopped, only those before the last date that it paid.
fn missed<'d>(streams: &'d Streams, stream: &Stream, (first, end): (Day, Day)) -> impl Iterator<Item = Day> + use<'d> {
    streams.missed_in_course(stream).iter().copied().filter(move |date| first <= *date && *date < end)
}

fn rent_on_time_ratio(digest: &Digest<'_>, window: Window) -> Outcome {
    digest.covers(digest.span(window), None)?;
    let (first, end) = bounds(digest, window);
    let streams = digest.streams();
    let (mut dates, mut on_time) = (0_i128, 0_i128);
    for stream in streams.expenses().filter(|stream| is_rent(stream)) {
        for one in streams.occurrences(stream) {
            let Some(due) = one.due.filter(|due| first <= *due && *due < end) else { continue };
            dates += 1;
            on_time += i128::from(one.day <= due.plus(RENT_GRACE_DAYS));
        }
        missed(streams, stream, (first, end)).for_each(|_| dates += 1);
    }
    if dates == 0 { Err(Missing::NoSuchEvent) } else { ratio(on_time, dates) }
}

fn rent_dates(digest: &Digest<'_>, window: Window) -> Vec<Evidence> {
    let streams = digest.streams();
    let mut evidence = vec![];
    for stream in streams.expenses().filter(|stream| is_rent(stream)) {
        evidence.extend(rows_of(digest, window, stream));
        evidence.extend(missed(streams, stream, bounds(digest, window)).map(Evidence::Day));
    }
    evidence
}

fn rent_day_std(digest: &Digest<'_>, window: Window) -> Outcome {
    let span = digest.span(window);
    digest.covers(span, None)?;
    let ages = digest.ages(Standard::Rent.id(), span);
    if ages.len() < 2 {
        return Err(Missing::TooFewEvents);
    }
    let (mut x, mut y) = (0.0, 0.0);
    for &age in &ages {
        let day = digest.ledger.end.plus(i32::try_from(age).map_or(i32::MIN, |age| -1 - age));
        let start = day.month_start(0);
        // The first of a month and 31 days is always in the next one.
        let length = start.plus(31).month_start(0).0 - start.0;
        let angle = std::f64::consts::TAU * f64::from(day.0 - start.0) / f64::from(length);
        x += libm::cos(angle);
        y += libm::sin(angle);
    }
    let resultant = libm::sqrt(x * x + y * y) / real(i128::try_from(ages.len()).unwrap_or(i128::MAX));
    if resultant < RESULTANT_MIN {
        return Err(Missing::ZeroDenominator);
    }
    // Rounding may leave R a little above 1.
    let spread = (-2.0 * libm::log(resultant)).max(0.0);
    Value::real(libm::sqrt(spread) * 30.4375 / std::f64::consts::TAU)
}

/// The rows with which utilities caught up after a date that they missed in a window.
fn catch_ups(digest: &Digest<'_>, window: Window) -> Vec<Evidence> {
    let (streams, bounds) = (digest.streams(), bounds(digest, window));
    let mut evidence = vec![];
    for stream in streams.expenses().filter(|stream| stream.kind == StreamKind::Utility) {
        let paid = streams.occurrences(stream);
        let mut amounts: Vec<i64> = paid.iter().map(|one| one.amount).collect();
        amounts.sort_unstable();
        let Some(median) = percentile(&amounts, 50) else { continue };
        for date in missed(streams, stream, bounds) {
            let next = paid.iter().find(|one| date < one.day);
            // amount > 1.6 × median, in whole numbers.
            let high = next
                .filter(|one| median.numerator * 16 < i128::from(one.amount).saturating_mul(10 * median.denominator));
            let rows = high.into_iter().flat_map(|one| streams.rows(one));
            evidence
                .extend(rows.filter_map(|at| digest.ledger.rows.get(*at as usize)).map(|row| Evidence::Row(row.index)));
        }
    }
    evidence
}

fn missed_days(digest: &Digest<'_>, window: Window) -> Vec<Evidence> {
    let (streams, bounds) = (digest.streams(), bounds(digest, window));
    streams.expenses().flat_map(|stream| missed(streams, stream, bounds)).map(Evidence::Day).collect()
}

/// Of the expense streams that have stopped, the first date that was missed for good, when it lies in the window.
fn stops(digest: &Digest<'_>, window: Window) -> Vec<Evidence> {
    let (first, end) = bounds(digest, window);
    let streams = digest.streams();
    let stopped = streams.expenses().filter(|stream| stream.state == State::Stopped);
    let dates = stopped.filter_map(|stream| {
        let latest = streams.occurrences(stream).iter().filter_map(|one| one.due).max()?;
        streams.missed(stream).iter().copied().find(|date| latest < *date)
    });
    dates.filter(|date| first <= *date && *date < end).map(Evidence::Day).collect()
}

/// The pay dates of the primary income stream from a day until shortly after T; it must have a cadence and not have stopped.
fn pay_dates(digest: &Digest<'_>, from: Day) -> Option<Vec<Day>> {
    let stream = digest.streams().primary_income()?;
    let regular = stream.cadence != Cadence::Irregular && stream.state != State::Stopped;
    regular.then(|| stream.dates(from, digest.ledger.end.plus(BEFORE_PAY_DAYS + 1)))
}

/// Whether a date is one of the days before the next pay date.
fn is_before_pay(date: Day, pays: &[Day]) -> bool {
    pays.get(pays.partition_point(|pay| *pay <= date)).is_some_and(|pay| *pay <= date.plus(BEFORE_PAY_DAYS))
}

fn bills_clustered_before_pay(digest: &Digest<'_>, window: Window) -> Outcome {
    digest.covers(digest.span(window), None)?;
    let (first, end) = bounds(digest, window);
    let pays = pay_dates(digest, first).ok_or(Missing::NoSuchEvent)?;
    let streams = digest.streams();
    let (mut all, mut before) = (0_i128, 0_i128);
    for one in streams.expenses().flat_map(|stream| streams.occurrences(stream)) {
        let Some(due) = one.due.filter(|due| first <= *due && *due < end) else { continue };
        all += i128::from(one.amount);
        before += if is_before_pay(due, &pays) { i128::from(one.amount) } else { 0 };
    }
    ratio(before, all)
}

fn due_before_pay(digest: &Digest<'_>, window: Window) -> Vec<Evidence> {
    let (first, end) = bounds(digest, window);
    let Some(pays) = pay_dates(digest, first) else { return vec![] };
    let streams = digest.streams();
    let paid = streams.expenses().flat_map(|stream| streams.occurrences(stream));
    let before = paid
        .filter(|one| one.due.is_some_and(|due| first <= due && due < end && is_before_pay(due, &pays)))
        .flat_map(|one| streams.rows(one));
    before.filter_map(|at| digest.ledger.rows.get(*at as usize)).map(|row| Evidence::Row(row.index)).collect()
}
