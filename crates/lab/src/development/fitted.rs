//! What was fitted: one card, or one for each segment.

use serde::Serialize;

use crate::{
    sample::Sample,
    scorecard::{FitError, FittedCard, Recipe, Scale, SegmentedCard, Settings, Summary},
};

/// A card, or cards by segment.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[serde(untagged)]
pub enum Fitted {
    /// One card for everybody.
    Card(Box<FittedCard>),
    /// One for each segment, on one scale.
    Segments(Box<SegmentedCard>),
}

impl Fitted {
    /// Every card with the segment that it is named after; a single card has no name.
    #[must_use]
    pub fn cards(&self) -> Vec<(Option<&str>, &FittedCard)> {
        match self {
            Fitted::Card(card) => vec![(None, card)],
            Fitted::Segments(cards) => cards.cards.iter().map(|(name, card)| (Some(name.as_str()), card)).collect(),
        }
    }

    /// The card of everybody, or of everybody else.
    #[must_use]
    pub fn main(&self) -> &FittedCard {
        match self {
            Fitted::Card(card) => card,
            // The fit of a fallback that fails is no fit.
            Fitted::Segments(cards) => &cards.cards[&cards.asked.fallback.name],
        }
    }

    /// All rows learnt from, in numbers.
    #[must_use]
    pub fn sample(&self) -> &Summary {
        match self {
            Fitted::Card(card) => &card.sample,
            Fitted::Segments(cards) => &cards.sample,
        }
    }

    /// As it was given, under the name that the model has.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Fitted::Card(card) => card.recipe.header.name.clone(),
            Fitted::Segments(cards) => {
                let name = &self.main().recipe.header.name;
                let ending = format!("_{}", cards.asked.fallback.name);
                name.strip_suffix(&ending).unwrap_or(name).to_owned()
            }
        }
    }

    /// As it was given; of several cards, that of everybody else.
    #[must_use]
    pub fn recipe(&self) -> &Recipe {
        &self.main().recipe
    }

    /// The recipe with nothing left out; of several cards, that of everybody else.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.main().settings
    }

    /// The scale of every card.
    #[must_use]
    pub fn scale(&self) -> Scale {
        self.main().scale
    }

    /// See [`FittedCard::log_odds`].
    ///
    /// # Errors
    ///
    /// Those of [`FittedCard::log_odds`].
    pub fn log_odds(&self, sample: &Sample) -> Result<Vec<f64>, FitError> {
        match self {
            Fitted::Card(card) => card.log_odds(sample),
            Fitted::Segments(cards) => cards.log_odds(sample),
        }
    }

    /// See [`FittedCard::score`].
    ///
    /// # Errors
    ///
    /// Those of [`FittedCard::log_odds`].
    pub fn score(&self, sample: &Sample) -> Result<Vec<i64>, FitError> {
        match self {
            Fitted::Card(card) => card.score(sample),
            Fitted::Segments(cards) => cards.score(sample),
        }
    }
}
