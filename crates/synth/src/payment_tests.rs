//! Payments against what generated accounts went on to do. Only a generator knows the days after T.
//!
//! Every case lives 30 days past T. A debit of an amount on a day returns for insufficient funds when the account, by the ledger
//! that knows those days, closes that day below the amount. Whether it returns for the account is drawn with a probability
//! that depends on states planted in the account's object, by odds of the test's own.

use std::{collections::BTreeMap, ops::Range};

use cashline_core::{
    application::Application,
    digest::balance::BalanceSeries,
    engine::{Engine, Session},
    history::{History, HistoryBuilder},
    money::Currency,
    payment::{Class, HORIZON_MAX, Paid, PaymentModel, PaymentStatus, Request, Requests, assess},
    row::{AccountCategory, AccountStatus, AccountSubcategory, ApplicationRow, Row, TransactionStatus},
    time::{Day, Zone},
};
use cashline_io::export::TransactionObject;
use cashline_lab::{
    metrics::{Difference, auc_difference},
    payment::{Debit, Fitted, Measured, fit},
};

use crate::{
    Case, Preset, STRIPE_DEPTH_DAYS, Spec, Tag, case,
    draw::{Domain, Draw, logistic, scaled},
    portfolio::case_of,
    simulate::Fork,
};

/// Debits drawn for each checking account; a savings account gets one, as few lenders debit them.
const DEBITS: usize = 4;
/// Debits of one account go together: with 2,400 cases the slope of one seed in three left 0.9 to 1.1, with these of none.
const CASES: u64 = 6_000;
const SEED: u64 = 2_027;
/// Cases that nothing was fitted on, and other futures of each, from which the best that anybody can know is counted.
const FRESH: Range<u64> = CASES..CASES + 1_000;
const FUTURES: u32 = 40;

/// Planted log odds of a return for the account.
const BASE: f64 = -4.0;
const INACTIVE: f64 = 3.4;
const DISCONNECTED: f64 = 1.8;
const SAVINGS: f64 = 1.2;

/// A debit to ask about, and what becomes of it.
struct Planted {
    account: String,
    amount: i64,
    day: Day,
    paid: Paid,
}

/// The history of a case, its application as of 30 days before its end, and the one at the end.
fn known(engine: &Engine, session: &mut Session, case: &Case) -> (History, Application, Application) {
    let mut builder = HistoryBuilder::new();
    let mut applications: Vec<ApplicationRow<'_>> = Vec::new();
    for row in case.rows() {
        match row {
            Row::Application(row) => applications.push(row),
            row => builder.push(&row),
        }
    }
    let later = Application::from_rows(&applications, None, &Zone::utc()).expect("rows agree");
    let earlier = Application { as_of: later.as_of - i64::from(HORIZON_MAX) * 86_400, ..later.clone() };
    (engine.history(session, builder), earlier, later)
}

/// Closings of one account after T, by the ledger that knows them, with the balance at T first.
fn future(engine: &Engine, history: &History, later: &Application, account: &str, end: Day) -> Option<Vec<i64>> {
    let mut alone = later.clone();
    alone.currency = Some(Currency::USD);
    alone.applicants.iter_mut().for_each(|applicant| applicant.account_ids = vec![account.to_owned()]);
    let ledger = engine.ledger(history, &alone).ok()?;
    let series = BalanceSeries::of(&ledger).ok()?;
    (-1..i32::from(HORIZON_MAX)).map(|day| series.on(end.plus(day))).collect()
}

/// States of accounts, planted in some cases.
fn plant(case: &mut Case, draw: &mut Draw) {
    for account in &mut case.accounts {
        let at = draw.unit();
        if at < 0.06 {
            account.status = AccountStatus::Inactive;
        } else if at < 0.14 {
            account.status = AccountStatus::Disconnected;
        }
    }
}

/// What amounts are drawn from, log-uniform.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Amounts {
    /// Half a twentieth of the balance at T to four times it, half 20 to 2,000 dollars.
    Wide,
    /// A twentieth to a half of the month's income, as instalments and rents are sized; whatever the balance is.
    Income,
    /// A twenty-fifth to a quarter of the month's income, as the instalment of a loan; half of them due on a payday or at most two
    /// days after it, half one to three days before it.
    Instalment,
}

