//! One bad row of a small table: whoever it speaks of is not scored on what is left, and nobody else is touched.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use serde_json::Value;

use crate::support::{cashline, run, scratch};

const LAYOUTS: [&str; 2] = ["ndjson", "csv-underscore"];

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// A place of its own with a generated export in it.
fn sampled(applications: &str, layout: &str) -> (tempfile::TempDir, PathBuf) {
    let place = scratch();
    let input = place.path().join("input");
    run(0, &["sample", text(&input), "--applications", applications, "--seed", "5", "--layout", layout]);
    (place, input)
}

/// What a run says of each application: applicant, status, score.
fn scores(dir: &Path) -> BTreeMap<String, [String; 3]> {
    let table = fs::read_to_string(dir.join("scores.csv")).unwrap();
    let row = |line: &str| {
        let cells: Vec<&str> = line.split(',').collect();
        (cells[0].to_owned(), [cells[1], cells[2], cells[4]].map(str::to_owned))
    };
    table.lines().skip(1).map(row).collect()
}

fn scored(input: &Path, place: &Path, code: i32, gates: &[&str]) -> BTreeMap<String, [String; 3]> {
    let out = place.join("run");
    run(code, &[&["score", text(input), "-o", text(&out), "--overwrite"], gates].concat());
    scores(&out)
}

/// The accounts file of a layout, its lines, and the holder of each.
struct Accounts {
    file: &'static str,
    lines: Vec<String>,
    holders: Vec<String>,
}

impl Accounts {
    fn read(layout: &str, input: &Path) -> Accounts {
        let file = if layout == "ndjson" { "accounts.ndjson" } else { "accounts.csv" };
        let whole = fs::read_to_string(input.join(file)).unwrap();
        let lines: Vec<String> = whole.lines().map(str::to_owned).collect();
        let holders = lines.iter().map(|line| match serde_json::from_str::<Value>(line) {
            Ok(account) => {
                let holder = account["account_holder"].as_object().unwrap();
                let ids =
                    ["customer", "customer_account", "account"].iter().filter_map(|key| holder.get(*key)?.as_str());
                ids.into_iter().next().unwrap().to_owned()
            }
            Err(_) => line
                .split(',')
                .find(|cell| cell.starts_with("cus_") || cell.starts_with("acct_"))
                .unwrap_or("")
                .to_owned(),
        });
        Accounts { file, holders: holders.collect(), lines }
    }

    fn with(&self, at: usize, change: impl Fn(&str) -> Option<String>) -> String {
        let lines = self.lines.iter().enumerate();
        let changed = lines.filter_map(|(line, text)| if line == at { change(text) } else { Some(text.clone()) });
        changed.map(|line| line + "\n").collect()
    }
}

/// A line of either layout whose `created` is no time.
fn without_time(line: &str) -> Option<String> {
    if let Some((before, after)) = line.split_once("\"created\":") {
        let rest = after.trim_start_matches(|byte: char| byte.is_ascii_digit());
        return Some(format!("{before}\"created\":\"soon\"{rest}"));
    }
    let mut cells: Vec<&str> = line.split(',').collect();
    // id, object, account_numbers, category, created
    cells[4] = "soon";
    Some(cells.join(","))
}

#[test]
fn an_applicant_is_not_scored_without_the_account_whose_row_is_set_aside() {
    for layout in LAYOUTS {
        let (place, input) = sampled("20", layout);
        let clean = scored(&input, place.path(), 0, &[]);
        let accounts = Accounts::read(layout, &input);
        let is_scored = |holder: &String| clean.values().any(|[id, status, _]| id == holder && status == "scored");
        let of_scored = (0..accounts.lines.len()).filter(|at| is_scored(&accounts.holders[*at]));
        let mut tried = 0;
        for at in of_scored.take(6) {
            fs::write(input.join(accounts.file), accounts.with(at, without_time)).unwrap();
            // One row of thousands passes the gates: what holds the score back is the doubt.
            for (id, [holder, status, score]) in scored(&input, place.path(), 0, &["--defects-max", "1%"]) {
                let expected = if holder == accounts.holders[at] {
                    [holder.clone(), "incomplete_data".to_owned(), String::new()]
                } else {
                    clean[&id].clone()
                };
                assert_eq!([holder, status, score], expected, "{layout}: line {at}, {id}");
            }
            tried += 1;
        }
        assert_eq!(tried, 6, "{layout}");
    }
}

#[test]
fn rows_of_an_account_that_no_table_lists_fail_a_gate_and_the_check() {
    for layout in LAYOUTS {
        let (place, input) = sampled("5", layout);
        let accounts = Accounts::read(layout, &input);
        let last = accounts.lines.len() - 1;
        fs::write(input.join(accounts.file), accounts.with(last, |_| None)).unwrap();
        scored(&input, place.path(), 1, &[]);
        assert!(!place.path().join("run/_SUCCESS").exists(), "{layout}");
        scored(&input, place.path(), 0, &["--unattributed-max", "100000"]);
        let output = cashline().args(["check", text(&input)]).output().unwrap();
        let page = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(output.status.code(), Some(1), "{layout}: {page}");
        assert!(page.contains("1 accounts that no accounts table lists"), "{layout}: {page}");
    }
}

#[test]
fn an_application_whose_row_is_set_aside_is_answered_without_a_score() {
    let (place, input) = sampled("20", "ndjson");
    let clean = scored(&input, place.path(), 0, &[]);
    let path = input.join("applications.csv");
    let whole = fs::read_to_string(&path).unwrap();
    fs::write(&path, whole.replacen(",primary,", ",first,", 1)).unwrap();
    let damaged = scored(&input, place.path(), 0, &["--defects-max", "1%"]);
    assert_eq!(damaged.len(), clean.len(), "nobody is lost");
    for (id, [applicant, status, score]) in damaged {
        if id == "app_000000000" {
            assert_eq!((status.as_str(), score.as_str()), ("rejected_input", ""));
        } else {
            assert_eq!([applicant, status, score], clean[&id], "{id}");
        }
    }
}

#[test]
fn accounts_without_a_holder_are_warned_of_once() {
    let (place, input) = sampled("5", "ndjson");
    let accounts = Accounts::read("ndjson", &input);
    let unheld = |line: &str| {
        let mut account: Value = serde_json::from_str(line).unwrap();
        account["account_holder"] = Value::Null;
        Some(account.to_string())
    };
    fs::write(input.join(accounts.file), accounts.with(0, unheld)).unwrap();
    let out = place.path().join("run");
    let output = run(1, &["score", text(&input), "-o", text(&out)]);
    let told = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap()).concat();
    assert_eq!(told.lines().filter(|line| line.contains("holder")).count(), 1, "{told}");
    let manifest: Value = serde_json::from_slice(&fs::read(out.join("manifest.json")).unwrap()).unwrap();
    let of = |name: &str| manifest["counts"]["accounts"][name].as_u64().unwrap();
    assert_eq!((of("without_holder"), of("of_nobody")), (1, 1));
}
