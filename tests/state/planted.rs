//! Every kind of event through the binary: one application for each, written by hand, on the nights that the plan says and on no
//! other. What the score did is not planted but followed: the test applies the rules of `score_moved` and `band_changed` to the
//! scores that were published, and one application is made to fall.

use std::{collections::BTreeMap, fmt::Write as _, fs, path::Path};

use cashline_core::{
    event::{KINDS, MOVED_POINTS},
    time::Day,
};

use super::{night, text, told};
use crate::support::{run, scratch};

/// A Friday, 2026-02-20: T of the first night.
const FIRST: Day = Day(20_504);
/// Nights; T of the last is 2026-03-13, before that day's pay is seen.
const NIGHTS: i32 = 22;
const DAY: i64 = 86_400;
/// Pay comes every other Friday, 2026-02-27 and 2026-03-13 among them.
const PAY: &str = "ACME CORP PAYROLL DIRECT DEP";

const STEADY: usize = 0;
const LOAN: usize = 1;
const STOPPED: usize = 2;
const STALE: usize = 3;
const INACTIVE: usize = 4;
const DISCONNECTED: usize = 5;
const AUTHORISATION: usize = 6;
const NUMBER: usize = 7;
const DAMAGED: usize = 8;
const FALLING: usize = 9;
const APPLICATIONS: usize = 10;

/// The night on which each thing comes to be known.
const LOAN_SEEN: i32 = 5;
const SILENT_FROM: i32 = 3;
const INACTIVE_FROM: i32 = 4;
const ACTIVE_AGAIN: i32 = 8;
const DISCONNECTED_FROM: i32 = 10;
const BAD_ROW: i32 = 7;
const FEES: i32 = 11;

fn t(night: i32) -> Day {
    FIRST.plus(night)
}

fn noon(day: Day) -> i64 {
    i64::from(day.0) * DAY + DAY / 2
}

fn midnight(day: Day) -> i64 {
    i64::from(day.0) * DAY
}

/// The rows of a life: day, amount, text. Two hundred days before the first night and all nights.
fn life(application: usize) -> Vec<(Day, i64, &'static str)> {
    let mut rows = vec![];
    for back in -NIGHTS..=170 {
        let day = FIRST.plus(-back);
        // 2026-02-13 lies 7 days before the first night.
        if (back - 7).rem_euclid(14) == 0 {
            rows.push((day, 160_000, PAY));
        }
        if back.rem_euclid(3) == 0 {
            rows.push((day, -4_100 - 70 * i64::from(back.rem_euclid(11)), "KROGER #412"));
        }
        if back.rem_euclid(30) == 20 {
            rows.push((day, -90_000, "OAKWOOD APARTMENTS RENT"));
        }
    }
    match application {
        LOAN => rows.push((t(LOAN_SEEN).plus(-1), 250_000, "LENDINGCLUB LOAN PROCEEDS")),
        STOPPED => rows.retain(|(day, _, text)| *text != PAY || *day < FIRST),
        STALE => rows.retain(|(day, ..)| *day < t(SILENT_FROM)),
        // It was refreshed last on the night before, which saw the days before that night's T.
        DISCONNECTED => rows.retain(|(day, ..)| *day < t(DISCONNECTED_FROM - 1)),
        FALLING => rows.extend((0..6).map(|_| (t(FEES).plus(-1), -3_500, "NSF FEE RETURNED ITEM"))),
        _ => {}
    }
    rows
}

/// The last day that a life has a row on.
fn last_day(application: usize) -> Day {
    life(application).into_iter().map(|(day, ..)| day).max().unwrap()
}

fn status(application: usize, at: i32) -> &'static str {
    match application {
        INACTIVE if (INACTIVE_FROM..ACTIVE_AGAIN).contains(&at) => "inactive",
        DISCONNECTED if DISCONNECTED_FROM <= at => "disconnected",
        _ => "active",
    }
}

