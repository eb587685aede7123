//! Windows, filters, totals and the causes of missing, by hand.

use std::collections::BTreeMap;

use super::{
    balance::BalanceSeries,
    filter::{Direction, Filter, IndexSet, Internal, RowTest},
    plan::{Plan, Span},
    sample::{Sample, random},
    *,
};
use crate::{
    exact::percentile,
    ledger::{LedgerRow, Scope},
    time::{Day, Window},
};

fn day(year: i32, month: u32, day: u32) -> Day {
    Day::from_civil(year, month, day)
}

fn outflow() -> Filter {
    Filter { direction: Some(Direction::Outflow), ..Filter::ALL }
}

/// A plan of some filters and windows, with the filters' ids.
fn plan(filters: &[Filter], windows: &[Window]) -> (Plan, Vec<FilterId>) {
    let mut plan = Plan::new();
    let ids = filters.iter().map(|filter| plan.filter(filter).expect("room")).collect();
    windows.iter().for_each(|&window| plan.window(window));
    plan.tabulate();
    (plan, ids)
}

#[test]
fn a_window_of_n_days_ends_with_the_last_day_before_t() {
    let mut sample = Sample::new(day(2026, 3, 1));
    // Powers of two, so that a sum says which rows are in it.
    sample.rows("rent", &[(90, -64), (89, -32), (60, -16), (59, -8), (30, -4), (29, -2), (0, -1)]);
    let windows = [Window::days(30), Window::Days { far: 60, near: 30 }, Window::days(60), Window::days(90)];
    let (plan, ids) = plan(&[outflow()], &windows);
    let digest = sample.digest(&plan);
    let sums: Vec<i128> = windows.iter().map(|&window| digest.sums(ids[0], digest.span(window)).sum).collect();
    assert_eq!(sums, [1 + 2, 4 + 8, 1 + 2 + 4 + 8, 1 + 2 + 4 + 8 + 16 + 32]);
    assert_eq!(digest.sums(ids[0], Span::HISTORY), Sums { count: 7, sum: 127 });
}

#[test]
fn calendar_months_follow_the_leap_day_and_the_year_end() {
    let cases = [
        // T, month, first day, days.
        (day(2024, 3, 15), 0, day(2024, 3, 1), 14),
        (day(2024, 3, 15), 1, day(2024, 2, 1), 29),
        (day(2024, 3, 15), 2, day(2024, 1, 1), 31),
        (day(2024, 3, 15), 3, day(2023, 12, 1), 31),
        // T is the first: T - 1 s falls into February, which is whole.
        (day(2024, 3, 1), 0, day(2024, 2, 1), 29),
        (day(2025, 3, 1), 0, day(2025, 2, 1), 28),
        (day(2024, 3, 2), 0, day(2024, 3, 1), 1),
    ];
    for (end, back, first, days) in cases {
        let span = Span::of(Window::Month(back), end);
        assert_eq!((span.range(end).0, span.days()), (first, Some(days)), "m{back} before {end}");
    }
}

#[test]
fn rows_fall_into_their_month_on_both_sides_of_its_ends() {
    let end = day(2024, 3, 15);
    let mut sample = Sample::new(end);
    for (at, amount) in [
        (day(2024, 1, 31), -1),
        (day(2024, 2, 1), -2),
        (day(2024, 2, 29), -4),
        (day(2024, 3, 1), -8),
        (day(2024, 3, 14), -16),
    ] {
        sample.row(end.0 - 1 - at.0, amount, "rent");
    }
    let months = [Window::Month(0), Window::Month(1), Window::Month(2)];
    let (plan, ids) = plan(&[outflow()], &months);
    let digest = sample.digest(&plan);
    let sums: Vec<i128> = months.iter().map(|&month| digest.sums(ids[0], digest.span(month)).sum).collect();
    assert_eq!(sums, [8 + 16, 2 + 4, 1]);
}

