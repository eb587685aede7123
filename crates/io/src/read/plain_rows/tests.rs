//! Column by column and cell by cell are one reading: every hostile value of every column, alone and beside every other.

use std::sync::Arc;

use arrow_array::{
    ArrayRef, BooleanArray, Float64Array, Int32Array, Int64Array, LargeStringArray, RecordBatch, StringArray,
    StructArray, TimestampMillisecondArray,
};
use arrow_buffer::NullBuffer;
use arrow_schema::Field;

use super::*;
use crate::read::{
    InputFile, Item, LAYOUTS, Packing, ReadOptions, one_by_one,
    parquet::{Way, read_by},
};

const NOW: f64 = 1_767_225_600.0;

/// A row before it is written: texts by column, then numbers by column, and whether the struct of dates is there.
#[derive(Clone)]
struct Raw {
    texts: [Option<String>; 6],
    numbers: [Option<f64>; 5],
    livemode: Option<bool>,
    has_transitions: bool,
}

const TEXTS: [&str; 6] = ["id", "account", "currency", "status", "description", "object"];
const NUMBERS: [&str; 5] = ["amount", "transacted_at", "updated", "posted_at", "void_at"];

fn good(at: usize) -> Raw {
    let texts = [&format!("fctxn_{at:05}"), &format!("fca_{}", at / 7), "usd", "posted", "Café 12 Überweisung", OBJECT];
    Raw {
        texts: texts.map(|text| Some(text.to_owned())),
        numbers: [Some(-1_250.0), Some(NOW), Some(NOW + 9.0), Some(NOW + 5.0), None],
        livemode: Some(true),
        has_transitions: true,
    }
}

const OBJECT: &str = "financial_connections.transaction";

/// Changes a row.
type Change = Box<dyn Fn(&mut Raw)>;

/// Changes to a row, each with a value that some column's cells may hold in the worst of exports.
fn hostile(reals: bool) -> Vec<Change> {
    let long = |bytes: usize| "x".repeat(bytes);
    let mut texts: Vec<Option<String>> = vec![None];
    for text in
        ["", " ", "null", "NaN", "a\0b", "a\nb", "é", "usd ", "USD", "Usd", "us", "usdx", "ещё", "void", "POSTED"]
    {
        texts.push(Some(text.to_owned()));
    }
    texts.push(Some("financial_connections.account".to_owned()));
    texts.extend([12, 13, 255, 256, 20_000, 20_001].map(|bytes| Some(long(bytes))));
    let mut changes: Vec<Change> = vec![];
    for column in 0..TEXTS.len() {
        for text in &texts {
            let text = text.clone();
            changes.push(Box::new(move |row| row.texts[column].clone_from(&text)));
        }
    }
    let mut numbers = vec![None, Some(0.0), Some(-1.0), Some(1.0), Some(4_102_444_799.0), Some(4_102_444_800.0)];
    numbers.extend([1e11, 1e11 + 1.0, NOW * 1_000.0, 1e15, 1e15 + 1.0, -1e15, -1e15 - 1.0].map(Some));
    if reals {
        numbers.extend([f64::NAN, f64::INFINITY, 9_007_199_254_740_994.0, -0.0, 1e300].map(Some));
    }
    for column in 0..NUMBERS.len() {
        for number in &numbers {
            let number = *number;
            changes.push(Box::new(move |row| row.numbers[column] = number));
        }
        // A fraction in an amount refuses the file.
        if reals && column != 0 {
            changes.push(Box::new(move |row| row.numbers[column] = Some(NOW + 0.5)));
        }
    }
    changes.push(Box::new(|row| row.livemode = None));
    changes.push(Box::new(|row| row.livemode = Some(false)));
    changes.push(Box::new(|row| row.has_transitions = false));
    changes
}

