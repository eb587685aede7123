//! CSV as RFC 4180 has it, with LF: null is an empty cell, empty text is `""`.
//!
//! A text that a spreadsheet would take for a formula gets an apostrophe before it, and so does one that would look as if it had
//! got one: two texts never become one, and [`unguarded`] gives each back. Ids may begin like that (`-app_1`): whoever reads what
//! stands here takes the apostrophe off. Numbers are exempt.

use std::io::{self, Write};

use cashline_core::table::{Cell, Kind, Schema};

use super::{TableWriter, misfit, text};

struct CsvTable<'w> {
    name: &'static str,
    columns: Vec<(String, Kind)>,
    line: Vec<u8>,
    out: Box<dyn Write + Send + 'w>,
}

pub(super) fn open<'w>(schema: &Schema, out: Box<dyn Write + Send + 'w>) -> io::Result<Box<dyn TableWriter + 'w>> {
    let columns = schema.columns.iter().map(|column| (column.name.to_string(), column.kind)).collect();
    let mut table = CsvTable { name: schema.name, columns, line: vec![], out };
    let names: Vec<String> = schema.columns.iter().map(|column| column.name.to_string()).collect();
    for (at, name) in names.iter().enumerate() {
        table.separate(at);
        push_text(&mut table.line, name);
    }
    table.end()?;
    Ok(Box::new(table))
}

impl CsvTable<'_> {
    fn separate(&mut self, at: usize) {
        if 0 < at {
            self.line.push(b',');
        }
    }

    fn end(&mut self) -> io::Result<()> {
        self.line.push(b'\n');
        self.out.write_all(&self.line)?;
        self.line.clear();
        Ok(())
    }
}

impl TableWriter for CsvTable<'_> {
    fn row(&mut self, cells: &[Cell<'_>]) -> io::Result<()> {
        if cells.len() != self.columns.len() {
            return Err(misfit(self.name, "count"));
        }
        for (at, cell) in cells.iter().enumerate() {
            self.separate(at);
            match (cell, self.columns[at].1) {
                (Cell::Null, _) => {}
                (Cell::Text(value), Kind::Text) => push_text(&mut self.line, value),
                (Cell::Integer(value), Kind::Integer | Kind::Real) => write!(self.line, "{value}")?,
                (Cell::Real(value), Kind::Real) => self.line.extend(text::real(*value).as_bytes()),
                (Cell::Flag(value), Kind::Flag) => write!(self.line, "{value}")?,
                (Cell::Date(value), Kind::Date) => write!(self.line, "{value}")?,
                (Cell::Instant(value), Kind::Instant) => self.line.extend(text::instant(*value).as_bytes()),
                _ => return Err(misfit(self.name, &self.columns[at].0)),
            }
        }
        self.end()
    }

    fn finish(mut self: Box<Self>) -> io::Result<()> {
        self.out.flush()
    }
}

/// True when a spreadsheet may run the text: the OWASP list, with the full-width forms that some of them fold.
fn begins_formula(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '\0', '＝', '＋', '－', '＠'])
}

/// True for a text that is written behind an apostrophe. Apostrophes before a formula count, so that one more can be told from
/// those of the text.
fn wants_guard(text: &str) -> bool {
    begins_formula(text.trim_start_matches('\''))
}

/// The text of a cell of our CSV, without the apostrophe that keeps spreadsheets from running it.
#[must_use]
pub fn unguarded(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|text| wants_guard(text)).unwrap_or(cell)
}

fn push_text(line: &mut Vec<u8>, text: &str) {
    let guard = wants_guard(text);
    let quote = text.is_empty() || text.contains(['"', ',', '\n', '\r']);
    if quote {
        line.push(b'"');
    }
    if guard {
        line.push(b'\'');
    }
    for byte in text.bytes() {
        match byte {
            b'"' => line.extend(b"\"\""),
            // NUL ends the text for many readers; nothing of ours holds one.
            0 => line.extend("\u{fffd}".as_bytes()),
            _ => line.push(byte),
        }
    }
    if quote {
        line.push(b'"');
    }
}
