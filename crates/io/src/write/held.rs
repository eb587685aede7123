//! Result rows, held compactly until all are there and can be written in order.
//!
//! A row is a few bytes for each cell: repeated texts (names of attributes, bins, reasons) are interned, all others stand
//! inline. An application of the default card takes about a kilobyte.

use std::{borrow::Cow, io};

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

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Span {
    start: usize,
    end: usize,
}

/// The rows of several tables, by application.
#[derive(Debug)]
pub struct HeldTables {
    schemas: Vec<Schema>,
    bytes: Vec<Vec<u8>>,
    // One entry an application; `spans` holds one span a table for each of them.
    entries: Vec<(Key, u32)>,
    spans: Vec<Span>,
    names: Names,
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
        let bytes = schemas.iter().map(|_| vec![]).collect();
        HeldTables { schemas, bytes, entries: vec![], spans: vec![], names: Names::default() }
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

    /// Forgets all rows.
    pub fn clear(&mut self) {
        *self = HeldTables::new(std::mem::take(&mut self.schemas));
    }

    /// Takes the rows of one application: for each table its rows, in the order in which they shall stand.
    pub fn push(&mut self, key: Key, tables: &[Vec<Vec<Cell<'_>>>]) {
        assert_eq!(tables.len(), self.schemas.len(), "one list of rows for each table");
        let first = u32::try_from(self.spans.len()).expect("fewer than four billion tables of applications");
        for (table, rows) in tables.iter().enumerate() {
            let bytes = &mut self.bytes[table];
            let start = bytes.len();
            for row in rows {
                assert_eq!(row.len(), self.schemas[table].columns.len(), "as many cells as columns");
                for cell in row {
                    encode(bytes, cell, &mut self.names);
                }
            }
            self.spans.push(Span { start, end: bytes.len() });
        }
        self.entries.push((key, first));
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
    /// [`io::Error`] of the writer.
    pub fn write(&self, table: usize, writer: &mut dyn TableWriter) -> io::Result<u64> {
        let mut rows = 0;
        for (_, first) in &self.entries {
            rows += self.each(*first as usize, table, &mut |cells| writer.row(cells))?;
        }
        Ok(rows)
    }

    /// Hands on the rows of one table and application.
    fn each(&self, first: usize, table: usize, f: &mut dyn FnMut(&[Cell<'_>]) -> io::Result<()>) -> io::Result<u64> {
        let Span { start, end } = self.spans[first + table];
        let mut rest = &self.bytes[table][start..end];
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
