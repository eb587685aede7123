//! Will a debit return: for a request (account, amount, day) the probability that it comes back for lack of money, and the
//! probability that it comes back for the account or its holder; the best day; reasons. Never a guess: without what a
//! probability rests on there is a cause instead.
//!
//! A debit is judged as of the T of the application that consented to the account. The ledger is that of the **account
//! alone**, its merged links together: money between own accounts is money in or out of it, and what the other accounts hold
//! is an input of its own. The debit settles on the requested day, or the next banking day, against that day's closing
//! balance.
//!
//! `P(return) = 1 - (1 - P(account)) (1 - P(insufficient))`: the bank looks for the account first, then for money.
//!
//! What is said here plans debits. It ranks no applicant and never enters a credit score.

mod inputs;
mod model;
#[cfg(test)]
mod tests;
mod view;

use std::collections::BTreeMap;

use serde::Serialize;

pub use inputs::{COUNT, Class, INPUTS, Input, InputInfo, Inputs, WithAmount};
pub use model::{
    Codes, EXPERT, Logistic, Paid, PaymentFile, PaymentModel, PaymentModelError, REASONS, ReasonEntry, Term,
};

use crate::{
    application::Application,
    calendar,
    engine::Engine,
    forecast,
    history::History,
    ledger::{Ledger, LedgerAccount, NoLedger, Scope, links_of},
    money::Currency,
    row::AccountSubcategory,
    time::Day,
};
use view::View;

/// Most days ahead that a debit may lie, and that a best day is looked for in.
pub const HORIZON_MAX: u8 = forecast::DAYS;
/// Most reasons of a payment.
pub const REASONS_MAX: usize = 4;
/// A reason raises its probability by at least this much.
const EFFECT_MIN: f64 = 0.005;
/// Probabilities are given, and days compared, in millionths.
const PARTS: f64 = 1e6;

/// A debit that is asked about.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Request {
    /// The account to be debited.
    pub account: Option<String>,
    /// Its holder; alone, it means the holder's only checking account.
    pub applicant: Option<String>,
    /// Minor units, above 0.
    pub amount: i64,
    /// The day on which it is to settle.
    pub day: Day,
    /// The amount's currency; `None` means the account's.
    pub currency: Option<Currency>,
}

/// Requests by what they name.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Requests {
    list: Vec<Request>,
    by_account: BTreeMap<String, Vec<usize>>,
    by_applicant: BTreeMap<String, Vec<usize>>,
}

impl Requests {
    /// Files requests by account, and those that name none by applicant.
    #[must_use]
    pub fn new(list: Vec<Request>) -> Requests {
        let mut requests = Requests::default();
        for (at, request) in list.iter().enumerate() {
            match (&request.account, &request.applicant) {
                (Some(account), _) => requests.by_account.entry(account.clone()).or_default().push(at),
                (None, Some(applicant)) => requests.by_applicant.entry(applicant.clone()).or_default().push(at),
                (None, None) => {}
            }
        }
        Requests { list, ..requests }
    }

    /// The requests, as given.
    #[must_use]
    pub fn list(&self) -> &[Request] {
        &self.list
    }
}

/// Whether there are probabilities.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PaymentStatus {
    /// Both probabilities are there.
    Measured,
    /// Not both are; the cause says why.
    NotMeasurable,
}

