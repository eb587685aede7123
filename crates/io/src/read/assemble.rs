//! Cells to rows: the one place where a flat or typed table's values become the core's rows.

use cashline_core::{
    defect::{DefectKind, Source, Whose},
    money::Currency,
    row::{
        AccountNumbers, AccountRow, AccountStatus, AccountSubcategory, BalanceOrigin, BalanceRow, HolderKind,
        NumberStatus, Refresh, RefreshStatus, Row, TransactionRow, TransactionStatus,
    },
};

use crate::{
    error::Error,
    read::{
        Item, Sink,
        cell::{self, Cell},
        nested::Nested,
        table::{Cells, Fault, defect},
        words,
    },
};

/// Slots of [`crate::read::tables::TRANSACTIONS`].
pub(crate) mod slot_transaction {
    pub(crate) const ID: usize = 0;
    pub(crate) const ACCOUNT: usize = 1;
    pub(crate) const AMOUNT: usize = 2;
    pub(crate) const CURRENCY: usize = 3;
    pub(crate) const DESCRIPTION: usize = 4;
    pub(crate) const LIVEMODE: usize = 5;
    pub(crate) const STATUS: usize = 6;
    pub(crate) const TRANSACTED_AT: usize = 7;
    pub(crate) const POSTED_AT: usize = 8;
    pub(crate) const VOID_AT: usize = 9;
    pub(crate) const UPDATED: usize = 10;
    pub(crate) const OBJECT: usize = 11;
}

/// A row whose fields are yet to be read.
pub(super) fn blank_transaction<'r>(source: Source) -> TransactionRow<'r> {
    TransactionRow {
        id: "",
        account: "",
        amount: 0,
        currency: Currency::USD,
        description: "",
        livemode: None,
        status: TransactionStatus::Posted,
        transacted_at: 0,
        posted_at: None,
        void_at: None,
        updated: None,
        source,
    }
}

/// Slots of [`crate::read::tables::ACCOUNTS`].
mod slot_account {
    pub(super) const ID: usize = 0;
    pub(super) const OBJECT: usize = 1;
    pub(super) const HOLDER_TYPE: usize = 2;
    pub(super) const HOLDER_CUSTOMER: usize = 3;
    pub(super) const HOLDER_CUSTOMER_ACCOUNT: usize = 4;
    pub(super) const HOLDER_ACCOUNT: usize = 5;
    pub(super) const INSTITUTION_NAME: usize = 6;
    pub(super) const LAST4: usize = 7;
    pub(super) const CATEGORY: usize = 8;
    pub(super) const SUBCATEGORY: usize = 9;
    pub(super) const STATUS: usize = 10;
    pub(super) const PERMISSIONS: usize = 11;
    pub(super) const CREATED: usize = 12;
    pub(super) const LIVEMODE: usize = 13;
    pub(super) const BALANCE_AS_OF: usize = 14;
    pub(super) const BALANCE_CURRENT: usize = 15;
    pub(super) const BALANCE_AVAILABLE: usize = 16;
    pub(super) const BALANCE_USED: usize = 17;
    pub(super) const BALANCE_REFRESH_STATUS: usize = 18;
    pub(super) const BALANCE_REFRESH_ATTEMPT: usize = 19;
    pub(super) const TRANSACTION_REFRESH_STATUS: usize = 20;
    pub(super) const TRANSACTION_REFRESH_ATTEMPT: usize = 21;
    pub(super) const BALANCE_TYPE: usize = 22;
    pub(super) const EXPECTED_DEACTIVATION: usize = 23;
    pub(super) const AUTHORIZATION: usize = 24;
    pub(super) const ACCOUNT_NUMBERS: usize = 25;
    pub(super) const PAYMENT_METHODS: usize = 26;
}

/// Slots of [`crate::read::tables::BALANCES`].
mod slot_balance {
    pub(super) const ACCOUNT: usize = 0;
    pub(super) const AS_OF: usize = 1;
    pub(super) const CURRENT: usize = 2;
    pub(super) const CURRENCY: usize = 3;
    pub(super) const AVAILABLE: usize = 4;
    pub(super) const USED: usize = 5;
    pub(super) const OBJECT: usize = 6;
}

