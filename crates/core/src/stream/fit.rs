//! How well a series of days fits the dates of a schedule.

use super::cadence::Cadence;
use crate::{calendar::banking_days_after, time::Day};

/// Banking days after its date by which pay that is held up has come.
const HELD_UP_BANKING_DAYS: i32 = 3;

/// Days before and after a date on which a payment answers it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Window {
    pub(super) early: i32,
    pub(super) late: i32,
}

impl Window {
    /// Bills are paid sooner or later. Pay that is held up comes up to three banking days late, which are six days over a long
    /// weekend, and hardly ever before its date: an early bank pays early always, which is a schedule of its own.
    pub(super) fn of(cadence: Cadence, is_pay: bool) -> Window {
        let tolerance = cadence.tolerance();
        if is_pay {
            Window { early: tolerance.min(2), late: tolerance.max(6) }
        } else {
            Window { early: tolerance, late: tolerance }
        }
    }
}

/// Whether a day after a date is the next date's: it lies on that one, or nearer to it than pay that is held up can come, and no
/// other day lies as near. Else a week without pay would be answered by the pay of the week after it, and that by none.
fn is_of_next(days: &[Day], at: usize, date: Day, next: Option<&Day>, window: Window) -> bool {
    let (Some(next), day) = (next, days[at]) else { return false };
    let distance = (day.0 - next.0).abs();
    next.0 - window.early <= day.0
        && distance < (day.0 - date.0).abs()
        && (distance == 0 || banking_days_after(date, HELD_UP_BANKING_DAYS) < day)
        && days.get(at + 1).is_none_or(|other| distance < (other.0 - next.0).abs())
}

/// How a series of days meets a schedule.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(super) struct Fit {
    /// Dates that were answered.
    pub(super) hits: u32,
    /// Dates that were answered on the day.
    pub(super) exact: u32,
    /// Dates between the first and the last answered one that were not.
    pub(super) misses: u32,
    /// Days of the series that answer no date.
    pub(super) extras: u32,
    /// Days between answers and dates, added up.
    pub(super) late: u32,
    /// Answers before their date.
    pub(super) early: u32,
}

/// What a fit costs: the less, the better the schedule explains the days.
#[derive(Clone, Copy, Debug)]
pub(super) struct Weights {
    pub(super) miss: u32,
    pub(super) extra: u32,
    /// An answer on another day than its date, and each day between them.
    pub(super) off: u32,
    pub(super) day: u32,
    pub(super) early: u32,
}

impl Weights {
    /// What is missing weighs most, what is too much next, what is off least.
    pub(super) const PLAIN: Weights = Weights { miss: 12, extra: 8, off: 0, day: 2, early: 0 };

    #[inline]
    pub(super) fn cost(&self, fit: &Fit) -> u32 {
        self.miss * fit.misses
            + self.extra * fit.extras
            + self.off * (fit.hits - fit.exact)
            + self.day * fit.late
            + self.early * fit.early
    }
}

impl Fit {
    /// What it costs when nothing is known of the schedule.
    pub(super) fn cost(&self) -> u32 {
        Weights::PLAIN.cost(self)
    }
}

/// Most days of a series that [`fit_within`] takes.
pub(super) const DAYS_MAX: usize = 160;

/// The fit of [`fit`], given up as soon as it must cost more than `most`. With it, whether a date before `end` has gone by
/// without its payment: late for this schedule, not yet due for another.
pub(super) fn fit_within(
    days: &[Day],
    dates: &[Day],
    window: Window,
    end: Day,
    weights: &Weights,
    most: u32,
) -> Option<(Fit, bool)> {
    let mut taken = [0_u64; DAYS_MAX.div_ceil(64)];
    let mut fit = Fit::default();
    // What is sure so far: [`Weights::cost`], added up.
    let (mut cost, mut from, mut pending) = (0, 0, 0);
    // The place after the newest day that answers a date, and whether a date came after that one.
    let (mut newest, mut waits) = (0, false);
    for (number, date) in (1..).zip(dates) {
        let (first, last) = (date.0 - window.early, date.0 + window.late);
        while days.get(from).is_some_and(|day| day.0 < first) {
            cost += weights.extra * u32::from(!is_taken(&taken, from));
            from += 1;
        }
        if most < cost {
            return None;
        }
        let (mut distance, mut at) = (i32::MAX, from);
        for (place, day) in (from..).zip(&days[from..]) {
            let off = (day.0 - date.0).abs();
            // Days ascend: they come nearer, then go farther.
            if last < day.0 || distance <= off {
                break;
            }
            if !is_taken(&taken, place) {
                (distance, at) = (off, place);
            }
        }
        // What is no farther off than an early answer may be is no other date's, and most are on the day.
        if distance == i32::MAX || (window.early < distance && is_of_next(days, at, *date, dates.get(number), window)) {
            pending += u32::from(0 < fit.hits);
            waits |= *date < end;
            continue;
        }
        taken[at / 64] |= 1 << (at % 64);
        let (off, early) = (distance.unsigned_abs(), u32::from(days[at] < *date));
        fit.hits += 1;
        fit.exact += u32::from(off == 0);
        fit.late += off;
        fit.early += early;
        fit.misses += pending;
        cost += weights.miss * pending + weights.day * off + weights.early * early;
        cost += if off == 0 { 0 } else { weights.off };
        pending = 0;
        if newest <= at {
            (newest, waits) = (at + 1, false);
        } else {
            waits |= *date < end;
        }
    }
    fit.extras = u32::try_from(days.len()).unwrap_or(u32::MAX) - fit.hits;
    Some((fit, waits))
}

