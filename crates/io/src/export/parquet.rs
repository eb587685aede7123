//! Parquet as pyarrow, DuckDB and pandas write it, and with currency maps.

use std::{fs::File, path::PathBuf, sync::Arc};

use arrow_array::{
    Array, ArrayRef, BooleanArray, Float64Array, Int64Array, ListArray, MapArray, RecordBatch, StringArray,
    StructArray,
    builder::{
        BooleanBuilder, Float64Builder, Int64Builder, ListBuilder, MapBuilder, NullBufferBuilder, StringBuilder,
    },
};
use arrow_schema::{ArrowError, DataType, Field, Fields, Schema};
use parquet::{
    arrow::ArrowWriter,
    basic::{Compression, ZstdLevel},
    errors::ParquetError,
    file::properties::WriterProperties,
    schema::types::ColumnPath,
};
use serde_json::Value;

use super::{
    csv::{ACCOUNT_NESTED, lookup},
    damage::Damage,
    json::account_fields,
    object::{AccountObject, TransactionObject, status_text},
};
use crate::error::Error;

/// Rows of a batch handed to the writer.
const BATCH_ROWS: usize = 16_384;
/// Rows of a row group: what stays in memory.
const GROUP_ROWS: usize = 262_144;

/// Whose habits a Parquet file has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Dialect {
    /// Structs, with one field per currency.
    Struct,
    /// The same, and `amount` is DOUBLE (DuckDB infers HUGEINT when both signs occur).
    DuckDb,
    /// Structs, with a map from currency to amount.
    Map,
    /// Columns whose names contain dots; nullable integers are DOUBLE.
    Flat,
}

/// A Parquet file being written.
pub(super) struct ParquetFile {
    path: PathBuf,
    dialect: Dialect,
    writer: ArrowWriter<File>,
    transactions: Columns,
    accounts: Vec<Vec<(&'static str, Value)>>,
    schema: Arc<Schema>,
    rows: u64,
}

#[derive(Default)]
struct Columns {
    id: StringBuilder,
    object: StringBuilder,
    account: StringBuilder,
    amount: Vec<Option<i64>>,
    currency: StringBuilder,
    description: StringBuilder,
    livemode: BooleanBuilder,
    status: StringBuilder,
    transacted_at: Int64Builder,
    refresh: StringBuilder,
    updated: Int64Builder,
    posted_at: Vec<Option<i64>>,
    void_at: Vec<Option<i64>>,
}

impl ParquetFile {
    /// Starts the table of transactions.
    pub(super) fn transactions(path: PathBuf, dialect: Dialect) -> Result<ParquetFile, Error> {
        ParquetFile::create(path, dialect, transaction_schema(dialect))
    }

    /// Starts the table of accounts.
    pub(super) fn accounts(path: PathBuf, dialect: Dialect) -> Result<ParquetFile, Error> {
        ParquetFile::create(path, dialect, account_schema(dialect))
    }

    fn create(path: PathBuf, dialect: Dialect, schema: Schema) -> Result<ParquetFile, Error> {
        let file = File::create(&path).map_err(|source| Error::Write { path: path.clone(), source })?;
        let unique = |name: &str| ColumnPath::new(vec![name.to_owned()]);
        // Ids and descriptions hardly repeat: a dictionary of them only costs time.
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_max_row_group_row_count(Some(GROUP_ROWS))
            .set_column_dictionary_enabled(unique("id"), false)
            .set_column_dictionary_enabled(unique("description"), false)
            .build();
        let schema = Arc::new(schema);
        let writer =
            ArrowWriter::try_new(file, Arc::clone(&schema), Some(properties)).map_err(|error| failed(&path, error))?;
        let (transactions, accounts) = (Columns::default(), Vec::new());
        Ok(ParquetFile { path, dialect, writer, transactions, accounts, schema, rows: 0 })
    }

    /// Writes a transaction and returns its row number, from 1.
    pub(super) fn transaction(&mut self, row: &TransactionObject, damage: Option<Damage>) -> Result<u64, Error> {
        self.transactions.push(row, damage);
        self.rows += 1;
        if self.transactions.amount.len() == BATCH_ROWS {
            self.flush_transactions()?;
        }
        Ok(self.rows)
    }