/// Refuses a row whose `object` says that it is something else.
fn check_object(cells: &Cells<'_>, slot: usize, names: &[&str]) -> Result<(), Fault> {
    match cells.read(slot, cell::word_or_null)? {
        Some(object) if !names.contains(&object) => Err(cells.fault(slot, DefectKind::UnknownObject)),
        _ => Ok(()),
    }
}

/// What a transaction's `object` says.
pub(crate) const TRANSACTION_OBJECT: &str = "financial_connections.transaction";

/// A transaction.
pub(crate) fn transaction<'r>(cells: &Cells<'r>, source: Source) -> Result<TransactionRow<'r>, Fault> {
    use slot_transaction as slot;
    check_object(cells, slot::OBJECT, &[TRANSACTION_OBJECT])?;
    let status = match cells.read(slot::STATUS, cell::text)? {
        "" => return Err(cells.fault(slot::STATUS, DefectKind::MissingValue)),
        word => words::transaction_status(word).ok_or_else(|| cells.fault(slot::STATUS, DefectKind::UnknownStatus))?,
    };
    let updated = match cells.get(slot::UPDATED).nullable() {
        Cell::Null => None,
        _ => Some(cells.read(slot::UPDATED, cell::seconds)?),
    };
    Ok(TransactionRow {
        id: cells.read(slot::ID, cell::id)?,
        account: cells.read(slot::ACCOUNT, cell::id)?,
        amount: cells.read(slot::AMOUNT, cell::amount)?,
        currency: cells.read(slot::CURRENCY, cell::currency)?,
        description: cells.read(slot::DESCRIPTION, cell::text)?,
        livemode: cells.read(slot::LIVEMODE, cell::boolean_or_null)?,
        status,
        transacted_at: cells.read(slot::TRANSACTED_AT, cell::seconds)?,
        posted_at: cells.read(slot::POSTED_AT, cell::seconds_or_null)?,
        void_at: cells.read(slot::VOID_AT, cell::seconds_or_null)?,
        updated,
        source,
    })
}

/// An account and the balances that stand on its row.
pub(crate) fn account(cells: &Cells<'_>, source: Source, sink: &mut Sink<'_>) -> Result<(), Error> {
    let mut room = String::new();
    let row = match account_row(cells, source, &mut room) {
        Ok(row) => row,
        Err(fault) => return sink(Item::Defect(defect(fault, source, whose_account(cells)))),
    };
    let id = row.id;
    sink(Item::Row(Row::Account(row)))?;
    let (cash, credit) = (slot_account::BALANCE_AVAILABLE, slot_account::BALANCE_USED);
    let available = match cells.get(slot_account::BALANCE_TYPE).nullable() {
        Cell::Text("credit") => [credit, credit],
        Cell::Text("cash") => [cash, cash],
        _ => [cash, credit],
    };
    let (as_of, current) = (slot_account::BALANCE_AS_OF, slot_account::BALANCE_CURRENT);
    let snapshot = Snapshot { account: id, origin: BalanceOrigin::Reported, as_of, current, available, source };
    let rows = snapshot.rows(cells);
    snapshot.hand_over(rows, sink)
}

