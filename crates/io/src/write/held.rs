//! Result rows, held compactly until all are there and can be written in order: the newest in memory, those before them in a file
//! that has no name.
//!
//! A row is a few bytes for each cell: repeated texts (names of attributes, bins, reasons) are interned, all others stand
//! inline. An application of the default card takes about a kilobyte. Where it stands stays in memory: its key and a few numbers.

use std::{
    borrow::Cow,
    fs::File,
    io,
    os::unix::fs::FileExt as _,
    path::{Path, PathBuf},
};

use cashline_core::{
    table::{Cell, Schema},
    time::Day,
};
use rustc_hash::FxHashMap;

use super::TableWriter;

/// Texts up to this length are interned; ids and texts with values are longer or rare enough not to matter.
const INTERNED_BYTES_MAX: usize = 160;
/// Interned texts of a run; beyond it texts stand inline.
const INTERNED_MAX: usize = 65_536;

/// The order of results: bytewise by applicant, then T, then application. Rank follows from the order within an application.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Key {
    /// The primary applicant.
    pub applicant_id: Box<str>,
    /// T in seconds.
    pub as_of: i64,
    /// The application.
    pub application_id: Box<str>,
}

/// The rows of several tables, by application.
#[derive(Debug)]
pub struct HeldTables {
    schemas: Vec<Schema>,
    entries: Vec<Entry>,
    // Bytes of each table of each application, in the order of `schemas`; an entry says where its own begin.
    lengths: Vec<u32>,
    // The newest rows, all tables of an application one after the other.
    bytes: Vec<u8>,
    // How many bytes of older rows stand on disk; `bytes` follow them.
    parked: u64,
    park: Option<Park>,
    names: Names,
}

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Entry {
    key: Key,
    start: u64,
    lengths: u32,
}

/// Where rows go that pass the bytes that may be held.
#[derive(Debug)]
struct Park {
    bytes_max: usize,
    temp: PathBuf,
    // Unlinked from the beginning: for this process alone, and gone with it.
    file: Option<File>,
}

/// Texts that repeat.
#[derive(Debug, Default)]
struct Names {
    list: Vec<Box<str>>,
    index: FxHashMap<Box<str>, u32>,
}

impl HeldTables {
    /// No rows yet.
    #[must_use]
    pub fn new(schemas: Vec<Schema>) -> HeldTables {
        HeldTables {
            schemas,
            entries: vec![],
            lengths: vec![],
            bytes: vec![],
            parked: 0,
            park: None,
            names: Names::default(),
        }
    }

    /// The same; what passes so many bytes is parked on disk, in a file without a name in `temp`.
    #[must_use]
    pub fn parked(self, bytes_max: usize, temp: &Path) -> HeldTables {
        HeldTables { park: Some(Park { bytes_max, temp: temp.to_owned(), file: None }), ..self }
    }

    /// The tables, in the order in which rows are given.
    #[must_use]
    pub fn schemas(&self) -> &[Schema] {
        &self.schemas
    }