    /// Writes an account.
    pub(super) fn account(&mut self, row: &AccountObject) -> Result<(), Error> {
        self.accounts.push(account_fields(row));
        self.rows += 1;
        if self.accounts.len() == BATCH_ROWS { self.flush_accounts() } else { Ok(()) }
    }

    fn flush_transactions(&mut self) -> Result<(), Error> {
        let columns = std::mem::take(&mut self.transactions).finish(self.dialect);
        self.write(columns)
    }

    fn flush_accounts(&mut self) -> Result<(), Error> {
        let rows = std::mem::take(&mut self.accounts);
        let column = |field: &Arc<Field>| {
            let cells: Vec<Option<&Value>> = match self.dialect {
                Dialect::Flat => rows.iter().map(|row| lookup(row, field.name())).collect(),
                _ => {
                    rows.iter().map(|row| row.iter().find(|(key, _)| key == field.name()).map(|cell| &cell.1)).collect()
                }
            };
            array(field.data_type(), &cells)
        };
        let columns: Result<Vec<ArrayRef>, ArrowError> = self.schema.fields().iter().map(column).collect();
        self.write(columns)
    }

    fn write(&mut self, columns: Result<Vec<ArrayRef>, ArrowError>) -> Result<(), Error> {
        let batch = columns
            .and_then(|columns| RecordBatch::try_new(Arc::clone(&self.schema), columns))
            .map_err(|error| failed(&self.path, ParquetError::from(error)))?;
        self.writer.write(&batch).map_err(|error| failed(&self.path, error))
    }

    /// Writes the footer.
    pub(super) fn finish(mut self) -> Result<PathBuf, Error> {
        if !self.transactions.amount.is_empty() {
            self.flush_transactions()?;
        }
        if !self.accounts.is_empty() {
            self.flush_accounts()?;
        }
        self.writer.close().map_err(|error| failed(&self.path, error))?;
        Ok(self.path)
    }
}

impl std::fmt::Debug for ParquetFile {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("ParquetFile")
            .field("path", &self.path)
            .field("dialect", &self.dialect)
            .finish_non_exhaustive()
    }
}

fn failed(path: &std::path::Path, error: ParquetError) -> Error {
    Error::Write { path: path.to_path_buf(), source: std::io::Error::other(error) }
}

impl Columns {
    fn push(&mut self, row: &TransactionObject, damage: Option<Damage>) {
        self.id.append_value(&row.id);
        self.object.append_value("financial_connections.transaction");
        self.account.append_value(&row.account);
        self.amount.push((damage != Some(Damage::MissingColumn)).then_some(row.amount));
        self.currency.append_value(if damage == Some(Damage::BadCurrency) { "us$" } else { row.currency.as_str() });
        match damage {
            Some(Damage::Nul) => self.description.append_value(format!("\0{}", row.description)),
            _ => self.description.append_value(&row.description),
        }
        self.livemode.append_value(row.livemode);
        let unknown = damage == Some(Damage::UnknownStatus);
        self.status.append_value(if unknown { "settled" } else { status_text(row.status) });
        let scale = if damage == Some(Damage::Milliseconds) { 1_000 } else { 1 };
        self.transacted_at.append_value(row.transacted_at.saturating_mul(scale));
        self.refresh.append_value(&row.transaction_refresh);
        self.updated.append_value(row.updated);
        self.posted_at.push(row.posted_at);
        self.void_at.push(row.void_at);
    }

