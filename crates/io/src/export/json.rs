//! JSON as Stripe's API and its users write it: objects, list envelopes, arrays, snapshot events.

use cashline_core::row::{HolderKind, Permissions, Refresh};
use serde_json::{Value, json};

use super::{
    damage::Damage,
    object::{
        AccountObject, BalanceObject, TransactionObject, account_status_text, category_text, refresh_text, status_text,
        subcategory_text,
    },
    sink::Sink,
};
use crate::error::Error;

/// Stripe's largest page.
const PAGE_ROWS: usize = 100;

/// How objects follow each other in a file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Framing {
    /// One object a line.
    Lines,
    /// One array.
    Array,
    /// List envelopes back to back, a page of one account each.
    Pages,
    /// One snapshot event a line (accounts only).
    Events,
}

/// A JSON file being written.
#[derive(Debug)]
pub(super) struct JsonFile {
    sink: Sink,
    framing: Framing,
    table: &'static str,
    // What the open page lists (an account, or the holder's accounts) and how many rows it has.
    page: Option<(String, usize)>,
    rows: u64,
    scratch: Vec<u8>,
}

impl JsonFile {
    pub(super) fn new(sink: Sink, framing: Framing, table: &'static str) -> JsonFile {
        JsonFile { sink, framing, table, page: None, rows: 0, scratch: Vec::with_capacity(1 << 10) }
    }

    /// Writes a transaction and returns the line it stands on.
    pub(super) fn transaction(&mut self, row: &TransactionObject, damage: Option<Damage>) -> Result<u64, Error> {
        let mut text = std::mem::take(&mut self.scratch);
        text.clear();
        transaction(row, damage, &mut text);
        let line = self.frame(&text, &row.account);
        self.scratch = text;
        line
    }

    /// Writes an account; in an event log its life so far: created without a balance, then refreshed.
    pub(super) fn account(&mut self, row: &AccountObject) -> Result<(), Error> {
        if self.framing != Framing::Events {
            let text = ordered(&account_fields(row));
            return self.frame(text.as_bytes(), "").map(|_| ());
        }
        let unrefreshed = AccountObject { balance: None, balance_refresh: None, ..row.clone() };
        self.event("financial_connections.account.created", row.created, &unrefreshed)?;
        if let Some(refresh) = row.balance_refresh {
            let at = refresh.last_attempted_at.unwrap_or(row.created);
            self.event("financial_connections.account.refreshed_balance", at, row)?;
        }
        Ok(())
    }

    fn event(&mut self, kind: &str, created: i64, row: &AccountObject) -> Result<(), Error> {
        let id = format!("evt_{}{}", row.id.trim_start_matches("fca_"), self.rows % 10);
        let object = ordered(&account_fields(row));
        let text = format!(
            "{{\"id\":\"{id}\",\"object\":\"event\",\"api_version\":\"2026-10-28.endive\",\"created\":{created},\
             \"data\":{{\"object\":{object}}},\"livemode\":{},\"pending_webhooks\":0,\"request\":null,\"type\":\"{kind}\"}}",
            row.livemode
        );
        self.frame(text.as_bytes(), "").map(|_| ())
    }

    fn frame(&mut self, object: &[u8], group: &str) -> Result<u64, Error> {
        match self.framing {
            Framing::Lines | Framing::Events => {}
            Framing::Array => self.sink.write(if self.rows == 0 { b"[\n" } else { b",\n" })?,
            Framing::Pages => self.turn_page(group)?,
        }
        let line = self.sink.line();
        self.sink.write(object)?;
        if matches!(self.framing, Framing::Lines | Framing::Events) {
            self.sink.write(b"\n")?;
        }
        self.rows += 1;
        Ok(line)
    }

    /// Opens a page, or goes on with the open one, or closes it and opens the next.
    fn turn_page(&mut self, group: &str) -> Result<(), Error> {
        if let Some((open, rows)) = &mut self.page {
            if open == group && *rows < PAGE_ROWS {
                *rows += 1;
                return self.sink.write(b",\n");
            }
            let has_more = open == group;
            self.close_page(has_more)?;
        }
        self.page = Some((group.to_owned(), 1));
        self.sink.write(b"{\"object\":\"list\",\"data\":[\n")
    }

    fn close_page(&mut self, has_more: bool) -> Result<(), Error> {
        let Some((group, _)) = self.page.take() else { return Ok(()) };
        let query = if group.is_empty() { String::new() } else { format!("?account={group}") };
        let table = self.table;
        let tail = format!("\n],\"has_more\":{has_more},\"url\":\"/v1/financial_connections/{table}{query}\"}}\n");
        self.sink.write(tail.as_bytes())
    }

    pub(super) fn finish(mut self) -> Result<Sink, Error> {
        match self.framing {
            Framing::Lines | Framing::Events => {}
            Framing::Array => self.sink.write(if self.rows == 0 { b"[]\n" } else { b"\n]\n" })?,
            Framing::Pages => self.close_page(false)?,
        }
        Ok(self.sink)
    }
}

fn integer(value: Option<i64>, out: &mut Vec<u8>) {
    match value {
        None => out.extend_from_slice(b"null"),
        Some(value) => out.extend_from_slice(value.to_string().as_bytes()),
    }
}

fn text(value: &str, out: &mut Vec<u8>) {
    let plain = value.bytes().all(|byte| 0x20 <= byte && byte != b'"' && byte != b'\\');
    match serde_json::to_string(value) {
        Ok(quoted) if !plain => out.extend_from_slice(quoted.as_bytes()),
        _ => {
            out.push(b'"');
            out.extend_from_slice(value.as_bytes());
            out.push(b'"');
        }
    }
}

