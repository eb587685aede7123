//! Corrections: what a human says a transaction was, when a decision is disputed.
//!
//! - A correction speaks of a transaction by its id, in all its versions, and is applied whatever its `at` is to T: it says
//!   what the row was, not when somebody found out. `at` only decides between several corrections of one transaction: the
//!   latest stands. A date means 00:00 of that day in the run's zone.
//! - `recategorise` gives the row a purpose of the taxonomy, as sure as can be ([`RuleId::CORRECTION`], 100 %); who stands on
//!   the other side is then unknown unless the purpose is what it was. Money of the row's sign must be able to have it.
//! - `exclude` leaves the row out of every flow, stream, count and attribute of money moved. Balances stay what the bank said,
//!   and those that are rebuilt still count the row, because the money did move.
//! - Two corrections of one transaction with the latest `at` that say different things contradict each other: neither
//!   applies, and an application that sees the transaction is in doubt. Two that say the same are one; of these the bytewise
//!   least `by` and `why` are shown, so that the order of rows decides nothing.
//! - A row that breaks a rule (unknown action or purpose, no purpose where one is due, nobody or no reason given), or that
//!   cannot be read beyond its transaction, is a [`Defect`]; whatever else is said of its transaction, an application that sees it is in doubt.
//! - `by` and `why` may hold personal data: nothing but an explanation shows them.
//!
//! [`RuleId::CORRECTION`]: crate::category::label::RuleId::CORRECTION

use std::fmt;

use rustc_hash::FxHashMap;
use serde::Serialize;

use crate::{
    category::{label::Purpose, taxonomy::Taxonomy},
    defect::{Defect, DefectKind, Source, Whose},
    row::{AsOf, CorrectionRow},
    time::Zone,
};

/// What a correction does.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Leaves the row out: fraud on the account, not the applicant's doing.
    Exclude,
    /// Gives the row another purpose.
    Recategorise,
}

/// Collects the rows of corrections in any order.
#[derive(Default)]
pub struct CorrectionsBuilder {
    rows: Vec<Said>,
}

/// All corrections of a run, checked once: share them among pools by [`Arc`](std::sync::Arc).
#[derive(Default)]
pub struct Corrections {
    // Ascending by transaction.
    rulings: Vec<Ruled>,
    // Place in `rulings` by transaction; only looked up, never walked.
    places: FxHashMap<Box<str>, u32>,
    defects: Vec<Defect>,
}

/// What is said of one transaction.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Ruling {
    /// The latest correction.
    Stands(Correction),
    /// The latest corrections contradict each other.
    Contradictory,
    /// A row broke a rule.
    Rejected,
}

/// A correction that stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Correction {
    /// What the row is; `None` leaves it out.
    pub(crate) purpose: Option<Purpose>,
    pub(crate) by: Box<str>,
    pub(crate) why: Box<str>,
    pub(crate) at: i64,
    pub(crate) source: Source,
}

struct Ruled {
    ruling: Ruling,
    /// Where the rows stood that speak of the transaction, ascending.
    sources: Vec<Source>,
}

struct Said {
    transaction: Box<str>,
    action: Box<str>,
    purpose: Option<Box<str>>,
    by: Box<str>,
    why: Box<str>,
    at: AsOf,
    source: Source,
    /// Set aside by whoever read it.
    is_unreadable: bool,
}

impl CorrectionsBuilder {
    /// Takes a row.
    pub fn push(&mut self, row: &CorrectionRow<'_>) {
        self.rows.push(Said {
            transaction: row.transaction_id.into(),
            action: row.action.into(),
            purpose: row.purpose.filter(|purpose| !purpose.is_empty()).map(Box::from),
            by: row.by.into(),
            why: row.why.into(),
            at: row.at,
            source: row.source,
            is_unreadable: false,
        });
    }

