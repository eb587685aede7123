//! Every declared attribute against another engine: polars over the rows of the same ledgers, with the filters, windows and
//! measures read straight from the attribute files. Integers are equal, quotients to 1e-12, trends to 1e-9, and the causes of
//! what is missing are the same.

mod frame;
pub mod grammar;
mod own;
mod sample;

use std::collections::{BTreeMap, BTreeSet};

use cashline_core::{
    application::Application,
    category::{categoriser::Categoriser, taxonomy::Taxonomy},
    engine::{Engine, EngineParts},
    history::HistoryBuilder,
    row::Row,
    time::{Day, Zone},
    value::{Missing, Outcome, Value},
};
use cashline_io::{
    input::Inputs,
    read::{Item, LAYOUTS, ReadOptions},
};
use cashline_synth::Spec;

use self::{
    frame::{Answers, Request, Statistic, ages, answer},
    grammar::{Attribute, Catalogue, Window},
    sample::{Facts, Sample, bare_cases, two_hundred},
};
use crate::support::{engine, shared, workspace};

/// What a value must be.
#[derive(Clone, Copy, Debug)]
enum Want {
    Integer(f64),
    /// A statistic that polars computes in floating point, before it is rounded to the minor unit.
    Unrounded(f64),
    /// A real, and by which part of it the engine may differ.
    Real(f64, f64),
}

impl Want {
    fn is(self, got: Value) -> bool {
        match (self, got) {
            (Want::Integer(want), Value::Integer(got)) => want == real(got),
            (Want::Unrounded(want), Value::Integer(got)) => {
                // The last digit of a floating number decides which way a half goes, so that both ways are right there.
                let is_half = ((want - want.floor()) - 0.5).abs() <= 1e-9 * want.abs().max(1.0);
                want.round_ties_even() == real(got) || (is_half && (want - real(got)).abs() <= 0.500_1)
            }
            (Want::Real(want, bound), Value::Real(got)) => (want - got).abs() <= bound * want.abs(),
            _ => false,
        }
    }
}

fn real(integer: i64) -> f64 {
    assert!(integer.abs() < 1 << 53);
    #[expect(clippy::cast_precision_loss, reason = "below 2^53")]
    let real = integer as f64;
    real
}

/// What polars has to be asked for an attribute.
fn requests(attribute: &Attribute, window: Window) -> Vec<Request> {
    let of = attribute.of;
    let base = if attribute.by_count { Statistic::Count } else { Statistic::Sum };
    let mut asked = vec![(of, window, Statistic::Count)];
    match statistic(&attribute.measure) {
        Some(statistic) => asked.push((of, window, statistic)),
        None if attribute.measure == "trend" => {
            let (newer, older) = halves(window);
            asked.extend([(of, newer, base), (of, older, base)]);
        }
        None => asked.extend([(of, window, base), (attribute.over.unwrap(), window, base)]),
    }
    asked
}

/// The statistic behind a measure of one filter.
fn statistic(measure: &str) -> Option<Statistic> {
    Some(match measure {
        "count" => Statistic::Count,
        "sum" => Statistic::Sum,
        "mean" => Statistic::Mean,
        "sd" => Statistic::Deviation,
        "min" => Statistic::Min,
        "max" => Statistic::Max,
        "median" => Statistic::Median,
        "days_since" => Statistic::Newest,
        "distinct_days" => Statistic::Days,
        "distinct_counterparties" => Statistic::Counterparties,
        "share" | "ratio" | "difference" | "trend" => return None,
        other => {
            let percent = other.strip_prefix("percentile(").and_then(|rest| rest.strip_suffix(')'));
            let percent = percent.unwrap_or_else(|| panic!("the oracle does not know the measure `{other}`"));
            Statistic::Percentile(percent.parse().unwrap())
        }
    })
}

/// The newer and the older half of a window.
fn halves(window: Window) -> (Window, Window) {
    let Window::Days { far, near } = window else { panic!("no halves of {window:?}") };
    assert_eq!((far - near) % 2, 0, "an even number of days");
    let middle = near + (far - near) / 2;
    (Window::Days { far: middle, near }, Window::Days { far, near: middle })
}

