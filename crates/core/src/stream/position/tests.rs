//! Positions on hand-made ledgers. T is 2026-03-01, a Sunday; age 0 is Saturday, 28 February; Monday the 16th (age 12) is a
//! holiday.

use super::*;
// Samples stand on the digest's floor; only tests may reach up for them.
#[cfg(test)]
use crate::digest::sample::Sample;

fn sample() -> Sample {
    Sample::new(Day::from_civil(2026, 3, 1))
}

fn debit(sample: &mut Sample, age: i32, amount: i64, purpose: &str, funder: u64) {
    sample.row(age, -amount, purpose).label.counterparty = funder;
}

/// Debits on the banking days of ages `from` down to `to`, but for some.
fn daily(sample: &mut Sample, from: i32, to: i32, but: &[i32], purpose: &str) {
    for age in (to..=from).rev().filter(|age| !but.contains(age)) {
        if is_banking_day(sample.day(age)) {
            debit(sample, age, 150, purpose, 5);
        }
    }
}

fn of(sample: &Sample) -> Vec<Position> {
    positions(&sample.ledger, &sample.taxonomy).list
}

#[test]
fn a_known_funder_that_debits_every_banking_day_is_daily_and_its_gaps_are_missed() {
    let mut sample = sample();
    // Wednesday the 18th is age 10; Friday the 27th, age 1, may still post.
    daily(&mut sample, 60, 1, &[10, 1], "mca_payment");
    let found = of(&sample);
    let position = &found[0];
    assert_eq!(found.len(), 1);
    assert_eq!((position.funder, position.is_known, position.rhythm), (5, true, Rhythm::Daily));
    assert_eq!((position.remittance, position.is_active), (150, true));
    assert_eq!(position.missed, [sample.day(10)]);
}

#[test]
fn remittances_missed_before_the_first_one_or_the_last_thirty_days_are_not_counted() {
    let mut sample = sample();
    // The last thirty days begin on 30 January, age 29; age 30 is Thursday the 29th, age 29 Friday the 30th.
    daily(&mut sample, 60, 2, &[30, 29], "mca_payment");
    assert_eq!(of(&sample)[0].missed, [sample.day(29)]);
    let mut new = self::sample();
    daily(&mut new, 11, 2, &[], "mca_payment");
    assert_eq!(of(&new)[0].missed, []);
}

#[test]
fn a_daily_position_without_a_remittance_in_five_banking_days_has_ended() {
    // The fifth banking day before T is Monday the 23rd, age 5.
    let ended = |last: i32| {
        let mut sample = sample();
        daily(&mut sample, 60, last, &[], "mca_payment");
        let position = of(&sample).remove(0);
        (position.is_active, position.missed.len())
    };
    // Since then the 24th, 25th and 26th were missed; the 27th may still post.
    assert_eq!(ended(5), (true, 3));
    assert_eq!(ended(6), (false, 0));
}

#[test]
fn an_unknown_counterparty_with_one_amount_on_ten_banking_days_is_a_funder() {
    // Banking days of ages 1 to 15: the 27th, 26th, 25th, 24th, 23rd, 20th, 19th, 18th, 17th, 13th: ten.
    let found = |change: &dyn Fn(&mut Sample)| {
        let mut sample = sample();
        daily(&mut sample, 15, 1, &[], "unknown");
        change(&mut sample);
        let positions = of(&sample);
        assert!(positions.iter().all(|one| !one.is_known && one.rhythm == Rhythm::Daily && one.remittance == 150));
        positions.len()
    };
    assert_eq!(found(&|_| {}), 1);
    assert_eq!(found(&|sample| sample.ledger.rows[4].amount = -151), 0);
    assert_eq!(found(&|sample| sample.ledger.rows[4].label.counterparty = 6), 0);
    assert_eq!(found(&|sample| sample.ledger.rows[4].internal = true), 0);
    // A Saturday is no banking day.
    assert_eq!(found(&|sample| sample.ledger.rows[4].day = Day::from_civil(2026, 2, 21)), 0);
    let card = Sample::new(Day::from_civil(2026, 3, 1)).taxonomy.instrument("card").expect("shipped");
    assert_eq!(found(&|sample| sample.ledger.rows.iter_mut().for_each(|row| row.label.instrument = card)), 0);
}