/// Why a debit cannot be judged.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// No application of the export holds the account, or holds it for that applicant.
    UnknownAccount,
    /// The applicant stands in no application of the export.
    UnknownApplicant,
    /// The request names no account, and the applicant has several that may be meant.
    SeveralAccounts,
    /// The request names no account, and the applicant has none that can be debited.
    NoAccount,
    /// Nothing is visible at T.
    NoData,
    /// The rows contradict each other, were rejected, or were truncated.
    DataInDoubt,
    /// The amount is not above 0.
    AmountNotPositive,
    /// The amount is in another currency than the account.
    OtherCurrency,
    /// A card, a loan, a brokerage account, or a kind that is no deposit account.
    NotADepositAccount,
    /// Stripe says that no `us_bank_account` payment method can be made of it, so no ACH debit reaches it.
    NoAchDebit,
    /// Every account number has expired or was deactivated by the day.
    AccountNumberOver,
    /// No balance of the account is known.
    NoBalance,
    /// Fewer days of history than a forecast needs.
    NotEnoughHistory,
    /// The account is lived on, and shows neither a row nor a balance of the last [`AGE_DAYS_MAX`](crate::forecast::AGE_DAYS_MAX) days.
    StaleData,
    /// The day lies before T.
    DayPassed,
    /// The day lies more than [`HORIZON_MAX`] days ahead.
    DayTooFar,
}

/// The best day of a horizon.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Best {
    /// A banking day on which the account number still holds; of equal days the earliest.
    pub day: Day,
    /// Probability of a return on it, either class.
    pub returns: f64,
}

/// Why a probability is higher than it would be.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct PaymentReason {
    /// Its code.
    pub code: String,
    /// Its text.
    pub text: String,
    /// Which probability it raises.
    pub class: Class,
    /// The input behind it.
    pub input: Input,
    /// The input's value; `None` when it is missing.
    pub value: Option<f64>,
    /// By how much it raises the probability against the input's neutral value.
    pub effect: f64,
}

/// What is said of a debit.
#[derive(Clone, PartialEq, Debug)]
pub struct Payment {
    /// The application as of whose T it is said; empty without one.
    pub application_id: String,
    /// T in seconds.
    pub as_of: i64,
    /// The account that is meant: the id that stands for its merged links.
    pub account: Option<String>,
    /// Its currency.
    pub currency: Option<Currency>,
    /// The banking day on which the debit settles.
    pub settles_on: Option<Day>,
    /// Whether both probabilities are there.
    pub status: PaymentStatus,
    /// Why not.
    pub cause: Option<Cause>,
    /// The balance at T that it starts from, minor units.
    pub balance: Option<i64>,
    /// The expected closing balance of the day, minor units.
    pub expected: Option<i64>,
    /// Probability of a return for lack of money, of a debit that reaches the account.
    pub insufficient: Option<f64>,
    /// Probability of a return for the account or its holder.
    pub account_reasons: Option<f64>,
    /// Probability of a return, either class.
    pub returns: Option<f64>,
    /// The best day of the horizon.
    pub best: Option<Best>,
    /// At most [`REASONS_MAX`], the largest effect first.
    pub reasons: Vec<PaymentReason>,
    /// What the logistics read.
    pub inputs: Inputs,
}

impl Payment {
    /// An answer without probabilities.
    #[must_use]
    pub fn unmeasured(application_id: &str, as_of: i64, cause: Cause) -> Payment {
        Payment {
            application_id: application_id.to_owned(),
            as_of,
            account: None,
            currency: None,
            settles_on: None,
            status: PaymentStatus::NotMeasurable,
            cause: Some(cause),
            balance: None,
            expected: None,
            insufficient: None,
            account_reasons: None,
            returns: None,
            best: None,
            reasons: vec![],
            inputs: Inputs::default(),
        }
    }
}

