//! The forecast against hand sums, and what it promises whatever the ledger.

use super::*;
use crate::{
    category::taxonomy::Taxonomy,
    digest::{
        Digest,
        plan::Plan,
        sample::{Sample, Seed, random},
    },
    ledger::Scope,
    stream::recurring,
};

/// Money with a payer or payee.
fn pay(sample: &mut Sample, day: Day, amount: i64, purpose: &str, party: u64) {
    let age = sample.ledger.end.0 - 1 - day.0;
    if 0 <= age {
        sample.row(age, amount, purpose).label.counterparty = party;
    }
}

/// T on Sunday, 2026-03-01, history from September on: pay of 2,000.00 every second Friday up to 27 February, rent of
/// 900.00 on the first of the month. 1 March is a Sunday, as 1 February was.
fn regular() -> Sample {
    regular_at(Day::from_civil(2026, 3, 1))
}

/// The same seen on another day, by which nothing more has come.
fn regular_at(end: Day) -> Sample {
    let mut sample = Sample::new(end);
    sample.history(190);
    for back in 0..13 {
        pay(&mut sample, Day::from_civil(2026, 2, 27).plus(-14 * back), 200_000, "income_salary", 7);
    }
    for (year, month) in [(2025, 9), (2025, 10), (2025, 11), (2025, 12), (2026, 1), (2026, 2)] {
        pay(&mut sample, Day::from_civil(year, month, 1), -90_000, "rent", 8);
    }
    sample.sort();
    sample.balances(0, &[100_000; 100]);
    sample
}

fn forecast(sample: &Sample) -> Result<Forecast, Missing> {
    let plan = Plan::new();
    sample.digest(&plan).forecast().cloned()
}

fn whole(fraction: Fraction) -> i128 {
    assert_eq!(fraction.numerator % fraction.denominator, 0, "{fraction:?}");
    fraction.numerator / fraction.denominator
}

#[test]
fn perfectly_regular_streams_add_up_by_hand() {
    let told = forecast(&regular()).expect("190 days");
    assert_eq!(told.start(), Ok(Start { amount: 100_000, kind: StartKind::Current }));
    // Rent on 1 March (day 1), pay on 13 March (day 13) and 27 March (day 27); nothing else ever moved.
    for (day, want) in
        [(0, 100_000), (1, 10_000), (12, 10_000), (13, 210_000), (26, 210_000), (27, 410_000), (30, 410_000)]
    {
        assert_eq!(told.expected(day).map(whole), Ok(want), "day {day}");
        assert_eq!(told.variance(day), 0.0, "day {day}");
        // Without deviation the probability is a step.
        let amount = i64::try_from(want).expect("small");
        assert_eq!(told.probability_below(amount, day), Ok(0.0));
        assert_eq!(told.probability_below(amount + 1, day), Ok(1.0));
    }
    assert_eq!((whole(told.expected_inflow(30)), whole(told.expected_outflow(30))), (400_000, 90_000));
    assert_eq!((whole(told.expected_inflow(0)), whole(told.expected_outflow(0))), (0, 0));
    assert_eq!(told.expected(31), told.expected(30));
    assert_eq!(told.probability_any_negative(30), Ok(0.0));
    assert_eq!(told.next_income(), Some(13));
    // Two pay days in 30 days; 26 a year.
    assert_eq!((whole(told.income().month), whole(told.income().year)), (400_000, 5_200_000));
}

#[test]
fn a_late_payment_is_expected_on_the_next_banking_day_and_the_others_on_their_dates() {
    // T on Sunday, 1 March. The pay of Friday, 27 February, has not come, and may: every second Friday was kept so far.
    let mut sample = Sample::new(Day::from_civil(2026, 3, 1));
    sample.history(190);
    for back in 1..13 {
        pay(&mut sample, Day::from_civil(2026, 2, 27).plus(-14 * back), 200_000, "income_salary", 7);
    }
    sample.sort();
    let plan = Plan::new();
    let digest = sample.digest(&plan);
    let [stream] = digest.streams().list() else { panic!("one payer") };
    let day = |month, day| Day::from_civil(2026, month, day);
    let due = |date, expected| Due { date, expected, earliest: expected, latest: expected };
    let wanted = [due(day(2, 27), day(3, 2)), due(day(3, 13), day(3, 13)), due(day(3, 27), day(3, 27))];
    assert_eq!(dues(digest.streams(), stream, sample.ledger.end, 30), wanted);
    // The last day of a horizon counts, the day after does not.
    assert_eq!(dues(digest.streams(), stream, sample.ledger.end, 27).len(), 3);
    assert_eq!(dues(digest.streams(), stream, sample.ledger.end, 26).len(), 2);
    assert_eq!(dues(digest.streams(), stream, sample.ledger.end, 0).len(), 0);
}

