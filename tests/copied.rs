//! Ids that a spreadsheet would take for formulas: CSV holds them behind an apostrophe, and whoever reads our CSV finds them.

use std::{fs, path::Path};

use crate::support::{run, scratch, workspace};

const TRANSACTION: &str = "fctxn_000000005a68850n00175";

/// The sample with an application and a transaction of such an id.
fn portfolio(folder: &Path) -> String {
    fs::create_dir(folder).unwrap();
    for name in ["accounts.ndjson", "transactions.ndjson", "applications.csv"] {
        let text = fs::read_to_string(workspace().join("data/sample").join(name)).unwrap();
        let other = text.replace("app_two_jobs", "-app_two_jobs").replace(TRANSACTION, &format!("-{TRANSACTION}"));
        fs::write(folder.join(name), other).unwrap();
    }
    folder.to_str().unwrap().to_owned()
}

#[test]
fn a_run_in_csv_is_replayed_compared_and_validated_as_one_in_parquet() {
    let place = scratch();
    let input = portfolio(&place.path().join("in"));
    let path = |name: &str| place.path().join(name).to_str().unwrap().to_owned();
    let outcomes = path("outcomes.csv");
    for format in ["csv", "parquet"] {
        let done = path(format);
        run(0, &["score", &input, "-o", &done, "--format", format]);
        run(0, &["replay", &done]);
        run(0, &["diff", &done, &path("csv")]);
        run(0, &["monitor", &done, &path("csv")]);
        // As the lender's system knows the application, and as it stands in our CSV.
        for id in ["-app_two_jobs", "'-app_two_jobs"] {
            fs::write(&outcomes, format!("application_id,outcome\n{id},1\napp_overdrafter,0\n")).unwrap();
            let told = run(0, &["validate", &done, "--outcomes", &outcomes, "--draws", "0"]).stdout;
            let told = String::from_utf8(told).unwrap();
            assert!(!told.contains("no application"), "{format} {id}: {told}");
        }
    }
    let scores = fs::read_to_string(place.path().join("csv/scores.csv")).unwrap();
    assert!(scores.contains("\n'-app_two_jobs,"), "a spreadsheet must not run it");
}

#[test]
fn a_transaction_copied_out_of_the_ledger_in_csv_is_corrected() {
    let place = scratch();
    let folder = place.path().join("in");
    let input = portfolio(&folder);
    let ledger = String::from_utf8(run(0, &["categorise", &input]).stdout).unwrap();
    let copied = ledger.split([',', '\n']).find(|cell| cell.ends_with(TRANSACTION)).unwrap();
    assert_eq!(copied, format!("'-{TRANSACTION}"));
    let row = format!("transaction_id,action,purpose,by,why,at\n{copied},exclude,,case 17,given back,2026-11-03\n");
    fs::write(folder.join("corrections.csv"), row).unwrap();
    let told = String::from_utf8(run(0, &["score", &input]).stderr).unwrap();
    assert!(told.contains("corrections: 1 of 1 transactions in the input"), "{told}");
}
