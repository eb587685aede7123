//! What a payment's answer promises: probabilities that rise with the amount, a best day, causes in the place of guesses.

use std::sync::OnceLock;

use super::*;
use crate::{
    application::Applicant,
    engine::Session,
    history::HistoryBuilder,
    row::{
        AccountCategory, AccountNumbers, AccountRow, AccountStatus, ApplicantRole, BalanceRow, NumberStatus,
        TransactionRow,
    },
    time::Zone,
};

/// A Friday, 2026-02-20 (`date -u -d @$((20504*86400))`).
const T: Day = Day(20_504);

fn engine() -> &'static Engine {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    ENGINE.get_or_init(|| Engine::builtin().expect("shipped files agree"))
}

fn model() -> &'static PaymentModel {
    static MODEL: OnceLock<PaymentModel> = OnceLock::new();
    MODEL.get_or_init(|| PaymentModel::builtin().expect("the shipped model is valid"))
}

fn noon(day: Day) -> i64 {
    Zone::utc().midnight(day) + 43_200
}

fn application() -> Application {
    Application {
        application_id: "app_1".to_owned(),
        applicants: vec![Applicant { id: "cus_1".to_owned(), role: ApplicantRole::Primary, account_ids: vec![] }],
        as_of: Zone::utc().midnight(T),
        requested_amount: None,
        term_months: None,
        instalment_amount: None,
        stated_income: None,
        currency: None,
        extras: vec![],
    }
}

/// Rows of `fca_1`: pay every 14 days, rent, groceries, over so many days before T; pay comes 6 days after T again.
fn life(rows: &mut HistoryBuilder, account: &str, days: i32) {
    let lines: [(i32, i32, i64, &str); 3] = [
        (8, 14, 160_000, "ACME CORP PAYROLL DIRECT DEP"),
        (20, 30, -90_000, "OAKWOOD APARTMENTS RENT"),
        (3, 6, -14_000, "KROGER #412"),
    ];
    for (line, (first, every, amount, text)) in (0..).zip(lines) {
        for back in (0..).map(|n| first + every * n).take_while(|back| *back <= days) {
            let id = format!("fctxn_{account}_{line}_{back}");
            let row = TransactionRow::posted(&id, account, amount, noon(T.plus(-back)));
            rows.transaction(&TransactionRow { description: text, ..row });
        }
    }
}

fn history(build: impl FnOnce(&mut HistoryBuilder)) -> History {
    let mut rows = HistoryBuilder::new();
    build(&mut rows);
    engine().history(&mut Session::default(), rows)
}

/// One checking account with half a year of rows and a balance.
fn steady(balance: i64) -> History {
    history(|rows| {
        rows.account(&AccountRow::checking("fca_1", "cus_1"));
        rows.balance(&BalanceRow::reported("fca_1", Zone::utc().midnight(T), balance));
        life(rows, "fca_1", 178);
    })
}

fn request(amount: i64, ahead: i32) -> Request {
    Request { account: Some("fca_1".to_owned()), applicant: None, amount, day: T.plus(ahead - 1), currency: None }
}

fn ask(history: &History, requests: Vec<Request>) -> Vec<Payment> {
    let answers = assess(engine(), model(), history, &application(), &Requests::new(requests), 14);
    answers.into_iter().map(|(_, payment)| payment).collect()
}

fn cause(history: &History, request: Request) -> Option<Cause> {
    let payments = ask(history, vec![request]);
    let [payment] = &payments[..] else { panic!("{payments:?}") };
    assert_eq!(payment.status == PaymentStatus::Measured, payment.cause.is_none());
    assert_eq!(payment.returns.is_some(), payment.cause.is_none(), "a cause stands in the place of a guess");
    payment.cause
}

