//! A run directory is there whole or not at all: killed, out of space, raced, refused, truncated.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

use crate::support::{cashline, run, scratch, sha256, workspace};

fn sample() -> String {
    workspace().join("data/sample").to_str().unwrap().to_owned()
}

/// Names in the folder that holds the run, sorted.
fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Every file of a run with its digest, but for the log, which holds what is volatile.
fn contents(run: &Path) -> Vec<(String, String)> {
    names(run).into_iter().filter(|name| name != "run.log.json").map(|name| (sha256(&run.join(&name)), name)).collect()
}

#[test]
fn a_kill_at_any_time_leaves_no_partial_run_and_the_next_run_is_the_same() {
    let place = scratch();
    let golden = place.path().join("golden");
    run(0, &["score", &sample(), "-o", golden.to_str().unwrap()]);
    let out = place.path().join("out");
    let mut killed = 0;
    for millis in (0..60).step_by(3) {
        let _ = fs::remove_dir_all(&out);
        let mut child = cashline()
            .args(["score", &sample(), "-o", out.to_str().unwrap()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(millis));
        child.kill().unwrap();
        let status = child.wait().unwrap();
        killed += u32::from(status.code().is_none());
        if out.exists() {
            assert_eq!(contents(&out), contents(&golden), "killed after {millis} ms");
        }
        run(0, &["score", &sample(), "-o", out.to_str().unwrap()]);
        assert_eq!(contents(&out), contents(&golden), "after a kill at {millis} ms");
    }
    assert!(0 < killed, "no run was killed in time");
    let left: Vec<String> = names(place.path()).into_iter().filter(|name| name.contains(".tmp")).collect();
    assert!(left.is_empty(), "stale temporaries are collected: {left:?}");
}

#[test]
fn a_full_disk_publishes_nothing_and_says_so() {
    let place = scratch();
    let disk = place.path().join("disk");
    fs::create_dir(&disk).unwrap();
    let script = format!(
        "mount -t tmpfs -o size=16k none '{disk}' && '{binary}' score '{sample}' -o '{disk}/out'; code=$?; \
         ls -A '{disk}' | grep -v lock; exit $code",
        disk = disk.display(),
        binary = env!("CARGO_BIN_EXE_cashline"),
        sample = sample(),
    );
    let output = Command::new("unshare").args(["-Urm", "sh", "-c", &script]).output();
    let Ok(output) = output else { return unavailable("unshare") };
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    if err.contains("unshare:") || err.contains("mount:") {
        return unavailable(&err);
    }
    assert_eq!(output.status.code(), Some(3), "{out}{err}");
    assert!(err.contains("cannot be written"), "{err}");
    assert_eq!(out.trim(), "", "nothing is left on the disk");
}

/// A test that needs a namespace of its own cannot run everywhere; it never passes in silence.
fn unavailable(why: &str) {
    eprintln!("SKIPPED: no namespace with a small disk here: {}", why.trim());
}

#[test]
fn of_runs_started_at_once_exactly_one_writes() {
    let place = scratch();
    let out = place.path().join("out");
    let start = || {
        cashline()
            .args(["score", &sample(), "-o", out.to_str().unwrap()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap()
    };
    let children: Vec<_> = (0..6).map(|_| start()).collect();
    let codes: Vec<i32> = children.into_iter().map(|mut child| child.wait().unwrap().code().unwrap()).collect();
    // Late starters find the finished run (0), early ones the lock (75); nobody fails and nobody writes twice.
    assert!(codes.contains(&0), "{codes:?}");
    assert!(codes.iter().all(|code| [0, 75].contains(code)), "{codes:?}");
    let first = contents(&out);
    run(0, &["score", &sample(), "-o", out.to_str().unwrap()]);
    assert_eq!(contents(&out), first);
}

#[test]
fn a_target_that_cannot_be_written_stops_the_run_with_code_3() {
    let output = run(3, &["score", &sample(), "-o", "/proc/cashline-run"]);
    assert!(String::from_utf8_lossy(&output.stderr).contains("cannot be written"));
}

#[test]
fn the_same_run_again_is_already_done_and_another_is_refused_unless_told() {
    let place = scratch();
    let out = place.path().join("out");
    let out = out.to_str().unwrap();
    run(0, &["score", &sample(), "-o", out]);
    let stamp = fs::metadata(out).unwrap().modified().unwrap();
    let again = run(0, &["score", &sample(), "-o", out]);
    assert!(String::from_utf8_lossy(&again.stderr).contains("already done"));
    assert_eq!(fs::metadata(out).unwrap().modified().unwrap(), stamp, "nothing was written");
    let before = contents(Path::new(out));
    run(2, &["score", &sample(), "-o", out, "--matrix"]);
    assert_eq!(contents(Path::new(out)), before, "the old run is intact");
    run(0, &["score", &sample(), "-o", out, "--matrix", "--overwrite"]);
    assert_ne!(contents(Path::new(out)), before);
}

#[test]
fn overwriting_spares_what_is_not_the_runs_and_a_lost_marker_comes_back() {
    let place = scratch();
    let out = place.path().join("out");
    let input = sample();
    let score = ["score", &input, "-o", out.to_str().unwrap()];
    run(0, &score);
    fs::remove_file(out.join("_SUCCESS")).unwrap();
    run(0, &score);
    assert!(out.join("_SUCCESS").exists(), "a job that waits for it must not wait for ever");
    fs::write(out.join("notes.txt"), "mine").unwrap();
    let refused = run(2, &[&score[..], &["--matrix", "--overwrite"]].concat());
    assert!(String::from_utf8_lossy(&refused.stderr).contains("`notes.txt`"));
    assert_eq!(fs::read(out.join("notes.txt")).unwrap(), b"mine");
}

#[test]
fn a_flag_that_would_do_nothing_is_a_usage_error() {
    for flags in [["--tier", "all"], ["--moved", "5"]] {
        let refused = run(2, &["score", &sample(), flags[0], flags[1]]);
        assert!(String::from_utf8_lossy(&refused.stderr).contains(flags[0]));
    }
    let sample = sample();
    for (arguments, flag) in [
        (&["relinks", &sample][..], "--columns"),
        (&["institutions", &sample], "--columns"),
        (&["explain", "--application", "app_two_jobs", &sample], "--columns"),
        (&["categorise", &sample], "--tier"),
        (&["enrich", &sample, "-o", "nowhere"], "--challenger"),
        (&["check", &sample], "--challenger"),
        (&["catalogue", "schema"], "--rules"),
        (&["catalogue", "schema"], "--like"),
    ] {
        let refused = run(2, &[arguments, &[flag, "core"]].concat());
        assert!(String::from_utf8_lossy(&refused.stderr).contains(flag), "{arguments:?}");
    }
    let nowhere = scratch();
    let nowhere = nowhere.path().join("out").to_str().unwrap().to_owned();
    for (arguments, names) in [
        (&["score", &sample, "--matrix"][..], ["--matrix", "-o"]),
        (&["score", &sample, "--evidence"], ["--evidence", "-o"]),
        (&["score", &sample, "--columns", "nsf_od_event_count_90d"], ["--columns", "-o"]),
        (&["score", &sample, "--last-run", &nowhere], ["--last-run", "--max-score-shift"]),
        (&["sample", &nowhere, "--packing", "gzip", "--layout", "parquet"], ["--packing", "--layout parquet"]),
        (&["sample", &nowhere, "--personas", "--seed", "1"], ["--personas", "--seed"]),
        (&["sample", &nowhere, "--personas", "--applications", "9"], ["--personas", "--applications"]),
        (&["sample", &nowhere, "--personas", "--preset", "mixed"], ["--personas", "--preset"]),
        (&["fit", &sample, "--outcomes", "x", "-o", &nowhere, "--name", "Bad-Name"], ["--name", "snake case"]),
        (&["model", "import", "x", "--target", "x", "-o", &nowhere, "--name", "Bad Name"], ["--name", "snake case"]),
    ] {
        let refused = String::from_utf8_lossy(&run(2, arguments).stderr).into_owned();
        assert!(names.iter().all(|name| refused.contains(name)), "{arguments:?}: {refused}");
        assert!(!Path::new(&nowhere).exists(), "{arguments:?}");
    }
    // Scripts may pass these always.
    for flags in [&["--overwrite"][..], &["--file-mode", "640"]] {
        let noted = run(0, &[&["score", &sample], flags].concat());
        assert!(String::from_utf8_lossy(&noted.stderr).contains(&format!("note: {} does nothing", flags[0])));
    }
    for kind in ["explain", "audit"] {
        let asked: &[&str] = if kind == "audit" { &["--audit"] } else { &["--explain", "RENT"] };
        let refused = run(2, &[&["catalogue", "rules", "--format", "json"], asked].concat());
        assert!(String::from_utf8_lossy(&refused.stderr).contains("not as json"), "{kind}");
    }
}

#[test]
fn a_run_whose_gate_failed_is_told_when_it_is_compared_or_replayed() {
    let place = scratch();
    let [good, bad] = ["good", "bad"].map(|name| place.path().join(name).to_str().unwrap().to_owned());
    run(0, &["score", &sample(), "-o", &good]);
    run(1, &["score", &sample(), "-o", &bad, "--min-applications", "99"]);
    for (arguments, is_told) in
        [(vec!["diff", &good, &bad], true), (vec!["replay", &bad], true), (vec!["replay", &good], false)]
    {
        let output = run(0, &arguments);
        assert_eq!(String::from_utf8_lossy(&output.stderr).contains("_SUCCESS"), is_told, "{arguments:?}");
    }
}

#[test]
fn truncated_input_is_refused_and_the_old_run_stays() {
    let place = scratch();
    let input = place.path().join("in");
    fs::create_dir(&input).unwrap();
    for name in ["accounts.ndjson", "applications.csv"] {
        fs::copy(workspace().join("data/sample").join(name), input.join(name)).unwrap();
    }
    let text = fs::read(workspace().join("data/sample/transactions.ndjson")).unwrap();
    let packed = zip(&text);
    fs::write(input.join("transactions.ndjson.gz"), &packed).unwrap();
    let out = place.path().join("out");
    run(0, &["score", input.to_str().unwrap(), "-o", out.to_str().unwrap()]);
    let before = contents(&out);
    fs::write(input.join("transactions.ndjson.gz"), &packed[..packed.len() / 2]).unwrap();
    let arguments = ["score", input.to_str().unwrap(), "-o", out.to_str().unwrap(), "--overwrite"];
    let output = run(2, &arguments);
    assert!(String::from_utf8_lossy(&output.stderr).contains("transactions.ndjson.gz"));
    assert_eq!(contents(&out), before);
}

fn zip(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write as _;
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap()
}

#[test]
fn results_are_for_the_owner_alone_unless_configured() {
    let place = scratch();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let out = place.path().join("out");
    run(0, &["score", &sample(), "-o", out.to_str().unwrap()]);
    assert_eq!(mode(&out), 0o700);
    for name in names(&out) {
        assert_eq!(mode(&out.join(&name)), 0o600, "{name}");
    }
    let open = place.path().join("open");
    run(0, &["score", &sample(), "-o", open.to_str().unwrap(), "--file-mode", "640"]);
    assert_eq!(mode(&open.join("scores.csv")), 0o640);
}

#[test]
fn without_any_t_the_run_stops_and_names_the_newest_date_and_the_flag() {
    let place = scratch();
    let data = workspace().join("data/sample");
    for name in ["accounts.ndjson", "transactions.ndjson"] {
        fs::copy(data.join(name), place.path().join(name)).unwrap();
    }
    let output = run(2, &["score", place.path().to_str().unwrap()]);
    let err = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(err.contains("--as-of") && err.contains("20"), "{err}");
}
