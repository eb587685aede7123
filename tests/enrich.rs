//! `cashline enrich` through the binary: what it writes, what it never hides, that it says the same as the attributes, and the
//! same bytes whatever the order of rows. What was planted in generated lives against it: `planted`.

mod planted;
mod probability;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs,
    path::Path,
};

use cashline_core::{
    table::{Described, ENRICHED, EnrichedTable},
    time::Day,
};
use serde_json::{Map, Value};

use crate::{
    oracle::grammar::{Catalogue, Window, texts},
    support::{run, scratch, sha256, shared, workspace},
};

type Row = Map<String, Value>;

/// A table that was written as NDJSON.
fn table(folder: &Path, name: &str) -> Vec<Row> {
    let text = fs::read_to_string(folder.join(name).with_extension("ndjson")).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn enrich(inputs: &[&str], out: &Path, more: &[&str]) {
    run(0, &[&["enrich"], inputs, &["--format", "ndjson", "-o", out.to_str().unwrap()], more].concat());
}

fn text<'r>(row: &'r Row, column: &str) -> &'r str {
    row.get(column).and_then(Value::as_str).unwrap_or_default()
}

fn whole(row: &Row, column: &str) -> i64 {
    row.get(column).and_then(Value::as_i64).unwrap_or_else(|| panic!("{column} of {row:?}"))
}

fn day(text: &str) -> Day {
    let parts: Vec<i64> = text.split('-').map(|part| part.parse().unwrap()).collect();
    let narrow = |part: i64| u32::try_from(part).unwrap();
    Day::from_civil(i32::try_from(parts[0]).unwrap(), narrow(parts[1]), narrow(parts[2]))
}

/// The sample's rows with each table's lines in another order, in a folder of their own.
fn shuffled(into: &Path) {
    fs::create_dir_all(into).unwrap();
    for name in ["accounts.ndjson", "transactions.ndjson", "applications.csv"] {
        let all = fs::read_to_string(workspace().join("data/sample").join(name)).unwrap();
        let (head, rows) = if name.ends_with(".csv") { all.split_once('\n').unwrap() } else { ("", all.as_str()) };
        let mut lines: Vec<&str> = rows.lines().collect();
        // By digest: any order will do that no reader could undo.
        lines.sort_by_key(|line| cashline_core::hash::sha256(line.as_bytes()));
        let head = if head.is_empty() { String::new() } else { format!("{head}\n") };
        fs::write(into.join(name), head + &lines.join("\n") + "\n").unwrap();
    }
}

#[test]
fn shuffled_rows_and_any_number_of_threads_write_the_same_bytes() {
    let place = scratch();
    let path = |name: &str| place.path().join(name);
    shuffled(&path("in"));
    for (format, ending) in [("csv", "csv"), ("parquet", "parquet"), ("ndjson", "ndjson")] {
        let plain = path(&format!("plain_{format}"));
        let other = path(&format!("other_{format}"));
        let (plain_text, other_text) = (plain.to_str().unwrap(), other.to_str().unwrap());
        run(0, &["enrich", "data/sample", "--format", format, "-o", plain_text]);
        let input = path("in");
        run(0, &["enrich", input.to_str().unwrap(), "--format", format, "--threads", "1", "-o", other_text]);
        for table in ENRICHED {
            let file = format!("{}.{ending}", table.name);
            assert_eq!(sha256(&plain.join(&file)), sha256(&other.join(&file)), "{file}");
        }
    }
}

#[test]
fn a_directory_holds_all_tables_and_no_score() {
    let place = scratch();
    let out = place.path().join("out");
    run(0, &["enrich", "data/sample", "-o", out.to_str().unwrap()]);
    let names: BTreeSet<String> =
        fs::read_dir(&out).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    let mut wanted: BTreeSet<String> = ENRICHED.iter().map(|table| format!("{}.csv", table.name)).collect();
    wanted.extend(["_SUCCESS", "defects.csv", "manifest.json", "run.log.json"].map(str::to_owned));
    assert_eq!(names, wanted);
    let manifest: Value = serde_json::from_slice(&fs::read(out.join("manifest.json")).unwrap()).unwrap();
    assert_eq!(manifest["scores"]["count"], 0);
    assert_eq!(manifest["counts"]["applications"]["complete"], 9);
    assert_eq!(manifest["counts"]["decisions"], Value::Object(Map::new()));
    // The same run again writes nothing; another horizon is another run.
    let again = run(0, &["enrich", "data/sample", "-o", out.to_str().unwrap()]);
    assert!(String::from_utf8_lossy(&again.stderr).contains("already done"));
    run(2, &["enrich", "data/sample", "--days", "7", "-o", out.to_str().unwrap()]);
    run(2, &["enrich", "data/sample"]);
}

