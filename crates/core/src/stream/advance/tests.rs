//! Matching against hand-made ledgers, and its laws on random ones.

use super::*;
use crate::stream::returned::returns;
// Samples stand on the digest's floor; only tests may reach up for them.
#[cfg(test)]
use crate::digest::sample::{Sample, Seed};

const IN: &str = "cash_advance_disbursement";
const OUT: &str = "cash_advance_payment";

/// T is 2026-03-01, a Sunday; age 0 is Saturday, 28 February. Rows of one provider: (age, amount); the sign says which.
fn app(rows: &[(i32, i64)]) -> Sample {
    let mut sample = Sample::new(Day::from_civil(2026, 3, 1));
    for &(age, amount) in rows {
        sample.row(age, amount, if 0 < amount { IN } else { OUT }).label.counterparty = 7;
    }
    sample
}

fn of(sample: &Sample) -> Advances {
    advances(&sample.ledger, &sample.taxonomy, &returns(&sample.ledger, &sample.taxonomy))
}

/// Payments that came back.
fn back(sample: &Sample) -> Vec<u32> {
    returns(&sample.ledger, &sample.taxonomy).payments(&sample.ledger)
}

/// Of each advance: its principal, what was paid on it, and the age at which it closed.
fn told(sample: &Sample) -> Vec<(i64, Vec<i64>, Option<i32>)> {
    let age = |day: Day| sample.ledger.end.0 - 1 - day.0;
    let paid = |advance: &Advance| advance.repayments.iter().map(|one| one.amount).collect();
    of(sample).list().iter().map(|one| (one.principal, paid(one), one.closed.map(age))).collect()
}

#[test]
fn a_payment_of_an_advance_and_its_fee_answers_it_though_an_older_one_is_open() {
    let sample = app(&[(60, 200), (50, 50), (45, -55), (40, -230)]);
    assert_eq!(told(&sample), [(200, vec![230], Some(40)), (50, vec![55], Some(45))]);
}

#[test]
fn proceeds_that_the_bank_took_back_are_no_advance() {
    // A returned deposit may be a cheque's of that amount.
    for (back, open) in [("reversal", &[50][..]), ("returned_deposit", &[100, 50])] {
        let mut sample = app(&[(60, 100), (20, 50)]);
        sample.row(59, -100, back);
        let found = of(&sample);
        assert_eq!(found.list().iter().map(|one| one.principal).collect::<Vec<_>>(), open, "{back}");
    }
}

#[test]
fn of_several_the_one_with_the_smallest_fee_is_answered_then_the_oldest() {
    let sample = app(&[(60, 100), (55, 105), (50, 100), (40, -110), (39, -110)]);
    let want = [(100, vec![110], Some(39)), (105, vec![110], Some(40)), (100, vec![], None)];
    assert_eq!(told(&sample), want);
}

#[test]
fn a_fee_of_thirty_percent_is_one_and_a_unit_more_is_an_instalment_on_the_oldest() {
    let at = app(&[(70, 500), (60, 100), (50, -130)]);
    assert_eq!(told(&at), [(500, vec![], None), (100, vec![130], Some(50))]);
    let beyond = app(&[(70, 500), (60, 100), (50, -131)]);
    assert_eq!(told(&beyond), [(500, vec![131], None), (100, vec![], None)]);
    let below = app(&[(70, 500), (60, 100), (50, -99)]);
    assert_eq!(told(&below), [(500, vec![99], None), (100, vec![], None)]);
}

#[test]
fn instalments_go_to_the_oldest_and_what_is_more_than_its_fee_to_the_next() {
    let sample = app(&[(80, 300), (75, 200), (70, -100), (60, -150), (50, -290)]);
    // 290: 50 close the first; the 240 left are more than its fee of 90; on the second, 40 beyond 200 are a fee.
    assert_eq!(told(&sample), [(300, vec![100, 150, 50], Some(50)), (200, vec![240], Some(50))]);
    let found = of(&sample);
    assert_eq!((found.list()[0].repaid(), found.list()[0].outstanding()), (300, 0));
    // 95: 50 close the first, the 45 left are its fee.
    let fee = app(&[(80, 300), (75, 900), (70, -250), (60, -95)]);
    assert_eq!(told(&fee), [(300, vec![250, 95], Some(60)), (900, vec![], None)]);
}

