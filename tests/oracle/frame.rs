//! The ledgers' rows as one polars frame, and what polars makes of it: filters and windows as predicates, measures as
//! aggregations by application.

use std::collections::{BTreeMap, BTreeSet};

use cashline_core::{category::taxonomy::Taxonomy, history::History, ledger::Ledger};
use chrono::{Datelike as _, Days, Months, NaiveDate};
use polars::prelude::{
    Column, DataFrame, DataType, Expr, IntoLazy as _, NamedFrom as _, QuantileMethod, Series, col, len, lit, when,
};
use toml::{Table, Value};

use super::grammar::{Window, known, texts};

/// What polars aggregates of the rows that a filter takes in a window.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Statistic {
    Count,
    Sum,
    Mean,
    Deviation,
    Min,
    Max,
    Median,
    Percentile(u8),
    /// Days before T of the newest row.
    Newest,
    Days,
    Counterparties,
}

/// A filter by its index, a window, a statistic.
pub type Request = (usize, Window, Statistic);

/// For each request a value an application; `None` where there is none. All integers are below 2^53.
pub type Answers = BTreeMap<Request, Vec<Option<f64>>>;

/// The calendar day of a day's number.
pub fn date(day: i32) -> NaiveDate {
    let epoch = NaiveDate::from_ymd_opt(1970, 1, 1).unwrap();
    match u64::try_from(day) {
        Ok(days) => epoch + Days::new(days),
        Err(_) => epoch - Days::new(day.unsigned_abs().into()),
    }
}

/// The ages `(near, far]` of a window's days at an application whose last day is the one before `end`; age 1 is that day.
pub fn ages(window: Window, end: i32) -> Option<(i32, i32)> {
    match window {
        Window::All => None,
        Window::Days { far, near } => Some((near, far)),
        Window::Month(back) => {
            let first = date(end - 1).with_day(1).unwrap();
            let begin = |back: u32| (first - Months::new(back)).signed_duration_since(date(0)).num_days();
            let age = |day: i64| end - i32::try_from(day).unwrap();
            Some((if back == 0 { 0 } else { age(begin(back - 1)) }, age(begin(back))))
        }
    }
}

/// The rows of all ledgers.
#[derive(Debug, Default)]
pub struct Rows {
    application: Vec<u32>,
    // T's day: the first that no window holds.
    end: Vec<i32>,
    day: Vec<i32>,
    weekday: Vec<String>,
    // Calendar months from that of the row to that of T - 1 s.
    months_back: Vec<i32>,
    amount: Vec<i64>,
    purpose: Vec<String>,
    group: Vec<String>,
    counts_as_income: Vec<bool>,
    counts_as_revenue: Vec<bool>,
    instrument: Vec<String>,
    role: Vec<String>,
    internal: Vec<bool>,
    counterparty: Vec<u64>,
    text: Vec<String>,
}

impl Rows {
    /// Takes the rows of one ledger.
    pub fn push(&mut self, application: u32, end: i32, ledger: &Ledger, history: &History, taxonomy: &Taxonomy) {
        let month = |day: i32| date(day).year() * 12 + i32::try_from(date(day).month0()).unwrap();
        for row in &ledger.rows {
            let purpose = &taxonomy.purposes()[usize::from(row.label.purpose.0)];
            self.application.push(application);
            self.end.push(end);
            self.day.push(row.day.0);
            self.weekday.push(date(row.day.0).weekday().to_string().to_lowercase());
            self.months_back.push(month(end - 1) - month(row.day.0));
            self.amount.push(row.amount);
            self.purpose.push(purpose.name.clone());
            self.group.push(purpose.group.clone());
            self.counts_as_income.push(purpose.counts_as_income);
            self.counts_as_revenue.push(purpose.counts_as_revenue);
            self.instrument.push(taxonomy.instruments()[usize::from(row.label.instrument.0)].clone());
            self.role.push(taxonomy.roles()[usize::from(row.label.role.0)].clone());
            self.internal.push(row.internal);
            self.counterparty.push(row.label.counterparty);
            self.text.push(history.description(row.index).to_owned());
        }
    }