#[test]
fn every_input_stands_in_its_place_and_every_shipped_reason_is_given_by_the_shipped_model() {
    for (at, info) in INPUTS.iter().enumerate() {
        assert_eq!(info.input as usize, at);
        assert_eq!(Input::parse(info.name), Some(info.input));
    }
    let terms = [Class::Insufficient, Class::Account].map(|class| model().terms(class));
    let given: Vec<&str> = terms.iter().flat_map(|terms| terms.iter()).map(|(_, term)| term.reason.as_str()).collect();
    let listed = REASONS.lines().filter_map(|line| line.strip_prefix("code = \"")?.strip_suffix('"'));
    // A lender's model may read how far ahead the day is; the expert one leaves that to the forecast.
    let unused: Vec<&str> = listed.filter(|code| !given.contains(code)).collect();
    assert_eq!(unused, ["day_far_ahead"]);
}

#[test]
fn a_larger_debit_never_returns_less_likely() {
    for balance in [-20_000, 0, 3_000, 120_000, 900_000] {
        let history = steady(balance);
        for ahead in [1, 5, 7, 12, 21, 28] {
            let amounts = (0..60).map(|step| 100 + step * step * 300);
            let payments = ask(&history, amounts.map(|amount| request(amount, ahead)).collect());
            let returns: Vec<f64> = payments.iter().map(|payment| payment.returns.expect("measured")).collect();
            assert!(returns.is_sorted(), "balance {balance}, day {ahead}: {returns:?}");
            assert!(returns.iter().all(|p| (0.0..=1.0).contains(p)));
            assert!(returns[0] < returns[59], "balance {balance}, day {ahead}: the amount must matter");
        }
    }
}

#[test]
fn both_classes_join_as_one_after_the_other() {
    for payment in ask(&steady(50_000), vec![request(40_000, 5), request(400_000, 5)]) {
        let (account, funds) = (payment.account_reasons.expect("measured"), payment.insufficient.expect("measured"));
        let joined = 1.0 - (1.0 - account) * (1.0 - funds);
        // Each of the three is rounded to a millionth.
        assert!((payment.returns.expect("measured") - joined).abs() < 3e-6, "{payment:?}");
    }
}

#[test]
fn the_best_day_is_the_first_banking_day_of_the_lowest_probability() {
    let history = steady(30_000);
    let days: Vec<i32> = (1..=14).filter(|ahead| calendar::is_banking_day(T.plus(ahead - 1))).collect();
    let payments = ask(&history, days.iter().map(|ahead| request(100_000, *ahead)).collect());
    let returns: Vec<f64> = payments.iter().map(|payment| payment.returns.expect("measured")).collect();
    let lowest = returns.iter().copied().fold(1.0, f64::min);
    let first = returns.iter().position(|p| *p == lowest).expect("one is the lowest");
    for payment in &payments {
        let best = payment.best.expect("there are banking days");
        assert_eq!((best.day, best.returns), (T.plus(days[first] - 1), lowest));
    }
    // Pay comes every 14 days, last 8 days before T: on the 7th day that no window holds.
    assert!(T.plus(6) <= payments[0].best.expect("there is one").day, "{returns:?}");
    assert!(payments[0].reasons.iter().any(|reason| reason.code == "balance_expected_short"), "{:?}", payments[0]);
    let saturday = ask(&history, vec![request(100_000, 2)]);
    // Presidents' Day is the third Monday of February, the 16th; the 23rd is a banking day.
    assert_eq!(saturday[0].settles_on, Some(T.plus(3)), "a Saturday's debit settles on Monday");
}

