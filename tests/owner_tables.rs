//! Owners and accounts as tables, and claims by application: what they answer is what the API's own shapes answer, and scoring
//! leaves them unread.

use std::{
    collections::BTreeSet,
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    sync::Arc,
};

use arrow_array::{
    Array as _, ArrayRef, BooleanArray, Int64Array, ListArray, RecordBatch, StringArray, StructArray,
    builder::{ListBuilder, StringBuilder},
};
use flate2::{Compression, write::GzEncoder};
use parquet::arrow::ArrowWriter;
use serde_json::{Map, Value};

use crate::support::{run, scratch, workspace};

const SAMPLE: &str = "data/sample_identity";
const CLAIMS: &str = "data/sample_identity/claims.csv";

fn sample(name: &str) -> String {
    fs::read_to_string(workspace().join(SAMPLE).join(name)).unwrap()
}

/// The sample's accounts, and its other objects as NDJSON.
fn accounts() -> (Vec<Value>, String) {
    let text = sample("accounts.ndjson");
    let all = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let (accounts, others): (Vec<Value>, Vec<Value>) =
        all.partition(|one| one["object"] == "financial_connections.account");
    (accounts, others.iter().map(|one| format!("{one}\n")).collect())
}

/// The sample's owners with the account of each, and the accounts without them.
fn owners() -> (Vec<(String, Value)>, String) {
    let (mut accounts, others) = accounts();
    let mut found = vec![];
    for account in &mut accounts {
        let id = account["id"].as_str().unwrap().to_owned();
        if let Some(list) = account["ownership"]["owners"]["data"].as_array() {
            found.extend(list.iter().map(|owner| (id.clone(), owner.clone())));
            account["ownership"] = Value::Null;
        }
    }
    let page: Value = serde_json::from_str(&sample("owners.json")).unwrap();
    // The page's address says whose owners it lists.
    let account = page["url"].as_str().unwrap().split('/').find(|part| part.starts_with("fca_")).unwrap();
    found.extend(page["data"].as_array().unwrap().iter().map(|owner| (account.to_owned(), owner.clone())));
    (found, accounts.iter().map(|one| format!("{one}\n")).collect::<String>() + &others)
}

