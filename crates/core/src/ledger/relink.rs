//! Several links of one real account: found by evidence, and their rows counted once.
//!
//! A fresh link of the same account gets new ids for the account and for every row, and two holders of a joint account have
//! a link each. Two links are the same account when last digits, category, subcategory and currency agree and
//!
//! - their posted rows overlap in time, and of the rows that each has between the later of their first days and the earlier
//!   of their last days, at least four fifths of the smaller side stand in the other too: at least one row of the same day,
//!   amount and letters, at an institution of the same name; or at least [`PROOF_ROWS`] rows of the same day and amount, in
//!   [`PROOF_AMOUNTS`] amounts, whatever the institution and the rows are called; or
//! - their rows do not overlap in time, or one has none, institution and holder are the same, and the one that ended earlier
//!   (either, when one has no rows) is inactive or disconnected: a link that broke and was made again.
//!
//! Banks and their ways in spell one thing in many ways: `Chase` is `CHASE (OAuth)`, and the digits in a row's text differ
//! from link to link. Links without last digits are never merged, and those without an institution only by many rows: what
//! is alike by chance must not be added up as one. Two active links with overlapping but different rows stay two accounts.

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

/// Links with the same digits that are compared with each other, of more those of one bank; of one bank more are a fault of the export.
pub(super) const LINKS_MAX: usize = 64;

/// So many rows of the same days and amounts, in so many amounts, are no chance, whatever the rows are called.
const PROOF_ROWS: usize = 8;
const PROOF_AMOUNTS: usize = 5;

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
    let mut unite = |alike: &[u32]| {
        let sorted: Vec<Vec<Seen>> = alike.iter().map(|at| by_content(history, &rows[*at as usize].posted)).collect();
        for (x, a) in alike.iter().enumerate() {
            for (y, b) in alike.iter().enumerate().skip(x + 1) {
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
    };
    for alike in keyed.chunk_by(|a, b| a.0 == b.0).filter(|alike| 1 < alike.len()) {
        let alike: Vec<u32> = alike.iter().map(|(_, at)| *at).collect();
        if alike.len() <= LINKS_MAX {
            unite(&alike);
            continue;
        }
        // An export that masks digits: those of one bank are compared.
        let mut named: Vec<(String, u32)> = alike.iter().map(|at| (bank(&links[*at as usize]), *at)).collect();
        named.retain(|(bank, _)| !bank.is_empty());
        named.sort_unstable();
        for of_bank in named.chunk_by(|a, b| a.0 == b.0) {
            match of_bank.len() {
                ..=LINKS_MAX => unite(&of_bank.iter().map(|(_, at)| *at).collect::<Vec<u32>>()),
                _ => too_many = true,
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

type Key<'h> = (&'h str, AccountCategory, AccountSubcategory);

fn key<'h>(link: &Link<'h>) -> Option<Key<'h>> {
    let version = link.version?;
    let last4 = version.last4.as_deref().filter(|digits| !digits.is_empty())?;
    Some((last4, version.category, version.subcategory))
}

/// Whether both say the same institution.
fn is_same_bank(a: &Link<'_>, b: &Link<'_>) -> bool {
    let (a, b) = (bank(a), bank(b));
    !a.is_empty() && a == b
}

/// The institution's name: letters and digits in lower case, without what stands in brackets behind it; empty where it has none.
fn bank(link: &Link<'_>) -> String {
    let name = link.version.and_then(|version| version.institution_name.as_deref()).unwrap_or("");
    let bare: String = folded(name.split_once('(').map_or(name, |parts| parts.0)).collect();
    // A name that is nothing but brackets is one.
    if bare.is_empty() { folded(name).collect() } else { bare }
}

fn folded(text: &str) -> impl Iterator<Item = char> {
    text.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase)
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
            let days = (x.0.max(y.0), x.1.min(y.1));
            let (a_rows, b_rows) = (between(a.rows, days), between(b.rows, days));
            return is_proven(a_rows, b_rows) || (has_common(history, a_rows, b_rows) && is_same_bank(a.link, b.link));
        }
        (Some(x), Some(y)) if x.1 < y.1 => broken(&a),
        (Some(_), Some(_)) => broken(&b),
        _ => broken(&a) || broken(&b),
    };
    renewed && a.link.holder == b.link.holder && is_same_bank(a.link, b.link)
}

fn span(rows: &[Seen]) -> Option<(Day, Day)> {
    Some((rows.first()?.day, rows.last()?.day))
}

/// Four fifths of the smaller side.
fn is_most(both: usize, a: &[Seen], b: &[Seen]) -> bool {
    1 <= both && 4 * a.len().min(b.len()) <= 5 * both
}

/// At least one row, and most, stand in both with their letters.
fn has_common(history: &History, a: &[Seen], b: &[Seen]) -> bool {
    is_most(common(a, b, |x, y| compare(history, x, y)).count(), a, b)
}

