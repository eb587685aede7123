//! Real accounts with loan outcomes: the same bytes from every layout, balances against the bank's own, and what an
//! expert card that never saw them can rank.

use std::{
    collections::BTreeMap,
    fs,
    io::{Read as _, Write as _},
    path::{Path, PathBuf},
};

use cashline_lab::metrics::{Outcomes, bad_rate};

use crate::support::{run, scratch, sha256, shared, workspace};

const LAYOUTS: [&str; 4] =
    ["transactions.ndjson.gz", "transactions_pages.json.gz", "transactions.csv.gz", "transactions.parquet"];

/// Scores Berka into `out` and gives the directory back.
fn score(folder: &Path, transactions: &Path, out: PathBuf, more: &[&str]) -> PathBuf {
    let accounts = folder.join("accounts.ndjson.gz");
    let applications = folder.join("applications.csv");
    let rules = workspace().join("data/rules/berka_cz.toml");
    let mut arguments = vec!["score"];
    let paths = [&accounts, &applications].map(|path| path.to_str().unwrap());
    arguments.extend(paths);
    arguments.extend([transactions.to_str().unwrap(), "--rules", rules.to_str().unwrap(), "-o", out.to_str().unwrap()]);
    arguments.extend(more);
    run(0, &arguments);
    out
}

#[test]
fn every_layout_thread_count_and_row_order_gives_the_same_bytes() {
    let Some(folder) = shared("data/berka") else { return };
    let place = scratch();
    let mut seen: Vec<(String, String)> = Vec::new();
    for layout in LAYOUTS {
        let out = score(&folder, &folder.join(layout), place.path().join(layout), &[]);
        seen.push((layout.to_owned(), sha256(&out.join("scores.csv"))));
    }
    for threads in ["1", "2"] {
        let out = score(&folder, &folder.join(LAYOUTS[2]), place.path().join(threads), &["--threads", threads]);
        seen.push((format!("{threads} threads"), sha256(&out.join("scores.csv"))));
    }
    let shuffled = place.path().join("shuffled.csv");
    fs::write(&shuffled, shuffle(&unpacked_csv(&folder))).unwrap();
    let out = score(&folder, &shuffled, place.path().join("shuffled"), &[]);
    seen.push(("shuffled rows".to_owned(), sha256(&out.join("scores.csv"))));
    assert!(seen.iter().all(|one| one.1 == seen[0].1), "{seen:#?}");
}

#[test]
fn dropping_the_outcome_column_changes_no_byte() {
    let Some(folder) = shared("data/berka") else { return };
    let place = scratch();
    let with = score(&folder, &folder.join(LAYOUTS[3]), place.path().join("with"), &[]);
    let bare = place.path().join("bare");
    fs::create_dir(&bare).unwrap();
    let text = fs::read_to_string(folder.join("applications.csv")).unwrap();
    let cut: Vec<&str> = text.lines().map(|line| line.rsplit_once(',').unwrap().0).collect();
    fs::write(bare.join("applications.csv"), cut.join("\n") + "\n").unwrap();
    fs::copy(folder.join("accounts.ndjson.gz"), bare.join("accounts.ndjson.gz")).unwrap();
    let without = score(&bare, &folder.join(LAYOUTS[3]), place.path().join("without"), &[]);
    for file in ["scores.csv", "reasons.csv", "characteristics.parquet"] {
        assert_eq!(sha256(&with.join(file)), sha256(&without.join(file)), "{file}");
    }
}

#[test]
fn the_expert_card_ranks_loans_it_never_saw() {
    let Some(folder) = shared("data/berka") else { return };
    let place = scratch();
    let loans = loans(&folder);
    // The floors: 0.75 from cash flow alone, 0.80 with the instalment ratios.
    for (days, with_instalment, floor) in [
        (None, true, 0.80),
        (None, false, 0.75),
        (Some(180), true, 0.80),
        (Some(90), true, 0.80),
        (Some(90), false, 0.75),
    ] {
        let name = format!("{days:?}_{with_instalment}");
        let input = place.path().join(format!("in_{name}"));
        fs::create_dir(&input).unwrap();
        fs::write(input.join("applications.csv"), applications(&folder, with_instalment)).unwrap();
        fs::copy(folder.join("accounts.ndjson.gz"), input.join("accounts.ndjson.gz")).unwrap();
        let transactions = input.join("transactions.csv");
        fs::write(&transactions, recent(&unpacked_csv(&folder), &loans, days)).unwrap();
        let out = score(&input, &transactions, place.path().join(format!("out_{name}")), &[]);
        let pairs = scored(&out.join("scores.csv"), &loans);
        let auc = Outcomes::new(&pairs.iter().map(|one| (one.0, one.1)).collect::<Vec<_>>()).unwrap().auc();
        eprintln!(
            "history {days:?}, instalment {with_instalment}: AUC {:.3} ({:.3} to {:.3}), {} scored, {} bad",
            auc.value,
            auc.lower,
            auc.upper,
            pairs.len(),
            pairs.iter().filter(|one| one.1).count()
        );
        assert!(pairs.len() >= 200, "only {} scored", pairs.len());
        assert!(floor <= auc.value, "AUC {:.3} is below {floor}", auc.value);
        bands_fall(&pairs);
    }
}