#[test]
fn what_cannot_be_judged_has_a_cause_and_no_probability() {
    let steady = steady(50_000);
    assert_eq!(cause(&steady, request(10_000, 5)), None);
    assert_eq!(cause(&steady, request(0, 5)), Some(Cause::AmountNotPositive));
    assert_eq!(cause(&steady, request(10_000, -3)), Some(Cause::DayPassed));
    assert_eq!(cause(&steady, request(10_000, 40)), Some(Cause::DayTooFar));
    assert_eq!(cause(&steady, request(10_000, 4_000)), Some(Cause::DayTooFar));
    let euros = Request { currency: Currency::parse("eur"), ..request(10_000, 5) };
    assert_eq!(cause(&steady, euros), Some(Cause::OtherCurrency));
    let elsewhere = Request { account: Some("fca_9".to_owned()), ..request(10_000, 5) };
    let not_theirs = Request { applicant: Some("cus_9".to_owned()), ..request(10_000, 5) };
    assert_eq!(ask(&steady, vec![elsewhere, not_theirs]), []);
    let no_balance = history(|rows| {
        rows.account(&AccountRow::checking("fca_1", "cus_1"));
        life(rows, "fca_1", 178);
    });
    assert_eq!(cause(&no_balance, request(10_000, 5)), Some(Cause::NoBalance));
    let short = history(|rows| {
        rows.account(&AccountRow::checking("fca_1", "cus_1"));
        rows.balance(&BalanceRow::reported("fca_1", Zone::utc().midnight(T), 50_000));
        life(rows, "fca_1", 35);
    });
    assert_eq!(cause(&short, request(10_000, 5)), Some(Cause::NotEnoughHistory));
    let doubtful = history(|rows| {
        rows.account(&AccountRow::checking("fca_1", "cus_1"));
        rows.balance(&BalanceRow::reported("fca_1", Zone::utc().midnight(T), 50_000));
        life(rows, "fca_1", 178);
        rows.push(&crate::row::Row::Truncated { account: "fca_1" });
    });
    let payments = ask(&doubtful, vec![request(10_000, 5)]);
    assert_eq!((payments[0].cause, payments[0].account_reasons), (Some(Cause::DataInDoubt), None));
}

#[test]
fn data_that_ends_a_week_before_t_judges_no_debit() {
    // The snapshot is of T, the newest row of three days before: both grow old as T moves on.
    let history = steady(50_000);
    let asked = |days: i32| {
        let application = Application { as_of: Zone::utc().midnight(T.plus(days)), ..application() };
        let requests = Requests::new(vec![request(10_000, days + 6)]);
        assess(engine(), model(), &history, &application, &requests, 14).remove(0).1
    };
    assert_eq!(asked(6).status, PaymentStatus::Measured);
    for days in [7, 40] {
        let payment = asked(days);
        assert_eq!((payment.cause, payment.returns, payment.best), (Some(Cause::StaleData), None, None), "{days}");
        // What the account's state tells, it tells.
        assert!(payment.account_reasons.is_some());
    }
}

#[test]
fn a_debit_that_came_back_for_its_holders_sake_says_nothing_of_money() {
    // A debit of 14 days before T that came back two days later: for lack of funds, or because it was not authorised, stopped, or
    // met no account.
    let told = |text: &'static str| {
        let history = history(|rows| {
            rows.account(&AccountRow::checking("fca_1", "cus_1"));
            rows.balance(&BalanceRow::reported("fca_1", Zone::utc().midnight(T), 50_000));
            life(rows, "fca_1", 178);
            let debit = TransactionRow::posted("fctxn_debit", "fca_1", -7_777, noon(T.plus(-14)));
            rows.transaction(&TransactionRow { description: "GEICO AUTO INSURANCE", ..debit });
            let back = TransactionRow::posted("fctxn_back", "fca_1", 7_777, noon(T.plus(-12)));
            rows.transaction(&TransactionRow { description: text, ..back });
        });
        let payment = ask(&history, vec![request(40_000, 5)]).remove(0);
        [Input::ReturnedItems, Input::ReturnedRecency, Input::UnauthorisedReturns]
            .map(|input| payment.inputs.get(input))
    };
    // ln 2 = 0.693147180559945 and exp(-12 / 30) = 0.670320046035639 (bc).
    let near =
        |got: Option<f64>, want: f64| assert!(got.is_some_and(|got| (got - want).abs() < 1e-12), "{got:?} {want}");
    for text in ["ACH RETURN R01 GEICO", "RETURN R09 GEICO", "RETURN NSF"] {
        let [items, recency, unauthorised] = told(text);
        near(items, std::f64::consts::LN_2);
        near(recency, 0.670_320_046_035_639);
        assert_eq!(unauthorised, Some(0.0), "{text}");
    }
    for (text, unauthorised) in [("RETURN R10 ACME", 1), ("UNAUTHORIZED RETURN", 1), ("RETURN R03 GEICO", 0)] {
        let [items, recency, found] = told(text);
        assert_eq!((items, recency), (Some(0.0), Some(0.0)), "{text}");
        near(found, f64::from(unauthorised) * std::f64::consts::LN_2);
    }
}