#[test]
fn filters_are_the_rows_that_their_parts_all_take() {
    let mut sample = Sample::new(day(2026, 3, 1));
    let rent = sample.taxonomy.purpose("rent").expect("there").0;
    sample.rows("rent", &[(9, -100), (8, 100)]);
    sample.row(7, -10, "rent").internal = true;
    sample.row(6, -1, "fuel");
    // 2026-02-28 was a Saturday: age 0.
    sample.row(0, -1_000, "rent");
    *sample.texts.last_mut().expect("there") = "City RENT Office".to_owned();
    let only_rent = IndexSet::select(256, |at| at == usize::from(rent));
    let filters = [
        Filter { purposes: only_rent, ..outflow() },
        Filter { internal: Internal::Only, ..outflow() },
        Filter { internal: Internal::Include, ..outflow() },
        Filter { tests: vec![RowTest::Weekdays(1 << 5)], ..outflow() },
        Filter { tests: vec![RowTest::Amount { min: 1, max: 100 }], ..outflow() },
        Filter { tests: vec![RowTest::Text(vec!["rent o".to_owned()])], ..Filter::ALL },
        Filter { tests: vec![RowTest::Multiple(100)], ..outflow() },
        Filter { purposes: IndexSet::EMPTY, ..Filter::ALL },
    ];
    let (plan, ids) = plan(&filters, &[]);
    let digest = sample.digest(&plan);
    let sums: Vec<i128> = ids.iter().map(|&id| digest.sums(id, Span::HISTORY).sum).collect();
    assert_eq!(sums, [1_100, 10, 1_111, 1_000, 1, 1_000, 1_100, 0]);
}

#[test]
fn a_window_that_no_attribute_declared_gives_the_same_numbers() {
    let sample = random(7, 400, 200);
    let window = [Window::days(37), Window::Days { far: 81, near: 13 }];
    let (known, ids) = plan(&[outflow()], &window);
    let (unknown, _) = plan(&[outflow()], &[Window::days(30)]);
    let (known, unknown) = (sample.digest(&known), sample.digest(&unknown));
    for window in window {
        let span = known.span(window);
        assert!(0 < known.sums(ids[0], span).count);
        assert_eq!(known.sums(ids[0], span), unknown.sums(ids[0], span));
        assert_eq!(known.total(ids[0], span), unknown.total(ids[0], span));
    }
}

#[test]
fn totals_hold_extremes_squares_and_ages() {
    let mut sample = Sample::new(day(2026, 3, 1));
    sample.rows("rent", &[(40, -7), (20, -3), (10, -5), (10, -4)]);
    let (plan, ids) = plan(&[outflow()], &[Window::days(30)]);
    let digest = sample.digest(&plan);
    let total = digest.total(ids[0], digest.span(Window::days(30)));
    assert_eq!(total, Total { count: 3, sum: 12, squares: 9 + 25 + 16, min: 3, max: 5, newest: 10, oldest: 20 });
    assert_eq!(digest.distinct_days(ids[0], Span::HISTORY), 3);
    assert_eq!(digest.ages(ids[0], Span { near: 11, far: 41 }), [20, 40]);
    let daily: Vec<(Day, i128)> = digest.daily(ids[0], Span { near: 0, far: 21 }).collect();
    assert_eq!(daily, [(sample.day(20), 3), (sample.day(10), 9)]);
    assert_eq!(Vec::from_iter(digest.buckets(ids[0], 30, 2)), [12, 7]);
}

#[test]
fn rows_from_t_on_and_rows_of_nothing_are_not_counted() {
    let mut sample = Sample::new(day(2026, 3, 1));
    sample.rows("rent", &[(0, -5), (-1, -7)]);
    sample.row(0, 0, "rent");
    let (plan, ids) = plan(&[Filter::ALL], &[]);
    assert_eq!(sample.digest(&plan).sums(ids[0], Span::HISTORY), Sums { count: 1, sum: 5 });
}

