//! `cashline payments EXPORT... --requests FILE`: will a debit of that amount on that day return, and which day is best.

mod fitting;
mod request;

use std::{io::Write as _, path::PathBuf};

use anyhow::{Context as _, Result};
use cashline_core::{
    application::Application,
    assessment::Assessment,
    calendar,
    history::History,
    money::major,
    payment::{self, Cause, HORIZON_MAX, Payment, PaymentModel, PaymentReason, PaymentStatus},
    table::{Cell, Column, Kind, Schema},
    time::{Day, Zone},
};
use cashline_io::{
    commit::Interrupt,
    input::Inputs as Found,
    walk::{Met, Walk, Walked},
    write::instant,
};
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use serde::Serialize;

use self::request::Asked;
use super::one_table;
use crate::{
    config::{self, Settings},
    files,
    load::{self, Loaded},
    pools::told,
    screen::{self, word},
};

pub(super) fn parser() -> Command {
    let path = |name: &'static str, help: &'static str| {
        Arg::new(name).long(name).value_name("FILE").help(help).value_parser(value_parser!(PathBuf))
    };
    let command = Command::new("payments")
        .about("Say of ACH debits how likely they return, for lack of money or for the account, and the best day");
    one_table::flags(command, "answers")
        .arg(
            path(
                "requests",
                "CSV or Parquet: account or applicant_id, amount_minor, date; optionally request_id, currency",
            )
            .required(true),
        )
        .arg(
            Arg::new("horizon")
                .long("horizon")
                .value_name("DAYS")
                .value_parser(value_parser!(u8).range(1..=i64::from(HORIZON_MAX)))
                .default_value("14")
                .help("Days ahead of T in which the best date is looked for"),
        )
        .arg(path("payment-model", "Payment model; default: the expert one"))
        .arg(path(
            "outcomes",
            "CSV or Parquet: request_id, return_code (blank: it cleared); fits the model and measures it on a held-out half",
        ))
        .arg(path("model-out", "Write the fitted payment model here").requires("outcomes"))
        .arg(Arg::new("json").long("json").action(ArgAction::SetTrue).help("Print everything as one JSON object"))
        .after_help(
            "A debit that cannot be judged has the status not_measurable and a cause, and no probability of a return. With --outcomes the \
             measures go to stdout, and the answers only to -o FILE. The answers plan debits; no credit score reads them.",
        )
}

pub(super) fn run(matches: &ArgMatches) -> Result<u8> {
    let settings = config::settings(matches)?;
    if matches.get_flag("dry-run") {
        return super::score::dry_run(&settings);
    }
    let file = matches.get_one::<PathBuf>("file");
    let (json, outcomes) = (matches.get_flag("json"), matches.get_one::<PathBuf>("outcomes"));
    let prints_table = file.is_none() && !json && outcomes.is_none();
    screen::readable(prints_table, &settings.format)?;
    let model = match matches.get_one::<PathBuf>("payment-model") {
        Some(path) => PaymentModel::from_toml(&load::text(path)?).with_context(|| path.display().to_string())?,
        None => PaymentModel::builtin()?,
    };
    let horizon = *matches.get_one::<u8>("horizon").expect("it has a default");
    let asked = Asked::read(matches.get_one::<PathBuf>("requests").expect("clap demands it"))?;
    let loaded = load::load(&settings)?;
    let (answers, missed) = answers(&settings, &loaded, &model, &asked, horizon)?;
    let fitted = outcomes.map(|path| fitting::fit(path, &model, &asked, &answers)).transpose()?;
    if let (Some(path), Some(fitted)) = (matches.get_one::<PathBuf>("model-out"), &fitted) {
        files::replace(path, fitted.fitted.model.to_toml().as_bytes(), settings.file_mode)?;
    }
    let mut out = screen::stdout();
    if let Some(path) = file {
        files::replace(path, &written(&asked, &answers, &settings.format)?, settings.file_mode)?;
    } else if prints_table && screen::stdout_is_terminal() && settings.format == "csv" {
        out.write_all(shown(&asked, &answers).as_bytes())?;
    } else if prints_table {
        out.write_all(&written(&asked, &answers, &settings.format)?)?;
    }
    if json {
        let whole = Whole {
            payment_model: &model.file().name,
            payment_model_id: model.id(),
            payments: (0..answers.len()).map(|at| one(&asked, at, &answers[at])).collect(),
            fit: fitted.as_ref(),
        };
        serde_json::to_writer_pretty(&mut out, &whole)?;
        writeln!(out)?;
    } else if let Some(fitted) = &fitted {
        out.write_all(fitting::shown(fitted).as_bytes())?;
    }
    tell(&answers)?;
    Ok(told(missed)?)
}

