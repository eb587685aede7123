//! How near each day lies to the dates of every schedule that may be proposed, looked up.
//!
//! A day that lies on a date costs nothing, one beside it something, and one far from all of them as much as a day of no
//! schedule. What the days of a series save that way, added up, bounds from below what any schedule costs, so that most are
//! never compared. The savings of a day are worked out once, for blocks of 32 days, when a day of the block is first met.

use std::{
    ops::Range,
    sync::{LazyLock, OnceLock},
};

use super::{PAY, Rule, oddness, rolled_onto};
use crate::{
    calendar::banking_days_after,
    limits::SECONDS_END,
    stream::{
        cadence::{Month, Roll},
        fit::Weights,
    },
    time::Day,
};

/// Places of a row: the dates of the month by their number, then the phases of 28 days, then the nth weekdays.
const PHASES: usize = 32;
const WEEKDAYS: usize = PHASES + 28;
const WIDTH: usize = PARTS * PART;
/// Rows are added part by part, and seldom is each of them asked for.
const PART: usize = 32;
const PARTS: usize = 3;
/// What a day saves with each schedule, at most [`Weights::extra`].
type Row = [[u8; PART]; PARTS];

/// Days of a block.
const BLOCK: usize = 32;
/// Any rule of bills, three rules of bills, seven of pay.
const TABLES: usize = 11;
/// Days by which a settled date may lie from its nominal one, and a day from its date while it saves anything.
const REACH: i32 = 10;
const NEAR_MAX: i32 = 7;
/// A day of no block: it may save all with any schedule, and its dates are worked out.
static UNKNOWN: Entry = Entry { rows: [[[8; PART]; PARTS]; TABLES], voted: [0; 3], paid: [0; 7] };
/// Days of which the savings, at most [`Weights::extra`] each, fit in a byte.
const DAYS_OF_A_BYTE: usize = 31;

static BLOCKS: LazyLock<Vec<OnceLock<Box<[Entry; BLOCK]>>>> = LazyLock::new(|| {
    let days = usize::try_from(SECONDS_END / 86_400).unwrap_or(0);
    (0..=days / BLOCK).map(|_| OnceLock::new()).collect()
});

/// What is known of a day.
#[derive(Clone, Copy, Debug)]
struct Entry {
    rows: [Row; TABLES],
    /// The dates of the month that a bill of the day may be due on, as bits, for each way to roll.
    voted: [u32; 3],
    /// The dates of the month that pay of the day may be due on, as bits, for each rule.
    paid: [u32; 7],
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
            Of::Pay(rule) => 4 + rule_place(rule),
        }
    }
}

