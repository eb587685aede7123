//! Tables by their header: which table a header belongs to and which column holds which field.
//!
//! One field may stand under its dotted path (`status_transitions.posted_at`, as data frames flatten it), with underscores
//! (as warehouses do), or inside a struct column printed as text (`status_transitions`). Names are exact, order is free,
//! other columns are ignored unless they are near to a field that nothing fills. The same plan serves CSV and Parquet, whose
//! struct columns are flattened to dotted leaves.

use cashline_core::defect::{Defect, DefectKind, Source, Whose};

use crate::{
    error::Error,
    read::{
        Item, Sink, Table, application,
        cell::Cell,
        near::{self, is_near},
        nested::Nested,
        tables::{Column, Nature, SLOTS_MAX, TABLES, TableInfo},
    },
};

/// The field at fault and what is wrong with it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Fault {
    /// The field's path.
    pub(crate) column: &'static str,
    /// What is wrong.
    pub(crate) kind: DefectKind,
}

/// The cells of one row by field, and the entries of currency maps that stand in columns of their own.
#[derive(Debug)]
pub(crate) struct Cells<'r> {
    columns: &'static [Column],
    cells: [Cell<'r>; SLOTS_MAX],
    entries: Vec<(usize, &'r str, Cell<'r>)>,
}

impl<'r> Cells<'r> {
    /// No cell filled yet.
    pub(crate) fn new(columns: &'static [Column]) -> Cells<'r> {
        Cells { columns, cells: [Cell::Null; SLOTS_MAX], entries: Vec::new() }
    }

    /// Fills a cell.
    pub(crate) fn set(&mut self, slot: usize, cell: Cell<'r>) {
        self.cells[slot] = cell;
    }

    /// Adds an entry of a currency map.
    pub(crate) fn push_entry(&mut self, slot: usize, key: &'r str, cell: Cell<'r>) {
        self.entries.push((slot, key, cell));
    }

    /// A cell as it stands.
    pub(crate) fn get(&self, slot: usize) -> Cell<'r> {
        self.cells[slot]
    }

