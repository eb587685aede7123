#![expect(clippy::unwrap_used, reason = "tests stop at the first surprise")]

use cashline_core::{
    attribute::definition::Risk,
    model::{Model, file::ModelFile},
    value::Missing,
};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use super::{
    tests::{facts, sample},
    *,
};
use crate::{
    binning::{BinKind, Options, Trend},
    logistic,
    sample::Number,
    select::Boosting,
};

fn whole(rounds: u32, rate: f64, ridge: f64) -> Boosting {
    Boosting { columns_max: 9, rounds, rate, columns_share: 1.0, rows_share: 1.0, ridge }
}

fn recipe(how: Boosting) -> Recipe {
    let binning = Options { bads_min: 0, goods_min: 0, missing_min: 1, ..Options::default() };
    Recipe { binning: Some(binning), method: Some(Method::Boosted(how)), ..Recipe::default() }
}

/// 8 rows: at 0 one of four is bad, at 1 three of four.
fn eight() -> Sample {
    let cells = [0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0].map(Ok).to_vec();
    let mut sample = sample(vec![("a", cells)], [true, false, false, false, true, true, true, false].to_vec());
    // No time, so nothing to be unstable over.
    sample.keys.iter_mut().for_each(|key| key.as_of = 0);
    sample
}

fn effects(card: &FittedCard) -> &[Vec<f64>] {
    &card.bin_effects.as_ref().unwrap().effects
}

/// Half above the cut, so its column is ±1/2. At p = 1/2: g = Σ (p − y) · column = −1/2 · 1 + 1/2 · (−1) = −1,
/// h = 8 · 1/4 · 1/4 = 1/2, variance of the column 1/4. With ridge 2 the step is 1 / (1/2 + 1/2) = 1, and half of it moves each bin
/// by a quarter.
#[test]
fn one_round_takes_the_part_of_a_newton_step_that_hand_arithmetic_says() {
    let card = fit(&eight(), &[facts("a", Risk::Rises)], &recipe(whole(1, 0.5, 2.0))).unwrap();
    assert_eq!(card.characteristics[0].binned.splits(), [1.0]);
    assert!((effects(&card)[0][0] + 0.25).abs() < 1e-15 && (effects(&card)[0][1] - 0.25).abs() < 1e-15);
}

/// One cut has one maximum of the likelihood: log odds −ln 3 and ln 3.
#[test]
fn many_rounds_without_a_ridge_end_at_the_likelihoods_maximum() {
    let card = fit(&eight(), &[facts("a", Risk::Rises)], &recipe(whole(400, 0.2, 1e-12))).unwrap();
    let three = 3.0_f64.ln();
    let found = card.bin_effects.as_ref().unwrap();
    assert!((found.intercept + found.effects[0][0] + three).abs() < 1e-9, "{found:?}");
    assert!((found.intercept + found.effects[0][1] - three).abs() < 1e-9, "{found:?}");
    // 6 of 8 rows have probability 3/4 for what became of them, 2 have 1/4.
    assert!((found.log_likelihood - (6.0 * 0.75_f64.ln() + 2.0 * 0.25_f64.ln())).abs() < 1e-9);
}

#[test]
fn what_runs_against_the_registrys_direction_of_risk_is_never_learnt() {
    let refused = fit(&eight(), &[facts("a", Risk::Falls)], &recipe(whole(50, 0.2, 1.0)));
    assert!(matches!(refused, Err(FitError::NothingLeft { .. })), "{refused:?}");
    let either = fit(&eight(), &[facts("a", Risk::Neither)], &recipe(whole(50, 0.2, 1.0))).unwrap();
    assert!(effects(&either)[0][0] < effects(&either)[0][1]);
}

/// Three columns: two that say the same thing, and one that is noise; `c` is missing for two causes.
fn planted(rows: usize, seed: u64) -> Sample {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut unit = || random.random::<f64>();
    let (mut a, mut b, mut c, mut bad): (Vec<Number>, Vec<Number>, Vec<Number>, Vec<bool>) = <_>::default();
    for _ in 0..rows {
        let (x, z, why) = (unit(), unit(), unit());
        a.push(Ok(x));
        b.push(Ok(0.8 * x + 0.2 * unit()));
        c.push(match why {
            why if why < 0.15 => Err(Missing::NoSuchEvent),
            why if why < 0.3 => Err(Missing::NotEnoughHistory),
            _ => Ok(z),
        });
        let never = if (0.0..0.15).contains(&why) { -1.5 } else { 0.0 };
        let short = if (0.15..0.3).contains(&why) { 1.0 } else { 0.0 };
        bad.push(unit() < logistic::probability(-2.5 + 3.0 * x + never + short));
    }
    sample(vec![("a", a), ("b", b), ("c", c)], bad)
}

fn known() -> Vec<Facts> {
    vec![facts("a", Risk::Rises), facts("b", Risk::Rises), facts("c", Risk::Rises)]
}

