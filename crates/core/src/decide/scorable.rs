//! Whether a ledger can carry a score, by limits that are the lender's policy.

use serde::{Deserialize, Serialize};

pub use crate::extent::Extent;
use crate::{assessment::Status, reason::code, value::Missing};

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
    /// Percent of the model's attributes whose data is there: the history goes back far enough for them, ends late enough, and may
    /// be read. A card gives the others neutral points, so that a score of few attributes is a score of hardly anything. Without the
    /// line whatever is there is scored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_percent_min: Option<u32>,
}

impl Scorable {
    /// What a model lacks of the data that it reads, if that is too much: `causes` says for each of its attributes why it has no
    /// value, if it has none.
    pub(crate) fn unobserved(&self, causes: impl Iterator<Item = Option<Missing>>) -> Option<Shortfall> {
        let percent = self.observed_percent_min?;
        let (mut all, mut short, mut unread) = (0_u32, 0_u32, 0_u32);
        for cause in causes {
            all += 1;
            short += u32::from(matches!(cause, Some(Missing::NotEnoughHistory | Missing::Stale)));
            unread += u32::from(matches!(cause, Some(Missing::NotPermitted)));
        }
        let observed = all - short - unread;
        if u64::from(percent) * u64::from(all) <= 100 * u64::from(observed) {
            return None;
        }
        let status = if unread <= short { Status::InsufficientHistory } else { Status::IncompleteData };
        let value = format!("enough for {observed} of the model's {all} attributes");
        Some(Shortfall { status, code: code::TOO_LITTLE_DATA, value, limit: format!("{percent} % of them") })
    }
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

#[cfg(test)]
#[path = "scorable_tests.rs"]
mod tests;