impl Amounts {
    /// The smallest and the largest share of the month's income.
    fn of_income(self) -> Option<(f64, f64)> {
        match self {
            Amounts::Wide => None,
            Amounts::Income => Some((0.05, 0.5)),
            Amounts::Instalment => Some((0.04, 0.25)),
        }
    }
}

/// Days ahead on which an account is paid, by the rows that are to come: a lender knows its customer's paydays.
fn paydays(case: &Case, account: &str, end: Day) -> Vec<i32> {
    let midnight = i64::from(end.0) * 86_400;
    let is_pay = |(row, tag): &(&TransactionObject, &Tag)| *row.account == *account && tag.is_income();
    let days = case.transactions.iter().zip(&case.tags).filter(is_pay);
    let ahead = days.filter_map(|(row, _)| Some((row.posted_at? - midnight).div_euclid(86_400)));
    let mut ahead: Vec<i32> = ahead.filter_map(|days| i32::try_from(days).ok()).filter(|days| 0 <= *days).collect();
    ahead.sort_unstable();
    ahead.dedup();
    ahead
}

/// The day ahead on which a debit is due.
fn due(amounts: Amounts, paydays: &[i32], draw: &mut Draw) -> i32 {
    let any = i32::try_from(draw.below(usize::from(HORIZON_MAX))).expect("30 days at most");
    if amounts != Amounts::Instalment || paydays.is_empty() {
        return any;
    }
    let payday = *draw.pick(paydays);
    let off = i32::try_from(draw.below(3)).expect("two at most");
    if draw.chance(0.5) { payday + off } else { payday - 1 - off }
}

fn amount(amounts: Amounts, income: i64, balance: i64, draw: &mut Draw) -> i64 {
    let between = |draw: &mut Draw, low: f64, high: f64| low * libm::exp(draw.unit() * libm::log(high / low));
    if let Some((low, high)) = amounts.of_income() {
        return scaled(income, between(draw, low, high)).max(100);
    }
    let of_balance = between(draw, 0.05, 4.0);
    let absolute = between(draw, 2_000.0, 200_000.0);
    if 0 < balance && draw.chance(0.5) { scaled(balance, of_balance).max(100) } else { scaled(1, absolute) }
}

/// The debits of a case with what becomes of them.
fn debits(
    engine: &Engine,
    known: &(History, Application, Application),
    case: &Case,
    amounts: Amounts,
    draw: &mut Draw,
) -> Vec<Planted> {
    let (history, earlier, later) = known;
    let end = Zone::utc().day(earlier.as_of);
    let mut planted = vec![];
    for account in case.accounts.iter().filter(|account| account.category == AccountCategory::Cash) {
        let Some(closings) = future(engine, history, later, &account.id, end) else { continue };
        let is_savings = account.subcategory == AccountSubcategory::Savings;
        let paydays = paydays(case, &account.id, end);
        for _ in 0..if is_savings { 1 } else { DEBITS } {
            let amount = amount(amounts, case.truth.monthly_income_minor, closings[0], draw);
            let ahead = due(amounts, &paydays, draw);
            let state = match account.status {
                AccountStatus::Inactive => INACTIVE,
                AccountStatus::Disconnected => DISCONNECTED,
                _ => 0.0,
            };
            let savings = if is_savings { SAVINGS } else { 0.0 };
            let refused = draw.chance(logistic(BASE + state + savings));
            if !(0..i32::from(HORIZON_MAX)).contains(&ahead) {
                continue;
            }
            let day = end.plus(ahead);
            let settles = cashline_core::calendar::at_or_after(day);
            let Some(closing) = usize::try_from(settles.0 - end.0 + 1).ok().and_then(|at| closings.get(at)) else {
                continue;
            };
            let paid = match (refused, *closing < amount) {
                (true, _) => Paid::Returned(Class::Account),
                (false, true) => Paid::Returned(Class::Insufficient),
                (false, false) => Paid::Cleared,
            };
            planted.push(Planted { account: account.id.to_string(), amount, day, paid });
        }
    }
    planted
}

