//! Keys that are ours but for how they are written, such as `postedAt`: of an object without the key that is meant they refuse
//! the file, as a table's columns do. They are looked for among unknown keys alone, of which plain lines have none.

use std::borrow::Cow;

use super::{
    object::{Object, Slot, column, slot},
    part::AccountPart,
};
use crate::read::{
    Table,
    near::{is_near, is_of_tool, map_of},
};

/// Keys of several words: their letters, and how they are spelt. Amounts of a balance are read into it.
const SPELT: [(&[u8], &[u8]); 32] = [
    (b"statustransitions", b"status_transitions"),
    (b"statustransitionspostedat", b"status_transitions_posted_at"),
    (b"statustransitionsvoidat", b"status_transitions_void_at"),
    (b"postedat", b"posted_at"),
    (b"voidat", b"void_at"),
    (b"transactedat", b"transacted_at"),
    (b"accountholder", b"account_holder"),
    (b"accountholdertype", b"account_holder_type"),
    (b"accountholdercustomer", b"account_holder_customer"),
    (b"accountholdercustomerid", b"account_holder_customer_id"),
    (b"accountholdercustomeraccount", b"account_holder_customer_account"),
    (b"accountholderaccount", b"account_holder_account"),
    (b"accountholderaccountid", b"account_holder_account_id"),
    (b"institutionname", b"institution_name"),
    (b"balancecurrent", b"balance"),
    (b"balancecashavailable", b"balance"),
    (b"balancecreditused", b"balance"),
    (b"balanceasof", b"balance_as_of"),
    (b"balancetype", b"balance_type"),
    (b"balancerefresh", b"balance_refresh"),
    (b"balancerefreshstatus", b"balance_refresh_status"),
    (b"balancerefreshlastattemptedat", b"balance_refresh_last_attempted_at"),
    (b"transactionrefresh", b"transaction_refresh"),
    (b"transactionrefreshstatus", b"transaction_refresh_status"),
    (b"transactionrefreshlastattemptedat", b"transaction_refresh_last_attempted_at"),
    (b"statusdetails", b"status_details"),
    (b"statusdetailsactiveexpecteddeactivationdate", b"status_details_active_expected_deactivation_date"),
    (b"accountnumbers", b"account_numbers"),
    (b"supportedpaymentmethodtypes", b"supported_payment_method_types"),
    (b"asof", b"as_of"),
    (b"cashavailable", b"cash_available"),
    (b"creditused", b"credit_used"),
];

/// Keys of one word.
const WORDS: [&[u8]; 19] = [
    b"id",
    b"object",
    b"account",
    b"amount",
    b"currency",
    b"description",
    b"livemode",
    b"status",
    b"updated",
    b"created",
    b"last4",
    b"category",
    b"subcategory",
    b"permissions",
    b"authorization",
    b"balance",
    b"current",
    b"available",
    b"used",
];

/// Longest key by its letters.
const LETTERS_MAX: usize = 43;

/// By the first letter of a key: how many letters those have that begin so, and how they end, by bit. A key that no bit speaks for
/// is none of ours, which is nearly every one and costs no copy.
const SHAPES: [(u64, u64); 26] = {
    let mut shapes = [(0, 0); 26];
    let mut at = 0;
    while at < SPELT.len() + WORDS.len() {
        let key = if at < SPELT.len() { SPELT[at].0 } else { WORDS[at - SPELT.len()] };
        assert!(key.len() <= LETTERS_MAX);
        let shape = &mut shapes[(key[0] - b'a') as usize];
        shape.0 |= 1 << key.len();
        shape.1 |= 1 << (key[key.len() - 1] & 63);
        at += 1;
    }
    shapes
};

/// The key of ours that is meant by another, when case, space and punctuation alone make it another.
pub(super) fn meant(key: &str) -> Option<Slot> {
    if is_of_tool(key) {
        return None;
    }
    known(key.as_bytes()).or_else(|| {
        // An entry of a currency map, flattened.
        let is_cut = |at: usize| {
            key.as_bytes().get(key.len().wrapping_sub(at)).is_some_and(|byte| !byte.is_ascii_alphanumeric())
        };
        let map = if is_cut(4) || is_cut(10) { map_of(key)? } else { return None };
        known(map.as_bytes())
            .filter(|slot| matches!(slot, Slot::Current | Slot::Available | Slot::Used | Slot::Balance))
    })
}

fn known(key: &[u8]) -> Option<Slot> {
    // What is no letter of ASCII is no punctuation either: it makes another name.
    let is_letter = |byte: &&u8| !byte.is_ascii() || byte.is_ascii_alphanumeric();
    let first = key.iter().find(is_letter)?.to_ascii_lowercase();
    let last = key.iter().rfind(is_letter)?.to_ascii_lowercase();
    let (lengths, ends) = *SHAPES.get(usize::from(first.wrapping_sub(b'a')))?;
    if ends & 1 << (last & 63) == 0 {
        return None;
    }
    let mut letters = [0; LETTERS_MAX];
    let mut length = 0;
    for byte in key.iter().filter(is_letter) {
        *letters.get_mut(length)? = byte.to_ascii_lowercase();
        length += 1;
    }
    if lengths & 1 << length == 0 {
        return None;
    }
    let letters = &letters[..length];
    let spelt = SPELT.iter().find(|(own, _)| *own == letters).map(|(_, spelt)| *spelt);
    slot(spelt.or_else(|| WORDS.into_iter().find(|word| *word == letters))?)
}

