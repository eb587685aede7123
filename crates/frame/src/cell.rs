//! Typed access to the columns of a frame: checked once a column, cheap a cell. Money never passes through `f64`, except
//! a Float64 column that is integral, which DuckDB makes of integers.

use cashline_core::{defect::DefectKind, field};
use cashline_io::read;
use polars::prelude::{
    BooleanChunked, Column, DataFrame, DataType, Float64Chunked, Int64Chunked, StringChunked, TimeUnit,
};

use crate::FrameError;

/// Text.
pub(crate) struct Texts(StringChunked);

/// Integers, integral floats, or times in seconds.
pub(crate) enum Wholes {
    Integers(Int64Chunked),
    Floats(Float64Chunked),
}

/// Lists of words, one a row.
pub(crate) struct Lists(Vec<Result<Option<Vec<String>>, DefectKind>>);

/// Booleans.
pub(crate) struct Flags(BooleanChunked);

impl Texts {
    pub(crate) fn get(&self, row: usize) -> Option<&str> {
        self.0.get(row)
    }
}

impl Wholes {
    /// Null is nothing, and so is NaN, by which data frames write null.
    pub(crate) fn get(&self, row: usize) -> Result<Option<i64>, DefectKind> {
        match self {
            Wholes::Integers(values) => Ok(values.get(row)),
            Wholes::Floats(values) => values.get(row).filter(|value| !value.is_nan()).map(field::integral).transpose(),
        }
    }
}

impl Lists {
    pub(crate) fn get(&self, row: usize) -> Result<Option<&[String]>, DefectKind> {
        self.0.get(row).map_or(Ok(None), |list| list.as_ref().map(Option::as_deref).map_err(|kind| *kind))
    }
}

impl Flags {
    pub(crate) fn get(&self, row: usize) -> Option<bool> {
        self.0.get(row)
    }
}

/// Finds and types the columns of one frame.
#[derive(Clone, Copy)]
pub(crate) struct Finder<'f> {
    pub(crate) table: &'static str,
    pub(crate) frame: &'f DataFrame,
}

impl Finder<'_> {
    pub(crate) fn texts(&self, column: &'static str) -> Result<Texts, FrameError> {
        self.maybe_texts(column)?.ok_or_else(|| self.missing(column))
    }

    pub(crate) fn wholes(&self, column: &'static str) -> Result<Wholes, FrameError> {
        self.maybe_wholes(column)?.ok_or_else(|| self.missing(column))
    }

    pub(crate) fn maybe_texts(&self, column: &'static str) -> Result<Option<Texts>, FrameError> {
        let Some(found) = self.find(column) else { return Ok(None) };
        let text = match found.dtype() {
            DataType::String => found.str().cloned(),
            DataType::Null => return Ok(None),
            _ => return Err(self.wrong(column, "String", found)),
        };
        text.map(|text| Some(Texts(text))).map_err(|_| self.wrong(column, "String", found))
    }

    /// Lists of texts, or texts that list words as a file's cells do.
    pub(crate) fn maybe_lists(&self, column: &'static str) -> Result<Option<Lists>, FrameError> {
        let Some(found) = self.find(column) else { return Ok(None) };
        let wrong = || self.wrong(column, "List(String)", found);
        let lists = match found.dtype() {
            DataType::Null => return Ok(None),
            DataType::String => {
                let texts = found.str().map_err(|_| wrong())?;
                texts.iter().map(|text| read::listed(text.unwrap_or_default())).collect()
            }
            DataType::List(of) if matches!(**of, DataType::String | DataType::Null) => {
                let lists = found.list().map_err(|_| wrong())?;
                let words = |row: usize| {
                    let Some(list) = lists.get_as_series(row) else { return Ok(None) };
                    if list.is_empty() {
                        return Ok(Some(vec![]));
                    }
                    let words = list.str().map_err(|_| DefectKind::BadList)?;
                    words
                        .iter()
                        .map(|word| word.map(str::to_owned).ok_or(DefectKind::BadList))
                        .collect::<Result<_, _>>()
                        .map(Some)
                };
                (0..lists.len()).map(words).collect()
            }
            _ => return Err(wrong()),
        };
        Ok(Some(Lists(lists)))
    }

    /// Integers; a Datetime or Date counts its seconds.
    pub(crate) fn maybe_wholes(&self, column: &'static str) -> Result<Option<Wholes>, FrameError> {
        let Some(found) = self.find(column) else { return Ok(None) };
        let wrong = || self.wrong(column, "Int64", found);
        let integers = |column: &Column| column.cast(&DataType::Int64).and_then(|cast| cast.i64().cloned());
        let wholes = match found.dtype() {
            DataType::Null => return Ok(None),
            DataType::Float32 | DataType::Float64 => {
                let cast = found.cast(&DataType::Float64).map_err(|_| wrong())?;
                Wholes::Floats(cast.f64().map_err(|_| wrong())?.clone())
            }
            DataType::Date => {
                let days = integers(found).map_err(|_| wrong())?;
                Wholes::Integers(days.iter().map(|day| day.map(|day| day * 86_400)).collect())
            }
            DataType::Datetime(unit, _) => {
                let scale = match unit {
                    TimeUnit::Milliseconds => 1_000,
                    TimeUnit::Microseconds => 1_000_000,
                    TimeUnit::Nanoseconds => 1_000_000_000,
                };
                let ticks = integers(found).map_err(|_| wrong())?;
                Wholes::Integers(ticks.iter().map(|tick| tick.map(|tick| tick.div_euclid(scale))).collect())
            }
            other if other.is_integer() => Wholes::Integers(integers(found).map_err(|_| wrong())?),
            _ => return Err(wrong()),
        };
        Ok(Some(wholes))
    }

    pub(crate) fn maybe_flags(&self, column: &'static str) -> Result<Option<Flags>, FrameError> {
        let Some(found) = self.find(column) else { return Ok(None) };
        match found.dtype() {
            DataType::Null => Ok(None),
            DataType::Boolean => {
                let flags = found.bool().map_err(|_| self.wrong(column, "Boolean", found))?;
                Ok(Some(Flags(flags.clone())))
            }
            _ => Err(self.wrong(column, "Boolean", found)),
        }
    }

    pub(crate) fn find(&self, column: &str) -> Option<&Column> {
        self.frame.column(column).ok()
    }

    fn missing(&self, column: &'static str) -> FrameError {
        let found = self.frame.get_column_names().into_iter().map(|name| name.to_string()).collect();
        FrameError::MissingColumn { table: self.table, column, found }
    }

    fn wrong(&self, column: &'static str, wanted: &'static str, found: &Column) -> FrameError {
        FrameError::ColumnType { table: self.table, column, wanted, found: found.dtype().to_string() }
    }
}
