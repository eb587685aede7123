//! The result tables: their columns, and the rows that an assessment makes in them. Every door writes these and no others.
//!
//! Every table begins with the keys (`application_id`, `applicant_id`, `as_of`), except the scores, which begin with what
//! people read. Rows of a table stand in the order (`applicant_id`, `as_of`, `application_id`, rank), bytewise.

use std::borrow::Cow;

mod beside;
mod enriched;
mod event;
mod ledger;

pub use beside::{challengers, challengers_row, exact, inputs, inputs_row, of_exact};
pub use enriched::{Described, ENRICHED, EnrichedTable, enriched, enriched_rows};
pub use event::{events, events_row};
pub use ledger::{ledger, ledger_rows};

use crate::{
    assessment::{Assessment, Characteristic, Reason, Side},
    attribute::{
        definition::Unit,
        registry::{self, ColumnId, Registry},
    },
    engine::{Engine, ReasonEvidence},
    ledger::BalanceMode,
    limits::REASONS_MAX,
    time::{Day, Zone},
    value::{Outcome, Value},
};

/// What the cells of a column hold.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Kind {
    /// UTF-8.
    Text,
    /// Signed, 64 bits.
    Integer,
    /// A finite double.
    Real,
    /// True or false.
    Flag,
    /// A calendar day, ISO 8601 in text.
    Date,
    /// A second in UTC, ISO 8601 in text.
    Instant,
}

/// A column of a table.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Column {
    /// Its name; money ends in `_minor`.
    pub name: Cow<'static, str>,
    /// What its cells hold; any may be null.
    pub kind: Kind,
}

/// A table's name and columns.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Schema {
    /// The file's name without its ending.
    pub name: &'static str,
    /// In the order of the file.
    pub columns: Vec<Column>,
}

/// A cell of a row.
#[derive(Clone, PartialEq, Debug)]
#[expect(missing_docs, reason = "see `Kind`; null is an empty cell in text")]
pub enum Cell<'a> {
    Null,
    Text(Cow<'a, str>),
    Integer(i64),
    Real(f64),
    Flag(bool),
    Date(Day),
    Instant(i64),
}

impl<'a> From<&'a str> for Cell<'a> {
    fn from(text: &'a str) -> Cell<'a> {
        Cell::Text(Cow::Borrowed(text))
    }
}

impl From<String> for Cell<'_> {
    fn from(text: String) -> Self {
        Cell::Text(Cow::Owned(text))
    }
}

impl From<i64> for Cell<'_> {
    fn from(number: i64) -> Self {
        Cell::Integer(number)
    }
}

impl From<u32> for Cell<'_> {
    fn from(number: u32) -> Self {
        Cell::Integer(i64::from(number))
    }
}

impl From<u64> for Cell<'_> {
    fn from(number: u64) -> Self {
        Cell::Integer(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

impl From<f64> for Cell<'_> {
    /// Null when not finite; negative zero becomes zero.
    fn from(number: f64) -> Self {
        if number.is_finite() { Cell::Real(number + 0.0) } else { Cell::Null }
    }
}

impl<'a, T: Into<Cell<'a>>> From<Option<T>> for Cell<'a> {
    fn from(value: Option<T>) -> Cell<'a> {
        value.map_or(Cell::Null, T::into)
    }
}

/// What the rows of a run share.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RunFacts {
    /// Who provides the score (the FCRA score block's fifth part).
    pub provider: String,
    /// The model's content-addressed id.
    pub model_id: String,
    /// What the score rests on, such as `expert_uncalibrated`.
    pub score_basis: String,
    /// The lowest score of the scale.
    pub score_min: i64,
    /// The highest score of the scale.
    pub score_max: i64,
    /// The run's zone, for the score's date.
    pub zone: Zone,
}

impl RunFacts {
    /// The facts of an engine.
    #[must_use]
    pub fn of(engine: &Engine) -> RunFacts {
        let model = engine.model().file();
        RunFacts {
            provider: model.provider.clone(),
            model_id: engine.model().id().to_owned(),
            score_basis: model.score_basis.code().to_owned(),
            score_min: model.scale.min,
            score_max: model.scale.max,
            zone: engine.zone().clone(),
        }
    }
}