    /// Takes a row that the door set aside, with the transaction that it speaks of: what it says is not known, so whatever else
    /// is said of the transaction, an application that sees it is in doubt.
    pub fn reject(&mut self, transaction_id: &str, source: Source) {
        self.push(&CorrectionRow { source, ..CorrectionRow::exclude(transaction_id, 0, "", "") });
        if let Some(row) = self.rows.last_mut() {
            row.is_unreadable = true;
        }
    }

    /// Checks the rows and decides between those of one transaction. `Engine::corrections` does the same with the taxonomy
    /// and the zone of an engine.
    #[must_use]
    pub fn finish(mut self, taxonomy: &Taxonomy, zone: &Zone) -> Corrections {
        self.rows.sort_by(|a, b| (&a.transaction, a.source).cmp(&(&b.transaction, b.source)));
        let mut corrections = Corrections::default();
        for said in self.rows.chunk_by(|a, b| a.transaction == b.transaction) {
            let ruling = rule(said, taxonomy, zone, &mut corrections.defects);
            let place = u32::try_from(corrections.rulings.len()).unwrap_or(u32::MAX);
            corrections.places.insert(said[0].transaction.clone(), place);
            let sources = said.iter().map(|row| row.source).collect();
            corrections.rulings.push(Ruled { ruling, sources });
        }
        corrections.defects.sort_unstable();
        corrections
    }
}

impl Corrections {
    /// How many transactions they speak of.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rulings.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rulings.is_empty()
    }

    /// Rows that broke a rule or contradict each other, in the order of their sources. None names an account: whose the
    /// transactions are is known where they are met.
    #[must_use]
    pub fn defects(&self) -> &[Defect] {
        &self.defects
    }

    /// The place of a transaction among those spoken of, below [`Corrections::len`].
    #[must_use]
    pub fn place(&self, transaction: &str) -> Option<u32> {
        self.places.get(transaction).copied()
    }

    /// What to tell when the transaction at a place is not in the input: every row that speaks of it.
    pub fn unmatched(&self, place: u32) -> impl Iterator<Item = Defect> {
        let sources = self.rulings.get(place as usize).map_or(&[][..], |ruled| &ruled.sources);
        sources.iter().map(|source| defect(*source, ("transaction_id", DefectKind::UnmatchedCorrection)))
    }

    pub(crate) fn ruling(&self, place: u32) -> Option<&Ruling> {
        self.rulings.get(place as usize).map(|ruled| &ruled.ruling)
    }
}

// Who says what, and why, is personal: no log may get it by printing these.
impl fmt::Debug for Corrections {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Corrections").field("transactions", &self.len()).finish_non_exhaustive()
    }
}

impl fmt::Debug for CorrectionsBuilder {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("CorrectionsBuilder").field("rows", &self.rows.len()).finish_non_exhaustive()
    }
}

/// Decides between all that is said of one transaction.
fn rule(said: &[Said], taxonomy: &Taxonomy, zone: &Zone, defects: &mut Vec<Defect>) -> Ruling {
    let mut checked: Vec<Correction> = vec![];
    // Of a row that was set aside the door has told.
    for row in said.iter().filter(|row| !row.is_unreadable) {
        match check(row, taxonomy, zone) {
            Ok(correction) => checked.push(correction),
            Err(fault) => defects.push(defect(row.source, fault)),
        }
    }
    let any_rejected = checked.len() < said.len();
    let latest = checked.iter().map(|one| one.at).max();
    checked.retain(|one| Some(one.at) == latest);
    checked.sort_by(|a, b| (a.purpose, &a.by, &a.why, a.source).cmp(&(b.purpose, &b.by, &b.why, b.source)));
    let agree = checked.windows(2).all(|pair| pair[0].purpose == pair[1].purpose);
    if !agree {
        defects.extend(checked.iter().map(|one| defect(one.source, ("at", DefectKind::ConflictingCorrection))));
    }
    match checked.into_iter().next() {
        Some(first) if agree && !any_rejected => Ruling::Stands(first),
        Some(_) if !agree => Ruling::Contradictory,
        _ => Ruling::Rejected,
    }
}

