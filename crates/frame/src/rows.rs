//! Frames to rows, under the same rules as at the other doors: a bad cell is a defect of its row.

use cashline_core::{
    defect::{DefectKind, Source, Whose},
    field,
    money::Currency,
    row::{
        AccountCategory, AccountRow, AccountStatus, AccountSubcategory, ApplicationRow, AsOf, BalanceOrigin,
        BalanceRow, CorrectionRow, HolderKind, Permissions, Refresh, RefreshStatus, Row, TransactionRow,
    },
    time::Zone,
};
use cashline_io::{
    error::Error,
    read::{Item, Sink, Table, prohibited_column, words},
};
use polars::prelude::DataType;

use crate::{
    FrameError, Frames,
    cell::{Finder, Flags, Lists, Texts, Wholes},
    defect,
};

/// The frames with their columns found and typed.
pub(crate) struct Tables {
    applications: Option<Applications>,
    accounts: Option<Accounts>,
    balances: Option<Balances>,
    transactions: Option<Transactions>,
    corrections: Option<Corrections>,
}

struct Applications {
    height: usize,
    application_id: Texts,
    applicant_id: Texts,
    as_of: Option<Wholes>,
    as_of_is_instant: bool,
    role: Option<Texts>,
    requested_amount: Option<Wholes>,
    term_months: Option<Wholes>,
    instalment_amount: Option<Wholes>,
    stated_income: Option<Wholes>,
    currency: Option<Texts>,
    account_ids: Option<Lists>,
}

struct Accounts {
    height: usize,
    id: Texts,
    holder: Option<Texts>,
    holder_type: Option<Texts>,
    institution_name: Option<Texts>,
    last4: Option<Texts>,
    category: Option<Texts>,
    subcategory: Option<Texts>,
    status: Option<Texts>,
    created: Option<Wholes>,
    livemode: Option<Flags>,
    permissions: Option<Lists>,
    balance_refresh: (Option<Texts>, Option<Wholes>),
    transaction_refresh: (Option<Texts>, Option<Wholes>),
}

struct Balances {
    height: usize,
    account: Texts,
    as_of: Wholes,
    currency: Texts,
    current: Wholes,
    available: Option<Wholes>,
    origin: Option<Texts>,
}

struct Transactions {
    height: usize,
    id: Texts,
    account: Texts,
    amount: Wholes,
    currency: Texts,
    description: Texts,
    status: Texts,
    transacted_at: Wholes,
    posted_at: Option<Wholes>,
    void_at: Option<Wholes>,
    updated: Option<Wholes>,
    livemode: Option<Flags>,
}

struct Corrections {
    height: usize,
    transaction_id: Texts,
    action: Texts,
    purpose: Option<Texts>,
    by: Texts,
    why: Texts,
    at: Wholes,
    at_is_instant: bool,
}

impl Tables {
    /// Finds every column and checks its type.
    pub(crate) fn check(frames: &Frames<'_>) -> Result<Tables, FrameError> {
        let finder = |table: Table, frame| Finder { table: table.name(), frame };
        let applications = frames.applications.map(|frame| applications(finder(Table::Applications, frame)));
        let accounts = frames.accounts.map(|frame| accounts(finder(Table::Accounts, frame)));
        let balances = frames.balances.map(|frame| balances(finder(Table::Balances, frame)));
        let transactions = frames.transactions.map(|frame| transactions(finder(Table::Transactions, frame)));
        let corrections = frames.corrections.map(|frame| corrections(finder(Table::Corrections, frame)));
        Ok(Tables {
            applications: applications.transpose()?,
            accounts: accounts.transpose()?,
            balances: balances.transpose()?,
            transactions: transactions.transpose()?,
            corrections: corrections.transpose()?,
        })
    }

    /// The frames there are, numbered from 0 without gaps.
    pub(crate) fn names(&self) -> Vec<(u32, Table)> {
        let there = [
            (self.applications.is_some(), Table::Applications),
            (self.accounts.is_some(), Table::Accounts),
            (self.balances.is_some(), Table::Balances),
            (self.transactions.is_some(), Table::Transactions),
            (self.corrections.is_some(), Table::Corrections),
        ];
        (0_u32..).zip(there.into_iter().filter(|one| one.0)).map(|(index, (_, table))| (index, table)).collect()
    }

