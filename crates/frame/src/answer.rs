//! The answer as a frame: the columns of the batch's `scores` table, in its order.

use cashline_core::{
    engine::Engine,
    table::{self, Cell, Kind, RunFacts},
};
use polars::prelude::{Column, DataFrame, DataType, NamedFrom as _, Series, TimeUnit};

use crate::{Assessed, FrameError};

/// The table of scores.
pub(crate) fn scores(assessed: &Assessed, engine: &Engine) -> Result<DataFrame, FrameError> {
    let schema = table::scores();
    let facts = RunFacts::of(engine);
    let rows: Vec<Vec<Cell<'_>>> =
        assessed.assessments.iter().map(|assessment| table::scores_row(assessment, &facts)).collect();
    let column = |(at, column): (usize, &table::Column)| series(column, rows.iter().map(|row| &row[at]));
    let columns: Vec<Column> = schema.columns.iter().enumerate().map(column).collect::<Result<_, FrameError>>()?;
    Ok(DataFrame::new(rows.len(), columns)?)
}

fn series<'c>(column: &table::Column, cells: impl Iterator<Item = &'c Cell<'c>>) -> Result<Column, FrameError> {
    let name = column.name.as_ref().into();
    let series = match column.kind {
        Kind::Text => Series::new(name, cells.map(text).collect::<Vec<_>>()),
        Kind::Integer => Series::new(name, cells.map(integer).collect::<Vec<_>>()),
        Kind::Real => Series::new(name, cells.map(real).collect::<Vec<_>>()),
        Kind::Flag => Series::new(name, cells.map(flag).collect::<Vec<_>>()),
        Kind::Date => {
            let days: Vec<Option<i32>> =
                cells.map(|cell| if let Cell::Date(day) = cell { Some(day.0) } else { None }).collect();
            Series::new(name, days).cast(&DataType::Date)?
        }
        Kind::Instant => {
            let millis: Vec<Option<i64>> = cells
                .map(|cell| if let Cell::Instant(seconds) = cell { Some(seconds * 1_000) } else { None })
                .collect();
            Series::new(name, millis).cast(&DataType::Datetime(TimeUnit::Milliseconds, None))?
        }
    };
    Ok(series.into())
}

fn text<'c>(cell: &'c Cell<'c>) -> Option<&'c str> {
    if let Cell::Text(text) = cell { Some(text) } else { None }
}

fn integer(cell: &Cell<'_>) -> Option<i64> {
    if let Cell::Integer(value) = cell { Some(*value) } else { None }
}

fn real(cell: &Cell<'_>) -> Option<f64> {
    match cell {
        Cell::Real(value) => Some(*value),
        #[expect(clippy::cast_precision_loss, reason = "a real column that happens to hold whole numbers below 2^53")]
        Cell::Integer(value) => Some(*value as f64),
        _ => None,
    }
}

fn flag(cell: &Cell<'_>) -> Option<bool> {
    if let Cell::Flag(value) = cell { Some(*value) } else { None }
}
