//! Raw tables of events: `data` stands as JSON in one column; that the row is an event, of which type and when, in others.

use super::{
    cell::{self, Cell},
    json::EventRow,
};

/// The columns beside the one of JSON that say it.
#[derive(Clone, Copy, Debug)]
pub(super) struct EventColumns {
    object: Option<usize>,
    kind: Option<usize>,
    created: Option<usize>,
}

impl EventColumns {
    pub(super) fn of<'n>(names: impl Iterator<Item = &'n str> + Clone) -> EventColumns {
        let at = |wanted: &str| names.clone().position(|name| name == wanted);
        EventColumns { object: at("object"), kind: at("type"), created: at("created") }
    }

    /// Whether the column is one of them.
    pub(super) fn reads(&self, column: usize) -> bool {
        self.all().any(|at| at == column)
    }

    /// Those that are there.
    pub(super) fn all(&self) -> impl Iterator<Item = usize> {
        [self.object, self.kind, self.created].into_iter().flatten()
    }

    /// What a row says.
    pub(super) fn row<'a>(&self, cell: impl Fn(usize) -> Cell<'a>) -> EventRow<'a> {
        let word = |at: Option<usize>| at.and_then(|at| cell::word_or_null(cell(at)).ok().flatten());
        EventRow {
            object: word(self.object),
            kind: word(self.kind),
            created: self.created.map_or(Ok(None), |at| cell::seconds_or_null(cell(at))),
        }
    }
}
