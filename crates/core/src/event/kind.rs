//! The kinds of events: one place for each, in the order in which they are written.

use std::collections::BTreeSet;

use super::{
    EXPIRING_DAYS, Event, INCOME_STOPPED_DAYS, Limits, MOVERS_MAX, Reading, STALE_DAYS, Watch, WatchedAccount,
};
use crate::{
    ledger::{Deactivation, Numbers},
    row::{AccountStatus, NumberStatus},
    time::Day,
    value::Missing,
};

/// A kind of event. Adding one: a row of [`KINDS`] and its function.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    /// As files write it.
    pub name: &'static str,
    /// When it happens, one line for the docs.
    pub when: &'static str,
    /// What stands in `from` and `to`.
    pub shows: &'static str,
    find: fn(&Pair<'_>) -> Vec<Event>,
}

/// Two answers of one application, the earlier first.
struct Pair<'w> {
    was: &'w Watch,
    is: &'w Watch,
    limits: Limits,
}

/// All kinds.
pub const KINDS: &[Kind] = &[
    Kind {
        name: "status_changed",
        when: "The application can be scored now and could not before, or the reverse, or for another cause.",
        shows: "status",
        find: status_changed,
    },
    Kind {
        name: "score_moved",
        when: "The score is at least `--moved` points from the last that was told, under the same model.",
        shows: "score; evidence: points that characteristics moved it by",
        find: score_moved,
    },
    Kind {
        name: "band_changed",
        when: "The score stands in another band, under the same model.",
        shows: "band",
        find: band_changed,
    },
    Kind {
        name: "income_stopped",
        when: "The last regular income is overdue beyond what its cadence tolerates, or, where none is regular, no income came \
               for more than 45 days. Told once until income comes again, and only while the latest posted row is at most 7 days old: \
               while all data is silent `data_stale` tells that, and whether income stopped is told when rows come again.",
        shows: "day of the last income",
        find: income_stopped,
    },
    Kind {
        name: "new_loan_seen",
        when: "Loan proceeds or short-term credit of a later day than any seen before.",
        shows: "day of the latest",
        find: new_loan_seen,
    },
    Kind {
        name: "account_inactive",
        when: "An account that was active is inactive: nothing new arrives.",
        shows: "account status",
        find: |pair| turned(pair, AccountStatus::Inactive),
    },
    Kind {
        name: "account_disconnected",
        when: "An account that was active or inactive is disconnected.",
        shows: "account status",
        find: |pair| turned(pair, AccountStatus::Disconnected),
    },
    Kind {
        name: "authorisation_expiring",
        when: "An account or its authorisation will become inactive within 14 days, or that was announced without a date; \
               told again when the date changes.",
        shows: "day of the end, or `announced`",
        find: authorisation_expiring,
    },
    Kind {
        name: "account_number_expiring",
        when: "The number by which an account is debited will expire within 14 days, that was announced without a date, or no \
               number of it can be debited any more; told again when that changes.",
        shows: "day of the end, `announced`, `expired` or `deactivated`",
        find: account_number_expiring,
    },
    Kind {
        name: "data_stale",
        when: "The latest posted row is more than 7 days old, and was not before.",
        shows: "day of the latest row",
        find: data_stale,
    },
];

/// What changed from one answer to the next, in the order of [`KINDS`], then by account; and what is kept of the later one.
///
/// Without an earlier answer nothing changed. An answer as of an earlier T than the one before is a look back: it makes no event,
/// and the one before stays.
#[must_use]
pub fn compare(was: Option<&Watch>, is: Watch, limits: Limits) -> (Vec<Event>, Watch) {
    let Some(was) = was else { return (vec![], is.without_doubtful_values(None)) };
    if is.as_of < was.as_of {
        return (vec![], was.clone());
    }
    let is = is.without_doubtful_values(Some(was));
    let pair = Pair { was, is: &is, limits };
    let events: Vec<Event> = KINDS
        .iter()
        .flat_map(|kind| (kind.find)(&pair).into_iter().map(|event| Event { kind: kind.name, ..event }))
        .collect();
    let told = |name: &str| events.iter().any(|event| event.kind == name);
    let is_anchor = told("score_moved") || !pair.is_of_one_model() || was.anchor.is_none();
    let (anchor, points) = if is_anchor { (is.score, is.points.clone()) } else { (was.anchor, was.points.clone()) };
    let income_stopped = told("income_stopped") || (was.income_stopped && !income_came(&pair));
    let income_unsure = !income_stopped && income_ended(&pair) && !is_fresh(&is);
    // Without a score the last band stays known, as the anchor does: a change is told when the next score comes.
    let band = is.band.clone().or_else(|| was.band.clone().filter(|_| pair.is_of_one_model()));
    (events, Watch { anchor, points, income_stopped, income_unsure, band, ..is })
}

impl Pair<'_> {
    fn is_of_one_model(&self) -> bool {
        self.was.model_id == self.is.model_id
    }
}

/// An event whose kind [`compare`] fills in.
fn event(from: Option<String>, to: Option<String>) -> Event {
    Event { kind: "", account: None, from, to, evidence: vec![] }
}

