//! A card for each segment of the sample, and the table that says which card scores whom.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{FitError, FittedCard, Recipe, fit};
use crate::{sample::Sample, select::Facts};

/// Cards by segment.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SegmentedCard {
    /// By name: the segment's, or [`SegmentedCard::COMMON`].
    pub cards: BTreeMap<String, FittedCard>,
    /// One for each segment met, ascending.
    pub routes: Vec<Route>,
}

/// Which card scores a segment.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Route {
    /// As the outcomes file names it.
    pub segment: String,
    /// A name of [`SegmentedCard::cards`].
    pub card: String,
    /// Why not its own, when it is not.
    pub why: Option<String>,
}

impl SegmentedCard {
    /// The card of all rows: for segments too small for one of their own, and for segments not met in development.
    pub const COMMON: &'static str = "common";

    /// The card that scores a segment.
    #[must_use]
    pub fn card(&self, segment: &str) -> Option<&FittedCard> {
        let route = self.routes.iter().find(|route| route.segment == segment);
        self.cards.get(route.map_or(SegmentedCard::COMMON, |route| route.card.as_str()))
    }
}

/// Fits a card on all rows, and one on each segment that has at least `bads_min` bad rows and as many good ones. A segment whose
/// own card cannot be made keeps the common one, with the reason in its route.
///
/// # Errors
///
/// Those of [`fit`] for the common card.
pub fn fit_segments(
    sample: &Sample,
    facts: &[Facts],
    recipe: &Recipe,
    bads_min: usize,
) -> Result<SegmentedCard, FitError> {
    let mut cards = BTreeMap::from([(SegmentedCard::COMMON.to_owned(), fit(sample, facts, recipe)?)]);
    let mut rows: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (row, segment) in sample.segment.iter().enumerate() {
        rows.entry(segment).or_default().push(row);
    }
    let mut routes = Vec::new();
    for (segment, rows) in rows {
        let bads = rows.iter().filter(|row| sample.bad[**row]).count();
        let least = bads.min(rows.len() - bads);
        let common =
            |why: String| Route { segment: segment.to_owned(), card: SegmentedCard::COMMON.to_owned(), why: Some(why) };
        if segment.is_empty() || segment == SegmentedCard::COMMON {
            routes.push(common("the segment has no name of its own".to_owned()));
            continue;
        }
        if least < bads_min {
            routes.push(common(format!("{bads} bads of {}; a card of its own needs {bads_min} of each", rows.len())));
            continue;
        }
        let mut own = recipe.clone();
        own.header.name = format!("{}_{segment}", recipe.header.name);
        match fit(&sample.take(&rows), facts, &own) {
            Ok(card) => {
                cards.insert(segment.to_owned(), card);
                routes.push(Route { segment: segment.to_owned(), card: segment.to_owned(), why: None });
            }
            Err(error) => routes.push(common(error.to_string())),
        }
    }
    Ok(SegmentedCard { cards, routes })
}
