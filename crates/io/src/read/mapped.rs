//! Someone else's export, read through a mapping file: delimited text, or JSON documents whose arrays hold the rows.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::Read as _,
    ops::Range,
};

use cashline_core::defect::{Defect, DefectKind, Source, Whose};

use crate::{
    error::Error,
    read::{
        Detected, Facts, Head, InputFile, Item, Layout, ListEnd, ListOf, ReadOptions, Remark, Sink, Table, application,
        cell::Cell,
        csv::{self, Guard, Stop},
        mapping::{Mapped, Mapping},
        near::is_misspelt,
        nested::{self, Nested},
        open::{self, Content},
        scan::{ScanError, Scanned, Scanner},
    },
};

/// Delimited text under other names; its row in [`crate::read::LAYOUTS`].
pub(crate) const TABLE: Layout = Layout {
    name: "mapped_csv",
    arises: "another vendor's or a bank's CSV, read through a mapping file",
    detect: detect_table,
    read: read_table,
    batches: None,
};

/// JSON documents of another vendor; its row in [`crate::read::LAYOUTS`].
pub(crate) const DOCUMENTS: Layout = Layout {
    name: "mapped_json",
    arises: "another vendor's API responses stored as JSON, read through a mapping file",
    detect: detect_documents,
    read: read_documents,
    batches: None,
};

/// Largest JSON file that is read through a mapping: it is held in memory whole.
const DOCUMENT_BYTES_MAX: u64 = 512 * 1024 * 1024;

fn detect_table(head: &Head<'_>, options: &ReadOptions) -> Detected {
    let Some(mapping) = &options.mapping else { return Detected::No };
    let Ok(mut scanner) = Scanner::new(head.bytes, mapping.delimiter()) else { return Detected::No };
    let Ok(header) = csv::header(&mut scanner) else { return Detected::No };
    match fitting(mapping, &header, None)[..] {
        [] => Detected::No,
        [one] => Detected::Yes(Some(one.table)),
        // Which of them it holds the run may say; reading refuses it otherwise.
        _ => Detected::Yes(None),
    }
}

/// The tables of the mapping that a header has the columns of.
fn fitting<'m>(mapping: &'m Mapping, header: &[String], forced: Option<Table>) -> Vec<&'m Mapped> {
    let names: Vec<&str> = header.iter().map(String::as_str).collect();
    let tables = mapping.tables().iter();
    tables.filter(|mapped| forced.is_none_or(|table| table == mapped.table) && mapped.fits(&names)).collect()
}

/// The table that a file is read as. One that fits several would be read as the first, and its rows of the others lost.
fn table_of<'m>(mapping: &'m Mapping, header: &[String], forced: Option<Table>) -> Result<&'m Mapped, String> {
    match fitting(mapping, header, forced)[..] {
        [] => Err(format!("the mapping `{}` has no table with these columns", mapping.name())),
        [one] => Ok(one),
        [first, ref others @ ..] => {
            let names: Vec<&str> = others.iter().map(|other| other.table.name()).collect();
            let (mapping, first) = (mapping.name(), first.table.name());
            Err(format!(
                "fits several tables of the mapping `{mapping}`: {first} and {}; say which it is read as, such as {first}=PATH, \
                 and give a copy for each other one",
                names.join(" and ")
            ))
        }
    }
}

fn read_table(file: &InputFile, options: &ReadOptions, sink: &mut Sink<'_>) -> Result<Facts, Error> {
    let mut remarks = Vec::new();
    let facts = csv::read_with(file, |content| rows_of_table(content, file, options, &mut remarks, sink))?;
    Ok(Facts { remarks, ..facts })
}

