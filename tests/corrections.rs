//! The dispute path, whole: a staff member corrects rows, and the decision is explained before and after.

use std::{fs, path::Path};

use serde_json::Value;

use crate::support::{run, scratch, workspace};

/// Two fees that the overdrafter disputes; the portfolio's other rows stand as they are.
const OTHER_FEE: &str = "fctxn_000000005a68850n00175";
const OVERDRAFT_FEE: &str = "fctxn_000000005a68850n00153";

/// The sample portfolio as of a day on which the overdrafter has nine fees within 90 days, 7 of them beyond dispute.
fn portfolio(folder: &Path, corrections: Option<&str>) {
    fs::create_dir_all(folder).unwrap();
    let sample = workspace().join("data/sample");
    for name in ["accounts.ndjson", "transactions.ndjson"] {
        fs::copy(sample.join(name), folder.join(name)).unwrap();
    }
    let applications = fs::read_to_string(sample.join("applications.csv")).unwrap();
    fs::write(folder.join("applications.csv"), applications.replace("2026-11-01", "2026-10-10")).unwrap();
    if let Some(text) = corrections {
        fs::write(folder.join("corrections.csv"), text).unwrap();
    }
}

fn explain(folder: &Path, more: &[&str]) -> Vec<u8> {
    let folder = folder.to_str().unwrap();
    run(0, &[&["explain", "--application", "app_overdrafter", folder], more].concat()).stdout
}

fn characteristic<'v>(answer: &'v Value, name: &str) -> &'v Value {
    let all = answer["characteristics"].as_array().unwrap();
    all.iter().find(|one| one["attribute"] == name).unwrap()
}

#[test]
fn a_disputed_fee_changes_the_score_as_its_attribute_says_and_both_answers_are_shown() {
    let place = scratch();
    let (before, one, two) = (place.path().join("before"), place.path().join("one"), place.path().join("two"));
    let header = "transaction_id,action,purpose,by,why,at\n";
    let other = format!("{OTHER_FEE},exclude,,case 17,\"the bank's error, given back\",2026-11-03\n");
    let overdraft =
        format!("{OVERDRAFT_FEE},recategorise,fee_atm,Ana Example,a cash machine fee,2026-11-04T09:30:00Z\n");
    portfolio(&before, None);
    portfolio(&one, Some(&format!("{header}{other}")));
    portfolio(&two, Some(&format!("{header}{other}{overdraft}")));
    let json = |folder: &Path| -> Value { serde_json::from_slice(&explain(folder, &["--json"])).unwrap() };
    let (plain, one, told) = (json(&before), json(&one), json(&two));
    let fees = "nsf_od_event_count_90d";

    assert!(plain.get("corrections").is_none() && plain.get("uncorrected").is_none());
    let counted = [&plain["assessment"], &one["assessment"], &told["assessment"]].map(|answer| {
        let row = characteristic(answer, fees);
        (row["value"].as_i64().unwrap(), row["points"].as_i64().unwrap())
    });
    // The card: 8 and more cost 75 points, 4 to 7 cost 55.
    assert_eq!(counted, [(9, -75), (8, -75), (7, -55)]);

    for (corrections, answer) in [(1, &one), (2, &told)] {
        assert_eq!(answer["uncorrected"], plain["assessment"], "the former answer, whole");
        assert_eq!(answer["assessment"]["counts"]["corrections_applied"], corrections);
        // The score moves by what its characteristics moved, and by nothing else.
        let rows = |answer: &Value| answer["characteristics"].as_array().unwrap().clone();
        let points = |answer: &Value| rows(answer).iter().map(|row| row["points"].as_i64().unwrap()).sum::<i64>();
        let moved = points(&answer["assessment"]) - points(&answer["uncorrected"]);
        let scores = [&answer["assessment"], &answer["uncorrected"]].map(|one| one["score"].as_i64().unwrap());
        assert_eq!(scores[0] - scores[1], moved);
    }
    assert!(plain["assessment"]["score"].as_i64() < told["assessment"]["score"].as_i64());

    let note = |at: usize, key: &str| told["corrections"][at][key].clone();
    assert_eq!(note(0, "transaction_id"), OVERDRAFT_FEE);
    assert_eq!((note(0, "action"), note(0, "by")), ("recategorise".into(), "Ana Example".into()));
    assert_eq!((note(0, "purpose_before"), note(0, "purpose_after")), ("fee_overdraft".into(), "fee_atm".into()));
    assert_eq!(note(0, "at"), 1_793_784_600);
    assert_eq!((note(1, "action"), note(1, "purpose_before")), ("exclude".into(), "fee_overdraft".into()));
    assert_eq!((note(1, "purpose_after"), note(1, "in_effect")), (Value::Null, true.into()));

    let page = String::from_utf8(explain(&two, &[])).unwrap();
    let former = format!("without corrections: score {}", plain["assessment"]["score"]);
    for part in [&former, OTHER_FEE, "the bank's error, given back", "2026-11-04T09:30:00Z"] {
        assert!(page.contains(part), "{part} in {page}");
    }
}

