//! The events of a webhook log: which say what of an account, and which say nothing that we keep.

use cashline_core::{
    defect::DefectKind,
    row::{AccountChange, AccountStatus, RefreshStatus},
};

use super::{object::Object, rows};

/// A type of event that Stripe lists.
#[derive(Clone, Copy, Debug)]
pub struct EventType {
    /// Its name.
    pub name: &'static str,
    /// True for a snapshot event, which carries its object; false for a thin one (v2), which only names its account.
    pub has_body: bool,
    /// What is made of it, one line for the docs.
    pub does: &'static str,
    /// What a thin event says of its account.
    change: Option<AccountChange>,
}

const fn body(name: &'static str, does: &'static str) -> EventType {
    EventType { name, has_body: true, does, change: None }
}

const fn thin(name: &'static str, change: AccountChange, does: &'static str) -> EventType {
    EventType { name, has_body: false, does, change: Some(change) }
}

const fn counted(name: &'static str, does: &'static str) -> EventType {
    EventType { name, has_body: false, does, change: None }
}

const VERSION: &str =
    "a version of its account, known at the event's time: status, refreshes, dates, numbers, payment methods";
const SAID: &str = "an end of its authorisation: folded into every account that names it (`authorization`, Stripe's preview); counted \
                    as `authorization of no account` where none does, for the body names no account, and institution and holder \
                    would not tell two logins apart";
const ENDED: &str = "counted: says that a refresh ended, not how";
const UNREAD: &str = "counted: nothing of that feature is read here";

/// Every type of Stripe's lists, snapshots before thin events (SDK 23.1.0). A snapshot of another type is a version of the account
/// that it carries, whatever the type; a thin event of another type says nothing.
pub const EVENT_TYPES: &[EventType] = &[
    body("financial_connections.account.account_numbers_updated", VERSION),
    body("financial_connections.account.created", VERSION),
    body("financial_connections.account.deactivated", VERSION),
    body("financial_connections.account.disconnected", VERSION),
    body("financial_connections.account.expected_deactivation_date_updated", VERSION),
    body("financial_connections.account.reactivated", VERSION),
    body("financial_connections.account.refreshed_balance", VERSION),
    body("financial_connections.account.refreshed_ownership", VERSION),
    body("financial_connections.account.refreshed_transactions", VERSION),
    body("financial_connections.account.supported_payment_method_types_updated", VERSION),
    body("financial_connections.account.upcoming_account_number_expiry", VERSION),
    body("financial_connections.account.upcoming_deactivation", VERSION),
    body("financial_connections.authorization.expected_deactivation_date_updated", SAID),
    body("financial_connections.authorization.upcoming_deactivation", SAID),
    thin(
        "v1.financial_connections.account.account_numbers_updated",
        AccountChange::NumbersUpdated,
        "what was known of its account numbers holds no more",
    ),
    thin(
        "v1.financial_connections.account.balance_refresh_failed",
        AccountChange::BalanceRefresh(RefreshStatus::Failed),
        "balance refresh failed; the time of the data does not move",
    ),
    thin(
        "v1.financial_connections.account.balance_refresh_succeeded",
        AccountChange::BalanceRefresh(RefreshStatus::Succeeded),
        "balance refresh succeeded; the time of the data does not move, for the event does not say when the refresh began",
    ),
    counted("v1.financial_connections.account.created", "counted: whose account and of what kind, only a body says"),
    thin(
        "v1.financial_connections.account.deactivated",
        AccountChange::Status(AccountStatus::Inactive),
        "status inactive",
    ),
    thin(
        "v1.financial_connections.account.disconnected",
        AccountChange::Status(AccountStatus::Disconnected),
        "status disconnected",
    ),
    counted(
        "v1.financial_connections.account.expected_deactivation_date_updated",
        "counted: to which date, or that there is none any more, only a body says; the date that was known is kept",
    ),
    counted("v1.financial_connections.account.inferred_balances_refresh_failed", UNREAD),
    counted("v1.financial_connections.account.inferred_balances_refresh_succeeded", UNREAD),
    counted("v1.financial_connections.account.ownership_refresh_failed", UNREAD),
    counted("v1.financial_connections.account.ownership_refresh_succeeded", UNREAD),
    thin("v1.financial_connections.account.reactivated", AccountChange::Status(AccountStatus::Active), "status active"),
    counted("v1.financial_connections.account.refreshed_balance", ENDED),
    counted("v1.financial_connections.account.refreshed_ownership", UNREAD),
    counted("v1.financial_connections.account.refreshed_transactions", ENDED),
    counted("v1.financial_connections.account.risk_intelligence_refresh_failed", UNREAD),
    counted("v1.financial_connections.account.risk_intelligence_refresh_succeeded", UNREAD),
    thin(
        "v1.financial_connections.account.supported_payment_method_types_updated",
        AccountChange::PaymentMethodsUpdated,
        "what was known of its payment methods holds no more",
    ),
    thin(
        "v1.financial_connections.account.transactions_refresh_failed",
        AccountChange::TransactionRefresh(RefreshStatus::Failed),
        "transaction refresh failed; how far the data reaches does not move",
    ),
    thin(
        "v1.financial_connections.account.transactions_refresh_succeeded",
        AccountChange::TransactionRefresh(RefreshStatus::Succeeded),
        "transaction refresh succeeded; how far the data reaches does not move, for the event does not say when the refresh began",
    ),
    thin(
        "v1.financial_connections.account.upcoming_account_number_expiry",
        AccountChange::UpcomingNumberExpiry,
        "an account number will expire: announced, a date that a body gave is kept",
    ),
    thin(
        "v1.financial_connections.account.upcoming_deactivation",
        AccountChange::UpcomingDeactivation,
        "the account will become inactive: announced, a date that a body gave is kept",
    ),
];

/// What is said of an event beside its `data`: keys of its own, or cells of a raw table's row.
#[derive(Clone, Copy, Debug)]
pub(crate) struct EventRow<'a> {
    /// `object`.
    pub(crate) object: Option<&'a str>,
    /// `type`.
    pub(crate) kind: Option<&'a str>,
    /// `created`, in seconds.
    pub(crate) created: Result<Option<i64>, DefectKind>,
}

impl<'a> EventRow<'a> {
    pub(super) fn of(object: &'a Object<'_>) -> EventRow<'a> {
        EventRow {
            object: object.name.text(),
            kind: object.account_part.as_deref().and_then(|part| part.event_type.text()),
            created: rows::second(&object.created, "created").map_err(|fault| fault.kind),
        }
    }
}

/// An event's name in `object`, and a thin one's (v2).
pub(super) const EVENT: &str = "event";
pub(super) const THIN_EVENT: &str = "v2.core.event";

/// What a thin event of that type says of its account.
pub(super) fn change(name: &str) -> Option<AccountChange> {
    EVENT_TYPES.iter().find(|kind| kind.name == name).and_then(|kind| kind.change)
}