#[test]
fn the_ledger_says_why_flows_are_missing() {
    let (plan, _) = plan(&[], &[]);
    let mut sample = Sample::new(day(2026, 3, 1));
    assert_eq!(sample.digest(&plan).history_days(), Err(Missing::NotEnoughHistory), "permitted, and empty");
    sample.rows("rent", &[(80, -5)]);
    assert_eq!(sample.digest(&plan).history_days(), Ok(81));
    // A second account without access hides nothing of the first.
    sample.account(Scope::Deposit).access = TransactionAccess::NotPermitted;
    let digest = sample.digest(&plan);
    // 81 days are nine tenths of 90 and less than nine tenths of 91; 57 = 30 + nine tenths of 30.
    assert_eq!(digest.covers(digest.span(Window::days(90)), None), Ok(()));
    assert_eq!(digest.covers(digest.span(Window::days(91)), None), Err(Missing::NotEnoughHistory));
    assert_eq!(digest.covers(digest.span(Window::days(91)), Some(81)), Ok(()));
    assert_eq!(digest.span(Window::Days { far: 60, near: 30 }).days_needed(), 57);
    sample.ledger.accounts[0].access = TransactionAccess::RefreshFailed;
    assert_eq!(sample.digest(&plan).history_days(), Err(Missing::NotPermitted));
    sample.ledger.accounts.iter_mut().for_each(|account| account.scope = Scope::Credit);
    assert_eq!(sample.digest(&plan).history_days(), Err(Missing::NotApplicable));
}

#[test]
fn balances_add_up_on_the_days_that_all_accounts_cover() {
    let (plan, _) = plan(&[], &[]);
    let mut sample = Sample::new(day(2026, 3, 1));
    assert_eq!(sample.digest(&plan).series(), Err(Missing::NotPermitted), "no snapshot");
    sample.account(Scope::Deposit);
    sample.account(Scope::Credit);
    sample.balances(0, &[1, 2, 3, 4]);
    sample.balances(1, &[10, -20]);
    sample.balances(2, &[1_000; 9]);
    let digest = sample.digest(&plan);
    let series = digest.series().expect("covered");
    assert_eq!((series.first, series.closing.as_slice()), (sample.day(1), [13, -16].as_slice()));
    let two = digest.balances(digest.span(Window::days(2))).expect("covered");
    assert_eq!((two.sum(), two.negative_runs()), (-3, vec![(sample.day(0), 1)]));
    // Two of three days are fewer than nine tenths.
    assert_eq!(digest.balances(digest.span(Window::days(3))), Err(Missing::NotEnoughHistory));
    // Money of another currency is not added up.
    sample.ledger.accounts[1].currency = crate::money::Currency::parse("eur").expect("a code");
    assert_eq!(sample.digest(&plan).series().expect("covered").closing, [1, 2, 3, 4]);
    sample.ledger.accounts.truncate(0);
    assert_eq!(sample.digest(&plan).series(), Err(Missing::NotApplicable));
}

#[test]
fn a_sixty_fifth_row_test_is_refused() {
    let mut plan = Plan::new();
    for least in 1..=64 {
        let filter = Filter { tests: vec![RowTest::Multiple(least)], ..Filter::ALL };
        plan.filter(&filter).expect("room");
        plan.filter(&filter).expect("the same test again takes no room");
    }
    let more = Filter { tests: vec![RowTest::Multiple(65)], ..Filter::ALL };
    assert_eq!(plan.filter(&more), Err(super::plan::TooManyRowTests));
}

