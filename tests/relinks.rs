//! `cashline relinks` through the binary: what is found, that it is told in ids and counts alone, and always the same.

use std::{collections::BTreeMap, fs};

use cashline_io::{
    export::{EXPORTS, ExportOptions},
    read::Packing,
};
use cashline_synth::{Case, Plant, Preset, Spec, cases, plant_twins, write_cases};
use serde_json::Value;

use crate::support::{run, scratch};

fn pairs(ndjson: &[u8]) -> BTreeMap<(String, String), Value> {
    let row = |line: &str| -> Value { serde_json::from_str(line).unwrap() };
    let id = |row: &Value, name: &str| row[name].as_str().unwrap().to_owned();
    let rows = String::from_utf8_lossy(ndjson).lines().map(row).collect::<Vec<Value>>();
    rows.into_iter().map(|row| ((id(&row, "account_a"), id(&row, "account_b")), row)).collect()
}

#[test]
fn the_samples_account_that_was_linked_again_is_found_and_nothing_else() {
    let found = pairs(&run(0, &["relinks", "data/sample", "--format", "ndjson"]).stdout);
    let key = ("fca_000000007a69920".to_owned(), "fca_000000007a69920n".to_owned());
    assert_eq!(found.keys().collect::<Vec<_>>(), [&key]);
    let row = &found[&key];
    assert_eq!((&row["relation"], &row["verdict"], &row["score"]), (&"relink".into(), &"certain".into(), &100.into()));
    assert_eq!((&row["holder_a"], &row["institution"]), (&row["holder_b"], &"equal".into()));
    assert_eq!(row["rows_common"], row["texts_common"]);
}

#[test]
fn an_account_of_two_applicants_and_a_copied_history_are_told_apart() {
    let inputs = ["data/sample_identity/accounts.ndjson", "data/sample_identity/transactions.csv"];
    let found = pairs(&run(0, &["relinks", inputs[0], inputs[1], "--format", "ndjson"]).stdout);
    let told: Vec<[&str; 5]> = found
        .values()
        .map(|row| ["account_a", "account_b", "relation", "last4", "verdict"].map(|name| row[name].as_str().unwrap()))
        .collect();
    assert_eq!(
        told,
        [
            ["fca_match1", "fca_mismatch1", "copied_history", "differs", "certain"],
            ["fca_shared1", "fca_shared2", "shared", "equal", "certain"],
        ]
    );
    // 14 rows each, and wages and rent come again: 11 amounts.
    assert!(found.values().all(|row| row["rows_common"] == 14 && row["amounts_common"] == 11));
}

#[test]
fn planted_twins_are_found_whatever_the_layout_threads_and_order_and_told_without_a_text() {
    let spec = Spec { preset: Preset::Prime, relink_share: 0.1, late_share: 0.0, ..Spec::new(3, 60) };
    let mut made: Vec<Case> = cases(&spec).collect();
    let planted = plant_twins(&mut made, 3);
    assert!(10 < planted.len());
    let place = scratch();
    let mut seen: Vec<Vec<u8>> = vec![];
    for (at, name) in ["ndjson", "parquet"].into_iter().enumerate() {
        let layout = EXPORTS.iter().find(|layout| layout.name.contains(name)).unwrap();
        let input = place.path().join(name);
        fs::create_dir(&input).unwrap();
        let shuffled = made.iter().map(|case| if at == 0 { case.clone() } else { case.shuffled(9) });
        let options = ExportOptions { layout, packing: Packing::Plain, outcome: false };
        write_cases(shuffled, None, &input, &options).unwrap();
        let threads = ["1", "4"][at];
        seen.push(run(0, &["relinks", input.to_str().unwrap(), "--threads", threads, "--format", "ndjson"]).stdout);
    }
    assert_eq!(seen[0], seen[1]);
    let found = pairs(&seen[0]);
    for one in &planted {
        let row = found.get(&(one.account_a.clone(), one.account_b.clone()));
        let relation = row.map(|row| row["relation"].as_str().unwrap());
        let expected = match one.plant {
            Plant::Relinked => Some("relink"),
            Plant::Joint | Plant::Shared => Some("shared"),
            Plant::Copied => Some("copied_history"),
            Plant::OneEmployer | Plant::OneEmployerSameDigits | Plant::WagesAndRentAlone => None,
        };
        assert_eq!(relation, expected, "{one:?}");
    }
    // No text of a bank, no institution, no digits: the words of the generator's banks and payers stand nowhere.
    let text = String::from_utf8_lossy(&seen[0]).to_uppercase();
    for canary in ["BANK", "PAYROLL", "CREDIT UNION", "RENT", "ZELLE"] {
        assert!(!text.contains(canary), "{canary}");
    }
}
