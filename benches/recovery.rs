//! How near a fitted card comes to the truth: outcomes are drawn with a known probability that depends on attributes of
//! generated applications, so the best AUC that any score can reach on the rows kept apart is known.
//!
//! `cargo bench --bench recovery [APPLICATIONS]` (default 41,000, half of them kept apart).

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a benchmark stops at the first surprise and tells what it found"
)]

use std::time::Instant;

use cashline_core::{
    application::Application,
    attribute::definition::{Compliance, Tiers},
    attribute::registry::ColumnId,
    engine::Engine,
    history::HistoryBuilder,
    row::Row,
    time::Zone,
    value::{Missing, Value},
};
use cashline_lab::{
    development::{KeptApart, Method, Plan, develop},
    metrics::{Cases, Draws, Outcomes},
    outcomes::BadDefinition,
    sample::{Column, Key, Sample, Values},
    scorecard::Recipe,
    select::Facts,
    validate::Options,
};
use cashline_synth::{Case, Preset, Spec, cases};
use rayon::prelude::*;

/// An attribute and what it adds to the log-odds.
type Part = (&'static str, fn(f64) -> f64);
/// What is known of one application.
type Known = (Key, Vec<Result<Value, Missing>>);

/// What the truth looks at, and how: log-odds of bad. Smooth, monotone, of different shapes; a missing value adds nothing.
const TRUTH: [Part; 6] = [
    ("nsf_od_combined_count_90d", |x| 0.45 * (1.0 + x).ln()),
    ("eod_balance_avg_to_outflow_90d", |x| -1.1 * (x / 12.0).tanh()),
    ("debt_to_income_90d", |x| 2.2 * x.clamp(0.0, 1.0)),
    ("income_cv_90d", |x| 0.9 * x.clamp(0.0, 2.0)),
    ("short_term_credit_provider_count_90d", |x| 0.5 * x.min(4.0)),
    ("inflow_outflow_ratio_90d", |x| -1.5 * (x - 1.0).clamp(-0.6, 0.6)),
];
const INTERCEPT: f64 = -2.9;

fn main() {
    let count = std::env::args().skip(1).find_map(|word| word.parse().ok()).unwrap_or(41_000);
    let engine = Engine::builtin().unwrap();
    let registry = engine.registry();
    let may = |column: &ColumnId| registry.definition(*column).compliance == Compliance::ModelOk;
    let columns: Vec<ColumnId> = registry.chosen(Tiers::Core).into_iter().filter(may).collect();
    let started = Instant::now();
    let spec = Spec { preset: Preset::SubprimeGig, ..Spec::new(41, count) };
    let mut rows: Vec<Known> =
        cases(&spec).par_bridge().filter_map(|case| attributes(&engine, &columns, &case)).collect();
    rows.sort_by(|one, other| one.0.cmp(&other.0));
    println!("{} applications in {:.0} s", rows.len(), started.elapsed().as_secs_f64());
    let at =
        |name: &str| columns.iter().position(|column| registry.columns()[usize::from(column.0)].name == name).unwrap();
    let truth: Vec<f64> = rows
        .iter()
        .map(|(_, outcomes)| {
            let part =
                |(name, shape): &Part| outcomes[at(name)].ok().and_then(|value| value.number()).map_or(0.0, shape);
            1.0 / (1.0 + (-(INTERCEPT + TRUTH.iter().map(part).sum::<f64>())).exp())
        })
        .collect();
    let mut sample = Sample::default();
    for (place, (key, _)) in rows.iter().enumerate() {
        sample.bad.push(uniform(place as u64) < truth[place]);
        sample.keys.push(key.clone());
        sample.weight.push(1.0);
        sample.segment.push(String::new());
    }
    for (place, column) in columns.iter().enumerate() {
        let number =
            |outcome: &Result<Value, Missing>| outcome.and_then(|value| value.number().ok_or(Missing::NotApplicable));
        let values = rows.iter().map(|(_, outcomes)| number(&outcomes[place])).collect();
        let name = registry.columns()[usize::from(column.0)].name.clone();
        sample.columns.push(Column { name, values: Values::Numbers(values) });
    }
    let facts: Vec<Facts> = sample.columns.iter().filter_map(|column| Facts::of(registry, &column.name)).collect();
    let plan = Plan {
        kept_apart: KeptApart::Share { share: 0.5, seed: 0 },
        folds: (1, 5),
        calibration: Method::Platt,
        validation: Options { draws: Draws { count: 0, seed: 0 }, ..Options::default() },
        bad: BadDefinition { text: "drawn with a known probability".to_owned(), window_days: 0 },
        source: "generated".to_owned(),
        left_out: (0, 0),
        segments: None,
        groups: None,
    };
    let started = Instant::now();
    let done = develop(&sample, &facts, &Recipe::default(), &plan).unwrap();
    let fitted = started.elapsed().as_secs_f64();
    let test = &done.split.test;
    let best: Vec<f64> = test.iter().map(|row| -truth[*row]).collect();
    let bad: Vec<bool> = test.iter().map(|row| sample.bad[*row]).collect();
    let ceiling = Outcomes::of(&Cases::new(&best, None, &bad, None).unwrap()).unwrap().auc();
    let tried = done.tried.as_ref().unwrap();
    let of = |name: &str| tried.estimate(name).unwrap();
    println!(
        "learnt from {} ({} bad), tried on {} ({} bad)",
        done.split.train.len(),
        done.fitted.sample().bad_rows,
        tried.n,
        tried.bads
    );
    println!(
        "ceiling {:.4}; card {:.4} ({:.4} to {:.4})",
        ceiling.value,
        of("auc").value,
        of("auc").lower,
        of("auc").upper
    );
    println!("short of the ceiling by {:.4}", ceiling.value - of("auc").value);
    let slope = of("calibration_slope");
    println!("calibration slope {:.3} ({:.3} to {:.3})", slope.value, slope.lower, slope.upper);
    println!("{} characteristics, fitted with five folds in {fitted:.0} s", done.fitted.main().selection.chosen.len());
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
    let primary = application.applicants.first()?.id.clone();
    Some((
        Key { applicant_id: primary, as_of: application.as_of, application_id: application.application_id },
        outcomes,
    ))
}

/// A number in [0, 1) for each row: splitmix64 (Steele, Lea & Flood 2014).
fn uniform(row: u64) -> f64 {
    let mut x = row.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((x ^ (x >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
}