#[test]
fn the_tables_of_the_sample_refer_to_each_other() {
    let place = scratch();
    let out = place.path().join("out");
    enrich(&["data/sample"], &out, &[]);
    let transactions = table(&out, "transactions");
    let key = |row: &Row, column: &str| (text(row, "application_id").to_owned(), text(row, column).to_owned());
    let rows: BTreeMap<_, &Row> = transactions.iter().map(|row| (key(row, "transaction_id"), row)).collect();
    let streams = table(&out, "streams");
    let ids: BTreeMap<_, &Row> = streams.iter().map(|row| (key(row, "stream_id"), row)).collect();
    assert_eq!((rows.len(), ids.len()), (transactions.len(), streams.len()), "ids are unique");
    let (mut transfers, mut undone, mut paid) = (0, 0, BTreeMap::new());
    for row in &transactions {
        assert_eq!(row["own_transfer"] == Value::Bool(true), !text(row, "transfer_id").is_empty(), "{row:?}");
        if let Some(partner) = rows.get(&key(row, "transfer_id")) {
            assert_eq!(text(partner, "transfer_id"), text(row, "transaction_id"), "mutual");
            assert_eq!(whole(partner, "amount_minor"), -whole(row, "amount_minor"));
            assert_ne!(partner["account_id"], row["account_id"]);
            transfers += 1;
        }
        if let Some(other) = rows.get(&key(row, "undoes_id")) {
            assert_eq!(
                text(other, "undone_by_id"),
                text(row, "transaction_id"),
                "no fee of the sample was paid back in parts"
            );
            undone += 1;
        }
        if !text(row, "stream_id").is_empty() {
            assert!(ids.contains_key(&key(row, "stream_id")));
            *paid.entry(key(row, "stream_id")).or_insert(0) += whole(row, "amount_minor");
        }
    }
    // Two jobs and the couple move money between accounts of their own; the overdrafter's and the stacker's debits return.
    assert!(100 < transfers && 10 <= undone, "{transfers} {undone}");
    for row in table(&out, "upcoming") {
        let stream = ids[&key(&row, "stream_id")];
        assert_eq!(whole(&row, "amount_minor").signum(), paid[&key(&row, "stream_id")].signum());
        assert_eq!(stream["next_amount_minor"], row["amount_minor"]);
        let [low, usual, high] =
            ["amount_low_minor", "amount_minor", "amount_high_minor"].map(|name| whole(&row, name));
        assert!(low <= usual && usual <= high);
        let [from, date, to] = ["earliest", "date", "latest"].map(|name| day(text(&row, name)));
        let t = Day::from_civil(2026, 11, 1);
        assert!(t <= from && from <= date && date <= to && date < t.plus(30), "{row:?}");
    }
    for row in table(&out, "applications") {
        let own = |name: &str| {
            let rows = table(&out, name);
            i64::try_from(rows.iter().filter(|one| one["application_id"] == row["application_id"]).count()).unwrap()
        };
        assert_eq!(whole(&row, "transactions"), own("transactions"));
        assert_eq!((whole(&row, "streams"), whole(&row, "upcoming")), (own("streams"), own("upcoming")));
        assert_eq!(own("projection"), if text(&row, "projection_missing").is_empty() { 30 } else { 0 });
    }
}

/// Whether a day lies in a window before T.
fn holds(window: Window, of: Day, t: Day) -> bool {
    match window {
        Window::All => true,
        Window::Days { far, near } => t.plus(-far) <= of && of < t.plus(-near),
        Window::Month(back) => of.month_start(0) == t.plus(-1).month_start(back),
    }
}

