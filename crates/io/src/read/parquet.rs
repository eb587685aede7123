//! Parquet tables: struct and list columns as pyarrow, DuckDB and Spark write them, or the flattened frame of pandas.
//!
//! Struct columns are flattened to dotted leaves, so that one plan serves CSV and Parquet. The footer is held to limits
//! before anything is decoded; the decoder still panics on some malformed files, so every call into it is caught.

use std::{
    collections::BTreeMap,
    fs::File,
    panic::{AssertUnwindSafe, catch_unwind},
};

use arrow_array::{
    Array, ArrayRef, BooleanArray, Date32Array, Float64Array, Int64Array, RecordBatch, StringArray, cast::AsArray,
    types,
};
use arrow_buffer::NullBuffer;
use arrow_cast::{CastOptions, cast_with_options};
use arrow_schema::{DataType, Fields, TimeUnit};
use cashline_core::{
    defect::{Defect, DefectKind, Source},
    time::Day,
};
use parquet::{
    arrow::{
        ProjectionMask,
        arrow_reader::{ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder},
    },
    file::metadata::ParquetMetaData,
};

use crate::{
    error::Error,
    read::{
        Detected, Facts, Head, InputFile, Item, Layout, ReadOptions, Sink,
        cell::Cell,
        csv, json,
        nested::Nested,
        open, owners,
        scan::COLUMNS_MAX,
        table::{Plan, Request},
        tables::Nature,
    },
};

/// The layout's row in [`crate::read::LAYOUTS`].
pub(crate) const LAYOUT: Layout = Layout {
    name: "parquet",
    arises: "written by pyarrow, DuckDB, Spark or polars with structs, lists or maps, from a flattened pandas frame, or \
             with the object as JSON in `_raw`, `data` or `payload`",
    detect,
    read,
};

/// Rows of a batch.
const BATCH_ROWS: usize = 8_192;
/// Most rows of a row group; common writers stop at 122,880 to 1,048,576.
const GROUP_ROWS_MAX: i64 = 1 << 24;
/// Most unpacked bytes of one column of one row group.
const CHUNK_BYTES_MAX: i64 = 4 << 30;
/// Most unpacked bytes for each byte of the file, once the file passes [`UNPACKED_FREE_BYTES`].
const UNPACK_RATIO_MAX: i64 = 1_000;
/// Up to here any ratio is fine.
const UNPACKED_FREE_BYTES: i64 = 64 << 20;

fn detect(head: &Head<'_>, _: &ReadOptions) -> Detected {
    if head.bytes.starts_with(b"PAR1") {
        Detected::Yes(None)
    } else if head.bytes.starts_with(b"PARE") {
        Detected::Refused("is Parquet with an encrypted footer: export it without encryption".to_owned())
    } else {
        Detected::No
    }
}

fn read(file: &InputFile, options: &ReadOptions, sink: &mut Sink<'_>) -> Result<Facts, Error> {
    let unusable = |message: String| Error::Unusable { path: file.path.clone(), message };
    let facts = open::digest(&file.path)?;
    let handle = File::open(&file.path).map_err(|source| Error::Read { path: file.path.clone(), source })?;
    let bytes = i64::try_from(facts.bytes).unwrap_or(i64::MAX);
    let table = Opened::new(handle, bytes, file, options).map_err(unusable)?;
    let mut reader = table.reader;
    let mut row = 0_u64;
    let mut lists = BTreeMap::new();
    loop {
        let next = caught(|| reader.next().transpose().map_err(|error| damaged(&error))).and_then(|batch| batch);
        let Some(batch) = next.map_err(unusable)? else { break };
        let columns = Columns::new(&batch, &table.leaves, &table.wanted).map_err(unusable)?;
        for at in 0..batch.num_rows() {
            row += 1;
            let source = Source { file: file.index, line: row };
            match &table.rows {
                Rows::Table { plan, trees } => {
                    match trees.iter().map(|leaf| columns.tree(*leaf, at)).collect::<Result<Vec<Nested<'_>>, usize>>() {
                        Ok(trees) => plan.emit(|leaf| columns.cell(leaf, at), &trees, source, sink)?,
                        Err(leaf) => columns.bad_tree(leaf, at, plan, source, sink)?,
                    }
                }
                Rows::Owners => sink(Item::Ignored("owner"))?,
                Rows::Objects { leaf, refusal } => match columns.cell(*leaf, at) {
                    // The column's name alone promises little: a first text that is no object speaks for a table.
                    Cell::Text(text) if row == 1 && !text.trim_ascii_start().starts_with('{') => {
                        return Err(unusable(refusal.clone()));
                    }
                    Cell::Text(text) => json::read_object_text(text, "payload", source, options, &mut lists, sink)?,
                    _ => {
                        let (column, kind) = ("payload".to_owned(), DefectKind::MissingValue);
                        sink(Item::Defect(Defect { source, column, kind, account: None }))?;
                    }
                },
            }
        }
    }
    Ok(Facts { lists: json::ends(lists), ..facts })
}

