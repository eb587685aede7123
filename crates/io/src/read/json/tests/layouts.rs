//! The same three accounts and six transactions through every layout, and the quirks of lists, events and accounts.

use std::collections::BTreeMap;

use cashline_core::{
    application::{Applicant, Application},
    category::categoriser::{Categoriser, Memo},
    defect::DefectKind::*,
    history::{History, HistoryBuilder},
    ledger::{self, Cut, Ledger},
    row::{AccountStatus, ApplicantRole},
    time::Zone,
};

use super::*;

pub(super) const ACCOUNTS: [&str; 3] = [
    r#"{"id":"fca_1","object":"financial_connections.account","account_holder":{"type":"customer","customer":"cus_1"},"balance":{"as_of":1651516592,"type":"cash","current":{"usd":6000},"cash":{"available":{"usd":5900}}},"balance_refresh":{"last_attempted_at":1651516582,"next_refresh_available_at":null,"status":"succeeded"},"category":"cash","created":1647973464,"display_name":"Checking","institution_name":"A Bank","last4":"0042","livemode":true,"ownership":null,"permissions":["balances","transactions"],"status":"active","subcategory":"checking","transaction_refresh":{"id":"fctxnref_1","last_attempted_at":1651516582,"status":"succeeded"}}"#,
    r#"{"id":"fca_2","object":"financial_connections.account","account_holder":{"type":"customer","customer":"cus_1"},"balance":null,"balance_refresh":null,"category":"credit","created":1647973465,"display_name":null,"institution_name":"A Bank","last4":null,"livemode":true,"ownership":null,"permissions":[],"status":"inactive","subcategory":"credit_card","transaction_refresh":null}"#,
    r#"{"id":"fca_3","object":"financial_connections.account","account_holder":{"type":"account","account":"acct_9"},"balance":{"as_of":1651516592,"type":"credit","current":{"usd":-7000},"credit":{"used":{"usd":-7100}}},"balance_refresh":null,"category":"credit","created":1647973466,"institution_name":"B Bank","last4":"9999","livemode":true,"ownership":null,"permissions":["balances"],"status":"active","subcategory":"credit_card","transaction_refresh":null}"#,
];

pub(super) const TRANSACTIONS: [&str; 6] = [
    r#"{"id":"fctxn_1","object":"financial_connections.transaction","account":"fca_1","amount":-1000,"currency":"usd","description":"Rocket Rides, #12 \"X\"","livemode":true,"status":"posted","status_transitions":{"posted_at":1651784999,"void_at":null},"transacted_at":1651784999,"transaction_refresh":"fctxnref_1","updated":1651784999}"#,
    r#"{"id":"fctxn_2","object":"financial_connections.transaction","account":"fca_1","amount":250000,"currency":"usd","description":"PAYROLL","livemode":true,"status":"pending","status_transitions":{"posted_at":null,"void_at":null},"transacted_at":1651785999,"transaction_refresh":"fctxnref_1","updated":1651785999}"#,
    r#"{"id":"fctxn_3","object":"financial_connections.transaction","account":"fca_1","amount":0,"currency":"usd","description":"","livemode":true,"status":"void","status_transitions":{"posted_at":1651785000,"void_at":1651786000},"transacted_at":1651785000,"transaction_refresh":"fctxnref_1","updated":1651786000}"#,
    r#"{"id":"fctxn_4","object":"financial_connections.transaction","account":"fca_2","amount":-99,"currency":"usd","description":"Café\n№ 5 \\ end","livemode":true,"status":"posted","status_transitions":{"posted_at":1651785001,"void_at":null},"transacted_at":1651785001,"transaction_refresh":"fctxnref_1","updated":1651785001}"#,
    r#"{"id":"fctxn_5","object":"financial_connections.transaction","account":"fca_2","amount":5,"currency":"USD","description":"x","livemode":true,"status":"posted","status_transitions":{"posted_at":1651785002,"void_at":null},"transacted_at":1651785002,"transaction_refresh":"fctxnref_1","updated":1651785002}"#,
    r#"{"id":"fctxn_6","object":"financial_connections.transaction","account":"fca_3","amount":1000000000000000,"currency":"jpy","description":"y","livemode":true,"status":"posted","status_transitions":{"posted_at":1651785003,"void_at":null},"transacted_at":1651785003,"transaction_refresh":"fctxnref_1","updated":1651785003}"#,
];

