//! Nights that hold equal rows, a compaction that does not succeed, and what a state keeps of rows that later files lack or change.

use std::{fs, path::Path, process::Command};

use cashline_io::state::{SEGMENTS_MAX, State};
use serde_json::Value;

use super::{Nights, SAME, contents, copy, night, prepared, text};
use crate::support::{cashline, run, scratch, sha256, workspace};

const ACCOUNTS: &str = "data/sample/accounts.ndjson";
const TRANSACTIONS: &str = "data/sample/transactions.ndjson";
const COMPACTED: usize = SEGMENTS_MAX + 1;

fn as_of(at: usize) -> String {
    format!("2026-11-{at:02}")
}

/// The accounts of the sample as one night after the other exports them: only the time of the next refresh moves, which no row has.
fn exports(dir: &Path) {
    let accounts = fs::read_to_string(workspace().join(ACCOUNTS)).unwrap();
    for at in 1..=COMPACTED + 1 {
        let key = "\"next_refresh_available_at\":";
        let mut parts = accounts.split(key);
        let mut moved = parts.next().unwrap().to_owned();
        for part in parts {
            let rest = part.trim_start_matches(|c: char| c.is_ascii_digit());
            let is_time = rest.len() < part.len();
            moved += &if is_time { format!("{key}{}{rest}", 1_794_000_000 + at) } else { format!("{key}{part}") };
        }
        assert_ne!(moved, accounts, "the key stands in the sample");
        fs::write(dir.join(format!("{at:02}.ndjson")), moved).unwrap();
    }
}

/// Names the segments as states did once: by their content alone.
fn by_content_alone(state: &Path) {
    let mut record = fs::read_to_string(state.join("state.json")).unwrap();
    for name in contents(state).into_keys().filter(|name| name.starts_with("segment-")) {
        let content = format!("segment-{}", &name[name.len() - "0123456789abcdef.zst".len()..]);
        fs::rename(state.join(&name), state.join(&content)).unwrap();
        record = record.replace(&name, &content);
    }
    fs::write(state.join("state.json"), record).unwrap();
}

/// Scores a night of [`exports`]; the first has the transactions too.
fn score(exports: &Path, state: &Path, out: &Path, night_at: usize) {
    let (file, as_of) = (exports.join(format!("{night_at:02}.ndjson")), as_of(night_at));
    let first = [text(&file), TRANSACTIONS];
    let files = if night_at == 1 { &first[..] } else { &first[..1] };
    run(0, &night(files, state, out, &as_of));
}

fn segments(state: &Path) -> usize {
    contents(state).keys().filter(|name| name.starts_with("segment-")).count()
}

/// The tables that a night and a run over everything have in common.
fn tables(out: &Path) -> Vec<String> {
    SAME.iter().map(|name| sha256(&out.join(name))).collect()
}

fn manifest(out: &Path) -> Value {
    serde_json::from_slice(&fs::read(out.join("manifest.json")).unwrap()).unwrap()
}

/// What each input of a run held, in any order.
fn rows_read(out: &Path) -> Vec<String> {
    let manifest = manifest(out);
    let mut rows: Vec<String> =
        manifest["inputs"].as_array().unwrap().iter().map(|input| input["rows"].to_string()).collect();
    rows.sort_unstable();
    rows
}

fn run_id(out: &Path) -> String {
    manifest(out)["run_id"].as_str().unwrap().to_owned()
}

#[test]
fn nights_of_equal_rows_each_count_whenever_the_state_was_begun() {
    let place = scratch();
    let at = |name: &str| place.path().join(name);
    let (new, state) = (at("new"), at("state"));
    fs::create_dir(&new).unwrap();
    exports(&new);
    let score = |state: &Path, out: &Path, night_at: usize| score(&new, state, out, night_at);
    let old = at("old");
    for night_at in 1..=COMPACTED + 1 {
        let out = at(&format!("run-{night_at}"));
        score(&state, &out, night_at);
        // But for what its record says of files that a compaction was about to remove.
        let files = || contents(&state).into_keys().collect::<Vec<String>>();
        let kept = files();
        // The night again, with its run lost; and both in a state that was begun when equal nights shared a file.
        if [3, COMPACTED, COMPACTED + 1].contains(&night_at) {
            let again = at(&format!("again-{night_at}"));
            score(&state, &again, night_at);
            assert_eq!((run_id(&again), tables(&again)), (run_id(&out), tables(&out)), "night {night_at} again");
            assert_eq!(files(), kept, "night {night_at} again");
        }
        if night_at == 3 {
            copy(&state, &old);
            by_content_alone(&old);
            assert_eq!((segments(&state), segments(&old)), (3, 2), "the second and the third night hold equal rows");
            score(&old, &at("old-again-3"), night_at);
            assert_eq!(tables(&at("old-again-3")), tables(&out), "night 3 again in the old state");
            // Rows of accounts that are there already change no answer: what was read tells that the second night was.
            assert_eq!(rows_read(&at("old-again-3")), rows_read(&out), "night 3 again in the old state");
        } else if night_at == COMPACTED - 1 {
            copy(&state, &old);
            by_content_alone(&old);
        } else if COMPACTED <= night_at {
            let old_out = at(&format!("old-{night_at}"));
            score(&old, &old_out, night_at);
            assert_eq!(tables(&old_out), tables(&out), "night {night_at} of the old state");
        }
    }
    assert_eq!((segments(&state), segments(&old)), (3, 3), "compacted, and a night since");
    for state in [&state, &old] {
        run(0, &["state", "show", text(state)]);
    }
    let (full, as_of) = (at("full"), as_of(COMPACTED + 1));
    let gates = ["--defects-max", "100%", "--unattributed-max", "9"];
    run(0, &[&["score", text(&new), TRANSACTIONS, "-o", text(&full), "--as-of", &as_of][..], &gates].concat());
    assert_eq!(tables(&at(&format!("run-{}", COMPACTED + 1))), tables(&full));
}

