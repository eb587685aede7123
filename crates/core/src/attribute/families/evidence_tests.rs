//! Evidence against values: the rows and days that are named are those that a value reads, no more and no fewer.

use std::collections::BTreeMap;

use super::{Basis, tests::sample};
use crate::{
    attribute::{
        declared::Measure,
        definition::{Compute, Unit},
        registry::{ColumnId, Evidence, Registry},
    },
    category::taxonomy::Taxonomy,
    digest::{
        Digest,
        sample::{Sample, random},
    },
    ledger::LedgerRow,
    time::{Day, Window},
    value::Value,
};

fn registry() -> Registry {
    Registry::builtin(&Taxonomy::builtin()).expect("valid")
}

/// Histories of 45 to 400 days, so that windows are covered in part, whole, and not at all.
fn samples() -> impl Iterator<Item = Sample> {
    (0..18_usize).map(|at| {
        let (rows, days) = (60 + 40 * at, [45, 85, 97, 175, 360, 400][at % 6]);
        random(700 + at as u64, rows, days)
    })
}

/// The rows that evidence names, by index.
fn rows<'s>(sample: &'s Sample, evidence: &[Evidence]) -> Vec<&'s LedgerRow> {
    let row = |one: &Evidence| match one {
        Evidence::Row(index) => sample.ledger.rows.iter().find(|row| row.index == *index),
        Evidence::Day(_) | Evidence::Window { .. } => None,
    };
    evidence.iter().filter_map(row).collect()
}

fn days(evidence: &[Evidence]) -> Vec<Day> {
    evidence.iter().filter_map(|one| if let Evidence::Day(day) = one { Some(*day) } else { None }).collect()
}

