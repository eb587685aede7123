//! Rows of our tables in JSON: the same under every name that a column may have, and the same as from CSV.

use super::*;

/// A row of a table, as CSV and as a line of JSON, where numbers stand bare.
fn row(cells: &[(&str, &str)]) -> (String, String) {
    let names: Vec<&str> = cells.iter().map(|cell| cell.0).collect();
    let values: Vec<&str> = cells.iter().map(|cell| cell.1).collect();
    let keys: Vec<String> = cells.iter().map(|(name, text)| format!("{name:?}:{}", value(text))).collect();
    (format!("{}\n{}\n", names.join(","), values.join(",")), format!("{{{}}}\n", keys.join(",")))
}

fn value(text: &str) -> String {
    match text {
        "" => "null".to_owned(),
        number if number.parse::<i64>().is_ok() => number.to_owned(),
        text => format!("{text:?}"),
    }
}

fn assert_alike(cells: &[(&str, &str)], says: &str) {
    let (csv, json) = row(cells);
    let [csv, json] = [csv, json].map(|text| read_text(&text).expect("usable"));
    assert_eq!((csv.faults(), json.faults()), (vec![], vec![]), "{cells:?}");
    assert_eq!(csv.rows, json.rows, "{cells:?}");
    assert!(csv.rows.iter().any(|row| row.contains(says)), "{:?}", csv.rows);
}

