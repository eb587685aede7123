//! The columns of a batch as cells: each leaf once in one of few types, so that reading a cell costs one comparison.

use std::sync::Arc;

use arrow_array::{
    Array, ArrayRef, BooleanArray, Date32Array, Float64Array, Int64Array, RecordBatch, StringViewArray, StructArray,
    cast::AsArray, types,
};
use arrow_buffer::NullBuffer;
use arrow_cast::{CastOptions, cast_with_options};
use arrow_schema::{DataType, Field, TimeUnit};
use cashline_core::{
    defect::{Defect, DefectKind, Source},
    time::Day,
};

use crate::{
    error::Error,
    read::{
        Item, Sink,
        cell::Cell,
        csv,
        nested::Nested,
        parquet::{Leaf, Wanted, damaged, is_text},
        table::Plan,
        tables::Nature,
    },
};

/// One leaf of a batch in one of few types. Types are told apart once a batch, so that a cell costs one comparison.
pub(super) struct Column {
    pub(super) values: Values,
    // Null in the leaf or in a struct around it.
    pub(super) nulls: Option<NullBuffer>,
}

pub(super) enum Values {
    Null,
    Text(StringViewArray),
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
pub(super) struct Columns {
    by_leaf: Vec<Option<Column>>,
}

impl Columns {
    pub(super) fn new(batch: &RecordBatch, leaves: &[Leaf], wanted: &[Wanted]) -> Result<Columns, String> {
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

    /// The column of a leaf that is read.
    pub(super) fn leaf(&self, leaf: usize) -> Option<&Column> {
        self.by_leaf.get(leaf)?.as_ref()
    }

    #[inline]
    fn column(&self, leaf: usize, row: usize) -> Option<&Column> {
        self.by_leaf.get(leaf)?.as_ref().filter(|column| !column.is_null(row))
    }

    // Inlined, so that a cell stays in registers: a call returns it through the stack in pieces, and reading them back as one
    // stalls for longer than the call takes.
    #[inline(always)]
    pub(super) fn cell(&self, leaf: usize, row: usize) -> Cell<'_> {
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
    pub(super) fn tree(&self, leaf: usize, row: usize, nature: Option<Nature>) -> Result<Nested<'_>, usize> {
        let Some(column) = self.column(leaf, row) else { return Ok(Nested::Null) };
        match &column.values {
            Values::Text(array) => csv::tree(array.value(row), nature).map_err(|_| leaf),
            // A struct of which a frame had none is a column of NaN.
            Values::Real(array) if array.value(row).is_nan() => Ok(Nested::Null),
            Values::Real(_) => Err(leaf),
            Values::List(array) => {
                let items = array.as_list::<i32>().value(row);
                if let Some(items) = items.as_struct_opt() {
                    return objects(items).map_err(|()| leaf);
                }
                let Values::Text(items) = values(&items).map_err(|()| leaf)? else {
                    return if items.data_type().is_null() { Ok(Nested::List(Vec::new())) } else { Err(leaf) };
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
                    Values::Text(array) if array.is_valid(at) => Nested::Text(array.value(at).to_owned().into()),
                    _ => Nested::Null,
                };
                let keys = keys.iter().enumerate();
                Ok(Nested::Map(keys.filter_map(|(at, key)| Some((key?.to_owned().into(), amount(at)))).collect()))
            }
            _ => Ok(Nested::Null),
        }
    }

    pub(super) fn bad_tree(
        &self,
        leaf: usize,
        row: usize,
        plan: &Plan,
        source: Source,
        sink: &mut Sink<'_>,
    ) -> Result<(), Error> {
        let trees: Vec<Nested<'_>> = plan.trees().map(|_| Nested::Null).collect();
        let whose = plan.whose(|at| self.cell(at, row), &trees);
        let column = plan.path_at(leaf).to_owned();
        sink(Item::Defect(Defect { source, column, kind: DefectKind::BadList, whose }))
    }
}

/// The structs of a list as objects, their fields that are no single values left out.
fn objects(items: &StructArray) -> Result<Nested<'static>, ()> {
    let fields = items.fields().iter().zip(items.columns());
    let read = |(field, array): (&Arc<Field>, _)| Ok((field.name().clone(), array, values(array)?));
    let fields: Vec<(String, &ArrayRef, Values)> = fields.map(read).collect::<Result<_, ()>>()?;
    let object = |at: usize| {
        let entry = |(name, array, values): &(String, &ArrayRef, Values)| {
            let value = match values {
                _ if array.is_null(at) => Nested::Null,
                Values::Text(array) => Nested::Text(array.value(at).to_owned().into()),
                Values::Int(array) => Nested::Int(array.value(at)),
                Values::Real(array) => Nested::Real(array.value(at)),
                _ => return None,
            };
            Some((name.clone().into(), value))
        };
        if items.is_null(at) { Nested::Null } else { Nested::Map(fields.iter().filter_map(entry).collect()) }
    };
    Ok(Nested::List((0..items.len()).map(object).collect()))
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
        T::Utf8View => Values::Text(array.as_string_view().clone()),
        other if is_text(other) => Values::Text(cast(&T::Utf8View)?.as_string_view().clone()),
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