/// A JSON value as Python prints it.
fn python(value: &Value) -> String {
    match value {
        Value::Null => "None".to_owned(),
        Value::Bool(flag) => if *flag { "True" } else { "False" }.to_owned(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => format!("'{}'", text.replace('\'', "\\'")),
        Value::Array(items) => format!("[{}]", items.iter().map(python).collect::<Vec<_>>().join(", ")),
        Value::Object(entries) => {
            let parts: Vec<String> = entries.iter().map(|(key, one)| format!("'{key}': {}", python(one))).collect();
            format!("{{{}}}", parts.join(", "))
        }
    }
}

/// What `json_normalize` makes of an object: a column a leaf, lists as one cell.
fn leaves(path: &str, value: &Value, list: fn(&Value) -> String, out: &mut Vec<(String, String)>) {
    let cell = match value {
        Value::Object(entries) => {
            for (key, one) in entries {
                let inner = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                leaves(&inner, one, list, out);
            }
            return;
        }
        Value::Null => String::new(),
        Value::Array(_) => list(value),
        // Integers become floats where a cell of their column is empty.
        Value::Number(number) if path.starts_with("ownership") => format!("{number}.0"),
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.clone(),
        Value::Bool(_) => python(value),
    };
    out.push((path.to_owned(), cell));
}

/// Objects as a table of texts: columns, rows.
fn table(objects: &[Value], list: fn(&Value) -> String) -> (Vec<String>, Vec<Vec<String>>) {
    let rows: Vec<Vec<(String, String)>> = objects
        .iter()
        .map(|object| {
            let mut out = vec![];
            leaves("", object, list, &mut out);
            out
        })
        .collect();
    let names: BTreeSet<&String> = rows.iter().flatten().map(|(name, _)| name).collect();
    let names: Vec<String> = names.into_iter().cloned().collect();
    let cell = |row: &[(String, String)], name: &String| {
        row.iter().find(|(own, _)| own == name).map_or_else(String::new, |(_, cell)| cell.clone())
    };
    let rows = rows.iter().map(|row| names.iter().map(|name| cell(row, name)).collect()).collect();
    (names, rows)
}

/// What `json_normalize` makes of an object where it is written as JSON again: a key a leaf, lists as they are.
fn flat_object(separator: &str, object: &Value) -> Value {
    fn walk(path: &str, value: &Value, separator: &str, out: &mut Map<String, Value>) {
        let Value::Object(entries) = value else {
            out.insert(path.to_owned(), value.clone());
            return;
        };
        for (key, one) in entries {
            let inner = if path.is_empty() { key.clone() } else { format!("{path}{separator}{key}") };
            walk(&inner, one, separator, out);
        }
    }
    let mut out = Map::new();
    walk("", object, separator, &mut out);
    Value::Object(out)
}

/// Rows as JSON objects, an empty cell as null.
fn objects(names: &[String], rows: &[Vec<String>]) -> Vec<Value> {
    let cell = |cell: &String| if cell.is_empty() { Value::Null } else { Value::from(cell.as_str()) };
    rows.iter().map(|row| Value::Object(names.iter().cloned().zip(row.iter().map(cell)).collect())).collect()
}

fn lines(objects: &[Value]) -> Vec<u8> {
    objects.iter().map(|object| format!("{object}\n")).collect::<String>().into_bytes()
}

fn csv_text(names: &[String], rows: &[Vec<String>]) -> String {
    let mut out = csv::Writer::from_writer(vec![]);
    out.write_record(names).unwrap();
    rows.iter().for_each(|row| out.write_record(row).unwrap());
    String::from_utf8(out.into_inner().unwrap()).unwrap()
}

fn parquet_file(path: &Path, batch: &RecordBatch) {
    let mut out = ArrowWriter::try_new(fs::File::create(path).unwrap(), batch.schema(), None).unwrap();
    out.write(batch).unwrap();
    out.close().unwrap();
}

fn texts(cells: impl Iterator<Item = Option<String>>) -> ArrayRef {
    Arc::new(cells.collect::<StringArray>())
}

fn text_batch(names: &[String], rows: &[Vec<String>]) -> RecordBatch {
    let columns = names.iter().enumerate().map(|(at, name)| {
        (name.as_str(), texts(rows.iter().map(|row| Some(row[at].clone()).filter(|cell| !cell.is_empty()))), true)
    });
    RecordBatch::try_from_iter_with_nullable(columns).unwrap()
}

fn structure(fields: Vec<(&str, ArrayRef)>) -> ArrayRef {
    let fields = fields.into_iter().map(|(name, array)| (name, array, true));
    Arc::new(StructArray::from(RecordBatch::try_from_iter_with_nullable(fields).unwrap()))
}

/// Lists of the given lengths (none: null) over their items one after the other.
fn lists(lengths: &[Option<usize>], items: ArrayRef) -> ArrayRef {
    let mut shape = ListBuilder::new(StringBuilder::new());
    for length in lengths {
        (0..length.unwrap_or(0)).for_each(|_| shape.values().append_value(""));
        shape.append(length.is_some());
    }
    let shape = shape.finish();
    let schema = RecordBatch::try_from_iter_with_nullable([("item", items.clone(), true)]).unwrap().schema();
    let field = schema.fields()[0].clone();
    Arc::new(ListArray::try_new(field, shape.offsets().clone(), items, shape.nulls().cloned()).unwrap())
}

/// Accounts as pyarrow writes them: structs and lists.
fn nested_batch(accounts: &[Value]) -> RecordBatch {
    let of = |path: &'static [&'static str]| {
        accounts.iter().map(move |one| path.iter().fold(one, |value, key| &value[*key]).clone()).collect::<Vec<Value>>()
    };
    let text = |path| texts(of(path).into_iter().map(|value| value.as_str().map(str::to_owned)));
    let whole = |path| -> ArrayRef { Arc::new(of(path).iter().map(Value::as_i64).collect::<Int64Array>()) };
    let words = |path| {
        let all = of(path);
        let lengths: Vec<Option<usize>> = all.iter().map(|list| list.as_array().map(Vec::len)).collect();
        let items = all.iter().filter_map(Value::as_array).flatten();
        lists(&lengths, texts(items.map(|item| item.as_str().map(str::to_owned))))
    };
    let owned = of(&["ownership", "owners", "data"]);
    let lengths: Vec<Option<usize>> = owned.iter().map(|list| list.as_array().map(Vec::len)).collect();
    let people: Vec<Value> = owned.iter().filter_map(Value::as_array).flatten().cloned().collect();
    let of_people = |key: &str| texts(people.iter().map(|one| one[key].as_str().map(str::to_owned)));
    let mut fields: Vec<(&str, ArrayRef)> =
        ["id", "email", "name", "phone", "raw_address"].into_iter().map(|key| (key, of_people(key))).collect();
    let refreshed = people.iter().map(|one| one["refreshed_at"].as_i64()).collect::<Int64Array>();
    fields.push(("refreshed_at", Arc::new(refreshed)));
    let more: ArrayRef =
        Arc::new(of(&["ownership", "owners", "has_more"]).iter().map(Value::as_bool).collect::<BooleanArray>());
    let list = structure(vec![("data", lists(&lengths, structure(fields))), ("has_more", more)]);
    // A reference stands in the struct's own id.
    let ids = of(&["ownership"]).into_iter().map(|one| one["id"].as_str().or(one.as_str()).map(str::to_owned));
    let ownership =
        structure(vec![("id", texts(ids)), ("created", whole(&["ownership", "created"])), ("owners", list)]);
    let holder = structure(vec![
        ("type", text(&["account_holder", "type"])),
        ("customer", text(&["account_holder", "customer"])),
        ("account", text(&["account_holder", "account"])),
    ]);
    let live: ArrayRef = Arc::new(of(&["livemode"]).iter().map(Value::as_bool).collect::<BooleanArray>());
    let refresh = structure(vec![
        ("last_attempted_at", whole(&["ownership_refresh", "last_attempted_at"])),
        ("status", text(&["ownership_refresh", "status"])),
    ]);
    let columns = vec![
        ("id", text(&["id"])),
        ("account_holder", holder),
        ("category", text(&["category"])),
        ("created", whole(&["created"])),
        ("institution_name", text(&["institution_name"])),
        ("last4", text(&["last4"])),
        ("livemode", live),
        ("ownership", ownership),
        ("ownership_refresh", refresh),
        ("permissions", words(&["permissions"])),
        ("status", text(&["status"])),
        ("supported_payment_method_types", words(&["supported_payment_method_types"])),
    ];
    RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, array)| (name, array, true))).unwrap()
}