/// How a file is laid out.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Shape {
    /// Structs and integers, as most exports.
    Struct,
    /// A flattened data frame with doubles where a column may be null.
    Frame,
    /// Narrow integers and large texts.
    Narrow,
    /// Instants.
    Instants,
    /// Only what a table must have.
    Bare,
}

#[expect(clippy::cast_possible_truncation, reason = "whole numbers of the test")]
fn write(rows: &[Raw], shape: Shape) -> tempfile::NamedTempFile {
    let numbers = |at: usize| rows.iter().map(move |row| row.numbers[at]);
    let ints = |at: usize| -> ArrayRef {
        Arc::new(numbers(at).map(|number| number.map(|number| number as i64)).collect::<Int64Array>())
    };
    let times = |at: usize| -> ArrayRef {
        let whole = || numbers(at).map(|number| number.map(|number| number as i64));
        match shape {
            Shape::Frame => Arc::new(numbers(at).collect::<Float64Array>()),
            Shape::Narrow => Arc::new(whole().map(|time| time.map(|time| time as i32)).collect::<Int32Array>()),
            Shape::Instants => {
                let instants = whole().map(|time| time.map(|time| time.saturating_mul(1_000)));
                Arc::new(instants.collect::<TimestampMillisecondArray>().with_timezone("UTC"))
            }
            Shape::Struct | Shape::Bare => ints(at),
        }
    };
    let mut columns: Vec<(String, ArrayRef)> = vec![];
    for (at, name) in TEXTS.iter().enumerate() {
        let texts = rows.iter().map(|row| row.texts[at].as_deref());
        let array: ArrayRef = match shape {
            Shape::Narrow => Arc::new(texts.collect::<LargeStringArray>()),
            _ => Arc::new(texts.collect::<StringArray>()),
        };
        columns.push(((*name).to_owned(), array));
    }
    let amount = if shape == Shape::Frame { Arc::new(numbers(0).collect::<Float64Array>()) } else { ints(0) };
    columns.push(("amount".to_owned(), amount));
    columns.push(("transacted_at".to_owned(), times(1)));
    columns.push(("updated".to_owned(), times(2)));
    columns.push(("livemode".to_owned(), Arc::new(rows.iter().map(|row| row.livemode).collect::<BooleanArray>())));
    match shape {
        Shape::Frame => {
            columns.push(("status_transitions.posted_at".to_owned(), times(3)));
            columns.push(("status_transitions.void_at".to_owned(), times(4)));
        }
        Shape::Bare => columns.retain(|(name, _)| {
            ["id", "account", "amount", "currency", "status", "transacted_at"].contains(&name.as_str())
        }),
        Shape::Struct | Shape::Narrow | Shape::Instants => {
            let (posted, void) = (times(3), times(4));
            let field = |name: &str, array: &ArrayRef| Field::new(name, array.data_type().clone(), true);
            let fields = vec![field("posted_at", &posted), field("void_at", &void)];
            let valid: NullBuffer = rows.iter().map(|row| row.has_transitions).collect::<Vec<bool>>().into();
            let array = StructArray::new(fields.into(), vec![posted, void], Some(valid));
            columns.push(("status_transitions".to_owned(), Arc::new(array)));
        }
    }
    let columns = columns.into_iter().map(|(name, array)| (name, array, true));
    let batch = RecordBatch::try_from_iter_with_nullable(columns).expect("columns of one length");
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    let handle = file.reopen().expect("the same file");
    let mut writer = ::parquet::arrow::ArrowWriter::try_new(handle, batch.schema(), None).expect("writable");
    writer.write(&batch).expect("writable");
    writer.close().expect("writable");
    file
}

