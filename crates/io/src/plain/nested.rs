//! Cells with parts: lists and structs of typed files as JSON, and such cells as people's tools print them.

use arrow_array::{Array as _, ArrayRef, StringArray, cast::AsArray as _};
use arrow_schema::DataType;
use serde_json::{Map, Value};

use crate::read::nested::Nested;

/// A cell that holds a list or an object: JSON, Python's notation (as pandas writes objects to CSV), DuckDB's. Bare words and
/// numbers of the latter two are texts. None where it is in none of these.
#[must_use]
pub fn nested(text: &str) -> Option<Value> {
    let text = text.trim();
    if !text.starts_with(['{', '[']) {
        return None;
    }
    serde_json::from_str(text).ok().or_else(|| Nested::parse(text).map(value))
}

fn value(nested: Nested<'_>) -> Value {
    match nested {
        Nested::Null => Value::Null,
        Nested::Text(text) => Value::String(text.into_owned()),
        Nested::Int(number) => number.into(),
        Nested::Real(number) => number.into(),
        Nested::List(items) => items.into_iter().map(value).collect(),
        Nested::Map(entries) => entries.into_iter().map(|(key, one)| (key.into_owned(), value(one))).collect(),
    }
}

/// A list or struct as a cell of JSON; none where it is null.
pub(super) fn cell(array: &ArrayRef, at: usize) -> Option<Box<str>> {
    let found = json(array, at);
    (!found.is_null()).then(|| found.to_string().into())
}

fn json(array: &ArrayRef, at: usize) -> Value {
    if array.is_null(at) {
        return Value::Null;
    }
    let list = |items: &ArrayRef| (0..items.len()).map(|at| json(items, at)).collect::<Value>();
    match array.data_type() {
        DataType::Struct(fields) => {
            let columns = array.as_struct().columns().iter();
            fields.iter().zip(columns).map(|(field, column)| (field.name().clone(), json(column, at))).collect()
        }
        DataType::List(_) => list(&array.as_list::<i32>().value(at)),
        DataType::LargeList(_) => list(&array.as_list::<i64>().value(at)),
        DataType::Map(..) => {
            let entries = array.as_map().value(at);
            let (keys, values) = (entries.column(0), entries.column(1));
            let key = |at: usize| json(keys, at).as_str().map(str::to_owned);
            (0..entries.len()).filter_map(|at| Some((key(at)?, json(values, at)))).collect::<Map<_, _>>().into()
        }
        DataType::Boolean => array.as_boolean().value(at).into(),
        _ => {
            let texts = arrow_cast::cast(&array.slice(at, 1), &DataType::Utf8).ok();
            let texts = texts.as_ref().and_then(|texts| texts.as_any().downcast_ref::<StringArray>());
            texts.filter(|texts| texts.is_valid(0)).map_or(Value::Null, |texts| texts.value(0).into())
        }
    }
}
