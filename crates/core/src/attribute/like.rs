//! Conversion tables: what others call an attribute, which column of ours is nearest, and how near it is.
//!
//! A table is a TOML file of rows; ours stand in `defaults/like`, anyone may bring another.
//!
//! ```toml
//! [[row]]
//! theirs = "total_inflow_amount_30d"
//! ours = "inflow_gross_amount_30d"    # a column of the registry; empty when there is none
//! exactness = "close"                 # exact, close, differs, none
//! note = "what differs"
//! ```

use serde::{Deserialize, Serialize};
use toml::Spanned;

use super::{
    grammar::{File, nearest},
    registry::{AttributeError, Registry},
};

/// The tables shipped with the engine: name and text. A name that begins with what was asked for is taken.
pub const TABLES: [(&str, &str); 3] = [
    ("plaid_base_report", include_str!("../../defaults/like/plaid_base_report.toml")),
    ("plaid_signal", include_str!("../../defaults/like/plaid_signal.toml")),
    ("ultrafico", include_str!("../../defaults/like/ultrafico.toml")),
];

/// How near a column of ours is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Exactness {
    /// The same rows, window and formula.
    Exact,
    /// The same idea, with a difference that the note states.
    Close,
    /// Something related.
    Differs,
    /// There is none, and the note says why.
    None,
}

impl Exactness {
    /// The name that files use.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Exactness::Exact => "exact",
            Exactness::Close => "close",
            Exactness::Differs => "differs",
            Exactness::None => "none",
        }
    }
}

/// One name of theirs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Row {
    /// What they call it.
    pub theirs: String,
    /// Our column; empty when there is none.
    pub ours: String,
    /// How near it is.
    pub exactness: Exactness,
    /// What differs, or why there is none.
    pub note: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTable {
    row: Vec<RawRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRow {
    theirs: Spanned<String>,
    ours: Spanned<String>,
    exactness: Spanned<Exactness>,
    note: Spanned<String>,
}

/// Reads a table against a registry; `name` is named in errors.
///
/// # Errors
///
/// [`AttributeError`] with line and column: the text is no table, a name of theirs stands twice, the registry lacks a column, or
/// a row without a column does not say so.
pub fn read(name: &str, toml: &str, registry: &Registry) -> Result<Vec<Row>, AttributeError> {
    let file = File { name, text: toml };
    let raw: RawTable = toml::from_str(toml).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        file.refuse(at, error.message())
    })?;
    let mut rows: Vec<Row> = vec![];
    for row in raw.row {
        let (theirs, ours) = (row.theirs.get_ref(), row.ours.get_ref());
        if rows.iter().any(|known| known.theirs == *theirs) {
            return Err(file.refuse(row.theirs.span().start, &format!("`{theirs}` stands twice; drop one")));
        }
        if !ours.is_empty() && registry.column(ours).is_none() {
            let near = nearest(ours, registry.columns().iter().map(|column| column.name.as_str()));
            let hint = near.map_or(String::new(), |near| format!("; did you mean `{near}`?"));
            return Err(file.refuse(row.ours.span().start, &format!("no column is named `{ours}`{hint}")));
        }
        let unavailable = registry.column(ours).and_then(|column| registry.definition(column).unavailable());
        if let Some(why) = unavailable {
            return Err(
                file.refuse(row.ours.span().start, &format!("`{ours}` has no value: {why}; leave `ours` empty"))
            );
        }
        if ours.is_empty() != (*row.exactness.get_ref() == Exactness::None) {
            let what = "`exactness` is none when `ours` is empty, and only then";
            return Err(file.refuse(row.exactness.span().start, what));
        }
        if row.note.get_ref().trim().is_empty() {
            return Err(file.refuse(row.note.span().start, "say in `note` what differs, or why there is none"));
        }
        rows.push(Row {
            theirs: row.theirs.into_inner(),
            ours: row.ours.into_inner(),
            exactness: row.exactness.into_inner(),
            note: row.note.into_inner(),
        });
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::category::taxonomy::Taxonomy;

    fn registry() -> Registry {
        Registry::builtin(&Taxonomy::builtin()).expect("valid")
    }

    #[test]
    fn every_table_that_ships_names_columns_that_exist() {
        let registry = registry();
        for (name, text) in TABLES {
            let rows = read(name, text, &registry).unwrap_or_else(|error| panic!("{error}"));
            assert!(rows.iter().any(|row| row.exactness != Exactness::None), "{name}");
        }
    }

    #[test]
    fn the_tables_are_as_long_as_the_published_lists() {
        // Plaid's open specification lists 81 core attributes of Signal and 21 characteristics of UltraFICO.
        let registry = registry();
        let length = |at: usize| read(TABLES[at].0, TABLES[at].1, &registry).expect("valid").len();
        assert_eq!((length(1), length(2)), (81, 21));
    }

    #[test]
    fn a_row_that_is_wrong_is_refused_with_its_place() {
        let registry = registry();
        let check = |row: &str, want: &str| {
            let error = read("mine.toml", &format!("[[row]]\n{row}\n"), &registry).expect_err("wrong").to_string();
            assert!(error.starts_with(want), "{error}");
        };
        check(
            "theirs = \"a\"\nours = \"inflow_amont_30d\"\nexactness = \"exact\"\nnote = \"same\"",
            "mine.toml:3:8: no column is named `inflow_amont_30d`; did you mean `inflow_amount_30d`?",
        );
        check(
            "theirs = \"a\"\nours = \"\"\nexactness = \"close\"\nnote = \"none\"",
            "mine.toml:4:13: `exactness` is none",
        );
        check(
            "theirs = \"a\"\nours = \"inflow_amount_30d\"\nexactness = \"exact\"\nnote = \" \"",
            "mine.toml:5:8: say in `note`",
        );
        let twice = "theirs = \"a\"\nours = \"\"\nexactness = \"none\"\nnote = \"n\"\n";
        let error = read("mine.toml", &format!("[[row]]\n{twice}[[row]]\n{twice}"), &registry).expect_err("twice");
        assert!(error.to_string().starts_with("mine.toml:7:10: `a` stands twice"), "{error}");
        check("theirs = \"a\"\nour = \"\"", "mine.toml:3:1: unknown field");
    }
}