    /// The columns in the order of [`transaction_schema`].
    fn finish(mut self, dialect: Dialect) -> Result<Vec<ArrayRef>, ArrowError> {
        let amount: ArrayRef = match dialect {
            Dialect::DuckDb => Arc::new(doubles(&self.amount)),
            _ => Arc::new(Int64Array::from(self.amount)),
        };
        let mut columns: Vec<ArrayRef> = vec![
            Arc::new(self.id.finish()),
            Arc::new(self.object.finish()),
            Arc::new(self.account.finish()),
            amount,
            Arc::new(self.currency.finish()),
            Arc::new(self.description.finish()),
            Arc::new(self.livemode.finish()),
            Arc::new(self.status.finish()),
        ];
        let rest: [ArrayRef; 3] =
            [Arc::new(self.transacted_at.finish()), Arc::new(self.refresh.finish()), Arc::new(self.updated.finish())];
        if dialect == Dialect::Flat {
            columns.extend(rest);
            columns.push(Arc::new(doubles(&self.posted_at)));
            columns.push(Arc::new(doubles(&self.void_at)));
        } else {
            let times: Vec<ArrayRef> =
                vec![Arc::new(Int64Array::from(self.posted_at)), Arc::new(Int64Array::from(self.void_at))];
            columns.push(Arc::new(StructArray::try_new(times_fields(), times, None)?));
            columns.extend(rest);
        }
        Ok(columns)
    }
}

#[expect(clippy::cast_precision_loss, reason = "amounts and times stay below 2^53")]
fn doubles(values: &[Option<i64>]) -> Float64Array {
    values.iter().map(|value| value.map(|value| value as f64)).collect()
}

fn times_fields() -> Fields {
    Fields::from(vec![int("posted_at"), int("void_at")])
}

fn text(name: &str) -> Field {
    Field::new(name, DataType::Utf8, true)
}

fn int(name: &str) -> Field {
    Field::new(name, DataType::Int64, true)
}

fn double(name: &str) -> Field {
    Field::new(name, DataType::Float64, true)
}

fn group(name: &str, fields: Vec<Field>) -> Field {
    Field::new(name, DataType::Struct(Fields::from(fields)), true)
}

fn texts(name: &str) -> Field {
    Field::new(name, DataType::List(Arc::new(Field::new("element", DataType::Utf8, true))), true)
}

fn transaction_schema(dialect: Dialect) -> Schema {
    let amount = if dialect == Dialect::DuckDb { double("amount") } else { int("amount") };
    let mut fields = vec![
        text("id"),
        text("object"),
        text("account"),
        amount,
        text("currency"),
        text("description"),
        Field::new("livemode", DataType::Boolean, true),
        text("status"),
    ];
    let rest = [int("transacted_at"), text("transaction_refresh"), int("updated")];
    if dialect == Dialect::Flat {
        fields.extend(rest);
        fields.extend([double("status_transitions.posted_at"), double("status_transitions.void_at")]);
    } else {
        fields.push(Field::new("status_transitions", DataType::Struct(times_fields()), true));
        fields.extend(rest);
    }
    Schema::new(fields)
}

/// A currency map: a struct with one field per currency, or a map.
fn money(name: &str, dialect: Dialect) -> Field {
    if dialect != Dialect::Map {
        return group(name, vec![int("usd")]);
    }
    let entry = Fields::from(vec![Field::new("key", DataType::Utf8, false), int("value")]);
    let entries = Field::new("key_value", DataType::Struct(entry), false);
    Field::new(name, DataType::Map(Arc::new(entries), false), true)
}

fn refresh(name: &str, dialect_id: &[Field]) -> Field {
    let mut fields = dialect_id.to_vec();
    fields.extend([int("last_attempted_at"), int("next_refresh_available_at"), text("status")]);
    group(name, fields)
}

