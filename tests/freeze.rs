//! Frozen bundles, challengers and replays: what was decided can be decided again.

use std::{collections::BTreeMap, fs, io::Read as _, path::Path, sync::Arc};

use arrow_array::{Array as _, ArrayRef, Float64Array, RecordBatch};
use parquet::arrow::{ArrowWriter, arrow_reader::ParquetRecordBatchReaderBuilder};
use serde_json::{Value, json};

use crate::support::{cashline, run, scratch, sha256, workspace};

const SAMPLE: &str = "data/sample";
const POLICY: &str = "data/policy/example.toml";
/// What the tables hold that an answer is.
const ANSWER: [&str; 4] = ["scores.csv", "reasons.csv", "characteristics.parquet", "inputs.parquet"];

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn digests(dir: &Path, names: &[&str]) -> BTreeMap<String, String> {
    names.iter().map(|name| ((*name).to_owned(), sha256(&dir.join(name)))).collect()
}

fn manifest(dir: &Path) -> Value {
    serde_json::from_slice(&fs::read(dir.join("manifest.json")).unwrap()).unwrap()
}

/// Runs the binary, demands its refusal and hands back what it said.
fn refused(arguments: &[&str]) -> String {
    let output = cashline().args(arguments).output().unwrap();
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{arguments:?}: {message}");
    message
}

const OWN_ATTRIBUTES: &str = r#"
[[attribute]]
name = "own_spend_count"
family = "spend_essential_discretionary"
unit = "count"
windows = ["90d"]
measure = "count"
of = "spend"
risk = "neither"
compliance = "model_ok"
reason = "spending_level"
definition = "Rows of spending."
"#;

/// The shipped card with one characteristic on a lender's own attribute, sealed.
fn own_card(place: &Path) -> (String, String) {
    let (own, card) = (place.join("own.toml"), place.join("own_card.toml"));
    fs::write(&own, OWN_ATTRIBUTES).unwrap();
    let shipped = fs::read_to_string(workspace().join("data/model/card_consumer.toml")).unwrap();
    let hand = shipped.split("# Sealed").next().unwrap();
    fs::write(&card, hand.replace("\"active_days_90d\"", "\"own_spend_count_90d\"")).unwrap();
    run(0, &["model", "seal", text(&card), "--attributes", text(&own)]);
    (text(&own).to_owned(), text(&card).to_owned())
}

#[test]
fn a_frozen_engine_gives_the_bytes_of_the_files_that_it_was_frozen_from() {
    let place = scratch();
    let (own, card) = own_card(place.path());
    let rules = "data/rules/berka_cz.toml";
    let bundle = place.path().join("b.json");
    let files = ["--model", &card, "--attributes", &own, "--rules", rules, "--policy", POLICY];
    run(0, &[&["model", "freeze", "-o", text(&bundle)], &files[..]].concat());
    let (loose, frozen) = (place.path().join("loose"), place.path().join("frozen"));
    let extras = ["--matrix", "--tier", "all", "--evidence"];
    run(0, &[&["score", SAMPLE, "-o", text(&loose)], &files[..], &extras].concat());
    run(0, &[&["score", SAMPLE, "-o", text(&frozen), "--bundle", text(&bundle)], &extras[..]].concat());
    let names = [&ANSWER[..], &["attributes.parquet", "evidence.parquet", "defects.csv"]].concat();
    assert_eq!(digests(&loose, &names), digests(&frozen, &names));

    let (loose, frozen) = (manifest(&loose), manifest(&frozen));
    let shown = String::from_utf8(run(0, &["model", "show", text(&bundle)]).stdout).unwrap();
    let id = frozen["digests"]["bundle"].as_str().unwrap();
    assert!(shown.starts_with(&format!("bundle {id}\n")), "{shown}");
    for name in ["model", "policy", "reasons", "rules", "taxonomy", "attributes"] {
        assert_eq!(loose["digests"][name], frozen["digests"][name], "{name}");
    }
    assert_eq!(loose["counts"], frozen["counts"]);

    // The same through the other doors that decide.
    let explain = ["explain", SAMPLE, "--application", "app_couple", "--json"];
    let one = run(0, &[&explain[..], &files].concat()).stdout;
    assert_eq!(one, run(0, &[&explain[..], &["--bundle", text(&bundle)]].concat()).stdout);

    // Freezing again gives the same bytes; the texts come out as they went in.
    let again = place.path().join("again.json");
    run(0, &[&["model", "freeze", "-o", text(&again)], &files[..]].concat());
    assert_eq!(fs::read(&bundle).unwrap(), fs::read(&again).unwrap());
    let out = run(0, &["model", "show", text(&bundle), "--text", "own_card.toml"]).stdout;
    assert_eq!(out, fs::read(&card).unwrap());
}