#[test]
fn a_compaction_that_the_disk_refuses_is_put_off_and_the_night_is_done() {
    let place = scratch();
    let at = |name: &str| place.path().join(name);
    let (new, state) = (at("new"), at("state"));
    fs::create_dir(&new).unwrap();
    exports(&new);
    for night_at in 1..COMPACTED {
        score(&new, &state, &at(&format!("run-{night_at}")), night_at);
    }
    let whole = at("whole");
    copy(&state, &whole);
    let (last, as_of_last) = (new.join(format!("{COMPACTED:02}.ndjson")), as_of(COMPACTED));
    score(&new, &whole, &at("whole-run"), COMPACTED);
    assert_eq!(segments(&whole), 2);
    // Every file of the night itself is smaller than the rows of all nights together, which the limit does not let through.
    let bytes = |dir: &Path| contents(dir).keys().map(|name| fs::metadata(dir.join(name)).unwrap().len()).collect();
    let of_run: Vec<u64> = bytes(&at("whole-run"));
    let of_state: Vec<u64> = bytes(&whole);
    let (largest, limit) = (of_state.iter().max().unwrap(), 48 << 10);
    assert!(of_run.iter().all(|bytes| *bytes < limit) && limit < *largest, "{of_run:?} {of_state:?}");
    let out = at("out");
    let output = Command::new("sh")
        .args(["-c", "trap '' XFSZ; ulimit -f \"$0\"; exec \"$@\""])
        .arg((limit / 512).to_string())
        .arg(cashline().get_program())
        .args(night(&[text(&last)], &state, &out, &as_of_last))
        .current_dir(workspace())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(said.contains("the next night does") && !said.contains("nothing was published"), "{said}");
    assert_eq!((run_id(&out), tables(&out)), (run_id(&at("whole-run")), tables(&at("whole-run"))));
    assert_eq!(segments(&state), COMPACTED);
    // The night once more puts it together, and so does the next.
    let next = at("next");
    copy(&state, &next);
    score(&new, &state, &out, COMPACTED);
    assert_eq!(contents(&state), contents(&whole));
    score(&new, &next, &at("next-run"), COMPACTED + 1);
    score(&new, &state, &at("state-run"), COMPACTED + 1);
    assert_eq!((segments(&next), segments(&state)), (2, 3));
    assert_eq!(tables(&at("next-run")), tables(&at("state-run")));
}

#[test]
fn a_state_that_cannot_take_up_a_published_run_says_so_and_takes_it_up_the_next_time() {
    let nights = Nights::new();
    let (state, out) = (nights.at("state"), nights.at("out"));
    copy(&nights.run(2), &out);
    let mut open: State = prepared(&nights, &state, &out);
    // Where the new record would be written stands a directory.
    fs::create_dir(state.join(".state.tmp")).unwrap();
    let error = open.conclude().unwrap_err();
    drop(open);
    let message = error.to_string();
    assert_eq!((error.exit_code(), message.contains("the run is published")), (3, true), "{message}");
    fs::remove_dir(state.join(".state.tmp")).unwrap();
    assert!(nights.score(0, 2, &state, &out).contains("already done"));
    assert_eq!(contents(&state), contents(&nights.state(2)));
}

#[test]
fn a_state_among_the_inputs_is_refused_before_its_first_night() {
    let place = scratch();
    let data = place.path().join("data");
    fs::create_dir(&data).unwrap();
    let files = [ACCOUNTS, TRANSACTIONS].map(|path| {
        let to = data.join(Path::new(path).file_name().unwrap());
        fs::copy(workspace().join(path), &to).unwrap();
        to
    });
    let as_of = as_of(1);
    let out = place.path().join("out");
    let link = place.path().join("link");
    std::os::unix::fs::symlink(&data, &link).unwrap();
    for (input, state) in [
        (text(&data).to_owned(), data.join("state")),
        (text(&link).to_owned(), data.join("deep/state")),
        (format!("transactions={}", data.display()), data.join("state")),
        (text(&data).to_owned(), data.clone()),
        (text(&files[0]).to_owned(), data.clone()),
    ] {
        let output = run(2, &night(&[&input], &state, &out, &as_of));
        let message = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(message.contains("or the state inside it"), "{message}");
        assert_eq!(contents(&data).len(), 2, "nothing was written");
    }
    // Beside the files that are named, and in a folder that a walk passes over, a state harms no night.
    let named = [text(&files[0]), text(&files[1])];
    let (beside, hidden) = (data.join("state"), data.join(".state"));
    run(0, &night(&named, &beside, &out, &as_of));
    fs::rename(&beside, &hidden).unwrap();
    run(0, &night(&[text(&data)], &hidden, &place.path().join("next"), "2026-11-02"));
}

