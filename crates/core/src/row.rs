//! The rows that the doors hand over: typed, range-checked, with borrowed text. Every door fills these and nothing else.
//!
//! Field names are Stripe's where Stripe has them. Absent and null mean the same and are `None`. Rows have serde's traits for the
//! compact records of a stored state; they are no interchange format.

use std::{cmp::Reverse, fmt};

use serde::{Deserialize, Serialize};

use crate::{defect::Source, money::Currency, time::Day};

/// One row of a table that scoring reads.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Row<'a> {
    /// Who asks for what, as of when.
    #[serde(borrow)]
    Application(ApplicationRow<'a>),
    /// A linked bank account.
    #[serde(borrow)]
    Account(AccountRow<'a>),
    /// A balance snapshot of an account.
    #[serde(borrow)]
    Balance(BalanceRow<'a>),
    /// A version of a transaction.
    #[serde(borrow)]
    Transaction(TransactionRow<'a>),
    /// What a human says a transaction was.
    #[serde(borrow)]
    Correction(CorrectionRow<'a>),
    /// The list of an account's transactions ended with `has_more: true`: the export is truncated.
    Truncated {
        /// The account whose list it was.
        account: &'a str,
    },
}

/// T, the point in time at which an application is scored; exclusive.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum AsOf {
    /// 00:00 of a day in the run's zone.
    Date(Day),
    /// A second in UTC.
    Instant(i64),
}

/// One applicant of an application. The key is (`application_id`, `applicant_id`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ApplicationRow<'a> {
    /// The application; several applicants may share it.
    pub application_id: &'a str,
    /// The holder of bank accounts (`cus_…` or `acct_…`).
    pub applicant_id: &'a str,
    /// T; `None` takes the run's.
    pub as_of: Option<AsOf>,
    /// What the applicant is to the application.
    pub role: ApplicantRole,
    /// Minor units.
    pub requested_amount: Option<i64>,
    /// Months.
    pub term_months: Option<u32>,
    /// Minor units a month.
    pub instalment_amount: Option<i64>,
    /// Minor units a month.
    pub stated_income: Option<i64>,
    /// The currency to score in; `None` takes the accounts' majority.
    pub currency: Option<Currency>,
    /// The accounts the applicant consented to; empty means all.
    #[serde(borrow)]
    pub account_ids: Vec<&'a str>,
    /// Extra numeric columns that the run declared, by name.
    #[serde(borrow)]
    pub extras: Vec<(&'a str, f64)>,
    /// Where the row stood.
    pub source: Source,
}

/// What a human says a transaction was; the module `correction` says what it means and what may stand in it.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct CorrectionRow<'a> {
    /// The transaction that is spoken of.
    pub transaction_id: &'a str,
    /// `exclude` or `recategorise`.
    pub action: &'a str,
    /// A purpose of the taxonomy, for `recategorise` alone.
    #[serde(borrow)]
    pub purpose: Option<&'a str>,
    /// Who says so, a member of staff or a case; may be personal data.
    pub by: &'a str,
    /// Why; free text, may hold personal data.
    pub why: &'a str,
    /// When it was said: decides between several corrections of one transaction.
    pub at: AsOf,
    /// Where the row stood.
    pub source: Source,
}

/// Without who said it and why.
impl fmt::Debug for CorrectionRow<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CorrectionRow")
            .field("transaction_id", &self.transaction_id)
            .field("action", &self.action)
            .field("purpose", &self.purpose)
            .field("at", &self.at)
            .field("source", &self.source)
            .finish_non_exhaustive()
    }
}

/// What an applicant is to an application. Ledgers are pooled whatever the role.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names say it")]
pub enum ApplicantRole {
    #[default]
    Primary,
    Co,
    Guarantor,
}

/// What kind of Stripe object holds an account.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum HolderKind {
    /// A person (`account_holder.type = customer`).
    Customer,
    /// A business on the platform (`account_holder.type = account`).
    Account,
}

/// Stripe's `category`; an open enumeration.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[expect(missing_docs, reason = "Stripe's own names")]
pub enum AccountCategory {
    Cash,
    Credit,
    Investment,
    Other,
    /// A value that Stripe's schema does not list, such as `checking` in Stripe's own guides.
    Unknown,
}