    /// Hands over every row of a frame.
    pub(crate) fn read(&self, index: u32, sink: &mut Sink<'_>) -> Result<(), Error> {
        let names = self.names();
        let Some((_, table)) = names.iter().find(|one| one.0 == index) else { return Ok(()) };
        match table {
            Table::Applications => each(self.applications.as_ref().map(|frame| frame.height), |row| {
                self.applications.as_ref().map_or(Ok(()), |frame| emit(frame.row(index, row), sink))
            }),
            Table::Accounts => each(self.accounts.as_ref().map(|frame| frame.height), |row| {
                self.accounts.as_ref().map_or(Ok(()), |frame| emit(frame.row(index, row), sink))
            }),
            Table::Balances => each(self.balances.as_ref().map(|frame| frame.height), |row| {
                self.balances.as_ref().map_or(Ok(()), |frame| emit(frame.row(index, row), sink))
            }),
            Table::Transactions => each(self.transactions.as_ref().map(|frame| frame.height), |row| {
                self.transactions.as_ref().map_or(Ok(()), |frame| emit(frame.row(index, row), sink))
            }),
            Table::Corrections => each(self.corrections.as_ref().map(|frame| frame.height), |row| {
                self.corrections.as_ref().map_or(Ok(()), |frame| emit(frame.row(index, row), sink))
            }),
        }
    }
}

fn each(height: Option<usize>, mut row: impl FnMut(usize) -> Result<(), Error>) -> Result<(), Error> {
    (0..height.unwrap_or(0)).try_for_each(&mut row)
}

fn emit(item: Item<'_>, sink: &mut Sink<'_>) -> Result<(), Error> {
    sink(item)
}

fn applications(frame: Finder<'_>) -> Result<Applications, FrameError> {
    if let Some(why) = frame.frame.get_column_names().into_iter().find_map(|name| prohibited_column(name)) {
        return Err(FrameError::Prohibited(why));
    }
    Ok(Applications {
        height: frame.frame.height(),
        application_id: frame.texts("application_id")?,
        applicant_id: frame.texts("applicant_id")?,
        as_of: frame.maybe_wholes("as_of")?,
        as_of_is_instant: frame.find("as_of").is_some_and(|column| column.dtype() != &DataType::Date),
        role: frame.maybe_texts("role")?,
        requested_amount: frame.maybe_wholes("requested_amount")?,
        term_months: frame.maybe_wholes("term_months")?,
        instalment_amount: frame.maybe_wholes("instalment_amount")?,
        stated_income: frame.maybe_wholes("stated_income")?,
        currency: frame.maybe_texts("currency")?,
        account_ids: frame.maybe_lists("account_ids")?,
    })
}

fn accounts(frame: Finder<'_>) -> Result<Accounts, FrameError> {
    Ok(Accounts {
        height: frame.frame.height(),
        id: frame.texts("id")?,
        holder: frame.maybe_texts("holder")?,
        holder_type: frame.maybe_texts("holder_type")?,
        institution_name: frame.maybe_texts("institution_name")?,
        last4: frame.maybe_texts("last4")?,
        category: frame.maybe_texts("category")?,
        subcategory: frame.maybe_texts("subcategory")?,
        status: frame.maybe_texts("status")?,
        created: frame.maybe_wholes("created")?,
        livemode: frame.maybe_flags("livemode")?,
        permissions: frame.maybe_lists("permissions")?,
        balance_refresh: (frame.maybe_texts("balance_refresh_status")?, frame.maybe_wholes("balance_refresh_at")?),
        transaction_refresh: (
            frame.maybe_texts("transaction_refresh_status")?,
            frame.maybe_wholes("transaction_refresh_at")?,
        ),
    })
}

fn balances(frame: Finder<'_>) -> Result<Balances, FrameError> {
    Ok(Balances {
        height: frame.frame.height(),
        account: frame.texts("account")?,
        as_of: frame.wholes("as_of")?,
        currency: frame.texts("currency")?,
        current: frame.wholes("current")?,
        available: frame.maybe_wholes("available")?,
        origin: frame.maybe_texts("origin")?,
    })
}

