//! The generated pages, and the examples of others, are what the binary prints: documentation that cannot go stale.
//!
//! `UPDATE=1 cargo test docs` rewrites them.

use std::{collections::BTreeSet, fs};

use crate::{
    support::{run, workspace},
    tidy::sources,
};

/// A page and the arguments that print it.
const PAGES: &[(&str, &[&str])] = &[
    ("attributes.md", &["catalogue", "attributes", "--format", "markdown"]),
    ("like_plaid.md", &["catalogue", "attributes", "--like", "plaid", "--format", "markdown"]),
    ("like_ultrafico.md", &["catalogue", "attributes", "--like", "ultrafico", "--format", "markdown"]),
    ("like_pfc.md", &["catalogue", "taxonomy", "--like", "pfc_v2", "--format", "markdown"]),
    ("reasons.md", &["catalogue", "reasons", "--format", "markdown"]),
    ("grammar.md", &["catalogue", "grammar", "--format", "markdown"]),
    ("taxonomy.md", &["catalogue", "taxonomy", "--format", "markdown"]),
    ("model.md", &["catalogue", "model", "--format", "markdown"]),
    ("layouts.md", &["catalogue", "layouts", "--format", "markdown"]),
    ("mapping.md", &["catalogue", "mapping", "--format", "markdown"]),
    ("defects.md", &["catalogue", "defects", "--format", "markdown"]),
    ("events.md", &["catalogue", "events", "--format", "markdown"]),
    ("webhooks.md", &["catalogue", "webhooks", "--format", "markdown"]),
    ("assessment.schema.json", &["catalogue", "schema"]),
];

#[test]
fn every_generated_page_is_what_the_binary_prints() {
    let mut stale = vec![];
    for (name, arguments) in PAGES {
        let printed = run(0, arguments).stdout;
        let path = workspace().join("docs").join(name);
        if std::env::var_os("UPDATE").is_some() {
            fs::write(&path, &printed).unwrap();
        }
        if fs::read(&path).ok().as_deref() != Some(printed.as_slice()) {
            stale.push(*name);
        }
    }
    assert!(stale.is_empty(), "stale: {stale:?}; run the tests once with UPDATE=1 and read the difference");
}

/// The lines of what was printed that begin so, in their order; `…` stands for those between.
fn excerpt(printed: &[u8], beginnings: &[&str]) -> String {
    let printed = String::from_utf8_lossy(printed);
    let (mut excerpt, mut wanted, mut is_cut) = (String::new(), beginnings.iter().peekable(), false);
    for line in printed.lines() {
        let words = line.split_whitespace().collect::<Vec<_>>().join(" ");
        if wanted.next_if(|beginning| words.starts_with(**beginning)).is_some() {
            excerpt += if is_cut && !excerpt.is_empty() { "…\n" } else { "" };
            excerpt += line.trim_end();
            excerpt += "\n";
            is_cut = false;
        } else {
            is_cut |= !words.is_empty();
            excerpt += if words.is_empty() && excerpt.lines().count() == 2 { "\n" } else { "" };
        }
    }
    assert_eq!(wanted.peek(), None, "is not printed");
    excerpt
}

/// The ids of runs and models change with every definition; they prove nothing here.
fn without_ids(text: &str) -> String {
    let is_id = |word: &str| word.len() == 12 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    let parts = text.split_inclusive(|letter: char| !letter.is_ascii_alphanumeric());
    parts.map(|part| if part.get(..12).is_some_and(is_id) { "ID" } else { part }).collect()
}

#[test]
fn what_a_page_shows_of_a_command_is_what_it_prints() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    for (name, applications, seed, preset) in [("a", "2000", "1", "mixed"), ("b", "1000", "2", "subprime-gig")] {
        let of = ["--applications", applications, "--seed", seed, "--preset", preset, "--layout", "parquet"];
        run(0, &[["sample", &at(name)].as_slice(), &of].concat());
        run(0, &["score", &at(name), "-o", &at(&format!("{name}.run"))]);
    }
    let monitored = run(1, &["monitor", &at("a.run"), &at("b.run")]).stdout;
    let explained = run(0, &["explain", "--application", "app_overdrafter", "data/sample"]).stdout;
    let examples = [
        (
            "docs/monitoring.md",
            "```text\n",
            excerpt(
                &monitored,
                &[
                    "baseline run",
                    "current run",
                    "check subject",
                    "psi_score",
                    "csi debt_to_income_90d",
                    "csi eod_balance_avg_to_outflow_90d",
                    "score_mean",
                    "missing days_since_negative_balance",
                    "reason short_term_credit",
                    "gates closed:",
                ],
            ),
        ),
        (
            "README.md",
            "`explain` ends with a table like this one; base and points make the score, exactly:\n\n```\n",
            excerpt(
                &explained,
                &[
                    "characteristic",
                    "nsf_od_event_count_90d",
                    "days_negative_balance_90d",
                    "eod_balance_avg_to_outflow_90d",
                    "base 660",
                ],
            ),
        ),
    ];
    for (page, before, wanted) in examples {
        let path = workspace().join(page);
        let text = fs::read_to_string(&path).unwrap();
        let (head, rest) = text.split_once(before).unwrap();
        let (block, tail) = rest.split_once("```").unwrap();
        if std::env::var_os("UPDATE").is_some() {
            fs::write(&path, [head, before, &wanted, "```", tail].concat()).unwrap();
        } else {
            assert_eq!(
                without_ids(block),
                without_ids(&wanted),
                "{page}: run once with UPDATE=1 and read the difference"
            );
        }
    }
}