/// Stripe's `subcategory`; an open enumeration.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[expect(missing_docs, reason = "Stripe's own names")]
pub enum AccountSubcategory {
    Checking,
    Savings,
    Mortgage,
    LineOfCredit,
    CreditCard,
    Other,
    Unknown,
}

/// Stripe's account `status`; an open enumeration.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[expect(missing_docs, reason = "Stripe's own names")]
pub enum AccountStatus {
    Active,
    Inactive,
    Disconnected,
    Unknown,
}

/// What became of the last refresh of a feature.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[expect(missing_docs, reason = "Stripe's own names")]
pub enum RefreshStatus {
    Pending,
    Succeeded,
    Failed,
    Unknown,
}

/// What the holder consented to.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize)]
#[expect(missing_docs, reason = "Stripe's own names")]
pub struct Permissions {
    pub balances: bool,
    pub ownership: bool,
    pub payment_method: bool,
    pub transactions: bool,
}

/// A version of a linked account. Its balance, if any, comes as a [`BalanceRow`] of its own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AccountRow<'a> {
    /// `fca_…`; of an [`AccountChange::Authorization`] the authorisation's id.
    pub id: &'a str,
    /// The applicant: `customer`, `customer_account` or `account` of the holder, whichever is there.
    #[serde(borrow)]
    pub holder: Option<&'a str>,
    /// What the holder is.
    pub holder_kind: Option<HolderKind>,
    /// Free text.
    #[serde(borrow)]
    pub institution_name: Option<&'a str>,
    /// The last digits; left-padded to four when a tool stripped the zeros.
    #[serde(borrow)]
    pub last4: Option<&'a str>,
    /// Cash, credit, investment, other.
    pub category: AccountCategory,
    /// Checking, savings, …
    pub subcategory: AccountSubcategory,
    /// Active, inactive, disconnected.
    pub status: AccountStatus,
    /// `None` when the export does not say (old exports, flat tables).
    pub permissions: Option<Permissions>,
    /// When Stripe created the object: the link's time, not the account's opening.
    pub created: Option<i64>,
    /// False marks test data.
    pub livemode: Option<bool>,
    /// The last attempt to fetch balances.
    pub balance_refresh: Option<Refresh>,
    /// The last attempt to fetch transactions; `None`: never requested, or the export does not say.
    pub transaction_refresh: Option<Refresh>,
    /// When this version was known (the event's time); `None`, an export, takes the latest of `created` and the attempts of its
    /// refreshes. The larger wins.
    pub known_at: Option<i64>,
    /// When Stripe expects the account to become inactive, seconds; `None` when it expects nothing or the export does not say.
    pub expected_deactivation: Option<i64>,
    /// The authorisation that the account belongs to, where the export names it (Stripe's preview).
    #[serde(borrow)]
    pub authorization: Option<&'a str>,
    /// What its account numbers can pay; `None` when it has none or the export does not say.
    pub numbers: Option<AccountNumbers>,
    /// Whether a `us_bank_account` payment method can be made of it, so that it can be debited by ACH; `None` when the export
    /// does not say.
    pub ach_debit: Option<bool>,
    /// An event that says one thing of the account and carries no body: `id`, `known_at` and this are all that it knows.
    pub change: Option<AccountChange>,
    /// Where the row stood.
    pub source: Source,
}

/// What an event without a body says of an account: one thing changed, and the rest is as it was.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum AccountChange {
    /// The account is active again, inactive or disconnected.
    Status(AccountStatus),
    /// A refresh of the balance ended.
    BalanceRefresh(RefreshStatus),
    /// A refresh of the transactions ended.
    TransactionRefresh(RefreshStatus),
    /// The account will become inactive; when, the event does not say.
    UpcomingDeactivation,
    /// An account number will expire; when, the event does not say.
    UpcomingNumberExpiry,
    /// The account numbers are others now; what they can pay, the event does not say.
    NumbersUpdated,
    /// The payment methods that can be made of it are others now; which, the event does not say.
    PaymentMethodsUpdated,
    /// What is known of an authorisation, and so of every account that names it: an object of its own or an event's body.
    Authorization {
        /// When Stripe expects it to become inactive, seconds; `None` when it expects nothing.
        ends: Option<i64>,
        /// It will become inactive, whether or not the date is known.
        is_announced: bool,
    },
}

