//! What ties rows of a ledger together, by row.

use rustc_hash::FxHashMap;

use super::AdvancePart;
use crate::{digest::Digest, ledger::Ledger};

/// What one row is tied to; rows are positions in the history.
#[derive(Clone, Copy, Default)]
pub(super) struct Mark {
    pub(super) partner: Option<u32>,
    pub(super) undoes: Option<u32>,
    pub(super) undone_by: Option<u32>,
    /// A position in the list of streams as it is written.
    pub(super) stream: Option<usize>,
    pub(super) due: Option<crate::time::Day>,
    pub(super) part: Option<AdvancePart>,
    pub(super) advance: Option<u32>,
}

/// The marks of all rows that have one; only looked up, never walked.
pub(super) struct Marks(FxHashMap<u32, Mark>);

impl Marks {
    /// `order` says which of the ledger's streams stands at each place of the list that is written.
    pub(super) fn of(ledger: &Ledger, digest: &Digest<'_>, order: &[usize]) -> Marks {
        let mut marks = Marks(FxHashMap::default());
        for &(out, into) in &ledger.transfers {
            marks.at(out).partner = Some(into);
            marks.at(into).partner = Some(out);
        }
        let index = |at: u32| ledger.rows.get(at as usize).map(|row| row.index);
        for returned in digest.returns().list() {
            if let (Some(row), Some(undone)) = (index(returned.row), returned.undone.and_then(index)) {
                marks.at(row).undoes = Some(undone);
                marks.at(undone).undone_by.get_or_insert(row);
            }
        }
        let streams = digest.streams();
        for (place, at) in order.iter().enumerate() {
            let occurrences = streams.occurrences(&streams.list()[*at]).iter();
            for (day, row) in occurrences.flat_map(|one| streams.rows(one).iter().map(|row| (one.due, *row))) {
                if let Some(row) = index(row) {
                    let mark = marks.at(row);
                    (mark.stream, mark.due) = (Some(place), day);
                }
            }
        }
        marks.advances(digest, index);
        marks
    }

    fn advances(&mut self, digest: &Digest<'_>, index: impl Fn(u32) -> Option<u32>) {
        let advances = digest.advances();
        for advance in advances.list() {
            let Some(money) = index(advance.row) else { continue };
            self.put(money, AdvancePart::Proceeds, Some(money));
            for row in advance.repayments.iter().filter_map(|one| index(one.row)) {
                self.put(row, AdvancePart::Repayment, Some(money));
            }
        }
        for plan in advances.plans() {
            let first = plan.rows.first().and_then(|at| index(*at));
            plan.rows.iter().filter_map(|at| index(*at)).for_each(|row| self.put(row, AdvancePart::Instalment, first));
        }
        advances.apart().iter().filter_map(|at| index(*at)).for_each(|row| self.put(row, AdvancePart::Repayment, None));
    }

    /// The first that is said of a row stands: advances of a provider come oldest first.
    fn put(&mut self, row: u32, part: AdvancePart, advance: Option<u32>) {
        let mark = self.at(row);
        if mark.part.is_none() {
            (mark.part, mark.advance) = (Some(part), advance);
        }
    }

    fn at(&mut self, row: u32) -> &mut Mark {
        self.0.entry(row).or_default()
    }

    pub(super) fn of_row(&self, row: u32) -> Mark {
        self.0.get(&row).copied().unwrap_or_default()
    }
}
