//! Every door as a user meets it: verdicts of hostile files with their lines, and one answer out of all doors.

use std::{collections::BTreeMap, fs, path::Path};

use cashline_core::assessment::Assessment;
use cashline_frame::Frames;
use cashline_io::export::{EXPORTS, ExportOptions};
use cashline_io::read::Packing;
use cashline_synth::{Case, Spec, cases, write};
use polars::prelude::{Column, DataFrame, DataType, NamedFrom as _, Series};
use serde_json::Value;

use crate::{
    laws::assess,
    support::{cashline, engine, run, scratch, sha256, shared, workspace},
};

#[test]
fn every_polluted_csv_gets_its_verdict_with_the_right_lines() {
    let Some(folder) = shared("corpora/bankcsv-polluted") else { return };
    let manifest = fs::read_to_string(folder.join("manifest.jsonl")).unwrap();
    let mut wrong = vec![];
    for line in manifest.lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        let file = case["file"].as_str().unwrap();
        let path = folder.join("csv").join(file);
        let forced = format!("transactions={}", path.display());
        let output = cashline().args(["check", "--json", &forced]).output().unwrap();
        let report: Value = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("{file}: {error}: {}", String::from_utf8_lossy(&output.stderr)));
        let code = match report["verdict"].as_str().unwrap() {
            "accept" => 0,
            "reject_row" => 1,
            _ => 2,
        };
        assert_eq!(output.status.code(), Some(code), "{file}");
        let mut lines: Vec<u64> =
            report["defects"].as_array().unwrap().iter().map(|defect| defect["line"].as_u64().unwrap()).collect();
        lines.sort_unstable();
        lines.dedup();
        let expected: Vec<u64> = serde_json::from_value(case["bad_lines"].clone()).unwrap();
        if report["verdict"] != case["expect"] || lines != expected {
            wrong.push(format!("{file}: {} {lines:?}, wanted {} {expected:?}", report["verdict"], case["expect"]));
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn no_value_of_the_input_reaches_a_report_of_defects() {
    let Some(folder) = shared("corpora/bankcsv-polluted") else { return };
    // The corpus plants a card number and a social security number as canaries.
    for entry in fs::read_dir(folder.join("csv")).unwrap() {
        let forced = format!("transactions={}", entry.unwrap().path().display());
        let output = cashline().args(["check", "--json", &forced]).output().unwrap();
        let all = [output.stdout, output.stderr].concat();
        let text = String::from_utf8_lossy(&all);
        for canary in ["4111111111111111", "078-05-1120"] {
            assert!(!text.contains(canary), "{forced}");
        }
    }
}

#[test]
fn malformed_public_files_are_refused_without_a_panic() {
    let mut files = vec![];
    for folder in ["corpora/parquet-testing/bad_data", "corpora/arrow-testing/data", "corpora/duckdb-bad/data"] {
        let Some(folder) = shared(folder) else { return };
        collect(&folder, &mut files);
    }
    assert!(400 < files.len());
    for file in files {
        let output = cashline().args(["check", "--json", file.to_str().unwrap()]).output().unwrap();
        let err = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{}: {err}", file.display());
        assert!(!err.contains("panicked"), "{}: {err}", file.display());
    }
}

fn collect(folder: &Path, files: &mut Vec<std::path::PathBuf>) {
    let mut entries: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            collect(&path, files);
        } else if ![".md", ".txt", "LICENSE", "README"].iter().any(|ending| name.ends_with(ending)) {
            files.push(path);
        }
    }
}

fn thousand() -> Spec {
    Spec::new(1_000, 1_000)
}

