//! What a portfolio teaches about each institution: what its accounts were asked for, and what they gave.

use std::collections::BTreeMap;

use super::{Institutions, Known, Verdict};
use crate::{
    application::Application,
    category::label::Purpose,
    extent::{FULL_HISTORY_DAYS_MIN, FULL_STALENESS_DAYS_MAX},
    history::{AccountVersion, History, HistoryAccount},
    ledger::{BalanceMode, Ledger, LedgerAccount, Scope, TransactionAccess, access_without_rows, links_of},
    row::AccountStatus,
    time::Day,
};

/// Accounts below which an institution gets no verdict: of fewer even a clean sheet leaves a fifth open.
pub const ACCOUNTS_MIN: u64 = 20;

/// The share of accounts below which, beyond doubt, an institution does not provide something.
const RARELY: f64 = 0.2;
/// The share above which, beyond doubt, it does.
const MOSTLY: f64 = 0.8;

/// What one real account showed as of one T. Ordered by T first: of two sights of one account the later stands.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Sight {
    as_of: i64,
    /// The account, by the id that stands for it.
    pub account: String,
    /// Where it is held, in one spelling.
    pub institution: Option<String>,
    holder: String,
    is_deposit: bool,
    is_inactive: bool,
    in_doubt: bool,
    owners_permitted: bool,
    balances_asked: bool,
    balances: bool,
    transactions_asked: bool,
    transactions: bool,
    history_days: Option<u32>,
    row_lag_days: Option<u32>,
    lag_days: Option<u32>,
    rows: u64,
    rows_unknown: u64,
}

/// Accounts of which something holds, of those of which it could.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Part {
    /// Accounts of which it holds.
    pub given: u64,
    /// Accounts of which it could.
    pub accounts: u64,
}

impl Part {
    fn count(&mut self, could: bool, holds: bool) {
        self.accounts += u64::from(could);
        self.given += u64::from(could && holds);
    }

    /// The share; `None` of no account.
    #[must_use]
    pub fn share(self) -> Option<f64> {
        (self.accounts != 0).then(|| real(self.given) / real(self.accounts))
    }

    /// The ends between which the share lies at 95 %; `None` of no account.
    ///
    /// # Source
    ///
    /// Wilson (1927), "Probable inference, the law of succession, and statistical inference", JASA 22: the score interval,
    /// which stays honest for few accounts and for shares of 0 and 1.
    #[must_use]
    pub fn interval(self) -> Option<(f64, f64)> {
        const Z: f64 = 1.959_963_984_540_054;
        let (share, n) = (self.share()?, real(self.accounts));
        let middle = share + Z * Z / (2.0 * n);
        let half = Z * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt();
        let of = |end: f64| (end / (1.0 + Z * Z / n)).clamp(0.0, 1.0);
        // At the shares of 0 and 1 the formula's end is the share itself; sums of doubles miss it by a hair.
        let low = if self.given == 0 { 0.0 } else { of(middle - half) };
        let high = if self.given == self.accounts { 1.0 } else { of(middle + half) };
        Some((low, high))
    }

    /// Whether the institution provides what is counted here.
    #[must_use]
    pub fn verdict(self) -> Verdict {
        match self.interval() {
            Some((low, high)) if ACCOUNTS_MIN <= self.accounts => match () {
                () if high < RARELY => Verdict::DoesNotProvide,
                () if MOSTLY < low => Verdict::Provides,
                () => Verdict::Partly,
            },
            _ => Verdict::Few,
        }
    }
}

/// What a portfolio shows of one institution. All but `accounts`, `applicants`, `inactive`, `owners` and `in_doubt` is counted
/// on deposit accounts.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct InstitutionRow {
    /// In one spelling; `None` for accounts that name none.
    pub institution: Option<String>,
    /// Real accounts, links of one counted once.
    pub accounts: u64,
    /// Distinct holders.
    pub applicants: u64,
    /// In the order of [`super::Provision::ALL`]: accounts that were asked for balances and gave one; that were asked for transactions and
    /// gave them; with rows, and as many days of them as full data needs; active with rows, the last as new as full data needs.
    pub provisions: [Part; 4],
    /// Days from the first row to T, in the middle; `None` without any.
    pub history_days_median: Option<f64>,
    /// Days from the newest row or balance of active accounts to T, in the middle; `None` without any.
    pub lag_days_median: Option<f64>,
    /// Inactive or disconnected accounts.
    pub inactive: Part,
    /// Accounts whose owners may be read.
    pub owners: Part,
    /// Accounts in doubt: rows rejected, cut off or contradictory.
    pub in_doubt: Part,
    /// Rows used.
    pub rows: u64,
    /// Of these, rows of which no rule knew the purpose.
    pub rows_unknown: u64,
}

