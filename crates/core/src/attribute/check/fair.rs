//! What an attribute may not tell a model, by one filter or by two: sources of income apart, and sensitive purposes alone.

use super::Checker;
use crate::{
    attribute::registry::AttributeError,
    digest::filter::{Direction, Filter, IndexSet},
};

/// Income that money earns on an account: nearly every savings account shows it each month, be it a cent.
const INTEREST: &str = "income_interest";

impl Checker<'_> {
    /// A model may read income only as a whole, and no sensitive purpose by itself.
    pub(super) fn fair(&self, at: usize, filter: &Filter) -> Result<(), AttributeError> {
        let infos = self.taxonomy.purposes();
        let taken = self.taken(filter);
        if self.is_sensitive(&taken) {
            return self.refuse(at, "only sensitive purposes pass this filter; a model may not use that: verify_only");
        }
        if filter.direction == Some(Direction::Outflow) {
            return Ok(());
        }
        let is_taken = |index: &usize| u8::try_from(*index).is_ok_and(|index| taken.contains(index));
        let counted = || (0..infos.len()).filter(|&index| infos[index].counts_as_income);
        let is_interest = |index: &usize| infos[*index].name == INTEREST;
        let met = counted().filter(is_taken).count();
        // Interest may be left out: it says nothing of who the applicant is or does.
        let is_whole = met == counted().count() || counted().all(|index| is_taken(&index) != is_interest(&index));
        let narrowed = filter.roles != IndexSet::ALL
            || filter.instruments != IndexSet::ALL
            // A benefit is paid on its weekday and in its exact amount.
            || !filter.tests.is_empty();
        if met != 0 && (!is_whole || narrowed) {
            let what = "this filter tells sources of income apart, which a model may not; take `counts_as_income = true` or \
                        `false` without roles, instruments, amount, weekdays or text (`true` also without \
                        interest, as in `regular_income`), or say verify_only";
            return self.refuse(at, what);
        }
        Ok(())
    }

    /// Nor may what one filter takes and the other does not: their difference, ratio or share would tell it.
    pub(super) fn fair_apart(&self, at: usize, of: &Filter, over: &Filter) -> Result<(), AttributeError> {
        let (of, over) = (self.taken(of), self.taken(over));
        let within = |set: &IndexSet, index| u8::try_from(index).is_ok_and(|index| set.contains(index));
        let apart = |some: &IndexSet, others: &IndexSet| {
            IndexSet::select(self.taxonomy.purposes().len(), |index| within(some, index) && !within(others, index))
        };
        let tells = |set: IndexSet| set != IndexSet::EMPTY && self.is_sensitive(&set);
        if tells(apart(&of, &over)) || tells(apart(&over, &of)) {
            let what = "`of` and `over` differ by sensitive purposes alone, so that a model could read them; take those out of \
                        both or leave them in both, or say verify_only";
            return self.refuse(at, what);
        }
        Ok(())
    }

    fn is_sensitive(&self, taken: &IndexSet) -> bool {
        let infos = self.taxonomy.purposes();
        (0..infos.len())
            .all(|index| infos[index].sensitive || !u8::try_from(index).is_ok_and(|index| taken.contains(index)))
    }
}