fn damaged(error: &dyn std::fmt::Display) -> String {
    // The decoder's messages name encodings and offsets, never values.
    format!("is no readable Parquet: {error}; copy or export it again")
}

/// Calls into the decoder; its panics are the file's fault.
fn caught<T>(call: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(call)).map_err(|_| damaged(&"the decoder gave up on it"))
}

/// A column of the file, flattened: where it stands and its type.
#[derive(Debug)]
struct Leaf {
    name: String,
    /// The root column, then the child at each level.
    path: Vec<usize>,
    data_type: DataType,
}

/// What the rows of a file are.
enum Rows {
    /// Rows of one of our tables; `trees` are the leaves read as trees, in the plan's order.
    Table { plan: Plan, trees: Vec<usize> },
    /// An object as JSON text in one leaf, and why the columns are no table of ours.
    Objects { leaf: usize, refusal: String },
    /// Owners of accounts, which scoring counts and leaves unread: no column is decoded.
    Owners,
}

struct Opened {
    rows: Rows,
    leaves: Vec<Leaf>,
    /// Leaves that are read, with the nature of their field where it is one cell; by the projected root's position.
    wanted: Vec<Wanted>,
    reader: ParquetRecordBatchReader,
}

#[derive(Clone, Copy, Debug)]
struct Wanted {
    leaf: usize,
    position: usize,
    nature: Option<Nature>,
}

impl Opened {
    fn new(handle: File, bytes: i64, file: &InputFile, options: &ReadOptions) -> Result<Opened, String> {
        // The embedded Arrow schema only repeats the Parquet one with more types; without it there is less to go wrong.
        let reading = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
        let builder = caught(|| ParquetRecordBatchReaderBuilder::try_new_with_options(handle, reading))?
            .map_err(|error| damaged(&error))?;
        check_footer(builder.metadata(), bytes)?;
        let mut leaves = Vec::new();
        flatten(builder.schema().fields(), "", &mut Vec::new(), &mut leaves)?;
        let names: Vec<&str> = leaves.iter().map(|leaf| leaf.name.as_str()).collect();
        let tree = |at: usize, nature: Nature| {
            let nested = leaves.get(at).is_some_and(|leaf| is_tree(&leaf.data_type));
            matches!(nature, Nature::List | Nature::CurrencyMap) && (nested || is_text(&leaves[at].data_type))
        };
        let (rows, read) = match Plan::new(&names, &Request { table: file.table, options, tree: &tree }) {
            Ok(plan) => planned(plan, &leaves, file)?,
            Err(_) if owners::is_owners(&names) => match file.table {
                Some(table) => return Err(owners::refusal(table.name())),
                None => (Rows::Owners, vec![]),
            },
            Err(refusal) => {
                let is_text_column = |leaf: &Leaf| {
                    leaf.path.len() == 1 && csv::TEXT_COLUMNS.contains(&leaf.name.as_str()) && is_text(&leaf.data_type)
                };
                let Some(leaf) = leaves.iter().position(is_text_column) else { return Err(refusal) };
                (Rows::Objects { leaf, refusal }, vec![(leaf, Some(Nature::Text))])
            }
        };
        let mut roots: Vec<usize> = read.iter().map(|(at, _)| leaves[*at].path[0]).collect();
        roots.sort_unstable();
        roots.dedup();
        let wanted = read
            .iter()
            .map(|(leaf, nature)| {
                let position = roots.partition_point(|root| *root < leaves[*leaf].path[0]);
                Wanted { leaf: *leaf, position, nature: *nature }
            })
            .collect();
        let mask = ProjectionMask::roots(builder.parquet_schema(), roots);
        let reader = caught(|| builder.with_projection(mask).with_batch_size(BATCH_ROWS).build())?
            .map_err(|error| damaged(&error))?;
        Ok(Opened { rows, leaves, wanted, reader })
    }
}