#[test]
fn a_payment_never_answers_a_later_advance_and_one_of_its_own_day_only_whole() {
    let sample = app(&[(60, -100), (50, -99), (50, 100)]);
    assert_eq!(told(&sample), [(100, vec![], None)]);
    assert_eq!(of(&sample).apart(), [0, 1]);
    // Received at eight, paid back with a fee at ten: no advance is open, and none rolls over.
    let mut sample = app(&[(60, -100), (50, -110), (50, 100), (47, 100)]);
    (sample.ledger.rows[2].time, sample.ledger.rows[1].time) =
        (sample.ledger.rows[2].time + 8 * 3_600, sample.ledger.rows[1].time + 10 * 3_600);
    assert_eq!(told(&sample), [(100, vec![110], Some(50)), (100, vec![], None)]);
    assert_eq!(of(&sample).apart(), [0]);
    let follows: Vec<Option<u32>> = of(&sample).list().iter().map(|advance| advance.follows).collect();
    assert_eq!(follows, [None, Some(1)], "three days after the payment of day 50");
    // Paid before it was received, or at one time: a debt of before the history is rolled over.
    for received in [0, 2] {
        sample.ledger.rows[2].time = sample.ledger.rows[1].time + received;
        assert_eq!(told(&sample)[0], (100, vec![], None));
        assert_eq!(of(&sample).list()[0].follows, Some(1));
    }
    // A closed advance takes nothing more.
    let twice = app(&[(60, 100), (50, -110), (40, -110)]);
    assert_eq!(told(&twice), [(100, vec![110], Some(50))]);
    assert_eq!(of(&twice).apart(), [2]);
}

#[test]
fn providers_and_kinds_are_apart_and_fees_internal_rows_and_the_day_of_t_are_nothing() {
    let mut sample = app(&[(60, 100)]);
    sample.row(50, -110, OUT).label.counterparty = 8;
    sample.row(49, -110, "ewa_payment").label.counterparty = 7;
    sample.row(48, -110, "fee_cash_advance").label.counterparty = 7;
    let internal = sample.row(47, -110, OUT);
    (internal.label.counterparty, internal.internal) = (7, true);
    sample.row(-1, -110, OUT).label.counterparty = 7;
    assert_eq!(told(&sample), [(100, vec![], None)]);
    assert_eq!(of(&sample).apart(), [1, 2]);
    assert_eq!(of(&app(&[])), Advances::default());
}

#[test]
fn remittances_to_a_funder_are_instalments_whatever_their_amount() {
    let mut sample = Sample::new(Day::from_civil(2026, 3, 1));
    for (age, amount) in [(60, 1_000), (55, 100), (50, -100), (49, -900), (48, -100)] {
        let purpose = if 0 < amount { "mca_disbursement" } else { "mca_payment" };
        sample.row(age, amount, purpose).label.counterparty = 3;
    }
    assert_eq!(told(&sample), [(1_000, vec![100, 900], Some(49)), (100, vec![100], Some(48))]);
    assert!(!of(&sample).list()[0].class.is_short_term());
}

