//! The screens: what a column must be before the likelihood is asked.

use std::cmp::Ordering;

use cashline_core::{attribute::definition::Compliance, value::Missing};
use rayon::prelude::*;

use super::{Candidate, Facts, Rows, Rule, Screens, Step, stability};
use crate::{
    binning::Bin,
    logistic::qr,
    sample::{Column, Values},
};

/// Known values of either class below which a column that parts them may do so by chance.
const SEPARATED_MIN: usize = 10;

/// Passes `candidates` through those screens that look at each column by itself: the places of those that stay, by name, and a
/// step for each that does not.
#[must_use]
pub fn screen_alone(candidates: &[Candidate<'_>], rows: &Rows<'_>, screens: &Screens) -> (Vec<usize>, Vec<Step>) {
    let (mut stay, steps) = by_itself(candidates, rows, screens);
    stay.sort_by(|a, b| candidates[*a].name().cmp(candidates[*b].name()));
    (stay, steps)
}

/// Passes `candidates` through the screens: the places of those that stay, by falling information value (ties by name), and
/// a step for each that does not.
#[must_use]
pub fn screen(candidates: &[Candidate<'_>], rows: &Rows<'_>, screens: &Screens) -> (Vec<usize>, Vec<Step>) {
    let (mut stay, mut steps) = by_itself(candidates, rows, screens);
    stay.sort_by(|a, b| by_strength(&candidates[*a], &candidates[*b]));
    let stay = unlike(candidates, &stay, rows, screens, &mut steps);
    let stay = uninflated(candidates, stay, rows, screens, &mut steps);
    (stay, steps)
}

fn by_itself(candidates: &[Candidate<'_>], rows: &Rows<'_>, screens: &Screens) -> (Vec<usize>, Vec<Step>) {
    let alone: Vec<Option<Step>> = candidates.par_iter().map(|one| alone(one, rows, screens)).collect();
    let stay = (0..candidates.len()).filter(|at| alone[*at].is_none()).collect();
    (stay, alone.into_iter().flatten().collect())
}

/// More information value first; ties by name.
pub(super) fn by_strength(a: &Candidate<'_>, b: &Candidate<'_>) -> Ordering {
    b.binned.iv().total_cmp(&a.binned.iv()).then_with(|| a.name().cmp(b.name()))
}

/// Whether a column may be used at all: the step that says no, before a cell of it has been looked at.
#[must_use]
pub(crate) fn permitted(facts: &Facts, screens: &Screens) -> Option<Step> {
    if screens.allow.contains(&facts.name) && facts.compliance != Compliance::Prohibited {
        return None;
    }
    let out = |rule, why: &str| Some(Step::out(&facts.name, rule, why.to_owned()));
    match facts.compliance {
        Compliance::ModelOk => {}
        Compliance::ObligationOnly => {
            return out(Rule::Compliance, "is for obligations of the applicant only, never to rank people");
        }
        Compliance::VerifyOnly => return out(Rule::Compliance, "is for verifying statements only"),
        Compliance::Prohibited => return out(Rule::Compliance, "is prohibited in a decision; no `allow` lets it in"),
    }
    if screens.core_only && !facts.tier_core {
        return out(Rule::Tier, "is outside the default set, which 180 days of history are enough for");
    }
    if !facts.has_reason {
        return out(Rule::Reason, "has no reason, so an adverse action could not be explained by it");
    }
    None
}

// What a column is by itself.
fn alone(one: &Candidate<'_>, rows: &Rows<'_>, screens: &Screens) -> Option<Step> {
    if let Some(step) = permitted(one.facts, screens) {
        return Some(step);
    }
    let out = |rule, why: String| Some(Step::out(one.name(), rule, why));
    let all: f64 = one.binned.goods + one.binned.bads;
    let weight = |bin: &Bin| bin.goods + bin.bads;
    // A thing that never happened was observed not to happen: that is an answer.
    let absent = one.binned.missing.iter().filter(|(cause, _)| *cause != Missing::NoSuchEvent);
    let missing = absent.map(|(_, bin)| weight(bin)).sum::<f64>() / all;
    if screens.missing_max < missing {
        return out(Rule::Missing, format!("has no value in {missing:.3} of the sample"));
    }
    if one.binned.bins.len() < 2 || constant(one.woe) {
        let why = match separates(one.column, rows.bad) {
            true => {
                "separates the outcomes alone, with no good among the bads' values: likely a leak, known after the outcome"
            }
            false => "has one bin only: no split keeps the trend and the least counts",
        };
        return out(Rule::Shape, why.to_owned());
    }
    let largest = one.binned.all().map(weight).fold(0.0, f64::max) / all;
    if screens.concentration_max < largest {
        return out(Rule::Concentration, format!("has {largest:.3} of the sample in one bin"));
    }
    let iv = one.binned.iv();
    if iv < screens.iv_min + one.noise() {
        let why = format!("has an information value of {iv:.4}, {:.4} of it by chance", one.noise());
        return out(Rule::InformationValue, why);
    }
    let found = stability(one, rows)?;
    if screens.psi_max + found.noise < found.psi {
        let why = format!("its bins shift over time: PSI {:.3}, {:.3} of it by chance", found.psi, found.noise);
        return out(Rule::Stability, why);
    }
    if screens.reversal_max < found.reversal {
        let why = format!("its trend turns round in one half of the time span, by {:.2} errors", found.reversal);
        return out(Rule::Reversal, why);
    }
    None
}

/// Whether every known value of a bad lies beyond every known value of a good, with enough of both to be no accident.
fn separates(column: &Column, bad: &[bool]) -> bool {
    let Values::Numbers(cells) = &column.values else { return false };
    let of = |class: bool| {
        let known = cells.iter().zip(bad).filter(|(_, bad)| **bad == class).filter_map(|(cell, _)| cell.ok());
        known.fold((0_usize, f64::INFINITY, f64::NEG_INFINITY), |(count, least, most), value| {
            (count + 1, least.min(value), most.max(value))
        })
    };
    let (goods, bads) = (of(false), of(true));
    SEPARATED_MIN <= goods.0.min(bads.0) && (goods.2 < bads.1 || bads.2 < goods.1)
}

fn constant(woe: &[f64]) -> bool {
    woe.iter().all(|value| Some(value) == woe.first())
}

// Walks down from the strongest; a column stays unless a stronger one is too like it, or its family is full.
fn unlike(
    candidates: &[Candidate<'_>],
    order: &[usize],
    rows: &Rows<'_>,
    screens: &Screens,
    steps: &mut Vec<Step>,
) -> Vec<usize> {
    let mut kept: Vec<(usize, Vec<f64>)> = Vec::new();
    for &at in order {
        let one = &candidates[at];
        let family = kept.iter().filter(|(other, _)| candidates[*other].facts.family == one.facts.family).count();
        if screens.per_family <= family {
            let why = format!("{family} stronger columns of family `{}` are in", one.facts.family);
            steps.push(Step::out(one.name(), Rule::Family, why));
            continue;
        }
        let direction = standard(one.woe, rows.weight);
        let alike: Vec<f64> = kept.par_iter().map(|(_, other)| qr::dot(other, &direction)).collect();
        match alike.iter().position(|r| screens.correlation_max < r.abs()) {
            Some(place) => {
                let other = candidates[kept[place].0].name();
                let why = format!("correlates at {:.3} with `{other}`, which is stronger", alike[place]);
                steps.push(Step::out(one.name(), Rule::Correlation, why));
            }
            None => kept.push((at, direction)),
        }
    }
    kept.into_iter().map(|(at, _)| at).collect()
}

/// Centred and of length 1 under the weights: inner products are Pearson's correlations.
pub(super) fn standard(column: &[f64], weight: &[f64]) -> Vec<f64> {
    let total: f64 = weight.iter().sum();
    let mean = qr::dot(column, weight) / total;
    let centred: Vec<f64> = column.iter().zip(weight).map(|(x, w)| (x - mean) * libm::sqrt(*w)).collect();
    let length = libm::sqrt(qr::dot(&centred, &centred));
    if length == 0.0 { centred } else { centred.iter().map(|x| x / length).collect() }
}

// Takes out the column that the others explain best, until none is explained too well.
fn uninflated(
    candidates: &[Candidate<'_>],
    mut kept: Vec<usize>,
    rows: &Rows<'_>,
    screens: &Screens,
    steps: &mut Vec<Step>,
) -> Vec<usize> {
    // A factorisation needs more rows than columns.
    if rows.bad.len() <= kept.len() {
        for at in kept.split_off(rows.bad.len() / 2) {
            let why = "there are too few rows for so many columns".to_owned();
            steps.push(Step::out(candidates[at].name(), Rule::Inflation, why));
        }
    }
    let columns: Vec<Vec<f64>> = kept.par_iter().map(|at| standard(candidates[*at].woe, rows.weight)).collect();
    let mut small = qr::factor(columns, vec![0.0; rows.bad.len()]).columns();
    while 1 < kept.len() {
        let factors = inflation(&small);
        // Of equals, the weaker goes: it stands later.
        let worst = (0..factors.len()).max_by(|a, b| factors[*a].total_cmp(&factors[*b]).then(a.cmp(b)));
        let Some(worst) = worst.filter(|worst| screens.vif_max < factors[*worst]) else { break };
        let why = format!("the others explain it: variance inflation {:.2}", factors[worst]);
        steps.push(Step::out(candidates[kept[worst]].name(), Rule::Inflation, why));
        kept.remove(worst);
        small.remove(worst);
    }
    kept
}

/// Variance inflation of columns of length 1: the diagonal of the inverse of their correlations.
pub(super) fn inflation(columns: &[Vec<f64>]) -> Vec<f64> {
    let rows = columns.first().map_or(0, Vec::len);
    let factor = qr::factor(columns.to_vec(), vec![0.0; rows]);
    let size = columns.len();
    let unit = |at: usize| {
        let mut v = vec![0.0; size];
        v[at] = 1.0;
        let u = factor.solve_transposed(&v);
        let squared = qr::dot(&u, &u);
        if squared.is_finite() { squared } else { f64::MAX }
    };
    (0..size).map(unit).collect()
}