fn spec() -> Spec {
    let days = STRIPE_DEPTH_DAYS + i32::from(HORIZON_MAX);
    Spec { preset: Preset::Mixed, days, late_share: 0.0, relink_share: 0.0, ..Spec::new(SEED, CASES) }
}

/// A debit that was measured, whose it is and when.
struct Asked {
    index: u64,
    account: String,
    settles: Day,
    debit: Debit,
}

/// Debits of one way to draw amounts, with what the model read of them, beside what becomes of them.
fn portfolio(amounts: Amounts, model: &PaymentModel, cases: Range<u64>) -> Vec<Asked> {
    let engine = Engine::builtin().expect("the defaults are valid");
    let (mut session, mut all, spec) = (engine.session(), vec![], spec());
    for index in cases {
        let mut case = case(&spec, index);
        let mut draw = Draw::of(SEED + 1, index, Domain::Shuffle);
        plant(&mut case, &mut draw);
        let known = known(&engine, &mut session, &case);
        let planted = debits(&engine, &known, &case, amounts, &mut draw);
        let request = |one: &Planted| Request {
            account: Some(one.account.clone()),
            applicant: None,
            amount: one.amount,
            day: one.day,
            currency: None,
        };
        let requests = Requests::new(planted.iter().map(request).collect());
        for (at, payment) in assess(&engine, model, &known.0, &known.1, &requests, 1) {
            if payment.status == PaymentStatus::Measured {
                let debit = Debit {
                    request_id: format!("req_{index}_{at}"),
                    amount: planted[at].amount,
                    balance: payment.balance.expect("it was measured"),
                    paid: planted[at].paid,
                    inputs: payment.inputs,
                };
                let settles = payment.settles_on.expect("it was measured");
                all.push(Asked { index, account: planted[at].account.clone(), settles, debit });
            }
        }
    }
    all
}

/// The balance of an account at the end of a day, by its rows.
fn closing(case: &Case, account: &str, day: Day) -> i64 {
    let end = (i64::from(day.0) + 1) * 86_400;
    let at = case.accounts.iter().position(|one| *one.id == *account).expect("the same accounts in every future");
    let own = case.transactions.iter().filter(|row| *row.account == *account);
    let posted = own.filter(|row| row.status == TransactionStatus::Posted && row.posted_at.is_some_and(|at| at < end));
    case.openings[at] + posted.map(|row| row.amount).sum::<i64>()
}

/// For each debit the share of other futures of its account in which it would return for lack of money. Whoever knew the whole
/// state of the generator at T, plan and habits included, could not tell better: what is left is drawn afterwards.
fn knowable(all: &[Asked]) -> Vec<f64> {
    let spec = spec();
    let mut shares = vec![];
    for of_case in all.chunk_by(|a, b| a.index == b.index) {
        let mut returns = vec![0_u32; of_case.len()];
        for future in 0..FUTURES {
            let fork = Fork { days: i32::from(HORIZON_MAX), seed: SEED + 10 + u64::from(future) };
            let case = case_of(&spec, of_case[0].index, Some(&fork));
            for (count, one) in returns.iter_mut().zip(of_case) {
                *count += u32::from(closing(&case, &one.account, one.settles) < one.debit.amount);
            }
        }
        shares.extend(returns.into_iter().map(|count| f64::from(count) / f64::from(FUTURES)));
    }
    shares
}

/// What anybody could know beside what the fitted model knows, on cases that it was not fitted on: both AUCs, and the difference.
#[expect(clippy::print_stderr, reason = "the figures that the page quotes")]
fn ceiling(amounts: Amounts, fitted: &Fitted) -> Difference {
    let mut all = portfolio(amounts, &fitted.model, FRESH);
    all.retain(|one| one.debit.paid != Paid::Returned(Class::Account));
    // A score is high where a return is unlikely.
    let safe = |probability: f64| 1.0 - probability;
    let probability = |one: &Asked| fitted.model.probability(Class::Insufficient, &one.debit.inputs);
    let model: Vec<f64> = all.iter().map(|one| safe(probability(one))).collect();
    let best: Vec<f64> = knowable(&all).into_iter().map(safe).collect();
    let returned: Vec<bool> = all.iter().map(|one| one.debit.paid == Paid::Returned(Class::Insufficient)).collect();
    let found = auc_difference(&best, &model, &returned, None, 0.95).expect("there are returns");
    eprintln!(
        "{amounts:?}: knowable {:.4} (by {FUTURES} other futures), fitted {:.4}, on {} fresh debits, {} returned; apart {:.4?}",
        found.first.value,
        found.second.value,
        all.len(),
        returned.iter().filter(|one| **one).count(),
        found.difference
    );
    found
}