#[test]
fn a_payment_is_expected_when_half_of_the_last_six_had_come() {
    // Pay of Fridays from 7 November on; of the last six three came on Friday and three on the Monday after: by Friday one
    // half has come. Of the last seven days of a cadence of weeks no other calendar explains both.
    let mut sample = Sample::new(Day::from_civil(2026, 3, 1));
    sample.history(190);
    for back in 0..13 {
        let late = if [1, 3, 5].contains(&back) { 3 } else { 0 };
        pay(&mut sample, Day::from_civil(2026, 2, 27).plus(-14 * back + late), 200_000, "income_salary", 7);
    }
    sample.sort();
    let plan = Plan::new();
    let digest = sample.digest(&plan);
    let [stream] = digest.streams().list() else { panic!("one payer") };
    let told = dues(digest.streams(), stream, sample.ledger.end, 30);
    let friday = Day::from_civil(2026, 3, 13);
    assert_eq!(told[0], Due { date: friday, expected: friday, earliest: friday, latest: friday.plus(3) });
}

#[test]
fn a_raise_is_believed_when_it_has_come_twice() {
    for (raised, wanted) in [(0, 200_000), (1, 200_000), (2, 210_000)] {
        let mut sample = Sample::new(Day::from_civil(2026, 3, 1));
        sample.history(190);
        for back in 0..13 {
            let amount = if back < raised { 210_000 } else { 200_000 };
            pay(&mut sample, Day::from_civil(2026, 2, 27).plus(-14 * back), amount, "income_salary", 7);
        }
        sample.sort();
        let plan = Plan::new();
        let digest = sample.digest(&plan);
        let [stream] = digest.streams().list() else { panic!("one payer") };
        // The usual amount is the median of six: four of them are the old pay.
        assert_eq!((stream.amount, next_amount(digest.streams(), stream)), (200_000, wanted), "{raised}");
    }
}

#[test]
fn a_balance_that_does_not_cover_the_rent_is_certain_to_fall_below_zero() {
    let mut sample = regular();
    sample.balances(0, &[89_999; 100]);
    assert_eq!(forecast(&sample).expect("there").probability_any_negative(1), Ok(1.0));
}

#[test]
fn the_rest_drifts_at_its_mean_and_spreads_at_its_variance() {
    // T on a Sunday; every day of the last ninety 10.00 out of nowhere in particular, and 90.00 more on three of them.
    let mut sample = Sample::new(Day::from_civil(2026, 3, 1));
    for age in 0..90 {
        sample.row(age, -1_000, "groceries").label.counterparty = 1_000 + u64::try_from(age).expect("small");
    }
    for (age, party) in [(10, 1), (33, 2), (71, 3)] {
        sample.row(age, -9_000, "medical").label.counterparty = party;
    }
    sample.balances(0, &[50_000; 90]);
    let told = forecast(&sample).expect("ninety days");
    // Outflow 90 × 1,000 + 3 × 9,000 = 117,000 over 90 days: 1,300 a day.
    assert_eq!(whole(told.expected_outflow(10)), 13_000);
    assert_eq!(told.expected(10).map(whole), Ok(37_000));
    // Squares 87 × 1,000² + 3 × 10,000² = 387e6; (90 × 387e6 - 117,000²) / (90 × 89) = 2,639,325.84.
    let daily = (90.0 * 387e6 - 117_000.0 * 117_000.0) / (90.0 * 89.0);
    assert!((told.variance(10) - daily * 10.0 * (1.0 + 10.0 / 90.0)).abs() < 1e-6);
    // At its mean a normal lies below with one half; one deviation above, with 0.8413.
    assert_eq!(told.probability_below(37_000, 10), Ok(0.5));
    let above = 37_000.0 + (told.variance(10)).sqrt();
    #[expect(clippy::cast_possible_truncation, reason = "a small amount")]
    let near = told.probability_below(above.round() as i64, 10).expect("there");
    assert!((near - 0.841_344_746).abs() < 1e-4, "{near}");
}