/// The 12 keys of a transaction in Stripe's order.
fn transaction(row: &TransactionObject, damage: Option<Damage>, out: &mut Vec<u8>) {
    out.extend_from_slice(b"{\"id\":");
    text(&row.id, out);
    out.extend_from_slice(b",\"object\":\"financial_connections.transaction\",\"account\":");
    text(&row.account, out);
    if damage != Some(Damage::MissingColumn) {
        out.extend_from_slice(b",\"amount\":");
        integer(Some(row.amount), out);
    }
    if damage == Some(Damage::BadAmount) {
        out.extend_from_slice(b".25");
    }
    out.extend_from_slice(b",\"currency\":");
    text(if damage == Some(Damage::BadCurrency) { "us$" } else { row.currency.as_str() }, out);
    out.extend_from_slice(b",\"description\":");
    text(&row.description, out);
    match damage {
        Some(Damage::InvalidUtf8) => out.splice(out.len() - 1..out.len() - 1, [0xff]).for_each(drop),
        Some(Damage::Nul) => out.splice(out.len() - 1..out.len() - 1, *b"\\u0000").for_each(drop),
        _ => {}
    }
    out.extend_from_slice(b",\"livemode\":");
    out.extend_from_slice(if row.livemode { b"true" } else { b"false" });
    out.extend_from_slice(b",\"status\":");
    text(if damage == Some(Damage::UnknownStatus) { "settled" } else { status_text(row.status) }, out);
    out.extend_from_slice(b",\"status_transitions\":{\"posted_at\":");
    integer(row.posted_at, out);
    out.extend_from_slice(b",\"void_at\":");
    integer(row.void_at, out);
    out.extend_from_slice(b"},\"transacted_at\":");
    integer(Some(row.transacted_at), out);
    if damage == Some(Damage::Milliseconds) {
        out.extend_from_slice(b"000");
    }
    out.extend_from_slice(b",\"transaction_refresh\":");
    text(&row.transaction_refresh, out);
    out.extend_from_slice(b",\"updated\":");
    integer(Some(row.updated), out);
    out.push(b'}');
}

/// An object with its keys in the order given.
fn ordered(fields: &[(&'static str, Value)]) -> String {
    let mut out = String::with_capacity(1024);
    for (at, (key, value)) in fields.iter().enumerate() {
        out.push(if at == 0 { '{' } else { ',' });
        out.push_str(&format!("\"{key}\":{value}"));
    }
    out.push('}');
    out
}

/// The keys of an account in Stripe's order; `status_details` is an optional key and left out.
pub(super) fn account_fields(row: &AccountObject) -> Vec<(&'static str, Value)> {
    let (kind, key) = match row.holder_kind {
        // Customers of the newer Accounts API have account ids and a key of their own.
        HolderKind::Customer if row.holder.starts_with("acct_") => ("customer", "customer_account"),
        HolderKind::Customer => ("customer", "customer"),
        HolderKind::Account => ("account", "account"),
    };
    let transactions = row.transaction_refresh.as_ref().map(|(id, refresh)| {
        let mut value = refresh_value(refresh);
        value["id"] = json!(&**id);
        value
    });
    vec![
        ("id", json!(&*row.id)),
        ("object", json!("financial_connections.account")),
        ("account_holder", json!({ key: row.holder, "type": kind })),
        ("account_numbers", Value::Null),
        ("balance", row.balance.as_ref().map_or(Value::Null, |balance| balance_value(balance, row))),
        ("balance_refresh", row.balance_refresh.as_ref().map_or(Value::Null, refresh_value)),
        ("category", json!(category_text(row.category))),
        ("created", json!(row.created)),
        ("display_name", json!(row.display_name)),
        ("institution_name", json!(row.institution_name)),
        ("last4", json!(row.last4)),
        ("livemode", json!(row.livemode)),
        ("ownership", Value::Null),
        ("ownership_refresh", Value::Null),
        ("permissions", json!(permissions(row.permissions))),
        ("status", json!(account_status_text(row.status))),
        ("subcategory", json!(subcategory_text(row.subcategory))),
        ("subscriptions", if row.permissions.transactions { json!(["transactions"]) } else { json!([]) }),
        ("supported_payment_method_types", json!(["us_bank_account"])),
        ("transaction_refresh", transactions.unwrap_or(Value::Null)),
    ]
}

fn permissions(granted: Permissions) -> Vec<&'static str> {
    let all = [
        (granted.balances, "balances"),
        (granted.ownership, "ownership"),
        (granted.payment_method, "payment_method"),
        (granted.transactions, "transactions"),
    ];
    all.iter().filter(|(yes, _)| *yes).map(|(_, name)| *name).collect()
}

fn balance_value(balance: &BalanceObject, row: &AccountObject) -> Value {
    let currency = balance.currency.as_str();
    let (kind, inner) = match row.category {
        cashline_core::row::AccountCategory::Credit => ("credit", "used"),
        _ => ("cash", "available"),
    };
    let held = balance.available.map_or(Value::Null, |amount| json!({ currency: amount }));
    json!({ "as_of": balance.as_of, kind: { inner: held }, "current": { currency: balance.current }, "type": kind })
}

fn refresh_value(refresh: &Refresh) -> Value {
    let attempted = refresh.last_attempted_at;
    json!({
        "last_attempted_at": attempted,
        "next_refresh_available_at": attempted.map(|at| at + 3_600),
        "status": refresh_text(refresh.status),
    })
}
