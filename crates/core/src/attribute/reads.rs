//! What columns read, derived from their definitions: nothing else has to be worked out for them.

use std::collections::BTreeSet;

use super::{
    declared::{Expression, Measure},
    definition::Compute,
    registry::{ColumnId, Registry},
    standard::Standard,
};
use crate::{
    digest::{
        filter::{Filter, IndexSet, Internal},
        plan::{FilterId, Plan},
    },
    ledger::Reads,
};

impl Registry {
    /// What columns read of a ledger. Functions of computed attributes may read anything; declared ones say what they read.
    #[must_use]
    pub fn reads(&self, columns: &[ColumnId]) -> Reads {
        let of = |column: &ColumnId| match self.definition(*column).compute {
            Compute::Declared(expression) => self.declared_reads(&expression),
            Compute::Computed { .. } => Reads::ALL,
            Compute::Unavailable(_) => Reads::NONE,
        };
        columns.iter().map(of).fold(Reads::NONE, Reads::and)
    }

    fn declared_reads(&self, expression: &Expression) -> Reads {
        let labels = |id: FilterId| reads_labels(self.plan().get(id));
        let counterparties = expression.measure == Measure::DistinctCounterparties;
        Reads { labels: counterparties || labels(expression.of) || expression.over.is_some_and(labels), balances: false }
    }

    /// The plan of digests that are asked for these columns only. Computed attributes may ask for any standard filter.
    #[must_use]
    pub fn plan_of(&self, columns: &[ColumnId]) -> Plan {
        let mut filters: BTreeSet<FilterId> = BTreeSet::new();
        for column in columns {
            match self.definition(*column).compute {
                Compute::Declared(expression) => filters.extend([expression.of].into_iter().chain(expression.over)),
                Compute::Computed { .. } => filters.extend(Standard::ALL.map(Standard::id)),
                Compute::Unavailable(_) => {}
            }
        }
        self.plan().only(&filters)
    }
}

/// Whether a filter looks at labels, or at transfers, which rest on them.
fn reads_labels(filter: &Filter) -> bool {
    let Filter { direction: _, internal, purposes, instruments, roles, tests: _ } = filter;
    *internal != Internal::Include || [purposes, instruments, roles].into_iter().any(|set| *set != IndexSet::ALL)
}