#[test]
fn every_question_has_the_answer_of_a_plain_scan_of_the_rows() {
    let outflow_on_weekends = RowTest::Weekdays(0b110_0000);
    let filters = [
        Filter::ALL,
        outflow(),
        Filter { direction: Some(Direction::Inflow), internal: Internal::Include, ..Filter::ALL },
        Filter { tests: vec![RowTest::Multiple(100_000), outflow_on_weekends.clone()], ..Filter::ALL },
        Filter { tests: vec![outflow_on_weekends], ..outflow() },
        Filter { tests: vec![RowTest::Amount { min: 90_000, max: 200_000 }], ..Filter::ALL },
        Filter { tests: vec![RowTest::Text(vec!["text 3".to_owned()])], ..outflow() },
        Filter { purposes: IndexSet::select(256, |at| at % 16 == 1), ..Filter::ALL },
    ];
    // Known to the plan, unknown to it, lagged, a month, and all.
    let known = [Window::days(30), Window::Days { far: 60, near: 30 }, Window::Month(1)];
    let (plan, ids) = plan(&filters, &known);
    let asked = known.into_iter().chain([Window::days(37), Window::Days { far: 81, near: 13 }, Window::History]);
    let asked: Vec<Window> = asked.collect();
    for (seed, rows) in [(1, 0), (2, 1), (3, 40), (4, 700)] {
        let mut sample = random(seed, rows, 200);
        check_against_a_scan(&sample, &plan, &ids, &asked);
        // A zone that turns its clocks back can make days descend.
        let middle = rows / 3;
        sample.ledger.rows.rotate_left(middle);
        check_against_a_scan(&sample, &plan, &ids, &asked);
        // Five such amounts together leave 64 bits.
        sample.ledger.rows.iter_mut().for_each(|row| row.amount = row.amount.signum() * (i64::MAX / 4));
        check_against_a_scan(&sample, &plan, &ids, &asked);
        assert_eq!(sample.digest(&plan).leaves.is_narrow(), rows < 5, "{rows} rows");
    }
}

fn check_against_a_scan(sample: &Sample, plan: &Plan, ids: &[FilterId], windows: &[Window]) {
    let digest = sample.digest(plan);
    for (&id, &window) in ids.iter().flat_map(|id| windows.iter().map(move |window| (id, window))) {
        let span = digest.span(window);
        let age = |row: &LedgerRow| days_between(row.day, sample.ledger.end) - 1;
        let text = |row: &LedgerRow| sample.texts[row.index as usize].to_ascii_lowercase();
        let takes = |row: &&LedgerRow| plan.get(id).passes(row, &text(row)) && span.contains(age(row));
        let rows: Vec<&LedgerRow> = sample.ledger.rows.iter().filter(takes).collect();
        let mut total = Total::EMPTY;
        let (mut days, mut payers) = (BTreeMap::<Day, i128>::new(), BTreeMap::<u64, i128>::new());
        for row in &rows {
            let amount = i128::from(row.amount.abs());
            total.add(row.amount.abs(), age(row));
            *days.entry(row.day).or_default() += amount;
            *payers.entry(row.label.counterparty).or_default() += amount;
        }
        let mut magnitudes: Vec<i64> = rows.iter().map(|row| row.amount.abs()).collect();
        magnitudes.sort_unstable();
        let ages: Vec<u32> = days.keys().rev().map(|&day| days_between(day, sample.ledger.end) - 1).collect();
        assert_eq!(digest.rows(id, span).collect::<Vec<_>>(), rows, "{id:?} {window:?}");
        assert_eq!(digest.total(id, span), total);
        assert_eq!(digest.moments(id, span), (total.count, total.sum, total.squares));
        assert_eq!(digest.extremes(id, span), (!rows.is_empty()).then_some((total.min, total.max)));
        check_groups(&digest, (id, span), &rows);
        assert_eq!(digest.sums(id, span), Sums { count: total.count, sum: total.sum });
        for percent in [0, 37, 50, 100] {
            assert_eq!(digest.percentile(id, span, percent), percentile(&magnitudes, percent), "{percent}");
            let of_days = digest.balances(span).map(|days| percentile(&days.sorted(), percent).expect("never empty"));
            assert_eq!(digest.balance_percentile(span, percent), of_days, "{percent}");
        }
        assert_eq!(digest.distinct_days(id, span), days.len() as u64);
        assert_eq!(digest.ages(id, span), ages);
        assert_eq!(digest.newest(id, span), ages.first().copied());
        assert_eq!(digest.age_range(id, span), ages.first().copied().zip(ages.last().copied()));
        assert_eq!(Vec::from_iter(digest.daily(id, span)), Vec::from_iter(days));
        assert_eq!(digest.distinct_counterparties(id, span), payers.len());
        assert_eq!(digest.counterparties(id, span).collect::<BTreeMap<_, _>>(), payers);
        let unknown = rows.iter().filter(|row| row.label.confidence == 0).map(|row| i128::from(row.amount.abs())).sum();
        let doubtful = rows.iter().filter(|row| row.label.confidence < 50).count() as u64;
        assert_eq!(digest.doubtful(id, span), Doubtful { rows: doubtful, unknown });
    }
}

