//! Which facts of an account count where several stand beside each other: of owners, of bank accounts, of claims, of lists.

use std::{fs, path::Path, sync::Arc};

use arrow_array::{ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray};
use parquet::arrow::ArrowWriter;
use serde_json::{Value, json};

use crate::{
    ownership::{put, rows, verdicts},
    support::{run, scratch},
};

const DAY: i64 = 86_400;
/// 2026-11-01.
const AS_OF: i64 = 1_793_491_200;

/// An account of a connected account or a customer, with a snapshot of owners by these names.
fn account(id: &str, holder: &str, at: i64, owners: &[&str]) -> Value {
    let kind = if holder.starts_with("acct_") { "account" } else { "customer" };
    let owners: Vec<Value> = owners
        .iter()
        .enumerate()
        .map(|(place, name)| json!({"id": format!("own_{id}_{at}_{place}"), "name": name, "refreshed_at": at}))
        .collect();
    json!({"id": id, "object": "financial_connections.account", "account_holder": {"type": kind, kind: holder},
        "category": "cash", "created": AS_OF - 300 * DAY, "institution_name": "Bank of Sample", "last4": "0042",
        "livemode": false, "status": "active", "subcategory": "checking", "permissions": ["ownership"],
        "supported_payment_method_types": ["us_bank_account"],
        "ownership_refresh": {"status": "succeeded", "last_attempted_at": at},
        "ownership": {"id": format!("snap_{id}_{at}"), "object": "financial_connections.account_ownership",
            "created": at, "owners": {"object": "list", "data": owners, "has_more": false}}})
}

fn bank_account(id: &str, status: &str) -> Value {
    json!({"id": id, "object": "bank_account", "account": "acct_1", "bank_name": "BANK OF SAMPLE", "country": "US",
        "currency": "usd", "last4": "0042", "status": status})
}

fn event(at: i64, what: &str, object: Value) -> Value {
    json!({"id": format!("evt_{at}"), "object": "event", "type": format!("account.external_account.{what}"),
        "created": at, "livemode": false, "data": {"object": object}})
}

/// What a command answers about an export of these objects, in the order given and in the other.
fn answer(command: &str, objects: &[Value], claims: &str, flags: &[&str]) -> Vec<u8> {
    let dir = scratch();
    let claims = put(dir.path(), "claims.csv", claims);
    let outs: Vec<Vec<u8>> = [objects.to_vec(), objects.iter().rev().cloned().collect::<Vec<Value>>()]
        .iter()
        .map(|objects| {
            let text: String = objects.iter().map(|one| format!("{one}\n")).collect();
            let export = put(dir.path(), "export.ndjson", &text);
            run(0, &[&[command, &export, "--claims", &claims, "--as-of", "2026-11-01"], flags].concat()).stdout
        })
        .collect();
    assert_eq!(outs[0], outs[1], "the order of the export decides nothing");
    outs[0].clone()
}

