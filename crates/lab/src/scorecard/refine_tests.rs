#![expect(clippy::unwrap_used, reason = "tests stop at the first surprise")]

use cashline_core::{
    attribute::definition::Risk,
    model::{Model, file::ModelFile},
    value::{Missing, Value},
};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use super::{
    tests::{facts, sample},
    *,
};
use crate::{
    binning::{Options, Trend},
    logistic,
    sample::{Number, Values},
    select::{Method, Screens},
};

fn recipe(ridge: f64) -> Recipe {
    Recipe {
        effects: Some(Effects::Bins { ridge, lasso: 0.0 }),
        method: Some(Method::Strongest { columns_max: 9 }),
        screens: Some(Screens { correlation_max: 1.0, iv_min: -1.0, vif_max: 1e9, ..Screens::default() }),
        ..Recipe::default()
    }
}

fn cuts(cuts: &[f64], trend: Trend) -> Options {
    Options { splits: Some(cuts.to_vec()), trend, ..Options::default() }
}

/// Two columns that say nearly the same, a third that says another thing; 4,000 rows.
fn alike(seed: u64) -> Sample {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut unit = || random.random::<f64>();
    let (mut a, mut b, mut c, mut bad) = (vec![], vec![], vec![], vec![]);
    for _ in 0..4_000 {
        let (x, noise, z, missing) = (unit(), unit(), unit(), unit() < 0.1);
        a.push(Ok(x));
        b.push(Ok(0.7 * x + 0.3 * noise));
        c.push(if missing { Err(Missing::NoSuchEvent) } else { Ok(z) });
        let eta = -3.0 + 2.5 * x + if missing { -1.0 } else { 1.5 * z };
        bad.push(unit() < logistic::probability(eta));
    }
    sample(vec![("a", a), ("b", b), ("c", c)], bad)
}

fn known() -> Vec<Facts> {
    ["a", "b", "c"].map(|name| facts(name, Risk::Rises)).to_vec()
}

#[test]
fn effects_without_a_trend_are_the_ridge_logistic_of_the_steps() {
    let sample = alike(1);
    let edges = [0.2, 0.4, 0.6, 0.8];
    let free = || cuts(&edges, Trend::None);
    let columns = ["a", "b", "c"].map(|name| (name.to_owned(), free())).into();
    let card = fit(&sample, &known(), &Recipe { columns, ..recipe(3.0) }).unwrap();
    let found = card.bin_effects.as_ref().unwrap();
    // The same model as columns of a logistic regression, by the other solver: a step is a column, centred over the rows that
    // have a value and 0 elsewhere; the missing cause is a column of its own.
    let (mut names, mut design) = (vec![], vec![]);
    for name in &card.selection.chosen {
        let Values::Numbers(cells) = &sample.column(name).unwrap().values else { panic!("codes") };
        let values = cells.iter().filter(|cell| cell.is_ok()).count() as f64;
        for edge in edges {
            let above = cells.iter().filter(|cell| cell.is_ok_and(|x| edge <= x)).count() as f64 / values;
            let step = |cell: &Number| cell.map_or(0.0, |x| f64::from(u8::from(edge <= x)) - above);
            names.push(format!("{name} {edge}"));
            design.push(cells.iter().map(step).collect::<Vec<f64>>());
        }
        if name == "c" {
            names.push("c missing".to_owned());
            design.push(cells.iter().map(|cell| f64::from(u8::from(cell.is_err()))).collect());
        }
    }
    let design = logistic::Design { names: &names, columns: &design, bad: &sample.bad, weight: &sample.weight };
    let theirs = logistic::fit(&design, &logistic::Options { ridge: 3.0, ..logistic::Options::default() }).unwrap();
    assert!((found.intercept - theirs.intercept.value).abs() < 1e-8);
    assert!((found.log_likelihood - theirs.log_likelihood).abs() < 1e-7);
    let mut slopes = theirs.coefficients.iter();
    for (one, effects) in card.characteristics.iter().zip(&found.effects) {
        for at in 1..=edges.len() {
            let step = effects[at] - effects[at - 1];
            assert!((step - slopes.next().unwrap().value).abs() < 1e-8, "{} {at}", one.binned.name);
        }
        if one.binned.name == "c" {
            let place = one.binned.bin_of(binning::Cell::Missing(Missing::NoSuchEvent)).unwrap().unwrap();
            assert!((effects[place] - slopes.next().unwrap().value).abs() < 1e-8);
        }
    }
    assert!(slopes.next().is_none());
}

