#![expect(clippy::unwrap_used, reason = "tests stop at the first surprise")]

use cashline_core::attribute::definition::{Compliance, Risk};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use super::*;
use crate::{
    binning::{self, Options},
    sample::{Column, Values},
};

pub(super) fn facts(name: &str) -> Facts {
    Facts {
        name: name.to_owned(),
        family: name.to_owned(),
        tier_core: true,
        compliance: Compliance::ModelOk,
        has_reason: true,
        risk: Risk::Neither,
        reason: None,
    }
}

struct Offer {
    column: Column,
    binned: Binned,
    woe: Vec<f64>,
    facts: Facts,
}

fn offer(name: &str, values: Vec<f64>, bad: &[bool]) -> Offer {
    let column = Column { name: name.to_owned(), values: Values::Numbers(values.into_iter().map(Ok).collect()) };
    let binned = binning::fit(&column, bad, &vec![1.0; bad.len()], &Options::default()).unwrap();
    let woe = binned.transform(&column.values).unwrap();
    Offer { column, binned, woe, facts: facts(name) }
}

impl Offer {
    fn candidate(&self) -> Candidate<'_> {
        Candidate { column: &self.column, binned: &self.binned, woe: &self.woe, facts: &self.facts }
    }
}

struct Noise(ChaCha8Rng);

impl Noise {
    fn new(seed: u64) -> Noise {
        Noise(ChaCha8Rng::seed_from_u64(seed))
    }

    fn unit(&mut self) -> f64 {
        self.0.random::<f64>()
    }
}

struct World {
    offers: Vec<Offer>,
    bad: Vec<bool>,
    as_of: Vec<i64>,
}

// y depends on a and b; copy is a with a little noise; c is noise; d is noise with the shape of nothing.
fn world(rows: usize) -> World {
    let mut noise = Noise::new(7);
    let mut draw = || (0..rows).map(|_| noise.unit()).collect::<Vec<f64>>();
    let (a, b, c, d, e, u) = (draw(), draw(), draw(), draw(), draw(), draw());
    let copy = a.iter().zip(&e).map(|(a, e)| a + 0.05 * e).collect();
    let chance = |at: usize| probability_of(-1.5 + 3.0 * (a[at] - 0.5) - 2.0 * (b[at] - 0.5));
    let bad: Vec<bool> = (0..rows).map(|at| u[at] < chance(at)).collect();
    let columns = [("a", a.clone()), ("b", b), ("c", c), ("copy", copy), ("d", d)];
    let offers = columns.into_iter().map(|(name, values)| offer(name, values, &bad)).collect();
    World { offers, bad, as_of: (0..rows).map(|at| i64::try_from(at).unwrap() * 86_400).collect() }
}

fn probability_of(eta: f64) -> f64 {
    1.0 / (1.0 + (-eta).exp())
}

fn screened(world: &World, screens: &Screens) -> (Vec<String>, Vec<Step>) {
    let weight = vec![1.0; world.bad.len()];
    let rows = Rows { bad: &world.bad, weight: &weight, as_of: &world.as_of };
    let candidates: Vec<Candidate<'_>> = world.offers.iter().map(Offer::candidate).collect();
    let (kept, steps) = screen(&candidates, &rows, screens);
    (kept.into_iter().map(|at| candidates[at].name().to_owned()).collect(), steps)
}

fn chosen(world: &World, method: &Method) -> (Vec<String>, Vec<Step>) {
    let weight = vec![1.0; world.bad.len()];
    let rows = Rows { bad: &world.bad, weight: &weight, as_of: &world.as_of };
    let mut candidates: Vec<Candidate<'_>> = world.offers.iter().map(Offer::candidate).collect();
    candidates.sort_by(screens::by_strength);
    let (kept, steps) = choose(&candidates, &rows, method, 0.0, 3).unwrap();
    (kept.into_iter().map(|at| candidates[at].name().to_owned()).collect(), steps)
}

fn rule(steps: &[Step], column: &str) -> Option<Rule> {
    steps.iter().find(|step| step.column == column).map(|step| step.rule)
}