#[test]
fn an_application_that_lists_accounts_is_told_of_those_alone() {
    let dir = scratch();
    let objects = [
        account("fca_1", "cus_1", AS_OF, &["Ann Lee"]),
        account("fca_2", "cus_1", AS_OF, &["Bob Stranger"]),
        account("fca_3", "cus_2", AS_OF, &["Cal Marsh"]),
    ];
    let text: String = objects.iter().map(|one| format!("{one}\n")).collect();
    let export = put(dir.path(), "export.ndjson", &text);
    let applications = "application_id,applicant_id,account_ids\napp_1,cus_1,\"[\"\"fca_1\"\"]\"\napp_2,cus_1,\"['fca_2']\"\n\
                        app_3,cus_1,\napp_4,cus_1,[]\napp_5,cus_2,\"[\"\"fca_9\"\"]\"\n";
    let applications = put(dir.path(), "applications.csv", applications);
    let summary = dir.path().join("summary.csv");
    let by_application: String = (1..=4).map(|at| format!("cus_1,app_{at},Ann Lee\n")).collect();
    let header = "applicant_id,application_id,name\n";
    // Of each application the score and the accounts; what a claim for all of them says is what one for each says.
    for claims in [
        format!("{header}{by_application}cus_2,app_5,Cal Marsh\n"),
        format!("{header}cus_1,,Ann Lee\ncus_2,,Cal Marsh\n"),
    ] {
        let claims = put(dir.path(), "claims.csv", &claims);
        let flags = ["--applications", &applications, "--summary", summary.to_str().unwrap()];
        let output = run(0, &[&["ownership", &export, "--claims", &claims], &flags[..]].concat());
        let lines = rows(&fs::read(&summary).unwrap());
        let told: Vec<[&str; 4]> = lines
            .iter()
            .map(|line| {
                ["application_id", "ownership_score", "ownership_accounts", "ownership_accounts_mismatched"]
                    .map(|name| line[name].as_str())
            })
            .collect();
        let both = ["0", "2", "1"];
        let [score, accounts, mismatched] = both;
        assert_eq!(
            told,
            [
                ["app_1", "100", "1", "0"],
                ["app_2", "0", "1", "1"],
                ["app_3", score, accounts, mismatched],
                ["app_4", score, accounts, mismatched],
                // The account listed is not there: nothing was looked at.
                ["app_5", "", "0", "0"],
            ]
        );
        let table = rows(&output.stdout);
        if table[0]["application_id"].is_empty() {
            assert_eq!(table.len(), 3, "who claims for all applications is compared with all accounts");
        } else {
            let pairs: Vec<(&str, &str)> =
                table.iter().map(|row| (&*row["application_id"], &*row["account_id"])).collect();
            assert_eq!(
                pairs,
                [
                    ("app_1", "fca_1"),
                    ("app_2", "fca_2"),
                    ("app_3", "fca_1"),
                    ("app_3", "fca_2"),
                    ("app_4", "fca_1"),
                    ("app_4", "fca_2")
                ]
            );
        }
    }
    // Payouts go to every account, whatever an application listed.
    let claims = put(dir.path(), "claims.csv", &format!("{header}cus_1,app_1,Ann Lee\n"));
    let output = run(0, &["payouts", &export, "--claims", &claims, "--applications", &applications]);
    let judged: Vec<String> = rows(&output.stdout).iter().map(|row| row["ownership_verdict"].clone()).collect();
    assert_eq!(judged, ["match", "mismatch"]);
    let odd = put(dir.path(), "odd.csv", "application_id,applicant_id,account_ids\napp_1,cus_1,{fca_1\n");
    let output = run(2, &["ownership", &export, "--claims", &claims, "--applications", &odd]);
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(message.contains("row 1, column `account_ids`") && output.stdout.is_empty(), "{message}");
}

#[test]
fn of_a_bank_account_the_newest_event_counts_and_of_several_the_worst() {
    let claims = "applicant_id,application_id,name\nacct_1,app_1,Ann Lee\n";
    let held = || account("fca_1", "acct_1", AS_OF, &["Ann Lee"]);
    let told = |objects: &[Value]| {
        let all = [&[held()][..], objects].concat();
        let found = rows(&answer("payouts", &all, claims, &[]));
        (found[0]["verification"].clone(), found[0]["level"].clone())
    };
    let (early, late) = (AS_OF - 9 * DAY, AS_OF - DAY);
    let updated = |at: i64, id: &str, status: &str| event(at, "updated", bank_account(id, status));
    let deleted = |at: i64, id: &str, status: &str| event(at, "deleted", bank_account(id, status));
    for (what, objects, verification, level) in [
        (
            "it failed after it had been verified",
            vec![updated(early, "ba_1", "verified"), updated(late, "ba_1", "errored")],
            "errored",
            "high",
        ),
        (
            "it was verified after it had failed",
            vec![updated(early, "ba_1", "errored"), updated(late, "ba_1", "verified")],
            "verified",
            "low",
        ),
        (
            "the same account added again",
            vec![bank_account("ba_1", "errored"), bank_account("ba_2", "new")],
            "errored;new",
            "high",
        ),
        (
            "once more, both in order",
            vec![bank_account("ba_1", "verified"), bank_account("ba_2", "verified")],
            "verified",
            "low",
        ),
        (
            "two exports of no known time",
            vec![bank_account("ba_1", "verified"), bank_account("ba_1", "errored")],
            "errored;verified",
            "high",
        ),
        (
            "an object of no known time beside an event",
            vec![bank_account("ba_1", "errored"), updated(late, "ba_1", "verified")],
            "errored;verified",
            "high",
        ),
        (
            "an object of no known time that is no longer new",
            vec![updated(late, "ba_1", "new"), bank_account("ba_1", "verified")],
            "verified",
            "low",
        ),
        (
            "the failed one was taken out",
            vec![updated(early, "ba_1", "errored"), deleted(late, "ba_1", "errored"), bank_account("ba_2", "verified")],
            "verified",
            "low",
        ),
        ("nothing is known", vec![], "", "low"),
    ] {
        assert_eq!(told(&objects), (verification.to_owned(), level.to_owned()), "{what}");
    }
}