/// Fits, prints the figures that docs/payments.md quotes, and demands calibrated probabilities on the held-out half.
#[expect(clippy::print_stderr, reason = "the figures that the page quotes")]
fn measured(amounts: Amounts) -> (Fitted, Difference) {
    let model = PaymentModel::builtin().expect("the default is valid");
    let all: Vec<Debit> = portfolio(amounts, &model, 0..CASES).into_iter().map(|one| one.debit).collect();
    assert!(20_000 < all.len(), "{} debits", all.len());
    let fitted = fit(&model, &all).expect("there are returns of both classes");
    for report in &fitted.classes {
        let pair = |one: Option<Measured>| one.map(|one| (one.auc.value, one.slope.map(|slope| slope.value)));
        let left: Vec<&str> = report.left_out.iter().map(|one| one.input.as_str()).collect();
        eprintln!(
            "{amounts:?} {:?}: fitted on {:?}, held out {:?}; (AUC, slope) of the given {:.3?}, of the fitted {:.3?}; left out {left:?}",
            report.class,
            report.fitted_on,
            report.held_out,
            pair(report.given),
            pair(report.fit),
        );
    }
    for report in &fitted.classes {
        let slope = report.fit.and_then(|fit| fit.slope).expect("returns were held out");
        assert!((0.9..=1.1).contains(&slope.value), "{amounts:?} {:?}: slope {slope:?}", report.class);
    }
    let against = fitted.classes[0].against_balance.expect("returns were held out");
    eprintln!("{amounts:?}: balance alone {:.3}, gain {:.3?}", against.second.value, against.difference);
    let expert = fitted.classes[0].given.expect("returns were held out").auc.value;
    assert!(against.second.value < expert, "{amounts:?}: the expert default, {expert}, is no better than the balance");
    (fitted, against)
}

#[test]
fn planted_returns_of_instalments_are_told_better_than_by_the_balance_and_calibrated_after_a_fit() {
    let (fitted, against) = measured(Amounts::Income);
    let left = ceiling(Amounts::Income, &fitted);
    assert!(left.second.value < left.first.value && left.difference.value < 0.03, "{left:?}");
    assert!(0.05 <= against.difference.value, "{against:?}");
    // What was planted stands in the fitted file; standard errors lie near 0.15.
    let found = fitted.model.terms(Class::Account).iter().map(|(_, term)| (term.input.as_str(), term.coefficient));
    let found: BTreeMap<&str, f64> = found.collect();
    for (name, planted) in [("status_inactive", INACTIVE), ("status_disconnected", DISCONNECTED), ("savings", SAVINGS)]
    {
        let value = found.get(name).copied().unwrap_or(0.0);
        assert!((value - planted).abs() < 0.6, "{name}: {value:.2}, planted {planted}");
    }
}

#[test]
fn instalments_that_are_due_around_paydays_are_told_better_than_by_the_balance_and_calibrated_after_a_fit() {
    let (fitted, against) = measured(Amounts::Instalment);
    assert!(0.05 <= against.difference.value, "{against:?}");
    let left = ceiling(Amounts::Instalment, &fitted);
    assert!(left.second.value < left.first.value && left.difference.value < 0.03, "{left:?}");
}

#[test]
fn where_amounts_run_from_crumbs_to_four_times_the_balance_little_is_left_to_gain() {
    let (fitted, against) = measured(Amounts::Wide);
    let ahead = ceiling(Amounts::Wide, &fitted);
    assert!(ahead.second.value < ahead.first.value && ahead.difference.value < 0.01, "{ahead:?}");
    // Such amounts are told by the balance almost alone, so that 0.05 more cannot be reached: more than a third of what
    // is left must be.
    let left = 1.0 - against.second.value;
    assert!(left < 0.05, "{against:?}");
    assert!(left / 3.0 < against.difference.value, "{against:?}");
}