/// The tables of both commands over an export.
fn answers(export: &str) -> Vec<Vec<u8>> {
    let asked = ["--claims", CLAIMS, "--as-of", "2026-11-01"];
    ["ownership", "payouts"].map(|command| run(0, &[&[command, export], &asked[..]].concat()).stdout).into()
}

/// Rows of a table of owners: with the snapshot's id, or as people write it by hand.
fn owner_rows(owners: &[(String, Value)], with_ids: bool) -> (Vec<String>, Vec<Vec<String>>) {
    let text = |owner: &Value, key: &str| owner[key].as_str().unwrap_or_default().to_owned();
    let time = |owner: &Value| owner["refreshed_at"].as_i64().map(|seconds| format!("{seconds}.0")).unwrap_or_default();
    let keys = ["name", "email", "phone", "raw_address"];
    let account = if with_ids { "account" } else { "account_id" };
    let ids: &[&str] = if with_ids { &["id", "ownership"] } else { &[] };
    let names = [&[account], ids, &keys, &["refreshed_at"]].concat().into_iter().map(str::to_owned);
    let rows = owners.iter().map(|(account, owner)| {
        let cells = ids.iter().chain(&keys).map(|key| text(owner, key));
        std::iter::once(account.clone()).chain(cells).chain([time(owner)]).collect()
    });
    (names.collect(), rows.collect())
}