/// One answer for each request, in their order, and how many rows they miss.
fn answers(
    settings: &Settings,
    loaded: &Loaded,
    model: &PaymentModel,
    asked: &Asked,
    horizon: u8,
) -> Result<(Vec<Payment>, u64)> {
    let engine = &loaded.engine;
    let found = Found::discover(&settings.inputs, &loaded.read)?;
    let interrupt = Interrupt::install().context("signals cannot be watched")?;
    let visit = |history: &History, application: &Application, _: &Assessment| {
        payment::assess(engine, model, history, application, &asked.requests, horizon)
    };
    let walk = Walk {
        files: &found.files,
        read: &loaded.read,
        as_of: settings.as_of.as_deref().map(config::as_of).transpose()?,
        threads: (settings.threads != 0).then_some(settings.threads),
        interrupt: &interrupt,
    };
    let mut best: Vec<Option<Payment>> = vec![None; asked.requests.list().len()];
    let Walked { refused, accounts_of_refused, missed, .. } = walk.each(engine, visit, &mut |met| match met {
        Met::StartOver => best.fill(None),
        Met::Answers(answers) => {
            for (at, payment) in answers.into_iter().flat_map(|(_, payments)| payments) {
                let settles = calendar::at_or_after(asked.requests.list()[at].day);
                let weight = |answer| weight(answer, settles, engine.zone());
                if best[at].as_ref().is_none_or(|known| weight(known) < weight(&payment)) {
                    best[at] = Some(payment);
                }
            }
        }
    })?;
    let answer = |(at, found): (usize, Option<Payment>)| {
        found.unwrap_or_else(|| {
            let request = &asked.requests.list()[at];
            let is_refused = |holder: &String| {
                refused.iter().any(|one| one.application.applicants.iter().any(|applicant| applicant.id == *holder))
            };
            let is_of_refused = |account: &String, holder: Option<&String>| {
                let held = accounts_of_refused.range((account.clone(), String::new())..);
                let mut held = held.take_while(|(known, _)| known == account);
                held.any(|(_, known)| holder.is_none_or(|holder| holder == known))
            };
            let cause = match (&request.account, &request.applicant) {
                (Some(account), holder) if is_of_refused(account, holder.as_ref()) => Cause::DataInDoubt,
                (None, Some(holder)) if is_refused(holder) => Cause::DataInDoubt,
                (Some(_), _) => Cause::UnknownAccount,
                (None, _) => Cause::UnknownApplicant,
            };
            Payment::unmeasured("", 0, cause)
        })
    };
    Ok((best.into_iter().enumerate().map(answer).collect(), missed))
}

/// Which of several answers to a request speaks, whatever the order of files: the newest T, of equal ones the larger id. An
/// application made after the day knows what became of it and says nothing, so it gives way.
fn weight<'a>(answer: &'a Payment, settles: Day, zone: &Zone) -> (bool, i64, &'a str) {
    // T is exclusive: the day after that of the last second before it is the first that lies ahead.
    let end = zone.day(answer.as_of.saturating_sub(1)).plus(1);
    (end <= settles, answer.as_of, &answer.application_id)
}

#[derive(Serialize)]
struct Whole<'a> {
    payment_model: &'a str,
    payment_model_id: &'a str,
    payments: Vec<One<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fit: Option<&'a fitting::Fit>,
}

/// A request and its answer, as they are written.
#[derive(Serialize)]
struct One<'a> {
    request_id: &'a str,
    application_id: Option<&'a str>,
    as_of: Option<String>,
    account: Option<&'a str>,
    date: String,
    settles_on: Option<String>,
    amount_minor: i64,
    currency: Option<String>,
    status: PaymentStatus,
    cause: Option<Cause>,
    probability_return: Option<f64>,
    probability_insufficient: Option<f64>,
    probability_account: Option<f64>,
    best_date: Option<String>,
    best_probability: Option<f64>,
    balance_minor: Option<i64>,
    expected_balance_minor: Option<i64>,
    reasons: &'a [PaymentReason],
    #[serde(skip)]
    days: [Option<Day>; 3],
    #[serde(skip)]
    as_of_seconds: Option<i64>,
}

