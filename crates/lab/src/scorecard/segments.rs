//! A card for each segment of the sample on one scale, and the table that says which card scores whom.

use std::collections::{BTreeMap, BTreeSet};

use cashline_core::{config::is_snake_case, model::segmented::Condition};
use serde::{Deserialize, Serialize};

use super::{Alignment, FitError, FittedCard, Recipe, RoundingLoss, Scale, Summary, fit, fit_as, points};
use crate::{sample::Sample, select::Facts};

/// Which segments are wanted: data with a closed schema.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Segments {
    /// Fewest bads, and fewest goods, of a card of its own.
    #[serde(default = "bads_min")]
    pub bads_min: usize,
    /// In the order in which they are tried.
    pub segments: Vec<SegmentRule>,
    /// Everybody else, and the card of segments that are too small.
    pub fallback: Fallback,
}

/// A segment that is wanted.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SegmentRule {
    /// In snake case.
    pub name: String,
    /// Why these applicants have a card of their own.
    pub rationale: String,
    /// All of them must hold, in the grammar of the model file.
    pub when: Vec<Condition>,
}

/// The segment without a condition.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fallback {
    /// In snake case.
    pub name: String,
    /// Whom it is for.
    pub rationale: String,
}

/// With fewer bads a card of its own loses more by chance than it gains by being apart.
fn bads_min() -> usize {
    100
}

/// Cards by segment, on one scale.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SegmentedCard {
    /// As they were asked for.
    pub asked: Segments,
    /// All rows learnt from.
    pub sample: Summary,
    /// One for each segment asked for, in their order, the fallback last.
    pub routes: Vec<Route>,
    /// By the segment that they are named after.
    pub cards: BTreeMap<String, FittedCard>,
}

/// Which card scores a segment.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Route {
    /// As asked for.
    pub segment: String,
    /// A name of [`SegmentedCard::cards`].
    pub card: String,
    /// Its rows in the sample.
    pub rows: usize,
    /// Bad ones of them.
    pub bads: usize,
    /// Why not its own, or why from other rows too.
    pub why: Option<String>,
}

impl Segments {
    /// Every segment's name and rationale, the fallback last.
    pub fn named(&self) -> impl Iterator<Item = (&str, &str)> {
        let own = self.segments.iter().map(|one| (one.name.as_str(), one.rationale.as_str()));
        own.chain([(self.fallback.name.as_str(), self.fallback.rationale.as_str())])
    }

    /// The segment of an application: the first whose conditions all hold. `holds` answers for one condition.
    #[must_use]
    pub fn route(&self, mut holds: impl FnMut(&Condition) -> bool) -> &str {
        let first = self.segments.iter().find(|one| one.when.iter().all(&mut holds));
        first.map_or(&self.fallback.name, |one| &one.name)
    }

    /// Every condition, in order.
    pub fn conditions(&self) -> impl Iterator<Item = &Condition> {
        self.segments.iter().flat_map(|one| &one.when)
    }

    /// Checks names and conditions, before a night's work; the engine checks the model file again.
    ///
    /// # Errors
    ///
    /// [`FitError::Segments`] naming the segment and the way out.
    pub fn check(&self) -> Result<(), FitError> {
        let fault = |text: String| Err(FitError::Segments(text));
        if self.segments.is_empty() || self.bads_min == 0 {
            return fault("write at least one segment beside the fallback, and a `bads_min` of 1 or more".to_owned());
        }
        let mut names = BTreeSet::new();
        for (name, rationale) in self.named() {
            if !is_snake_case(name) || !names.insert(name) {
                return fault(format!("`{name}`: the name stands twice or is not in snake case"));
            }
            if rationale.trim().is_empty() {
                return fault(format!("`{name}` has no `rationale`; say why it has a card of its own"));
            }
        }
        for one in &self.segments {
            if one.when.is_empty() {
                return fault(format!("`{}` has no condition in `when`; that is the fallback", one.name));
            }
            if let Some(text) = one.when.iter().find_map(|when| when.check().err()) {
                return fault(format!("`{}`: a condition {text}", one.name));
            }
        }
        Ok(())
    }
}

