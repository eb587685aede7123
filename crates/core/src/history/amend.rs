//! Corrections applied to the rows of a history, so that they can be told, and taken back.

use std::sync::Arc;

use super::{
    Doubt, History,
    finish::hint,
    version::{Hint, Version},
};
use crate::{
    category::{
        label::{Label, Purpose, Role, RuleId},
        taxonomy::Taxonomy,
    },
    correction::{Correction, Corrections, Ruling},
    defect::{Defect, DefectKind},
};

/// What corrections did to a history.
#[derive(Clone, Debug)]
pub(crate) struct Amended {
    table: Arc<Corrections>,
    /// Ascending by row; every version of a transaction that is spoken of.
    rows: Vec<AmendedRow>,
}

/// A row that a correction speaks of.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct AmendedRow {
    /// Position in the history.
    pub(crate) row: u32,
    /// Place in the table of corrections.
    place: u32,
    pub(crate) effect: Effect,
    /// What the categoriser said.
    pub(crate) before: Label,
    hint: Hint,
}

/// What a correction does to a row.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Effect {
    /// Its label says what the correction says.
    Relabelled,
    /// It stands in no list of a ledger, and still moves balances.
    Excluded,
    /// What is said of it cannot be used: an application that sees it is in doubt.
    InDoubt(Doubt),
}

impl Amended {
    /// All rows that corrections speak of, ascending.
    pub(crate) fn rows(&self) -> &[AmendedRow] {
        &self.rows
    }

    /// What a correction does to a row.
    pub(crate) fn of(&self, row: u32) -> Option<&AmendedRow> {
        self.rows.binary_search_by_key(&row, |one| one.row).ok().map(|at| &self.rows[at])
    }

    /// The row stands in no list of a ledger.
    pub(crate) fn is_excluded(&self, row: u32) -> bool {
        self.of(row).is_some_and(|one| one.effect == Effect::Excluded)
    }

    /// A correction is in effect on the row.
    pub(crate) fn is_corrected(&self, row: u32) -> bool {
        self.of(row).is_some_and(|one| matches!(one.effect, Effect::Relabelled | Effect::Excluded))
    }

    /// The correction behind a row, unless it is in doubt.
    pub(crate) fn correction(&self, row: &AmendedRow) -> Option<&Correction> {
        match self.table.ruling(row.place) {
            Some(Ruling::Stands(correction)) => Some(correction),
            _ => None,
        }
    }

    /// Gives the rows back what the categoriser said of them.
    pub(super) fn undo(&self, rows: &mut [Version]) {
        for one in &self.rows {
            if let Some(version) = rows.get_mut(one.row as usize) {
                (version.label, version.hint) = (one.before, one.hint);
            }
        }
    }
}

impl PartialEq for Amended {
    fn eq(&self, other: &Amended) -> bool {
        let said = |amended: &Amended, row| amended.correction(row).cloned();
        self.rows == other.rows && self.rows.iter().zip(&other.rows).all(|(a, b)| said(self, a) == said(other, b))
    }
}

/// Applies corrections; `None` when they speak of no row here.
pub(super) fn amend(history: &mut History, table: Arc<Corrections>, taxonomy: &Taxonomy) -> Option<Amended> {
    let mut rows: Vec<AmendedRow> = vec![];
    let mut first = 0;
    for at in 0..history.rows.len() {
        // The versions of one id stand together, and only the last of them is looked up.
        if !history.rows[at].last {
            continue;
        }
        let versions = first..at + 1;
        first = at + 1;
        let Some(place) = table.place(history.rows[at].id(&history.text)) else { continue };
        let (effect, purpose) = match table.ruling(place) {
            None | Some(Ruling::Rejected) => (Effect::InDoubt(Doubt::RejectedRow), None),
            Some(Ruling::Contradictory) => (Effect::InDoubt(Doubt::ConflictingCorrection), None),
            Some(Ruling::Stands(Correction { purpose: None, .. })) => (Effect::Excluded, None),
            Some(Ruling::Stands(Correction { purpose: Some(purpose), source, .. })) => {
                if history.rows[versions.clone()].iter().all(|version| can_have(taxonomy, *purpose, version.amount)) {
                    (Effect::Relabelled, Some(*purpose))
                } else {
                    let account = history.accounts.get(history.rows[at].account as usize);
                    history.defects.push(Defect {
                        source: *source,
                        column: "purpose".to_owned(),
                        kind: DefectKind::PurposeNotAllowed,
                        whose: account.map(|account| account.id.to_string()).into(),
                    });
                    (Effect::InDoubt(Doubt::RejectedRow), None)
                }
            }
        };
        for index in versions {
            let version = &mut history.rows[index];
            let row = u32::try_from(index).unwrap_or(u32::MAX);
            rows.push(AmendedRow { row, place, effect, before: version.label, hint: version.hint });
            if let Some(purpose) = purpose {
                version.label = corrected(version.label, purpose);
                version.hint = hint(taxonomy, usize::from(purpose.0));
            }
        }
    }
    (!rows.is_empty()).then_some(Amended { table, rows })
}

/// Whether money of that sign can have a purpose; nothing moved can have any.
fn can_have(taxonomy: &Taxonomy, purpose: Purpose, amount: i64) -> bool {
    let direction = taxonomy.info(purpose).direction;
    match amount {
        i64::MIN..0 => direction.takes_outflow(),
        0 => true,
        1.. => direction.takes_inflow(),
    }
}

/// The rule that knew who stands on the other side was wrong about what the money is for: then nobody knows.
fn corrected(before: Label, purpose: Purpose) -> Label {
    let role = if before.purpose == purpose { before.role } else { Role(0) };
    Label { purpose, role, rule: RuleId::CORRECTION, confidence: 100, ..before }
}