#[test]
fn a_payment_that_came_back_paid_nothing_and_the_newest_equal_one_came_back() {
    // Monday 2 February is age 26; Monday the 9th, age 19, is five banking days later.
    let mut sample = app(&[(40, 100), (27, -110), (26, -110), (15, -110)]);
    sample.row(19, 110, "returned_item_debit");
    assert_eq!(back(&sample), [2]);
    // The one of age 27 stands and closes; that of age 15 finds nothing open.
    assert_eq!(told(&sample), [(100, vec![110], Some(27))]);
    assert_eq!(of(&sample).apart(), [3]);
    // A day later it is no return of it, nor is another amount, nor money that comes before.
    for (age, amount) in [(18, 110), (19, 109), (28, 110)] {
        let mut other = app(&[(40, 100), (26, -110)]);
        other.row(age, amount, "returned_item_debit");
        assert!(back(&other).is_empty(), "{age} {amount}");
    }
    let mut reversal = app(&[(40, 100), (26, -110)]);
    reversal.row(26, 110, "reversal");
    assert_eq!(told(&reversal), [(100, vec![], None)]);
}

#[test]
fn proceeds_within_three_days_of_a_payment_follow_it_once() {
    let follows = |rows: &[(i32, i64)]| -> Vec<Option<u32>> {
        of(&app(rows)).list().iter().map(|advance| advance.follows).collect()
    };
    assert_eq!(follows(&[(60, 100), (50, -110), (47, 100)]), [None, Some(1)]);
    assert_eq!(follows(&[(60, 100), (50, -110), (46, 100)]), [None, None]);
    assert_eq!(follows(&[(60, 100), (50, -110), (50, 80), (50, 90)]), [None, Some(1), None]);
    // Two payments on two days, then two proceeds: each follows its own, the older payment first.
    let two = [(60, 200), (59, 150), (50, -210), (49, -160), (48, 200), (47, 150)];
    assert_eq!(follows(&two), [None, None, Some(2), Some(3)]);
    // Two payments of one day are two.
    let one_day = [(60, 200), (59, 150), (50, -210), (50, -160), (49, 200), (49, 150)];
    assert_eq!(follows(&one_day).into_iter().flatten().count(), 2);
    // Three days after the first payment only the second is left.
    assert_eq!(follows(&[(60, 200), (59, 150), (50, -210), (49, -160), (46, 200)]), [None, None, Some(3)]);
}

#[test]
fn a_payment_of_an_advance_of_its_own_day_takes_no_place_among_those_that_are_followed() {
    // One day: 300 for a debt of before, then 100 received, then 105 for it. The 100 followed the 300, though 105 is smaller.
    let mut sample = app(&[(30, -300), (30, 100), (30, -105)]);
    for (row, hour) in [(0, 7), (1, 9), (2, 18)] {
        sample.ledger.rows[row].time += hour * 3_600;
    }
    let found = of(&sample);
    let [advance] = found.list() else { panic!("one advance") };
    assert_eq!((advance.follows, advance.repayments.len(), found.apart()), (Some(0), 1, &[0][..]));
}

#[test]
fn four_equal_instalments_two_weeks_apart_are_a_plan() {
    let mut sample = Sample::new(Day::from_civil(2026, 3, 1));
    // A whole plan; one of two so far, among its days; pauses of 10 and 18 days; one instalment.
    let rows = [(60, 25), (46, 25), (35, 25), (18, 25), (53, 25), (39, 25), (30, 9), (20, 9), (28, 8), (10, 8), (5, 7)];
    for (age, amount) in rows {
        sample.row(age, -amount, "bnpl_payment").label.counterparty = 9;
    }
    let found = of(&sample);
    let plans: Vec<_> = found.plans().iter().map(|plan| (plan.amount, plan.rows.clone(), plan.ends())).collect();
    // The second could have had its next instalment up to age 22 and is open no more from age 21 on.
    assert_eq!(plans, [(25, vec![0, 1, 2, 3], sample.day(18)), (25, vec![4, 5], sample.day(21))]);
}

