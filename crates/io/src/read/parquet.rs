//! Parquet tables: struct and list columns as pyarrow, DuckDB and Spark write them, or the flattened frame of pandas.
//!
//! Struct columns are flattened to dotted leaves, so that one plan serves CSV and Parquet. The footer is held to limits
//! before anything is decoded; the decoder still panics on some malformed files, so every call into it is caught.

use std::{
    collections::BTreeMap,
    fs::File,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    sync::Arc,
};

use arrow_array::RecordBatch;
use arrow_schema::{DataType, Field, Fields, Schema};
use cashline_core::defect::{Defect, DefectKind, Source, Whose};
use parquet::{
    arrow::{
        ProjectionMask,
        arrow_reader::{
            ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder,
        },
    },
    file::metadata::ParquetMetaData,
};

use crate::{
    error::Error,
    read::{
        Batch, Batches, Detected, Facts, Head, InputFile, Item, Layout, ReadOptions, Sink, ahead,
        cell::Cell,
        columns::Columns,
        csv,
        event_columns::EventColumns,
        json,
        nested::Nested,
        one_by_one, open, owners,
        plain_rows::PlainRows,
        scan::COLUMNS_MAX,
        table::{Plan, Request, fits_several},
        tables::Nature,
    },
};

/// The layout's row in [`crate::read::LAYOUTS`].
pub(crate) const LAYOUT: Layout = Layout {
    name: "parquet",
    arises: "written by pyarrow, DuckDB, Spark or polars with structs, lists or maps, from a flattened pandas frame, or \
             with the object as JSON in `_raw`, `data` or `payload` (of events, `data` beside `object`, `type` and `created`)",
    detect,
    read,
    batches: Some(batches),
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
    batches(file, options, &mut |batch| one_by_one(batch, sink))
}

fn batches(file: &InputFile, options: &ReadOptions, sink: &mut Batches<'_>) -> Result<Facts, Error> {
    read_by(file, options, Way::Columns, sink)
}

/// How transactions are read: the same rows and defects in the same order either way.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Way {
    /// Column by column where rows are plain.
    Columns,
    /// Cell by cell.
    #[cfg(test)]
    Cells,
}

pub(crate) fn read_by(
    file: &InputFile,
    options: &ReadOptions,
    way: Way,
    sink: &mut Batches<'_>,
) -> Result<Facts, Error> {
    let unusable = |message: String| Error::Unusable { path: file.path.clone(), message };
    let handle = File::open(&file.path).map_err(|source| Error::Read { path: file.path.clone(), source })?;
    let bytes = handle.metadata().map_err(|source| Error::Read { path: file.path.clone(), source })?.len();
    let table = Opened::new(handle, i64::try_from(bytes).unwrap_or(i64::MAX), file, options).map_err(unusable)?;
    if let Rows::Table { plan, .. } = &table.rows {
        sink(Batch::Only(plan.table))?;
    }
    let mut reader = table.reader;
    let decode = || {
        let next = caught(|| reader.next().transpose().map_err(|error| damaged(&error)));
        next.and_then(|batch| batch).map_err(unusable)
    };
    let mut row = 0_u64;
    let mut lists = BTreeMap::new();
    ahead::each(options.ahead, decode, &mut |batch: RecordBatch| {
        let columns = Columns::new(&batch, &table.leaves, &table.wanted).map_err(unusable)?;
        let rows = batch.num_rows();
        if way == Way::Columns
            && let Rows::Table { plan, .. } = &table.rows
            && let Some(plain) = PlainRows::new(plan, &columns)
        {
            plain.emit(rows, Source { file: file.index, line: row + 1 }, sink)?;
            row += rows as u64;
            return Ok(());
        }
        let sink = &mut |item: Item<'_>| sink(Batch::Item(item));
        for at in 0..rows {
            row += 1;
            let source = Source { file: file.index, line: row };
            match &table.rows {
                Rows::Table { plan, trees } => emit(plan, trees, &columns, at, (source, &file.path), sink)?,
                Rows::Owners => sink(Item::Ignored("owner"))?,
                Rows::Objects { leaf, of_event, refusal } => match columns.cell(*leaf, at) {
                    // The column's name alone promises little: a first text that is no object speaks for a table.
                    Cell::Text(text) if row == 1 && !text.trim_ascii_start().starts_with('{') => {
                        return Err(unusable(refusal.clone()));
                    }
                    Cell::Text(text) => {
                        let event = of_event.row(|leaf| columns.cell(leaf, at));
                        json::read_object_text(text, event, &file.path, source, options, &mut lists, sink)?;
                    }
                    _ => {
                        let (column, kind) = ("payload".to_owned(), DefectKind::MissingValue);
                        sink(Item::Defect(Defect { source, column, kind, whose: Whose::Unknown }))?;
                    }
                },
            }
        }
        Ok(())
    })?;
    let facts = open::digest(&file.path)?;
    // Told even when every row was set aside: a table of accounts without a usable row is still one.
    let holds = if let Rows::Table { plan, .. } = &table.rows { vec![plan.table] } else { facts.holds };
    Ok(Facts { lists: json::ends(lists), holds, ..facts })
}