#[test]
fn a_mapping_is_frozen_with_the_rest() {
    let place = scratch();
    let (with, without) = (place.path().join("with.json"), place.path().join("without.json"));
    run(0, &["model", "freeze", "--mapping", "plaid", "-o", text(&with)]);
    run(0, &["model", "freeze", "-o", text(&without)]);
    let out = run(0, &["model", "show", text(&with), "--text", "plaid"]).stdout;
    assert_eq!(out, fs::read(workspace().join("data/mapping/plaid.toml")).unwrap());
    let message = refused(&["score", SAMPLE, "--bundle", text(&with), "--mapping", "plaid"]);
    assert!(message.contains("mapping may not be given beside it"), "{message}");
    run(0, &["score", SAMPLE, "--bundle", text(&without)]);
}

#[test]
fn nothing_that_decides_may_stand_beside_a_bundle() {
    let place = scratch();
    let bundle = place.path().join("b.json");
    run(0, &["model", "freeze", "-o", text(&bundle)]);
    for (flag, value) in [
        ("model", "data/model/card_consumer.toml"),
        ("policy", POLICY),
        ("reasons", "data/model/reasons.toml"),
        ("rules", "data/rules/berka_cz.toml"),
        ("attributes", "none.toml"),
        ("extra-column", "months"),
        ("institution-names", "data/institutions.toml"),
    ] {
        let message = refused(&["score", SAMPLE, "--bundle", text(&bundle), &format!("--{flag}"), value]);
        assert!(message.contains(&format!("{flag} may not be given beside it")), "{flag}: {message}");
    }
    let config = place.path().join("cashline.toml");
    fs::write(&config, format!("inputs = [\"{SAMPLE}\"]\npolicy = \"{POLICY}\"\n")).unwrap();
    let message = refused(&["score", "--config", text(&config), "--bundle", text(&bundle)]);
    assert!(message.contains("policy may not be given beside it"), "{message}");
}

#[test]
fn a_bundle_that_was_changed_after_freezing_is_refused() {
    let place = scratch();
    let bundle = place.path().join("b.json");
    run(0, &["model", "freeze", "--policy", POLICY, "-o", text(&bundle)]);
    let whole = fs::read_to_string(&bundle).unwrap();
    let cases = [
        ("decision = \\\"decline\\\"", "decision = \\\"approve\\\"", "example.toml"),
        ("\"balance_age_days_max\": 7", "\"balance_age_days_max\": 9", "its id says"),
        ("\"schema\": 1", "\"schema\": 9", "schema 9"),
    ];
    for (old, new, said) in cases {
        assert!(whole.contains(old), "{old}");
        fs::write(&bundle, whole.replacen(old, new, 1)).unwrap();
        let message = refused(&["score", SAMPLE, "--bundle", text(&bundle)]);
        assert!(message.contains(said), "{message}");
        assert!(refused(&["model", "show", text(&bundle)]).contains(said));
    }
    fs::write(&bundle, &whole[..whole.len() - 100]).unwrap();
    assert!(refused(&["score", SAMPLE, "--bundle", text(&bundle)]).contains("no bundle of this version"));
}

