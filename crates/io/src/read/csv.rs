//! CSV tables: one header, one row a line, comma between fields. Reads what pandas, DuckDB, warehouses and spreadsheets
//! write of our tables, and refuses by name what only looks like it.

use std::{collections::BTreeMap, io::Read, path::Path};

use cashline_core::defect::{Defect, DefectKind, Source, Whose};

use crate::{
    error::Error,
    read::{
        Batch, Batches, Detected, Facts, Head, InputFile, Item, Layout, ReadOptions, Sink, Table,
        cell::{self, Cell},
        event_columns::EventColumns,
        json,
        nested::Nested,
        one_by_one,
        open::{self, Content},
        plain_lines::PlainLines,
        scan::{COLUMNS_MAX, Record, ScanError, Scanned, Scanner, TextRecord},
        table::{Plan, Request, fits_several},
        tables::Nature,
    },
};

/// The layout's row in [`crate::read::LAYOUTS`].
pub(crate) const LAYOUT: Layout = Layout {
    name: "csv",
    arises: "flattened by pandas (`json_normalize`, dotted columns) or a warehouse (underscores), or with structs printed \
             as text (DuckDB, Spark)",
    detect,
    read,
    batches: Some(batches),
};

/// A table with the object as JSON in one column; its row in [`crate::read::LAYOUTS`].
pub(crate) const TEXT_COLUMN: Layout = Layout {
    name: "csv_text_column",
    arises: "raw tables of databases and loaders: an id and the object as JSON in `_raw`, `data` or `payload`; of events, `data` beside `object`, `type` and `created`",
    detect: detect_text_column,
    read: read_text_column,
    batches: None,
};

/// Columns that hold an object as JSON.
pub const TEXT_COLUMNS: &[&str] = &["_raw", "raw", "payload", "data", "json", "_airbyte_data"];

fn text_column(header: &[String]) -> Option<usize> {
    header.iter().position(|name| TEXT_COLUMNS.contains(&name.as_str()))
}

fn detect_text_column(head: &Head<'_>, options: &ReadOptions) -> Detected {
    let Ok(mut scanner) = Scanner::new(head.bytes, b',') else { return Detected::No };
    let Ok(header) = header(&mut scanner) else { return Detected::No };
    let Some(at) = text_column(&header).filter(|_| plan(&header, None, options).is_err() && !is_several(&header))
    else {
        return Detected::No;
    };
    match scanner.next() {
        Ok(Scanned::Row(row)) if row.field(at).trim_ascii_start().starts_with(b"{") => Detected::Yes(None),
        _ => Detected::No,
    }
}

fn read_text_column(file: &InputFile, options: &ReadOptions, sink: &mut Sink<'_>) -> Result<Facts, Error> {
    let mut lists = BTreeMap::new();
    let facts = read_with(file, |content| {
        let mut scanner = Scanner::new(content, b',')?;
        let names = header(&mut scanner).map_err(refused)?;
        let at = text_column(&names).ok_or_else(|| refused("has no column of JSON".to_owned()))?;
        let of_event = EventColumns::of(names.iter().map(String::as_str));
        let reads = |column| column == at || of_event.reads(column);
        let guard = Guard { width: names.len(), names: &names, owner: None, reads: &reads };
        loop {
            let record = match scanner.next()? {
                Scanned::End => {
                    tell_of_a_cut(&scanner, file);
                    return Ok(());
                }
                Scanned::Row(record) => guard.check(record),
                Scanned::Bad(record, kind) => Err(guard.bad(record, kind)),
            };
            match record {
                Err(fault) => {
                    let source = Source { file: file.index, line: fault.line };
                    sink(Item::Defect(Defect {
                        source,
                        column: String::new(),
                        kind: fault.kind,
                        whose: Whose::Unknown,
                    }))?;
                }
                Ok((line, row)) => {
                    let source = Source { file: file.index, line };
                    let event = of_event.row(|column| Cell::Text(row.get(column)));
                    json::read_object_text(row.get(at), event, &file.path, source, options, &mut lists, sink)?;
                }
            }
        }
    })?;
    Ok(Facts { lists: json::ends(lists), ..facts })
}

fn detect(head: &Head<'_>, options: &ReadOptions) -> Detected {
    if let Some(what) = other_type(head.bytes) {
        return Detected::Refused(what);
    }
    let header = match header_of(head) {
        Ok(header) => header,
        Err(message) => return Detected::Refused(message),
    };
    match plan(&header, None, options) {
        Ok(plan) => Detected::Yes(Some(plan.table)),
        // The caller may say which; else the reading refuses it.
        Err(_) if is_several(&header) => Detected::Yes(None),
        Err(message) => Detected::Refused(message),
    }
}