fn transactions(frame: Finder<'_>) -> Result<Transactions, FrameError> {
    Ok(Transactions {
        height: frame.frame.height(),
        id: frame.texts("id")?,
        account: frame.texts("account")?,
        amount: frame.wholes("amount")?,
        currency: frame.texts("currency")?,
        description: frame.texts("description")?,
        status: frame.texts("status")?,
        transacted_at: frame.wholes("transacted_at")?,
        posted_at: frame.maybe_wholes("posted_at")?,
        void_at: frame.maybe_wholes("void_at")?,
        updated: frame.maybe_wholes("updated")?,
        livemode: frame.maybe_flags("livemode")?,
    })
}

fn corrections(frame: Finder<'_>) -> Result<Corrections, FrameError> {
    Ok(Corrections {
        height: frame.frame.height(),
        transaction_id: frame.texts("transaction_id")?,
        action: frame.texts("action")?,
        purpose: frame.maybe_texts("purpose")?,
        by: frame.texts("by")?,
        why: frame.texts("why")?,
        at: frame.wholes("at")?,
        at_is_instant: frame.find("at").is_some_and(|column| column.dtype() != &DataType::Date),
    })
}

/// What is wrong with a cell.
type Fault = (&'static str, DefectKind);

impl Applications {
    fn row(&self, index: u32, row: usize) -> Item<'_> {
        match self.read(index, row) {
            Ok(read) => Item::Row(Row::Application(read)),
            Err(fault) => Item::Defect(defect(index, row, fault, self.whose(row))),
        }
    }

    fn whose(&self, row: usize) -> Whose {
        id("", &self.application_id, row).map_or(Whose::Unknown, |application| Whose::Application {
            id: application.to_owned(),
            applicant: id("", &self.applicant_id, row).ok().map(str::to_owned),
        })
    }

    fn read(&self, index: u32, row: usize) -> Result<ApplicationRow<'_>, Fault> {
        Ok(ApplicationRow {
            application_id: id("application_id", &self.application_id, row)?,
            applicant_id: id("applicant_id", &self.applicant_id, row)?,
            as_of: self.as_of(row)?,
            role: words::role(word(self.role.as_ref(), row)).map_err(|kind| ("role", kind))?,
            requested_amount: whole("requested_amount", self.requested_amount.as_ref(), row, field::magnitude)?,
            term_months: whole("term_months", self.term_months.as_ref(), row, field::term_months)?,
            instalment_amount: whole("instalment_amount", self.instalment_amount.as_ref(), row, field::magnitude)?,
            stated_income: whole("stated_income", self.stated_income.as_ref(), row, field::magnitude)?,
            currency: word(self.currency.as_ref(), row).map(currency).transpose()?,
            account_ids: self.account_ids(row).map_err(|kind| ("account_ids", kind))?,
            extras: vec![],
            source: Source { file: index, line: row as u64 + 1 },
        })
    }

    fn as_of(&self, row: usize) -> Result<Option<AsOf>, Fault> {
        as_of("as_of", self.as_of.as_ref(), row, self.as_of_is_instant)
    }

    fn account_ids(&self, row: usize) -> Result<Vec<&str>, DefectKind> {
        let Some(lists) = &self.account_ids else { return Ok(vec![]) };
        lists.get(row)?.unwrap_or_default().iter().map(|id| field::id(id)).collect()
    }
}

/// A Date column holds the seconds of its days' midnights in UTC.
fn as_of(column: &'static str, values: Option<&Wholes>, row: usize, is_instant: bool) -> Result<Option<AsOf>, Fault> {
    if is_instant {
        return Ok(whole(column, values, row, field::instant)?.map(AsOf::Instant));
    }
    Ok(seconds(column, values, row)?.map(|value| AsOf::Date(Zone::utc().day(value))))
}