fn one<'a>(asked: &'a Asked, at: usize, answer: &'a Payment) -> One<'a> {
    let request = &asked.requests.list()[at];
    let text = |day: Option<Day>| day.map(|day| day.to_string());
    let known = !answer.application_id.is_empty();
    let days = [Some(request.day), answer.settles_on, answer.best.map(|best| best.day)];
    One {
        request_id: &asked.ids[at],
        application_id: known.then_some(answer.application_id.as_str()),
        as_of: known.then(|| instant(answer.as_of)),
        account: answer.account.as_deref().or(request.account.as_deref()),
        date: request.day.to_string(),
        settles_on: text(days[1]),
        amount_minor: request.amount,
        currency: answer.currency.or(request.currency).map(|currency| currency.to_string()),
        status: answer.status,
        cause: answer.cause,
        probability_return: answer.returns,
        probability_insufficient: answer.insufficient,
        probability_account: answer.account_reasons,
        best_date: text(days[2]),
        best_probability: answer.best.map(|best| best.returns),
        balance_minor: answer.balance,
        expected_balance_minor: answer.expected,
        reasons: &answer.reasons,
        days,
        as_of_seconds: known.then_some(answer.as_of),
    }
}

/// The columns of the table.
const COLUMNS: [(&str, Kind); 19] = [
    ("request_id", Kind::Text),
    ("account", Kind::Text),
    ("date", Kind::Date),
    ("settles_on", Kind::Date),
    ("amount_minor", Kind::Integer),
    ("currency", Kind::Text),
    ("status", Kind::Text),
    ("cause", Kind::Text),
    ("probability_return", Kind::Real),
    ("probability_insufficient", Kind::Real),
    ("probability_account", Kind::Real),
    ("best_date", Kind::Date),
    ("best_probability", Kind::Real),
    ("balance_minor", Kind::Integer),
    ("expected_balance_minor", Kind::Integer),
    ("reason_codes", Kind::Text),
    ("reason_texts", Kind::Text),
    ("application_id", Kind::Text),
    ("as_of", Kind::Instant),
];

fn cells<'a>(one: &One<'a>) -> Vec<Cell<'a>> {
    let text = |text: Option<String>| text.map_or(Cell::Null, Cell::from);
    let day = |day: Option<Day>| day.map_or(Cell::Null, Cell::Date);
    let real = |number: Option<f64>| number.map_or(Cell::Null, Cell::from);
    let integer = |number: Option<i64>| number.map_or(Cell::Null, Cell::Integer);
    let joined = |of: fn(&PaymentReason) -> &str| {
        let parts: Vec<&str> = one.reasons.iter().map(of).collect();
        text((!parts.is_empty()).then(|| parts.join("; ")))
    };
    vec![
        Cell::from(one.request_id),
        one.account.map_or(Cell::Null, Cell::from),
        day(one.days[0]),
        day(one.days[1]),
        Cell::Integer(one.amount_minor),
        text(one.currency.clone()),
        text(Some(word(&one.status))),
        text(one.cause.map(|cause| word(&cause))),
        real(one.probability_return),
        real(one.probability_insufficient),
        real(one.probability_account),
        day(one.days[2]),
        real(one.best_probability),
        integer(one.balance_minor),
        integer(one.expected_balance_minor),
        joined(|reason| &reason.code),
        joined(|reason| &reason.text),
        one.application_id.map_or(Cell::Null, Cell::from),
        one.as_of_seconds.map_or(Cell::Null, Cell::Instant),
    ]
}

/// The table in a format.
fn written(asked: &Asked, answers: &[Payment], name: &str) -> Result<Vec<u8>> {
    let columns = COLUMNS.map(|(name, kind)| Column { name: name.into(), kind });
    let schema = Schema { name: "payments", columns: columns.to_vec() };
    one_table::written(&schema, name, |writer| {
        answers.iter().enumerate().try_for_each(|(at, answer)| writer.row(&cells(&one(asked, at, answer))))
    })
}