#[test]
fn the_times_of_a_transaction_are_read_under_every_name_that_a_table_gives_them() {
    let row = [
        ("id", "t"),
        ("account", "a"),
        ("amount", "-5"),
        ("currency", "usd"),
        ("description", "x"),
        ("status", "void"),
        ("transacted_at", "1767225600"),
    ];
    for (posted_at, void_at) in [
        ("status_transitions.posted_at", "status_transitions.void_at"),
        ("status_transitions_posted_at", "status_transitions_void_at"),
        ("posted_at", "void_at"),
    ] {
        let cells = [&row[..], &[(posted_at, "1767225601"), (void_at, "1767225602")]].concat();
        assert_alike(&cells, "posted_at: Some(1767225601), void_at: Some(1767225602)");
    }
    // Beside the struct's they are columns of somebody else's; where the struct knows none, they are the row's.
    let posted = super::layouts::TRANSACTIONS[0];
    let line = posted.replacen('{', r#"{"posted_at":"yesterday","#, 1);
    assert_eq!(read_text(&line).expect("read").rows, read_text(posted).expect("read").rows);
    for none in ["null", r#"{"posted_at":null,"void_at":null}"#, "{}"] {
        let line = row.iter().map(|(name, text)| format!("{name:?}:{}", value(text))).collect::<Vec<_>>().join(",");
        let line = format!(r#"{{{line},"status_transitions":{none},"posted_at":1767225601}}"#);
        let seen = read_text(&line).expect("read");
        assert!(seen.rows[0].contains("posted_at: Some(1767225601), void_at: None"), "{none}: {:?}", seen.rows);
    }
}

#[test]
fn a_balance_is_read_under_every_name_that_a_table_gives_its_amounts() {
    let key = [("account", "a"), ("as_of", "1767225600")];
    let scalar = [&key[..], &[("currency", "usd"), ("current", "70")]].concat();
    assert_alike(&scalar, "current: 70, available: None");
    for beside in ["available", "cash.available", "cash_available", "used", "credit.used", "credit_used"] {
        assert_alike(&[&scalar[..], &[(beside, "60")]].concat(), "current: 70, available: Some(60)");
        for (separator, current) in [('.', "current.usd"), ('_', "current_usd")] {
            let beside = format!("{}{separator}usd", beside.replace(['.', '_'], &separator.to_string()));
            assert_alike(&[&key[..], &[(current, "70"), (&beside, "60")]].concat(), "current: 70, available: Some(60)");
        }
    }
    assert_alike(&[&scalar[..], &[("available", "50"), ("used", "60")]].concat(), "available: Some(50)");
    // A column of somebody else's is no currency.
    assert_alike(&[&scalar[..], &[("available_balance", "5"), ("current_status", "5")]].concat(), "available: None");
}

#[test]
fn a_list_in_a_text_is_read_as_the_list() {
    let account = [
        ("id", "a"),
        ("account_holder.customer", "c"),
        ("category", "cash"),
        ("subcategory", "checking"),
        ("status", "active"),
        ("created", "1767225600"),
    ];
    for words in ["balances;transactions", "[balances; transactions]", "transactions"] {
        let cells = [&account[..], &[("permissions", words)]].concat();
        if words.starts_with('[') {
            let (csv, json) = row(&cells);
            let [csv, json] = [csv, json].map(|text| read_text(&text).expect("usable"));
            assert_eq!(csv.rows, json.rows, "{words}: the same in both, whatever it is");
            assert_eq!(csv.faults().len(), json.faults().len());
        } else {
            assert_alike(&cells, "transactions: true");
        }
    }
    let application = [("application_id", "l"), ("applicant_id", "c"), ("account_ids", "fca_1;fca_2")];
    assert_alike(&application, r#"account_ids: ["fca_1", "fca_2"]"#);
}

#[test]
fn a_struct_of_which_nothing_is_known_is_no_balance() {
    let account = super::layouts::ACCOUNTS[0];
    let start = account.find(r#""balance":{"#).expect("it has one");
    let end = account[start..].find(r#","balance_refresh""#).expect("what follows") + start;
    let with = |balance: &str| format!("{}\"balance\":{balance}{}", &account[..start], &account[end..]);
    let none = read_text(&with("null")).expect("read");
    for blank in [
        r#"{"as_of":null,"current":null,"cash":null,"credit":null,"type":null}"#,
        r#"{"as_of":null,"current":{"usd":null},"cash":{"available":{"usd":null}}}"#,
        "{}",
    ] {
        let seen = read_text(&with(blank)).expect("read");
        assert_eq!((seen.rows, seen.defects), (none.rows.clone(), vec![]), "{blank}");
    }
    let typed = read_text(&with(r#"{"as_of":null,"type":"cash","cash":{"available":{"usd":5}}}"#)).expect("read");
    assert_eq!((typed.rows, typed.defects), (none.rows.clone(), vec![]), "as from CSV");
    let half = read_text(&with(r#"{"as_of":null,"current":{"usd":5}}"#)).expect("read");
    assert_eq!(half.faults(), [(1, "balance.as_of", DefectKind::MissingValue)]);
}

#[test]
fn pages_of_one_list_in_one_file_may_stand_in_any_order() {
    let page = |at: usize, has_more: bool| {
        let row = super::layouts::TRANSACTIONS[at];
        format!(r#"{{"object":"list","data":[{row}],"has_more":{has_more},"url":"/v1/x"}}"#)
    };
    let (first, last) = (page(0, true), page(1, false));
    for text in [format!("{first}\n{last}"), format!("{last}\n{first}"), format!("[{last},{first}]")] {
        let seen = read_text(&text).expect("read");
        assert_eq!((seen.rows.len(), seen.truncated), (2, vec![]), "{text}");
    }
    assert_eq!(read_text(&first).expect("read").truncated, ["fca_1"]);
    // A whole list of balances says nothing of the account's transactions.
    let inferred = r#"{"object":"list","data":[{"id":"b","object":"financial_connections.account_inferred_balance","as_of":1651535999,"current":{"usd":5}}],"has_more":false,"url":"/v1/financial_connections/accounts/fca_1/inferred_balances"}"#;
    for text in [format!("{first}\n{inferred}"), format!("{inferred}\n{first}")] {
        assert_eq!(read_text(&text).expect("read").truncated, ["fca_1"], "{text}");
    }
    // Nor does a whole list of transactions say anything of its balances, wherever each stands; pages of either complete their own.
    let rest = inferred.replace("\"has_more\":false", "\"has_more\":true").replace("\"id\":\"b\"", "\"id\":\"a\"");
    let in_files = |texts: &[&str]| {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for (at, text) in texts.iter().enumerate() {
            std::fs::write(folder.path().join(format!("{at}.json")), text).expect("room on disk");
        }
        super::read(folder.path()).expect("read").truncated
    };
    let cut = ["fca_1".to_owned()];
    for (texts, truncated) in [
        ([rest.as_str(), last.as_str()], &cut[..]),
        ([first.as_str(), inferred], &cut[..]),
        ([rest.as_str(), inferred], &[]),
        ([first.as_str(), last.as_str()], &[]),
    ] {
        let [one, other] = texts;
        let together = [format!("{one}\n{other}"), format!("{other}\n{one}")];
        for texts in [&[one, other][..], &[other, one], &[together[0].as_str()], &[together[1].as_str()]] {
            assert_eq!(in_files(texts), truncated, "{texts:?}");
        }
    }
    // In cells of a table too.
    let cell = |page: &str| format!("1,\"{}\"\n", page.replace('"', "\"\""));
    for (one, other) in [(&first, &last), (&last, &first)] {
        let seen = read_text(&format!("id,payload\n{}{}", cell(one), cell(other))).expect("read");
        assert_eq!((seen.rows.len(), seen.truncated), (2, vec![]), "{one}");
    }
}

#[test]
fn the_accounts_of_two_sessions_are_no_pages_of_one_list() {
    let session = |id: &str, has_more: bool| {
        let account = super::layouts::ACCOUNTS[0];
        format!(
            r#"{{"id":"{id}","object":"financial_connections.session","accounts":{{"object":"list","data":[{account}],"has_more":{has_more},"url":"/v1/financial_connections/accounts"}}}}"#
        )
    };
    for (one, other) in [(false, true), (true, false)] {
        let text = format!("{}\n{}\n", session("s_1", one), session("s_2", other));
        let message = read_text(&text).expect_err("accounts are missing").to_string();
        assert!(message.contains("accounts are missing"), "{message}");
    }
    assert!(read_text(&format!("{}\n{}\n", session("s_1", false), session("s_2", false))).is_ok());
}
