//! How near a fitted card comes to the truth: outcomes are drawn with a known probability that depends on attributes of
//! generated applications, so the best AUC that any score can reach on the rows kept apart is known.
//!
//! `cargo bench --bench recovery [APPLICATIONS]` (default 41,000, half of them kept apart).

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark stops at the first surprise and tells what it found"
)]

mod known_truth;

use std::time::Instant;

use cashline_lab::{
    development::{KeptApart, Method, Plan, develop},
    metrics::{Cases, Draws, Outcomes},
    outcomes::BadDefinition,
    scorecard::Recipe,
    validate::Options,
};

fn main() {
    let count = std::env::args().skip(1).find_map(|word| word.parse().ok()).unwrap_or(41_000);
    let started = Instant::now();
    let (sample, facts, truth) = known_truth::generated(41, count, 1);
    println!("{} applications in {:.0} s", sample.len(), started.elapsed().as_secs_f64());
    let plan = Plan {
        kept_apart: KeptApart::Share { share: 0.5, seed: 0 },
        folds: (1, 5),
        calibration: Method::Platt,
        validation: Options { draws: Draws { count: 0, seed: 0 }, ..Options::default() },
        bad: BadDefinition { text: "drawn with a known probability".to_owned(), window_days: 0 },
        source: "generated".to_owned(),
        left_out: (0, 0),
        late_bads: 0,
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
