//! The objects that an export holds, owned: what a generator fills and every writer of this folder reads.
//!
//! They are Stripe's objects with the keys that matter; [`AccountObject::rows`] and [`TransactionObject::row`] give the
//! rows that a door would hand over for them, so that a test can fill a history without files.

use std::sync::Arc;

use cashline_core::{
    defect::Source,
    money::Currency,
    row::{
        AccountCategory, AccountRow, AccountStatus, AccountSubcategory, ApplicantRole, ApplicationRow, AsOf,
        BalanceOrigin, BalanceRow, HolderKind, Permissions, Refresh, RefreshStatus, TransactionRow, TransactionStatus,
    },
    time::Day,
};

/// A line of `applications.csv`.
#[derive(Clone, Debug, PartialEq)]
pub struct ApplicationObject {
    /// The application.
    pub application_id: String,
    /// The holder of bank accounts.
    pub applicant_id: String,
    /// T: 00:00 of this day.
    pub as_of: Day,
    /// Primary, co, guarantor.
    pub role: ApplicantRole,
    /// Minor units.
    pub requested_amount: Option<i64>,
    /// Months.
    pub term_months: Option<u32>,
    /// Minor units a month.
    pub instalment_amount: Option<i64>,
    /// Minor units a month.
    pub stated_income: Option<i64>,
    /// The currency.
    pub currency: Currency,
    /// Whether the loan went bad; written only when the export is asked to.
    pub outcome: Option<bool>,
}

/// A `financial_connections.account`.
#[derive(Clone, Debug, PartialEq)]
pub struct AccountObject {
    /// `fca_…`
    pub id: Arc<str>,
    /// `cus_…` or `acct_…`
    pub holder: String,
    /// Which of the two.
    pub holder_kind: HolderKind,
    /// Free text.
    pub institution_name: String,
    /// Given by the holder or the institution.
    pub display_name: Option<String>,
    /// Four digits.
    pub last4: Option<String>,
    /// Cash, credit, …
    pub category: AccountCategory,
    /// Checking, savings, …
    pub subcategory: AccountSubcategory,
    /// Active, inactive, disconnected.
    pub status: AccountStatus,
    /// What the holder consented to.
    pub permissions: Permissions,
    /// The link's time.
    pub created: i64,
    /// False for test data.
    pub livemode: bool,
    /// The last snapshot.
    pub balance: Option<BalanceObject>,
    /// The last attempt to fetch balances.
    pub balance_refresh: Option<Refresh>,
    /// The last attempt to fetch transactions, and its token.
    pub transaction_refresh: Option<(Arc<str>, Refresh)>,
}

/// The `balance` of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BalanceObject {
    /// When the institution computed it.
    pub as_of: i64,
    /// The currency of both amounts.
    pub currency: Currency,
    /// Posted funds, minor units.
    pub current: i64,
    /// `cash.available` or `credit.used`.
    pub available: Option<i64>,
}

/// A `financial_connections.transaction`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransactionObject {
    /// `fctxn_…`
    pub id: String,
    /// `fca_…`
    pub account: Arc<str>,
    /// Minor units, negative out.
    pub amount: i64,
    /// The currency.
    pub currency: Currency,
    /// Raw bank text.
    pub description: String,
    /// False for test data.
    pub livemode: bool,
    /// Pending, posted, void.
    pub status: TransactionStatus,
    /// None while pending.
    pub posted_at: Option<i64>,
    /// Set when voided.
    pub void_at: Option<i64>,
    /// Seconds.
    pub transacted_at: i64,
    /// `fctxnref_…`
    pub transaction_refresh: Arc<str>,
    /// When this version was written.
    pub updated: i64,
}