#[test]
fn a_claim_that_cannot_be_compared_hides_none_that_differs() {
    let held = [account("fca_1", "cus_1", AS_OF, &["Bob Stranger"])];
    let header = "applicant_id,application_id,name,email\n";
    for (claims, verdict) in [
        ("cus_1,app_1,Ann Lee,\ncus_1,app_2,,ann@example.com\n", "mismatch"),
        ("cus_1,app_1,,ann@example.com\ncus_1,app_2,Ann Lee,\n", "mismatch"),
        ("cus_1,app_1,Bob Stranger,\ncus_1,app_2,B Stranger,\n", "partial"),
        ("cus_1,app_1,,ann@example.com\ncus_1,app_2,Bob Stranger,\n", "match"),
        ("cus_1,app_1,,ann@example.com\n", "missing"),
    ] {
        let found = rows(&answer("payouts", &held, &format!("{header}{claims}"), &[]));
        assert_eq!(found[0]["ownership_verdict"], verdict, "{claims}");
    }
}

#[test]
fn who_has_died_is_asked_about_and_no_name_is_no_other_owner() {
    for (owner, verdict) in [
        ("JOHN SMITH DECD", "partial"),
        ("SMITH JOHN DECEASED", "partial"),
        ("JOHN SMITH ESTATE", "partial"),
        ("ESTATE OF JOHN SMITH", "partial"),
        ("SMITH JOHN ESTATE OF", "partial"),
        ("MARY JONES DECEASED JOHN SMITH", "match"),
        ("JOHN SMITH", "match"),
        ("N/A", "missing"),
        ("NOT AVAILABLE", "missing"),
        ("BOB STRANGER", "mismatch"),
    ] {
        let held = [account("fca_1", "cus_1", AS_OF, &[owner])];
        let found = answer("ownership", &held, "applicant_id,name\ncus_1,John Smith\n", &[]);
        assert_eq!(verdicts(&found)["fca_1"], verdict, "{owner}");
        // A second mailbox that agrees lifts nobody who has died to a match.
        let mut held = held;
        held[0]["ownership"]["owners"]["data"][0]["email"] = "js@example.com".into();
        let found = answer("ownership", &held, "applicant_id,name,email\ncus_1,John Smith,js@example.com\n", &[]);
        let lifted = if verdict == "missing" { "partial" } else { verdict };
        assert_eq!(verdicts(&found)["fca_1"], lifted, "{owner} with a mailbox");
    }
}

#[test]
fn claims_that_a_data_frame_wrote_are_compared_as_they_were_meant() {
    let dir = scratch();
    let mut held = account("fca_1", "cus_1", AS_OF, &["Ann Lee"]);
    let owner = &mut held["ownership"]["owners"]["data"][0];
    owner["phone"] = "303-555-0142".into();
    owner["raw_address"] = "1 Main St Apt 4, Cambridge, MA 02139".into();
    let export = put(dir.path(), "export.ndjson", &held.to_string());
    let header = "applicant_id,phone,address_line1,line2,city,state,postal_code";
    let mut claims: Vec<String> = [
        "3035550142.0,1 Main St,Apt 4,Cambridge,MA,2139.0",
        "3035550142,1 Main St,Apt 4,Cambridge,Massachusetts,2139",
        "3035550142,1 Main St,Apt 4,N/A,MA,02139",
    ]
    .iter()
    .enumerate()
    .map(|(at, line)| put(dir.path(), &format!("claims{at}.csv"), &format!("{header}\ncus_1,{line}\n")))
    .collect();
    let text = |text: &str| Arc::new(StringArray::from(vec![text])) as ArrayRef;
    let columns = [
        ("applicant_id", text("cus_1")),
        ("phone", Arc::new(Float64Array::from(vec![3_035_550_142.0])) as ArrayRef),
        ("address_line1", text("1 Main St")),
        ("line2", text("Apt 4")),
        ("city", text("Cambridge")),
        ("state", text("MA")),
        ("postal_code", Arc::new(Int64Array::from(vec![2139])) as ArrayRef),
    ];
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let path = dir.path().join("claims.parquet");
    let mut out = ArrowWriter::try_new(fs::File::create(&path).unwrap(), batch.schema(), None).unwrap();
    out.write(&batch).unwrap();
    out.close().unwrap();
    claims.push(path.to_str().unwrap().to_owned());
    for claims in claims {
        let found = rows(&run(0, &["ownership", &export, "--claims", &claims]).stdout);
        let of = |name: &str| found[0][name].as_str();
        assert_eq!((of("phone_score"), of("address_verdict")), ("100", "match"), "{claims} {found:?}");
    }
}

