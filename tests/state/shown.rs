//! `cashline state show`, and the sample's webhook log: every line of the page beside the log is what is told.

use std::{collections::BTreeMap, fs, path::Path};

use serde_json::Value;

use super::{Nights, contents, copy, text, told};
use crate::support::{run, scratch, workspace};

const ACCOUNTS: &str = "data/sample/accounts.ndjson";
const TRANSACTIONS: &str = "data/sample/transactions.ndjson";
const WEBHOOKS: &str = "data/sample_events/webhooks.ndjson";

fn shown(state: &Path) -> Value {
    serde_json::from_slice(&run(0, &["state", "show", text(state), "--json"]).stdout).unwrap()
}

/// Cells of the page's lines, without the headers.
fn page() -> Vec<Vec<String>> {
    let page = fs::read_to_string(workspace().join("data/sample_events/README.md")).unwrap();
    let lines = page.lines().filter(|line| line.starts_with('|') && !line.starts_with("|---"));
    let cells = lines.map(|line| line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect());
    cells.filter(|cells: &Vec<String>| !["event of the log", "request"].contains(&cells[0].as_str())).collect()
}

fn coded(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

/// Two nights over the sample: the export, then the log.
fn two_nights(place: &Path) {
    let night = |new: &[&str], as_of: &str, out: &str| {
        let (state, out) = (place.join("state"), place.join(out));
        let flags = ["--as-of", as_of, "--since", text(&state), "-o", text(&out)];
        run(0, &[&["score"], new, &flags].concat());
    };
    night(&[ACCOUNTS, TRANSACTIONS], "2026-11-01", "night-1");
    night(&[WEBHOOKS], "2026-11-05", "night-2");
}

#[test]
fn every_line_of_the_page_of_the_sample_log_is_what_is_told() {
    let place = scratch();
    two_nights(place.path());
    let mut events: Vec<[String; 3]> =
        told(&place.path().join("night-2")).into_iter().map(|[_, kind, account, _, to]| [account, kind, to]).collect();
    let answers = run(
        0,
        &[
            "payments",
            ACCOUNTS,
            TRANSACTIONS,
            WEBHOOKS,
            "--as-of",
            "2026-11-05",
            "--requests",
            "data/sample_events/requests.csv",
        ],
    );
    let answers: BTreeMap<String, BTreeMap<String, String>> = csv::Reader::from_reader(&answers.stdout[..])
        .deserialize::<BTreeMap<String, String>>()
        .map(|row| row.unwrap())
        .map(|row| (row["request_id"].clone(), row))
        .collect();
    let (mut asked, mut lines) = (0, 0);
    for cells in page() {
        lines += 1;
        match &cells[..] {
            [_, account, told] => {
                let account = coded(account).first().copied().unwrap_or_default();
                let [kind, to] = coded(told)[..] else {
                    assert!(told.starts_with("nothing"), "{told}");
                    assert!(account.is_empty() || events.iter().all(|event| event[0] != account), "{account}");
                    continue;
                };
                let at = events.iter().position(|event| *event == [account, kind, to]);
                events.remove(at.unwrap_or_else(|| panic!("{cells:?} of {events:?}")));
            }
            [request, answer] => {
                let found = &answers[coded(request)[0]];
                for pair in coded(answer) {
                    let (column, value) = pair.split_once('=').unwrap();
                    assert_eq!(found[column], value, "{request}");
                }
                asked += 1;
            }
            other => panic!("{other:?}"),
        }
    }
    // The band goes with the score; nothing else is told that the page leaves out.
    assert!(events.iter().all(|event| event[1] == "band_changed"), "{events:?}");
    assert_eq!((asked, lines), (answers.len(), 11));
}

#[test]
fn a_state_is_shown_in_numbers_and_without_anybodys_data() {
    let place = scratch();
    two_nights(place.path());
    let state = place.path().join("state");
    let before = contents(&state);
    let shown = shown(&state);
    let lines = |path: &str| fs::read_to_string(workspace().join(path)).unwrap().lines().count() as u64;
    // Nine lines: two bodies of accounts (each with a balance), one thin event that is counted, six that say one thing.
    assert_eq!(shown["rows"]["transactions"], lines(TRANSACTIONS));
    assert_eq!(shown["rows"]["accounts"], lines(ACCOUNTS) + 2);
    assert_eq!((&shown["rows"]["account_events"], &shown["accounts"]), (&6.into(), &lines(ACCOUNTS).into()));
    assert_eq!((&shown["last_as_of"], &shown["schema"]), (&"2026-11-05".into(), &1.into()));
    let files: Vec<&Value> = shown["nights"].as_array().unwrap().iter().map(|night| &night["files"]).collect();
    assert_eq!(files, [2, 1]);
    let scores = fs::read_to_string(place.path().join("night-2/scores.csv")).unwrap();
    assert_eq!(shown["applications"], scores.lines().count() as u64 - 1);
    let statuses: u64 = shown["statuses"].as_object().unwrap().values().map(|count| count.as_u64().unwrap()).sum();
    assert_eq!(shown["applications"], statuses);
    let is_data = |name: &&String| name.starts_with("segment-") || name.starts_with("answers-");
    let bytes: u64 = before.keys().filter(is_data).map(|name| fs::metadata(state.join(name)).unwrap().len()).sum();
    assert_eq!(shown["bytes"], bytes);
    assert_eq!(contents(&state), before, "looking changes nothing");
    let people = String::from_utf8(run(0, &["state", "show", text(&state)]).stdout).unwrap();
    assert!(people.contains("2026-11-05") && people.contains("6 said of accounts by events"), "{people}");
    assert!(people.contains("none while reading"), "{people}");
    for output in [people, shown.to_string()] {
        assert!(["fca_", "cus_", "acct_", "fctxn_", "/tmp"].iter().all(|id| !output.contains(id)), "{output}");
    }
}

#[test]
fn the_last_t_is_an_instant_where_applications_have_their_own() {
    let place = scratch();
    let [state, out] = ["state", "out"].map(|name| place.path().join(name));
    run(0, &["score", "data/sample", "--since", text(&state), "-o", text(&out)]);
    assert_eq!(shown(&state)["last_as_of"], "2026-11-01T00:00:00Z");
}

#[test]
fn doubts_are_shown_and_a_damaged_or_foreign_state_is_refused_as_a_night_would() {
    let nights = Nights::new();
    let state = nights.at("state");
    copy(&nights.state(2), &state);
    // A row set aside, a list that goes on, and a row of nobody's.
    let new = nights.at("doubtful");
    fs::create_dir(&new).unwrap();
    let transaction = |account: &str, amount: &str| {
        format!(
            r#"{{"id":"fctxn_x","object":"financial_connections.transaction","account":"{account}","amount":{amount},"currency":"usd","description":"COFFEE","livemode":true,"status":"posted","status_transitions":{{"posted_at":1700000000,"void_at":null}},"transacted_at":1700000000,"updated":1700000000}}"#
        )
    };
    let cut = format!(
        r#"{{"object":"list","data":[{}],"has_more":true,"url":"/v1/financial_connections/transactions?account=fca_cut"}}"#,
        transaction("fca_cut", "5")
    );
    let bad = [transaction("fca_bad", "\"12.5\""), transaction("fca_bad", "0.5"), transaction("", "7")].join("\n");
    fs::write(new.join("cut.json"), cut).unwrap();
    fs::write(new.join("bad.ndjson"), bad + "\n").unwrap();
    let (out, as_of) = (nights.at("out"), nights.world.as_of(3));
    run(0, &super::night(&[text(&new)], &state, &out, &as_of));
    let found = shown(&state);
    let doubts = [("rejected_row", 1), ("truncated_export", 1), ("unattributed_rows", 1)];
    for (name, count) in doubts {
        assert_eq!(found["doubts"][name], count, "{name}: {found}");
    }
    assert_eq!((&found["rows"]["set_aside"], &found["defects"]["not_an_integer"]), (&3.into(), &2.into()));

    let refused = |state: &Path, words: &[&str]| {
        let error = String::from_utf8_lossy(&run(2, &["state", "show", text(state)]).stderr).into_owned();
        assert!(words.iter().all(|word| error.contains(word)), "{error}");
    };
    let segment = contents(&state).into_keys().find(|name| name.starts_with("segment-")).unwrap();
    let mut bytes = fs::read(state.join(&segment)).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(state.join(&segment), bytes).unwrap();
    refused(&state, &[&segment, "begin a new one"]);
    refused(&nights.at("nothing"), &["is no state"]);
    refused(&nights.run(1), &["no state of ours"]);
    let empty = nights.at("empty");
    fs::create_dir(&empty).unwrap();
    refused(&empty, &["empty directory"]);
}
