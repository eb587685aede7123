//! Stripe's test mode as fixtures: every line of the page beside them is an answer of the program.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

use serde_json::Value;

use crate::support::{run, scratch, workspace};

const ACCOUNTS: &str = "data/sample_testmode/accounts.ndjson";
const APPLICATIONS: &str = "data/sample_testmode/applications.csv";
const TRANSACTIONS: &str = "data/sample_testmode/transactions.ndjson";
const CLAIMS: &str = "data/sample_testmode/claims.csv";
const REQUESTS: &str = "data/sample_testmode/requests.csv";
const RETURNS: &str = "data/sample_testmode/returns.csv";

type Row = BTreeMap<String, String>;

fn rows(text: &[u8]) -> Vec<Row> {
    csv::Reader::from_reader(text).deserialize().collect::<Result<_, _>>().unwrap()
}

fn read(path: &str) -> String {
    fs::read_to_string(workspace().join(path)).unwrap()
}

/// The cells of the page's lines that begin with a bar, without the headers.
fn page() -> Vec<Vec<String>> {
    let page = read("data/sample_testmode/README.md");
    let lines = page.lines().filter(|line| line.starts_with('|') && !line.starts_with("|---"));
    let cells = lines.map(|line| line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect());
    cells.filter(|cells: &Vec<String>| cells[1] != "of" && cells[0] != "code").collect()
}

/// The words in backticks.
fn coded(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

/// Every answer of a command, by the id that the page asks about.
fn answers(command: &str) -> BTreeMap<String, Row> {
    let whose = ["--claims", CLAIMS, "--applications", APPLICATIONS, "--as-of", "2026-11-01"];
    let (arguments, id) = match command {
        "score" => (vec![APPLICATIONS, ACCOUNTS, TRANSACTIONS, "--format", "csv"], "application_id"),
        "payments" => (vec![APPLICATIONS, ACCOUNTS, TRANSACTIONS, "--requests", REQUESTS], "request_id"),
        _ => ([&[ACCOUNTS][..], &whose].concat(), "account_id"),
    };
    let output = run(0, &[&[command], &arguments[..]].concat());
    rows(&output.stdout).into_iter().map(|row| (row[id].clone(), row)).collect()
}

#[test]
fn every_line_of_the_page_is_what_is_answered_and_nothing_is_left_out() {
    let lines: Vec<Vec<String>> = page().into_iter().filter(|cells| cells.len() == 4).collect();
    let commands = ["score", "ownership", "payouts", "payments"].map(|command| (command, answers(command)));
    let mut asked = BTreeSet::new();
    for cells in &lines {
        let (id, command) = (coded(&cells[1])[0], coded(&cells[2])[0]);
        let (_, found) = commands.iter().find(|(name, _)| *name == command).unwrap();
        let found = found.get(id).unwrap_or_else(|| panic!("{command} says nothing of {id}"));
        let wanted = coded(&cells[3]);
        assert!(!wanted.is_empty(), "{cells:?}");
        for pair in wanted {
            let (column, value) = pair.split_once('=').unwrap();
            assert_eq!(found[column], value, "{command} of {id}: {column}");
        }
        asked.insert(id.to_owned());
    }
    // Every account and application; of the nine alike requests that stand for return codes one is enough.
    let accounts = read(ACCOUNTS);
    let accounts: Vec<Value> = accounts.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(accounts.iter().all(|account| account["livemode"] == false));
    let ids = accounts.iter().map(|account| account["id"].as_str().unwrap().to_owned());
    let applications = rows(read(APPLICATIONS).as_bytes()).into_iter().map(|row| row["application_id"].clone());
    let outcomes: BTreeSet<String> =
        rows(read(RETURNS).as_bytes()).into_iter().map(|row| row["request_id"].clone()).collect();
    let requests = rows(read(REQUESTS).as_bytes()).into_iter().map(|row| row["request_id"].clone());
    let requests = requests.filter(|id| !outcomes.contains(id));
    let all: BTreeSet<String> = ids.chain(applications).chain(requests).chain(["success".to_owned()]).collect();
    assert_eq!(all.difference(&asked).collect::<Vec<_>>(), Vec::<&String>::new());
}

#[test]
fn the_sandbox_has_every_institution_that_stripe_names_and_its_only_published_row() {
    let accounts = read(ACCOUNTS);
    let named: BTreeSet<String> = accounts
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["institution_name"].as_str().unwrap().to_owned())
        .collect();
    let published = [
        "Down Bank (Error)",
        "Down Bank (Scheduled)",
        "Down Bank (Unscheduled)",
        "Invalid Payment Accounts",
        "Ownership Accounts",
        "Sandbox Bank (Non-OAuth)",
        "Sandbox Bank (OAuth)",
        "Test Institution",
        "Test OAuth Institution",
    ];
    assert_eq!(named, BTreeSet::from(published.map(str::to_owned)));
    let transactions = read(TRANSACTIONS);
    let mut rows = transactions.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let of_oauth: Vec<Value> = rows.by_ref().filter(|row| row["account"] == "fca_test_oauth").collect();
    let [ride] = &of_oauth[..] else { panic!("one row") };
    assert_eq!(
        (&ride["description"], &ride["amount"], &ride["status"]),
        (&"Rocket Rides".into(), &(-1000).into(), &"posted".into())
    );
}