    /// A cell parsed, with the field's name on the fault.
    pub(crate) fn read<T>(&self, slot: usize, parse: fn(Cell<'r>) -> Result<T, DefectKind>) -> Result<T, Fault> {
        parse(self.cells[slot]).map_err(|kind| self.fault(slot, kind))
    }

    /// A fault of a field.
    pub(crate) fn fault(&self, slot: usize, kind: DefectKind) -> Fault {
        Fault { column: self.columns[slot].path, kind }
    }

    /// The entries of a currency map, whether they stand in columns of their own, in a map or in a struct.
    pub(crate) fn entries(&self, slot: usize) -> Vec<(&str, Cell<'_>)> {
        let own = self.entries.iter().filter(|entry| entry.0 == slot).map(|(_, key, cell)| (*key, *cell));
        let mut entries: Vec<_> = own.filter(|(_, cell)| !matches!(cell.nullable(), Cell::Null)).collect();
        if let (true, Cell::Node(node)) = (entries.is_empty(), self.cells[slot]) {
            let present = node.entries().iter().filter(|(_, value)| *value != Nested::Null);
            entries.extend(present.map(|(key, value)| (key.as_ref(), Cell::Node(value))));
        }
        entries
    }
}

/// Where the fields of a table stand in a file.
#[derive(Debug)]
pub(crate) struct Plan {
    /// The table.
    pub(crate) table: Table,
    columns: &'static [Column],
    /// Columns of the file.
    pub(crate) width: usize,
    direct: Vec<Place>,
    // By field: the struct columns that may hold it (index into `trees`) and the path inside.
    inside: Vec<Vec<(usize, &'static str)>>,
    // Columns read as trees.
    trees: Vec<usize>,
    // Those of them that hold several fields.
    parents: Vec<Parent>,
    entries: Vec<(usize, String, usize)>,
    /// Declared extra columns of applications: name and column, ascending by name.
    extras: Vec<(String, usize)>,
    /// Columns that no field takes.
    pub(crate) ignored: Vec<String>,
}

/// A column that is a struct of fields.
#[derive(Debug)]
struct Parent {
    // Index into `trees`.
    tree: usize,
    // Of what it is.
    path: &'static str,
    // The fields inside, by slot and path.
    fields: Vec<(usize, &'static str)>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Place {
    Nowhere,
    Column(usize),
    Tree(usize),
}

/// What a header is read for.
#[derive(Clone, Copy)]
pub(crate) struct Request<'a> {
    /// The table that the run forced, if any.
    pub(crate) table: Option<Table>,
    /// What the run says about applications.
    pub(crate) options: &'a super::ReadOptions,
    /// Tells whether the column at an index, for a field of a nature, is read as a tree.
    pub(crate) tree: &'a dyn Fn(usize, Nature) -> bool,
}

impl Plan {
    /// Reads a header.
    ///
    /// # Errors
    ///
    /// What is missing or ambiguous, and the way out.
    pub(crate) fn new(names: &[&str], request: &Request<'_>) -> Result<Plan, String> {
        let info = choose(names, request.table)?;
        let &TableInfo { table, name, columns, .. } = info;
        let dropped =
            |at: usize| table == Table::Applications && request.options.drop_columns.iter().any(|d| d == names[at]);
        let extras = match table {
            Table::Applications => application::check_columns(names, request.options)?,
            _ => Vec::new(),
        };
        let mut plan = Plan {
            table,
            columns,
            width: names.len(),
            direct: vec![Place::Nowhere; columns.len()],
            inside: vec![Vec::new(); columns.len()],
            trees: Vec::new(),
            parents: Vec::new(),
            entries: Vec::new(),
            extras,
            ignored: Vec::new(),
        };
        let mut used = vec![false; names.len()];
        for (at, header) in names.iter().enumerate().filter(|(at, _)| !dropped(*at)) {
            if let Some(slot) = columns.iter().position(|column| is_name_of(header, column)) {
                plan.place(slot, at, names, request)?;
                used[at] = true;
            } else if let Some((slot, key)) = map_entry(header, columns) {
                plan.entries.push((slot, key.to_owned(), at));
                used[at] = true;
            }
        }
        for (at, header) in names.iter().enumerate().filter(|(at, _)| !dropped(*at)) {
            used[at] |= plan.parent(header, at);
        }
        let part = (0..names.len())
            .filter(|at| !used[*at] && !dropped(*at))
            .find_map(|at| Some((at, part_of(names[at], columns)?)));
        if let Some((at, path)) = part {
            return Err(format!(
                "column `{}` makes a struct or a list of `{path}`, which is one value: write the value as `{path}`, or leave \
                 the column out",
                names[at]
            ));
        }
        plan.complete(name, names)?;
        let is_free = |at: &usize| !used[*at] && !dropped(*at) && plan.extras.iter().all(|extra| extra.1 != *at);
        near::check(info, (0..names.len()).filter(is_free).map(|at| names[at]), &|slot| plan.fills(slot))?;
        plan.ignored =
            names.iter().zip(&used).filter(|(_, used)| !**used).map(|(name, _)| (*name).to_owned()).collect();
        Ok(plan)
    }

    fn place(&mut self, slot: usize, at: usize, names: &[&str], request: &Request<'_>) -> Result<(), String> {
        let before = match self.direct[slot] {
            Place::Nowhere => None,
            Place::Column(column) => Some(column),
            Place::Tree(tree) => self.trees.get(tree).copied(),
        };
        if let Some(before) = before {
            let (path, one, two) = (self.columns[slot].path, names[before], names[at]);
            return Err(format!("columns `{one}` and `{two}` both hold `{path}`: drop one of them"));
        }
        self.direct[slot] = if (request.tree)(at, self.columns[slot].nature) {
            self.trees.push(at);
            Place::Tree(self.trees.len() - 1)
        } else {
            Place::Column(at)
        };
        Ok(())
    }

    /// Takes a struct column that holds fields inside; true when it does.
    fn parent(&mut self, header: &str, at: usize) -> bool {
        let mut parent: Option<Parent> = None;
        for (slot, column) in self.columns.iter().enumerate() {
            let Some(rest) = inside(header, column.path) else { continue };
            let parent = parent.get_or_insert_with(|| {
                let path = &column.path[..column.path.len() - rest.len() - 1];
                Parent { tree: self.trees.len(), path, fields: vec![] }
            });
            parent.fields.push((slot, column.path));
            self.inside[slot].push((parent.tree, rest));
        }
        let is_one = parent.is_some();
        if is_one {
            self.trees.push(at);
        }
        self.parents.extend(parent);
        is_one
    }

