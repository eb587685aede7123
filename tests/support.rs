//! What every whole-program test needs: the binary, a place to write, the reference data.

use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
};

use sha2::{Digest as _, Sha256};

/// The folder of the workspace.
pub fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Reference data beside the project. Absent: the test says so and passes, except in CI, where absence is a failure.
pub fn shared(path: &str) -> Option<PathBuf> {
    let found = workspace().join("../shared").join(path);
    if found.exists() {
        return Some(found);
    }
    assert!(std::env::var_os("CI").is_none(), "{} is absent, and CI must have it", found.display());
    eprintln!("SKIPPED: ../shared/{path} is absent");
    None
}

/// The binary, without anything of the caller's environment that could change an answer.
pub fn cashline() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cashline"));
    command.env_remove("CASHLINE_LOG").env("NO_COLOR", "1").current_dir(workspace());
    command
}

/// Runs the binary and demands an exit code.
pub fn run(expected: i32, arguments: &[&str]) -> Output {
    let output = cashline().args(arguments).output().unwrap();
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(expected), "{arguments:?}\nstdout: {out}\nstderr: {err}");
    output
}

/// SHA-256 of a file, in hex.
pub fn sha256(path: &Path) -> String {
    let bytes = std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A folder that goes away with the test.
pub fn scratch() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

/// The engine as shipped, built once: building compiles the rules.
pub fn engine() -> &'static cashline_core::engine::Engine {
    static ENGINE: std::sync::OnceLock<cashline_core::engine::Engine> = std::sync::OnceLock::new();
    ENGINE.get_or_init(|| cashline_core::engine::Engine::builtin().unwrap())
}
