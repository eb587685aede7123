//! The smallest rows that mean something, for code that builds histories by hand: set the rest by update syntax.

use crate::{
    defect::Source,
    money::Currency,
    row::{
        AccountCategory, AccountRow, AccountStatus, AccountSubcategory, AsOf, BalanceOrigin, BalanceRow, CorrectionRow,
        TransactionRow, TransactionStatus,
    },
};

impl<'a> AccountRow<'a> {
    /// An active checking account of a holder, with nothing else known.
    ///
    /// ```
    /// use cashline_core::row::{AccountCategory, AccountRow};
    /// let card = AccountRow { category: AccountCategory::Credit, ..AccountRow::checking("fca_1", "cus_1") };
    /// assert_eq!(card.holder, Some("cus_1"));
    /// ```
    #[must_use]
    pub fn checking(id: &'a str, holder: &'a str) -> AccountRow<'a> {
        AccountRow {
            id,
            holder: Some(holder),
            holder_kind: None,
            institution_name: None,
            last4: None,
            category: AccountCategory::Cash,
            subcategory: AccountSubcategory::Checking,
            status: AccountStatus::Active,
            permissions: None,
            created: None,
            livemode: None,
            balance_refresh: None,
            transaction_refresh: None,
            known_at: None,
            expected_deactivation: None,
            authorization: None,
            numbers: None,
            ach_debit: None,
            change: None,
            source: Source::default(),
        }
    }
}

impl<'a> BalanceRow<'a> {
    /// A balance in US cents that the institution reported at `as_of`.
    #[must_use]
    pub fn reported(account: &'a str, as_of: i64, current: i64) -> BalanceRow<'a> {
        BalanceRow {
            account,
            as_of,
            currency: Currency::USD,
            current,
            available: None,
            origin: BalanceOrigin::Reported,
            source: Source::default(),
        }
    }
}

impl<'a> CorrectionRow<'a> {
    /// Leaves a transaction out, said at a second.
    ///
    /// ```
    /// use cashline_core::row::CorrectionRow;
    /// let out = CorrectionRow::exclude("fctxn_1", 1_767_225_600, "case 17", "card stolen");
    /// let rent = CorrectionRow { action: "recategorise", purpose: Some("rent"), ..out };
    /// assert_eq!(rent.transaction_id, "fctxn_1");
    /// ```
    #[must_use]
    pub fn exclude(transaction_id: &'a str, at: i64, by: &'a str, why: &'a str) -> CorrectionRow<'a> {
        CorrectionRow {
            transaction_id,
            action: "exclude",
            purpose: None,
            by,
            why,
            at: AsOf::Instant(at),
            source: Source::default(),
        }
    }
}

impl<'a> TransactionRow<'a> {
    /// A posted row in US cents, transacted and posted at `at`, without text.
    #[must_use]
    pub fn posted(id: &'a str, account: &'a str, amount: i64, at: i64) -> TransactionRow<'a> {
        TransactionRow {
            id,
            account,
            amount,
            currency: Currency::USD,
            description: "",
            livemode: None,
            status: TransactionStatus::Posted,
            transacted_at: at,
            posted_at: Some(at),
            void_at: None,
            updated: None,
            source: Source::default(),
        }
    }

    /// A pending row in US cents, transacted at `at`, without text.
    #[must_use]
    pub fn pending(id: &'a str, account: &'a str, amount: i64, at: i64) -> TransactionRow<'a> {
        TransactionRow {
            status: TransactionStatus::Pending,
            posted_at: None,
            ..TransactionRow::posted(id, account, amount, at)
        }
    }
}