/// A benefit of 1,000.00 on the 3rd of the month, on Monday, 5 January, for Saturday, the 3rd; then until `end`.
fn benefit(end: Day, december: u32, march: Option<u32>) -> Sample {
    let mut sample = Sample::new(end);
    sample.history(190);
    let days = [(2025, 9, 3), (2025, 10, 3), (2025, 11, 3), (2025, 12, december), (2026, 1, 5), (2026, 2, 3)];
    for (year, month, date) in days.into_iter().chain(march.map(|date| (2026, 3, date))) {
        pay(&mut sample, Day::from_civil(year, month, date), 100_000, "income_benefits", 9);
    }
    sample.balances(0, &[0; 190]);
    // The account is quiet, and its data is of today.
    sample.ledger.accounts[0].balance_as_of = Some(sample.ledger.as_of);
    sample
}

#[test]
fn what_is_late_is_expected_next_and_what_came_early_is_not_expected_twice() {
    // T is Thursday, 5 March: a payment that always came on its day is two days late.
    let told = forecast(&benefit(Day::from_civil(2026, 3, 5), 3, None)).expect("there");
    assert_eq!(told.expected(1).map(whole), Ok(100_000));
    assert_eq!(told.next_income(), Some(1));
    // 3 April is Good Friday, on which banks settle: day 30.
    assert_eq!(told.expected(29).map(whole), Ok(100_000));
    assert_eq!(told.expected(30).map(whole), Ok(200_000));
    assert_eq!(told.variance(30), 0.0);

    // The same paid on 2 March, a day early, before T on 3 March: nothing until April.
    let told = forecast(&benefit(Day::from_civil(2026, 3, 3), 3, Some(2))).expect("there");
    assert_eq!(told.expected(30).map(whole), Ok(0));
}

#[test]
fn a_payment_is_there_as_often_as_it_used_to_be_by_then() {
    // In December it came on the 5th, two days late: one in six. T is Monday, 2 March; the 3rd is day 2, the 5th day 4.
    let told = forecast(&benefit(Day::from_civil(2026, 3, 2), 5, None)).expect("there");
    assert_eq!(told.expected(1).map(whole), Ok(0));
    let second = told.expected(2).expect("there");
    assert_eq!(6 * second.numerator, 5 * 100_000 * second.denominator);
    assert!((told.variance(2) - 1e10 * 5.0 / 36.0).abs() < 1.0);
    assert_eq!(told.expected(3), told.expected(2));
    assert_eq!((told.expected(4).map(whole), told.variance(4)), (Ok(100_000), 0.0));
    assert_eq!(told.next_income(), Some(2));
}

#[test]
fn a_bill_that_is_late_is_expected_soon_and_once_more_at_its_next_date() {
    // T is Wednesday, 4 March: the rent of Sunday, 1 March, has not been seen, which its calendar tolerates for six days.
    let mut sample = regular_at(Day::from_civil(2026, 3, 4));
    let told = forecast(&sample).expect("there");
    // Rent on 4 March (day 1), pay on 13 March (day 10) and 27 March (day 24), rent on 1 April (day 29).
    for (day, want) in
        [(1, 10_000), (9, 10_000), (10, 210_000), (24, 410_000), (28, 410_000), (29, 320_000), (30, 320_000)]
    {
        assert_eq!(told.expected(day).map(whole), Ok(want), "day {day}");
    }
    // So a rent that was not paid makes a shortfall as likely as it was on the eve of its date.
    sample.balances(0, &[89_999; 100]);
    assert_eq!(forecast(&sample).expect("there").probability_any_negative(30), Ok(1.0));
}