/// The bits of the keys that fill what a key would, whether one of them is its struct or they are its parts.
pub(super) fn fillers(slot: Slot) -> u64 {
    use Slot::{
        AccountHolder, Balance, BalanceAsOf, BalanceRefresh, BalanceRefreshAt, BalanceRefreshStatus, BalanceType,
        BarePostedAt, BareVoidAt, ExpectedDeactivation, HolderAccount, HolderCustomer, HolderCustomerAccount,
        HolderType, PostedAt, StatusDetails, StatusTransitions, TransactionRefresh, TransactionRefreshAt,
        TransactionRefreshStatus, VoidAt,
    };
    let others: &[Slot] = match slot {
        StatusTransitions => &[PostedAt, VoidAt, BarePostedAt, BareVoidAt],
        PostedAt | BarePostedAt => &[StatusTransitions, PostedAt, BarePostedAt],
        VoidAt | BareVoidAt => &[StatusTransitions, VoidAt, BareVoidAt],
        AccountHolder => &[HolderType, HolderCustomer, HolderCustomerAccount, HolderAccount],
        HolderType | HolderCustomer | HolderCustomerAccount | HolderAccount => &[AccountHolder],
        BalanceAsOf | BalanceType => &[Balance],
        BalanceRefresh => &[BalanceRefreshStatus, BalanceRefreshAt],
        BalanceRefreshStatus | BalanceRefreshAt => &[BalanceRefresh],
        TransactionRefresh => &[TransactionRefreshStatus, TransactionRefreshAt],
        TransactionRefreshStatus | TransactionRefreshAt => &[TransactionRefresh],
        StatusDetails => &[ExpectedDeactivation],
        ExpectedDeactivation => &[StatusDetails],
        _ => &[],
    };
    others.iter().fold(slot.bit(), |bits, other| bits | other.bit())
}

/// Unknown keys of a nested object that are near to a key it lacks, with that key's path.
#[derive(Clone, PartialEq, Debug, Default)]
pub(super) struct Nearly<'a>(Vec<(&'static str, Cow<'a, str>)>);

impl<'a> Nearly<'a> {
    /// Keeps an unknown key if it is near to the last word of one of the paths.
    pub(super) fn note(&mut self, key: Cow<'a, str>, paths: &[&'static str]) {
        let last = |path: &'static str| path.rsplit('.').next().unwrap_or(path);
        if let Some(path) = paths.iter().find(|path| is_near(&key, last(path))) {
            self.0.push((path, key));
        }
    }

    /// Forgets those whose key stands there too.
    pub(super) fn without(&mut self, paths: &[&'static str], seen: &[bool]) {
        self.0.retain(|(path, _)| paths.iter().zip(seen).all(|(other, seen)| other != path || !seen));
    }
}

/// The first field of the table that an object lacks though some key of it is nearly called so: its path and that key.
pub(super) fn miss<'o>(object: &'o Object<'_>, table: Table) -> Option<(&'static str, &'o str)> {
    let is_of_table = |path: &str| table.info().columns.iter().any(|other| is_or_holds(path, other.path));
    let own = object.near.iter().map(|(slot, key)| (column(*slot), key)).filter(|(path, _)| is_of_table(path));
    let of_part = |AccountPart { holder, balance, balance_refresh, transaction_refresh, .. }: &'o AccountPart<'_>| {
        [&holder.near, &balance.near, &balance_refresh.near, &transaction_refresh.near]
    };
    let nested: Vec<&Nearly<'_>> = match table {
        Table::Transactions => vec![&object.transitions.near],
        Table::Accounts => object.account_part.as_deref().map(of_part).into_iter().flatten().collect(),
        _ => Vec::new(),
    };
    let mut all = own.chain(nested.into_iter().flat_map(|near| near.0.iter().map(|(path, key)| (*path, key))));
    all.next().map(|(path, key)| (path, &**key))
}

/// Whether a path is another's, or that of a struct around it.
fn is_or_holds(path: &str, other: &str) -> bool {
    other.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_of_a_table_is_known_by_its_letters_alone() {
        for table in [Table::Transactions, Table::Accounts, Table::Balances] {
            let columns = table.info().columns;
            let parents = columns.iter().filter_map(|column| Some(column.path.split_once('.')?.0));
            let paths = columns.iter().flat_map(|column| std::iter::once(&column.path).chain(column.aliases)).copied();
            for path in paths.chain(parents) {
                let letters = path.replace(['.', '_'], "");
                // Amounts of a balance are read into their struct.
                let own = slot(path.as_bytes()).or(path.starts_with("balance.").then_some(Slot::Balance));
                assert!(own.is_some(), "{path}");
                for name in [letters.to_uppercase(), letters] {
                    assert_eq!(meant(&name), own, "{path}");
                }
            }
        }
        let loaders = ["_updated", "_created", "_object", "_balance_current_usd", "__posted_at"];
        let others = ["display_name", "ownership_refresh", "posted_on", "", "_", "accountid", &"x".repeat(99)];
        for key in loaders.into_iter().chain(others) {
            assert!(meant(key).is_none(), "{key}");
        }
    }

    #[test]
    fn a_flattened_amount_means_its_map() {
        for (key, slot) in [
            ("balance__current__usd", Some(Slot::Balance)),
            ("Balance.Cash.Available.EUR", Some(Slot::Balance)),
            ("Current USD", Some(Slot::Current)),
            ("cash-available-usd", Some(Slot::Available)),
            ("amount_usd", None),
            ("balance_limit_usd", None),
        ] {
            assert_eq!(meant(key), slot, "{key}");
        }
    }
}
