//! The generated pages are what the binary prints: documentation that cannot go stale.
//!
//! `UPDATE=1 cargo test docs` rewrites them.

use std::fs;

use crate::support::{run, workspace};

/// A page and the arguments that print it.
const PAGES: &[(&str, &[&str])] = &[
    ("attributes.md", &["catalogue", "attributes", "--format", "markdown"]),
    ("like_plaid.md", &["catalogue", "attributes", "--like", "plaid", "--format", "markdown"]),
    ("like_ultrafico.md", &["catalogue", "attributes", "--like", "ultrafico", "--format", "markdown"]),
    ("like_pfc.md", &["catalogue", "taxonomy", "--like", "pfc_v2", "--format", "markdown"]),
    ("reasons.md", &["catalogue", "reasons", "--format", "markdown"]),
    ("taxonomy.md", &["catalogue", "taxonomy", "--format", "markdown"]),
    ("model.md", &["catalogue", "model", "--format", "markdown"]),
    ("layouts.md", &["catalogue", "layouts", "--format", "markdown"]),
    ("defects.md", &["catalogue", "defects", "--format", "markdown"]),
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