impl Accounts {
    fn row(&self, index: u32, row: usize) -> Item<'_> {
        match self.read(index, row) {
            Ok(read) => Item::Row(Row::Account(read)),
            Err(fault) => Item::Defect(defect(index, row, fault, self.whose(row))),
        }
    }

    fn whose(&self, row: usize) -> Whose {
        id("", &self.id, row).map_or(Whose::Unknown, |account| Whose::Account {
            id: account.to_owned(),
            holder: self.holder(row).ok().flatten().map(str::to_owned),
        })
    }

    fn holder(&self, row: usize) -> Result<Option<&str>, Fault> {
        word(self.holder.as_ref(), row).map(|text| field::id(text).map_err(|kind| ("holder", kind))).transpose()
    }

    fn permissions(&self, row: usize) -> Result<Option<Permissions>, Fault> {
        let Some(lists) = &self.permissions else { return Ok(None) };
        Ok(lists
            .get(row)
            .map_err(|kind| ("permissions", kind))?
            .map(|list| words::permissions(list.iter().map(String::as_str))))
    }

    fn read(&self, index: u32, row: usize) -> Result<AccountRow<'_>, Fault> {
        let holder_kind = match word(self.holder_type.as_ref(), row) {
            Some("account") => Some(HolderKind::Account),
            Some("customer") => Some(HolderKind::Customer),
            _ => None,
        };
        Ok(AccountRow {
            id: id("id", &self.id, row)?,
            holder: self.holder(row)?,
            holder_kind,
            institution_name: text("institution_name", self.institution_name.as_ref(), row)?,
            last4: text("last4", self.last4.as_ref(), row)?.filter(|text| !field::is_null_word(text)),
            category: word(self.category.as_ref(), row).map_or(AccountCategory::Unknown, words::category),
            subcategory: word(self.subcategory.as_ref(), row).map_or(AccountSubcategory::Unknown, words::subcategory),
            status: word(self.status.as_ref(), row).map_or(AccountStatus::Unknown, words::account_status),
            permissions: self.permissions(row)?,
            created: seconds("created", self.created.as_ref(), row)?,
            livemode: self.livemode.as_ref().and_then(|column| column.get(row)),
            balance_refresh: refresh("balance_refresh_at", &self.balance_refresh, row)?,
            transaction_refresh: refresh("transaction_refresh_at", &self.transaction_refresh, row)?,
            known_at: None,
            expected_deactivation: None,
            authorization: None,
            numbers: None,
            ach_debit: None,
            change: None,
            source: Source { file: index, line: row as u64 + 1 },
        })
    }
}

impl Balances {
    fn row(&self, index: u32, row: usize) -> Item<'_> {
        match self.read(index, row) {
            Ok(read) => Item::Row(Row::Balance(read)),
            Err(fault) => Item::Defect(defect(index, row, fault, of_account(&self.account, row))),
        }
    }

    fn read(&self, index: u32, row: usize) -> Result<BalanceRow<'_>, Fault> {
        let inferred = self.origin.as_ref().and_then(|column| column.get(row)) == Some("inferred");
        Ok(BalanceRow {
            account: id("account", &self.account, row)?,
            as_of: required("as_of", seconds("as_of", Some(&self.as_of), row)?)?,
            currency: currency(required("currency", given(&self.currency, row))?)?,
            current: required("current", whole("current", Some(&self.current), row, field::amount)?)?,
            available: whole("available", self.available.as_ref(), row, field::amount)?,
            origin: if inferred { BalanceOrigin::Inferred } else { BalanceOrigin::Reported },
            source: Source { file: index, line: row as u64 + 1 },
        })
    }
}

impl Transactions {
    fn row(&self, index: u32, row: usize) -> Item<'_> {
        match self.read(index, row) {
            Ok(read) => Item::Row(Row::Transaction(read)),
            Err(fault) => Item::Defect(defect(index, row, fault, of_account(&self.account, row))),
        }
    }

    fn read(&self, index: u32, row: usize) -> Result<TransactionRow<'_>, Fault> {
        let status = words::transaction_status(required("status", given(&self.status, row))?);
        let status = status.ok_or(("status", DefectKind::UnknownStatus))?;
        Ok(TransactionRow {
            id: id("id", &self.id, row)?,
            account: id("account", &self.account, row)?,
            amount: required("amount", whole("amount", Some(&self.amount), row, field::amount)?)?,
            currency: currency(required("currency", given(&self.currency, row))?)?,
            description: text("description", Some(&self.description), row)?.unwrap_or_default(),
            livemode: self.livemode.as_ref().and_then(|column| column.get(row)),
            status,
            transacted_at: required("transacted_at", seconds("transacted_at", Some(&self.transacted_at), row)?)?,
            posted_at: seconds("posted_at", self.posted_at.as_ref(), row)?,
            void_at: seconds("void_at", self.void_at.as_ref(), row)?,
            updated: seconds("updated", self.updated.as_ref(), row)?,
            source: Source { file: index, line: row as u64 + 1 },
        })
    }
}

