use super::*;

fn names(dir: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(dir)
        .expect("readable")
        .map(|entry| entry.expect("readable").file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).expect("there").permissions().mode() & 0o777
}

/// Writes a run of two files and commits it.
fn run(dir: &Path, content: &str, overwrite: Overwrite) -> Result<(), Error> {
    let options = CommitOptions { overwrite, ..CommitOptions::default() };
    let mut output = OutputLock::take(dir)?.write(options)?;
    output.put("scores.csv", content.as_bytes())?;
    output.put(MANIFEST, b"{\"files\": [{\"name\": \"scores.csv\"}]}\n")?;
    output.commit()
}

fn scores(dir: &Path) -> String {
    fs::read_to_string(dir.join("scores.csv")).expect("there")
}

#[test]
fn a_run_is_there_whole_and_nothing_else_is_left() {
    let home = tempfile::tempdir().expect("a directory");
    let dir = home.path().join("runs").join("night");
    run(&dir, "a\n", Overwrite::Refuse).expect("commits");
    assert_eq!(names(&dir), ["manifest.json", "scores.csv"]);
    assert_eq!(names(&home.path().join("runs")), ["night"], "neither lock nor temporary");
    assert_eq!((mode(&dir), mode(&dir.join("scores.csv"))), (0o700, 0o600));
}

#[test]
fn configured_modes_hold_whatever_the_umask() {
    let home = tempfile::tempdir().expect("a directory");
    let dir = home.path().join("night");
    let options = CommitOptions { file_mode: 0o666, dir_mode: 0o777, ..CommitOptions::default() };
    let mut output = OutputLock::take(&dir).expect("free").write(options).expect("opens");
    output.put(MANIFEST, b"{}").expect("writes");
    output.commit().expect("commits");
    assert_eq!((mode(&dir), mode(&dir.join(MANIFEST))), (0o777, 0o666));
}

#[test]
fn a_locked_directory_is_busy_and_free_again_afterwards() {
    let home = tempfile::tempdir().expect("a directory");
    let dir = home.path().join("night");
    let first = OutputLock::take(&dir).expect("free");
    let error = OutputLock::take(&dir).expect_err("held");
    assert!(matches!(error, Error::Busy { .. }));
    assert_eq!(error.exit_code(), 75);
    drop(first);
    drop(OutputLock::take(&dir).expect("free again"));
    assert_eq!(names(home.path()), Vec::<String>::new());
}

#[test]
fn a_link_has_the_lock_of_the_directory_that_it_leads_to() {
    let home = tempfile::tempdir().expect("a directory");
    let dir = home.path().join("nights").join("state");
    fs::create_dir_all(&dir).expect("creates");
    let [link, lost] = ["link", "lost"].map(|name| home.path().join(name));
    std::os::unix::fs::symlink(&link, home.path().join("chain")).expect("links");
    std::os::unix::fs::symlink(&dir, &link).expect("links");
    std::os::unix::fs::symlink(home.path().join("nowhere"), &lost).expect("links");
    let real = fs::canonicalize(home.path()).expect("there").join("nights");
    for name in ["link", "link/", "link/.", "chain", "nights/../link"] {
        assert_eq!(place(&home.path().join(name)).expect("a name"), (real.clone(), "state".into()), "{name}");
    }
    assert_eq!(place(&dir).expect("a name"), (home.path().join("nights"), "state".into()), "as it was named");
    assert_eq!(place(&lost).expect("a name"), (home.path().to_owned(), "lost".into()), "leads nowhere");
    assert_eq!(place(Path::new("night")).expect("a name"), (PathBuf::from("."), "night".into()));
}

#[test]
fn another_run_is_refused_unless_overwriting_is_asked_for() {
    let home = tempfile::tempdir().expect("a directory");
    let dir = home.path().join("night");
    run(&dir, "old\n", Overwrite::Refuse).expect("commits");
    let error = run(&dir, "new\n", Overwrite::Refuse).expect_err("another run stands there");
    assert_eq!(error.exit_code(), 2);
    assert_eq!(scores(&dir), "old\n");
    run(&dir, "new\n", Overwrite::Exchange).expect("exchanges");
    assert_eq!(scores(&dir), "new\n");
    assert_eq!(names(home.path()), ["night"], "the old run is gone");
}