#[test]
fn an_application_that_comes_with_other_values_is_counted_on_its_night_and_stays_refused() {
    let place = scratch();
    let at = |name: &str| place.path().join(name);
    let state = at("state");
    let holder = "cus_000000002a9361";
    let table = |name: &str, rows: &str| {
        let path = at(name);
        fs::write(&path, format!("application_id,applicant_id,stated_income\n{rows}")).unwrap();
        path
    };
    let first = table("first.csv", &format!("app_1,{holder},100000\napp_2,cus_000000003a3797,100000\n"));
    let other = table("other.csv", &format!("app_1,{holder},120000\n"));
    let refused = |out: &Path| manifest(out)["counts"].get("refused_since").cloned().unwrap_or_default();
    run(0, &night(&[ACCOUNTS, TRANSACTIONS, text(&first)], &state, &at("one"), "2026-11-01"));
    let output = run(0, &night(&[text(&other)], &state, &at("two"), "2026-11-02"));
    run(0, &night(&[], &state, &at("three"), "2026-11-03"));
    assert_eq!([refused(&at("one")), refused(&at("two")), refused(&at("three"))], [Value::Null, 1.into(), Value::Null]);
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(message.contains("1 applications that the state has answered are refused from now on"), "{message}");
    let scores = fs::read_to_string(at("three").join("scores.csv")).unwrap();
    let line = scores.lines().find(|line| line.contains("app_1")).unwrap();
    assert!(line.contains("rejected_input"), "{line}");
    // Reading set nothing aside: the rows contradict each other.
    let shown = String::from_utf8(run(0, &["state", "show", text(&state)]).stdout).unwrap();
    assert!(shown.contains("none while reading") && shown.contains("1 rejected_input"), "{shown}");
}

#[test]
fn a_cut_list_of_balances_stays_in_doubt_when_the_whole_transactions_come_another_night() {
    let place = scratch();
    let at = |name: &str| place.path().join(name);
    let state = at("state");
    let account = "fca_000000002a93610n";
    let put = |name: &str, text: String| {
        let path = at(name);
        fs::write(&path, text).unwrap();
        path
    };
    let balances = |has_more: bool| {
        let balance = r#"{"id":"b","object":"financial_connections.account_inferred_balance","as_of":1790000000,"current":{"usd":5}}"#;
        format!(
            r#"{{"object":"list","data":[{balance}],"has_more":{has_more},"url":"/v1/financial_connections/accounts/{account}/inferred_balances"}}"#
        )
    };
    let all = fs::read_to_string(workspace().join(TRANSACTIONS)).unwrap();
    let rows: Vec<&str> = all.lines().filter(|line| line.contains(account)).collect();
    let url = format!("/v1/financial_connections/transactions?account={account}");
    let page = format!(r#"{{"object":"list","data":[{}],"has_more":false,"url":"{url}"}}"#, rows.join(","));
    let (cut, page, rest) =
        (put("cut.json", balances(true)), put("page.json", page), put("rest.json", balances(false)));
    let doubts = || -> Value {
        let shown = run(0, &["state", "show", text(&state), "--json"]).stdout;
        serde_json::from_slice::<Value>(&shown).unwrap()["doubts"]["truncated_export"].clone()
    };
    run(0, &night(&[ACCOUNTS, text(&cut)], &state, &at("one"), "2026-11-01"));
    run(0, &night(&[text(&page)], &state, &at("two"), "2026-11-02"));
    assert_eq!(doubts(), 1);
    let gates = ["--defects-max", "100%", "--unattributed-max", "9"];
    let full = ["score", ACCOUNTS, text(&cut), text(&page), "-o"];
    let full_out = at("full");
    run(0, &[&full[..], &[text(&full_out), "--as-of", "2026-11-02"], &gates].concat());
    assert_eq!(tables(&at("two")), tables(&full_out));
    // The last page of the balances ends the doubt.
    run(0, &night(&[text(&rest)], &state, &at("three"), "2026-11-03"));
    assert_eq!(doubts(), 0);
    let status = |out: &str| {
        let scores = fs::read_to_string(at(out).join("scores.csv")).unwrap();
        scores.lines().find(|line| line.contains("cus_000000002a9361")).unwrap().contains("incomplete_data")
    };
    assert_eq!([status("two"), status("three")], [true, false]);
}
