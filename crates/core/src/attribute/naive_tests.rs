//! Every declared attribute against an independent scan of the rows: filters read straight from the files' TOML, statistics in
//! plain floating point, nothing of the checker, the plan or the digest's tables.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    definition::{Definition, Unit},
    registry::{FILES, Registry},
};
use crate::{
    category::taxonomy::Taxonomy,
    digest::sample::random,
    ledger::LedgerRow,
    time::{Day, Window},
    value::{Missing, Outcome, Value},
};

fn builtin() -> Registry {
    Registry::builtin(&Taxonomy::builtin()).expect("the shipped attributes are valid")
}

/// A filter read straight from the file, without the checker and the plan: what the rows are compared with.
fn takes(filter: &toml::Table, taxonomy: &Taxonomy, row: &LedgerRow, text: &str) -> bool {
    let texts = |key: &str| -> Option<Vec<&str>> {
        filter.get(key).map(|list| list.as_array().expect("a list").iter().filter_map(toml::Value::as_str).collect())
    };
    let info = &taxonomy.purposes()[usize::from(row.label.purpose.0)];
    let (purpose, group) = (info.name.as_str(), info.group.as_str());
    let (purposes, groups) = (texts("purposes"), texts("groups"));
    let named = purposes.as_ref().is_some_and(|list| list.contains(&purpose))
        || groups.as_ref().is_some_and(|list| list.contains(&group))
        || (purposes.is_none() && groups.is_none());
    let excepted = texts("except_purposes").is_some_and(|list| list.contains(&purpose))
        || texts("except_groups").is_some_and(|list| list.contains(&group));
    let income = filter.get("counts_as_income").and_then(toml::Value::as_bool);
    let revenue = filter.get("counts_as_revenue").and_then(toml::Value::as_bool);
    let inflow = 0 < row.amount;
    let direction = match filter.get("direction").and_then(toml::Value::as_str) {
        Some("inflow") => inflow,
        Some(_) => !inflow,
        None => true,
    };
    let instrument = taxonomy.instruments()[usize::from(row.label.instrument.0)].as_str();
    let weekday = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"][row.day.weekday() as usize];
    let role = taxonomy.roles()[usize::from(row.label.role.0)].as_str();
    let amount = filter.get("amount").is_none_or(|range| {
        let bound = |key: &str| range.get(key).and_then(toml::Value::as_integer);
        let size = row.amount.abs();
        bound("min").is_none_or(|min| min <= size)
            && bound("max").is_none_or(|max| size < max)
            && bound("multiple_of").is_none_or(|unit| size % unit == 0)
    });
    let internal = match filter.get("internal").and_then(toml::Value::as_str) {
        Some("include") => true,
        Some("only") => row.internal,
        _ => !row.internal,
    };
    row.amount != 0
        && named
        && !excepted
        && direction
        && internal
        && amount
        && texts("roles").is_none_or(|list| list.contains(&role))
        && income.is_none_or(|wanted| wanted == info.counts_as_income && (!wanted || inflow))
        && revenue.is_none_or(|wanted| wanted == info.counts_as_revenue && (!wanted || inflow))
        && texts("instruments").is_none_or(|list| list.contains(&instrument))
        && texts("weekdays").is_none_or(|list| list.contains(&weekday))
        && texts("text").is_none_or(|list| list.iter().any(|part| text.to_ascii_lowercase().contains(part)))
}

/// The days of a window, without the digest.
fn days(window: Window, end: Day) -> (Day, Day) {
    match window {
        Window::Point | Window::History | Window::Ahead(_) => (Day(i32::MIN), end),
        Window::Days { far, near } => (end.plus(-i32::from(far)), end.plus(-i32::from(near))),
        Window::Month(back) => {
            let (year, month, _) = end.plus(-1).civil();
            let first = |months: i32| {
                let at = year * 12 + i32::try_from(month).expect("small") - 1 - months;
                Day::from_civil(at.div_euclid(12), u32::try_from(at.rem_euclid(12)).expect("small") + 1, 1)
            };
            let back = i32::from(back);
            (first(back), if back == 0 { end } else { first(back - 1) })
        }
    }
}

