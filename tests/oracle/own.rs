//! A lender's own attributes: every measure of the grammar on every key of a filter, so that nothing of the grammar goes
//! unchecked because no shipped attribute happens to use it.

use std::fmt::Write as _;

/// What a filter may use, as [`super::grammar::Catalogue::keys`] calls it, and a filter that does.
pub const KEYS: [(&str, &str); 22] = [
    ("direction = inflow", "direction = 'inflow'"),
    ("direction = outflow", "direction = 'outflow'"),
    ("purposes", "purposes = ['groceries', 'fuel', 'transfer_p2p', 'supplier', 'processor_fee']"),
    ("groups", "groups = ['essential', 'debt']"),
    ("purposes or groups", "purposes = ['cash_withdrawal', 'transfer_savings'], groups = ['discretionary']"),
    ("except_purposes", "except_purposes = ['groceries', 'income_salary']"),
    ("except_groups", "groups = ['debt', 'transfer'], except_groups = ['transfer'], purposes = ['gambling']"),
    ("instruments", "instruments = ['card', 'cheque']"),
    ("roles", "roles = ['merchant', 'lender:card'], direction = 'outflow', except_groups = ['fee']"),
    ("roles with :*", "roles = ['lender:*', 'bank']"),
    ("counts_as_income = true", "counts_as_income = true"),
    ("counts_as_income = false", "counts_as_income = false, direction = 'inflow'"),
    ("counts_as_revenue = true", "counts_as_revenue = true"),
    ("counts_as_revenue = false", "counts_as_revenue = false, groups = ['business', 'income']"),
    ("internal = exclude", "internal = 'exclude', groups = ['transfer']"),
    ("internal = include", "internal = 'include', groups = ['transfer']"),
    ("internal = only", "internal = 'only'"),
    ("amount.min", "amount = { min = 5_000 }"),
    ("amount.max", "amount = { max = 2_500 }, direction = 'outflow'"),
    ("amount.multiple_of", "amount = { min = 2_000, max = 100_000, multiple_of = 2_000 }"),
    ("weekdays", "weekdays = ['sun', 'fri']"),
    ("text", "text = ['pAyRoLl', 'Zelle ', '*']"),
];

/// A measure with its unit, the windows that it may have, and what else it needs.
pub struct Measured {
    pub name: &'static str,
    pub unit: &'static str,
    windows: &'static str,
    more: &'static str,
}

const ANY: &str = "'45d', '31-120d', 'm0', 'm1', 'm12', 'history'";
const CLOSED: &str = "'45d', '31-120d', 'm0', 'm1', 'm12'";
const EVEN: &str = "'30d', '31-120d', '360d'";

const fn measured(name: &'static str, unit: &'static str, windows: &'static str, more: &'static str) -> Measured {
    Measured { name, unit, windows, more }
}

/// Every measure in every unit and in every way of comparing.
pub const MEASURES: [Measured; 24] = [
    measured("count", "count", ANY, ""),
    measured("count", "flag", ANY, ""),
    measured("sum", "minor", ANY, ""),
    measured("sum", "minor_per_month", CLOSED, ""),
    measured("sum", "minor_per_day", CLOSED, ""),
    measured("mean", "minor", ANY, ""),
    measured("sd", "minor", ANY, ""),
    measured("min", "minor", ANY, ""),
    measured("max", "minor", ANY, ""),
    measured("median", "minor", ANY, ""),
    measured("percentile(10)", "minor", ANY, ""),
    measured("percentile(75)", "minor", ANY, ""),
    measured("days_since", "days", ANY, ""),
    measured("distinct_days", "days", ANY, ""),
    measured("distinct_counterparties", "count", ANY, ""),
    measured("share", "ratio", ANY, "over = { internal = 'include' }"),
    measured("share", "ratio", ANY, "over = { internal = 'include' }\nby = 'count'"),
    measured("ratio", "ratio", ANY, "over = 'inflow'"),
    measured("ratio", "ratio", ANY, "over = 'essential'\nby = 'count'"),
    measured("difference", "minor", ANY, "over = { instruments = ['card'], internal = 'include' }"),
    measured("difference", "count", ANY, "over = { weekdays = ['tue'] }\nby = 'count'"),
    measured("trend", "ratio", EVEN, ""),
    measured("trend", "ratio", EVEN, "by = 'count'"),
    measured("sum", "minor", ANY, "needs_days = 10"),
];

/// The names of all measures and all keys.
pub fn names() -> impl Iterator<Item = &'static str> {
    MEASURES.iter().map(|measure| measure.name).chain(KEYS.iter().map(|(key, _)| *key))
}

/// The attributes, named by their places in the two lists.
pub fn text() -> String {
    let mut text = String::new();
    let mut write = |name: &str, measure: &Measured, filter: &str, more: &str| {
        writeln!(
            text,
            "[[attribute]]\nname = '{name}'\nfamily = 'own'\nunit = '{}'\nwindows = [{}]\nmeasure = '{}'\n\
             of = {{ {filter} }}\nrisk = 'neither'\ncompliance = 'verify_only'\ndefinition = 'Own.'\n{}\n{more}\n",
            measure.unit, measure.windows, measure.name, measure.more
        )
        .unwrap();
    };
    for (place, measure) in MEASURES.iter().enumerate() {
        for (at, (_, filter)) in KEYS.iter().enumerate() {
            write(&format!("own_{place}_{at}"), measure, filter, "");
        }
        write(&format!("own_{place}_events"), measure, "groups = ['debt', 'fee']", "needs_events = 4");
    }
    text
}
