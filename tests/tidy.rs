//! The rules of the house that no reviewer should have to remember.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::support::workspace;

/// Modules of the core, lowest floor first: a module uses only floors above it in this list.
/// It must be the order of `mod` lines in lib.rs.
fn floors() -> Vec<String> {
    let lib = fs::read_to_string(workspace().join("crates/core/src/lib.rs")).unwrap();
    let module = |line: &str| line.strip_prefix("pub mod ").and_then(|rest| rest.strip_suffix(';')).map(str::to_owned);
    lib.lines().filter_map(module).collect()
}

#[test]
fn modules_of_the_core_use_only_lower_floors() {
    let floors = floors();
    assert!(floors.len() > 10, "lib.rs lists the floors");
    let mut wrong = Vec::new();
    for (height, module) in floors.iter().enumerate() {
        let file = workspace().join(format!("crates/core/src/{module}.rs"));
        let files = if file.exists() { vec![file] } else { sources(&workspace().join("crates/core/src").join(module)) };
        // Tests may use any floor, in files of their own too.
        let is_test = |path: &PathBuf| path.file_stem().is_some_and(|stem| stem.to_string_lossy().ends_with("tests"));
        for file in files.into_iter().filter(|path| !is_test(path)) {
            for used in used_modules(&product(&fs::read_to_string(&file).unwrap())) {
                let at = floors.iter().position(|floor| *floor == used);
                if at.is_some_and(|at| at > height) {
                    wrong.push(format!("{} uses crate::{used}, which stands higher", file.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn rayon_stands_in_one_place_of_the_core() {
    let found: Vec<PathBuf> = sources(&workspace().join("crates/core/src"))
        .into_iter()
        .filter(|path| product(&fs::read_to_string(path).unwrap()).contains("rayon::"))
        .collect();
    assert_eq!(found, [workspace().join("crates/core/src/portfolio.rs")]);
}

#[test]
fn data_frames_stay_behind_one_crate() {
    for path in sources(&workspace().join("crates")) {
        let inside = path.starts_with(workspace().join("crates/frame"));
        let uses = fs::read_to_string(&path).unwrap().contains("polars::");
        assert!(inside || !uses, "{} uses polars", path.display());
    }
}

#[test]
fn a_source_file_can_be_read_in_one_sitting() {
    let long: Vec<String> = sources(&workspace().join("crates"))
        .into_iter()
        .filter_map(|path| {
            let lines = fs::read_to_string(&path).unwrap().lines().count();
            (lines > 600).then(|| format!("{} has {lines} lines; split it", path.display()))
        })
        .collect();
    assert!(long.is_empty(), "{}", long.join("\n"));
}

#[test]
fn no_stub_is_called_done() {
    let banned = ["todo!(", "unimplemented!(", "#[ignore", "#[should_panic", "dbg!("];
    for folder in ["crates", "tests", "benches"] {
        for path in sources(&workspace().join(folder)) {
            if path.ends_with("tidy.rs") {
                continue;
            }
            let text = fs::read_to_string(&path).unwrap();
            let hit = banned.iter().find(|word| text.contains(**word));
            assert!(hit.is_none(), "{}: {}", path.display(), hit.unwrap_or(&""));
        }
    }
}

/// The part of a file before its unit tests: tests may use any floor.
fn product(text: &str) -> String {
    text.split("#[cfg(test)]").next().unwrap_or("").to_owned()
}

/// First segments of every `crate::…` path, inside grouped imports too.
fn used_modules(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for piece in text.split("crate::").skip(1) {
        if let Some(group) = piece.strip_prefix('{') {
            let mut depth = 1;
            let mut name = String::new();
            for letter in group.chars() {
                match letter {
                    '{' => depth += 1,
                    '}' => depth -= 1,
                    _ => {}
                }
                if depth == 0 {
                    break;
                }
                if depth == 1 && (letter.is_alphanumeric() || letter == '_') {
                    name.push(letter);
                } else if !name.is_empty() {
                    // Only the first segment of an entry names a module of the crate.
                    if letter == ':' || letter == ',' || letter.is_whitespace() {
                        found.push(std::mem::take(&mut name));
                    }
                }
            }
        } else {
            let name: String = piece.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            found.push(name);
        }
    }
    found
}

pub fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}
