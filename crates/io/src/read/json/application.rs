//! Applications as JSON objects. A lender writes them, with columns of its own, so every key is read by its name and
//! handed to the rules that hold for the columns of any table of applications.

use std::borrow::Cow;

use cashline_core::{
    defect::{DefectKind, Source},
    row::ApplicationRow,
};
use serde::de::{MapAccess, SeqAccess};

use super::{
    field::{Into, Names, Scalar, Take, next_key, parse},
    rows::Fault,
};
use crate::read::{
    ReadOptions, application,
    cell::Cell,
    nested::Nested,
    table::{APPLICATIONS, Cells},
};

/// What stands in the way of an application.
#[derive(Debug)]
pub(super) enum Trouble {
    /// The row is set aside.
    Row(Fault),
    /// The file is refused: a column that no score may see.
    File(String),
}

/// The keys of an object with their values.
#[derive(Default)]
struct Members<'a>(Vec<(Cow<'a, str>, Member<'a>)>);

/// A value, and its elements when it is a list of words.
#[derive(Default)]
struct Member<'a> {
    scalar: Scalar<'a>,
    list: Option<Nested<'a>>,
}

impl<'de> Take<'de> for Members<'de> {
    fn scalar(&mut self, _: Scalar<'de>) {}

    fn map<A: MapAccess<'de>>(&mut self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = next_key(&mut map)? {
            let mut member = Member::default();
            map.next_value_seed(Into(&mut member))?;
            self.0.push((key, member));
        }
        Ok(())
    }
}

impl<'de> Take<'de> for Member<'de> {
    fn scalar(&mut self, value: Scalar<'de>) {
        self.scalar = value;
    }

    fn list<A: SeqAccess<'de>>(&mut self, list: A) -> Result<(), A::Error> {
        let mut names = Names::default();
        names.list(list)?;
        let item = |value| match value {
            Scalar::Text(text) => Nested::Text(text),
            // No text: the rules for lists of words refuse it.
            _ => Nested::Null,
        };
        self.list = Some(Nested::List(names.names.unwrap_or_default().into_iter().map(item).collect()));
        Ok(())
    }
}

impl Member<'_> {
    fn cell(&self) -> Result<Cell<'_>, DefectKind> {
        match (&self.list, &self.scalar) {
            (Some(list), _) => Ok(Cell::Node(list)),
            (None, Scalar::Absent) => Ok(Cell::Null),
            (None, Scalar::Text(text)) => Ok(Cell::Text(text)),
            (None, Scalar::Integer(value)) => Ok(Cell::Int(*value)),
            (None, Scalar::Real(value)) => Ok(Cell::Real(*value)),
            (None, Scalar::Bool(value)) => Ok(Cell::Bool(*value)),
            (None, Scalar::Wide) => Err(DefectKind::OutOfRange),
            (None, Scalar::Nested) => Err(DefectKind::BadJson),
        }
    }
}

/// Reads the text of an application's object and hands its row on.
pub(super) fn read<T>(
    text: &str,
    source: Source,
    options: &ReadOptions,
    then: impl FnOnce(ApplicationRow<'_>) -> T,
) -> Result<T, Trouble> {
    let fault = |column, kind| Trouble::Row(Fault { column, kind });
    let mut members = Members::default();
    parse(text, &mut members).map_err(|_| fault("", DefectKind::BadJson))?;
    let members = members.0;
    application::check_options(options).map_err(Trouble::File)?;
    for (key, _) in &members {
        application::check_column(key, options).map_err(Trouble::File)?;
    }
    let mut cells = Cells::new(APPLICATIONS);
    for (slot, column) in APPLICATIONS.iter().enumerate() {
        if let Some(member) = find(&members, column.path).map_err(|kind| fault(column.path, kind))? {
            cells.set(slot, member.cell().map_err(|kind| fault(column.path, kind))?);
        }
    }
    let mut extras = Vec::with_capacity(options.extra_columns.len());
    for name in &options.extra_columns {
        let member = find(&members, name).map_err(|kind| fault("extra_columns", kind))?;
        let cell = member.map_or(Ok(Cell::Null), Member::cell).map_err(|kind| fault("extra_columns", kind))?;
        extras.push((name.as_str(), cell));
    }
    extras.sort_by_key(|extra| extra.0);
    extras.dedup_by_key(|extra| extra.0);
    match application::row(&cells, &extras, source) {
        Ok(row) => Ok(then(row)),
        Err(found) => Err(fault(found.column, found.kind)),
    }
}

fn find<'m, 'a>(members: &'m [(Cow<'a, str>, Member<'a>)], name: &str) -> Result<Option<&'m Member<'a>>, DefectKind> {
    let mut found = members.iter().filter(|member| member.0 == name);
    let first = found.next().map(|member| &member.1);
    if found.next().is_some() { Err(DefectKind::DuplicateKey) } else { Ok(first) }
}
