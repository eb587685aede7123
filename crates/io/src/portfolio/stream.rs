//! The second reading: transactions, one pool after the other while they stand together, else all at once.

use std::sync::Arc;

use cashline_core::{
    defect::Whose,
    history::{HistoryBuilder, Room},
    ledger::Doubt,
    portfolio::Pool,
    row::{AccountRow, Row, TransactionRow},
};

use super::{
    CHUNK_POOLS, CHUNK_ROWS, Chunk, Inputs, Parking, Portfolio, holds_small_tables, holds_transactions,
    members::Place,
    park::{Parked, PoolRows},
    tables::{AccountRecord, BalanceRecord, ITEMS_BETWEEN_CHECKS},
};
use crate::{
    error::Error,
    read::{Batch, Facts, InputFile, Item, Table, truncated},
};

/// Rows of a page that Stripe's list endpoints answer with: by default, and at most.
const PAGE_ROWS: [u32; 2] = [10, 100];

/// How pools are put together.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Mode {
    /// One open pool; finished ones are handed on.
    Together,
    /// All pools open until the end, their rows parked.
    Grouped,
}

/// Why a pass over the transactions ended before its end.
enum Stop {
    /// A finished pool appeared again.
    Reappeared,
    /// A file that seemed to hold transactions alone holds rows of other tables too.
    Mixed,
    /// An error of a reader or of the caller.
    Failed(Error),
}

/// The newest `transacted_at` of all transactions, without keeping any.
pub(super) fn newest(inputs: Inputs<'_>) -> Result<Option<i64>, Error> {
    let mut newest = None;
    for file in inputs.files.iter().filter(|file| holds_transactions(file)) {
        inputs.read.batches(file, &mut |batch| {
            match batch {
                Batch::Transactions(rows) => newest = newest.max(rows.iter().map(|row| row.transacted_at).max()),
                Batch::Item(Item::Row(Row::Transaction(row))) => newest = newest.max(Some(row.transacted_at)),
                Batch::Only(_) | Batch::Seems(_) | Batch::Item(_) => {}
            }
            inputs.interrupt.check()
        })?;
    }
    Ok(newest)
}

pub(super) fn for_each_chunk(
    portfolio: &mut Portfolio<'_>,
    f: &mut dyn FnMut(Chunk) -> Result<(), Error>,
) -> Result<(), Error> {
    let parking = portfolio.parking.clone();
    let mut mode = Mode::Together;
    loop {
        portfolio.tally = portfolio.first.clone();
        portfolio.tally.regrouped = mode == Mode::Grouped;
        let mut pass = Pass::new(portfolio, mode, &parking, f);
        match pass.run() {
            // A doubt that came after its pool was handed on is known from the start of the next pass.
            Ok(LateDoubts::Some) => {}
            Ok(LateDoubts::None) => break,
            Err(Stop::Reappeared) => mode = Mode::Grouped,
            // Files of one export are alike: to learn it of each alone would be a reading of everything for each.
            Err(Stop::Mixed) => {
                portfolio.trusts_starts = false;
                portfolio.join()?;
            }
            Err(Stop::Failed(error)) => return Err(error),
        }
        f(Chunk::StartOver)?;
    }
    portfolio.members.conclude(&portfolio.tables, portfolio.rule, &mut portfolio.tally);
    // A row whose account leads to no applicant is as good as unreadable: nobody can say whom it misses.
    let Portfolio { members, tally, .. } = portfolio;
    let leads_nowhere = |account: &str| matches!(members.place(account), Some(Place::Unlisted | Place::WithoutHolder));
    let rows: u64 = tally.rejected().filter(|(account, _)| leads_nowhere(account)).map(|(_, rows)| rows).sum();
    let read = tally.transactions_of_unlisted_accounts + tally.balances_of_unlisted_accounts;
    tally.unattributed += rows + read + tally.rows_without_holder;
    if tally.accounts_of_nobody != 0 {
        let (accounts, of, rows) = (tally.accounts_of_nobody, tally.accounts, tally.rows_without_holder);
        tracing::warn!(accounts, of, rows, "accounts without a holder, and of no applicant: no application sees them");
    }
    if read != 0 {
        let accounts = tally.accounts_unlisted;
        tracing::warn!(accounts, rows = read, "rows of accounts that the accounts table does not list: nobody's");
    }
    if tally.applicants_without_accounts != 0 {
        let applicants = tally.applicants_without_accounts;
        tracing::warn!(
            applicants,
            "applicants without an account in the input: their applications are answered by the other applicants' accounts"
        );
    }
    if tally.consented_accounts_missing != 0 {
        let accounts = tally.consented_accounts_missing;
        tracing::warn!(accounts, "accounts that applicants consented to and that are not in the input");
    }
    if tally.accounts_with_round_page != 0 {
        let accounts = tally.accounts_with_round_page;
        tracing::warn!(accounts, "accounts with exactly one page of transactions: their export may be truncated");
    }
    Ok(())
}