fn is_several(header: &[String]) -> bool {
    fits_several(&header.iter().map(String::as_str).collect::<Vec<_>>())
}

/// What a file is that is no text table, and the way out.
fn other_type(bytes: &[u8]) -> Option<String> {
    let text = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes).trim_ascii_start();
    let what = if bytes.is_empty() {
        "is empty: export it again"
    } else if bytes.starts_with(b"\xFF\xFE") || bytes.starts_with(b"\xFE\xFF") {
        "is UTF-16 text: save it as UTF-8"
    } else if bytes.starts_with(b"PAR1") {
        "starts like Parquet but is none: copy it again"
    } else if bytes.starts_with(b"PK\x03\x04") {
        "is a ZIP archive or a spreadsheet: save it as CSV"
    } else if text.is_empty() {
        "holds only blank lines: export it again"
    } else if text.starts_with(b"<") {
        "is an HTML or XML page, such as a server's error saved as an export: download it again"
    } else if text.starts_with(b"{") || text.starts_with(b"[") {
        "is JSON without objects of ours: export accounts, balances and transactions"
    } else {
        return None;
    };
    Some(what.to_owned())
}

/// The names of the first line.
pub(crate) fn header_of(head: &Head<'_>) -> Result<Vec<String>, String> {
    let mut scanner = Scanner::new(head.bytes, b',').map_err(|error| message_of(&error))?;
    header(&mut scanner)
}

fn message_of(error: &ScanError) -> String {
    match error {
        ScanError::Io(error) => error.to_string(),
        ScanError::Refused(message) => message.clone(),
    }
}

/// Reads the header of a table.
pub(crate) fn header<R: Read>(scanner: &mut Scanner<R>) -> Result<Vec<String>, String> {
    let record = match scanner.next().map_err(|error| message_of(&error))? {
        Scanned::Row(record) => record,
        Scanned::End => return Err("is empty: export it again".to_owned()),
        Scanned::Bad(record, kind) => {
            return Err(format!("line {}: the header is damaged ({})", record.line, kind.code()));
        }
    };
    if record.nul().is_some() {
        return Err("holds NUL bytes: it is UTF-16 or was damaged; save it as UTF-8 text".to_owned());
    }
    if COLUMNS_MAX < record.len() {
        return Err(format!(
            "has {} columns, the limit is {COLUMNS_MAX}: export only the columns needed",
            record.len()
        ));
    }
    match record.text() {
        Ok(text) => Ok(text.iter().map(str::to_owned).collect()),
        Err(_) => Err("the header is not UTF-8: save the file as UTF-8 text".to_owned()),
    }
}

/// Finds the table of a header.
fn plan(header: &[String], table: Option<Table>, options: &ReadOptions) -> Result<Plan, String> {
    if let [only] = header {
        for (sign, name) in [(';', ";"), ('\t', "a tab"), ('|', "|")] {
            if only.contains(sign) {
                return Err(format!(
                    "fields are separated by `{name}`, only commas are read: export with commas, or set `delimiter` in \
                     a mapping file"
                ));
            }
        }
    }
    let names: Vec<&str> = header.iter().map(String::as_str).collect();
    let tree = |_: usize, nature: Nature| matches!(nature, Nature::List | Nature::CurrencyMap);
    Plan::new(&names, &Request { table, options, tree: &tree })
}

fn read(file: &InputFile, options: &ReadOptions, sink: &mut Sink<'_>) -> Result<Facts, Error> {
    batches(file, options, &mut |batch| one_by_one(batch, sink))
}

fn batches(file: &InputFile, options: &ReadOptions, sink: &mut Batches<'_>) -> Result<Facts, Error> {
    read_with(file, |content| read_table(content, file, options, Way::Plain, sink))
}

/// How transactions are read: the same rows and defects in the same order either way.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Way {
    /// Many plain lines at once.
    Plain,
    /// Record by record.
    #[cfg(test)]
    Records,
}

/// Opens a file, reads it, and says in the run's words what stopped the reading.
pub(crate) fn read_with(file: &InputFile, read: impl FnOnce(&mut Content) -> Result<(), Stop>) -> Result<Facts, Error> {
    let mut content = open::open(file)?;
    match read(&mut content) {
        Ok(()) => content.finish(),
        Err(Stop::Run(error)) => Err(error),
        Err(Stop::Scan(ScanError::Io(error))) => Err(content.explain(error)),
        Err(Stop::Scan(ScanError::Refused(message))) => Err(Error::Unusable { path: file.path.clone(), message }),
    }
}

