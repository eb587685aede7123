//! Events without a body, folded into the versions of an account: each says one thing, and the rest is as it was.

use serde::{Deserialize, Serialize};

use super::account::{AccountVersion, HistoryAccount};
use crate::row::{AccountChange, AccountNumbers, NumberStatus, Refresh, RefreshStatus};

/// When an account is expected to become inactive.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum Deactivation {
    /// It was announced without a date.
    Announced,
    /// Seconds.
    At(i64),
}

impl Deactivation {
    /// What two who may both be right say together: the earlier date, and a date rather than none.
    pub(crate) fn with(self, other: Deactivation) -> Deactivation {
        match (self, other) {
            (Deactivation::At(a), Deactivation::At(b)) => Deactivation::At(a.min(b)),
            (Deactivation::At(at), Deactivation::Announced) | (Deactivation::Announced, Deactivation::At(at)) => {
                Deactivation::At(at)
            }
            (Deactivation::Announced, Deactivation::Announced) => Deactivation::Announced,
        }
    }
}

/// What is known of an account's numbers.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct Numbers {
    /// As the export said.
    pub known: AccountNumbers,
    /// One will expire, when was not said.
    pub is_announced: bool,
}

impl Numbers {
    /// As an export says them.
    pub(crate) fn of(known: AccountNumbers) -> Numbers {
        Numbers { known, is_announced: false }
    }

    /// Of the numbers of several links those that can pay longest.
    pub(crate) fn best(all: impl Iterator<Item = Numbers>) -> Option<Numbers> {
        all.reduce(|a, b| if AccountNumbers::best([a.known, b.known]) == Some(a.known) { a } else { b })
    }
}

/// What was said of an authorisation, and when; `None`: by an export of it, which says no time of its own.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct AuthorizationEvent {
    pub(crate) known: Option<i64>,
    pub(crate) end: Option<Deactivation>,
    pub(crate) id: Box<str>,
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

/// Carries what was said of authorisations into the versions of the accounts that name them; `events` ascend by time.
///
/// No body of an account says when its authorisation ends, so what was said last stands until the next is said. An account that
/// named its authorisation once belongs to it until it names another: exports differ in whether they name it.
pub(super) fn authorize(account: &mut HistoryAccount, events: &[AuthorizationEvent]) {
    if events.is_empty() {
        return;
    }
    let mut named: Option<Box<str>> = None;
    for version in &mut account.versions {
        named = version.authorization.take().or(named);
        version.authorization.clone_from(&named);
    }
    for event in events {
        let at = account.versions.partition_point(|version| version.known <= event.known);
        let Some(before) = at.checked_sub(1).map(|before| &account.versions[before]) else { continue };
        if before.authorization.as_ref() == Some(&event.id) && before.known < event.known {
            let version = AccountVersion { known: event.known, ..before.clone() };
            account.versions.insert(at, version);
        }
    }
    for version in &mut account.versions {
        let last = events
            .iter()
            .rev()
            .find(|event| event.known <= version.known && version.authorization.as_ref() == Some(&event.id));
        // An account that is known later than the date has outlived it: what was said is over.
        let is_over = |end: &Deactivation| matches!(end, Deactivation::At(at) if Some(*at) <= version.known);
        version.authorization_end = last.and_then(|event| event.end).filter(|end| !is_over(end));
    }
}