fn account_row<'r>(cells: &Cells<'r>, source: Source, room: &'r mut String) -> Result<AccountRow<'r>, Fault> {
    use slot_account as slot;
    check_object(cells, slot::OBJECT, &["financial_connections.account", "linked_account"])?;
    let Some(category_word) = cells.read(slot::CATEGORY, cell::word_or_null)? else {
        return Err(cells.fault(slot::CATEGORY, DefectKind::MissingValue));
    };
    let subcategory_word = cells.read(slot::SUBCATEGORY, cell::word_or_null)?;
    let status_word = cells.read(slot::STATUS, cell::word_or_null)?;
    let (holder, holder_kind) = holder(cells)?;
    let created = match cells.get(slot::CREATED).nullable() {
        Cell::Null => None,
        _ => Some(cells.read(slot::CREATED, cell::seconds)?),
    };
    let last4 = cell::last4_or_null(cells.get(slot::LAST4), room).map_err(|kind| cells.fault(slot::LAST4, kind))?;
    Ok(AccountRow {
        id: cells.read(slot::ID, cell::id)?,
        holder,
        holder_kind,
        institution_name: Some(cells.read(slot::INSTITUTION_NAME, cell::text)?).filter(|name| !name.is_empty()),
        last4,
        category: words::category(category_word),
        subcategory: subcategory_word.map_or(AccountSubcategory::Unknown, words::subcategory),
        status: status_word.map_or(AccountStatus::Unknown, words::account_status),
        permissions: cells.read(slot::PERMISSIONS, cell::words_or_null)?.map(words::permissions),
        created,
        livemode: cells.read(slot::LIVEMODE, cell::boolean_or_null)?,
        balance_refresh: refresh(cells, slot::BALANCE_REFRESH_STATUS, slot::BALANCE_REFRESH_ATTEMPT)?,
        transaction_refresh: refresh(cells, slot::TRANSACTION_REFRESH_STATUS, slot::TRANSACTION_REFRESH_ATTEMPT)?,
        known_at: None,
        expected_deactivation: cells.read(slot::EXPECTED_DEACTIVATION, cell::seconds_or_null)?,
        authorization: cells.read(slot::AUTHORIZATION, cell::id_or_null)?,
        numbers: numbers(cells)?,
        ach_debit: cells.read(slot::PAYMENT_METHODS, cell::words_or_null)?.map(|methods| methods.contains(&words::ACH)),
        change: None,
        source,
    })
}

/// Whose a faulty transaction is.
pub(crate) fn whose_transaction(cells: &Cells<'_>) -> Whose {
    cell::id(cells.get(slot_transaction::ACCOUNT)).map_or(Whose::Unknown, Whose::account)
}

/// Whose a faulty balance is.
pub(crate) fn whose_balance(cells: &Cells<'_>) -> Whose {
    cell::id(cells.get(slot_balance::ACCOUNT)).map_or(Whose::Unknown, Whose::account)
}

/// Which account a faulty row of the accounts table is, and whose.
pub(crate) fn whose_account(cells: &Cells<'_>) -> Whose {
    cell::id(cells.get(slot_account::ID)).map_or(Whose::Unknown, |id| Whose::Account {
        id: id.to_owned(),
        holder: holder(cells).ok().and_then(|(holder, _)| holder).map(str::to_owned),
    })
}

/// The holder's id: an expanded object gives its `id`.
fn holder<'r>(cells: &Cells<'r>) -> Result<(Option<&'r str>, Option<HolderKind>), Fault> {
    use slot_account as slot;
    let id = |slot: usize| {
        let cell = match cells.get(slot) {
            Cell::Node(node @ Nested::Map(_)) => node.at("id").map_or(Cell::Null, Cell::Node),
            cell => cell,
        };
        cell::id_or_null(cell).map_err(|kind| cells.fault(slot, kind))
    };
    let customer = match id(slot::HOLDER_CUSTOMER)? {
        Some(customer) => Some(customer),
        None => id(slot::HOLDER_CUSTOMER_ACCOUNT)?,
    };
    let account = id(slot::HOLDER_ACCOUNT)?;
    Ok(match (cells.read(slot::HOLDER_TYPE, cell::word_or_null)?, customer, account) {
        (Some("account"), _, Some(account)) => (Some(account), Some(HolderKind::Account)),
        (Some("customer"), customer, account) => (customer.or(account), Some(HolderKind::Customer)),
        (Some("account"), customer, None) => (customer, Some(HolderKind::Account)),
        (_, Some(customer), _) => (Some(customer), Some(HolderKind::Customer)),
        (_, None, Some(account)) => (Some(account), Some(HolderKind::Account)),
        (_, None, None) => (None, None),
    })
}

fn refresh(cells: &Cells<'_>, status: usize, attempt: usize) -> Result<Option<Refresh>, Fault> {
    let last_attempted_at = cells.read(attempt, cell::seconds_or_null)?;
    let word = cells.read(status, cell::word_or_null)?;
    if word.is_none() && last_attempted_at.is_none() {
        return Ok(None);
    }
    let status = word.map_or(RefreshStatus::Unknown, words::refresh_status);
    Ok(Some(Refresh { status, last_attempted_at }))
}