/// Judges the requests that one application can answer: the places of the requests, ascending, with what is said of each.
///
/// `horizon` is the days in which the best day is looked for, at most [`HORIZON_MAX`]. A pure function of its arguments.
#[must_use]
pub fn assess(
    engine: &Engine,
    model: &PaymentModel,
    history: &History,
    application: &Application,
    requests: &Requests,
    horizon: u8,
) -> Vec<(usize, Payment)> {
    let mut wanted: Vec<usize> = vec![];
    for account in history.accounts() {
        wanted.extend(requests.by_account.get(&*account.id).into_iter().flatten());
    }
    for applicant in &application.applicants {
        wanted.extend(requests.by_applicant.get(&applicant.id).into_iter().flatten());
    }
    if wanted.is_empty() {
        return vec![];
    }
    wanted.sort_unstable();
    wanted.dedup();
    let unmeasured = |cause: Cause| Payment::unmeasured(&application.application_id, application.as_of, cause);
    let ledger = match engine.ledger(history, application) {
        Ok(ledger) => ledger,
        Err(none) => {
            let cause = match none {
                NoLedger::NoAccounts | NoLedger::NothingVisible => Cause::NoData,
                NoLedger::Refused | NoLedger::OtherRules => Cause::DataInDoubt,
            };
            // Without a ledger the links tell whose accounts are meant.
            let links = links_of(history, application);
            let is_ours = |at: &usize| {
                let request = &requests.list[*at];
                let Some(id) = &request.account else { return true };
                let holder = request.applicant.as_deref();
                links.iter().any(|link| &*link.account.id == id && holder.is_none_or(|holder| holder == link.holder))
            };
            return wanted.into_iter().filter(is_ours).map(|at| (at, unmeasured(cause))).collect();
        }
    };
    let mut desk = Desk { engine, model, history, application, ledger: &ledger, views: BTreeMap::new() };
    let mut answers = vec![];
    for at in wanted {
        match find(&ledger, &requests.list[at]) {
            Found::Account(place) => answers.push((at, desk.judge(place, &requests.list[at], horizon))),
            Found::Unclear(cause) => answers.push((at, unmeasured(cause))),
            Found::NotHere => {}
        }
    }
    answers
}

enum Found {
    Account(usize),
    Unclear(Cause),
    NotHere,
}

/// The account that a request means.
fn find(ledger: &Ledger, request: &Request) -> Found {
    if let Some(id) = &request.account {
        let is_held = |account: &LedgerAccount| {
            request.applicant.as_ref().is_none_or(|holder| account.holders.binary_search(holder).is_ok())
        };
        let place = ledger.accounts.iter().position(|account| account.links.binary_search(id).is_ok());
        return match place {
            Some(place) if is_held(&ledger.accounts[place]) => Found::Account(place),
            _ => Found::NotHere,
        };
    }
    let held = |account: &LedgerAccount| {
        request.applicant.as_ref().is_some_and(|holder| account.holders.binary_search(holder).is_ok())
    };
    let places = |savings: bool| -> Vec<usize> {
        let fits = |account: &LedgerAccount| {
            let is_savings = account.subcategory == AccountSubcategory::Savings;
            account.scope == Scope::Deposit && held(account) && is_savings == savings
        };
        (0..ledger.accounts.len()).filter(|at| fits(&ledger.accounts[*at])).collect()
    };
    match (&places(false)[..], &places(true)[..]) {
        ([place], _) | ([], [place]) => Found::Account(*place),
        ([], []) => Found::Unclear(Cause::NoAccount),
        _ => Found::Unclear(Cause::SeveralAccounts),
    }
}

/// One application, with the views of its accounts that were needed so far.
struct Desk<'a> {
    engine: &'a Engine,
    model: &'a PaymentModel,
    history: &'a History,
    application: &'a Application,
    ledger: &'a Ledger,
    views: BTreeMap<usize, Result<View, Cause>>,
}