#[test]
fn tables_of_owners_and_of_accounts_answer_as_the_objects_that_they_were_made_of() {
    let expected = answers(SAMPLE);
    let (owners, bare) = owners();
    let (accounts, others) = accounts();
    let (names, rows) = owner_rows(&owners, true);
    let (plain_names, mut plain_rows) = owner_rows(&owners, false);
    plain_rows.reverse();
    let json = |value: &Value| value.to_string();
    let (flat_names, flat_rows) = table(&accounts, python);
    let (text_names, text_rows) = table(&accounts, json);
    let underscored: Vec<String> = text_names.iter().map(|name| name.replace('.', "_")).collect();
    let raw: Vec<Vec<String>> = accounts.iter().map(|one| vec!["1".to_owned(), one.to_string()]).collect();
    let raw_names = ["row".to_owned(), "_raw".to_owned()];
    // Owners taken out of their accounts: their keys get a prefix, and `id` is the account's.
    let prefix = |name: &String| if name == "account" { "id".to_owned() } else { format!("owners.{name}") };
    let prefixed: Vec<String> = names.iter().map(prefix).collect();
    let flat: Vec<Value> = accounts.iter().map(|one| flat_object(".", one)).collect();
    let array = Value::Array(accounts.iter().map(|one| flat_object("_", one)).collect());
    let mut packed = GzEncoder::new(vec![], Compression::fast());
    packed.write_all(csv_text(&names, &rows).as_bytes()).unwrap();
    let packed = packed.finish().unwrap();
    type Put<'a> = Box<dyn Fn(&Path) + 'a>;
    let bytes = |name: &'static str, bytes: Vec<u8>| -> Put<'_> {
        Box::new(move |dir: &Path| fs::write(dir.join(name), &bytes).unwrap())
    };
    let batch =
        |batch: RecordBatch| -> Put<'_> { Box::new(move |dir: &Path| parquet_file(&dir.join("t.parquet"), &batch)) };
    let of_owners: Vec<(&str, Put<'_>)> = vec![
        ("owners in CSV", bytes("owners.csv", csv_text(&names, &rows).into_bytes())),
        ("owners in packed CSV", bytes("owners.csv.gz", packed)),
        (
            "owners in CSV without ids, in another order",
            bytes("o.csv", csv_text(&plain_names, &plain_rows).into_bytes()),
        ),
        ("owners in CSV with a prefix", bytes("owners.csv", csv_text(&prefixed, &rows).into_bytes())),
        ("owners in NDJSON", bytes("owners.ndjson", lines(&objects(&names, &rows)))),
        ("owners in NDJSON without ids", bytes("owners.ndjson", lines(&objects(&plain_names, &plain_rows)))),
        ("owners in NDJSON with a prefix", bytes("owners.ndjson", lines(&objects(&prefixed, &rows)))),
        ("owners in Parquet", batch(text_batch(&names, &rows))),
        ("owners in Parquet without ids", batch(text_batch(&plain_names, &plain_rows))),
    ];
    let of_accounts: Vec<(&str, Put<'_>)> = vec![
        ("accounts flattened by pandas", bytes("a.csv", csv_text(&flat_names, &flat_rows).into_bytes())),
        ("accounts with underscores and JSON text", bytes("a.csv", csv_text(&underscored, &text_rows).into_bytes())),
        ("accounts flattened to NDJSON", bytes("a.ndjson", lines(&flat))),
        ("accounts with underscores in an array", bytes("a.json", array.to_string().into_bytes())),
        ("accounts flattened to Parquet", batch(text_batch(&text_names, &text_rows))),
        ("accounts in Parquet with structs and lists", batch(nested_batch(&accounts))),
        ("objects in a column, CSV", bytes("raw.csv", csv_text(&raw_names, &raw).into_bytes())),
        ("objects in a column, Parquet", batch(text_batch(&raw_names, &raw))),
    ];
    let page = sample("owners.json");
    for (what, put, rest, with_page) in of_owners
        .iter()
        .map(|(what, put)| (what, put, &bare, false))
        .chain(of_accounts.iter().map(|(what, put)| (what, put, &others, true)))
    {
        let dir = scratch();
        put(dir.path());
        fs::write(dir.path().join("rest.ndjson"), rest).unwrap();
        if with_page {
            fs::write(dir.path().join("owners.json"), &page).unwrap();
        }
        for (found, wanted) in answers(dir.path().to_str().unwrap()).iter().zip(&expected) {
            let (found, wanted) = (String::from_utf8_lossy(found), String::from_utf8_lossy(wanted));
            assert_eq!(found, wanted, "{what}");
        }
    }
}