/// Each column with a value, on every sample.
fn each_value(mut see: impl FnMut(&Registry, ColumnId, &str, Window, &Sample, &Digest<'_>, Value)) {
    let registry = registry();
    for sample in samples() {
        let digest = sample.digest(registry.plan());
        for (at, column) in (0_u16..).zip(registry.columns()) {
            if let Ok(value) = registry.compute(ColumnId(at), &digest) {
                see(&registry, ColumnId(at), &column.name, column.window, &sample, &digest, value);
            }
        }
    }
}

/// The parts of a window that a value reads, each from its first day to the day after its last, the newest first; told from the
/// calendar alone.
fn parts(window: Window, days: Option<i32>, end: Day, covered: u32) -> Vec<(Day, Day)> {
    let covered = i32::try_from(covered).expect("few");
    let far = match window {
        Window::Days { far, near: 0 } => i32::from(far).min(covered),
        Window::History => covered,
        other => panic!("no attribute reads parts of {other:?}"),
    };
    if let Some(days) = days {
        return (0..far / days).map(|at| (end.plus(-(at + 1) * days), end.plus(-at * days))).collect();
    }
    let (year, month, _) = end.civil();
    let first = |back: i32| {
        let months = year * 12 + i32::try_from(month).expect("small") - 1 - back;
        Day::from_civil(months.div_euclid(12), u32::try_from(months.rem_euclid(12)).expect("small") + 1, 1)
    };
    (0..12).map(|back| (first(back + 1), first(back))).filter(|(from, _)| end.plus(-far) <= *from).collect()
}

/// The money of rows by part; a row outside every part is no evidence.
fn by_part(parts: &[(Day, Day)], rows: &[&LedgerRow], name: &str) -> Vec<f64> {
    let mut sums = vec![0.0; parts.len()];
    for row in rows {
        let at = parts.iter().position(|(from, to)| *from <= row.day && row.day < *to);
        sums[at.unwrap_or_else(|| panic!("{name}: a row of {} is read by nothing", row.day))] += row.amount as f64;
    }
    sums
}

#[test]
fn declared_sums_and_counts_are_those_of_the_rows_named() {
    let mut seen = 0;
    each_value(|registry, column, name, window, sample, digest, value| {
        let definition = registry.definition(column);
        let Compute::Declared(expression) = definition.compute else { return };
        let named = rows(sample, &registry.evidence(column, digest));
        let (count, sum) = (named.len() as f64, named.iter().map(|row| row.amount.abs() as f64).sum::<f64>());
        let length = digest.span(window).days().map_or(1.0, f64::from);
        let want = match (expression.measure, definition.unit) {
            (Measure::Count, Unit::Flag) => count.min(1.0),
            (Measure::Count, _) => count,
            (Measure::Sum, Unit::MinorPerDay) => (sum / length).round_ties_even(),
            (Measure::Sum, Unit::MinorPerMonth) => (sum * 30.0 / length).round_ties_even(),
            (Measure::Sum, _) => sum,
            _ => return,
        };
        let Value::Integer(value) = value else { panic!("{name} is whole") };
        assert!((value as f64 - want).abs() < 0.5, "{name}: {value}, and the rows named give {want}");
        seen += 1;
    });
    assert!(3_000 < seen, "{seen}");
}

/// Means of calendar months, by name: the rows named, added up, over the months.
const MONTHLY_MEANS: [&str; 10] = [
    "income_monthly_avg",
    "debt_payment_monthly",
    "auto_loan_payment_monthly",
    "student_loan_payment_monthly",
    "personal_loan_payment_monthly",
    "other_loan_payment_monthly",
    "utility_payment_monthly",
    "telecom_payment_monthly",
    "revenue_monthly_avg",
    "rent_business_monthly",
];
/// Variation of calendar months, of 30 days and of weeks.
const VARIATION: [(&str, Option<i32>); 10] = [
    ("income_cv_monthly", None),
    ("inflow_cv_monthly", None),
    ("outflow_cv_monthly", None),
    ("revenue_cv_monthly", None),
    ("income_cv", Some(30)),
    ("inflow_cv", Some(30)),
    ("outflow_cv", Some(30)),
    ("spend_cv", Some(30)),
    ("weekly_inflow_cv", Some(7)),
    ("spend_volatility", Some(7)),
];

#[test]
fn the_rows_named_of_months_buckets_and_weeks_make_the_value() {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    each_value(|registry, column, name, window, sample, digest, value| {
        let attribute = registry.definition(column).name.as_str();
        let named = || rows(sample, &registry.evidence(column, digest));
        let parts = |days| parts(window, days, digest.ledger.end, digest.covered_days().expect("rows"));
        let (value, want) = if MONTHLY_MEANS.contains(&attribute) {
            let sums = by_part(&parts(None), &named(), name);
            let Value::Integer(value) = value else { panic!("{name} is whole") };
            (value as f64, (sums.iter().sum::<f64>().abs() / sums.len() as f64).round_ties_even())
        } else if let Some((_, days)) = VARIATION.iter().find(|(known, _)| *known == attribute) {
            let sums = by_part(&parts(*days), &named(), name);
            let Value::Real(value) = value else { panic!("{name} is real") };
            let mean = sums.iter().sum::<f64>() / sums.len() as f64;
            let squares: f64 = sums.iter().map(|sum| (sum - mean) * (sum - mean)).sum();
            (value, (squares / (sums.len() - 1) as f64).sqrt() / mean.abs())
        } else {
            return;
        };
        assert!((value - want).abs() < 1e-9, "{name}: {value}, and the rows named give {want}");
        *seen.entry(attribute.to_owned()).or_default() += 1;
    });
    for name in MONTHLY_MEANS.into_iter().chain(VARIATION.map(|(name, _)| name)) {
        assert!(seen.contains_key(name), "{name} had no value");
    }
}

#[test]
fn no_row_outside_the_parts_that_a_definition_names_is_evidence() {
    let says = |definition: &str, words: &[&str]| words.iter().any(|word| definition.contains(word));
    let mut seen = 0;
    each_value(|registry, column, name, window, sample, digest, _| {
        let definition = registry.definition(column);
        let Compute::Computed { basis, .. } = definition.compute else { return };
        if !matches!(basis, Basis::Rows(_) | Basis::MonthRows(..) | Basis::BucketRows(..)) {
            return;
        }
        // What also reads the whole window, or names another attribute's months, says so by its basis.
        let text = definition.definition.as_str();
        let days = match basis {
            Basis::MonthRows(_, []) => None,
            Basis::BucketRows(days, _) => Some(i32::try_from(days).expect("small")),
            _ => {
                let parts = ["alendar months that lie wholly", "covered 30-day buckets", "whole weeks of seven"];
                let is_other =
                    ["saves_monthly_no_overdraft_flag", "debt_to_gross_income"].contains(&definition.name.as_str());
                assert!(is_other || !says(text, &parts), "{name} reads parts of its window and names all of its rows");
                return;
            }
        };
        let parts = parts(window, days, digest.ledger.end, digest.covered_days().expect("rows"));
        by_part(&parts, &rows(sample, &registry.evidence(column, digest)), name);
        seen += 1;
    });
    assert!(500 < seen, "{seen}");
}

#[test]
fn the_days_named_are_as_many_as_the_value_says() {
    let mut seen: BTreeMap<String, i64> = BTreeMap::new();
    let names = [
        "days_negative_balance",
        "days_negative_balance_weekday",
        "fee_free_overdraft_days",
        "negative_or_fee_days",
        "days_below_0",
        "days_below_100",
    ];
    each_value(|registry, column, name, _, _, digest, value| {
        let attribute = registry.definition(column).name.as_str();
        if names.contains(&attribute) {
            let named = days(&registry.evidence(column, digest)).len();
            assert_eq!(value, Value::Integer(i64::try_from(named).expect("few")), "{name}");
            *seen.entry(attribute.to_owned()).or_default() += i64::try_from(named).expect("few");
        }
    });
    for name in names {
        assert!(seen.get(name).is_some_and(|days| 0 < *days), "{name} was never above 0");
    }
}

#[test]
fn by_hand_a_month_that_began_before_the_window_is_no_evidence_of_a_monthly_mean() {
    // T is 2026-03-01, and 81 days reach to 10 December: January and February are whole.
    let mut sample = sample(81);
    sample.rows("utilities_energy", &[(70, -3_100), (40, -9_290), (10, -7_112)]);
    let registry = registry();
    let digest = sample.digest(registry.plan());
    let column = registry.column("utility_payment_monthly_90d").expect("a column");
    assert_eq!(registry.compute(column, &digest), Ok(Value::Integer(8_201)));
    assert_eq!(registry.evidence(column, &digest), [Evidence::Row(1), Evidence::Row(2)]);
}
