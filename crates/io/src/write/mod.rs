//! Results to files. A format is one file of this folder and one row of [`FORMATS`].
//!
//! The same rows give the same bytes: fixed batches and row groups, no clock, host or path, whatever the number of threads.

use std::io::{self, Write};

use cashline_core::table::{Cell, Schema};

mod csv;
mod held;
mod ndjson;
mod parquet;
mod text;

pub use csv::unguarded;
pub use held::{HeldTables, Key};
pub use text::{instant, real};

/// Takes the rows of one table in the order of the file.
pub trait TableWriter: Send {
    /// Appends a row: one cell for each column of the schema.
    ///
    /// # Errors
    ///
    /// [`io::Error`] of the file below, or `InvalidInput` when a cell does not fit its column.
    fn row(&mut self, cells: &[Cell<'_>]) -> io::Result<()>;

    /// Writes what is left. Does not sync.
    ///
    /// # Errors
    ///
    /// [`io::Error`] of the file below.
    fn finish(self: Box<Self>) -> io::Result<()>;
}

/// Opens a table of a format on a file.
pub type Open = for<'w> fn(&Schema, Box<dyn Write + Send + 'w>) -> io::Result<Box<dyn TableWriter + 'w>>;

/// A way in which tables are written. Adding one: a file in this folder, a row in [`FORMATS`].
#[derive(Clone, Copy, Debug)]
pub struct Format {
    /// What `--format` takes.
    pub name: &'static str,
    /// The file name's ending.
    pub extension: &'static str,
    /// One line for the docs.
    pub about: &'static str,
    /// Opens a table.
    pub open: Open,
}

/// All formats; the first is the default.
pub const FORMATS: &[Format] = &[
    Format {
        name: "csv",
        extension: "csv",
        about: "RFC 4180 with LF; null is empty; no text begins a formula",
        open: csv::open,
    },
    Format { name: "parquet", extension: "parquet", about: "typed columns, zstd", open: parquet::open },
    Format { name: "ndjson", extension: "ndjson", about: "one JSON object a line; null is null", open: ndjson::open },
];

/// The format of that name.
#[must_use]
pub fn format(name: &str) -> Option<&'static Format> {
    FORMATS.iter().find(|format| format.name == name)
}

/// A cell that does not fit its column, or a row of the wrong length: our own mistake, reported instead of written.
fn misfit(schema: &str, column: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, format!("table {schema}: a cell does not fit column {column}"))
}

#[cfg(test)]
mod tests;
