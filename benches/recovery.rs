//! How near a fitted card comes to the truth: outcomes are drawn with a known probability that depends on attributes of
//! generated applications, so the best AUC that any score can reach on the rows kept apart is known.
//!
//! `cargo bench --bench recovery [APPLICATIONS]` (default 41,000, half of them kept apart). Outcomes are drawn four times: one draw by
//! itself says little, for the ceiling that the same rows allow and what a fit finds both move with it.

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
    sample::Sample,
    scorecard::Recipe,
    select::Facts,
    validate::Options,
};

/// How often outcomes are drawn.
const DRAWS: u64 = 4;

fn main() {
    let count = std::env::args().skip(1).find_map(|word| word.parse().ok()).unwrap_or(41_000);
    let started = Instant::now();
    let (mut sample, facts, truth) = known_truth::generated(41, count, 1);
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
    let mut all = vec![];
    for draw in 1..=DRAWS {
        sample.bad = known_truth::drawn(&truth, draw);
        all.push(one(&sample, &facts, &truth, &plan));
    }
    #[expect(clippy::cast_precision_loss, reason = "a handful")]
    let mean = |part: fn(&(f64, f64)) -> f64| all.iter().map(part).sum::<f64>() / all.len() as f64;
    println!("mean of {DRAWS} draws: short by {:.4}, slope {:.3}", mean(|draw| draw.0), mean(|draw| draw.1));
}

/// Fits to one draw: what is short of the ceiling, and the slope of the calibration.
fn one(sample: &Sample, facts: &[Facts], truth: &[f64], plan: &Plan) -> (f64, f64) {
    let started = Instant::now();
    let done = develop(sample, facts, &Recipe::default(), plan).unwrap();
    let fitted = started.elapsed().as_secs_f64();
    let test = &done.split.test;
    let best: Vec<f64> = test.iter().map(|row| -truth[*row]).collect();
    let bad: Vec<bool> = test.iter().map(|row| sample.bad[*row]).collect();
    let ceiling = Outcomes::of(&Cases::new(&best, None, &bad, None).unwrap()).unwrap().auc();
    let tried = done.tried.as_ref().unwrap();
    let of = |name: &str| tried.estimate(name).unwrap();
    let (auc, slope) = (of("auc"), of("calibration_slope"));
    println!(
        "learnt from {} ({} bad), tried on {} ({} bad): ceiling {:.4}, card {:.4} ({:.4} to {:.4}), short by {:.4}; \
         calibration slope {:.3} ({:.3} to {:.3}); {} characteristics, fitted with five folds in {fitted:.0} s",
        done.split.train.len(),
        done.fitted.sample().bad_rows,
        tried.n,
        tried.bads,
        ceiling.value,
        auc.value,
        auc.lower,
        auc.upper,
        ceiling.value - auc.value,
        slope.value,
        slope.lower,
        slope.upper,
        done.fitted.main().selection.chosen.len()
    );
    (ceiling.value - auc.value, slope.value)
}