/// What is added up by label and by account, and whom rows name first.
fn check_groups(digest: &Digest<'_>, (id, span): (FilterId, Span), rows: &[&LedgerRow]) {
    let label =
        |row: &LedgerRow| (row.label.purpose.0, row.label.instrument.0, row.label.role.0, row.amount < 0, row.internal);
    let (mut labels, mut found) = (BTreeMap::new(), BTreeMap::new());
    let mut accounts = vec![Sums::default(); digest.ledger.accounts.len()];
    let mut firsts = BTreeMap::new();
    for row in rows {
        for sums in [labels.entry(label(row)).or_default(), &mut accounts[usize::from(row.account)]] {
            *sums = Sums { count: sums.count + 1, sum: sums.sum + i128::from(row.amount.abs()) };
        }
        let first = firsts.entry(row.label.counterparty).or_insert((row.day, row.index));
        *first = (row.day, row.index).min(*first);
    }
    digest.each_label(id, span, |alike, more| {
        let sums: &mut Sums = found.entry(label(alike)).or_default();
        *sums = Sums { count: sums.count + more.count, sum: sums.sum + more.sum };
    });
    assert_eq!(found, labels);
    assert_eq!(digest.sums_by_account(id, span), accounts);
    let named = digest.first_rows(std::iter::once(id), span).into_iter();
    let named: BTreeMap<u64, (Day, u32)> = named.map(|row| (row.label.counterparty, (row.day, row.index))).collect();
    assert_eq!(named, firsts);
}

/// Packed words of a table hold 43 bits of money, and 64 bits hold all but absurd money.
#[test]
fn sums_beyond_a_packed_word_and_beyond_64_bits_are_exact() {
    for most in [1, 1 << 41, 1 << 43, 1 << 62] {
        let mut sample = Sample::new(Day::from_civil(2026, 3, 1));
        sample.rows("rent", &[(3, -most), (40, -most), (40, -1), (95, -most)]);
        let mut plan = Plan::new();
        let id = plan.filter(&Filter::ALL).expect("room");
        [30, 60].into_iter().for_each(|days| plan.window(Window::days(days)));
        plan.tabulate();
        sample.sort();
        let digest = sample.digest(&plan);
        let sums = |near, far| digest.sums(id, Span { near, far });
        let most = i128::from(most);
        assert_eq!(sums(0, 30), Sums { count: 1, sum: most });
        assert_eq!(sums(30, 60), Sums { count: 2, sum: most + 1 });
        assert_eq!(sums(0, Span::OPEN), Sums { count: 4, sum: 3 * most + 1 });
        // No ring begins there.
        assert_eq!(sums(1, 96), Sums { count: 4, sum: 3 * most + 1 });
    }
}

