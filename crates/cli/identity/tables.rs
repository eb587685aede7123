//! The tables that leave: ids, numbers and codes. Nothing here takes a text that a claim or an owner gave.

use std::{borrow::Cow, io::Write as _};

use anyhow::{Context as _, Result};
use cashline_core::table::{Cell, Column, Kind, Schema};
use cashline_identity::FieldMatch;
use cashline_io::write::format;

use super::{
    payouts::Payout,
    signals::Signal,
    weigh::{Comparison, Weighed},
};

/// A table in memory.
pub(crate) struct Table {
    pub(crate) schema: Schema,
    pub(crate) rows: Vec<Vec<Cell<'static>>>,
}

impl Table {
    /// The bytes of the file.
    ///
    /// # Errors
    ///
    /// An unknown format, or a cell that does not fit: our own mistake.
    pub(crate) fn bytes(&self, name: &str) -> Result<Vec<u8>> {
        let mut bytes = vec![];
        let mut writer = (format(name).context("unknown format")?.open)(&self.schema, Box::new(&mut bytes))?;
        for row in &self.rows {
            writer.row(row)?;
        }
        writer.finish()?;
        bytes.flush()?;
        Ok(bytes)
    }
}

const FIELDS: [&str; 4] = ["name", "email", "phone", "address"];

fn column(name: impl Into<Cow<'static, str>>, kind: Kind) -> Column {
    Column { name: name.into(), kind }
}

fn text(one: Option<&str>) -> Cell<'static> {
    one.map_or(Cell::Null, |one| Cell::from(one.to_owned()))
}

fn codes(all: &[&str]) -> Cell<'static> {
    if all.is_empty() { Cell::Null } else { Cell::from(all.join(";")) }
}

fn place(at: usize) -> i64 {
    i64::try_from(at).unwrap_or(i64::MAX)
}

/// One row an applicant, application and account.
pub(crate) fn ownership(comparison: &Comparison<'_>) -> Table {
    let mut columns: Vec<Column> =
        ["applicant_id", "application_id", "account_id", "institution", "status", "owners_state"]
            .map(|name| column(name, Kind::Text))
            .into();
    columns.push(column("owners", Kind::Integer));
    columns.push(column("verdict", Kind::Text));
    columns.push(column("score", Kind::Integer));
    for field in FIELDS {
        columns.push(column(format!("{field}_verdict"), Kind::Text));
        columns.push(column(format!("{field}_score"), Kind::Integer));
        columns.push(column(format!("{field}_owner"), Kind::Integer));
        columns.push(column(format!("{field}_evidence"), Kind::Text));
    }
    let rows = comparison.rows.iter().map(ownership_row).collect();
    Table { schema: Schema { name: "ownership", columns }, rows }
}

fn ownership_row(row: &Weighed<'_>) -> Vec<Cell<'static>> {
    let (account, found) = (row.account, &row.found);
    let mut cells = vec![
        text(Some(row.applicant)),
        text(row.application),
        text(Some(&account.id)),
        text(account.facts.institution.as_deref()),
        text(account.facts.status.as_deref()),
        text(Some(account.state.code())),
        Cell::Integer(place(found.owners)),
        text(Some(found.verdict.code())),
        found.score.map_or(Cell::Null, Cell::from),
    ];
    for field in [&found.name, &found.email, &found.phone, &found.address] {
        cells.extend(field_cells(field));
    }
    cells
}

fn field_cells(field: &FieldMatch) -> [Cell<'static>; 4] {
    let evidence: Vec<&str> = field.evidence.iter().map(|one| one.code()).collect();
    [
        text(Some(field.verdict.code())),
        field.score.map_or(Cell::Null, Cell::from),
        // People count from one.
        field.owner.map_or(Cell::Null, |at| Cell::Integer(place(at + 1))),
        codes(&evidence),
    ]
}

/// One row a signal.
pub(crate) fn signals(found: &[Signal]) -> Table {
    let names = ["kind", "strength", "evidence", "applicant_ids", "account_ids"];
    let mut columns: Vec<Column> = names.map(|name| column(name, Kind::Text)).into();
    columns.push(column("days", Kind::Integer));
    let joined = |ids: &mut dyn Iterator<Item = &str>| codes(&ids.collect::<Vec<&str>>());
    let rows = found.iter().map(|one| {
        vec![
            text(Some(one.kind.code())),
            text(Some(one.strength.code())),
            joined(&mut one.evidence.iter().copied()),
            joined(&mut one.applicants.iter().map(String::as_str)),
            joined(&mut one.accounts.iter().map(String::as_str)),
            one.days.map_or(Cell::Null, Cell::Integer),
        ]
    });
    Table { schema: Schema { name: "signals", columns }, rows: rows.collect() }
}

/// One row an applicant and account that payouts may go to.
pub(crate) fn payouts(found: &[Payout<'_>]) -> Table {
    let texts = ["applicant_id", "account_id", "institution", "status", "verification", "ownership_verdict"];
    let mut columns: Vec<Column> = texts.map(|name| column(name, Kind::Text)).into();
    columns.push(column("ownership_score", Kind::Integer));
    columns.push(column("level", Kind::Text));
    columns.push(column("points", Kind::Integer));
    columns.push(column("reasons", Kind::Text));
    let rows = found.iter().map(|one| {
        let reasons: Vec<&str> = one.reasons.iter().map(|rule| rule.code.as_str()).collect();
        vec![
            text(Some(one.applicant)),
            text(Some(&one.account.id)),
            text(one.account.facts.institution.as_deref()),
            text(one.account.facts.status.as_deref()),
            codes(&one.verification),
            text(one.verdict.map(|verdict| verdict.code())),
            one.score.map_or(Cell::Null, Cell::from),
            text(Some(one.level.code())),
            Cell::from(one.points),
            codes(&reasons),
        ]
    });
    Table { schema: Schema { name: "payouts", columns }, rows: rows.collect() }
}