#[test]
fn what_other_accounts_hold_counts_in_the_currency_of_the_pool_whether_or_not_the_application_names_it() {
    let cad = Currency::parse("cad").expect("a code");
    let history = history(|rows| {
        for (account, currency, balance) in [("fca_1", Currency::USD, 50_000_000), ("fca_2", cad, 9_000)] {
            rows.account(&AccountRow { last4: Some(&account[4..]), ..AccountRow::checking(account, "cus_1") });
            rows.balance(&BalanceRow { currency, ..BalanceRow::reported(account, Zone::utc().midnight(T), balance) });
        }
        life(rows, "fca_1", 178);
        // Few, so that most of the flow is in dollars.
        for back in (2..178).step_by(30) {
            let id = format!("fctxn_cad_{back}");
            let row = TransactionRow::posted(&id, "fca_2", 100, noon(T.plus(-back)));
            rows.transaction(&TransactionRow { currency: cad, ..row });
        }
    });
    let both = || ["fca_1", "fca_2"].map(|id| Request { account: Some(id.to_owned()), ..request(20_000, 5) }).to_vec();
    let named = Application { currency: Some(Currency::USD), ..application() };
    let of = |application: &Application| assess(engine(), model(), &history, application, &Requests::new(both()), 14);
    let (unnamed, named) = (of(&application()), of(&named));
    assert_eq!(unnamed, named);
    // Half a million dollars are no Canadian cents; nothing is known to be elsewhere.
    let elsewhere: Vec<_> = unnamed.iter().map(|(_, payment)| payment.inputs.get(Input::Elsewhere)).collect();
    assert_eq!(elsewhere[1], None);
}