impl InstitutionRow {
    /// Verdicts in the order of [`super::Provision::ALL`].
    #[must_use]
    pub fn verdicts(&self) -> [Verdict; 4] {
        self.provisions.map(Part::verdict)
    }

    /// True when there are too few accounts to say much.
    #[must_use]
    pub fn is_few(&self) -> bool {
        self.accounts < ACCOUNTS_MIN
    }
}

/// Sights of all accounts of a portfolio, one an account.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Survey {
    sights: BTreeMap<String, Sight>,
}

impl Survey {
    /// Takes a sight in; of several of one account the latest stands, whatever their order.
    pub fn add(&mut self, sight: Sight) {
        match self.sights.get_mut(&sight.account) {
            Some(known) if *known < sight => *known = sight,
            Some(_) => {}
            None => {
                self.sights.insert(sight.account.clone(), sight);
            }
        }
    }

    /// One row an institution, by name, accounts without one first.
    #[must_use]
    pub fn rows(&self) -> Vec<InstitutionRow> {
        let mut held: BTreeMap<Option<&str>, Vec<&Sight>> = BTreeMap::new();
        for sight in self.sights.values() {
            held.entry(sight.institution.as_deref()).or_default().push(sight);
        }
        held.into_iter().map(|(institution, sights)| row(institution, &sights)).collect()
    }

    /// What institutions are known to provide, as [`Institutions::known`] takes it.
    #[must_use]
    pub fn known(&self) -> Known {
        let rows = self.rows().into_iter().filter_map(|row| Some((row.institution.clone()?, row.verdicts())));
        Known::of(rows).unwrap_or_default()
    }
}

fn row(institution: Option<&str>, sights: &[&Sight]) -> InstitutionRow {
    let mut row = InstitutionRow { institution: institution.map(str::to_owned), ..InstitutionRow::default() };
    let mut holders: Vec<&str> = sights.iter().map(|sight| sight.holder.as_str()).filter(|id| !id.is_empty()).collect();
    holders.sort_unstable();
    holders.dedup();
    row.accounts = sights.len() as u64;
    row.applicants = holders.len() as u64;
    let (mut days, mut lags) = (vec![], vec![]);
    for sight in sights {
        row.inactive.count(true, sight.is_inactive);
        row.owners.count(true, sight.owners_permitted);
        row.in_doubt.count(true, sight.in_doubt);
        if !sight.is_deposit {
            continue;
        }
        let [balances, transactions, history, fresh] = &mut row.provisions;
        balances.count(sight.balances_asked, sight.balances);
        transactions.count(sight.transactions_asked, sight.transactions);
        history
            .count(sight.history_days.is_some(), sight.history_days.is_some_and(|days| FULL_HISTORY_DAYS_MIN <= days));
        fresh.count(
            !sight.is_inactive && sight.row_lag_days.is_some(),
            sight.row_lag_days.is_some_and(|days| days <= FULL_STALENESS_DAYS_MAX),
        );
        days.extend(sight.history_days);
        lags.extend(sight.lag_days.filter(|_| !sight.is_inactive));
        row.rows += sight.rows;
        row.rows_unknown += sight.rows_unknown;
    }
    row.history_days_median = median(days);
    row.lag_days_median = median(lags);
    row
}

/// The middle, between two the mean of both.
fn median(mut days: Vec<u32>) -> Option<f64> {
    days.sort_unstable();
    let upper = days.get(days.len() / 2)?;
    let lower = days.get((days.len() - 1) / 2)?;
    Some((f64::from(*lower) + f64::from(*upper)) / 2.0)
}