#[test]
fn sums_of_transactions_by_purpose_are_the_attributes_that_claim_the_same() {
    let place = scratch();
    let out = place.path().join("out");
    enrich(&["data/sample"], &out, &[]);
    let transactions = table(&out, "transactions");
    let matrix = run(0, &["attributes", "data/sample", "--tier", "all", "--format", "ndjson"]).stdout;
    let matrix: Vec<Row> =
        String::from_utf8(matrix).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let catalogue = Catalogue::shipped();
    let t = Day::from_civil(2026, 11, 1);
    let (mut compared, mut moved) = (0, 0);
    for attribute in catalogue.attributes.iter().filter(|one| one.over.is_none()) {
        let filter = &catalogue.filters[attribute.of];
        let plain = filter.keys().all(|key| ["direction", "purposes"].contains(&key.as_str()));
        let summed =
            matches!((attribute.measure.as_str(), attribute.unit.as_str()), ("sum", "minor") | ("count", "count"));
        let Some(purposes) = filter.get("purposes").filter(|_| plain && summed).map(texts) else { continue };
        if purposes.iter().any(|purpose| purpose.contains('*')) {
            continue;
        }
        let direction = filter.get("direction").and_then(|one| one.as_str());
        for (window, suffix) in &attribute.windows {
            let column = format!("{}{suffix}", attribute.name);
            for one in &matrix {
                let Some(said) = one[&column].as_i64() else { continue };
                let own = transactions.iter().filter(|row| {
                    let amount = whole(row, "amount_minor");
                    row["application_id"] == one["application_id"]
                        && text(row, "state") == "posted"
                        && text(row, "scope") == "deposit"
                        // A payment to an own card is tied to the card, and an outflow all the same.
                        && (row["own_transfer"] == Value::Bool(false) || text(row, "purpose") == "credit_card_payment")
                        && purposes.contains(&text(row, "purpose"))
                        && direction.is_none_or(|way| (way == "inflow") == (0 < amount))
                        && holds(*window, day(text(row, "day")), t)
                });
                let answer: i64 = match attribute.measure.as_str() {
                    "count" => i64::try_from(own.count()).unwrap(),
                    _ => own.map(|row| whole(row, "amount_minor").abs()).sum(),
                };
                assert_eq!(answer, said, "{column} of {}", one["application_id"]);
                compared += 1;
                moved += usize::from(said != 0);
            }
        }
    }
    eprintln!("{compared} cells of attributes equal sums of transactions, {moved} of them not zero");
    assert!(1_000 < compared && 100 < moved, "{compared} {moved}");
}

#[test]
fn the_summary_adds_up_to_the_transactions() {
    let place = scratch();
    let out = place.path().join("out");
    enrich(&["data/sample"], &out, &[]);
    let mut sums: BTreeMap<[String; 4], [i64; 3]> = BTreeMap::new();
    let counted = |row: &Row| text(row, "state") == "posted" && row["own_transfer"] == Value::Bool(false);
    for row in table(&out, "transactions").iter().filter(|row| counted(row)) {
        let month = format!("{}-01", &text(row, "day")[..7]);
        let key = [
            text(row, "application_id").to_owned(),
            month,
            text(row, "scope").to_owned(),
            text(row, "purpose").to_owned(),
        ];
        let sum = sums.entry(key).or_default();
        let amount = whole(row, "amount_minor");
        *sum = [sum[0] + amount.max(0), sum[1] - amount.min(0), sum[2] + 1];
    }
    let written: BTreeMap<[String; 4], [i64; 3]> = table(&out, "summary")
        .iter()
        .map(|row| {
            let key = ["application_id", "month", "scope", "purpose"].map(|name| text(row, name).to_owned());
            (key, ["inflow_minor", "outflow_minor", "transactions"].map(|name| whole(row, name)))
        })
        .collect();
    assert!(500 < sums.len());
    assert_eq!(sums, written);
}

#[test]
fn a_stream_keeps_its_id_when_t_moves() {
    let place = scratch();
    let input = place.path().join("in");
    fs::create_dir(&input).unwrap();
    for name in ["accounts.ndjson", "transactions.ndjson"] {
        fs::copy(workspace().join("data/sample").join(name), input.join(name)).unwrap();
    }
    let applications = fs::read_to_string(workspace().join("data/sample/applications.csv")).unwrap();
    fs::write(input.join("applications.csv"), applications.replace("2026-11-01", "2026-10-18")).unwrap();
    let (now, before) = (place.path().join("now"), place.path().join("before"));
    enrich(&["data/sample"], &now, &[]);
    enrich(&[input.to_str().unwrap()], &before, &[]);
    let ids = |folder: &Path| -> BTreeSet<String> {
        table(folder, "streams").iter().map(|row| text(row, "stream_id").to_owned()).collect()
    };
    let (now, before) = (ids(&now), ids(&before));
    // Two weeks make no stream of the sample, and end none.
    let gone: Vec<&String> = before.difference(&now).collect();
    assert!(50 < now.len() && gone.is_empty(), "{gone:?}");
}

