//! Several links of one real account: found by evidence, and their rows counted once.
//!
//! A fresh link of the same account gets new ids for the account and for every row, and two holders of a joint account have
//! a link each. Two links are the same account when institution, last digits, category, subcategory and currency agree and
//!
//! - their posted rows overlap in time, and of the rows that each has between the later of their first days and the earlier
//!   of their last days, at least four fifths of the smaller side stand in the other too (same day, amount and description),
//!   and at least one; or
//! - their rows do not overlap in time, or one has none, they have the same holder, and the one that ended earlier (either,
//!   when one has no rows) is inactive or disconnected: a link that broke and was made again.
//!
//! Links without last digits or without an institution are never merged: what is alike by chance must not be added up as
//! one. Two active links with overlapping but different rows stay two accounts.

use std::cmp::Ordering;

use super::{
    select::Link,
    visible::{LinkRows, Seen},
};
use crate::{
    history::{Amended, History},
    money::Currency,
    row::{AccountCategory, AccountStatus, AccountSubcategory},
    time::Day,
};

/// Links with the same digits at the same institution that are compared with each other; more are a fault of the export.
pub(super) const LINKS_MAX: usize = 64;

/// The links of each real account: positions ascending, groups by their first.
#[derive(Debug)]
pub(super) struct Groups {
    pub(super) groups: Vec<Vec<u32>>,
    /// Some links were too many to compare.
    pub(super) too_many: bool,
}

/// Finds which links are one account.
pub(super) fn groups(history: &History, links: &[Link<'_>], rows: &[LinkRows]) -> Groups {
    let mut root: Vec<u32> = (0..).take(links.len()).collect();
    let mut keyed: Vec<(Key<'_>, u32)> =
        links.iter().zip(0..).filter_map(|(link, at)| Some((key(link)?, at))).collect();
    keyed.sort_unstable();
    let mut too_many = false;
    for alike in keyed.chunk_by(|a, b| a.0 == b.0).filter(|alike| 1 < alike.len()) {
        if LINKS_MAX < alike.len() {
            too_many = true;
            continue;
        }
        let sorted: Vec<Vec<Seen>> =
            alike.iter().map(|(_, at)| by_content(history, &rows[*at as usize].posted)).collect();
        for (x, (_, a)) in alike.iter().enumerate() {
            for (y, (_, b)) in alike.iter().enumerate().skip(x + 1) {
                let side = |at: u32, sorted| Side {
                    link: &links[at as usize],
                    rows: sorted,
                    currency: rows[at as usize].currency,
                };
                let pair = [side(*a, &sorted[x]), side(*b, &sorted[y])];
                if find(&root, *a) != find(&root, *b) && is_same(history, pair) {
                    let (a, b) = (find(&root, *a), find(&root, *b));
                    root[a.max(b) as usize] = a.min(b);
                }
            }
        }
    }
    let mut groups: Vec<Vec<u32>> = vec![vec![]; links.len()];
    for at in (0..).take(links.len()) {
        groups[find(&root, at) as usize].push(at);
    }
    groups.retain(|group| !group.is_empty());
    Groups { groups, too_many }
}

/// A link with its posted rows by content.
struct Side<'a, 'h> {
    link: &'a Link<'h>,
    rows: &'a [Seen],
    /// `None` when neither rows nor snapshots say.
    currency: Option<Currency>,
}

type Key<'h> = (&'h str, &'h str, AccountCategory, AccountSubcategory);

fn key<'h>(link: &Link<'h>) -> Option<Key<'h>> {
    let version = link.version?;
    let institution = version.institution_name.as_deref().filter(|name| !name.is_empty())?;
    let last4 = version.last4.as_deref().filter(|digits| !digits.is_empty())?;
    Some((institution, last4, version.category, version.subcategory))
}

fn find(root: &[u32], mut at: u32) -> u32 {
    while root[at as usize] != at {
        at = root[at as usize];
    }
    at
}

