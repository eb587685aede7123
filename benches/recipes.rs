//! What default recipes for large samples are worth: cross-validated on the training rows of the Taiwanese cards, on the German
//! loans, and on a generated portfolio of 20,000 applications with a known truth. The test rows of the cards are not looked at.
//!
//! `cargo bench --bench recipes [FIRST LETTERS OF RECIPES]`; needs the reference data beside the project.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark stops at the first surprise and tells what it found"
)]

use std::{collections::BTreeMap, io::Read as _, path::Path, time::Instant};

use cashline_core::{
    application::Application,
    attribute::{
        definition::{Compliance, Risk, Tiers},
        registry::ColumnId,
    },
    engine::Engine,
    hash::sha256,
    history::HistoryBuilder,
    row::Row,
    time::Zone,
    value::{Missing, Value},
};
use cashline_lab::{
    binning::{Options, Trend},
    sample::{Column, Key, Number, Sample, Values},
    scorecard::{self, Effects, FitError, Recipe},
    select::{Facts, Method, Screens},
    validate::{CrossValidation, Scorer, cross_validate},
};
use cashline_synth::{Case, Preset, Spec, cases};
use rayon::prelude::*;

/// What a recipe changes.
struct Tried {
    name: &'static str,
    prebins: (usize, f64),
    bins: (usize, f64),
    correlation_max: f64,
    vif_max: f64,
    iv_min: f64,
    free: Trend,
    ridge: f64,
    lasso: f64,
    columns_max: usize,
    per_family: usize,
}

const A: Tried = Tried {
    name: "A before",
    prebins: (30, 0.02),
    bins: (20, 0.02),
    correlation_max: 0.9,
    vif_max: 20.0,
    iv_min: 0.01,
    free: Trend::None,
    ridge: 100.0,
    lasso: 0.0,
    columns_max: 40,
    per_family: 3,
};
const B: Tried = Tried { name: "B finer", prebins: (50, 0.01), bins: (20, 0.01), ..A };
const D: Tried = Tried { name: "D finer, all columns", correlation_max: 0.99, vif_max: 1e6, iv_min: -1.0, ..B };
const L: Tried = Tried { name: "L lasso .22", ridge: 1.0, lasso: 0.22, ..A };
const P: Tried =
    Tried { name: "P 30 bins, all columns", ridge: 1.0, lasso: 0.22, prebins: (30, 0.02), bins: (30, 0.02), ..D };
const Q: Tried = Tried { name: "Q lasso, finer, all columns", ridge: 1.0, lasso: 0.22, ..D };

/// The table of `docs/METHODS.md`; T is the default.
const RECIPES: [Tried; 18] = [
    A,
    B,
    Tried { name: "C finer, looser screens", correlation_max: 0.95, vif_max: 1e6, iv_min: 0.0, ..B },
    D,
    Tried { name: "E D, ridge 30", ridge: 30.0, ..D },
    Tried { name: "F D, ridge 200", ridge: 200.0, ..D },
    Tried { name: "G D, 50 bins", bins: (50, 0.01), ..D },
    Tried { name: "H D, trends auto", free: Trend::Auto, ..D },
    Tried { name: "I D, 30 prebins of 2 %", prebins: (30, 0.02), bins: (20, 0.02), ..D },
    L,
    Tried { name: "M lasso .16", lasso: 0.16, ..L },
    Tried { name: "N lasso .3", lasso: 0.3, ..L },
    Tried { name: "O L, 30 bins", bins: (30, 0.02), ..L },
    P,
    Q,
    Tried { name: "R Q, 40 bins", bins: (40, 0.01), ..Q },
    Tried { name: "T R, information .01", bins: (40, 0.01), iv_min: 0.01, ..Q },
    Tried { name: "S P, 60 columns", columns_max: 60, per_family: 5, ..P },
];

impl Tried {
    fn recipe(&self, facts: &[Facts]) -> Recipe {
        let base = Options {
            trend: self.free,
            prebins_max: self.prebins.0,
            prebin_share_min: self.prebins.1,
            bins_max: self.bins.0,
            bin_share_min: self.bins.1,
            bads_min: 20,
            goods_min: 20,
            ..Options::default()
        };
        let of = |one: &Facts| {
            let trend = match one.risk {
                Risk::Rises => Trend::Ascending,
                Risk::Falls => Trend::Descending,
                Risk::Neither => self.free,
            };
            (one.name.clone(), Options { trend, ..base.clone() })
        };
        Recipe {
            columns: facts.iter().map(of).collect(),
            binning: Some(base.clone()),
            screens: Some(Screens {
                correlation_max: self.correlation_max,
                vif_max: self.vif_max,
                iv_min: self.iv_min,
                per_family: self.per_family,
                ..Screens::default()
            }),
            method: Some(Method::Strongest { columns_max: self.columns_max }),
            ridge: Some(1.0),
            effects: Some(Effects::Bins { ridge: self.ridge, lasso: self.lasso }),
            ..Recipe::default()
        }
    }
}

fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    type Book = (&'static str, fn() -> (Sample, Vec<Facts>), u32, u32);
    let books: [Book; 4] = [
        ("cards", || taiwan(false), 1, 5),
        ("cards with ratios", || taiwan(true), 1, 5),
        ("loans", german, 4, 5),
        ("generated", || generated(20_000), 1, 3),
    ];
    let chosen = |name: &str| wanted.iter().all(|word| !word.starts_with('@')) || wanted.contains(&format!("@{name}"));
    for (book, load, repeats, folds) in books.into_iter().filter(|one| chosen(one.0)) {
        let (sample, facts) = load();
        let mut first: Option<CrossValidation> = None;
        println!(
            "\n{book}: {} rows, {} bad, {} columns, {repeats} x {folds} folds",
            sample.len(),
            sample.bad.iter().filter(|bad| **bad).count(),
            sample.columns.len()
        );
        println!("| recipe | AUC | less A (95 %) | columns | seconds |\n|---|---|---|---|---|");
        for tried in RECIPES.iter().filter(|one| {
            let letters: Vec<&String> = wanted.iter().filter(|word| !word.starts_with('@')).collect();
            letters.is_empty()
                || one.name == "A before"
                || letters.iter().any(|word| one.name.starts_with(word.as_str()))
        }) {
            let recipe = tried.recipe(&facts);
            let started = Instant::now();
            let found = cross_validate(&sample, repeats, folds, |rows: &Sample| scorer(rows, &facts, &recipe)).unwrap();
            let seconds = started.elapsed().as_secs_f64();
            let card = scorecard::fit(&sample, &facts, &recipe).unwrap();
            let against = first.as_ref().unwrap_or(&found);
            let apart = found.compare(against, 0.95).unwrap().corrected;
            println!(
                "| {} | {:.4} | {:+.4} ({:+.4} to {:+.4}) | {} | {seconds:.0} |",
                tried.name,
                found.auc.value,
                apart.value,
                apart.lower,
                apart.upper,
                card.characteristics.len()
            );
            first.get_or_insert(found);
        }
    }
}

fn scorer(rows: &Sample, facts: &[Facts], recipe: &Recipe) -> Result<Scorer, FitError> {
    let card = scorecard::fit(rows, facts, recipe)?;
    Ok(Box::new(move |rows| card.log_odds(rows).unwrap().into_iter().map(|odds| -odds).collect()))
}

fn own(name: &str) -> Facts {
    Facts {
        name: name.to_owned(),
        family: name.to_owned(),
        tier_core: true,
        compliance: Compliance::ModelOk,
        has_reason: true,
        risk: Risk::Neither,
        reason: Some("OWN".to_owned()),
    }
}

fn table(columns: Vec<Column>, bad: Vec<bool>) -> (Sample, Vec<Facts>) {
    let key =
        |row: usize| Key { applicant_id: format!("cus_{row:06}"), as_of: 0, application_id: format!("app_{row:06}") };
    let facts = columns.iter().map(|column| own(&column.name)).collect();
    let keys = (0..bad.len()).map(key).collect();
    let (weight, segment) = (vec![1.0; bad.len()], vec![String::new(); bad.len()]);
    (Sample { keys, weight, segment, columns, bad }, facts)
}

fn shared(path: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data").join(path)).unwrap()
}