impl AccountVersion {
    /// When it is expected to become inactive, by what was said of it and of its authorisation.
    pub(crate) fn end(&self) -> Option<Deactivation> {
        match (self.deactivation, self.authorization_end) {
            (Some(own), Some(of_all)) => Some(own.with(of_all)),
            (own, of_all) => own.or(of_all),
        }
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
            AccountChange::UpcomingNumberExpiry => {
                let known = AccountNumbers { status: NumberStatus::Unknown, expires: None };
                let known = self.numbers.map_or(known, |numbers| numbers.known);
                self.numbers = Some(Numbers { known, is_announced: true });
            }
            AccountChange::NumbersUpdated => self.numbers = None,
            AccountChange::PaymentMethodsUpdated => self.ach_debit = None,
            // Said of an authorisation: see `authorize`.
            AccountChange::Authorization { .. } => {}
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
    fn an_event_between_two_exports_stands_until_the_later_of_them() {
        let export = |status, attempt| AccountRow {
            created: Some(5),
            balance_refresh: Some(Refresh { status: RefreshStatus::Succeeded, last_attempted_at: Some(attempt) }),
            status,
            ..AccountRow::checking("fca_1", "cus_1")
        };
        let (active, inactive) = (AccountStatus::Active, AccountStatus::Inactive);
        let of_both = history(&[export(active, 10), event(20, INACTIVE), export(active, 30)]);
        assert_eq!([20, 21, 30, 31].map(|t| status(&of_both, t)), [active, inactive, inactive, active].map(Some));
        // What was said before the first of them was refreshed is told by it, at any T.
        let before = history(&[export(active, 10), event(8, INACTIVE), export(active, 30)]);
        assert_eq!([7, 9, 11, 31].map(|t| status(&before, t)), [Some(active); 4]);
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

    fn named(row: AccountRow<'static>) -> AccountRow<'static> {
        AccountRow { authorization: Some("fcauth_1"), ..row }
    }

    fn authorization(known: Option<i64>, ends: Option<i64>, is_announced: bool) -> AccountRow<'static> {
        let change = AccountChange::Authorization { ends, is_announced };
        AccountRow { known_at: known, change: Some(change), ..AccountRow::checking("fcauth_1", "") }
    }

    fn end(history: &History, t: i64) -> Option<Deactivation> {
        history.accounts().iter().find(|account| &*account.id == "fca_1")?.at(t)?.end()
    }

    #[test]
    fn what_is_said_of_an_authorisation_is_said_of_the_accounts_that_name_it() {
        let active = || named(body(10, AccountStatus::Active));
        let other = AccountRow { authorization: Some("fcauth_2"), ..AccountRow::checking("fca_2", "cus_1") };
        let said = authorization(Some(20), Some(500), false);
        let of_two = history(&[active(), other, said.clone()]);
        assert_eq!(of_two.accounts().len(), 2, "an authorisation is no account");
        assert_eq!([end(&of_two, 20), end(&of_two, 21)], [None, Some(Deactivation::At(500))]);
        assert_eq!(of_two.accounts()[1].at(99).and_then(AccountVersion::end), None);
        // A later body says nothing of it, whether or not it names the authorisation again; the last that was said stands.
        let bodies = [active(), said.clone(), body(30, AccountStatus::Active)];
        assert_eq!(end(&history(&bodies), 99), Some(Deactivation::At(500)));
        let moved = authorization(Some(40), Some(900), false);
        let taken_back = authorization(Some(50), None, false);
        let all = history(&[active(), said.clone(), body(30, AccountStatus::Active), moved, taken_back]);
        assert_eq!([end(&all, 41), end(&all, 51)], [Some(Deactivation::At(900)), None]);
        // Without a date it was announced; an export of it says no time and stands from the beginning.
        let announced = history(&[active(), authorization(Some(20), None, true)]);
        assert_eq!(end(&announced, 99), Some(Deactivation::Announced));
        assert_eq!(end(&history(&[active(), authorization(None, Some(700), false)]), 11), Some(Deactivation::At(700)));
        assert_eq!(end(&history(&[body(10, AccountStatus::Active), said]), 99), None, "an account that names none");
    }

    #[test]
    fn what_is_said_of_an_authorisation_from_t_on_changes_nothing_at_t_of_an_export_refreshed_later_still() {
        let refresh = Refresh { status: RefreshStatus::Succeeded, last_attempted_at: Some(30) };
        let export = AccountRow {
            created: Some(5),
            balance_refresh: Some(refresh),
            ..named(AccountRow::checking("fca_1", "cus_1"))
        };
        let said = history(&[export, authorization(Some(20), Some(500), false)]);
        assert_eq!(
            [15, 20, 21, 31].map(|t| end(&said, t)),
            [None, None, Some(Deactivation::At(500)), Some(Deactivation::At(500))]
        );
    }

    #[test]
    fn of_an_account_and_its_authorisation_the_earlier_end_stands_and_a_date_that_was_outlived_is_over() {
        let dated = |at| AccountRow { expected_deactivation: Some(at), ..named(body(10, AccountStatus::Active)) };
        let said = authorization(Some(20), Some(500), false);
        assert_eq!(end(&history(&[dated(400), said.clone()]), 99), Some(Deactivation::At(400)));
        assert_eq!(end(&history(&[dated(600), said.clone()]), 99), Some(Deactivation::At(500)));
        let again = history(&[named(body(10, AccountStatus::Active)), said, body(501, AccountStatus::Active)]);
        assert_eq!([end(&again, 501), end(&again, 502)], [Some(Deactivation::At(500)), None]);
    }

    #[test]
    fn numbers_and_payment_methods_are_unknown_once_an_event_says_that_they_changed() {
        let numbers = AccountNumbers { status: NumberStatus::Transactable, expires: Some(500) };
        let row = AccountRow { numbers: Some(numbers), ach_debit: Some(false), ..body(10, AccountStatus::Active) };
        let after = |change| {
            let history = history(&[row.clone(), event(20, change)]);
            let version = history.accounts()[0].at(99).expect("known").clone();
            (version.numbers, version.ach_debit)
        };
        let known = Numbers::of(numbers);
        assert_eq!(after(AccountChange::NumbersUpdated), (None, Some(false)));
        assert_eq!(after(AccountChange::PaymentMethodsUpdated), (Some(known), None));
        let announced = Numbers { is_announced: true, ..known };
        assert_eq!(after(AccountChange::UpcomingNumberExpiry), (Some(announced), Some(false)));
    }

    #[test]
    fn the_number_that_can_pay_longest_stands_for_the_account() {
        use NumberStatus::{Deactivated, Expired, Pending, Transactable};
        let number = |status, expires| AccountNumbers { status, expires };
        let (soon, late) = (number(Transactable, Some(5)), number(Transactable, Some(9)));
        let all = [number(Deactivated, None), number(Expired, Some(1)), number(Pending, None), soon, late];
        assert_eq!(AccountNumbers::best(all), Some(late));
        assert_eq!(
            AccountNumbers::best(all.into_iter().chain([number(Transactable, None)])),
            Some(number(Transactable, None))
        );
        assert_eq!(AccountNumbers::best([]), None);
        assert_eq!([4, 5].map(|at| soon.is_over_at(at)), [false, true]);
        assert!(all[0].is_over_at(0) && all[1].is_over_at(0) && !all[2].is_over_at(0));
        assert_eq!([4, 5].map(|at| number(Pending, Some(5)).is_over_at(at)), [false, true]);
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
