//! The same things as flat tables, CSV or Parquet: owners as people export them, accounts as data frames and warehouses flatten
//! them, raw tables with the object as JSON in one column. Each row becomes the object that it was, and goes the same way.

use std::path::Path;

use cashline_io::{
    error::Error,
    plain::{self, PlainTable, nested},
    read::{TEXT_COLUMNS, is_owners},
};
use serde::Deserialize as _;
use serde_json::{Map, Value};

use super::{
    shape::{Named, Ownership, Seconds, Text, Thing, Things},
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

/// Of a table of owners; the first of each row that is there.
const OWNER: &[&[&str]] = &[
    &["account", "account_id"],
    &["ownership"],
    &["id"],
    &["name"],
    &["email"],
    &["phone"],
    &["raw_address"],
    &["refreshed_at"],
];

/// What a table with these columns holds, if it is for this reader.
pub(super) fn rows(names: &[String]) -> Option<Rows> {
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let has = |name: &str| names.contains(&name);
    if has("id") && has("institution_name") {
        Some(Rows::Accounts)
    } else if is_owners(&names) {
        Some(Rows::Owners)
    } else {
        TEXT_COLUMNS.iter().any(|name| has(name)).then_some(Rows::Objects)
    }
}

/// Hands every row of a table to the store.
pub(super) fn read(path: &Path, rows: Rows, store: &mut Store) -> Result<(), Error> {
    let wanted = |name: &str| match rows {
        Rows::Owners => OWNER.iter().any(|names| names.contains(&name)),
        Rows::Accounts => field(name).is_some(),
        Rows::Objects => TEXT_COLUMNS.contains(&name),
    };
    plain::in_chunks(path, &wanted, &mut |table, before| {
        let (owners, accounts) = (owner_columns(table), account_columns(table));
        for row in 0..table.len() {
            let taken = match rows {
                Rows::Owners => owner(&owners, row, store),
                Rows::Accounts => account(&accounts, row, store),
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

fn field(name: &str) -> Option<&'static str> {
    FIELDS.iter().copied().find(|field| *field == name || field.contains('.') && field.replace('.', "_") == name)
}

type Cells<'a> = &'a [Option<Box<str>>];

/// The columns of each field of [`OWNER`].
fn owner_columns(table: &PlainTable) -> [Vec<Cells<'_>>; OWNER.len()] {
    std::array::from_fn(|at| OWNER[at].iter().filter_map(|name| table.texts(name)).collect())
}

fn owner(columns: &[Vec<Cells<'_>>; OWNER.len()], row: usize, store: &mut Store) -> Result<(), String> {
    let [account, ownership, id, name, email, phone, raw_address, refreshed_at] = std::array::from_fn(|at| {
        let cell = columns[at].iter().find_map(|cells| cells[row].as_deref())?.trim();
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
        // A data frame with a gap in the column makes numbers of its other cells.
        phone: Text(phone.map(|phone| phone.strip_suffix(".0").map_or(phone.clone(), str::to_owned))),
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
    found.sort_by_key(|column| FIELDS.iter().position(|field| *field == column.0));
    found
}

fn account(columns: &[Column<'_>], row: usize, store: &mut Store) -> Result<(), String> {
    let mut object = Map::new();
    for (field, name, cells) in columns {
        let Some(cell) = cells[row].as_deref() else { continue };
        let value = match nested(cell) {
            Some(value) => value,
            // Owners that cannot be read are not the same as no owners.
            None if cell.trim_start().starts_with(['[', '{']) && field.starts_with("ownership") => {
                return Err(format!(", column `{name}`: is no JSON"));
            }
            None => Value::from(cell),
        };
        put(&mut object, field, value);
    }
    object.insert("object".to_owned(), "financial_connections.account".into());
    collapse(&mut object);
    // Every field is lenient, so this cannot fail; its message would quote a cell.
    let thing = Thing::deserialize(Value::Object(object)).map_err(|_| " is no account".to_owned())?;
    store.take(thing, None);
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
    things.0.into_iter().for_each(|thing| store.take(thing, None));
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