/// Hands on one row of a table, cell by cell.
fn emit(
    plan: &Plan,
    trees: &[ReadLeaf],
    columns: &Columns,
    at: usize,
    (source, path): (Source, &Path),
    sink: &mut Sink<'_>,
) -> Result<(), Error> {
    match trees
        .iter()
        .map(|(leaf, nature)| columns.tree(*leaf, at, *nature))
        .collect::<Result<Vec<Nested<'_>>, usize>>()
    {
        Ok(trees) => {
            plan.check_inside(&trees).map_err(|message| Error::Unusable {
                path: path.to_owned(),
                message: format!("row {}: {message}", source.line),
            })?;
            plan.emit(|leaf| columns.cell(leaf, at), &trees, source, sink)
        }
        Err(leaf) => columns.bad_tree(leaf, at, plan, source, sink),
    }
}

pub(super) fn damaged(error: &dyn std::fmt::Display) -> String {
    // The decoder's messages name encodings and offsets, never values.
    format!("is no readable Parquet: {error}; copy or export it again")
}

/// Calls into the decoder; its panics are the file's fault.
fn caught<T>(call: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(call)).map_err(|_| damaged(&"the decoder gave up on it"))
}

/// A column of the file, flattened: where it stands and its type.
#[derive(Debug)]
pub(super) struct Leaf {
    pub(super) name: String,
    /// The root column, then the child at each level.
    pub(super) path: Vec<usize>,
    data_type: DataType,
}

