//! Monitoring events as a table.

use super::{Cell, Kind, Schema, joined, keys, schema, text_or_null};
use crate::{assessment::Assessment, event::Event};

/// One row an event, in the order in which the kinds of events are registered: what changed of an application since the last
/// answer of the state that the run was given.
#[must_use]
pub fn events() -> Schema {
    schema(
        "events",
        &[
            ("application_id", Kind::Text),
            ("applicant_id", Kind::Text),
            ("as_of", Kind::Instant),
            ("kind", Kind::Text),
            ("account_id", Kind::Text),
            ("from", Kind::Text),
            ("to", Kind::Text),
            ("evidence", Kind::Text),
        ],
    )
}

/// A row of [`events`]; evidence stands as `attribute=value`, joined by blanks.
#[must_use]
pub fn events_row<'a>(assessment: &'a Assessment, event: &'a Event) -> Vec<Cell<'a>> {
    let mut row = keys(assessment);
    row.extend([
        event.kind.into(),
        event.account.as_deref().map_or(Cell::Null, text_or_null),
        event.from.as_deref().into(),
        event.to.as_deref().into(),
        joined(event.evidence.iter().map(|(name, value)| format!("{name}={value}"))),
    ]);
    row
}
