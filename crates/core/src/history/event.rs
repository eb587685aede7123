//! Events without a body, folded into the versions of an account: each says one thing, and the rest is as it was.

use serde::{Deserialize, Serialize};

use super::account::{AccountVersion, HistoryAccount};
use crate::row::{AccountChange, Refresh, RefreshStatus};

/// When an account is expected to become inactive.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum Deactivation {
    /// It was announced without a date.
    Announced,
    /// Seconds.
    At(i64),
}

/// What was said of an account, and when.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct AccountEvent {
    pub(crate) known: i64,
    pub(crate) change: AccountChange,
}

/// Makes a version of each event: the version that stood then, with the one thing changed. `account.versions` are in order and
/// without repeats.
///
/// Delivery is at least once and unordered: events are ordered here by their time, and repeats make no second version. A body
/// that is as new as the event (its twin, or a later export) says all that the event said, and stands. An export says no time
/// of its own, but a refresh that began after the event tells that it was taken later.
pub(super) fn fold(account: &mut HistoryAccount) {
    let mut events = std::mem::take(&mut account.events);
    events.sort_unstable();
    events.dedup();
    let bodies: Vec<(Option<i64>, Option<i64>)> =
        account.versions.iter().map(|version| (version.known, version.attempted())).collect();
    for AccountEvent { known, change } in events {
        let is_told = |(body, attempted): &(Option<i64>, Option<i64>)| {
            *body == Some(known) || (*body < Some(known) && Some(known) <= *attempted)
        };
        let at = account.versions.partition_point(|version| version.known <= Some(known));
        // Before the first body nothing is known that could have changed.
        if at == 0 || bodies.iter().any(is_told) {
            continue;
        }
        let mut version = account.versions[at - 1].clone();
        version.known = Some(known);
        version.apply(change);
        account.versions.insert(at, version);
    }
}

impl AccountVersion {
    /// When the last refresh of any kind began.
    fn attempted(&self) -> Option<i64> {
        let attempt = |refresh: Option<Refresh>| refresh.and_then(|refresh| refresh.last_attempted_at);
        attempt(self.balance_refresh).max(attempt(self.transaction_refresh))
    }

    fn apply(&mut self, change: AccountChange) {
        match change {
            AccountChange::Status(status) => {
                self.status = status;
                self.deactivation = None;
            }
            AccountChange::BalanceRefresh(status) => self.balance_refresh = Some(ended(self.balance_refresh, status)),
            AccountChange::TransactionRefresh(status) => {
                self.transaction_refresh = Some(ended(self.transaction_refresh, status));
            }
            AccountChange::UpcomingDeactivation => {
                self.deactivation = self.deactivation.or(Some(Deactivation::Announced));
            }
        }
    }
}