/// What the rows of a file are.
enum Rows {
    /// Rows of one of our tables; `trees` are the leaves read as trees, in the plan's order.
    Table { plan: Plan, trees: Vec<ReadLeaf> },
    /// An object as JSON text in one leaf, what the row says of it if it is an event's, and why the columns are no table of ours.
    Objects { leaf: usize, of_event: EventColumns, refusal: String },
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
pub(super) struct Wanted {
    pub(super) leaf: usize,
    pub(super) position: usize,
    pub(super) nature: Option<Nature>,
}

impl Opened {
    fn new(handle: File, bytes: i64, file: &InputFile, options: &ReadOptions) -> Result<Opened, String> {
        // The embedded Arrow schema only repeats the Parquet one with more types; without it there is less to go wrong.
        let reading = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
        let footer = caught(|| ArrowReaderMetadata::load(&handle, reading))?.map_err(|error| damaged(&error))?;
        check_footer(footer.metadata(), bytes)?;
        let mut leaves = Vec::new();
        flatten(footer.schema().fields(), "", &mut Vec::new(), &mut leaves)?;
        let names: Vec<&str> = leaves.iter().map(|leaf| leaf.name.as_str()).collect();
        let tree = |at: usize, nature: Nature| {
            let nested = leaves.get(at).is_some_and(|leaf| is_tree(&leaf.data_type));
            match nature {
                Nature::List | Nature::CurrencyMap => nested || is_text(&leaves[at].data_type),
                Nature::Objects => matches!(leaves[at].data_type, DataType::List(_) | DataType::LargeList(_)),
                _ => false,
            }
        };
        let (rows, read) = match Plan::new(&names, &Request { table: file.table, options, tree: &tree }) {
            Ok(plan) => planned(plan, &leaves, file)?,
            Err(_) if owners::is_owners(&names) => match file.table {
                Some(table) => return Err(owners::refusal(table.name())),
                None => (Rows::Owners, vec![]),
            },
            Err(refusal) if fits_several(&names) => return Err(refusal),
            Err(refusal) => {
                let is_named = |leaf: &Leaf| leaf.path.len() == 1 && csv::TEXT_COLUMNS.contains(&leaf.name.as_str());
                let Some(leaf) = leaves.iter().position(|leaf| is_named(leaf) && is_text(&leaf.data_type)) else {
                    // Bytes under such a name are an object that was not written as text; what else they are nobody can tell.
                    let bytes = leaves.iter().find(|leaf| is_named(leaf) && is_bytes(&leaf.data_type));
                    return Err(bytes.map_or(refusal, |leaf| {
                        format!(
                            "column `{}` is {}: bytes are no text; write a string column",
                            leaf.name, leaf.data_type
                        )
                    }));
                };
                let of_event = EventColumns::of(names.iter().copied());
                let read = of_event.all().chain([leaf]).map(|at| (at, None)).collect();
                (Rows::Objects { leaf, of_event, refusal }, read)
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
        let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(handle, viewed(footer)?);
        let mask = ProjectionMask::roots(builder.parquet_schema(), roots);
        let reader = caught(|| builder.with_projection(mask).with_batch_size(BATCH_ROWS).build())?
            .map_err(|error| damaged(&error))?;
        Ok(Opened { rows, leaves, wanted, reader })
    }
}

/// The footer with texts as views into the unpacked pages, which copies none of them.
fn viewed(footer: ArrowReaderMetadata) -> Result<ArrowReaderMetadata, String> {
    let schema = Schema::new(views(footer.schema().fields()));
    let reading = ArrowReaderOptions::new().with_schema(Arc::new(schema));
    caught(|| ArrowReaderMetadata::try_new(Arc::clone(footer.metadata()), reading))?.map_err(|error| damaged(&error))
}

fn views(fields: &Fields) -> Fields {
    let view = |field: &Arc<Field>| match field.data_type() {
        DataType::Utf8 | DataType::LargeUtf8 => Arc::new(field.as_ref().clone().with_data_type(DataType::Utf8View)),
        DataType::Struct(inner) => Arc::new(field.as_ref().clone().with_data_type(DataType::Struct(views(inner)))),
        _ => Arc::clone(field),
    };
    fields.iter().map(view).collect()
}

/// A leaf to read, and the nature of its field where it is one cell.
type ReadLeaf = (usize, Option<Nature>);

/// The rows of a table of ours, and the leaves to read with the nature of those that are single cells.
fn planned(plan: Plan, leaves: &[Leaf], file: &InputFile) -> Result<(Rows, Vec<ReadLeaf>), String> {
    if !plan.ignored.is_empty() {
        tracing::info!(path = %file.path.display(), columns = plan.ignored.len(), "columns that no table of ours has are ignored");
    }
    let cells = plan.cells();
    for (at, nature) in &cells {
        check_type(&leaves[*at], *nature)?;
    }
    for (at, _) in plan.trees().filter(|tree| tree.1.is_none()) {
        let (name, data_type) = (&leaves[at].name, &leaves[at].data_type);
        let is_struct = matches!(data_type, DataType::Null | DataType::Map(_, _) | DataType::Struct(_));
        // Frames make doubles of a column that never held anything.
        if !is_struct && !is_text(data_type) && !data_type.is_floating() {
            return Err(format!(
                "column `{name}` is {data_type}: a struct is expected; write one, or leave the column out"
            ));
        }
    }
    let trees: Vec<ReadLeaf> = plan.trees().collect();
    let singles = cells.into_iter().map(|(at, nature)| (at, Some(nature)));
    let read = singles.chain(trees.iter().map(|tree| (tree.0, None))).collect();
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
    // The decoder calls itself once a level.
    let deepest = json::DEPTH_MAX as usize;
    if deepest < path.len() {
        return Err(format!("columns are nested deeper than {deepest} levels: no export of bank data is"));
    }
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

pub(super) fn is_text(data_type: &DataType) -> bool {
    match data_type {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => true,
        DataType::Dictionary(_, values) => is_text(values),
        _ => false,
    }
}

fn is_bytes(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Binary | DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_))
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
        (T::Date32 | T::Date64, Nature::Seconds) => refuse(
            "a date has no time of day; write seconds as BIGINT, or export CSV and read it through a mapping file",
        ),
        (_, Nature::Amount | Nature::Seconds | Nature::CurrencyMap) if signed || small || whole => Ok(()),
        (T::UInt64, Nature::Seconds) | (T::Float64, Nature::Amount | Nature::Seconds | Nature::CurrencyMap) => Ok(()),
        (T::UInt64, Nature::Amount | Nature::CurrencyMap) => refuse("an unsigned amount has no outflows; write BIGINT"),
        (_, Nature::Amount | Nature::CurrencyMap) => refuse(
            "amounts are integers in minor units; write cents as BIGINT, or export CSV and name the unit in a mapping file",
        ),
        (_, Nature::Seconds) => refuse("times are seconds; write BIGINT"),
        (other, Nature::AsOf) if signed || is_text(other) => Ok(()),
        (T::Boolean, Nature::Boolean | Nature::Number) => Ok(()),
        (other, Nature::Boolean) if is_text(other) || signed => Ok(()),
        (T::Float32 | T::Float64, Nature::Number) => Ok(()),
        (other, Nature::Number) if signed || small || whole || is_text(other) => Ok(()),
        (other, Nature::Text) if is_text(other) || (leaf.name == "last4" && signed) => Ok(()),
        (other, Nature::Text) if is_bytes(other) => refuse("bytes are no text; write a string column"),
        (_, Nature::Text) => refuse("text is expected; write a string column"),
        (other, Nature::List) if is_tree(other) || is_text(other) => Ok(()),
        _ => refuse("no values of that type belong there"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_nested_deeper_than_the_limit_are_refused_and_those_at_it_are_not() {
        let nested = |levels: usize| {
            let leaf = Field::new("a", DataType::Int64, true);
            (0..levels).fold(leaf, |inner, _| Field::new("a", DataType::Struct(Fields::from(vec![inner])), true))
        };
        let flat = |levels: usize| {
            let mut leaves = vec![];
            flatten(&Fields::from(vec![nested(levels)]), "", &mut vec![], &mut leaves).map(|()| leaves.len())
        };
        assert_eq!(flat(64), Ok(1));
        let message = flat(65).expect_err("too deep");
        assert!(message.contains("deeper than 64 levels"), "{message}");
    }
}
