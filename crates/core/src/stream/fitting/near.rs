//! How near each day lies to the dates of every schedule that may be proposed, looked up.
//!
//! A day that lies on a date costs nothing, one beside it something, and one far from all of them as much as a day of no
//! schedule. What the days of a series save that way, added up, bounds from below what any schedule costs, so that most are
//! never compared. The savings of a day are worked out once, for blocks of 32 days, when a day of the block is first met.

use std::sync::{LazyLock, OnceLock};

use super::{PAY, Rule, rolled_onto};
use crate::{
    calendar::banking_days_after,
    limits::SECONDS_END,
    stream::cadence::{Month, Roll, Weights},
    time::Day,
};

/// Places of a row: the dates of the month by their number, then the phases of 28 days, then the nth weekdays.
const PHASES: usize = 32;
const WEEKDAYS: usize = PHASES + 28;
const WIDTH: usize = 96;
/// What a day saves with each schedule, at most [`Weights::extra`].
type Row = [u8; WIDTH];

/// Days of a block.
const BLOCK: usize = 32;
/// Any rule of bills, three rules of bills, seven of pay.
const TABLES: usize = 11;
/// Days by which a settled date may lie from its nominal one, and a day from its date while it saves anything.
const REACH: i32 = 10;
const NEAR_MAX: i32 = 7;
/// Days of which the savings, at most [`Weights::extra`] each, fit in a byte.
const DAYS_OF_A_BYTE: usize = 31;

static BLOCKS: LazyLock<Vec<OnceLock<Box<Block>>>> = LazyLock::new(|| {
    let days = usize::try_from(SECONDS_END / 86_400).unwrap_or(0);
    (0..=days / BLOCK).map(|_| OnceLock::new()).collect()
});

struct Block {
    rows: [[Row; BLOCK]; TABLES],
    /// The dates of the month that a bill of each day may be due on, as bits, for each way to roll.
    voted: [[u32; BLOCK]; 3],
}

/// Which schedules are meant.
#[derive(Clone, Copy)]
pub(super) enum Of {
    /// What is no pay, rolled whichever way saves most.
    Any,
    /// What is no pay.
    Bill(Roll),
    /// Pay.
    Pay(Rule),
}

impl Of {
    fn table(self) -> usize {
        match self {
            Of::Any => 0,
            Of::Bill(roll) => 1 + place(roll),
            Of::Pay(Rule { roll, lead: 0 }) => 4 + place(roll),
            Of::Pay(Rule { roll, lead: 1 }) => 7 + place(roll).min(1),
            Of::Pay(Rule { roll, .. }) => 9 + place(roll).min(1),
        }
    }
}

fn place(roll: Roll) -> usize {
    match roll {
        Roll::Before => 0,
        Roll::After => 1,
        Roll::Exact => 2,
    }
}

/// All rules but [`Of::Any`], each with its weights.
fn rules() -> impl Iterator<Item = (Of, Rule, &'static Weights)> {
    let rolls = [Roll::Before, Roll::After, Roll::Exact];
    let bills = rolls.map(|roll| (Of::Bill(roll), Rule { roll, lead: 0 }, &Weights::PLAIN));
    let leads = [(0, &rolls[..]), (1, &rolls[..2]), (2, &rolls[..2])].map(|(lead, rolls)| (lead, rolls.to_vec()));
    let pay = leads.into_iter().flat_map(|(lead, rolls)| rolls.into_iter().map(move |roll| Rule { roll, lead }));
    bills.into_iter().chain(pay.map(|rule| (Of::Pay(rule), rule, &PAY)))
}

impl Block {
    fn of(first: Day) -> Box<Block> {
        let mut block = Box::new(Block { rows: [[[0; WIDTH]; BLOCK]; TABLES], voted: [[0; BLOCK]; 3] });
        let length = i32::try_from(BLOCK).unwrap_or(0);
        for nominal in (first.0 - REACH - NEAR_MAX..first.0 + length + REACH + NEAR_MAX).map(Day) {
            let places: Vec<usize> = places(nominal).collect();
            for (of, rule, weights) in rules() {
                let rolled = rule.roll.settle(nominal);
                let date = if rule.lead == 0 { rolled } else { banking_days_after(rolled, -rule.lead) };
                for off in -NEAR_MAX..=NEAR_MAX {
                    let at = usize::try_from(date.0 + off - first.0).ok();
                    let Some(row) = at.and_then(|at| block.rows[of.table()].get_mut(at)) else { continue };
                    let saved = saved(weights, off);
                    places.iter().for_each(|place| row[*place] = row[*place].max(saved));
                }
            }
        }
        for at in 0..BLOCK {
            for place in 0..WIDTH {
                block.rows[0][at][place] = (1..4).map(|table| block.rows[table][at][place]).max().unwrap_or(0);
            }
            let day = first.plus(i32::try_from(at).unwrap_or(0));
            for roll in [Roll::Before, Roll::After, Roll::Exact] {
                block.voted[place(roll)][at] = voted(day, roll);
            }
        }
        block
    }