#[test]
fn every_table_of_a_page_has_as_many_cells_as_its_header() {
    for (name, _) in PAGES.iter().filter(|page| page.0.ends_with(".md")) {
        let text = fs::read_to_string(workspace().join("docs").join(name)).unwrap();
        let cells = |line: &str| line.replace("\\|", "").matches('|').count();
        let rows: Vec<&str> = text.lines().filter(|line| line.starts_with('|')).collect();
        assert!(3 < rows.len(), "{name}");
        let odd = rows.iter().find(|row| cells(row) != cells(rows[0]));
        assert_eq!(odd, None, "{name}");
    }
}

/// The names of all tests of the workspace, of property tests too.
fn tests_of_the_sources() -> BTreeSet<String> {
    let files = ["crates", "tests"].into_iter().flat_map(|folder| sources(&workspace().join(folder)));
    let mut names = BTreeSet::new();
    for path in files {
        let text = fs::read_to_string(&path).unwrap();
        let mut is_test = false;
        for line in text.lines().map(str::trim) {
            is_test |= line == "#[test]";
            let Some(name) = line.strip_prefix("fn ").and_then(|rest| rest.split_once('(')) else { continue };
            if std::mem::take(&mut is_test) {
                names.insert(name.0.to_owned());
            }
        }
    }
    names
}

#[test]
fn every_test_that_a_requirement_names_is_there() {
    let known = tests_of_the_sources();
    assert!(known.contains("every_test_that_a_requirement_names_is_there") && known.contains("names_are_no_factor"));
    let text = fs::read_to_string(workspace().join("docs/requirements.md")).unwrap();
    let rows =
        text.lines().filter(|line| line.starts_with('|') && !line.contains("| ---") && !line.ends_with("| tests |"));
    let (mut count, mut wrong) = (0, vec![]);
    for row in rows {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        let [requirement, state, tests] = cells[..] else { panic!("three cells are wanted: {row}") };
        count += 1;
        let named: Vec<&str> = tests.split('`').skip(1).step_by(2).collect();
        wrong.extend(named.iter().filter(|name| !known.contains(**name)).map(|name| format!("{requirement}: {name}")));
        // What is held or held in part is held by something; what is open says so.
        let is_open = state.starts_with("open");
        if is_open != named.is_empty() || !["held", "in part", "open"].iter().any(|word| state.starts_with(word)) {
            wrong.push(format!("{requirement}: {state}"));
        }
    }
    assert!(30 < count, "{count} rows");
    assert!(wrong.is_empty(), "no such test, or a state that its tests do not bear out: {wrong:#?}");
}

#[test]
fn the_page_of_methods_names_files_that_are_there_and_stays_short() {
    let text = fs::read_to_string(workspace().join("docs/METHODS.md")).unwrap();
    assert!(text.lines().count() <= 150, "{} lines", text.lines().count());
    let named: Vec<&str> = text
        .lines()
        .filter(|line| line.starts_with("## "))
        .flat_map(|line| line.split('`').skip(1).step_by(2))
        .collect();
    assert!(10 < named.len(), "{named:?}");
    // A module is a folder or a file.
    let is_there = |path: &str| workspace().join(path).exists() || workspace().join(format!("{path}.rs")).exists();
    let gone: Vec<&&str> = named.iter().filter(|path| !is_there(path)).collect();
    assert!(gone.is_empty(), "{gone:?}");
}

#[test]
fn every_row_of_the_table_beside_the_score_has_a_command_that_the_tour_runs() {
    let text = fs::read_to_string(workspace().join("README.md")).unwrap();
    let (_, table) = text.split_once("\n## Beside the score\n").unwrap();
    let (table, _) = table.split_once("\n## ").unwrap();
    let toured: Vec<&str> = text.lines().filter_map(|line| line.trim().strip_prefix("$cashline ")).collect();
    let rows: Vec<&str> = table.lines().filter(|line| line.starts_with('|') && !line.starts_with("|---")).collect();
    let mut commands = 0;
    for row in rows.iter().skip(1) {
        let last = row.trim_matches('|').rsplit('|').next().unwrap();
        // `score --since`, `catalogue rules --explain`: the words of the command, and the flag that the line is to have.
        let named: Vec<&str> = last.split('`').skip(1).step_by(2).collect();
        assert!(!named.is_empty(), "{row}");
        for name in named {
            let is_run = |line: &&str| {
                let plain: Vec<&str> = name.split(' ').filter(|word| !word.starts_with("--")).collect();
                line.starts_with(&plain.join(" ")) && name.split(' ').all(|word| line.contains(word))
            };
            assert!(toured.iter().any(is_run), "no line of the tours runs `{name}`: {row}");
            commands += 1;
        }
    }
    assert!(15 < commands, "{commands}");
}