#[test]
fn library_polars_and_batch_agree_bit_for_bit_on_a_thousand_applications() {
    let spec = thousand();
    let all: Vec<Case> = cases(&spec).collect();
    let mut library: Vec<Assessment> = all.iter().map(|case| assess(engine(), case)).collect();
    library.sort_by(|a, b| {
        (&a.applicant_id, a.as_of, &a.application_id).cmp(&(&b.applicant_id, b.as_of, &b.application_id))
    });
    assert!(500 < library.iter().filter(|answer| answer.score.is_some()).count(), "most are scored");

    let frames = frames(&all);
    let framed = cashline_frame::assess(
        engine(),
        &Frames {
            applications: Some(&frames["applications"]),
            accounts: Some(&frames["accounts"]),
            balances: Some(&frames["balances"]),
            transactions: Some(&frames["transactions"]),
            corrections: None,
        },
        None,
    )
    .unwrap();
    assert!(framed.defects.is_empty(), "{:?}", framed.defects.first());

    let place = scratch();
    let input = place.path().join("in");
    fs::create_dir(&input).unwrap();
    let layout = EXPORTS.iter().find(|layout| layout.name == "parquet").unwrap();
    write(&spec, &input, &ExportOptions { layout, packing: Packing::Plain, outcome: false }).unwrap();
    let out = place.path().join("out");
    run(0, &["score", input.to_str().unwrap(), "-o", out.to_str().unwrap(), "--format", "ndjson"]);
    let batch = fs::read_to_string(out.join("scores.ndjson")).unwrap();
    let rows: Vec<Value> = batch.lines().map(|line| serde_json::from_str(line).unwrap()).collect();

    assert_eq!(rows.len(), library.len());
    assert_eq!(framed.assessments.len(), library.len());
    for ((answer, row), framed) in library.iter().zip(&rows).zip(&framed.assessments) {
        assert_eq!(row["application_id"], answer.application_id.as_str());
        assert_eq!(row["score"].as_i64(), answer.score, "{}", answer.application_id);
        assert_eq!(row["status"], serde_json::to_value(answer.status).unwrap(), "{}", answer.application_id);
        let codes: Vec<&str> = (1..=4).filter_map(|rank| row[format!("reason_{rank}_code")].as_str()).collect();
        let adverse = answer.reasons.iter().filter(|reason| reason.side == cashline_core::assessment::Side::Adverse);
        assert_eq!(codes, adverse.map(|reason| reason.code.as_str()).collect::<Vec<_>>());
        assert_eq!(framed, answer);
    }
    let frame = framed.scores(engine()).unwrap();
    assert_eq!(frame.height(), library.len());
    let scores = frame.column("score").unwrap().i64().unwrap().clone();
    assert!(scores.iter().zip(&library).all(|(score, answer)| score == answer.score));
}