    fn complete(&self, name: &str, names: &[&str]) -> Result<(), String> {
        let missing = (0..self.columns.len()).find(|slot| self.columns[*slot].required && !self.fills(*slot));
        let Some(slot) = missing else { return Ok(()) };
        let path = self.columns[slot].path;
        let near = names.iter().find(|found| is_near(found, path));
        Err(match near {
            Some(near) => near::refusal(name, path, near),
            None => format!("{name}: column `{path}` is missing; found: {}", listed(names)),
        })
    }

    /// Whether a field stands somewhere in the file.
    fn fills(&self, slot: usize) -> bool {
        self.direct[slot] != Place::Nowhere
            || !self.inside[slot].is_empty()
            || self.entries.iter().any(|entry| entry.0 == slot)
    }

    /// The column of each field, by slot, when the table is this one and every field stands in a column of its own or nowhere.
    pub(crate) fn flat(&self, table: Table) -> Option<Vec<Option<usize>>> {
        if self.table != table || !self.trees.is_empty() || !self.entries.is_empty() {
            return None;
        }
        let column = |place: &Place| match place {
            Place::Column(at) => Some(*at),
            Place::Nowhere | Place::Tree(_) => None,
        };
        Some(self.direct.iter().map(column).collect())
    }

    /// The column that holds a field as its own cell.
    pub(crate) fn column_of(&self, path: &str) -> Option<usize> {
        let slot = self.columns.iter().position(|column| column.path == path)?;
        match self.direct[slot] {
            Place::Column(at) => Some(at),
            _ => None,
        }
    }

    /// The field whose own column this is, by name; empty when none.
    pub(crate) fn path_at(&self, at: usize) -> &'static str {
        let tree = self.trees.iter().position(|tree| *tree == at).map(Place::Tree);
        let slot = self.direct.iter().position(|place| *place == Place::Column(at) || Some(*place) == tree);
        slot.map_or("", |slot| self.columns[slot].path)
    }

    /// Whether some field is read from a column.
    pub(crate) fn reads(&self, at: usize) -> bool {
        self.trees.contains(&at) || self.cells().iter().any(|cell| cell.0 == at)
    }

    /// The field that says whose account a row is.
    pub(crate) fn owner(&self) -> Option<usize> {
        self.column_of(self.table.info().owner?)
    }

    /// The columns read as trees, in the order in which [`Plan::emit`] takes them, with the nature of their field.
    pub(crate) fn trees(&self) -> impl Iterator<Item = (usize, Option<Nature>)> + '_ {
        self.trees.iter().enumerate().map(|(index, at)| {
            let slot = self.direct.iter().position(|place| *place == Place::Tree(index));
            (*at, slot.map(|slot| self.columns[slot].nature))
        })
    }

    /// The columns read as single cells, with the nature of their field.
    pub(crate) fn cells(&self) -> Vec<(usize, Nature)> {
        let direct = self.direct.iter().enumerate().filter_map(|(slot, place)| match place {
            Place::Column(at) => Some((*at, self.columns[slot].nature)),
            _ => None,
        });
        let entries = self.entries.iter().map(|entry| (entry.2, Nature::Amount));
        let extras = self.extras.iter().map(|extra| (extra.1, Nature::Number));
        direct.chain(entries).chain(extras).collect()
    }