#[test]
fn parts_of_an_address_without_its_first_line_are_neither_compared_nor_to_be_renamed() {
    let dir = scratch();
    let mut held = account("fca_1", "cus_1", AS_OF, &["Ann Lee"]);
    held["ownership"]["owners"]["data"][0]["raw_address"] = "1 Main St Apt 4, Cambridge, MA 02139".into();
    let export = put(dir.path(), "export.ndjson", &held.to_string());
    let told = |code: i32, header: &str, line: &str| {
        let text = format!("applicant_id,name,{header}\ncus_1,Ann Lee,{line}\n");
        let claims = put(dir.path(), "claims.csv", &text);
        run(code, &["ownership", &export, "--claims", &claims])
    };
    for (header, line) in [
        ("postal_code", "80301"),
        ("zip", "80301"),
        ("zip_code", "80301"),
        ("address2", "Apt 9"),
        ("address_line2,city,state,postal_code", "Apt 9,Boulder,CO,80301"),
        ("address_line1,city,postal_code", "N/A,Boulder,80301"),
    ] {
        let found = rows(&told(0, header, line).stdout);
        assert_eq!((&*found[0]["address_verdict"], &*found[0]["verdict"]), ("missing", "match"), "{header}");
    }
    for (header, line, looks) in [
        ("address_line1,zip", "1 Main St,02139", "`zip`"),
        ("address_line1,address2", "1 Main St,Apt 4", "`address2`"),
        ("address1,zip", "1 Main St,02139", "`address1`"),
        ("Address,address2", "1 Main St,Apt 4", "`Address`"),
    ] {
        let output = told(2, header, line);
        let message = String::from_utf8_lossy(&output.stderr);
        assert!(message.contains(&format!("{looks} looks like it")), "{message}");
    }
}

#[test]
fn owners_are_given_when_a_page_says_that_it_is_the_last() {
    let by_id = {
        let mut one = account("fca_1", "cus_1", AS_OF, &[]);
        one["ownership"] = "snap_1".into();
        one
    };
    let expanded = |has_more: bool| {
        let mut one = account("fca_1", "cus_1", AS_OF, &["Bob Stranger"]);
        one["ownership"]["id"] = "snap_1".into();
        one["ownership"]["owners"]["has_more"] = has_more.into();
        one
    };
    let owner = |at: usize, name: &str| {
        json!({"id": format!("own_{at}"), "object": "financial_connections.account_owner", "name": name,
            "ownership": "snap_1", "refreshed_at": AS_OF})
    };
    let page = |has_more: Value, owner: &Value| json!({"object": "list", "data": [owner], "has_more": has_more, "url": "/v1/x"});
    let (bob, ann) = (owner(1, "Bob Stranger"), owner(2, "Ann Lee"));
    for (what, objects, state, verdict) in [
        ("one page of several", vec![by_id.clone(), page(true.into(), &bob)], "truncated", "mismatch"),
        ("every page", vec![by_id.clone(), page(true.into(), &bob), page(false.into(), &ann)], "given", "match"),
        ("the last page alone", vec![by_id.clone(), page(false.into(), &bob)], "given", "mismatch"),
        ("a page that does not say", vec![by_id.clone(), page(Value::Null, &bob)], "given", "mismatch"),
        ("owners without a page", vec![by_id.clone(), bob.clone()], "given", "mismatch"),
        ("expanded, with more", vec![expanded(true)], "truncated", "mismatch"),
        ("expanded, and a page with more", vec![expanded(true), page(true.into(), &ann)], "truncated", "match"),
        ("expanded, and the last page", vec![expanded(true), page(false.into(), &ann)], "given", "match"),
        ("expanded whole", vec![expanded(false)], "given", "mismatch"),
        (
            "a list within a list",
            vec![by_id.clone(), json!({"object": "list", "has_more": false, "data": [page(true.into(), &bob)]})],
            "truncated",
            "mismatch",
        ),
    ] {
        let found = rows(&answer("ownership", &objects, "applicant_id,name\ncus_1,Ann Lee\n", &[]));
        assert_eq!((&*found[0]["owners_state"], &*found[0]["verdict"]), (state, verdict), "{what}");
    }
}