fn account_schema(dialect: Dialect) -> Schema {
    let livemode = Field::new("livemode", DataType::Boolean, true);
    if dialect == Dialect::Flat {
        let mut fields = vec![
            text("id"),
            text("object"),
            text("category"),
            int("created"),
            text("display_name"),
            text("institution_name"),
            text("last4"),
            livemode,
            texts("permissions"),
            text("status"),
            text("subcategory"),
            texts("subscriptions"),
            texts("supported_payment_method_types"),
        ];
        fields.extend(ACCOUNT_NESTED.iter().map(|name| {
            let is_text = [".status", ".type", ".id", "r.account", ".customer", ".customer_account"]
                .iter()
                .any(|end| name.ends_with(end));
            if is_text { text(name) } else { double(name) }
        }));
        return Schema::new(fields);
    }
    let balance = vec![
        int("as_of"),
        group("cash", vec![money("available", dialect)]),
        group("credit", vec![money("used", dialect)]),
        money("current", dialect),
        text("type"),
    ];
    Schema::new(vec![
        text("id"),
        text("object"),
        group("account_holder", vec![text("account"), text("customer"), text("customer_account"), text("type")]),
        group("balance", balance),
        refresh("balance_refresh", &[]),
        text("category"),
        int("created"),
        text("display_name"),
        text("institution_name"),
        text("last4"),
        livemode,
        texts("permissions"),
        text("status"),
        text("subcategory"),
        texts("subscriptions"),
        texts("supported_payment_method_types"),
        refresh("transaction_refresh", &[text("id")]),
    ])
}

/// Builds a column of any type above from JSON values; null and absent are null.
fn array(kind: &DataType, cells: &[Option<&Value>]) -> Result<ArrayRef, ArrowError> {
    let present = |cell: &Option<&Value>| cell.is_some_and(|value| !value.is_null());
    Ok(match kind {
        DataType::Utf8 => Arc::new(cells.iter().map(|cell| cell.and_then(Value::as_str)).collect::<StringArray>()),
        DataType::Boolean => Arc::new(cells.iter().map(|cell| cell.and_then(Value::as_bool)).collect::<BooleanArray>()),
        DataType::Int64 => Arc::new(cells.iter().map(|cell| cell.and_then(Value::as_i64)).collect::<Int64Array>()),
        DataType::Float64 => {
            let mut out = Float64Builder::new();
            cells.iter().for_each(|cell| out.append_option(cell.and_then(Value::as_f64)));
            Arc::new(out.finish())
        }
        DataType::Struct(fields) => {
            let mut nulls = NullBufferBuilder::new(cells.len());
            cells.iter().for_each(|cell| nulls.append(present(cell)));
            let children: Result<Vec<ArrayRef>, ArrowError> = fields
                .iter()
                .map(|field| {
                    let inner: Vec<Option<&Value>> =
                        cells.iter().map(|cell| cell.and_then(|value| value.get(field.name()))).collect();
                    array(field.data_type(), &inner)
                })
                .collect();
            Arc::new(StructArray::try_new(fields.clone(), children?, nulls.finish())?)
        }
        DataType::List(_) => Arc::new(lists(cells)),
        DataType::Map(entries, _) => Arc::new(maps(entries, cells)?),
        other => return Err(ArrowError::NotYetImplemented(other.to_string())),
    })
}

fn lists(cells: &[Option<&Value>]) -> ListArray {
    let mut out = ListBuilder::new(StringBuilder::new()).with_field(Field::new("element", DataType::Utf8, true));
    for cell in cells {
        let items = cell.and_then(Value::as_array);
        for item in items.into_iter().flatten() {
            out.values().append_option(item.as_str());
        }
        out.append(items.is_some());
    }
    out.finish()
}

fn maps(entries: &Arc<Field>, cells: &[Option<&Value>]) -> Result<MapArray, ArrowError> {
    let mut out = MapBuilder::new(None, StringBuilder::new(), Int64Builder::new());
    for cell in cells {
        let map = cell.and_then(Value::as_object);
        for (key, value) in map.into_iter().flatten() {
            out.keys().append_value(key);
            out.values().append_option(value.as_i64());
        }
        out.append(map.is_some())?;
    }
    let built = out.finish();
    // The builder names its fields in its own way; the schema's names are Parquet's.
    let DataType::Struct(fields) = entries.data_type() else {
        return Err(ArrowError::SchemaError("a map needs a struct of entries".to_owned()));
    };
    let columns = vec![Arc::clone(built.keys()), Arc::clone(built.values())];
    let pairs = StructArray::try_new(fields.clone(), columns, None)?;
    MapArray::try_new(Arc::clone(entries), built.offsets().clone(), pairs, built.nulls().cloned(), false)
}