fn is_taken(taken: &[u64; DAYS_MAX.div_ceil(64)], at: usize) -> bool {
    taken[at / 64] >> (at % 64) & 1 == 1
}

/// Answers each date with the nearest day of the series within the window, unless that is the next date's; `answer` gets, for
/// each day, its date.
pub(super) fn fit(days: &[Day], dates: &[Day], window: Window, answer: &mut Vec<Option<Day>>) -> Fit {
    answer.clear();
    answer.resize(days.len(), None);
    let mut fit = Fit::default();
    let (mut from, mut pending) = (0, 0);
    for (number, &date) in (1..).zip(dates) {
        while from < days.len() && days[from].0 < date.0 - window.early {
            from += 1;
        }
        let within = days[from..].iter().take_while(|day| day.0 <= date.0 + window.late).count();
        let distance = |at: &usize| (days[*at].0 - date.0).abs();
        let free = (from..from + within).filter(|at| answer[*at].is_none());
        let nearest = free.min_by_key(distance);
        let is_own =
            |at: &usize| distance(at) <= window.early || !is_of_next(days, *at, date, dates.get(number), window);
        let Some(at) = nearest.filter(is_own) else {
            pending += u32::from(0 < fit.hits);
            continue;
        };
        answer[at] = Some(date);
        fit.misses += std::mem::take(&mut pending);
        fit.hits += 1;
        fit.exact += u32::from(days[at] == date);
        fit.late += distance(&at).unsigned_abs();
        fit.early += u32::from(days[at] < date);
    }
    fit.extras = u32::try_from(days.len()).unwrap_or(u32::MAX) - fit.hits;
    fit
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_late_answer_costs_less_than_a_miss_and_a_miss_more_than_an_extra() {
        let day = |n: i32| Day(20_000 + n);
        let dates: Vec<Day> = (0..5).map(|n| day(14 * n)).collect();
        let mut answer = vec![];
        // On the day, two days late, missed, on the day, on the day, and one that nobody asked for.
        let days = [day(0), day(16), day(33), day(42), day(56)];
        let fit = fit(&days, &dates, Window { early: 4, late: 4 }, &mut answer);
        assert_eq!((fit.hits, fit.exact, fit.misses, fit.extras, fit.late), (4, 3, 1, 1, 2));
        assert_eq!(fit.cost(), 12 + 8 + 4);
        assert_eq!(answer, [Some(day(0)), Some(day(14)), None, Some(day(42)), Some(day(56))]);
    }

    #[test]
    fn pay_of_a_week_is_not_taken_for_the_missed_week_before() {
        let day = |date: u32| Day::from_civil(2026, 9, date);
        let pay = Window::of(Cadence::Weekly, true);
        let mut answer = vec![];
        let mut both = |days: &[Day], dates: &[Day]| {
            let plain = fit(days, dates, pay, &mut answer);
            let (within, _) = fit_within(days, dates, pay, day(30), &Weights::PLAIN, u32::MAX).expect("any cost");
            assert_eq!(plain, within);
            (answer.clone(), plain.misses)
        };
        // Wednesdays of September 2026; the third one pays a day early, four banking days after the one on which nothing came.
        let dates = [day(9), day(16), day(23), day(30)];
        let answered = [Some(day(9)), Some(day(23)), Some(day(30))];
        assert_eq!(both(&[day(9), day(22), day(30)], &dates), (answered.to_vec(), 1));
        // A holiday moves the third date to that day.
        assert_eq!(both(&[day(9), day(22), day(30)], &[day(9), day(16), day(22), day(30)]).1, 1);
        // The second week's pay is five days late, and the third week's comes on its day: neither is missed.
        let answered = [Some(day(9)), Some(day(16)), Some(day(23)), Some(day(30))];
        assert_eq!(both(&[day(9), day(21), day(23), day(30)], &dates), (answered.to_vec(), 0));
        // Four days late, three before the next date: too early to answer that one.
        let answered = [Some(day(9)), Some(day(16)), Some(day(30))];
        assert_eq!(both(&[day(9), day(20), day(30)], &dates), (answered.to_vec(), 1));
    }
}
