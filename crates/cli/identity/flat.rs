//! The same things as flat tables, CSV, Parquet or JSON objects without nesting: owners as people export them, accounts as data
//! frames and warehouses flatten them, raw tables with the object as JSON in one column. Each row becomes the object that it was,
//! and goes the same way.

use std::path::Path;

use cashline_io::{
    error::Error,
    plain::{self, PlainTable, nested},
    read::{TEXT_COLUMNS, is_owners},
};
use serde::Deserialize as _;
use serde_json::{Map, Value};

use super::{
    shape::{Named, Ownership, Seconds, Text, Thing, Things, undotted},
    store::Store,
};

/// What the rows of a flat table are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Rows {
    Owners,
    Accounts,
    /// Objects as JSON in one column.
    Objects,
}

/// Fields of an account that are read here, each before those inside it; flattened their dots may be underscores. Longer
/// paths come last, so that of a struct column and columns of its fields (some tools write both) the filled one counts.
const FIELDS: &[&str] = &[
    "id",
    "created",
    "livemode",
    "institution_name",
    "last4",
    "status",
    "category",
    "permissions",
    "supported_payment_method_types",
    "account_numbers",
    "fingerprint",
    "account_holder",
    "balance",
    "balance_refresh",
    "transaction_refresh",
    "ownership_refresh",
    "ownership",
    "status_details",
    "account_holder.type",
    "account_holder.customer",
    "account_holder.account",
    "account_holder.customer_account",
    "account_holder.customer.id",
    "account_holder.account.id",
    "balance.as_of",
    "balance_refresh.last_attempted_at",
    "balance_refresh.status",
    "transaction_refresh.last_attempted_at",
    "transaction_refresh.status",
    "ownership_refresh.last_attempted_at",
    "ownership_refresh.status",
    "status_details.inactive",
    "status_details.inactive.cause",
    "ownership.id",
    "ownership.created",
    "ownership.owners",
    "ownership.owners.data",
    "ownership.owners.has_more",
];

/// The names of one field.
type Names = &'static [&'static str];

/// Of a table of owners; the first of each row that is there.
const OWNER: [Names; 8] = [
    &["account", "account_id"],
    &["ownership"],
    &["id"],
    &["name"],
    &["email"],
    &["phone"],
    &["raw_address"],
    &["refreshed_at"],
];

/// The same where the owners were taken out of their accounts: `json_normalize(…, record_prefix="owners.", meta="id")`.
const PREFIXED: [Names; 8] = [
    &["account", "account_id", "id"],
    &["owners.ownership", "owners_ownership", "ownership", "ownership.id", "ownership_id"],
    &["owners.id", "owners_id"],
    &["owners.name", "owners_name"],
    &["owners.email", "owners_email"],
    &["owners.phone", "owners_phone"],
    &["owners.raw_address", "owners_raw_address"],
    &["owners.refreshed_at", "owners_refreshed_at"],
];

/// The names of the fields in a table of owners with these columns.
fn owner_names<'n>(mut names: impl Iterator<Item = &'n str>) -> &'static [Names; 8] {
    if names.any(|name| PREFIXED[3..7].iter().any(|known| known.contains(&name))) { &PREFIXED } else { &OWNER }
}

/// What a table with these columns holds, if it is for this reader.
pub(super) fn rows(names: &[String]) -> Option<Rows> {
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let has = |name: &str| names.contains(&name);
    let is_prefixed = *owner_names(names.iter().copied()) == PREFIXED;
    if is_prefixed && is_owners(&names) {
        Some(Rows::Owners)
    } else if has("id") && has("institution_name") {
        Some(Rows::Accounts)
    } else if is_owners(&names) {
        Some(Rows::Owners)
    } else {
        TEXT_COLUMNS.iter().any(|name| has(name)).then_some(Rows::Objects)
    }
}

/// What the rows of a JSON file are by the keys of its first object, when it is a flat table's row and no object of Stripe's.
pub(super) fn rows_of_keys(keys: &[String]) -> Option<Rows> {
    let is_flattened = |key: &String| field(key).is_some_and(|field| field.contains('.'));
    match rows(keys)? {
        Rows::Accounts if keys.iter().any(is_flattened) => Some(Rows::Accounts),
        Rows::Owners if !keys.iter().any(|key| key == "object") => Some(Rows::Owners),
        _ => None,
    }
}

