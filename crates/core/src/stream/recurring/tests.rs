//! Streams of hand-made ledgers: which rows belong together, and which do not.

use super::*;
// Samples stand on the digest's floor; only tests may reach up for them.
#[cfg(test)]
use crate::digest::sample::Sample;

/// A payment: year, month, date, minor units, counterparty.
type Paid = (i32, u32, u32, i64, u64);

/// T is the day of `end`; all rows have one purpose.
fn sample(end: (i32, u32, u32), purpose: &str, paid: &[Paid]) -> Sample {
    let mut sample = Sample::new(Day::from_civil(end.0, end.1, end.2));
    for &(year, month, date, amount, counterparty) in paid {
        let age = sample.ledger.end.0 - 1 - Day::from_civil(year, month, date).0;
        sample.row(age, amount, purpose).label.counterparty = counterparty;
    }
    sample.sort();
    sample
}

/// The cadence of each stream, how many days it has, its usual amount and its next date.
fn read(sample: &Sample) -> Vec<(Cadence, usize, i64, Option<String>)> {
    let found = streams(&sample.ledger, &sample.taxonomy);
    let of = |one: &Stream| {
        (one.cadence, found.occurrences(one).len(), one.amount, one.next.map(|day: Day| day.to_string()))
    };
    found.list().iter().map(of).collect()
}

/// Every second Thursday from 2025-10-16 on, with 2026-01-08 the day on which the text changes.
fn reworded(newest: [i64; 3]) -> Vec<Paid> {
    let hours = [184_788, 185_912, 184_546, 175_802, 180_639, 191_816];
    let first = Day::from_civil(2025, 10, 16);
    let pay = hours.map(|amount| (amount, 1)).into_iter().chain(newest.map(|amount| (amount, 2)));
    (0..)
        .zip(pay)
        .map(|(number, (amount, party))| {
            let (year, month, date) = first.plus(14 * number).civil();
            (year, month, date, amount, party)
        })
        .collect()
}

#[test]
fn pay_by_the_hour_that_goes_on_under_another_text_is_one_stream() {
    // The newest six lie between 1,599.00 and 1,918.16, in the middle 1,758.02 and 1,806.39: 1,782.205, to the even cent.
    // Paid so far between 1,758.02 and 1,918.16, which are 160.14 apart: the next may be as far again below, not farther.
    let one = vec![(Cadence::Biweekly, 9, 178_220, Some("2026-02-19".to_owned()))];
    assert_eq!(read(&sample((2026, 2, 10), "income_salary", &reworded([159_900, 180_639, 175_802]))), one);
    let parties = read(&sample((2026, 2, 10), "income_salary", &reworded([159_700, 180_639, 175_802])));
    assert_eq!(parties.iter().map(|one| one.1).collect::<Vec<_>>(), [6, 3]);
}

#[test]
fn takings_that_never_vary_need_as_little_evidence_as_a_wage() {
    let months = |amounts: [i64; 3]| -> Vec<Paid> {
        let days = [(2026, 3, 31), (2026, 4, 30), (2026, 5, 29)];
        days.into_iter().zip(amounts).map(|((year, month, date), amount)| (year, month, date, amount, 5)).collect()
    };
    let read = |amounts| read(&sample((2026, 6, 10), "income_self_employed", &months(amounts)));
    assert_eq!(read([120_000, 120_000, 123_600]), [(Cadence::MonthlyByDay, 3, 120_000, Some("2026-06-30".to_owned()))]);
    // Invoices.
    assert_eq!(read([120_000, 95_000, 160_000]), [(Cadence::Irregular, 3, 120_000, None)]);
}

#[test]
fn a_week_without_pay_is_missed_whatever_day_the_next_pay_comes() {
    // So many weeks from a day on; one is not paid, and one is paid on another day.
    let read = |first: Day, weeks: i32, missed: Day, (date, paid): (Day, Day), end: (i32, u32, u32)| {
        let days = (0..weeks).map(|week| first.plus(7 * week)).filter(|day| *day != missed);
        let rows = days.map(|day| if day == date { paid } else { day }).map(|day| {
            let (year, month, date) = day.civil();
            (year, month, date, 75_000, 5)
        });
        let sample = sample(end, "income_salary", &rows.collect::<Vec<Paid>>());
        let found = streams(&sample.ledger, &sample.taxonomy);
        let [one] = found.list() else { panic!("one stream") };
        (one.state, found.missed(one).to_vec(), one.next)
    };
    let day = |month, date| Day::from_civil(2026, month, date);
    // Fridays; that of 19 June is a holiday, so that pay comes on Thursday, six days after the Friday without pay.
    let fridays = read(day(1, 9), 24, day(6, 12), (day(6, 19), day(6, 18)), (2026, 6, 23));
    assert_eq!(fridays, (State::Mature, vec![day(6, 12)], Some(day(6, 26))));
    // Wednesdays; that of 30 September comes a day early.
    let wednesdays = read(day(4, 8), 26, day(9, 23), (day(9, 30), day(9, 29)), (2026, 10, 6));
    assert_eq!(wednesdays, (State::Mature, vec![day(9, 23)], Some(day(10, 7))));
}

