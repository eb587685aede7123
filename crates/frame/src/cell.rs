//! Typed access to the columns of a frame: checked once a column, cheap a cell. Money never passes through `f64`, except
//! a Float64 column that is integral, which DuckDB makes of integers.

use polars::prelude::{
    BooleanChunked, Column, DataFrame, DataType, Float64Chunked, Int64Chunked, StringChunked, TimeUnit,
};

use crate::FrameError;

/// A cell of an integer column.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Whole {
    /// Null.
    Null,
    /// An integer.
    Value(i64),
    /// A float that is not integral, or beyond 2^53.
    Broken,
}

/// Text.
pub(crate) struct Texts(StringChunked);

/// Integers, integral floats, or times in seconds.
pub(crate) enum Wholes {
    Integers(Int64Chunked),
    Floats(Float64Chunked),
}

/// Booleans.
pub(crate) struct Flags(BooleanChunked);

impl Texts {
    pub(crate) fn get(&self, row: usize) -> Option<&str> {
        self.0.get(row)
    }
}

impl Wholes {
    pub(crate) fn get(&self, row: usize) -> Whole {
        match self {
            Wholes::Integers(values) => values.get(row).map_or(Whole::Null, Whole::Value),
            Wholes::Floats(values) => values.get(row).map_or(Whole::Null, integral),
        }
    }
}

impl Flags {
    pub(crate) fn get(&self, row: usize) -> Option<bool> {
        self.0.get(row)
    }
}

/// 2^53: above it a double no longer holds every integer.
const EXACT_MAX: f64 = 9_007_199_254_740_992.0;

fn integral(value: f64) -> Whole {
    if value.fract() == 0.0 && value.abs() <= EXACT_MAX {
        #[expect(clippy::cast_possible_truncation, reason = "integral and within 2^53")]
        return Whole::Value(value as i64);
    }
    Whole::Broken
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