fn schema(name: &'static str, columns: &[(&'static str, Kind)]) -> Schema {
    let columns = columns.iter().map(|&(name, kind)| Column { name: Cow::Borrowed(name), kind }).collect();
    Schema { name, columns }
}

/// Columns of the scores that earlier versions did not write: absent from a run of theirs, they are read back as null.
pub const SCORES_LATER: [&str; 3] = ["institution_limits", "institution", "institutions"];

/// One row an application, in the order in which people read: the answer, its reasons, then the technical columns.
#[must_use]
pub fn scores() -> Schema {
    let mut table = schema(
        "scores",
        &[
            ("application_id", Kind::Text),
            ("applicant_id", Kind::Text),
            ("status", Kind::Text),
            ("decision", Kind::Text),
            ("score", Kind::Integer),
            ("band", Kind::Text),
        ],
    );
    for rank in 1..=REASONS_MAX {
        for part in ["code", "text"] {
            table.columns.push(Column { name: format!("reason_{rank}_{part}").into(), kind: Kind::Text });
        }
    }
    let technical = [
        ("score_low", Kind::Integer),
        ("score_high", Kind::Integer),
        ("score_min", Kind::Integer),
        ("score_max", Kind::Integer),
        ("score_date", Kind::Date),
        ("score_provider", Kind::Text),
        ("as_of", Kind::Instant),
        ("probability", Kind::Real),
        ("score_basis", Kind::Text),
        ("model_id", Kind::Text),
        ("segment", Kind::Text),
        ("sufficiency", Kind::Text),
        ("institution_limits", Kind::Text),
        ("institution", Kind::Text),
        ("institutions", Kind::Integer),
        ("balance_mode", Kind::Text),
        ("currency", Kind::Text),
        ("applicant_count", Kind::Integer),
        ("base_points", Kind::Integer),
        ("doubts", Kind::Text),
        ("policy_rules", Kind::Text),
        ("rows_used", Kind::Integer),
        ("rows_not_visible", Kind::Integer),
        ("rows_pending", Kind::Integer),
        ("rows_void", Kind::Integer),
        ("rows_duplicate", Kind::Integer),
    ];
    table.columns.extend(technical.map(|(name, kind)| Column { name: name.into(), kind }));
    table
}

/// The row of [`scores`]. Lists inside a cell are joined by blanks: names hold none.
#[must_use]
pub fn scores_row<'a>(assessment: &'a Assessment, facts: &'a RunFacts) -> Vec<Cell<'a>> {
    let scored = assessment.score.is_some();
    let only_scored = |cell: Cell<'a>| if scored { cell } else { Cell::Null };
    let mut row: Vec<Cell<'a>> = vec![
        assessment.application_id.as_str().into(),
        assessment.applicant_id.as_str().into(),
        assessment.status.code().into(),
        assessment.decision.code().into(),
        assessment.score.into(),
        assessment.band.as_deref().into(),
    ];
    let mut adverse = assessment.reasons.iter().filter(|reason| reason.side == Side::Adverse);
    for _ in 0..REASONS_MAX {
        let reason = adverse.next();
        row.push(reason.map(|reason| reason.code.as_str()).into());
        row.push(reason.map(|reason| reason.text.as_str()).into());
    }
    let counts = &assessment.counts;
    row.extend([
        assessment.score_low.into(),
        assessment.score_high.into(),
        facts.score_min.into(),
        facts.score_max.into(),
        only_scored(Cell::Date(facts.zone.day(assessment.as_of))),
        facts.provider.as_str().into(),
        Cell::Instant(assessment.as_of),
        assessment.probability.into(),
        facts.score_basis.as_str().into(),
        facts.model_id.as_str().into(),
        assessment.segment.as_deref().into(),
        assessment.sufficiency.code().into(),
        joined(assessment.institution_limits.iter().map(|one| one.code().to_owned())),
        assessment.institution.as_deref().into(),
        assessment.institutions.into(),
        balance_mode(assessment.balance_mode).into(),
        text_or_null(&assessment.currency),
        (assessment.applicants.len() as u64).into(),
        only_scored(assessment.base_points.into()),
        joined(assessment.doubts.iter().map(|doubt| doubt.code().to_owned())),
        joined(assessment.policy_trace.iter().cloned()),
        counts.rows_used.into(),
        counts.not_visible.into(),
        counts.pending.into(),
        counts.void.into(),
        counts.duplicate_rows.into(),
    ]);
    row
}