/// The bundle of this release and what it makes of the sample. `UPDATE=1` renews it; whoever does so names the change in the
/// changelog, under *Changes that move scores* when a digest of the answer differs.
#[test]
fn the_bundle_of_this_release_scores_the_sample_to_the_bytes_on_record() {
    let place = scratch();
    let (bundle, done) = (place.path().join("b.json"), place.path().join("run"));
    run(0, &["model", "freeze", "--policy", POLICY, "-o", text(&bundle)]);
    run(0, &["score", SAMPLE, "--bundle", text(&bundle), "-o", text(&done)]);
    let id = manifest(&done)["digests"]["bundle"].clone();
    let found = json!({ "bundle": id, "policy": POLICY, "input": SAMPLE, "answer": digests(&done, &ANSWER) });
    let path = workspace().join("tests/golden/bundle.json");
    if std::env::var_os("UPDATE").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, serde_json::to_string_pretty(&found).unwrap() + "\n").unwrap();
    }
    let known: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    assert_eq!(known, found, "the bundle or its answer moved; run with UPDATE=1 and name the change in CHANGELOG.md");
}

/// Bundles of earlier builds, each with the answer that it gave: a later build gives the same bytes, or refuses and says what
/// differs. At a release its bundle is added (`gzip -9`), never changed.
#[test]
fn a_bundle_of_an_earlier_build_runs_to_the_same_bytes_or_is_refused() {
    let folder = workspace().join("tests/golden/bundles");
    let mut seen = 0;
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let Some(name) = path.file_name().unwrap().to_str().unwrap().strip_suffix(".json.gz") else { continue };
        seen += 1;
        let place = scratch();
        let (bundle, done) = (place.path().join("b.json"), place.path().join("run"));
        let mut whole = vec![];
        flate2::read::GzDecoder::new(fs::File::open(&path).unwrap()).read_to_end(&mut whole).unwrap();
        fs::write(&bundle, whole).unwrap();
        let output = cashline().args(["score", SAMPLE, "--bundle", text(&bundle), "-o", text(&done)]).output().unwrap();
        let message = String::from_utf8_lossy(&output.stderr);
        match output.status.code() {
            Some(0) => {
                let answer = fs::read(folder.join(format!("{name}.answer.json"))).unwrap();
                let known: BTreeMap<String, String> = serde_json::from_slice(&answer).unwrap();
                assert_eq!(
                    digests(&done, &ANSWER),
                    known,
                    "{name} runs, but to other bytes: the fingerprint missed it"
                );
                eprintln!("{name}: the same bytes");
            }
            Some(2) => {
                assert!(message.contains("because:"), "{name}: {message}");
                eprintln!("{name}: refused: {message}");
            }
            other => panic!("{name}: {other:?}: {message}"),
        }
    }
    assert!(0 < seen, "at least one bundle is on record");
}

/// Cards that differ from the shipped one, for challenges.
fn challengers(place: &Path) -> [String; 2] {
    let shipped = fs::read_to_string(workspace().join("data/model/card_consumer.toml")).unwrap();
    let write = |name: &str, old: &str, new: &str| {
        assert!(shipped.contains(old), "{old}");
        let path = place.join(format!("{name}.toml"));
        let named = shipped.replacen("name = \"", &format!("name = \"{name}_"), 1);
        fs::write(&path, named.replacen(old, new, 1)).unwrap();
        text(&path).to_owned()
    };
    [
        write("stricter", "base_points = 660", "base_points = 655"),
        write("of_businesses", "holder_kinds = [\"customer\"]", "holder_kinds = [\"account\"]"),
    ]
}

