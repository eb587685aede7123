//! CSV as three tools write it: pandas' `json_normalize`, warehouse tools with underscores, DuckDB with struct cells.

use serde_json::Value;

use super::{
    damage::Damage,
    json::account_fields,
    object::{AccountObject, TransactionObject, status_text},
    sink::Sink,
};
use crate::error::Error;

/// Whose habits a CSV file has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Dialect {
    /// Dotted columns, nullable integers as floats, `True`, Python lists; nested columns last.
    Pandas,
    /// Underscore columns, plain integers, `true`, JSON lists.
    Underscore,
    /// Struct cells as text, `true`, bare lists.
    DuckDb,
}

/// Top-level account columns that a flattener leaves as they are, in its order.
const ACCOUNT_SCALARS: &[&str] = &[
    "id",
    "object",
    "account_numbers",
    "category",
    "created",
    "display_name",
    "institution_name",
    "last4",
    "livemode",
    "ownership",
    "ownership_refresh",
    "permissions",
    "status",
    "subcategory",
    "subscriptions",
    "supported_payment_method_types",
];

/// Nested account columns, flattened.
pub(super) const ACCOUNT_NESTED: &[&str] = &[
    "account_holder.account",
    "account_holder.customer",
    "account_holder.customer_account",
    "account_holder.type",
    "balance.as_of",
    "balance.cash.available.usd",
    "balance.credit.used.usd",
    "balance.current.usd",
    "balance.type",
    "balance_refresh.last_attempted_at",
    "balance_refresh.next_refresh_available_at",
    "balance_refresh.status",
    "transaction_refresh.id",
    "transaction_refresh.last_attempted_at",
    "transaction_refresh.next_refresh_available_at",
    "transaction_refresh.status",
];

/// What pandas leaves beside the flattened columns because some account has a null there.
const ACCOUNT_LEFTOVERS: &[&str] = &["balance", "balance_refresh", "transaction_refresh"];

/// A CSV file being written.
#[derive(Debug)]
pub(super) struct CsvFile {
    sink: Sink,
    dialect: Dialect,
    line: Vec<u8>,
}

impl CsvFile {
    /// Starts the table of transactions.
    pub(super) fn transactions(mut sink: Sink, dialect: Dialect) -> Result<CsvFile, Error> {
        let header: &[u8] = match dialect {
            Dialect::Pandas => {
                b"id,object,account,amount,currency,description,livemode,status,transacted_at,transaction_refresh,updated,\
                  status_transitions.posted_at,status_transitions.void_at\n"
            }
            Dialect::Underscore => {
                b"id,object,account,amount,currency,description,livemode,status,transacted_at,transaction_refresh,updated,\
                  status_transitions_posted_at,status_transitions_void_at\n"
            }
            Dialect::DuckDb => {
                b"id,object,account,amount,currency,description,livemode,status,status_transitions,transacted_at,\
                  transaction_refresh,updated\n"
            }
        };
        sink.write(header)?;
        Ok(CsvFile { sink, dialect, line: Vec::with_capacity(1 << 9) })
    }

    /// Starts the table of accounts.
    pub(super) fn accounts(mut sink: Sink, dialect: Dialect) -> Result<CsvFile, Error> {
        sink.write((account_columns(dialect).join(",") + "\n").as_bytes())?;
        Ok(CsvFile { sink, dialect, line: Vec::with_capacity(1 << 10) })
    }

    /// Writes a transaction and returns the line it stands on.
    pub(super) fn transaction(&mut self, row: &TransactionObject, damage: Option<Damage>) -> Result<u64, Error> {
        self.line.clear();
        transaction(row, self.dialect, damage, &mut self.line);
        let at = self.sink.line();
        self.sink.write(&self.line)?;
        Ok(at)
    }

    /// Writes an account.
    pub(super) fn account(&mut self, row: &AccountObject) -> Result<(), Error> {
        let fields = account_fields(row);
        let cells: Vec<String> = if self.dialect == Dialect::DuckDb {
            fields.iter().map(|(_, value)| duckdb(value, true)).collect()
        } else {
            let top = ACCOUNT_SCALARS.iter().map(|column| flat(lookup(&fields, column), false, self.dialect));
            let nested = ACCOUNT_NESTED.iter().map(|column| flat(lookup(&fields, column), true, self.dialect));
            let mut cells: Vec<String> = top.chain(nested).collect();
            cells.resize(account_columns(self.dialect).len(), String::new());
            cells
        };
        self.line.clear();
        for (at, cell) in cells.iter().enumerate() {
            if 0 < at {
                self.line.push(b',');
            }
            field(cell, &mut self.line);
        }
        self.line.push(b'\n');
        self.sink.write(&self.line)
    }

    pub(super) fn finish(self) -> Sink {
        self.sink
    }
}

