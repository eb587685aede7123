//! Generated applications whose outcomes are drawn with a known probability that depends on their attributes.

use cashline_core::{
    application::Application,
    attribute::{
        definition::{Compliance, Tiers},
        registry::ColumnId,
    },
    engine::Engine,
    history::HistoryBuilder,
    row::Row,
    time::Zone,
    value::{Missing, Value},
};
use cashline_lab::{
    sample::{Column, Key, Number, Sample, Values},
    select::Facts,
};
use cashline_synth::{Case, Preset, Spec, cases};
use rayon::prelude::*;

/// An attribute and what it adds to the log-odds.
type Part = (&'static str, Shape);
type Shape = fn(f64) -> f64;
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

/// `count` applications of `seed`: the sample, what is known of its columns, and each row's probability of bad. Another `salt`
/// draws other outcomes.
pub(crate) fn generated(seed: u64, count: u64, salt: u64) -> (Sample, Vec<Facts>, Vec<f64>) {
    let engine = Engine::builtin().unwrap();
    let registry = engine.registry();
    let may = |column: &ColumnId| registry.definition(*column).compliance == Compliance::ModelOk;
    let columns: Vec<ColumnId> = registry.chosen(Tiers::Core).into_iter().filter(may).collect();
    let spec = Spec { preset: Preset::SubprimeGig, ..Spec::new(seed, count) };
    let mut rows: Vec<Known> =
        cases(&spec).par_bridge().filter_map(|case| attributes(&engine, &columns, &case)).collect();
    rows.sort_by(|one, other| one.0.cmp(&other.0));
    let name = |column: &ColumnId| registry.columns()[usize::from(column.0)].name.clone();
    let at = |wanted: &str| columns.iter().position(|column| name(column) == wanted).unwrap();
    let parts: Vec<(usize, Shape)> = TRUTH.iter().map(|(name, shape)| (at(name), *shape)).collect();
    let number = |outcome: &Result<Value, Missing>| -> Number {
        outcome.and_then(|value| value.number().ok_or(Missing::NotApplicable))
    };
    let (mut sample, mut truth) = (Sample::default(), vec![]);
    for (key, outcomes) in &rows {
        let part = |(at, shape): &(usize, Shape)| number(&outcomes[*at]).map_or(0.0, shape);
        let bad = 1.0 / (1.0 + (-(INTERCEPT + parts.iter().map(part).sum::<f64>())).exp());
        sample.keys.push(key.clone());
        sample.weight.push(1.0);
        sample.segment.push(String::new());
        truth.push(bad);
    }
    sample.bad = drawn(&truth, salt);
    for (place, column) in columns.iter().enumerate() {
        let values = rows.iter().map(|(_, outcomes)| number(&outcomes[place])).collect();
        sample.columns.push(Column { name: name(column), values: Values::Numbers(values) });
    }
    let facts = sample.columns.iter().filter_map(|column| Facts::of(registry, &column.name)).collect();
    (sample, facts, truth)
}

/// Outcomes with these probabilities.
pub(crate) fn drawn(truth: &[f64], salt: u64) -> Vec<bool> {
    (0..).zip(truth).map(|(row, bad)| uniform(row, salt) < *bad).collect()
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
#[expect(clippy::cast_precision_loss, reason = "53 bits are exact")]
fn uniform(row: u64, salt: u64) -> f64 {
    let mut x = row.wrapping_add(salt).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((x ^ (x >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
}