/// A refresh that ended. The event does not say when it began, and its own time is later than the data: only a refresh that was
/// seen pending has a beginning. Without one, nothing is claimed of how far the data reaches.
fn ended(before: Option<Refresh>, status: RefreshStatus) -> Refresh {
    let pending = before.filter(|before| before.status == RefreshStatus::Pending);
    Refresh { status, last_attempted_at: pending.and_then(|before| before.last_attempted_at) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        category::categoriser::{Categoriser, Memo},
        history::{History, HistoryBuilder},
        row::{AccountRow, AccountStatus},
    };

    fn event(known: i64, change: AccountChange) -> AccountRow<'static> {
        AccountRow { known_at: Some(known), change: Some(change), ..AccountRow::checking("fca_1", "") }
    }

    fn body(known: i64, status: AccountStatus) -> AccountRow<'static> {
        AccountRow { known_at: Some(known), status, ..AccountRow::checking("fca_1", "cus_1") }
    }

    fn history(rows: &[AccountRow<'static>]) -> History {
        let finish = |rows: &mut dyn Iterator<Item = &AccountRow<'static>>| {
            let mut builder = HistoryBuilder::new();
            rows.for_each(|row| builder.account(row));
            builder.finish(&Categoriser::builtin(), &mut Memo::default())
        };
        let there = finish(&mut rows.iter());
        assert_eq!(there, finish(&mut rows.iter().rev().chain(rows)), "replayed and out of order");
        there
    }

    fn status(history: &History, t: i64) -> Option<AccountStatus> {
        history.accounts().first()?.at(t).map(|version| version.status)
    }

    const INACTIVE: AccountChange = AccountChange::Status(AccountStatus::Inactive);

    #[test]
    fn an_event_stands_from_its_second_until_a_later_body() {
        let history = history(&[body(10, AccountStatus::Active), event(20, INACTIVE), body(30, AccountStatus::Active)]);
        let at = [20, 21, 30, 31].map(|t| status(&history, t));
        let (active, inactive) = (Some(AccountStatus::Active), Some(AccountStatus::Inactive));
        assert_eq!(at, [active, inactive, inactive, active]);
        assert_eq!(history.accounts()[0].at(25).and_then(|version| version.holder.as_deref()), Some("cus_1"));
    }

    #[test]
    fn the_body_of_the_same_second_is_the_twin_and_stands() {
        let history = history(&[body(10, AccountStatus::Active), body(20, AccountStatus::Active), event(20, INACTIVE)]);
        assert_eq!(status(&history, 99), Some(AccountStatus::Active));
    }

    #[test]
    fn an_export_whose_refresh_began_after_the_event_was_taken_later() {
        let export = |attempt| AccountRow {
            created: Some(5),
            balance_refresh: Some(Refresh { status: RefreshStatus::Succeeded, last_attempted_at: Some(attempt) }),
            ..AccountRow::checking("fca_1", "cus_1")
        };
        assert_eq!(status(&history(&[export(19), event(20, INACTIVE)]), 99), Some(AccountStatus::Inactive));
        assert_eq!(status(&history(&[export(20), event(20, INACTIVE)]), 99), Some(AccountStatus::Active));
    }

    #[test]
    fn an_event_alone_makes_no_account() {
        let history = history(&[event(20, INACTIVE)]);
        assert_eq!(status(&history, 99), None);
        assert_eq!(history.held_by("fca_1").count(), 1, "as without an accounts table");
    }

    #[test]
    fn a_failed_refresh_changes_its_status_and_refreshes_nothing() {
        let refresh = |status, at| Some(Refresh { status, last_attempted_at: Some(at) });
        let (succeeded, pending, failed) = (RefreshStatus::Succeeded, RefreshStatus::Pending, RefreshStatus::Failed);
        let row = |before| AccountRow { transaction_refresh: before, ..body(10, AccountStatus::Active) };
        let through = |before, change| {
            let history = history(&[row(before), event(20, AccountChange::TransactionRefresh(change))]);
            let account = &history.accounts()[0];
            let after = account.at(99).and_then(|version| version.transaction_refresh);
            (account.through, after.map(|refresh| (refresh.status, refresh.last_attempted_at)))
        };
        assert_eq!(through(refresh(succeeded, 7), failed), (7, Some((failed, None))));
        assert_eq!(through(refresh(pending, 9), failed), (0, Some((failed, Some(9)))));
        assert_eq!(through(refresh(pending, 9), succeeded), (9, Some((succeeded, Some(9)))));
        // A success whose beginning nobody saw claims nothing beyond what was known.
        assert_eq!(through(refresh(succeeded, 7), succeeded), (7, Some((succeeded, None))));
    }

    #[test]
    fn an_announced_end_keeps_the_date_that_a_body_gave_and_a_new_status_takes_it_back() {
        let dated = AccountRow { expected_deactivation: Some(500), ..body(10, AccountStatus::Active) };
        let announced = event(20, AccountChange::UpcomingDeactivation);
        let at =
            |rows: &[AccountRow<'static>]| history(rows).accounts()[0].at(99).and_then(|version| version.deactivation);
        assert_eq!(at(&[dated.clone(), announced.clone()]), Some(Deactivation::At(500)));
        assert_eq!(at(&[body(10, AccountStatus::Active), announced]), Some(Deactivation::Announced));
        assert_eq!(at(&[dated, event(20, AccountChange::Status(AccountStatus::Active))]), None);
    }
}