/// A leaf to read, and the nature of its field where it is one cell.
type ReadLeaf = (usize, Option<Nature>);

/// The rows of a table of ours, and the leaves to read with the nature of those that are single cells.
fn planned(plan: Plan, leaves: &[Leaf], file: &InputFile) -> Result<(Rows, Vec<ReadLeaf>), String> {
    if !plan.ignored.is_empty() {
        tracing::warn!(path = %file.path.display(), columns = plan.ignored.len(), "columns that no table of ours has are ignored");
    }
    let cells = plan.cells();
    for (at, nature) in &cells {
        check_type(&leaves[*at], *nature)?;
    }
    let trees: Vec<usize> = plan.trees().map(|tree| tree.0).collect();
    let singles = cells.into_iter().map(|(at, nature)| (at, Some(nature)));
    let read = singles.chain(trees.iter().map(|at| (*at, None))).collect();
    Ok((Rows::Table { plan, trees }, read))
}

/// Refuses by the footer what would not fit into memory.
fn check_footer(metadata: &ParquetMetaData, bytes: i64) -> Result<(), String> {
    let mut unpacked = 0_i64;
    for group in metadata.row_groups() {
        let rows = group.num_rows();
        if !(0..=GROUP_ROWS_MAX).contains(&rows) {
            return Err(format!(
                "a row group has {rows} rows, the limit is {GROUP_ROWS_MAX}: write smaller row groups"
            ));
        }
        for chunk in group.columns() {
            let size = chunk.uncompressed_size();
            if !(0..=CHUNK_BYTES_MAX).contains(&size) {
                return Err(format!(
                    "a column of a row group unpacks to {size} bytes, the limit is {CHUNK_BYTES_MAX}: write smaller row groups"
                ));
            }
            unpacked = unpacked.saturating_add(size);
        }
    }
    if UNPACKED_FREE_BYTES < unpacked && bytes.saturating_mul(UNPACK_RATIO_MAX) < unpacked {
        return Err(format!(
            "{bytes} bytes unpack to {unpacked}, more than {UNPACK_RATIO_MAX} times as much: no export of bank data does"
        ));
    }
    Ok(())
}

/// Struct columns become their fields, dotted; other columns stay.
fn flatten(fields: &Fields, prefix: &str, path: &mut Vec<usize>, leaves: &mut Vec<Leaf>) -> Result<(), String> {
    for (at, field) in fields.iter().enumerate() {
        path.push(at);
        let name = if prefix.is_empty() { field.name().clone() } else { format!("{prefix}.{}", field.name()) };
        match field.data_type() {
            // A struct with nothing in it stays a leaf, so that its absence is not taken for a missing column.
            DataType::Struct(inner) if !inner.is_empty() => flatten(inner, &name, path, leaves)?,
            other => leaves.push(Leaf { name, path: path.clone(), data_type: other.clone() }),
        }
        path.pop();
        if COLUMNS_MAX < leaves.len() {
            return Err(format!("has more than {COLUMNS_MAX} columns: export only the columns needed"));
        }
    }
    Ok(())
}

fn is_text(data_type: &DataType) -> bool {
    match data_type {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => true,
        DataType::Dictionary(_, values) => is_text(values),
        _ => false,
    }
}

fn is_tree(data_type: &DataType) -> bool {
    matches!(data_type, DataType::List(_) | DataType::LargeList(_) | DataType::Map(_, _))
}