fn is_same(history: &History, [a, b]: [Side<'_, '_>; 2]) -> bool {
    if a.currency.is_some() && b.currency.is_some() && a.currency != b.currency {
        return false;
    }
    let broken = |side: &Side<'_, '_>| {
        let status = side.link.version.map(|version| version.status);
        matches!(status, Some(AccountStatus::Inactive | AccountStatus::Disconnected))
    };
    let renewed = match (span(a.rows), span(b.rows)) {
        (Some(x), Some(y)) if x.0 <= y.1 && y.0 <= x.1 => {
            return overlap(history, a.rows, b.rows, (x.0.max(y.0), x.1.min(y.1)));
        }
        (Some(x), Some(y)) if x.1 < y.1 => broken(&a),
        (Some(_), Some(_)) => broken(&b),
        _ => broken(&a) || broken(&b),
    };
    renewed && a.link.holder == b.link.holder
}

fn span(rows: &[Seen]) -> Option<(Day, Day)> {
    Some((rows.first()?.day, rows.last()?.day))
}

/// At least one row, and four fifths of the smaller side, stand in both between two days.
fn overlap(history: &History, a: &[Seen], b: &[Seen], days: (Day, Day)) -> bool {
    let (a, b) = (between(a, days), between(b, days));
    let (mut x, mut y, mut both) = (0, 0, 0);
    while x < a.len() && y < b.len() {
        match compare(history, &a[x], &b[y]) {
            Ordering::Less => x += 1,
            Ordering::Greater => y += 1,
            Ordering::Equal => {
                (x, y, both) = (x + 1, y + 1, both + 1);
            }
        }
    }
    1 <= both && 4 * a.len().min(b.len()) <= 5 * both
}

fn between(rows: &[Seen], (first, last): (Day, Day)) -> &[Seen] {
    let start = rows.partition_point(|seen| seen.day < first);
    let end = rows.partition_point(|seen| seen.day <= last);
    &rows[start..end]
}

/// What makes two rows of two links the same: day, amount, description.
fn compare(history: &History, a: &Seen, b: &Seen) -> Ordering {
    (a.day, a.amount)
        .cmp(&(b.day, b.amount))
        .then_with(|| history.description(a.index).cmp(history.description(b.index)))
}

fn by_content(history: &History, rows: &[Seen]) -> Vec<Seen> {
    let mut sorted = rows.to_vec();
    sorted.sort_by(|a, b| compare(history, a, b));
    sorted
}

/// A correction names the id that one link has. The others' rows of the same content give way to the corrected ones of the
/// link that has most of these.
fn keep_corrected(amended: &Amended, same: &[Seen], kept: &mut [Seen]) {
    let is_corrected = |seen: &&Seen| amended.is_corrected(seen.index);
    let count = |rows: &[Seen]| rows.iter().filter(is_corrected).count();
    let mut most: &[Seen] = &[];
    for of_link in same.chunk_by(|a, b| a.link == b.link) {
        if count(most) < count(of_link) {
            most = of_link;
        }
    }
    if count(kept) < count(most) {
        kept.sort_by_key(|seen| amended.is_corrected(seen.index));
        // The kept link has as many rows of the content as any, so that there is room for all.
        for (place, seen) in kept.iter_mut().zip(most.iter().filter(is_corrected)) {
            *place = *seen;
        }
    }
}

/// Counts rows of several links once: of each content the rows of the link that has most of them, the first link when two
/// are equal. Two equal purchases of one day stay two. The answer is in the order (time, id).
pub(super) fn once(history: &History, mut rows: Vec<Seen>) -> Vec<Seen> {
    rows.sort_by(|a, b| {
        let by_content = compare(history, a, b).then(a.link.cmp(&b.link));
        by_content.then_with(|| super::visible::by_time(history, a, b))
    });
    let mut kept: Vec<Seen> = Vec::with_capacity(rows.len());
    for same in rows.chunk_by(|a, b| compare(history, a, b).is_eq()) {
        let mut most: &[Seen] = &[];
        for of_link in same.chunk_by(|a, b| a.link == b.link) {
            if most.len() < of_link.len() {
                most = of_link;
            }
        }
        let start = kept.len();
        kept.extend_from_slice(most);
        if let Some(amended) = history.amended() {
            keep_corrected(amended, same, &mut kept[start..]);
        }
    }
    kept.sort_by(|a, b| super::visible::by_time(history, a, b));
    kept
}
