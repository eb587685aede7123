//! Laws of the whole catalogue, on generated applications: what history a value needs, what may never change it, and that a
//! calendar that repeats repeats every value.

use std::collections::BTreeSet;

use cashline_core::{
    application::Application,
    engine::Engine,
    history::HistoryBuilder,
    ledger::{self, Cut},
    row::{ApplicationRow, AsOf, Refresh, Row, TransactionStatus},
    time::{Day, Window, Zone},
    value::{Missing, Outcome, Value},
};
use cashline_synth::{Case, Preset, Spec, cases};

use crate::support::engine;

/// Every column of a case, its rows and T moved by whole days, and the days that its data covers.
fn matrix(engine: &Engine, case: &Case, days: i64) -> (Vec<Outcome>, u32) {
    let later = |seconds: i64| seconds + days * 86_400;
    let refresh = |refresh: Option<Refresh>| {
        refresh.map(|one| Refresh { last_attempted_at: one.last_attempted_at.map(later), ..one })
    };
    let mut session = engine.session();
    let mut rows = HistoryBuilder::new();
    let mut applications: Vec<ApplicationRow<'_>> = vec![];
    for row in case.rows() {
        match row {
            Row::Application(mut row) => {
                row.as_of = row.as_of.map(|at| match at {
                    AsOf::Date(day) => AsOf::Date(day.plus(i32::try_from(days).unwrap())),
                    AsOf::Instant(seconds) => AsOf::Instant(later(seconds)),
                });
                applications.push(row);
            }
            Row::Account(mut row) => {
                row.created = row.created.map(later);
                row.known_at = row.known_at.map(later);
                row.balance_refresh = refresh(row.balance_refresh);
                row.transaction_refresh = refresh(row.transaction_refresh);
                rows.account(&row);
            }
            Row::Balance(mut row) => {
                row.as_of = later(row.as_of);
                rows.push(&Row::Balance(row));
            }
            Row::Transaction(mut row) => {
                row.transacted_at = later(row.transacted_at);
                row.posted_at = row.posted_at.map(later);
                row.void_at = row.void_at.map(later);
                row.updated = row.updated.map(later);
                rows.transaction(&row);
            }
            other @ (Row::Truncated { .. } | Row::Correction(_)) => rows.push(&other),
        }
    }
    let application = Application::from_rows(&applications, None, &Zone::utc()).unwrap();
    let history = engine.history(&mut session, rows);
    let values = engine.attributes(&mut session, &history, &application);
    let cut = Cut { application: &application, zone: &Zone::utc(), balance_age_days_max: 7 };
    let covered = ledger::cut(&history, &cut).map_or(0, |ledger| {
        let from = ledger.covered_from.unwrap_or(ledger.end);
        u32::try_from(ledger.end.0 - from.0).unwrap_or(0)
    });
    (values, covered)
}

fn portfolio(seed: u64, count: u64) -> Vec<Case> {
    cases(&Spec { days: 400, preset: Preset::Mixed, ..Spec::new(seed, count) }).collect()
}

#[test]
fn no_value_rests_on_more_history_than_its_column_says_it_needs() {
    let engine = engine();
    let registry = engine.registry();
    let (mut known, mut asked, mut early) = ([0_u64; 3], [0_u64; 3], BTreeSet::new());
    for case in portfolio(11, 60) {
        for (at, days) in [180, 90, 45].into_iter().enumerate() {
            let (values, covered) = matrix(engine, &case.cut(days), 0);
            for (column, value) in registry.columns().iter().zip(&values) {
                let definition = &registry.definitions()[usize::from(column.definition)];
                let needed = definition.history_needed(column.window);
                // A month counts from its first day, which may lie nearer than 31 days a month.
                let spare = if matches!(column.window, Window::Month(_)) { 35 } else { 0 };
                if value.is_ok() && covered + spare < needed {
                    early.insert(definition.name.as_str());
                }
                if definition.is_core(column.window) && needed <= covered {
                    asked[at] += 1;
                    known[at] += u64::from(*value != Err(Missing::NotEnoughHistory));
                }
            }
        }
    }
    assert_eq!(early, BTreeSet::new(), "have a value on less history than their column says it needs");
    for (days, (known, asked)) in [180, 90, 45].into_iter().zip(known.into_iter().zip(asked)) {
        eprintln!("{days} days: {known} of {asked} core values that the history allows are not short of history");
        // Statistics over streams and balances may ask for more days than the window's nine tenths.
        assert!(asked != 0 && 97 * asked <= 100 * known, "{days}: {known} of {asked}");
    }
}

#[test]
fn neither_the_order_of_rows_nor_rows_from_t_on_change_any_column() {
    let engine = engine();
    // Snapshots stand at T or before it: nothing is rolled back through later rows.
    let spec = Spec { days: 400, late_share: 0.0, ..Spec::new(12, 25) };
    for (at, case) in (0_u64..).zip(cases(&spec)) {
        let (values, _) = matrix(engine, &case, 0);
        assert!(values == matrix(engine, &case.shuffled(at), 0).0, "the order of rows changed case {at}");
        let t = i64::from(case.as_of().0) * 86_400;
        let mut later = case.clone();
        for (n, model) in case.transactions.iter().rev().take(40).enumerate() {
            let mut row = model.clone();
            row.id = format!("{}_later", row.id);
            row.transacted_at = t + i64::try_from(n).unwrap() * 40_000;
            row.posted_at = Some(row.transacted_at);
            row.status = TransactionStatus::Posted;
            row.updated = row.transacted_at;
            later.transactions.push(row);
            later.tags.push(case.tags[0]);
        }
        let (other, _) = matrix(engine, &later, 0);
        for ((column, one), other) in engine.registry().columns().iter().zip(&values).zip(&other) {
            assert_eq!(one, other, "{} of case {at}", column.name);
        }
    }
}

/// In 28 years the calendar repeats, weekdays, months' lengths and bank holidays included (until 2100).
const CALENDAR_DAYS: i64 = 28 * 365 + 7;

#[test]
fn a_ledger_moved_to_the_same_calendar_has_the_same_values_and_dates_moved_alike() {
    let engine = engine();
    let mut dates = 0;
    for case in portfolio(13, 40) {
        let (values, _) = matrix(engine, &case, 0);
        let (moved, _) = matrix(engine, &case, CALENDAR_DAYS);
        for ((column, one), other) in engine.registry().columns().iter().zip(values).zip(moved) {
            let expected = match one {
                Ok(Value::Date(day)) => {
                    dates += 1;
                    Ok(Value::Date(Day(day.0 + i32::try_from(CALENDAR_DAYS).unwrap())))
                }
                same => same,
            };
            assert_eq!(other, expected, "{}", column.name);
        }
    }
    assert!(10 < dates, "{dates} dates were compared");
}
