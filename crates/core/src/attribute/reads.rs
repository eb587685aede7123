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
        Reads {
            labels: counterparties || labels(expression.of) || expression.over.is_some_and(labels),
            balances: false,
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{category::taxonomy::Taxonomy, digest::sample::random};

    #[test]
    fn every_column_by_itself_has_the_value_that_it_has_beside_all_others() {
        let registry = Registry::builtin(&Taxonomy::builtin()).expect("the shipped attributes are valid");
        let samples = [random(11, 500, 200), random(12, 40, 95)];
        let values = samples.each_ref().map(|sample| registry.compute_all(&sample.digest(registry.plan())));
        for (at, column) in (0_u16..).zip(registry.columns()) {
            let plan = registry.plan_of(&[ColumnId(at)]);
            for (sample, values) in samples.iter().zip(&values) {
                let own = registry.compute(ColumnId(at), &sample.digest(&plan));
                assert_eq!(own, values[usize::from(at)], "{}", column.name);
            }
        }
    }

    #[test]
    fn a_declared_attribute_reads_labels_when_its_measure_or_a_filter_does() {
        let reads = |measure: &str, of: &str| {
            let taxonomy = Taxonomy::builtin();
            let mut registry = Registry::builtin(&taxonomy).expect("the shipped attributes are valid");
            let toml = format!(
                "[[attribute]]\nname = \"mine\"\nfamily = \"own\"\nunit = \"count\"\nwindows = [\"90d\"]\nmeasure = \"{measure}\"\n\
                 of = {{ {of} }}\nrisk = \"neither\"\ncompliance = \"verify_only\"\ndefinition = \"Says what it is.\""
            );
            registry.extend("mine.toml", &toml, &taxonomy).unwrap_or_else(|error| panic!("{error}"));
            let column = registry.column("mine_90d").expect("there");
            registry.reads(&[column])
        };
        let labels = Reads { labels: true, balances: false };
        let plain = "internal = 'include'";
        assert_eq!(reads("count", plain), Reads::NONE);
        let tests =
            "internal = 'include', direction = 'outflow', text = ['rent'], weekdays = ['mon'], amount = { min = 500 }";
        assert_eq!(reads("count", tests), Reads::NONE);
        assert_eq!(reads("distinct_counterparties", plain), labels);
        // Transfers between own accounts rest on labels, and leaving them out is the default.
        assert_eq!(reads("count", "direction = 'outflow'"), labels);
        assert_eq!(reads("count", "internal = 'only'"), labels);
        assert_eq!(reads("count", "internal = 'include', purposes = ['rent']"), labels);
        assert_eq!(reads("count", "internal = 'include', except_purposes = ['rent']"), labels);
    }

    #[test]
    fn a_computed_attribute_may_read_anything() {
        let registry = Registry::builtin(&Taxonomy::builtin()).expect("the shipped attributes are valid");
        let column = |name: &str| registry.column(name).unwrap_or_else(|| panic!("no column {name}"));
        assert_eq!(registry.reads(&[column("history_days_available")]), Reads::ALL);
        assert_eq!(registry.reads(&[]), Reads::NONE);
    }
}