/// The frames that a lending service would hold: flat columns of polars' own types.
fn frames(cases: &[Case]) -> BTreeMap<&'static str, DataFrame> {
    use cashline_core::row::Row;
    let mut columns: BTreeMap<&str, BTreeMap<&str, Vec<Value>>> = BTreeMap::new();
    let mut put = |table: &'static str, row: Vec<(&'static str, Value)>| {
        let table = columns.entry(table).or_default();
        row.into_iter().for_each(|(name, value)| table.entry(name).or_default().push(value));
    };
    let word = |text: String| Value::String(text);
    for case in cases {
        for row in case.rows() {
            match row {
                Row::Application(row) => put(
                    "applications",
                    vec![
                        ("application_id", row.application_id.into()),
                        ("applicant_id", row.applicant_id.into()),
                        (
                            "as_of",
                            match row.as_of {
                                Some(cashline_core::row::AsOf::Date(day)) => day.0.into(),
                                _ => Value::Null,
                            },
                        ),
                        ("role", word(format!("{:?}", row.role).to_lowercase())),
                        ("requested_amount", row.requested_amount.into()),
                        ("term_months", row.term_months.into()),
                        ("instalment_amount", row.instalment_amount.into()),
                        ("stated_income", row.stated_income.into()),
                        ("currency", row.currency.map(|currency| currency.to_string()).into()),
                    ],
                ),
                Row::Account(row) => put(
                    "accounts",
                    vec![
                        ("id", row.id.into()),
                        ("holder", row.holder.into()),
                        ("holder_type", row.holder_kind.map(|kind| format!("{kind:?}").to_lowercase()).into()),
                        ("institution_name", row.institution_name.into()),
                        ("last4", row.last4.into()),
                        ("category", word(snake(&format!("{:?}", row.category)))),
                        ("subcategory", word(snake(&format!("{:?}", row.subcategory)))),
                        ("status", word(snake(&format!("{:?}", row.status)))),
                        ("created", row.created.into()),
                        ("livemode", row.livemode.into()),
                        (
                            "permissions",
                            row.permissions
                                .map(|given| {
                                    [
                                        ("balances", given.balances),
                                        ("ownership", given.ownership),
                                        ("payment_method", given.payment_method),
                                        ("transactions", given.transactions),
                                    ]
                                    .into_iter()
                                    .filter(|one| one.1)
                                    .map(|one| one.0)
                                    .collect::<Vec<_>>()
                                    .join(",")
                                })
                                .into(),
                        ),
                        (
                            "balance_refresh_status",
                            row.balance_refresh.map(|one| snake(&format!("{:?}", one.status))).into(),
                        ),
                        ("balance_refresh_at", row.balance_refresh.and_then(|one| one.last_attempted_at).into()),
                        (
                            "transaction_refresh_status",
                            row.transaction_refresh.map(|one| snake(&format!("{:?}", one.status))).into(),
                        ),
                        (
                            "transaction_refresh_at",
                            row.transaction_refresh.and_then(|one| one.last_attempted_at).into(),
                        ),
                    ],
                ),
                Row::Balance(row) => put(
                    "balances",
                    vec![
                        ("account", row.account.into()),
                        ("as_of", row.as_of.into()),
                        ("currency", row.currency.to_string().into()),
                        ("current", row.current.into()),
                        ("available", row.available.into()),
                    ],
                ),
                Row::Transaction(row) => put(
                    "transactions",
                    vec![
                        ("id", row.id.into()),
                        ("account", row.account.into()),
                        ("amount", row.amount.into()),
                        ("currency", row.currency.to_string().into()),
                        ("description", row.description.into()),
                        ("status", word(snake(&format!("{:?}", row.status)))),
                        ("transacted_at", row.transacted_at.into()),
                        ("posted_at", row.posted_at.into()),
                        ("void_at", row.void_at.into()),
                        ("updated", row.updated.into()),
                        ("livemode", row.livemode.into()),
                    ],
                ),
                Row::Truncated { .. } | Row::Correction(_) => {}
            }
        }
    }
    columns.into_iter().map(|(table, columns)| (table, frame(columns))).collect()
}

fn frame(columns: BTreeMap<&str, Vec<Value>>) -> DataFrame {
    let height = columns.values().next().map_or(0, Vec::len);
    let series = columns.into_iter().map(|(name, values)| -> Column {
        if values.iter().any(Value::is_string) {
            let texts: Vec<Option<&str>> = values.iter().map(Value::as_str).collect();
            Series::new(name.into(), texts).into()
        } else if values.iter().any(Value::is_boolean) {
            Series::new(name.into(), values.iter().map(Value::as_bool).collect::<Vec<_>>()).into()
        } else {
            let numbers = Series::new(name.into(), values.iter().map(Value::as_i64).collect::<Vec<_>>());
            // Applications carry T as a date.
            let is_day = name == "as_of" && values.iter().all(|value| value.as_i64().is_some_and(|day| day < 100_000));
            if is_day {
                numbers.cast(&DataType::Int32).and_then(|days| days.cast(&DataType::Date)).unwrap().into()
            } else {
                numbers.into()
            }
        }
    });
    DataFrame::new(height, series.collect()).unwrap()
}

/// `CreditCard` to `credit_card`.
fn snake(name: &str) -> String {
    let mut out = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !out.is_empty() {
            out.push('_');
        }
        out.extend(letter.to_lowercase());
    }
    out
}