/// Whether a row that was set aside tells which tables belong together, or what a correction may say.
fn joins(whose: &Whose) -> bool {
    matches!(whose, Whose::Account { holder: Some(_), .. } | Whose::Application { .. } | Whose::Transaction(_))
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum LateDoubts {
    None,
    Some,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    Untouched,
    Open,
    Finished,
}

/// One reading of all transactions.
struct Pass<'p, 'r, 'f> {
    portfolio: &'p mut Portfolio<'r>,
    f: &'f mut dyn FnMut(Chunk) -> Result<(), Error>,
    states: Vec<State>,
    // The rows of all pools in `Grouped` mode; in `Together` mode there is only `open`.
    parked: Option<Parked<'p>>,
    open: Option<(u32, HistoryBuilder)>,
    // What the pool before took, as a guess of what the next one takes.
    room: Room,
    ready: Vec<Pool>,
    ready_rows: u64,
    late: LateDoubts,
    // The corrections whose transaction was met, by their place.
    matched: Vec<bool>,
    // Transactions of each account, by its index in `Members`.
    rows: Vec<u32>,
    // The account of the row before, which need not be looked up again: id, index, place.
    last: (String, u32, Place),
    // The accounts of rows that are parked together.
    numbers: Vec<Option<u32>>,
}