#[test]
fn an_instalment_that_came_back_stays_in_its_plan_and_closes_none() {
    let plan = |ages: &[i32], came_back: i32| {
        let mut sample = Sample::new(Day::from_civil(2026, 3, 1));
        for age in ages {
            sample.row(*age, -25, "bnpl_payment").label.counterparty = 9;
        }
        sample.row(came_back - 1, 25, "returned_item_debit");
        sample.sort();
        let plans = of(&sample).plans;
        let [plan] = plans.as_slice() else { panic!("one plan, not {plans:?}") };
        (plan.rows.len(), plan.is_whole, sample.ledger.end.0 - 1 - plan.ends().0)
    };
    // Ages 37, 23 and 9: whichever came back, three are seen, and the next may come up to age -8.
    for came_back in [37, 23, 9] {
        assert_eq!(plan(&[37, 23, 9], came_back), (3, false, -9));
    }
    // The last of two came back: the applicant is in arrears with an open plan.
    assert_eq!(plan(&[23, 9], 9), (2, false, -9));
    // Four are all of them, an earlier one of which was returned; the fourth itself is owed, until it is paid with the next.
    assert_eq!(plan(&[51, 37, 23, 9], 23), (4, true, 9));
    assert_eq!(plan(&[51, 37, 23, 9], 9), (4, false, -9));
    assert_eq!(plan(&[65, 51, 37, 23, 9], 23), (5, true, 9));
}

#[test]
fn an_instalment_that_is_presented_again_takes_the_place_of_the_one_that_came_back() {
    let plans = |ages: &[i32], came_back: i32| {
        let mut sample = Sample::new(Day::from_civil(2026, 3, 1));
        for age in ages {
            sample.row(*age, -25, "bnpl_payment").label.counterparty = 9;
        }
        sample.row(came_back - 1, 25, "returned_item_debit");
        sample.sort();
        let age = |day: Day| sample.ledger.end.0 - 1 - day.0;
        of(&sample).plans.iter().map(|plan| (plan.rows.len(), plan.is_whole, age(plan.last))).collect::<Vec<_>>()
    };
    // The fourth, of age 9, came back and was paid at age 5: all is paid, and it was due at age 9.
    assert_eq!(plans(&[51, 37, 23, 9, 5], 9), [(4, true, 9)]);
    // A new plan begins when the next instalment of the old one would be due: two plans, the old one whole.
    assert_eq!(plans(&[72, 58, 44, 30, 27, 16, 2], 30), [(4, true, 30), (2, false, 2)]);
    // The second came back and was paid three days later: the third is due two weeks after the second was.
    assert_eq!(plans(&[37, 23, 20, 9], 23), [(3, false, 9)]);
}

/// Random rows of two providers of two kinds, with amounts from a short list so that much coincides.
fn random(seed: u64, with_returns: bool) -> Sample {
    let mut seed = Seed(seed);
    let mut sample = Sample::new(Day::from_civil(2026, 3, 1));
    let purposes =
        [IN, OUT, OUT, "loan_payday_disbursement", "loan_payday_payment", "bnpl_payment", "returned_item_debit"];
    for _ in 0..200 {
        let purpose = purposes[seed.index(purposes.len() - usize::from(!with_returns))];
        let amount = [100, 105, 110, 100, 25, 200, 415, 37][seed.index(8)];
        let inflow = purpose.ends_with("disbursement") || purpose.starts_with("returned");
        let age = i32::try_from(seed.below(120)).expect("small");
        sample.row(age, if inflow { amount } else { -amount }, purpose).label.counterparty = seed.below(2);
    }
    sample.sort();
    sample
}

/// A row, what was laid against it, a day and another row that belongs to it.
type Told = (u32, Vec<(u32, i64)>, Option<Day>, Option<u32>);

