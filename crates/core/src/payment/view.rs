//! One account as a debit meets it: its own ledger, what that ledger foretells, and what its state tells.

use super::{
    Cause,
    inputs::{Input, Inputs},
};
use crate::{
    application::Application,
    attribute::standard::Standard,
    digest::{
        Digest,
        plan::{Span, days_between},
    },
    engine::Engine,
    exact::real,
    forecast::Forecast,
    history::History,
    ledger::{Ledger, LedgerAccount, Numbers, Scope},
    money::Currency,
    row::{AccountCategory, AccountStatus, AccountSubcategory},
    stream::returned::Kind,
    time::Day,
    value::Missing,
};

/// Days of balances that an amount is compared with.
const BALANCE_DAYS: usize = 60;
/// The days in which returns are counted.
const RETURNS: Span = Span { near: 0, far: 90 };
/// Minor units that are added to amount and balance, so that small ones do not make large ratios.
const SMALL: f64 = 1_000.0;

/// What is known of an account at T.
#[derive(Debug)]
pub(super) struct View {
    end: Day,
    currency: Currency,
    obstacle: Option<Cause>,
    forecast: Option<Forecast>,
    balance: Option<i64>,
    /// Of the last days, ascending.
    closings: Vec<i64>,
    /// What the other deposit accounts hold, minor units.
    elsewhere: Option<i64>,
    statics: Inputs,
    numbers: Option<Numbers>,
}

impl View {
    /// Looks at the account at a place of an application's ledger.
    pub(super) fn of(
        engine: &Engine,
        history: &History,
        application: &Application,
        pooled: &Ledger,
        place: usize,
    ) -> Result<View, Cause> {
        let account = &pooled.accounts[place];
        let alone = alone(application, account);
        let none = if account.scope == Scope::Deposit { Cause::NoData } else { Cause::NotADepositAccount };
        let ledger = engine.ledger(history, &alone).map_err(|_| none)?;
        let [own] = &ledger.accounts[..] else { return Err(none) };
        let registry = engine.registry();
        let text = |row: u32| history.description(row);
        let digest = Digest::new(registry.plan(), &ledger, &alone, engine.categoriser().taxonomy(), &text);
        let number = |name: &str| {
            let column = registry.column(name)?;
            registry.compute(column, &digest).ok()?.number()
        };
        let mut statics = Inputs::default();
        state(&mut statics, own, &ledger);
        behaviour(&mut statics, &digest, &ledger, &number);
        let forecast = digest.forecast();
        let obstacle = obstacle(own, &ledger, &forecast);
        let newest = digest.series().map_or(&[][..], |series| &series.closing[..]);
        let mut closings = newest[newest.len().saturating_sub(BALANCE_DAYS)..].to_vec();
        closings.sort_unstable();
        let start = crate::forecast::balance(&ledger).ok().map(|start| start.amount);
        // The other accounts' money counts in the currency of the pool, which the application need not have named.
        let same = pooled.currency == own.currency;
        let elsewhere = crate::forecast::held_beside(pooled, place).filter(|_| same && start.is_some()).map(narrow);
        Ok(View {
            end: ledger.end,
            currency: own.currency,
            obstacle,
            forecast: forecast.ok().cloned(),
            balance: start.map(narrow),
            closings,
            elsewhere,
            statics,
            numbers: own.numbers,
        })
    }

    pub(super) fn end(&self) -> Day {
        self.end
    }

    pub(super) fn currency(&self) -> Currency {
        self.currency
    }

    pub(super) fn balance(&self) -> Option<i64> {
        self.balance
    }

    /// Why no debit of the account can be judged.
    pub(super) fn obstacle(&self) -> Option<Cause> {
        self.obstacle
    }

    /// The inputs that the amount does not change, of a day.
    pub(super) fn of_account(&self, day: Day) -> Inputs {
        let mut inputs = self.statics.clone();
        if let Some(is_over) = self.is_number_over(day) {
            inputs.put(Input::NumberOver, f64::from(u8::from(is_over)), 0.0, 1.0);
        }
        inputs
    }

    /// Whether no account number can be debited by the end of a day; `None` when the export says nothing of them.
    pub(super) fn is_number_over(&self, day: Day) -> Option<bool> {
        let end = (i64::from(day.0) + 1) * 86_400 - 1;
        self.numbers.map(|numbers| numbers.known.is_over_at(end))
    }

    /// How many days ahead a day lies, 1 for the first that no window holds; `None` before it and absurdly far ahead.
    pub(super) fn ahead(&self, day: Day) -> Option<u8> {
        u8::try_from(i64::from(day.0) - i64::from(self.end.0) + 1).ok().filter(|ahead| 0 < *ahead)
    }

    /// The expected closing balance of a day, minor units.
    pub(super) fn expected(&self, ahead: u8) -> Option<i64> {
        let expected = self.forecast.as_ref()?.expected(ahead).ok()?;
        Some(narrow(expected.round()))
    }