/// What the engine must say, from the answers of polars.
fn want(
    attribute: &Attribute,
    window: Window,
    facts: &Facts,
    ask: &dyn Fn(Request) -> Option<f64>,
) -> Result<Want, Missing> {
    let of = attribute.of;
    let ages = ages(window, facts.end);
    let covered = facts.covered?;
    // Nine tenths of the window's days, counted from its near end; all history needs one day.
    let nine_tenths = ages.map_or(1, |(near, far)| near + (9 * (far - near) + 9) / 10);
    // A calendar month is wanted from its first day.
    let needed = if let (Window::Month(_), Some((_, far))) = (window, ages) { far } else { nine_tenths };
    if covered < attribute.needs_days.unwrap_or(needed) {
        return Err(Missing::NotEnoughHistory);
    }
    // An application of which a filter takes no row at all is in no group of polars.
    let total = |request: Request| ask(request).unwrap_or(0.0);
    let rows = total((of, window, Statistic::Count));
    if rows < real(attribute.needs_events) {
        return Err(Missing::TooFewEvents);
    }
    let base = if attribute.by_count { Statistic::Count } else { Statistic::Sum };
    let compared = |divided: f64, by: f64, bound: f64| {
        if by == 0.0 { Err(Missing::ZeroDenominator) } else { Ok(Want::Real(divided / by, bound)) }
    };
    let Some(statistic) = statistic(&attribute.measure) else {
        if attribute.measure == "trend" {
            let (newer, older) = halves(window);
            let (newer, older) = (total((of, newer, base)), total((of, older, base)));
            return compared(newer - older, newer + older, 1e-9);
        }
        let (of, over) = (total((of, window, base)), total((attribute.over.unwrap(), window, base)));
        return if attribute.measure == "difference" {
            Ok(Want::Integer(of - over))
        } else {
            compared(of, over, 1e-12)
        };
    };
    let days = || ages.map(|(near, far)| f64::from(far - near)).unwrap();
    let request = (of, window, statistic);
    let some = ask(request).filter(|_| 0.0 < rows);
    match statistic {
        Statistic::Count if attribute.unit == "flag" => Ok(Want::Integer(if 0.0 < rows { 1.0 } else { 0.0 })),
        Statistic::Sum => Ok(Want::Integer(match attribute.unit.as_str() {
            "minor" => total(request),
            "minor_per_day" => (total(request) / days()).round_ties_even(),
            "minor_per_month" => (total(request) * 30.0 / days()).round_ties_even(),
            other => panic!("the oracle does not know the unit {other} of a sum"),
        })),
        Statistic::Count | Statistic::Days | Statistic::Counterparties => Ok(Want::Integer(total(request))),
        Statistic::Deviation if rows < 2.0 => Err(Missing::TooFewEvents),
        Statistic::Deviation => Ok(Want::Unrounded(some.unwrap())),
        Statistic::Percentile(percent) if percent % 25 != 0 => some.map(Want::Unrounded).ok_or(Missing::NoSuchEvent),
        // Sums of integers, and quarters between two of them, are exact in floating point: a half is a half.
        _ => some.map(|value| Want::Integer(value.round_ties_even())).ok_or(Missing::NoSuchEvent),
    }
}

/// What was compared.
#[derive(Debug, Default)]
struct Tally {
    columns: BTreeSet<String>,
    values: usize,
    nonzero: usize,
    missing: BTreeMap<Missing, usize>,
    /// How many values of each attribute are other than zero.
    met: BTreeMap<String, usize>,
    /// Measures and keys of filters of which some value is other than zero.
    used: BTreeSet<String>,
}

impl Tally {
    fn add(&mut self, attribute: &Attribute, keys: &BTreeSet<String>, column: &str, outcome: Outcome) {
        self.columns.insert(column.to_owned());
        match outcome {
            Ok(value) => {
                self.values += 1;
                if value.number() != Some(0.0) {
                    self.nonzero += 1;
                    *self.met.entry(attribute.name.clone()).or_default() += 1;
                    self.used.extend(keys.iter().chain([&attribute.measure]).cloned());
                }
            }
            Err(cause) => *self.missing.entry(cause).or_default() += 1,
        }
    }

