//! The polars door against the batch: whatever a cell holds, an application gets the same answer.

use std::fs;

use cashline_frame::{FrameError, Frames};
use polars::prelude::{Column, DataFrame, IntoSeries as _, NamedFrom as _, Series};
use serde_json::{Value, json};

use crate::support::{cashline, engine, scratch};

/// T of all applications: 2026-06-01.
const T: i64 = 1_780_272_000;
const DAY: i64 = 86_400;

/// A table by its columns, as a frame names them.
#[derive(Clone)]
struct Table(Vec<(&'static str, Vec<Value>)>);

impl Table {
    fn new(columns: &[(&'static str, &[Value])]) -> Table {
        Table(columns.iter().map(|(name, values)| (*name, values.to_vec())).collect())
    }

    /// The same with one cell more, or another one; the rest of a new column is null.
    fn with(mut self, column: &'static str, row: usize, value: Value) -> Table {
        let height = self.0[0].1.len();
        if !self.0.iter().any(|one| one.0 == column) {
            self.0.push((column, vec![Value::Null; height]));
        }
        let found = self.0.iter_mut().find(|one| one.0 == column).unwrap();
        found.1[row] = value;
        self
    }

    /// NaN stands as the text `NaN`, a list as itself.
    fn frame(&self) -> DataFrame {
        let column = |(name, values): &(&'static str, Vec<Value>)| -> Column {
            let name = (*name).into();
            let number = |value: &Value| if *value == json!("NaN") { Some(f64::NAN) } else { value.as_f64() };
            if values.iter().any(Value::is_array) {
                let list = |value: &Value| {
                    let words: Vec<&str> = value.as_array()?.iter().filter_map(Value::as_str).collect();
                    Some(Series::new("".into(), words))
                };
                Series::new(name, values.iter().map(list).collect::<Vec<_>>()).into()
            } else if values.contains(&json!("NaN")) {
                Series::new(name, values.iter().map(number).collect::<Vec<_>>()).into()
            } else if values.iter().any(Value::is_string) || values.iter().all(Value::is_null) {
                Series::new(name, values.iter().map(Value::as_str).collect::<Vec<_>>()).into()
            } else {
                Series::new(name, values.iter().map(Value::as_i64).collect::<Vec<_>>()).into_series().into()
            }
        };
        DataFrame::new(self.0[0].1.len(), self.0.iter().map(column).collect()).unwrap()
    }

    /// The same as CSV, under the names of Stripe's fields.
    fn csv(&self) -> String {
        let head = |name: &'static str| match name {
            "holder" => "account_holder.customer",
            "holder_type" => "account_holder.type",
            "posted_at" => "status_transitions.posted_at",
            other => other,
        };
        let cell = |value: &Value| match value {
            Value::Null => String::new(),
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let mut out = csv::Writer::from_writer(vec![]);
        out.write_record(self.0.iter().map(|one| head(one.0))).unwrap();
        for row in 0..self.0[0].1.len() {
            out.write_record(self.0.iter().map(|one| cell(&one.1[row]))).unwrap();
        }
        String::from_utf8(out.into_inner().unwrap()).unwrap()
    }
}

#[derive(Clone)]
struct Input {
    applications: Table,
    accounts: Table,
    transactions: Table,
    corrections: Option<Table>,
}

/// Half a year of one applicant with two accounts.
fn base() -> Input {
    let mut rows: Vec<[Value; 8]> = vec![];
    for account in ["fca_1", "fca_2"] {
        let mut put = |kind: &str, at: i64, amount: i64, text: &str| {
            let id = format!("{account}_{kind}_{at}");
            let row = [json!(id), json!(account), json!(amount), json!("usd"), json!(text), json!("posted")];
            let [a, b, c, d, e, f] = row;
            rows.push([a, b, c, d, e, f, json!(T - at * DAY), json!(T - at * DAY)]);
        };
        let pay = if account == "fca_1" { 78_000 } else { 34_000 };
        (0..25).for_each(|week| put("pay", 3 + 7 * week, pay, "ACME CORP PAYROLL DIRECT DEP"));
        (0..25).for_each(|week| put("food", 5 + 7 * week, -30_000, "KROGER #412 CINCINNATI OH"));
        (0..6).for_each(|month| put("rent", 1 + 30 * month, -115_000, "OAKWOOD APARTMENTS RENT"));
    }
    let names = ["id", "account", "amount", "currency", "description", "status", "transacted_at", "posted_at"];
    let column = |at: usize| (names[at], rows.iter().map(|row| row[at].clone()).collect());
    Input {
        applications: Table::new(&[
            ("application_id", &[json!("app_1")]),
            ("applicant_id", &[json!("cus_1")]),
            ("as_of", &[json!(T)]),
        ]),
        accounts: Table::new(&[
            ("id", &[json!("fca_1"), json!("fca_2")]),
            ("holder", &[json!("cus_1"), json!("cus_1")]),
            ("holder_type", &[json!("customer"), json!("customer")]),
            ("category", &[json!("cash"), json!("cash")]),
            ("subcategory", &[json!("checking"), json!("checking")]),
            ("status", &[json!("active"), json!("active")]),
        ]),
        transactions: Table((0..names.len()).map(column).collect()),
        corrections: None,
    }
}

/// Application, status and score.
type Answers = Vec<(String, String, Option<i64>)>;

fn batch(input: &Input) -> Answers {
    let place = scratch();
    let data = place.path().join("in");
    fs::create_dir(&data).unwrap();
    fs::write(data.join("applications.csv"), input.applications.csv()).unwrap();
    fs::write(data.join("accounts.csv"), input.accounts.csv()).unwrap();
    fs::write(data.join("transactions.csv"), input.transactions.csv()).unwrap();
    if let Some(table) = &input.corrections {
        fs::write(data.join("corrections.csv"), table.csv()).unwrap();
    }
    let out = place.path().join("out");
    let score = ["score", data.to_str().unwrap(), "-o", out.to_str().unwrap(), "--format", "ndjson"];
    let output = cashline().args(score).output().unwrap();
    let scores = fs::read_to_string(out.join("scores.ndjson"))
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
    let row = |line: &str| -> (String, String, Option<i64>) {
        let row: Value = serde_json::from_str(line).unwrap();
        let word = |name: &str| row[name].as_str().unwrap().to_owned();
        (word("application_id"), word("status"), row["score"].as_i64())
    };
    scores.lines().map(row).collect()
}

fn framed(input: &Input) -> Answers {
    let frames = [&input.applications, &input.accounts, &input.transactions].map(Table::frame);
    let corrections = input.corrections.as_ref().map(Table::frame);
    let frames = Frames {
        applications: Some(&frames[0]),
        accounts: Some(&frames[1]),
        transactions: Some(&frames[2]),
        corrections: corrections.as_ref(),
        ..Frames::default()
    };
    let assessed = cashline_frame::assess(engine(), &frames, None).unwrap();
    let row = |answer: &cashline_core::assessment::Assessment| {
        let status = serde_json::to_value(answer.status).unwrap().as_str().unwrap().to_owned();
        (answer.application_id.clone(), status, answer.score)
    };
    assessed.assessments.iter().map(row).collect()
}

#[test]
fn a_cell_that_is_not_as_it_should_be_has_the_same_consequence_in_a_frame_and_in_a_file() {
    let application = |column, value| Input { applications: base().applications.with(column, 0, value), ..base() };
    let account = |column, value| Input { accounts: base().accounts.with(column, 1, value), ..base() };
    let transaction = |column, value| Input { transactions: base().transactions.with(column, 3, value), ..base() };
    let couple = |role: &str| {
        let applications = Table::new(&[
            ("application_id", &[json!("app_1"), json!("app_1")]),
            ("applicant_id", &[json!("cus_1"), json!("cus_2")]),
            ("as_of", &[json!(T), json!(T)]),
            ("role", &[json!("primary"), json!(role)]),
        ]);
        Input { applications, accounts: base().accounts.with("holder", 1, json!("cus_2")), ..base() }
    };
    let correction = |at: i64| {
        let table = Table::new(&[
            ("transaction_id", &[json!("fca_1_pay_3")]),
            ("action", &[json!("exclude")]),
            ("by", &[json!("case_1")]),
            ("why", &[json!("fraud")]),
            ("at", &[json!(at)]),
        ]);
        Input { corrections: Some(table), ..base() }
    };
    // The table lists the first account alone.
    let unlisted = |account_ids: Value| {
        let columns = base().accounts.0.into_iter().map(|(name, values)| (name, values[..1].to_vec()));
        Input { accounts: Table(columns.collect()), ..application("account_ids", account_ids) }
    };
    let unheld = || Input {
        accounts: account("holder", Value::Null).accounts,
        ..application("account_ids", json!(["fca_1", "fca_2"]))
    };
    let unreadable = || {
        let Input { corrections, .. } = correction(T);
        Input { corrections: corrections.map(|table| table.with("why", 0, json!("a\0b"))), ..base() }
    };
    let cases = [
        ("nothing wrong", "scored", base()),
        ("a couple", "scored", couple("co")),
        ("the second applicant's role", "rejected_input", couple("spouse")),
        ("the only applicant's role", "rejected_input", application("role", json!("owner"))),
        ("a role by the word for null", "scored", application("role", json!("None"))),
        ("no currency", "scored", application("currency", json!(""))),
        ("no currency that there is", "rejected_input", application("currency", json!("dollars"))),
        ("asked for less than nothing", "rejected_input", application("requested_amount", json!(-300_000))),
        ("no term", "rejected_input", application("term_months", json!(0))),
        ("a term of ages", "rejected_input", application("term_months", json!(4_000_000_000_i64))),
        ("T in milliseconds", "rejected_input", application("as_of", json!(T * 1_000))),
        ("T as a date without its signs", "rejected_input", application("as_of", json!(20_260_601))),
        ("one account listed", "scored", application("account_ids", json!(["fca_1"]))),
        ("one account listed as text", "scored", application("account_ids", json!("[\"fca_1\"]"))),
        ("accounts listed as words", "scored", application("account_ids", json!("fca_2, fca_1"))),
        ("a list without its end", "rejected_input", application("account_ids", json!("[\"fca_1\""))),
        ("a listed account without an id", "rejected_input", application("account_ids", json!(["fca_1", ""]))),
        ("an account that nobody lists", "scored", unlisted(Value::Null)),
        ("an account that only the applicant lists", "scored", unlisted(json!(["fca_1", "fca_2"]))),
        ("an account without a holder", "scored", account("holder", Value::Null)),
        ("a listed account without a holder", "scored", unheld()),
        ("an account that shows nothing", "scored", unlisted(json!(["fca_1", "fca_3"]))),
        ("an account's time in milliseconds", "incomplete_data", account("created", json!(T * 1_000))),
        ("an account's name with NUL", "incomplete_data", account("institution_name", json!("a\0b"))),
        ("a role with NUL", "rejected_input", application("role", json!("co\0"))),
        ("a correction", "scored", correction(T)),
        ("a correction's reason with NUL", "incomplete_data", unreadable()),
        ("a correction's time in milliseconds", "incomplete_data", correction(T * 1_000)),
        ("a description with NUL", "incomplete_data", transaction("description", json!("a\0b"))),
        ("no description", "scored", transaction("description", Value::Null)),
        ("NaN for no time", "scored", transaction("posted_at", json!("NaN"))),
        ("NaN for an amount", "incomplete_data", transaction("amount", json!("NaN"))),
        ("a blank behind an id", "incomplete_data", transaction("id", json!("fca_1_pay_24 "))),
        ("no id", "incomplete_data", transaction("id", json!(""))),
        ("a status of no table", "incomplete_data", transaction("status", json!("done"))),
    ];
    let scores: Vec<Answers> = cases
        .iter()
        .map(|(case, status, input)| {
            let (framed, batch) = (framed(input), batch(input));
            assert_eq!(framed, batch, "{case}");
            let statuses: Vec<(&str, &str)> = batch.iter().map(|one| (&*one.0, &*one.1)).collect();
            assert_eq!(statuses, [("app_1", *status)], "{case}");
            batch
        })
        .collect();
    // Two ways to list one account, and both accounts are all.
    assert_eq!(scores[12], scores[13]);
    assert_ne!(scores[12], scores[0]);
    assert_eq!(scores[14], scores[0]);
}

#[test]
fn a_frame_of_applications_with_a_column_that_no_score_may_see_is_refused() {
    let applications = base().applications.with("age", 0, json!(44)).frame();
    let frames = Frames { applications: Some(&applications), ..Frames::default() };
    let error = cashline_frame::assess(engine(), &frames, None).unwrap_err();
    assert!(matches!(&error, FrameError::Prohibited(_)), "{error}");
    assert!(error.to_string().contains("column `age`"), "{error}");
}