/// Why reading stopped.
pub(crate) enum Stop {
    Run(Error),
    Scan(ScanError),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Stop {
        Stop::Run(error)
    }
}

impl From<ScanError> for Stop {
    fn from(error: ScanError) -> Stop {
        Stop::Scan(error)
    }
}

fn refused(message: String) -> Stop {
    Stop::Scan(ScanError::Refused(message))
}

pub(super) fn read_table(
    content: impl Read,
    file: &InputFile,
    options: &ReadOptions,
    way: Way,
    sink: &mut Batches<'_>,
) -> Result<(), Stop> {
    let mut scanner = Scanner::new(content, DELIMITER)?;
    let names = header(&mut scanner).map_err(refused)?;
    let plan = plan(&names, file.table, options).map_err(refused)?;
    if !plan.ignored.is_empty() {
        tracing::info!(path = %file.path.display(), columns = plan.ignored.len(), "columns that no table of ours has are ignored");
    }
    sink(Batch::Only(plan.table))?;
    let plain = if way == Way::Plain { PlainLines::new(&plan) } else { None };
    let guard = Guard { width: plan.width, names: &names, owner: plan.owner(), reads: &|at| plan.reads(at) };
    let records = Records { file: file.index, path: &file.path, plan: &plan, trees: plan.trees().collect(), guard };
    let mut bounds = vec![];
    loop {
        if let Some(plain) = &plain {
            let (line, lines) = scanner.plain_lines();
            let source = Source { file: file.index, line };
            let mut other = |text: &str, source: Source, sink: &mut Batches<'_>| {
                if text.is_empty() {
                    return Ok(());
                }
                let record = Record::of_line(source.line, text.as_bytes(), DELIMITER, &mut bounds);
                records.emit(records.guard.check(record), sink)
            };
            let (lines, bytes) = plain.emit(lines, source, &mut other, sink)?;
            scanner.pass_over(lines, bytes);
        }
        let record = match scanner.next()? {
            Scanned::End => {
                tell_of_a_cut(&scanner, file);
                return Ok(());
            }
            Scanned::Row(record) => records.guard.check(record),
            Scanned::Bad(record, kind) => Err(records.guard.bad(record, kind)),
        };
        records.emit(record, sink)?;
    }
}

const DELIMITER: u8 = b',';

/// Warns of a file that ends inside a line: some exports do, and so does one that was cut.
pub(crate) fn tell_of_a_cut<R: Read>(scanner: &Scanner<R>, file: &InputFile) {
    if scanner.ends_inside_a_line() {
        let path = file.path.display();
        tracing::warn!(%path, "the last line does not end as the lines before: if the file was cut, its last cell is too");
    }
}

/// The records of a table, one by one.
struct Records<'a> {
    file: u32,
    path: &'a Path,
    plan: &'a Plan,
    /// The columns read as trees.
    trees: Vec<(usize, Option<Nature>)>,
    guard: Guard<'a>,
}

impl Records<'_> {
    fn emit(&self, record: Result<(u64, TextRecord<'_>), BadRecord<'_>>, sink: &mut Batches<'_>) -> Result<(), Error> {
        let Records { plan, .. } = self;
        let mut defect = |line: u64, column: &str, kind, whose| {
            let source = Source { file: self.file, line };
            sink(Batch::Item(Item::Defect(Defect { source, column: column.to_owned(), kind, whose })))
        };
        let (line, row) = match record {
            Ok(found) => found,
            Err(fault) => {
                // One cell is spoilt; the others say whose row it is.
                let whose = match fault.record {
                    Some(record) => plan.whose(|at| sound(record.field(at)), &[]),
                    None => fault.account.into(),
                };
                return defect(fault.line, fault.at.map_or("", |at| plan.path_at(at)), fault.kind, whose);
            }
        };
        let mut nodes = Vec::with_capacity(self.trees.len());
        let mut fault = None;
        for (at, nature) in &self.trees {
            match tree(row.get(*at), *nature) {
                Ok(node) => nodes.push(node),
                Err(kind) => {
                    fault = fault.or(Some((*at, kind)));
                    nodes.push(Nested::Null);
                }
            }
        }
        if let Some((at, kind)) = fault {
            let whose = plan.whose(|at| Cell::Text(row.get(at)), &nodes);
            let path = plan.path_at(at);
            return defect(line, if path.is_empty() { &self.guard.names[at] } else { path }, kind, whose);
        }
        plan.check_inside(&nodes).map_err(|message| Error::Unusable {
            path: self.path.to_owned(),
            message: format!("line {line}: {message}"),
        })?;
        let source = Source { file: self.file, line };
        plan.emit(|at| Cell::Text(row.get(at)), &nodes, source, &mut |item| sink(Batch::Item(item)))
    }
}