#[test]
fn money_that_is_known_to_be_elsewhere_counts_though_another_account_tells_no_balance() {
    let elsewhere = |others: &[(&'static str, Option<i64>)]| {
        let history = history(|rows| {
            let balances = [("fca_1", Some(15_000))].into_iter().chain(others.iter().copied());
            for (account, balance) in balances {
                rows.account(&AccountRow { last4: Some(&account[4..]), ..AccountRow::checking(account, "cus_1") });
                if let Some(balance) = balance {
                    rows.balance(&BalanceRow::reported(account, Zone::utc().midnight(T), balance));
                }
            }
            life(rows, "fca_1", 178);
            for (account, _) in others {
                rows.transaction(&TransactionRow::posted(
                    &format!("fctxn_{account}"),
                    account,
                    -700,
                    noon(T.plus(-20)),
                ));
            }
        });
        let asked = vec![Request { account: Some("fca_1".to_owned()), ..request(15_000, 5) }];
        let payments = assess(engine(), model(), &history, &application(), &Requests::new(asked), 14);
        payments[0].1.inputs.get(Input::Elsewhere)
    };
    // A third of 150.00, all of it and more, nothing; what nobody knows is missing.
    assert_eq!(elsewhere(&[("fca_2", Some(5_000)), ("fca_3", None)]), Some(1.0 / 3.0));
    assert_eq!(elsewhere(&[("fca_2", Some(500_000)), ("fca_3", None)]), Some(1.0));
    assert_eq!(elsewhere(&[]), Some(0.0));
    assert_eq!(elsewhere(&[("fca_3", None)]), None);
}

#[test]
fn an_account_of_which_nothing_is_visible_is_known_all_the_same() {
    let empty = history(|rows| rows.account(&AccountRow::checking("fca_1", "cus_1")));
    assert_eq!(cause(&empty, request(10_000, 5)), Some(Cause::NoData));
    let by = |account: Option<&str>, applicant: Option<&str>| Request {
        account: account.map(str::to_owned),
        applicant: applicant.map(str::to_owned),
        ..request(10_000, 5)
    };
    assert_eq!(cause(&empty, by(None, Some("cus_1"))), Some(Cause::NoData));
    assert_eq!(cause(&empty, by(Some("fca_1"), Some("cus_1"))), Some(Cause::NoData));
    // Another's account, and theirs said to be another's.
    assert_eq!(ask(&empty, vec![by(Some("fca_9"), None), by(Some("fca_1"), Some("cus_9"))]), []);
}

#[test]
fn an_applicant_alone_means_the_only_checking_account() {
    let of_holder = |amount: i64| Request {
        account: None,
        applicant: Some("cus_1".to_owned()),
        amount,
        day: T.plus(4),
        currency: None,
    };
    let steady = steady(50_000);
    let pair = ask(&steady, vec![request(10_000, 5), of_holder(10_000)]);
    assert_eq!(pair[0], pair[1]);
    let two = history(|rows| {
        for account in ["fca_1", "fca_2"] {
            rows.account(&AccountRow { last4: Some(&account[4..]), ..AccountRow::checking(account, "cus_1") });
            rows.balance(&BalanceRow::reported(account, Zone::utc().midnight(T), 50_000));
        }
        life(rows, "fca_1", 178);
    });
    assert_eq!(cause(&two, of_holder(10_000)), Some(Cause::SeveralAccounts));
}

#[test]
fn the_state_of_an_account_raises_only_the_other_class() {
    let inactive = history(|rows| {
        rows.account(&AccountRow { status: AccountStatus::Inactive, ..AccountRow::checking("fca_1", "cus_1") });
        rows.balance(&BalanceRow::reported("fca_1", Zone::utc().midnight(T), 50_000));
        life(rows, "fca_1", 178);
    });
    let (active, inactive) = (ask(&steady(50_000), vec![request(10_000, 5)]), ask(&inactive, vec![request(10_000, 5)]));
    assert_eq!(active[0].insufficient, inactive[0].insufficient);
    // Log odds -5 + 4 and what the age of the rows adds: above 1 / (1 + e) = 0.269.
    assert!(0.268 < inactive[0].account_reasons.expect("measured"), "{:?}", inactive[0]);
    assert_eq!(inactive[0].reasons[0].code, "account_inactive");
    let card = history(|rows| {
        let card = AccountRow {
            category: AccountCategory::Credit,
            subcategory: AccountSubcategory::CreditCard,
            ..AccountRow::checking("fca_1", "cus_1")
        };
        rows.account(&card);
        rows.balance(&BalanceRow::reported("fca_1", Zone::utc().midnight(T), 50_000));
        life(rows, "fca_1", 178);
    });
    let card = ask(&card, vec![request(10_000, 5)]);
    assert_eq!((card[0].cause, card[0].insufficient), (Some(Cause::NotADepositAccount), None));
    assert!(0.9 < card[0].account_reasons.expect("its kind is known"), "{:?}", card[0]);
}

#[test]
fn an_account_that_takes_no_debits_or_whose_number_is_over_by_the_day_says_so() {
    let with = |change: &dyn Fn(&mut AccountRow<'static>)| {
        let mut row = AccountRow::checking("fca_1", "cus_1");
        change(&mut row);
        history(|rows| {
            rows.account(&row);
            rows.balance(&BalanceRow::reported("fca_1", Zone::utc().midnight(T), 50_000));
            life(rows, "fca_1", 178);
        })
    };
    let asked = |history: &History, day: i32| ask(history, vec![request(10_000, day)]).remove(0);
    let unsaid = asked(&with(&|_| {}), 5);
    // Log odds -5 + 9 = 4 and more: above 1 / (1 + exp(-4)) = 0.982013790037908 (bc).
    let barred = asked(&with(&|row| row.ach_debit = Some(false)), 5);
    assert_eq!((barred.cause, barred.returns), (Some(Cause::NoAchDebit), None));
    assert!(0.982 < barred.account_reasons.expect("its state is known"), "{barred:?}");
    assert_eq!(barred.reasons[0].code, "no_ach_debit");
    assert_eq!(asked(&with(&|row| row.ach_debit = Some(true)), 5).returns, unsaid.returns);
    // The number ends at noon of T + 5, a Wednesday, which is the sixth day ahead: the best day lies before it.
    let number = |status, expires| with(&move |row| row.numbers = Some(AccountNumbers { status, expires }));
    let ends = number(NumberStatus::Transactable, Some(noon(T.plus(5))));
    assert_eq!(asked(&ends, 5).returns, unsaid.returns);
    assert_eq!(asked(&ends, 6).cause, Some(Cause::AccountNumberOver));
    assert_eq!(asked(&ends, 6).reasons[0].code, "account_number_over");
    assert!(asked(&ends, 5).best.expect("a day").day < T.plus(5));
    for status in [NumberStatus::Expired, NumberStatus::Deactivated] {
        assert_eq!(asked(&number(status, None), 5).cause, Some(Cause::AccountNumberOver), "{status:?}");
    }
    assert_eq!(asked(&number(NumberStatus::Pending, None), 5).returns, unsaid.returns);
}

#[test]
fn no_best_day_is_one_that_a_request_for_it_would_be_refused_on_whatever_the_model_reads() {
    let mut file = model().file().clone();
    file.account.inputs.retain(|term| term.input != "number_over");
    let blind = PaymentModel::check(file).expect("valid");
    let row = AccountNumbers { status: NumberStatus::Transactable, expires: Some(noon(T.plus(4))) };
    let ends = history(|rows| {
        rows.account(&AccountRow { numbers: Some(row), ..AccountRow::checking("fca_1", "cus_1") });
        rows.balance(&BalanceRow::reported("fca_1", Zone::utc().midnight(T), 30_000));
        life(rows, "fca_1", 178);
    });
    // Pay comes on T + 6, when the number is over: the lowest probability lies behind its end.
    let best = |history: &History| {
        let asked = Requests::new(vec![request(100_000, 1)]);
        assess(engine(), &blind, history, &application(), &asked, 14)[0].1.best.expect("a day").day
    };
    assert!(T.plus(6) <= best(&steady(30_000)));
    assert!(best(&ends) < T.plus(4));
    let ahead = best(&ends).0 - T.0 + 1;
    assert_eq!(cause(&ends, request(100_000, ahead)), None);
}

#[test]
fn monthly_pay_that_came_yesterday_is_regular_though_no_more_of_it_comes_within_the_horizon() {
    // The 3rd of the month; in January on Monday the 5th; in March a day early. T is 3 March: the next lies 31 days ahead.
    let days = [(2025, 9, 3), (2025, 10, 3), (2025, 11, 3), (2025, 12, 3), (2026, 1, 5), (2026, 2, 3), (2026, 3, 2)];
    let end = Day::from_civil(2026, 3, 3);
    let asked = |is_paid: bool| {
        let history = history(|rows| {
            rows.account(&AccountRow::checking("fca_1", "cus_1"));
            rows.balance(&BalanceRow::reported("fca_1", Zone::utc().midnight(end), 50_000));
            for (at, (year, month, date)) in (0..).zip(days).filter(|_| is_paid) {
                let id = format!("fctxn_pay_{at}");
                let paid = noon(Day::from_civil(year, month, date));
                let row = TransactionRow::posted(&id, "fca_1", 300_000, paid);
                rows.transaction(&TransactionRow { description: "ACME CORP PAYROLL DIRECT DEP", ..row });
            }
            for back in (1..178).step_by(6) {
                let id = format!("fctxn_food_{back}");
                let row = TransactionRow::posted(&id, "fca_1", -9_000, noon(end.plus(-back)));
                rows.transaction(&TransactionRow { description: "KROGER #412", ..row });
            }
        });
        let application = Application { as_of: Zone::utc().midnight(end), ..application() };
        let request = Request { day: end.plus(9), ..request(20_000, 1) };
        let payment = assess(engine(), model(), &history, &application, &Requests::new(vec![request]), 14).remove(0).1;
        [Input::IrregularIncome, Input::NoIncomeBefore].map(|input| payment.inputs.get(input))
    };
    assert_eq!(asked(true), [Some(0.0), Some(1.0)]);
    assert_eq!(asked(false), [Some(1.0), Some(1.0)]);
}

#[test]
fn a_probability_is_the_logistic_of_the_file() {
    let mut file = model().file().clone();
    file.insufficient.intercept = -1.0;
    file.insufficient.inputs.retain(|term| ["shortfall", "elsewhere"].contains(&term.input.as_str()));
    file.insufficient.inputs[0].coefficient = 0.5;
    file.insufficient.inputs[1].coefficient = -2.0;
    file.insufficient.inputs[1].missing = 0.25;
    let model = PaymentModel::check(file).expect("valid");
    let mut inputs = Inputs::default();
    inputs.put(Input::Shortfall, 3.0, -6.0, 6.0);
    // -1 + 0.5 × 3 - 2 × 0.25 = 0: even odds.
    assert_eq!(model.probability(Class::Insufficient, &inputs), 0.5);
    inputs.put(Input::Elsewhere, 0.0, 0.0, 1.0);
    // Log odds 0.5: 1 / (1 + exp(-0.5)) = 0.622459331201855 (bc).
    assert!((model.probability(Class::Insufficient, &inputs) - 0.622_459_331_201_855).abs() < 1e-15);
}

#[test]
fn a_file_that_would_make_larger_debits_safer_or_names_what_is_not_there_is_refused() {
    let refused = |from: &str, to: &str| {
        assert!(EXPERT.contains(from), "{from}");
        PaymentModel::from_toml(&EXPERT.replacen(from, to, 1)).expect_err("must be refused").to_string()
    };
    assert!(refused("coefficient = 1.0", "coefficient = -1.0").contains("would make a larger debit safer"));
    assert!(refused("coefficient = -0.4", "coefficient = 0.4").contains("would make a larger debit safer"));
    assert!(refused("input = \"shortfall\"", "input = \"savings\"").contains("is no input of this logistic"));
    assert!(refused("input = \"shortfall\"", "input = \"negative_share\"").contains("stands twice"));
    assert!(refused("reason = \"data_old\"", "reason = \"age\"").contains("one of the reasons"));
    assert!(refused("\"R02\"", "\"r01\"").contains("stands twice"));
    assert!(refused("schema = 1", "schema = 2").contains("schema 2"));
    assert!(refused("intercept = -5.0", "intercept = nan").contains("intercept"));
    let again = PaymentModel::from_toml(&model().to_toml()).expect("what is written can be read");
    assert_eq!((again.id(), again.file()), (model().id(), model().file()));
}

#[test]
fn return_codes_and_the_codes_of_stripes_test_mode_fall_into_their_class() {
    let outcome = |code: &str| model().outcome(code);
    for code in ["R01", "r09", "insufficient_funds", "pm_usBankAccount_insufficientFunds", "000222222227"] {
        assert_eq!(outcome(code), Some(Paid::Returned(Class::Insufficient)), "{code}");
    }
    // The list of issue 7, and Stripe's test accounts.
    for code in ["R02", "R03", "R04", "R05", "R07", "R08", "R10", "R11", "R16", "R20", "R29"] {
        assert_eq!(outcome(code), Some(Paid::Returned(Class::Account)), "{code}");
    }
    for code in ["account_closed", "no_account", "debit_not_authorized", "000111111113", "000111111116"] {
        assert_eq!(outcome(code), Some(Paid::Returned(Class::Account)), "{code}");
    }
    for code in ["", " ", "succeeded", "pm_usBankAccount_success"] {
        assert_eq!(outcome(code), Some(Paid::Cleared), "{code}");
    }
    assert_eq!(outcome("R99"), None);
}