    /// How many applications are held.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// True before the first application.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Takes the rows of one application: for each table its rows, in the order in which they shall stand.
    ///
    /// # Errors
    ///
    /// [`io::Error`] when the directory for what is parked does not take it.
    pub fn push(&mut self, key: Key, tables: &[Vec<Vec<Cell<'_>>>]) -> io::Result<()> {
        assert_eq!(tables.len(), self.schemas.len(), "one list of rows for each table");
        let start = self.parked + self.bytes.len() as u64;
        let lengths = u32::try_from(self.lengths.len()).expect("fewer than four billion tables of applications");
        for (table, rows) in tables.iter().enumerate() {
            let before = self.bytes.len();
            for row in rows {
                assert_eq!(row.len(), self.schemas[table].columns.len(), "as many cells as columns");
                for cell in row {
                    encode(&mut self.bytes, cell, &mut self.names);
                }
            }
            let length = u32::try_from(self.bytes.len() - before).map_err(|_| io::ErrorKind::FileTooLarge)?;
            self.lengths.push(length);
        }
        self.entries.push(Entry { key, start, lengths });
        self.park()
    }

    /// Moves the newest rows to disk when they pass what may be held.
    fn park(&mut self) -> io::Result<()> {
        let Some(park) = self.park.as_mut().filter(|park| park.bytes_max < self.bytes.len()) else { return Ok(()) };
        let file = match &mut park.file {
            Some(file) => file,
            None => park.file.insert(tempfile::tempfile_in(&park.temp)?),
        };
        file.write_all_at(&self.bytes, self.parked)?;
        self.parked += self.bytes.len() as u64;
        self.bytes.clear();
        Ok(())
    }

    /// Brings the applications into the order of files.
    pub fn sort(&mut self) {
        // Keys are unique: an application is assessed once.
        self.entries.sort_unstable();
    }

    /// Writes one table's rows in the present order and counts them.
    ///
    /// # Errors
    ///
    /// [`io::Error`] of the writer, or when what was parked cannot be read.
    pub fn write(&self, table: usize, writer: &mut dyn TableWriter) -> io::Result<u64> {
        let mut rows = 0;
        let mut room = vec![];
        for entry in &self.entries {
            let first = entry.lengths as usize;
            let before: u64 = self.lengths[first..first + table].iter().map(|length| u64::from(*length)).sum();
            let bytes = self.bytes(entry.start + before, self.lengths[first + table] as usize, &mut room)?;
            rows += self.each(bytes, table, &mut |cells| writer.row(cells))?;
        }
        Ok(rows)
    }

    /// The bytes from `start` on; an application stands whole on one side.
    fn bytes<'a>(&'a self, start: u64, length: usize, room: &'a mut Vec<u8>) -> io::Result<&'a [u8]> {
        if let Some(at) = start.checked_sub(self.parked) {
            let at = usize::try_from(at).expect("held in memory");
            return Ok(&self.bytes[at..at + length]);
        }
        let file = self.park.as_ref().and_then(|park| park.file.as_ref()).ok_or(io::ErrorKind::NotFound)?;
        room.resize(length, 0);
        file.read_exact_at(room, start)?;
        Ok(room)
    }

    /// Hands on the rows of one table and application.
    fn each<'a>(
        &'a self,
        mut rest: &'a [u8],
        table: usize,
        f: &mut dyn FnMut(&[Cell<'_>]) -> io::Result<()>,
    ) -> io::Result<u64> {
        let columns = self.schemas[table].columns.len();
        let mut rows = 0;
        while !rest.is_empty() {
            let mut cells = Vec::with_capacity(columns);
            for _ in 0..columns {
                cells.push(decode(&mut rest, &self.names));
            }
            f(&cells)?;
            rows += 1;
        }
        Ok(rows)
    }
}

const NULL: u8 = 0;
const NAME: u8 = 1;
const INLINE: u8 = 2;
const INTEGER: u8 = 3;
const REAL: u8 = 4;
const FALSE: u8 = 5;
const TRUE: u8 = 6;
const DATE: u8 = 7;
const INSTANT: u8 = 8;

fn encode(bytes: &mut Vec<u8>, cell: &Cell<'_>, names: &mut Names) {
    match cell {
        Cell::Null => bytes.push(NULL),
        Cell::Text(text) => match names.intern(text) {
            Some(name) => {
                bytes.push(NAME);
                push_number(bytes, u64::from(name));
            }
            None => {
                bytes.push(INLINE);
                push_number(bytes, text.len() as u64);
                bytes.extend(text.as_bytes());
            }
        },
        Cell::Integer(value) => {
            bytes.push(INTEGER);
            push_number(bytes, zigzag(*value));
        }
        Cell::Real(value) => {
            bytes.push(REAL);
            bytes.extend(value.to_bits().to_le_bytes());
        }
        Cell::Flag(value) => bytes.push(if *value { TRUE } else { FALSE }),
        Cell::Date(day) => {
            bytes.push(DATE);
            push_number(bytes, zigzag(i64::from(day.0)));
        }
        Cell::Instant(seconds) => {
            bytes.push(INSTANT);
            push_number(bytes, zigzag(*seconds));
        }
    }
}

fn decode<'a>(rest: &mut &'a [u8], names: &'a Names) -> Cell<'a> {
    match take(rest, 1)[0] {
        NAME => Cell::Text(Cow::Borrowed(names.get(take_number(rest)))),
        INLINE => {
            let length = usize::try_from(take_number(rest)).expect("a length that was a usize");
            Cell::Text(String::from_utf8_lossy(take(rest, length)))
        }
        INTEGER => Cell::Integer(unzigzag(take_number(rest))),
        REAL => {
            let bits: [u8; 8] = take(rest, 8).try_into().expect("eight bytes");
            Cell::Real(f64::from_bits(u64::from_le_bytes(bits)))
        }
        FALSE => Cell::Flag(false),
        TRUE => Cell::Flag(true),
        DATE => Cell::Date(Day(i32::try_from(unzigzag(take_number(rest))).expect("a day that was an i32"))),
        INSTANT => Cell::Instant(unzigzag(take_number(rest))),
        _ => Cell::Null,
    }
}

impl Names {
    /// The text's number when it has one or may get one. A text gets a number the second time it is seen: ids, seen once in
    /// most tables, would fill the list otherwise.
    fn intern(&mut self, text: &str) -> Option<u32> {
        const SEEN_ONCE: u32 = u32::MAX;
        if INTERNED_BYTES_MAX < text.len() {
            return None;
        }
        let has_room = self.index.len() < INTERNED_MAX;
        match self.index.get_mut(text) {
            Some(number) if *number == SEEN_ONCE => {
                let next = u32::try_from(self.list.len()).expect("bounded by INTERNED_MAX");
                *number = next;
                self.list.push(text.into());
                Some(next)
            }
            Some(number) => Some(*number),
            None if has_room => {
                self.index.insert(text.into(), SEEN_ONCE);
                None
            }
            None => None,
        }
    }

    fn get(&self, number: u64) -> &str {
        let at = usize::try_from(number).expect("a number that was given out");
        &self.list[at]
    }
}

fn take<'a>(rest: &mut &'a [u8], count: usize) -> &'a [u8] {
    let (head, tail) = rest.split_at(count);
    *rest = tail;
    head
}

/// Seven bits a byte, lowest first.
fn push_number(bytes: &mut Vec<u8>, mut number: u64) {
    while 0x80 <= number {
        bytes.push(number.to_le_bytes()[0] | 0x80);
        number >>= 7;
    }
    bytes.push(number.to_le_bytes()[0]);
}

fn take_number(rest: &mut &[u8]) -> u64 {
    let mut number = 0;
    let mut shift = 0;
    loop {
        let byte = take(rest, 1)[0];
        number |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return number;
        }
        shift += 7;
    }
}

/// Small magnitudes of either sign become small numbers.
fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)).cast_unsigned()
}

fn unzigzag(number: u64) -> i64 {
    (number >> 1).cast_signed() ^ -((number & 1).cast_signed())
}