/// What the numbers of an account can pay: the best of them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct AccountNumbers {
    /// Of the best number.
    pub status: NumberStatus,
    /// When it is expected to expire, seconds; `None`: not at all, or the export does not say.
    pub expires: Option<i64>,
}

/// Stripe's status of an account number, the best first; an open enumeration.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[expect(missing_docs, reason = "Stripe's own names")]
pub enum NumberStatus {
    Transactable,
    Unknown,
    Pending,
    Expired,
    Deactivated,
}

impl AccountNumbers {
    /// Of several numbers the one that can pay longest; `None` without any.
    #[must_use]
    pub fn best(numbers: impl IntoIterator<Item = AccountNumbers>) -> Option<AccountNumbers> {
        // A number that is not expected to expire outlasts one that is.
        numbers.into_iter().min_by_key(|one| (one.status, one.expires.is_some(), Reverse(one.expires)))
    }

    /// Whether no number can be debited at an instant any more: all have expired by then or were deactivated.
    #[must_use]
    pub fn is_over_at(self, at: i64) -> bool {
        match self.status {
            NumberStatus::Expired | NumberStatus::Deactivated => true,
            // Whatever it is called, a number whose end has passed is over.
            NumberStatus::Transactable | NumberStatus::Unknown | NumberStatus::Pending => {
                self.expires.is_some_and(|end| end <= at)
            }
        }
    }
}

/// A refresh hash. An attempt is not a success.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct Refresh {
    /// Pending, succeeded, failed.
    pub status: RefreshStatus,
    /// When the last attempt began.
    pub last_attempted_at: Option<i64>,
}

/// A balance of an account in one currency.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BalanceRow<'a> {
    /// The account.
    pub account: &'a str,
    /// When the institution computed it.
    pub as_of: i64,
    /// The currency of both amounts.
    pub currency: Currency,
    /// Posted funds, minor units; negative is owed by the holder.
    pub current: i64,
    /// After holds, minor units (`cash.available` or `credit.used`).
    pub available: Option<i64>,
    /// Reported by the institution, or computed by Stripe for 23:59:59 UTC.
    pub origin: BalanceOrigin,
    /// Where the row stood.
    pub source: Source,
}

/// Who computed a balance.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum BalanceOrigin {
    /// The institution.
    Reported,
    /// Stripe's `account_inferred_balance`.
    Inferred,
}

/// Stripe's transaction `status`; closed: anything else is a defect.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[expect(missing_docs, reason = "Stripe's own names")]
pub enum TransactionStatus {
    Pending,
    Posted,
    Void,
}

/// A version of a transaction.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransactionRow<'a> {
    /// `fctxn_…`
    pub id: &'a str,
    /// `fca_…`
    pub account: &'a str,
    /// Minor units; negative is money out.
    pub amount: i64,
    /// The currency.
    pub currency: Currency,
    /// Raw bank text; personal data.
    pub description: &'a str,
    /// False marks test data.
    pub livemode: Option<bool>,
    /// Pending, posted, void.
    pub status: TransactionStatus,
    /// Seconds.
    pub transacted_at: i64,
    /// Seconds; none while pending.
    pub posted_at: Option<i64>,
    /// Seconds; set when voided.
    pub void_at: Option<i64>,
    /// When this version was written; the larger wins. `None`: the export does not say.
    pub updated: Option<i64>,
    /// Where the row stood.
    pub source: Source,
}

/// Without the bank's text.
impl fmt::Debug for TransactionRow<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TransactionRow")
            .field("id", &self.id)
            .field("account", &self.account)
            .field("amount", &self.amount)
            .field("currency", &self.currency)
            .field("description_bytes", &self.description.len())
            .field("livemode", &self.livemode)
            .field("status", &self.status)
            .field("transacted_at", &self.transacted_at)
            .field("posted_at", &self.posted_at)
            .field("void_at", &self.void_at)
            .field("updated", &self.updated)
            .field("source", &self.source)
            .finish()
    }
}
