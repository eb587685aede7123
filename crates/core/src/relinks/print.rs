//! What is kept of an account: of every one a few numbers, of a candidate its rows.

use crate::{
    history::{AccountVersion, History, HistoryAccount},
    institution::Names,
    ledger::posted_at,
    money::Currency,
    row::{AccountCategory, AccountStatus, AccountSubcategory},
    time::{Day, Zone},
};

/// Rows that make a mark together: one row is shared by chance in a large portfolio, three in a row are not.
pub const MARK_ROWS: usize = 3;
/// Days of the stretches of which each leaves its own marks, so that two histories of different length share those of every
/// stretch that both show.
const STRETCH_DAYS: i32 = 28;
/// Marks that are kept of a stretch: the smallest, which are the same on both sides.
const MARKS_A_STRETCH: usize = 2;

/// A posted row, without what identifies anybody: its text is a number that only equality can be read from.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct RowMark {
    pub(super) day: Day,
    pub(super) amount: i64,
    pub(super) text: u64,
}

/// A balance at a second.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct BalanceMark {
    pub(super) at: i64,
    pub(super) current: i64,
}

/// What is compared of two accounts beside their rows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Print {
    /// Its id.
    pub account: String,
    /// Who holds it; empty when no accounts row says.
    pub holder: String,
    pub(super) institution: Option<String>,
    pub(super) last4: Option<String>,
    pub(super) category: AccountCategory,
    pub(super) subcategory: AccountSubcategory,
    pub(super) currency: Option<Currency>,
    pub(super) is_broken: bool,
    // Ascending.
    pub(super) marks: Vec<u64>,
}

/// An account with its rows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Account {
    /// What is kept of it when its rows are not.
    pub print: Print,
    // Ascending.
    pub(super) rows: Vec<RowMark>,
    pub(super) balances: Vec<BalanceMark>,
}

/// The accounts of a pool, by id, as all its rows show them, whatever T.
#[must_use]
pub fn accounts(history: &History, names: &Names, zone: &Zone) -> Vec<Account> {
    history.accounts().iter().map(|account| one(history, account, names, zone)).collect()
}

fn one(history: &History, account: &HistoryAccount, names: &Names, zone: &Zone) -> Account {
    let version: Option<&AccountVersion> = account.at(i64::MAX);
    let posted = || {
        let versions = history.rows()[account.rows.clone()].iter().zip(account.rows.clone());
        versions.filter_map(|(version, at)| Some((version, at, posted_at(version)?)))
    };
    let currency = most_common(posted().map(|(version, ..)| version.currency));
    let mut rows: Vec<RowMark> = posted()
        .filter(|(version, ..)| Some(version.currency) == currency && version.amount != 0)
        .map(|(version, at, time)| RowMark {
            day: zone.day(time),
            amount: version.amount,
            text: text_mark(history.description(u32::try_from(at).unwrap_or(u32::MAX))),
        })
        .collect();
    rows.sort_unstable();
    let of_currency = account.snapshots.iter().filter(|snapshot| currency.is_none_or(|one| one == snapshot.currency));
    let balances = of_currency.map(|one| BalanceMark { at: one.at, current: one.current }).collect();
    let holder = version.map_or(Some(&*account.id), |version| version.holder.as_deref());
    let print = Print {
        account: account.id.to_string(),
        holder: holder.unwrap_or("").to_owned(),
        institution: version.and_then(|version| names.of(version.institution_name.as_deref()?)),
        last4: version
            .and_then(|version| version.last4.as_deref())
            .filter(|digits| !digits.is_empty())
            .map(str::to_owned),
        category: version.map_or(AccountCategory::Unknown, |version| version.category),
        subcategory: version.map_or(AccountSubcategory::Unknown, |version| version.subcategory),
        currency,
        is_broken: version
            .is_some_and(|version| matches!(version.status, AccountStatus::Inactive | AccountStatus::Disconnected)),
        marks: marks(&rows),
    };
    Account { print, rows, balances }
}

/// The currency of most rows; of equals the first by name.
fn most_common(currencies: impl Iterator<Item = Currency>) -> Option<Currency> {
    let mut all: Vec<Currency> = currencies.collect();
    all.sort_unstable();
    let runs = all.chunk_by(|a, b| a == b);
    runs.max_by(|a, b| a.len().cmp(&b.len()).then(b.cmp(a))).map(|run| run[0])
}

/// The smallest marks of each stretch of days, ascending.
pub(super) fn marks(rows: &[RowMark]) -> Vec<u64> {
    let mut found: Vec<(i32, u64)> =
        rows.windows(MARK_ROWS).map(|three| (stretch(three[0].day), mark(three))).collect();
    found.sort_unstable();
    found.dedup();
    let of_stretch = found.chunk_by(|a, b| a.0 == b.0);
    let mut marks: Vec<u64> =
        of_stretch.flat_map(|one| one.iter().take(MARKS_A_STRETCH).map(|(_, mark)| *mark)).collect();
    marks.sort_unstable();
    marks.dedup();
    marks
}

fn stretch(day: Day) -> i32 {
    day.0.div_euclid(STRETCH_DAYS)
}

/// A number of the days and amounts of rows in a row. Texts stay out: a copy may word them otherwise.
fn mark(rows: &[RowMark]) -> u64 {
    rows.iter().fold(0, |sum, row| mix(mix(sum ^ i64::from(row.day.0).cast_unsigned()) ^ row.amount.cast_unsigned()))
}

/// Scatters the bits of a number.
///
/// # Source
///
/// The finaliser of `SplitMix64`: Steele, Lea and Flood (2014), "Fast splittable pseudorandom number generators".
fn mix(number: u64) -> u64 {
    let number = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

/// A number of a text's letters in lower case: digits, marks and blanks differ between two links of one account.
fn text_mark(text: &str) -> u64 {
    let letters = text.chars().filter(|letter| letter.is_alphabetic()).flat_map(char::to_lowercase);
    letters.fold(0, |sum, letter| mix(sum ^ u64::from(u32::from(letter))))
}
