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
    defect::{Defect, DefectKind, Source, Whose},
    field,
    limits::{DESCRIPTION_BYTES_MAX, ID_BYTES_MAX, SECONDS_END, SECONDS_MIN},
    money::in_range,
    row::{AccountChange, AccountRow, BalanceRow, Refresh, Row, TransactionRow},
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
        if let Err(fault) = account_fault(row) {
            return self.set_account_aside(row, fault);
        }
        if let Some(AccountChange::Authorization { ends, is_announced }) = row.change {
            let end = ends.map(Deactivation::At).or(is_announced.then_some(Deactivation::Announced));
            return self.authorizations.push(AuthorizationEvent { known: row.known_at, end, id: row.id.into() });
        }
        let at = match self.position(row.id) {
            Ok(at) => at,
            Err(kind) => return self.set_account_aside(row, ("id", kind)),
        };
        let account = &mut self.accounts[at as usize];
        match (row.change, row.known_at) {
            (None, _) => account.versions.push(AccountVersion::new(row)),
            (Some(change), Some(known)) => account.events.push(AccountEvent { known, change }),
            // Without its time there is no telling what an event changed.
            (Some(_), None) => self.set_account_aside(row, ("known_at", DefectKind::MissingValue)),
        }
    }

    /// Sets a row of an account aside: what it says of an authorisation is of no account that could be named.
    fn set_account_aside(&mut self, row: &AccountRow<'_>, (column, kind): Fault) {
        let is_account = !matches!(row.change, Some(AccountChange::Authorization { .. })) && field::id(row.id).is_ok();
        let holder = row.holder.filter(|holder| field::id(holder).is_ok());
        let whose = match is_account {
            true => Whose::Account { id: row.id.to_owned(), holder: holder.map(str::to_owned) },
            false => Whose::Unknown,
        };
        self.defects.push(Defect { source: row.source, column: column.to_owned(), kind, whose });
        match holder {
            Some(holder) if is_account => self.account_set_aside(row.id, holder),
            _ if is_account => self.doubt(row.id, Doubt::RejectedRow),
            _ => {}
        }
    }

    /// Takes a balance snapshot. Every snapshot is kept: an older one is never overwritten by a newer file.
    pub fn balance(&mut self, row: &BalanceRow<'_>) {
        if let Err(fault) = balance_fault(row) {
            return self.reject(row.account, row.source, fault);
        }
        match self.position(row.account) {
            Ok(at) => self.snapshots.push((at, (Snapshot::new(row), row.source))),
            Err(kind) => self.reject(row.account, row.source, ("account", kind)),
        }
    }

    /// Takes a version of a transaction.
    pub fn transaction(&mut self, row: &TransactionRow<'_>) {
        match text_fault(row) {
            Ok(()) => self.checked_transactions(std::slice::from_ref(row)),
            Err(fault) => self.reject(row.account, row.source, fault),
        }
    }

    #[inline]
    fn transaction_of(&mut self, at: u32, row: &TransactionRow<'_>) {
        if !is_fit(row)
            && let Err(fault) = fault(row)
        {
            return self.reject(row.account, row.source, fault);
        }
        if u32::MAX as usize <= self.versions.len() {
            // Rows are addressed by 32 bits; the limit on an application's rows lies far below.
            return self.doubt(row.account, Doubt::TooManyRows);
        }
        self.has_currencies |= self.versions.first().is_some_and(|first| first.currency != row.currency);
        self.versions.push(Version::pack(row, at, &mut self.text));
    }

    /// Takes versions of transactions, many at once: the same as one after the other.
    pub fn transactions(&mut self, rows: &[TransactionRow<'_>]) {
        rows.iter().for_each(|row| self.transaction(row));
    }

    /// Takes versions of transactions whose ids and texts a door has read by [`field`]: they are not looked through
    /// again. Cheapest where rows stand together by account.
    pub fn checked_transactions(&mut self, rows: &[TransactionRow<'_>]) {
        // A reader that reads an account's text once lends the same text to all its rows.
        let same_text = |a: &TransactionRow<'_>, b: &TransactionRow<'_>| std::ptr::eq(a.account, b.account);
        for run in rows.chunk_by(same_text) {
            let Some(first) = run.first() else { continue };
            match self.position(first.account) {
                Ok(at) => run.iter().for_each(|row| self.transaction_of(at, row)),
                Err(kind) => run.iter().for_each(|row| {
                    let fault = fault(row).err().unwrap_or(("account", kind));
                    self.reject(row.account, row.source, fault);
                }),
            }
        }
    }

    /// Puts an account in doubt, for example because a row of it was rejected at the door.
    pub fn doubt(&mut self, account: &str, doubt: Doubt) {
        if let Ok(at) = self.position(account) {
            let doubts = &mut self.accounts[at as usize].doubts;
            if !doubts.contains(&doubt) {
                doubts.push(doubt);
            }
        }
    }

    /// Puts an account in doubt a row of which was rejected at the door although it says whose the account is: what applies with
    /// it is in doubt for every holder whom such a row names, whatever other rows say.
    pub fn account_set_aside(&mut self, account: &str, holder: &str) {
        if let Ok(at) = self.position(account) {
            self.accounts[at as usize].set_aside.insert(holder.into());
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

    /// The account's position, made on first sight, unless the id is none.
    fn position(&mut self, id: &str) -> Result<u32, DefectKind> {
        if self.accounts.get(self.recent as usize).is_some_and(|account| *account.id == *id) {
            return Ok(self.recent);
        }
        let at = match self.positions.get(id) {
            Some(at) => *at,
            None => {
                field::id(id)?;
                let at = u32::try_from(self.accounts.len()).map_err(|_| DefectKind::OutOfRange)?;
                self.accounts.push(HistoryAccount { id: id.into(), ..HistoryAccount::default() });
                self.positions.insert(id.into(), at);
                at
            }
        };
        self.recent = at;
        Ok(at)
    }

    fn reject(&mut self, account: &str, source: Source, (column, kind): Fault) {
        let whose = field::id(account).ok().map(str::to_owned).into();
        self.defects.push(Defect { source, column: column.to_owned(), kind, whose });
        self.doubt(account, Doubt::RejectedRow);
    }
}

/// Counts, and no text of the bank.
impl fmt::Debug for HistoryBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (rows, accounts, defects) = (self.versions.len(), self.accounts.len(), self.defects.len());
        let mut out = f.debug_struct("HistoryBuilder");
        out.field("rows", &rows).field("accounts", &accounts).field("defects", &defects).finish_non_exhaustive()
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
const ROOM_BYTES_MAX: usize = 1 << 21;

impl Room {
    /// Room for so many rows with so many bytes of texts, for whoever has counted them.
    #[must_use]
    pub fn new(rows: usize, bytes: usize) -> Room {
        Room { rows, bytes }
    }

    /// Twice as much, within limits: room for the next pool when this one is much smaller.
    #[must_use]
    pub fn doubled(self) -> Room {
        Room { rows: (2 * self.rows).min(ROOM_ROWS_MAX), bytes: (2 * self.bytes).min(ROOM_BYTES_MAX) }
    }
}

/// The column at fault and what is wrong with it.
type Fault = (&'static str, DefectKind);

fn check<T>(column: &'static str, checked: Result<T, DefectKind>) -> Result<(), Fault> {
    checked.map(drop).map_err(|kind| (column, kind))
}

fn check_or_none<T, U>(
    column: &'static str,
    value: Option<T>,
    by: fn(T) -> Result<U, DefectKind>,
) -> Result<(), Fault> {
    value.map_or(Ok(()), |value| check(column, by(value)))
}

/// Whether [`fault`] finds none: all of it without a branch, since nearly every row is.
fn is_fit(row: &TransactionRow<'_>) -> bool {
    let is_time = |seconds: i64| (SECONDS_MIN..SECONDS_END).contains(&seconds);
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
fn fault(row: &TransactionRow<'_>) -> Result<(), Fault> {
    check("transacted_at", field::seconds(row.transacted_at))?;
    check_or_none("posted_at", row.posted_at, field::seconds)?;
    check_or_none("void_at", row.void_at, field::seconds)?;
    check_or_none("updated", row.updated, field::seconds)?;
    check("amount", field::amount(row.amount))?;
    if ID_BYTES_MAX < row.id.len() {
        return Err(("id", DefectKind::IdTooLong));
    }
    if DESCRIPTION_BYTES_MAX < row.description.len() { Err(("description", DefectKind::TextTooLong)) } else { Ok(()) }
}

/// What has to be looked for letter by letter.
fn text_fault(row: &TransactionRow<'_>) -> Result<(), Fault> {
    check("id", field::id(row.id))?;
    check("description", field::text(row.description))
}

fn balance_fault(row: &BalanceRow<'_>) -> Result<(), Fault> {
    check("as_of", field::seconds(row.as_of))?;
    check("current", field::amount(row.current))?;
    check_or_none("available", row.available, field::amount)
}

fn account_fault(row: &AccountRow<'_>) -> Result<(), Fault> {
    let attempt = |refresh: Option<Refresh>| refresh.and_then(|refresh| refresh.last_attempted_at);
    let deactivation = "status_details.active.expected_deactivation_date";
    check("id", field::id(row.id))?;
    check_or_none("known_at", row.known_at, field::seconds)?;
    // An event knows no more.
    if let Some(change) = row.change {
        let ends = if let AccountChange::Authorization { ends, .. } = change { ends } else { None };
        return check_or_none(deactivation, ends, field::seconds);
    }
    check_or_none("account_holder", row.holder, field::id)?;
    check_or_none("institution_name", row.institution_name, field::text)?;
    check_or_none("last4", row.last4, field::text)?;
    check_or_none("authorization", row.authorization, field::id)?;
    check_or_none("created", row.created, field::seconds)?;
    check_or_none("balance_refresh.last_attempted_at", attempt(row.balance_refresh), field::seconds)?;
    check_or_none("transaction_refresh.last_attempted_at", attempt(row.transaction_refresh), field::seconds)?;
    check_or_none(deactivation, row.expected_deactivation, field::seconds)?;
    check_or_none("account_numbers", row.numbers.and_then(|numbers| numbers.expires), field::seconds)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        limits::AMOUNT_MAX,
        row::{AccountNumbers, AccountStatus, NumberStatus, RefreshStatus},
    };

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
            assert_eq!((is_fit(row), fault(row).is_ok()), (*expected, *expected), "{row:?}");
        }
    }

    fn built(fill: impl FnOnce(&mut HistoryBuilder)) -> History {
        let mut rows = HistoryBuilder::new();
        fill(&mut rows);
        rows.finish_unlabelled(&Categoriser::builtin())
    }

    fn faults(history: &History) -> Vec<(&str, &str)> {
        history.defects().iter().map(|defect| (defect.column.as_str(), defect.kind.code())).collect()
    }

    #[test]
    fn an_id_or_a_text_that_no_door_lets_through_is_set_aside_and_told() {
        let plain = TransactionRow::posted("fctxn_1", "fca_1", 1, 86_400);
        for (row, fault) in [
            (TransactionRow { id: "", ..plain }, ("id", "missing_value")),
            (TransactionRow { id: " ", ..plain }, ("id", "id_not_allowed")),
            (TransactionRow { id: "a\0", ..plain }, ("id", "contains_nul")),
            (TransactionRow { account: "", ..plain }, ("account", "missing_value")),
            (TransactionRow { account: "fca_1 ", ..plain }, ("account", "id_not_allowed")),
            (TransactionRow { description: "a\0b", ..plain }, ("description", "contains_nul")),
            (
                TransactionRow { transacted_at: 1_790_000_000_000, ..plain },
                ("transacted_at", "milliseconds_not_seconds"),
            ),
        ] {
            for one_by_one in [true, false] {
                let history = built(|rows| match one_by_one {
                    true => rows.transaction(&row),
                    false => rows.transactions(&[row]),
                });
                assert_eq!((faults(&history), history.row_count()), (vec![fault], 0));
                // The account is in doubt where its id can be read.
                let doubts: Vec<&Doubt> = history.accounts().iter().flat_map(|account| &account.doubts).collect();
                assert_eq!(doubts.len(), usize::from(row.account == "fca_1"));
            }
        }
        let history = built(|rows| rows.balance(&BalanceRow::reported("fca_1", 1_790_000_000_000, 5)));
        assert_eq!(faults(&history), [("as_of", "milliseconds_not_seconds")]);
    }

    #[test]
    fn a_row_of_an_account_that_no_door_lets_through_leaves_its_holder_in_doubt() {
        let plain = AccountRow::checking("fca_1", "cus_1");
        let number = |expires| Some(AccountNumbers { status: NumberStatus::Transactable, expires: Some(expires) });
        let attempted = |at| Some(Refresh { status: RefreshStatus::Succeeded, last_attempted_at: Some(at) });
        let event = Some(AccountChange::Status(AccountStatus::Inactive));
        for (row, fault) in [
            (AccountRow { institution_name: Some("a\0"), ..plain.clone() }, ("institution_name", "contains_nul")),
            (AccountRow { created: Some(1_790_000_000_000), ..plain.clone() }, ("created", "milliseconds_not_seconds")),
            (AccountRow { known_at: Some(i64::MIN), ..plain.clone() }, ("known_at", "out_of_range")),
            (AccountRow { numbers: number(i64::MIN), ..plain.clone() }, ("account_numbers", "out_of_range")),
            (
                AccountRow { transaction_refresh: attempted(0), ..plain.clone() },
                ("transaction_refresh.last_attempted_at", "out_of_range"),
            ),
            (AccountRow { change: event, ..plain.clone() }, ("known_at", "missing_value")),
        ] {
            let history = built(|rows| rows.account(&row));
            assert_eq!(faults(&history), [fault]);
            assert_eq!(history.held_by("cus_1").count(), 1, "the account is still of its holder");
            assert_eq!(history.accounts()[0].doubts, [Doubt::RejectedRow]);
        }
        for (row, fault) in [
            (AccountRow { holder: Some(""), ..plain.clone() }, ("account_holder", "missing_value")),
            (AccountRow { id: "fca_1\n", ..plain.clone() }, ("id", "id_not_allowed")),
        ] {
            let history = built(|rows| rows.account(&row));
            assert_eq!((faults(&history), history.held_by("cus_1").count()), (vec![fault], 0));
        }
    }

    #[test]
    fn an_account_is_in_doubt_for_every_holder_that_a_row_set_aside_names() {
        let good = AccountRow::checking("fca_1", "cus_2");
        let bad = |holder| AccountRow { created: Some(1_790_000_000_000), ..AccountRow::checking("fca_1", holder) };
        let all = [bad("cus_3"), good, bad("cus_1"), bad("cus_2")];
        // With a row that can be read, and without any.
        for rows in [all.to_vec(), [&all[..1], &all[2..]].concat()] {
            let history = built(|builder| rows.iter().for_each(|row| builder.account(row)));
            let account = &history.accounts()[0];
            let standing = account.at(86_400).expect("a version");
            assert_eq!((account.versions.len(), account.doubts.as_slice()), (1, &[Doubt::RejectedRow][..]));
            for holder in ["cus_1", "cus_2", "cus_3"] {
                assert_eq!(history.held_by(holder).collect::<Vec<u32>>(), [0], "{holder}");
            }
            assert_eq!(history.held_by("cus_4").count(), 0);
            // One of them has what the account holds: who is named by a row that can be read, else the first.
            let has_it = |holder: &&&str| account.holder(holder, standing).is_some();
            let whose = if rows.len() == all.len() { "cus_2" } else { "cus_1" };
            assert_eq!(["cus_1", "cus_2", "cus_3"].iter().filter(has_it).collect::<Vec<_>>(), [&whose]);
        }
    }

    #[test]
    fn the_best_number_is_found_among_any_times() {
        let expiring = |at| AccountNumbers { status: NumberStatus::Transactable, expires: at };
        let all = [Some(i64::MIN), Some(5), None, Some(i64::MAX)].map(expiring);
        assert_eq!(AccountNumbers::best(all), Some(all[2]));
        assert_eq!(AccountNumbers::best([all[1], all[0], all[3]]), Some(all[3]));
        assert_eq!(AccountNumbers::best([all[0]]), Some(all[0]));
    }

    /// Both ends of a range, and what lies just beyond each.
    fn edges(min: i64, max: i64) -> [(i64, bool); 4] {
        [(min - 1, false), (min, true), (max, true), (max + 1, false)]
    }
}
