//! Transactions that do not stand together: the same bytes for any budget, thread count and split, on disk only without a name,
//! and errors that name the directory.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::support::{cashline, run, scratch};

/// Forty generated applications, once in order and once shuffled over three files.
struct Portfolios {
    place: tempfile::TempDir,
}

impl Portfolios {
    fn new() -> Portfolios {
        let place = scratch();
        let sorted = place.path().join("sorted");
        let layout = ["--applications", "40", "--seed", "11", "--layout", "csv-pandas"];
        run(0, &[&["sample", sorted.to_str().unwrap()], &layout[..]].concat());
        let text = fs::read_to_string(sorted.join("transactions.csv")).unwrap();
        let (header, rows) = text.split_once('\n').unwrap();
        let rows: Vec<&str> = rows.lines().collect();
        assert!(rows.iter().all(|row| !row.contains('\r')) && 10_000 < rows.len(), "{} rows", rows.len());
        let shuffled = place.path().join("shuffled");
        fs::create_dir(&shuffled).unwrap();
        for name in ["applications.csv", "accounts.csv"] {
            fs::copy(sorted.join(name), shuffled.join(name)).unwrap();
        }
        // The step is a prime that does not divide the length, so every row is taken once.
        let step = 7_919;
        assert_ne!(rows.len() % step, 0);
        let order: Vec<&str> = (0..rows.len()).map(|at| rows[at * step % rows.len()]).collect();
        for (at, part) in order.chunks(rows.len().div_ceil(3)).enumerate() {
            fs::write(shuffled.join(format!("transactions_{at}.csv")), format!("{header}\n{}\n", part.join("\n")))
                .unwrap();
        }
        Portfolios { place }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.place.path().join(name)
    }

    /// Scores a portfolio and returns its files by name, without the volatile one.
    fn score(&self, name: &str, more: &[&str]) -> Vec<(String, Vec<u8>)> {
        let out = self.path("out");
        let _ = fs::remove_dir_all(&out);
        let (input, place) = (self.path(name), out.to_str().unwrap());
        run(0, &[&["score", input.to_str().unwrap(), "-o", place, "--matrix"], more].concat());
        let mut files: Vec<(String, Vec<u8>)> = fs::read_dir(&out)
            .unwrap()
            .map(|entry| entry.unwrap())
            .map(|entry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap()))
            .filter(|(name, _)| name != "run.log.json")
            .collect();
        files.sort();
        files
    }
}

fn manifest(files: &[(String, Vec<u8>)]) -> serde_json::Value {
    let found = files.iter().find(|(name, _)| name == "manifest.json").unwrap();
    serde_json::from_slice(&found.1).unwrap()
}

#[test]
fn unsorted_input_is_the_same_bytes_for_any_memory_and_threads() {
    let portfolios = Portfolios::new();
    let sorted = portfolios.score("sorted", &[]);
    let expected = portfolios.score("shuffled", &[]);
    assert_eq!(manifest(&sorted)["counts"]["regrouped"], false);
    assert_eq!(manifest(&expected)["counts"]["regrouped"], true);
    let tables = |files: &[(String, Vec<u8>)]| -> Vec<(String, Vec<u8>)> {
        files.iter().filter(|(name, _)| name != "manifest.json").cloned().collect()
    };
    assert!(tables(&sorted) == tables(&expected), "the order of rows changed a table");
    // 1 KiB divides every bucket again and again until a single pool is left.
    for (memory, threads) in [("1KiB", "2"), ("64KiB", "1"), ("64KiB", "2"), ("1MiB", "1"), ("4GiB", "2")] {
        let found = portfolios.score("shuffled", &["--memory", memory, "--threads", threads]);
        assert!(found == expected, "--memory {memory} --threads {threads} changed a byte");
    }
}

#[test]
fn what_is_parked_on_disk_has_no_name() {
    let portfolios = Portfolios::new();
    let temp = portfolios.path("temp");
    fs::create_dir(&temp).unwrap();
    let (input, out) = (portfolios.path("shuffled"), portfolios.path("out"));
    let mut child = cashline()
        .args(["score", input.to_str().unwrap(), "-o", out.to_str().unwrap(), "--memory", "1KiB"])
        .args(["--temp", temp.to_str().unwrap()])
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let open = PathBuf::from(format!("/proc/{}/fd", child.id()));
    let mut parked = false;
    while child.try_wait().unwrap().is_none() {
        let files = fs::read_dir(&open).into_iter().flatten().flatten();
        parked |= files.filter_map(|file| fs::read_link(file.path()).ok()).any(|file| file.starts_with(&temp));
        assert_eq!(fs::read_dir(&temp).unwrap().count(), 0, "a name that a kill would leave behind");
    }
    assert!(parked, "the budget did not force anything to disk");
}

#[test]
fn a_directory_that_takes_nothing_is_named_with_the_way_out() {
    let portfolios = Portfolios::new();
    let (input, out) = (portfolios.path("shuffled"), portfolios.path("out"));
    let score = |temp: &Path, code: i32| {
        let words = ["score", input.to_str().unwrap(), "-o", out.to_str().unwrap(), "--memory", "64KiB", "--temp"];
        let output = run(code, &[&words[..], &[temp.to_str().unwrap()]].concat());
        String::from_utf8(output.stderr).unwrap()
    };
    // /proc takes no file of anybody.
    let message = score(Path::new("/proc"), 3);
    assert!(message.contains("/proc: ") && message.contains("--temp") && message.contains("--memory"), "{message}");
    let message = score(&portfolios.path("absent"), 2);
    assert!(message.contains("is no directory"), "{message}");
    assert!(!out.exists());
    for size in ["1", "1GB", "1.5GiB", "0KiB", "GiB", "99999999999TiB", "1 GiB", "1gib"] {
        let output = run(2, &["score", input.to_str().unwrap(), "--memory", size]);
        let message = String::from_utf8(output.stderr).unwrap();
        assert!(message.contains("is no size"), "{size}: {message}");
    }
}

#[test]
fn a_full_temporary_disk_publishes_nothing_and_says_so() {
    let portfolios = Portfolios::new();
    let (disk, out) = (portfolios.path("disk"), portfolios.path("out"));
    fs::create_dir(&disk).unwrap();
    let script = format!(
        "mount -t tmpfs -o size=64k none '{disk}' && \
         '{binary}' score '{input}' -o '{out}' --memory 64KiB --temp '{disk}'; code=$?; ls -A '{disk}'; exit $code",
        disk = disk.display(),
        out = out.display(),
        binary = env!("CARGO_BIN_EXE_cashline"),
        input = portfolios.path("shuffled").display(),
    );
    let Ok(output) = Command::new("unshare").args(["-Urm", "sh", "-c", &script]).output() else {
        return eprintln!("SKIPPED: unshare is absent");
    };
    let (left, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    if err.contains("unshare:") || err.contains("mount:") {
        return eprintln!("SKIPPED: no namespace with a small disk here: {}", err.trim());
    }
    assert_eq!(output.status.code(), Some(3), "{left}{err}");
    assert!(err.contains("parked there") && err.contains("free space"), "{err}");
    assert_eq!((left.trim(), out.exists()), ("", false));
}