#[test]
fn two_bins_have_the_log_odds_ratio_between_them_and_the_sample_in_their_middle() {
    // 60 rows below with 6 bad, 40 above with 20 bad: ln((20/20) / (6/54)) = ln 9.
    let x = (0..100).map(|row| Ok(f64::from(u8::from(60 <= row)))).collect();
    let bad = (0..100).map(|row| row < 6 || (60..80).contains(&row)).collect();
    let mut sample = sample(vec![("x", x)], bad);
    sample.keys.iter_mut().for_each(|key| key.as_of = 0);
    let columns = [("x".to_owned(), cuts(&[0.5], Trend::Auto))].into();
    let card = fit(&sample, &[facts("x", Risk::Rises)], &Recipe { columns, ..recipe(1e-9) }).unwrap();
    let effects = &card.bin_effects.as_ref().unwrap().effects[0];
    let ratio = 9.0_f64.ln();
    assert!((effects[0] + 0.4 * ratio).abs() < 1e-7 && (effects[1] - 0.6 * ratio).abs() < 1e-7, "{effects:?}");
    // The odds of the lower bin are 6 to 54.
    assert!((card.log_odds(&sample).unwrap()[0] - (6.0_f64 / 54.0).ln()).abs() < 1e-7);
}

#[test]
fn no_step_runs_against_the_trend_of_its_bins_and_the_constrained_optimum_is_one() {
    let sample = alike(2);
    // The bound one searches its bins under the trend; the free one takes the same bins without it.
    let rising = Options { trend: Trend::Ascending, bins_max: 10, bin_share_min: 0.03, ..Options::default() };
    let columns = ["a", "b", "c"].map(|name| (name.to_owned(), rising.clone())).into();
    let bound = fit(&sample, &known(), &Recipe { columns, ..recipe(1.0) }).unwrap();
    let same = |one: &Characteristic| (one.binned.name.clone(), cuts(&one.binned.splits(), Trend::None));
    let columns = bound.characteristics.iter().map(same).collect();
    let free = fit(&sample, &known(), &Recipe { columns, ..recipe(1.0) }).unwrap();
    let steps = |card: &FittedCard| -> Vec<f64> {
        let of = |(one, effects): (&Characteristic, &Vec<f64>)| {
            let values = &effects[..one.binned.bins.len()];
            values.windows(2).map(|pair| pair[1] - pair[0]).collect::<Vec<f64>>()
        };
        card.characteristics.iter().zip(&card.bin_effects.as_ref().unwrap().effects).flat_map(of).collect()
    };
    let (free_steps, bound_steps) = (steps(&free), steps(&bound));
    assert!(9 <= bound_steps.len());
    assert!(free_steps.iter().any(|step| *step < -1e-3), "nothing to hold back: {free_steps:?}");
    assert!(bound_steps.iter().all(|step| -1e-12 <= *step), "{bound_steps:?}");
    assert!(bound_steps.iter().any(|step| step.abs() < 1e-12), "{bound_steps:?}");
    let likelihood = |card: &FittedCard| card.bin_effects.as_ref().unwrap().log_likelihood;
    assert!(likelihood(&bound) <= likelihood(&free));
}

