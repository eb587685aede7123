//! What is asked of the counterparties of a filter's rows.

use super::{
    Digest,
    plan::{FilterId, Span},
};
use crate::ledger::{LedgerRow, Parties};

impl<'a> Digest<'a> {
    /// How many counterparties the rows have that a filter takes in a span.
    #[must_use]
    pub fn distinct_counterparties(&self, filter: FilterId, span: Span) -> usize {
        let Some((view, at)) = self.view(filter) else { return 0 };
        if span.near == 0 {
            let newest = view.newest(&self.parties, self.ledger, &self.leaves, at);
            return newest.iter().filter(|age| **age < span.far).count();
        }
        self.counterparty_sizes(filter, span).len()
    }

    /// Sums by counterparty of the rows that a filter takes in a span, in no order that means anything; 0 for those without a row.
    #[must_use]
    pub fn counterparty_sums(&self, filter: FilterId, span: Span) -> Vec<i128> {
        let known = self.parties();
        let mut sums = vec![0_i128; known.len()];
        self.each(filter, span, |entry| {
            // Unchecked: no sum of so many magnitudes leaves 128 bits.
            let sum = &mut sums[known.number(entry.row)];
            *sum = sum.wrapping_add(i128::from(entry.magnitude));
        });
        sums
    }

    /// The same of those with a row, each with its key.
    pub fn counterparties(&self, filter: FilterId, span: Span) -> impl Iterator<Item = (u64, i128)> {
        // No row moves nothing, so that a sum of nothing says that there was no row.
        let sums = self.counterparty_sums(filter, span);
        self.parties().keys.iter().copied().zip(sums).filter(|(_, sum)| *sum != 0)
    }

    /// The first row, by day and place in the history, of each counterparty among the rows that any of some filters takes in a
    /// span, in no order that means anything.
    #[must_use]
    pub fn first_rows(&self, filters: impl Iterator<Item = FilterId>, span: Span) -> Vec<&'a LedgerRow> {
        let known = self.parties();
        let mut first: Vec<Option<&LedgerRow>> = vec![None; known.len()];
        for filter in filters {
            self.each(filter, span, |entry| {
                let row = &self.ledger.rows[entry.row as usize];
                let first = &mut first[known.number(entry.row)];
                if first.is_none_or(|first| (row.day, row.index) < (first.day, first.index)) {
                    *first = Some(row);
                }
            });
        }
        first.into_iter().flatten().collect()
    }

    /// How many rows each counterparty has among those that a filter takes in a span, in no order that means anything.
    #[must_use]
    pub fn counterparty_sizes(&self, filter: FilterId, span: Span) -> Vec<u32> {
        let known = self.parties();
        let mut sizes = vec![0_u32; known.len()];
        self.each(filter, span, |entry| sizes[known.number(entry.row)] += 1);
        sizes.retain(|size| *size != 0);
        sizes
    }

    /// Those of the ledger's rows, numbered when first asked.
    pub(super) fn parties(&self) -> &Parties {
        self.parties.get_or_init(|| Parties::of(self.ledger))
    }
}