#[test]
fn challengers_score_beside_the_champion_and_change_none_of_its_bytes() {
    let place = scratch();
    let [stricter, businesses] = challengers(place.path());
    let (alone, beside) = (place.path().join("alone"), place.path().join("beside"));
    run(0, &["score", SAMPLE, "--policy", POLICY, "-o", text(&alone)]);
    let flags = ["--challenger", &stricter, "--challenger", &businesses];
    run(0, &[&["score", SAMPLE, "--policy", POLICY, "-o", text(&beside)], &flags[..]].concat());
    assert_eq!(digests(&alone, &ANSWER), digests(&beside, &ANSWER));
    assert!(!alone.join("challengers.parquet").exists());

    let champion: BTreeMap<String, (String, Option<i64>)> =
        rows(&run(0, &["score", SAMPLE, "--policy", POLICY, "--format", "ndjson"]).stdout);
    let table = batch(&beside.join("challengers.parquet"));
    let column = |name: &str| table.column_by_name(name).unwrap().clone();
    let texts = |name: &str| column(name).as_any().downcast_ref::<arrow_array::StringArray>().unwrap().clone();
    let numbers = |name: &str| column(name).as_any().downcast_ref::<arrow_array::Int64Array>().unwrap().clone();
    let (ids, models, status) = (texts("application_id"), texts("model"), texts("status"));
    let scores = numbers("score");
    assert_eq!(table.num_rows(), 2 * champion.len());
    let mut scored = [0, 0];
    for row in 0..table.num_rows() {
        let (status_of_champion, score_of_champion) = &champion[ids.value(row)];
        let score = (!scores.is_null(row)).then(|| scores.value(row));
        if models.value(row).starts_with("stricter_") {
            // Another start, the same points: five fewer for everyone.
            assert_eq!(score, score_of_champion.map(|score| score - 5), "{}", ids.value(row));
            assert_eq!(status.value(row), status_of_champion);
            scored[0] += usize::from(score.is_some());
        } else {
            // It takes the business that the champion does not, and nobody else.
            let business = status_of_champion == "out_of_population";
            assert_eq!(status.value(row) == "scored", business, "{}", ids.value(row));
            assert_eq!(score.is_some(), business);
            scored[1] += usize::from(business);
        }
    }
    assert_eq!(scored, [7, 1]);
    let of = manifest(&beside);
    assert!(of["digests"]["challenger 01"].is_string() && of["digests"]["challenger 02"].is_string());
    assert_ne!(of["digests"]["challenger 01"], of["digests"]["challenger 02"]);
}

#[test]
fn a_challenger_is_held_to_what_the_champion_is_held_to() {
    let place = scratch();
    let shipped = fs::read_to_string(workspace().join("data/model/card_consumer.toml")).unwrap();
    let path = place.path().join("c.toml");
    let score = ["score", SAMPLE, "--challenger", text(&path)];
    fs::write(&path, &shipped).unwrap();
    assert!(refused(&score).contains("is the model that decides"));
    fs::write(&path, shipped.split("# Sealed").next().unwrap().replacen("name = \"", "name = \"un", 1)).unwrap();
    assert!(refused(&score).contains("not sealed"));
    let changed = shipped.replacen("name = \"", "name = \"other_", 1);
    let at = changed.find("[made_with.values.").unwrap();
    let line = changed[at..].lines().nth(1).unwrap();
    let (attribute, _) = line.split_once(" = ").unwrap();
    fs::write(&path, changed.replacen(line, &format!("{attribute} = \"-7\""), 1)).unwrap();
    let message = refused(&score);
    assert!(message.contains(attribute.trim_matches('"')), "{message}");
}

/// Status and score by application.
fn rows(ndjson: &[u8]) -> BTreeMap<String, (String, Option<i64>)> {
    let lines = std::str::from_utf8(ndjson).unwrap().lines();
    let row = |line: &str| {
        let row: Value = serde_json::from_str(line).unwrap();
        let status = row["status"].as_str().unwrap().to_owned();
        (row["application_id"].as_str().unwrap().to_owned(), (status, row["score"].as_i64()))
    };
    lines.map(row).collect()
}

/// A small table, whole.
fn batch(path: &Path) -> RecordBatch {
    let reader = ParquetRecordBatchReaderBuilder::try_new(fs::File::open(path).unwrap()).unwrap();
    let batches: Vec<RecordBatch> = reader.with_batch_size(1 << 20).build().unwrap().map(Result::unwrap).collect();
    assert_eq!(batches.len(), 1, "a small table");
    batches[0].clone()
}

