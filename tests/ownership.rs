//! Ownership and payouts, whole program: what is found, what re-enters a run, and that no value of a person leaves.

use std::{collections::BTreeMap, fs, io::Write as _, path::Path};

use cashline_io::plain::PlainTable;
use flate2::{Compression, write::GzEncoder};
use serde_json::{Value, json};

use crate::{
    support::{run, scratch, workspace},
    tidy::sources,
};

const SAMPLE: &str = "data/sample_identity";
const CLAIMS: &str = "data/sample_identity/claims.csv";

/// Rows of a CSV text as maps.
pub(crate) fn rows(text: &[u8]) -> Vec<BTreeMap<String, String>> {
    csv::Reader::from_reader(text).deserialize().collect::<Result<_, _>>().unwrap()
}

pub(crate) fn put(dir: &Path, name: &str, text: &str) -> String {
    let path = dir.join(name);
    fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

/// The verdict of each account.
pub(crate) fn verdicts(text: &[u8]) -> BTreeMap<String, String> {
    rows(text).into_iter().map(|row| (row["account_id"].clone(), row["verdict"].clone())).collect()
}

#[test]
fn the_sample_is_judged_as_its_page_says() {
    let output = run(0, &["ownership", SAMPLE, "--claims", CLAIMS, "--as-of", "2026-11-01"]);
    let page = fs::read_to_string(workspace().join(SAMPLE).join("README.md")).unwrap();
    let expected: BTreeMap<String, String> = page
        .lines()
        .filter(|line| line.starts_with("| `"))
        .map(|line| {
            let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
            let verdict = cells[2].split([';', ':']).next().unwrap().to_owned();
            (cells[1].trim_matches('`').to_owned(), verdict)
        })
        .collect();
    assert_eq!(expected.len(), 10);
    assert_eq!(verdicts(&output.stdout), expected);
    let found = rows(&output.stdout);
    let of = |account: &str| found.iter().find(|row| row["account_id"] == account).unwrap();
    assert!(of("fca_joint1")["name_evidence"].split(';').any(|code| code == "joint_owner"));
    assert!(of("fca_partial1")["name_evidence"].split(';').any(|code| code == "initial"));
    assert_eq!(of("fca_missing1")["owners_state"], "not_expanded");
    assert_eq!(of("fca_missing2")["owners_state"], "not_permitted");
    assert_eq!((of("fca_missing1")["score"].as_str(), of("fca_missing1")["owners"].as_str()), ("", "0"));
}

#[test]
fn signals_name_who_shares_what_by_ids() {
    let dir = scratch();
    let path = dir.path().join("signals.csv");
    let signals = path.to_str().unwrap();
    run(0, &["ownership", SAMPLE, "--claims", CLAIMS, "--as-of", "2026-11-01", "--signals", signals, "--json"]);
    let found = rows(&fs::read(&path).unwrap());
    let kinds: Vec<(&str, &str, &str, &str)> = found
        .iter()
        .map(|row| (&*row["kind"], &*row["strength"], &*row["applicant_ids"], &*row["account_ids"]))
        .collect();
    for expected in [
        ("shared_account", "high", "cus_dot;cus_eli", "fca_shared1;fca_shared2"),
        ("owner_is_another_applicant", "high", "cus_ada;cus_cal", "fca_mismatch1"),
        ("owner_is_another_applicant", "high", "cus_dot;cus_eli", "fca_shared2"),
        ("shared_phone", "medium", "cus_cal;cus_eli", ""),
        ("owner_on_many_accounts", "medium", "cus_ada;cus_cal", "fca_match1;fca_mismatch1"),
        ("owners_changed", "medium", "acct_harbor", "fca_business2"),
        ("linked_recently", "low", "cus_cal", "fca_mismatch1"),
        ("linked_recently", "low", "cus_eli", "fca_shared2"),
        ("linked_recently", "low", "acct_harbor", "fca_business2"),
    ] {
        assert!(kinds.contains(&expected), "{expected:?} in {kinds:#?}");
    }
    // The planted ones and no others: the shared account is not told twice.
    assert_eq!(kinds.len(), 9, "{kinds:#?}");
    let shared = found.iter().find(|row| row["kind"] == "shared_account").unwrap();
    assert_eq!(shared["evidence"], "institution;last4;owner_email;owner_name;owner_phone");
}

#[test]
fn those_who_apply_together_may_share_an_account() {
    let dir = scratch();
    let claims = fs::read_to_string(workspace().join(CLAIMS)).unwrap().replace("app_eli", "app_dot");
    let claims = put(dir.path(), "claims.csv", &claims);
    let path = dir.path().join("signals.csv");
    let summary = dir.path().join("summary.csv");
    let (signals, summary_path) = (path.to_str().unwrap(), summary.to_str().unwrap());
    run(0, &["ownership", SAMPLE, "--claims", &claims, "--signals", signals, "--summary", summary_path, "--json"]);
    let found = rows(&fs::read(&path).unwrap());
    let shared = found.iter().find(|row| row["kind"] == "shared_account").unwrap();
    assert_eq!(shared["strength"], "low");
    assert!(shared["evidence"].contains("same_application"));
    let lines = rows(&fs::read(&summary).unwrap());
    assert!(lines.iter().all(|line| line["ownership_shared_accounts"] == "0"));
    // No day was given, so nothing is recent and no age is known.
    assert!(found.iter().all(|row| row["days"].is_empty()));
    assert!(lines.iter().all(|line| line["ownership_linked_days"].is_empty()));
}

#[test]
fn who_applies_with_one_of_several_sharers_is_told_of_the_others_whatever_the_ids() {
    let dir = scratch();
    let owners =
        json!({"id": "fcaowns_1", "created": 10, "owners": [{"name": "Pat Quillen", "email": "pat@example.com"}]});
    let export: Vec<String> = ["a", "b", "c"]
        .map(|one| account(&format!("fca_{one}"), &format!("cus_{one}"), owners.clone(), 10).to_string())
        .into();
    let export = put(dir.path(), "accounts.ndjson", &export.join("\n"));
    let [signals, summary] = ["signals.csv", "summary.csv"].map(|name| dir.path().join(name));
    // By application, its two applicants; of the last all pairs apply together, yet never all three.
    for (applications, strength) in
        [(&["ab", "ac"][..], "high"), (&["ba", "bc"], "high"), (&["ca", "cb"], "high"), (&["ab", "bc", "ca"], "low")]
    {
        let mut claims = "applicant_id,application_id,name,phone\n".to_owned();
        for (at, pair) in applications.iter().enumerate() {
            claims +=
                &pair.chars().map(|one| format!("cus_{one},app_{at},Pat Quillen,720-555-0177\n")).collect::<String>();
        }
        let claims = put(dir.path(), "claims.csv", &claims);
        let flags = ["--signals", signals.to_str().unwrap(), "--summary", summary.to_str().unwrap()];
        run(0, &[&["ownership", &export, "--claims", &claims][..], &flags].concat());
        let found = rows(&fs::read(&signals).unwrap());
        let of = |kind: &str| found.iter().find(|row| row["kind"] == kind).unwrap();
        for kind in ["shared_account", "shared_phone"] {
            assert_eq!(of(kind)["strength"], strength, "{kind} of {applications:?}");
            assert_eq!(of(kind)["evidence"].contains("same_application"), strength == "low", "{applications:?}");
        }
        // Whoever the application is of, a third holds the account too.
        let lines = rows(&fs::read(&summary).unwrap());
        assert_eq!(lines.len(), 2 * applications.len());
        assert!(lines.iter().all(|line| line["ownership_shared_accounts"] == "1"), "{applications:?}");
    }
}

#[test]
fn the_summary_takes_the_lowest_account_and_says_what_was_missing() {
    let dir = scratch();
    let path = dir.path().join("summary.csv");
    let summary = path.to_str().unwrap();
    run(0, &["ownership", SAMPLE, "--claims", CLAIMS, "--as-of", "2026-11-01", "--summary", summary, "--json"]);
    let lines = rows(&fs::read(&path).unwrap());
    let of = |applicant: &str| lines.iter().find(|line| line["applicant_id"] == applicant).unwrap();
    let number = |applicant: &str, column: &str| of(applicant)[column].parse::<i64>().unwrap();
    assert_eq!(of("acct_harbor")["application_id"], "app_harbor");
    assert!(number("acct_harbor", "ownership_score") < 60, "the worse of two accounts counts");
    assert_eq!(number("acct_harbor", "ownership_accounts"), 2);
    assert_eq!(number("acct_harbor", "ownership_accounts_mismatched"), 1);
    assert_eq!(number("acct_harbor", "ownership_linked_days"), 5);
    assert_eq!(number("cus_ben", "ownership_accounts_without_owners"), 1);
    assert_eq!(number("cus_eli", "ownership_shared_accounts"), 1);
    assert!(85 <= number("cus_ada", "ownership_score"));
}

#[test]
fn payouts_are_judged_by_rules_and_every_level_has_its_reasons() {
    let output = run(0, &["payouts", SAMPLE, "--claims", CLAIMS, "--as-of", "2026-11-01"]);
    let found = rows(&output.stdout);
    let of = |account: &str| found.iter().find(|row| row["account_id"] == account).unwrap();
    assert_eq!(found.len(), 10);
    let safe = of("fca_business1");
    assert_eq!(
        (safe["level"].as_str(), safe["verification"].as_str(), safe["reasons"].as_str()),
        ("low", "verified", "")
    );
    let risky = of("fca_business2");
    assert_eq!(risky["level"], "high");
    for code in ["no_bank_transfer", "owner_mismatch", "owners_changed", "not_verified_yet"] {
        assert!(risky["reasons"].split(';').any(|held| held == code), "{code} in {}", risky["reasons"]);
    }
    assert_eq!((&*of("fca_missing1")["level"], &*of("fca_partial1")["level"]), ("medium", "medium"));
    assert_eq!((&*of("fca_match1")["level"], &*of("fca_mismatch1")["level"]), ("low", "high"));
    // A lender's own rules: only what they say.
    let dir = scratch();
    let rules = "schema = 1\nname = \"own\"\nversion = \"2\"\n[levels]\nmedium = 1\nhigh = 2\n[[rules]]\ncode = \"unsure\"\n\
                 text = \"ask\"\npoints = 1\nwhen = { ownership = [\"partial\"] }\n";
    let rules_path = put(dir.path(), "rules.toml", rules);
    let output = run(0, &["payouts", SAMPLE, "--claims", CLAIMS, "--rules", &rules_path]);
    let held: Vec<String> = rows(&output.stdout)
        .iter()
        .filter(|row| row["reasons"] == "unsure")
        .map(|row| row["account_id"].clone())
        .collect();
    assert_eq!(held, ["fca_partial1"]);
    let broken = put(dir.path(), "broken.toml", &rules.replace("points = 1", "points = 0"));
    run(2, &["payouts", SAMPLE, "--claims", CLAIMS, "--rules", &broken]);
}

fn account(id: &str, holder: &str, ownership: Value, refreshed: i64) -> Value {
    json!({"id": id, "object": "financial_connections.account", "account_holder": {"type": "customer", "customer": holder},
        "category": "cash", "created": 1_700_000_000, "institution_name": "Bank of Sample", "last4": 42, "livemode": false,
        "ownership": ownership, "ownership_refresh": {"status": "succeeded", "last_attempted_at": refreshed},
        "status": "active", "subcategory": "checking", "supported_payment_method_types": []})
}

#[test]
fn every_shape_of_owners_is_read_and_the_newest_snapshot_wins() {
    let claims = "applicant_id,name\ncus_1,Jane Smith\n";
    let owner =
        |name: &str| json!({"name": name, "email": null, "ownership": "fcaowns_1", "refreshed_at": 1_700_000_100});
    let list = |data: Value| json!({"object": "list", "data": data, "has_more": false, "url": "/v1/x"});
    let expanded = |owners: Value, created: i64| {
        json!({"id": format!("fcaowns_{created}"), "object": "financial_connections.account_ownership", "created": created,
            "owners": owners})
    };
    let by_id = account("fca_1", "cus_1", json!("fcaowns_1"), 5);
    let old = account("fca_1", "cus_1", expanded(list(json!([owner("Paul Jones")])), 10), 10);
    let new = account("fca_1", "cus_1", expanded(list(json!([owner("Jane Smith")])), 20), 20);
    let legacy =
        json!({"id": "fcaown_1", "object": "linked_account_owner", "name": "Jane Smith", "ownership": "fcaowns_1"});
    let other =
        json!({"object": "financial_connections.transaction", "id": "fctxn_1", "amount": 5, "status": "posted"});
    let event = json!({"object": "event", "id": "evt_1", "created": 30, "type": "x", "data": {"object": new}});
    let session = json!({"object": "financial_connections.session", "accounts": list(json!([new]))});
    let next_by_id = account("fca_1", "cus_1", json!("fcaowns_30"), 1_700_000_200);
    let (before, after) = (1_700_000_050, 1_700_000_150);
    let once = |at: i64| account("fca_1", "cus_1", expanded(list(json!([owner("Jane Smith")])), 20), at);
    let numbers = account("fca_1", "cus_1", expanded(json!([{"name": 12, "email": ["x"], "phone": {"a": 1}}]), 10), 10);
    // Accounts v2: a customer may have an id of the other kind.
    let mut customer = new.clone();
    customer["account_holder"] = json!({"type": "customer", "customer_account": "cus_1"});
    let mut connected = new.clone();
    connected["account_holder"] = json!({"type": "account", "account": {"id": "cus_1"}, "customer": "cus_2"});
    for (what, files, expected) in [
        ("a customer of Accounts v2", vec![customer], "match"),
        ("a connected account, expanded", vec![connected], "match"),
        (
            "an array of owners",
            vec![account("fca_1", "cus_1", expanded(json!([owner("Jane Smith")]), 10), 10)],
            "match",
        ),
        ("a list envelope of accounts", vec![list(json!([new]))], "match"),
        ("an array of accounts", vec![json!([other, new])], "match"),
        ("an event", vec![event], "match"),
        ("a session", vec![session], "match"),
        ("an owners page", vec![by_id.clone(), list(json!([owner("Jane Smith")]))], "match"),
        ("a list within a list, legacy names", vec![list(json!([list(json!([legacy]))])), by_id.clone()], "match"),
        ("an id alone", vec![by_id.clone()], "missing"),
        ("no ownership", vec![account("fca_1", "cus_1", Value::Null, 5)], "missing"),
        ("old then new", vec![old.clone(), new.clone()], "match"),
        ("new then old", vec![new.clone(), old.clone()], "match"),
        ("owners, then the id of a newer snapshot", vec![once(before), next_by_id.clone()], "missing"),
        ("the same in the other order", vec![next_by_id.clone(), once(before)], "missing"),
        (
            "the id of an older snapshot, then owners",
            vec![account("fca_1", "cus_1", json!("fcaowns_9"), before), once(after)],
            "match",
        ),
        ("fields of other types", vec![numbers], "mismatch"),
    ] {
        let dir = scratch();
        let claims = put(dir.path(), "claims.csv", claims);
        let export = dir.path().join("export");
        fs::create_dir(&export).unwrap();
        // Files are named in the order given, the last one packed.
        for (at, file) in files.iter().enumerate() {
            let path = export.join(format!("{at}.json"));
            let mut packed = GzEncoder::new(fs::File::create(&path).unwrap(), Compression::fast());
            if at + 1 == files.len() {
                packed.write_all(file.to_string().as_bytes()).unwrap();
                packed.finish().unwrap();
            } else {
                drop(packed);
                fs::write(&path, file.to_string()).unwrap();
            }
        }
        fs::write(export.join("applications.csv"), "a,b\n1,2\n").unwrap();
        let output = run(0, &["ownership", export.to_str().unwrap(), "--claims", &claims]);
        assert_eq!(verdicts(&output.stdout)["fca_1"], expected, "{what}");
    }
}

#[test]
fn stripes_own_examples_are_read() {
    let Some(path) = crate::support::shared("reference/stripe_fc_fixtures.json") else { return };
    let all: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    let mut guide = all["doc_examples"]["ownership_guide_account_expanded"]["body"].clone();
    // The guide cuts its account short; the holder is ours.
    guide["account_holder"] = json!({"type": "customer", "customer": "cus_1"});
    let nested = &all["doc_examples"]["api_reference_owner_list_nested"]["body"];
    let by_id = account("fca_2", "cus_2", nested["data"][0]["data"][0]["ownership"].clone(), 5);
    let dir = scratch();
    let text = format!("{guide}\n{nested}\n{by_id}\n");
    let export = put(dir.path(), "export.ndjson", &text);
    let claims = "applicant_id,name,email,address\ncus_1,Rosen Jenny,jenny.rosen@example.com,\"510 Townsend St, San Francisco, CA 94103\"\n\
                  cus_2,Jane Smith,,\n";
    let claims = put(dir.path(), "claims.csv", claims);
    let output = run(0, &["ownership", &export, "--claims", &claims]);
    assert!(verdicts(&output.stdout).values().all(|verdict| verdict == "match"), "{:?}", verdicts(&output.stdout));
    assert_eq!(rows(&output.stdout).len(), 2);
}

/// What a file says: its bytes, or, of packed Parquet, every cell.
fn cells(path: &Path, format: &str) -> Vec<u8> {
    if format != "parquet" {
        return fs::read(path).unwrap();
    }
    let table = PlainTable::read(path).unwrap();
    assert!(!table.is_empty());
    let columns = table.names().iter().map(|name| table.texts(name).unwrap().iter().flatten().map(|cell| &**cell));
    let columns: Vec<String> = columns.map(|column| column.collect::<Vec<_>>().join("\n")).collect();
    columns.join("\n").into_bytes()
}

/// Values that must not leave, one a field and a way that a careless program would print it.
const CANARIES: [&str; 9] = [
    "Zyxcanary",
    "zyxcanary",
    "Qopparow",
    "qopparow",
    "5550199",
    "555-0199",
    "99 Secretlane",
    "Secretlane",
    "SECRETLANE",
];

#[test]
fn no_value_of_a_person_leaves_by_any_door() {
    let dir = scratch();
    let path = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();
    let owner = json!({"object": "financial_connections.account_owner", "id": "fcaown_1", "name": "Qopparow Zyxcanary",
        "email": "zyxcanary@example.com", "phone": "303-555-0199", "raw_address": "99 Secretlane, Denver, CO 80202"});
    let ownership =
        |id: &str| json!({"id": id, "created": 10, "owners": {"object": "list", "data": [owner], "has_more": true}});
    let mut one = account("fca_1", "cus_1", ownership("fcaowns_1"), 10);
    // An expanded customer brings its own name.
    one["account_holder"]["customer"] = json!({"id": "cus_1", "object": "customer", "name": "Qopparow Zyxcanary"});
    let two = account("fca_2", "cus_2", ownership("fcaowns_2"), 10);
    let export = put(dir.path(), "accounts.ndjson", &format!("{one}\n{two}\n"));
    let header = "applicant_id,application_id,name,business,email,phone,address";
    let line = |applicant: &str, business: &str| {
        format!(
            "{applicant},app_{applicant},Qopparow Zyxcanary,{business},zyxcanary@example.com,3035550199,\"99 Secretlane, Denver\""
        )
    };
    let claims = put(dir.path(), "claims.csv", &format!("{header}\n{}\n{}\n", line("cus_1", "0"), line("cus_2", "0")));
    let applications =
        put(dir.path(), "applications.csv", "applicant_id,application_id\ncus_1,app_cus_1\ncus_2,app_cus_2\n");
    let mut said = vec![];
    for format in ["csv", "parquet", "ndjson"] {
        let table = path(&format!("out.{format}"));
        let (signals, summary) = (path(&format!("signals.{format}")), path(&format!("summary.{format}")));
        let output = run(
            0,
            &[
                "ownership",
                &export,
                "--claims",
                &claims,
                "--as-of",
                "2026-11-01",
                "--format",
                format,
                "-o",
                &table,
                "--signals",
                &signals,
                "--summary",
                &summary,
            ],
        );
        said.extend([output.stdout, output.stderr]);
        said.extend([table, signals, summary].map(|file| cells(Path::new(&file), format)));
    }
    let joined = path("joined.csv");
    let asks = ["--claims", &claims, "--json", "--summary", &joined, "--applications", &applications];
    let output = run(0, &[&["ownership", &export], &asks[..]].concat());
    said.extend([output.stdout, output.stderr, fs::read(&joined).unwrap()]);
    let output = run(0, &["payouts", &export, "--claims", &claims]);
    said.extend([output.stdout, output.stderr]);
    // Faults: a claim with a value where a flag belongs, a claim twice, an export that breaks off, text after an object.
    let misplaced = put(dir.path(), "misplaced.csv", &format!("{header}\n{}\n", line("cus_1", "Zyxcanary")));
    let twice = put(dir.path(), "twice.csv", &format!("{header}\n{}\n{}\n", line("cus_1", "0"), line("cus_1", "0")));
    let ragged = put(dir.path(), "ragged.csv", &format!("{header}\ncus_1,Zyxcanary\n"));
    let torn = put(dir.path(), "torn.ndjson", &one.to_string()[..one.to_string().len() - 9]);
    let trailing = put(dir.path(), "trailing.ndjson", &format!("{one}\nZyxcanary zyxcanary\n"));
    for (input, claims) in
        [(&export, &misplaced), (&export, &twice), (&export, &ragged), (&torn, &claims), (&trailing, &claims)]
    {
        let output = run(2, &["ownership", input, "--claims", claims, "--log-json"]);
        assert!(output.stdout.is_empty());
        assert!(
            String::from_utf8_lossy(&output.stderr).contains("line")
                || String::from_utf8_lossy(&output.stderr).contains("row")
        );
        said.push(output.stderr);
    }
    assert!(said.len() > 20);
    for bytes in &said {
        let text = String::from_utf8_lossy(bytes);
        let leaked = CANARIES.iter().find(|canary| text.contains(**canary));
        assert_eq!(leaked, None, "{text}");
    }
}

#[test]
fn what_cannot_be_used_is_refused_with_its_way_out() {
    let dir = scratch();
    let live = json!({"id": "fca_9", "object": "financial_connections.account", "livemode": true}).to_string();
    let test = json!({"id": "fca_8", "object": "financial_connections.account", "livemode": false}).to_string();
    let mixed = put(dir.path(), "mixed.ndjson", &format!("{live}\n{test}\n"));
    let none = put(dir.path(), "none.ndjson", "{\"object\":\"financial_connections.transaction\"}\n");
    let nothing = put(dir.path(), "nothing.csv", "applicant_id,age\ncus_1,5\n");
    let nobody = put(dir.path(), "nobody.csv", "customer,name\ncus_1,Ann Lee\n");
    let taken = put(dir.path(), "taken.csv", "applicant_id,application_id,ownership_score\ncus_1,app,5\n");
    let summary = dir.path().join("summary.csv");
    let beside = ["--applications", &taken, "--summary", summary.to_str().unwrap()];
    for (arguments, word) in [
        (vec![&*mixed, "--claims", CLAIMS], "live accounts and test accounts"),
        (vec![&*none, "--claims", CLAIMS], "no account"),
        (vec![CLAIMS, "--claims", CLAIMS], "no JSON"),
        (vec!["/nowhere/at/all", "--claims", CLAIMS], "cannot be read"),
        (vec![SAMPLE, "--claims", &nothing], "nothing to compare"),
        (vec![SAMPLE, "--claims", &nobody], "no column `applicant_id`"),
        (vec![SAMPLE, "--claims", CLAIMS, "--as-of", "1.11.2026"], "as_of"),
        ([&[SAMPLE, "--claims", CLAIMS], &beside[..]].concat(), "already"),
    ] {
        let output = run(2, &[&["ownership"], &arguments[..]].concat());
        let message = String::from_utf8_lossy(&output.stderr);
        assert!(message.contains(word), "{word}: {message}");
        assert!(!summary.exists(), "nothing is written");
    }
}

/// A policy that sends other people's accounts to a person.
const POLICY: &str = r#"
schema = 1
name = "owners"
version = "1.0.0"
[scorable]
history_days_min = 60
staleness_days_max = 14
deposit_accounts_min = 1
primary_active_days_90d_min = 0
primary_inflow_days_90d_min = 0
balance_days_30d_min = 0
[[knockouts]]
name = "account_of_another"
rationale = "the account belongs to somebody else"
attribute = "extra:ownership_score"
when = { less_than = 60 }
decision = "decline"
on_missing = "refer"
reason = "account_ownership"
[[cutoffs]]
from = 0
to = 1000
decision = "approve"
"#;

#[test]
fn the_result_reenters_as_columns_that_decide_and_never_score() {
    let dir = scratch();
    let sample = workspace().join("data/sample");
    let applications = fs::read(sample.join("applications.csv")).unwrap();
    let holder_of = |application: &str| {
        let row = rows(&applications).into_iter().find(|row| row["application_id"] == application).unwrap();
        row["applicant_id"].clone()
    };
    let (fits, differs) = (holder_of("app_two_jobs"), holder_of("app_gig_driver"));
    // The sample's accounts, two applicants' with owners.
    let mut text = String::new();
    for line in fs::read_to_string(sample.join("accounts.ndjson")).unwrap().lines() {
        let mut one: Value = serde_json::from_str(line).unwrap();
        let holder = one["account_holder"]["customer"].as_str().unwrap_or_default().to_owned();
        if [&fits, &differs].contains(&&holder) {
            let id = format!("fcaowns_{}", one["id"].as_str().unwrap());
            one["ownership"] = json!({"id": id, "created": 1, "owners": {"data": [{"name": "Jane Smith"}]}});
        }
        text += &format!("{one}\n");
    }
    let accounts = put(dir.path(), "accounts.ndjson", &text);
    let claims = format!("applicant_id,name\n{fits},Smith Jane\n{differs},Paul Jones\n");
    let claims = put(dir.path(), "claims.csv", &claims);
    let path = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();
    let joined = path("applications.csv");
    let given = "data/sample/applications.csv";
    run(0, &["ownership", &accounts, "--claims", &claims, "--summary", &joined, "--applications", given, "--json"]);
    assert_eq!(rows(&fs::read(&joined).unwrap()).len(), rows(&applications).len());
    let policy = put(dir.path(), "policy.toml", POLICY);
    let transactions = "data/sample/transactions.ndjson";
    let before = run(0, &["score", given, &accounts, transactions, "--format", "csv"]);
    let after =
        run(0, &["score", &joined, &accounts, transactions, "--extra-column", "ownership_score", "--policy", &policy]);
    let of = |text: &[u8], application: &str| {
        rows(text).into_iter().find(|row| row["application_id"] == application).unwrap()
    };
    assert_eq!(of(&after.stdout, "app_two_jobs")["decision"], "approve");
    assert_eq!(of(&after.stdout, "app_gig_driver")["decision"], "decline");
    assert_eq!(of(&after.stdout, "app_benefits")["decision"], "refer", "no claim: a person decides");
    for application in ["app_two_jobs", "app_gig_driver", "app_benefits"] {
        assert_eq!(of(&before.stdout, application)["score"], of(&after.stdout, application)["score"]);
    }
}

/// House law 9.
#[test]
fn only_the_commands_of_ownership_read_identity() {
    let allowed = [
        "crates/cli/identity",
        "crates/cli/commands/ownership.rs",
        "crates/cli/commands/payouts.rs",
        "crates/identity",
    ];
    for path in sources(&workspace().join("crates")) {
        let inside = path.strip_prefix(workspace()).unwrap();
        if allowed.iter().any(|allowed| inside.starts_with(allowed)) {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        for word in ["cashline_identity", "crate::identity", "identity::", "raw_address:"] {
            assert!(!text.contains(word), "{} uses {word}", inside.display());
        }
    }
    for manifest in ["core", "io", "lab", "frame", "synth"] {
        let text = fs::read_to_string(workspace().join("crates").join(manifest).join("Cargo.toml")).unwrap();
        assert!(!text.contains("identity"), "{manifest} depends on identity");
    }
}
