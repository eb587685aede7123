//! Saving: what is put aside of the income, and how regularly.

use super::*;

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        name: "savings_rate",
        tier: Tier::Extended,
        sources: "",
        unit: Unit::Ratio,
        windows: MONTH_TO_YEAR,
        risk: Risk::Falls,
        reason: "savings_buffer",
        compliance: Compliance::ModelOk,
        definition: "Transfers to savings less transfers from savings (net_savings_flow: accounts of the application left out), divided by income; negative when more is taken than put aside. savings_to_income is the same over 90 and 180 days. Zero denominator without income.",
        basis: Basis::Rows(&[Standard::SavingsOut, Standard::SavingsIn]),
        value: savings_rate,
    },
    Entry {
        name: "savings_months_positive",
        tier: Tier::Extended,
        sources: "CFPB proxy (regular saving)",
        unit: Unit::Count,
        windows: &[Window::days(365)],
        risk: Risk::Falls,
        reason: "savings_buffer",
        compliance: Compliance::ModelOk,
        definition: "Calendar months that lie wholly in the window, eleven as a rule and twelve at most, in which transfers to savings exceed transfers from savings, accounts of the application left out.",
        basis: Basis::MonthRows(&[Standard::SavingsOut, Standard::SavingsIn], &[]),
        value: |digest, window| integer(net_by_month(digest, window)?.iter().filter(|&&net| 0 < net).count()),
    },
    Entry {
        name: "saves_monthly_no_overdraft_flag",
        tier: Tier::Extended,
        sources: "CFPB Making Ends Meet proxy",
        unit: Unit::Flag,
        windows: QUARTER,
        risk: Risk::Falls,
        reason: "savings_buffer",
        compliance: Compliance::ModelOk,
        definition: "1 when transfers to savings exceed transfers from savings, accounts of the application left out, in each covered calendar month that lies wholly in the window, and the window has no more fees for returned items and overdraft than rows that give such a fee back, else 0. Not enough history when the window holds no whole month.",
        basis: Basis::MonthRows(&[Standard::SavingsOut, Standard::SavingsIn], &[Standard::NsfOverdraftFee]),
        value: saves_monthly_no_overdraft_flag,
    },
];

fn savings_rate(digest: &Digest<'_>, window: Window) -> Outcome {
    let span = digest.span(window);
    let net = Standard::SavingsOut.sum(digest, span) - Standard::SavingsIn.sum(digest, span);
    sum_to_sum(net, Standard::Income, window, digest)
}

/// Net transfers to savings of the whole calendar months of a window, newest first.
fn net_by_month(digest: &Digest<'_>, window: Window) -> Result<Vec<i128>, Missing> {
    let put = monthly(Standard::SavingsOut, window, digest)?;
    let taken = monthly(Standard::SavingsIn, window, digest)?;
    Ok(put.iter().zip(taken.iter()).map(|(put, taken)| put - taken).collect())
}

fn saves_monthly_no_overdraft_flag(digest: &Digest<'_>, window: Window) -> Outcome {
    let saves = net_by_month(digest, window)?.iter().all(|net| 0 < *net);
    let span = digest.span(window);
    let count = |standard: Standard| standard.sums(digest, span).count;
    flag(saves && count(Standard::NsfOverdraftFee) <= count(Standard::NsfOverdraftReversal))
}