impl Desk<'_> {
    fn judge(&mut self, place: usize, request: &Request, horizon: u8) -> Payment {
        let account = &self.ledger.accounts[place];
        let mut payment = Payment::unmeasured(&self.application.application_id, self.application.as_of, Cause::NoData);
        payment.account = Some(account.id.clone());
        payment.currency = Some(account.currency);
        let view = self
            .views
            .entry(place)
            .or_insert_with(|| View::of(self.engine, self.history, self.application, self.ledger, place));
        let view = match view {
            Ok(view) => view,
            Err(cause) => {
                payment.cause = Some(*cause);
                return payment;
            }
        };
        payment.balance = view.balance();
        let settles = calendar::at_or_after(request.day);
        payment.settles_on = Some(settles);
        payment.cause = obstacle(view, request, settles);
        // What the account's state tells needs neither a balance nor a day, but data to rely on.
        if payment.cause != Some(Cause::DataInDoubt) {
            payment.inputs = view.of_account(settles);
            let account = self.model.probability(Class::Account, &payment.inputs);
            payment.account_reasons = Some(rounded(account));
        }
        let ahead = view.ahead(settles);
        if payment.cause.is_none()
            && let Some(ahead) = ahead
        {
            payment.status = PaymentStatus::Measured;
            payment.inputs = view.inputs(request.amount, ahead);
            payment.expected = view.expected(ahead);
            let insufficient = self.model.probability(Class::Insufficient, &payment.inputs);
            payment.insufficient = Some(rounded(insufficient));
            payment.returns = Some(either(self.model, &payment.inputs));
            payment.best = best(self.model, view, request.amount, horizon);
        }
        payment.reasons = reasons(self.model, &payment);
        payment
    }
}

/// Why the account cannot be judged for this request.
fn obstacle(view: &View, request: &Request, settles: Day) -> Option<Cause> {
    if request.amount <= 0 {
        return Some(Cause::AmountNotPositive);
    }
    if request.currency.is_some_and(|currency| currency != view.currency()) {
        return Some(Cause::OtherCurrency);
    }
    if let Some(cause) = view.obstacle() {
        return Some(cause);
    }
    match view.ahead(settles) {
        Some(1..=HORIZON_MAX) => (view.is_number_over(settles) == Some(true)).then_some(Cause::AccountNumberOver),
        Some(_) => Some(Cause::DayTooFar),
        None => Some(if settles < view.end() { Cause::DayPassed } else { Cause::DayTooFar }),
    }
}

/// The probability of a return of either class.
fn either(model: &PaymentModel, inputs: &Inputs) -> f64 {
    let clears = |class: Class| 1.0 - model.probability(class, inputs);
    rounded(1.0 - clears(Class::Account) * clears(Class::Insufficient))
}

fn best(model: &PaymentModel, view: &View, amount: i64, horizon: u8) -> Option<Best> {
    let mut best: Option<Best> = None;
    for ahead in 1..=horizon.min(HORIZON_MAX) {
        let day = view.end().plus(i32::from(ahead) - 1);
        // A day that a request for it would be refused on is none to name, whatever the model makes of it.
        if !calendar::is_banking_day(day) || view.is_number_over(day) == Some(true) {
            continue;
        }
        let returns = either(model, &view.inputs(amount, ahead));
        if best.is_none_or(|best| returns < best.returns) {
            best = Some(Best { day, returns });
        }
    }
    best
}

/// The terms that raise their probability most, one a code.
fn reasons(model: &PaymentModel, payment: &Payment) -> Vec<PaymentReason> {
    let mut found: Vec<PaymentReason> = vec![];
    let classes = [(Class::Account, payment.account_reasons), (Class::Insufficient, payment.insufficient)];
    for (class, _) in classes.into_iter().filter(|(_, probability)| probability.is_some()) {
        let effects = model.effects(class, &payment.inputs);
        for ((input, term), effect) in model.terms(class).iter().zip(effects) {
            let effect = rounded(effect);
            if EFFECT_MIN <= effect {
                found.push(PaymentReason {
                    code: term.reason.clone(),
                    text: model.text(&term.reason).to_owned(),
                    class,
                    input: *input,
                    value: payment.inputs.get(*input).map(rounded),
                    effect,
                });
            }
        }
    }
    found.sort_by(|a, b| b.effect.total_cmp(&a.effect).then(a.input.cmp(&b.input)));
    let mut told: Vec<PaymentReason> = vec![];
    for reason in found {
        if told.len() < REASONS_MAX && told.iter().all(|known| known.code != reason.code) {
            told.push(reason);
        }
    }
    told
}

fn rounded(number: f64) -> f64 {
    libm::round(number * PARTS) / PARTS + 0.0
}
