use std::collections::{BTreeMap, BTreeSet};

use cashline_core::{money::Currency, row::TransactionStatus, time::Day};

use super::*;

const SEED: u64 = 20_260_706;

fn end(index: u64) -> Day {
    // All weekdays, months and month ends take their turn.
    Day::from_civil(2026, 1, 10).plus(i32::try_from(index * 37 % 365).expect("small"))
}

fn many(days: i32, count: u64) -> impl Iterator<Item = Life> {
    (0..count).map(move |index| life(SEED, index, days, end(index)))
}

fn by_name(name: &str) -> Life {
    named().into_iter().find(|one| one.0 == name).expect("named").1
}

fn day(month: u32, date: u32) -> Day {
    Day::from_civil(2026, month, date)
}

#[test]
fn a_life_depends_on_seed_and_index_and_shows_as_much_of_itself_as_asked() {
    for index in 0..40 {
        let whole = life(SEED, index, LIFE_DAYS, end(index));
        assert_eq!(whole, life(SEED, index, LIFE_DAYS, end(index)));
        assert_eq!(whole.cut(180), life(SEED, index, 180, end(index)));
        assert_eq!(whole.cut(180).cut(75), whole.cut(75));
        assert_ne!(whole.transactions, life(SEED + 1, index, LIFE_DAYS, end(index)).transactions);
    }
}

#[test]
fn ids_are_unique_and_the_truth_speaks_of_rows_that_exist() {
    let mut all = BTreeSet::new();
    for life in many(180, 150) {
        let mut ids = BTreeSet::new();
        for row in &life.transactions {
            assert!(ids.insert(row.id.as_str()) && all.insert(row.id.clone()), "{} twice", row.id);
            assert!(row.status == TransactionStatus::Posted && row.currency == Currency::USD && row.amount != 0);
            assert!(life.start <= posted_day(row) && posted_day(row) < life.end() && row.transacted_at <= row.updated);
        }
        let truth = &life.truth;
        let streams = truth.payers.iter().chain(&truth.obligations).flat_map(PlantedStream::rows);
        let pairs = truth.transfers.iter().flat_map(|pair| [pair.out.as_str(), pair.into.as_str()]);
        let traps = truth.traps.iter().flatten().map(String::as_str);
        let fees = truth.fees.iter().flat_map(|fee| std::iter::once(&fee.row).chain(&fee.reversal)).map(String::as_str);
        let returns = truth.returns.iter().flat_map(|one| [one.debit.as_str(), one.reversal.as_str()]);
        let advances =
            truth.advances.iter().flat_map(|one| one.funding.iter().chain(one.repayments.iter().map(|one| &one.row)));
        for row in streams.chain(pairs).chain(traps).chain(fees).chain(returns).chain(advances.map(String::as_str)) {
            assert!(ids.contains(row), "{row} is in no account");
        }
    }
}

#[test]
fn every_row_has_one_place_in_the_truth() {
    for life in many(180, 150) {
        let truth = &life.truth;
        let mut planted: BTreeMap<&str, Mark> = BTreeMap::new();
        let mut put = |row, mark| assert_eq!(planted.insert(row, mark), None, "{row} twice");
        for (at, stream) in truth.payers.iter().enumerate() {
            stream.rows().for_each(|row| put(row, Mark::Payer(at)));
        }
        for (at, stream) in truth.obligations.iter().enumerate() {
            stream.rows().for_each(|row| put(row, Mark::Obligation(at)));
        }
        for (at, advance) in truth.advances.iter().enumerate() {
            let rows = advance.funding.iter().chain(advance.repayments.iter().map(|one| &one.row));
            rows.for_each(|row| put(row, Mark::Advance(at)));
        }
        truth.fees.iter().for_each(|fee| put(&fee.row, Mark::Fee));
        truth.transfers.iter().flat_map(|pair| [&pair.out, &pair.into]).for_each(|row| put(row, Mark::Transfer));
        for (row, mark) in life.transactions.iter().zip(&life.marks) {
            let found = planted.get(row.id.as_str());
            match mark {
                Mark::Payer(_) | Mark::Obligation(_) | Mark::Advance(_) | Mark::Fee => assert_eq!(found, Some(mark)),
                // The other leg may lie before the history or after T.
                Mark::Transfer => assert!(found.is_none_or(|found| found == mark)),
                Mark::FeeReversal | Mark::Return | Mark::Noise(_) => assert_eq!(found, None),
            }
        }
    }
}