/// Writes a table in the place of the run's and makes the manifest fit, as someone would who means to.
fn forge(dir: &Path, name: &str, bytes: &[u8]) {
    fs::write(dir.join(name), bytes).unwrap();
    let mut said = manifest(dir);
    for file in said["files"].as_array_mut().unwrap() {
        if file["name"] == name {
            file["bytes"] = json!(bytes.len());
            file["sha256"] = json!(sha256(&dir.join(name)));
        }
    }
    fs::write(dir.join("manifest.json"), serde_json::to_vec_pretty(&said).unwrap()).unwrap();
}

fn replayed(expected: i32, arguments: &[&str]) -> Value {
    serde_json::from_slice(&run(expected, &[&["replay"], arguments, &["--json"]].concat()).stdout).unwrap()
}

#[test]
fn a_run_of_the_sample_replays_in_every_format_loose_and_from_its_bundle() {
    let place = scratch();
    let bundle = place.path().join("b.json");
    run(0, &["model", "freeze", "--policy", POLICY, "-o", text(&bundle)]);
    for format in ["csv", "ndjson", "parquet"] {
        let done = place.path().join(format);
        run(0, &["score", SAMPLE, "--bundle", text(&bundle), "-o", text(&done), "--format", format]);
        for how in [["--bundle", text(&bundle)], ["--policy", POLICY]] {
            let report = replayed(0, &[&[text(&done)], &how[..]].concat());
            assert_eq!((&report["replayed"], &report["not_scored"]), (&json!(7), &json!(2)), "{report}");
            assert_eq!(report["differences"], json!(0));
        }
    }
    let done = place.path().join("csv");
    let one = replayed(0, &[text(&done), "--bundle", text(&bundle), "--application", "app_couple"]);
    assert_eq!(one["replayed"], json!(1));
    assert!(refused(&["replay", text(&done), "--bundle", text(&bundle), "--application", "nobody"]).contains("nobody"));
    // What it was decided with has to be given, and nothing else will do.
    let message = refused(&["replay", text(&done)]);
    assert!(message.contains("another policy") && message.contains("--bundle"), "{message}");
}

#[test]
fn a_replay_without_a_bundle_asks_for_the_attributes_and_rules_of_the_run() {
    let place = scratch();
    let (own, done) = (place.path().join("own.toml"), place.path().join("run"));
    fs::write(&own, OWN_ATTRIBUTES).unwrap();
    let files = ["--attributes", text(&own), "--rules", "data/rules/berka_cz.toml"];
    run(0, &[&["score", SAMPLE, "-o", text(&done)], &files[..]].concat());
    assert_eq!(replayed(0, &[&[text(&done)], &files[..]].concat())["differences"], json!(0));
    for (given, what) in [(&files[2..], "other attributes"), (&files[..2], "other rules"), (&[], "other attributes")] {
        let message = refused(&[&["replay", text(&done)], given].concat());
        assert!(message.contains(what) && message.contains("every file that it used"), "{message}");
    }
    // Nor is another bundle the run's own.
    let [with, without] = ["with.json", "without.json"].map(|name| place.path().join(name));
    run(0, &[&["model", "freeze", "-o", text(&with)], &files[..]].concat());
    run(0, &["model", "freeze", "-o", text(&without)]);
    let message = refused(&["replay", text(&done), "--bundle", text(&without)]);
    assert!(message.contains("other attributes"), "{message}");
    assert_eq!(replayed(0, &[text(&done), "--bundle", text(&with)])["differences"], json!(0));
    let frozen = place.path().join("frozen");
    run(0, &["score", SAMPLE, "--bundle", text(&with), "-o", text(&frozen)]);
    let message = refused(&["replay", text(&frozen), "--bundle", text(&without)]);
    assert!(message.contains("the run was scored from the bundle"), "{message}");
}

