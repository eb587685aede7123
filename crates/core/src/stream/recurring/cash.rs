//! Series in what is paid in in cash.

use std::collections::BTreeSet;

use super::{Finder, Key, Member, Prior};
use crate::{
    category::{label::Instrument, taxonomy::Taxonomy},
    ledger::LedgerRow,
    money::Direction,
    stream::cadence::{Roll, Schedule},
    time::Day,
};

/// So many cash deposits of the same sum may be a series.
const SAME_SUMS: usize = 4;

/// Notes and coins, of which nobody knows who brought them: the taxonomy's instrument for them, if it has one.
pub(super) struct Cash(Option<Instrument>);

impl Cash {
    pub(super) fn of(taxonomy: &Taxonomy) -> Cash {
        Cash(taxonomy.instrument("cash"))
    }

    /// Whether a row was paid in cash.
    fn paid(&self, row: &LedgerRow) -> bool {
        self.0 == Some(row.label.instrument)
    }
}

impl Finder<'_> {
    /// Series of one and the same sum among what is paid in in cash, which has one counterparty whoever brought it: wages, rent of a
    /// lodger. What else came on their dates and is no less (wages with a bonus) belongs to them. The rows that are left, if any
    /// series was found.
    pub(super) fn same_sums(&mut self, key: Key, rows: &[Member]) -> Option<Vec<Member>> {
        let ledger = self.ledger;
        if key.direction == Direction::Outflow
            || rows.len() < SAME_SUMS
            || !rows.iter().all(|one| self.cash.paid(&ledger.rows[one.at as usize]))
        {
            return None;
        }
        let mut sorted: Vec<Member> = rows.to_vec();
        sorted.sort_by_key(|one| (one.amount, one.at));
        let mut sums: Vec<&[Member]> = sorted.chunk_by(|a, b| a.amount == b.amount).collect();
        sums.retain(|sum| SAME_SUMS <= sum.len());
        sums.sort_by_key(|sum| (sum.len(), sum[0].amount));
        let mut taken: BTreeSet<u32> = BTreeSet::new();
        for sum in sums.into_iter().rev() {
            let mut series: Vec<Member> = sum.iter().copied().filter(|one| !taken.contains(&one.at)).collect();
            series.sort_by_key(|one| (one.day, one.at));
            // Without what else came on its dates a series of one sum has gaps: it may miss as many as a bill. With that it must be
            // as regular as any money that may move at any time.
            let found = if series.len() < SAME_SUMS { None } else { self.find(key, Prior::Bill, &series) };
            let Some(found) = found else { continue };
            let (least, days) = (series[0].amount, self.days(&series));
            // Whether the counter was closed on a date is told by few of them.
            let rolled = [Roll::Before, Roll::After, Roll::Exact].map(|roll| Schedule { roll, ..found.schedule });
            let dates: BTreeSet<Day> = rolled.iter().flat_map(|one| one.settled(days[0], ledger.end)).collect();
            for date in dates.into_iter().filter(|date| days.binary_search(date).is_err()) {
                let from = rows.partition_point(|one| one.day < date);
                let there = rows[from..].iter().take_while(|one| one.day == date);
                series.extend(there.filter(|one| least < one.amount && !taken.contains(&one.at)));
            }
            series.sort_by_key(|one| (one.day, one.at));
            if self.whole(key, Prior::None, &series) {
                taken.extend(series.iter().map(|one| one.at));
            }
        }
        if taken.is_empty() {
            return None;
        }
        Some(rows.iter().copied().filter(|one| !taken.contains(&one.at)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_taxonomy_knows_cash() {
        let taxonomy = Taxonomy::builtin();
        let Cash(Some(cash)) = Cash::of(&taxonomy) else { panic!("no instrument `cash`") };
        assert_eq!(taxonomy.instruments()[usize::from(cash.0)], "cash");
    }
}