#[test]
fn the_snapshot_is_the_opening_plus_all_rows() {
    for life in many(180, 100).chain(named().into_iter().map(|one| one.1)) {
        for cut in [life.clone(), life.cut(75)] {
            for (account, opening) in cut.accounts.iter().zip(&cut.openings) {
                let rows = cut.transactions.iter().filter(|row| row.account == account.id);
                let balance = account.balance.as_ref().expect("a snapshot");
                assert_eq!(opening + rows.map(|row| row.amount).sum::<i64>(), balance.current);
                assert!(balance.as_of < i64::from(cut.end().0) * 86_400);
            }
        }
    }
}

#[test]
fn pay_is_due_on_banking_days_and_comes_then_unless_it_is_said_to_be_late() {
    for life in many(LIFE_DAYS, 200) {
        for payer in &life.truth.payers {
            assert!(payer.scheduled.iter().all(|day| is_banking_day(*day)), "{payer:?}");
            assert!(payer.next.is_none_or(|day| is_banking_day(day) && life.end() <= day));
            assert_eq!(payer.next.is_none(), payer.ended.is_some() || payer.cadence == Cadence::Irregular);
            for one in &payer.occurrences {
                let days_late = one.posted.0 - one.scheduled.0;
                match one.fate {
                    Fate::OnTime | Fate::Merged => assert_eq!(days_late, 0),
                    // Three banking days over a long weekend are six days.
                    Fate::Late => assert!(is_banking_day(one.posted) && (1..=6).contains(&days_late)),
                }
            }
        }
    }
}

#[test]
fn gaps_between_due_days_fit_their_cadence() {
    for life in many(LIFE_DAYS, 300) {
        for payer in &life.truth.payers {
            let gaps: Vec<i32> = payer.scheduled.windows(2).map(|pair| pair[1].0 - pair[0].0).collect();
            // The even gap, and by how much holidays and weekends may bend it.
            let (shortest, longest) = match payer.cadence {
                Cadence::Weekly => (7 - 5, 7 + 5),
                Cadence::Biweekly => (14 - 5, 14 + 5),
                Cadence::FourWeekly => (28 - 5, 28 + 5),
                Cadence::SemiMonthly => (13 - 5, 18 + 5),
                Cadence::MonthlyByDay | Cadence::MonthlyByWeekday => (28 - 5, 35 + 5),
                Cadence::Quarterly => (89 - 5, 92 + 5),
                Cadence::Annual | Cadence::Irregular => continue,
            };
            assert!(gaps.iter().all(|gap| (shortest..=longest).contains(gap)), "{:?} {gaps:?}", payer.cadence);
        }
    }
}

#[test]
fn both_legs_of_a_transfer_agree_and_a_trap_only_looks_like_one() {
    let (mut lags, mut traps) = (BTreeSet::new(), 0);
    for life in many(180, 300) {
        let find = |id: &String| life.transactions.iter().find(|row| row.id == *id).expect("a row");
        let legs: BTreeSet<&str> =
            life.truth.transfers.iter().flat_map(|pair| [pair.out.as_str(), pair.into.as_str()]).collect();
        for pair in &life.truth.transfers {
            let (out, into) = (find(&pair.out), find(&pair.into));
            assert!(out.amount < 0 && out.amount == -into.amount && out.account != into.account);
            assert_eq!(pair.lag, posted_day(into).0 - posted_day(out).0);
            lags.insert(pair.lag);
        }
        for pair in &life.truth.traps {
            let (out, into) = (find(&pair[0]), find(&pair[1]));
            assert!(out.amount == -into.amount && out.account != into.account);
            assert!((posted_day(into).0 - posted_day(out).0).abs() <= 4);
            assert!(pair.iter().any(|row| !legs.contains(row.as_str())));
            traps += 1;
        }
    }
    assert!((-2..=4).all(|lag| lags.contains(&lag)) && lags.len() <= 9, "{lags:?}");
    assert!(50 < traps, "{traps}");
}

