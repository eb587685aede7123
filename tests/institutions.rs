//! `cashline institutions` and `score --institutions`: banks that give less are known by the portfolio, and excuse what they
//! did not give, and nothing else.

use std::{collections::BTreeMap, fs, path::Path};

use cashline_io::{
    export::{EXPORTS, ExportOptions},
    read::Packing,
};
use cashline_synth::{Case, Preset, Spec, cases, write_cases};
use serde_json::Value;

use crate::support::{cashline, run, scratch, workspace};

const SAMPLE: &str = "data/sample";

fn rows(ndjson: &[u8]) -> Vec<Value> {
    String::from_utf8_lossy(ndjson).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn by<'r>(rows: &'r [Value], key: &str) -> BTreeMap<&'r str, &'r Value> {
    rows.iter().filter_map(|row| Some((row[key].as_str()?, row))).collect()
}

/// A portfolio in which four banks are what their names say.
fn portfolio(into: &Path) -> Vec<Case> {
    let spec = Spec { preset: Preset::Prime, gap_share: 0.0, relink_share: 0.0, late_share: 0.0, ..Spec::new(5, 300) };
    let mut made: Vec<Case> = cases(&spec).collect();
    for (at, case) in made.iter_mut().enumerate() {
        if at % 6 == 1 {
            *case = case.cut(60);
        }
        // Two spellings of each.
        let name = match at % 6 {
            0 => ["No Balance Bank, N.A.", "NO BALANCE BANK - Personal"][at / 6 % 2],
            1 => ["Short History FCU", "Short History Federal Credit Union (OAuth)"][at / 6 % 2],
            2 if at < 30 => "Tiny Bank",
            _ => ["Whole Bank", "The Whole Bank, Inc."][at / 6 % 2],
        };
        for account in &mut case.accounts {
            name.clone_into(&mut account.institution_name);
            if at % 6 == 0 {
                account.balance = None;
            }
        }
    }
    let layout = EXPORTS.iter().find(|layout| layout.name == "ndjson").unwrap_or(&EXPORTS[0]);
    let options = ExportOptions { layout, packing: Packing::Plain, outcome: false };
    write_cases(made.iter().cloned(), None, into, &options).unwrap();
    made
}

#[test]
fn weak_banks_are_learned_from_the_portfolio_and_told_beside_the_sufficiency() {
    let place = scratch();
    let input = place.path().join("in");
    fs::create_dir(&input).unwrap();
    let made = portfolio(&input);
    let input = input.to_str().unwrap();
    let report = rows(&run(0, &["institutions", input, "--format", "ndjson"]).stdout);
    let of = by(&report, "institution");
    assert_eq!(
        of.keys().copied().collect::<Vec<_>>(),
        ["no balance bank", "short history federal credit union", "tiny bank", "whole bank"]
    );
    let verdict = |bank: &str, what: &str| of[bank][what].as_str().unwrap().to_owned();
    assert_eq!(verdict("no balance bank", "balances"), "does_not_provide");
    assert_eq!(verdict("no balance bank", "history"), "provides");
    assert_eq!(verdict("short history federal credit union", "history"), "does_not_provide");
    assert_eq!(verdict("short history federal credit union", "balances"), "provides");
    for what in ["balances", "transactions", "history", "fresh"] {
        assert_eq!(verdict("whole bank", what), "provides", "{what}");
        assert_eq!(verdict("tiny bank", what), "few", "{what}");
    }
    // Every account stands in one row, and every holder under a bank.
    let sum = |what: &str| report.iter().map(|row| row[what].as_u64().unwrap()).sum::<u64>();
    assert_eq!(sum("accounts"), made.iter().map(|case| case.accounts.len() as u64).sum::<u64>());
    let holders =
        |case: &Case| case.accounts.iter().map(|one| one.holder.clone()).collect::<std::collections::BTreeSet<_>>();
    assert_eq!(sum("applicants"), made.iter().map(|case| holders(case).len() as u64).sum::<u64>());
    // 50 cases of each sixth: the interval of 0 of 50 or more is closed below and open above.
    let none = of["no balance bank"];
    assert_eq!((none["balances_given"].as_u64(), none["balances_low"].as_f64()), (Some(0), Some(0.0)));
    assert!(0.0 < none["balances_high"].as_f64().unwrap() && none["balances_high"].as_f64().unwrap() < 0.08, "{none}");

    let mut answers = vec![];
    for format in ["csv", "parquet"] {
        let file = place.path().join(format!("institutions.{format}"));
        let file = file.to_str().unwrap();
        run(0, &["institutions", input, "--format", format, "-o", file]);
        let out = run(0, &["score", input, "--institutions", file, "--format", "ndjson"]).stdout;
        let loose = run(0, &["score", input, "--format", "ndjson"]).stdout;
        answers.push((rows(&out), rows(&loose)));
    }
    assert_eq!(answers[0], answers[1], "the format of the report decides nothing");
    let (told, silent) = &answers[0];
    assert_eq!(told.len(), 300);
    let mut counts: BTreeMap<(String, String), usize> = BTreeMap::new();
    for (told, silent) in told.iter().zip(silent) {
        let text = |name: &str| told[name].as_str().unwrap_or("-").to_owned();
        *counts.entry((text("institution"), text("institution_limits"))).or_default() += 1;
        // Nothing but this column changes.
        let mut without = told.clone();
        without["institution_limits"] = silent["institution_limits"].clone();
        assert_eq!((&without, &silent["institution_limits"]), (silent, &Value::Null));
    }
    let key = |bank: &str, limits: &str| (bank.to_owned(), limits.to_owned());
    assert_eq!(counts[&key("no balance bank", "balances")], 50);
    assert_eq!(counts[&key("short history federal credit union", "history")], 50);
    assert_eq!((counts[&key("tiny bank", "-")], counts[&key("whole bank", "-")]), (5, 195));
}