#[test]
fn rent_that_is_overdue_is_still_owed_and_other_bills_are_not() {
    // T is Tuesday, 10 March: the rent of 1 March is nine days late. The balance is of T.
    let seen = |change: &dyn Fn(&mut Sample)| {
        let mut sample = regular_at(Day::from_civil(2026, 3, 10));
        sample.ledger.accounts[0].balance_as_of = Some(sample.ledger.as_of);
        change(&mut sample);
        forecast(&sample).expect("there")
    };
    // Rent on 10 March (day 1), pay on 13 March (day 4) and 27 March (day 18), rent on 1 April (day 23).
    let told = seen(&|_| {});
    for (day, want) in
        [(1, 10_000), (3, 10_000), (4, 210_000), (18, 410_000), (22, 410_000), (23, 320_000), (30, 320_000)]
    {
        assert_eq!(told.expected(day).map(whole), Ok(want), "day {day}");
    }
    // What is no home's cost may be over.
    let told = seen(&|sample| {
        let childcare = sample.taxonomy.purpose("childcare").expect("there is one");
        sample.ledger.rows.iter_mut().filter(|row| row.amount < 0).for_each(|row| row.label.purpose = childcare);
    });
    assert_eq!(told.expected(30).map(whole), Ok(500_000));
    // Who paid another landlord on 2 March has moved: 90.00 in ninety days, 1.00 a day, is all that goes on.
    let told = seen(&|sample| pay(sample, Day::from_civil(2026, 3, 2), -9_000, "rent", 9));
    assert_eq!(told.expected(30).map(whole), Ok(497_000));
    // A second date that was missed, on 1 April, ends it: on 20 April nothing is owed to that landlord.
    let mut later = regular_at(Day::from_civil(2026, 4, 20));
    later.ledger.accounts[0].balance_as_of = Some(later.ledger.as_of);
    assert_eq!(forecast(&later).expect("there").expected_outflow(30).numerator, 0);
}

#[test]
fn data_that_ends_a_week_before_t_foretells_nothing() {
    // The last row is the pay of 27 February: on 6 March it is of the last seven days, on 7 March of none of them.
    let day = |day| Day::from_civil(2026, 3, day);
    assert!(forecast(&regular_at(day(6))).is_ok());
    let mut sample = regular_at(day(7));
    assert_eq!(forecast(&sample), Err(Missing::Stale));
    // A snapshot of the balance says that nothing moved since, for as long.
    let week = 7 * 86_400;
    for (age, want) in
        [(0, Ok(())), (week - 1, Ok(())), (week, Err(Missing::Stale)), (40 * 86_400, Err(Missing::Stale))]
    {
        sample.ledger.accounts[0].balance_as_of = Some(sample.ledger.as_of - age);
        assert_eq!(forecast(&sample).map(|_| ()), want, "{age}");
    }
    // What one account would do nobody knows, though another has data of today; one that never moved tells no age.
    let today = sample.ledger.as_of;
    sample.account(Scope::Deposit).balance_as_of = Some(today);
    sample.balances(1, &[5_000; 100]);
    assert_eq!(forecast(&sample).map(|_| ()), Err(Missing::Stale));
    // One with a row a month is quiet by its nature.
    let quiet = sample.ledger.rows.clone();
    sample.ledger.rows.retain(|row| row.account != 0 || row.day.0 % 30 == 0);
    assert!(forecast(&sample).is_ok());
    sample.ledger.rows = quiet;
    // Without any snapshot an account may be quiet: another's rows tell that the export is new.
    sample.ledger.accounts[0].balance_as_of = None;
    assert_eq!(forecast(&sample).map(|_| ()), Err(Missing::Stale));
    sample.ledger.accounts[1].last_day = Some(sample.day(0));
    assert!(forecast(&sample).is_ok());
    // Fewer days than a forecast needs are told first.
    sample.ledger.accounts[0].last_day = Some(sample.day(30));
    sample.ledger.accounts[1].last_day = None;
    sample.history(59);
    assert_eq!(forecast(&sample).map(|_| ()), Err(Missing::NotEnoughHistory));
}

#[test]
fn an_overdue_stream_neither_pays_nor_drifts() {
    let mut sample = regular();
    // No pay since 30 January: 13 and 27 February were missed, and T is 30 days after the last.
    let cut = Day::from_civil(2026, 2, 1);
    sample.ledger.rows.retain(|row| row.amount < 0 || row.day < cut);
    let told = forecast(&sample).expect("there");
    assert_eq!(whole(told.expected_inflow(30)), 0);
    assert_eq!((whole(told.income().month), told.next_income()), (0, None));
    assert_eq!(told.expected(30).map(whole), Ok(10_000));
}

#[test]
fn a_forecast_starts_from_what_is_available_while_that_still_holds() {
    let mut sample = regular();
    let account = &mut sample.ledger.accounts[0];
    account.balance_available = Some(80_000);
    account.balance_as_of = Some(sample.ledger.as_of - 3_600);
    let start = |sample: &Sample| forecast(sample).expect("there").start();
    assert_eq!(start(&sample), Ok(Start { amount: 80_000, kind: StartKind::Available }));
    // A second account without an available balance.
    sample.account(Scope::Deposit);
    sample.balances(1, &[5_000; 100]);
    assert_eq!(start(&sample), Ok(Start { amount: 85_000, kind: StartKind::Mixed }));
    // A row after the snapshot.
    sample.ledger.accounts[0].balance_as_of = Some(sample.ledger.as_of - 20 * 86_400);
    assert_eq!(start(&sample), Ok(Start { amount: 105_000, kind: StartKind::Current }));
}

