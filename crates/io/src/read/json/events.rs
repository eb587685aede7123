//! The events that carry no body (Stripe's thin events, v2): which say what of an account, and which say nothing that we keep.
//!
//! Snapshot events need no such table: the account that they carry is a version of it, whatever the type.

use cashline_core::row::{AccountChange, AccountStatus, RefreshStatus};

/// Before the name of each type below.
const PREFIX: &str = "v1.financial_connections.account.";

/// What each type of Stripe's list says, in its order (SDK 23.1.0). Types that are not in it say nothing either.
const TYPES: [(&str, Option<AccountChange>); 22] = [
    // Account numbers pay; they tell nothing of the data.
    ("account_numbers_updated", None),
    ("balance_refresh_failed", Some(AccountChange::BalanceRefresh(RefreshStatus::Failed))),
    ("balance_refresh_succeeded", Some(AccountChange::BalanceRefresh(RefreshStatus::Succeeded))),
    // Whose account and of what kind, only its body says.
    ("created", None),
    ("deactivated", Some(AccountChange::Status(AccountStatus::Inactive))),
    ("disconnected", Some(AccountChange::Status(AccountStatus::Disconnected))),
    // The date changed: to which, only the body says.
    ("expected_deactivation_date_updated", None),
    ("inferred_balances_refresh_failed", None),
    ("inferred_balances_refresh_succeeded", None),
    ("ownership_refresh_failed", None),
    ("ownership_refresh_succeeded", None),
    ("reactivated", Some(AccountChange::Status(AccountStatus::Active))),
    // A refresh ended, well or not.
    ("refreshed_balance", None),
    ("refreshed_ownership", None),
    ("refreshed_transactions", None),
    ("risk_intelligence_refresh_failed", None),
    ("risk_intelligence_refresh_succeeded", None),
    ("supported_payment_method_types_updated", None),
    ("transactions_refresh_failed", Some(AccountChange::TransactionRefresh(RefreshStatus::Failed))),
    ("transactions_refresh_succeeded", Some(AccountChange::TransactionRefresh(RefreshStatus::Succeeded))),
    ("upcoming_account_number_expiry", None),
    ("upcoming_deactivation", Some(AccountChange::UpcomingDeactivation)),
];

/// What an event of that type says of its account.
pub(super) fn change(name: &str) -> Option<AccountChange> {
    let short = name.strip_prefix(PREFIX)?;
    TYPES.iter().find(|(known, _)| *known == short).and_then(|(_, change)| *change)
}