#[test]
fn fees_are_whole_multiples_and_stand_where_the_balance_was_short() {
    let (mut fees, mut combined, mut reversed, mut returns, mut free) = (0, 0, 0, 0, 0);
    for life in many(LIFE_DAYS, 300) {
        let find = |id: &String| life.transactions.iter().find(|row| row.id == *id).expect("a row");
        for fee in &life.truth.fees {
            let row = find(&fee.row);
            assert_eq!(row.amount, -fee.unit * i64::from(fee.count));
            assert_eq!(posted_day(row), fee.day);
            if let Some(reversal) = &fee.reversal {
                assert!(find(reversal).amount == -row.amount && fee.day <= posted_day(find(reversal)));
                reversed += 1;
            }
            combined += usize::from(1 < fee.count);
        }
        for one in &life.truth.returns {
            let (debit, reversal) = (find(&one.debit), find(&one.reversal));
            assert!(debit.amount == -reversal.amount && posted_day(debit) <= posted_day(reversal));
        }
        fees += life.truth.fees.len();
        returns += life.truth.returns.len();
        free += life.truth.free_overdrafts.len();
    }
    assert!(100 < fees && 10 < combined && 10 < reversed && 20 < returns && 50 < free);
}

#[test]
fn repayments_cover_an_advance_and_its_cost() {
    let mut kinds: BTreeMap<AdvanceKind, [usize; 3]> = BTreeMap::new();
    for life in many(LIFE_DAYS, 400) {
        for advance in &life.truth.advances {
            let paid: i64 = advance.repayments.iter().map(|one| one.amount).sum();
            let total = advance.repaid_before + paid + advance.open;
            assert!(advance.amount <= total, "{advance:?}");
            assert_eq!(0 < advance.open, advance.next_due.is_some());
            assert!(advance.repayments.windows(2).all(|pair| pair[0].day <= pair[1].day));
            let rolled = advance.repayments.iter().filter(|one| one.rollover).count();
            let count = kinds.entry(advance.kind).or_default();
            count[0] += 1;
            count[1] += usize::from(0 < advance.open);
            count[2] += rolled;
            if advance.kind == AdvanceKind::BuyNowPayLater {
                assert_eq!(total, advance.amount);
            }
        }
    }
    assert_eq!(kinds.len(), 4);
    assert!(kinds.values().all(|count| 5 < count[0] && 0 < count[1]), "{kinds:?}");
    assert!(0 < kinds[&AdvanceKind::Payday][2]);
}

/// Four standard deviations of a share.
fn assert_share(what: &str, hits: usize, n: usize, expected: f64) {
    #[expect(clippy::cast_precision_loss, reason = "counts are small")]
    let (hits, n) = (hits as f64, n as f64);
    let bound = 4.0 * (expected * (1.0 - expected) / n).sqrt();
    assert!((hits / n - expected).abs() < bound, "{what}: {} instead of {expected}", hits / n);
}

#[test]
fn employers_pay_as_often_as_the_statistics_say() {
    let mut count: BTreeMap<Cadence, usize> = BTreeMap::new();
    for index in 0..4_000 {
        let mut book = Book::new(SEED, index, end(index).plus(-LIFE_DAYS), end(index));
        book.open(0, false, false, 0);
        payers::person(&mut book, &mut draws(SEED, index, Concern::Income));
        // The first payer of a life: second jobs avoid the first one's cadence.
        let first = book.truth.payers.first().filter(|payer| payer.kind == StreamKind::Payroll);
        if let Some(payer) = first {
            *count.entry(payer.cadence).or_default() += 1;
        }
    }
    let n: usize = count.values().sum();
    let of = |cadence| count.get(&cadence).copied().unwrap_or(0);
    assert_share("biweekly", of(Cadence::Biweekly), n, 0.424);
    assert_share("weekly", of(Cadence::Weekly), n, 0.264);
    assert_share("semi-monthly", of(Cadence::SemiMonthly), n, 0.198);
    assert_share("monthly", of(Cadence::MonthlyByDay) + of(Cadence::MonthlyByWeekday), n, 0.096);
    assert_share("four-weekly", of(Cadence::FourWeekly), n, 0.014);
}

