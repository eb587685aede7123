//! Every layout, read back with the formats' own libraries, and the texts that the tools really write.

use std::{io::Read, path::Path};

use arrow_array::{
    Array, RecordBatch,
    cast::AsArray,
    types::{Float64Type, Int64Type},
};
use arrow_schema::DataType;
use cashline_core::{
    money::Currency,
    row::{
        AccountCategory, AccountStatus, AccountSubcategory, ApplicantRole, HolderKind, Permissions, Refresh,
        RefreshStatus, TransactionStatus,
    },
    time::Day,
};
use serde_json::Value;

use super::*;

/// The two made-up transactions that `reference/stripe_fc_fixtures.json` was measured with.
fn measured() -> [TransactionObject; 2] {
    let first = TransactionObject {
        id: "fctxn_1".to_owned(),
        account: "fca_1".into(),
        amount: -1_000,
        currency: Currency::USD,
        description: "Rocket Rides, #12 \"X\"".to_owned(),
        livemode: true,
        status: TransactionStatus::Posted,
        posted_at: Some(1_651_784_999),
        void_at: None,
        transacted_at: 1_651_784_999,
        transaction_refresh: "fctxnref_1".into(),
        updated: 1_651_784_999,
    };
    let second = TransactionObject {
        id: "fctxn_2".to_owned(),
        amount: 250_000,
        description: "PAYROLL".to_owned(),
        status: TransactionStatus::Pending,
        posted_at: None,
        transacted_at: 1_651_785_999,
        updated: 1_651_785_999,
        ..first.clone()
    };
    [first, second]
}

fn account(id: &str, category: AccountCategory) -> AccountObject {
    let refresh = Refresh { status: RefreshStatus::Succeeded, last_attempted_at: Some(1_651_516_582) };
    AccountObject {
        id: id.into(),
        holder: "cus_1".to_owned(),
        holder_kind: HolderKind::Customer,
        institution_name: "A".to_owned(),
        display_name: Some("Checking".to_owned()),
        last4: Some("0042".to_owned()),
        category,
        subcategory: AccountSubcategory::Checking,
        status: AccountStatus::Active,
        permissions: Permissions { balances: true, transactions: true, ..Permissions::default() },
        created: 1,
        livemode: true,
        balance: Some(BalanceObject {
            as_of: 1_651_516_592,
            currency: Currency::USD,
            current: 6_000,
            available: Some(5_000),
        }),
        balance_refresh: Some(refresh),
        transaction_refresh: None,
    }
}

fn accounts() -> [AccountObject; 3] {
    [
        account("fca_1", AccountCategory::Cash),
        AccountObject { balance: None, balance_refresh: None, ..account("fca_2", AccountCategory::Cash) },
        AccountObject {
            holder_kind: HolderKind::Account,
            holder: "acct_3".to_owned(),
            ..account("fca_3", AccountCategory::Credit)
        },
    ]
}

fn application() -> ApplicationObject {
    ApplicationObject {
        application_id: "app_1".to_owned(),
        applicant_id: "cus_1".to_owned(),
        as_of: Day(20_000),
        role: ApplicantRole::Co,
        requested_amount: Some(5),
        term_months: None,
        instalment_amount: None,
        stated_income: Some(-1),
        currency: Currency::USD,
        outcome: Some(true),
    }
}

fn export(dir: &Path, name: &str, packing: Packing, rows: &[TransactionObject]) -> Exported {
    let layout = export_layout(name).expect("listed");
    let mut exporter = Exporter::create(dir, &ExportOptions { layout, packing, outcome: true }).expect("creates");
    exporter.application(&application()).expect("writes");
    accounts().iter().for_each(|row| exporter.account(row).expect("writes"));
    rows.iter().for_each(|row| exporter.transaction(row).expect("writes"));
    exporter.finish().expect("finishes")
}

fn text(path: &Path) -> String {
    std::fs::read_to_string(path).expect("reads")
}