/// What an engine gives each row: as the door of the engine would hand the cells over.
fn engine_scores(card: &FittedCard, rows: &Sample, codes: &[&'static str]) -> Vec<i64> {
    let file = card.model_file().unwrap();
    assert_eq!(ModelFile::from_toml(&file.to_toml()).unwrap(), file);
    let Model::Scorecard(engine) = file.check().unwrap() else { panic!("another kind") };
    let outcome = |row: usize, name: &str| match &rows.column(name).unwrap().values {
        Values::Numbers(cells) => cells[row].map(Value::Real),
        Values::Codes { levels, cells } => cells[row].map(|at| {
            let level = &levels[usize::try_from(at).unwrap()];
            Value::Code(codes.iter().find(|code| *code == level).unwrap())
        }),
    };
    let row = |row| {
        let outcomes: Vec<_> = engine.characteristics().iter().map(|one| outcome(row, &one.attribute)).collect();
        engine.score(&outcomes).score
    };
    (0..rows.len()).map(row).collect()
}

const CADENCES: [&str; 6] = ["biweekly", "irregular", "monthly", "never_met", "rare", "weekly"];

/// A column of codes, an extra column with two special values, one of plain numbers.
fn mixed(seed: u64, rare: f64) -> Sample {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut unit = || random.random::<f64>();
    let (mut code, mut number, mut plain, mut bad) = (vec![], vec![], vec![], vec![]);
    for _ in 0..5_000 {
        let (u, x, y, v) = (unit(), unit(), unit(), unit());
        let level: u32 = if u < rare {
            4
        } else {
            [0, 1, 2, 5][usize::from(0.25 < v) + usize::from(0.5 < v) + usize::from(0.75 < v)]
        };
        let special = if v < 0.1 {
            Some(-9.0)
        } else if 0.9 < v {
            Some(-1.0)
        } else {
            None
        };
        let eta = -2.0
            + [0.0, 1.2, 0.4, 0.0, 0.8, -0.8][usize::try_from(level).unwrap()]
            + special.map_or(1.5 * x, |s| if s == -9.0 { 2.0 } else { -0.5 })
            + y;
        code.push(if v < 0.05 { Err(Missing::TooFewEvents) } else { Ok(level) });
        number.push(Ok(special.unwrap_or(x)));
        plain.push(Ok(y));
        bad.push(unit() < logistic::probability(eta));
    }
    let mut sample = sample(vec![("extra:bureau", number), ("plain", plain)], bad);
    let levels = CADENCES.map(str::to_owned).to_vec();
    sample.columns.push(Column { name: "cadence".to_owned(), values: Values::Codes { levels, cells: code } });
    sample
}

#[test]
fn the_engine_scores_codes_and_special_values_as_the_card_does_also_codes_never_met() {
    let special = [("extra:bureau".to_owned(), Options { special: vec![-1.0, -9.0], ..Options::default() })];
    let mut known = ["extra:bureau", "plain", "cadence"].map(|name| facts(name, Risk::Neither)).to_vec();
    known[0].reason = Some("own_bureau".to_owned());
    // With rare codes there is a bin that takes in others; without, the file gets one that is worth nothing.
    for (rare, bins_added) in [(0.03, false), (0.0, true)] {
        let train = mixed(3, rare);
        for effects in [Effects::Slopes, Effects::Bins { ridge: 10.0, lasso: 0.0 }] {
            let recipe = Recipe { effects: Some(effects), columns: special.clone().into(), ..Recipe::default() };
            let card = fit(&train, &known, &recipe).unwrap();
            assert_eq!(card.characteristics.len(), 3, "{:?}", card.selection);
            let mut rows = mixed(4, 0.03);
            // Every thirtieth row has a code that development never met.
            let Values::Codes { cells, .. } = &mut rows.columns[2].values else { panic!("numbers") };
            cells.iter_mut().step_by(30).for_each(|cell| *cell = Ok(3));
            assert_eq!(engine_scores(&card, &rows, &CADENCES), card.score(&rows).unwrap());
            let file = card.model_file().unwrap();
            let one = |name: &str| file.characteristics.iter().find(|one| one.attribute == name).unwrap();
            let cadence = one("cadence");
            let last = cadence.bins.last().unwrap();
            assert!(last.codes.is_empty());
            assert_eq!(
                cadence.bins.len(),
                card.characteristics.iter().find(|one| one.binned.name == "cadence").unwrap().binned.bins.len()
                    + usize::from(bins_added)
            );
            assert_eq!(bins_added, last.points == 0, "{cadence:?}");
            let values: Vec<f64> = one("extra:bureau").special.iter().map(|one| one.value).collect();
            assert_eq!(values, [-9.0, -1.0]);
            assert!(one("extra:bureau").special[0].points < one("extra:bureau").special[1].points);
            // What is written is what is read back.
            let text = serde_json::to_string(&card).unwrap();
            assert_eq!(serde_json::from_str::<FittedCard>(&text).unwrap(), card);
        }
    }
}

#[test]
fn an_attribute_of_the_registry_has_no_special_values() {
    let mut train = mixed(5, 0.0);
    train.columns[0].name = "bureau".to_owned();
    let known = ["bureau", "plain"].map(|name| facts(name, Risk::Neither)).to_vec();
    let columns = [("bureau".to_owned(), Options { special: vec![-9.0, -1.0], ..Options::default() })].into();
    let card = fit(&train, &known, &Recipe { columns, ..Recipe::default() }).unwrap();
    let Err(FitError::NotExpressible { column, .. }) = card.model_file() else { panic!("written") };
    assert_eq!(column, "bureau");
}

#[test]
fn a_ridge_that_is_not_positive_is_refused() {
    let refused = fit(&alike(6), &known(), &recipe(0.0));
    assert_eq!(refused, Err(FitError::Setting { setting: "effects.bins.ridge" }));
}

#[test]
fn a_lasso_takes_a_step_where_the_likelihood_climbs_by_more_than_its_price_and_no_other() {
    let sample = alike(5);
    let edges = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];
    let columns = ["a", "b", "c"].map(|name| (name.to_owned(), cuts(&edges, Trend::None))).into();
    let effects = Some(Effects::Bins { ridge: 0.5, lasso: 0.3 });
    let card = fit(&sample, &known(), &Recipe { columns, effects, ..recipe(0.5) }).unwrap();
    let found = card.bin_effects.as_ref().unwrap();
    let bads = sample.bad.iter().filter(|bad| **bad).count() as f64;
    let price = 0.3 * (bads * (4_000.0 - bads) / 4_000.0).sqrt();
    let eta = card.log_odds(&sample).unwrap();
    let residual = |row: usize| f64::from(u8::from(sample.bad[row])) - logistic::probability(eta[row]);
    assert!((0..4_000).map(residual).sum::<f64>().abs() < 1e-6);
    let (mut taken, mut left) = (0, 0);
    for (one, effects) in card.characteristics.iter().zip(&found.effects) {
        let Values::Numbers(cells) = &sample.column(&one.binned.name).unwrap().values else { panic!("codes") };
        let known: Vec<usize> = (0..4_000).filter(|row| cells[*row].is_ok()).collect();
        for edge in edges {
            // The slope of the likelihood along this step, whose column is centred over the rows with a value.
            let above = |row: &usize| edge <= cells[*row].unwrap();
            let share = known.iter().filter(|row| above(row)).count() as f64 / known.len() as f64;
            let slope: f64 = known.iter().map(|row| residual(*row) * (f64::from(u8::from(above(row))) - share)).sum();
            match one.binned.splits().iter().position(|split| *split == edge) {
                Some(at) => {
                    let step = effects[at + 1] - effects[at];
                    assert!((slope - 0.5 * step - price * step.signum()).abs() < 1e-5, "{edge}: {slope} {step}");
                    taken += 1;
                }
                None => {
                    assert!(slope.abs() <= price + 1e-5, "{edge}: {slope}");
                    left += 1;
                }
            }
        }
    }
    assert!(3 <= taken && 3 <= left, "{taken} {left}");
    assert_eq!(card.alignment, None);
}