#[test]
fn a_correction_of_another_export_is_told_by_check_and_by_score_and_fails_neither() {
    let place = scratch();
    let folder = place.path().join("in");
    portfolio(&folder, Some("transaction_id,action,by,why,at\nfctxn_nowhere,exclude,Ana Example,SECRET,2026-11-03\n"));
    let folder = folder.to_str().unwrap();
    let checked = run(0, &["check", folder]);
    let page = String::from_utf8(checked.stdout).unwrap();
    assert!(page.contains("verdict: accept") && page.contains("unmatched_correction"), "{page}");
    let scored = run(0, &["score", folder]);
    let told = String::from_utf8(scored.stderr).unwrap();
    assert!(told.contains("corrections: 0 of 1 transactions in the input"), "{told}");
    for text in [page, told, String::from_utf8(scored.stdout).unwrap()] {
        assert!(!text.contains("SECRET") && !text.contains("Ana"), "{text}");
    }
}

#[test]
fn explain_says_which_corrections_it_did_not_apply_and_which_speak_of_other_exports() {
    let place = scratch();
    let folder = place.path().join("in");
    let said = format!(
        "transaction_id,action,by,why,at\n{OTHER_FEE},exclude,,an old view,2026-11-03\nfctxn_nowhere,exclude,Ana,w,2026-11-03\n"
    );
    portfolio(&folder, Some(&said));
    // A row was set aside.
    let told = run(1, &["explain", "--application", "app_overdrafter", folder.to_str().unwrap()]);
    let (page, err) = (String::from_utf8(told.stdout).unwrap(), String::from_utf8(told.stderr).unwrap());
    assert!(page.contains(&format!("correction of {OTHER_FEE} not applied: rejected")), "{page}");
    assert!(
        err.contains("corrections: 1 of 2 transactions in the input") && err.contains("1 rows are set aside"),
        "{err}"
    );
}

#[test]
fn an_application_that_was_refused_is_explained_as_score_answers_it() {
    let place = scratch();
    let folder = place.path().join("in");
    portfolio(&folder, None);
    let path = folder.join("applications.csv");
    let rows = fs::read_to_string(&path).unwrap();
    let term = rows.lines().next().unwrap().split(',').position(|name| name == "term_months").unwrap();
    let spoilt = |line: &str| {
        let mut cells: Vec<&str> = line.split(',').collect();
        if cells[0] == "app_overdrafter" {
            cells[term] = "24x";
        }
        cells.join(",") + "\n"
    };
    fs::write(&path, rows.lines().map(spoilt).collect::<String>()).unwrap();
    let told = run(1, &["explain", "--application", "app_overdrafter", folder.to_str().unwrap()]);
    let page = String::from_utf8(told.stdout).unwrap();
    assert!(page.contains("status rejected_input") && page.contains("decision not_scorable"), "{page}");
}

#[test]
fn frames_take_corrections_too() {
    use cashline_core::{row::AsOf, time::Day};
    use polars::prelude::df;
    let day = |n: i64| 1_790_000_000 + n * 86_400;
    let transactions = df!(
        "id" => ["t1", "t2"], "account" => ["fca_1", "fca_1"], "amount" => [-1_250_i64, -990], "currency" => ["usd", "usd"],
        "description" => ["COFFEE", "COFFEE"], "status" => ["posted", "posted"], "transacted_at" => [day(0), day(1)],
    )
    .unwrap();
    let corrections = df!(
        "transaction_id" => ["t2", "t9"], "action" => ["exclude", "exclude"], "by" => ["case 1", "case 1"],
        "why" => ["fraud", "fraud"], "at" => [day(9), day(9)],
    )
    .unwrap();
    let frames = cashline_frame::Frames {
        transactions: Some(&transactions),
        corrections: Some(&corrections),
        ..cashline_frame::Frames::default()
    };
    let as_of = Some(AsOf::Date(Day::from_civil(2026, 11, 22)));
    let assessed = cashline_frame::assess(crate::support::engine(), &frames, as_of).unwrap();
    let counts = assessed.assessments[0].counts;
    assert_eq!((counts.rows_used, counts.excluded, counts.corrections_applied), (1, 1, 1));
    let kinds: Vec<(u64, &str)> =
        assessed.defects.iter().map(|defect| (defect.source.line, defect.kind.code())).collect();
    assert_eq!(kinds, [(2, "unmatched_correction")]);
}