fn mean_of(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

#[expect(clippy::cast_possible_truncation, reason = "amounts of tests are small")]
fn naive(
    measure: &str,
    by_count: bool,
    mine: &[&LedgerRow],
    over: &[&LedgerRow],
    from: Day,
    to: Day,
    unit: Unit,
) -> Outcome {
    let sizes = |rows: &[&LedgerRow]| -> Vec<f64> { rows.iter().map(|row| row.amount.abs() as f64).collect() };
    let total = |rows: &[&LedgerRow]| if by_count { rows.len() as f64 } else { sizes(rows).iter().sum() };
    let whole = |number: f64| Ok(Value::Integer(number.round_ties_even() as i64));
    let quotient = |a: f64, b: f64| if b == 0.0 { Err(Missing::ZeroDenominator) } else { Ok(Value::Real(a / b)) };
    let mut sorted = sizes(mine);
    sorted.sort_by(f64::total_cmp);
    let at = |percent: f64| {
        let place = percent / 100.0 * (sorted.len() - 1) as f64;
        let (low, part) = (place.floor() as usize, place.fract());
        sorted[low] + part * (sorted[(low + 1).min(sorted.len() - 1)] - sorted[low])
    };
    let some = |number: Option<f64>| number.map_or(Err(Missing::NoSuchEvent), whole);
    let length = f64::from(to.0) - f64::from(from.0);
    match measure {
        "count" if unit == Unit::Flag => Ok(Value::Integer(i64::from(!mine.is_empty()))),
        "count" => whole(mine.len() as f64),
        "sum" if unit == Unit::MinorPerDay => whole(sorted.iter().sum::<f64>() / length),
        "sum" if unit == Unit::MinorPerMonth => whole(sorted.iter().sum::<f64>() * 30.0 / length),
        "sum" => whole(sorted.iter().sum()),
        "mean" => some((!mine.is_empty()).then(|| mean_of(&sorted))),
        "sd" if mine.len() < 2 => Err(Missing::TooFewEvents),
        "sd" => {
            let mean = mean_of(&sorted);
            let spread: f64 = sorted.iter().map(|size| (size - mean) * (size - mean)).sum();
            whole((spread / (sorted.len() - 1) as f64).sqrt())
        }
        "min" => some(sorted.first().copied()),
        "max" => some(sorted.last().copied()),
        "median" => some((!mine.is_empty()).then(|| at(50.0))),
        "percentile(95)" => some((!mine.is_empty()).then(|| at(95.0))),
        "days_since" => some(mine.iter().map(|row| f64::from(to.0 - row.day.0)).reduce(f64::min)),
        "distinct_days" => whole(mine.iter().map(|row| row.day).collect::<BTreeSet<_>>().len() as f64),
        "distinct_counterparties" => {
            whole(mine.iter().map(|row| row.label.counterparty).collect::<BTreeSet<_>>().len() as f64)
        }
        "share" | "ratio" => quotient(total(mine), total(over)),
        "difference" => whole(total(mine) - total(over)),
        "trend" => {
            let middle = Day(from.0 + (to.0 - from.0) / 2);
            let (newer, older): (Vec<&LedgerRow>, Vec<&LedgerRow>) = mine.iter().partition(|row| middle <= row.day);
            quotient(total(&newer) - total(&older), total(&newer) + total(&older))
        }
        other => panic!("the reference knows no {other}"),
    }
}

/// The attribute tables of the shipped files, as TOML values.
fn tables() -> (BTreeMap<String, toml::Table>, Vec<toml::Table>) {
    let (mut filters, mut attributes) = (BTreeMap::new(), vec![]);
    for (_, text) in FILES {
        let table: toml::Table = text.parse().expect("toml");
        for (name, filter) in table.get("filter").and_then(toml::Value::as_table).into_iter().flatten() {
            filters.insert(name.clone(), filter.as_table().expect("a table").clone());
        }
        for attribute in table.get("attribute").and_then(toml::Value::as_array).into_iter().flatten() {
            attributes.push(attribute.as_table().expect("a table").clone());
        }
    }
    (filters, attributes)
}

#[test]
fn every_declared_attribute_equals_a_naive_scan_of_the_rows() {
    let (registry, taxonomy) = (builtin(), Taxonomy::builtin());
    let (filters, attributes) = tables();
    let declared = registry.definitions().iter().filter(|known| known.is_declared()).count();
    assert_eq!(attributes.len(), declared, "every table is a definition");
    let resolve = |value: &toml::Value| {
        value.as_str().map_or_else(|| value.as_table().expect("a table").clone(), |name| filters[name].clone())
    };
    let (mut values, mut missing) = (0, 0);
    for seed in 0..24 {
        let sample = random(
            seed,
            40 + 60 * usize::try_from(seed).expect("small"),
            [45, 120, 400][usize::try_from(seed % 3).expect("small")],
        );
        let digest = sample.digest(registry.plan());
        let (end, first) = (sample.ledger.end, sample.ledger.rows[0].day);
        for attribute in &attributes {
            let name = attribute["name"].as_str().expect("a name");
            let known: &Definition =
                registry.definitions().iter().find(|known| known.name == name).expect("registered");
            let of = resolve(&attribute["of"]);
            let over = attribute.get("over").map(&resolve);
            for &window in &known.windows {
                let (from, to) = days(window, end);
                let rows = |filter: &toml::Table| -> Vec<&LedgerRow> {
                    let inside = sample.ledger.rows.iter().filter(|row| from <= row.day && row.day < to);
                    inside.filter(|row| takes(filter, &taxonomy, row, &sample.texts[row.index as usize])).collect()
                };
                let over = over.as_ref().map_or(vec![], rows);
                // Nine tenths of the window's days are inside the history, of a calendar month all.
                let (whole, inside) =
                    (i64::from(to.0) - i64::from(from.0), i64::from(to.0) - i64::from(first.max(from).0));
                let covered =
                    if matches!(window, Window::Month(_)) { whole <= inside } else { 9 * whole <= 10 * inside };
                let enough = covered || from.0 == i32::MIN;
                let by_count = attribute.get("by").and_then(toml::Value::as_str) == Some("count");
                let measure = attribute["measure"].as_str().expect("a measure");
                let want = if enough {
                    naive(measure, by_count, &rows(&of), &over, from, to, known.unit)
                } else {
                    Err(Missing::NotEnoughHistory)
                };
                let column = format!("{name}{}", window.suffix());
                let got = registry.compute(registry.column(&column).expect("a column"), &digest);
                assert_eq!(got, want, "{column}, seed {seed}");
                if got.is_ok() { values += 1 } else { missing += 1 }
            }
        }
    }
    assert!(5_000 < values && 1_000 < missing, "{values} values, {missing} missing");
}

#[test]
fn the_reference_knows_its_months_and_its_statistics() {
    let first = |year, month| Day::from_civil(year, month, 1);
    assert_eq!(days(Window::Month(1), first(2024, 1)), (first(2023, 11), first(2023, 12)));
    assert_eq!(days(Window::Month(0), first(2024, 3)), (first(2024, 2), first(2024, 3)));
    assert!((mean_of(&[1.0, 2.0, 6.0]) - 3.0).abs() < 1e-12);
}