impl ApplicationObject {
    /// The row that a door would hand over.
    #[must_use]
    pub fn row(&self, source: Source) -> ApplicationRow<'_> {
        ApplicationRow {
            application_id: &self.application_id,
            applicant_id: &self.applicant_id,
            as_of: Some(AsOf::Date(self.as_of)),
            role: self.role,
            requested_amount: self.requested_amount,
            term_months: self.term_months,
            instalment_amount: self.instalment_amount,
            stated_income: self.stated_income,
            currency: Some(self.currency),
            account_ids: Vec::new(),
            extras: Vec::new(),
            source,
        }
    }
}

impl AccountObject {
    /// The rows that a door would hand over: the account, and its balance if it has one.
    #[must_use]
    pub fn rows(&self, source: Source) -> (AccountRow<'_>, Option<BalanceRow<'_>>) {
        let account = AccountRow {
            id: &self.id,
            holder: Some(&self.holder),
            holder_kind: Some(self.holder_kind),
            institution_name: Some(&self.institution_name),
            last4: self.last4.as_deref(),
            category: self.category,
            subcategory: self.subcategory,
            status: self.status,
            permissions: Some(self.permissions),
            created: Some(self.created),
            livemode: Some(self.livemode),
            balance_refresh: self.balance_refresh,
            transaction_refresh: self.transaction_refresh.as_ref().map(|(_, refresh)| *refresh),
            known_at: None,
            expected_deactivation: None,
            authorization: None,
            numbers: None,
            // As every account is written.
            ach_debit: Some(true),
            change: None,
            source,
        };
        let balance = self.balance.map(|balance| BalanceRow {
            account: &self.id,
            as_of: balance.as_of,
            currency: balance.currency,
            current: balance.current,
            available: balance.available,
            origin: BalanceOrigin::Reported,
            source,
        });
        (account, balance)
    }
}

impl TransactionObject {
    /// The row that a door would hand over.
    #[must_use]
    pub fn row(&self, source: Source) -> TransactionRow<'_> {
        TransactionRow {
            id: &self.id,
            account: &self.account,
            amount: self.amount,
            currency: self.currency,
            description: &self.description,
            livemode: Some(self.livemode),
            status: self.status,
            transacted_at: self.transacted_at,
            posted_at: self.posted_at,
            void_at: self.void_at,
            updated: Some(self.updated),
            source,
        }
    }
}

pub(super) fn status_text(status: TransactionStatus) -> &'static str {
    match status {
        TransactionStatus::Pending => "pending",
        TransactionStatus::Posted => "posted",
        TransactionStatus::Void => "void",
    }
}

pub(super) fn refresh_text(status: RefreshStatus) -> &'static str {
    match status {
        RefreshStatus::Pending => "pending",
        RefreshStatus::Succeeded => "succeeded",
        RefreshStatus::Failed => "failed",
        RefreshStatus::Unknown => "unknown",
    }
}

pub(super) fn category_text(category: AccountCategory) -> &'static str {
    match category {
        AccountCategory::Cash => "cash",
        AccountCategory::Credit => "credit",
        AccountCategory::Investment => "investment",
        AccountCategory::Other => "other",
        AccountCategory::Unknown => "unknown",
    }
}

pub(super) fn subcategory_text(subcategory: AccountSubcategory) -> &'static str {
    match subcategory {
        AccountSubcategory::Checking => "checking",
        AccountSubcategory::Savings => "savings",
        AccountSubcategory::Mortgage => "mortgage",
        AccountSubcategory::LineOfCredit => "line_of_credit",
        AccountSubcategory::CreditCard => "credit_card",
        AccountSubcategory::Other => "other",
        AccountSubcategory::Unknown => "unknown",
    }
}

pub(super) fn account_status_text(status: AccountStatus) -> &'static str {
    match status {
        AccountStatus::Active => "active",
        AccountStatus::Inactive => "inactive",
        AccountStatus::Disconnected => "disconnected",
        AccountStatus::Unknown => "unknown",
    }
}

pub(super) fn role_text(role: ApplicantRole) -> &'static str {
    match role {
        ApplicantRole::Primary => "primary",
        ApplicantRole::Co => "co",
        ApplicantRole::Guarantor => "guarantor",
    }
}