/// Hands a row of a flat table to the store that was written as a JSON object.
pub(super) fn take(object: Map<String, Value>, rows: Rows, store: &mut Store) -> Result<(), String> {
    if rows == Rows::Owners {
        let names = owner_names(object.keys().map(String::as_str));
        return owner(names.map(|names| names.iter().find_map(|name| scalar(object.get(*name)?))), store);
    }
    let mut found: Vec<(&'static str, String, Value)> = object
        .into_iter()
        .filter(|(_, value)| !value.is_null())
        .filter_map(|(name, value)| Some((field(&name)?, name, value)))
        .collect();
    found.sort_by_key(|column| place(column.0));
    let values = found.into_iter().map(|(field, name, value)| match value.as_str() {
        Some(text) => Ok((field, cell(field, &name, text)?)),
        None => Ok((field, value)),
    });
    account(values, store)
}

/// A text, or a number or flag as text.
fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// Hands every row of a table to the store.
pub(super) fn read(path: &Path, rows: Rows, store: &mut Store) -> Result<(), Error> {
    let wanted = |name: &str| match rows {
        Rows::Owners => OWNER.iter().chain(&PREFIXED).any(|names| names.contains(&name)),
        Rows::Accounts => field(name).is_some(),
        Rows::Objects => TEXT_COLUMNS.contains(&name),
    };
    plain::in_chunks(path, &wanted, &mut |table, before| {
        let (owners, accounts) = (owner_columns(table), account_columns(table));
        for row in 0..table.len() {
            let taken = match rows {
                Rows::Owners => owner(
                    std::array::from_fn(|at| {
                        owners[at].iter().find_map(|cells| cells[row].as_deref()).map(str::to_owned)
                    }),
                    store,
                ),
                Rows::Accounts => account(account_row(&accounts, row), store),
                Rows::Objects => object(table, row, store),
            };
            taken.map_err(|what| {
                let message = format!("row {}{what}; export it again", before + row + 1);
                Error::Unusable { path: path.to_owned(), message }
            })?;
        }
        Ok(())
    })
}

fn place(field: &str) -> Option<usize> {
    FIELDS.iter().position(|known| *known == field)
}

fn field(name: &str) -> Option<&'static str> {
    FIELDS.iter().copied().find(|field| *field == name || field.contains('.') && field.replace('.', "_") == name)
}

type Cells<'a> = &'a [Option<Box<str>>];

/// The columns of each field of an owner.
fn owner_columns(table: &PlainTable) -> [Vec<Cells<'_>>; OWNER.len()] {
    let names = owner_names(table.names().iter().map(String::as_str));
    names.map(|names| names.iter().filter_map(|name| table.texts(name)).collect())
}

/// An owner by its cells, in the order of [`OWNER`].
fn owner(cells: [Option<String>; OWNER.len()], store: &mut Store) -> Result<(), String> {
    let [account, ownership, id, name, email, phone, raw_address, refreshed_at] = cells.map(|cell| {
        let cell = cell.as_deref()?.trim();
        (!cell.is_empty()).then(|| cell.to_owned())
    });
    if account.is_none() && ownership.is_none() {
        return Err(" names no account and no `ownership`".to_owned());
    }
    let thing = Thing {
        object: Named::Name("financial_connections.account_owner".to_owned()),
        ownership: ownership.map_or(Ownership::None, Ownership::Id),
        id: Text(id),
        name: Text(name),
        email: Text(email),
        phone: Text(phone.map(undotted)),
        raw_address: Text(raw_address),
        refreshed_at: refreshed_at.map_or(Seconds(None), |text| Seconds::of(&text)),
        ..Thing::default()
    };
    store.owner_of(account, thing);
    Ok(())
}

/// A field of [`FIELDS`], its column's name in the table, and the cells.
type Column<'a> = (&'static str, &'a str, Cells<'a>);

/// In the order of [`FIELDS`].
fn account_columns(table: &PlainTable) -> Vec<Column<'_>> {
    let found = table.names().iter().filter_map(|name| Some((field(name)?, name.as_str(), table.texts(name)?)));
    let mut found: Vec<Column<'_>> = found.collect();
    found.sort_by_key(|column| place(column.0));
    found
}

