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
        for file in files_of(module).into_iter().filter(|path| !is_test(path)) {
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

/// The files of a module: its own, those of its folder, or both.
fn files_of(module: &str) -> Vec<PathBuf> {
    let file = workspace().join(format!("crates/core/src/{module}.rs"));
    let folder = file.with_extension("");
    let mut files = if folder.exists() { sources(&folder) } else { Vec::new() };
    files.extend(file.exists().then_some(file));
    files
}

/// Tests may use any floor, in files of their own too.
fn is_test(path: &Path) -> bool {
    let is_named = |part: &std::ffi::OsStr| part.to_string_lossy().ends_with("tests");
    path.file_stem().is_some_and(is_named) || path.parent().and_then(Path::file_name).is_some_and(is_named)
}

#[test]
fn the_law_of_floors_reads_every_line_of_the_core_that_is_no_test() {
    let of_core = sources(&workspace().join("crates/core/src"));
    let mut read: Vec<PathBuf> = floors().iter().flat_map(|module| files_of(module)).collect();
    read.push(workspace().join("crates/core/src/lib.rs"));
    read.sort();
    assert_eq!(read, of_core);
    let text = "use crate::a;\n#[cfg(test)]\nmod tests;\n#[cfg(test)]\npub(crate) use crate::{\n    b,\n};\nuse crate::c;\n\
                struct S {\n    #[cfg(test)]\n    x: crate::d::X,\n    y: crate::e::Y,\n}\n\
                #[cfg(test)]\n#[expect(x)]\nfn f(\n    a: u8,\n) -> crate::f::F {\n    if a {\n    }\n}\nfn g() -> crate::g::G {}\n\
                #[cfg(test)]\nmod more {\n    use crate::h;\n}\n\
                #[cfg(test)]\nconst X: crate::i::X =\n    x;\nuse crate::j;\n";
    assert_eq!(used_modules(&product(text)), ["a", "c", "e", "g", "j"]);
    assert_eq!(used_modules("use crate::{a::X, b::{self, c}, d};"), ["a", "X", "b", "d"]);
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

/// A file without its items for tests alone, which may use any floor. Items end where rustfmt ends them: on a line as far in as
/// the one they begin on.
fn product(text: &str) -> String {
    let mut kept = String::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let indent = line.len() - line.trim_start().len();
        if !line[indent..].starts_with("#[cfg(test)]") {
            kept += line;
            kept.push('\n');
            continue;
        }
        // A value that does not fit behind its `=` ends on a line further in.
        let mut is_value = false;
        let is_last = |line: &&str| {
            let own = line.get(indent..).filter(|own| !own.starts_with([' ', '#']));
            let ends = own.is_some_and(|own| own.ends_with([';', ',', '}'])) || (is_value && line.ends_with(';'));
            is_value |= own.is_some_and(|own| own.ends_with('='));
            ends
        };
        lines.find(is_last);
    }
    kept
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
                if depth == 1 && (letter.is_alphanumeric() || letter == '_') {
                    name.push(letter);
                } else if !name.is_empty() {
                    // Only the first segment of an entry names a module of the crate.
                    if matches!(letter, ':' | ',' | '{' | '}') || letter.is_whitespace() {
                        found.push(std::mem::take(&mut name));
                    }
                }
                if depth == 0 {
                    break;
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