#[test]
fn a_frozen_bundle_counts_every_text_that_was_given() {
    let place = scratch();
    let (own, bundle) = (place.path().join("own.toml"), place.path().join("b.json"));
    fs::write(&own, OWN_ATTRIBUTES).unwrap();
    for (files, own) in [
        (&[][..], "(0 of your own)"),
        (&["--policy", POLICY, "--reasons", "crates/core/defaults/reasons.toml"][..], "(2 of your own)"),
        (&["--attributes", text(&own), "--policy", POLICY, "--mapping", "plaid"][..], "(2 of your own)"),
    ] {
        let told = run(0, &[&["model", "freeze", "-o", text(&bundle)], files].concat()).stdout;
        let told = String::from_utf8(told).unwrap();
        assert!(told.contains(own), "{told}");
    }
}

#[test]
fn a_generated_thousand_replays_in_every_row() {
    let place = scratch();
    let (input, done) = (place.path().join("input"), place.path().join("run"));
    run(0, &["sample", text(&input), "--applications", "1000", "--seed", "11"]);
    // A median of days is real even where it is whole, which the table of characteristics does not show. The bins are another's.
    let card = place.path().join("days.toml");
    let shipped = fs::read_to_string(workspace().join("data/model/card_consumer.toml")).unwrap();
    let hand = shipped.split("# Sealed").next().unwrap();
    fs::write(
        &card,
        hand.replace("\"active_days_90d\"", "\"pay_interval_mad_days_180d\"\nagainst_risk = \"Of a test.\""),
    )
    .unwrap();
    run(0, &["model", "seal", text(&card)]);
    let files = ["--policy", POLICY, "--model", text(&card)];
    run(0, &[&["score", text(&input), "-o", text(&done)], &files[..]].concat());
    let report = replayed(0, &[&[text(&done)], &files[..]].concat());
    assert_eq!(report["differences"], json!(0), "{report}");
    let counts = &manifest(&done)["counts"]["applications"];
    assert_eq!((&report["replayed"], &counts["total"]), (&counts["scored"], &json!(1000)));
    let inputs = batch(&done.join("inputs.parquet"));
    let kept = |name: &str| inputs.column_by_name(name).unwrap().clone();
    let (rules, forms) = (kept("rule"), kept("form"));
    let forms = forms.as_any().downcast_ref::<arrow_array::StringArray>().unwrap();
    let exact =
        (0..inputs.num_rows()).filter(|row| rules.is_null(*row)).inspect(|row| assert_eq!(forms.value(*row), "real"));
    assert!(0 < exact.count(), "pay that never moves deviates by 0.0 days");
    let scored = usize::try_from(counts["scored"].as_u64().unwrap()).unwrap();
    assert_eq!((0..inputs.num_rows()).filter(|row| !rules.is_null(*row)).count(), 3 * scored, "three knock-outs each");
}

