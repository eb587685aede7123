//! The tables that a file may hold: the one place that says what a table is called, which fields it has, whose rows they
//! are and how a row's cells become rows. CSV, Parquet and mapping files follow from it; JSON tells its objects apart by
//! their keys ([`crate::read::json`]).

use cashline_core::{
    defect::{Source, Whose},
    row::Row,
};

use crate::{
    error::Error,
    read::{
        Item, Sink, Table, application, assemble,
        cell::Cell,
        correction,
        table::{Cells, defect},
    },
};

/// What a column holds: how its cells are parsed, and which types a typed file may give it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Nature {
    /// An identifier, a word or free text.
    Text,
    /// Minor units.
    Amount,
    /// Seconds.
    Seconds,
    /// True or false.
    Boolean,
    /// A date or an instant.
    AsOf,
    /// A real number or a count.
    Number,
    /// A list of words.
    List,
    /// Minor units by currency.
    CurrencyMap,
    /// A list of objects, typed or printed as text.
    Objects,
}

/// A column that a table may have.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Column {
    /// Stripe's dotted path; defects name the column by it.
    pub(crate) path: &'static str,
    /// Other names that mean the same.
    pub(crate) aliases: &'static [&'static str],
    /// True when a table without it is refused.
    pub(crate) required: bool,
    /// What it holds.
    pub(crate) nature: Nature,
}

const fn column(path: &'static str, nature: Nature) -> Column {
    Column { path, aliases: &[], required: false, nature }
}

const fn required(path: &'static str, nature: Nature) -> Column {
    Column { path, aliases: &[], required: true, nature }
}

