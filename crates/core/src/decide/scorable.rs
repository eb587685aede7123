//! Whether a ledger can carry a score, by limits that are the lender's policy, and how much it can carry.

use serde::{Deserialize, Serialize};

use crate::{
    assessment::{Status, Sufficiency},
    ledger::{Ledger, Scope},
    reason::code,
    time::Day,
};

/// What an application must bring to be scored. Every limit is the policy's; there are no defaults in code.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scorable {
    /// Days from the first posted row of a deposit account to T.
    pub history_days_min: u32,
    /// Days from the last posted row of a deposit account to T; 1 when it stands on the day before.
    pub staleness_days_max: u32,
    /// Deposit accounts with at least one posted row.
    pub deposit_accounts_min: u32,
    /// One deposit account must be lived on: days with a posted row in the last 90 days, of the most used account.
    pub primary_active_days_90d_min: u32,
    /// And days with an inflow in the last 90 days, of the same account.
    pub primary_inflow_days_90d_min: u32,
    /// Days of the last 30 for which the balance of at least one deposit account is known; 0 scores without balances.
    pub balance_days_30d_min: u32,
}

/// What a ledger brings.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Extent {
    /// Days from the first posted row of a deposit account to T; 0 without rows.
    pub history_days: u32,
    /// Days from the last posted row of a deposit account to T; `None` without rows.
    pub staleness_days: Option<u32>,
    /// Deposit accounts with at least one posted row.
    pub deposit_accounts: u32,
    /// Days with a posted row in the last 90 days, over all deposit accounts.
    pub active_days_90d: u32,
    /// The same of the most used account.
    pub primary_active_days_90d: u32,
    /// Days with an inflow in the last 90 days, of that account.
    pub primary_inflow_days_90d: u32,
    /// Days of the last 30 with a known balance of at least one deposit account.
    pub balance_days_30d: u32,
}

/// How far back an account must be lived on.
const LOOK_BACK_DAYS: i32 = 90;

/// The days of [`LOOK_BACK_DAYS`] with rows of an account: one bit a day, the oldest first.
#[derive(Clone, Copy, Debug, Default)]
struct Activity {
    days: u128,
    inflow_days: u128,
}

/// One limit that was not met.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Shortfall {
    /// The status that follows.
    pub status: Status,
    /// The reason's code.
    pub code: &'static str,
    /// What there is.
    pub value: String,
    /// What the policy asks for.
    pub limit: String,
}

impl Extent {
    /// Measures a ledger.
    #[must_use]
    pub fn of(ledger: &Ledger) -> Extent {
        let (end, from) = (ledger.end, ledger.end.plus(-LOOK_BACK_DAYS));
        let (mut first, mut last) = (None::<Day>, None::<Day>);
        let mut accounts: Vec<Option<Activity>> = vec![];
        for row in &ledger.rows {
            first = Some(first.map_or(row.day, |first| first.min(row.day)));
            last = Some(last.map_or(row.day, |last| last.max(row.day)));
            let at = usize::from(row.account);
            if accounts.len() <= at {
                accounts.resize(at + 1, None);
            }
            let activity = accounts[at].get_or_insert_default();
            if from <= row.day {
                let day = 1 << days_between(from, row.day).min(u128::BITS - 1);
                activity.days |= day;
                activity.inflow_days |= if 0 < row.amount { day } else { 0 };
            }
        }
        let active = accounts.iter().flatten().fold(0, |days, one| days | one.days);
        // The most used account, by active days, then by days with an inflow.
        let used = accounts.iter().flatten().map(|one| (one.days.count_ones(), one.inflow_days.count_ones()));
        let primary = used.max().unwrap_or((0, 0));
        Extent {
            history_days: first.map_or(0, |first| days_between(first, end)),
            staleness_days: last.map(|last| days_between(last, end)),
            deposit_accounts: count(accounts.iter().flatten().count()),
            active_days_90d: active.count_ones(),
            primary_active_days_90d: primary.0,
            primary_inflow_days_90d: primary.1,
            balance_days_30d: balance_days(ledger, 30),
        }
    }

