//! Tables of owners, flat: recognised by their header, so that scoring counts their rows and leaves every cell of them unread.

use crate::{
    error::Error,
    read::{
        Detected, Facts, Head, InputFile, Item, Layout, ReadOptions, Sink,
        csv::{header, header_of, read_with},
        scan::{ScanError, Scanned, Scanner},
    },
};

/// The layout's row in [`crate::read::LAYOUTS`]. It stands after the tables that scoring reads, so it takes none of theirs.
pub(crate) const LAYOUT: Layout = Layout {
    name: "csv_owners",
    arises: "owners of accounts as a table: counted and left unread; `cashline ownership` and `payouts` alone read it",
    detect,
    read,
    batches: None,
};

/// Whether a header is that of a table of owners: it says of which account or snapshot, and who.
#[must_use]
pub fn is_owners(names: &[&str]) -> bool {
    let has = |wanted: &[&str]| wanted.iter().any(|name| names.contains(name));
    let of_whom = has(&["account", "account_id", "ownership"]);
    // A transaction may have an account and a name, a merchant's; nobody's phone stands beside it.
    // Owners that were taken out of their accounts keep a prefix; their account is then the row's `id`.
    let prefixed = has(&["owners.name", "owners_name"])
        && has(&[
            "owners.email",
            "owners_email",
            "owners.phone",
            "owners_phone",
            "owners.raw_address",
            "owners_raw_address",
        ]);
    of_whom && (has(&["raw_address"]) || has(&["name"]) && has(&["email", "phone", "ownership"]))
        || prefixed && (of_whom || has(&["id"]))
}

/// Why a run may not take such a file for one of its tables.
pub(crate) fn refusal(table: &str) -> String {
    format!("holds owners of accounts, not {table}; only `ownership` and `payouts` read them")
}

fn detect(head: &Head<'_>, _: &ReadOptions) -> Detected {
    match header_of(head) {
        Ok(names) if is_owners(&names.iter().map(String::as_str).collect::<Vec<_>>()) => Detected::Yes(None),
        _ => Detected::No,
    }
}

fn read(file: &InputFile, _: &ReadOptions, sink: &mut Sink<'_>) -> Result<Facts, Error> {
    if let Some(table) = file.table {
        return Err(Error::Unusable { path: file.path.clone(), message: refusal(table.name()) });
    }
    read_with(file, |content| {
        let mut scanner = Scanner::new(content, b',')?;
        header(&mut scanner).map_err(ScanError::Refused)?;
        // A damaged row is an owner all the same: nothing of it is looked at.
        while !matches!(scanner.next()?, Scanned::End) {
            sink(Item::Ignored("owner"))?;
        }
        Ok(())
    })
}
