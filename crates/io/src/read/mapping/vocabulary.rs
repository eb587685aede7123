//! The words of ours that a mapping may give for someone else's. Stripe's enumerations are open, so that a word in an export is
//! read as unknown when it is new; one in a mapping is ours or misspelt, and its accounts would be left out without a word.

use cashline_core::money::Currency;

use crate::read::{Table, words};

/// What whoever has seen a word that means nothing to us may say of it, where an enumeration is open.
const UNKNOWN: &str = "unknown";

/// The words that a field may have, and whether one may be said to be none of them; `None` for a field of free text.
pub(super) fn of(table: Table, path: &str) -> Option<(&'static [&'static str], bool)> {
    Some(match (table, path) {
        (Table::Accounts, "category") => (words::CATEGORIES, true),
        (Table::Accounts, "subcategory") => (words::SUBCATEGORIES, true),
        (Table::Accounts, "status") => (words::ACCOUNT_STATUSES, true),
        (Table::Accounts, "balance_refresh.status" | "transaction_refresh.status") => (words::REFRESH_STATUSES, true),
        // A status of a transaction says that or something.
        (Table::Transactions, "status") => (words::TRANSACTION_STATUSES, false),
        (Table::Applications, "role") => (words::ROLES, false),
        _ => return None,
    })
}

/// What a field may be given, for people; `None` for free text.
pub(super) fn shown(table: Table, path: &str) -> Option<String> {
    if is_currency(path) {
        return Some("codes of ISO 4217, such as usd".to_owned());
    }
    let (words, is_open) = of(table, path)?;
    Some(words.iter().copied().chain(is_open.then_some(UNKNOWN)).collect::<Vec<_>>().join(", "))
}

fn is_currency(path: &str) -> bool {
    matches!(path, "currency" | super::BALANCE_CURRENCY)
}

/// Checks a word that a mapping gives for a field.
///
/// # Errors
///
/// It is none of the field's; the message lists them.
pub(super) fn check(table: Table, path: &str, word: &str) -> Result<(), String> {
    let is_known = match of(table, path) {
        _ if is_currency(path) => Currency::parse(word).is_some(),
        Some((words, is_open)) => words.contains(&word) || (is_open && word == UNKNOWN),
        None => true,
    };
    let all = || shown(table, path).unwrap_or_default();
    if is_known { Ok(()) } else { Err(format!("`{word}` is no `{path}`; there are: {}", all())) }
}
