//! What reviewers read of a model's inputs, written once: an engine says the same of them in every answer.

use std::sync::OnceLock;

use super::{EngineParts, answer, marry};
use crate::{attribute::definition::Unit, model::Model, money::Currency};

/// The words of the model's inputs.
#[derive(Debug, Default)]
pub(super) struct Words {
    // Unit and window of each input.
    inputs: Vec<(Unit, String)>,
    // What each characteristic of each card is compared with, in the first currency that was scored: most engines see one.
    neutral: OnceLock<(Currency, Vec<Vec<String>>)>,
}

impl Words {
    pub(super) fn of(parts: &EngineParts, inputs: &[marry::Input]) -> Words {
        let described = |input| marry::described(&parts.registry, input);
        Words { inputs: inputs.iter().map(described).collect(), neutral: OnceLock::new() }
    }

    /// The unit and the window of an input.
    pub(super) fn input(&self, at: usize) -> (Unit, &str) {
        self.inputs.get(at).map_or((Unit::Ratio, ""), |(unit, window)| (*unit, window.as_str()))
    }

    /// What a characteristic of a card is compared with; `None` when the words at hand are of another currency.
    pub(super) fn neutral(
        &self,
        model: &Model,
        currency: Currency,
        segment: Option<usize>,
        place: usize,
    ) -> Option<&str> {
        let (known, cards) = self.neutral.get_or_init(|| (currency, self.written(model, currency)));
        let words = cards.get(segment.unwrap_or(0))?.get(place)?;
        (*known == currency).then_some(words.as_str())
    }

    fn written(&self, model: &Model, currency: Currency) -> Vec<Vec<String>> {
        let segmented = matches!(model, Model::Segmented(_));
        let of_card = |(at, (_, card)): (usize, (Option<&str>, &crate::model::scorecard::Scorecard))| {
            let segment = segmented.then_some(at);
            let one = |(place, one): (usize, &crate::model::Characteristic)| {
                let unit = self.input(model.place(segment, place)).0;
                answer::compared_with(one, one.baseline, unit, currency)
            };
            card.characteristics().iter().enumerate().map(one).collect()
        };
        model.cards().into_iter().enumerate().map(of_card).collect()
    }
}