#[test]
fn sums_are_packed_right_up_to_the_limit_and_no_further() {
    // Four rows of 2^41 - 1 have a sum below 2^43; three of 2^42 - 1 are beyond it.
    for (most, rows, is_packed) in [((1_i64 << 41) - 1, 4, true), ((1 << 42) - 1, 3, false)] {
        let mut sample = Sample::new(Day::from_civil(2026, 3, 1));
        (0..rows).for_each(|row| sample.rows("rent", &[(3 + row, -most)]));
        let mut plan = Plan::new();
        let id = plan.filter(&Filter::ALL).expect("room");
        plan.window(Window::days(30));
        plan.tabulate();
        sample.sort();
        let digest = sample.digest(&plan);
        assert_eq!(digest.leaves.is_packed(), is_packed, "{most}");
        let sums = Sums { count: u64::try_from(rows).expect("few"), sum: i128::from(most) * i128::from(rows) };
        assert_eq!(digest.sums(id, Span { near: 0, far: 30 }), sums);
    }
}

#[test]
fn what_a_stretch_of_balances_adds_up_to_is_what_its_days_do() {
    // The last is absurd: squares of such balances leave 128 bits.
    for large in [0, 1 << 52, i64::MAX] {
        let mut sample = random(7, 100, 150);
        sample.ledger.accounts[0].balances.as_mut().expect("there").closing[5] = large;
        let mut plan = Plan::new();
        plan.tabulate();
        let digest = sample.digest(&plan);
        for (near, far) in [(0, 7), (0, 30), (13, 44), (0, 400), (0, Span::OPEN)] {
            let span = Span { near, far };
            let days = digest.balances(span);
            let Ok(stretch) = digest.stretch(span) else {
                assert!(days.is_err());
                continue;
            };
            let days: Vec<(Day, i64)> = days.expect("as the stretch").days().collect();
            let closing = || days.iter().map(|(_, closing)| *closing);
            let mut sorted: Vec<i64> = closing().collect();
            sorted.sort_unstable();
            for percent in [0, 50, 100] {
                let expected = exact::percentile(&sorted, percent).expect("a day");
                assert_eq!(digest.balance_percentile(span, percent), Ok(expected), "{large} {span:?} {percent}");
            }
            let weekdays = || days.iter().filter(|(day, _)| day.weekday() < 5).map(|(_, closing)| *closing);
            // Before and after more than that is known.
            assert_eq!(stretch.moments(), exact::moments(closing().map(i128::from)));
            assert!(u64::from(stretch.weekdays().0) <= stretch.count());
            assert_eq!(stretch.moments(), exact::moments(closing().map(i128::from)));
            assert_eq!(stretch.sum(), closing().map(i128::from).sum::<i128>());
            assert_eq!(stretch.negative() as usize, closing().filter(|closing| *closing < 0).count());
            assert_eq!(stretch.positive() as usize, closing().filter(|closing| 0 < *closing).count());
            let expected = (weekdays().count(), weekdays().map(i128::from).sum::<i128>());
            assert_eq!((stretch.weekdays().0 as usize, stretch.weekdays().1), expected);
            assert_eq!(stretch.weekday_negative() as usize, weekdays().filter(|closing| *closing < 0).count());
            assert_eq!((Some(stretch.lowest()), Some(stretch.highest())), (closing().min(), closing().max()));
        }
    }
}

#[test]
fn balances_are_unknown_when_an_account_with_rows_has_none_and_known_without_an_empty_one() {
    let mut sample = Sample::new(Day::from_civil(2026, 3, 1));
    sample.balances(0, &[5; 40]);
    sample.account(Scope::Deposit);
    let of = |sample: &Sample| BalanceSeries::of(&sample.ledger).map(|series| series.closing.len());
    assert_eq!(of(&sample), Ok(40), "an account without a row moves no money");
    sample.ledger.accounts[1].first_day = Some(sample.day(10));
    assert_eq!(of(&sample), Err(Missing::NotPermitted));
    sample.balances(1, &[7; 30]);
    assert_eq!(of(&sample), Ok(30), "the days that both cover");
    sample.ledger.accounts.clear();
    assert_eq!(of(&sample), Err(Missing::NotApplicable));
}
