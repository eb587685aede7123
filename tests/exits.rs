//! Exit codes when what is printed meets nobody, or no room.

use std::{
    fs::{self, OpenOptions},
    path::Path,
    process::Stdio,
};

use crate::support::{cashline, run, scratch, sha256, workspace};

/// A run, a gate that it cannot pass, and an export that is refused.
fn place(folder: &Path) -> [String; 3] {
    let [done, gates, broken] = ["run", "gates.toml", "broken.csv"].map(|name| folder.join(name));
    run(0, &["score", "data/sample", "-o", done.to_str().unwrap()]);
    // Without outcomes there is no AUC.
    fs::write(&gates, "[gates]\nauc = 0.5\n").unwrap();
    fs::write(&broken, "a,b\n1,2\n").unwrap();
    [done, gates, broken].map(|path| path.to_str().unwrap().to_owned())
}

#[test]
fn a_reader_that_went_away_changes_no_exit_code() {
    let folder = scratch();
    let [done, gates, broken] = place(folder.path());
    let monitor = ["monitor", &done, &done, "--gates", &gates];
    let code = |arguments: &[&str], is_gone: [bool; 2]| {
        let pipe = |is_gone: bool| {
            let (reader, writer) = std::io::pipe().unwrap();
            drop(reader);
            if is_gone { Stdio::from(writer) } else { Stdio::null() }
        };
        let [out, err] = is_gone.map(pipe);
        cashline().args(arguments).stdout(out).stderr(err).status().unwrap().code()
    };
    for (arguments, expected) in [
        (&monitor[..], 1),
        (&[&monitor[..], &["--json"]].concat(), 1),
        (&[&monitor[..], &["--csv"]].concat(), 1),
        (&["check", &broken], 2),
        (&["check", "data/sample"], 0),
        (&["score", "data/sample", "--min-applications", "99"], 1),
        (&["score", "data/sample", "--json"], 0),
        (&["catalogue", "schema"], 0),
    ] {
        for is_gone in [[false; 2], [true, false], [false, true], [true; 2]] {
            assert_eq!(code(arguments, is_gone), Some(expected), "{arguments:?} {is_gone:?}");
        }
    }
}

#[test]
fn a_full_disk_is_the_systems_failure_whatever_is_printed() {
    let folder = scratch();
    let [done, _, _] = place(folder.path());
    for arguments in [
        &["monitor", &done, &done][..],
        &["monitor", &done, &done, "--json"],
        &["monitor", &done, &done, "--csv"],
        &["diff", &done, &done, "--json"],
        &["check", "data/sample", "--json"],
        &["score", "data/sample", "--json"],
        &["score", "data/sample", "--format", "parquet"],
        &["catalogue", "schema"],
        &["catalogue", "reasons", "--format", "json"],
    ] {
        let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
        let output = cashline().args(arguments).stdout(full).stderr(Stdio::piped()).output().unwrap();
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(3), "{arguments:?}: {error}");
    }
}

#[test]
fn a_file_of_settings_that_cannot_be_read_is_the_users_to_mend_whichever_flag_names_it() {
    let folder = scratch();
    let huge = folder.path().join("huge.toml");
    // One byte beyond the limit, and no block of the disk.
    fs::File::create(&huge).unwrap().set_len(64 * 1024 * 1024 + 1).unwrap();
    let absent = folder.path().join("absent.toml");
    let [huge, absent, place] = [&huge, &absent, folder.path()].map(|path| path.to_str().unwrap());
    for (path, told) in
        [(huge, "67108865 bytes are more than the limit"), (absent, "absent.toml"), (place, "cannot be read")]
    {
        for arguments in [
            &["score", "data/sample", "--config", path][..],
            &["score", "data/sample", "--model", path],
            &["score", "data/sample", "--policy", path],
            &["catalogue", "attributes", "--like", path],
            &["catalogue", "taxonomy", "--like", path],
        ] {
            let output = run(2, arguments);
            let error = String::from_utf8_lossy(&output.stderr);
            assert!(error.contains(told), "{arguments:?}: {error}");
        }
    }
}