impl SegmentedCard {
    /// The card that scores a segment; of a name that was not asked for, the fallback's.
    #[must_use]
    pub fn card(&self, segment: &str) -> Option<&FittedCard> {
        let route = self.routes.iter().find(|route| route.segment == segment);
        self.cards.get(route.map_or(self.asked.fallback.name.as_str(), |route| route.card.as_str()))
    }

    /// The segments with a card of their own, the fallback among them unless its card was learnt from all rows.
    #[must_use]
    pub fn own(&self) -> BTreeSet<String> {
        let is_own = |route: &&Route| route.card == route.segment && route.why.is_none();
        self.routes.iter().filter(is_own).map(|route| route.segment.clone()).collect()
    }

    /// The rows of a sample that a card scores, by the card's name.
    #[must_use]
    pub fn rows_by_card(&self, sample: &Sample) -> BTreeMap<&str, Vec<usize>> {
        let mut rows: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (row, segment) in sample.segment.iter().enumerate() {
            let route = self.routes.iter().find(|route| route.segment == *segment);
            let card = route.map_or(self.asked.fallback.name.as_str(), |route| route.card.as_str());
            rows.entry(card).or_default().push(row);
        }
        rows
    }

    /// What `of` says of each row by the card that scores it.
    pub(crate) fn by_row<T: Copy + Default>(
        &self,
        sample: &Sample,
        of: impl Fn(&FittedCard, &Sample) -> Result<Vec<T>, FitError>,
    ) -> Result<Vec<T>, FitError> {
        let mut found = vec![T::default(); sample.len()];
        for (name, rows) in self.rows_by_card(sample) {
            let Some(card) = self.cards.get(name) else { continue };
            for (row, value) in rows.iter().zip(of(card, &sample.take(&rows))?) {
                found[*row] = value;
            }
        }
        Ok(found)
    }

    /// Log odds of bad of each row, exact, by the card of its segment.
    ///
    /// # Errors
    ///
    /// Those of [`FittedCard::log_odds`].
    pub fn log_odds(&self, sample: &Sample) -> Result<Vec<f64>, FitError> {
        self.by_row(sample, FittedCard::log_odds)
    }

    /// The score of each row as the model file gives it.
    ///
    /// # Errors
    ///
    /// Those of [`FittedCard::log_odds`].
    pub fn score(&self, sample: &Sample) -> Result<Vec<i64>, FitError> {
        self.by_row(sample, FittedCard::score)
    }

    /// The scale that all cards share.
    #[must_use]
    pub fn scale(&self) -> Option<Scale> {
        self.cards.values().next().map(|card| card.scale)
    }

    /// Brings the log odds of cards to those that were observed, and all cards to one scale again.
    ///
    /// # Errors
    ///
    /// [`FitError::Scale`] when the recipe's scale does not hold all scores.
    pub fn align(&mut self, lines: BTreeMap<String, Alignment>, sample: &Sample) -> Result<(), FitError> {
        for (name, line) in lines {
            if let Some(card) = self.cards.get_mut(&name) {
                // A line on a line.
                let own = card.alignment.unwrap_or(Alignment { intercept: 0.0, slope: 1.0 });
                let intercept = line.intercept + line.slope * own.intercept;
                card.alignment = Some(Alignment { intercept, slope: line.slope * own.slope });
            }
        }
        self.on_one_scale(sample)
    }

    /// Takes a segment's card away: the fallback's scores it from now on, as it was learnt.
    pub fn fall_back(&mut self, segment: &str, why: &str) {
        let fallback = self.asked.fallback.name.clone();
        if segment == fallback || self.cards.remove(segment).is_none() {
            return;
        }
        for route in self.routes.iter_mut().filter(|route| route.segment == segment) {
            route.card.clone_from(&fallback);
            route.why = Some(why.to_owned());
        }
    }

