use std::fs;

use cashline_core::{
    assessment::{Characteristic, Decision, Reason, ReasonSource, Side, Status, Sufficiency},
    category::categoriser::{Categoriser, Memo},
    ledger::{self, BalanceMode, Counts, Cut},
    row::AsOf,
    table,
    time::{Day, Zone},
    value::Value,
};

use super::*;
use crate::{
    commit::sha256_hex,
    input,
    read::{Sink, mapping::Mapping},
    write::FORMATS,
};

/// Applicants of the test portfolio, each with two accounts.
const APPLICANTS: i64 = 7;

/// Amount of the nth transaction of an account, in minor units: all different, so that a row too many or too few shows.
fn amount(account: i64, nth: i64) -> i64 {
    1_000_003 * account + 101 * nth + 1
}

/// The rows as NDJSON: applicant by applicant, so that they stand together.
fn transactions() -> Vec<String> {
    let mut lines = vec![];
    for account in 0..2 * APPLICANTS {
        for nth in 0..5 {
            let at = 1_700_000_000 + 86_400 * nth;
            lines.push(format!(
                r#"{{"id":"fctxn_{account}_{nth}","object":"financial_connections.transaction","account":"fca_{account}","amount":{},"currency":"usd","description":"X","livemode":true,"status":"posted","status_transitions":{{"posted_at":{at},"void_at":null}},"transacted_at":{at},"updated":{at}}}"#,
                amount(account, nth)
            ));
        }
    }
    lines
}

fn accounts() -> Vec<String> {
    let line = |account: i64| {
        format!(
            r#"{{"id":"fca_{account}","object":"financial_connections.account","account_holder":{{"type":"customer","customer":"cus_{}"}},"category":"cash","subcategory":"checking","status":"active","livemode":true,"created":1600000000}}"#,
            account / 2
        )
    };
    (0..2 * APPLICANTS).map(line).collect()
}

fn applications() -> Vec<String> {
    let header = "application_id,applicant_id,as_of".to_owned();
    std::iter::once(header).chain((0..APPLICANTS).map(|n| application(n, "2024-06-01"))).collect()
}

fn application(n: i64, as_of: &str) -> String {
    format!("app_{n},cus_{n},{as_of}")
}

/// Inputs and output of a test, in a directory of their own.
struct Place {
    home: tempfile::TempDir,
}

impl Place {
    /// The portfolio in order, in three files.
    fn new() -> Place {
        let place = Place { home: tempfile::tempdir().expect("a directory") };
        place.put("applications.csv", &applications());
        place.put("accounts.ndjson", &accounts());
        place.put("transactions.ndjson", &transactions());
        place
    }

    fn put(&self, name: &str, lines: &[String]) {
        fs::create_dir_all(self.home.path().join("in")).expect("creates");
        fs::write(self.home.path().join("in").join(name), lines.join("\n") + "\n").expect("writes");
    }

    fn out(&self) -> PathBuf {
        self.home.path().join("out")
    }

    fn run(&self) -> ScoreRun {
        let read = ReadOptions::default();
        let found = input::Inputs::discover(&[self.home.path().join("in")], &read).expect("known layouts");
        ScoreRun {
            files: found.files,
            read,
            as_of: None,
            format: &FORMATS[0],
            extras: Extras::default(),
            columns: vec![],
            gates: GateLimits::default(),
            last_run: None,
            output: Some((self.out(), CommitOptions::default())),
            threads: None,
            parking: Parking::default(),
            digests: BTreeMap::from([("model".to_owned(), "m".to_owned())]),
            settings: json!({}),
        }
    }

    fn text(&self, name: &str) -> String {
        fs::read_to_string(self.out().join(name)).expect("there")
    }

    fn names(&self) -> Vec<String> {
        names(&self.out())
    }
}