fn written(name: &str) -> (String, String) {
    let dir = tempfile::tempdir().expect("a directory");
    let files = export(dir.path(), name, Packing::Plain, &measured());
    (text(&files.accounts), text(&files.transactions))
}

#[test]
fn csv_transactions_are_what_pandas_and_duckdb_wrote_for_the_same_rows() {
    // Measured texts, from `layout_samples` of the reference.
    let pandas = "id,object,account,amount,currency,description,livemode,status,transacted_at,transaction_refresh,updated,\
        status_transitions.posted_at,status_transitions.void_at\n\
        fctxn_1,financial_connections.transaction,fca_1,-1000,usd,\"Rocket Rides, #12 \"\"X\"\"\",True,posted,1651784999,\
        fctxnref_1,1651784999,1651784999.0,\n\
        fctxn_2,financial_connections.transaction,fca_1,250000,usd,PAYROLL,True,pending,1651785999,fctxnref_1,1651785999,,\n";
    let duckdb = "id,object,account,amount,currency,description,livemode,status,status_transitions,transacted_at,\
        transaction_refresh,updated\n\
        fctxn_1,financial_connections.transaction,fca_1,-1000,usd,\"Rocket Rides, #12 \"\"X\"\"\",true,posted,\
        \"{'posted_at': 1651784999, 'void_at': NULL}\",1651784999,fctxnref_1,1651784999\n\
        fctxn_2,financial_connections.transaction,fca_1,250000,usd,PAYROLL,true,pending,\
        \"{'posted_at': NULL, 'void_at': NULL}\",1651785999,fctxnref_1,1651785999\n";
    assert_eq!(written("csv-pandas").1, pandas);
    assert_eq!(written("csv-duckdb").1, duckdb);
}

#[test]
fn csv_accounts_follow_pandas_and_duckdb() {
    // Beside the measured sample: `next_refresh_available_at` is an hour after the attempt, `available` is 5000.
    let duckdb = written("csv-duckdb").0;
    let first = "fca_1,financial_connections.account,\"{'customer': cus_1, 'type': customer}\",,\"{'as_of': 1651516592, \
        'cash': {'available': {'usd': 5000}}, 'current': {'usd': 6000}, 'type': cash}\",\"{'last_attempted_at': 1651516582, \
        'next_refresh_available_at': 1651520182, 'status': succeeded}\",cash,1,Checking,A,0042,true,,,\"[balances, \
        transactions]\",active,checking,[transactions],[us_bank_account],";
    assert_eq!(duckdb.lines().nth(1), Some(first));
    let pandas = written("csv-pandas").0;
    let mut reader = ::csv::Reader::from_reader(pandas.as_bytes());
    let header = reader.headers().expect("a header").clone();
    let rows: Vec<::csv::StringRecord> = reader.records().map(|row| row.expect("even rows")).collect();
    let cell = |row: usize, name: &str| {
        rows[row][header.iter().position(|column| column == name).expect("a column")].to_owned()
    };
    assert_eq!(cell(0, "balance.current.usd"), "6000.0");
    assert_eq!(cell(0, "permissions"), "['balances', 'transactions']");
    assert_eq!(cell(0, "created"), "1");
    assert_eq!(cell(0, "balance.credit.used.usd"), "");
    assert_eq!((cell(1, "balance"), cell(1, "balance.current.usd")), (String::new(), String::new()));
    assert_eq!(cell(2, "balance.credit.used.usd"), "5000.0");
    assert_eq!(cell(2, "account_holder.account"), "acct_3");
    assert_eq!(cell(0, "livemode"), "True");
    let flat = written("csv-underscore");
    assert!(flat.0.lines().next().is_some_and(|header| header.contains("balance_cash_available_usd")));
    assert!(flat.0.contains("\"[\"\"balances\"\",\"\"transactions\"\"]\""));
    assert!(flat.1.ends_with("fctxnref_1,1651785999,,\n"));
}

