//! Reasons of a tree ensemble: what the attributes of a family say together.
//!
//! Trees share credit among attributes that move together in ways that depend on the training sample's accidents: one window
//! may cost twelve points and the next give five back. What holds is their sum, so attributes of a family are added before
//! anything is ranked.
//!
//! # Source
//!
//! Zest AI, "Ensuring consistent adverse action reasons"; 12 CFR 1002.9(b)(2), comment -4: no principal factor may be left
//! out, which scattering one over several attributes would do.

use std::collections::BTreeMap;

use crate::{assessment::ReasonSource, decide::reasons::Candidate, model::bins::BinRef, reason::Entry, value::Missing};

/// What one attribute says.
#[derive(Clone, Copy, Debug)]
pub(super) struct Said<'a> {
    place: usize,
    attribute: &'a str,
    difference: f64,
    entry: &'a Entry,
    /// Whether it may stand for the family's good side.
    may_help: bool,
}

impl<'a> Said<'a> {
    /// `reasons` are the attribute's own and the one for missing values. As on a scorecard, a missing value has not been
    /// observed, so it speaks for the data; a thing that never happened speaks for the attribute where it earns points.
    pub(super) fn new(
        place: usize,
        attribute: &'a str,
        bin: BinRef,
        difference: f64,
        reasons: (&'a Entry, &'a Entry),
    ) -> Said<'a> {
        let (entry, may_help) = match bin {
            BinRef::Value(_) | BinRef::Special(_) => (reasons.0, true),
            BinRef::Missing(Missing::NoSuchEvent) if 0.0 <= difference => (reasons.0, true),
            BinRef::Missing(_) => (reasons.1, false),
        };
        Said { place, attribute, difference, entry, may_help }
    }
}

/// One candidate a family, with the family's points: the reason that weighs most on the side of their sum, and its attribute
/// that does.
pub(super) fn by_family<'a>(said: &[Said<'a>]) -> Vec<Candidate<'a>> {
    let mut families: BTreeMap<&str, Vec<&Said<'a>>> = BTreeMap::new();
    for one in said {
        families.entry(one.entry.family.as_str()).or_default().push(one);
    }
    families.values().filter_map(|family| candidate(family)).collect()
}

fn candidate<'a>(family: &[&Said<'a>]) -> Option<Candidate<'a>> {
    let sum = family.iter().fold(0.0, |sum, one| sum + one.difference);
    let on_its_side = |one: &&&Said<'a>| {
        if sum < 0.0 { one.difference < 0.0 } else { 0.0 < sum && 0.0 < one.difference && one.may_help }
    };
    let mut codes: BTreeMap<&str, (f64, &Said<'a>)> = BTreeMap::new();
    for one in family.iter().filter(on_its_side) {
        let (weight, lead) = codes.entry(one.entry.code.as_str()).or_insert((0.0, one));
        *weight += one.difference.abs();
        if lead.difference.abs() < one.difference.abs() {
            *lead = one;
        }
    }
    // Ties go to the first code, and to the first attribute of the model.
    let (_, lead) = codes.into_values().reduce(|best, next| if best.0 < next.0 { next } else { best })?;
    let Said { place, attribute, entry, .. } = *lead;
    Some(Candidate { source: ReasonSource::Scored, entry, attribute, difference: sum, place })
}