#[test]
fn the_report_is_the_same_whatever_the_threads_and_belongs_to_the_runs_identity() {
    let place = scratch();
    let path = |name: &str| place.path().join(name).to_str().unwrap().to_owned();
    for (file, threads) in [("one.csv", "1"), ("four.csv", "4")] {
        run(0, &["institutions", SAMPLE, "--threads", threads, "-o", &path(file)]);
    }
    let report = fs::read_to_string(path("one.csv")).unwrap();
    assert_eq!(report, fs::read_to_string(path("four.csv")).unwrap());
    // Fifteen accounts of nine applicants: nothing is said of any bank.
    assert!(!report.contains("does_not_provide") && report.lines().skip(1).all(|line| line.contains(",true,few,few,")));
    let identity = |arguments: &[&str], out: &str| {
        run(0, &[&["score", SAMPLE, "-o", &path(out)], arguments].concat());
        let manifest = fs::read(place.path().join(out).join("manifest.json")).unwrap();
        let manifest: Value = serde_json::from_slice(&manifest).unwrap();
        (manifest["run_id"].clone(), manifest["digests"]["institutions"].clone())
    };
    let (plain, known) = (identity(&[], "plain"), identity(&["--institutions", &path("one.csv")], "known"));
    assert!(plain.1.is_null() && known.1.as_str().unwrap().starts_with("sha256:"));
    assert_ne!(plain.0, known.0);
    // An edited verdict is another report; a misspelt one is refused with its row.
    fs::write(path("edited.csv"), report.replacen("true,few,", "true,does_not_provide,", 1)).unwrap();
    assert_ne!(identity(&["--institutions", &path("edited.csv")], "edited").1, known.1);
    fs::write(path("misspelt.csv"), report.replacen("true,few,", "true,fewer,", 1)).unwrap();
    let refused = cashline().args(["score", SAMPLE, "--institutions", &path("misspelt.csv")]).output().unwrap();
    let message = String::from_utf8_lossy(&refused.stderr);
    assert_eq!(refused.status.code(), Some(2), "{message}");
    assert!(message.contains("row 1: `balances` is none of provides"), "{message}");
}

#[test]
fn names_are_a_lenders_to_change_and_ours_is_there_to_copy() {
    let shipped = fs::read(workspace().join("crates/core/defaults/institutions.toml")).unwrap();
    assert_eq!(fs::read(workspace().join("data/institutions.toml")).unwrap(), shipped);
    let place = scratch();
    let names = place.path().join("names.toml");
    let text = "schema = 1\nname = \"own\"\nversion = \"1\"\n[[institution]]\nname = \"Sample Group\"\n\
        also = [\"Harbor Sample Bank\", \"Summit Sample Savings\"]\n";
    fs::write(&names, text).unwrap();
    let banks = |arguments: &[&str]| {
        let out = run(0, &[&["score", SAMPLE, "--format", "ndjson"], arguments].concat()).stdout;
        let rows = rows(&out);
        let banks = rows.iter().map(|row| row["institution"].as_str().unwrap().to_owned());
        banks.collect::<std::collections::BTreeSet<_>>()
    };
    assert!(banks(&[]).contains("harbor sample bank"));
    let own = banks(&["--institution-names", names.to_str().unwrap()]);
    assert!(own.contains("sample group") && !own.iter().any(|name| name.starts_with("summit")), "{own:?}");
}

#[test]
fn a_run_is_watched_by_institution() {
    let place = scratch();
    let path = |name: &str| place.path().join(name).to_str().unwrap().to_owned();
    run(0, &["score", SAMPLE, "-o", &path("one")]);
    run(0, &["score", SAMPLE, "--format", "parquet", "-o", &path("two")]);
    let out = run(0, &["monitor", &path("one"), &path("two"), "--csv"]).stdout;
    let text = String::from_utf8_lossy(&out).into_owned();
    // Nine applications: all banks are one line, and it says so.
    assert!(text.contains("institution_share,(few each),share,1.0,1.0,0.0"), "{text}");
    assert!(!text.contains("institution_share,harbor"), "{text}");
}
