//! What two runs say of each institution: a bank that stopped giving data shows here before the population seems to move.

use std::collections::BTreeMap;

use super::{Compared, checks::Reading, readings::difference, shares};
use crate::run::Run;

/// Applications, in both runs together, from which an institution stands on its own line; the others are pooled, because
/// lines of a few applications each say nothing but noise.
pub const INSTITUTION_MIN: u64 = 30;

/// The line of institutions with fewer applications than [`INSTITUTION_MIN`].
pub const FEW: &str = "(few each)";
/// The line of applications that do not say where their main account is held.
pub(super) const UNKNOWN: &str = "(unknown)";

/// Applications of one institution in one run.
#[derive(Clone, Copy, Default, Debug)]
struct Held {
    all: u64,
    scored: u64,
    /// With full or good data.
    enough: u64,
}

fn held(run: &Run) -> BTreeMap<&str, Held> {
    let mut held: BTreeMap<&str, Held> = BTreeMap::new();
    for row in 0..run.keys.len() {
        let one = held.entry(run.institution.get(row).unwrap_or(UNKNOWN)).or_default();
        one.all += 1;
        one.scored += u64::from(run.status.get(row) == Some("scored"));
        one.enough += u64::from(matches!(run.sufficiency.get(row), Some("full" | "good")));
    }
    held
}

/// Both runs by institution, the small ones pooled; nothing when a run does not say where accounts are held.
fn both<'r>(compared: &Compared<'r>) -> BTreeMap<&'r str, (Held, Held)> {
    let mut both: BTreeMap<&str, (Held, Held)> = BTreeMap::new();
    let (before, now) = (held(compared.baseline), held(compared.current));
    let says = |held: &BTreeMap<&str, Held>| held.keys().any(|name| *name != UNKNOWN);
    if !says(&before) || !says(&now) {
        return both;
    }
    let mut names: Vec<&str> = before.keys().chain(now.keys()).copied().collect();
    names.sort_unstable();
    names.dedup();
    for name in names {
        let of = |side: &BTreeMap<&str, Held>| side.get(name).copied().unwrap_or_default();
        let (one, two) = (of(&before), of(&now));
        let is_few = name != UNKNOWN && one.all + two.all < INSTITUTION_MIN;
        let line = both.entry(if is_few { FEW } else { name }).or_default();
        for (sum, one) in [(&mut line.0, one), (&mut line.1, two)] {
            *sum = Held { all: sum.all + one.all, scored: sum.scored + one.scored, enough: sum.enough + one.enough };
        }
    }
    both
}

fn readings(compared: &Compared<'_>, of: impl Fn(&(Held, Held)) -> ((u64, u64), (u64, u64))) -> Vec<Reading> {
    let read = |(name, pair): (&&str, &(Held, Held))| {
        let (before, now) = of(pair);
        difference(name, shares(before, now))
    };
    both(compared).iter().map(read).collect()
}

pub(super) fn share(compared: &Compared<'_>) -> Vec<Reading> {
    let (all_before, all_now) = (compared.baseline.keys.len() as u64, compared.current.keys.len() as u64);
    readings(compared, |(before, now)| ((before.all, all_before), (now.all, all_now)))
}

pub(super) fn scored(compared: &Compared<'_>) -> Vec<Reading> {
    readings(compared, |(before, now)| ((before.scored, before.all), (now.scored, now.all)))
}

pub(super) fn sufficiency(compared: &Compared<'_>) -> Vec<Reading> {
    readings(compared, |(before, now)| ((before.enough, before.all), (now.enough, now.all)))
}