fn rows_of_table(
    content: &mut Content,
    file: &InputFile,
    options: &ReadOptions,
    remarks: &mut Vec<Remark>,
    sink: &mut Sink<'_>,
) -> Result<(), Stop> {
    let refused = |message: String| Stop::Scan(ScanError::Refused(message));
    let mapping = options.mapping.as_ref().ok_or_else(|| refused("needs a mapping file".to_owned()))?;
    let mut scanner = Scanner::new(content, mapping.delimiter())?;
    let names = csv::header(&mut scanner).map_err(refused)?;
    let mapped = table_of(mapping, &names, file.table).map_err(refused)?;
    let absent = mapped.absent(&names);
    mapped.check_near(&names, &absent).map_err(refused)?;
    if !absent.is_empty() {
        let what = "the mapping names columns for fields that the file has not: they are taken as empty";
        remarks.push(remark(what, mapped, &absent, 0));
    }
    let extras = match mapped.table {
        Table::Applications => {
            let header: Vec<&str> = names.iter().map(String::as_str).collect();
            application::check_columns(&header, options).map_err(refused)?
        }
        _ => Vec::new(),
    };
    let dropped =
        |name: &str| mapped.table == Table::Applications && options.drop_columns.iter().any(|drop| drop == name);
    let mut columns = BTreeMap::new();
    for (at, name) in names.iter().enumerate().filter(|(_, name)| !dropped(name)) {
        if columns.insert(name.as_str(), at).is_some() && mapped.reads(name) {
            return Err(refused(format!("two columns are called `{name}`: drop one of them")));
        }
    }
    let owner = mapped.owner(&|name| columns.get(name).copied());
    let reads = |at: usize| mapped.reads(&names[at]) || extras.iter().any(|extra| extra.1 == at);
    let guard = Guard { width: names.len(), names: &names, owner, reads: &reads };
    let mut unlisted = BTreeMap::new();
    loop {
        let record = match scanner.next()? {
            Scanned::End => {
                remarks.extend(of_unlisted(mapped, &unlisted));
                csv::tell_of_a_cut(&scanner, file);
                return Ok(());
            }
            Scanned::Row(record) => guard.check(record),
            Scanned::Bad(record, kind) => Err(guard.bad(record, kind)),
        };
        match record {
            Err(fault) => {
                let column = fault.at.and_then(|at| names.get(at)).cloned().unwrap_or_default();
                let source = Source { file: file.index, line: fault.line };
                let whose = fault.account.map(|id| mapped.word_of_owner(id)).into();
                sink(Item::Defect(Defect { source, column, kind: fault.kind, whose }))?;
            }
            Ok((line, row)) => {
                let look = |name: &str| {
                    let text = row.get(*columns.get(name)?);
                    (!text.is_empty()).then(|| text.to_owned())
                };
                mapped.count_unlisted(&look, &mut unlisted);
                let extras = extras.iter().map(|(name, at)| (name.as_str(), Cell::Text(row.get(*at)))).collect();
                mapped.emit(&look, extras, Source { file: file.index, line }, sink)?;
            }
        }
    }
}

/// Which words of accounts nobody has translated, by their number and never by the word.
fn of_unlisted(mapped: &Mapped, unlisted: &BTreeMap<&'static str, u64>) -> impl Iterator<Item = Remark> {
    let what =
        "words that are none of ours and that the mapping does not list under `values`: they are taken as unknown";
    unlisted.iter().map(move |(field, rows)| remark(what, mapped, &[*field], *rows))
}

fn remark(what: &'static str, mapped: &Mapped, fields: &[&str], count: u64) -> Remark {
    let fields = fields.iter().map(|field| (*field).to_owned()).collect();
    Remark { what, of: mapped.table.name().to_owned(), fields, count }
}

fn detect_documents(head: &Head<'_>, options: &ReadOptions) -> Detected {
    let Some(mapping) = &options.mapping else { return Detected::No };
    let text = head.bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head.bytes).trim_ascii_start();
    if !matches!(text.first(), Some(b'{' | b'[')) {
        return Detected::No;
    }
    let keys = mapping.tables().iter().flat_map(|mapped| &mapped.rows);
    // A key, not a word among others, such as those of `permissions`.
    let is_key = |name: &String| {
        let quoted = format!("\"{name}\"");
        memchr::memmem::find_iter(text, quoted.as_bytes())
            .any(|at| text[at + quoted.len()..].trim_ascii_start().first() == Some(&b':'))
    };
    if keys.into_iter().any(is_key) { Detected::Yes(None) } else { Detected::No }
}

fn read_documents(file: &InputFile, options: &ReadOptions, sink: &mut Sink<'_>) -> Result<Facts, Error> {
    let unusable = |message: String| Error::Unusable { path: file.path.clone(), message };
    let Some(mapping) = &options.mapping else { return Err(unusable("needs a mapping file".to_owned())) };
    let mut content = open::open(file)?;
    let mut bytes = Vec::new();
    let limited = content.by_ref().take(DOCUMENT_BYTES_MAX + 1).read_to_end(&mut bytes);
    limited.map_err(|error| content.explain(error))?;
    if DOCUMENT_BYTES_MAX < bytes.len() as u64 {
        return Err(unusable(format!(
            "has more than {DOCUMENT_BYTES_MAX} bytes of JSON: write one file for each page"
        )));
    }
    let text = String::from_utf8(bytes).map_err(|_| unusable("is not UTF-8: save it as UTF-8 text".to_owned()))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let mut reader = Documents {
        file,
        mapping,
        sink,
        text,
        counted: 0,
        line: 1,
        lists: Vec::new(),
        seen: BTreeMap::new(),
        unnamed: 0,
    };
    let mut at = 0;
    let mut stream = serde_json::Deserializer::from_str(text).into_iter::<serde::de::IgnoredAny>();
    while let Some(next) = stream.next() {
        // The parser's message says what it expected, never what stood there.
        next.map_err(|error| unusable(format!("{error}: repair or export it again")))?;
        let end = stream.byte_offset();
        reader.text_at(at..end)?;
        at = end;
    }
    let remarks = reader.remarks();
    let lists = reader.lists;
    Ok(Facts { lists, remarks, ..content.finish()? })
}