fn account_columns(dialect: Dialect) -> Vec<String> {
    if dialect == Dialect::DuckDb {
        let order = [
            "id",
            "object",
            "account_holder",
            "account_numbers",
            "balance",
            "balance_refresh",
            "category",
            "created",
            "display_name",
            "institution_name",
            "last4",
            "livemode",
            "ownership",
            "ownership_refresh",
            "permissions",
            "status",
            "subcategory",
            "subscriptions",
            "supported_payment_method_types",
            "transaction_refresh",
        ];
        return order.iter().map(|name| (*name).to_owned()).collect();
    }
    let all = ACCOUNT_SCALARS.iter().chain(ACCOUNT_NESTED);
    match dialect {
        Dialect::Underscore => all.map(|name| name.replace('.', "_")).collect(),
        _ => all.chain(ACCOUNT_LEFTOVERS).map(|name| (*name).to_owned()).collect(),
    }
}

/// The value at a dotted path, if every step of it is there.
pub(super) fn lookup<'v>(fields: &'v [(&'static str, Value)], path: &str) -> Option<&'v Value> {
    let mut steps = path.split('.');
    let first = steps.next()?;
    let mut value = &fields.iter().find(|(key, _)| *key == first)?.1;
    for step in steps {
        value = value.get(step)?;
    }
    (!value.is_null()).then_some(value)
}

fn flat(value: Option<&Value>, nullable: bool, dialect: Dialect) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::Bool(yes)) if dialect == Dialect::Pandas => if *yes { "True" } else { "False" }.to_owned(),
        Some(Value::Number(number)) if nullable && dialect == Dialect::Pandas => format!("{number}.0"),
        Some(Value::Array(items)) if dialect == Dialect::Pandas => {
            let items: Vec<String> = items.iter().filter_map(Value::as_str).map(|item| format!("'{item}'")).collect();
            format!("[{}]", items.join(", "))
        }
        Some(Value::String(text)) => text.clone(),
        Some(value) => value.to_string(),
    }
}

/// DuckDB's own notation of nested values; NULL is empty at the top and `NULL` inside.
fn duckdb(value: &Value, top: bool) -> String {
    match value {
        Value::Null => if top { "" } else { "NULL" }.to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(|item| duckdb(item, false)).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(map) => {
            let items: Vec<String> =
                map.iter().map(|(key, item)| format!("'{key}': {}", duckdb(item, false))).collect();
            format!("{{{}}}", items.join(", "))
        }
        value => value.to_string(),
    }
}

fn field(text: &str, out: &mut Vec<u8>) {
    if !text.bytes().any(|byte| matches!(byte, b',' | b'"' | b'\n' | b'\r')) {
        out.extend_from_slice(text.as_bytes());
        return;
    }
    out.push(b'"');
    out.extend_from_slice(text.replace('"', "\"\"").as_bytes());
    out.push(b'"');
}

fn transaction(row: &TransactionObject, dialect: Dialect, damage: Option<Damage>, out: &mut Vec<u8>) {
    let boolean = match (dialect, row.livemode) {
        (Dialect::Pandas, true) => "True",
        (Dialect::Pandas, false) => "False",
        (_, true) => "true",
        (_, false) => "false",
    };
    field(&row.id, out);
    out.extend_from_slice(b",financial_connections.transaction,");
    field(&row.account, out);
    out.push(b',');
    out.extend_from_slice(row.amount.to_string().as_bytes());
    if damage == Some(Damage::BadAmount) {
        out.extend_from_slice(b".25");
    }
    out.push(b',');
    out.extend_from_slice(if damage == Some(Damage::BadCurrency) { b"us$" } else { row.currency.as_str().as_bytes() });
    out.push(b',');
    description(&row.description, damage, out);
    out.push(b',');
    out.extend_from_slice(boolean.as_bytes());
    out.push(b',');
    let status = if damage == Some(Damage::UnknownStatus) { "settled" } else { status_text(row.status) };
    out.extend_from_slice(status.as_bytes());
    out.push(b',');
    if dialect == Dialect::DuckDb {
        let null = |value: Option<i64>| value.map_or("NULL".to_owned(), |value| value.to_string());
        let cell = format!("\"{{'posted_at': {}, 'void_at': {}}}\",", null(row.posted_at), null(row.void_at));
        out.extend_from_slice(cell.as_bytes());
    }
    out.extend_from_slice(row.transacted_at.to_string().as_bytes());
    if damage == Some(Damage::Milliseconds) {
        out.extend_from_slice(b"000");
    }
    out.push(b',');
    field(&row.transaction_refresh, out);
    if damage == Some(Damage::MissingColumn) {
        out.push(b'\n');
        return;
    }
    out.push(b',');
    out.extend_from_slice(row.updated.to_string().as_bytes());
    if dialect != Dialect::DuckDb {
        let tail = if dialect == Dialect::Pandas { ".0" } else { "" };
        for value in [row.posted_at, row.void_at] {
            out.push(b',');
            if let Some(value) = value {
                out.extend_from_slice(value.to_string().as_bytes());
                out.extend_from_slice(tail.as_bytes());
            }
        }
    }
    out.push(b'\n');
}

fn description(text: &str, damage: Option<Damage>, out: &mut Vec<u8>) {
    match damage {
        Some(Damage::InvalidUtf8) => out.push(0xff),
        Some(Damage::Nul) => out.push(0),
        _ => return field(text, out),
    }
    // After the spoiled byte the field must not open a quote in its middle.
    out.extend(text.bytes().filter(|byte| !matches!(byte, b',' | b'"' | b'\n' | b'\r')));
}