#[test]
fn the_days_of_an_unknown_funder_lie_close() {
    // Ages 1 to 17 hold twelve banking days, to 18 thirteen; ten of twelve are 83 percent, ten of thirteen 77.
    let count = |from: i32, but: &[i32]| {
        let mut sample = sample();
        daily(&mut sample, from, 1, but, "bill_payment");
        of(&sample).len()
    };
    assert_eq!(count(17, &[9, 10]), 1);
    assert_eq!(count(18, &[8, 9, 10]), 0);
    // From the 17th (age 11) to the 25th (age 3) it is six banking days: the twelve days before are a run, the three after
    // are not yet another.
    let mut paused = sample();
    daily(&mut paused, 29, 1, &[10, 9, 8, 5, 4], "bill_payment");
    let found = of(&paused);
    assert_eq!((found.len(), found[0].rows.len(), found[0].is_active), (1, 12, false));
}

#[test]
fn weekly_and_biweekly_positions_miss_their_steps() {
    let told = |ages: &[i32]| {
        let mut sample = sample();
        ages.iter().for_each(|age| debit(&mut sample, *age, 900, "mca_payment", 5));
        let position = of(&sample).remove(0);
        let age = |day: &Day| sample.ledger.end.0 - 1 - day.0;
        (position.rhythm, position.is_active, position.missed.iter().map(age).collect::<Vec<i32>>())
    };
    assert_eq!(told(&[30, 23, 16, 9, 2]), (Rhythm::Weekly, true, vec![]));
    assert_eq!(told(&[37, 30, 23, 9, 2]), (Rhythm::Weekly, true, vec![16]));
    // A day late is not missed; nor is the step of age 2, which may still come until the third day before T.
    assert_eq!(told(&[23, 15, 9]), (Rhythm::Weekly, true, vec![]));
    // The step of age 5 has passed its grace.
    assert_eq!(told(&[26, 19, 12]), (Rhythm::Weekly, true, vec![5]));
    // The last may be 14 days back: age 13.
    assert!(told(&[27, 20, 13]).1);
    assert_eq!(told(&[28, 21, 14]), (Rhythm::Weekly, false, vec![]));
    assert_eq!(told(&[44, 30, 16, 2]), (Rhythm::Biweekly, true, vec![]));
    assert_eq!(told(&[58, 44, 30, 2]), (Rhythm::Biweekly, true, vec![16]));
    assert_eq!(told(&[29]), (Rhythm::OneTime, true, vec![]));
    assert_eq!(told(&[30]), (Rhythm::OneTime, false, vec![]));
    assert_eq!(told(&[62, 31, 1]), (Rhythm::Irregular, true, vec![]));
}

#[test]
fn the_amount_is_the_most_frequent_of_the_newest_and_of_two_the_larger() {
    let mut sample = sample();
    for (age, amount) in [(30, 90), (23, 90), (16, 120), (9, 120), (2, 70)] {
        debit(&mut sample, age, amount, "mca_payment", 5);
    }
    assert_eq!(of(&sample)[0].remittance, 120);
    assert_eq!(of(&self::sample()), []);
}

#[test]
fn neither_scale_nor_the_order_within_a_day_changes_a_position() {
    let mut sample = sample();
    daily(&mut sample, 40, 1, &[7, 10], "unknown");
    daily(&mut sample, 40, 1, &[3], "mca_payment");
    for age in [25, 18, 11, 4] {
        debit(&mut sample, age, 700, "mca_payment", 6);
        debit(&mut sample, age, 650, "mca_payment", 6);
    }
    sample.sort();
    let of_rows = |sample: &Sample| -> Vec<Position> {
        let mut all = of(sample);
        // Rows by their place in the history, which the order of the ledger does not change.
        all.iter_mut().for_each(|one| one.rows.iter_mut().for_each(|at| *at = sample.ledger.rows[*at as usize].index));
        all
    };
    let plain = of_rows(&sample);
    assert_eq!(plain.len(), 3);
    let mut mixed = sample.clone();
    mixed.ledger.rows.sort_by_key(|row| (row.day, std::cmp::Reverse(row.index)));
    assert_eq!(of_rows(&mixed), plain);
    let mut scaled = sample.clone();
    scaled.ledger.rows.iter_mut().for_each(|row| row.amount *= 7);
    let mut want = plain;
    want.iter_mut().for_each(|one| one.remittance *= 7);
    assert_eq!(of_rows(&scaled), want);
}