    fn report(&self, sample: &Sample<'_>) {
        eprintln!(
            "{} declared columns × {} applications ({} rows): {} values, {} of them other than zero; missing {:?}",
            self.columns.len(),
            sample.names.len(),
            sample.rows.count(),
            self.values,
            self.nonzero,
            self.missing
        );
    }

    /// The attributes of which no value is other than zero: nothing is known of them.
    fn idle<'c>(&self, catalogue: &'c Catalogue) -> Vec<&'c str> {
        let names = catalogue.attributes.iter().map(|attribute| attribute.name.as_str());
        names.filter(|name| !self.met.contains_key(*name)).collect()
    }
}

/// Compares every attribute of a catalogue at every application; also says how many rows each filter takes.
fn compare(sample: &Sample<'_>, catalogue: &Catalogue) -> (Tally, Vec<u32>) {
    let each = || {
        let all = catalogue.attributes.iter();
        all.flat_map(|attribute| attribute.windows.iter().map(move |(window, suffix)| (attribute, *window, suffix)))
    };
    let asked: BTreeSet<Request> = each().flat_map(|(attribute, window, _)| requests(attribute, window)).collect();
    let frame = sample.rows.frame();
    let (answers, taken): (Answers, _) = answer(&frame, &catalogue.filters, &asked, sample.names.len());
    let (mut tally, mut wrong) = (Tally::default(), vec![]);
    for (attribute, window, suffix) in each() {
        let name = format!("{}{suffix}", attribute.name);
        let column = sample.engine.registry().column(&name).unwrap_or_else(|| panic!("the engine has no {name}"));
        let keys = catalogue.keys(attribute);
        for (place, facts) in sample.facts.iter().enumerate() {
            let got = sample.outcomes[place][usize::from(column.0)];
            let want = want(attribute, window, facts, &|request| answers[&request][place]);
            let agree = match (want, got) {
                (Ok(want), Ok(got)) => want.is(got),
                (Err(want), Err(got)) => want == got,
                _ => false,
            };
            if !agree {
                wrong.push(format!("{name} of {}: polars {want:?}, engine {got:?}", sample.names[place]));
            }
            tally.add(attribute, &keys, &name, got);
        }
    }
    tally.report(sample);
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong[..wrong.len().min(40)].join("\n"));
    (tally, taken)
}

/// Every declared column is compared: none of the engine's is unknown to the files, and none of theirs is left out.
fn declared_columns(engine: &Engine) -> BTreeSet<String> {
    let registry = engine.registry();
    let declared = |definition: u16| registry.definitions()[usize::from(definition)].is_declared();
    registry.columns().iter().filter(|column| declared(column.definition)).map(|column| column.name.clone()).collect()
}

#[test]
fn every_declared_attribute_equals_polars_on_200_generated_applications() {
    let sample = Sample::of_cases(engine(), &two_hundred());
    assert_eq!(sample.names.len(), 200);
    let catalogue = Catalogue::shipped();
    let (tally, _) = compare(&sample, &catalogue);
    assert_eq!(tally.columns, declared_columns(engine()));
    for attribute in &catalogue.attributes {
        for name in catalogue.keys(attribute).iter().chain([&attribute.measure]) {
            assert!(tally.used.contains(name), "{name}, which {} uses, is zero everywhere", attribute.name);
        }
    }
    assert_eq!(tally.idle(&catalogue), [""; 0], "always zero or missing: give `vary` rows that these read");
    let unused: BTreeSet<&str> = own::names().filter(|name| !tally.used.contains(*name)).collect();
    eprintln!("used by no shipped attribute: {unused:?}");
    assert!(900 * 200 <= tally.values + tally.missing.values().sum::<usize>());
    assert!(70_000 <= tally.nonzero, "only {} values other than zero", tally.nonzero);
    for cause in [Missing::NotEnoughHistory, Missing::NoSuchEvent, Missing::ZeroDenominator] {
        assert!(tally.missing.contains_key(&cause), "{cause:?} is never met");
    }
}