#[test]
fn columns_that_say_the_same_share_it_and_their_effects_follow_the_trend() {
    let sample = planted(3_000, 1);
    let how = Boosting { columns_max: 3, rounds: 200, rate: 0.1, columns_share: 0.5, rows_share: 0.8, ridge: 5.0 };
    let card = fit(&sample, &known(), &recipe(how)).unwrap();
    let reach = |name: &str| {
        let at = card.selection.chosen.iter().position(|one| one == name).unwrap();
        let bins = &effects(&card)[at][..card.characteristics[at].binned.bins.len()];
        assert!(bins.windows(2).all(|pair| pair[0] <= pair[1]), "{name}: {bins:?}");
        bins[bins.len() - 1] - bins[0]
    };
    // Their effects reach 3 together; a selection by strength with the usual screen of correlation has one of them.
    assert!(0.5 < reach("a") && 0.5 < reach("b") && (2.0..3.6).contains(&(reach("a") + reach("b"))));
}

/// What never happened may earn, and does; history that is missing would cost, and is neutral without a reason for it.
#[test]
fn causes_of_missing_count_as_the_recipe_lets_them() {
    let sample = planted(3_000, 2);
    let card = fit(&sample, &known(), &recipe(whole(300, 0.1, 5.0))).unwrap();
    let of = |card: &FittedCard, cause: Missing| {
        let at = card.selection.chosen.iter().position(|one| one == "c").unwrap();
        let place = card.characteristics[at].binned.all().position(|bin| bin.kind == BinKind::Missing(cause)).unwrap();
        effects(card)[at][place]
    };
    assert!(of(&card, Missing::NoSuchEvent) < -0.7, "{}", of(&card, Missing::NoSuchEvent));
    assert!(of(&card, Missing::NotEnoughHistory) == 0.0);
    let missing_reasons = [("c".to_owned(), "data_insufficient".to_owned())].into();
    let costly = Recipe { missing_reasons, ..recipe(whole(300, 0.1, 5.0)) };
    let card = fit(&sample, &known(), &costly).unwrap();
    assert!(0.5 < of(&card, Missing::NotEnoughHistory), "{}", of(&card, Missing::NotEnoughHistory));
}

#[test]
fn no_bin_is_smaller_and_no_column_has_more_bins_than_the_binning_allows_and_no_card_has_more_columns() {
    let sample = planted(2_000, 3);
    let binning = Options { bins_max: 4, bin_share_min: 0.12, bads_min: 25, goods_min: 40, ..Options::default() };
    let how = Boosting { columns_max: 2, ..whole(400, 0.1, 1.0) };
    let card = fit(&sample, &known(), &Recipe { binning: Some(binning), ..recipe(how) }).unwrap();
    assert_eq!(card.characteristics.len(), 2);
    for one in &card.characteristics {
        assert!((2..=4).contains(&one.binned.bins.len()));
        for bin in &one.binned.bins {
            assert!(240 <= bin.rows && 25 <= bin.bad_rows && 40 <= bin.rows - bin.bad_rows, "{bin:?}");
        }
    }
}

#[test]
fn the_same_seed_gives_the_same_card_on_any_number_of_threads_and_another_seed_another_one() {
    let sample = planted(1_000, 4);
    let recipe = recipe(Boosting { columns_share: 0.5, ..Boosting::default() });
    let on = |threads: usize, recipe: &Recipe| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| fit(&sample, &known(), recipe)).unwrap()
    };
    assert_eq!(on(1, &recipe), on(4, &recipe));
    assert_ne!(effects(&on(1, &recipe)), effects(&on(1, &Recipe { seed: 1, ..recipe.clone() })));
}

#[test]
fn the_model_file_scores_what_the_search_added_up() {
    let sample = planted(2_000, 5);
    let card = fit(&sample, &known(), &recipe(Boosting::default())).unwrap();
    let file: ModelFile = card.model_file().unwrap();
    let Model::Scorecard(_) = file.clone().check().unwrap() else { panic!("a card") };
    assert!(file.characteristics[0].rationale.contains("boosting"), "{}", file.characteristics[0].rationale);
    // Whole points are each within half a point of the exact ones.
    let bound = 0.5 * (card.characteristics.len() as f64 + 1.0);
    for (whole, exact) in card.score(&sample).unwrap().into_iter().zip(card.exact_score(&sample).unwrap()) {
        assert!((whole as f64 - exact).abs() <= bound);
    }
}

#[test]
fn settings_that_make_no_sense_and_trends_that_steps_cannot_keep_are_refused_by_name() {
    let refused = |recipe: &Recipe| fit(&eight(), &[facts("a", Risk::Neither)], recipe).unwrap_err().to_string();
    assert!(refused(&recipe(whole(10, 0.0, 1.0))).contains("method.boosted.rate"));
    assert!(refused(&recipe(whole(10, 0.1, 0.0))).contains("method.boosted.ridge"));
    assert!(refused(&recipe(whole(0, 0.1, 1.0))).contains("method.boosted.rounds"));
    let peak = Options { trend: Trend::Peak, bads_min: 0, goods_min: 0, ..Options::default() };
    let peak = Recipe { columns: [("a".to_owned(), peak)].into(), ..recipe(whole(10, 0.1, 1.0)) };
    assert!(refused(&peak).contains("ascending and descending"), "{}", refused(&peak));
}
