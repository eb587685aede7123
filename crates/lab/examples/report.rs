//! Fits nothing: makes a report of a sample drawn from a seed, and prints its HTML.
//!
//! ```text
//! cargo run --release -p cashline-lab --example report [-- SEED ROWS] > report.html
//! ```
#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "an example: stops at the first surprise")]

use cashline_core::value::Missing;
use cashline_lab::{
    binning::{self, Options as Binning},
    metrics::Draws,
    report::{self, Report},
    sample::{Column, Key, Sample, Values},
    validate::{self, AgainstOptions, Economics, Options, Scorer},
};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

fn main() {
    let arguments: Vec<u64> = std::env::args().skip(1).map(|one| one.parse().unwrap()).collect();
    let (seed, rows) = (arguments.first().copied().unwrap_or(1), arguments.get(1).copied().unwrap_or(4_000));
    let (sample, probability) = drawn(seed, usize::try_from(rows).unwrap());
    let score: Vec<f64> = probability.iter().map(|p| (600.0 - 58.0 * (p / (1.0 - p)).ln()).round()).collect();

    let economics = Some(Economics { gain_per_good: 60.0, loss_per_bad: 400.0 });
    let options = Options { draws: Draws { count: 200, seed }, economics, ..Options::default() };
    let validation = validate::validate(&score, Some(&probability), &sample.bad, None, &options).unwrap();
    let Values::Numbers(incumbent) = &sample.columns[0].values else { unreachable!("numbers were drawn") };
    let incumbent: Vec<Option<f64>> = incumbent.iter().map(|cell| cell.ok()).collect();
    let compared = AgainstOptions { draws: Draws { count: 200, seed }, ..AgainstOptions::default() };
    let against = validate::against(&score, &incumbent, &sample.bad, None, None, &compared).unwrap();
    let crossed = validate::cross_validate(&sample, 3, 5, fit).unwrap();
    let binned = binning::many(&sample.columns, &sample.bad, &sample.weight, |_| Binning::default());
    let binned: Vec<_> = binned.into_iter().map(Result::unwrap).collect();

    let mut sections = report::validation(&validation, "");
    sections.extend(report::against(&against));
    sections.extend(report::cross(&crossed));
    sections.extend(report::binning(&binned));
    let report = Report {
        title: "A sample from a seed".to_owned(),
        subtitle: "Synthetic: no applicant of this report exists".to_owned(),
        facts: vec![
            ("Seed".to_owned(), seed.to_string()),
            ("Applications".to_owned(), sample.len().to_string()),
            ("Columns".to_owned(), sample.columns.len().to_string()),
        ],
        sections,
    };
    print!("{}", report::render(&report).unwrap());
}

/// Weights of evidence of the first column alone: a model small enough to read here.
fn fit(train: &Sample) -> Result<Scorer, binning::BinningError> {
    let binned = binning::fit(&train.columns[0], &train.bad, &train.weight, &Binning::default())?;
    Ok(Box::new(move |sample| binned.transform(&sample.columns[0].values).unwrap()))
}

/// Applications whose true probability of bad is known.
fn drawn(seed: u64, rows: usize) -> (Sample, Vec<f64>) {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut sample = Sample::default();
    let (mut income, mut overdraft, mut payer) = (vec![], vec![], vec![]);
    let mut probability = vec![];
    for row in 0..rows {
        let uniform: [f64; 5] = std::array::from_fn(|_| random.random());
        let short = uniform[0] < 0.06;
        income.push(if short { Err(Missing::NotEnoughHistory) } else { Ok((uniform[1] * 4_000.0).round()) });
        overdraft.push(Ok((uniform[2] * uniform[2] * 12.0).floor()));
        payer.push(Ok(u32::try_from(row % 4).unwrap()));
        let steady = if short { 0.4 } else { uniform[1] };
        let log_odds = -1.2 - 3.0 * steady + 2.4 * uniform[2] * uniform[2] + if row % 4 == 3 { 0.6 } else { 0.0 };
        let p = 1.0 / (1.0 + (-log_odds).exp());
        probability.push(p);
        sample.bad.push(uniform[3] < p);
        let id = format!("{row:06}");
        sample.keys.push(Key { applicant_id: id.clone(), as_of: 1_700_000_000, application_id: id });
    }
    sample.weight = vec![1.0; rows];
    sample.segment = vec![String::new(); rows];
    let levels = ["benefit", "employer", "pension", "platform"].map(str::to_owned).to_vec();
    let column = |name: &str, values| Column { name: name.to_owned(), values };
    sample.columns = vec![
        column("income_minor_mean_90d", Values::Numbers(income)),
        column("overdraft_days_90d", Values::Numbers(overdraft)),
        column("main_payer_kind", Values::Codes { levels, cells: payer }),
    ];
    (sample, probability)
}