/// The answers for people: amounts in major units where the currency is known, probabilities in percent.
fn shown(asked: &Asked, answers: &[Payment]) -> String {
    let day = |day: Option<Day>| day.map_or_else(|| "-".to_owned(), |day| day.to_string());
    let lines = answers.iter().enumerate().map(|(at, answer)| {
        let request = &asked.requests.list()[at];
        let (amount, currency) = match request.currency.or(answer.currency) {
            Some(currency) => (major(request.amount, currency), currency.to_string()),
            None => (format!("{} minor units", request.amount), "-".to_owned()),
        };
        let reasons: Vec<&str> = answer.reasons.iter().map(|reason| reason.code.as_str()).collect();
        vec![
            screen::plain(&asked.ids[at]),
            answer.account.as_ref().or(request.account.as_ref()).map_or_else(|| "-".to_owned(), |id| screen::plain(id)),
            request.day.to_string(),
            amount,
            currency,
            answer.cause.map_or_else(|| word(&answer.status), |cause| word(&cause)),
            screen::share(answer.returns),
            day(answer.best.map(|best| best.day)),
            screen::share(answer.best.map(|best| best.returns)),
            reasons.join(", "),
        ]
    });
    let header = [
        "request",
        "account",
        "date",
        "amount",
        "currency",
        "status",
        "returns",
        "best date",
        "returns then",
        "reasons",
    ];
    screen::table(&header, &[3, 6, 8], lines) + "\n"
}

/// How many could be judged, and why the others could not, on stderr.
fn tell(answers: &[Payment]) -> Result<()> {
    let mut causes: std::collections::BTreeMap<Cause, usize> = std::collections::BTreeMap::new();
    answers.iter().filter_map(|answer| answer.cause).for_each(|cause| *causes.entry(cause).or_default() += 1);
    let measured = answers.iter().filter(|answer| answer.status == PaymentStatus::Measured).count();
    let mut err = screen::stderr();
    writeln!(err, "{measured} of {} debits measured", answers.len())?;
    if !causes.is_empty() {
        let told: Vec<String> = causes.iter().map(|(cause, count)| format!("{count} {}", word(cause))).collect();
        writeln!(err, "not measurable: {}", told.join(", "))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use cashline_core::{
        money::Currency,
        payment::{Best, Request, Requests},
    };

    use super::*;

    #[test]
    fn on_a_screen_an_answer_stands_under_the_names_of_a_debit() {
        let day = Day::from_civil(2026, 3, 2);
        let request = |account: Option<&str>, amount: i64| Request {
            account: account.map(str::to_owned),
            applicant: Some("p".to_owned()),
            amount,
            day,
            currency: None,
        };
        let asked = Asked {
            ids: vec!["r1".to_owned(), "r2".to_owned()],
            requests: Requests::new(vec![request(Some("a1"), 123_456), request(None, 700)]),
        };
        let mut measured = Payment::unmeasured("app", 0, Cause::NoData);
        (measured.status, measured.cause) = (PaymentStatus::Measured, None);
        (measured.account, measured.currency) = (Some("a1".to_owned()), Some(Currency::USD));
        measured.returns = Some(0.125);
        measured.best = Some(Best { day: Day::from_civil(2026, 3, 6), returns: 0.031 });
        let text = shown(&asked, &[measured, Payment::unmeasured("", 0, Cause::UnknownApplicant)]);
        let lines: Vec<&str> = text.lines().collect();
        let names = ["request", "account", "date", "amount", "currency", "status", "returns", "best date"];
        assert!(lines[0].split_whitespace().collect::<Vec<_>>().join(" ").starts_with(&names.join(" ")), "{text}");
        let cells = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<String>>().join(" ");
        assert_eq!(cells(lines[1]), "r1 a1 2026-03-02 1234.56 usd measured 12.5 % 2026-03-06 3.1 %");
        assert_eq!(cells(lines[2]), "r2 - 2026-03-02 700 minor units - unknown_applicant - - -");
    }

    #[test]
    fn the_newest_t_before_the_day_speaks_and_one_behind_it_only_where_no_other_does() {
        let seconds = |day: i64| day * 86_400;
        let answer = |id: &str, as_of: i64, cause: Cause| Payment::unmeasured(id, as_of, cause);
        let zone = Zone::utc();
        // The debit settles on day 20; T of day 20 at its midnight lies before it, a second later behind it.
        let (old, new) = (answer("a", seconds(10), Cause::NoBalance), answer("b", seconds(20), Cause::DataInDoubt));
        let (behind, later) =
            (answer("c", seconds(20) + 1, Cause::DayPassed), answer("d", seconds(40), Cause::NoAccount));
        let measured = Payment { cause: None, ..answer("e", seconds(15), Cause::NoData) };
        let mut all = [&later, &new, &behind, &measured, &old];
        all.sort_by_key(|one| weight(one, Day(20), &zone));
        let ids: Vec<&str> = all.iter().map(|one| one.application_id.as_str()).collect();
        // What the newest says of the account is not overruled by what was known of it before.
        assert_eq!(ids, ["c", "d", "a", "e", "b"]);
    }
}