#[test]
fn a_row_without_a_value_says_that_there_is_no_owner_and_a_later_snapshot_wins() {
    let dir = scratch();
    let account = |id: &str| {
        format!(
            "{{\"id\":\"{id}\",\"object\":\"financial_connections.account\",\"account_holder\":{{\"customer\":\"cus_1\"}},\"institution_name\":\"B\"}}\n"
        )
    };
    let export = account("fca_1") + &account("fca_2") + &account("fca_3");
    fs::write(dir.path().join("accounts.ndjson"), export).unwrap();
    // Times as seconds, as an instant and as a day; of an account that the export lacks; a phone made a number.
    let owners = "account_id,name,email,phone,raw_address,refreshed_at\nfca_1,,,,,1790035200\nfca_2,Paul Jones,,,,2026-09-21\n\
                  fca_2,Jane Smith,,,,2026-09-22 10:00:00\nfca_9,Jane Smith,,,,\nfca_3,Jane Smith,,3035550142.0,,\n";
    fs::write(dir.path().join("owners.csv"), owners).unwrap();
    let claims = dir.path().join("claims.csv");
    fs::write(&claims, "applicant_id,name,phone\ncus_1,Jane Smith,(303) 555-0142\n").unwrap();
    let output = run(0, &["ownership", dir.path().to_str().unwrap(), "--claims", claims.to_str().unwrap()]);
    let rows: Vec<std::collections::BTreeMap<String, String>> =
        csv::Reader::from_reader(&output.stdout[..]).deserialize().collect::<Result<_, _>>().unwrap();
    let of = |at: usize, column: &str| rows[at][column].clone();
    assert_eq!((of(0, "owners_state"), of(0, "verdict")), ("empty".into(), "missing".into()));
    assert_eq!((of(1, "owners"), of(1, "name_verdict")), ("1".into(), "match".into()));
    assert_eq!((of(2, "name_verdict"), of(2, "phone_verdict")), ("match".into(), "match".into()));
    assert!(String::from_utf8_lossy(&output.stderr).contains("1 lists of owners that no account names"));
}

/// Values that must not leave.
const CANARIES: [&str; 3] = ["Zyxcanary", "zyxcanary", "Secretlane"];

fn no_canary(output: &std::process::Output) {
    for bytes in [&output.stdout, &output.stderr] {
        let text = String::from_utf8_lossy(bytes);
        assert!(!CANARIES.iter().any(|canary| text.contains(canary)), "{text}");
    }
}