fn names(dir: &Path) -> Vec<String> {
    let entries = fs::read_dir(dir).expect("readable");
    let mut names: Vec<String> =
        entries.map(|entry| entry.expect("readable").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// An answer that shows what reached the ledger: the score is the number of rows used, the base points their sum.
fn answer(application: &Application, history: &History) -> Assessment {
    let zone = Zone::utc();
    let ledger = ledger::cut(history, &Cut { application, zone: &zone, balance_age_days_max: 7 });
    let (counts, sum) = match &ledger {
        Ok(ledger) => (ledger.counts, ledger.rows.iter().map(|row| row.amount).sum()),
        Err(_) => (Counts::default(), 0),
    };
    let scored = ledger.is_ok_and(|ledger| ledger.doubts.is_empty());
    let blank = blank(application, if scored { Status::Scored } else { Status::IncompleteData });
    let characteristic = Characteristic {
        attribute: "sum".to_owned(),
        value: Ok(Value::Integer(sum)),
        bin: "all".to_owned(),
        points: 1,
        baseline: Default::default(),
    };
    let score = scored.then(|| i64::try_from(counts.rows_used).expect("few rows"));
    Assessment { score, base_points: sum, counts, characteristics: vec![characteristic], ..blank }
}

fn blank(application: &Application, status: Status) -> Assessment {
    let reason = Reason {
        rank: 1,
        side: Side::Adverse,
        source: ReasonSource::Scorability,
        code: "S01".to_owned(),
        text: "a text, with a comma".to_owned(),
        reviewer: "=1".to_owned(),
        c1: String::new(),
        attribute: String::new(),
        points: Default::default(),
    };
    Assessment {
        application_id: application.application_id.clone(),
        applicant_id: application.primary().to_owned(),
        applicants: application.applicants.iter().map(|applicant| applicant.id.clone()).collect(),
        as_of: application.as_of,
        status,
        decision: if status == Status::Scored { Decision::Refer } else { Decision::NotScorable },
        score: None,
        score_low: None,
        score_high: None,
        band: None,
        segment: None,
        probability: None,
        currency: "usd".to_owned(),
        sufficiency: Sufficiency::Full,
        institution_limits: vec![],
        institution: None,
        institutions: 0,
        balance_mode: BalanceMode::None,
        reasons: vec![reason],
        base_points: 0,
        characteristics: vec![],
        policy_trace: vec![],
        doubts: vec![],
        counts: Counts::default(),
        challengers: vec![],
        inputs: vec![],
    }
}

fn assess(pools: Vec<Pool>) -> Vec<Answer> {
    let mut answers = vec![];
    for pool in pools {
        let history = pool.rows.finish(&Categoriser::builtin(), &mut Memo::default());
        for application in &pool.applications {
            let assessment = answer(application, &history);
            let beside = Beside { defects: history.defects().to_vec(), ..Beside::default() };
            answers.push(Answer { assessment, beside });
        }
    }
    answers
}

fn score(run: &ScoreRun) -> Result<Summary, Error> {
    score_with(run, &assess, &Interrupt::never())
}

fn score_with(
    run: &ScoreRun,
    assess: &(dyn Fn(Vec<Pool>) -> Vec<Answer> + Sync),
    interrupt: &Interrupt,
) -> Result<Summary, Error> {
    let facts = RunFacts {
        provider: "test".to_owned(),
        model_id: "m".to_owned(),
        score_basis: "expert_uncalibrated".to_owned(),
        score_min: 0,
        score_max: 1000,
        zone: Zone::utc(),
    };
    let schemas = vec![table::scores(), table::reasons(), table::characteristics()];
    let refuse = |refused: &Refused| Answer {
        assessment: blank(&refused.application, Status::RejectedInput),
        beside: Beside::default(),
    };
    let digests = run.digests.clone();
    let taxonomy = &Taxonomy::builtin();
    let scorer = Scorer { facts, digests, taxonomy, options: json!({}), schemas, assess, refuse: &refuse };
    let read = |file: &InputFile, sink: &mut Sink<'_>| (LAYOUTS[file.layout].read)(file, &run.read, sink);
    execute(Job { run, interrupt, started: SystemTime::UNIX_EPOCH, profile: None }, &scorer, &read, None)
}

/// The tables of a run, as far as they depend on the data alone.
fn tables(place: &Place) -> Vec<Vec<u8>> {
    let read = |name: &str| fs::read(place.out().join(name)).expect("there");
    ["scores.csv", "reasons.csv", "characteristics.parquet"].map(read).into()
}

#[test]
fn a_run_is_published_with_its_tables_manifest_and_marker() {
    let place = Place::new();
    let summary = score(&place.run()).expect("scores");
    assert_eq!(summary.exit_code(), 0);
    assert!(matches!(summary.outcome, RunOutcome::Published(_)));
    let expected = [
        "_SUCCESS",
        "characteristics.parquet",
        "defects.csv",
        "manifest.json",
        "reasons.csv",
        "run.log.json",
        "scores.csv",
    ];
    assert_eq!(place.names(), expected);
    assert_eq!(names(place.home.path()), ["in", "out"]);
    let scores = place.text("scores.csv");
    let lines: Vec<&str> = scores.lines().collect();
    assert_eq!(lines.len(), 8, "a header and seven applications");
    assert!(lines[1].starts_with("app_0,cus_0,scored,refer,10,,S01,\"a text, with a comma\",,"), "{}", lines[1]);
    // Accounts 0 and 1 with five rows each: 5·1 000 003·(0 + 1) + 2·101·(0 + 1 + 2 + 3 + 4) + 10·1 = 5 002 045.
    assert!(lines[1].contains(",5002045,"), "{}", lines[1]);
    assert!(place.text("reasons.csv").contains(",'=1,"), "no cell begins a formula");
}

#[test]
fn the_manifest_counts_add_up_and_its_files_are_the_files() {
    let place = Place::new();
    // A second account's rows for nobody, a broken line, and an application without accounts.
    let mut rows = transactions();
    rows.push(rows[0].replace("fca_0", "fca_unlisted").replace("fctxn_0_0", "fctxn_x"));
    rows.push(rows[1].replace("\"amount\":", "\"amount\":\"x\",\"was\":"));
    place.put("transactions.ndjson", &rows);
    let mut asked = applications();
    asked.extend([application(8, "2024-06-01"), application(9, "2024-06-01"), application(9, "2024-06-02")]);
    place.put("applications.csv", &asked);
    let summary = score(&place.run()).expect("scores");
    let manifest = summary.manifest;
    let counts = &manifest.counts;
    // cus_0 has the broken line; cus_8 has no account; app_9 contradicts itself.
    assert_eq!(counts.applications["total"], 9);
    assert_eq!(counts.applications["scored"], 6);
    assert_eq!(counts.applications["incomplete_data"], 2);
    assert_eq!(counts.applications["rejected_input"], 1);
    assert_eq!(counts.applications_without_accounts, 1);
    assert_eq!(counts.transactions["read"], 71);
    assert_eq!(counts.transactions["pooled"], 70);
    assert_eq!(counts.transactions["of_unlisted_accounts"], 1);
    assert_eq!(counts.ledger["rows_seen"], 70);
    assert_eq!(counts.defects.values().sum::<u64>(), 3, "{:?}", counts.defects);
    assert_eq!(manifest.scores.count, 6);
    // Three defects in 9 + 1 applications, 14 accounts, 71 rows: above a tenth of a percent.
    let failed: Vec<&str> = manifest.gates.iter().filter(|gate| !gate.passed).map(|gate| gate.name.as_str()).collect();
    // The row of the account that no table lists is nobody's.
    assert_eq!((failed, counts.unattributed), (vec!["defects_max", "unattributed_max"], 1));
    assert_eq!(manifest.exit_code, 1);
    assert!(!place.names().contains(&"_SUCCESS".to_owned()));
    let written = Manifest::parse(&place.out(), place.text("manifest.json").as_bytes()).expect("valid");
    assert_eq!(written, manifest);
    for record in &written.files {
        let bytes = fs::read(place.out().join(&record.name)).expect("there");
        assert_eq!((bytes.len() as u64, sha256_hex(&bytes)), (record.bytes, record.sha256.clone()), "{}", record.name);
    }
    let files: Vec<(&str, Option<u64>)> = written.files.iter().map(|file| (file.name.as_str(), file.rows)).collect();
    let rows = [("characteristics.parquet", 8), ("defects.csv", 3), ("reasons.csv", 9), ("scores.csv", 9)];
    assert_eq!(files, rows.map(|(name, rows)| (name, Some(rows))));
    let defects = place.text("defects.csv");
    assert!(
        defects.starts_with("file,line,column,kind\napplications.csv,10,as_of,conflicting_application\n"),
        "{defects}"
    );
    assert!(defects.contains("transactions.ndjson,72,amount,"), "{defects}");
}

#[test]
fn no_path_clock_or_host_gets_into_the_reproducible_files() {
    let place = Place::new();
    score(&place.run()).expect("scores");
    let manifest = place.text("manifest.json");
    let home = place.home.path().to_string_lossy().into_owned();
    assert!(!manifest.contains(&home));
    assert!(place.text("run.log.json").contains(&home), "the volatile part says it");
    let other = Place::new();
    score(&other.run()).expect("scores");
    assert_eq!(other.text("manifest.json"), manifest);
}

/// The permutation i → 31·i + 7 modulo the length, which 31 is prime to.
fn shuffled(lines: &[String]) -> Vec<String> {
    assert_ne!(lines.len() % 31, 0);
    (0..lines.len()).map(|at| lines[(31 * at + 7) % lines.len()].clone()).collect()
}

#[test]
fn row_order_file_split_and_format_of_the_inputs_change_no_byte() {
    let straight = Place::new();
    let summary = score(&straight.run()).expect("scores");
    assert!(!summary.manifest.counts.regrouped);

    let mixed = Place::new();
    mixed.put("transactions.ndjson", &shuffled(&transactions()));
    mixed.put("accounts.ndjson", &shuffled(&accounts()));
    let summary = score(&mixed.run()).expect("scores");
    assert!(summary.manifest.counts.regrouped, "the shuffle parts what belongs together");
    assert_eq!(tables(&mixed), tables(&straight));

    let split = Place::new();
    let rows = shuffled(&transactions());
    split.put("transactions.ndjson", &rows[..20]);
    split.put("a.ndjson", &rows[20..21]);
    split.put("z.ndjson", &rows[21..]);
    score(&split.run()).expect("scores");
    assert_eq!(tables(&split), tables(&straight));

    let together = Place::new();
    fs::remove_file(together.home.path().join("in/accounts.ndjson")).expect("removes");
    together.put("transactions.ndjson", &[shuffled(&transactions()), accounts()].concat());
    score(&together.run()).expect("scores");
    assert_eq!(tables(&together), tables(&straight), "one file of all kinds");
}

#[test]
fn the_same_run_again_is_already_done_and_writes_nothing() {
    use std::os::unix::fs::MetadataExt as _;
    let place = Place::new();
    score(&place.run()).expect("scores");
    let stamp = |name: &str| {
        let metadata = fs::metadata(place.out().join(name)).expect("there");
        (metadata.ino(), metadata.mtime(), metadata.mtime_nsec())
    };
    let before = [stamp("."), stamp("scores.csv"), stamp("manifest.json")];
    let never = |_: Vec<Pool>| -> Vec<Answer> { unreachable!("nothing is assessed again") };
    let summary = score_with(&place.run(), &never, &Interrupt::never()).expect("done");
    assert!(matches!(summary.outcome, RunOutcome::AlreadyDone(_)));
    assert_eq!(summary.exit_code(), 0);
    assert_eq!([stamp("."), stamp("scores.csv"), stamp("manifest.json")], before);
    let threads = ScoreRun { threads: Some(3), ..place.run() };
    assert!(matches!(score(&threads).expect("done").outcome, RunOutcome::AlreadyDone(_)), "threads decide nothing");
}

#[test]
fn a_repeated_run_returns_its_stored_code() {
    let place = Place::new();
    let strict =
        || ScoreRun { gates: GateLimits { min_applications: Some(8), ..GateLimits::default() }, ..place.run() };
    assert_eq!(score(&strict()).expect("scores").exit_code(), 1);
    let again = score(&strict()).expect("done");
    assert!(matches!(again.outcome, RunOutcome::AlreadyDone(_)));
    assert_eq!(again.exit_code(), 1);
}

#[test]
fn a_run_that_is_already_done_has_its_marker_again_when_every_gate_had_passed() {
    let place = Place::new();
    score(&place.run()).expect("scores");
    let before = place.names();
    fs::remove_file(place.out().join("_SUCCESS")).expect("removes");
    assert!(matches!(score(&place.run()).expect("done").outcome, RunOutcome::AlreadyDone(_)));
    assert_eq!(place.names(), before);
    let strict = Place::new();
    let run = || ScoreRun { gates: GateLimits { min_applications: Some(8), ..GateLimits::default() }, ..strict.run() };
    (0..2).for_each(|_| assert_eq!(score(&run()).expect("scores").exit_code(), 1));
    assert!(!strict.names().contains(&"_SUCCESS".to_owned()));
}

#[test]
fn another_run_or_a_damaged_one_is_refused_and_overwritten_only_when_asked() {
    let place = Place::new();
    score(&place.run()).expect("scores");
    let before = place.text("scores.csv");
    let other = || ScoreRun { settings: json!({"policy": "other"}), ..place.run() };
    assert_eq!(score(&other()).expect_err("another run").exit_code(), 2);
    fs::write(place.out().join("scores.csv"), "rotten").expect("writes");
    let error = score(&place.run()).expect_err("damaged");
    assert!(error.to_string().contains("differ from its manifest"), "{error}");
    let overwrite = CommitOptions { overwrite: Overwrite::Exchange, ..CommitOptions::default() };
    let summary = score(&ScoreRun { output: Some((place.out(), overwrite)), ..place.run() }).expect("overwrites");
    assert!(matches!(summary.outcome, RunOutcome::Published(_)));
    assert_eq!(place.text("scores.csv"), before);
    assert_eq!(names(place.home.path()), ["in", "out"]);
}

#[test]
fn an_interrupted_run_publishes_nothing_and_leaves_nothing() {
    let place = Place::new();
    let interrupt = Interrupt::never();
    let raise = |pools: Vec<Pool>| {
        interrupt.raise(15);
        assess(pools)
    };
    let error = score_with(&place.run(), &raise, &interrupt).expect_err("raised");
    assert_eq!(error.exit_code(), 143);
    assert_eq!(names(place.home.path()), ["in"]);
}

#[test]
fn an_output_directory_that_cannot_be_written_costs_no_work() {
    let place = Place::new();
    let never = |_: Vec<Pool>| -> Vec<Answer> { unreachable!("refused before the work") };
    // /proc takes no directory, whoever asks.
    let nowhere =
        ScoreRun { output: Some((PathBuf::from("/proc/cashline/out"), CommitOptions::default())), ..place.run() };
    assert_eq!(score_with(&nowhere, &never, &Interrupt::never()).expect_err("refused").exit_code(), 3);
    let inside = ScoreRun { output: Some((place.home.path().join("in"), CommitOptions::default())), ..place.run() };
    let error = score_with(&inside, &never, &Interrupt::never()).expect_err("refused");
    assert!(error.to_string().contains("holds inputs of the run"), "{error}");
}

#[test]
fn without_a_directory_the_sorted_tables_come_back() {
    let place = Place::new();
    let summary = score(&ScoreRun { output: None, ..place.run() }).expect("scores");
    let RunOutcome::Returned(held) = summary.outcome else { unreachable!("no directory was asked for") };
    assert_eq!((held.len(), held.schemas()[0].name), (7, "scores"));
    assert_eq!(names(place.home.path()), ["in"]);
}

#[test]
fn scores_are_compared_with_the_last_run() {
    let place = Place::new();
    score(&place.run()).expect("scores");
    let next = Place::new();
    // One row of ten is gone from each applicant: the fake score counts rows, so that the mean falls from 10 to 9.
    let fewer: Vec<String> =
        transactions().into_iter().enumerate().filter(|(at, _)| at % 10 != 9).map(|(_, line)| line).collect();
    next.put("transactions.ndjson", &fewer);
    for (limit, code) in [(0.5, 1), (1.0, 0)] {
        let gates = GateLimits { max_score_shift: Some(limit), ..GateLimits::default() };
        let run = ScoreRun { last_run: Some(place.out()), gates, output: None, ..next.run() };
        assert_eq!(score(&run).expect("scores").exit_code(), code, "{limit}");
    }
    let missing = ScoreRun { last_run: Some(place.home.path().join("nowhere")), output: None, ..next.run() };
    assert_eq!(score(&missing).expect_err("no run there").exit_code(), 2);
}

#[test]
fn old_data_fails_its_gate() {
    let place = Place::new();
    // The newest row is of 2023-11-18 (1 700 000 000 s + 4 days), T is 2024-06-01, 196 days later; the day before T is 1.
    for (limit, code) in [(195, 1), (196, 0)] {
        let gates = GateLimits { max_data_age_days: Some(limit), ..GateLimits::default() };
        let run = ScoreRun { gates, output: None, ..place.run() };
        assert_eq!(score(&run).expect("scores").exit_code(), code, "{limit}");
    }
}

#[test]
fn a_row_from_t_on_does_not_make_old_data_young() {
    let place = Place::new();
    let mut rows = transactions();
    // 2024-06-01T00:00:00Z, the T of every application, and a day later.
    for (id, at) in [("late_1", "1717200000"), ("late_2", "1717286400")] {
        rows.push(rows[0].replace("fctxn_0_0", id).replace("1700000000", at));
    }
    place.put("transactions.ndjson", &rows);
    for (limit, code) in [(195, 1), (196, 0)] {
        let gates = GateLimits { max_data_age_days: Some(limit), ..GateLimits::default() };
        let manifest = score(&ScoreRun { gates, output: None, ..place.run() }).expect("scores").manifest;
        assert_eq!((manifest.exit_code, manifest.as_of.newest_data.as_deref()), (code, Some("2024-06-02")), "{limit}");
    }
}

#[test]
fn conflicting_rows_count_the_same_whether_each_has_a_line_of_its_own_or_all_share_one() {
    let mut rows = transactions();
    // Three rows of one account that say another amount: each of them and its rival is set aside, once, for two applications.
    let rivals: Vec<String> = rows[..3].iter().map(|row| row.replace("\"amount\":", "\"amount\":-")).collect();
    rows.extend(rivals);
    let json = format!("[{}]", rows.join(","));
    for (name, lines) in [("transactions.ndjson", rows), ("transactions.json", vec![json])] {
        let place = Place::new();
        fs::remove_file(place.home.path().join("in/transactions.ndjson")).expect("removes");
        place.put(name, &lines);
        place.put("applications.csv", &[applications(), vec!["app_9,cus_0,2024-06-01".to_owned()]].concat());
        let manifest = score(&place.run()).expect("scores").manifest;
        assert_eq!(manifest.counts.defects, BTreeMap::from([("conflicting_duplicate".to_owned(), 6)]), "{name}");
        assert_eq!(place.text("defects.csv").lines().count(), 1 + 6, "{name}");
    }
}

#[test]
fn the_order_in_which_columns_are_dropped_is_no_other_reading() {
    let place = Place::new();
    let of = |names: [&str; 3]| {
        let drop_columns = names.map(str::to_owned).to_vec();
        since::reading(&ScoreRun { read: ReadOptions { drop_columns, ..ReadOptions::default() }, ..place.run() })
    };
    assert_eq!(of(["sex", "zip", "zip"]), of(["zip", "sex", "sex"]));
    assert_ne!(of(["sex", "zip", "zip"]), of(["sex", "age", "age"]));
}

#[test]
fn a_mapping_is_part_of_a_runs_identity_and_its_comments_are_not() {
    let engine = Engine::builtin().expect("shipped");
    let place = Place::new();
    let of = |text: Option<&str>| {
        let mapping = text.map(|text| Mapping::parse(text, Path::new("m.toml")).expect("a mapping"));
        digests(&ScoreRun { read: ReadOptions { mapping, ..ReadOptions::default() }, ..place.run() }, &engine)
    };
    let text = "name='x'\n[balances.columns]\naccount='a'\nas_of='t'\ncurrent='c'\n";
    assert!(!of(None).contains_key("mapping"));
    assert_eq!(of(Some(text)), of(Some(&format!("# of the old bank\n{text}"))));
    assert_ne!(of(Some(text)), of(Some(&text.replace("'c'", "'d'"))));
}

#[test]
fn the_runs_own_t_is_part_of_its_identity() {
    let place = Place::new();
    fs::remove_file(place.home.path().join("in/applications.csv")).expect("removes");
    let at = |day| ScoreRun { as_of: Some(AsOf::Date(Day(day))), output: None, ..place.run() };
    let one = score(&at(19_875)).expect("scores").manifest;
    let two = score(&at(19_876)).expect("scores").manifest;
    assert_ne!(one.run_id, two.run_id);
    assert_eq!(one.counts.applications["total"], 7, "every holder applies");
    assert_eq!(score(&ScoreRun { output: None, ..place.run() }).expect_err("no T").exit_code(), 2);
}
