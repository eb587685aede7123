//! One JSON object a line, keys in the schema's order, every key in every line.

use std::io::{self, Write};

use cashline_core::table::{Cell, Kind, Schema};

use super::{TableWriter, misfit, text};

struct NdjsonTable<'w> {
    name: &'static str,
    // The key as it stands in the line, with quotes, colon and what separates it from the cell before.
    columns: Vec<(String, String, Kind)>,
    line: Vec<u8>,
    out: Box<dyn Write + Send + 'w>,
}

pub(super) fn open<'w>(schema: &Schema, out: Box<dyn Write + Send + 'w>) -> io::Result<Box<dyn TableWriter + 'w>> {
    let mut columns = vec![];
    for (at, column) in schema.columns.iter().enumerate() {
        let before = if at == 0 { "{" } else { "," };
        let key = format!("{before}{}:", serde_json::to_string(&column.name)?);
        columns.push((key, column.name.to_string(), column.kind));
    }
    Ok(Box::new(NdjsonTable { name: schema.name, columns, line: vec![], out }))
}

impl TableWriter for NdjsonTable<'_> {
    fn row(&mut self, cells: &[Cell<'_>]) -> io::Result<()> {
        if cells.len() != self.columns.len() {
            return Err(misfit(self.name, "count"));
        }
        for (cell, (key, name, kind)) in cells.iter().zip(&self.columns) {
            self.line.extend(key.as_bytes());
            match (cell, kind) {
                (Cell::Null, _) => self.line.extend(b"null"),
                (Cell::Text(value), Kind::Text) => serde_json::to_writer(&mut self.line, value)?,
                (Cell::Integer(value), Kind::Integer | Kind::Real) => write!(self.line, "{value}")?,
                (Cell::Real(value), Kind::Real) => self.line.extend(text::real(*value).as_bytes()),
                (Cell::Flag(value), Kind::Flag) => write!(self.line, "{value}")?,
                (Cell::Date(value), Kind::Date) => write!(self.line, "\"{value}\"")?,
                (Cell::Instant(value), Kind::Instant) => write!(self.line, "\"{}\"", text::instant(*value))?,
                _ => return Err(misfit(self.name, name)),
            }
        }
        self.line.extend(if self.columns.is_empty() { &b"{}\n"[..] } else { &b"}\n"[..] });
        self.out.write_all(&self.line)?;
        self.line.clear();
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> io::Result<()> {
        self.out.flush()
    }
}