/// The number that can pay longest, of a list of objects, typed or printed as text.
fn numbers(cells: &Cells<'_>) -> Result<Option<AccountNumbers>, Fault> {
    let slot = slot_account::ACCOUNT_NUMBERS;
    let bad = || cells.fault(slot, DefectKind::BadList);
    let parsed;
    let list = match cells.get(slot).nullable() {
        Cell::Node(list) => Some(list),
        Cell::Text(text) => {
            parsed = Nested::parse(text);
            parsed.as_ref()
        }
        _ => return Ok(None),
    };
    let Some(Nested::List(list)) = list else { return Err(bad()) };
    let mut read = Vec::with_capacity(list.len());
    for number in list {
        let Nested::Map(_) = number else { return Err(bad()) };
        let at = |path: &str| number.at(path).map_or(Cell::Null, Cell::Node);
        let status = cell::word_or_null(at("status")).map_err(|kind| cells.fault(slot, kind))?;
        let expires = cell::seconds_or_null(at("expected_expiry_date")).map_err(|kind| cells.fault(slot, kind))?;
        read.push(AccountNumbers { status: status.map_or(NumberStatus::Unknown, words::number_status), expires });
    }
    Ok(AccountNumbers::best(read))
}

/// Balance rows of a flat balances table.
pub(crate) fn balances(cells: &Cells<'_>, source: Source, sink: &mut Sink<'_>) -> Result<(), Error> {
    use slot_balance as slot;
    let inferred = "financial_connections.account_inferred_balance";
    let head = check_object(cells, slot::OBJECT, &[inferred]).and_then(|()| cells.read(slot::ACCOUNT, cell::id));
    let account = match head {
        Ok(account) => account,
        Err(fault) => return sink(Item::Defect(defect(fault, source, whose_balance(cells)))),
    };
    let origin = match cells.get(slot::OBJECT).nullable() {
        Cell::Null => BalanceOrigin::Reported,
        _ => BalanceOrigin::Inferred,
    };
    let snapshot = Snapshot {
        account,
        origin,
        as_of: slot::AS_OF,
        current: slot::CURRENT,
        available: [slot::AVAILABLE, slot::USED],
        source,
    };
    // One amount beside its currency, or a map.
    let scalar = match cells.get(slot::CURRENT) {
        Cell::Node(Nested::Map(_)) | Cell::Null => false,
        cell => !matches!(cell.nullable(), Cell::Null),
    };
    let rows = if scalar { snapshot.scalar(cells).map(|row| (vec![row], 0)) } else { snapshot.rows(cells) };
    let empty = rows.as_ref().is_ok_and(|(rows, without)| rows.is_empty() && *without == 0);
    let missing = cells.fault(slot::CURRENT, DefectKind::MissingValue);
    snapshot.hand_over(if empty { Err(missing) } else { rows }, sink)
}

fn amount_of(cells: &Cells<'_>, slot: usize, cell: Cell<'_>) -> Result<i64, Fault> {
    let amount = cell::amount_or_null(cell).and_then(|amount| amount.ok_or(DefectKind::MissingValue));
    amount.map_err(|kind| cells.fault(slot, kind))
}

/// A balance hash: one row for each currency of its map.
struct Snapshot<'r> {
    account: &'r str,
    origin: BalanceOrigin,
    as_of: usize,
    current: usize,
    available: [usize; 2],
    source: Source,
}

