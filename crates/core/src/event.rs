//! What changed of an application between two answers: monitoring events, each with what it was, what it is and the values that
//! say so.
//!
//! A [`Watch`] is what is kept of an answer to compare the next one with. [`compare`] is a pure function of two of them: events
//! are changes, so the first answer of an application makes none, and what stays as it is makes none again.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    application::Application,
    assessment::{Assessment, Status},
    attribute::registry::ColumnId,
    engine::Engine,
    history::History,
    ledger::{Deactivation, LedgerAccount, Numbers},
    row::AccountStatus,
    time::{Day, Zone},
    value::{Missing, Outcome, Value},
};

mod kind;

pub use kind::{KINDS, Kind, compare};

/// Points by which a score moves before it is told, unless the lender says otherwise: what a card of 20 points to double the
/// odds moves when the odds double. Judgement.
pub const MOVED_POINTS: i64 = 20;
/// Days without income after which it counts as stopped where no regular income stream tells earlier: a monthly income is
/// two weeks late then. Judgement, as are the two below.
pub const INCOME_STOPPED_DAYS: i64 = 45;
/// Days without a posted row after which data counts as stale: accounts that are in use show rows every week.
pub const STALE_DAYS: i64 = 7;
/// Days before an authorisation or an account number ends at which it is told: time to ask the customer to link again.
pub const EXPIRING_DAYS: i32 = 14;

/// Characteristics that the evidence of a moved score names.
pub const MOVERS_MAX: usize = 4;

/// The attributes that events read; each is an integer.
pub const WATCHED: [&str; 5] = [
    "days_since_income",
    "income_stream_active_count",
    "days_since_loan_disbursement",
    "days_since_short_term_credit",
    "data_age_days_last_txn",
];

/// What the lender decides about events.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Points by which a score moves before it is told, at least 1.
    pub moved: i64,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { moved: MOVED_POINTS }
    }
}

/// What is kept of an answer.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Watch {
    /// The application.
    pub application_id: String,
    /// The primary applicant.
    pub applicant_id: String,
    /// T in seconds (UTC).
    pub as_of: i64,
    /// The first day that no window holds, of the answer whose values stand here: ages in days count back from it.
    pub day: Day,
    /// As files write it.
    pub status: String,
    /// Of the model that decides.
    pub model_id: String,
    /// The score; none without one.
    pub score: Option<i64>,
    /// The band; without a score that of the last one under the same model.
    pub band: Option<String>,
    /// The score that the next one is compared with: the last that was told, so that a slow drift is told too.
    pub anchor: Option<i64>,
    /// The points of each characteristic of that score, by attribute; in an answer that was not compared yet, of its own.
    pub points: BTreeMap<String, i64>,
    /// Income counts as stopped since an earlier answer.
    pub income_stopped: bool,
    /// Income seems to have stopped since an earlier answer, but no row is new enough to say so.
    #[serde(default)]
    pub income_unsure: bool,
    /// In the order of [`WATCHED`].
    pub values: Vec<Reading>,
    /// By id.
    pub accounts: Vec<WatchedAccount>,
}

/// An attribute's value.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Reading {
    /// Days or a count.
    Number(i64),
    /// Why there is none.
    Missing(Missing),
}

/// An account of the ledger.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct WatchedAccount {
    /// The id that stands for it.
    pub id: String,
    /// Every merged link.
    pub links: Vec<String>,
    /// Stripe's status.
    pub status: AccountStatus,
    /// When it is expected to become inactive.
    pub deactivation: Option<Deactivation>,
    /// What its account numbers can pay.
    pub numbers: Option<Numbers>,
}

/// One thing that changed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Event {
    /// Which of [`KINDS`], by its name.
    pub kind: &'static str,
    /// The account, for events of one.
    pub account: Option<String>,
    /// What it was.
    pub from: Option<String>,
    /// What it is.
    pub to: Option<String>,
    /// The attributes that say so, with their values or the cause for which there is none; of a score that moved, the
    /// characteristics that moved it most and by how many points.
    pub evidence: Vec<(String, String)>,
}