struct Documents<'r, 's> {
    file: &'r InputFile,
    mapping: &'r Mapping,
    sink: &'r mut Sink<'s>,
    text: &'r str,
    // Lines are counted once, up to here.
    counted: usize,
    line: u64,
    lists: Vec<ListEnd>,
    // Of each table that had rows.
    seen: BTreeMap<&'static str, Seen<'r>>,
    // Objects in lists that the mapping does not name.
    unnamed: u64,
}

/// What the rows of a table were so far.
struct Seen<'r> {
    mapped: &'r Mapped,
    unmet: Vec<&'r str>,
    unlisted: BTreeMap<&'static str, u64>,
}

impl<'r> Documents<'r, '_> {
    fn source(&mut self, at: usize) -> Source {
        let text = self.text.as_bytes();
        self.line += memchr::memchr_iter(b'\n', text.get(self.counted..at).unwrap_or_default()).count() as u64;
        self.counted = self.counted.max(at);
        Source { file: self.file.index, line: self.line }
    }

    /// A document, or an array of them.
    fn text_at(&mut self, range: Range<usize>) -> Result<(), Error> {
        let Some(text) = self.text.get(range.clone()) else { return Ok(()) };
        match nested::elements(text) {
            Some(elements) => elements
                .into_iter()
                .try_for_each(|element| self.document(range.start + element.start..range.start + element.end)),
            None => self.document(range),
        }
    }

    fn document(&mut self, range: Range<usize>) -> Result<(), Error> {
        let text: &'r str = self.text;
        let source = self.source(range.start);
        let whole = text.get(range.clone()).unwrap_or_default();
        let Some(members) = nested::members(whole).filter(|members| repeated(members).is_empty()) else {
            // Rows may stand in an object whose keys cannot be told apart, and nobody could say whose.
            if whole.trim_start().starts_with('{') {
                return Err(self.unusable(source, "the keys of an object cannot be told apart: export it again"));
            }
            return self.defect(source, DefectKind::UnknownObject, Whose::Unknown);
        };
        let mapping = self.mapping;
        let table_of = |key: &str| mapping.tables().iter().find(|mapped| mapped.rows.iter().any(|name| name == key));
        // What stands beside the rows is context for each of them.
        let beside = members.iter().filter(|(key, _)| table_of(key).is_none());
        let root = beside.filter_map(|(key, value)| {
            let value = text.get(range.start + value.start..range.start + value.end)?;
            Some((key.clone(), Nested::parse_value(value)?))
        });
        let root = Nested::Map(root.collect());
        let mut accounts = Vec::new();
        let mut found = false;
        for (key, value) in &members {
            if mapping.tables().iter().any(|mapped| mapped.removed.iter().any(|name| name == key)) {
                self.removed(key, text.get(range.start + value.start..range.start + value.end).unwrap_or_default())?;
            }
            let Some(mapped) = table_of(key) else {
                self.unnamed(key, text.get(range.start + value.start..range.start + value.end).unwrap_or_default())?;
                continue;
            };
            found = true;
            let start = range.start + value.start;
            let list = text.get(start..range.start + value.end).unwrap_or_default();
            if list == "null" {
                continue;
            }
            let Some(elements) = nested::elements(list) else {
                return Err(
                    self.unusable(source, &format!("`{key}` is no list, and its rows would be lost: export it again"))
                );
            };
            for element in elements {
                let place = start + element.start..start + element.end;
                let source = self.source(place.start);
                let row = text.get(place).unwrap_or_default();
                let (row, is_sound) = match Nested::parse(row) {
                    Some(row) => (row, true),
                    None => (sound_members(row), false),
                };
                let look = |name: &str| {
                    let value = name.strip_prefix('/').map_or_else(|| row.at(name), |path| root.at(path))?;
                    match value {
                        Nested::List(words) if mapped.is_list(name) => words_as_json(words),
                        value => scalar(value),
                    }
                };
                accounts.extend(mapped.account(&look));
                if !is_sound {
                    self.defect(source, DefectKind::BadJson, mapped.whose(&look))?;
                    continue;
                }
                let has =
                    |name: &str| name.strip_prefix('/').map_or_else(|| row.at(name), |path| root.at(path)).is_some();
                let seen = self.seen.entry(mapped.table.name());
                let seen = seen.or_insert_with(|| Seen { mapped, unmet: mapped.named(), unlisted: BTreeMap::new() });
                mapped.still_unmet(&mut seen.unmet, &has);
                mapped.count_unlisted(&look, &mut seen.unlisted);
                mapped.emit(&look, Vec::new(), source, &mut *self.sink)?;
            }
        }
        if !found {
            self.defect(source, DefectKind::UnknownObject, Whose::Unknown)?;
        }
        if let Some(Nested::Text(more)) = root.at("has_more") {
            let has_more = more == "true";
            accounts.sort();
            accounts.dedup();
            let ends = accounts.into_iter().map(|account| ListEnd { of: ListOf::Account(account), has_more });
            self.lists.extend(ends);
        }
        Ok(())
    }

    /// A list of objects that the mapping does not name: left unread and counted, unless its key is one of the mapping's with a slip.
    fn unnamed(&mut self, key: &str, list: &str) -> Result<(), Error> {
        let is_object = |place: &Range<usize>| list.get(place.clone()).is_some_and(|text| text.starts_with('{'));
        let objects = nested::elements(list).unwrap_or_default().iter().filter(|place| is_object(place)).count();
        let mapping = self.mapping;
        let mut keys = mapping.tables().iter().flat_map(|mapped| mapped.rows.iter().chain(&mapped.removed));
        if objects == 0 || keys.clone().any(|name| name == key) {
            return Ok(());
        }
        if let Some(name) = keys.find(|name| is_misspelt(key, name)) {
            let message = format!(
                "holds rows under `{key}`, and the mapping `{}` reads `{name}`: names are exact, correct the one or the other",
                mapping.name()
            );
            return Err(Error::Unusable { path: self.file.path.clone(), message });
        }
        self.unnamed += objects as u64;
        (0..objects).try_for_each(|_| (self.sink)(Item::Ignored("object in a list that the mapping does not name")))
    }

    /// What the mapping asked for in vain, and what it did not ask for.
    fn remarks(&self) -> Vec<Remark> {
        let mut remarks = Vec::new();
        for Seen { mapped, unmet, unlisted } in self.seen.values() {
            if !unmet.is_empty() {
                let what = "the mapping names keys for fields that no row has: they are taken as empty";
                remarks.push(remark(what, mapped, unmet, 0));
            }
            remarks.extend(of_unlisted(mapped, unlisted));
        }
        if self.unnamed != 0 {
            let what = "objects in lists that the mapping does not name are left unread";
            let of = format!("mapping `{}`", self.mapping.name());
            remarks.push(Remark { what, of, fields: BTreeSet::new(), count: self.unnamed });
        }
        remarks
    }

    /// What was taken back must not be in the export, which says no order in which rows came and went.
    fn removed(&self, key: &str, list: &str) -> Result<(), Error> {
        let count = nested::elements(list).unwrap_or_default().len();
        if count == 0 {
            return Ok(());
        }
        let message = format!(
            "`{key}` takes back {count} rows, which is not applied: apply each page to the pages before (added, then modified \
             in place of what they modify, removed taken out), and export what is left with `{key}` empty"
        );
        Err(Error::Unusable { path: self.file.path.clone(), message })
    }

    fn defect(&mut self, source: Source, kind: DefectKind, whose: Whose) -> Result<(), Error> {
        (self.sink)(Item::Defect(Defect { source, column: String::new(), kind, whose }))
    }

    fn unusable(&self, source: Source, message: &str) -> Error {
        Error::Unusable { path: self.file.path.clone(), message: format!("line {}: {message}", source.line) }
    }
}

