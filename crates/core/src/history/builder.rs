//! The one way into a history: rows in any order, with borrowed text.

use std::{fmt, sync::Arc};

use rustc_hash::FxHashMap;

use super::{
    Doubt, History,
    account::{AccountVersion, HistoryAccount, Snapshot},
    event::{AccountEvent, AuthorizationEvent, Deactivation},
    finish,
    version::Version,
};
use crate::{
    category::categoriser::{Categoriser, Memo},
    correction::Corrections,
    defect::{Defect, DefectKind, Source},
    limits::{DESCRIPTION_BYTES_MAX, ID_BYTES_MAX, SECONDS_END, SECONDS_MIN},
    money::in_range,
    row::{AccountChange, AccountRow, BalanceRow, Row, TransactionRow},
};

/// Collects the rows of a pool in any order.
///
/// ```
/// use cashline_core::{
///     category::categoriser::{Categoriser, Memo},
///     history::HistoryBuilder,
///     row::{AccountRow, BalanceRow, TransactionRow},
/// };
/// let mut rows = HistoryBuilder::new();
/// rows.transaction(&TransactionRow::posted("fctxn_1", "fca_1", -1_250, 86_400));
/// rows.account(&AccountRow::checking("fca_1", "cus_1"));
/// rows.balance(&BalanceRow::reported("fca_1", 172_800, 40_000));
/// let history = rows.finish(&Categoriser::builtin(), &mut Memo::default());
/// assert_eq!((history.row_count(), history.id(0)), (1, "fctxn_1"));
/// ```
#[derive(Default)]
pub struct HistoryBuilder {
    // Ids and descriptions of all rows, one after the other: two copies and no allocation a row.
    pub(super) text: String,
    pub(super) versions: Vec<Version>,
    pub(super) accounts: Vec<HistoryAccount>,
    pub(super) snapshots: Vec<(u32, (Snapshot, Source))>,
    pub(super) authorizations: Vec<AuthorizationEvent>,
    pub(super) defects: Vec<Defect>,
    pub(super) corrections: Option<Arc<Corrections>>,
    // The rows are of several currencies.
    pub(super) has_currencies: bool,
    // Position of each account in `accounts`; only looked up, never walked.
    positions: FxHashMap<Box<str>, u32>,
    // Rows of an account stand together in most exports, so the last account is tried first.
    recent: u32,
}

impl HistoryBuilder {
    /// An empty pool.
    #[must_use]
    pub fn new() -> HistoryBuilder {
        HistoryBuilder::default()
    }

    /// An empty pool with room for so many rows, so that their buffers need not grow; what [`HistoryBuilder::room`] says of the
    /// pool before is a good guess.
    #[must_use]
    pub fn with_room(room: Room) -> HistoryBuilder {
        HistoryBuilder {
            text: String::with_capacity(room.bytes),
            versions: Vec::with_capacity(room.rows),
            ..HistoryBuilder::default()
        }
    }

    /// The room that the rows take.
    #[must_use]
    pub fn room(&self) -> Room {
        Room { rows: self.versions.len(), bytes: self.text.len() }
    }

    /// Gives back the room that no row took. More rows may come; each then asks for its own.
    pub fn trim(&mut self) {
        self.text.shrink_to_fit();
        self.versions.shrink_to_fit();
    }

    /// Takes a row. Applications are ignored, and so are corrections, which are checked against each other first: see
    /// [`HistoryBuilder::corrections`].
    pub fn push(&mut self, row: &Row<'_>) {
        match row {
            Row::Application(_) | Row::Correction(_) => {}
            Row::Account(row) => self.account(row),
            Row::Balance(row) => self.balance(row),
            Row::Transaction(row) => self.transaction(row),
            Row::Truncated { account } => self.doubt(account, Doubt::TruncatedExport),
        }
    }

    /// Takes a version of an account, or what an event says of it or of its authorisation.
    pub fn account(&mut self, row: &AccountRow<'_>) {
        if let Some(AccountChange::Authorization { ends, is_announced }) = row.change {
            let end = ends.map(Deactivation::At).or(is_announced.then_some(Deactivation::Announced));
            return self.authorizations.push(AuthorizationEvent { known: row.known_at, end, id: row.id.into() });
        }
        let Some(at) = self.position(row.id) else {
            self.reject(row.id, row.source, "id", DefectKind::IdTooLong);
            return;
        };
        let account = &mut self.accounts[at as usize];
        match (row.change, row.known_at) {
            (None, _) => account.versions.push(AccountVersion::new(row)),
            (Some(change), Some(known)) => account.events.push(AccountEvent { known, change }),
            // No door makes an event without its time: there is no telling what it changed.
            (Some(_), None) => {}
        }
    }