fn check(row: &Said, taxonomy: &Taxonomy, zone: &Zone) -> Result<Correction, (&'static str, DefectKind)> {
    let purpose = match (&*row.action, row.purpose.as_deref()) {
        ("exclude", None) => None,
        ("exclude", Some(_)) => return Err(("purpose", DefectKind::PurposeNotAllowed)),
        ("recategorise", None) => return Err(("purpose", DefectKind::MissingValue)),
        ("recategorise", Some(name)) => Some(taxonomy.purpose(name).ok_or(("purpose", DefectKind::UnknownPurpose))?),
        ("", _) => return Err(("action", DefectKind::MissingValue)),
        _ => return Err(("action", DefectKind::UnknownAction)),
    };
    for (column, text) in [("transaction_id", &row.transaction), ("by", &row.by), ("why", &row.why)] {
        if text.trim().is_empty() {
            return Err((column, DefectKind::MissingValue));
        }
    }
    let at = match row.at {
        AsOf::Date(day) => zone.midnight(day),
        AsOf::Instant(seconds) => seconds,
    };
    Ok(Correction { purpose, by: row.by.clone(), why: row.why.clone(), at, source: row.source })
}

fn defect(source: Source, (column, kind): (&str, DefectKind)) -> Defect {
    Defect { source, column: column.to_owned(), kind, whose: Whose::Unknown }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Day;

    fn exclude(id: &str, at: i64, line: u64) -> CorrectionRow<'_> {
        CorrectionRow { source: Source { file: 0, line }, ..CorrectionRow::exclude(id, at, "case_1", "fraud") }
    }

    fn recategorise<'a>(id: &'a str, purpose: &'a str, at: i64, line: u64) -> CorrectionRow<'a> {
        CorrectionRow { action: "recategorise", purpose: Some(purpose), ..exclude(id, at, line) }
    }

    fn check_all(rows: &[CorrectionRow<'_>]) -> Corrections {
        let mut builder = CorrectionsBuilder::default();
        rows.iter().for_each(|row| builder.push(row));
        builder.finish(&Taxonomy::builtin(), &Zone::utc())
    }

    fn faults(corrections: &Corrections) -> Vec<(u64, &str, &str)> {
        let fault = |defect: &'_ Defect| (defect.source.line, defect.kind.code());
        let columns = corrections.defects().iter().map(|defect| defect.column.as_str());
        corrections
            .defects()
            .iter()
            .map(fault)
            .zip(columns)
            .map(|((line, kind), column)| (line, column, kind))
            .collect()
    }

    fn ruling<'c>(corrections: &'c Corrections, id: &str) -> &'c Ruling {
        corrections.ruling(corrections.place(id).expect("spoken of")).expect("ruled")
    }

    #[test]
    fn the_latest_correction_of_a_transaction_stands_in_any_order_of_rows() {
        let rows = [recategorise("a", "rent", 5, 1), exclude("a", 7, 2), recategorise("a", "gorceries", 6, 3)];
        // `gorceries` is no purpose: whatever else is said, the transaction is in doubt.
        assert_eq!(faults(&check_all(&rows)), [(3, "purpose", "unknown_purpose")]);
        assert_eq!(ruling(&check_all(&rows), "a"), &Ruling::Rejected);
        let rows = [recategorise("a", "rent", 5, 1), exclude("a", 7, 2), recategorise("a", "groceries", 6, 3)];
        for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0]] {
            let corrections = check_all(&order.map(|at| rows[at].clone()));
            let Ruling::Stands(one) = ruling(&corrections, "a") else { panic!("{order:?}") };
            assert_eq!((one.purpose, one.at, one.source.line), (None, 7, 2));
            assert_eq!((corrections.len(), corrections.defects()), (1, &[][..]));
        }
    }

    #[test]
    fn equal_times_contradict_each_other_only_when_they_say_different_things() {
        let other = CorrectionRow { by: "case_0", ..recategorise("a", "rent", 5, 2) };
        for rows in [[recategorise("a", "rent", 5, 1), other.clone()], [other, recategorise("a", "rent", 5, 1)]] {
            let corrections = check_all(&rows);
            let Ruling::Stands(one) = ruling(&corrections, "a") else { panic!("they agree") };
            assert_eq!((&*one.by, corrections.defects().len()), ("case_0", 0), "the bytewise least is shown");
        }
        let corrections = check_all(&[exclude("a", 5, 1), recategorise("a", "rent", 5, 2), exclude("b", 5, 3)]);
        assert_eq!(ruling(&corrections, "a"), &Ruling::Contradictory);
        assert_eq!(faults(&corrections), [(1, "at", "conflicting_correction"), (2, "at", "conflicting_correction")]);
        // A later word settles it.
        let corrections = check_all(&[exclude("a", 5, 1), recategorise("a", "rent", 5, 2), exclude("a", 6, 3)]);
        assert!(matches!(ruling(&corrections, "a"), Ruling::Stands(_)));
        assert_eq!(corrections.defects(), []);
    }

    #[test]
    fn a_row_that_could_not_be_read_puts_its_transaction_in_doubt_whatever_else_is_said() {
        let mut builder = CorrectionsBuilder::default();
        builder.push(&exclude("a", 5, 1));
        builder.reject("a", Source { file: 0, line: 2 });
        builder.reject("b", Source { file: 0, line: 3 });
        let corrections = builder.finish(&Taxonomy::builtin(), &Zone::utc());
        assert_eq!([ruling(&corrections, "a"), ruling(&corrections, "b")], [&Ruling::Rejected; 2]);
        assert_eq!(corrections.defects(), [], "the door has told");
    }

    #[test]
    fn a_date_is_midnight_in_the_zone() {
        let day = CorrectionRow { at: AsOf::Date(Day(1)), ..exclude("a", 0, 1) };
        let corrections = check_all(&[day, recategorise("a", "rent", 86_401, 2)]);
        let Ruling::Stands(one) = ruling(&corrections, "a") else { panic!("one is later") };
        assert_eq!(one.at, 86_401);
    }

    #[test]
    fn a_row_that_breaks_a_rule_is_a_defect_of_its_column() {
        let base = exclude("a", 5, 1);
        for (row, expected) in [
            (CorrectionRow { action: "delete", ..base.clone() }, ("action", "unknown_action")),
            (CorrectionRow { action: "", ..base.clone() }, ("action", "missing_value")),
            (CorrectionRow { action: "Exclude", ..base.clone() }, ("action", "unknown_action")),
            (CorrectionRow { action: "recategorise", ..base.clone() }, ("purpose", "missing_value")),
            (CorrectionRow { purpose: Some("rent"), ..base.clone() }, ("purpose", "purpose_not_allowed")),
            (recategorise("a", "rnet", 5, 1), ("purpose", "unknown_purpose")),
            (CorrectionRow { by: " ", ..base.clone() }, ("by", "missing_value")),
            (CorrectionRow { why: "", ..base.clone() }, ("why", "missing_value")),
        ] {
            let corrections = check_all(std::slice::from_ref(&row));
            assert_eq!(faults(&corrections), [(1, expected.0, expected.1)], "{row:?}");
            assert_eq!(ruling(&corrections, "a"), &Ruling::Rejected);
        }
    }

    #[test]
    fn what_is_printed_for_a_log_holds_no_personal_data() {
        let corrections =
            check_all(&[CorrectionRow { by: "Ana Example", why: "her card was stolen", ..exclude("a", 5, 1) }]);
        assert_eq!(format!("{corrections:?}"), "Corrections { transactions: 1, .. }");
    }
}