/// Returns of each class among the debits learnt from, and how many codes were unknown.
fn learnt(returns: &str) -> (BTreeMap<String, u64>, Value) {
    let arguments = ["payments", APPLICATIONS, ACCOUNTS, TRANSACTIONS, "--requests", REQUESTS, "--outcomes", returns];
    let whole: Value = serde_json::from_slice(&run(0, &[&arguments[..], &["--json"]].concat()).stdout).unwrap();
    let fit = &whole["fit"];
    let classes = fit["classes"].as_array().unwrap().iter();
    let returned = |class: &Value, half: &str| class[half][1].as_u64().unwrap();
    let counts = classes.map(|class| {
        (class["class"].as_str().unwrap().to_owned(), returned(class, "fitted_on") + returned(class, "held_out"))
    });
    (counts.collect(), fit["unknown_code"].clone())
}

#[test]
fn each_test_code_of_a_debit_is_a_return_of_the_class_that_the_page_says() {
    let lines: Vec<Vec<String>> = page().into_iter().filter(|cells| cells.len() == 3).collect();
    let given = rows(read(RETURNS).as_bytes());
    let codes: Vec<&str> = lines.iter().map(|cells| coded(&cells[0])[0]).collect();
    assert_eq!(codes, given.iter().map(|row| &*row["return_code"]).collect::<Vec<_>>());
    let dir = scratch();
    let path = dir.path().join("returns.csv");
    let mut whole = BTreeMap::from([("insufficient".to_owned(), 0), ("account".to_owned(), 0)]);
    for (cells, row) in lines.iter().zip(&given) {
        fs::write(&path, format!("request_id,return_code\n{},{}\n", row["request_id"], row["return_code"])).unwrap();
        let mut expected = BTreeMap::from([("insufficient".to_owned(), 0), ("account".to_owned(), 0)]);
        if let [class] = coded(&cells[2])[..] {
            expected.insert(class.to_owned(), 1);
            *whole.get_mut(class).unwrap() += 1;
        }
        assert_eq!(learnt(path.to_str().unwrap()), (expected, 0.into()), "{}", row["return_code"]);
    }
    assert_eq!(learnt(RETURNS), (whole, 0.into()));
}

#[test]
fn test_data_and_live_data_make_no_score_and_no_comparison_together() {
    let dir = scratch();
    let live = read(ACCOUNTS).replacen("\"livemode\":false", "\"livemode\":true", 1);
    let path = dir.path().join("accounts.ndjson");
    fs::write(&path, live).unwrap();
    let mixed = path.to_str().unwrap();
    let output = run(0, &["score", APPLICATIONS, mixed, TRANSACTIONS, "--format", "csv"]);
    let scored = rows(&output.stdout);
    let row = scored.iter().find(|row| row["application_id"] == "app_test").unwrap();
    assert_eq!(
        [&row["status"], &row["decision"], &row["reason_1_code"], &row["doubts"]],
        ["incomplete_data", "not_scorable", "conflicting_data", "live_and_test"]
    );
    for command in ["ownership", "payouts"] {
        let output = run(2, &[command, mixed, "--claims", CLAIMS, "--applications", APPLICATIONS]);
        assert!(String::from_utf8_lossy(&output.stderr).contains("live accounts and test accounts"));
    }
}
