//! The attribute files as written, read without anything of the engine's own reader. A key that is not known here stops the
//! test: the grammar has grown, and so must this.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

use toml::{Table, Value};

use crate::support::workspace;

/// A window as written.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Window {
    /// `history` and `point`.
    All,
    /// `30d`, `31-60d`: the days `[T - far, T - near)`.
    Days { far: i32, near: i32 },
    /// `m1`: a calendar month, counted back from that of T - 1 s.
    Month(u32),
}

/// One declared attribute.
#[derive(Debug)]
pub struct Attribute {
    pub name: String,
    pub unit: String,
    pub measure: String,
    /// Each with the suffix of its column.
    pub windows: Vec<(Window, String)>,
    pub by_count: bool,
    pub needs_days: Option<i32>,
    pub needs_events: i64,
    /// Index into [`Catalogue::filters`].
    pub of: usize,
    pub over: Option<usize>,
}

/// Attributes and the filters that they name.
#[derive(Debug, Default)]
pub struct Catalogue {
    named: BTreeMap<String, Table>,
    /// Without repeats.
    pub filters: Vec<Table>,
    pub attributes: Vec<Attribute>,
}

impl Catalogue {
    /// The shipped files.
    pub fn shipped() -> Catalogue {
        let folder = workspace().join("crates/core/defaults/attributes");
        let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        let texts: Vec<String> = paths.iter().map(|path| fs::read_to_string(path).unwrap()).collect();
        let mut catalogue = Catalogue::default();
        // A file may name the filters of any other.
        texts.iter().for_each(|text| catalogue.name_filters(text));
        texts.iter().for_each(|text| catalogue.add_attributes(text));
        catalogue
    }

    /// The shipped filters with the attributes of one file only.
    pub fn of(text: &str) -> Catalogue {
        let mut catalogue = Catalogue { named: Catalogue::shipped().named, ..Catalogue::default() };
        catalogue.name_filters(text);
        catalogue.add_attributes(text);
        catalogue
    }

    fn name_filters(&mut self, text: &str) {
        let file: Table = text.parse().unwrap();
        for (name, filter) in file.get("filter").and_then(Value::as_table).into_iter().flatten() {
            let before = self.named.insert(name.clone(), filter.as_table().unwrap().clone());
            assert!(before.is_none(), "two filters are named {name}");
        }
    }

    fn add_attributes(&mut self, text: &str) {
        let file: Table = text.parse().unwrap();
        known(&file, &["filter", "attribute"]);
        for attribute in file.get("attribute").and_then(Value::as_array).into_iter().flatten() {
            let attribute = self.attribute(attribute.as_table().unwrap());
            self.attributes.push(attribute);
        }
    }

    fn attribute(&mut self, table: &Table) -> Attribute {
        // What is documented and not computed.
        let prose = ["family", "risk", "reason", "compliance", "definition", "tier", "sources"];
        let meant = ["name", "unit", "windows", "measure", "of", "over", "by", "needs_days", "needs_events"];
        known(table, &[&prose[..], &meant[..]].concat());
        let text = |key: &str| table[key].as_str().unwrap().to_owned();
        let number = |key: &str| table.get(key).map(|value| value.as_integer().unwrap());
        Attribute {
            name: text("name"),
            unit: text("unit"),
            measure: text("measure"),
            windows: texts(&table["windows"]).into_iter().map(window).collect(),
            by_count: match table.get("by").map(|by| by.as_str().unwrap()) {
                Some("count") => true,
                Some("sum") | None => false,
                Some(other) => panic!("unknown `by = \"{other}\"`"),
            },
            needs_days: number("needs_days").map(|days| i32::try_from(days).unwrap()),
            needs_events: number("needs_events").unwrap_or(0),
            of: self.filter(&table["of"]),
            over: table.get("over").map(|over| self.filter(over)),
        }
    }

    fn filter(&mut self, value: &Value) -> usize {
        let filter = match value {
            Value::String(name) => self.named[name].clone(),
            other => other.as_table().unwrap().clone(),
        };
        self.filters.iter().position(|known| *known == filter).unwrap_or_else(|| {
            self.filters.push(filter);
            self.filters.len() - 1
        })
    }

    /// What an attribute's filters use of the grammar.
    pub fn keys(&self, attribute: &Attribute) -> BTreeSet<String> {
        let used = [Some(attribute.of), attribute.over].into_iter().flatten();
        used.flat_map(|filter| keys(&self.filters[filter])).collect()
    }
}

/// The texts of a list.
pub fn texts(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect()
}

/// Stops at a key that is not among those known.
pub fn known(table: &Table, keys: &[&str]) {
    for key in table.keys() {
        assert!(keys.contains(&key.as_str()), "the oracle does not know the key `{key}`; teach it");
    }
}

/// What a filter uses of the grammar: its keys, with the values of those that mean something else by each value.
fn keys(filter: &Table) -> Vec<String> {
    let mut used = vec![];
    for (key, value) in filter {
        match value {
            Value::String(word) => used.push(format!("{key} = {word}")),
            Value::Boolean(flag) => used.push(format!("{key} = {flag}")),
            Value::Table(range) => used.extend(range.keys().map(|bound| format!("{key}.{bound}"))),
            list if texts(list).iter().any(|text| text.ends_with(":*")) => used.push(format!("{key} with :*")),
            _ => used.push(key.clone()),
        }
    }
    if filter.contains_key("purposes") && filter.contains_key("groups") {
        used.push("purposes or groups".to_owned());
    }
    used
}

/// A window and the suffix that a column bears for it.
fn window(text: &str) -> (Window, String) {
    if matches!(text, "history" | "point") {
        return (Window::All, String::new());
    }
    if let Some(back) = text.strip_prefix('m') {
        return (Window::Month(back.parse().unwrap()), format!("_m{back}"));
    }
    let days = text.strip_suffix('d').unwrap_or_else(|| panic!("the oracle does not know the window `{text}`"));
    match days.split_once('-') {
        Some((first, last)) => {
            let near = first.parse::<i32>().unwrap() - 1;
            (Window::Days { far: last.parse().unwrap(), near }, format!("_{first}_{last}d"))
        }
        None => (Window::Days { far: days.parse().unwrap(), near: 0 }, format!("_{days}d")),
    }
}