/// Everything that was found, with rows by their place in the history.
fn by_index(sample: &Sample, found: &Advances) -> Vec<Told> {
    let index = |at: u32| sample.ledger.rows[at as usize].index;
    let paid = |advance: &Advance| advance.repayments.iter().map(|one| (index(one.row), one.amount)).collect();
    let advance = |one: &Advance| (index(one.row), paid(one), one.closed, one.follows.map(index));
    let mut all: Vec<_> = found.list().iter().map(advance).collect();
    let plan = |plan: &Plan| plan.rows.iter().map(|at| (index(*at), plan.amount)).collect();
    all.extend(found.plans().iter().map(|one| (u32::MAX, plan(one), Some(one.ends()), None)));
    let mut apart: Vec<u32> = found.apart().iter().map(|at| index(*at)).collect();
    apart.sort_unstable();
    all.extend(apart.into_iter().map(|at| (at, vec![], None, None)));
    let mut returned: Vec<u32> = back(sample).into_iter().map(index).collect();
    returned.sort_unstable();
    all.extend(returned.into_iter().map(|payment| (payment, vec![], None, Some(u32::MAX))));
    all
}

#[test]
fn the_order_within_a_day_changes_nothing() {
    for seed in 0..40 {
        let sample = random(seed, true);
        let mut mixed = sample.clone();
        mixed.ledger.rows.sort_by_key(|row| (row.day, Reverse(row.index)));
        assert_eq!(by_index(&sample, &of(&sample)), by_index(&mixed, &of(&mixed)), "seed {seed}");
    }
}

#[test]
fn scaled_money_is_matched_alike() {
    for seed in 0..40 {
        let sample = random(seed, true);
        let mut scaled = sample.clone();
        scaled.ledger.rows.iter_mut().for_each(|row| row.amount *= 13);
        let mut want = by_index(&sample, &of(&sample));
        want.iter_mut().flat_map(|one| &mut one.1).for_each(|part| part.1 *= 13);
        assert_eq!(by_index(&scaled, &of(&scaled)), want, "seed {seed}");
    }
}

#[test]
fn rows_of_later_days_change_no_earlier_match() {
    let mut cut_short = 0;
    for seed in 0..40 {
        let whole = random(seed, false);
        for age in [10, 45, 80] {
            let end = whole.day(age);
            let mut before = whole.clone();
            before.ledger.end = end;
            before.ledger.rows.retain(|row| row.day < end);
            // Of the whole what lies before that day.
            let mut want = of(&whole);
            want.list.retain(|advance| advance.day < end);
            for advance in &mut want.list {
                let all = advance.repayments.len();
                advance.repayments.retain(|paid| paid.day < end);
                cut_short += all - advance.repayments.len();
                advance.closed = advance.closed.filter(|day| *day < end);
            }
            // Rows keep their positions: only the newest are gone.
            let got = of(&before);
            assert_eq!(got.list, want.list, "seed {seed}");
            want.apart.retain(|at| whole.ledger.rows[*at as usize].day < end);
            assert_eq!(got.apart, want.apart, "seed {seed}");
        }
    }
    assert!(0 < cut_short, "some matches lie on both sides");
}

#[test]
fn every_payment_is_laid_whole_once_or_stands_apart() {
    for seed in 0..40 {
        let sample = random(seed, true);
        let found = of(&sample);
        let mut laid = vec![0_i64; sample.ledger.rows.len()];
        for paid in found.list().iter().flat_map(|advance| &advance.repayments) {
            laid[paid.row as usize] += paid.amount;
        }
        for at in found.apart() {
            laid[*at as usize] -= sample.ledger.rows[*at as usize].amount;
        }
        let back = back(&sample);
        for (at, row) in (0_u32..).zip(&sample.ledger.rows) {
            let name = sample.taxonomy.info(row.label.purpose).name.as_str();
            let is_payment = name == OUT || name == "loan_payday_payment";
            let want = if is_payment && !back.contains(&at) { -row.amount } else { 0 };
            assert_eq!(laid[at as usize], want, "seed {seed}, row {at}");
        }
        for advance in found.list() {
            assert_eq!(advance.closed.is_some(), advance.principal <= advance.repaid(), "seed {seed}");
            let is_own_day = |paid: &Repayment| paid.day == advance.day && advance.closed == Some(advance.day);
            let follows = |paid: &Repayment| advance.day < paid.day || is_own_day(paid);
            assert!(advance.repayments.iter().all(follows), "seed {seed}");
        }
    }
}