#[test]
fn scoring_counts_tables_of_owners_and_leaves_them_unread() {
    let dir = scratch();
    let folder = dir.path();
    for name in ["applications.csv", "accounts.ndjson", "transactions.ndjson"] {
        fs::copy(workspace().join("data/sample").join(name), folder.join(name)).unwrap();
    }
    let whole = folder.to_str().unwrap();
    let before = run(0, &["score", whole, "--format", "csv"]).stdout;
    let names = ["account", "id", "name", "email", "raw_address"].map(str::to_owned);
    let row = |id: &str| {
        ["fca_000000002a93610n", id, "Zyxcanary", "zyxcanary@example.com", "9 Secretlane"].map(str::to_owned).to_vec()
    };
    let rows = vec![row("fcaown_1"), row("fcaown_2")];
    // A row with a cell too many is an owner too: nothing of it is looked at.
    let text = csv_text(&names, &rows) + "fca_000000002a93610n,fcaown_3,Zyxcanary,,,\n";
    fs::write(folder.join("owners.csv"), text).unwrap();
    parquet_file(&folder.join("owners.parquet"), &text_batch(&names, &rows));
    // As objects too, with a prefix and without.
    let prefixed = names.clone().map(|name| if name == "account" { "id".to_owned() } else { format!("owners.{name}") });
    fs::write(folder.join("owners.ndjson"), lines(&objects(&names, &rows))).unwrap();
    fs::write(folder.join("more.ndjson"), lines(&objects(&prefixed, &rows))).unwrap();
    for threads in ["1", "2"] {
        let after = run(0, &["score", whole, "--format", "csv", "--threads", threads]);
        assert_eq!(String::from_utf8_lossy(&after.stdout), String::from_utf8_lossy(&before));
        no_canary(&after);
    }
    let checked = run(0, &["check", whole]);
    let unread = String::from_utf8_lossy(&checked.stdout);
    assert!(unread.lines().any(|line| line.contains("left unread") && line.contains("9 owner")), "{unread}");
    no_canary(&checked);
    for name in ["owners.csv", "owners.parquet"] {
        let forced = format!("transactions={}", folder.join(name).display());
        let output = run(2, &["score", &forced, "data/sample/applications.csv"]);
        assert!(String::from_utf8_lossy(&output.stderr).contains("holds owners of accounts, not transactions"));
        no_canary(&output);
    }
}

#[test]
fn owners_within_a_table_of_accounts_are_a_column_that_scoring_ignores() {
    let dir = scratch();
    let text = fs::read_to_string(workspace().join("data/sample/accounts.ndjson")).unwrap();
    let mut accounts: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let write = |name: &str, accounts: &[Value]| -> PathBuf {
        let (names, rows) = table(accounts, python);
        let path = dir.path().join(name);
        fs::write(&path, csv_text(&names, &rows)).unwrap();
        path
    };
    let without = write("without.csv", &accounts);
    for account in &mut accounts {
        account["ownership"] = serde_json::json!({"id": "fcaowns_1", "created": 1, "owners": {"has_more": false,
            "data": [{"name": "Zyxcanary", "email": "zyxcanary@example.com", "raw_address": "9 Secretlane"}]}});
    }
    let with = write("with.csv", &accounts);
    let score = |accounts: &Path| {
        let rest = ["data/sample/applications.csv", "data/sample/transactions.ndjson", "--format", "csv"];
        run(0, &[&["score", accounts.to_str().unwrap()], &rest[..]].concat())
    };
    let output = score(&with);
    assert_eq!(output.stdout, score(&without).stdout);
    no_canary(&output);
}

