//! The rows of a ledger by payer or payee.

use std::ops::Range;

use super::{count, magnitude};
use crate::{
    category::{
        label::Purpose,
        taxonomy::{PurposeInfo, StreamKind, Taxonomy},
    },
    ledger::{Ledger, Parties},
    money::Direction,
    time::Day,
};

/// Who pays whom what.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(super) struct Key {
    pub(super) direction: Direction,
    pub(super) kind: StreamKind,
    pub(super) counterparty: u64,
}

/// A row that may be of a stream: what is read again and again, apart from the ledger's long rows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Member {
    /// Its position in the ledger.
    pub(super) at: u32,
    pub(super) day: Day,
    /// Minor units, without a sign.
    pub(super) amount: i64,
}

/// Rows that may be streams, by key in the order of their first rows.
pub(super) struct Groups {
    pub(super) list: Vec<(Key, Range<usize>)>,
    /// The rows of each key together, by day, then by place in the ledger.
    pub(super) rows: Vec<Member>,
}

impl Groups {
    pub(super) fn of(ledger: &Ledger, parties: &Parties, taxonomy: &Taxonomy) -> Groups {
        let mut kinds = Kinds { taxonomy, known: [None; 256] };
        let mut list: Vec<(Key, Range<usize>)> = Vec::with_capacity(GROUPS_USUAL);
        // The newest group of each counterparty, and the one before it of each group: few have more than one.
        let mut newest = vec![NONE; parties.len()];
        let mut before: Vec<u32> = Vec::with_capacity(GROUPS_USUAL);
        // The group of each row.
        let mut of_row: Vec<u32> = Vec::with_capacity(ledger.rows.len());
        for (at, row) in (0_u32..).zip(&ledger.rows) {
            let kind = if row.amount == 0 || row.internal || ledger.end <= row.day {
                None
            } else {
                let direction = if row.amount < 0 { Direction::Outflow } else { Direction::Inflow };
                kinds.of(row.label.purpose, direction).map(|kind| (direction, kind))
            };
            let Some((direction, kind)) = kind else {
                of_row.push(NONE);
                continue;
            };
            let head = &mut newest[parties.number(at)];
            let mut group = *head;
            let differs = |key: &Key| (key.direction, key.kind) != (direction, kind);
            while list.get(group as usize).is_some_and(|(key, _)| differs(key)) {
                group = before[group as usize];
            }
            if group == NONE {
                group = count(list.len());
                list.push((Key { direction, kind, counterparty: row.label.counterparty }, 0..0));
                before.push(*head);
                *head = group;
            }
            list[group as usize].1.end += 1;
            of_row.push(group);
        }
        let (mut ends, mut end) = (Vec::with_capacity(list.len()), 0);
        for (_, rows) in &mut list {
            ends.push(end);
            *rows = end..end + rows.end;
            end = rows.end;
        }
        let mut rows = vec![Member { at: 0, day: Day(0), amount: 0 }; end];
        let (mut newest, mut is_sorted) = (Day(i32::MIN), true);
        for (at, (row, group)) in (0_u32..).zip(ledger.rows.iter().zip(&of_row)) {
            let Some(end) = ends.get_mut(*group as usize) else { continue };
            rows[*end] = Member { at, day: row.day, amount: magnitude(row) };
            *end += 1;
            is_sorted &= newest <= row.day;
            newest = row.day;
        }
        if !is_sorted {
            for (_, range) in &list {
                rows[range.clone()].sort_by_key(|row| row.day);
            }
        }
        Groups { list, rows }
    }
}

/// No group.
const NONE: u32 = u32::MAX;
/// Counterparties for which room is made at once.
const GROUPS_USUAL: usize = 128;

/// What the rows of each purpose may be, by direction, worked out when first asked.
struct Kinds<'t> {
    taxonomy: &'t Taxonomy,
    known: [Option<[Option<StreamKind>; 2]>; 256],
}

impl Kinds<'_> {
    fn of(&mut self, purpose: Purpose, direction: Direction) -> Option<StreamKind> {
        let known = &mut self.known[usize::from(purpose.0)];
        let kinds =
            known.get_or_insert_with(|| self.taxonomy.purposes().get(usize::from(purpose.0)).map_or([None; 2], kinds));
        kinds[usize::from(direction == Direction::Outflow)]
    }
}

/// What the rows of a purpose may be, by direction; fees, refunds and corrections follow from other rows.
fn kinds(info: &PurposeInfo) -> [Option<StreamKind>; 2] {
    let follows = info.group == "fee"
        || (info.group == "other" && info.name != "unknown" && info.stream.is_none())
        || info.name.starts_with("returned_");
    [Direction::Inflow, Direction::Outflow].map(|direction| (!follows).then(|| info.stream(direction)))
}

#[cfg(test)]
mod tests {
    use super::*;
    // Samples stand on the digest's floor; only tests may reach up for them.
    #[cfg(test)]
    use crate::digest::sample::Sample;

    #[test]
    fn rows_of_more_counterparties_than_there_is_room_for_at_once_are_told_apart() {
        let mut sample = Sample::new(Day::from_civil(2026, 6, 10));
        // Two rounds of outflows to everybody, each as many minor units as the payee's number; keys apart by one and by 2^32.
        let parties = (0..5_u64).flat_map(|high| (1..=300).map(move |low| high << 32 | low));
        for (age, party) in [40, 9].into_iter().flat_map(|age| parties.clone().map(move |party| (age, party))) {
            sample.row(age, -i64::try_from(party).expect("small"), "unknown").label.counterparty = party;
        }
        sample.sort();
        let groups = Groups::of(&sample.ledger, &Parties::of(&sample.ledger), &sample.taxonomy);
        assert_eq!(groups.list.len(), 1_500);
        for (key, range) in &groups.list {
            let rows: Vec<(i32, u64)> =
                groups.rows[range.clone()].iter().map(|one| (one.day.0, one.amount.unsigned_abs())).collect();
            let end = sample.ledger.end.0;
            assert_eq!(rows, [(end - 41, key.counterparty), (end - 10, key.counterparty)]);
        }
    }
}
