//! JSON of every layout that Stripe's lists, exports and event logs arrive in: typed straight into rows, in one pass.
//!
//! Two walks over the bytes, lines (`lines`) and documents (`documents`), hand objects (`object`) to one place that
//! makes rows of them (`emit`). `detect` says which walk a file needs.

mod application;
mod detect;
mod documents;
mod emit;
mod events;
mod field;
mod lines;
mod near;
mod object;
mod part;
mod plain;
mod rows;
mod scan;
#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, path::Path};

use cashline_core::{
    defect::{Defect, DefectKind, Source, Whose},
    row::TransactionRow,
};

pub(crate) use detect::Sniff;
pub(crate) use events::EventRow;
pub use events::{EVENT_TYPES, EventType};
pub(super) use scan::reach;
pub use scan::{DEPTH_MAX, OBJECT_BYTES_MAX};

use self::{detect::Form, emit::Emitter, lines::Lines, object::Object, scan::Stop};
use crate::{
    error::Error,
    read::{
        Batch, Batches, Facts, Head, InputFile, Item, Layout, ListEnd, ListOf, ReadOptions, Sink, one_by_one,
        open::{self, Content},
    },
};

/// List envelopes as the API returns them.
pub const ENVELOPES: Layout = Layout {
    name: "list_envelopes",
    arises: "pages of a list endpoint: one a file, one a line, back to back, or an array of them",
    detect: |head, _| detect::detect(head, Form::Envelopes),
    read: |file, options, sink| documents(file, options, &mut |batch| one_by_one(batch, sink)),
    batches: Some(documents),
};

/// Events with the object inside.
pub const EVENTS: Layout = Layout {
    name: "events",
    arises: "a webhook sink or the Events API; `data.object` holds the account as it was then",
    detect: |head, _| detect::detect(head, Form::Events),
    read: |file, options, sink| either(file, options, &mut |batch| one_by_one(batch, sink)),
    batches: Some(either),
};

/// Sessions with their accounts.
pub const SESSIONS: Layout = Layout {
    name: "sessions",
    arises: "a dump at link time: session objects with `accounts.data`",
    detect: |head, _| detect::detect(head, Form::Sessions),
    read: |file, options, sink| either(file, options, &mut |batch| one_by_one(batch, sink)),
    batches: Some(either),
};

/// One JSON array of objects.
pub const ARRAY: Layout = Layout {
    name: "json_array",
    arises: "`json.dump(list(...))`: one array of objects",
    detect: |head, _| detect::detect(head, Form::Array),
    read: |file, options, sink| documents(file, options, &mut |batch| one_by_one(batch, sink)),
    batches: Some(documents),
};

/// Objects with a key that holds the object as JSON.
pub const TEXT_COLUMN: Layout = Layout {
    name: "ndjson_text_column",
    arises: "raw tables of databases and loaders: an id and the object in `_raw`, `data` or `payload`; of events, `data` beside `type` and `created`",
    detect: |head, _| detect::detect(head, Form::TextColumn),
    read: |file, options, sink| either(file, options, &mut |batch| one_by_one(batch, sink)),
    batches: Some(either),
};

/// An object a line with flattened keys.
pub const FLATTENED: Layout = Layout {
    name: "ndjson_flattened",
    arises: "`json_normalize(...).to_json(lines=True)`: keys such as `status_transitions.posted_at`, whole numbers as 1.0",
    detect: |head, _| detect::detect(head, Form::Flattened),
    read: |file, options, sink| either(file, options, &mut |batch| one_by_one(batch, sink)),
    batches: Some(either),
};

/// An object a line.
pub const LINES: Layout = Layout {
    name: "ndjson",
    arises: "`jq -c '.data[]'` or a loop over the API: one object a line, of one kind or mixed",
    detect: |head, _| detect::detect(head, Form::Lines),
    read: |file, options, sink| lines(file, options, &mut |batch| one_by_one(batch, sink)),
    batches: Some(lines),
};

/// One object, or several back to back.
pub const OBJECTS: Layout = Layout {
    name: "json_objects",
    arises: "one object printed over several lines, or several back to back",
    detect: |head, _| detect::detect(head, Form::Objects),
    read: |file, options, sink| documents(file, options, &mut |batch| one_by_one(batch, sink)),
    batches: Some(documents),
};