/// The words of a text where a list is expected, in JSON's, Python's or DuckDB's notation or between separators; `None` where
/// there is no list.
///
/// # Errors
///
/// It is no list, or one of other things than texts.
pub fn listed(text: &str) -> Result<Option<Vec<String>>, DefectKind> {
    let list = tree(text, Some(Nature::List))?;
    let words = cell::words_or_null(Cell::Node(&list))?;
    Ok(words.map(|words| words.into_iter().map(str::to_owned).collect()))
}

/// A cell that may hold a list or struct. Where lists are expected, words between separators are a list too.
pub(crate) fn tree(text: &str, nature: Option<Nature>) -> Result<Nested<'_>, DefectKind> {
    if matches!(Cell::Text(text).nullable(), Cell::Null) {
        return Ok(Nested::Null);
    }
    let is_list = nature == Some(Nature::List);
    if text.starts_with(['{', '[']) {
        let kind = if is_list { DefectKind::BadList } else { DefectKind::BadJson };
        return Nested::parse(text).ok_or(kind);
    }
    if is_list {
        let words = text.split([';', '|', ',', ' ']).map(str::trim).filter(|word| !word.is_empty());
        return Ok(Nested::List(words.map(|word| Nested::Text(word.into())).collect()));
    }
    Ok(Nested::Text(text.into()))
}

/// A field that could be read, else nothing.
fn sound(field: &[u8]) -> Cell<'_> {
    std::str::from_utf8(field).ok().filter(|text| !text.contains('\0')).map_or(Cell::Null, Cell::Text)
}

/// A record set aside before its cells were read.
pub(crate) struct BadRecord<'b> {
    /// Its fields, when there are as many as columns.
    record: Option<Record<'b>>,
    pub(crate) line: u64,
    pub(crate) kind: DefectKind,
    /// The column at fault.
    pub(crate) at: Option<usize>,
    pub(crate) account: Option<String>,
}

/// What every record must be before its cells are read.
pub(crate) struct Guard<'a> {
    pub(crate) width: usize,
    pub(crate) names: &'a [String],
    /// The column that names the account.
    pub(crate) owner: Option<usize>,
    /// Whether anything is read from a column: what stands in others spoils nothing.
    pub(crate) reads: &'a dyn Fn(usize) -> bool,
}

impl Guard<'_> {
    /// The record's text with its line, or what is wrong with it.
    pub(crate) fn check<'b>(&self, record: Record<'b>) -> Result<(u64, TextRecord<'b>), BadRecord<'b>> {
        let line = record.line;
        let bad = |kind, at| BadRecord { record: Some(record), line, kind, at, account: self.account(record) };
        if record.len() != self.width {
            // Its columns are shifted: no cell can be trusted to be the account.
            let kind = if record.len() < self.width { DefectKind::TooFewColumns } else { DefectKind::TooManyColumns };
            return Err(BadRecord { record: None, line, kind, at: None, account: None });
        }
        if record.nul().is_some() {
            let holds_nul = |at: &usize| record.field(*at).contains(&0) && (self.reads)(*at);
            if let Some(at) = (0..record.len()).find(holds_nul) {
                return Err(bad(DefectKind::ContainsNul, Some(at)));
            }
        }
        let text = record.text().map_err(|at| bad(DefectKind::BadUnicode, Some(at)))?;
        if text.get(0) == self.names[0] && text.iter().eq(self.names.iter().map(String::as_str)) {
            return Err(BadRecord { record: None, line, kind: DefectKind::RepeatedHeader, at: None, account: None });
        }
        Ok((record.line, text))
    }

    /// A record that the scanner set aside: the fields before the fault are whole.
    pub(crate) fn bad<'b>(&self, record: Record<'_>, kind: DefectKind) -> BadRecord<'b> {
        let account = if self.owner.is_some_and(|owner| owner < record.len()) { self.account(record) } else { None };
        let at = (kind == DefectKind::BadQuote).then_some(record.len());
        BadRecord { record: None, line: record.line, kind, at, account }
    }

    fn account(&self, record: Record<'_>) -> Option<String> {
        let text = std::str::from_utf8(record.field(self.owner?)).ok()?;
        cell::id_text(text).ok().map(str::to_owned)
    }
}