/// The training rows of the tests' split, without sex, education, marriage and age; with the ratios that any lender computes.
fn taiwan(with_ratios: bool) -> (Sample, Vec<Facts>) {
    let packed = shared("uci_taiwan_credit_default/creditcard_default.csv.gz");
    let mut text = String::new();
    flate2::read::MultiGzDecoder::new(packed.as_slice()).read_to_string(&mut text).unwrap();
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let names: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    let rows: Vec<Vec<f64>> =
        reader.records().map(|row| row.unwrap().iter().map(|cell| cell.parse().unwrap()).collect()).collect();
    let mut order: Vec<(String, usize)> =
        (0..rows.len()).map(|row| (sha256(row.to_string().as_bytes()), row)).collect();
    order.sort();
    let mut train: Vec<usize> = order[9_000..].iter().map(|one| one.1).collect();
    train.sort_unstable();
    let cells = |name: &str| -> Vec<f64> {
        let at = names.iter().position(|one| one == name).unwrap();
        train.iter().map(|row| rows[*row][at]).collect()
    };
    let mut columns: BTreeMap<String, Vec<Number>> = BTreeMap::new();
    for name in
        names.iter().filter(|name| !["sex", "education", "marriage", "age", "has_default"].contains(&name.as_str()))
    {
        columns.insert(name.clone(), cells(name).into_iter().map(Ok).collect());
    }
    if with_ratios {
        let bill: Vec<Vec<f64>> = (1..=6).map(|month| cells(&format!("bill_amt{month}"))).collect();
        let paid: Vec<Vec<f64>> = (1..=6).map(|month| cells(&format!("pay_amt{month}"))).collect();
        let status: Vec<Vec<f64>> = [0, 2, 3, 4, 5, 6].iter().map(|month| cells(&format!("pay_{month}"))).collect();
        let limit = cells("limit_bal");
        let mut add = |name: String, of: &dyn Fn(usize) -> Number| {
            columns.insert(name, (0..train.len()).map(of).collect());
        };
        for (month, bill) in (1..).zip(&bill) {
            add(format!("utilisation_{month}"), &|row| ratio(bill[row], limit[row]));
        }
        for (month, (paid, bill)) in (1..).zip(paid.iter().zip(&bill[1..])) {
            add(format!("paid_of_bill_{month}"), &|row| ratio(paid[row], bill[row]));
        }
        let count = |of: &[Vec<f64>], row: usize, is: fn(f64) -> bool| -> f64 {
            of.iter().filter(|one| is(one[row])).map(|_| 1.0).sum()
        };
        add("months_late".into(), &|row| Ok(count(&status, row, |x| 0.0 < x)));
        add("months_unpaid".into(), &|row| Ok(count(&paid, row, |x| x == 0.0)));
        add("late_most".into(), &|row| Ok(status.iter().map(|one| one[row]).fold(0.0, f64::max)));
        add("late_sum".into(), &|row| Ok(status.iter().map(|one| one[row].max(0.0)).sum()));
        add("paid_sum".into(), &|row| Ok(paid.iter().map(|one| one[row]).sum()));
        add("paid_least".into(), &|row| Ok(paid.iter().map(|one| one[row]).fold(f64::MAX, f64::min)));
        add("paid_of_limit".into(), &|row| ratio(paid.iter().map(|one| one[row]).sum(), limit[row]));
        add("paid_of_billed".into(), &|row| {
            ratio(paid[..5].iter().map(|one| one[row]).sum(), bill[1..].iter().map(|one| one[row].max(0.0)).sum())
        });
        add("bill_growth".into(), &|row| ratio(bill[0][row] - bill[5][row], limit[row]));
    }
    let columns = columns
        .into_iter()
        .map(|(name, cells)| Column { name: format!("extra:{name}"), values: Values::Numbers(cells) })
        .collect();
    table(columns, cells("has_default").into_iter().map(|cell| cell == 1.0).collect())
}

fn ratio(over: f64, under: f64) -> Number {
    if 0.0 < under { Ok(over / under) } else { Err(Missing::ZeroDenominator) }
}

/// Without sex and marital status (A9), age (A13) and foreign worker (A20).
fn german() -> (Sample, Vec<Facts>) {
    let text = String::from_utf8(shared("uci_german_credit/german.data")).unwrap();
    let rows: Vec<Vec<&str>> = text.lines().map(|line| line.split_whitespace().collect()).collect();
    let rows: Vec<Vec<&str>> = rows.into_iter().filter(|row| !row.is_empty()).collect();
    let column = |at: usize| {
        let cells: Vec<&str> = rows.iter().map(|row| row[at - 1]).collect();
        let values = match [2, 5, 8, 11, 16, 18].contains(&at) {
            true => Values::Numbers(cells.iter().map(|cell| Ok(cell.parse().unwrap())).collect()),
            false => {
                let mut levels: Vec<String> = cells.iter().map(|cell| (*cell).to_owned()).collect();
                levels.sort();
                levels.dedup();
                let place = |cell: &&str| levels.iter().position(|one| one == cell).unwrap();
                let places = cells.iter().map(|cell| Ok(u32::try_from(place(cell)).unwrap())).collect();
                Values::Codes { levels, cells: places }
            }
        };
        Column { name: format!("extra:A{at}"), values }
    };
    let columns = (1..=19).filter(|at| ![9, 13].contains(at)).map(column).collect();
    table(columns, rows.iter().map(|row| row[20] == "2").collect())
}

