//! Exports in Stripe's shapes, written row by row in every layout that [`crate::read`] reads: for samples, tests and
//! benches. A layout is one row of [`EXPORTS`].

mod csv;
mod damage;
mod json;
mod object;
mod parquet;
mod sink;

use std::path::{Path, PathBuf};

pub use damage::{Damage, Damaged};
pub use object::{AccountObject, ApplicationObject, BalanceObject, TransactionObject};

use crate::{error::Error, read::Packing};
use csv::CsvFile;
use json::{Framing, JsonFile};
use parquet::ParquetFile;
use sink::Sink;

/// What kind of file a layout makes of transactions.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Family {
    /// One JSON object a line.
    JsonLines,
    /// JSON documents that span lines.
    JsonDocuments,
    /// CSV.
    Csv,
    /// Parquet.
    Parquet,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Shape {
    Json(Framing, Framing),
    Csv(csv::Dialect),
    Parquet(parquet::Dialect),
}

/// A way to lay out an export.
#[derive(Clone, Copy, Debug)]
pub struct ExportLayout {
    /// The name that `--layout` takes.
    pub name: &'static str,
    /// One line for the docs: whose habits it follows.
    pub about: &'static str,
    /// What kind of file it makes of transactions.
    pub family: Family,
    shape: Shape,
}

const fn layout(name: &'static str, family: Family, shape: Shape, about: &'static str) -> ExportLayout {
    ExportLayout { name, about, family, shape }
}

/// All layouts.
pub const EXPORTS: &[ExportLayout] = &[
    layout("ndjson", Family::JsonLines, Shape::Json(Framing::Lines, Framing::Lines), "one object a line"),
    layout(
        "pages",
        Family::JsonDocuments,
        Shape::Json(Framing::Pages, Framing::Pages),
        "list envelopes of the API back to back, 100 rows a page, a page of one account",
    ),
    layout("array", Family::JsonDocuments, Shape::Json(Framing::Array, Framing::Array), "one JSON array of objects"),
    layout(
        "events",
        Family::JsonLines,
        Shape::Json(Framing::Events, Framing::Lines),
        "accounts as snapshot events (created, refreshed_balance); events never carry transactions: one object a line",
    ),
    layout(
        "csv-pandas",
        Family::Csv,
        Shape::Csv(csv::Dialect::Pandas),
        "json_normalize: dotted columns, floats for nullable integers, True, Python lists",
    ),
    layout(
        "csv-underscore",
        Family::Csv,
        Shape::Csv(csv::Dialect::Underscore),
        "warehouse tools: underscore columns, plain integers, JSON lists",
    ),
    layout("csv-duckdb", Family::Csv, Shape::Csv(csv::Dialect::DuckDb), "DuckDB: structs and lists as text in cells"),
    layout(
        "parquet",
        Family::Parquet,
        Shape::Parquet(parquet::Dialect::Struct),
        "pyarrow: structs, currency maps as structs with one field per currency",
    ),
    layout("parquet-duckdb", Family::Parquet, Shape::Parquet(parquet::Dialect::DuckDb), "DuckDB: amount is DOUBLE"),
    layout("parquet-map", Family::Parquet, Shape::Parquet(parquet::Dialect::Map), "structs, currency maps as maps"),
    layout(
        "parquet-flat",
        Family::Parquet,
        Shape::Parquet(parquet::Dialect::Flat),
        "pandas: dotted column names, nullable integers as DOUBLE",
    ),
];

/// The layout of that name.
#[must_use]
pub fn export_layout(name: &str) -> Option<&'static ExportLayout> {
    EXPORTS.iter().find(|layout| layout.name == name)
}

/// How an export is written.
#[derive(Clone, Copy, Debug)]
pub struct ExportOptions {
    /// Its layout.
    pub layout: &'static ExportLayout,
    /// Plain, gzip or zstd; Parquet compresses inside and ignores it.
    pub packing: Packing,
    /// Whether `applications.csv` gets a column `outcome`.
    pub outcome: bool,
}

#[derive(Debug)]
enum TableFile {
    Json(JsonFile),
    Csv(CsvFile),
    Parquet(Box<ParquetFile>),
}

/// An export being written: `applications.csv`, accounts and transactions in a directory that exists.
///
/// Memory stays constant: rows go out as they come. Rows of one account should come together, as the API lists them.
#[derive(Debug)]
pub struct Exporter {
    applications: Sink,
    accounts: TableFile,
    transactions: TableFile,
    transactions_name: String,
    family: Family,
    outcome: bool,
    damaged: Vec<Damaged>,
}

/// What was written.
#[derive(Clone, Debug)]
pub struct Exported {
    /// `applications.csv`.
    pub applications: PathBuf,
    /// The accounts, with their balances.
    pub accounts: PathBuf,
    /// The transactions.
    pub transactions: PathBuf,
    /// The rows spoiled on purpose, in the order of their lines.
    pub damaged: Vec<Damaged>,
}