    /// Takes a balance snapshot. Every snapshot is kept: an older one is never overwritten by a newer file.
    pub fn balance(&mut self, row: &BalanceRow<'_>) {
        let fault = if !is_time(row.as_of) {
            Some("as_of")
        } else if !in_range(row.current) {
            Some("current")
        } else if !row.available.is_none_or(in_range) {
            Some("available")
        } else {
            None
        };
        if let Some(column) = fault {
            return self.reject(row.account, row.source, column, DefectKind::OutOfRange);
        }
        match self.position(row.account) {
            Some(at) => self.snapshots.push((at, (Snapshot::new(row), row.source))),
            None => self.reject(row.account, row.source, "account", DefectKind::IdTooLong),
        }
    }

    /// Takes a version of a transaction.
    pub fn transaction(&mut self, row: &TransactionRow<'_>) {
        match self.position(row.account) {
            Some(at) => self.transaction_of(at, row),
            None => {
                let (column, kind) = fault(row).unwrap_or(("account", DefectKind::IdTooLong));
                self.reject(row.account, row.source, column, kind);
            }
        }
    }

    #[inline]
    fn transaction_of(&mut self, at: u32, row: &TransactionRow<'_>) {
        if !is_fit(row)
            && let Some((column, kind)) = fault(row)
        {
            return self.reject(row.account, row.source, column, kind);
        }
        if u32::MAX as usize <= self.versions.len() {
            // Rows are addressed by 32 bits; the limit on an application's rows lies far below.
            return self.doubt(row.account, Doubt::TooManyRows);
        }
        self.has_currencies |= self.versions.first().is_some_and(|first| first.currency != row.currency);
        self.versions.push(Version::pack(row, at, &mut self.text));
    }

    /// Takes versions of transactions, many at once: the same as one after the other, and cheaper where they stand together by
    /// account.
    pub fn transactions(&mut self, rows: &[TransactionRow<'_>]) {
        // A reader that reads an account's text once lends the same text to all its rows.
        let same_text = |a: &TransactionRow<'_>, b: &TransactionRow<'_>| std::ptr::eq(a.account, b.account);
        for run in rows.chunk_by(same_text) {
            match run.first().and_then(|first| self.position(first.account)) {
                Some(at) => run.iter().for_each(|row| self.transaction_of(at, row)),
                None => run.iter().for_each(|row| self.transaction(row)),
            }
        }
    }

    /// Puts an account in doubt, for example because a row of it was rejected at the door.
    pub fn doubt(&mut self, account: &str, doubt: Doubt) {
        if let Some(at) = self.position(account) {
            let doubts = &mut self.accounts[at as usize].doubts;
            if !doubts.contains(&doubt) {
                doubts.push(doubt);
            }
        }
    }

    /// Puts an account in doubt a row of which was rejected at the door although it says whose the account is: even where no
    /// other row names it, it counts among its holder's.
    pub fn account_set_aside(&mut self, account: &str, holder: &str) {
        if let Some(at) = self.position(account) {
            let before = &mut self.accounts[at as usize].set_aside;
            if before.as_deref().is_none_or(|before| holder < before) {
                *before = Some(holder.into());
            }
        }
        self.doubt(account, Doubt::RejectedRow);
    }

    /// Takes the corrections of a run, which may speak of transactions of other pools too. Without any, nothing changes and
    /// nothing is looked up.
    pub fn corrections(&mut self, corrections: Arc<Corrections>) {
        self.corrections = (!corrections.is_empty()).then_some(corrections);
    }

    /// Rows of transactions taken so far, all versions.
    #[must_use]
    pub fn row_count(&self) -> usize {
        self.versions.len()
    }

    /// Sorts, resolves what can be resolved without T, and categorises.
    #[must_use]
    pub fn finish(self, categoriser: &Categoriser, memo: &mut Memo) -> History {
        finish::finish(self, categoriser, Some(memo))
    }

    /// The same with every row unlabelled, for whoever reads no label.
    #[must_use]
    pub fn finish_unlabelled(self, categoriser: &Categoriser) -> History {
        finish::finish(self, categoriser, None)
    }

    /// The account's position, made on first sight; `None` when the id is longer than the limit.
    fn position(&mut self, id: &str) -> Option<u32> {
        if self.accounts.get(self.recent as usize).is_some_and(|account| *account.id == *id) {
            return Some(self.recent);
        }
        if ID_BYTES_MAX < id.len() {
            return None;
        }
        let at = match self.positions.get(id) {
            Some(at) => *at,
            None => {
                let at = u32::try_from(self.accounts.len()).ok()?;
                self.accounts.push(HistoryAccount { id: id.into(), ..HistoryAccount::default() });
                self.positions.insert(id.into(), at);
                at
            }
        };
        self.recent = at;
        Some(at)
    }

    fn reject(&mut self, account: &str, source: Source, column: &str, kind: DefectKind) {
        let known = account.len() <= ID_BYTES_MAX;
        self.defects.push(Defect {
            source,
            column: column.to_owned(),
            kind,
            whose: known.then(|| account.to_owned()).into(),
        });
        self.doubt(account, Doubt::RejectedRow);
    }
}

/// Room for rows of transactions.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Room {
    rows: usize,
    bytes: usize,
}