#[test]
fn three_paydays_in_a_hundred_are_late() {
    let (mut late, mut n) = (0, 0);
    for life in many(LIFE_DAYS, 400) {
        let jobs = life.truth.payers.iter().filter(|payer| payer.kind == StreamKind::Payroll);
        for one in jobs.flat_map(|payer| &payer.occurrences).filter(|one| one.fate != Fate::Merged) {
            late += usize::from(one.fate == Fate::Late);
            n += 1;
        }
    }
    assert_share("late", late, n, 0.03);
}

#[test]
fn named_lives_hold_what_their_names_say() {
    let names: BTreeSet<&str> = named().iter().map(|one| one.0).collect();
    assert_eq!(names.len(), named().len());

    // Second Wednesdays of 2026 from 7 January on: 14.1., 11.2., 11.3., 8.4., 13.5., 10.6.; then 8 July.
    let benefit = &by_name("benefit_over_veterans_day").truth.payers[0];
    assert_eq!(benefit.scheduled, [day(1, 14), day(2, 11), day(3, 11), day(4, 8), day(5, 13), day(6, 10)]);
    assert_eq!(benefit.next, Some(day(7, 8)));
    // The 1st of August is a Saturday; the next one after T is due on Friday, 31 July.
    assert_eq!(by_name("benefit_over_veterans_day").truth.payers[1].next, Some(day(7, 31)));

    let jobs = by_name("biweekly_job_then_weekly_job").truth.payers;
    // Missed before 6 July: 3.4., 17.4., 1.5., 15.5., 29.5., 12.6., 26.6. Fridays; Juneteenth moves 19.6. of the new job.
    assert_eq!((jobs[0].ended, jobs[0].missed_since_end, jobs[0].next), (Some(day(3, 20)), 7, None));
    assert_eq!((jobs[1].since, jobs[1].next), (day(4, 17), Some(day(7, 10))));
    assert!(jobs[1].scheduled.contains(&day(6, 18)) && !jobs[1].scheduled.contains(&day(6, 19)));

    // 15 July 2026 is a Wednesday, so an early bank shows it on Monday the 13th.
    assert_eq!(by_name("semi_monthly_at_an_early_bank").truth.payers[0].next, Some(day(7, 13)));
    assert_eq!(by_name("last_friday_of_the_month").truth.payers[0].next, Some(day(7, 31)));
    assert_eq!(by_name("four_weekly_is_not_monthly").truth.payers[0].next, Some(day(7, 16)));
    let pays = by_name("merged_then_late_pay").truth.payers.remove(0).occurrences;
    let fates = |fate| pays.iter().filter(|one| one.fate == fate).count();
    assert!(fates(Fate::Merged) == 1 && 0 < fates(Fate::Late));
    assert!(pays.iter().all(|one| one.amount == if one.fate == Fate::Merged { 143_000 } else { 71_500 }));
    assert!(by_name("nothing_but_noise").truth == Truth::default());
}

#[test]
fn named_shortages_and_advances_are_counted_by_hand() {
    let short = by_name("three_fees_in_one_row").truth;
    let fees: Vec<_> = short.fees.iter().map(|fee| (fee.day, fee.count)).collect();
    assert_eq!(fees, [(day(5, 12), 3), (day(6, 9), 1)]);
    let returned = by_name("bill_returned_and_sent_again").truth;
    assert!(!returned.returns.is_empty() && returned.returns.len() == returned.fees.len());
    assert!(returned.fees.iter().all(|fee| fee.reversal.is_some() && fee.kind == FeeKind::Returned));

    let stacked = by_name("rolled_over_twice_and_stacked").truth.advances;
    let rolled = stacked[0].repayments.iter().filter(|one| one.rollover).count();
    assert_eq!((stacked.len(), rolled, stacked[0].open), (4, 2, 0));
    assert_eq!((stacked[3].open, stacked[3].next_due), (12_899, Some(day(7, 10))));

    // Banking days from 3 March to 2 July 2026: 88 weekdays less Memorial Day and Juneteenth, and Friday the 3rd of July.
    let merchant = &by_name("merchant_advance_still_open").truth.advances[0];
    assert_eq!((merchant.repayments.len(), merchant.repayments[0].amount), (87, 26_000));
    assert_eq!(merchant.open, 13 * 26_000);

    let transfers = by_name("transfers_of_one_amount").truth;
    assert_eq!((transfers.transfers.len(), transfers.traps.len()), (7, 1));
}
