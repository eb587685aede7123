//! Parquet with flat, nullable columns: zstd, batches of 8,192 rows, row groups of 131,072, a pinned `created_by`.
//!
//! The crate below writes no page checksums (it only checks them); the manifest's SHA-256 covers every byte instead.

use std::{
    io::{self, Write},
    sync::{Arc, Mutex, PoisonError},
};

use arrow_array::{
    ArrayRef, RecordBatch,
    builder::{
        BooleanBuilder, Date32Builder, Float64Builder, Int64Builder, StringBuilder, TimestampMillisecondBuilder,
    },
};
use arrow_schema::{DataType, Field, Schema as ArrowSchema, TimeUnit};
use cashline_core::table::{Cell, Kind, Schema};
use parquet::{
    arrow::{ArrowWriter, arrow_writer::ArrowWriterOptions},
    basic::{Compression, ZstdLevel},
    file::properties::{WriterProperties, WriterVersion},
};

use super::{TableWriter, misfit};

/// Rows handed to the encoder at a time: fixed, so that chunks of the run leave no trace in the file.
const BATCH_ROWS: usize = 8_192;
/// Rows of a row group, a multiple of the batch.
const GROUP_ROWS: usize = 131_072;
const _: () = assert!(GROUP_ROWS.is_multiple_of(BATCH_ROWS));

/// Stands in every file in place of the library's version, so that an upgrade that writes the same says the same.
const CREATED_BY: &str = "cashline";

enum Builder {
    Text(StringBuilder),
    Integer(Int64Builder),
    Real(Float64Builder),
    Flag(BooleanBuilder),
    Date(Date32Builder),
    Instant(TimestampMillisecondBuilder),
}

impl Builder {
    fn new(kind: Kind) -> Builder {
        match kind {
            Kind::Text => Builder::Text(StringBuilder::new()),
            Kind::Integer => Builder::Integer(Int64Builder::new()),
            Kind::Real => Builder::Real(Float64Builder::new()),
            Kind::Flag => Builder::Flag(BooleanBuilder::new()),
            Kind::Date => Builder::Date(Date32Builder::new()),
            Kind::Instant => Builder::Instant(TimestampMillisecondBuilder::new().with_timezone("UTC")),
        }
    }

    /// False when the cell does not fit.
    fn push(&mut self, cell: &Cell<'_>) -> bool {
        match (self, cell) {
            (Builder::Text(builder), Cell::Null) => builder.append_null(),
            (Builder::Integer(builder), Cell::Null) => builder.append_null(),
            (Builder::Real(builder), Cell::Null) => builder.append_null(),
            (Builder::Flag(builder), Cell::Null) => builder.append_null(),
            (Builder::Date(builder), Cell::Null) => builder.append_null(),
            (Builder::Instant(builder), Cell::Null) => builder.append_null(),
            (Builder::Text(builder), Cell::Text(value)) => builder.append_value(value),
            (Builder::Integer(builder), Cell::Integer(value)) => builder.append_value(*value),
            (Builder::Real(builder), Cell::Real(value)) => builder.append_value(*value),
            (Builder::Real(builder), Cell::Integer(value)) => {
                #[expect(clippy::cast_precision_loss, reason = "amounts and counts stay below 2^53")]
                builder.append_value(*value as f64);
            }
            (Builder::Flag(builder), Cell::Flag(value)) => builder.append_value(*value),
            (Builder::Date(builder), Cell::Date(day)) => builder.append_value(day.0),
            (Builder::Instant(builder), Cell::Instant(seconds)) => builder.append_value(seconds.saturating_mul(1_000)),
            _ => return false,
        }
        true
    }

    fn take(&mut self) -> ArrayRef {
        match self {
            Builder::Text(builder) => Arc::new(builder.finish()),
            Builder::Integer(builder) => Arc::new(builder.finish()),
            Builder::Real(builder) => Arc::new(builder.finish()),
            Builder::Flag(builder) => Arc::new(builder.finish()),
            Builder::Date(builder) => Arc::new(builder.finish()),
            Builder::Instant(builder) => Arc::new(builder.finish()),
        }
    }
}

struct ParquetTable<'w> {
    name: &'static str,
    schema: Arc<ArrowSchema>,
    builders: Vec<Builder>,
    rows: usize,
    writer: ArrowWriter<Watched<'w>>,
    first: Arc<Mutex<Option<io::Error>>>,
}