/// Most rows that room is made for before they come: beyond, buffers that grow cost little.
const ROOM_ROWS_MAX: usize = 1 << 14;
/// Most bytes of their texts.
/// Counts, and no text of the bank.
impl fmt::Debug for HistoryBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (rows, accounts, defects) = (self.versions.len(), self.accounts.len(), self.defects.len());
        let mut out = f.debug_struct("HistoryBuilder");
        out.field("rows", &rows).field("accounts", &accounts).field("defects", &defects).finish_non_exhaustive()
    }
}

const ROOM_BYTES_MAX: usize = 1 << 21;

impl Room {
    /// Twice as much, within limits: room for the next pool when this one is much smaller.
    #[must_use]
    pub fn doubled(self) -> Room {
        Room { rows: (2 * self.rows).min(ROOM_ROWS_MAX), bytes: (2 * self.bytes).min(ROOM_BYTES_MAX) }
    }
}

/// Whether [`fault`] finds none: all of it without a branch, since nearly every row is.
fn is_fit(row: &TransactionRow<'_>) -> bool {
    let is_time_or_none = |time: Option<i64>| is_time(time.unwrap_or(SECONDS_MIN));
    is_time(row.transacted_at)
        & is_time_or_none(row.posted_at)
        & is_time_or_none(row.void_at)
        & is_time_or_none(row.updated)
        & in_range(row.amount)
        & (row.id.len() <= ID_BYTES_MAX)
        & (row.description.len() <= DESCRIPTION_BYTES_MAX)
}

/// The doors check all this too; a library caller may not have.
fn fault(row: &TransactionRow<'_>) -> Option<(&'static str, DefectKind)> {
    let times = [
        ("transacted_at", Some(row.transacted_at)),
        ("posted_at", row.posted_at),
        ("void_at", row.void_at),
        ("updated", row.updated),
    ];
    if let Some((column, _)) = times.iter().find(|(_, time)| !time.is_none_or(is_time)) {
        return Some((column, DefectKind::OutOfRange));
    }
    if !in_range(row.amount) {
        return Some(("amount", DefectKind::OutOfRange));
    }
    if ID_BYTES_MAX < row.id.len() {
        return Some(("id", DefectKind::IdTooLong));
    }
    (DESCRIPTION_BYTES_MAX < row.description.len()).then_some(("description", DefectKind::TextTooLong))
}

fn is_time(seconds: i64) -> bool {
    (SECONDS_MIN..SECONDS_END).contains(&seconds)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::AMOUNT_MAX;

    #[test]
    fn a_row_is_fit_exactly_when_it_has_no_fault() {
        let (long_id, long_text) = ("i".repeat(ID_BYTES_MAX + 1), "d".repeat(DESCRIPTION_BYTES_MAX + 1));
        let plain = TransactionRow::posted("fctxn_1", "fca_1", 1, 86_400);
        let mut cases = vec![(plain, true)];
        for (amount, is_fit) in edges(-AMOUNT_MAX, AMOUNT_MAX) {
            cases.push((TransactionRow { amount, ..plain }, is_fit));
        }
        for (at, is_fit) in edges(SECONDS_MIN, SECONDS_END - 1) {
            cases.push((TransactionRow { transacted_at: at, ..plain }, is_fit));
            cases.push((TransactionRow { posted_at: Some(at), ..plain }, is_fit));
            cases.push((TransactionRow { void_at: Some(at), ..plain }, is_fit));
            cases.push((TransactionRow { updated: Some(at), ..plain }, is_fit));
        }
        cases.push((TransactionRow { posted_at: None, void_at: None, updated: None, ..plain }, true));
        // No length lies below none.
        for (bytes, is_fit) in [(0, true), (ID_BYTES_MAX, true), (ID_BYTES_MAX + 1, false)] {
            cases.push((TransactionRow { id: &long_id[..bytes], ..plain }, is_fit));
        }
        for (bytes, is_fit) in [(0, true), (DESCRIPTION_BYTES_MAX, true), (DESCRIPTION_BYTES_MAX + 1, false)] {
            cases.push((TransactionRow { description: &long_text[..bytes], ..plain }, is_fit));
        }
        for (row, expected) in &cases {
            assert_eq!((is_fit(row), fault(row).is_none()), (*expected, *expected), "{row:?}");
        }
    }

    /// Both ends of a range, and what lies just beyond each.
    fn edges(min: i64, max: i64) -> [(i64, bool); 4] {
        [(min - 1, false), (min, true), (max, true), (max + 1, false)]
    }
}