#[test]
fn json_objects_hold_stripes_keys_and_no_others() {
    let (accounts, transactions) = written("ndjson");
    let keys = |line: &str| -> Vec<String> {
        let value: Value = serde_json::from_str(line).expect("JSON");
        value.as_object().expect("an object").keys().cloned().collect()
    };
    // serde_json sorts keys.
    let twelve = [
        "account",
        "amount",
        "currency",
        "description",
        "id",
        "livemode",
        "object",
        "status",
        "status_transitions",
        "transacted_at",
        "transaction_refresh",
        "updated",
    ];
    for line in transactions.lines() {
        assert_eq!(keys(line), twelve);
    }
    let twenty = [
        "account_holder",
        "account_numbers",
        "balance",
        "balance_refresh",
        "category",
        "created",
        "display_name",
        "id",
        "institution_name",
        "last4",
        "livemode",
        "object",
        "ownership",
        "ownership_refresh",
        "permissions",
        "status",
        "subcategory",
        "subscriptions",
        "supported_payment_method_types",
        "transaction_refresh",
    ];
    for line in accounts.lines() {
        assert_eq!(keys(line), twenty);
    }
    let first: Value = serde_json::from_str(transactions.lines().next().expect("a line")).expect("JSON");
    assert_eq!(first["description"], "Rocket Rides, #12 \"X\"");
    assert_eq!(first["amount"], -1_000);
    assert_eq!(first["status_transitions"]["posted_at"], 1_651_784_999);
    assert!(first["status_transitions"]["void_at"].is_null());
}

fn many() -> Vec<TransactionObject> {
    let [first, _] = measured();
    let row = |number: usize, account: &str| TransactionObject {
        id: format!("fctxn_{number}"),
        account: account.into(),
        ..first.clone()
    };
    // 250 rows of one account and 100 of another: pages of 100, 100, 50 and 100.
    (0..250).map(|number| row(number, "fca_1")).chain((250..350).map(|number| row(number, "fca_2"))).collect()
}

#[test]
fn every_json_framing_holds_the_same_objects() {
    let dir = tempfile::tempdir().expect("a directory");
    let rows = many();
    let read = |name: &str| text(&export(dir.path(), name, Packing::Plain, &rows).transactions);
    let lines: Vec<Value> = read("ndjson").lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(lines.len(), 350);
    let array: Vec<Value> = serde_json::from_str(&read("array")).expect("one array");
    assert_eq!(array, lines);
    let pages: Vec<Value> =
        serde_json::Deserializer::from_str(&read("pages")).into_iter().map(|page| page.expect("a page")).collect();
    let shape: Vec<(usize, bool, &str)> = pages
        .iter()
        .map(|page| {
            let url = page["url"].as_str().expect("a url");
            (page["data"].as_array().expect("rows").len(), page["has_more"] == true, &url[url.len() - 5..])
        })
        .collect();
    assert_eq!(shape, [(100, true, "fca_1"), (100, true, "fca_1"), (50, false, "fca_1"), (100, false, "fca_2")]);
    let paged: Vec<Value> = pages.iter().flat_map(|page| page["data"].as_array().expect("rows").clone()).collect();
    assert_eq!(paged, lines);
}

#[test]
fn events_carry_accounts_that_gain_their_balance() {
    let events: Vec<Value> =
        written("events").0.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    // Two events for accounts with a refresh, one for the account without.
    assert_eq!(events.len(), 5);
    assert!(events.iter().all(
        |event| event["object"] == "event" && event["data"]["object"]["object"] == "financial_connections.account"
    ));
    assert!(events[0]["data"]["object"]["balance"].is_null());
    assert_eq!(events[1]["data"]["object"]["balance"]["current"]["usd"], 6_000);
    let mut ids: Vec<&str> = events.iter().filter_map(|event| event["id"].as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 5);
}

#[test]
fn empty_exports_are_valid_in_every_layout() {
    for layout in EXPORTS {
        let dir = tempfile::tempdir().expect("a directory");
        let exporter = Exporter::create(dir.path(), &ExportOptions { layout, packing: Packing::Plain, outcome: false })
            .expect("creates");
        let files = exporter.finish().expect("finishes");
        if layout.name == "array" {
            assert_eq!(serde_json::from_str::<Vec<Value>>(&text(&files.transactions)).expect("JSON").len(), 0);
        }
        if layout.family == Family::Parquet {
            assert!(batches(&files.transactions).is_empty());
        }
    }
}