#[test]
fn every_layout_of_an_export_gives_the_same_bytes() {
    let spec = Spec::new(77, 60);
    let place = scratch();
    let mut seen: Vec<(String, String)> = vec![];
    for layout in EXPORTS {
        for packing in [Packing::Plain, Packing::Gzip, Packing::Zstd] {
            let input = place.path().join(format!("{}_{packing:?}", layout.name));
            fs::create_dir(&input).unwrap();
            write(&spec, &input, &ExportOptions { layout, packing, outcome: packing == Packing::Gzip }).unwrap();
            let out = place.path().join(format!("out_{}_{packing:?}", layout.name));
            run(0, &["score", input.to_str().unwrap(), "-o", out.to_str().unwrap()]);
            seen.push((format!("{} {packing:?}", layout.name), sha256(&out.join("scores.csv"))));
        }
    }
    let odd: Vec<_> = seen.iter().filter(|one| one.1 != seen[0].1).collect();
    assert!(odd.is_empty(), "unlike {}: {odd:#?}", seen[0].0);
}

#[test]
fn owners_and_their_addresses_are_never_read() {
    let place = scratch();
    let mut seen: Vec<String> = vec![];
    for (at, owner) in ["", "Jordan Sample", "Avery Example"].into_iter().enumerate() {
        let input = place.path().join(format!("in{at}"));
        fs::create_dir(&input).unwrap();
        let sample = crate::support::workspace().join("data/sample");
        for name in ["applications.csv", "transactions.ndjson"] {
            fs::copy(sample.join(name), input.join(name)).unwrap();
        }
        let mut accounts = String::new();
        for line in fs::read_to_string(sample.join("accounts.ndjson")).unwrap().lines() {
            let mut account: Value = serde_json::from_str(line).unwrap();
            if !owner.is_empty() {
                account["ownership"] = serde_json::json!({
                    "id": "fcaowns_1", "object": "financial_connections.account_ownership", "created": 1,
                    "owners": {"object": "list", "has_more": false, "url": "/v1/x", "data": [{
                        "id": "fcaown_1", "object": "financial_connections.account_owner", "name": owner,
                        "email": format!("{at}@example.com"), "phone": format!("+1 555-555-555{at}"),
                        "raw_address": format!("{at} Sample Street"), "ownership": "fcaowns_1", "refreshed_at": 1,
                    }]},
                });
            }
            accounts += &format!("{account}\n");
        }
        fs::write(input.join("accounts.ndjson"), accounts).unwrap();
        let out = place.path().join(format!("out{at}"));
        run(0, &["score", input.to_str().unwrap(), "-o", out.to_str().unwrap()]);
        seen.push(sha256(&out.join("scores.csv")) + &sha256(&out.join("reasons.csv")));
        for entry in fs::read_dir(&out).unwrap() {
            let bytes = fs::read(entry.unwrap().path()).unwrap();
            for canary in [owner, "Sample Street", "@example.com", "555-555"] {
                let found = !canary.is_empty() && bytes.windows(canary.len()).any(|part| part == canary.as_bytes());
                assert!(!found, "{canary} reached an output");
            }
        }
    }
    assert_eq!(seen[1], seen[0]);
    assert_eq!(seen[2], seen[0]);
}

#[test]
fn columns_asked_for_by_name_stand_in_their_order_and_equal_the_whole_matrix() {
    let data = workspace().join("data/sample");
    let data = data.to_str().unwrap();
    let read = |more: &[&str]| {
        let output = run(0, &[&["attributes", data], more].concat());
        let mut reader = csv::Reader::from_reader(output.stdout.as_slice());
        let heads: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
        let rows: Vec<Vec<String>> =
            reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect();
        (heads, rows)
    };
    let (all, matrix) = read(&["--tier", "all"]);
    let asked = ["nsf_od_event_count_90d", "net_cash_flow_30d", "nsf_od_event_count_90d"];
    let (heads, rows) = read(&["--columns", &asked.join(",")]);
    let named: Vec<&str> = heads.iter().map(String::as_str).filter(|head| asked.contains(head)).collect();
    assert_eq!(named, asked[..2]);
    for (at, head) in heads.iter().enumerate() {
        let whole = all.iter().position(|other| other == head).unwrap();
        for (row, other) in rows.iter().zip(&matrix) {
            assert_eq!(row[at], other[whole], "{head}");
        }
    }
    let refused = run(2, &["attributes", data, "--columns", "nsf_od_event_count_91d"]);
    assert!(String::from_utf8_lossy(&refused.stderr).contains("catalogue attributes"));
}