#[test]
fn expenses_on_the_eve_of_pay_day_are_not_the_pay() {
    let mut paid: Vec<Paid> = (4..=9).map(|month| (2026, month, 15, 300_000, 5)).collect();
    // 15 August 2026 is a Saturday.
    paid[4].2 = 14;
    paid.push((2026, 10, 14, 100_000, 5));
    let read = |amount| {
        let mut paid = paid.clone();
        paid[6].3 = amount;
        let sample = sample((2026, 10, 15), "income_salary", &paid);
        let found = streams(&sample.ledger, &sample.taxonomy);
        let one = &found.list()[0];
        let due = found.occurrences(one).last().expect("there").due;
        (found.list().len(), one.next, due, crate::forecast::dues(&found, one, sample.ledger.end, 20).len())
    };
    let on = |month| Some(Day::from_civil(2026, month, if month == 11 { 13 } else { 15 }));
    assert_eq!(read(100_000), (1, on(10), None, 1));
    assert_eq!(read(149_999), (1, on(10), None, 1));
    // Half of the usual amount is pay. 15 November is a Sunday.
    assert_eq!(read(150_000), (1, on(11), on(10), 0));
    // Banks hand on pay days before its date: it answers that date, and the expenses after it answer none.
    paid[6] = (2026, 10, 13, 300_000, 5);
    paid.push((2026, 10, 14, 6_500, 5));
    let sample = sample((2026, 10, 15), "income_salary", &paid);
    let found = streams(&sample.ledger, &sample.taxonomy);
    let one = &found.list()[0];
    let dues: Vec<Option<Day>> = found.occurrences(one).iter().rev().take(2).map(|one| one.due).collect();
    assert_eq!((one.next, dues), (on(11), vec![None, on(10)]));
}

#[test]
fn what_an_employer_pays_beside_two_wages_does_not_hide_them() {
    let paid = [(2026, 4, 15, 310_000, 3), (2026, 4, 28, 21_500, 3), (2026, 5, 15, 310_000, 3)];
    assert_eq!(
        read(&sample((2026, 6, 10), "income_salary", &paid)),
        [(Cadence::MonthlyByDay, 3, 310_000, Some("2026-06-15".to_owned()))]
    );
}

/// 6,492.00 in cash on the 6th of each month from January on, half as much again in June, and what else was paid in.
fn cash(months: u32) -> Sample {
    let mut sample = Sample::new(Day::from_civil(2026, months + 1, 1));
    let cash = sample.taxonomy.instrument("cash").expect("an instrument");
    let wage = |month: u32| if month == 6 { 973_800 } else { 649_200 };
    let wages = (1..=months).map(|month| (month, 6, wage(month)));
    let others = (1..=months).flat_map(|month| {
        [(month, 11 + month, 650_000 - 900 * i64::from(month)), (month, 27, 31_000 * i64::from(month))]
    });
    for (month, date, amount) in wages.chain(others).collect::<Vec<_>>() {
        let age = sample.ledger.end.0 - 1 - Day::from_civil(2026, month, date).0;
        let label = &mut sample.row(age, amount, "cash_deposit").label;
        (label.counterparty, label.instrument) = (9, cash);
    }
    sample.sort();
    sample
}

#[test]
fn wages_paid_in_in_cash_are_told_from_other_cash_by_their_sum_and_dates() {
    // Eight wages, the larger one of June among them; the sixteen other deposits are no part of it and no stream.
    assert_eq!(read(&cash(8)), [(Cadence::MonthlyByDay, 8, 649_200, Some("2026-09-06".to_owned()))]);
    // Three of a sum may be chance.
    assert_eq!(read(&cash(3)), []);
    assert_eq!(read(&cash(4)), [(Cadence::MonthlyByDay, 4, 649_200, Some("2026-05-06".to_owned()))]);
}

#[test]
fn few_amounts_and_many_come_as_a_sort_puts_them() {
    let sample = Sample::new(Day::from_civil(2026, 6, 10));
    let mut finder = Finder {
        ledger: &sample.ledger,
        cash: Cash::of(&sample.taxonomy),
        out: Streams::default(),
        scratch: Scratch::default(),
        by_amount: vec![],
        places: vec![],
        lanes: vec![],
        members: vec![],
        due: vec![],
        spare: vec![],
    };
    // Of usual amounts, of some that have a bit too many, and of large ones.
    let least = [0, (1 << USUAL_BITS) - 11, (1 << USUAL_BITS) - 5, 1 << 40];
    for (count, least) in (0..=2 * FEW).flat_map(|count| least.map(|least| (count, least))) {
        // 7 steps round 11 amounts: in no order, and many of them equal.
        let amount = |at: u32| least + i64::from(at) * 7 % 11;
        let rows: Vec<Member> = (0..).map(|at| Member { at, day: Day(0), amount: amount(at) }).take(count).collect();
        let mut sorted: Vec<(i64, u32)> = rows.iter().map(|one| (one.amount, one.at)).collect();
        sorted.sort_unstable();
        finder.sort_by_amount(&rows);
        assert_eq!(finder.by_amount, sorted);
    }
}
