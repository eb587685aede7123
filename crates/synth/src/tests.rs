//! What a portfolio promises.

use std::collections::BTreeMap;

use cashline_core::row::TransactionStatus;

use crate::{Case, IncomeText, Preset, Spec, Tag, case, cases};

fn spec(preset: Preset, applications: u64) -> Spec {
    Spec { preset, ..Spec::new(11, applications) }
}

/// Area under the ROC curve of `risk` against outcomes, ties counted half.
fn auc(rows: &mut [(f64, bool)]) -> f64 {
    rows.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut below, mut sum, mut at) = (0.0, 0.0, 0);
    while at < rows.len() {
        let end = at + rows[at..].iter().take_while(|row| row.0 == rows[at].0).count();
        let bad = rows[at..end].iter().filter(|row| row.1).count() as f64;
        let good = (end - at) as f64 - bad;
        sum += bad * (below + good / 2.0);
        below += good;
        at = end;
    }
    let bad = rows.iter().filter(|row| row.1).count() as f64;
    sum / (bad * below)
}

/// A crude risk from cash flow: few features, taken from planted tags and balances, weighted by hand.
fn cash_flow_risk(case: &Case) -> f64 {
    let days = 180.0;
    let sum = |pick: &dyn Fn(Tag) -> bool| -> f64 {
        case.transactions
            .iter()
            .zip(&case.tags)
            .filter(|(row, tag)| row.status == TransactionStatus::Posted && pick(**tag))
            .map(|(row, _)| row.amount.unsigned_abs() as f64)
            .sum()
    };
    let count = |pick: &dyn Fn(Tag) -> bool| case.tags.iter().filter(|tag| pick(**tag)).count() as f64;
    let outflow: f64 =
        case.transactions.iter().filter(|row| row.amount < 0).map(|row| -row.amount as f64).sum::<f64>() / days + 1.0;
    // The mean of daily closing balances over the liquid accounts.
    let mut mean = 0.0;
    for (account, opening) in case.accounts.iter().zip(&case.openings) {
        if account.category == cashline_core::row::AccountCategory::Credit {
            continue;
        }
        let end = i64::from(case.as_of().0) * 86_400;
        let lived: f64 = case
            .transactions
            .iter()
            .filter(|row| row.account == account.id && row.status == TransactionStatus::Posted)
            .map(|row| {
                row.amount as f64 * (((end - row.posted_at.unwrap_or(end)) as f64) / 86_400.0 / days).clamp(0.0, 1.0)
            })
            .sum();
        mean += *opening as f64 + lived;
    }
    let cushion = (mean / outflow).max(0.5).ln();
    let shortage = (1.0 + count(&|tag| tag.is_shortage())).ln();
    let advances = (1.0 + count(&|tag| matches!(tag, Tag::Advance | Tag::Payday | Tag::McaFunding))).ln();
    let bets = (1.0 + sum(&|tag| tag == Tag::Gambling) / outflow).ln();
    let debt = sum(&|tag| matches!(tag, Tag::PersonalLoan | Tag::Bnpl | Tag::McaPayment)) / outflow / days;
    -0.8 * cushion + 0.35 * shortage + 0.35 * advances + 0.2 * bets + 1.5 * debt
}

#[test]
fn explore() {
    for (preset, name, ..) in Preset::ALL {
        let spec = spec(*preset, 3_000);
        let (mut view, mut truth, mut rows, mut bad) = (Vec::new(), Vec::new(), 0, 0);
        let mut tags: BTreeMap<Tag, usize> = BTreeMap::new();
        let (mut inc, mut short, mut neg) = (0, 0, 0);
        for case in cases(&spec) {
            view.push((cash_flow_risk(&case), case.truth.outcome));
            truth.push((case.truth.probability, case.truth.outcome));
            rows += case.transactions.len();
            bad += usize::from(case.truth.outcome);
            for tag in &case.tags {
                *tags.entry(*tag).or_default() += 1;
            }
            inc += case.truth.monthly_income_minor / 100;
            short += usize::from(case.tags.iter().any(|tag| tag.is_shortage()));
            neg += case
                .accounts
                .iter()
                .filter(|a| {
                    a.balance.is_some_and(|b| b.current < 0) && a.category == cashline_core::row::AccountCategory::Cash
                })
                .count();
        }
        eprintln!(
            "{name}: bad {bad} rows/app {} auc view {:.3} truth {:.3} income {} short {} neg {}",
            rows / 3_000,
            auc(&mut view),
            auc(&mut truth),
            inc / 3_000,
            short,
            neg
        );
        eprintln!("   {tags:?}");
    }
    for row in &case(&spec(Preset::Mixed, 1), 3).transactions {
        eprintln!("{} {:>9} {:?} {}", row.transacted_at, row.amount, row.status, row.description);
    }
}