    /// How much the data can carry; a label for people, which no rule reads.
    ///
    /// *full*: 150 days of history or more, at most 7 days old, 30 active days or more in the last 90. *good*: 85, 14, 15.
    /// *thin*: anything less that the policy still scores. *insufficient*: not scored.
    #[must_use]
    pub fn sufficiency(&self, scored: bool) -> Sufficiency {
        let reaches = |history: u32, staleness: u32, active: u32| {
            history <= self.history_days
                && self.staleness_days.is_some_and(|days| days <= staleness)
                && active <= self.active_days_90d
        };
        match scored {
            false => Sufficiency::Insufficient,
            true if reaches(150, 7, 30) => Sufficiency::Full,
            true if reaches(85, 14, 15) => Sufficiency::Good,
            true => Sufficiency::Thin,
        }
    }

    /// The limits that are not met, in the order in which they are reported.
    #[must_use]
    pub fn shortfalls(&self, limits: &Scorable) -> Vec<Shortfall> {
        let mut found = vec![];
        let mut short = |status: Status, code: &'static str, value: String, limit: String| {
            found.push(Shortfall { status, code, value, limit });
        };
        let days = |n: u32| if n == 1 { "1 day".to_owned() } else { format!("{n} days") };
        if self.history_days < limits.history_days_min {
            let limit = format!("at least {}", days(limits.history_days_min));
            short(Status::InsufficientHistory, code::INSUFFICIENT_HISTORY, days(self.history_days), limit);
        }
        if let Some(staleness) = self.staleness_days.filter(|staleness| limits.staleness_days_max < *staleness) {
            let limit = format!("at most {}", days(limits.staleness_days_max));
            short(Status::InsufficientHistory, code::STALE_DATA, days(staleness), limit);
        }
        if self.deposit_accounts < limits.deposit_accounts_min {
            let limit = format!("at least {}", limits.deposit_accounts_min);
            short(Status::InsufficientHistory, code::TOO_FEW_ACCOUNTS, self.deposit_accounts.to_string(), limit);
        }
        if self.primary_active_days_90d < limits.primary_active_days_90d_min
            || self.primary_inflow_days_90d < limits.primary_inflow_days_90d_min
        {
            let words = |active, inflow| format!("{} with a transaction and {} with money in", days(active), inflow);
            let value = words(self.primary_active_days_90d, self.primary_inflow_days_90d);
            let limit = words(limits.primary_active_days_90d_min, limits.primary_inflow_days_90d_min);
            short(Status::InsufficientHistory, code::NO_PRIMARY_ACCOUNT, value, limit);
        }
        if self.balance_days_30d < limits.balance_days_30d_min {
            let limit = format!("at least {}", days(limits.balance_days_30d_min));
            short(Status::IncompleteData, code::BALANCES_MISSING, days(self.balance_days_30d), limit);
        }
        found
    }
}

/// Days of the last `window` on which at least one deposit account has a known closing balance.
fn balance_days(ledger: &Ledger, window: i32) -> u32 {
    let deposits = ledger.accounts.iter().filter(|account| account.scope == Scope::Deposit);
    let series: Vec<(Day, usize)> = deposits
        .filter_map(|account| account.balances.as_ref().map(|balances| (balances.first, balances.closing.len())))
        .collect();
    let known = |day: Day| {
        series.iter().any(|(first, len)| {
            usize::try_from(i64::from(day.0) - i64::from(first.0)).is_ok_and(|offset| offset < *len)
        })
    };
    count((1..=window).filter(|back| known(ledger.end.plus(-back))).count())
}

fn days_between(from: Day, to: Day) -> u32 {
    u32::try_from(i64::from(to.0) - i64::from(from.0)).unwrap_or(0)
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

#[cfg(test)]
#[path = "scorable_tests.rs"]
mod tests;