type Field = (&'static str, Value);

fn account_row<'a>(columns: &'a [Column<'_>], row: usize) -> impl Iterator<Item = Result<Field, String>> + 'a {
    columns.iter().filter_map(move |(field, name, cells)| {
        let text = cells[row].as_deref()?;
        Some(cell(field, name, text).map(|value| (*field, value)))
    })
}

/// What a cell of a field holds: a text, or what was printed into it.
fn cell(field: &str, name: &str, text: &str) -> Result<Value, String> {
    match nested(text) {
        Some(value) => Ok(value),
        // Owners that cannot be read are not the same as no owners.
        None if text.trim_start().starts_with(['[', '{']) && field.starts_with("ownership") => {
            Err(format!(", column `{name}`: is no JSON"))
        }
        None => Ok(Value::from(text)),
    }
}

/// An account by its fields, in the order of [`FIELDS`].
fn account(fields: impl Iterator<Item = Result<Field, String>>, store: &mut Store) -> Result<(), String> {
    let mut object = Map::new();
    for one in fields {
        let (field, value) = one?;
        put(&mut object, field, value);
    }
    object.insert("object".to_owned(), "financial_connections.account".into());
    collapse(&mut object);
    // Every field is lenient, so this cannot fail; its message would quote a cell.
    let thing = Thing::deserialize(Value::Object(object)).map_err(|_| " is no account".to_owned())?;
    store.take(thing);
    Ok(())
}

/// Sets a value at a dotted path; what stands on the way and is no object gives way to it.
fn put(object: &mut Map<String, Value>, path: &str, value: Value) {
    match path.split_once('.') {
        None => {
            object.insert(path.to_owned(), value);
        }
        Some((first, rest)) => {
            let inner = object.entry(first).or_insert_with(|| Map::new().into());
            if !inner.is_object() {
                *inner = Map::new().into();
            }
            if let Value::Object(inner) = inner {
                put(inner, rest, value);
            }
        }
    }
}

/// A flattened ownership without a list of owners is a reference: nobody said that there are none.
fn collapse(object: &mut Map<String, Value>) {
    let Some(Value::Object(ownership)) = object.get("ownership") else { return };
    let is_given = match ownership.get("owners") {
        Some(Value::Object(list)) => list.get("data").is_some_and(|data| !data.is_null()),
        owners => owners.is_some_and(|owners| !owners.is_null()),
    };
    if !is_given {
        let id = ownership.get("id").cloned().unwrap_or(Value::Null);
        object.insert("ownership".to_owned(), id);
    }
}

fn object(table: &PlainTable, row: usize, store: &mut Store) -> Result<(), String> {
    let mut cells = table.names().iter().filter_map(|name| Some((name, table.texts(name)?[row].as_deref()?)));
    // The column's name alone promises little: text that is no object is somebody else's.
    let Some((name, cell)) = cells.find(|(_, cell)| cell.trim_start().starts_with(['[', '{'])) else { return Ok(()) };
    let value = nested(cell).ok_or_else(|| format!(", column `{name}`: is no JSON"))?;
    let things = Things::deserialize(value).map_err(|_| format!(", column `{name}`: is no object"))?;
    things.0.into_iter().for_each(|thing| store.take(thing));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_told_by_its_columns_and_others_are_nobodys() {
        let of = |header: &str| rows(&header.split(',').map(str::to_owned).collect::<Vec<_>>());
        assert!(of("account_id,name,phone") == Some(Rows::Owners));
        assert!(of("id,name,ownership,refreshed_at") == Some(Rows::Owners));
        assert!(of("id,institution_name,last4,ownership.owners.data") == Some(Rows::Accounts));
        assert!(of("id,_raw") == Some(Rows::Objects));
        assert!(of("id,institution_name,owners.id,owners.name,owners.email") == Some(Rows::Owners));
        // Claims, another vendor's transactions, balances, applications.
        for header in [
            "applicant_id,name,email,phone,address",
            "account_id,name,amount,date",
            "account,as_of,current",
            "application_id,applicant_id,as_of",
        ] {
            assert!(of(header).is_none(), "{header}");
        }
    }

    #[test]
    fn a_flattened_reference_is_not_an_empty_list_of_owners() {
        let mut object = Map::new();
        put(&mut object, "ownership", "fcaowns_0".into());
        put(&mut object, "ownership.id", "fcaowns_1".into());
        put(&mut object, "ownership.owners.has_more", "False".into());
        collapse(&mut object);
        assert_eq!(object["ownership"], "fcaowns_1");
        put(&mut object, "ownership.owners.data", Value::Array(vec![]));
        let whole = object.clone();
        collapse(&mut object);
        assert_eq!(object, whole);
    }
}