    /// The inputs of a debit.
    pub(super) fn inputs(&self, amount: i64, ahead: u8) -> Inputs {
        let mut inputs = self.of_account(self.end.plus(i32::from(ahead) - 1));
        let amount_real = real(amount.into());
        if let Some(forecast) = &self.forecast {
            if let Ok(deviations) = forecast.deviations_below(amount, ahead) {
                inputs.put(Input::Shortfall, deviations, -6.0, 6.0);
            }
            let before = forecast.next_income().is_some_and(|next| next <= ahead);
            inputs.put(Input::NoIncomeBefore, f64::from(u8::from(!before)), 0.0, 1.0);
            inputs.put(Input::IrregularIncome, f64::from(u8::from(!forecast.has_regular_income())), 0.0, 1.0);
        }
        if let Some(balance) = self.balance {
            let ratio = (amount_real + SMALL) / (real(balance.max(0).into()) + SMALL);
            inputs.put(Input::AmountOverBalance, libm::log(ratio), -5.0, 5.0);
        }
        if !self.closings.is_empty() {
            let below = self.closings.partition_point(|closing| *closing < amount);
            inputs.put(Input::BelowAmountShare, share(below, self.closings.len()), 0.0, 1.0);
        }
        if let Some(elsewhere) = self.elsewhere.filter(|_| 0 < amount) {
            inputs.put(Input::Elsewhere, real(elsewhere.max(0).into()) / amount_real, 0.0, 1.0);
        }
        inputs.put(Input::DaysAhead, f64::from(ahead) / 30.0, 0.0, 1.0);
        inputs
    }
}

/// The application with one account.
fn alone(application: &Application, account: &LedgerAccount) -> Application {
    let mut alone = application.clone();
    alone.currency = Some(account.currency);
    for applicant in &mut alone.applicants {
        applicant.account_ids = account.links.clone();
    }
    alone
}

/// What forbids a probability whatever the amount and the day.
fn obstacle(own: &LedgerAccount, ledger: &Ledger, forecast: &Result<&Forecast, Missing>) -> Option<Cause> {
    if !ledger.doubts.is_empty() {
        return Some(Cause::DataInDoubt);
    }
    if own.scope != Scope::Deposit {
        return Some(Cause::NotADepositAccount);
    }
    if own.ach_debit == Some(false) {
        return Some(Cause::NoAchDebit);
    }
    if crate::forecast::balance(ledger).is_err() {
        return Some(Cause::NoBalance);
    }
    match forecast {
        Ok(_) => None,
        Err(Missing::Stale) => Some(Cause::StaleData),
        Err(_) => Some(Cause::NotEnoughHistory),
    }
}

/// What the account's object tells.
fn state(inputs: &mut Inputs, own: &LedgerAccount, ledger: &Ledger) {
    let flag = |yes: bool| f64::from(u8::from(yes));
    if own.status != AccountStatus::Unknown {
        inputs.put(Input::StatusInactive, flag(own.status == AccountStatus::Inactive), 0.0, 1.0);
        inputs.put(Input::StatusDisconnected, flag(own.status == AccountStatus::Disconnected), 0.0, 1.0);
    }
    let kinds = [Scope::Credit, Scope::Loan, Scope::Investment];
    inputs.put(Input::NotTransactionAccount, flag(kinds.contains(&own.scope)), 0.0, 1.0);
    inputs.put(Input::Savings, flag(own.subcategory == AccountSubcategory::Savings), 0.0, 1.0);
    let unknown = own.category == AccountCategory::Unknown && own.subcategory == AccountSubcategory::Unknown;
    inputs.put(Input::UnknownKind, flag(unknown), 0.0, 1.0);
    if let Some(as_of) = own.balance_as_of {
        let days = real(ledger.as_of.saturating_sub(as_of).max(0).into()) / 86_400.0;
        inputs.put(Input::BalanceAge, days / 30.0, 0.0, 1.0);
    }
    if let Some(may) = own.ach_debit {
        inputs.put(Input::NoAchDebit, flag(!may), 0.0, 1.0);
    }
    let days_since = |day: Day| f64::from(ledger.end.0.saturating_sub(day.0));
    if let Some(first) = own.first_day {
        inputs.put(Input::YoungAccount, 1.0 - days_since(first) / 90.0, 0.0, 1.0);
    }
    if let Some(last) = own.last_day {
        inputs.put(Input::Quiet, days_since(last) / 60.0, 0.0, 1.0);
    }
}

/// What the account's rows tell.
fn behaviour(inputs: &mut Inputs, digest: &Digest<'_>, ledger: &Ledger, number: &dyn Fn(&str) -> Option<f64>) {
    if let Some(events) = number("nsf_od_event_count_90d") {
        inputs.put(Input::ReturnedItems, libm::log1p(events), 0.0, 4.0);
    }
    // What came back for its holder's sake says nothing of money.
    let others: Vec<u32> = digest.rows(Standard::OtherCauseReturn.id(), RETURNS).map(|row| row.index).collect();
    let items = digest.returns().list().iter().filter(|one| one.kind == Kind::Item);
    let unpaid = items.filter_map(|one| ledger.rows.get(one.row as usize)).filter(|row| !others.contains(&row.index));
    let days = unpaid.map(|row| days_between(row.day, ledger.end)).filter(|days| RETURNS.contains(days - 1));
    let newest = days.map(f64::from).chain(number("days_since_nsf_od")).reduce(f64::min);
    let recency = newest.map_or(0.0, |days| libm::exp(-days.max(0.0) / 30.0));
    inputs.put(Input::ReturnedRecency, recency, 0.0, 1.0);
    if let Some(negative) = number("share_days_below_zero_30d") {
        inputs.put(Input::NegativeShare, negative, 0.0, 1.0);
    }
    if let Some(count) = number("unauthorised_return_count_90d") {
        inputs.put(Input::UnauthorisedReturns, libm::log1p(count), 0.0, 3.0);
    }
}

fn share(part: usize, whole: usize) -> f64 {
    let wide = |count: usize| real(i128::try_from(count).unwrap_or(i128::MAX));
    wide(part) / wide(whole)
}

/// Balances stay within the range of amounts; the ends stand for what does not.
fn narrow(amount: i128) -> i64 {
    i64::try_from(amount).unwrap_or(if amount < 0 { i64::MIN } else { i64::MAX })
}