#[test]
fn a_table_that_cannot_be_used_is_named_by_row_and_column_and_never_quoted() {
    let dir = scratch();
    let account = "fca_1,cus_1,Bank";
    let accounts = |owners: &str| {
        format!("id,account_holder.customer,institution_name,ownership.owners.data\n{account},{owners}\n")
    };
    let cases = [
        (
            "nobodys.csv",
            "account,name,email\nfca_1,Zyxcanary,\n,Zyxcanary,zyxcanary@example.com\n".to_owned(),
            "row 2 names no account",
        ),
        ("broken.csv", accounts("\"[{'name': 'Zyxcanary\""), "row 1, column `ownership.owners.data`: is no JSON"),
        ("raw.csv", "id,_raw\n1,\"{Zyxcanary\"\n".to_owned(), "row 1, column `_raw`: is no JSON"),
        ("ragged.csv", "account,name,email\nfca_1,Zyxcanary\n".to_owned(), "line 2"),
        ("twice.csv", "account,name,name,email\nfca_1,Zyxcanary,Zyxcanary,\n".to_owned(), "two columns `name`"),
    ];
    for (name, text, words) in cases {
        let path = dir.path().join(name);
        fs::write(&path, text).unwrap();
        let output = run(2, &["ownership", path.to_str().unwrap(), "--claims", CLAIMS, "--log-json"]);
        let message = String::from_utf8_lossy(&output.stderr);
        assert!(message.contains(words) && message.contains(name), "{message}");
        no_canary(&output);
    }
}

#[test]
fn a_claim_of_an_application_alone_is_its_only_applicants() {
    let dir = scratch();
    let put = |name: &str, text: &str| {
        let path = dir.path().join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let claims = sample("claims.csv");
    let mut reader = csv::Reader::from_reader(claims.as_bytes());
    let header = reader.headers().unwrap().clone();
    assert_eq!((&header[0], &header[1]), ("applicant_id", "application_id"));
    let (mut alone, mut applications) = (csv::Writer::from_writer(vec![]), "application_id,applicant_id\n".to_owned());
    alone.write_record(header.iter().skip(1)).unwrap();
    for record in reader.records() {
        let record = record.unwrap();
        applications += &format!("{},{}\n", &record[1], &record[0]);
        alone.write_record(record.iter().skip(1)).unwrap();
    }
    let alone = put("alone.csv", &String::from_utf8(alone.into_inner().unwrap()).unwrap());
    // The same row twice is one applicant.
    let applications = put("applications.csv", &(applications.clone() + "app_ada,cus_ada\n"));
    for command in ["ownership", "payouts"] {
        let by_application = ["--claims", &alone, "--applications", &applications, "--as-of", "2026-11-01"];
        let found = run(0, &[&[command, SAMPLE], &by_application[..]].concat());
        let named = run(0, &[command, SAMPLE, "--claims", CLAIMS, "--as-of", "2026-11-01"]);
        assert_eq!(String::from_utf8_lossy(&found.stdout), String::from_utf8_lossy(&named.stdout));
    }
    let one = put("one.csv", "application_id,name\napp_ada,Zyxcanary\n");
    let couple = put("couple.csv", "application_id,applicant_id\napp_ada,cus_ada\napp_ada,cus_ben\n");
    let others = put("others.csv", "application_id,applicant_id\napp_ben,cus_ben\n");
    let nobody = put("nobody.csv", "applicant_id,application_id,name\n,,Zyxcanary\n");
    for (arguments, words) in [
        (
            vec!["--claims", &one, "--applications", &couple],
            "row 1, column `applicant_id`: is empty, and its application has several",
        ),
        (vec!["--claims", &one, "--applications", &others], "is not among the applications"),
        (vec!["--claims", &one], "--applications FILE"),
        (vec!["--claims", &nobody, "--applications", &couple], "no application is named"),
    ] {
        let output = run(2, &[&["ownership", SAMPLE], &arguments[..]].concat());
        let message = String::from_utf8_lossy(&output.stderr);
        assert!(message.contains(words) && !message.contains("app_ada") && !message.contains("cus_ben"), "{message}");
        no_canary(&output);
    }
    // Of a couple, the one who is named.
    let named = put("named.csv", "applicant_id,application_id,name\ncus_ada,app_ada,Adeline Fernwood\n");
    run(0, &["ownership", SAMPLE, "--claims", &named, "--applications", &couple]);
}