    /// Makes rows of one row's cells and hands them over; a fault becomes a defect.
    pub(crate) fn emit<'r>(
        &'r self,
        get: impl Fn(usize) -> Cell<'r>,
        trees: &'r [Nested<'r>],
        source: Source,
        sink: &mut Sink<'_>,
    ) -> Result<(), Error> {
        let mut cells = self.filled(&get, trees);
        let is_struct = |tree: &Nested<'_>| matches!(tree, Nested::Null | Nested::Map(_));
        if let Some(parent) = self.parents.iter().find(|parent| !trees.get(parent.tree).is_none_or(is_struct)) {
            let fault = Fault { column: parent.path, kind: DefectKind::BadJson };
            return sink(Item::Defect(defect(fault, source, (self.table.info().whose)(&cells))));
        }
        cells.entries.extend(self.entries.iter().map(|(slot, key, at)| (*slot, key.as_str(), get(*at))));
        let extras: Vec<_> = self.extras.iter().map(|(name, at)| (name.as_str(), get(*at))).collect();
        emit(self.table, &cells, &extras, source, sink)
    }

    /// Refuses a row in whose structs a key is nearly called as a field that stands nowhere in it.
    ///
    /// # Errors
    ///
    /// The field, the key, and the way out.
    pub(crate) fn check_inside(&self, trees: &[Nested<'_>]) -> Result<(), String> {
        let is_elsewhere = |slot: usize| {
            let is_entry = || self.entries.iter().any(|entry| entry.0 == slot);
            self.direct[slot] != Place::Nowhere || 1 < self.inside[slot].len() || is_entry()
        };
        let mut missed = self
            .parents
            .iter()
            .filter_map(|parent| near::inside(trees.get(parent.tree)?, parent.path, &parent.fields, &is_elsewhere));
        missed.next().map_or(Ok(()), |(path, key)| Err(near::doubt(self.table.info().name, path, key)))
    }

    /// Whose a row is that some tree of it leaves faulty, as far as its other cells say so.
    pub(crate) fn whose<'r>(&'r self, get: impl Fn(usize) -> Cell<'r>, trees: &'r [Nested<'r>]) -> Whose {
        (self.table.info().whose)(&self.filled(&get, trees))
    }

    /// The cells of the table's own fields.
    fn filled<'r>(&'r self, get: &impl Fn(usize) -> Cell<'r>, trees: &'r [Nested<'r>]) -> Cells<'r> {
        let mut cells = Cells::new(self.columns);
        for (slot, place) in self.direct.iter().enumerate() {
            match place {
                Place::Nowhere => {}
                Place::Column(at) => cells.set(slot, get(*at)),
                Place::Tree(index) => cells.set(slot, trees.get(*index).map_or(Cell::Null, Cell::Node)),
            }
            if !self.inside[slot].is_empty() && matches!(cells.get(slot).nullable(), Cell::Null) {
                let mut found = self.inside[slot].iter().filter_map(|(tree, path)| trees.get(*tree)?.at(path));
                cells.set(slot, found.next().map_or(Cell::Null, Cell::Node));
            }
        }
        cells
    }
}

/// Makes rows of a table's cells and hands them over; a fault becomes a defect with the account where that is readable.
pub(crate) fn emit(
    table: Table,
    cells: &Cells<'_>,
    extras: &[(&str, Cell<'_>)],
    source: Source,
    sink: &mut Sink<'_>,
) -> Result<(), Error> {
    (table.info().emit)(cells, extras, source, sink)
}

/// A JSON object as a tree. The grammar of cells is laxer than JSON, so JSON is checked first.
pub(crate) fn json_object(text: &str) -> Option<Nested<'_>> {
    let valid = serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok();
    Nested::parse(text).filter(|object| valid && matches!(object, Nested::Map(_)))
}

/// A defect of a row.
pub(crate) fn defect(fault: Fault, source: Source, whose: Whose) -> Defect {
    Defect { source, column: fault.column.to_owned(), kind: fault.kind, whose }
}

/// How many of a table's required columns are there, and how many it has.
fn needed(names: &[&str], columns: &[Column], test: &dyn Fn(&str, &Column) -> bool) -> (usize, usize) {
    let all: Vec<&Column> = columns.iter().filter(|column| column.required).collect();
    let found = all.iter().filter(|column| names.iter().any(|name| test(name, column))).count();
    (found, all.len())
}

fn is_exact(name: &str, column: &Column) -> bool {
    is_name_of(name, column) || map_entry(name, std::slice::from_ref(column)).is_some()
}

/// The tables whose required columns are all there.
fn fitting(names: &[&str]) -> Vec<&'static TableInfo> {
    let fits = |row: &&TableInfo| {
        let (found, all) = needed(names, row.columns, &is_exact);
        found == all
    };
    TABLES.iter().filter(fits).collect()
}

/// Whether a header does not say which table it is of: the caller must.
pub(crate) fn fits_several(names: &[&str]) -> bool {
    1 < fitting(names).len()
}

fn choose(names: &[&str], forced: Option<Table>) -> Result<&'static TableInfo, String> {
    if let Some(forced) = forced {
        return Ok(forced.info());
    }
    let fitting = fitting(names);
    match fitting[..] {
        [] => {}
        [row] => return Ok(row),
        // Read as the first, it would lose the rows of the others.
        [first, ..] => {
            let names: Vec<&str> = fitting.iter().map(|row| row.name).collect();
            let (all, first) = (names.join(" and "), first.name);
            return Err(format!(
                "fits several tables, {all}: say which it is, such as {first}=PATH, or take columns out"
            ));
        }
    }
    // The table that lacks least, so that the message can name the column; half of the columns must be there.
    let near = |name: &str, column: &Column| is_exact(name, column) || is_near(name, column.path);
    let mut best = None;
    for row in TABLES {
        let (found, all) = needed(names, row.columns, &near);
        if all <= 2 * found && best.is_none_or(|(most, of, _)| most * all < found * of) {
            best = Some((found, all, row));
        }
    }
    match best {
        Some((_, _, row)) => Ok(row),
        None => Err("the first line names no table of ours (transactions, accounts, balances, applications, corrections): is the \
                     header missing, or does the export need a mapping file"
            .to_owned()),
    }
}