impl Corrections {
    fn row(&self, index: u32, row: usize) -> Item<'_> {
        match self.read(index, row) {
            Ok(read) => Item::Row(Row::Correction(read)),
            Err(fault) => {
                let whose = id("", &self.transaction_id, row).map(|id| Whose::Transaction(id.to_owned()));
                Item::Defect(defect(index, row, fault, whose.unwrap_or_default()))
            }
        }
    }

    fn read(&self, index: u32, row: usize) -> Result<CorrectionRow<'_>, Fault> {
        Ok(CorrectionRow {
            transaction_id: id("transaction_id", &self.transaction_id, row)?,
            action: word(Some(&self.action), row).unwrap_or_default(),
            purpose: word(self.purpose.as_ref(), row),
            by: text("by", Some(&self.by), row)?.unwrap_or_default(),
            why: text("why", Some(&self.why), row)?.unwrap_or_default(),
            at: required("at", as_of("at", Some(&self.at), row, self.at_is_instant)?)?,
            source: Source { file: index, line: row as u64 + 1 },
        })
    }
}

/// Whose a faulty row of an account is.
fn of_account(account: &Texts, row: usize) -> Whose {
    id("", account, row).map_or(Whose::Unknown, Whose::account)
}

/// A text as it stands; empty is nothing.
fn given(texts: &Texts, row: usize) -> Option<&str> {
    texts.get(row).filter(|text| !text.is_empty())
}

/// A word in a column that may be null, in any of the ways in which tools write null.
fn word(column: Option<&Texts>, row: usize) -> Option<&str> {
    given(column?, row).filter(|text| !field::is_null_word(text))
}

/// Free text: a payee may be called None.
fn text<'t>(column: &'static str, texts: Option<&'t Texts>, row: usize) -> Result<Option<&'t str>, Fault> {
    texts.and_then(|texts| given(texts, row)).map(|text| field::text(text).map_err(|kind| (column, kind))).transpose()
}

fn required<T>(column: &'static str, value: Option<T>) -> Result<T, Fault> {
    value.ok_or((column, DefectKind::MissingValue))
}

fn id<'t>(column: &'static str, texts: &'t Texts, row: usize) -> Result<&'t str, Fault> {
    field::id(texts.get(row).unwrap_or_default()).map_err(|kind| (column, kind))
}

/// A whole number within the limits that `check` knows.
fn whole<T>(
    column: &'static str,
    values: Option<&Wholes>,
    row: usize,
    check: fn(i64) -> Result<T, DefectKind>,
) -> Result<Option<T>, Fault> {
    let value = values.map_or(Ok(None), |values| values.get(row)).map_err(|kind| (column, kind))?;
    value.map(check).transpose().map_err(|kind| (column, kind))
}

fn seconds(column: &'static str, values: Option<&Wholes>, row: usize) -> Result<Option<i64>, Fault> {
    whole(column, values, row, field::seconds)
}

fn currency(text: &str) -> Result<Currency, Fault> {
    Currency::parse(text).ok_or(("currency", DefectKind::NotACurrency))
}

fn refresh(
    column: &'static str,
    (status, at): &(Option<Texts>, Option<Wholes>),
    row: usize,
) -> Result<Option<Refresh>, Fault> {
    let last_attempted_at = seconds(column, at.as_ref(), row)?;
    let word = word(status.as_ref(), row);
    if word.is_none() && last_attempted_at.is_none() {
        return Ok(None);
    }
    let status = word.map_or(RefreshStatus::Unknown, words::refresh_status);
    Ok(Some(Refresh { status, last_attempted_at }))
}