/// Refuses a column whose type leaves open what its values mean.
fn check_type(leaf: &Leaf, nature: Nature) -> Result<(), String> {
    use DataType as T;
    let refuse = |why: &str| {
        let (name, data_type) = (&leaf.name, &leaf.data_type);
        Err(format!("column `{name}` is {data_type}: {why}"))
    };
    let signed = matches!(&leaf.data_type, T::Int8 | T::Int16 | T::Int32 | T::Int64);
    let small = matches!(&leaf.data_type, T::UInt8 | T::UInt16 | T::UInt32);
    let whole = matches!(&leaf.data_type, T::Decimal32(_, 0) | T::Decimal64(_, 0) | T::Decimal128(_, 0));
    match (&leaf.data_type, nature) {
        (T::Null, _) | (_, Nature::Objects) => Ok(()),
        (T::Timestamp(_, Some(_)), Nature::Seconds | Nature::AsOf) | (T::Date32, Nature::AsOf) => Ok(()),
        (T::Timestamp(_, None), Nature::Seconds | Nature::AsOf) => {
            refuse("it has no time zone; write it as seconds or with the zone UTC")
        }
        (T::Date32 | T::Date64, Nature::Seconds) => {
            refuse("a date has no time of day; write seconds, or use a mapping file")
        }
        (_, Nature::Amount | Nature::Seconds | Nature::CurrencyMap) if signed || small || whole => Ok(()),
        (T::UInt64, Nature::Seconds) | (T::Float64, Nature::Amount | Nature::Seconds | Nature::CurrencyMap) => Ok(()),
        (T::UInt64, Nature::Amount | Nature::CurrencyMap) => refuse("an unsigned amount has no outflows; write BIGINT"),
        (_, Nature::Amount | Nature::CurrencyMap) => {
            refuse("amounts are integers in minor units; write BIGINT, or name the unit in a mapping file")
        }
        (_, Nature::Seconds) => refuse("times are seconds; write BIGINT"),
        (other, Nature::AsOf) if signed || is_text(other) => Ok(()),
        (T::Boolean, Nature::Boolean | Nature::Number) => Ok(()),
        (other, Nature::Boolean) if is_text(other) || signed => Ok(()),
        (T::Float32 | T::Float64, Nature::Number) => Ok(()),
        (other, Nature::Number) if signed || small || whole || is_text(other) => Ok(()),
        (other, Nature::Text) if is_text(other) || (leaf.name == "last4" && signed) => Ok(()),
        (T::Binary | T::LargeBinary | T::BinaryView | T::FixedSizeBinary(_), Nature::Text) => {
            refuse("bytes are no text; write a string column")
        }
        (_, Nature::Text) => refuse("text is expected; write a string column"),
        (other, Nature::List) if is_tree(other) || is_text(other) => Ok(()),
        _ => refuse("no values of that type belong there"),
    }
}

/// One leaf of a batch in one of few types. Types are told apart once a batch, so that a cell costs one comparison.
struct Column {
    values: Values,
    // Null in the leaf or in a struct around it.
    nulls: Option<NullBuffer>,
}

enum Values {
    Null,
    Text(StringArray),
    Int(Int64Array),
    Real(Float64Array),
    Bool(BooleanArray),
    Date(Date32Array),
    List(ArrayRef),
    Map(ArrayRef),
    Other,
}

impl Column {
    fn is_null(&self, row: usize) -> bool {
        self.nulls.as_ref().is_some_and(|nulls| nulls.is_null(row))
    }
}

/// The leaves of a batch, by leaf.
struct Columns {
    by_leaf: Vec<Option<Column>>,
}

impl Columns {
    fn new(batch: &RecordBatch, leaves: &[Leaf], wanted: &[Wanted]) -> Result<Columns, String> {
        let mut by_leaf: Vec<Option<Column>> = leaves.iter().map(|_| None).collect();
        for want in wanted {
            let leaf = &leaves[want.leaf];
            let mut array = batch.column(want.position);
            let mut nulls = None;
            for child in &leaf.path[1..] {
                nulls = NullBuffer::union(nulls.as_ref(), array.logical_nulls().as_ref());
                let inner = array.as_struct_opt().map(|inner| inner.column(*child));
                array = inner.ok_or_else(|| damaged(&"a struct changed its type"))?;
            }
            nulls = NullBuffer::union(nulls.as_ref(), array.logical_nulls().as_ref());
            let values = values(array).map_err(|()| format!("column `{}` holds values out of range", leaf.name))?;
            if let (Values::Real(real), Some(Nature::Amount | Nature::CurrencyMap)) = (&values, want.nature)
                && real.iter().flatten().any(|value| value.is_finite() && value.fract() != 0.0)
            {
                return Err(format!(
                    "column `{}` holds fractions, so its unit is not the minor unit; write integers, or name the \
                     unit in a mapping file",
                    leaf.name
                ));
            }
            by_leaf[want.leaf] = Some(Column { values, nulls });
        }
        Ok(Columns { by_leaf })
    }

    #[inline]
    fn column(&self, leaf: usize, row: usize) -> Option<&Column> {
        self.by_leaf.get(leaf)?.as_ref().filter(|column| !column.is_null(row))
    }