#[test]
fn packed_files_hold_the_plain_files_bytes() {
    let dir = tempfile::tempdir().expect("a directory");
    let plain = export(dir.path(), "ndjson", Packing::Plain, &many());
    let gzip = export(dir.path(), "ndjson", Packing::Gzip, &many());
    let zstd = export(dir.path(), "ndjson", Packing::Zstd, &many());
    assert!(
        gzip.transactions.ends_with("transactions.ndjson.gz") && zstd.transactions.ends_with("transactions.ndjson.zst")
    );
    let open = |path: &Path| std::fs::File::open(path).expect("opens");
    let (mut one, mut other) = (String::new(), String::new());
    flate2::read::GzDecoder::new(open(&gzip.transactions)).read_to_string(&mut one).expect("unpacks");
    zstd::Decoder::new(open(&zstd.transactions)).expect("zstd").read_to_string(&mut other).expect("unpacks");
    assert_eq!(one, text(&plain.transactions));
    assert_eq!(other, text(&plain.transactions));
}

fn batches(path: &Path) -> Vec<RecordBatch> {
    let file = std::fs::File::open(path).expect("opens");
    let reader = ::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder::try_new(file).expect("Parquet");
    reader.build().expect("a reader").map(|batch| batch.expect("a batch")).collect()
}

#[test]
fn parquet_transactions_have_the_types_of_their_tool() {
    let dir = tempfile::tempdir().expect("a directory");
    for name in ["parquet", "parquet-duckdb", "parquet-map", "parquet-flat"] {
        let files = export(dir.path(), name, Packing::Plain, &measured());
        let batch = batches(&files.transactions).remove(0);
        let amount = batch.column_by_name("amount").expect("amount");
        if name == "parquet-duckdb" {
            assert_eq!(amount.as_primitive::<Float64Type>().values(), &[-1_000.0, 250_000.0]);
        } else {
            assert_eq!(amount.as_primitive::<Int64Type>().values(), &[-1_000, 250_000]);
        }
        if name == "parquet-flat" {
            let posted =
                batch.column_by_name("status_transitions.posted_at").expect("flat").as_primitive::<Float64Type>();
            assert!((posted.value(0) - 1_651_784_999.0).abs() < 0.5 && posted.is_null(1));
        } else {
            let times = batch.column_by_name("status_transitions").expect("nested").as_struct();
            let posted = times.column_by_name("posted_at").expect("inner").as_primitive::<Int64Type>();
            assert_eq!((posted.value(0), posted.is_null(1)), (1_651_784_999, true));
        }
        let texts = batch.column_by_name("description").expect("text").as_string::<i32>();
        assert_eq!((texts.value(0), texts.value(1)), ("Rocket Rides, #12 \"X\"", "PAYROLL"));
    }
}

