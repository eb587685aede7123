//! Real accounts with loan outcomes: the same bytes from every layout, balances against the bank's own, and what the
//! expert card ranks. Not out of sample: see LIMITATIONS.md.

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
fn the_expert_card_ranks_real_loans() {
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
        let transactions = cut(&folder, &input, days, with_instalment);
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

/// The loans with so many days of history, with or without the terms asked for, in a folder of their own; gives the
/// transactions' file back.
pub fn cut(folder: &Path, input: &Path, days: Option<i64>, with_instalment: bool) -> PathBuf {
    fs::create_dir(input).unwrap();
    fs::write(input.join("applications.csv"), applications(folder, with_instalment)).unwrap();
    fs::copy(folder.join("accounts.ndjson.gz"), input.join("accounts.ndjson.gz")).unwrap();
    let transactions = input.join("transactions.csv");
    fs::write(&transactions, recent(&unpacked_csv(folder), &loans(folder), days)).unwrap();
    transactions
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
    let mut accounts: BTreeMap<String, String> = BTreeMap::new();
    for line in unpacked(&folder.join("accounts.ndjson.gz")).lines() {
        let account: serde_json::Value = serde_json::from_str(line).unwrap();
        let word = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
        accounts.insert(word(&account["account_holder"]["customer"]), word(&account["id"]));
    }
    let mut reader = csv::Reader::from_path(folder.join("applications.csv")).unwrap();
    let rows = reader.records().map(|row| {
        let row = row.unwrap();
        let day = chrono::NaiveDate::parse_from_str(&row[2], "%Y-%m-%d").unwrap();
        let seconds = day.and_hms_opt(0, 0, 0).unwrap().and_utc().timestamp();
        (row[0].to_owned(), (accounts[&row[1]].clone(), seconds, &row[7] == "1"))
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
    unpacked(&folder.join("transactions.csv.gz"))
}

fn unpacked(path: &Path) -> String {
    let mut text = String::new();
    flate2::read::GzDecoder::new(fs::File::open(path).unwrap()).read_to_string(&mut text).unwrap();
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

#[test]
fn rebuilt_balances_agree_with_the_banks_own() {
    use cashline_core::{
        application::Application,
        history::HistoryBuilder,
        ledger::{Cut, cut},
        row::{AsOf, Row},
        time::{Day, Zone},
    };
    use cashline_io::{
        input::Inputs,
        read::{Item, LAYOUTS, ReadOptions},
    };
    let Some(folder) = shared("data/berka") else { return };
    let options = ReadOptions::default();
    let files = ["accounts.ndjson.gz", "transactions.ndjson.gz"].map(|name| folder.join(name));
    let found = Inputs::discover(&files, &options).unwrap();
    // The bank's closing balances are the oracle; they are not among the inputs.
    let mut oracle: BTreeMap<(String, i32), i64> = BTreeMap::new();
    for line in unpacked(&folder.join("inferred_balances.ndjson.gz")).lines() {
        let row: serde_json::Value = serde_json::from_str(line).unwrap();
        let day = Zone::utc().day(row["as_of"].as_i64().unwrap());
        oracle.insert((row["account"].as_str().unwrap().to_owned(), day.0), row["current"]["czk"].as_i64().unwrap());
    }
    assert_eq!(oracle.len(), 14_871);
    let mut histories: BTreeMap<String, HistoryBuilder> = BTreeMap::new();
    for file in &found.files {
        (LAYOUTS[file.layout].read)(file, &options, &mut |item| {
            if let Item::Row(row) = item {
                let account = match &row {
                    Row::Account(row) => row.id,
                    Row::Balance(row) => row.account,
                    Row::Transaction(row) => row.account,
                    _ => return Ok(()),
                };
                histories.entry(account.to_owned()).or_default().push(&row);
            }
            Ok(())
        })
        .unwrap();
    }
    let engine = crate::support::engine();
    let (mut compared, mut worst) = (0, 0);
    for (loan, (account, seconds, _)) in loans(&folder) {
        let mut session = engine.session();
        let history = engine.history(&mut session, histories.remove(&account).unwrap());
        let day = Zone::utc().day(seconds);
        let applicant = account.replace("fca_", "cus_");
        let holder = holder_of(&folder, &account).unwrap_or(applicant);
        let row = application_row(&loan, &holder, AsOf::Date(day));
        let application = Application::from_rows(&[row], None, &Zone::utc()).unwrap();
        let ledger =
            cut(&history, &Cut { application: &application, zone: &Zone::utc(), balance_age_days_max: 7 }).unwrap();
        let series = ledger.accounts[0].balances.as_ref().unwrap();
        for (closing, day) in series.closing.iter().zip(series.first.0..) {
            if let Some(expected) = oracle.get(&(account.clone(), Day(day).0)) {
                compared += 1;
                worst = worst.max((closing - expected).abs());
            }
        }
    }
    eprintln!("{compared} closing balances, largest difference {worst} minor units");
    assert_eq!(compared, oracle.len(), "every closing balance of the bank is compared");
    assert!(worst <= 100, "largest difference {worst}");
}

fn holder_of(folder: &Path, account: &str) -> Option<String> {
    let text = unpacked(&folder.join("accounts.ndjson.gz"));
    let rows = text.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let mut found = rows.filter(|row| row["id"] == account);
    found.next().map(|row| row["account_holder"]["customer"].as_str().unwrap().to_owned())
}

fn application_row<'a>(
    loan: &'a str,
    holder: &'a str,
    as_of: cashline_core::row::AsOf,
) -> cashline_core::row::ApplicationRow<'a> {
    cashline_core::row::ApplicationRow {
        application_id: loan,
        applicant_id: holder,
        as_of: Some(as_of),
        role: cashline_core::row::ApplicantRole::Primary,
        requested_amount: None,
        term_months: None,
        instalment_amount: None,
        stated_income: None,
        currency: None,
        account_ids: vec![],
        extras: vec![],
        source: cashline_core::defect::Source::default(),
    }
}

/// The API gives one snapshot a refresh, usually after T. With rows from after T and one late snapshot that holds them,
/// rolled back, every loan scores as with the snapshot at T.
#[test]
fn later_rows_with_one_late_snapshot_score_the_same() {
    let Some(folder) = shared("data/berka") else { return };
    let place = scratch();
    let plain = score(&folder, &folder.join(LAYOUTS[0]), place.path().join("plain"), &[]);
    let late = place.path().join("late");
    fs::create_dir(&late).unwrap();
    fs::copy(folder.join("applications.csv"), late.join("applications.csv")).unwrap();
    let mut transactions = unpacked(&folder.join(LAYOUTS[0]));
    let mut accounts = Vec::new();
    let day = 86_400;
    for (at, line) in unpacked(&folder.join("accounts.ndjson.gz")).lines().enumerate() {
        let mut account: serde_json::Value = serde_json::from_str(line).unwrap();
        let t = account["balance"]["as_of"].as_i64().unwrap();
        let mut sum = 0;
        for (days, amount) in [(0, -150_000 - at as i64), (2, 410_000), (5, -77_700)] {
            sum += amount;
            let time = t + days * day + 3_600;
            let row = serde_json::json!({
                "id": format!("fctxn_late_{at}_{days}"), "object": "financial_connections.transaction",
                "account": account["id"], "amount": amount, "currency": "czk", "description": "VYBER",
                "livemode": true, "status": "posted", "status_transitions": {"posted_at": time, "void_at": null},
                "transacted_at": time, "transaction_refresh": "fctxnref_late", "updated": time,
            });
            transactions += &format!("{row}\n");
        }
        let later = t + 6 * day;
        let current = account["balance"]["current"]["czk"].as_i64().unwrap() + sum;
        account["balance"]["as_of"] = later.into();
        account["balance"]["current"]["czk"] = current.into();
        account["balance"]["cash"]["available"]["czk"] = current.into();
        account["balance_refresh"]["last_attempted_at"] = later.into();
        account["transaction_refresh"]["last_attempted_at"] = later.into();
        writeln!(accounts, "{account}").unwrap();
    }
    let mut zipped = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    zipped.write_all(&accounts).unwrap();
    fs::write(late.join("accounts.ndjson.gz"), zipped.finish().unwrap()).unwrap();
    fs::write(late.join("transactions.ndjson"), transactions).unwrap();
    let out = score(&late, &late.join("transactions.ndjson"), place.path().join("out"), &[]);
    let read = |run: &Path| -> Vec<(String, String, String)> {
        let mut reader = csv::Reader::from_path(run.join("scores.csv")).unwrap();
        let header = reader.headers().unwrap().clone();
        let at = |name: &str| header.iter().position(|column| column == name).unwrap();
        let (id, score, mode) = (at("application_id"), at("score"), at("balance_mode"));
        reader
            .records()
            .map(Result::unwrap)
            .map(|row| (row[id].to_owned(), row[score].to_owned(), row[mode].to_owned()))
            .collect()
    };
    let (plain, late) = (read(&plain), read(&out));
    assert_eq!(plain.len(), late.len());
    for (before, after) in plain.iter().zip(&late) {
        assert_eq!((&before.0, &before.1), (&after.0, &after.1));
        assert_eq!((before.2.as_str(), after.2.as_str()), ("strict", "reconstruct"), "{}", before.0);
    }
}

/// Counts of the bank's series, each payment of which names the account it goes to or comes from, and so stands for itself: all
/// of three payments and more are found. Of cash, which has no such name, 71 accounts show one sum on one date of the month three
/// times or more (counted apart from the engine), 68 of them four times or more.
#[test]
fn every_series_of_real_transfers_to_or_from_one_account_is_found_as_monthly() {
    use std::collections::BTreeSet;

    use cashline_core::{
        category::{categoriser::Categoriser, taxonomy::Taxonomy},
        engine::{Engine, EngineParts},
        stream::{cadence::Cadence, recurring},
    };
    let Some(folder) = shared("data/berka") else { return };
    let rules = fs::read_to_string(workspace().join("data/rules/berka_cz.toml")).unwrap();
    let mut parts = EngineParts::builtin().unwrap();
    parts.categoriser = Categoriser::new(Taxonomy::builtin(), &[("berka_cz.toml", &rules)]).unwrap();
    let engine = Engine::new(parts).unwrap();
    let (applications, rows) = everything(&folder);
    let history = engine.history(&mut engine.session(), rows);
    let taxonomy = engine.categoriser().taxonomy();
    let mut counts: BTreeMap<(&str, &str, &str), usize> = BTreeMap::new();
    let mut series: BTreeMap<&str, usize> = BTreeMap::new();
    let mut missed = vec![];
    for application in &applications {
        let ledger = engine.ledger(&history, application).unwrap();
        let streams = recurring::streams(&ledger, taxonomy);
        let mut monthly: BTreeSet<u32> = BTreeSet::new();
        for stream in streams.list() {
            let name = taxonomy.info(stream.purpose).name.as_str();
            *counts.entry((stream.kind.code(), name, stream.cadence.code())).or_default() += 1;
            if stream.cadence == Cadence::MonthlyByDay {
                monthly.extend(streams.occurrences(stream).iter().flat_map(|one| streams.rows(one)));
            }
        }
        let mut payments: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
        for (at, row) in (0..).zip(&ledger.rows) {
            let text = history.description(row.index);
            if text.ends_with(|last: char| last.is_ascii_digit()) {
                payments.entry(text).or_default().push(at);
            }
        }
        for rows in payments.values().filter(|rows| 3 <= rows.len()) {
            let newest = &ledger.rows[rows[rows.len() - 1] as usize];
            *series.entry(&taxonomy.info(newest.label.purpose).name).or_default() += 1;
            if !rows.iter().all(|row| monthly.contains(row)) {
                missed.push((history.id(newest.index), rows.len()));
            }
        }
    }
    eprintln!("streams of {} applications by kind, purpose and cadence: {counts:#?}", applications.len());
    eprintln!("series of three and more by account number: {series:?}");
    // As counted apart from the engine: 71 payers, 101 other standing orders, 43 premiums, 129 households. No pension and no
    // loan payment stands before any of these loans, and fees are no streams.
    let expected = [("income_other", 71), ("insurance", 43), ("rent", 129), ("transfer_other", 101)];
    assert_eq!(series.into_iter().collect::<Vec<_>>(), expected);
    assert_eq!(missed, [], "id of the newest payment, how many");
    let of = |purpose: &str| counts.iter().filter(|one| one.0.1 == purpose).map(|one| one.1).sum::<usize>();
    for (purpose, floor) in [("income_interest", 233), ("rent", 136), ("insurance", 44), ("cash_deposit", 68)] {
        assert!(floor <= of(purpose), "{purpose}: {} < {floor}", of(purpose));
    }
    assert!(counts.keys().all(|one| !["pension", "payroll", "loan"].contains(&one.0)), "{counts:?}");
}

/// All applications, and the pool of all accounts and transactions.
fn everything(folder: &Path) -> (Vec<cashline_core::application::Application>, cashline_core::history::HistoryBuilder) {
    use cashline_core::{application::Application, history::HistoryBuilder, row::Row, time::Zone};
    use cashline_io::{
        input::Inputs,
        read::{Item, LAYOUTS, ReadOptions},
    };
    let options = ReadOptions::default();
    let files = ["accounts.ndjson.gz", "transactions.ndjson.gz", "applications.csv"].map(|name| folder.join(name));
    let (mut applications, mut rows) = (vec![], HistoryBuilder::new());
    for file in &Inputs::discover(&files, &options).unwrap().files {
        (LAYOUTS[file.layout].read)(file, &options, &mut |item| {
            match item {
                Item::Row(Row::Application(row)) => {
                    applications.push(Application::from_rows(&[row], None, &Zone::utc()).unwrap());
                }
                Item::Row(row) => rows.push(&row),
                Item::Defect(defect) => panic!("{defect:?}"),
                Item::Ignored(_) => {}
            }
            Ok(())
        })
        .unwrap();
    }
    (applications, rows)
}
