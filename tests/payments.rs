//! `cashline payments` through the binary: answers on the sample, formats, refusals, a fit's way in and out.

use std::{collections::BTreeMap, fs};

use serde_json::Value;

use crate::support::{run, scratch, workspace};

const REQUESTS: &str = "data/sample_payments/requests.csv";

fn answers(arguments: &[&str]) -> BTreeMap<String, Value> {
    let all = [&["payments", "data/sample", "--json"], arguments].concat();
    let whole: Value = serde_json::from_slice(&run(0, &all).stdout).unwrap();
    let list = whole["payments"].as_array().unwrap().iter();
    list.map(|one| (one["request_id"].as_str().unwrap().to_owned(), one.clone())).collect()
}

#[test]
fn the_sample_has_a_debit_for_each_kind_of_answer() {
    let answers = answers(&["--requests", REQUESTS]);
    let returns = |id: &str| answers[id]["probability_return"].as_f64();
    for (id, cause) in [
        ("card", "not_a_deposit_account"),
        ("thin", "not_enough_history"),
        ("too_late", "day_passed"),
        ("unknown", "unknown_account"),
    ] {
        assert_eq!((&answers[id]["status"], &answers[id]["cause"]), (&"not_measurable".into(), &cause.into()), "{id}");
        assert_eq!(returns(id), None, "{id}: never a guess");
    }
    assert!(returns("two_jobs").unwrap() < 0.05);
    assert!(returns("gig_driver") < returns("gig_driver_large"));
    assert!(0.5 < returns("gig_driver_large").unwrap(), "above the balance");
    assert!(returns("overdrafter_small") < returns("overdrafter_before_pay"));
    assert!(0.3 < returns("advance_stacker").unwrap());
    // A relinked account answers by its old id too, and the living link decides on its state.
    assert_eq!(answers["relinked_old_id"]["status"], "measured");
    assert!(answers["relinked_old_id"]["probability_account"].as_f64().unwrap() < 0.05);
    let stacker = &answers["advance_stacker"];
    assert!(!stacker["reasons"].as_array().unwrap().is_empty(), "{stacker}");
    assert!(stacker["best_probability"].as_f64() <= returns("advance_stacker"), "{stacker}");
}

#[test]
fn every_format_and_number_of_threads_tells_the_same_of_every_debit() {
    let dir = scratch();
    let path = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();
    let base = ["payments", "data/sample", "--requests", REQUESTS];
    let csv = run(0, &base).stdout;
    assert_eq!(csv, run(0, &[&base[..], &["--threads", "1"]].concat()).stdout);
    assert_eq!(String::from_utf8(csv.clone()).unwrap().lines().count(), 12);
    run(0, &[&base[..], &["--format", "parquet", "-o", &path("answers.parquet")]].concat());
    assert!(fs::read(path("answers.parquet")).unwrap().starts_with(b"PAR1"));
    // Answers have the columns of requests: asked again, they say the same.
    run(0, &[&base[..], &["-o", &path("answers.csv")]].concat());
    assert_eq!(run(0, &["payments", "data/sample", "--requests", &path("answers.csv")]).stdout, csv);
    let lines = run(0, &[&base[..], &["--format", "ndjson"]].concat()).stdout;
    let first: Value = serde_json::from_slice(lines.split(|byte| *byte == b'\n').next().unwrap()).unwrap();
    assert_eq!(first["request_id"], "two_jobs");
}

#[test]
fn a_requests_file_is_refused_by_row_and_column_and_never_quotes_a_cell() {
    let dir = scratch();
    let path = dir.path().join("requests.csv");
    for (text, word) in [
        ("request_id,amount_minor,date\na,1,2026-11-05\n", "neither `account` nor `applicant_id`"),
        ("account,amount_minor,date\nfca_1,hunter2,2026-11-05\n", "row 1, column `amount_minor`"),
        ("account,amount_minor,date\nfca_1,100,hunter2\n", "row 1, column `date`"),
        ("account,amount_minor,date,currency\nfca_1,100,2026-11-05,hunter2\n", "row 1, column `currency`"),
        ("request_id,account,amount_minor,date\na,f,1,2026-11-05\na,f,1,2026-11-05\n", "row 2, column `request_id`"),
        ("account,applicant_id,amount_minor,date\n,,1,2026-11-05\n", "neither an account nor an applicant_id"),
    ] {
        fs::write(&path, text).unwrap();
        let output = run(2, &["payments", "data/sample", "--requests", path.to_str().unwrap()]);
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(error.contains(word) && !error.contains("hunter2"), "{error}");
    }
}