const fn alias(path: &'static str, aliases: &'static [&'static str], nature: Nature) -> Column {
    Column { path, aliases, required: false, nature }
}

/// Most fields of a table.
pub(crate) const SLOTS_MAX: usize = 27;

/// Fields of transactions; the constants of [`assemble::transaction`] index them.
pub(crate) const TRANSACTIONS: &[Column] = &[
    required("id", Nature::Text),
    required("account", Nature::Text),
    required("amount", Nature::Amount),
    required("currency", Nature::Text),
    column("description", Nature::Text),
    column("livemode", Nature::Boolean),
    required("status", Nature::Text),
    required("transacted_at", Nature::Seconds),
    alias("status_transitions.posted_at", &["posted_at"], Nature::Seconds),
    alias("status_transitions.void_at", &["void_at"], Nature::Seconds),
    column("updated", Nature::Seconds),
    column("object", Nature::Text),
];

/// Fields of accounts.
pub(crate) const ACCOUNTS: &[Column] = &[
    required("id", Nature::Text),
    column("object", Nature::Text),
    column("account_holder.type", Nature::Text),
    alias("account_holder.customer", &["account_holder.customer.id"], Nature::Text),
    column("account_holder.customer_account", Nature::Text),
    alias("account_holder.account", &["account_holder.account.id"], Nature::Text),
    column("institution_name", Nature::Text),
    column("last4", Nature::Text),
    required("category", Nature::Text),
    required("subcategory", Nature::Text),
    required("status", Nature::Text),
    column("permissions", Nature::List),
    column("created", Nature::Seconds),
    column("livemode", Nature::Boolean),
    column("balance.as_of", Nature::Seconds),
    column("balance.current", Nature::CurrencyMap),
    column("balance.cash.available", Nature::CurrencyMap),
    column("balance.credit.used", Nature::CurrencyMap),
    column("balance_refresh.status", Nature::Text),
    column("balance_refresh.last_attempted_at", Nature::Seconds),
    column("transaction_refresh.status", Nature::Text),
    column("transaction_refresh.last_attempted_at", Nature::Seconds),
    column("balance.type", Nature::Text),
    column("status_details.active.expected_deactivation_date", Nature::Seconds),
    column("authorization", Nature::Text),
    column("account_numbers", Nature::Objects),
    column("supported_payment_method_types", Nature::List),
];

/// Fields of balances: one snapshot a row, in one currency or with a column or entry for each.
pub(crate) const BALANCES: &[Column] = &[
    required("account", Nature::Text),
    required("as_of", Nature::Seconds),
    required("current", Nature::CurrencyMap),
    column("currency", Nature::Text),
    alias("available", &["cash.available"], Nature::CurrencyMap),
    alias("used", &["credit.used"], Nature::CurrencyMap),
    column("object", Nature::Text),
];

/// Fields of applications.
pub(crate) const APPLICATIONS: &[Column] = &[
    required("application_id", Nature::Text),
    required("applicant_id", Nature::Text),
    column("as_of", Nature::AsOf),
    column("role", Nature::Text),
    column("requested_amount", Nature::Amount),
    column("term_months", Nature::Number),
    column("instalment_amount", Nature::Amount),
    column("stated_income", Nature::Amount),
    column("currency", Nature::Text),
    column("account_ids", Nature::List),
];

/// Fields of corrections; the constants of [`crate::read::correction`] index them.
pub(crate) const CORRECTIONS: &[Column] = &[
    required("transaction_id", Nature::Text),
    required("action", Nature::Text),
    column("purpose", Nature::Text),
    required("by", Nature::Text),
    required("why", Nature::Text),
    required("at", Nature::AsOf),
];

/// What is known of a table: everything that flat, typed and mapped files need to read it.
#[derive(Debug)]
pub(crate) struct TableInfo {
    /// The table.
    pub(crate) table: Table,
    /// Its name in arguments, messages and counts.
    pub(crate) name: &'static str,
    /// Its fields.
    pub(crate) columns: &'static [Column],
    /// The field that says whose account a row is.
    pub(crate) owner: Option<&'static str>,
    /// Whose a faulty row is, where its cells say so.
    pub(crate) whose: fn(&Cells<'_>) -> Whose,
    /// Makes rows of one row's cells.
    pub(crate) emit: Emit,
}

/// Makes rows of a row's cells, and of the declared extra columns beside them, and hands them over; a fault becomes a defect.
type Emit = fn(&Cells<'_>, &[(&str, Cell<'_>)], Source, &mut Sink<'_>) -> Result<(), Error>;

/// All tables. A header that fits several is refused unless the caller says which.
pub(crate) const TABLES: &[TableInfo] = &[
    TableInfo {
        table: Table::Applications,
        name: "applications",
        columns: APPLICATIONS,
        owner: None,
        whose: application::whose,
        emit: |cells, extras, source, sink| match application::row(cells, extras, source) {
            Ok(row) => sink(Item::Row(Row::Application(row))),
            Err(fault) => sink(Item::Defect(defect(fault, source, application::whose(cells)))),
        },
    },
    TableInfo {
        table: Table::Transactions,
        name: "transactions",
        columns: TRANSACTIONS,
        owner: Some("account"),
        whose: assemble::whose_transaction,
        emit: |cells, _, source, sink| match assemble::transaction(cells, source) {
            Ok(row) => sink(Item::Row(Row::Transaction(row))),
            Err(fault) => sink(Item::Defect(defect(fault, source, assemble::whose_transaction(cells)))),
        },
    },
    TableInfo {
        table: Table::Accounts,
        name: "accounts",
        columns: ACCOUNTS,
        owner: Some("id"),
        whose: assemble::whose_account,
        emit: |cells, _, source, sink| assemble::account(cells, source, sink),
    },
    TableInfo {
        table: Table::Balances,
        name: "balances",
        columns: BALANCES,
        owner: Some("account"),
        whose: assemble::whose_balance,
        emit: |cells, _, source, sink| assemble::balances(cells, source, sink),
    },
    TableInfo {
        table: Table::Corrections,
        name: "corrections",
        columns: CORRECTIONS,
        // Whose transaction it is is known where the transaction is met.
        owner: None,
        whose: correction::whose,
        emit: |cells, _, source, sink| match correction::row(cells, source) {
            Ok(row) => sink(Item::Row(Row::Correction(row))),
            Err(fault) => sink(Item::Defect(defect(fault, source, correction::whose(cells)))),
        },
    },
];