#[test]
fn the_balances_of_some_accounts_are_nobodys_balance() {
    let mut sample = regular();
    let with_one = forecast(&sample).expect("there");
    // A second account that holds nothing and moves nothing changes nothing.
    sample.account(Scope::Deposit);
    assert_eq!(forecast(&sample).expect("there").expected(30), with_one.expected(30));
    for age in 0..90 {
        sample.row(age, -5_000, "groceries").account = 1;
    }
    sample.sort();
    sample.ledger.accounts[1].first_day = Some(sample.day(89));
    let told = forecast(&sample).expect("flows are known");
    assert_eq!((told.start(), told.expected(30)), (Err(Missing::NotPermitted), Err(Missing::NotPermitted)));
}

#[test]
fn missing_has_its_cause() {
    let mut sample = regular();
    sample.ledger.accounts[0].balances = None;
    sample.ledger.accounts[0].balance_current = None;
    let told = forecast(&sample).expect("flows are known");
    assert_eq!(told.expected(3), Err(Missing::NotPermitted));
    assert_eq!(told.probability_below(1, 3), Err(Missing::NotPermitted));
    assert_eq!(told.probability_any_negative(3), Err(Missing::NotPermitted));
    assert_eq!(whole(told.expected_inflow(30)), 400_000, "without a balance all accounts take part");
    let short = |days: i32| {
        let mut sample = Sample::new(Day::from_civil(2026, 3, 1));
        sample.history(days);
        forecast(&sample).map(|_| ())
    };
    assert_eq!(short(59), Err(Missing::NotEnoughHistory));
    assert_eq!(short(60), Ok(()));
    assert_eq!(forecast(&Sample::new(Day::from_civil(2026, 3, 1))), Err(Missing::NotEnoughHistory));
    sample.ledger.accounts.clear();
    sample.ledger.rows.clear();
    assert_eq!(forecast(&sample), Err(Missing::NotApplicable));
}

#[test]
fn probabilities_lie_between_zero_and_one_and_rise_with_the_amount() {
    for seed in 0..12 {
        let told = forecast(&random(seed, 400, 200)).expect("200 days");
        for day in 0..=DAYS {
            let mut last = 0.0;
            for amount in (-40..=40).map(|step| step * 100_000) {
                let below = told.probability_below(amount, day).expect("there");
                assert!(last <= below && below <= 1.0, "seed {seed}, day {day}, {amount}: {last} {below}");
                last = below;
            }
            let any = told.probability_any_negative(day).expect("there");
            let largest = (1..=day).map(|day| told.probability_below(0, day).expect("there")).fold(0.0, f64::max);
            assert!(largest <= any && any <= 1.0, "seed {seed}, day {day}: {largest} {any}");
        }
    }
}

#[test]
fn more_days_are_never_less_likely_to_go_wrong() {
    for seed in 0..12 {
        let told = forecast(&random(seed, 400, 200)).expect("200 days");
        let any: Vec<f64> = (0..=DAYS).map(|days| told.probability_any_negative(days).expect("there")).collect();
        assert!(any.is_sorted(), "seed {seed}: {any:?}");
    }
}

#[test]
fn scaling_all_money_scales_what_is_expected_and_leaves_probabilities() {
    for seed in 20..26 {
        let sample = random(seed, 400, 200);
        let mut scaled = sample.clone();
        scaled.ledger.rows.iter_mut().for_each(|row| row.amount *= 4);
        for account in &mut scaled.ledger.accounts {
            account.balance_current = account.balance_current.map(|balance| balance * 4);
        }
        let (one, four) = (forecast(&sample).expect("there"), forecast(&scaled).expect("there"));
        for day in 0..=DAYS {
            let (a, b) = (one.expected(day).expect("there"), four.expected(day).expect("there"));
            // A median of two amounts rounds halves, so that the scaled one may differ by two units a payment.
            assert!((4.0 * a.real() - b.real()).abs() < 100.0, "seed {seed}, day {day}: {a:?} {b:?}");
            let (a, b) = (one.probability_below(5_000, day), four.probability_below(20_000, day));
            assert!((a.expect("there") - b.expect("there")).abs() < 1e-4, "seed {seed}, day {day}");
        }
    }
}