/// The night on which an account was refreshed last.
fn refreshed(application: usize, at: i32) -> i32 {
    match status(application, at) {
        "inactive" => INACTIVE_FROM - 1,
        "disconnected" => DISCONNECTED_FROM - 1,
        _ => at,
    }
}

fn account(application: usize, at: i32) -> String {
    let attempt = midnight(t(refreshed(application, at))) - 3 * 3_600;
    let moved: i64 = life(application).iter().filter(|(day, ..)| noon(*day) < attempt).map(|row| row.1).sum();
    let refresh = format!(r#"{{"last_attempted_at":{attempt},"next_refresh_available_at":null,"status":"succeeded"}}"#);
    let current = 200_000 + moved;
    let balance = match status(application, at) {
        "disconnected" => "null".to_owned(),
        _ => format!(
            r#"{{"as_of":{attempt},"type":"cash","cash":{{"available":{{"usd":{current}}}}},"current":{{"usd":{current}}}}}"#
        ),
    };
    let authorization = if application == AUTHORISATION { r#""authorization":"fcauth_6","# } else { "" };
    format!(
        r#"{{"id":"fca_{application}","object":"financial_connections.account","account_holder":{{"type":"customer","customer":"cus_{application}"}},"account_numbers":{},{authorization}"balance":{balance},"balance_refresh":{refresh},"category":"cash","created":{},"institution_name":"Example Bank {application}","last4":"000{application}","livemode":true,"permissions":["balances","transactions"],"status":"{}","subcategory":"checking","supported_payment_method_types":["us_bank_account"],"transaction_refresh":{refresh}}}"#,
        numbers(application, at),
        midnight(FIRST) - 40 * DAY,
        status(application, at),
    )
}

/// A tokenised number that expires 26 days after the first night, is over on night 16 and followed by another on night 18.
fn numbers(application: usize, at: i32) -> String {
    let number = |status: &str, expires: String| {
        format!(
            r#"{{"identifier_type":"tokenized_account_number","status":"{status}","expected_expiry_date":{expires},"supported_networks":["ach"]}}"#
        )
    };
    let first = |status| number(status, midnight(t(26)).to_string());
    match (application, at) {
        (NUMBER, ..16) => format!("[{}]", first("transactable")),
        (NUMBER, ..18) => format!("[{}]", first("expired")),
        (NUMBER, _) => format!("[{},{}]", first("expired"), number("transactable", "null".to_owned())),
        _ => "null".to_owned(),
    }
}

fn row(application: usize, number: usize, day: Day, amount: &str, text: &str) -> String {
    let at = noon(day);
    format!(
        r#"{{"id":"fctxn_{application}_{number}","object":"financial_connections.transaction","account":"fca_{application}","amount":{amount},"currency":"usd","description":"{text}","livemode":true,"status":"posted","status_transitions":{{"posted_at":{at},"void_at":null}},"transacted_at":{at},"transaction_refresh":"fctxnref_1","updated":{}}}"#,
        at + 3_600
    )
}

/// The events of a night's webhook log.
fn webhooks(at: i32) -> String {
    let created = midnight(t(at)) - 2 * 3_600;
    let snapshot = |kind: &str, object: &str| {
        format!(
            r#"{{"id":"evt_{at}","object":"event","api_version":"2026-10-28.endive","created":{created},"data":{{"object":{object}}},"livemode":true,"pending_webhooks":0,"request":null,"type":"financial_connections.{kind}"}}"#
        ) + "\n"
    };
    let authorization = |ends: Day| {
        format!(
            r#"{{"id":"fcauth_6","object":"financial_connections.authorization","institution_name":"Example Bank 6","livemode":true,"status":"active","status_details":{{"active":{{"action":"relink_required","expected_deactivation_date":{}}}}}}}"#,
            midnight(ends)
        )
    };
    let updated = "authorization.expected_deactivation_date_updated";
    match at {
        3 => snapshot(updated, &authorization(t(22))),
        12 => snapshot(updated, &authorization(t(20))),
        // The same date once more, and one of an authorisation that no account names.
        15 => {
            let said = authorization(t(20));
            let upcoming = "authorization.upcoming_deactivation";
            snapshot(upcoming, &said) + &snapshot(upcoming, &said.replace("fcauth_6", "fcauth_of_nobody"))
        }
        INACTIVE_FROM => {
            let created = t(at).plus(-1);
            format!(
                r#"{{"id":"evt_thin","object":"v2.core.event","type":"v1.financial_connections.account.deactivated","created":"{created}T22:00:00Z","livemode":true,"related_object":{{"id":"fca_{INACTIVE}","type":"financial_connections.account","url":"/"}}}}"#
            ) + "\n"
        }
        DISCONNECTED_FROM => snapshot("account.disconnected", &account(DISCONNECTED, at)),
        _ => String::new(),
    }
}

fn write(at: i32, dir: &Path) {
    let (mut accounts, mut rows) = (String::new(), String::new());
    for application in 0..APPLICATIONS {
        writeln!(accounts, "{}", account(application, at)).unwrap();
        let seen = |night: i32| t(refreshed(application, night));
        for (number, (day, amount, text)) in life(application).into_iter().enumerate() {
            let is_new = day < seen(at) && (at == 0 || seen(at - 1) <= day);
            if is_new {
                writeln!(rows, "{}", row(application, number, day, &amount.to_string(), text)).unwrap();
            }
        }
    }
    if at == BAD_ROW {
        writeln!(rows, "{}", row(DAMAGED, 9_999, t(at).plus(-1), "\"12.5\"", "COFFEE")).unwrap();
    }
    if at == 0 {
        let lines = (0..APPLICATIONS).map(|one| format!("app_{one},cus_{one}\n"));
        let table = "application_id,applicant_id\n".to_owned() + &lines.collect::<String>();
        fs::write(dir.join("applications.csv"), table).unwrap();
    }
    fs::write(dir.join("accounts.ndjson"), accounts).unwrap();
    for (name, lines) in [("transactions.ndjson", rows), ("webhooks.ndjson", webhooks(at))] {
        if !lines.is_empty() {
            fs::write(dir.join(name), lines).unwrap();
        }
    }
}

/// Night, application, kind, account, from, to.
type Told = (i32, usize, String, String, String, String);

/// What the plan says, by the rules of docs/events.md.
fn planned() -> Vec<Told> {
    let shown = |day: Day| day.to_string();
    let event = |at: i32, application: usize, kind: &str, from: String, to: String| {
        (at, application, kind.to_owned(), String::new(), from, to)
    };
    let of_account = |at: i32, application: usize, kind: &str, from: &str, to: &str| {
        (at, application, kind.to_owned(), format!("fca_{application}"), from.to_owned(), to.to_owned())
    };
    let pay = shown(FIRST.plus(-7));
    let mut all = vec![
        event(LOAN_SEEN, LOAN, "new_loan_seen", String::new(), shown(t(LOAN_SEEN).plus(-1))),
        of_account(INACTIVE_FROM, INACTIVE, "account_inactive", "active", "inactive"),
        of_account(DISCONNECTED_FROM, DISCONNECTED, "account_disconnected", "active", "disconnected"),
        // 22 days after the first night is within 14 days of T from night 9 on; then the date moves.
        of_account(9, AUTHORISATION, "authorisation_expiring", &shown(t(22)), &shown(t(22))),
        of_account(12, AUTHORISATION, "authorisation_expiring", &shown(t(22)), &shown(t(20))),
        // 26 days after the first night is within 14 days of T from night 13 on.
        of_account(13, NUMBER, "account_number_expiring", "", &shown(t(26))),
        of_account(16, NUMBER, "account_number_expiring", &shown(t(26)), "expired"),
        event(BAD_ROW, DAMAGED, "status_changed", "scored".to_owned(), "incomplete_data".to_owned()),
    ];
    // Pay was due on 2026-02-27, seven days after the first night, and every other week tolerates five days: the last of them lies
    // before T of night 13.
    // Of who shows no row at all nobody knows whether income stopped.
    all.push(event(13, STOPPED, "income_stopped", pay.clone(), pay.clone()));
    // A row of the day before T is one day old; stale is what is more than seven days old.
    for application in [STALE, DISCONNECTED] {
        let last = last_day(application);
        all.push(event(last.0 + 8 - FIRST.0, application, "data_stale", shown(last), shown(last)));
    }
    all
}

/// The score and the band of each application, as a night published them.
fn scores(out: &Path) -> Vec<(Option<i64>, String)> {
    let mut found = BTreeMap::new();
    let mut reader = csv::Reader::from_path(out.join("scores.csv")).unwrap();
    for row in reader.deserialize::<BTreeMap<String, String>>() {
        let row = row.unwrap();
        let number: usize = row["application_id"].strip_prefix("app_").unwrap().parse().unwrap();
        found.insert(number, (row["score"].parse().ok(), row["band"].clone()));
    }
    found.into_values().collect()
}

/// What the rules make of the scores that were published.
fn followed(nights: &[Vec<(Option<i64>, String)>]) -> Vec<Told> {
    let mut all = vec![];
    let event = |at: usize, application: usize, kind: &str, from: String, to: String| {
        (i32::try_from(at).unwrap(), application, kind.to_owned(), String::new(), from, to)
    };
    for application in 0..APPLICATIONS {
        let mut anchor = nights[0][application].0;
        for at in 1..nights.len() {
            let (before, (score, band)) = (&nights[at - 1][application].1, &nights[at][application]);
            if let (Some(told), Some(now)) = (anchor, *score)
                && MOVED_POINTS <= (now - told).abs()
            {
                all.push(event(at, application, "score_moved", told.to_string(), now.to_string()));
                anchor = Some(now);
            }
            if !before.is_empty() && !band.is_empty() && before != band {
                all.push(event(at, application, "band_changed", before.clone(), band.clone()));
            }
        }
    }
    all
}

#[test]
fn every_kind_of_event_is_told_on_the_night_that_it_was_planted_and_on_no_other() {
    let place = scratch();
    let state = place.path().join("state");
    let (mut events, mut nights): (Vec<Told>, Vec<_>) = (vec![], vec![]);
    for at in 0..NIGHTS {
        let (new, out) = (place.path().join(format!("new-{at}")), place.path().join(format!("run-{at}")));
        fs::create_dir(&new).unwrap();
        write(at, &new);
        run(0, &night(&[text(&new)], &state, &out, &t(at).to_string()));
        events.extend(told(&out).into_iter().map(|[application, kind, account, from, to]| {
            let number = application.strip_prefix("app_").unwrap().parse().unwrap();
            (at, number, kind, account, from, to)
        }));
        nights.push(scores(&out));
    }
    let followed = followed(&nights);
    let mut wanted = planned();
    wanted.extend(followed.iter().cloned());
    wanted.sort();
    events.sort();
    assert_eq!(events, wanted);
    // Six fees in a night cost points and a band, and who lives on as before is told of nothing.
    for kind in ["score_moved", "band_changed"] {
        assert!(followed.iter().any(|one| (one.0, one.1, one.2.as_str()) == (FEES, FALLING, kind)), "{followed:?}");
    }
    assert!(events.iter().all(|one| one.1 != STEADY), "{events:?}");
    let kinds: std::collections::BTreeSet<&str> = events.iter().map(|one| one.2.as_str()).collect();
    assert_eq!(kinds, KINDS.iter().map(|kind| kind.name).collect(), "every kind");
}