#[test]
fn what_is_in_doubt_or_corrected_is_written_and_says_so() {
    let place = scratch();
    let (input, out) = (place.path().join("in"), place.path().join("out"));
    fs::create_dir(&input).unwrap();
    for name in ["accounts.ndjson", "transactions.ndjson"] {
        fs::copy(workspace().join("data/sample").join(name), input.join(name)).unwrap();
    }
    // An application of nobody's accounts, and one whose rows contradict each other.
    let applications = fs::read_to_string(workspace().join("data/sample/applications.csv")).unwrap();
    let header = applications.lines().next().unwrap();
    let cells = |id: &str, applicant: &str, t: &str| {
        let cell = |name: &str| match name {
            "application_id" => id.to_owned(),
            "applicant_id" => applicant.to_owned(),
            "as_of" => t.to_owned(),
            _ => String::new(),
        };
        header.split(',').map(cell).collect::<Vec<String>>().join(",")
    };
    let more = [
        cells("app_nobody", "cus_nobody", "2026-11-01"),
        cells("app_torn", "cus_000000002a9361", "2026-11-01"),
        cells("app_torn", "cus_000000002a9361", "2026-10-01"),
    ];
    fs::write(input.join("applications.csv"), format!("{}\n{}\n", applications.trim_end(), more.join("\n"))).unwrap();
    // The overdrafter's fees: one left out, one renamed; of a row of the benefits' two people say different things.
    let disputed = "fctxn_000000004a99880n00010";
    let corrections = format!(
        "transaction_id,action,purpose,by,why,at\n\
         fctxn_000000005a68850n00176,exclude,,a,b,2026-11-03\n\
         fctxn_000000005a68850n00175,recategorise,fee_atm,a,b,2026-11-04\n\
         {disputed},exclude,,a,b,2026-11-03\n{disputed},recategorise,groceries,a,b,2026-11-03\n"
    );
    fs::write(input.join("corrections.csv"), corrections).unwrap();
    enrich(&[input.to_str().unwrap()], &out, &["--defects-max", "100%"]);
    let applications: BTreeMap<String, Row> =
        table(&out, "applications").into_iter().map(|row| (text(&row, "application_id").to_owned(), row)).collect();
    let status = |id: &str| text(&applications[id], "data_status").to_owned();
    assert_eq!(status("app_nobody"), "no_data");
    assert_eq!(status("app_torn"), "rejected_input");
    assert_eq!(status("app_overdrafter"), "complete");
    assert_eq!(whole(&applications["app_overdrafter"], "excluded"), 1);
    assert_eq!(status("app_benefits"), "in_doubt");
    assert_eq!(text(&applications["app_benefits"], "doubts"), "conflicting_correction");
    let transactions = table(&out, "transactions");
    let row = |id: &str| transactions.iter().find(|row| text(row, "transaction_id") == id).unwrap();
    let left_out = row("fctxn_000000005a68850n00176");
    assert_eq!((text(left_out, "state"), text(left_out, "correction")), ("excluded", "excluded"));
    let renamed = row("fctxn_000000005a68850n00175");
    assert_eq!(
        ["correction", "purpose", "text_purpose"].map(|name| text(renamed, name)),
        ["recategorised", "fee_atm", "fee_overdraft"]
    );
    assert_eq!((text(row(disputed), "state"), text(row(disputed), "correction")), ("posted", "in_doubt"));
    // Whoever reads one table alone sees it too.
    for name in ["accounts", "transactions", "streams", "upcoming", "projection", "summary"] {
        let rows = table(&out, name);
        let own: Vec<&Row> = rows.iter().filter(|row| text(row, "application_id") == "app_benefits").collect();
        assert!(!own.is_empty() && own.iter().all(|row| text(row, "data_status") == "in_doubt"), "{name}");
    }
    let accounts = table(&out, "accounts");
    let doubts = |id: &str| text(accounts.iter().find(|row| text(row, "account_id") == id).unwrap(), "doubts");
    assert_eq!(doubts("fca_000000004a99880n"), "conflicting_correction");
    assert_eq!(doubts("fca_000000005a68850n"), "");
}

/// The columns as the page shows them.
fn page() -> String {
    let mut page = String::new();
    let mut section = |title: String, columns: &mut dyn Iterator<Item = &'static Described>| {
        let _ = write!(page, "### {title}\n\n| column | holds | what |\n|---|---|---|\n");
        for (name, kind, about) in columns {
            let kind = format!("{kind:?}").to_lowercase();
            let _ = writeln!(page, "| `{name}` | {kind} | {about} |");
        }
        page.push('\n');
    };
    section("Every table begins with".to_owned(), &mut EnrichedTable::keys());
    for table in ENRICHED {
        section(format!("`{}`: {}", table.name, table.about), &mut table.columns.iter());
    }
    page
}

