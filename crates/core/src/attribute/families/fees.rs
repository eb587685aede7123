//! Fees beyond single measures.

use super::*;

pub(super) const ENTRIES: &[Entry] = &[Entry {
    name: "loan_fine_amount",
    tier: Tier::Extended,
    sources: "Nordigen (loan_fines)",
    unit: Unit::Minor,
    windows: MONTH_TO_YEAR,
    risk: Risk::Rises,
    reason: "fees",
    compliance: Compliance::ModelOk,
    definition: "Late fees whose text names a loan, a mortgage, an instalment or a lender; part of late_fee_amount. Penalties that a lender adds to its payment show as part of the payment and cannot be told from it.",
    basis: Basis::Rows(&[Standard::LoanFine]),
    value: |digest, window| {
        let span = digest.span(window);
        digest.covers(span, None)?;
        Ok(Value::integer(Standard::LoanFine.sum(digest, span)))
    },
}];
