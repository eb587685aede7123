//! The words of Stripe's enumerations, for every door. They are open: a word that we do not know is `Unknown`, but for a
//! transaction's status, without which a row says nothing.

use cashline_core::{
    defect::DefectKind,
    row::{
        AccountCategory, AccountStatus, AccountSubcategory, ApplicantRole, NumberStatus, Permissions, RefreshStatus,
        TransactionStatus,
    },
};

/// A `category`.
#[must_use]
pub fn category(word: &str) -> AccountCategory {
    match word {
        "cash" => AccountCategory::Cash,
        "credit" => AccountCategory::Credit,
        "investment" => AccountCategory::Investment,
        "other" => AccountCategory::Other,
        _ => AccountCategory::Unknown,
    }
}

/// A `subcategory`.
#[must_use]
pub fn subcategory(word: &str) -> AccountSubcategory {
    match word {
        "checking" => AccountSubcategory::Checking,
        "savings" => AccountSubcategory::Savings,
        "mortgage" => AccountSubcategory::Mortgage,
        "line_of_credit" => AccountSubcategory::LineOfCredit,
        "credit_card" => AccountSubcategory::CreditCard,
        "other" => AccountSubcategory::Other,
        _ => AccountSubcategory::Unknown,
    }
}

/// An account's `status`.
#[must_use]
pub fn account_status(word: &str) -> AccountStatus {
    match word {
        "active" => AccountStatus::Active,
        "inactive" => AccountStatus::Inactive,
        "disconnected" => AccountStatus::Disconnected,
        _ => AccountStatus::Unknown,
    }
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
    match word {
        None | Some("primary") => Ok(ApplicantRole::Primary),
        Some("co") => Ok(ApplicantRole::Co),
        Some("guarantor") => Ok(ApplicantRole::Guarantor),
        Some(_) => Err(DefectKind::UnknownRole),
    }
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
    match word {
        "pending" => RefreshStatus::Pending,
        "succeeded" => RefreshStatus::Succeeded,
        "failed" => RefreshStatus::Failed,
        _ => RefreshStatus::Unknown,
    }
}

/// A transaction's `status`; `None` for a word that is none.
#[must_use]
pub fn transaction_status(word: &str) -> Option<TransactionStatus> {
    match word {
        "pending" => Some(TransactionStatus::Pending),
        "posted" => Some(TransactionStatus::Posted),
        "void" => Some(TransactionStatus::Void),
        _ => None,
    }
}