fn evidence(watch: &Watch, names: &[&'static str]) -> Vec<(String, String)> {
    let shown = |name: &&'static str| match watch.reading(name) {
        Reading::Number(number) => ((*name).to_owned(), number.to_string()),
        Reading::Missing(cause) => ((*name).to_owned(), cause.code().to_owned()),
    };
    names.iter().map(shown).collect()
}

fn status_changed(pair: &Pair<'_>) -> Vec<Event> {
    let (was, is) = (&pair.was.status, &pair.is.status);
    if was == is { vec![] } else { vec![event(Some(was.clone()), Some(is.clone()))] }
}

fn score_moved(pair: &Pair<'_>) -> Vec<Event> {
    let (Some(anchor), Some(score)) = (pair.was.anchor, pair.is.score) else { return vec![] };
    let has_moved = pair.limits.moved.max(1).unsigned_abs() <= score.abs_diff(anchor);
    if !(has_moved && pair.is_of_one_model()) {
        return vec![];
    }
    vec![Event { evidence: movers(pair, anchor, score), ..event(Some(anchor.to_string()), Some(score.to_string())) }]
}

/// What moved the score most since the one that was last told, ties by name, with the change: characteristics of either score,
/// and as [`BASE`] what they do not explain, which is another where another segment's card scores.
fn movers(pair: &Pair<'_>, anchor: i64, score: i64) -> Vec<(String, String)> {
    let Pair { was, is, .. } = pair;
    let points = |watch: &Watch, name: &String| watch.points.get(name).copied().unwrap_or(0);
    let names: BTreeSet<&String> = was.points.keys().chain(is.points.keys()).collect();
    let change = |name: &String| (points(is, name).saturating_sub(points(was, name)), name.clone());
    let base = |watch: &Watch, score: i64| watch.points.values().fold(score, |rest, one| rest.saturating_sub(*one));
    let base = (base(is, score).saturating_sub(base(was, anchor)), BASE.to_owned());
    let mut changes: Vec<(i64, String)> =
        names.into_iter().map(change).chain([base]).filter(|(by, _)| *by != 0).collect();
    changes.sort_by(|a, b| b.0.unsigned_abs().cmp(&a.0.unsigned_abs()).then_with(|| a.1.cmp(&b.1)));
    changes.truncate(MOVERS_MAX);
    changes.into_iter().map(|(by, name)| (name, format!("{by:+}"))).collect()
}

fn band_changed(pair: &Pair<'_>) -> Vec<Event> {
    match (&pair.was.band, &pair.is.band) {
        (Some(was), Some(is)) if was != is && pair.is_of_one_model() => {
            vec![event(Some(was.clone()), Some(is.clone()))]
        }
        _ => vec![],
    }
}

/// Points of a score that no characteristic gives.
const BASE: &str = "base_points";

const INCOME: &str = "days_since_income";
const STREAMS: &str = "income_stream_active_count";
const AGE: &str = "data_age_days_last_txn";

/// Income of a later day than before.
fn income_came(pair: &Pair<'_>) -> bool {
    pair.was.last_day(INCOME) < pair.is.last_day(INCOME)
}

/// Whether the data says anything of the last days: where no row comes at all, no income says nothing.
fn is_fresh(watch: &Watch) -> bool {
    watch.number(AGE).is_some_and(|days| days <= STALE_DAYS)
}

fn income_stopped(pair: &Pair<'_>) -> Vec<Event> {
    let Pair { was, is, .. } = pair;
    if (was.income_stopped && !income_came(pair)) || !income_ended(pair) || !is_fresh(is) {
        return vec![];
    }
    let day = |watch: &Watch| watch.last_day(INCOME).map(shown_day);
    vec![Event { evidence: evidence(is, &[INCOME, STREAMS]), ..event(day(was), day(is)) }]
}

/// Whether income ended from one answer to the other, or had by the earlier one while no data was there to say it.
fn income_ended(pair: &Pair<'_>) -> bool {
    let Pair { was, is, .. } = pair;
    let (Some(before), Some(days)) = (was.number(INCOME), is.number(INCOME)) else { return false };
    let was_regular = was.number(STREAMS).is_some_and(|streams| 0 < streams);
    let is_regular = is.number(STREAMS).is_some_and(|streams| 0 < streams);
    let ended = was_regular && !is_regular && is.number(STREAMS).is_some();
    let is_long = before <= INCOME_STOPPED_DAYS && INCOME_STOPPED_DAYS < days;
    let was_unsure = was.income_unsure && !income_came(pair) && is.number(STREAMS).is_some();
    ended || ((is_long || was_unsure) && !is_regular)
}