    #[inline]
    fn with<R>(day: Day, read: impl FnOnce(&Block, usize) -> R) -> R {
        let at = usize::try_from(day.0).ok();
        match at.and_then(|at| Some((BLOCKS.get(at / BLOCK)?, at % BLOCK))) {
            Some((block, at)) => {
                let first = day.plus(-i32::try_from(at).unwrap_or(0));
                read(block.get_or_init(|| Block::of(first)), at)
            }
            None => read(&Block::of(day), 0),
        }
    }
}

/// What a day saves that lies so many days after its date.
fn saved(weights: &Weights, off: i32) -> u8 {
    let early = if off < 0 { weights.early } else { 0 };
    let cost = if off == 0 { 0 } else { weights.off + weights.day * off.unsigned_abs() + early };
    u8::try_from(weights.extra.saturating_sub(cost)).unwrap_or(u8::MAX)
}

/// The schedules that have a nominal date on a day, as places of a row.
fn places(day: Day) -> impl Iterator<Item = usize> {
    let (month, date) = Month::around(day);
    let phase = PHASES + usize::try_from(day.0.rem_euclid(28)).unwrap_or(0);
    let nths = month.nths(date).map(move |nth| weekday_place(nth, day.weekday()));
    month.stands_for(date).chain([phase]).chain(nths)
}

fn weekday_place(nth: usize, weekday: u32) -> usize {
    WEEKDAYS + 7 * (nth - 1) + weekday as usize
}

/// The dates on which a bill of a day may be due: it can post a day or two late, and before or after banks were closed.
fn voted(day: Day, roll: Roll) -> u32 {
    let nominal = std::iter::once(day).chain(rolled_onto(day, roll));
    let dates = nominal.flat_map(|day| {
        let (month, date) = Month::around(day);
        date.saturating_sub(DRIFT).max(1)..=if month.length <= date + DRIFT { 31 } else { date }
    });
    dates.fold(0, |voted, date| voted | 1 << date)
}

/// Days after its date by which a bill may post and still vote for it.
pub(super) const DRIFT: u32 = 2;

/// The dates of the month that bills of some days may be due on.
pub(super) fn dates_voted(days: &[Day], roll: Roll) -> impl Iterator<Item = u32> + Clone {
    let voted = |day: &Day| Block::with(*day, |block, at| block.voted[place(roll)][at]);
    let voted = days.iter().map(voted).fold(0, |all, voted| all | voted);
    (1..=31).filter(move |date| voted >> date & 1 == 1)
}

/// What the days of a series save with each schedule, at most.
#[derive(Clone)]
pub(super) struct Near {
    saved: [u16; WIDTH],
    /// What all of them cost when none is near a date.
    all: u32,
}

impl Near {
    pub(super) fn of(days: &[Day], of: Of) -> Near {
        let table = of.table();
        let mut sums = [0_u16; WIDTH];
        for days in days.chunks(DAYS_OF_A_BYTE) {
            let mut bytes: Row = [0; WIDTH];
            for day in days {
                Block::with(*day, |block, at| {
                    // Wrapping, which cannot happen, because a check for each byte would take many times as long.
                    let row = &block.rows[table][at];
                    bytes.iter_mut().zip(row).for_each(|(sum, saved)| *sum = sum.wrapping_add(*saved));
                });
            }
            sums.iter_mut().zip(bytes).for_each(|(sum, bytes)| *sum = sum.wrapping_add(u16::from(bytes)));
        }
        Near { saved: sums, all: Weights::PLAIN.extra * u32::try_from(days.len()).unwrap_or(0) }
    }

    fn least(&self, saved: u16) -> u32 {
        self.all.saturating_sub(u32::from(saved))
    }

    /// What a date of the month costs at least.
    pub(super) fn date(&self, date: u32) -> u32 {
        self.least(self.saved[date as usize])
    }

    /// What the cheapest date of the month costs at least.
    pub(super) fn dates(&self) -> u32 {
        self.least(self.saved[..PHASES].iter().copied().max().unwrap_or(0))
    }

    /// What two dates of the month cost at least.
    pub(super) fn pair(&self, (first, second): (u32, u32)) -> u32 {
        self.least(self.saved[first as usize].wrapping_add(self.saved[second as usize]))
    }

    /// What the nth weekday of the month that costs least costs at least.
    pub(super) fn weekdays(&self) -> u32 {
        self.least(self.saved[WEEKDAYS..].iter().copied().max().unwrap_or(0))
    }

    /// What the nth weekday of the month costs at least.
    pub(super) fn weekday(&self, nth: usize, weekday: u32) -> u32 {
        self.least(self.saved[weekday_place(nth, weekday)])
    }

    /// What a grid of 7, 14 or 28 days with a phase costs at least.
    pub(super) fn phase(&self, phase: i32, days: usize) -> u32 {
        let from = usize::try_from(phase).unwrap_or(0);
        let saved = self.saved[PHASES + from..WEEKDAYS].iter().step_by(days);
        self.least(saved.fold(0, |sum, saved| sum.wrapping_add(*saved)))
    }

    /// What the cheapest grid of 7, 14 or 28 days costs at least.
    pub(super) fn phases(&self, days: i32) -> u32 {
        let step = usize::try_from(days).unwrap_or(28);
        (0..days).map(|phase| self.phase(phase, step)).min().unwrap_or(self.all)
    }
}
