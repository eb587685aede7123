//! What default recipes for large samples are worth: cross-validated on the training rows of the Taiwanese cards, on the German
//! loans, and on a generated portfolio of 20,000 applications with a known truth. The test rows of the cards are not looked at.
//!
//! `cargo bench --bench recipes [FIRST LETTERS OF RECIPES] [@BOOK]`; needs the reference data beside the project.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark stops at the first surprise and tells what it found"
)]

mod known_truth;
#[path = "../crates/lab/src/public_books.rs"]
mod public_books;

use std::time::Instant;

use cashline_core::attribute::definition::Risk;
// `public_books` stands in the laboratory, whose modules it finds here too.
use cashline_lab::{
    binning::{Options, Trend},
    sample,
    scorecard::{self, Effects, FitError, Recipe},
    select,
    validate::{CrossValidation, Scorer, cross_validate},
};
use sample::Sample;
use select::{Facts, Method, Screens};

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
        ("generated", generated, 1, 3),
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

/// The training rows of the tests' split.
fn taiwan(with_ratios: bool) -> (Sample, Vec<Facts>) {
    let all = public_books::taiwan_book(with_ratios).unwrap();
    let (train, _) = public_books::taiwan_split();
    (all.take(&train), public_books::permitted(&all))
}

fn german() -> (Sample, Vec<Facts>) {
    let all = public_books::german_book().unwrap();
    let known = public_books::permitted(&all);
    (all, known)
}

/// Other applications than those of the bench `recovery`, and other outcomes.
fn generated() -> (Sample, Vec<Facts>) {
    let (sample, facts, _) = known_truth::generated(43, 20_000, 7);
    (sample, facts)
}