/// What a walk hands over.
#[derive(Debug)]
enum Piece<'a> {
    Object {
        object: &'a Object<'a>,
        text: &'a str,
        line: u64,
    },
    /// A plain transaction; which file it is of, the walk does not know.
    Transaction(TransactionRow<'a>),
    Lines(Lines<'a>),
    Defect {
        line: u64,
        column: &'static str,
        kind: DefectKind,
    },
    PageStart,
    PageEnd {
        url: Option<&'a str>,
        has_more: bool,
    },
}

/// Takes what a walk hands over.
type Visit<'s> = dyn FnMut(Piece<'_>) -> Result<(), Error> + 's;

fn lines(file: &InputFile, options: &ReadOptions, sink: &mut Batches<'_>) -> Result<Facts, Error> {
    read(file, options, sink, |content, visit| lines::walk(content, visit))
}

fn documents(file: &InputFile, options: &ReadOptions, sink: &mut Batches<'_>) -> Result<Facts, Error> {
    read(file, options, sink, |content, visit| documents::walk(content, visit))
}

/// The walk that the file's own start asks for.
fn either(file: &InputFile, options: &ReadOptions, sink: &mut Batches<'_>) -> Result<Facts, Error> {
    let (_, bytes, whole) = open::head(&file.path)?;
    match detect::is_lines(&Head::new(&bytes, whole)) {
        true => lines(file, options, sink),
        false => documents(file, options, sink),
    }
}

fn read(
    file: &InputFile,
    options: &ReadOptions,
    sink: &mut Batches<'_>,
    walk: impl FnOnce(&mut Content, &mut Visit<'_>) -> Result<(), Stop>,
) -> Result<Facts, Error> {
    let mut content = open::open(file)?;
    let mut emitter = Emitter::new(file, options, sink);
    match walk(&mut content, &mut |piece| emitter.take(piece)) {
        Ok(()) => {}
        Err(Stop::Sink(error)) => return Err(error),
        Err(Stop::Read(error)) => return Err(content.explain(error)),
        Err(Stop::Malformed(place, what)) => return Err(malformed(&file.path, place, what)),
    }
    let lists = emitter.finish();
    Ok(Facts { lists, ..content.finish()? })
}

fn malformed(path: &Path, place: scan::Place, what: &str) -> Error {
    let message = format!("line {}, column {}: {what}; repair or export the file again", place.line, place.column);
    Error::Unusable { path: path.to_owned(), message }
}

/// Reads an object that stands as JSON text in a column of some table (CSV or Parquet), or the `data` of an event of which `row`
/// holds the rest: its rows carry the cell's source.
///
/// # Errors
///
/// A key is near to a field that no key fills, or what the sink returns; a text that is no JSON is a defect of kind `bad_json`.
///
/// The text may be a page of a list: how the list ended there is added to `lists`, of which one page must be the last.
pub(crate) fn read_object_text(
    text: &str,
    row: EventRow<'_>,
    path: &Path,
    source: Source,
    options: &ReadOptions,
    lists: &mut BTreeMap<ListOf, bool>,
    sink: &mut Sink<'_>,
) -> Result<(), Error> {
    match lines::read(text.as_bytes()) {
        Ok((text, object)) => {
            let sink = &mut |batch: Batch<'_>| one_by_one(batch, sink);
            let mut emitter = Emitter::of_cell((path, source.file), options, sink);
            emitter.cell(&object, row, Some(text), source.line)?;
            for end in emitter.finish() {
                *lists.entry(end.of).or_insert(true) &= end.has_more;
            }
            Ok(())
        }
        Err(kind) => sink(Item::Defect(Defect { source, column: "payload".to_owned(), kind, whose: Whose::Unknown })),
    }
}

/// How lists ended, for a file's [`Facts`].
pub(crate) fn ends(lists: BTreeMap<ListOf, bool>) -> Vec<ListEnd> {
    lists.into_iter().map(|(of, has_more)| ListEnd { of, has_more }).collect()
}