#[test]
fn a_run_that_fails_half_way_leaves_the_old_one_intact_and_no_temporary() {
    let home = tempfile::tempdir().expect("a directory");
    let dir = home.path().join("night");
    run(&dir, "old\n", Overwrite::Refuse).expect("commits");
    let options = CommitOptions { overwrite: Overwrite::Exchange, ..CommitOptions::default() };
    let mut output = OutputLock::take(&dir).expect("free").write(options).expect("opens");
    output.put("scores.csv", b"half").expect("writes");
    assert_eq!(names(home.path()).len(), 3, "the run, its lock and the temporary");
    drop(output);
    assert_eq!(names(home.path()), ["night"]);
    assert_eq!(scores(&dir), "old\n");
}

#[test]
fn a_file_that_reads_back_differently_is_never_published() {
    let home = tempfile::tempdir().expect("a directory");
    let dir = home.path().join("night");
    let mut output = OutputLock::take(&dir).expect("free").write(CommitOptions::default()).expect("opens");
    output.put("scores.csv", b"right").expect("writes");
    fs::write(output.temp.join("scores.csv"), b"wrong").expect("tampers");
    let error = output.commit().expect_err("differs");
    assert!(matches!(error, Error::Write { .. }));
    assert_eq!(error.exit_code(), 3);
    assert_eq!(names(home.path()), Vec::<String>::new());
}

#[test]
fn a_full_disk_is_a_write_error() {
    let file = OpenOptions::new().write(true).open("/dev/full").expect("linux has it");
    let hashing = Hashing { file, hash: Sha256::new(), bytes: 0 };
    let mut file = OutputFile {
        name: "scores.csv".to_owned(),
        path: PathBuf::from("/dev/full"),
        out: BufWriter::with_capacity(1 << 18, hashing),
    };
    // The buffer takes the bytes; the refusal must not get lost on the way out of it.
    file.write_all(b"row\n").expect("buffered");
    let home = tempfile::tempdir().expect("a directory");
    let mut output =
        OutputLock::take(&home.path().join("night")).expect("free").write(CommitOptions::default()).expect("opens");
    let error = output.finish(file, None).expect_err("no space");
    assert!(matches!(error, Error::Write { .. }));
    assert_eq!(error.exit_code(), 3);
}

#[test]
fn what_a_killed_run_left_is_collected_under_the_lock() {
    let home = tempfile::tempdir().expect("a directory");
    let dir = home.path().join("night");
    let stale = home.path().join(".night.tmp-1");
    fs::create_dir(&stale).expect("creates");
    fs::write(stale.join("scores.csv"), "half").expect("writes");
    fs::create_dir(home.path().join(".nightly.tmp-1")).expect("creates");
    run(&dir, "a\n", Overwrite::Refuse).expect("commits");
    assert_eq!(names(home.path()), [".nightly.tmp-1", "night"], "another directory's temporary is not ours");
}

#[test]
fn what_is_no_run_is_never_replaced() {
    let home = tempfile::tempdir().expect("a directory");
    let dir = home.path().join("photos");
    fs::create_dir(&dir).expect("creates");
    fs::write(dir.join("cat.jpg"), "meow").expect("writes");
    let file = home.path().join("file");
    fs::write(&file, "x").expect("writes");
    let link = home.path().join("link");
    std::os::unix::fs::symlink(&dir, &link).expect("links");
    for path in [&dir, &file, &link, &PathBuf::from("/"), &PathBuf::from("..")] {
        let error = run(path, "a\n", Overwrite::Exchange).expect_err("no run stands there");
        assert_eq!(error.exit_code(), 2, "{}", path.display());
    }
    assert_eq!(names(&dir), ["cat.jpg"]);
    assert_eq!(names(home.path()), ["file", "link", "photos"]);
}

