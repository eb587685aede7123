//! Runs with corrections: the batch is the library, order is no information, nothing is lost, and no text of staff gets out.

use std::{collections::BTreeSet, fs, sync::Arc};

use cashline_core::{
    correction::CorrectionsBuilder,
    history::HistoryBuilder,
    row::{ApplicationRow, Row},
};

use super::*;
use crate::{input, read::Item, write::FORMATS};

/// Two overdraft fees of the overdrafter, a purchase of another applicant, and an id that no export holds.
const ROWS: [&str; 5] = [
    "fctxn_000000005a68850n00175,recategorise,fee_atm,Ana Example,a cash machine fee of hers,2026-11-02",
    "fctxn_000000005a68850n00175,exclude,,Ana Example,withdrawn: see the later row,2026-11-01",
    "fctxn_000000005a68850n00176,exclude,,case 17,her account was taken over,2026-11-03T10:00:00Z",
    "fctxn_000000003a37970n00360,exclude,,case 18,not his transfer,2026-11-04",
    "fctxn_nowhere,exclude,,case 19,of another export,2026-11-04",
];

struct Place {
    home: tempfile::TempDir,
}

impl Place {
    /// The sample portfolio, with corrections when there are any.
    fn new(corrections: &[&str]) -> Place {
        let place = Place { home: tempfile::tempdir().expect("a directory") };
        let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/sample");
        fs::create_dir(place.inputs()).expect("creates");
        for name in ["applications.csv", "accounts.ndjson", "transactions.ndjson"] {
            fs::copy(sample.join(name), place.inputs().join(name)).expect("copies");
        }
        if !corrections.is_empty() {
            let text = format!("transaction_id,action,purpose,by,why,at\n{}\n", corrections.join("\n"));
            fs::write(place.inputs().join("corrections.csv"), text).expect("writes");
        }
        place
    }

    fn inputs(&self) -> PathBuf {
        self.home.path().join("in")
    }

    fn out(&self) -> PathBuf {
        self.home.path().join("out")
    }

    fn files(&self) -> Vec<InputFile> {
        input::Inputs::discover(&[self.inputs()], &ReadOptions::default()).expect("known layouts").files
    }

    fn score(&self, engine: &Engine) -> Manifest {
        let run = ScoreRun {
            files: self.files(),
            read: ReadOptions::default(),
            as_of: None,
            format: &FORMATS[0],
            extras: Extras { matrix: Some(Tiers::All), evidence: true, ..Extras::default() },
            columns: vec![],
            gates: GateLimits::default(),
            last_run: None,
            output: Some((self.out(), CommitOptions::default())),
            threads: Some(2),
            parking: Parking::default(),
            digests: BTreeMap::new(),
            settings: json!({}),
        };
        score(&run, engine, &Interrupt::never()).expect("scores").manifest
    }

    fn bytes(&self, name: &str) -> Vec<u8> {
        fs::read(self.out().join(name)).expect("there")
    }

    fn tables(&self) -> Vec<Vec<u8>> {
        let names = ["scores.csv", "reasons.csv", "characteristics.parquet", "attributes.parquet", "evidence.parquet"];
        names.map(|name| self.bytes(name)).into()
    }
}