impl Institutions {
    /// What the accounts of an application show as of its T; `ledger` is `None` when nothing is visible.
    #[must_use]
    pub fn sights(&self, history: &History, application: &Application, ledger: Option<&Ledger>) -> Vec<Sight> {
        let Some(ledger) = ledger else {
            let links = links_of(history, application);
            let sight = |link: &crate::ledger::Link<'_>| {
                let name = link.version.and_then(|version| version.institution_name.as_deref()).unwrap_or("");
                let links = [(link.account, link.version)];
                Sight {
                    holder: link.holder.to_owned(),
                    // A refresh that found nothing gave what there is, whatever the holder's other accounts show.
                    transactions: access_without_rows(link) == TransactionAccess::Complete,
                    ..self.blank(&link.account.id, name, application.as_of, &links)
                }
            };
            return links.iter().map(sight).collect();
        };
        let mut counts = vec![(0_u64, 0_u64); ledger.accounts.len()];
        for row in &ledger.rows {
            if let Some((rows, unknown)) = counts.get_mut(usize::from(row.account)) {
                *rows += 1;
                *unknown += u64::from(row.label.purpose == Purpose(0));
            }
        }
        let known = |id: &String| {
            let accounts = history.accounts();
            let at = accounts.binary_search_by(|account| (*account.id).cmp(id.as_str())).ok()?;
            Some((&accounts[at], accounts[at].at(application.as_of)))
        };
        let sight = |(account, (rows, rows_unknown)): (&LedgerAccount, (u64, u64))| {
            let links: Vec<(&HistoryAccount, Option<&AccountVersion>)> =
                account.links.iter().filter_map(known).collect();
            let blank = self.blank(&account.id, &account.institution_name, application.as_of, &links);
            let row_lag_days = account.last_day.map(|day| days(day, ledger.end));
            let of_balance = account.balance_as_of.map(|at| balance_lag(at, application.as_of));
            Sight {
                holder: account.holders.first().cloned().unwrap_or_default(),
                is_deposit: account.scope == Scope::Deposit,
                is_inactive: is_inactive(account.status),
                balances: account.balance_mode != BalanceMode::None,
                transactions: account.access == TransactionAccess::Complete,
                history_days: account.first_day.map(|day| days(day, ledger.end)),
                row_lag_days,
                lag_days: row_lag_days.into_iter().chain(of_balance).min(),
                rows,
                rows_unknown,
                ..blank
            }
        };
        ledger.accounts.iter().zip(counts).map(sight).collect()
    }

    /// What the links of an account say before anything is looked at. What an export does not say was asked for.
    fn blank(
        &self,
        id: &str,
        institution: &str,
        as_of: i64,
        links: &[(&HistoryAccount, Option<&AccountVersion>)],
    ) -> Sight {
        let versions = || links.iter().filter_map(|(_, version)| *version);
        let may = || versions().map(|version| version.permissions);
        let cash = |version: &AccountVersion| version.category == crate::row::AccountCategory::Cash;
        Sight {
            as_of,
            account: id.to_owned(),
            institution: self.names.of(institution),
            holder: String::new(),
            is_deposit: versions().next().is_none_or(cash),
            is_inactive: !links.is_empty() && versions().all(|version| is_inactive(version.status)),
            in_doubt: links.iter().any(|(account, _)| !account.doubts.is_empty()),
            owners_permitted: may().any(|may| may.is_some_and(|may| may.ownership)),
            balances_asked: versions().next().is_none() || may().any(|may| may.is_none_or(|may| may.balances)),
            balances: false,
            transactions_asked: versions().next().is_none() || may().any(|may| may.is_none_or(|may| may.transactions)),
            transactions: false,
            history_days: None,
            row_lag_days: None,
            lag_days: None,
            rows: 0,
            rows_unknown: 0,
        }
    }
}

fn is_inactive(status: AccountStatus) -> bool {
    matches!(status, AccountStatus::Inactive | AccountStatus::Disconnected)
}

fn days(from: Day, end: Day) -> u32 {
    u32::try_from(i64::from(end.0) - i64::from(from.0)).unwrap_or(0)
}

/// Days begun between a balance and T, 1 for the day before as for rows; 0 for a balance of T or later.
fn balance_lag(at: i64, as_of: i64) -> u32 {
    u32::try_from(as_of.saturating_sub(at).saturating_add(86_399).div_euclid(86_400)).unwrap_or(0)
}

#[expect(clippy::cast_precision_loss, reason = "counts of accounts stay far below 2^53")]
fn real(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_holds_its_share_and_ends_at_all_and_none() {
        for accounts in 1..400 {
            for given in 0..=accounts {
                let part = Part { given, accounts };
                let (low, high) = part.interval().expect("accounts");
                let share = part.share().expect("accounts");
                assert!(low <= share && share <= high, "{part:?}: {low} {share} {high}");
                assert_eq!((low == 0.0, high == 1.0), (given == 0, given == accounts), "{part:?}");
            }
        }
        // 20 of 20: 1 / (1 + z²/20) = 20 / 23.841458820694124 = 0.838874841947 (bc).
        let (low, high) = Part { given: 20, accounts: 20 }.interval().expect("accounts");
        assert!((low - 0.838_874_841_947).abs() < 1e-12 && high == 1.0, "{low}");
    }
}