impl<'p, 'r, 'f> Pass<'p, 'r, 'f> {
    fn new(
        portfolio: &'p mut Portfolio<'r>,
        mode: Mode,
        parking: &'p Parking,
        f: &'f mut dyn FnMut(Chunk) -> Result<(), Error>,
    ) -> Pass<'p, 'r, 'f> {
        let states = vec![State::Untouched; portfolio.members.pools as usize];
        let matched = vec![false; portfolio.corrections.as_ref().map_or(0, |corrections| corrections.len())];
        Pass {
            portfolio,
            f,
            states,
            parked: (mode == Mode::Grouped).then(|| Parked::new(parking)),
            open: None,
            room: Room::default(),
            ready: vec![],
            ready_rows: 0,
            late: LateDoubts::None,
            matched,
            rows: vec![],
            last: (String::new(), 0, Place::Unlisted),
            numbers: vec![],
        }
    }

    fn run(&mut self) -> Result<LateDoubts, Stop> {
        let inputs = self.portfolio.inputs;
        for file in inputs.files.iter().filter(|file| holds_transactions(file)) {
            if self.portfolio.tables.without_transactions.contains(&file.index) {
                continue;
            }
            self.file(file)?;
        }
        self.truncated().map_err(Stop::Failed)?;
        if self.late == LateDoubts::Some {
            return Ok(LateDoubts::Some);
        }
        self.portfolio.tally.accounts_with_round_page = self.round_pages();
        self.finish().map_err(Stop::Failed)?;
        self.conclude_corrections();
        Ok(LateDoubts::None)
    }

    /// Counts the corrections whose transaction was met, and tells those whose transaction was not.
    fn conclude_corrections(&mut self) {
        let Portfolio { corrections: Some(corrections), tally, .. } = &mut *self.portfolio else { return };
        for (place, matched) in (0_u32..).zip(&self.matched) {
            if *matched {
                tally.corrections_matched += 1;
            } else {
                tally.corrections_unmatched += 1;
                corrections.unmatched(place).for_each(|defect| tally.defect(defect.source.file, defect));
            }
        }
    }

    fn file(&mut self, file: &InputFile) -> Result<(), Stop> {
        let inputs = self.portfolio.inputs;
        let first_here = self.portfolio.tables.only_transactions.contains(&file.index);
        let read_before = holds_small_tables(file) && !first_here;
        let seems = self.portfolio.tables.seem_transactions.contains(&file.index);
        let late = |in_time: bool| (!in_time).then_some(Stop::Reappeared);
        let mut stop = None;
        let mut items = 0_u32;
        let outcome = inputs.read.batches(file, &mut |batch| {
            items = items.wrapping_add(1);
            if matches!(batch, Batch::Transactions(_)) || items.is_multiple_of(ITEMS_BETWEEN_CHECKS) {
                inputs.interrupt.check()?;
            }
            stop = match batch {
                Batch::Only(_) | Batch::Seems(_) => None,
                Batch::Transactions(rows) => late(self.transactions(file, rows)?),
                Batch::Item(Item::Row(Row::Transaction(row))) => late(self.transactions(file, &[row])?),
                Batch::Item(Item::Row(_)) if seems => Some(Stop::Mixed),
                Batch::Item(Item::Defect(defect)) if seems && joins(&defect.whose) => Some(Stop::Mixed),
                Batch::Item(item) => {
                    self.item(file, item, read_before);
                    None
                }
            };
            // Any error ends the file; this one is never seen.
            if stop.is_none() { Ok(()) } else { Err(Error::Interrupted { signal: 0 }) }
        });
        match (outcome, stop) {
            (Err(_), Some(stop)) => Err(stop),
            (Err(error), None) => Err(Stop::Failed(error)),
            (Ok(facts), _) => self.facts(file, facts).map_err(Stop::Failed),
        }
    }

    /// Keeps a file's digest; a file that was read twice must have been the same twice.
    fn facts(&mut self, file: &InputFile, facts: Facts) -> Result<(), Error> {
        let known = &mut self.portfolio.tally.files[file.index as usize].facts;
        match known {
            Some(known) if known.sha256 != facts.sha256 => Err(Error::Changed { path: file.path.clone() }),
            Some(_) => Ok(()),
            None => {
                *known = Some(facts);
                Ok(())
            }
        }
    }

    /// Takes anything but transactions.
    fn item(&mut self, file: &InputFile, item: Item<'_>, read_before: bool) {
        match item {
            Item::Row(Row::Truncated { account }) => self.doubt(account, Doubt::TruncatedExport),
            // The rest of a file that was read before has been taken then.
            _ if read_before => {}
            Item::Defect(defect) => {
                match &defect.whose {
                    Whose::Account { id, .. } => self.doubt(id, Doubt::RejectedRow),
                    // Known before the tables are joined.
                    Whose::Application { .. } | Whose::Transaction(_) => {}
                    Whose::Unknown => self.portfolio.tally.unattributed += 1,
                }
                self.portfolio.tally.defect(file.index, defect);
            }
            Item::Ignored(kind) => *self.portfolio.tally.ignored.entry(kind).or_default() += 1,
            Item::Row(_) => {}
        }
    }

    /// Takes rows that stand one after the other; false when a row's pool was finished before.
    fn transactions(&mut self, file: &InputFile, rows: &[TransactionRow<'_>]) -> Result<bool, Error> {
        let tally = &mut self.portfolio.tally;
        tally.rows_of(file.index, Table::Transactions, rows.len() as u64);
        let times = || rows.iter().map(|row| row.transacted_at);
        let (newest, t) = (times().max(), self.portfolio.members.latest);
        tally.newest = tally.newest.max(newest);
        // Rows from T on are the exception, so that most batches are looked through once.
        let before = if newest < t { newest } else { times().filter(|at| Some(*at) < t).max() };
        tally.newest_before_t = tally.newest_before_t.max(before);
        if let Some(corrections) = &self.portfolio.corrections {
            for place in rows.iter().filter_map(|row| corrections.place(row.id)) {
                self.matched[place as usize] = true;
            }
        }
        if self.parked.is_some() {
            return self.park(rows).map(|()| true);
        }
        // A reader that reads an account's text once lends the same text to all its rows.
        let same = |a: &TransactionRow<'_>, b: &TransactionRow<'_>| {
            std::ptr::eq(a.account, b.account) || a.account == b.account
        };
        for run in rows.chunk_by(same) {
            if !self.run_of_account(run)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// `Together`: takes rows of one account; false when its pool was finished before.
    fn run_of_account(&mut self, rows: &[TransactionRow<'_>]) -> Result<bool, Error> {
        let Some(first) = rows.first() else { return Ok(true) };
        let place = if first.account == self.last.0 { self.last.2 } else { self.look_up(first.account) };
        let count = rows.len() as u64;
        self.count(self.last.1, count);
        let Some(pool) = self.pool_of(place, count) else { return Ok(true) };
        if self.states[pool as usize] == State::Finished {
            return Ok(false);
        }
        self.turn_to(pool)?;
        if let Some((_, builder)) = &mut self.open {
            builder.checked_transactions(rows);
            self.ready_rows += count;
        }
        Ok(true)
    }

    /// `Grouped`: parks rows of whatever accounts.
    fn park(&mut self, rows: &[TransactionRow<'_>]) -> Result<(), Error> {
        let mut numbers = std::mem::take(&mut self.numbers);
        self.portfolio.members.words.accounts.numbers(rows.iter().map(|row| row.account), &mut numbers);
        for (row, number) in rows.iter().zip(&numbers) {
            let place = number.and_then(|account| self.portfolio.members.places.get(account as usize)).copied();
            let (account, place) = match (*number, place) {
                (Some(account), Some(place)) if place != Place::Unnamed => (account, place),
                _ => {
                    let place = self.look_up(row.account);
                    (self.last.1, place)
                }
            };
            self.count(account, 1);
            if let (Some(pool), Some(parked)) = (self.pool_of(place, 1), &mut self.parked) {
                parked.push(pool, account, row)?;
            }
        }
        self.numbers = numbers;
        Ok(())
    }

    /// The pool that so many rows go to, if they do; counts them either way.
    fn pool_of(&mut self, place: Place, rows: u64) -> Option<u32> {
        let tally = &mut self.portfolio.tally;
        match place {
            Place::Pool(pool) => {
                tally.transactions_pooled += rows;
                return Some(pool);
            }
            Place::WithoutApplication | Place::WithoutHolder => {
                tally.transactions_without_application += rows;
                tally.rows_without_holder += if place == Place::WithoutHolder { rows } else { 0 };
            }
            Place::Unlisted | Place::Unnamed => tally.transactions_of_unlisted_accounts += rows,
        }
        None
    }

    fn look_up(&mut self, account: &str) -> Place {
        let members = &mut self.portfolio.members;
        let index = members.account(account);
        let place = members.places[index as usize];
        self.states.resize(members.pools as usize, State::Untouched);
        self.last.0.clear();
        self.last.0.push_str(account);
        (self.last.1, self.last.2) = (index, place);
        place
    }

    fn count(&mut self, account: u32, rows: u64) {
        let at = account as usize;
        if self.rows.len() <= at {
            self.rows.resize(at + 1, 0);
        }
        self.rows[at] = self.rows[at].saturating_add(u32::try_from(rows).unwrap_or(u32::MAX));
    }

    /// Accounts of pools with exactly one page of rows.
    fn round_pages(&self) -> u64 {
        let places = &self.portfolio.members.places;
        let pooled = self.rows.iter().zip(places).filter(|(_, place)| matches!(place, Place::Pool(_)));
        pooled.filter(|(rows, _)| PAGE_ROWS.contains(rows)).count() as u64
    }

    /// `Together`: finishes the open pool unless it is this one, and opens this one.
    fn turn_to(&mut self, pool: u32) -> Result<(), Error> {
        if self.open.as_ref().is_some_and(|open| open.0 == pool) {
            return Ok(());
        }
        self.finish_open();
        self.hand_on_if_full()?;
        self.states[pool as usize] = State::Open;
        self.open = Some((pool, HistoryBuilder::with_room(self.room.doubled())));
        Ok(())
    }

    fn finish_open(&mut self) {
        if let Some((pool, mut builder)) = self.open.take() {
            self.room = builder.room();
            builder.trim();
            self.complete(pool, builder);
        }
    }

    /// Adds what the small tables hold of a pool, and its doubts.
    fn complete(&mut self, pool: u32, mut builder: HistoryBuilder) {
        self.states[pool as usize] = State::Finished;
        let Portfolio { rule, tables, members, doubts, corrections, .. } = &*self.portfolio;
        for row in members.account_rows(pool) {
            let row = tables.accounts.get::<AccountRecord<'_>>(row).whole(&members.words);
            // A holder that is null is the one that other versions name, or the account itself.
            let holder = row.holder.or_else(|| Some(members.holder(row.id)));
            builder.account(&AccountRow { holder, ..row });
        }
        for (account, holder) in members.set_aside_of.get(&pool).into_iter().flatten() {
            let [account, holder] = [members.words.accounts.get(*account), members.words.holders.get(*holder)];
            builder.account_set_aside(account, holder);
        }
        for row in members.balance_rows_of.of(pool) {
            builder.balance(&tables.balances.get::<BalanceRecord<'_>>(row).whole(&members.words));
        }
        for account in members.accounts_of.of(pool) {
            let id = members.words.accounts.get(account);
            for doubt in doubts.get(id).into_iter().flatten() {
                builder.doubt(id, *doubt);
            }
        }
        if let Some(corrections) = corrections {
            builder.corrections(Arc::clone(corrections));
        }
        self.ready.push(Pool { rows: builder, applications: members.applications(tables, *rule, pool) });
    }

    fn hand_on_if_full(&mut self) -> Result<(), Error> {
        if CHUNK_ROWS <= self.ready_rows || CHUNK_POOLS <= self.ready.len() { self.hand_on() } else { Ok(()) }
    }

    fn hand_on(&mut self) -> Result<(), Error> {
        self.ready_rows = 0;
        if self.ready.is_empty() {
            return Ok(());
        }
        (self.f)(Chunk::Pools(std::mem::take(&mut self.ready)))
    }

    /// Hands on what is left: open pools, and pools without any transaction.
    fn finish(&mut self) -> Result<(), Error> {
        self.finish_open();
        // An account all of whose rows were set aside still has its place, and its doubt.
        let Portfolio { doubts, members, .. } = &mut *self.portfolio;
        for account in doubts.keys() {
            members.account(account);
        }
        self.states.resize(self.portfolio.members.pools as usize, State::Untouched);
        let pools = u32::try_from(self.states.len()).expect("numbered by u32");
        match self.parked.take() {
            Some(parked) => {
                let interrupt = self.portfolio.inputs.interrupt;
                parked.each_pool(pools, interrupt, &mut |pool, rows| self.build(pool, rows))?;
            }
            None => {
                for pool in 0..pools {
                    if self.states[pool as usize] != State::Finished {
                        self.complete(pool, HistoryBuilder::default());
                        self.hand_on_if_full()?;
                    }
                }
            }
        }
        self.hand_on()
    }

    /// `Grouped`: builds a pool.
    fn build(&mut self, pool: u32, rows: &PoolRows<'_>) -> Result<(), Error> {
        let mut builder = HistoryBuilder::with_room(rows.room());
        rows.batches(&self.portfolio.members.words.accounts, &mut |rows| builder.checked_transactions(rows))?;
        builder.trim();
        self.ready_rows += builder.row_count() as u64;
        self.complete(pool, builder);
        self.hand_on_if_full()
    }

    fn doubt(&mut self, account: &str, doubt: Doubt) {
        let is_new = self.portfolio.doubts.entry(account.into()).or_default().insert(doubt);
        if is_new
            && let Place::Pool(pool) = self.look_up(account)
            && self.states[pool as usize] == State::Finished
        {
            self.late = LateDoubts::Some;
        }
    }

    /// Lists that end with `has_more: true` in all files that hold their pages.
    fn truncated(&mut self) -> Result<(), Error> {
        let Portfolio { inputs, tally, .. } = &*self.portfolio;
        let files: Vec<(&InputFile, &Facts)> = inputs
            .files
            .iter()
            .filter_map(|file| tally.files[file.index as usize].facts.as_ref().map(|facts| (file, facts)))
            .collect();
        for account in truncated(&files)? {
            self.doubt(&account, Doubt::TruncatedExport);
        }
        Ok(())
    }
}