/// The bad rate falls band by band, within the bands' exact intervals: no safer band is significantly worse than a riskier one.
fn bands_fall(pairs: &[(i64, bool, String)]) {
    let mut bands: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for (_, bad, band) in pairs {
        let entry = bands.entry(band).or_default();
        entry.0 += u64::from(*bad);
        entry.1 += 1;
    }
    let rates: Vec<_> =
        bands.iter().map(|(band, (bad, all))| (*band, bad_rate(*bad, *all, 0.95).unwrap(), *all)).collect();
    for (band, rate, all) in &rates {
        eprintln!("  band {band}: {all} loans, bad rate {:.3} ({:.3} to {:.3})", rate.value, rate.lower, rate.upper);
    }
    for pair in rates.windows(2) {
        assert!(pair[0].1.lower <= pair[1].1.upper, "band {} is worse than {}", pair[0].0, pair[1].0);
    }
}

/// application_id → (account, T as the text of its day, bad).
fn loans(folder: &Path) -> BTreeMap<String, (String, i64, bool)> {
    let mut reader = csv::Reader::from_path(folder.join("applications.csv")).unwrap();
    let rows = reader.records().map(|row| {
        let row = row.unwrap();
        let day = chrono::NaiveDate::parse_from_str(&row[2], "%Y-%m-%d").unwrap();
        let seconds = day.and_hms_opt(0, 0, 0).unwrap().and_utc().timestamp();
        (row[0].to_owned(), (row[1].replace("cus_", "fca_"), seconds, &row[7] == "1"))
    });
    rows.collect()
}

fn applications(folder: &Path, with_instalment: bool) -> String {
    let text = fs::read_to_string(folder.join("applications.csv")).unwrap();
    if with_instalment {
        return text;
    }
    let keep = |line: &str| {
        let cells: Vec<&str> = line.split(',').collect();
        [cells[0], cells[1], cells[2], cells[6]].join(",")
    };
    text.lines().map(keep).collect::<Vec<_>>().join("\n") + "\n"
}

fn scored(path: &Path, loans: &BTreeMap<String, (String, i64, bool)>) -> Vec<(i64, bool, String)> {
    let mut reader = csv::Reader::from_path(path).unwrap();
    let header = reader.headers().unwrap().clone();
    let at = |name: &str| header.iter().position(|column| column == name).unwrap();
    let (id, score, band) = (at("application_id"), at("score"), at("band"));
    let rows = reader.records().map(Result::unwrap).filter(|row| !row[score].is_empty());
    rows.map(|row| (row[score].parse().unwrap(), loans[&row[id]].2, row[band].to_owned())).collect()
}

fn unpacked_csv(folder: &Path) -> String {
    let mut text = String::new();
    let file = fs::File::open(folder.join("transactions.csv.gz")).unwrap();
    flate2::read::GzDecoder::new(file).read_to_string(&mut text).unwrap();
    text
}

/// Rows of the last `days` days before each account's loan.
fn recent(text: &str, loans: &BTreeMap<String, (String, i64, bool)>, days: Option<i64>) -> String {
    let grants: BTreeMap<&str, i64> = loans.values().map(|loan| (loan.0.as_str(), loan.1)).collect();
    let mut lines = text.lines();
    let mut kept: Vec<&str> = vec![lines.next().unwrap()];
    kept.extend(lines.filter(|line| {
        let cells: Vec<&str> = line.split(',').collect();
        let time: i64 = cells[8].parse().unwrap();
        days.is_none_or(|days| grants.get(cells[2]).is_some_and(|grant| grant - days * 86_400 <= time))
    }));
    kept.join("\n") + "\n"
}

/// A fixed permutation of the rows: by the digest of each line.
fn shuffle(text: &str) -> Vec<u8> {
    use sha2::{Digest as _, Sha256};
    let mut lines: Vec<&str> = text.lines().collect();
    let mut rows = lines.split_off(1);
    rows.sort_by_key(|line| Sha256::digest(line.as_bytes()).to_vec());
    let mut out = Vec::new();
    writeln!(out, "{}", lines[0]).unwrap();
    for row in rows {
        writeln!(out, "{row}").unwrap();
    }
    out
}
