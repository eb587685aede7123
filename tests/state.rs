//! `score --since`: nights that read only what is new answer as one run over everything, whatever happened on the way.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use cashline_io::state::{SEGMENTS_MAX, State, key};

use crate::support::{cashline, run, scratch, sha256};

mod equal;
mod events;
mod planted;
mod shown;
mod world;

use world::World;

/// The files that a run with a state and one without have in common, bit for bit.
const SAME: [&str; 4] = ["scores.csv", "reasons.csv", "characteristics.parquet", "inputs.parquet"];

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Every file of a directory with its digest, but for the log, which holds what is volatile.
fn contents(dir: &Path) -> BTreeMap<String, String> {
    let names = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name != "run.log.json").map(|name| (name.clone(), sha256(&dir.join(name)))).collect()
}

fn copy(from: &Path, to: &Path) {
    let _ = fs::remove_dir_all(to);
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

/// The arguments of a night; every applicant's rows may be set aside, so the gates are open.
fn night<'a>(new: &'a [&'a str], state: &'a Path, out: &'a Path, as_of: &'a str) -> Vec<&'a str> {
    let mut arguments = vec!["score"];
    arguments.extend(new);
    let flags = ["--since", text(state), "-o", text(out), "--as-of", as_of, "--defects-max", "100%"];
    arguments.extend(flags);
    arguments.extend(["--unattributed-max", "9"]);
    arguments
}

/// The rows of a night's `events.csv`: kind, account, from, to, by application.
fn told(out: &Path) -> Vec<[String; 5]> {
    let text = fs::read_to_string(out.join("events.csv")).unwrap();
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("application_id,applicant_id,as_of,kind,account_id,from,to,evidence"));
    lines
        .map(|line| {
            let cells: Vec<&str> = line.split(',').collect();
            [cells[0], cells[3], cells[4], cells[5], cells[6]].map(str::to_owned)
        })
        .collect()
}

#[test]
fn thirty_nights_that_read_what_is_new_equal_thirty_runs_over_everything() {
    let place = scratch();
    let world = World::new(30);
    let (nights, state) = (place.path().join("nights"), place.path().join("state"));
    fs::create_dir(&nights).unwrap();
    let mut events: Vec<(usize, [String; 5])> = vec![];
    let mut segments = BTreeSet::new();
    for at in 0..world.nights() {
        let new = nights.join(format!("{at:02}"));
        fs::create_dir(&new).unwrap();
        world.write(at, &new);
        let (since, full) = (place.path().join(format!("since-{at:02}")), place.path().join("full"));
        let as_of = world.as_of(at);
        let threads = if at % 2 == 0 { ["1", "2"] } else { ["2", "1"] };
        let new = [text(&new)];
        let mut arguments = night(&new, &state, &since, &as_of);
        arguments.extend(["--threads", threads[0]]);
        run(0, &arguments);
        let arguments = ["score", text(&nights), "-o", text(&full), "--as-of", &as_of, "--overwrite"];
        let gates = ["--defects-max", "100%", "--unattributed-max", "9", "--threads", threads[1]];
        run(0, &[&arguments[..], &gates[..]].concat());
        for name in SAME {
            assert_eq!(sha256(&since.join(name)), sha256(&full.join(name)), "{name} of night {at}");
        }
        events.extend(told(&since).into_iter().map(|event| (at, event)));
        segments.insert(contents(&state).keys().filter(|name| name.starts_with("segment-")).count());
    }
    // One segment a night until there are too many, then all but the newest become one.
    assert_eq!(segments, (1..=SEGMENTS_MAX).collect());
    world.check(&events);
}

/// Three nights of a small world, and the state and run of each.
struct Nights {
    place: tempfile::TempDir,
    world: World,
}

impl Nights {
    fn new() -> Nights {
        let nights = Nights { place: scratch(), world: World::new(4) };
        for at in 0..3 {
            fs::create_dir(nights.new_files(at)).unwrap();
            nights.world.write(at, &nights.new_files(at));
            if 0 < at {
                copy(&nights.state(at - 1), &nights.state(at));
            }
            nights.score(0, at, &nights.state(at), &nights.run(at));
        }
        nights
    }

    fn at(&self, name: &str) -> PathBuf {
        self.place.path().join(name)
    }
    fn new_files(&self, at: usize) -> PathBuf {
        self.at(&format!("new-{at}"))
    }
    fn state(&self, at: usize) -> PathBuf {
        self.at(&format!("state-{at}"))
    }
    fn run(&self, at: usize) -> PathBuf {
        self.at(&format!("run-{at}"))
    }