impl Exporter {
    /// Opens the three files of an export.
    ///
    /// # Errors
    ///
    /// [`Error::Write`] when a file cannot be made.
    pub fn create(dir: &Path, options: &ExportOptions) -> Result<Exporter, Error> {
        let packing = options.packing;
        let file = |table: &str, extension: &str| format!("{table}.{extension}");
        let (accounts, transactions, extension) = match options.layout.shape {
            Shape::Json(of_accounts, of_transactions) => {
                let extension = if options.layout.family == Family::JsonLines { "ndjson" } else { "json" };
                let open = |table| Sink::create(dir, &file(table, extension), packing);
                (
                    TableFile::Json(JsonFile::new(open("accounts")?, of_accounts, "accounts")),
                    TableFile::Json(JsonFile::new(open("transactions")?, of_transactions, "transactions")),
                    extension,
                )
            }
            Shape::Csv(dialect) => {
                let open = |table| Sink::create(dir, &file(table, "csv"), packing);
                (
                    TableFile::Csv(CsvFile::accounts(open("accounts")?, dialect)?),
                    TableFile::Csv(CsvFile::transactions(open("transactions")?, dialect)?),
                    "csv",
                )
            }
            Shape::Parquet(dialect) => {
                let path = |table| dir.join(file(table, "parquet"));
                (
                    TableFile::Parquet(Box::new(ParquetFile::accounts(path("accounts"), dialect)?)),
                    TableFile::Parquet(Box::new(ParquetFile::transactions(path("transactions"), dialect)?)),
                    "parquet",
                )
            }
        };
        let mut applications = Sink::create(dir, "applications.csv", Packing::Plain)?;
        applications.write(
            b"application_id,applicant_id,as_of,role,requested_amount,term_months,instalment_amount,stated_income,currency",
        )?;
        applications.write(if options.outcome { b",outcome\n" } else { b"\n" })?;
        let suffix = if options.layout.family == Family::Parquet { "" } else { sink::suffix(packing) };
        Ok(Exporter {
            applications,
            accounts,
            transactions,
            transactions_name: format!("transactions.{extension}{suffix}"),
            family: options.layout.family,
            outcome: options.outcome,
            damaged: Vec::new(),
        })
    }

    /// Writes an application.
    ///
    /// # Errors
    ///
    /// [`Error::Write`] when the disk refuses.
    pub fn application(&mut self, row: &ApplicationObject) -> Result<(), Error> {
        let number = |value: Option<i64>| value.map_or(String::new(), |value| value.to_string());
        let mut line = format!(
            "{},{},{},{},{},{},{},{},{}",
            row.application_id,
            row.applicant_id,
            row.as_of,
            object::role_text(row.role),
            number(row.requested_amount),
            number(row.term_months.map(i64::from)),
            number(row.instalment_amount),
            number(row.stated_income),
            row.currency
        );
        if self.outcome {
            line.push(',');
            line.push_str(&number(row.outcome.map(i64::from)));
        }
        line.push('\n');
        self.applications.write(line.as_bytes())
    }

    /// Writes an account.
    ///
    /// # Errors
    ///
    /// [`Error::Write`] when the disk refuses.
    pub fn account(&mut self, row: &AccountObject) -> Result<(), Error> {
        match &mut self.accounts {
            TableFile::Json(file) => file.account(row),
            TableFile::Csv(file) => file.account(row),
            TableFile::Parquet(file) => file.account(row),
        }
    }

    /// Writes a transaction.
    ///
    /// # Errors
    ///
    /// [`Error::Write`] when the disk refuses.
    pub fn transaction(&mut self, row: &TransactionObject) -> Result<(), Error> {
        self.put(row, None).map(|_| ())
    }

    /// Writes a spoiled transaction and notes where it stands; a damage that the layout cannot hold is not done.
    ///
    /// # Errors
    ///
    /// [`Error::Write`] when the disk refuses.
    pub fn damaged(&mut self, row: &TransactionObject, damage: Damage) -> Result<(), Error> {
        if !damage.fits(self.family) {
            return self.transaction(row);
        }
        let line = self.put(row, Some(damage))?;
        self.note(line, damage);
        if damage == Damage::ConflictingDuplicate {
            let twin = TransactionObject { amount: row.amount.saturating_add(1), ..row.clone() };
            let line = self.put(&twin, None)?;
            self.note(line, damage);
        }
        Ok(())
    }

    fn put(&mut self, row: &TransactionObject, damage: Option<Damage>) -> Result<u64, Error> {
        match &mut self.transactions {
            TableFile::Json(file) => file.transaction(row, damage),
            TableFile::Csv(file) => file.transaction(row, damage),
            TableFile::Parquet(file) => file.transaction(row, damage),
        }
    }

    fn note(&mut self, line: u64, damage: Damage) {
        let (kind, column) = damage.defect(self.family);
        self.damaged.push(Damaged { file: self.transactions_name.clone(), line, damage, kind, column });
    }

    /// Ends the files.
    ///
    /// # Errors
    ///
    /// [`Error::Write`] when the disk refuses.
    pub fn finish(self) -> Result<Exported, Error> {
        let end = |file| match file {
            TableFile::Json(file) => file.finish()?.finish(),
            TableFile::Csv(file) => file.finish().finish(),
            TableFile::Parquet(file) => file.finish(),
        };
        Ok(Exported {
            applications: self.applications.finish()?,
            accounts: end(self.accounts)?,
            transactions: end(self.transactions)?,
            damaged: self.damaged,
        })
    }
}

#[cfg(test)]
mod tests;
