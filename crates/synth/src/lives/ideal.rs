//! How well anybody could read the lives: a reader that knows every calendar that an employer may have, and how often, but
//! only sees on which days a payer paid. What it cannot name, no detector can be blamed for.

use std::collections::BTreeMap;

use cashline_core::time::Day;

use super::{
    Cadence, LIFE_DAYS, Life, PlantedStream, StreamKind,
    calendar::{Calendar, Roll, Schedule, banking_days_from, on_or_after},
    life, payers,
};

/// A calendar with the logarithm of its share, its due days in the history, and the next one.
struct Guess {
    prior: f64,
    cadence: Cadence,
    due: Vec<Day>,
    next: Option<Day>,
}

fn schedules(start: Day) -> Vec<(f64, Schedule)> {
    let mut all = Vec::new();
    let share = |cadence| weight(payers::EMPLOYERS, &cadence);
    for (weekday, _) in payers::PAY_WEEKDAYS {
        let part = weight(payers::PAY_WEEKDAYS, weekday);
        all.push((share(Cadence::Weekly) * part, Schedule::Weekly(*weekday)));
        let first = start.plus(i32::try_from((weekday + 7 - start.weekday()) % 7).expect("small"));
        for week in 0..4 {
            let anchor = first.plus(7 * week);
            all.push((share(Cadence::FourWeekly) * part / 4.0, Schedule::FourWeekly(anchor)));
            if week < 2 {
                all.push((share(Cadence::Biweekly) * part / 2.0, Schedule::Biweekly(anchor)));
            }
        }
    }
    for (days, _) in payers::SEMI_MONTHLY {
        let part = weight(payers::SEMI_MONTHLY, days);
        all.push((share(Cadence::SemiMonthly) * part, Schedule::SemiMonthly(days.0, days.1)));
    }
    for (day, _) in payers::MONTH_DAYS {
        let part = weight(payers::MONTH_DAYS, day);
        all.push((share(Cadence::MonthlyByDay) * part, Schedule::MonthlyByDay(*day)));
    }
    for (nth, _) in payers::MONTH_WEEKDAYS {
        let part = weight(payers::MONTH_WEEKDAYS, nth);
        all.push((share(Cadence::MonthlyByWeekday) * part, Schedule::MonthlyByWeekday(nth.0, nth.1)));
    }
    for phase in 0..3 {
        all.push((share(Cadence::Quarterly) / 3.0, Schedule::Quarterly(phase, 15)));
    }
    all
}

#[expect(clippy::cast_precision_loss, reason = "small weights")]
fn weight<T: PartialEq>(items: &[(T, usize)], item: &T) -> f64 {
    let sum: usize = items.iter().map(|one| one.1).sum();
    let own: usize = items.iter().filter(|one| one.0 == *item).map(|one| one.1).sum();
    own as f64 / sum as f64
}

fn guesses(start: Day, end: Day) -> Vec<Guess> {
    let mut all = Vec::new();
    for (share, schedule) in schedules(start) {
        for (roll, rolls) in [(Roll::Before, 0.88), (Roll::After, 0.12)] {
            for (early, banks) in [(0, 0.75), (1, 0.12), (2, 0.13)] {
                let calendar = Calendar { schedule, roll, early };
                all.push(Guess {
                    prior: libm::log(share * rolls * banks),
                    cadence: schedule.cadence(),
                    // A late payment of a due day before the history shows within it.
                    due: calendar.days(start.plus(-8), end),
                    next: calendar.next(end),
                });
            }
        }
    }
    all
}

/// The logarithm of a guess's weight once the posting days are known.
fn weigh(guess: &Guess, posted: &[Day], start: Day, end: Day) -> f64 {
    // Three payments in a hundred are late: a guess that misses most of them need not be weighed.
    if 2 * posted.iter().filter(|day| guess.due.binary_search(day).is_ok()).count() < posted.len() {
        return f64::MIN;
    }
    let mut left = posted.to_vec();
    let mut take = |wanted: &dyn Fn(Day) -> bool| {
        let at = left.iter().position(|day| wanted(*day));
        at.map(|at| left.remove(at)).is_some()
    };
    let (open, met): (Vec<Day>, Vec<Day>) = guess.due.iter().partition(|due| !take(&|day| day == **due));
    let mut sum = guess.prior + met.iter().map(|_| libm::log(0.97)).sum::<f64>();
    for due in open {
        let late = |days| banking_days_from(on_or_after(due), days);
        let found = take(&|day| (1..=3).any(|days| late(days) == day));
        let may_come = end <= late(3);
        // Silence: made up for later, on leave, or before the history.
        sum += match (found, may_come) {
            (true, _) => libm::log(0.01),
            (false, true) => libm::log(0.03),
            (false, false) if due < start => 0.0,
            (false, false) => libm::log(0.01),
        };
    }
    // A day that nothing explains.
    sum - 13.8 * f64::from(u32::try_from(left.len()).expect("small"))
}

/// The most likely cadence and next date.
fn read(guesses: &[Guess], payer: &PlantedStream, start: Day, end: Day) -> (Cadence, Option<Day>) {
    let posted: Vec<Day> = payer.occurrences.iter().map(|one| one.posted).collect();
    let weights: Vec<f64> = guesses.iter().map(|guess| weigh(guess, &posted, start, end)).collect();
    let top = weights.iter().copied().fold(f64::MIN, f64::max);
    let mut sums: BTreeMap<(Cadence, Option<Day>), f64> = BTreeMap::new();
    for (guess, weight) in guesses.iter().zip(weights) {
        *sums.entry((guess.cadence, guess.next)).or_default() += libm::exp(weight - top);
    }
    let best = sums.into_iter().max_by(|a, b| a.1.total_cmp(&b.1));
    best.map_or((Cadence::Irregular, None), |(answer, _)| answer)
}

/// Of payroll that was there for the whole history: how much the reader reads right, and of how many.
fn right(lives: &[Life], days: i32) -> (usize, usize) {
    let (mut right, mut n) = (0, 0);
    let mut known: BTreeMap<Day, Vec<Guess>> = BTreeMap::new();
    for life in lives {
        let cut = life.cut(days);
        let (start, end) = (cut.start, cut.end());
        let guesses = known.entry(end).or_insert_with(|| guesses(start, end));
        let jobs = cut.truth.payers.iter().filter(|payer| payer.kind == StreamKind::Payroll);
        for payer in jobs.filter(|payer| payer.ended.is_none() && payer.since <= start && 2 <= payer.occurrences.len())
        {
            right += usize::from(read(guesses, payer, start, end) == (payer.cadence, payer.next));
            n += 1;
        }
    }
    (right, n)
}

#[test]
fn a_reader_who_knows_all_calendars_meets_what_is_asked_of_the_detector() {
    // Twelve values of T, a month and a weekday apart, so that the calendars are laid out twelve times only.
    let end = |index: u64| Day::from_civil(2025, 7, 1).plus(i32::try_from(index % 12 * 31).expect("small"));
    let lives: Vec<Life> = (0..600).map(|index| life(20_260_706, index, LIFE_DAYS, end(index))).collect();
    for (days, least) in [(180, 0.99), (75, 0.95)] {
        let (right, n) = right(&lives, days);
        let share = f64::from(u32::try_from(right).expect("small")) / f64::from(u32::try_from(n).expect("small"));
        assert!(400 < n && least <= share, "{days} days: {right} of {n}, {share:.4}");
    }
}