#[test]
fn shifting_by_whole_weeks_keeps_what_comes_every_so_many_days() {
    // T on three Sundays of April 2026, whose next two weeks have no holiday.
    let of = |end: Day| {
        let mut sample = Sample::new(end);
        sample.history(120);
        for back in 0..6 {
            pay(&mut sample, end.plus(-2 - 14 * back), 150_000, "income_salary", 7);
            pay(&mut sample, end.plus(-5 - 7 * back), -20_000, "childcare", 8);
        }
        sample.sort();
        sample.balances(0, &[40_000; 100]);
        let told = forecast(&sample).expect("there");
        (1..=14).map(|day| told.expected(day).map(whole).expect("there")).collect::<Vec<_>>()
    };
    let told = of(Day::from_civil(2026, 4, 12));
    assert_eq!(told, of(Day::from_civil(2026, 4, 19)));
    assert_eq!(told, of(Day::from_civil(2026, 4, 26)));
    // Childcare on day 3 (7 - 5 + 1) and 10; pay on day 13 (14 - 2 + 1).
    assert_eq!(told[..3], [40_000, 40_000, 20_000]);
    assert_eq!((told[8], told[9], told[11], told[12]), (20_000, 0, 0, 150_000));
}

#[test]
fn no_row_from_t_on_matters() {
    for seed in 40..46 {
        let sample = random(seed, 300, 150);
        let mut later = sample.clone();
        for ahead in 1..40 {
            later.row(-ahead, -77_777, "rent");
        }
        later.ledger.accounts[0].last_day = sample.ledger.accounts[0].last_day;
        assert_eq!(forecast(&sample), forecast(&later), "seed {seed}");
    }
}

#[test]
fn the_order_of_rows_and_repeated_calls_do_not_matter() {
    let sample = random(3, 400, 200);
    let mut mixed = sample.clone();
    mixed.ledger.rows.reverse();
    assert_eq!(forecast(&sample), forecast(&mixed));
    let taxonomy = Taxonomy::builtin();
    let streams = recurring::streams(&sample.ledger, &taxonomy);
    let plan = Plan::new();
    let digest: Digest<'_> = sample.digest(&plan);
    assert_eq!(digest.forecast(), Forecast::of(&sample.ledger, &streams, 199).as_ref().map_err(|missing| *missing));
}

/// A deterministic normal: the sum of twelve uniform numbers less six.
fn normal_draw(seed: &mut Seed) -> f64 {
    (0..12).map(|_| real(i128::from(seed.below(1 << 32))) / 4_294_967_296.0).sum::<f64>() - 6.0
}

#[test]
fn the_chance_of_any_negative_day_is_that_of_simulated_paths() {
    let mut seed = Seed(1);
    for (balance, daily, spend) in
        [(30_000, 2_000, 6_000), (30_000, 2_500, 1_000), (40_000, 500, 12_000), (10_000, 0, 4_000)]
    {
        // A mean outflow of `daily` and steps of ± `spend`, in turn; pay of the regular sample comes on days 13 and 27.
        let mut sample = regular();
        sample.ledger.rows.retain(|row| 0 < row.amount);
        for age in 0..90 {
            let amount = -daily + if age % 2 == 0 { spend } else { -spend };
            if amount != 0 {
                sample.row(age, amount, "unknown").label.counterparty = 500 + u64::try_from(age).expect("small");
            }
        }
        sample.sort();
        sample.balances(0, &[balance; 100]);
        let told = forecast(&sample).expect("there");
        let mut negative = 0;
        let paths = 4_000;
        for _ in 0..paths {
            // The mean is not known: it is off by the error of ninety days, the same for all days of a path.
            let deviation = told.residual.variance.sqrt();
            let off = normal_draw(&mut seed) * deviation / 90_f64.sqrt();
            let (mut sum, mut below) = (0.0, false);
            for day in 1..=DAYS {
                sum += off + deviation * normal_draw(&mut seed);
                below |= told.expected(day).expect("there").real() + sum < 0.0;
            }
            negative += i32::from(below);
        }
        let simulated = f64::from(negative) / f64::from(paths);
        let told = told.probability_any_negative(DAYS).expect("there");
        assert!((simulated - told).abs() < 0.03, "{balance} {daily} {spend}: simulated {simulated}, told {told}");
    }
}