#[test]
fn a_replay_finds_a_changed_value_and_a_changed_answer() {
    let place = scratch();
    let done = place.path().join("run");
    run(0, &["score", SAMPLE, "--policy", POLICY, "-o", text(&done)]);
    let replay = [text(&done), "--policy", POLICY];
    let (scores, characteristics) = (done.join("scores.csv"), done.join("characteristics.parquet"));
    let before = (fs::read(&scores).unwrap(), fs::read(&characteristics).unwrap());

    // Without the manifest's consent a change is seen at once.
    let changed = String::from_utf8(before.0.clone()).unwrap().replacen(",approve,", ",decline,", 1);
    fs::write(&scores, &changed).unwrap();
    assert!(refused(&[&["replay"], &replay[..]].concat()).contains("SHA-256"));
    forge(&done, "scores.csv", changed.as_bytes());
    let report = replayed(1, &replay);
    assert_eq!((&report["differing"], &report["differences"]), (&json!(1), &json!(1)), "{report}");
    assert_eq!(report["listed"][0]["column"], json!("decision"));
    assert_eq!(report["listed"][0]["derived"], json!("\"approve\""));
    forge(&done, "scores.csv", &before.0);

    // What was not scored is not decided.
    let changed = String::from_utf8(before.0.clone()).unwrap().replacen(",not_scorable,", ",approve,", 1);
    forge(&done, "scores.csv", changed.as_bytes());
    let report = replayed(1, &replay);
    assert_eq!((&report["differing"], &report["differing_unscored"]), (&json!(1), &json!(1)), "{report}");
    assert_eq!(report["listed"][0]["derived"], json!("\"not_scorable\""));
    // Nor is a letter about it made of other words than its reasons table has.
    let changed = String::from_utf8(before.0.clone()).unwrap().replacen(",insufficient_history,", ",no_accounts,", 2);
    forge(&done, "scores.csv", changed.as_bytes());
    assert_eq!(replayed(1, &replay)["differing_unscored"], json!(1));
    forge(&done, "scores.csv", &before.0);

    // A value moved into another bin: its points, the score and perhaps reasons no longer follow.
    let table = batch(&characteristics);
    let values = table.column_by_name("value").unwrap().as_any().downcast_ref::<Float64Array>().unwrap();
    let attribute = table.column_by_name("attribute").unwrap();
    let attribute = attribute.as_any().downcast_ref::<arrow_array::StringArray>().unwrap();
    let at = (0..table.num_rows()).find(|row| attribute.value(*row) == "nsf_od_event_count_90d").unwrap();
    let moved = values.iter().enumerate().map(|(row, value)| if row == at { Some(7.0) } else { value });
    let mut columns = table.columns().to_vec();
    let place_of_value = table.schema().index_of("value").unwrap();
    columns[place_of_value] = Arc::new(moved.collect::<Float64Array>()) as ArrayRef;
    let mut bytes = vec![];
    let mut writer = ArrowWriter::try_new(&mut bytes, table.schema(), None).unwrap();
    writer.write(&RecordBatch::try_new(table.schema(), columns).unwrap()).unwrap();
    writer.close().unwrap();
    forge(&done, "characteristics.parquet", &bytes);
    let report = replayed(1, &replay);
    assert_eq!(report["differing"], json!(1), "{report}");
    let columns: Vec<&str> =
        report["listed"].as_array().unwrap().iter().map(|one| one["column"].as_str().unwrap()).collect();
    assert!(columns.contains(&"score") && columns.contains(&"bin") && columns.contains(&"points"), "{columns:?}");

    // A knock-out that never fired, made to fire.
    forge(&done, "characteristics.parquet", &before.1);
    let inputs = batch(&done.join("inputs.parquet"));
    let rule = inputs.column_by_name("rule").unwrap();
    let rule = rule.as_any().downcast_ref::<arrow_array::StringArray>().unwrap();
    let value = inputs.column_by_name("value").unwrap();
    let value = value.as_any().downcast_ref::<arrow_array::StringArray>().unwrap();
    let at = (0..inputs.num_rows())
        .find(|row| rule.iter().nth(*row).flatten() == Some("recent_returned_items") && value.value(*row) == "0");
    let at = at.unwrap();
    let moved = value.iter().enumerate().map(|(row, text)| if row == at { Some("9") } else { text });
    let mut columns = inputs.columns().to_vec();
    let place_of_value = inputs.schema().index_of("value").unwrap();
    columns[place_of_value] = Arc::new(moved.collect::<arrow_array::StringArray>()) as ArrayRef;
    let mut bytes = vec![];
    let mut writer = ArrowWriter::try_new(&mut bytes, inputs.schema(), None).unwrap();
    writer.write(&RecordBatch::try_new(inputs.schema(), columns).unwrap()).unwrap();
    writer.close().unwrap();
    forge(&done, "inputs.parquet", &bytes);
    let report = replayed(1, &replay);
    let decision = report["listed"].as_array().unwrap().iter().find(|one| one["column"] == "decision").unwrap();
    assert_eq!(decision["derived"], json!("\"decline\""));
}