#[test]
fn every_measure_of_every_filter_key_equals_polars() {
    let mut parts = EngineParts::builtin().unwrap();
    let taxonomy = parts.categoriser.taxonomy().clone();
    let text = own::text();
    parts.registry.extend("own.toml", &text, &taxonomy).unwrap();
    let engine = Engine::new(parts).unwrap();
    let smaller = |spec: Spec| Spec { applications: spec.applications / 3, seed: 7, ..spec };
    let mut sample = Sample::of_cases(&engine, &two_hundred().into_iter().map(smaller).collect::<Vec<_>>());
    bare_cases().iter().for_each(|case| sample.add_case(case, 0));
    let catalogue = Catalogue::of(&text);
    let (tally, taken) = compare(&sample, &catalogue);
    let all = u32::try_from(sample.rows.count()).unwrap();
    for (filter, taken) in catalogue.filters.iter().zip(taken) {
        let everything =
            filter.len() == 1 && filter.get("internal").is_some_and(|word| word.as_str() == Some("include"));
        assert!(0 < taken && (taken < all || everything), "{filter:?} takes {taken} of {all} rows");
    }
    assert_eq!(tally.idle(&catalogue), [""; 0], "always zero or missing");
    own::names().for_each(|name| assert!(tally.used.contains(name), "nothing uses {name}"));
    assert!(150_000 <= tally.nonzero, "only {} values other than zero", tally.nonzero);
    for cause in Missing::ALL.into_iter().filter(|cause| *cause != Missing::Stale) {
        assert!(tally.missing.contains_key(&cause), "{cause:?} is never met");
    }
}

#[test]
fn every_declared_attribute_equals_polars_on_real_accounts() {
    let Some(folder) = shared("data/berka") else { return };
    let rules = std::fs::read_to_string(workspace().join("data/rules/berka_cz.toml")).unwrap();
    let mut parts = EngineParts::builtin().unwrap();
    parts.categoriser = Categoriser::new(Taxonomy::builtin(), &[("berka_cz.toml", &rules)]).unwrap();
    let engine = Engine::new(parts).unwrap();
    let options = ReadOptions::default();
    let files = ["accounts.ndjson.gz", "transactions.ndjson.gz", "applications.csv"].map(|name| folder.join(name));
    let mut applications: Vec<Application> = vec![];
    let mut rows = HistoryBuilder::new();
    for file in &Inputs::discover(&files, &options).unwrap().files {
        (LAYOUTS[file.layout].read)(file, &options, &mut |item| {
            match item {
                Item::Row(Row::Application(row)) => {
                    applications.push(Application::from_rows(&[row], None, &Zone::utc()).unwrap());
                }
                Item::Row(row) => rows.push(&row),
                Item::Defect(defect) => panic!("{defect:?}"),
                Item::Ignored(_) => {}
            }
            Ok(())
        })
        .unwrap();
    }
    let mut sample = Sample::new(&engine);
    let history = engine.history(&mut sample.session, rows);
    applications.iter().for_each(|application| sample.add(&history, application));
    assert_eq!(sample.names.len(), 235);
    let catalogue = Catalogue::shipped();
    let (tally, _) = compare(&sample, &catalogue);
    assert_eq!(tally.columns, declared_columns(&engine));
    eprintln!("{} attributes are always zero or missing here", tally.idle(&catalogue).len());
    assert!(50_000 <= tally.nonzero, "only {} values other than zero", tally.nonzero);
}

#[test]
fn the_oracle_knows_its_months_and_its_halves() {
    // T is 2024-03-01: the last day is February 29th.
    let end = Day::from_civil(2024, 3, 1).0;
    assert_eq!(frame::date(end).to_string(), "2024-03-01");
    assert_eq!(ages(Window::Month(0), end), Some((0, 29)));
    assert_eq!(ages(Window::Month(1), end), Some((29, 60)));
    // T is 2024-03-02: one day of March, all of February.
    assert_eq!(ages(Window::Month(1), end + 1), Some((1, 30)));
    assert_eq!(ages(Window::Days { far: 60, near: 30 }, end), Some((30, 60)));
    let (newer, older) = halves(Window::Days { far: 60, near: 30 });
    assert_eq!((newer, older), (Window::Days { far: 45, near: 30 }, Window::Days { far: 60, near: 45 }));
}