    /// How many rows there are.
    pub fn count(&self) -> usize {
        self.day.len()
    }

    /// As a frame, with the age and the size of each row; rows without an amount or from T on are none of any measure.
    pub fn frame(&self) -> DataFrame {
        let columns: Vec<Column> = vec![
            Series::new("application".into(), &self.application).into(),
            Series::new("end".into(), &self.end).into(),
            Series::new("day".into(), &self.day).into(),
            Series::new("weekday".into(), &self.weekday).into(),
            Series::new("months_back".into(), &self.months_back).into(),
            Series::new("amount".into(), &self.amount).into(),
            Series::new("purpose".into(), &self.purpose).into(),
            Series::new("group".into(), &self.group).into(),
            Series::new("counts_as_income".into(), &self.counts_as_income).into(),
            Series::new("counts_as_revenue".into(), &self.counts_as_revenue).into(),
            Series::new("instrument".into(), &self.instrument).into(),
            Series::new("role".into(), &self.role).into(),
            Series::new("internal".into(), &self.internal).into(),
            Series::new("counterparty".into(), &self.counterparty).into(),
            Series::new("text".into(), &self.text).into(),
        ];
        let out = col("amount").lt(lit(0_i64));
        DataFrame::new(self.count(), columns)
            .unwrap()
            .lazy()
            .filter(col("amount").neq(lit(0_i64)))
            .filter(col("day").lt(col("end")))
            .with_columns([
                (col("end") - col("day")).alias("age"),
                when(out).then(lit(0_i64) - col("amount")).otherwise(col("amount")).alias("size"),
            ])
            .collect()
            .unwrap()
    }
}

/// The rows that a filter takes.
pub fn mask(filter: &Table) -> Expr {
    let grammar = [
        "direction",
        "purposes",
        "groups",
        "except_purposes",
        "except_groups",
        "instruments",
        "roles",
        "counts_as_income",
        "counts_as_revenue",
        "internal",
        "amount",
        "weekdays",
        "text",
    ];
    known(filter, &grammar);
    let one_of = |key: &str, column: &str| filter.get(key).map(|list| among(list, column));
    let word = |key: &str| filter.get(key).map(|value| value.as_str().unwrap());
    let inflow = || col("amount").gt(lit(0_i64));
    let mut all: Vec<Expr> = vec![match word("internal") {
        None | Some("exclude") => col("internal").not(),
        Some("include") => lit(true),
        Some("only") => col("internal"),
        Some(other) => panic!("unknown `internal = \"{other}\"`"),
    }];
    all.extend(word("direction").map(|direction| match direction {
        "inflow" => inflow(),
        "outflow" => col("amount").lt(lit(0_i64)),
        other => panic!("unknown direction {other}"),
    }));
    all.extend(match (one_of("purposes", "purpose"), one_of("groups", "group")) {
        (Some(purposes), Some(groups)) => Some(purposes.or(groups)),
        (purposes, groups) => purposes.or(groups),
    });
    all.extend(one_of("except_purposes", "purpose").map(Expr::not));
    all.extend(one_of("except_groups", "group").map(Expr::not));
    all.extend(one_of("instruments", "instrument"));
    all.extend(one_of("roles", "role"));
    all.extend(one_of("weekdays", "weekday"));
    for key in ["counts_as_income", "counts_as_revenue"] {
        // What counts is money that comes in; no shipped rule gives such a purpose to money going out.
        all.extend(filter.get(key).map(|wanted| match wanted.as_bool().unwrap() {
            true => col(key).and(inflow()),
            false => col(key).not(),
        }));
    }
    all.extend(filter.get("amount").map(|range| size(range.as_table().unwrap())));
    all.extend(filter.get("text").map(contains));
    all.into_iter().reduce(Expr::and).unwrap()
}