    fn score(&self, code: i32, at: usize, state: &Path, out: &Path) -> String {
        let (new, as_of) = (self.new_files(at), self.world.as_of(at));
        let output = run(code, &night(&[text(&new)], state, out, &as_of));
        String::from_utf8_lossy(&output.stderr).into_owned()
    }
}

#[test]
fn a_night_that_is_killed_at_any_moment_and_repeated_gives_the_same_run_and_the_same_state() {
    let nights = Nights::new();
    let (state, out) = (nights.at("state"), nights.at("out"));
    let (new, as_of) = (nights.new_files(2), nights.world.as_of(2));
    let mut killed = 0;
    for millis in (0..200).step_by(9) {
        copy(&nights.state(1), &state);
        let _ = fs::remove_dir_all(&out);
        let mut child = cashline()
            .args(night(&[text(&new)], &state, &out, &as_of))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(millis));
        child.kill().unwrap();
        killed += u32::from(child.wait().unwrap().code().is_none());
        nights.score(0, 2, &state, &out);
        assert_eq!(contents(&out), contents(&nights.run(2)), "the run, killed after {millis} ms");
        assert_eq!(contents(&state), contents(&nights.state(2)), "the state, killed after {millis} ms");
    }
    assert!(0 < killed, "no night was killed in time");
}

/// Prepares the third night as the program does, and stops there. What it holds is let go with it.
fn prepared(nights: &Nights, state: &Path, out: &Path) -> State {
    copy(&nights.state(1), state);
    let record: serde_json::Value = serde_json::from_slice(&fs::read(state.join("state.json")).unwrap()).unwrap();
    let reading = record["reading"].as_str().unwrap();
    // What is kept of the third night's answers, from the state that has them.
    let after = State::open(&nights.state(2), reading).unwrap();
    let (_, watches) = after.before(&after.night(&[], None)).unwrap();
    drop(after);
    let manifest: serde_json::Value =
        serde_json::from_slice(&fs::read(nights.run(2).join("manifest.json")).unwrap()).unwrap();
    let mut open = State::open(state, reading).unwrap();
    let options = cashline_io::read::ReadOptions::default();
    let files = cashline_io::input::Inputs::discover(&[nights.new_files(2)], &options).unwrap().files;
    let keys: Vec<_> = files.iter().map(|file| key(file).unwrap()).collect();
    let night = open.night(&keys, Some(nights.world.as_of(2)));
    let fresh: Vec<_> =
        night.fresh.iter().map(|key| files[keys.iter().position(|known| known == key).unwrap()].clone()).collect();
    let read = |file: &cashline_io::read::InputFile, sink: &mut cashline_io::read::Sink<'_>| {
        (cashline_io::read::LAYOUTS[file.layout].read)(file, &options, sink)
    };
    open.pack(&fresh, &read, &cashline_io::commit::Interrupt::never()).unwrap();
    open.prepare(&night, out, manifest["run_id"].as_str().unwrap(), watches.into_values().collect()).unwrap();
    open
}

#[test]
fn between_the_run_and_its_state_the_run_decides_whether_the_night_happened() {
    let nights = Nights::new();
    let (state, out) = (nights.at("state"), nights.at("out"));
    // Killed before the publication: the night did not happen.
    drop(prepared(&nights, &state, &out));
    assert_ne!(contents(&state), contents(&nights.state(1)), "the preparation left something");
    nights.score(0, 2, &state, &out);
    assert_eq!(contents(&out), contents(&nights.run(2)));
    assert_eq!(contents(&state), contents(&nights.state(2)));
    // Killed after it: the run stands, and the night is concluded by whoever comes next.
    drop(prepared(&nights, &state, &out));
    assert!(nights.score(0, 2, &state, &out).contains("already done"));
    assert_eq!(contents(&state), contents(&nights.state(2)));
    // Another night comes next instead of the repetition.
    drop(prepared(&nights, &state, &out));
    fs::create_dir(nights.new_files(3)).unwrap();
    nights.world.write(3, &nights.new_files(3));
    nights.score(0, 3, &state, &nights.at("next"));
    copy(&nights.state(2), &nights.at("state-golden"));
    nights.score(0, 3, &nights.at("state-golden"), &nights.run(3));
    assert_eq!(contents(&nights.at("next")), contents(&nights.run(3)));
    assert_eq!(contents(&state), contents(&nights.at("state-golden")));
}