/// One row a reason.
#[must_use]
pub fn reasons() -> Schema {
    schema(
        "reasons",
        &[
            ("application_id", Kind::Text),
            ("applicant_id", Kind::Text),
            ("as_of", Kind::Instant),
            ("side", Kind::Text),
            ("rank", Kind::Integer),
            ("source", Kind::Text),
            ("code", Kind::Text),
            ("text", Kind::Text),
            ("reviewer", Kind::Text),
            ("c1", Kind::Text),
            ("attribute", Kind::Text),
            ("points", Kind::Real),
        ],
    )
}

/// A row of [`reasons`].
#[must_use]
pub fn reasons_row<'a>(assessment: &'a Assessment, reason: &'a Reason) -> Vec<Cell<'a>> {
    let mut row = keys(assessment);
    row.extend([
        reason.side.code().into(),
        reason.rank.into(),
        reason.source.code().into(),
        reason.code.as_str().into(),
        reason.text.as_str().into(),
        reason.reviewer.as_str().into(),
        text_or_null(&reason.c1),
        text_or_null(&reason.attribute),
        Cell::from(reason.points),
    ]);
    row
}

/// One row a characteristic of a scored application: with `base_points`, the points add up to the score.
#[must_use]
pub fn characteristics() -> Schema {
    schema(
        "characteristics",
        &[
            ("application_id", Kind::Text),
            ("applicant_id", Kind::Text),
            ("as_of", Kind::Instant),
            ("attribute", Kind::Text),
            ("value", Kind::Real),
            ("value_text", Kind::Text),
            ("missing", Kind::Text),
            ("currency", Kind::Text),
            ("bin", Kind::Text),
            ("points", Kind::Integer),
            ("baseline", Kind::Real),
        ],
    )
}

/// A row of [`characteristics`]: a number in `value`, a code or a date in `value_text`, else the cause in `missing`.
#[must_use]
pub fn characteristics_row<'a>(assessment: &'a Assessment, characteristic: &'a Characteristic) -> Vec<Cell<'a>> {
    let (value, text, missing) = match &characteristic.value {
        Ok(Value::Integer(value)) => (Cell::Integer(*value), Cell::Null, Cell::Null),
        Ok(Value::Real(value)) => (Cell::from(*value), Cell::Null, Cell::Null),
        Ok(Value::Code(code)) => (Cell::Null, (*code).into(), Cell::Null),
        Ok(Value::Date(day)) => (Cell::Null, day.to_string().into(), Cell::Null),
        Err(cause) => (Cell::Null, Cell::Null, cause.code().into()),
    };
    let mut row = keys(assessment);
    row.extend([
        characteristic.attribute.as_str().into(),
        value,
        text,
        missing,
        text_or_null(&assessment.currency),
        characteristic.bin.as_str().into(),
        characteristic.points.into(),
        Cell::from(characteristic.baseline),
    ]);
    row
}

/// Columns of [`matrix`] before the first attribute.
pub const MATRIX_KEYS: usize = registry::MATRIX_KEYS.len();

/// One row an application, one column for each of `columns`; a missing value is null, whatever its cause.
#[must_use]
pub fn matrix(registry: &Registry, columns: &[ColumnId]) -> Schema {
    let [application, applicant, as_of, currency] = registry::MATRIX_KEYS;
    let keys = [(application, Kind::Text), (applicant, Kind::Text), (as_of, Kind::Instant), (currency, Kind::Text)];
    let mut table = schema("attributes", &keys);
    for column in columns.iter().filter_map(|id| registry.columns().get(usize::from(id.0))) {
        let kind = match registry.definitions()[usize::from(column.definition)].unit {
            Unit::Code => Kind::Text,
            Unit::Date => Kind::Date,
            _ => Kind::Real,
        };
        table.columns.push(Column { name: column.name.clone().into(), kind });
    }
    table
}