/// The items of a file as text, and how many rows came together with others of their kind.
fn read(file: &tempfile::NamedTempFile, way: Way) -> (Vec<String>, usize) {
    let layout = LAYOUTS.iter().position(|layout| layout.name == "parquet").expect("a layout");
    let input = InputFile { path: file.path().to_owned(), index: 3, table: None, layout, packing: Packing::Plain };
    let (mut items, mut together) = (vec![], 0);
    let read = read_by(&input, &ReadOptions::default(), way, &mut |batch| {
        if let Batch::Transactions(rows) = &batch {
            together += rows.len();
        }
        one_by_one(batch, &mut |item: Item<'_>| {
            items.push(crate::read::shown(&item));
            Ok(())
        })
    });
    read.expect("usable");
    (items, together)
}

fn assert_one_reading(rows: &[Raw], shape: Shape) -> usize {
    let file = write(rows, shape);
    let (cells, columns) = (read(&file, Way::Cells), read(&file, Way::Columns));
    assert_eq!(cells.0.len(), rows.len());
    for (at, (cells, columns)) in cells.0.iter().zip(&columns.0).enumerate() {
        assert_eq!(cells, columns, "{shape:?}, row {at}");
    }
    assert_eq!((cells.0.len(), cells.1), (columns.0.len(), 0));
    columns.1
}

const SHAPES: [Shape; 5] = [Shape::Struct, Shape::Frame, Shape::Narrow, Shape::Instants, Shape::Bare];

#[test]
fn every_hostile_value_of_every_column_is_the_same_row_or_defect_either_way() {
    for shape in SHAPES {
        let mut rows = vec![];
        let changes = hostile(shape == Shape::Frame);
        for (at, change) in changes.iter().enumerate() {
            let mut row = good(at);
            change(&mut row);
            rows.extend([good(at), row]);
        }
        let together = assert_one_reading(&rows, shape);
        // The good half came in batches, and so did values that are no fault.
        assert!(changes.len() < together && together < rows.len(), "{shape:?}: {together} of {}", rows.len());
    }
}

#[test]
fn every_two_hostile_values_beside_each_other_name_the_same_column_either_way() {
    for shape in [Shape::Struct, Shape::Frame] {
        // The longest texts are left to the test above: they would make a large file.
        let changes = hostile(shape == Shape::Frame);
        let short = |change: &&Change| {
            let mut row = good(0);
            change(&mut row);
            row.texts.iter().flatten().all(|text| text.len() < 300)
        };
        let changes: Vec<_> = changes.iter().filter(short).collect();
        let mut rows = vec![];
        for (at, one) in changes.iter().enumerate() {
            for other in &changes[..at] {
                let mut row = good(at);
                one(&mut row);
                other(&mut row);
                rows.push(row);
            }
        }
        assert_one_reading(&rows, shape);
    }
}

#[test]
fn plain_rows_come_together_and_blocks_end_anywhere() {
    for count in [1, BLOCK - 1, BLOCK, BLOCK + 1, 8_192, 8_193] {
        let rows: Vec<Raw> = (0..count).map(good).collect();
        for shape in SHAPES {
            assert_eq!(assert_one_reading(&rows, shape), count, "{shape:?}");
        }
    }
}

#[test]
fn a_struct_printed_as_text_goes_cell_by_cell() {
    let text = |text: &'static str| Arc::new(StringArray::from(vec![text; 3])) as ArrayRef;
    let columns = vec![
        ("id", text("fctxn_1")),
        ("account", text("fca_1")),
        ("currency", text("usd")),
        ("status", text("posted")),
        ("status_transitions", text("{'posted_at': 1767225600, 'void_at': None}")),
        ("amount", Arc::new(Int64Array::from(vec![1, 2, 3])) as ArrayRef),
        ("transacted_at", Arc::new(Int64Array::from(vec![1_767_225_600; 3]))),
    ];
    let file = crate::read::tabular_tests::samples::parquet(columns);
    let (items, together) = read(&file, Way::Columns);
    assert_eq!((items.len(), together), (3, 0));
    assert!(items[0].contains("posted_at: Some(1767225600)"), "{}", items[0]);
    assert_eq!(items, read(&file, Way::Cells).0);
}
