//! Corrections: what staff say of transactions when a decision is disputed. A table that a lender writes for us, as CSV,
//! Parquet or JSON. What a row means is checked by [`cashline_core::correction`]; here its cells are.

use std::path::Path;

use cashline_core::{
    defect::{DefectKind, Source, Whose},
    row::CorrectionRow,
};

use crate::{
    error::Error,
    read::{
        Item, Sink, Table,
        cell::{self, Cell},
        near,
        table::{self, Cells, Fault},
        tables::CORRECTIONS,
    },
    write::unguarded,
};

/// Slots of [`crate::read::tables::CORRECTIONS`].
mod slot {
    pub(super) const TRANSACTION_ID: usize = 0;
    pub(super) const ACTION: usize = 1;
    pub(super) const PURPOSE: usize = 2;
    pub(super) const BY: usize = 3;
    pub(super) const WHY: usize = 4;
    pub(super) const AT: usize = 5;
}

/// A correction's row out of its cells.
pub(crate) fn row<'r>(cells: &Cells<'r>, source: Source) -> Result<CorrectionRow<'r>, Fault> {
    let at = cells.read(slot::AT, cell::as_of_or_null)?;
    Ok(CorrectionRow {
        transaction_id: cells.read(slot::TRANSACTION_ID, id)?,
        action: cells.read(slot::ACTION, cell::word_or_null)?.unwrap_or_default(),
        purpose: cells.read(slot::PURPOSE, cell::word_or_null)?,
        by: cells.read(slot::BY, cell::text)?,
        why: cells.read(slot::WHY, cell::text)?,
        at: at.ok_or_else(|| cells.fault(slot::AT, DefectKind::MissingValue))?,
        source,
    })
}

/// An id as staff copied it, which may be out of a table of ours in CSV.
fn id(cell: Cell<'_>) -> Result<&str, DefectKind> {
    cell::id(cell).map(unguarded)
}

/// Of which transaction it is, where that can be read.
pub(crate) fn whose(cells: &Cells<'_>) -> Whose {
    id(cells.get(slot::TRANSACTION_ID)).map_or(Whose::Unknown, |id| Whose::Transaction(id.to_owned()))
}

/// Reads a correction that stands as a JSON object in which no key stands twice.
///
/// # Errors
///
/// A key is near to a field that no key fills, or the sink's.
pub(crate) fn object(text: &str, path: &Path, source: Source, sink: &mut Sink<'_>) -> Result<(), Error> {
    let Some(object) = table::json_object(text) else {
        let fault = Fault { column: "", kind: DefectKind::BadJson };
        return sink(Item::Defect(table::defect(fault, source, Whose::Unknown)));
    };
    let mut cells = Cells::new(CORRECTIONS);
    let (mut filled, mut unused) = ([false; CORRECTIONS.len()], Vec::new());
    for (key, value) in object.entries() {
        match CORRECTIONS.iter().position(|column| column.path == key) {
            Some(slot) => {
                cells.set(slot, Cell::Node(value));
                filled[slot] = true;
            }
            None => unused.push(key.as_ref()),
        }
    }
    near::check(Table::Corrections.info(), unused.into_iter(), &|slot| filled[slot])
        .map_err(|message| Error::Unusable { path: path.to_owned(), message })?;
    table::emit(Table::Corrections, &cells, &[], source, sink)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slots_name_the_columns_they_stand_for() {
        let slots = [slot::TRANSACTION_ID, slot::ACTION, slot::PURPOSE, slot::BY, slot::WHY, slot::AT];
        let names = ["transaction_id", "action", "purpose", "by", "why", "at"];
        assert_eq!(slots.map(|slot| CORRECTIONS[slot].path), names);
    }
}
