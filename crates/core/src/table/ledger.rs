//! The labelled ledger: one row a transaction.

use super::{Cell, Kind, Schema, keys, schema, text_or_null};
use crate::{assessment::Assessment, engine::LabelledRow};

/// One row a transaction that was visible at T. It carries the bank's text: personal data.
#[must_use]
pub fn ledger() -> Schema {
    schema(
        "ledger",
        &[
            ("application_id", Kind::Text),
            ("applicant_id", Kind::Text),
            ("as_of", Kind::Instant),
            ("account_id", Kind::Text),
            ("transaction_id", Kind::Text),
            ("day", Kind::Date),
            ("amount_minor", Kind::Integer),
            ("currency", Kind::Text),
            ("pending", Kind::Flag),
            ("description", Kind::Text),
            ("purpose", Kind::Text),
            ("instrument", Kind::Text),
            ("role", Kind::Text),
            ("rule", Kind::Text),
            ("confidence", Kind::Integer),
            ("internal", Kind::Flag),
            ("text_purpose", Kind::Text),
            ("text_rule", Kind::Text),
            ("payments", Kind::Integer),
            ("cadence", Kind::Text),
        ],
    )
}

/// The row of [`ledger`] for each transaction. The last four are filled where the rows around a row refined what its text
/// said: what that was, how many rows spoke together, and the calendar they keep.
#[must_use]
pub fn ledger_rows<'a>(assessment: &'a Assessment, rows: &'a [LabelledRow]) -> Vec<Vec<Cell<'a>>> {
    let row = |one: &'a LabelledRow| {
        let mut row = keys(assessment);
        let refined = one.refined.as_ref();
        row.extend([
            one.account_id.as_str().into(),
            one.transaction_id.as_str().into(),
            Cell::Date(one.day),
            one.amount_minor.into(),
            one.currency.as_str().to_owned().into(),
            Cell::Flag(one.pending),
            one.description.as_str().into(),
            one.purpose.as_str().into(),
            one.instrument.as_str().into(),
            one.role.as_str().into(),
            text_or_null(&one.rule),
            i64::from(one.confidence).into(),
            Cell::Flag(one.internal),
            refined.map(|before| before.purpose.as_str()).into(),
            refined.map_or(Cell::Null, |before| text_or_null(&before.rule)),
            refined.map(|before| i64::from(before.payments)).into(),
            refined.map_or(Cell::Null, |before| text_or_null(before.cadence)),
        ]);
        row
    };
    rows.iter().map(row).collect()
}