    // Inlined, so that a cell stays in registers: a call returns it through the stack in pieces, and reading them back as one
    // stalls for longer than the call takes.
    #[inline(always)]
    fn cell(&self, leaf: usize, row: usize) -> Cell<'_> {
        let Some(column) = self.column(leaf, row) else { return Cell::Null };
        match &column.values {
            Values::Text(array) => Cell::Text(array.value(row)),
            Values::Int(array) => Cell::Int(array.value(row)),
            Values::Real(array) => Cell::Real(array.value(row)),
            Values::Bool(array) => Cell::Bool(array.value(row)),
            Values::Date(array) => Cell::Date(Day(array.value(row))),
            Values::Null | Values::List(_) | Values::Map(_) | Values::Other => Cell::Null,
        }
    }

    /// A list, map or text as a tree; the leaf's index when it is none.
    fn tree(&self, leaf: usize, row: usize) -> Result<Nested<'_>, usize> {
        let Some(column) = self.column(leaf, row) else { return Ok(Nested::Null) };
        match &column.values {
            Values::Text(array) => csv::tree(array.value(row), None).map_err(|_| leaf),
            Values::List(array) => {
                let items = values(&array.as_list::<i32>().value(row)).map_err(|()| leaf)?;
                let Values::Text(items) = items else {
                    return if matches!(items, Values::Null) { Ok(Nested::List(Vec::new())) } else { Err(leaf) };
                };
                let words = items.iter().flatten();
                Ok(Nested::List(words.map(|word| Nested::Text(word.to_owned().into())).collect()))
            }
            Values::Map(array) => {
                let entries = array.as_map().value(row);
                let keys = values(entries.column(0)).map_err(|()| leaf)?;
                let amounts = values(entries.column(1)).map_err(|()| leaf)?;
                let Values::Text(keys) = keys else { return Err(leaf) };
                let amount = |at: usize| match &amounts {
                    Values::Int(array) if array.is_valid(at) => Nested::Int(array.value(at)),
                    Values::Real(array) if array.is_valid(at) => Nested::Real(array.value(at)),
                    _ => Nested::Null,
                };
                let keys = keys.iter().enumerate();
                Ok(Nested::Map(keys.filter_map(|(at, key)| Some((key?.to_owned().into(), amount(at)))).collect()))
            }
            _ => Ok(Nested::Null),
        }
    }

    fn bad_tree(&self, leaf: usize, row: usize, plan: &Plan, source: Source, sink: &mut Sink<'_>) -> Result<(), Error> {
        let account =
            plan.owner().and_then(|owner| crate::read::cell::id(self.cell(owner, row)).ok().map(str::to_owned));
        let column = plan.path_at(leaf).to_owned();
        sink(Item::Defect(Defect { source, column, kind: DefectKind::BadList, account }))
    }
}

/// An array in one of the few types that cells have. Timestamps become seconds.
fn values(array: &ArrayRef) -> Result<Values, ()> {
    use DataType as T;
    let cast = |to: &T| {
        let strict = CastOptions { safe: false, ..CastOptions::default() };
        cast_with_options(array, to, &strict).map_err(|_| ())
    };
    Ok(match array.data_type() {
        T::Null => Values::Null,
        T::Utf8 => Values::Text(array.as_string().clone()),
        other if is_text(other) => Values::Text(cast(&T::Utf8)?.as_string().clone()),
        T::Int64 => Values::Int(array.as_primitive().clone()),
        T::Int8 | T::Int16 | T::Int32 | T::UInt8 | T::UInt16 | T::UInt32 | T::UInt64 => {
            Values::Int(cast(&T::Int64)?.as_primitive().clone())
        }
        T::Decimal32(_, 0) | T::Decimal64(_, 0) | T::Decimal128(_, 0) => {
            Values::Int(cast(&T::Int64)?.as_primitive().clone())
        }
        T::Float64 => Values::Real(array.as_primitive().clone()),
        T::Float32 => Values::Real(cast(&T::Float64)?.as_primitive().clone()),
        T::Boolean => Values::Bool(array.as_boolean().clone()),
        T::Date32 => Values::Date(array.as_primitive().clone()),
        T::Timestamp(unit, Some(_)) => {
            let per_second = match unit {
                TimeUnit::Second => 1,
                TimeUnit::Millisecond => 1_000,
                TimeUnit::Microsecond => 1_000_000,
                TimeUnit::Nanosecond => 1_000_000_000,
            };
            let raw = cast(&T::Int64)?;
            Values::Int(raw.as_primitive::<types::Int64Type>().unary(|value| value.div_euclid(per_second)))
        }
        T::List(_) => Values::List(array.clone()),
        T::LargeList(items) => Values::List(cast(&T::List(items.clone()))?),
        T::Map(_, _) => Values::Map(array.clone()),
        _ => Values::Other,
    })
}