/// An attribute and what it adds to the log-odds.
type Part = (&'static str, fn(f64) -> f64);
/// What is known of one application.
type Known = (Key, Vec<Result<Value, Missing>>);

/// The truth of the bench `recovery`.
const TRUTH: [Part; 6] = [
    ("nsf_od_combined_count_90d", |x| 0.45 * (1.0 + x).ln()),
    ("eod_balance_avg_to_outflow_90d", |x| -1.1 * (x / 12.0).tanh()),
    ("debt_to_income_90d", |x| 2.2 * x.clamp(0.0, 1.0)),
    ("income_cv_90d", |x| 0.9 * x.clamp(0.0, 2.0)),
    ("short_term_credit_provider_count_90d", |x| 0.5 * x.min(4.0)),
    ("inflow_outflow_ratio_90d", |x| -1.5 * (x - 1.0).clamp(-0.6, 0.6)),
];
const INTERCEPT: f64 = -2.9;

/// Other applications than those of `recovery`.
fn generated(count: u64) -> (Sample, Vec<Facts>) {
    let engine = Engine::builtin().unwrap();
    let registry = engine.registry();
    let may = |column: &ColumnId| registry.definition(*column).compliance == Compliance::ModelOk;
    let columns: Vec<ColumnId> = registry.chosen(Tiers::Core).into_iter().filter(may).collect();
    let spec = Spec { preset: Preset::SubprimeGig, ..Spec::new(43, count) };
    let mut rows: Vec<Known> =
        cases(&spec).par_bridge().filter_map(|case| attributes(&engine, &columns, &case)).collect();
    rows.sort_by(|one, other| one.0.cmp(&other.0));
    let name = |column: &ColumnId| registry.columns()[usize::from(column.0)].name.clone();
    let at = |wanted: &str| columns.iter().position(|column| name(column) == wanted).unwrap();
    let number =
        |outcome: &Result<Value, Missing>| outcome.and_then(|value| value.number().ok_or(Missing::NotApplicable));
    let mut sample = Sample::default();
    for (place, (key, outcomes)) in rows.iter().enumerate() {
        let part = |(name, shape): &Part| number(&outcomes[at(name)]).map_or(0.0, shape);
        let truth = 1.0 / (1.0 + (-(INTERCEPT + TRUTH.iter().map(part).sum::<f64>())).exp());
        sample.bad.push(uniform(place as u64) < truth);
        sample.keys.push(key.clone());
        sample.weight.push(1.0);
        sample.segment.push(String::new());
    }
    for (place, column) in columns.iter().enumerate() {
        let values = rows.iter().map(|(_, outcomes)| number(&outcomes[place])).collect();
        sample.columns.push(Column { name: name(column), values: Values::Numbers(values) });
    }
    let facts = sample.columns.iter().filter_map(|column| Facts::of(registry, &column.name)).collect();
    (sample, facts)
}

fn attributes(engine: &Engine, columns: &[ColumnId], case: &Case) -> Option<Known> {
    let mut builder = HistoryBuilder::new();
    let mut applications = Vec::new();
    for row in case.rows() {
        match row {
            Row::Application(row) => applications.push(row),
            row => builder.push(&row),
        }
    }
    let application = Application::from_rows(&applications, None, &Zone::utc()).ok()?;
    let mut session = engine.session();
    let history = engine.history(&mut session, builder);
    engine.assess(&mut session, &history, &application).score?;
    let outcomes = engine.attributes_of(columns, &mut session, &history, &application);
    let applicant_id = application.applicants.first()?.id.clone();
    Some((Key { applicant_id, as_of: application.as_of, application_id: application.application_id }, outcomes))
}

/// A number in [0, 1) for each row: splitmix64 (Steele, Lea & Flood 2014).
#[expect(clippy::cast_precision_loss, reason = "53 bits are exact")]
fn uniform(row: u64) -> f64 {
    let mut x = row.wrapping_add(7).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((x ^ (x >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
}