/// Whether a column's name is in a list; `kind:*` takes `kind` and everything below it.
fn among(list: &Value, column: &str) -> Expr {
    let one = |name: &str| match name.strip_suffix(":*") {
        Some(kind) => col(column).eq(lit(kind)).or(col(column).str().starts_with(lit(format!("{kind}:")))),
        None => col(column).eq(lit(name)),
    };
    texts(list).into_iter().map(one).reduce(Expr::or).unwrap_or(lit(false))
}

fn size(range: &Table) -> Expr {
    known(range, &["min", "max", "multiple_of"]);
    let bound = |key: &str| range.get(key).map(|bound| lit(bound.as_integer().unwrap()));
    let tests = [
        bound("min").map(|min| col("size").gt_eq(min)),
        bound("max").map(|max| col("size").lt(max)),
        bound("multiple_of").map(|unit| (col("size") % unit).eq(lit(0_i64))),
    ];
    tests.into_iter().flatten().reduce(Expr::and).unwrap_or(lit(true))
}

/// Whether the text has one of these in it, whatever the case. Split, since searching takes a feature of polars that nothing
/// else needs: a text that holds the word falls into more than one part.
fn contains(words: &Value) -> Expr {
    let lower = || col("text").str().to_lowercase();
    let one = |word: &str| lower().str().split(lit(word.to_lowercase())).list().len().gt(lit(1_u32));
    texts(words).into_iter().map(one).reduce(Expr::or).unwrap_or(lit(false))
}

fn inside(window: Window) -> Expr {
    match window {
        Window::All => lit(true),
        Window::Days { far, near } => col("age").gt(lit(near)).and(col("age").lt_eq(lit(far))),
        Window::Month(back) => col("months_back").eq(lit(i32::try_from(back).unwrap())),
    }
}

fn aggregation(window: Window, statistic: Statistic) -> Expr {
    let of = |column: &str| match window {
        Window::All => col(column),
        _ => col(column).filter(inside(window)),
    };
    match statistic {
        Statistic::Count => of("size").len(),
        Statistic::Sum => of("size").sum(),
        Statistic::Mean => of("size").mean(),
        Statistic::Deviation => of("size").std(1),
        Statistic::Min => of("size").min(),
        Statistic::Max => of("size").max(),
        Statistic::Median => of("size").median(),
        Statistic::Percentile(percent) => of("size").quantile(lit(f64::from(percent) / 100.0), QuantileMethod::Linear),
        Statistic::Newest => of("age").min(),
        Statistic::Days => of("day").n_unique(),
        Statistic::Counterparties => of("counterparty").n_unique(),
    }
}

/// Answers all requests, one query a filter; also how many rows each filter takes.
pub fn answer(
    frame: &DataFrame,
    filters: &[Table],
    requests: &BTreeSet<Request>,
    applications: usize,
) -> (Answers, Vec<u32>) {
    let (mut answers, mut taken) = (Answers::new(), vec![]);
    for (at, filter) in filters.iter().enumerate() {
        let asked: Vec<Request> = requests.iter().filter(|request| request.0 == at).copied().collect();
        let named = |(place, (_, window, statistic)): (usize, &Request)| {
            aggregation(*window, *statistic).cast(DataType::Float64).alias(format!("q{place}"))
        };
        let queries: Vec<Expr> =
            std::iter::once(len().alias("rows")).chain(asked.iter().enumerate().map(named)).collect();
        let found = frame.clone().lazy().filter(mask(filter)).group_by([col("application")]).agg(queries);
        let found = found.collect().unwrap();
        let places: Vec<usize> =
            found.column("application").unwrap().u32().unwrap().iter().map(|place| place.unwrap() as usize).collect();
        taken.push(found.column("rows").unwrap().u32().unwrap().iter().flatten().sum());
        for (place, request) in asked.into_iter().enumerate() {
            let column = found.column(&format!("q{place}")).unwrap();
            let mut values = vec![None; applications];
            for (application, value) in places.iter().zip(column.f64().unwrap().iter()) {
                assert!(value.is_none_or(|value| value.abs() < 9e15), "{request:?} is past 2^53");
                values[*application] = value;
            }
            answers.insert(request, values);
        }
    }
    (answers, taken)
}