impl Snapshot<'_> {
    /// One amount beside its currency.
    fn scalar(&self, cells: &Cells<'_>) -> Result<BalanceRow<'_>, Fault> {
        let currency = cells.read(slot_balance::CURRENCY, cell::currency)?;
        let available = match cells.get(slot_balance::AVAILABLE).nullable() {
            Cell::Null => slot_balance::USED,
            _ => slot_balance::AVAILABLE,
        };
        let available = cells.read(available, cell::amount_or_null)?;
        let current = amount_of(cells, self.current, cells.get(self.current))?;
        Ok(self.row(self.read_as_of(cells)?, currency, current, available))
    }

    /// A row for each currency, ascending, and the number of amounts under the key `undefined`, as Stripe's own fixtures
    /// have it. One fault spoils the snapshot.
    fn rows(&self, cells: &Cells<'_>) -> Result<(Vec<BalanceRow<'_>>, u32), Fault> {
        let is_map = |slot: usize| matches!(cells.get(slot).nullable(), Cell::Null | Cell::Node(Nested::Map(_)));
        if let Some(slot) = [self.current].into_iter().chain(self.available).find(|slot| !is_map(*slot)) {
            return Err(cells.fault(slot, DefectKind::BadJson));
        }
        let available = self.available.map(|slot| cells.entries(slot));
        let mut rows = Vec::new();
        let mut without_currency = 0;
        for (key, amount) in cells.entries(self.current) {
            if key == "undefined" {
                without_currency += 1;
                continue;
            }
            let currency = Currency::parse(key).ok_or_else(|| cells.fault(self.current, DefectKind::NotACurrency))?;
            let beside = available.iter().zip(self.available).find_map(|(entries, slot)| {
                let entry = entries.iter().find(|entry| Currency::parse(entry.0) == Some(currency))?;
                Some((entry.1, slot))
            });
            let available = match beside {
                None => None,
                Some((cell, slot)) => cell::amount_or_null(cell).map_err(|kind| cells.fault(slot, kind))?,
            };
            let current = amount_of(cells, self.current, amount)?;
            rows.push(self.row(self.read_as_of(cells)?, currency, current, available));
        }
        rows.sort_by_key(|row| row.currency);
        if rows.windows(2).any(|pair| pair[0].currency == pair[1].currency) {
            return Err(cells.fault(self.current, DefectKind::DuplicateKey));
        }
        Ok((rows, without_currency))
    }

    fn row(&self, as_of: i64, currency: Currency, current: i64, available: Option<i64>) -> BalanceRow<'_> {
        BalanceRow {
            account: self.account,
            as_of,
            currency,
            current,
            available,
            origin: self.origin,
            source: self.source,
        }
    }

    fn read_as_of(&self, cells: &Cells<'_>) -> Result<i64, Fault> {
        let as_of = cells.read(self.as_of, cell::seconds_or_null)?;
        as_of.ok_or_else(|| cells.fault(self.as_of, DefectKind::MissingValue))
    }

    fn hand_over(&self, rows: Result<(Vec<BalanceRow<'_>>, u32), Fault>, sink: &mut Sink<'_>) -> Result<(), Error> {
        match rows {
            Ok((rows, without_currency)) => {
                rows.into_iter().try_for_each(|row| sink(Item::Row(Row::Balance(row))))?;
                (0..without_currency).try_for_each(|_| sink(Item::Ignored("balance without currency")))
            }
            Err(fault) => sink(Item::Defect(defect(fault, self.source, Whose::account(self.account)))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::tables::{ACCOUNTS, BALANCES, TRANSACTIONS};

    #[test]
    fn the_slots_name_the_columns_they_stand_for() {
        assert_eq!(TRANSACTIONS[slot_transaction::TRANSACTED_AT].path, "transacted_at");
        assert_eq!(TRANSACTIONS[slot_transaction::OBJECT].path, "object");
        assert_eq!(TRANSACTIONS[slot_transaction::POSTED_AT].path, "status_transitions.posted_at");
        assert_eq!(ACCOUNTS[slot_account::CREATED].path, "created");
        assert_eq!(ACCOUNTS[slot_account::BALANCE_USED].path, "balance.credit.used");
        assert_eq!(ACCOUNTS[slot_account::TRANSACTION_REFRESH_ATTEMPT].path, "transaction_refresh.last_attempted_at");
        let end = ACCOUNTS[slot_account::EXPECTED_DEACTIVATION].path;
        assert_eq!(end, "status_details.active.expected_deactivation_date");
        assert_eq!(ACCOUNTS[slot_account::PAYMENT_METHODS].path, "supported_payment_method_types");
        assert_eq!(BALANCES[slot_balance::USED].path, "used");
        assert_eq!(BALANCES[slot_balance::OBJECT].path, "object");
    }
}