#[test]
fn a_night_killed_before_it_removed_the_answers_it_replaced_is_finished_by_its_repetition() {
    let nights = Nights::new();
    let (state, out) = (nights.at("state"), nights.run(2));
    copy(&nights.state(2), &state);
    let kept = contents(&state);
    let replaced: Vec<String> = contents(&nights.state(1))
        .into_keys()
        .filter(|name| name.starts_with("answers-") && !kept.contains_key(name))
        .collect();
    assert_eq!(replaced.len(), 1, "{replaced:?}");
    fs::copy(nights.state(1).join(&replaced[0]), state.join(&replaced[0])).unwrap();
    assert!(nights.score(0, 2, &state, &out).contains("already done"));
    assert_eq!(contents(&state), kept);
}

#[test]
fn the_same_night_again_adds_nothing_and_compares_with_the_night_before() {
    let nights = Nights::new();
    let before = contents(&nights.state(2));
    assert!(nights.score(0, 2, &nights.state(2), &nights.run(2)).contains("already done"));
    assert_eq!(contents(&nights.state(2)), before);
    // The run was lost: it is made once more, its events too.
    nights.score(0, 2, &nights.state(2), &nights.at("again"));
    assert_eq!(contents(&nights.at("again")), contents(&nights.run(2)));
    assert_eq!(contents(&nights.state(2)), before);
    // All files of all nights, of which none is new, at a later T: a night of its own.
    let (all, later) = ([nights.new_files(0), nights.new_files(1), nights.new_files(2)], nights.world.as_of(3));
    let all: Vec<&str> = all.iter().map(|path| text(path)).collect();
    run(0, &night(&all, &nights.state(2), &nights.at("later"), &later));
    run(0, &night(&[], &nights.state(1), &nights.at("nothing-new"), &later));
    let segments = |state: &Path| contents(state).keys().filter(|name| name.starts_with("segment-")).count();
    assert_eq!((segments(&nights.state(2)), segments(&nights.state(1))), (3, 2), "nothing was added");
}

#[test]
fn the_state_is_lost_and_the_run_stands() {
    let nights = Nights::new();
    let state = nights.at("new-state");
    assert!(nights.score(0, 0, &state, &nights.run(0)).contains("already done"));
    assert_eq!(contents(&state), contents(&nights.state(0)), "the state is made anew from the same night");
}