#[test]
fn bins_that_a_lasso_made_one_are_those_of_the_borders_left() {
    let sample = alike(6);
    let edges = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];
    let columns = ["a", "b", "c"].map(|name| (name.to_owned(), cuts(&edges, Trend::None))).into();
    let effects = Some(Effects::Bins { ridge: 0.5, lasso: 0.3 });
    let card = fit(&sample, &known(), &Recipe { columns, effects, ..recipe(0.5) }).unwrap();
    assert!(card.characteristics.iter().any(|one| one.binned.bins.len() < 10));
    for one in &card.characteristics {
        let column = sample.column(&one.binned.name).unwrap();
        let again =
            binning::fit(column, &sample.bad, &sample.weight, &cuts(&one.binned.splits(), Trend::None)).unwrap();
        assert_eq!((&one.binned.bins, one.binned.trend), (&again.bins, again.trend));
    }
    // The model file says the same.
    let Model::Scorecard(_) = card.model_file().unwrap().check().unwrap() else { panic!("another kind") };
}

#[test]
fn a_negative_lasso_is_refused() {
    let effects = Some(Effects::Bins { ridge: 1.0, lasso: -0.1 });
    let error = fit(&alike(7), &known(), &Recipe { effects, ..recipe(1.0) }).unwrap_err();
    assert_eq!(error.to_string(), "`effects.bins.lasso` must be finite and positive");
}