#[test]
fn every_column_is_documented() {
    const MARK: &str = "<!-- columns, printed from the schema -->\n\n";
    let path = workspace().join("docs/enrich.md");
    let text = fs::read_to_string(&path).unwrap();
    let (prose, columns) = text.split_once(MARK).unwrap();
    let wanted = page();
    if std::env::var_os("UPDATE").is_some() && columns != wanted {
        fs::write(&path, format!("{prose}{MARK}{wanted}")).unwrap();
        return;
    }
    assert_eq!(columns, wanted, "stale; run the test once with UPDATE=1 and read the difference");
    let described = ENRICHED.iter().flat_map(EnrichedTable::all_columns);
    let short: Vec<&str> = described.filter(|(_, _, about)| about.len() < 6).map(|column| column.0).collect();
    assert!(short.is_empty(), "{short:?}");
    for table in ENRICHED {
        let names: BTreeSet<&str> = table.all_columns().map(|column| column.0).collect();
        assert_eq!(names.len(), table.all_columns().count(), "{}: names repeat", table.name);
        let money = names.iter().any(|name| name.ends_with("_minor"));
        assert!(!money || names.contains("currency"), "{}: currency stands beside money", table.name);
    }
}

/// Real accounts, a month before the end of each one's data: what was expected against what came.
#[test]
fn what_real_accounts_were_to_bring_came() {
    let Some(folder) = shared("data/berka") else { return };
    let place = scratch();
    let input = place.path().join("applications.csv");
    let applications = fs::read_to_string(folder.join("applications.csv")).unwrap();
    let at = applications.lines().next().unwrap().split(',').position(|name| name == "as_of").unwrap();
    let earlier = |line: &str| {
        let mut cells: Vec<String> = line.split(',').map(str::to_owned).collect();
        cells[at] = day(&cells[at]).plus(-31).to_string();
        cells.join(",")
    };
    let lines: Vec<String> =
        applications.lines().take(1).map(str::to_owned).chain(applications.lines().skip(1).map(earlier)).collect();
    fs::write(&input, lines.join("\n") + "\n").unwrap();
    let path = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    let (accounts, rows, then, rules) = (
        path("accounts.ndjson.gz"),
        path("transactions.parquet"),
        path("applications.csv"),
        "data/rules/berka_cz.toml",
    );
    let (told, came) = (place.path().join("told"), place.path().join("came"));
    enrich(&[&accounts, &rows, input.to_str().unwrap()], &told, &["--rules", rules, "--days", "24"]);
    enrich(&[&accounts, &rows, &then], &came, &["--rules", rules]);
    let mut paid: BTreeMap<(String, String), Vec<(Day, i64)>> = BTreeMap::new();
    for row in table(&came, "transactions") {
        let key = (text(&row, "application_id").to_owned(), text(&row, "merchant_key").to_owned());
        paid.entry(key).or_default().push((day(text(&row, "day")), whole(&row, "amount_minor")));
    }
    let (mut total, mut there, mut on_day, mut in_band) = (0, 0, 0, 0);
    for row in table(&told, "upcoming")
        .iter()
        .filter(|row| text(row, "status") == "expected" && text(row, "stream_state") == "mature")
    {
        let key = (text(row, "application_id").to_owned(), text(row, "merchant_key").to_owned());
        let date = day(text(row, "date"));
        // A day on which banks rest moves a payment, and this calendar is not that of the bank.
        let near =
            |one: &&(Day, i64)| (one.0.0 - date.0).abs() <= 3 && one.1.signum() == whole(row, "amount_minor").signum();
        let found: Vec<&(Day, i64)> = paid.get(&key).into_iter().flatten().filter(near).collect();
        let (low, high) = (whole(row, "amount_low_minor"), whole(row, "amount_high_minor"));
        total += 1;
        there += usize::from(!found.is_empty());
        on_day += usize::from(found.iter().any(|one| one.0 == date));
        in_band += usize::from(found.iter().any(|one| (low..=high).contains(&one.1)));
    }
    eprintln!(
        "Berka, a month before each grant: {total} payments expected, {on_day} came on the day, {there} within three days"
    );
    eprintln!("{in_band} of them with an amount in the band of the last six");
    assert!(200 < total && 95 * total <= 100 * there, "{there} of {total}");
}
