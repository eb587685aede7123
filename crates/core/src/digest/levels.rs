//! What many attributes ask of the closing balances of a window: added up day by day, once for all windows.

use std::cell::{OnceCell, RefCell};

use super::{
    Digest,
    balance::{BalanceSeries, Balances, deposits},
    bits,
    plan::{Span, days_between},
};
use crate::{
    exact::{Fraction, moments, percentile},
    time::Day,
    value::Missing,
};

/// What was worked out of the closing balances, each part on first use.
#[derive(Debug, Default)]
pub(super) struct Levels {
    series: OnceCell<Result<BalanceSeries, Missing>>,
    // By day, and at the end: the sum of the days before, and how many of them close below zero.
    sums: OnceCell<Box<[(i128, u32)]>>,
    beside: OnceCell<Box<[Before]>>,
    // The lowest and the highest closing balance of the last n + 1 days, for each n.
    extremes: OnceCell<Box<[(i64, i64)]>>,
    negative: OnceCell<Box<[u64]>>,
    // Of each span that was asked, in ascending order.
    sorted: RefCell<Vec<(Span, Vec<i64>)>>,
    // The newest days, the lowest closing balance first: the balance above the day's place among them. `None` where a balance
    // has too many bits for that.
    ranked: OnceCell<Option<Box<[i64]>>>,
}

/// Days that are ranked together: most windows are no longer.
const RANKED_DAYS: usize = 180;
const PLACE_BITS: u32 = 8;
const _: () = assert!(RANKED_DAYS <= 1 << PLACE_BITS);
/// So few days are sooner sorted than picked.
const RANKED_MIN: usize = 20;

/// Of the days before one of them.
#[derive(Clone, Copy, Debug, Default)]
struct Before {
    squares: i128,
    weekday_sum: i128,
    positive: u32,
    weekdays: u32,
    weekday_negative: u32,
}

/// The closing balances of a window, and what they add up to.
#[derive(Clone, Copy, Debug)]
pub struct Stretch<'a> {
    /// Day by day.
    pub days: Balances<'a>,
    series: &'a BalanceSeries,
    levels: &'a Levels,
    from: usize,
    to: usize,
}

impl Stretch<'_> {
    /// How many days.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.days.count()
    }

    fn sums(&self) -> ((i128, u32), (i128, u32)) {
        let sums = self.levels.sums.get_or_init(|| {
            let (mut sum, mut negative) = (0_i128, 0_u32);
            let mut sums = Vec::with_capacity(self.series.closing.len() + 1);
            sums.push((sum, negative));
            for &closing in &self.series.closing {
                // Unchecked: there are fewer days than would fill either.
                sum = sum.wrapping_add(i128::from(closing));
                negative = negative.wrapping_add(u32::from(closing < 0));
                sums.push((sum, negative));
            }
            sums.into_boxed_slice()
        });
        (sums[self.from], sums[self.to])
    }

    /// The sum of the closing balances.
    #[must_use]
    pub fn sum(&self) -> i128 {
        let (from, to) = self.sums();
        to.0 - from.0
    }

    /// The days that close below zero.
    #[must_use]
    pub fn negative(&self) -> u32 {
        let (from, to) = self.sums();
        to.1 - from.1
    }

    fn beside(&self) -> (&Before, &Before) {
        let before = self.levels.beside.get_or_init(|| before(self.series));
        (&before[self.from], &before[self.to])
    }

    /// Their number, sum and sum of squares: [`moments`].
    #[must_use]
    pub fn moments(&self) -> (u64, i128, i128) {
        match self.levels.beside.get().map(|before| (before[self.from], before[self.to])) {
            Some((from, to)) if to.squares != i128::MAX => (self.count(), self.sum(), to.squares - from.squares),
            // A single window alone is sooner done so.
            _ => moments(self.days.closing.iter().map(|&closing| i128::from(closing))),
        }
    }

    /// The days that close above zero.
    #[must_use]
    pub fn positive(&self) -> u32 {
        let (from, to) = self.beside();
        to.positive - from.positive
    }

    /// How many days from Monday to Friday, and the sum of their closing balances.
    #[must_use]
    pub fn weekdays(&self) -> (u32, i128) {
        let (from, to) = self.beside();
        (to.weekdays - from.weekdays, to.weekday_sum - from.weekday_sum)
    }

    /// The days from Monday to Friday that close below zero.
    #[must_use]
    pub fn weekday_negative(&self) -> u32 {
        let (from, to) = self.beside();
        to.weekday_negative - from.weekday_negative
    }

    /// The lowest and the highest closing balance.
    fn extremes(&self) -> (i64, i64) {
        let widen = |(lowest, highest): (i64, i64), &closing: &i64| (closing.min(lowest), closing.max(highest));
        let none = (i64::MAX, i64::MIN);
        if self.to < self.series.closing.len() {
            return self.days.closing.iter().fold(none, widen);
        }
        let extremes = self.levels.extremes.get_or_init(|| {
            let mut ends = none;
            let newest_first = self.series.closing.iter().rev();
            let extremes = newest_first.map(|closing| {
                ends = widen(ends, closing);
                ends
            });
            extremes.collect()
        });
        // A window has a day.
        extremes[self.days.closing.len() - 1]
    }

    /// The lowest closing balance.
    #[must_use]
    pub fn lowest(&self) -> i64 {
        self.extremes().0
    }

    /// The highest closing balance.
    #[must_use]
    pub fn highest(&self) -> i64 {
        self.extremes().1
    }
}