impl Watch {
    /// What is kept of an answer whose data was never looked at.
    #[must_use]
    pub fn without_data(assessment: &Assessment, status: &str, model_id: &str, zone: &Zone) -> Watch {
        Watch {
            application_id: assessment.application_id.clone(),
            applicant_id: assessment.applicant_id.clone(),
            as_of: assessment.as_of,
            day: zone.day(assessment.as_of.saturating_sub(1)).plus(1),
            status: status.to_owned(),
            model_id: model_id.to_owned(),
            score: assessment.score,
            band: assessment.band.clone(),
            anchor: assessment.score,
            points: assessment.characteristics.iter().map(|one| (one.attribute.clone(), one.points)).collect(),
            income_stopped: false,
            income_unsure: false,
            values: vec![Reading::Missing(Missing::NotApplicable); WATCHED.len()],
            accounts: vec![],
        }
    }

    /// What is kept of an answer; `status` as files write it.
    #[must_use]
    pub fn of(
        engine: &Engine,
        history: &History,
        application: &Application,
        assessment: &Assessment,
        status: &str,
    ) -> Watch {
        let mut watch = Watch::without_data(assessment, status, engine.model().id(), engine.zone());
        let columns = WATCHED.map(|name| engine.registry().column(name));
        let known: Vec<ColumnId> = columns.into_iter().flatten().collect();
        let mut outcomes = engine.attributes_of(&known, &mut engine.session(), history, application).into_iter();
        let outcome =
            |column: Option<ColumnId>| column.and_then(|_| outcomes.next()).unwrap_or(Err(Missing::NotApplicable));
        watch.values = columns.map(outcome).map(reading).to_vec();
        let ledger = engine.ledger(history, application);
        watch.accounts = ledger.map_or(vec![], |ledger| ledger.accounts.iter().map(watched).collect());
        watch
    }

    /// Of data in doubt, or that was not looked at, nothing is told but what accounts say of themselves: the values of the answer
    /// before stay, with their day, and the next sound answer is compared with them.
    fn without_doubtful_values(self, was: Option<&Watch>) -> Watch {
        let is = |status: Status| self.status == status.code();
        let is_unseen = is(Status::RejectedInput) || is(Status::InternalError);
        if !(is_unseen || is(Status::IncompleteData)) {
            return self;
        }
        let Some(was) = was else {
            return Watch { values: vec![Reading::Missing(Missing::NotApplicable); WATCHED.len()], ..self };
        };
        let accounts = if is_unseen { was.accounts.clone() } else { self.accounts };
        Watch { day: was.day, values: was.values.clone(), accounts, ..self }
    }

    /// The value of an attribute of [`WATCHED`].
    fn reading(&self, name: &str) -> Reading {
        let at = WATCHED.iter().position(|known| *known == name);
        let found = at.and_then(|at| self.values.get(at)).copied();
        found.unwrap_or(Reading::Missing(Missing::NotApplicable))
    }

    fn number(&self, name: &str) -> Option<i64> {
        if let Reading::Number(number) = self.reading(name) { Some(number) } else { None }
    }

    /// The day of the last event whose age in days an attribute says: an age of 1 is the day before T.
    fn last_day(&self, name: &str) -> Option<i64> {
        self.number(name).map(|age| i64::from(self.day.0).saturating_sub(age))
    }
}

fn reading(outcome: Outcome) -> Reading {
    match outcome {
        Ok(Value::Integer(number)) => Reading::Number(number),
        // No watched attribute is anything but whole; a lender's own of that name has no say.
        Ok(_) => Reading::Missing(Missing::NotApplicable),
        Err(cause) => Reading::Missing(cause),
    }
}

fn watched(account: &LedgerAccount) -> WatchedAccount {
    WatchedAccount {
        id: account.id.clone(),
        links: account.links.clone(),
        status: account.status,
        deactivation: account.deactivation,
        numbers: account.numbers,
    }
}

#[cfg(test)]
mod tests;
