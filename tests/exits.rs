//! Exit codes when what is printed meets nobody, or no room.

use std::{
    fs::{self, OpenOptions},
    path::Path,
    process::Stdio,
};

use crate::support::{cashline, run, scratch};

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