/// The row of [`matrix`]; `outcomes` stand in the order of its columns.
#[must_use]
pub fn matrix_row<'a>(assessment: &'a Assessment, outcomes: &[Outcome]) -> Vec<Cell<'a>> {
    let mut row = keys(assessment);
    row.push(text_or_null(&assessment.currency));
    row.extend(outcomes.iter().map(|outcome| match *outcome {
        Ok(Value::Integer(value)) => Cell::Integer(value),
        Ok(Value::Real(value)) => Cell::from(value),
        Ok(Value::Code(code)) => code.into(),
        Ok(Value::Date(day)) => Cell::Date(day),
        Err(_) => Cell::Null,
    }));
    row
}

/// One row a transaction or day that a reason rests on, the reason named by its side and rank as in [`reasons`]; a reason that
/// rests on an absence has one row with neither.
#[must_use]
pub fn evidence() -> Schema {
    schema(
        "evidence",
        &[
            ("application_id", Kind::Text),
            ("applicant_id", Kind::Text),
            ("as_of", Kind::Instant),
            ("side", Kind::Text),
            ("rank", Kind::Integer),
            ("code", Kind::Text),
            ("attribute", Kind::Text),
            ("transaction_id", Kind::Text),
            ("day", Kind::Text),
            ("count", Kind::Integer),
            ("first_day", Kind::Text),
            ("end_day", Kind::Text),
            ("accounts", Kind::Text),
            ("rows_examined", Kind::Integer),
        ],
    )
}

/// The rows of [`evidence`] for one reason. `count` says how many there are in all; `end_day` is exclusive.
#[must_use]
pub fn evidence_rows<'a>(assessment: &'a Assessment, evidence: &'a ReasonEvidence) -> Vec<Vec<Cell<'a>>> {
    let row = |transaction: Cell<'a>, day: Cell<'a>| {
        let mut row = keys(assessment);
        row.extend([
            evidence.side.code().into(),
            evidence.rank.into(),
            evidence.code.as_str().into(),
            evidence.attribute.as_str().into(),
            transaction,
            day,
            evidence.count.into(),
            evidence.first_day.as_str().into(),
            evidence.end_day.as_str().into(),
            joined(evidence.accounts.iter().cloned()),
            evidence.rows_examined.into(),
        ]);
        row
    };
    let mut rows: Vec<Vec<Cell<'a>>> = evidence.ids.iter().map(|id| row(id.as_str().into(), Cell::Null)).collect();
    rows.extend(evidence.days.iter().map(|day| row(Cell::Null, day.as_str().into())));
    if rows.is_empty() {
        rows.push(row(Cell::Null, Cell::Null));
    }
    rows
}

fn keys(assessment: &Assessment) -> Vec<Cell<'_>> {
    vec![
        assessment.application_id.as_str().into(),
        assessment.applicant_id.as_str().into(),
        Cell::Instant(assessment.as_of),
    ]
}

fn text_or_null(text: &str) -> Cell<'_> {
    if text.is_empty() { Cell::Null } else { text.into() }
}

fn joined<'a>(names: impl Iterator<Item = String>) -> Cell<'a> {
    let names: Vec<String> = names.collect();
    if names.is_empty() { Cell::Null } else { names.join(" ").into() }
}

/// The name that serde gives to a unit variant.
fn code<T: serde::Serialize>(variant: &T) -> String {
    match serde_json::to_value(variant) {
        Ok(serde_json::Value::String(code)) => code,
        _ => String::new(),
    }
}

fn balance_mode(mode: BalanceMode) -> &'static str {
    match mode {
        BalanceMode::Strict => "strict",
        BalanceMode::Reconstruct => "reconstruct",
        BalanceMode::None => "none",
    }
}

#[cfg(test)]
mod tests;