#[test]
fn what_may_not_be_used_is_not_looked_at_and_an_allow_lets_in_all_but_the_prohibited() {
    let mut world = world(1000);
    world.offers[0].facts.compliance = Compliance::VerifyOnly;
    world.offers[1].facts.tier_core = false;
    world.offers[2].facts.has_reason = false;
    world.offers[3].facts.compliance = Compliance::Prohibited;
    let (kept, steps) = screened(&world, &Screens { iv_min: 0.0, ..Screens::default() });
    assert!(["a", "b", "c", "copy"].iter().all(|name| !kept.contains(&(*name).to_owned())));
    assert_eq!(rule(&steps, "a"), Some(Rule::Compliance));
    assert_eq!(rule(&steps, "b"), Some(Rule::Tier));
    assert_eq!(rule(&steps, "c"), Some(Rule::Reason));
    assert_eq!(rule(&steps, "copy"), Some(Rule::Compliance));
    let allow = ["a", "b", "copy"].map(str::to_owned).to_vec();
    let (kept, steps) = screened(&world, &Screens { allow, ..Screens::default() });
    assert!(kept.contains(&"a".to_owned()) && kept.contains(&"b".to_owned()));
    assert_eq!(rule(&steps, "copy"), Some(Rule::Compliance));
}

#[test]
fn a_column_that_separates_the_outcomes_alone_is_called_a_leak() {
    let mut world = world(1000);
    let leak = world
        .bad
        .iter()
        .enumerate()
        .map(|(at, bad)| f64::from(u8::from(*bad)) * 3.0 + if at % 2 == 0 { 0.5 } else { 0.0 });
    let flat = vec![1.0; world.bad.len()];
    world.offers.push(offer("leak", leak.collect(), &world.bad));
    world.offers.push(offer("flat", flat, &world.bad));
    let (kept, steps) = screened(&world, &Screens::default());
    assert!(["leak", "flat"].iter().all(|name| !kept.contains(&(*name).to_owned())));
    let why = |name: &str| steps.iter().find(|step| step.column == name).map(|step| step.why.clone()).unwrap();
    assert!(why("leak").starts_with("separates the outcomes alone"), "{}", why("leak"));
    assert!(why("flat").starts_with("has one bin only"), "{}", why("flat"));
}

#[test]
fn of_two_columns_that_say_the_same_the_stronger_stays() {
    let world = world(4000);
    let (kept, steps) = screened(&world, &Screens::default());
    let strength = |name: &str| world.offers.iter().find(|one| one.column.name == name).unwrap().binned.iv();
    let (stronger, weaker) = if strength("copy") < strength("a") { ("a", "copy") } else { ("copy", "a") };
    assert!(kept.contains(&stronger.to_owned()) && kept.contains(&"b".to_owned()));
    assert_eq!(rule(&steps, weaker), Some(Rule::Correlation));
    // Noise has next to no information, though its bins were made to find some.
    assert!(["c", "d"].iter().all(|name| !kept.contains(&(*name).to_owned())), "{steps:?}");
    // Each column is either kept or has one step.
    assert_eq!(kept.len() + steps.len(), world.offers.len());
}

#[test]
fn a_family_holds_no_more_than_its_share() {
    let mut world = world(4000);
    for one in &mut world.offers {
        one.facts.family = "one".to_owned();
    }
    let screens = Screens { per_family: 1, ..Screens::default() };
    let (kept, steps) = screened(&world, &screens);
    assert_eq!(kept.len(), 1);
    assert_eq!(rule(&steps, "b"), Some(Rule::Family));
}

#[test]
fn variance_inflation_is_the_inverse_of_what_the_others_leave() {
    // Two columns with correlation r: 1 / (1 - r²). Here r = 0.8 by construction: (1, 0) and (0.8, 0.6).
    let found = screens::inflation(&[vec![1.0, 0.0], vec![0.8, 0.6]]);
    for factor in found {
        assert!((factor - 1.0 / (1.0 - 0.64)).abs() < 1e-12, "{factor}");
    }
    // A column that others make up has no end of it.
    let found = screens::inflation(&[vec![1.0, 0.0, 0.0], vec![0.0, 1.0, 0.0], vec![0.6, 0.8, 0.0]]);
    assert!(found[2] > 1e12, "{found:?}");
}

