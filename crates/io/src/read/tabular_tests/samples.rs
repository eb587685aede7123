//! Samples of what tools really write, and the quirks that the tabular doors must survive.

use std::{io::Write as _, path::Path};

use cashline_core::{
    defect::{DefectKind, Whose},
    row::{BalanceOrigin, Row},
};

use super::{identify, read, read_text, read_text_with, shared};
use crate::read::{Item, LAYOUTS, ListEnd, ListOf, ReadOptions, Table, mapping::Mapping};

fn layout_sample(name: &str) -> Option<String> {
    let path = shared("reference/stripe_fc_fixtures.json")?;
    let text = std::fs::read_to_string(path).expect("readable");
    let fixtures: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    Some(fixtures["layout_samples"][name].as_str().expect("a sample").to_owned())
}

#[test]
fn what_pandas_and_duckdb_write_of_the_same_rows_reads_the_same() {
    let Some(pandas) = layout_sample("pandas_json_normalize_transactions_csv") else { return };
    let duckdb = layout_sample("duckdb_transactions_csv").expect("both are there");
    let (pandas, duckdb) = (read_text(&pandas).expect("usable"), read_text(&duckdb).expect("usable"));
    assert_eq!((pandas.defects.as_slice(), duckdb.defects.as_slice()), (&[][..], &[][..]));
    assert_eq!(pandas.rows, duckdb.rows);
    assert_eq!(pandas.rows.len(), 2);
    assert!(pandas.rows[0].contains(r#"description: "Rocket Rides, #12 \"X\"""#), "{}", pandas.rows[0]);
    assert!(pandas.rows[0].contains("amount: -1000") && pandas.rows[0].contains("posted_at: Some(1651784999)"));
    assert!(pandas.rows[1].contains("posted_at: None") && pandas.rows[1].contains("status: Pending"));

    let accounts = ["pandas_json_normalize_accounts_csv", "duckdb_accounts_csv"].map(|name| {
        let contents = read_text(&layout_sample(name).expect("both are there")).expect("usable");
        assert_eq!(contents.defects, [], "{name}");
        contents.rows
    });
    assert_eq!(accounts[0], accounts[1]);
    // Two accounts; the first has a balance of 60.00 dollars, the second none.
    assert_eq!(accounts[0].len(), 3);
    let first = &accounts[0][0];
    assert!(first.contains(r#"holder: Some("cus_1")"#) && first.contains(r#"last4: Some("0042")"#), "{first}");
    assert!(first.contains("balances: true, ownership: false, payment_method: false, transactions: true"), "{first}");
    assert!(accounts[0][1].contains("current: 6000, available: Some(6000)"), "{}", accounts[0][1]);
}

const HEADER: &str = "id,account,amount,currency,description,status,transacted_at";

#[test]
fn quirk_34_text_with_quotes_commas_and_newlines_stays_whole() {
    let text = format!("{HEADER}\nt1,a1,5,usd,\"=HYPERLINK(\"\"x\"\"), 1\nline 2 \u{202e}é\",posted,1767225600\n");
    let contents = read_text(&text).expect("usable");
    assert_eq!(contents.defects, []);
    assert!(
        contents.rows[0].contains(r#"description: "=HYPERLINK(\"x\"), 1\nline 2 \u{202e}é""#),
        "{}",
        contents.rows[0]
    );
}

#[test]
fn quirk_27_milliseconds_are_refused_not_scored() {
    let contents = read_text(&format!("{HEADER}\nt1,a1,5,usd,x,posted,1767225600000\n")).expect("usable");
    assert_eq!(contents.rows, Vec::<String>::new());
    let defect = &contents.defects[0];
    assert_eq!((defect.kind.code(), defect.column.as_str()), ("milliseconds_not_seconds", "transacted_at"));
    assert_eq!(defect.account(), Some("a1"), "its applications are in doubt");
}

#[test]
fn quirk_06_a_balance_has_a_row_for_each_currency_and_no_row_without_one() {
    let text = "id,category,subcategory,status,balance.as_of,balance.current.usd,balance.current.eur,\
                balance.current.undefined,balance.cash.available.eur\n\
                a1,cash,checking,active,1651516592.0,100.0,-5,,7\n\
                a2,cash,checking,active,1651516592.0,,,9,\n";
    let contents = read_text(text).expect("usable");
    assert_eq!(contents.rows.len(), 4, "two accounts, two balances: {:?}", contents.rows);
    assert!(contents.rows[1].contains(r"currency: Currency([101, 117, 114]), current: -5, available: Some(7)"));
    assert!(contents.rows[2].contains("current: 100, available: None"));
    // The key of Stripe's own fixtures is counted, any other that is no currency is a defect.
    assert_eq!(contents.defects, []);
    let map = "account,as_of,current\na1,1651516592,\"{'dollars': 5}\"\na1,1651516592,\"{'usd': 5}\"\na1,1651516592,\n";
    let contents = read_text(map).expect("usable");
    let defects: Vec<_> = contents.defects.iter().map(|defect| (defect.source.line, defect.kind.code())).collect();
    assert_eq!(defects, [(2, "not_a_currency"), (4, "missing_value")]);
    assert_eq!(contents.rows.len(), 1);
}

#[test]
fn a_flat_balances_table_reads_one_snapshot_a_row() {
    let text = "account,as_of,currency,current,available\nfca_1,1651516592,usd,-250,\nfca_1,1651516593,usd,x,\n";
    let contents = read_text(text).expect("usable");
    assert!(contents.rows[0].contains("current: -250, available: None"), "{}", contents.rows[0]);
    assert!(contents.rows[0].contains(&format!("{:?}", BalanceOrigin::Reported)));
    assert_eq!(contents.defects[0].column, "current");
    let inferred = "object,account,as_of,current.usd\n\
                    financial_connections.account_inferred_balance,fca_1,730771199,110000\n";
    assert!(read_text(inferred).expect("usable").rows[0].contains("origin: Inferred"));
}

#[test]
fn dropping_outcome_columns_from_applications_changes_nothing() {
    let with = "application_id,applicant_id,as_of,requested_amount,role,account_ids,outcome,weight,fico\n\
                l1,cus_1,2026-01-01,5000,primary,\"['fca_1', 'fca_2']\",1,0.5,700\n\
                l2,cus_2,1767225600,,co,fca_3;fca_4,0,1,\n";
    let without = "application_id,applicant_id,as_of,requested_amount,role,account_ids\n\
                l1,cus_1,2026-01-01,5000,primary,\"['fca_1', 'fca_2']\"\n\
                l2,cus_2,1767225600,,co,fca_3;fca_4\n";
    let (with, without) = (read_text(with).expect("usable"), read_text(without).expect("usable"));
    assert_eq!(with.rows, without.rows);
    assert!(with.rows[1].contains(r#"account_ids: ["fca_3", "fca_4"]"#), "{}", with.rows[1]);
    let bad = "application_id,applicant_id,role,term_months\nl1,c1,boss,\nl2,c2,co,0\n";
    let kinds: Vec<_> = read_text(bad).expect("usable").defects.iter().map(|defect| defect.kind.code()).collect();
    assert_eq!(kinds, ["unknown_role", "out_of_range"]);
}

#[test]
fn a_prohibited_basis_stops_the_run_unless_it_is_dropped_by_name() {
    let text = "application_id,applicant_id,as_of,Gender\nl1,cus_1,2026-01-01,x\n";
    let error = read_text(text).expect_err("prohibited");
    assert_eq!(error.exit_code(), 2);
    assert!(error.to_string().contains("`Gender`") && error.to_string().contains("--drop-column Gender"), "{error}");
    let drop = ReadOptions { drop_columns: vec!["Gender".to_owned()], ..ReadOptions::default() };
    assert_eq!(read_text_with(text, &drop).expect("dropped").rows.len(), 1);
}

#[test]
fn declared_columns_are_read_and_others_are_not() {
    let text = "application_id,applicant_id,vehicle_months,dti\nl1,cus_1,12.5,0.4\nl2,cus_2,,x\nl3,cus_3,inf,\n";
    let declare = ReadOptions { extra_columns: vec!["vehicle_months".to_owned()], ..ReadOptions::default() };
    let contents = read_text_with(text, &declare).expect("usable");
    assert!(contents.rows[0].contains(r#"extras: [("vehicle_months", 12.5)]"#), "{}", contents.rows[0]);
    assert!(contents.rows[1].contains("extras: []"), "{}", contents.rows[1]);
    assert_eq!(contents.defects.len(), 1);
    assert_eq!((contents.defects[0].kind.code(), contents.defects[0].source.line), ("not_a_number", 4));
}

fn plaid() -> ReadOptions {
    ReadOptions { mapping: Some(Mapping::preset("plaid").expect("ships")), ..ReadOptions::default() }
}

/// Made by hand in the shape of a `/transactions/sync` response; money out is positive there.
const PLAID_JSON: &str = r#"{
  "accounts": [
    {"account_id": "p1", "balances": {"available": 100.5, "current": 110.25, "iso_currency_code": "USD", "limit": null},
     "mask": "0042", "name": "Plaid Checking", "subtype": "checking", "type": "depository"},
    {"account_id": "p2", "balances": {"available": 590.0, "current": 410, "iso_currency_code": "USD"},
     "mask": "3333", "subtype": "credit card", "type": "credit"}
  ],
  "added": [
    {"transaction_id": "t1", "account_id": "p1", "amount": 72.1, "iso_currency_code": "USD", "date": "2026-01-02",
     "authorized_date": "2026-01-01", "datetime": null, "name": "SparkFun", "original_description": null, "pending": false},
    {"transaction_id": "t2", "account_id": "p1", "amount": -2500.00, "iso_currency_code": "USD", "date": "2026-01-03",
     "name": "PAYROLL", "original_description": "ACME CORP PAYROLL", "pending": true},
    {"transaction_id": "t3", "account_id": "p1", "amount": 1.005, "iso_currency_code": "USD", "date": "2026-01-03",
     "name": "x", "pending": false}
  ],
  "modified": [],
  "removed": [],
  "has_more": false,
  "retrieved_at": "2026-01-04T00:00:00Z",
  "client_user_id": "cus_9"
}
"#;

#[test]
fn the_plaid_preset_reads_a_sync_response_with_its_sign_flipped() {
    let contents = read_text_with(PLAID_JSON, &plaid()).expect("usable");
    assert_eq!(contents.rows.len(), 6, "{:#?}", contents.rows);
    let has = |row: usize, parts: &[&str]| {
        for part in parts {
            assert!(contents.rows[row].contains(part), "{part} in {}", contents.rows[row]);
        }
    };
    has(0, &[r#"id: "p1""#, r#"holder: Some("cus_9")"#, "category: Cash", "Checking", r#"last4: Some("0042")"#]);
    // 2026-01-04T00:00:00Z is 1767225600 + 3 days of 86,400 s.
    has(1, &["as_of: 1767484800", "current: 11025, available: Some(10050)"]);
    has(2, &["category: Credit", "subcategory: CreditCard"]);
    // A debt is negative at Stripe, and a credit line is no money available.
    has(3, &["current: -41000, available: None"]);
    // 72.10 spent on 2026-01-01, posted on 2026-01-02.
    has(
        4,
        &["amount: -7210", "transacted_at: 1767225600", "posted_at: Some(1767312000)", "status: Posted", "SparkFun"],
    );
    has(5, &["amount: 250000", "transacted_at: 1767398400", "posted_at: None", "status: Pending", "ACME CORP PAYROLL"]);
    assert_eq!(contents.lines[4], 9);
    let defect = &contents.defects[0];
    assert_eq!((contents.defects.len(), defect.source.line, defect.kind.code()), (1, 13, "not_a_number"));
    assert_eq!((defect.column.as_str(), defect.account()), ("amount", Some("p1")));
}

#[test]
fn rows_that_a_sync_response_takes_back_are_refused_by_name_with_the_way_out() {
    let taken_back =
        PLAID_JSON.replace(r#""removed": []"#, r#""removed": [{"transaction_id": "t1"}, {"transaction_id": "t9"}]"#);
    let message = read_text_with(&taken_back, &plaid()).expect_err("not applied").to_string();
    assert!(message.contains("`removed` takes back 2 rows") && message.contains("apply each page"), "{message}");
}

#[test]
fn a_list_whose_key_is_one_of_the_mappings_with_a_slip_is_refused_and_others_are_left_unread() {
    let preset = crate::read::mapping::PRESETS[0].1;
    let slip = Mapping::parse(&preset.replacen("\"added\"", "\"aded\"", 1), Path::new("slip.toml")).expect("a mapping");
    let options = ReadOptions { mapping: Some(slip), ..ReadOptions::default() };
    let message = read_text_with(PLAID_JSON, &options).expect_err("its rows would be lost").to_string();
    assert!(message.contains("rows under `added`") && message.contains("reads `aded`"), "{message}");
    let whole = read_text_with(PLAID_JSON, &plaid()).expect("usable");
    let more = PLAID_JSON.replacen(r#""modified": []"#, r#""holdings": [{"security_id": "s1"}]"#, 1);
    assert_eq!(read_text_with(&more, &plaid()).expect("usable").rows, whole.rows);
}

#[test]
fn a_row_of_a_page_that_is_spoilt_is_a_defect_of_its_account_and_the_others_are_read() {
    let whole = read_text_with(PLAID_JSON, &plaid()).expect("usable");
    for (from, to) in
        [(r#""SparkFun""#, r#""x\ud83d""#), (r#""pending": false},"#, r#""pending": false, "pending": false},"#)]
    {
        let spoilt = read_text_with(&PLAID_JSON.replacen(from, to, 1), &plaid()).expect("usable");
        assert_eq!(spoilt.rows.len() + 1, whole.rows.len(), "{to}");
        let defect = &spoilt.defects[0];
        assert_eq!((defect.kind.code(), defect.source.line, defect.account()), ("bad_json", 9, Some("p1")), "{to}");
    }
    // An account that is spoilt leaves its holder in doubt.
    let account = PLAID_JSON.replacen(r#""name": "Plaid Checking""#, r#""name": "x\ud83d""#, 1);
    let spoilt = read_text_with(&account, &plaid()).expect("usable");
    let whose = Whose::Account { id: "p1".to_owned(), holder: Some("cus_9".to_owned()) };
    assert_eq!((spoilt.defects[0].kind.code(), &spoilt.defects[0].whose), ("bad_json", &whose));
    // A list is no text.
    let listed = read_text_with(
        &PLAID_JSON.replacen(r#""account_id": "p1", "amount": 72.1"#, r#""account_id": ["p1"], "amount": 72.1"#, 1),
        &plaid(),
    );
    assert_eq!(listed.expect("usable").defects[0].kind.code(), "missing_value");
    for (from, to, says) in [
        (r#""modified": []"#, r#""modified": {"rows": []}"#, "`modified` is no list"),
        (r#""modified": []"#, r#""removed": []"#, "cannot be told apart"),
    ] {
        let message = read_text_with(&PLAID_JSON.replacen(from, to, 1), &plaid()).expect_err("refused").to_string();
        assert!(message.contains(says), "{message}");
    }
    let null = PLAID_JSON.replacen(r#""modified": []"#, r#""modified": null"#, 1);
    assert_eq!(read_text_with(&null, &plaid()).expect("usable").rows, whole.rows);
}

#[test]
fn a_page_is_told_by_its_keys_and_not_by_a_word_among_its_values() {
    let account = r#"{"id":"fca_1","object":"financial_connections.account","account_holder":{"type":"customer","customer":"c"},"category":"cash","subcategory":"checking","status":"active","permissions":["transactions","accounts"]}"#;
    let contents = read_text_with(account, &plaid()).expect("usable");
    assert_eq!((contents.rows.len(), contents.defects), (1, vec![]));
}

#[test]
fn a_list_in_a_mapped_cell_is_read_in_every_notation() {
    let mapping = "name = 'm'\ndelimiter = ';'\n[applications.columns]\napplication_id = 'loan'\napplicant_id = 'who'\naccount_ids = 'accts'\n";
    let mapping = Mapping::parse(mapping, Path::new("m.toml")).expect("a mapping");
    let options = ReadOptions { mapping: Some(mapping), ..ReadOptions::default() };
    for list in [
        "[fca_1, fca_2, fca_3]",
        "['fca_1', 'fca_2', 'fca_3']",
        r#""[""fca_1"",""fca_2"",""fca_3""]""#,
        "fca_1,fca_2,fca_3",
    ] {
        let contents = read_text_with(&format!("loan;who;accts\nl;c;{list}\n"), &options).expect("usable");
        assert_eq!(contents.defects, [], "{list}");
        assert!(contents.rows[0].contains(r#"account_ids: ["fca_1", "fca_2", "fca_3"]"#), "{:?}", contents.rows);
    }
}

#[test]
fn a_header_that_fits_two_tables_is_read_as_the_one_that_the_run_names_and_else_refused() {
    let dir = tempfile::tempdir().expect("a place to write");
    let path = dir.path().join("joined.csv");
    let text = "id,account,amount,currency,status,transacted_at,application_id,applicant_id\nt,a,-5,usd,posted,1767225600,l,c\n";
    std::fs::write(&path, text).expect("written");
    let error = super::read_with(&path, None, &ReadOptions::default()).expect_err("which?").to_string();
    assert!(
        error.contains("transactions and applications") || error.contains("applications and transactions"),
        "{error}"
    );
    for (table, word) in [(Table::Transactions, "amount: -5"), (Table::Applications, "application_id: \"l\"")] {
        let contents = super::read_with(&path, Some(table), &ReadOptions::default()).expect("named");
        assert_eq!((contents.rows.len(), contents.defects), (1, vec![]));
        assert!(contents.rows[0].contains(word), "{:?}", contents.rows);
    }
}

#[test]
fn the_plaid_preset_reads_the_same_rows_as_csv() {
    let text = "transaction_id,account_id,amount,iso_currency_code,date,authorized_date,name,original_description,pending\n\
                t1,p1,72.1,USD,2026-01-02,2026-01-01,SparkFun,,False\n\
                t2,p1,-2500.00,USD,2026-01-03,,PAYROLL,ACME CORP PAYROLL,True\n";
    let table = read_text_with(text, &plaid()).expect("usable");
    let json = read_text_with(PLAID_JSON, &plaid()).expect("usable");
    assert_eq!(table.defects, []);
    assert_eq!(table.rows, json.rows[4..]);
}

#[test]
fn a_bank_csv_with_semicolons_debit_and_credit_is_read_through_a_mapping() {
    let mapping = "name = 'bank'\ndelimiter = ';'\n[transactions]\nunits = 'major'\ndecimal = ','\nthousands = '.'\n\
                   debit = 'Debit'\ncredit = 'Credit'\ntime = ['%d.%m.%Y']\n[transactions.columns]\nid = 'Ref'\n\
                   transacted_at = 'Date'\ndescription = 'Text'\n[transactions.constants]\naccount = 'fca_1'\n\
                   currency = 'eur'\nstatus = 'posted'\n";
    let mapping = Mapping::parse(mapping, Path::new("bank.toml")).expect("a mapping");
    let options = ReadOptions { mapping: Some(mapping), ..ReadOptions::default() };
    let text =
        "Date;Ref;Text;Debit;Credit\n01.01.2026;r1;Rent, March;1.200,50;\n02.01.2026;r2;Pay;;3\n2026-01-03;r3;x;1;\n";
    let contents = read_text_with(text, &options).expect("usable");
    assert!(contents.rows[0].contains("amount: -120050") && contents.rows[0].contains("transacted_at: 1767225600"));
    assert!(contents.rows[1].contains("amount: 300,"), "{}", contents.rows[1]);
    assert_eq!((contents.defects[0].source.line, contents.defects[0].kind.code()), (4, "not_a_date"));
    // Without the mapping the delimiter is named.
    let error = read_text(text).expect_err("semicolons").to_string();
    assert!(error.contains("separated by `;`"), "{error}");
}

#[test]
fn a_mapped_file_that_fits_two_tables_is_read_as_the_one_that_the_run_names_and_else_refused() {
    let mapping = "name = 'flat'\n[accounts.columns]\nid = 'acct'\n'account_holder.customer' = 'cust'\n[accounts.constants]\n\
                   category = 'cash'\nstatus = 'active'\nsubcategory = 'checking'\n[transactions.columns]\nid = 'txn'\n\
                   account = 'acct'\namount = 'amt'\ntransacted_at = 'day'\n[transactions.constants]\ncurrency = 'usd'\n\
                   status = 'posted'\n";
    let mapping = Mapping::parse(mapping, Path::new("flat.toml")).expect("a mapping");
    let options = ReadOptions { mapping: Some(mapping), ..ReadOptions::default() };
    let dir = tempfile::tempdir().expect("a place to write");
    let path = dir.path().join("flat.csv");
    std::fs::write(&path, "acct,cust,txn,amt,day\nfca_1,cus_1,t1,-5,1767225600\n").expect("written");
    let error = super::read_with(&path, None, &options).expect_err("which?").to_string();
    assert!(error.contains("accounts and transactions") && error.contains("accounts=PATH"), "{error}");
    for (table, word) in [(Table::Accounts, "holder: Some(\"cus_1\")"), (Table::Transactions, "amount: -5")] {
        let contents = super::read_with(&path, Some(table), &options).expect("named");
        assert_eq!((contents.rows.len(), contents.defects), (1, vec![]));
        assert!(contents.rows[0].contains(word), "{:?}", contents.rows);
    }
}

#[test]
fn a_column_of_json_reads_as_the_object_that_stands_in_it() {
    let object = "{\"\"object\"\":\"\"financial_connections.transaction\"\",\"\"id\"\":\"\"t1\"\",\"\"account\"\":\"\"a1\"\",\
                  \"\"amount\"\":-5,\"\"currency\"\":\"\"usd\"\",\"\"description\"\":\"\"x, y\"\",\"\"status\"\":\"\"posted\"\",\
                  \"\"transacted_at\"\":1767225600,\"\"livemode\"\":true}";
    let contents = read_text(&format!("_id,_raw\n1,\"{object}\"\n2,\"{{\"\n3\n")).expect("usable");
    assert!(contents.rows[0].contains("amount: -5") && contents.rows[0].contains(r#"description: "x, y""#));
    let defects: Vec<_> = contents.defects.iter().map(|defect| (defect.source.line, defect.kind.code())).collect();
    assert_eq!(defects, [(3, "bad_json"), (4, "too_few_columns")]);
}

#[test]
fn applications_in_json_lines_read_as_the_same_rows_as_in_csv() {
    let table = "application_id,applicant_id,as_of,requested_amount,account_ids\nl1,c1,2026-01-01,5000,fca_1;fca_2\n";
    let lines = "{\"application_id\":\"l1\",\"applicant_id\":\"c1\",\"as_of\":\"2026-01-01\",\"requested_amount\":5000,\
                 \"account_ids\":[\"fca_1\",\"fca_2\"],\"outcome\":1}\n";
    assert_eq!(read_text(table).expect("usable").rows, read_text(lines).expect("usable").rows);
    let error =
        read_text("{\"application_id\":\"l1\",\"applicant_id\":\"c1\",\"zip\":\"1\"}\n").expect_err("prohibited");
    assert_eq!(error.exit_code(), 2);
}

#[test]
fn underscore_columns_read_as_dotted_ones() {
    let rows = "\nt1,a1,5,usd,posted,1767225600,1767312000.0,\n";
    let head = "id,account,amount,currency,status,transacted_at,";
    let dotted = read_text(&format!("{head}status_transitions.posted_at,status_transitions.void_at{rows}"));
    let flat = read_text(&format!("{head}status_transitions_posted_at,status_transitions_void_at{rows}"));
    let (dotted, flat) = (dotted.expect("usable"), flat.expect("usable"));
    assert_eq!(dotted.rows, flat.rows);
    assert!(flat.rows[0].contains("posted_at: Some(1767312000), void_at: None"), "{}", flat.rows[0]);
}

/// A Parquet file of one batch, as pyarrow and DuckDB lay it out, made here so that each quirk stands alone.
pub(in crate::read) fn parquet(columns: Vec<(&str, arrow_array::ArrayRef)>) -> tempfile::NamedTempFile {
    let batch = arrow_array::RecordBatch::try_from_iter_with_nullable(
        columns.into_iter().map(|(name, array)| (name, array, true)),
    );
    let batch = batch.expect("columns of one length");
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    let handle = file.reopen().expect("the same file");
    let mut writer = parquet::arrow::ArrowWriter::try_new(handle, batch.schema(), None).expect("writable");
    writer.write(&batch).expect("writable");
    writer.close().expect("writable");
    file
}

#[test]
fn an_object_as_json_in_a_parquet_column_reads_as_the_object() {
    use std::sync::Arc;

    use arrow_array::{ArrayRef, StringArray};
    let object = |id: &str| {
        format!(
            r#"{{"id":"{id}","object":"financial_connections.transaction","account":"a1","amount":-5,"currency":"usd","description":"x","livemode":true,"status":"posted","status_transitions":{{"posted_at":1651784999,"void_at":null}},"transacted_at":1651784999,"updated":1651784999}}"#
        )
    };
    let column = |cells: Vec<Option<&str>>| {
        let ids = StringArray::from_iter_values(cells.iter().map(|_| "k"));
        parquet(vec![("id", Arc::new(ids) as ArrayRef), ("_raw", Arc::new(StringArray::from(cells)))])
    };
    let (one, two) = (object("t1"), object("t2"));
    let page = format!(r#"{{"object":"list","data":[{two}],"has_more":true,"url":"/v1/x"}}"#);
    let file = column(vec![Some(&one), None, Some("{"), Some(&page)]);
    let found = identify(file.path(), None, &ReadOptions::default()).expect("Parquet");
    let contents = read(file.path()).expect("usable");
    assert_eq!(contents.rows, read_text(&format!("{one}\n{two}\n")).expect("usable").rows);
    assert_eq!(contents.lines, [1, 4]);
    let faults: Vec<_> = contents.defects.iter().map(|d| (d.source.line, d.column.as_str(), d.kind)).collect();
    assert_eq!(faults, [(2, "payload", DefectKind::MissingValue), (3, "payload", DefectKind::BadJson)]);
    let facts = (LAYOUTS[found.layout].read)(&found, &ReadOptions::default(), &mut |_| Ok(())).expect("usable");
    assert_eq!(facts.lists, [ListEnd { of: ListOf::Account("a1".to_owned()), has_more: true }]);
    // A column of that name with other text is a column of some other table.
    let message = read(column(vec![Some("some text")]).path()).expect_err("no table of ours").to_string();
    assert!(message.contains("names no table of ours"), "{message}");
}

#[test]
fn account_numbers_read_alike_as_a_typed_list_and_as_text() {
    use std::sync::Arc;

    use arrow_array::{
        ArrayRef, StringArray,
        builder::{Int64Builder, ListBuilder, StringBuilder, StructBuilder},
    };
    use arrow_schema::{DataType, Field, Fields};
    let fields: Fields = [("status", DataType::Utf8), ("expected_expiry_date", DataType::Int64)]
        .map(|(name, kind)| Field::new(name, kind, true))
        .to_vec()
        .into();
    let builders: Vec<Box<dyn arrow_array::builder::ArrayBuilder>> =
        vec![Box::new(StringBuilder::new()), Box::new(Int64Builder::new())];
    let mut lists = ListBuilder::new(StructBuilder::new(fields, builders));
    // Two numbers, of which the second can pay longer; none; no list.
    for (status, expires) in [("deactivated", Some(1_767_225_600)), ("transactable", None)] {
        let one = lists.values();
        one.field_builder::<StringBuilder>(0).expect("a text").append_value(status);
        one.field_builder::<Int64Builder>(1).expect("a number").append_option(expires);
        one.append(true);
    }
    lists.append(true);
    lists.append(true);
    lists.append(false);
    let text = |values: [&str; 3]| Arc::new(StringArray::from(values.to_vec())) as ArrayRef;
    let file = parquet(vec![
        ("id", text(["a1", "a2", "a3"])),
        ("category", text(["cash"; 3])),
        ("subcategory", text(["checking"; 3])),
        ("status", text(["active"; 3])),
        ("account_numbers", Arc::new(lists.finish())),
    ]);
    let typed = read(file.path()).expect("usable");
    let table = "id,category,subcategory,status,account_numbers\n\
                 a1,cash,checking,active,\"[{'status': 'deactivated', 'expected_expiry_date': 1767225600}, \
                 {'status': 'transactable', 'expected_expiry_date': None}]\"\n\
                 a2,cash,checking,active,[]\na3,cash,checking,active,\n";
    assert_eq!(typed.defects, []);
    assert_eq!(typed.rows, read_text(table).expect("usable").rows);
    assert!(
        typed.rows[0].contains("numbers: Some(AccountNumbers { status: Transactable, expires: None })"),
        "{typed:?}"
    );
}

#[test]
fn quirk_35_parquet_with_doubles_null_columns_maps_and_lists_reads_as_plain_rows() {
    use std::sync::Arc;

    use arrow_array::{
        ArrayRef, BooleanArray, Float64Array, Int32Array, Int64Array, LargeStringArray, NullArray, StringArray,
        StructArray,
        builder::{Int64Builder, ListBuilder, MapBuilder, StringBuilder},
    };
    use arrow_schema::{DataType, Field};
    let text = |values: [&str; 2]| Arc::new(StringArray::from(values.to_vec())) as ArrayRef;
    let posted = Int64Array::from(vec![Some(1_651_784_999), None]);
    let transitions = StructArray::from(vec![
        (Arc::new(Field::new("posted_at", DataType::Int64, true)), Arc::new(posted) as ArrayRef),
        (Arc::new(Field::new("void_at", DataType::Null, true)), Arc::new(NullArray::new(2)) as ArrayRef),
    ]);
    let file = parquet(vec![
        ("id", text(["t1", "t2"])),
        ("account", Arc::new(LargeStringArray::from(vec!["a1", "a1"]))),
        ("amount", Arc::new(Float64Array::from(vec![-1_000.0, 250_000.0]))),
        ("currency", text(["usd", "USD"])),
        ("livemode", Arc::new(BooleanArray::from(vec![true, true]))),
        ("status", text(["posted", "pending"])),
        ("status_transitions", Arc::new(transitions)),
        ("transacted_at", Arc::new(Int32Array::from(vec![1_651_784_999, 1_651_785_999]))),
    ]);
    let typed = read(file.path()).expect("usable");
    let table = "id,account,amount,currency,livemode,status,status_transitions.posted_at,transacted_at\n\
                 t1,a1,-1000,usd,True,posted,1651784999.0,1651784999\nt2,a1,250000,USD,True,pending,,1651785999\n";
    assert_eq!(typed.defects, []);
    assert_eq!(typed.rows, read_text(table).expect("usable").rows);

    let mut current = MapBuilder::new(None, StringBuilder::new(), Int64Builder::new());
    current.keys().append_value("usd");
    current.values().append_value(6_000);
    current.append(true).expect("one entry");
    current.append(false).expect("no map");
    let mut permissions = ListBuilder::new(StringBuilder::new());
    permissions.append_value([Some("balances"), Some("transactions")]);
    permissions.append_value([None::<&str>; 0]);
    let (current, as_of) = (current.finish(), Int64Array::from(vec![Some(1_651_516_592), None]));
    let balance = StructArray::from(vec![
        (Arc::new(Field::new("as_of", DataType::Int64, true)), Arc::new(as_of) as ArrayRef),
        (
            Arc::new(Field::new("current", arrow_array::Array::data_type(&current).clone(), true)),
            Arc::new(current) as ArrayRef,
        ),
    ]);
    let file = parquet(vec![
        ("id", text(["a1", "a2"])),
        ("category", text(["cash", "credit"])),
        ("subcategory", text(["checking", "credit_card"])),
        ("status", text(["active", "inactive"])),
        ("last4", Arc::new(Int64Array::from(vec![Some(42), None]))),
        ("permissions", Arc::new(permissions.finish())),
        ("balance", Arc::new(balance)),
    ]);
    let typed = read(file.path()).expect("usable");
    let table = "id,category,subcategory,status,last4,permissions,balance\n\
                 a1,cash,checking,active,42,\"['balances', 'transactions']\",\"{'as_of': 1651516592, 'current': {'usd': 6000}}\"\n\
                 a2,credit,credit_card,inactive,,[],\n";
    let table = read_text(table).expect("usable");
    assert_eq!((typed.defects.as_slice(), table.defects.as_slice()), (&[][..], &[][..]));
    assert_eq!(typed.rows, table.rows);
    assert!(typed.rows[0].contains(r#"last4: Some("0042")"#) && typed.rows[1].contains("current: 6000"));
    assert_eq!(typed.rows.len(), 3);
}

#[test]
fn two_hundred_thousand_rows_of_csv_are_read_in_seconds() {
    use std::fmt::Write as _;
    let mut text = format!("{HEADER}\n");
    for row in 0..200_000 {
        writeln!(text, "fctxn_{row:08},fca_{:05},-{row},usd,POS PURCHASE STORE {row},posted,1767225600", row / 500)
            .expect("memory");
    }
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
    file.write_all(text.as_bytes()).expect("room on disk");
    let input = identify(file.path(), None, &ReadOptions::default()).expect("a table");
    let start = std::time::Instant::now();
    let mut rows = 0_u32;
    (LAYOUTS[input.layout].read)(&input, &ReadOptions::default(), &mut |item| {
        rows += u32::from(matches!(item, Item::Row(Row::Transaction(_))));
        Ok(())
    })
    .expect("usable");
    let took = start.elapsed();
    std::io::stderr().write_all(format!("{rows} rows in {took:?}\n").as_bytes()).expect("stderr");
    assert_eq!(rows, 200_000);
    // The goal is 0.2 s on a quiet core; the bound only catches a change of order.
    assert!(took.as_secs() < 10, "{took:?}");
}
