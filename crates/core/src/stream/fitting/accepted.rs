//! Which fits leave little enough unexplained, and what those cost at most.

use std::sync::LazyLock;

use super::{Found, Prior};
use crate::{
    stream::{
        cadence::Cadence,
        fit::{DAYS_MAX, Fit},
    },
    time::Day,
};

/// The worst fit of a number of days that [`accept`] takes: what costs more need not be known exactly.
#[derive(Clone, Copy, Default)]
pub(super) struct Worst {
    pub(super) cost: u32,
    /// What the days cost that are not on their date, without the dates on which nothing came.
    pub(super) off: u32,
}

/// For what is owed and for what may move at any time, by the number of days.
static WORST: LazyLock<[Vec<Worst>; 2]> = LazyLock::new(|| {
    [Prior::Bill, Prior::None].map(|prior| (0..=DAYS_MAX).map(|days| worst_of(days, prior)).collect())
});

/// Pay is not bounded, because payouts between pay days may be many.
pub(super) fn worst(days: usize, prior: Prior) -> Worst {
    let known = match prior {
        Prior::Bill => WORST[0].get(days),
        Prior::None => WORST[1].get(days),
        Prior::Income | Prior::Takings | Prior::Benefit => None,
    };
    known.copied().unwrap_or(Worst { cost: u32::MAX, off: u32::MAX })
}

fn worst_of(days: usize, prior: Prior) -> Worst {
    let days = u32::try_from(days).unwrap_or(u32::MAX);
    let worst = |hits: u32| {
        let extras = days - hits;
        let fit = |misses, late| Fit { hits, misses, extras, late, ..Fit::default() };
        match prior {
            Prior::Bill if hits == 2 => (extras == 0).then(|| fit(0, 1)),
            Prior::Bill => (4 * extras <= hits).then(|| fit(hits / 3, if hits == 3 { 4 } else { 3 * hits / 2 })),
            _ => (6 * extras <= hits).then(|| fit(hits / 5, hits / 2)),
        }
    };
    let worst = |by: fn(&Fit) -> u32| (2..=days).rev().map_while(worst).map(|fit| by(&fit)).max().unwrap_or(0);
    Worst { cost: worst(Fit::cost), off: worst(|fit| Fit { misses: 0, ..*fit }.cost()) }
}

/// Whether a fit leaves little enough unexplained.
pub(super) fn accept(found: &Found, days: &[Day], prior: Prior) -> bool {
    let fit = &found.fit;
    let expected = fit.hits + fit.misses;
    if fit.hits < 2 {
        return false;
    }
    let is_often = matches!(found.cadence, Cadence::Weekly | Cadence::Biweekly);
    if prior == Prior::Takings && (fit.hits < 4 || (fit.hits < 8 && !is_often)) {
        let few = if is_often { 3 } else { 4 };
        return few <= fit.hits && fit.misses == 0 && fit.extras == 0 && 4 * fit.exact >= 3 * fit.hits;
    }
    // Two days make one pause: it must be the very one.
    if fit.hits == 2 {
        let monthly = matches!(found.cadence, Cadence::MonthlyByDay | Cadence::MonthlyByWeekday | Cadence::Annual);
        return fit.misses == 0 && fit.extras == 0 && fit.late <= u32::from(monthly) && prior != Prior::None;
    }
    match prior {
        Prior::Income | Prior::Takings | Prior::Benefit => {
            // Some that are days late are no matter when most are on the day.
            let on_time = fit.late <= fit.hits + 2 || (5 <= fit.hits && fit.hits < 2 * fit.exact);
            let kept = 4 * fit.misses <= expected && on_time;
            // Three payments have two pauses; a schedule that they keep only roughly says little; they
            // keep it all the same when only one of them was held up.
            let one_late = fit.exact + 1 == fit.hits && fit.early == 0 && fit.misses + fit.extras == 0 && fit.late <= 5;
            let sharp = if fit.hits < 4 { fit.late <= 2 || one_late } else { fit.hits <= 2 * fit.exact };
            // Payouts in between: then the schedule itself must stand out from payouts on any day.
            let span = u32::try_from(days[days.len() - 1].0 - days[0].0).unwrap_or(0);
            let count = fit.hits + fit.extras;
            let stands_out = 4 <= fit.hits && 8 * expected <= 10 * fit.exact && 2 * count <= span;
            kept && sharp && (3 * fit.extras <= fit.hits || stands_out)
        }
        Prior::Bill => {
            let late = if fit.hits == 3 { fit.late <= 4 } else { 2 * fit.late <= 3 * fit.hits };
            4 * fit.misses <= expected && late && 4 * fit.extras <= fit.hits
        }
        Prior::None => {
            let enough = if matches!(found.cadence, Cadence::Weekly | Cadence::Biweekly) { 5 } else { 3 };
            enough <= fit.hits && 6 * fit.misses <= expected && 2 * fit.late <= fit.hits && 6 * fit.extras <= fit.hits
        }
    }
}