#[test]
fn a_trend_that_turns_round_is_found_and_a_shift_of_shares_too() {
    let rows = 2000;
    let mut noise = Noise::new(11);
    let x: Vec<f64> = (0..rows).map(|_| noise.unit()).collect();
    // The first half falls steeply with x, the second rises a little: together it falls.
    let chance = |at: usize| if at < rows / 2 { 0.9 - 0.8 * x[at] } else { 0.3 + 0.3 * x[at] };
    let bad: Vec<bool> = (0..rows).map(|at| noise.unit() < chance(at)).collect();
    let one = offer("x", x.clone(), &bad);
    let as_of: Vec<i64> = (0..rows).map(|at| i64::try_from(at).unwrap()).collect();
    let weight = vec![1.0; rows];
    let both = Rows { bad: &bad, weight: &weight, as_of: &as_of };
    let found = stability(&one.candidate(), &both).unwrap();
    assert!(2.0 < found.reversal, "{found:?}");
    assert!(found.psi < 0.05, "{found:?}");
    let (kept, steps) = screen(&[one.candidate()], &both, &Screens::default());
    assert!(kept.is_empty());
    assert_eq!(steps[0].rule, Rule::Reversal);
    // By time ordered as x is: the halves share hardly a bin.
    let mut order: Vec<usize> = (0..rows).collect();
    order.sort_by(|a, b| x[*a].total_cmp(&x[*b]));
    let mut by_value = vec![0_i64; rows];
    for (place, row) in order.into_iter().enumerate() {
        by_value[row] = i64::try_from(place).unwrap();
    }
    let moved = stability(&one.candidate(), &Rows { as_of: &by_value, ..both }).unwrap();
    assert!(1.0 < moved.psi, "{moved:?}");
    // One T only: there are no halves.
    assert_eq!(stability(&one.candidate(), &Rows { as_of: &vec![5; rows], ..both }), None);
}

#[test]
fn forward_takes_what_the_truth_holds_and_leaves_the_noise() {
    let world = world(4000);
    let method = Method::Forward { p_in: 0.01, p_out: 0.02, columns_max: 10 };
    let (kept, steps) = chosen(&world, &method);
    // a or its copy, and b.
    assert_eq!(kept.len(), 2, "{steps:?}");
    assert!(kept.contains(&"b".to_owned()) && (kept.contains(&"a".to_owned()) || kept.contains(&"copy".to_owned())));
    assert_eq!(steps.len(), 5);
    assert_eq!(steps.iter().filter(|step| step.kept).count(), 2);
    // The same again: nothing depends on threads.
    assert_eq!(chosen(&world, &method), (kept, steps));
    let capped = Method::Forward { p_in: 0.01, p_out: 0.02, columns_max: 1 };
    assert_eq!(chosen(&world, &capped).0.len(), 1);
}

#[test]
fn the_path_takes_what_the_truth_holds() {
    let world = world(4000);
    for by in [PathChoice::Bic, PathChoice::CrossValidation { folds: 5 }] {
        let (kept, steps) = chosen(&world, &Method::Path { by: by.clone(), columns_max: 10 });
        assert!(kept.contains(&"b".to_owned()), "{by:?} {steps:?}");
        assert!(kept.contains(&"a".to_owned()) || kept.contains(&"copy".to_owned()), "{by:?} {steps:?}");
    }
    // BIC is consistent: noise stays out of a sample this large.
    let (kept, _) = chosen(&world, &Method::Path { by: PathChoice::Bic, columns_max: 10 });
    assert!(!kept.contains(&"c".to_owned()) && !kept.contains(&"d".to_owned()), "{kept:?}");
}

#[test]
fn a_column_that_works_against_its_bins_stays_out() {
    // Suppression: b matters only through a. By itself "more b is riskier", beside a it is safer.
    let rows = 4000;
    let mut noise = Noise::new(5);
    let a: Vec<f64> = (0..rows).map(|_| noise.unit()).collect();
    let b: Vec<f64> = a.iter().map(|a| a + 0.6 * noise.unit()).collect();
    let bad: Vec<bool> =
        a.iter().zip(&b).map(|(a, b)| noise.unit() < probability_of(-2.0 + 5.0 * a - 1.5 * b)).collect();
    let offers = vec![offer("a", a, &bad), offer("b", b, &bad)];
    let world = World { offers, bad, as_of: vec![0; rows] };
    let (kept, steps) = chosen(&world, &Method::Forward { p_in: 0.05, p_out: 0.1, columns_max: 10 });
    assert_eq!(kept, ["a"]);
    // Its pull is the wrong way round, so it never comes to a test.
    assert!(!steps.iter().find(|step| step.column == "b").unwrap().kept);
}

#[test]
fn settings_that_would_loop_are_refused() {
    let world = world(500);
    let weight = vec![1.0; 500];
    let rows = Rows { bad: &world.bad, weight: &weight, as_of: &world.as_of };
    let candidates: Vec<Candidate<'_>> = world.offers.iter().map(Offer::candidate).collect();
    let method = Method::Forward { p_in: 0.2, p_out: 0.1, columns_max: 10 };
    assert!(matches!(choose(&candidates, &rows, &method, 0.0, 1), Err(SelectError::Setting { setting: "p_in", .. })));
}