fn rule_place(rule: Rule) -> usize {
    match rule {
        Rule { roll, lead: 0 } => place(roll),
        Rule { roll, lead: 1 } => 3 + place(roll).min(1),
        Rule { roll, .. } => 5 + place(roll).min(1),
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

fn block_from(first: Day) -> Box<[Entry; BLOCK]> {
    let mut block = Box::new([Entry { rows: [[[0; PART]; PARTS]; TABLES], voted: [0; 3], paid: [0; 7] }; BLOCK]);
    let length = i32::try_from(BLOCK).unwrap_or(0);
    for nominal in (first.0 - REACH - NEAR_MAX..first.0 + length + REACH + NEAR_MAX).map(Day) {
        let places: Vec<usize> = places(nominal).collect();
        for (of, rule, weights) in rules() {
            let rolled = rule.roll.settle(nominal);
            let date = if rule.lead == 0 { rolled } else { banking_days_after(rolled, -rule.lead) };
            for off in -NEAR_MAX..=NEAR_MAX {
                let at = usize::try_from(date.0 + off - first.0).ok();
                let Some(entry) = at.and_then(|at| block.get_mut(at)) else { continue };
                let (row, saved) = (entry.rows[of.table()].as_flattened_mut(), saved(weights, off));
                places.iter().for_each(|place| row[*place] = row[*place].max(saved));
            }
        }
    }
    for (day, entry) in (first.0..).map(Day).zip(block.iter_mut()) {
        for place in 0..WIDTH {
            let saved = (1..4).map(|table| entry.rows[table].as_flattened()[place]).max();
            entry.rows[0].as_flattened_mut()[place] = saved.unwrap_or(0);
        }
        entry.voted = [Roll::Before, Roll::After, Roll::Exact].map(|roll| voted(day, roll));
        for (of, rule, _) in rules() {
            if let Of::Pay(_) = of {
                entry.paid[rule_place(rule)] = paid(day, rule);
            }
        }
    }
    block
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

/// The dates on which pay of a day may be due: the banking day that the bank ran ahead of, and the days that were rolled onto it.
fn paid(day: Day, rule: Rule) -> u32 {
    let rolled = if rule.lead == 0 { day } else { banking_days_after(day, rule.lead) };
    let nominal = std::iter::once(rolled).chain(rolled_onto(rolled, rule.roll));
    let dates = nominal.flat_map(|day| {
        let (month, date) = Month::around(day);
        month.stands_for(date)
    });
    dates.fold(0, |paid, date| paid | 1 << date)
}

/// Days after its date by which a bill may post and still vote for it.
pub(super) const DRIFT: u32 = 2;

/// The days of a series, looked up.
#[derive(Debug)]
pub(super) struct Known(Vec<(Day, &'static Entry)>);

impl Known {
    pub(super) fn with_capacity(days: usize) -> Known {
        Known(Vec::with_capacity(days))
    }

    /// Looks days up in place of those before.
    pub(super) fn look_up(&mut self, days: &[Day]) {
        let blocks: &'static [OnceLock<Box<[Entry; BLOCK]>>] = &BLOCKS;
        self.0.clear();
        self.0.extend(days.iter().map(|day| {
            let at = usize::try_from(day.0).unwrap_or(usize::MAX);
            let block = blocks
                .get(at / BLOCK)
                .map(|block| block.get_or_init(|| block_from(day.plus(-i32::try_from(at % BLOCK).unwrap_or(0)))));
            (*day, block.map_or(&UNKNOWN, |block| &block[at % BLOCK]))
        }));
    }

    /// The dates of the month that bills of the days may be due on.
    pub(super) fn dates_voted(&self, roll: Roll) -> Dates {
        let voted = |(day, entry): &(Day, &Entry)| match entry.voted[place(roll)] {
            0 => voted(*day, roll),
            known => known,
        };
        Dates(self.0.iter().map(voted).fold(0, |all, voted| all | voted))
    }

    /// The dates of the month that pay of each day may be due on.
    pub(super) fn dates_paid(&self, rule: Rule) -> impl Iterator<Item = Dates> {
        self.0.iter().map(move |(day, entry)| match entry.paid[rule_place(rule)] {
            0 => Dates(paid(*day, rule)),
            known => Dates(known),
        })
    }
}

/// Dates of the month as bits, ascending.
#[derive(Clone, Copy, Debug)]
pub(super) struct Dates(u32);

impl Iterator for Dates {
    type Item = u32;

    #[inline]
    fn next(&mut self) -> Option<u32> {
        let date = self.0.trailing_zeros();
        self.0 &= self.0.wrapping_sub(1);
        (date < u32::BITS).then_some(date)
    }
}

/// The parts of a row that schedules with a median pause may ask for.
pub(super) fn parts(median: i32) -> Range<usize> {
    match median {
        ..=9 => 1..2,
        10..=19 => 0..2,
        20..=38 => 0..3,
        _ => 0..1,
    }
}

/// All of them.
pub(super) const ALL: Range<usize> = 0..PARTS;

/// What the days of a series save with each schedule, at most.
#[derive(Clone, Copy)]
pub(super) struct Near {
    saved: [i16; WIDTH],
    /// What all of them cost when none is near a date, and the rule by itself.
    all: u32,
}

impl Default for Near {
    fn default() -> Near {
        Near { saved: [0; WIDTH], all: 0 }
    }
}

impl Near {
    /// Adds up what days save, in the parts of a row that are asked for.
    pub(super) fn add_up(&mut self, days: &Known, of: Of, parts: &Range<usize>) {
        const { assert!(Weights::PLAIN.extra == 8 && PAY.extra == 8) };
        let odd = if let Of::Pay(rule) = of { oddness::of_rule(rule) } else { 0 };
        self.all = Weights::PLAIN.extra * u32::try_from(days.0.len()).unwrap_or(0) + odd;
        match parts.len() {
            1 => self.add_parts::<1>(days, of.table(), parts.start),
            2 => self.add_parts::<2>(days, of.table(), parts.start),
            _ => self.add_parts::<PARTS>(days, of.table(), 0),
        }
    }

    /// The same of so many parts from one on, whose sums then stand in registers.
    fn add_parts<const N: usize>(&mut self, days: &Known, table: usize, from: usize) {
        let (sums, _) = self.saved.as_chunks_mut::<PART>();
        let sums = &mut sums[from..from + N];
        sums.fill([0; PART]);
        for days in days.0.chunks(DAYS_OF_A_BYTE) {
            let mut bytes = [[0_u8; PART]; N];
            for (_, entry) in days {
                // Wrapping, which cannot happen, because a check for each byte would take many times as long.
                let saved = entry.rows[table][from..from + N].as_flattened();
                let bytes = bytes.as_flattened_mut();
                bytes.iter_mut().zip(saved).for_each(|(sum, saved)| *sum = sum.wrapping_add(*saved));
            }
            let sums = sums.as_flattened_mut().iter_mut();
            sums.zip(bytes.as_flattened()).for_each(|(sum, byte)| *sum = sum.wrapping_add(i16::from(*byte)));
        }
    }

    fn least(&self, saved: i16) -> u32 {
        self.all.saturating_sub(u32::from(saved.unsigned_abs()))
    }

    /// What a date of the month costs at least.
    pub(super) fn date(&self, date: u32) -> u32 {
        self.least(self.saved[date as usize])
    }

    /// What the cheapest date of the month costs at least.
    pub(super) fn dates(&self) -> u32 {
        self.least(self.saved[..PHASES].iter().copied().fold(0, i16::max))
    }

    /// What two dates of the month cost at least.
    pub(super) fn pair(&self, (first, second): (u32, u32)) -> u32 {
        self.least(self.saved[first as usize].wrapping_add(self.saved[second as usize]))
    }

    /// What the cheapest two dates of the month cost at least that lie about half a month apart, or of which one is its end.
    pub(super) fn pairs(&self) -> u32 {
        let (firsts, end) = (&self.saved[1..17], self.saved[31]);
        let seconds = self.saved[15..31].iter().zip(&self.saved[16..32]);
        let saved = firsts.iter().zip(seconds).map(|(first, (a, b))| first.wrapping_add(*a.max(b).max(&end)));
        self.least(saved.fold(0, i16::max))
    }

    /// What the nth weekday of the month that costs least costs at least.
    pub(super) fn weekdays(&self) -> u32 {
        self.least(self.saved[WEEKDAYS..].iter().copied().fold(0, i16::max))
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
        let (half, other) = self.saved[PHASES..WEEKDAYS].split_at(14);
        let of_14 = || half.iter().zip(other).map(|(a, b)| a.wrapping_add(*b));
        let most = match days {
            7 => {
                let halves: [i16; 14] = std::array::from_fn(|at| half[at].wrapping_add(other[at]));
                (0..7).map(|at| halves[at].wrapping_add(halves[at + 7])).fold(0, i16::max)
            }
            14 => of_14().fold(0, i16::max),
            _ => half.iter().chain(other).copied().fold(0, i16::max),
        };
        self.least(most)
    }
}