/// The sample's applications with other applicants.
fn applications(applicant: impl Fn(usize) -> String) -> String {
    let text = fs::read_to_string(workspace().join("data/sample/applications.csv")).unwrap();
    let with = |(at, line): (usize, &str)| {
        let mut cells: Vec<String> = line.split(',').map(str::to_owned).collect();
        if at != 0 {
            cells[1] = applicant(at);
        }
        cells.join(",") + "\n"
    };
    text.lines().enumerate().map(with).collect()
}

#[test]
fn applications_of_which_none_finds_an_account_end_a_run_and_a_night_before_anything_is_published() {
    let folder = scratch();
    let [wrong, out, state, later] = ["wrong.csv", "run", "state", "later"].map(|name| folder.path().join(name));
    let [plain, since, next] = ["plain", "since", "next"].map(|name| folder.path().join(name));
    let text = |path: &Path| path.to_str().unwrap().to_owned();
    // Customers' numbers of the lender's own.
    fs::write(&wrong, applications(|at| (70_000 + at).to_string())).unwrap();
    let rest = ["data/sample/accounts.ndjson", "data/sample/transactions.ndjson"];
    let wanted = "none of 9 applications finds an account, though the input has ";
    for flags in [vec![], vec!["--since".to_owned(), text(&state)]] {
        let mut arguments = vec!["score".to_owned(), text(&wrong), "-o".to_owned(), text(&out)];
        arguments.extend(rest.map(str::to_owned));
        arguments.extend(flags);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let error = String::from_utf8(run(2, &arguments).stderr).unwrap();
        assert!(error.contains(wanted) && error.contains("(digits only, 5 long)"), "{error}");
        assert!(!error.contains("7000") && !out.exists(), "{error}");
    }
    let checked = run(2, &["check", &text(&wrong), rest[0], rest[1], "--json"]).stdout;
    let report: serde_json::Value = serde_json::from_slice(&checked).unwrap();
    assert_eq!((&report["verdict"], &report["profile"]["applications"]), (&"reject_file".into(), &9.into()));
    assert!(report["message"].as_str().unwrap().contains(wanted), "{report}");
    // The state holds nothing of that night, and a night without news is one.
    run(0, &["score", "data/sample", "-o", &text(&plain)]);
    run(0, &["score", "data/sample", "-o", &text(&since), "--since", &text(&state)]);
    assert_eq!(sha256(&plain.join("scores.csv")), sha256(&since.join("scores.csv")));
    run(0, &["score", "-o", &text(&next), "--since", &text(&state)]);
    assert_eq!(sha256(&plain.join("scores.csv")), sha256(&next.join("scores.csv")));
    // An applicant without an account among holders of accounts is a night of a small lender.
    let one = applications(|_| "cus_00000000ffffff".to_owned());
    fs::write(&later, one.lines().take(2).collect::<Vec<_>>().join("\n") + "\n").unwrap();
    let output = run(0, &["score", &text(&later), rest[0], rest[1]]);
    assert!(String::from_utf8_lossy(&output.stdout).contains("no_data"));
    assert!(String::from_utf8_lossy(&output.stderr).contains("no application finds an account"));
}

#[test]
fn what_a_mapping_asks_for_in_vain_is_told_once_and_not_for_every_page() {
    let folder = scratch();
    for page in 0..40 {
        let text = format!(
            r#"{{"client_user_id":"cus_{page}","retrieved_at":"2026-10-01T00:00:00Z","holds":[{{"a":1}}],"accounts":[{{"account_id":"acc_{page}",
            "type":"crypto","subtype":"checking","balances":{{"current":5,"available":5,"iso_currency_code":"USD"}}}}]}}"#
        );
        fs::write(folder.path().join(format!("page-{page:02}.json")), text).unwrap();
    }
    let path = folder.path().to_str().unwrap();
    let output = run(0, &["check", path, "--mapping", "plaid", "--as-of", "2026-10-02"]);
    let error = String::from_utf8(output.stderr).unwrap();
    let told: Vec<&str> = error.lines().filter(|line| line.contains("in 40 files")).collect();
    assert_eq!((told.len(), error.lines().filter(|line| line.contains("page-")).count()), (3, 3), "{error}");
    for (part, told) in
        ["(category): 40 of them", "(institution_name, last4)", "are left unread: 40 of them"].iter().zip(told)
    {
        assert!(told.contains("page-00.json first"), "{told}");
        assert!(error.contains(part), "{part}: {error}");
    }
}