fn is_name_of(name: &str, column: &Column) -> bool {
    is_spelt(name, column.path) || column.aliases.iter().any(|alias| is_spelt(name, alias))
}

/// Whether a name is a path, with points or underscores between its parts: a struct that was flattened by halves has both.
fn is_spelt(name: &str, path: &str) -> bool {
    let mut bytes = name.bytes().zip(path.bytes());
    name.len() == path.len() && bytes.all(|(name, path)| name == path || (path, name) == (b'.', b'_'))
}

/// The field and currency of a column such as `balance.current.usd`.
fn map_entry<'n>(name: &'n str, columns: &[Column]) -> Option<(usize, &'n str)> {
    columns.iter().enumerate().filter(|(_, column)| column.nature == Nature::CurrencyMap).find_map(|(slot, column)| {
        let paths = std::iter::once(&column.path).chain(column.aliases);
        let mut keys = paths.filter_map(|path| {
            let (head, rest) = name.split_at_checked(path.len())?;
            let key = rest.strip_prefix(['.', '_']).filter(|_| is_spelt(head, path))?;
            let currency = key.len() == 3 && key.bytes().all(|byte| byte.is_ascii_alphabetic());
            (currency || key == "undefined").then_some(key)
        });
        keys.next().map(|key| (slot, key))
    })
}

/// The field of which a column holds a part, though the field has none: a struct's column where a value belongs.
fn part_of(name: &str, columns: &[Column]) -> Option<&'static str> {
    let is_inside = |path: &str| name.strip_prefix(path).is_some_and(|rest| rest.starts_with('.'));
    let found = columns.iter().find(|column| {
        // Where an id may be expanded to its object, the object's other fields are read over.
        let is_expandable = column.aliases.iter().any(|alias| alias.starts_with(column.path));
        !is_expandable && (is_inside(column.path) || column.aliases.iter().any(|alias| is_inside(alias)))
    });
    found.map(|column| column.path)
}