/// Score and rows used of each application, through the library door.
fn library(engine: &Engine, place: &Place) -> BTreeMap<String, (Option<i64>, u64)> {
    let mut corrections = CorrectionsBuilder::default();
    let mut builder = HistoryBuilder::new();
    let mut applications: BTreeMap<String, Vec<Application>> = BTreeMap::new();
    for file in place.files() {
        (LAYOUTS[file.layout].read)(&file, &ReadOptions::default(), &mut |item| {
            match item {
                Item::Row(Row::Application(row)) => {
                    let rows: [ApplicationRow<'_>; 1] = [row];
                    let one = Application::from_rows(&rows, None, engine.zone()).expect("usable");
                    applications.entry(one.application_id.clone()).or_default().push(one);
                }
                Item::Row(Row::Correction(row)) => corrections.push(&row),
                Item::Row(row) => builder.push(&row),
                Item::Defect(defect) => panic!("{defect:?}"),
                Item::Ignored(_) => {}
            }
            Ok(())
        })
        .expect("usable");
    }
    builder.corrections(Arc::new(engine.corrections(corrections)));
    let mut session = engine.session();
    let history = engine.history(&mut session, builder);
    // An application of two applicants has two rows: those are left to other tests.
    let single = applications.into_iter().filter(|(_, rows)| rows.len() == 1);
    let answers = single.map(|(id, rows)| {
        let answer = engine.assess(&mut session, &history, &rows[0]);
        (id, (answer.score, answer.counts.rows_used))
    });
    answers.collect()
}

#[test]
fn the_batch_with_corrections_is_the_library_and_the_order_of_rows_changes_nothing() {
    let engine = Engine::builtin().expect("shipped");
    let (plain, place) = (Place::new(&[]), Place::new(&ROWS));
    plain.score(&engine);
    place.score(&engine);
    assert_ne!(plain.tables(), place.tables(), "corrections change something");
    let expected = library(&engine, &place);
    let mut reader = csv::Reader::from_path(place.out().join("scores.csv")).expect("there");
    let header = reader.headers().expect("a header").clone();
    let at = |name: &str| header.iter().position(|column| column == name).expect(name);
    let mut compared = BTreeSet::new();
    for row in reader.records().map(|row| row.expect("well formed")) {
        if let Some((score, rows_used)) = expected.get(&row[at("application_id")]) {
            assert_eq!(row[at("score")].parse().ok(), *score, "{row:?}");
            assert_eq!(row[at("rows_used")].parse(), Ok(*rows_used), "{row:?}");
            compared.insert(row[at("application_id")].to_owned());
        }
    }
    assert!(compared.contains("app_overdrafter") && 7 <= compared.len(), "{compared:?}");
    for order in [[4, 3, 2, 1, 0], [2, 0, 4, 1, 3]] {
        let shuffled = Place::new(&order.map(|at| ROWS[at]));
        shuffled.score(&engine);
        assert_eq!(shuffled.tables(), place.tables(), "{order:?}");
    }
    // Rows of an applicant that stand apart are read a second time; what was met the first time counts once.
    let apart = Place::new(&ROWS);
    let path = apart.inputs().join("transactions.ndjson");
    let text = fs::read_to_string(&path).expect("there");
    let (even, odd): (Vec<_>, Vec<_>) = text.lines().enumerate().partition(|(at, _)| at % 2 == 0);
    let lines: Vec<&str> = even.into_iter().chain(odd).map(|(_, line)| line).collect();
    fs::write(&path, lines.join("\n")).expect("writes");
    let manifest = apart.score(&engine);
    assert!(manifest.counts.regrouped);
    assert_eq!((manifest.counts.corrections["matched"], manifest.counts.corrections["unmatched"]), (3, 1));
    assert_eq!(apart.tables(), place.tables());
}

#[test]
fn a_correction_without_its_transaction_is_told_and_fails_nothing() {
    let engine = Engine::builtin().expect("shipped");
    let place = Place::new(&ROWS);
    let manifest = place.score(&engine);
    assert_eq!(manifest.exit_code, 0, "{:?}", manifest.gates);
    let counts = ["read", "transactions", "matched", "unmatched"].map(|name| manifest.counts.corrections[name]);
    assert_eq!(counts, [5, 4, 3, 1]);
    assert_eq!(manifest.counts.ledger["corrections_applied"], 3);
    assert_eq!(manifest.counts.ledger["excluded"], 2);
    assert_eq!(manifest.counts.defects, BTreeMap::from([("unmatched_correction".to_owned(), 1)]));
    assert_eq!(manifest.counts.unattributed, 0);
    let defects = String::from_utf8(place.bytes("defects.csv")).expect("text");
    assert_eq!(defects.lines().nth(1), Some("corrections.csv,6,transaction_id,unmatched_correction"));
    let input = manifest.inputs.iter().find(|input| input.path == "corrections.csv").expect("an input");
    assert_eq!((input.rows["corrections"], input.defects), (5, 0));
}

#[test]
fn who_corrected_and_why_stands_in_no_file_of_a_run() {
    let engine = Engine::builtin().expect("shipped");
    // Faults too: an unknown action, a contradiction, a purpose that money going out cannot have.
    let faulty = [
        "fctxn_000000005a68850n00149,delete,,Ana Example,SECRET,2026-11-02",
        "fctxn_000000005a68850n00150,exclude,,Ana Example,SECRET,2026-11-02",
        "fctxn_000000005a68850n00150,recategorise,fee_atm,Ana Example,SECRET,2026-11-02",
        "fctxn_000000003a37970n00360,recategorise,income_salary,Ana Example,SECRET,2026-11-02",
        "fctxn_000000002a93610n00322,exclude,,Ana Example,SECRET,soon",
    ];
    let place = Place::new(&faulty);
    let manifest = place.score(&engine);
    let expected =
        [("conflicting_correction", 2), ("not_a_date", 1), ("purpose_not_allowed", 1), ("unknown_action", 1)];
    let expected = expected.map(|(kind, count)| (kind.to_owned(), count));
    assert_eq!(manifest.counts.defects, BTreeMap::from(expected));
    assert_eq!(manifest.counts.unattributed, 0, "each says of which transaction it is");
    let defects = String::from_utf8(place.bytes("defects.csv")).expect("text");
    let listed: Vec<&str> = defects.lines().skip(1).collect();
    let expected = [
        "corrections.csv,2,action,unknown_action",
        "corrections.csv,3,at,conflicting_correction",
        "corrections.csv,4,at,conflicting_correction",
        "corrections.csv,5,purpose,purpose_not_allowed",
        "corrections.csv,6,at,not_a_date",
    ];
    assert_eq!(listed, expected);
    let scores = String::from_utf8(place.bytes("scores.csv")).expect("text");
    for application in ["app_overdrafter", "app_gig_driver", "app_two_jobs"] {
        let row = scores.lines().find(|line| line.starts_with(application)).expect("a row");
        assert!(row.contains("incomplete_data"), "{row}");
    }
    for entry in fs::read_dir(place.out()).expect("readable") {
        let path = entry.expect("readable").path();
        let bytes = fs::read(&path).expect("readable");
        for word in ["SECRET", "Ana Example"] {
            assert!(memchr::memmem::find(&bytes, word.as_bytes()).is_none(), "{word} in {}", path.display());
        }
    }
}

#[test]
fn a_run_without_corrections_says_nothing_of_them() {
    let engine = Engine::builtin().expect("shipped");
    let place = Place::new(&[]);
    place.score(&engine);
    for name in ["scores.csv", "defects.csv", "manifest.json"] {
        let text = String::from_utf8(place.bytes(name)).expect("text");
        assert!(!text.contains("correct"), "{name}");
    }
}