#[test]
fn files_that_are_not_the_runs_are_never_replaced_with_it() {
    let home = tempfile::tempdir().expect("a directory");
    let dir = home.path().join("night");
    run(&dir, "old\n", Overwrite::Refuse).expect("commits");
    fs::write(dir.join("notes.txt"), "mine").expect("writes");
    fs::create_dir(dir.join("_SUCCESS")).expect("a directory is none of the run's files");
    let error = run(&dir, "new\n", Overwrite::Exchange).expect_err("they would be lost");
    assert!(error.to_string().contains("`_SUCCESS`"), "{error}");
    fs::remove_dir(dir.join("_SUCCESS")).expect("removes");
    let error = run(&dir, "new\n", Overwrite::Exchange).expect_err("it would be lost");
    assert_eq!((error.exit_code(), error.to_string().contains("`notes.txt`")), (2, true), "{error}");
    fs::remove_file(dir.join("notes.txt")).expect("removes");
    let manifest = fs::read(dir.join(MANIFEST)).expect("reads");
    for foreign in [&manifest[..5], b"{\"name\": \"an extension\"}"] {
        fs::write(dir.join(MANIFEST), foreign).expect("writes");
        let error = run(&dir, "new\n", Overwrite::Exchange).expect_err("whose it is nobody knows");
        assert!(error.to_string().contains("`manifest.json`"), "{error}");
    }
    fs::write(dir.join(MANIFEST), &manifest).expect("writes");
    // One that comes while the run is written.
    let options = CommitOptions { overwrite: Overwrite::Exchange, ..CommitOptions::default() };
    let mut output = OutputLock::take(&dir).expect("free").write(options).expect("opens");
    output.put(MANIFEST, b"{}").expect("writes");
    fs::write(dir.join("late.txt"), "mine").expect("writes");
    assert!(matches!(output.commit(), Err(Error::Output { .. })));
    assert_eq!(
        (names(&dir), scores(&dir).as_str()),
        (["late.txt", "manifest.json", "scores.csv"].map(str::to_owned).to_vec(), "old\n")
    );
    assert_eq!(names(home.path()), ["night"]);
}

#[test]
fn an_empty_directory_takes_a_run() {
    let home = tempfile::tempdir().expect("a directory");
    let dir = home.path().join("night");
    fs::create_dir(&dir).expect("creates");
    run(&dir, "a\n", Overwrite::Refuse).expect("commits");
    assert_eq!(scores(&dir), "a\n");
    assert_eq!(names(home.path()), ["night"]);
}

#[test]
fn a_directory_that_appears_meanwhile_is_not_replaced() {
    let home = tempfile::tempdir().expect("a directory");
    let dir = home.path().join("night");
    let mut output = OutputLock::take(&dir).expect("free").write(CommitOptions::default()).expect("opens");
    output.put(MANIFEST, b"{}").expect("writes");
    fs::create_dir(&dir).expect("creates");
    assert!(matches!(output.commit(), Err(Error::Output { .. })));
    assert_eq!(names(home.path()), ["night"]);
    assert_eq!(names(&dir), Vec::<String>::new());
}

#[test]
fn a_raised_signal_is_an_interruption_with_its_exit_code() {
    let interrupt = Interrupt::never();
    interrupt.check().expect("no signal yet");
    interrupt.raise(15);
    assert_eq!(interrupt.check().expect_err("raised").exit_code(), 143);
    interrupt.raise(2);
    assert_eq!(interrupt.check().expect_err("raised").exit_code(), 130);
    // 128 and the signal's number, as shells tell it; SIGHUP is the first.
    interrupt.raise(1);
    assert_eq!(interrupt.check().expect_err("raised").exit_code(), 129);
}

#[test]
fn hashes_are_the_published_ones() {
    // FIPS 180-4, the example for "abc".
    assert_eq!(sha256_hex(b"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}