fn new_loan_seen(pair: &Pair<'_>) -> Vec<Event> {
    const LOANS: [&str; 2] = ["days_since_loan_disbursement", "days_since_short_term_credit"];
    let Pair { was, is, .. } = pair;
    let is_new = |name: &&'static str| {
        // A history that was too short or absent may have hidden an old one.
        let was_known = !matches!(was.reading(name), Reading::Missing(cause) if cause != Missing::NoSuchEvent);
        was_known && was.last_day(name) < is.last_day(name)
    };
    let of_one = |name: &'static str| {
        let day = |watch: &Watch| watch.last_day(name).map(shown_day);
        Event { evidence: evidence(is, &[name]), ..event(day(was), day(is)) }
    };
    LOANS.into_iter().filter(is_new).map(of_one).collect()
}

/// The accounts of the later answer with what they were, where they were there: a relink may have given one another id.
fn accounts<'w>(pair: &Pair<'w>) -> impl Iterator<Item = (Option<&'w WatchedAccount>, &'w WatchedAccount)> {
    let was = pair.was;
    pair.is
        .accounts
        .iter()
        .map(move |is| (was.accounts.iter().find(|was| is.links.contains(&was.id) || was.links.contains(&is.id)), is))
}

fn turned(pair: &Pair<'_>, to: AccountStatus) -> Vec<Event> {
    // An account that was not there has not turned.
    let known = accounts(pair).filter_map(|(was, is)| Some((was?, is)));
    let turned = known.filter(|(was, is)| is.status == to && was.status != to);
    turned.map(|(was, is)| of_account(is, word(was.status), word(is.status))).collect()
}

fn of_account(account: &WatchedAccount, from: &str, to: &str) -> Event {
    Event { account: Some(account.id.clone()), ..event(Some(from.to_owned()), Some(to.to_owned())) }
}

fn word(status: AccountStatus) -> &'static str {
    match status {
        AccountStatus::Active => "active",
        AccountStatus::Inactive => "inactive",
        AccountStatus::Disconnected => "disconnected",
        AccountStatus::Unknown => "unknown",
    }
}

fn authorisation_expiring(pair: &Pair<'_>) -> Vec<Event> {
    let is_near = |watch: &Watch, account: &WatchedAccount| match account.deactivation {
        Some(Deactivation::At(at)) => {
            let end = watch.as_of.saturating_add(i64::from(EXPIRING_DAYS) * 86_400);
            account.status == AccountStatus::Active && at < end
        }
        Some(Deactivation::Announced) => account.status == AccountStatus::Active,
        None => false,
    };
    // An account that joins with its end near is told as one whose end came near.
    let was_told = |was: Option<&WatchedAccount>, is: &WatchedAccount| {
        was.is_some_and(|was| is_near(pair.was, was) && was.deactivation == is.deactivation)
    };
    let news = accounts(pair).filter(|(was, is)| is_near(pair.is, is) && !was_told(*was, is));
    let of_one = |(was, is): (Option<&WatchedAccount>, &WatchedAccount)| Event {
        account: Some(is.id.clone()),
        ..event(was.and_then(|was| was.deactivation).map(shown_end), is.deactivation.map(shown_end))
    };
    news.map(of_one).collect()
}

/// What an account's numbers are about to do, in words; `None` while they can pay for longer than is told.
fn number_end(numbers: Option<Numbers>, as_of: i64) -> Option<String> {
    let Numbers { known, is_announced } = numbers?;
    let soon = as_of.saturating_add(i64::from(EXPIRING_DAYS) * 86_400);
    match (known.status, known.expires) {
        (NumberStatus::Expired, _) => Some("expired".to_owned()),
        (NumberStatus::Deactivated, _) => Some("deactivated".to_owned()),
        (NumberStatus::Transactable | NumberStatus::Unknown, Some(at)) if at < soon => {
            Some(shown_day(at.div_euclid(86_400)))
        }
        (_, None) if is_announced => Some("announced".to_owned()),
        _ => None,
    }
}

fn account_number_expiring(pair: &Pair<'_>) -> Vec<Event> {
    let news = |(was, is): (Option<&WatchedAccount>, &WatchedAccount)| {
        let before = was.and_then(|was| number_end(was.numbers, pair.was.as_of));
        let now = number_end(is.numbers, pair.is.as_of);
        let is_news = now.is_some() && now != before;
        is_news.then(|| Event { account: Some(is.id.clone()), ..event(before, now) })
    };
    accounts(pair).filter_map(news).collect()
}

fn data_stale(pair: &Pair<'_>) -> Vec<Event> {
    let (Some(before), Some(days)) = (pair.was.number(AGE), pair.is.number(AGE)) else { return vec![] };
    if !(before <= STALE_DAYS && STALE_DAYS < days) {
        return vec![];
    }
    let day = |watch: &Watch| watch.last_day(AGE).map(shown_day);
    vec![Event { evidence: evidence(pair.is, &[AGE]), ..event(day(pair.was), day(pair.is)) }]
}

fn shown_day(day: i64) -> String {
    i32::try_from(day).map_or_else(|_| String::new(), |day| Day(day).to_string())
}

/// The day in UTC: Stripe names an instant.
fn shown_end(deactivation: Deactivation) -> String {
    match deactivation {
        Deactivation::Announced => "announced".to_owned(),
        Deactivation::At(at) => shown_day(at.div_euclid(86_400)),
    }
}