/// By day, and at the end; all squares are `i128::MAX` where those of a day might leave 128 bits.
fn before(series: &BalanceSeries) -> Box<[Before]> {
    // The squares of so many days, each below 2^106, together stay below 2^127.
    let magnitudes = series.closing.iter().fold(0, |bits, closing| bits | closing.unsigned_abs());
    let squares_fit = magnitudes >> 53 == 0 && series.closing.len() >> 20 == 0;
    let mut sums = Before { squares: if squares_fit { 0 } else { i128::MAX }, ..Before::default() };
    let mut before = Vec::with_capacity(series.closing.len() + 1);
    before.push(sums);
    let mut weekday = series.first.weekday();
    for &closing in &series.closing {
        let wide = i128::from(closing);
        if squares_fit {
            sums.squares += wide.wrapping_mul(wide);
        }
        sums.positive += u32::from(0 < closing);
        if weekday < 5 {
            sums.weekday_sum += wide;
            sums.weekdays += 1;
            sums.weekday_negative += u32::from(closing < 0);
        }
        weekday = if weekday == 6 { 0 } else { weekday + 1 };
        before.push(sums);
    }
    before.into_boxed_slice()
}

impl Digest<'_> {
    /// Closing balances over a span.
    ///
    /// # Errors
    ///
    /// [`Missing::NotApplicable`] without a deposit account, [`Missing::NotPermitted`] without a usable snapshot,
    /// [`Missing::NotEnoughHistory`] when fewer than nine tenths of the days are covered.
    pub fn balances(&self, span: Span) -> Result<Balances<'_>, Missing> {
        self.series()?.window(span, self.ledger.end)
    }

    /// The same with what they add up to.
    ///
    /// # Errors
    ///
    /// As [`Digest::balances`].
    pub fn stretch(&self, span: Span) -> Result<Stretch<'_>, Missing> {
        let series = self.series()?;
        let days = series.window(span, self.ledger.end)?;
        let from = usize::try_from(days_between(series.first, days.first)).unwrap_or(0);
        Ok(Stretch { days, series, levels: &self.levels, from, to: from + days.closing.len() })
    }

    /// A percentile (type 7) of the closing balances of a span.
    ///
    /// # Errors
    ///
    /// As [`Digest::balances`].
    pub fn balance_percentile(&self, span: Span, percent: u8) -> Result<Fraction, Missing> {
        self.sorted_balances(span, |sorted| percentile(sorted, percent))?.ok_or(Missing::NotEnoughHistory)
    }

    /// What is asked of the closing balances of a span in ascending order; `ask` asks the digest nothing else.
    ///
    /// # Errors
    ///
    /// As [`Digest::balances`].
    pub fn sorted_balances<T>(&self, span: Span, ask: impl FnOnce(&[i64]) -> T) -> Result<T, Missing> {
        let mut sorted = self.levels.sorted.borrow_mut();
        let known = sorted.iter().position(|(known, _)| *known == span);
        let at = known.unwrap_or(sorted.len());
        if known.is_none() {
            let days = self.balances(span)?;
            // A single window alone is sooner sorted by itself, and so are few days.
            let own = if sorted.is_empty() || days.closing.len() < RANKED_MIN { None } else { self.ranked(days) };
            sorted.push((span, own.unwrap_or_else(|| days.sorted())));
        }
        Ok(ask(&sorted[at].1))
    }

    /// The closing balances of a window in ascending order, picked from those of all newest days; `None` when it begins before, or
    /// when balances are absurd.
    fn ranked(&self, days: Balances<'_>) -> Option<Vec<i64>> {
        let series = self.series().ok()?;
        let skip = series.closing.len().saturating_sub(RANKED_DAYS);
        // The place of its first day among the newest.
        let first = (days_between(series.first, days.first) as usize).checked_sub(skip)?;
        let ranked = self.levels.ranked.get_or_init(|| {
            let narrow = i64::MIN >> PLACE_BITS..=i64::MAX >> PLACE_BITS;
            let newest = || (0_i64..).zip(&series.closing[skip..]);
            let fit = newest().all(|(_, closing)| narrow.contains(closing));
            let mut ranked: Vec<i64> = newest().map(|(place, closing)| closing << PLACE_BITS | place).collect();
            ranked.sort_unstable();
            fit.then(|| ranked.into_boxed_slice())
        });
        let mut picked = vec![0; days.closing.len() + 1];
        let mut count = 0;
        for closing in ranked.as_deref()? {
            // Written whether or not it lies inside, which is hard to foresee; the next overwrites it.
            picked[count] = closing >> PLACE_BITS;
            let place = usize::try_from(closing & ((1 << PLACE_BITS) - 1)).unwrap_or(0);
            count += usize::from(place.wrapping_sub(first) < days.closing.len());
        }
        picked.truncate(count);
        Some(picked)
    }

    /// How many days of a span at least one deposit account closes below zero.
    #[must_use]
    pub fn days_any_negative(&self, span: Span) -> u64 {
        let words = self.levels.negative.get_or_init(|| {
            let mut words = vec![];
            for balances in deposits(self.ledger).filter_map(|account| account.balances.as_ref()) {
                let days = (balances.first.0..self.ledger.end.0).zip(&balances.closing);
                for (day, _) in days.filter(|(_, closing)| **closing < 0) {
                    let age = days_between(Day(day), self.ledger.end) - 1;
                    let word = age as usize / 64;
                    if words.len() <= word {
                        words.resize(word + 1, 0_u64);
                    }
                    words[word] |= 1 << (age % 64);
                }
            }
            words.into_boxed_slice()
        });
        (0..).step_by(64).zip(words).map(|(first, word)| u64::from((word & bits(first, span)).count_ones())).sum()
    }

    /// The whole series of closing balances.
    ///
    /// # Errors
    ///
    /// As [`Digest::balances`].
    pub fn series(&self) -> Result<&BalanceSeries, Missing> {
        self.levels.series.get_or_init(|| BalanceSeries::of(self.ledger)).as_ref().map_err(|&missing| missing)
    }
}