#[test]
fn the_accounts_of_an_application_that_was_refused_are_in_doubt_and_not_unknown() {
    let dir = scratch();
    for name in ["accounts.ndjson", "transactions.ndjson", "applications.csv"] {
        let text = fs::read_to_string(workspace().join("data/sample").join(name)).unwrap();
        // Two jobs' term is no number.
        let text = text.replace(
            "app_two_jobs,cus_000000002a9361,2026-11-01,primary,300000,24",
            "app_two_jobs,cus_000000002a9361,2026-11-01,primary,300000,24x",
        );
        fs::write(dir.path().join(name), text).unwrap();
    }
    let requests = dir.path().join("requests.csv");
    let rows = [
        ("account", "fca_000000002a93610n,", "data_in_doubt"),
        ("holder", ",cus_000000002a9361", "data_in_doubt"),
        ("both", "fca_000000002a93610n,cus_000000002a9361", "data_in_doubt"),
        ("of_another", "fca_000000003a37970n,cus_000000002a9361", "unknown_account"),
        ("nobodys", "fca_9,", "unknown_account"),
    ];
    let lines = rows.map(|(id, whom, _)| format!("{id},{whom},25000,2026-11-05\n")).concat();
    fs::write(&requests, format!("request_id,account,applicant_id,amount_minor,date\n{lines}")).unwrap();
    let inputs = ["accounts.ndjson", "transactions.ndjson", "applications.csv"].map(|name| dir.path().join(name));
    let [accounts, transactions, applications] = inputs.each_ref().map(|path| path.to_str().unwrap());
    let base = ["payments", accounts, transactions, applications, "--requests", requests.to_str().unwrap(), "--json"];
    let whole: Value = serde_json::from_slice(&run(1, &base).stdout).unwrap();
    for (answer, (id, _, cause)) in whole["payments"].as_array().unwrap().iter().zip(rows) {
        assert_eq!((&answer["request_id"], &answer["cause"]), (&id.into(), &cause.into()));
    }
}

#[test]
fn outcomes_are_joined_by_request_and_a_written_model_is_read_again() {
    let dir = scratch();
    let (outcomes, model) = (dir.path().join("outcomes.csv"), dir.path().join("fitted.toml"));
    let rows = "request_id,return_code\ntwo_jobs,\nadvance_stacker,R01\ncard,R20\nnobody,R03\ngig_driver,R99\n";
    fs::write(&outcomes, rows).unwrap();
    let (outcomes, model) = (outcomes.to_str().unwrap(), model.to_str().unwrap());
    let base = ["payments", "data/sample", "--requests", REQUESTS];
    let shown = run(0, &[&base[..], &["--outcomes", outcomes, "--model-out", model]].concat()).stdout;
    let shown = String::from_utf8(shown).unwrap();
    let first =
        "5 outcomes, 1 of unknown requests, 1 of debits not measurable, 1 with codes that the model does not list";
    assert!(shown.starts_with(first), "{shown}");
    assert!(shown.contains("kept: too few"), "{shown}");
    // Nothing was learnt, so the written model says the same of every debit.
    let (given, again) =
        (answers(&["--requests", REQUESTS]), answers(&["--requests", REQUESTS, "--payment-model", model]));
    assert_eq!(given, again);
}

#[test]
fn the_page_lists_every_input_that_a_payment_model_may_read() {
    use cashline_core::payment::{Class, INPUTS};
    let page = std::fs::read_to_string(crate::support::workspace().join("docs/payments.md")).unwrap();
    for info in INPUTS {
        let class = if info.class == Class::Account { "account" } else { "insufficient" };
        let line = format!("| `{}` | {class} | {} |\n", info.name, info.about);
        assert!(page.contains(&line), "{line}");
    }
}