    fn on_one_scale(&mut self, sample: &Sample) -> Result<(), FitError> {
        let log_odds: Vec<_> = self.cards.values().map(FittedCard::effects).collect();
        let Some(first) = self.cards.values().next() else { return Ok(()) };
        let scale = points::derive(&first.recipe.scaling, &log_odds)?;
        let given = first.recipe.bands.clone();
        self.cards.values_mut().for_each(|card| card.scale = scale);
        let bands = match given.is_empty() {
            true => points::fifths(&self.score(sample)?, scale.min),
            false => given,
        };
        let rows: BTreeMap<String, Vec<usize>> =
            self.rows_by_card(sample).into_iter().map(|(name, rows)| (name.to_owned(), rows)).collect();
        for (name, card) in &mut self.cards {
            card.bands.clone_from(&bands);
            let own = sample.take(rows.get(name).map_or(&[], Vec::as_slice));
            card.rounding = RoundingLoss::new(&card.score(&own)?, &card.exact_score(&own)?);
        }
        Ok(())
    }
}

/// Fits a card on each segment that has enough rows, and one on all others: those of the fallback and of the segments that are
/// too small or whose own card cannot be made, with the reason in their route. Where these are too few as well, the fallback
/// learns from all rows.
///
/// `sample.segment` says each row's segment. `whole`, for folds, are the cards of the whole sample: the segments that have one there
/// get one here, whatever a fold leaves of their rows, and each is fitted with the settings that it has there.
///
/// # Errors
///
/// [`FitError::Segments`] for a row of a segment that was not asked for; else those of [`fit`] for the fallback's card.
pub fn fit_segments(
    sample: &Sample,
    facts: &[Facts],
    recipe: &Recipe,
    asked: &Segments,
    whole: Option<&SegmentedCard>,
) -> Result<SegmentedCard, FitError> {
    asked.check()?;
    let mut rows: BTreeMap<&str, Vec<usize>> = asked.named().map(|(name, _)| (name, vec![])).collect();
    for (row, segment) in sample.segment.iter().enumerate() {
        let Some(rows) = rows.get_mut(segment.as_str()) else {
            return Err(FitError::Segments(format!("a row is of `{segment}`, which was not asked for")));
        };
        rows.push(row);
    }
    let bads = |rows: &[usize]| rows.iter().filter(|row| sample.bad[**row]).count();
    let least = |rows: &[usize]| bads(rows).min(rows.len() - bads(rows));
    let fallback = asked.fallback.name.as_str();
    let of = |name: &str| {
        let mut own = recipe.clone();
        own.header.name = format!("{}_{name}", recipe.header.name);
        own
    };
    let own = whole.map(SegmentedCard::own);
    let made = |name: &str, rows: &[usize]| match whole.and_then(|whole| whole.cards.get(name)) {
        Some(card) => fit_as(&sample.take(rows), facts, &of(name), card.settings.clone()),
        None => fit(&sample.take(rows), facts, &of(name)),
    };
    let (mut cards, mut routes, mut others) = (BTreeMap::new(), vec![], rows[fallback].clone());
    for one in &asked.segments {
        let (name, rows) = (one.name.as_str(), &rows[one.name.as_str()]);
        let enough = own.as_ref().map_or(asked.bads_min <= least(rows), |own| own.contains(name));
        let fitted = match enough {
            true => made(name, rows).map_err(|error| error.to_string()),
            false => Err(format!(
                "{} bads of {}; a card of its own needs {} of each",
                bads(rows),
                rows.len(),
                asked.bads_min
            )),
        };
        let (card, why) = match fitted {
            Ok(card) => {
                cards.insert(name.to_owned(), card);
                (name, None)
            }
            Err(why) => {
                others.extend(rows);
                (fallback, Some(why))
            }
        };
        let (segment, card) = (name.to_owned(), card.to_owned());
        routes.push(Route { segment, card, rows: rows.len(), bads: bads(rows), why });
    }
    others.sort_unstable();
    let few = own.as_ref().map_or(least(&others) < asked.bads_min, |own| !own.contains(fallback));
    let few = few && others.len() < sample.len();
    let why =
        few.then(|| format!("learnt from all segments: {} bads of {} outside the others", bads(&others), others.len()));
    let learn = if few { (0..sample.len()).collect() } else { others };
    cards.insert(fallback.to_owned(), made(fallback, &learn)?);
    let own = &rows[fallback];
    routes.push(Route {
        segment: fallback.to_owned(),
        card: fallback.to_owned(),
        rows: own.len(),
        bads: bads(own),
        why,
    });
    let mut found = SegmentedCard { asked: asked.clone(), sample: Summary::of(sample), routes, cards };
    found.on_one_scale(sample)?;
    Ok(found)
}