#[test]
fn an_application_keeps_its_events_when_another_applicant_joins_and_those_of_nobody_are_counted() {
    let place = scratch();
    let put = |name: &str, content: &str| {
        let path = place.path().join(name);
        fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let exports = ["accounts.ndjson", "transactions.ndjson"].map(|name| format!("data/sample/{name}"));
    let (applicant, account) = ("cus_000000002a9361", "fca_000000002a93610n");
    let first = put("first.csv", &format!("application_id,applicant_id\napp_1,{applicant}\n"));
    let event = put(
        "event.ndjson",
        &format!(
            r#"{{"id":"evt_1","object":"v2.core.event","type":"v1.financial_connections.account.disconnected","created":"2026-11-01T10:00:00Z","livemode":true,"related_object":{{"id":"{account}","type":"financial_connections.account"}}}}"#
        ),
    );
    for joins in ["cus_0", "cus_9"] {
        let second = put("second.csv", &format!("application_id,applicant_id\napp_1,{joins}\n"));
        let at = |name: &str| place.path().join(format!("{joins}-{name}"));
        let [state, one, two] = ["state", "one", "two"].map(at);
        run(0, &night(&[&exports[0], &exports[1], &first], &state, &one, "2026-11-01"));
        run(0, &night(&[&second, &event], &state, &two, "2026-11-02"));
        let told = told(&two);
        let gone = told.iter().find(|event| event[1] == "account_disconnected");
        assert_eq!(gone.map(|event| [&*event[0], &*event[2]]), Some(["app_1", account]), "{joins} joins: {told:?}");
        assert_eq!(ignored(&two).get("event of no account"), None);
    }
    // The same log where nothing lists the account: its event changes nothing, and is counted.
    let strange = fs::read_to_string(&event).unwrap().replace(account, "fca_of_nobody");
    let strange = put("strange.ndjson", &strange);
    let [state, out] = ["strange-state", "strange-out"].map(|name| place.path().join(name));
    run(0, &night(&[&exports[0], &exports[1], &first, &strange], &state, &out, "2026-11-02"));
    assert_eq!(ignored(&out)["event of no account"], 1);
}

fn ignored(run: &Path) -> serde_json::Value {
    let manifest: serde_json::Value = serde_json::from_slice(&fs::read(run.join("manifest.json")).unwrap()).unwrap();
    manifest["counts"]["ignored"].clone()
}

#[test]
fn a_night_as_of_an_earlier_t_says_that_it_tells_no_events() {
    let nights = Nights::new();
    let (state, future) = (nights.at("state"), nights.at("future"));
    copy(&nights.state(1), &state);
    run(0, &night(&[], &state, &future, "2099-12-31"));
    let counts = |out: &Path| {
        let manifest: serde_json::Value =
            serde_json::from_slice(&fs::read(out.join("manifest.json")).unwrap()).unwrap();
        manifest["counts"].clone()
    };
    assert_eq!(counts(&future).get("answers_of_later_t"), None, "time went on");
    let message = nights.score(0, 2, &state, &nights.at("out"));
    let (counts, applications) = (counts(&nights.at("out")), told(&nights.at("out")).len());
    assert_eq!((&counts["answers_of_later_t"], applications), (&counts["applications"]["total"], 0));
    let told = format!("{} answers of the state are of a later T", counts["answers_of_later_t"]);
    assert!(message.contains(&told), "{message}");
}

#[test]
fn a_state_that_is_held_is_busy_under_every_name() {
    let nights = Nights::new();
    let state = nights.state(1);
    let link = nights.at("link");
    std::os::unix::fs::symlink(&state, &link).unwrap();
    let record: serde_json::Value = serde_json::from_slice(&fs::read(state.join("state.json")).unwrap()).unwrap();
    let held = State::open(&state, record["reading"].as_str().unwrap()).unwrap();
    let with_slash = PathBuf::from(format!("{}/", link.display()));
    for name in [&state, &link, &with_slash] {
        assert!(nights.score(75, 2, name, &nights.at("out")).contains("another run"), "{}", name.display());
        run(75, &["state", "show", text(name)]);
    }
    drop(held);
    nights.score(0, 2, &link, &nights.at("out"));
    // The manifest names the state as the call did.
    let answers = |run: &Path| {
        let mut contents = contents(run);
        contents.remove("manifest.json").map(|_| contents)
    };
    assert_eq!(answers(&nights.at("out")), answers(&nights.run(2)));
}

#[test]
fn what_is_damaged_foreign_or_of_another_version_is_refused_by_name() {
    let nights = Nights::new();
    let (state, out) = (nights.at("state"), nights.at("out"));
    let segment = contents(&nights.state(1)).into_keys().find(|name| name.starts_with("segment-")).unwrap();
    let refused = |change: &dyn Fn(&Path), words: &[&str]| {
        copy(&nights.state(1), &state);
        change(&state);
        let before = contents(&state);
        let message = nights.score(2, 2, &state, &out);
        assert!(words.iter().all(|word| message.contains(word)), "{message}");
        assert_eq!(contents(&state), before, "a refused state is left as it is");
        assert!(!out.exists());
    };
    let flip = |name: &str, state: &Path| {
        let mut bytes = fs::read(state.join(name)).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        fs::write(state.join(name), bytes).unwrap();
    };
    refused(&|state| flip(&segment, state), &[&segment, "begin a new one"]);
    refused(&|state| fs::remove_file(state.join(&segment)).unwrap(), &[&segment, "restore"]);
    refused(
        &|state| fs::copy(state.join(&segment), state.join("segment-x.zst")).map(|_| ()).unwrap(),
        &["segment-x.zst"],
    );
    let edit = |from: &str, to: &str, state: &Path| {
        let text = fs::read_to_string(state.join("state.json")).unwrap();
        assert!(text.contains(from), "{text}");
        fs::write(state.join("state.json"), text.replace(from, to)).unwrap();
    };
    refused(&|state| edit("\"schema\": 1", "\"schema\": 7", state), &["version 7", "begin a new state"]);
    refused(&|state| edit("\"nights\"", "\"nichts\"", state), &["damaged"]);
    refused(&|state| fs::write(state.join("state.json"), "{").unwrap(), &["state.json"]);
    refused(&|state| fs::remove_file(state.join("state.json")).unwrap(), &["no state of ours"]);
    // An older record beside newer files takes nothing away: with the right one put back, the state is whole.
    let older = nights.state(0).join("state.json");
    refused(&|state| fs::copy(&older, state.join("state.json")).map(|_| ()).unwrap(), &["no segment of this state"]);
    copy(&nights.state(1), &state);
    let (new, as_of) = (nights.new_files(2), nights.world.as_of(2));
    let new = [text(&new)];
    let mut other = night(&new, &state, &out, &as_of);
    other.extend(["--extra-column", "x"]);
    let message = String::from_utf8_lossy(&run(2, &other).stderr).into_owned();
    assert!(message.contains("other columns"), "{message}");
    run(2, &night(&new, &state, &state.join("run"), &as_of));
    run(2, &["score", new[0], "--since", text(&state), "--as-of", &as_of]);
}
