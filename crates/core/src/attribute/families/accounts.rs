//! Across accounts: how many, of which kind, and how flows spread over them.

use super::*;
use crate::{
    digest::{balance::deposits, filter::magnitude},
    ledger::{LedgerAccount, Scope, TransactionAccess},
    row::AccountSubcategory,
};

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        name: "account_count_depository",
        tier: Tier::Extended,
        sources: "UltraFICO; Plaid Credit Profile metadata; Prism",
        unit: Unit::Count,
        windows: POINT,
        risk: Risk::Neither,
        reason: "",
        compliance: Compliance::VerifyOnly,
        definition: "Deposit accounts, several links of one account counted once.",
        basis: Basis::Nothing,
        value: |digest, _| count(digest, |account| account.scope == Scope::Deposit),
    },
    Entry {
        name: "account_count_checking",
        tier: Tier::Extended,
        sources: "UltraFICO",
        unit: Unit::Count,
        windows: POINT,
        risk: Risk::Neither,
        reason: "",
        compliance: Compliance::VerifyOnly,
        definition: "Deposit accounts whose subcategory is checking.",
        basis: Basis::Nothing,
        value: |digest, _| {
            count(digest, |account| {
                account.scope == Scope::Deposit && account.subcategory == AccountSubcategory::Checking
            })
        },
    },
    Entry {
        name: "account_count_savings",
        tier: Tier::Extended,
        sources: "UltraFICO",
        unit: Unit::Count,
        windows: POINT,
        risk: Risk::Neither,
        reason: "",
        compliance: Compliance::VerifyOnly,
        definition: "Deposit accounts whose subcategory is savings.",
        basis: Basis::Nothing,
        value: |digest, _| count(digest, is_savings),
    },
    Entry {
        name: "account_count_credit",
        tier: Tier::Extended,
        sources: "Plaid Credit Profile metadata; Belvo",
        unit: Unit::Count,
        windows: POINT,
        risk: Risk::Neither,
        reason: "",
        compliance: Compliance::VerifyOnly,
        definition: "Credit accounts that are linked.",
        basis: Basis::Nothing,
        value: |digest, _| count(digest, |account| account.scope == Scope::Credit),
    },
    Entry {
        name: "account_count_loan",
        tier: Tier::Extended,
        sources: "Belvo",
        unit: Unit::Count,
        windows: POINT,
        risk: Risk::Neither,
        reason: "",
        compliance: Compliance::VerifyOnly,
        definition: "Loan accounts that are linked.",
        basis: Basis::Nothing,
        value: |digest, _| count(digest, |account| account.scope == Scope::Loan),
    },
    Entry {
        name: "account_count_without_transactions",
        tier: Tier::Extended,
        sources: "",
        unit: Unit::Count,
        windows: POINT,
        risk: Risk::Neither,
        reason: "",
        compliance: Compliance::VerifyOnly,
        definition: "Deposit accounts whose transactions are not there: not permitted, never refreshed, or the refresh failed.",
        basis: Basis::Nothing,
        value: |digest, _| {
            count(digest, |account| account.scope == Scope::Deposit && account.access != TransactionAccess::Complete)
        },
    },
    Entry {
        name: "institution_count",
        tier: Tier::Extended,
        sources: "Plaid Credit Profile metadata",
        unit: Unit::Count,
        windows: POINT,
        risk: Risk::Neither,
        reason: "",
        compliance: Compliance::VerifyOnly,
        definition: "Distinct names of institutions among all linked accounts; accounts without a name are left out.",
        basis: Basis::Nothing,
        value: institution_count,
    },
    Entry {
        name: "has_savings_account",
        tier: Tier::Core,
        sources: "UltraFICO (num_savings_accounts); UCSD on Prism data",
        unit: Unit::Flag,
        windows: POINT,
        risk: Risk::Falls,
        reason: "savings_buffer",
        compliance: Compliance::ModelOk,
        definition: "1 when a savings account is linked, else 0. Not applicable without a deposit account.",
        basis: Basis::Nothing,
        value: |digest, _| {
            deposits(digest.ledger).next().ok_or(Missing::NotApplicable)?;
            flag(digest.ledger.accounts.iter().any(is_savings))
        },
    },
    Entry {
        name: "savings_balance",
        tier: Tier::Core,
        sources: "UltraFICO",
        unit: Unit::Minor,
        windows: POINT,
        risk: Risk::Falls,
        reason: "savings_buffer",
        compliance: Compliance::ModelOk,
        definition: "Sum of the balances at T of the savings accounts. Not applicable without one; not permitted when one of them has no balance.",
        basis: Basis::Nothing,
        value: |digest, _| Ok(Value::integer(savings_balance(digest)?)),
    },
    Entry {
        name: "savings_balance_to_outflow",
        tier: Tier::Core,
        sources: "",
        unit: Unit::Ratio,
        windows: QUARTER_AND_HALF,
        risk: Risk::Falls,
        reason: "savings_buffer",
        compliance: Compliance::ModelOk,
        definition: "Sum of the balances at T of the savings accounts, divided by the outflow a month (30 days) of the window. Missing as savings_balance; zero denominator without outflow.",
        basis: Basis::Rows(&[Standard::Outflow]),
        value: |digest, window| amount_to_monthly(savings_balance(digest)?, Standard::Outflow, window, digest),
    },
    Entry {
        name: "inflow_share_primary",
        tier: Tier::Extended,
        sources: "",
        unit: Unit::Ratio,
        windows: QUARTER,
        risk: Risk::Neither,
        reason: "",
        compliance: Compliance::VerifyOnly,
        definition: "Inflow of the deposit account with the largest inflow, divided by the inflow of all of them; transfers within the application left out. Zero denominator without inflow.",
        basis: Basis::Rows(&[Standard::Inflow]),
        value: inflow_share_primary,
    },
];

fn count(digest: &Digest<'_>, wanted: impl Fn(&LedgerAccount) -> bool) -> Outcome {
    integer(digest.ledger.accounts.iter().filter(|account| wanted(account)).count())
}

fn is_savings(account: &LedgerAccount) -> bool {
    account.scope == Scope::Deposit && account.subcategory == AccountSubcategory::Savings
}

fn institution_count(digest: &Digest<'_>, _: Window) -> Outcome {
    let names = digest.ledger.accounts.iter().map(|account| account.institution_name.as_str());
    let mut names: Vec<&str> = names.filter(|name| !name.is_empty()).collect();
    names.sort_unstable();
    names.dedup();
    integer(names.len())
}

fn savings_balance(digest: &Digest<'_>) -> Result<i128, Missing> {
    let mut savings = digest.ledger.accounts.iter().filter(|account| is_savings(account)).peekable();
    savings.peek().ok_or(Missing::NotApplicable)?;
    let balances = savings.map(|account| account.balance_current.map(i128::from));
    balances.sum::<Option<i128>>().ok_or(Missing::NotPermitted)
}

fn inflow_share_primary(digest: &Digest<'_>, window: Window) -> Outcome {
    let span = digest.span(window);
    digest.covers(span, None)?;
    let mut accounts = vec![0_i128; digest.ledger.accounts.len()];
    for row in digest.rows(Standard::Inflow.id(), span) {
        if let Some(account) = accounts.get_mut(usize::from(row.account)) {
            *account += i128::from(magnitude(row.amount));
        }
    }
    ratio(accounts.into_iter().max().unwrap_or(0), Standard::Inflow.sum(digest, span))
}
