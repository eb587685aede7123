//! The words of Stripe's enumerations, for every door. They are open: a word that we do not know is `Unknown`, but for a
//! transaction's status, without which a row says nothing.

use cashline_core::{
    defect::DefectKind,
    row::{
        AccountCategory, AccountStatus, AccountSubcategory, ApplicantRole, NumberStatus, Permissions, RefreshStatus,
        TransactionStatus,
    },
};

/// The words of an enumeration, each written once: a function that reads one, and the list for those who show them.
macro_rules! enumeration {
    ($read:ident, $all:ident, $kind:ident { $($word:literal => $variant:ident),+ }) => {
        pub(crate) const $all: &[&str] = &[$($word),+];

        fn $read(word: &str) -> Option<$kind> {
            match word {
                $($word => Some($kind::$variant),)+
                _ => None,
            }
        }
    };
}

enumeration!(known_category, CATEGORIES, AccountCategory {
    "cash" => Cash, "credit" => Credit, "investment" => Investment, "other" => Other
});
enumeration!(known_subcategory, SUBCATEGORIES, AccountSubcategory {
    "checking" => Checking, "savings" => Savings, "mortgage" => Mortgage, "line_of_credit" => LineOfCredit,
    "credit_card" => CreditCard, "other" => Other
});
enumeration!(known_account_status, ACCOUNT_STATUSES, AccountStatus {
    "active" => Active, "inactive" => Inactive, "disconnected" => Disconnected
});
enumeration!(known_refresh_status, REFRESH_STATUSES, RefreshStatus {
    "pending" => Pending, "succeeded" => Succeeded, "failed" => Failed
});
enumeration!(known_transaction_status, TRANSACTION_STATUSES, TransactionStatus {
    "pending" => Pending, "posted" => Posted, "void" => Void
});
enumeration!(known_role, ROLES, ApplicantRole { "primary" => Primary, "co" => Co, "guarantor" => Guarantor });

/// A `category`.
#[must_use]
pub fn category(word: &str) -> AccountCategory {
    known_category(word).unwrap_or(AccountCategory::Unknown)
}

/// A `subcategory`.
#[must_use]
pub fn subcategory(word: &str) -> AccountSubcategory {
    known_subcategory(word).unwrap_or(AccountSubcategory::Unknown)
}

/// An account's `status`.
#[must_use]
pub fn account_status(word: &str) -> AccountStatus {
    known_account_status(word).unwrap_or(AccountStatus::Unknown)
}

/// What the holder consented to. Permissions that we have no use for are read over.
#[must_use]
pub fn permissions<'w>(words: impl IntoIterator<Item = &'w str>) -> Permissions {
    let mut permissions = Permissions::default();
    for word in words {
        match word {
            "balances" => permissions.balances = true,
            "ownership" => permissions.ownership = true,
            "payment_method" => permissions.payment_method = true,
            "transactions" => permissions.transactions = true,
            _ => {}
        }
    }
    permissions
}

/// An applicant's `role`, which is ours and not Stripe's, so that no other word is let in; without one he is the primary.
///
/// # Errors
///
/// [`DefectKind::UnknownRole`].
pub fn role(word: Option<&str>) -> Result<ApplicantRole, DefectKind> {
    word.map_or(Ok(ApplicantRole::Primary), |word| known_role(word).ok_or(DefectKind::UnknownRole))
}

pub(crate) fn number_status(word: &str) -> NumberStatus {
    match word {
        "transactable" => NumberStatus::Transactable,
        "pending" => NumberStatus::Pending,
        "expired" => NumberStatus::Expired,
        "deactivated" => NumberStatus::Deactivated,
        _ => NumberStatus::Unknown,
    }
}

/// The payment method type that stands for ACH debits.
pub(crate) const ACH: &str = "us_bank_account";

/// A refresh's `status`.
#[must_use]
pub fn refresh_status(word: &str) -> RefreshStatus {
    known_refresh_status(word).unwrap_or(RefreshStatus::Unknown)
}

/// A transaction's `status`; `None` for a word that is none.
#[must_use]
pub fn transaction_status(word: &str) -> Option<TransactionStatus> {
    known_transaction_status(word)
}
