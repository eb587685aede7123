//! Streams in words, their ids, and the payments that they will bring.

use std::collections::BTreeSet;

use super::{EnrichedStream, Reader, Upcoming, UpcomingStatus, likely, narrow};
use crate::{
    forecast,
    hash::sha256,
    ledger::Ledger,
    money::Direction,
    stream::{Occurrence, State, Stream, Streams, cadence::Cadence},
};

/// Hexadecimal digits of an id: 80 bits, so that a billion streams collide with a chance of one in a million.
const ID_DIGITS: usize = 20;
/// Payments without a schedule that the usual amount is the median of.
const RECENT: usize = 6;

/// The streams as they are written, and where each stands in the ledger's list.
pub(super) fn streams(reader: Reader<'_>, applicant: &str, streams: &Streams) -> (Vec<EnrichedStream>, Vec<usize>) {
    let list = streams.list();
    let first_id = |stream: &Stream| {
        let rows = streams.occurrences(stream).first().map_or(&[][..], |one| streams.rows(one));
        let ids = rows.iter().filter_map(|at| reader.ledger.rows.get(*at as usize));
        ids.map(|row| reader.history.id(row.index)).min().unwrap_or_default()
    };
    let first_day = |stream: &Stream| streams.occurrences(stream).first().map(|one| one.day);
    // Streams of one key stand together, oldest first.
    let key = |at: usize| (list[at].direction, list[at].kind, list[at].counterparty);
    let mut order: Vec<usize> = (0..list.len()).collect();
    order.sort_by(|a, b| {
        let age = |at: usize| (first_day(&list[at]), first_id(&list[at]));
        key(*a).cmp(&key(*b)).then_with(|| age(*a).cmp(&age(*b)))
    });
    let mut seen = BTreeSet::new();
    let mut named: Vec<(String, usize)> = vec![];
    for at in order {
        let apart = if seen.insert(key(at)) { "" } else { first_id(&list[at]) };
        named.push((id(applicant, &list[at], apart), at));
    }
    named.sort_by(|a, b| {
        let place = |one: &(String, usize)| (list[one.1].direction, list[one.1].kind);
        place(a).cmp(&place(b)).then_with(|| a.0.cmp(&b.0))
    });
    named.iter().filter_map(|(id, at)| Some((in_words(reader, streams, &list[*at], id)?, *at))).unzip()
}

fn id(applicant: &str, stream: &Stream, apart: &str) -> String {
    let (way, kind) = (way(stream.direction), stream.kind.code());
    let text = format!("{applicant}\n{way}\n{kind}\n{:016x}\n{apart}", stream.counterparty);
    let digest = sha256(text.as_bytes());
    let digits = digest.rsplit(':').next().and_then(|digits| digits.get(..ID_DIGITS)).unwrap_or_default();
    format!("stream_{digits}")
}

fn way(direction: Direction) -> &'static str {
    match direction {
        Direction::Inflow => "inflow",
        Direction::Outflow => "outflow",
    }
}

fn in_words(reader: Reader<'_>, streams: &Streams, stream: &Stream, id: &str) -> Option<EnrichedStream> {
    let paid = streams.occurrences(stream);
    let (first, last) = (paid.first()?, paid.last()?);
    let newest = reader.ledger.rows.get(*streams.rows(last).last()? as usize)?;
    let signed = |magnitude: i64| match stream.direction {
        Direction::Inflow => magnitude,
        Direction::Outflow => -magnitude,
    };
    let band = band(streams, stream, paid).map(signed);
    let kept = paid.iter().filter(|one| one.due.is_some()).count() as u64;
    Some(EnrichedStream {
        id: id.to_owned(),
        direction: stream.direction,
        kind: stream.kind,
        purpose: reader.taxonomy().info(stream.purpose).name.clone(),
        merchant: reader.merchant(newest),
        account_id: reader.ledger.accounts.get(usize::from(newest.account))?.id.clone(),
        cadence: stream.cadence,
        state: stream.state,
        first: first.day,
        last: last.day,
        payments: paid.len() as u64,
        kept,
        missed: streams.missed(stream).len() as u64,
        amount: signed(stream.amount),
        low: band[0].min(band[1]),
        high: band[0].max(band[1]),
        next: stream.next,
        next_amount: signed(forecast::next_amount(streams, stream)),
        per_year: stream.per_year().map(narrow).map(signed),
    })
}

/// The least and the most of the payments that the usual amount is the median of.
fn band(streams: &Streams, stream: &Stream, paid: &[Occurrence]) -> [i64; 2] {
    let scheduled: Vec<i64> = forecast::recent(streams, stream).map(|one| one.amount).collect();
    let unscheduled = || paid.iter().rev().take(RECENT).map(|one| one.amount).collect();
    let amounts = if scheduled.is_empty() { unscheduled() } else { scheduled };
    let bounds = (amounts.iter().min(), amounts.iter().max());
    [bounds.0, bounds.1].map(|bound| bound.copied().unwrap_or(stream.amount))
}

/// The payments of streams with a cadence that have not stopped.
pub(super) fn upcoming(
    ledger: &Ledger,
    streams: &Streams,
    order: &[usize],
    words: &[EnrichedStream],
    days: u16,
) -> Vec<Upcoming> {
    let mut upcoming: Vec<Upcoming> = vec![];
    for (place, at) in order.iter().enumerate() {
        let stream = &streams.list()[*at];
        if stream.cadence == Cadence::Irregular || stream.state == State::Stopped {
            continue;
        }
        upcoming.extend(forecast::dues(streams, stream, ledger.end, days).into_iter().map(|due| {
            let status = match stream.state.is_active() {
                false => UpcomingStatus::Doubtful,
                true if due.date < ledger.end => UpcomingStatus::Late,
                true => UpcomingStatus::Expected,
            };
            let likely = words.get(place).and_then(|stream| likely::probabilities(stream, status));
            let (probability, probability_in_band) = likely.unzip();
            Upcoming { due, status, stream: place, probability, probability_in_band }
        }));
    }
    let id = |one: &Upcoming| words.get(one.stream).map(|stream| stream.id.as_str());
    upcoming.sort_by(|a, b| (a.due.expected, id(a), a.due.date).cmp(&(b.due.expected, id(b), b.due.date)));
    upcoming
}
