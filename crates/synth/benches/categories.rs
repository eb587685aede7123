//! What it costs to say what a transaction is, in nanoseconds a row, with all the rules that ship.
//!
//! `cargo bench -p cashline-synth --bench categories`
//!
//! The data: the rows of 400 generated applications of every preset, in the order in which a portfolio holds them. `memo` is
//! what an answer costs that was given before: each application's rows a second time, as a run meets the same shops again;
//! one row after the other, and by `label_all`, as batches ask for the rows of an account.
//! `pass` is a whole second pass over the portfolio, whose 40,000 shapes have left the caches by then and of which some were
//! forgotten. `rules` is the same rows with every answer worked out anew. Each figure is the middle of nine passes; loading
//! reads, checks and compiles all rules.
#![expect(clippy::print_stdout, reason = "a bench reads the clock and prints its table")]

use std::{collections::BTreeSet, hint::black_box, time::Instant};

use cashline_core::{
    category::categoriser::{Categoriser, Memo},
    row::AccountCategory,
};
use cashline_synth::{Preset, Spec, cases};

/// As the program's, which asks for large pages: rules are tables of some megabytes, and a service chooses as we did.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

const PASSES: usize = 9;

/// Labels rows: their texts and amounts.
type Labels<'l> = dyn for<'a> Fn(&mut Memo, &mut [(&'a str, i64)]) + 'l;

fn main() {
    let spec = Spec { preset: Preset::Mixed, ..Spec::new(11, 400) };
    let applications: Vec<Vec<(String, i64)>> = cases(&spec)
        .map(|case| case.transactions.into_iter().map(|row| (row.description, row.amount)).collect())
        .collect();
    let rows: Vec<(String, i64)> = applications.concat();
    let categoriser = Categoriser::builtin();
    let texts: BTreeSet<&str> = rows.iter().map(|row| row.0.as_str()).collect();
    let bytes: usize = rows.iter().map(|row| row.0.len()).sum();
    let (rules, patterns) = categoriser.rules().fold((0, 0), |sum, rule| (sum.0 + 1, sum.1 + rule.1.patterns.len()));
    println!("{} rows, {} texts, {} bytes a row", rows.len(), texts.len(), bytes / rows.len());
    println!("{rules} rules, {patterns} patterns");

    let loading = middle(|| drop(black_box(Categoriser::builtin())));
    println!("loading      {:>8.1} ms", loading * 1e3);
    let mut memo = Memo::default();
    let pass = |memo: &mut Memo| {
        for (text, amount) in &rows {
            black_box(categoriser.label(memo, text, *amount, AccountCategory::Cash));
        }
    };
    pass(&mut memo);
    let (hits, misses) = memo.hits_and_misses();
    println!("first pass: {hits} remembered, {misses} worked out");
    let count = f64::from(u32::try_from(rows.len()).unwrap_or(u32::MAX));
    let warm = middle(|| pass(&mut memo));
    let (later_hits, later_misses) = memo.hits_and_misses();
    println!(
        "pass         {:>8.1} ns a row ({} of {} worked out)",
        warm * 1e9 / count,
        later_misses - misses,
        later_hits + later_misses - hits - misses
    );
    // The middle of each application's times, so that an interruption falls out.
    let mut again = |label: &Labels<'_>| -> f64 {
        let mut times = vec![vec![]; applications.len()];
        for _ in 0..PASSES {
            for (rows, times) in applications.iter().zip(&mut times) {
                let mut rows: Vec<(&str, i64)> = rows.iter().map(|row| (row.0.as_str(), row.1)).collect();
                label(&mut memo, &mut rows);
                let start = Instant::now();
                label(&mut memo, &mut rows);
                times.push(start.elapsed().as_secs_f64());
            }
        }
        times.into_iter().map(middle_of).sum::<f64>() * 1e9 / count
    };
    let alone = again(&|memo, rows| {
        for (text, amount) in rows {
            black_box(categoriser.label(memo, text, *amount, AccountCategory::Cash));
        }
    });
    let together = again(&|memo, rows| {
        let write = |_: &mut _, label| {
            black_box(label);
        };
        categoriser.label_all(memo, AccountCategory::Cash, rows, |row| *row, write);
    });
    println!("memo         {alone:>8.1} ns a row one by one, {together:.1} together");
    let cold = middle(|| {
        for (text, amount) in &rows {
            black_box(categoriser.label_without_memo(&mut memo, text, *amount, AccountCategory::Cash));
        }
    });
    println!("rules        {:>8.1} ns a row", cold * 1e9 / count);
}

fn middle(mut pass: impl FnMut()) -> f64 {
    let times = (0..PASSES).map(|_| {
        let start = Instant::now();
        pass();
        start.elapsed().as_secs_f64()
    });
    middle_of(times.collect())
}

fn middle_of(mut times: Vec<f64>) -> f64 {
    times.sort_unstable_by(f64::total_cmp);
    times[times.len() / 2]
}
