//! Counts of the manifest, and that they add up.

use std::collections::BTreeMap;

use cashline_core::defect::Defect;

use super::Collected;
use crate::{
    manifest::Counts,
    portfolio::{DEFECTS_LISTED_MAX, Tally},
    read::Table,
};

/// `later` are the rows that histories set aside.
pub(super) fn counts(tally: &Tally, collected: &Collected, later: &[Defect]) -> Counts {
    let mut applications = collected.statuses.clone();
    applications.insert("total".to_owned(), tally.applications);
    let mut defects: BTreeMap<String, u64> = BTreeMap::new();
    for (kind, count) in &tally.defects_by_kind {
        *defects.entry(kind.code().to_owned()).or_default() += count;
    }
    for defect in later {
        *defects.entry(defect.kind.code().to_owned()).or_default() += 1;
    }
    let counts = Counts {
        applications,
        decisions: collected.decisions.clone(),
        applications_without_accounts: tally.applications_without_accounts,
        applicants_without_accounts: tally.applicants_without_accounts,
        accounts: named([
            ("total", tally.accounts),
            ("without_holder", tally.accounts_without_holder),
            ("of_nobody", tally.accounts_of_nobody),
            ("without_application", tally.accounts_without_application),
            ("unlisted", tally.accounts_unlisted),
            ("with_round_page", tally.accounts_with_round_page),
        ]),
        consented_accounts_missing: tally.consented_accounts_missing,
        balances: named([
            ("read", tally.rows(Table::Balances)),
            ("pooled", tally.balances_pooled),
            ("without_application", tally.balances_without_application),
            ("of_unlisted_accounts", tally.balances_of_unlisted_accounts),
        ]),
        transactions: named([
            ("read", tally.rows(Table::Transactions)),
            ("pooled", tally.transactions_pooled),
            ("without_application", tally.transactions_without_application),
            ("of_unlisted_accounts", tally.transactions_of_unlisted_accounts),
        ]),
        corrections: match tally.rows(Table::Corrections) {
            0 => BTreeMap::new(),
            read => named([
                ("read", read),
                ("transactions", tally.corrections_matched + tally.corrections_unmatched),
                ("matched", tally.corrections_matched),
                ("unmatched", tally.corrections_unmatched),
            ]),
        },
        answers_of_later_t: collected.looks_back,
        refused_since: collected.refused_since,
        ledger: collected.ledger.clone(),
        defects,
        unattributed: tally.unattributed,
        ignored: tally.ignored.iter().map(|(kind, count)| ((*kind).to_owned(), *count)).collect(),
        regrouped: tally.regrouped,
    };
    assert_sums(&counts);
    counts
}

fn named<const N: usize>(counts: [(&str, u64); N]) -> BTreeMap<String, u64> {
    counts.into_iter().map(|(name, count)| (name.to_owned(), count)).collect()
}

/// An application that went in and did not come out, or a row that nobody counted, is a mistake of ours: nothing is
/// published.
fn assert_sums(counts: &Counts) {
    for (name, table, whole) in [
        ("applications", &counts.applications, "total"),
        ("balances", &counts.balances, "read"),
        ("transactions", &counts.transactions, "read"),
    ] {
        let parts: u64 = table.iter().filter(|(part, _)| *part != whole).map(|(_, count)| count).sum();
        assert_eq!(table[whole], parts, "counts of {name} add up");
    }
    let decisions: u64 = counts.decisions.values().sum();
    // A run without scores decides nothing.
    let decided = counts.decisions.is_empty() || counts.applications["total"] == decisions;
    assert!(decided, "every application has a decision");
}

/// Defects of the doors and of the histories, in the order of their sources, at most as many as are listed.
pub(super) fn all_defects(tally: &Tally, later: Vec<Defect>) -> Vec<Defect> {
    let mut all = tally.defects.clone();
    all.extend(later);
    all.sort();
    all.truncate(DEFECTS_LISTED_MAX);
    all
}
