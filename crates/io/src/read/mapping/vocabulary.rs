//! The words of ours that a mapping may give for someone else's. Stripe's enumerations are open, so that a word in an export is
//! read as unknown when it is new; one in a mapping is ours or misspelt, and its accounts would be left out without a word.

use cashline_core::{
    money::Currency,
    row::{AccountCategory, AccountStatus, AccountSubcategory, RefreshStatus},
};

use crate::read::{Table, words};

/// Checks a word that a mapping gives for a field.
///
/// # Errors
///
/// It is none of the field's; the message lists them.
pub(super) fn check(table: Table, path: &str, word: &str) -> Result<(), String> {
    let (is_known, all) = match (table, path) {
        (Table::Accounts, "category") => {
            (words::category(word) != AccountCategory::Unknown, "cash, credit, investment, other, unknown")
        }
        (Table::Accounts, "subcategory") => (
            words::subcategory(word) != AccountSubcategory::Unknown,
            "checking, savings, mortgage, line_of_credit, credit_card, other, unknown",
        ),
        (Table::Accounts, "status") => {
            (words::account_status(word) != AccountStatus::Unknown, "active, inactive, disconnected, unknown")
        }
        (Table::Accounts, "balance_refresh.status" | "transaction_refresh.status") => {
            (words::refresh_status(word) != RefreshStatus::Unknown, "pending, succeeded, failed, unknown")
        }
        (Table::Transactions, "status") => (words::transaction_status(word).is_some(), "pending, posted, void"),
        (Table::Applications, "role") => (words::role(Some(word)).is_ok(), "primary, co, guarantor"),
        (_, "currency" | super::BALANCE_CURRENCY) => {
            (Currency::parse(word).is_some(), "codes of ISO 4217, such as usd")
        }
        _ => return Ok(()),
    };
    // Whoever writes that a word means nothing to us has seen it; a status of a transaction says that or something.
    let is_said_unknown = word == "unknown" && all.ends_with("unknown");
    if is_known || is_said_unknown { Ok(()) } else { Err(format!("`{word}` is no `{path}`; there are: {all}")) }
}