/// The days of the signal `owners_changed`, when it is raised.
fn changed(objects: &[Value], days: &str) -> Option<String> {
    let dir = scratch();
    let path = dir.path().join("signals.csv");
    let flags = ["--signals", path.to_str().unwrap(), "--recent-days", days];
    answer("payouts", objects, "applicant_id,name\ncus_1,Ann Lee\n", &flags);
    signals(&path, "owners_changed").first().map(|row| row["days"].clone())
}

fn signals(path: &Path, kind: &str) -> Vec<std::collections::BTreeMap<String, String>> {
    rows(&fs::read(path).unwrap()).into_iter().filter(|row| row["kind"] == kind).collect()
}

#[test]
fn owners_changed_when_those_of_today_first_came_and_another_spelling_is_no_change() {
    let history = |names: &[(&[&str], i64)]| -> Vec<Value> {
        names.iter().map(|(names, days)| account("fca_1", "cus_1", AS_OF - days * DAY, names)).collect()
    };
    let (bob, ann): (&[&str], &[&str]) = (&["BOB STRANGER"], &["ANN LEE"]);
    for (what, names, days) in [
        ("five days ago", history(&[(bob, 40), (ann, 5)]), Some("5")),
        ("the same after another refresh", history(&[(bob, 40), (ann, 5), (ann, 1)]), Some("5")),
        (
            "and another, spelled otherwise",
            history(&[(bob, 40), (ann, 5), (&["LEE ANN MARIE"], 3), (ann, 1)]),
            Some("5"),
        ),
        ("a middle name", history(&[(ann, 40), (&["ANN MARIE LEE"], 5)]), None),
        ("the other order", history(&[(&["LEE ANN"], 40), (ann, 5)]), None),
        ("a snapshot that names nobody", history(&[(ann, 40), (&["N/A"], 5), (ann, 1)]), None),
        ("the bank gave no name since", history(&[(bob, 40), (ann, 5), (&[], 1)]), Some("5")),
        ("another joined", history(&[(ann, 40), (&["ANN LEE & BOB LEE"], 5)]), Some("5")),
        ("there and back", history(&[(ann, 40), (bob, 5), (ann, 2)]), Some("2")),
        ("one snapshot", history(&[(ann, 5)]), None),
        ("long ago", history(&[(bob, 90), (ann, 60), (ann, 1)]), None),
    ] {
        assert_eq!(changed(&names, "30").as_deref(), days, "{what}");
    }
    // Who is not in a list that goes on may stand in the rest of it.
    let mut cut = history(&[(&["ANN LEE", "BOB LEE"], 40), (ann, 5)]);
    assert_eq!(changed(&cut, "30").as_deref(), Some("5"));
    cut[1]["ownership"]["owners"]["has_more"] = true.into();
    assert_eq!(changed(&cut, "30"), None);
}

#[test]
fn one_bank_in_two_spellings_is_one_bank_to_the_signal_of_a_shared_account() {
    let dir = scratch();
    let path = dir.path().join("signals.csv");
    let pair = |other: &str| {
        let [mut one, mut two] =
            [("fca_1", "cus_1"), ("fca_2", "cus_2")].map(|(id, holder)| account(id, holder, AS_OF, &["Ann Lee"]));
        one["institution_name"] = "Chase".into();
        two["institution_name"] = other.into();
        [one, two]
    };
    for (other, count) in [("Chase", 1), ("Chase (OAuth)", 1), ("JPMorgan Chase Bank, N.A.", 1), ("Chaser Bank", 0)] {
        let flags = ["--signals", path.to_str().unwrap()];
        answer("ownership", &pair(other), "applicant_id,name\ncus_1,Ann Lee\n", &flags);
        let found = signals(&path, "shared_account");
        assert_eq!(found.len(), count, "{other}");
        assert!(found.iter().all(|row| row["account_ids"] == "fca_1;fca_2"));
    }
}
