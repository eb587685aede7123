//! How much a ledger brings, and how much it can carry.

use serde::{Deserialize, Serialize};

use crate::{
    ledger::{Ledger, Scope},
    time::Day,
};

/// How much the data can carry.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Sufficiency {
    Full,
    Good,
    Thin,
    Insufficient,
}

impl Sufficiency {
    /// The name that files use.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Sufficiency::Full => "full",
            Sufficiency::Good => "good",
            Sufficiency::Thin => "thin",
            Sufficiency::Insufficient => "insufficient",
        }
    }

    /// The grade of that name.
    #[must_use]
    pub fn parse(code: &str) -> Option<Sufficiency> {
        let all = [Sufficiency::Full, Sufficiency::Good, Sufficiency::Thin, Sufficiency::Insufficient];
        all.into_iter().find(|one| one.code() == code)
    }
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
    // Whether it has any row, of these days or before.
    any: bool,
    days: [u64; 2],
    inflow_days: [u64; 2],
}

const _: () = assert!(LOOK_BACK_DAYS < 128);

fn day_count(days: [u64; 2]) -> u32 {
    days[0].count_ones() + days[1].count_ones()
}

impl Extent {
    /// Measures a ledger.
    #[must_use]
    pub fn of(ledger: &Ledger) -> Extent {
        let (end, from) = (ledger.end, ledger.end.plus(-LOOK_BACK_DAYS));
        let (mut first, mut last) = (Day(i32::MAX), Day(i32::MIN));
        let mut accounts = vec![Activity::default(); ledger.accounts.len()];
        for row in &ledger.rows {
            // Where clocks go back over midnight, days do not quite ascend.
            (first, last) = (first.min(row.day), last.max(row.day));
            let at = usize::from(row.account);
            if accounts.len() <= at {
                accounts.resize(at + 1, Activity::default());
            }
            let activity = &mut accounts[at];
            activity.any = true;
            if from <= row.day {
                let at = days_between(from, row.day).min(127);
                let (word, day) = (at as usize / 64, 1 << (at % 64));
                activity.days[word] |= day;
                activity.inflow_days[word] |= if 0 < row.amount { day } else { 0 };
            }
        }
        let ends = (first <= last).then_some((first, last));
        let accounts = || accounts.iter().filter(|one| one.any);
        let active = accounts().fold([0; 2], |days, one| [days[0] | one.days[0], days[1] | one.days[1]]);
        // The most used account, by active days, then by days with an inflow.
        let used = accounts().map(|one| (day_count(one.days), day_count(one.inflow_days)));
        let primary = used.max().unwrap_or((0, 0));
        Extent {
            history_days: ends.map_or(0, |(first, _)| days_between(first, end)),
            staleness_days: ends.map(|(_, last)| days_between(last, end)),
            deposit_accounts: count(accounts().count()),
            active_days_90d: day_count(active),
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
            true if reaches(FULL_HISTORY_DAYS_MIN, FULL_STALENESS_DAYS_MAX, 30) => Sufficiency::Full,
            true if reaches(85, 14, 15) => Sufficiency::Good,
            true => Sufficiency::Thin,
        }
    }

    /// The grade by the data alone, whatever a policy asks for: insufficient below [`GRADE_DAYS_MIN`] days of history or when
    /// the last row is older than [`GRADE_STALENESS_MAX`] days, else as [`Extent::sufficiency`].
    #[must_use]
    pub fn grade(&self) -> Sufficiency {
        let fresh = self.staleness_days.is_some_and(|days| days <= GRADE_STALENESS_MAX);
        self.sufficiency(fresh && GRADE_DAYS_MIN <= self.history_days)
    }
}

/// Days of history from which data can be full.
pub const FULL_HISTORY_DAYS_MIN: u32 = 150;
/// Days since the last row up to which data can be full.
pub const FULL_STALENESS_DAYS_MAX: u32 = 7;
/// Days of history below which data is insufficient whatever the policy.
pub const GRADE_DAYS_MIN: u32 = 60;
/// Days since the last row above which it is.
pub const GRADE_STALENESS_MAX: u32 = 30;

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