/// The path inside a struct column that holds a field.
fn inside(header: &str, path: &'static str) -> Option<&'static str> {
    path.match_indices('.').find_map(|(at, _)| {
        let parent = &path[..at];
        (header == parent || header == parent.replace('.', "_")).then_some(&path[at + 1..])
    })
}

/// Whether a column of our tables is called so.
pub(crate) fn is_ours(name: &str) -> bool {
    TABLES.iter().any(|row| row.columns.iter().any(|column| is_name_of(name, column)))
}

/// Column names for a message; a header may be a row in disguise, so only names that could be ours are shown.
fn listed(names: &[&str]) -> String {
    listed_if(names, &is_ours)
}

/// Column names for a message, of those alone that are known to be names.
pub(crate) fn listed_if(names: &[&str], is_known: &dyn Fn(&str) -> bool) -> String {
    let shown: Vec<&str> = names.iter().filter(|name| is_known(name)).copied().take(20).collect();
    let others = names.len() - shown.len();
    match (shown.is_empty(), others) {
        (false, 0) => shown.join(", "),
        (false, others) => format!("{} and {others} others", shown.join(", ")),
        (true, others) => format!("{others} columns of other names"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::ReadOptions;

    fn plan(names: &[&str]) -> Result<Plan, String> {
        let options = ReadOptions::default();
        let tree = |_: usize, nature: Nature| matches!(nature, Nature::List | Nature::CurrencyMap);
        Plan::new(names, &Request { table: None, options: &options, tree: &tree })
    }

    #[test]
    fn a_header_belongs_to_the_table_whose_columns_it_has_in_any_order() {
        let transactions = ["transacted_at", "note", "status", "currency", "amount", "account", "id"];
        let accounts = ["subcategory", "category", "id", "status", "account_holder_customer"];
        for (names, table) in [
            (&transactions[..], Table::Transactions),
            (&accounts[..], Table::Accounts),
            (&["account", "as_of", "currency", "current"][..], Table::Balances),
            (&["account", "as_of", "current.usd"][..], Table::Balances),
            (&["applicant_id", "application_id", "id", "account"][..], Table::Applications),
        ] {
            assert_eq!(plan(names).map(|plan| plan.table), Ok(table), "{names:?}");
        }
        assert_eq!(plan(&transactions).expect("complete").ignored, ["note"]);
    }

    #[test]
    fn a_missing_column_is_named_with_those_found_or_the_near_match() {
        let missing = plan(&["id", "account", "amount", "status", "transacted_at", "memo"]).expect_err("currency");
        assert_eq!(
            missing,
            "transactions: column `currency` is missing; found: id, account, amount, status, transacted_at and 1 others"
        );
        let case = plan(&["ID", "account", "amount", "currency", "status", "transacted_at"]).expect_err("case");
        assert!(case.contains("`ID` looks like it"), "{case}");
        let no_header = plan(&["fctxn_0000", "fca_1", "250000", "usd", "PAYROLL"]).expect_err("a row");
        assert!(!no_header.contains("PAYROLL"), "{no_header}");
        let twice = plan(&["id", "id", "account", "amount", "currency", "status", "transacted_at"]).expect_err("twice");
        assert!(twice.contains("both hold `id`"), "{twice}");
    }

    #[test]
    fn a_near_miss_of_a_field_that_no_column_fills_refuses_the_file() {
        let own = ["id", "account", "amount", "currency", "status", "transacted_at"];
        let with = |more: &[&str]| plan(&[&own[..], more].concat()).map(|plan| plan.ignored);
        assert_eq!(
            with(&["status_transitions__posted_at"]).expect_err("its rows would be dated by what was bought when"),
            "transactions: column `status_transitions.posted_at` is missing; `status_transitions__posted_at` looks like it: \
             names are exact, rename it if it is that, else take it out"
        );
        assert_eq!(with(&["posted_at", "postedAt"]), Ok(vec!["postedAt".to_owned()]), "beside the field it is another");
        assert_eq!(with(&["status_transitions", "postedAt"]), Ok(vec!["postedAt".to_owned()]), "the struct holds it");
        // What `account_holder_customer` is to one tool, the expanded holder's id is to another.
        let accounts = ["id", "category", "subcategory", "status", "account_holder_customer_id"];
        assert_eq!(plan(&accounts).map(|plan| plan.ignored), Ok(vec![]));
        // Frames that were flattened one level deep and written with structs have points and underscores.
        let half = ["balance_current.usd", "balance_cash_available.usd", "balance_as_of"];
        let names = [&accounts[..], &half].concat();
        assert_eq!(plan(&names).map(|plan| (plan.ignored, plan.entries.len())), Ok((vec![], 2)));
    }

    #[test]
    fn a_near_miss_that_is_dropped_or_declared_is_no_miss() {
        let names = ["application_id", "applicant_id", "asOf"];
        let plan = |options: &ReadOptions| Plan::new(&names, &Request { table: None, options, tree: &|_, _| false });
        assert!(plan(&ReadOptions::default()).expect_err("T would be the run's").contains("`asOf` looks like it"));
        let named = vec!["asOf".to_owned()];
        assert!(plan(&ReadOptions { drop_columns: named.clone(), ..ReadOptions::default() }).is_ok());
        assert!(plan(&ReadOptions { extra_columns: named, ..ReadOptions::default() }).is_ok());
    }

    #[test]
    fn every_table_has_its_own_row_fits_its_slots_and_names_no_path_twice() {
        for TableInfo { table, name, columns, owner, .. } in TABLES {
            assert_eq!((table.info().table, table.info().name), (*table, *name));
            assert!(owner.is_none_or(|owner| columns.iter().any(|column| column.path == owner)), "{name}");
            assert!(columns.len() <= SLOTS_MAX, "{name}");
            for (at, column) in columns.iter().enumerate() {
                let same = columns.iter().position(|other| is_name_of(other.path, column));
                assert_eq!(same, Some(at), "{name}.{}", column.path);
            }
        }
    }
}