/// What can be read of a row that is spoilt: it may still say whose it is.
fn sound_members(row: &str) -> Nested<'_> {
    let members = nested::members(row).unwrap_or_default();
    let twice = repeated(&members);
    let once = members.iter().filter(|(key, _)| twice.binary_search_by(|one| one.as_str().cmp(key)).is_err());
    let sound = once.filter_map(|(key, value)| Some((key.clone(), Nested::parse_value(row.get(value.clone())?)?)));
    Nested::Map(sound.collect())
}

/// The keys that stand twice, ascending.
fn repeated(members: &[nested::Member<'_>]) -> Vec<String> {
    let mut keys: Vec<&str> = members.iter().map(|member| &*member.0).collect();
    keys.sort_unstable();
    keys.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[0].to_owned()).collect()
}

/// A list of words as JSON, from which a list is read.
fn words_as_json(words: &[Nested<'_>]) -> Option<String> {
    let word = |word: &'_ Nested<'_>| if let Nested::Text(text) = word { Some(text.to_string()) } else { None };
    let words: Option<Vec<String>> = words.iter().map(word).collect();
    serde_json::to_string(&words?).ok()
}

fn scalar(value: &Nested<'_>) -> Option<String> {
    match value {
        Nested::Text(text) if !text.is_empty() => Some(text.to_string()),
        _ => None,
    }
}
