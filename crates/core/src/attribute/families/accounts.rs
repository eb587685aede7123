//! Across accounts: how many, of which kind, and how flows spread over them.

use super::*;
use crate::{
    digest::{Sums, balance::deposits, exact::quotient},
    ledger::{LedgerAccount, LedgerRow, Scope, TransactionAccess},
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
        definition: "Distinct spellings of institutions' names among all linked accounts, letter for letter, so that one bank that two links spell in two ways counts twice; accounts without a name are left out. The column institutions of the scores counts banks, by names in one spelling: which spellings mean one bank is a list that a lender may change, and no attribute reads it.",
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
    Entry {
        name: "joint_account_count",
        tier: Tier::Extended,
        sources: "Plaid Credit Profile metadata; Nordigen",
        unit: Unit::Count,
        windows: POINT,
        risk: Risk::Neither,
        reason: "",
        compliance: Compliance::VerifyOnly,
        definition: "Accounts of any kind that more than one holder has linked. Owners are identity and stay out of scoring, so a joint account that only one of its owners linked is not seen.",
        basis: Basis::Nothing,
        value: |digest, _| count(digest, is_joint),
    },
    Entry {
        name: "joint_income_share",
        tier: Tier::Extended,
        sources: "",
        unit: Unit::Ratio,
        windows: QUARTER,
        risk: Risk::Neither,
        reason: "",
        compliance: Compliance::VerifyOnly,
        definition: "Income that came in on the accounts of joint_account_count, divided by all income: how much of it may be another's. Zero denominator without income.",
        basis: Basis::Rows(&[Standard::Income]),
        value: joint_income_share,
    },
    Entry {
        name: "primary_account_confidence",
        tier: Tier::Extended,
        sources: "Plaid (primary_account_score); Flinks (primary account detection)",
        unit: Unit::Ratio,
        windows: POINT,
        risk: Risk::Neither,
        reason: "",
        compliance: Compliance::VerifyOnly,
        definition: "The mean of three shares that a deposit account has in all of them over the last 90 days, of rows, of inflow and of outflow, transfers within the application left out; of the account for which it is largest; payments to an own card that is linked count as outflow, as in outflow_amount. 1 when all goes through one account. The catalogue says probability, which nothing here is fitted to; it is a share. Zero denominator without inflow or without outflow.",
        basis: Basis::TracedOver(
            Trace { name: "rows of the last 90 days", rows: flows_of_quarter },
            QUARTER_DAYS_NEEDED,
        ),
        value: primary_account_confidence,
    },
    Entry {
        name: "undisclosed_account_evidence",
        tier: Tier::Extended,
        sources: "Ocrolus (missing_bank_accounts)",
        unit: Unit::Count,
        windows: QUARTER,
        risk: Risk::Neither,
        reason: "",
        compliance: Compliance::VerifyOnly,
        definition: "Distinct counterparties of the transfers that name own accounts or savings and are not paired with a linked account: accounts that are not connected. Numbers are no part of a counterparty's key, so accounts that the text tells apart by number only count once; the catalogue asks for own names, which stay out of scoring.",
        basis: Basis::Rows(&[Standard::OwnTransfer]),
        value: |digest, window| {
            let span = digest.span(window);
            digest.covers(span, None)?;
            integer(digest.distinct_counterparties(Standard::OwnTransfer.id(), span))
        },
    },
    Entry {
        name: "undisclosed_card_evidence",
        tier: Tier::Extended,
        sources: "",
        unit: Unit::Count,
        windows: QUARTER,
        risk: Risk::Neither,
        reason: "",
        compliance: Compliance::VerifyOnly,
        definition: "Distinct card issuers that were paid and whose card is not linked, at least 0: the counterparties of card payments, payments paired with a linked card left out, less the linked cards whose transactions are not there, with which nothing can be paired.",
        basis: Basis::Traced(Trace { name: "payments to cards that are not linked", rows: undisclosed_cards }),
        value: undisclosed_card_evidence,
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
    let accounts = digest.sums_by_account(Standard::Inflow.id(), span);
    ratio(accounts.iter().map(|sums| sums.sum).max().unwrap_or(0), Standard::Inflow.sum(digest, span))
}

fn is_joint(account: &LedgerAccount) -> bool {
    1 < account.holders.len()
}

fn joint_income_share(digest: &Digest<'_>, window: Window) -> Outcome {
    let span = digest.span(window);
    digest.covers(span, None)?;
    let sums = digest.sums_by_account(Standard::Income.id(), span);
    let joint = digest.ledger.accounts.iter().zip(sums).filter(|(account, _)| is_joint(account));
    ratio(joint.map(|(_, sums)| sums.sum).sum(), Standard::Income.sum(digest, span))
}

/// The days that the state at T is judged by.
const LAST_QUARTER: Span = Span { near: 0, far: 90 };

fn primary_account_confidence(digest: &Digest<'_>, _: Window) -> Outcome {
    digest.covers(LAST_QUARTER, None)?;
    // Rows, inflow and outflow of each account.
    let [inflow, outflow] =
        [Standard::Inflow, Standard::Outflow].map(|flow| digest.sums_by_account(flow.id(), LAST_QUARTER));
    let of = |(inflow, outflow): (&Sums, &Sums)| [i128::from(inflow.count + outflow.count), inflow.sum, outflow.sum];
    let accounts: Vec<[i128; 3]> = inflow.iter().zip(&outflow).map(of).collect();
    let all = [0, 1, 2].map(|kind| accounts.iter().map(|sums| sums[kind]).sum::<i128>());
    if all.contains(&0) {
        return Err(Missing::ZeroDenominator);
    }
    let share = |sums: &[i128; 3]| sums.iter().zip(all).map(|(of, over)| quotient(*of, over)).sum::<f64>() / 3.0;
    Value::real(accounts.iter().map(share).fold(0.0, f64::max))
}

fn flows_of_quarter(digest: &Digest<'_>, _: Window) -> Vec<Evidence> {
    digest.rows(Standard::Flow.id(), LAST_QUARTER).map(|row| Evidence::Row(row.index)).collect()
}

fn undisclosed_card_evidence(digest: &Digest<'_>, window: Window) -> Outcome {
    let span = digest.span(window);
    digest.covers(span, None)?;
    let mut paid: Vec<u64> = unpaired_card_payments(digest, span).map(|row| row.label.counterparty).collect();
    paid.sort_unstable();
    paid.dedup();
    let mute = digest.ledger.accounts.iter();
    let mute = mute.filter(|account| account.scope == Scope::Credit && account.access != TransactionAccess::Complete);
    integer(paid.len().saturating_sub(mute.count()))
}

/// Payments to cards that are paired with no linked card.
fn unpaired_card_payments<'d>(digest: &'d Digest<'_>, span: Span) -> impl Iterator<Item = &'d LedgerRow> {
    let paired = digest.ledger.paired();
    digest.rows(Standard::CardPayment.id(), span).filter(move |row| paired.binary_search(&row.index).is_err())
}

fn undisclosed_cards(digest: &Digest<'_>, window: Window) -> Vec<Evidence> {
    unpaired_card_payments(digest, digest.span(window)).map(|row| Evidence::Row(row.index)).collect()
}