/// Rows of so many days and amounts stand in both that chance is out, and most do.
fn is_proven(a: &[Seen], b: &[Seen]) -> bool {
    let common: Vec<&Seen> = common(a, b, when_and_how_much).collect();
    let mut amounts: Vec<i64> = common.iter().map(|seen| seen.amount).collect();
    amounts.sort_unstable();
    amounts.dedup();
    PROOF_ROWS <= common.len() && PROOF_AMOUNTS <= amounts.len() && is_most(common.len(), a, b)
}

/// The rows of one side that stand in the other too, each once; both in the order by which they are compared.
fn common<'a>(
    mut a: &'a [Seen],
    mut b: &'a [Seen],
    order: impl Fn(&Seen, &Seen) -> Ordering,
) -> impl Iterator<Item = &'a Seen> {
    std::iter::from_fn(move || {
        while let ([x, a_rest @ ..], [y, b_rest @ ..]) = (a, b) {
            let found = order(x, y);
            if found.is_le() {
                a = a_rest;
            }
            if found.is_ge() {
                b = b_rest;
            }
            if found.is_eq() {
                return Some(x);
            }
        }
        None
    })
}

fn between(rows: &[Seen], (first, last): (Day, Day)) -> &[Seen] {
    let start = rows.partition_point(|seen| seen.day < first);
    let end = rows.partition_point(|seen| seen.day <= last);
    &rows[start..end]
}

fn when_and_how_much(a: &Seen, b: &Seen) -> Ordering {
    (a.day, a.amount).cmp(&(b.day, b.amount))
}

/// By day and amount, then by the letters of the text: its digits differ from link to link.
fn compare(history: &History, a: &Seen, b: &Seen) -> Ordering {
    when_and_how_much(a, b).then_with(|| letters(history, a).cmp(letters(history, b)))
}

fn letters<'h>(history: &'h History, seen: &Seen) -> impl Iterator<Item = char> + use<'h> {
    let text = history.description(seen.index);
    text.chars().filter(|letter| letter.is_alphabetic()).flat_map(char::to_lowercase)
}

fn by_content(history: &History, rows: &[Seen]) -> Vec<Seen> {
    let mut sorted = rows.to_vec();
    sorted.sort_by(|a, b| compare(history, a, b));
    sorted
}

/// A correction names the id that one link has. Of the rows of one day and amount those that are kept give way to another
/// link's corrected ones, of the same letters first, where that link has more corrected: of their letters, or in all where the
/// kept link calls no row so.
fn keep_corrected(history: &History, amended: &Amended, same: &[Seen], kept: &mut [Seen]) {
    let is_corrected = |seen: &Seen| amended.is_corrected(seen.index);
    for of_link in same.chunk_by(|a, b| a.link == b.link) {
        for corrected in of_link.iter().filter(|seen| is_corrected(seen)) {
            let is_like = |one: &Seen| compare(history, one, corrected).is_eq();
            let is_called_so = kept.iter().any(is_like);
            let counts = |one: &&Seen| is_corrected(one) && (is_like(one) || !is_called_so);
            if of_link.iter().filter(counts).count() <= kept.iter().filter(counts).count() {
                continue;
            }
            // Where none is called so, a row that the other link has too is not the one.
            let has_twin = |one: &Seen| of_link.iter().any(|other| compare(history, one, other).is_eq());
            let open = kept.iter_mut().filter(|one| !is_corrected(one));
            if let Some(place) = open.min_by_key(|one| (!is_like(one), has_twin(one))) {
                *place = *corrected;
            }
        }
    }
}

/// How many rows there are, then how sure their labels are: one link may call `Card purchase` what another calls by its name.
fn weight(history: &History, rows: &[Seen]) -> (usize, u32) {
    let sure = |seen: &Seen| u32::from(history.rows()[seen.index as usize].label.confidence);
    (rows.len(), rows.iter().map(sure).sum())
}

/// Counts rows of several links once: of each day and amount the rows of the link that has most of them, of links with as many
/// those whose texts say more, else the first's. Two equal purchases of one day stay two. The answer is in the order (time, id).
pub(super) fn once(history: &History, mut rows: Vec<Seen>) -> Vec<Seen> {
    rows.sort_by(|a, b| {
        let by_link = when_and_how_much(a, b).then(a.link.cmp(&b.link));
        by_link.then_with(|| super::visible::by_time(history, a, b))
    });
    let mut kept: Vec<Seen> = Vec::with_capacity(rows.len());
    for same in rows.chunk_by(|a, b| when_and_how_much(a, b).is_eq()) {
        let mut most: &[Seen] = &[];
        for of_link in same.chunk_by(|a, b| a.link == b.link) {
            if weight(history, most) < weight(history, of_link) {
                most = of_link;
            }
        }
        let start = kept.len();
        kept.extend_from_slice(most);
        if let Some(amended) = history.amended() {
            keep_corrected(history, amended, same, &mut kept[start..]);
        }
    }
    kept.sort_by(|a, b| super::visible::by_time(history, a, b));
    kept
}