pub(super) fn open<'w>(schema: &Schema, out: Box<dyn Write + Send + 'w>) -> io::Result<Box<dyn TableWriter + 'w>> {
    let fields: Vec<Field> =
        schema.columns.iter().map(|column| Field::new(column.name.as_ref(), data_type(column.kind), true)).collect();
    let arrow = Arc::new(ArrowSchema::new(fields));
    let level = ZstdLevel::try_new(3).map_err(io::Error::other)?;
    let properties = WriterProperties::builder()
        .set_created_by(CREATED_BY.to_owned())
        .set_writer_version(WriterVersion::PARQUET_1_0)
        .set_compression(Compression::ZSTD(level))
        .set_write_batch_size(BATCH_ROWS)
        .set_max_row_group_row_count(Some(GROUP_ROWS))
        .build();
    // Without the Arrow schema in the footer: it would only repeat the columns in the encoding of a library version.
    let options = ArrowWriterOptions::new().with_properties(properties).with_skip_arrow_metadata(true);
    let first = Arc::new(Mutex::new(None));
    let watched = Watched { out, first: Arc::clone(&first) };
    let writer = ArrowWriter::try_new_with_options(watched, Arc::clone(&arrow), options)
        .map_err(|error| explain(&first, error))?;
    let builders = schema.columns.iter().map(|column| Builder::new(column.kind)).collect();
    Ok(Box::new(ParquetTable { name: schema.name, schema: arrow, builders, rows: 0, writer, first }))
}

fn data_type(kind: Kind) -> DataType {
    match kind {
        Kind::Text => DataType::Utf8,
        Kind::Integer => DataType::Int64,
        Kind::Real => DataType::Float64,
        Kind::Flag => DataType::Boolean,
        Kind::Date => DataType::Date32,
        Kind::Instant => DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into())),
    }
}

/// The library turns errors of the file into texts; this keeps the first one, so that a full disk is seen as such.
struct Watched<'w> {
    out: Box<dyn Write + Send + 'w>,
    first: Arc<Mutex<Option<io::Error>>>,
}

impl Watched<'_> {
    fn note<T>(&self, outcome: io::Result<T>) -> io::Result<T> {
        outcome.map_err(|error| {
            let told = error.raw_os_error().map_or_else(|| error.kind().into(), io::Error::from_raw_os_error);
            let mut first = self.first.lock().unwrap_or_else(PoisonError::into_inner);
            first.get_or_insert(error);
            told
        })
    }
}

impl Write for Watched<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let outcome = self.out.write(bytes);
        self.note(outcome)
    }

    fn flush(&mut self) -> io::Result<()> {
        let outcome = self.out.flush();
        self.note(outcome)
    }
}

/// The file's own error when there is one, else the library's.
fn explain(first: &Mutex<Option<io::Error>>, error: parquet::errors::ParquetError) -> io::Error {
    let own = first.lock().unwrap_or_else(PoisonError::into_inner).take();
    own.unwrap_or_else(|| io::Error::other(error))
}

impl ParquetTable<'_> {
    fn encode(&mut self) -> io::Result<()> {
        if self.rows == 0 {
            return Ok(());
        }
        let arrays = self.builders.iter_mut().map(Builder::take).collect();
        let batch = RecordBatch::try_new(Arc::clone(&self.schema), arrays).map_err(io::Error::other)?;
        self.rows = 0;
        self.writer.write(&batch).map_err(|error| explain(&self.first, error))
    }
}

impl TableWriter for ParquetTable<'_> {
    fn row(&mut self, cells: &[Cell<'_>]) -> io::Result<()> {
        if cells.len() != self.builders.len() {
            return Err(misfit(self.name, "count"));
        }
        for (at, (builder, cell)) in self.builders.iter_mut().zip(cells).enumerate() {
            if !builder.push(cell) {
                return Err(misfit(self.name, self.schema.field(at).name()));
            }
        }
        self.rows += 1;
        if self.rows == BATCH_ROWS { self.encode() } else { Ok(()) }
    }

    fn finish(mut self: Box<Self>) -> io::Result<()> {
        self.encode()?;
        let first = self.first;
        let mut out = self.writer.into_inner().map_err(|error| explain(&first, error))?;
        out.flush()
    }
}