#[test]
fn parquet_accounts_hold_balances_as_structs_maps_or_columns() {
    let dir = tempfile::tempdir().expect("a directory");
    let open = |name: &str| batches(&export(dir.path(), name, Packing::Plain, &measured()).accounts).remove(0);
    let nested = open("parquet");
    let balance = nested.column_by_name("balance").expect("nested").as_struct();
    assert!(balance.is_valid(0) && balance.is_null(1) && balance.is_valid(2));
    let current = balance.column_by_name("current").expect("inner").as_struct();
    assert_eq!(current.column_by_name("usd").expect("usd").as_primitive::<Int64Type>().value(0), 6_000);
    let used =
        balance.column_by_name("credit").expect("inner").as_struct().column_by_name("used").expect("used").as_struct();
    assert!(used.is_null(0) && used.column(0).as_primitive::<Int64Type>().value(2) == 5_000);
    let lists = nested.column_by_name("permissions").expect("list").as_list::<i32>().value(0);
    assert_eq!(lists.as_string::<i32>().iter().flatten().collect::<Vec<_>>(), ["balances", "transactions"]);
    let mapped = open("parquet-map");
    let current =
        mapped.column_by_name("balance").expect("nested").as_struct().column_by_name("current").expect("inner").clone();
    assert!(matches!(current.data_type(), DataType::Map(..)));
    let entry = current.as_map().value(2);
    assert_eq!(
        (entry.column(0).as_string::<i32>().value(0), entry.column(1).as_primitive::<Int64Type>().value(0)),
        ("usd", 6_000)
    );
    let flat = open("parquet-flat");
    let current = flat.column_by_name("balance.current.usd").expect("flat").as_primitive::<Float64Type>();
    assert!((current.value(0) - 6_000.0).abs() < 0.5 && current.is_null(1));
    let holder = flat.column_by_name("account_holder.account").expect("flat").as_string::<i32>();
    assert_eq!((holder.is_null(0), holder.value(2)), (true, "acct_3"));
}

#[test]
fn applications_carry_the_outcome_only_when_asked() {
    let dir = tempfile::tempdir().expect("a directory");
    let files = export(dir.path(), "ndjson", Packing::Plain, &[]);
    // Day 20,000 is 2024-10-04.
    let with = "application_id,applicant_id,as_of,role,requested_amount,term_months,instalment_amount,stated_income,currency,outcome\n\
        app_1,cus_1,2024-10-04,co,5,,,-1,usd,1\n";
    assert_eq!(text(&files.applications), with);
    let options = ExportOptions { layout: &EXPORTS[0], packing: Packing::Plain, outcome: false };
    let mut exporter = Exporter::create(dir.path(), &options).expect("creates");
    exporter.application(&application()).expect("writes");
    assert_eq!(
        text(&exporter.finish().expect("finishes").applications),
        with.replace(",outcome", "").replace("usd,1", "usd")
    );
}

#[test]
fn each_damage_spoils_the_line_that_it_names() {
    for layout in EXPORTS.iter().filter(|layout| layout.family != Family::Parquet) {
        for (damage, name) in Damage::ALL.iter().filter(|row| row.0.fits(layout.family)) {
            let dir = tempfile::tempdir().expect("a directory");
            let options = ExportOptions { layout, packing: Packing::Plain, outcome: false };
            let mut exporter = Exporter::create(dir.path(), &options).expect("creates");
            let [first, second] = measured();
            exporter.transaction(&first).expect("writes");
            exporter.damaged(&second, *damage).expect("writes");
            let files = exporter.finish().expect("finishes");
            let bytes = std::fs::read(&files.transactions).expect("reads");
            let lines: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').collect();
            let at = |row: &Damaged| lines[usize::try_from(row.line).expect("small") - 1];
            let twins = if *damage == Damage::ConflictingDuplicate { 2 } else { 1 };
            assert_eq!(files.damaged.len(), twins, "{} {name}", layout.name);
            for row in &files.damaged {
                assert!(at(row).windows(7).any(|part| part == b"fctxn_2"), "{} {name}", layout.name);
            }
            let text = String::from_utf8_lossy(at(&files.damaged[0])).into_owned();
            let spoiled = match damage {
                Damage::BadAmount => text.contains("250000.25"),
                Damage::MissingColumn => !text.contains("amount") && !text.contains("1651785999,,"),
                Damage::InvalidUtf8 => std::str::from_utf8(at(&files.damaged[0])).is_err(),
                Damage::ConflictingDuplicate => {
                    text.contains("250000") && String::from_utf8_lossy(&bytes).contains("250001")
                }
                Damage::Milliseconds => text.contains("1651785999000"),
                Damage::UnknownStatus => text.contains("settled"),
                Damage::BadCurrency => text.contains("us$"),
                Damage::Nul => text.contains('\0') || text.contains("\\u0000"),
            };
            assert!(spoiled, "{} {name}: {text}", layout.name);
        }
    }
}