pub(super) fn list(rows: &[&str], has_more: bool) -> String {
    let data = rows.join(",");
    format!(r#"{{"object":"list","data":[{data}],"has_more":{has_more},"url":"/v1/financial_connections/list"}}"#)
}

/// The transactions after `pandas.json_normalize`: dotted keys, doubles where the column has nulls.
fn flattened(row: &str) -> String {
    let mut row = row.to_owned();
    for posted in ["null", "1651784999", "1651785000", "1651785001", "1651785002", "1651785003"] {
        for void in ["null", "1651786000"] {
            let nested = format!(r#""status_transitions":{{"posted_at":{posted},"void_at":{void}}}"#);
            let double = |value: &str| if value == "null" { value.to_owned() } else { format!("{value}.0") };
            let flat = format!(
                r#""status_transitions.posted_at":{},"status_transitions.void_at":{}"#,
                double(posted),
                double(void)
            );
            row = row.replace(&nested, &flat);
        }
    }
    row
}

const FLATTENED_ACCOUNTS: [&str; 3] = [
    r#"{"id":"fca_1","object":"financial_connections.account","category":"cash","created":1647973464,"institution_name":"A Bank","last4":"42","livemode":true,"permissions":["balances","transactions"],"status":"active","subcategory":"checking","account_holder.customer":"cus_1","account_holder.account":null,"account_holder.type":"customer","balance.as_of":1651516592.0,"balance.cash.available.usd":5900.0,"balance.credit.used.usd":null,"balance.current.usd":6000.0,"balance.type":"cash","balance_refresh.last_attempted_at":1651516582.0,"balance_refresh.status":"succeeded","transaction_refresh.last_attempted_at":1651516582.0,"transaction_refresh.status":"succeeded","balance":null,"balance_refresh":null,"transaction_refresh":null}"#,
    r#"{"id":"fca_2","object":"financial_connections.account","category":"credit","created":1647973465,"institution_name":"A Bank","last4":null,"livemode":true,"permissions":[],"status":"inactive","subcategory":"credit_card","account_holder.customer":"cus_1","account_holder.account":null,"account_holder.type":"customer","balance.as_of":null,"balance.cash.available.usd":null,"balance.credit.used.usd":null,"balance.current.usd":null,"balance.type":null,"balance_refresh.last_attempted_at":null,"balance_refresh.status":null,"transaction_refresh.last_attempted_at":null,"transaction_refresh.status":null,"balance":null,"balance_refresh":null,"transaction_refresh":null}"#,
    r#"{"id":"fca_3","object":"financial_connections.account","category":"credit","created":1647973466,"institution_name":"B Bank","last4":"9999","livemode":true,"permissions":["balances"],"status":"active","subcategory":"credit_card","account_holder.customer":null,"account_holder.account":"acct_9","account_holder.type":"account","balance.as_of":1651516592.0,"balance.cash.available.usd":null,"balance.credit.used.usd":-7100.0,"balance.current.usd":-7000.0,"balance.type":"credit","balance_refresh.last_attempted_at":null,"balance_refresh.status":null,"transaction_refresh.last_attempted_at":null,"transaction_refresh.status":null,"balance":null,"balance_refresh":null,"transaction_refresh":null}"#,
];

#[test]
fn the_same_rows_come_out_of_every_layout() {
    let rows: Vec<&str> = ACCOUNTS.iter().chain(&TRANSACTIONS).copied().collect();
    let expected = read_text(&rows.join("\n")).expect("NDJSON");
    // Three accounts, two balances, six transactions.
    assert_eq!((expected.rows.len(), expected.layout), (11, "ndjson"));
    assert_eq!(expected.defects, []);
    assert!(expected.rows.iter().any(|row| row.contains(r#"last4: Some("0042")"#)));
    assert!(expected.rows.iter().any(|row| row.contains("current: -7000, available: Some(-7100)")));
    assert!(expected.rows.iter().any(|row| row.contains(r#"holder: Some("acct_9"), holder_kind: Some(Account)"#)));

    let text = |row: &&str| serde_json::to_string(row).expect("a text");
    let pages = [list(&rows[..4], true), list(&rows[4..], false)];
    let flattened: Vec<String> = FLATTENED_ACCOUNTS
        .iter()
        .map(|row| (*row).to_owned())
        .chain(TRANSACTIONS.iter().map(|row| flattened(row)))
        .collect();
    for (layout, file) in [
        ("list_envelopes", list(&rows, false)),
        ("list_envelopes", pages.join("\n")),
        ("list_envelopes", pages.concat()),
        ("list_envelopes", format!("[{}]", pages.join(" , "))),
        ("list_envelopes", pages.join("\r\n").replace(":{", " :\r\n\t{")),
        ("list_envelopes", list(&[&list(&rows, false)], false)),
        ("json_array", format!("[{}]", rows.join(",\n"))),
        ("json_array", format!("[[{}],[{}]]", rows[..2].join(","), rows[2..].join(","))),
        ("json_objects", rows.concat()),
        ("json_objects", rows.join("\n").replace(",\"", ",\n\"")),
        ("ndjson", rows.join("\r\n\r\n")),
        ("ndjson", rows.join("\r")),
        ("ndjson", format!("\u{feff}{}\n", rows.iter().rev().copied().collect::<Vec<_>>().join("\n"))),
        ("ndjson_flattened", flattened.join("\n")),
        (
            "ndjson_flattened",
            flattened
                .join("\n")
                .replace("_transitions.", "_transitions_")
                .replace("balance.c", "balance_c")
                .replace(".available.", "_available_")
                .replace(".used.", "_used_")
                .replace("current.usd", "current_usd"),
        ),
        (
            "ndjson_text_column",
            rows.iter().map(|row| format!(r#"{{"id":"k","_raw":{}}}"#, text(row))).collect::<Vec<_>>().join("\n"),
        ),
        (
            "ndjson_text_column",
            rows.iter().map(|row| format!(r#"{{"id":"k","payload":{row}}}"#)).collect::<Vec<_>>().join("\n"),
        ),
        (
            "ndjson_text_column",
            rows.iter().map(|row| format!(r#"{{"id":"k","data":{}}}"#, text(row))).collect::<Vec<_>>().join("\n"),
        ),
    ] {
        let seen = read_text(&file).expect(layout);
        assert_eq!(seen, Seen { layout, ..expected.clone() }, "{file}");
    }
}

#[test]
fn a_column_of_json_in_a_table_yields_the_same_rows() {
    use cashline_core::defect::Source;
    let source = Source { file: 3, line: 7 };
    let mut rows = 0;
    let mut defects = Vec::new();
    for text in ACCOUNTS.iter().chain(&TRANSACTIONS).chain(&["{", "NULL"]) {
        let (options, mut lists) = (ReadOptions::default(), BTreeMap::new());
        let none = crate::read::json::EventRow { object: None, kind: None, created: Ok(None) };
        crate::read::json::read_object_text(
            text,
            none,
            Path::new("t.csv"),
            source,
            &options,
            &mut lists,
            &mut |item| {
                match item {
                    Item::Row(Row::Transaction(row)) => assert_eq!(row.source, source),
                    Item::Defect(defect) => defects.push((defect.column, defect.kind, defect.source)),
                    _ => {}
                }
                rows += 1;
                Ok(())
            },
        )
        .expect("the sink takes all");
    }
    assert_eq!(rows, 13);
    assert_eq!(defects, [("payload".to_owned(), BadJson, source), ("payload".to_owned(), BadJson, source)]);
}

#[test]
fn an_event_carries_the_account_as_it_was_known_then() {
    let event = |id: &str, created: i64, object: &str| {
        format!(
            r#"{{"id":"{id}","object":"event","account":"acct_1","created":{created},"data":{{"object":{object},"previous_attributes":{{"status":"active"}}}},"livemode":true,"type":"financial_connections.account.created"}}"#
        )
    };
    let plan = r#"{"object":"plan","id":"price_1","amount":2000}"#;
    let authorization = r#"{"object":"financial_connections.authorization","id":"a"}"#;
    let events = [
        event("evt_2", 1_651_600_000, ACCOUNTS[0]),
        event("evt_1", 1_651_500_000, plan),
        event("evt_3", 9, authorization),
    ];
    let seen = read_text(&events.join("\n")).expect("events");
    assert_eq!((seen.layout, seen.rows.len()), ("events", 3));
    let has = |words: [&str; 2]| seen.rows.iter().any(|row| words.iter().all(|word| row.contains(word)));
    assert!(has(["id: \"fca_1\"", "known_at: Some(1651600000)"]), "{:?}", seen.rows);
    assert!(has(["known_at: Some(9)", "change: Some(Authorization { ends: None, is_announced: false })"]));
    assert_eq!(seen.ignored, ["event of another product"]);

    let pages = list(&events.each_ref().map(String::as_str), false);
    assert_eq!(read_text(&pages).expect("the Events API"), seen);
}

#[test]
fn thin_events_without_news_are_counted_among_others_and_alone() {
    let thin = r#"{"id":"evt_1","object":"v2.core.event","created":"2026-01-01T00:00:00Z","related_object":{"id":"fca_1","type":"financial_connections.account"}}"#;
    let seen = read_text(&format!("{}\n{thin}\n", TRANSACTIONS[0])).expect("mixed");
    assert_eq!((seen.rows.len(), seen.ignored), (1, vec!["event without news"]));
    let alone = read_text(thin).expect("an event log");
    assert_eq!((alone.layout, alone.rows.len(), alone.ignored), ("events", 0, vec!["event without news"]));
}

#[test]
fn a_session_yields_its_accounts() {
    let accounts = list(&ACCOUNTS, false);
    let session = format!(
        r#"{{"id":"fcsess_1","object":"financial_connections.session","client_secret":"fcsess_client_secret_x","accounts":{accounts},"livemode":true}}"#
    );
    let seen = read_text(&session).expect("a session");
    assert_eq!((seen.layout, seen.rows.len()), ("sessions", 5));
    assert_eq!(seen.rows, read_text(&ACCOUNTS.join("\n")).expect("accounts").rows);
}

#[test]
fn quirk_01_absent_and_null_are_the_same_and_unknown_keys_do_not_matter() {
    let full = ACCOUNTS[1];
    let absent = full
        .replace(r#""balance":null,"balance_refresh":null,"#, "")
        .replace(r#""last4":null,"#, "")
        .replace(r#","transaction_refresh":null"#, r#","brand_new":{"x":[1,{"y":null}]}"#);
    assert_eq!(read_text(&absent).expect("read").rows, read_text(full).expect("read").rows);
}

#[test]
fn quirk_02_an_account_of_2022_without_later_keys_is_read() {
    let old = r#"{"id":"fca_1","object":"financial_connections.account","category":"cash","created":1647973464,"institution_name":"A","livemode":true,"status":"active","subcategory":"savings","supported_payment_method_types":[]}"#;
    let seen = read_text(old).expect("read");
    assert_eq!((seen.rows.len(), seen.defects.len()), (1, 0));
    assert!(seen.rows[0].contains("permissions: None") && seen.rows[0].contains("transaction_refresh: None"));
}

#[test]
fn quirk_03_legacy_owners_and_lists_within_lists_are_counted_and_left_unread() {
    let owner = r#"{"id":"o","object":"linked_account_owner","name":"Jane Smith"}"#;
    let bare = r#"{"name":"Jane Smith","email":"j@example.com","ownership":"fcaowns_1","raw_address":"x"}"#;
    let ownership = format!(
        r#"{{"id":"s","object":"linked_account_ownership","created":1681412227,"owners":{}}}"#,
        list(&[owner, bare], false)
    );
    let inner = list(&[owner, bare], false);
    let seen = read_text(&list(&[&inner, &ownership], false)).expect("read");
    assert_eq!((seen.rows.len(), seen.defects.len()), (0, 0));
    assert_eq!(seen.ignored, ["owner"; 4]);
}

#[test]
fn quirk_04_values_outside_the_enumerations_are_kept_as_unknown() {
    let seen = read_text(&ACCOUNTS[1].replace("\"inactive\"", "\"pending\"").replace("\"credit\"", "\"Checking\""))
        .expect("read");
    assert!(seen.rows[0].contains("category: Unknown") && seen.rows[0].contains("status: Unknown"), "{seen:?}");
}

#[test]
fn quirk_05_an_expanded_object_stands_for_its_id() {
    let expanded = ACCOUNTS[0].replace(r#""cus_1""#, r#"{"id":"cus_1","object":"customer","email":"j@example.com"}"#).replace(
        r#""ownership":null"#,
        r#""ownership":{"id":"fcaowns_1","object":"financial_connections.account_ownership","owners":{"object":"list","data":[{"name":"Jenny Rosen"},{"name":"J"}],"has_more":false}}"#,
    );
    let seen = read_text(&expanded).expect("read");
    assert_eq!(seen.rows, read_text(ACCOUNTS[0]).expect("read").rows);
    assert_eq!(seen.ignored, ["owner", "owner"]);
}

#[test]
fn quirk_06_currency_maps_hold_none_one_or_many_and_undefined_is_counted() {
    let with = |map: &str| read_text(&ACCOUNTS[0].replace(r#""current":{"usd":6000}"#, &format!(r#""current":{map}"#)));
    let none = with("{}").expect("read");
    assert_eq!((none.rows.len(), none.defects.len()), (1, 0));
    let undefined = with(r#"{"undefined":1126940025}"#).expect("read");
    assert_eq!((undefined.rows.len(), undefined.ignored), (1, vec!["balance without currency"]));
    let many = with(r#"{"USD":6000,"eur":5}"#).expect("read");
    assert_eq!(many.rows.len(), 3);
    assert!(many.rows[1].contains(r#"current: 5, available: None"#), "{:?}", many.rows);
    assert!(many.rows[2].contains(r#"current: 6000, available: Some(5900)"#), "{:?}", many.rows);
    assert_eq!(with(r#"{"usd":1,"USD":2}"#).expect("read").faults(), [(1, "balance.current", DuplicateKey)]);
    assert_eq!(with(r#"{"dollar":1}"#).expect("read").faults(), [(1, "balance.current", NotACurrency)]);
}

#[test]
fn quirk_07_a_trailing_comma_is_refused_with_line_and_column() {
    let text = "{\n  \"object\": \"list\",\n  \"data\": [\n    {\"id\": \"t\",\n     \"status\": \"x\",}\n  ]\n}";
    let message = read_text(text).expect_err("no JSON").to_string();
    assert!(message.contains("line 5, column 20: a comma before the end"), "{message}");
    let list = list(&TRANSACTIONS, false).replace("],", ",],");
    let message = read_text(&list).expect_err("no JSON").to_string();
    assert!(message.contains("a comma before the end of the list"), "{message}");
}

#[test]
fn quirk_11_an_absent_available_leaves_current_alone() {
    for with in [r#""cash":{"available":null}"#, r#""cash":null"#, r#""cash":{}"#] {
        let seen = read_text(&ACCOUNTS[0].replace(r#""cash":{"available":{"usd":5900}}"#, with)).expect("read");
        assert!(seen.rows[1].contains("current: 6000, available: None"), "{:?}", seen.rows);
    }
}

#[test]
fn quirk_19_the_time_of_a_balance_is_its_as_of_and_never_the_attempt_to_refresh_it() {
    // The attempt was ten seconds before; a failed one a year later changes nothing.
    for attempt in ["1651516582", "1683052582"] {
        let text = ACCOUNTS[0].replacen("1651516582", attempt, 1).replacen("succeeded", "failed", 1);
        let seen = read_text(&text).expect("read");
        assert!(seen.rows[1].contains("as_of: 1651516592"), "{:?}", seen.rows);
    }
    let seen = read_text(&ACCOUNTS[0].replace(r#""as_of":1651516592,"#, "")).expect("read");
    assert_eq!(seen.faults(), [(1, "balance.as_of", MissingValue)], "no other time stands in");
    assert_eq!(seen.rows.len(), 1, "the account alone");
}

/// The rows of a text as an applicant's history.
fn history_of(text: &str) -> (History, Vec<&'static str>) {
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
    file.write_all(text.as_bytes()).expect("room on disk");
    let options = ReadOptions::default();
    let inputs = Inputs::discover(&[file.path()], &options).expect("found");
    let (mut builder, mut ignored) = (HistoryBuilder::new(), Vec::new());
    (LAYOUTS[inputs.files[0].layout].read)(&inputs.files[0], &options, &mut |item| {
        match item {
            Item::Row(row) => builder.push(&row),
            Item::Defect(defect) => panic!("{defect:?}"),
            Item::Ignored(what) => ignored.push(what),
        }
        Ok(())
    })
    .expect("read");
    (builder.finish(&Categoriser::builtin(), &mut Memo::default()), ignored)
}

fn ledger_of(history: &History, as_of: i64) -> Ledger {
    let application = Application {
        application_id: "app_1".to_owned(),
        applicants: vec![Applicant { id: "cus_1".to_owned(), role: ApplicantRole::Primary, account_ids: vec![] }],
        as_of,
        requested_amount: None,
        term_months: None,
        instalment_amount: None,
        stated_income: None,
        currency: None,
        extras: vec![],
    };
    let cut = Cut { application: &application, zone: &Zone::utc(), balance_age_days_max: 7 };
    ledger::cut(history, &cut).expect("visible")
}

#[test]
fn quirk_33_events_replayed_out_of_order_and_with_thin_twins_tell_the_same() {
    let event = |id: &str, created: i64, object: &str| {
        format!(r#"{{"id":"{id}","object":"event","created":{created},"data":{{"object":{object}}},"type":"x"}}"#)
    };
    let thin = |id: &str| {
        format!(
            r#"{{"id":"{id}","object":"v2.core.event","created":"2022-05-03T00:00:00Z","snapshot_event":"evt_1","related_object":{{"id":"fca_1","type":"financial_connections.account"}}}}"#
        )
    };
    let balance = &ACCOUNTS[0][ACCOUNTS[0].find(r#""balance":"#).expect("there")..];
    let balance = &balance[..balance.find(r#","balance_refresh""#).expect("there")];
    let disconnected = ACCOUNTS[0].replace(balance, r#""balance":null"#).replace(r#""active""#, r#""disconnected""#);
    let first = event("evt_1", 1_651_600_000, ACCOUNTS[0]);
    let second = event("evt_2", 1_651_900_000, &disconnected);
    for (order, twins) in [
        (vec![&first, &second], 0),
        (vec![&second, &first], 0),
        (vec![&thin("evt_9"), &second, &first, &second, &first, &thin("evt_8"), &first], 2),
    ] {
        let lines: Vec<&str> = order.iter().map(|line| line.as_str()).collect();
        let (history, ignored) = history_of(&lines.join("\n"));
        assert_eq!(ignored, vec!["event without news"; twins]);
        for (as_of, status) in [(1_651_700_000, AccountStatus::Active), (1_652_000_000, AccountStatus::Disconnected)] {
            let ledger = ledger_of(&history, as_of);
            let accounts: Vec<_> =
                ledger.accounts.iter().map(|a| (a.status, a.balance_current, a.balance_as_of)).collect();
            assert_eq!(accounts, [(status, Some(6_000), Some(1_651_516_592))], "at {as_of}");
            assert!(ledger.doubts.is_empty(), "{:?}", ledger.doubts);
        }
    }
}

#[test]
fn quirk_32_live_and_test_rows_of_one_folder_are_never_scored_together() {
    let live = [ACCOUNTS[0], TRANSACTIONS[0]].join("\n");
    let test = live.replace("fca_1", "fca_t").replace("fctxn_1", "fctxn_t").replace("true", "false");
    let as_of = 1_651_900_000;
    let (both, _) = history_of(&format!("{live}\n{test}"));
    assert_eq!(ledger_of(&both, as_of).doubts, [ledger::Doubt::LiveAndTest]);
    for one in [&live, &test] {
        assert_eq!(ledger_of(&history_of(one).0, as_of).doubts, [], "each by itself is one kind of data");
    }
}

#[test]
fn quirk_30_a_truncated_page_in_a_column_of_text_is_truncated_too() {
    let cell = |page: &str| format!("1,\"{}\"\n", page.replace('"', "\"\""));
    let (one, two) = (list(&TRANSACTIONS[..2], true), list(&TRANSACTIONS[2..3], false));
    let cut = read_text(&format!("id,_raw\n{}", cell(&one))).expect("read");
    assert_eq!((cut.layout, cut.rows.len(), cut.truncated), ("csv_text_column", 2, vec!["fca_1".to_owned()]));
    let whole = read_text(&format!("id,_raw\n{}{}", cell(&one), cell(&two))).expect("read");
    assert_eq!((whole.rows.len(), whole.truncated), (3, vec![]));
}

#[test]
fn quirk_30_a_list_that_ends_with_more_to_come_is_truncated() {
    let (one, two) = (list(&TRANSACTIONS[..2], true), list(&TRANSACTIONS[2..3], false));
    let other = list(&TRANSACTIONS[3..5], true);
    let whole = read_text(&[one.as_str(), &two].concat()).expect("read");
    assert_eq!(whole.truncated, [""; 0]);
    let cut = read_text(&[one.as_str(), &two, &other].concat()).expect("read");
    assert_eq!(cut.truncated, ["fca_2"]);
    // A page a file: their names do not order them.
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (name, page) in [("page_1.json", &one), ("page_10.json", &two), ("page_2.json", &one)] {
        std::fs::write(folder.path().join(name), page).expect("room on disk");
    }
    assert_eq!(read(folder.path()).expect("read").truncated, [""; 0]);
    std::fs::write(folder.path().join("other.json"), &other).expect("room on disk");
    assert_eq!(read(folder.path()).expect("read").truncated, ["fca_2"]);
    assert!(list_of("fca_1") < list_of("fca_2"));
}

#[test]
fn quirk_30_a_truncated_list_of_accounts_is_refused() {
    let message = read_text(&list(&ACCOUNTS, true)).expect_err("accounts are missing").to_string();
    assert!(message.contains("the list of accounts ends with `has_more: true`"), "{message}");
    // A page of the log of events goes back as far as it was asked to.
    let of = |account: &str| {
        format!(
            r#"{{"id":"evt_1","object":"event","type":"financial_connections.account.created","created":1651785000,"data":{{"object":{account}}}}}"#
        )
    };
    let log = list(&[&of(ACCOUNTS[0])], true).replace("/v1/financial_connections/list", "/v1/events?limit=1");
    assert_eq!(read_text(&log).expect("a log may go on").truncated, [""; 0]);
}

#[test]
fn quirk_34_digits_that_lost_their_zeros_get_them_back() {
    for (given, expected) in [
        (r#""42""#, r#"Some("0042")"#),
        ("42", r#"Some("0042")"#),
        ("42.0", r#"Some("0042")"#),
        (r#""0042""#, r#"Some("0042")"#),
        (r#""A1""#, r#"Some("A1")"#),
        (r#""""#, "None"),
    ] {
        let seen = read_text(&ACCOUNTS[0].replace(r#""0042""#, given)).expect("read");
        assert!(seen.rows[0].contains(&format!("last4: {expected}")), "{given}: {:?}", seen.rows);
    }
}

#[test]
fn quirk_36_secrets_and_owners_are_never_in_rows_or_defects() {
    let owner = r#""owners":{"object":"list","data":[{"name":"Jenny Canary","email":"canary@example.com"}]}"#;
    let account = ACCOUNTS[0].replace(r#""ownership":null"#, &format!(r#""ownership":{{{owner}}}"#));
    let broken = account.replace(r#""livemode":true"#, r#""livemode":"canary""#);
    let session = format!(
        r#"{{"object":"financial_connections.session","client_secret":"canary","accounts":[{account},{broken}]}}"#
    );
    let printed = format!("{:?}", read_text(&session).expect("read")).to_lowercase();
    assert!(printed.contains("livemode") && !printed.contains("canary"), "{printed}");
}

#[test]
fn inferred_balances_take_their_account_from_the_row_or_from_the_page() {
    let row = r#"{"id":"b","object":"financial_connections.account_inferred_balance","as_of":1651535999,"current":{"usd":5}}"#;
    let page = |url: &str| format!(r#"{{"object":"list","data":[{row}],"has_more":false,"url":"{url}"}}"#);
    let seen = read_text(&page("/v1/financial_connections/accounts/fca_7/inferred_balances")).expect("read");
    assert!(seen.rows[0].contains(r#"account: "fca_7", as_of: 1651535999"#), "{:?}", seen.rows);
    assert!(seen.rows[0].contains("origin: Inferred"), "{:?}", seen.rows);
    assert_eq!(read_text(&page("/v1/x")).expect("read").faults(), [(1, "account", MissingValue)]);
    let seen = read_text(&row.replace(r#""id":"b""#, r#""account":"fca_8""#)).expect("read");
    assert!(seen.rows[0].contains(r#"account: "fca_8""#), "{:?}", seen.rows);
}

#[test]
fn a_flat_table_of_balances_is_read_without_object_names() {
    let seen = read_text(r#"{"account":"fca_1","as_of":1651535999,"currency":"usd","current":-5,"available":null}"#);
    let seen = seen.expect("read");
    assert!(seen.rows[0].contains("current: -5, available: None, origin: Reported"), "{:?}", seen.rows);
}

const APPLICATIONS: [&str; 2] = [
    r#"{"application_id":"loan_1","applicant_id":"cus_1","as_of":"2022-05-06","requested_amount":100000,"term_months":12,"instalment_amount":9000.0,"stated_income":null,"currency":"usd","account_ids":["fca_1","fca_2"],"bureau_lines":3,"outcome":1}"#,
    r#"{"application_id":"loan_1","applicant_id":"cus_2","as_of":"2022-05-06","requested_amount":100000,"term_months":12,"instalment_amount":9000,"currency":"usd","role":"co","outcome":1}"#,
];

#[test]
fn applications_are_read_from_lines_and_arrays_by_the_rules_of_their_table() {
    let lines = read_text(&APPLICATIONS.join("\n")).expect("read");
    assert_eq!((lines.rows.len(), lines.defects.len()), (2, 0));
    assert!(lines.rows[0].contains("instalment_amount: Some(9000)"), "{:?}", lines.rows);
    assert!(lines.rows[0].contains(r#"account_ids: ["fca_1", "fca_2"], extras: []"#), "{:?}", lines.rows);
    assert!(lines.rows[1].contains("role: Co"), "{:?}", lines.rows);
    assert_eq!(read_text(&format!("[{}]", APPLICATIONS.join(","))).expect("read").rows, lines.rows);
    for (from, to, fault) in [
        (r#""cus_1""#, "null", ("applicant_id", MissingValue)),
        (r#""cus_1""#, r#""cus_1","applicant_id":"cus_1""#, ("", DuplicateKey)),
        ("100000", "-1", ("requested_amount", OutOfRange)),
        (r#""2022-05-06""#, r#""06.05.2022""#, ("as_of", NotADate)),
        ("12", "{}", ("term_months", NotAnInteger)),
    ] {
        let seen = read_text(&format!("{}\n{}", APPLICATIONS[1], APPLICATIONS[0].replace(from, to))).expect("read");
        assert_eq!(seen.faults(), [(2, fault.0, fault.1)], "{to}");
    }
}

#[test]
fn an_application_with_a_prohibited_column_refuses_the_run() {
    let message = read_text(&APPLICATIONS[0].replace("bureau_lines", "zip")).expect_err("refused").to_string();
    assert!(message.contains("`zip`") && message.contains("--drop-column"), "{message}");
}

#[test]
fn declared_extra_columns_of_applications_are_read() {
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    std::fs::write(file.path(), APPLICATIONS.join("\n")).expect("room on disk");
    let options = ReadOptions { extra_columns: vec!["bureau_lines".to_owned()], ..ReadOptions::default() };
    let inputs = Inputs::discover(&[file.path()], &options).expect("found");
    let mut extras = Vec::new();
    let layout = &LAYOUTS[inputs.files[0].layout];
    (layout.read)(&inputs.files[0], &options, &mut |item| {
        if let Item::Row(Row::Application(row)) = item {
            extras.push(row.extras.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect::<Vec<_>>());
        }
        Ok(())
    })
    .expect("read");
    assert_eq!(extras, [vec![("bureau_lines".to_owned(), 3.0)], vec![]]);
}
